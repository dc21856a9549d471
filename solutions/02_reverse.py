# %% [markdown]
# # 02 · Reverse mode
#
# *(about 30 minutes' reading; 6 exercises. You need: 01. You will be able to: write reverse-mode differentiation from nothing, say what it costs,
# and tell a right gradient from one that only trains well.)*
#
# A loss depends on a million parameters. Evaluating it once takes a few milliseconds. You want its whole gradient: a million numbers, each the
# answer to "and what if I changed *this* parameter?"
#
# > **Predict.** What does the whole gradient cost, counted in evaluations of the loss: about a million, about a thousand, or about five? Write it
# > down. The answer is measured below.

# %%
# given
import numpy as np

from tinymaml.course import check, hint, restore, solution, status, use     # for you to type
from tinymaml.course import style

use("01")

# %%
import time

import matplotlib.pyplot as plt

colours = style()

# %% [markdown]
# ## How much does the loss care?
#
# Take a function small enough to see whole, and record its tape with lesson 01's `trace`.

# %%
def small(x, z):
    a = x * z
    b = tanh(a)
    c = x - b
    return c * c

words = ["x", "z", "a = x · z", "b = tanh(a)", "c = x − b", "loss = c · c"]
tape = trace(small, (1, 1), (1, 1))
values = forward(tape, np.array([[1.0]]), np.array([[0.5]]))
for k, (line, value) in enumerate(zip(tape, values)):
    print(f"slot {k}   {line.op:6} reads {str(line.ins):7} {words[k]:13} {value.item():7.4f}")

# %% [markdown]
# Now interfere. Play the tape up to slot k, **push that one slot** by a little, and let the lines after it run. How far does the loss move, per
# unit of push?

# %%
def loss_if_pushed(tape, values, k, push):
    """The loss when slot k is pushed after it was written: the lines before it stay, those after it run again."""
    values = [*values]
    values[k] = values[k] + push
    for j in range(k + 1, len(tape)):
        if tape[j].ins:
            values[j] = VALUE[tape[j].op](*(values[i] for i in tape[j].ins))
    return values[-1].item()

# %% [markdown]
# > **Predict.** Which slots, pushed up, push the loss *down*? And `x` is read by two lines, which disagree about it: who wins? Then run.

# %%
cares = [(loss_if_pushed(tape, values, k, 1e-6) - loss_if_pushed(tape, values, k, -1e-6)) / 2e-6 for k in range(len(tape))]

fig, (left, right) = plt.subplots(1, 2, figsize=(6.8, 3.6), width_ratios=(1, 1.3), sharey=True)
for k, word in enumerate(words):
    left.text(0.5, k, word, ha="center", va="center", bbox=dict(boxstyle="round", fc="white", ec=colours["blue"]))
for i, k, start, end, bend in [(0, 2, 0.44, 0.34, 0.5), (0, 4, 0.56, 0.66, -0.4), (1, 2, 0.5, 0.5, 0), (2, 3, 0.5, 0.5, 0), (3, 4, 0.5, 0.5, 0),
                               (4, 5, 0.46, 0.46, 0), (4, 5, 0.54, 0.54, 0)]:
    gap = 0 if bend else 0.28
    left.annotate("", (end, k - gap), (start, i + gap), arrowprops=dict(arrowstyle="->", color="0.4", shrinkA=0, shrinkB=0,
                                                                       connectionstyle=f"arc3,rad={bend}"))
right.barh(range(len(tape)), cares, height=0.55, color=[colours["blue"] if c > 0 else colours["vermilion"] for c in cares])
for k, c in enumerate(cares):
    right.text(c + np.sign(c) * 0.04, k, f"{c:+.3f}", va="center", ha="left" if c > 0 else "right")
left.set(title="x is read by two lines", xlim=(0, 1), ylim=(5.6, -0.6))
left.axis("off")
right.set(title="What a push of each slot does to the loss", xlabel="loss moves by … per unit of push", xlim=(-1.7, 1.7), axisbelow=True)
right.tick_params(labelleft=False, left=False)
right.grid(axis="y", visible=False)
plt.show()

# %% [markdown]
# *Figure: left, who reads whom. Right, a push up of a blue slot raises the loss, of a vermilion one lowers it; x does both, and its bar is what
# remains.*
#
# These bars are the **adjoints**. The adjoint of a slot v, written v̄ and `bar` in code, is the derivative of the loss with respect to that slot,
# *everything before it held still*. A block has one for each of its entries, so v̄ has the shape of v. The gradient is the adjoints of the
# parameters. To get them we ran the tape again for every slot; that is what we now avoid.
#
# ## The chain rule, down the list
#
# Let `L_k(v₀, …, v_k)` be the loss as a function of slots 0 to k, the lines after k being run: what `loss_if_pushed` computes. We want
# `v̄_k = ∂L_k/∂v_k`. Start at the end of the tape, where all derivatives are trivial, and take the lines back one at a time. `f_k` is what line k
# computes.
#
# | | | why | in code |
# |---|---|---|---|
# | (1) | `L_n(v₀, …, v_n) = v_n` | the last slot *is* the loss | all bars zero, the last one 1 |
# | (2) | `L_{k−1}(v₀, …, v_{k−1}) = L_k(v₀, …, v_{k−1}, f_k(v))` | line k computes slot k, from slots before it | |
# | (3) | `∂L_{k−1}/∂v_s = ∂L_k/∂v_s + ∂L_k/∂v_k · ∂f_k/∂v_s` | chain rule: v_s acts by itself, and through slot k | |
# | (4) | `v̄_s ← v̄_s + v̄_k · ∂f_k/∂v_s` | (3), new in place of old; slots that line k does not read keep theirs | `bars[s] = bars[s] + …` |
# | (5) | repeat for k = n, n−1, … | after line s + 1, `v̄_s` is `∂L_s/∂v_s` | `reversed(range(len(tape)))` |
#
# The **plus** in (4): a slot that is read more than once (*fan-out*) collects from every reader, and twice from a line that reads it twice. The
# **order**: when line k comes, everyone who read slot k stands below it and has been dealt with, so v̄_k is complete.
#
# Now do it by hand, once in your life. Here x = 3, so a = 6, b = 18, c = 12, and c is the loss.
#
# ```python
# def braid(x):
#     a = x + x
#     b = a * x
#     c = b - a
#     return c
# ```
#
# **Exercise 02.by_hand** *(predict)*. Walk `braid` backwards with line (4), pencil in hand. What are the four adjoints? Four numbers.

# %%
# exercise 02.by_hand
### BEGIN SOLUTION
#: c_bar = ...
#: b_bar = ...
#: a_bar = ...
#: x_bar = ...
c_bar = 1
b_bar = c_bar                           # c = b − a
a_bar = -c_bar + b_bar * 3              # c = b − a, and b = a · x
x_bar = b_bar * 6 + a_bar + a_bar       # b = a · x, and a = x + x: twice
### END SOLUTION

# %%
check("02.by_hand")

# %% [markdown]
# ## Three kinds of line
#
# What remains is `v̄_k · ∂f_k/∂v_s` for each operation, on whole blocks, where "the loss moves by ȳ · push" is a sum over the entries:
# `dloss = Σ_ij ȳ_ij dy_ij`. Put in what dy is, sort by dx, and what multiplies `dx` is by definition x̄. That one move gives every rule:
#
# | kind | value | a push of x moves y by | so the loss sends back | why |
# |---|---|---|---|---|
# | **linear**: add, subtract, sum, stretch | `y = A x` | `dy = A dx` | `x̄ += Aᵀ ȳ` | `Σ_i ȳ_i Σ_j A_ij dx_j = Σ_j (Σ_i A_ij ȳ_i) dx_j` |
# | **bilinear**: multiply | `y_ij = x_ij z_ij` | `dy_ij = dx_ij z_ij` | `x̄_ij += ȳ_ij z_ij` | with z held, linear in x: a diagonal A |
# | **bilinear**: matmul | `y = x z` | `dy = dx z` | `x̄ += ȳ zᵀ` | lines (1) to (5) below |
# | **pointwise**: tanh, exp, … | `y = f(x)` | `dy = f'(x) dx` | `x̄ += f'(x) ȳ` | a diagonal A again |
#
# The rest is composed: the mean is a sum times a constant, `x / z` is x times a pointwise `1/z`. The adjoint always runs the *transposed* line. Where
# the transpose of the matmul comes from:
#
# | | | why |
# |---|---|---|
# | (1) | `y_ij = Σ_p x_ip z_pj` | the definition |
# | (2) | `dy_ij = Σ_p dx_ip z_pj` | push x, hold z |
# | (3) | `dloss = Σ_ij ȳ_ij Σ_p dx_ip z_pj` | what ȳ means |
# | (4) | `dloss = Σ_ip dx_ip (Σ_j ȳ_ij z_pj)` | the same terms, sorted by dx |
# | (5) | `x̄_ip = Σ_j ȳ_ij z_pj`, that is `x̄ = ȳ zᵀ` | what multiplies dx_ip is x̄_ip; j is summed, and stands second in z |
#
# > **Predict.** Push z instead. Which side does xᵀ stand on? Check with shapes, (m × k)(k × n). Which shapes would *not* have told you that the
# > factors were in the wrong order?
#
# <details><summary>Answer</summary>
#
# `z̄_pj = Σ_i x_ip ȳ_ij`, so `z̄ = xᵀ ȳ`: (k × m)(m × n). Square blocks let every wrong order and every forgotten transpose through: test with
# three different lengths.
# </details>
#
# **Stretching.** In `x @ W + b` the bias has one row and is added to all m rows. That is a linear map, a column of m ones; its transpose is a row
# of m ones, which *sums*:
#
# $$ \text{stretch: } y = \begin{pmatrix}1\\1\\1\end{pmatrix} b, \qquad
# \text{its transpose: } \bar b = \begin{pmatrix}1&1&1\end{pmatrix} \bar y = \bar y_1 + \bar y_2 + \bar y_3 $$
#
# Fan-out once more: b is used m times, and the loss cares through every one. And the transpose of a sum is a stretch.
#
# **Exercise 02.shrink** *(write it)*. A block of the given shape was stretched to the shape of `a`, as NumPy does: downwards, to the right, both, or
# not at all. Bring `a` back, as the transpose does.

# %%
# exercise 02.shrink
def shrink(a, shape):
    """The adjoint of stretching a block of `shape` (two numbers) to a.shape: where shape has a 1, entries of `a` are summed. -> a block of `shape`"""
    ### BEGIN SOLUTION
    axes = tuple(k for k in (0, 1) if shape[k] != a.shape[k])
    return a.sum(axes, keepdims=True)
    ### END SOLUTION

# %%
check("02.shrink")

# %% [markdown]
# **Exercise 02.rules** *(write it)*. One line an operation; `mul` is element by element. A rule gets ȳ (`bar`), the value y, and the inputs; it
# returns a tuple, a contribution for each input: `(part,)` where there is one. If NumPy stretched x or z in the operation, do not mind: the sweep
# will `shrink` what you return, as for `add`. The contribution of `sum` has the shape of x. (tanh' is `1 − tanh²`: you have it in y.)

# %%
# exercise 02.rules
REVERSE = {
    ### BEGIN SOLUTION
    #: "add":    lambda bar, y, x, z: (bar, bar),
    #: "sub":    lambda bar, y, x, z: ...,
    #: "mul":    lambda bar, y, x, z: ...,
    #: "matmul": lambda bar, y, x, z: ...,
    #: "sum":    lambda bar, y, x: ...,
    #: "tanh":   lambda bar, y, x: ...,
    "add":    lambda bar, y, x, z: (bar, bar),
    "sub":    lambda bar, y, x, z: (bar, -bar),
    "mul":    lambda bar, y, x, z: (bar * z, bar * x),
    "matmul": lambda bar, y, x, z: (bar @ z.T, x.T @ bar),
    "sum":    lambda bar, y, x: (bar * np.ones_like(x),),
    "tanh":   lambda bar, y, x: ((1 - y * y) * bar,),
    ### END SOLUTION
}

# %%
check("02.rules")

# %% [markdown]
# ## The sweep
#
# > **Predict.** `b = a + a; c = b + b`. How much does c care about a? And what would a sweep say that *stores* contributions (`bars[i] = part`)
# > where line (4) adds them?
#
# <details><summary>Answer</summary>
#
# 4: each line doubles. The sweep that stores says 1, however many such lines there are; on a tape that reads each slot once it is right.
# </details>
#
# **Exercise 02.reverse** *(write it)*. Lines (1) to (5) of the table. Inputs and constants read nothing (`line.ins` is empty) and have nothing to
# pass on; every other line asks its rule in `REVERSE`, once.

# %%
# exercise 02.reverse
def reverse(tape, values):
    """The adjoint of every slot, given the values `forward` left: a list of blocks, each of its slot's shape (zeros where the loss does not care)."""
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
# The cells from here on run your `shrink`, `REVERSE` and `reverse`. To read on without one, `use("02.reverse")`, in a cell of its own, brings the
# course's; likewise `use("02.shrink")` and `use("02.rules")`.
#
# One sweep, and all the bars of the figure at once:

# %%
for word, care, bar in zip(words, cares, reverse(tape, values)):
    print(f"{word:13} pushed {care:+.6f}   swept {bar.item():+.6f}")

# %% [markdown]
# A network's parameters come as a dict of blocks, an optimiser wants one flat vector `w`. `Loss` translates, and keeps one tape for each shape of
# data. Every lesson up to 05 makes it able to do more, or faster.

# %%
# given
class Loss:
    """A loss function(p, *data), p a dict of blocks like `params`, as a function of one flat vector w."""
    def __init__(self, function, params):
        self.function, self.tapes = function, {}
        self.shapes = {name: np.atleast_2d(block).shape for name, block in params.items()}
        self.cuts = np.cumsum([m * n for m, n in self.shapes.values()])[:-1]

    def flatten(self, params):
        return np.concatenate([np.ravel(params[name]) for name in self.shapes])

    def blocks(self, w):
        return [part.reshape(shape) for part, shape in zip(np.split(w, self.cuts), self.shapes.values())]

    def trace(self, *data):
        """The tape for data of these shapes: parameters are its first inputs."""
        key, n = tuple(x.shape for x in data), len(self.shapes)
        if key not in self.tapes:
            self.tapes[key] = trace(lambda *xs: self.function(dict(zip(self.shapes, xs[:n])), *xs[n:]), *self.shapes.values(), *key)
        return self.tapes[key]

    def value(self, w, *data):
        return forward(self.trace(*data), *self.blocks(w), *data)[-1].item()

    def gradient(self, w, *data, sweep=None):
        """sweep: which function to use in place of `reverse`."""
        tape = self.trace(*data)
        values = forward(tape, *self.blocks(w), *data)
        bars = (sweep or reverse)(tape, values)
        return np.concatenate([bars[k].ravel() for k in range(len(self.shapes))])

# %% [markdown]
# ## What it costs
#
# Count multiplications. Forward, a matmul of (m × k) and (k × n) takes mkn; its reverse rule is two matmuls, of mkn each. A pointwise line takes
# two or three for one. So value and adjoints together take about three times the multiplications of the value alone, and **P does not occur in
# the argument**. (Baur and Strassen proved it for tapes of `+ - * /`.) Pushing the parameters one by one takes `P + 1` evaluations. *Forward
# mode*, which carries derivatives along one direction down the tape (lesson 03 writes it), takes P sweeps.
#
# > **Predict.** For P = 1,002,001 and a value in about 5 ms: how many hours would pushing take? The cell prints it.

# %%
def wide(p, x, y):
    r = tanh(x @ p["W"] + p["b"]) @ p["u"] + p["c"] - y
    return total(r * r)

def fastest(run, times):
    """Seconds, the best of several."""
    seconds = []
    for _ in range(times):
        start = time.perf_counter()
        run()
        seconds.append(time.perf_counter() - start)
    return min(seconds)

rng, sizes, swept = np.random.default_rng(2), [], []
for n in (4, 16, 64, 256, 1000):
    loss = Loss(wide, dict(W=np.zeros((n, n)), b=np.zeros(n), u=np.zeros((n, 1)), c=np.zeros(1)))
    P = n * n + 2 * n + 1
    w, x, y = rng.normal(size=P) / np.sqrt(n), rng.normal(size=(256, n)), rng.normal(size=(256, 1))
    times = 20 if n < 1000 else 8
    one, all_of_it = fastest(lambda: loss.value(w, x, y), times), fastest(lambda: loss.gradient(w, x, y), times)
    one = min(one, fastest(lambda: loss.value(w, x, y), times))         # again: the machine may have been busy
    sizes.append(P)
    swept.append(all_of_it / one)
hours = one * (P + 1) / 3600
print(f"P = {P:,}: one value {one * 1e3:.1f} ms, the gradient {swept[-1] * one * 1e3:.0f} ms; parameter by parameter {hours:.1f} hours")

fig, ax = plt.subplots()
ax.loglog(sizes, [P + 1 for P in sizes], color=colours["vermilion"], linestyle="--", label="pushing each parameter: P + 1")
ax.loglog(sizes, swept, "o-", color=colours["blue"], label="reverse mode, measured")
ax.set(title="One backward sweep costs a few evaluations, whatever P", xlabel="parameters P", ylabel="cost (evaluations)", ylim=(1, 3e6))
ax.legend()
plt.show()

# %% [markdown]
# *Figure: the cost of a gradient in evaluations of the loss. From 25 parameters to a million, reverse mode stays near five (between about 3 and
# 10, as the machine pleases).*
#
# It is more than three because our sweep asks for fresh memory at every step and fills it with zeros it does not need; lessons 04 and 05 stop doing
# that. The true price of reverse mode is another: **every value must be kept** until its line is read backwards. For a tape of N steps of training
# that becomes the problem of lesson 08.
#
# ## A check that can fail
#
# How do you know that a gradient is right? Push and compare. But how far?
#
# - too far, and you see the curvature: `(f(x + h) − f(x)) / h` is wrong by about `h f''/2`;
# - too little, and you subtract two nearly equal numbers: rounding (1e-16 of f) is divided by h.
#
# A trick from 1967 steps around the second. Push in the **imaginary** direction and look at the imaginary part:
#
# | | | why |
# |---|---|---|
# | (1) | `f(x + ih) = f(x) + ih f'(x) − h²/2 f''(x) − i h³/6 f'''(x) + …` | Taylor, f analytic and real for real x |
# | (2) | `imag f(x + ih) = h f'(x) − h³/6 f'''(x) + …` | f(x) and f'' are in the real part |
# | (3) | `imag f(x + ih) / h = f'(x) + O(h²)` | nothing was subtracted, so h may be as small as 1e-20 |
#
# NumPy's arithmetic and `np.tanh` take complex numbers, and `forward` passes on whatever it is given: your engine can do this already.
#
# > **Predict.** Error against h, both axes logarithmic: what shape has the forward difference, and where is its lowest point? What shape has the
# > complex step?

# %%
def mse(p, x, y):
    h = tanh(x @ p["W1"] + p["b1"])
    h = tanh(h @ p["W2"] + p["b2"])
    r = h @ p["W3"] + p["b3"] - y
    return total(r * r) * (1 / y.shape[0])

def network(n, rng):
    return dict(W1=rng.normal(size=(1, n)), b1=rng.normal(size=(1, n)), W2=rng.normal(size=(n, n)) / np.sqrt(n), b2=np.zeros((1, n)),
                W3=rng.normal(size=(n, 1)) / np.sqrt(n), b3=np.zeros((1, 1)))

params = network(20, np.random.default_rng(0))
loss = Loss(mse, params)
w = loss.flatten(params)
x = np.linspace(-5, 5, 50)[:, None]
y = 2 * np.sin(x + 0.5)

f = lambda w: loss.value(w, x, y)
g = loss.gradient(w, x, y)
some = range(40, 440, 50)                                   # eight entries of W2
ways = {"forward difference": lambda h, e: (f(w + h * e) - f(w)) / h, "central difference": lambda h, e: (f(w + h * e) - f(w - h * e)) / (2 * h),
        "complex step": lambda h, e: f(w + 1j * h * e).imag / h}
hs = 10.0 ** np.arange(0, -20.1, -0.5)
errors = {name: np.array([max(abs(way(h, np.eye(len(w))[k]) - g[k]) for k in some) for h in hs]) / max(abs(g[some])) for name, way in ways.items()}
for name, error in errors.items():
    best = np.argmax(error < 3 * error.min())               # the largest h that is as good as any
    print(f"{name:19} best error {error[best]:.0e}, at h = {hs[best]:.0e}")

fig, ax = plt.subplots()
for (name, error), line, colour in zip(errors.items(), ("--", "-.", "-"), ("vermilion", "orange", "blue")):
    ax.loglog(hs, np.maximum(error, 1e-17), linestyle=line, color=colours[colour], label=name)
ax.axhline(2.2e-16, color="0.5", linewidth=1, linestyle=":")
ax.text(2, 4e-16, "rounding", color="0.4", ha="right", va="bottom")
ax.set(title="Differences have a best h; the complex step needs none", xlabel="size of the push h", ylabel="relative error", ylim=(5e-18, 1e3))
ax.legend(loc="center left")
plt.show()

# %% [markdown]
# *Figure: eight entries of a network's gradient by three ways, against your sweep (the largest error). Differences make a V: curvature on its
# right arm, rounding on its left, and below 1e-15 the push is lost. The complex step goes down to rounding and stays.*
#
# Differences leave you with seven to ten digits, so a check built on them needs a tolerance, and tolerances grow until the check is green. The
# complex step leaves no excuse: for a right gradient it differs by rounding, about 1e-16, and for a wrong one visibly.
#
# **Exercise 02.check_gradient** *(write it)*. Return a number that tells right from wrong: the largest error of any entry, *relative to the
# largest entry of the true gradient*, both in absolute value. Never a bool: you want to see how wrong. Where the gradient has a NaN, return NaN.

# %%
# exercise 02.check_gradient
def check_gradient(value, gradient, w, h=1e-20):
    """The largest absolute error of gradient(w), divided by the largest absolute entry of the true gradient (found by complex steps).

    value(w) -> a number, complex for a complex vector w; gradient(w) -> a vector.
    """
    ### BEGIN SOLUTION
    true = np.array([value(w + 1j * h * e).imag / h for e in np.eye(len(w))])
    return np.abs(gradient(w) - true).max() / np.abs(true).max()
    ### END SOLUTION

# %%
check("02.check_gradient")

# %%
print(len(w), "parameters, largest relative error", check_gradient(f, lambda w: loss.gradient(w, x, y), w))

# %% [markdown]
# ## A loss curve that looks fine
#
# A colleague sends you a sweep. It is tidy, has run for months, and differs from yours. Is it wrong?

# %%
# given
def suspect(tape, values):
    bars = [np.zeros_like(value) for value in values]                              # 1
    bars[-1] = np.ones_like(values[-1])                                            # 2
    for k in reversed(range(len(tape))):                                           # 3
        line = tape[k]                                                             # 4
        inputs = [values[i] for i in line.ins]                                     # 5
        parts = REVERSE[line.op](bars[k], values[k], *inputs) if line.ins else ()  # 6
        owed = dict(zip(line.ins, parts))                                          # 7
        for i in owed:                                                             # 8
            bars[i] = bars[i] + shrink(owed[i], values[i].shape)                   # 9
    return bars                                                                    # 10

# %% [markdown]
# > **Predict.** The next cell trains the same network from the same start, with both sweeps. Which curve, A or B, belongs to the right one?

# %%
def train(w, alpha, steps, sweep):
    """Gradient descent on the sinusoid. -> the last w, and the loss on the way"""
    curve = []
    for _ in range(steps):
        curve.append(f(w))
        w = w - alpha * loss.gradient(w, x, y, sweep=sweep)
    return w, curve

w_a, a = train(w, 0.05, 400, suspect)
w_b, b = train(w, 0.05, 400, reverse)
fig, ax = plt.subplots(figsize=(6.4, 3))
ax.semilogy(a, label="A")
ax.semilogy(b, label="B")
ax.set(title="Two sweeps train the same network: which one is wrong?", xlabel="step of gradient descent", ylabel="mean squared error")
ax.legend()
plt.show()

# %% [markdown]
# *Figure: both losses fall by a factor of fifty or more; A looks the healthier.*
#
# A is the suspect. A loss curve cannot tell; a check can, unless its tolerance is as large as what it measures. At A's last parameters:

# %%
right, wrong = loss.gradient(w_a, x, y), loss.gradient(w_a, x, y, sweep=suspect)
print("largest entry of the gradient             ", f"{abs(right).max():.4f}")
print("np.allclose(suspect, right, atol=0.1)     ", np.allclose(wrong, right, atol=0.1))
print("np.allclose(all zeros, right, atol=0.1)   ", np.allclose(0 * right, right, atol=0.1))
print("your check_gradient says                  ", check_gradient(f, lambda w: loss.gradient(w, x, y, sweep=suspect), w_a))

# %% [markdown]
# With that tolerance a gradient of zeros passes too. Your 0.5 is a clue: on this loss the suspect's gradient is *exactly half* the right one.
# Gradient descent takes half the step, which happened to suit it. Whoever tunes α will never know, and Adam, which divides the scale out, does not
# even notice. On other losses it is not harmless.
#
# **Exercise 02.bug** *(find the bug, then break it)*. Give the number of the faulty line. Then a loss of **one** variable, `witness(x)`, traced on
# a 1 × 1 block and made of `+`, `-`, `*` and `tanh`, and a point `at` where the suspect's derivative has the **wrong sign** (plus for minus, or minus
# for plus): there, its gradient descent walks uphill.

# %%
# exercise 02.bug
### BEGIN SOLUTION
#: faulty = ...                    # the number of a line of `suspect`
#: at = ...                        # where: one number
#: def witness(x):
#:     return ...                  # e.g. x * 2.0 + tanh(x)
faulty = 7                                                  # a dict has one place for each key: of two contributions to one slot it keeps the last
at = 1.0
def witness(x):
    return x * x - x * 1.5                                  # 2x − 1.5 = 0.5; the suspect says x − 1.5 = −0.5
### END SOLUTION

# %%
check("02.bug")

# %% [markdown]
# **What goes wrong in practice**
#
# - *Stored, not added.* Wherever a value is used twice (residual connections, tied weights, `r * r`) the gradient loses a part.
# - *Stale adjoints.* If the bars outlive a sweep, the second sweep adds to the first. Some frameworks want it so and ask you to zero them.
# - *Shared memory.* `bars[i] += part` changes the array in place, and `add` has handed the same array to two slots. Hence `bars[i] = bars[i] + part`.
# - *The mean in place of the sum* when a bias is shrunk: biases learn m times too slowly, and the network still trains.
# - *A check without power*: square blocks; *float32*, in which differences leave about three digits; *kinks* (relu at 0), where there is no
#   derivative to check.
# - *The complex step needs analytic code*: `abs`, `max`, comparisons and `.conj()` break it. `.T` does not; MATLAB's `'` does.
#
# ## Your engine and tinymaml's
#
# The same network written with `tinymaml`'s operations, differentiated by `tinymaml`'s engine:

# %%
import tinymaml as tm

def tm_mse(p, x, y):
    h = tm.tanh(x @ p["W1"] + p["b1"])
    h = tm.tanh(h @ p["W2"] + p["b2"])
    return tm.mean(tm.square(h @ p["W3"] + p["b3"] - y))

mine, theirs = loss.gradient(w, x, y), tm.Loss(tm_mse, params).gradient(w, x, y)
print(f"largest difference, relative to the largest entry: {abs(mine - theirs).max() / abs(theirs).max():.1e}")

# %% [markdown]
# The same to rounding. And it trains:

# %%
trained, _ = train(w, 0.05, 2000, reverse)

def predictions(w):
    W1, b1, W2, b2, W3, b3 = loss.blocks(w)
    return tanh(tanh(x @ W1 + b1) @ W2 + b2) @ W3 + b3

fig, ax = plt.subplots()
ax.plot(x, y, "o", markersize=4, color=colours["black"], linestyle="none", label="data: 2 sin(x + 0.5)")
ax.plot(x, predictions(w), linestyle=":", color=colours["orange"], label=f"before: loss {f(w):.2f}")
ax.plot(x, predictions(trained), linestyle="-", color=colours["blue"], label=f"after 2,000 steps: loss {f(trained):.3f}")
ax.set(title="Gradient descent with an engine of your own", xlabel="x", ylabel="y", ylim=(-3, 4))
ax.legend(loc="upper right", fontsize=9)
plt.show()

# %% [markdown]
# *Figure: a tanh network with 481 parameters, before and after gradient descent with the sweep you wrote.*
#
# **Back to the question.** About five evaluations, not a million: one sweep up the list gives the adjoint of every slot, because each line passes
# back its part and the parts add up. What you pay with is memory.
#
# MAML will ask for more: the derivative of a gradient, along a direction. **Next, 03: Hessian-vector products by hand**, which is line (4) pushed
# once more.
#
# *Sources.* Tapes: Wengert (1964), "A simple automatic derivative evaluation program". Reverse accumulation: Linnainmaa (1976), Speelpenning
# (1980). Cost: Baur and Strassen (1983), "The complexity of partial derivatives"; Griewank and Walther (2008), *Evaluating Derivatives*. Complex
# step: Lyness and Moler (1967); Squire and Trapp (1998), "Using complex variables to estimate derivatives of real functions".
