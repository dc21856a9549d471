# %% [markdown]
# # 13 · Assumptions you can compute
#
# **In lesson 08 the meta-loss stayed tame when $\alpha$ shrank like $1/N$. For which losses is that
# certain before the first run, and how could you know that yours is one of them?**
#
# *(about 20 minutes' reading; 5 exercises, 25 minutes. You need: 07 and 08. You will be able to:
# say what each assumption forbids, write a certificate for $L$ and for $\rho$, and tell it from an
# estimate.)*
#
# The theorem to come, by Ji, Yang and Liang, assumes that $\nabla l$ is $L$-Lipschitz, that
# $\nabla^2 l$ is $\rho$-Lipschitz, that the tasks' gradients differ by at most $\sigma$ in the root
# mean square, and more.
# For some losses $L$ has a **certificate**, a bound from above with a proof; for
# others only an **estimate**, found by search, from below; some have no $L$.
#
# All symbols are on one page: [Notation](appendix_07_notation.ipynb).

# %%
# given
from itertools import pairwise

import numpy as np

from tinymaml import theory

# for you to type
from tinymaml.course import check, hint, restore, solution, status, use
from tinymaml.course import engine, guess, guessed
from tinymaml.course.figures import lesson_13 as figures
from tinymaml.course.given.assumptions import certified_sigma, cloud_radius
from tinymaml.course.given.curvature import largest_curvature
from tinymaml.problems import networks
from tinymaml.theory.citations import assumptions_cited_by

# True: the network of this lesson runs on the engine that you wrote in lessons 01 to 05
OWN = False
chosen = engine(OWN)

# %% [markdown]
# ## L: a cone that the gradient may not leave
#
# Put the tip of a cone of slopes $\pm L$ on the graph of the *gradient*, anywhere. If the graph
# stays inside, wherever the tip is, then $L$ bounds how fast the gradient changes.
#
# > **Predict.** How many of these convex losses have an $L$, however large: $\log\cosh w$,
# > $w^4/4$, $\tfrac23|w|^{3/2}$ and $\max(0,w)$?

# %%
guess("13.how_many_have_an_L", 3)

# %%
figures.gradients()
guessed("13.how_many_have_an_L", 1)

# %% [markdown]
# *Figure: the gradient of each loss, and the cone of $L=1$. A wider cone saves none of the last
# three.*
#
# **A1, first half.** For every task's loss $l_i$, with one $L$ for all tasks, and for all $w$, $u$:
# $\lVert\nabla l_i(w)-\nabla l_i(u)\rVert\le L\,\lVert w-u\rVert$.
#
# Three ways to have no $L$: curvature without end ($w^4/4$, far away), an infinitely steep
# gradient ($\tfrac23|w|^{3/2}$, at 0), and a jump of the gradient (the ReLU). What $L$ does **not**
# forbid: large gradients ($w^2/2$ has $L=1$), and negative curvature.
#
# If A1 holds with one $L$, it holds with every larger one. **Call the least one $L^*$.** Where the
# Hessian is continuous, two arguments find it. **A bound on all Hessians' norms is an $L$.** With
# $g=\nabla l_i$, $H=\nabla^2l_i$, $u_t=u+t(w-u)$:
#
# | | | why |
# |---|---|---|
# | (1) | $\lVert g(w)-g(u)\rVert=\lVert\int_0^1 H(u_t)\,(w-u)\,dt\rVert$ | integrate $H$ |
# | (2) | $\le\int_0^1\lVert H(u_t)\,(w-u)\rVert\,dt$ | triangle inequality |
# | (3) | $\le\sup_t\lVert H(u_t)\rVert\,\lVert w-u\rVert$ | norm of a matrix, at every $t$ |
#
# **Conversely, every $L$ bounds the Hessian's norm at every $w$**: for a unit vector $v$, A1 gives
# $\lVert H(w)\,v\rVert=\lim_{t\to0}\lVert g(w+tv)-g(w)\rVert/t\le L$. Together:
# $L^*=\sup_{i,w}\lVert\nabla^2l_i(w)\rVert$. As $H$ is symmetric, $\lVert H\rVert$ is the largest
# $\lvert v^{\mathsf T}Hv\rvert$ over unit vectors $v$. A certificate is never below $L^*$, an
# estimate never above.
#
# ## A certificate in two lines
#
# A loss with hills and valleys, used up to lesson 23: $l(w)=\sum_m c_m\cos\theta_m(w)$, with
# $\theta_m(w)=w\cdot x_m+\varphi_m$; $w$ and $x_m$ are vectors $(d,)$, $c_m$ and $\varphi_m$
# numbers. Along a unit vector $v$ its curvature is $v^{\mathsf T}Hv=-\sum_m
# c_m\cos\theta_m\,(x_m\cdot v)^2$. With $h_m=|c_m|$ and $X_m=x_mx_m^{\mathsf T}$:
#
# | | | why |
# |---|---|---|
# | (4) | $\lvert v^{\mathsf T}Hv\rvert\le\sum_m h_m\,(x_m\cdot v)^2$ | $\lvert\cos\rvert\le1$ |
# | (5) | $=v^{\mathsf T}Cv\le\lVert C\rVert=:L$, with $C=\sum_m h_mX_m$ | definition; matrix norm |
#
# This $L$ is computed from $c$ and $x$ alone, and holds at every $w$. If at some $w$
# the $c_m\cos\theta_m$ are all $h_m$, or all $-h_m$, then it is attained there, along $C$'s top
# eigenvector, and it is $L^*$.
# (*In tinymaml: `problems/cosine_sums.py`, `CosineSum`.*)
#
# **Exercise 13.lipschitz** *(give a bound, and attain it)*. Logistic regression: $M$ examples $x_m$
# with labels $y_m=\pm1$, and the loss
# $l(w)=\frac1M\sum_m\log(1+e^{-y_m\,x_m\cdot w})+\tfrac12\,\text{ridge}\,\lVert w\rVert^2$.
# Return $L^*$, and a $w$ at which it is attained.

# %%
# exercise 13.lipschitz
def lipschitz(x, y, ridge):
    """x (M, d), y (M,) of ±1, ridge >= 0 -> L*, a number."""
    ### BEGIN SOLUTION
    #: raise NotImplementedError("13.lipschitz is open")
#:
#:
#: def attained_at(x, y, ridge):
#:     """The same arguments -> a w (d,) at which the Hessian's norm is L*."""
#:     raise NotImplementedError("13.lipschitz is open")
    return np.linalg.norm(x.T @ x, 2) / (4 * len(x)) + ridge


def attained_at(x, y, ridge):
    """The same arguments -> a w (d,) at which the Hessian's norm is L*."""
    return np.zeros(x.shape[1])
    ### END SOLUTION

# %%
check("13.lipschitz")

# %% [markdown]
# *In tinymaml: `theory/losses.py`, `Logistic`.*
#
# ## ρ: the same cone, for the curvature
#
# Put the tip on the graph of the *curvature*: a cone of slopes $\pm\rho$ bounds how fast that
# changes.
#
# > **Predict.** Can a loss have a $\rho$ and no $L$?

# %%
guess("13.rho_without_L", "no", choices=("yes", "no"))

# %%
figures.curvatures()
guessed("13.rho_without_L", "yes")

# %% [markdown]
# *Figure: for the curvature $l''$, $L=1$ is a strip and $\rho=1$ a cone. In the middle no cone is
# wide enough at 0, where $\sqrt{|w|}$ is vertical; on the right, for $w^3/6$, no strip is.*
#
# **A1, second half.** With one $\rho$ for all tasks, and for all $w$, $u$:
# $\lVert\nabla^2l_i(w)-\nabla^2l_i(u)\rVert\le\rho\,\lVert w-u\rVert$.
#
# MAML's gradient contains Hessians (lesson 08, line (6)), so the proof that it is smooth uses
# $\rho$. The cosine sum's certificate has four lines, one of them missing. Let
# $\Delta_m=\cos\theta_m(w)-\cos\theta_m(u)$. Raising a nonnegative weight of an $X_m$ never lowers
# the norm of the sum:
#
# | | | why |
# |---|---|---|
# | (6) | $\lVert H(w)-H(u)\rVert=\lVert\sum_m c_m\,\Delta_m\,X_m\rVert$ | definition |
# | (7) | $\le\lVert\sum_m h_m\,\lvert\Delta_m\rvert\,X_m\rVert$ | triangle inequality, unit $v$ |
# | (8) | $\le$ *yours* | a property of the cosine; larger weights |
# | (9) | $\le\lVert\sum_m h_m\Vert x_m\Vert X_m\rVert\,\lVert w-u\rVert$ | Cauchy–Schwarz; as (8) |
#
# The factor of $\lVert w-u\rVert$ in (9) is $\rho$. A single cosine approaches it, along $x$, as
# $u\to w$ where $|\sin\theta|=1$. For several it may be loose.
#
# **Exercise 13.rho** *(fill the line)*. Write line (8) as code: a number without a cosine that
# doubles with $w-u$, between (7) and (9), and in general equal to neither.

# %%
# exercise 13.rho
def line_8(x, c, phi, w, u):
    """x (M, d), c and phi (M,), w and u (d,) -> a number, line (8)."""
    ### BEGIN SOLUTION
    return np.linalg.norm(x.T * (abs(c) * abs(x @ (w - u))) @ x, 2)
    ### END SOLUTION

# %%
check("13.rho")

# %% [markdown]
# Logistic regression has a $\rho$ likewise: in (9), $1/(6\sqrt3\,M)$ takes the place of $h_m$.
#
# ## The estimate: a number that can only grow
#
# Without a certificate one searches. Any pair gives
# $\lVert\nabla l(w)-\nabla l(u)\rVert/\lVert w-u\rVert\le L^*$, a **lower** bound on $L^*$, and
# further pairs can only raise it. A colleague has this classifier (no ridge), and tries 1000
# standard normal pairs:

# %%
# given
draws = np.random.default_rng(3)
examples = draws.normal(size=(20, 6)) * [3, 1, 1, 1, 1, 0.5]
margins = examples @ draws.normal(size=6) + draws.normal(size=20)
classifier = theory.Logistic(examples, np.where(margins > 0, 1.0, -1.0))


def ratios(gradient, w, u):
    """‖∇l(w) − ∇l(u)‖ / ‖w − u‖ of a pair (d,), or of rows of pairs (count, d)."""
    slopes_apart = np.linalg.norm(gradient(w) - gradient(u), axis=-1)
    return slopes_apart / np.linalg.norm(w - u, axis=-1)


pairs = np.random.default_rng(0).normal(size=(100_000, 2, 6))
pair_ratios = ratios(classifier.gradient, pairs[:, 0], pairs[:, 1])
estimated_L = pair_ratios[:1000].max()

# %% [markdown]
# > **Predict.** The certificate for this classifier is 2.91. What do 1000 pairs find?

# %%
guess("13.found_by_1000_pairs", 2.5)

# %%
for count in (10, 100, 1000, 10_000, 100_000):
    print(f"{count:7,} pairs: L* ≥ {pair_ratios[:count].max():.2f}")
print(f"  certificate: L* ≤ {classifier.L:.2f}")
guessed("13.found_by_1000_pairs", estimated_L)

# %% [markdown]
# A hundred times as many pairs find 1.51. **No number found by trying becomes a certificate by
# trying more.**
#
# **Exercise 13.estimate** *(break it)*. Submit a pair $w$, $u$ on which
# $\lVert\nabla l(w)-\nabla l(u)\rVert\ge2\cdot$`estimated_L`$\cdot\lVert w-u\rVert$ for
# `classifier`; use its `gradient(w)` and `x`.

# %%
# exercise 13.estimate
### BEGIN SOLUTION
#: w = ...  # (6,)
#: u = ...  # (6,)
w = np.zeros(6)
u = 0.01 * np.linalg.eigh(classifier.x.T @ classifier.x)[1][:, -1]
### END SOLUTION

# %%
check("13.estimate")

# %% [markdown]
# In the course's pair the place, $w=0$, came from the formula, and the direction is the top
# eigenvector of $\sum_mx_mx_m^{\mathsf T}$, along which the examples' mean square is largest. The
# distance is short: far apart, a pair sees an average.
#
# **Exercise 13.grid** *(find the false line)*. A student certifies an $L$ on $[0,1]$ for
# $l(w)=\cos(xw+\varphi)$ from the values $k_j=l''(\hat w_j)$ at the points
# $\hat w_j=0,\delta,2\delta,\dots,1$, with $\delta=0.01$:
#
# | | | why |
# |---|---|---|
# | 1 | $k=\max_j\lvert k_j\rvert$ and $r=\max_j\lvert k_{j+1}-k_j\rvert/\delta$ | |
# | 2 | each $w$ has a nearest $\hat w_j$, and $\lvert w-\hat w_j\rvert\le\delta/2$ | the grid |
# | 3 | $\lvert l''(w)-k_j\rvert\le r\,\lvert w-\hat w_j\rvert$ | how fast $l''$ changes |
# | 4 | $\lvert l''(w)\rvert\le k+r\,\delta/2=:L$ | 1, 2, 3, triangle inequality |
#
# Give the line that does not follow from those above it, and an $x$ and a $\varphi$ for which this
# $L$ is at least 5% too small.

# %%
# exercise 13.grid
### BEGIN SOLUTION
#: line = ...
#: x = ...
#: phi = ...
line = 3
x = 200 * np.pi
phi = np.pi / 2
### END SOLUTION

# %%
check("13.grid")

# %% [markdown]
# $r$ was found by trying: it is no $\rho$. With a certified one in its place, here
# $\lvert x\rvert^3$, line 3 is true: on an interval **a grid and a $\rho$ certify an $L$**. In $d$
# dimensions the grid has about $\delta^{-d}$ points: for a network, out of reach.
#
# ## A network
#
# Lesson 00's network, 1-40-40-1 with tanh, on ten points of one wave. Four searches: random pairs
# of weights; power iteration at one start, 1 to 12 Hessian-vector products; at 300 starts, 8
# products each; and climbing: random changes of the weights, kept where 8 products find more.

# %%
# given
def mse(p, x, y):
    return chosen.mean(chosen.square(networks.forward(p, x, chosen.tanh) - y))


def new_weights(rng):
    return networks.initial(rng, (1, 40, 40, 1), np.float64)


rng = np.random.default_rng(1)
first = new_weights(rng)
net = chosen.Loss(mse, first)
x_wave = rng.uniform(-5, 5, (10, 1))
wave = x_wave, np.sin(x_wave)


def sharpest(w, products=8):
    """The largest |curvature| at w that this number of Hessian-vector products finds."""
    return largest_curvature(lambda v: net.hvp(w, v, *wave), w.size, products)

# %%
tries = 300
starts = [net.flatten(first)]
for _ in range(tries):
    starts.append(net.flatten(new_weights(rng)))
found = {"random pairs": []}
for start, other in pairwise(starts):
    found["random pairs"].append(ratios(lambda w: net.gradient(w, *wave), start, other))
found["one start"] = [sharpest(starts[0], products) for products in range(1, 13)]
found["many starts"] = [sharpest(start) for start in starts[1:]]
found["climbing"] = [sharpest(starts[0])]
best = starts[0]
for _ in range(tries - 1):
    other = best + 0.05 * rng.standard_normal(best.size)
    curvature = sharpest(other)
    if curvature > max(found["climbing"]):
        best = other
    found["climbing"].append(curvature)

# %%
print("largest found after    ¼       ½       all of the tries")
for name, values in found.items():
    done = len(values) // 4, len(values) // 2, len(values)
    largest = [f"{max(values[:count]):8.1f}" for count in done]
    print(f"{name:16s}", *largest)
longest = max(np.linalg.norm(start) for start in starts)
print(f"‖w‖ after climbing: {np.linalg.norm(best):.1f}; at the starts at most {longest:.1f}")

# %% [markdown]
# At one start power iteration settles at 73.4. The 300 starts level off at 120; climbing, with as
# many products, 2,400, leaves the starts' region and finds 610. **A
# search that levels off does not show that it has found the largest curvature.**
#
# > **Predict.** Multiply the last layer's weights, no others, by 16. By what factor does the
# > largest curvature at the first start grow?

# %%
guess("13.last_layer_times_16", 16)

# %%
curvatures = {}
for scale in (1, 2, 4, 8, 16):
    scaled = net.flatten(first | {"W3": scale * first["W3"]})
    curvatures[scale] = sharpest(scaled, products=12)
    print(f"last layer times {scale:2d}: curvature {curvatures[scale]:10,.1f}")
guessed("13.last_layer_times_16", curvatures[16] / curvatures[1])

# %% [markdown]
# The Hessian has parts of second, first and zeroth degree in $W_3$, and only the part of second
# degree grows like the square of the scale $s$. The printed curvatures are within 1% of
# $50.7\,s^2+22$; the constant counts at $s=1$ only, so the ratio is 177, and not 256. For a proof,
# set all weights to 0 except two: $q$, an entry of $W_3$, and $z$, the bias of the hidden unit that
# $q$ reads. The network is $q\tanh z$, and the loss, the mean of $(q\tanh z-y_i)^2$, has along $z$
# at $z=0$ the curvature $2q^2$. As $q$ is free, no number bounds that: **this network has no $L$ at
# all**.
#
# ## σ: a cloud of task gradients
#
# At $w$ the tasks' gradients are a cloud around their mean. Below are 40 cosine sums, which differ
# in amplitudes and phases; 40 quadratics with different minima and different Hessians, all diagonal
# with entries between 0.85 and 1.15; and the same minima with one Hessian.
#
# > **Predict.** With different Hessians, the cloud at 0 has a radius (root mean square) of 1.4.
# > What is it at $w=(1000,0)$?

# %%
guess("13.radius_at_1000", 1.5)

# %%
# given
rng = np.random.default_rng(4)
xs = np.random.default_rng(0).normal(size=(4, 2))
amplitudes = rng.normal(size=(40, 4)) / 2
phases = rng.uniform(-3, 3, (40, 4))
diagonals = rng.uniform(0.85, 1.15, (40, 2))
minima = rng.normal(size=(40, 2))
tasks = {
    "cosine sums": [theory.CosineSum(xs, c, phi) for c, phi in zip(amplitudes, phases)],
    "different Hessians": [theory.Quadratic(np.diag(Q), low) for Q, low in zip(diagonals, minima)],
    "one Hessian": [theory.Quadratic(np.eye(2), low) for low in minima],
}

# %%
far = np.geomspace(0.1, 1000, 61)
points = np.stack([far, 0 * far], axis=1)
radii, sigmas = {}, {}
for name, losses in tasks.items():
    radii[name] = cloud_radius(losses, points)
    sigmas[name] = certified_sigma(losses)
    certificate = f"σ = {sigmas[name]:.2f}" if sigmas[name] else "no σ"
    print(f"{name:18s} certified for all w: {certificate}")
figures.clouds(tasks, np.array([[0.0, 0.0], [60.0, 0.0]]), far, radii, sigmas)
guessed("13.radius_at_1000", radii["different Hessians"][-1])

# %% [markdown]
# *Figure: the inset enlarges the cosine sums' clouds. Sixty away, the cloud with different
# Hessians has grown in the direction of travel.*
#
# **A2.** For all $w$: $\mathbb E_i\lVert\nabla l_i(w)-\nabla l(w)\rVert^2\le\sigma^2$, where
# $\mathbb E_i$ is the mean over the tasks and $l=\mathbb E_i\,l_i$.
#
# Where $\lVert\nabla l_i\rVert\le G_i$, the certificate is one line, as a mean square is least
# around the mean:
# $\mathbb E_i\lVert\nabla l_i-\nabla l\rVert^2\le\mathbb E_i\lVert\nabla l_i\rVert^2$, at most
# $\mathbb E_i\,G_i^2=:\sigma^2$. A cosine sum, $\nabla l_i=-\sum_mc_{im}\sin\theta_{im}\,x_m$,
# has $G_i^2=\sum_{m,n}h_{im}h_{in}\,\lvert x_m\cdot x_n\rvert$: hence 1.16. The radius
# stays near 0.6: for 1.16, at one $w$ all $\lvert\sin\theta_{im}\rvert$ would have to be 1, and
# $\nabla l=0$. For quadratics with
# Hessians $Q_i$ of mean $Q$, and minima $w_i^*$,
# $\nabla l_i(w)-\nabla l(w)=(Q_i-Q)\,w-(Q_iw_i^*-\mathbb E_i\,Q_iw_i^*)$, which grows with
# $w$ unless all $Q_i$ are equal; then it is constant, and $\sigma$ its root mean square. So **A2
# forbids the most innocent multi-task problem**, quadratics with different Hessians.
#
# ## Noise, with two faces
#
# A sample has a gradient and a Hessian, and both are noisy.
#
# **A3.** For each task's samples $\tau$, all $w$ and every vector $v$ ($\mathbb E$ is the mean over
# $\tau$):
#
# - *unbiased*: the samples' gradients have the mean $\nabla l_i$, their Hessians $\nabla^2l_i$;
# - *sigma_g*: $\mathbb E\lVert\nabla l_i(w;\tau)-\nabla l_i(w)\rVert^2\le\sigma_g^2$;
# - *sigma_H*:
#   $\mathbb E\lVert(\nabla^2l_i(w;\tau)-\nabla^2l_i(w))\,v\rVert^2\le\sigma_H^2\,\lVert v\rVert^2$;
# - *independent*: the samples of one mini-batch are independent;
# - *fresh*: every step draws again, independently of all earlier draws, once for its gradient and
#   once more for its Hessian (a sample may come twice).
#
# Lesson 20 uses A3 and shows what *fresh* is worth.
#
# ## Which assumption fails?
#
# In each row at most one assumption fails: what the row does not mention holds. Where it names no
# tasks, there is one. Signs are equally likely; a sample's Hessian is the derivative of its
# gradient.
#
# | | |
# |---|---|
# | a | a logistic regression, examples of length 1; a sample's gradient is clipped to length ½ |
# | b | $l(w)=w_1w_2w_3$ |
# | c | $l(w)=\tfrac12w^2$ where $\lvert w\rvert\le1$, else $\lvert w\rvert-\tfrac12$ |
# | d | logistic regressions in the plane, each task with its own examples of length 1; ridge 0.1 |
# | e | the same with linear regressions (mean square), no ridge, and exact gradients |
# | f | $l(w)=\tfrac12w^2$; a sample's gradient is $w\pm\tfrac12w$ |
# | g | $l(w)=\tfrac12w^2$; a sample's gradient is $w\pm\sin(w^2)$ |
# | h | 20 points, bounded gradients and Hessians; a step draws 5 of them *without replacement* |
# | i | the same points; 5 are drawn with replacement, once, and serve all $N$ steps |
# | j | the same points; each step draws 5 with replacement, for its gradient and Hessian alike |
# | k | $l(w)=\tfrac12w^2$; a sample's gradient is $w\pm\sin w$ |
#
# **Exercise 13.violates** *(which assumption?)*. For each row, what fails (a word may come twice):
# one of "L", "rho", "sigma", "unbiased", "sigma_g", "sigma_H", "independent", "fresh", "none".

# %%
# exercise 13.violates
### BEGIN SOLUTION
#: fails = dict(
#:     a="...", b="...", c="...", d="...", e="...", f="...",
#:     g="...", h="...", i="...", j="...", k="...",
#: )
fails = dict(
    a="unbiased",
    b="L",
    c="rho",
    d="none",
    e="sigma",
    f="sigma_g",
    g="sigma_H",
    h="independent",
    i="fresh",
    j="fresh",
    k="none",
)
### END SOLUTION

# %%
check("13.violates")

# %% [markdown]
# ## Where ρ is used
#
# Which results need $\rho$? The paper's proof has 20 numbered results. One letter is new: $b$
# bounds, for all $w$, how far the gradients of a task's support and query set differ (lesson 17).

# %%
# given
citing = []
resting = []
# the paper's 20; those after them are sharper, or go beyond
numbered = list(theory.RESULTS)[:20]
for name in numbered:
    if "A1 rho" in assumptions_cited_by(name):
        citing.append(name)
    elif "A1 rho" in theory.RESULTS[name].assumes:
        resting.append(name)
print(f"{len(citing)} results cite ρ:", ", ".join(citing))
both = len(citing) + len(resting)
print(f"{len(resting)} more rest on these: {both} of {len(numbered)} use ρ")
figures.results(framed=citing, tinted=resting)

# %% [markdown]
# *Figure: a line leads up from each result to those that cite it. Thick frames and grey boxes: the
# 9 results that use $\rho$. The factors are lesson 08's $I-\alpha\nabla^2l$.*
#
# > **What goes wrong in practice**
# >
# > - **A step with $\alpha=1/L$ and exact gradients raises the loss.** A1 gives
# >   $l(w-\nabla l/L)\le l(w)-\lVert\nabla l\rVert^2/2L$: your $L$ is below $L^*$, or there is no
# >   $L^*$. Test: somewhere on the step's segment
# >   $\lVert\nabla l(w_t)-\nabla l(w)\rVert/\lVert w_t-w\rVert$ exceeds your $L$; many points $w_t$
# >   usually show it.
# > - **$\sigma_g$, estimated as $\sqrt{10}$ times the noise of batches of 10, is too small.**
# >   PyTorch's `DataLoader(shuffle=True)` draws an epoch without replacement: a batch's samples are
# >   not independent. The factor is $\sqrt{(n-10)/(n-1)}$ with $n$ points, 0.73 at $n=20$. Test: a
# >   batch of all points has no noise (independent draws leave some).
#
# ## Back to the question
#
# The meta-loss stays tame if the tasks' losses have an $L$ and a $\rho$, and
# $\alpha\le1/(LN)$: the product of
# the $N$ factors $I-\alpha\nabla^2l$ then has norm at most $(1+\alpha L)^N<e$, and lesson 15's
# Proposition 1, for one set in both roles, rests on no other letter (with a support and a query set
# Proposition 4 adds $b$): $\rho$ bounds how fast the product changes with $w$.
# Started on top of a cosine's hill, gradient descent stays there, and the
# product's norm is $(1+\alpha L^*)^N$; an estimate 2.7 times too small, as the classifier's, would
# let it approach $e^{2.7}$. The classifier is convex, and safer: no factor's norm exceeds 1
# while $\alpha L^*\le2$. The proofs that MAML *converges* assume more: $\sigma$ with $\sigma_g$ and
# $\sigma_H$, or $\sigma$ with $b$.
#
# This lesson's certificates serve sums of functions of *linear* maps of $w$, with bounded second
# and third derivatives. Lesson 00's network has an $L$ on every bounded region, and none on the
# whole space: for it A1 fails, and the theorem does not apply; its proof can serve only runs known
# to stay in one convex region on which every letter that it uses is certified. You can now say what
# each assumption forbids, and for which losses it is certain to hold.
#
# *Sources.* K. Ji, J. Yang & Y. Liang, "Theoretical convergence of multi-step model-agnostic
# meta-learning", JMLR 23 (2022), with the Hessian noise taken along a vector.
#
# **Next:** lesson 14 starts two copies of gradient descent a hair apart, and asks how far $L$ lets
# them part.
