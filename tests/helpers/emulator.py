"""Losses and meta-gradients in the lane emulator, for the tests beside this file.

lanes, blocks, order, watch: as in emulated.run.
"""

import functools

import numpy as np

from helpers.checks import direction
from tinymaml.engine.compiled.plan import evaluate
from tinymaml.engine.gpu import emulated
from tinymaml.maml.compiled import plan_of


def derivative(program, result, dtype=np.float64, **options):
    """ "value", "gradient" or "hvp" of one of reference.py's programs."""
    w = program.w.astype(dtype)
    v = direction(w).astype(dtype) if result == "hvp" else None
    data = [x.astype(dtype) for x in program.data]
    loss = program.loss
    tape = loss.tape_of(tuple(x.shape for x in data), w.dtype)
    run = functools.partial(emulated.run, **options)
    return evaluate(run, loss, result, tape, w, v, data)


def meta_gradient(loss, w, tasks, steps, method, alpha=0.1, **options):
    """Return gradient, losses, gradients and the w_N, as tm.meta_gradient does; with a vector alpha
    also its gradient."""
    delta = float(np.finfo(w.dtype).eps ** (1 / 3))
    tasks = tasks.astype(w.dtype)
    vector = np.ndim(alpha) == 1
    plan = plan_of(loss, w.dtype, method, steps, tasks.shapes, tasks.fresh, vector, vector)
    packed = tasks.pack(plan.packing)
    found = emulated.run(plan, w, packed, alpha, delta, per_task=True, points=1, **options)
    results = found.gradient, found.losses, found.gradients, found.points[0]
    return (*results, found.alpha_gradient) if vector else results


def bits(results):
    return [np.asarray(a).tobytes() for a in results]
