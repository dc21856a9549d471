"""The matrix product, in tiles whose sums stay in registers (lesson 05).

o[i,j] (+)= Σ_p x[i,p] z[p,j], with o and z contiguous along j. The one kernel whose loops have an
order of their own on each target. The letters are those of kernels.py; `load` is load_vector (one
register wide) or load_long_vector (two).
"""

import numpy as np
from numba.extending import overload

from .lanes import jit, jit_inline, my_share, unsigned
from .vectors import BYTES, load_long_vector, load_vector, save_vector, vector_length


@jit_inline
def finish(load, memory, o, sum_, store):
    """o (+)= sum_"""
    save_vector(memory, o, sum_ if store else load(memory, o) + sum_)


@jit_inline
def one_row(load, memory, o, x, z, k, xp, zp, store):
    """o (+)= Σ_p x[p] z[p], as wide as what `load` loads"""
    sum_ = memory[x] * load(memory, z)
    for _ in range(unsigned(1), k):
        x += xp
        z += zp
        sum_ += memory[x] * load(memory, z)
    finish(load, memory, o, sum_, store)


@jit_inline
def two_rows(load, memory, o, oi, x, xi, z, k, xp, zp, store):
    """As one_row, for two rows together: each piece of z is loaded once for both."""
    piece = load(memory, z)
    sum0 = memory[x] * piece
    sum1 = memory[x + xi] * piece
    for _ in range(unsigned(1), k):
        x += xp
        z += zp
        piece = load(memory, z)
        sum0 += memory[x] * piece
        sum1 += memory[x + xi] * piece
    finish(load, memory, o, sum0, store)
    finish(load, memory, o + oi, sum1, store)


@jit_inline
def five_rows(load, memory, o, oi, x, xi, z, k, xp, zp, store):
    """As one_row, for five rows.

    Two registers wide, ten sums grow at once: enough to hide the time that an addition takes.
    """
    xi2 = xi + xi
    xi3 = xi2 + xi
    xi4 = xi3 + xi
    piece = load(memory, z)
    sum0 = memory[x] * piece
    sum1 = memory[x + xi] * piece
    sum2 = memory[x + xi2] * piece
    sum3 = memory[x + xi3] * piece
    sum4 = memory[x + xi4] * piece
    for _ in range(unsigned(1), k):
        x += xp
        z += zp
        piece = load(memory, z)
        sum0 += memory[x] * piece
        sum1 += memory[x + xi] * piece
        sum2 += memory[x + xi2] * piece
        sum3 += memory[x + xi3] * piece
        sum4 += memory[x + xi4] * piece
    finish(load, memory, o, sum0, store)
    o += oi
    finish(load, memory, o, sum1, store)
    o += oi
    finish(load, memory, o, sum2, store)
    o += oi
    finish(load, memory, o, sum3, store)
    o += oi
    finish(load, memory, o, sum4, store)


@jit_inline
def five_wide_rows(memory, o, oi, x, xi, z, k, xp, zp, store):
    """As five_rows, three registers wide: fifteen sums. tail0 ... tail4 are the third
    register's."""
    head = unsigned(2 * vector_length(memory))  # how many numbers the first two registers hold
    xi2 = xi + xi
    xi3 = xi2 + xi
    xi4 = xi3 + xi
    piece = load_long_vector(memory, z)
    sum0 = memory[x] * piece
    sum1 = memory[x + xi] * piece
    sum2 = memory[x + xi2] * piece
    sum3 = memory[x + xi3] * piece
    sum4 = memory[x + xi4] * piece
    last = load_vector(memory, z + head)
    tail0 = memory[x] * last
    tail1 = memory[x + xi] * last
    tail2 = memory[x + xi2] * last
    tail3 = memory[x + xi3] * last
    tail4 = memory[x + xi4] * last
    for _ in range(unsigned(1), k):
        x += xp
        z += zp
        piece = load_long_vector(memory, z)
        sum0 += memory[x] * piece
        sum1 += memory[x + xi] * piece
        sum2 += memory[x + xi2] * piece
        sum3 += memory[x + xi3] * piece
        sum4 += memory[x + xi4] * piece
        last = load_vector(memory, z + head)
        tail0 += memory[x] * last
        tail1 += memory[x + xi] * last
        tail2 += memory[x + xi2] * last
        tail3 += memory[x + xi3] * last
        tail4 += memory[x + xi4] * last
    finish(load_long_vector, memory, o, sum0, store)
    finish(load_vector, memory, o + head, tail0, store)
    o += oi
    finish(load_long_vector, memory, o, sum1, store)
    finish(load_vector, memory, o + head, tail1, store)
    o += oi
    finish(load_long_vector, memory, o, sum2, store)
    finish(load_vector, memory, o + head, tail2, store)
    o += oi
    finish(load_long_vector, memory, o, sum3, store)
    finish(load_vector, memory, o + head, tail3, store)
    o += oi
    finish(load_long_vector, memory, o, sum4, store)
    finish(load_vector, memory, o + head, tail4, store)


@jit_inline
def all_rows(load, memory, o, x, z, m, k, oi, xi, xp, zp, store):
    """All rows of one piece of the columns: five, two and one at a time."""
    five, two = unsigned(5), unsigned(2)
    fives = m - m % five
    for i in range(unsigned(0), fives, five):
        five_rows(load, memory, o + i * oi, oi, x + i * xi, xi, z, k, xp, zp, store)
    twos = m - (m - fives) % two
    for i in range(fives, twos, two):
        two_rows(load, memory, o + i * oi, oi, x + i * xi, xi, z, k, xp, zp, store)
    if twos < m:
        one_row(load, memory, o + twos * oi, x + twos * xi, z, k, xp, zp, store)


@jit
def thread_matmul(memory, o, x, z, m, n, k, oi, xi, xp, zp, store):
    """On the CPU: two registers' width of the columns at a time.

    An odd register is taken together with the first two where the rows come in fives and there are
    processor registers for fifteen sums; else it comes last.
    """
    length = unsigned(BYTES // memory.itemsize)
    two, five = unsigned(2), unsigned(5)
    j = unsigned(0)
    if BYTES == 64 and n > length and n // length % two == unsigned(1) and m % five == unsigned(0):
        for i in range(unsigned(0), m, five):
            five_wide_rows(memory, o + i * oi, oi, x + i * xi, xi, z, k, xp, zp, store)
        j = unsigned(3) * length
    while j + two * length <= n:
        all_rows(load_long_vector, memory, o + j, x, z + j, m, k, oi, xi, xp, zp, store)
        j += two * length
    if j < n:
        all_rows(load_vector, memory, o + j, x, z + j, m, k, oi, xi, xp, zp, store)


@jit
def lane_matmul(memory, o, x, z, m, n, k, oi, xi, xp, zp, store):
    """On a GPU: a lane sums up one number at a time.

    Neighbouring lanes take neighbouring columns, as a rule of the same row: they read neighbours of
    z, and the same number of x.
    """
    zero = memory.dtype.type(0)
    for element in my_share(m * n):
        i = unsigned(element // n)
        j = unsigned(element - i * n)
        x_at = unsigned(x + i * xi)
        z_at = unsigned(z + j)
        sum_ = zero
        for _ in range(np.int32(k)):
            sum_ += memory[x_at] * memory[z_at]
            x_at = unsigned(x_at + xp)
            z_at = unsigned(z_at + zp)
        finish(load_vector, memory, unsigned(o + i * oi + j), sum_, store)


def matmul(memory, o, x, z, m, n, k, oi, xi, xp, zp, store):
    """o[i,j] (+)= Σ_p x[i,p] z[p,j], n a whole number of registers."""
    by_lanes = vector_length(memory) == 1
    multiply = lane_matmul if by_lanes else thread_matmul
    multiply(memory, o, x, z, m, n, k, oi, xi, xp, zp, store)


overload(matmul, target="cpu", strict=False)(lambda *arguments: thread_matmul)
overload(matmul, target="cuda", strict=False)(lambda *arguments: lane_matmul)
