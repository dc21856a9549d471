"""Exercises that have another name now, or are gone: for notebooks that still hold the old name.

An answer under the old name counts for the exercise of today.
"""

import os
import re

#: old name -> the exercise's name today, or a sentence that says why it is gone
MOVED: dict[str, str] = {
    "03.power": "lesson 07 gives power iteration now; 07.power asks for the lowest eigenvalue.",
    "03.quadratic": "it is a guess of lesson 03 now.",
    "03.tangent_rules": "lesson 03 gives these rules; lines (8) and (12) are yours.",
    "04.count": "the figure of the passes counts the calls now.",
    "04.dead": "04.unread",
    "04.emit": "the lesson gives `emit` now: it was a loop to copy.",
    "04.linear": "the lesson gives the four kernels now.",
    "04.program": "the lesson gives `program` now, and says why its passes have this order.",
    "04.stores": "the lesson gives `store_first_writes` now.",
    "05.encode": "the row of a call is given code now; 05.sound asks whether a row may run.",
    "05.loops": "the three loops are given code now; 05.no_walk asks which order can walk.",
    "05.race": "lesson 05 is about one core now; 06.race asks where two threads meet.",
    "05.reuse": "its kernel is given, with a fault, and 05.remainder asks where it is wrong.",
    "06.sectors": "the count is given code now; 06.order asks what it gives for two orders.",
    "07.best_start": "the lesson gives the formula; 07.far asks what follows from it.",
    "07.objective": "the lesson gives the objective; 07.meta_gradient asks for its gradient.",
    "08.hessian_free": "lesson 08 asks for its price in 08.cost; tinymaml has it as a method.",
    "13.reused": "20.shared asks for it: one coin for all steps, where it breaks Lemma 5 and where "
    "not.",
    "13.signs": "20.paths",
    "13.unbounded": "lesson 13 says why such tasks have no σ; 13.violates asks for it.",
    "14.curvature": "it is a guess of lesson 14 now.",
    "15.constant": "15.equality asks what each line of the constant's proof depends on.",
    "16.flow": "it is a guess of lesson 16 now.",
    "16.necessary": "16.washboard asks the other way round: a needle without a point of rest.",
}


def today(name):
    """The name that an exercise has today: another one if it has moved."""
    now = moved().get(name, name)
    return now if is_name(now) else name


def why_gone(name):
    """The sentence that says why an exercise is gone; "" if it is not."""
    now = moved().get(name, "")
    return "" if is_name(now) else now


def moved():
    """The table; empty in a course of your own, whose names are its own."""
    return {} if os.environ.get("TINYMAML_COURSE") else MOVED


def is_name(text):
    """Is it an exercise's name, and not a sentence?"""
    return bool(re.fullmatch(r"\d\d\.\w+", text))
