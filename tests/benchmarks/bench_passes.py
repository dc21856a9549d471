"""What each pass and each loop of the compiled machine is worth: the plan as it is against one
without it.

The two take turns in one process, with the same tasks. Takes about three minutes:

    python tests/benchmarks/bench_passes.py [NAME ...]         (a part of a name is enough)
    python tests/benchmarks/bench_passes.py --quick transposed (one cell, one precision)
"""

import statistics
import sys
import time

import numba
import numpy as np

from tinymaml.benchmark import workloads
from tinymaml.engine.compiled import cpu
from tinymaml.engine.compiled.format import Loop, Method
from tinymaml.engine.compiled.loop_choice import ALL_LOOPS
from tinymaml.engine.compiled.passes import PASSES, keep_transposed_copies, rename_copies
from tinymaml.engine.compiled.plan import Plan

CELLS = ("mlp-25x5", "wide-25x5", "softmax-25x5", "quadratic-25x5")
SECONDS = 1.2  # for both sides of a comparison together
BLOCK = 0.02  # seconds of calls in a row

# name: what the plan is made without
WITHOUT = {
    "renamed copies": {"passes": (keep_transposed_copies,)},
    "transposed copies": {"passes": (rename_copies,)},
    "matmul": {"loops": ALL_LOOPS - {Loop.MATMUL}},
    "multiply": {"loops": ALL_LOOPS - {Loop.MULTIPLY}},
    "rows": {"loops": ALL_LOOPS - {Loop.ROWS}},
    "transpose in squares": {"loops": ALL_LOOPS - {Loop.TRANSPOSE}},
    "total, dot": {"loops": ALL_LOOPS - {Loop.TOTAL, Loop.DOT}},
    "threads": {"threads": 1},
}


def make_call(cell, passes=PASSES, loops=ALL_LOOPS, threads=None):
    """One meta-gradient of the cell's tasks -> a function without arguments."""
    dtype = np.dtype(cell.dtype)
    tapes = [cell.loss.tape_of(shapes, dtype) for shapes in cell.batch.shapes]
    plan = Plan(dtype, cell.steps, Method.EXACT, *tapes, passes=passes, loops=loops)
    packed = cell.batch.pack(plan.packing)
    threads = threads or numba.get_num_threads()

    def call():
        numba.set_num_threads(threads)
        return cpu.run(plan, cell.w, packed, cell.alpha, 1.0).gradient

    return call


def compare(cell, without):
    """How many times the time of the plan as it is the other one takes (medians)."""
    all_threads = numba.get_num_threads()
    calls = [make_call(cell), make_call(cell, **without)]
    whole, less = (call() for call in calls)
    error = abs(whole - less).max() / abs(whole).max()
    if error > 100 * np.finfo(cell.dtype).eps:
        raise ArithmeticError(f"the result changes: {error:.0e}")
    times = ([], [])
    end = time.perf_counter() + SECONDS
    while time.perf_counter() < end or len(times[1]) < 3:
        for call, spent in zip(calls, times, strict=True):
            call()  # not counted: the other one's numbers are in the cache
            block = time.perf_counter() + BLOCK
            while time.perf_counter() < block:
                start = time.perf_counter()
                call()
                spent.append(time.perf_counter() - start)
    numba.set_num_threads(all_threads)
    return statistics.median(times[1]) / statistics.median(times[0])


def main(arguments):
    quick = "--quick" in arguments
    names = [argument for argument in arguments if not argument.startswith("-")]
    cells = workloads.cells(CELLS)
    if quick:
        cells = workloads.cells(["mlp-25x5"], ["float32"])
    titles = list(dict.fromkeys(cell.name for cell in cells))
    print("how many times as long it takes without", "" if quick else "(float32 / float64)")
    print(" " * 22 + "".join(f"{title:>16}" for title in titles))
    for name, without in WITHOUT.items():
        if names and not any(part in name for part in names):
            continue
        row = ""
        for title in titles:
            ratios = [f"{compare(cell, without):.2f}" for cell in cells if cell.name == title]
            row += f"{' / '.join(ratios):>16}"
        print(f"{name:22}{row}", flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
