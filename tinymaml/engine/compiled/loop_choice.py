"""Calls become rows of integers: for each, the loop is chosen here, on the host, once.

Of all orders of i, j and p, and of the two factors, the cheapest: its innermost loop runs along
memory and starts least often. The loop that lanes share out moves along the result: no
two of them ever write to the same place. Start with `encode`.
"""

import functools
from itertools import permutations
from typing import NamedTuple

import numpy as np

from ..instructions import blocks_of
from .format import FUNCTION_CODES, Column, Loop

# what can write the result instead of adding to it
STORING = {
    Loop.ROWS,
    Loop.TOTAL,
    Loop.TRANSPOSE,
    Loop.SPREAD,
    Loop.MULTIPLY,
    Loop.SCALE,
    Loop.DOT,
    Loop.MATMUL,
}
# what keeps a sum in a register until it is complete
SUMMING_IN_REGISTERS = {Loop.TOTAL, Loop.DOT, Loop.MATMUL}
# what runs over whole cache lines, gaps included
OVER_GAPS = {Loop.ROWS, Loop.MULTIPLY, Loop.SCALE, Loop.MATMUL}
ALL_LOOPS = frozenset(Loop)


class Choice(NamedTuple):
    """A loop that can run a call."""

    cost: float
    loop: Loop
    lengths: tuple[int, int, int]  # of its loops i, j and p
    order: tuple[int, ...]  # of the operands
    strides: tuple[tuple[int, int, int], ...]  # of the operands, in that order


def encode(calls, blocks, places, results=(), allowed=ALL_LOOPS):
    """Calls as rows of integers, (rows, len(Column)), and coefficients, (rows,).

    blocks: how they lie (blocks.py); places: block -> Place. What of `results` no call writes is
    filled with zeros. allowed: the loops to choose from.
    """
    encoder = Encoder(blocks, places, allowed)
    written = set()
    for call in calls:
        written |= blocks_of(call.outs)
    for block in set(results) - written:
        encoder.fill(block)
    for call in calls:
        encoder.add(call)
    code = np.array(encoder.rows, np.int64).reshape(-1, len(Column))
    return code, np.array(encoder.coefficients, np.float64)


class Encoder:
    """Rows of code, one after the other."""

    def __init__(self, blocks, places, allowed):
        self.blocks = blocks
        self.places = places
        self.allowed = allowed
        self.rows = []
        self.coefficients = []

    def add_row(self, loop, flag, extent, operands, strides=None, coefficient=1.0):
        row = [loop, flag, *extent]
        for block, distances in zip(operands, strides or [(0, 0, 0)] * len(operands), strict=True):
            row += [*self.places[block], *distances]
        self.rows.append(row + [0] * (len(Column) - len(row)))
        self.coefficients.append(coefficient)

    def fill(self, block):
        self.add_row(Loop.FILL, 0, (1, self.blocks.length(block), 1), [block], coefficient=0.0)

    def add(self, call):
        operands = [operand.block for operand in call.outs + call.ins]
        if call.kernel in ("apply", "curve"):
            whole = (1, self.blocks.length(operands[0]), 1)
            self.add_row(Loop[call.kernel.upper()], FUNCTION_CODES[call.arg], whole, operands)
        elif call.kernel == "rowmax":
            operands_of_call = call.outs + call.ins
            strides = [self.blocks.strides(x, call.extent) for x in operands_of_call]
            self.add_row(Loop.ROWMAX, 0, call.extent, operands, strides)
        else:
            self.add_product(call, operands)

    def add_product(self, call, operands):
        """linear or contract, by the best loop."""
        _, loop, (m, n, k), order, strides = choose_loop(call, self.blocks, self.allowed)
        coefficient = call.arg if call.kernel == "linear" else 1.0
        if loop == Loop.TRANSPOSE and not (call.store and coefficient == 1.0):
            loop = Loop.SPREAD
        if loop in OVER_GAPS:
            n = self.blocks.round_up(n)
            no_gaps = {stride[0] for stride in strides} == {n}
            if no_gaps and loop in (Loop.ROWS, Loop.MULTIPLY):  # one long row
                m, n = 1, m * n
        store = call.store and loop in STORING and not overwrites(loop, (m, n, k), strides[0])
        if call.store and not store:
            self.fill(operands[0])
        ordered = [operands[q] for q in order]
        self.add_row(loop, int(store), (m, n, k), ordered, strides, coefficient)


def overwrites(loop, lengths, strides):
    """Does a loop write to the same place again, and not sum in a register?

    The second round would overwrite the first: such a result is cleared and added to.
    """
    if loop in SUMMING_IN_REGISTERS:
        return False
    return any(n > 1 and stride == 0 for n, stride in zip(lengths, strides, strict=True))


def choose_loop(call, blocks, allowed=ALL_LOOPS):
    """The cheapest `Choice` for a call of linear or contract."""
    operands = call.outs + call.ins
    strides = tuple(blocks.strides(operand, call.extent) for operand in operands)
    if any(operand.letters == "0ij" for operand in operands):
        allowed = frozenset({Loop.SPREAD})  # rows without gaps between them
    return cheapest(call.kernel, call.extent, strides, allowed)


@functools.cache
def cheapest(kernel, extent, strides, allowed):
    candidates = {"linear": linear_loops, "contract": contract_loops}[kernel]
    orders = [(0, 1)] if kernel == "linear" else [(0, 1, 2), (0, 2, 1)]
    choices = []
    for nesting in permutations(range(3)):
        lengths = tuple(extent[q] for q in nesting)
        for order in orders:
            nested = tuple(tuple(strides[operand][q] for q in nesting) for operand in order)
            for cost, loop in candidates(*lengths, *nested):
                if loop in allowed:
                    choices.append(Choice(cost, loop, lengths, order, nested))
    return min(choices, key=lambda choice: choice.cost)


def linear_loops(m, n, k, o, x):
    """The loops that can run o += c x in this order of i, j and p, each with its cost.

    o, x: strides along the three. The cost is how often the innermost loop starts, times a factor
    found by timing.
    """
    contiguous = n > 1 and o[1] == x[1] == 1  # both run along memory
    rows_differ = m == 1 or o[0]  # results along i lie apart: lanes can share them out
    if k == 1 and contiguous:
        yield m, Loop.ROWS
    if k == 1 and o[0] == 1 and o[1] > 1 and x[1] == 1 and x[0] > 1:
        yield m * n / 4, Loop.TRANSPOSE
    if k == 1 and rows_differ:
        yield 2 * m * n, Loop.SPREAD
    if k > 1 and rows_differ and o[1] == o[2] == 0 and x[2] == 1:
        yield m * n, Loop.TOTAL


def contract_loops(m, n, k, o, x, z):
    """As linear_loops, for o += x z."""
    contiguous = n > 1 and o[1] == z[1] == 1  # the result and the second factor run along memory
    rows_differ = m == 1 or o[0]
    if k == 1 and contiguous and x[1] == 1:
        yield m, Loop.MULTIPLY
    if k == 1 and contiguous and x[1] == 0:
        yield m, Loop.SCALE
    if contiguous and rows_differ and o[2] == x[1] == z[0] == 0:
        yield 1 + m * k / 10, Loop.MATMUL
    if rows_differ:
        yield 9 * m * n * k, Loop.CONTRACT
    if k > 1 and rows_differ and o[1] == o[2] == 0 and x[2] == z[2] == 1:
        yield m * n, Loop.DOT
