"""The line after a verdict: the insight of an exercise that has passed, or where help is."""

from ..terminal import text
from . import exercise
from .verdict import PASSED, UNTRIED


def insight(name):
    """The sentence for those who have passed an exercise, in lines; "" where it has none."""
    return text.fold(exercise.find(name).insight)


def advice(verdict, hint):
    """What to say after a Verdict; "" if nothing is.

    hint: what the learner types for a hint.
    """
    if verdict.verdict == PASSED:
        return insight(verdict.exercise)
    return "" if verdict.verdict == UNTRIED else f"Stuck? {hint} gives the next hint."
