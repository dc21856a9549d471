"""Plain NumPy arrays of floats: everything else is refused, with what to write to make one.

A masked array would lose its mask on the way, and a matrix its product: what has rules of its own
is refused at every door, as data, as a constant, as a parameter and in nested lists.
"""

from typing import Any

import numpy as np

from .tracing import Refusals

PLAIN_TYPES = (np.ndarray, np.memmap)


def check_plain(name: str, a: object, letter: str = "") -> None:
    """Refuse arrays with rules of their own: subclasses of NumPy's, and those of other libraries.

    Nested lists and tuples are searched for them. letter: what stands for the array in the advice,
    if its name does not. Raises TypeError.
    """
    if type(a) in PLAIN_TYPES:
        return
    if isinstance(a, (list, tuple)):
        for k, item in enumerate(a):
            if not isinstance(item, (float, int)):
                check_plain(f"{name}[{k}]", item, letter and f"{letter}[{k}]")
        return
    if not hasattr(type(a), "__array__") or isinstance(a, (np.generic, Refusals)):
        return  # no array, a NumPy scalar, or a traced value
    raise TypeError(
        f"{name} is a {type(a).__name__}, which has rules of its own; "
        f"expected a plain NumPy array: write {how_to_make_plain(letter or name, a)}"
    )


def how_to_make_plain(x: str, a: Any) -> str:
    """What to write to make a plain array of the array a, whose name is x."""
    if isinstance(a, np.ma.MaskedArray):
        return f"{x}.filled(0.0), and if the mask counts pass 1.0 - np.ma.getmaskarray({x}), too"
    for method in ("to_numpy", "numpy"):  # of pandas and its like, of PyTorch and TensorFlow
        if callable(getattr(a, method, None)):
            return f"{x}.{method}()"
    return f"np.asarray({x})"


def how_to_make_array(x: str, a: object) -> str:
    """What to write to make an array of floats of a list, with ": write " before it; "" if it is
    no list, or none of numbers."""
    if not isinstance(a, (list, tuple)) or not becomes_floats(a):
        return ""
    return f": write np.array({x}, float)"


def how_to_make_floats(x: str, a: np.ndarray) -> str:
    """What to write to make floats of an array of another type, whose name is x."""
    if a.dtype.kind == "c":
        return f"write {x}.real"
    columns = [a[name] for name in a.dtype.names] if a.dtype.names else [a]
    if not all(becomes_floats(column) for column in columns):
        return "it contains what is no number: write categories as one-hot rows, 0.0 and 1.0"
    if a.dtype.names:
        x = f"np.stack([{x}[name] for name in {x}.dtype.names], axis=-1)"
    return f"write {x}.astype(float)"


def becomes_floats(a: Any) -> bool:
    """Can NumPy make floats of it?"""
    try:
        with np.errstate(all="ignore"):
            np.array(a, float)
    except (TypeError, ValueError, OverflowError):
        return False
    return True
