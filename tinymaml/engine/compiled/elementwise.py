"""The loops of `apply` and `curve`, made from the table of functions (lesson 05).

Each function gets loops of its own, so that each is vectorised on its own. A new row of
engine/function_table.py is all that it takes.
"""

from ..function_table import FUNCTIONS
from . import elementary  # noqa: F401 (tells Numba what the formulas' words are)
from .lanes import inlined, kernel, my_share


def make_loops(function):
    """-> apply(memory, o, s, x, n) and curve(memory, t, y, s, d, n) of one function of the
    table."""
    value = inlined(function.value)
    slope = inlined(function.slope)
    curvature = inlined(function.curvature)

    @inlined
    def apply(memory, o, s, x, n):
        """o, s = f(x), f'(x)"""
        T = memory.dtype.type
        for i in my_share(n):
            argument = memory[x + i]
            y = value(argument, T)
            memory[o + i] = y
            memory[s + i] = slope(argument, y, T)

    @inlined
    def curve(memory, t, y, s, d, n):
        """t = f''(x) d, with f'' from y = f(x) and s = f'(x)"""
        T = memory.dtype.type
        for i in my_share(n):
            memory[t + i] = curvature(memory[y + i], memory[s + i], T) * memory[d + i]

    return apply, curve


def chain(loops):
    """One `if` after another -> apply and curve for the function with this code (format.py)."""

    @inlined
    def apply(code, memory, o, s, x, n):
        pass

    @inlined
    def curve(code, memory, t, y, s, d, n):
        pass

    for code, (loop_of_apply, loop_of_curve) in reversed(list(enumerate(loops))):
        apply = add_apply(code, loop_of_apply, apply)
        curve = add_curve(code, loop_of_curve, curve)
    return apply, curve


def add_apply(number, loop, otherwise):
    @inlined
    def apply(code, memory, o, s, x, n):
        if code == number:
            loop(memory, o, s, x, n)
        else:
            otherwise(code, memory, o, s, x, n)

    return apply


def add_curve(number, loop, otherwise):
    @inlined
    def curve(code, memory, t, y, s, d, n):
        if code == number:
            loop(memory, t, y, s, d, n)
        else:
            otherwise(code, memory, t, y, s, d, n)

    return curve


apply_by_code, curve_by_code = chain([make_loops(function) for function in FUNCTIONS.values()])


@kernel
def apply(code, memory, o, s, x, n):
    """o, s = f(x), f'(x) for the function with this code."""
    apply_by_code(code, memory, o, s, x, n)


@kernel
def curve(code, memory, t, y, s, d, n):
    """t = f''(x) d for the function with this code."""
    curve_by_code(code, memory, t, y, s, d, n)
