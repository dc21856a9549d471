"""The operations of a loss: `tm.tanh`, `tm.sum`, ... They record traced values and compute arrays.

On plain arrays they keep the same rules, so that a loss called with arrays agrees with the traced
one: everything has two dimensions, a 1-D array is one row, and reductions keep both dimensions.
Complex arrays are welcome there: the complex step `f(x + ih).imag / h` is how lesson 02 checks a
derivative.
"""

from typing import Any, Callable, TypeVar

import numpy as np
from numpy.typing import NDArray

from .errors.plain import to_array
from .function_table import FUNCTIONS
from .numpy_machine import finite_or_zero
from .tape import Var

# Of a traced value an operation makes a traced one, of an array an array.
X = TypeVar("X", Var, NDArray[np.float64], NDArray[np.float32], NDArray[np.inexact[Any]])


def as_block(x: Any) -> np.ndarray:
    """A plain array with exactly two dimensions; a 1-D array is one row. Raises TypeError."""
    a = to_array("the argument", x, letter="x")
    is_float = a.dtype.kind in "fc"
    is_whole_number = a.ndim == 0 and a.dtype.kind in "iu"
    if a.ndim > 2 or not (is_float or is_whole_number):
        raise TypeError(
            "expected an array of floats with at most two dimensions, "
            f"got {a.dtype} of shape {a.shape}"
        )
    return np.atleast_2d(a if is_float else a.astype(float))


def pointwise_operation(name: str, meaning: str) -> Callable[[X], X]:
    """The public function of a row of function_table.py."""

    def operation(x: X) -> X:
        if isinstance(x, Var):
            return x.record_function(name)
        block = as_block(x)
        with np.errstate(over="ignore"):
            value: np.ndarray = FUNCTIONS[name].value(block, block.dtype.type)
        return value

    operation.__name__ = operation.__qualname__ = name
    operation.__doc__ = (
        f"{meaning}, element by element. A traced value or an array (m, n) -> the same shape."
    )
    return operation


tanh = pointwise_operation("tanh", "Hyperbolic tangent")
sin = pointwise_operation("sin", "Sine")
cos = pointwise_operation("cos", "Cosine")
exp = pointwise_operation("exp", "eˣ")
log = pointwise_operation("log", "Natural logarithm")
sqrt = pointwise_operation("sqrt", "Square root, whose slope at 0 is infinite")
square = pointwise_operation("square", "x²")
relu = pointwise_operation("relu", "max(x, 0), with slope 0 at 0")
abs = pointwise_operation("abs", "|x|, with slope 0 at 0")
step = pointwise_operation("step", "0, ½ or 1 where x is negative, 0 or positive, with slope 0")
softplus = pointwise_operation("softplus", "log(1 + eˣ), without overflow")
sigmoid = pointwise_operation("sigmoid", "1 / (1 + e⁻ˣ)")
reciprocal = pointwise_operation("reciprocal", "1 / x")


def check_axis(axis: object) -> None:
    if axis is not None and (type(axis) is not int or axis not in (0, 1)):
        raise ValueError(
            f"axis is {axis!r}; it is None (everything), 0 (down the rows) or 1 (along the columns)"
        )


def sum(x: X, axis: int | None = None) -> X:
    """The sum of everything (-> 1 x 1), down the rows (axis=0, -> 1 x n) or along the columns
    (axis=1, -> m x 1)."""
    check_axis(axis)
    if isinstance(x, Var):
        return x.record_sum(axis, 1.0)
    total: np.ndarray = as_block(x).sum(axis, keepdims=True)
    return total


def mean(x: X, axis: int | None = None) -> X:
    """The mean of everything (-> 1 x 1), down the rows (axis=0, -> 1 x n) or along the columns
    (axis=1, -> m x 1)."""
    check_axis(axis)
    if isinstance(x, Var):
        rows, columns = x.block_shape
        count = {None: rows * columns, 0: rows, 1: columns}[axis]
        return x.record_sum(axis, 1.0 / count)
    average: np.ndarray = as_block(x).mean(axis, keepdims=True)
    return average


def transpose(x: X) -> X:
    """(m, n) -> (n, m)."""
    return x.record_transpose() if isinstance(x, Var) else as_block(x).T


def logsumexp(x: X) -> X:
    """log Σ_j exp(x[i,j]) of each row, without overflow: (m, n) -> (m, 1).

    The row's largest number is subtracted and added again, 0 if that is infinite. It enters as a
    constant: the result does not depend on it, so its derivative would cancel exactly.
    """
    largest: X
    if isinstance(x, Var):
        largest = x.record_rowmax()
    else:
        largest = finite_or_zero(as_block(x).max(1, keepdims=True))
    with np.errstate(divide="ignore"):  # log 0 is -infinity
        result: X = log(sum(exp(x - largest), axis=1)) + largest
    return result
