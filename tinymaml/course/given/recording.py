"""Who touches what: an array that writes down which lane reads and writes which place (lesson 06).

x = RecordingArray(np.zeros(64, np.float32))
emulate(kernel, x, lanes=8)
instructions(x)[2]      the places that the eight lanes touch in their third instruction
"""

import numpy as np

from ...engine.compiled.lanes import lane

MOST = 100_000  # accesses that are recorded: a lane without an end would fill the memory


class RecordingArray:
    """An array that remembers which lane read and wrote which place.

    reads, writes, touched (both of them): lists of (lane, place), in order.
    """

    def __init__(self, values):
        self.values = values
        self.reads = []
        self.writes = []
        self.touched = []
        self.dtype = values.dtype
        self.shape = values.shape
        self.size = values.size
        self.itemsize = values.itemsize
        self.ndim = values.ndim

    def __getattr__(self, word):
        raise AttributeError(
            f"a lane reads and writes an array's numbers, one at a time; it has no `.{word}`"
        )

    def __len__(self):
        return len(self.values)

    def place(self, index):
        if not isinstance(index, (int, np.integer)):
            raise TypeError(
                "a lane reads or writes one number at a time: "
                "index with one whole number, in a loop"
            )
        if not 0 <= index < len(self.values):
            raise IndexError(f"lane {lane()} is at place {index}, of {len(self.values)}")
        if len(self.touched) > MOST:
            raise RuntimeError(
                f"{MOST:,} reads and writes, and no end: is there a loop that does not stop?"
            )
        return int(index)

    def note(self, accesses, index):
        access = lane(), self.place(index)
        accesses.append(access)
        self.touched.append(access)

    def __getitem__(self, index):
        self.note(self.reads, index)
        return self.values[index]

    def __setitem__(self, index, value):
        self.note(self.writes, index)
        self.values[index] = value


def places_by_lane(accesses):
    """lane -> the places of its reads or writes, in order."""
    places = {}
    for who, place in accesses:
        places.setdefault(who, []).append(place)
    return places


def instructions(array):
    """What the lanes of a warp touch together in a RecordingArray: for each instruction, a tuple of
    places, one for each lane. All lanes have run the same instructions."""
    return list(zip(*places_by_lane(array.touched).values(), strict=True))
