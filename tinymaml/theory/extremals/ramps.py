"""A slope as long as K meta-iterations go: the gradient never becomes smaller than a theorem's
rate."""

from math import exp, expm1, log1p, sqrt

import numpy as np

from ...engine.errors.arguments import check_count, check_positive
from ..finite_sum_instance import FiniteSumInstance
from ..losses import PiecewiseHessian
from ..resampling_instance import ResamplingInstance
from .question import check_question

MANY = 10**9  # tasks in a batch: nothing is random, so that they cost nothing but in κ


def ramp_loss(alpha_L, steps, K=100, C_beta=100.0):
    """A loss with slope ε from w = 0 over the way that K meta-iterations and N inner steps go
    (towards −∞), and from there, as steeply as L = ρ = 1 allow, to its minimum; and where the slope
    ends, a float.

    There the stepsize is β = 1/(C_β(A + C_𝓛ε)), and ε solves Kβε² = 1: K iterations lower 𝓛 by 1.
    What the rise adds to Δ = 𝓛(w) − inf 𝓛 vanishes as K grows. inf 𝓛 = inf l: 𝓛(w) = l(w̃_N) is
    never below, and from the minimum of l no inner step moves.
    """
    alpha_L, steps = check_question(alpha_L, steps)
    K, C_beta = check_count("K", K, 1), check_positive("C_beta", C_beta)
    A = exp(2 * steps * log1p(alpha_L))
    C_meta = exp((2 * steps - 1) * log1p(alpha_L)) * expm1(steps * log1p(alpha_L))
    slope = (C_beta * C_meta + sqrt((C_beta * C_meta) ** 2 + 4 * K * C_beta * A)) / (2 * K)
    end = -1 / slope - steps * alpha_L * slope  # Kβε = 1/ε
    curvature = min(1.0, sqrt(2 * slope))  # that it rises to: then it is 1, or the gradient 0
    if curvature < 64 * np.spacing(-end):
        raise ValueError(
            f"a ramp of the length {-end:.3g} is too long for floats to tell where it ends; "
            "expected fewer steps, or a smaller alpha_L"
        )
    knots = [end - curvature, end]
    return PiecewiseHessian(knots, [curvature, 0.0], slope=slope, L=1.0, rho=1.0), end


def ramp(alpha_L, steps, K=100, C_beta=100.0):
    """A ramp that K meta-iterations of Algorithm 1 go down, one task without noise: on all of it
    the gradient is the same, and the bound of Theorem 1 falls towards 1/√(C_βκ) times it as K
    grows. The rate 1/√K is real, for a loss that K chooses."""
    loss, end = ramp_loss(alpha_L, steps, K, C_beta)
    return ResamplingInstance(
        losses=[loss],
        w=[0.0],
        u=[end],
        alpha=alpha_L,
        steps=steps,
        B=MANY,
        C_beta=C_beta,
        K=K,
    )


def ramp_of_two_sets(alpha_L, steps, K=100, C_beta=100.0):
    """The same for Algorithm 2, with one loss for support and query: Theorem 2 up to 1% as K → ∞
    with C_β = 100, for 1/√(C_βκ) is 1.01."""
    loss, end = ramp_loss(alpha_L, steps, K, C_beta)
    return FiniteSumInstance(
        support_losses=[loss],
        query_losses=[loss],
        w=[0.0],
        u=[end],
        alpha=alpha_L,
        steps=steps,
        B=MANY,
        C_beta=C_beta,
        K=K,
    )
