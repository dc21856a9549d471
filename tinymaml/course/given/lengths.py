"""Tasks whose gradients have chosen lengths, as instances of the theory in which A = C_𝓛 = 1
(lesson 18)."""

import numpy as np

from ...theory import FiniteSumInstance, PiecewiseHessian, ResamplingInstance

STEPS = 5
a = 1 + 1 / (8 * STEPS)  # α = 1/(8NL)
L = a ** (-2 * STEPS)  # so that A = a^2N L = 1
RHO = L / (a ** (2 * STEPS - 1) * (a**STEPS - 1))  # so that C_𝓛 = 1


def losses_of(lengths):
    """One valley, tilted once for each length: that is the slope at w = 0."""
    knots, curvatures = [L / RHO, 3 * L / RHO], [-L, L]
    return [PiecewiseHessian(knots, curvatures, origin=0.0, slope=float(x)) for x in lengths]


def tasks_of_lengths(lengths, p, drawn=1):
    """Algorithm 2 at a w where the tasks' gradients have these lengths, with probabilities p.

    drawn: B', how many tasks the guess draws. Support and query sets are the same.
    """
    losses = losses_of(lengths)
    return FiniteSumInstance(
        support_losses=losses,
        query_losses=losses,
        weights=p,
        w=[0.0],
        u=[1.0],
        alpha=1 / (8 * STEPS * L),
        steps=STEPS,
        B_L=drawn,
    )


def sampled_tasks(lengths, p, noise, drawn=1, samples=1):
    """Algorithm 1 at such a w: a sample of a gradient is off by ±noise, each with its own sign.

    drawn: B', how many tasks the guess draws. samples: D_L, how many samples of each.
    """
    at_the_end = np.zeros((STEPS + 1, 1))
    at_the_end[-1] = noise
    return ResamplingInstance(
        losses=losses_of(lengths),
        weights=p,
        w=[0.0],
        u=[1.0],
        alpha=1 / (8 * STEPS * L),
        steps=STEPS,
        noise=at_the_end,
        batch="independent",
        B_L=drawn,
        D_L=samples,
    )
