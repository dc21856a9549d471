# %% [markdown]
# # 16 · Why 1/N
#
# **The constants of lessons 14 and 15 grow like powers of $a = 1+\alpha L$, exponentially in the
# number $N$ of steps. Is that a fact about MAML, or have we been careless? And if it is a fact, how
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

# for you to type
from tinymaml.course import check, hint, restore, solution, status, use
from tinymaml.course import guess, guessed
from tinymaml.course.figures import lesson_16 as figures
from tinymaml.course.given.student import students_proof
from tinymaml.problems import CosineWells
from tinymaml.theory import ConditionFailed, FiniteSumConstants, families

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

    s: the tilt, 0 until the washboard.
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
# *Figure: the ring marks the start from which ten steps end half-way down.* Call that start the
# **half width**: 0.23 for $N=5$, 0.031 for $N=10$. Plotting will not do for $N=40$.
#
# **Exercise 16.needle** *(write it)*. Find the half width, to six significant digits, with
# `trajectory`. No grid is fine enough.

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
# Proposition 1 (lesson 15) allows $L_w = a^{2N}L + C_{\mathcal L}\lVert\nabla l(w)\rVert$, and here
# $l'(0)=0$. So the part $a^{2N}L$ is **attained**: no smaller number in its place holds for every
# loss with this $L$. Lesson 15's sawtooth shows the same of the other part,
# $C_{\mathcal L}=\tfrac{\rho}{L}a^{2N-1}(a^N-1)$.
#
# > **Predict.** Now the bowl $w^2/2$, with the same $L$, $\rho=0$, $\alpha=0.5$ and $N=5$. How many
# > times the truth is Proposition 1's bound there?

# %%
guess("16.bound_over_truth_on_the_bowl", 10)

# %%
# Proposition 1's bound, as l' = 0; L = 1, and so a = 1.5
bound_at_rest = 1.5**10
hill_top = meta_curvature(-1.0, 0.5, 5)
bowl = meta_curvature(1.0, 0.5, 5)
print(f"bound {bound_at_rest:.5g}; curvature of 𝓛: hill top {hill_top:.5g}, bowl {bowl:.5g}")
guessed("16.bound_over_truth_on_the_bowl", bound_at_rest / bowl)

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
# *Figure: the steps on the washboard, with the tilt taken out. Dots: from a top each step lands on
# a top. Rings: from 0.05 beside the first top, nine steps lead past half-way down.*
#
# With $s=2\pi/\alpha$ a step is $w+\alpha\sin w+2\pi$: the cosine's own step, in a frame that moves
# on by one period. So the paths are the needle's, and just as few starts stay near the tops. Line
# (5) holds without (1), as on each top $l''=-1$, and $l'''=0$: no step adds to $z''$, and the first
# term of line (4) is 0. But by line (3) the slope of $\mathcal L$ is $-s\,a^N$, here −725 at
# $N=10$: a cliff in place of the peak.
#
# A loss that is bounded below cannot keep $\lvert l'\rvert\ge1$, but it need not have a stationary
# point: $\log(1+e^{-x})+\cos y$ falls for ever as $x$ grows, and at $y=0$ it is the hill top in
# $y$, whatever $x$ is. As long as $\alpha L\le2$, only steps that meet negative curvature stretch,
# and **the product of the factors explodes only if enough steps meet it,** at rest or not.
#
# Bowls are safe: on a quadratic one, line (5) holds everywhere, and
# $\lambda(1-\alpha\lambda)^{2N}\le\lambda$ for each eigenvalue $\lambda$ if $\alpha<2/L$. On other
# convex tasks, with $\alpha L\le2$, no factor stretches: each is at most 1, where Proposition 1's
# proof has $a$. Its $(a^N-1)/L$ is $\alpha(1+a+\dots+a^{N-1})$, a sum over such products, and
# becomes $N\alpha$. That leaves $L + N\alpha\rho\,\lVert\nabla l(w)\rVert$: linear in $N$, not
# exponential.
# *In tinymaml: `theory/results/proposition_1_sharp.py`, `convex`.*
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
# So $a^N\le e^c$ as well, and $C_{\mathcal L}\le\tfrac{\rho}{L}e^{2c}(e^c-1)$; $e^{2c}$ is the
# limit for large $N$, which no $N$ attains. The literature takes $c=1/8$. Here is that, beside a
# fixed $\alpha$ and one in between, on the cosine's hill top, where $L=1$. The curvature of
# $\mathcal L$ is *measured*: the slope $\mathcal L'$ just beside the top, over the distance.

# %%
def meta_gradient(w, alpha, steps):
    """𝓛' of the task cos w: the slope at the end, times a factor for each step."""
    points = trajectory(w, alpha, steps)
    return -np.sin(points[-1]) * np.prod(1 + alpha * np.cos(points[:-1]))


steps = np.arange(1, 61)
rules = {"α = 1/8": np.full(60, 1 / 8), "α = 1/(8√N)": 1 / (8 * np.sqrt(steps))}
rules["α = 1/(8N)"] = 1 / (8 * steps)
measured = {}
for rule, alphas in rules.items():
    pairs = zip(alphas, steps, strict=True)
    slopes = np.array([meta_gradient(1e-7, alpha, n) for alpha, n in pairs])
    # 𝓛'(0) = 0
    measured[rule] = np.abs(slopes / 1e-7)
    values = [f"N = {n}: {measured[rule][n - 1]:.4g}" for n in (1, 20, 60)]
    print(f"{rule:12s} hill top:  {'   '.join(values)}")
bowl = [meta_curvature(1.0, 1 / 8, n) for n in steps]
figures.fixed_and_divided(steps, rules, measured, bowl)

# %% [markdown]
# *Figure: the measured dots sit on both bounds. Left, with fixed $\alpha$, the bound is a straight
# line on a logarithmic axis, and the bowl falls. Right, on a linear axis from 1.26 to 1.29: with
# $1/(8N)$ the bound rises towards $e^{1/4} = 1.284$. The rule $1/(8\sqrt N)$ is not drawn: its
# printed values grow.*
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
# | (5) | $\le 1 + c$ | the last term is a correction of second order |
#
# Grant the claim for $N-1$: one line still does not follow from its reason. Give its number, and
# numbers `c` and `N` on which that line is off by at least 5% while **all lines above it are
# true**.

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
for number, line in enumerate(proof.lines):
    verdict = "  false: less than the line above" if number in proof.violations else ""
    print(f"({number})  {line.value:.4f}{verdict}")
guessed("16.false_lines_at_10", len(proof.violations))

# %% [markdown]
# Line (3) trusts the claim for $N-1$, which is already false. Unrolled down to $N = 1$, the
# induction drops a term at each stage, each of order $1/N$ at most. They add up to
# $c^2(N-1)/(2N)$, here 0.45, and the factors $1+c/N$ of the other stages enlarge that to 0.594:
# all of $(1+c/N)^N-(1+c)$. **A term of order 1/N may not be dropped from a step that is made N
# times.**
#
# Turned round, the student's claim is Bernoulli's inequality: $a^{2N} \ge 1 + 2N\alpha L$. On the
# hill top of $\cos w$ the curvature of $\mathcal L$ *is* $-a^{2N}$. So no $\alpha$ that shrinks
# more slowly than $1/N$ keeps it bounded: **for a bound from $L$ and $\rho$ that does not grow with
# $N$, 1/N is sufficient and necessary. A given loss may not need it:** see the bowl.
#
# ## How large may c be?
#
# Bounded is not enough. Proposition 1's $L_w$ contains $\lVert\nabla l(w)\rVert$, while a step of
# the outer loop sees $\nabla\mathcal L$. So the proof has to bound the one by the other.
#
# First for one task. An inner step changes its gradient to
# $\nabla l(\tilde w_{j+1})=(I-\alpha\bar H_j)\,\nabla l(\tilde w_j)$, with $\bar H_j$ the mean
# Hessian along the step. With lesson 08's product,
#
# $$\nabla\mathcal L=\Big[\prod_j(I-\alpha H_j)\Big]\nabla l(\tilde w_N)
# =\Big[\prod_j(I-\alpha H_j)\Big](I-\alpha\bar H_{N-1})\cdots(I-\alpha\bar H_0)\,\nabla l(w)
# = Z\,\nabla l(w),$$
#
# and the matrix $Z$ has $2N$ factors, each within $\alpha L$ of $I$. Two things follow:
# $\lVert\nabla\mathcal L-\nabla l\rVert\le(a^{2N}-1)\lVert\nabla l\rVert$, by lesson 15's
# telescoping; and $\lVert\nabla\mathcal L\rVert\ge(1-\alpha L)^{2N}\lVert\nabla l\rVert$ if
# $\alpha L\le1$, as no factor leaves less than $1-\alpha L$ of a length. Here are 400 random losses
# in the plane (quadratics, sums of cosines, of log cosh, logistic), each the only task, with $N=3$.
# Each is turned and scaled so that $\nabla l$ is the arrow (1, 0).

# %%
def turned(gradient, vector):
    """The vector, turned and scaled in the way that makes the gradient the arrow (1, 0)."""
    g, v = gradient, vector
    return np.array([g @ v, g[0] * v[1] - g[1] * v[0]]) / (g @ g)


rng = np.random.default_rng(0)
# one task without noise: ∇𝓛 is exact
exact = dict(dimension=2, steps=3, tasks=1, noise=False, hessian_noise=False)
random_losses = [families.resampling(rng, **exact) for _ in range(400)]
ends = {}
# with N = 3, the second c makes a^2N = 2, to four digits
for c in (1 / 8, 0.3674):
    cases = [case.replace(alpha=c / (3 * case.L)) for case in random_losses]
    ends[c] = np.array([turned(case.gradient, case.meta_gradient) for case in cases])
    farthest = np.linalg.norm(ends[c] - [1, 0], axis=1).max()
    shortest = np.linalg.norm(ends[c], axis=1).min()
    stretched, shrunk = (1 + c / 3) ** 6, (1 - c / 3) ** 6
    print(f"c = {c:.3f}   farthest from ∇l: {farthest:.3f}   a^6 − 1:    {stretched - 1:.3f}")
    print(f"            shortest ∇𝓛:      {shortest:.3f}   (1 − αL)^6: {shrunk:.3f}")
figures.circles(ends)

# %% [markdown]
# *Figure: no ∇𝓛 ends outside the black circle around the tip of ∇l, and none inside the dashed one
# around the origin. The hill $-w^2/2$ attains the first bound, the bowl the second. Right, the
# black circle reaches the origin; the dashed one still keeps the dots away from it.*
#
# So, for this, one task needs no $1/N$: while $\alpha<1/L$, its $\nabla\mathcal L$ vanishes only
# where $\nabla l$ does. But the theorem is about a *mean* over tasks, $\nabla\mathcal L = \mathbb
# E_i\,Z_i\nabla l_i$. Take two: at one $w$ let a bowl have the slope 1.649, and a hill the slope
# −1.

# %%
alpha = 1 / 24
# of the bowl and the hill with L = 1, for N = 3 and c = 1/8
Z = np.array([(1 - alpha) ** 6, (1 + alpha) ** 6])
slopes = np.array([Z[1] / Z[0], -1])
meta_slopes = Z * slopes
for k, task in enumerate(("bowl", "hill")):
    print(f"{task}   l': {slopes[k]:6.3f}   Z: {Z[k]:.3f}   𝓛': {meta_slopes[k]:6.3f}")
print(f"mean   l': {slopes.mean():6.3f}              𝓛': {abs(meta_slopes.mean()):6.3f}")
bound_of_mean = (Z[1] - 1) * slopes.std() / (2 - Z[1])
print(f"σ at this w: {slopes.std():.3f}; the bound below: |l'| ≤ {bound_of_mean:.3f}")

# %% [markdown]
# The bowl shrinks its slope, the hill stretches its own, and the two cancel: the mean
# $\nabla\mathcal L$ is 0, and the mean $\nabla l$ is not. **A bound on a difference survives the
# mean; a lower bound on a length does not.** With A2's $\sigma$ (lesson 13),
#
# $$\lVert\nabla l\rVert \le \lVert\nabla\mathcal L\rVert + \lVert\nabla\mathcal L-\nabla l\rVert
# \le \lVert\nabla\mathcal L\rVert + (a^{2N}-1)\,\mathbb E_i\lVert\nabla l_i\rVert
# \le \lVert\nabla\mathcal L\rVert + (a^{2N}-1)(\lVert\nabla l\rVert+\sigma).$$
#
# Solved for $\lVert\nabla l\rVert$, that is Lemma 7 (lesson 17):
# $\lVert\nabla l\rVert \le \big(\lVert\nabla\mathcal L\rVert + (a^{2N}-1)\,\sigma\big)/C_l$, with
# $C_l := 2 - a^{2N}$, **provided that $C_l>0$.**
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
# So $c < \tfrac12\ln 2$ serves all $N$. The literature's $c=1/8$ leaves room: $C_l > 0.71$ for
# every $N$.
#
# Is anything *wrong* beyond the limit? Not necessarily: $C_l>0$ is what this way of solving needs.
# Take the bowl once more, as the only task, with $N = 1$ and $\alpha = 1/L$, so that $c = 1$. One
# step lands in the minimum from every start: $\mathcal L = 0$, $\nabla\mathcal L = 0$, and
# $\nabla l$ may be anything. **The proof is silent, and MAML is perfect.**
#
# ## What 1/N costs
#
# Stay on the bowl $w^2/2$, with $c=1$. One step of $\alpha=1$ removes all of the distance to the
# minimum.
#
# > **Predict.** What fraction of the distance do forty steps of $\alpha = 1/40$ leave?

# %%
guess("16.left_after_forty_steps", 0.0)

# %%
for c in (1, 1 / 8):
    left = [f"N = {n}: {(1 - c / n) ** n:.4f}" for n in (1, 5, 40)]
    print(f"c = {c:5g}, left:  {'   '.join(left)}   e^−c: {np.exp(-c):.4f}")
guessed("16.left_after_forty_steps", (1 - 1 / 40) ** 40)

# %% [markdown]
# More than a third. Where a bowl has the curvature $\lambda$, $N$ steps leave $(1-c\lambda/(NL))^N
# \to e^{-c\lambda/L}$ of the distance, and for $c\le1$ that rises with $N$: dividing by $N$ cuts
# the journey into more steps and never lengthens it. (They are Euler's method for the gradient flow
# $\dot w=-\nabla l(w)$, followed for the time $c/L$.) With $c = 1/8$ one step removes 12.5% of the
# distance in the steepest direction, and forty remove 11.8%.
#
# Which $c$ is best? We take lesson 08's two wells, $L=1$ and $N = 5$, and compare two numbers. One
# is a guarantee, Theorem 2 (lesson 19): the expected size of $\nabla\mathcal L$, at a random one of
# 100,000 outer steps, is at most a bound computed from $\alpha$, $N$ and the constants of the
# tasks. Each outer step draws $B=10{,}000$ tasks, and its stepsize is about $1/(C_\beta L_w)$, with
# $C_\beta=100$. The other number is the objective's minimum: the loss *after adaptation* from the
# best start.
#
# **Exercise 16.prefers** *(predict)*. Which of $c = 0.001$, 0.1 and 0.3 has the smallest bound? And
# which of these and $c=5$ has the smallest loss after adaptation?

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
all_starts = np.linspace(-np.pi, np.pi, 721)


def bound(c):
    """Theorem 2's bound on E‖∇𝓛‖, for the wells and N = 5; NaN where its conditions fail."""
    # sigma: how far the tasks' gradients differ; b = b2 = 0: support and query are the same set
    tasks = dict(L=1.0, rho=1.0, sigma=np.sin(1.0), b=0.0, b2=0.0)
    try:
        constants = FiniteSumConstants(**tasks, B=10_000, C_beta=100.0, alpha=c / 5, steps=5)
        # the objective lies between 0 and 2
        return constants.bound(2.0, 100_000)
    except ConditionFailed:
        return np.nan


def after_adaptation(c):
    """The smallest meta-loss of the wells, N = 5."""
    return wells.meta(all_starts, c / 5, 5)[0].min()

# %%
for c in (0.001, 0.1, 0.3, 5):
    value = "none " if np.isnan(bound(c)) else f"{bound(c):.3f}"
    print(f"c = {c:5g}   bound {value}   loss after adaptation {after_adaptation(c):.3f}")
# no steps: joint training
print(f"without adaptation: {wells.meta(all_starts, 1.0, 0)[0].min():.3f}")
cs = np.geomspace(1e-3, 5, 300)
bounds = [bound(c) for c in cs]
lowest = [after_adaptation(c) for c in cs]
figures.bound_and_loss(cs, bounds, lowest, limit=5 * largest_alpha(1.0, 5))

# %% [markdown]
# *Figure: the bound rises with $c$, and ends where $C_l$ nears 0 (grey). More than half of the
# loss's fall lies in the grey; at the dotted lines $\alpha$ is $1/L$.*
#
# As $c \to 0$ the objective becomes joint training: smooth, easy to descend, and blind to what MAML
# is for. The theorem says how fast a small gradient of $\mathcal L$ is found, not whether that
# $\mathcal L$ is *worth* minimising. **The bound prefers less adaptation: it does not see how low
# $\mathcal L$ lies.** Choose $c$ by the loss on new tasks, from $1/8$ up to $N$, where
# $\alpha=1/L$.
#
# > **What goes wrong in practice**
# >
# > - **"The theory says 1/(8NL)", and adaptation hardly changes the loss.** On a bowl such steps
# >   remove at most an eighth of the distance, whatever $N$ is. Test: the loss on new tasks, before
# >   and after the steps.
# > - **"More inner steps did not help."** On a bowl, with $\alpha=c/(NL)$ and $c\le1$, they cannot.
# >   Test: compare at fixed $\alpha$.
# > - **One task's meta-gradient is a thousand times as long as the others'.** Its path may run over
# >   hills. Test: how far does it stretch a small change of the start? In JAX,
# >   `jax.jvp(adapt, (w,), (v,))[1]` for a random vector `v`, with `adapt` the task's $N$ steps. If
# >   no step meets negative curvature, and $\alpha L\le2$, the result is no longer than `v`.
#
# ## Back to the question
#
# It is a fact: $\mathcal L'' = -L\,a^{2N}$ on a hill top, and on the washboard, where nothing
# rests; with $L=1$, after 60 steps of 1/8, that is 1.4 million. $C_{\mathcal L}$ is attained by
# lesson 15's sawtooth. With $\alpha = c/(NL)$ both are bounded for every $N$, $a^{2N}$ by $e^{2c}$,
# which is 1.284 at $c=1/8$; and $c < \tfrac12\ln2\approx0.3466$ makes $C_l$ positive, which keeps
# the mean gradient in reach of the meta-gradient, up to $\sigma$. A guarantee from $L$ and $\rho$
# alone needs $1/N$. Quadratic bowls do without it, and it has a price: on a bowl, with $c\le1$,
# more steps lead no farther. You can now choose $\alpha$ for $N$ steps, and tell a guarantee of
# smoothness from a promise to adapt.
#
# *Sources.* K. Ji, J. Yang & Y. Liang, JMLR 23 (2022): α of order 1/N, for N-step MAML; constants
# re-derived here. The washboard is this course's own.
#
# **Next:** 17 Two sets, one path. A task adapts on one set of data and is judged on another: what
# is left of $\nabla\mathcal L = Z\,\nabla l$?
