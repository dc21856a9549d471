# %% [markdown]
# # 03 · Hessian-vector products by hand
#
# **The Hessian of a network with a million weights has 10¹² entries: eight terabytes. MAML multiplies a vector by it at every inner step. How can
# one multiply by a matrix that one can never write down, and at what price?**
#
# *(about 35 minutes' reading; 10 exercises, an hour more. You need: 02. You will be able to: multiply any vector by the Hessian of any loss you
# can record, derive every formula of it, check it with tests that can fail, and say what it costs. Cells use your answers; to read on
# without one, `use("03.reference")`, in a cell of its own, takes the course's.)*

# %%
# given
import numpy as np

import tinymaml as tm
from tinymaml.course import check, hint, restore, solution, status, use     # for you to type
from tinymaml.course import style

use("02")


def wave(p, x, y):
    """Two weights: y ≈ b tanh(a x)."""
    error = p["b"] * tanh(p["a"] * x) - y
    return total(error * error) * 0.1


def mse(p, x, y):
    """Mean squared error of a network with two tanh layers."""
    h = tanh(x @ p["W1"] + p["b1"])
    h = tanh(h @ p["W2"] + p["b2"])
    error = h @ p["W3"] + p["b3"] - y
    return total(error * error) * (1 / y.shape[0])


def weights(width, seed=0):
    """name -> array, for a network 1-width-width-1."""
    rng = np.random.default_rng(seed)
    shapes = dict(W1=(1, width), b1=(1, width), W2=(width, width), b2=(1, width), W3=(width, 1), b3=(1, 1))
    return {name: rng.standard_normal((m, n)) / np.sqrt(m) for name, (m, n) in shapes.items()}


x = np.linspace(-2, 2, 10)[:, None]
y = np.sin(x)

# %% [markdown]
# ## A gradient that turns
#
# Stand at `w` and walk in a straight line, `w + t v`. At every point the gradient is an arrow. As you walk it turns and stretches. How fast it does
# so as you set off is the whole subject of this lesson.
#
# > **Predict.** The next cell draws five gradients along a line, then moves all five arrows to one common foot: their tips trace a curve. What
# > would that curve be, were the loss a quadratic? Then run.

# %%
import matplotlib.pyplot as plt

colours = style()
plt.rcParams["figure.figsize"] = 5.6, 2.8
small = Loss(wave, {"a": np.zeros((1, 1)), "b": np.zeros((1, 1))})
w0, v0 = np.array([0.4, 0.6]), np.array([0.9, 0.3])
ts = np.linspace(0, 1, 5)
arrows = np.array([small.gradient(w0 + t * v0, x, y) for t in ts])
velocity = (small.gradient(w0 + 1e-5 * v0, x, y) - small.gradient(w0 - 1e-5 * v0, x, y)) / 2e-5        # two arrows, close together

fig, (left, right) = plt.subplots(1, 2, figsize=(6.4, 2.7))
a, b = np.linspace(0.1, 1.5, 20), np.linspace(0.2, 1.2, 20)
left.contour(a, b, [[small.value(np.array([p, q]), x, y) for p in a] for q in b], 5, colors="0.75", linewidths=1)
left.plot(*np.array([w0, w0 + v0]).T, color=colours["black"], ls="--", lw=1)
paint = [colours["vermilion"]] + [colours["blue"]] * 4
left.quiver(*(w0 + ts[:, None] * v0).T, *arrows.T, color=paint, angles="xy", scale_units="xy", scale=3, width=0.009)
left.set(title="Along w + t v the gradient turns", xlabel="weight a", ylabel="weight b")
right.quiver(np.zeros(5), np.zeros(5), *arrows.T, color=paint, angles="xy", scale_units="xy", scale=1, width=0.008)
many = np.array([small.gradient(w0 + t * v0, x, y) for t in np.linspace(0, 1, 60)])
right.plot(*many.T, color=colours["sky"], lw=1.5, ls="-", label="where the tips go")
right.quiver(*arrows[0], *(velocity * 0.3), color=colours["green"], angles="xy", scale_units="xy", scale=1, width=0.012)
right.plot([], [], color=colours["green"], lw=3, ls="-", label="Hv (× 0.3)")
right.set(title="Hv: how its tip sets off", xlabel="∂l/∂a", ylabel="∂l/∂b", xlim=(-0.62, 0.08), ylim=(-0.58, 0.2))
right.legend(loc="upper left", fontsize=9)
plt.show()

# %% [markdown]
# *Figure: the gradient at `w` (red) changes as we walk along `v`; right, all five on one foot: the velocity of the tip as we set off (green) is Hv.
# For a quadratic the tips run straight, at constant speed: its Hessian is the same everywhere.*
#
# Why is that velocity the Hessian times `v`?
#
# | | | why |
# |---|---|---|
# | (a) | $\frac{d}{dt}\big[\nabla l(w+tv)\big]_i = \frac{d}{dt}\,\frac{\partial l}{\partial w_i}(w+tv)$ | the i-th entry of a gradient |
# | (b) | $= \sum_j \frac{\partial^2 l}{\partial w_j\,\partial w_i}(w+tv)\;v_j$ | chain rule: coordinate j moves at speed $v_j$ |
# | (c) | $= \big[H v\big]_i$ at $t=0$ | the definition of a matrix times a vector |
#
# So $Hv$ is **one** directional derivative of the gradient; the walk does the sum over j.
#
# **Exercise 03.quadratic** *(predict)*. Let `l(w) = ½ wᵀ A w + cᵀ w` with
#
#     A = [[2, 4],        c = (1, 3),   w = (5, -1),   v = (1, 2).
#          [0, 6]]
#
# What is Hv? Two numbers, by hand.

# %%
# exercise 03.quadratic
### BEGIN SOLUTION
#: Hv = ...
Hv = (6, 14)
### END SOLUTION

# %%
check("03.quadratic")

# %% [markdown]
# ## A reference: walk an imaginary step
#
# A velocity can be had from two gradients, `(∇l(w + tv) − ∇l(w)) / t`. With t large the curve is not straight; with t small, two nearly equal
# gradients are subtracted and their leading digits are lost. Lesson 02 knew a way out: step along the imaginary axis, and nothing is subtracted:
#
# $$\nabla l(w + ihv) = \nabla l(w) + ih\,Hv + O(h^2) \quad\Rightarrow\quad Hv = \mathrm{Im}\,\nabla l(w+ihv)\,/\,h \;+\; O(h^2)$$
#
# (the h² term of the first is real, so the imaginary part does not see it).
#
# **Exercise 03.reference** *(write it)*. `gradient` takes a vector, real or complex, and returns one. Return Hv, right to twelve digits.

# %%
# exercise 03.reference
def complex_hvp(gradient, w, v):
    """Hv at w, from one call of gradient(vector) -> vector."""
    ### BEGIN SOLUTION
    h = 1e-20
    return gradient(w + 1j * h * v).imag / h
    ### END SOLUTION

# %%
check("03.reference")

# %% [markdown]
# > **Predict.** A float64 has 16 digits. How many of them can the best difference of two gradients get right: 15, 12, 8? And with the centred
# > difference `(∇l(w + tv) − ∇l(w − tv)) / 2t`?

# %%
net = Loss(mse, weights(5))
w = net.flatten(weights(5))
v = np.random.default_rng(1).standard_normal(w.size)
gradient = lambda w: net.gradient(w, x, y)
exact = complex_hvp(gradient, w, v)
off = lambda hv: max(np.linalg.norm(hv - exact) / np.linalg.norm(exact), 1e-17)

steps = 10.0 ** np.arange(-15, 0.5, 0.5)
curves = {"difference": [off((gradient(w + t * v) - gradient(w)) / t) for t in steps],
          "centred": [off((gradient(w + t * v) - gradient(w - t * v)) / (2 * t)) for t in steps],
          "imaginary step": [off(gradient(w + 1j * t * v).imag / t) for t in steps]}
for name, error in curves.items():
    plt.loglog(steps, error, label=name)
plt.gca().set(title="A difference must choose its step; an imaginary one need not", xlabel="step t", ylabel="relative error of Hv")
plt.legend(loc=(0.02, 0.15))
plt.show()
print("smallest error:", ", ".join(f"{name} {min(error):.0e}" for name, error in curves.items()))

# %% [markdown]
# *Figure: to the right of each minimum the step is too long, to the left rounding eats the answer; only the imaginary step has no left branch.*
#
# A good reference. But complex numbers double the memory and about quadruple the work, and they say nothing about *why*. Let us differentiate by
# hand.
#
# ## The R-operator
#
# Pearlmutter (1994) gave that velocity a name. For anything that depends on the weights,
#
# $$R\{f(w)\} \;=\; \frac{d}{dt} f(w+tv)\Big|_{t=0}, \qquad\text{so that}\qquad R\{w\}=v,\quad R\{\text{data}\}=0,\quad R\{\nabla l(w)\}=Hv.$$
#
# It is a derivative, so the sum, product and chain rules hold. In lesson 02 you wrote the program that computes $\nabla l$. **Apply R to every
# line of that program**, and it computes Hv. That is the whole idea. The program has two sweeps, so we get two more:
#
# | sweep | direction | computes | for each slot |
# |---|---|---|---|
# | value | → | $y$ | lesson 01 |
# | reverse | ← | $\bar y$ (`bar`): how much the loss cares about the slot | lesson 02 |
# | tangent | → | $\dot y = R\{y\}$ (`dot`): how the slot moves along v | now |
# | tangent of reverse | ← | $\dot{\bar y} = R\{\bar y\}$ (`bar_dot`): how the caring changes along v | now; at the weights it is Hv |
#
# ## Twelve formulas
#
# Three kinds of operation, linear (add, sub, sum), bilinear (mul, matmul) and pointwise (tanh), have a rule for each of the four sweeps. The
# reverse rules of lesson 02 are the tangent rules transposed: $\langle\bar y,\dot y\rangle = \langle\bar x,\dot x\rangle$ whatever $\dot x$ is,
# where $\langle a,b\rangle$ is the sum of the products of the entries.
#
# | | kind | formula | why |
# |---|---|---|---|
# | (1) | linear | $y = Ax$ | value |
# | (2) | | $\dot y = A\dot x$ | R of (1) |
# | (3) | | $\bar x \mathrel{+}= A^{\mathsf T}\bar y$ | $\langle\bar y, A\dot x\rangle = \langle A^{\mathsf T}\bar y, \dot x\rangle$: (2) transposed |
# | (4) | | $\dot{\bar x} \mathrel{+}= A^{\mathsf T}\dot{\bar y}$ | R of (3); $A$ stands still |
# | (5) | bilinear | $y = x\cdot z$ | value |
# | (6) | | $\dot y = \dot x\cdot z + x\cdot\dot z$ | R of (5), product rule |
# | (7) | | $\bar x \mathrel{+}= \bar y\cdot z^{\mathsf T},\quad \bar z \mathrel{+}= x^{\mathsf T}\cdot\bar y$ | (6) transposed, one term each |
# | (8) | | $\dot{\bar x} \mathrel{+}=\;?\,,\quad \dot{\bar z} \mathrel{+}=\;?$ | R of (7): **both** factors move |
# | (9) | pointwise | $y = f(x)$ | value |
# | (10) | | $\dot y = f'(x)\,\dot x$ | R of (9), chain rule |
# | (11) | | $\bar x \mathrel{+}= f'(x)\,\bar y$ | (10) transposed: a factor per entry stays where it is |
# | (12) | | $\dot{\bar x} \mathrel{+}=\;?$ | R of (11): **both** factors move, and one is a function of x |
#
# (For `mul`, element by element, read (7) without the transposes.)
#
# **Exercise 03.tangent_rules** *(write it)*. Lines (2), (6) and (10) as code: for each operation a function of the value, the inputs and their
# tangents that returns $\dot y$, a block of y's shape (for `sum`, 1 × 1). Recall that tanh' = 1 − tanh², and that `y` is at hand.

# %%
# exercise 03.tangent_rules
### BEGIN SOLUTION
#: TANGENT = {
#:     "add": lambda y, x, z, x_dot, z_dot: ...,
#:     "sub": lambda y, x, z, x_dot, z_dot: ...,
#:     "mul": lambda y, x, z, x_dot, z_dot: ...,
#:     "matmul": lambda y, x, z, x_dot, z_dot: ...,
#:     "sum": lambda y, x, x_dot: ...,
#:     "tanh": lambda y, x, x_dot: ...,
#: }
TANGENT = {
    "add": lambda y, x, z, x_dot, z_dot: x_dot + z_dot,
    "sub": lambda y, x, z, x_dot, z_dot: x_dot - z_dot,
    "mul": lambda y, x, z, x_dot, z_dot: x_dot * z + x * z_dot,
    "matmul": lambda y, x, z, x_dot, z_dot: x_dot @ z + x @ z_dot,
    "sum": lambda y, x, x_dot: x_dot.sum(keepdims=True),
    "tanh": lambda y, x, x_dot: (1 - y * y) * x_dot,
}
### END SOLUTION

# %%
check("03.tangent_rules")

# %% [markdown]
# The forward sweep again: an input moves along its direction, a constant stands still, every other line obeys its rule.

# %%
# given
def tangent(tape, values, *directions):
    """How every slot moves when input k moves along directions[k]."""
    dots = []
    for line, y in zip(tape, values):
        if line.op == "input":
            dots.append(directions[line.arg])
        elif line.op == "constant":
            dots.append(np.zeros_like(y))
        else:
            dots.append(TANGENT[line.op](y, *(values[k] for k in line.ins), *(dots[k] for k in line.ins)))
    return dots

# %% [markdown]
# Now the heart of the matter. Line (4) is lesson 02's rule with `bar_dot` for `bar`. Lines (8) and (12) are yours.
#
# **Exercise 03.hvp_bilinear** *(write it)*. Line (8), for `mul` and `matmul`: return a pair, the contributions to $\dot{\bar x}$ and to
# $\dot{\bar z}$. You need not use every argument. As in lesson 02, the sweep adds them up, and shrinks where a block was stretched.

# %%
# exercise 03.hvp_bilinear
### BEGIN SOLUTION
#: BILINEAR = {
#:     "mul": lambda bar, bar_dot, y, y_dot, x, z, x_dot, z_dot: (..., ...),
#:     "matmul": lambda bar, bar_dot, y, y_dot, x, z, x_dot, z_dot: (..., ...),
#: }
BILINEAR = {
    "mul": lambda bar, bar_dot, y, y_dot, x, z, x_dot, z_dot: (bar_dot * z + bar * z_dot, bar_dot * x + bar * x_dot),
    "matmul": lambda bar, bar_dot, y, y_dot, x, z, x_dot, z_dot: (bar_dot @ z.T + bar @ z_dot.T, x.T @ bar_dot + x_dot.T @ bar),
}
### END SOLUTION

# %%
check("03.hvp_bilinear")

# %% [markdown]
# **Exercise 03.hvp_tanh** *(write it)*. Line (12) for `y = tanh(x)`: return the contribution to $\dot{\bar x}$, the block itself, no tuple.

# %%
# exercise 03.hvp_tanh
def hvp_tanh(bar, bar_dot, y, y_dot, x, x_dot):
    """y = tanh(x). -> the contribution to x's bar_dot."""
    ### BEGIN SOLUTION
    return (1 - y * y) * bar_dot - 2 * y * y_dot * bar
    ### END SOLUTION

# %%
check("03.hvp_tanh")

# %% [markdown]
# <details><summary>Lines (8) and (12), once you have passed</summary>
#
# | | | why |
# |---|---|---|
# | (8) | $\dot{\bar x} \mathrel{+}= \dot{\bar y}\cdot z^{\mathsf T} + \bar y\cdot\dot z^{\mathsf T}$ | R of (7), product rule |
# | | $\dot{\bar z} \mathrel{+}= x^{\mathsf T}\cdot\dot{\bar y} + \dot x^{\mathsf T}\cdot\bar y$ | the same for z |
# | (12) | $\dot{\bar x} \mathrel{+}= f'(x)\,\dot{\bar y} + f''(x)\,\dot x\,\bar y$ | R of (11); $R\{f'(x)\} = f''(x)\,\dot x$, chain rule |
#
# For tanh, $f'' = -2y(1-y^2)$ and $\dot y = (1-y^2)\,\dot x$, so the second term is $-2\,y\,\dot y\,\bar y$: everything in it is already stored.
# </details>
#
# Each has a first term that is the reverse rule again with `bar_dot` for `bar`, and a second one, **a bar times a dot**, the one people forget.

# %%
# given
REVERSE_TANGENT = BILINEAR | {
    "add": lambda bar, bar_dot, y, y_dot, x, z, x_dot, z_dot: (bar_dot, bar_dot),
    "sub": lambda bar, bar_dot, y, y_dot, x, z, x_dot, z_dot: (bar_dot, -bar_dot),
    "sum": lambda bar, bar_dot, y, y_dot, x, x_dot: (bar_dot * np.ones_like(x),),
    "tanh": lambda *blocks: (hvp_tanh(*blocks),),
}

# %% [markdown]
# **Exercise 03.second_sweep** *(write it)*. Your reverse sweep of lesson 02 once more: walk the list backwards, and let every line contribute to
# its inputs' `bar_dot`. There, the last bar was 1. What is the last `bar_dot`?

# %%
# exercise 03.second_sweep
def reverse_tangent(tape, values, bars, dots):
    """-> bar_dots, a block for every slot. A rule: REVERSE_TANGENT[op](bar, bar_dot, y, y_dot, *xs, *their dots)."""
    ### BEGIN SOLUTION
    bar_dots = [np.zeros_like(value) for value in values]
    for k in reversed(range(len(tape))):
        op, ins = tape[k].op, tape[k].ins
        if ins:
            parts = REVERSE_TANGENT[op](bars[k], bar_dots[k], values[k], dots[k], *(values[i] for i in ins), *(dots[i] for i in ins))
            for i, part in zip(ins, parts):
                bar_dots[i] = bar_dots[i] + shrink(part, values[i].shape)
    return bar_dots
    ### END SOLUTION

# %%
check("03.second_sweep")

# %% [markdown]
# So the second sweep starts from nothing, and only second terms ever bring anything in: all of the Hessian is in them.

# %%
# given
class Loss(Loss):
    def hvp(self, w, v, *data):
        """The Hessian at w times v: four sweeps, no Hessian."""
        tape = self.trace(*data)
        values = forward(tape, *self.blocks(w), *data)
        bars = reverse(tape, values)
        dots = tangent(tape, values, *self.blocks(v), *(np.zeros_like(block) for block in data))
        bar_dots = reverse_tangent(tape, values, bars, dots)
        return np.concatenate([bar_dots[k].ravel() for k in range(len(self.shapes))])

# %% [markdown]
# Four numbers a slot, then. Watch them on the smallest loss with everything in it, `l(a, b) = a · tanh(b)`.
#
# > **Predict.** At a = 2, b = 0.5, along v = (1, 0): which slots move? And as the last `bar_dot` is 0, on which slot does the first one appear that
# > is not?

# %%
tape = trace(lambda a, b: a * tanh(b), (1, 1), (1, 1))
values = forward(tape, np.array([[2.0]]), np.array([[0.5]]))
bars, dots = reverse(tape, values), tangent(tape, values, np.array([[1.0]]), np.array([[0.0]]))
bar_dots = reverse_tangent(tape, values, bars, dots)
print("slot            value      bar      dot  bar_dot")
for k, (line, *four) in enumerate(zip(tape, values, bars, dots, bar_dots)):
    name = "ab"[line.arg] if line.op == "input" else f"{line.op}({', '.join(map(str, line.ins))})"
    print(f"{k}: {name:9s}" + "".join(f"{block.item():9.4f}" for block in four))

# %% [markdown]
# Only `a` and the product move. `tanh(b)` stands still, yet how much the loss *cares* about it changes: its bar is a, and a moves. That is the
# second term of (8), $\dot x\,\bar y$ with $\bar y = 1$; line (12) passes it down to b as $f'(b)$. Read off the last column: Hv = (0, tanh'(b)).
#
# ## Two checks, and what each can see
#
# A Hessian is symmetric, so $v^{\mathsf T}(Hu) = u^{\mathsf T}(Hv)$ for all u and v: a check that needs no reference. The other check is the
# imaginary step. Below are four engines: yours, and three with a fault planted.
#
# > **Predict.** Which faults does symmetry find: matmul's x_bar_dot without bar · z_dot; neither half of matmul with its second term; tanh without
# > its f″ term?

# %%
net = Loss(mse, weights(5))
u = np.random.default_rng(2).standard_normal(w.size)
faults = [("yours", "tanh", REVERSE_TANGENT["tanh"]),
          ("matmul, half forgotten", "matmul", lambda bar, bar_dot, y, y_dot, x, z, x_dot, z_dot: (bar_dot @ z.T, x.T @ bar_dot + x_dot.T @ bar)),
          ("matmul, both forgotten", "matmul", lambda bar, bar_dot, y, y_dot, x, z, x_dot, z_dot: (bar_dot @ z.T, x.T @ bar_dot)),
          ("tanh, no f'' term", "tanh", lambda bar, bar_dot, y, y_dot, x, x_dot: ((1 - y * y) * bar_dot,))]
print("relative error of         symmetry   imaginary step")
for name, op, rule in faults:
    right, REVERSE_TANGENT[op] = REVERSE_TANGENT[op], rule
    hu, hv = net.hvp(w, u, x, y), net.hvp(w, v, x, y)
    REVERSE_TANGENT[op] = right
    asymmetry = abs(v @ hu - u @ hv) / (np.linalg.norm(v) * np.linalg.norm(hu))
    print(f"{name:24s} {asymmetry:9.0e} {np.linalg.norm(hv - exact) / np.linalg.norm(exact):16.0e}")

# %% [markdown]
# Symmetry sees only the half-forgotten rule. The second terms of one line contribute a symmetric matrix of their own; drop *all* of them and what
# is left is symmetric still. (Drop them in the network, keep them in the final square: that is the Gauss–Newton matrix, useful, and not the
# Hessian.) **A check that your error passes is no check of that error.** Use both.
#
# **Exercise 03.false_line** *(find the false line)*. A student adds division. For the divisor z of `y = x / z`, all plain numbers, `bar` and
# `bar_dot` those of y:
#
# | | | the student's reason |
# |---|---|---|
# | (1) | $\bar z = -\bar y\,x/z^2$ | reverse rule: $\partial y/\partial z = -x/z^2$ |
# | (2) | $\bar z = -\bar y\,y/z$ | $x/z = y$, which is stored: one product fewer |
# | (3) | $\dot{\bar z} = -\dot{\bar y}\,y/z + \bar y\,y\,\dot z/z^2$ | R of (2): $\bar y$ and $z$ move, $y$ is a stored number |
# | (4) | $\dot{\bar z} = (\bar y\,\dot z/z - \dot{\bar y})\,y/z$ | collect |
#
# Which `line` is the first that does not follow from the one before it? Give its number and an `instance`: six numbers (y and $\dot y$ follow from
# them) on which what that line says differs from the true $\dot{\bar z}$ by at least 5%.

# %%
# exercise 03.false_line
### BEGIN SOLUTION
#: line = ...
#: instance = dict(x=..., z=..., x_dot=..., z_dot=..., bar=..., bar_dot=...)
line = 3
instance = dict(x=1.0, z=1.0, x_dot=1.0, z_dot=0.0, bar=1.0, bar_dot=0.0)
### END SOLUTION

# %%
check("03.false_line")

# %% [markdown]
# ## The price
#
# In a wide network nearly all the time goes into matrix products, so count those.
#
# **Exercise 03.price** *(predict)*. Take `y = x @ z`, where x and z both depend on the weights.
#
# - `products`: how many matrix products does each of the four sweeps spend on this line?
# - `hvp_in_gradients`: a gradient takes the first two sweeps, an HVP all four. How many gradients is one HVP worth?
# - `products_for_hessian`: how many matrix products does this line cost in a Hessian of P = 1000 weights, column by column, if value and reverse
#   run only once?

# %%
# exercise 03.price
### BEGIN SOLUTION
#: products = dict(value=..., reverse=..., tangent=..., tangent_of_reverse=...)
#: hvp_in_gradients = ...
#: products_for_hessian = ...
products = dict(value=1, reverse=2, tangent=2, tangent_of_reverse=4)
hvp_in_gradients = 3
products_for_hessian = 6003
### END SOLUTION

# %%
check("03.price")

# %%
from time import perf_counter


def seconds(work):
    """The shortest of many runs: other programs only ever slow one down."""
    found, end = [], perf_counter() + 0.1
    while len(found) < 5 or perf_counter() < end:
        start = perf_counter()
        work()
        found.append(perf_counter() - start)
    return min(found)


counts, times = [], []
for width in (2, 4, 8, 16, 32, 64, 128):
    big = Loss(mse, weights(width))
    at = big.flatten(weights(width))
    columns = np.eye(min(13, at.size), at.size)                               # time 13 columns of H, the rest is extrapolated
    counts.append(at.size)
    times.append((seconds(lambda: big.gradient(at, x, y)), seconds(lambda: big.hvp(at, at, x, y)),
                  seconds(lambda: [big.hvp(at, e, x, y) for e in columns]) * at.size / len(columns)))
for name, t, mark in zip(("gradient", "HVP", "Hessian: P HVPs"), np.array(times).T * 1e3, "os^"):
    plt.loglog(counts, t, marker=mark, label=name)
plt.gca().set(title="An HVP costs a few gradients, a Hessian P times as much", xlabel="number of weights P", ylabel="time (ms)")
plt.legend()
plt.show()
print("HVP / gradient:", ", ".join(f"{h / g:.1f}" for g, h, _ in times))
print(f"Hessian / gradient at P = {counts[-1]:,}: {times[-1][2] / times[-1][0]:,.0f}")

# %% [markdown]
# *Figure: gradient and HVP stay side by side, whatever the size; the Hessian leaves them behind.* (Times are this machine's. The ratio is about 2
# to 3, below what you counted where calling NumPy or fetching weights takes longer than multiplying.) An HVP's memory is four blocks a slot
# instead of two, a Hessian's P².
#
# ## The largest curvature
#
# What can one do with a matrix of which one sees only products? Near a minimum, gradient descent multiplies the error along an eigenvector of
# eigenvalue λ by 1 − αλ at every step. If all λ are in (0, L], every part shrinks exactly if 0 < α < 2/L, and α = 1/L wipes out the steepest part
# at once. So we want L, the largest |λ|. Multiply a vector by H again and again, and its steepest part wins: **power iteration**.
#
# **Exercise 03.power** *(write it)*. Return L, from `steps` products: repeat v ← Hv / ‖Hv‖; in the end ‖Hv‖, for a v of length 1, is close to L.
# Start where no eigenvector is missing.

# %%
# exercise 03.power
def largest_curvature(hvp, size, steps=200):
    """The largest |eigenvalue| of H. hvp(v) -> Hv, for v of shape (size,)."""
    ### BEGIN SOLUTION
    v = np.random.default_rng(0).standard_normal(size)
    for _ in range(steps):
        v = hvp(v / np.linalg.norm(v))
    return np.linalg.norm(v)
    ### END SOLUTION

# %%
check("03.power")

# %% [markdown]
# > **Predict.** Each product shrinks the second part of v by |λ₂|/L against the first, and ‖Hv‖ squares the parts before it adds them. By which
# > factor does the error of L shrink at each product, if |λ₂|/L = 0.368?

# %%
H = np.array([net.hvp(w, e, x, y) for e in np.eye(w.size)])                   # 46 weights: here we can afford it
curvatures = np.sort(abs(np.linalg.eigvalsh(H)))[::-1]
error = [1 - largest_curvature(lambda v: net.hvp(w, v, x, y), w.size, k) / curvatures[0] for k in range(1, 15)]
print(f"P = {w.size}, L = {curvatures[0]:.4f}, |λ₂|/L = {curvatures[1] / curvatures[0]:.3f}, its square {(curvatures[1] / curvatures[0]) ** 2:.3f}")
for k in range(2, 14, 2):
    print(f"{k:2d} products: relative error {error[k - 1]:.0e}, then {error[k] / error[k - 1]:.3f} of that")

# %% [markdown]
# (λ₂/L)²: the gap between the two largest curvatures decides. The estimate is never too large: ‖Hv‖ ≤ L for every v of length 1.
#
# > **Predict.** Now start 0.014 from the minimum of the two-weight network, with α = 1/L, 1.9/L, 2.1/L, 2.6/L, and L measured there. Which runs
# > come back? On the quadratic that has the same Hessian the answer is a theorem. On the network?

# %%
best = np.array([1.0, 1.0])
for _ in range(1500):
    best = best - 0.3 * small.gradient(best, x, y)
small = Loss(wave, {"a": np.zeros((1, 1)), "b": np.zeros((1, 1))})            # again, now that Loss has hvp
L = largest_curvature(lambda v: small.hvp(best, v, x, y), 2)


def distances(gradient, alpha, steps=200):
    at, found = best + 0.01, []
    for _ in range(steps):
        found.append(np.linalg.norm(at - best))
        if found[-1] > 1e3:
            break
        at = at - alpha * gradient(at)
    return found


fig, (left, right) = plt.subplots(1, 2, figsize=(6.4, 2.6), sharey=True)
for factor in (1.0, 1.9, 2.1, 2.6):
    left.semilogy(distances(lambda at: small.hvp(best, at - best, x, y), factor / L), label=f"α = {factor}/L")
    right.semilogy(distances(lambda at: small.gradient(at, x, y), factor / L), label=f"α = {factor}/L")
left.set(title="Quadratic: 2/L decides", xlabel="step", ylabel="distance to the minimum", ylim=(1e-7, 1e3))
right.set(title="Network: 2/L decides who leaves", xlabel="step")
left.legend(fontsize=9)
plt.show()
last = distances(lambda at: small.gradient(at, x, y), 2.1 / L)[-1]
print(f"L = {L:.4f} at the minimum; with 2.1/L the network is {last:.2f} away from it after 200 steps")

# %% [markdown]
# *Figure: just above 2/L both runs leave at the same rate; on the quadratic the run never stops, on the network it ends up hopping about at a
# distance that hardly changes; at 2.6/L both fly off.* (1.9/L comes back sooner than 1/L: the flat part is last, and long steps suit it.) So 1/L
# just works **near where L was measured**. Elsewhere the curvature is another, and a run above 2/L may be thrown out, may hop for ever, or may find
# a flatter place (on large networks it hovers near 2/L: the "edge of stability", Cohen et al. 2021).
#
# ## A maximum that may stand still
#
# A softmax loss needs $\log\sum_j e^{x_j}$, which overflows at x = 1000. Everyone computes $\varphi(x, m) = \log\sum_j e^{x_j-m} + m$ with
# $m=\max_j x_j$. But a maximum has kinks: what is its tangent, its second derivative? The package's engine says: *m is a constant.* That looks like
# cheating, as m moves with x.
#
# | | | why |
# |---|---|---|
# | (a) | $\varphi(x,m) = \log\big(e^{-m}\sum_j e^{x_j}\big) + m = \log\sum_j e^{x_j}$, for **every** $m$ | the logarithm of a product |
# | (b) | $\varphi_m = 0$ for all $x, m$, hence $\varphi_{mm} = 0$ and $\varphi_{xm} = 0$ | (a): $\varphi$ does not depend on $m$ |
# | (c) | $R\{\varphi\} = \varphi_x\dot x + \varphi_m\dot m = \varphi_x\dot x$ | chain rule, and (b) |
# | (d) | $R\{\varphi_x\} = \varphi_{xx}\dot x + \varphi_{xm}\dot m = \varphi_{xx}\dot x$ | once more; $R\{\varphi_m\} = 0$ too |
#
# Whatever $\dot m$ is, it gets multiplied by an exact zero. So the kernel `rowmax` has empty rules, and nothing is approximated.
#
# > **Predict.** If freezing m is right, the derivatives cannot depend on *where* it was frozen. For which of these does the gradient depend on it:
# > `log Σ exp(x − m) + m`, &nbsp; `Σ exp(x − m)`, &nbsp; `eᵐ Σ exp(x − m)`?

# %%
scores, along = np.array([0.3, 1.2, -0.5]), np.array([1.0, -1.0, 0.5])
spread = lambda p, m: tm.sum(tm.exp(p["x"] - m))
for name, f in {"log Σ exp(x − m) + m": lambda p, m: tm.log(spread(p, m)) + m, "Σ exp(x − m)": spread,
                "eᵐ Σ exp(x − m)": lambda p, m: spread(p, m) * np.exp(m)}.items():
    for m in (1.2, 0.0):
        frozen = tm.Loss(lambda p, f=f, m=m: f(p, m), {"x": scores})
        print(f"{name:22s} m = {m}   gᵀv = {frozen.gradient(scores) @ along:8.4f}   vᵀHv = {along @ frozen.hvp(scores, along):8.4f}")

# %% [markdown]
# Only the middle one: there m is part of the answer, in the others a way to compute. (The third may freeze m too, but overflows again.)
#
# **Exercise 03.frozen_max** *(break it)*. Someone takes the trick for a rule, "maxima are constants", and freezes m in `f(x) = Σ exp(x − max x)`.
# Give a `row` x and a `direction` v along which the frozen derivative Σⱼ exp(xⱼ − m) vⱼ and f's true one have **opposite signs**, both at least 0.1
# in size: gradient descent would go uphill.

# %%
# exercise 03.frozen_max
### BEGIN SOLUTION
#: row = np.array([...])
#: direction = np.array([...])
row = np.array([0.0, -1.0])
direction = np.array([1.0, 0.0])
### END SOLUTION

# %%
check("03.frozen_max")

# %% [markdown]
# ## A door to lesson 07
#
# One step of MAML adapts, `w' = w − α∇l(w)` on support data, and is judged at w' by q, a loss on query data. With H the Hessian of l at w:
#
# $$\nabla_w\, q\big(w-\alpha\nabla l(w)\big) \;=\; \big(I-\alpha H\big)^{\mathsf T}\,\nabla q(w') \;=\; g-\alpha\,Hg, \qquad g=\nabla q(w').$$
#
# The first equality is the chain rule, the second symmetry. **One inner step, one HVP**, along g, at the *old* w.
#
# > **Predict.** First-order MAML leaves −αHg out. With α = 0.05, by what share of its length is its meta-gradient off: 1%, 10%, 40%?

# %%
support = np.linspace(-2, 2, 10)[:, None]
query = np.linspace(-1.9, 1.7, 10)[:, None]
support, query, w = (support, np.sin(support)), (query, np.sin(query)), net.flatten(weights(5))
alpha = 0.05
g = net.gradient(w - alpha * net.gradient(w, *support), *query)
yours = g - alpha * net.hvp(w, g, *support)


def reference(p, x, y):
    h = tm.tanh(tm.tanh(x @ p["W1"] + p["b1"]) @ p["W2"] + p["b2"])
    return tm.mean(tm.square(h @ p["W3"] + p["b3"] - y))


theirs = tm.Loss(reference, weights(5))
task = tm.Tasks.finite_sum(support=[a[None] for a in support], query=[a[None] for a in query])
meta = {m: tm.meta_gradient(theirs, w, task, alpha=alpha, steps=1, method=m, target="numpy").gradient for m in ("exact", "first-order")}
apart = lambda a, b: np.linalg.norm(a - b) / np.linalg.norm(b)
print(f"HVP:           yours and tinymaml's differ by {apart(net.hvp(w, g, *support), theirs.hvp(w, g, *support)):.0e}")
print(f"meta-gradient: yours and the exact one differ by {apart(yours, meta['exact']):.0e}")
print(f"               first-order and the exact one by {apart(meta['first-order'], meta['exact']):.1%}")

# %% [markdown]
# Your engine computes exact meta-gradients. That first-order MAML is so far off is no accident: αL = 0.05 × 11.55 is about 0.58, so I − αH takes
# more than half away from the steepest part of g. You may go through the door now, to lesson 07, and come back for lesson 04.
#
# > **What goes wrong in practice**
# >
# > - **The silent first-order MAML.** Detach the inner gradient, or forget one flag, and the −αHg is gone. Nothing crashes, the loss still falls,
# >   and the paper says "MAML". The last line of the cell above is the test: first-order and exact *must differ*.
# > - **"N steps need the N-th derivative."** No. Each step is one factor I − αHⱼ: N Hessian-vector products, at N points.
# > - **relu has f″ = 0.** Its line (12) has no second term: Hv misses the kink, the rest of it, from the bilinear lines, is right. But if the loss
# >   is piecewise linear in the weights, H = 0 and exact MAML *is* first-order MAML.
# > - **Stale bars.** All four sweeps must have seen the same w and the same data. With the bars of the previous step the result is still symmetric,
# >   and wrong.
#
# ## Back to the question
#
# Never form H. Hv is one directional derivative of the gradient. Apply R to each line of the gradient's program, and a tangent sweep and a second
# reverse sweep compute it, by twelve formulas of which you knew six. The price, in matrix products, is three gradients; in memory, two. For a
# million weights that is three gradients where the Hessian takes two million (two a column), and no terabyte.
#
# *Sources.* B. A. Pearlmutter, "Fast exact multiplication by the Hessian", Neural Computation 6 (1994): the R-operator. B. Christianson, "Automatic
# Hessians by reverse accumulation", IMA J. Numerical Analysis 12 (1992). A. Griewank and A. Walther, *Evaluating Derivatives* (2008): the costs. N.
# Schraudolph, "Fast curvature matrix-vector products", Neural Computation 14 (2002): Gauss–Newton. J. Cohen et al., "Gradient descent on neural
# networks typically occurs at the edge of stability", ICLR 2021.
#
# **Next:** in lesson 04 your rules stop computing and *write a program* instead, one that prints as a listing and runs on anything.

# %% [markdown]
# ## A blank page
#
# **Exercise 03.engine** *(a blank page)*.

# %%
# exercise 03.engine: a blank page
# Define Loss, tanh and total here, in at most 80 lines.
### BEGIN SOLUTION
class Block:
    """A block of a loss while it runs: value, dot, bar, bar_dot, and how it passes bars back."""

    __array_ufunc__ = None

    def __init__(self, value, dot=0.0, operands=(), pass_back=None):
        self.value = np.array(value, dtype=float, ndmin=2)
        self.shape = self.value.shape
        self.dot = np.zeros(self.shape) + dot
        self.bar, self.bar_dot = np.zeros((2, *self.shape))
        self.operands, self.pass_back = operands, pass_back
        self.depth = 1 + max((x.depth for x in operands), default=0)

    def collect(self, bar, bar_dot):
        """Add what a reader passes back, summed where this block was stretched."""
        stretched = tuple(k for k in (0, 1) if self.shape[k] != bar.shape[k])
        self.bar += bar.sum(stretched, keepdims=True)
        self.bar_dot += bar_dot.sum(stretched, keepdims=True)

    def __add__(self, other):
        return linear(np.add, lambda bar: [bar, bar], self, as_block(other))

    def __sub__(self, other):
        return linear(np.subtract, lambda bar: [bar, -bar], self, as_block(other))

    def __mul__(self, other):
        return bilinear(np.multiply, np.asarray, self, as_block(other))

    def __matmul__(self, other):
        return bilinear(np.matmul, np.transpose, self, as_block(other))

    def __neg__(self):
        return self * -1.0

    def __rsub__(self, other):
        return as_block(other) - self

    def __rmatmul__(self, other):
        return as_block(other) @ self

    __radd__, __rmul__ = __add__, __mul__


def as_block(x):
    return x if isinstance(x, Block) else Block(x)


def linear(apply, transpose, *operands):
    """Lines (1) to (4): all four sweeps apply the same map, or its transpose."""
    value = apply(*[x.value for x in operands])
    dot = apply(*[x.dot for x in operands])
    return Block(value, dot, operands, lambda *bars: zip(*map(transpose, bars)))


def bilinear(times, turn, x, z):
    """Lines (5) to (8): in each term exactly one factor moves."""

    def pass_back(bar, bar_dot):
        x_bar_dot = times(bar_dot, turn(z.value)) + times(bar, turn(z.dot))
        z_bar_dot = times(turn(x.value), bar_dot) + times(turn(x.dot), bar)
        return [(times(bar, turn(z.value)), x_bar_dot), (times(turn(x.value), bar), z_bar_dot)]

    dot = times(x.dot, z.value) + times(x.value, z.dot)
    return Block(times(x.value, z.value), dot, (x, z), pass_back)


def tanh(x):
    """Lines (9) to (12): the slope moves too."""
    x = as_block(x)
    y = np.tanh(x.value)
    slope = 1 - y * y

    def pass_back(bar, bar_dot):
        return [(slope * bar, slope * (bar_dot - 2 * y * x.dot * bar))]

    return Block(y, slope * x.dot, (x,), pass_back)


def total(x):
    x = as_block(x)
    return linear(lambda a: a.sum(keepdims=True), lambda bar: [bar * np.ones(x.shape)], x)


def readers_first(loss):
    """The blocks that a loss has computed, each after those that read it."""
    found, new = set(), {loss}
    while new:
        found |= new
        new = {x for block in new for x in block.operands} - found
    return sorted((block for block in found if block.operands), key=lambda block: -block.depth)


class Loss:
    """function(p, *data), with p a dict of blocks like `params`, of one flat vector w."""

    def __init__(self, function, params):
        self.function = function
        self.shapes = {name: np.atleast_2d(block).shape for name, block in params.items()}

    def flatten(self, params):
        return np.concatenate([np.ravel(params[name]) for name in self.shapes])

    def split(self, w):
        """The blocks that lie in a vector, in order."""
        ends = np.cumsum([rows * columns for rows, columns in self.shapes.values()])
        return [x.reshape(shape) for x, shape in zip(np.split(w, ends[:-1]), self.shapes.values())]

    def sweep(self, w, v, *data):
        """Run the loss along v, then back. -> its block, and those of the parameters"""
        parameters = [Block(*both) for both in zip(self.split(w), self.split(v))]
        loss = as_block(self.function(dict(zip(self.shapes, parameters)), *map(Block, data)))
        loss.bar += 1
        for block in readers_first(loss):
            for x, bars in zip(block.operands, block.pass_back(block.bar, block.bar_dot)):
                x.collect(*bars)
        return loss, parameters

    def value(self, w, *data):
        return self.sweep(w, 0 * w, *data)[0].value.item()

    def gradient(self, w, *data):
        return np.concatenate([x.bar.ravel() for x in self.sweep(w, 0 * w, *data)[1]])

    def hvp(self, w, v, *data):
        return np.concatenate([x.bar_dot.ravel() for x in self.sweep(w, v, *data)[1]])
### END SOLUTION

# %%
check("03.engine")
