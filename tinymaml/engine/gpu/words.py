"""What the words of lanes.py, vectors.py and bits.py are on a GPU: all that differs from the CPU,
but for matmul's loop order.

A block's lanes are CUDA's threads; a lane's register holds one number, so that loading a vector is
loading a number. Imported where a GPU is first asked for: `numba.cuda` takes a while.
"""

from operator import add, floordiv, getitem, iadd, imul, isub, mod, mul, sub

import numpy as np
from numba import cuda, types
from numba.cuda import libdevice
from numba.extending import overload

from ..compiled.bits import FLOATS, exponent, power_of_two
from ..compiled.lanes import (
    barrier,
    block,
    blocks,
    lane,
    lanes,
    last_block,
    my_pieces,
    my_share,
    unsigned,
)
from ..compiled.vectors import (
    load_vector,
    save_vector,
    square_side,
    transpose_square,
    vector_length,
)


def on_gpu(word):
    """A decorator: where the word is called, Numba compiles this function for a GPU."""

    def decorate(function):
        overload(word, target="cuda", strict=False)(lambda *arguments: function)
        return function

    return decorate


# ---- lanes.py


@on_gpu(lane)
def thread_in_block():
    return cuda.threadIdx.x


@on_gpu(lanes)
def threads_of_block():
    return cuda.blockDim.x


@on_gpu(block)
def block_in_grid():
    return cuda.blockIdx.x


@on_gpu(blocks)
def blocks_of_grid():
    return cuda.gridDim.x


@on_gpu(barrier)
def wait_for_block():
    cuda.syncthreads()


@on_gpu(last_block)
def count_ready_blocks(finished):
    cuda.threadfence()  # what this lane has written, the other blocks can see from now on
    barrier()
    last = 0
    if lane() == 0 and cuda.atomic.add(finished, 0, 1) == blocks() - 1:
        last = 1
    if cuda.syncthreads_or(last):
        cuda.threadfence()  # and what they have written, this lane sees
        if lane() == 0:
            finished[0] = 0  # for the next launch
        return True
    return False


@on_gpu(my_share)
def numbers_of_lane(n):
    return range(lane(), np.int32(n), lanes())


@on_gpu(my_pieces)
def pieces_of_lane(n, length):
    """A piece is a number."""
    return my_share(n)


# ---- lengths and offsets

SHORT = (types.uint32, types.int32)


@on_gpu(unsigned)
def unsigned_32_bits(n):
    """Half as long as an address: it takes one of a lane's registers, not two."""
    return np.uint32(n)


def keep_32_bits(operation):
    """Let the operation on short integers give a short one, where Numba's own would give 64 bits.

    Nothing is left of the casts once it is compiled.
    """

    @overload(operation, target="cuda")
    def overload_operation(x, z):
        if x in SHORT and z in SHORT and types.uint32 in (x, z):
            return lambda x, z: np.uint32(operation(np.uint64(x), np.uint64(z)))


for operation in (add, sub, mul, floordiv, mod, iadd, isub, imul):
    keep_32_bits(operation)


@overload(range, target="cuda", strict=False)
def overload_range(*arguments):
    """Count with 32 bits, too. Numba has such a range for signed integers."""
    if types.uint32 not in arguments:
        return None
    if len(arguments) == 1:
        return lambda stop: range(np.int32(stop))
    if len(arguments) == 2:
        return lambda start, stop: range(np.int32(start), np.int32(stop))
    return lambda start, stop, step: range(np.int32(start), np.int32(stop), np.int32(step))


# ---- names of positions


@overload(getitem, target="cuda")
def overload_getitem(array, index):
    """facts[Fact.SIZE] and code[row, Column.LOOP]: numba-cuda knows no such index."""
    if isinstance(index, types.IntEnumMember):
        return lambda array, index: array[index.value]
    if isinstance(index, types.BaseTuple) and isinstance(index[-1], types.IntEnumMember):
        return lambda array, index: array[index[0], index[1].value]


# ---- vectors.py


@on_gpu(vector_length)
def length_of_register(memory):
    return 1


@on_gpu(square_side)
def side_of_number(memory):
    return 1


@on_gpu(load_vector)
def load_number(memory, at):
    return memory[at]


@on_gpu(save_vector)
def save_number(memory, at, number):
    memory[at] = number


@on_gpu(transpose_square)
def transpose_number(memory, o, oj, x, xi):
    memory[o] = memory[x]


# ---- bits.py

BITS = {
    types.float32: (libdevice.float_as_int, libdevice.int_as_float, np.int32),
    types.float64: (libdevice.double_as_longlong, libdevice.longlong_as_double, np.int64),
}


@overload(power_of_two, target="cuda")
def overload_power_of_two(shifted):
    to_bits, from_bits, integer = BITS[shifted]
    form = FLOATS[shifted.bitwidth]
    mantissa, exponent_of_1 = form.mantissa, form.exponent_of_1 << form.mantissa
    return lambda shifted: from_bits(integer((to_bits(shifted) << mantissa) + exponent_of_1))


@overload(exponent, target="cuda")
def overload_exponent(x):
    to_bits, from_bits, integer = BITS[x]
    mantissa, _, root_of_half, whole = FLOATS[x.bitwidth]
    return lambda x: from_bits(integer(((to_bits(x) - root_of_half) >> mantissa) + whole))
