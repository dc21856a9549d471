"""The GPU's host side (lesson 06): the plan's tables to the device, one launch for all tasks, the results back.

A block of lanes takes a task after another, in a workspace of its own in the device's memory. On this computer's CPU the same
kernel, `nested.grid`, runs in the emulator (emulator.py) and in Numba's simulator (NUMBA_ENABLE_CUDASIM=1), to be tested.
"""
import functools
import sys
import threading
import warnings

import numba
import numpy as np
from numba import cuda, types

from . import nested
from .cuda_words import SIMULATED, simulated
from .emulator import emulate
from .plan import Result

CHUNKS, BYTES = 4096, 2 ** 28                               # partial sums over the tasks: so many, unless they take too many bytes
WARP, MOST = 32, 256                                        # lanes go in warps; no more of them in a block
BUSY = 16                                                   # blocks that one multiprocessor can hold, and switch between while memory is slow
REGISTERS = 64                                              # for each lane: so that 1024 lanes can be there at once
LOCK = threading.Lock()


def lanes_of(plan):
    """How many lanes a block has: as many as the longest row that they share out, in whole warps. Few large blocks rather than many
    small ones, because each block's workspace wants its part of the cache: a prediction, as no GPU was at hand to measure it."""
    longest = int(plan.code[:, 3].max(initial=1))
    return min(MOST, -(-longest // WARP) * WARP)


def chunks_of(plan, B):
    """How many partial sums there are: this depends on the loss and on B alone, so that every device adds in the same order."""
    return min(B, CHUNKS, max(1, BYTES // (plan.length * plan.coefficients.itemsize)))


def tables(plan):
    """The plan's integers with 32 bits: addresses inside a workspace are that short on a GPU."""
    if plan.layout.size >= 2 ** 31:
        raise ValueError(f"a task of this loss needs a workspace of {plan.layout.size:,} numbers; target=\"cuda\" has addresses for "
                         f'{2 ** 31:,}: use fewer steps or smaller data, or target="cpu"')
    return [plan.code.astype(np.int32), plan.coefficients, plan.facts.astype(np.int32), plan.where.astype(np.int32)]


def results(plan, B, P, per_task, points, empty=np.empty):
    """What the kernel writes: name -> an array made by empty(shape, dtype). `together` holds the three that every call fetches."""
    dtype, C = plan.dtype, chunks_of(plan, B)
    together = empty(P + 2 * B, dtype)
    return dict(partial=empty((C, plan.length), dtype), losses=together[P:P + B], sound=together[P + B:],
                gradients=empty((B if per_task else 0, P), dtype), trajectory=empty((points, B, P), dtype), gradient=together[:P]), together


def cuts(plan, B):
    """The kernel's last arguments: C; where each of the C chunks of tasks starts, and the last one ends; how many blocks are ready."""
    C = chunks_of(plan, B)
    return np.int32(C), (np.arange(C + 1) * B // C).astype(np.int32), np.zeros(1, np.int32)


def signature(dtype):
    """The Numba types of the kernel's arguments, as `run` launches it."""
    T, n = numba.from_dtype(np.dtype(dtype)), types.int32
    return (n[:, ::1], T[::1], n[::1], n[::1], T[:, ::1], T[::1], T, T, T[:, ::1],               # the plan, workspaces, start, ..., data
            T[:, ::1], T[::1], T[::1], T[:, ::1], T[:, :, ::1], T[::1], n, n[::1], n[::1])       # results; C, cuts, finished


# ---- on a GPU, or in the simulator

@functools.cache
def compiled():
    """The kernel, compiled at its first launch for each precision."""
    if SIMULATED:
        return cuda.jit(simulated(nested.grid))
    return cuda.jit(nested.grid, max_registers=REGISTERS)


def run(plan, start, packed, alpha, delta, per_task=False, points=0):
    """As cpu.run, on the GPU."""
    B, P, lanes = len(packed), len(start), lanes_of(plan)
    with LOCK:
        announce(plan.dtype)
        tables_there = kept(plan, "tables", None, lambda: [cuda.to_device(a) for a in tables(plan)])
        blocks = min(chunks_of(plan, B), kept(plan, "limit", None, lambda: limit(plan, lanes)))
        w = kept(plan, "workspaces", blocks, lambda: workspaces(plan, blocks))
        r, together = kept(plan, "results", (B, per_task, points), lambda: results(plan, B, P, per_task, points, cuda.device_array))
        last = kept(plan, "cuts", B, lambda: [n if n.ndim == 0 else cuda.to_device(n) for n in cuts(plan, B)])
        launch = [*tables_there, w, cuda.to_device(start), plan.dtype(alpha), plan.dtype(delta), cuda.to_device(packed), *r.values(), *last]
        with warnings.catch_warnings():                     # Numba's, that few blocks leave a GPU idle: the tasks are as many as they are
            warnings.simplefilter("ignore")
            compiled()[blocks, lanes](*launch)
        gradient, losses, sound = np.split(together.copy_to_host(), [P, P + B])
        gradients, trajectory = (r[name].copy_to_host() for name in ("gradients", "trajectory"))
    return Result(gradient, losses, gradients, trajectory, np.flatnonzero(sound))


def kept(plan, name, key, make):
    """What stays on the device from call to call. It is made anew, once the old one is gone, when its key changes."""
    there = plan.pools.setdefault("cuda", {})
    if name not in there or there[name][0] != key:
        there.pop(name, None)
        there[name] = key, make()
    return there[name][1]


def limit(plan, lanes):
    """How many blocks the device is given at most: as many as run at the same time and find room in half of the memory."""
    if SIMULATED:
        return 2
    multiprocessors, task = cuda.get_current_device().MULTIPROCESSOR_COUNT, plan.layout.size * plan.coefficients.itemsize
    room = cuda.current_context().get_memory_info()[0] // 2 // task
    if not room:
        raise MemoryError(f"a task of this loss needs a workspace of {task / 2**20:.0f} MB, more than half of what is free on the GPU")
    return min(int(room), multiprocessors * min(BUSY, 1024 // lanes))


def workspaces(plan, blocks):
    """One for each block, the constants already in it."""
    one, w = cuda.to_device(plan.workspace(1)[0]), cuda.device_array((blocks, plan.layout.size), plan.dtype)
    for b in range(blocks): w[b].copy_to_device(one)
    return w


def announce(dtype):
    """One line before a compilation, so that nobody thinks that it hangs."""
    if dtype not in announced and not SIMULATED:
        print(f"tinymaml: compiling the inner loop for the GPU, {np.dtype(dtype)}: once in every process ...", file=sys.stderr, flush=True)
    announced.add(dtype)


announced = set()


# ---- in plain Python

def emulated(plan, start, packed, alpha, delta, per_task=False, points=0, lanes=4, blocks=1, order=None, watch=True):
    """As `run`, in the emulator."""
    B, blocks = len(packed), min(blocks, chunks_of(plan, len(packed)))
    r, _ = results(plan, B, len(start), per_task, points)
    for a in r.values(): a.fill(np.nan)
    emulate(nested.grid, *tables(plan), plan.workspace(blocks), start, plan.dtype(alpha), plan.dtype(delta), packed, *r.values(), *cuts(plan, B),
            lanes=lanes, blocks=blocks, order=order, watch=watch)
    return Result(*(r[name] for name in ("gradient", "losses", "gradients", "trajectory")), np.flatnonzero(r["sound"]))
