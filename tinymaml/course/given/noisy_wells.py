"""The problem of lesson 23: three wells on a line, of which only noisy samples can be had, and
Algorithm 1 on it."""

from functools import lru_cache
from itertools import product

import numpy as np

from ...theory import ResamplingInstance, inner_stepsize
from ...theory.batches import stepsize
from .three_wells import HEIGHTS, QUERIES, well

BOTTOMS = QUERIES
#: of one sample: its gradient is ± the one off, its curvature ± the other
SIGMA_G, SIGMA_H = 1.0, 0.5


def noisy_wells(steps=1, C_beta=100.0, w=-2.0, **sizes):
    """The `ResamplingInstance`: α = 1/(8NL), L = ρ = 1; no loss is ever below 0.

    sizes: S, D, T, B.
    """
    return ResamplingInstance(
        losses=[well(*task) for task in zip(HEIGHTS, BOTTOMS, strict=True)],
        w=[w],
        alpha=inner_stepsize(1.0, steps),
        steps=steps,
        noise=np.full((steps + 1, 1), SIGMA_G),
        hessian_noise=np.full((steps, 1, 1), SIGMA_H),
        C_beta=C_beta,
        **sizes,
    )


@lru_cache
def outcomes(steps):
    """All that one draw can be, equally likely: a task, the signs of N gradients, of N Hessians, of
    the outer gradient. -> tasks (n,), signs (2N + 1, n)."""
    rows = list(product(range(len(HEIGHTS)), *[(1, -1)] * (2 * steps + 1)))
    table = np.array(rows).T
    return table[0], table[1:]


def estimates(wells, w):
    """Ĝ_i at each w (runs,), for each outcome of a draw: (runs, n)."""
    tasks, signs = outcomes(wells.steps)
    height, bottom = HEIGHTS[tasks], BOTTOMS[tasks]
    inner, hessian = SIGMA_G / np.sqrt(wells.S), SIGMA_H / np.sqrt(wells.D)
    point, factors = w[:, None], 1.0
    for j in range(wells.steps):
        curvature = height * np.cos(point - bottom) + hessian * signs[wells.steps + j]
        factors = factors * (1 - wells.alpha * curvature)
        slope = height * np.sin(point - bottom) + inner * signs[j]
        point = point - wells.alpha * slope
    outer = SIGMA_G / np.sqrt(wells.T) * signs[-1]
    return factors * (height * np.sin(point - bottom) + outer)


def stepsizes(wells, w, rng):
    """β = 1/(C_β L̂) at each w (runs,), with B' = D_L = 1, which these wells allow: (runs,)."""
    i = rng.integers(len(HEIGHTS), size=len(w))
    noise = SIGMA_G * rng.choice([1, -1], size=len(w))
    X = abs(HEIGHTS[i] * np.sin(w - BOTTOMS[i]) + noise)
    return stepsize(wells, X)


def algorithm_1(wells, K, runs, rng):
    """Algorithm 1 with the sizes of the instance, from its w. -> w_0 … w_(K−1), (K, runs).

    Of B equally likely draws only the number of each outcome counts: B may be large.
    """
    n = outcomes(wells.steps)[0].size
    w = np.full(runs, wells.w[0])
    points = np.empty((K, runs))
    for k in range(K):
        points[k] = w
        counts = rng.multinomial(wells.B, np.full(n, 1 / n), size=runs)
        batch_mean = (counts * estimates(wells, w)).sum(1) / wells.B
        w = w - stepsizes(wells, w, rng) * batch_mean
    return points


def mean_norms(wells, points):
    """(1/k) Σ ‖∇𝓛‖ over the first k points, for each k, in the mean over the runs: (K,)."""
    norms = abs(wells.meta_gradient_at(points.reshape(-1, 1))[:, 0]).reshape(points.shape)
    return np.cumsum(norms.mean(1)) / np.arange(1, len(points) + 1)
