"""How many tasks, samples and iterations are enough: Lemmas 8 and 11 for the random meta stepsize,
Corollaries 1 and 2 for an accuracy ε (Ji, Yang & Liang 2022; lessons 20, 21, 23)."""

from dataclasses import replace
from math import ceil, inf, isfinite

from ..engine.errors.arguments import check_not_negative, check_positive
from .constants import FiniteSumConstants, ResamplingConstants


def check_constants(constants):
    """-> are they those of the resampling case?"""
    if not isinstance(constants, (ResamplingConstants, FiniteSumConstants)):
        raise TypeError(
            f"constants is of type {type(constants).__name__}; expected ResamplingConstants or FiniteSumConstants"
        )
    return isinstance(constants, ResamplingConstants)


def whole(name, x):
    """The smallest whole number >= x and >= 1."""
    if not isfinite(x):
        raise ValueError(
            f"{name} would have to be beyond floating point: raise epsilon, or give constants of a reasonable size"
        )
    return max(1, ceil(x))


def sufficient_sizes(constants):
    """-> dict(B_L=B', D_L=D_L), how many tasks, and samples of each, the estimate L̂_k of the
    meta-smoothness needs: the smallest whole numbers that meet the conditions of Lemma 8, or of
    Lemma 11, whose gradients are exact (D_L is None). 1, 1 for rho = 0."""
    c = constants
    if check_constants(c):
        tasks, samples = ((c.C_meta * s / c.A) ** 2 for s in (c.sigma, c.sigma_g))
        return dict(B_L=whole("B_L", (16 * tasks + 1) / 5), D_L=whole("D_L", 16 * samples))
    return dict(B_L=whole("B_L", 4 / 3 * (c.C_meta * c.sigma / c.A) ** 2), D_L=None)


def complexity(constants, epsilon, Delta):
    """-> dict(K=, B=, S=, D=, gradients=, hvps=): sizes for which E‖∇𝓛(w_ζ)‖ <= epsilon after K
    meta-iterations, Corollaries 1 and 2, and what each meta-iteration costs. Delta: at least 𝓛(w_0)
    − inf 𝓛.

    The sizes among the constants are not used, except T; `replace(constants, B=, S=,
    D=).bound(Delta, K) <= epsilon` for the answer. Resampling: gradients = B(NS + T) + B'D_L counts
    gradients of one sample, hvps = BND Hessian-vector products of one sample. Finite sum (S = D =
    None): gradients = B(N + 1) + B' and hvps = BN count calls on a whole support or query set.
    Raises ConditionFailed where alpha is too large or C_beta too small, whatever the sizes.
    """
    c, resampled = constants, check_constants(constants)
    epsilon, Delta = check_positive("epsilon", epsilon), check_not_negative("Delta", Delta)
    if resampled:
        c = replace(c, D=whole("D", (c.sigma_H / c.L) ** 2))
    # First κ >= gain/2: each thing that it loses may take an equal part of the other half.
    c = replace(
        c, **{size: whole(size, 2 * len(c.costs) * cost / c.gain) for size, cost in c.costs.items()}
    )
    # Then Q <= ε²/(4 max(χ, ε)), so that Q + √(χQ) <= ε. As Q = (C_𝓛/C_l) R/κ with R = Δ/K + φ/B +
    # ξ/S, this bounds R, also where C_𝓛 = 0; Δ/K, ξ/S (resampling only) and φ/B, in this order
    # because φ depends on S, may take an equal part of R.
    part = (
        c.gain
        / 2
        * (epsilon / 2) ** 2
        / max(c.steepness, c.C_meta / c.C_l * epsilon)
        / (3 if resampled else 2)
    )
    least = lambda name, numerator: whole(
        name, numerator / part if part else inf if numerator else 0
    )
    K = least("K", Delta)
    if resampled:
        c = replace(c, S=max(c.S, least("S", c.xi)))
    B, N, estimate = max(c.B, least("B", c.phi)), c.steps, sufficient_sizes(c)
    if resampled:
        return dict(
            K=K,
            B=B,
            S=c.S,
            D=c.D,
            gradients=B * (N * c.S + c.T) + estimate["B_L"] * estimate["D_L"],
            hvps=B * N * c.D,
        )
    return dict(K=K, B=B, S=None, D=None, gradients=B * (N + 1) + estimate["B_L"], hvps=B * N)
