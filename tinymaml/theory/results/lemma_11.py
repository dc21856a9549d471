r"""Lemma 11. The random stepsize in the finite sum.

The query gradients are exact, only the tasks are drawn.
L̂ = A + C_𝓛X, X the mean of ‖∇l_{T_i}(w)‖ over B' tasks, so that E X = m = E_i‖∇l_{T_i}(w)‖ and
L_w = A + C_𝓛m = E L̂.

Claim       (mean) E[1/L̂] ≥ 1/L_w;  (second moment) E[1/L̂²] ≤ 4/L_w²;  (root) E[1/L̂] ≤ 2/L_w,
            which Theorem 2 does not need. (variance) C_𝓛²s² ≤ 3A²/4, s² = Var X.
            (sharper) E[1/L̂²] ≤ 2.1/L_w², for the same size.
Assumes     A2 (of the query gradients), independent tasks, the size B' ≥ max(1, 4C_𝓛²σ²/(3A²)).
            (mean) nothing.
Proof       That of Lemma 8 with σ_g = 0 and this A, where μ = m. (sharper) As in lemma_8_sharp,
            with t² = 3/4 in place of 5/16: (1 + z)²((1 + t²)z² + 2t²z + t⁴)/(z² + z + t²)² is then
            below 2.0891; it is largest, 2.08901, at z = 1.77418.
Attained    (mean) where all tasks' gradients are equally long. With B' = 1, by a task at rest and
            one that is not, of probability 0.8075, (variance), (sharper) up to a factor 2.1/2.0890
            and (second moment) up to 4/2.0890; (root) by another such law up to 1.57.
"""

from fractions import Fraction

import numpy as np

from ..chain import EXACTLY, UP_TO_A_FACTOR, Attained, Result, at_most, equal, first
from ..two_points import C, E, largest_value, law, smaller_denominators, spread_out, two_point
from .lemma_8 import is_small, large_branch, small_branch, variance_of_lengths

T2 = Fraction(3, 4)  # C_𝓛²s² ≤ t²A², (variance)
SHARPER = Fraction(21, 10)
EXACT = "exact gradients: E X = m"


def mean(x):
    r"""E[1/L̂] ≥ 1/L_w"""
    y = law(x)
    yield first(1 / x.smoothness, r"1/L_w", "definition, L_w = A + C_𝓛m")
    yield equal(1 / (y.A + y.mean), rf"1/{E}\hat L", EXACT)
    yield at_most(y.moment(1), rf"{E}[1/\hat L]", "Jensen: 1/x is convex")


def variance(x):
    r"""C_𝓛²s² ≤ 3A²/4"""
    square, B_L = x.constants.C_meta**2, x.B_L
    front = rf"\frac{{{C}^2}}{{B'}}"
    yield from variance_of_lengths(x, r"\nabla l_{T_i}(w)", r"\nabla l_T(w)")
    yield at_most(
        square * x.deviation() ** 2 / B_L,
        rf"{front}{E}_i\lVert\nabla l_{{T_i}}(w)-\nabla l_T(w)\rVert^2",
        "reverse triangle inequality",
    )
    yield at_most(square * x.sigma**2 / B_L, rf"{front}\sigma^2", "A2", "A2")
    yield at_most(
        3 / 4 * x.constants.A**2,
        r"\tfrac34A^2",
        f"size: 4C_𝓛²σ² ≤ 3A²B'; here B' = {x.B_L}",
        "sizes",
    )


def second_moment(x):
    r"""E[1/L̂²] ≤ 4/L_w², in two branches"""
    y = law(x)
    if is_small(x):
        yield from small_branch(x, y)
        return
    L_w = x.smoothness
    length = x.constants.C_meta * x.gradient_norm  # C_𝓛m
    yield first(y.moment(2), rf"{E}[1/\hat L^2]", "definition; the branch C_𝓛m > A")
    yield from smaller_denominators(y.A, y.mean, y.variance)
    yield equal(
        y.variance / (y.A * length) ** 2 + 1 / (y.A + length) ** 2,
        rf"\frac{{s^2}}{{A^2m^2}}+\frac{{1}}{{(A+{C}m)^2}}",
        EXACT,
    )
    yield from large_branch(x, y)
    yield at_most(
        (4 * 3 / 4 + 1) / L_w**2,
        r"\frac{4\cdot 3/4+1}{L_w^2}",
        "(variance): C_𝓛²s² ≤ 3A²/4",
        "lemma_11",
    )
    yield equal(4 / L_w**2, r"4/L_w^2", "3 + 1 = 4")


def root(x):
    r"""E[1/L̂] ≤ 2/L_w"""
    y = law(x)
    yield first(y.moment(1), rf"{E}[1/\hat L]")
    yield at_most(np.sqrt(y.moment(2)), rf"\sqrt{{{E}[1/\hat L^2]}}", "Cauchy–Schwarz")
    yield at_most(2 / x.smoothness, r"2/L_w", "(second moment) E[1/L̂²] ≤ 4/L_w²", "lemma_11")


def sharper(x):
    r"""E[1/L̂²] ≤ 2.1/L_w²"""
    y = law(x)
    length = x.constants.C_meta * x.gradient_norm  # C_𝓛m
    yield first(y.moment(2), rf"{E}[1/\hat L^2]=:{E}f(X)")
    yield at_most(
        two_point(y.A, y.mean, y.variance),
        r"\left(1-\frac{\mu}{x_1}\right)f(0)+\frac{\mu}{x_1}f(x_1),"
        rf"\quad f(x)=\frac{{1}}{{(A+{C}x)^2}},\ x_1=\mu+s^2/\mu",
        "Lemma 8 (wooff): the two-point law is extremal",
    )
    yield equal(
        two_point(y.A, length, y.variance),
        r"\left(1-\frac{m}{x_1}\right)f(0)+\frac{m}{x_1}f(x_1),\quad x_1=m+s^2/m",
        EXACT,
    )
    yield from spread_out(y.A, length, y.variance, T2, "m", "lemma_11")
    yield from largest_value(y.A, length, SHARPER, T2, "m")
    yield equal(2.1 / x.smoothness**2, r"2.1/L_w^2", "definition: L_w = A + C_𝓛m")


RESULT = Result(
    "lemma_11",
    "The random stepsize in the finite sum",
    rf"{E}[1/\hat L]\ge\frac{{1}}{{L_w}},\quad {E}[1/\hat L^2]\le\frac{{4}}{{L_w^2}}",
    assumes=("A2", "iid tasks", "sizes"),
    claims={
        "mean": mean,
        "variance": variance,
        "second moment": second_moment,
        "root": root,
        "sharper": sharper,
    },
    setting="finite-sum",
    enumerates="batches",
    attained={
        "mean": Attained(EXACTLY, "opposite_tasks_of_two_sets"),
        "variance": Attained(EXACTLY, "two_point_stepsize_of_two_sets"),
        "second moment": Attained(UP_TO_A_FACTOR, "two_point_stepsize_of_two_sets"),
        "root": Attained(UP_TO_A_FACTOR, "two_point_mean_of_two_sets"),
        "sharper": Attained(UP_TO_A_FACTOR, "two_point_stepsize_of_two_sets"),
    },
)
