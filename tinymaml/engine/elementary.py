"""The words that the formulas of function_table.py are made of.

On arrays they are NumPy's. The compiled machine teaches Numba its own (compiled/elementary.py),
under these same names.
"""

from typing import Any, TypeAlias

import numpy as np

Numbers: TypeAlias = Any  # arrays; in compiled loops single numbers, in listings text


def exp(x: Numbers) -> Numbers:
    return np.exp(x)


def decay(x: Numbers) -> Numbers:
    """e^-|x|, which never overflows; right for the complex step, too, which |x| would not
    survive."""
    return np.exp(np.where(x > 0, -x, x))


def log(x: Numbers) -> Numbers:
    return np.log(x)


def log1p(x: Numbers) -> Numbers:
    """log(1 + x)"""
    return np.log1p(x)


def sqrt(x: Numbers) -> Numbers:
    return np.sqrt(x)


def sin(x: Numbers) -> Numbers:
    return np.sin(x)


def cos(x: Numbers) -> Numbers:
    return np.cos(x)


def tanh(x: Numbers) -> Numbers:
    return np.tanh(x)


def select(condition: Numbers, x: Numbers, z: Numbers) -> Numbers:
    """x where the condition holds, else z."""
    return np.where(condition, x, z)
