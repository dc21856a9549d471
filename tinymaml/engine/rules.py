"""The second-order engine: four hand-written rules for each kind of record (lessons 02 to 04).

A rule does not compute, it **emits** calls of four kernels (and rowmax, a constant to all):

    linear     o[i,j] += c · x[i,j]              apply   o, s = f(x), f'(x)
    contract   o[i,j] += Σ_p x[i,p] · z[p,j]     curve   t = f''(x) · x_dot, from y and s

The letters travel with the operands, so a rule never says "transpose" or "sum over the rows": every
adjoint is the same kernel with its operands permuted. A pointwise y = f(x) is, after its value,
multiplication by its slope s = f'(x), whose tangent is t = f''(x) · x_dot: its rules are the
bilinear ones.

The last rule of each kind is the Hessian-vector product: differentiate the reverse rule along v, by
hand (the R-operator; Pearlmutter 1994, "Fast exact multiplication by the Hessian", Neural
Computation 6).
"""

from typing import Callable, Iterator, NamedTuple

from .instructions import (
    BILINEAR,
    LINEAR,
    POINTWISE,
    ROWMAX,
    Call,
    Operand,
    apply,
    contract,
    curve,
    linear,
    rowmax,
)


class Rules(NamedTuple):
    """Each: (out, *ins, arg) of a record -> the list of its calls."""

    value: Callable[..., list[Call]]
    tangent: Callable[..., list[Call]]
    reverse: Callable[..., list[Call]]
    reverse_tangent: Callable[..., list[Call]]


def pairs(
    inputs: tuple[Operand, ...], coefficients: tuple[float, ...]
) -> Iterator[tuple[Operand, float]]:
    """Each input with its coefficient."""
    return zip(inputs, coefficients, strict=True)


# fmt: off
RULES = {
    LINEAR: Rules(                      # y = c · x + ..., a coefficient c for each x
        value=lambda y, *xs, arg:           [linear(y, x, c) for x, c in pairs(xs, arg)],
        tangent=lambda y, *xs, arg:         [linear(y.dot, x.dot, c) for x, c in pairs(xs, arg)],
        reverse=lambda y, *xs, arg:         [linear(x.bar, y.bar, c) for x, c in pairs(xs, arg)],
        reverse_tangent=lambda y, *xs, arg: [linear(x.bar_dot, y.bar_dot, c)
                                             for x, c in pairs(xs, arg)]),

    BILINEAR: Rules(                    # y = x · z
        value=lambda y, x, z, arg:           [contract(y, x, z)],
        tangent=lambda y, x, z, arg:         [contract(y.dot, x.dot, z),
                                              contract(y.dot, x, z.dot)],
        reverse=lambda y, x, z, arg:         [contract(x.bar, y.bar, z),
                                              contract(z.bar, x, y.bar)],
        reverse_tangent=lambda y, x, z, arg: [contract(x.bar_dot, y.bar_dot, z),
                                              contract(x.bar_dot, y.bar, z.dot),
                                              contract(z.bar_dot, x, y.bar_dot),
                                              contract(z.bar_dot, x.dot, y.bar)]),

    POINTWISE: Rules(                   # y = f(x), and its slope s = f'(x)
        value=lambda y, x, arg:           [apply(y, y.slope, x, arg)],
        tangent=lambda y, x, arg:         [contract(y.dot, y.slope, x.dot),
                                           curve(y.slope_dot, y, y.slope, x.dot, arg)],
        reverse=lambda y, x, arg:         [contract(x.bar, y.slope, y.bar)],
        reverse_tangent=lambda y, x, arg: [contract(x.bar_dot, y.slope, y.bar_dot),
                                           contract(x.bar_dot, y.slope_dot, y.bar)]),

    ROWMAX: Rules(                      # the largest of each row: a constant to the other sweeps
        value=lambda y, x, arg:           [rowmax(y, x)],
        tangent=lambda y, x, arg:         [],
        reverse=lambda y, x, arg:         [],
        reverse_tangent=lambda y, x, arg: []),
}
# fmt: on
