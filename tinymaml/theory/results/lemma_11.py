r"""Lemma 11. The random stepsize in the finite sum.

The query gradients are exact, only the tasks are drawn.
L̂ = A + C_𝓛X, X the mean of ‖∇l_{T_i}(w)‖ over B' tasks, so that E X = m = E_i‖∇l_{T_i}(w)‖ and
L_w = A + C_𝓛m = E L̂.

Claim       (mean) E[1/L̂] ≥ 1/L_w;  (second moment) E[1/L̂²] ≤ 4/L_w²;  (root) E[1/L̂] ≤ 2/L_w,
            which Theorem 2 does not need.
            (sharper) E[1/L̂²] ≤ 2.1/L_w², for the same size.
Assumes     A2 (of the query gradients), independent tasks, the size B' ≥ max(1, 4C_𝓛²σ²/(3A²)).
            (mean) nothing.
Proof       That of Lemma 8 with σ_g = 0 and this A, where μ = m. (sharper) As in lemma_8_sharp,
            with t² = 3/4 in place of 5/16: the largest value of (1 + z)²
            (t² + z⁴/(z² + z + t²)²)/(t² + z²) is then 2.08901, at z = 1.77418.
Attained    (mean) where all tasks' gradients are equally long. (sharper) up to a factor 2.1/2.0890,
            with B' = 1, by a task at rest and one that is not, of probability 0.8075; (second
            moment) by the same up to 4/2.0890, and (root) by another such law up to 1.57.
"""

import numpy as np

from ..chain import EXACTLY, UP_TO_A_FACTOR, Attained, Result, at_most, equal, first
from .lemma_8 import C, E, is_small, law, small_branch, two_point


def mean(x):
    r"""E[1/L̂] ≥ 1/L_w"""
    y = law(x)
    yield first(1 / x.smoothness, r"1/L_w", "definition, L_w = A + C_𝓛m")
    yield equal(1 / (y.A + y.mean), rf"1/{E}\hat L", "exact gradients: E X = m")
    yield at_most(y.moment(1), rf"{E}[1/\hat L]", "Jensen: 1/x is convex")


def variance_steps(x, bound, latex):
    """From C_𝓛²s² to C_𝓛²σ²/B', inside any function `bound` that grows with it. latex:
    as in Lemma 8."""
    square, B_L = x.constants.C_meta**2, x.B_L
    lengths, p = x.gradient_norms
    yield equal(
        bound(square * (p @ (lengths - p @ lengths) ** 2) / B_L),
        latex(r"\operatorname{Var}\lVert\nabla l_{T_i}(w)\rVert/B'"),
        "X is the mean of B' independent draws",
        "iid tasks",
    )
    yield at_most(
        bound(square * x.deviation() ** 2 / B_L),
        latex(rf"{E}_i\lVert\nabla l_{{T_i}}(w)-\nabla l_T(w)\rVert^2/B'"),
        "the variance is the least mean square distance to any number, "
        "here to ‖∇l_T(w)‖; triangle inequality",
    )
    yield at_most(bound(square * x.sigma**2 / B_L), latex(r"\sigma^2/B'"), "A2", "A2")


def second_moment(x):
    r"""E[1/L̂²] ≤ 4/L_w², in two branches"""
    y = law(x)
    if is_small(x):
        yield from small_branch(x, y)
        return
    A, C_meta, L_w, m = y.A, x.constants.C_meta, x.smoothness, x.gradient_norm
    variance = y.variance  # C_𝓛²s²
    yield first(y.moment(2), rf"{E}[1/\hat L^2]", "definition; the branch C_𝓛m > A")
    yield at_most(
        two_point(A, y.mean, variance),
        rf"\frac{{s^2/A^2+m^2/(A+{C}x_1)^2}}{{s^2+m^2}},\quad x_1=m+s^2/m",
        "E X = m; the two-point law is extremal (wooff of Lemma 8)",
    )
    yield at_most(
        variance / (A * (C_meta * m)) ** 2 + 1 / (A + C_meta * m) ** 2,
        rf"\frac{{s^2}}{{A^2m^2}}+\frac{{1}}{{(A+{C}m)^2}}",
        "smaller denominators: leave out m² and s², and s²/m of x₁",
    )

    def bound(variance):
        return 4 * variance / (A * L_w) ** 2 + 1 / L_w**2

    def latex(s2):
        return rf"\frac{{4{C}^2}}{{A^2L_w^2}}\,{s2}+\frac{{1}}{{L_w^2}}"

    yield at_most(bound(variance), latex("s^2"), "the branch: m ≥ L_w/(2C_𝓛)")
    yield from variance_steps(x, bound, latex)
    yield at_most(4 / L_w**2, r"4/L_w^2", f"size: C_𝓛²σ²/(B'A²) ≤ 3/4; here B' = {x.B_L}", "sizes")


def root(x):
    r"""E[1/L̂] ≤ 2/L_w"""
    y = law(x)
    yield first(y.moment(1), rf"{E}[1/\hat L]")
    yield at_most(np.sqrt(y.moment(2)), rf"\sqrt{{{E}[1/\hat L^2]}}", "Cauchy–Schwarz")
    yield at_most(2 / x.smoothness, r"2/L_w", "(second moment) E[1/L̂²] ≤ 4/L_w²", "lemma_11")


def sharper(x):
    r"""E[1/L̂²] ≤ 2.1/L_w²"""
    y = law(x)

    def bound(variance):
        return two_point(y.A, y.mean, variance)

    def latex(s2):
        return (
            r"\left(1-\frac{m}{x_1}\right)\frac{1}{A^2}"
            rf"+\frac{{m}}{{x_1}}\frac{{1}}{{(A+{C}x_1)^2}},\quad x_1=m+\frac{{1}}{{m}}{s2}"
        )

    yield first(y.moment(2), rf"{E}[1/\hat L^2]")
    yield at_most(
        bound(y.variance),
        latex("s^2"),
        "E X = m; the two-point law is extremal (wooff of Lemma 8)",
    )
    yield from variance_steps(x, bound, latex)
    yield at_most(
        bound(3 / 4 * y.A**2),
        latex(rf"\frac{{3}}{{4}}A^2/{C}^2"),
        "size: C_𝓛²σ²/(B'A²) ≤ 3/4",
        "sizes",
    )
    yield at_most(
        2.1 / x.smoothness**2,
        r"2.1/L_w^2",
        "the largest value over all z = C_𝓛m/A is 2.0890, at z = 1.7742",
    )


RESULT = Result(
    "lemma_11",
    "The random stepsize in the finite sum",
    rf"{E}[1/\hat L]\ge\frac{{1}}{{L_w}},\quad {E}[1/\hat L^2]\le\frac{{4}}{{L_w^2}}",
    assumes=("A2", "iid tasks", "sizes"),
    claims={"mean": mean, "second moment": second_moment, "root": root, "sharper": sharper},
    setting="finite-sum",
    enumerates="batches",
    attained={
        "mean": Attained(EXACTLY, "opposite_tasks_of_two_sets"),
        "second moment": Attained(UP_TO_A_FACTOR, "two_point_stepsize_of_two_sets"),
        "root": Attained(UP_TO_A_FACTOR, "two_point_mean_of_two_sets"),
        "sharper": Attained(UP_TO_A_FACTOR, "two_point_stepsize_of_two_sets"),
    },
)
