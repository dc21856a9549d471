"""Summaries: of the errors of many tasks (the mean and how sure we are of it, the median, how many
diverged), and of a few runs."""

from typing import NamedTuple

import numpy as np


class Summary(NamedTuple):
    """Of the errors of n tasks."""

    mean: float  # inf as soon as one error is not finite
    half_width: float  # the 95% interval is mean ± half_width; nan where there is none
    median: float
    diverged: int  # tasks whose error is not finite or above the limit
    tasks: int


def summarise(errors, limit):
    """errors: (n,), n >= 1 -> `Summary`. The interval is mean ± 1.96 s / √n, with s the sample
    standard deviation.

    Nobody is left out: a diverged task stays in the mean and in the median. An error that is not a
    number counts as infinite: the task it comes from ran away, and it would be wrong to drop it, or
    to call it small.
    """
    errors = np.asarray(errors, np.float64)
    errors = np.where(np.isfinite(errors), errors, np.inf)
    n = len(errors)
    half_width = np.nan
    if np.isfinite(errors).all() and n > 1:
        half_width = 1.96 * errors.std(ddof=1) / np.sqrt(n)
    diverged = int((errors > limit).sum())
    return Summary(float(errors.mean()), float(half_width), median(errors), diverged, n)


def median(errors):
    """The middle error, or the mean of the two in the middle; infinite errors are the largest."""
    n = len(errors)
    ordered = np.sort(errors)
    return float((ordered[(n - 1) // 2] + ordered[n // 2]) / 2)


def task_at_quantile(errors, q):
    """Which task has the q-th quantile (0 <= q <= 1) of the errors; ties go to the first."""
    comparable = np.where(np.isfinite(errors), errors, np.inf)
    order = np.argsort(comparable, kind="stable")
    return int(order[round(q * (len(errors) - 1))])


# Student's t at 97.5% for 1, 2, ... 30 degrees of freedom
# fmt: off
STUDENT_T = (
    12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228,
    2.201, 2.179, 2.160, 2.145, 2.131, 2.120, 2.110, 2.101, 2.093, 2.086,
    2.080, 2.074, 2.069, 2.064, 2.060, 2.056, 2.052, 2.048, 2.045, 2.042,
)
# fmt: on


def summarise_runs(values):
    """A few independent runs (seeds, splits): (runs, ...) -> their mean and the half-width of its
    95% interval, t s / √runs with Student's t. Infinite or nan where a run is; nan for the interval
    of a single run."""
    values = np.asarray(values, np.float64)
    n = len(values)
    degrees = n - 1
    t = STUDENT_T[degrees - 1] if 1 <= degrees <= len(STUDENT_T) else 1.96
    with np.errstate(invalid="ignore"):
        s = values.std(0, ddof=1) if n > 1 else np.full(values.shape[1:], np.nan)
    return values.mean(0), t * s / np.sqrt(n)
