"""Who runs a kernel (lesson 06): on the CPU a thread, which is a single lane; on a GPU the lanes of
a block, hundreds at once.

Lanes run the same kernel side by side and share its loops out: `for i in range(lane(), n,
lanes())`. Nobody says which of them is ahead. Where one needs what others have written, all wait
for all: `barrier()`. Two rules follow, and every kernel keeps them: every element of a result is
written by one lane, which sums it up alone and in order, so that the number of lanes does not
change a bit; and between two barriers no lane touches what another one writes.

To Numba on the CPU these words are 0, 1 and nothing, and leave no trace. On a GPU they are the
hardware's own (cuda_words.py). To plain Python they are what the running lane says it is: the
emulator (emulator.py) plays all lanes, one after another.
"""

import threading

import numpy as np
from numba.extending import overload, register_jitable


class Here(threading.local):
    """Which lane of how many plain Python is, of which block; and how many numbers its registers
    hold (None: as on this CPU)."""

    lane, lanes, block, blocks, width = 0, 1, 0, 1, None

    def barrier(self):
        pass  # nobody to wait for

    def last_block(self, finished):
        return True


here = Here()


def lane():
    return here.lane


def lanes():
    return here.lanes


def barrier():
    here.barrier()


def block():
    return here.block


def blocks():
    return here.blocks


def last_block(finished):
    return here.last_block(
        finished
    )  # is this block ready last? finished: how many were ready before, [0] at first


def ix(n):
    """n as an offset: unsigned, for a signed one could be negative, and would drag NumPy's
    wraparound check along. On the CPU as long as an address; on a GPU half as long, and takes one
    register, not two."""
    return np.uint64(n)


overload(lane, target="cpu")(lambda: lambda: 0)
overload(lanes, target="cpu")(lambda: lambda: 1)
overload(barrier, target="cpu")(lambda: lambda: None)
overload(ix, target="cpu")(lambda n: lambda n: np.uint64(n))


def taught(**options):
    """A decorator: Numba compiles the function where another one calls it, on the CPU with these
    options, on a GPU with its own."""

    def teach(function):
        overload(function, target="cuda", strict=False)(lambda *arguments: function)
        return register_jitable(**options)(function)

    return teach
