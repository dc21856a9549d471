"""Plain NumPy arrays of floats: everything else is refused, with what to write to make one.

A masked array would lose its mask on the way, and a matrix its product: what has rules of its own
is refused at every door, as data, as a constant, as a parameter and in nested lists.
"""

from typing import Any

import numpy as np

from .tracing import Refusals

PLAIN_TYPES = (np.ndarray, np.memmap)
PAD = (
    "its parts differ in size: pad them with zeros to one size, and pass a mask m of 1.0 and 0.0, "
    "(tasks, rows, 1), as one more array of data; then the loss is "
    "tm.sum(m * tm.square(r)) / (tm.sum(m) * r.shape[1]), see help(tm.Tasks)"
)


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


def to_array(name: str, a: Any, letter: str = "") -> np.ndarray:
    """A plain array of what may be nested lists. Raises TypeError, or ValueError for lists that
    differ in length."""
    check_plain(name, a, letter)
    try:
        return np.asarray(a)
    except ValueError:
        raise ValueError(f"{name}: its rows differ in length") from None


def how_to_make_array(x: str, a: object) -> str:
    """What to write to make an array of floats of a list, with ": " before it; "" if it is no
    list, or none of numbers."""
    if not isinstance(a, (list, tuple)):
        return ""
    if is_ragged(a):
        return f": {PAD}"
    return f": write np.array({x}, float)" if becomes_floats(a) else ""


def how_to_make_floats(x: str, a: np.ndarray) -> str:
    """What to write to make floats of an array of another type, whose name is x."""
    if a.dtype.kind == "c":
        return f"write {x}.real"
    if is_ragged(a):
        return PAD
    columns = [a[name] for name in a.dtype.names] if a.dtype.names else [a]
    if not all(becomes_floats(column) for column in columns):
        return "it contains what is no number: write categories as one-hot rows, 0.0 and 1.0"
    if a.dtype.names:
        x = f"np.stack([{x}[name] for name in {x}.dtype.names], axis=-1)"
    return f"write {x}.astype(float)"


def is_ragged(a: Any) -> bool:
    """Are these lists or arrays that differ in shape, in a list or in an array of objects?"""
    if isinstance(a, np.ndarray):
        parts = list(a.flat) if a.dtype == object else []
    else:
        parts = list(a)
    try:
        shapes = {np.shape(part) for part in parts}
    except ValueError:  # a part is ragged itself
        return True
    return len(shapes) > 1 and () not in shapes


def becomes_floats(a: Any) -> bool:
    """Can NumPy make floats of it?"""
    try:
        with np.errstate(all="ignore"):
            np.array(a, float)
    except (TypeError, ValueError, OverflowError):
        return False
    return True
