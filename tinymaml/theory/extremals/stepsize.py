"""The random stepsize at its worst: the gradient's norm has one certain value, or one of two."""

import numpy as np

from ..finite_sum_instance import FiniteSumInstance
from ..losses import PiecewiseHessian
from ..resampling_instance import ResamplingInstance


def valley(slope):
    """Curvature from −1 to 1 with slope ρ = 1, and this gradient at w = 0, where the curvature is
    −1."""
    return PiecewiseHessian([1.0, 3.0], [-1.0, 1.0], origin=0.0, slope=slope)


def gradient_unit(x):
    """A/C_𝓛: the gradient norm at which both parts of L_w are equal. Without steps C_𝓛 = 0, no
    gradient is felt, and 1 is as good as any."""
    return x.constants.A / x.constants.C_meta if x.steps else 1.0


def norm_of_noise(alpha_L, steps):
    """At a stationary point every sampled gradient has the norm σ_g, and X is surely too large, by
    as much as D_L = 1 allows, A/(4C_𝓛). Lemma 8 (i) with equality."""
    x = ResamplingInstance(losses=[valley(0.0)], w=[0.0], u=[1.0], alpha=alpha_L, steps=steps)
    last = np.eye(steps + 1)[:, -1:]
    largest = gradient_unit(x) / 4 * (1 - 1e-12)  # or rounding would ask for D_L = 2
    return x.replace(noise=last * largest)


def worst_law(variance, power):
    """t and the probability of t for which, of the laws on {0, t} with this variance, E[(1 +
    X)^−power] (1 + E X)^power is largest."""
    p = np.linspace(0, 1, 10001)[1:-1]
    t = np.sqrt(variance / (p * (1 - p)))
    moment = 1 - p + p / (1 + t) ** power
    best = np.argmax(moment * (1 + p * t) ** power)
    return t[best], p[best]


def two_point_stepsize(alpha_L, steps, power=2):
    """Two tasks, one at rest, and one B' = 1 drawn: X is 0 or x, the two-point law that Wooff's
    bound calls the worst, with the largest variance that the sizes of Lemma 8 leave (C_𝓛σ/A = ½).
    power: of E[1/L̂^power]."""
    x = ResamplingInstance(losses=[valley(0.0)], w=[0.0], u=[1.0], alpha=alpha_L, steps=steps)
    t, p = worst_law(1 / 4 * (1 - 1e-9), power)
    slope = t * gradient_unit(x)
    return x.replace(losses=[valley(0.0), valley(slope)], weights=[1 - p, p])


def two_point_mean(alpha_L, steps):
    """The two-point law that is worst for E[1/L̂]."""
    return two_point_stepsize(alpha_L, steps, power=1)


def two_point_stepsize_of_two_sets(alpha_L, steps, power=2):
    """The two-point law that is worst for E[1/L̂^power] in Lemma 11, whose sizes leave C_𝓛σ/A =
    √¾."""
    rest = valley(0.0)
    x = FiniteSumInstance(
        support_losses=[rest], query_losses=[rest], w=[0.0], u=[1.0], alpha=alpha_L, steps=steps
    )
    t, p = worst_law(3 / 4 * (1 - 1e-9), power)
    both = [rest, valley(t * gradient_unit(x))]
    return x.replace(support_losses=both, query_losses=both, weights=[1 - p, p])


def two_point_mean_of_two_sets(alpha_L, steps):
    """The two-point law that is worst for Lemma 11's E[1/L̂]."""
    return two_point_stepsize_of_two_sets(alpha_L, steps, power=1)
