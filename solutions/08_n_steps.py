# %% [markdown]
# # 08 · N steps
#
# **Adapt with five steps instead of one. Does the meta-gradient now need fifth derivatives? What does the fifth step cost, in time and in memory?
# And if a program got it half wrong, would anybody notice?**
#
# *(about 35 minutes' reading; 6 exercises. You need: 07. You will be able to: derive and code the meta-gradient of N steps, choose between memory,
# recomputation and approximation, and write a test that tells a right implementation from sixteen wrong ones, some of which train just as smoothly.)*

# %%
# given
import numpy as np

import tinymaml as tm
from tinymaml.course import check, hint, restore, solution, status, use     # for you to type
from tinymaml.course import engine, style

OWN = False                         # True: this lesson runs on the engine that you wrote in lessons 01 to 05
E = engine(OWN)


class Cosines:
    """l(w; X, φ) = mean over the rows x of X of 1 − cos(x·w − φ): hills and valleys, for real w and complex."""

    def value(self, w, X, phi):
        return np.mean(1 - np.cos(X @ w - phi))

    def gradient(self, w, X, phi):
        return X.T @ np.sin(X @ w - phi) / len(X)

    def hvp(self, w, v, X, phi):
        return X.T @ (np.cos(X @ w - phi) * (X @ v)) / len(X)


def trajectory(loss, w, support, alpha, steps):
    """The inner loop -> the points w_0, ..., w_N."""
    points = [w]
    for j in range(steps):
        points.append(points[j] - alpha * loss.gradient(points[j], *support))
    return points


toy = Cosines()

# %% [markdown]
# ## A nudge goes down the hill
#
# MAML moves the start a little and asks where the *end* goes. So let us watch: six steps from beside a hill top into a valley, and a small disc of
# starts instead of one.
#
# > **Predict.** Will the disc shrink all the time, grow all the time, or first one and then the other? Will it stay round?

# %%
import matplotlib.pyplot as plt

colours = style()
plt.rcParams["figure.figsize"] = 4.8, 2.6
hills = np.array([[1.0, 0.3], [-0.4, 1.0], [0.8, -0.9]]), np.array([0.0, 0.5, -0.3])
start, alpha, steps = np.array([0.9, 4.5]), 0.9, 6
points = trajectory(toy, start, hills, alpha, steps)

J = [np.eye(2)]                                                             # how a nudge of w_0 moves w_j
for w in points[:-1]:
    H = np.array([toy.hvp(w, e, *hills) for e in np.eye(2)])
    J.append((np.eye(2) - alpha * H) @ J[-1])
angle = np.linspace(0, 2 * np.pi, 61)
disc = 0.1 * np.array([np.cos(angle), np.sin(angle)])

fig, (left, right) = plt.subplots(1, 2, figsize=(6.2, 2.6), width_ratios=(1.25, 1))
a, b = np.linspace(-2.4, 1.8, 60), np.linspace(3.7, 7.0, 60)
left.contour(a, b, [[toy.value(np.array([p, q]), *hills) for p in a] for q in b], 6, colors="0.8", linewidths=1)
left.plot(*np.array(points).T, "-o", color=colours["black"], ms=4, lw=1)
neighbours = np.array([trajectory(toy, start + d, hills, alpha, steps) for d in disc.T[::10]])
for j in range(steps + 1):
    left.plot(*(points[j][:, None] + J[j] @ disc), "-", color=colours["blue"], lw=1.5, label="disc, mapped by the product" if j == 0 else None)
    left.plot(*neighbours[:, j].T, ".", color=colours["vermilion"], ms=4, label="its neighbours' own descent" if j == 0 else None)
left.set(title="six steps of a disc", xlabel="w[0]", ylabel="w[1]")
left.legend(fontsize=8, loc="upper right", handlelength=1)
for k, (name, line) in enumerate((("longest axis", "-"), ("shortest axis", "--"))):
    right.plot(range(steps + 1), [np.linalg.svd(M)[1][k] for M in J], line, marker="o", ms=4, label=name)
right.set(title="first stretched, then squeezed", xlabel="step j", ylabel="axis (at the start 1)", ylim=(0, 7.5))
right.legend(fontsize=9)
plt.show()

# %% [markdown]
# *Figure: lesson 07's map of one step, six times, each time at another point. The blue curves come from Hessians at the black points alone; the red
# dots are neighbours that made the descent themselves. Where the disc has grown they stray from the curve: a derivative is about tiny nudges.*
#
# Each step squeezes or stretches the disc *as it is by then*: the factors **multiply**. That is the whole derivation; here it is in lines. As in
# lesson 07, $l$ is the loss on the support set and $q$ that on the query set; $H_j = \nabla^2 l(w_j)$.
#
# | | | why | code |
# |---|---|---|---|
# | (1) | $w_{j+1} = w_j-\alpha\nabla l(w_j)$ | the step | `trajectory` |
# | (2) | $d_{j+1} = (I-\alpha H_j)\,d_j$ | lesson 07's line (2), at $w_j$: so a nudge $d_j$ moves on | `J.append(...)` above |
# | (3) | $d_N = (I-\alpha H_{N-1})\cdots(I-\alpha H_0)\,d_0 = J d_0$ | (2), N times: each new factor comes from the **left** | |
# | (4) | $d\mathcal L = \langle \nabla q(w_N),\, J d_0\rangle$ | chain rule, at the end | `v = loss.gradient(points[N], *query)` |
# | (5) | $= \langle J^{\mathsf T}\nabla q(w_N),\, d_0\rangle$ | transposing moves $J$ to the other side | |
# | (6) | $\nabla\mathcal L = (I-\alpha H_0)\cdots(I-\alpha H_{N-1})\nabla q(w_N)$ | transposing turns the order round; each $H_j$ is symmetric | |
# | (7) | $v \leftarrow \nabla q(w_N)$; for $j = N-1, \dots, 0$: $v\leftarrow v-\alpha H_j v$ | from the **right**: never a matrix | *yours* |
#
# Nudges travel forwards and meet $H_0$ first. The wish $v$, "move the end this way", travels back and meets $H_{N-1}$ first and $H_0$ last.
#
# **Where is the fifth derivative?** Nowhere. The tempting thought is: $w_N$ contains a gradient of a gradient of a gradient, so its derivative must
# be of high order. But the step $S(w)=w-\alpha\nabla l(w)$ is *applied* to its own result, not differentiated again: $(S\circ S)'(w) =
# S'(S(w))\,S'(w)$, and $S' = I-\alpha H$. N steps need second derivatives, at N points.
#
# **Exercise 08.product** *(write it)*. Line (7), and the mean over the tasks, with one `loss.hvp` a step. `tasks` is a list of pairs
# `(support, query)`, each a tuple of data, as in lesson 07; `trajectory` is at hand.

# %%
# exercise 08.product
def meta_gradient(loss, w, tasks, alpha, steps):
    """The gradient, by w, of the mean over the tasks of the query loss after N = steps steps on the support set."""
    ### BEGIN SOLUTION
    mean = np.zeros_like(w)
    for support, query in tasks:
        points = trajectory(loss, w, support, alpha, steps)
        v = loss.gradient(points[steps], *query)
        for j in reversed(range(steps)):
            v = v - alpha * loss.hvp(points[j], v, *support)
        mean = mean + v / len(tasks)
    return mean
    ### END SOLUTION

# %%
check("08.product")

# %% [markdown]
# The cells from here on run your `meta_gradient`. To read on without one: `use("08.product")`, in a cell of its own.
#
# A judge that knows nothing of Hessians: lesson 03's imaginary step, through the *whole* inner loop. `Cosines` is happy with complex numbers; so is
# gradient descent.

# %%
# given
def meta_loss(loss, w, tasks, alpha, steps):
    """The mean over the tasks of the query loss after the steps."""
    return np.mean([loss.value(trajectory(loss, w, support, alpha, steps)[-1], *query) for support, query in tasks])


def imaginary(f, w, h=1e-20):
    """The gradient of f at w, an imaginary step along each coordinate."""
    return np.array([f(w + 1j * h * e).imag / h for e in np.eye(w.size)])


def bumpy(seed, tasks=3, rows=4, size=3):
    """Tasks for Cosines: pairs (support, query) of random (X, φ)."""
    rng = np.random.default_rng(seed)
    return [tuple((rng.normal(size=(rows, size)), rng.uniform(-3, 3, rows)) for _ in range(2)) for _ in range(tasks)]


def apart(a, b):
    """How far a is from b, relative to the size of b."""
    return np.linalg.norm(a - b) / np.linalg.norm(b)


w3, some = np.array([0.5, -0.3, 0.8]), bumpy(0)

# %%
for n in (0, 1, 2, 5, 20):
    reference = imaginary(lambda w: meta_loss(toy, w, some, 0.3, n), w3)
    print(f"N = {n:2d}: yours and the imaginary step differ by {apart(meta_gradient(toy, w3, some, 0.3, n), reference):.0e}")

# %% [markdown]
# ## When does the order matter?
#
# Swap the factors of line (6), first $H_0$, last $H_{N-1}$: an easy slip, as the inner loop ran in that direction. On which losses does it show?
# Here are four slips on three losses.
#
# > **Predict.** A line fitted by least squares is a quadratic: H is the same at all points. Which of the four can be seen there?

# %%
# given
def planted(slip):
    """A meta_gradient with a slip in it."""
    def meta_gradient(loss, w, tasks, alpha, steps):
        found = []
        for support, query in tasks:
            points = trajectory(loss, w, support, alpha, steps)
            v = loss.gradient(points[steps], *query)
            for j in {"first-order": [], "wrong order": range(steps)}.get(slip, reversed(range(steps))):
                at = {"H always at w_N": points[steps], "H one step late": points[j + 1]}.get(slip, points[j])
                v = v - alpha * loss.hvp(at, v, *support)
            found.append(v)
        return np.mean(found, 0)
    return meta_gradient


def least_squares(p, x, y):
    return E.mean(E.square(x @ p["w"] - y))


def mse(p, x, y):
    """Mean squared error of a network with two tanh layers."""
    return E.mean(E.square(E.tanh(E.tanh(x @ p["W1"] + p["b1"]) @ p["W2"] + p["b2"]) @ p["W3"] + p["b3"] - y))

# %%
from tinymaml.problems import networks
from tinymaml.problems import Sinusoids

waves = Sinusoids(shots=10)                                                 # Finn's waves of lesson 00: ten points to adapt on, ten to be judged on
pairs = lambda tasks: [tuple(tuple(a[b] for a in part) for part in (tasks.inner, tasks.outer)) for b in range(len(tasks))]
params = networks.initial(np.random.default_rng(0), (1, 20, 20, 1), np.float64)
net, four = E.Loss(mse, params), pairs(waves.sample(np.random.default_rng(1), 4))
w_net = net.flatten(params)
rng = np.random.default_rng(2)
line = E.Loss(least_squares, {"w": np.zeros((3, 1))})
lines = [tuple((rng.normal(size=(6, 3)), rng.normal(size=(6, 1))) for _ in range(2)) for _ in range(3)]
print("relative error, N = 3    least squares   cosines   network")
for slip in ("none", "first-order", "wrong order", "H always at w_N", "H one step late"):
    errors = [apart(planted(slip)(loss, w, tasks, a, 3), meta_gradient(loss, w, tasks, a, 3))
              for loss, w, tasks, a in ((line, w3, lines, 0.1), (toy, w3, some, 0.3), (net, w_net, four, 0.01))]
    print(f"{slip:22s}" + "".join(f"{e:14.0e}" if e < 1e-12 else f"{e:14.1%}" for e in errors))

# %% [markdown]
# On a quadratic all factors are the same matrix, and the last three slips compute the right thing: **a test on quadratics cannot fail**. In one
# dimension numbers commute, with N = 1 there is no order. Hessians must *change along the path* and must *not commute*.
#
# **Exercise 08.order** *(break it)*. "A few per cent at most", somebody says, "if the stepsize is sane." Choose data for `Cosines` in the plane
# (support and query set the same), a start, a stepsize and N ≤ 5 for which the wrong order is off by at least 10%. Sane means α L ≤ 1, where L is
# the largest eigenvalue of XᵀX / rows: no curvature of this loss is larger.

# %%
# exercise 08.order
### BEGIN SOLUTION
#: instance = dict(X=[[..., ...], [..., ...]], phi=[..., ...], w=[..., ...], alpha=..., steps=...)
instance = dict(X=[[1.0, 0.0], [1.0, 1.0]], phi=[0.0, 0.0], w=[2.0, 1.0], alpha=0.7, steps=5)
### END SOLUTION

# %%
check("08.order")

# %% [markdown]
# ## The price of a step
#
# Two shortcuts avoid HVPs. **First-order** MAML leaves the product out, all N factors. **Hessian-free** MAML keeps it and gets each $Hv$ from two
# extra gradients, $Hv \approx \big(\nabla l(w+\delta v)-\nabla l(w-\delta v)\big)/2\delta$.
#
# **Exercise 08.cost** *(predict)*. A batch of B = 25 tasks, N = 5 steps. How many gradients (of the loss of one task) and how many HVPs does one
# meta-gradient take, each way? Of which order is the highest derivative of $l$ in the exact one? Which is the last of the points $w_0,\dots,w_5$
# whose Hessian it uses?

# %%
# exercise 08.cost
### BEGIN SOLUTION
#: exact = dict(gradients=..., hvps=...)
#: first_order = dict(gradients=..., hvps=...)
#: hessian_free = dict(gradients=..., hvps=...)
#: highest_derivative = ...
#: last_hessian_at = ...                 # j of w_j
exact = dict(gradients=150, hvps=125)
first_order = dict(gradients=150, hvps=0)
hessian_free = dict(gradients=400, hvps=0)
highest_derivative = 2
last_hessian_at = 4
### END SOLUTION

# %%
check("08.cost")

# %% [markdown]
# So time grows linearly with N, one gradient and one HVP a step. And memory? The way back needs each $w_j$ again, last first, and for each HVP the
# slots of the value and reverse sweeps there. Three policies:
#
# | | kept until the way back | done again on the way back | matrix products a task (gradient 3, HVP 6 warm, 9 cold) |
# |---|---|---|---|
# | keep all | $w_j$ and the slots of every step | nothing | 3 (N + 1) + 6 N |
# | recompute the slots | $w_j$ | value and reverse sweep of each step | 3 (N + 1) + 9 N |
# | checkpoints | $w_j$ for every √N-th j, and one stretch between two | these, and the inner loop once more | 3 (N + 1) + 9 N + 3 (N − √N) |
#
# The second costs about 12/9 = 4/3 of the first; measured when `tinymaml` was built, 1.35 times. Your `meta_gradient` is the second: it keeps
# points, and `loss.hvp` starts cold. `tinymaml`'s compiled loop is the first.

# %%
from time import perf_counter

from tinymaml.engine.compiled.format import Method
from tinymaml.engine.compiled.plan import Plan


def milliseconds(f, n, repeat=7):
    times = []
    for _ in range(repeat):
        began = perf_counter()
        f(net, w_net, four[:1], 0.01, n)
        times.append(perf_counter() - began)
    return min(times) * 1e3


big = tm.Loss(networks.mse(), networks.initial(np.random.default_rng(0)))   # 1-40-40-1
tape = big.tape(np.zeros((10, 1), np.float32), np.zeros((10, 1), np.float32))
Ns = np.arange(0, 21, 4)
workspace = np.array([Plan(np.dtype(np.float32), int(n), Method.EXACT, tape, None, tape).layout.size * 4 for n in Ns])
kept = (Ns + 1) * big.size * 4
checkpoints = 2 * np.ceil(np.sqrt(Ns)) * big.size * 4
base = workspace[0] - big.size * 4                                          # the slots of one step
fig, (left, right) = plt.subplots(1, 2, figsize=(6.2, 2.5))
for f, name in (meta_gradient, "exact"), (planted("first-order"), "first-order"):
    left.plot(Ns, [milliseconds(f, n) for n in Ns], marker="o", ms=3, label=name)
left.set(title="time: linear in N", xlabel="steps N", ylabel="ms a task", ylim=(0, None))
left.legend(fontsize=9)
for memory, name in (workspace, "keep all (tinymaml)"), (kept + base, "recompute the slots"), (checkpoints + base, "√N checkpoints"):
    right.plot(Ns, memory / 1024, label=name)
right.set(title="memory: three policies", xlabel="steps N", ylabel="kB a thread", ylim=(0, None))
right.legend(fontsize=9)
plt.show()
print(f"1-40-40-1, float32: a point w_j takes {big.size * 4:,} bytes, all that a step keeps {(workspace[-1] - workspace[0]) / 20:,.0f}")

# %% [markdown]
# *Figure: both are straight lines in N (times are this machine's). What a step keeps grows with the number of samples, a point does not: with ten
# samples the difference is modest, with a thousand it decides.*
#
# A loop that keeps all of a *small* task's 20 steps still fits into a core's cache, so for few-shot problems that is the fast choice. With a
# million weights and many steps it is not.
#
# **Exercise 08.checkpoints** *(write it)*. The third row, for one task. Keep about √N points on the way; on the way back, walk each stretch again
# from its checkpoint. (N ≥ 1, not always a square.) At most 3√N + 8 vectors of w's size may be alive at any moment, and at most 2N calls of
# `gradient`. (`check` measures both.)

# %%
# exercise 08.checkpoints
def frugal(gradient, hvp, query_gradient, w, alpha, steps):
    """gradient(w), hvp(w, v): of the support loss; query_gradient(w). -> (I − αH_0)···(I − αH_{N−1}) ∇q(w_N), in little memory."""
    ### BEGIN SOLUTION
    stretch, kept = int(steps ** 0.5), []
    for j in range(steps):
        if j % stretch == 0:
            kept.append(w)
        w = w - alpha * gradient(w)
    v = query_gradient(w)
    for k in reversed(range(len(kept))):
        points = [kept[k]]
        for _ in range(k * stretch + 1, min((k + 1) * stretch, steps)):
            points.append(points[-1] - alpha * gradient(points[-1]))
        for w in reversed(points):
            v = v - alpha * hvp(w, v)
    return v
    ### END SOLUTION

# %%
check("08.checkpoints")

# %% [markdown]
# With checkpoints of checkpoints the memory is proportional to log N, and the best places for them are known (Griewank & Walther's *revolve*).
# Gradient descent can even be run *backwards* without any, if one mends the rounding (Maclaurin et al. 2015).
#
# ## Without Hessians
#
# **Exercise 08.hessian_free** *(write it)*. Line (7) from gradients alone, two a step, in the precision of what is handed in.

# %%
# exercise 08.hessian_free
def hessian_free(gradient, points, v, alpha, delta):
    """points: w_0, ..., w_N; gradient(w): of the support loss. -> (I − αH_0)···(I − αH_{N−1}) v, by centred differences."""
    ### BEGIN SOLUTION
    for w in reversed(points[:-1]):
        v = v - alpha * (gradient(w + delta * v) - gradient(w - delta * v)) / (2 * delta)
    return v
    ### END SOLUTION

# %%
check("08.hessian_free")

# %% [markdown]
# Lesson 03 saw the V of a difference: too long a step to the right, rounding to the left. `tinymaml` takes δ = ε^(1/3), ε being the precision.
#
# > **Predict.** ε is 1.2e-7 in float32 and 2.2e-16 in float64. Where is the bottom of each V, and how many digits does it leave? And what does
# > first-order MAML's error do as N grows: stay, add up, multiply?

# %%
fig, (left, right) = plt.subplots(1, 2, figsize=(6.2, 2.5))
deltas = 10.0 ** np.arange(-9, 0.1, 0.5)
for dtype, colour, shape in (np.float32, "vermilion", "--"), (np.float64, "blue", "-"):
    (X, phi), query = [[a.astype(dtype) for a in part] for part in bumpy(4, tasks=1, rows=20, size=10)[0]]
    points = trajectory(toy, np.full(10, 0.3, dtype), (X, phi), 0.05, 5)
    v = toy.gradient(points[5], *query)
    exact = meta_gradient(toy, np.full(10, 0.3), [((X.astype(float), phi.astype(float)), query)], 0.05, 5)
    errors = [apart(hessian_free(lambda w: toy.gradient(w, X, phi), points, v, dtype(0.05), dtype(d)), exact) for d in deltas]
    left.loglog(deltas, errors, shape, color=colours[colour], label=dtype.__name__)
    left.plot([np.finfo(dtype).eps ** (1 / 3)] * 2, [1e-13, 1], ":", color=colours[colour], lw=1)
    print(f"{dtype.__name__}: smallest error {min(errors):.0e}, at δ = {deltas[np.argmin(errors)]:.0e}")
left.set(title="Hessian-free: a V (N = 5)", xlabel="δ (dotted: ε^(1/3))", ylabel="relative error", ylim=(1e-13, 10))
left.legend(fontsize=9)
Ns = np.arange(0, 11)
for a, shape in (0.001, "-"), (0.003, "--"), (0.01, "-."):
    missing = [apart(planted("first-order")(net, w_net, four, a, n), meta_gradient(net, w_net, four, a, n)) for n in Ns]
    right.plot(Ns, missing, shape, marker="o", ms=3, label=f"α = {a}")
right.set(title="first-order: grows with N", xlabel="steps N", ylabel="relative error", xticks=Ns[::2], ylim=(0, 2.2))
right.legend(fontsize=9)
plt.show()

# %% [markdown]
# *Figure: left, each precision has its V, and ε^(1/3) is near the bottom. Right, first-order MAML's error grows with N, the faster the larger α.*
#
# Hessian-free takes two gradients for an HVP: 6 matrix products, as many as a warm HVP takes and fewer digits. It is for those who have none.
# First-order saves the whole way back, and what it drops grows: to first order in α the product is $I-\alpha\sum_j H_j$, a sum with N terms.
#
# ## A hill top
#
# N factors multiply. In a valley each is below 1 (while αL < 2), and no harm is done. Where the curvature is −L each is $1+\alpha L$. Two tasks,
# $1-\cos(w\mp 1)$: L = 1, and each has a hill top.
#
# > **Predict.** α = 0.5, N = 40. The losses have slopes of at most 1. What is the steepest slope of the meta-objective: about 1, 40, a thousand,
# > more?

# %%
from tinymaml.problems import CosineWells

wells = CosineWells()
near = np.concatenate([np.linspace(-np.pi, np.pi, 2001), 1 + np.pi + np.geomspace(1e-12, 1, 3000)])
top = [((np.ones((1, 1)), np.array([1.0])),) * 2]                            # one of the wells, from a hair beside its top
print("steepest slope    α = 0.5 / N       α = 0.5         1.5^N")
for n in 1, 5, 10, 20, 40:
    short, fixed = (np.abs(wells.meta(near, a, n)[1]).max() for a in (0.5 / n, 0.5))
    print(f"N = {n:2d} {short:22.1f}{fixed:14,.1f}{1.5 ** n:14,.1f}")
print(f"one of the two tasks, by your meta_gradient, N = 40: {abs(meta_gradient(toy, np.array([1 + np.pi + 1e-7]), top, 0.5, 40)[0]):,.1f}")

# %% [markdown]
# With fixed α the meta-objective has needles as steep as $(1+\alpha L)^N$, up to a constant factor. With α = c/N the product stays
# below $e^c$, here 1.65.
#
# This is why the theory takes α proportional to 1/N: it is the subject of lesson 16, which also says when it is *not* needed (valleys).
#
# ## Which curve is right?
#
# Now Algorithm 2 as a whole: draw tasks, adapt, go back, move. First yours beside the package's, on the same tasks, with the same Adam.

# %%
from tinymaml.maml.stepsizes import make_update


judges = pairs(Sinusoids(shots=10, queries=30).sample(np.random.default_rng(9), 40))          # 40 waves that nobody trains on


def algorithm_2(meta_gradient, w, iterations, alpha=0.01, N=3, B=4):
    """-> the start found, and every 15 iterations the meta-loss on new waves."""
    rng, step, losses = np.random.default_rng(0), make_update(tm.Adam(0.01), w), []
    for k in range(iterations):
        if k % 15 == 0:
            losses.append(meta_loss(net, w, judges, alpha, N))
        tasks = pairs(waves.sample(rng, B))                                 # draw B tasks, each with its S_i and its T_i
        g = meta_gradient(net, w, tasks, alpha, N)                          # mean_i ∏_j (I − α∇²l_{S_i}(w_j)) ∇l_{T_i}(w_N), right to left
        w = w - step(0.01, g)                                               # w ← w − β_k g
    return w, losses + [meta_loss(net, w, judges, alpha, N)]


settings = dict(alpha=0.01, steps=3, stepsize=tm.Adam(0.01), batch=4, iterations=10, seed=0, progress=False, target="numpy")
theirs = tm.maml_finite_sum(net, w_net, waves, **settings).w
print(f"after 10 iterations your w and tinymaml's differ by {apart(algorithm_2(meta_gradient, w_net, 10)[0], theirs):.0e}")

# %% [markdown]
# To rounding. With `target="cpu"` the same two loops run compiled (`learn` in `tinymaml/engine/compiled/inner_loop.py`, printed at the end of lesson 05). Side by side:
#
# | yours | `learn` | |
# |---|---|---|
# | `loss.gradient(points[j], *support)` | `execute(program, start, stop, memory, j)` from `INNER` to `PULL` | value and reverse sweep, into copy j of the slots: all are kept |
# | `points[j] - alpha * ...` | `step_from(facts, memory, j, alpha)` | w₀, w₁, ... lie one after the other |
# | `v = loss.gradient(points[N], *query)` | the last pass, from `OUTER` to `END` | its reverse sweep writes to v at once |
# | `for j in reversed(range(steps))` | `for j in range(back - 1, -1, -1)` | right to left |
# | `loss.hvp(points[j], v, *support)` | `execute(...)` from `PULL` to `OUTER` | only tangent and tangent of reverse: the rest is still there, in copy j |
# | `v = v - alpha * ...` | `axpy(memory, v, v, ...)` | |
#
# Now let three programs train: the right one and two of the slips above. Their training curves, in no particular order:
#
# > **Predict.** Which is right? (All use the same tasks.)

# %%
slips = {"A": "first-order", "B": "none", "C": "wrong order"}
trained = {name: algorithm_2(planted(slip), w_net, 150) for name, slip in slips.items()}
for name, (_, losses) in trained.items():
    plt.plot(15 * np.arange(11), losses, label=name)
plt.gca().set(title="Three programs learn to learn; one is right", xlabel="iteration", ylabel="error on new waves", ylim=(0, None))
plt.legend(ncols=3)
plt.show()

# %%
for name, slip in slips.items():
    off = apart(planted(slip)(net, w_net, four, 0.01, 3), meta_gradient(net, w_net, four, 0.01, 3))
    print(f"{name}: {slip:12s} in the end {trained[name][1][-1]:.2f};   its first meta-gradient was off by {off:.0%}")

# %% [markdown]
# *Figure: all fall.* A wrong direction goes down as long as its product with the right one is positive. Nor is the ranking evidence: here the wrong
# order ends a hair ahead of the right one; with `N=5` and 300 iterations it ends last (try it). **A loss curve is no test of a gradient.** A test
# compares with something independent, at a place where the errors that you fear would show.
#
# **Exercise 08.trust** *(find the bug)*. Write such a test. `accepts` is handed an implementation with the signature of yours, and says True if it
# may be trusted, False if not. `check` runs it on several right implementations, which differ by rounding, and on sixteen wrong ones, most of which
# you have not seen. It must accept all the former and none of the latter. (At hand: `toy`, `bumpy`, `trajectory`, `meta_loss`, `imaginary`, `apart`;
# not the network of the demonstrations. The text above says on which losses nothing shows.)

# %%
# exercise 08.trust
def accepts(meta_gradient):
    """Is this implementation of meta_gradient(loss, w, tasks, alpha, steps) right? -> bool"""
    ### BEGIN SOLUTION
    tasks, w, alpha, steps = bumpy(1), np.array([0.4, -0.7, 0.2]), 0.3, 3
    expected = imaginary(lambda w: meta_loss(Cosines(), w, tasks, alpha, steps), w)
    found = meta_gradient(Cosines(), w, tasks, alpha, steps)
    return bool(np.abs(found - expected).max() < 1e-8 * np.abs(expected).max())
    ### END SOLUTION

# %%
check("08.trust")

# %% [markdown]
# Keep it: a few lines, a millisecond, and it finds what no curve shows.
#
# ## Tested with another N
#
# > **Predict.** One start trained for N = 1, one for N = 5, both tested after 1 to 10 steps. Does the one for five steps win everywhere?

# %%
wide = networks.initial(np.random.default_rng(0))
tasks = Sinusoids(shots=10, queries=50, dtype=np.float32).sample(np.random.default_rng(3), 600)
for N, mark in (1, "-o"), (5, "--s"):
    run = tm.maml_finite_sum(big, big.flatten(wide), Sinusoids(shots=10, dtype=np.float32), alpha=0.01, steps=N, stepsize=tm.Adam(1e-3), batch=25,
                             iterations=2000, seed=0, progress=False)
    errors = [tm.meta_gradient(big, run.w, tasks, alpha=0.01, steps=n, method="first-order").losses.mean() for n in range(1, 11)]
    plt.plot(range(1, 11), errors, mark, ms=4, label=f"trained for N = {N}")
plt.gca().set(title="Each start is good at its own N", xlabel="steps in the test", ylabel="error on new waves", xticks=range(0, 11, 2), ylim=(0, 1.2))
plt.legend()
plt.show()

# %% [markdown]
# *Figure: N is part of the objective, as α is; a comparison of methods at another N than they were trained for compares luck.*
#
# > **What goes wrong in practice**
# >
# > - **Only the last point is kept.** `w -= alpha * g` *in place* makes every entry of the list of points the same array: "H always at w_N".
# > - **The graph is half cut.** In frameworks that record by themselves, a `detach` on some steps' inner gradients drops the factors of these
# >   steps and keeps the others. Lesson 07's test, that exact and first-order differ, does not see it; yours does.
# > - **Out of memory at N = 20** with a recorder that keeps all. Keep points; recompute.
# > - **NaN at N = 20** with the α that was fine at N = 1: a factor beyond ±1, from a hill top or from αL > 2, to the twentieth power.
# > - **More steps in the test than in training**: report the N, for every method.
#
# ## Back to the question
#
# No fifth derivative: a composition multiplies first derivatives of the step, $I-\alpha H_j$, at N points, and from right to left that is N
# Hessian-vector products. The fifth step costs what the first cost, one gradient and one HVP, and its memory is one point (4/3 of the time) or all
# its slots; √N points do, for one more inner loop. And no, nobody would notice from the curve. A test of a few lines notices.
#
# *Sources.* C. Finn, P. Abbeel & S. Levine, ICML 2017: N steps, first-order MAML. A. Nichol, J. Achiam & J. Schulman, "On first-order meta-learning
# algorithms", arXiv 1803.02999 (2018): what the first-order one follows, expanded in α. K. Ji, J. Yang & Y. Liang, JMLR 23 (2022): the product, and
# why α is proportional to 1/N. A. Griewank & A. Walther, "Algorithm 799: revolve", ACM TOMS 26 (2000): optimal checkpoints. D. Maclaurin, D.
# Duvenaud & R. Adams, "Gradient-based hyperparameter optimization through reversible learning", ICML 2015.
#
# **Next:** lessons 09 to 12 (to come) put this to work on Finn's waves, digits and fresh samples. The proof that it gets somewhere starts in
# **13**, with assumptions that you can compute.
