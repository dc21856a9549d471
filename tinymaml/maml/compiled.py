"""N-step MAML on the compiled machines: the plan of a computation, made once, and run for all
tasks."""

from typing import Any

import numpy as np

from ..engine.loss import Loss, Shapes
from ..engine.targets import run_on
from .alpha import Alpha
from .tasks import Arrays, Tasks


def plan_of(
    loss: Loss,
    dtype: np.dtype,
    method: str,
    steps: int,
    shapes: tuple[Shapes, ...],
    fresh: bool,
    vector_alpha: bool = False,
    alpha_gradient: bool = False,
) -> Any:
    """The compiled machine's plan, made once and kept by the loss.

    shapes: of the inner, the Hessian and the outer data; () where there are none. vector_alpha: is
    there a stepsize for each parameter? alpha_gradient: is their gradient asked for?
    """
    method = "first-order" if steps == 0 else method

    def make() -> Any:
        from ..engine.compiled.format import Method
        from ..engine.compiled.plan import Plan

        inner, hessian, outer = [loss.tape_of(part, dtype) if part else None for part in shapes]
        code = Method[method.upper().replace("-", "_")]
        result = "gradient" if outer else None
        return Plan(
            dtype, steps, code, inner, hessian, outer, fresh, result, vector_alpha, alpha_gradient
        )

    key = (dtype, method, steps, fresh, shapes, vector_alpha, alpha_gradient)
    return loss.plan(key, make)


def meta_gradients(
    target: str,
    loss: Loss,
    w: np.ndarray,
    tasks: Tasks,
    alpha: Alpha,
    steps: int,
    method: str,
    delta: float,
    per_task: bool,
    alpha_gradient: bool,
) -> Any:
    """-> what the machine found (compiled/plan.py, `Result`); points are the w_N, with per_task."""
    vector = isinstance(alpha, np.ndarray)
    plan = plan_of(loss, w.dtype, method, steps, tasks.shapes, tasks.fresh, vector, alpha_gradient)
    packed = tasks.pack(plan.packing)
    return run_on(target)(plan, w, packed, alpha, delta, per_task, points=int(per_task))


def trajectories(
    target: str,
    loss: Loss,
    w: np.ndarray,
    support: Arrays,
    alpha: Alpha,
    steps: int,
    fresh: bool,
) -> Any:
    """-> (N + 1, B, P): the points of every task's inner loop on its support set, or on fresh
    samples."""
    shapes = (tuple(x.shape[-2:] for x in support), (), ())
    vector = isinstance(alpha, np.ndarray)
    plan = plan_of(loss, w.dtype, "first-order", steps, shapes, fresh, vector)
    packed = plan.packing.pack(support, len(support[0]))
    return run_on(target)(plan, w, packed, alpha, 1.0, points=steps + 1).points


def values(target: str, loss: Loss, points: np.ndarray, outer: Arrays) -> np.ndarray:
    """-> (N + 1, B): the outer losses of points (N + 1, B, P), a call for all tasks' w_j."""
    from ..engine.compiled.plan import plan_of_result

    tape = loss.tape_of(tuple(x.shape[-2:] for x in outer), points.dtype)
    plan = plan_of_result(loss, "value", tape, points.dtype)
    packed = plan.packing.pack(outer, len(outer[0]))
    run = run_on(target)
    return np.array([run(plan, start, packed, 1.0, 1.0).losses for start in points])
