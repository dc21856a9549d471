"""The meta-gradient of N-step MAML, and adaptation: the doors of lessons 07 and 08.

on_numpy.py is the algorithm to read; compiled.py runs the same for all tasks in one compiled call.
"""

from functools import partial
from typing import Any, NamedTuple, Sequence

import numpy as np

from ..engine.errors.arguments import (
    PRECISIONS,
    check_count,
    check_floats,
    check_positive,
    check_vector,
    to_precision,
)
from ..engine.loss import Loss, Shapes
from ..engine.targets import check_target
from .alpha import Alpha, check_alpha
from .divergence import explain, warn
from .machines import meta_gradients, trajectories
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
    alpha_gradient: Any = None  # a float, or (P,), as alpha is, with alpha_gradient=True


def meta_gradient(
    loss: Differentiable,
    w: np.ndarray,
    tasks: Tasks,
    *,
    alpha: Alpha,
    steps: int,
    method: str = "exact",
    delta: float | None = None,
    per_task: bool = False,
    alpha_gradient: bool = False,
    target: str = "cpu",
) -> MetaGradient:
    """The gradient of mean_i l_i(w̃_N) with respect to the start w, through N inner steps.

    loss: a `tm.Loss`; with target="numpy" any object with value(w, *data), gradient(w, *data),
    hvp(w, v, *data). w: (P,), float32 or float64: the precision of everything; with steps=0 also
    (B, P), a start for each task. tasks: `tm.Tasks`. alpha: inner stepsize > 0, or one >= 0 for
    each parameter, (P,), not all 0. steps: N >= 0. method: "exact"; "first-order" leaves the
    product out; "hessian-free" takes (∇l(w + δv) − ∇l(w − δv)) / 2δ for Hv, on the Hessian samples,
    δ = delta or eps^(1/3). With steps=0 all are ∇ of the outer loss at w. alpha_gradient: is the
    derivative of the mean outer loss with respect to alpha asked for?
    -> `MetaGradient(gradient, losses, gradients, adapted, alpha_gradient)`. Where results of a task
    are not finite, a `DivergenceWarning` says of which tasks, why, and what to do.
    """
    found, reasons = explained_meta_gradient(
        loss,
        w,
        tasks,
        alpha=alpha,
        steps=steps,
        method=method,
        delta=delta,
        per_task=per_task,
        alpha_gradient=alpha_gradient,
        target=target,
    )
    warn(reasons, above=1)
    return found


def explained_meta_gradient(
    loss: Differentiable,
    w: np.ndarray,
    tasks: Tasks,
    *,
    alpha: Alpha,
    steps: int,
    method: str = "exact",
    delta: float | None = None,
    per_task: bool = False,
    alpha_gradient: bool = False,
    target: str = "cpu",
) -> tuple[MetaGradient, list[str]]:
    """`meta_gradient` without its warnings -> what it returns, and what it would warn of."""
    check_target(target)
    alpha, steps, delta = check_all(loss, w, tasks, alpha, steps, method, delta, target)
    tasks = tasks.astype(w.dtype)
    reasons: list[str] = []
    compute = partial(meta_gradients, loss, w, steps=steps, delta=delta, target=target)
    found = compute(
        tasks, alpha=alpha, method=method, per_task=per_task, alpha_gradient=alpha_gradient
    )
    if len(found.diverged):
        reasons = explain(compute, tasks, found.diverged, alpha, method, delta)
    of_alpha: Any = found.alpha_gradient
    if alpha_gradient and not isinstance(alpha, np.ndarray):
        of_alpha = float(of_alpha.sum())  # one stepsize is that of every parameter
    return MetaGradient(
        found.gradient, found.losses, found.gradients, found.adapted, of_alpha
    ), reasons


def adapt(
    loss: Differentiable,
    w: np.ndarray,
    support: Arrays,
    *,
    alpha: Alpha,
    steps: int,
    target: str = "cpu",
) -> np.ndarray:
    """The inner loop alone: N steps of gradient descent from w on each task's support set.

    w: (P,), or (B, P), a start for each task. support: (x, y, ...), arrays (B, rows, columns) as in
    `Tasks.finite_sum`. alpha: as in `meta_gradient`. -> the trajectory (steps + 1, B, P). Warns
    (`DivergenceWarning`) of tasks whose w_N is not finite.
    """
    check_target(target)
    support = check_arrays("support", support, 3)
    steps = check_count("steps", steps)
    check_start(loss, w, target, [tuple(x.shape[-2:] for x in support)], len(support[0]))
    alpha = check_alpha(alpha, w)
    support = tuple(to_precision(f"support[{k}]", x, w.dtype) for k, x in enumerate(support))
    points, diverged = trajectories(loss, w, support, alpha=alpha, steps=steps, target=target)
    if len(diverged):
        compute = partial(meta_gradients, loss, w, steps=steps, delta=1.0, target=target)
        tasks = Tasks(support, support, support, fresh=False)
        warn(explain(compute, tasks, diverged, alpha, "first-order", 1.0), above=1)
    return points


# ---- at the door


def check_all(
    loss: Differentiable,
    w: np.ndarray,
    tasks: Tasks,
    alpha: Alpha,
    steps: int,
    method: str,
    delta: float | None,
    target: str,
) -> tuple[Alpha, int, float]:
    """What `meta_gradient` asks of its arguments, on whatever machine -> alpha, steps, delta."""
    steps = check_count("steps", steps)
    check_method(method)
    check_tasks(tasks, steps)
    check_start(loss, w, target, tasks.shapes, None if steps else len(tasks))
    alpha = check_alpha(alpha, w)
    if delta is None:
        return alpha, steps, float(EPS[w.dtype] ** (1 / 3))
    if method != "hessian-free":
        raise ValueError(f'delta is for method="hessian-free"; here method is {method!r}')
    if not 0.5 / check_positive("delta", delta, w.dtype) < LARGEST[w.dtype]:
        raise ValueError(
            f"delta is {delta:g}: so small that 1 / (2 delta) is infinite in {w.dtype}, "
            "the precision of w"
        )
    return alpha, steps, float(delta)


def check_method(method: str) -> None:
    if method not in METHODS:
        raise ValueError(f"method is {method!r}; it is one of {', '.join(METHODS)}")


def check_tasks(tasks: Tasks, steps: int) -> None:
    """Are these tasks, with samples for so many steps?"""
    if not isinstance(tasks, Tasks):
        raise TypeError(
            f"tasks is of type {type(tasks).__name__}; "
            "make one with tm.Tasks.finite_sum or tm.Tasks.resampled"
        )
    if tasks.fresh and tasks.steps != steps:
        raise ValueError(f"tasks has samples for {tasks.steps} inner steps, and steps is {steps}")


def check_start(
    loss: Differentiable,
    w: np.ndarray,
    target: str,
    shapes: Sequence[Shapes] = (),
    starts: int | None = None,
) -> None:
    """Is `loss` fit for the target, and `w` a start for it, or so many `starts`, (starts, P)?

    On NumPy, where no plan does it: does the loss take data of these shapes?
    """
    if target != "numpy" and not isinstance(loss, Loss):
        raise TypeError(
            f'loss is of type {type(loss).__name__}; target="{target}" compiles a tm.Loss, '
            'other objects run with target="numpy"'
        )
    if starts is not None and isinstance(w, np.ndarray) and w.ndim == 2:
        check_floats("w", w)
        if len(w) != starts:
            raise ValueError(f"w has {len(w)} starts, and there are {starts} tasks")
        check_vector("w[0]", w[0], getattr(loss, "size", w[0].size))
    else:
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
