"""Exact expectations: two-point noise has finitely many outcomes, and so has a batch of tasks
(lessons 13 and 17)."""

from itertools import combinations
from math import comb, lgamma, prod

import numpy as np

from ..engine.errors.arguments import numbers
from ..terminal.names import did_you_mean

LARGEST = 1 << 16  # outcomes that fit into memory and patience


BATCHES = ("two-point", "independent", "repeated")
"""How the noise of a mini-batch of n samples is modelled, one sample's noise being ±ν.

two-point: one draw of ±ν/√n, which has the variance of n independent samples, in two outcomes.
independent: n draws of ±ν, each with its own sign, and their mean.
repeated: one sample n times, ±ν: its samples are not independent.
"""


def check_batch(batch):
    """The name of a model of mini-batches. Raises ValueError for what is none."""
    if not isinstance(batch, str) or batch not in BATCHES:
        meant = did_you_mean(str(batch), BATCHES)
        raise ValueError(f"batch is {batch!r}; {meant}expected one of {', '.join(BATCHES)}")
    return batch


def law_of_sign(batch, size):
    """What stands before ν/√n in the noise of a mini-batch of n = size samples (for "repeated":
    before ν): values (k,) and probabilities (k,)."""
    if batch != "independent":
        return np.array([1.0, -1.0]), np.full(2, 0.5)
    check_outcomes(size + 1, f"{size} signs")
    ways, p = 1, []  # C(size, k), a whole number: logarithms would lose digits
    for k in range(size + 1):
        p.append(ways / 2**size)
        ways = ways * (size - k) // (k + 1)
    return (size - 2 * np.arange(size + 1)) / np.sqrt(size), np.array(p)


class Signs:
    """All patterns of signs of one task's mini-batches.

    Columns: the inner steps 0 … N − 1, the Hessians 0 … N − 1, the outer gradient; a kind without
    noise has none. `rows` (R, columns) has the patterns, `p` (R,) their probabilities.
    """

    def __init__(self, steps, gradients, hessians, rows, p=None):
        self.rows = rows
        self.p = np.full(len(rows), 1 / len(rows)) if p is None else p
        self.inner = np.zeros((steps, len(rows)))
        self.hessians = np.zeros((steps, len(rows)))
        self.outer = np.zeros(len(rows))
        if gradients:
            self.inner = rows[:, :steps].T
            self.outer = rows[:, -1]
        if hessians:
            start = steps if gradients else 0
            self.hessians = rows[:, start : start + steps].T


def all_signs(steps, gradients, hessians, batch="two-point", S=1, D=1, T=1):
    """The `Signs` of independent mini-batches of S, D and T samples: every pattern. Raises
    ValueError where they are too many."""
    if batch != "independent":
        columns = (steps + 1) * gradients + steps * hessians
        return Signs(steps, gradients, hessians, all_patterns(columns))
    sizes = [S] * (steps * gradients) + [D] * (steps * hessians) + [T] * gradients
    laws = [law_of_sign(batch, size) for size in sizes]
    check_outcomes(prod(len(values) for values, _ in laws), f"batches of {S}, {D} and {T} samples")
    rows, p = np.ones((1, 0)), np.ones(1)
    for values, chances in laws:
        rows = np.column_stack([np.repeat(rows, len(values), 0), np.tile(values, len(rows))])
        p = np.outer(p, chances).ravel()
    return Signs(steps, gradients, hessians, rows, p)


def given_signs(steps, gradients, hessians, rows):
    """The `Signs` of the patterns that occur, rows (R, columns) of ±1, each as likely as the
    others: to model mini-batches that are not independent of each other (shared signs: equal
    columns). Raises ValueError, TypeError for what is none."""
    columns = (steps + 1) * gradients + steps * hessians
    rows = numbers("signs", rows, 2)
    if rows.shape[1] != columns or not (np.abs(rows) == 1).all():
        raise ValueError(
            f"signs has shape {rows.shape}; expected rows of {columns} signs ±1: "
            "inner steps, Hessians, outer gradient"
        )
    return Signs(steps, gradients, hessians, rows)


def all_patterns(columns):
    """All 2^columns rows of signs ±1, (R, columns). Raises ValueError where they are too many."""
    if columns > 62:
        raise ValueError(
            f"{columns} signs have 2^{columns} outcomes, too many to enumerate; take fewer steps"
        )
    check_outcomes(2**columns, f"{columns} signs")
    bits = np.arange(2**columns)[:, None] >> np.arange(columns) & 1
    return 1.0 - 2.0 * bits


def check_outcomes(count, name):
    """Raise ValueError if there are too many outcomes to enumerate. name: of what has them."""
    if count > LARGEST:
        raise ValueError(
            f"{name} have {count:,} outcomes, too many to enumerate; "
            "take fewer steps or smaller batches"
        )


def mean_of_draws(values, probabilities, count):
    """The law of the mean of `count` independent draws from a finite law: its values (C, ...) and
    probabilities (C,).

    values: (n, ...). Draws that differ in their order only are one outcome, with the multinomial
    coefficient in its probability, computed by logarithms: coefficients of some hundred draws are
    beyond floating point. Raises ValueError for too many outcomes.
    """
    values, probabilities = np.asarray(values, float), np.asarray(probabilities, float)
    n = len(values)
    if n == 1 or count == 1:  # C × n numbers, below, would be many where n is large
        return values, probabilities
    check_outcomes(comb(count + n - 1, n - 1), f"batches of {count} out of {n}")
    places = count + n - 1  # of `count` stars and the n − 1 bars between them
    bars = np.array(list(combinations(range(places), n - 1)))
    times = np.diff(bars, prepend=-1, append=places) - 1  # (C, n): how often each value is drawn
    log_factorial = np.array([lgamma(k + 1) for k in range(count + 1)])
    with np.errstate(divide="ignore"):
        log_p = np.log(probabilities)  # log 0 = −∞, for what never happens
    log_terms = times * np.where(times > 0, log_p, 0.0) - log_factorial[times]
    means = np.tensordot(times, values, 1) / count
    return means, np.exp(log_factorial[count] + log_terms.sum(1))
