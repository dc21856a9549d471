"""Why α must shrink like 1/N: the error after N steps for N = 1, 2, 5, 10, 20, with α fixed and
with α = c/N.

The constants of the convergence proof are powers of (1 + αL)^N: bounded with α = c/N, exponential
in N with α fixed (Ji, Yang & Liang 2022). Here a network, for which L is not
known: sinusoids with 10 points, 1-40-40-1, tanh. Exact MAML is trained for N inner steps of size α
and judged after N steps of size α on 600 new tasks; for each N there are three fixed stepsizes and
c/N with c = 0.05. Adam (0.001), 25 tasks a meta-iteration, 3,000 meta-iterations, 5 seeds.
"""

import numpy as np

import tinymaml as tm

from ...pictures import BLUE, GREEN, ORANGE, VERMILION, picture
from .. import sinusoids
from ..sinusoids import EXACT, LIMIT, TASKS, Setting
from ..statistics import summarise, summarise_runs
from . import Reproduction, Table, no_report

SECONDS = 140
SEEDS, ITERATIONS, C = 5, 3_000, 0.05
STEPS = (1, 2, 5, 10, 20)
FIXED, MIDDLE, SMALL, SHRINKING = "α = 0.05", "α = 0.02", "α = 0.0025", "α = 0.05/N"
RULES = {  # the inner stepsize for N inner steps
    FIXED: lambda N: C,
    MIDDLE: lambda N: 0.02,
    SMALL: lambda N: C / 20,
    SHRINKING: lambda N: C / N,
}
LOOKS = {
    FIXED: dict(color=VERMILION, linestyle="--", marker="o"),
    MIDDLE: dict(color=ORANGE, linestyle=":", marker="s"),
    SMALL: dict(color=GREEN, linestyle="-.", marker="^"),
    SHRINKING: dict(color=BLUE, linestyle="-", marker="D"),
}
HEADER = (
    "rule",
    "N",
    "alpha",
    "seed",
    "mean",
    "half_width_95",
    "median",
    "tasks_diverged",
    "tasks",
    "runs_diverged",
    "runs",
)
OVERALL = "all"  # the rows about all seeds: mean and interval of the seeds' means


def run(seed=0, quick=False, report=no_report):
    """-> `Reproduction`. seed: the first of the seeds, which do not overlap with those of another
    `seed`."""
    iterations, tasks = (8, 20) if quick else (ITERATIONS, TASKS)
    seeds = [SEEDS * seed + k for k in range(2 if quick else SEEDS)]
    jobs = [(N, alpha(N), s) for alpha in RULES.values() for N in STEPS for s in seeds]
    jobs = list(dict.fromkeys(jobs))  # two rules may agree on α: each run is done once
    work = sum(time_units(N) for N, _, _ in jobs)
    done = 0
    found = {}
    for N, alpha, s in jobs:
        report(done / work, f"N = {N}, stepsize {alpha:g}, seed {s}")
        setting = Setting(alpha=alpha, steps=N, iterations=iterations, seed=s)
        found[N, alpha, s] = train_and_judge(setting, tasks)
        done += time_units(N)
    table = Table(HEADER, rows(found, seeds))
    message = title(table)
    shown = table.where(seed=OVERALL)
    return Reproduction(message, caption(table), table, draw(message, table), shown)


def time_units(N):
    """How long a run takes: what does not depend on N takes as long as three inner steps."""
    return N + 3


def train_and_judge(setting, tasks):
    """Train and judge after as many steps of the same size -> `Summary` of the tasks, whether the
    training diverged. A training that ended in numbers that are not finite leaves nothing to adapt:
    its errors are infinite."""
    try:
        w = sinusoids.train(setting, EXACT).w
    except tm.Diverged:
        return summarise(np.full(tasks, np.inf), LIMIT), True
    new = setting.tasks("test", tasks)
    found = tm.evaluate(setting.loss, w, new, alpha=setting.alpha, steps=setting.steps)
    return summarise(found.losses[-1], LIMIT), False


# ---- the table


def rows(found, seeds):
    """For each rule and N: a row a seed, with the interval of the mean over tasks, and one over the
    seeds."""
    rows = []
    for rule, alpha in RULES.items():
        for N in STEPS:
            runs = {s: found[N, alpha(N), s] for s in seeds}
            for row in rows_of_seeds(runs):
                rows.append((rule, N, alpha(N), *row))
    return rows


def rows_of_seeds(runs):
    """The columns from `seed` on: a row for each seed, then that about all seeds."""
    rows = []
    for s, (x, failed) in runs.items():
        rows.append((str(s), x.mean, x.half_width, x.median, x.diverged, x.tasks, int(failed), 1))
    summaries = [x for x, _ in runs.values()]
    mean, half_width = summarise_runs([x.mean for x in summaries])
    median = np.median([x.median for x in summaries])
    diverged = sum(x.diverged for x in summaries)
    tasks = sum(x.tasks for x in summaries)
    failures = sum(failed for _, failed in runs.values())
    errors = float(mean), float(half_width), float(median)
    rows.append((OVERALL, *errors, diverged, tasks, failures, len(runs)))
    return rows


def overall_row(table, rule, N):
    """The row about all seeds, by the names of its columns."""
    (row,) = table.where(rule=rule, N=N, seed=OVERALL).rows
    return dict(zip(HEADER, row, strict=True))


def mean_error(table, rule, N):
    return overall_row(table, rule, N)["mean"]


# ---- what it says


def title(table):
    N = STEPS[-1]
    shrinking = mean_error(table, SHRINKING, N)
    fixed = overall_row(table, FIXED, N)
    return (
        f"{N} inner steps: error {shrinking:.2f} with {SHRINKING}; with {FIXED}, "
        f"{fixed['tasks_diverged']} of {fixed['tasks']} tasks diverge"
    )


def caption(table):
    first, last = STEPS[0], STEPS[-1]
    sizes = []
    lost = []
    for rule in RULES:
        before, after = (in_words(mean_error(table, rule, N)) for N in (first, last))
        sizes.append(f"{rule}: {before} and {after}")
        beyond = [N for N in STEPS if not mean_error(table, rule, N) < LIMIT]
        if beyond:
            lost.append(f"{rule}: from N = {min(beyond)}")
    better = []
    for N in STEPS:
        if mean_error(table, SMALL, N) < mean_error(table, SHRINKING, N):
            better.append(str(N))
    runs = overall_row(table, FIXED, first)["runs"]
    return (
        f"Mean squared error on new tasks after the N steps trained for: mean of {runs} seeds and "
        f"its 95% interval (at N = {first} and N = {last}, {'; '.join(sizes)}). Means above "
        f"{LIMIT:g}, more than any curve between −5 and 5 can have, are drawn at the top with the "
        f"tasks that diverged ({'; '.join(lost) or 'none'}); a training that ended in numbers that "
        "are not finite counts with all of its tasks. α = c/N is sufficient, says the theory, with "
        f"c small enough, not necessary: {SMALL}, fixed but small, has the smaller error at N = "
        f"{', '.join(better) or 'none of these'}. All do the same number of meta-iterations, so "
        "that a larger N has done more work."
    )


def in_words(error):
    if error < LIMIT:
        return f"{error:.2f}"
    return "infinite" if error == np.inf else f"{error:.1e}"


def draw(message, table):
    with picture(message, 1, (9.5, 6)) as (figure, axes):
        for k, rule in enumerate(RULES):
            x = np.array(STEPS) * 1.02 ** (k - 1.5)  # side by side
            draw_rule(axes, x, table.where(rule=rule, seed=OVERALL), rule)
        axes.set_xlabel("N, the inner steps in training and on a new task")
        axes.set_ylabel("mean squared error after N steps")
        axes.set(xscale="log", yscale="log")
        axes.set_xticks(STEPS, [str(N) for N in STEPS], minor=False)
        axes.set_xticks([], minor=True)
        axes.set_ylim(top=2.5 * LIMIT)
        axes.grid(True, color="0.9")
        axes.yaxis.set_major_formatter(lambda value, _: f"{value:g}")
        figure.legend(loc="outside lower center", ncols=4)
    return figure


def draw_rule(axes, x, cells, rule):
    """One rule's means with their intervals; what is beyond LIMIT is drawn there, with the number
    of tasks that diverged."""
    mean = np.array(cells.column("mean"), float)
    half_width = np.nan_to_num(np.array(cells.column("half_width_95"), float))
    lost = ~(mean < LIMIT)
    y = np.where(lost, LIMIT, mean)
    above = np.where(lost, 0, half_width)
    below = np.minimum(above, 0.9 * y)  # the axis is logarithmic
    line = dict(linewidth=2.2, markersize=7, capsize=4, elinewidth=1.4)
    axes.errorbar(x, y, [below, above], label=rule, **line, **LOOKS[rule])
    diverged, tasks = cells.column("tasks_diverged"), cells.column("tasks")
    for k in np.flatnonzero(lost):
        axes.annotate(
            f"{diverged[k]} of {tasks[k]}\ntasks diverged",
            (x[k], LIMIT),
            (0, 8),
            textcoords="offset points",
            ha="center",
            color=LOOKS[rule]["color"],
            fontsize=10,
        )
