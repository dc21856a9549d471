"""The GPU's host side (lesson 06): the plan's tables to the device, one launch for all tasks, the results back.

A block of lanes takes a task after another, in a workspace of its own in the device's memory. On this computer's CPU the same
kernel, `nested.grid`, runs in the emulator (emulator.py) and in Numba's simulator (NUMBA_ENABLE_CUDASIM=1), to be tested.
"""
import functools
import sys
import threading

import numpy as np
from numba import cuda

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
    """How many lanes a block has: the longest row that a result of this plan has, in whole warps."""
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


def arguments(plan, start, packed, alpha, delta, per_task, points, blocks, fixed, send=np.array, empty=np.empty):
    """What `nested.grid` takes, on a device: send(array) -> its copy there; empty(shape, dtype). fixed: the tables and workspaces."""
    dtype, B, P = plan.dtype, len(packed), len(start)
    C = chunks_of(plan, B)
    shapes = dict(partial=(C, plan.length), losses=B, sound=B, gradients=(B if per_task else 0, P), trajectory=(points, B, P), gradient=P)
    results = {name: empty(shape, dtype) for name, shape in shapes.items()}
    cuts = (np.arange(C + 1, dtype=np.int64) * B // C).astype(np.int32)
    return results, [*fixed, send(start), dtype(alpha), dtype(delta), send(packed), *results.values(), np.int32(C), send(cuts),
                     send(np.zeros(1, np.int32))]


# ---- on a GPU, or in the simulator

@functools.cache
def compiled():
    """The kernel, compiled at its first launch for each precision."""
    if SIMULATED:
        return cuda.jit(simulated(nested.grid))
    return cuda.jit(nested.grid, max_registers=REGISTERS)


def run(plan, start, packed, alpha, delta, per_task=False, points=0):
    """As cpu.run, on the GPU."""
    lanes, C = lanes_of(plan), chunks_of(plan, len(packed))
    with LOCK:
        fixed = on_device(plan, lanes, C)
        blocks = fixed[-1].shape[0]
        results, everything = arguments(plan, start, packed, alpha, delta, per_task, points, blocks, fixed, cuda.to_device, cuda.device_array)
        if plan.dtype not in announced and not SIMULATED:
            announced.add(plan.dtype)
            print(f"tinymaml: compiling the inner loop for the GPU, {np.dtype(plan.dtype)}: once in every process ...", file=sys.stderr, flush=True)
        compiled()[min(blocks, C), lanes](*everything)
        r = {name: results[name].copy_to_host() for name in ("gradient", "losses", "sound", "gradients", "trajectory")}
    return Result(r["gradient"], r["losses"], r["gradients"], r["trajectory"], np.flatnonzero(r["sound"]))


announced = set()


def on_device(plan, lanes, C):
    """The plan's tables and workspaces on the device, kept there from call to call: one workspace for each block that the device can
    hold at once, if the tasks come in so many chunks, and half of the free memory is enough."""
    there = plan.pools.get("cuda")
    if there and (there[0] >= C or there[0] >= limit(plan, lanes)):
        return there[1]
    plan.pools.pop("cuda", None)
    blocks = min(C, limit(plan, lanes))
    there = plan.pools["cuda"] = blocks, [cuda.to_device(a) for a in (*tables(plan), plan.workspace(blocks))]
    return there[1]


def limit(plan, lanes):
    """How many blocks the device holds at once."""
    if SIMULATED:
        return 2
    multiprocessors, task = cuda.get_current_device().MULTIPROCESSOR_COUNT, plan.layout.size * plan.coefficients.itemsize
    room = cuda.current_context().get_memory_info()[0] // 2 // task
    if not room:
        raise MemoryError(f"a task of this loss needs a workspace of {task / 2**20:.0f} MB, more than half of what is free on the GPU")
    return min(int(room), multiprocessors * min(BUSY, 1024 // lanes))


# ---- in plain Python

def emulated(plan, start, packed, alpha, delta, per_task=False, points=0, lanes=4, blocks=1, order=None, watch=True):
    """As `run`, in the emulator."""
    blocks = min(blocks, chunks_of(plan, len(packed)))
    results, everything = arguments(plan, start, packed, alpha, delta, per_task, points, blocks, [*tables(plan), plan.workspace(blocks)])
    for a in results.values(): a.fill(np.nan)
    emulate(nested.grid, *everything, lanes=lanes, blocks=blocks, order=order, watch=watch)
    return Result(*(results[name] for name in ("gradient", "losses", "gradients", "trajectory")), np.flatnonzero(results["sound"]))
