"""Operations that are composed of those of operations.py: `tm.maximum`, `tm.softmax`, ...

They record nothing of their own kind, so the rules (rules.py) need not know them.
"""

from typing import Any

import numpy as np

from .errors.arguments import check_count
from .operations import X, as_block, exp, logsumexp, mean, step, sum
from .tape import Var


def as_operand(x: Any) -> Any:
    """A traced value with two dimensions, or a plain array that has them."""
    return x.two_dimensional() if isinstance(x, Var) else as_block(x)


def as_operands(x: Any, z: Any) -> tuple[Any, Any]:
    """The same of two, of which one may be a Python number."""
    if type(x) in (int, float):
        return x, as_operand(z)
    if type(z) in (int, float):
        return as_operand(x), z
    return as_operand(x), as_operand(z)


def maximum(x: X, z: Any) -> X:
    """The larger of two, element by element, finite ones; of a tie each gets half of the adjoint.

    Lengths must agree or be 1.
    """
    x, z = as_operands(x, z)
    larger: X = step(x - z) * x + step(z - x) * z
    return larger


def minimum(x: X, z: Any) -> X:
    """The smaller of two, element by element, finite ones; of a tie each gets half of the adjoint.

    Lengths must agree or be 1.
    """
    x, z = as_operands(x, z)
    smaller: X = step(z - x) * x + step(x - z) * z
    return smaller


def softmax(z: X) -> X:
    """exp(z[i,j]) / Σ_j exp(z[i,j]), without overflow: (m, n) -> (m, n)."""
    z = as_operand(z)
    shares: X = exp(z - logsumexp(z))
    return shares


def cross_entropy(z: X, y: Any) -> X:
    """−mean_i Σ_j y[i,j] log softmax(z)[i,j] -> 1 x 1.

    z: scores (m, n); y: (m, n), what is right in each row, as shares that add up to 1; a row of
    zeros adds 0, and counts in the mean. Raises ValueError where the shapes differ.
    """
    z, y = as_operand(z), as_operand(y)
    if y.shape != z.shape:
        raise ValueError(
            f"the scores z have shape {z.shape} and y {y.shape}; expected the same: "
            "for the class's number write np.eye(n)[classes]"
        )
    entropy: X = -mean(sum(y * (z - logsumexp(z)), axis=1))
    return entropy


def reshape(x: X, rows: int, columns: int) -> X:
    """The same numbers, row by row, as a block of so many rows and columns.

    Raises TypeError for what are no whole numbers, ValueError where their product is another.
    """
    x = as_operand(x)
    rows, columns = check_count("rows", rows, 1), check_count("columns", columns, 1)
    if rows * columns != x.size:
        raise ValueError(
            "a {} x {} block as a {} x {} block: expected {} numbers".format(
                *x.shape, rows, columns, x.size
            )
        )
    if isinstance(x, Var):
        return x if x.block_shape == (rows, columns) else x.record_row().record_rows(rows, columns)
    return x.reshape(rows, columns)


def cumsum(x: X, axis: int) -> X:
    """The sums so far, down the rows (axis=0) or along the columns (axis=1): (m, n) -> (m, n).

    It is a product with a triangle of ones: n times the work of a sum.
    """
    if type(axis) is not int or axis not in (0, 1):
        raise ValueError(
            f"axis is {axis!r}; cumsum goes down the rows (0) or along the columns (1)"
        )
    block = as_operand(x)
    sums: Any
    if isinstance(block, Var):
        triangle = np.tri(block.shape[axis])
        sums = triangle @ block if axis == 0 else block @ triangle.T
    else:
        sums = block.cumsum(axis)
    result: X = sums
    return result
