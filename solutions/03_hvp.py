# %% [markdown]
# # 03 · Hessian-vector products by hand
#
# **How can one multiply by a matrix that one can never write down, and at what price? A step of
# MAML differentiates a gradient, so the Hessian $H$ appears. With $P$ weights it has $P^2$ entries:
# with a million weights that is eight terabytes in double precision.**
#
# *(About 25 minutes to read and run, 24 more for the 7 exercises; at the end a blank page. You
# need: 02. You will be able to: derive every formula of a Hessian-vector product, check it with
# tests that can fail, and say what it costs.)*

# %%
# given
import numpy as np

# for you to type
from tinymaml.course import check, hint, restore, solution, status, use
from tinymaml.course import guess, guessed
from tinymaml.course.figures import lesson_03 as figures

use("02")


def wave(p, points, sine):
    """Two weights: b tanh(a · point) should fit the sine."""
    error = p["b"] * tanh(p["a"] * points) - sine
    return total(error * error) * 0.1


points = np.linspace(-2, 2, 10)[:, None]
data = (points, np.sin(points))
small = Loss(wave, {"a": np.zeros((1, 1)), "b": np.zeros((1, 1))})

# %% [markdown]
# ## A gradient that turns
#
# Take a loss $l$ of weights $w$. Stand at $w$ and walk along a straight line, $w + tv$. At every
# point the gradient is an arrow. As you walk, it turns.

# %%
w0 = np.array([0.4, 0.6])
v0 = np.array([0.9, 0.3])
tips = np.array([small.gradient(w0 + t * v0, *data) for t in np.linspace(0, 1, 61)])
velocity = (small.gradient(w0 + 1e-5 * v0, *data) - small.gradient(w0 - 1e-5 * v0, *data)) / 2e-5

figures.turning_gradient(small, data, w0, v0, tips, velocity)

# %% [markdown]
# *Figure: left, the gradient at five places of the walk. Right, the same arrows from one origin:
# their tips run along the thin curve. The tip's velocity at the start (green) is $Hv$.*
#
# Why is that velocity $Hv$? The entries of $H$ are $H_{ij} = \partial_j\partial_i l(w)$.
#
# | | | why |
# |---|---|---|
# | (a) | $[\nabla l(w+tv)]_i = \partial_i l(w+tv)$ | the i-th entry of a gradient |
# | (b) | $\frac{d}{dt}\,\partial_i l(w+tv) = \sum_j \partial_j\partial_i l(w+tv)v_j$ | chain rule |
# | (c) | at $t=0$ that is $[Hv]_i$ | a matrix times a vector |
#
# So $Hv$, a Hessian-vector product (HVP), is **one** directional derivative of the gradient; the
# walk does the sum over $j$.
#
# > **Predict.** On a quadratic the tips run straight, at constant speed. Let
# > $l(w) = \tfrac12\,w^{\mathsf T} B\,w$ with $B = \begin{pmatrix}2 & 4\\ 0 & 6\end{pmatrix}$, and
# > walk along $v = (1, 2)$. What is the first entry of $Hv$?

# %%
guess("03.first_entry_of_Hv", 10)

# %%
B = np.array([[2.0, 4.0], [0.0, 6.0]])
v1 = np.array([1.0, 2.0])
quadratic = Loss(lambda p: total((p["w"] @ B) * p["w"]) * 0.5, {"w": np.zeros((1, 2))})
for start in (np.array([5.0, -1.0]), np.array([0.0, 0.0])):
    change = quadratic.gradient(start + v1) - quadratic.gradient(start)
    print(f"from {start}: Hv = {change},  B v = {B @ v1}")
guessed("03.first_entry_of_Hv", change[0])

# %% [markdown]
# Not $Bv$: in $w^{\mathsf T} B w$ every weight appears twice, left and right of $B$, so that
# $H = \tfrac12(B + B^{\mathsf T})$. The Hessian of a smooth loss is symmetric, whatever its
# formula.
#
# ## A reference: take an imaginary step
#
# $Hv$ can be obtained from two gradients, $(\nabla l(w + tv) - \nabla l(w - tv))/2t$. With $t$
# large the curve of the tips is not straight; with $t$ small, two nearly equal gradients are
# subtracted and their leading digits are lost. Lesson 02 checked a *gradient* without subtracting:
# it stepped along the imaginary axis. The same works one derivative further.
#
# **Exercise 03.reference** *(write it)*. `gradient` takes a vector, real or complex, and returns
# one. Return $Hv$, right to twelve digits, from a single call.

# %%
# exercise 03.reference
def complex_hvp(gradient, w, v):
    """Hv at w, of w's shape. w, v: real vectors of one length. gradient: vector -> vector."""
    ### BEGIN SOLUTION
    h = 1e-20
    return gradient(w + 1j * h * v).imag / h
    ### END SOLUTION

# %%
check("03.reference")

# %%
# given
def mse(p, points, sine):
    """Mean squared error of a network with two tanh layers."""
    hidden = tanh(points @ p["W1"] + p["b1"])
    hidden = tanh(hidden @ p["W2"] + p["b2"])
    error = hidden @ p["W3"] + p["b3"] - sine
    return total(error * error) * (1 / sine.shape[0])


def weights(width, seed=0):
    """name -> array, for a network 1-width-width-1."""
    rng = np.random.default_rng(seed)
    shapes = dict(W1=(1, width), W2=(width, width), W3=(width, 1))
    shapes |= dict(b1=(1, width), b2=(1, width), b3=(1, 1))
    return {name: rng.standard_normal((m, n)) / np.sqrt(m) for name, (m, n) in shapes.items()}


def gradient(w):
    return net.gradient(w, *data)


net = Loss(mse, weights(5))
w = net.flatten(weights(5))
v, u = np.random.default_rng(1).standard_normal((2, w.size))

# %%
exact = complex_hvp(gradient, w, v)


def apart(found, right):
    """The length of their difference, relative to that of the right one."""
    return np.linalg.norm(found - right) / np.linalg.norm(right)


for t in (1e-8, 1e-6, 1e-4):
    centred = (gradient(w + t * v) - gradient(w - t * v)) / (2 * t)
    print(f"a centred difference of step {t:.0e} is off by {apart(centred, exact):.0e}")

# %% [markdown]
# Ten digits at best, for a network of 46 weights. The imaginary step leaves no step size to choose:
#
# | | | why |
# |---|---|---|
# | (a) | $\nabla l(w+ihv) = \nabla l(w) + ih\,Hv - h^2(\ldots) + O(h^3)$ | Taylor; $i^2 = -1$ |
# | (b) | $\mathrm{Im}\,\nabla l(w+ihv)\,/\,h = Hv + O(h^2)$ | $\nabla l$, the $h^2$ term: real |
#
# But its matrix products take four times a gradient's (a complex product is four real ones), where
# three will do; every operation needs a complex version; and it hides where $Hv$ comes from.
#
# ## The R-operator
#
# Pearlmutter (1994) gave differentiation along the walk a name. For anything that depends on
# the weights,
#
# $$R\{f(w)\} \;=\; \frac{d}{dt} f(w+tv)\Big|_{t=0}, \qquad\text{so that}\qquad R\{w\}=v,\quad
# R\{\text{data}\}=0,\quad R\{\nabla l(w)\}=Hv.$$
#
# It is a derivative, so the sum, product and chain rules hold. In lesson 02 you wrote the program
# that computes $\nabla l$. **Apply $R$ to every line of that program**, and it computes $Hv$. That
# program has two sweeps, so there are two more. From here on $y$ is the result of a line, $x$ and
# $z$ are its operands:
#
# | sweep | direction | computes | for each slot |
# |---|---|---|---|
# | value | → | $y$ | what the slot is |
# | reverse | ← | $\bar y$ (`bar`) | how much the loss cares about the slot |
# | tangent | → | $\dot y = R\{y\}$ (`dot`) | how the slot moves along $v$ |
# | tangent of reverse | ← | $\dot{\bar y} = R\{\bar y\}$ (`bar_dot`) | how the caring changes |
#
# ## Twelve formulas
#
# Three kinds of operation, linear (add, sub, sum), bilinear (mul, matmul) and pointwise (tanh),
# have a rule for each of the four sweeps. Each reverse rule is *derived* from the tangent rule, as
# its transpose, although the reverse sweep runs first. A slot's value and dot are what its line
# says; its bar and its bar_dot are the sums of what all its readers send back. $A$ is the matrix of
# a linear operation; $\cdot$ is `*` or `@`.
#
# | | kind | | is, or gets | why |
# |---|---|---|---|---|
# | (1) | linear | $y$ | $Ax$ | value |
# | (2) | | $\dot y$ | $A\dot x$ | $R$ of (1) |
# | (3) | | $\bar x$ | $A^{\mathsf T}\bar y$ | (2) transposed: lesson 02 |
# | (4) | | $\dot{\bar x}$ | $A^{\mathsf T}\dot{\bar y}$ | $R$ of (3); $A$ stands still |
# | (5) | bilinear | $y$ | $x\cdot z$ | value |
# | (6) | | $\dot y$ | $\dot x\cdot z + x\cdot\dot z$ | $R$ of (5), product rule |
# | (7) | | $\bar x$ | $\bar y\cdot z^{\mathsf T}$ | (6) transposed |
# | | | $\bar z$ | $x^{\mathsf T}\cdot\bar y$ | (6) transposed |
# | (8) | | $\dot{\bar x},\;\dot{\bar z}$ | ? | $R$ of (7): **both** factors move |
# | (9) | pointwise | $y$ | $f(x)$ | value |
# | (10) | | $\dot y$ | $f'(x)\,\dot x$ | $R$ of (9), chain rule |
# | (11) | | $\bar x$ | $f'(x)\,\bar y$ | (10) transposed: a diagonal matrix stays as it is |
# | (12) | | $\dot{\bar x}$ | ? | $R$ of (11): **both** factors move, one as a function of $x$ |
#
# (For `mul` read (7) without the transposes.) Lines (2), (6) and (10), and the forward sweep that
# uses them:

# %%
# given
TANGENT = {
    "add": lambda y, x, z, x_dot, z_dot: x_dot + z_dot,
    "sub": lambda y, x, z, x_dot, z_dot: x_dot - z_dot,
    "mul": lambda y, x, z, x_dot, z_dot: x_dot * z + x * z_dot,
    "matmul": lambda y, x, z, x_dot, z_dot: x_dot @ z + x @ z_dot,
    "sum": lambda y, x, x_dot: x_dot.sum(keepdims=True),
    "tanh": lambda y, x, x_dot: (1 - y * y) * x_dot,
}


def tangent(tape, values, *directions):
    """How every slot moves when input k moves along directions[k]: a list of blocks."""
    dots = []
    for line, y in zip(tape, values):
        if line.op == "input":
            dots.append(directions[line.arg])
        elif line.op == "constant":
            dots.append(np.zeros_like(y))
        else:
            inputs = [values[k] for k in line.ins]
            moves = [dots[k] for k in line.ins]
            dots.append(TANGENT[line.op](y, *inputs, *moves))
    return dots

# %% [markdown]
# *In tinymaml: `engine/rules.py`, `RULES`.*
#
# Line (4) is lesson 02's rule with `bar_dot` for `bar`. Lines (8) and (12) are yours.
#
# **Exercise 03.hvp_bilinear** *(write it)*. Line (8), for `mul` and for `matmul`. You need not use
# every argument. The sweep adds up what you return, and shrinks it where a block
# was stretched.

# %%
# exercise 03.hvp_bilinear
### BEGIN SOLUTION
#: def hvp_mul(bar, bar_dot, y, y_dot, x, z, x_dot, z_dot):
#:     """y = x * z. -> the contributions to x's and to z's bar_dot, two blocks."""
#:     return ..., ...
#:
#:
#: def hvp_matmul(bar, bar_dot, y, y_dot, x, z, x_dot, z_dot):
#:     """y = x @ z. -> the contributions to x's and to z's bar_dot, two blocks."""
#:     return ..., ...
def hvp_mul(bar, bar_dot, y, y_dot, x, z, x_dot, z_dot):
    """y = x * z. -> the contributions to x's and to z's bar_dot, two blocks."""
    return bar_dot * z + bar * z_dot, bar_dot * x + bar * x_dot


def hvp_matmul(bar, bar_dot, y, y_dot, x, z, x_dot, z_dot):
    """y = x @ z. -> the contributions to x's and to z's bar_dot, two blocks."""
    return bar_dot @ z.T + bar @ z_dot.T, x.T @ bar_dot + x_dot.T @ bar
### END SOLUTION


BILINEAR = {"mul": hvp_mul, "matmul": hvp_matmul}

# %%
check("03.hvp_bilinear")

# %% [markdown]
# **Exercise 03.hvp_tanh** *(write it)*. Line (12) for `y = tanh(x)`, whose slope is $1 - y^2$.

# %%
# exercise 03.hvp_tanh
def hvp_tanh(bar, bar_dot, y, y_dot, x, x_dot):
    """y = tanh(x), blocks of one shape. -> the contribution to x's bar_dot, a block, no tuple."""
    ### BEGIN SOLUTION
    return (1 - y * y) * bar_dot - 2 * y * y_dot * bar
    ### END SOLUTION

# %%
check("03.hvp_tanh")

# %% [markdown]
# In (8) and (12) the first term is the reverse rule with `bar_dot` for `bar`; the second, **a bar
# times a dot**, is easy to forget.
#
# <details><summary>Lines (8) and (12) in full</summary>
#
# | | | gets |
# |---|---|---|
# | (8) | $\dot{\bar x}$ | $\dot{\bar y}\cdot z^{\mathsf T} + \bar y\cdot\dot z^{\mathsf T}$ |
# | | $\dot{\bar z}$ | $x^{\mathsf T}\cdot\dot{\bar y} + \dot x^{\mathsf T}\cdot\bar y$ |
# | (12) | $\dot{\bar x}$ | $f'(x)\,\dot{\bar y} + f''(x)\,\dot x\,\bar y$ |
#
# For tanh, $f'(x) = 1 - y^2$ and $f''(x)\,\dot x = -2y\,\dot y$.
#
# </details>
#
# *In tinymaml: `engine/function_table.py`, `FUNCTIONS`.*

# %%
# given
REVERSE_TANGENT = BILINEAR | {
    "add": lambda bar, bar_dot, y, y_dot, x, z, x_dot, z_dot: (bar_dot, bar_dot),
    "sub": lambda bar, bar_dot, y, y_dot, x, z, x_dot, z_dot: (bar_dot, -bar_dot),
    "sum": lambda bar, bar_dot, y, y_dot, x, x_dot: (bar_dot * np.ones_like(x),),
    "tanh": lambda *blocks: (hvp_tanh(*blocks),),
}

# %% [markdown]
# **Exercise 03.second_sweep** *(write it)*. Your reverse sweep of lesson 02 once more: walk the
# tape backwards, and let every line contribute to its inputs' `bar_dot`. There, the last bar was 1.
# What is the last `bar_dot`?

# %%
# exercise 03.second_sweep
def reverse_tangent(tape, values, bars, dots):
    """-> bar_dots, a list: for every slot a block of the slot's shape.

    The rule of a line, REVERSE_TANGENT[line.op], takes its bar, bar_dot, y and y_dot, then its
    inputs' values, then their dots. It returns a tuple, a contribution for each input. Undo
    stretching: shrink(contribution, the input's shape), of lesson 02. Empty `ins`: no rule.
    """
    ### BEGIN SOLUTION
    bar_dots = [np.zeros_like(value) for value in values]
    for k in reversed(range(len(tape))):
        op, ins = tape[k].op, tape[k].ins
        if ins:
            inputs = [values[i] for i in ins] + [dots[i] for i in ins]
            parts = REVERSE_TANGENT[op](bars[k], bar_dots[k], values[k], dots[k], *inputs)
            for i, part in zip(ins, parts):
                bar_dots[i] = bar_dots[i] + shrink(part, values[i].shape)
    return bar_dots
    ### END SOLUTION

# %%
check("03.second_sweep")

# %% [markdown]
# The last bar is the constant 1, and $R\{1\}=0$: the second sweep starts from nothing. Only second
# terms bring anything in, so all of the Hessian is in them.
#
# *In tinymaml: `engine/sweeps.py`, `emit`.*

# %%
# given
class Loss(Loss):
    def hvp(self, w, v, *data):
        """The Hessian at w times v, of w's shape: four sweeps, no Hessian."""
        tape = self.trace(*data)
        values = forward(tape, *self.blocks(w), *data)
        bars = reverse(tape, values)
        dots = tangent(tape, values, *self.blocks(v), *map(np.zeros_like, data))
        bar_dots = reverse_tangent(tape, values, bars, dots)
        return np.concatenate([bar_dots[k].ravel() for k in range(len(self.shapes))])


net = Loss(mse, weights(5))

# %% [markdown]
# *In tinymaml: `engine/loss.py`, `Loss.hvp`.*
#
# Watch the four numbers of each slot of $l(a, b) = a\,\tanh b$, at $a = 2$, $b = 0.5$.
#
# > **Predict.** Walk along $v = (1, 0)$: only $a$ moves. The last `bar_dot` is 0, and the sweep
# > goes backwards. On which slot does the first `bar_dot` appear that is not 0?

# %%
guess("03.first_slot", "a", choices=("a", "b", "tanh(b)", "a * tanh(b)"))

# %%
tape = trace(lambda a, b: a * tanh(b), (1, 1), (1, 1))
values = forward(tape, np.array([[2.0]]), np.array([[0.5]]))
bars = reverse(tape, values)
dots = tangent(tape, values, np.array([[1.0]]), np.array([[0.0]]))
bar_dots = reverse_tangent(tape, values, bars, dots)
slots = ("a", "b", "tanh(b)", "a * tanh(b)")
four = np.array([values, bars, dots, bar_dots]).reshape(4, 4).T
figures.four_sweeps(slots, four)
first = max(k for k in range(4) if four[k, 3])
guessed("03.first_slot", slots[first])
print("bar_dot:", ", ".join(f"{slot} {row[3]:.4f}" for slot, row in zip(slots, four)))
moves_of_b = tangent(tape, values, np.array([[0.0]]), np.array([[1.0]]))
of_a, of_b = reverse_tangent(tape, values, bars, moves_of_b)[:2]
print(f"along (0, 1): a {of_a.item():.4f}, b {of_b.item():.4f}")

# %% [markdown]
# *Figure: the columns are filled one after the other, in the directions of the arrows. `tanh(b)`
# stands still, and yet its `bar_dot` is 1.*
#
# How much the loss cares about `tanh(b)` is $a$, and $a$ moves. That is the second term of (8),
# $\dot x\,\bar y$ with $\bar y = 1$; line (12) passes it down to $b$, times $f'(b)$. The last
# column, in the rows of $a$ and $b$, is $Hv = (0,\ 0.7864)$. Along $(0, 1)$ it is $b$ that moves,
# and the second term of (12) gives $f''(b)\,\dot b\,\bar y = -1.4537$, with $\bar y = 2$ from
# `tanh(b)`.
#
# ## Two checks, and what each can see
#
# A Hessian is symmetric, so $v^{\mathsf T}(Hu) = u^{\mathsf T}(Hv)$ for all $u$ and $v$: a check
# that needs no reference. The other check is the imaginary step. Below are four engines: yours, and
# three that forget one of matmul's second terms, both, or tanh's.
#
# > **Predict.** Which of the three does symmetry find?

# %%
guess("03.found_by_symmetry", "tanh", choices=("half of matmul", "all of matmul", "tanh"))

# %%
def matmul_half_forgotten(bar, bar_dot, y, y_dot, x, z, x_dot, z_dot):
    # gone: bar @ z_dot.T
    return bar_dot @ z.T, x.T @ bar_dot + x_dot.T @ bar


def matmul_both_forgotten(bar, bar_dot, y, y_dot, x, z, x_dot, z_dot):
    # gone: bar @ z_dot.T and x_dot.T @ bar
    return bar_dot @ z.T, x.T @ bar_dot


def tanh_forgotten(bar, bar_dot, y, y_dot, x, x_dot):
    # gone: -2 * y * y_dot * bar
    return ((1 - y * y) * bar_dot,)


def two_errors(op, rule):
    """What symmetry and the imaginary step say, with this rule for op."""
    right = REVERSE_TANGENT[op]
    REVERSE_TANGENT[op] = rule
    hu = net.hvp(w, u, *data)
    hv = net.hvp(w, v, *data)
    REVERSE_TANGENT[op] = right
    asymmetry = abs(v @ hu - u @ hv) / (np.linalg.norm(v) * np.linalg.norm(hu))
    return asymmetry, apart(hv, exact)

# %%
faults = {
    "none: yours": ("tanh", REVERSE_TANGENT["tanh"]),
    "half of matmul": ("matmul", matmul_half_forgotten),
    "all of matmul": ("matmul", matmul_both_forgotten),
    "tanh": ("tanh", tanh_forgotten),
}
asymmetry, error = {}, {}
for name, (op, rule) in faults.items():
    asymmetry[name], error[name] = two_errors(op, rule)
    print(f"{name:14s}  symmetry {asymmetry[name]:.0e}  imaginary step {error[name]:.0e}")
figures.two_checks(asymmetry, error)
found = [name for name in faults if asymmetry[name] > 1e-14]
guessed("03.found_by_symmetry", ", ".join(found))

# %% [markdown]
# *Figure: outside the grey band lie the squares of all three faults, but only one circle.*
#
# Why does symmetry miss the other two? $H$ is a sum over lines of $J^{\mathsf T}DJ$, where $J$ is
# the derivative of the line's operands with respect to $w$, and $D$ the line's second derivative,
# weighted with its bar. Each summand is symmetric, and is what the line's second terms bring in.
# Drop tanh's term, or both of matmul's, and whole summands vanish; the others are symmetric. Drop
# one of the two, and $D$ loses one of its two off-diagonal blocks, which symmetry sees. **A check
# that your error passes is no check of that error.** Without a complex version, use a centred
# difference: ten digits are plenty against errors of 0.2 and more.
#
# **Exercise 03.false_line** *(find the false line)*. A student adds division. For the divisor $z$
# of $y = x/z$, all plain numbers:
#
# | | | the student's reason |
# |---|---|---|
# | (1) | $\bar z = -\bar y\,x/z^2$ | reverse rule: $\partial y/\partial z = -x/z^2$ |
# | (2) | $\bar z = -\bar y\,y/z$ | $x/z = y$, which is stored: one product fewer |
# | (3) | $\dot{\bar z} = -\dot{\bar y}\,y/z + \bar y\,y\,\dot z/z^2$ | $R$ of (2) |
# | (4) | $\dot{\bar z} = (\bar y\,\dot z/z - \dot{\bar y})\,y/z$ | collect |
#
# Which `line` is the first that does not follow from the one before? Give its number and an
# `instance`, six numbers on which it is off from the true $\dot{\bar z}$ by at least 5%. (`bar` and
# `bar_dot` are $y$'s.)

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
# In a wide network matrix products take nearly all of the time, so count those.
#
# **Exercise 03.price** *(predict)*. Take a line `y = x @ z`, where $x$ and $z$ both depend on the
# weights. How many matrix products does each of the four sweeps spend on it?

# %%
# exercise 03.price
### BEGIN SOLUTION
#: products = dict(value=..., reverse=..., tangent=..., reverse_tangent=...)
products = dict(value=1, reverse=2, tangent=2, reverse_tangent=4)
### END SOLUTION

# %%
check("03.price")

# %%
# given
class Counted(np.ndarray):
    """Blocks that count matrix products: NumPy passes every operation on such a block here."""

    def __array_ufunc__(self, ufunc, method, *blocks, out=None, **options):
        if ufunc is np.matmul:
            Counted.products += 1
        return getattr(ufunc, method)(*map(np.asarray, blocks), **options).view(Counted)

# %%
Counted.products = 0
net.gradient(w.view(Counted), *data)
of_gradient = Counted.products
net.hvp(w.view(Counted), v.view(Counted), *data)
print(f"matrix products: gradient {of_gradient}, HVP {Counted.products - of_gradient}")

# %%
from timeit import repeat

counts, gradient_times, hvp_times = [], [], []
for width in (2, 4, 8, 16, 32, 64, 128):
    loss = Loss(mse, weights(width))
    at = loss.flatten(weights(width))
    counts.append(at.size)
    # the shortest of many runs: other programs only ever slow one down
    gradient_times.append(min(repeat(lambda: loss.gradient(at, *data), number=1, repeat=800)))
    hvp_times.append(min(repeat(lambda: loss.hvp(at, at, *data), number=1, repeat=800)))
figures.price(counts, gradient_times, hvp_times)
print("HVP / gradient:", (np.array(hvp_times) / gradient_times).round(1))

# %% [markdown]
# *Figure: the Hessian's line is computed: a gradient, and $P$ times the extra cost of an HVP.*
#
# The network has three matmul lines. Our engine computes bars and dots for data too, so that each
# costs a gradient 3 products and an HVP 9: **in matrix products an HVP costs three gradients**. A
# Hessian, column by column, runs value and reverse once and the other sweeps $P$ times: $3 + 6P$
# products a line, about $2P$ gradients. At these widths walking the tape, four sweeps against two,
# still weighs: the clock says 2.3, and the figure's Hessian is at $1.3P$. In memory an HVP needs
# four blocks a slot, a gradient two, a Hessian $P^2$ numbers.
#
# ## A maximum that may stand still
#
# A classifier's loss contains $\log\sum_j e^{x_j}$, with $x_j$ the score of class $j$; it overflows
# at $x_j = 1000$. A library may compute $\varphi(x, m) = \log\sum_j e^{x_j-m} + m$ with
# $m=\max_j x_j$ and freeze $m$, although it moves with $x$: it takes $R\{m\}=0$, and sends no bar
# from $m$ back to $x$. Forgotten terms cost 20% and more above; why do these cost nothing?
#
# | | | why |
# |---|---|---|
# | (a) | $\varphi(x,m) = \log(e^{-m}\sum_j e^{x_j}) + m = \log\sum_j e^{x_j}$ | log of a product |
# | (b) | with $m$ frozen, $\varphi$ is the same function of $x$ | (a) holds for **every** $m$ |
# | (c) | its gradient and $Hv$ are exact, ties included | equal functions |
#
# **Exercise 03.frozen_max** *(break it)*. A reader takes "maxima are constants" for a rule, and
# freezes $m$ in $s(x) = \sum_j e^{x_j - \max x}$. Give a `row` $x$ whose maximum is unique and a
# `direction` $v$ along which the frozen derivative $\sum_j e^{x_j - m}\,v_j$ and the true one have
# **opposite signs**, both at least 0.1 in size.

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
# One step of MAML adapts, $w' = w - \alpha\nabla l(w)$ on support data, and is judged at $w'$ by
# $q$, a loss on query data. With $H$ the Hessian of $l$ at $w$:
#
# $$\nabla_w\, q\big(w-\alpha\nabla l(w)\big) \;=\; \big(I-\alpha H\big)^{\mathsf T}\,\nabla q(w')
# \;=\; g-\alpha\,Hg, \qquad g=\nabla q(w').$$
#
# The first equality is the chain rule, the second symmetry. **One inner step, one HVP**, along $g$,
# at the *old* $w$.

# %%
alpha = 0.05
H = np.array([net.hvp(w, e, *data) for e in np.eye(w.size)])
eigenvalues, eigenvectors = np.linalg.eigh(H)
print(f"largest eigenvalue of H: {eigenvalues[-1]:.2f}")

# %% [markdown]
# > **Predict.** First-order MAML leaves $-\alpha Hg$ out. Here $\alpha = 0.05$. How far off is its
# > meta-gradient, in per cent of the exact one's length?

# %%
guess("03.first_order_off_by_per_cent", 5)

# %%
query = (0.9 * points - 0.1, np.sin(0.9 * points - 0.1))


def judged(w):
    """q, after one inner step from w."""
    return net.value(w - alpha * gradient(w), *query)


g = net.gradient(w - alpha * gradient(w), *query)
left_out = alpha * net.hvp(w, g, *data)
exact_meta = np.array([judged(w + 1e-20j * e).imag / 1e-20 for e in np.eye(w.size)])
print(f"yours and the imaginary step's differ by {apart(g - left_out, exact_meta):.0e}")
guessed("03.first_order_off_by_per_cent", 100 * apart(g, exact_meta))

along = abs(eigenvectors[:, -1] @ left_out)
lengths = [np.linalg.norm(exact_meta), np.linalg.norm(left_out), along]
print("of |g|: exact, left out, along the eigenvector", np.round(lengths / np.linalg.norm(g), 3))

# %% [markdown]
# Why is first-order MAML off by a quarter? Along the eigenvector of $\lambda = 8.44$ it leaves out
# $\alpha\lambda = 42\%$ of $g$'s part there. That is 0.222 of $|g|$, nearly all of the 0.227 left
# out. And $0.227/0.938$, over the exact one, is 24.2%.
#
# ## In PyTorch and JAX
#
# ```python
# # JAX and PyTorch: the tangent of the gradient's program, as here
# jax.jvp(jax.grad(loss), (w,), (v,))[1]
# torch.func.jvp(torch.func.grad(loss), (w,), (v,))[1]
#
# # PyTorch's older way, the gradient of ⟨∇l, v⟩: it records the first reverse sweep, too
# grad_l = torch.autograd.grad(loss(w), w, create_graph=True)[0]
# torch.autograd.grad(grad_l, w, v)[0]
# ```
#
# ## What goes wrong in practice
#
# - **The silent first-order MAML.** In PyTorch `create_graph=True` is missing in the inner step:
#   the gradient is a constant, and $-\alpha Hg$ is gone. The loss still falls. Test: exact and
#   first-order meta-gradient *must differ*, here by a quarter.
# - **A Hessian by accident.** Memory runs out near a hundred thousand weights (40 GB in single
#   precision): `hessian(loss)(w) @ v` forms all columns first. Test: double $P$; a Hessian's memory
#   quadruples.
#
# ## Back to the question
#
# Never form $H$. $Hv$ is one directional derivative of the gradient: apply $R$ to each line of the
# gradient's program, and two more sweeps compute it. The price is three gradients in matrix
# products, and twice the memory, for a million weights too; a Hessian takes two million gradients
# and eight terabytes. You can now multiply by the Hessian of any loss that you can record, and test
# the product so that a wrong one fails.
#
# *Sources.* B. A. Pearlmutter, "Fast exact multiplication by the Hessian", Neural Computation 6
# (1994): the R-operator. A. Griewank and A. Walther, *Evaluating Derivatives* (2008): the costs.
#
# **Next:** in lesson 04 your rules stop computing and *write a program* instead.

# %% [markdown]
# ## A blank page
#
# *(Two hours. Only lesson 08's blank page builds on it.)*
#
# Write the engine of three lessons as one, with NumPy alone; it replaces their `Loss`, `tanh` and
# `total`.
#
# **Exercise 03.engine** *(a blank page)*. Define, in **at most 80 lines** (without blank lines,
# comments and docstrings):
#
# | | |
# |---|---|
# | `Loss(function, params)` | `params`: a dict of arrays, of two dimensions or fewer |
# | `.flatten(params)` | a flat vector: the blocks one after the other, row by row |
# | `.value(w, *data)` | a number |
# | `.gradient(w, *data)` | a vector of w's length; `data`: arrays of two dimensions |
# | `.hvp(w, v, *data)` | the same |
# | `tanh(x)`, `total(x)` | of a block or an array; `total`: the sum of all entries, 1 × 1 |
#
# `function(p, *data)` gets a dict of blocks like `params`, and returns a block of 1 × 1. It may use
# `+ - * @`, the unary minus, numbers, arrays, `.shape`, `tanh` and `total`; rows, columns and 1 × 1
# blocks are stretched as NumPy does. (`__array_ufunc__ = None` in the class of your blocks keeps
# NumPy from taking over `array * block`.) `check` tries losses that your engine has not seen, and
# names the first that goes wrong. Begin with `total(a * x)`.

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
