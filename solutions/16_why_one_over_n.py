# %% [markdown]
# # 16 · Why 1/N
#
# **Every constant so far is a power of $a = 1+\alpha L$, up to $a^{2N}$: exponential in the number
# of steps. Is that a fact about MAML, or have we been careless? And if it is a fact, how long may a
# step be when $N$ of them follow one another?**
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
# On the top no step moves, whatever $N$ is. From beside it the steps lead down; one step of
# $\alpha=0.5$ from $w=1.1$ ends half-way down, at $\pi/2$.
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
half_way = np.interp(0, -losses[10][right], starts[right])
figures.needle(starts, losses)
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
    print(f"N = {n:2d}   half width {width:.2g}   times 1.5^N: {width * 1.5**n:.3f}")

# %% [markdown]
# A step multiplies a small distance from the top by $a = 1.5$, and so each further step makes the
# needle 1.5 times narrower. Of the starts in $[-\pi,\pi]$, one in 19 million lies on the needle of
# $N=40$. A constant for *all* $w$ must count the needle; a run need not meet it.
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
# Proposition 1 (lesson 15) allows $L_w = a^{2N}L + C_{\mathcal L}\lvert l'(w)\rvert$, and
# $l'(0)=0$. The bound is **attained**: no smaller number holds for every loss with this $L$.
#
# > **Predict.** Now the bowl $w^2/2$, with the same $L$, $\alpha=0.5$ and $N=5$. How many times the
# > truth is Proposition 1's bound there?

# %%
guess("16.bound_over_truth_on_the_bowl", 10)

# %%
instances = {
    "hill top": extremals.cosine_near_its_maximum(0.5, 5, distance=1e-6),
    "bowl": extremals.convex_quadratic(0.5, 5),
}
for name, case in instances.items():
    chain = RESULTS["proposition_1"].evaluate(case)["lipschitz"]
    print(f"{name:8s}  gradients of 𝓛 differ by {chain.lhs:.5g}, at most by {chain.rhs:.5g}")
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
# The washboard is not bounded below. The ridge $\log(1+e^{-x})+\cos y$ is: it is nowhere below −1.
# It has no stationary point either (it falls for ever as $x$ grows), and a path on $y=0$ stays on
# the ridge, so that line (5) holds for the direction $y$: $\partial_y^2\mathcal L=-a^{2N}$. As long
# as $\alpha L\le2$, only steps that meet negative curvature stretch, and **what explodes is a path
# whose steps all meet negative curvature,** at rest or not. A start that leaves the hills leaves
# the growth behind. Two layers without tanh,
# $\tfrac14\lVert ww^{\mathsf T}-yy^{\mathsf T}\rVert^2$, have a saddle at 0, with curvature
# $-\lVert y\rVert^2$ along $y$; training ends near the minima $\pm y$, where line (5) shrinks.
#
# Are convex tasks safe, then, with one $\alpha$ for all $N$? *Quadratic* bowls are: on them line
# (5) holds everywhere, and $\lambda(1-\alpha\lambda)^{2N}\le\lambda$ for each eigenvalue, if
# $\alpha<2/L$. Next comes a convex loss that is no quadratic: its slope is nearly constant, 10,000,
# but at each point of one path its curvature rises, like a tooth, at the rate $\rho=1$. We measure
# $\lvert\nabla\mathcal L(w)-\nabla\mathcal L(u)\rvert/\lvert w-u\rvert$ from the start $w$ of that
# path, with $\alpha=0.5$.
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
# change adds $\alpha\rho\cdot10{,}000 = 5{,}000$. Without a hill nothing is exponential; yet at a
# fixed $\alpha$ it is **linear** in $N$, unless $\rho=0$. A constant without $N$ wants
# $\alpha\propto1/N$ here too.
#
# ## Divide by N
#
# The exponent cannot be had smaller. The base can: with $\alpha = c/(NL)$ it is $a = 1 + c/N$, and
#
# | | | why |
# |---|---|---|
# | (1) | $a^{2N} = (1+c/N)^{2N}$ | $\alpha L = c/N$ |
# | (2) | $\le (e^{c/N})^{2N}$ | $1 + x \le e^x$, equal only at $x=0$ |
# | (3) | $= e^{2c}$ | no $N$ left |

# %%
steps = np.arange(1, 61)
rules = {"α = 1/8": 0 * steps + 1 / 8, "α = 1/(8√N)": 1 / (8 * np.sqrt(steps))}
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
# straight line on a logarithmic axis; the bowl falls. Right, an axis from 1.26 to 1.29: with $1/N$
# the values rise from 1.266 towards $e^{1/4} = 1.284$ and never reach it; with $1/\sqrt N$ they
# leave the picture at once.*
#
# As $a^{2N} \ge 1 + 2N\alpha L$, no $\alpha$ that shrinks more slowly than $1/N$ keeps $a^{2N}$
# bounded: **for the bound, 1/N is not only enough but needed.**
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
# One line has a false reason; another can be false as well, but only because it trusts what the
# false one "proved". Give the number of the first kind, and numbers `c` and `N` on which that line
# is off by at least 5% while **all lines above it are true**.

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
# At $N = 10$ the induction hypothesis has failed long before. Unrolled down to $N = 1$, the
# induction drops a term at each stage. Each is "negligible", of order $1/N$ at most, and together
# they are *all* of $(1+c/N)^N-(1+c)$, which tends to $e^c-1-c$. **A term of order 1/N may not be
# dropped from a step that is made N times.**
#
# ## How large may c be?
#
# Bounded is not enough. The proof bounds $\nabla\mathcal L$, and needs to conclude something about
# $\nabla l$ from it. How far apart can the two be? Here is $\nabla\mathcal L$ for 400 random losses
# in the plane, $N=3$, each picture turned and scaled so that $\nabla l$ is the arrow (1, 0).

# %%
def turned(g, m):
    """The vector m, turned and scaled as it takes to make the vector g the arrow (1, 0)."""
    return np.array([g @ m, g[0] * m[1] - g[1] * m[0]]) / (g @ g)


rng = np.random.default_rng(0)
plain = dict(dimension=2, steps=3, tasks=1, noise=False, hessian_noise=False)
random_losses = [families.resampling(rng, **plain) for _ in range(400)]
ends = {}
for c in (0.15, 3 * (2 ** (1 / 6) - 1)):
    found = [x.replace(alpha=c / (3 * x.L)) for x in random_losses]
    ends[c] = np.array([turned(x.gradient, x.meta_gradient) for x in found])
    farthest = np.linalg.norm(ends[c] - [1, 0], axis=1).max()
    print(f"c = {c:.3f}   farthest from ∇l: {farthest:.2f}   a^2N − 1: {(1 + c / 3) ** 6 - 1:.2f}")
figures.circles(ends)

# %% [markdown]
# *Figure: no meta-gradient leaves the circle of radius $a^{2N}-1$; the hill $-w^2/2$ reaches its
# right end. Right, the circle has reached the origin: it no longer excludes that $\nabla\mathcal L$
# is zero where $\nabla l$ is not.*
#
# That this is the right circle is Lemma 7 (lesson 17). In short: $\nabla\mathcal L = Z\,\nabla l$
# with $2N$ factors, $N$ from the product and $N$ from the way to $\tilde w_N$, each within
# $\alpha L$ of $I$; lesson 15's telescoping does the remainder. So the proof wants $a^{2N}-1 < 1$,
# that is $C_l := 2 - a^{2N} > 0$.
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
print("N         c from C_l > 0     c from the sharper C* > 0      a^2N at c = 1/8")
for n in (1, 2, 5, 20, 1000):
    c_plain, c_sharp = n * largest_alpha(1.0, n), n * np.sin(np.pi / (4 * n))
    print(f"{n:<6d}{c_plain:18.4f}{c_sharp:26.4f}{(1 + 1 / (8 * n)) ** (2 * n):24.4f}")
print(f"limits{np.log(2) / 2:18.4f}{np.pi / 4:26.4f}{np.exp(1 / 4):24.4f}")

# %% [markdown]
# So $c < \tfrac12\ln 2 = 0.3465\dots$ serves all $N$. A sharper lemma (`lemma_7_sharp`), which
# counts turns and stretches separately, allows 0.707 for one step and more for more steps, towards
# $\pi/4 \approx 0.785$. The classical $\alpha = 1/(8NL)$ leaves room: $C_l > 0.71$ whatever $N$ is.
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
# Five times larger. $N$ steps of $c/(NL)$ are **Euler's method** for the gradient flow
# $\dot w = -\nabla l(w)$, followed for the time $c/L$. $N$ divides the journey into more steps; it
# does not make it longer. With the theory's $c = 1/8$, forty steps do nearly what one does: on a
# parabola of curvature $\lambda$ they lead to $(1-c\lambda/(NL))^N w \to e^{-c\lambda/L}w$. In the
# steepest direction one step removes 12.5% of the error, and infinitely many remove 11.8%; where
# the loss is ten times flatter, either removes about 1.2%.
#
# Which $c$ is best? We take lesson 08's two wells, $N = 5$, all constants certified, and Theorem
# 2's bound (lesson 19) on the gradient $\mathbb E\lVert\nabla\mathcal L\rVert$ that Algorithm 2
# reaches in 100,000 iterations of 10,000 tasks each. Beside it stands the objective's own minimum,
# the loss *after adaptation* from the best start.
#
# **Exercise 16.prefers** *(predict)*. Which of the three $c$ has the smallest bound, and which of
# the four $c$ the smallest loss after adaptation?

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
cs = np.geomspace(1e-3, 14, 300)
bounds = [bound(c) for c in cs]
losses = [after_adaptation(c) for c in cs]
figures.bound_and_loss(cs, bounds, losses, limit=5 * largest_alpha(1.0, 5))

# %% [markdown]
# *Figure: the bound rises with $c$ from its first value on, and ends where $C_l$ nears 0 (grey).
# Most of the loss's fall lies in the grey; at $c=5$, $\alpha$ is $1/L$. Right of the dotted line,
# $c>10$, a step is longer than $2/L$ and overshoots (lesson 00): the paths bounce about, and by
# $c=14$ the best start leaves 0.40.*
#
# As $c \to 0$ the objective becomes joint training: smooth, easy to descend, and useless for what
# MAML is for. The theorem says how fast a small gradient of $\mathcal L$ is found, not whether that
# $\mathcal L$ is *worth* minimising. **A bound on $\nabla\mathcal L$ alone prefers less
# adaptation;** every constant in it grows with $c$. Choose $c$ by the loss on new tasks.
#
# ## And a network?
#
# Twelve waves, and a network of two tanh layers at its random start. First $L$ there, by lesson
# 07's power iteration, then the size of the meta-gradients, by three rules: a fixed
# $\alpha = 0.02$, a fixed 0.1, and $0.1/N$.
#
# > **Predict.** By how many of the three is the median meta-gradient at $N = 20$ at most ten times
# > that at $N = 1$?

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
        v = net.hvp(w, v / np.linalg.norm(v), *support)
    found.append(np.linalg.norm(v))
print(f"L at the start: from {min(found):.0f} to {max(found):.0f}")

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
smallest, largest = 0.02 * 20 * min(found), 0.02 * 20 * max(found)
print(f"α = 0.02 and N = 20: c = αNL is {smallest:.0f} to {largest:.0f}")
guessed("16.rules_that_survive", survive)

# %% [markdown]
# $0.1/N$ survives, and so does a fixed 0.02, with $c$ above 20 where the proof allows 0.35. What
# explodes at 0.1 is no hill: $\alpha L$ is above 5, and this is overshooting (lesson 00), to the
# power $N$. Dividing by $N$ cures that too; so does one smaller $\alpha$, at this start and up to
# this $N$.
#
# > **What goes wrong in practice**
# >
# > - **"The theory says 1/(8NL)", and nothing adapts.** That stepsize keeps the worst case smooth.
# >   For the network above and $N=20$ it is 0.0001; 0.02 worked. Test: the loss on new tasks,
# >   before and after the steps.
# > - **"More inner steps did not help."** With $\alpha\propto1/N$ they hardly can: the same
# >   journey, in smaller steps. Test: compare at fixed $\alpha$, or compare $c$.
# > - **Training stalls, and the logged norm is always the clip value.** In PyTorch
# >   `clip_grad_norm_` after a mean over tasks hides that one task's product exploded and sets the
# >   direction alone. Test: log the *largest* norm of a task's meta-gradient, before clipping.
# > - **A scan finds no needle, and one run in thousands ends in NaN.** In JAX,
# >   `jax.vmap(jax.hessian(meta_loss))` over a grid sees only its own points. Test: a start from
# >   which every step meets a hill, as in 16.washboard.
#
# ## Back to the question
#
# It is a fact: $\mathcal L'' = -L\,a^{2N}$ on a hill top, and on the washboard, where nothing
# rests; no proof from A1 can do better. After 60 steps of 1/8 that is 1.4 million. With
# $\alpha = c/(NL)$ it is at most $L e^{2c}$ for every $N$, at $c=1/8$ 1.284; slower rates are not
# enough; and $c < 0.3465$ keeps $\nabla\mathcal L$ and $\nabla l$ together. That is **all** that
# $1/N$ is: sufficient, for the sake of smoothness, against losses of which nothing but $L$ and
# $\rho$ is known. Quadratic bowls and the network at 0.02 did without, and it is paid for: $N$
# steps of $c/(NL)$ are a flow of time $c/L$. You can now choose $\alpha$ for $N$ steps, and tell a
# guarantee of smoothness from a promise to adapt.
#
# *Sources.* K. Ji, J. Yang & Y. Liang, JMLR 23 (2022): α of order 1/N, for N-step MAML; constants
# re-derived here. The washboard, the ridge and the teeth are this course's own.
#
# **Next:** 17 Two sets, one path. A task adapts on one set of data and is judged on another: what
# is left of $\nabla\mathcal L = Z\,\nabla l$?
