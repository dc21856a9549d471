"""The numbers that a loss uses beside traced values: refused where they are not finite, or do not
fit."""

from typing import Any

import numpy as np

from .arguments import show, to_float
from .plain import to_array
from .tracing import TraceError


def check_constant(x: object, divisor: bool = False) -> np.ndarray:
    """A Python number or an array of finite floats -> a 2-D float64 array.

    divisor: its reciprocal instead. Raises `TraceError`.
    """
    if type(x) is int:  # NumPy has none beyond 64 bits
        whole = x
        x = to_float(x)
        if np.isinf(x):
            raise TraceError(f"a constant is {show(whole)}, too large for float64")
    try:
        a = to_array("a constant", x, letter="c")
    except TraceError:  # a traced value in a list
        raise
    except (TypeError, ValueError) as error:
        raise TraceError(str(error)) from None
    if a.ndim > 2 or a.size == 0:
        raise TraceError(
            f"a constant has shape {a.shape}; blocks have two dimensions, none of them 0"
        )
    is_whole_number = a.ndim == 0 and a.dtype.kind in "iu"
    if a.dtype.kind != "f" and not is_whole_number:
        found = a.dtype if isinstance(x, (np.ndarray, np.generic)) else type(x).__name__
        raise TraceError(
            f"a constant is of type {found}; "
            "write a Python number or an array of floats (np.asarray(c, float))"
        )
    if not np.isfinite(a).all():
        raise TraceError("a constant contains NaN or infinity")
    with np.errstate(all="ignore"):
        constant = np.array(a, float, ndmin=2)
    if not np.isfinite(constant).all() or ((constant == 0) & (a != 0)).any():
        raise TraceError(f"a constant of type {a.dtype} does not fit float64")
    if not divisor:
        return constant
    with np.errstate(all="ignore"):
        inverse: np.ndarray = 1.0 / constant
    if not np.isfinite(inverse).all():
        raise TraceError(
            "division by a constant that contains 0, "
            "or so small a number that its reciprocal is infinite"
        )
    return inverse


def check_constants(tape: Any, dtype: np.dtype) -> None:
    """Every number that a tape holds must still be finite, and not become 0, in this precision.

    tape: a `Tape`, which this folder does not import.
    """
    for record in tape.records:
        for operand in record.ins:
            if operand.slot in tape.constants:
                name = "factor" if record.kind == "bilinear" else "constant"
                check_fits(name, tape.constants[operand.slot], dtype, record.line)
        if record.kind == "linear":
            check_fits("factor", np.array(record.arg), dtype, record.line)


def check_fits(name: str, array: np.ndarray, dtype: np.dtype, line: str) -> None:
    """Raise `TraceError` where a "factor" or a "constant" does not fit the precision."""
    with np.errstate(all="ignore"):
        rounded = array.astype(dtype)
    bad = ~np.isfinite(rounded) | (rounded == 0) & (array != 0)
    if bad.any():
        number = array[bad][0]
        if name == "factor":
            name = f"factor {number:g} (or the divisor {1 / number:g})"
        else:
            name = f"constant {number:g}"
        raise TraceError(
            f"the {name} does not fit {np.dtype(dtype)}, the precision of w, "
            f"which rounds it to {rounded[bad][0]:g}",
            line,
        )
