"""Compiles the inner loop, once on a computer, and calls it."""

import functools
import os
import threading
import time

import numba
import numpy as np
from numba.core import event

from .announcement import announce, remember
from .cache import cache_folder, jit_with_cache
from .inner_loop import all_tasks
from .lanes import NUMERICS
from .plan import Result

CHUNKS = 32  # partial sums over the tasks: enough for 32 threads
SERIAL = 20_000  # multiplications below which a second thread costs more than it brings
LOCK = threading.Lock()  # not every threading layer may be entered by two Python threads at once


class Compilation(event.Listener):
    """Announces that a function is compiled, and notes how long that took."""

    def __init__(self, function, dtype):
        self.function = function
        self.dtype = dtype

    def on_start(self, happening):
        if happening.data["dispatcher"] is self.function:
            announce(self.dtype)
            self.start = time.perf_counter()

    def on_end(self, happening):
        if happening.data["dispatcher"] is self.function:
            remember(self.dtype, time.perf_counter() - self.start)


@functools.cache
def jit_inner_loop(dtype):
    """`all_tasks` for a precision, to be compiled at its first call, or loaded from disk.

    dtype: "float32" or "float64". Each has a folder of its own, so that two processes that compile
    at the same time do not write into the same files.
    """
    folder = cache_folder()
    if folder is not None:
        folder = folder / dtype
    decorate = functools.partial(numba.njit, parallel=True, nogil=True, **NUMERICS)
    function = jit_with_cache(decorate, all_tasks, folder, numba.config)
    event.register("numba:compile", Compilation(function, dtype))
    return function


def run(plan, start, packed, alpha, delta, per_task=False, points=0):
    """Run a plan for B tasks -> `Result`.

    start: (P,), or (B, P), one for each task, in the plan's precision; packed: the tasks' data, (B,
    length), from `plan.packing`; alpha: a number or, where the plan says so, (P,); points: how many
    of the last points of each trajectory to return.
    """
    dtype = plan.dtype
    vectors, alpha = plan.starts_and_alpha(start, alpha)
    tasks, size = len(packed), vectors.shape[1]
    if not (vectors.flags.c_contiguous and vectors.flags.writeable):  # one compiled signature
        vectors = vectors.copy()
    gradient = np.empty(2 * size if plan.alpha_gradient else size, dtype)
    losses = np.empty(tasks, dtype)
    divergence = np.empty(tasks, dtype)
    gradients = np.empty((tasks if per_task else 0, size), dtype)
    trajectory = np.empty((points, tasks, size), dtype)
    threads = 1
    if tasks * plan.work >= SERIAL:
        threads = min(numba.get_num_threads(), tasks, CHUNKS)
    pool = plan.pools.setdefault(threads, [])
    try:
        memories, sums = pool.pop()
    except IndexError:
        memories, sums = plan.memories(threads), np.empty((CHUNKS, plan.length_of_sums), dtype)
    with LOCK:
        diverged = run_on_team(
            threads,
            jit_inner_loop(dtype.__name__),
            plan.code,
            plan.coefficients,
            plan.facts,
            plan.positions,
            memories,
            vectors,
            alpha,
            dtype(delta),
            packed,
            sums,
            losses,
            divergence,
            gradients,
            trajectory,
            gradient,
        )
    pool.append((memories, sums))
    which = np.flatnonzero(divergence) if diverged else ()
    if plan.alpha_gradient:
        gradient, of_alpha = gradient[:size], gradient[size:]
        return Result(gradient, losses, gradients, trajectory, which, of_alpha)
    return Result(gradient, losses, gradients, trajectory, which)


def run_on_team(threads, function, *arguments):
    """function(threads, *arguments), with no more of Numba's threads awake than it uses.

    A parallel loop wakes the whole team and waits for each of it, however few have something to do;
    where other processes keep the cores busy, that is a hundred times what a small call takes.
    """
    everybody = numba.get_num_threads()
    if threads == everybody:
        return function(threads, *arguments)
    numba.set_num_threads(threads)
    try:
        return function(threads, *arguments)
    finally:
        numba.set_num_threads(everybody)


def note_fork():
    """In the child of a fork: another thread may have held the lock."""
    global LOCK
    LOCK = threading.Lock()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=note_fork)
