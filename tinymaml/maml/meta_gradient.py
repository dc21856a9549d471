"""The meta-gradient of N-step MAML, and adaptation: the doors of lessons 07 and 08.

on_numpy.py is the algorithm to read; compiled.py runs the same for all tasks in one compiled call.
"""

import warnings
from typing import NamedTuple, Sequence, cast

import numpy as np

from ..engine.errors.arguments import (
    PRECISIONS,
    check_count,
    check_positive,
    check_vector,
    to_precision,
)
from ..engine.loss import Loss, Shapes
from ..engine.targets import check_target
from . import compiled, on_numpy
from .on_numpy import Differentiable
from .tasks import Arrays, Tasks, check_arrays

METHODS = ("exact", "first-order", "hessian-free")
EPS = {dtype: float(np.finfo(dtype).eps) for dtype in PRECISIONS}
LARGEST = {dtype: float(np.finfo(dtype).max) for dtype in PRECISIONS}


class MetaGradient(NamedTuple):
    """What `tm.meta_gradient` returns."""

    gradient: np.ndarray  # (P,)     mean over the tasks
    losses: np.ndarray  # (B,)     outer loss at each task's w_N
    gradients: np.ndarray | None = None  # (B, P)   each task's, with per_task=True
    adapted: np.ndarray | None = None  # (B, P)   each task's w_N, with per_task=True


def meta_gradient(
    loss: Differentiable,
    w: np.ndarray,
    tasks: Tasks,
    *,
    alpha: float,
    steps: int,
    method: str = "exact",
    delta: float | None = None,
    per_task: bool = False,
    target: str = "cpu",
) -> MetaGradient:
    """The gradient of mean_i l_i(w̃_N) with respect to the start w, through N inner steps.

    loss: a `tm.Loss`; with target="numpy" any object with value(w, *data), gradient(w, *data),
    hvp(w, v, *data). w: (P,), float32 or float64: the precision of everything. tasks: `tm.Tasks`.
    alpha: inner stepsize > 0. steps: N >= 0. method: "exact"; "first-order" leaves the product out;
    "hessian-free" takes (∇l(w + δv) − ∇l(w − δv)) / 2δ for Hv, on the Hessian samples, δ = delta or
    eps^(1/3). With steps=0 all are ∇ of the outer loss at w.
    -> `MetaGradient(gradient, losses, gradients, adapted)`. Warns, naming the tasks, where an inner
    loop diverges.
    """
    check_target(target)
    steps = check_count("steps", steps)
    check_method(method)
    if not isinstance(tasks, Tasks):
        raise TypeError(
            f"tasks is of type {type(tasks).__name__}; "
            "make one with tm.Tasks.finite_sum or tm.Tasks.resampled"
        )
    if tasks.fresh and tasks.steps != steps:
        raise ValueError(f"tasks has samples for {tasks.steps} inner steps, and steps is {steps}")
    check_start(loss, w, target, tasks.shapes)
    alpha = check_positive("alpha", alpha, w.dtype)
    if delta is not None and method != "hessian-free":
        raise ValueError(f'delta is for method="hessian-free"; here method is {method!r}')
    if delta is not None and not 0.5 / check_positive("delta", delta, w.dtype) < LARGEST[w.dtype]:
        raise ValueError(
            f"delta is {delta:g}: so small that 1 / (2 delta) is infinite in {w.dtype}, "
            "the precision of w"
        )
    delta = float(EPS[w.dtype] ** (1 / 3) if delta is None else delta)
    tasks = tasks.astype(w.dtype)
    if target == "numpy":
        gradients, losses, adapted = on_numpy.meta_gradients(
            loss, w, tasks, alpha, steps, method, delta
        )
        gradient = gradients.mean(0)
        diverged = find_diverged(losses[:, None], gradients, adapted)
    else:  # check_start has refused what is no `Loss`
        found = compiled.meta_gradients(
            target, cast(Loss, loss), w, tasks, alpha, steps, method, delta, per_task
        )
        gradient, losses, gradients, points, diverged = found
        if per_task:
            adapted = points[0]
    warn_of_divergence(diverged, len(tasks), alpha)
    if per_task:
        return MetaGradient(gradient, losses, gradients, adapted)
    return MetaGradient(gradient, losses)


def adapt(
    loss: Differentiable,
    w: np.ndarray,
    support: Arrays,
    *,
    alpha: float,
    steps: int,
    target: str = "cpu",
) -> np.ndarray:
    """The inner loop alone: N steps of gradient descent from w on each task's support set.

    support: (x, y, ...), arrays (B, rows, columns) as in `Tasks.finite_sum`. -> the trajectory
    (steps + 1, B, P).
    """
    check_target(target)
    support = check_arrays("support", support, 3)
    steps = check_count("steps", steps)
    check_start(loss, w, target, [tuple(x.shape[-2:] for x in support)])
    alpha = check_positive("alpha", alpha, w.dtype)
    support = tuple(to_precision(f"support[{k}]", x, w.dtype) for k, x in enumerate(support))
    if target == "numpy":
        points = on_numpy.trajectories(loss, w, support, alpha, steps)
    else:
        points = compiled.trajectories(target, cast(Loss, loss), w, support, alpha, steps)
    warn_of_divergence(find_diverged(points[-1]), points.shape[1], alpha)
    return points


# ---- at the door


def check_method(method: str) -> None:
    if method not in METHODS:
        raise ValueError(f"method is {method!r}; it is one of {', '.join(METHODS)}")


def check_start(
    loss: Differentiable, w: np.ndarray, target: str, shapes: Sequence[Shapes] = ()
) -> None:
    """Is `loss` fit for the target, and `w` a start for it?

    On NumPy, where no plan does it: does the loss take data of these shapes?
    """
    if target != "numpy" and not isinstance(loss, Loss):
        raise TypeError(
            f'loss is of type {type(loss).__name__}; target="{target}" compiles a tm.Loss, '
            'other objects run with target="numpy"'
        )
    check_vector("w", w, getattr(loss, "size", np.size(w)), finite=True)
    if target != "numpy":
        return
    methods = ("value", "gradient", "hvp")
    missing = [name for name in methods if not callable(getattr(loss, name, None))]
    if missing:
        raise TypeError(
            f"loss is of type {type(loss).__name__} and has no method {', '.join(missing)}; "
            "make it with tm.Loss(function, params)"
        )
    if isinstance(loss, Loss):
        for part in shapes:
            if part:
                loss.tape_of(part, w.dtype)


def find_diverged(*results: np.ndarray) -> np.ndarray:
    """The tasks of which some result, (B, n) each, is not finite."""
    finite = [np.isfinite(result).all(1) for result in results]
    return np.flatnonzero(~np.logical_and.reduce(finite))


def warn_of_divergence(diverged: np.ndarray, tasks: int, alpha: float) -> None:
    """Name the tasks whose inner loop diverged, if there are any."""
    if not len(diverged):
        return
    names = ", ".join(map(str, diverged[:10])) + (", ..." if len(diverged) > 10 else "")
    warnings.warn(
        f"the inner loop diverged in {len(diverged)} of {tasks} tasks (task {names}): "
        f"their results are infinite or NaN; make alpha smaller than {alpha:g}",
        RuntimeWarning,
        stacklevel=3,
    )
