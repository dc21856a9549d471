"""What cannot be traced says so: what was wrong, on which line of the loss, and what to write
instead.

A traced value has no numbers yet. Python's `if`, `float()` and NumPy's own functions want numbers,
so each of them ends here, in a `TraceError` that names the learner's line.
"""

import linecache
import os
import sys

ENGINE = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
OPERATIONS = "tanh sin cos exp log sqrt square relu softplus sigmoid reciprocal logsumexp sum mean transpose".split()
INSTEAD = {  # NumPy's or Python's name -> what to write
    "maximum": "tm.relu(x - c) + c",
    "minimum": "c - tm.relu(c - x)",
    "where": "tm.relu or a constant 0/1 array times x",
    "abs": "tm.sqrt(tm.square(x) + 1e-12)",
    "absolute": "tm.sqrt(tm.square(x) + 1e-12)",
    "fabs": "tm.sqrt(tm.square(x) + 1e-12)",
    "max": "tm.logsumexp",
    "amax": "tm.logsumexp",
    "dot": "x @ z",
    "matmul": "x @ z",
    "inner": "tm.sum(x * z)",
    "vdot": "tm.sum(x * z)",
    "power": "x ** 2, x * x * x or tm.exp(n * tm.log(x))",
    "multiply": "x * z",
    "add": "x + z",
    "subtract": "x - z",
    "divide": "x / z",
    "negative": "-x",
    "log1p": "tm.log(1 + x)",
    "expm1": "tm.exp(x) - 1",
    "tan": "tm.sin(x) / tm.cos(x)",
    "average": "tm.mean(x)",
    "var": "tm.mean(tm.square(x - tm.mean(x)))",
    "std": "tm.sqrt(tm.mean(tm.square(x - tm.mean(x))))",
    "outer": "x.T @ z",
    "linalg.norm": "tm.sqrt(tm.sum(tm.square(x)))",
    "norm": "tm.sqrt(tm.sum(tm.square(x)))",
    "trace": "tm.sum(x * np.eye(n))",
    "einsum": "@, * and tm.sum",
    "shape": "x.shape",
    "size": "x.size",
    "clip": "a + tm.relu(x - a) - tm.relu(x - b)",
    "reshape": "data and parameters in the shape you need",
    "flatten": "tm.sum or x.T where you need them",
    "ravel": "tm.sum or x.T where you need them",
    "astype": "nothing: the precision is that of w",
    "copy": "x itself: values never change",
    "dtype": "nothing that depends on it: the precision is that of w",
    "item": "the 1 x 1 value itself",
    "concatenate": "one parameter for each part, and add the parts' products",
    "stack": "one parameter for each part",
    "vstack": "one parameter for each part",
    "hstack": "one parameter for each part",
    "swapaxes": "x.T",
    "logaddexp": "z + tm.softplus(x - z)",
    "abs()": "tm.sqrt(tm.square(x) + 1e-12)",
}


def where():
    """ "line 3: h = tm.tanh(x)" of the nearest caller outside the engine."""
    frame = sys._getframe(1)
    while frame and os.path.abspath(frame.f_code.co_filename).startswith(ENGINE + os.sep):
        frame = frame.f_back
    if frame is None:
        return ""
    return f"line {frame.f_lineno}: {linecache.getline(frame.f_code.co_filename, frame.f_lineno).strip()}".rstrip(
        ": "
    )


class TraceError(TypeError):
    """A loss does something that cannot be recorded. The message ends with the line of the loss."""

    def __init__(self, message, line=None):
        line = line or where()
        super().__init__(f"{message}\n    {line}" if line else message)


class TraceAttributeError(TraceError, AttributeError):
    """As `TraceError`, for an attribute or a method that a traced value does not have."""


def instead(name):
    if name in OPERATIONS:
        return f"write tm.{name}"
    return (
        f"write {INSTEAD[name]}"
        if name in INSTEAD
        else f"the operations are + - * / @, ** 2, .T and tm.{', tm.'.join(OPERATIONS)}"
    )


def refuse(what, advice):
    def method(self, *args, **kwargs):
        raise TraceError(f"{what}; {advice}")

    return method


NO_NUMBER = "a traced value has no number yet"


class Refusals:
    """The methods of a traced value that refuse."""

    __bool__ = refuse(
        f"a Python condition on a traced value: {NO_NUMBER}",
        "write tm.relu, or a condition on shapes or constants only",
    )
    __float__ = __int__ = __complex__ = __index__ = refuse(
        f"float() or a function of the math module on a traced value: {NO_NUMBER}",
        "write the tm. function of that name, and return the 1 x 1 value as it is",
    )
    __lt__ = __le__ = __gt__ = __ge__ = __eq__ = __ne__ = refuse(
        f"a comparison of traced values: {NO_NUMBER}",
        "write tm.relu, or compare shapes or constants only",
    )
    __getitem__ = __iter__ = refuse(
        "indexing or iterating over a traced value",
        "pass the parts as separate data or parameters, or multiply by a constant 0/1 matrix",
    )
    __setitem__ = refuse("assigning into a traced value", "build a new value instead")
    __array__ = refuse(f"a NumPy array from a traced value: {NO_NUMBER}", "leave it as it is")
    __len__ = refuse("len() of a traced value", "write x.shape[0]")
    __rpow__ = refuse("a power with a traced exponent", "write tm.exp(x * math.log(c))")
    __abs__ = refuse("abs() of a traced value", instead("abs()"))
    __floordiv__ = __rfloordiv__ = __mod__ = __rmod__ = __divmod__ = __rdivmod__ = __round__ = (
        __floor__
    ) = __ceil__ = __trunc__ = refuse(
        "//, % or rounding on a traced value", "these have no derivative; write x / z, or x itself"
    )
    __and__ = __rand__ = __or__ = __ror__ = __xor__ = __rxor__ = __invert__ = refuse(
        f"&, |, ^ or ~ on a traced value: {NO_NUMBER}",
        "write tm.relu, or a condition on shapes or constants only",
    )
    __hash__ = object.__hash__

    def __array_ufunc__(self, ufunc, method, *inputs, **kwargs):
        operator = OPERATORS.get(ufunc.__name__)
        if (
            method != "__call__"
            or kwargs
            or not operator
            or len(inputs) != 2
            or isinstance(inputs[0], Refusals)
        ):
            raise TraceError(f"np.{ufunc.__name__} on a traced value; {instead(ufunc.__name__)}")
        return getattr(inputs[1], operator)(inputs[0])  # array + x: NumPy asks first, x answers

    def __array_function__(self, function, types, args, kwargs):
        name = function.__name__
        module = "np.linalg" if "linalg" in (function.__module__ or "") else "np"
        raise TraceError(f"{module}.{name} on a traced value; {instead(name)}")

    def __format__(self, spec):
        if spec:
            raise TraceError(
                f"the format {spec!r} for a traced value: {NO_NUMBER}; print loss.value(w, ...) instead"
            )
        return repr(self)

    def __getattr__(self, name):
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
