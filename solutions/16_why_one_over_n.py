# %% [markdown]
# # 16 · Why 1/N
#
# **Every constant so far grows like a power of $a = 1+\alpha L$, up to $a^{3N}$: exponentially in
# the number of steps. Is that a fact about MAML, or have we been careless? And if it is a fact, how
# long may a step be when $N$ of them follow one another?**
#
# *(about 20 minutes' reading; 6 exercises, 27 minutes. You need: 14 and 15. You will be able to:
# say on which paths the exponential is real, choose $\alpha$ for $N$ steps, and say what a stepsize
# proportional to $1/N$ buys, what it costs, and when it is not needed.)*
#
# All symbols are on one page: [Notation](appendix_07_notation.ipynb).

# %%
# given
import numpy as np

import tinymaml as tm

# for you to type
from tinymaml.course import check, hint, restore, solution, status, use
from tinymaml.course import engine, guess, guessed
from tinymaml.course.figures import lesson_16 as figures
from tinymaml.course.given.student import students_proof
from tinymaml.problems import CosineWells, Sinusoids, networks
from tinymaml.theory import RESULTS, ConditionFailed, FiniteSumConstants, extremals, families
from tinymaml.theory.table import show

# True: the network at the end runs on the engine that you wrote in lessons 01 to 05
OWN = False
E = engine(OWN)

# %% [markdown]
# ## A needle
#
# Lesson 08 met needles: two tasks whose slopes and curvatures never exceed 1, and after 40 steps a
# meta-loss with a slope of four million. Here is one, close up: the task is $l(w)=\cos w$, with
# $L=1$ and a hill top at $w=0$; the meta-loss is $\mathcal L(w) = l(\tilde w_N)$, the loss after
# $N$ steps from $w$.
#
# On the top no step moves, whatever $N$ is. One step of $\alpha=0.5$ from
# $w=1.12$ ends half-way down, at $\pi/2$.
#
# > **Predict.** From which $w>0$ do ten steps end half-way down?

# %%
guess("16.half_width_for_10_steps", 0.3)

# %%
# given
def trajectory(w, alpha, steps, s=0.0):
    """Steps on cos w − s w from w, a number or an array. -> the points, w first

    s: a slope; so far there is none.
    """
    points = [w]
    for _ in range(steps):
        points.append(points[-1] + alpha * (np.sin(points[-1]) + s))
    return np.array(points)


starts = np.linspace(-1.5, 1.5, 801)
losses = {n: np.cos(trajectory(starts, 0.5, n)[-1]) for n in (1, 5, 10)}
right = starts >= 0
# where the loss is 0: np.interp wants rising numbers, and the loss falls
half_way = np.interp(0, -losses[10][right], starts[right])
figures.needle(starts, losses, half_way)
guessed("16.half_width_for_10_steps", half_way)

# %% [markdown]
# *Figure: the needle keeps its height, and becomes narrower with each step.* Call that start the
# **half width**: 0.23 for $N=5$, 0.031 for $N=10$. Plotting will not do for $N=40$.
#
# **Exercise 16.needle** *(write it)*. Find the half width, to six digits, with `trajectory`. No
# grid is fine enough.

# %%
# exercise 16.needle
def half_width(alpha, steps):
    """The w in (0, π/2] from which the steps on cos w end at π/2. 0 < alpha <= 1; steps >= 0."""
    ### BEGIN SOLUTION
    low, high = 0.0, np.pi / 2
    for _ in range(200):
        middle = (low + high) / 2
        if trajectory(middle, alpha, steps)[-1] < np.pi / 2:
            low = middle
        else:
            high = middle
    return middle
    ### END SOLUTION

# %%
check("16.needle")

# %% [markdown]
# (Later cells run your answers. To read on without one: `use("16.needle")`, in a cell of its own;
# likewise for the others.)

# %%
for n in (1, 5, 10, 20, 40):
    width = half_width(0.5, n)
    print(f"N = {n:2d}   half width {width:.3g}   times 1.5^N: {width * 1.5**n:.3f}")

# %% [markdown]
# A step multiplies a small distance from the top by $a = 1.5$, and so each further step makes a
# narrow needle 1.5 times narrower. Of the starts in $[-\pi,\pi]$, one in 19 million lies on the
# needle of $N=40$. A constant for *all* $w$ must count the needle; a run need not meet it.
#
# ## How sharp is it?
#
# Where $l'(w)=0$ the path stands still, and the curvature of $\mathcal L$ can be computed by hand.
# Write $h$ for $l''(w)$, $z$ for $\tilde w_N$ as a function of $w$, and primes for derivatives.
#
# | | | why |
# |---|---|---|
# | (1) | $\tilde w_j = w$ for all $j$ | $l'(w) = 0$: no step moves |
# | (2) | $z' = (1-\alpha h)^N$ | lesson 08: the factors multiply; here all are the same |
# | (3) | $\mathcal L' = z'\,l'(z)$ | chain rule |
# | (4) | $\mathcal L'' = z''\,l'(z) + (z')^2\,l''(z)$ | product rule, chain rule |
# | (5) | *yours* | (1): $l'(z) = 0$ and $l''(z) = h$; then (2) |
#
# **Exercise 16.curvature** *(write it)*. Line (5), as code. `curvature` is $h$, of either sign.

# %%
# exercise 16.curvature
def meta_curvature(curvature, alpha, steps):
    """𝓛'' at a point where l' = 0 and l'' = curvature, after that many steps of size alpha."""
    ### BEGIN SOLUTION
    return curvature * (1 - alpha * curvature) ** (2 * steps)
    ### END SOLUTION

# %%
check("16.curvature")

# %% [markdown]
# *In tinymaml: `theory/figures.py`, `curvature_at_rest`.*
#
# On the hill top $h=-L$, and your line says $\mathcal L''(0) = -L\,(1+\alpha L)^{2N} = -L\,a^{2N}$.
# Proposition 1 (lesson 15) allows $L_w = a^{2N}L + C_{\mathcal L}\lvert l'(w)\rvert$, with
# $C_{\mathcal L}=\tfrac{\rho}{L}a^{2N-1}(a^N-1)$, and $l'(0)=0$. So $a^{2N}L$ is **attained**: no
# smaller number in its place holds for every loss with this $L$.
#
# > **Predict.** Now the bowl $w^2/2$, with the same $L$, $\rho=0$, $\alpha=0.5$ and $N=5$. How many
# > times the truth is Proposition 1's bound there?

# %%
guess("16.bound_over_truth_on_the_bowl", 10)

# %%
instances = {
    "hill top": extremals.cosine_near_its_maximum(0.5, 5, distance=1e-6),
    "bowl": extremals.convex_quadratic(0.5, 5),
}
for name, case in instances.items():
    chain = RESULTS["proposition_1"].evaluate(case)["lipschitz"]
    apart = abs(case.w - case.u)[0]
    print(f"{name:8s}  curvature of 𝓛 {chain.lhs / apart:.5g}, bound {chain.rhs / apart:.5g}")
guessed("16.bound_over_truth_on_the_bowl", chain.rhs / chain.lhs)

# %% [markdown]
# On the bowl each of the $2N$ factors is 0.5 where the bound has 1.5: $3^{10} = 59{,}049$.
# Assumption A1, $\lVert\nabla^2 l\rVert \le L$, does not know a hill from a bowl, and its worst
# case is the hill.
#
# ## Must the path stand still?
#
# A student concludes: "It is the *resting* on the top that explodes. Without a stationary point
# there is no needle: where $\lvert l'\rvert\ge1$ everywhere, the path runs over the hills and
# away."
#
# **Exercise 16.washboard** *(break it)*. Tilt the cosine into a washboard: $l(w)=\cos w - s\,w$.
# Choose $s$ so that indeed $\lvert l'\rvert\ge1$ everywhere, and yet $\mathcal L''(0) = -a^{2N}$
# for every $N$.

# %%
# exercise 16.washboard
def slope(alpha):
    """s, for each alpha in (0, 1]: |l'| >= 1 everywhere, and 𝓛''(0) = −a^2N for every N."""
    ### BEGIN SOLUTION
    return 2 * np.pi / alpha
    ### END SOLUTION

# %%
check("16.washboard")

# %%
s = slope(0.5)
from_top = trajectory(0.0, 0.5, 10, s)
from_beside = trajectory(0.05, 0.5, 10, s)
print(f"s = {s:.2f}: the slope is at least {abs(s) - 1:.2f} everywhere")
print("the two apart:", np.abs(from_beside - from_top).round(2))
figures.washboard(from_top, from_beside, s)

# %% [markdown]
# *Figure: left, the loss; beside its slope the ripples are too small to be seen. Right, the same
# steps with the slope taken out. Each step from a top lands on a top (dots); a start 0.05 beside it
# (rings) strays by half as much again with each step, until it is far from the tops.*
#
# Line (5) holds without (1): on each top $l''=-1$, and $l'''=0$, so that no step adds to $z''$.
# With $z''(0)=0$ the first term of line (4) vanishes, although $l'(z)=-s$. Of Proposition 1's $L_w$
# only the part $a^{2N}L$ is attained here.
#
# The washboard is not bounded below. The ridge $\log(1+e^{-x})+\cos y$ is: it is nowhere below −1.
# It has no stationary point either (it falls for ever as $x$ grows), and a path on $y=0$ stays on
# the ridge, so that line (5) holds for the direction $y$: $\partial_y^2\mathcal L=-a^{2N}$. As long
# as $\alpha L\le2$, only steps that meet negative curvature stretch, and **the product of the
# factors explodes only if enough steps do,** at rest or not.
#
# Are convex tasks safe, then, with one $\alpha$ for all $N$? *Quadratic* bowls are: on them line
# (5) holds everywhere, and $\lambda(1-\alpha\lambda)^{2N}\le\lambda$ for each eigenvalue, if
# $\alpha<2/L$. Next comes a convex loss that is no quadratic, with $L=\rho=1$. Its slope is nearly
# constant, 10,000, and $l''=0$ except for teeth: just ahead of each point of one path, $l''$ rises
# at the rate $\rho$ to 0.0001 and falls back. We measure
# $\lvert\nabla\mathcal L(w)-\nabla\mathcal L(u)\rvert/\lvert w-u\rvert$ for the start $w$ of that
# path and a $u$ on the first tooth, with $\alpha=0.5$.
#
# > **Predict.** By what factor does that grow from $N=1$ to $N=40$?

# %%
guess("16.growth_on_a_convex_task", 1)

# %%
curvatures = {}
for n in (1, 10, 40):
    teeth = extremals.convex_teeth(0.5, n, slope=10_000)
    chain = RESULTS["proposition_1_sharp"].evaluate(teeth)["convex"]
    apart = abs(teeth.w - teeth.u)[0]
    curvatures[n] = chain.lhs / apart
    print(f"N = {n:2d}   {curvatures[n]:8,.0f}   of at most {chain.rhs / apart:8,.0f}")
guessed("16.growth_on_a_convex_task", curvatures[40] / curvatures[1])

# %% [markdown]
# *In tinymaml: `theory/results/proposition_1_sharp.py`, `convex`.* For convex tasks with
# $\alpha L\le2$ it proves the bound $L + N\alpha\rho\,\lVert\nabla l(w)\rVert$, the right column,
# which the teeth nearly attain: no factor is above 1, but each changes with the start, and each
# change adds $\alpha\rho\cdot10{,}000 = 5{,}000$. Without a hill the bound is not exponential; yet
# at a fixed $\alpha$ it is **linear** in $N$, unless $\rho=0$. A bound without $N$ needs
# $\alpha\propto1/N$ here too.
#
# ## Divide by N
#
# The exponent cannot shrink; the base can: with $\alpha = c/(NL)$ it is $a = 1 + c/N$, and
#
# | | | why |
# |---|---|---|
# | (1) | $a^{2N} = (1+c/N)^{2N}$ | $\alpha L = c/N$ |
# | (2) | $\le (e^{c/N})^{2N}$ | $1 + x \le e^x$, equal only at $x=0$ |
# | (3) | $= e^{2c}$ | no $N$ left |
#
# So $a^N\le e^c$ as well, and $C_{\mathcal L}\le\tfrac{\rho}{L}e^{2c}(e^c-1)$.

# %%
steps = np.arange(1, 61)
rules = {"α = 1/8": np.full(60, 1 / 8), "α = 1/(8√N)": 1 / (8 * np.sqrt(steps))}
rules["α = 1/(8N)"] = 1 / (8 * steps)
curves = {}
for rule, alphas in rules.items():
    pairs = list(zip(alphas, steps, strict=True))
    hill = np.array([-meta_curvature(-1.0, alpha, n) for alpha, n in pairs])
    bowl = np.array([meta_curvature(1.0, alpha, n) for alpha, n in pairs])
    curves[rule] = dict(bound=(1 + alphas) ** (2 * steps), hill=hill, bowl=bowl)
    values = [f"N = {n}: {hill[n - 1]:,.3f}" for n in (1, 20, 60)]
    print(f"{rule:12s} hill top:  {'   '.join(values)}")
figures.fixed_and_divided(steps, curves)

# %% [markdown]
# *Figure: the hill top (dots) sits on the bound throughout. Left, with fixed $\alpha$, both are a
# straight line on a logarithmic axis; the bowl falls. Right, on a linear axis: with $1/\sqrt N$ the
# bound still grows; with $1/N$ it rises from 1.266 and stays below $e^{1/4} = 1.284$.*
#
# As $a^{2N} \ge 1 + 2N\alpha L$, no $\alpha$ that shrinks more slowly than $1/N$ keeps $a^{2N}$
# bounded: **for a bound from A1 alone, 1/N is not only enough but needed. For a given loss it is
# not:** see the bowl.
#
# **Exercise 16.power** *(find the false line)*. A student wants to do better than $e^c$ and
# "proves" $(1+c/N)^N \le 1+c$ for all $c>0$ and $N\ge 1$, by induction over $N$. For $N = 1$ both
# sides are equal. For $N \ge 2$, suppose it is true for $N - 1$ and *every* $c$:
#
# | | | why |
# |---|---|---|
# | (0) | $(1+c/N)^N$ | what is to be bounded |
# | (1) | $= (1+c/N)\,(1+c/N)^{N-1}$ | take one factor out |
# | (2) | $= (1+c/N)\,\big(1+c'/(N-1)\big)^{N-1}$ | with $c' = c\,(N-1)/N$ |
# | (3) | $\le (1+c/N)\,(1+c')$ | the claim for $N - 1$ and $c'$ |
# | (4) | $= 1 + c + c^2 (N-1)/N^2$ | multiply out; $c/N + c' = c$ |
# | (5) | $\le 1 + c$ | the last term is of order $1/N$ and vanishes as $N$ grows |
#
# Grant the claim for $N-1$: one line still has a false reason. Give its number, and numbers `c` and
# `N` on which that line is off by at least 5% while **all lines above it are true**.

# %%
# exercise 16.power
### BEGIN SOLUTION
#: LINE = ...
#: instance = dict(c=..., N=...)
LINE = 5
instance = dict(c=1.0, N=2)
### END SOLUTION

# %%
check("16.power")

# %% [markdown]
# > **Predict.** On your instance one line is false. How many are at $N = 10$, $c = 1$?

# %%
guess("16.false_lines_at_10", 1)

# %%
proof = students_proof(c=1.0, N=10)
show(proof)
guessed("16.false_lines_at_10", len(proof.violations))

# %% [markdown]
# Line (3) trusts the claim for $N-1$, which is false by now. Unrolled down to $N = 1$, the
# induction drops a term at each stage, each of order $1/N$ at most. They add up to
# $c^2(N-1)/(2N)$, here 0.45, and the factors $1+c/N$ of the other stages enlarge that to 0.594:
# all of $(1+c/N)^N-(1+c)$. **A term of order 1/N may not be dropped from a step that is made N
# times.**
#
# ## How large may c be?
#
# Bounded is not enough. The proof bounds $\nabla\mathcal L$, and needs to conclude something about
# $\nabla l$ from it. How far apart can the two be? Here is $\nabla\mathcal L$ for 400 random tasks
# in the plane, one at a time, with $N=3$, each picture turned and scaled so that $\nabla l$ is the
# arrow (1, 0).

# %%
def turned(g, m):
    """The vector m, turned and scaled as it takes to make the vector g the arrow (1, 0)."""
    return np.array([g @ m, g[0] * m[1] - g[1] * m[0]]) / (g @ g)


rng = np.random.default_rng(0)
plain = dict(dimension=2, steps=3, tasks=1, noise=False, hessian_noise=False)
random_losses = [families.resampling(rng, **plain) for _ in range(400)]
ends = {}
for c in figures.TWO_CS:
    found = [case.replace(alpha=c / (3 * case.L)) for case in random_losses]
    ends[c] = np.array([turned(case.gradient, case.meta_gradient) for case in found])
    farthest = np.linalg.norm(ends[c] - [1, 0], axis=1).max()
    print(f"c = {c:.3f}   farthest from ∇l: {farthest:.2f}   a^2N − 1: {(1 + c / 3) ** 6 - 1:.2f}")
print(f"the dot farthest left is at {ends[c][:, 0].min():.2f}")
figures.circles(ends)

# %% [markdown]
# *Figure: no meta-gradient leaves the circle of radius $a^{2N}-1$; the hill $-w^2/2$ reaches its
# right end. Right, the circle has reached the origin: it no longer excludes that $\nabla\mathcal L$
# is zero where $\nabla l$ is not. Yet none of the 400 lies left of the bowl, at 0.46.*
#
# That this is the right circle is Lemma 7 (lesson 17): $\nabla\mathcal L = Z\,\nabla l$ with $2N$
# factors, $N$ from the product and $N$ from the way to $\tilde w_N$, each within $\alpha L$ of $I$;
# lesson 15's telescoping does the rest. So the proof wants $a^{2N}-1 < 1$, that is
# $C_l := 2 - a^{2N} > 0$.
#
# **Exercise 16.limit** *(give a bound)*. Return, as a function of $L$ and $N$ alone, the stepsize
# below which $C_l>0$ always holds: the *largest* such number.

# %%
# exercise 16.limit
def largest_alpha(L, N):
    """Every alpha in (0, largest_alpha) has C_l > 0, and no larger number has this property."""
    ### BEGIN SOLUTION
    return (2 ** (1 / (2 * N)) - 1) / L
    ### END SOLUTION

# %%
check("16.limit")

# %%
print("N         c from C_l > 0     a^2N at c = 1/8")
for n in (1, 2, 5, 20, 1000):
    print(f"{n:<6d}{n * largest_alpha(1.0, n):18.4f}{(1 + 1 / (8 * n)) ** (2 * n):20.4f}")
print(f"limits{np.log(2) / 2:18.4f}{np.exp(1 / 4):20.4f}")

# %% [markdown]
# So $c < \tfrac12\ln 2 = 0.3465\dots$ serves all $N$. (`lemma_7_sharp` counts turns and stretches
# separately: in the right picture nothing can lie left of the bowl. It allows about twice as much.)
# The classical $\alpha = 1/(8NL)$ leaves room: $C_l > 0.71$ whatever $N$ is.
#
# Is anything *wrong* beyond the limit? Take the bowl once more, $N = 1$ and $\alpha = 1/L$, so
# $c = 1$. One step lands in the minimum from everywhere: $\mathcal L = 0$, $\nabla\mathcal L = 0$,
# and $\nabla l$ may be anything. **The proof is silent, and MAML is perfect.**
#
# ## What 1/N costs
#
# From distance 2 of the bottom of a cosine's well, one step of $\alpha=2$ leaves a loss of 0.016
# above the minimum.
#
# > **Predict.** Do forty steps of $\alpha = 2/40$ leave a smaller loss, or a larger one?

# %%
guess("16.forty_steps_leave", "a smaller one", choices=("a smaller one", "a larger one"))

# %%
well = np.pi - 2
remaining = {}
for rule, total in {"2/N": 2.0, "1/(8N)": 1 / 8}.items():
    for n in (1, 8, 40):
        remaining[rule, n] = 1 + np.cos(trajectory(well, total / n, n)[-1])
    # the flow is known: tan(x/2) shrinks like e^−t, x being the distance from the bottom
    flow = 2 * np.arctan(np.exp(-total) * np.tan(1.0))
    row = [f"N = {n}: {remaining[rule, n]:.3f}" for n in (1, 8, 40)]
    print(f"α = {rule:6s}  {'  '.join(row)}  N → ∞: {1 - np.cos(flow):.3f}")
print(f"before the steps: {1 + np.cos(well):.3f}")
larger = remaining["2/N", 40] > remaining["2/N", 1]
guessed("16.forty_steps_leave", "a larger one" if larger else "a smaller one")

# %% [markdown]
# Five times larger: $N$ steps of $c/(NL)$ are **Euler's method** for the gradient flow
# $\dot w = -\nabla l(w)$, followed for the time $c/L$. $N$ divides the journey into more steps; it
# does not make it longer. With the theory's $c = 1/8$, forty steps do nearly what one does: on a
# parabola of curvature $\lambda$ they lead to $(1-c\lambda/(NL))^N w \to e^{-c\lambda/L}w$. In the
# steepest direction one step removes 12.5% of the error, and infinitely many remove 11.8%; where
# the loss is ten times flatter, either removes about 1.2%.
#
# Which $c$ is best? We take lesson 08's two wells, $N = 5$, and compare two numbers. One is Theorem
# 2's bound (lesson 19) on the gradient $\mathbb E\lVert\nabla\mathcal L\rVert$ that Algorithm 2
# reaches in 100,000 iterations with batches of 10,000 tasks. The other is the objective's own
# minimum, the loss *after adaptation* from the best start.
#
# **Exercise 16.prefers** *(predict)*. Which of $c = 0.001$, 0.1 and 0.3 has the smallest bound, and
# which of these and $c=5$, where there is no bound, the smallest loss after adaptation?

# %%
# exercise 16.prefers
### BEGIN SOLUTION
#: smallest_bound = ...  # 0.001, 0.1 or 0.3
#: smallest_loss = ...  # 0.001, 0.1, 0.3 or 5
smallest_bound = 0.001
smallest_loss = 5
### END SOLUTION

# %%
check("16.prefers")

# %%
# given
wells = CosineWells()
starts = np.linspace(-np.pi, np.pi, 721)


def bound(c):
    """Theorem 2's, on E‖∇𝓛‖, for the wells and N = 5; NaN where its conditions fail."""
    # b = b2 = 0: support and query are the same set; C_beta: the outer step is about 1/(100 L_w)
    known = dict(L=1.0, rho=1.0, sigma=np.sin(1.0), b=0.0, b2=0.0)
    constants = FiniteSumConstants(**known, alpha=c / 5, steps=5, B=10_000, C_beta=100.0)
    try:
        # the objective lies between 0 and 2
        return constants.bound(2.0, 100_000)
    except ConditionFailed:
        return np.nan


def after_adaptation(c):
    """The smallest meta-loss of the wells, N = 5."""
    return wells.meta(starts, c / 5, 5)[0].min()

# %%
for c in (0.001, 0.1, 0.3, 5):
    print(f"c = {c:5g}   bound {bound(c):6.3f}   loss after adaptation {after_adaptation(c):.3f}")
print(f"joint training: the smallest mean loss is {wells.meta(starts, 1.0, 0)[0].min():.3f}")
cs = np.geomspace(1e-3, 10, 300)
bounds = [bound(c) for c in cs]
losses = [after_adaptation(c) for c in cs]
figures.bound_and_loss(cs, bounds, losses, limit=5 * largest_alpha(1.0, 5))

# %% [markdown]
# *Figure: the bound rises with $c$ from its first value on, and ends where $C_l$ nears 0 (grey).
# More than half of the loss's fall lies in the grey; at $c=5$, $\alpha$ is $1/L$.*
#
# As $c \to 0$ the objective becomes joint training: smooth, easy to descend, and blind to what MAML
# is for. The theorem says how fast a small gradient of $\mathcal L$ is found, not whether that
# $\mathcal L$ is *worth* minimising. **The bound prefers less adaptation: it does not see how low
# $\mathcal L$ lies.** Choose $c$ by the loss on new tasks.
#
# ## And a network?
#
# Twelve waves, and a network of two tanh layers at its random start. First each task's largest
# curvature there, by lesson 07's power iteration; $L$ is at least that. Then the size of the
# meta-gradients, for three rules: a fixed $\alpha = 0.02$, a fixed 0.1, and $0.1/N$.
#
# > **Predict.** For how many of the three rules is the median meta-gradient at $N = 20$ at most ten
# > times that at $N = 1$?

# %%
guess("16.rules_that_survive", 1)

# %%
def mse(p, x, y):
    return E.mean(E.square(networks.forward(p, x, E.tanh) - y))


params = networks.initial(np.random.default_rng(0), (1, 20, 20, 1), np.float64)
net = E.Loss(mse, params)
w = net.flatten(params)
waves = Sinusoids(shots=10).sample(np.random.default_rng(1), 12)
found = []
for support in zip(*waves.inner, strict=True):
    v = np.random.default_rng(0).standard_normal(w.size)
    for _ in range(30):
        direction = v / np.linalg.norm(v)
        v = net.hvp(w, direction, *support)
    found.append(direction @ v)
print(f"largest curvature at the start: from {min(found):.0f} to {max(found):.0f}")

# %%
survive = 0
rules = {"0.02": lambda n: 0.02, "0.1": lambda n: 0.1, "0.1/N": lambda n: 0.1 / n}
for rule, alpha in rules.items():
    sizes = {}
    for n in (1, 5, 20):
        settings = dict(alpha=alpha(n), steps=n, per_task=True, target="numpy")
        gradients = tm.meta_gradient(net, w, waves, **settings).gradients
        sizes[n] = np.median(np.linalg.norm(gradients, axis=1))
    survive += sizes[20] <= 10 * sizes[1]
    print(f"α = {rule:6s}" + "".join(f"   N = {n}: {size:7.2g}" for n, size in sizes.items()))
print(f"α = 0.02 and N = 20: c = αNL is at least {0.02 * 20 * max(found):.1f}")
guessed("16.rules_that_survive", survive)

# %% [markdown]
# $0.1/N$ survives, and so does a fixed 0.02, with $c$ above 25 where the proof allows 0.35. At 0.1
# the first step overshoots (lesson 00): the curvature is positive, and $1-\alpha\lambda$ is below
# −4. Dividing by $N=20$ cures that too; so does one smaller $\alpha$, at this start and this $N$.
#
# > **What goes wrong in practice**
# >
# > - **"The theory says 1/(8NL)", and nothing adapts.** For the network above and $N=20$ it is at
# >   most 0.0001; 0.02 kept the meta-gradient small. Test: the loss on new tasks, before and after
# >   the steps.
# > - **"More inner steps did not help."** With $\alpha\propto1/N$ they hardly can: the same
# >   journey, in smaller steps. Test: compare at fixed $\alpha$, or compare $c$.
# > - **A scan over a grid finds no needle.** In JAX, `jax.vmap(jax.hessian(meta_loss))` sees only
# >   its own points, and at $N=40$ one start in 19 million lies on the needle. Test: a start from
# >   which every step meets a hill, as in 16.washboard.
#
# ## Back to the question
#
# It is a fact: $\mathcal L'' = -L\,a^{2N}$ on a hill top, and on the washboard, where nothing
# rests; no bound from A1 can be lower. With $L=1$, after 60 steps of 1/8, that is 1.4 million. With
# $\alpha = c/(NL)$ it is at most $Le^{2c}$ for every $N$, at $c=1/8$ 1.284 times $L$;
# $C_{\mathcal L}$ is bounded too; and $c < 0.3465$ keeps a task's meta-gradient from vanishing
# where its gradient does not. A guarantee from $L$ and $\rho$ alone needs $1/N$, and that is
# **all** that $1/N$ is. Quadratic bowls and the network at 0.02 did without it, and it has a price:
# more steps lead no farther. You can now choose $\alpha$ for $N$ steps, and tell a guarantee of
# smoothness from a promise to adapt.
#
# *Sources.* K. Ji, J. Yang & Y. Liang, JMLR 23 (2022): α of order 1/N, for N-step MAML; constants
# re-derived here. The washboard, the ridge and the teeth are this course's own.
#
# **Next:** 17 Two sets, one path. A task adapts on one set of data and is judged on another: what
# is left of $\nabla\mathcal L = Z\,\nabla l$?
