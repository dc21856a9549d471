# %% [markdown]
# # Appendix to 05 · How many rows, how many terms?
#
# Lesson 05 takes two rows of o and two terms of the sum at once. **Do more of both bring more, and
# where does it end?**
#
# *(About 10 minutes; no exercises. You need: 05.)*

# %%
import itertools
import os

import numba
import numpy as np
from numba import njit, prange

from tinymaml.course import use
from tinymaml.course.figures import lesson_05 as figures
from tinymaml.course.given.roofline import gflops, measure_limits, seconds

use("05")
# idle threads spin for 0.3 ms, then they sleep
os.environ["GOMP_SPINCOUNT"] = "10000"

# %% [markdown]
# ## A kernel for every tile
#
# Writing out forty kernels is work for a program. This one writes the text of a kernel with any
# number of rows and terms, and without remainders:

# %%
def tile(rows, terms):
    """contract_walk with this many rows and terms at a time; m and k are multiples of them."""
    lines = [
        "def tile(memory, o, x, z, m, n, k, oi, xi, xp, zp):",
        f"    for i in range(0, m, {rows}):",
        f"        for p in range(0, k, {terms}):",
    ]
    for t in range(terms):
        lines.append(f"            z{t} = ix(z + (p + {t}) * zp)")
    for r in range(rows):
        lines.append(f"            o{r} = ix(o + (i + {r}) * oi)")
        for t in range(terms):
            lines.append(f"            x{r}_{t} = memory[x + (i + {r}) * xi + (p + {t}) * xp]")
    lines.append("            for j in range(n):")
    for t in range(terms):
        lines.append(f"                v{t} = memory[z{t} + ix(j)]")
    for r in range(rows):
        products = [f"x{r}_{t} * v{t}" for t in range(terms)]
        lines.append(f"                memory[o{r} + ix(j)] += {' + '.join(products)}")
    names = {"ix": ix}
    exec("\n".join(lines), names)
    return names["tile"]

# %% [markdown]
# A product of 60 x 40 x 60 has no remainder for any of the tiles. Beside each speed stands the roof
# of lesson 05, min(peak, $I$ · bandwidth), with the intensity of its exercise.

# %%
shape = 60, 40, 60
limits = measure_limits([shape], HOW)
rows = 1, 2, 3, 4, 5, 6
terms = 1, 2, 3, 4, 5, 6, 10
measured = np.empty((len(rows), len(terms)))
roofs = np.empty_like(measured)
for (a, r), (b, t) in itertools.product(enumerate(rows), enumerate(terms)):
    measured[a, b] = gflops(tile(r, t), shape, njit=HOW)
    roofs[a, b] = min(limits.peak, intensity(r, t) * limits.cache)
a, b = np.unravel_index(measured.argmax(), measured.shape)
print(f"the fastest: {rows[a]} rows by {terms[b]} terms, {measured[a, b]:.0f} GFLOP/s")
print(f"one row by one term {measured[0, 0]:.0f}, two by two {measured[1, 1]:.0f}")
print(f"np.dot {limits.dot[shape]:.0f}, peak {limits.peak:.0f}")
figures.tiles(rows, terms, measured, roofs)

# %% [markdown]
# *Figure: 42 kernels on one core. The roof says that 2 x 2 nearly suffices here; measured, it takes
# about four terms and three rows or more to come near the peak, and ten terms fall back.*
#
# Three things separate the left from the right.
#
# - **Starts.** The innermost loop is over after 40 numbers. Before it runs, LLVM checks that o and
#   z do not overlap, and each x is copied into all places of a register. A larger tile starts less
#   often: that is why more than two rows and two terms still pay.
# - **Additions wait.** The t terms of one row are added one after the other, and an addition takes
#   about four ticks. With several rows the waiting times overlap.
# - **Registers.** A core has 16 or 32 of them. r · t copies of x, t pieces of z and a sum need more
#   than that from about 4 x 6 on. What has no register goes to memory and comes back each time.
#
# `tinymaml` turns the loops once more: it keeps the *sums* of a tile in registers for all terms,
# five rows by up to three registers, and stores each once. Then o moves only once for each sum.
#
# *In tinymaml: `engine/compiled/matmul.py`, `five_wide_rows`.*
#
# ## Threads, over tasks
#
# MAML asks for many gradients at once, one a task, and a free second core can do some of them. In
# Numba such a loop is written `prange`: its iterations run in any order, some at the same time, and
# Numba does not check that they may. `sums[q] += ...` in it would be a **race**: two threads read
# the same old number, each adds, and one addition is lost. So each thread gets a memory of its own,
# and each task a row for its gradient; one thread then adds the rows up in order.

# %%
@njit(parallel=True, **HOW)
def all_gradients(code, coefficients, memories, tasks, at, parts, sums):
    """parts[b] = the gradient of task b, whose data lie in memory from `at` on."""
    threads = len(memories)
    B, P = parts.shape
    for t in prange(threads):
        memory = memories[t]
        for b in range(B * t // threads, B * (t + 1) // threads):
            for q in range(tasks.shape[1]):
                memory[at + q] = tasks[b, q]
            execute(code, coefficients, memory)
            for q in range(P):
                parts[b, q] = memory[P + q]
    for q in range(P):
        sums[q] = 0.0
        for b in range(B):
            sums[q] += parts[b, q]

# %% [markdown]
# Twenty tasks of a 1-40-40-1 network, ten points each:

# %%
def mse(p, x, y):
    h = tanh(tanh(x @ p["W1"] + p["b1"]) @ p["W2"] + p["b2"])
    e = h @ p["W3"] + p["b3"] - y
    return total(e * e) * (1 / 10)


rng = np.random.default_rng(0)
shapes = dict(W1=(1, 40), b1=(1, 40), W2=(40, 40), b2=(1, 40), W3=(40, 1), b3=(1, 1))
params = {name: rng.normal(size=size) / 6 for name, size in shapes.items()}
loss = Loss(mse, params)
w = loss.flatten(params)
table = loss.compiled(("gradient",), *np.zeros((2, 10, 1)))
table.memory[: len(w)] = w

# %%
# x and y of a task lie side by side
tasks = rng.normal(size=(20, 20))
at = table.places[table.data[0]]
parts = np.empty((20, len(w)))
results = []
for threads in range(1, min(2, numba.get_num_threads()) + 1):
    numba.set_num_threads(threads)
    memories = np.tile(table.memory, (threads, 1))
    results.append(np.empty(len(w)))
    arguments = table.code, table.coefficients, memories, tasks, at, parts, results[-1]
    took = seconds(lambda: all_gradients(*arguments), 0.2)
    print(f"threads: {threads}, {1e3 * took:.2f} ms")
print("the same bits:", all(np.array_equal(results[0], other) for other in results))

# %% [markdown]
# Both give the same bits. Two threads gain at most a factor of two, and only where two cores are
# free (1.8 in the table below); where other work keeps the cores busy, each waits for the other,
# and two may take longer than one. OpenMP's threads wait by spinning, in each other's way:
# `GOMP_SPINCOUNT`, set in the first cell, lets them sleep.
#
# ## Everything else, measured
#
# `tinymaml` does more of the same. How many times as long its meta-gradient takes *without* a trick
# (1-40-40-1 network, 25 tasks, 5 steps, float32 / float64, two cores of an AMD EPYC; the conditions
# are in `.docs/benchmarks.md`):
#
# | without | | what it is |
# |---|---|---|
# | matmul | 23.2 / 14.8 | order and reuse together: what lesson 05 builds |
# | transposed copies | 5.2 / 3.2 | a copy of W, transposed once, so that y_bar · Wᵀ walks |
# | its own tanh | 3.3 / 2.4 | `math.tanh` is a call for each number; a formula is vectorised |
# | multiply | 3.2 / 2.5 | products of numbers in the same place, over whole rows |
# | threads | 1.8 / 1.8 | two, over the tasks |
# | 64-byte vectors | 1.4 / 1.4 | LLVM prefers half registers unless it is told |
# | total, dot | 1.4 / 1.3 | sums that stay in a register |
# | first writes store | 1.1 / 1.1 | the first term is written, not added to a cleared block |
# | fifteen sums | 1.1 / 1.1 | five rows, three registers wide |
#
# Each was measured by switching it off. The passes, the loops and the threads can be switched off
# in a clone: `python tests/benchmarks/bench_passes.py --quick`.
#
# ## Back to the question
#
# Yes, up to about four terms and three to five rows, where the registers are full and the speed is
# about nine tenths of the peak. Two by two reaches some six tenths, with a kernel that fits on half
# a page.
