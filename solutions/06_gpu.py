# %% [markdown]
# # 06 · The same loops on a GPU
#
# **Do the loops that won on one core, those that walk along memory, win on a GPU too? And what
# has to change in a loop, so that thousands of helpers can share it and give the same bits every
# time?**
#
# *(About 25 minutes' reading, the exercises' 27 minutes apart. You need: 05. You will be able to:
# share a loop out among lanes, show that no two of them meet, count what a warp moves in one
# instruction, and say from two numbers of a device how fast a loop can be there.)*
#
# The helpers are called **lanes**. A lane is what CUDA calls a thread: one run of a kernel, with
# variables of its own. (Lesson 05's threads are the operating system's, one for each core.) No GPU
# is needed: `emulate` plays the lanes in plain Python and reports what a GPU would pass over in
# silence. Nothing here was measured on a GPU; numbers of devices are their makers'.

# %%
# given
import numpy as np

# for you to type
from tinymaml.course import check, hint, restore, solution, status, use
from tinymaml.course import engine, guess, guessed
from tinymaml.course.figures import lesson_06 as figures
from tinymaml.course.recording import RecordingArray, instructions
from tinymaml.course.roofline import seconds
from tinymaml.course.tables import APPLY, CURVE, LINEAR
from tinymaml.engine.compiled.lanes import barrier, lane, lanes
from tinymaml.engine.gpu.emulator import Race, emulate

# %% [markdown]
# ## Three words
#
# Lanes come in **blocks**, whose lanes can wait for each other. (In this lesson a block is one of
# lanes; a tape's blocks are something else.) In `tinymaml` a block of 32 to 256 lanes works on one
# task. All run the same kernel, from its first line to its last; three words tell them apart:
#
# | word | on your CPU | on a GPU |
# |---|---|---|
# | `lane()` | 0 | which lane of its block this is: 0, 1, 2, ... |
# | `lanes()` | 1 | how many lanes the block has |
# | `barrier()` | nothing | wait here until every lane of the block is here |
#
# The first two share a loop out: `for i in range(n)` becomes `for i in range(lane(), n, lanes())`.
# The elements are dealt out like cards, one to each lane in turn:

# %%
figures.two_ways_to_share(elements=24, lanes=8)

# %% [markdown]
# *Figure: 24 elements, eight lanes. Dealt out, the elements of one round (one colour) lie side by
# side; the second half of this lesson is about that.*
#
# With 32 lanes, lane 30 finds `range(30, 24, 32)` empty and is done. On the CPU, Numba makes 0, 1
# and nothing of the three words, and the loop is lesson 05's.
# *In tinymaml: `engine/compiled/lanes.py`, `my_share`.*
#
# **Exercise 06.share** *(write it)*. The adjoint of a broadcast is a sum (lesson 04),
# $\bar b_j = \sum_i \bar y_{ij}$. Write it for lanes: each number of the result is added up by
# **one** lane, alone and in order, so that the number of lanes cannot change its bits. Everything
# lies in the flat array `memory`.

# %%
# exercise 06.share
def columns(memory, o, x, m, n, xi):
    """o[j] = Σ_i x[i,j], for i < m and j < n.

    o, x: where they start in memory. x[i,j] lies at x + i * xi + j, o[j] at o + j.
    """
    ### BEGIN SOLUTION
    for j in range(lane(), n, lanes()):
        total = memory[x + j]
        for i in range(1, m):
            total += memory[x + i * xi + j]
        memory[o + j] = total
    ### END SOLUTION

# %%
check("06.share")

# %% [markdown]
# ## Right by luck
#
# Two loops, one after the other: squares, then the difference of each square from the one before.

# %%
def differences(result, squares, x, n):
    for i in range(lane(), n, lanes()):
        squares[i] = x[i] * x[i]
    for i in range(lane(), n, lanes()):
        before = squares[i - 1] if i > 0 else 0.0
        result[i] = squares[i] - before


def play(kernel, order, watch):
    """The differences of 0, 1, 4 and 9, by four lanes that take turns in this order."""
    result, squares, x = np.zeros(4), np.zeros(4), np.arange(4.0)
    emulate(kernel, result, squares, x, 4, lanes=4, order=order, watch=watch)
    return result

# %% [markdown]
# **Predict.** Four lanes, one element each. Lane 0 runs to its end, then lanes 1, 2, 3; another
# time 3, 2, 1, 0. Which order gives the right differences, 0 1 3 5? And what will the emulator,
# watching every access, say of an order that gives them?

# %%
guess("06.orders_that_are_right", "both", choices=("0 1 2 3", "3 2 1 0", "both", "neither"))
guess("06.what_the_emulator_says", "safe", choices=("safe", "a race"))

# %%
print("0, 1, 2, 3:", play(differences, (0, 1, 2, 3), watch=False))
print("3, 2, 1, 0:", play(differences, (3, 2, 1, 0), watch=False))
guessed("06.orders_that_are_right", "0 1 2 3")
try:
    play(differences, (0, 1, 2, 3), watch=True)
except Race as race:
    print("\nwatched, in the order that gave the right result:", race, sep="\n")
    guessed("06.what_the_emulator_says", "a race")

# %% [markdown]
# In the order 0, 1, 2, 3 the result is right by luck, and the kernel is accused anyway: lane 1
# needs what lane 0 writes, and nothing makes lane 0 come first. That is a **race**. A GPU's order
# changes from call to call. A `barrier()` between the loops cures it.
#
# When is a kernel safe? Two lanes **meet** if, between two barriers, both touch an element and one
# of them writes it. Suppose that in *one* order, played and watched, no two lanes meet. Then:
#
# | | | why |
# |---|---|---|
# | (1) | in every order a lane reads the same numbers | written by itself, or before the barrier |
# | (2) | so it takes the same path, and no two lanes meet | its path depends on what it reads |
# | (3) | a GPU's result is that of *some* order of all steps | (2), and CUDA's promise |
# | (4) | two lanes' neighbouring steps may change places | neither writes what the other touches |
# | (5) | every order gives the bits of "lane 0, then lane 1, ..." | sort it by exchanges, (4) |
#
# CUDA promises line (3) to kernels without a race **and to no others**: where lanes meet, not even
# one lane's writes need to appear in their order. So one watched order is enough: `emulate` notes
# who reads and writes each element, and raises `Race` where two lanes meet. The proof is for the
# inputs and the number of lanes that were played. Play one, a few, and more than elements.
#
# One more rule: **every lane has to come to every barrier.** With five elements and four lanes, a
# barrier *inside* a loop that is shared out is reached twice by lane 0 and once by the others. A
# GPU may then wait for ever, or take their *next* barrier for this one.
#
# **Exercise 06.race** *(find the bug)*. Gradient descent on $\tfrac12\lVert Xw - y\rVert^2$, with
# room `r` for $Xw - y$. With 4 rows, 4 lanes and one step it passed its test. There are two
# mistakes. Fix them for all sizes, numbers of steps and of lanes; the lanes still share the work.
# (For a single step, fixing one of the two is enough.)

# %%
# exercise 06.race
def descend(w, x, y, r, m, n, alpha, steps):
    """Gradient descent in place. w: n numbers; x: m rows of n, flat; y and r: m numbers."""
    ### BEGIN SOLUTION
    #: for _ in range(steps):
    #:     for i in range(lane(), m, lanes()):
    #:         r[i] = -y[i]
    #:         for q in range(n):
    #:             r[i] += x[i * n + q] * w[q]
    #:         barrier()
    #:     for q in range(lane(), n, lanes()):
    #:         for i in range(m):
    #:             w[q] -= alpha * r[i] * x[i * n + q]
    for _ in range(steps):
        for i in range(lane(), m, lanes()):
            r[i] = -y[i]
            for q in range(n):
                r[i] += x[i * n + q] * w[q]
        # the next loop reads the r of other lanes
        barrier()
        for q in range(lane(), n, lanes()):
            for i in range(m):
                w[q] -= alpha * r[i] * x[i * n + q]
        # the next step reads the w of other lanes
        barrier()
    ### END SOLUTION

# %%
check("06.race")

# %% [markdown]
# ## The same bits
#
# A sum of everything is one number. With a GPU's *atomic* additions any lane may add to the same
# place, and no addition is lost; but their order is open.
#
# **Predict.** 4,096 float32 numbers between −1 and 1 are added in a thousand random orders. How
# many different sums come out?

# %%
guess("06.different_sums", 5)

# %%
rng = np.random.default_rng(0)
numbers = rng.uniform(-1, 1, 4096).astype(np.float32)
sums = np.array([np.cumsum(rng.permutation(numbers))[-1] for _ in range(1000)])
exact = numbers.astype(np.float64).sum()
errors = 1e6 * (sums - exact) / abs(exact)
figures.a_thousand_orders(errors)
guessed("06.different_sums", len(set(sums)))

# %% [markdown]
# *Figure: the errors of the thousand sums, in millionths. One fixed order would give the same bits
# every time.*
#
# Training magnifies the last digits: with atomics, each run gives another network. A colleague
# proposes a sum without them:

# %%
# given
def add_up(o, x, parts, n):
    """o[0] = Σ_i x[i]: each lane adds up its share, then lane 0 adds the lanes' sums, in order."""
    share = x.dtype.type(0)
    for i in range(lane(), n, lanes()):
        share += x[i]
    parts[lane()] = share
    barrier()
    if lane() == 0:
        o[0] = parts[0]
        for k in range(1, lanes()):
            o[0] += parts[k]


def sum_by(count, numbers):
    """The sum that this many lanes find, in float32."""
    x = np.array(numbers, np.float32)
    o = np.zeros(1, np.float32)
    parts = np.zeros(count, np.float32)
    emulate(add_up, o, x, parts, len(x), lanes=count)
    return o[0]

# %% [markdown]
# No race, and the same bits from run to run. "And with another number of lanes, the last digit
# differs at most."
#
# **Exercise 06.bits** *(break it)*. Give at most eight numbers, none beyond $\pm 10^9$, for which
# one lane and two lanes find sums that differ by more than 1. (float32 has 24 bits: from
# $2^{24} = 16{,}777{,}216$ on, adding 1 may change nothing.)

# %%
# exercise 06.bits
### BEGIN SOLUTION
#: numbers = [...]
# one lane: 1e8 + 3 is 1e8, so 3 in the end; two lanes: 0 and 6
numbers = [1e8, 3.0, -1e8, 3.0]
### END SOLUTION

# %%
check("06.bits")

# %% [markdown]
# The cure: **let the order depend on the data, never on the lanes.** Within a task each number is
# one lane's sum, as in 06.share. Over tasks, `tinymaml` forms *chunks*, as many as the number of
# tasks says. A block adds up a chunk, and the block that is ready last adds the chunks' sums, in
# order. An atomic count tells which block is last; counting has no rounding. But a barrier, and
# with it line (3), is for one block only. So before a block counts it puts up a **fence**, which
# makes what it has written visible to the others.
#
# ## Thirty-two at a time
#
# Lanes run in **warps** of 32, which carry out *one* instruction together, such as "read an element
# of x", each lane with an address of its own. Memory answers in **sectors** of 32 bytes, eight
# float32 numbers; a sector is moved whole, even for one of them. Below, a `RecordingArray` notes
# which lane touches which place, and `instructions` lists what the lanes touch together.

# %%
# given
def sectors(places, itemsize=4):
    """How many sectors hold these places of an array, whose numbers have itemsize bytes."""
    return len({place * itemsize // 32 for place in places})

# %%
def read_all(x, apart, step):
    """Each of eight lanes reads eight numbers. apart: from lane to lane; step: a lane's own."""
    for i in range(lane(), 8, lanes()):
        for j in range(8):
            x[apart * i + step * j]

# %% [markdown]
# **Predict.** Eight lanes read a matrix of 8 x 8 float32 numbers, stored row by row. Either each
# lane walks along a row, as the loops that won, or each goes down a column. Which moves fewer
# sectors? And how many do the eight lanes touch in *one* instruction, along rows?

# %%
guess("06.fewer_sectors", "along rows", choices=("along rows", "down columns"))
guess("06.sectors_at_once_along_rows", 1)

# %%
third = {}
for name, distances in {"along rows": (8, 1), "down columns": (1, 8)}.items():
    x = RecordingArray(np.zeros(64, np.float32))
    emulate(read_all, x, *distances, lanes=8)
    third[name] = instructions(x)[2]
figures.third_instruction(third)
guessed("06.fewer_sectors", "down columns")
guessed("06.sectors_at_once_along_rows", sectors(third["along rows"]))

# %% [markdown]
# *Figure: the third instruction of eight lanes. Where each lane walks, they stand in eight sectors,
# and 256 bytes move for 32; where each leaps, they stand side by side in one.*
#
# A core is *one* reader: the numbers that it reads **next** should be nearby. A warp is 32 readers:
# the numbers that its lanes read **now** should be neighbours, or **coalesced**. If all lanes read
# the same number, one sector is moved and handed to all.
#
# Here is a product of $n \times n$ matrices, shared out in two ways. In each lane, `row_each` has
# lesson 05's winning order (o and z are walked along), `column_each` the losing one.

# %%
ix = np.uint64  # as in lesson 05


def row_each(o, x, z, n):
    for i in range(lane(), n, lanes()):
        for p in range(n):
            factor = x[ix(i * n + p)]
            for j in range(n):
                o[ix(i * n + j)] += factor * z[ix(p * n + j)]


def column_each(o, x, z, n):
    for j in range(lane(), n, lanes()):
        for i in range(n):
            total = o.dtype.type(0)
            for p in range(n):
                total += x[ix(i * n + p)] * z[ix(p * n + j)]
            o[ix(i * n + j)] = total

# %% [markdown]
# **Exercise 06.order** *(predict)*. $n = 32$, float32, 32 lanes, and each matrix starts at the
# beginning of a sector. In *one round of the innermost loop* all lanes are at the same p and j
# (`row_each`), or at the same i and p (`column_each`). How many sectors does the warp touch with
# each read and write?

# %%
# exercise 06.order
### BEGIN SOLUTION
#: in_row_each = {"z read": ..., "o read": ..., "o written": ...}
#: in_column_each = {"x read": ..., "z read": ...}
# the same z for all lanes; the rows of o are four sectors apart
in_row_each = {"z read": 1, "o read": 32, "o written": 32}
# the same x for all lanes; 32 neighbours of z are 128 bytes
in_column_each = {"x read": 1, "z read": 4}
### END SOLUTION

# %%
check("06.order")

# %% [markdown]
# Now the emulator plays both functions on 32 lanes, and Numba compiles **the same two** for your
# core.

# %%
from numba import njit


def matrices(n):
    """o, x and z, n x n, in float32, as flat arrays."""
    x, z = np.random.default_rng(0).normal(size=(2, n * n)).astype(np.float32)
    return np.zeros(n * n, np.float32), x, z


def gflops(kernel, n=64):
    """What one core reaches, once the kernel is compiled."""
    arrays = matrices(n)
    compiled = njit(fastmath={"contract", "reassoc", "nsz"}, error_model="numpy")(kernel)
    return 2e-9 * n**3 / seconds(lambda: compiled(*arrays, n))


def sectors_a_round(kernel, n=32):
    """What a warp touches in a round of the innermost loop, of which each lane does n * n."""
    arrays = [RecordingArray(values) for values in matrices(n)]
    emulate(kernel, *arrays, n, lanes=32)
    touched = [places for array in arrays for places in instructions(array)]
    return sum(map(sectors, touched)) / n**2

# %%
speed = {}
traffic = {}
for kernel in (row_each, column_each):
    name = kernel.__name__
    speed[name] = gflops(kernel)
    traffic[name] = sectors_a_round(kernel)
    print(f"{name:11} one core: {speed[name]:4.1f} GFLOP/s; a warp: {traffic[name]:5.2f} sectors")
figures.core_against_warp(speed, traffic)

# %% [markdown]
# *Figure: on one core the order that walks wins; on a warp it touches thirteen times as many
# sectors for the same arithmetic.*
#
# That is what a warp *asks for*. In a GPU's cache a sector may stay until its other numbers are
# wanted. But more than a thousand lanes share a cache, each with a row of its own. So lesson 05's
# loser should win: a prediction, until a device has measured it.
#
# Both have a fault: with 40 columns and 256 lanes, 216 lanes have nothing to do. Yet an output of
# 10 x 40 has 400 *numbers*.
#
# **Exercise 06.matmul** *(write it)*. Share out all $m n$ numbers of o. A lane adds up one at a
# time, in a variable, and reads and writes it in o once; in each instruction neighbouring lanes are
# at neighbouring places of o and of z.

# %%
# exercise 06.matmul
def lane_matmul(memory, o, x, z, m, n, k, oi, xi, xp, zp):
    """o[i,j] += Σ_p x[i,p] z[p,j], for i < m, j < n and p < k.

    o, x, z: where they start in memory; oi, xi, zp: from row to row; xp: from x[i,p] to x[i,p+1].
    Along j, o and z have stride 1.
    """
    ### BEGIN SOLUTION
    for e in range(lane(), m * n, lanes()):
        i = e // n
        j = e % n
        total = memory[o + i * oi + j]
        for p in range(k):
            total += memory[x + i * xi + p * xp] * memory[z + p * zp + j]
        memory[o + i * oi + j] = total
    ### END SOLUTION

# %%
check("06.matmul")

# %% [markdown]
# *In tinymaml: `engine/compiled/matmul.py`, `lane_matmul`.*
#
# ## How fast could it be?
#
# Lesson 05's roof stands on a GPU too, with the ridge where both bounds are equal:
#
# $$\text{speed} \le \min(\text{peak},\ \text{flops per byte} \cdot \text{bandwidth})$$
#
# In float32:
#
# | | arithmetic units | resident lanes | peak, TFLOP/s | bandwidth, TB/s | ridge, flops/byte |
# |---|---|---|---|---|---|
# | T4 | 2,560 | 40,960 | 8.1 | 0.320 | 25 |
# | RTX 4090 | 16,384 | 196,608 | 82.6 | 1.008 | 82 |
# | H100 SXM | 16,896 | 270,336 | 67 | 3.35 | 20 |
#
# (While some lanes wait for memory, others compute: [appendix](appendix_06_registers.ipynb).)
#
# Where is a Hessian-vector product? For one layer $Y = XW$, with $m$ samples, $k$ inputs and $n$
# outputs, it costs six lines (lesson 04):
#
# | tangent of | a line that stores | a line that adds |
# |---|---|---|
# | $Y$ | $\dot Y = \dot X W$ | $\dot Y {+}{=} X \dot W$ |
# | $\bar X$ | $\dot{\bar X} = \dot{\bar Y} W^{T}$ | $\dot{\bar X} {+}{=} \bar Y \dot W^{T}$ |
# | $\bar W$ | $\dot{\bar W} = X^{T} \dot{\bar Y}$ | $\dot{\bar W} {+}{=} \dot X^{T} \bar Y$ |
#
# **Exercise 06.roof** *(write it)*. How many flops do the six lines do for each byte that moves, in
# float32? Count line by line: a line reads each number of its operands from memory once and writes
# its result once; a line that adds reads its result as well.

# %%
# exercise 06.roof
def flops_per_byte(m, k, n):
    """Of a layer's six lines. X: m x k, W: k x n, Y: m x n, and so their tangents and adjoints."""
    ### BEGIN SOLUTION
    flops = 6 * 2 * m * k * n
    # each size: four times an operand, twice written, once read because a line adds
    numbers = 7 * (m * k + k * n + m * n)
    return flops / (4 * numbers)
    ### END SOLUTION

# %%
check("06.roof")

# %% [markdown]
# **Predict.** Ten samples and a layer of 40 x 40 reach a seventh of an H100's ridge, so memory is
# the limit. Which is it with ten samples and a layer of 10,000 x 10,000, memory or arithmetic?

# %%
guess("06.what_limits_the_wide_layer", "arithmetic", choices=("memory", "arithmetic"))

# %%
devices = {"H100": (67.0, 3.35), "RTX 4090": (82.6, 1.008), "T4": (8.1, 0.32)}
layers = {}
for samples, width in ((10, 40), (10, 10_000), (100, 40), (100, 10_000)):
    layers[samples, width] = flops_per_byte(samples, width, width)
    print(f"{samples:3} samples, {width:6,} wide: {layers[samples, width]:5.1f} flops per byte")
figures.roofs(devices, layers)
guessed("06.what_limits_the_wide_layer", "memory" if layers[10, 10_000] < 20 else "arithmetic")

# %% [markdown]
# *Figure: three roofs, and a layer's Hessian-vector product under that of the H100. Ten samples
# stay left of the ridge at any width; a hundred cross it if the layer is wide.*
#
# In a huge layer only the weights count, and each weight that is fetched is used for $m$ samples:
# flops per byte tend to $3m/7$. To pass 20 takes **47 samples**, however wide the layer. Few-shot
# tasks have ten, so on a GPU MAML's inner loop lives on memory's side. What helps is whole sectors,
# caches, and many tasks: 25 tasks leave 107 of an H100's 132 multiprocessors idle.
#
# ## Your engine, on lanes
#
# Lesson 05's interpreter with the three words: a row's results are dealt out, each is one lane's
# sum, and after the row comes a barrier. It runs the tables that *your* engine makes (the course's,
# where an exercise is open).

# %%
# given
from math import tanh


def at(operand, letters):
    """Where an operand's number (i, j, p) is. operand: its start, and its three strides."""
    return operand[0] + operand[1:] @ letters

# %%
# given
def execute(code, coefficients, memory):
    """A row: loop, flag, three lengths, and four operands, each a start and three strides."""
    for row, coefficient in zip(code, coefficients):
        loop, flag, *lengths = row[:5]
        o, x, z, u = np.reshape(row[5:], (4, 4))
        # (i, j, p) of the results, and of the terms that each one sums
        numbers = list(np.ndindex(*np.where(o[1:], lengths, 1)))
        terms = np.array(list(np.ndindex(*np.where(o[1:], 1, lengths))))
        for number in numbers[lane() :: lanes()]:
            out = at(o, number)
            if loop == APPLY:
                # two results: the value o and the slope x
                memory[out] = tanh(memory[at(z, number)])
                memory[at(x, number)] = 1.0 - memory[out] ** 2
            elif loop == CURVE:
                factor = -2.0 * memory[at(x, number)] * memory[at(z, number)]
                memory[out] = factor * memory[at(u, number)]
            else:
                total = 0.0 if flag else memory[out]
                for letters in terms + number:
                    factor = coefficient if loop == LINEAR else memory[at(z, letters)]
                    total += factor * memory[at(x, letters)]
                memory[out] = total
        barrier()

# %% [markdown]
# *In tinymaml: `engine/compiled/interpreter.py`, `execute`.*

# %%
E = engine(own=True)


def mean_squared_error(p, x, y):
    error = E.tanh(x @ p["W1"] + p["b1"]) @ p["W2"] - y
    return E.mean(error * error)


shapes = {"W1": (1, 6), "b1": (1, 6), "W2": (6, 1)}
params = {name: rng.normal(size=shape) for name, shape in shapes.items()}
x, y = rng.normal(size=(2, 10, 1))
loss = E.Loss(mean_squared_error, params)
w = loss.flatten(params)
v = rng.normal(size=w.size)
table = loss.compiled(("gradient", "hvp"), x, y)

# %%
def hvp(count, order=None):
    """The Hessian-vector product along v, by this many lanes."""

    def play(code, coefficients, memory):
        emulate(execute, code.tolist(), coefficients, memory, lanes=count, order=order)

    return table.run(play, w, v, (x, y), "bar_dot")


results = [hvp(8), hvp(3, (2, 0, 1)), hvp(1)]
expected = loss.hvp(w, v, x, y)
distance = abs(results[0] - expected).max() / abs(expected).max()
print(f"{len(table.code)} rows, watched on 8, 3 and 1 lanes: no race")
print(f"from lesson 05's compiled loops: relative distance {distance:.0e}")
print("different results, bit by bit:", len({result.tobytes() for result in results}))

# %% [markdown]
# One result, on 8, 3 and 1 lanes. In the package MAML's whole inner loop is such a kernel:
# `engine/compiled/inner_loop.py`, `grid`.
#
# ## What goes wrong in practice
#
# - *It passed, for years.* The lanes of one warp often move in step and hide a race. Test: other
#   numbers of lanes, watched.
# - *With two blocks it hangs, or reads old numbers.* A barrier is for one block, and blocks cannot
#   wait for each other. Test: `emulate(..., blocks=2)` against `blocks=1`, bit by bit.
# - *Far too slow.* An RTX 4090 does 1/64 as many float64 operations as float32 ones, and a single
#   literal `1.0` makes a formula float64. Test: the appendix counts `.f64` in the compiled code.
# - *In PyTorch or JAX a product takes 10 µs, however large.* A launch returns before the work is
#   done. Test: stop the clock after `torch.cuda.synchronize()` or `block_until_ready()`.
#
# ## Back to the question
#
# No: on a warp, the order that won on a core touches 66 sectors a round, the one that lost 5. A
# core wants its *next* number nearby, a warp its *neighbours'*. And three words make a loop one for
# lanes: `lane()` and `lanes()` deal out the results, each one lane's sum, and `barrier()` stands
# where one lane needs what another has written. If no two lanes meet in one watched run, every
# order has the same bits. You can now write a kernel for a GPU that you do not have, show that it
# has no race, and say which side of the roof limits it.
#
# *Sources.* Bernstein, *Analysis of programs for parallel processing* (1966), for line (4). NVIDIA:
# *Memory model* (libcu++) for line (3), *CUDA C++ Programming Guide* (resident lanes), *Best
# Practices Guide* (sectors); data sheets of T4 and H100, white paper of Ada (RTX 4090).
#
# **Next:** 07 puts the Hessian-vector product to work: one step of MAML, $(I - \alpha H)\nabla l$.
