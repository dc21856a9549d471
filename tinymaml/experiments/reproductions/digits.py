"""Digits: three that were never seen in training, told apart from 1 or 5 images of each, against
baselines that see the same.

Few-shot classification as in Finn, Abbeel & Levine (2017), section 5.2, on the small images of
scikit-learn (8 x 8 pixels; Alpaydin & Kaynak 1998), network 64-40-3, tanh. Six digits to learn
from, four held out: five such splits, and the error bars are over them. MAML, exact and
first-order, is trained for one inner step or for five. Joint pre-training is one classifier of all
training digits, on the very images that MAML sees; on a new task it gets a new last layer of zeros
and fine-tunes all layers or the last. The third baseline is the random start itself. Stepsizes are
chosen on the training digits: MAML's from three, in training and after, by the accuracy after the
steps it is trained for; the others' from four, by the mean accuracy after 1 to 10 steps. All train
with Adam (0.001), 10 tasks a meta-iteration, 500 meta-iterations; each digit is shown turned and
mirrored in eight ways, for six digits alone are soon known by heart. Then 300 tasks with held-out
digits, upright, 15 other images of each digit.
"""

import functools

import numpy as np

import tinymaml as tm

from ...pictures import look, picture
from ...problems import Digits, JointDigits, splits
from ..sinusoids import diverging_quietly
from ..statistics import of_runs, summarise
from . import Reproduction, Table, silently

SECONDS = 60
ITERATIONS, TASKS, STEPS, QUERIES = 500, 300, 10, 15
SHOTS, TRAINED = (1, 5), (1, 5)  # TRAINED: for so many steps MAML is trained
GRID = (0.03, 0.1, 0.3, 1.0)  # stepsizes to choose from; MAML has the last three
EXACT, FIRST_ORDER = (
    {N: f"{name}, {N} step{'s' * (N > 1)}" for N in TRAINED}
    for name in ("MAML", "first-order MAML")
)
ALL, LAST, START = "joint, all layers", "joint, last layer", "random start"
HEADER = ("shots", "learner", "held_out", "steps", "accuracy", "half_width_95", "inner_stepsize")
OVERALL = "all"


def run(seed=0, quick=False, report=silently):
    """-> `Reproduction`. seed: decides the splits, the tasks, and nothing else: the start is always
    the same."""
    parts = splits(seed=seed)[: 2 if quick else None]
    jobs = [(shots, part) for shots in SHOTS for part in parts]
    found = {}
    for k, (shots, part) in enumerate(jobs):
        for j, (name, learner) in enumerate(
            learners(shots, *part, [seed, k], *((20, 10) if quick else (ITERATIONS, TASKS)))
        ):
            report(
                (k + j / 7) / len(jobs),
                f"{shots} image{'s' * (shots > 1)}, held out {part[1]}: {name}",
            )
            found[shots, name, part[1]] = learner()
    table = Table(HEADER, list(rows(found, [test for _, test in parts])))
    return Reproduction(
        title(table),
        caption(table),
        table,
        draw(table),
        shown=table.where(held_out=OVERALL, steps=(0, 1, 5, STEPS)),
    )


def learners(shots, train, test, seed, iterations, count):
    """-> name and, to be called, what it measures: the accuracy after 0 to STEPS steps and the
    stepsize, for each learner of a split."""
    few, held_out = (
        Digits(train, shots=shots, turned=True),
        Digits(test, shots=shots, queries=QUERIES),
    )
    upright = Digits(train, shots=shots, queries=QUERIES)  # to choose a stepsize on
    joint = JointDigits(few)
    tasks, validation = (
        p.sample(np.random.default_rng([*seed, k]), count)
        for k, p in enumerate((held_out, upright))
    )

    def trained(problem, alpha, N, method="exact"):
        rng = np.random.default_rng([*seed, 2])
        return tm.maml_finite_sum(
            problem.loss,
            problem.start,
            problem,
            alpha=alpha,
            steps=N,
            stepsize=tm.Adam(0.001),
            batch=10,
            iterations=iterations,
            seed=rng,
            method=method,
            progress=False,
        ).w

    def measured(accuracies, sizes=GRID, after=slice(1, None)):
        """accuracies(tasks, alpha) -> (STEPS + 1, tasks). The size is the one that is best on the
        training digits, after these steps."""
        alpha = max(sizes, key=lambda size: accuracies(validation, size)[after].mean())
        return accuracies(tasks, alpha), alpha

    def maml(N, method):
        w = functools.cache(lambda alpha: trained(few, alpha, N, method))
        return lambda: measured(lambda tasks, alpha: whole(w(alpha))(tasks, alpha), GRID[1:], N)

    def whole(w):
        return lambda tasks, alpha: np.array(
            [held_out.accuracy(x, tasks) for x in adapted(held_out.loss, w, tasks, alpha)]
        )

    def last(w):
        def accuracies(tasks, alpha):
            path = adapted(joint.last_layer, joint.last_start, joint.features(w, tasks), alpha)
            return np.array(
                [
                    held_out.accuracy(np.array([joint.transfer(w, x) for x in points]), tasks)
                    for points in path
                ]
            )

        return accuracies

    for N in TRAINED:
        yield EXACT[N], maml(N, "exact")
        yield FIRST_ORDER[N], maml(N, "first-order")
    pretrained = trained(joint, 1.0, 0)
    yield ALL, lambda: measured(whole(joint.transfer(pretrained)))
    yield LAST, lambda: measured(last(pretrained))
    yield START, lambda: measured(whole(few.start))


def adapted(loss, w, tasks, alpha):
    with diverging_quietly():
        return tm.adapt(loss, w, tasks.inner, alpha=alpha, steps=STEPS)


def rows(found, tests):
    """For each learner and number of steps: a row a split, with the interval of the mean over
    tasks, and one over the splits."""
    for shots in SHOTS:
        for name in (*EXACT.values(), *FIRST_ORDER.values(), ALL, LAST, START):
            runs = [found[shots, name, test] for test in tests]
            mean, half = of_runs([accuracy.mean(1) for accuracy, _ in runs])
            for steps in range(STEPS + 1):
                for test, (accuracy, alpha) in zip(tests, runs):
                    x = summarise(accuracy[steps], 1.0)
                    yield (
                        shots,
                        name,
                        " ".join(map(str, test)),
                        steps,
                        x.mean,
                        float(x.half_width),
                        alpha,
                    )
                yield (
                    shots,
                    name,
                    OVERALL,
                    steps,
                    float(mean[steps]),
                    float(half[steps]),
                    float(np.mean([alpha for _, alpha in runs])),
                )


def overall(table, shots, name, steps):
    return table.where(shots=shots, learner=name, steps=steps, held_out=OVERALL).column("accuracy")[
        0
    ]


def title(table):
    one, five = (
        [f"{overall(table, 1, name, N):.2f}" for name in (EXACT[N], ALL, START)] for N in TRAINED
    )
    return (
        f"One image a digit, {TRAINED[0]} step: MAML {one[0]}, joint pre-training {one[1]}, random start {one[2]}; "
        f"{TRAINED[1]} steps: {', '.join(five)}"
    )


def versus(table, shots, one, other, steps):
    """The accuracy of one minus that of the other, split by split: mean and half-width of the 95%
    interval, in words."""
    a, b = (table.where(shots=shots, learner=name, steps=steps).rows for name in (one, other))
    k = HEADER.index("accuracy")
    mean, half = of_runs(
        [x[k] - y[k] for x, y in zip(a, b) if x[HEADER.index("held_out")] != OVERALL]
    )
    return f"{mean:+.3f} ± {half:.3f}"


def caption(table):
    after = lambda shots, N, other: versus(table, shots, EXACT[N], other, N)
    return (
        "Share of the query images told rightly (1/3 is chance) against gradient steps on a new task of three held-out digits: mean over "
        "splits of the digits, with its 95% interval; the splits overlap, so take the intervals as a guide. Split by split, after the steps "
        f"trained for, MAML minus joint pre-training (all layers): with one image {after(1, 1, ALL)} (one step) and {after(1, 5, ALL)} (five), "
        f"with five images {after(5, 1, ALL)} and {after(5, 5, ALL)}; MAML minus the random start, tuned as well: with one image "
        f"{after(1, 1, START)} (one step) and {after(1, 5, START)} (five), with five images {after(5, 1, START)} and {after(5, 5, START)}. "
        "MAML after other steps than those it was trained for (the grey line) may be worse than no training. All were trained on turned and "
        "mirrored digits, because six digits alone are soon known by heart."
    )


def draw(table):
    with picture(title(table), 2, (11, 9), rows=2, sharex=True, sharey="row") as (figure, axes):
        for panels, shots in zip(axes, SHOTS):
            for panel, N in zip(panels, TRAINED):
                for k, name in enumerate((EXACT[N], FIRST_ORDER[N], ALL, LAST, START)):
                    lines = table.where(shots=shots, learner=name, held_out=OVERALL)
                    mean, half = (
                        np.array(lines.column(what)) for what in ("accuracy", "half_width_95")
                    )
                    style = look(
                        k,
                        marker="os^Dv"[k],
                        markersize=5,
                        label=name.split(", ")[0] if k < 2 else name,
                    )
                    panel.plot(lines.column("steps"), mean, **style)
                    panel.fill_between(
                        lines.column("steps"),
                        mean - half,
                        np.minimum(mean + half, 1),
                        color=style["color"],
                        alpha=0.12,
                        linewidth=0,
                    )
                panel.set_title(
                    f"{shots} image{'s' * (shots > 1)} a digit; MAML trained for {N} step{'s' * (N > 1)}",
                    loc="left",
                )
                panel.axvline(N, color="0.8", zorder=0)
                panel.grid(True, axis="y", color="0.9")
            panels[0].set_ylabel("accuracy on new images")
        for panel in axes[1]:
            panel.set(xlabel="gradient steps on a new task", xticks=range(STEPS + 1))
        figure.legend(*axes[0, 0].get_legend_handles_labels(), loc="outside lower center", ncols=3)
    return figure
