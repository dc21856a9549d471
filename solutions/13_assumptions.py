# %% [markdown]
# # 13 · Assumptions you can compute
#
# **The theorem that we are going to prove begins: "Assume that ∇l is L-Lipschitz, that ∇²l is ρ-Lipschitz, that the tasks differ by at most σ ..."
# What does each of these forbid, and how could you know that *your* loss obeys?**
#
# *(about 30 minutes' reading, the exercises extra; 6 exercises. You need: 07 and 08. You will be able to: draw each assumption, write a
# certificate of it in two lines, tell a certificate from an estimate, break both kinds of false claim, and compute an expectation with no sampling
# error.)*
#
# All symbols on one page: [Notation](appendix_07_notation.ipynb).

# %%
# given
from itertools import product

import numpy as np

from tinymaml import theory
from tinymaml.course import check, hint, restore, solution, status, use     # for you to type
from tinymaml.course import engine, style
from tinymaml.theory.table import show

OWN = False                         # True: the network of this lesson runs on the engine that you wrote in lessons 01 to 05
E = engine(OWN)

# %% [markdown]
# Proofs of convergence are often skipped with the thought "nobody can check these assumptions anyway". In this part we check them. Each letter is
# a number; for some losses it can be *certified* by two lines of proof, for others only *estimated* by search, and for some it does not exist.
#
# ## L: a cone that the gradient may not leave
#
# **A1, first half.** For all w and u: $\lVert\nabla l(w)-\nabla l(u)\rVert\le L\,\lVert w-u\rVert$.
#
# In one dimension: put the tip of a cone, of slopes ±L, on the graph of the *gradient*, anywhere. The graph must stay inside.
#
# > **Predict.** Three convex, differentiable losses: log cosh w, w⁴/4 and ⅔|w|^{3/2}. Which of them has an L? For those that have none: *where*
# > does the graph leave the cone, far away or near the tip?

# %%
import matplotlib.pyplot as plt

colours = style()
plt.rcParams["figure.figsize"] = 5.6, 2.6


def cone(ax, line, curve, tip, slope, name):
    """The graph of `curve`, and the cone of slopes ± slope with its tip on it."""
    reach = slope * np.abs(line - tip)
    inside = np.abs(curve(line) - curve(tip)) <= reach + 1e-12
    ax.fill_between(line, curve(tip) - reach, curve(tip) + reach, color="0.88", label="cone")
    ax.plot(line, curve(line), "-", color=colours["blue"], label=name)
    ax.plot(line, np.where(inside, np.nan, curve(line)), "--", color=colours["vermilion"], lw=3.5, label="outside")
    ax.plot(tip, curve(tip), "o", color=colours["black"], ms=6)


line = np.linspace(-2, 2, 801)
fig, axes = plt.subplots(1, 3, figsize=(6.4, 2.5), sharey=True)
for ax, curve, tip, slope, title in zip(axes, (np.tanh, lambda w: w ** 3, lambda w: np.sign(w) * np.sqrt(np.abs(w))), (0.4, 0.4, 0.0), (1, 1, 1),
                                        ("log cosh w", "w⁴/4", "⅔|w|^{3/2}".replace("^{3/2}", "³ᐟ²"))):
    cone(ax, line, curve, tip, slope, "gradient")
    ax.set(title=title, xlabel="w", ylim=(-2.5, 2.5))
axes[0].set_ylabel("gradient")
fig.legend(*axes[1].get_legend_handles_labels(), loc="outside lower center", ncols=3)
plt.show()

# %% [markdown]
# *Figure: the gradient of log cosh, tanh, stays in the cone of slope 1 wherever its tip is. That of w⁴/4 leaves every cone far away; that of
# ⅔|w|³ᐟ² leaves every cone near 0, where the root is vertical.*
#
# So there are two ways to have no L: curvature that grows without end, and a kink. (A ReLU network has the second kind: its gradient *jumps*.)
# What L does **not** forbid: large gradients (w²/2 has L = 1 and a gradient as large as you like), and negative curvature. The cone is symmetric:
# a hill top is as welcome as a valley, and lesson 14 lives on hill tops.
#
# For a loss with second derivatives, L is a bound on them:
#
# | | | why |
# |---|---|---|
# | (1) | $\nabla l(w)-\nabla l(u)=\int_0^1\nabla^2 l(u+t(w-u))\,(w-u)\,dt$ | fundamental theorem of calculus, on the segment |
# | (2) | $‖\nabla l(w)-\nabla l(u)‖\le\max_t‖\nabla^2 l(u+t(w-u))‖\,‖w-u‖$ | the norm of a mean is at most the largest norm |
# | (3) | $‖\nabla^2l(w)\,v‖=\lim_{\varepsilon\to0}‖\nabla l(w+\varepsilon v)-\nabla l(w)‖/\varepsilon\le L$, v a unit vector | A1, with u = w + εv |
#
# By (2) every bound of the Hessians' norms is an L, by (3) nothing smaller is: **the smallest L is $\sup_w\lVert\nabla^2l(w)\rVert$**. A symmetric
# matrix has the norm $\max_{\lVert v\rVert=1}|v^{\mathsf T}Hv|$, so only curvatures along directions count.
#
# ## A certificate in two lines
#
# Take $l(w)=\sum_m c_m\cos(w\cdot x_m+\varphi_m)$, hills and valleys in any dimension, the workhorse of this part. Write $\theta_m=w\cdot
# x_m+\varphi_m$; v is a unit vector.
#
# | | | why |
# |---|---|---|
# | (4) | $\lvert v^{\mathsf T}\nabla^2l\,v\rvert=\lvert\sum c_m\cos\theta_m(x_m\cdot v)^2\rvert\le\sum\lvert c_m\rvert(x_m\cdot v)^2$ | cos in ±1 |
# | (5) | $=v^{\mathsf T}Cv\le‖C‖=:L$, with $C=\sum_m\lvert c_m\rvert\,x_mx_m^{\mathsf T}$ | the norm of a symmetric matrix |
#
# That is a **certificate**: a number computed from the data c and x, and a proof that no w, tried or not, can exceed it. As code:
# `np.linalg.norm(x.T * abs(c) @ x, 2)`. The only fact about the cosine was the size of its second derivative. For log cosh the same two lines work
# with $0<\tanh'\le1$.
#
# **Exercise 13.lipschitz** *(give a bound)*. Logistic regression: examples $x_m$ with labels $y_m=\pm1$, M of them, and the loss
# $l(w)=\frac1M\sum_m\log(1+e^{-y_m\,x_m\cdot w})+\frac{r}{2}\lVert w\rVert^2$. Return the smallest L that no w and u can violate. (What is the
# second derivative of $\log(1+e^{-z})$, and where is it largest?)

# %%
# exercise 13.lipschitz
def lipschitz(x, y, ridge):
    """x (M, d), y (M,) of ±1, ridge >= 0, the r above -> L, a number."""
    ### BEGIN SOLUTION
    return np.linalg.norm(x.T @ x, 2) / (4 * len(x)) + ridge
    ### END SOLUTION

# %%
check("13.lipschitz")

# %% [markdown]
# ## ρ: the same cone, for the curvature
#
# **A1, second half.** For all w and u: $\lVert\nabla^2l(w)-\nabla^2l(u)\rVert\le\rho\,\lVert w-u\rVert$.
#
# > **Predict.** Can a loss have an L and no ρ? A ρ and no L? (For the second: what is the simplest function whose third derivative is bounded?)

# %%
kinked = lambda w: -1 + np.minimum(np.sqrt(np.abs(w)), 2)                   # theory.RootHessian has this curvature
fig, axes = plt.subplots(1, 3, figsize=(6.4, 2.5), sharey=True)
for ax, curve, title in zip(axes, (lambda w: -np.cos(w), kinked, lambda w: 1.0 * w),
                            ("cos w: L and ρ", "L and no ρ", "w³/6: ρ and no L")):
    cone(ax, line, curve, 0.0, 1, "curvature")
    ax.axhline(1, color="0.5", ls=":", lw=1)
    ax.axhline(-1, color="0.5", ls=":", lw=1)
    ax.set(title=title, xlabel="w", ylim=(-2.2, 2.2))
axes[0].set_ylabel("curvature")
fig.legend(*axes[1].get_legend_handles_labels(), loc="outside lower center", ncols=3)
plt.show()

# %% [markdown]
# *Figure: L is a strip that the curvature may not leave (dotted, ±1), ρ a cone that its graph may not leave. The middle curvature, −1 + √|w|,
# stays in the strip here and leaves every cone at 0; the right one runs along its cone's edge and out of the strip.*
#
# L says how far a step can be misled by the slope; ρ how far by the curvature. Plain gradient descent needs only L. MAML's gradient *contains*
# Hessians, so that its smoothness needs ρ: in lesson 15 the middle loss breaks exactly the line that cites ρ. Quadratics have ρ = 0, which is why
# they make so many things look easier than they are.
#
# The certificate for the cosine sum, in four lines, one missing:
#
# | | | why |
# |---|---|---|
# | (6) | $‖\nabla^2l(w)-\nabla^2l(u)‖=‖\sum_mc_m\,(\cos\theta_m(w)-\cos\theta_m(u))\,x_mx_m^{\mathsf T}‖$ | definition |
# | (7) | $\le‖\sum_m\lvert c_m\rvert\,\lvert\cos\theta_m(w)-\cos\theta_m(u)\rvert\,x_mx_m^{\mathsf T}‖$ | triangle inequality, along v |
# | (8) | $\le$ *yours* | the cosine is 1-Lipschitz |
# | (9) | $\le‖\sum_m\lvert c_m\rvert\,‖x_m‖\,x_mx_m^{\mathsf T}‖\,‖w-u‖=:\rho\,‖w-u‖$ | Cauchy–Schwarz, in each term |
#
# **Exercise 13.rho** *(fill the line)*. Write line (8) as code. A line of a chain is a number on every instance: not below the line above it, not
# above the line below.

# %%
# exercise 13.rho
def line_8(x, c, phi, w, u):
    """x (M, d), c and phi (M,), w and u (d,) -> the number between lines (7) and (9)."""
    ### BEGIN SOLUTION
    return np.linalg.norm(x.T * (abs(c) * abs(x @ (w - u))) @ x, 2)
    ### END SOLUTION

# %%
check("13.rho")

# %% [markdown]
# The losses of `tinymaml.theory` carry such certificates as `L` and `rho`; each proof stands in the class's docstring.

# %%
rng = np.random.default_rng(0)
x, c, phase, label = rng.normal(size=(4, 2)), np.array([1.0, -0.5, 0.7, 0.4]), rng.uniform(-3, 3, 4), np.array([1.0, -1, 1, 1])
family = {"quadratic": theory.Quadratic([[2.0, 0.0], [0.0, -1.0]], [0.0, 0.0]), "cosine sum": theory.CosineSum(x, c, phase),
          "log-cosh": theory.LogCosh(x, abs(c), phase), "logistic": theory.Logistic(x, label)}
print("                 L       ρ   largest gradient")
for name, loss in family.items():
    print(f"{name:11s} {loss.L:7.3f} {loss.rho:7.3f}   {loss.gradient_bound:.3f}")

# %% [markdown]
# ## The estimate: a number that can only grow
#
# Without a certificate one searches. Any pair w, u gives $\lVert\nabla l(w)-\nabla l(u)\rVert/\lVert w-u\rVert\le L$: a **lower** bound of L. A
# search that tries more can only raise it. So the two kinds of number come at L from opposite sides, and *nothing that was found by trying becomes
# a certificate by trying more*. A colleague has this classifier, and 1000 random pairs:

# %%
# given
draws = np.random.default_rng(3)
examples = draws.normal(size=(20, 6)) * [3, 1, 1, 1, 1, 0.5]
labels = np.where(examples @ draws.normal(size=6) + draws.normal(size=20) > 0, 1.0, -1.0)
classifier = theory.Logistic(examples, labels)


def ratios(loss, w, u):
    """‖∇l(w) − ∇l(u)‖ / ‖w − u‖ for one pair, or for a row of pairs."""
    return np.linalg.norm(loss.gradient(w) - loss.gradient(u), axis=-1) / np.linalg.norm(np.subtract(w, u), axis=-1)


def random_pairs(loss, count, size=1.0):
    """The largest ratio among so many random pairs."""
    return ratios(loss, *size * np.random.default_rng(0).normal(size=(2, count, loss.dimension))).max()


estimated_L = random_pairs(classifier, 1000)

# %% [markdown]
# > **Predict.** The certificate of this classifier is L = 2.91. The colleague's 1000 pairs give an estimate: near it, half of it, or a third? And
# > ten times as many pairs?

# %%
for count in (10, 100, 1000, 10_000, 100_000):
    print(f"{count:7,} pairs: L ≥ {random_pairs(classifier, count):.2f}")
print(f"  certificate: L ≤ {classifier.L:.2f}")

# %% [markdown]
# **Exercise 13.estimate** *(break it)*. The colleague takes `estimated_L` (1000 pairs) for a bound and sets the stepsize by it. Submit a pair w,
# u, six numbers each, on which $\lVert\nabla l(w)-\nabla l(u)\rVert\ge2\cdot$`estimated_L`$\cdot\lVert w-u\rVert$ for `classifier`. (Its
# `gradient`, `hessian` and `x` are yours to use. Where is the curvature largest, and along which direction?)

# %%
# exercise 13.estimate
### BEGIN SOLUTION
#: w = ...
#: u = ...
w = np.zeros(6)
u = 0.01 * np.linalg.eigh(classifier.hessian(w))[1][:, -1]
### END SOLUTION

# %%
check("13.estimate")

# %% [markdown]
# Random pairs fail for two reasons: they are far apart, so that the curvature between them is averaged, and most directions are not the steepest.
# **Power iteration** (lesson 07) mends both: it finds the steepest direction *at one w* from Hessian-vector products, $v\leftarrow Hv/\lVert
# Hv\rVert$. It is still an estimate: L is a supremum over all w.
#
# ## A network
#
# The sinusoid network of lesson 00, 1-40-40-1 with tanh, on ten points of one wave. Nobody has a certificate. Four searches, from lazy to
# stubborn; each curve is the largest value found so far.
#
# > **Predict.** 300 random pairs; power iteration at one start; at 300 starts; climbing from one start by random changes of the weights. By what
# > factor will the largest find exceed the smallest? Which of the curves will level off, and does a level curve mean that it has reached L?

# %%
def network(p, x, tanh):
    return tanh(tanh(x @ p["W1"] + p["b1"]) @ p["W2"] + p["b2"]) @ p["W3"] + p["b3"]


def mse(p, x, y):
    return E.mean(E.square(network(p, x, E.tanh) - y))


def weights(rng, width=40):
    shapes = dict(W1=(1, width), b1=(1, width), W2=(width, width), b2=(1, width), W3=(width, 1), b3=(1, 1))
    return {k: rng.standard_normal(s) * np.sqrt(2 / s[0]) if k[0] == "W" else np.zeros(s) for k, s in shapes.items()}


def steepest(w, products=8):
    """The norm of the Hessian at w, from below: power iteration."""
    v = np.random.default_rng(0).standard_normal(w.size)
    for _ in range(products):
        v = net.hvp(w, v / np.linalg.norm(v), *wave)
    return np.linalg.norm(v)


rng = np.random.default_rng(1)
net = E.Loss(mse, weights(rng))
points = rng.uniform(-5, 5, (10, 1))
wave = points, np.sin(points)
tries = 300
starts = [net.flatten(weights(rng)) for _ in range(tries + 1)]

searches = {"random pairs": [np.linalg.norm(net.gradient(a, *wave) - net.gradient(b, *wave)) / np.linalg.norm(a - b)
                             for a, b in zip(starts, starts[1:])],
            "one start, power iteration": [steepest(starts[0], 1 + k) for k in range(8)] + [steepest(starts[0])] * (tries - 8),
            "many starts, power iteration": [steepest(a) for a in starts[1:]]}
best, climb = starts[0], [steepest(starts[0])]
for _ in range(tries - 1):                                                  # keep a random change of the weights if the curvature grows
    other = best + 0.05 * rng.standard_normal(best.size)
    climb.append(steepest(other))
    best = other if climb[-1] > steepest(best) else best
searches["climbing from one start"] = climb

for (name, found), mark in zip(searches.items(), (":", "-.", "--", "-")):
    plt.plot(np.arange(1, tries + 1), np.maximum.accumulate(found), mark, label=name)
plt.gca().set(title="A search that levels off has not found L", xlabel="tries", ylabel="largest curvature found", yscale="log")
plt.legend(fontsize=9, loc="center left", bbox_to_anchor=(1, 0.5))
plt.show()
print(f"on {E.name}: " + ", ".join(f"{name} {max(found):.0f}" for name, found in searches.items()))

# %% [markdown]
# *Figure: the same network, the same data. Random pairs find less than a thirtieth of what power iteration finds at one start, which is level at
# once, at the curvature of that start; other starts have more, and climbing finds more as long as it climbs.*
#
# > **Predict.** Will it ever stop? Multiply the last layer's weights by s = 1, 2, 4, ... and leave the others alone. What becomes of the largest
# > curvature?

# %%
p = weights(np.random.default_rng(1))
for s in (1, 2, 4, 8, 16):
    print(f"last layer times {s:2d}: curvature {steepest(net.flatten(p | dict(W3=s * p['W3'])), 12):9.0f}")

# %% [markdown]
# It grows like s²: a bias $b$ of the second layer reaches the output as $W_3\tanh(\dots+b)$, and the square of that is in the loss. So **this
# network has no L at all**. What can exist is an L on a *region* of weights, the one that training visits, and estimates of it are what
# experiments report. From here on: *certificate* for a number with a proof, *estimate* for a number from a search. The theorems are checked on
# losses with certificates, and illustrated on networks with estimates.
#
# ## σ: a cloud of task gradients
#
# **A2.** For all w: $\mathbb E_i\lVert\nabla l_i(w)-\nabla l(w)\rVert^2\le\sigma^2$, where $l=\mathbb E_il_i$ is the mean task.
#
# Stand at w and let every task say where it wants to go: a cloud of arrows' tips around their mean. A2 says that one σ bounds the cloud's radius
# (in the mean square) *wherever you stand*. Here are 40 tasks of two kinds. The cosine sums share frequencies and differ in amplitudes and phases;
# the quadratics differ in their minima and, a little, in their Hessians.
#
# > **Predict.** Walk from w = (0, 0) to (60, 0), and then on to (1000, 0). Which of the two clouds grows, and how does its radius grow with the
# > distance?

# %%
rng = np.random.default_rng(4)
waves = [theory.CosineSum(x, a, f) for a, f in zip(rng.normal(size=(40, 4)) / 2, rng.uniform(-3, 3, (40, 4)))]
bowls = [theory.Quadratic(np.diag(d), m) for d, m in zip(rng.uniform(0.85, 1.15, (40, 2)), rng.normal(size=(40, 2)))]
twins = [theory.Quadratic(np.eye(2), b.c) for b in bowls]                   # the same minima, one Hessian


def tasks_at(losses, w=(0.0, 0.0)):
    return theory.ResamplingInstance(losses=losses, w=w, alpha=0.1, steps=1)


fig, axes = plt.subplots(1, 3, figsize=(6.6, 2.5), width_ratios=(1, 1, 1.25))
for ax, losses, title in zip(axes, (waves, bowls), ("cosine sums", "quadratics")):
    for w, colour, mark in ((0.0, 0.0), "black", "o"), ((60.0, 0.0), "vermilion", "^"):
        cloud = np.array([loss.gradient(np.array(w)) for loss in losses])
        ax.plot(*(cloud - cloud.mean(0)).T, mark, color=colours[colour], ms=3.5, label=f"at w = ({w[0]:.0f}, 0)")
    ax.set(title=title, xlabel="∇lᵢ − ∇l, first", xlim=(-13, 13), ylim=(-13, 13), aspect="equal")
axes[0].set_ylabel("second")
axes[0].legend(fontsize=8, loc="lower left", handletextpad=0)
far = np.geomspace(0.1, 1000, 60)
for losses, name, mark in (waves, "cosine sums", "-"), (bowls, "quadratics", "--"), (twins, "one Hessian", "-."):
    axes[2].plot(far, tasks_at(losses).deviation(far[:, None] * [1.0, 0.0]), mark, label=name)
axes[2].set(title="radius of the cloud", xlabel="distance from 0", xscale="log", yscale="log")
axes[2].legend(fontsize=8)
plt.show()
print(f"σ, certified: cosine sums {tasks_at(waves).sigma:.2f}, quadratics with one Hessian {tasks_at(twins).sigma:.2f} (exact)")
try:
    print(tasks_at(bowls).sigma)
except ValueError as error:
    print("quadratics with different Hessians:", error)

# %% [markdown]
# *Figure: sixty units away the cosine sums' cloud (left) has the size that it had, and the quadratics' (middle) has grown along the way there. On
# the right: it leaves every radius.*
#
# The reason is one line: $\nabla l_i(w)-\nabla l(w)=(A_i-A)\,w-(A_ic_i-\mathbb E\,A_ic_i)$, linear in w unless all $A_i$ are equal. So **A2
# forbids the most innocent multi-task problem there is**, quadratics with different Hessians, at least on all of $\mathbb R^d$. (Lesson 07's two
# parabolas, too.) That is a fact about the theorem and not about MAML: on a bounded region a σ exists, and one can say which.
#
# **Exercise 13.unbounded** *(break it)*. Two tasks in the plane whose Hessians hardly differ; somebody declares σ = 10, "tested on 10,000 random
# w". Submit a w with ‖w‖ ≤ 940 on which A2 fails. (In most directions it does not.)

# %%
# given
pair = [theory.Quadratic([[1.5072, 0.4904], [0.4904, 1.2128]], [1.0, 2.0]), theory.Quadratic([[1.5, 0.5], [0.5, 1.2]], [-2.0, 1.0])]


def spread(w):
    """√E‖∇l_i(w) − ∇l(w)‖² of the two tasks, at w (2,) or (..., 2)."""
    gradients = np.array([task.gradient(w) for task in pair])
    return np.sqrt(np.mean(np.sum((gradients - gradients.mean(0)) ** 2, axis=-1), axis=0))

# %%
directions = np.random.default_rng(0).normal(size=(10_000, 2))
directions *= np.random.default_rng(1).uniform(0, 900, (10_000, 1)) / np.linalg.norm(directions, axis=1, keepdims=True)
print(f"declared: 10. The largest at 10,000 random w with ‖w‖ ≤ 900: {spread(directions).max():.2f}")

# %%
# exercise 13.unbounded
### BEGIN SOLUTION
#: far_away = [..., ...]
far_away = [-558.0, 744.0]
### END SOLUTION

# %%
check("13.unbounded")

# %% [markdown]
# ## σ_g, σ_H: noise with two faces
#
# **A3.** A sample is unbiased, and for all w and every vector x: $\mathbb E\lVert\nabla l_i(w;\tau)-\nabla l_i(w)\rVert^2\le\sigma_g^2$ and
# $\mathbb E\lVert(\nabla^2l_i(w;\tau)-\nabla^2l_i(w))\,x\rVert^2\le\sigma_H^2\lVert x\rVert^2$.
#
# The lemmas about noise compare expectations, and an expectation over Gaussian samples cannot be computed, only sampled: was a bound *really*
# exceeded by 0.3%, or was that the sampling? We choose another noise. A sampled gradient is $\nabla l(w)\pm\nu$, each sign with probability ½:
# unbiased, and its deviation is exactly $\sigma_g=\lVert\nu\rVert$. N steps see N signs, so there are $2^N$ paths, all equally likely, and **every
# expectation is a finite sum**. A Hessian is $\nabla^2l\pm V$, $\sigma_H=\lVert V\rVert$; with Hessians and outer gradient there are $2^{2N+1}$
# patterns.

# %%
# given
def exact_path(loss, w, alpha, steps):
    """Gradient descent without noise -> w̃_0, ..., w̃_N, an array (N + 1, d)."""
    path = [np.asarray(w, float)]
    for _ in range(steps):
        path.append(path[-1] - alpha * loss.gradient(path[-1]))
    return np.array(path)

# %% [markdown]
# > **Predict.** Four steps: how many paths? And how many *random* ones does it take until their mean is right to within 10%, and to within 1%?

# %%
hills, start, alpha = family["cosine sum"], np.array([0.6, -1.2]), 0.35
noise = np.array([[0.5, 0.2], [-0.2, 0.5], [0.4, -0.4], [0.3, 0.4]])        # ν_0 ... ν_3, one row a step
smooth = exact_path(hills, start, alpha, len(noise))
fig, (left, right) = plt.subplots(1, 2, figsize=(6.4, 2.7))
for signs in product((1, -1), repeat=len(noise)):
    path = [start]
    for s, nu in zip(signs, noise):
        path.append(path[-1] - alpha * (hills.gradient(path[-1]) + s * nu))
    left.plot(*np.array(path).T, "-", color=colours["sky"], lw=1)
    left.plot(*path[-1], ".", color=colours["blue"], ms=7)
left.plot(*smooth.T, "o-", color=colours["black"], ms=4, label="w̃: without noise")
left.set(title="four steps, 16 paths", xlabel="w[0]", ylabel="w[1]")
left.legend(fontsize=9, loc="upper right")

picks = np.random.default_rng(0).choice([1, -1], (2000, len(noise)))
sampled = np.tile(start, (len(picks), 1))
for s, nu in zip(picks.T, noise):
    sampled = sampled - alpha * (hills.gradient(sampled) + s[:, None] * nu)
running = np.cumsum(np.sum((sampled - smooth[-1]) ** 2, axis=1)) / np.arange(1, len(picks) + 1)
exact = theory.ResamplingInstance(losses=[hills], w=start, alpha=alpha, steps=len(noise), noise=[*noise, [0.0, 0.0]])
truth = theory.RESULTS["lemma_5"].evaluate(exact)["drift"].lhs
right.plot(np.arange(1, len(picks) + 1), running, "-", color=colours["vermilion"], lw=1.2, label="mean of random paths")
right.axhline(truth, color=colours["black"], ls="--", label="all 16 paths: exact")
right.set(title="E‖w₄ − w̃₄‖²", xlabel="random paths", xscale="log", ylim=(0, 2 * truth))
right.legend(fontsize=9)
plt.show()
print(f"exact, from 16 paths: {truth:.6f};  from {len(picks)} random paths: {running[-1]:.6f}")

# %% [markdown]
# *Figure: each step doubles the number of paths. The mean of random paths (red) is within 10% after a hundred, and still 1% off after 2000; the
# sixteen paths give the expectation itself.*
#
# **Exercise 13.signs** *(write it)*. The dashed line: $\mathbb E\lVert w_N-\tilde w_N\rVert^2$, exactly. Step j sees $\nabla l(w_j)\pm\nu_j$ at
# the point that *this* path has reached; every step has its own sign. `product` from itertools and `exact_path` are at hand.

# %%
# exercise 13.signs
def drift(loss, w, alpha, noise):
    """The mean of ‖w_N − w̃_N‖² over all patterns of signs. noise (N, d): ν_0, ..., ν_{N−1}."""
    ### BEGIN SOLUTION
    end = exact_path(loss, w, alpha, len(noise))[-1]
    total = 0.0
    for signs in product((1, -1), repeat=len(noise)):
        point = w
        for s, nu in zip(signs, noise):
            point = point - alpha * (loss.gradient(point) + s * nu)
        total += np.sum((point - end) ** 2)
    return total / 2 ** len(noise)
    ### END SOLUTION

# %%
check("13.signs")

# %% [markdown]
# ## Fresh samples, and one sample used twice
#
# Lesson 17 will prove that, with a fresh sample in every step and $a=1+\alpha L$,
#
# $$\mathbb E\lVert w_N-\tilde w_N\rVert^2\le(a^{2N}-1)\,\frac{\alpha\sigma_g^2}{(2+\alpha L)L}\qquad\text{(Lemma 5).}$$
#
# One line of that proof drops $-2\alpha\,\mathbb E\langle d_j,\nu_j\rangle$, where $d_j$ is the drift so far after an exact step: the sign of
# $\nu_j$ knows nothing of the past, so the product has mean zero. What if all steps use *one* sample: one sign, tossed once? Take that assumption
# away and look which lines turn false.

# %%
# given
def with_signs(A, w, alpha, noise, fresh):
    """½ wᵀAw from w, N noisy steps: each with a sign of its own, or all with one."""
    noise = np.asarray(noise, float)
    rows = None if fresh else [[1.0] * (len(noise) + 1), [-1.0] * (len(noise) + 1)]
    loss = theory.Quadratic(A, np.zeros(len(A)))
    return theory.ResamplingInstance(losses=[loss], w=w, alpha=alpha, steps=len(noise), noise=[*noise, 0 * noise[0]], signs=rows)

# %% [markdown]
# > **Predict.** A valley, $w^2/2+\tfrac14w'^2$, α = 0.5, two steps with nearly the same ν. The table has a line for each step of the proof. Which
# > *reasons* will be false?

# %%
valley = dict(A=[[1.0, 0.0], [0.0, 0.5]], w=[1.0, 1.0], alpha=0.5, noise=[[0.5, 0.3], [0.5, 0.2]])
show(theory.RESULTS["lemma_5"].evaluate(with_signs(**valley, fresh=False))["drift"])

# %% [markdown]
# Line 2 is false, by the product that it dropped; the lines that cite the triangle inequality, A1 or σ_g hold. (Line 7 says the same of step 0,
# where nothing has drifted yet, and is true: the product is zero there.) And yet the bound as a whole is not exceeded: in a valley the triangle
# inequality of line 3 gives away more than line 2 had stolen. A false *line* is not yet a false *theorem*.
#
# **Exercise 13.reused** *(break it)*. "Reused samples do no harm: the noise is unbiased all the same." Give a quadratic ½ wᵀAw, a start, α and N
# noise vectors on which **one** shared sign makes $\mathbb E\lVert w_N-\tilde w_N\rVert^2$ exceed the bound of Lemma 5 by at least 5%. L is ‖A‖,
# σ_g the largest ‖ν_j‖; with fresh signs the bound will hold, as it must. (Try `with_signs(...)` and `.rhs`, `.lhs` of the chain.)

# %%
# exercise 13.reused
### BEGIN SOLUTION
#: instance = dict(A=[[...]], w=[...], alpha=..., noise=[[...], ...])
instance = dict(A=[[-1.0]], w=[1.0], alpha=0.1, noise=[[1.0], [1.0], [1.0], [1.0]])
### END SOLUTION

# %%
check("13.reused")

# %%
print("−w²/2, α = 0.1, always the same ν: E‖w_N − w̃_N‖² as a share of what Lemma 5 allows\nN          1      2      4      8")
for fresh, name in (True, "fresh "), (False, "shared"):
    chains = [theory.RESULTS["lemma_5"].evaluate(with_signs([[-1.0]], [1.0], 0.1, np.ones((N, 1)), fresh))["drift"] for N in (1, 2, 4, 8)]
    print(name, "  ".join(f"{chain.lhs / chain.rhs:5.2f}" for chain in chains))

# %% [markdown]
# On the hill with fresh signs the bound is attained for every N. With one sign the lengths add up instead of the squares, and the drift is larger
# by a factor that grows with N: it is a bias now, and no longer noise. So "fresh" is not a technicality: it is what makes more steps average their
# noise.

# %% [markdown]
# ## Along a vector, not in norm
#
# Why does A3 speak of Hessian noise *along a vector x*, and not of $\mathbb E\lVert\nabla^2l(w;\tau)-\nabla^2l(w)\rVert^2\le\sigma_H^2$, which
# looks simpler? Because a mini-batch of D samples must divide the noise by D, and in operator norm it does not. Let V be diagonal with independent
# signs ±1: its norm is 1.
#
# > **Predict.** The mean of two such samples has zeros where the signs differ. Along any x its mean square is ½‖x‖². In norm: ½ as well, for d =
# > 1, 2, 6?

# %%
print(" d   E‖V̄‖²   1 − 2⁻ᵈ   largest E‖V̄x‖²/‖x‖²")
for d in (1, 2, 3, 6):
    mean = np.array([np.add(s, t) / 2 for s in product((1, -1), repeat=d) for t in product((1, -1), repeat=d)])     # 4^d diagonals
    print(f"{d:2d} {np.mean(np.abs(mean).max(1) ** 2):8.4f} {1 - 0.5 ** d:8.4f} {np.mean(mean ** 2, axis=0).max():16.4f}")

# %% [markdown]
# One nonzero entry is enough for norm 1, and among d entries there is nearly always one. Along x the vectors $V_sx$ are independent with mean
# zero, and vectors have inner products: $\mathbb E\lVert\frac1D\sum_sV_sx\rVert^2=\frac1{D^2}\sum_s\mathbb E\lVert
# V_sx\rVert^2\le\frac{\sigma_H^2}{D}\lVert x\rVert^2$, the cross terms being zero. The operator norm has no inner product, and no such line. A
# proof that "divides σ_H² by D in norm" is false from d = 2 on; a proof along a vector is all that is needed, since MAML multiplies its Hessians
# with *one* vector.
#
# > **What goes wrong in practice**
# >
# > - **"L, estimated" set into α = 1/L.** The estimate is a lower bound of L, so the stepsize errs on the dangerous side; and it was found at the
# >   start, while training moves to other curvatures.
# > - **The mean of L over tasks.** A1 is about every task: the steepest one diverges first.
# > - **Understated σ_g for reused data.** Sampling *without* replacement from a small support set, or the same ten points in all N inner steps, is
# >   not A3. (Algorithm 2, for fixed sets, has another theorem: it does not pretend.)
# > - **Differences below rounding.** ‖∇l(w) − ∇l(u)‖/‖w − u‖ with ‖w − u‖ = 10⁻¹⁵ finds an "L" of any size: rounding has no Lipschitz constant.
# > - **A ReLU network** has no L even on a bounded region; what is estimated there is the smooth pieces' curvature, without the jumps.
#
# ## Back to the question
#
# | | forbids | certified for | how to know |
# |---|---|---|---|
# | L | kinks of the loss, unbounded curvature | quadratics, cosine sums, log-cosh, logistic | $\lvert s''\rvert$ bounded, then lines (4), (5) |
# | ρ | kinks of the slope, unbounded third derivative | the same (quadratics: 0) | $\lvert s'''\rvert$ bounded, then (6)–(9) |
# | σ | tasks whose disagreement grows without end | bounded gradients, or one common Hessian | exact at any one w; for all w by certificate |
# | σ_g, σ_H | bias, heavy tails | the noise is ours to choose: ±ν, ±V | exact |
# | fresh samples | one sample used twice | the signs are independent | enumerate all $2^N$ |
#
# (A1 has a third clause, inf 𝓛 > −∞, without which "the gradient becomes small" could be false because the loss falls for ever.) For your own
# loss: if it is built of functions with bounded derivatives and *linear* maps of the parameters, a certificate takes two lines. If it is a network
# with more than one layer, L does not exist on the whole space, what you have are estimates on a region, and a theorem that assumes L speaks about
# your training as far as it stays in that region. That is not nothing; and it is not a certificate.
#
# *Sources.* The assumptions are those of K. Ji, J. Yang & Y. Liang, "Theoretical convergence of multi-step model-agnostic meta-learning", JMLR 23
# (2022), the Hessian noise being taken along a vector. On smoothness: Y. Nesterov, *Lectures on Convex Optimization*, 2nd ed., Springer 2018,
# section 1.2. Hessian-vector products: B. Pearlmutter, "Fast exact multiplication by the Hessian", Neural Computation 6 (1994).
#
# **Next:** lesson 14 starts two copies of gradient descent a hair apart, and asks how far L lets them part.
