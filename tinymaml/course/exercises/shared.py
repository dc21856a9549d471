"""What graders of several lessons ask of an answer, and how they print an instance."""

import math

import numpy as np

from ..compare import text


def unattempted(value):
    """Is there a `...` left in an answer?"""
    if isinstance(value, dict):
        value = list(value.values())
    return value is ... or isinstance(value, (tuple, list)) and any(map(unattempted, value))


def some_unattempted(*values):
    """Is there a `...` left in one of them, also in an array?"""
    for value in values:
        if isinstance(value, np.ndarray) and value.dtype == object:
            value = list(value.ravel())
        if unattempted(value):
            return True
    return False


def number(value):
    """Is it one finite number?"""
    return (
        isinstance(value, (int, float, np.number))
        and not isinstance(value, bool)
        and bool(np.isfinite(value))
    )


def shown(*names):
    """Print an instance by these names."""
    return lambda *inputs: ", ".join(
        f"{name} = {x if isinstance(x, str) else text(x)}" for name, x in zip(names, inputs)
    )


def as_function(arguments, expression):
    """A function of these arguments, "alpha, L", that returns an expression of Python, in which
    `math` and `np` may occur."""
    return eval(f"lambda {arguments}: {expression}", {"math": math, "np": np})
