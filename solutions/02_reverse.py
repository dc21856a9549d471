# %% [markdown]
# # 02 · Reverse mode
#
# **How much does a loss care about each of a million parameters, and what does it cost to find
# out?**
#
# A loss is a list (lesson 01), and running the list once gives its value. To learn what one
# parameter does, change that parameter a little and run the list again. To learn what a million
# parameters do, must the list run a million times?
#
# *(About 25 minutes to read and run, 29 more for the 6 exercises. You need: 01. You will be able
# to: write reverse-mode differentiation from nothing, say what it costs, and tell a right gradient
# from one that only trains well.)*

# %%
# given
import time
import timeit

import numpy as np

# for you to type
from tinymaml.course import check, hint, restore, solution, status, use
from tinymaml.course import guess, guessed
from tinymaml.course.figures import lesson_02 as figures

use("01")

# %% [markdown]
# ## How much does the loss care?
#
# `use("01")` brings what lesson 01 built: `trace`, `forward`, `tanh`, `total` and the table
# `VALUE`. Take a function small enough to see whole, and record its tape.

# %%
def small(x, z):
    a = x * z
    b = tanh(a)
    c = x - b
    return c * c

words = ["x", "z", "a = x · z", "b = tanh(a)", "c = x − b", "loss = c · c"]
tape = trace(small, (1, 1), (1, 1))
values = forward(tape, np.array([[1.0]]), np.array([[0.5]]))

# %% [markdown]
# Play the tape up to slot $k$, **push that one slot** by a little, and let the lines after it run.
# How far does the loss move, for each unit of push?

# %%
def loss_if_pushed(tape, values, k, push):
    """The loss when slot k is pushed after it was written, and the lines below run again."""
    values = [*values]
    values[k] = values[k] + push
    for j in range(k + 1, len(tape)):
        if tape[j].ins:
            values[j] = VALUE[tape[j].op](*(values[i] for i in tape[j].ins))
    return values[-1].item()

# %% [markdown]
# > **Predict.** How many of the six slots, pushed *up*, push the loss *down*? And `x` is read by
# > two lines, which disagree about it. Pushed up, does it push the loss up or down?

# %%
guess("02.slots_that_push_the_loss_down", 2)
guess("02.x_pushes_the_loss", "down", choices=("up", "down"))

# %%
cares = []
for k in range(len(tape)):
    rise = loss_if_pushed(tape, values, k, 1e-6) - loss_if_pushed(tape, values, k, -1e-6)
    cares.append(rise / 2e-6)
figures.adjoints(words, tape, cares)
guessed("02.slots_that_push_the_loss_down", sum(care < 0 for care in cares))
guessed("02.x_pushes_the_loss", "up" if cares[0] > 0 else "down")

# %% [markdown]
# *Figure: left, who reads whom. Right, a blue bar belongs to a slot that raises the loss when it is
# pushed up, a vermilion bar to one that lowers it.*
#
# Three slots lower it: `z` and `a` act through `b`, which is subtracted, and `c` is positive.
# Pushed up, `x` raises it directly, by 1.076 per unit, and lowers it through `a`, by
# $0.5 \cdot 0.846 = 0.423$; 0.653 remains. These bars are the **adjoints**. The adjoint of a slot
# $v$, written $\bar v$ and `bar` in code, is the derivative of the loss with respect to that slot,
# *every earlier slot held still*. A block has one for each of its entries, so $\bar v$ has the
# shape of $v$. The gradient consists of the adjoints of the parameters.
#
# ## The chain rule, up the list
#
# Line $k$ computes $v_k = f_k(v)$ from slots before it. Let $L_k(v_0, \dots, v_k)$ be the loss as a
# function of slots 0 to $k$, with the lines after $k$ being run: that is what `loss_if_pushed`
# computes. Write $\partial_s$ for the derivative with respect to $v_s$. The bars are
# $\bar v_k = \partial_k L_k$. Start at the last line, $n$, and take the lines back one at a time:
#
# | | | why |
# |---|---|---|
# | (C1) | $L_n = v_n$ | the last slot *is* the loss: $\bar v_n = 1$, all other bars start at 0 |
# | (C2) | $L_{k-1} = L_k$ with $v_k = f_k(v)$ put in | line $k$ computes slot $k$ |
# | (C3) | $\partial_s L_{k-1} = \partial_s L_k + \partial_k L_k \, \partial_s f_k$ | chain rule |
# | (C4) | $\bar v_s \leftarrow \bar v_s + \bar v_k \, \partial_s f_k$ | (C3), new in place of old |
# | (C5) | (C4) for $k = n, n-1, \dots, s + 1$ | then $\bar v_s = \partial_s L_s$, the adjoint |
#
# In (C3), $v_s$ (where $s < k$) acts on the loss by itself, and through slot $k$. Until (C5),
# $\bar v_s$ is unfinished: after line $k$ it holds $\partial_s L_{k-1}$. The **plus** in (C4): a
# slot that is read more than once (*fan-out*) collects from every reader, and twice from a line
# that reads it twice. The **order** in (C5): when line $k$ comes, every reader of slot $k$ stands
# below it and has been dealt with, so $\bar v_k$ is complete.
#
# By hand, once: here $x = 3$, so $a = 6$, $b = 18$, $c = 12$, and $c$ is the loss.
#
# ```python
# def braid(x):
#     a = x + x
#     b = a * x
#     c = b - a
#     return c
# ```
#
# **Exercise 02.by_hand** *(predict)*. Walk `braid` backwards with (C4), pencil in hand. What are
# the four adjoints? Four numbers.

# %%
# exercise 02.by_hand
### BEGIN SOLUTION
#: c_bar, b_bar, a_bar, x_bar = ..., ..., ..., ...
c_bar = 1
# c = b − a
b_bar = c_bar
# c = b − a, and b = a · x
a_bar = -c_bar + b_bar * 3
# b = a · x, and a = x + x: twice
x_bar = b_bar * 6 + a_bar + a_bar
### END SOLUTION

# %%
check("02.by_hand")

# %% [markdown]
# ## Three kinds of line
#
# What remains is $\bar v_k \, \partial_s f_k$ for each operation, on whole blocks. Call a line's
# inputs $x$ and $z$, and its value $y$. For blocks, "the loss moves by $\bar y$ times the push" is
# a sum over the entries, $d\text{loss} = \sum_{ij} \bar y_{ij}\, dy_{ij}$. Put in what $dy$ is and
# sort by $dx$: what multiplies $dx$ is by definition $\bar x$.
#
# | kind | value | what a push of $x$ does | so $\bar x$ gains |
# |---|---|---|---|
# | **linear**: add, sum, ... | $y = A x$ | $dy = A\, dx$ | $A^{\mathsf T} \bar y$ |
# | **bilinear**: mul | $y = x \odot z$ | $dy = z \odot dx$ | $z \odot \bar y$ |
# | **pointwise**: tanh | $y = \phi(x)$ | $dy = \phi'(x) \odot dx$ | $\phi'(x) \odot \bar y$ |
#
# Here $A$ is any linear map of the entries, and $\odot$ multiplies entry by entry. All three say
# one thing: $dy$ is linear in $dx$, and the adjoint runs that linear map *transposed*. The matmul
# $y = xz$ is bilinear too, and its transpose is worth six lines:
#
# | | | why |
# |---|---|---|
# | (M1) | $y_{ij} = \sum_p x_{ip} z_{pj}$ | the definition |
# | (M2) | $dy_{ij} = \sum_p dx_{ip}\, z_{pj}$ | push $x$, hold $z$ |
# | (M3) | $d\text{loss} = \sum_{ij} \bar y_{ij} \sum_p dx_{ip}\, z_{pj}$ | what $\bar y$ means |
# | (M4) | $d\text{loss} = \sum_{ip} dx_{ip} \sum_j \bar y_{ij} z_{pj}$ | sorted by $dx$ |
# | (M5) | $\bar x_{ip} = \sum_j \bar y_{ij} z_{pj}$ | what multiplies $dx_{ip}$ |
# | (M6) | $\bar x = \bar y z^{\mathsf T}$ | $j$ is second in $z$: transposed |
#
# **Stretching** is linear too. In `x @ W + b` the bias has one row and is added to all $m$ rows:
# $y = A b$, where $A$ is a column of $m$ ones. To the right it is $y = b A$, with a row of ones.
#
# **Exercise 02.shrink** *(write it)*. A block of the given shape was stretched to the shape of `a`,
# as NumPy does: downwards, to the right, both, or not at all. Bring `a` back: what does
# $A^{\mathsf T}$ do?

# %%
# exercise 02.shrink
def shrink(a, shape):
    """The adjoint of stretching a block of `shape` to a.shape -> a block of `shape`."""
    ### BEGIN SOLUTION
    # none, if nothing was stretched: the sum over no axis is `a` again
    axes = tuple(k for k in (0, 1) if shape[k] != a.shape[k])
    return a.sum(axes, keepdims=True)
    ### END SOLUTION

# %%
check("02.shrink")

# %% [markdown]
# *In tinymaml: `engine/numpy_machine.py`, `linear`.*
#
# Shrinking is fan-out once more: $b$ is used $m$ times.
#
# **Exercise 02.rules** *(write it)*. Three rules are there, three are yours. A rule gets $\bar y$
# (`bar`), the value $y$ and the inputs; it returns a tuple, a contribution for each input:
# `(part,)` where there is one. `matmul`: what does (M4) look like if $z$ is pushed? `sum` is
# linear; what is the transpose of summing a block? `tanh`: the slope $1 - \tanh^2$ costs nothing
# new. If NumPy stretched an input of `add`, `sub` or `mul`, the sweep will `shrink` what you
# return; the contribution of `sum` has the shape of `x`.

# %%
# exercise 02.rules
REVERSE = {
    "add": lambda bar, y, x, z: (bar, bar),
    "sub": lambda bar, y, x, z: (bar, -bar),
    "mul": lambda bar, y, x, z: (bar * z, bar * x),
    ### BEGIN SOLUTION
    #: "matmul": lambda bar, y, x, z: ...,
    #: "sum": lambda bar, y, x: ...,
    #: "tanh": lambda bar, y, x: ...,
    "matmul": lambda bar, y, x, z: (bar @ z.T, x.T @ bar),
    "sum": lambda bar, y, x: (bar * np.ones_like(x),),
    "tanh": lambda bar, y, x: ((1 - y * y) * bar,),
    ### END SOLUTION
}

# %%
check("02.rules")

# %% [markdown]
# *In tinymaml: `engine/rules.py`, `RULES`.*
#
# ## The sweep
#
# **Exercise 02.reverse** *(write it)*. (C1) to (C5), as a program. Inputs and constants read
# nothing (`line.ins` is empty) and have nothing to pass on. Every other line asks its rule in
# `REVERSE`, once.

# %%
# exercise 02.reverse
def reverse(tape, values):
    """The adjoint of every slot, given the values that `forward` left.

    -> a list of blocks, each of its slot's shape; zeros where the loss does not care
    """
    ### BEGIN SOLUTION
    bars = [np.zeros_like(value) for value in values]
    bars[-1] = np.ones_like(values[-1])
    for k in reversed(range(len(tape))):
        line = tape[k]
        if line.ins:
            parts = REVERSE[line.op](bars[k], values[k], *(values[i] for i in line.ins))
            for i, part in zip(line.ins, parts):
                bars[i] = bars[i] + shrink(part, values[i].shape)
    return bars
    ### END SOLUTION

# %%
check("02.reverse")

# %% [markdown]
# *In tinymaml: `engine/sweeps.py`, `emit`.*
#
# To read on without an answer, type `use("02.reverse")` in a cell of its own. One sweep gives all
# the bars of the figure:

# %%
for word, care, bar in zip(words, cares, reverse(tape, values)):
    print(f"{word:13} pushed {care:+.6f}   swept {bar.item():+.6f}")

# %% [markdown]
# A network's parameters come as a dict of blocks, and an optimiser wants one flat vector $w$.
# `Layout` translates between the two. `Loss` keeps a tape for each shape of data. The third cell,
# `class Loss(Loss)`, adds a method and keeps the name, as lesson 03 will.

# %%
# given
class Layout:
    """Where the blocks of a dict `params` lie in one flat vector w."""

    def __init__(self, params):
        self.shapes = {name: np.atleast_2d(block).shape for name, block in params.items()}
        sizes = [rows * columns for rows, columns in self.shapes.values()]
        self.cuts = np.cumsum(sizes)[:-1]

    def flatten(self, params):
        return np.concatenate([np.ravel(params[name]) for name in self.shapes])

    def blocks(self, w):
        parts = np.split(w, self.cuts)
        return [part.reshape(shape) for part, shape in zip(parts, self.shapes.values())]

# %% [markdown]
# *In tinymaml: `engine/loss.py`, `Loss.flatten`.*

# %%
# given
class Loss(Layout):
    """A loss function(p, *data), p a dict of blocks, as a function of one flat vector w."""

    def __init__(self, function, params):
        super().__init__(params)
        self.function = function
        self.tapes = {}

    def trace(self, *data):
        """The tape, by lesson 01's `trace`, for these shapes; parameters come first."""
        key = tuple(x.shape for x in data)
        if key not in self.tapes:
            self.tapes[key] = trace(self.of_blocks, *self.shapes.values(), *key)
        return self.tapes[key]

    def of_blocks(self, *xs):
        # zip stops where the parameters end; what is left of xs is data
        p = dict(zip(self.shapes, xs))
        return self.function(p, *xs[len(p) :])

    def value(self, w, *data):
        return forward(self.trace(*data), *self.blocks(w), *data)[-1].item()

# %%
# given
class Loss(Loss):
    """The same, with a gradient."""

    def gradient(self, w, *data, sweep=None):
        """sweep: which function to use in place of `reverse`."""
        tape = self.trace(*data)
        values = forward(tape, *self.blocks(w), *data)
        bars = (sweep or reverse)(tape, values)
        return np.concatenate([bars[k].ravel() for k in range(len(self.shapes))])

# %% [markdown]
# *In tinymaml: `engine/loss.py`, `Loss.gradient`.*
#
# ## What it costs
#
# Count multiplications. Forward, a matmul takes one for each triple $(i, p, j)$ of (M1); its
# reverse rule is two matmuls with the same triples. An entrywise product takes one per entry, and
# two on the way back. So value and adjoints together take about three times the value's
# multiplications, and **$P$, the number of parameters, does not occur in the argument**. Pushing
# the parameters one by one, up only, takes $P + 1$ evaluations.
#
# > **Predict.** The next cells measure seconds of one thread, for a loss that also adds, sums and
# > takes a tanh, which the count leaves out. At $P = 1{,}000{,}000$, how many evaluations of the
# > loss does one gradient cost?

# %%
guess("02.evaluations_for_one_gradient", 3)

# %%
def wide(p, x, targets):
    r = tanh(p["u"] * x + p["b"]) - targets
    return total(r * r)

def fastest(run):
    """Seconds of this thread's work, in the fastest of 15 runs."""
    return min(timeit.repeat(run, timer=time.thread_time, repeat=15, number=1))

def measure(size, sweep):
    """Seconds of a value with P = size, and how many values a gradient costs."""
    rng = np.random.default_rng(2)
    loss = Loss(wide, dict(u=np.zeros((1, size // 2)), b=np.zeros((1, size // 2))))
    w, data = rng.normal(size=size), rng.normal(size=(2, 1, size // 2))
    value = fastest(lambda: loss.value(w, *data))
    return value, fastest(lambda: loss.gradient(w, *data, sweep=sweep)) / value

# %%
sizes, ratios = [10**k for k in range(6, 0, -1)], []
for size in sizes:
    value, ratio = measure(size, reverse)
    ratios.append(ratio)
    print(f"P = {size:<9,} a value {value:8.1e} s, a gradient {ratio:.1f} values")
figures.cost(sizes, ratios)
guessed("02.evaluations_for_one_gradient", ratios[0])

# %% [markdown]
# *Figure: from ten parameters to a million, one gradient costs between four and five evaluations of
# the loss.*
#
# Pushing a million parameters one by one takes hours, at ten milliseconds a value. Up to
# $P = 1{,}000$ the seconds are mostly Python's calls of NumPy. The last factor of ten in $P$ costs
# far more in time: for each result of 4 MB the operating system hands out fresh memory, page by
# page. The ratio is above three because `reverse` fills blocks with zeros and adds to them, and the
# course's `shrink` copies. Without either:

# %%
def lean(tape, values):
    """Like `reverse`, if every slot is read: a slot's first part becomes its bar."""
    bars = [None] * (len(tape) - 1) + [np.ones((1, 1))]
    for k in reversed(range(len(tape))):
        line = tape[k]
        if line.ins:
            parts = REVERSE[line.op](bars[k], values[k], *(values[i] for i in line.ins))
            for i, part in zip(line.ins, parts):
                if part.shape != values[i].shape:
                    part = shrink(part, values[i].shape)
                bars[i] = part if bars[i] is None else bars[i] + part
    return bars

print(f"without zeros and copies, a gradient costs {measure(1_000_000, lean)[1]:.1f} values")

# %% [markdown]
# Near three, partly by luck: the tanh and the additions count too. The true price of reverse mode
# lies elsewhere: **the values that the rules read must be kept** until their lines are read
# backwards. Of the five blocks that `wide` computes, 4 MB each, the rules read two, `tanh(…)` and
# `r`; `forward` keeps all five. Over $N$ steps that becomes the problem of lesson 08.
#
# ## A check that can fail
#
# How do you know that a gradient is right? Take a loss $l(w)$ of one parameter, push it, and
# compare. But how far?
#
# - too far, and you see the curvature: the *forward difference* $(l(w + h) - l(w)) / h$ is wrong by
#   about $h\, l''(w) / 2$, the *central* one, $(l(w + h) - l(w - h)) / 2h$, by $h^2 l'''(w) / 6$;
# - too little, and you subtract two nearly equal numbers: rounding, $10^{-16}$ of $l$, is divided
#   by $h$.
#
# A trick from 1967 pushes in the **imaginary** direction and looks at the imaginary part: the
# *complex step*, $\text{Im}\, l(w + ih) / h$.
#
# > **Predict.** The three are tried on a network's loss, with every $h$ from 1 down to $10^{-20}$.
# > How many digits does the forward difference get right, at its best $h$? And how many the complex
# > step, at $h = 10^{-20}$?

# %%
guess("02.digits_of_the_forward_difference", 10)
guess("02.digits_of_the_complex_step", 4)

# %% [markdown]
# Why:
#
# | | | why |
# |---|---|---|
# | (I1) | $l(w + ih) = l + ih l' - \tfrac12 h^2 l'' - \tfrac16 ih^3 l''' + \dots$ | Taylor |
# | (I2) | $\text{Im}\, l(w + ih) = h l' - \tfrac16 h^3 l''' + \dots$ | $l$, $l''$ are real |
# | (I3) | $\text{Im}\, l(w + ih) / h = l' + O(h^2)$ | nothing was subtracted |
#
# So $h$ may be as small as $10^{-20}$. (I1) needs a function that is analytic, and real for real
# $w$. NumPy's arithmetic and `np.tanh` take complex numbers: your engine can do this already.

# %%
def mse(p, x, targets):
    hidden = tanh(x @ p["W1"] + p["b1"])
    hidden = tanh(hidden @ p["W2"] + p["b2"])
    r = hidden @ p["W3"] + p["b3"] - targets
    return total(r * r) * (1 / x.shape[0])

rng = np.random.default_rng(0)
params = dict(W1=rng.normal(size=(1, 20)), b1=rng.normal(size=(1, 20)))
params |= dict(W2=rng.normal(size=(20, 20)) / np.sqrt(20), b2=np.zeros((1, 20)))
params |= dict(W3=rng.normal(size=(20, 1)) / np.sqrt(20), b3=np.zeros((1, 1)))
loss = Loss(mse, params)
w = loss.flatten(params)
x = np.linspace(-5, 5, 50)[:, None]
targets = 2 * np.sin(x + 0.5)

def loss_at(w):
    return loss.value(w, x, targets)

def gradient_at(w, sweep=None):
    return loss.gradient(w, x, targets, sweep=sweep)

# %%
e = np.eye(w.size)[40]  # the first entry of W2

def forward_difference(h):
    return (loss_at(w + h * e) - loss_at(w)) / h

def central_difference(h):
    return (loss_at(w + h * e) - loss_at(w - h * e)) / (2 * h)

def complex_step(h):
    return loss_at(w + 1j * h * e).imag / h

swept = gradient_at(w)[40]
steps = 10.0 ** np.arange(0, -20.1, -0.5)
digits = {}
for way in forward_difference, central_difference, complex_step:
    digits[way.__name__] = -np.log10([max(abs(way(h) / swept - 1), 1e-16) for h in steps])
    print(f"{way.__name__:19} {digits[way.__name__].max():4.1f} digits at best")
figures.digits(steps, digits)
guessed("02.digits_of_the_forward_difference", digits["forward_difference"].max())
guessed("02.digits_of_the_complex_step", digits["complex_step"][-1])

# %% [markdown]
# *Figure: the derivative with respect to one entry of a network's `W2`. Right of a curve's peak a
# push is too long. Left of it rounding eats a difference's digits, below $10^{-15}$ all of them.
# From 1 to $10^{-4}$ the central difference and the complex step coincide: both are wrong by about
# $h^2 l'''/6$.*
#
# What is right is judged by your sweep. It shares no code with the complex step beyond `forward`,
# and the two agree to rounding, so each vouches for the other. Differences leave seven to ten
# digits here, at the best $h$, so a check built on them needs a tolerance, and tolerances grow
# until it is green. The complex step differs from a right gradient by rounding only, but costs $P$
# evaluations: check a small network of the same lines.
#
# **Exercise 02.check_gradient** *(write a test)*. Return the largest error of any entry, in
# absolute value, divided by *what*? By the same entry, or by the largest entry; of the gradient
# that is tested, or of the true one? Choose so that a right gradient passes even where an entry is
# 0 (never all), and half the right one always gives 0.5. Where the gradient has a NaN, return NaN.

# %%
# exercise 02.check_gradient
def check_gradient(value, gradient, w, h=1e-20):
    """The largest error of any entry of gradient(w), as a fraction of what you choose.

    value(w) -> a number, complex for a complex vector w; gradient(w) -> a vector.
    """
    ### BEGIN SOLUTION
    true = np.array([value(w + 1j * h * e).imag / h for e in np.eye(len(w))])
    return np.abs(gradient(w) - true).max() / np.abs(true).max()
    ### END SOLUTION

# %%
check("02.check_gradient")

# %% [markdown]
# ## A loss curve that looks fine
#
# A colleague sends you a sweep. It is tidy, and differs from yours. Is it wrong? The cell after it
# trains one network from one start with both; a coin toss decides which is A.

# %%
# given
def suspect(tape, values):
    bars = [np.zeros_like(value) for value in values]  # 1
    bars[-1] = np.ones_like(values[-1])  # 2
    for k in reversed(range(len(tape))):  # 3
        line = tape[k]  # 4
        inputs = [values[i] for i in line.ins]  # 5
        parts = REVERSE[line.op](bars[k], values[k], *inputs) if line.ins else ()  # 6
        owed = dict(zip(line.ins, parts))  # 7
        for i in owed:  # 8
            bars[i] = bars[i] + shrink(owed[i], values[i].shape)  # 9
    return bars  # 10

# %%
def train(w, alpha, steps, sweep):
    """Gradient descent -> the last w, and the loss on the way."""
    curve = []
    for _ in range(steps):
        curve.append(loss_at(w))
        w = w - alpha * gradient_at(w, sweep)
    return w, curve

sweeps = np.random.default_rng(2).permutation([suspect, reverse]).tolist()
ends, curves = zip(*[train(w, 0.05, 400, sweep) for sweep in sweeps])
for name, curve in zip("AB", curves):
    print(f"{name}: {curve[0]:.2f} -> {curve[-1]:.3f}")
figures.two_curves(*curves)

# %% [markdown]
# *Figure: both losses fall by a factor of fifty or more. A, without spikes, looks the healthier.*
#
# > **Predict.** Which curve belongs to the right sweep?

# %%
guess("02.the_right_sweep", "A", choices=("A", "B"))

# %%
print(f"A is {sweeps[0].__name__}, B is {sweeps[1].__name__}")
guessed("02.the_right_sweep", "AB"[sweeps.index(reverse)])
right, wrong = gradient_at(ends[0]), gradient_at(ends[0], suspect)
print(f"at A's last w, the largest entry of the gradient is {abs(right).max():.4f}")
print("np.allclose(suspect, right, atol=0.1)   ", np.allclose(wrong, right, atol=0.1))
print("np.allclose(all zeros, right, atol=0.1) ", np.allclose(0 * right, right, atol=0.1))
error = check_gradient(loss_at, lambda w: gradient_at(w, suspect), ends[0])
print(f"your check_gradient: suspect {error:.6f},", end=" ")
print(f"your sweep {check_gradient(loss_at, gradient_at, ends[0]):.1e}")

# %% [markdown]
# A is the suspect. A loss curve cannot tell; a check can, unless its tolerance is as large as what
# it measures: with `atol=0.1` a gradient of zeros passes too. (Your sweep shows $10^{-14}$, not
# $10^{-16}$: the largest entry is only 0.017.) The error 0.5 is a clue: on this loss the suspect's
# gradient is *exactly half* the right one. B's spikes are steps that are too long; with $\alpha$
# halved, the right sweep draws curve A. So tuning $\alpha$ hides the fault, and Adam, which divides
# the scale out, does not notice.
#
# **Exercise 02.bug** *(find the bug, then break the claim)*. The colleague's claim: "at worst my
# gradient is too short or too long; it always points uphill". Give the number of the suspect's
# faulty line. Then a loss of **one** variable, `witness(x)`, traced on a $1 \times 1$ block and
# made of `+`, `-`, `*` and `tanh`, and a point `at` where the suspect's derivative has the
# **wrong sign**.

# %%
# exercise 02.bug
### BEGIN SOLUTION
#: faulty = ...  # the number of a line of `suspect`
#: at = ...  # where: one number
#: def witness(x):
#:     return ...  # e.g. x * 2.0 + tanh(x)
# a dict has one place for each key: of two contributions to one slot it keeps the last
faulty = 7
at = 1.0
def witness(x):
    # 2x − 1.5 = 0.5; the suspect says x − 1.5 = −0.5
    return x * x - x * 1.5
### END SOLUTION

# %%
check("02.bug")

# %% [markdown]
# ## What goes wrong in practice
#
# - **The second gradient is larger than the first.** Adjoints outlived a sweep, and the next one
#   added to them. PyTorch does so on purpose: `.grad` collects until `optimizer.zero_grad()`; in
#   JAX nothing collects. Take the gradient twice at the same $w$ and compare.
# - **A gradient is right alone and wrong in a sum.** `add` hands one array to two slots, and `lean`
#   keeps it in both. It adds with `bars[i] + part`, a new array. With `+=` one addition would
#   change both: on `x * x + (x + z)` the bar of `z` must be 1, and becomes $1 + 2x$.
# - **The check is green and the gradient wrong.** $1 \times 1$ blocks let a wrong order of factors
#   or a missing transpose through. Use three different lengths.
# - **The complex step says 0, or nonsense.** `abs`, `max`, comparisons and `.conj()` are not
#   analytic, and relu has no derivative at 0. Compare with a central difference at points away from
#   the kinks.
#
# ## Back to the question
#
# One gradient of a million parameters costs between four and five evaluations, about three
# without the copies, not a million and one. One sweep up the list gives the adjoint of every
# slot, because each line passes back its part and the parts add up. The price is memory. You can
# now write reverse mode from nothing, and a check that tells a right gradient from one that only
# trains.
#
# *Sources.* Reverse accumulation: Linnainmaa (1976), Speelpenning (1980). Cost: Baur and Strassen
# (1983), for tapes of $+$, $-$, $\times$ and $\div$; Griewank and Walther (2008). Complex step:
# Lyness and Moler (1967); Squire and Trapp (1998).
#
# **Next, 03: Hessian-vector products by hand.** MAML will ask for the derivative of a gradient,
# along a direction: (C4) pushed once more.
