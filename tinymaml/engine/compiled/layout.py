"""Where every block lies in the flat memory of one task.

    w_0 .. w_N | adjoints | direction v | Hv | shifted point | data | constants, loss | saved for
    each step | scratch

An operand is its place, the distance between its copies for successive steps, and its strides: so
one program serves every step. The programs run one after the other, and share the same scratch.
"""

import numpy as np

from .blocks import Place


class Layout:
    """Hands out places in memory, which is `size` numbers long in the end."""

    def __init__(self):
        self.size = 0
        self.constants = []  # (positions, values), written once

    def reserve(self, length, copies=1):
        """length: a whole number of cache lines -> Place"""
        place = Place(self.size, length if copies > 1 else 0)
        self.size += length * copies
        return place

    def place_fixed(self, blocks, planes, data):
        """The blocks of a tape whose place is given: block -> Place.

        planes: plane -> Place of a whole parameter vector; data: the place of each array.
        """
        tape = blocks.tape
        places = {(slot, ""): place for slot, place in zip(tape.data, data, strict=True)}
        offset = 0
        for slot in tape.parameters:
            for plane, vector in planes.items():
                places[slot, plane] = Place(vector.at + offset, vector.apart)
            offset += blocks.length((slot, ""))
        places[tape.loss, ""] = self.reserve(blocks.length((tape.loss, "")))
        constants = {(slot, ""): array for slot, array in tape.constants.items()}
        constants[tape.loss, "bar"] = np.ones((1, 1))
        for block, values in constants.items():
            places[block] = self.reserve(blocks.length(block))
            self.constants.append((places[block].at + blocks.positions(*values.shape), values))
        return places

    def place_saved(self, blocks, saved, steps):
        """Reserve a copy of these blocks for every step: what the way back reads."""
        start = self.size
        starts = [self.reserve(blocks.length(block)).at for block in saved]
        apart = self.size - start
        self.size += apart * (steps - 1)
        return {block: Place(at, apart) for block, at in zip(saved, starts, strict=True)}

    def place_scratch(self, blocks, placed, calls, start):
        """A place from `start` on for every block that has none yet -> the places of all blocks."""
        places = dict(placed)
        at = start
        for call in calls:
            for operand in call.outs + call.ins:
                if operand.block not in places:
                    places[operand.block] = Place(at)
                    at += blocks.length(operand.block)
        self.size = max(self.size, at)
        return places
