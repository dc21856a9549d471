"""The GPU's host side (lesson 06): the plan's tables to the device, one launch for all tasks, the
results back.

A block of lanes takes a task after another, in a workspace of its own in the device's memory. On
this computer's CPU the same kernel, `nested.grid`, runs in the emulator (emulator.py), to be
tested.
"""

import functools
import os
import sys
import threading
import warnings
from contextlib import contextmanager
from importlib import metadata

import numba
import numpy as np
from numba import cuda, types

from ..compiled import inner_loop as nested
from ..compiled.cpu import cache_folder
from ..compiled.plan import Result
from . import words  # noqa: F401 (tells Numba what lanes.py's words are on a GPU)
from .available import INSTALL, INSTEAD, first_line
from .emulator import emulate
from .memory import THERE, capacity, kept, there, too_much, workspaces

CHUNKS, BYTES = 4096, 2**28  # partial sums over the tasks: so many, unless they take too many bytes
WARP, MOST = 32, 256  # lanes go in warps; no more of them in a block
REGISTERS = 64  # for each lane: so that 1024 lanes can be there at once
LOCK = threading.Lock()


def lanes_of(plan):
    """How many lanes a block has: as many as the longest row that they share out, in whole warps.
    Few large blocks rather than many small ones, because each block's workspace wants its part of
    the cache: a prediction, as no GPU was at hand to measure it."""
    longest = int(plan.code[:, 3].max(initial=1))
    return min(MOST, -(-longest // WARP) * WARP)


def chunks_of(plan, B):
    """How many partial sums there are: this depends on the loss and on B alone, so that every
    device adds in the same order."""
    return min(B, CHUNKS, max(1, BYTES // (plan.length * plan.coefficients.itemsize)))


def tables(plan):
    """The plan's integers with 32 bits: addresses inside a workspace are that short on a GPU."""
    if plan.layout.size >= 2**31:
        raise ValueError(
            f'a task of this loss needs a workspace of {plan.layout.size:,} numbers; target="cuda" has addresses for '
            f'{2**31:,}: use fewer steps or smaller data, or target="cpu"'
        )
    return [
        plan.code.astype(np.int32),
        plan.coefficients,
        plan.facts.astype(np.int32),
        plan.where.astype(np.int32),
    ]


def results(plan, B, P, per_task, points, empty=np.empty):
    """What the kernel writes: name -> an array made by empty(shape, dtype). `together` holds the
    three that every call fetches."""
    dtype, C = plan.dtype, chunks_of(plan, B)
    together = empty(P + 2 * B, dtype)
    return dict(
        partial=empty((C, plan.length), dtype),
        losses=together[P : P + B],
        sound=together[P + B :],
        gradients=empty((B if per_task else 0, P), dtype),
        trajectory=empty((points, B, P), dtype),
        gradient=together[:P],
    ), together


def cuts(plan, B):
    """The kernel's last arguments: C; where each of the C chunks of tasks starts, and the last one
    ends; how many blocks are ready."""
    C = chunks_of(plan, B)
    return np.int32(C), (np.arange(C + 1) * B // C).astype(np.int32), np.zeros(1, np.int32)


def signature(dtype):
    """The Numba types of the kernel's arguments, as `run` launches it."""
    T, n = numba.from_dtype(np.dtype(dtype)), types.int32
    return (
        n[:, ::1],
        T[::1],
        n[::1],
        n[::1],
        T[:, ::1],
        T[::1],
        T,
        T,
        T[:, ::1],  # the plan, workspaces, start, ..., data
        T[:, ::1],
        T[::1],
        T[::1],
        T[:, ::1],
        T[:, :, ::1],
        T[::1],
        n,
        n[::1],
        n[::1],
    )  # results; C, cuts, finished


# ---- on a GPU


@functools.cache
def compiled():
    """The kernel, ready to be compiled at its first launch for each precision, or to be loaded from
    disk. The folder is named after the engine's sources, as the CPU's, and after what compiles
    them: Numba alone would not see an edit to kernels.py."""
    folder, config = cache_folder(), cuda.dispatcher.config
    previous = config.CACHE_DIR
    try:
        config.CACHE_DIR = str(folder / compiler()) if folder else ""
        return cuda.jit(nested.grid, max_registers=REGISTERS, cache=folder is not None)
    finally:
        config.CACHE_DIR = previous


def compiler():
    """Numba's own target, or numba-cuda of some version: neither can load what the other has
    saved."""
    return (
        "cuda"
        if cuda.implementation == "Built-in"
        else f"numba-cuda-{metadata.version('numba-cuda')}"
    )


def launcher(blocks, lanes):
    with (
        warnings.catch_warnings()
    ):  # Numba's, that few blocks leave a GPU idle: the tasks are as many as they are
        warnings.simplefilter("ignore")
        return compiled()[blocks, lanes]


def run(plan, start, packed, alpha, delta, per_task=False, points=0):
    """As cpu.run, on the GPU. Raises MemoryError where it has too little memory, RuntimeError where
    it fails."""
    with LOCK:
        if forked:
            raise RuntimeError(
                'this process was forked from one that has used target="cuda", which a GPU\'s driver does not survive: '
                'use multiprocessing.get_context("spawn"), or target="cpu" here'
            )
        for last_try in (False, True):
            try:
                return launch(plan, start, packed, alpha, delta, per_task, points)
            except (ValueError, MemoryError):  # said in our own words
                raise
            except Exception as error:
                THERE.clear()  # what comes next starts afresh, with all of the memory
                if "OUT_OF_MEMORY" not in str(error):
                    raise RuntimeError(failure(error)) from error
                if last_try:
                    raise MemoryError(too_much(plan, packed, per_task, points)) from error


def launch(plan, start, packed, alpha, delta, per_task, points):
    B, P, lanes = len(packed), len(start), lanes_of(plan)
    blocks, empty = min(chunks_of(plan, B), capacity(lanes)), cuda.device_array
    constants = kept(plan, "tables", None, lambda: [there(a) for a in tables(plan)])
    r, together = kept(
        plan, "results", (B, per_task, points), lambda: results(plan, B, P, per_task, points, empty)
    )
    begin, data = kept(
        plan, "inputs", B, lambda: (empty(P, plan.dtype), empty(packed.shape, plan.dtype))
    )
    last = kept(plan, "cuts", B, lambda: [n if n.ndim == 0 else there(n) for n in cuts(plan, B)])
    w = kept(plan, "workspaces", blocks, lambda: workspaces(plan, blocks))
    begin.copy_to_device(np.ascontiguousarray(start))
    data.copy_to_device(packed)
    with announced(plan.dtype):
        launcher(w.shape[0], lanes)(
            *constants, w, begin, plan.dtype(alpha), plan.dtype(delta), data, *r.values(), *last
        )
    gradient, losses, sound = np.split(together.copy_to_host(), [P, P + B])
    gradients, trajectory = (r[name].copy_to_host() for name in ("gradients", "trajectory"))
    return Result(gradient, losses, gradients, trajectory, np.flatnonzero(sound))


def failure(error):
    reason = f'target="cuda" failed on the GPU ({first_line(error)})'
    if "LAUNCH_TIMEOUT" in str(
        error
    ):  # after this one, nothing works on the GPU until the process ends
        return f'{reason}: a GPU that also drives a display stops what takes seconds; start again, with fewer tasks at once, or use target="cpu"'
    return (
        f"{reason}: {INSTALL}, {INSTEAD}"
        if "PTX" in str(error) or "NVVM" in str(error).upper()
        else f'{reason}: use target="cpu"'
    )


@contextmanager
def announced(dtype):
    """One line where a first launch takes long, which is when it compiles, so that nobody thinks
    that it hangs."""
    if dtype in launched:
        yield
        return
    often = "once on this computer" if cache_folder() else "once in every process"
    text = f"tinymaml: compiling the inner loop for the GPU, {np.dtype(dtype)}: {often}, about 20 s ..."
    timer = threading.Timer(1.0, print, [text], dict(file=sys.stderr, flush=True))
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
    launched.add(dtype)


launched = set()


def after_fork():
    """In the child of a fork: another thread may have held the lock, and the driver's connection to
    the GPU is gone."""
    global LOCK, forked
    LOCK, forked = threading.Lock(), True


forked = False
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=after_fork)


# ---- in plain Python


def emulated(
    plan,
    start,
    packed,
    alpha,
    delta,
    per_task=False,
    points=0,
    lanes=4,
    blocks=1,
    order=None,
    watch=True,
):
    """As `run`, in the emulator."""
    B, blocks = len(packed), min(blocks, chunks_of(plan, len(packed)))
    r, _ = results(plan, B, len(start), per_task, points)
    for a in r.values():
        a.fill(np.nan)
    emulate(
        nested.grid,
        *tables(plan),
        plan.workspace(blocks),
        start,
        plan.dtype(alpha),
        plan.dtype(delta),
        packed,
        *r.values(),
        *cuts(plan, B),
        lanes=lanes,
        blocks=blocks,
        order=order,
        watch=watch,
    )
    return Result(
        *(r[name] for name in ("gradient", "losses", "gradients", "trajectory")),
        np.flatnonzero(r["sound"]),
    )
