"""The NumPy machine: one line a kernel. To read, and the reference that the compiled machine is
tested against."""

import numpy as np

from .function_table import POINTWISE


# Every kernel gets its operands as arrays, the line's argument, the operands' index letters, which
# are einsum's own, and how far i and j run (for `linear`, which may spread a block over letters
# that it does not have).
def linear(o, x, c, letters, ij):
    o += c * np.einsum("ij,%s->%s" % (letters[1], letters[0]), np.ones_like(o, shape=ij), x)


def contract(o, x, z, _, letters, ij):
    o += np.einsum("%s,%s->%s" % (letters[1], letters[2], letters[0]), x, z)


def apply(o, s, x, f, *_):
    o[...] = POINTWISE[f].value(x)
    s[...] = POINTWISE[f].slope(x, o)


def curve(t, y, s, d, f, *_):
    t[...] = POINTWISE[f].curve(y, s) * d


def rowmax(o, x, _, letters, ij):
    o[...] = x.max(-1) if "j" in letters[1] else x


KERNELS = dict(linear=linear, contract=contract, apply=apply, curve=curve, rowmax=rowmax)


def run(tape, lines, blocks, dtype):
    """Run a program on `blocks`, a dict (slot, plane) -> 2-D array, which gains every block that
    the program writes."""

    def view(operand):  # without the axes that the index does not name
        return blocks[operand.key][(*(0 if c == "0" else slice(None) for c in operand.index), ...)]

    with np.errstate(
        all="ignore"
    ):  # overflow gives infinities, which are reported where they matter
        for line in lines:
            operands = line.outs + line.ins
            if line.store:
                blocks.update({o.key: np.zeros(tape.shapes[o.slot], dtype) for o in line.outs})
            letters = [x.index.replace("0", "") for x in operands]
            KERNELS[line.kernel](*map(view, operands), line.arg, letters, line.extent[:2])
