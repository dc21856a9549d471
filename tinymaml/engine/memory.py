"""How the blocks of a tape lie in memory (lesson 04): in rows that start on 64-byte lines, one after the other.

So every vector that a kernel loads lies on one line, and no kernel needs a remainder: what it writes behind the last
column falls into the gap. What is in a gap is anybody's guess; sums run over columns that are there.
"""
import numpy as np


class Memory:
    """The lengths and distances of a tape's blocks, in numbers of one precision."""

    def __init__(self, tape, dtype=np.float64, line=64):
        self.tape, self.line = tape, line // np.dtype(dtype).itemsize       # the numbers on a line of memory

    def up(self, n):
        """n rounded up to whole lines."""
        return -(-n // self.line) * self.line

    def row(self, columns):
        """How far apart the rows of a block are; a single column has no gaps."""
        return self.up(columns) if columns > 1 else 1

    def shape(self, key):
        rows, columns = self.tape.shapes[key[0]]
        return (columns, rows) if key[1].endswith("_T") else (rows, columns)

    def size(self, key):
        rows, columns = self.shape(key)
        return self.up(rows * self.row(columns))

    def strides(self, operand):
        """How far apart neighbours along i, j and p are; 0 along a letter that the operand lacks."""
        apart = self.row(self.shape(operand.key)[1])
        return tuple((operand.index[0] == c) * apart + (operand.index[1] == c) for c in "ijp")

    def lay(self, a):
        """The values of a block, (rows, columns) -> (rows * row,), gaps included."""
        return np.pad(a, ((0, 0), (0, self.row(a.shape[1]) - a.shape[1]))).ravel()

    def positions(self):
        """Where each parameter lies in a parameter vector, (P,), and how long that vector is, gaps included."""
        found, length = [], 0
        for slot in self.tape.parameters:
            rows, columns = self.tape.shapes[slot]
            found.append((length + self.row(columns) * np.arange(rows)[:, None] + np.arange(columns)).ravel())
            length += self.size((slot, ""))
        return np.concatenate(found), length
