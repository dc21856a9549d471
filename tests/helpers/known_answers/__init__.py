"""Answers to the course's exercises that are known to be wrong, or right, beside those that the
graders themselves foresee.

A file for each lesson, lesson_NN.py, holds two dicts:

    WRONG   exercise -> list of (kind, text of the cell); each has to be refused, with any sentence
    RIGHT   exercise -> list of texts, right answers in other styles; each has to pass

The kinds of wrong answers are those of KINDS: how an answer can look right and not be.
"""

import importlib
from pathlib import Path

KINDS = (
    "smuggled",  # the course's own answer, or the package's, in place of one's own
    "few sizes",  # right on some sizes or inputs only: a scalar, equal sizes, distinct operands
    "ignored argument",  # a parameter, a shape, a dtype, a flag that does not matter in it
    "spoils inputs",  # right, and what it was given is changed afterwards
    "bypassed",  # the method that the exercise is about is left out: finite differences, ...
    "does not fit",  # passes alone, and does not run where the lesson uses it
    "not tight",  # a false bound or inequality that a loose instance does not refute
    "slip",  # any other plausible slip: a sign, a factor, an index, an order
)


def of(name):
    """The known answers to an exercise -> (list of (kind, text), list of texts)."""
    number = name[:2]
    if not Path(__file__).with_name(f"lesson_{number}.py").exists():
        return [], []
    known = importlib.import_module(f"{__name__}.lesson_{number}")
    return known.WRONG.get(name, []), known.RIGHT.get(name, [])
