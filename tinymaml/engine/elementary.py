"""The words that the formulas of function_table.py are made of.

On arrays they are NumPy's. The compiled machine teaches Numba its own (compiled/elementary.py),
under these same names.
"""

import numpy as np


def exp(x):
    return np.exp(x)


def decay(x):
    """e^-|x|, which never overflows; right for the complex step, too, which |x| would not
    survive."""
    return np.exp(np.where(x > 0, -x, x))


def log(x):
    return np.log(x)


def log1p(x):
    """log(1 + x)"""
    return np.log1p(x)


def sqrt(x):
    return np.sqrt(x)


def sin(x):
    return np.sin(x)


def cos(x):
    return np.cos(x)


def tanh(x):
    return np.tanh(x)


def select(condition, x, z):
    """x where the condition holds, else z."""
    return np.where(condition, x, z)
