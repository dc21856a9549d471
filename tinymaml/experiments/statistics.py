"""What is said about the errors of many tasks: the mean and how sure we are of it, the median, and how many diverged."""
from typing import NamedTuple

import numpy as np


class Summary(NamedTuple):
    """Of the errors of n tasks."""
    mean: float                                             # inf as soon as one error is not finite
    half_width: float                                       # the 95% interval is mean ± half_width; nan where there is none
    median: float
    diverged: int                                           # tasks whose error is not finite or above the limit
    tasks: int


def summarise(errors, limit):
    """errors: (n,), n >= 1 -> `Summary`. The interval is mean ± 1.96 s / √n, with s the sample standard deviation.

    Nobody is left out: a diverged task stays in the mean and in the median. An error that is not a number counts as
    infinite: the task it comes from ran away, and it would be wrong to drop it, or to call it small.
    """
    errors = np.asarray(errors, np.float64)
    errors = np.where(np.isfinite(errors), errors, np.inf)
    n, finite = len(errors), np.isfinite(errors).all()
    half_width = 1.96 * errors.std(ddof=1) / np.sqrt(n) if finite and n > 1 else np.nan
    return Summary(float(errors.mean()), float(half_width), median(errors), int((errors > limit).sum()), n)


def median(errors):
    """The middle error, or the mean of the two in the middle; infinite errors are the largest."""
    ordered, n = np.sort(errors), len(errors)
    return float((ordered[(n - 1) // 2] + ordered[n // 2]) / 2)


def at_quantile(errors, q):
    """Which task has the q-th quantile (0 <= q <= 1) of the errors; ties go to the first."""
    order = np.argsort(np.where(np.isfinite(errors), errors, np.inf), kind="stable")
    return int(order[round(q * (len(errors) - 1))])
