r"""Lemma 8. The random stepsize: 1/L̂ is as good as 1/L_w, up to constants.

L̂ = A + C_𝓛 X estimates L_w = A + C_𝓛 m, m = E_i‖∇l_i(w)‖, where X is the mean over B' fresh tasks
of ‖ĝ‖, ĝ the mean of D_L samples of the task's gradient at w. μ = E X and s² = Var X are those of
X's own law, enumerated.

Claim       (mean) E[1/L̂] ≥ 4/(5 L_w);  (second moment) E[1/L̂²] ≤ 4/L_w²;  (root) E[1/L̂] ≤ 2/L_w.
            (variance) C_𝓛²s² ≤ 5A²/16, by the sizes.
            (wooff) Of all laws on [0, ∞) with mean μ and variance s², the one on 0 and
            x₁ = μ + s²/μ has the largest E[1/(A + C_𝓛X)²].
Assumes     A2, A3, independent samples and tasks, and the sizes D_L ≥ max(1, 16 C_𝓛²σ_g²/A²),
            B' ≥ (16 C_𝓛²σ²/A² + 1)/5. (wooff) nothing.
Proof       (mean) Jensen; X is off by σ_g/√D_L ≤ A/(4C_𝓛) on average. (second moment) If C_𝓛m ≤ A,
            L̂ ≥ A is enough. Otherwise the extremal law bounds E[1/L̂²] by μ and s², and μ ≥ m,
            samples being unbiased: no size is needed for that. (wooff) 1/(A + C_𝓛X)² lies below the
            parabola that meets it at 0 and touches it at x₁ (the difference is known exactly), and
            the mean of a parabola depends on μ and s² only. (root) Cauchy–Schwarz.
Attained    (wooff) by the two-point laws, (mean) where all gradients vanish and D_L is no more than
            enough. By the worst two-point laws of a task at rest and one that is not (variance) up
            to a factor 1.25, (second moment) 2.79 and (root) 1.78: lemma_8_sharp has better
            constants for the same sizes.
Limits      C_𝓛 = 0 (ρ = 0, or no steps): L̂ = A surely; everything is written in C_𝓛X, never in
            X + A/C_𝓛, so that this is an ordinary case. μ = 0: X = 0 surely, and the extremal law
            is all at 0.
"""

import numpy as np

from ..chain import EXACTLY, UP_TO_A_FACTOR, Attained, Result, at_most, equal, first
from ..paths import norm
from ..two_points import C, E, extremal_law, law, smaller_denominators


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


def noise_of_samples(task):
    """ĝ − ∇l_i(w) of D_L samples, (n, d), and its probabilities (n,)."""
    x = task.instance
    signs, p = task.outer_law
    return signs[:, None] * x.noise[-1] * x.scale(x.D_L), p


def mean_square_of_noise(x):
    """E‖ĝ − ∇l_i(w)‖², over tasks and samples."""

    def square(task):
        noise, p = noise_of_samples(task)
        return p @ norm(noise) ** 2

    return x.mean(square)


NOISE = r"\hat g-\nabla l_i(w)"
INDEPENDENT = (
    "D_L independent samples of mean zero: the square of their mean is D_L times smaller than that "
    "of one, ĝ_1"
)


def mean(x):
    r"""E[1/L̂] ≥ 4/(5 L_w)"""
    A, C_meta, L_w = x.constants.A, x.constants.C_meta, x.smoothness
    y = law(x)

    def distance(task):
        """E‖ĝ − ∇l_i(w)‖ of one task."""
        noise, p = noise_of_samples(task)
        return p @ norm(noise)

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
        rf"\frac{{1}}{{L_w+{C}\sqrt{{{E}\lVert\hat g_1-\nabla l_i(w)\rVert^2/D_L}}}}",
        "A3: a sample's noise has the mean square σ_g² at most",
        "A3 sigma_g",
    )
    yield equal(
        1 / (L_w + C_meta * np.sqrt(mean_square_of_noise(x))),
        rf"\frac{{1}}{{L_w+{C}\sqrt{{{E}\lVert {NOISE}\rVert^2}}}}",
        INDEPENDENT,
        "A3 unbiased",
        "independent samples",
    )
    yield at_most(
        1 / (L_w + C_meta * x.mean(distance)),
        rf"\frac{{1}}{{L_w+{C}{E}\lVert {NOISE}\rVert}}",
        "Jensen: the root is concave",
    )
    yield at_most(
        1 / (A + y.mean),
        rf"\frac{{1}}{{A+{C}\mu}}=\frac{{1}}{{{E}\hat L}}",
        "triangle inequality: μ = E‖ĝ‖ ≤ m + E‖ĝ − ∇l_i‖",
    )
    yield at_most(y.moment(1), rf"{E}[1/\hat L]", "Jensen: 1/x is convex")


def variance(x):
    r"""C_𝓛²s² ≤ 5A²/16"""
    A, square, B_L = x.constants.A, x.constants.C_meta**2, x.B_L
    front = rf"\frac{{{C}^2}}{{B'}}"
    to_task = rf"{E}_i\lVert\nabla l_i(w)-\nabla l(w)\rVert^2"
    noise2 = mean_square_of_noise(x)

    def distance2(task):
        """E‖ĝ − ∇l(w)‖² of one task."""
        noise, p = noise_of_samples(task)
        return p @ norm(task.gradient + noise - x.gradient) ** 2

    yield from variance_of_lengths(x, r"\hat g", r"\nabla l(w)")
    yield at_most(
        square * x.mean(distance2) / B_L,
        rf"{front}{E}\lVert\hat g-\nabla l(w)\rVert^2",
        "reverse triangle inequality",
    )
    yield equal(
        square * (x.deviation() ** 2 + noise2) / B_L,
        rf"{front}({to_task}+{E}\lVert {NOISE}\rVert^2)",
        "A3: samples are unbiased, and the cross term is zero",
        "A3 unbiased",
    )
    yield at_most(
        square * (x.sigma**2 + noise2) / B_L,
        rf"{front}(\sigma^2+{E}\lVert {NOISE}\rVert^2)",
        "A2",
        "A2",
    )
    yield equal(
        square * (x.sigma**2 + norm(x.noise[-1]) ** 2 / x.D_L) / B_L,
        rf"{front}(\sigma^2+\tfrac{{1}}{{D_L}}{E}\lVert\hat g_1-\nabla l_i(w)\rVert^2)",
        INDEPENDENT,
        "A3 unbiased",
        "independent samples",
    )
    yield at_most(
        square * (x.sigma**2 + x.sigma_g**2 / x.D_L) / B_L,
        rf"{front}(\sigma^2+\tfrac{{1}}{{D_L}}\sigma_g^2)",
        "A3: a sample's noise has the mean square σ_g² at most",
        "A3 sigma_g",
    )
    yield at_most(
        (square * x.sigma**2 + A**2 / 16) / B_L,
        rf"\frac{{1}}{{B'}}({C}^2\sigma^2+\tfrac{{1}}{{16}}A^2)",
        f"size of D_L: C_𝓛²σ_g²/D_L ≤ A²/16; here D_L = {x.D_L}",
        "sizes",
    )
    yield at_most(
        5 / 16 * A**2,
        r"\tfrac{5}{16}A^2",
        f"size of B': 16C_𝓛²σ²/A² + 1 ≤ 5B'; here B' = {x.B_L}",
        "sizes",
    )


def variance_of_lengths(x, gradient, centre):
    """The first lines of (variance), also in the finite sum: from s² to the mean square distance to
    the length of the mean gradient. gradient, centre: how ĝ and the mean gradient are written."""
    square, B_L = x.constants.C_meta**2, x.B_L
    lengths, p = x.gradient_norms
    front, length = rf"\frac{{{C}^2}}{{B'}}", rf"\lVert {gradient}\rVert"
    yield first(law(x).variance, rf"{C}^2s^2", scale=square * lengths.max() ** 2)
    yield equal(
        square * (p @ (lengths - p @ lengths) ** 2) / B_L,
        rf"{front}\operatorname{{Var}}{length}",
        "X is the mean of B' independent draws",
        "iid tasks",
    )
    yield at_most(
        square * (p @ (lengths - norm(x.gradient)) ** 2) / B_L,
        rf"{front}{E}({length}-\lVert {centre}\rVert)^2",
        "the variance is the least mean square distance to any number",
    )


def unbiased_lengths(x, bound, latex):
    """Lines from C_𝓛μ to C_𝓛m, inside any function `bound` that falls with it. latex: how that is
    written, given how μ is."""
    C_meta = x.constants.C_meta

    def length_of_mean(task):
        noise, p = noise_of_samples(task)
        return norm(task.gradient + p @ noise)

    yield at_most(
        bound(C_meta * x.mean(length_of_mean)),
        latex(rf"{E}_i\lVert {E}\hat g\rVert"),
        "Jensen, for each task: E‖ĝ‖ ≥ ‖E ĝ‖",
    )
    yield equal(
        bound(C_meta * x.gradient_norm),
        latex("m"),
        "A3: samples are unbiased, E ĝ = ∇l_i(w)",
        "A3 unbiased",
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
    A, L_w = y.A, x.smoothness
    yield first(y.moment(2), rf"{E}[1/\hat L^2]", "definition; the branch C_𝓛m > A")
    yield from smaller_denominators(A, y.mean, y.variance)
    yield from unbiased_lengths(
        x,
        lambda mean: y.variance / (A * mean) ** 2 + 1 / (A + mean) ** 2,
        lambda mu: rf"\frac{{s^2}}{{A^2({mu})^2}}+\frac{{1}}{{(A+{C}{mu})^2}}",
    )
    yield from large_branch(x, y)
    yield at_most(
        (4 * 5 / 16 + 1) / L_w**2,
        r"\frac{4\cdot 5/16+1}{L_w^2}",
        "(variance): C_𝓛²s² ≤ 5A²/16",
        "lemma_8",
    )
    yield at_most(4 / L_w**2, r"4/L_w^2", "9/4 ≤ 4")


def large_branch(x, y):
    """Lines from s²/(A²m²) + 1/(A + C_𝓛m)² to L_w, in the branch C_𝓛m > A."""
    A, L_w, length = y.A, x.smoothness, x.constants.C_meta * x.gradient_norm
    yield equal(
        y.variance / (A * length) ** 2 + 1 / L_w**2,
        r"\frac{s^2}{A^2m^2}+\frac{1}{L_w^2}",
        "definition: A + C_𝓛m = L_w",
    )
    yield at_most(
        4 * y.variance / (A * L_w) ** 2 + 1 / L_w**2,
        rf"\frac{{4{C}^2s^2}}{{A^2L_w^2}}+\frac{{1}}{{L_w^2}}",
        "the branch: L_w ≤ 2C_𝓛m",
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
    assumes=("A2", "A3 unbiased", "A3 sigma_g", "independent samples", "iid tasks", "sizes"),
    claims={
        "wooff": wooff,
        "mean": mean,
        "variance": variance,
        "second moment": second_moment,
        "root": root,
    },
    setting="resampling",
    enumerates="batches",
    attained={
        "wooff": Attained(EXACTLY, "two_point_stepsize"),
        "mean": Attained(EXACTLY, "norm_of_noise"),
        "variance": Attained(UP_TO_A_FACTOR, "two_point_stepsize"),
        "second moment": Attained(UP_TO_A_FACTOR, "two_point_stepsize"),
        "root": Attained(UP_TO_A_FACTOR, "two_point_mean"),
    },
)
