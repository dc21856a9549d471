# %% [markdown]
# # 01 · A function is a list
#
# **Lesson 00 gave `tm.Loss` a Python function and got second derivatives back: what does a program
# see in a function that it can only call?**
#
# *(About 25 minutes to read and run, 30 more for the 6 exercises. You need: 00, Python classes with
# `__add__` and the like, NumPy's broadcasting. You will be able to: turn a function into a list,
# run the list, read the list of any loss in `tinymaml`, and say what such a list cannot know.)*

# %%
# given
from typing import NamedTuple

import numpy as np

# for you to type
from tinymaml.course import check, hint, restore, solution, status, use
from tinymaml.course import guess, guessed
from tinymaml.course.figures import lesson_01 as figures


class Record(NamedTuple):
    """One line of a tape. A tape is a Python list; line k writes slot k, once."""

    op: str  # "input", "constant", "add", "sub", "mul", "matmul", "sum" or "tanh"
    ins: tuple  # the slots that it reads, all of them further up
    shape: tuple  # (rows, columns) of the block that it writes
    arg: object = None  # of an input: which one, from 0; of a constant: its array

# %% [markdown]
# ## A list, by hand
#
# You compute a function in a certain order, and each intermediate result has a name or deserves
# one. Give each result its own line, which performs *one* operation on results further up:

# %%
def example(x, z):
    return tanh(x * z) - x

by_hand = [
    Record("input", (), (1, 1), 0),
    Record("input", (), (1, 1), 1),
    Record("mul", (0, 1), (1, 1)),
    Record("tanh", (2,), (1, 1)),
    Record("sub", (3, 0), (1, 1)),
]
figures.function_and_list(example, by_hand, "A function of two numbers is a list of five lines")

# %% [markdown]
# *Figure: blue lines are computed, black ones are given. An arrow leads down from a slot to each
# line that reads it: an orange one from a computed slot, a grey one from a given slot. `x`, which
# is v0, is read twice.*
#
# Such a list is called a **tape** or a **Wengert list**: in 1964 R. E. Wengert broke programs into
# such steps to differentiate them. A computed line $k$ says $v_k = f_k(v_i)$ or
# $v_k = f_k(v_i, v_j)$: $f_k$ is its operation, and its arrows come from $v_i$ and $v_j$. A tape
# keeps three rules:
#
# | rule | what it buys |
# |---|---|
# | (1) line $k$ writes slot $k$ | a result needs no name: its place in the list is its name |
# | (2) a line reads slots further up: $i, j < k$ | one loop downwards runs the list |
# | (3) no slot is written again | a value, once read, is still there on the way back |
#
# Lesson 02 will need (2) and (3) again, for a loop upwards.
#
# What a slot holds is a **block**, an array of two dimensions: a number is $1 \times 1$, ten points
# are $10 \times 1$. Six operations are enough for a network: `add`, `sub`, `mul` (element by
# element, where a length of 1 is stretched as NumPy does), `matmul`, `tanh`, and `sum` (over
# everything, to $1 \times 1$). A number in the formula gets a line too,
# `Record("constant", (), (1, 1), np.array([[0.5]]))`. A mean is a sum times a constant.
#
# **Exercise 01.hand** *(write it)*. Write the tape of `f` as a list of `Record`s named `tape`. Here
# `x` is $3 \times 2$, `W` is $2 \times 4$, and `total` is the sum over everything.
#
# ```python
# def f(x, W):
#     h = x @ W
#     return total(h * (0.5 - h))
# ```
#
# The inputs come first, and the last line is the result. `h` is computed once and used twice: one
# line, which two others read.

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
# The trick: **call the function once, with objects that do not compute but write down what is asked
# of them.** Python turns `x @ W` into `x.__matmul__(W)`, whatever `x` is.
#
# Our object, a `Var`, holds no numbers, only the tape it is on and its slot there. Each of its
# operators says one thing: *record this*. You will write `record` in a minute.

# %%
# given
def operator(op):
    """The two methods of an operator: for `x - z`, and for `z - x` where z is no Var."""

    def method(x, z):
        return record(op, x, z)

    def method_from_the_right(x, z):
        return record(op, z, x)

    return method, method_from_the_right

# %%
# given
class Var:
    """A block on a tape: no numbers, only its place. What is done to it is written down."""

    __add__, __radd__ = operator("add")
    __sub__, __rsub__ = operator("sub")
    __mul__, __rmul__ = operator("mul")
    __matmul__, __rmatmul__ = operator("matmul")
    __array_ufunc__ = None  # NumPy, leave `array + Var` to me; see below

    def __init__(self, tape, slot):
        self.tape = tape
        self.slot = slot

    @property
    def shape(self):
        return self.tape[self.slot].shape

    def __neg__(self):
        return self * -1.0

    def __repr__(self):
        return f"<Var v{self.slot}, {self.shape[0]} x {self.shape[1]}>"

# %% [markdown]
# Two details need a word.
#
# - **`__rsub__`**, with an r, is what Python tries for `0.5 - h`. It first asks the number,
#   `(0.5).__sub__(h)`. Numbers know nothing of Vars and decline, so Python asks `h.__rsub__(0.5)`.
#   The operands keep their written order: `record("sub", 0.5, h)`.
# - **`__array_ufunc__ = None`** is for an array in place of the 0.5. Arrays do not decline.
#
# > **Predict.** An array of three numbers, plus an object that is not an array and has an
# > `__radd__`. How many times is the `__radd__` called?

# %%
guess("01.times_it_is_asked", 1)

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
guessed("01.times_it_is_asked", Asked.times)

print(type(row + Declines()))

# %% [markdown]
# Three times: NumPy takes the unknown object for a scalar and asks it about each number. With a Var
# that would be six lines, a constant and an `add` for each number, instead of two, and an array of
# Vars that fails later, far from its cause. `__array_ufunc__ = None` tells NumPy to stay out of it.
#
# The remaining tools are short. `tanh` and `total` compute on arrays and record on Vars, so that
# one function can be both called and traced. NumPy knows which shapes fit, so `shape_of` asks it,
# with blocks of zeros.

# %%
# given
def tanh(x):
    """Element by element: an array -> an array, a Var -> a Var."""
    return record("tanh", x) if isinstance(x, Var) else np.tanh(x)


def total(x):
    """The sum over everything, 1 x 1: an array -> an array, a Var -> a Var."""
    return record("sum", x) if isinstance(x, Var) else np.sum(x, keepdims=True)


def new(tape, line):
    """Append a line -> the Var of the slot that it writes."""
    tape.append(line)
    return Var(tape, len(tape) - 1)

# %% [markdown]
# *In tinymaml: `engine/operations.py`, `tanh`.* Our `total` is called `sum` there.

# %%
# given
VALUE = {
    "add": np.add,
    "sub": np.subtract,
    "mul": np.multiply,
    "matmul": np.matmul,
    "sum": total,
    "tanh": np.tanh,
}


def lift(tape, x):
    """x itself if it is a Var; a number or an array gets a line, as a constant."""
    if isinstance(x, Var):
        return x
    # a copy: a constant is read once, now
    block = np.array(x, float, ndmin=2)
    if block.ndim > 2:
        raise ValueError(f"a constant has shape {block.shape}; blocks have two dimensions")
    return new(tape, Record("constant", (), block.shape, block))


def shape_of(op, *shapes):
    """The shape of a result, from those of the operands. Raises ValueError if they do not fit."""
    return VALUE[op](*(np.zeros(shape) for shape in shapes)).shape

# %% [markdown]
# *In tinymaml: `engine/tape.py`, `Tape.lift`.*
#
# **Exercise 01.record** *(write it)*. All notes pass through one function. `record(op, *xs)` gets
# the name of an operation and its operands in order: Vars, numbers, arrays, at least one of them a
# Var. It finds the tape, lifts what is not a Var, appends the line, and returns the Var of the
# result. Use `lift`, `shape_of` and `new`.

# %%
# exercise 01.record
def record(op, *xs):
    """Append op(*xs) to the tape of the Vars among xs -> the Var of the result."""
    ### BEGIN SOLUTION
    tape = next(x.tape for x in xs if isinstance(x, Var))
    xs = [lift(tape, x) for x in xs]
    slots = tuple(x.slot for x in xs)
    shapes = [x.shape for x in xs]
    return new(tape, Record(op, slots, shape_of(op, *shapes)))
    ### END SOLUTION

# %%
check("01.record")

# %% [markdown]
# *In tinymaml: `engine/tape.py`, `Tape.record`.*
#
# ## Trace
#
# Three steps remain: take an empty tape, give each input a line, call the function.
#
# From here on the cells run *your* `record`, and later your `forward`. Where one is still open they
# stop and say which. To go on without yours, type `use("01.record")`: it lends you the course's.

# %%
# given
def trace(function, *shapes):
    """Call the function with a Var for an array of each shape -> its tape, inputs first."""
    tape = []
    inputs = [new(tape, Record("input", (), shape, k)) for k, shape in enumerate(shapes)]
    result = function(*inputs)
    if not isinstance(result, Var):
        raise TypeError(f"the function returns {type(result).__name__}, not a Var")
    if result.slot < len(inputs):
        # an input returned as it is: the result gets a line to itself
        result = result * 1.0
    # what comes after the result does not matter to it
    del tape[result.slot + 1 :]
    return tape

# %%
def f(x, W):
    h = x @ W
    return total(h * (0.5 - h))

print(figures.listing(trace(f, (3, 2), (2, 4))))

# %% [markdown]
# Your list from above, without a pencil. A tape holds for inputs of these shapes only, and shapes
# that do not fit are found while tracing.
#
# *In tinymaml: `engine/loss.py`, `Loss.trace`.*
#
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
# **Exercise 01.lines** *(predict)*. How many lines does each of them leave, traced with
# $1 \times 1$ inputs? Inputs and constants are lines too. Answer with four whole numbers.

# %%
# exercise 01.lines
### BEGIN SOLUTION
#: lines = dict(twice=..., reused=..., loop=..., shaped=...)
lines = dict(twice=5, reused=4, loop=8, shaped=6)
### END SOLUTION

# %%
check("01.lines")

# %%
for function in twice, reused, shaped:
    print(f"{function.__name__}:")
    print(figures.listing(trace(function, (1, 1), (1, 1))), end="\n\n")
written_out = "A loop of three rounds leaves six lines and no loop"
figures.function_and_list(loop, trace(loop, (1, 1), (1, 1)), written_out)

# %% [markdown]
# *Figure: the loop is gone. Python's names are labels for slots: `x = ...` moves a label, from v0
# to v3, v5 and v7.*
#
# A recorder does not look for equal lines: v2 and v3 of `twice` are the same product, and `shaped`
# has the number 2 twice.
#
# A tape is **straight-line**: no loop, no condition, no call is left. Whatever Python did to get
# from one operation to the next has happened, and only the operations were noted. That is the
# tape's strength (a short loop can handle it) and its weakness (below). The price is length: a loss
# that unrolled $N$ gradient steps would leave the lines of one step $N$ times. In `tinymaml` the
# loss is a tape, and the inner loop of MAML stays a loop (lesson 08).
#
# ## Run the list
#
# Rule (2) lets a tape run on numbers, from the top: what a line reads is there when its turn comes.
# What each operation computes is in the table `VALUE` above.
#
# **Exercise 01.forward** *(write it)*. `forward(tape, *inputs)` returns the list of *all* values,
# one block per slot: `forward(...)[-1]` is the result, and lesson 02 will need the others. The
# check also runs tapes with their inputs in another order, or below a constant.

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
            operands = [values[k] for k in line.ins]
            values.append(VALUE[line.op](*operands))
    return values
    ### END SOLUTION

# %%
check("01.forward")

# %%
rng = np.random.default_rng(0)
tape = trace(f, (3, 2), (2, 4))
for _ in range(3):
    x = rng.normal(size=(3, 2))
    W = rng.normal(size=(2, 4))
    print(f"the tape {forward(tape, x, W)[-1].item():.12f}", end="   ")
    print(f"the function {f(x, W).item():.12f}")

# %% [markdown]
# Traced once, without a number; run on any arrays of these shapes. `forward` does not check shapes:
# the tape of `shaped` printed above, for $1 \times 1$, runs on $3 \times 1$ too, without the
# product that the function takes there. (`tm.Loss` traces again for each new shape.)
#
# *In tinymaml: `engine/numpy_machine.py`, `run`.*
#
# ## What a tape cannot know
#
# The tape agrees with the function as long as every call of the function does *the same operations
# on the same constants*. Where the function decides something by itself, the tape keeps the
# decision that was made while tracing.
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
# **Exercise 01.blind** *(break it)*. Claim: "if tracing raises no error, the tape computes what the
# function computes". Break it: write `blind(x)`, for a $1 \times 1$ block `x`, that traces without
# complaint, and whose tape gives another result than the function itself on some input. The
# function must not ask whether it is being traced: honest code can break the claim by accident.

# %%
# exercise 01.blind
def blind(x):
    """A 1 x 1 block -> a 1 x 1 block. Traced and run it gives one result, called another."""
    ### BEGIN SOLUTION
    # a Var equals nothing but itself: while tracing, this is False
    if x == 0:
        return x + 1.0
    return tanh(x) * 2.0
    ### END SOLUTION

# %%
check("01.blind")

# %% [markdown]
# Our `Var` is too polite. Python's defaults are: every object is true, and equals only itself. So a
# condition on a Var has an answer, and the answer means nothing. (`x > 0` has no default. It
# raises, and you are safe.) A recorder that means well *refuses*. This is `tinymaml`'s:

# %%
from textwrap import fill

import tinymaml as tm

def without_zeros(p, x):
    y = p["w"] * x
    if y == 0:
        y = y + 1.0
    return tm.sum(y)

w = np.array([0.5])
# the parameters are named in a dict; `value` takes them all as one flat vector
try:
    tm.Loss(without_zeros, {"w": w}).value(w, np.array([[2.0]]))
except tm.TraceError as error:
    print(fill(f"TraceError: {error}", 79))

# %% [markdown]
# The refusal says what was wrong, what to write instead, and which line of *your* cell did it. The
# same happens to `if x:`, `float(x)`, `x[0]`, and to NumPy's functions, such as `np.tanh(x)`.
#
# A recorder that only listens to its operands cannot see a call without a traced one. **Dropout**
# makes such a call: it draws a random mask, which sets each unit to 0 with probability ½ and
# doubles the others. Here the generator `dice` draws it; the run below creates it, with a seed.

# %%
def dropout(x):
    """The mean of 100 numbers, each dropped with probability 1/2 and otherwise doubled."""
    mask = dice.integers(0, 2, size=(1, 100)) * 2.0
    return total(x * mask) * 0.01

# %% [markdown]
# > **Predict.** `dropout` and its tape are run 40 times each, on the same `x`. How many of the
# > function's 40 results are below the tape's?

# %%
guess("01.results_below_the_tape", 20)

# %%
dice = np.random.default_rng(1)
x = dice.normal(size=(1, 100)) + 1
tape = trace(dropout, (1, 100))
by_function = [dropout(x).item() for _ in range(40)]
by_tape = [forward(tape, x)[-1].item() for _ in range(40)]
figures.dropout_twice(by_function, by_tape, x.mean())
print(f"the mask on the tape keeps {np.count_nonzero(tape[1].arg)} of 100")
print(f"different results: the function {len(set(by_function))}, the tape {len(set(by_tape))}")
guessed("01.results_below_the_tape", sum(result < by_tape[0] for result in by_function))

# %% [markdown]
# *Figure: the function draws a new mask at every call; the mask on its tape is a constant. A guess
# of $n$ stands at the function's $n$-th smallest result, a guess of 0 left of them all. Without
# dropout the result is the dotted line.*
#
# Five, by chance: the tape's mask is one more draw like the other 40, so each answer from 0 to 40
# had the same probability, 1/41. The tape's result is not an average but one throw of the dice.
# Training on that tape would raise no complaint, with 51 of 100 units dead from the first step to
# the last.
#
# **Exercise 01.same_twice** *(write a test)*. Write the test that finds this fault: trace the
# function twice, and say whether both tapes are the same, line by line and to the last digit. The
# shapes need no comparison: operations, slots and constants determine them. (`==` between two
# arrays gives an array. `np.array_equal` gives one answer, for numbers and `None` too.)

# %%
# exercise 01.same_twice
def same_twice(function, *shapes):
    """Trace a function for inputs of these shapes, twice -> True if both tapes are the same."""
    ### BEGIN SOLUTION
    first = trace(function, *shapes)
    second = trace(function, *shapes)
    if len(first) != len(second):
        return False
    for line, other in zip(first, second):
        if line.op != other.op or line.ins != other.ins:
            return False
        if not np.array_equal(line.arg, other.arg):
            return False
    return True
    ### END SOLUTION

# %%
check("01.same_twice")

# %%
print("f        the same twice:", same_twice(f, (3, 2), (2, 4)))
print("dropout  the same twice:", same_twice(dropout, (1, 100)))
print("blind    the same twice:", same_twice(blind, (1, 1)))

# %% [markdown]
# The test sees dropout. It does not see the course's `blind`, which compares `x` with 0: that
# function leaves the same wrong tape each time. Two faults, two defences: this test for what
# changes between calls, a recorder that refuses for conditions on values.
#
# ## A real loss
#
# A network with one hidden layer and the mean squared error, once for your `Var` and once for
# `tm.Loss`:

# %%
def network(W1, b1, W2, b2, x, y):
    h = tanh(x @ W1 + b1)
    r = h @ W2 + b2 - y
    return total(r * r) * 0.1

def tm_network(p, x, y):
    h = tm.tanh(x @ p["W1"] + p["b1"])
    r = h @ p["W2"] + p["b2"] - y
    return tm.sum(r * r) * 0.1

W1, b1 = rng.normal(size=(1, 8)), np.zeros((1, 8))
W2, b2 = rng.normal(size=(8, 1)), np.zeros((1, 1))
x = rng.uniform(-5, 5, (10, 1))
y = np.sin(x)

# %%
blocks = [W1, b1, W2, b2, x, y]
mine = trace(network, *[block.shape for block in blocks])
params = {"W1": W1, "b1": b1, "W2": W2, "b2": b2}
loss = tm.Loss(tm_network, params)
print(figures.records(loss.tape(x, y)))
print(f"\nyours  {forward(mine, *blocks)[-1].item():.15f}")
print(f"theirs {loss.value(loss.flatten(params), x, y):.15f}")
figures.function_and_list(network, mine, "A network's loss is a list of sixteen lines")

# %% [markdown]
# *Figure: your tape of the network. Downwards for the value; in lesson 02, upwards for the
# gradient. Line v12 reads v11 twice: the second arrow is green. Remember that line.*
#
# The nine operations are the same, in the same order, and the values agree to rounding. Four things
# differ (`tinymaml`'s list is the printed one):
#
# - In `tinymaml`, inputs and constants have slots but no line; a record is a computation.
# - It knows only three *kinds* of record, `linear`, `bilinear` (in two operands, even if both are
#   the same slot) and `pointwise`. A product with a number is linear and needs no constant, so the
#   loss is v14 there and v15 in your list. Lesson 04 uses the kinds.
# - It writes indices out: in `v7[i,j] = v6[i,j] + b1[0,j]` the 0 says that `b1` is one row, used
#   for every `i`.
# - It notes from which line of your cell a record comes, for better error messages.
#
# ## What goes wrong in practice
#
# - **Training is smoother than dropout allows.** The mask was drawn once, at tracing. `same_twice`
#   shows what changes between two tracings in a row; it misses a date, or a global changed later.
#   For these, call both the function and its tape later and compare. Pass what changes as an input.
# - **An `if` on a value raises in JAX, but not in PyTorch.** `jax.jit` traces once, as you did, and
#   keeps NumPy's random numbers as constants. PyTorch records a new tape at each call, so such an
#   `if` is right; `torch.jit.trace` keeps the tape and only warns. Comparing the traced module with
#   the function on new inputs shows it.
# - **A line reads a slot of another tape.** A Var from an earlier trace, kept in a global list, is
#   used in the next one. Trace twice in a row: `tinymaml` raises; our `Var` does not, until
#   `record` asserts that all its Vars are on one tape.
# - **The function changes its input, its tape does not.** After `y = x`, `y += 1.0` overwrites the
#   array `x` too; on a Var it is `y = y + 1.0`, a new slot. Compare `x` before and after a call.
#
# ## Back to the question
#
# `tm.Loss` saw operations, one at a time, on objects that take notes. It called the function once
# and wrote a list: 9 records for the network above. Your `Var` wrote the same nine operations, plus
# six inputs and a constant. What is not an operation on such an object, the list does not know. You
# can now turn a function into its list, run the list on any numbers of the same shapes, and test
# whether the list changes from one tracing to the next.
#
# *Sources:* R. E. Wengert, *A simple automatic derivative evaluation program*, Communications of
# the ACM 7(8), 1964. A. Griewank & A. Walther, *Evaluating Derivatives*, SIAM 2008, calls the list
# an evaluation trace. The design follows *autograd* (D. Maclaurin, D. Duvenaud & M. Johnson) and
# *autodidact* (M. Johnson).
#
# **Next: 02 · Reverse mode.** How much does the loss care about each line?
