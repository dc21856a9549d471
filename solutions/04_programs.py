# %% [markdown]
# # 04 · A program of kernels
#
# *(About 35 minutes' reading; 10 exercises, most of them one to four lines of code. You need: 01–03. You will be able to: write the
# Hessian-vector product of a loss as a list of a few dozen lines, read every line of it, and run it with four short functions.)*
#
# Lesson 03's Hessian-vector product works, and is a heap of Python: every rule is a function, called anew in every sweep, that makes fresh
# arrays. Nothing in it holds still for a compiler, and a GPU cannot run it at all.
#
# **The question: can the whole Hessian-vector product of a loss be written down once, as a list of a few dozen lines made of only four different
# instructions, so that any machine that knows the four can run it?**
#
# This is where we are going. Least squares, `mean((x @ w − y)²)` with four samples of three features; `tinymaml` prints its Hessian-vector product:

# %%
# given
import inspect
from typing import NamedTuple

import numpy as np

from tinymaml.course import check, hint, restore, solution, status, use     # for you to type
from tinymaml.course import style

use("03")

# %%
import tinymaml as tm

squares = tm.Loss(lambda p, x, y: tm.mean(tm.square(x @ p["w"] - y)), {"w": np.zeros((3, 1))})
for row in squares.tape(np.ones((4, 3)), np.ones((4, 1))).listing("hvp").split("\n"):
    print(row.split("  line ")[0].rstrip())                 # without the line of the source

# %% [markdown]
# > **Predict.** Read from top to bottom, with `w_dot` = v and `v5_bar` = ¼, the derivative of a mean of four. Which matrix, written in terms of X,
# > is multiplied by v?
#
# <details><summary>The answer</summary>
#
# `x @ v`, times 2, times ¼, then `x.T @` that: (2/4)·XᵀX, the Hessian that you know from least squares. Nobody formed the matrix.
# </details>
#
# ## Letters
#
# Here is what lesson 03 computes with NumPy, beside the same thing as a loop over index letters: *for every i, j (and p), add the right side to
# the left side*.
#
# | lessons 01–03 | the line | kernel |
# |---|---|---|
# | `x @ z` | `y[i,j] += x[i,p] · z[p,j]` | contract |
# | `bar @ z.T` | `x_bar[i,p] += y_bar[i,j] · z[p,j]` | contract |
# | `x.T @ bar` | `z_bar[p,j] += x[i,p] · y_bar[i,j]` | contract |
# | `x * z` | `y[i,j] += x[i,j] · z[i,j]` | contract |
# | `x + b`, b a row | `y[i,j] += x[i,j]`, then `y[i,j] += b[0,j]` | linear, twice |
# | `shrink(bar, b.shape)` | `b_bar[0,j] += y_bar[i,j]` | linear |
# | `x.sum(keepdims=True)` | `y[0,0] += x[i,j]` | linear |
#
# A `0` stands where a block has length 1. Three rules cover the table:
#
# 1. A letter that an **input** lacks is a **broadcast**: the loop reads the same entry again.
# 2. A letter that the **output** lacks is a **sum**: the loop keeps adding into the same entry.
# 3. Letters in another order are a **transpose**.
#
# Look at the three lines of the matmul. The second is the first with `x` and `y` exchanged (and barred), the third with `z` and `y` exchanged.
# **An adjoint is the same line with its operands permuted**: output and input change places, every block keeps its letters. Nobody decided on a
# `.T`. The same exchange turns the line that broadcasts `b` into the line that sums `b_bar`: that is all there is to `shrink`.
#
# ## The flat buffer
#
# What does a machine do at `z[p,j]`? Computer memory is one long row of numbers. Put every block of a tape into one array, one after the other,
# each row by row; then a block is an **offset**, the place of its first entry, and three **strides**: how far to move when i, when j, when p grows
# by one. A letter that the block lacks has stride 0: the loop runs, and the place does not move.
#
# > **Predict.** W is 2 × 3 and lies at places 2 to 7. What are the strides along i and j of W[i,j]? Of W[j,i]? Of a row b[0,j]?

# %%
import matplotlib.pyplot as plt

colours = style()
figure, axes = plt.subplots(4, 1, figsize=(6.4, 4.0))
rows = (("W[i,j]", "as it lies", 2, (3, 1), (2, 3)), ("W[j,i]", "transpose", 2, (1, 3), (3, 2)),
        ("b[0,j], read", "broadcast", 8, (0, 1), (2, 3)), ("c[0,0], written", "sum", 11, (0, 0), (2, 3)))
for ax, (text, note, at, steps, lengths) in zip(axes, rows):
    ax.set(xlim=(-4.3, 12.6), ylim=(-1.0, 1.75)); ax.axis("off")
    ax.vlines(range(13), 0, 0.8, color="0.5", lw=0.8); ax.hlines((0, 0.8), 0, 12, color="0.5", lw=0.8)
    visits = at + np.array(list(np.ndindex(*lengths))) @ steps
    for k, block in enumerate(6 * ["sky"] + 3 * ["orange"] + ["green"], 2):
        seen = np.flatnonzero(visits == k)
        ax.add_patch(plt.Rectangle((k, 0), 1, 0.8, facecolor=colours[block], alpha=0.4 if len(seen) else 0.08))
        ax.text(k + 0.5, 0.4, " ".join(map(str, seen)) if len(seen) < 3 else f"{seen[0]}–{seen[-1]}", ha="center", va="center")
    for step, colour, y, bend, line in zip(steps, ("vermilion", "blue"), (-0.05, 0.85), (1, -1), ("--", "-")):
        a, b = (at + 0.5, at + 0.5 + step) if step else (at + 0.25, at + 0.75)
        ax.annotate("", (b, y), (a, y), arrowprops=dict(arrowstyle="->", lw=1.8, shrinkA=0, shrinkB=0, color=colours[colour], linestyle=line,
                                                        connectionstyle=f"arc3,rad={bend * (0.45 if step > 1 else 1.1)}"))
    ax.text(-4.3, 0.4, f"{text}\ni: {steps[0]}, j: {steps[1]}   {note}", fontsize=9.5, va="center")
figure.suptitle("One memory, four readings: only the strides differ", x=0.02, ha="left", fontsize=11.5)
plt.show()

# %% [markdown]
# *Figure: W (blue), b (orange) and a single number c (green) in one row of memory; the numbers count the visits of a loop over i (outside) and j
# (inside). Dashed arrow: one step of i; solid: one step of j. A stride of 0 stays where it is, which reads again, or adds up.*
#
# **Exercise 04.strides** *(write it)*. Letters and strides say the same thing: translate. The block has shape `(rows, columns)` and lies row
# by row; `letters` names its two indices. Return the three strides along `i`, `j` and `p`, counted in numbers: `strides("ij", (2, 3))` is
# `(3, 1, 0)`, `strides("0j", (1, 3))` is `(0, 1, 0)`.

# %%
# exercise 04.strides
def strides(letters, shape):
    """How far apart in memory a block's entries are along i, j and p. -> three whole numbers"""
    ### BEGIN SOLUTION
    steps = {letters[0]: shape[1], letters[1]: 1}
    return tuple(steps.get(letter, 0) for letter in "ijp")
    ### END SOLUTION

# %%
check("04.strides")

# %% [markdown]
# With offsets and strides, one loop computes every contraction of the table. (It needs your `strides`, as later cells need other answers of yours;
# `use("04.strides")` in a cell of its own fetches the course's.)
#
# > **Predict.** `walk` is called three times, with the operands of `x @ z` permuted. It must give `x @ z`, `bar @ z.T` and `x.T @ bar`. Where does
# > it transpose?

# %%
def walk(memory, o, x, z, extent):
    """o += Σ x · z. An operand is (offset, strides)."""
    for index in np.ndindex(*extent):
        place = lambda operand: operand[0] + sum(n * step for n, step in zip(index, operand[1]))
        memory[place(o)] += memory[place(x)] * memory[place(z)]

rng = np.random.default_rng(0)
X, Z, Y_bar = rng.normal(size=(4, 2)), rng.normal(size=(2, 3)), rng.normal(size=(4, 3))
memory = np.concatenate([X.ravel(), Z.ravel(), Y_bar.ravel(), np.zeros(12 + 8 + 6)])
x, z, y_bar = (0, strides("ip", (4, 2))), (8, strides("pj", (2, 3))), (14, strides("ij", (4, 3)))
y, x_bar, z_bar = (26, y_bar[1]), (38, x[1]), (46, z[1])

for out, first, second in ((y, x, z), (x_bar, y_bar, z), (z_bar, x, y_bar)):
    walk(memory, out, first, second, (4, 3, 2))
print(np.allclose(memory[26:38].reshape(4, 3), X @ Z), np.allclose(memory[38:46].reshape(4, 2), Y_bar @ Z.T),
      np.allclose(memory[46:52].reshape(2, 3), X.T @ Y_bar))

# %% [markdown]
# Lesson 05 compiles this very loop. In this lesson NumPy does the looping: `np.einsum("ip,pj->ij", x, z)` is `x @ z`. (Letters of the inputs, an
# arrow, letters of the result; a letter that the result lacks is summed.)
#
# ## The four kernels
#
# | kernel | what it does | |
# |---|---|---|
# | `linear` | `o[i,j] += c · x[i,j]` | add, subtract, scale, broadcast, sum, mean, transpose |
# | `contract` | `o[i,j] += Σ_p x[i,p] · z[p,j]` | multiply, matmul, and the adjoints of both |
# | `apply` | `o, s = f(x), f'(x)` | a function and its slope in one pass |
# | `curve` | `t = f''(x) · d` | the slope's tangent, from o, s and a tangent d |
#
# On our machine a kernel is a function that gets its operands as arrays **without the axes of length 1** (einsum's letters have no 0), and writes
# into the first. So `b[0,j]` arrives as a vector with the letter `"j"`, `c[0,0]` as an array without axes with the letters `""`. `letters` lists
# the operands' letters, the output's first; `ij` is `(rows, columns)`, how far i and j run. `contract` is one line:

# %%
# given
def numpy_contract(o, x, z, arg, letters, ij):
    """Add Σ x · z to the array o. letters: those of o, x and z, for instance ["ij", "ip", "pj"]. No use for arg and ij."""
    o += np.einsum(f"{letters[1]},{letters[2]}->{letters[0]}", x, z)

# %% [markdown]
# **Exercise 04.linear** *(write it)*. `linear` has to broadcast as well: in `x_bar[i,j] += y_bar[0,0]`, the adjoint of a sum, the input has no
# letter that einsum could spread. (An array of ones has any letters that you want.) Add in place.

# %%
# exercise 04.linear
def numpy_linear(o, x, c, letters, ij):
    """Add c · x to the array o. letters: those of o and of x; ij: how far i and j run."""
    ### BEGIN SOLUTION
    o += c * np.einsum(f"ij,{letters[1]}->{letters[0]}", np.ones(ij), x)
    ### END SOLUTION

# %%
check("04.linear")

# %% [markdown]
# The other two are given, and with them the machine. A **block** is a slot and a **plane**: the value `""`, and beside it `"slope"`,
# `"dot"`, `"bar"`, `"slope_dot"`, `"bar_dot"`, each of the slot's shape. An `Operand` is a block with letters, a `Call` is one line of a program.
# `x.bar` is x's adjoint *with x's letters*: that is how letters travel.

# %%
# given
class Operand(NamedTuple):
    """A block as one line reads or writes it."""
    slot: int
    plane: str                                              # "" is the value
    letters: str                                            # "ij", "0j", "pj", ...; 0 where the block has length 1
    dot, bar, bar_dot, slope, slope_dot = (property(lambda self, plane=plane: self._replace(plane=plane))
                                           for plane in ("dot", "bar", "bar_dot", "slope", "slope_dot"))
    block = property(lambda self: (self.slot, self.plane))  # which memory, whatever the letters


class Call(NamedTuple):
    """One line of a program: a kernel and what it works on."""
    kernel: str                                             # "linear", "contract", "apply" or "curve"
    outs: tuple                                             # the Operands that it writes
    ins: tuple                                              # the Operands that it reads
    arg: object = None                                      # linear: the number c; apply, curve: the function's name
    extent: tuple = (1, 1, 1)                               # how far i, j and p run
    store: bool = False                                     # start the output from zero, instead of adding to what it holds


FUNCTIONS = {"tanh": (np.tanh, lambda x, y: 1 - y * y, lambda y, s: -2 * y * s)}      # f(x), f'(x), f''(x): the last from y and s

def numpy_apply(o, s, x, f, *_): o[...] = FUNCTIONS[f][0](x); s[...] = FUNCTIONS[f][1](x, o)
def numpy_curve(t, y, s, d, f, *_): t[...] = FUNCTIONS[f][2](y, s) * d

KERNELS = {"linear": numpy_linear, "contract": numpy_contract, "apply": numpy_apply, "curve": numpy_curve}


def run(tape, calls, blocks):
    """Run a program on `blocks`, a dict (slot, plane) -> 2-D array, which gains every block that the program writes."""
    def view(x):                                            # without the axes of length 1
        return blocks[x.block][(*(0 if letter == "0" else slice(None) for letter in x.letters), ...)]

    for call in calls:
        for o in call.outs:
            if o.block not in blocks:
                blocks[o.block] = np.full(tape[o.slot].shape, np.nan)           # memory that nobody has written holds garbage
            if call.store:
                blocks[o.block][...] = 0
        operands = call.outs + call.ins
        KERNELS[call.kernel](*map(view, operands), call.arg, [x.letters.replace("0", "") for x in operands], call.extent[:2])
    return blocks

# %% [markdown]
# ## Rules that emit
#
# In lesson 03 a rule computed. Now it **emits**: it gets Operands, and returns the Calls that will compute. It says which blocks meet; letters,
# shapes and transposes are not its business. The linear rules show the pattern: value and tangent go from x to y, the reverse rules from y to x.

# %%
# given
def linear(o, x, c): return Call("linear", (o,), (x,), c)
def contract(o, x, z): return Call("contract", (o,), (x, z))

RULES = {"linear": {                                        # y = c · x + ..., a number for each x
    "value":           lambda c, y, *xs: [linear(y, x, k) for k, x in zip(c, xs)],
    "tangent":         lambda c, y, *xs: [linear(y.dot, x.dot, k) for k, x in zip(c, xs)],
    "reverse":         lambda c, y, *xs: [linear(x.bar, y.bar, k) for k, x in zip(c, xs)],
    "reverse_tangent": lambda c, y, *xs: [linear(x.bar_dot, y.bar_dot, k) for k, x in zip(c, xs)]}}

# %% [markdown]
# **Exercise 04.rules** *(write it)*. The bilinear rules, for multiplication and matmul at once: lesson 03's `REVERSE_TANGENT["matmul"]` has four
# terms, and each becomes one `contract`. The order of the lines does not matter.

# %%
# exercise 04.rules
def bilinear(rule, y, x, z):
    """The Calls that y = x · z emits. rule: "value", "tangent", "reverse" or "reverse_tangent". -> list of Calls"""
    if rule == "value":
        return [contract(y, x, z)]
    ### BEGIN SOLUTION
    if rule == "tangent":
        return [contract(y.dot, x.dot, z), contract(y.dot, x, z.dot)]
    if rule == "reverse":
        return [contract(x.bar, y.bar, z), contract(z.bar, x, y.bar)]
    return [contract(x.bar_dot, y.bar_dot, z), contract(x.bar_dot, y.bar, z.dot),
            contract(z.bar_dot, x, y.bar_dot), contract(z.bar_dot, x.dot, y.bar)]
    ### END SOLUTION

# %%
check("04.rules")

# %% [markdown]
# **A pointwise function is multiplication by its slope**, and its rules need no new idea:
#
# | | | why | the Call |
# |---|---|---|---|
# | (1) | `y = f(x)`, `s = f'(x)` | one pass gives both | `apply` |
# | (2) | `ẏ = s · ẋ` | chain rule | `contract(y.dot, y.slope, x.dot)` |
# | (3) | `x̄ += s · ȳ` | adjoint of (2): exchange ẋ and ẏ, bar them | `contract(x.bar, y.slope, y.bar)` |
# | (4) | `x̄̇ += s · ȳ̇ + t · ȳ`, with `t = ṡ` | product rule on (3) | two `contract`s |
# | (5) | `t = f''(x) · ẋ` | chain rule on `s = f'(x)` | `curve` |
# | (6) | for tanh `s = 1 − y²`, so `t = −2y·ẏ = −2·y·s·ẋ` | differentiate, then (2) | `FUNCTIONS["tanh"]` |
#
# Lines (3) and (4) are the bilinear rules with s in place of z, and t as its tangent. In line (6) f'' needs no x: y and s suffice, for tanh
# as for each of `tinymaml`'s eleven functions.
#
# <details><summary>Which bilinear lines have no counterpart here, and why?</summary>
#
# Those that write z_bar and z_bar_dot, and the second line of the tangent: the slope is no input. It was computed from x, and `y.dot += t · x`
# would count x twice.
# </details>

# %%
# given
RULES["bilinear"] = {rule: (lambda _, y, x, z, rule=rule: bilinear(rule, y, x, z)) for rule in RULES["linear"]}            # y = x · z, yours
RULES["pointwise"] = {                                      # y = f(x)
    "value":           lambda f, y, x: [Call("apply", (y, y.slope), (x,), f)],
    "tangent":         lambda f, y, x: [contract(y.dot, y.slope, x.dot), Call("curve", (y.slope_dot,), (y, y.slope, x.dot), f)],
    "reverse":         lambda f, y, x: [contract(x.bar, y.slope, y.bar)],
    "reverse_tangent": lambda f, y, x: [contract(x.bar_dot, y.slope, y.bar_dot), contract(x.bar_dot, y.slope_dot, y.bar)]}

# %% [markdown]
# ## From the tape to the list
#
# A small table says which kind an op is, and which letters its operands have. `operands` reads a tape line with it and puts a 0 where a length is
# 1; `extent` looks how far the letters run. A `Tape` is lesson 01's list that also knows its inputs' names, and how many of them are parameters.

# %%
# given
KINDS = {                                                   # op -> kind, letters of the result and of the inputs, argument
    "add":    ("linear",    ("ij", "ij", "ij"), (1.0, 1.0)),
    "sub":    ("linear",    ("ij", "ij", "ij"), (1.0, -1.0)),
    "sum":    ("linear",    ("ij", "ij"),       (1.0,)),
    "mul":    ("bilinear",  ("ij", "ij", "ij"), None),
    "matmul": ("bilinear",  ("ij", "ip", "pj"), None),
    "tanh":   ("pointwise", ("ij", "ij"),       "tanh")}


def operands(tape, k):
    """The result and the inputs of tape line k, as Operands. A length of 1 has no letter."""
    slots, letters = (k, *tape[k].ins), KINDS[tape[k].op][1]
    return [Operand(s, "", "".join("0" if n == 1 else c for c, n in zip(index, tape[s].shape))) for s, index in zip(slots, letters)]


def extent(tape, operands):
    """How far i, j and p run: as far as the operands that have the letter."""
    lengths = {c: n for x in operands for c, n in zip(x.letters, tape[x.slot].shape)}
    return tuple(lengths.get(c, 1) for c in "ijp")


class Tape(list):
    """A tape that knows the names of its inputs, and how many of them are parameters; the others are data."""
    names, parameters = (), 0


def tape_of(function, parameters, data=None):
    """The tape of function(*parameters, *data). parameters, data: dict name -> shape."""
    data = data or {}
    tape = Tape(trace(function, *parameters.values(), *data.values()))
    tape.names, tape.parameters = (*parameters, *data), len(parameters)
    return tape

# %% [markdown]
# A program can also be read: `program_text` prints each Call as its formula, with `=` where it stores and `+=` where it adds.

# %%
# given
def show(tape, x):
    """W1_bar[p,j]; a slot without a name is v and its number; a constant number is itself."""
    if tape[x.slot].op == "constant" and tape[x.slot].shape == (1, 1):
        return f"{tape[x.slot].arg.item():.6g}"
    name = tape.names[x.slot] if x.slot < len(tape.names) else f"v{x.slot}"
    return name + (x.plane and "_" + x.plane) + "[{},{}]".format(*x.letters)


def call_text(tape, call):
    """One Call in the words of this lesson."""
    outs, ins = ([show(tape, x) for x in xs] for xs in (call.outs, call.ins))
    summed = "".join(c for c in "ijp" if c not in call.outs[0].letters and any(c in x.letters for x in call.ins))
    right = " · ".join(ins)                                 # contract
    if call.kernel == "linear" and call.arg != 1:
        right = ("-" if call.arg == -1 else f"{call.arg:.6g} · ") + right
    elif call.kernel == "apply":
        right = f"{call.arg}({right}), {call.arg}'({right})"
    elif call.kernel == "curve":
        right = "-2 · " + right                             # f'' of tanh, from y, s and the tangent
    sign = "=" if call.store or call.kernel in ("apply", "curve") else "+="
    return f"{', '.join(outs)} {sign} " + (summed and f"Σ_{summed} ") + right


def program_text(tape, calls):
    """A program as text, one line a Call."""
    return "\n".join(f"{k:3}  {call_text(tape, call)}" for k, call in enumerate(calls))

# %% [markdown]
# **Exercise 04.emit** *(write it)*. The generator. Walk the tape in the order of the sweep. For every line k that computes something, with `ops =
# operands(tape, k)`, `RULES[kind][rule](arg, *ops)` gives its Calls (kind and arg are in `KINDS`), and `call._replace(extent=extent(tape, ops))`
# tells each how far to loop. In which order do the sweeps of lessons 01, 02 and 03 walk?

# %%
# exercise 04.emit
def emit(tape, rule):
    """Every Call of one sweep, useful or not. rule: "value", "tangent", "reverse" or "reverse_tangent". -> list of Calls"""
    calls = []
    ### BEGIN SOLUTION
    order = range(len(tape))
    for k in order if rule in ("value", "tangent") else reversed(order):
        if tape[k].ins:
            kind, _, arg = KINDS[tape[k].op]
            ops = operands(tape, k)
            calls += [call._replace(extent=extent(tape, ops)) for call in RULES[kind][rule](arg, *ops)]
    ### END SOLUTION
    return calls

# %%
check("04.emit")

# %% [markdown]
# A small loss, swept backwards: your rules, your walk.

# %%
small = tape_of(lambda w, u, x: total(tanh(x @ w) * u), {"w": (2, 3), "u": (1, 3)}, {"x": (4, 2)})
print(program_text(small, emit(small, "reverse")))

# %% [markdown]
# Look at the line that writes `u_bar[0,j]`: u is a row, it was broadcast, so its adjoint is a sum over i. Nobody asked for the sum; the output
# lacks the letter. And the line that writes `x_bar`: x is data, nobody wants its adjoint.
#
# ## Two passes that replace an analysis
#
# Frameworks ask of every slot whether it needs an adjoint, or a tangent. We emit everything, and strike out lines by two remarks:
#
# - **zeros**: a block that nobody has written is zero. A line that reads it adds zero: strike it out. (`x_dot` of the data x is written by
#   nobody.) This goes from top to bottom, since striking a line leaves its output unwritten.
# - **dead**: a block that nobody reads afterwards need not be written.
#
# What is there at the start is `given`, what we run a program for is `results`. `zeros` is written out; `dead` is yours.

# %%
# given
SWEEPS = {"value": ["value"], "gradient": ["value", "reverse"], "hvp": ["tangent", "reverse_tangent"]}


def blocks_of(operands): return {x.block for x in operands}


def parameters(tape): return range(tape.parameters)         # their slots: parameters are the first inputs, inputs the first lines


def given(tape):
    """The blocks that are there before a program runs: inputs, constants, the loss's adjoint (1), and the direction v."""
    values = {(k, "") for k, line in enumerate(tape) if not line.ins}
    return values | {(len(tape) - 1, "bar")} | {(k, "dot") for k in parameters(tape)}


def results(tape, name):
    """The blocks that a program is run for."""
    return {"value": {(len(tape) - 1, "")}, "gradient": {(k, "bar") for k in parameters(tape)},
            "hvp": {(k, "bar_dot") for k in parameters(tape)}}[name]


def zeros(calls, known):
    """Without the lines that read a block nobody has written. known: the blocks that are there at the start."""
    known, kept = set(known), []
    for call in calls:
        if blocks_of(call.ins) <= known:
            kept.append(call)
            known |= blocks_of(call.outs)
    return kept

# %% [markdown]
# **Exercise 04.dead** *(write it)*. The mirror image. Which way must it walk, so that striking out a line can make an earlier line useless?
# (`apply` has two outputs.)

# %%
# exercise 04.dead
def dead(calls, wanted):
    """Without the lines whose outputs nobody reads afterwards. wanted: the blocks (slot, plane) that are read at the end."""
    ### BEGIN SOLUTION
    read, kept = set(wanted), []
    for call in reversed(calls):
        if blocks_of(call.outs) & read:
            kept.append(call)
            read |= blocks_of(call.ins)
    return kept[::-1]
    ### END SOLUTION

# %%
check("04.dead")

# %% [markdown]
# ## The first write stores
#
# Adjoints accumulate, so every kernel adds; but to what? Clearing all blocks before each run is work, and forgetting it is a famous bug.
# Instead the first line that writes a block **stores** (`store=True`), and later ones accumulate.
#
# **Exercise 04.stores** *(find the bug)*. This pass was tested on a loss that uses nothing twice, and passed. On `total(w * w)` its gradient is
# half of what it should be. Write it correctly.
#
#     def first_write_stores(calls):
#         written, kept = set(), []
#         for call in reversed(calls):
#             block = call.outs[0].block
#             kept.append(call._replace(store=block not in written))
#             written.add(block)
#         return kept[::-1]

# %%
# exercise 04.stores
def first_write_stores(calls):
    """The same lines, with store=True where a block is written for the first time, False elsewhere. -> a new list"""
    ### BEGIN SOLUTION
    written, kept = set(), []
    for call in calls:
        block = call.outs[0].block
        kept.append(call._replace(store=block not in written))
        written.add(block)
    return kept
    ### END SOLUTION

# %%
check("04.stores")

# %% [markdown]
# **Exercise 04.program** *(write it)*. Put it together: emit the sweeps of all `names` one after the other, each once (`SWEEPS[name]` are a name's
# rules), prune, mark the stores. There are three passes and six orders; more than one of them gives a program that is wrong or too long. `hvp` reads
# values, slopes and adjoints, so it is asked for as `program(tape, "gradient", "hvp")` and runs on what `gradient` left.

# %%
# exercise 04.program
def program(tape, *names):
    """The programs `names`, one after the other on the same blocks. names: "value", "gradient", "hvp". -> list of Calls"""
    ### BEGIN SOLUTION
    rules = dict.fromkeys(rule for name in names for rule in SWEEPS[name])
    calls = [call for rule in rules for call in emit(tape, rule)]
    wanted = set().union(*(results(tape, name) for name in names))
    return first_write_stores(dead(zeros(calls, given(tape)), wanted))
    ### END SOLUTION

# %%
check("04.program")

# %% [markdown]
# What is struck out? Take the network of this course: one hidden layer of tanh, mean squared error.
#
# > **Predict.** The figure has a column for each slot of the tape and a row for each plane. Which slots have no tangent? Which of the last three,
# > a square, a sum and a multiplication by 1/10, has an adjoint that changes along v?

# %%
# given
def mse(p, x, y):
    error = tanh(x @ p["W1"] + p["b1"]) @ p["W2"] + p["b2"] - y
    return total(error * error) * (1 / x.shape[0])

# %%
def emitted(tape): return [call for name in ("gradient", "hvp") for rule in SWEEPS[name] for call in emit(tape, rule)]
def written(calls): return set().union(*(blocks_of(call.outs) for call in calls))

samples, hidden = 10, 40
shapes = {"W1": (1, hidden), "b1": (1, hidden), "W2": (hidden, 1), "b2": (1, 1)}
network = tape_of(lambda W1, b1, W2, b2, x, y: mse({"W1": W1, "b1": b1, "W2": W2, "b2": b2}, x, y), shapes, {"x": (samples, 1), "y": (samples, 1)})
everything = emitted(network)
left, final = zeros(everything, given(network)), program(network, "gradient", "hvp")

touched = written(everything).union(*(blocks_of(call.ins) for call in everything))
planes = ["", "slope", "bar", "dot", "slope_dot", "bar_dot"]
fates = np.array([[[(k, plane) in blocks for blocks in (given(network), written(final), written(left), touched)] + [True]
                   for k in range(len(network))] for plane in planes]).argmax(axis=2)         # the first of the four that has the block

from matplotlib.colors import ListedColormap
figure, ax = plt.subplots(figsize=(6.4, 3.2))
ax.imshow(fates, cmap=ListedColormap([colours["sky"], colours["blue"], colours["orange"], "0.8", "white"]), vmin=0, vmax=4, aspect="auto")
for (row, k), fate in np.ndenumerate(fates):
    ax.text(k, row, "gwd0 "[fate], ha="center", va="center", color="white" if fate == 1 else "black")
ax.set(title="Only the dark blocks are computed", ylabel="plane", yticks=range(len(planes)), yticklabels=["value", *planes[1:]],
       xlabel="slot of the tape\ng given, w written, d dead: nobody reads it, 0 zero: nobody writes it", xticks=range(len(network)))
ax.set_xticklabels([*network.names, *(line.op for line in network[len(network.names):])], rotation=45, ha="right")
ax.grid(False)
plt.show()

# %% [markdown]
# *Figure: every block that a line of the network's program would read or write; only a pointwise line has a slope. Data and constants have no
# tangents (0) and adjoints that nobody wants (d). What follows the square is linear: the adjoints of square, sum and loss are the same for every v,
# and their tangents zero. The value of the loss itself is dead, because nobody asked for it.*
#
# > **Predict.** `zeros` strikes out lines of one of the two programs only. Which one, and why?

# %%
for words, calls in {"emitted": everything, "after zeros": left, "zeros, then dead": final}.items():
    hvp = sum("dot" in call.outs[0].plane for call in calls)
    print(f"{words:17} gradient {len(calls) - hvp} lines, hvp {hvp}")

# %% [markdown]
# Every value is written, and every adjoint of something that the loss uses: only tangents can be zero. `dead` comes second because it cannot know
# which readers `zeros` is going to strike out: in a loss that computes what it does not use, lines can be left over.
#
# **Exercise 04.count** *(predict)*. On paper, for `f(w, x) = total(tanh(x @ w))`, w a parameter and x data, nothing of length 1 except the total.
# Slots: `a = x @ w`, `h = tanh(a)`, `L = total(h)`. How many lines has `program(tape, "gradient")`, and how many more has `program(tape,
# "gradient", "hvp")`? And what became of these six blocks in the latter: `"written"`, `"zero"` (nobody could write anything but zero into it), or
# `"dead"` (it is no zero, but nobody reads it)?

# %%
# exercise 04.count
### BEGIN SOLUTION
#: gradient_lines = ...
#: hvp_lines = ...                                            # beyond those of the gradient
#: became = {"L": ..., "x_bar": ..., "x_dot": ..., "h_dot": ..., "h_bar_dot": ..., "a_bar_dot": ...}
gradient_lines = 5
hvp_lines = 4
became = {"L": "dead", "x_bar": "dead", "x_dot": "zero", "h_dot": "dead", "h_bar_dot": "zero", "a_bar_dot": "written"}
### END SOLUTION

# %%
check("04.count")

# %% [markdown]
# For a loss that is linear in w, `zeros` strikes out the whole hvp: the Hessian is zero, and the program knows. A tempting claim: *if the Hessian
# is zero for every w, then the hvp program is empty.*
#
# **Exercise 04.quiet** *(break it)*. Write a loss `quiet(w)` of any block w (2 × 3, say) whose Hessian is zero at every w, and whose hvp program is
# **not** empty.

# %%
# exercise 04.quiet
def quiet(w):
    """A traced loss of one parameter, 1 x 1."""
    ### BEGIN SOLUTION
    return total(w * w - w * w + w)
    ### END SOLUTION

# %%
check("04.quiet")

# %% [markdown]
# ## The listing of one's own loss
#
# The whole Hessian-vector product of the network, beyond its gradient:

# %%
print(program_text(network, final[len(program(network, "gradient")):]))

# %% [markdown]
# Stop at the `curve`, the only second derivative of a function; at the pair that writes `W2_bar_dot`, an `=` and a `+=`; and at `b1_bar_dot`, a
# bias's broadcast turned into a sum.
#
# > **Predict.** `tinymaml` has a pointwise `square` and a `mean`, where you have `error * error` and a multiplication by 1/10. Is its listing of
# > the same loss longer or shorter than yours? Where must the two differ?

# %%
theirs = tm.Loss(lambda p, x, y: tm.mean(tm.square(tm.tanh(x @ p["W1"] + p["b1"]) @ p["W2"] + p["b2"] - y)),
                 {name: np.zeros(s) for name, s in shapes.items()})
listing = theirs.tape(np.zeros((samples, 1)), np.zeros((samples, 1))).listing("hvp").split("\n")[4:]
a = [call_text(network, call) for call in final[len(program(network, "gradient")):]]
b = [row.split(maxsplit=1)[1].split("  ")[0] for row in listing]
print(f"yours, {len(a)} lines, only there:", *(row for row in a if row not in b), sep="\n    ")
print(f"tinymaml's, {len(b)} lines, only there:", *(row for row in b if row not in a), sep="\n    ")

# %% [markdown]
# All but two lines are the same, letter for letter. The square's second derivative is a `curve` for `tinymaml`; for you it is a product whose two
# equal factors get a line each.
#
# **Exercise 04.line** *(find the bug)*. Somebody prints the hvp program of `total(tanh(tanh(x @ w) * u))`, with w 2 × 3, u a row of three, x 4 ×
# 2. The gradient is right. But doubling v does not double the result, and H(2v) = 2Hv. One line is wrong. Which, and what should stand to the
# right of its `=` or `+=`?
#
#       0  v3_dot[i,j] = Σ_p x[i,p] · w_dot[p,j]
#       1  v4_dot[i,j] = v4_slope[i,j] · v3_dot[i,j]
#       2  v4_slope_dot[i,j] = -2 · v4[i,j] · v4_slope[i,j] · v3_dot[i,j]
#       3  v5_dot[i,j] = v4_dot[i,j] · u[0,j]
#       4  v5_dot[i,j] += v4[i,j] · u_dot[0,j]
#       5  v6_slope_dot[i,j] = -2 · v6[i,j] · v6_slope[i,j] · v5_dot[i,j]
#       6  v5_bar_dot[i,j] = v6_slope_dot[i,j] · v6_bar[i,j]
#       7  v4_bar_dot[i,j] = v5_bar_dot[i,j] · u[0,j]
#       8  v4_bar_dot[i,j] += v5_bar[i,j] · u_dot[0,j]
#       9  u_bar_dot[0,j] = Σ_i v4[i,j] · v5_bar_dot[i,j]
#      10  u_bar_dot[0,j] += Σ_i v4_dot[i,j] · v5_bar_dot[i,j]
#      11  v3_bar_dot[i,j] = v4_slope[i,j] · v4_bar_dot[i,j]
#      12  v3_bar_dot[i,j] += v4_slope_dot[i,j] · v4_bar[i,j]
#      13  w_bar_dot[p,j] = Σ_i x[i,p] · v3_bar_dot[i,j]

# %%
# exercise 04.line
### BEGIN SOLUTION
#: wrong_line = ...
#: right_side = "..."                                         # for instance "Σ_i v3_dot[i,j] · u[0,j]"
wrong_line = 10
right_side = "Σ_i v4_dot[i,j] · v5_bar[i,j]"
### END SOLUTION

# %%
check("04.line")

# %% [markdown]
# ## The loss, once more
#
# Lesson 03's `Loss` with its insides replaced. It traces and writes programs once for each shape of data; after that, a gradient is one `run`.

# %%
# given
def start(tape, inputs, directions=()):
    """The blocks that are there before a program runs. inputs: an array each; directions: v, an array for each parameter."""
    values = {k: line.arg for k, line in enumerate(tape) if line.op == "constant"} | dict(enumerate(inputs))
    return {(k, ""): x for k, x in values.items()} | {(len(tape) - 1, "bar"): np.ones((1, 1))} | {(k, "dot"): v for k, v in enumerate(directions)}


class Loss(Loss):
    """Lesson 03's loss; its results are now programs of four kernels."""

    def __init__(self, function, params):
        super().__init__(function, params)
        self.programs = {}

    def program(self, names, *data):
        """The tape for data of these shapes, and the programs `names`, written once."""
        key = (*names, *(x.shape for x in data))
        if key not in self.programs:
            tape = Tape(self.trace(*data))
            tape.names, tape.parameters = (*self.shapes, *list(inspect.signature(self.function).parameters)[1:]), len(self.shapes)
            self.programs[key] = tape, program(tape, *names)
        return self.programs[key]

    def compute(self, names, w, directions, data):
        """The blocks after the programs `names` have run."""
        tape, calls = self.program(names, *data)
        return run(tape, calls, start(tape, [*self.blocks(w), *data], directions))

    def collect(self, blocks, plane):                       # a block that no line writes is zero
        return np.concatenate([blocks.get((k, plane), np.zeros(shape)).ravel() for k, shape in enumerate(self.shapes.values())])

    def value(self, w, *data):
        return self.compute(("value",), w, (), data)[len(self.program(("value",), *data)[0]) - 1, ""].item()

    def gradient(self, w, *data):
        return self.collect(self.compute(("gradient",), w, (), data), "bar")

    def hvp(self, w, v, *data):
        return self.collect(self.compute(("gradient", "hvp"), w, self.blocks(v), data), "bar_dot")

# %%
rng = np.random.default_rng(4)
params = {name: rng.normal(size=s) for name, s in shapes.items()}
x = rng.uniform(-5, 5, size=(samples, 1)); y = np.sin(x)
yours, lesson_03 = Loss(mse, params), Loss.__mro__[1](mse, params)
w, v = yours.flatten(params), rng.normal(size=theirs.size)

def apart(a, b): return np.abs(a - b).max() / np.abs(b).max()

print(f"relative differences from tinymaml (float64 rounds at 2e-16): value {apart(yours.value(w, x, y), theirs.value(w, x, y)):.0e}, "
      f"gradient {apart(yours.gradient(w, x, y), theirs.gradient(w, x, y)):.0e}, hvp {apart(yours.hvp(w, v, x, y), theirs.hvp(w, v, x, y)):.0e}")

# %% [markdown]
# ## What goes wrong in practice
#
# **Stale adjoints.** A second backward pass on blocks that nobody cleared: gradients that grow with every step. Your program can run again and again
# on the same blocks, since every first write stores; with `store=False` it would add each run to the last.
#
# **An `hvp` without its `gradient`.** `program(tape, "hvp")` alone is empty or nearly so: nobody wrote the values that it reads, `zeros` takes
# them for zero. There is no error, only a Hessian of zeros. Ask for both names in one call.
#
# **Zero times infinity.** `zeros` takes 0 · z for 0. Where z has overflowed, NumPy would say NaN: a program may hide a NaN that the unpruned sweeps
# show.
#
# ## Back to the question
#
# Yes: four kernels, a few dozen lines, the same for every w and every v, and no Python in them. Three things made the list short: letters, which
# turn broadcast, sum and transpose into strides; slopes, which turn every function into a multiplication; and two remarks about blocks that nobody
# writes or nobody reads.

# %%
first = len(program(network, "gradient"))
print("lines: gradient", first, "+ hvp", len(final) - first, "  kernels:", *sorted({call.kernel for call in final}))

from timeit import repeat
for words, loss in (("lesson 03", lesson_03), ("the program on NumPy", yours)):
    print(f"one Hessian-vector product, {words}: about {min(repeat(lambda: loss.hvp(w, v, x, y), number=1, repeat=100)) * 1e6:.0f} µs")

# %% [markdown]
# And it is no faster: einsum reads its letters anew in every line of every run. What we have won: nothing is decided any more while it runs.
# **Lesson 05** writes the list as a table of integers over one flat buffer, and compiles the loop that runs it.
#
# **Sources.** The letters: the index notation of Einstein (1916). Dropping useless instructions: Aho, Lam, Sethi and Ullman, *Compilers* (2006),
# chapter 9. The derivative rules: Pearlmutter (1994), as in lesson 03. Activity analysis, which we do without: Griewank and Walther, *Evaluating
# Derivatives* (2008), chapter 6. In `tinymaml` this lesson is `engine/rules.py`, `sweeps.py`, `numpy_machine.py` and `listing.py`.
