"""`tinymaml demo`: the sinusoid experiment from beginning to end. What it prints is here; what it
computes is in sinusoids.py."""

import time

import tinymaml as tm

from ..terminal import files
from ..terminal.text import align, count, duration, paragraph, say
from . import figure, sinusoids, table
from .sinusoids import EXACT, FIRST_ORDER, JOINT, LEARNERS, LIMIT, QUERIES, STEPS, TASKS

FULL = 70_000  # meta-iterations
QUICK = 3_000
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
    choosing = f", after choosing a stepsize for {JOINT}" if JOINT in histories else ""
    say(f"\nAdapting to {TASKS} new tasks{choosing} ...")
    tasks = setting.tasks("test", TASKS)
    learners = [
        sinusoids.judge(setting, name, history, tasks) for name, history in histories.items()
    ]
    note = describe_missing(setting, learners)
    show(setting, learners, note)
    try:
        png = save(setting, learners, tasks, note, stem)
    except OSError as error:
        say(f"The results could not be saved: {error}.")
        return INCOMPLETE
    suggest(setting, png, quick)
    return INCOMPLETE if failed or stopped else 0


# ---- before


def describe(setting, quick):
    """Say what is going to be learned, by whom."""
    size, shots = setting.loss.size, setting.shots
    are, them = ("is", "it") if shots == 1 else ("are", "them")
    say("Learning to learn sinusoids (Finn, Abbeel & Levine 2017, section 5.1)\n")
    say(
        paragraph(
            "A task is a wave y = A sin(x − φ), A from [0.1, 5], φ from [0, π], of which "
            f"{count(shots, 'point')} with x from [−5, 5] {are} known. A network (1-40-40-1, "
            f"{setting.activation}, {size:,} parameters, float32) has to fit a new wave by a few "
            f"gradient steps on {them}. Three learners look for initial weights from which that "
            f"works. They start from the same weights and see the same tasks: {setting.batch} new "
            f"ones at each of {setting.iterations:,} meta-iterations, with Adam."
        )
        + "\n"
    )
    if quick:
        say(
            paragraph(
                f"--quick: {QUICK:,} of the {FULL:,} meta-iterations, so no learner gets to the "
                "end of what it can learn. Nothing else is left out."
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
        seconds[name] = time_iteration(setting, name) * setting.iterations
        say(f"  {name:18}{duration(seconds[name]):13}{what[name]}")
    say(
        f"\nTogether {duration(sum(seconds.values()))}, and a few seconds for the comparison.\n"
        "Ctrl-C stops and saves what there is.\n"
    )


def time_iteration(setting, name):
    """Seconds for one meta-iteration."""
    tiny = 1e-6  # an inner stepsize that cannot diverge; the time does not depend on it
    sinusoids.train(setting, name, iterations=2, alpha=tiny)  # compiles, or loads compiled code
    iterations = min(TIMED, setting.iterations)
    start = time.perf_counter()
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
            say(paragraph(f"{name} failed: {error}."))
        except KeyboardInterrupt as stop:
            done = len(stop.history.losses) if isinstance(stop, tm.Interrupted) else 0
            if done:
                histories[name] = stop.history
            say(
                f"\nStopped: {name} after {done:,} of {setting.iterations:,} meta-iterations.\n"
                "Another Ctrl-C quits at once."
            )
            return histories, failed, True
    return histories, failed, False


def describe_missing(setting, learners):
    """What of the experiment is not there, in words; empty if all of it is."""
    parts = []
    for learner in learners:
        if learner.iterations < setting.iterations:
            done = f"{learner.iterations:,} of {setting.iterations:,}"
            parts.append(f"{learner.name} after {done} meta-iterations")
    trained = {learner.name for learner in learners}
    absent = [name for name in LEARNERS if name not in trained]
    if absent:
        parts.append(f"without {' and '.join(absent)}")
    return "; ".join(parts)


# ---- after


def show(setting, learners, note):
    """Print the table, and how to read it."""
    points = count(setting.shots, "point")
    say(f"\nMean squared error on {TASKS} new tasks: {points} to adapt to, {QUERIES} to judge")
    if note:
        say(paragraph(f"Partial: {note}"))
    say()
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


def suggest(setting, png, quick):
    """Say what to look at or to run next."""
    rows = [(str(png), "three waves being learnt, and the errors of all")]
    if quick:
        rows.append(("tinymaml demo", f"the full {FULL:,} meta-iterations"))
    if setting.activation == "tanh":
        rows.append(("tinymaml demo --activation relu", "the network of the paper"))
    else:
        rows.append(("tinymaml demo --activation tanh", "smooth waves from a smooth network"))
    other = 5 if setting.steps == 1 else 1
    steps = f"train for {count(other, 'gradient step')} instead of {setting.steps}"
    rows.append((f"tinymaml demo --steps {other}", steps))
    rows.append(("README.md", "a taste of the API, to do the same yourself"))
    say("\nWhat next")
    for line in align(rows, least=(32,)):
        say(f"  {line}")
