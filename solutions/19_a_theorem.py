# %% [markdown]
# # 19 · A theorem, whole
#
# **Does Algorithm 2, with lesson 18's guessed steps, reach points where $\nabla\mathcal L$ is
# small, and after how many steps?**
#
# *(about 25 minutes' reading; 6 exercises, 30 minutes, and a blank page for 40 more. You need: 14
# to 18. You will be able to: turn what one step promises into a theorem about $K$ steps, say what
# it costs, and tell when a stepsize need not be guessed.)*
#
# All symbols: [Notation](appendix_07_notation.ipynb).

# %%
# given
import numpy as np

from tinymaml import theory

# for you to type
from tinymaml.course import check, hint, restore, solution, status, use
from tinymaml.course import guess, guessed
from tinymaml.course.figures import lesson_19 as figures, one_step as step_map
from tinymaml.course.given.lines import show_numbers
from tinymaml.course.given.one_page import one_page
from tinymaml.course.given.step_parts import parts_of
from tinymaml.course.given.three_waves import query_gradients, three_waves, wave_gradients
from tinymaml.course.given.three_wells import HEIGHTS, QUERIES, SUPPORTS, three_wells
from tinymaml.course.given.waves import Wave, instance
from tinymaml.theory import batches, extremals
from tinymaml.theory.table import show

# %%
step_map.draw(lesson=19)

# %% [markdown]
# *Figure: every hole of the step is filled (grey). What is left (orange): from one step to $K$.*
#
# From the lessons before: inner steps stretch by at most $a^N$, with $a=1+\alpha L$ (14). At
# $\alpha=1/(8NL)$, $a^{2N}\le e^{1/4}$, so that $C_l=2-a^{2N}>0.71$ (16). And from 17, with
# $l_{T_i}$ the query loss of task $i$ and $\mathcal L_i$ that loss after the inner steps:
#
# | | |
# |---|---|
# | $\sigma$ | bounds how the $\nabla l_{T_i}(w)$ deviate from their mean, in root mean square |
# | $b_i$ | bounds how query and support gradients of task $i$ differ |
# | $b,\ \tilde b$ | the means of $b_i$ and of $b_i^2$ |
# | $L_w$ | smoothness seen from $w$: $A+C_{\mathcal L}\,\mathbb E_i\Vert\nabla l_{T_i}(w)\Vert$ |
# | $A$ | its part without gradients: $a^{2N}L+(1-a^{-N})\,C_{\mathcal L}\,b$ |
# | $C_{\mathcal L}$ | what a gradient adds, per unit: $\frac\rho La^{2N-1}(a^N-1)$ |
#
# And one task's meta-gradient, in mean square (Proposition 5):
#
# $$\mathbb E_i\lVert\nabla\mathcal L_i\rVert^2\le A_{squ1}\lVert\nabla\mathcal L\rVert^2+A_{squ2},
# \qquad A_{squ1}=4a^{4N}/C_l^2,$$
#
# $$A_{squ2}=2a^{4N}\sigma^2+4a^{4N}\Big(\frac{(a^{2N}-1)\,\sigma+a^N(a^N-1)\,b}{C_l}\Big)^2
# +2a^{2N}(a^N-1)^2\,\tilde b.$$
#
# ## Three wells, one algorithm
#
# Three tasks, equally likely. Each query loss is a well, $l_{T_i}(w)=h_i\,(1-\cos(w-q_i))$; the
# support loss is the same well with its bottom at $s_i$, 0.2 to one side. The constants:
# $L=\rho=1$, $b_i=2h_i\sin0.1$, and $\sigma$, the root of the mean of $h_i^2$.

# %%
# given
for name, values in ("h", HEIGHTS), ("q", QUERIES), ("s", SUPPORTS):
    print(name, values)
# α = 1/(8NL), N = 5, B = 1,000, C_β = 4, from w = −2
wells = three_wells()
# of Δ = 𝓛(w₀) − inf 𝓛 the theorem gets a bound, 𝓛(w₀), since no loss is below 0
Delta = wells.meta_loss(wells.w)
lowest = wells.meta_loss(np.linspace(-np.pi, np.pi, 6283)[:, None]).min()
print(f"σ = {wells.sigma:.3f}")
print(f"Δ = 𝓛(w₀) − inf 𝓛 ≤ {Delta:.3f}, a bound; in truth {Delta - lowest:.3f} (on a grid)")

# %% [markdown]
# **Algorithm 2** draws a batch of $B$ tasks, with replacement. $\bar G$ is the mean of their
# meta-gradients, and the step is $w^+=w-\beta\bar G$ with $\beta=1/(C_\beta\hat L)$. Here
# $\hat L=A+C_{\mathcal L}X$ is lesson 18's guess of $L_w$: $X$ is the mean of
# $\lVert\nabla l_{T_i}(w)\rVert$ over $B'$ further independent draws. For these wells $B'=1$ is
# enough (Lemma 11). $C_\beta$ is ours to choose: first 4.

# %%
# given
def meta_gradients(w):
    """∇𝓛_i at each w (...), of each task: (..., 3)."""
    point = w[..., None]
    product = 1.0
    for _ in range(wells.steps):
        product = product * (1 - wells.alpha * HEIGHTS * np.cos(point - SUPPORTS))
        point = point - wells.alpha * HEIGHTS * np.sin(point - SUPPORTS)
    return product * HEIGHTS * np.sin(point - QUERIES)


def random_stepsize(w, rng):
    """β = 1/(C_β L̂), with X from one task. w: (runs,)."""
    i = rng.integers(3, size=len(w))
    X = abs(HEIGHTS[i] * np.sin(w - QUERIES[i]))
    return 1 / (wells.C_beta * (wells.constants.A + wells.constants.C_meta * X))

# %%
# given
def algorithm_2(gradients, w, B, K, stepsize, rng):
    """From each w (runs,), with batches of B (runs,) tasks. -> the points, (K + 1, runs)."""
    points = [w]
    for _ in range(K):
        counts = rng.multinomial(B, [1 / 3, 1 / 3, 1 / 3])
        batch_mean = (counts * gradients(w)).sum(-1) / B
        w = w - stepsize(w, rng) * batch_mean
        points.append(w)
    return np.array(points)

# %% [markdown]
# *In tinymaml: `maml/algorithms.py`, `maml_finite_sum`.*
#
# ## The ledger of one step
#
# A step has an income, which grows with the gradient, and a cost, the noise of the batch.

# %%
places = np.linspace(-3, 3, 49)
starts = np.repeat(places, 4000)
rng = np.random.default_rng(0)
step = algorithm_2(meta_gradients, starts, np.full(len(starts), 100), 1, random_stepsize, rng)
before, after = wells.meta_loss(step[..., None])
gained = (before - after).reshape(49, 4000).mean(1)

with_100 = wells.replace(B=100).constants
slopes = meta_gradients(places).mean(-1)
smoothness = np.array([wells.replace(w=[w]).smoothness for w in places])
income = with_100.kappa * slopes**2 / smoothness
cost = with_100.phi / 100
print(f"L_w is between {smoothness.min():.2f} and {smoothness.max():.2f}")
print(f"of 49 points 𝓛 falls at {(gained > 0).sum()}, income > cost at {(income > cost).sum()}")
queries = [task.outer.value(places[:, None]) for task in wells.tasks]
figures.ledger(places, queries, wells.meta_loss(places[:, None]), gained, income, cost)

# %% [markdown]
# *Figure: right, what 4,000 steps from each $w$ gain on average. Shaded: nothing is promised. Yet
# $\mathcal L$ falls at nearly all these points: the cost is a bound, more than the noise takes.*
#
# $$\mathbb E\,\mathcal L(w^+)\;\le\;\mathcal L(w)\;-\underbrace{\kappa\,
# \frac{\lVert\nabla\mathcal L(w)\rVert^2}{L_w}}_{\text{income}}+\underbrace{\frac{\varphi}{B}}_{
# \text{cost}},\qquad \kappa=\frac1{C_\beta}-\frac2{C_\beta^2}-\frac{2A_{squ1}}{C_\beta^2B},\quad
# \varphi=\frac{2A_{squ2}}{C_\beta^2A}.$$
#
# In $\kappa$, the step's length earns $1/C_\beta$ and loses $2/C_\beta^2$: $1/(2C_\beta^2)$ to
# curvature, times Lemma 11's 4 for the guess. All else is the batch: Proposition 5 over $B$.
#
# **Exercise 19.order** *(order the lines)*. The proof of a step in eleven lines, and one line that
# does not belong: leave it out. Each line follows from the one before it by one fact, and is at
# least as large. Here $x$ stands for $\lVert\nabla\mathcal L(w)\rVert$, $V$ for
# $\mathbb E_i\lVert\nabla\mathcal L_i(w)\rVert^2$, $S$ for $\mathbb E\lVert\bar G\rVert^2$,
# $\lambda$ for $\frac12L_w$.
#
# | | |
# |---|---|
# | 1 | $\frac1{L_w}[-\kappa x^2+\frac{A\varphi}B]$ |
# | 2 | $-\mathbb E[\beta]\,x^2+\lambda\,\mathbb E[\beta^2]\,S$ |
# | 3 | $-\mathbb E[\beta]\,x^2+\lambda\,\mathbb E[\beta^2](x^2+\frac1B(V-x^2))$ |
# | 4 | $\frac1{C_\beta L_w}[-(1-\frac2{C_\beta})\,x^2+\frac2{C_\beta B}V]$ |
# | 5 | $\mathbb E\,\mathcal L(w^+)-\mathcal L(w)$ |
# | 6 | $-\frac1{C_\beta L_w}x^2+\lambda\,\mathbb E[\beta^2](x^2+\frac1BV)$ |
# | 7 | $-\kappa\,x^2/L_w+\frac\varphi B$ |
# | 8 | $-\mathbb E[\beta]\,\nabla\mathcal L\cdot\mathbb E\bar G+\lambda\mathbb E[\beta^2]S$ |
# | 9 | $-\mathbb E[\beta]\,x^2+\lambda\,(\mathbb E[\beta])^2(x^2+\frac1BV)$ |
# | 10 | $-\mathbb E[\beta]\,x^2+\lambda\,\mathbb E[\beta^2](x^2+\frac1BV)$ |
# | 11 | $\mathbb E[-\beta\,\nabla\mathcal L\cdot\bar G+\lambda\beta^2\Vert\bar G\Vert^2]$ |
# | 12 | $\frac1{C_\beta L_w}[-(1-\frac2{C_\beta})x^2+\frac2{C_\beta B}(A_{squ1}x^2+A_{squ2})]$ |

# %%
# exercise 19.order
### BEGIN SOLUTION
#: # the lines' numbers, the smallest line first
#: order = [...]
order = [5, 11, 8, 2, 3, 10, 6, 4, 12, 1, 7]
### END SOLUTION

# %%
check("19.order")

# %% [markdown]
# The package's proof, without its last lines, at $w=1$ with $B=100$:

# %%
theorem_2 = theory.RESULTS["theorem_2"]
here = wells.replace(w=[1.0], B=100)
chain = theorem_2.evaluate(here)["one step"]
show(chain, until="L_w ≥ A")

# %% [markdown]
# ($\hat G_i$ is $\nabla\mathcal L_i$.) Two lines give away four fifths of the slack: Lemma 11
# allows for a wild guess, and here $\hat L$ hardly varies; Proposition 5 allows for tasks that
# differ as much as $\sigma$ permits.
#
# New here is the line with $1/B$: "independent tasks". Let the batch be *one* task, $B$ times:

# %%
same_task = theorem_2.evaluate(here.replace(independent_tasks=False))["one step"]
for number in same_task.violations:
    print("false:", same_task.lines[number].reason)

# %% [markdown]
# ## From one step to $K$
#
# Summed, the steps bound the mean of $\lVert\nabla\mathcal L(w_k)\rVert^2/L_{w_k}$. But $L_w$ grows
# with the gradients: a small quotient is not yet a small gradient. Can one clear the denominator?
#
# **Exercise 19.telescope** *(find the false line)*. A student tries, with one task. Then $V=x^2$:
# a batch has no variance, the last term of $\kappa$ is gone, and
# $\kappa=\frac14-\frac2{16}=\frac18$. Write $\Delta_k$ for $\mathcal L(w_k)-\inf\mathcal L$ and
# $L_k$ for $L_{w_k}$; $\beta=1/(4L_k)$.
#
# | | | why |
# |---|---|---|
# | 1 | $\Delta_{k+1}\le \Delta_k-\frac18\lVert\nabla\mathcal L(w_k)\rVert^2/L_k$ | the step |
# | 2 | $\frac18\lVert\nabla\mathcal L(w_k)\rVert^2\le L_k\Delta_k-L_k\Delta_{k+1}$ | times $L_k$ |
# | 3 | $L_k\Delta_k-L_k\Delta_{k+1}\le L_k\Delta_k-L_{k+1}\Delta_{k+1}$ | $L_{k+1}\le L_k$ |
# | 4 | $\frac18\sum_{k<K}\lVert\nabla\mathcal L(w_k)\rVert^2\le L_0\Delta_0$ | 2, 3; telescope |
#
# Submit the line that does not follow, and a task on which its left side is more than 1.05 times
# its right side at $k=0$: a loss of one variable, $\alpha\le1/(8NL)$ (so that $C_l>0$), $N$, $w_0$.
# `theory.CosineSum([[n]], [c], [p])` is $c\cos(nw+p)$.

# %%
# exercise 19.telescope
### BEGIN SOLUTION
#: false_line = ...
#: # loss: theory.CosineSum([[...]], [...], [...])
#: task = dict(loss=..., alpha=..., steps=..., w=...)
false_line = 3
task = dict(loss=theory.CosineSum([[1.0]], [1.0], [0.0]), alpha=0.125, steps=1, w=0.3)
### END SOLUTION

# %%
check("19.telescope")

# %% [markdown]
# So bound $L_w$ by the gradient itself. With $l_T$ the mean query loss, A2 gives
# $\mathbb E_i\lVert\nabla l_{T_i}\rVert\le\lVert\nabla l_T\rVert+\sigma$, and Lemma 10 (lesson 17)
# $\lVert\nabla l_T\rVert\le\big(\lVert\nabla\mathcal
# L\rVert+(a^{2N}-1)\,\sigma+a^N(a^N-1)\,b\big)/C_l$. The two $\sigma$ join to $\sigma/C_l$, since
# $C_l+a^{2N}-1=1$. The chain's last lines:

# %%
show_numbers(chain, after="L_w ≥ A")

# %% [markdown]
# $$L_w\le\frac{C_{\mathcal L}}{C_l}\big(\lVert\nabla\mathcal L(w)\rVert+\chi\big),\qquad
# \chi=\frac{C_lA}{C_{\mathcal L}}+\sigma+a^N(a^N-1)\,b,\qquad b=\mathbb E_i\,b_i .$$
#
# With $\theta=\kappa C_l/C_{\mathcal L}$ and $f(x)=x^2/(x+\chi)$, the income is at least
# $\theta f(\lVert\nabla\mathcal L\rVert)$.
#
# Let $w_\zeta$ be one of $w_0,\dots,w_{K-1}$, drawn at random, each equally likely, and
# $\bar x=\mathbb E\lVert\nabla\mathcal L(w_\zeta)\rVert$, a mean over index and run. As
# $f''(x)=2\chi^2/(x+\chi)^3>0$, Jensen applies: $f$ of the mean is at most the mean of $f$.
#
# **Exercise 19.jensen** *(break it)*. "The mean of $f$ is less than three times $f$ of the mean:
# Jensen gives away little." Submit $\chi$ and four norms $\lVert\nabla\mathcal L(w_k)\rVert$ of
# one run for which it is not.

# %%
# exercise 19.jensen
### BEGIN SOLUTION
#: norms = [..., ..., ..., ...]
#: chi = ...
norms = [1.0, 0.0, 0.0, 0.0]
chi = 1000.0
### END SOLUTION

# %%
check("19.jensen")

# %% [markdown]
# Sum the steps $k=0,\dots,K-1$, with $\Delta=\Delta_0=\mathcal L(w_0)-\inf\mathcal L$:
#
# | | | why |
# |---|---|---|
# | 1 | $f(\bar x)\le\frac1K\sum_k\mathbb E\,f(\Vert\nabla\mathcal L(w_k)\Vert)$ | Jensen |
# | 2 | $\theta f(\bar x)\le\frac1K\,\mathbb E[\Delta_0-\Delta_K]+\frac\varphi B$ | telescoped |
# | 3 | $\theta f(\bar x)\le\frac\Delta K+\frac\varphi B=:\theta Q$ | $\Delta_K\ge0$ |
# | 4 | $\bar x^2\le Q\,(\bar x+\chi)$ | 3, and what $f$ is |
# | 5 | $\bar x\le\frac12\big(Q+\sqrt{Q^2+4\chi Q}\big)$ | solve 4 |
# | 6 | $\bar x\le Q+\sqrt{\chi Q}$ | $\sqrt{u+v}\le\sqrt u+\sqrt v$ |
#
# **Theorem 2.** Assume
#
# - **A1**: all losses have gradients with the Lipschitz constant $L$ and Hessians with $\rho$;
#   $\mathcal L$ is bounded below.
# - **A2** and **$b_i$**: the bounds $\sigma$ and $b_i$ hold at every $w$.
# - The tasks of a batch are independent draws. The guess is made from $B'$ further ones, with
#   $B'\ge1$ and $B'\ge4C_{\mathcal L}^2\sigma^2/(3A^2)$ (Lemma 11).
# - $C_l>0$ and $\kappa>0$.
#
# Then the steps $\beta=1/(C_\beta\hat L)$ give $\mathbb E\lVert\nabla\mathcal L(w_\zeta)\rVert\le
# Q+\sqrt{\chi Q}$. (If $\rho=0$: its limit $\sqrt{(A/\kappa)(\Delta/K+\varphi/B)}$.)
#
# This is about a random step, not the last. And a small gradient is not a small loss: on the wells
# the gradient is also small near $-2.7$, where $\mathcal L$ is highest.
#
# > **Predict.** $K$ and $B$ are doubled. Is the guaranteed gradient halved? Give the new bound over
# > the old one.

# %%
guess("19.the_bound_at_twice_K_and_B", 0.5)

# %%
known = wells.constants
Q = (Delta / 1000 + known.phi / 1000) / known.theta
figures.chord(np.array([0.0, 0.3]), np.array([0.5, 0.5]), known.chi, Q)
once = known.bound(Delta, 1000)
twice = wells.replace(B=2000).constants.bound(Delta, 2000)
print(f"χ = {known.chi:.2f}; the bound: {once:.4f}, then {twice:.4f}")
guessed("19.the_bound_at_twice_K_and_B", twice / once)

# %% [markdown]
# *Figure: left, the gap between diamond and circle is what Jensen gives away. Right, the circles
# are at the roots of line 5; the printed bound is line 6's, a little more.*
#
# $Q$ is about halved. While $x$ is much smaller than $\chi$ the curve is nearly a parabola, and $x$
# shrinks by about $\sqrt2$. Half the bound takes about four times $K$ *and* four times $B$.
#
# ## What it costs
#
# For $Q+\sqrt{\chi Q}\le\varepsilon$ it is enough that $\Delta/(\theta K)$ and $\varphi/(\theta B)$
# are each at most $\varepsilon^2/(8\max(\chi,\varepsilon))$. These contain $1/\theta$, $\varphi$
# and $\chi/\theta=A/\kappa+(\sigma+a^N(a^N-1)\,b)/\theta$. At $\alpha=1/(8NL)$ all have bounds
# without $N$, since $a^{2N}\le e^{1/4}$ and $1/C_l\le1/(2-e^{1/4})$. That is **Corollary 2**: $K$
# and $B$ of the order $\varepsilon^{-2}$ suffice. A meta-iteration takes $BN$ Hessian-vector
# products and $B(N+1)+B'$ gradients: $O(N\varepsilon^{-2})$ of each, and the whole run
# $O(N\varepsilon^{-4})$.
#
# (For $\kappa$, which depends on $B$, the table counts on half of
# $\frac1{C_\beta}-\frac2{C_\beta^2}$.)
#
# > **Predict.** Of $C_\beta=4$, 8, 20, 100: which needs the fewest meta-iterations $K$? And which
# > the fewest Hessian-vector products in the whole run?

# %%
guess("19.C_beta_for_the_fewest_iterations", 4)
guess("19.C_beta_for_the_fewest_products", 4)

# %%
print("C_β          K       B   products in all, for ε = 0.1")
iterations, products = {}, {}
for C_beta in (4, 8, 20, 100):
    sizes = theory.complexity(wells.replace(C_beta=C_beta).constants, 0.1, Delta)
    iterations[C_beta] = sizes["K"]
    products[C_beta] = sizes["K"] * sizes["hvps"]
    print(f"{C_beta:3d} {sizes['K']:10,} {sizes['B']:7,} {products[C_beta]:17,}")
guessed("19.C_beta_for_the_fewest_iterations", min(iterations, key=iterations.get))
guessed("19.C_beta_for_the_fewest_products", min(products, key=products.get))

# %% [markdown]
# **Exercise 19.price** *(write it)*. Why? Take $\varepsilon$ so small that, with the $B$ it
# requires, the last term of $\kappa$ is negligible, and the smallest $K$ and $B$ that meet both
# conditions. How do $K$, the Hessian-vector products of one meta-iteration, and those of the whole
# run depend on $C_\beta$? Return each divided by its value at $C_\beta=4$.

# %%
# exercise 19.price
def price(C_beta):
    """C_beta > 2 -> K, products per iteration, products in all, each over its value at 4."""
    ### BEGIN SOLUTION
    kappa = 1 / C_beta - 2 / C_beta**2
    iterations = (1 / 8) / kappa
    per_iteration = iterations * 16 / C_beta**2
    return iterations, per_iteration, iterations * per_iteration
    ### END SOLUTION

# %%
check("19.price")

# %% [markdown]
# For $K$ alone 4 is best: there $\kappa$ is largest. For the whole run no $C_\beta$ is best: the
# total keeps falling, towards a quarter.
#
# ## A run under its bound
#
# > **Predict.** On the wells, with $B=1{,}000$ and $K=10{,}000$: by what factor does the bound
# > exceed the mean gradient norm of ten runs?

# %%
guess("19.bound_over_runs", 3)

# %%
def mean_norms(gradients, points):
    """(1/K) Σ_{k<K} ‖∇𝓛(w_k)‖ for K = 1, 2, …: (K, runs)."""
    norms = abs(gradients(points[:-1]).mean(-1))
    return np.cumsum(norms, 0) / np.arange(1, len(points))[:, None]


B_of_run = np.repeat([100, 1000, 10_000], 10)
runs = algorithm_2(meta_gradients, np.full(30, -2.0), B_of_run, 10_000, random_stepsize, rng)
means = mean_norms(meta_gradients, runs)
Ks = np.geomspace(1, 10_000, 25).round().astype(int)
measured, bounds = {}, {}
for B in (100, 1000, 10_000):
    mine = B_of_run == B
    measured[B] = means[:, mine].mean(1)[Ks - 1]
    sized = wells.replace(B=B).constants
    bounds[B] = np.array([sized.bound(Delta, int(K)) for K in Ks])
    last = abs(meta_gradients(runs[9000:, mine]).mean(-1)).mean()
    factor = bounds[B][-1] / measured[B][-1]
    print(f"B = {B:6,}: bound/run at K = 10,000 {factor:.1f}; last 1,000 norms {last:.4f}")
guessed("19.bound_over_runs", bounds[1000][-1] / measured[1000][-1])

# %% [markdown]
# Ten more runs, with the theorem's own sizes for $\varepsilon=0.1$:

# %%
sizes = theory.complexity(wells.constants, 0.1, Delta)
start, batch = np.full(10, -2.0), np.full(10, sizes["B"])
own_run = algorithm_2(meta_gradients, start, batch, sizes["K"], random_stepsize, rng)
run = mean_norms(meta_gradients, own_run)[-1].mean()
bound = wells.replace(B=sizes["B"]).constants.bound(Delta, sizes["K"])
print(f"K = {sizes['K']:,}, B = {sizes['B']:,}: bound {bound:.3f}, runs {run:.4f}")

# %% [markdown]
# No single factor (next figure): once gradients are small, and until noise stops them, the runs'
# mean falls like $1/K$, the bound like $1/\sqrt K$. Is the theorem loose, then?
#
# **The ramp** is a loss chosen for $K$. Its slope is constant over $K$ steps, which lower
# $\mathcal L$ by 1; then it levels out to a minimum as abruptly as $L=\rho=1$ allow. One task with
# $b=\sigma=0$, $N=1$, $B=10^9$, and $C_\beta=100$, where Lemma 11's 4 costs little:

# %%
factors = {}
for K in (10_000, 1000, 100):
    ramp = extremals.ramp_of_two_sets(alpha_L=1 / 8, steps=1, K=K)
    ramp_run = np.concatenate([w for w, _ in batches.run(ramp)])
    run = abs(ramp.meta_gradient_at(ramp_run[:-1])).mean()
    bound = ramp.constants.bound(ramp.meta_loss(ramp.w) - ramp.lower_bound, K)
    factors[K] = bound / run
    print(f"K = {K:6,}: run {run:.4f}, bound {bound:.4f}, factor {factors[K]:.3f}")
steepest = abs(meta_gradients(np.linspace(-np.pi, np.pi, 1001)).mean(-1)).max()
figures.runs(Ks, measured, bounds, steepest, ramp.tasks[0].outer, ramp_run, factors)

# %% [markdown]
# *Figure: wells with $C_\beta=4$, means of ten runs; ramps with $C_\beta=100$, each $K$ with its
# own. Left, a bound above the grey line says nothing; the smallest factors on the right, near
# $K=50$, lie there.*
#
# As $K$ grows, $L_w$ tends to $A$ and $\Delta$ to 1: the slope is about $\sqrt{C_\beta A/K}$, the
# bound $\sqrt{\chi\Delta/(\theta K)}=\sqrt{A/(\kappa K)}$, and the factor tends to
# $1/\sqrt{C_\beta\kappa}=1.01$. So the rate $1/\sqrt K$ is real. But this says nothing
# about one fixed loss as $K$ grows.
#
# **A sceptic asks: with inner steps this short, is it still MAML?** On the wells, from joint
# training's best start, then from MAML's:

# %%
tried = np.linspace(-np.pi, np.pi, 6283)
adapted = wells.meta_loss(tried[:, None])
mean_loss = wells.mean(lambda task: task.outer.value(tried[:, None]))
best, joint = adapted.argmin(), mean_loss.argmin()
for start in joint, best:
    print(f"at {tried[start]:.2f}: mean loss {mean_loss[start]:.4f}, adapted {adapted[start]:.4f}")

# %% [markdown]
# Adaptation lowers the loss by a tenth, choosing the start *for* it by 0.3% more: on these wells
# it is **nearly joint training.**
#
# ## Theorem 2 on one page

# %%
one_page(here, lesson=19, claims=("one step", "sum", "bound"))

# %% [markdown]
# ## Was the guess needed?
#
# Take lesson 15's wave, $\frac14w^2-\frac12\cos w$, with one inner step of $\alpha=\frac18$, from
# $w=6{,}000$ to $|w|\le0.1$. Steps of $1/L_w$, new at each point:

# %%
wave = instance([Wave(h=0.5, k=0.5)], alpha=1 / 8, steps=1, w=6000.0)


def descend(beta):
    """How many steps of beta(point) it takes, and how many of them go up."""
    point, taken, up = wave, 0, 0
    while abs(point.w[0]) > 0.1:
        after = point.replace(w=point.w - beta(point) * point.meta_gradient)
        up += after.meta_loss(after.w) > point.meta_loss(point.w)
        point = after
        taken += 1
    return taken, up


taken, _ = descend(lambda point: 1 / point.smoothness)
print(f"at the start 1/L_w = {1 / wave.smoothness:.5f}; {taken} steps")

# %% [markdown]
# > **Predict.** How many steps does a constant $\beta=0.458$ take? (For "they diverge" write
# > 1,000,000.)

# %%
guess("19.iterations_of_a_constant_step", 1_000_000)

# %%
taken, up = descend(lambda point: 0.458)
print(f"{up} of them go up")
guessed("19.iterations_of_a_constant_step", taken)

# %% [markdown]
# At the start 0.458 is about a hundred times $1/L_w$, and no step goes up: **here the guess was
# not needed.** Why? One task, exact gradients, $w^+=w-\beta\nabla\mathcal L(w)$. Let $\tilde w_N$
# and $\tilde w_N^+$ be the ends of the paths from $w$ and $w^+$, and $g=\nabla l(\tilde w_N)$.
#
# - $\nabla\mathcal L(w)=D^{\mathsf T}g$: $D$ has the $N$ factors $I-\alpha H_j$ of lesson 08.
# - $\tilde w_N^+-\tilde w_N=\bar D(w^+-w)$: $\bar D$ has $N$ factors $I-\alpha\bar H_j$, where
#   $\bar H_j$ is the mean Hessian between the two paths' points, *however far apart they are*.
#
# Write $d=\tilde w_N^+-\tilde w_N$ and $Z=\bar DD^{\mathsf T}$, so that $d=-\beta Zg$:
#
# | | $\mathcal L(w^+)-\mathcal L(w)$ | why |
# |---|---|---|
# | (1) | $\le\langle g,d\rangle+\frac L2\lVert d\rVert^2$ | A1: descent lemma of $l$ |
# | (2) | $=-\beta\langle g,Zg\rangle+\frac L2\beta^2\lVert Zg\rVert^2$ | $d=-\beta Zg$ |
# | (3) | $\le[-\beta(1-\Vert Z-I\Vert)+\frac L2\beta^2\Vert Z\Vert^2]\,\Vert g\Vert^2$ | norms |
# | (4) | $\le$ *yours* | $Z$ has $2N$ factors, each within $\alpha L$ of $I$ |
# | (5) | $\le0$ | if $\beta$ is small enough; $=0$ where $g=0$ |
#
# Line (4) then is a negative number times
# $\lVert g\rVert^2\ge\lVert\nabla\mathcal L\rVert^2/a^{2N}$: summed, the steps bound the mean of
# $\lVert\nabla\mathcal L\rVert^2$ at once, without $L_w$.
#
# **Exercise 19.constant** *(give a bound)*. Fill line (4), and solve it. Return, from
# $a=1+\alpha L$ and $C_l=2-a^{2N}$, the largest number such that line (4) is negative, where
# $g\ne0$, for every positive $\beta$ below it.

# %%
# exercise 19.constant
def largest_beta(C_l, a, L, N):
    """Every β below it descends where g ≠ 0, by lines (1) to (4). C_l > 0."""
    ### BEGIN SOLUTION
    return 2 * C_l / (L * a ** (4 * N))
    ### END SOLUTION

# %%
check("19.constant")

# %%
one_task = theory.RESULTS["constant_stepsize"].evaluate(wave)["one task"]
print(f"first step: 𝓛 changes by {one_task.lhs:,.0f} <= {one_task.rhs:,.0f}, line (4)")

# %% [markdown]
# On the wave line (4) is negative below $\beta=0.917$, and lowest at half of it, 0.458. No $\rho$,
# and no smoothness of $\mathcal L$: the curvature of $\mathcal L$ may ripple; its *slope*, in
# one dimension, keeps the sign of $l'$.

# %%
def slopes_of(problem, line):
    task = problem.tasks[0].outer.gradient(line[:, None])[:, 0]
    return dict(w=line, task=task, meta=problem.meta_gradient_at(line[:, None])[:, 0])


stretch = np.linspace(600, 640, 800)
inside = slopes_of(wave, stretch)
beyond = slopes_of(wave.replace(alpha=1.5), stretch)
figures.slopes(inside, beyond, C_l=2 - 1.125**2)

# %% [markdown]
# *Figure: one loss, two $\alpha$. Left, the strip is Lemma 7's (lesson 16). Right, where the slope
# is negative a step goes right, and on the whole $\mathcal L$ rises that way.*
#
# **Exercise 19.small** *(break it)*. "On one task a constant step, if it is small enough,
# raises $\mathcal L$ from no $w$." Not where $C_l<0$, as here: the same wave,
# $l(w)=\frac14w^2-\frac12\cos w$, again one inner step, but $\alpha=1.5$. So $\mathcal L(w)=l(w_1)$
# with $w_1=w-1.5\,l'(w)=\frac14w-\frac34\sin w$, that is,
#
# $$\mathcal L(w)=\tfrac14\big(\tfrac14w-\tfrac34\sin w\big)^2
# -\tfrac12\cos\big(\tfrac14w-\tfrac34\sin w\big).$$
#
# For each $\beta$ in $(0,0.1]$ find a $w$ at which the step raises $\mathcal L$ by at least 1.

# %%
# exercise 19.small
def bad_start(beta):
    """0 < beta <= 0.1 -> w with 𝓛(w − β𝓛′(w)) ≥ 𝓛(w) + 1, where α = 1.5, N = 1."""
    ### BEGIN SOLUTION
    return 2 * np.pi * round(64 / (2 * np.pi * beta))
    ### END SOLUTION

# %%
check("19.small")

# %% [markdown]
# Why 64 in the course's answer? At multiples of $2\pi$
# $\mathcal L'(w)=-\frac12\,l'(\frac w4)\approx-\frac w{16}$: at $w\approx64/\beta$ the step goes
# outward and is about 4 long. After a way $s$ outward $w_1$ has grown by
# $\frac s4-\frac34\sin s$, which is negative at first, positive from $s=2.3$ on; and
# $\mathcal L\approx\frac14w_1^2$.
#
# For any $\beta>0$ some multiple of $2\pi$ is large enough. **No descent lemma holds at all $w$
# for any constant $\beta$ on this task.** (We have not shown that a whole run fails.)
#
# ## One constant for all tasks
#
# Line (1) holds for each task. Line (2) fails: $d_i=-\beta\bar D_i\bar G$, where $\bar G$ contains
# other tasks' gradients, and $\bar D_i$ depends on the batch, as $w^+$ does. Put $D_i$ for
# $\bar D_i$: they differ by at most $2(a^N-1)$, at every $w$ and for every batch. Is the
# cost of that small beside $\lVert\nabla\mathcal L\rVert$?
#
# - *Far*: the mean query gradient is large beside $\sigma$ and the $b_i$. So is
#   $\lVert\nabla\mathcal L\rVert$, and the cost is a share of the descent. $L_w$, which has no
#   bound here, is not used.
# - *Near*: $\nabla\mathcal L$ may vanish where single tasks' gradients do not; nothing is small
#   beside 0. But gradients are bounded, and so is $L_w$, say by $\Lambda$: Theorem 2's lines serve,
#   with $\Lambda$ for $L_w$.
#
# **Theorem 3.** Assume of losses, tasks and batches what Theorem 2 does; and let $\alpha$ be so
# small and $B$ so large that far off a positive share $\eta_0$ of the descent is left (at
# $\alpha=1/(8NL)$, $B\ge3$ is enough). Take *one* $\beta$ for all steps, up to a number known
# before the run. Then the mean *square* has a bound that falls like $1/K$, down to batch noise:
#
# $$\frac1K\sum_{k<K}\mathbb E\lVert\nabla\mathcal L(w_k)\rVert^2\le
# \frac{2\Delta}{\eta_0\beta K}+\frac{\Lambda\beta A_{squ2}}{\eta_0B}.$$
#
# Constants, the largest $\beta$, proof: [appendix](appendix_19_constant.ipynb).
#
# *In tinymaml: `theory/results/theorem_3.py`, `near`.*
#
# Both theorems on three such waves, which differ by added slopes: $\alpha=\frac18$, $N=1$,
# $b_i=0.2$, $\sigma=\sqrt{2/3}$, $C_\beta=4$, from $w=6{,}000$. Theorem 2 bounds the mean norm;
# Theorem 3 the root mean square, and so, by Jensen, the mean.

# %%
def random_on_waves(w, rng):
    X = np.choose(rng.integers(3, size=len(w)), abs(query_gradients(w)).T)
    return 1 / (waves.C_beta * (waves.constants.A + waves.constants.C_meta * X))


def constant_stepsize(w, rng):
    return ours.beta


waves = three_waves(B=20)
ours = theory.RESULTS["theorem_3"].stepsize(waves)
gap = waves.meta_loss(waves.w) - waves.lower_bound
bound_2 = waves.constants.bound(gap, 10_000)
bound_3 = np.sqrt(2 * gap / (ours.eta_0 * ours.beta * 10_000) + ours.noise)
print(f"β = {ours.beta:.3f}")
print(f"Theorem 2: mean norm at most {bound_2:,.0f}")
print(f"Theorem 3: root mean square, and so the mean, at most {bound_3:,.0f}")

# %%
print("K = 10,000, ten runs          mean  root mean square  norm ≥ 1")
for stepsize, B in (random_on_waves, 20), (constant_stepsize, 20), (constant_stepsize, 1):
    start, batch = np.full(10, 6000.0), np.full(10, B)
    wave_run = algorithm_2(wave_gradients, start, batch, 10_000, stepsize, rng)
    norms = abs(wave_gradients(wave_run[:-1]).mean(-1))
    large = (norms >= 1).sum(0).mean()
    root = np.sqrt((norms**2).mean())
    name = f"{stepsize.__name__}, B = {B}"
    print(f"{name:26} {norms.mean():7.1f} {root:17.0f} {large:9,.0f}")

# %% [markdown]
# Of the mean norm Theorem 2's bound is more than six times the run's, Theorem 3's about fifty
# times; of the root mean square, which is what it bounds, about twice. At $B=1$ Theorem 3 promises
# nothing, as $\eta_0<0$ (appendix); its run does hardly worse.
#
# > **What goes wrong in practice**
# >
# > - **The gradient norm stalls, and more iterations do not help.** That is the term $\varphi/B$.
# >   Test: ten times $B$ divides the last norms by about $\sqrt{10}$.
# > - **The logged norm is too large.** In PyTorch `clip_grad_norm_` returns $\lVert\bar G\rVert$:
# >   its mean square is $\lVert\nabla\mathcal L\rVert^2$ plus the variance over $B$.
#
# ## Back to the question
#
# Yes, at a random one of $K$ steps: there the expected gradient norm is at most $Q+\sqrt{\chi Q}$,
# and $K$ and $B$ of the order $\varepsilon^{-2}$ make that $\varepsilon$. On the wells 16,508 steps
# with 4,477 tasks guarantee 0.1; the runs were at 0.0018.
#
# For small $\alpha$ and large batches no guess is needed; on the waves a constant $\beta$ is far
# quicker. But at $\alpha L=1.5$ there is a task on which every constant $\beta$ raises
# $\mathcal L$ from some points.
#
# You can now take a proof of convergence line by line, say what each line costs, and find out by a
# run whether that cost is real.
#
# *Sources.* K. Ji, J. Yang & Y. Liang, JMLR 23 (2022): Theorem 2 and Corollary 2; constants
# re-derived here. The constant stepsizes, the ramp and 19.small are this course's own.
#
# **Next:** 20. What becomes of a path when each inner step uses a fresh sample?
#
# ## A blank page
#
# *(About 40 minutes, apart from the lesson's; nothing later builds on it.)*
#
# **Exercise 19.theorem** *(a blank page)*. Write Theorem 2's step as code, the page above closed:
# `one_step(part)` returns a list of lines, each a pair `(number, reason)`. The first is
# `(part.change, "start")`; the last has the number `part.end`; none is below the one before it.
# The parts, all of them numbers:
#
# | `part.` | |
# |---|---|
# | `change` | $\mathbb E\,\mathcal L(w^+)-\mathcal L(w)$ |
# | `end` | $-\theta\Vert\nabla\mathcal L\Vert^2/(\Vert\nabla\mathcal L\Vert+\chi)+\varphi/B$ |
# | `beta_slope` | $\mathbb E[\beta\langle\nabla\mathcal L,\bar G\rangle]$ |
# | `beta2_square` | $\mathbb E[\beta^2\Vert\bar G\Vert^2]$ |
# | `beta`, `beta2` | $\mathbb E[\beta]$, $\mathbb E[\beta^2]$ |
# | `slope` | $\langle\nabla\mathcal L,\mathbb E\bar G\rangle$ |
# | `square` | $\mathbb E\Vert\bar G\Vert^2$ |
# | `grad`, `each2` | $\Vert\nabla\mathcal L\Vert$, $\mathbb E_i\Vert\nabla\mathcal L_i\Vert^2$ |
# | `query_grad` | $\Vert\nabla l_T(w)\Vert$, of the mean query gradient |
# | `sigma`, `spread` | $\sigma$, $\sigma+a^N(a^N-1)\,b$ |
# | `L_w`, `A`, `C_meta`, `C_l` | $L_w$, $A$, $C_{\mathcal L}$, $C_l$ |
# | `C_beta`, `B`, `A_squ1`, `A_squ2` | $C_\beta$, $B$, $A_{squ1}$, $A_{squ2}$ |
# | `kappa`, `phi`, `theta`, `chi` | $\kappa$, $\varphi$, $\theta$, $\chi$ of Theorem 2 |
#
# The reasons, in no particular order:
#
# | reason | the number |
# |---|---|
# | `"A2"`: $L_w\le A+C_{\mathcal L}(\Vert\nabla l_T(w)\Vert+\sigma)$ | may grow |
# | `"L_w >= A"`, `"Lemma 10"`, `"Proposition 4"`, `"Proposition 5"` | may grow |
# | `"Lemma 11 (mean)"`, `"Lemma 11 (second moment)"` | may grow |
# | `"fresh stepsize"`, `"independent tasks"`, `"unbiased"` | stays |
# | `"drop"`: leave out a term that is not positive | grows |
# | `"rewrite"`: algebra, and the definitions of $\kappa$, $\varphi$, $\theta$, $\chi$ | stays |
#
# The first ten are facts; a line uses one of them. `check` runs your lines on hidden instances, all
# outcomes enumerated, and then on made-up numbers for which all facts hold except one: there each
# line that names this fact has to turn false, and no other may.

# %%
# exercise 19.theorem: a blank page
### BEGIN SOLUTION
def one_step(part):
    grad2 = part.grad**2
    half = part.L_w / 2
    noise = part.phi / part.B
    unit = 1 / (part.C_beta * part.L_w)
    variance = (part.each2 - grad2) / part.B
    square = grad2 + part.each2 / part.B
    bounded = grad2 + (part.A_squ1 * grad2 + part.A_squ2) / part.B
    far = part.A + part.C_meta * (part.query_grad + part.sigma)
    farther = part.A + part.C_meta * (part.grad + part.spread) / part.C_l
    return [
        (part.change, "start"),
        (-part.beta_slope + half * part.beta2_square, "Proposition 4"),
        (-part.beta * part.slope + half * part.beta2 * part.square, "fresh stepsize"),
        (-part.beta * grad2 + half * part.beta2 * part.square, "unbiased"),
        (-part.beta * grad2 + half * part.beta2 * (grad2 + variance), "independent tasks"),
        (-part.beta * grad2 + half * part.beta2 * square, "drop"),
        (-unit * grad2 + half * part.beta2 * square, "Lemma 11 (mean)"),
        (-unit * grad2 + half * 4 * unit**2 * square, "Lemma 11 (second moment)"),
        (-unit * grad2 + half * 4 * unit**2 * bounded, "Proposition 5"),
        ((-part.kappa * grad2 + part.A * noise) / part.L_w, "rewrite"),
        (-part.kappa * grad2 / part.L_w + noise, "L_w >= A"),
        (-part.kappa * grad2 / far + noise, "A2"),
        (-part.kappa * grad2 / farther + noise, "Lemma 10"),
        (part.end, "rewrite"),
    ]
### END SOLUTION

# %%
check("19.theorem")

# %% [markdown]
# Your lines as numbers, even unfinished, on two tasks (one at rest: $\beta$ takes two values):
#
# *In tinymaml: `theory/results/theorem_2.py`, `one_step`.*

# %%
two_lengths = extremals.two_point_stepsize_of_two_sets(alpha_L=0.1, steps=2).replace(B=2)
for number, (value, reason) in enumerate(one_step(parts_of(two_lengths))):
    print(f"({number:2}) {value:8.4f}  {reason}")
