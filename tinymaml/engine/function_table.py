"""The pointwise functions: f, f' and f'', each written once (lesson 03).

The NumPy machine calls these formulas on arrays, Numba compiles them for single numbers
(compiled/elementwise.py), and the listing calls f'' on text. T is the type of the numbers: T(1) is
the number 1 in their precision, where a compiled literal 1 would turn float32 into float64.

f'' is a formula in y = f(x) and s = f'(x) alone: these two are what `apply` leaves, and the HVP
then needs no x. It may use + - * /, comparisons and `select`. So erf has no row here: its
f'' = -2 x s needs x, and x cannot be had back from y and s accurately: near 0 the slope hardly
changes, far out both stand still.

A new function is a row of this table, and a line in operations.py that gives it a public name.
"""

from typing import Callable, NamedTuple

from .elementary import Numbers, cos, decay, exp, log, log1p, select, sin, sqrt, tanh


class Function(NamedTuple):
    """A function y = f(x), its slope s = f'(x) and its curvature f''(x)."""

    value: Callable[..., Numbers]  # (x, T) -> y
    slope: Callable[..., Numbers]  # (x, y, T) -> s
    curvature: Callable[..., Numbers]  # (y, s, T) -> f''(x)


# fmt: off
FUNCTIONS = {
    "tanh": Function(
        value=lambda x, T: tanh(x),
        slope=lambda x, y, T: T(1) - y * y,
        curvature=lambda y, s, T: T(-2) * y * s),
    "sin": Function(
        value=lambda x, T: sin(x),
        slope=lambda x, y, T: cos(x),
        curvature=lambda y, s, T: -y),
    "cos": Function(
        value=lambda x, T: cos(x),
        slope=lambda x, y, T: -sin(x),
        curvature=lambda y, s, T: -y),
    "exp": Function(
        value=lambda x, T: exp(x),
        slope=lambda x, y, T: y,
        curvature=lambda y, s, T: y),
    "log": Function(
        value=lambda x, T: log(x),
        slope=lambda x, y, T: T(1) / x,
        curvature=lambda y, s, T: -s * s),
    "sqrt": Function(
        value=lambda x, T: sqrt(x),
        slope=lambda x, y, T: T(0.5) / y,
        curvature=lambda y, s, T: T(-2) * s * s * s),
    "square": Function(
        value=lambda x, T: x * x,
        slope=lambda x, y, T: T(2) * x,
        curvature=lambda y, s, T: T(2)),
    "reciprocal": Function(
        value=lambda x, T: T(1) / x,
        slope=lambda x, y, T: -y * y,
        curvature=lambda y, s, T: T(-2) * y * s),
    "relu": Function(                               # NaN stays NaN
        value=lambda x, T: select(x.real <= T(0), T(0), x),
        slope=lambda x, y, T: select(x > T(0), T(1), select(x <= T(0), T(0), x)),
        curvature=lambda y, s, T: T(0) * s),
    "abs": Function(                                # NaN stays NaN
        value=lambda x, T: select(x.real == T(0), T(0), select(x.real < T(0), -x, x)),
        slope=lambda x, y, T: select(x > T(0), T(1), select(x < T(0), T(-1), y)),
        curvature=lambda y, s, T: T(0) * s),
    "step": Function(
        value=lambda x, T: select(x.real > T(0), T(1), select(x.real < T(0), T(0),
                                                              select(x == x, T(0.5), x))),
        slope=lambda x, y, T: T(0) * y,
        curvature=lambda y, s, T: T(0) * s),
    "softplus": Function(
        value=lambda x, T: select(x > T(0), x, T(0)) + log1p(decay(x)),
        slope=lambda x, y, T: select(x > T(0), T(1), decay(x)) / (T(1) + decay(x)),
        curvature=lambda y, s, T: s * (T(1) - s)),
    "sigmoid": Function(
        value=lambda x, T: T(1) / (T(1) + exp(-x)),
        slope=lambda x, y, T: y * (T(1) - y),
        curvature=lambda y, s, T: s * (T(1) - T(2) * y)),
}
# fmt: on
