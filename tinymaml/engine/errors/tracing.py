"""What cannot be traced says so: what was wrong, on which line of the loss, and what to write
instead.

A traced value has no numbers yet. Python's `if`, `float()` and NumPy's own functions want numbers,
so each of them ends here, in a `TraceError` that names the learner's line.
"""

import linecache
import os
import sys
import warnings
from types import FrameType
from typing import Any, Callable, NoReturn

import numpy as np

from .advice import instead

ENGINE = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
NUMPY = os.path.dirname(os.path.abspath(np.__file__))
NO_NUMBER = "a traced value has no number yet"


def frame_of_loss() -> FrameType | None:
    """The nearest caller outside the engine and NumPy: where the loss is."""
    frame: FrameType | None = sys._getframe(1)
    not_the_loss = (ENGINE + os.sep, NUMPY + os.sep)
    while frame and os.path.abspath(frame.f_code.co_filename).startswith(not_the_loss):
        frame = frame.f_back
    return frame


def line_of_loss() -> str:
    """The line of the loss that runs now, as in "line 3: h = tm.tanh(x)"."""
    frame = frame_of_loss()
    if frame is None:
        return ""
    source = linecache.getline(frame.f_code.co_filename, frame.f_lineno).strip()
    return f"line {frame.f_lineno}: {source}" if source else f"line {frame.f_lineno}"


class TraceError(TypeError):
    """A loss does something that cannot be recorded. The message ends with the line of the loss."""

    def __init__(self, message: str, line: str | None = None):
        line = line or line_of_loss()
        super().__init__(f"{message}\n    {line}" if line else message)


class TraceAttributeError(TraceError, AttributeError):
    """As `TraceError`, for an attribute or a method that a traced value does not have."""


class BroadcastWarning(UserWarning):
    """A column and a row, both computed from data, meet element by element."""


def warn_of_broadcast(sign: str, x: tuple[int, int], z: tuple[int, int]) -> None:
    """Say on which line a column and a row of these shapes become a whole block.

    sign: of the operation, "+", "-" or "*".
    """
    frame = frame_of_loss()
    if frame is None:
        return
    rows, columns = map(max, x, z)
    message = (
        f"a {x[0]} x {x[1]} block {sign} a {z[0]} x {z[1]} block makes a {rows} x {columns} block "
        "of all pairs. If one of them has the wrong shape, give it the other's; "
        f"if you want all pairs, transpose one of them here (.T)\n    {line_of_loss()}"
    )
    warnings.warn_explicit(message, BroadcastWarning, frame.f_code.co_filename, frame.f_lineno)


def refuse(what: str, advice: str) -> Callable[..., NoReturn]:
    """A method that raises `TraceError`, whatever it is called with."""

    def method(self: object, *args: object, **kwargs: object) -> NoReturn:
        raise TraceError(f"{what}; {advice}")

    return method


refuse_condition = refuse(
    f"a Python condition on a traced value: {NO_NUMBER}",
    "write tm.maximum, tm.relu or tm.step, or a condition on shapes or constants only",
)
refuse_conversion = refuse(
    f"float() or a function of the math module on a traced value: {NO_NUMBER}",
    "write the tm. function of that name, and return the 1 x 1 value as it is",
)
refuse_comparison = refuse(
    f"a comparison of traced values: {NO_NUMBER}",
    "write tm.maximum, tm.relu or tm.step, or compare shapes or constants only",
)
refuse_indexing = refuse(
    "indexing or iterating over a traced value",
    "pass the parts as separate data or parameters, or multiply by a constant 0/1 matrix",
)
refuse_rounding = refuse(
    "//, % or rounding on a traced value",
    "these have no derivative; write x / z, or x itself",
)
refuse_logic = refuse(
    f"&, |, ^ or ~ on a traced value: {NO_NUMBER}",
    "write tm.maximum, tm.relu or tm.step, or a condition on shapes or constants only",
)


refuse_change = refuse(
    "a traced value cannot be changed",
    "build a new value instead, and give data and parameters the shape that you need",
)
refuse_shift = refuse("<< or >> on a traced value", "write x * 2.0 ** n")


class Refusals:
    """The methods of a traced value that refuse."""

    __bool__ = refuse_condition
    __float__ = __int__ = __complex__ = __index__ = refuse_conversion
    __lt__ = __le__ = __gt__ = __ge__ = __eq__ = __ne__ = refuse_comparison
    __getitem__ = __iter__ = __reversed__ = refuse_indexing
    __contains__ = refuse_comparison
    __setitem__ = refuse("assigning into a traced value", "build a new value instead")
    __delitem__ = __setattr__ = __delattr__ = refuse_change
    __call__ = refuse(
        "a traced value is called like a function",
        "leave the brackets out (x.T, not x.T()), or write the * that is missing before them",
    )
    __array__ = refuse(
        f"a NumPy array from a traced value: {NO_NUMBER}",
        "use the functions of tm, and for [a, b] its parts: a + b in place of np.sum([a, b])",
    )
    __len__ = refuse("len() of a traced value", "write x.shape[0]")
    __rpow__ = refuse("a power with a traced exponent", "write tm.exp(x * math.log(c)), for c > 0")
    __floordiv__ = __rfloordiv__ = __mod__ = __rmod__ = refuse_rounding
    __divmod__ = __rdivmod__ = __round__ = __floor__ = __ceil__ = __trunc__ = refuse_rounding
    __lshift__ = __rlshift__ = __rshift__ = __rrshift__ = refuse_shift
    __and__ = __rand__ = __or__ = __ror__ = __xor__ = __rxor__ = __invert__ = refuse_logic
    __hash__ = object.__hash__

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, **kwargs: Any) -> Any:
        """array + x: NumPy asks first, and x answers; every other function of NumPy is refused."""
        name = ufunc.__name__
        operator = OPERATORS.get(name)
        if method == "__call__" and kwargs.get("out") is not None:
            raise TraceError(
                "a traced value is written into a NumPy array (arr += x, or out=arr), which holds "
                "numbers; write a new name: y = arr + x"
            )
        if getattr(np, name, None) is not ufunc:  # np.frompyfunc's, Numba's, SciPy's
            raise TraceError(
                f"{name}, a function of arrays, on a traced value: {NO_NUMBER}; "
                f"{instead(name.removesuffix(' (vectorized)'))}"
            )
        is_plain_call = method == "__call__" and not kwargs and len(inputs) == 2
        if not operator or not is_plain_call or isinstance(inputs[0], Refusals):
            raise TraceError(f"np.{name} on a traced value; {instead(name)}")
        return getattr(inputs[1], operator)(inputs[0])

    def __array_function__(self, function: Any, types: Any, args: Any, kwargs: Any) -> NoReturn:
        name = function.__name__
        module = "np.linalg" if "linalg" in (function.__module__ or "") else "np"
        raise TraceError(f"{module}.{name} on a traced value; {instead(name)}")

    def __format__(self, spec: str) -> str:
        if spec:
            raise TraceError(
                f"the format {spec!r} for a traced value: {NO_NUMBER}; "
                "print loss.value(w, ...) instead"
            )
        return repr(self)

    def __getattr__(self, name: str) -> NoReturn:
        if name.startswith("__"):
            raise AttributeError(name)
        raise TraceAttributeError(f"a traced value has no .{name}; {instead(name)}")


OPERATORS = {
    "add": "__radd__",
    "subtract": "__rsub__",
    "multiply": "__rmul__",
    "divide": "__rtruediv__",
    "matmul": "__rmatmul__",
}
