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

from ...pictures import MARKERS, look, picture
from ...problems import Digits, JointDigits, splits
from ...problems.digits import accuracy
from ..statistics import summarise, summarise_runs
from . import Reproduction, Table, no_report

SECONDS = 60
ITERATIONS, TASKS, STEPS, QUERIES = 500, 300, 10, 15
SHOTS = (1, 5)
TRAINED = (1, 5)  # for so many steps MAML is trained
GRID = (0.03, 0.1, 0.3, 1.0)  # stepsizes to choose from; MAML has the last three
EXACT = {1: "MAML, 1 step", 5: "MAML, 5 steps"}
FIRST_ORDER = {1: "first-order MAML, 1 step", 5: "first-order MAML, 5 steps"}
ALL, LAST, START = "joint, all layers", "joint, last layer", "random start"
LEARNERS = (*EXACT.values(), *FIRST_ORDER.values(), ALL, LAST, START)
ORDER = (EXACT[1], FIRST_ORDER[1], EXACT[5], FIRST_ORDER[5], ALL, LAST, START)  # of the runs
HEADER = ("shots", "learner", "held_out", "steps", "accuracy", "half_width_95", "inner_stepsize")
OVERALL = "all"  # the rows about all splits


def run(seed=0, quick=False, report=no_report):
    """-> `Reproduction`. seed: decides the splits, the tasks, and nothing else: the start is always
    the same."""
    parts = splits(seed=seed)[: 2 if quick else None]
    iterations, count = (6, 10) if quick else (ITERATIONS, TASKS)
    jobs = [(shots, train, test) for shots in SHOTS for train, test in parts]
    found = {}
    for k, (shots, train, test) in enumerate(jobs):
        split = Split(shots, train, test, [seed, k], iterations, count)
        for j, name in enumerate(ORDER):
            words = f"{shots} image{'s' * (shots > 1)}, held out {test}: {name}"
            report((k + j / len(ORDER)) / len(jobs), words)
            found[shots, name, test] = split.measure(name)
    table = Table(HEADER, rows(found, [test for _, test in parts]))
    message = title(table)
    shown = table.where(held_out=OVERALL, steps=(0, 1, 5, STEPS))
    return Reproduction(message, caption(table), table, draw(message, table), shown)


# ---- the runs


class Split:
    """One way to divide the digits: problems to learn from, tasks to choose stepsizes on, tasks
    with held-out digits to be judged on.

    An *accuracy function* has the arguments tasks and alpha and returns (STEPS + 1, tasks), the
    accuracies after 0 to STEPS steps.
    """

    def __init__(self, shots, train, test, seed, iterations, count):
        self.seed = seed
        self.iterations = iterations
        self.few = Digits(train, shots=shots, turned=True)
        self.joint = JointDigits(self.few)
        self.held_out = Digits(test, shots=shots, queries=QUERIES)
        self.tasks = self.held_out.sample(np.random.default_rng([*seed, 0]), count)
        upright = Digits(train, shots=shots, queries=QUERIES)
        self.validation = upright.sample(np.random.default_rng([*seed, 1]), count)

    def measure(self, name):
        """-> a learner's accuracies on the held-out digits, (STEPS + 1, tasks), and the stepsize
        that was chosen for it."""
        for N in TRAINED:
            if name == EXACT[N]:
                return self.measure_maml(N, "exact")
            if name == FIRST_ORDER[N]:
                return self.measure_maml(N, "first-order")
        if name == LAST:
            return self.choose_stepsize(self.fine_tune_last)
        w = self.few.start if name == START else self.joint.transfer(self.pretrained)
        return self.choose_stepsize(functools.partial(self.fine_tune, w))

    def measure_maml(self, N, method):
        """As `measure`: trained with each stepsize that it may adapt with, judged by the accuracy
        after N steps."""

        @functools.cache
        def train(alpha):
            return self.train(self.few, alpha, N, method)

        def accuracy(tasks, alpha):
            return self.fine_tune(train(alpha), tasks, alpha)

        return self.choose_stepsize(accuracy, GRID[1:], slice(N, N + 1))

    def choose_stepsize(self, accuracy, sizes=GRID, after=slice(1, None)):
        """Of these sizes the one that is best on the training digits, after these steps. -> the
        accuracies on the held-out digits, and the size."""

        def score(alpha):
            return accuracy(self.validation, alpha)[after].mean()

        alpha = max(sizes, key=score)
        return accuracy(self.tasks, alpha), alpha

    @functools.cached_property
    def pretrained(self):
        """The classifier of all training digits, (P,)."""
        return self.train(self.joint, 1.0, 0, "exact")

    def train(self, problem, alpha, steps, method):
        return tm.maml_finite_sum(
            problem.loss,
            problem.start,
            problem,
            alpha=alpha,
            steps=steps,
            stepsize=tm.Adam(0.001),
            batch=10,
            iterations=self.iterations,
            seed=np.random.default_rng([*self.seed, 2]),
            method=method,
            progress=False,
        ).w

    def fine_tune(self, w, tasks, alpha):
        """The accuracy function of all layers, from w."""
        return accuracies(self.held_out.loss, w, tasks, alpha)

    def fine_tune_last(self, tasks, alpha):
        """The accuracy function of the last layer, from zeros, under the pre-trained ones."""
        joint = self.joint
        inside = joint.features(self.pretrained, tasks)
        return accuracies(joint.last_layer, joint.last_start, inside, alpha)


def accuracies(loss, w, tasks, alpha):
    """-> (STEPS + 1, tasks). A network that has diverged tells nothing rightly."""
    found = tm.evaluate(loss, w, tasks, alpha=alpha, steps=STEPS, metric=accuracy)
    return np.nan_to_num(found.losses, nan=0.0)


# ---- the table


def rows(found, tests):
    """For each learner and number of steps: a row a split, with the interval of the mean over
    tasks, and one over the splits."""
    rows = []
    for shots in SHOTS:
        for name in LEARNERS:
            runs = [found[shots, name, test] for test in tests]
            mean, half_width = summarise_runs([accuracies.mean(1) for accuracies, _ in runs])
            mean_alpha = float(np.mean([alpha for _, alpha in runs]))
            for steps in range(STEPS + 1):
                for test, (accuracies, alpha) in zip(tests, runs, strict=True):
                    x = summarise(accuracies[steps], 1.0)
                    digits = " ".join(map(str, test))
                    rows.append((shots, name, digits, steps, x.mean, x.half_width, alpha))
                overall = float(mean[steps]), float(half_width[steps])
                rows.append((shots, name, OVERALL, steps, *overall, mean_alpha))
    return rows


def overall(table, shots, name, steps):
    """The accuracy over all splits."""
    return table.cell("accuracy", shots=shots, learner=name, steps=steps, held_out=OVERALL)


def difference(table, shots, name, other, steps):
    """The accuracy of one learner minus that of another, split by split: mean and half-width of the
    95% interval, in words."""
    differences = []
    cells = table.where(shots=shots, steps=steps)
    for test in dict.fromkeys(cells.column("held_out")):
        if test != OVERALL:
            first = cells.cell("accuracy", learner=name, held_out=test)
            second = cells.cell("accuracy", learner=other, held_out=test)
            differences.append(first - second)
    mean, half_width = summarise_runs(differences)
    return f"{mean:+.3f} ± {half_width:.3f}"


# ---- what it says


def title(table):
    one, five = (
        [f"{overall(table, 1, name, N):.2f}" for name in (EXACT[N], ALL, START)] for N in TRAINED
    )
    return (
        f"One image a digit, {TRAINED[0]} step: MAML {one[0]}, joint pre-training {one[1]}, "
        f"random start {one[2]}; {TRAINED[1]} steps: {', '.join(five)}"
    )


def caption(table):
    def maml_minus(other, shots, N):
        return difference(table, shots, EXACT[N], other, N)

    return (
        "Share of the query images told rightly (1/3 is chance) against gradient steps on a new "
        "task of three held-out digits: mean over splits of the digits, with its 95% interval; the "
        "splits overlap, so take the intervals as a guide. Split by split, after the steps trained "
        "for, MAML minus joint pre-training (all layers): with one image "
        f"{maml_minus(ALL, 1, 1)} (one step) and {maml_minus(ALL, 1, 5)} (five), with five images "
        f"{maml_minus(ALL, 5, 1)} and {maml_minus(ALL, 5, 5)}; MAML minus the random start, tuned "
        f"as well: with one image {maml_minus(START, 1, 1)} (one step) and "
        f"{maml_minus(START, 1, 5)} (five), with five images {maml_minus(START, 5, 1)} and "
        f"{maml_minus(START, 5, 5)}. MAML after other steps than those it was trained for (the "
        "grey line) may be worse than no training. All were trained on turned and mirrored digits, "
        "because six digits alone are soon known by heart."
    )


def draw(message, table):
    with picture(message, 2, (11, 9), rows=2, sharex=True, sharey="row") as (figure, axes):
        for panels, shots in zip(axes, SHOTS, strict=True):
            for panel, N in zip(panels, TRAINED, strict=True):
                draw_panel(panel, table.where(shots=shots, held_out=OVERALL), N)
                words = f"{shots} image{'s' * (shots > 1)} a digit; MAML trained for {N} step"
                panel.set_title(words + "s" * (N > 1), loc="left")
            panels[0].set_ylabel("accuracy on new images")
        for panel in axes[1]:
            panel.set(xlabel="gradient steps on a new task", xticks=range(STEPS + 1))
        figure.legend(*axes[0, 0].get_legend_handles_labels(), loc="outside lower center", ncols=3)
    return figure


def draw_panel(axes, cells, N):
    """MAML trained for N steps, and the others."""
    labels = {EXACT[N]: "MAML", FIRST_ORDER[N]: "first-order MAML"}
    for k, name in enumerate((EXACT[N], FIRST_ORDER[N], ALL, LAST, START)):
        lines = cells.where(learner=name)
        steps = lines.column("steps")
        mean = np.array(lines.column("accuracy"))
        half_width = np.array(lines.column("half_width_95"))
        line = look(k, marker=MARKERS[k], markersize=5, label=labels.get(name, name))
        axes.plot(steps, mean, **line)
        top = np.minimum(mean + half_width, 1)
        band = dict(color=line["color"], alpha=0.12, linewidth=0)
        axes.fill_between(steps, mean - half_width, top, **band)
    axes.axvline(N, color="0.8", zorder=0)
    axes.grid(True, axis="y", color="0.9")
