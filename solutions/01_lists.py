# %% [markdown]
# # 01 · A function is a list
#
# To you a Python function is text; to Python it is something to call. Neither helps a program that wants the function's *derivative*. What
# does a function look like, to be taken apart by a short loop?
#
# *(about 30 minutes' reading; 5 exercises. You need: Python classes with `__add__` and the like, NumPy's broadcasting. You will be able to:
# turn a function into a list, run the list, read the list of any loss in `tinymaml`, and say what such a list cannot know.)*

# %%
# given
from typing import NamedTuple

import numpy as np

from tinymaml.course import check, hint, restore, solution, status, use     # for you to type
from tinymaml.course import guess, guessed, style


class Record(NamedTuple):
    """One line of a tape. A tape is a Python list; line k writes slot k, once."""
    op: str                     # "input", "constant", or what is computed: "add", "sub", "mul", "matmul", "sum", "tanh"
    ins: tuple                  # the slots that it reads, all of them further up
    shape: tuple                # (rows, columns) of the block that it writes
    arg: object = None          # "input": which one, from 0; "constant": its array


SIGN = {"add": "+", "sub": "-", "mul": "*", "matmul": "@"}


def formula(line):
    """A line's right-hand side, to read: "v0 * v1"."""
    if line.op == "input":
        return f"input {line.arg}"
    if line.op == "constant":
        return f"{line.arg.item():g}" if line.arg.size == 1 else f"constant {line.arg.tolist()}"
    slots = [f"v{k}" for k in line.ins]
    return f" {SIGN[line.op]} ".join(slots) if line.op in SIGN else f"{line.op}({', '.join(slots)})"


def listing(tape):
    """A tape as text."""
    return "\n".join(f"v{k:<3} {line.shape[0]} x {line.shape[1]:<4} {formula(line)}" for k, line in enumerate(tape))

# %% [markdown]
# ## A list, by hand
#
# Take $f(x, z) = \tanh(xz) - x$. You compute it in a certain order, and every intermediate result has a name or deserves one. Write
# one result a line, and on each line only *one* operation on results further up:

# %%
by_hand = [
    Record("input", (), (1, 1), 0),
    Record("input", (), (1, 1), 1),
    Record("mul", (0, 1), (1, 1)),
    Record("tanh", (2,), (1, 1)),
    Record("sub", (3, 0), (1, 1)),
]
print(listing(by_hand))

# %%
import matplotlib.pyplot as plt

colours = style()

def draw(tape, title):
    """The tape as a list, with an arrow from every slot to the lines that read it."""
    from matplotlib.patches import FancyArrowPatch
    from matplotlib.path import Path
    figure, ax = plt.subplots(figsize=(5.2, 0.6 + 0.28 * len(tape)))
    for k, line in enumerate(tape):
        given = line.op in ("input", "constant")
        ax.text(0, -k, f"v{k} = {formula(line)}", va="center", family="monospace", color=colours["black" if given else "blue"])
        ax.text(8, -k, "{} x {}".format(*line.shape), va="center", color="0.45")
        for j in set(line.ins):
            left = -0.2 - 0.75 * (k - j) ** 0.8                 # the farther, the wider
            curve = Path([(-0.2, -j), (left, -j), (left, -k), (-0.2, -k)], [Path.MOVETO] + 3 * [Path.CURVE4])
            ax.add_patch(FancyArrowPatch(path=curve, arrowstyle="-|>", mutation_scale=9, color=colours["vermilion"], shrinkB=0))
    ax.set(title=title, xlim=(-5, 10), ylim=(0.5 - len(tape), 0.5))
    ax.axis("off")
    plt.show()

draw(by_hand, "Every arrow points down the list")

# %% [markdown]
# *Figure: the list of $\tanh(xz) - x$. An arrow leads from a slot to each line that reads it: x (v0) is read twice. No arrow points upwards.*
#
# Such a list is called a **tape**, or a **Wengert list**, after R. E. Wengert, who differentiated programs this way in 1964. Three rules:
#
# | rule | what it buys |
# |---|---|
# | (1) line `k` writes slot `k` | a result needs no name: its place in the list is its name |
# | (2) a line reads slots further up only | one loop from top to bottom can run it; one from bottom to top can differentiate it (lesson 02) |
# | (3) a slot is written once | the value that a line has read is still there afterwards; derivatives will want it |
#
# Our blocks always have two dimensions: a number is 1 x 1, ten points are 10 x 1. Six operations are enough for a network:
# `add sub mul` (element by element, broadcasting a length of 1 as NumPy does), `matmul`, `tanh`, and `sum` (over everything, to 1 x 1).
# Numbers that stand in the formula get lines of their own, `Record("constant", (), (1, 1), np.array([[0.5]]))`. A mean is
# written as a sum times a constant.
#
# **Exercise 01.hand** *(write it)*. Write the tape of
#
# ```python
# def f(x, W):                        # x is 3 x 2, W is 2 x 4
#     h = x @ W
#     return total(h * (0.5 - h))     # total: the sum over everything
# ```
#
# as a list of `Record`s named `tape`. The inputs come first, and the last line is the result. `h` is computed once and used twice: one line
# that two others read.

# %%
# exercise 01.hand
### BEGIN SOLUTION
#: tape = [
#:     Record("input", (), (3, 2), 0),
#:     Record("input", (), (2, 4), 1),
#:     ...
#: ]
tape = [
    Record("input", (), (3, 2), 0),
    Record("input", (), (2, 4), 1),
    Record("matmul", (0, 1), (3, 4)),
    Record("constant", (), (1, 1), np.array([[0.5]])),
    Record("sub", (3, 2), (3, 4)),
    Record("mul", (2, 4), (3, 4)),
    Record("sum", (5,), (1, 1)),
]
### END SOLUTION

# %%
check("01.hand")

# %% [markdown]
# ## A variable that takes notes
#
# Nobody wants to do that twice. The trick: **call the function once, with objects that do not compute but write down what is asked of
# them.** The function cannot tell: Python turns `x @ W` into `x.__matmul__(W)`, whatever `x` is.
#
# Our object is called `Var`. It holds no numbers, only the tape it is on and its slot there. Each of its operators says one thing:
# *record this*.

# %%
# given
class Var:
    """A block on a tape: no numbers, only its place. Whatever is done to it gets written down."""
    __array_ufunc__ = None                              # NumPy, leave `array + Var` to me; see below

    def __init__(self, tape, slot):
        self.tape, self.slot = tape, slot

    shape = property(lambda self: self.tape[self.slot].shape)

    def __repr__(self):
        return "<Var v{}, {} x {}>".format(self.slot, *self.shape)

    def __add__(self, z): return record("add", self, z)                 # self + z
    def __sub__(self, z): return record("sub", self, z)
    def __mul__(self, z): return record("mul", self, z)
    def __matmul__(self, z): return record("matmul", self, z)
    def __radd__(self, z): return record("add", z, self)                # z + self, where z knows nothing of Vars
    def __rsub__(self, z): return record("sub", z, self)
    def __rmul__(self, z): return record("mul", z, self)
    def __rmatmul__(self, z): return record("matmul", z, self)
    def __neg__(self): return self * -1.0


def tanh(x):
    """On a Var: recorded. On an array: computed, so that one and the same function can be traced and called."""
    return record("tanh", x) if isinstance(x, Var) else np.tanh(x)


def total(x):
    """The sum over everything, 1 x 1."""
    return record("sum", x) if isinstance(x, Var) else np.sum(x, keepdims=True)


def new(tape, line):
    """Append a line -> the Var of the slot that it writes."""
    tape.append(line)
    return Var(tape, len(tape) - 1)


def lift(tape, x):
    """x itself if it is a Var; a number or an array gets a line, as a constant."""
    if isinstance(x, Var):
        return x
    block = np.array(x, float, ndmin=2)                 # a copy: a constant is read once, now
    if block.ndim > 2:
        raise ValueError(f"a constant has shape {block.shape}; blocks have two dimensions")
    return new(tape, Record("constant", (), block.shape, block))


def shape_of(op, *shapes):
    """The shape of a result, from those of the operands. Raises ValueError if they do not fit."""
    if op == "sum":
        return (1, 1)
    if op == "matmul":
        (m, k), (rows, n) = shapes
        if k != rows:
            raise ValueError(f"a {m} x {k} block @ a {rows} x {n} block: the inner lengths {k} and {rows} differ")
        return (m, n)
    return np.broadcast_shapes(*shapes)                 # (3, 4) and (1, 4) -> (3, 4)

# %% [markdown]
# Two names ask for a word.
#
# - **`__rsub__`**, with an r, is what Python tries for `0.5 - h`. It first asks the number, `(0.5).__sub__(h)`; numbers know nothing of Vars and
#   decline; so it asks `h.__rsub__(0.5)`. The order of the operands is the written one: `record("sub", 0.5, h)`.
# - **`__array_ufunc__ = None`** is for arrays in place of the 0.5, which do not decline.
#
# > **Predict.** An array with three numbers, plus an object that is no array and has an `__radd__`. How often is the `__radd__` called?

# %%
guess("01.how_often_it_is_asked", 1)

# %%
class Asked:
    times = 0
    def __radd__(self, z):
        print("asked for", repr(z), "+ me")
        Asked.times += 1
        return self

class Declines(Asked):
    __array_ufunc__ = None

row = np.array([[1.0, 2.0, 3.0]])
result = row + Asked()
print(type(result), result.shape, result.dtype)
guessed("01.how_often_it_is_asked", Asked.times)

result = row + Declines()
print(type(result))

# %% [markdown]
# Three times: NumPy takes the unknown object for a scalar and asks it about each number. On a tape that is three lines of 1 x 1 for one
# block, and an array of objects for a result. `__array_ufunc__ = None` tells NumPy to stay out of it. Without it there is no error, only a
# tape that is not what you wrote.
#
# **Exercise 01.record** *(write it)*. All notes pass through one function. `record(op, *xs)` gets the name of an operation and its operands in
# order: Vars, numbers, arrays, at least one of them a Var. It finds the tape, lifts what is not a Var, appends the line, and returns the Var of
# the result. Use `lift`, `shape_of` and `new`.

# %%
# exercise 01.record
def record(op, *xs):
    """Append op(*xs) to the tape that the Vars among xs are on -> the Var of the result."""
    ### BEGIN SOLUTION
    tape = next(x.tape for x in xs if isinstance(x, Var))
    xs = [lift(tape, x) for x in xs]
    return new(tape, Record(op, tuple(x.slot for x in xs), shape_of(op, *(x.shape for x in xs))))
    ### END SOLUTION

# %%
check("01.record")

# %% [markdown]
# ## Trace
#
# What is left to do: take an empty tape, give each input a line, call the function.
#
# From here on the cells run *your* `record`, and later your `forward`. Where one is still open they stop and say which; to read on all the
# same, run `use("01.record")` or `use("01.forward")` in a cell of your own: it lends you the course's.

# %%
# given
def trace(function, *shapes):
    """Call the function once, with a Var for an array of each shape -> its tape. The inputs come first, the last line is the result."""
    tape = []
    inputs = [new(tape, Record("input", (), shape, k)) for k, shape in enumerate(shapes)]
    result = function(*inputs)
    if not isinstance(result, Var):
        raise TypeError(f"the function returns {type(result).__name__}, not a Var: nothing on the tape leads there")
    if result.slot < len(inputs):
        result = result * 1.0                           # an input returned as it is: the result gets a line of its own
    del tape[result.slot + 1:]                          # what comes after the result does not matter to it
    return tape

# %%
def f(x, W):
    h = x @ W
    return total(h * (0.5 - h))

print(listing(trace(f, (3, 2), (2, 4))))

# %% [markdown]
# Your list from above, written by nobody.
#
# Shapes are part of a tape. So it holds for inputs of these shapes only, and a shape that does not fit is found
# while tracing, at the line of your function that is wrong:

# %%
for shapes in ((3, 2), (5, 4)), ((3, 2), (2, 4)):
    try:
        trace(lambda x, W: tanh(x @ W) + np.ones((3, 2)), *shapes)
    except ValueError as error:
        print(error)

# %% [markdown]
# Four functions; read them, and do not trace them yet.

# %%
def twice(x, z):
    return x * z + x * z

def reused(x, z):
    y = x * z
    return y + y

def loop(x, z):
    for _ in range(3):
        x = tanh(x * z)
    return x

def shaped(x, z):
    if x.shape[0] > 1:
        x = x * z
    return 2.0 * x + 2.0

# %% [markdown]
# **Exercise 01.lines** *(predict)*. How many lines does each of them leave, traced with 1 x 1 inputs? Inputs and constants are lines too. Answer in
# the form `lines = dict(twice=..., reused=..., loop=..., shaped=...)`, with a whole number for each.

# %%
# exercise 01.lines
### BEGIN SOLUTION
#: lines = dict(twice=..., reused=..., loop=..., shaped=...)
lines = dict(twice=5, reused=4, loop=8, shaped=6)
### END SOLUTION

# %%
check("01.lines")

# %%
for function in twice, reused, loop, shaped:
    tape = trace(function, (1, 1), (1, 1))
    print(f"{function.__name__}: {len(tape)} lines\n{listing(tape)}\n")
draw(trace(loop, (1, 1), (1, 1)), "Three rounds of a loop are six lines")

# %% [markdown]
# *Figure: the loop is gone, its three rounds are written out. The name `x` is gone too: Python's names are labels for slots,
# and `x = …` moves a label.*
#
# A tape is **straight-line**: no loop, no condition, no function call is left. Whatever Python did to get from one
# operation to the next has happened, and only the operations were noted. That is its strength (a short loop can handle it)
# and its weakness (we come to that).
#
# ## Run the list
#
# To run a tape, walk it from top to bottom and put the value of line `k` into place `k`. What each operation computes is a table:

# %%
# given
VALUE = {
    "add": lambda x, z: x + z,
    "sub": lambda x, z: x - z,
    "mul": lambda x, z: x * z,
    "matmul": lambda x, z: x @ z,
    "sum": lambda x: x.sum(keepdims=True),
    "tanh": lambda x: np.tanh(x),
}

# %% [markdown]
# **Exercise 01.forward** *(write it)*. `forward(tape, *inputs)` returns the list of *all* values, one block a slot: `forward(...)[-1]` is the
# result, and lesson 02 will need the others. Which input an `"input"` line means is in its `arg`; inputs need not come first or in order.

# %%
# exercise 01.forward
def forward(tape, *inputs):
    """Run a tape on 2-D arrays -> the values of its slots, a list as long as the tape."""
    ### BEGIN SOLUTION
    values = []
    for line in tape:
        if line.op == "input":
            values.append(inputs[line.arg])
        elif line.op == "constant":
            values.append(line.arg)
        else:
            values.append(VALUE[line.op](*(values[k] for k in line.ins)))
    return values
    ### END SOLUTION

# %%
check("01.forward")

# %%
rng = np.random.default_rng(0)
tape = trace(f, (3, 2), (2, 4))
for _ in range(3):
    x, W = rng.normal(size=(3, 2)), rng.normal(size=(2, 4))
    print(f"the tape {forward(tape, x, W)[-1].item():.12f}   the function {f(x, W).item():.12f}")

# %% [markdown]
# Traced once, on no numbers at all; run on any.
#
# ## What a tape cannot know
#
# The tape agrees with the function as long as every call of the function would do *the same operations on the same constants*. Where the
# function decides something by itself, the tape keeps the decision that was made while tracing, for ever.
#
# | the function uses | on the tape |
# |---|---|
# | an operation on its inputs | a line |
# | a loop, a call, a comprehension | its operations, written out |
# | a condition on *shapes* | the branch taken; right, as a tape holds for one shape |
# | a number or an array from outside | a constant, as it was at tracing |
# | `print`, a file, a clock | happened once, at tracing; never again |
# | a condition on *values* | ? |
#
# **Exercise 01.blind** *(break it)*. Claim: "if tracing raises no error, the tape computes what the function computes". Break it: write
# `blind(x)`, for a 1 x 1 block `x`, that traces without complaint, and whose tape gives another result than the function itself on
# some input. The function must not ask whether it is being traced; honest code does this by accident. (What does Python make of
# `x == 0`, or of `if x:`, when a class says nothing about them? What else can change between two calls?)

# %%
# exercise 01.blind
def blind(x):
    """A 1 x 1 block -> a 1 x 1 block. Traced and run it gives one result, called another."""
    ### BEGIN SOLUTION
    if x == 0:                          # a Var equals nothing but itself: while tracing, this is False
        return x + 1.0
    return tanh(x) * 2.0
    ### END SOLUTION

# %%
check("01.blind")

# %% [markdown]
# Our `Var` is too polite. Python's defaults are: every object is true, and equals only itself; so a condition on a Var has an answer, and it
# means nothing. (`x > 0` has no default. That one raises, and you are safe.) A recorder that means well *refuses*. This is `tinymaml`'s:

# %%
import tinymaml as tm

w, point = np.array([0.5]), np.array([[2.0]])

def clipped(p, x):
    y = p["w"] * x
    if y == 0:
        y = y + 1.0
    return tm.sum(y)

def hinge(p, x):
    return tm.sum(np.maximum(p["w"] * x - 1.0, 0.0))

for function in clipped, hinge:
    try:
        tm.Loss(function, {"w": w}).value(w, point)
    except tm.TraceError as error:
        print("TraceError:", error, "\n")

# %% [markdown]
# Each refusal says what was wrong, what to write instead, and which line of *your* function did it. The same happens to `if x:`, `float(x)`,
# `x[0]`, any NumPy function, and a value kept from an earlier trace (all of them: `tinymaml/engine/errors/tracing.py`). What never touches a traced
# value, no recorder can see.
#
# ## What goes wrong in practice
#
# Dropout sets a random half of the units to 0 at every call. Traced, it chooses once:

# %%
def dropout(x):
    """The mean of 100 numbers, of which a random half is dropped and the rest doubled."""
    mask = rng.integers(0, 2, size=(1, 100)) * 2.0
    return total(x * mask) * 0.01

rng = np.random.default_rng(1)
x = rng.normal(size=(1, 100)) + 1
tape = trace(dropout, (1, 100))
calls = np.arange(40)
figure, ax = plt.subplots(figsize=(6.4, 2.8))
ax.plot(calls, [dropout(x).item() for _ in calls], "o", color=colours["blue"], linestyle="none", label="the function")
ax.plot(calls, [forward(tape, x)[-1].item() for _ in calls], color=colours["vermilion"], linestyle="--", label="its tape")
ax.axhline(x.mean(), color="0.6", linestyle=":", label="the mean without dropout")
ax.set(title="The tape has thrown the dice once and for all", xlabel="call", ylabel="result")
ax.legend(loc="center left", bbox_to_anchor=(1, 0.5))
plt.show()

# %% [markdown]
# *Figure: the function draws a new mask at every call; the mask on its tape is a constant. Training would go on, the same half of the units
# dead for ever.*
#
# - **Randomness, counters, clocks, globals** are read while tracing. What must change from call to call has to come in as an input: draw the mask
#   outside and pass it in. JAX and `tf.function` behave the same; `torch.jit.trace` warns where a value is turned into a Python number.
# - **Constants are copied**, by `lift` and by `tinymaml`. Had we kept the array itself, changing it later would change the tape behind our back.
# - **Loops make long tapes.** Every round is written out: unrolling $N$ gradient steps would make a tape $N$ times as long, and memory with it.
#   `tinymaml` never does that: the loss is a tape, the inner loop of MAML is a loop (lesson 08).
# - **A Var outlives its trace.** Append one to a global list, use it in the next trace, and a line reads a slot of another tape. Ours does not
#   notice.
# - **`y = x`, then `y += 1.0`** overwrites an array, and `x` with it. On a Var it is `y = y + 1.0`: a new slot, and `x` stays. Write the latter.
#
# ## A real loss
#
# A network with one hidden layer, and the mean squared error. Here is your tape of it, and `tinymaml`'s:

# %%
def network(p, x, y, tanh=tanh, total=total):
    h = tanh(x @ p["W1"] + p["b1"])
    r = h @ p["W2"] + p["b2"] - y
    return total(r * r) * (1 / 10)

def mse(p, x, y):
    return network(p, x, y, tm.tanh, tm.sum)

shapes = dict(W1=(1, 8), b1=(1, 8), W2=(8, 1), b2=(1, 1))
mine = trace(lambda W1, b1, W2, b2, x, y: network(dict(W1=W1, b1=b1, W2=W2, b2=b2), x, y), *shapes.values(), (10, 1), (10, 1))
print(listing(mine))

# %%
params = {name: rng.normal(size=shape) for name, shape in shapes.items()}
x = rng.uniform(-5, 5, (10, 1))
y = np.sin(x)
loss = tm.Loss(mse, params)
print(loss.tape(x, y))

# %%
a, b = forward(mine, *params.values(), x, y)[-1].item(), loss.value(loss.flatten(params), x, y)
print(f"yours {a:.15f}\ntheirs {b:.15f}")
draw(mine, "A network's loss is a list")

# %% [markdown]
# *Figure: down this list for the value; in lesson 02, up for the gradient. One line reads v11 twice: keep an eye on it.*
#
# Line by line your list and `tinymaml`'s are the same. Where they differ:
#
# - In `tinymaml`, inputs and constants have slots but no line; a record is a computation.
# - It knows only three *kinds* of record, `linear`, `bilinear` and `pointwise`, and writes indices out: in `v7[i,j] = v6[i,j] + b1[0,j]` the 0
#   says that `b1` is one row, used for every `i`. A product with a number is linear and needs no constant. Lesson 04 says what that is good for.
# - It notes from which line of your function a record comes, to complain better.
#
# ## Back to the question
#
# To a short loop a function looks like a list: one operation a line, each reading results further up, written once.
# You get it by calling the function once with objects that take notes. What is not an operation on such an object, the list does not
# know.
#
# The loop that you have written runs the list downwards and gets the value. One that runs it upwards will get all derivatives at once.
#
# *Sources:* R. E. Wengert, *A simple automatic derivative evaluation program*, Communications of the ACM 7(8), 1964. A. Griewank & A. Walther,
# *Evaluating Derivatives*, SIAM 2008, chapter 2, calls the list an evaluation trace. For the design with a tracer, its value and a table of
# rules, see D. Maclaurin, D. Duvenaud & M. Johnson's *autograd* and M. Johnson's *autodidact*.
#
# **Next: 02 · Reverse mode.** How much does the loss care about each line?
