"""The kernels as plain loops over one flat array `w` (lesson 05). Plain Python; compiled where
Numba compiles them.

What makes them fast is said once, here. The innermost loop runs along memory, gaps behind the last
column included, so its length is a whole number of registers; most of these loops the compiler
turns into vector instructions by itself, and the two that matter most, `matmul` and `axpy`, say
what is to be in a register (vectors.py). A number is written T(1), because a literal 1 would turn
float32 into float64. `store`: the result is written, not added to.

One loop of each kernel is shared out among lanes (lanes.py): the one along memory, so that
neighbours read neighbours; in the kernels that sum, the one over the sums.
"""

import numpy as np
from numba.extending import overload

from .lanes import ix, lane, lanes, taught
from .vectors import BYTES, one, save, side, turn, two, width

HOW = dict(
    fastmath={"contract", "reassoc", "nsz"}, error_model="numpy"
)  # NaN and infinity keep their meaning
kernel = taught(**HOW)  # a function that others call
inlined = taught(
    forceinline=True, **HOW
)  # a part of the function that uses it: passing its arguments would take longer


@inlined
def fill(w, o, n, c):
    for j in range(lane(), n, lanes()):
        w[o + ix(j)] = c


@inlined
def axpy(w, o, x, n, c, y):
    """o = x + c y, n whole lines"""
    for j in range(width(w) * lane(), n, width(w) * lanes()):
        j = ix(j)
        save(w, o + j, one(w, x + j) + c * one(w, y + j))


@inlined
def rowmax(w, o, x, m, n, xi):
    """o[i] = max_j x[i,j]; NaN where the row has one"""
    for i in range(lane(), m, lanes()):
        b = ix(x + ix(i) * xi)
        t = w[b]
        for j in range(1, n):
            v = w[b + ix(j)]
            t = v if v > t or v != v else t
        w[o + ix(i)] = t


# ---- linear: o (+)= c x


@inlined
def rows(w, o, x, m, n, oi, xi, c, store):
    """o[i,j] (+)= c x[i,j], both contiguous along j"""
    zero = w.dtype.type(0)
    for i in range(m):
        a = ix(o + ix(i) * oi)
        b = ix(x + ix(i) * xi)
        for j in range(lane(), n, lanes()):
            j = ix(j)
            w[a + j] = c * w[b + j] + (zero if store else w[a + j])


@inlined
def total(w, o, x, m, n, k, oi, xi, xj, c, store):
    """o[i] (+)= c Σ_j Σ_p x[i,j,p], x contiguous along p"""
    zero = w.dtype.type(0)
    for i in range(lane(), m, lanes()):
        a = ix(o + ix(i) * oi)
        t = zero
        for j in range(n):
            b = ix(x + ix(i) * xi + ix(j) * xj)
            for p in range(k):
                t += w[b + ix(p)]
        w[a] = c * t + (zero if store else w[a])


@inlined
def transpose(w, o, x, m, n, oj, xi):
    """o[j,i] = x[i,j]: in squares, then what is left"""
    s = side(w)
    a, b = m - m % s, n - n % s
    for i in range(0, a, s):
        for j in range(s * lane(), b, s * lanes()):
            turn(w, o + ix(j) * oj + ix(i), oj, x + ix(i) * xi + ix(j), xi)
    for i in range(m):
        for j in range((b if i < a else 0) + lane(), n, lanes()):
            w[o + ix(j) * oj + ix(i)] = w[x + ix(i) * xi + ix(j)]


@inlined
def spread(w, o, x, m, n, oi, oj, xi, xj, c, store):
    """o[i,j] (+)= c x[i,j], any strides"""
    zero = w.dtype.type(0)
    for i in range(lane(), m, lanes()):
        for j in range(n):
            a = ix(o + ix(i) * oi + ix(j) * oj)
            w[a] = c * w[x + ix(i) * xi + ix(j) * xj] + (zero if store else w[a])


# ---- contract: o (+)= x z


@inlined
def multiply(w, o, x, z, m, n, oi, xi, zi, store):
    """o[i,j] (+)= x[i,j] z[i,j], all contiguous along j"""
    zero = w.dtype.type(0)
    for i in range(m):
        a = ix(o + ix(i) * oi)
        b = ix(x + ix(i) * xi)
        d = ix(z + ix(i) * zi)
        for j in range(lane(), n, lanes()):
            j = ix(j)
            w[a + j] = w[b + j] * w[d + j] + (zero if store else w[a + j])


@inlined
def scale(w, o, x, z, m, n, oi, xi, zi, store):
    """o[i,j] (+)= x[i] z[i,j]"""
    for i in range(m):
        rows(w, o + ix(i) * oi, z + ix(i) * zi, 1, n, oi, zi, w[x + ix(i) * xi], store)


@inlined
def dot(w, o, x, z, m, n, k, oi, xi, xj, zi, zj, store):
    """o[i] (+)= Σ_j Σ_p x[i,j,p] z[i,j,p], both contiguous along p"""
    zero = w.dtype.type(0)
    for i in range(lane(), m, lanes()):
        a = ix(o + ix(i) * oi)
        t = zero
        for j in range(n):
            b = ix(x + ix(i) * xi + ix(j) * xj)
            d = ix(z + ix(i) * zi + ix(j) * zj)
            for p in range(k):
                p = ix(p)
                t += w[b + p] * w[d + p]
        w[a] = t + (zero if store else w[a])


@kernel
def contract(w, o, x, z, m, n, k, oi, oj, op, xi, xj, xp, zi, zj, zp):
    """o[i,j,p] += x[i,j,p] z[i,j,p], any strides: slow and always right"""
    for i in range(lane(), m, lanes()):
        for j in range(n):
            a = ix(o + ix(i) * oi + ix(j) * oj)
            b = ix(x + ix(i) * xi + ix(j) * xj)
            d = ix(z + ix(i) * zi + ix(j) * zj)
            for _ in range(k):
                w[a] += w[b] * w[d]
                a = ix(a + op)
                b = ix(b + xp)
                d = ix(d + zp)


@inlined
def put(load, w, o, s, store):
    save(w, o, s if store else load(w, o) + s)


@inlined
def one_row(load, w, o, x, z, k, xp, zp, store):
    """o (+)= Σ_p x[p] z[p], as wide as what `load` loads: the sum stays in registers until it is
    complete"""
    s = w[x] * load(w, z)
    for _ in range(1, k):
        x = ix(x + xp)
        z = ix(z + zp)
        s += w[x] * load(w, z)
    put(load, w, o, s, store)


@inlined
def two_rows(load, w, o, oi, x, xi, z, k, xp, zp, store):
    """As one_row, for two rows together: each piece of z is loaded once for both."""
    v = load(w, z)
    s = w[x] * v
    t = w[x + xi] * v
    for _ in range(1, k):
        x = ix(x + xp)
        z = ix(z + zp)
        v = load(w, z)
        s += w[x] * v
        t += w[x + xi] * v
    put(load, w, o, s, store)
    put(load, w, o + oi, t, store)


@inlined
def five_rows(load, w, o, oi, x, xi, z, k, xp, zp, store):
    """Five rows: where `load` fills two registers, ten sums grow at once, enough to hide the time
    that an addition takes."""
    x2 = ix(xi + xi)
    x3 = ix(x2 + xi)
    x4 = ix(x3 + xi)
    v = load(w, z)
    s = w[x] * v
    t = w[x + xi] * v
    u = w[x + x2] * v
    q = w[x + x3] * v
    r = w[x + x4] * v
    for _ in range(1, k):
        x = ix(x + xp)
        z = ix(z + zp)
        v = load(w, z)
        s += w[x] * v
        t += w[x + xi] * v
        u += w[x + x2] * v
        q += w[x + x3] * v
        r += w[x + x4] * v
    put(load, w, o, s, store)
    o = ix(o + oi)
    put(load, w, o, t, store)
    o = ix(o + oi)
    put(load, w, o, u, store)
    o = ix(o + oi)
    put(load, w, o, q, store)
    o = ix(o + oi)
    put(load, w, o, r, store)


@inlined
def five_wide_rows(w, o, oi, x, xi, z, k, xp, zp, store):
    """As five_rows, three registers wide: fifteen sums. s, t, u, q, r: the first two registers of
    the five rows; S ... R: the third."""
    L = ix(2 * BYTES // w.itemsize)
    x2 = ix(xi + xi)
    x3 = ix(x2 + xi)
    x4 = ix(x3 + xi)
    v = two(w, z)
    s = w[x] * v
    t = w[x + xi] * v
    u = w[x + x2] * v
    q = w[x + x3] * v
    r = w[x + x4] * v
    V = one(w, z + L)
    S = w[x] * V
    T = w[x + xi] * V
    U = w[x + x2] * V
    Q = w[x + x3] * V
    R = w[x + x4] * V
    for _ in range(1, k):
        x = ix(x + xp)
        z = ix(z + zp)
        v = two(w, z)
        s += w[x] * v
        t += w[x + xi] * v
        u += w[x + x2] * v
        q += w[x + x3] * v
        r += w[x + x4] * v
        V = one(w, z + L)
        S += w[x] * V
        T += w[x + xi] * V
        U += w[x + x2] * V
        Q += w[x + x3] * V
        R += w[x + x4] * V
    put(two, w, o, s, store)
    put(one, w, o + L, S, store)
    o = ix(o + oi)
    put(two, w, o, t, store)
    put(one, w, o + L, T, store)
    o = ix(o + oi)
    put(two, w, o, u, store)
    put(one, w, o + L, U, store)
    o = ix(o + oi)
    put(two, w, o, q, store)
    put(one, w, o + L, Q, store)
    o = ix(o + oi)
    put(two, w, o, r, store)
    put(one, w, o + L, R, store)


@inlined
def columns(load, w, o, x, z, m, k, oi, xi, xp, zp, store):
    """All rows of one piece of the columns: five, two and one at a time"""
    i = 0
    while i + 5 <= m:
        five_rows(load, w, o + ix(i) * oi, oi, x + ix(i) * xi, xi, z, k, xp, zp, store)
        i += 5
    while i + 2 <= m:
        two_rows(load, w, o + ix(i) * oi, oi, x + ix(i) * xi, xi, z, k, xp, zp, store)
        i += 2
    if i < m:
        one_row(load, w, o + ix(i) * oi, x + ix(i) * xi, z, k, xp, zp, store)


def matmul(w, o, x, z, m, n, k, oi, xi, xp, zp, store):
    """o[i,j] (+)= Σ_p x[i,p] z[p,j], o and z contiguous along j, n whole lines. The one kernel
    whose loops have an order of their own on each target; the inner loops are the same."""
    (lane_matmul if width(w) == 1 else thread_matmul)(w, o, x, z, m, n, k, oi, xi, xp, zp, store)


@kernel
def thread_matmul(w, o, x, z, m, n, k, oi, xi, xp, zp, store):
    """On the CPU: two registers' width of the columns at a time. An odd one is taken together with
    the first two where the rows come in fives and there are registers for fifteen sums; else it
    comes last."""
    L = BYTES // w.itemsize
    j = 0
    if BYTES == 64 and n > L and n // L % 2 and m % 5 == 0:
        for i in range(0, m, 5):
            five_wide_rows(w, o + ix(i) * oi, oi, x + ix(i) * xi, xi, z, k, xp, zp, store)
        j = 3 * L
    while j + 2 * L <= n:
        columns(two, w, o + ix(j), x, z + ix(j), m, k, oi, xi, xp, zp, store)
        j += 2 * L
    if j < n:
        columns(one, w, o + ix(j), x, z + ix(j), m, k, oi, xi, xp, zp, store)


@kernel
def lane_matmul(w, o, x, z, m, n, k, oi, xi, xp, zp, store):
    """On a GPU: a lane sums up one number at a time. Neighbouring lanes take neighbouring columns,
    as a rule of the same row: they read neighbours of z, and the same number of x."""
    zero = w.dtype.type(0)
    for e in range(lane(), np.int32(m * n), lanes()):
        i = ix(ix(e) // ix(n))
        j = ix(ix(e) - i * ix(n))
        a = ix(x + i * xi)
        b = ix(z + j)
        s = zero
        for _ in range(k):
            s += w[a] * w[b]
            a = ix(a + xp)
            b = ix(b + zp)
        put(one, w, ix(o + i * oi + j), s, store)


overload(matmul, target="cpu", strict=False)(lambda *arguments: thread_matmul)
overload(matmul, target="cuda", strict=False)(lambda *arguments: lane_matmul)
