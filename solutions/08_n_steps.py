# %% [markdown]
# # 08 · N steps
#
# **With five steps instead of one, does the meta-gradient need fifth derivatives? What does the
# fifth step cost, in time and in memory? And if a program had its factors in the wrong order, would
# its training show it?**
#
# *(about 25 minutes' reading; 5 exercises, 27 minutes, and a blank page for two hours. You need:
# 07. You will be able to: derive and code the meta-gradient of N steps, say what it costs in time
# and in memory, and write a test that tells right implementations from sixteen wrong ones.)*
#
# Symbols are those of lesson 07, all on the page [Notation](appendix_07_notation.ipynb): of a task,
# $l$ is the loss on the support set and $q$ that on the query set, functions of a parameter vector
# $w$. New are the points $w_0 = w, w_1, \dots, w_N$ of $N$ steps with stepsize $\alpha$, and the
# Hessians $H_j = \nabla^2 l(w_j)$ of the *support* loss at them.

# %%
# given
import numpy as np

import tinymaml as tm

# for you to type
from tinymaml.course import check, hint, restore, solution, status, use
from tinymaml.course import engine, guess, guessed
from tinymaml.course.figures import lesson_08 as figures
from tinymaml.problems import CosineWells, Sinusoids, networks

# True: this lesson runs on the engine that you wrote in lessons 01 to 05
OWN = False
E = engine(OWN)

# %%
# given
class Cosines:
    """Hills and valleys, for real w and complex: the mean of 1 − cos(x·w − φ) over the rows."""

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
# *In tinymaml: `maml/on_numpy.py`, `inner_loop`.*
#
# ## A nudge goes down the hill
#
# MAML moves the start a little and asks where the *end* goes. So we watch nudges: a small disc of
# starts beside a hill top, and six steps of all of them into a valley.
#
# > **Predict.** At the start the disc's longest axis has length 1. How long is it at its longest?

# %%
guess("08.longest_axis", 2.0)

# %%
hills = np.array([[1.0, 0.3], [-0.4, 1.0], [0.8, -0.9]]), np.array([0.0, 0.5, -0.3])
start = np.array([0.9, 4.5])
alpha, steps = 0.9, 6
points = trajectory(toy, start, hills, alpha, steps)

# J[j]: how a nudge of w_0 moves w_j
J = [np.eye(2)]
for w in points[:steps]:
    H = np.array([toy.hvp(w, e, *hills) for e in np.eye(2)])
    J.append((np.eye(2) - alpha * H) @ J[-1])
axes = np.array([np.linalg.svd(matrix)[1] for matrix in J])

nudges = figures.circle(radius=0.1)
neighbours = [trajectory(toy, start + nudge, hills, alpha, steps) for nudge in nudges[::10]]
figures.disc(toy, hills, points, J, nudges, neighbours, axes)
print("longest axis, step by step:", axes[:, 0].round(1))
guessed("08.longest_axis", axes[:, 0].max())

# %% [markdown]
# *Figure: each blue curve is $w_j + J_j d$ for all nudges $d$ of the disc, $J_j$ being the product
# of the first $j$ factors, from Hessians at the black points. The red dots are neighbours that made
# the descent themselves. Where the disc is large they stray: a derivative is about tiny nudges.*
#
# Near the hill top each step stretches the disc *as it is by then*, here to 5.4 times its length;
# in the valley each squeezes it: the factors **multiply**. Write $d_j$ for a nudge of $w_j$, $M_j$
# for the factor of step $j$, $J = J_N$ for the product of all, square matrices, and $\mathcal L$
# for $q(w_N)$ as a function of the start, the meta-loss of one task.
#
# | | | why |
# |---|---|---|
# | (1) | $w_{j+1} = w_j-\alpha\nabla l(w_j)$ | the step: `trajectory` |
# | (2) | $d_{j+1} = M_j\,d_j$, with $M_j = I-\alpha H_j$ | a nudge moves on: lesson 07, at $w_j$ |
# | (3) | $d_N = M_{N-1}\cdots M_1M_0\,d_0 = J\,d_0$ | (2), each new factor from the **left** |
# | (4) | $d\mathcal L = \langle \nabla q(w_N),\, J d_0\rangle$ | chain rule, at the end |
# | (5) | $d\mathcal L = \langle J^{\mathsf T}\nabla q(w_N),\, d_0\rangle$ | $J$ changes sides |
# | (6) | $\nabla\mathcal L=M_0M_1\cdots M_{N-1}\,\nabla q(w_N)$ | the order turns round |
# | (7) | the same, with $N$ HVPs and no matrix | (6), from one of its two ends: *yours* |
#
# Line (6) transposes the product; each $M_j$ is symmetric, as $H_j$ is.
#
# **Where is the fifth derivative?** Nowhere. The tempting thought is: $w_N$ contains a gradient of
# a gradient of a gradient, so its derivative must be of high order. But the step
# $S(w)=w-\alpha\nabla l(w)$ is *applied* to its own result, not differentiated again:
# $(S\circ S)'(w) = S'(S(w))\,S'(w)$, and $S' = I-\alpha H$. N steps need second derivatives, at
# N points.
#
# **Exercise 08.product** *(write it)*. Line (7) for each task, then the mean over the tasks, with
# one `loss.hvp` a step. `tasks` is a list of pairs `(support, query)`, each a tuple of data;
# `loss` has `gradient(w, *data)` and `hvp(w, v, *data)`.

# %%
# exercise 08.product
def meta_gradient(loss, w, tasks, alpha, steps):
    """The gradient, with respect to w, of the mean over the tasks of the query loss at w_N.

    w: (d,). steps: N. -> (d,)
    """
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
# *In tinymaml: `maml/on_numpy.py`, `way_back`.* The cells from here on run your `meta_gradient`. To
# read on without one: `use("08.product")`, in a cell of its own.
#
# Nudges travel forwards and meet $M_0$ first. The wish $v$, "move the end this way", travels back
# and meets $M_{N-1}$ first and $M_0$ last. Now a judge that knows nothing of Hessians: lesson 03's
# imaginary step, through the *whole* inner loop. `Cosines` takes complex numbers.

# %%
# given
def meta_loss(loss, w, tasks, alpha, steps):
    """The mean over the tasks of the query loss after the steps."""
    losses = []
    for support, query in tasks:
        points = trajectory(loss, w, support, alpha, steps)
        losses.append(loss.value(points[steps], *query))
    return np.mean(losses)


def imaginary(f, w, h=1e-20):
    """The gradient of f at w, by an imaginary step along each coordinate."""
    return np.array([f(w + 1j * h * e).imag / h for e in np.eye(w.size)])


def bumpy(seed, tasks=3, rows=4, size=3):
    """Tasks for Cosines: pairs (support, query) of random (X, φ)."""
    rng = np.random.default_rng(seed)

    def data():
        return rng.normal(size=(rows, size)), rng.uniform(-3, 3, rows)

    return [(data(), data()) for _ in range(tasks)]

# %%
# given
def apart(a, b):
    """How far a is from b, relative to the size of b."""
    return np.linalg.norm(a - b) / np.linalg.norm(b)


w3 = np.array([0.5, -0.3, 0.8])
cosines = bumpy(0)

# %%
for n in (0, 1, 2, 5, 20):
    mine = meta_gradient(toy, w3, cosines, 0.3, n)
    judge = imaginary(lambda w: meta_loss(toy, w, cosines, 0.3, n), w3)
    print(f"N = {n:2d}: yours and the imaginary step differ by {apart(mine, judge):.0e}")

# %% [markdown]
# ## When does the order matter?
#
# Let $v$ meet $M_0$ first and $M_{N-1}$ last: an easy slip, as the inner loop ran in that
# direction. On which losses does it show?

# %%
# given
def planted(slip):
    """A meta_gradient with a slip in it; "exact": with none."""

    def meta_gradient(loss, w, tasks, alpha, steps):
        found = []
        for support, query in tasks:
            points = trajectory(loss, w, support, alpha, steps)
            v = loss.gradient(points[steps], *query)
            way = reversed(range(steps))
            if slip == "first-order":
                way = []
            if slip == "wrong order":
                way = range(steps)
            for j in way:
                u = points[j]
                if slip == "H always at w_N":
                    u = points[steps]
                if slip == "H one step late":
                    u = points[j + 1]
                v = v - alpha * loss.hvp(u, v, *support)
            found.append(v)
        return np.mean(found, axis=0)

    return meta_gradient

# %% [markdown]
# Four slips are tried on three losses: a line fitted by least squares (a quadratic: $H$ is the same
# everywhere), the cosines, and a tanh network on Finn's waves.
#
# > **Predict.** How many of the four slips change the result on least squares?

# %%
guess("08.slips_seen_on_least_squares", 4)

# %%
def least_squares(p, x, y):
    return E.mean(E.square(x @ p["slope"] + p["offset"] - y))


def mse(p, x, y):
    return E.mean(E.square(networks.forward(p, x, E.tanh) - y))


def pairs(tasks):
    """tinymaml's Tasks -> a list of pairs (support, query), each (x, y)."""
    found = []
    for b in range(len(tasks)):
        support = tuple(array[b] for array in tasks.inner)
        query = tuple(array[b] for array in tasks.outer)
        found.append((support, query))
    return found

# %%
# ten points to adapt on, ten to be judged on
waves = Sinusoids(shots=10)
four = waves.sample(np.random.default_rng(1), 4)
line = E.Loss(least_squares, {"slope": np.ones((1, 1)), "offset": np.ones((1, 1))})
params = networks.initial(np.random.default_rng(0), (1, 20, 20, 1), np.float64)
net = E.Loss(mse, params)
w_net = net.flatten(params)
losses = (line, np.ones(2), pairs(four)), (toy, w3, cosines), (net, w_net, pairs(four))
seen = 0
print("relative error, N = 3    least squares   cosines   network")
for slip in ("exact", "first-order", "wrong order", "H always at w_N", "H one step late"):
    errors = []
    for loss, w, tasks in losses:
        alpha = 0.3 if loss is toy else 0.01
        exact = meta_gradient(loss, w, tasks, alpha, 3)
        errors.append(apart(planted(slip)(loss, w, tasks, alpha, 3), exact))
    seen += errors[0] > 1e-9
    print(f"{slip:22s}" + "".join(f"{error:14.1%}" for error in errors))
guessed("08.slips_seen_on_least_squares", seen)

# %% [markdown]
# On a quadratic all factors are the same matrix, and the last three slips compute the right thing.
# **A test on quadratics cannot see these three.** Nor does the wrong order show in one dimension,
# where factors commute, nor with $N = 1$. Hessians must *change along the path* and *not commute*.
#
# **Exercise 08.order** *(break it)*. A claim: "With a sane stepsize the wrong order is off by a few
# per cent at most." Choose data for `Cosines` in the plane (support and query set the same), a
# start, a stepsize and $N \le 5$ for which it is off by at least 10%. Sane means $\alpha L \le 1$,
# where $L$ is the largest eigenvalue of `X.T @ X / rows`: no curvature of this loss is larger.

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
# Two shortcuts avoid HVPs. **First-order** MAML leaves all $N$ factors out. **Hessian-free** MAML
# keeps them and gets each $H_jv$ from two more gradients, at $w_j+\delta v$ and $w_j-\delta v$ with
# a small $\delta$ (lesson 03's difference).
#
# **Exercise 08.cost** *(predict)*. A batch of $B = 25$ tasks, $N = 5$ steps. How many gradients (of
# the loss of one task) and how many HVPs does one meta-gradient take, each way? Of which order is
# the highest derivative of $l$ in the exact one? Which is the last of the points
# $w_0,\dots,w_5$ whose Hessian it uses?

# %%
# exercise 08.cost
### BEGIN SOLUTION
#: exact = dict(gradients=..., hvps=...)
#: first_order = dict(gradients=..., hvps=...)
#: hessian_free = dict(gradients=..., hvps=...)
#: highest_derivative = ...
#: # the j of w_j
#: last_hessian_at = ...
exact = dict(gradients=150, hvps=125)
first_order = dict(gradients=150, hvps=0)
hessian_free = dict(gradients=400, hvps=0)
highest_derivative = 2
last_hessian_at = 4
### END SOLUTION

# %%
check("08.cost")

# %% [markdown]
# So time grows linearly with $N$, one gradient and one HVP a step. And memory? The way back needs
# each $w_j$ again, last first, and for each HVP the slots of the value and reverse sweeps there. In
# lesson 03's count of matrix products, a gradient takes 3; an HVP takes 6 where these slots are
# still there (warm), 9 where they are not (cold):
#
# | | kept until the way back | done again on the way back | products a task |
# |---|---|---|---|
# | keep all | $w_j$ and the slots of every step | nothing | $9N + 3$ |
# | recompute | $w_j$ | value and reverse sweep of each step | $12N + 3$ |
# | checkpoints | $\sqrt N$ of the $w_j$, one stretch | both sweeps and the steps | about $15N$ |
#
# The second costs 12/9 = 4/3 of the first. Your `meta_gradient` is the second: it keeps points, and
# `loss.hvp` starts cold. `tinymaml`'s compiled loop is the first.

# %%
from tinymaml.engine.compiled.format import Method
from tinymaml.engine.compiled.plan import Plan

big = networks.initial(np.random.default_rng(0), (1, 40, 40, 1))
big_net = tm.Loss(networks.mse(), big)
point = 4 * big_net.size
counts = np.arange(0, 101, 4)
memory = {}
for shots in (10, 100):
    # all that tinymaml's compiled loop keeps for a task with that many points, 4 bytes a number
    column = np.zeros((shots, 1), np.float32)
    tape = big_net.tape(column, column)
    plans = [Plan(column.dtype, int(n), Method.EXACT, tape, None, tape) for n in counts]
    keep_all = np.array([4 * plan.layout.size for plan in plans])
    recompute = keep_all[0] + counts * point
    checkpoints = keep_all[0] + 2 * np.ceil(np.sqrt(counts)) * point
    memory[shots] = keep_all, recompute, checkpoints
    a_step = (keep_all[-1] - keep_all[0]) / counts[-1]
    print(f"{shots} points: w_j has {point:,} bytes, all that a step keeps {a_step:,.0f}")
figures.memory(counts, memory)

# %% [markdown]
# *Figure: what a step keeps grows with the number of points in the task, a parameter vector does
# not. Twenty steps of the small task take 0.7 MB, about a core's cache, and keeping all is the fast
# choice; with a million weights and many steps it is not.*
#
# **Exercise 08.checkpoints** *(write it)*. The third row, for one task. Keep about $\sqrt N$ points
# on the way there; on the way back, walk each stretch again from its checkpoint. ($N \ge 1$, not
# always a square.) At most $3\sqrt N + 8$ vectors of $w$'s size may be alive at any moment, and at
# most $2N$ calls of `gradient`. (`check` measures both.)

# %%
# exercise 08.checkpoints
def frugal(gradient, hvp, query_gradient, w, alpha, steps):
    """M_0 M_1 ··· M_{N−1} ∇q(w_N), in little memory. -> (d,)

    gradient(w), hvp(w, v): of the support loss. query_gradient(w): ∇q. w: (d,). steps: N
    """
    ### BEGIN SOLUTION
    stretch = int(steps**0.5)
    kept = []
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
# ## What the shortcuts cost
#
# > **Predict.** First-order MAML was off by 85% on the network, with $N = 3$. And with $N = 10$?

# %%
guess("08.first_order_off_by_per_cent", 95)

# %%
for n in (1, 3, 10):
    exact = meta_gradient(net, w_net, pairs(four), 0.01, n)
    off = 100 * apart(planted("first-order")(net, w_net, pairs(four), 0.01, n), exact)
    settings = dict(alpha=0.01, steps=n, method="hessian-free", target="numpy")
    free = tm.meta_gradient(net, w_net, four, **settings).gradient
    print(f"N = {n:2d}: first-order is off by {off:.0f}%, Hessian-free by {apart(free, exact):.0e}")
guessed("08.first_order_off_by_per_cent", off)

# %% [markdown]
# With ten steps the error is longer than the meta-gradient itself. To first order in $\alpha$ the
# product is $I-\alpha\sum_j H_j$: what is left out is a sum of $N$ terms. Hessian-free keeps seven
# digits, but saves no time: two gradients are 6 products, as many as a warm HVP.
#
# ## A hill top
#
# $N$ factors multiply. In a valley each is below 1 (while $\alpha L < 2$), and no harm is done.
# Where the curvature is $-L$ each is $1+\alpha L$. Two tasks, $1-\cos(w\mp 1)$: $L = 1$, and each
# has a hill top. Neither loss is anywhere steeper than 1.
#
# > **Predict.** How steep is the meta-loss at its steepest, for $\alpha = 0.5$, $N = 40$?

# %%
guess("08.steepest_slope", 40.0)

# %%
wells = CosineWells()
top = 1 + np.pi
near = np.concatenate([np.linspace(-np.pi, np.pi, 2001), top + np.geomspace(1e-12, 1, 3000)])
print("steepest slope    α = 0.5 / N         α = 0.5           1.5^N")
for n in (1, 5, 10, 20, 40):
    slopes = [np.abs(wells.meta(near, a, n)[1]).max() for a in (0.5 / n, 0.5)]
    print(f"N = {n:2d} {slopes[0]:22.1f}{slopes[1]:16,.1f}{1.5**n:16,.1f}")
guessed("08.steepest_slope", slopes[1])

# %% [markdown]
# Four million. With fixed $\alpha$ the meta-loss has needles as steep as $(1+\alpha L)^N$, up to a
# constant factor. With $\alpha = c/(LN)$ the product stays below $e^c$, here 1.65. This is why the
# theory takes $\alpha$ proportional to $1/N$; lesson 16 says when it need not (valleys).
#
# ## Does training show the slip?
#
# Now Algorithm 2 of the page of notation as a whole, N-step MAML on finite sums: draw $B$ tasks,
# each with a support set $S_i$ and a query set $T_i$; adapt to each; go back; move the start
# against the mean, by a stepsize $\beta_k$ in iteration $k$. Here $\beta_k$ is Adam's, one for each
# weight.

# %%
from tinymaml.maml.stepsizes import make_update


def algorithm_2(meta_gradient, w, iterations, alpha=0.01, steps=3, batch=4):
    """N-step MAML from w, on waves. -> the start that it finds"""
    rng = np.random.default_rng(0)
    update = make_update(tm.Adam(0.01), w)
    for _ in range(iterations):
        tasks = pairs(waves.sample(rng, batch))
        # w ← w − β_k v, with v the mean of M_0 ··· M_{N−1} ∇q(w_N) over the tasks
        w = w - update(0.01, meta_gradient(net, w, tasks, alpha, steps))
    return w


mine = algorithm_2(meta_gradient, w_net, 10)
settings = dict(alpha=0.01, steps=3, stepsize=tm.Adam(0.01), batch=4, iterations=10, seed=0)
theirs = tm.maml_finite_sum(net, w_net, waves, **settings, progress=False, target="numpy").w
print(f"after 10 iterations your w and tinymaml's differ by {apart(mine, theirs):.0e}")

# %% [markdown]
# With `target="cpu"` both loops run compiled. The way back, from the source:
#
# ```python
# for j in range(back - 1, -1, -1):  # the product, right to left: v = v - H_j alpha v
#     ...
#         execute(plan, facts[Fact.PULL], facts[Fact.OUTER], memory, j)
#     ...
#     axpy(memory, v, v, length, factor, unsigned(facts[Fact.HV]))
# ```
#
# `execute` runs the tangent and tangent-of-reverse sweeps of step `j`, whose slots are all kept;
# `axpy` is $v - \alpha H_jv$. *In tinymaml: `engine/compiled/inner_loop.py`, `learn`.*
#
# > **Predict.** Three programs train for 150 iterations on the same tasks: the right one and two of
# the slips above. Which of them ends with the lowest error on 200 new waves?

# %%
guess("08.ends_lowest", "exact", choices=("exact", "first-order", "wrong order"))

# %%
judges = Sinusoids(shots=10, queries=30).sample(np.random.default_rng(9), 200)
settings = dict(alpha=0.01, steps=3, target="numpy")
print(f"the start    {tm.evaluate(net, w_net, judges, **settings).mean[3]:.2f}")
ends = {}
for slip in ("exact", "first-order", "wrong order"):
    w = algorithm_2(planted(slip), w_net, 150)
    found = tm.evaluate(net, w, judges, **settings)
    ends[slip] = found.mean[3]
    print(f"{slip:12s} {found.mean[3]:.2f} ± {found.interval[3]:.2f}")
guessed("08.ends_lowest", min(ends, key=ends.get))

# %% [markdown]
# All three learn. The wrong order, whose meta-gradient was off by a third, ends level with the
# right one, here even a hair below; with $N = 5$ and 300 iterations (try it) it ends last. A
# direction goes down as long as its product with the right one is positive: **a loss curve is no
# test of a gradient.** A test compares with something independent, at a place where the errors that
# you fear would show.
#
# **Exercise 08.trust** *(find the bug)*. Write such a test. `accepts` is handed an implementation
# with the signature of yours. `check` runs it on several right implementations, which differ by
# rounding, and on sixteen wrong ones, most of which you have not seen. It must accept all the
# former and none of the latter. (At hand: `toy`, `bumpy`, `trajectory`, `meta_loss`, `imaginary`,
# `apart`; not the network of the demonstrations.)

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
# ## Tested with another N
#
# > **Predict.** One start is trained for $N = 1$, one for $N = 5$; both are tested after 1 to 10
# steps. After how many steps is the second one better for the first time?

# %%
guess("08.steps_until_the_second_is_better", 1)

# %%
training = Sinusoids(shots=10, dtype=np.float32)
new = Sinusoids(shots=10, queries=50, dtype=np.float32).sample(np.random.default_rng(3), 600)
settings = dict(alpha=0.01, stepsize=tm.Adam(1e-3), batch=25, iterations=2000, progress=False)
tested = {}
for n in (1, 5):
    run = tm.maml_finite_sum(big_net, big_net.flatten(big), training, steps=n, seed=0, **settings)
    tested[n] = tm.evaluate(big_net, run.w, new, alpha=0.01, steps=10).mean
    print(f"trained for N = {n}:", tested[n].round(2))
better = tested[5] < tested[1]
figures.another_n(tested)
guessed("08.steps_until_the_second_is_better", 1 + int(np.argmax(better[1:])))

# %% [markdown]
# *Figure: $N$ is part of the objective, as $\alpha$ is. The start for five steps loses after one
# and after two: judge a method at the $N$ that it was trained for.*
#
# ## The same in PyTorch and JAX
#
# Here `l` and `q` are functions of a tensor `w`. Each way was run on the cosines in float64, with
# PyTorch 2.14 and JAX 0.10, and agrees with line (6) to rounding.
#
# ```python
# # PyTorch, keep all; without create_graph=True it is first-order MAML, and says nothing
# for _ in range(steps):
#     (g,) = torch.autograd.grad(l(w), w, create_graph=True)
#     w = w - alpha * g
# (meta_gradient,) = torch.autograd.grad(q(w), start)    # start: the w before the loop
#
# # JAX, keep all; with step = jax.checkpoint(step) it keeps points and recomputes
# def step(w):
#     return w - alpha * jax.grad(l)(w)
#
# # your loop, with H_j v from JAX; in PyTorch torch.func.jvp and torch.func.grad
# v = v - alpha * jax.jvp(jax.grad(l), (points[j],), (v,))[1]
# ```
#
# > **What goes wrong in practice**
# >
# > - **The graph is half cut.** In PyTorch, a `detach` on one step's `g` drops its factor and keeps
# >   the others: 14% off on `cosines` with $\alpha = 0.3$, for the third of $N = 5$ steps. Exact
# >   and first-order still differ; 08.trust sees it.
# > - **Only the last point is kept.** `w -= alpha * g` *in place* makes every entry of the list of
# >   points the same array: "H always at w_N". 08.trust sees that, too.
# > - **NaN at N = 20** with the α that was fine at $N = 1$: a factor beyond ±1, from a hill top or
# >   from $\alpha L > 2$, to the twentieth power. Print $|v|$ on the way back, step by step.
#
# ## Back to the question
#
# No fifth derivative: a composition multiplies first derivatives of the step, $I-\alpha H_j$ at $N$
# points, and from right to left that is $N$ Hessian-vector products. The fifth step costs what the
# first cost, one gradient and one HVP, and its memory is one point (4/3 of the time) or all its
# slots; $\sqrt N$ points are enough, for one more inner loop. And training did not show the wrong
# order: it ended level with the right one. You can now write N-step MAML, say what it costs, and
# show with a test of five lines that its gradient is right.
#
# *Sources.* C. Finn, P. Abbeel & S. Levine, ICML 2017: N steps, first-order MAML. K. Ji, J. Yang &
# Y. Liang, JMLR 23 (2022): the product, and why α is proportional to 1/N. A. Griewank & A. Walther,
# ACM TOMS 26 (2000): where checkpoints are best.
#
# ## A blank page
#
# *(Two hours, apart from the lesson's time; nothing later builds on it.)*
#
# **Exercise 08.maml** *(a blank page)*. Write N-step MAML with its outer loop, from nothing but
# NumPy: `maml(loss, w, sample, alpha, steps, beta, iterations, rng)`, which returns `w, history`.
#
# - `loss` is any object with `value(w, *data)`, `gradient(w, *data)` and `hvp(w, v, *data)`. `w` is
#   a vector $(d,)$, and stays as it is.
# - Each iteration calls `sample(rng)` once: fresh tasks, a list of pairs `(support, query)`, each a
#   tuple of arrays; the two may differ in size.
# - Then $w \leftarrow w - \beta v$. Here $v$ is the exact meta-gradient, the mean over these tasks,
#   of $N$ = `steps` steps with stepsize `alpha`, by one HVP a step.
# - `history` holds a number for each iteration: the mean over its tasks of $q(w_N)$, with the $w$
#   from before the update.
#
# `check` runs it on losses that you have not seen, with $N = 0$ to 9. The cell after it runs it on
# your engine of 03.engine (the course's, where yours has not passed), on waves $\sin(x-\varphi)$.

# %%
# exercise 08.maml: a blank page
### BEGIN SOLUTION
def maml(loss, w, sample, alpha, steps, beta, iterations, rng):
    history = []
    for _ in range(iterations):
        tasks = sample(rng)
        v_sum = np.zeros_like(w)
        losses = []
        for support, query in tasks:
            points = [w]
            for j in range(steps):
                points.append(points[j] - alpha * loss.gradient(points[j], *support))
            v = loss.gradient(points[steps], *query)
            for j in reversed(range(steps)):
                v = v - alpha * loss.hvp(points[j], v, *support)
            v_sum = v_sum + v
            losses.append(loss.value(points[steps], *query))
        w = w - beta * v_sum / len(tasks)
        history.append(np.mean(losses))
    return w, history
### END SOLUTION

# %%
check("08.maml")

# %%
from tinymaml.course import blank_engine

blank = blank_engine()


def wave_error(p, x, y):
    residual = networks.forward(p, x, blank.tanh) - y
    return blank.total(residual * residual) * (1 / 10)


def four_waves(rng):
    """Four tasks: ten points of a wave to adapt on, ten to be judged on."""
    tasks = []
    for phase in rng.uniform(0, 2 * np.pi, 4):
        x = rng.uniform(-3, 3, (2, 10, 1))
        y = np.sin(x - phase)
        tasks.append(((x[0], y[0]), (x[1], y[1])))
    return tasks

# %%
params = networks.initial(np.random.default_rng(0), (1, 8, 8, 1), np.float64)
loss = blank.Loss(wave_error, params)
rng = np.random.default_rng(0)
w, history = maml(loss, loss.flatten(params), four_waves, 0.2, 2, 0.2, 150, rng)
print(f"on {blank.name}, error on new waves after two steps:")
print(f"iterations 1 to 10: {np.mean(history[:10]):.2f}, 141 to 150: {np.mean(history[-10:]):.2f}")
figures.learned(history)

# %% [markdown]
# *Figure: each dot is four waves that were not seen before.*
#
# **Next:** lessons 09 to 12 (to come) put this to work on Finn's waves, digits and fresh samples.
# The proof that it gets somewhere starts in **13**, with assumptions that you can compute.
