"""The loops of lesson 05 that the lesson does not write out: they work as its kernels do.

memory        one number after the other; all operands lie in it
o, x, z, d    where the operands start; o is the result
m, n, k       how far i, j and p run
oi, xj, ...   how far apart o's neighbours along i are, x's along j, ...
"""

import math

import numpy as np
from numba.extending import register_jitable

HOW = {"fastmath": {"contract", "reassoc", "nsz"}, "error_model": "numpy"}
kernel = register_jitable(**HOW)
ix = np.uint64


@kernel
def clear(memory, o, m, n, k, oi, oj, op):
    """o[i,j,p] = 0, once for each number of o."""
    for i in range(m if oi else 1):
        for j in range(n if oj else 1):
            for p in range(k if op else 1):
                memory[o + i * oi + j * oj + p * op] = 0.0


@kernel
def linear_loop(memory, o, x, m, n, oi, oj, xi, xj, c):
    """o[i,j] += c · x[i,j]"""
    for i in range(m):
        for j in range(n):
            memory[o + i * oi + j * oj] += c * memory[x + i * xi + j * xj]


@kernel
def dot_loop(memory, o, x, z, m, n, k, oi, oj, xi, zj):
    """o[i,j] += Σ_p x[i,p] · z[p,j]; along p, x and z have stride 1, and the sum is a register."""
    for i in range(m):
        for j in range(n):
            x_row = ix(x + i * xi)
            z_row = ix(z + j * zj)
            total = 0.0
            for p in range(k):
                total += memory[x_row + ix(p)] * memory[z_row + ix(p)]
            memory[o + i * oi + j * oj] += total


@kernel
def tanh_loop(memory, o, slope, x, length):
    """o = tanh(x) and slope = tanh'(x), for blocks of `length` numbers."""
    for e in range(length):
        y = math.tanh(memory[x + e])
        memory[o + e] = y
        memory[slope + e] = 1.0 - y * y


@kernel
def curve_loop(memory, o, y, slope, d, length):
    """o = tanh''(x) · d = -2 · y · slope · d"""
    for e in range(length):
        memory[o + e] = -2.0 * memory[y + e] * memory[slope + e] * memory[d + e]
