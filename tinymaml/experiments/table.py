"""The results as a table, to read and as CSV."""

import csv
import math

from ..terminal.text import align

SHOWN = (0, 1, 5, 10)  # the gradient steps of the printed table; the CSV has them all
# fmt: off
COLUMNS = (  # of the CSV
    "learner", "inner_stepsize", "meta_iterations", "steps", "tasks",
    "mean", "half_width_95", "median", "diverged",
)
# fmt: on


def text(learners, steps=SHOWN):
    """learners: a list of `Learner` -> the lines of the table, three for each learner."""
    rows = [["", "", *map(heading, steps)]]
    for learner in learners:
        found = [learner.summaries[s] for s in steps]
        alpha = float(f"{learner.alpha:.2g}")
        rows += [
            [learner.name, "mean", *map(with_interval, found)],
            [f"stepsize {alpha:g}", "median", *(number(x.median) for x in found)],
            ["", "diverged", *(str(x.diverged) for x in found)],
            ["", "", *("" for _ in steps)],
        ]
    # 80 characters a line, as a rule
    width = 1 + max(12, *(len(cell) for row in rows for cell in row[2:]))
    return align(rows[:-1], least=(16, 8, *(width for _ in steps)), gap=" ")


def heading(steps):
    return "1 step" if steps == 1 else f"{steps} steps"


def with_interval(summary):
    """mean ± half-width of the 95% interval; the mean alone where there is no interval."""
    missing = math.isnan(summary.half_width)
    return number(summary.mean) + ("" if missing else f" ±{number(summary.half_width)}")


def number(x):
    """Three decimals as long as they mean something; an error that is not finite is 'inf'."""
    if x < 100:
        return f"{x:.3f}"
    if x < 10_000:
        return f"{x:.0f}"
    return f"{x:.1e}" if x < math.inf else "inf"


def write(file, learners):
    """All steps of all learners as CSV into an open text file."""
    rows = csv.writer(file, lineterminator="\n")
    rows.writerow(COLUMNS)
    for learner in learners:
        alpha = f"{learner.alpha:.6g}"
        for steps, x in enumerate(learner.summaries):
            errors = [f"{error:.9g}" for error in (x.mean, x.half_width, x.median)]
            rows.writerow(
                [learner.name, alpha, learner.iterations, steps, x.tasks, *errors, x.diverged]
            )
