"""The compiled machine: an interpreter of programs, and gradient descent through which it differentiates (lessons 05, 08).

`learn` is the algorithm as it is written on paper. Everything here is plain Python; `compiled` (cpu.py) compiles it once.
"""
import numpy as np
from numba import prange

from .kernels import (axpy, contract, dot, fill, ix, kernel, matmul, multiply, rowmax, rows, scale, spread, total, transpose)
from .loops import HEAD, OPCODES, OPERAND
from .pointwise import apply, curve

FILL, ROWS, TOTAL, TRANSPOSE, SPREAD, MULTIPLY, SCALE, DOT, CONTRACT, MATMUL, APPLY, CURVE, ROWMAX = range(len(OPCODES))
O, X, Z, U = (HEAD + OPERAND * q for q in range(4))         # the columns where an instruction's operands start
EXACT, FIRST_ORDER, HESSIAN_FREE = range(3)


@kernel
def at(code, q, operand, step):
    return ix(code[q, operand] + step * code[q, operand + 1])


@kernel
def execute(code, coefficients, start, stop, w, step):
    """The interpreter: run instructions start..stop-1 on the workspace w, on the copies of blocks that belong to this step."""
    for q in range(start, stop):
        op, flag, m, n, k = code[q, 0], code[q, 1], code[q, 2], code[q, 3], code[q, 4]
        c = w.dtype.type(coefficients[q])
        o, x, z, u = at(code, q, O, step), at(code, q, X, step), at(code, q, Z, step), at(code, q, U, step)
        oi, xi, zi = ix(code[q, O + 2]), ix(code[q, X + 2]), ix(code[q, Z + 2])
        oj, xj, zj = ix(code[q, O + 3]), ix(code[q, X + 3]), ix(code[q, Z + 3])
        op_, xp, zp = ix(code[q, O + 4]), ix(code[q, X + 4]), ix(code[q, Z + 4])
        if op == MATMUL: matmul(w, o, x, z, m, n, k, oi, xi, xp, zp, flag)
        elif op == MULTIPLY: multiply(w, o, x, z, m, n, oi, xi, zi, flag)
        elif op == SCALE: scale(w, o, x, z, m, n, oi, xi, zi, flag)
        elif op == ROWS: rows(w, o, x, m, n, oi, xi, c, flag)
        elif op == FILL: fill(w, o, n, c)
        elif op == DOT: dot(w, o, x, z, m, n, oi, xi, zi, flag)
        elif op == APPLY: apply(w, flag, o, x, z, n)
        elif op == CURVE: curve(w, flag, o, x, z, u, n)
        elif op == TRANSPOSE: transpose(w, o, x, m, n, oj, xi)
        elif op == TOTAL: total(w, o, x, m, n, oi, xi, c, flag)
        elif op == SPREAD: spread(w, o, x, m, n, oi, oj, xi, xj, c, flag)
        elif op == ROWMAX: rowmax(w, o, x, m, n, xi)
        else: contract(w, o, x, z, m, n, k, oi, oj, op_, xi, xj, xp, zi, zj, zp)


@kernel
def learn(code, coefficients, address, w, P, alpha, delta, steps, method):
    """One task: N steps of gradient descent, the outer loss, and the product of the (I - alpha H_j), right to left."""
    inner, pull, outer, end = address[0], address[1], address[2], address[3]        # a program ends where the next one starts
    W, apart, G, V, HV, SHIFTED = address[4], address[5], ix(address[6]), ix(address[7]), ix(address[8]), ix(address[9])
    half = w.dtype.type(0.5) / delta
    for j in range(steps):                                  # the inner loop
        execute(code, coefficients, inner, pull, w, j)
        axpy(w, ix(W + (j + 1) * apart), ix(W + j * apart), P, -alpha, G)           # w_{j+1} = w_j - alpha g_j
    execute(code, coefficients, outer, end, w, steps)       # the outer loss; v = g_N
    if method == FIRST_ORDER:
        return
    for j in range(steps - 1, -1, -1):                      # the product, right to left
        if method == EXACT:
            execute(code, coefficients, pull, outer, w, j)                          # H_j v
        else:                                               # (g(w_j + delta v) - g(w_j - delta v)) / (2 delta)
            axpy(w, SHIFTED, ix(W + j * apart), P, delta, V)
            execute(code, coefficients, pull, outer, w, j)
            for i in range(P): i = ix(i); w[HV + i] = w[G + i]
            axpy(w, SHIFTED, ix(W + j * apart), P, -delta, V)
            execute(code, coefficients, pull, outer, w, j)
            for i in range(P): i = ix(i); w[HV + i] = half * (w[HV + i] - w[G + i])
        axpy(w, V, V, P, -alpha, HV)                        # v = v - alpha H_j v


def all_tasks(threads, code, coefficients, address, where, workspaces, start, alpha, delta, steps, method, data,
              partial, losses, sound, gradients, trajectory, gradient):
    """Every task, on `threads` threads, each with a workspace of its own; `gradient` becomes the mean of the tasks' gradients.
    sound: 0 for each task whose w_N, loss and gradient are finite, else NaN (0 times infinity). where: the parameters'
    places in a parameter vector of the workspace, between which there are gaps. -> how many tasks are not sound

    The tasks are cut into chunks that depend on their number alone, and the chunks' sums are added in order: the result
    has the same bits for any number of threads.
    """
    P, B, length, kept, T = start.size, data.shape[0], partial.shape[1], trajectory.shape[0], start.dtype.type
    C, zero = min(B, partial.shape[0]), T(0)
    W, apart, V, DATA, LOSS, REAL = ix(address[4]), ix(address[5]), ix(address[7]), ix(address[10]), ix(address[11]), ix(address[12])
    for thread in prange(threads):
        t = np.int64(thread)
        w = workspaces[t]
        for i in range(P): w[W + ix(where[i])] = start[i]
        for c in range(C * t // threads, C * (t + 1) // threads):
            for i in range(length): partial[c, ix(i)] = zero
            for b in range(B * c // C, B * (c + 1) // C):
                for i in range(data.shape[1]): i = ix(i); w[DATA + i] = data[b, i]
                learn(code, coefficients, address, w, length, T(alpha), T(delta), steps, method)
                check = zero * w[LOSS]
                for i in range(length):
                    i = ix(i)
                    partial[c, i] += w[V + i]
                    zeros = zero * w[V + i] + zero * w[W + ix(steps) * apart + i]        # NaN where a number is NaN or infinite
                    check += zeros if w[REAL + i] > zero else zero      # what is in a gap does not count
                losses[b], sound[b] = w[LOSS], check
                if gradients.size:
                    for i in range(P): gradients[b, ix(i)] = w[V + ix(where[i])]
                for j in range(kept):                       # the last `kept` points of w_0 .. w_N
                    for i in range(P): trajectory[j, b, ix(i)] = w[W + ix(steps + 1 - kept + j) * apart + ix(where[i])]
    for c in range(1, C):
        for i in range(length): partial[0, ix(i)] += partial[c, ix(i)]
    for i in range(P): gradient[i] = partial[0, ix(where[i])] / T(B)
    unsound = 0
    for b in range(B): unsound += sound[b] != zero
    return unsound
