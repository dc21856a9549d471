# %% [markdown]
# # 06 · The same loops on a GPU
#
# A GPU has thousands of **lanes**. Each is slower than your laptop's core, all run the same code side by side, and nobody says which of them is
# ahead. **The loops of lesson 05, on any number of lanes, with the same bits from every run: what has to change in the code? And does the order of
# loops that won on a core win there too?**
#
# *(About 30 minutes' reading; 7 exercises. You need: 05. You will be able to: share a loop out among lanes, show that no two of them ever meet,
# count what a warp moves with each instruction, and say from a device's two numbers how fast that can be.)*
#
# No GPU is needed. `emulate` plays the lanes in plain Python, and sees more than a GPU would tell you. Nothing on this page was run on one: the
# figures of devices are their maker's, and every speed that follows from them is a prediction.

# %%
# given
import numpy as np

from tinymaml.course import check, hint, restore, solution, status, use     # for you to type
from tinymaml.course import engine, style
from tinymaml.engine.gpu.emulator import Race, emulate
from tinymaml.engine.compiled.lanes import barrier, lane, lanes

# %% [markdown]
# ## Three words
#
# | | lanes | clock | float32, peak | memory |
# |---|---|---|---|---|
# | a core, as in lesson 05 | none: registers of 8 or 16 numbers | 3 to 5 GHz | some 200 GFLOP/s | 10 to 100 GB/s |
# | NVIDIA T4 | 2,560 | 1.59 GHz | 8,100 GFLOP/s | 320 GB/s |
# | NVIDIA RTX 4090 | 16,384 | 2.52 GHz | 82,600 GFLOP/s | 1,008 GB/s |
# | NVIDIA H100 SXM | 16,896 | 1.98 GHz | 67,000 GFLOP/s | 3,350 GB/s |
#
# The peak is lanes · clock · 2, a multiplication and an addition in each tick. Lanes come in **blocks**, and the lanes of a block can wait for each
# other; `tinymaml` gives a task to a block of 32 to 256. All of them run the same kernel, from its first line to its last. Three words tell them
# apart and bring them together:
#
# | word | on your CPU | on a GPU |
# |---|---|---|
# | `lane()` | 0 | which lane of the block this is: 0, 1, 2, ... |
# | `lanes()` | 1 | how many there are |
# | `barrier()` | nothing | wait here until every lane of the block has come here |
#
# With the first two a loop is shared out: `for i in range(n)` becomes `for i in range(lane(), n, lanes())`. To Numba on the CPU the words are 0, 1
# and nothing, and that is `range(0, n, 1)`: lesson 05's loop, with not an instruction more.
#
# > **Predict.** Ten numbers, four lanes. Which ones does lane 3 take? And with sixteen lanes, what does lane 12 do?

# %%
def scale(o, x, c, n):
    """o = c x"""
    for i in range(lane(), n, lanes()):
        o[i] = c * x[i]


for count in (1, 4, 16):
    o = np.zeros(10)
    emulate(scale, o, np.arange(10.0), 2.0, 10, lanes=count)
    print(f"{count:2} lanes: {o}   lane 3 takes {list(range(3, 10, count)) if count > 3 else 'nothing: it does not exist'}")

# %% [markdown]
# Lane 12 finds `range(12, 10, 16)` empty and is done: too many lanes need no special case. There is another fair way to share out, a slice each:

# %%
import matplotlib.pyplot as plt

colours = style()
figure, axes = plt.subplots(2, 1, figsize=(6.4, 2.6), sharex=True)
shades = [colours["sky"], colours["orange"], "0.85"]
for ax, (title, ways) in zip(axes, {"dealt out like cards: range(lane(), 24, lanes())": [(i % 8, i // 8) for i in range(24)],
                                    "cut into slices": [(i // 3, i % 3) for i in range(24)]}.items()):
    for i, (who, moment) in enumerate(ways):
        ax.add_patch(plt.Rectangle((i - 0.5, 0), 1, 1, facecolor=shades[moment], edgecolor="white"))
        ax.text(i, 0.5, who, ha="center", va="center")
    ax.set(xlim=(-0.5, 23.5), ylim=(0, 1), yticks=[], title=title, xticks=range(0, 24, 4))
    ax.grid(False)
axes[1].set_xlabel("number of the element; in each cell, the lane that takes it")
figure.legend(handles=[plt.Rectangle((0, 0), 1, 1, facecolor=c) for c in shades], labels=["first moment", "second", "third"], ncols=3,
              loc="outside upper right", fontsize=9)
plt.show()

# %% [markdown]
# *Figure: 24 elements, eight lanes. Both ways are right; dealt out like cards, the elements of one moment (one colour) lie side by side. Keep
# that for later.*
#
# **Exercise 06.share** *(write it)*. The adjoint of a broadcast is a sum (lesson 04): b_bar[0,j] = Σ_i y_bar[i,j]. Write it for lanes: each number
# of the result belongs to **one** lane, which adds it up alone, i = 0, 1, 2, ... Everything lies in the flat buffer `w`, and x[i,j] at
# x + i * xi + j. (Offsets may be plain numbers here; `ix` of lesson 05 would do no harm.)

# %%
# exercise 06.share
def columns(w, o, x, m, n, xi):
    """o[j] = Σ_i x[i,j] for j < n, i < m. o, x: where they start in w; xi: how far apart the rows of x are."""
    ### BEGIN SOLUTION
    for j in range(lane(), n, lanes()):
        s = w[x + j]
        for i in range(1, m):
            s += w[x + i * xi + j]
        w[o + j] = s
    ### END SOLUTION

# %%
check("06.share")

# %% [markdown]
# ## Nobody is ahead
#
# Two loops, one after the other: squares, then the difference of each square from the one before.
#
# > **Predict.** Four lanes, one element each. First lane 0 runs to its end, then lane 1, 2, 3; another time the other way round. Which of the two
# > gives the right differences, 0 1 3 5?

# %%
def differences(o, d, x, n):
    for i in range(lane(), n, lanes()):
        o[i] = x[i] * x[i]
    for i in range(lane(), n, lanes()):
        d[i] = o[i] - (o[i - 1] if i > 0 else 0.0)


def played(kernel, order, watch=False):
    o, d = np.zeros(4), np.zeros(4)
    emulate(kernel, o, d, np.arange(4.0), 4, lanes=4, order=order, watch=watch)
    return d


print("0, 1, 2, 3:", played(differences, (0, 1, 2, 3)))
print("3, 2, 1, 0:", played(differences, (3, 2, 1, 0)))
try:
    played(differences, (0, 1, 2, 3), watch=True)
except Race as race:
    print("\nwatched, in the order that gave the right result:", race)

# %% [markdown]
# In the first order the result is right, by luck. On a GPU the order is nobody's choice; it changes with the device, with what else runs, from call
# to call. This is a **race**: lane 1 needs what lane 0 writes, and nothing makes lane 0 be first. `barrier()` between the two loops does.
#
# When is a kernel safe? Between two barriers, let no lane touch (read or write) an element that another one writes. Then:
#
# | | | why |
# |---|---|---|
# | (1) | the hardware runs the lanes' steps in some order, mixed in any way; each lane's own steps stay in order | what a GPU promises |
# | (2) | two neighbouring steps of different lanes can change places, and nothing changes | neither reads or writes what the other one writes |
# | (3) | by such exchanges every order becomes "all of lane 0, then all of lane 1, ..." | sorting by exchanging neighbours |
# | (4) | every order gives the bits of that one | (2) and (3), from each barrier to the next |
#
# (Bernstein 1966.) Each lane then reads the same numbers in every order, so it takes the same path and touches the same elements: lanes that do not
# meet in one order meet in none. So **one** order, watched, is enough. `emulate` notes for each element who has read and who has written it, and
# raises `Race` where two lanes meet. To compare the results of two orders without watching needs luck: you saw it. What is shown holds for the inputs
# and the number of lanes that were played, so play several: one lane, a few, more lanes than elements.
#
# > **Predict.** Where does `barrier()` go: into the first loop, at its end, or between the loops? What happens in the other place when five
# > elements meet four lanes?

# %%
import itertools


def mended(o, d, x, n):
    for i in range(lane(), n, lanes()):
        o[i] = x[i] * x[i]
    barrier()
    for i in range(lane(), n, lanes()):
        d[i] = o[i] - (o[i - 1] if i > 0 else 0.0)


def too_often(o, n):
    for i in range(lane(), n, lanes()):
        o[i] = 1.0
        barrier()


orders = list(itertools.permutations(range(4)))
print(f"mended, watched, all {len(orders)} orders: {len({played(mended, order, watch=True).tobytes() for order in orders})} result")
try:
    emulate(too_often, np.zeros(5), 5, lanes=4)
except Race as race:
    print("a barrier in the shared-out loop:", race)

# %% [markdown]
# Lane 0 has two elements of the five and comes to the barrier twice, the others once. What a GPU does then depends on the device: it may wait for
# ever, or take the others' *next* barrier for this one. **Every lane has to come to every barrier**, so none belongs into an `if` or a loop that
# lanes leave at different times.
#
# Here are some steps of gradient descent on ½ Σ_i r_i², r_i = Σ_q x_iq w_q − y_i. It was tested with 4 rows and 4 lanes, one step, and passed.
#
# ```text
# 1   def descend(w, x, y, r, m, n, alpha, steps):
# 2       for _ in range(steps):
# 3           for i in range(lane(), m, lanes()):
# 4               r[i] = -y[i]
# 5               for q in range(n): r[i] += x[i * n + q] * w[q]
# 6               barrier()
# 7           for q in range(lane(), n, lanes()):
# 8               for i in range(m): w[q] -= alpha * r[i] * x[i * n + q]
# ```
#
# **Exercise 06.race** *(find the bug)*. There are two mistakes. Mend them for every m, n, number of steps and number of lanes, and let the lanes
# still share the work. (With a single step, mending one of the two is enough. Training takes more steps.)

# %%
# exercise 06.race
def descend(w, x, y, r, m, n, alpha, steps):
    """Gradient descent in place. w: n numbers; x: m rows of n; y: m numbers; r: room for m numbers."""
    ### BEGIN SOLUTION
    for _ in range(steps):
        for i in range(lane(), m, lanes()):
            r[i] = -y[i]
            for q in range(n):
                r[i] += x[i * n + q] * w[q]
        barrier()                                           # line 8 reads the r of other lanes
        for q in range(lane(), n, lanes()):
            for i in range(m):
                w[q] -= alpha * r[i] * x[i * n + q]
        barrier()                                           # line 5 of the next step reads the w of other lanes
    ### END SOLUTION

# %%
check("06.race")

# %% [markdown]
# That is the shape of `tinymaml`'s inner loop: a barrier after every line of the program, and one after w ← w − αg.
#
# ## The same bits
#
# A sum of everything, one number: who adds? A GPU has *atomic* additions: any lane may add to the same place, none is lost, and the order is
# anybody's.
#
# > **Predict.** 4,096 float32 numbers between −1 and 1, added in a thousand random orders. How many different sums?

# %%
rng = np.random.default_rng(0)
numbers = rng.uniform(-1, 1, 4096).astype(np.float32)
sums = np.array([np.cumsum(rng.permutation(numbers))[-1] for _ in range(1000)])          # cumsum adds one number after the other
exact = numbers.astype(np.float64).sum()
print(f"{len(set(sums))} different sums of the same numbers")
figure, axes = plt.subplots(figsize=(6.4, 2.6))
axes.hist(1e6 * (sums - exact) / abs(exact), bins=40, color=colours["blue"], label="a thousand orders")
axes.axvline(1e6 * (np.cumsum(numbers)[-1] - exact) / abs(exact), color=colours["vermilion"], linestyle="--", label="the order in which they lie")
axes.set(title="One sum, a thousand orders: the last digits are chance", xlabel="error, in millionths of the sum", ylabel="number of orders")
axes.legend()
plt.show()

# %% [markdown]
# *Figure: the sums of the same float32 numbers in a thousand orders differ in their last digits; any fixed order (dashed) gives the same bits every
# time.*
#
# A training run magnifies that: with atomics the same seed gives another network each time. So nobody adds atomically here. A colleague proposes:

# %%
# given
def add_up(o, x, parts, n):
    """o[0] = Σ_i x[i]: each lane adds up its own share, then lane 0 adds the lanes' sums, in order."""
    s = x.dtype.type(0)
    for i in range(lane(), n, lanes()):
        s += x[i]
    parts[lane()] = s
    barrier()
    if lane() == 0:
        o[0] = parts[0]
        for k in range(1, lanes()):
            o[0] += parts[k]


def sum_by(count, numbers):
    """What `add_up` gives on so many lanes."""
    x, o, parts = np.array(numbers, np.float32), np.zeros(1, np.float32), np.zeros(count, np.float32)
    emulate(add_up, o, x, parts, len(x), lanes=count)
    return o[0]

# %% [markdown]
# No race, and the same bits from run to run. "And if you change the number of lanes, it differs in the last digit at most."
#
# **Exercise 06.bits** *(break it)*. Give at most eight numbers, none beyond ±10⁹, for which one lane and two lanes give sums that differ by more
# than 1. (float32 has 24 bits: from 2²⁴ = 16,777,216 on, adding 1 may change nothing.)

# %%
# exercise 06.bits
### BEGIN SOLUTION
#: numbers = [...]
numbers = [1e8, 3.0, -1e8, 3.0]                             # one lane: 1e8 + 3 is 1e8, so 3; two lanes: 0 and 6
### END SOLUTION

# %%
check("06.bits")

# %% [markdown]
# The cure: **let the order depend on the data, never on the lanes.** Inside a task every number is one lane's sum, in order (06.share). Over the
# tasks, `tinymaml` cuts them into as many *chunks* as the number of tasks says. A chunk's sum is added up by one block, and the block that is ready
# last (it finds out by counting, atomically; counting has no rounding) adds the chunks' sums, in order. One launch, and the order of the additions
# is the same in every run and for every number of lanes and blocks.
#
# ## Thirty-two at a time
#
# Now speed. Lanes do not run alone but in **warps** of 32, which carry out *one* instruction together: "read w[...]", each lane with its own
# address. Memory answers in **sectors** of 32 bytes, eight float32 numbers, and a sector is moved whole, whether one of its numbers is wanted or all.
#
# > **Predict.** Eight lanes read a block of 8 x 8 float32 numbers, which lies row by row. Either each lane walks along a *row*, or each goes down
# > a *column*. On a core, walking won. At one moment, how many sectors do the eight lanes touch in each case?

# %%
class Seen:
    """An array that remembers who read and who wrote where: (lane, place), in order."""

    def __init__(self, values): self.values, self.dtype, self.reads, self.writes = values, values.dtype, [], []

    def __getitem__(self, at):
        self.reads.append((lane(), int(at)))
        return self.values[at]

    def __setitem__(self, at, value):
        self.writes.append((lane(), int(at)))
        self.values[at] = value


def moments(notes):
    """What a warp does in one instruction after the other: the first place of each lane, the second of each, ... -> list of lists of places"""
    own = {}
    for who, at in notes:
        own.setdefault(who, []).append(at)
    return [list(together) for together in zip(*own.values())]


def along_rows(x):
    for i in range(lane(), 8, lanes()):
        for j in range(8):
            x[8 * i + j]


def down_columns(x):
    for j in range(lane(), 8, lanes()):
        for i in range(8):
            x[8 * i + j]


figure, panels = plt.subplots(1, 2, figsize=(6.4, 3.3), sharey=True)
for axes, kernel in zip(panels, (along_rows, down_columns)):
    x = Seen(np.zeros(64, np.float32))
    emulate(kernel, x, lanes=8)
    together = np.array(moments(x.reads)[2])                # the third instruction
    for row in range(8):
        touched = row in together // 8
        axes.add_patch(plt.Rectangle((-0.5, row - 0.4), 8, 0.8, facecolor=colours["orange"] if touched else "0.95", edgecolor="0.6"))
    axes.plot(together % 8, together // 8, "o", color=colours["blue"], markersize=9)
    axes.set(title=f"{kernel.__name__.replace('_', ' ')}: {len(set(together // 8))} of 8 sectors", xlim=(-0.7, 7.7), ylim=(7.6, -0.6),
             xlabel="number in the sector", xticks=range(8), yticks=range(8))
    axes.grid(False)
panels[0].set_ylabel("sector")
figure.legend(handles=[plt.Line2D([], [], color=colours["blue"], marker="o", linestyle="", markersize=9),
                       plt.Rectangle((0, 0), 1, 1, facecolor=colours["orange"], edgecolor="0.6")], labels=["read by a lane now", "moved"],
              loc="outside lower center", ncols=2)
plt.show()

# %% [markdown]
# *Figure: the same moment, the third instruction of eight lanes. Where each lane walks, the eight of them stand in eight sectors, and 256 bytes move
# for 32; where each leaps, they stand side by side in one.*
#
# This turns lesson 05 round. A core is *one* reader: its neighbours in memory are what it reads *next*. A warp is 32 readers at once: the
# neighbours have to be what the **lanes beside it** read *now*. The word for it is **coalesced**.
#
# **Exercise 06.sectors** *(write it)*. Count. An array starts at the beginning of a sector; `places` are the elements that the lanes of a warp touch
# in one instruction, in any order, some perhaps the same; an element has `itemsize` bytes, 4 or 8.

# %%
# exercise 06.sectors
def sectors(places, itemsize=4):
    """How many sectors of 32 bytes are moved. -> a whole number"""
    ### BEGIN SOLUTION
    return len({place * itemsize // 32 for place in places})
    ### END SOLUTION

# %%
check("06.sectors")

# %%
def counted(places, itemsize=4):
    """sectors(places, itemsize), if yours is right."""
    if sectors([0, 7, 8, 8]) != 2:
        raise ValueError("not yet right: 06.sectors. To read on without your own, run use('06.sectors') in a new cell below it, and all cells from "
                         "there again.")
    return sectors(places, itemsize)


for stride in (0, 1, 2, 4, 8, 32):
    print(f"32 lanes, {stride:2} apart: {counted([stride * k for k in range(32)]):2} sectors for float32, "
          f"{counted([stride * k for k in range(32)], itemsize=8):2} for float64")

# %% [markdown]
# Stride 0 costs least: all lanes read the same number, one sector, and it is handed to everybody. Now the product o = x @ z, with 32 x 32 float32
# numbers in each block, rows without gaps, one warp of 32 lanes. Two ways to share it out:
#
# ```text
# a_row_each                                         a_column_each
# for i in range(lane(), 32, lanes()):               for j in range(lane(), 32, lanes()):
#     for p in range(32):                                for i in range(32):
#         c = x[i,p]                                         s = 0
#         for j in range(32):                                for p in range(32):
#             o[i,j] += c * z[p,j]                               s += x[i,p] * z[p,j]
#                                                            o[i,j] = s
# ```
#
# On the left, each lane runs the loops that won in lesson 05: j innermost, z and o are walked along. On the right, those that lost: p innermost,
# and z is leapt through.
#
# **Exercise 06.order** *(predict)*. For one round of the innermost loop, 32 lanes together: how many sectors are read or written, in each operand?
# (All lanes are at the same p and j on the left, at the same i and p on the right; `s` is in a register.) And which of the two should win on a GPU?

# %%
# exercise 06.order
### BEGIN SOLUTION
#: a_row_each = {"z read": ..., "o read": ..., "o written": ...}
#: a_column_each = {"x read": ..., "z read": ...}
#: winner = ...                                                # "a_row_each" or "a_column_each"
a_row_each = {"z read": 1, "o read": 32, "o written": 32}   # the same z for all; o's rows are four sectors apart
a_column_each = {"x read": 1, "z read": 4}                  # the same x for all; 32 neighbours of z are 128 bytes
winner = "a_column_each"
### END SOLUTION

# %%
check("06.order")

# %% [markdown]
# Do not take the count on trust. Below, both are written once; the emulator plays them on 32 lanes that note where they are, and Numba compiles
# **the same two functions** for your core.

# %%
import time

from numba import njit

ix = np.uint64                                              # as in lesson 05


def row_each(o, x, z, m, n, k):
    for i in range(lane(), m, lanes()):
        for p in range(k):
            a, b, c = ix(i * n), ix(p * n), x[ix(i * k + p)]
            for j in range(n):
                o[a + ix(j)] += c * z[b + ix(j)]


def column_each(o, x, z, m, n, k):
    for j in range(lane(), n, lanes()):
        for i in range(m):
            s = o.dtype.type(0)
            for p in range(k):
                s += x[ix(i * k + p)] * z[ix(p * n + j)]
            o[ix(i * n + j)] = s


def blocks(n):
    """o, x and z, n x n, float32."""
    x, z = np.random.default_rng(0).normal(size=(2, n * n)).astype(np.float32)
    return np.zeros(n * n, np.float32), x, z


def moved(kernel):
    """Sectors a round of the innermost loop, counted from what 32 lanes did."""
    o, x, z = map(Seen, blocks(32))
    emulate(kernel, o, x, z, 32, 32, 32, lanes=32)
    return sum(counted(places) for notes in (o.reads, o.writes, x.reads, z.reads) if notes for places in moments(notes)) / 32 ** 3 * 32


def gflops(kernel, n=64):
    """Of one core."""
    arrays, compiled, best = blocks(n), njit(fastmath={"contract", "reassoc", "nsz"}, error_model="numpy")(kernel), np.inf
    compiled(*arrays, n, n, n)                              # the first call compiles
    end = time.perf_counter() + 0.1
    while time.perf_counter() < end:
        start = time.perf_counter()
        compiled(*arrays, n, n, n)
        best = min(best, time.perf_counter() - start)
    return 2e-9 * n ** 3 / best


names = ["a row each", "a column each"]
speed, traffic = [gflops(f) for f in (row_each, column_each)], [moved(f) for f in (row_each, column_each)]
for name, s, t in zip(names, speed, traffic):
    print(f"{name:14} one core {s:5.1f} GFLOP/s, a warp {t:5.2f} sectors a round")
figure, panels = plt.subplots(1, 2, figsize=(6.4, 2.9))
for axes, values, title, label in ((panels[0], speed, "One core, measured", "GFLOP/s (more is better)"),
                                   (panels[1], traffic, "A warp, counted", "sectors in a round (less is better)")):
    bars = axes.barh(names[::-1], values[::-1], color=[colours["blue"], colours["vermilion"]])
    axes.bar_label(bars, fmt="%.0f", padding=3)
    axes.set(title=title, xlabel=label, xlim=(0, 1.2 * max(values)))
    axes.grid(axis="y", visible=False)
panels[1].set_yticklabels([])
plt.show()

# %% [markdown]
# *Figure: the same two functions. On one core the order that walks wins by far; on a warp it moves about thirteen times as many sectors for the
# same arithmetic.* (The fractions come from what happens outside the innermost loop.)
#
# The count is of what a warp *asks for*. A GPU has caches too, and a sector that stays until its other seven numbers are wanted was not moved in
# vain. But some thousand lanes, each with a row of its own, share one cache, and each of those 65 sectors takes its turn at the door. So the loser
# of lesson 05 should win here. It is a prediction: how much time the other sixty cost on a device, only that device can say.
#
# One more thing is wrong with both: with 40 columns and 256 lanes, 216 lanes have nothing to do. There are 10 · 40 = 400 *numbers* in o: share
# those out.
#
# **Exercise 06.matmul** *(write it)*. Lesson 05's `contract_ipj` for lanes: o[i,j] += Σ_p x[i,p] · z[p,j]. All m · n numbers are shared out; a lane
# adds up one at a time, in a variable, and reads and writes it in o once; at each moment neighbouring lanes are at neighbouring places of o and z.

# %%
# exercise 06.matmul
def lane_contract(w, o, x, z, m, n, k, oi, xi, xp, zp):
    """o[i,j] += Σ_p x[i,p] · z[p,j]; along j, o and z have stride 1. oi, xi, xp, zp: their other strides."""
    ### BEGIN SOLUTION
    for e in range(lane(), m * n, lanes()):
        i, j = e // n, e % n
        s = w[o + i * oi + j]
        for p in range(k):
            s += w[x + i * xi + p * xp] * w[z + p * zp + j]
        w[o + i * oi + j] = s
    ### END SOLUTION

# %%
check("06.matmul")

# %% [markdown]
# `tinymaml`'s own, which is the one loop whose order differs between its targets:

# %%
import inspect

from tinymaml.engine.compiled.matmul import lane_matmul

print(inspect.getsource(lane_matmul))

# %% [markdown]
# ## When lanes part ways
#
# One instruction for 32 lanes: what if they come to an `if`? The warp goes through both sides, one after the other, and on each side the lanes that
# do not belong there sit idle. It is called **divergence**.
#
# > **Predict.** How many passes does a warp need for each?
# >
# > (a) `if op == MATMUL: A` `else: B`, with op read from the program · (b) `if lane() % 2: A` `else: B` · (c) `if lane() < 64: A` `else: B`, in a
# > block of 128 · (d) `for e in range(lane(), 40, 32): A` · (e) `o[i] = x[i] if x[i] > 0 else 0.0`
#
# <details><summary>The answer</summary>
#
# (a) One: op is the same for all lanes, so an interpreter costs no divergence. (b) Two, each with half of the lanes. (c) One: warps are lanes 0 to
# 31, 32 to 63 and so on, and each is on one side as a whole. (d) Two rounds, the second with 8 lanes of 32. (e) One: choosing between two numbers is
# an instruction, not a branch.
# </details>
#
# So `tinymaml`'s tanh has no `if` by size (lesson 05's appendix), `rowmax` chooses instead of branching, and a block has whole warps of lanes.
#
# ## What a lane can hold
#
# A number that a lane works on is in a **register**. A multiprocessor of an H100 has 65,536 of them for all lanes on it, and room for 2,048 lanes.
# It wants many: while a warp waits for memory, hundreds of ticks, another one computes. So the compiler's report has two lines to read. This is
# `tinymaml`'s whole inner loop in float32, compiled for an H100 by CUDA 13.0's `ptxas`, where no GPU was:
#
# ```text
# $ ptxas -v -arch=sm_90 grid.ptx
#     32 bytes stack frame, 0 bytes spill stores, 0 bytes spill loads
#     Used 60 registers, used 1 barriers
# $ ptxas -v -arch=sm_90 -maxrregcount=32 grid.ptx
#     88 bytes stack frame, 316 bytes spill stores, 336 bytes spill loads
#     Used 32 registers, used 1 barriers
# ```
#
# (The 32 bytes are a table for the sine of large numbers.) The second command forbids more than 32 registers a lane. Then 56 bytes of every lane's
# numbers do not fit and live in memory: they are **spilled**, written and read back by the stores and loads whose bytes the report counts. A spill
# is a register that costs a trip to memory.
#
# > **Predict.** How many lanes are on a multiprocessor with 32, 60, 64 and 70 registers a lane, in blocks of 256?

# %%
def resident(registers, block=256):
    """Lanes on one multiprocessor of an H100. Registers are given to warps in portions of 256; blocks come whole."""
    of_a_warp = -(-32 * registers // 256) * 256
    return block * min(65536 // (of_a_warp * block // 32), 2048 // block)


figure, axes = plt.subplots(figsize=(6.4, 2.7))
axes.step(range(16, 129), [resident(r) for r in range(16, 129)], where="mid", color=colours["blue"], label="blocks of 256 lanes")
for r, words, at in ((32, "32, with spills", (7, 3)), (60, "60, without", (-44, -16)), (64, "64, tinymaml's limit", (7, 3))):
    axes.plot(r, resident(r), "o", color=colours["vermilion"])
    axes.annotate(words, (r, resident(r)), at, textcoords="offset points", fontsize=9)
axes.set(title="Each register that a lane takes keeps another lane out", xlabel="registers of a lane", ylabel="lanes on a multiprocessor",
         ylim=(0, 2400))
axes.legend(loc="lower left")
plt.show()
print({r: resident(r) for r in (32, 60, 64, 70)})

# %% [markdown]
# *Figure: how many lanes find room on a multiprocessor, by the registers that each takes. The steps come from blocks and portions.*
#
# `tinymaml` allows 64, so that 1,024 lanes can be there. 32 would allow 2,048, for some spills: whether that is faster, only a GPU can say.
#
# A compiler needs no GPU. Where CUDA's is installed (its toolkit, or `pip install "tinymaml[cuda13]"`), `offline` asks it about any kernel. Yours:
#
# > **Predict.** Your `lane_contract`, and the same with a sum that starts from the literal `0.0`, on arrays of float32. What will differ?

# %%
from numba import float32, int32

from tinymaml.engine.gpu import offline


def from_a_literal(w, o, x, z, m, n, k, oi, xi, xp, zp):
    for e in range(lane(), m * n, lanes()):
        i, j, s = e // n, e % n, 0.0
        for p in range(k):
            s += w[x + i * xi + p * xp] * w[z + p * zp + j]
        w[o + i * oi + j] += s


if offline.missing():
    print("Not here:", offline.missing())
else:
    for kernel in (lane_contract, from_a_literal):
        made = offline.compiled(kernel, (float32[::1], *10 * [int32]), capability=(9, 0))
        print(f"{kernel.__name__:15} {made.registers} registers, {made.spills} bytes of spills, float64 in {made.ptx.count('.f64')} places of its PTX")

# %% [markdown]
# Registers and spills are no different, 32 and none. But to Numba `0.0` is a float64: every product is turned into one, added in float64, and turned
# back, in 41 places of PTX, the GPUs' assembly language; yours, if it starts from `w[...]`, has none. The emulator cannot show that, the
# compiler can. (`offline.inner_loop(np.float32)` compiles the package's whole inner loop, in some ten seconds.)
#
# ## How fast could it be?
#
# Lesson 05's roof has the same two sides: speed ≤ min(peak, I · bandwidth). For an H100, in float32, the ridge is at 67,000 / 3,350 = **20** flops
# for each byte from memory. Where is a Hessian-vector product? Take one layer, y = x @ W, with m samples, k inputs and n outputs, where x depends on
# parameters below. You know its six lines from 04.rules:
#
# | tangent | reverse of the tangent, to x | reverse of the tangent, to W |
# |---|---|---|
# | y_dot[i,j] = Σ_p x_dot[i,p] · W[p,j] | x_bar_dot[i,p] = Σ_j y_bar_dot[i,j] · W[p,j] | W_bar_dot[p,j] = Σ_i x[i,p] · y_bar_dot[i,j] |
# | y_dot[i,j] += Σ_p x[i,p] · W_dot[p,j] | x_bar_dot[i,p] += Σ_j y_bar[i,j] · W_dot[p,j] | W_bar_dot[p,j] += Σ_i x_dot[i,p] · y_bar[i,j] |
#
# Count as if each line read each number of its operands from memory once, kept it while the line lasts, and wrote its result once. A line with `+=`
# reads its result, too.
#
# > **Predict.** 10 samples, 40 x 40: left or right of the ridge? And if the layer were 10,000 wide?
#
# **Exercise 06.roof** *(predict)*. Write the flops and the bytes of the six lines in float32. Then `SHARE`: at 10 samples, 40 x 40, what share of
# its peak can an H100 reach at most? And `SAMPLES`: with how many samples, at least, can a layer's product be on the side of arithmetic at all, if
# its width may be as large as you like? (What is left of I when n and k are huge?)

# %%
# exercise 06.roof
### BEGIN SOLUTION
#: def flops(m, k, n):
#:     """Multiplications and additions of a layer's Hessian-vector product."""
#:     ...
#:
#:
#: def traffic(m, k, n):
#:     """Bytes that its six lines read from memory and write, in float32."""
#:     ...
#:
#:
#: SHARE = ...                                                 # of the peak, a number between 0 and 1
#: SAMPLES = ...
def flops(m, k, n):
    """Multiplications and additions of a layer's Hessian-vector product."""
    return 6 * 2 * m * k * n


def traffic(m, k, n):
    """Bytes that its six lines read from memory and write, in float32."""
    return 4 * 7 * (m * k + k * n + m * n)                  # each shape: four times an operand, written twice, read once for +=


SHARE = flops(10, 40, 40) / traffic(10, 40, 40) / 20        # 2.86 flops per byte: one seventh
SAMPLES = 47                                                # I < 12 m k n / (28 k n) = 3m/7, and 3 · 46 / 7 is still below 20
### END SOLUTION

# %%
check("06.roof")

# %%
devices = {"H100": (67.0, 3.35, "black", "-"), "RTX 4090": (82.6, 1.008, "green", "--"), "T4": (8.1, 0.32, "purple", "-.")}         # TFLOP/s, TB/s
figure, axes = plt.subplots(figsize=(6.4, 3.6))
grid = np.geomspace(0.5, 300, 400)
for name, (peak, bandwidth, colour, line) in devices.items():
    axes.plot(grid, np.minimum(peak, grid * bandwidth), linestyle=line, color=colours[colour], label=f"{name}, ridge at {peak / bandwidth:.0f}")
for (m, width), marker in {(10, 40): "o", (10, 10_000): "s", (100, 40): "^", (100, 10_000): "D"}.items():
    i = 12 * m * width * width / (28 * (2 * m * width + width * width))
    axes.plot(i, min(67.0, i * 3.35), marker, color=colours["vermilion"], linestyle="", markersize=8, label=f"{m} samples, {width:,} wide: {i:.1f}")
axes.set(xscale="log", yscale="log", xlabel="flops per byte from memory", ylabel="TFLOP/s", title="Samples, not width, lead away from memory's side",
         xticks=(1, 10, 100), xticklabels=("1", "10", "100"), yticks=(1, 10, 100), yticklabels=("1", "10", "100"), ylim=(0.15, 150))
axes.minorticks_off()
axes.legend(loc="lower right", fontsize=8.5)
plt.show()

# %% [markdown]
# *Figure: predictions, not measurements: the roofs of three GPUs by their maker's figures, and a layer's Hessian-vector product under that of the
# H100. A wider layer stops short of 3m/7; more samples move on.*
#
# Each weight is fetched to be used m times, and few-shot tasks have ten samples. So on a GPU MAML's inner loop lives on memory's side. What helps
# is what this lesson was about, sectors that are used whole, and caches: a task of the demo's network with five steps takes 216 KB, and the 50 MB
# that an H100 keeps between its lanes and its memory have room for some 240 of them. And it needs tasks, hundreds: with 25 blocks, 107 of the 132
# multiprocessors look on.
#
# ## Your engine, on lanes
#
# Here is lesson 05's `execute` with the three words: the letters that the result has are shared out, those that it lacks are summed, a barrier after
# each row. It runs the tables that *your* engine makes (the course's, where an exercise is open).
#
# > **Predict.** Eight lanes, then three in the order 2, 0, 1, then one. Are the bits of the Hessian-vector product the same?

# %%
import math

LINEAR, CONTRACT, APPLY, CURVE, WALK, DOT = range(6)        # lesson 05's rows; WALK and DOT are contractions, too


def execute(code, coefficients, w):
    for q in range(len(code)):
        loop, flag, m, n, k, o, oi, oj, op, x, xi, xj, xp, z, zi, zj, zp, d, di, dj, _ = code[q]
        M, N, K = m if oi else 1, n if oj else 1, k if op else 1
        for e in range(lane(), M * N * K, lanes()):
            i, j, p = e // (N * K), e // K % N, e % K       # a number of o, and so one lane's
            a, b, c = o + i * oi + j * oj + p * op, x + i * xi + j * xj, z + i * zi + j * zj
            if loop == APPLY:
                y = math.tanh(w[c])
                w[a], w[b] = y, 1.0 - y * y
            elif loop == CURVE:
                w[a] = -2.0 * w[b] * w[c] * w[d + i * di + j * dj]
            else:
                s = 0.0 if flag else w[a]
                for r, s2, t in itertools.product(range(m // M), range(n // N), range(k // K)):
                    f, g = x + (i + r) * xi + (j + s2) * xj + (p + t) * xp, z + (i + r) * zi + (j + s2) * zj + (p + t) * zp
                    s += coefficients[q] * w[f] if loop == LINEAR else w[f] * w[g]
                w[a] = s
        barrier()


E = engine(own=True)


def network(p, x, y):
    r = E.tanh(E.tanh(x @ p["W1"] + p["b1"]) @ p["W2"] + p["b2"]) @ p["W3"] - y
    return E.mean(r * r)


shapes = {"W1": (1, 6), "b1": (1, 6), "W2": (6, 5), "b2": (1, 5), "W3": (5, 1)}
params = {name: rng.normal(size=shape) for name, shape in shapes.items()}
x, y = rng.normal(size=(2, 10, 1))
loss = E.Loss(network, params)
w = loss.flatten(params)
v = rng.normal(size=w.size)
ready = loss.compiled(("gradient", "hvp"), x, y)
P, results = len(w), {}
for count, order in ((8, None), (3, (2, 0, 1)), (1, None)):
    buffer = ready.buffer.copy()
    buffer[:P], buffer[2 * P:3 * P] = w, v
    for block, values in zip(ready.data, (x, y)):
        ready.put(buffer, block, values)
    emulate(execute, ready.code.tolist(), ready.coefficients, buffer, lanes=count, order=order)
    results[count] = buffer[3 * P:4 * P]
expected = loss.hvp(w, v, x, y)
print(f"{len(ready.code)} rows, watched on 8, 3 and 1 lanes: no race")
print("the same bits:", len({Hv.tobytes() for Hv in results.values()}) == 1)
print(f"against lesson 05's compiled loops: relative error {abs(results[8] - expected).max() / abs(expected).max():.0e}")

# %% [markdown]
# The package's GPU kernel is the whole of MAML's inner loop for all tasks. `block()` and `blocks()` are to blocks what `lane()` and `lanes()` are to
# lanes; each block calls lesson 05's `learn` for one of its tasks after another; the block that is ready last adds up. The package's tests play it in the
# emulator, on 1 to 40 lanes and 1 to 5 blocks: always the same bits. And they take out one barrier after the other: the emulator finds each that is
# missing.

# %%
from tinymaml.engine.compiled.inner_loop import grid

print(inspect.getsource(grid))

# %% [markdown]
# > **What goes wrong in practice.**
# > - *It passed.* With one warp, on one device, a race can hide for years: the 32 lanes of a warp often move in step. Test with other numbers of
# >   lanes, and watch. (On a real GPU, NVIDIA's `compute-sanitizer --tool racecheck` watches the memory that a block shares, not the main one.)
# > - *A barrier is for one block.* Blocks cannot wait for each other in a launch; what needs all of them is done by the last one, or by another
# >   launch.
# > - *Negative indices.* `w[-1]` is the last number in Python; on a GPU it is somebody else's memory, and nobody complains. The emulator does.
# > - *float64.* An RTX 4090 does 1/64 as many float64 operations as float32 ones, and one literal `1.0` makes a formula float64: `T(1)`.
# > - *Timing.* A launch returns before the work is done. Copy the result back, or synchronise, before you stop the clock.
#
# ## Back to the question
#
# Three words. `lane()` and `lanes()` share out the loops, so that every number of a result is one lane's, added up in an order that no number of
# lanes changes; `barrier()` stands wherever one lane needs what another has written. If no two lanes meet between barriers, every order gives the
# same bits, and one watched run shows whether they meet. And the order of loops: the one that won on a core moves thirteen times as
# many sectors on a warp. A core wants its *next* number nearby, a warp the numbers of its *neighbours*.
#
# *Sources.* A. J. Bernstein, *Analysis of programs for parallel processing* (IEEE Trans. Electronic Computers 1966). E. Lindholm, J. Nickolls, S.
# Oberman & J. Montrym, *NVIDIA Tesla: a unified graphics and computing architecture* (IEEE Micro 2008). NVIDIA, *CUDA C++ Best Practices Guide*
# (sectors, coalescing) and *CUDA C++ Programming Guide* (registers, lanes); data sheets of T4 and H100, white paper of Ada (the RTX 4090).
#
# **Next:** 07 puts the Hessian-vector product to work: one step of MAML, (I − αH)∇l.
