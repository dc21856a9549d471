r"""Corollary 1. With α = 1/(8NL) the cost of a meta-iteration is linear in N.

Claim       With α = c/(NL), c = 1/8, and C_β = 100, all constants are below numbers without N.
            Sizes K, B, S of order ε^−2 and D of order 1 give E‖∇𝓛(w_ζ)‖ ≤ ε: O(N ε^−4) gradients
            and O(N ε^−2) Hessian-vector products in each meta-iteration.
Assumes     what Theorem 1 does; that C_l > 0 and κ > 0 is now a consequence of α and of the sizes.
Proof       a^N = (1 + c/N)^N ≤ e^c. Then Q ≤ ε²/(4 max(χ, ε)) makes Q + √(χQ) at most ε; each of
            its three terms takes a third.
Attained    a^2N, 1/C_l, C_𝓛, C_err1, C_err2 and, without σ_H and for σ_g small against σ, C_squ1
            and C_squ2 reach their bounds as N → ∞; q up to a factor e^(c²). The sizes make the
            bound of Theorem 1 0.35 to 0.48 of ε for ε ≤ χ; in large noise the costs are within a
            factor 2.5 (gradients) and 1.4 (Hessian-vector products) of their bounds. Whether the
            sizes are necessary is not known.

This is a statement at α = 1/(8NL) and C_β = 100: the instance's own alpha and C_beta (and B, S, D,
K) are not used, its losses and noise are. N = 0 counts as 1. Accuracies ε are multiples of χ; where
C_𝓛 = 0 and χ is infinite, multiples of A.
"""

from dataclasses import replace
from functools import lru_cache, partial
from math import ceil, exp, expm1, log1p
from types import SimpleNamespace

from .. import accuracy
from ..chain import IN_A_LIMIT, UP_TO_A_FACTOR, Attained, Result, at_most, equal, first
from ..constants import inner_stepsize
from . import theorem_1

c = 1 / 8  # α = c/(NL)
AT_MOST = "1 + x ≤ e^x: a^N ≤ e^c"


@lru_cache(maxsize=1)
def instance_at_eighth(x, C_beta=100.0):
    """The instance at α = 1/(8NL)."""
    return x.replace(alpha=inner_stepsize(x.L, max(x.steps, 1)), C_beta=C_beta)


def power(x, n):
    """a^n, to rounding even for thousands of steps."""
    return 1 + x.growth(n)


def hessian_samples(x):
    """D = ⌈σ_H²/L²⌉, and 1 at least."""
    return max(1, ceil((x.sigma_H / x.L) ** 2))


def largest_q(x):
    """q̄ = exp(2c + c²σ_H²/(L²D)): what bounds q whatever N is."""
    return exp(2 * c + (c * x.sigma_H / x.L) ** 2 / hessian_samples(x))


def without_N(x):
    """What bounds each constant whatever N is: the right-hand sides of the claims below. Where A
    divides, L ≤ A does."""
    L, rho, sigma, sigma_g = x.L, x.rho, x.sigma, x.sigma_g
    C_l = 2 - exp(2 * c)
    q = largest_q(x)
    spread2 = 2 * exp(2 * c) * sigma**2 * (1 + 2 * (expm1(2 * c) / C_l) ** 2)
    return complete(
        x,
        C_l=C_l,
        spread=sigma,
        A=L,
        smoothness=exp(2 * c) * L,
        C_meta=rho / L * exp(2 * c) * expm1(c),
        C_err1=exp(c) * expm1(c) * sigma_g,
        C_err2=rho * sigma_g / L**2 * exp(2 * c) * (expm1(c) - c),
        D=hessian_samples(x),
        q=q,
        C_squ1=4 * q * exp(2 * c) / C_l**2,
        C_squ2=q * (sigma_g**2 / x.T + spread2 + c * expm1(2 * c) * sigma_g**2),
    )


def complete(x, **bounds):
    """The bounds by name, with two that follow from them: of (C_𝓛/C_l)χ, and of B'D_L as Lemma 8
    asks, rounded up."""
    top = SimpleNamespace(**bounds)
    tasks = (top.C_meta * x.sigma / x.L) ** 2
    samples = (top.C_meta * getattr(x, "sigma_g", 0.0) / x.L) ** 2
    top.steepness = top.smoothness + top.C_meta * top.spread / top.C_l
    top.estimate = (1 + (16 * tasks + 1) / 5) * (1 + 16 * samples)
    return top


def powers(x):
    """a^2N ≤ e^(2c)"""
    N = max(x.steps, 1)
    yield first(power(instance_at_eighth(x), 2 * x.steps), r"a^{2N}")
    yield at_most(exp(2 * N * log1p(c / N)), r"(1+\tfrac cN)^{2N}", "αL = c/N")
    yield at_most(exp(2 * c), r"e^{2c}", "1 + x ≤ e^x")
    yield at_most(1.2841, r"1.2841", "c = 1/8")


def inverse_C_l(x):
    """1/C_l ≤ 1/(2 − e^(2c))"""
    y = instance_at_eighth(x)
    yield first(1 / y.constants.C_l, r"\frac1{C_l}")
    yield equal(1 / (2 - power(y, 2 * x.steps)), r"\frac1{2-a^{2N}}", "definition of C_l")
    yield at_most(1 / (2 - exp(2 * c)), r"\frac1{2-e^{2c}}", AT_MOST)
    yield at_most(1.3967, r"1.3967", "c = 1/8")


def meta_smoothness(x):
    """C_𝓛 ≤ (ρ/L) e^(2c) (e^c − 1)"""
    y, N = instance_at_eighth(x), x.steps
    yield first(y.constants.C_meta, r"C_{\mathcal L}")
    yield equal(
        x.rho / x.L * power(y, 2 * N - 1) * y.growth(N),
        r"\tfrac\rho L a^{2N-1}(a^N-1)",
        "definition of C_𝓛",
    )
    yield at_most(
        x.rho / x.L * power(y, 2 * N) * y.growth(N), r"\tfrac\rho L a^{2N}(a^N-1)", "a ≥ 1"
    )
    yield at_most(x.rho / x.L * exp(2 * c) * expm1(c), r"\tfrac\rho L e^{2c}(e^c-1)", AT_MOST)


def bias_1(x):
    """C_err1 ≤ e^c (e^c − 1) σ_g"""
    y, N = instance_at_eighth(x), x.steps
    yield first(y.constants.C_err1, r"C_{err1}")
    yield equal(
        power(y, N) * y.growth(N) * x.sigma_g, r"a^N(a^N-1)\sigma_g", "definition of C_err1"
    )
    yield at_most(exp(c) * expm1(c) * x.sigma_g, r"e^c(e^c-1)\sigma_g", AT_MOST)


def bias_2(x):
    """C_err2 ≤ (ρσ_g/L²) e^(2c) (e^c − 1 − c)"""
    y, N = instance_at_eighth(x), x.steps
    unit = x.rho * x.sigma_g / x.L**2
    # a^N − 1 − NαL = αL Σ_{j<N} (a^j − 1), without its cancellation
    excess = sum(y.growth(j) for j in range(N)) * c / max(N, 1)
    yield first(y.constants.C_err2, r"C_{err2}")
    yield equal(
        unit * power(y, 2 * N - 1) * excess,
        r"\tfrac{\rho\sigma_g}{L^2}a^{2N-1}(a^N-1-N\alpha L)",
        "definition of C_err2",
    )
    yield at_most(
        unit * power(y, 2 * N) * excess,
        r"\tfrac{\rho\sigma_g}{L^2}a^{2N}(a^N-1-N\alpha L)",
        "a ≥ 1",
    )
    yield equal(
        unit * power(y, 2 * N) * excess,
        r"\tfrac{\rho\sigma_g}{L^2}a^{2N}(a^N-1-c)",
        "NαL = c",
    )
    yield at_most(
        unit * exp(2 * c) * (expm1(c) - c), r"\tfrac{\rho\sigma_g}{L^2}e^{2c}(e^c-1-c)", AT_MOST
    )


def factor(x):
    """q ≤ exp(2c + c²σ_H²/(L²D)) ≤ e^(2c + c²) for D ≥ σ_H²/L²"""
    y, D = instance_at_eighth(x), hessian_samples(x)
    N = max(x.steps, 1)
    step = y.alpha * x.L
    variance = (c * x.sigma_H / x.L) ** 2
    yield first(replace(y.constants, D=D).q, r"q,\quad D=\lceil\sigma_H^2/L^2\rceil")
    yield equal(
        exp(x.steps * log1p(2 * step + step**2 + (y.alpha * x.sigma_H) ** 2 / D)),
        r"(a^2+\alpha^2\sigma_H^2/D)^N",
        "definition of q",
    )
    yield at_most(
        exp(N * (2 * log1p(step) + log1p((y.alpha * x.sigma_H) ** 2 / D))),
        r"\bigl(a^2(1+\alpha^2\sigma_H^2/D)\bigr)^N",
        "a ≥ 1",
    )
    yield at_most(
        exp(N * (2 * step + (y.alpha * x.sigma_H) ** 2 / D)),
        r"\exp(N(2\alpha L+\alpha^2\sigma_H^2/D))",
        "1 + x ≤ e^x, for αL and for α²σ_H²/D",
    )
    yield equal(exp(2 * c + variance / (N * D)), r"\exp(2c+c^2\sigma_H^2/(L^2ND))", "α = c/(NL)")
    yield at_most(exp(2 * c + variance / D), r"\exp(2c+c^2\sigma_H^2/(L^2D))", "N ≥ 1")
    yield at_most(exp(2 * c + c * c), r"e^{2c+c^2}", "D ≥ σ_H²/L²")


def second_moment_1(x):
    """C_squ1 ≤ 4 q̄ e^(2c)/(2 − e^(2c))²"""
    y, q = instance_at_eighth(x), largest_q(x)
    k = replace(y.constants, D=hessian_samples(x))
    yield first(k.C_squ1, r"C_{squ1}")
    yield equal(
        4 * k.q * power(y, 2 * x.steps) / k.C_l**2, r"4qa^{2N}/C_l^2", "definition of C_squ1"
    )
    yield at_most(
        4 * q * power(y, 2 * x.steps) / k.C_l**2,
        r"4\bar qa^{2N}/C_l^2",
        "(q): q ≤ q̄",
        "corollary_1",
    )
    yield at_most(4 * q * exp(2 * c) / k.C_l**2, r"4\bar qe^{2c}/C_l^2", "(a^2N)", "corollary_1")
    yield at_most(
        4 * q * exp(2 * c) / (2 - exp(2 * c)) ** 2,
        r"4\bar qe^{2c}/(2-e^{2c})^2",
        "(1/C_l)",
        "corollary_1",
    )


def second_moment_2(x):
    """C_squ2 ≤ q̄ [σ_g²/T + 2e^(2c)σ²(1 + 2(e^(2c) − 1)²/(2 − e^(2c))²) + c(e^(2c) − 1)σ_g²]"""
    y, top, N, T = instance_at_eighth(x), without_N(x), x.steps, x.T
    k = replace(y.constants, D=top.D, S=1)
    sigma, sigma_g = x.sigma, x.sigma_g
    step, growth = y.alpha * x.L, y.growth(2 * N)  # a − 1, a^2N − 1

    def C_squ2(front, growth, C_l, drift):
        """C_squ2 with these in the place of q, a^2N − 1, C_l and what stands before (a^2N − 1)σ_g²
        in the drift's part."""
        far = 2 * (1 + growth) * sigma**2 * (1 + 2 * (growth / C_l) ** 2)
        return front * (sigma_g**2 / T + far + drift * growth * sigma_g**2)

    def latex(drift, front="q", power="a^{2N}", C_l="C_l"):
        return (
            rf"{front}\bigl[\tfrac{{\sigma_g^2}}T"
            rf"+2{power}\sigma^2(1+2\tfrac{{({power}-1)^2}}{{{C_l}^2}})"
            rf"+{drift}({power}-1)\sigma_g^2\bigr]"
        )

    top_growth = expm1(2 * c)
    yield first(k.C_squ2, r"C_{squ2},\quad S=1")
    yield equal(
        C_squ2(k.q, growth, k.C_l, 2 * step / (2 + step)),
        latex(r"\tfrac{2\alpha L}{2+\alpha L}"),
        "definition of C_squ2",
    )
    yield at_most(C_squ2(k.q, growth, k.C_l, step), latex(r"\alpha L"), "2/(2 + αL) ≤ 1")
    yield at_most(C_squ2(k.q, growth, k.C_l, c), latex("c"), "αL = c/N ≤ c")
    yield at_most(
        C_squ2(top.q, growth, k.C_l, c), latex("c", r"\bar q"), "(q): q ≤ q̄", "corollary_1"
    )
    yield at_most(
        C_squ2(top.q, top_growth, k.C_l, c),
        latex("c", r"\bar q", "e^{2c}"),
        "(a^2N)",
        "corollary_1",
    )
    yield at_most(
        C_squ2(top.q, top_growth, 2 - exp(2 * c), c),
        latex("c", r"\bar q", "e^{2c}", "(2-e^{2c})"),
        "(1/C_l)",
        "corollary_1",
    )


def gradients(x, ratio):
    r"""B(NS + T) + B'D_L gradients a meta-iteration: O(N ε^−4), for ε ≤ χ."""
    y, top = instance_at_eighth(x), without_N(x)
    N, T = max(x.steps, 1), x.T
    k = y.constants
    epsilon, _, n = accuracy.sizes(y, k, ratio)
    estimate = accuracy.estimate_cost(k)
    most = accuracy.largest(y, k, top)  # E, a bound of ε
    k_at_D = replace(k, S=1, D=n["D"])
    demands = (
        accuracy.tasks(k_at_D, k),
        accuracy.samples(k, k),
        accuracy.tasks(top, k),
        accuracy.samples(top, k),
    )
    yield first(
        n["gradients"],
        r"B(NS+T)+B'D_L",
        "counting: inner, outer, and those that estimate the smoothness",
    )
    yield at_most(N * (n["B"] * (n["S"] + T) + estimate), r"N\bigl(B(S+T)+B'D_L\bigr)", "N ≥ 1")

    def cost(B, S, estimate):
        """N(B(S + T) + B'D_L)"""
        return N * (B * (S + T) + estimate)

    def latex(B, S, estimate="B'D_L"):
        return rf"N\bigl(({B})({S}+T)+{estimate}\bigr)"

    B_latex, S_latex = r"b_0+b_1\varepsilon^{-2}", r"s_0+s_1\varepsilon^{-2}"
    B_bar_latex, S_bar_latex = (
        r"\bar b_0+\bar b_1\varepsilon^{-2}",
        r"\bar s_0+\bar s_1\varepsilon^{-2}",
    )
    B, S, B_bar, S_bar = (accuracy.at(demand, epsilon) for demand in demands)
    yield at_most(cost(B, n["S"], estimate), latex(B_latex, "S"), accuracy.SIZE_B)
    yield at_most(cost(B, S, estimate), latex(B_latex, S_latex), accuracy.SIZE_S)
    yield at_most(
        cost(B_bar, S, estimate),
        latex(B_bar_latex, S_latex),
        "b_0 ≤ b̄_0, b_1 ≤ b̄_1, without N: the claims before",
        "corollary_1",
    )
    yield at_most(
        cost(B_bar, S_bar, estimate),
        latex(B_bar_latex, S_bar_latex),
        "s_0 ≤ s̄_0, s_1 ≤ s̄_1, without N: the claims before",
        "corollary_1",
    )
    yield at_most(
        cost(B_bar, S_bar, top.estimate),
        latex(B_bar_latex, S_bar_latex, r"\bar e"),
        "B'D_L ≤ ē, without N: (C_L)",
        "corollary_1",
    )
    *_, (b_0, b_1), (s_0, s_1) = demands
    B_part = b_0 * most**2 + b_1
    S_part = (s_0 + T) * most**2 + s_1
    yield at_most(
        N / epsilon**4 * (B_part * S_part + top.estimate * most**4),
        r"N\varepsilon^{-4}\bigl((\bar b_0E^2+\bar b_1)((\bar s_0+T)E^2+\bar s_1)+\bar eE^4\bigr)",
        "ε ≤ E, a number without N that is at least χ",
    )


def enough(x, ratio):
    r"""Q + √(χQ) ≤ ε at the sizes of `complexity`."""
    y = instance_at_eighth(x)
    return accuracy.enough(y, y.constants, ratio, "theorem_1")


def hvps(x, ratio):
    r"""BND Hessian-vector products a meta-iteration: O(N ε^−2), for ε ≤ χ."""
    y = instance_at_eighth(x)
    return accuracy.hvps(y, y.constants, without_N(x), ratio, "corollary_1")


CONSTANTS = {
    "a^2N": powers,
    "1/C_l": inverse_C_l,
    "C_L": meta_smoothness,
    "C_err1": bias_1,
    "C_err2": bias_2,
    "q": factor,
    "C_squ1": second_moment_1,
    "C_squ2": second_moment_2,
}


def claims_at_ratios(complexity, *costs):
    """The claims about accuracies: the complexity for every ε, the costs for ε ≤ χ."""
    claims = {}
    for epsilon, ratio in accuracy.RATIOS.items():
        claims[f"complexity at {epsilon}"] = partial(complexity, ratio=ratio)
    for cost in costs:
        for epsilon, ratio in accuracy.RATIOS.items():
            if ratio <= 1:
                claims[f"{cost.__name__} at {epsilon}"] = partial(cost, ratio=ratio)
    return claims


ACCURACIES = claims_at_ratios(enough, gradients, hvps)


def as_N_grows(extremal, steps=5_000):
    """What is said of a bound that a constant reaches as N → ∞, to 0.01% after so many steps."""
    return Attained(IN_A_LIMIT, extremal, "N → ∞", (steps, steps))


ATTAINED = {
    **dict.fromkeys(CONSTANTS, as_N_grows("cosines_apart")),
    "C_err2": as_N_grows("cosines_apart", steps=20_000),
    "q": Attained(UP_TO_A_FACTOR, "cosines_apart"),
    **dict.fromkeys(ACCURACIES, Attained(UP_TO_A_FACTOR, "cosines_in_noise")),
    "gradients at chi": Attained(UP_TO_A_FACTOR, "convex_quadratic"),
    "hvps at chi": Attained(UP_TO_A_FACTOR, "convex_quadratic"),
}

RESULT = Result(
    "corollary_1",
    "With α = 1/(8NL) the cost of a meta-iteration is linear in N",
    r"\mathbb E\lVert\nabla\mathcal L(w_\zeta)\rVert\le\varepsilon"
    r"\text{ with }K,B,S=O(\varepsilon^{-2}),\ D=O(1):"
    r"\quad O(N\varepsilon^{-4})\text{ gradients each}",
    assumes=theorem_1.RESULT.assumes,
    claims=CONSTANTS | ACCURACIES,
    setting="resampling",
    attained=ATTAINED,
)
