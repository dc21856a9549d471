"""Lanes: who runs a loop, on the CPU and on a GPU (lesson 06).

On the CPU a thread is a single lane; on a GPU a block has hundreds (a block of lanes, which has
nothing to do with the blocks of a tape).

Lanes run the same kernel side by side and share its loops out: `for i in my_share(n)`. They
run in no fixed order. Where one needs what others have written, all wait for all: `barrier()`. Two
rules follow, and every kernel keeps them: every element of a result is written by one lane, which
sums it up alone and in order, so that the number of lanes does not change a bit; and between two
barriers no lane touches what another one writes.

To Numba on the CPU these words are 0, 1 and nothing, and leave no trace. On a GPU they are the
hardware's own (gpu/words.py). To plain Python they are what the running lane says it is: the
emulator (gpu/emulator.py) plays all lanes, one after another.
"""

import threading

import numpy as np
from numba.extending import overload, register_jitable


class RunningLane(threading.local):
    """The lane that plain Python plays: its number, its block's, and how long its registers are."""

    lane = 0
    lanes = 1
    block = 0
    blocks = 1
    width = None  # as on this CPU

    def barrier(self):
        """Nobody to wait for."""

    def last_block(self, finished):
        return True


running = RunningLane()


def lane():
    """This lane's number."""
    return running.lane


def lanes():
    """How many lanes this block has."""
    return running.lanes


def barrier():
    """Wait until all lanes of this block are here."""
    running.barrier()


def block():
    """This block's number."""
    return running.block


def blocks():
    """How many blocks there are."""
    return running.blocks


def last_block(finished):
    """Is this block ready last? finished: how many were ready before, [0] at first."""
    return running.last_block(finished)


def unsigned(n):
    """n as an unsigned integer, as all lengths and offsets are: 64 bits on the CPU, 32 on a GPU.

    NumPy's negative indices count from the end, so a signed index would be checked each time.
    """
    return np.uint64(n)


def my_share(n):
    """This lane's share of 0, 1, ..., n - 1: neighbouring lanes take neighbours."""
    return range(lane(), n, lanes())


def my_pieces(n, length):
    """As my_share, in pieces of so many numbers: where this lane's pieces start."""
    return range(length * lane(), n, length * lanes())


overload(lane, target="cpu")(lambda: lambda: 0)
overload(lanes, target="cpu")(lambda: lambda: 1)
overload(barrier, target="cpu")(lambda: lambda: None)
overload(unsigned, target="cpu")(lambda n: lambda n: np.uint64(n))
overload(my_share, target="cpu")(lambda n: lambda n: range(n))
overload(my_pieces, target="cpu")(
    lambda n, length: lambda n, length: range(np.uint64(0), n, length)
)


# NaN and infinity keep their meaning; sums may be taken in another order
NUMERICS = {"fastmath": {"contract", "reassoc", "nsz"}, "error_model": "numpy"}


def compile_on_call(**options):
    """A decorator: Numba compiles the function where another one calls it, on the CPU and on a GPU.

    Without what only a caller in Python needs: a wrapper in C, and reference counts.
    """

    def decorate(function):
        overload(function, target="cuda", strict=False)(lambda *arguments: function)
        return register_jitable(no_cfunc_wrapper=True, _nrt=False, **options)(function)

    return decorate


jit = compile_on_call(**NUMERICS)  # a function that others call
jit_inline = compile_on_call(
    forceinline=True, **NUMERICS
)  # passing its arguments would take longer
