"""The meta-gradient of N-step MAML, and adaptation (lessons 07 and 08).

    ∇𝓛_i(w) = (I − αH_0)(I − αH_1)⋯(I − αH_{N−1}) ∇l_i(w̃_N)          theory: the exact meta-gradient

`on_numpy` is the algorithm to read; it runs any object that has value, gradient and hvp.
`target="cpu"` and `"cuda"` run the same loop compiled (engine/compiled/inner_loop.py), for all
tasks in one call.
"""

import functools
import warnings
from typing import NamedTuple

import numpy as np

from ..engine.errors.arguments import (
    PRECISIONS,
    check_count,
    check_positive,
    check_vector,
    to_precision,
)
from ..engine.loss import Loss
from ..engine.targets import check_target, machine
from .tasks import Tasks, arrays

METHODS = ("exact", "first-order", "hessian-free")
EPS, LARGEST = (
    {t: float(getattr(np.finfo(t), name)) for t in PRECISIONS} for name in ("eps", "max")
)


class MetaGradient(NamedTuple):
    """What `tm.meta_gradient` returns."""

    gradient: np.ndarray  # (P,)     mean over the tasks
    losses: np.ndarray  # (B,)     outer loss at each task's w_N
    gradients: np.ndarray | None = None  # (B, P)   each task's, with per_task=True
    adapted: np.ndarray | None = None  # (B, P)   each task's w_N, with per_task=True


def meta_gradient(
    loss: Loss,
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
    """The gradient of mean_i l_i(w̃_N) with respect to the start w, through N steps of gradient
    descent.

    loss: a `tm.Loss`; with target="numpy" any object with value(w, *data), gradient(w, *data),
    hvp(w, v, *data). w: (P,), float32 or float64: the precision of everything. tasks: `tm.Tasks`.
    alpha: inner stepsize > 0. steps: N >= 0. method: "exact"; "first-order" leaves the product out;
    "hessian-free" takes (∇l(w + δv) − ∇l(w − δv)) / 2δ for Hv, on the Hessian samples, δ = delta or
    eps^(1/3). With steps=0 all are ∇ of the outer loss at w.
    -> `MetaGradient(gradient, losses, gradients, adapted)`. Warns, naming the tasks, where an inner loop diverges.
    """
    check_target(target)
    steps = check_count("steps", steps)
    check_method(method)
    if not isinstance(tasks, Tasks):
        raise TypeError(
            f"tasks is of type {type(tasks).__name__}; make one with tm.Tasks.finite_sum or tm.Tasks.resampled"
        )
    if tasks.fresh and tasks.steps != steps:
        raise ValueError(f"tasks has samples for {tasks.steps} inner steps, and steps is {steps}")
    check_start(loss, w, target, tasks.shapes)
    alpha = check_positive("alpha", alpha, w.dtype)
    if delta is not None and method != "hessian-free":
        raise ValueError(f'delta is for method="hessian-free"; here method is {method!r}')
    if delta is not None and not 0.5 / check_positive("delta", delta, w.dtype) < LARGEST[w.dtype]:
        raise ValueError(
            f"delta is {delta:g}: so small that 1 / (2 delta) is infinite in {w.dtype}, the precision of w"
        )
    delta = float(EPS[w.dtype] ** (1 / 3) if delta is None else delta)
    tasks = tasks.astype(w.dtype)
    on = on_numpy if target == "numpy" else functools.partial(compiled, machine(target))
    result, diverged = on(loss, w, tasks, alpha, steps, method, delta, per_task)
    if len(diverged):
        warnings.warn(divergence(diverged, len(tasks), alpha), RuntimeWarning, stacklevel=2)
    return result


def adapt(
    loss: Loss,
    w: np.ndarray,
    support: tuple[np.ndarray, ...],
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
    support, steps = arrays("support", support, 3), check_count("steps", steps)
    check_start(loss, w, target, [[x.shape[-2:] for x in support]])
    alpha = check_positive("alpha", alpha, w.dtype)
    support = tuple(to_precision(f"support[{k}]", x, w.dtype) for k, x in enumerate(support))
    on = adapt_on_numpy if target == "numpy" else functools.partial(adapt_compiled, machine(target))
    trajectory = on(loss, w, support, alpha, steps)
    diverged = np.flatnonzero(~np.isfinite(trajectory[-1]).all(1))
    if len(diverged):
        warnings.warn(
            divergence(diverged, trajectory.shape[1], alpha), RuntimeWarning, stacklevel=2
        )
    return trajectory


# ---- the algorithm, to read


def on_numpy(loss, w, tasks, alpha, steps, method, delta, per_task):
    T = w.dtype.type
    gradient, hvp = (vectors(loss, name, w) for name in ("gradient", "hvp"))
    v, losses, adapted = [], [], []
    with np.errstate(all="ignore"):  # a diverging task is reported by name, at the end
        for b in range(len(tasks)):
            inner, hessian, outer = (
                [x[b] for x in part] for part in (tasks.inner, tasks.hessian, tasks.outer)
            )
            at = (lambda part, j: [x[j] for x in part]) if tasks.fresh else (lambda part, j: part)
            points = [w.copy()]
            for j in range(steps):  # the inner loop
                points.append(points[j] - T(alpha) * gradient(points[j], *at(inner, j)))
            losses.append(float(loss.value(points[steps], *outer)))
            v.append(gradient(points[steps], *outer))
            for j in reversed(
                range(steps if method != "first-order" else 0)
            ):  # the product, right to left
                if method == "exact":
                    hv = hvp(points[j], v[b], *at(hessian, j))
                else:
                    ahead, behind = (
                        gradient(points[j] + T(d) * v[b], *at(hessian, j)) for d in (delta, -delta)
                    )
                    hv = (ahead - behind) * (T(0.5) / T(delta))
                v[b] = v[b] - T(alpha) * hv
            adapted.append(points[steps])
        v, losses, adapted = (np.array(a, w.dtype) for a in (v, losses, adapted))
        finite = np.isfinite(losses) & np.isfinite(v).all(1) & np.isfinite(adapted).all(1)
        return MetaGradient(v.mean(0), losses, *((v, adapted) if per_task else ())), np.flatnonzero(
            ~finite
        )


def adapt_on_numpy(loss, w, support, alpha, steps):
    gradient = vectors(loss, "gradient", w)
    trajectory = np.empty((steps + 1, len(support[0]), w.size), w.dtype)
    trajectory[0] = w
    with np.errstate(all="ignore"):
        for b in range(len(support[0])):
            for j in range(steps):
                trajectory[j + 1, b] = trajectory[j, b] - w.dtype.type(alpha) * gradient(
                    trajectory[j, b], *(x[b] for x in support)
                )
    return trajectory


def vectors(loss, name, w):
    """The method `name` of any object, checked: it returns vectors like w, and nothing is broadcast
    behind its back. What it returns is copied, for it may be a buffer that the next call
    overwrites."""

    def method(*arguments):
        result = np.asarray(getattr(loss, name)(*arguments))
        if result.shape != w.shape or result.dtype.kind != "f":
            raise TypeError(
                f"{type(loss).__name__}.{name} returned {result.dtype} of shape {result.shape}; expected floats of shape {w.shape}"
            )
        return result.astype(w.dtype)

    return method


# ---- the same, compiled


def plan_of(loss, dtype, method, steps, shapes, fresh):
    """The compiled machine's plan, made once and kept by the loss. shapes: of the inner, the
    Hessian and the outer data."""
    method = "first-order" if steps == 0 else method

    def make():
        from ..engine.compiled import plan as p

        tapes = [loss.tape_of(s, dtype) if s else None for s in shapes]
        code = {"exact": p.EXACT, "first-order": p.FIRST_ORDER, "hessian-free": p.HESSIAN_FREE}[
            method
        ]
        return p.Plan(dtype, steps, code, *tapes, fresh, "gradient" if shapes[2] else None)

    return loss.plan((dtype, method, steps, fresh, shapes), make)


def compiled(machine, loss, w, tasks, alpha, steps, method, delta, per_task):
    plan = plan_of(loss, w.dtype, method, steps, tasks.shapes, tasks.fresh)
    r = machine.run(plan, w, tasks.packed, alpha, delta, per_task, points=int(per_task))
    return MetaGradient(
        r.gradient, r.losses, *((r.gradients, r.points[0]) if per_task else ())
    ), r.diverged


def adapt_compiled(machine, loss, w, support, alpha, steps):
    plan = plan_of(
        loss, w.dtype, "first-order", steps, (tuple(x.shape[-2:] for x in support), (), ()), False
    )
    return machine.run(
        plan, w, plan.packing.pack(support, len(support[0]))[0], alpha, 1.0, points=steps + 1
    ).points


# ---- at the door


def check_method(method):
    if method not in METHODS:
        raise ValueError(f"method is {method!r}; it is one of {', '.join(METHODS)}")


def check_start(loss, w, target, shapes=()):
    """Is `loss` fit for the target, and `w` a start for it? On NumPy, where no plan does it: does
    the loss take such data?"""
    if target != "numpy" and not isinstance(loss, Loss):
        raise TypeError(
            f'loss is of type {type(loss).__name__}; target="{target}" compiles a tm.Loss, other objects run with target="numpy"'
        )
    check_vector("w", w, getattr(loss, "size", np.size(w)), finite=True)
    if target != "numpy":
        return
    missing = [
        name for name in ("value", "gradient", "hvp") if not callable(getattr(loss, name, None))
    ]
    if missing:
        raise TypeError(
            f"loss is of type {type(loss).__name__} and has no method {', '.join(missing)}; make it with tm.Loss(function, params)"
        )
    for part in filter(None, shapes if isinstance(loss, Loss) else ()):
        loss.tape_of(tuple(part), w.dtype)


def divergence(diverged, B, alpha):
    names = ", ".join(map(str, diverged[:10])) + (", ..." if len(diverged) > 10 else "")
    return (
        f"the inner loop diverged in {len(diverged)} of {B} tasks (task {names}): their results are infinite or NaN; "
        f"make alpha smaller than {alpha:g}"
    )
