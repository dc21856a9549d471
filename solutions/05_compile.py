# %% [markdown]
# # 05 · Compile it
#
# Take one product of the sinusoid network, ten samples through a layer of forty: `10 x 40 @ 40 x 40`. We write it as three loops and run them
# twice, in plain Python and compiled. **If NumPy's speed is 1, what do the two reach: 1, 100, 0.01? And how fast could one core go at all?**
#
# *(About 40 minutes' reading; 6 exercises. You need: 04. You will be able to: write kernels that a compiler can make fast, say from two numbers of
# a machine how fast a loop can be, and run every loss of yours through one compiled interpreter.)*

# %%
# given
import itertools
import math

import numpy as np
from numba import njit, prange
from numba.extending import register_jitable

from tinymaml.course import check, hint, restore, solution, status, use     # for you to type
from tinymaml.course import style

use("04")

# %% [markdown]
# ## One kernel, three loops
#
# Lesson 04 ended with lines of four kernels. The one that costs time is `contract`, o[i,j,p] += x[i,j,p] · z[i,j,p]. In a flat buffer `w`, an
# operand is **four integers**: where it starts, and its strides along i, j and p. The kernel knows nothing of shapes:
#
# | line of the program | o: i, j, p | x: i, j, p | z: i, j, p |
# |---|---|---|---|
# | y[i,j] += Σ_p h[i,p] · W[p,j], all 40 wide | 40, 1, **0** | 40, **0**, 1 | **0**, 1, 40 |
# | h_bar[i,p] += Σ_j y_bar[i,j] · W[p,j] | 40, 0, 1 | 40, 1, 0 | 0, 1, 40 |
# | y[i,j] += s[i,j] · b[0,j] | 40, 1, 0 | 40, 1, 0 | **0**, 1, 0 |
#
# The second line is an adjoint of the first: same buffer, other integers.
#
# **Exercise 05.loops** *(write it)*. Three loops, one line inside; any operand may run along all three letters. `@kernel` (defined below) lets
# compiled code call the function and leaves it plain Python for you: keep it.

# %%
# given
HOW = dict(fastmath={"contract", "reassoc", "nsz"}, error_model="numpy")      # see "Numba" below
kernel = register_jitable(**HOW)

# %%
# exercise 05.loops
@kernel
def contract_ijp(w, o, x, z, m, n, k, oi, oj, op, xi, xj, xp, zi, zj, zp):
    """o[i,j,p] += x[i,j,p] · z[i,j,p] for i < m, j < n, p < k. o, x, z: where they start in w; oi: o's stride along i; ..."""
    ### BEGIN SOLUTION
    for i in range(m):
        for j in range(n):
            for p in range(k):
                w[o + i * oi + j * oj + p * op] += w[x + i * xi + j * xj + p * xp] * w[z + i * zi + j * zj + p * zp]
    ### END SOLUTION

# %%
check("05.loops")

# %% [markdown]
# ## Numba
#
# `njit(f)` reads the bytecode of `f` at its **first call**, works out the type of every variable from the types of the arguments, and hands the
# loops to LLVM, the compiler behind clang. It can compile numbers, arrays, tuples, loops and other compiled functions; not your `Var`s, your
# `Call`s or a Python dict of arrays. That is why a loss has to become numbers first.
#
# > **Predict.** NumPy's `x @ z` is 1. The loops in plain Python? Compiled? And how long is the first call: a millisecond, a second?

# %%
import time

m, n, k = 10, 40, 40


def product(m, n, k):
    """A buffer with o (zeros), x and z in it, starting on a 64-byte line of memory; and where they are."""
    size = m * n + m * k + k * n
    raw = np.zeros(size + 8)
    skip = -raw.ctypes.data % 64 // 8
    w = raw[skip:skip + size]
    w[m * n:] = np.random.default_rng(0).normal(size=size - m * n)
    return w, 0, m * n, m * n + m * k


def seconds(call, at_least=0.04):
    """The best of many: what disturbs a measurement makes it longer, never shorter."""
    call()                                                  # the first call may compile
    best, end = np.inf, time.perf_counter() + at_least
    while time.perf_counter() < end:
        start = time.perf_counter()
        call()
        best = min(best, time.perf_counter() - start)
    return best


def right(got, expected, *exercises):
    """Go on only with answers that are right."""
    if got is None or not np.allclose(got, expected, 1e-9, 1e-9):
        raise ValueError(f"not yet right: {' or '.join(exercises)}. To read on without your own, run "
                         f"{', '.join(f'use({name!r})' for name in exercises)} in a new cell below it, and all cells from there again.")


w, o, x, z = product(m, n, k)
X, Z = w[x:z].reshape(m, k), w[z:].reshape(k, n)
anyhow = (m, n, k, n, 1, 0, k, 0, 1, 0, 1, n)               # the first row of the table above
flops = 2 * m * n * k                                       # a multiplication and an addition for each i, j, p
compiled = njit(**HOW)(contract_ijp)
start = time.perf_counter()
compiled(w, o, x, z, *anyhow)
first = time.perf_counter() - start
right(w[:x].reshape(m, n), X @ Z, "05.loops")
memory = w.tolist()                                         # a list: plain Python's fastest buffer
times = {"NumPy, x @ z": seconds(lambda: X @ Z),
         "three loops, plain Python": seconds(lambda: contract_ijp(memory, o, x, z, *anyhow)),
         "three loops, compiled": seconds(lambda: compiled(w, o, x, z, *anyhow))}
for name, t in times.items():
    print(f"{name:28} {1e6 * t:9.1f} µs   {1e-9 * flops / t:7.3f} GFLOP/s   {times['NumPy, x @ z'] / t:.4f} of NumPy")
print(f"first call of the compiled one: {first:.2f} s")

# %% [markdown]
# Compiling makes the loops about fifty times as fast, and NumPy is still thirty or forty times as fast. The loops are machine code now, but
# slow machine code: one number at a time, from places far apart. From here on it is about memory.
#
# ## Idea 1: in which order?
#
# Where in `z` do two orders of the loops read, for one row i of a small product, whose z is 8 x 12?

# %%
class Watched(list):
    """A buffer that remembers where it was read."""
    reads = ()

    def __getitem__(self, at):
        self.reads += (at,)
        return super().__getitem__(at)


import matplotlib.pyplot as plt

colours = style()
figure, panels = plt.subplots(1, 2, sharey=True, figsize=(6.4, 3))
orders = {"p innermost": [(p, j) for j in range(12) for p in range(8)],
          "j innermost": [(p, j) for p in range(8) for j in range(12)]}
for axes, (name, order), colour in zip(panels, orders.items(), (colours["vermilion"], colours["blue"])):
    z_small = Watched([0.0] * 96)
    for p, j in order:
        z_small[12 * p + j]
    axes.plot(z_small.reads, marker=".", markersize=4, linewidth=0.8, linestyle="-", color=colour)
    axes.set(title=name, xlabel="number of the read")
panels[0].set(ylabel="place in z", yticks=range(0, 97, 24))
figure.suptitle("The same 96 numbers of z: one order leaps, the other walks", x=0.01, ha="left", fontsize=11.5)
plt.show()

# %% [markdown]
# *Figure: where in z each read falls. With p innermost the reads leap from row to row; with j innermost they walk.*
#
# A walk matters for two reasons. Memory comes in **lines** of 64 bytes, eight numbers: a walk uses all eight, a leap one. And a core has registers
# of two, four or eight numbers that are loaded, multiplied and added as one, *if* the numbers are neighbours. LLVM does that by itself (it
# **vectorises**) in a loop whose operands walk.
#
# One thing stands in its way. In Python `w[-1]` is the last number, and Numba keeps that promise: each index is compared with 0, and LLVM gives up
# vectorising. An unsigned number cannot be negative. So turn the place where a walk starts into one, `a = ix(o + …)`, count with `w[a + ix(j)]`,
# and the check is gone. (Both sides of the `+` must be unsigned, or the sum is not.)
#
# **Exercise 05.order** *(reorder)*. Now o and z have stride 1 along j. Choose the order in which the innermost loop walks through both, and nothing
# leaps inside it. Index o and z there with unsigned numbers.

# %%
# given
ix = np.uint64

# %%
# exercise 05.order
@kernel
def contract_ipj(w, o, x, z, m, n, k, oi, xi, xp, zp):
    """o[i,j] += Σ_p x[i,p] · z[p,j]; along j, o and z have stride 1."""
    ### BEGIN SOLUTION
    for i in range(m):
        for p in range(k):
            a, b, c = ix(o + i * oi), ix(z + p * zp), w[x + i * xi + p * xp]
            for j in range(n):
                w[a + ix(j)] += c * w[b + ix(j)]
    ### END SOLUTION

# %%
check("05.order")

# %% [markdown]
# > **Predict.** Which of the two does more: the order of the loops, or the two letters `ix`?

# %%
@kernel
def contract_signed(w, o, x, z, m, n, k, oi, xi, xp, zp):
    """The same walk with signed indices."""
    for i in range(m):
        for p in range(k):
            c = w[x + i * xi + p * xp]
            for j in range(n):
                w[o + i * oi + j] += c * w[z + p * zp + j]


along = (m, n, k, n, k, 1, n)
speed = {}
for name, function, lengths in (("ijp", contract_ijp, anyhow), ("ipj, signed", contract_signed, along), ("ipj", contract_ipj, along)):
    compiled = njit(**HOW)(function)
    w[:x] = 0
    compiled(w, o, x, z, *lengths)
    right(w[:x].reshape(m, n), X @ Z, "05.loops" if name == "ijp" else "05.order")
    speed[name] = 1e-9 * flops / seconds(lambda: compiled(w, o, x, z, *lengths))
print("GFLOP/s:", ", ".join(f"{name} {value:.2f}" for name, value in speed.items()))

# %% [markdown]
# Neither alone. The order makes vectors *possible* and brings a factor of about 4; without the check in the way of each index they are used, which
# brings another 5. A compiler does not fail, it silently does less: **measure after every change.**
#
# The options in `HOW` belong here too. A sum whose terms walk, Σ_p x[p] · z[p], cannot be vectorised in the order in which it is written, because
# floating-point sums depend on the order; `reassoc` allows another one, `contract` a multiplication and an addition as one instruction, `nsz`
# forgets the sign of zero. Full `fastmath=True` would also assume that there is no NaN, and a diverging inner loop *is* NaN.
#
# ## How fast can one core go at all?
#
# Two numbers bound every loop. **Peak**: the multiplications and additions that a core can do in a second; a large `np.dot` comes close.
# **Bandwidth**: the bytes that reach its registers in a second, from the nearest cache (32 KB or more; our product, 19 KB, fits) or from main
# memory. A loop that does *I* flops for each byte runs at
#
# | | | why |
# |---|---|---|
# | (1) | speed ≤ peak | no core computes faster than that |
# | (2) | speed ≤ I · bandwidth | each byte carries I flops, and so many bytes arrive |
# | (3) | speed ≤ min(peak, I · bandwidth) | both hold: the **roofline** (Williams, Waterman & Patterson 2009) |
#
# *I* is the **arithmetic intensity**. The two sides meet at the ridge, I = peak / bandwidth: left of it memory decides, right of it arithmetic.
#
# What is I in `contract_ipj`? For each j its innermost loop loads one number of z, loads and stores one of o, and does 2 flops: 2 / 24 flops per
# byte. (x is in a register while the loop runs.) Now take r **rows** of o and t **terms** of the sum at once: each z that was loaded serves r rows,
# each o that was loaded and stored takes t terms.
#
# > **Predict** before you calculate: what helps more, a second row or a second term?
#
# **Exercise 05.roof** *(predict)*. Write the intensity of that innermost loop and the roof. Then: on a machine with 110 GFLOP/s and 420 GB/s, with
# two rows, what is the smallest number of terms at which arithmetic, not memory, is the bound?

# %%
# exercise 05.roof
### BEGIN SOLUTION
#: def intensity(r, t):
#:     """Flops per byte of the innermost loop with r rows of o and t terms of the sum at once, numbers of 8 bytes."""
#:     ...
#:
#:
#: def attainable(i, peak, bandwidth):
#:     """GFLOP/s at intensity i, on a machine with this peak (GFLOP/s) and this bandwidth (GB/s)."""
#:     ...
#:
#:
#: TERMS = ...                                                 # with two rows, at 110 GFLOP/s and 420 GB/s
def intensity(r, t):
    """Flops per byte of the innermost loop with r rows of o and t terms of the sum at once, numbers of 8 bytes."""
    return 2 * r * t / (8 * (t + 2 * r))                    # t of z are loaded; r of o loaded and stored


def attainable(i, peak, bandwidth):
    """GFLOP/s at intensity i, on a machine with this peak (GFLOP/s) and this bandwidth (GB/s)."""
    return min(peak, i * bandwidth)


TERMS = 5                                                   # 20 / 72 = 0.278 flops per byte; the ridge is at 110 / 420 = 0.262, four terms reach 0.25
### END SOLUTION

# %%
check("05.roof")

# %%
right(intensity(1, 1), 2 / 24, "05.roof")
print("flops per byte:", ", ".join(f"{r} x {t}: {intensity(r, t):.3f}" for r, t in ((1, 1), (2, 1), (1, 2), (2, 2), (2, 5), (5, 5))))

# %% [markdown]
# A second term beats a second row: it saves a load *and* a store. (In the plain `ijp` every product moves four numbers, x, z, o and o again: 2 /
# 32.)
#
# ## Idea 2: use what you have loaded
#
# **Exercise 05.reuse** *(write it)*. Two rows of o by two terms of the sum. Before the innermost loop four x's go into variables; inside it two z's
# go into variables and update both rows, each row in one `+=`. If m or k is odd, something is left over. A rest is a *smaller product of the same
# kind*: call `contract_ipj` with other offsets and lengths, and do not write a loop again.

# %%
# exercise 05.reuse
@kernel
def contract_2x2(w, o, x, z, m, n, k, oi, xi, xp, zp):
    """As contract_ipj, two rows and two terms at a time; an odd term and an odd row by contract_ipj."""
    ### BEGIN SOLUTION
    for i in range(0, m - 1, 2):
        a, A = ix(o + i * oi), ix(o + (i + 1) * oi)
        for p in range(0, k - 1, 2):
            q = x + i * xi + p * xp
            c, d, C, D = w[q], w[q + xp], w[q + xi], w[q + xi + xp]
            b, e = ix(z + p * zp), ix(z + (p + 1) * zp)
            for j in range(n):
                u, v = w[b + ix(j)], w[e + ix(j)]
                w[a + ix(j)] += c * u + d * v
                w[A + ix(j)] += C * u + D * v
        if k % 2:
            contract_ipj(w, o + i * oi, x + i * xi + (k - 1) * xp, z + (k - 1) * zp, 2, n, 1, oi, xi, xp, zp)
    if m % 2:
        contract_ipj(w, o + (m - 1) * oi, x + (m - 1) * xi, z, 1, n, k, oi, xi, xp, zp)
    ### END SOLUTION

# %%
check("05.reuse")

# %% [markdown]
# By `TERMS`, the ridge is near five terms. The same thing, longer; its rests go to `contract_2x2`:

# %%
# given
@kernel
def contract_2x5(w, o, x, z, m, n, k, oi, xi, xp, zp):
    """As contract_2x2, five terms at a time."""
    M, K = m - m % 2, k - k % 5
    for i in range(0, M, 2):
        a, A = ix(o + i * oi), ix(o + (i + 1) * oi)
        for p in range(0, K, 5):
            q, Q = x + i * xi + p * xp, x + (i + 1) * xi + p * xp
            c0, c1, c2, c3, c4 = w[q], w[q + xp], w[q + 2 * xp], w[q + 3 * xp], w[q + 4 * xp]
            C0, C1, C2, C3, C4 = w[Q], w[Q + xp], w[Q + 2 * xp], w[Q + 3 * xp], w[Q + 4 * xp]
            b = z + p * zp
            b0, b1, b2, b3, b4 = ix(b), ix(b + zp), ix(b + 2 * zp), ix(b + 3 * zp), ix(b + 4 * zp)
            for j in range(n):
                r, s, t, u, v = w[b0 + ix(j)], w[b1 + ix(j)], w[b2 + ix(j)], w[b3 + ix(j)], w[b4 + ix(j)]
                w[a + ix(j)] += c0 * r + c1 * s + c2 * t + c3 * u + c4 * v
                w[A + ix(j)] += C0 * r + C1 * s + C2 * t + C3 * u + C4 * v
    if K < k:
        contract_2x2(w, o, x + K * xp, z + K * zp, M, n, k - K, oi, xi, xp, zp)
    if M < m:
        contract_2x2(w, o + M * oi, x + M * xi, z, m - M, n, k, oi, xi, xp, zp)

# %% [markdown]
# Now the machine. Its peak: `np.dot` on one core, into an array that is ready (in a process of its own, because a BLAS chooses its threads when it
# starts). Its bandwidths: your `contract_ipj` on one long row, again and again.
#
# > **Predict.** Mark on paper, under a roof like the one in the exercise: `ijp`, `ipj`, 2 x 2, 2 x 5. Which of them touches the roof? And does
# > `np.dot` beat you on this small product?

# %%
import json

from tinymaml.benchmark.machine import blas_threads
from tinymaml.terminal.processes import run_python

dots = json.loads(run_python("""
import json, time, numpy as np
def gflops(m, n, k, repeats):
    a, b, out, best = np.ones((m, k)), np.ones((k, n)), np.ones((m, n)), 9.
    for _ in range(repeats):
        start = time.perf_counter(); np.dot(a, b, out); best = min(best, time.perf_counter() - start)
    return 2e-9 * m * n * k / best
print(json.dumps([gflops(800, 800, 800, 12), gflops(10, 40, 40, 4000), gflops(64, 64, 64, 2000)]))
""", blas_threads(1)))
peak = max(dots)
kernels = {"ijp": njit(**HOW)(contract_ijp), "ipj": njit(**HOW)(contract_ipj), "2 x 2": njit(**HOW)(contract_2x2), "2 x 5": njit(**HOW)(contract_2x5)}


def stream(length, times):
    """GB/s of one row of o and one of z, `length` numbers each."""
    w = np.zeros(2 * length + times)
    return 24e-9 * length * times / seconds(lambda: kernels["ipj"](w, 0, 2 * length, length, 1, length, times, 0, 0, 1, 0), 0.1)


cache, main = stream(2 ** 10, 512), stream(2 ** 22, 2)
reached = {}
for shape in ((10, 40, 40), (64, 64, 64)):
    m, n, k = shape
    w, o, x, z = product(m, n, k)
    for name, function in kernels.items():
        arguments = (m, n, k, n, 1, 0, k, 0, 1, 0, 1, n) if name == "ijp" else (m, n, k, n, k, 1, n)
        w[:x] = 0
        function(w, o, x, z, *arguments)
        right(w[:x].reshape(m, n), w[x:z].reshape(m, k) @ w[z:].reshape(k, n), "05.loops", "05.order", "05.reuse")
        reached[name, shape] = 2e-9 * m * n * k / seconds(lambda: function(w, o, x, z, *arguments))
at = {"ijp": 2 / 32, "ipj": intensity(1, 1), "2 x 2": intensity(2, 2), "2 x 5": intensity(2, 5)}
print(f"peak {peak:.0f} GFLOP/s; {cache:.0f} GB/s from the nearest cache, {main:.0f} from main memory; ridge at {peak / cache:.2f} flops per byte")
print("GFLOP/s          " + "".join(f"{name:>9}" for name in at) + "   np.dot")
for shape, dot in zip(((10, 40, 40), (64, 64, 64)), dots[1:]):
    print(f"{'{} x {} x {}'.format(*shape):17}" + "".join(f"{reached[name, shape]:9.1f}" for name in at) + f"{dot:9.1f}")

right(intensity(1, 1), 2 / 24, "05.roof")
right(attainable(1.0, 1.0, 2.0), 1.0, "05.roof")
figure, axes = plt.subplots(figsize=(6.4, 4))
grid = np.geomspace(0.04, 0.7, 200)
axes.plot(grid, [attainable(i, peak, cache) for i in grid], color=colours["black"], linestyle="-", label="roof: peak, nearest cache")
axes.plot(grid, [attainable(i, peak, main) for i in grid], color="0.5", linestyle="--", linewidth=1.4, label="roof from main memory")
for shape, colour, marker, dashes in (((64, 64, 64), "orange", "s", ":"), ((10, 40, 40), "blue", "o", "-")):
    axes.plot(list(at.values()), [reached[name, shape] for name in at], marker=marker, linestyle=dashes, linewidth=1, color=colours[colour],
              label="{} x {} x {}".format(*shape))
axes.axhline(dots[1], color=colours["vermilion"], linestyle="-.", linewidth=1.2, label="np.dot, 10 x 40 x 40")
for name, i in at.items():
    axes.annotate(name, (i, reached[name, (10, 40, 40)]), (9, -4) if name == "2 x 5" else (5, -12), textcoords="offset points")
axes.set(xscale="log", yscale="log", xlabel="flops per byte of the innermost loop", ylabel="GFLOP/s, one core", ylim=(0.4, 2.5 * peak),
         xticks=(0.05, 0.1, 0.2, 0.5), xticklabels=("0.05", "0.1", "0.2", "0.5"), yticks=(1, 10, 100), yticklabels=("1", "10", "100"),
         title="Order lifts a loop towards the roof, reuse moves it along")
axes.minorticks_off()
axes.legend(loc="lower right")
plt.show()

# %% [markdown]
# *Figure: `ijp` lies far below its roof, because it leaps; walking lifts it (a log axis: by a factor of about 20); 2 x 2 and 2 x 5 move to the
# right, and the roof rises with them.*
#
# Read the gap too. With rows of 40 the innermost loop is over after a few vectors, and starting it (LLVM first checks that o and z do not overlap)
# takes about as long as running it. Rows of 64 come nearer. And `np.dot`? It is assembly written by hand for each kind of processor, and keeps a
# whole tile of o in registers until the sums are complete (Goto & van de Geijn 2008): further to the right than any of ours. On this small product
# you reach about four fifths of it, with loops that anyone can read.
#
# ## One interpreter for every model
#
# You could generate code for your network and compile that: some seconds for every new shape. `tinymaml` does the opposite, and so do you now: the
# *program* is data, a table of integers, and one compiled loop reads it. A new model is a new table, written in milliseconds.
#
# A row is 21 integers: the kernel's number in `LOOPS`; a flag; the extents of i, j, p; then, for each of up to four operands, one after the other
# and outputs first, its place and its three strides. What is left is 0.
#
# **Exercise 05.encode** *(write it)*. The flag is `store` as 0 or 1; for `apply` and `curve`, which always store, it is the number of the function
# `call.arg` in `list(FUNCTIONS)`. `places[operand.block]` says where a block starts, `shapes[slot]` how large it is, and `strides(letters, shape)`
# is yours, from lesson 04. The factor c of `linear` is a float and lives in a table of its own.

# %%
# given
LOOPS = ["linear", "contract", "apply", "curve", "walk", "dot"]               # the last two are faster ways to contract
LINEAR, CONTRACT, APPLY, CURVE, WALK, DOT = range(6)

# %%
# exercise 05.encode
def encode(call, places, shapes):
    """A Call as a list of 21 integers."""
    ### BEGIN SOLUTION
    flag = list(FUNCTIONS).index(call.arg) if call.kernel in ("apply", "curve") else int(call.store)
    row = [LOOPS.index(call.kernel), flag, *call.extent]
    for operand in call.outs + call.ins:
        row += [places[operand.block], *strides(operand.letters, shapes[operand.slot])]
    return row + [0] * (21 - len(row))
    ### END SOLUTION

# %%
check("05.encode")

# %% [markdown]
# The order of the loops is decided once, on the row, not in the compiled code. All six orders are tried, and both orders of the factors. A product
# whose terms walk, like h_bar = y_bar · Wᵀ (second line of the first table), gets `dot`: p innermost, the sum in a register.

# %%
# given
def tune(row):
    """A contraction in the order of loops that starts its innermost loop least often. A row in, a row out."""
    if row[0] != CONTRACT:
        return row
    operands, found = [row[5 + 4 * q:9 + 4 * q] for q in range(3)], [(math.prod(row[2:5]), row)]
    for turn in itertools.permutations(range(3)):
        m, n, k = lengths = [row[2 + q] for q in turn]
        for order in ((0, 1, 2), (0, 2, 1)):
            o, x, z = turned = [[operands[q][0], *(operands[q][1 + axis] for axis in turn)] for q in order]
            if o[3] == x[2] == z[1] == 0:                   # o[i,j] += Σ_p x[i,p] · z[p,j], for these i, j, p
                for loop, starts, walks in ((WALK, 1 + m * k / 10, o[2] == z[2] == 1 < n), (DOT, m * n, x[3] == z[3] == 1 < k)):
                    if walks:
                        found.append((starts, [loop, row[1], *lengths, *turned[0], *turned[1], *turned[2], 0, 0, 0, 0]))
    return min(found)[1]


@kernel
def contract_dot(w, o, x, z, m, n, k, oi, oj, xi, zj):
    """o[i,j] += Σ_p x[i,p] · z[p,j]; along p, x and z have stride 1."""
    for i in range(m):
        for j in range(n):
            a, b, s = ix(x + i * xi), ix(z + j * zj), 0.0
            for p in range(k):
                s += w[a + ix(p)] * w[b + ix(p)]
            w[o + i * oi + j * oj] += s


@njit(**HOW)
def execute(code, coefficients, w):
    """Run a program, a table of integers, on a flat buffer."""
    for q in range(len(code)):
        loop, flag, m, n, k, o, oi, oj, op, x, xi, xj, xp, z, zi, zj, zp, d, di, dj, _ = code[q]
        if flag and loop not in (APPLY, CURVE):             # the first write stores: clear o, once along what is summed
            for i in range(m if oi else 1):
                for j in range(n if oj else 1):
                    for p in range(k if op else 1):
                        w[o + i * oi + j * oj + p * op] = 0.0
        if loop == WALK:
            contract_2x5(w, o, x, z, m, n, k, oi, xi, xp, zp)
        elif loop == DOT:
            contract_dot(w, o, x, z, m, n, k, oi, oj, xi, zj)
        elif loop == CONTRACT:
            contract_ijp(w, o, x, z, m, n, k, oi, oj, op, xi, xj, xp, zi, zj, zp)
        else:
            for i in range(m):
                for j in range(n):
                    a, b = o + i * oi + j * oj, x + i * xi + j * xj
                    if loop == LINEAR:
                        w[a] += coefficients[q] * w[b]
                    elif loop == APPLY:                     # outputs o, x: the value and the slope; input z
                        y = math.tanh(w[z + i * zi + j * zj])
                        w[a], w[b] = y, 1.0 - y * y
                    else:                                   # t = f''(x) · x_dot from the value x, the slope z and x_dot: d
                        w[a] = -2.0 * w[b] * w[z + i * zi + j * zj] * w[d + i * di + j * dj]

# %% [markdown]
# The rest is book-keeping: where each block lies. The parameters come first, as one vector in each plane, so that `w` is copied in, and the
# gradient out, as a whole. Compiled code writes wherever a row says, outside the buffer too; so rows are checked first.

# %%
# given
def layout(tape, calls):
    """Where each block starts in the buffer, and how long the buffer is."""
    planes = [(slot, plane) for plane in ("", "bar", "dot", "bar_dot") for slot in range(tape.parameters)]
    rest = [(slot, "") for slot in range(len(tape))] + [(len(tape) - 1, "bar")] + [x.block for call in calls for x in call.outs + call.ins]
    places, end = {}, 0
    for slot, plane in planes + rest:
        if (slot, plane) not in places:
            places[slot, plane] = end
            end += math.prod(tape[slot].shape)
    return places, end


def sound(row, size):
    """Are these 21 integers whose operands lie inside the buffer?"""
    if np.shape(row) != (21,) or np.asarray(row).dtype.kind not in "iub" or np.min(row) < 0:
        return False
    blocks = np.reshape(row[5:], (4, 4))
    return bool((blocks[:, 0] + blocks[:, 1:] @ np.subtract(row[2:5], 1)).max() < size)


class Compiled:
    """A program as tables, and its buffer."""

    def __init__(self, tape, calls):
        if unknown := {call.arg for call in calls if call.kernel in ("apply", "curve")} - {"tanh"}:
            raise ValueError(f"execute knows tanh alone, not {', '.join(unknown)}: give it a branch on the flag")
        self.places, size = layout(tape, calls)
        rows = [encode(call, self.places, [line.shape for line in tape]) for call in calls]
        if not all(sound(row, size) for row in rows):
            raise ValueError("encode gives a row that is not 21 integers, or that leads out of the buffer. To read on without your own, run "
                             "use('05.encode') in a new cell below it, and all cells from there again.")
        self.code = np.array([tune(list(row)) for row in rows], np.int64).reshape(-1, 21)
        self.coefficients = np.array([call.arg if call.kernel == "linear" else 1.0 for call in calls])
        self.buffer = np.zeros(size)
        for slot, line in enumerate(tape):
            if line.op == "constant":
                self.put(self.buffer, (slot, ""), line.arg)
        self.put(self.buffer, (len(tape) - 1, "bar"), np.ones(1))
        self.data = [(slot, "") for slot, line in enumerate(tape) if line.op == "input"][tape.parameters:]

    def put(self, w, block, values):
        w[self.places[block]:self.places[block] + values.size] = values.ravel()

    def __call__(self, w, v, data, plane):
        """The vector in this plane, "bar" or "bar_dot", after a run."""
        buffer, P = self.buffer, len(w)
        buffer[:P], buffer[2 * P:3 * P] = w, v
        for block, values in zip(self.data, data):
            self.put(buffer, block, values)
        execute(self.code, self.coefficients, buffer)
        return buffer[P:2 * P].copy() if plane == "bar" else buffer[3 * P:4 * P].copy()


class Loss(Loss):
    """Lesson 04's loss; its programs now run compiled."""

    def __init__(self, function, params):
        super().__init__(function, params)
        self.ready = {}

    def compiled(self, names, *data):
        key = (names, *(x.shape for x in data))
        if key not in self.ready:
            self.ready[key] = Compiled(*self.program(names, *data))
        return self.ready[key]

    def gradient(self, w, *data):
        return self.compiled(("gradient",), *data)(w, 0.0, data, "bar")

    def hvp(self, w, v, *data):
        return self.compiled(("gradient", "hvp"), *data)(w, v, data, "bar_dot")

# %% [markdown]
# The network of the demo, 1-40-40-1 with tanh, ten points. One function for both engines: it is handed its operations.

# %%
import contextlib
import io

import tinymaml as tm


def network(tanh, total):
    def mse(p, x, y):
        h = tanh(tanh(x @ p["W1"] + p["b1"]) @ p["W2"] + p["b2"])
        e = h @ p["W3"] + p["b3"] - y
        return total(e * e) * (1 / x.shape[0])
    return mse


rng = np.random.default_rng(0)
params = {"W1": rng.normal(size=(1, 40)), "b1": rng.normal(size=(1, 40)), "W2": rng.normal(size=(40, 40)) / 7, "b2": np.zeros((1, 40)),
          "W3": rng.normal(size=(40, 1)) / 7, "b3": np.zeros((1, 1))}
points = rng.uniform(-5, 5, (10, 1)), rng.normal(size=(10, 1))
mine, theirs = Loss(network(tanh, total), params), tm.Loss(network(tm.tanh, tm.sum), params)
w = mine.flatten(params)
v = rng.normal(size=w.size)
start = time.perf_counter()
g = mine.gradient(w, *points)
first = time.perf_counter() - start
for name, a, b in (("gradient", g, theirs.gradient(w, *points)), ("hvp", mine.hvp(w, v, *points), theirs.hvp(w, v, *points))):
    right(a, b, "05.loops", "05.order", "05.reuse", "05.encode")
    print(f"{name:8} agrees with tinymaml's: relative error {abs(a - b).max() / abs(b).max():.0e}")

other = {"A": rng.normal(size=(3, 7)), "c": rng.normal(size=(1, 7))}
another = Loss(lambda p, x: total(tanh(x @ p["A"] + p["c"]) * (x @ p["A"])), other)
start = time.perf_counter()
another.gradient(another.flatten(other), np.ones((5, 3)))
print(f"first call: {first:.2f} s (it compiles the interpreter); first call of another model: {1e3 * (time.perf_counter() - start):.1f} ms")
print("That other model, line by line: kernel, flag, extent, place and strides of each operand")
tape, calls = another.program(("gradient",), np.ones((5, 3)))
for call, row in zip(calls, another.compiled(("gradient",), np.ones((5, 3))).code.tolist()):
    columns = [row[1:2], row[2:5]] + [row[5 + 4 * q:9 + 4 * q] for q in range(len(call.outs + call.ins))]
    print(f"{call_text(tape, call):57}{LOOPS[row[0]]:9}", " | ".join(" ".join(map(str, numbers)) for numbers in columns))

# %% [markdown]
# That is the engine you began in lesson 01: it records, differentiates twice, and runs compiled.
#
# ## Threads, over tasks
#
# MAML asks for many gradients at once, a task each. There a second core is of use: tasks share nothing but `w`, and a task takes many
# microseconds. A product inside takes one, less than it costs to wake a thread. So each thread gets **a buffer of its own** and some of the tasks.
# In Numba the loop is written `prange`, in a function compiled with `parallel=True`: its rounds run in any order, some at the same time. Numba does
# not check that they may.
#
# A student shares out the tasks of a linear model, loss ½ (x_b · w − y_b)², and adds the gradients up:
#
# ```text
# 1   def all_tasks(w, xs, ys, parts, total, threads):
# 2       """total = Σ_b (x_b · w - y_b) x_b"""
# 3       B, P = xs.shape
# 4       for q in range(P): total[q] = 0.0
# 5       for t in prange(threads):
# 6           for b in range(B * t // threads, B * (t + 1) // threads):
# 7               r = -ys[b]
# 8               for q in range(P): r += xs[b, q] * w[q]
# 9               for q in range(P): total[q] += r * xs[b, q]
# ```
#
# With one thread it is right. With two it is nearly right, most of the time, and the loss curve looks fine.
#
# **Exercise 05.race** *(find the bug)*. Give the number of the line, and mend it: no place may be written by one thread and used by another, and
# `total` must have the **same bits for every number of threads**. (Floating-point sums depend on their order, so the order of the tasks must not
# depend on who worked them out.) `parts` is a B x P array for you to use; it holds anything. Nothing is returned: the result goes into `total`.

# %%
# exercise 05.race
### BEGIN SOLUTION
#: LINE = ...
#:
#:
#: def all_tasks(w, xs, ys, parts, total, threads):
#:     """total = Σ_b (x_b · w - y_b) x_b"""
#:     ...
LINE = 9                                                    # two threads read total[q], both add, both write: one addition is lost


def all_tasks(w, xs, ys, parts, total, threads):
    """total = Σ_b (x_b · w - y_b) x_b"""
    B, P = xs.shape
    for t in prange(threads):
        for b in range(B * t // threads, B * (t + 1) // threads):
            r = -ys[b]
            for q in range(P):
                r += xs[b, q] * w[q]
            for q in range(P):
                parts[b, q] = r * xs[b, q]                  # a row for each task
    for q in range(P):
        total[q] = 0.0
        for b in range(B):
            total[q] += parts[b, q]                         # in order, by one thread
### END SOLUTION

# %%
check("05.race")

# %% [markdown]
# The same shape, with your interpreter in the middle:
#
# > **Predict.** 200 tasks of the network above, two threads. Twice as fast? And are the bits the same?

# %%
import os

import numba

os.environ.setdefault("GOMP_SPINCOUNT", "10000")            # idle threads spin for 0.3 ms, then they sleep


@njit(parallel=True, **HOW)
def all_gradients(code, coefficients, buffers, tasks, where, P, parts, total):
    """parts[b] = the gradient of task b; total = their sum. buffers: one a thread; tasks: the data of each, which lie in a buffer from `where` on."""
    threads, B = len(buffers), len(tasks)
    for t in prange(threads):
        w = buffers[t]
        for b in range(B * t // threads, B * (t + 1) // threads):
            for q in range(tasks.shape[1]):
                w[where + q] = tasks[b, q]
            execute(code, coefficients, w)
            for q in range(P):
                parts[b, q] = w[P + q]
    for q in range(P):
        total[q] = 0.0
        for b in range(B):
            total[q] += parts[b, q]


ready = mine.compiled(("gradient",), *points)
tasks, P = rng.normal(size=(200, 20)), len(w)               # ten x and ten y each, side by side in the buffer
ready.buffer[:P] = w
parts, totals = np.empty((200, P)), {}
for threads in sorted({1, min(2, numba.get_num_threads())}):
    buffers, totals[threads] = np.tile(ready.buffer, (threads, 1)), np.empty(P)
    arguments = ready.code, ready.coefficients, buffers, tasks, ready.places[ready.data[0]], P, parts, totals[threads]
    all_gradients(*arguments)
    print(f"{threads} thread{'s' * (threads > 1)}: {1e3 * seconds(lambda: all_gradients(*arguments), 0.15):.2f} ms")
print("same bits:", all(total.tobytes() == totals[1].tobytes() for total in totals.values()))

# %% [markdown]
# ## What was it all for?
#
# One Hessian-vector product of the network, on one core, by every engine you have written and by `tinymaml`'s two machines. (`target="cpu"`
# compiles once on a computer, about 15 s, unless you have used it before.)

# %%
with contextlib.redirect_stderr(io.StringIO()):             # it would announce that it compiles
    theirs.hvp(w, v, *points, target="cpu")
calls = {"lesson 03, sweeps on NumPy": (Loss.__mro__[2](network(tanh, total), params).hvp, {}),
         "lesson 04, programs on NumPy": (Loss.__mro__[1](network(tanh, total), params).hvp, {}),
         "lesson 05, compiled": (mine.hvp, {}),
         'tm.Loss, target="numpy"': (theirs.hvp, {}),
         'tm.Loss, target="cpu"': (theirs.hvp, {"target": "cpu"})}
took = {}
for name, (hvp, options) in calls.items():
    hvp(w, v, *points, **options)
    took[name] = seconds(lambda: hvp(w, v, *points, **options), 0.15)
for name, t in took.items():
    print(f"{name:30} {1e6 * t:8.0f} µs   {took['lesson 04, programs on NumPy'] / t:6.1f} times lesson 04's speed")

# %% [markdown]
# Compiled, the same program takes about a tenth of its time on NumPy, where each line costs microseconds before it computes anything; `tinymaml`
# is faster by another factor of one and a half to two, for the reasons in the appendix.
#
# And MAML? `tinymaml`'s interpreter is also called `execute`, and its rows have one number more for each operand: how far apart its copies for
# successive inner steps are. Around it stand the two loops of the algorithm, inside the compiled function:

# %%
import inspect

from tinymaml.engine.compiled.inner_loop import learn

print(inspect.getsource(learn))

# %% [markdown]
# The first `for` is gradient descent, the second is the product of the (I − αH_j), right to left. Lessons 07 and 08 are about these lines; you can
# read all that they call. (`memory` is your flat buffer `w`; `facts` are the plan's integers, where what is, and N, by their names in `Fact`;
# `unsigned` is your `ix`. `barrier()` does nothing here; lesson 06 says what it is for. `ALPHA` and `ALPHA_GRADIENT` are for those who give every
# parameter a stepsize of its own, and learn it.)
#
# > **What goes wrong in practice.**
# > - *Timing the first call*: it compiles. Call once, then measure, and take the best of many.
# > - *A stale cache*: `njit(cache=True)` looks at the file of the function, not at the files that it calls. After an edit elsewhere old code
# >   runs. `tinymaml` names its cache folder after a hash of all its sources.
# > - *float32 turned float64*: the literal `1.0` is a float64 and drags the whole formula along. Write `w.dtype.type(1)`.
# > - *Arithmetic on slices*, `w[a:a + n] += c * w[b:b + n]`, makes a new array for each: a tenth of the speed of a loop.
# > - *Threads inside a product of 10 x 40*: slower than one. And on a busy machine OpenMP's threads wait for each other by spinning, in each
# >   other's way: a call of microseconds may take 8 ms (`GOMP_SPINCOUNT`, in the cell above; set before the first thread starts).
#
# <details><summary><b>Appendix: everything else, measured</b></summary>
#
# `tinymaml` does more of the same. How many times as long its meta-gradient takes *without* a trick (1-40-40-1 network, 25 tasks, 5 steps, float32
# / float64; .docs/benchmarks.md):
#
# | without | | what it is |
# |---|---|---|
# | matmul | 31.69 / 21.23 | ideas 1 and 2 together: what you have just built |
# | transposed copies | 7.00 / 5.01 | a copy of W, turned once, so that h_bar = y_bar · Wᵀ walks; you have `dot` instead |
# | tanh of our own | 3.31 / 2.40 | `math.tanh` is a call for each number; a formula without branches is vectorised |
# | threads | 1.91 / 1.75 | two, over the tasks |
# | 64-byte vectors | 1.36 / 1.40 | LLVM prefers half registers unless it is told (`vectors.py`) |
# | first writes store | 1.14 / 1.14 | the first term is written, not added to a cleared block |
# | squares transposed in registers | 1.13 / 1.11 | the transposed copy, eight by eight |
# | workspace on a line | 1.10 / 1.16 | blocks start at multiples of 64 bytes; `np.zeros` does not |
# | fifteen sums | 1.10 / 1.10 | five rows, three registers wide, in registers for the whole sum |
# | renamed copies | 1.08 / 1.07 | y = 1 · x needs no new block |
#
# Each was measured by switching it off. The passes, the loops and the threads you can switch off yourself, in a clone:
# `python tests/benchmarks/bench_passes.py --quick`.
# </details>
#
# ## Back to the question
#
# If NumPy's `x @ z` is 1, plain Python is about 0.0005, and the same loops compiled are about 0.03. Compiled, *walking* and with reuse, they are
# above 1, about four fifths of `np.dot` into an array that is ready. One core could go at its peak, here some 100 GFLOP/s; how near a loop comes is
# decided by its flops per byte, and, when its rows are short, by how often it has to start.
#
# *Sources.* S. Williams, A. Waterman & D. Patterson, *Roofline: an insightful visual performance model for multicore architectures* (CACM 2009). S.
# K. Lam, A. Pitrou & S. Seibert, *Numba: a LLVM-based Python JIT compiler* (LLVM-HPC 2015). K. Goto & R. van de Geijn, *Anatomy of high-performance
# matrix multiplication* (ACM TOMS 2008).
#
# **Next:** 06 runs the same loops on a GPU, which your computer can play without having one. Or 07, which puts the Hessian-vector product to
# work: one step of MAML, (I − αH)∇l.
