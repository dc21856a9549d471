"""The kernels as plain loops over one flat array `w` (lesson 05). Plain Python; compiled where Numba compiles them.

What makes them fast is said once, here. Offsets are unsigned (`ix`): a signed one could be negative, and NumPy's wraparound
check would keep the compiler from using vector instructions. The innermost loop runs along memory, and its bounds are
known before it starts. A number is written T(1), because a literal 1 would turn float32 into float64. `store`: the result
is written, not added to; the compiler makes two loops of it.
"""
import numpy as np
from numba.extending import register_jitable

kernel = register_jitable(fastmath={"contract", "reassoc", "nsz"}, error_model="numpy")     # NaN and infinity keep their meaning
ix = np.uint64


@kernel
def fill(w, o, n, c):
    for j in range(n): w[o + ix(j)] = c


@kernel
def axpy(w, o, x, n, c, y):
    """o = x + c y"""
    for j in range(n): j = ix(j); w[o + j] = w[x + j] + c * w[y + j]


@kernel
def rowmax(w, o, x, m, n):
    """o[i] = max_j x[i,j]; NaN where the row has one"""
    for i in range(m):
        b = x + ix(i) * ix(n); t = w[b]
        for j in range(1, n): v = w[b + ix(j)]; t = v if v > t or v != v else t
        w[o + ix(i)] = t


# ---- linear: o (+)= c x

@kernel
def rows(w, o, x, m, n, oi, xi, c, store):
    """o[i,j] (+)= c x[i,j], both contiguous along j"""
    zero = w.dtype.type(0)
    for i in range(m):
        a = o + ix(i) * oi; b = x + ix(i) * xi
        for j in range(n): j = ix(j); w[a + j] = c * w[b + j] + (zero if store else w[a + j])


@kernel
def total(w, o, x, m, n, oi, xi, c, store):
    """o[i] (+)= c Σ_j x[i,j]"""
    zero = w.dtype.type(0)
    for i in range(m):
        a = o + ix(i) * oi; b = x + ix(i) * xi; t = zero
        for j in range(n): t += w[b + ix(j)]
        w[a] = c * t + (zero if store else w[a])


@kernel
def transpose(w, o, x, m, n, c):
    """o[j,i] = c x[i,j], four rows at a time"""
    M = ix(m); N = ix(n)
    for i in range(0, m - 3, 4):
        for j in range(n):
            p = x + ix(i) * N + ix(j); q = o + ix(j) * M + ix(i)
            w[q], w[q + ix(1)], w[q + ix(2)], w[q + ix(3)] = c * w[p], c * w[p + N], c * w[p + N + N], c * w[p + N + N + N]
    for i in range(m - m % 4, m):
        for j in range(n): w[o + ix(j) * M + ix(i)] = c * w[x + ix(i) * N + ix(j)]


@kernel
def spread(w, o, x, m, n, oi, oj, xi, xj, c, store):
    """o[i,j] (+)= c x[i,j], any strides"""
    zero = w.dtype.type(0)
    for i in range(m):
        for j in range(n):
            a = o + ix(i) * oi + ix(j) * oj
            w[a] = c * w[x + ix(i) * xi + ix(j) * xj] + (zero if store else w[a])


# ---- contract: o (+)= x z

@kernel
def multiply(w, o, x, z, m, n, oi, xi, zi, store):
    """o[i,j] (+)= x[i,j] z[i,j], all contiguous along j"""
    zero = w.dtype.type(0)
    for i in range(m):
        a = o + ix(i) * oi; b = x + ix(i) * xi; d = z + ix(i) * zi
        for j in range(n): j = ix(j); w[a + j] = w[b + j] * w[d + j] + (zero if store else w[a + j])


@kernel
def scale(w, o, x, z, m, n, oi, xi, zi, store):
    """o[i,j] (+)= x[i] z[i,j]"""
    for i in range(m): rows(w, o + ix(i) * oi, z + ix(i) * zi, 1, n, oi, zi, w[x + ix(i) * xi], store)


@kernel
def dot(w, o, x, z, m, n, oi, xi, zi, store):
    """o[i] (+)= Σ_j x[i,j] z[i,j]"""
    zero = w.dtype.type(0)
    for i in range(m):
        a = o + ix(i) * oi; b = x + ix(i) * xi; d = z + ix(i) * zi; t = zero
        for j in range(n): j = ix(j); t += w[b + j] * w[d + j]
        w[a] = t + (zero if store else w[a])


@kernel
def contract(w, o, x, z, m, n, k, oi, oj, op, xi, xj, xp, zi, zj, zp):
    """o[i,j,p] += x[i,j,p] z[i,j,p], any strides: slow and always right"""
    for i in range(m):
        for j in range(n):
            a = o + ix(i) * oi + ix(j) * oj; b = x + ix(i) * xi + ix(j) * xj; d = z + ix(i) * zi + ix(j) * zj
            for p in range(k): p = ix(p); w[a + p * op] += w[b + p * xp] * w[d + p * zp]


@kernel
def five(w, x, step): return w[x], w[x + step], w[x + ix(2) * step], w[x + ix(3) * step], w[x + ix(4) * step]


@kernel
def one_row(w, o, x, z, n, k, xp, zp):
    """o[j] += Σ_p x[p] z[p,j], five terms at a time: o is read and written once for five"""
    for p in range(0, k - 4, 5):
        a = five(w, x + ix(p) * xp, xp)
        for j in range(n):
            j = ix(j); s = w[o + j]
            for q in range(5): s += a[q] * w[z + ix(p + q) * zp + j]
            w[o + j] = s
    for p in range(k - k % 5, k): rows(w, o, z + ix(p) * zp, 1, n, zp, zp, w[x + ix(p) * xp], 0)


@kernel
def two_rows(w, o, oi, x, xi, z, n, k, xp, zp):
    """As one_row, for two rows together: each z[p,j] is loaded once for both."""
    for p in range(0, k - 4, 5):
        y = x + ix(p) * xp; a = five(w, y, xp); b = five(w, y + xi, xp)
        for j in range(n):
            j = ix(j); s = w[o + j]; t = w[o + oi + j]
            for q in range(5): v = w[z + ix(p + q) * zp + j]; s += a[q] * v; t += b[q] * v
            w[o + j] = s; w[o + oi + j] = t


@kernel
def five_rows(w, o, oi, x, xi, z, n, k, xp, zp):
    """Five rows, five terms: 25 multiplications for every five numbers loaded."""
    o1 = o + oi; o2 = o1 + oi; o3 = o2 + oi; o4 = o3 + oi
    for p in range(0, k - 4, 5):
        y = x + ix(p) * xp
        a = five(w, y, xp); b = five(w, y + xi, xp); c = five(w, y + ix(2) * xi, xp); d = five(w, y + ix(3) * xi, xp); e = five(w, y + ix(4) * xi, xp)
        for j in range(n):
            j = ix(j); s0 = w[o + j]; s1 = w[o1 + j]; s2 = w[o2 + j]; s3 = w[o3 + j]; s4 = w[o4 + j]
            for q in range(5): v = w[z + ix(p + q) * zp + j]; s0 += a[q] * v; s1 += b[q] * v; s2 += c[q] * v; s3 += d[q] * v; s4 += e[q] * v
            w[o + j] = s0; w[o1 + j] = s1; w[o2 + j] = s2; w[o3 + j] = s3; w[o4 + j] = s4


@kernel
def matmul(w, o, x, z, m, n, k, oi, xi, xp, zp):
    """o[i,j] += Σ_p x[i,p] z[p,j], o and z contiguous along j: the rows five, two and one at a time, then the last terms"""
    i = 0
    while i + 5 <= m: five_rows(w, o + ix(i) * oi, oi, x + ix(i) * xi, xi, z, n, k, xp, zp); i += 5
    while i + 2 <= m: two_rows(w, o + ix(i) * oi, oi, x + ix(i) * xi, xi, z, n, k, xp, zp); i += 2
    if i < m: one_row(w, o + ix(i) * oi, x + ix(i) * xi, z, n, k - k % 5, xp, zp)
    p = ix(k - k % 5)
    for i in range(m if k % 5 else 0): one_row(w, o + ix(i) * oi, x + ix(i) * xi + p * xp, z + p * zp, n, k % 5, xp, zp)
