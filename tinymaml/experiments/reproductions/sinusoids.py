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
from ..figure import LOOKS
from ..sinusoids import EXACT, FIRST_ORDER, JOINT, LEARNERS, LIMIT, STEPS, Setting
from ..statistics import of_runs
from . import Reproduction, Table, silently

SECONDS = 120
PANELS = [(activation, shots) for activation in ("tanh", "relu") for shots in (5, 10)]
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
NAMES = {"tanh": "tanh", "relu": "ReLU"}


def run(seed=0, quick=False, report=silently):
    """-> `Reproduction`. seed: the first of the seeds, which do not overlap with those of another
    `seed`."""
    seeds = [SEEDS * seed + k for k in range(2 if quick else SEEDS)]
    settings = [
        Setting(activation, shots, iterations=30 if quick else ITERATIONS, seed=s)
        for activation, shots in PANELS
        for s in seeds
    ]
    jobs = [(setting, name) for setting in settings for name in LEARNERS]
    found = {}
    for k, (setting, name) in enumerate(jobs):
        report(
            k / len(jobs),
            f"{NAMES[setting.activation]}, {setting.shots} points, seed {setting.seed}: {name}",
        )
        found[setting.activation, setting.shots, name, setting.seed] = judged(
            setting, name, 20 if quick else TASKS
        )
    table = Table(HEADER, list(rows(found, seeds)))
    return Reproduction(title(table), caption(table, seeds), table, draw(table), shown=shown(table))


def judged(setting, name, tasks):
    """Train one learner -> `sinusoids.Learner`, its errors on new tasks."""
    history = sinusoids.train(setting, name)
    return sinusoids.judge(setting, name, history, setting.tasks("test", tasks))


def rows(found, seeds):
    """For each setting, learner and number of steps: a row a seed, with the interval of the mean
    over tasks, and one over the seeds."""
    for activation, shots in PANELS:
        for name in LEARNERS:
            runs = [found[activation, shots, name, s] for s in seeds]
            for steps in range(STEPS + 1):
                each = [learner.summaries[steps] for learner in runs]
                start = (activation, shots, name)
                for s, learner, x in zip(seeds, runs, each):
                    yield (
                        *start,
                        str(s),
                        steps,
                        x.mean,
                        x.half_width,
                        x.median,
                        x.diverged,
                        x.tasks,
                        learner.alpha,
                    )
                mean, half = map(float, of_runs([x.mean for x in each]))
                median, alpha = (
                    float(np.mean(a))
                    for a in ([x.median for x in each], [learner.alpha for learner in runs])
                )
                yield (
                    *start,
                    OVERALL,
                    steps,
                    mean,
                    half,
                    median,
                    sum(x.diverged for x in each),
                    sum(x.tasks for x in each),
                    alpha,
                )


def shown(table):
    """The rows to print: all seeds together, some of the steps."""
    return table.where(seed=OVERALL, steps=(0, 1, 5, 10))


def mean(table, activation, shots, name, steps):
    return table.where(
        activation=activation, shots=shots, learner=name, steps=steps, seed=OVERALL
    ).column("mean")[0]


def title(table):
    errors = [f"{name} {mean(table, 'tanh', 10, name, 1):.2f}" for name in LEARNERS]
    return f"Error after 1 step on 10 points (tanh): {', '.join(errors)}"


def caption(table, seeds):
    def behind(name, other, steps):
        """In how many settings the first has the larger mean."""
        return sum(
            mean(table, *panel, name, steps) > mean(table, *panel, other, steps) for panel in PANELS
        )

    diverged, tasks = (
        sum(table.where(seed=OVERALL, steps=STEPS).column(what)) for what in ("diverged", "tasks")
    )
    first, last = (
        [behind(FIRST_ORDER, EXACT, steps), behind(JOINT, EXACT, steps)] for steps in (1, STEPS)
    )
    return (
        f"Mean squared error on new points of new tasks against gradient steps: the mean of {len(seeds)} seeds with its 95% interval, and as "
        f"a thin line the tasks' median. Of the {len(PANELS)} settings first-order MAML's mean is above exact MAML's in {first[0]} after the "
        f"one step that both are trained for and in {last[0]} after {STEPS}; joint training's, with the stepsize that suits it best, in "
        f"{first[1]} and {last[1]}. After {STEPS} steps the error is infinite or above {LIMIT:g}, more than any curve between −5 and 5 can "
        f"have, for {diverged} of {tasks} tasks. They stay in: one is enough to make a mean leave the figure."
    )


def draw(table):
    with picture(title(table), 2, (11, 8), rows=2, sharex=True, sharey=True) as (figure, axes):
        for panel, (activation, shots) in zip(axes.flat, PANELS):
            for name in LEARNERS:
                curve(
                    panel,
                    table.where(activation=activation, shots=shots, learner=name, seed=OVERALL),
                    name,
                )
            panel.set_title(f"{NAMES[activation]}, {shots} points (thin: median)", loc="left")
            panel.set(yscale="log", xlim=(-0.15, STEPS + 0.15))
            panel.grid(True, color="0.9")
        start, overall = (table.where(seed=OVERALL, **at) for at in ({"steps": 0}, {}))
        axes[0, 0].set_ylim(
            0.7 * min(overall.column("median")), min(5 * max(start.column("mean")), LIMIT)
        )  # what diverges leaves
        decimals(axes[0, 0])
        for panel in axes[1]:
            panel.set_xlabel("gradient steps on a new task")
        for panel in axes[:, 0]:
            panel.set_ylabel("mean squared error")
        figure.legend(*axes[0, 0].get_legend_handles_labels(), loc="outside lower center", ncols=3)
    return figure


def curve(axes, lines, name):
    """One learner's errors against steps. What is infinite is not drawn."""
    steps, mean, half, median = (
        np.array(lines.column(what), float) for what in ("steps", "mean", "half_width_95", "median")
    )
    mean, median = (np.where(np.isfinite(x), x, np.nan) for x in (mean, median))
    axes.plot(steps, mean, label=name, linewidth=2.2, markersize=5.5, **LOOKS[name])
    axes.fill_between(
        steps,
        np.maximum(mean - half, mean / 10),
        mean + half,
        color=LOOKS[name]["color"],
        alpha=0.15,
        linewidth=0,
    )
    axes.plot(steps, median, linewidth=1, **LOOKS[name] | {"marker": ""})


def decimals(axes):
    """A logarithmic axis whose numbers are read without effort."""
    from matplotlib.ticker import LogLocator, NullLocator

    axes.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    axes.yaxis.set_minor_locator(NullLocator())
    axes.yaxis.set_major_formatter(lambda value, _: f"{value:g}")
