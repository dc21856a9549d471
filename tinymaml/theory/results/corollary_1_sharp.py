r"""Corollary 1, sharper. With α = 1/(8NL) more inner steps need fewer samples each; one step needs
the fewest.

Claim       With α = c/(NL), c = 1/8, and the sharper constants of Theorem 1, C_bend is O(1/N) and
            C_err2' is O(1/√N), and 0 at N = 1: S = ⌈O(ε^−2)/N⌉ is enough for E‖∇𝓛(w_ζ)‖ ≤ ε, and
            S = O(ε^−1) at N = 1. A meta-iteration takes O(ε^−4 + N ε^−2) gradients instead of
            O(N ε^−4), and all of them O(ε^−6 + N ε^−4) instead of O(N ε^−6); at N = 1 it is O(ε^−3)
            and O(ε^−5).
Assumes     what Theorem 1 does.
Proof       Lemma 5 and Jensen in place of Lemma 4: the noise of small steps averages.
            (a − 1)/(a + 1) ≤ c/(2N), a^N ≤ e^c. S is what C_bend/S needs, Proposition 2'', or less.
Attained    C* as it is for N = 1; a^2N, C_𝓛, τ and C_err1 as N → ∞. The sizes are not known to be
            necessary.

This is a statement at α = 1/(8NL) and C_β = 2: the instance's own alpha and C_beta (and B, S, D,
K) are not used, its losses and noise are. Why 2: K grows like C_β and B like 1/C_β, so that the
samples of all meta-iterations together do not depend on C_β; the meta-iterations, which wait for
each other, are fewest where C_β is smallest, and C_β ≥ 1.9125. N = 0 counts as 1. Accuracies ε are
multiples of χ; where C_𝓛 = 0, multiples of A.
"""

from dataclasses import replace
from math import cosh, exp, expm1, log1p, sqrt

import numpy as np

from .. import accuracy, accuracy_sharp
from ..chain import EXACTLY, UP_TO_A_FACTOR, Attained, Result, at_most, equal, first
from . import corollary_1, theorem_1
from .corollary_1 import (
    AT_MOST,
    as_N_grows,
    c,
    claims_at_ratios,
    complete,
    factor,
    hessian_samples,
    largest_q,
    meta_smoothness,
    power,
    powers,
)

HALF = "(a − 1)/(a + 1) = αL/(2 + αL) ≤ c/(2N)"


def instance_at_eighth(x):
    """The instance at α = 1/(8NL) and C_β = 2."""
    return corollary_1.instance_at_eighth(x, 2.0)


def without_N(x):
    """What bounds each constant whatever N is (C_err1 and C_err2: after multiplication by √N;
    C_bend: by N). Where A divides, L ≤ A does."""
    L, rho, sigma, sigma_g = x.L, x.rho, x.sigma, x.sigma_g
    C_l = (1 - c) ** 2
    spread = (2 * cosh(2 * c) - 1) * sigma
    q = largest_q(x)
    drift = sqrt(c * expm1(2 * c) / 2) * sigma_g
    return complete(
        x,
        C_l=C_l,
        spread=spread,
        A=L,
        smoothness=exp(2 * c) * L,
        C_meta=rho / L * exp(2 * c) * expm1(c),
        C_err1=exp(c) * drift,
        C_err2=exp(2 * c) * c * rho / L**2 * drift,
        C_bend=c
        / 2
        * rho
        * (sigma_g / L) ** 2
        * (exp(2 * c) * expm1(c) + c * exp(c) * expm1(2 * c)),
        D=hessian_samples(x),
        q=q,
        C_squ1=2 * q * exp(2 * c) / C_l**2,
        C_squ2=q * (sigma_g**2 / x.T + 2 * (exp(c) * spread / C_l + drift) ** 2),
    )


def inverse_C_l(x):
    """1/C* ≤ 1/(1 − c)², C* = (1 − c/N)^2N"""
    N = max(x.steps, 1)
    yield first(
        1 / instance_at_eighth(x).sharp_constants.C_l,
        r"\frac1{C^*},\quad C^*=\min_{\lvert z\rvert\le\alpha L}\mathrm{Re}(1+z)^{2N}",
    )
    if x.steps:
        yield equal(
            exp(-2 * N * log1p(-c / N)),
            r"(1-\tfrac cN)^{-2N}",
            "2NαL = ¼ ≤ 1: the minimum is at z = −αL (Lemma 7')",
        )
    yield at_most((1 - c) ** -2, r"(1-c)^{-2}", "Bernoulli: (1 − c/N)^N ≥ 1 − c")


def spread(x):
    """τσ ≤ (2 cosh 2c − 1)σ, τ = a^2N − 1 + C*"""
    y, N = instance_at_eighth(x), max(x.steps, 1)
    k = y.sharp_constants
    yield first(k.spread, r"\tau\sigma")
    yield equal(
        (y.growth(2 * x.steps) + k.C_l) * x.sigma, r"(a^{2N}-1+C^*)\sigma", "definition of τ"
    )
    if x.steps:
        yield equal(
            (y.growth(2 * N) + exp(2 * N * log1p(-c / N))) * x.sigma,
            r"(a^{2N}-1+(1-\tfrac cN)^{2N})\sigma",
            "C*: the claim before",
            "corollary_1_sharp",
        )
    yield at_most(
        (2 * cosh(2 * c) - 1) * x.sigma, r"(e^{2c}-1+e^{-2c})\sigma", "1 + x ≤ e^x, for x = ±c/N"
    )


def bias_1(x):
    """√N C_err1' ≤ e^c √(c(e^(2c) − 1)/2) σ_g"""
    y, N, sigma_g = instance_at_eighth(x), max(x.steps, 1), x.sigma_g
    growth, step = y.growth(2 * x.steps), y.alpha * x.L
    yield first(sqrt(N) * y.sharp_constants.C_err1, r"\sqrt N\,C_{err1}'")
    yield equal(
        power(y, x.steps) * sigma_g * sqrt(N * growth * step / (2 + step)),
        r"a^N\sigma_g\sqrt{N(a^{2N}-1)\tfrac{a-1}{a+1}}",
        "definition of C_err1'",
    )
    yield at_most(
        power(y, x.steps) * sigma_g * sqrt(growth * c / 2),
        r"a^N\sigma_g\sqrt{(a^{2N}-1)\tfrac c2}",
        HALF,
    )
    yield at_most(
        exp(c) * sigma_g * sqrt(expm1(2 * c) * c / 2),
        r"e^c\sigma_g\sqrt{(e^{2c}-1)\tfrac c2}",
        AT_MOST,
    )


def bias_2(x):
    """√N C_err2' ≤ e^(2c) (cρσ_g/L²) √(c(e^(2c) − 1)/2)"""
    y, steps, N = instance_at_eighth(x), x.steps, max(x.steps, 1)
    step = y.alpha * x.L
    roots = np.sqrt([y.growth(2 * j) for j in range(steps)])
    front = y.alpha * x.rho * x.sigma_g / x.L * power(y, 2 * steps - 1)
    yield first(sqrt(N) * y.sharp_constants.C_err2, r"\sqrt N\,C_{err2}'")
    yield equal(
        front * sqrt(N * step / (2 + step)) * roots.sum(),
        r"a^{2N-1}\tfrac{\alpha\rho\sigma_g}{L}\sqrt{N\tfrac{a-1}{a+1}}\sum_{j<N}\sqrt{a^{2j}-1}",
        "definition of C_err2'",
    )
    yield at_most(
        front * sqrt(c / 2) * roots.sum(),
        r"a^{2N-1}\tfrac{\alpha\rho\sigma_g}{L}\sqrt{\tfrac c2}\sum_{j<N}\sqrt{a^{2j}-1}",
        HALF,
    )
    yield at_most(
        front * sqrt(c / 2) * N * sqrt(y.growth(2 * steps)),
        r"a^{2N-1}\tfrac{\alpha\rho\sigma_g}{L}\sqrt{\tfrac c2}\,N\sqrt{a^{2N}-1}",
        "a^j ≤ a^N",
    )
    unit = c * x.rho * x.sigma_g / x.L**2
    yield equal(
        unit * power(y, 2 * steps - 1) * sqrt(y.growth(2 * steps) * c / 2),
        r"a^{2N-1}\tfrac{c\rho\sigma_g}{L^2}\sqrt{(a^{2N}-1)\tfrac c2}",
        "NαL = c",
    )
    yield at_most(
        unit * power(y, 2 * steps) * sqrt(y.growth(2 * steps) * c / 2),
        r"a^{2N}\tfrac{c\rho\sigma_g}{L^2}\sqrt{(a^{2N}-1)\tfrac c2}",
        "a ≥ 1",
    )
    yield at_most(
        unit * exp(2 * c) * sqrt(expm1(2 * c) * c / 2),
        r"e^{2c}\tfrac{c\rho\sigma_g}{L^2}\sqrt{(e^{2c}-1)\tfrac c2}",
        AT_MOST,
    )


def bend(x):
    """N C_bend ≤ (cρσ_g²/(2L²)) [e^(2c) (e^c − 1) + c e^c (e^(2c) − 1)]"""
    y, steps, N = instance_at_eighth(x), x.steps, max(x.steps, 1)
    roots = np.sqrt([y.growth(2 * j) for j in range(steps)]).sum()
    last = sqrt(y.growth(2 * steps))  # √(a^2N − 1)
    step = y.alpha * x.rho  # αρ

    def bend(two_drifts, C_meta=y.sharp_constants.C_meta):
        """N C_bend = (cσ_g²/L)(C_𝓛/2 + two_drifts)"""
        return c * x.sigma_g**2 / x.L * (C_meta / 2 + two_drifts)

    def latex(two_drifts):
        return rf"\tfrac{{c\sigma_g^2}}L\bigl(\tfrac12C_{{\mathcal L}}+{two_drifts}\bigr)"

    roots_latex = r"a^{N-1}\sqrt{a^{2N}-1}\sum_{j<N}\sqrt{a^{2j}-1}"
    yield first(N * y.sharp_constants.C_bend, r"N\,C_{bend}")
    yield equal(
        N * y.alpha / (c / x.L) * bend(step / (1 + y.a) * power(y, steps - 1) * last * roots),
        r"N\alpha\sigma_g^2\bigl(\tfrac12C_{\mathcal L}"
        rf"+\tfrac{{\alpha\rho}}{{1+a}}{roots_latex}\bigr)",
        "definition of C_bend",
    )
    yield equal(
        bend(step / (1 + y.a) * power(y, steps - 1) * last * roots),
        latex(rf"\tfrac{{\alpha\rho}}{{1+a}}{roots_latex}"),
        "NαL = c",
    )
    yield at_most(
        bend(step / 2 * power(y, steps - 1) * last * roots),
        latex(rf"\tfrac{{\alpha\rho}}2{roots_latex}"),
        "1 + a ≥ 2",
    )
    yield at_most(
        bend(step / 2 * power(y, steps - 1) * N * y.growth(2 * steps)),
        latex(r"\tfrac{\alpha\rho}2a^{N-1}N(a^{2N}-1)"),
        "a^j ≤ a^N",
    )
    yield equal(
        bend(c * x.rho / x.L / 2 * power(y, steps - 1) * y.growth(2 * steps)),
        latex(r"\tfrac{c\rho}{2L}a^{N-1}(a^{2N}-1)"),
        "NαL = c",
    )
    yield at_most(
        bend(c * x.rho / x.L / 2 * power(y, steps) * y.growth(2 * steps)),
        latex(r"\tfrac{c\rho}{2L}a^N(a^{2N}-1)"),
        "a ≥ 1",
    )
    most = c * x.rho / x.L / 2 * exp(c) * expm1(2 * c)
    yield at_most(bend(most), latex(r"\tfrac{c\rho}{2L}e^c(e^{2c}-1)"), AT_MOST)
    yield at_most(
        bend(most, x.rho / x.L * exp(2 * c) * expm1(c)),
        r"\tfrac{c\rho\sigma_g^2}{2L^2}\bigl(e^{2c}(e^c-1)+ce^c(e^{2c}-1)\bigr)",
        "(C_L)",
        "corollary_1_sharp",
    )


def second_moment_1(x):
    """C_squ1' ≤ 2 q̄ e^(2c)/(1 − c)⁴"""
    y, q = instance_at_eighth(x), largest_q(x)
    k = replace(y.sharp_constants, D=hessian_samples(x))
    yield first(k.C_squ1, r"C_{squ1}'")
    yield equal(
        2 * k.q * power(y, 2 * x.steps) / k.C_l**2, r"2qa^{2N}/C^{*2}", "definition of C_squ1'"
    )
    yield at_most(
        2 * q * power(y, 2 * x.steps) / k.C_l**2,
        r"2\bar qa^{2N}/C^{*2}",
        "(q): q ≤ q̄",
        "corollary_1_sharp",
    )
    yield at_most(
        2 * q * exp(2 * c) / k.C_l**2, r"2\bar qe^{2c}/C^{*2}", "(a^2N)", "corollary_1_sharp"
    )
    yield at_most(
        2 * q * exp(2 * c) / (1 - c) ** 4,
        r"2\bar qe^{2c}/(1-c)^4",
        "(1/C_l)",
        "corollary_1_sharp",
    )


def second_moment_2(x):
    """C_squ2' ≤ q̄ [σ_g²/T + 2(e^cτ̄σ/(1 − c)² + σ_g√(c(e^(2c) − 1)/2))²]"""
    y, top, N = instance_at_eighth(x), without_N(x), x.steps
    k = replace(y.sharp_constants, D=top.D, S=1)
    step, growth = y.alpha * x.L, y.growth(2 * N)  # a − 1, a^2N − 1
    sigma_g, T = x.sigma_g, x.T

    def C_squ2(q, power, spread, C_l, drift):
        """C_squ2' with these in the place of q, a^N, τσ, C* and √(αL(a^2N − 1)/(2 + αL))."""
        return q * (sigma_g**2 / T + 2 * (power * spread / C_l + sigma_g * drift) ** 2)

    def latex(drift, q="q", spread=r"\tau\sigma", C_l="C^*", power="a^N"):
        return (
            rf"{q}\bigl[\tfrac{{\sigma_g^2}}T"
            rf"+2\bigl(\tfrac{{{power}{spread}}}{{{C_l}}}+\sigma_g\sqrt{{{drift}}}\bigr)^2\bigr]"
        )

    yield first(k.C_squ2, r"C_{squ2}',\quad S=1")
    yield equal(
        C_squ2(k.q, power(y, N), k.spread, k.C_l, sqrt(growth * step / (2 + step))),
        latex(r"\tfrac{\alpha L(a^{2N}-1)}{2+\alpha L}"),
        "definition of C_squ2'",
    )
    drift = sqrt(growth * c / 2)
    drift_latex = r"\tfrac c2(a^{2N}-1)"
    yield at_most(
        C_squ2(k.q, power(y, N), k.spread, k.C_l, drift),
        latex(drift_latex),
        "αL/(2 + αL) ≤ c/(2N) ≤ c/2",
    )
    yield at_most(
        C_squ2(top.q, power(y, N), k.spread, k.C_l, drift),
        latex(drift_latex, r"\bar q"),
        "(q): q ≤ q̄",
        "corollary_1_sharp",
    )
    bar = r"\bar\tau\sigma"
    yield at_most(
        C_squ2(top.q, power(y, N), top.spread, k.C_l, drift),
        latex(drift_latex, r"\bar q", bar),
        "(spread): τ ≤ τ̄",
        "corollary_1_sharp",
    )
    yield at_most(
        C_squ2(top.q, power(y, N), top.spread, (1 - c) ** 2, drift),
        latex(drift_latex, r"\bar q", bar, "(1-c)^2"),
        "(1/C_l)",
        "corollary_1_sharp",
    )
    yield at_most(
        C_squ2(top.q, exp(c), top.spread, (1 - c) ** 2, sqrt(expm1(2 * c) * c / 2)),
        latex(r"\tfrac c2(e^{2c}-1)", r"\bar q", bar, "(1-c)^2", "e^c"),
        AT_MOST,
    )


def enough(x, ratio):
    r"""Q + √(χQ) ≤ ε at the sizes of `complexity`."""
    y = instance_at_eighth(x)
    return accuracy.enough(y, y.sharp_constants, ratio, "theorem_1_sharp")


def samples(x, ratio):
    r"""NS = N + O(ε^−2), and O(ε^−1) at N = 1: all inner steps of a task together need as many
    samples as two did, for ε ≤ χ."""
    return accuracy_sharp.samples(instance_at_eighth(x), without_N(x), ratio, "corollary_1_sharp")


def gradients(x, ratio):
    r"""B(NS + T) + B'D_L gradients a meta-iteration: O(ε^−4 + N ε^−2), O(ε^−3) at N = 1, for ε ≤
    χ."""
    return accuracy_sharp.gradients(instance_at_eighth(x), without_N(x), ratio, "corollary_1_sharp")


def total(x, ratio):
    r"""K(B(NS + T) + B'D_L) gradients in all: O(ε^−6 + N ε^−4), O(ε^−5) at N = 1, for ε ≤ χ."""
    return accuracy_sharp.total(instance_at_eighth(x), without_N(x), ratio, "corollary_1_sharp")


def hvps(x, ratio):
    r"""BND Hessian-vector products a meta-iteration: O(N ε^−2), for ε ≤ χ."""
    y = instance_at_eighth(x)
    return accuracy.hvps(y, y.sharp_constants, without_N(x), ratio, "corollary_1_sharp")


CONSTANTS = {
    "a^2N": powers,
    "1/C_l": inverse_C_l,
    "C_L": meta_smoothness,
    "spread": spread,
    "C_err1": bias_1,
    "C_err2": bias_2,
    "C_bend": bend,
    "q": factor,
    "C_squ1": second_moment_1,
    "C_squ2": second_moment_2,
}

ACCURACIES = claims_at_ratios(enough, samples, gradients, total, hvps)
SAMPLES = [claim for claim in ACCURACIES if claim.startswith("samples")]
AT_CHI = ("gradients at chi", "total at chi", "hvps at chi")

ATTAINED = {
    **dict.fromkeys(CONSTANTS, Attained(UP_TO_A_FACTOR, "cosines_apart")),
    **dict.fromkeys(("a^2N", "C_L", "spread", "C_err1"), as_N_grows("cosines_apart")),
    "1/C_l": Attained(EXACTLY, "cosines_apart", "N = 1", (1, 1)),
    "C_squ2": Attained(UP_TO_A_FACTOR, "cosines_in_noise"),
    **dict.fromkeys(ACCURACIES, Attained(UP_TO_A_FACTOR, "cosines_in_noise")),
    **dict.fromkeys(SAMPLES, Attained(EXACTLY, "cosine_near_its_maximum", "σ_g = 0")),
    **dict.fromkeys(AT_CHI, Attained(UP_TO_A_FACTOR, "convex_quadratic")),
}

RESULT = Result(
    "corollary_1_sharp",
    "With α = 1/(8NL) more inner steps need fewer samples each",
    r"\mathbb E\lVert\nabla\mathcal L(w_\zeta)\rVert\le\varepsilon"
    r"\text{ with }S=\lceil O(\varepsilon^{-2})/N\rceil\text{, at }N=1\ S=O(\varepsilon^{-1}):"
    r"\quad O(\varepsilon^{-6}+N\varepsilon^{-4})\text{, at }N=1\ O(\varepsilon^{-5})"
    r"\text{ gradients in all}",
    assumes=theorem_1.RESULT.assumes,
    claims=CONSTANTS | ACCURACIES,
    setting="resampling",
    attained=ATTAINED,
    reference="derived for this course, with the structure of K. Ji, J. Yang, Y. Liang, "
    "JMLR 23 (2022), arXiv 2002.07836",
)
