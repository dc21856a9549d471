"""Where every block lies in the flat workspace of one task (lesson 04).

    parameters w_0 .. w_N | adjoints | direction v | Hv | shifted point | data | constants, loss |
    saved for each step | scratch

An operand is (where, how far apart its copies for successive steps are, its strides), so that one
program serves every step. Blocks that are never alive together share the same scratch.
"""

from bisect import insort

import numpy as np

from ..sweeps import keys
from .blocks import Place


class Layout:
    """Hands out places in a workspace, which is `size` numbers long in the end."""

    def __init__(self):
        self.size, self.constants = 0, []  # constants: (where, values), written once

    def reserve(self, n, copies=1):
        """n: whole lines of memory."""
        place = Place(self.size, n if copies > 1 else 0)
        self.size += n * copies
        return place

    def fix(self, memory, planes, data):
        """The blocks of a tape whose place is given. planes: plane -> Place of a whole parameter
        vector; data: each array's."""
        tape, offset = memory.tape, 0
        fixed = dict(zip([(s, "") for s in tape.data], data))
        for slot in tape.parameters:
            fixed |= {
                (slot, plane): Place(place.at + offset, place.apart)
                for plane, place in planes.items()
            }
            offset += memory.size((slot, ""))
        values = {(tape.loss, "bar"): np.ones((1, 1))} | {
            (s, ""): a for s, a in tape.constants.items()
        }
        fixed |= {key: self.reserve(memory.size(key)) for key in [*values, (tape.loss, "")]}
        for key, a in values.items():
            rows, columns = (np.arange(n) for n in a.shape)
            self.constants.append(
                (fixed[key].at + memory.row(a.shape[1]) * rows[:, None] + columns, a)
            )
        return fixed

    def save(self, memory, blocks, steps):
        """Places for a copy of these blocks for every step: what the way forwards leaves to the way
        back."""
        first = [self.reserve(memory.size(key)).at for key in blocks]
        apart = self.size - first[0] if first else 0
        self.size += apart * (steps - 1)
        return {key: Place(at, apart) for key, at in zip(blocks, first)}

    def scratch(self, memory, fixed, lines, start):
        """First fit: two blocks that are never alive together may lie in the same place. -> the
        places of all blocks"""
        life, placed, alive = {}, {}, []
        for t, line in enumerate(lines):
            for key in keys(line.outs + line.ins):
                if key not in fixed:
                    life[key] = life.get(key, (t, t))[0], t
        for key, (born, dies) in life.items():  # in the order in which they are born
            alive = [other for other in alive if other[2] >= born]
            at, n = start, memory.size(key)
            for a, b, _ in alive:  # from left to right
                if at + n <= a:
                    break
                at = max(at, b)
            insort(alive, (at, at + n, dies))
            placed[key] = Place(at)
            self.size = max(self.size, at + n)
        return fixed | placed
