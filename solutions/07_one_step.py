# %% [markdown]
# # 07 · One step
#
# **A new task comes with ten points. Is there a start from which one gradient step on them is enough, and how would one find it?**
#
# *(about 30 minutes' reading, the exercises extra; 6 exercises. You need: 03, or to trust that Hv can be computed. You will be able to: say which
# start one step prefers and why, derive the meta-gradient, code it with one Hessian-vector product, check it with a test that can fail, and tell MAML
# from its first-order shadow.)*

# %%
# given
import numpy as np

from tinymaml.course import check, hint, restore, solution, status, use     # for you to type
from tinymaml.course import engine, style
from tinymaml.problems import Quadratics

OWN = False                         # True: this lesson runs on the engine that you wrote in lessons 01 to 05
E = engine(OWN)

# %% [markdown]
# ## Two tasks on a line
#
# Two parabolas, $l_i(w) = \tfrac12 L_i (w - c_i)^2$: one is steep and wants w = −1, one is flat and wants w = 1. We choose the start $w$; then
# somebody tells us the task, and we may do **one** step, $w_1 = w - \alpha\, l_i'(w)$.
#
# > **Predict.** The mean of the two losses is smallest at −0.6, near the steep task's minimum. With one step of α = 0.2 allowed, will the best
# > start move towards the steep task, towards the flat one, or stay?

# %%
import matplotlib.pyplot as plt

colours = style()
plt.rcParams["figure.figsize"] = 4.4, 2.2
steep, flat = dict(L=4.0, c=-1.0), dict(L=1.0, c=1.0)


def before_and_after(alpha):
    """What each start is worth: to each task and on average, without a step and with one."""
    w = np.linspace(-2, 2, 401)
    fig, axes = plt.subplots(1, 2, figsize=(5.8, 2.3), sharey=True)
    for ax, a, title in zip(axes, (0, alpha), ("no step: best", f"α = {alpha}: best")):
        after = [0.5 * t["L"] * (w - a * t["L"] * (w - t["c"]) - t["c"]) ** 2 for t in (steep, flat)]
        for loss, name, colour, line in zip(after, ("steep task", "flat task"), ("vermilion", "blue"), ("--", "-.")):
            ax.plot(w, loss, line, color=colours[colour], label=name)
        mean = np.mean(after, 0)
        ax.plot(w, mean, "-", color=colours["black"], label="mean")
        best = w[mean.argmin()]
        ax.plot(best, mean.min(), "o", color=colours["black"], ms=8)
        ax.set(title=f"{title} at {best:.1f}".replace("-", "−"), xlabel="start w", ylim=(-0.1, 3))
    axes[0].set_ylabel("loss")
    axes[1].legend(loc="upper center", fontsize=9)
    plt.show()


before_and_after(alpha=0.2)

# %% [markdown]
# *Figure: what each start is worth. A step flattens the steep task's curve far more than the flat one's, and the minimum of the mean (dot) jumps
# from −0.6 to 0.6.*
#
# The step puts the steep task right almost by itself, wherever we start. The flat task hardly moves: to do well there, one must **start** well. How
# much, exactly?
#
# | | | why |
# |---|---|---|
# | (a) | $w_1 - c = w - \alpha L (w - c) - c = (1-\alpha L)(w-c)$ | one step on ½L(w − c)², whose gradient is L(w − c) |
# | (b) | $l(w_1) = \tfrac12 L (w_1-c)^2 = (1-\alpha L)^2 \cdot \tfrac12 L(w-c)^2$ | insert (a) |
#
# Seen from the start, the task after a step is **the same parabola with another weight**: $L(1-\alpha L)^2$ instead of $L$. The best start is the
# mean of the $c_i$ with these weights.
#
# **Exercise 07.point** *(predict)*. Same two tasks (L = 4 at −1, L = 1 at 1). Where is the best start when the one step has α = 0.25, 0.6, 1? Work
# it out by hand, to two decimals. Then call `before_and_after(...)` with these and other α, and watch the dot.

# %%
# exercise 07.point
### BEGIN SOLUTION
#: best = {0.25: ..., 0.6: ..., 1.0: ...}
best = {0.25: 1.0, 0.6: -0.96, 1.0: -1.0}
### END SOLUTION

# %%
check("07.point")

# %%
two = Quadratics(A=[[[4.0]], [[1.0]]], c=[[-1.0], [1.0]])                        # tinymaml's quadratics know their best start in closed form
alphas = np.linspace(0.001, 1.2, 400)
fig, (left, right) = plt.subplots(1, 2, figsize=(5.8, 2.1))
for L, name, colour, line in (4, "steep task", "vermilion", "--"), (1, "flat task", "blue", "-."):
    left.plot(alphas, L * (1 - alphas * L) ** 2, line, color=colours[colour], label=name)
left.set(title="weight L (1 − αL)²", xlabel="α", ylabel="weight", ylim=(-0.1, 4.3))
left.legend(loc="center right", handlelength=1.5, fontsize=9)
right.plot(alphas, [two.minimiser(a, 1)[0] for a in alphas], color=colours["black"], ls="-", label="after a step")
right.axhline(-0.6, color=colours["green"], ls=":", label="without a step")
right.set(title="where the best start is", xlabel="α", ylabel="w")
right.legend(loc="upper right", fontsize=9)
plt.show()

# %% [markdown]
# *Figure: a weight falls to nothing at α = 1/L, and from α = 2/L on it is larger than without a step. The best start swings from one task to the
# other and back.*
#
# - **αL small**: the step does little, the task counts with L, as without it.
# - **αL = 1**: the step lands on the minimum from anywhere. The task counts nothing; it forgives every start.
# - **1 < αL < 2**: the step overshoots and lands on the other side, but nearer.
# - **αL > 2**: the step leads away, and the task counts more than before.
#
# ## A step is a map
#
# In many dimensions a task is steep in some directions and flat in others. Think of a step as a map $S(w) = w - \alpha\nabla l(w)$ that moves *every*
# start at once. Two starts a little apart, $w$ and $w + \varepsilon v$, have gradients apart by $\varepsilon Hv$ (lesson 03), so after the step
# they are apart by $\varepsilon\,(I-\alpha H)\,v$. Along an eigenvector of H with curvature λ that is a factor **1 − αλ**.
#
# > **Predict.** A disc of starts, α = 0.5. What does a step make of it if the curvatures to the right and upwards are 1.6 and 0.2? 3.2 and 0.2?
# > 1.6 and −1?

# %%
angle = np.linspace(0, 2 * np.pi, 121)
disc = np.array([np.cos(angle), np.sin(angle)])
fig, axes = plt.subplots(1, 3, figsize=(5.6, 2.0), sharey=True)
for ax, curvatures, title in zip(axes, ((1.6, 0.2), (3.2, 0.2), (1.6, -1.0)), ("a valley", "overshooting", "a saddle")):
    factors = 1 - 0.5 * np.array(curvatures)
    for shape, line, colour, name in (disc, ":", "black", "starts"), (factors[:, None] * disc, "-", "blue", "after one step"):
        ax.plot(*shape, line, color=colours[colour], label=name)
        for k, mark in (15, "o"), (45, "s"):                                     # two starts, to see which side they end up on
            ax.plot(*shape[:, k], mark, color=colours[colour], ms=5)
    ax.set(title=title, xlabel=f"factors {factors[0]:.1f}, {factors[1]:.1f}", aspect="equal", xlim=(-1.3, 1.3), ylim=(-1.6, 1.6))
fig.legend(*axes[0].get_legend_handles_labels(), loc="outside right center", fontsize=9)
plt.show()

# %% [markdown]
# *Figure: a step squeezes the disc along steep directions, mirrors it where αλ > 1 (see the two marked starts), and stretches it along negative
# curvature.*
#
# Squeezing is what adaptation is: starts that differ along a steep direction end up in the same place. But along curvature −μ the factor is
# **1 + αμ, more than 1 for every α > 0**: on a ridge a step makes small differences larger. If all that is known is $|\lambda| \le L$, the worst case
# is $1+\alpha L$. Part III of the course grows out of that number.
#
# ## Where one step is enough
#
# Two tasks in the plane, each a long valley: steep (4) one way, flat (¼) the other. The first has its minimum at (−1, 1) and is steep sideways, the
# second at (1, −1) and is steep upwards. α = ¼.
#
# > **Predict.** The mean loss is smallest near the corner (−1, −1), at the crossing of the two valleys. Is there a start from which *one* step
# > solves both tasks exactly? (Which errors does a step with α = ¼ put right?)

# %%
A = np.array([np.diag([4.0, 0.25]), np.diag([0.25, 4.0])])
c = np.array([[-1.0, 1.0], [1.0, -1.0]])
valleys, alpha = Quadratics(A, c), 0.25
starts = {"best without a step": np.linalg.solve(A.sum(0), np.einsum("ijk,ik->j", A, c)), "best for one step": valleys.minimiser(alpha, 1)}

fig, ax = plt.subplots(figsize=(4.9, 2.5))
grid = np.linspace(-1.9, 1.9, 81)
xy = np.stack(np.meshgrid(grid, grid), -1)
for i, (colour, line) in enumerate((("vermilion", "dashed"), ("blue", "dashdot"))):
    e = xy - c[i]
    ax.contour(grid, grid, 0.5 * np.einsum("...j,jk,...k", e, A[i], e), (0.1, 0.4, 0.9), colors=colours[colour], linestyles=line, linewidths=1)
    ax.plot(*c[i], "*", color=colours[colour], ms=13, label=f"minimum of task {i + 1}", ls="")
for (name, w), mark in zip(starts.items(), "so"):
    ax.plot(*w, mark, color=colours["black"], ms=8, label=name, ls="")
    for i in range(2):
        ax.annotate("", w - alpha * A[i] @ (w - c[i]), w, arrowprops=dict(arrowstyle="->", color=colours[("vermilion", "blue")[i]], lw=2))
    before, after = (np.mean([0.5 * (u - c[i]) @ A[i] @ (u - c[i]) for i, u in enumerate(points)])
                     for points in ((w, w), w - alpha * np.einsum("ijk,ik->ij", A, w - c)))
    print(f"{name:20s} ({w[0]:5.2f}, {w[1]:5.2f})   mean loss {before:.2f} before the step, {after:.2f} after it")
ax.set(title="One step from (1, 1) solves both", xlabel="w[0]", ylabel="w[1]", aspect="equal")
ax.legend(loc="center left", bbox_to_anchor=(1, 0.5), fontsize=9)
plt.show()

# %% [markdown]
# *Figure: from (1, 1), far from both minima, each task's step (arrow) leads exactly to its minimum (star). From the crossing of the valleys nothing
# moves far.*
#
# So MAML's start is not a compromise between solutions, and need not even lie between them. It is a place whose remaining errors are all of the kind
# that a step removes.
#
# **Exercise 07.best_start** *(write it)*. Line (b) in any dimension: give the start that minimises the mean over tasks of $l_i(w_1)$, with
# $l_i(w) = \tfrac12 (w-c_i)^{\mathsf T} A_i (w-c_i)$ and symmetric $A_i$. The weights are matrices now; set a gradient to zero.

# %%
# exercise 07.best_start
def best_start(A, c, alpha):
    """A (tasks, d, d), c (tasks, d) -> the best start for one step, (d,)."""
    ### BEGIN SOLUTION
    M = np.eye(c.shape[1]) - alpha * A
    weights = M @ A @ M
    return np.linalg.solve(weights.sum(0), (weights @ c[:, :, None]).sum(0)[:, 0])
    ### END SOLUTION

# %%
check("07.best_start")

# %% [markdown]
# ## The objective after one step
#
# For a network there is no closed form. There we go downhill: on *which* function? A task brings **support** data, on which it adapts, and **query**
# data, on which it is judged. Write $l$ for the loss on the support set and $q$ for the loss on the query set. Then MAML minimises
#
# $$\mathcal L(w) = \operatorname{mean}_{\text{tasks}}\; q(w_1), \qquad w_1 = w - \alpha\nabla l(w).$$
#
# **Exercise 07.objective** *(write it)*. `tasks` is a list of pairs `(support, query)`, each a pair of arrays `(x, y)`; `w` is one flat vector, and
# `loss` has `loss.value(w, *data)`, `loss.gradient(w, *data)` and `loss.hvp(w, v, *data)`.

# %%
# exercise 07.objective
def meta_loss(loss, w, tasks, alpha):
    """The mean over the tasks of the query loss, after one step on the support set."""
    ### BEGIN SOLUTION
    return np.mean([loss.value(w - alpha * loss.gradient(w, *support), *query) for support, query in tasks])
    ### END SOLUTION

# %%
check("07.objective")

# %% [markdown]
# ## Its gradient
#
# $q(w_1)$ depends on $w$ through a step. Here is all of it, with $g = \nabla q(w_1)$ and $H = \nabla^2 l(w)$:
#
# | | | why |
# |---|---|---|
# | (1) | $[w_1]_i = w_i - \alpha\,\partial_i\, l(w)$ | the step: `w1 = w - alpha * loss.gradient(w, *support)` |
# | (2) | $\partial_j [w_1]_i = \delta_{ij} - \alpha\,\partial_j\partial_i\, l(w) = [I-\alpha H]_{ij}$ | of (1): the *support* loss, at the *old* w |
# | (3) | $\partial_j\, q(w_1) = \sum_i g_i\;\partial_j [w_1]_i$ | chain rule, with `g = loss.gradient(w1, *query)`: at the *new* point |
# | (4) | $= \sum_i [I-\alpha H]_{ij}\; g_i = \big[(I-\alpha H)^{\mathsf T} g\big]_j$ | (2); the sum is over the *first* index: transposed |
# | (5) | $= \big[(I-\alpha H)\, g\big]_j$ | $\partial_j\partial_i = \partial_i\partial_j$, so $H^{\mathsf T}=H$ |
# | (6) | $= g_j - \alpha\,[Hg]_j$ | multiply out: a product Hg, no matrix. Code: *yours* |
# | (7) | $\nabla\mathcal L = \operatorname{mean}_{\text{tasks}}\,(g - \alpha Hg)$ | the gradient of a mean is the mean of the gradients. *Yours* |
#
# In words: $g$ says where the *adapted* weights should go. $I-\alpha H$ translates that wish back to the start: what the step will do by itself
# (steep directions, 1 − αλ near 0) need not be asked for.
#
# **Exercise 07.meta_gradient** *(write it)*. Lines (1), (3), (6), (7), with one `loss.hvp` a task.

# %%
# exercise 07.meta_gradient
def meta_gradient(loss, w, tasks, alpha):
    """The gradient of meta_loss with respect to w."""
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
# ## A check that can fail
#
# `meta_loss` knows nothing of Hessians, so it can judge: walk ±t along any direction v and compare the slope with $v^{\mathsf T}\nabla\mathcal L$.
# First a network, and the tasks that it will learn: waves. Then eight candidates, yours and seven mistakes.

# %%
# given
def network(p, x, tanh):
    """1-width-width-1."""
    return tanh(tanh(x @ p["W1"] + p["b1"]) @ p["W2"] + p["b2"]) @ p["W3"] + p["b3"]


def mse(p, x, y):
    return E.mean(E.square(network(p, x, E.tanh) - y))


def weights(width, seed=0):
    rng = np.random.default_rng(seed)
    shapes = dict(W1=(1, width), b1=(1, width), W2=(width, width), b2=(1, width), W3=(width, 1), b3=(1, 1))
    return {k: rng.standard_normal(s) * np.sqrt(2 / s[0]) if k[0] == "W" else np.zeros(s) for k, s in shapes.items()}


def points(rng, phase, count):
    """count points of the wave sin(x − phase)."""
    x = rng.uniform(-4, 4, (count, 1))
    return x, np.sin(x - phase)


def waves(rng, batch, shots, queries=None):
    """A batch of tasks: each a wave with a phase of its own, `shots` points to adapt on and others to be judged on."""
    phases = rng.uniform(0, 2 * np.pi, batch)
    return [(points(rng, phase, shots), points(rng, phase, queries or shots)) for phase in phases]

# %% [markdown]
# > **Predict.** The check at α = 0.1 finds all seven wrong ones. A colleague sets α = 0.0001 "to be safe" and calls an error below 1% good. Which
# > does that find?

# %%
net = E.Loss(mse, weights(8))
w = net.flatten(weights(8))
tasks = waves(np.random.default_rng(1), 4, shots=6)
v = np.random.default_rng(2).standard_normal(w.size)


def mean_of(one_task):
    """A meta-gradient from its formula for one task, f(w, w1, g, support, query, alpha)."""
    def gradient(loss, w, tasks, alpha):
        found = []
        for s, q in tasks:
            w1 = w - alpha * loss.gradient(w, *s)
            found.append(one_task(w, w1, loss.gradient(w1, *q), s, q, alpha))
        return np.mean(found, axis=0)
    return gradient


candidates = {
    "yours": meta_gradient,
    "no second term": mean_of(lambda w, w1, g, s, q, a: g),
    "+ instead of −": mean_of(lambda w, w1, g, s, q, a: g + a * net.hvp(w, g, *s)),
    "H at w1": mean_of(lambda w, w1, g, s, q, a: g - a * net.hvp(w1, g, *s)),
    "H on the query set": mean_of(lambda w, w1, g, s, q, a: g - a * net.hvp(w, g, *q)),
    "H along ∇l(w)": mean_of(lambda w, w1, g, s, q, a: g - a * net.hvp(w, net.gradient(w, *s), *s)),
    "judged on the support set": mean_of(lambda w, w1, g, s, q, a: net.gradient(w1, *s) - a * net.hvp(w, net.gradient(w1, *s), *s)),
    "sum instead of mean": lambda loss, w, tasks, alpha: len(tasks) * meta_gradient(loss, w, tasks, alpha)}
print("relative error of the slope along v      α = 0.1   α = 0.0001")
for name, candidate in candidates.items():
    errors = []
    for a in (0.1, 0.0001):
        slope = (meta_loss(net, w + 1e-5 * v, tasks, a) - meta_loss(net, w - 1e-5 * v, tasks, a)) / 2e-5
        errors.append(abs(v @ candidate(net, w, tasks, a) - slope) / abs(slope))
    print(f"{name:38s} {errors[0]:9.0e} {errors[1]:12.0e}")

# %% [markdown]
# The two that have nothing to do with αH are found. The other five are wrong by less than 1%: they pass *because what is checked has been made
# small*. A check of the second term needs an α at which the second term matters.
#
# ## The first-order shadow
#
# First-order MAML keeps $g$ and drops $-\alpha Hg$: two gradients, no Hessian. What does it find? On our two parabolas it follows the mean of
# $L_i(1-\alpha L_i)(w-c_i)$, so a task weighs $L(1-\alpha L)$: **not squared**, and negative when αL > 1.
#
# > **Predict.** α = 0.2: the weights are 4 · 0.2 and 1 · 0.8. Where does first-order MAML end up? And what happens at α = 0.3, where they are −0.8
# > and 0.7?

# %%
def bowl(p, A, c):
    e = p["w"] - c
    return 0.5 * E.sum((e @ A) * e)


parabola = E.Loss(bowl, {"w": np.zeros((1, 1))})
data = [(np.array([[t["L"]]]), np.array([[t["c"]]])) for t in (steep, flat)]
pair = [(d, d) for d in data]                                                    # support and query loss are the same here
first_order = candidates["no second term"]
print("outer gradient descent from −0.6")
for gradient, name, a in (meta_gradient, "MAML", 0.2), (first_order, "first-order MAML", 0.2), (first_order, "first-order MAML", 0.3):
    path = [np.array([-0.6])]
    for _ in range(60):
        path.append(path[-1] - 0.4 * gradient(parabola, path[-1], pair, a))
    print(f"{name:17s} α = {a}  " + "".join(f"{path[k][0].round(2) + 0.0:9.2f}" for k in (0, 1, 5, 20, 60)))

plt.figure(figsize=(5.6, 2.2))
plt.plot(alphas, [two.minimiser(a, 1)[0] for a in alphas], "-", color=colours["black"], label="MAML")
some = alphas[alphas < 5 / 17 - 1e-3]
plt.plot(some, [two.first_order_point(a, 1)[0] for a in some], "--", color=colours["vermilion"], label="first-order")
plt.axvspan(5 / 17, 0.5, color="0.92", label="first-order runs away")
plt.gca().set(title="First-order MAML ends elsewhere", xlabel="α", ylabel="w where it ends", xlim=(0, 0.5), ylim=(-1.7, 1.7))
plt.legend(fontsize=9, loc="center left", bbox_to_anchor=(1, 0.5))
plt.show()

# %% [markdown]
# *Figure: at α = 0.2 first-order MAML stops at 0, halfway between −0.6 and 0.6. Past α = ¼ its point has left the stretch between the two minima;
# past α = 5/17 it runs away, while each task's own descent would still converge (α < 2/L = 0.5).*
#
# Why away? Where the step overshoots, *moving the start right moves the adapted point left*. $g$ speaks of the adapted point; only $I-\alpha H$
# knows about the sign.
#
# **Exercise 07.agree** *(break it)*. A claim: "On quadratics the Hessian is constant, so leaving out $I-\alpha H$ only rescales the meta-gradient;
# first-order MAML and MAML end at the same point, at least as long as no step overshoots." Give two parabolas and an α with
# $0 < \alpha L_i < 1$ for which the two points are apart by at least 40% of the distance between the minima. (At α = 0.2 our two manage 30%.)

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
# How wrong is the direction on a network? The part left out is $\alpha Hg$, at most αL times g. On the four waves from above:

# %%
L = max(np.abs(np.linalg.eigvalsh([net.hvp(w, e, *support) for e in np.eye(w.size)])).max() for support, _ in tasks)
print(f"L = {L:.1f}\n     α      αL   first-order is off by")
for a in (0.001, 0.01, 0.1):
    exact = meta_gradient(net, w, tasks, a)
    print(f"{a:6} {a * L:7.3f} {np.linalg.norm(first_order(net, w, tasks, a) - exact) / np.linalg.norm(exact):11.1%}")

# %% [markdown]
# The error grows in proportion to α as long as αL is small, and where αL is above 1 it is larger than the meta-gradient itself.
#
# ## The price
#
# Per task, with lesson 03's count of matrix products for a line `x @ z` (gradient 3; tangent and tangent of reverse 6):
#
# | | gradient at w (support) | gradient at w₁ (query) | Hg at w (support) | products | slots kept |
# |---|---|---|---|---|---|
# | no step: joint training | | 3 | | 3 | value, bar |
# | first-order MAML | 3 | 3 | | 6 | value, bar |
# | MAML | 3 | 3 | 6 | 12 | value, bar, dot, bar_dot |
#
# The 6 assumes that the support tape's values and bars still lie there from the inner step, as in `tinymaml`; a cold `loss.hvp` costs 9. Tasks come
# one at a time, so memory does not grow with their number, and nothing is P × P.
#
# ## A network that learns to learn
#
# Waves sin(x − φ), φ anywhere on the circle, ten points each, a network 1-16-16-1, your `meta_gradient`, and Adam for the outer steps.
#
# > **Predict.** Averaged over φ all waves cancel, so a network that must answer *without* a step can do no better than y = 0, whose error is 0.5.
# > What error before the step do you expect of MAML's start? After it?

# %%
import time


def train(gradient, shots, iterations=250, batch=6, alpha=0.1, beta=0.02, reuse=False):
    """MAML from scratch. -> the start it found, the meta-loss at every fifth iteration."""
    rng, w, history = np.random.default_rng(0), net.flatten(start), []
    m = s = np.zeros(w.size)
    for k in range(1, iterations + 1):
        tasks = waves(rng, batch, shots)
        if reuse:
            tasks = [(support, support) for support, _ in tasks]
        if k % 5 == 0:
            history.append(meta_loss(net, w, tasks, alpha))
        g = gradient(net, w, tasks, alpha)
        m, s = 0.9 * m + 0.1 * g, 0.99 * s + 0.01 * g * g                        # Adam: running means of g and g²
        w = w - beta * (m / (1 - 0.9 ** k)) / (np.sqrt(s / (1 - 0.99 ** k)) + 1e-8)
    return w, np.array(history)


def error(w, shots, steps, alpha=0.1, count=100):
    """The mean error on the query points of waves never seen, after gradient steps on their support points."""
    total = 0
    for support, query in waves(np.random.default_rng(99), count, shots, queries=50):
        u = w
        for _ in range(steps):
            u = u - alpha * net.gradient(u, *support)
        total += net.value(u, *query) / count
    return total


def curvature(w, alpha=0.1):
    """α times the largest curvature (power iteration, lesson 03), the mean over ten waves."""
    found = []
    for support, _ in waves(np.random.default_rng(98), 10, 10):
        v = np.random.default_rng(0).standard_normal(w.size)
        for _ in range(20):
            v = net.hvp(w, v / np.linalg.norm(v), *support)
        found.append(np.linalg.norm(v))
    return alpha * np.mean(found)


start = weights(16)
net = E.Loss(mse, start)
joint = lambda loss, w, tasks, alpha: np.mean([loss.gradient(w, *query) for _, query in tasks], axis=0)
found, curves = {"random": net.flatten(start)}, {}
for name, gradient in ("joint training", joint), ("first-order MAML", first_order), ("MAML", meta_gradient):
    began = time.perf_counter()
    found[name], curves[name] = train(gradient, shots=10)
    print(f"{name}: {time.perf_counter() - began:.1f} s")
print(f"\nerror on 100 new waves, on {E.name}\nstart              0 steps    1 step   5 steps        αL")
for name, w in found.items():
    print(f"{name:17s}" + "".join(f"{error(w, 10, steps):10.2f}" for steps in (0, 1, 5)) + f"{curvature(w):10.1f}")

# %% [markdown]
# Before the step MAML's start is no better than joint training's: neither can know the wave. (First-order MAML's is far worse than nothing; nobody
# looks there.) After one step on ten points MAML knows *which* wave it is. Look at the last column, too: at the random start αL = 3.8 is far above 2,
# and a step makes everything worse. Nobody told MAML about curvature, and it moved to where αL is about 1, the value at which a step forgives most.

# %%
def predict(w, x):
    """The network with weights w, in plain NumPy."""
    parts = np.split(w, np.cumsum([block.size for block in start.values()])[:-1])
    return network({name: part.reshape(start[name].shape) for name, part in zip(start, parts)}, x, np.tanh)


line = np.linspace(-4, 4, 101)[:, None]
[(support, query)] = waves(np.random.default_rng(7), 1, 10, queries=101)
order = np.argsort(query[0][:, 0])
fig, axes = plt.subplots(1, 2, figsize=(5.8, 2.4), sharey=True)
for ax, name in zip(axes, ("joint training", "MAML")):
    ax.plot(*(a[order] for a in query), color="0.8", ls="-", lw=5, label="the wave")
    u = found[name]
    for label, colour, mark in ("before", "black", ":"), ("after one step", "vermilion", "--"):
        ax.plot(line, predict(u, line), mark, color=colours[colour], label=label)
        u = u - 0.1 * net.gradient(u, *support)
    ax.plot(*support, "o", color=colours["black"], ms=5, label="ten points")
    ax.set(title=f"from {name}", xlabel="x", ylim=(-1.7, 1.7))
axes[0].set_ylabel("y")
fig.legend(*axes[0].get_legend_handles_labels(), loc="outside lower center", ncols=4, handlelength=1.5, fontsize=9)
plt.show()

# %% [markdown]
# *Figure: a new wave. From the joint start (left) a step bends the curve somewhere; from MAML's (right), a curve that is no better, it makes most of
# the wave.*
#
# ## Why judge on new points?
#
# Why not use the support points again as query, and save half of the data? Because the step has *seen* them: it lowers the error there whatever it
# does in between. Two points a wave, trained both ways:
#
# > **Predict.** Which of the two reports the lower loss in training, and which is better on new points?

# %%
for name, reuse in ("query points", False), ("support points again", True):
    w, history = train(meta_gradient, shots=2, reuse=reuse)
    print(f"judged on {name:21s} last 50 iterations of training {history[-10:].mean():.2f}   new waves, new points {error(w, 2, 1):.2f}")

# %% [markdown]
# The first number of the first row is a noisy estimate of the second. In the second row it is not: that learner got good at passing through two
# points, and nobody asked it what happens between them.
#
# ## A bug with a good curve
#
# A student's implementation. No error message, and, with twenty points a wave, a training curve like ours:

# %%
def iteration(loss, w, tasks, alpha, beta):                                      # line 1
    total = 0                                                                    # line 2
    for support, query in tasks:                                                 # line 3
        w1 = w - alpha * loss.gradient(w, *support)                              # line 4
        g = loss.gradient(w1, *query)                                            # line 5
        total = total + g - alpha * loss.hvp(w, g, *query)                       # line 6
    return w - beta * total / len(tasks)                                         # line 7


def students(loss, w, tasks, alpha):
    """What it follows as the meta-gradient."""
    return w - iteration(loss, w, tasks, alpha, beta=1.0)


for name, gradient in ("yours", meta_gradient), ("the student's", students):
    w, curves[name] = train(gradient, shots=20, beta=0.01)
    print(f"{name}: error on new waves after one step {error(w, 20, 1):.2f}")
for name, colour, mark in ("yours", "black", "-"), ("the student's", "vermilion", "--"):
    plt.plot(25 * np.arange(1, 11), curves[name].reshape(-1, 5).mean(1), mark, color=colours[colour], label=name)
plt.gca().set(title="Which one has the bug?", xlabel="iteration", ylabel="meta-loss")
plt.legend()
plt.show()

# %% [markdown]
# *Figure: two falling curves; no curve says which function's gradient it followed.* With many points the mistake nearly averages out.
#
# **Exercise 07.bug** *(find the bug)*. Give the number of the wrong line, and an instance on which it does real harm. The model is a line
# through the origin, loss ½ (w x − y)², with *one* support point at x = `seen` and *one* query point at x = `unseen`. Choose them and α > 0 such
# that the student's iteration walks **uphill** on the meta-loss (whatever w, the y and β are: they do not matter here).

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
# > **What goes wrong in practice**
# >
# > - **The silent first-order MAML** of lesson 03. Test that exact and first-order *differ*, at an α where they must.
# > - **Sum for mean.** The direction is the same, so everything trains; but β is B times as large. A stepsize tuned with 4 tasks blows up with 40.
# > - **A step too long for the start**, αL > 2: the first step makes things much worse (the random start above), and the first outer steps only
# >   repair that.
#
# ## Back to the question
#
# There can be such a start: in the plane, (1, 1) solved both tasks exactly, from far away. One step prefers starts whose errors lie along steep
# directions, where 1 − αλ is near 0; the flat directions, which a step cannot mend, decide where the start is. It is found by gradient descent on the
# loss *after* the step, with the gradient $(I-\alpha H)\,g$: $g$ on the query set at the adapted weights, $H$ on the support set at the old ones, one
# Hessian-vector product. On a network a few hundred iterations took the error after one step well below that of joint training.
#
# *Sources.* C. Finn, P. Abbeel & S. Levine, "Model-agnostic meta-learning for fast adaptation of deep networks", ICML 2017. A. Fallah, A. Mokhtari &
# A. Ozdaglar, "On the convergence theory of gradient-based model-agnostic meta-learning algorithms", AISTATS 2020: one step, and an error of
# first-order MAML that no number of iterations removes. For N steps: K. Ji, J. Yang & Y. Liang, "Theoretical convergence of multi-step model-agnostic
# meta-learning", JMLR 23 (2022).
#
# **Next:** in lesson 08 the step is repeated N times. The factors I − αH multiply, each at a point of its own, and their order begins to matter.
