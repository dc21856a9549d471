"""Lines become rows of integers (lesson 05). For each line the loop is chosen here, on the host, once: of all orders of i, j
and p, and of the two factors, the one whose innermost loop runs along memory and starts least often."""
import functools
from itertools import permutations

import numpy as np

from .operations import POINTWISE
from .sweeps import keys

OPCODES = "fill rows total transpose spread multiply scale dot contract matmul apply curve rowmax".split()
STORING = {"rows", "total", "transpose", "spread", "multiply", "scale", "dot"}
FUNCTIONS = list(POINTWISE)
HEAD, OPERAND = 5, 5                                        # opcode, store or function, m, n, k; then, for each of four operands:
WIDTH = HEAD + 4 * OPERAND                                  # where, how far apart its copies for successive steps are, and its strides


def shape(tape, operand):
    rows, columns = tape.shapes[operand.slot]
    return (columns, rows) if operand.plane.endswith("_T") else (rows, columns)


def strides(tape, operand):
    """How far apart in memory neighbours along i, j and p are; 0 along a letter that the operand lacks."""
    columns = shape(tape, operand)[1]
    return tuple((operand.index[0] == c) * columns + (operand.index[1] == c) for c in "ijp")


def linear_loops(m, n, k, o, x):
    """The kernels that can run o += c x in this order of loops, with how often each starts its innermost loop."""
    along = (o[1] == 1 or n == 1), (x[1] == 1 or n == 1)    # does each run along memory?
    if k == 1:
        yield 2 * m * n, "spread"
        if all(along):
            yield m, "rows"
        if o[1] == 0 and along[1] and n > 1:
            yield m, "total"
        if o[:2] == (1, m) and x[:2] == (n, 1):
            yield m * n / 4, "transpose"


def contract_loops(m, n, k, o, x, z):
    """As linear_loops, for o += x z."""
    yield 9 * m * n * k, "contract"
    along = (o[1] == 1 or n == 1) and (z[1] == 1 or n == 1)
    if k == 1 and along and (x[1] == 1 or n == 1):
        yield m, "multiply"
    if k == 1 and along and x[1] == 0:
        yield m, "scale"
    if k == 1 and o[1] == 0 and x[1] == z[1] == 1:
        yield m, "dot"
    if k > 1 and along and o[2] == x[1] == z[0] == 0 and (m == 1 or o[0]):            # its rows are written together: they must differ
        yield m / 2 * k / 5, "matmul"


@functools.cache
def best(kernel, extent, strides):
    """-> the kernel's name, the lengths of its loops, the order of the operands, their strides along the loops"""
    loops, found = {"linear": linear_loops, "contract": contract_loops}[kernel], []
    for turn in permutations(range(3)):
        for order in [(0, 1)] if kernel == "linear" else [(0, 1, 2), (0, 2, 1)]:
            lengths, turned = [extent[q] for q in turn], [tuple(strides[k][q] for q in turn) for k in order]
            found += [(starts, loop, lengths, order, turned) for starts, loop in loops(*lengths, *turned)]
    return min(found, key=lambda f: f[0])[1:]


def choose(line, tape):
    return best(line.kernel, line.extent, tuple(strides(tape, x) for x in line.outs + line.ins))


def table(lines, tape, places, results=()):
    """-> the rows (lines, WIDTH) and the coefficients (lines,). What of `results` nobody writes is filled with zeros."""
    rows, coefficients = [], []

    def add(opcode, flag, extent, operands, strides=4 * [(0, 0, 0)], c=1.0):
        row = [OPCODES.index(opcode), flag, *extent, *(n for x, s in zip(operands, strides) for n in (*places[x], *s))]
        rows.append(row + [0] * (WIDTH - len(row)))
        coefficients.append(c)

    for key in set(results) - {key for line in lines for key in keys(line.outs)}:
        add("fill", 0, (1, int(np.prod(tape.shapes[key[0]])), 1), [key], c=0.0)
    for line in lines:
        operands, whole = keys(line.outs + line.ins), (1, int(np.prod(tape.shapes[line.outs[0].slot])), 1)
        if line.kernel in ("apply", "curve"):
            add(line.kernel, FUNCTIONS.index(line.arg), whole, operands)
        elif line.kernel == "rowmax":
            add("rowmax", 0, line.extent, operands)
        else:
            loop, (m, n, k), order, turned = choose(line, tape)
            loop = "spread" if loop == "transpose" and not line.store else loop
            # a kernel may store only what it writes once: not where the loop over i, or one over j that it does not sum itself, comes back
            several = m > 1 and turned[0][0] == 0 or n > 1 and turned[0][1] == 0 and loop not in ("total", "dot")
            store = line.store and loop in STORING and not several
            if line.store and not store:
                add("fill", 0, whole, operands, c=0.0)
            add(loop, int(store), (m, n, k), [operands[q] for q in order], turned, line.arg if line.kernel == "linear" else 1.0)
    return np.array(rows, np.int64).reshape(-1, WIDTH), np.array(coefficients, np.float64)
