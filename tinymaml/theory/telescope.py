"""How far a product of factors near I is from I: lines that Lemmas 7, 7' and 10 share (lesson 16).

The factors F_1 … F_n are I − αH with symmetric H.
"""

from functools import cache

import numpy as np

from .chain import at_most, equal
from .paths import multiply, spectral


def differences(F):
    """(n, d, d): F_1 … F_{r−1}(F_r − I), which add up to F_1 … F_n − I. F: (n, d, d)."""
    eye = np.eye(F.shape[-1])
    products = [multiply(F[:r]) @ (F[r] - eye) for r in range(len(F))]
    return np.array(products).reshape(-1, *eye.shape)  # also for n = 0


def from_product(x, factors, bound, latex, n, means=True):
    r"""Lines from ‖F_1 … F_n − I‖ to a^n − 1. x: an instance or a task. factors: a function of a
    Task, its F. bound: the line's number, given a function of a Task that bounds the norm. latex:
    how that is written, given how the bound of the norm is. n: how n is written. means: is one of
    the H a mean of Hessians?"""
    a, alpha_L, factors = x.a, x.alpha * x.L, cache(factors)

    def apart(task):
        """(n,): ‖F_r − I‖"""
        F = factors(task)
        return spectral(F - np.eye(F.shape[-1]))

    def partial(sizes, last):
        """Σ_r sizes_1 … sizes_{r−1} last_r"""
        return sum(np.prod(sizes[:r]) * last[r] for r in range(len(last)))

    total = rf"\sum_{{r=1}}^{{{n}}}"
    difference = r"F_1\cdots F_{r-1}(F_r-I)"
    yield equal(
        bound(lambda task: spectral(differences(factors(task)).sum(0))),
        latex(rf"\bigl\lVert{total}{difference}\bigr\rVert"),
        "telescoping: change one factor to I at a time",
    )
    yield at_most(
        bound(lambda task: spectral(differences(factors(task))).sum()),
        latex(rf"{total}\lVert {difference}\rVert"),
        "triangle inequality, for the sum",
    )
    yield at_most(
        bound(lambda task: partial(spectral(factors(task)), apart(task))),
        latex(rf"{total}\lVert F_1\rVert\cdots\lVert F_{{r-1}}\rVert\lVert F_r-I\rVert"),
        "the norm of a product is at most the product of the norms",
    )
    yield at_most(
        bound(lambda task: partial(1 + apart(task), apart(task))),
        latex(
            rf"{total}(1+\lVert F_1-I\rVert)\cdots(1+\lVert F_{{r-1}}-I\rVert)\lVert F_r-I\rVert"
        ),
        "triangle inequality, for each factor",
    )
    yield at_most(
        bound(lambda task: sum(a**r * alpha_L for r in range(len(factors(task))))),
        latex(rf"{total}a^{{r-1}}\alpha L"),
        "A1: ‖F_r − I‖ ≤ αL" + ("; a mean of Hessians is at most L too" if means else ""),
        "A1 L",
    )
    yield equal(
        bound(lambda task: x.growth(len(factors(task)))),
        latex(rf"(a^{{{n}}}-1)"),
        "geometric series: Σ a^(r−1) = (a^n − 1)/(a − 1), a − 1 = αL",
    )
