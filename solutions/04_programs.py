# %% [markdown]
# # 04 · A program of kernels
#
# **Lesson 03's Hessian-vector product is a pile of Python calls. How can a machine that has no
# Python, a GPU for instance, run it?**
#
# *(About 25 minutes to read and run, 21 more for the 6 exercises. You need: 01–03. You will be able
# to: write a Hessian-vector product as a list of calls, read each, and run the list with four short
# functions.)*

# %%
# given
import numpy as np

import tinymaml as tm
from tinymaml.course import guess, guessed
from tinymaml.course.figures import lesson_04 as figures
from tinymaml.course.given.programs import LISTING, count_calls, differences, given, hvp_lines
from tinymaml.course.given.programs import microseconds, program_text, records_text, results
from tinymaml.course.given.programs import run_by_programs, tapes_of
from tinymaml.engine.function_table import Function
from tinymaml.engine.instructions import apply, blocks_of, contract, curve, linear
from tinymaml.engine.rules import Rules
from tinymaml.engine.sweeps import BACKWARDS, SWEEPS

# for you to type
from tinymaml.course import check, hint, restore, solution, status, use

use("03")

# %% [markdown]
# The plan: write down everything that the sweeps compute. Here is the Hessian-vector product
# of least squares with four samples, as `tinymaml` writes it. Slot 3 holds `v3`, which is `x @ w`;
# `v4` is the error and `v5` its square. A `_bar` is an adjoint, a `_dot` a tangent and a `_bar_dot`
# the tangent of an adjoint; `w_dot` is the direction. An index 0 marks an axis of length 1.

# %%
def squares(p, x, y):
    error = x @ p["w"] - y
    return tm.mean(error * error)


least_squares = tm.Loss(squares, {"w": np.zeros((3, 1))})
print(*hvp_lines(least_squares, np.ones((4, 3)), np.ones((4, 1))), sep="\n")

# %% [markdown]
# From top to bottom: `x @ w_dot`, also the error's tangent; this is multiplied by `v5_bar`, which
# the gradient has filled with ¼, once for each of the two factors `error`; then x transposed times
# the sum. It is `x.T @ (x @ w_dot) / 2`, and yet no line says "transpose": each says which entries
# meet.
#
# ## Letters
#
# Give each axis of a block a letter: $x_{ip}$, $z_{pj}$, $y_{ij}$. Then the three products of a
# matmul, its value and its two reverse rules, are one picture. Letters belong to a record: in
# another the same block may have others.

# %%
figures.three_products()

# %% [markdown]
# *Figure: each product reads two of the blocks (blue), adds into the third (orange), and sums over
# the orange letter, which the third lacks.*
#
# A **kernel** is a loop over all letters of such a formula, written once; a line of the listing
# says on which blocks it runs. The Σ only names the letters that the left lacks.
#
# | lessons 01–03 | with letters | kernel |
# |---|---|---|
# | `x @ z` | $y_{ij} \mathrel{+}= \sum_p x_{ip}\, z_{pj}$ | `contract` |
# | `bar @ z.T` | $\bar x_{ip} \mathrel{+}= \sum_j \bar y_{ij}\, z_{pj}$ | `contract` |
# | `x.T @ bar` | $\bar z_{pj} \mathrel{+}= \sum_i x_{ip}\, \bar y_{ij}$ | `contract` |
# | `x * z` | $y_{ij} \mathrel{+}= x_{ij}\, z_{ij}$ | `contract` |
# | `x + b` | $y_{ij} \mathrel{+}= x_{ij}$, then $y_{ij} \mathrel{+}= b_{0j}$ | `linear`, twice |
# | `shrink(bar, b.shape)` | $\bar b_{0j} \mathrel{+}= \sum_i \bar y_{ij}$ | `linear` |
#
# Two rules cover the table:
#
# 1. A letter that an **input** lacks is a **broadcast**: the loop reads the same entry again.
# 2. A letter that the **output** lacks is a **sum**: the loop keeps adding into the same entry.
#
# The `.T` of rows 2 and 3 is gone. Instead x and y have changed places in row 2, and z and y in
# row 3. **The adjoint of a sum or a product is the same line in which the output and one input
# have changed places**: these two get a bar, and all keep their letters. The reason is a sum,
# $\sum_{ijp} \bar y_{ij}\, x_{ip}\, z_{pj}$, in which the three blocks play the same part: its
# derivatives with respect to $\bar y$, x and z are y, $\bar x$ and $\bar z$. The same exchange
# turns the broadcast of b into the sum $\bar b$: that is all of `shrink`.
#
# ## One row of memory
#
# How does a loop find the entries? A machine's **memory** is one long row of numbers, in which the
# blocks lie one after the other, each row by row. An operand is then an **offset**, where its block
# begins, and three **strides**: how far to move when i, j or p grows by one. A letter that the
# operand lacks has stride 0: the loop runs, and the place does not move.

# %%
figures.strides()

# %% [markdown]
# *Figure: a 2 x 3 block z, a row b and a number c. The numbers in the places are the visits of two
# loops, numbered from 0, the upper letter's outside; the third letter has one value.*
#
# **Exercise 04.strides** *(write it)*. Translate letters into strides. `shape` is `(rows,
# columns)`. The first letter counts the rows, the second the columns.

# %%
# exercise 04.strides
def strides(letters, shape):
    """How far apart a block's entries are along i, j and p -> three whole numbers.

    strides("i0", (4, 1)) is (1, 0, 0).
    """
    ### BEGIN SOLUTION
    steps = {letters[0]: shape[1], letters[1]: 1}
    return tuple(steps.get(letter, 0) for letter in "ijp")
    ### END SOLUTION

# %%
check("04.strides")

# %% [markdown]
# *In tinymaml: `engine/compiled/blocks.py`, `Blocks.strides`.*
#
# With strides, the kernel `contract` is one plain loop, whatever the letters:

# %%
# given
def walk(memory, out, x, z, extent):
    """out += Σ x · z. An operand is (offset, strides); extent says how far i, j and p run."""
    for index in np.ndindex(*extent):
        to, first, second = [offset + np.dot(index, steps) for offset, steps in (out, x, z)]
        memory[to] += memory[first] * memory[second]

# %% [markdown]
# *In tinymaml: `engine/compiled/kernels.py`, `contract`.*
#
# ## Four kernels
#
# | kernel | what it does, for instance |
# |---|---|
# | `linear` | $o_{ij} \mathrel{+}= c\, x_{ij}$ |
# | `contract` | $o_{ij} \mathrel{+}= \sum_p x_{ip}\, z_{pj}$ |
# | `apply` | $y = f(x)$ and its slope $s = f'(x)$, in one pass |
# | `curve` | $\dot s = f''(x)\, \dot x$, the slope's tangent |
#
# A line of a program is a **call**. Here are its fields for the last line of the listing above,
# `w_bar_dot[p,0] = Σ_i x[i,p] · v3_bar_dot[i,0]`, where x is 4 x 3:
#
# | field | | here |
# |---|---|---|
# | `kernel` | its loop | `"contract"` |
# | `outs`, `ins` | the operands that it writes; that it reads | `w_bar_dot`; `x` and `v3_bar_dot` |
# | `arg` | a coefficient, or a function's name | none |
# | `extent` | how far i, j and p run | (4, 1, 3) |
# | `store` | does it start its output anew? | yes: `=`, not `+=` |
# | `program` | its part: gradient or hvp | `"hvp"` |
#
# An operand is `Operand(slot, plane, letters)`; `w_bar_dot[p,0]` is `Operand(0, "bar_dot", "p0")`.
# Slot and plane name the **block**. The plane is `""` for the value, or `"bar"`, `"dot"`,
# `"bar_dot"`, `"slope"`, `"slope_dot"`. If `x` is an operand, `x.bar` is its adjoint *with x's
# letters*.
#
# Our machine lets NumPy do the walk: `np.einsum("ij,pj->ip", y_bar, z)` takes the inputs' letters,
# an arrow and the result's letters; a letter that these lack is summed. A kernel gets its operands
# as arrays, outputs first, without axes of length 1: einsum has no letter for them.

# %%
# given
def numpy_linear(out, x, coefficient, letters, extent):
    # the ones spread x over letters that it does not have
    out += coefficient * np.einsum(f"ij,{letters[1]}->{letters[0]}", np.ones(extent), x)


def numpy_contract(out, x, z, arg, letters, extent):
    out += np.einsum(f"{letters[1]},{letters[2]}->{letters[0]}", x, z)


def numpy_apply(out, slope, x, name, letters, extent):
    out[...] = FUNCTIONS[name].value(x)
    slope[...] = FUNCTIONS[name].slope(out)


def numpy_curve(out, y, slope, x_dot, name, letters, extent):
    out[...] = FUNCTIONS[name].curvature(y, slope) * x_dot

# %%
# given
# f(x); for tanh, f' in terms of y = f(x); f'' in terms of y and s = f'(x)
FUNCTIONS = {"tanh": Function(np.tanh, lambda y: 1 - y * y, lambda y, s: -2 * y * s)}
KERNELS = dict(linear=numpy_linear, contract=numpy_contract, apply=numpy_apply, curve=numpy_curve)


def run(tape, calls, blocks):
    """Run a program on blocks, a dict (slot, plane) -> array, which gains what it writes."""
    for call in calls:
        if call.store:
            for out in call.outs:
                blocks[out.block] = np.zeros(tape.shapes[out.slot])
        operands = call.outs + call.ins
        # without axes of length 1; what is written into such a view is in the block
        arrays = [blocks[operand.block].squeeze() for operand in operands]
        letters = [operand.letters.replace("0", "") for operand in operands]
        # how far i and j run: only linear asks, and it has no p
        KERNELS[call.kernel](*arrays, call.arg, letters, call.extent[:2])
    return blocks

# %% [markdown]
# *In tinymaml: `engine/numpy_machine.py`, `KERNELS`.*
#
# *In tinymaml: `engine/numpy_machine.py`, `run`.*
#
# ## Rules that emit
#
# In lesson 03 a rule computed. Now it **emits**: from operands it makes the calls that will
# compute. Below, `linear`, `contract`, `apply` and `curve` are functions: each returns a call of
# the kernel of its name.
#
# A record is of one of three kinds, `"linear"`, `"bilinear"` or `"pointwise"`, and each kind has a
# rule for each of the four sweeps. First the kind `"linear"`: additions, differences and sums. The
# record's `arg` is the coefficients.

# %%
# given
# y = c · x + ..., with a coefficient c for each x
linear_rules = Rules(
    value=lambda y, *xs, arg: [linear(y, x, c) for x, c in zip(xs, arg)],
    tangent=lambda y, *xs, arg: [linear(y.dot, x.dot, c) for x, c in zip(xs, arg)],
    reverse=lambda y, *xs, arg: [linear(x.bar, y.bar, c) for x, c in zip(xs, arg)],
    reverse_tangent=lambda y, *xs, arg: [linear(x.bar_dot, y.bar_dot, c) for x, c in zip(xs, arg)],
)

# %% [markdown]
# **Exercise 04.rules** *(write it)*. The bilinear rules, for multiplication and matmul at once.
# `contract(out, x, z)` adds $x \cdot z$ into out. `reverse` is the exchange. Write
# `reverse_tangent`, which is the tangent of `reverse`.

# %%
# exercise 04.rules
# y = x · z; arg is not used
### BEGIN SOLUTION
#: bilinear_rules = Rules(
#:     value=lambda y, x, z, arg: [contract(y, x, z)],
#:     tangent=lambda y, x, z, arg: [contract(y.dot, x.dot, z), contract(y.dot, x, z.dot)],
#:     reverse=lambda y, x, z, arg: [contract(x.bar, y.bar, z), contract(z.bar, x, y.bar)],
#:     reverse_tangent=lambda y, x, z, arg: [...],
#: )
bilinear_rules = Rules(
    value=lambda y, x, z, arg: [contract(y, x, z)],
    tangent=lambda y, x, z, arg: [contract(y.dot, x.dot, z), contract(y.dot, x, z.dot)],
    reverse=lambda y, x, z, arg: [contract(x.bar, y.bar, z), contract(z.bar, x, y.bar)],
    reverse_tangent=lambda y, x, z, arg: [
        contract(x.bar_dot, y.bar_dot, z),
        contract(x.bar_dot, y.bar, z.dot),
        contract(z.bar_dot, x, y.bar_dot),
        contract(z.bar_dot, x.dot, y.bar),
    ],
)
### END SOLUTION

# %%
check("04.rules")

# %% [markdown]
# **The derivative of a pointwise function is multiplication by its slope.**
#
# | | | why |
# |---|---|---|
# | (1) | $y = f(x)$, $\; s = f'(x)$ | one `apply` gives both |
# | (2) | $\dot y = s\, \dot x$ | chain rule |
# | (3) | $\bar x \mathrel{+}= s\, \bar y$ | (2) with $\dot x$ and $\dot y$ exchanged, and barred |
# | (4) | $\dot s = f''(x)\, \dot x$ | chain rule on (1): a `curve` |
# | (5) | $\dot{\bar x} \mathrel{+}= s\, \dot{\bar y} + \dot s\, \bar y$ | product rule on (3) |
# | (6) | for tanh $s = 1 - y^2$, so $\dot s = -2y\,\dot y$ | chain rule |
# | (7) | $\dot s = -2\,y\,s\,\dot x$ | (2) in (6) |
#
# Line (7) needs y and s, which `apply` has left in memory. A square's slope, $2x$, is no
# function of $x^2$: hence our `error * error`.

# %%
# given
pointwise_rules = Rules(
    value=lambda y, x, arg: [apply(y, y.slope, x, arg)],
    tangent=lambda y, x, arg: [
        contract(y.dot, y.slope, x.dot),
        curve(y.slope_dot, y, y.slope, x.dot, arg),
    ],
    reverse=lambda y, x, arg: [contract(x.bar, y.slope, y.bar)],
    reverse_tangent=lambda y, x, arg: [
        contract(x.bar_dot, y.slope, y.bar_dot),
        contract(x.bar_dot, y.slope_dot, y.bar),
    ],
)
RULES = {"linear": linear_rules, "bilinear": bilinear_rules, "pointwise": pointwise_rules}

# %% [markdown]
# *In tinymaml: `engine/rules.py`, `RULES`.*
#
# ## From the tape to the list
#
# A tape is still lesson 01's list, made with your `trace`. Beside it, `tape.records` lists the
# operations as `tinymaml` does: each entry has a kind, operands with letters, an `arg` and an
# extent. A matmul's operands get the letters ip, pj and ij, all others ij; an axis of length 1 gets
# 0 instead. A program is made of sweeps, and `SWEEPS` lists them: the gradient consists of value
# and reverse; the hvp, of tangent and reverse_tangent. `BACKWARDS` holds the two reverse sweeps.

# %%
# given
def emit(tape, name):
    """Every call of a program, useful or not. The two reverse sweeps walk the tape backwards."""
    calls = []
    for rule in SWEEPS[name]:
        records = reversed(tape.records) if rule in BACKWARDS else tape.records
        for record in records:
            rules = RULES[record.kind]
            for call in getattr(rules, rule)(record.out, *record.ins, arg=record.arg):
                calls.append(call._replace(extent=record.extent, program=name))
    return calls


tape_of = tapes_of(trace)

# %% [markdown]
# A small loss, its records and its gradient. w and u are parameters, x is data.

# %%
def one_layer(w, u, x):
    return total(tanh(x @ w) * u)


small = tape_of(one_layer, {"w": (2, 3), "u": (1, 3)}, {"x": (4, 2)})
print(records_text(small))
print(program_text(small, emit(small, "gradient")))

# %% [markdown]
# Call 6 writes `u_bar[0,j]`. The row u was broadcast, so its adjoint is a sum over i, though no
# rule asked for it. Call 8 writes `x_bar`, which no result needs.
#
# *In tinymaml: `engine/sweeps.py`, `emit`.*
#
# ## Emit everything, then drop
#
# Other engines ask of every slot whether it needs an adjoint (PyTorch: `requires_grad`). We emit
# everything, then drop the calls that are of no use. `given(tape)` is what is there first: the
# inputs, the constants, the loss's adjoint (1) and the direction. `results(tape, name)` is what a
# program is run for: the `bar` of each parameter for the gradient, their `bar_dot` for the hvp.
#
# - **The call reads a zero.** If the hvp comes after its gradient, a block neither given nor
#   written by an earlier call is zero, such as the tangent of data. A call that reads it computes
#   zero. Walk from top to bottom, since a dropped call leaves its output unwritten.
# - **Nothing reads the call's output.** A block that no call that stays reads, and is no result,
#   need not be written.
#
# `blocks_of(operands)` is the set of their blocks.

# %%
# given
def drop_reads_of_zero(calls, there):
    """Drop what reads a block that is not there and that no call has written: it is zero."""
    written = set(there)
    useful = []
    for call in calls:
        if written.issuperset(blocks_of(call.ins)):
            useful.append(call)
            written |= blocks_of(call.outs)
    return useful

# %% [markdown]
# **Exercise 04.unread** *(write it)*. The second pass. Which way must it walk, so that a dropped
# call can make an earlier one useless? (`apply` stays if one of its two outputs is read.)

# %%
# exercise 04.unread
def drop_unread(calls, wanted):
    """Drop what writes only blocks that no later call that stays reads, nor is wanted.

    calls: a list; wanted: a set of blocks (slot, plane) -> a new list.
    """
    ### BEGIN SOLUTION
    read = set(wanted)
    useful = []
    for call in reversed(calls):
        if not read.isdisjoint(blocks_of(call.outs)):
            useful.append(call)
            read |= blocks_of(call.ins)
    return useful[::-1]
    ### END SOLUTION

# %%
check("04.unread")

# %% [markdown]
# *In tinymaml: `engine/sweeps.py`, `drop_reads_of_zero`.*
#
# *In tinymaml: `engine/sweeps.py`, `drop_unread`.*
#
# The first call that writes a block **stores**: before it, `run` makes the block anew, of zeros.

# %%
# given
def store_first_writes(calls):
    """Mark the first write to each block as a store; later writes add."""
    written = set()
    marked = []
    for call in calls:
        block = call.outs[0].block
        marked.append(call._replace(store=block not in written))
        written.add(block)
    return marked


def program(tape, *names):
    """The programs `names`, one after the other on the same blocks, as one list of calls."""
    calls = []
    wanted = set()
    for name in names:
        calls += emit(tape, name)
        wanted |= results(tape, name)
    calls = drop_reads_of_zero(calls, given(tape))
    calls = drop_unread(calls, wanted)
    return store_first_writes(calls)

# %% [markdown]
# *In tinymaml: `engine/sweeps.py`, `store_first_writes`.*
#
# *In tinymaml: `engine/sweeps.py`, `program`.*
#
# The pass for zeros comes first: a call that it drops may be a block's last reader. Stores come
# last, when the first writes are known. The small loss again:

# %%
print(program_text(small, program(small, "gradient")))

# %% [markdown]
# Of ten calls seven remain: `x_bar` is gone, and so are the loss v6, which no call reads, and v5,
# which only the loss's call read. Run the list on the inputs, slots 0 to 2, and v6's adjoint, then
# lesson 02's `reverse`. Then run call 4 once more, with `walk`, on a row of memory
# that holds v4 and v5_bar and a zero for each entry of u_bar.

# %%
rng = np.random.default_rng(0)
w_block, u_block, x_block = [rng.normal(size=shape) for shape in small.shapes[:3]]
blocks = {(0, ""): w_block, (1, ""): u_block, (2, ""): x_block, (6, "bar"): np.ones((1, 1))}
calls = program(small, "gradient")
run(small, calls, blocks)
w_bar, u_bar = blocks[0, "bar"], blocks[1, "bar"]
bars = reverse(small, forward(small, w_block, u_block, x_block))
print("as in lesson 02:", np.allclose(w_bar, bars[0]), np.allclose(u_bar, bars[1]))

memory = np.concatenate([blocks[4, ""].ravel(), blocks[5, "bar"].ravel(), np.zeros(3)])
to_ij = strides("ij", (4, 3))
to_0j = strides("0j", (1, 3))
walk(memory, (24, to_0j), (0, to_ij), (12, to_ij), calls[4].extent)
print("strides:", to_ij, to_0j)
print("u_bar by einsum:", u_bar[0])
print("u_bar by walk:  ", memory[24:])

# %% [markdown]
# The same numbers.
#
# Now take `total(tanh(x @ w))`: w is a parameter and x data; the slots are `a = x @ w`,
# `h = tanh(a)` and `L = total(h)`; and the program is `program(tape, "gradient", "hvp")`.
#
# **Exercise 04.fates** *(predict)*. What became of each of these six blocks: is it `"written"`; or
# `"zero"`, because nothing but zero could come into it; or not zero, but `"unread"`?

# %%
# exercise 04.fates
### BEGIN SOLUTION
#: became = {
#:     "L": ..., "x_bar": ..., "x_dot": ...,
#:     "h_dot": ..., "h_bar_dot": ..., "a_bar_dot": ...,
#: }
became = {
    "L": "unread", "x_bar": "unread", "x_dot": "zero",
    "h_dot": "unread", "h_bar_dot": "zero", "a_bar_dot": "written",
}
### END SOLUTION

# %%
check("04.fates")

# %% [markdown]
# ## A network
#
# One hidden layer of tanh, mean squared error. `run_by_programs` puts programs in place of the
# sweeps of lesson 03's `Loss`, which stays at hand as `Loss03`.

# %%
# given
Loss = run_by_programs(Loss, program, run)
Loss03 = Loss.by_sweeps


def mse(p, x, y):
    error = tanh(x @ p["W1"] + p["b1"]) @ p["W2"] + p["b2"] - y
    return total(error * error) * (1 / x.shape[0])

# %%
shapes = {"W1": (1, 40), "b1": (1, 40), "W2": (40, 1), "b2": (1, 1)}
params = {name: rng.normal(size=shape) for name, shape in shapes.items()}
x = rng.uniform(-5, 5, size=(10, 1))
y = np.sin(x)
yours = Loss(mse, params)
tape, calls = yours.program(("gradient", "hvp"), x, y)

# %% [markdown]
# > **Predict.** The rules emit 28 calls for the gradient of this loss, and 42 for the hvp. How many
# > of the gradient's 28 read a zero? And how many of all 70 remain after both passes?

# %%
guess("04.gradient_calls_that_read_zero", 6)
guess("04.calls_that_remain", 60)

# %%
emitted = emit(tape, "gradient") + emit(tape, "hvp")
without_zeros = drop_reads_of_zero(emitted, given(tape))
stages = {"emitted": emitted, "without zeros": without_zeros, "program": calls}
counts = count_calls(stages)
read_zero = counts["emitted"][0] - counts["without zeros"][0]
guessed("04.gradient_calls_that_read_zero", read_zero)
guessed("04.calls_that_remain", len(calls))
figures.passes(counts)

# %% [markdown]
# *Figure: none of the gradient's calls reads a zero, as the zeros are tangents and `bar_dot`s; ten
# of the hvp's do. Then 6 of the gradient's and 8 of the hvp's are unread.*

# %%
figures.fates(tape, given(tape), emitted, without_zeros, calls)

# %% [markdown]
# *Figure: after the square (slot 12) only a sum and a constant factor follow: there `bar` is the
# same at every w, and so `bar_dot` is zero.*
#
# For `total(x @ w)` the two passes drop the whole hvp: the Hessian is zero. A tempting claim: *if
# the Hessian is zero for every w, the hvp program is empty.*
#
# **Exercise 04.quiet** *(break it)*. Write a loss of one block w, of any shape, whose Hessian is
# zero at every w, and whose hvp program is **not** empty. Use `+`, `-`, `*`, `@`, `tanh`, `total`.

# %%
# exercise 04.quiet
def quiet(w):
    """w: a traced block of any shape -> a loss, 1 x 1, that depends on w."""
    ### BEGIN SOLUTION
    return total(w * w - w * w + w)
    ### END SOLUTION

# %%
check("04.quiet")

# %% [markdown]
# The passes see which blocks are written, not what is in them: an hvp that is empty *after its
# gradient* proves a zero Hessian; a zero Hessian need not give an empty hvp.
#
# ## Two listings compared
#
# The whole Hessian-vector product of the network, beyond its gradient:

# %%
hvp = [call for call in calls if call.program == "hvp"]
print(program_text(tape, hvp))

# %% [markdown]
# The `-2 ·` is the only second derivative of a function. Compare `tinymaml`'s program, with
# `square` and `mean`.

# %%
def their_mse(p, x, y):
    return tm.mean(tm.square(tm.tanh(x @ p["W1"] + p["b1"]) @ p["W2"] + p["b2"] - y))


theirs = tm.Loss(their_mse, params)
print(differences(tape, hvp, hvp_lines(theirs, x, y)))
w, v = rng.normal(size=(2, theirs.size))
print("the same:", np.allclose(yours.hvp(w, v, x, y), theirs.hvp(w, v, x, y)))

# %% [markdown]
# Two lines differ. The square's second derivative is a `curve` for `tinymaml`; yours is a product,
# with one call for each of its factors.
#
# **Exercise 04.line** *(find the bug)*. This is the hvp of `total(tanh(tanh(x @ w) * u))`, where u
# is a row; the gradient before it is right. But doubling v does not double the result, although
# $H(2v) = 2Hv$. One line is wrong. Which, and what should stand to the right of its `=` or `+=`?
# (Factors in either order.)

# %%
print(LISTING)

# %%
# exercise 04.line
### BEGIN SOLUTION
#: wrong_line = ...
#: # for instance "Σ_i v3_dot[i,j] · u[0,j]"
#: right_side = "..."
wrong_line = 10
right_side = "Σ_i v4_dot[i,j] · v5_bar[i,j]"
### END SOLUTION

# %%
check("04.line")

# %% [markdown]
# ## Does it run, and how fast?
#
# > **Predict.** The list runs on our four NumPy functions, and no rule is looked up any more. If
# > lesson 03's four sweeps take 100, how long does the list take?

# %%
guess("04.time_if_lesson_03_takes_100", 50)

# %%
took = {}
for name, kind in {"lesson 03": Loss03, "program": Loss}.items():
    took[name] = microseconds(kind(mse, params).hvp, w, v, x, y)
    print(f"{name:12} {took[name]:4.0f} µs a product")
longest = max(np.prod(call.extent) for call in calls)
print(f"program: {took['program'] / len(calls):.0f} µs a call, at most {longest} iterations a loop")
guessed("04.time_if_lesson_03_takes_100", 100 * took["program"] / took["lesson 03"])
one_sample = microseconds(yours.hvp, w, v, x[:1], y[:1])
print(f"program, 1 sample instead of 10: {one_sample:.0f} µs a product")

# %% [markdown]
# No speed is gained yet, and arithmetic is not the reason: a tenth of the samples takes about as
# long. Each of the 46 calls spends its microseconds in Python and NumPy, around at most 400
# multiplications; lesson 05 takes Python away. What is gained: the list fixes, before it runs,
# which blocks meet, how far each loop goes, and in which order.
#
# ## What goes wrong in practice
#
# - **An hvp without its gradient.** For this network `program(tape, "hvp")` is an empty list: the
#   gradient's blocks, which it reads, are absent and count as zero. Test: count the hvp's calls in
#   `program(tape, "gradient", "hvp")`, here 24.
# - **Counting calls too early in JAX.** In JAX 0.10, `jax.make_jaxpr(lambda w: jax.jvp(jax.grad(f),
#   (w,), (v,))[1])(w)` lists lines that the result does not need: those whose result is named `_`,
#   and what only they read. Test: walk up from the result, as in 04.unread.
#
# ## Back to the question
#
# A machine without Python gets a list. For the network and 10 samples it has 46 calls of four
# kernels, 22 for the gradient and 24 for the Hessian-vector product, the same for every w and every
# direction. Letters say which entries meet, so no call transposes; strides say where they lie; and
# two passes dropped 24 of 70 calls. You can now print what the Hessian-vector product of your loss
# computes, and check it line by line.
#
# *Source.* Griewank and Walther, *Evaluating Derivatives* (2008), chapter 6.
#
# **Next: 05 · Compile it.** The list becomes a table of integers, and a compiled loop runs it.
