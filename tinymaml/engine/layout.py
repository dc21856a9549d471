"""Where every block lies in the flat workspace of one task, and the tables of integers that say so (lesson 04).

    parameters w_0 .. w_N | adjoints | direction v | Hv | shifted point | data | constants | loss | saved, step by step | scratch

An operand is (where, how far apart its copies for successive steps are, its strides), so that one program serves every
step. Blocks that are never alive together share the same scratch.
"""
from typing import NamedTuple

import numpy as np

from .loops import choose, shape
from .passes import PASSES
from .sweeps import given, keys

OPCODES = "fill rows total transpose spread multiply scale dot contract matmul apply curve rowmax".split()
STORING = {"rows", "total", "transpose", "spread", "multiply", "scale", "dot"}
FUNCTIONS = "tanh sin cos exp log sqrt square relu softplus sigmoid reciprocal".split()
HEAD, OPERAND, WIDTH = 5, 5, 5 + 4 * 5                      # opcode, store or function, m, n, k; four operands of five numbers


class Place(NamedTuple):
    at: int
    apart: int = 0


def up(n):
    """Blocks start on 64-byte lines: 16 numbers in float32, and two lines in float64."""
    return -(-n // 16) * 16


class Layout:
    """Reserves places. `packed` lists (tape, slot, slice): where the host puts each data array in a task's row of data."""

    def __init__(self):
        self.size, self.constants = 0, []

    def reserve(self, n, copies=1):
        place = Place(self.size, up(n) if copies > 1 else 0)
        self.size += up(n) * copies
        return place

    def fix(self, tape, planes, data):
        """The blocks of a tape whose place is given. planes: plane -> Place of the whole parameter vector; data: its places."""
        fixed, offset = dict(zip([(s, "") for s in tape.data], data)), 0
        for slot in tape.parameters:
            fixed.update({(slot, plane): Place(p.at + offset, p.apart) for plane, p in planes.items()})
            offset += size(tape, (slot, ""))
        values = {(s, ""): a for s, a in tape.constants.items()} | {(tape.loss, "bar"): np.ones((1, 1))}
        for key, value in values.items():
            fixed[key] = self.reserve(value.size)
            self.constants.append((fixed[key].at, value.ravel()))
        fixed[tape.loss, ""] = fixed.get((tape.loss, "")) or self.reserve(1)
        return fixed

    def save(self, tape, fixed, keep, steps):
        """A copy for every step of the blocks that one program leaves to another."""
        places = {key: self.reserve(size(tape, key)) for key in keep}
        apart = sum(up(size(tape, key)) for key in keep)
        self.size += apart * (max(steps, 1) - 1)
        fixed.update({key: Place(p.at, apart) for key, p in places.items()})

    def scratch(self, tape, fixed, lines, start):
        """First fit: two blocks that are never alive together may lie in the same place."""
        life, placed = {}, {}
        for t, line in enumerate(lines):
            for key in keys(line.outs + line.ins):
                if key not in fixed:
                    life[key] = life.get(key, (t, t))[0], t
        for key, (born, _) in life.items():
            at, n = start, up(size(tape, key))
            for a, b in sorted((placed[k].at, placed[k].at + up(size(tape, k))) for k in placed if life[k][1] >= born):
                if at + n <= a:
                    break
                at = max(at, b)
            placed[key] = Place(at)
            self.size = max(self.size, at + n)
        return fixed | placed


def size(tape, key):
    return int(np.prod(tape.shapes[key[0]]))


def optimise(lines, tape, passes=PASSES):
    fixed = given(tape) | {(tape.loss, "")} | {(s, plane) for s in tape.parameters for plane in ("bar", "bar_dot")}
    for change in passes:
        lines = change(lines, tape, fixed)
    return lines


def table(lines, tape, places, results=()):
    """Lines as rows of integers, and their coefficients. What of `results` nobody writes is filled with zeros."""
    rows, coefficients = [], []

    def add(opcode, flag, extent, operands, c=1.0):
        row = [OPCODES.index(opcode), flag, *extent]
        for x, strides in operands:
            row += [*places[x], *strides]
        rows.append(row + [0] * (WIDTH - len(row)))
        coefficients.append(c)

    written = {key for line in lines for key in keys(line.outs)}
    for key in results:
        if key not in written:
            add("fill", 0, (1, size(tape, key), 1), [(key, (0, 0, 0))], 0.0)
    for line in lines:
        operands, flat = line.outs + line.ins, (1, int(np.prod(shape(tape, line.outs[0]))), 1)
        if line.kernel in ("apply", "curve"):
            add(line.kernel, FUNCTIONS.index(line.arg), flat, [(x.key, (0, 0, 0)) for x in operands])
            continue
        if line.kernel == "rowmax":
            add("rowmax", 0, line.extent, [(x.key, (0, 0, 0)) for x in operands])
            continue
        loop, (m, n, k), strides, order, _ = choose(line, tape)
        if loop == "transpose" and not line.store:
            loop = "spread"
        (oi, oj, _), *_ = strides
        several = m > 1 and oi == 0 or n > 1 and oj == 0 and loop not in ("total", "dot")   # terms for one result
        store = line.store and loop in STORING and not several
        if line.store and not store:
            add("fill", 0, flat, [(line.outs[0].key, (0, 0, 0))], 0.0)
        add(loop, int(store), (m, n, k), [(operands[q].key, s) for q, s in zip(order, strides)], line.arg if line.kernel == "linear" else 1.0)
    return np.array(rows, np.int64).reshape(-1, WIDTH), np.array(coefficients, np.float64)
