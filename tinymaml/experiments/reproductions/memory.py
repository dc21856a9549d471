"""Memory or time: the steps of the inner loop saved for the way back, or computed again.

The exact method needs every step's intermediate values twice. The compiled machine saves them; with
fresh samples for each Hessian nothing can be saved, and it computes them again from w_j. Given the
same samples as fresh ones it therefore does the same computation the other way, which is what is
compared here (lesson 08).
"""

import time

import numpy as np

import tinymaml as tm

from ...maml.meta_gradient import plan_of
from ...pictures import look, picture
from ...problems.sinusoids import Sinusoids
from ..sinusoids import Setting
from . import Reproduction, Table, silently
from .common import one_thread

SECONDS = 3
ALPHA, BATCH = 1e-4, 4  # few tasks, so that a call is short: interruptions spoil long ones
SHOTS = (10, 100)
STEPS, QUICK = (1, 2, 3, 5, 7, 10, 15, 20), (1, 5, 20)
CALLS = 100  # the fastest of so many is the time
SAVED, AGAIN = "saved", "recomputed"


def run(seed=0, quick=False, report=silently):
    """seed: of the weights and the tasks."""
    rows, steps = [], QUICK if quick else STEPS
    for k, shots in enumerate(SHOTS):
        setting = Setting(shots=shots, seed=seed)
        for j, n in enumerate(steps):
            report((k + j / len(steps)) / len(SHOTS), f"{shots} points, N = {n}")
            small = sizes(setting, n)
            cell = compared(setting, n, 5 if quick else CALLS)
            rows.append(
                (shots, n, *small, *cell, small[0] / small[1], cell[4] / cell[3], cell[7] / cell[6])
            )
    table = Table(
        (
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
        ),
        rows,
    )
    few, many = (table.where(shots=shots, steps=steps[-1]) for shots in SHOTS)
    ratios = [cell.column("memory_ratio")[0] for cell in (few, many)]
    work, measured = (few.column(f"{what}_ratio")[0] for what in ("work", "time"))
    title = (
        f"{steps[-1]} steps computed again instead of saved: {ratios[0]:.1f} times less memory with {SHOTS[0]} points, {ratios[1]:.1f} times "
        f"with {SHOTS[1]},\n"
        f"for {work:.2f} times the multiplications and {measured:.2f} times the time here"
    )
    per_step = (
        few.column("saved_bytes")[0]
        - table.where(shots=SHOTS[0], steps=steps[0]).column("saved_bytes")[0]
    ) / (steps[-1] - steps[0])
    caption = (
        "The network 1-40-40-1 in float32. Left: the workspace of one thread, exactly. Saved, a step keeps its w_j and all that its "
        f"Hessian-vector product will read, {per_step:,.0f} bytes with {SHOTS[0]} points; computed again, little more than w_j and the "
        f"points. Right: measured on this computer, one thread, {BATCH} tasks, the fastest of {CALLS} calls. Computing again takes 2N + 1 "
        "gradients instead of N + 1, and N products either way."
    )
    return Reproduction(
        title, caption, table, draw(title, table), timed=("saved_ms", "recomputed_ms", "time_ratio")
    )


def sample(setting, steps):
    """-> `Tasks` with fixed samples, and as many with the same samples as if they were fresh at
    every step."""
    x, y = Sinusoids(setting.shots, dtype=np.float32).sample(setting.rng("training"), BATCH).inner
    each = tuple(np.repeat(a[:, None], steps, 1) for a in (x, y))
    return tm.Tasks.finite_sum((x, y), (x, y)), tm.Tasks.resampled(each, each, (x, y))


def plan(setting, tasks, steps):
    """The compiled machine's, for tasks of this kind."""
    return plan_of(setting.loss, np.dtype(np.float32), "exact", steps, tasks.shapes, tasks.fresh)


def sizes(setting, steps):
    """Bytes of a workspace with saved steps; of one without them, for which one copy of the samples
    is enough; of a w_j."""
    saved, again = (plan(setting, tasks, steps) for tasks in sample(setting, steps))
    copies = again.packing.length - saved.packing.length
    return tuple(
        np.dtype(np.float32).itemsize * n
        for n in (saved.layout.size, again.layout.size - copies, saved.length)
    )


def compared(setting, steps, calls):
    """Gradients (of one task, then saved and again), products, multiplications, the largest
    relative difference, milliseconds."""
    tasks = sample(setting, steps)
    call = lambda k: (
        tm.meta_gradient(setting.loss, setting.start, tasks[k], alpha=ALPHA, steps=steps).gradient
    )
    first, second = call(0), call(1)
    difference = float(np.abs(first - second).max() / np.abs(first).max())
    seconds = [np.inf, np.inf]
    with one_thread():
        for k in (0, 1) * calls:  # they take turns
            start = time.perf_counter()
            call(k)
            seconds[k] = min(seconds[k], time.perf_counter() - start)
    work = [plan(setting, t, steps).work for t in tasks]
    return steps + 1, 2 * steps + 1, steps, *work, difference, *(1e3 * s for s in seconds)


def draw(title, table):
    with picture(title, panels=2, size=(11.5, 5.6)) as (figure, (left, right)):
        for k, (shots, way) in enumerate((shots, way) for shots in SHOTS for way in (SAVED, AGAIN)):
            cells, style = (
                table.where(shots=shots),
                look(k, marker="os^D"[k], markersize=6, label=f"{way}, {shots} points"),
            )
            left.plot(cells.column("steps"), np.array(cells.column(f"{way}_bytes")) / 1e3, **style)
            right.plot(cells.column("steps"), cells.column(f"{way}_ms"), **style)
        left.set(
            xlabel="N, inner steps",
            ylabel="workspace of one thread, kilobytes (log scale)",
            yscale="log",
        )
        left.set_title("memory", loc="left")
        right.set(
            xlabel="N, inner steps",
            ylabel=f"milliseconds, {BATCH} tasks, one thread (log scale)",
            yscale="log",
        )
        right.set_title("time, measured on this computer", loc="left")
        for axes in (left, right):
            axes.grid(True, color="0.9")
            axes.set_xticks((1, 5, 10, 15, 20))
        figure.legend(*left.get_legend_handles_labels(), loc="outside lower center", ncols=4)
    return figure
