# %% [markdown]
# # 06 · The same loops on a GPU
#
# **What has to change in a loop, so that hundreds of a GPU's threads can share it and give the same
# bits every time? And on one core, the loops that walk along memory won: shared out on a GPU, do
# they also ask the least of its memory?**
#
# *(About 25 minutes' reading; 6 exercises, 27 minutes more. You need: 05. You will be able to:
# share a loop out among lanes, watch them for races, and count what a warp asks for.)*
#
# A **lane** is what CUDA calls a thread: one run of a **kernel** (in this lesson, any function that
# lanes run), with variables of its own. No GPU is needed, and none was used: `emulate` plays the
# lanes in plain Python and can watch them.

# %%
# given
import numpy as np

# for you to type
from tinymaml.course import check, hint, restore, solution, status, use
from tinymaml.course import engine, guess, guessed
from tinymaml.course.figures import lesson_06 as figures
from tinymaml.course.given.recording import RecordingArray, instructions
from tinymaml.course.given.roofline import seconds
from tinymaml.course.given.tables import APPLY, CURVE, LINEAR, all_indices, place_of
from tinymaml.engine.compiled.lanes import barrier, lane, lanes
from tinymaml.engine.gpu.emulator import Race, emulate

# %% [markdown]
# ## Three words
#
# Lanes come in **blocks**, whose lanes can wait for each other. (Not a tape's blocks.) In
# `tinymaml` a block works on one task. All its lanes run the same kernel; three words tell them
# apart:
#
# | word | on your CPU | on a GPU |
# |---|---|---|
# | `lane()` | 0 | which lane of its block this is: 0, 1, 2, ... |
# | `lanes()` | 1 | how many lanes the block has |
# | `barrier()` | nothing | wait here until every lane of the block is here |
#
# The first two deal a loop out like cards, one element to each lane in turn: `for i in range(n)`
# becomes `for i in range(lane(), n, lanes())`.

# %%
figures.two_ways_to_share(elements=24, lanes=8)

# %% [markdown]
# *Figure: in a round each lane takes one element. "Thirty-two at a time" tells why they should be
# neighbours.*
#
# With 32 lanes, lane 30 gets nothing: `range(30, 24, 32)` is empty.
# *In tinymaml: `engine/compiled/lanes.py`, `my_share`.*
#
# **Exercise 06.share** *(find the bug)*. The adjoint of a broadcast is a sum (lesson 04),
# $\bar b_j = \sum_i \bar y_{ij}$. A colleague dealt out the loop over i; with a single lane the
# sums are right. Fix the kernel, so that any number of lanes gives the same bits, and exactly one
# lane sums each column. As on a tape, everything lies in one flat array `memory`.

# %%
# exercise 06.share
def columns(memory, o, x, m, n, xi):
    """o[j] = Σ_i x[i,j], for i < m, j < n. x[i,j] lies at x + i * xi + j, o[j] at o + j."""
    ### BEGIN SOLUTION
    #: for j in range(n):
    #:     memory[o + j] = 0
    #:     for i in range(lane(), m, lanes()):
    #:         memory[o + j] += memory[x + i * xi + j]
    for j in range(lane(), n, lanes()):
        total = memory[x + j]
        for i in range(1, m):
            total += memory[x + i * xi + j]
        memory[o + j] = total
    ### END SOLUTION

# %%
check("06.share")

# %% [markdown]
# ## Two orders
#
# Squares, then the difference of each from the one before (here the arguments are arrays):

# %%
def differences(result, squares, x, n):
    for i in range(lane(), n, lanes()):
        squares[i] = x[i] * x[i]
    for i in range(lane(), n, lanes()):
        result[i] = squares[i] - (squares[i - 1] if i > 0 else 0.0)


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
# may change from call to call. A `barrier()` is the cure. In the emulator each lane now runs to its
# *next* barrier, then the lane after it does:

# %%
def differences_in_turn(result, squares, x, n):
    for i in range(lane(), n, lanes()):
        squares[i] = x[i] * x[i]
    barrier()
    for i in range(lane(), n, lanes()):
        result[i] = squares[i] - (squares[i - 1] if i > 0 else 0.0)


print("3, 2, 1, 0, watched:", play(differences_in_turn, (3, 2, 1, 0), watch=True))

# %% [markdown]
# When is a kernel safe? First, **every lane has to come to every barrier.** If a lane misses one, a
# GPU may wait for ever, or take that lane's *next* barrier for this one. Second, no two lanes may
# **meet**: touch the same element between two barriers, one of them writing it. **If both hold in
# one watched run, every run of as many lanes on the same inputs gives the same bits.**
#
# A step is one read or one write. From here on, an order is any interleaving of the lanes' steps,
# and the kernel's end counts as a barrier. Take a barrier at which all orders agree on the memory
# and on each lane's variables, as they do at the start:
#
# | | from there to the next barrier | why |
# |---|---|---|
# | (1) | until a meeting, lanes read their own writes or what the barrier left | else they meet |
# | (2) | until a meeting, each lane does the steps it did when watched | (1): it reads the same |
# | (3) | no order has a meeting | (2): the watched run would have shown the first one |
# | (4) | a GPU's result is that of *some* order | (3), and CUDA's promise |
# | (5) | adjacent steps of two lanes may be swapped | (3): neither writes what the other touches |
# | (6) | every order gives the bits of "lane 0, lane 1, ..." | swaps, (5) |
# | (7) | all orders agree at the next barrier, too | (6); by (2), (3) every lane comes to it |
#
# CUDA promises line (4) to kernels without a race **and to no others**. So one watched run is
# enough: `emulate` raises `Race` where two lanes meet, or where one misses a barrier. The proof is
# for the inputs and the number of lanes that were played: play one lane, a few, and more lanes than
# elements. A GPU's bits may differ from the emulator's: it may fuse a product with a sum.
#
# **Exercise 06.race** *(find the bug)*. Gradient descent on $\tfrac12\lVert Xw - y\rVert^2$, with
# room `r` for $Xw - y$. With 4 rows, 4 lanes and one step it passed its test. There are two
# mistakes. Fix both, for any size and any number of steps and lanes; the lanes share the work.

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
        # the next step reads the w of other lanes, and overwrites the r that they read
        barrier()
    ### END SOLUTION

# %%
check("06.race")

# %% [markdown]
# ## The same bits
#
# With a GPU's *atomic* additions any lane may add to the same place, and no addition is lost. CUDA
# does not call that a race; in our sense the lanes meet, and the order is not fixed.
#
# **Predict.** 4,096 float32 numbers between −1 and 1 are added one by one (`cumsum`; `sum` would
# add in pairs), in a thousand random orders. How many different sums come out?

# %%
guess("06.different_sums", 5)

# %%
rng = np.random.default_rng(0)
addends = rng.uniform(-1, 1, 4096).astype(np.float32)
sums = np.array([np.cumsum(rng.permutation(addends))[-1] for _ in range(1000)])
exact = addends.astype(np.float64).sum()
errors = 1e6 * (sums - exact) / abs(exact)
figures.a_thousand_orders(errors, exact)
guessed("06.different_sums", len(set(sums)))

# %% [markdown]
# *Figure: a bar for each sum that comes out, at its error. A fixed order always gives the same
# bar.*
#
# Training can magnify the last digits. A colleague proposes a sum without atomics:

# %%
# given
def add_up(o, x, parts, n):
    """o[0] += Σ_i x[i]: each lane adds up its share, then lane 0 adds the lanes' sums in order."""
    share = x.dtype.type(0)
    for i in range(lane(), n, lanes()):
        share += x[i]
    parts[lane()] = share
    barrier()
    if lane() == 0:
        for k in range(lanes()):
            o[0] += parts[k]


def sum_by(count, numbers):
    x = np.array(numbers, np.float32)
    o, parts = np.zeros(1, np.float32), np.zeros(count, np.float32)
    emulate(add_up, o, x, parts, len(x), lanes=count)
    return o[0]

# %% [markdown]
# No race, and the same bits from run to run. "And with another number of lanes," says the
# colleague, "at most the last digit differs."
#
# **Exercise 06.bits** *(break it)*. Give at most eight numbers, none larger than $10^9$ in absolute
# value, for which one lane and two lanes find sums that differ by more than 1.

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
# The cure: **let the order depend on the sizes, never on the lanes.** In `tinymaml` each sum of a
# task is one lane's; if there is only one sum, the other lanes wait. Sums over tasks cross blocks:
# see [the appendix](appendix_06_registers.ipynb).
#
# ## Thirty-two at a time
#
# A block runs on one of a GPU's **multiprocessors**, in **warps** of 32 lanes. A warp carries out
# *one* instruction together, each lane with an address of its own. Memory answers in **sectors** of
# 32 bytes, eight float32 numbers; a sector comes whole, even for one of them. Below, a
# `RecordingArray` notes which lane touches which place. All lanes take the same path, so their
# first accesses to an array are one instruction, their second ones the next: `instructions` lists
# them.

# %%
# given
def sectors(places, itemsize=4):
    """How many sectors hold these places of an array, whose numbers have itemsize bytes."""
    return len({place * itemsize // 32 for place in places})


def sectors_asked_for(array):
    return sum(map(sectors, instructions(array)))

# %%
def read_all(x, apart, step):
    """Each of eight lanes reads eight numbers. apart: from lane to lane; step: a lane's own."""
    for j in range(8):
        x[apart * lane() + step * j]

# %% [markdown]
# **Predict.** Eight lanes read a matrix of 8 x 8 float32 numbers, stored row by row. Either each
# lane walks along a row, like the loops that won, or each goes down a column. Which way asks for
# fewer sectors, in all?

# %%
guess("06.fewer_sectors", "along rows", choices=("along rows", "down columns"))

# %%
asked, third = {}, {}
for name, distances in {"along rows": (8, 1), "down columns": (1, 8)}.items():
    x = RecordingArray(np.zeros(64, np.float32))
    emulate(read_all, x, *distances, lanes=8)
    asked[name], third[name] = sectors_asked_for(x), instructions(x)[2]
    print(f"{name}: {asked[name]} sectors, asked for in eight instructions")
figures.third_instruction(third)
guessed("06.fewer_sectors", min(asked, key=asked.get))

# %% [markdown]
# *Figure: the third instruction; all eight look alike. Along rows the lanes are spread over eight
# sectors, and ask for 256 bytes to use 32; down columns they are side by side in one sector.*
#
# A core is *one* reader: the numbers that it reads **next** should be nearby. A warp is 32 readers:
# the numbers that its lanes read **now** should be neighbours, or **coalesced**. So loops are dealt
# out, not cut into slices. A number that all lanes read costs one sector.
#
# Here are two kernels that add a product of $n \times n$ matrices, $\sum_p x_{ip} z_{pj}$, to
# $o_{ij}$. `row_each` deals out the rows, and each lane has lesson 05's winning order;
# `column_each` deals out the columns, and adds up each number of o in a variable.

# %%
def row_each(o, x, z, n):
    for i in range(lane(), n, lanes()):
        for p in range(n):
            factor = x[i * n + p]
            for j in range(n):
                o[i * n + j] += factor * z[p * n + j]


def column_each(o, x, z, n):
    for j in range(lane(), n, lanes()):
        for i in range(n):
            total = o[i * n + j]
            for p in range(n):
                total += x[i * n + p] * z[p * n + j]
            o[i * n + j] = total

# %% [markdown]
# **Exercise 06.order** *(predict)*. $n = 32$, float32, 32 lanes, and each matrix starts at the
# beginning of a sector. In *one pass of the innermost loop* all lanes are at the same p and j
# (`row_each`), or at the same i and p (`column_each`). How many sectors does the warp touch with
# each read and write of that pass?

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
# A third kernel keeps the order of `row_each`, but deals out another loop, the one that walks:

# %%
def row_shared(o, x, z, n):
    for i in range(n):
        for p in range(n):
            factor = x[i * n + p]
            for j in range(lane(), n, lanes()):
                o[i * n + j] += factor * z[p * n + j]

# %% [markdown]
# **Predict.** In a pass, how many sectors of o, x and z does `row_shared` touch? (A lane makes one
# pass for each i and p.)

# %%
guess("06.sectors_of_row_shared", 40)

# %%
from numba import njit

n = 32
arrays = rng.normal(size=(3, n * n)).astype(np.float32)  # o, x and z


def gflops(kernel):
    """What one core reaches, once the kernel is compiled as in lesson 05 (it may reorder sums)."""
    compiled = njit(fastmath={"contract", "reassoc", "nsz"}, error_model="numpy")(kernel)
    return 2e-9 * n**3 / seconds(lambda: compiled(*arrays, n))


def sectors_a_pass(kernel):
    """What a warp touches in o, x and z, by passes of the innermost loop: each lane does n * n."""
    recorded = [RecordingArray(values) for values in arrays]
    emulate(kernel, *recorded, n, lanes=32)
    return [sectors_asked_for(array) / n**2 for array in recorded]

# %%
speed, traffic = {}, {}
for kernel in (row_each, row_shared, column_each):
    name = kernel.__name__
    speed[name], traffic[name] = gflops(kernel), sectors_a_pass(kernel)
    print(f"{name:11} {speed[name]:4.1f} GFLOP/s; sectors of o, x and z:", traffic[name])
guessed("06.sectors_of_row_shared", sum(traffic["row_shared"]))
figures.core_against_warp(speed, traffic)

# %% [markdown]
# *Figure: on one core (where this page was run) the first two are the same loops.*
#
# Lanes side by side touch 8 sectors of o instead of 64, and 4 of z instead of one. For x it
# stays one: before, 32 once in 32 passes; now, one in every pass. So 66 become 13. A sum in a
# variable, with p innermost, reads and writes o once in 32 passes: 5.25 are left.
#
# This is what a warp *asks for*. A cache may keep a sector until its other numbers are wanted, so
# the gap in *time* may be far smaller: only a device can tell.
#
# All three have a fault: of 256 lanes, a 10 x 40 output occupies ten in `row_each`, 40 in the
# others.
#
# **Exercise 06.matmul** *(write it)*. Share out all $m n$ numbers of o. A lane adds up one number
# at a time, in a variable, and reads and writes it in o once; within a row, neighbouring lanes are
# at neighbouring places of o and of z.

# %%
# exercise 06.matmul
def lane_matmul(memory, o, x, z, m, n, k, oi, xi, xp, zp):
    """o[i,j] += Σ_p x[i,p] z[p,j], for i < m, j < n and p < k. Along j, o and z have stride 1.

    o, x, z: where they start in memory; oi, xi, zp: from row to row; xp: from x[i,p] to x[i,p+1].
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
# Lesson 05's roof stands on a GPU too (float32, without tensor cores, which raise the H100's peak
# and its ridge several times):
#
# | | peak, TFLOP/s | bandwidth, TB/s | ridge: peak / bandwidth, flops per byte |
# |---|---|---|---|
# | H100 SXM | 67 | 3.35 | 20 |
# | T4 | 8.1 | 0.320 | 25 |
# | RTX 4090 | 82.6 | 1.008 | 82 |
#
# On which side of the ridge does a Hessian-vector product lie? For one layer $Y = XW$, with $m$
# samples, $k$ inputs and $n$ outputs, it costs six lines beyond the gradient's three (lesson 04):
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
# **Predict.** Ten samples and a layer of 10,000 x 10,000 do 4.3 flops per byte, a fifth of an
# H100's ridge. What can pass it: a layer ten times as wide, or ten times as many samples?

# %%
guess("06.what_passes_the_ridge", "both", choices=("width", "samples", "both", "neither"))

# %%
widths = (10, 30, 100, 300, 1_000, 3_000, 10_000, 30_000, 100_000)
ridges = {"H100": 67.0 / 3.35, "T4": 8.1 / 0.32, "RTX 4090": 82.6 / 1.008}
curves = {}
for samples in (10, 100):
    curves[samples] = [flops_per_byte(samples, width, width) for width in widths]
    print(f"{samples:3} samples:", *(f"{found:4.1f}" for found in curves[samples]))
guessed("06.what_passes_the_ridge", "samples")
figures.samples_and_ridges(widths, curves, ridges)

# %% [markdown]
# *Figure: square layers. Each curve flattens at $3m/7$.*
#
# In a wide layer the weights are nearly all that moves, and each is used for $m$ samples. Few-shot
# tasks have ten: carried out line by line, their wide layers are limited by memory. A narrow layer
# may stay in a cache, where this roof says nothing.
#
# The roof counts what a line must move *at least*. Without help from a cache `column_each` moves
# 5.25 sectors, 168 bytes, for the 64 flops of a warp's pass: 0.4 flops per byte. Below the ridge is
# a verdict, above it only a permission.
#
# ## Your engine, on lanes
#
# Lesson 05's interpreter with the three words: a row's results are dealt out, and after the row
# comes a barrier. For $Y = XW$, with Y 10 x 6, o has strides 6, 1 and 0 along i, j and p: 60
# results are dealt out, and p, where o stands still, is summed. `all_indices(lengths)` is an array
# of the triples (i, j, p) below three lengths (a loop that is not dealt out has length 1 among the
# results); `place_of` adds the strides, times i, j and p, to an operand's start. The roles:
#
# | loop | o | x | z | u |
# |---|---|---|---|---|
# | `APPLY` | tanh z, written | the slope $1 - o^2$, *written too* | read | |
# | `CURVE` | the slope's tangent, $-2xzu$ | tanh | slope | tangent |
# | `LINEAR` | the sum, times a coefficient | terms | | |
# | a product | the sum | factor | factor | |

# %%
# given
def execute(code, coefficients, memory):
    """A row: loop, stores or adds, three lengths, four operands (a start and three strides)."""
    for row, coefficient in zip(code, coefficients):
        loop, stores, *lengths = row[:5]
        o, x, z, u = np.reshape(row[5:], (4, 4))
        is_dealt_out = o[1:] > 0
        results = all_indices(np.where(is_dealt_out, lengths, 1))
        terms = all_indices(np.where(is_dealt_out, 1, lengths))
        for result in results[lane() :: lanes()]:
            at_o, at_x, at_z, at_u = [place_of(operand, result) for operand in (o, x, z, u)]
            if loop == APPLY:
                memory[at_o] = np.tanh(memory[at_z])
                memory[at_x] = 1.0 - memory[at_o] ** 2
            elif loop == CURVE:
                memory[at_o] = -2.0 * memory[at_x] * memory[at_z] * memory[at_u]
            else:
                total = 0.0 if stores else memory[at_o]
                for indices in result + terms:
                    factor = coefficient if loop == LINEAR else memory[place_of(z, indices)]
                    total += factor * memory[place_of(x, indices)]
                memory[at_o] = total
        barrier()

# %% [markdown]
# *In tinymaml: `engine/compiled/interpreter.py`, `execute`.*
#
# The table is made by *your* engine, `E`. Its `run` loads w, v and the data, has the rows carried
# out by the function given, and returns the parameters' plane `"bar_dot"`: $Hv$.

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

    def on_lanes(code, coefficients, memory):
        # the rows as lists: the emulator watches arrays, and only the memory is written
        emulate(execute, code.tolist(), coefficients, memory, lanes=count, order=order)

    return table.run(on_lanes, w, v, (x, y), "bar_dot")


# %% [markdown]
# **Predict.** The same table on 64, 8, 3 and 1 lanes: how many different results come out, compared
# bit by bit?

# %%
guess("06.different_results", 4)

# %%
# where two lanes met, `emulate` would raise Race
results = [hvp(64), hvp(8), hvp(3, (2, 0, 1)), hvp(1)]
print(f"{len(table.code)} rows, watched on 64, 8, 3 and 1 lanes: no race")
error = abs(results[0] - loss.hvp(w, v, x, y)).max()
print(f"largest difference from lesson 05's compiled loops: {error:.0e}")
guessed("06.different_results", len({result.tobytes() for result in results}))

# %% [markdown]
# ## What goes wrong in practice
#
# - *It passed, for years.* The lanes of one warp often move in step and hide a race. Test: other
#   numbers of lanes, watched.
# - *In PyTorch two runs with one seed differ.* On a GPU `index_add_` adds atomically. Test: compare
#   the bits of two runs, then again with `torch.use_deterministic_algorithms(True)`.
#
# ## Back to the questions
#
# `lane()` and `lanes()` deal out a loop's results, each of them one lane's; a `barrier()` stands
# where one lane needs what another has written. If one watched run raises no `Race`, every order of
# those lanes, on those inputs, has the same bits. And the memory? No: lesson 05's order asks for 66
# sectors a pass if each lane has a row, for 13 if the loop that walks is dealt out; the order that
# lost, for 5. You can now write a kernel for a GPU that you do not have, watch it for races, and
# say on which side of the ridge a wide layer lies: with ten samples, at most 4.3 flops per byte,
# far below an H100's 20.
#
# *Sources.* Bernstein, *IEEE Trans. Electronic Computers* (1966), for line (5). NVIDIA: *Memory
# model* (libcu++) for line (4), *CUDA C++ Programming Guide* and *Best Practices Guide*; data
# sheets of T4 and H100, white paper of Ada (RTX 4090).
#
# **Next:** 07 puts the Hessian-vector product to work: one step of MAML, $(I - \alpha H)\nabla l$.
