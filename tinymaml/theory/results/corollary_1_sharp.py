r"""Corollary 1, sharper. With α = 1/(8NL) more inner steps need fewer samples each.

Claim       With α = c/(NL), c = 1/8, and the sharper constants of Theorem 1 (theory, section 11),
            the bias constants are O(1/√N): S of order ε^−2/N is enough for E‖∇𝓛(w_ζ)‖ ≤ ε, and a
            meta-iteration takes O(ε^−4 + N ε^−2) gradients instead of O(N ε^−4).
Assumes     what Theorem 1 does.
Proof       Lemma 5 and Jensen in place of Lemma 4: the noise of small steps averages.
            (a − 1)/(a + 1) ≤ c/(2N), a^N ≤ e^c.
Attained    C* as it is for N = 1; a^2N, C_𝓛, τ and C_err1 as N → ∞. The sizes are not known to be
            necessary.

This is a statement at α = 1/(8NL) and C_β = 20, which the sharper constants allow: the instance's
own alpha and C_beta (and B, S, D, K) are not used, its losses and noise are. N = 0 counts as 1.
Accuracies ε are multiples of χ; where C_𝓛 = 0, multiples of A.
"""

from dataclasses import replace
from math import cosh, exp, expm1, log1p, sqrt

import numpy as np

from .. import accuracy
from ..chain import EXACTLY, UP_TO_A_FACTOR, Attained, Result, at_most, equal, first
from . import corollary_1, theorem_1
from .corollary_1 import (
    AT_MOST,
    as_N_grows,
    c,
    claims_at_ratios,
    complete,
    estimate_cost,
    factor,
    hessian_samples,
    largest_q,
    meta_smoothness,
    power,
    powers,
)

HALF = "(a − 1)/(a + 1) = αL/(2 + αL) ≤ c/(2N)"


def instance_at_eighth(x):
    """The instance at α = 1/(8NL) and C_β = 20."""
    return corollary_1.instance_at_eighth(x, 20.0)


def without_N(x):
    """What bounds each constant whatever N is (C_err1 and C_err2: after multiplication by √N).
    Where A divides, L ≤ A does."""
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
    yield at_most(
        exp(2 * c) * c * x.rho * x.sigma_g / x.L**2 * sqrt(expm1(2 * c) * c / 2),
        r"e^{2c}\tfrac{c\rho\sigma_g}{L^2}\sqrt{(e^{2c}-1)\tfrac c2}",
        "NαL = c; a^N ≤ e^c",
    )


def bias_share(x):
    """N ξ ≤ ξ̄: what S has to make small falls like 1/N."""
    k, top, N = instance_at_eighth(x).sharp_constants, without_N(x), max(x.steps, 1)
    weight = (3 / 5 + 1.53 / k.C_beta) / k.C_beta

    def share(o, A):
        """ξ with the constants of o."""
        return weight * (2 * o.C_err1**2 + 4 * (o.C_err2 * o.spread / o.C_l) ** 2) / A

    yield first(N * k.xi, r"N\xi")
    yield equal(
        N * share(k, k.A),
        r"N(\tfrac35+\tfrac{1.53}{C_\beta})\tfrac{2C_{err1}'^2"
        r"+4C_{err2}'^2\tau^2\sigma^2/C^{*2}}{C_\beta A}",
        "definition of ξ",
    )
    yield at_most(
        N * share(k, x.L),
        r"N(\tfrac35+\tfrac{1.53}{C_\beta})\tfrac{2C_{err1}'^2"
        r"+4C_{err2}'^2\tau^2\sigma^2/C^{*2}}{C_\beta L}",
        "A ≥ L",
    )
    yield at_most(
        share(top, x.L),
        r"\bar\xi",
        "√N C_err1', √N C_err2', τσ and 1/C*: the claims before",
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
        2 * q * exp(2 * c) / (1 - c) ** 4,
        r"2\bar qe^{2c}/(1-c)^4",
        "q ≤ q̄, a^2N and 1/C*: the claims before",
        "corollary_1_sharp",
    )


def second_moment_2(x):
    """C_squ2' ≤ q̄ [σ_g²/T + 2(e^cτ̄σ/(1 − c)² + σ_g√(c(e^(2c) − 1)/2))²]"""
    y, top, N = instance_at_eighth(x), without_N(x), x.steps
    k = replace(y.sharp_constants, D=top.D, S=1)
    step = y.alpha * x.L
    sigma_g, T = x.sigma_g, x.T

    def C_squ2(o, power, drift):
        """C_squ2' with the constants of o."""
        return o.q * (sigma_g**2 / T + 2 * (power * o.spread / o.C_l + sigma_g * drift) ** 2)

    yield first(k.C_squ2, r"C_{squ2}',\quad S=1")
    yield equal(
        C_squ2(k, power(y, N), sqrt(y.growth(2 * N) * step / (2 + step))),
        r"q\bigl[\tfrac{\sigma_g^2}T"
        r"+2\bigl(\tfrac{a^N\tau\sigma}{C^*}"
        r"+\sigma_g\sqrt{\tfrac{\alpha L(a^{2N}-1)}{2+\alpha L}}\bigr)^2\bigr]",
        "definition of C_squ2'; a larger S makes it smaller",
    )
    yield at_most(
        C_squ2(top, exp(c), sqrt(expm1(2 * c) * c / 2)),
        r"\bar q\bigl[\tfrac{\sigma_g^2}T+2\bigl(\tfrac{e^c\bar\tau\sigma}{(1-c)^2}"
        r"+\sigma_g\sqrt{\tfrac c2(e^{2c}-1)}\bigr)^2\bigr]",
        "q ≤ q̄, τσ and 1/C*: the claims before; αL/(2 + αL) ≤ c/2",
        "corollary_1_sharp",
    )


def enough(x, ratio):
    r"""Q + √(χQ) ≤ ε at the sizes of `complexity`."""
    y = instance_at_eighth(x)
    return accuracy.enough(y, y.sharp_constants, ratio, "theorem_1_sharp")


def demands(k, top, D, N):
    """What B and NS have to be, each as (b_0, b_1) for b_0 + b_1/ε²: B, NS with the constants k,
    and B, NS with their bounds without N."""
    B, S = accuracy.demands(replace(k, S=1, D=D), k)
    B_bar, S_bar = accuracy.demands(top, k)
    NS = np.array([N + N * (S[0] - 1), N * S[1]])
    NS_bar = np.array([N + S_bar[0] - 1, S_bar[1]])
    return B, NS, B_bar, NS_bar


def samples(x, ratio):
    r"""NS = N + O(ε^−2): all inner steps of a task together need as many samples as one did, for
    ε ≤ χ."""
    y, top, N = instance_at_eighth(x), without_N(x), max(x.steps, 1)
    k = y.sharp_constants
    epsilon, _, n = accuracy.sizes(y, k, ratio)
    _, NS, _, NS_bar = demands(k, top, n["D"], N)
    yield first(N * n["S"], r"NS", "all inner samples of a task")
    yield at_most(
        accuracy.at(NS, epsilon),
        r"N(s_0+s_1\varepsilon^{-2})",
        "the size S: ⌈x⌉ ≤ 1 + x, max(x, y) ≤ x + y",
    )
    yield at_most(
        accuracy.at(NS_bar, epsilon),
        r"N+\bar s_0+\bar s_1\varepsilon^{-2}",
        "N C_err2'^2 and Nξ: the claims before",
        "corollary_1_sharp",
    )


def gradients(x, ratio):
    r"""B(NS + T) + B'D_L gradients a meta-iteration: O(ε^−4 + N ε^−2), for ε ≤ χ."""
    y, top, N, T = instance_at_eighth(x), without_N(x), max(x.steps, 1), x.T
    k = y.sharp_constants
    epsilon, _, n = accuracy.sizes(y, k, ratio)
    estimate = estimate_cost(k)
    most = accuracy.largest(x, k, top)  # E, a bound of ε
    B, NS, B_bar, NS_bar = demands(k, top, n["D"], N)
    yield first(
        n["gradients"],
        r"B(NS+T)+B'D_L",
        "counting: inner, outer, and those that estimate the smoothness",
    )
    yield at_most(
        accuracy.at(B, epsilon) * (accuracy.at(NS, epsilon) + T) + estimate,
        r"(b_0+b_1\varepsilon^{-2})(N(s_0+s_1\varepsilon^{-2})+T)+B'D_L",
        "N ≥ 1; the sizes B, S: ⌈x⌉ ≤ 1 + x, max(x, y) ≤ x + y",
    )
    yield at_most(
        accuracy.at(B_bar, epsilon) * (accuracy.at(NS_bar, epsilon) + T) + top.estimate,
        r"(\bar b_0+\bar b_1\varepsilon^{-2})(N+\bar s_0+\bar s_1\varepsilon^{-2}+T)+\bar e",
        "constants without N: the claims before",
        "corollary_1_sharp",
    )
    B_part = B_bar[0] * most**2 + B_bar[1]
    S_part = (NS_bar[0] - N + T) * most**2 + NS_bar[1]
    yield at_most(
        N * B_part / epsilon**2 + (B_part * S_part + top.estimate * most**4) / epsilon**4,
        r"(\bar b_0E^2+\bar b_1)N\varepsilon^{-2}"
        r"+\bigl((\bar b_0E^2+\bar b_1)((\bar s_0+T)E^2+\bar s_1)+\bar eE^4\bigr)\varepsilon^{-4}",
        "ε ≤ χ ≤ E, a number without N",
    )


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
    "xi": bias_share,
    "q": factor,
    "C_squ1": second_moment_1,
    "C_squ2": second_moment_2,
}

ACCURACIES = claims_at_ratios(enough, samples, gradients, hvps)
SAMPLES = claims_at_ratios(enough, samples).keys() - claims_at_ratios(enough).keys()

ATTAINED = {
    **dict.fromkeys(CONSTANTS, Attained(UP_TO_A_FACTOR, "cosines_apart")),
    **dict.fromkeys(("a^2N", "C_L", "spread", "C_err1"), as_N_grows("cosines_apart")),
    "1/C_l": Attained(EXACTLY, "cosines_apart", "N = 1", (1, 1)),
    "C_squ2": Attained(UP_TO_A_FACTOR, "cosines_in_noise"),
    **dict.fromkeys(ACCURACIES, Attained(UP_TO_A_FACTOR, "cosines_in_noise")),
    **dict.fromkeys(SAMPLES, Attained(EXACTLY, "cosine_near_its_maximum", "σ_g = 0")),
    "gradients at chi": Attained(UP_TO_A_FACTOR, "convex_quadratic"),
    "hvps at chi": Attained(UP_TO_A_FACTOR, "convex_quadratic"),
}

RESULT = Result(
    "corollary_1_sharp",
    "With α = 1/(8NL) more inner steps need fewer samples each",
    r"\mathbb E\lVert\nabla\mathcal L(w_\zeta)\rVert\le\varepsilon"
    r"\text{ with }S=\lceil O(\varepsilon^{-2})/N\rceil:\quad "
    r"O(\varepsilon^{-4}+N\varepsilon^{-2})\text{ gradients each}",
    assumes=theorem_1.RESULT.assumes,
    claims=CONSTANTS | ACCURACIES,
    setting="resampling",
    attained=ATTAINED,
    reference="derived for this course, with the structure of K. Ji, J. Yang, Y. Liang, "
    "JMLR 23 (2022), arXiv 2002.07836",
)
