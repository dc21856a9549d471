"""N-step MAML for all tasks, in NumPy (on_numpy.py) or on a compiled machine (compiled.py). The
arguments are checked already."""

from typing import NamedTuple, Sequence, TypeAlias, cast

import numpy as np

from ..engine.loss import Loss
from . import compiled, on_numpy
from .alpha import Alpha
from .on_numpy import Differentiable
from .tasks import Arrays, Tasks

Which: TypeAlias = Sequence[int] | np.ndarray  # the numbers of some of the B tasks


class Found(NamedTuple):
    """What `tm.meta_gradient` returns, and which tasks diverged."""

    gradient: np.ndarray  # (P,)     mean over the tasks
    losses: np.ndarray  # (B,)     outer loss at each task's w_N
    gradients: np.ndarray | None  # (B, P)   each task's, with per_task=True
    adapted: np.ndarray | None  # (B, P)   each task's w_N, with per_task=True
    alpha_gradient: np.ndarray | None  # (P,)     of each parameter's stepsize, if asked for
    diverged: Which  # the tasks of which some of these are not finite


def meta_gradients(
    loss: Differentiable,
    w: np.ndarray,
    tasks: Tasks,
    *,
    alpha: Alpha,
    steps: int,
    method: str,
    delta: float,
    per_task: bool,
    target: str,
    alpha_gradient: bool = False,
) -> Found:
    """`tm.meta_gradient`, for w, tasks, alpha and delta in the precision of w."""
    if target == "numpy":
        gradients, losses, adapted, alpha_gradients = on_numpy.meta_gradients(
            loss, w, tasks, alpha, steps, method, delta
        )
        results = [losses[:, None], gradients, adapted]
        if alpha_gradient:
            results.append(alpha_gradients)
        diverged = find_diverged(*results)
        with np.errstate(invalid="ignore"):  # infinities of both signs, which are reported by task
            gradient = gradients.mean(0)
            of_alpha: np.ndarray = alpha_gradients.mean(0)
    else:
        found = compiled.meta_gradients(
            target,
            cast(Loss, loss),
            w,
            tasks,
            alpha,
            steps,
            method,
            delta,
            per_task,
            alpha_gradient,
        )
        gradient, losses, gradients, points, diverged, of_alpha = found
        adapted = points[0] if per_task else gradients[:0]
    return Found(
        gradient,
        losses,
        gradients if per_task else None,
        adapted if per_task else None,
        of_alpha if alpha_gradient else None,
        diverged,
    )


def trajectories(
    loss: Differentiable,
    w: np.ndarray,
    support: Arrays,
    *,
    alpha: Alpha,
    steps: int,
    target: str,
    fresh: bool = False,
) -> tuple[np.ndarray, Which]:
    """`tm.adapt` -> what it returns, and the tasks of which w_N is not finite.

    fresh: has every step samples of its own, (B, N, rows, columns)?
    """
    if fresh and steps == 0:  # there are no samples, of which a machine could make a plan
        points = np.broadcast_to(w, (1, len(support[0]), w.shape[-1])).copy()
    elif target == "numpy":
        points = on_numpy.trajectories(loss, w, support, alpha, steps, fresh)
    else:
        points = compiled.trajectories(target, cast(Loss, loss), w, support, alpha, steps, fresh)
    return points, find_diverged(points[-1])


def values(loss: Differentiable, points: np.ndarray, outer: Arrays, *, target: str) -> np.ndarray:
    """The outer losses, (N + 1, B), of points (N + 1, B, P)."""
    if target == "numpy":
        return on_numpy.values(loss, points, outer)
    return compiled.values(target, cast(Loss, loss), points, outer)


def find_diverged(*results: np.ndarray) -> Which:
    """The tasks of which some result, (B, n) each, is not finite."""
    finite = [np.isfinite(result).all(1) for result in results]
    return np.flatnonzero(~np.logical_and.reduce(finite))
