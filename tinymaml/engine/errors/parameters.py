"""The parameters of a loss, as they are given: a dict name -> array, or number."""

import numpy as np

from .arguments import is_number
from .plain import check_plain, how_to_make_array


def check_parameters(params: object) -> dict[str, tuple[int, ...]]:
    """Refuse what is no dict name -> array of numbers (or number) with at most two dimensions, none
    of length 0 -> the shapes.

    Raises TypeError or ValueError.
    """
    if not isinstance(params, dict) or not params:
        raise TypeError("params is a dict name -> array with at least one entry")
    shapes = {}
    for name, x in params.items():
        if not isinstance(name, str):
            raise TypeError(f"params has a key {name!r}; names are strings")
        shapes[name] = parameter(name, x).shape
    for name, shape in shapes.items():
        if len(shape) > 2 or 0 in shape:
            raise ValueError(
                f"params[{name!r}] has shape {shape}; "
                "parameters have at most two dimensions, none of them 0"
            )
    return shapes


def flat_parameters(params: object, shapes: dict[str, tuple[int, ...]]) -> list[np.ndarray]:
    """The arrays of a dict with exactly these names and shapes, flat, each float32 or float64.

    Raises TypeError or ValueError.
    """
    if not isinstance(params, dict):
        raise TypeError(
            f"params is of type {type(params).__name__}; "
            f"expected a dict name -> array with the names {', '.join(shapes)}"
        )
    if list(params) != list(shapes):
        raise ValueError(
            f"params has the names {', '.join(map(str, params))}; "
            f"expected, in this order: {', '.join(shapes)}"
        )
    parts = []
    for name, shape in shapes.items():
        array = parameter(name, params[name])
        if array.dtype not in (np.float32, np.float64):
            raise TypeError(f"params[{name!r}] is of type {array.dtype}; write .astype(float)")
        if array.shape != shape:
            raise ValueError(f"params[{name!r}] has shape {array.shape}, expected {shape}")
        parts.append(array.ravel())
    return parts


def parameter(name: str, x: object) -> np.ndarray:
    """The array of the parameter of this name; a Python number becomes a float64.

    Raises TypeError for what is neither a plain array of numbers nor a number.
    """
    label = f"params[{name!r}]"
    check_plain(label, x)
    if isinstance(x, dict):
        raise TypeError(
            f"{label} is a dict; parameters are not nested: give each array a name of its own, "
            f'as in {{"{name}_{next(iter(x), "W")}": ...}}'
        )
    if is_number(x):
        return np.asarray(x, x.dtype if isinstance(x, np.floating) else float)
    if not isinstance(x, np.ndarray):
        raise TypeError(
            f"{label} is of type {type(x).__name__}; "
            f"expected a NumPy array or a number{how_to_make_array(label, x)}"
        )
    if x.dtype.kind not in "iuf":
        raise TypeError(f"{label} is of type {x.dtype}; expected numbers")
    return x
