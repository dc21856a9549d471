"""The cost of a meta-iteration is linear in N: gradients and Hessian-vector products counted, and
time measured.

Counts: from the history of the run. Times: of this machine, the fastest of many meta-iterations
(lesson 08; Corollaries 1 and 2: O(N) gradients and products).
"""

import time

import numpy as np

import tinymaml as tm

from ...pictures import MARKERS, PALETTE, look, picture
from ...problems.sinusoids import Sinusoids
from ..sinusoids import Setting
from . import Reproduction, Table, no_report
from .common import single_thread

SECONDS = 8
ALPHA = 1e-4  # so small that nothing diverges; the time does not depend on it
BATCH = 25
METHODS = ("exact", "first-order", "hessian-free")
STEPS, QUICK = (0, 1, 2, 3, 5, 7, 10, 15, 20), (0, 1, 5, 20)
ITERATIONS = 50  # meta-iterations of a run
TURNS = 8  # runs of each method with each number of steps
HEADER = ("method", "steps", "gradients_per_task", "hvps_per_task", "milliseconds")


def run(seed=0, quick=False, report=no_report):
    """seed: of the weights and the tasks."""
    setting = Setting(seed=seed)
    steps = QUICK if quick else STEPS
    turns, iterations = (3, 10) if quick else (TURNS, ITERATIONS)
    rows = measure(setting, steps, turns, iterations, report)
    table = Table(HEADER, rows)
    lines = {method: fit_line(table, method) for method in METHODS}
    message = title(table, lines)
    words = caption(setting, lines, turns * (iterations - 1))
    figure = draw(message, table, lines)
    return Reproduction(message, words, table, figure, timed=("milliseconds",))


# ---- the runs


def measure(setting, steps, turns, iterations, report):
    """-> the rows of the table: calls as the history counts them, for one task, and the fastest
    meta-iteration."""
    cells = [(method, n) for method in METHODS for n in steps]
    problem = Stopwatch(setting)
    histories = {}
    for cell in cells:
        histories[cell] = train(setting, problem, *cell, iterations=1)  # compiles, too
    seconds = dict.fromkeys(cells, np.inf)
    with single_thread():
        # they take turns: what slows the machine down slows all of them down
        for k in range(turns):
            report(k / turns, f"turn {k + 1} of {turns}")
            for cell in cells:
                problem.asked.clear()
                train(setting, problem, *cell, iterations=iterations)
                seconds[cell] = min(seconds[cell], *np.diff(problem.asked))
    rows = []
    for cell, history in histories.items():
        calls = history.gradients_used // BATCH, history.hvps_used // BATCH
        rows.append((*cell, *calls, 1e3 * seconds[cell]))
    return rows


class Stopwatch:
    """The same tasks again and again, and when they were asked for: from one time to the next is a
    meta-iteration."""

    def __init__(self, setting):
        problem = Sinusoids(setting.shots, dtype=np.float32)
        self.tasks = problem.sample(setting.rng("training"), BATCH)
        self.asked = []

    def sample(self, rng, batch):
        self.asked.append(time.perf_counter())
        return self.tasks


def train(setting, problem, method, steps, iterations):
    return tm.maml_finite_sum(
        setting.loss,
        setting.start,
        problem,
        alpha=ALPHA,
        steps=steps,
        stepsize=1e-6,
        batch=BATCH,
        iterations=iterations,
        method=method,
        progress=False,
    )


def fit_line(table, method):
    """-> slope and intercept of milliseconds against N, and R²."""
    cells = table.where(method=method)
    n = np.array(cells.column("steps"), float)
    t = np.array(cells.column("milliseconds"), float)
    slope, intercept = np.polyfit(n, t, 1)
    residuals = t - slope * n - intercept
    return slope, intercept, 1 - np.var(residuals) / np.var(t)


# ---- what they say


def title(table, lines):
    exact = table.where(method="exact").rows
    _, _, gradients_before, hvps_before, _ = exact[0]
    _, steps, gradients, hvps, _ = exact[-1]
    microseconds = [1e3 * lines[method][0] for method in METHODS]
    return (
        f"Exact MAML: each step more costs a task {(gradients - gradients_before) / steps:g} "
        f"gradient and {(hvps - hvps_before) / steps:g} Hessian-vector product, "
        f"and {BATCH} tasks {microseconds[0]:.0f} µs here\n"
        f"(first-order MAML {microseconds[1]:.0f} µs, Hessian-free {microseconds[2]:.0f} µs), "
        "whatever N is"
    )


def caption(setting, lines, tries):
    worst = min(r2 for _, _, r2 in lines.values())
    return (
        "Left: counted by the history, for one task. Right: measured, a meta-iteration on "
        f"{BATCH} tasks of {setting.shots} points, the network 1-40-40-1 in float32 on one thread "
        f"of the compiled machine; the fastest of {tries}, with the line of "
        f"least squares (R² = {worst:.3f} or more). The slopes are those of the computer that drew "
        "this, and differ from run to run; that they are lines does not."
    )


def draw(message, table, lines):
    with picture(message, panels=2, size=(11.5, 5.6)) as (figure, (left, right)):
        for k, method in enumerate(METHODS):
            cells = table.where(method=method)
            n = np.array(cells.column("steps"))
            counted = look(k, marker=MARKERS[k], markersize=6, label=f"gradients, {method}")
            left.plot(n, cells.column("gradients_per_task"), **counted)
            slope, intercept, _ = lines[method]
            right.plot(n, slope * n + intercept, **look(k))
            label = f"{method}: {intercept:.2f} + {slope:.3f} N ms"
            dots = dict(color=PALETTE[k], markersize=6, label=label)
            right.plot(n, cells.column("milliseconds"), MARKERS[k], **dots)
        hvps = table.where(method="exact").column("hvps_per_task")
        label = "Hessian-vector products, exact"
        left.plot(n, hvps, **look(4, marker="D", markersize=5, label=label))
        left.set_ylabel("calls for one task")
        left.set_title("counted", loc="left")
        right.set_ylabel(f"milliseconds, {BATCH} tasks, one thread")
        right.set_ylim(0, None)
        right.set_title("measured on this computer", loc="left")
        for axes in (left, right):
            axes.set_xlabel("N, inner steps")
            axes.set_xticks(range(0, n[-1] + 1, 5))
            axes.grid(True, color="0.9")
            axes.legend()
    return figure
