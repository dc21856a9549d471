"""Why α must shrink like 1/N: the error after N steps for N = 1, 2, 5, 10, 20, with α fixed and
with α = c/N.

The constants of the convergence proof are powers of (1 + αL)^N: bounded with α = c/N, exponential
in N with α fixed (Ji, Yang & Liang 2022; theory, section 3). Here a network, for which L is not
known: sinusoids with 10 points, 1-40-40-1, tanh. Exact MAML is trained for N inner steps of size α
and judged after N steps of size α on 600 new tasks; for each N there are three fixed stepsizes and
c/N with c = 0.05. Adam (0.001), 25 tasks a meta-iteration, 3,000 meta-iterations, 5 seeds.
"""

import numpy as np

import tinymaml as tm

from ...pictures import OKABE_ITO, picture
from .. import sinusoids
from ..sinusoids import EXACT, LIMIT, TASKS, Setting
from ..statistics import of_runs, summarise
from . import Reproduction, Table, silently

SECONDS = 140
SEEDS, ITERATIONS, C = 5, 3_000, 0.05
STEPS = (1, 2, 5, 10, 20)
RULES = {
    "α = 0.05": lambda N: C,
    "α = 0.02": lambda N: 0.02,
    "α = 0.0025": lambda N: C / 20,
    "α = 0.05/N": lambda N: C / N,
}
FIXED, SMALL, SHRINKING = "α = 0.05", "α = 0.0025", "α = 0.05/N"
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
OVERALL = "all"


def run(seed=0, quick=False, report=silently):
    """-> `Reproduction`. seed: the first of the seeds, which do not overlap with those of another
    `seed`."""
    seeds = [SEEDS * seed + k for k in range(2 if quick else SEEDS)]
    jobs = list(
        dict.fromkeys((N, alpha(N), s) for alpha in RULES.values() for N in STEPS for s in seeds)
    )
    work, done, found = (
        sum(N + 3 for N, _, _ in jobs),
        0,
        {},
    )  # what does not depend on N takes as long as three inner steps
    for N, alpha, s in jobs:
        report(done / work, f"N = {N}, stepsize {alpha:g}, seed {s}")
        setting = Setting(alpha=alpha, steps=N, iterations=20 if quick else ITERATIONS, seed=s)
        found[N, alpha, s] = judged(setting, 20 if quick else TASKS)
        done += N + 3
    table = Table(HEADER, list(rows(found, seeds)))
    return Reproduction(
        title(table), caption(table), table, draw(table), shown=table.where(seed=OVERALL)
    )


def judged(setting, tasks):
    """Train and judge after as many steps of the same size -> `Summary` of the tasks, whether the
    training diverged. A training that ended in numbers that are not finite leaves nothing to adapt:
    its errors are infinite."""
    try:
        w = sinusoids.train(setting, EXACT).w
    except tm.Diverged:
        return summarise(np.full(tasks, np.inf), LIMIT), True
    new, alpha, N = setting.tasks("test", tasks), setting.alpha, setting.steps
    with sinusoids.diverging_quietly():
        errors = tm.meta_gradient(
            setting.loss, w, new, alpha=alpha, steps=N, method="first-order"
        ).losses
    return summarise(errors, LIMIT), False


def rows(found, seeds):
    """For each rule and N: a row a seed, with the interval of the mean over tasks, and one over the
    seeds."""
    for rule, alpha in RULES.items():
        for N in STEPS:
            each = [found[N, alpha(N), s] for s in seeds]
            for s, (x, failed) in zip(seeds, each):
                yield (
                    rule,
                    N,
                    alpha(N),
                    str(s),
                    x.mean,
                    x.half_width,
                    x.median,
                    x.diverged,
                    x.tasks,
                    int(failed),
                    1,
                )
            mean, half = map(float, of_runs([x.mean for x, _ in each]))
            yield (
                rule,
                N,
                alpha(N),
                OVERALL,
                mean,
                half,
                float(np.median([x.median for x, _ in each])),
                sum(x.diverged for x, _ in each),
                sum(x.tasks for x, _ in each),
                sum(failed for _, failed in each),
                len(each),
            )


def overall(table, rule, N):
    """The row about all seeds, by the names of its columns."""
    return dict(zip(HEADER, table.where(rule=rule, N=N, seed=OVERALL).rows[0]))


def title(table):
    N = STEPS[-1]
    shrinking, fixed = (overall(table, rule, N) for rule in (SHRINKING, FIXED))
    return (
        f"{N} inner steps: error {shrinking['mean']:.2f} with {SHRINKING}; with {FIXED}, "
        f"{fixed['tasks_diverged']} of {fixed['tasks']} tasks diverge"
    )


def caption(table):
    first, last = STEPS[0], STEPS[-1]
    lost = {
        rule: [N for N in STEPS if not overall(table, rule, N)["mean"] < LIMIT] for rule in RULES
    }
    where = (
        "; ".join(f"{rule}: from N = {min(lost[rule])}" for rule in RULES if lost[rule]) or "none"
    )
    words = lambda x: f"{x:.2f}" if x < LIMIT else "infinite" if x == np.inf else f"{x:.1e}"
    sizes = "; ".join(
        f"{rule}: {words(overall(table, rule, first)['mean'])} and {words(overall(table, rule, last)['mean'])}"
        for rule in RULES
    )
    better = ", ".join(
        str(N)
        for N in STEPS
        if overall(table, SMALL, N)["mean"] < overall(table, SHRINKING, N)["mean"]
    )
    runs = overall(table, FIXED, first)["runs"]
    return (
        f"Mean squared error on new tasks after the N steps trained for: mean of {runs} seeds and its 95% interval (at N = {first} and "
        f"N = {last}, {sizes}). Means above {LIMIT:g}, more than any curve between −5 and 5 can have, are drawn at the top with the tasks "
        f"that diverged ({where}); a training that ended in numbers that are not finite counts with all of its tasks. α = c/N is "
        f"sufficient, says the theory, with c small enough, not necessary: {SMALL}, fixed but small, has the smaller error at "
        f"N = {better or 'none of these'}. All do the same number of meta-iterations, so that a larger N has done more work."
    )


MARKERS = dict(zip(RULES, "os^D"))
LINES = dict(zip(RULES, ("--", ":", "-.", "-")))
COLORS = dict(zip(RULES, (OKABE_ITO[1], OKABE_ITO[3], OKABE_ITO[2], OKABE_ITO[0])))


def draw(table):
    with picture(title(table), 1, (9.5, 6)) as (figure, axes):
        for k, rule in enumerate(RULES):
            lines = table.where(rule=rule, seed=OVERALL)
            mean, half = (np.array(lines.column(what), float) for what in ("mean", "half_width_95"))
            lost = ~(mean < LIMIT)
            look = dict(
                color=COLORS[rule],
                linestyle=LINES[rule],
                marker=MARKERS[rule],
                linewidth=2.2,
                markersize=7,
            )
            shown = np.where(lost, LIMIT, mean)
            whiskers = np.where(lost, 0, np.nan_to_num(half))
            x = np.array(STEPS) * 1.02 ** (k - 1.5)  # side by side
            axes.errorbar(
                x,
                shown,
                [np.minimum(whiskers, shown * 0.9), whiskers],
                label=rule,
                capsize=4,
                elinewidth=1.4,
                **look,
            )
            for i in np.flatnonzero(lost):
                words = f"{lines.column('tasks_diverged')[i]} of {lines.column('tasks')[i]}\ntasks diverged"
                axes.annotate(
                    words,
                    (x[i], LIMIT),
                    (0, 8),
                    textcoords="offset points",
                    ha="center",
                    color=COLORS[rule],
                    fontsize=10,
                )
        axes.set(
            xscale="log",
            yscale="log",
            xlabel="N, the inner steps in training and on a new task",
            ylabel="mean squared error after N steps",
        )
        axes.set_xticks(STEPS, [str(N) for N in STEPS], minor=False)
        axes.set_xticks([], minor=True)
        axes.set_ylim(top=2.5 * LIMIT)
        axes.grid(True, color="0.9")
        axes.yaxis.set_major_formatter(lambda value, _: f"{value:g}")
        figure.legend(loc="outside lower center", ncols=4)
    return figure
