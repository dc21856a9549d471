"""Losses and meta-gradients in the lane emulator, for the tests beside this file."""

import functools
from types import SimpleNamespace

import numpy as np
from test_derivatives import direction

from tinymaml.engine.gpu import launch as cuda
from tinymaml.maml.meta_gradient import compiled


def machine(**how):
    """What takes the place of cpu.py: `emulated` with these lanes, blocks, this order."""
    return SimpleNamespace(run=functools.partial(cuda.emulated, **how))


def derivative(program, result, dtype=np.float64, **how):
    """ "value", "gradient" or "hvp" of one of reference.py's programs."""
    w, data = program.w.astype(dtype), [x.astype(dtype) for x in program.data]
    loss, v = program.loss, direction(w).astype(dtype) if result == "hvp" else None
    return loss._compiled(
        machine(**how), loss.tape_of(tuple(x.shape for x in data), w.dtype), result, w, v, data
    )


def meta_gradient(loss, w, tasks, steps, method, alpha=0.1, delta=None, **how):
    delta = float(np.finfo(w.dtype).eps ** (1 / 3)) if delta is None else delta
    return compiled(
        machine(**how), loss, w, tasks.astype(w.dtype), alpha, steps, method, delta, True
    )[0]


def bits(results):
    return [np.asarray(a).tobytes() for a in results]
