"""Exact expectations: two-point noise has finitely many outcomes, and so has a batch of tasks (lessons 13 and 17)."""
from itertools import combinations_with_replacement
from math import comb

import numpy as np

from ..problems.common import numbers

LARGEST = 1 << 16                                           # outcomes that fit into memory and patience


class Signs:
    """All patterns of signs of one task's samples, each as likely as the others.

    Columns: the inner steps 0 … N − 1, the Hessians 0 … N − 1, the outer gradient; a kind without noise has none. `rows` (R, columns)
    restricts the patterns, to model samples that are not independent (shared signs: equal columns).
    """

    def __init__(self, steps, gradients, hessians, rows=None):
        columns = (steps + 1) * gradients + steps * hessians
        if rows is None:
            if columns > 62:
                raise ValueError(f"{columns} signs have 2^{columns} outcomes, too many to enumerate; take fewer steps")
            check_outcomes(2 ** columns, f"{columns} signs")
            rows = 1.0 - 2.0 * (np.arange(2 ** columns)[:, None] >> np.arange(columns) & 1)
        else:
            rows = numbers("signs", rows, 2)
            if rows.shape[1] != columns or not (np.abs(rows) == 1).all():
                raise ValueError(f"signs has shape {rows.shape}; expected rows of {columns} signs ±1: inner steps, Hessians, outer gradient")
        zeros = np.zeros((len(rows), steps + 1))
        self.rows = rows
        self.inner = (rows[:, :steps] if gradients else zeros[:, :steps]).T             # (N, R)
        self.hessians = (rows[:, steps * gradients:steps * (gradients + 1)] if hessians else zeros[:, :steps]).T    # (N, R)
        self.outer = rows[:, -1] if gradients else zeros[:, -1]                         # (R,)


def check_outcomes(count, what):
    if count > LARGEST:
        raise ValueError(f"{what} have {count:,} outcomes, too many to enumerate; take fewer steps or smaller batches")


def mean_of_draws(values, probabilities, count):
    """The law of the mean of `count` independent draws from a finite law -> its values (C, ...) and probabilities (C,).

    values: (n, ...). Draws that differ in their order only are one outcome, with the multinomial coefficient in its probability.
    """
    values, probabilities = np.asarray(values, float), np.asarray(probabilities, float)
    outcomes = comb(len(values) + count - 1, count)
    check_outcomes(outcomes, f"batches of {count} out of {len(values)}")
    check_outcomes(outcomes * count // 16, f"the draws of batches of {count} out of {len(values)}")     # what is stored; coefficients stay floats
    draws = np.array(list(combinations_with_replacement(range(len(values)), count)))
    coefficients = [1.0] * outcomes
    for c, draw in enumerate(draws):
        first = 0
        for times in np.bincount(draw).tolist():            # how often each value was drawn
            first += times
            coefficients[c] *= comb(first, times)
    return values[draws].mean(axis=1), coefficients * probabilities[draws].prod(axis=1)
