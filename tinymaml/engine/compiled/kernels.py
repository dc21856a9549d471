"""The loops, over one flat array, `memory` (lesson 05). Plain Python; Numba compiles them.

What makes them fast is said once, here. The innermost loop runs along memory, gaps behind the last
column included, so its length is a whole number of registers; most of these loops the compiler
turns into vector instructions by itself, and the two that matter most, `matmul` and `axpy`, say
what is to be in a register (vectors.py). A number is written T(1), because a literal 1 would turn
float32 into float64. Lengths and offsets are unsigned (lanes.py).

    o, x, z       where the operands start; o is the result
    m, n, k       how far i, j and p run
    oi, xj, ...   how far apart o's neighbours along i are, x's along j, ...
    store         the result is written, not added to

One loop of each kernel is shared out among lanes: the one along memory, so that neighbours read
neighbours; in the kernels that sum, the one over the sums.
"""

import numpy as np

from .lanes import jit, jit_inline, my_pieces, my_share, unsigned
from .vectors import load_vector, save_vector, square_side, transpose_square, vector_length


@jit_inline
def fill(memory, o, n, c):
    """o = c"""
    for j in my_share(n):
        memory[o + j] = c


@jit_inline
def axpy(memory, o, x, n, c, y):
    """o = x + c y, n a whole number of registers"""
    for j in my_pieces(n, unsigned(vector_length(memory))):
        total = load_vector(memory, x + j) + c * load_vector(memory, y + j)
        save_vector(memory, o + j, total)


@jit_inline
def multiply_vectors(memory, o, x, n, z):
    """o = x z"""
    for j in my_share(n):
        memory[o + j] = memory[x + j] * memory[z + j]


@jit_inline
def subtract_product(memory, o, x, n, y, z):
    """o = x - y z"""
    for j in my_share(n):
        memory[o + j] = memory[x + j] - memory[y + j] * memory[z + j]


@jit_inline
def rowmax(memory, o, x, m, n, xi):
    """o[i] = max_j x[i,j], and 0 where that is infinite or NaN"""
    infinity = memory.dtype.type(np.inf)
    zero = memory.dtype.type(0)
    for i in my_share(m):
        row = x + i * xi
        largest = memory[row]
        for j in range(n):
            number = memory[row + j]
            largest = number if number > largest or number != number else largest
        memory[o + i] = largest if -infinity < largest < infinity else zero


# ---- linear: o (+)= c x


@jit_inline
def rows(memory, o, x, m, n, oi, xi, c, store):
    """o[i,j] (+)= c x[i,j], both contiguous along j"""
    zero = memory.dtype.type(0)
    for i in range(m):
        o_row = o + i * oi
        x_row = x + i * xi
        for j in my_share(n):
            before = zero if store else memory[o_row + j]
            memory[o_row + j] = c * memory[x_row + j] + before


@jit_inline
def total(memory, o, x, m, n, k, oi, xi, xj, c, store):
    """o[i] (+)= c Σ_j Σ_p x[i,j,p], x contiguous along p"""
    zero = memory.dtype.type(0)
    for i in my_share(m):
        at = o + i * oi
        sum_ = zero
        for j in range(n):
            row = x + i * xi + j * xj
            for p in range(k):
                sum_ += memory[row + p]
        memory[at] = c * sum_ + (zero if store else memory[at])


@jit_inline
def transpose(memory, o, x, m, n, oj, xi):
    """o[j,i] = x[i,j]: in squares, then what is left"""
    side = unsigned(square_side(memory))
    m_squares = m - m % side
    n_squares = n - n % side
    for i in range(unsigned(0), m_squares, side):
        for j in my_pieces(n_squares, side):
            transpose_square(memory, o + j * oj + i, oj, x + i * xi + j, xi)
    for i in range(m):
        start = n_squares if i < m_squares else unsigned(0)
        for j in my_share(n - start):
            memory[o + (start + j) * oj + i] = memory[x + i * xi + start + j]


@jit_inline
def spread(memory, o, x, m, n, oi, oj, xi, xj, c, store):
    """o[i,j] (+)= c x[i,j], any strides"""
    zero = memory.dtype.type(0)
    for i in my_share(m):
        for j in range(n):
            at = o + i * oi + j * oj
            before = zero if store else memory[at]
            memory[at] = c * memory[x + i * xi + j * xj] + before


# ---- contract: o (+)= x z


@jit_inline
def multiply(memory, o, x, z, m, n, oi, xi, zi, store):
    """o[i,j] (+)= x[i,j] z[i,j], all contiguous along j"""
    zero = memory.dtype.type(0)
    for i in range(m):
        o_row = o + i * oi
        x_row = x + i * xi
        z_row = z + i * zi
        for j in my_share(n):
            before = zero if store else memory[o_row + j]
            memory[o_row + j] = memory[x_row + j] * memory[z_row + j] + before


@jit_inline
def scale(memory, o, x, z, m, n, oi, xi, zi, store):
    """o[i,j] (+)= x[i] z[i,j], o and z contiguous along j"""
    for i in range(m):
        factor = memory[x + i * xi]
        rows(memory, o + i * oi, z + i * zi, unsigned(1), n, oi, zi, factor, store)


@jit_inline
def dot(memory, o, x, z, m, n, k, oi, xi, xj, zi, zj, store):
    """o[i] (+)= Σ_j Σ_p x[i,j,p] z[i,j,p], both contiguous along p"""
    zero = memory.dtype.type(0)
    for i in my_share(m):
        at = o + i * oi
        sum_ = zero
        for j in range(n):
            x_row = x + i * xi + j * xj
            z_row = z + i * zi + j * zj
            for p in range(k):
                sum_ += memory[x_row + p] * memory[z_row + p]
        memory[at] = sum_ + (zero if store else memory[at])


@jit
def contract(memory, o, x, z, m, n, k, oi, oj, op, xi, xj, xp, zi, zj, zp):
    """o[i,j,p] += x[i,j,p] z[i,j,p], any strides: slow and always right"""
    for i in my_share(m):
        for j in range(n):
            o_at = o + i * oi + j * oj
            x_at = x + i * xi + j * xj
            z_at = z + i * zi + j * zj
            for _ in range(k):
                memory[o_at] += memory[x_at] * memory[z_at]
                o_at += op
                x_at += xp
                z_at += zp
