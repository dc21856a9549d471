"""N-step MAML on the compiled machines: the plan of a computation, made once, and run for all
tasks."""

from ..engine.targets import run_on


def plan_of(loss, dtype, method, steps, shapes, fresh):
    """The compiled machine's plan, made once and kept by the loss.

    shapes: of the inner, the Hessian and the outer data; () where there are none.
    """
    method = "first-order" if steps == 0 else method

    def make():
        from ..engine.compiled.format import Method
        from ..engine.compiled.plan import Plan

        tapes = [loss.tape_of(part, dtype) if part else None for part in shapes]
        code = Method[method.upper().replace("-", "_")]
        return Plan(dtype, steps, code, *tapes, fresh, "gradient" if shapes[2] else None)

    return loss.plan((dtype, method, steps, fresh, shapes), make)


def meta_gradients(target, loss, w, tasks, alpha, steps, method, delta, per_task):
    """-> what the machine found (compiled/plan.py, `Result`); points are the w_N, with per_task."""
    plan = plan_of(loss, w.dtype, method, steps, tasks.shapes, tasks.fresh)
    packed = tasks.pack(plan.packing)
    return run_on(target)(plan, w, packed, alpha, delta, per_task, points=int(per_task))


def trajectories(target, loss, w, support, alpha, steps):
    """-> (N + 1, B, P): the points of every task's inner loop on its support set."""
    shapes = (tuple(x.shape[-2:] for x in support), (), ())
    plan = plan_of(loss, w.dtype, "first-order", steps, shapes, False)
    packed = plan.packing.pack(support, len(support[0]))
    return run_on(target)(plan, w, packed, alpha, 1.0, points=steps + 1).points
