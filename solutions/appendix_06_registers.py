# %% [markdown]
# # Appendix to 06 · Registers
#
# **Why does a GPU want more lanes than it has arithmetic units, how many find room, what does a
# kernel of yours become there, and how do blocks add to one sum?**
#
# *(About 10 minutes' reading, no exercises. You need: 06. You will be able to: say when lanes of a
# warp wait for each other, read a compiler's report about a kernel, find a float64 in it, and add
# over blocks with the same bits every time.)*

# %%
# given
import numpy as np
from numba import float32, int32

from tinymaml.course import guess, guessed
from tinymaml.course.figures import lesson_06 as figures
from tinymaml.engine.compiled.lanes import block, blocks, lane, lanes, last_block
from tinymaml.engine.gpu import offline
from tinymaml.engine.gpu.emulator import emulate

# %% [markdown]
# ## When lanes part ways
#
# A warp carries out one instruction for 32 lanes. Where its lanes come to an `if` and differ, the
# warp goes through both sides, one after the other, and on each side the lanes that do not belong
# there sit idle. That is **divergence**.
#
# **Predict.** In how many of these five do some lanes of a warp sit idle while others work?
#
# - (a) `if op == MATMUL: A` `else: B`, with `op` read from the program
# - (b) `if lane() % 2: A` `else: B`
# - (c) `if lane() < 64: A` `else: B`, in a block of 128
# - (d) `for e in range(lane(), 40, lanes()): A`, in a block of 32
# - (e) `o[i] = x[i] if x[i] > 0 else 0.0`

# %%
guess("06.ways_to_diverge", 4)

# %%
some_sit_idle = {"a": False, "b": True, "c": False, "d": True, "e": False}
guessed("06.ways_to_diverge", sum(some_sit_idle.values()))

# %% [markdown]
# (a) No: `op` is the same for all lanes, so an interpreter costs no divergence. (b) Yes, half of
# them on each side. (c) No: warps are lanes 0 to 31, 32 to 63 and so on, and each is on one side as
# a whole. (d) Yes: a loop's end is a branch too. In the second round 8 lanes go on, and 24 are done
# and wait. (e) No: choosing between two numbers is one instruction, not a branch. So `tinymaml`'s
# tanh has no `if` by size, `rowmax` chooses instead of branching, and a block has whole warps.
#
# ## What a lane can hold
#
# A number that a lane works on is in a **register**. A multiprocessor of an H100 has 65,536 of
# them and room for 2,048 lanes (NVIDIA, *CUDA C++ Programming Guide*, compute capability 9.0). It
# wants many lanes: a read from memory takes hundreds of ticks, and while one warp waits, another
# computes. If a lane takes more than 32 registers, fewer than 2,048 lanes fit. If the compiler may
# not use as many as it needs, what does not fit is **spilled**: written to memory and read back.
#
# This is `tinymaml`'s whole inner loop in float32, compiled for an H100 (ptxas of CUDA 13.0), on a
# computer without a GPU:
#
# | registers allowed | used | spilled, bytes stored and loaded by each lane |
# |---|---|---|
# | 32 | 32 | 740 |
# | 40 | 40 | 300 |
# | 48 | 48 | 8 |
# | any number | 56 | 0 |
# | 64, as in `tinymaml` | 64 | 0 |
#
# **Predict.** 65,536 registers, blocks of 256 lanes: how many lanes are resident with 56 registers
# each? And with 64?

# %%
guess("06.lanes_with_56_registers", 1170)
guess("06.lanes_with_64_registers", 1024)

# %%
def resident(registers, block=256):
    """Lanes on one multiprocessor of an H100. Warps get portions of 256 registers."""
    of_a_warp = -(-32 * registers // 256) * 256
    of_a_block = of_a_warp * block // 32
    return block * min(65536 // of_a_block, 2048 // block)


registers = range(16, 129)
room = [resident(count) for count in registers]
marked = {
    32: ("32: 740 bytes spilled", (7, 3)),
    56: ("56: enough", (-36, -18)),
    64: ("64: tinymaml's limit", (7, 3)),
}
figures.lanes_that_find_room(registers, room, marked)
print({count: resident(count) for count in (32, 40, 48, 56, 64, 70)})
guessed("06.lanes_with_56_registers", resident(56))
guessed("06.lanes_with_64_registers", resident(64))

# %% [markdown]
# *Figure: how many lanes find room on a multiprocessor. The stairs come from blocks, which come
# whole, and from portions.*
#
# From 56 to 64 registers nothing is lost, because blocks come whole: 1,024 lanes either way, or
# 135,168 on an H100's 132 multiprocessors, with their 16,896 float32 units. With 32, twice as many
# lanes would be there, and each would spill. Whether that is faster only a GPU can say.
#
# ## What your kernel becomes
#
# A compiler needs no GPU. Where CUDA's is installed (its toolkit, or `pip install
# "tinymaml[cuda13]"`), `offline` asks it about any kernel. Below is a product as in 06.matmul, and
# the same with a sum that starts from the literal `0.0`, both on arrays of float32.
#
# **Predict.** Which of the two numbers will the literal change: the registers, or how often float64
# appears in the kernel's PTX, the assembly language of NVIDIA's GPUs?

# %%
guess("06.what_the_literal_changes", "neither", choices=("registers", "float64", "neither"))

# %%
def from_memory(memory, o, x, z, m, n, k, oi, xi, xp, zp):
    for e in range(lane(), m * n, lanes()):
        i = e // n
        j = e % n
        total = memory[o + i * oi + j]
        for p in range(k):
            total += memory[x + i * xi + p * xp] * memory[z + p * zp + j]
        memory[o + i * oi + j] = total


def from_a_literal(memory, o, x, z, m, n, k, oi, xi, xp, zp):
    for e in range(lane(), m * n, lanes()):
        i = e // n
        j = e % n
        total = 0.0
        for p in range(k):
            total += memory[x + i * xi + p * xp] * memory[z + p * zp + j]
        memory[o + i * oi + j] += total

# %%
types = (float32[::1], *10 * [int32])
if offline.missing():
    print("Not here:", offline.missing())
else:
    for kernel in (from_memory, from_a_literal):
        made = offline.compiled(kernel, types, capability=(9, 0))
        doubles = made.ptx.count(".f64")
        print(f"{kernel.__name__:15} {made.registers} registers, {made.spills} bytes spilled,")
        print(f"{'':15} float64 in {doubles} places of its PTX")
guessed("06.what_the_literal_changes", "float64")

# %% [markdown]
# Both take 32 registers and spill nothing. But to Numba `0.0` is a float64: every product is turned
# into one, added in float64 and turned back, in 41 places of the PTX; the first kernel has none. On
# an RTX 4090, which does 1/64 as many float64 operations, that is the difference between fast and
# slow. The emulator cannot show it, the compiler can. `offline.inner_loop(np.float32)` asks about
# the package's whole inner loop, in about half a minute.
#
# ## A sum that crosses blocks
#
# MAML's gradient is a sum over tasks, which are on several blocks, and blocks cannot wait for each
# other. So `tinymaml` cuts the tasks into *chunks*; how many, the sizes alone say. A block adds up
# whole chunks, and the block that is ready last adds the chunks' sums, in order:

# %%
def add_over_blocks(result, sums, numbers, cuts, finished):
    """result[0] += Σ_i numbers[i], by blocks of one lane. Chunk c: from cuts[c] to cuts[c + 1]."""
    for c in range(block(), len(sums), blocks()):
        for i in range(cuts[c], cuts[c + 1]):
            sums[c] += numbers[i]
    if last_block(finished):
        for c in range(len(sums)):
            result[0] += sums[c]


numbers = np.random.default_rng(0).normal(size=100).astype(np.float32)
cuts = [0, 25, 50, 75, 100]
found = set()
for count in (1, 2, 3, 4):
    result, sums = np.zeros(1, np.float32), np.zeros(4, np.float32)
    arguments = (result, sums, numbers, cuts, np.zeros(1, np.int32))
    emulate(add_over_blocks, *arguments, lanes=1, blocks=count)
    found.add(result.tobytes())
print("different sums by 1, 2, 3 and 4 blocks, bit by bit:", len(found))

# %% [markdown]
# On a GPU, `last_block` is an atomic count of the blocks that are ready; counting has no rounding.
# Before a block counts, it puts up a **fence**, which makes what it has written visible to the
# others.
#
# **So**: a GPU wants more lanes than units because lanes wait for memory; on a multiprocessor of an
# H100 1,024 find room with `tinymaml`'s 64 registers each; a kernel's registers, spills and
# float64s can be read without a GPU; and a sum over blocks has the same bits for any number of them
# if the sizes alone say how it is cut.
