"""The loops of `apply` and `curve`, made from the table of functions.

Each function gets loops of its own, so that each is vectorised on its own. A new row of
engine/function_table.py is all that it takes, up to sixteen.
"""

from ..function_table import FUNCTIONS
from . import elementary  # noqa: F401 (tells Numba what the formulas' words are)
from .lanes import jit, jit_inline, my_share


def make_loops(function):
    """Return the loops `apply` and `curve` of a function of the table.

    Both take six arguments, so that `make_branches` can call either.
    """
    value = jit_inline(function.value)
    slope = jit_inline(function.slope)
    curvature = jit_inline(function.curvature)

    @jit_inline
    def apply(memory, o, s, x, unused, n):
        """o, s = f(x), f'(x)"""
        T = memory.dtype.type
        for i in my_share(n):
            argument = memory[x + i]
            y = value(argument, T)
            memory[o + i] = y
            memory[s + i] = slope(argument, y, T)

    @jit_inline
    def curve(memory, t, y, s, d, n):
        """t = f''(x) d, with f'' from y = f(x) and s = f'(x)"""
        T = memory.dtype.type
        for i in my_share(n):
            memory[t + i] = curvature(memory[y + i], memory[s + i], T) * memory[d + i]

    return apply, curve


@jit_inline
def do_nothing(memory, o, x, z, u, n):
    """For codes that are no function's."""


def make_branches(loops):
    """Return a function (code, memory, o, x, z, u, n) that runs loops[code]; sixteen at most.

    Written out, because Numba takes much longer over a loop or a tree of functions, and on a GPU
    knows no `*operands`.
    """
    if len(loops) > 16:
        raise ValueError("more than 16 functions: add branches here")
    padded = loops + [do_nothing] * (16 - len(loops))
    loop00, loop01, loop02, loop03, loop04, loop05, loop06, loop07 = padded[:8]
    loop08, loop09, loop10, loop11, loop12, loop13, loop14, loop15 = padded[8:]

    @jit
    def run(code, memory, o, x, z, u, n):
        if code == 0:
            loop00(memory, o, x, z, u, n)
        elif code == 1:
            loop01(memory, o, x, z, u, n)
        elif code == 2:
            loop02(memory, o, x, z, u, n)
        elif code == 3:
            loop03(memory, o, x, z, u, n)
        elif code == 4:
            loop04(memory, o, x, z, u, n)
        elif code == 5:
            loop05(memory, o, x, z, u, n)
        elif code == 6:
            loop06(memory, o, x, z, u, n)
        elif code == 7:
            loop07(memory, o, x, z, u, n)
        elif code == 8:
            loop08(memory, o, x, z, u, n)
        elif code == 9:
            loop09(memory, o, x, z, u, n)
        elif code == 10:
            loop10(memory, o, x, z, u, n)
        elif code == 11:
            loop11(memory, o, x, z, u, n)
        elif code == 12:
            loop12(memory, o, x, z, u, n)
        elif code == 13:
            loop13(memory, o, x, z, u, n)
        elif code == 14:
            loop14(memory, o, x, z, u, n)
        else:
            loop15(memory, o, x, z, u, n)

    return run


LOOPS = [make_loops(function) for function in FUNCTIONS.values()]
apply = make_branches([apply for apply, _ in LOOPS])
curve = make_branches([curve for _, curve in LOOPS])
