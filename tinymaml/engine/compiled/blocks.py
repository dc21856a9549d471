"""How blocks lie in memory: in rows that start on a cache line (lessons 04 and 05).

So every vector that a kernel loads lies in one cache line of 64 bytes, and no kernel needs a
remainder: what it writes behind the last column falls into the gap. Gaps hold arbitrary numbers;
sums skip them.
"""

from typing import NamedTuple

import numpy as np

CACHE_LINE = 64  # bytes


class Place(NamedTuple):
    """Where a block is, and how far apart its copies for successive steps are."""

    at: int
    apart: int = 0


class Alignment:
    """Lengths and distances, counted in numbers of one precision."""

    def __init__(self, dtype):
        self.dtype = np.dtype(dtype)
        self.unit = CACHE_LINE // self.dtype.itemsize  # numbers in a cache line

    def round_up(self, n):
        """n rounded up to whole cache lines."""
        return -(-n // self.unit) * self.unit

    def row_distance(self, columns):
        """How far apart the rows of a block are. A single column has no gaps.

        Rows a multiple of 1024 bytes apart would compete for the same few places in the cache: they
        get a cache line more (a network 256 wide runs 1.3 times as fast).
        """
        if columns == 1:
            return 1
        n = self.round_up(columns)
        return n + self.unit if n * self.dtype.itemsize % 1024 == 0 else n

    def block_length(self, rows, columns):
        """How long a block is: a row is as long as a column with as many numbers."""
        last_row = self.round_up(columns) if columns > 1 else 1
        return self.round_up((rows - 1) * self.row_distance(columns) + last_row)

    def positions(self, rows, columns):
        """Where each number of a block is, counted from its start, (rows, columns)."""
        return self.row_distance(columns) * np.arange(rows)[:, None] + np.arange(columns)


class Blocks(Alignment):
    """The blocks of a tape."""

    def __init__(self, tape, dtype=np.float64):
        super().__init__(dtype)
        self.tape = tape

    def shape(self, block):
        """(rows, columns); the planes of transposed copies, "..._T", have them exchanged."""
        slot, plane = block
        rows, columns = self.tape.shapes[slot]
        return (columns, rows) if plane.endswith("_T") else (rows, columns)

    def length(self, block):
        return self.block_length(*self.shape(block))

    def strides(self, operand, extent):
        """How far apart neighbours along i, j and p are; 0 along a letter that the operand
        lacks."""
        if operand.letters == "0ij":
            return extent[1], 1, 0
        row_letter, column_letter = operand.letters
        distance = self.row_distance(self.shape(operand.block)[1])
        strides = []
        for letter in "ijp":
            along_rows = distance if letter == row_letter else 0
            along_columns = 1 if letter == column_letter else 0
            strides.append(along_rows + along_columns)
        return tuple(strides)

    def parameter_positions(self):
        """Where each parameter lies in a parameter vector in memory, (P,), and how long that vector
        is."""
        found = []
        length = 0
        for slot in self.tape.parameters:
            found.append((length + self.positions(*self.tape.shapes[slot])).ravel())
            length += self.length((slot, ""))
        return np.concatenate(found), length
