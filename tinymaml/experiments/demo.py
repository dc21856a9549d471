"""`tinymaml demo`: the sinusoid experiment from beginning to end. What it prints is here; what it
computes is in sinusoids.py."""

import time

import tinymaml as tm

from ..terminal import files
from ..terminal.text import count, duration, paragraph, say
from . import figure, sinusoids, table
from .sinusoids import EXACT, FIRST_ORDER, JOINT, LEARNERS, LIMIT, QUERIES, STEPS, TASKS

FULL, QUICK = 70_000, 3_000  # meta-iterations
TIMED = 200  # meta-iterations from which the rest is estimated
INCOMPLETE = 1  # exit code


def run(setting, stem, quick=False):
    """Train, compare, print the table, save it and the figure under `stem` (see files.py). -> exit
    code: 0, or 1 if something is missing because training failed or was stopped. A
    KeyboardInterrupt outside training is the caller's."""
    describe(setting, quick)
    forecast(setting)
    histories, failed, stopped = train_all(setting)
    if not histories:
        say("Nothing was trained, so there is nothing to save.")
        return INCOMPLETE
    say(
        f"\nAdapting to {TASKS} new tasks"
        + (f", after choosing a stepsize for {JOINT}" if JOINT in histories else "")
        + " ..."
    )
    tasks = setting.tasks("test", TASKS)
    learners = [
        sinusoids.judge(setting, name, history, tasks) for name, history in histories.items()
    ]
    note = missing(setting, learners)
    show(setting, learners, note)
    try:
        png = save(setting, learners, tasks, note, stem)
    except OSError as error:
        say(f"The results could not be saved: {error}.")
        return INCOMPLETE
    what_next(setting, png, quick)
    return INCOMPLETE if failed or stopped else 0


# ---- before


def describe(setting, quick):
    n, k = setting.loss.size, setting.shots
    say("Learning to learn sinusoids (Finn, Abbeel & Levine 2017, section 5.1)\n")
    say(
        paragraph(
            f"A task is a wave y = A sin(x − φ), A from [0.1, 5], φ from [0, π], of which {count(k, 'point')} with x from [−5, 5] "
            f"{'is' if k == 1 else 'are'} known. A network (1-40-40-1, {setting.activation}, {n:,} parameters, float32) has to fit a new wave "
            f"by a few gradient steps on {'it' if k == 1 else 'them'}. Three learners look for initial weights from which that works. They start "
            f"from the same weights and see the same tasks: {setting.batch} new ones at each of {setting.iterations:,} meta-iterations, with Adam."
        )
        + "\n"
    )
    if quick:
        say(
            paragraph(
                f"--quick: {QUICK:,} of the {FULL:,} meta-iterations, so no learner gets to the end of what it can learn. "
                "Nothing else is left out."
            )
            + "\n"
        )


def forecast(setting):
    """Say how long it will take, from a few iterations of each learner, compilation apart."""
    what = {
        EXACT: f"differentiates through {count(setting.steps, 'step')} of size {setting.alpha:g}",
        FIRST_ORDER: "the same without second derivatives",
        JOINT: f"regression on all {2 * setting.shots} points, no inner step",
    }
    seconds = {}
    for name in LEARNERS:
        seconds[name] = time_one(setting, name) * setting.iterations
        say(f"  {name:18}{duration(seconds[name]):13}{what[name]}")
    say(
        f"\nTogether {duration(sum(seconds.values()))}, and a few seconds for the comparison.\nCtrl-C stops and saves what there is.\n"
    )


def time_one(setting, name):
    """Seconds for one meta-iteration."""
    tiny = 1e-6  # an inner stepsize that cannot diverge; the time does not depend on it
    sinusoids.train(
        setting, name, iterations=2, alpha=tiny
    )  # compiles, or loads what was compiled before
    start, iterations = time.perf_counter(), min(TIMED, setting.iterations)
    sinusoids.train(setting, name, iterations=iterations, alpha=tiny)
    return (time.perf_counter() - start) / iterations


# ---- training


def train_all(setting):
    """-> the histories of the learners that got somewhere, whether one failed, whether Ctrl-C
    stopped the training."""
    histories, failed = {}, False
    for name in LEARNERS:
        try:
            histories[name] = sinusoids.train(setting, name, progress=f"{name:16}")
        except FloatingPointError as error:
            failed = True
            say(f"{name} failed: {error}.")
        except KeyboardInterrupt as stop:
            if isinstance(stop, tm.Interrupted) and len(stop.history.losses):
                histories[name] = stop.history
            say(
                f"\nStopped: {name} after {len(histories[name].losses) if name in histories else 0:,} of {setting.iterations:,} meta-iterations.\n"
                "Another Ctrl-C quits at once."
            )
            return histories, failed, True
    return histories, failed, False


def missing(setting, learners):
    """What of the experiment is not there, in words; empty if all of it is."""
    short = [
        f"{x.name} after {x.iterations:,} of {setting.iterations:,} meta-iterations"
        for x in learners
        if x.iterations < setting.iterations
    ]
    absent = [name for name in LEARNERS if name not in [x.name for x in learners]]
    return "; ".join(short + ([f"without {' and '.join(absent)}"] if absent else []))


# ---- after


def show(setting, learners, note):
    say(
        f"\nMean squared error on {TASKS} new tasks: {count(setting.shots, 'point')} to adapt to, {QUERIES} to judge"
        + (f"\n{paragraph(f'Partial: {note}')}" if note else "")
        + "\n"
    )
    say("\n".join(table.text(learners)))
    say(f"""
mean      and ±1.96 s/√n, the 95% confidence interval
stepsize  of the gradient steps on the new tasks; {JOINT}'s is the best of
          {len(sinusoids.GRID)} on {TASKS} other tasks, the others' is what they were trained with
diverged  tasks whose error is not finite or above {LIMIT:g} = (5 + 5)², more than any
          curve between −5 and 5 can have; they stay in mean and median, and one
          infinite error makes the mean infinite
""")


def save(setting, learners, tasks, note, stem):
    """Write the table and the figure -> the path of the figure."""
    picture = figure.draw(setting, learners, tasks, f"partial: {note}" if note else "")
    png, csv = files.save(stem, lambda file: table.write(file, learners), picture)
    if png != files.with_suffix(stem, ".png"):
        say(f"There are results named {stem.name} already; they stay as they are.")
    say(f"Saved {png} (the figure)\n  and {csv} (the table, steps 0 to {STEPS}).")
    return png


def what_next(setting, png, quick):
    other = "relu" if setting.activation == "tanh" else "tanh"
    more = 5 if setting.steps == 1 else 1
    rows = [(str(png), "three waves being learnt, and the errors of all")]
    rows += [("tinymaml demo", f"the full {FULL:,} meta-iterations")] if quick else []
    rows += [
        (
            f"tinymaml demo --activation {other}",
            "the network of the paper" if other == "relu" else "smooth waves from a smooth network",
        ),
        (
            f"tinymaml demo --steps {more}",
            f"train for {count(more, 'gradient step')} instead of {setting.steps}",
        ),
        ("README.md", "a taste of the API, to do the same yourself"),
    ]
    say("\nWhat next\n" + "\n".join(f"  {what:32}  {why}" for what, why in rows))
