r"""Corollary 1. With α = 1/(8NL) the cost of a meta-iteration is linear in N.

Claim       With α = c/(NL), c = 1/8, and C_β = 100, all constants are below numbers without N.
            Sizes K, B, S of order ε^−2 and D of order 1 give E‖∇𝓛(w_ζ)‖ ≤ ε: O(N ε^−4) gradients
            and O(N ε^−2) Hessian-vector products in each meta-iteration.
Assumes     what Theorem 1 does; that C_l > 0 and κ > 0 is now a consequence of α and of the sizes.
Proof       a^N = (1 + c/N)^N ≤ e^c. Then Q ≤ ε²/(4 max(χ, ε)) makes Q + √(χQ) at most ε; each of
            its three terms takes a third.
Attained    a^2N, 1/C_l, C_𝓛, C_err1 and C_err2 reach their bounds as N → ∞; the sizes are not known
            to be necessary.

This is a statement at α = 1/(8NL) and C_β = 100: the instance's own alpha and C_beta (and B, S, D,
K) are not used, its losses and noise are. N = 0 counts as 1. Accuracies ε are multiples of χ; where
C_𝓛 = 0 and χ is infinite, multiples of A.
"""

from dataclasses import replace
from functools import lru_cache, partial
from math import ceil, exp, expm1, log1p
from types import SimpleNamespace

import numpy as np

from .. import accuracy
from ..chain import Result, at_most, equal, first
from ..complexity import sufficient_sizes
from ..constants import inner_stepsize
from . import theorem_1

c = 1 / 8  # α = c/(NL)
AT_MOST = "1 + x ≤ e^x: a^N ≤ e^c"


@lru_cache(maxsize=1)
def at_eighth(x, C_beta=100.0):
    """The instance at α = 1/(8NL)."""
    return x.replace(alpha=inner_stepsize(x.L, max(x.steps, 1)), C_beta=C_beta)


def power(x, n):
    """a^n, to rounding even for thousands of steps."""
    return 1 + x.growth(n)


def without_N(x):
    """What bounds each constant whatever N is: the right-hand sides of the claims below. A ≥ L,
    where it divides."""
    L, top = (
        x.L,
        SimpleNamespace(
            C_l=2 - exp(2 * c),
            spread=x.sigma,
            A=x.L,
            smoothness=exp(2 * c) * x.L,
            D=max(1, ceil((x.sigma_H / x.L) ** 2)),
        ),
    )
    top.C_meta, top.C_err1 = x.rho / L * exp(2 * c) * expm1(c), exp(c) * expm1(c) * x.sigma_g
    top.C_err2 = x.rho * x.sigma_g / L**2 * exp(2 * c) * (expm1(c) - c)
    top.q = exp(2 * c + (c * x.sigma_H / L) ** 2 / top.D)
    top.C_squ1 = 4 * top.q * exp(2 * c) / top.C_l**2
    far = 1 + 2 * (expm1(2 * c) / top.C_l) ** 2
    top.C_squ2 = top.q * (
        x.sigma_g**2 / x.T + 2 * exp(2 * c) * x.sigma**2 * far + c * expm1(2 * c) * x.sigma_g**2
    )
    return settled(x, top)


def settled(x, top):
    """With what follows from the others: (C_𝓛/C_l)χ, and B'D_L, rounded up, as Lemma 8 asks."""
    tasks, samples = ((top.C_meta * s / x.L) ** 2 for s in (x.sigma, getattr(x, "sigma_g", 0.0)))
    top.steepness, top.estimate = (
        top.smoothness + top.C_meta * top.spread / top.C_l,
        (1 + (16 * tasks + 1) / 5) * (1 + 16 * samples),
    )
    return top


def powers(x):
    """a^2N ≤ e^(2c)"""
    N = max(x.steps, 1)
    yield first(power(at_eighth(x), 2 * x.steps), r"a^{2N}")
    yield at_most(exp(2 * N * log1p(c / N)), r"(1+\tfrac cN)^{2N}", "αL = c/N")
    yield at_most(exp(2 * c), r"e^{2c}", "1 + x ≤ e^x")
    yield at_most(1.2841, r"1.2841", "c = 1/8")


def inverse_C_l(x):
    """1/C_l ≤ 1/(2 − e^(2c))"""
    y = at_eighth(x)
    yield first(1 / y.constants.C_l, r"\frac1{C_l}")
    yield equal(1 / (2 - power(y, 2 * x.steps)), r"\frac1{2-a^{2N}}", "definition of C_l")
    yield at_most(1 / (2 - exp(2 * c)), r"\frac1{2-e^{2c}}", AT_MOST)
    yield at_most(1.3967, r"1.3967", "c = 1/8")


def meta_smoothness(x):
    """C_𝓛 ≤ (ρ/L) e^(2c) (e^c − 1)"""
    y, N = at_eighth(x), x.steps
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
    y, N = at_eighth(x), x.steps
    yield first(y.constants.C_err1, r"C_{err1}")
    yield equal(
        power(y, N) * y.growth(N) * x.sigma_g, r"a^N(a^N-1)\sigma_g", "definition of C_err1"
    )
    yield at_most(exp(c) * expm1(c) * x.sigma_g, r"e^c(e^c-1)\sigma_g", AT_MOST)


def bias_2(x):
    """C_err2 ≤ (ρσ_g/L²) e^(2c) (e^c − 1 − c)"""
    y, N = at_eighth(x), x.steps
    unit = x.rho * x.sigma_g / x.L**2
    curved = (
        sum(y.growth(j) for j in range(N)) * c / max(N, 1)
    )  # a^N − 1 − NαL = αL Σ_{j<N} (a^j − 1), without its cancellation
    yield first(y.constants.C_err2, r"C_{err2}")
    yield equal(
        unit * power(y, 2 * N - 1) * curved,
        r"\tfrac{\rho\sigma_g}{L^2}a^{2N-1}(a^N-1-N\alpha L)",
        "definition of C_err2",
    )
    yield at_most(
        unit * power(y, 2 * N) * curved,
        r"\tfrac{\rho\sigma_g}{L^2}a^{2N}(a^N-1-c)",
        "a ≥ 1; NαL = c",
    )
    yield at_most(
        unit * exp(2 * c) * (expm1(c) - c), r"\tfrac{\rho\sigma_g}{L^2}e^{2c}(e^c-1-c)", AT_MOST
    )


def factor(x):
    """q ≤ exp(2c + c²σ_H²/(L²D)) ≤ e^(2c + c²) for D ≥ σ_H²/L²"""
    y, N, D = at_eighth(x), max(x.steps, 1), without_N(x).D
    variance = (c * x.sigma_H / x.L) ** 2
    yield first(replace(y.constants, D=D).q, r"q,\quad D=\lceil\sigma_H^2/L^2\rceil")
    step = y.alpha * x.L
    yield equal(
        exp(x.steps * log1p(2 * step + step**2 + (y.alpha * x.sigma_H) ** 2 / D)),
        r"(a^2+\alpha^2\sigma_H^2/D)^N",
        "definition of q",
    )
    yield at_most(
        exp(N * (2 * c / N + variance / (N * N * D))),
        r"\exp(N(2\alpha L+\alpha^2\sigma_H^2/D))",
        "1 + x ≤ e^x: a² + y ≤ a²(1 + y) ≤ e^(2αL + y)",
    )
    yield at_most(exp(2 * c + variance / D), r"\exp(2c+c^2\sigma_H^2/(L^2D))", "α = c/(NL), N ≥ 1")
    yield at_most(exp(2 * c + c * c), r"e^{2c+c^2}", "D ≥ σ_H²/L²")


def second_moment_1(x):
    """C_squ1 ≤ 4 q̄ e^(2c)/(2 − e^(2c))²"""
    y, top = at_eighth(x), without_N(x)
    k = replace(y.constants, D=top.D)
    yield first(k.C_squ1, r"C_{squ1}")
    yield equal(
        4 * k.q * power(y, 2 * x.steps) / k.C_l**2, r"4qa^{2N}/C_l^2", "definition of C_squ1"
    )
    yield at_most(
        4 * top.q * exp(2 * c) / (2 - exp(2 * c)) ** 2,
        r"4\bar qe^{2c}/(2-e^{2c})^2",
        "q ≤ q̄, a^2N and 1/C_l: the claims before",
        "corollary_1",
    )


def second_moment_2(x):
    """C_squ2 ≤ q̄ [σ_g²/T + 2e^(2c)σ²(1 + 2(e^(2c) − 1)²/(2 − e^(2c))²) + c(e^(2c) − 1)σ_g²]"""
    y, top, N = at_eighth(x), without_N(x), x.steps
    k = replace(y.constants, D=top.D, S=1)
    spread = lambda power, growth, C_l: 2 * power * x.sigma**2 * (1 + 2 * (growth / C_l) ** 2)
    step, grown = y.alpha * x.L, y.growth(2 * N)
    yield first(k.C_squ2, r"C_{squ2},\quad S=1")
    yield equal(
        k.q
        * (
            x.sigma_g**2 / x.T
            + spread(power(y, 2 * N), grown, k.C_l)
            + 2 * step * grown * x.sigma_g**2 / (2 + step)
        ),
        r"q\bigl[\tfrac{\sigma_g^2}T+2a^{2N}\sigma^2(1+2\tfrac{(a^{2N}-1)^2}{C_l^2})"
        r"+\tfrac{2\alpha L(a^{2N}-1)\sigma_g^2}{2+\alpha L}\bigr]",
        "definition of C_squ2; a larger S makes it smaller",
    )
    yield at_most(
        k.q
        * (x.sigma_g**2 / x.T + spread(power(y, 2 * N), grown, k.C_l) + c * grown * x.sigma_g**2),
        r"q\bigl[\tfrac{\sigma_g^2}T+2a^{2N}\sigma^2(1+2\tfrac{(a^{2N}-1)^2}{C_l^2})"
        r"+c(a^{2N}-1)\sigma_g^2\bigr]",
        "2/(2 + αL) ≤ 1 and αL = c/N ≤ c",
    )
    yield at_most(
        top.q
        * (
            x.sigma_g**2 / x.T
            + spread(exp(2 * c), expm1(2 * c), top.C_l)
            + c * expm1(2 * c) * x.sigma_g**2
        ),
        r"\bar q\bigl[\tfrac{\sigma_g^2}T+2e^{2c}\sigma^2(1+2\tfrac{(e^{2c}-1)^2}{(2-e^{2c})^2})"
        r"+c(e^{2c}-1)\sigma_g^2\bigr]",
        "q ≤ q̄, a^2N and 1/C_l: the claims before",
        "corollary_1",
    )


def gradients(x, ratio):
    r"""B(NS + T) + B'D_L gradients a meta-iteration: O(N ε^−4), for ε ≤ χ."""
    y, top, N, T = at_eighth(x), without_N(x), max(x.steps, 1), x.T
    k = y.constants
    epsilon, _, n = accuracy.sizes(y, k, ratio)
    estimate, most, at = (
        np.prod(list(sufficient_sizes(k).values()), dtype=float),
        accuracy.largest(y, k, top),
        accuracy.at,
    )
    (B, S), (Bt, St) = accuracy.demands(replace(k, S=1, D=n["D"]), k), accuracy.demands(top, k)
    yield first(
        n["gradients"],
        r"B(NS+T)+B'D_L",
        "counting: inner, outer, and those that estimate the smoothness",
    )
    yield at_most(N * (n["B"] * (n["S"] + T) + estimate), r"N\bigl(B(S+T)+B'D_L\bigr)", "N ≥ 1")
    yield at_most(
        N * (at(B, epsilon) * (at(S, epsilon) + T) + estimate),
        r"N\bigl((b_0+b_1\varepsilon^{-2})(s_0+s_1\varepsilon^{-2}+T)+B'D_L\bigr)",
        "the sizes B, S: ⌈x⌉ ≤ 1 + x, max(x, y) ≤ x + y",
    )
    yield at_most(
        N * (at(Bt, epsilon) * (at(St, epsilon) + T) + top.estimate),
        r"N\bigl((\bar b_0+\bar b_1\varepsilon^{-2})(\bar s_0+\bar s_1\varepsilon^{-2}+T)"
        r"+\bar e\bigr)",
        "constants without N: the claims before",
        "corollary_1",
    )
    yield at_most(
        N
        / epsilon**4
        * ((Bt[0] * most**2 + Bt[1]) * ((St[0] + T) * most**2 + St[1]) + top.estimate * most**4),
        r"N\varepsilon^{-4}\bigl((\bar b_0E^2+\bar b_1)((\bar s_0+T)E^2+\bar s_1)+\bar eE^4\bigr)",
        "ε ≤ χ ≤ E, a number without N",
    )


def enough(x, ratio):
    r"""Q + √(χQ) ≤ ε at the sizes of `complexity`."""
    y = at_eighth(x)
    return accuracy.enough(y, y.constants, ratio, "theorem_1")


def hvps(x, ratio):
    r"""BND Hessian-vector products a meta-iteration: O(N ε^−2), for ε ≤ χ."""
    y = at_eighth(x)
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


def at_ratios(complexity, *costs):
    """The claims about accuracies: the complexity for every ε, the costs for ε ≤ χ."""
    return {
        f"complexity at {epsilon}": partial(complexity, ratio=ratio)
        for epsilon, ratio in accuracy.RATIOS.items()
    } | {
        f"{cost.__name__} at {epsilon}": partial(cost, ratio=ratio)
        for cost in costs
        for epsilon, ratio in accuracy.RATIOS.items()
        if ratio <= 1
    }


RESULT = Result(
    "corollary_1",
    "With α = 1/(8NL) the cost of a meta-iteration is linear in N",
    r"\mathbb E\lVert\nabla\mathcal L(w_\zeta)\rVert\le\varepsilon\text{ with }K,B,S"
    r"=O(\varepsilon^{-2}),\ D=O(1):"
    r"\quad O(N\varepsilon^{-4})\text{ gradients each}",
    assumes=theorem_1.RESULT.assumes,
    claims=CONSTANTS | at_ratios(enough, gradients, hvps),
    setting="resampling",
)
