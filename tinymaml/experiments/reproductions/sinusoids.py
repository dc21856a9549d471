"""Sinusoids: MAML, first-order MAML and joint training, 5 and 10 shots, tanh and ReLU.

After Finn, Abbeel & Levine (2017), section 5.1. A task is a wave y = A sin(x − φ), A ~ U[0.1, 5], φ
~ U[0, π], x ~ U[−5, 5], of which 5 or 10 points are known; a network 1-40-40-1 adapts to them by
gradient steps. Three learners start from the same weights and see the same tasks: exact and
first-order MAML with one inner step of 0.01, and joint training, that is regression on all points
of all tasks at once. Each is trained with Adam (0.001, 25 tasks a meta-iteration) from 3 seeds,
20,000 meta-iterations each; the paper has 70,000, as has `tinymaml demo`, for one setting at a
time. Then 600 new tasks a seed, the error on 100 points of each after 0 to 10 steps: MAML's steps
have the size it was trained for, joint training gets the best of 13 sizes, chosen on 600 other
tasks.
"""

import numpy as np

from ...pictures import picture
from .. import sinusoids
from ..figure import LOOKS, draw_band, write_out_ticks
from ..sinusoids import EXACT, FIRST_ORDER, JOINT, LEARNERS, LIMIT, STEPS, Setting
from ..statistics import summarise_runs
from . import Reproduction, Table, no_report

SECONDS = 120
PANELS = [("tanh", 5), ("tanh", 10), ("relu", 5), ("relu", 10)]  # activation and shots
ACTIVATIONS = {"tanh": "tanh", "relu": "ReLU"}
SEEDS, ITERATIONS, TASKS = 3, 20_000, sinusoids.TASKS
HEADER = (
    "activation",
    "shots",
    "learner",
    "seed",
    "steps",
    "mean",
    "half_width_95",
    "median",
    "diverged",
    "tasks",
    "inner_stepsize",
)
OVERALL = "all"  # the rows about all seeds: mean and interval of the seeds' means


def run(seed=0, quick=False, report=no_report):
    """-> `Reproduction`. seed: the first of the seeds, which do not overlap with those of another
    `seed`."""
    iterations, tasks = (10, 10) if quick else (ITERATIONS, TASKS)
    seeds = [SEEDS * seed + k for k in range(2 if quick else SEEDS)]
    jobs = []
    for activation, shots in PANELS:
        for s in seeds:
            setting = Setting(activation, shots, iterations=iterations, seed=s)
            jobs += [(setting, name) for name in LEARNERS]
    found = {}
    for k, (setting, name) in enumerate(jobs):
        activation, shots, s = setting.activation, setting.shots, setting.seed
        words = f"{ACTIVATIONS[activation]}, {shots} points, seed {s}: {name}"
        report(k / len(jobs), words)
        found[activation, shots, name, s] = train_and_judge(setting, name, tasks)
    table = Table(HEADER, rows(found, seeds))
    message = title(table)
    return Reproduction(message, caption(table, seeds), table, draw(message, table), shown(table))


def train_and_judge(setting, name, tasks):
    """Train one learner -> `sinusoids.Learner`, its errors on new tasks."""
    history = sinusoids.train(setting, name)
    return sinusoids.judge(setting, name, history, setting.tasks("test", tasks))


# ---- the table


def rows(found, seeds):
    """For each setting, learner and number of steps: a row a seed, with the interval of the mean
    over tasks, and one over the seeds."""
    rows = []
    for activation, shots in PANELS:
        for name in LEARNERS:
            learners = {s: found[activation, shots, name, s] for s in seeds}
            for steps in range(STEPS + 1):
                for row in rows_of_seeds(learners, steps):
                    rows.append((activation, shots, name, *row))
    return rows


def rows_of_seeds(learners, steps):
    """The columns from `seed` on: a row for each seed, then that about all seeds."""
    rows = []
    for s, learner in learners.items():
        x = learner.summaries[steps]
        errors = x.mean, x.half_width, x.median
        rows.append((str(s), steps, *errors, x.diverged, x.tasks, learner.alpha))
    summaries = [learner.summaries[steps] for learner in learners.values()]
    mean, half_width = summarise_runs([x.mean for x in summaries])
    median = np.mean([x.median for x in summaries])
    diverged = sum(x.diverged for x in summaries)
    tasks = sum(x.tasks for x in summaries)
    alpha = np.mean([learner.alpha for learner in learners.values()])
    errors = float(mean), float(half_width), float(median)
    rows.append((OVERALL, steps, *errors, diverged, tasks, float(alpha)))
    return rows


def shown(table):
    """The rows to print: all seeds together, some of the steps."""
    return table.where(seed=OVERALL, steps=(0, 1, 5, 10))


def mean_error(table, panel, name, steps):
    activation, shots = panel
    return table.cell(
        "mean", activation=activation, shots=shots, learner=name, steps=steps, seed=OVERALL
    )


# ---- what it says


def title(table):
    errors = [f"{name} {mean_error(table, ('tanh', 10), name, 1):.2f}" for name in LEARNERS]
    return f"Error after 1 step on 10 points (tanh): {', '.join(errors)}"


def caption(table, seeds):
    def count_worse(name, steps):
        """In how many settings exact MAML has the smaller mean."""
        worse = 0
        for panel in PANELS:
            exact = mean_error(table, panel, EXACT, steps)
            worse += mean_error(table, panel, name, steps) > exact
        return worse

    last = table.where(seed=OVERALL, steps=STEPS)
    diverged, tasks = sum(last.column("diverged")), sum(last.column("tasks"))
    return (
        "Mean squared error on new points of new tasks against gradient steps: the mean of "
        f"{len(seeds)} seeds with its 95% interval, and as a thin line the tasks' median. Of the "
        f"{len(PANELS)} settings first-order MAML's mean is above exact MAML's in "
        f"{count_worse(FIRST_ORDER, 1)} after the one step that both are trained for and in "
        f"{count_worse(FIRST_ORDER, STEPS)} after {STEPS}; joint training's, with the stepsize "
        f"that suits it best, in {count_worse(JOINT, 1)} and {count_worse(JOINT, STEPS)}. After "
        f"{STEPS} steps the error is infinite or above {LIMIT:g}, more than any curve between "
        f"−5 and 5 can have, for {diverged} of {tasks} tasks. They stay in: one is enough to make "
        "a mean leave the figure."
    )


def draw(message, table):
    overall = table.where(seed=OVERALL)
    with picture(message, 2, (11, 8), rows=2, sharex=True, sharey=True) as (figure, axes):
        for panel, (activation, shots) in zip(axes.flat, PANELS, strict=True):
            for name in LEARNERS:
                cells = overall.where(activation=activation, shots=shots, learner=name)
                draw_errors(panel, cells, name)
            words = f"{ACTIVATIONS[activation]}, {shots} points (thin: median)"
            panel.set_title(words, loc="left")
            panel.set(yscale="log", xlim=(-0.15, STEPS + 0.15))
            panel.grid(True, color="0.9")
        lowest = 0.7 * min(overall.column("median"))
        before = max(overall.where(steps=0).column("mean"))
        axes[0, 0].set_ylim(lowest, min(5 * before, LIMIT))  # what diverges leaves
        write_out_ticks(axes[0, 0])
        for panel in axes[1]:
            panel.set_xlabel("gradient steps on a new task")
        for panel in axes[:, 0]:
            panel.set_ylabel("mean squared error")
        figure.legend(*axes[0, 0].get_legend_handles_labels(), loc="outside lower center", ncols=3)
    return figure


def draw_errors(axes, cells, name):
    """One learner's errors against steps. What is infinite is not drawn."""
    steps = np.array(cells.column("steps"), float)
    mean = np.array(cells.column("mean"), float)
    half_width = np.array(cells.column("half_width_95"), float)
    median = np.array(cells.column("median"), float)
    draw_band(axes, steps, mean, half_width, LOOKS[name], name, alpha=0.15)
    thin = LOOKS[name] | {"marker": ""}
    axes.plot(steps, np.where(np.isfinite(median), median, np.nan), linewidth=1, **thin)
