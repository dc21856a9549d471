"""What graders of several lessons ask of an answer, and how they print an instance."""

import math
from numbers import Real

import numpy as np

from ..compare import text


def unattempted(value):
    """Is there a `...` left in an answer?"""
    if value is ...:
        return True
    if isinstance(value, dict):
        value = list(value.values())
    return isinstance(value, (tuple, list)) and any(map(unattempted, value))


def some_unattempted(*values):
    """Is there a `...` left in one of them, also in an array?"""
    for value in values:
        if isinstance(value, np.ndarray) and value.dtype == object:
            value = list(value.ravel())
        if unattempted(value):
            return True
    return False


def number(value):
    """Is it one finite real number, Python's or NumPy's, such as 3, 0.5 or Fraction(1, 2)?"""
    if isinstance(value, bool) or not isinstance(value, Real):
        return False
    try:
        return math.isfinite(value)
    except OverflowError:  # an integer, or a fraction, beyond all floats
        return False


def shown(*names):
    """A function that prints an instance: "name = value" for each input, texts as they are."""

    def show(*inputs):
        parts = []
        for name, x in zip(names, inputs, strict=True):
            parts.append(f"{name} = {x if isinstance(x, str) else text(x)}")
        return ", ".join(parts)

    return show


def as_function(arguments, expression):
    """A function of these arguments, "alpha, L": its expression may use `math` and `np`."""
    return eval(f"lambda {arguments}: {expression}", {"math": math, "np": np})
