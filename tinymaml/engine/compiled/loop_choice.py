"""Lines become rows of integers (lesson 05). For each line the loop is chosen here, on the host,
once: of all orders of i, j and p, and of the two factors, the one whose innermost loop runs along
memory and starts least often. The loop that lanes share out (lesson 06) moves along the result: no
two of them ever write to the same place."""

import functools
from itertools import permutations

import numpy as np

from ..function_table import POINTWISE
from ..sweeps import keys

OPCODES = (
    "fill rows total transpose spread multiply scale dot contract matmul apply curve rowmax".split()
)
STORING = {"rows", "total", "transpose", "spread", "multiply", "scale", "dot", "matmul"}
IN_REGISTERS = {"total", "dot", "matmul"}
VECTORS = {
    "rows",
    "multiply",
    "scale",
    "matmul",
}  # their innermost loops run over whole lines of memory, gaps included
FUNCTIONS = list(POINTWISE)
HEAD, OPERAND = 5, 5  # opcode, store or function, m, n, k; then, for each of four operands:
WIDTH = (
    HEAD + 4 * OPERAND
)  # where, how far apart its copies for successive steps are, and its strides


def linear_loops(m, n, k, o, x):
    """The kernels that can run o += c x in this order of loops, with how often each starts its
    innermost loop."""
    if k == 1 and o[1] == x[1] == 1 < n:  # both run along memory
        yield m, "rows"
    if k == 1 and o[0] == 1 < o[1] and x[1] == 1 < x[0]:
        yield m * n / 4, "transpose"
    if m == 1 or o[0]:  # shared out along i: results that lie apart
        if k == 1:
            yield 2 * m * n, "spread"
        if o[1] == o[2] == 0 and x[2] == 1 < k:
            yield m * n, "total"


def contract_loops(m, n, k, o, x, z):
    """As linear_loops, for o += x z."""
    if k == 1 and o[1] == x[1] == z[1] == 1 < n:
        yield m, "multiply"
    if k == 1 and o[1] == z[1] == 1 < n and x[1] == 0:
        yield m, "scale"
    if (
        o[1] == z[1] == 1 < n and o[2] == x[1] == z[0] == 0 and (m == 1 or o[0])
    ):  # its rows are written together: they must differ
        yield 1 + m * k / 10, "matmul"
    if m == 1 or o[0]:
        yield 9 * m * n * k, "contract"
        if o[1] == o[2] == 0 and x[2] == z[2] == 1 < k:
            yield m * n, "dot"


@functools.cache
def best(kernel, extent, strides):
    """-> the kernel's name, the lengths of its loops, the order of the operands, their strides
    along the loops"""
    loops, found = {"linear": linear_loops, "contract": contract_loops}[kernel], []
    for turn in permutations(range(3)):
        for order in [(0, 1)] if kernel == "linear" else [(0, 1, 2), (0, 2, 1)]:
            lengths, turned = (
                [extent[q] for q in turn],
                [tuple(strides[k][q] for q in turn) for k in order],
            )
            found += [
                (starts, loop, lengths, order, turned) for starts, loop in loops(*lengths, *turned)
            ]
    return min(found, key=lambda f: f[0])[1:]


def choose(line, memory):
    return best(line.kernel, line.extent, tuple(memory.strides(x) for x in line.outs + line.ins))


def table(lines, memory, places, results=()):
    """-> the rows (lines, WIDTH) and the coefficients (lines,). What of `results` nobody writes is
    filled with zeros."""
    rows, coefficients = [], []

    def add(opcode, flag, extent, operands, strides=4 * [(0, 0, 0)], c=1.0):
        numbers = [
            OPCODES.index(opcode),
            flag,
            *extent,
            *(n for x, s in zip(operands, strides) for n in (*places[x], *s)),
        ]
        rows.append(numbers + [0] * (WIDTH - len(numbers)))
        coefficients.append(c)

    for key in set(results) - {key for line in lines for key in keys(line.outs)}:
        add("fill", 0, (1, memory.size(key), 1), [key], c=0.0)
    for line in lines:
        operands, whole = keys(line.outs + line.ins), (1, memory.size(line.outs[0].key), 1)
        if line.kernel in ("apply", "curve"):
            add(line.kernel, FUNCTIONS.index(line.arg), whole, operands)
        elif line.kernel == "rowmax":
            add(
                "rowmax",
                0,
                line.extent,
                operands,
                [memory.strides(x) for x in line.outs + line.ins],
            )
        else:
            loop, (m, n, k), order, turned = choose(line, memory)
            loop = (
                "spread" if loop == "transpose" and not (line.store and line.arg == 1.0) else loop
            )
            if loop in VECTORS:  # every operand that runs along j has a gap behind its n numbers
                n = memory.up(n)
                if loop in ("rows", "multiply") and {s[0] for s in turned} == {
                    n
                }:  # no gaps between the rows: one long row
                    m, n = 1, m * n
            # o stays where it is while a loop runs, in a kernel that does not sum in a register:
            # then a second round would overwrite the first, so o is cleared and added to
            comes_back = loop not in IN_REGISTERS and any(
                q > 1 and step == 0 for q, step in zip((m, n, k), turned[0])
            )
            store = line.store and loop in STORING and not comes_back
            if line.store and not store:
                add("fill", 0, whole, operands, c=0.0)
            add(
                loop,
                int(store),
                (m, n, k),
                [operands[q] for q in order],
                turned,
                line.arg if line.kernel == "linear" else 1.0,
            )
    return np.array(rows, np.int64).reshape(-1, WIDTH), np.array(coefficients, np.float64)
