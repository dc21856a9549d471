"""How blocks lie in memory (lesson 04): in rows that start on 64-byte lines, one block after the
other.

So every vector that a kernel loads lies on one line, and no kernel needs a remainder: what it
writes behind the last column falls into the gap. What is in a gap is anybody's guess; sums run over
columns that are there.
"""

import functools
from typing import NamedTuple

import numpy as np


class Place(NamedTuple):
    """Where a block is, and how far apart its copies for successive steps are."""

    at: int
    apart: int = 0


class Lines:
    """Lengths and distances in numbers of one precision."""

    def __init__(self, dtype):
        self.dtype = np.dtype(dtype)
        self.line = 64 // self.dtype.itemsize

    def up(self, n):
        """n rounded up to whole lines."""
        return -(-n // self.line) * self.line

    def row(self, columns):
        """How far apart the rows of a block are. A single column has no gaps. Rows a multiple of
        1024 bytes apart would compete for the same few places in the cache: they get a line more (a
        network 256 wide runs 1.3 times as fast)."""
        n = self.up(columns)
        return 1 if columns == 1 else n + self.line if n * self.dtype.itemsize % 1024 == 0 else n

    def block(self, rows, columns):
        """How long a block is: a row is as long as a column with as many numbers."""
        return self.up((rows - 1) * self.row(columns) + (self.up(columns) if columns > 1 else 1))


class Memory(Lines):
    """The blocks of a tape."""

    def __init__(self, tape, dtype=np.float64):
        super().__init__(dtype)
        self.tape = tape

    def shape(self, key):
        rows, columns = self.tape.shapes[key[0]]
        return (columns, rows) if key[1].endswith("_T") else (rows, columns)

    def size(self, key):
        return self.block(*self.shape(key))

    def strides(self, operand):
        """How far apart neighbours along i, j and p are; 0 along a letter that the operand
        lacks."""
        apart = self.row(self.shape(operand.key)[1])
        return tuple((operand.index[0] == c) * apart + (operand.index[1] == c) for c in "ijp")

    def positions(self):
        """Where each parameter lies in a parameter vector, (P,), and how long that vector is, gaps
        included."""
        found, length = [], 0
        for slot in self.tape.parameters:
            rows, columns = self.tape.shapes[slot]
            found.append(
                (length + self.row(columns) * np.arange(rows)[:, None] + np.arange(columns)).ravel()
            )
            length += self.size((slot, ""))
        return np.concatenate(found), length


@functools.lru_cache(128)
def packing(dtype, blocks):
    """A `Packing` made before, if there is one: training asks for the same at every iteration."""
    return Packing(dtype, blocks)


class Packing(Lines):
    """The data of a task: blocks, one after the other. blocks: (copies, rows, columns) each, copies
    one for each step."""

    def __init__(self, dtype, blocks):
        super().__init__(dtype)
        self.blocks, self.places, self.length = blocks, [], 0
        for copies, rows, columns in blocks:
            apart = self.block(rows, columns)
            self.places.append(Place(self.length, apart if copies > 1 else 0))
            self.length += copies * apart

    def pack(self, arrays, B):
        """arrays: (B, rows, columns), or (B, copies, rows, columns), one for each block
        -> (B, length), a row for each task; the arrays in it, (B, copies, rows, columns), without a copy."""
        packed = np.zeros((B, self.length), self.dtype)
        item, views = packed.itemsize, []
        for block, place, a in zip(self.blocks, self.places, arrays, strict=True):
            strides = self.length * item, place.apart * item, self.row(block[2]) * item, item
            views.append(np.ndarray((B, *block), self.dtype, packed, place.at * item, strides))
            views[-1][...] = a.reshape(views[-1].shape)
        return packed, views
