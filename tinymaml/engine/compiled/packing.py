"""The data of tasks as the kernels take them: a row of numbers for each task."""

import functools

import numpy as np

from .blocks import Alignment, Place


class Packing(Alignment):
    """How the blocks of a task's data lie, one after the other.

    shapes: (copies, rows, columns) of each; copies is one for each step, or 1.
    """

    def __init__(self, dtype, shapes):
        super().__init__(dtype)
        self.shapes = shapes
        self.places = []
        self.length = 0
        for copies, rows, columns in shapes:
            apart = self.block_length(rows, columns)
            self.places.append(Place(self.length, apart if copies > 1 else 0))
            self.length += copies * apart

    def pack(self, arrays, tasks):
        """arrays: (B, rows, columns), or (B, copies, rows, columns), one for each block -> (B,
        length)."""
        packed = np.zeros((tasks, self.length), self.dtype)
        item = packed.itemsize
        for (copies, rows, columns), place, array in zip(
            self.shapes, self.places, arrays, strict=True
        ):
            shape = (tasks, copies, rows, columns)
            distances = (self.length, place.apart, self.row_distance(columns), 1)
            strides = [item * distance for distance in distances]
            view = np.ndarray(shape, self.dtype, packed, item * place.at, strides)
            view[...] = array.reshape(shape)
        return packed


@functools.lru_cache(128)
def cached_packing(dtype, shapes):
    """A `Packing` made before, if there is one: training asks for the same at every iteration."""
    return Packing(dtype, shapes)
