"""What the words of lanes.py and vectors.py are on a GPU (lesson 06): all that differs from the
CPU, but for matmul's loop order.

A block's lanes are CUDA's threads; a lane's register holds one number, so that loading a vector is
loading a number. Imported where a GPU is first asked for: `numba.cuda` takes a while.
"""

import math

import numpy as np
from numba import cuda, types
from numba.cuda import libdevice
from numba.extending import overload

from ..compiled.elementary import far_sine_and_cosine, in_quarter
from ..compiled.lanes import barrier, block, blocks, ix, lane, lanes, last_block, taught
from ..compiled.vectors import FLOATS, exponent, one, power_of_two, save, side, turn, width

overload(lane, target="cuda")(lambda: lambda: cuda.threadIdx.x)
overload(lanes, target="cuda")(lambda: lambda: cuda.blockDim.x)
overload(block, target="cuda")(lambda: lambda: cuda.blockIdx.x)
overload(blocks, target="cuda")(lambda: lambda: cuda.gridDim.x)
overload(barrier, target="cuda")(lambda: lambda: cuda.syncthreads())
overload(ix, target="cuda")(lambda n: lambda n: np.uint32(n))
overload(width, target="cuda")(lambda w: lambda w: 1)
overload(side, target="cuda")(lambda w: lambda w: 1)
overload(one, target="cuda")(lambda w, at: lambda w, at: w[at])


@overload(save, target="cuda")
def save_there(w, at, v):
    def put(w, at, v):
        w[at] = v

    return put


@overload(turn, target="cuda")
def turn_there(w, o, oj, x, xi):
    def put(w, o, oj, x, xi):
        w[o] = w[x]

    return put


@overload(last_block, target="cuda")
def last_block_there(finished):
    def ready(finished):
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

    return ready


# ---- a number's bits

BITS = {
    types.float32: (libdevice.float_as_int, libdevice.int_as_float, np.int32),
    types.float64: (libdevice.double_as_longlong, libdevice.longlong_as_double, np.int64),
}


@overload(power_of_two, target="cuda")
def power_of_two_there(shifted):
    (bits, number, word), (mantissa, of_1, _, _) = BITS[shifted], FLOATS[shifted.bitwidth]
    return lambda shifted: number(word((bits(shifted) << mantissa) + (of_1 << mantissa)))


@overload(exponent, target="cuda")
def exponent_there(x):
    (bits, number, word), (mantissa, _, root, whole) = BITS[x], FLOATS[x.bitwidth]
    return lambda x: number(word(((bits(x) - root) >> mantissa) + whole))


@overload(far_sine_and_cosine, target="cuda")
def far_sine_and_cosine_there(x):
    def single(x):
        s, c = in_quarter(*quarter_of(bits(x) & 0x7FFFFFFF))
        nothing = x - x  # NaN if x is infinite
        return (s if x > nothing else -s) + nothing, c + nothing

    bits = BITS[x][0]
    return single if x == types.float32 else lambda x: (math.sin(x), math.cos(x))


U = np.uint64
WINDOW = (
    U(0x0000A2F9836E4E44),
    U(0x1529FC2757D1F534),
    U(0xDDC0DB6295993C43),
    U(0x9041FE5163ABDEBB),
)  # 16 zeros, then the bits of 2/π


@taught(error_model="numpy")
def quarter_of(bits):
    """The number x > 1 with these 32 bits is M 2^e. x = (4 k + q) π/2 + r -> r, q. Of M 2^e 2/π
    only what is left modulo 4 matters, so that of the bits of 2/π the first e - 2 can be dropped,
    and 96 of the next are enough (Payne & Hanek, 1983). GPUs have 64-bit integers; a libm that does
    this for float32 calls on float64."""
    e = (bits >> 23) - 150
    M = U((bits & 0x7FFFFF) | 0x800000)
    drop = U(e + 14) & U(63)
    a, b, c = (
        (WINDOW[0], WINDOW[1], WINDOW[2]) if e + 14 < 64 else (WINDOW[1], WINDOW[2], WINDOW[3])
    )
    first = (a << drop) | (b >> U(1) >> (U(63) - drop))
    then = (b << drop) | (c >> U(1) >> (U(63) - drop))
    turns = M * first + (M * (then >> U(32)) >> U(32))  # of 2^64, which are four quarters
    q = (turns + U(1 << 61)) >> U(62)  # the nearest quarter
    r = np.float32(np.int64(turns - (q << U(62)))) * np.float32(math.pi / 2**63)
    return r, np.float32(q) if q < U(3) else np.float32(-1)
