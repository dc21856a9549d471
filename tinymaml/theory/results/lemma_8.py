r"""Lemma 8. The random stepsize: 1/L̂ is as good as 1/L_w, up to constants.

L̂ = A + C_𝓛 X estimates L_w = A + C_𝓛 m, m = E_i‖∇l_i(w)‖, where X is the mean over B' fresh tasks
of ‖ĝ‖, ĝ the mean of D_L samples of the task's gradient at w. μ = E X and s² = Var X are those of
X's own law, enumerated.

Claim       (mean) E[1/L̂] ≥ 4/(5 L_w);  (second moment) E[1/L̂²] ≤ 4/L_w²;  (root) E[1/L̂] ≤ 2/L_w.
            (wooff) Of all laws on [0, ∞) with mean μ and variance s², the one on 0 and
            x₁ = μ + s²/μ has the largest E[1/(A + C_𝓛X)²].
Assumes     A2, A3, independent tasks, and the sizes D_L ≥ max(1, 16 C_𝓛²σ_g²/A²),
            B' ≥ (16 C_𝓛²σ²/A² + 1)/5. (wooff) nothing.
Proof       (mean) Jensen; X is off by σ_g/√D_L ≤ A/(4C_𝓛) on average. (second moment) If C_𝓛m ≤ A,
            L̂ ≥ A is enough. Otherwise the extremal law bounds E[1/L̂²] by μ and s², and μ ≥ m,
            samples being unbiased: no size is needed for that. (wooff) 1/(A + C_𝓛X)² lies below the
            parabola that meets it at 0 and touches it at x₁ (the difference is known exactly), and
            the mean of a parabola depends on μ and s² only. (root) Cauchy–Schwarz.
Attained    (wooff) by the two-point laws, (mean) where all gradients vanish and D_L is no more than
            enough. (second moment) up to a factor 2.79, and (root) up to 1.78, by the worst
            two-point laws of a task at rest and one that is not: lemma_8_sharp has better constants
            for the same sizes.
Limits      C_𝓛 = 0 (ρ = 0, or no steps): L̂ = A surely; everything is written in C_𝓛X, never in
            X + A/C_𝓛, so that this is an ordinary case. μ = 0: X = 0 surely, and the extremal law
            is all at 0.
"""

from typing import NamedTuple

import numpy as np

from ..chain import EXACTLY, UP_TO_A_FACTOR, Attained, Result, at_most, equal, first
from ..paths import norm

C, E = r"C_\mathcal{L}", r"\mathbb{E}"


class Law(NamedTuple):
    """Of Y = C_𝓛X = L̂ − A: its values and probabilities (n,), mean C_𝓛μ, variance C_𝓛²s²."""

    A: float
    values: np.ndarray
    p: np.ndarray
    mean: float
    variance: float

    def moment(self, n):
        """E[1/L̂^n]"""
        return self.p @ (self.A + self.values) ** -n


def law(x):
    """The law of Y for an instance."""
    norms, p = x.mean_norms
    values = x.constants.C_meta * norms
    mean = float(p @ values)
    variance = float(p @ (values - mean) ** 2)
    return Law(x.constants.A, values, p, mean, variance)


def two_point(A, mean, variance, n=2):
    """E[1/(A + Y)^n] where Y is 0 or x_1 = mean + variance/mean: the largest that mean and variance
    allow."""
    mean, variance = float(mean), float(variance)
    if mean == 0:
        return A**-n
    x_1 = mean + variance / mean
    p_1, p_0 = mean / x_1, variance / mean / x_1  # μ²/(s² + μ²) could underflow
    return p_0 / A**n + p_1 / (A + x_1) ** n


def extremal_law(y, n):
    """E[1/(A + Y)^n] <= that of the two-point law, n = 1 or 2: the parabola argument, for any law
    of Y ≥ 0."""
    A, Y = y.A, y.values
    x_1, p_1, p_0 = 0.0, 1.0, 0.0  # C_𝓛x₁, and the probabilities of x₁ and of 0
    if y.mean:
        x_1 = y.mean + y.variance / y.mean
        p_1, p_0 = y.mean / x_1, y.variance / y.mean / x_1
    b = A + x_1  # L̂ at x₁

    def difference(*nodes):
        """(−1)^k times the divided difference of 1/y^n at k + 1 nodes."""
        product = 1 / np.prod(np.broadcast_arrays(*nodes), axis=0)
        return product * sum(1 / node for node in nodes) if n == 2 else product

    f_0 = difference(A)  # the largest of the numbers that cancel below
    parabola = f_0 - Y * difference(A, b) + Y * (Y - x_1) * difference(A, b, b)
    power = "^2" if n == 2 else ""
    yield first(y.moment(n), rf"{E}\,f(X),\quad f(x)=1/(A+{C}x){power}", "definition", scale=f_0)
    yield equal(
        y.p @ (parabola - Y * (Y - x_1) ** 2 * difference(A, b, b, A + Y)),
        rf"{E}\,p(X)-{E}[X(X-x_1)^2\lvert f[0,x_1,x_1,X]\rvert]",
        "p is the parabola that meets f at 0 and touches it at x₁ = μ + s²/μ; "
        "what is left is exact (a divided difference, of one sign)",
    )
    yield at_most(y.p @ parabola, rf"{E}\,p(X)", "X ≥ 0: f lies below p")
    yield equal(
        p_0 / A**n + p_1 / b**n,
        r"\left(1-\frac{\mu}{x_1}\right)f(0)+\frac{\mu}{x_1}f(x_1)",
        "the law on 0 and x₁ with mean μ has the same second moment; "
        "p is a parabola, and f = p at both points",
    )


def wooff(x):
    r"""E[1/L̂²] ≤ (s²/A² + μ²/(A + C_𝓛x₁)²)/(s² + μ²)"""
    y = law(x)
    A, mean, variance = y.A, y.mean, y.variance
    total = variance + mean**2
    closed = A**-2
    if total:
        closed = (variance / A**2 + mean**2 / (A + mean + variance / mean) ** 2) / total
    yield from extremal_law(y, 2)
    yield equal(closed, rf"\frac{{s^2/A^2+\mu^2/(A+{C}x_1)^2}}{{s^2+\mu^2}}", "μ/x₁ = μ²/(s² + μ²)")


def mean(x):
    r"""E[1/L̂] ≥ 4/(5 L_w)"""
    A, C_meta, L_w = x.constants.A, x.constants.C_meta, x.smoothness
    y = law(x)
    yield first(4 / (5 * L_w), r"\frac{4}{5L_w}", f"definition, L_w = A + C_𝓛m, D_L = {x.D_L}")
    yield at_most(1 / (L_w + A / 4), r"\frac{1}{L_w+A/4}", "A ≤ L_w")
    yield at_most(
        1 / (L_w + C_meta * x.sigma_g / np.sqrt(x.D_L)),
        rf"\frac{{1}}{{L_w+{C}\sigma_g/\sqrt{{D_L}}}}",
        "size of D_L: C_𝓛σ_g/√D_L ≤ A/4",
        "sizes",
    )
    yield at_most(
        1 / (L_w + C_meta * norm(x.noise[-1]) / np.sqrt(x.D_L)),
        rf"\frac{{1}}{{L_w+{C}{E}\lVert\hat g-\nabla l_i(w)\rVert}}",
        "A3, Jensen: E‖ĝ − ∇l_i‖ ≤ σ_g/√D_L",
        "A3 sigma_g",
    )
    yield at_most(
        1 / (A + y.mean),
        rf"\frac{{1}}{{A+{C}\mu}}=\frac{{1}}{{{E}\hat L}}",
        "triangle inequality: μ = E‖ĝ‖ ≤ m + E‖ĝ − ∇l_i‖",
    )
    yield at_most(y.moment(1), rf"{E}[1/\hat L]", "Jensen: 1/x is convex")


def variance_steps(x, bound, latex):
    """From C_𝓛²s² to the constants, inside any function `bound` that grows with it. latex: how
    that is written, given how s² is."""
    square, B_L = x.constants.C_meta**2, x.B_L
    lengths, p = x.gradient_norms
    noise = x.noise[-1] / np.sqrt(x.D_L)

    def distance2(task):
        """E‖ĝ − ∇l(w)‖² of one task."""
        signs, chances = task.outer_law
        samples = task.gradient + signs[:, None] * x.noise[-1] * x.scale(x.D_L)
        return chances @ norm(samples - x.gradient) ** 2

    yield equal(
        bound(square * (p @ (lengths - p @ lengths) ** 2) / B_L),
        latex(r"\operatorname{Var}\lVert\hat g\rVert/B'"),
        "X is the mean of B' independent draws",
        "iid tasks",
    )
    yield at_most(
        bound(square * x.mean(distance2) / B_L),
        latex(rf"{E}\lVert\hat g-\nabla l(w)\rVert^2/B'"),
        "the variance is the least mean square distance to any number, "
        "here to ‖∇l(w)‖; triangle inequality",
    )
    yield equal(
        bound(square * (x.deviation() ** 2 + np.sum(noise**2)) / B_L),
        latex(
            rf"({E}_i\lVert\nabla l_i(w)-\nabla l(w)\rVert^2"
            rf"+{E}\lVert\hat g-\nabla l_i(w)\rVert^2)/B'"
        ),
        "unbiased samples: the cross term is zero",
        "A3 unbiased",
    )
    yield at_most(
        bound(square * (x.sigma**2 + x.sigma_g**2 / x.D_L) / B_L),
        latex(r"(\sigma^2+\sigma_g^2/D_L)/B'"),
        "A2; A3 with D_L samples",
        "A2",
        "A3 sigma_g",
    )


def small_branch(x, y):
    """The branch C_𝓛m ≤ A: E[1/L̂²] ≤ 1/A² ≤ 4/L_w²."""
    yield first(y.moment(2), rf"{E}[1/\hat L^2]", "definition; the branch C_𝓛m ≤ A")
    yield at_most(1 / y.A**2, r"1/A^2", "L̂ ≥ A")
    yield at_most(4 / x.smoothness**2, r"4/L_w^2", "C_𝓛m ≤ A: L_w ≤ 2A")


def is_small(x):
    """Is C_𝓛m ≤ A, so that L̂ ≥ A is all that is needed?"""
    return x.constants.C_meta * x.gradient_norm <= x.constants.A


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
        rf"\frac{{s^2/A^2+\mu^2/(A+{C}x_1)^2}}{{s^2+\mu^2}},\quad x_1=\mu+s^2/\mu",
        "the two-point law is extremal (wooff)",
    )
    yield at_most(
        variance / (A * y.mean) ** 2 + 1 / (A + y.mean) ** 2,
        rf"\frac{{s^2}}{{A^2\mu^2}}+\frac{{1}}{{(A+{C}\mu)^2}}",
        "smaller denominators: leave out μ² and s², and s²/μ of x₁",
    )
    yield at_most(
        variance / (A * C_meta * m) ** 2 + 1 / (A + C_meta * m) ** 2,
        rf"\frac{{s^2}}{{A^2m^2}}+\frac{{1}}{{(A+{C}m)^2}}",
        "samples are unbiased; Jensen: μ ≥ m",
        "A3 unbiased",
    )

    def bound(variance):
        return 4 * variance / (A * L_w) ** 2 + 1 / L_w**2

    def latex(s2):
        return rf"\frac{{4{C}^2}}{{A^2L_w^2}}\,{s2}+\frac{{1}}{{L_w^2}}"

    yield at_most(bound(variance), latex("s^2"), "the branch: m ≥ L_w/(2C_𝓛); and A + C_𝓛m = L_w")
    yield from variance_steps(x, bound, latex)
    yield at_most(
        4 / L_w**2,
        r"4/L_w^2",
        "sizes: C_𝓛²(σ² + σ_g²/D_L)/(B'A²) ≤ 5/16, so that 9/4 would do; "
        f"here B' = {x.B_L}, D_L = {x.D_L}",
        "sizes",
    )


def root(x):
    r"""E[1/L̂] ≤ 2/L_w"""
    y = law(x)
    yield first(y.moment(1), rf"{E}[1/\hat L]")
    yield at_most(np.sqrt(y.moment(2)), rf"\sqrt{{{E}[1/\hat L^2]}}", "Cauchy–Schwarz")
    yield at_most(2 / x.smoothness, r"2/L_w", "(second moment) E[1/L̂²] ≤ 4/L_w²", "lemma_8")


RESULT = Result(
    "lemma_8",
    "The random stepsize",
    rf"{E}[1/\hat L]\ge\frac{{4}}{{5L_w}},\quad {E}[1/\hat L^2]\le\frac{{4}}{{L_w^2}},\quad "
    rf"{E}[1/\hat L]\le\frac{{2}}{{L_w}}",
    assumes=("A2", "A3 unbiased", "A3 sigma_g", "iid tasks", "sizes"),
    claims={"wooff": wooff, "mean": mean, "second moment": second_moment, "root": root},
    setting="resampling",
    enumerates="batches",
    attained={
        "wooff": Attained(EXACTLY, "two_point_stepsize"),
        "mean": Attained(EXACTLY, "norm_of_noise"),
        "second moment": Attained(UP_TO_A_FACTOR, "two_point_stepsize"),
        "root": Attained(UP_TO_A_FACTOR, "two_point_mean"),
    },
)
