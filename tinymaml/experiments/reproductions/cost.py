"""The cost of a meta-iteration is linear in N: gradients and Hessian-vector products counted, and
time measured.

Counts: from the history of the run. Times: of this machine, the fastest of many meta-iterations
(lesson 08; Corollaries 1 and 2: O(N) gradients and products).
"""

import time

import numpy as np

import tinymaml as tm

from ...pictures import look, picture
from ...problems.sinusoids import Sinusoids
from ..sinusoids import Setting
from . import Reproduction, Table, silently
from .common import one_thread

SECONDS = 8
ALPHA, BATCH = 1e-4, 25  # so small that nothing diverges; the time does not depend on it
METHODS = ("exact", "first-order", "hessian-free")
STEPS, QUICK = (0, 1, 2, 3, 5, 7, 10, 15, 20), (0, 1, 5, 20)
ITERATIONS, TURNS = 50, 8  # meta-iterations of a run, and runs


def run(seed=0, quick=False, report=silently):
    """seed: of the weights and the tasks."""
    setting, steps, turns = Setting(seed=seed), QUICK if quick else STEPS, 3 if quick else TURNS
    cells = [(method, n) for method in METHODS for n in steps]
    problem, seconds = Stopwatch(setting), dict.fromkeys(cells, np.inf)
    histories = {
        cell: train(setting, problem, *cell, iterations=1) for cell in cells
    }  # compiles, too
    with one_thread():
        for k in range(
            turns
        ):  # they take turns: what slows the machine down slows all of them down
            report(k / turns, f"turn {k + 1} of {turns}")
            for cell in cells:
                problem.asked.clear()
                train(setting, problem, *cell, iterations=ITERATIONS)
                seconds[cell] = min(seconds[cell], *np.diff(problem.asked))
    rows = [
        (*cell, h.gradients_used // BATCH, h.hvps_used // BATCH, 1e3 * seconds[cell])
        for cell, h in histories.items()
    ]
    table = Table(("method", "steps", "gradients_per_task", "hvps_per_task", "milliseconds"), rows)
    lines = {method: line(table, method) for method in METHODS}
    slopes = [1e3 * lines[method][0] for method in METHODS]
    none, most = table.where(method="exact").rows[0], table.where(method="exact").rows[-1]
    more = [(b - a) / most[1] for a, b in zip(none[2:4], most[2:4])]
    title = (
        f"Exact MAML: each step more costs a task {more[0]:g} gradient and {more[1]:g} Hessian-vector product, and {BATCH} tasks "
        f"{slopes[0]:.0f} µs here\n"
        f"(first-order MAML {slopes[1]:.0f} µs, Hessian-free {slopes[2]:.0f} µs), whatever N is"
    )
    caption = (
        f"Left: counted by the history, for one task. Right: measured, a meta-iteration on {BATCH} tasks of {setting.shots} points, the "
        f"network 1-40-40-1 in float32 on one thread of the compiled machine; the fastest of {turns * (ITERATIONS - 1)}, with the line of "
        f"least squares (R² = {min(r2 for *_, r2 in lines.values()):.3f} or more). The slopes are "
        "those of the computer that drew this, and differ from run to run; that they are lines does not."
    )
    return Reproduction(title, caption, table, draw(title, table, lines), timed=("milliseconds",))


class Stopwatch:
    """The same tasks again and again, and when they were asked for: from one time to the next is a
    meta-iteration."""

    def __init__(self, setting):
        self.tasks, self.asked = (
            Sinusoids(setting.shots, dtype=np.float32).sample(setting.rng("training"), BATCH),
            [],
        )

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


def line(table, method):
    """-> slope and intercept of milliseconds against N, and R²."""
    n, t = (
        np.array(table.where(method=method).column(name), float)
        for name in ("steps", "milliseconds")
    )
    slope, intercept = np.polyfit(n, t, 1)
    return slope, intercept, 1 - np.var(t - slope * n - intercept) / np.var(t)


def draw(title, table, lines):
    with picture(title, panels=2, size=(11.5, 5.6)) as (figure, (left, right)):
        for k, method in enumerate(METHODS):
            cells = table.where(method=method)
            n = np.array(cells.column("steps"))
            left.plot(
                n,
                cells.column("gradients_per_task"),
                **look(k, marker="os^"[k], markersize=6, label=f"gradients, {method}"),
            )
            slope, intercept, _ = lines[method]
            right.plot(n, slope * n + intercept, **look(k))
            right.plot(
                n,
                cells.column("milliseconds"),
                "os^"[k],
                color=look(k)["color"],
                markersize=6,
                label=f"{method}: {intercept:.2f} + {slope:.3f} N ms",
            )
        left.plot(
            n,
            table.where(method="exact").column("hvps_per_task"),
            **look(4, marker="D", markersize=5, label="Hessian-vector products, exact"),
        )
        left.set(xlabel="N, inner steps", ylabel="calls for one task")
        left.set_title("counted", loc="left")
        right.set(
            xlabel="N, inner steps",
            ylabel=f"milliseconds, {BATCH} tasks, one thread",
            ylim=(0, None),
        )
        left.set_xticks(range(0, n[-1] + 1, 5))
        right.set_xticks(range(0, n[-1] + 1, 5))
        right.set_title("measured on this computer", loc="left")
        for axes in (left, right):
            axes.grid(True, color="0.9")
            axes.legend()
    return figure
