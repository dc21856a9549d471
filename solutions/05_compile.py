# %% [markdown]
# # 05 · Compile it
#
# **How fast could one core run lesson 04's list of kernels, which has no Python left in it and is
# still no faster than lesson 03's sweeps?**
#
# *(About 25 minutes' reading; 6 exercises, about 30 minutes more. You need: 04. You will be able
# to: write loops that a compiler can make fast, say from two numbers of a machine how fast a loop
# can be, and run every loss of yours through one compiled interpreter.)*

# %%
# given
import numpy as np
from numba import njit, prange
from numba.extending import register_jitable

# for you to type
from tinymaml.course import check, hint, restore, solution, status, use
from tinymaml.course import guess, guessed
from tinymaml.course.figures import lesson_05 as figures
from tinymaml.course.loops import clear, curve_loop, dot_loop, linear_loop, tanh_loop
from tinymaml.course.roofline import compare_orders, gflops, measure_limits, numpy_gflops, seconds
from tinymaml.course.tables import APPLY, CONTRACT, DOT, LINEAR, LOOPS, WALK, Table, layout

use("04")

# %% [markdown]
# ## Three loops
#
# The line that costs time is `contract`. All blocks lie in one flat array, `memory`. An operand is
# then four integers: the place where it starts, and its strides along i, j and p.
#
# | line of the program, all blocks 40 wide | o: i, j, p | x: i, j, p | z: i, j, p |
# |---|---|---|---|
# | `y[i,j] += Σ_p h[i,p] · W[p,j]` | 40, 1, **0** | 40, **0**, 1 | **0**, 1, 40 |
# | `h_bar[i,p] += Σ_j y_bar[i,j] · W[p,j]` | 40, 0, 1 | 40, 1, 0 | 0, 1, 40 |
#
# The second line is an adjoint of the first: the same memory, other integers. One kernel does them
# all.

# %%
# given
HOW = {"fastmath": {"contract", "reassoc", "nsz"}, "error_model": "numpy"}
kernel = register_jitable(**HOW)


@kernel
def contract_ijp(memory, o, x, z, m, n, k, oi, oj, op, xi, xj, xp, zi, zj, zp):
    """o[i,j,p] += x[i,j,p] · z[i,j,p] for i < m, j < n, p < k; oi is o's stride along i."""
    for i in range(m):
        for j in range(n):
            for p in range(k):
                left = memory[x + i * xi + j * xj + p * xp]
                right = memory[z + i * zi + j * zj + p * zp]
                memory[o + i * oi + j * oj + p * op] += left * right

# %% [markdown]
# *In tinymaml: `engine/compiled/kernels.py`, `contract`.*
#
# **Numba** turns such a function into machine code at its first call: it works out the type of
# every variable and hands the loops to LLVM, the compiler behind clang. It compiles numbers, arrays
# and loops, but not your `Var`s: that is why a loss has to become numbers first. `@kernel` lets
# compiled code call the function, and leaves it plain Python for us. (What `HOW` says comes below.)
#
# > **Predict.** A product of the sinusoid network, 10 x 40 @ 40 x 40. If NumPy's speed is 1, what
# > do the three loops reach in plain Python, and what when compiled?

# %%
# in multiples of NumPy's speed
guess("05.loops_in_Python", 0.01)
guess("05.loops_compiled", 1.0)

# %%
shape = 10, 40, 40
speeds = {
    "NumPy, x @ z": numpy_gflops(shape),
    "loops in plain Python": gflops(contract_ijp, shape),
    "loops, compiled": gflops(contract_ijp, shape, HOW),
}
relative = []
for name, speed in speeds.items():
    relative.append(speed / speeds["NumPy, x @ z"])
    print(f"{name:22}{speed:8.3f} GFLOP/s {relative[-1]:9.4f} of NumPy")
guessed("05.loops_in_Python", relative[1])
guessed("05.loops_compiled", relative[2])

# %% [markdown]
# (A flop is a multiplication or an addition; a product has 2·m·n·k.) Compiling makes the loops more
# than fifty times as fast, and NumPy is still some thirty times as fast. The loops are machine code
# now, but slow machine code: one number at a time, from places far apart.
#
# ## In which order?
#
# Where in z do two orders of the loops read, for one row i of a small product?

# %%
# z is 8 x 12, row by row
places = np.arange(96).reshape(8, 12)
leaps = places.T.ravel()
walks = places.ravel()
print("p innermost reads", leaps[:5], " j innermost reads", walks[:5])
figures.leap_and_walk(leaps, walks)

# %% [markdown]
# *Figure: with p innermost, most reads lie a row, twelve places, beyond the last; with j innermost
# each is the neighbour.*
#
# A walk matters for two reasons. Memory arrives in **lines** of 64 bytes, eight numbers: a walk
# uses all eight, a leap only one. And a core has registers of two, four or eight numbers that are
# loaded, multiplied and added in one instruction, *if* the numbers are neighbours. LLVM uses these
# by itself (it **vectorises**) in a loop whose operands walk.
#
# One thing stands in its way. In Python `memory[-1]` is the last number. Numba keeps that promise
# by comparing each index with 0, and LLVM gives up vectorising. An unsigned number cannot be
# negative. So turn the place where a walk starts into one, `row = ix(o + …)`, and count with
# `memory[row + ix(j)]`. Both sides of the `+` must be unsigned, or the sum is not.

# %%
# given
ix = np.uint64

# %% [markdown]
# **Exercise 05.order** *(write it)*. Now o and z have stride 1 along j. Choose the order in which
# the innermost loop walks through both. Index o and z there with unsigned numbers.

# %%
# exercise 05.order
@kernel
def contract_ipj(memory, o, x, z, m, n, k, oi, xi, xp, zp):
    """o[i,j] += Σ_p x[i,p] · z[p,j]; along j, o and z have stride 1."""
    ### BEGIN SOLUTION
    for i in range(m):
        o_row = ix(o + i * oi)
        for p in range(k):
            z_row = ix(z + p * zp)
            factor = memory[x + i * xi + p * xp]
            for j in range(n):
                memory[o_row + ix(j)] += factor * memory[z_row + ix(j)]
    ### END SOLUTION

# %%
check("05.order")

# %% [markdown]
# > **Predict.** Which does more: the order of the loops, or the unsigned index?

# %%
guess("05.what_helps", "the order", choices=("the order", "the index", "neither alone"))

# %%
speeds = compare_orders((10, 40, 40), HOW)
for (order, index), speed in speeds.items():
    print(f"{order}, {index:9}{speed:6.1f} GFLOP/s")
guessed("05.what_helps", "neither alone")
figures.four_speeds(speeds)

# %% [markdown]
# *Figure: the same product by four compiled kernels, which differ in nothing else.*
#
# Neither alone. Either change brings a factor of at most about two; both together bring six or
# seven. A compiler does not fail, it silently does less: **measure after every change.**
#
# The options in `HOW` belong here too. A sum $\sum_p x_p z_p$ cannot be vectorised in the order in
# which it is written, because floating-point sums depend on the order: `reassoc` allows another
# one. Full `fastmath=True` would also assume that there is no NaN, and a diverging inner loop *is*
# NaN.
#
# **Exercise 05.no_walk** *(break it)*. With j innermost, y and W walk in the first line of the
# table above, y_bar and W in the second. A colleague concludes: "For every product of two matrices,
# transposed or not, there is an innermost loop in which two operands have stride 1 and the third
# does not move." Give the letters of a product that refutes this. (A block has stride 1 along its
# second letter.)

# %%
# exercise 05.no_walk
### BEGIN SOLUTION
#: # the letters of o, x and z; x @ z has ["ij", "ip", "pj"]
#: letters = ["ij", ..., ...]
letters = ["ij", "pi", "jp"]
### END SOLUTION

# %%
check("05.no_walk")

# %% [markdown]
# ## How fast can one core go at all?
#
# We measure this core, and draw our two kernels below its limits.

# %%
shapes = [(10, 40, 40), (64, 64, 64)]
limits = measure_limits(shapes, HOW)
intensities = {"ijp": 2 / 32, "ipj": 2 / 24}
reached = {}
for shape in shapes:
    ijp = gflops(contract_ijp, shape, HOW)
    ipj = gflops(contract_ipj, shape, HOW)
    reached[shape] = {"ijp": ijp, "ipj": ipj}
print(f"peak {limits.peak:.0f} GFLOP/s; bandwidth", end=" ")
print(f"{limits.cache:.0f} GB/s from the cache, {limits.main:.0f} from main memory")
figures.roof(limits, intensities, reached, "Two lines bound every loop: one rises, one is flat")

# %% [markdown]
# *Figure: the flat line is the peak, the rising one the bandwidth. From `ijp` to `ipj`, which walks
# with unsigned indices, the speed rises by a factor of twenty or more, while the roof hardly
# rises.*
#
# The horizontal axis is $I$, the **arithmetic intensity**: how many flops a loop does for each byte
# that it loads or stores. The flat line is the **peak**, the flops that a core can do in a second;
# a large `np.dot` comes close. The rising line is the **bandwidth**, the bytes that it can load and
# store in a second, in the nearest cache (our product, 19 KB, fits) or in main memory.
#
# | | | why |
# |---|---|---|
# | (1) | speed ≤ peak | no core computes faster than that |
# | (2) | speed ≤ $I$ · bandwidth | a byte serves $I$ flops |
# | (3) | speed ≤ min(peak, $I$ · bandwidth) | both hold: the **roofline** (Williams et al. 2009) |
#
# The lines meet at the **ridge**, $I$ = peak / bandwidth: left of it memory decides, right of it
# arithmetic.
#
# For each j, the innermost loop of `ipj` loads one number of z, and loads and stores one of o: 2
# flops for 24 bytes. (x is in a register.) `ijp` moves four numbers, 32 bytes. To get further to
# the right, take r **rows** of o and t **terms** of the sum at once: each z that was loaded serves
# r rows, each o that was loaded and stored takes t terms.
#
# > **Predict** before you calculate: what raises $I$ more, a second row or a second term?

# %%
guess("05.row_or_term", "a row", choices=("a row", "a term", "both alike"))

# %% [markdown]
# **Exercise 05.roof** *(predict)*. Write the intensity for r rows and t terms, and the roof. Then:
# on a machine with 110 GFLOP/s and 420 GB/s, with two rows, what is the smallest number of terms at
# which arithmetic, not memory, is the bound?

# %%
# exercise 05.roof
### BEGIN SOLUTION
#: def intensity(r, t):
#:     """Flops per byte with r rows of o and t terms of the sum at once; a number has 8 bytes."""
#:     ...
#:
#:
#: def attainable(i, peak, bandwidth):
#:     """GFLOP/s at intensity i, where the peak is in GFLOP/s and the bandwidth in GB/s."""
#:     ...
#:
#:
#: # with two rows, at 110 GFLOP/s and 420 GB/s
#: TERMS = ...
def intensity(r, t):
    """Flops per byte with r rows of o and t terms of the sum at once; a number has 8 bytes."""
    # t numbers of z are loaded; r of o are loaded and stored
    return 2 * r * t / (8 * (t + 2 * r))


def attainable(i, peak, bandwidth):
    """GFLOP/s at intensity i, where the peak is in GFLOP/s and the bandwidth in GB/s."""
    return min(peak, i * bandwidth)


# 20 / 72 = 0.278 flops per byte; the ridge is at 110 / 420 = 0.262, and four terms reach 0.25
TERMS = 5
### END SOLUTION

# %%
check("05.roof")

# %%
print(f"one row, one term: {2 / 24:.3f} flops per byte")
print(f"a second row: {4 / 40:.3f}, a second term: {4 / 32:.3f}, both: {8 / 48:.3f}")
guessed("05.row_or_term", "a term")

# %% [markdown]
# A second term beats a second row: it saves a load *and* a store.
#
# ## Use what was loaded
#
# Here is a kernel with two rows and two terms. Where m or k is odd, a remainder is left: a smaller
# product of the same kind, so `contract_ipj` does it.
#
# **Exercise 05.remainder** *(find the bug)*. The kernel was tested with m, n, k = 10, 40, 40, with
# 9, 40, 40 and with 10, 40, 39, and was right each time. Give a size on which it is wrong, with no
# number above 9, and fix it.

# %%
# exercise 05.remainder
### BEGIN SOLUTION
#: # m, n, k
#: SIZE = ...
#:
#:
#: @kernel
#: def contract_2x2(memory, o, x, z, m, n, k, oi, xi, xp, zp):
#:     """As contract_ipj, two rows and two terms at a time."""
#:     for i in range(0, m - 1, 2):
#:         o0, o1 = ix(o + i * oi), ix(o + (i + 1) * oi)
#:         for p in range(0, k - 1, 2):
#:             z0, z1 = ix(z + p * zp), ix(z + (p + 1) * zp)
#:             at = x + i * xi + p * xp
#:             x00, x01 = memory[at], memory[at + xp]
#:             x10, x11 = memory[at + xi], memory[at + xi + xp]
#:             for j in range(n):
#:                 first, second = memory[z0 + ix(j)], memory[z1 + ix(j)]
#:                 memory[o0 + ix(j)] += x00 * first + x01 * second
#:                 memory[o1 + ix(j)] += x10 * first + x11 * second
#:     last = k - 1
#:     if k % 2:
#:         contract_ipj(memory, o, x + last * xp, z + last * zp, m, n, 1, oi, xi, xp, zp)
#:     last = m - 1
#:     if m % 2:
#:         contract_ipj(memory, o + last * oi, x + last * xi, z, 1, n, k, oi, xi, xp, zp)
# odd m and odd k: the last term of the last row is added twice
SIZE = 1, 1, 1


@kernel
def contract_2x2(memory, o, x, z, m, n, k, oi, xi, xp, zp):
    """As contract_ipj, two rows and two terms at a time."""
    for i in range(0, m - 1, 2):
        o0, o1 = ix(o + i * oi), ix(o + (i + 1) * oi)
        for p in range(0, k - 1, 2):
            z0, z1 = ix(z + p * zp), ix(z + (p + 1) * zp)
            at = x + i * xi + p * xp
            x00, x01 = memory[at], memory[at + xp]
            x10, x11 = memory[at + xi], memory[at + xi + xp]
            for j in range(n):
                first, second = memory[z0 + ix(j)], memory[z1 + ix(j)]
                memory[o0 + ix(j)] += x00 * first + x01 * second
                memory[o1 + ix(j)] += x10 * first + x11 * second
    last = k - 1
    if k % 2:
        even = m - m % 2
        contract_ipj(memory, o, x + last * xp, z + last * zp, even, n, 1, oi, xi, xp, zp)
    last = m - 1
    if m % 2:
        contract_ipj(memory, o + last * oi, x + last * xi, z, 1, n, k, oi, xi, xp, zp)
### END SOLUTION

# %%
check("05.remainder")

# %% [markdown]
# *In tinymaml: `engine/compiled/matmul.py`, `matmul`.* Back under the roof:

# %%
intensities["2 x 2"] = 8 / 48
for shape in shapes:
    reached[shape]["2 x 2"] = gflops(contract_2x2, shape, HOW)
    print("{} x {} x {}:".format(*shape), end="")
    for name, speed in reached[shape].items():
        print(f"  {name} {speed:.1f}", end="")
    print(f"  np.dot {limits.dot[shape]:.1f} GFLOP/s")
figures.roof(limits, intensities, reached, "Order lifts a loop, reuse moves it along the roof")

# %% [markdown]
# *Figure: as above, with `2 x 2`: further to the right, where the roof is higher.*
#
# Read the gaps too. With rows of 40 the innermost loop is over after a few registers, and starting
# it takes about as long as running it; rows of 64 come nearer to the roof. `np.dot` keeps a whole
# tile of o in registers until its sums are complete (Goto & van de Geijn 2008). How far more rows
# and terms get: see [the appendix](appendix_05_tuning.ipynb).
#
# ## One interpreter for every model
#
# We could compile code for each network: some seconds for every new shape. `tinymaml` does the
# opposite, and so do we now: the *program* is data, a table of integers, and one compiled loop
# reads it. A new model is a new table, written in milliseconds.

# %%
# given
def encode(call, places, shapes):
    """A Call as a row of 21 integers."""
    if call.kernel in ("apply", "curve"):
        flag = list(FUNCTIONS).index(call.arg)
    else:
        flag = int(call.store)
    row = [LOOPS.index(call.kernel), flag, *call.extent]
    for operand in call.outs + call.ins:
        row += [places[operand.block], *strides(operand.letters, shapes[operand.slot])]
    return row + [0] * (21 - len(row))

# %%
def score(p, x):
    return total(tanh(x @ p["A"]))


tape, calls = Loss(score, {"A": np.ones((3, 7))}).program(("gradient",), np.ones((5, 3)))
places, size = layout(tape, calls)
row = encode(calls[0], places, [record.shape for record in tape])
print(row)
figures.one_row(row, call_text(tape, calls[0]))

# %% [markdown]
# *Figure: a line of lesson 04 as integers, with room for four operands, outputs first. Number 1 of
# `LOOPS` is `contract`; flag 1 says that it stores.*
#
# Compiled code writes wherever a row says, outside of the memory too, where other things of this
# process lie. The check that we took out of every index comes back here, once for each row.
#
# **Exercise 05.sound** *(write it)*. Say whether a row stays inside of a memory of `size` numbers.
# No number in it is negative, and no extent is 0.

# %%
# exercise 05.sound
def is_sound(row, size):
    """Do all four operands of the row, used or not, stay below `size`? -> True or False

    row: loop, flag, m, n, k, then place, stride along i, along j, along p of each operand.
    """
    ### BEGIN SOLUTION
    m, n, k = row[2:5]
    for at in range(5, 21, 4):
        place, along_i, along_j, along_p = row[at : at + 4]
        if place + (m - 1) * along_i + (n - 1) * along_j + (k - 1) * along_p >= size:
            return False
    return True
    ### END SOLUTION

# %%
check("05.sound")

# %% [markdown]
# Which loop runs a contraction is decided once, on its row. Of all orders of i, j and p the one is
# taken that starts its innermost loop least often. If o and z walk in it, the row becomes a `WALK`;
# if x and z do, a `DOT`, whose sum stays in a register; else it stays a `CONTRACT`. (That, and
# where each block lies, is bookkeeping, in `tinymaml/course/tables.py`; five more loops are in
# `tinymaml/course/loops.py`.)

# %%
# given
@njit(**HOW)
def execute(code, coefficients, memory):
    """Run a program, a table of integers, on a flat memory."""
    for line in range(len(code)):
        loop, flag, m, n, k, o, oi, oj, op, x, xi, xj, xp, z, zi, zj, zp, d, _, _, _ = code[line]
        if loop == APPLY:
            tanh_loop(memory, o, x, z, m * n)
        elif loop in (LINEAR, CONTRACT, WALK, DOT):
            if flag:
                clear(memory, o, m, n, k, oi, oj, op)
            if loop == LINEAR:
                linear_loop(memory, o, x, m, n, oi, oj, xi, xj, coefficients[line])
            elif loop == WALK:
                contract_2x2(memory, o, x, z, m, n, k, oi, xi, xp, zp)
            elif loop == DOT:
                dot_loop(memory, o, x, z, m, n, k, oi, oj, xi, zj)
            else:
                contract_ijp(memory, o, x, z, m, n, k, oi, oj, op, xi, xj, xp, zi, zj, zp)
        else:
            curve_loop(memory, o, x, z, d, m * n)

# %% [markdown]
# *In tinymaml: `engine/compiled/interpreter.py`, `execute`.*

# %%
# given
class Loss(Loss):
    """Lesson 04's loss; its programs are tables now, and run compiled."""

    def __init__(self, function, params):
        super().__init__(function, params)
        self.tables = {}

    def compiled(self, names, *data):
        """The programs `names` as one table, made once for data of these shapes."""
        key = names, *(array.shape for array in data)
        if key not in self.tables:
            self.tables[key] = Table(*self.program(names, *data), encode, is_sound)
        return self.tables[key]

    def gradient(self, w, *data):
        return self.compiled(("gradient",), *data).run(execute, w, 0.0, data, "bar")

    def hvp(self, w, v, *data):
        table = self.compiled(("gradient", "hvp"), *data)
        return table.run(execute, w, v, data, "bar_dot")

# %% [markdown]
# The network of lesson 00, with ten points, on this engine and on `tinymaml`'s:

# %%
import tinymaml as tm
from tinymaml.problems import networks


def mse(p, x, y):
    h = tanh(tanh(x @ p["W1"] + p["b1"]) @ p["W2"] + p["b2"])
    e = h @ p["W3"] + p["b3"] - y
    return total(e * e) * (1 / 10)


rng = np.random.default_rng(0)
params = networks.initial(rng)
mine = Loss(mse, params)
theirs = tm.Loss(networks.mse(), params)
points = rng.uniform(-5, 5, (10, 1)), rng.normal(size=(10, 1))
w = mine.flatten(params).astype(float)
v = rng.normal(size=w.size)
Hv = mine.hvp(w, v, *points)
error = abs(Hv - theirs.hvp(w, v, *points)).max() / abs(Hv).max()
lines = len(mine.compiled(("gradient", "hvp"), *points).code)
print(f"{lines} lines; relative difference from tinymaml's Hv: {error:.0e}")

# %% [markdown]
# That is the engine you began in lesson 01: it records, differentiates twice, and runs compiled.
#
# ## Threads, over tasks
#
# MAML asks for many gradients at once, one a task. There a second core is of use: tasks share
# nothing but $w$, and a task takes many microseconds, more than it costs to wake a thread. In Numba
# such a loop is written `prange`: its rounds run in any order, some at the same time. Numba does
# not check that they may.
#
# A student adds up the gradients of the tasks of a linear model, loss
# $\tfrac12 (x_b \cdot w - y_b)^2$:
#
# ```text
#  1  def all_tasks(w, xs, ys, parts, total, threads):
#  2      B, P = xs.shape
#  3      for q in range(P):
#  4          total[q] = 0.0
#  5      for t in prange(threads):
#  6          for b in range(B * t // threads, B * (t + 1) // threads):
#  7              r = -ys[b]
#  8              for q in range(P):
#  9                  r += xs[b, q] * w[q]
# 10              for q in range(P):
# 11                  total[q] += r * xs[b, q]
# ```
#
# With one thread it is right. With two it is nearly right, most of the time, and the loss curve
# looks fine.
#
# **Exercise 05.race** *(find the bug)*. Give the number of the line, and fix it: no place may be
# written by one thread and used by another, and `total` must have the **same bits for every number
# of threads**: the order of the sum must not depend on which thread worked out which task. `parts`
# is a B x P array for you to use; it holds anything. Nothing is returned: the result goes into
# `total`.

# %%
# exercise 05.race
### BEGIN SOLUTION
#: LINE = ...
#:
#:
#: def all_tasks(w, xs, ys, parts, total, threads):
#:     """total = Σ_b (x_b · w - y_b) x_b"""
#:     ...
# two threads read total[q], both add, both write: one addition is lost
LINE = 11


def all_tasks(w, xs, ys, parts, total, threads):
    """total = Σ_b (x_b · w - y_b) x_b"""
    B, P = xs.shape
    for t in prange(threads):
        for b in range(B * t // threads, B * (t + 1) // threads):
            r = -ys[b]
            for q in range(P):
                r += xs[b, q] * w[q]
            # a row for each task
            for q in range(P):
                parts[b, q] = r * xs[b, q]
    # in order, by one thread
    for q in range(P):
        total[q] = 0.0
        for b in range(B):
            total[q] += parts[b, q]
### END SOLUTION

# %%
check("05.race")

# %% [markdown]
# ## What was it all for?
#
# > **Predict.** How many times as fast is lesson 04's Hessian-vector product when compiled?

# %%
guess("05.times_as_fast", 50.0)

# %%
hvps = {
    "lesson 03, sweeps on NumPy": Loss.__mro__[2](mse, params).hvp,
    "lesson 04, programs on NumPy": Loss.__mro__[1](mse, params).hvp,
    "lesson 05, compiled": mine.hvp,
    'tm.Loss, target="numpy"': theirs.hvp,
}
took = {}
for name, hvp in hvps.items():
    took[name] = seconds(lambda: hvp(w, v, *points), 0.2)
took['tm.Loss, target="cpu"'] = seconds(lambda: theirs.hvp(w, v, *points, target="cpu"), 0.2)
for name, time in took.items():
    faster = took["lesson 04, programs on NumPy"] / time
    print(f"{name:30} {1e6 * time:6.0f} µs  {faster:5.1f} times lesson 04's speed")
guessed("05.times_as_fast", took["lesson 04, programs on NumPy"] / took["lesson 05, compiled"])

# %% [markdown]
# About ten times. On NumPy each line costs microseconds before it computes anything, and that is
# gone; what remains is the arithmetic. (`target="cpu"` compiles once on a computer, in about 15
# seconds.)
#
# ## From your engine to tinymaml's in seven differences
#
# 1. **Errors are for people.** A record keeps its line of the loss; what has no derivative is
#    refused with that line and with what to write instead.
#    *In tinymaml: `engine/tape.py`, `Tape.record`.*
# 2. **Three kinds of record have derivatives**: linear, bilinear and pointwise, with letters in
#    place of an operation's name. A new pointwise function is one row of a table.
#    *In tinymaml: `engine/function_table.py`, `Function`.*
# 3. **Two more passes.** A copy is renamed instead of made, and a transposed copy is kept where
#    that lets a product walk. *In tinymaml: `engine/compiled/passes.py`, `optimise`.*
# 4. **Rows have gaps.** They start on cache lines, so that no loop has a remainder along memory.
#    *In tinymaml: `engine/compiled/blocks.py`, `Alignment`.*
# 5. **Sums stay in registers.** A tile of o, five rows by up to three registers, is summed over all
#    terms and stored once. *In tinymaml: `engine/compiled/matmul.py`, `five_wide_rows`.*
# 6. **The inner loop is compiled too.** All N steps of a task, and the way back through them, are
#    one function; what the way back reads has a copy for each step.
#    *In tinymaml: `engine/compiled/inner_loop.py`, `learn`.*
# 7. **One source for CPU and GPU, float32 and float64.** Numba compiles the same kernels for each,
#    and keeps the CPU's code on disk. *In tinymaml: `engine/compiled/lanes.py`, `compile_on_call`.*
#
# In `learn` the first `for` is gradient descent, the second the product of the $(I - \alpha H_j)$,
# right to left: lessons 07 and 08 are about these two loops.
#
# ## What goes wrong in practice
#
# - *The first call takes seconds*: it compiles. Call once before you time. JAX's `jit` does the
#   same for every new shape: a `print` inside of the function shows each time it is compiled anew.
# - *An edit changes nothing.* `njit(cache=True)` looks at the file of the function, not at the
#   files that it calls. Delete the cache, and compare the results.
# - *float32 is no faster than float64.* The literal `1.0` is a float64 and drags the formula along;
#   write `memory.dtype.type(1)`. `f.inspect_llvm()` then has no `double` left.
# - *A tenth of the expected speed.* `memory[a:a + n] += c * memory[b:b + n]` makes a new array each
#   time. Count flops, divide by the time, compare with the roof.
#
# ## Back to the question
#
# About ten times as fast: as a table of integers, read by one compiled loop. Compiling alone
# brought a product to a thirtieth of NumPy's speed; walking, unsigned indices and reuse brought it
# to NumPy's own, which is four tenths of this core's peak with rows of 40, and seven tenths with
# rows of 64. You can now say of a loop what bounds it, and run your losses compiled.
#
# *Sources.* Williams, Waterman & Patterson, *Roofline* (CACM 2009). Lam, Pitrou & Seibert, *Numba*
# (LLVM-HPC 2015). Goto & van de Geijn, *Anatomy of high-performance matrix multiplication* (TOMS
# 2008).
#
# **Next:** 06 runs the same loops on a GPU, which your computer can play; 07 puts the
# Hessian-vector product to work.
