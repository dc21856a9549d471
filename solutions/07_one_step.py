# %% [markdown]
# # 07 · One step
#
# **MAML's start solves none of its tasks (lesson 00). So it should be a compromise, somewhere
# between their solutions. Why is the best start not between the solutions?**
#
# *(about 25 minutes' reading; 7 exercises, 30 minutes. You need: lesson 03, or trust that $Hv$ can
# be computed. You will be able to: say which start one step prefers and why, derive the
# meta-gradient, code it with one Hessian-vector product, and check it with a test that can fail.)*
#
# All symbols of this lesson and of those to come are on one page, with the two algorithms in words:
# [Notation](appendix_07_notation.ipynb).

# %%
# given
import numpy as np

# for you to type
from tinymaml.course import check, hint, restore, solution, status, use
from tinymaml.course import engine, guess, guessed
from tinymaml.course.figures import lesson_07 as figures
from tinymaml.problems import Quadratics, networks

E = engine()  # what the losses below are made of: tinymaml's Loss, tanh, mean and square

# %% [markdown]
# ## Two tasks on a line
#
# Each task is a parabola. The steep one has curvature 4 and its minimum at −1, the flat one
# curvature 1 and its minimum at 1. We choose a start; then we are told which task it is, and may
# take **one** step of gradient descent, with $\alpha = 0.2$.
#
# > **Predict.** Without a step, the mean of the two losses is smallest at −0.6, near the steep
# > task's minimum. Where is the best start if one step follows?

# %%
# the best start with one step; without a step it is −0.6
guess("07.best_start_for_one_step", -0.8)

# %%
# given
starts = np.linspace(-2, 2, 401)
steep = dict(L=4.0, c=-1.0)
flat = dict(L=1.0, c=1.0)


def losses(task, alpha):
    """The loss of a task after one step from each of the starts; alpha=0: without a step."""
    gradients = task["L"] * (starts - task["c"])
    after = starts - alpha * gradients
    return 0.5 * task["L"] * (after - task["c"]) ** 2


def before_and_after(alpha):
    """Draw what each start is worth, without a step and with one. -> the best start with one"""
    without = losses(steep, 0), losses(flat, 0)
    with_one = losses(steep, alpha), losses(flat, alpha)
    figures.before_and_after(starts, without, with_one, alpha)
    return starts[np.mean(with_one, axis=0).argmin()]

# %%
place = before_and_after(alpha=0.2)
guessed("07.best_start_for_one_step", place)

# %% [markdown]
# *Figure: what each start is worth. One step flattens the steep task's curve far more than the flat
# one's, and the lowest point of the mean (dot) jumps from −0.6 to +0.6.*
#
# The step corrects the steep task almost by itself, from any start. The flat task hardly moves: to
# do well there, one must **start** well. How much does each task count? With curvature $L$ and
# minimum $c$, a task's loss is $l(w)=\tfrac12 L(w-c)^2$:
#
# | | | why |
# |---|---|---|
# | (a) | $w_1 - c = (1-\alpha L)(w-c)$ | one step, against the gradient $L(w-c)$ |
# | (b) | $l(w_1) = \tfrac12\,W(w-c)^2$, with $W = L(1-\alpha L)^2$ | insert (a) into $l$ |
# | (c) | $w^* = \sum_i W_i c_i \,\big/ \sum_i W_i$ | the gradient of the mean of (b) is 0 |
#
# Seen from the start, a task after one step is **the same parabola with another weight**, $W$ in
# place of $L$: the curves on the right. The best start $w^*$ is the mean of the minima with these
# weights. At $\alpha = 0.2$ the weights are 0.16 and 0.64, hence 0.6.
#
# **Exercise 07.point** *(predict)*. The same two tasks. Where is the best start if the one step has
# $\alpha = 0.25$, 0.6, 1? Work it out by hand, to two decimals. Afterwards call
# `before_and_after(...)` with these and other $\alpha$, and watch the dot.

# %%
# exercise 07.point
### BEGIN SOLUTION
#: best = {0.25: ..., 0.6: ..., 1.0: ...}
best = {0.25: 1.0, 0.6: -0.96, 1.0: -1.0}
### END SOLUTION

# %%
check("07.point")

# %% [markdown]
# - **$\alpha L$ small**: the step does little, and the task counts with $L$, as without a step.
# - **$\alpha L = 1$**: the step lands on the minimum from anywhere. The task forgives every start.
# - **$1 < \alpha L < 2$**: the step overshoots the minimum, and still ends nearer to it.
# - **$\alpha L > 2$**: the step leads away. The task counts more than it does without a step.
#
# ## Two tasks in the plane
#
# On a line, a mean with weights still lies between the solutions. In the plane a task can be steep
# along one axis and flat along the other. Here are two long valleys, with curvature 4 across and ¼
# along the floor. The first has its minimum at (−1, 1) and is steep sideways; the second has its
# minimum at (1, −1) and is steep upwards. The step has $\alpha = \tfrac14$.
#
# > **Predict.** Without a step, the best start is near (−1, −1), where the two valleys cross. Near
# > which of the three points is it with one step?

# %%
guess("07.best_start_in_the_plane", "(0, 0)", choices=("(-1, -1)", "(0, 0)", "(1, 1)"))

# %%
A = np.array([np.diag([4.0, 0.25]), np.diag([0.25, 4.0])])
c = np.array([[-1.0, 1.0], [1.0, -1.0]])
valleys = Quadratics(A, c)  # they know their best start in closed form
best_starts = {
    "best without a step": valleys.minimiser(alpha=0.25, steps=0),
    "best for one step": valleys.minimiser(alpha=0.25, steps=1),
}
for name, w in best_starts.items():
    before = valleys.meta_loss(w, alpha=0.25, steps=0)
    after = valleys.meta_loss(w, alpha=0.25, steps=1)
    print(f"{name:20s} ({w[0]:5.2f}, {w[1]:5.2f})   loss {before:.2f}, after the step {after:.2f}")
figures.two_valleys(A, c, 0.25, best_starts)
guessed("07.best_start_in_the_plane", f"({w[0]:.0f}, {w[1]:.0f})")

# %% [markdown]
# *Figure: from (1, 1) each task's step (arrow) leads exactly to its minimum (star). From the
# crossing of the valleys neither step gets far.*
#
# With a symmetric matrix $A$ in place of $L$, line (a) becomes $w_1 - c = (I-\alpha A)(w-c)$: a
# step multiplies the error along an eigenvector of curvature $\lambda$ by $1-\alpha\lambda$. Along
# the steep axis $\alpha\lambda = 1$, and the error is gone. Along the floor
# $\alpha\lambda = \tfrac1{16}$, and nearly all of the error stays. So one step solves a task from a
# whole *line* of starts (dotted), which runs through the task's minimum along its steep axis. The
# two lines cross at (1, 1).
#
# The weights have become matrices, $W_i = (I-\alpha A_i)\,A_i\,(I-\alpha A_i)$, and line (c) reads
# $w^* = \big(\sum_i W_i\big)^{-1}\sum_i W_i c_i$. **A mean with positive numbers as weights lies
# between; a mean with matrices as weights need not.** MAML's start is no compromise between
# solutions. It is a place whose remaining errors are of the kind that a step removes.
#
# (Along negative curvature $-\mu$ the factor is $1+\alpha\mu$: there a step makes errors larger,
# whatever $\alpha$. Lesson 14 begins with that number.)
#
# **Exercise 07.far** *(break it)*. "Not between the solutions, but surely not far from them." Two
# valleys have their minima at (−1, 0) and (1, 0), curvature 4 along the steep axis, ¼ along the
# floor, and $\alpha = \tfrac14$. Give the directions of their steep axes, in degrees from the first
# coordinate axis, for which there is one best start, and it is at least 10 away from *both* minima.

# %%
# exercise 07.far
### BEGIN SOLUTION
#: steep_axes = (..., ...)  # degrees; first the task with its minimum at (−1, 0)
steep_axes = (85.0, 95.0)
### END SOLUTION

# %%
check("07.far")

# %% [markdown]
# ## How steep is a network?
#
# Seen from close by, a network's loss is a quadratic too. Its matrix is the Hessian $H$, of which
# we have only products $Hv$ (lesson 03). To hold $\alpha$ against $1/L$ we need $L$, the largest
# $|\lambda|$. Multiply a vector by $H$ again and again: the part along the steepest direction grows
# fastest, until nothing else is left. This is **power iteration**.
#
# **Exercise 07.power** *(write it)*. Return $L$ from `steps` products: repeat
# $v \leftarrow Hv/\lVert Hv\rVert$. In the end $\lVert Hv\rVert$, for a $v$ of length 1, is close
# to $L$. Start where no eigenvector is missing.

# %%
# exercise 07.power
def largest_curvature(hvp, size, steps=200):
    """The largest |eigenvalue| of H. hvp(v) -> Hv, for v of shape (size,)."""
    ### BEGIN SOLUTION
    v = np.random.default_rng(0).standard_normal(size)
    for _ in range(steps):
        v = hvp(v / np.linalg.norm(v))
    return np.linalg.norm(v)
    ### END SOLUTION

# %%
check("07.power")

# %% [markdown]
# The network of this lesson has two tanh layers; its tasks are waves $\sin(x-\varphi)$ of any phase
# $\varphi$. A task brings **support** points, on which it adapts, and **query** points, on which it
# is judged.

# %%
# given
def network(p, x, tanh):
    """1-width-width-1."""
    return tanh(tanh(x @ p["W1"] + p["b1"]) @ p["W2"] + p["b2"]) @ p["W3"] + p["b3"]


def mse(p, x, y):
    return E.mean(E.square(network(p, x, E.tanh) - y))


def points(rng, phase, count):
    """Points of one wave. -> x, y, each (count, 1)"""
    x = rng.uniform(-4, 4, (count, 1))
    return x, np.sin(x - phase)


def waves(rng, batch, shots, queries=10):
    """A batch of tasks: pairs (support, query), each a pair (x, y)."""
    phases = rng.uniform(0, 2 * np.pi, batch)
    return [(points(rng, phase, shots), points(rng, phase, queries)) for phase in phases]

# %%
params = networks.initial(np.random.default_rng(0), (1, 8, 8, 1), np.float64)
net = E.Loss(mse, params)
w = net.flatten(params)
tasks = waves(np.random.default_rng(1), batch=4, shots=6)
for support, _ in tasks:
    L = largest_curvature(lambda v: net.hvp(w, v, *support), w.size)
    print(f"L = {L:.1f}   αL = {0.1 * L:.2f} with α = 0.1")

# %% [markdown]
# With $\alpha = 0.1$ a step overshoots along the steepest direction. With $\alpha = 0.0001$ it
# hardly moves along any. Keep both numbers in mind.
#
# ## The objective after one step
#
# A network has no formula for its best start. There we go downhill: on *which* function? Write $l$
# for a task's loss on its support set and $q$ for its loss on its query set. MAML minimises
#
# $$\mathcal L(w) = \operatorname{mean}_{\text{tasks}}\; q(w_1), \qquad w_1 = w-\alpha\nabla l(w).$$
#
# **Exercise 07.objective** *(write it)*. `tasks` is a list as above. `w` is one flat vector, and
# `loss` has `loss.value(w, *data)`, `loss.gradient(w, *data)` and `loss.hvp(w, v, *data)`.

# %%
# exercise 07.objective
def meta_loss(loss, w, tasks, alpha):
    """The mean over the tasks of the query loss, after one step on the support set."""
    ### BEGIN SOLUTION
    found = []
    for support, query in tasks:
        w1 = w - alpha * loss.gradient(w, *support)
        found.append(loss.value(w1, *query))
    return np.mean(found)
    ### END SOLUTION

# %%
check("07.objective")

# %% [markdown]
# ## Its gradient
#
# $q(w_1)$ depends on $w$ through a step. Here is all of it, with $g = \nabla q(w_1)$, a vector, and
# $H = \nabla^2 l(w)$:
#
# | | | why |
# |---|---|---|
# | (1) | $[w_1]_i = w_i - \alpha\,\partial_i\, l(w)$ | the step, on the support set |
# | (2) | $\partial_j [w_1]_i = [I-\alpha H]_{ij}$ | of (1): the *support* loss, at the *old* $w$ |
# | (3) | $\partial_j\, q(w_1) = \sum_i g_i\,\partial_j [w_1]_i$ | chain rule, at the *new* $w_1$ |
# | (4) | $= \big[(I-\alpha H)^{\mathsf T} g\big]_j$ | insert (2): a sum over the *first* index |
# | (5) | $= \big[(I-\alpha H)\, g\big]_j$ | second derivatives commute: $H^{\mathsf T}=H$ |
# | (6) | $= g_j - \alpha\,[Hg]_j$ | multiply out: a product $Hg$, and no matrix |
# | (7) | $\nabla\mathcal L = \operatorname{mean}\,(g - \alpha Hg)$ | the gradient of a mean |
#
# In words: $g$ says where the *adapted* weights should go. $I-\alpha H$ translates that wish back
# to the start: what the step will do by itself, along steep directions, need not be asked for.
#
# **Exercise 07.meta_gradient** *(write it)*. Line (7), with one `loss.hvp` a task.

# %%
# exercise 07.meta_gradient
def meta_gradient(loss, w, tasks, alpha):
    """The gradient of meta_loss with respect to w, of the shape of w."""
    ### BEGIN SOLUTION
    found = []
    for support, query in tasks:
        w1 = w - alpha * loss.gradient(w, *support)
        g = loss.gradient(w1, *query)
        found.append(g - alpha * loss.hvp(w, g, *support))
    return np.mean(found, axis=0)
    ### END SOLUTION

# %%
check("07.meta_gradient")

# %% [markdown]
# *In tinymaml: `maml/meta_gradient.py`, `meta_gradient`.*
#
# Per task this takes two gradients and one HVP: 12 matrix products for each `x @ z`, in lesson 03's
# count, where joint training takes 3. Nothing is $P \times P$, and tasks come one at a time.
#
# ## A check that can fail
#
# `meta_loss` knows nothing of Hessians, so it can judge: walk $\pm t$ along any direction $v$ and
# compare the slope with $v^{\mathsf T}\nabla\mathcal L$. Here are six wrong candidates beside
# yours.

# %%
SLIPS = ["no second term", "+ instead of −", "H at w1", "H along ∇l(w)"]
SLIPS += ["judged on the support set", "sum instead of mean"]


def planted(slip):
    """A meta_gradient with this slip in it."""

    def wrong_gradient(loss, w, tasks, alpha):
        total = np.zeros_like(w)
        for support, query in tasks:
            first = loss.gradient(w, *support)
            w1 = w - alpha * first
            g = loss.gradient(w1, *(support if slip == "judged on the support set" else query))
            at = w1 if slip == "H at w1" else w
            along = first if slip == "H along ∇l(w)" else g
            sign = {"no second term": 0, "+ instead of −": -1}.get(slip, 1)
            total = total + g - sign * alpha * loss.hvp(at, along, *support)
        return total if slip == "sum instead of mean" else total / len(tasks)

    return wrong_gradient

# %% [markdown]
# > **Predict.** At $\alpha = 0.1$ the check finds all six. A colleague sets $\alpha = 0.0001$, "to
# > be safe", and calls an error below 1% good. How many of the six does that check find?

# %%
guess("07.wrong_ones_found", 6)

# %%
def relative_error(candidate, alpha, t=1e-5):
    """How far the candidate's slope along a random v is from that of meta_loss."""
    v = np.random.default_rng(2).standard_normal(w.size)
    ahead = meta_loss(net, w + t * v, tasks, alpha)
    behind = meta_loss(net, w - t * v, tasks, alpha)
    slope = (ahead - behind) / (2 * t)
    return abs(v @ candidate(net, w, tasks, alpha) - slope) / abs(slope)


candidates = {"yours": meta_gradient} | {slip: planted(slip) for slip in SLIPS}
caught = 0
print("relative error of the slope    α = 0.1   α = 0.0001")
for name, candidate in candidates.items():
    long, short = relative_error(candidate, 0.1), relative_error(candidate, 0.0001)
    caught += short > 0.01
    print(f"{name:28s} {long:9.0e} {short:12.0e}")
guessed("07.wrong_ones_found", caught)

# %% [markdown]
# The two that have nothing to do with $\alpha H$ are found. In the other four, what is wrong is
# proportional to $\alpha$, and $\alpha L$ is below 0.002: they pass *because what is checked has
# been made small*. A check of the second term needs an $\alpha$ at which the second term matters.
#
# Data can hide a mistake too. This is a student's program, which raises no error:

# %%
def iteration(loss, w, tasks, alpha, beta):  # line 1
    total = 0  # line 2
    for support, query in tasks:  # line 3
        w1 = w - alpha * loss.gradient(w, *support)  # line 4
        g = loss.gradient(w1, *query)  # line 5
        total = total + g - alpha * loss.hvp(w, g, *query)  # line 6
    return w - beta * total / len(tasks)  # line 7


print("points a wave   the student's meta-gradient is off by")
for shots in (1, 2, 5, 20, 100, 1000):
    many = waves(np.random.default_rng(1), 20, shots, queries=shots)
    exact = meta_gradient(net, w, many, alpha=0.1)
    students = w - iteration(net, w, many, alpha=0.1, beta=1.0)
    off = np.linalg.norm(students - exact) / np.linalg.norm(exact)
    print(f"{shots:13}   {off:4.0%}")

# %% [markdown]
# The more points, the better the mistake hides. With a thousand a wave, a tolerance of 5% passes
# it.
#
# **Exercise 07.bug** *(find the bug)*. Give the number of the wrong line, and an instance on which
# it does real harm. The model is a line through the origin with loss $\tfrac12(wx-y)^2$, with *one*
# support point at x = `seen` and *one* query point at x = `unseen`. Choose them and $\alpha > 0$
# such that the student's iteration walks **uphill** on the meta-loss (for all $w$, $y$ and
# $\beta > 0$).

# %%
# exercise 07.bug
### BEGIN SOLUTION
#: LINE = ...
#: instance = dict(seen=..., unseen=..., alpha=...)
LINE = 6
instance = dict(seen=1.0, unseen=2.0, alpha=0.5)
### END SOLUTION

# %%
check("07.bug")

# %% [markdown]
# ## The first-order shadow
#
# First-order MAML keeps $g$ and drops $-\alpha Hg$: two gradients, no Hessian. Where does it end?
# On our two parabolas $g = L(1-\alpha L)(w-c)$, so a task has the weight $L(1-\alpha L)$: **not
# squared**, and negative if $\alpha L > 1$.
#
# > **Predict.** At $\alpha = 0.2$ the weights are $4\cdot 0.2$ and $1\cdot 0.8$. Where does
# > first-order MAML end? And what happens at $\alpha = 0.3$, where they are −0.8 and 0.7?

# %%
# MAML ends at 0.6 with α = 0.2
guess("07.first_order_ends_at", 0.5)
guess("07.with_the_longer_step", "ends", choices=("ends", "runs away"))

# %%
two = Quadratics(A=[[[4.0]], [[1.0]]], c=[[-1.0], [1.0]])
print("outer gradient descent from −0.6, after 0, 1, 5, 20, 60 steps")
for name, gradient, alpha in [
    ("MAML", two.meta_gradient, 0.2),
    ("first-order MAML", two.first_order_gradient, 0.2),
    ("first-order MAML", two.first_order_gradient, 0.3),
]:
    path = [np.array([-0.6])]
    for _ in range(60):
        path.append(path[-1] - 0.4 * gradient(path[-1], alpha, 1))
    shown = [path[k].item() for k in (0, 1, 5, 20, 60)]
    print(f"{name:16s} α = {alpha} ", *(f"{point:7.2f}" for point in np.round(shown, 2) + 0.0))
alphas = np.linspace(0.001, 0.5, 250)
figures.where_they_end(alphas, two)
guessed("07.first_order_ends_at", round(two.first_order_point(0.2, 1).item(), 2))
guessed("07.with_the_longer_step", "runs away" if abs(shown[-1]) > 10 else "ends")

# %% [markdown]
# *Figure: at $\alpha = 0.2$ first-order MAML ends at 0, halfway between −0.6 and 0.6. Past
# $\alpha = \tfrac14$ it ends beyond the two minima; past $\alpha = 5/17$ it runs away, although
# each task's own descent would converge up to $\alpha = 2/L = 0.5$.*
#
# Why away? Where the step overshoots, *moving the start right moves the adapted point left*. $g$
# speaks of the adapted point; only $I-\alpha H$ knows about the sign.
#
# **Exercise 07.agree** *(break it)*. A claim: "On quadratics the Hessian is constant, so leaving
# out $I-\alpha H$ only rescales the meta-gradient; first-order MAML and MAML end at the same point,
# at least if no step overshoots." Give two parabolas and an $\alpha$ with $0 < \alpha L_i < 1$ for
# which the two points are apart by at least 40% of the distance between the minima. (At
# $\alpha = 0.2$ our two manage 30%.)

# %%
# exercise 07.agree
### BEGIN SOLUTION
#: curvatures = (..., ...)
#: minima = (..., ...)
#: alpha = ...
curvatures = (0.9, 0.02)
minima = (-1.0, 1.0)
alpha = 1.0
### END SOLUTION

# %%
check("07.agree")

# %% [markdown]
# ## A network that learns to learn
#
# Now all of it: ten points a wave, your `meta_gradient`, and 250 outer steps with Adam; for
# comparison joint training, which knows of no inner step, and first-order MAML.

# %%
import tinymaml as tm
from tinymaml.maml.stepsizes import make_update


def joint(loss, w, tasks, alpha):
    return np.mean([loss.gradient(w, *query) for _, query in tasks], axis=0)


def train(gradient, alpha=0.1, seed=0):
    """The outer loop, from the random start. -> the start that it found"""
    rng = np.random.default_rng(seed)
    w = net.flatten(params)
    update = make_update(tm.Adam(0.02), w)
    for _ in range(250):
        tasks = waves(rng, batch=6, shots=10)
        w = w - update(0.02, gradient(net, w, tasks, alpha))
    return w

# %%
def adapt(w, support, steps, alpha=0.1):
    for _ in range(steps):
        w = w - alpha * net.gradient(w, *support)
    return w


def test(w, alpha=0.1):
    """On 100 waves that are not trained on. -> the mean errors after 0, 1 and 5 steps, and αL"""
    rows = []
    for support, query in waves(np.random.default_rng(99), batch=100, shots=10, queries=50):
        L = largest_curvature(lambda v: net.hvp(w, v, *support), w.size, steps=20)
        errors = [net.value(adapt(w, support, steps, alpha), *query) for steps in (0, 1, 5)]
        rows.append([*errors, alpha * L])
    return np.mean(rows, axis=0)

# %% [markdown]
# > **Predict.** Averaged over $\varphi$ all waves cancel, so *without* a step no network can do
# > better than $y = 0$, whose error is 0.5. What is the error of MAML's start before the step? And
# > that of first-order MAML's?

# %%
guess("07.MAMLs_start_before_the_step", 0.3)
guess("07.first_order_MAMLs_before_the_step", 0.5)

# %% [markdown]
# The last cell runs on **your engine** of lessons 01–05: your `Loss`, your `tanh`, your sweeps,
# where your answers have passed, and the course's in the other places. It says how many are yours.
# (First it compiles lesson 05's loops, which takes seconds.)

# %%
E = engine(own=True)
print("runs on", E.name)
params = networks.initial(np.random.default_rng(0), (1, 16, 16, 1), np.float64)
net = E.Loss(mse, params)
found = {"random": net.flatten(params)}
found["joint training"] = train(joint)
found["first-order MAML"] = train(planted("no second term"))
found["MAML"] = train(meta_gradient)
results = {name: test(w) for name, w in found.items()}
print("error on new waves     0 steps    1 step   5 steps        αL")
for name, row in results.items():
    print(f"{name:20s}" + "".join(f"{number:10.2f}" for number in row))
guessed("07.MAMLs_start_before_the_step", results["MAML"][0])
guessed("07.first_order_MAMLs_before_the_step", results["first-order MAML"][0])

x = np.linspace(-4, 4, 101)[:, None]
unflatten = tm.Loss(networks.mse(), params).unflatten
[(support, query)] = waves(np.random.default_rng(7), batch=1, shots=10, queries=101)
curves = {}
for name in ("joint training", "MAML"):
    path = [adapt(found[name], support, steps) for steps in (0, 1)]
    curves[name] = [networks.predict(unflatten(w), x) for w in path]
figures.one_new_wave(x, curves, support, query)

# %% [markdown]
# *Figure: a new wave. From the joint start (left) a step bends the curve somewhere; from MAML's
# (right), a curve that is no better, it makes all of the wave but its left end.*
#
# Before the step MAML's start is no better than joint training's: neither can know the wave.
# First-order MAML's is far worse than $y = 0$, and nothing asks it to be good there. After one step
# on ten points MAML's error is 0.18, about a third of the others' (with `seed=1` and 2: 0.18 and
# 0.16). The last column says how. At the random start $\alpha L = 3.8$, and a step takes the error
# from 1.03 to 5.00; MAML has moved to where $\alpha L$ is about 1, the value at which a step
# forgives most. Nothing in the code asks for that.
#
# > **What goes wrong in practice**
# >
# > - **The meta-gradient is off even at $\alpha = 0$**, where it is the query gradient. In PyTorch
# >   the inner step used `backward()`, which leaves the support gradient in `.grad`, and the outer
# >   `backward()` adds to it. `torch.autograd.grad(..., create_graph=True)` and `jax.grad` leave
# >   nothing behind. Test: $\alpha = 0$.
# > - **A stepsize that worked with 4 tasks blows up with 40.** The meta-gradient is a sum instead
# >   of a mean. Test: each task twice in the batch gives the same vector.
# > - **The loss rises at the first inner step.** $\alpha L > 2$ at this start, as at the random one
# >   above. Test: print $\alpha L$ by power iteration before training.
# > - **The validation error does not fall.** It is taken at $w$, which MAML does not try to
# >   improve. Test: adapt first, then measure on query points.
#
# ## Back to the question
#
# A step removes the errors along steep directions, where $1-\alpha\lambda$ is near 0, and so the
# best start may have any amount of those; what the step cannot correct decides. On a line the best
# start jumped from −0.6 to +0.6. In the plane it was (1, 1), at a distance of 2 from both
# solutions, and with other valleys it was more than 10 away. You can now find such a start for a
# network: go down the loss *after* the step, along $(I-\alpha H)\,g$, with one Hessian-vector
# product a task, and check that direction with a test that can fail.
#
# *Sources.* C. Finn, P. Abbeel & S. Levine, "Model-agnostic meta-learning for fast adaptation of
# deep networks", ICML 2017. A. Fallah, A. Mokhtari & A. Ozdaglar, "On the convergence theory of
# gradient-based model-agnostic meta-learning algorithms", AISTATS 2020: an error of first-order
# MAML that no number of iterations removes.
#
# **Next:** in lesson 08 the step is repeated N times. The factors $I-\alpha H$ multiply, each at a
# point of its own, and their order begins to matter.
