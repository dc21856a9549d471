# %% [markdown]
# # 05 · Compile it
#
# **How fast can one core run lesson 04's list of calls? On NumPy it is still slower than lesson
# 03's sweeps.**
#
# *(About 25 minutes' reading; 5 exercises, about 25 minutes more. You need: 04. You will be able
# to: write loops that a compiler can make fast, say from two numbers of a machine how fast a loop
# can be, and run a loss whose only function is tanh through one compiled interpreter.)*

# %%
# given
import numpy as np
from numba import njit
from numba.extending import register_jitable

# for you to type
from tinymaml.course import check, hint, restore, solution, status, use
from tinymaml.course import guess, guessed
from tinymaml.course.figures import lesson_05 as figures
from tinymaml.course.given.loops import clear, curve_loop, dot_loop, linear_loop, tanh_loop
from tinymaml.course.given.roofline import change_one, gflops, measure_limits, seconds, what_helps
from tinymaml.course.given.tables import APPLY, CONTRACT, CURVE, DOT, LINEAR, LOOPS, WALK
from tinymaml.course.given.tables import layout, run_by_tables
from tinymaml.engine.listing import call_text

use("04")

# %% [markdown]
# ## Three loops
#
# Nearly all the arithmetic is in `contract`; once compiled, much of the time too. All blocks lie in
# one flat array, `memory`. An operand is then four integers: the place where it starts, and its
# strides along i, j and p, which count numbers (NumPy's count bytes).
#
# | line of the program, all blocks 40 wide | o: i, j, p | x: i, j, p | z: i, j, p |
# |---|---|---|---|
# | `y[i,j] += Σ_p h[i,p] · W[p,j]` | 40, 1, **0** | 40, **0**, 1 | **0**, 1, 40 |
# | `h_bar[i,p] += Σ_j y_bar[i,j] · W[p,j]` | 40, **0**, 1 | 40, 1, **0** | **0**, 1, 40 |
#
# At a **0** the operand does not move. The second line is an adjoint of the first: the same memory,
# other integers, the same kernel.

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
# **Numba** turns such a function into machine code at its first call: it works out all types and
# hands the loops to LLVM, the compiler behind clang. It compiles functions of numbers and arrays,
# not of your `Var`s: a loss has to become numbers first. `@kernel` lets compiled code call the
# function, and leaves it plain Python for us.
#
# > **Predict.** A product of the sinusoid network, 10 x 40 @ 40 x 40. If the speed of NumPy's
# > `np.dot` is 1, what do the three loops reach in plain Python, and what when compiled?

# %%
# in multiples of np.dot's speed
guess("05.loops_in_Python", 0.01)
guess("05.loops_compiled", 1.0)

# %%
# m, n, k
small, wide = (10, 40, 40), (10, 64, 40)
limits = measure_limits([small, wide], HOW)
speeds = {
    "np.dot": limits.dot[small],
    "loops in plain Python": gflops(contract_ijp, small),
    "loops, compiled": gflops(contract_ijp, small, njit=HOW),
}
print(f"one core of: {limits.cpu}")
for name, speed in speeds.items():
    print(f"{name:22}{speed:8.3f} GFLOP/s {speed / speeds['np.dot']:9.4f} of np.dot")
guessed("05.loops_in_Python", speeds["loops in plain Python"] / speeds["np.dot"])
guessed("05.loops_compiled", speeds["loops, compiled"] / speeds["np.dot"])

# %% [markdown]
# (A flop is a multiplication or an addition; a product has $2mnk$ flops; a GFLOP/s is $10^9$ flops
# a second.) Compiling makes the loops some seventy times as fast, and NumPy is still about forty
# times as fast as they are. They are machine code, but they handle one number at a time, from
# places far apart.
#
# ## In which order?
#
# For one row i of a small product, in what sequence does each of two orders of the loops read z?
# One of them is that of `contract_ijp`.

# %%
# z is 8 x 12, row by row
places = np.arange(96).reshape(8, 12)
figures.leap_and_walk(places.T.ravel(), places.ravel())

# %% [markdown]
# *Figure: in one order most reads lie twelve places beyond the one before; in the other, one
# place.*
#
# A walk matters for two reasons. Memory arrives in **cache lines** of 64 bytes, eight numbers; in
# data too large for the cache, leaps use one of the eight and lose the others. And a core has
# registers of two, four or eight numbers that are loaded, multiplied and added in one instruction,
# *if* the numbers are neighbours. LLVM can use these by itself (it **vectorises**) in a loop whose
# operands walk. For our product, which fits in the cache, this second reason counts.
#
# The kind of an index may matter too. In Python `memory[-1]` is the last number, so Numba compares
# each index with 0, unless its type is unsigned.
#
# LLVM uses neighbours only where it knows that the step is 1, and to `contract_ijp` all strides are
# unknown numbers. So our next kernel leaves out those that are 0 or 1.
#
# > **Predict.** Two more changes are to come: another order of the loops, and unsigned indices.
# > Which of the two, alone, brings more than half of the speed that both bring together?

# %%
guess("05.what_helps", "order", choices=("order", "index", "each alone", "neither alone"))

# %% [markdown]
# LLVM gives up vectorising where indices are compared with 0. So turn the place where a walk starts
# into an unsigned number, `row = ix(o + …)`, and take `memory[row + ix(…)]` inside. Both sides of
# the `+` must be unsigned; otherwise the sum is not.

# %%
# given
ix = np.uint64

# %% [markdown]
# **Exercise 05.order** *(write it)*. Choose an order of the three loops in which the innermost
# walks through both o and z. Index o and z there with unsigned numbers.

# %%
# exercise 05.order
@kernel
def contract_walk(memory, o, x, z, m, n, k, oi, xi, xp, zp):
    """o[i,j] += Σ_p x[i,p] · z[p,j]; each row of o and of z is stored without gaps."""
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

# %%
compared = {"contract_ijp": speeds["loops, compiled"]}
compared |= change_one(small, njit=HOW)
compared["j innermost, unsigned"] = gflops(contract_walk, small, njit=HOW)
for name, speed in compared.items():
    print(f"{name:24}{speed:6.1f} GFLOP/s")
guessed("05.what_helps", what_helps(compared))
figures.five_speeds(compared)

# %% [markdown]
# *Figure: the same product by five compiled kernels, the last one yours.*
#
# Neither alone. Known strides bring a factor of three; from there the order brings 1.2, the index
# 1.9, both more than six. A compiler that cannot vectorise says nothing: **measure after every
# change.**
#
# A sum $\sum_p x_p z_p$ cannot be vectorised in the order in which it is written, because its last
# digits depend on the order: `reassoc` in `HOW` allows another order, which `dot_loop` below needs.
# The option `contract` (no kernel) makes a multiplication and an addition one instruction, `nsz`
# ignores the sign of a zero, and `"numpy"` lets a division by 0 give inf. Full `fastmath=True`
# would also assume that there is no NaN; when MAML's inner loop diverges, its numbers become NaN.
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
# For each j, the innermost loop of `walk` loads one number of z, and loads and stores one of o: 2
# flops for 24 bytes. (x is in a register.) `ijp` moves four numbers, 32 bytes. Flops per byte are
# the **arithmetic intensity**, $I$. With two numbers of the core, $I$ bounds the speed. The
# **peak** is the flops that the core can do in a second; the **bandwidth**, the bytes that it can
# load and store in a second, in the nearest cache, where our product's 19 KB fit. Each is the best
# that `measure_limits` found: the fastest `np.dot` (`limits.peak`), the fastest loop over short
# arrays (`limits.cache`).

# %%
intensities = {"ijp": 2 / 32, "walk": 2 / 24}
reached = {small: {"ijp": compared["contract_ijp"], "walk": compared["j innermost, unsigned"]}}
print(f"peak {limits.peak:.0f} GFLOP/s, bandwidth {limits.cache:.0f} GB/s from the nearest cache")
for name, flops_per_byte in intensities.items():
    roof = min(limits.peak, flops_per_byte * limits.cache)
    print(f"{name:5} {reached[small][name]:5.1f} GFLOP/s under a roof of {roof:.0f}")
figures.roof(limits, intensities, reached)

# %% [markdown]
# *Figure: the roof is the lower of two bounds. From `ijp` to `walk` it rises by a third, the speed
# about twentyfold.*
#
# | | | why |
# |---|---|---|
# | (1) | speed ≤ peak | no loop does more flops in a second than the core can |
# | (2) | speed ≤ $I$ · bandwidth | at most *bandwidth* bytes in a second, $I$ flops for each |
# | (3) | speed ≤ min(peak, $I$ · bandwidth) | both hold: the **roofline** (Williams et al. 2009) |
#
# (1) is attained where arithmetic never pauses, (2) where loading and storing never do. The drawn
# roof, made of measured speeds, is an estimate from below. The two bounds meet at the **ridge**,
# $I$ = peak / bandwidth: left of it memory decides, right of it arithmetic.
#
# To move right, take r **rows** of o and t **terms** of the sum at once: each number of z, once
# loaded, serves r rows; each number of o, loaded and stored once, takes t terms.
#
# **Exercise 05.roof** *(write it)*. Write the intensity for r rows and t terms. Then: on a machine
# with 110 GFLOP/s and 420 GB/s, with two rows, what is the smallest number of terms at which
# arithmetic, not memory, is the bound?

# %%
# exercise 05.roof
### BEGIN SOLUTION
#: def intensity(r, t):
#:     """Flops per byte with r rows of o and t terms of the sum at once; a number has 8 bytes."""
#:     raise NotImplementedError("05.roof is open")
#:
#:
#: # with two rows, at 110 GFLOP/s and 420 GB/s
#: TERMS = ...
def intensity(r, t):
    """Flops per byte with r rows of o and t terms of the sum at once; a number has 8 bytes."""
    # t numbers of z are loaded; r of o are loaded and stored
    return 2 * r * t / (8 * (t + 2 * r))


# 20 / 72 = 0.278 flops per byte; the ridge is at 110 / 420 = 0.262, and four terms reach 0.25
TERMS = 5
### END SOLUTION

# %%
check("05.roof")

# %%
for rows, terms in ((1, 1), (2, 1), (1, 2), (2, 2)):
    print(f"rows: {rows}, terms: {terms}, flops per byte: {intensity(rows, terms):.3f}")

# %% [markdown]
# A second term beats a second row: it saves a load *and* a store.
#
# ## Use what was loaded
#
# Here is a kernel with two rows and two terms. Where m or k is odd, `contract_walk` does the
# remainder, a smaller product.
#
# **Exercise 05.remainder** *(find the bug)*. The kernel has passed its author's tests, of three
# sizes. Give m, n and k, each at most 9, for which it is wrong, and fix it.

# %%
# exercise 05.remainder
### BEGIN SOLUTION
#: # m, n, k
#: SIZE = ...
#:
#:
#: @kernel
#: def contract_2x2(memory, o, x, z, m, n, k, oi, xi, xp, zp):
#:     """As contract_walk, two rows and two terms at a time."""
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
#:         contract_walk(memory, o, x + last * xp, z + last * zp, m, n, 1, oi, xi, xp, zp)
#:     last = m - 1
#:     if m % 2:
#:         contract_walk(memory, o + last * oi, x + last * xi, z, 1, n, k, oi, xi, xp, zp)
# odd m and odd k: the last term of the last row is added twice
SIZE = 1, 1, 1


@kernel
def contract_2x2(memory, o, x, z, m, n, k, oi, xi, xp, zp):
    """As contract_walk, two rows and two terms at a time."""
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
        contract_walk(memory, o, x + last * xp, z + last * zp, even, n, 1, oi, xi, xp, zp)
    last = m - 1
    if m % 2:
        contract_walk(memory, o + last * oi, x + last * xi, z, 1, n, k, oi, xi, xp, zp)
### END SOLUTION

# %%
check("05.remainder")

# %% [markdown]
# *In tinymaml: `engine/compiled/matmul.py`, `matmul`.*
#
# > **Predict.** From `walk` to `2 x 2` the roof doubles. How many times as fast does our product
# > become, with rows of 40?

# %%
guess("05.two_by_two", 2.0)

# %%
intensities["2 x 2"] = intensity(2, 2)
reached[small]["2 x 2"] = gflops(contract_2x2, small, njit=HOW)
kernels = {"ijp": contract_ijp, "walk": contract_walk, "2 x 2": contract_2x2}
reached[wide] = {name: gflops(kernel, wide, njit=HOW) for name, kernel in kernels.items()}
for shape, found in reached.items():
    listed = ", ".join(f"{name} {speed:.1f}" for name, speed in found.items())
    print("{} x {} x {}:".format(*shape), f"{listed}, np.dot {limits.dot[shape]:.1f} GFLOP/s")
guessed("05.two_by_two", reached[small]["2 x 2"] / reached[small]["walk"])
figures.roof(limits, intensities, reached)

# %% [markdown]
# *Figure: as above, with `2 x 2` and rows of 64 too: longer rows gain more.*
#
# Less than twice. How long does one innermost loop take, over few numbers and over many?

# %%
for n in (8, 40):
    # each number has 8 flops: two rows by two terms, two flops each
    time = 8 * n / gflops(contract_2x2, (10, n, 40), njit=HOW)
    print(f"2 x 2, innermost loop over {n:2} numbers: {time:4.1f} ns")

# %% [markdown]
# Five times the numbers take less than twice the time: each innermost loop also costs a start and a
# finish. [The appendix](appendix_05_tuning.ipynb) tries more rows and terms.
#
# ## One interpreter for every model
#
# Code compiled for each network would cost seconds for every new shape. We do the opposite, as
# `tinymaml` does: the *program* is data, a table with a row of integers for each of its lines, and
# one compiled loop reads it.

# %%
# given
def encode(call, places, shapes):
    """A line of the program as 21 integers; `strides` is lesson 04's."""
    row = [LOOPS.index(call.kernel), int(call.store), *call.extent]
    for operand in call.outs + call.ins:
        row += [places[operand.block], *strides(operand.letters, shapes[operand.slot])]
    return row + [0] * (21 - len(row))

# %%
def score(params, x):
    return total(tanh(x @ params["A"]))


tape, calls = Loss(score, {"A": np.ones((3, 7))}).program(("gradient",), np.ones((5, 3)))
places, size = layout(tape, calls)
row = encode(calls[0], places, [record.shape for record in tape])
print(row)
figures.one_row(row, call_text(tape, calls[0]))

# %% [markdown]
# *Figure: a line of lesson 04 as integers, with room for four operands, outputs first. Number 1 of
# `LOOPS` is `contract`; flag 1 means *store*: clear o, then add. `layout` gave each block
# its place: the four planes of A take 0 to 83, so x starts at 84.*
#
# Compiled code does not check indices against the size of memory: wrong integers would overwrite
# other data of the process. So we check the strides of each line once, before it runs.
#
# **Exercise 05.sound** *(write it)*. Say whether a line's strides stay inside a memory of `size`
# numbers. No integer of it is negative, and no extent is 0.

# %%
# exercise 05.sound
def is_sound(row, size):
    """Do all four operands of a line, used or not, stay below `size`? -> True or False

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
# `choose_loop` in `tinymaml/course/given/tables.py` may give a product a faster loop. It tries the
# ways to rename the letters to $o_{ij} \mathrel{+}= \sum_p x_{ip} z_{pj}$. In the second line of
# the first table it exchanges j and p, $\bar h_{ij} \mathrel{+}= \sum_p \bar y_{ip} W_{jp}$: x
# and z walk along p, a `DOT`.
#
# | loop | condition | innermost letter |
# |---|---|---|
# | `WALK` | o and z have stride 1 along j, and n > 1 | j; your `contract_2x2` |
# | `DOT` | x and z have stride 1 along p, and k > 1 | p; the sum stays in a register |
# | `CONTRACT` | every other product | p |
#
# Over one number nothing walks: hence n > 1 and k > 1. Where both can hold, a rough count of the
# starts of the innermost loop decides: `DOT` starts m · n times, `WALK` for m · k pairs of a row
# and a term, which we count as a tenth each.
#
# `WALK` and `DOT` leave out only strides that `choose_loop` found to be 0 or 1. `tanh_loop` and
# `curve_loop` use none: `is_sound` does not protect there, but `encode` gives them whole blocks of
# m x n numbers, without gaps. (The loops that are not written out here are in
# `tinymaml/course/given/loops.py`.) A `linear` line has a float too, its factor, in `coefficients`.

# %%
# given
@njit(**HOW)
def execute(code, coefficients, memory):
    """Run a program, a table of integers, on a flat memory."""
    for at in range(len(code)):
        loop, flag, m, n, k = code[at, :5]
        o, oi, oj, op = code[at, 5:9]
        x, xi, xj, xp = code[at, 9:13]
        z, zi, zj, zp = code[at, 13:17]
        if loop == APPLY:
            tanh_loop(memory, o, x, z, m * n)
        elif loop == CURVE:
            d = code[at, 17]
            curve_loop(memory, o, x, z, d, m * n)
        else:
            if flag:
                clear(memory, o, m, n, k, oi, oj, op)
            if loop == LINEAR:
                linear_loop(memory, o, x, m, n, oi, oj, xi, xj, coefficients[at])
            elif loop == WALK:
                contract_2x2(memory, o, x, z, m, n, k, oi, xi, xp, zp)
            elif loop == DOT:
                dot_loop(memory, o, x, z, m, n, k, oi, oj, xi, zj)
            elif loop == CONTRACT:
                contract_ijp(memory, o, x, z, m, n, k, oi, oj, op, xi, xj, xp, zi, zj, zp)

# %% [markdown]
# *In tinymaml: `engine/compiled/interpreter.py`, `execute`.* Now tables replace the programs of
# lesson 04's `Loss`:

# %%
# given
Loss04 = Loss
Loss = run_by_tables(Loss04, encode, is_sound, execute)

# %% [markdown]
# Lesson 00's network on this engine and on `tinymaml`'s:

# %%
import tinymaml as tm
from tinymaml.problems import networks


def mse(params, x, y):
    h = tanh(tanh(x @ params["W1"] + params["b1"]) @ params["W2"] + params["b2"])
    e = h @ params["W3"] + params["b3"] - y
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
table = mine.compiled(("gradient", "hvp"), *points)
print(f"{len(table.code)} lines; relative difference from tinymaml's Hv: {error:.0e}")

# %% [markdown]
# ## What was it all for?
#
# > **Predict.** How many times as fast is lesson 04's Hessian-vector product when compiled?

# %%
guess("05.times_as_fast", 50.0)

# %%
# Loss03 is lesson 03's Loss, from use("04")
hvps = {
    "lesson 03, sweeps on NumPy": Loss03(mse, params).hvp,
    "lesson 04, programs on NumPy": Loss04(mse, params).hvp,
    "lesson 05, compiled": mine.hvp,
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
# That is seven to eight times lesson 04's speed, and about five times lesson 03's. Where does the
# time go? We run the 69 lines loop by loop: as they are, then with flag 0, so that nothing is
# cleared first.

# %%
def run_time(code, factors):
    memory = table.memory.copy()
    return 1e6 * seconds(lambda: execute(code, factors, memory), 0.2)


all_flops = 0
for number, name in enumerate(LOOPS):
    chosen = table.code[:, 0] == number
    code, factors = table.code[chosen], table.coefficients[chosen]
    time = run_time(code, factors)
    flops = 2 * code[:, 2:5].prod(axis=1).sum() if name in ("contract", "walk", "dot") else 0
    all_flops += flops
    code[:, 1] = 0
    print(f"{name:9}{len(code):3} lines {time:6.1f} µs", end="")
    print(f"{run_time(code, factors):6.1f} µs with flag 0 {flops:8} flops in products")
print(f"{all_flops} flops at the peak: {1e-3 * all_flops / limits.peak:.1f} µs")
print(f"all, each product a CONTRACT: {run_time(table.encoded, table.coefficients):.0f} µs")

# %% [markdown]
# Less than half of the time goes into `walk` and `dot`, which do nearly all the products' flops.
# Clearing takes about a quarter: `clear` goes through three unknown strides. The two lines of
# `apply` compute 800 values of tanh. `contract`, `linear` and `clear` have gained from compiling
# alone. Beyond this sum, `hvp` copies its arguments in and Hv out.
#
# The last line is the program before `choose_loop`. **Compiling alone only draws level with lesson
# 03 on NumPy; known strides, order, unsigned indices and reuse bring the factor of five.**
#
# ## From your engine to tinymaml's in seven differences
#
# `tm.Loss` takes about forty µs where yours takes about sixty. Differences 3, 4 and 5 aim at that,
# 6 at MAML's inner loop.
#
# 1. **Errors are for people.** What has no derivative is refused, with its line of the loss and
#    with what to write instead.
#    *In tinymaml: `engine/tape.py`, `Tape.record`.*
# 2. **Functions are data**: a new pointwise one is a row of a table.
#    *In tinymaml: `engine/function_table.py`, `Function`.*
# 3. **More passes.** A transposed copy is kept where that lets a product walk.
#    *In tinymaml: `engine/compiled/passes.py`, `optimise`.*
# 4. **Rows of blocks have gaps**, so that each starts on a cache line and has no remainder.
#    *In tinymaml: `engine/compiled/blocks.py`, `Alignment`.*
# 5. **Sums stay in registers**, of five rows of o at once, until all terms are added (Goto & van de
#    Geijn 2008).
#    *In tinymaml: `engine/compiled/matmul.py`, `five_wide_rows`.*
# 6. **The inner loop is compiled too**, all N steps of a task and the way back through them.
#    *In tinymaml: `engine/compiled/inner_loop.py`, `learn`.*
# 7. **One source for CPU and GPU, float32 and float64.**
#    *In tinymaml: `engine/compiled/lanes.py`, `compile_on_call`.*
#
# ## What goes wrong in practice
#
# - *The first call takes seconds*: it compiles. Test: time two calls; drop the first.
# - *Each new shape is slow once.* `jax.jit` compiles for every shape it meets. Test: time a call
#   with eleven points after one with ten. Here both run through the same `execute`.
# - *An edit changes nothing.* `njit(cache=True)` looks at the file of the function, not at those
#   of the functions it calls. Test: break such a function; if nothing changes, delete the cache.
#
# ## Back to the question
#
# One core runs the list in about sixty µs, seven to eight times as fast as NumPy ran the same list
# and five times as fast as lesson 03's sweeps; at the peak its products would take about six µs.
# Compiling alone brought a product to a fortieth of `np.dot`'s speed; known strides, order,
# unsigned indices and reuse brought 10 x 40 x 40 to eight tenths of it. You can now say how
# fast a loop can be at best before you write it, and see which line of a program is slow.
#
# *Sources.* Williams, Waterman & Patterson, *Roofline* (CACM 2009). Lam, Pitrou & Seibert, *Numba*
# (LLVM-HPC 2015). Goto & van de Geijn, *Anatomy of high-performance matrix multiplication* (TOMS
# 2008).
#
# **Next:** 06 runs the same loops on a GPU, which your computer can simulate.
