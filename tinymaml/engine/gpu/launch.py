"""The GPU's host side: the plan's tables to the device, one launch for all tasks, the
results back.

A block of lanes takes a task after another, in a memory of its own on the device. On this
computer's CPU the same kernel, `inner_loop.grid`, runs in the emulator (emulated.py).
"""

import functools
import os
import threading
import time
import warnings
from contextlib import contextmanager
from importlib import metadata

import numpy as np
from numba import cuda

from ..compiled.announcement import announce, remember
from ..compiled.cache import cache_folder, jit_with_cache
from ..compiled.format import Column
from ..compiled.inner_loop import grid
from ..compiled.plan import Result
from . import words  # noqa: F401 (tells Numba what lanes.py's words are on a GPU)
from .arguments import chunks_of, division, make_outputs, tables
from .available import INSTALL, INSTEAD, first_line
from .memory import STORED, copy_to_gpu, count_blocks, describe_shortage, make_memories, reuse

LONG = 1.0  # seconds that a launch takes only if it compiles
WARP = 32  # lanes that go together
LANES = 256  # at most, in a block
REGISTERS = 64  # for each lane: so that 1024 lanes find room on a multiprocessor
LOCK = threading.Lock()
launched = set()  # precisions


def run(plan, start, packed, alpha, delta, per_task=False, points=0):
    """Run a plan for B tasks -> `Result`, as cpu.run does.

    Raises MemoryError where the GPU has too little memory, RuntimeError where it fails.
    """
    with LOCK:
        for last_try in (False, True):
            try:
                return launch(plan, start, packed, alpha, delta, per_task, points)
            except (ValueError, MemoryError):  # said in our own words
                raise
            except Exception as error:
                STORED.clear()  # what comes next starts with all of the memory
                if "OUT_OF_MEMORY" not in str(error):
                    raise RuntimeError(describe_failure(error)) from error
                if last_try:
                    shortage = describe_shortage(plan, packed, per_task, points)
                    raise MemoryError(shortage) from error


def launch(plan, start, packed, alpha, delta, per_task, points):
    vectors, alpha = plan.starts_and_alpha(start, alpha)
    vectors = np.ascontiguousarray(vectors)
    tasks, size = packed.shape[0], vectors.shape[1]
    lanes = lanes_of(plan)
    blocks = min(chunks_of(plan, tasks), count_blocks(lanes))

    def copy_tables():
        return [copy_to_gpu(table) for table in tables(plan)]

    def make_inputs():
        return [cuda.device_array(x.shape, plan.dtype) for x in (vectors, packed)]

    def copy_division():
        chunks, cuts, finished = division(plan, tasks)
        return chunks, copy_to_gpu(cuts), copy_to_gpu(finished)

    # what is large and does not depend on w comes first: it is there from the second call on
    tables_there = reuse(plan, "tables", None, copy_tables)
    outputs, fetched = reuse(
        plan,
        "outputs",
        (tasks, per_task, points),
        lambda: make_outputs(plan, tasks, per_task, points, cuda.device_array),
    )
    vectors_there, data_there = reuse(plan, "inputs", (tasks, len(vectors)), make_inputs)
    division_there = reuse(plan, "division", tasks, copy_division)
    memories = reuse(plan, "memories", blocks, lambda: make_memories(plan, blocks))

    vectors_there.copy_to_device(vectors)
    data_there.copy_to_device(packed)
    with announce_compilation(plan.dtype):
        launcher(memories.shape[0], lanes)(
            *tables_there,
            memories,
            vectors_there,
            alpha,
            plan.dtype(delta),
            data_there,
            *outputs,
            *division_there,
        )
    cuts = [tasks, 2 * tasks, 2 * tasks + size]
    losses, divergence, gradient, alpha_gradient = np.split(fetched.copy_to_host(), cuts)
    gradients = outputs.gradients.copy_to_host()
    trajectory = outputs.trajectory.copy_to_host()
    diverged = np.flatnonzero(divergence)
    return Result(gradient, losses, gradients, trajectory, diverged, alpha_gradient)


def lanes_of(plan):
    """How many lanes a block has: as many as the longest row that they share out, in whole warps.

    Few large blocks rather than many small ones, because each block's memory wants its part of the
    cache: a prediction, as no GPU was at hand to measure it.
    """
    longest = int(plan.code[:, Column.N].max(initial=1))
    warps = -(-longest // WARP)
    return min(LANES, WARP * warps)


def launcher(blocks, lanes):
    """Return the kernel, to be called with its arguments."""
    with warnings.catch_warnings():
        # Numba's, that few blocks leave a GPU idle: the tasks are as many as they are
        warnings.simplefilter("ignore")
        return jit_inner_loop()[blocks, lanes]


@functools.cache
def jit_inner_loop():
    """`grid`, ready to be compiled at its first launch for each precision, or to be loaded from
    disk.

    The folder is named after the engine's sources, as the CPU's, and after what compiles them:
    Numba alone would not see an edit to kernels.py.
    """
    folder = cache_folder()
    if folder is not None:
        folder = folder / compiler()
    decorate = functools.partial(cuda.jit, max_registers=REGISTERS)
    return jit_with_cache(decorate, grid, folder, cuda.dispatcher.config)


def compiler():
    """The name of Numba's own target, or of numba-cuda and its version: neither can load what the
    other has saved."""
    if cuda.implementation == "Built-in":
        return "cuda"
    return f"numba-cuda-{metadata.version('numba-cuda')}"


@contextmanager
def announce_compilation(dtype):
    """Print one line where a first launch takes long, which is when it compiles, so that nobody
    thinks that it hangs."""
    if dtype in launched:
        yield
        return
    name = f"the GPU, {np.dtype(dtype)}"
    timer = threading.Timer(LONG, announce, [name])
    start = time.perf_counter()
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
    seconds = time.perf_counter() - start
    if seconds > LONG:
        remember(name, seconds)
    launched.add(dtype)


def describe_failure(error):
    reason = f'target="cuda" failed on the GPU ({first_line(error)})'
    if "LAUNCH_TIMEOUT" in str(error):  # nothing works on the GPU until the process ends
        return (
            f"{reason}: a GPU that also drives a display stops what takes seconds; start again, "
            'with fewer tasks at once, or use target="cpu"'
        )
    if "PTX" in str(error) or "NVVM" in str(error).upper():
        return f"{reason}: {INSTALL}, {INSTEAD}"
    return f'{reason}: use target="cpu"'


def note_fork():
    """In the child of a fork: another thread may have held the lock."""
    global LOCK
    LOCK = threading.Lock()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=note_fork)
