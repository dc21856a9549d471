"""Which loop computes a line, chosen on the host, once (lesson 05): of all orders of i, j and p, and of the two factors,
the one whose innermost loop runs along memory and starts least often."""
from itertools import permutations
from typing import NamedTuple


class Loop(NamedTuple):
    """A kernel of kernels.py, the lengths of its loops, and every operand's strides along them."""
    loop: str
    extent: tuple[int, int, int]
    strides: list[tuple[int, int, int]]
    order: tuple[int, ...]                                  # which operand of the line each row of strides belongs to
    starts: float                                           # how often the innermost loop starts


def shape(tape, operand):
    rows, columns = tape.shapes[operand.slot]
    return (columns, rows) if operand.plane.endswith("_T") else (rows, columns)


def strides(tape, operand):
    """How far apart in memory neighbours along i, j and p are; 0 along a letter that the operand lacks."""
    columns = shape(tape, operand)[1]
    return tuple((operand.index[0] == c) * columns + (operand.index[1] == c) for c in "ijp")


def linear_loops(m, n, k, o, x):
    (oi, oj, _), (xi, xj, _) = o, x
    unit = lambda s: s == 1 or n == 1                       # noqa: E731
    if k > 1:
        return
    if unit(oj) and unit(xj):
        yield "rows", m
    if oj == 0 and unit(xj) and n > 1:
        yield "total", m
    if oi == 1 and xj == 1 and oj == m and xi == n:
        yield "transpose", m * n / 4
    yield "spread", 2 * m * n


def contract_loops(m, n, k, o, x, z):
    (oi, oj, op), (xi, xj, xp), (zi, zj, zp) = o, x, z
    unit = lambda s: s == 1 or n == 1                       # noqa: E731
    if k == 1 and unit(oj) and unit(zj):
        if unit(xj):
            yield "multiply", m
        if xj == 0:
            yield "scale", m
    if k > 1 and op == 0 and unit(oj) and unit(zj) and xj == 0 and zi == 0:
        yield "matmul", m / 2 * k / 5
    if k == 1 and oj == 0 and xj == 1 and zj == 1:
        yield "dot", m
    yield "contract", 9.0 * m * n * k


LOOPS = {"linear": linear_loops, "contract": contract_loops}


def choose(line, tape):
    """The best `Loop` for a line of the kernel linear or contract."""
    operands = [strides(tape, x) for x in line.outs + line.ins]
    orders = [(0, 1)] if line.kernel == "linear" else [(0, 1, 2), (0, 2, 1)]
    return min((Loop(loop, extent, turned, order, starts)
                for turn in permutations(range(3)) for order in orders
                for extent in [tuple(line.extent[t] for t in turn)]
                for turned in [[tuple(operands[k][t] for t in turn) for k in order]]
                for loop, starts in LOOPS[line.kernel](*extent, *turned)), key=lambda found: found.starts)
