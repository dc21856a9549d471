"""Instances of the theory for lesson 21: Algorithm 1 on one task, with noise in some of its
samples."""

import numpy as np

from ...theory import CosineSum, PiecewiseHessian, Quadratic, ResamplingInstance
from ...theory.results.proposition_2_bend import parts
from . import changed

GRADIENT_NOISE = np.array([[0.52, 0.08], [0.52, 0.08], [-0.15, 0.05]])
HESSIAN_NOISE = np.array([[[-0.15, -0.12], [-0.12, 0.05]], [[0.05, -0.11], [-0.11, 0.12]]])


def plane(noisy="SDT"):
    """A sum of three cosines in the plane, two steps. noisy: which samples have noise, letters of
    "SDT": those of the inner steps, of the Hessians, of the last gradient."""
    directions = [[-0.2, 0.0], [0.4, -0.4], [-1.4, -1.4]]
    cosines = CosineSum(directions, [0.9, -1.4, 0.2], [-1.5, -0.2, 1.6])
    gradient_noise = GRADIENT_NOISE.copy()
    if "S" not in noisy:
        gradient_noise[:-1] = 0
    if "T" not in noisy:
        gradient_noise[-1] = 0
    return ResamplingInstance(
        losses=[cosines],
        w=[-0.7, 1.3],
        alpha=0.5 / cosines.L,
        steps=2,
        noise=gradient_noise,
        hessian_noise=HESSIAN_NOISE * ("D" in noisy),
    )


def noisy(loss, w, alpha=1 / 4, steps=2, noise=0.5, S=1, batch="two-point"):
    """A loss of one variable; every gradient sample is off by ±noise, no Hessian is."""
    return ResamplingInstance(
        losses=[loss],
        w=[w],
        alpha=alpha,
        steps=steps,
        noise=np.full((steps + 1, 1), noise),
        S=S,
        batch=batch,
    )


def same_samples(h, V, U, alpha, w):
    """One step on h w²/2, whose Hessian comes from the sample of the inner step: of the two samples
    h w²/2 ± (Uw + V w²/2) one is drawn."""
    return ResamplingInstance(
        losses=[Quadratic([[h]], [0.0])],
        w=[w],
        alpha=alpha,
        steps=1,
        noise=[[U + V * w], [0.0]],
        hessian_noise=[[[V]]],
        signs=[[1, 1, 1], [-1, -1, 1]],
    )


def riddle():
    """Curvature −1 with a kink: from w = 0 one step of ¼ leads there, and it rises on both
    sides."""
    return PiecewiseHessian([-1.25, -0.25, 0.75], [0.0, -1.0, 0.0], slope=1.0)


def three_parts(instance):
    """The three parts of the bias of the first task, (3, d): P E(ĝ − g), E(P̂ − P)(ĝ − g),
    E(P̂ − P)g."""
    task = instance.tasks[0]
    return np.array([task.expect(part, 0) for part in parts(task)])


def last_step(chain):
    """The lines of a Chain of the mean drift that are about the last inner step, as a Chain."""
    return changed.last_step(chain, "proposition_2″: mean drift, the last step")
