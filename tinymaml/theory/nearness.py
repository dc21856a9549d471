"""How near its bound a claim comes: what `Result.attained` says of it, measured and in words
(lessons 14 to 23)."""

import numpy as np

from .adversary import find_result, name_in_words, worst_case
from .chain import EXACTLY, IN_A_LIMIT
from .extremals import EXTREMALS

STEPS = 2  # of the question that factors answer; αL = 1/16


def nearest(result, claim):
    """The `WorstCase` of a claim among the extremals of its result, for two inner steps and αL =
    1/16; None where the claim says nothing about any of them. Raises KeyError for what is no result
    or no claim of it."""
    result = find_result(result)
    names = [extremal.__name__ for extremal in EXTREMALS.get(result.name, ())]
    try:
        return worst_case(result, claim, budget=len(names) + 1, steps=STEPS, extremals=names)
    except ValueError:  # none of them meets the claim's conditions
        return None


def in_words(attained, tightness=np.nan):
    """How near its bound a claim comes: "attained", "in the limit u → w", "up to a factor 2.12",
    and for which numbers of steps. attained: an `Attained`; tightness: left / right side for two
    steps, NaN where that is not known."""
    factor = ""
    if tightness > 0:
        factor = f"up to a factor {factor_in_words(1 / tightness)}"
    if attained.how == EXACTLY:
        words = [attained.how, attained.when]
    elif attained.how == IN_A_LIMIT:
        words = [f"in the limit {attained.when}".rstrip()]
    else:
        words = [factor or attained.how, attained.when]
        factor = ""
    words = ", ".join(word for word in words if word)
    if attained.steps[1] < STEPS and factor:
        words += f"; from N = {STEPS} on {factor}"
    return words


def factor_in_words(x):
    """Three digits, or as many as it takes not to read 1, which is said of no factor above 1."""
    for digits in range(3, 10):
        words = f"{x:.{digits}g}"
        if float(words) > 1:
            break
    return words


def sentence(attained, tightness=np.nan):
    """The same as a sentence with the extremal's name, for instance "How near the bound is: in the
    limit u → w (the sawtooth)."."""
    return f"How near the bound is: {in_words(attained, tightness)} ({name_in_words(attained.by)})."
