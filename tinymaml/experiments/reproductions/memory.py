"""Memory or time: the steps of the inner loop saved for the way back, or computed again.

The exact method needs every step's intermediate values twice. The compiled machine saves them; with
fresh samples for each Hessian nothing can be saved, and it computes them again from w_j. Given the
same samples as fresh ones it therefore does the same computation the other way, which is what is
compared here (lesson 08).
"""

import time

import numpy as np

import tinymaml as tm

from ...maml.compiled import plan_of
from ...pictures import MARKERS, look, picture
from ...problems.sinusoids import Sinusoids
from ..sinusoids import Setting
from . import Reproduction, Table, no_report
from .common import single_thread

SECONDS = 3
ALPHA = 1e-4
BATCH = 4  # few tasks, so that a call is short: interruptions spoil long ones
SHOTS = (10, 100)
STEPS, QUICK = (1, 2, 3, 5, 7, 10, 15, 20), (1, 5, 20)
CALLS = 100  # the fastest of so many is the time
SAVED, AGAIN = "saved", "recomputed"
HEADER = (
    "shots",
    "steps",
    "saved_bytes",
    "recomputed_bytes",
    "point_bytes",
    "saved_gradients",
    "recomputed_gradients",
    "hvps",
    "saved_multiplications",
    "recomputed_multiplications",
    "disagreement",
    "saved_ms",
    "recomputed_ms",
    "memory_ratio",
    "work_ratio",
    "time_ratio",
)
TIMED = ("saved_ms", "recomputed_ms", "time_ratio")


def run(seed=0, quick=False, report=no_report):
    """seed: of the weights and the tasks."""
    steps = QUICK if quick else STEPS
    rows = []
    for k, shots in enumerate(SHOTS):
        setting = Setting(shots=shots, seed=seed)
        for j, n in enumerate(steps):
            report((k + j / len(steps)) / len(SHOTS), f"{shots} points, N = {n}")
            rows.append(measure(setting, n, 5 if quick else CALLS))
    table = Table(HEADER, rows)
    message = title(table)
    return Reproduction(message, caption(table), table, draw(message, table), timed=TIMED)


# ---- the runs


def measure(setting, steps, calls):
    """-> a row of the table."""
    fixed, fresh = sample(setting, steps)
    saved, again = compiled_plan(setting, fixed, steps), compiled_plan(setting, fresh, steps)
    saved_bytes, again_bytes, point_bytes = workspace_bytes(saved, again)
    saved_ms, again_ms, disagreement = time_calls(setting, steps, (fixed, fresh), calls)
    return (
        setting.shots,
        steps,
        saved_bytes,
        again_bytes,
        point_bytes,
        steps + 1,  # gradients of one task
        2 * steps + 1,
        steps,  # Hessian-vector products
        saved.work,
        again.work,
        disagreement,
        saved_ms,
        again_ms,
        saved_bytes / again_bytes,
        again.work / saved.work,
        again_ms / saved_ms,
    )


def sample(setting, steps):
    """-> `Tasks` with fixed samples, and as many with the same samples as if they were fresh at
    every step."""
    problem = Sinusoids(setting.shots, dtype=np.float32)
    x, y = problem.sample(setting.rng("training"), BATCH).inner
    each = np.repeat(x[:, None], steps, 1), np.repeat(y[:, None], steps, 1)
    return tm.Tasks.finite_sum((x, y), (x, y)), tm.Tasks.resampled(each, each, (x, y))


def compiled_plan(setting, tasks, steps):
    """The compiled machine's plan, for tasks of this kind."""
    return plan_of(setting.loss, np.dtype(np.float32), "exact", steps, tasks.shapes, tasks.fresh)


def workspace_bytes(saved, again):
    """Bytes of a workspace with saved steps; of one without them, for which one copy of the samples
    is enough; of a w_j. saved, again: plans."""
    copies = again.packing.length - saved.packing.length
    itemsize = np.dtype(np.float32).itemsize
    return (
        itemsize * saved.layout.size,
        itemsize * (again.layout.size - copies),
        itemsize * saved.length,
    )


def time_calls(setting, steps, ways, calls):
    """-> milliseconds for each way, the fastest call's, and the largest difference of the two
    gradients relative to the largest entry. ways: two `Tasks`."""

    def call(tasks):
        return tm.meta_gradient(
            setting.loss, setting.start, tasks, alpha=ALPHA, steps=steps
        ).gradient

    first, second = (call(tasks) for tasks in ways)
    disagreement = float(np.abs(first - second).max() / np.abs(first).max())
    seconds = [np.inf, np.inf]
    with single_thread():
        for _ in range(calls):  # they take turns
            for k, tasks in enumerate(ways):
                start = time.perf_counter()
                call(tasks)
                seconds[k] = min(seconds[k], time.perf_counter() - start)
    return 1e3 * seconds[0], 1e3 * seconds[1], disagreement


# ---- what they say


def title(table):
    steps = table.column("steps")[-1]
    few, many = (table.where(shots=shots, steps=steps) for shots in SHOTS)
    return (
        f"{steps} steps computed again instead of saved: {few.cell('memory_ratio'):.1f} times less "
        f"memory with {SHOTS[0]} points, {many.cell('memory_ratio'):.1f} times with {SHOTS[1]},\n"
        f"for {few.cell('work_ratio'):.2f} times the multiplications and "
        f"{few.cell('time_ratio'):.2f} times the time here"
    )


def caption(table):
    few = table.where(shots=SHOTS[0])
    steps, saved = few.column("steps"), few.column("saved_bytes")
    per_step = (saved[-1] - saved[0]) / (steps[-1] - steps[0])
    return (
        "The network 1-40-40-1 in float32. Left: the workspace of one thread, exactly. Saved, a "
        "step keeps its w_j and all that its Hessian-vector product will read, "
        f"{per_step:,.0f} bytes with {SHOTS[0]} points; computed again, little more than w_j and "
        f"the points. Right: measured on this computer, one thread, {BATCH} tasks, the fastest of "
        f"{CALLS} calls. Computing again takes 2N + 1 gradients instead of N + 1, and N products "
        "either way."
    )


def draw(message, table):
    ways = [(shots, way) for shots in SHOTS for way in (SAVED, AGAIN)]
    with picture(message, panels=2, size=(11.5, 5.6)) as (figure, (left, right)):
        for k, (shots, way) in enumerate(ways):
            cells = table.where(shots=shots)
            line = look(k, marker=MARKERS[k], markersize=6, label=f"{way}, {shots} points")
            kilobytes = np.array(cells.column(f"{way}_bytes")) / 1e3
            left.plot(cells.column("steps"), kilobytes, **line)
            right.plot(cells.column("steps"), cells.column(f"{way}_ms"), **line)
        left.set_ylabel("workspace of one thread, kilobytes (log scale)")
        left.set_title("memory", loc="left")
        right.set_ylabel(f"milliseconds, {BATCH} tasks, one thread (log scale)")
        right.set_title("time, measured on this computer", loc="left")
        for axes in (left, right):
            axes.set(xlabel="N, inner steps", yscale="log")
            axes.grid(True, color="0.9")
            axes.set_xticks((1, 5, 10, 15, 20))
        figure.legend(*left.get_legend_handles_labels(), loc="outside lower center", ncols=4)
    return figure
