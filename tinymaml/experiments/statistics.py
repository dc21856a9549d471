"""Summaries: of the errors of many tasks (the mean and how sure we are of it, the median, how many
diverged), and of a few runs."""

from typing import NamedTuple

import numpy as np

from ..maml.evaluation import student_t


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


def summarise_runs(values):
    """A few independent runs (seeds, splits): (runs, ...) -> their mean and the half-width of its
    95% interval, t s / √runs with Student's t. Infinite or nan where a run is; nan for the interval
    of a single run."""
    values = np.asarray(values, np.float64)
    n = len(values)
    with np.errstate(invalid="ignore"):
        s = values.std(0, ddof=1) if n > 1 else np.full(values.shape[1:], np.nan)
    return values.mean(0), student_t(n - 1) * s / np.sqrt(n)
