r"""Lemma 8, sharper. No branch is needed: sampled gradients are longer on average than exact ones.

Claim       For the sizes of Lemma 8: (mean) E[1/L̂] ≤ 6/(5 L_w);  (second moment)
            E[1/L̂²] ≤ 1.53/L_w².
            (two points) The parabola argument of Lemma 8 for 1/(A + C_𝓛X): the law on 0 and x₁ is
            extremal for it too.
Assumes     A2, A3, independent samples and tasks, the sizes. (two points) nothing.
Proof       Unbiased samples and Jensen give μ = E‖ĝ‖ ≥ E_i‖∇l_i(w)‖ = m, so that A + C_𝓛μ ≥ L_w.
            The extremal law's mean grows with s²: a larger s² spreads the mass at x₁ over 0 and a
            larger x₁, at the same μ, and f is convex. By (variance) of Lemma 8 C_𝓛²s² ≤ t²A²,
            t² = 5/16. In z = C_𝓛μ/A the claim is then (1 + z)²((1 + t²)z² + 2t²z + t⁴)
            /(z² + z + t²)² ≤ 1.53, a polynomial of degree 4 without a positive root (Sturm). The
            left side is 1 at z = 0, tends to 1 + t² at ∞, and is largest, 1.52232, at z = 1.01950.
            For the mean (z + t²)(1 + z)/(z² + z + t²) = 1 + t²/(1 + z + t²/z), and AM–GM does it:
            z + t²/z ≥ 2t.
Attained    (two points) by the two-point laws. (mean) up to a factor 1.07, and (second moment) up
            to 1.07: without noise and with B' = 1, t² is at most 1/4, and 1.53 could be 1.4331.
"""

from fractions import Fraction

import numpy as np

from ..chain import EXACTLY, UP_TO_A_FACTOR, Attained, Result, at_most, equal, first
from ..two_points import C, E, extremal_law, largest_value, law, spread_out, two_point
from .lemma_8 import unbiased_lengths

T2 = Fraction(5, 16)  # C_𝓛²s² ≤ t²A², Lemma 8 (variance)
SECOND = Fraction(153, 100)


def two_points(x):
    r"""E[1/L̂] ≤ (1 − μ/x₁)/A + (μ/x₁)/(A + C_𝓛x₁)"""
    yield from extremal_law(law(x), 1)


def mean(x):
    r"""E[1/L̂] ≤ 6/(5 L_w)"""
    y = law(x)
    A, L_w = y.A, x.smoothness
    z, t2 = y.mean / A, y.variance / A**2

    def bound(excess):
        return (1 + excess) / (A + y.mean)

    def latex(excess):
        return rf"\left(1+{excess}\right)\frac{{1}}{{A+{C}\mu}}"

    def final(mean):
        return 6 / 5 / (A + mean)

    yield first(y.moment(1), rf"{E}[1/\hat L]")
    yield at_most(
        two_point(A, y.mean, y.variance, 1),
        r"\left(1-\frac{\mu}{x_1}\right)\frac{1}{A}+\frac{\mu}{x_1}"
        rf"\frac{{1}}{{A+{C}x_1}},\quad x_1=\mu+s^2/\mu",
        "(two points): the two-point law is extremal",
    )
    yield equal(
        bound(t2 / (1 + z + t2 / z) if z else 0.0),
        latex(r"\frac{t^2}{1+z+t^2/z}") + rf",\quad z=\frac{{{C}\mu}}{{A}},\ t=\frac{{{C}s}}{{A}}",
        "common denominator",
    )
    yield at_most(
        bound(t2 / (1 + 2 * np.sqrt(t2))), latex(r"\frac{t^2}{1+2t}"), "AM–GM: z + t²/z ≥ 2t"
    )
    most = float(T2)
    yield at_most(
        bound(most / (1 + 2 * np.sqrt(most))),
        latex(r"\frac{t^2}{1+2t}") + r",\quad t^2=\tfrac{5}{16}",
        "Lemma 8 (variance): t² ≤ 5/16, and t²/(1 + 2t) grows with t",
        "lemma_8",
    )
    yield at_most(final(y.mean), rf"\frac{{6}}{{5}}\frac{{1}}{{A+{C}\mu}}", "1.14755 ≤ 6/5")
    yield from unbiased_lengths(x, final, lambda mu: rf"\frac{{6}}{{5}}\frac{{1}}{{A+{C}{mu}}}")
    yield equal(6 / 5 / L_w, r"\frac{6}{5L_w}", "definition: L_w = A + C_𝓛m")


def second_moment(x):
    r"""E[1/L̂²] ≤ 1.53/L_w²"""
    y = law(x)
    yield first(y.moment(2), rf"{E}[1/\hat L^2]=:{E}f(X)")
    yield at_most(
        two_point(y.A, y.mean, y.variance),
        r"\left(1-\frac{\mu}{x_1}\right)f(0)+\frac{\mu}{x_1}f(x_1),"
        rf"\quad f(x)=\frac{{1}}{{(A+{C}x)^2}},\ x_1=\mu+s^2/\mu",
        "Lemma 8 (wooff): the two-point law is extremal",
    )
    yield from spread_out(y.A, y.mean, y.variance, T2, r"\mu", "lemma_8")
    yield from largest_value(y.A, y.mean, SECOND, T2, r"\mu")
    yield from unbiased_lengths(
        x,
        lambda mean: 1.53 / (y.A + mean) ** 2,
        lambda mu: rf"\frac{{1.53}}{{(A+{C}{mu})^2}}",
    )
    yield equal(1.53 / x.smoothness**2, r"\frac{1.53}{L_w^2}", "definition: L_w = A + C_𝓛m")


RESULT = Result(
    "lemma_8_sharp",
    "The random stepsize, with better constants",
    rf"{E}[1/\hat L]\le\frac{{6}}{{5L_w}},\quad {E}[1/\hat L^2]\le\frac{{1.53}}{{L_w^2}}",
    assumes=("A2", "A3 unbiased", "A3 sigma_g", "independent samples", "iid tasks", "sizes"),
    claims={"two points": two_points, "mean": mean, "second moment": second_moment},
    setting="resampling",
    enumerates="batches",
    reference="sharper than the paper, derived here",
    attained={
        "two points": Attained(EXACTLY, "two_point_mean"),
        "mean": Attained(UP_TO_A_FACTOR, "two_point_mean"),
        "second moment": Attained(UP_TO_A_FACTOR, "two_point_stepsize"),
    },
)
