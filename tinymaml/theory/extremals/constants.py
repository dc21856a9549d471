"""Extremals of the corollaries, whose bounds are of constants: instances on which no constant is
0."""

import numpy as np

from ..finite_sum_instance import FiniteSumInstance
from ..losses import CosineSum, PiecewiseHessian
from ..resampling_instance import ResamplingInstance
from .question import check_question


def cosines_apart(alpha_L, steps, noise=1e-3):
    """cos w and −cos w, from near the maximum of the one, with little noise: no constant of
    Theorem 1 is 0, and what does not vanish with 1/N is the most of each."""
    alpha_L, steps = check_question(alpha_L, steps)
    return ResamplingInstance(
        losses=[CosineSum([[1.0]], [1.0], [0.0]), CosineSum([[1.0]], [1.0], [np.pi])],
        w=[1e-3],
        u=[1.0],
        alpha=alpha_L,
        steps=steps,
        noise=np.full((steps + 1, 1), noise),
    )


def cosines_in_noise(alpha_L, steps):
    """The same with noise a thousand times as large as a gradient: B and S grow with ε^−2 as soon
    as ε ≤ χ, and the costs are of the order that the corollary says."""
    return cosines_apart(alpha_L, steps, noise=1e3)


def cosines_of_two_sets(alpha_L, steps):
    """Query losses cos w and −cos w, whose support losses are a radian ahead: no constant of
    Theorem 2 is 0."""

    def cosine(phase):
        return CosineSum([[1.0]], [1.0], [phase])

    return FiniteSumInstance(
        support_losses=[cosine(1.0), cosine(np.pi + 1)],
        query_losses=[cosine(0.0), cosine(np.pi)],
        w=[1e-3],
        u=[1.0],
        alpha=alpha_L,
        steps=steps,
    )


def hills_of_two_sets(alpha_L, steps, slope=1e3):
    """Two tasks, a hill on a slope to the right and on one to the left, both between walls. The
    slopes are a thousand times L²/ρ, and B grows with ε^−2 as soon as ε ≤ χ."""

    def hill(slope):
        return PiecewiseHessian([-3.0, -1, 1, 3], [1.0, -1, -1, 1], origin=0.0, slope=slope)

    return FiniteSumInstance(
        support_losses=[hill(slope + 1), hill(-slope - 1)],
        query_losses=[hill(slope), hill(-slope)],
        w=[0.0],
        u=[1.0],
        alpha=alpha_L,
        steps=steps,
    )
