r"""Corollary 2. On finite sums, with α = 1/(8NL), the cost of a meta-iteration is linear in N.

Claim       With α = c/(NL), c = 1/8, and C_β = 100, all constants are below numbers without N.
            Sizes K and B of order ε^−2 give E‖∇𝓛(w_ζ)‖ ≤ ε: O(N ε^−2) gradients and Hessian-vector
            products of whole sets in each meta-iteration.
Assumes     what Theorem 2 does; that C_l > 0 and κ > 0 is now a consequence of α and of the sizes.
Proof       As Corollary 1: a^N ≤ e^c; Q ≤ ε²/(4 max(χ, ε)), and each of its two terms takes a half.
Attained    all constants reach their bounds as N → ∞. The sizes make the bound of Theorem 2 0.35 to
            0.48 of ε for ε ≤ χ; Hessian-vector products come within a factor 1.6 of their bounds
            where the tasks differ much, gradients within 2.2 at ε = χ only: for smaller ε the last
            line bounds the estimate of the smoothness, which does not grow, as if it did. Whether
            the sizes are necessary is not known.

This is a statement at α = 1/(8NL) and C_β = 100: the instance's own alpha and C_beta (and B, K) are
not used, its losses are. N = 0 counts as 1. Accuracies ε are multiples of χ; where C_𝓛 = 0 and χ is
infinite, multiples of A.
"""

from math import exp, expm1

from .. import accuracy
from ..chain import UP_TO_A_FACTOR, Attained, Result, at_most, equal, first
from ..complexity import sufficient_sizes
from . import theorem_2
from .corollary_1 import (
    AT_MOST,
    as_N_grows,
    c,
    claims_at_ratios,
    complete,
    instance_at_eighth,
    inverse_C_l,
    meta_smoothness,
    power,
    powers,
)


def without_N(x):
    """What bounds each constant whatever N is: the right-hand sides of the claims below. Where A
    divides, L ≤ A does."""
    L, rho, sigma, b = x.L, x.rho, x.sigma, x.b
    gap = exp(c) * expm1(c) * b
    C_l = 2 - exp(2 * c)
    C_b = rho / L * exp(c) * expm1(c) ** 2
    far2 = 4 * (expm1(2 * c) * sigma + gap) ** 2 / C_l**2
    shift2 = 2 * exp(2 * c) * expm1(c) ** 2 * x.b2
    return complete(
        x,
        C_l=C_l,
        spread=sigma + gap,
        A=L,
        smoothness=exp(2 * c) * L + C_b * b,
        C_meta=rho / L * exp(2 * c) * expm1(c),
        A_squ1=4 * exp(4 * c) / C_l**2,
        A_squ2=exp(4 * c) * (2 * sigma**2 + far2) + shift2,
    )


def smoothness(x):
    """A ≤ e^(2c)L + (ρ/L) e^c (e^c − 1)² b"""
    y, N = instance_at_eighth(x), x.steps
    yield first(y.constants.A, r"A")
    yield equal(
        power(y, 2 * N) * x.L + x.rho / x.L * power(y, N - 1) * y.growth(N) ** 2 * x.b,
        r"a^{2N}L+\tfrac\rho La^{N-1}(a^N-1)^2b",
        "definition of A, with that of C_b",
    )
    yield at_most(
        power(y, 2 * N) * x.L + x.rho / x.L * power(y, N) * y.growth(N) ** 2 * x.b,
        r"a^{2N}L+\tfrac\rho La^N(a^N-1)^2b",
        "a ≥ 1",
    )
    yield at_most(
        exp(2 * c) * x.L + x.rho / x.L * exp(c) * expm1(c) ** 2 * x.b,
        r"e^{2c}L+\tfrac\rho Le^c(e^c-1)^2b",
        AT_MOST,
    )


def second_moment_1(x):
    """A_squ1 ≤ 4e^(4c)/(2 − e^(2c))²"""
    y = instance_at_eighth(x)
    yield first(y.constants.A_squ1, r"A_{squ1}")
    yield equal(
        4 * power(y, 4 * x.steps) / y.constants.C_l**2, r"4a^{4N}/C_l^2", "definition of A_squ1"
    )
    yield at_most(4 * exp(4 * c) / y.constants.C_l**2, r"4e^{4c}/C_l^2", "(a^2N)", "corollary_2")
    yield at_most(
        4 * exp(4 * c) / (2 - exp(2 * c)) ** 2,
        r"4e^{4c}/(2-e^{2c})^2",
        "(1/C_l)",
        "corollary_2",
    )


def second_moment_2(x):
    """A_squ2 ≤ 2e^(4c)σ² + 4e^(4c)((e^(2c) − 1)σ + e^c(e^c − 1)b)²/(2 − e^(2c))²
    + 2e^(2c)(e^c − 1)² b̃"""
    y, N = instance_at_eighth(x), x.steps
    k = y.constants

    def A_squ2(power, growth, growth2, C_l):
        """With these in the place of a^N, a^N − 1, a^2N − 1 and C_l."""
        return (
            2 * power**4 * x.sigma**2
            + 2 * power**2 * growth**2 * x.b2
            + 4 * power**4 * (growth2 * x.sigma + power * growth * x.b) ** 2 / C_l**2
        )

    yield first(k.A_squ2, r"A_{squ2}")
    yield equal(
        A_squ2(power(y, N), y.growth(N), y.growth(2 * N), k.C_l),
        r"2a^{4N}\sigma^2+4a^{4N}((a^{2N}-1)\sigma+a^N(a^N-1)b)^2/C_l^2+2a^{2N}(a^N-1)^2\tilde b",
        "definition of A_squ2",
    )
    yield at_most(
        A_squ2(exp(c), expm1(c), expm1(2 * c), k.C_l),
        r"2e^{4c}\sigma^2+4e^{4c}((e^{2c}-1)\sigma+e^c(e^c-1)b)^2/C_l^2"
        r"+2e^{2c}(e^c-1)^2\tilde b",
        AT_MOST,
    )
    yield at_most(
        A_squ2(exp(c), expm1(c), expm1(2 * c), 2 - exp(2 * c)),
        r"2e^{4c}\sigma^2+4e^{4c}((e^{2c}-1)\sigma+e^c(e^c-1)b)^2/(2-e^{2c})^2"
        r"+2e^{2c}(e^c-1)^2\tilde b",
        "(1/C_l)",
        "corollary_2",
    )


def enough(x, ratio):
    r"""Q + √(χQ) ≤ ε at the sizes of `complexity`."""
    y = instance_at_eighth(x)
    return accuracy.enough(y, y.constants, ratio, "theorem_2")


def gradients(x, ratio):
    r"""B(N + 1) + B' gradients a meta-iteration: O(N ε^−2), for ε ≤ χ."""
    y, top, N = instance_at_eighth(x), without_N(x), max(x.steps, 1)
    k = y.constants
    epsilon, _, n = accuracy.sizes(y, k, ratio)
    estimate = sufficient_sizes(k)["B_L"]
    most = accuracy.largest(y, k, top)  # E, a bound of ε
    B, B_bar = accuracy.tasks(k, k), accuracy.tasks(top, k)
    yield first(
        n["gradients"],
        r"B(N+1)+B'",
        "counting: N support gradients and a query gradient a task, "
        "and those that estimate the smoothness",
    )
    yield at_most(N * (2 * n["B"] + estimate), r"N(2B+B')", "N ≥ 1")
    yield at_most(
        N * (2 * accuracy.at(B, epsilon) + estimate),
        r"N\bigl(2(b_0+b_1\varepsilon^{-2})+B'\bigr)",
        accuracy.SIZE_B,
    )
    yield at_most(
        N * (2 * accuracy.at(B_bar, epsilon) + estimate),
        r"N\bigl(2(\bar b_0+\bar b_1\varepsilon^{-2})+B'\bigr)",
        "b_0 ≤ b̄_0, b_1 ≤ b̄_1, without N: the claims before",
        "corollary_2",
    )
    yield at_most(
        N * (2 * accuracy.at(B_bar, epsilon) + top.estimate),
        r"N\bigl(2(\bar b_0+\bar b_1\varepsilon^{-2})+\bar e\bigr)",
        "B' ≤ ē, without N: (C_L)",
        "corollary_2",
    )
    yield at_most(
        N / epsilon**2 * (2 * (B_bar[0] * most**2 + B_bar[1]) + top.estimate * most**2),
        r"N\varepsilon^{-2}\bigl(2(\bar b_0E^2+\bar b_1)+\bar eE^2\bigr)",
        "ε ≤ E, a number without N that is at least χ",
    )


def hvps(x, ratio):
    r"""BN Hessian-vector products a meta-iteration: O(N ε^−2), for ε ≤ χ."""
    y = instance_at_eighth(x)
    return accuracy.hvps(y, y.constants, without_N(x), ratio, "corollary_2")


CONSTANTS = {
    "a^2N": powers,
    "1/C_l": inverse_C_l,
    "A": smoothness,
    "C_L": meta_smoothness,
    "A_squ1": second_moment_1,
    "A_squ2": second_moment_2,
}

ACCURACIES = claims_at_ratios(enough, gradients, hvps)

ATTAINED = {
    **dict.fromkeys(CONSTANTS, as_N_grows("hills_of_two_sets")),
    **dict.fromkeys(ACCURACIES, Attained(UP_TO_A_FACTOR, "hills_of_two_sets")),
    "complexity at 10 chi": Attained(UP_TO_A_FACTOR, "convex_quadratics_apart"),
    "gradients at chi/100": Attained(UP_TO_A_FACTOR, "cosines_of_two_sets"),
    "gradients at chi/10": Attained(UP_TO_A_FACTOR, "cosines_of_two_sets"),
    "gradients at chi": Attained(UP_TO_A_FACTOR, "convex_quadratics_apart"),
}

RESULT = Result(
    "corollary_2",
    "On finite sums the cost of a meta-iteration is linear in N too",
    r"\mathbb E\lVert\nabla\mathcal L(w_\zeta)\rVert"
    r"\le\varepsilon\text{ with }K,B=O(\varepsilon^{-2}):"
    r"\quad O(N\varepsilon^{-2})\text{ gradients each}",
    assumes=theorem_2.RESULT.assumes,
    claims=CONSTANTS | ACCURACIES,
    setting="finite-sum",
    attained=ATTAINED,
)
