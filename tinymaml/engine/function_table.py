"""The pointwise functions."""

from typing import Callable, NamedTuple

import numpy as np


class Pointwise(NamedTuple):
    """A function y = f(x), its slope s = f'(x) and its curvature f''(x), the last as a formula in y
    and s alone."""

    formula: tuple[str, str, str]
    value: Callable  # (x) -> y
    slope: Callable  # (x, y) -> s
    curve: Callable  # (y, s) -> f''


POINTWISE = {
    name: Pointwise(
        text,
        *(eval(f"lambda {args}: {t}", {"np": np}) for args, t in zip(("x", "x, y", "y, s"), text)),
    )
    for name, *text in [
        # y = f(x)                                                   s = f'(x)               f''(x)
        ("tanh", "np.tanh(x)", "1 - y * y", "-2 * y * s"),
        ("sin", "np.sin(x)", "np.cos(x)", "-y"),
        ("cos", "np.cos(x)", "-np.sin(x)", "-y"),
        ("exp", "np.exp(x)", "y", "y"),
        ("log", "np.log(x)", "1 / x", "-s * s"),
        ("sqrt", "np.sqrt(x)", "0.5 / y", "-2 * s * s * s"),
        ("square", "x * x", "2 * x", "2"),
        ("reciprocal", "1 / x", "-y * y", "-2 * y * s"),
        ("relu", "np.maximum(x, 0)", "np.where(np.isnan(x), x, x > 0).astype(x.dtype)", "0 * s"),
        (
            "softplus",
            "np.maximum(x, 0) + np.log1p(np.exp(np.minimum(x, -x)))",
            "1 / (1 + np.exp(-x))",
            "s * (1 - s)",
        ),
        ("sigmoid", "1 / (1 + np.exp(-x))", "y * (1 - y)", "s * (1 - 2 * y)"),
    ]
}
