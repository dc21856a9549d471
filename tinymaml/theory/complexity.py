"""How many tasks, samples and iterations are enough: Lemmas 8 and 11 for the random meta stepsize,
Corollaries 1 and 2 for an accuracy ε (Ji, Yang & Liang 2022; lessons 20, 21, 23)."""

from dataclasses import replace
from math import ceil, hypot, inf, isfinite, sqrt

from ..engine.errors.arguments import check_not_negative, check_positive
from .finite_sum_constants import FiniteSumConstants
from .resampling_constants import ResamplingConstants


def are_resampling(constants):
    """Are these `ResamplingConstants`, and not `FiniteSumConstants`? Raises TypeError for what is
    neither."""
    if not isinstance(constants, (ResamplingConstants, FiniteSumConstants)):
        raise TypeError(
            f"constants is of type {type(constants).__name__}; "
            "expected ResamplingConstants or FiniteSumConstants"
        )
    return isinstance(constants, ResamplingConstants)


def round_up(name, x):
    """The smallest whole number >= x and >= 1. Raises ValueError if x is infinite, with the name of
    the size that it is."""
    if not isfinite(x):
        raise ValueError(
            f"{name} would have to be beyond floating point: "
            "raise epsilon, or give constants of a reasonable size"
        )
    return max(1, ceil(x))


def sufficient_sizes(constants):
    """A dict(B_L=B', D_L=D_L): how many tasks, and samples of each, the estimate L̂_k of the
    meta-smoothness needs. The smallest whole numbers that meet the conditions of Lemma 8, or of
    Lemma 11, whose gradients are exact (D_L is None). 1, 1 for rho = 0."""
    c, resampled = constants, are_resampling(constants)
    tasks = (c.C_meta * c.known_sigma() / c.A) ** 2 if c.C_meta else 0
    if resampled:
        samples = (c.C_meta * c.sigma_g / c.A) ** 2
        return {
            "B_L": round_up("B_L", (16 * tasks + 1) / 5),
            "D_L": round_up("D_L", 16 * samples),
        }
    return {"B_L": round_up("B_L", 4 / 3 * tasks), "D_L": None}


def samples_for_bias(c, part):
    """The least S, not rounded, for which ψ, the noise of the bias, is at most part >= 0."""
    p = part * c.A / c.weight  # of 2 resting_bias² + spread_bias/S
    by_root = divide(2 * c.C_err1**2 + c.spread_bias, p)  # resting_bias = C_err1/√S
    if not c.sharp:
        return by_root
    # With resting_bias = C_bend/S it is the root of a quadratic. The smaller bias counts: the
    # smaller S suffices.
    half = divide(c.spread_bias, 2 * p)
    by_bend = half + hypot(half, divide(sqrt(2) * c.C_bend, sqrt(p)))
    return min(by_root, by_bend)


def divide(x, y):
    """x / y for x, y >= 0; 0 / 0 is 0."""
    if y:
        return x / y
    return inf if x else 0.0


def complexity(constants, epsilon, Delta):
    """A dict(K=, B=, S=, D=, gradients=, hvps=): sizes for which E‖∇𝓛(w_ζ)‖ <= epsilon after K
    meta-iterations, Corollaries 1 and 2, and what each meta-iteration costs. Delta: at least 𝓛(w_0)
    − inf 𝓛.

    The sizes among the constants are not used, except T; `replace(constants, B=, S=,
    D=).bound(Delta, K) <= epsilon` for the answer. Resampling: gradients = B(NS + T) + B'D_L counts
    gradients of one sample, hvps = BND Hessian-vector products of one sample. Finite sum (S = D =
    None): gradients = B(N + 1) + B' and hvps = BN count calls on a whole support or query set.
    Raises ConditionFailed where alpha is too large or C_beta too small, whatever the sizes.
    """
    c, resampled = constants, are_resampling(constants)
    epsilon, Delta = check_positive("epsilon", epsilon), check_not_negative("Delta", Delta)
    if resampled:
        c = replace(c, D=round_up("D", (c.sigma_H / c.L) ** 2))

    # First κ >= gain/2: each thing that it loses may take an equal part of the other half.
    sizes = {}
    for size, cost in c.costs.items():
        sizes[size] = round_up(size, 2 * len(c.costs) * cost / c.gain)
    c = replace(c, **sizes)

    # Then Q <= ε²/(4 max(χ, ε)), so that Q + √(χQ) <= ε. As Q = (C_𝓛/C_l) R/κ with R = Δ/K + noise,
    # this bounds R, also where C_𝓛 = 0; Δ/K, ψ (resampling only) and φ/B, in this order because φ
    # depends on S, may take an equal part of R.
    largest = max(c.steepness, c.C_meta / c.C_l * epsilon)
    part = c.gain / 2 * (epsilon / 2) * (epsilon / 2 / largest) / (3 if resampled else 2)

    K = round_up("K", divide(Delta, part))
    if resampled:
        c = replace(c, S=max(c.S, round_up("S", samples_for_bias(c, part))))
    B = max(c.B, round_up("B", divide(c.phi, part)))
    N = c.steps
    estimate = sufficient_sizes(c)
    if not resampled:
        gradients = B * (N + 1) + estimate["B_L"]
        return {"K": K, "B": B, "S": None, "D": None, "gradients": gradients, "hvps": B * N}
    gradients = B * (N * c.S + c.T) + estimate["B_L"] * estimate["D_L"]
    return {"K": K, "B": B, "S": c.S, "D": c.D, "gradients": gradients, "hvps": B * N * c.D}
