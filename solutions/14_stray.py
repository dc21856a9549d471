# %% [markdown]
# # 14 · How far can a trajectory stray?
#
# **Start two copies of gradient descent a hair apart, at w and at u, on the same loss. After N steps, how far apart can they be? And how far can one
# of them be from where it started?**
#
# *(about 30 minutes' reading; 6 exercises. You need: 08, 13. You will be able to: bound whatever N steps of gradient descent can do, say when the
# bound is reached and where it is loose, and tell from a line of a proof what breaks when an assumption goes.)*
#
# All symbols on one page: [Notation](appendix_07_notation.ipynb).

# %%
# given
import numpy as np

from tinymaml import theory
from tinymaml.course import check, hint, restore, solution, status, use     # for you to type
from tinymaml.course import engine, guess, guessed, mark_guess, style
from tinymaml.theory import extremals
from tinymaml.theory.table import show

OWN = False                         # True: the network below runs on the engine that you wrote in lessons 01 to 05
E = engine(OWN)


def descend(gradient, w, alpha, steps):
    """N steps of gradient descent from w (d,) -> the points, (N + 1, d)."""
    points = [np.array(w, float)]
    for j in range(steps):
        points.append(points[j] - alpha * gradient(points[j]))
    return np.array(points)


def apart(gradient, w, u, alpha, steps):
    """How far two runs are from each other after 0, 1, ..., N steps."""
    return np.linalg.norm(descend(gradient, w, alpha, steps) - descend(gradient, u, alpha, steps), axis=1)


hill = theory.CosineSum([[1.0]], [1.0], [0.0])              # cos w: a hill top at 0, valleys at ±π, L = 1

# %% [markdown]
# ## Two runs on a hill top
#
# The loss is $\cos w$, its curvature lies between −1 and 1, so L = 1. Two runs start at ±0.0005, on either side of the top.
#
# > **Predict.** α = 0.1. At the start the two are 0.001 apart. How far after N = 20 steps? And after 100?

# %%
# the distance; at the start it is 0.001
guess("14.apart_after_20_steps", 0.003)
guess("14.apart_after_100_steps", 0.011)

# %%
import matplotlib.pyplot as plt

colours = style()
plt.rcParams["figure.figsize"] = 4.8, 2.6
alpha, w, u = 0.1, [0.0005], [-0.0005]
j, distance = np.arange(101), apart(hill.gradient, w, u, alpha, 100)
fig, (left, right) = plt.subplots(1, 2, figsize=(6.4, 2.7))
grid = np.linspace(-3.6, 3.6, 200)
left.plot(grid, np.cos(grid), "-", color="0.75")
for start, colour, mark, name in ((w, "blue", "o", "from w = 0.0005"), (u, "vermilion", "s", "from u = −0.0005")):
    points = descend(hill.gradient, start, alpha, 100)[::4, 0]
    left.plot(points, np.cos(points), mark, color=colours[colour], ms=4, label=name)
left.set(title="two ways down cos w", xlabel="w", ylabel="loss", ylim=(-1.15, 1.9))
left.legend(fontsize=9, loc="upper center")
right.semilogy(j[::4], distance[::4], "o", color=colours["blue"], ms=4, label="their distance")
right.semilogy(j, 0.001 * 1.1 ** j, "--", color=colours["black"], lw=1.2, label="$0.001\\cdot 1.1^j$")
right.set(title="straight while the hill lasts", xlabel="step j", ylabel="distance")
mark_guess("14.apart_after_20_steps", right, x=20)
mark_guess("14.apart_after_100_steps", right, x=100)
right.legend(fontsize=9, loc="upper left")
plt.show()
print(f"after 20 steps {distance[20]:.5f}, after 100 steps {distance[100]:.2f}; 0.001 · 1.1^20 = {0.001 * 1.1 ** 20:.5f}")
guessed("14.apart_after_20_steps", distance[20])
guessed("14.apart_after_100_steps", distance[100])

# %% [markdown]
# *Figure: near the top the two part, and on a logarithmic axis their distance is a straight line. It leaves the line where the hill ends. The dashed
# line is what we are about to prove; no loss with L = 1 can rise above it.*
#
# ## One step, in four lines
#
# Everything in the rest of this course rests on these four lines, so take them slowly. $w_1$ and $u_1$ are the points after one step.
#
# | | | why |
# |---|---|---|
# | (0) | $\lVert w_1-u_1\rVert = \lVert (w-u)-\alpha(\nabla l(w)-\nabla l(u))\rVert$ | one step, twice, subtracted |
# | (1) | $\le \lVert w-u\rVert+\alpha\lVert\nabla l(w)-\nabla l(u)\rVert$ | triangle inequality |
# | (2) | $\le \lVert w-u\rVert+\alpha L\lVert w-u\rVert$ | **A1**: ∇l is L-Lipschitz |
# | (3) | $= a\lVert w-u\rVert$, with $a = 1+\alpha L$ | collect |
#
# The number $a$ will be in every constant from here to lesson 23. `theory.RESULTS["lemma_1"].evaluate(instance)["step"]` computes the same lines on
# any instance, each from its own definition, none from the line above. On the hill:

# %%
lemma_1 = theory.RESULTS["lemma_1"]
on_the_hill = theory.ResamplingInstance(losses=[hill], w=[0.5], u=[-0.5], alpha=0.5, steps=5)
show(lemma_1.evaluate(on_the_hill)["step"])

# %% [markdown]
# (The "slack" is what the chain as a whole gives away, last number minus first; the bars say which line gives how much of it.)
#
# > **Predict.** Now a *valley*, $\tfrac12 w^2$, with L = 1 as well, from w = 1 and u = 2. Which line will give most away, the triangle inequality or
# > A1? Think of the sign of ∇l(w) − ∇l(u) first.

# %%
guess("14.the_line_that_gives_most_away", "A1", choices=("the triangle inequality", "A1"))

# %%
show(lemma_1.evaluate(extremals.convex_quadratic(0.5, 1))["step"])
guessed("14.the_line_that_gives_most_away", "the triangle inequality")

# %% [markdown]
# In a valley the gradients pull the two *together*: line (0) subtracts, line (1) adds. The triangle inequality loses everything and A1, whose number
# $\lVert\nabla l(w)-\nabla l(u)\rVert = L\lVert w-u\rVert$ is exact here, loses nothing. On the hill it was the other way round.
#
# **Exercise 14.curvature** *(predict)*. Two runs start 1 apart on a loss of one variable whose curvature is λ everywhere: the gradients at w and u
# differ by λ(w − u). α = 0.1. How far apart are they after **one** step?

# %%
# exercise 14.curvature
### BEGIN SOLUTION
#: distance = {4: ..., 15: ..., 25: ..., -4: ..., -15: ...}             # curvature λ: distance after one step
distance = {4: 0.6, 15: 0.5, 25: 1.5, -4: 1.4, -15: 2.5}
### END SOLUTION

# %%
check("14.curvature")

# %% [markdown]
# > **Predict.** Draw the distance after one step over λ, for λ from −L to L. Where is it largest? Can a valley make two runs part at all?

# %%
guess("14.the_worst_curvature", 1.0)        # λ / L, from -1 to 1
guess("14.can_a_valley_part_them", "no", choices=("yes", "no"))

# %%
fig, axes = plt.subplots(1, 2, figsize=(6.2, 2.5), sharey=True)
for ax, aL in zip(axes, (0.5, 2.5)):
    curvature = np.linspace(-1, 1, 201)
    distance = np.abs(1 - aL * curvature)
    ax.plot(curvature, distance, "-", color=colours["blue"], label="|1 − αλ|")
    ax.axhline(1 + aL, color=colours["black"], ls="--", lw=1.2, label="a = 1 + αL")
    ax.axhline(1, color="0.6", ls=":", lw=1.2, label="neither part nor meet")
    ax.set(title=f"αL = {aL}: worst at λ = −L", xlabel="curvature λ / L")
    mark_guess("14.the_worst_curvature", ax, curve=(curvature, distance))
axes[0].set(ylabel="distance after / before", ylim=(0, 4.9))
axes[0].legend(fontsize=9, loc="upper right", bbox_to_anchor=(1, 1.06))
plt.show()
guessed("14.the_worst_curvature", curvature[distance.argmax()])
guessed("14.can_a_valley_part_them", "yes" if max(distance[curvature > 0]) > 1 else "no")

# %% [markdown]
# *Figure: a step multiplies the distance by |1 − αλ|. The bound a is the left end of the V, curvature −L. As long as αL < 2 only the part with λ < 0
# lies above 1; beyond, very steep valleys part the runs too, by overshooting.*
#
# In many variables it is the same: ∇l(w) − ∇l(u) = H̄(w − u) with the mean Hessian H̄ between the two, and a step multiplies w − u by I − αH̄. So
# Lemma 1 is about hills. **While αL < 2 it is negative curvature that makes runs part**; L enters only as a bound of how negative it can be. Keep
# that: lesson 16 turns on it.
#
# ## N steps
#
# **Exercise 14.steps** *(give a bound)*. Repeat the step j times. Return, from `alpha, L, j` and the starts' distance `d0` alone, a number that the
# distance after j steps cannot exceed on any loss with L-Lipschitz gradient. As small as you can.

# %%
# exercise 14.steps
def farthest(alpha, L, j, d0):
    """At least the distance of two runs after j steps of size alpha that started d0 apart, whatever the loss, if ∇l is L-Lipschitz."""
    ### BEGIN SOLUTION
    return d0 * (1 + alpha * L) ** j
    ### END SOLUTION

# %%
check("14.steps")

# %% [markdown]
# `check` held it against instances it knows and 2,000 it drew. That your bound survives is no proof. The proof is the four lines above, j times,
# from the last step back to the first, and that is what `["trajectory"]` shows: lines in pairs, one pair for a step.
#
# Here is a pair of runs that starts at 0.4 and 0.41, on the hill's shoulder, and ends in the valley.
#
# > **Predict.** The table begins with the *last* step, at the top. Where will the slack be lost: in the first lines or in the last ones?

# %%
guess("14.the_lines_that_lose_most", "the last ones", choices=("the first ones", "the last ones"))

# %%
from IPython.display import display

from tinymaml.theory import figures

leaving = theory.ResamplingInstance(losses=[hill], w=[0.4], u=[0.41], alpha=0.6, steps=5)
chain = lemma_1.evaluate(leaving)["trajectory"]
print("curvature at w_0 ... w_4:", *(f"{h:.2f}" for h in leaving.tasks[0].from_w.hessians[:, 0, 0]))
fig = figures.waterfall(chain)
fig.set_size_inches(7.6, 4.4)
fig.set_dpi(72)
display(fig)
guessed("14.the_lines_that_lose_most", "the first ones")

# %% [markdown]
# *Figure: two lines a step, the last step on top. Steps high on the hill (at the bottom) give little away. On the way down the curvature comes
# nearer to 0 and A1, which allows for −L, loses more. In the last step it is positive: now the triangle inequality loses as well.*
#
# **The tempting bound.** "Each step adds at most αL times the distance, so after N steps it is at most 1 + NαL times what it was." For small NαL that
# is nearly $a^N$. And a search may well make you believe it: here are 1,000 random losses, sums of twenty cosines in ten variables, with two random
# starts each, αL = 0.1 and N = 20.
#
# > **Predict.** $1.1^{20} = 6.73$ and $1+20\cdot 0.1 = 3$. How many of the 1,000 will exceed 3?

# %%
guess("14.how_many_exceed_3", 200)

# %%
rng, ratios = np.random.default_rng(0), []
for _ in range(1000):
    loss = theory.CosineSum(rng.normal(size=(20, 10)), rng.normal(size=20), rng.uniform(-np.pi, np.pi, 20))
    start = 2 * rng.normal(size=10)
    other = start + 0.1 * rng.normal(size=10)
    d = apart(loss.gradient, start, other, 0.1 / loss.L, 20)
    ratios.append(d[-1] / d[0])
print(f"of {len(ratios):,} pairs of runs {sum(r > 3 for r in ratios)} part by more than a factor 3; the largest factor is {max(ratios):.2f},"
      f" the median {np.median(ratios):.2f}")
guessed("14.how_many_exceed_3", sum(r > 3 for r in ratios))

# %% [markdown]
# None does. To be the worst, an instance has to meet curvature −L at *every* step and in just the direction in which the runs differ; random
# ones do neither. That is why this course keeps *extremals*, instances made to be bad, beside random ones. Make one.
#
# **Exercise 14.linear** *(break it)*. Submit a loss, two starts, α and N ≤ 1000 on which the distance after N steps exceeds
# $(1+N\alpha L)\lVert w-u\rVert$ by at least 5%. αL ≤ 1, so that nothing overshoots. The loss is one whose L is certified:
# `theory.Quadratic(A, c)`, which is ½(w − c)·A(w − c), `theory.CosineSum(x, c, phi)`, `theory.LogCosh(x, c, y)`. Not the `hill` itself.

# %%
# exercise 14.linear
### BEGIN SOLUTION
#: instance = dict(loss=..., w=..., u=..., alpha=..., steps=...)        # loss: theory.Quadratic(A, c), theory.CosineSum(x, c, phi), ...
instance = dict(loss=theory.Quadratic([[-1.0]], [0.0]), w=[1.0], u=[2.0], alpha=0.1, steps=20)
### END SOLUTION

# %%
check("14.linear")

# %% [markdown]
# The sentence fails at "adds": what a step multiplies is the distance that the *previous steps* have left. The binomial theorem says it in symbols,
# $(1+\alpha L)^N = 1+N\alpha L+\tbinom N2(\alpha L)^2+\dots$: the tempting bound is the first two terms.
#
# ## Take the assumption away
#
# Line (2) says A1. The loss $-w^2$ has curvature −2; let it *declare* L = 1.
#
# > **Predict.** How many of the lines (1) to (3) turn false? The last line contains L as well.

# %%
guess("14.how_many_lines_turn_false", 2)

# %%
declared = theory.Quadratic([[-2.0]], [0.0], L=1.0)
chain = lemma_1.evaluate(theory.ResamplingInstance(losses=[declared], w=[1.0], u=[2.0], alpha=0.1, steps=1))["step"]
show(chain)
guessed("14.how_many_lines_turn_false", len(chain.violations))

# %% [markdown]
# One line, the one that says A1. Line (3) is algebra: if (2) is too small, (3) is too small by equally much, and "=" holds. Nor is that luck. Here
# are 300 random cosine sums, each declaring a third of its L, three steps, and for each reason in the proofs of Lemmas 1 and 2 how often a line with
# that reason was false.

# %%
from collections import Counter

from tinymaml.theory import families

rng, false, asked = np.random.default_rng(1), Counter(), Counter()
for _ in range(300):
    x = families.resampling(rng, tasks=1, steps=3, kind="cosine sums", noise=False, hessian_noise=False)
    honest = x.tasks[0].inner
    liar = x.replace(losses=[theory.CosineSum(honest.x, honest.c, honest.phi, L=honest.L / 3)])
    for name in ("lemma_1", "lemma_2"):
        chain = theory.RESULTS[name].evaluate(liar)["trajectory"]
        for r, line in enumerate(chain.lines[1:], 1):
            key = name, line.reason, "cites " + line.cites[0] if line.cites else ""
            asked[key] += 1
            false[key] += r in chain.violations
for (name, reason, cites), count in asked.items():
    print(f"{name}  false {false[name, reason, cites]:3d} of {count}   {reason:55s} {cites}")

# %% [markdown]
# A line that cites nothing holds for all losses, honest or not. A reason that you can take away, watching its lines fail, is a reason that you
# understand.
#
# The other half of A1, "∇²l is ρ-Lipschitz", is cited nowhere above. Take *it* away: `theory.RootHessian` has the second derivative
# $-1+\min(\sqrt{|w|},\,2)$, infinitely steep at 0. Its declared ρ = 1 is untrue, its L = 1 true.
#
# > **Predict.** Two runs from 0 and 10⁻⁶. Do Lemmas 1 and 2 survive?

# %%
guess("14.which_survive", "neither", choices=("both", "Lemma 1", "Lemma 2", "neither"))

# %%
rough = theory.ResamplingInstance(losses=[theory.RootHessian()], w=[0.0], u=[1e-6], alpha=0.1, steps=10)
for name, claim in (("lemma_1", "trajectory"), ("lemma_2", "trajectory"), ("lemma_3", "lipschitz")):
    chain = theory.RESULTS[name].evaluate(rough)[claim]
    words = [f"line {r} ({chain.lines[r].reason})" for r in chain.violations]
    print(f"{name}: {'every line holds' if chain.holds else 'false: ' + ', '.join(words)}")
guessed("14.which_survive", "both")

# %% [markdown]
# Lemma 3, the next lesson's, is the first that needs ρ.
#
# ## Does descent make the gradient smaller?
#
# The second thing to know about a run is how large the gradients are that it meets. Gradient descent goes *down*; so the gradient, one feels, gets
# smaller. A run on the hill again, from w = 0.05, α = 0.3:
#
# > **Predict.** Sketch the loss and the size of the gradient over the 24 steps. At which step is the gradient largest?

# %%
guess("14.the_step_with_the_largest_gradient", 0)

# %%
run = descend(hill.gradient, [0.05], 0.3, 24)
g, steps = np.linalg.norm(hill.gradient(run), axis=1), np.arange(25)
fig, (left, right) = plt.subplots(1, 2, figsize=(6.2, 2.5))
left.plot(steps, hill.value(run), "-o", color=colours["blue"], ms=4)
left.set(title="the loss falls at every step", xlabel="step j", ylabel="cos w")
right.semilogy(steps, g, "-o", color=colours["vermilion"], ms=4, label="size of the gradient")
right.semilogy(steps, 1.3 ** steps * g[0], "--", color=colours["black"], lw=1.2, label="$1.3^j$ times the first")
right.set(title="its gradient rises first", xlabel="step j", ylabel="|∇l|", ylim=(None, 300))
mark_guess("14.the_step_with_the_largest_gradient", right, curve=(steps, g))
right.legend(fontsize=9, loc="upper right")
plt.show()
print(f"|∇l| at the start {g[0]:.3f}, largest {g.max():.3f} at step {g.argmax()}, at the end {g[-1]:.3f}")
guessed("14.the_step_with_the_largest_gradient", g.argmax())

# %% [markdown]
# *Figure: down the hill the gradient grows by the factor 1.3 a step, as fast as L = 1 allows, up to the inflection point; in the valley it shrinks.
# The loss falls all the while.*
#
# **Exercise 14.false** *(find the false line)*. A student proves the opposite, for any loss with L-Lipschitz gradient and any α ≤ 1/L:
#
# | | | why |
# |---|---|---|
# | 1 | $l(w_1) \le l(w)+\langle\nabla l(w), w_1-w\rangle+\tfrac L2\lVert w_1-w\rVert^2$ | A1, integrated from w to w₁ |
# | 2 | $= l(w)-\alpha(1-\tfrac{\alpha L}2)\lVert\nabla l(w)\rVert^2$ | the step: w₁ − w = −α∇l(w) |
# | 3 | $\le l(w)$ | αL ≤ 1 |
# | 4 | $\lVert\nabla l(w_1)\rVert\le\lVert\nabla l(w)\rVert$ | by 3 we are nearer to a minimum, where the gradient is 0 |
# | 5 | $\lVert\nabla l(w_N)\rVert\le\lVert\nabla l(w)\rVert$ | 4, N times |
#
# Say which line does not follow, and submit an instance on which it is false by at least 5% (a certified loss again, αL ≤ 1).

# %%
# exercise 14.false
### BEGIN SOLUTION
#: line = ...
#: instance = dict(loss=..., w=..., alpha=...)        # loss: theory.CosineSum(x, c, phi), theory.Quadratic(A, c), ...
line = 4
instance = dict(loss=theory.CosineSum([[1.0]], [1.0], [0.0]), w=[0.1], alpha=0.5)
### END SOLUTION

# %%
check("14.false")

# %% [markdown]
# What is true instead is **Lemma 2**: the gradient grows at most by the factor $a$ a step.
#
# **Exercise 14.order** *(order the lines)*. Here is its proof for two steps, in disorder, and one line that does not belong to it: leave that one
# out. Each line is at least as large as the one above, and every step uses one reason: the triangle inequality, A1, or that a step has the length
# α‖∇l‖ (and then 1 + αL = a). The chain unrolls from the last step to the first.
#
# | | |
# |---|---|
# | A | $a\lVert\nabla l(w_1)\rVert$ |
# | B | $\lVert\nabla l(w_1)\rVert+L\lVert w_2-w_1\rVert$ |
# | C | $a^2\lVert\nabla l(w_0)\rVert$ |
# | D | $\lVert\nabla l(w_2)\rVert$ |
# | E | $a\big(\lVert\nabla l(w_0)\rVert+L\lVert w_1-w_0\rVert\big)$ |
# | F | $\lVert\nabla l(w_1)\rVert+\lVert\nabla l(w_2)-\nabla l(w_1)\rVert$ |
# | G | $\lVert\nabla l(w_1)\rVert+\rho\lVert w_2-w_1\rVert$ |
# | H | $a\big(\lVert\nabla l(w_0)\rVert+\lVert\nabla l(w_1)-\nabla l(w_0)\rVert\big)$ |

# %%
# exercise 14.order
### BEGIN SOLUTION
#: order = [...]                      # letters, the smallest line first
order = ["D", "F", "B", "A", "H", "E", "C"]
### END SOLUTION

# %%
check("14.order")

# %% [markdown]
# The same lines as numbers, on the run of the figure:

# %%
show(theory.RESULTS["lemma_2"].evaluate(theory.ResamplingInstance(losses=[hill], w=[0.05], alpha=0.3, steps=2))["trajectory"])

# %% [markdown]
# Almost nothing is lost, since this run is near the top. Far from it, look at $\sin$: the gradient of a cosine has the size $|\sin w|\le 1$, and
# $a^N\lVert\nabla l(w)\rVert$ passes 1 after a few steps. The bound knows L and the first gradient; it does not know that hills end.
#
# ## How far from the start?
#
# The run goes $w_N-w = -\alpha\sum_{j<N}\nabla l(w_j)$. So if the gradients are bounded, the way is.
#
# **Exercise 14.stray** *(give a bound)*. How far from its start can a run be after N steps? From `alpha, L, N` and `g` = ‖∇l(w)‖ at the start
# alone, as small as you can. (The sum of a geometric series has a closed form; a loop is fine too.)

# %%
# exercise 14.stray
def farthest_from_start(alpha, L, N, g):
    """At least ‖w_N − w‖ for N steps of size alpha from w, whatever the loss, if ∇l is L-Lipschitz and ‖∇l(w)‖ = g."""
    ### BEGIN SOLUTION
    return g * ((1 + alpha * L) ** N - 1) / L
    ### END SOLUTION

# %%
check("14.stray")

# %% [markdown]
# | | | why |
# |---|---|---|
# | (1) | $\lVert w_N-w\rVert \le \alpha\sum_{j<N}\lVert\nabla l(w_j)\rVert$ | inner steps, triangle inequality |
# | (2) | $\le \alpha\sum_{j<N}a^j\lVert\nabla l(w)\rVert$ | Lemma 2 |
# | (3) | $= \frac{a^N-1}{L}\lVert\nabla l(w)\rVert$ | geometric series: $\sum_{j<N}a^j=\frac{a^N-1}{a-1}$, and $a-1=\alpha L$ |
#
# Note what the α in front does: divided by αL it leaves 1/L. Lesson 17 meets the same series for noise (Lemma 4), and lesson 22 uses these three
# lines to carry what happens on the support set over to the query set (Lemma 9).
#
# ## What goes wrong in practice
#
# Put a network's numbers into $a^N$. Twelve of Finn's waves, ten points each, the 1-40-40-1 network at its random start. L is *estimated* by power
# iteration with Hessian-vector products (lesson 13: from below, at one point, no certificate). The worst nudge of the start is found by power
# iteration too, with lesson 08's product forwards and back ($J^{\mathsf T}J$), and two runs are made from both ends of such a nudge, 10⁻⁶ long.
#
# > **Predict.** α = 0.01, Finn's, and N = 20. The estimated L are about 100. By what factor do the worst two runs really part: nearer to 3,
# > to 3,000, or to $a^{20}$, 3 million?

# %%
guess("14.how_far_the_worst_two_part", 3_000)

# %%
# given
def mse(p, x, y):
    """Mean squared error of a network with two tanh layers."""
    return E.mean(E.square(E.tanh(E.tanh(x @ p["W1"] + p["b1"]) @ p["W2"] + p["b2"]) @ p["W3"] + p["b3"] - y))


def largest(multiply, size, rounds):
    """Power iteration -> the eigenvalue of the largest absolute value (an estimate), and its direction."""
    v = np.random.default_rng(0).normal(size=size)
    for _ in range(rounds):
        v = v / np.linalg.norm(v)
        product = multiply(v)
        value, v = v @ product, product
    return value, v / np.linalg.norm(v)

# %%
from tinymaml.problems import networks
from tinymaml.problems import Sinusoids

params = networks.initial(np.random.default_rng(0), (1, 40, 40, 1), np.float64)
net = E.Loss(mse, params)
w_net, N = net.flatten(params), 20
waves = list(zip(*Sinusoids(shots=10).sample(np.random.default_rng(1), 12).inner))


def worst_nudge(wave, points, alpha):
    """The direction in which a small nudge of the start moves the end most."""
    def there_and_back(v):
        for w in (*points[:-1], *points[-2::-1]):
            v = v - alpha * net.hvp(w, v, *wave)
        return v
    return largest(there_and_back, w_net.size, 8)[1]


L = np.array([largest(lambda v: net.hvp(w_net, v, *wave), w_net.size, 40)[0] for wave in waves])
lowest = np.array([l + largest(lambda v: net.hvp(w_net, v, *wave) - l * v, w_net.size, 100)[0] for wave, l in zip(waves, L)])
print(f"estimates at the start, twelve waves: L {L.min():.0f} to {L.max():.0f}, lowest curvature {lowest.min():.0f} to {lowest.max():.0f}")

fig, axes = plt.subplots(1, 2, figsize=(6.4, 2.8), sharey=True)
worst = {}
for ax, alpha in zip(axes, (0.01, 0.05)):
    factors, rise = [], []
    for wave, l in zip(waves, L):
        gradient = lambda w: net.gradient(w, *wave)
        points = descend(gradient, w_net, alpha, N)
        nudge = worst_nudge(wave, points, alpha)
        rise.append(net.value(points[N], *wave) / net.value(w_net, *wave))
        d = apart(gradient, w_net, w_net + 1e-6 * nudge, alpha, N) / 1e-6
        factors.append(d[N])
        ax.semilogy((1 + alpha * l) ** np.arange(N + 1), "--", color=colours["black"], lw=0.8)
        ax.semilogy(d, "-", color=colours["blue"], lw=1.2)
    worst[alpha] = max(factors)
    ax.set(title=f"α = {alpha}: {'far below the bound' if max(factors) < 1000 else 'some blow up'}", xlabel="step j", xticks=range(0, N + 1, 5))
    print(f"α = {alpha}: αL = {alpha * L.min():.1f} to {alpha * L.max():.1f}; the loss falls on {sum(r < 1 for r in rise)} waves, "
          f"rises on {sum(r > 1 for r in rise)}, at most to {max(rise):.1g} times the first")
    for name, bounds in (("with L", (1 + alpha * L) ** N), ("with the lowest curvature in place of −L", (1 - alpha * lowest) ** N),
                         ("the worst two runs", np.array(factors))):
        print(f"   factor after {N} steps, {name}: {bounds.min():.2g} to {bounds.max():.2g}; above 1,000 on {(bounds > 1000).sum()} waves")
axes[0].set(ylabel="distance / the first", ylim=(0.1, 1e18))
axes[0].plot([], [], "--", color=colours["black"], lw=0.8, label="bound, L estimated")
axes[0].plot([], [], "-", color=colours["blue"], lw=1.2, label="worst two runs")
mark_guess("14.how_far_the_worst_two_part", axes[0], x=N)
axes[0].legend(fontsize=9, loc="upper left")
plt.show()
guessed("14.how_far_the_worst_two_part", worst[0.01])

# %% [markdown]
# *Figure: twelve waves. Left, the bound allows for a factor of about a million, or ten; the worst two runs end less than five times as far apart as
# they started. Right, the bound says 10¹⁵ and more, and on four of the waves the truth is not kind either.*
#
# The bound is *true* of both (as far as an estimated L goes), and says nothing useful about the left one. It has to cover every loss with this L,
# also one whose every step meets curvature −L in the direction in which the runs differ. The network's lowest curvature is a fraction of L; its path
# leaves the place where it is that low; the directions turn. (The print-out has the factors for the lowest curvature in place of −L.)
#
# > **What goes wrong in practice**
# >
# > - **A bound taken as a forecast.** "$a^N$ is 10⁶, so α = 0.01 cannot work." It works. What $a^N$ is for comes in lesson 16: with α = c/(NL) it
# >   stays below a constant on *every* loss.
# > - **NaN on some tasks.** On the right αL is 5 to 6 and four of twelve waves blow up. These are not hill tops: down a hill the loss *falls*, theirs
# >   rises, and a step can only raise the loss over curvature above 2/α. It is the right branch of the V, overshooting. Look at the αL of the
# >   steepest task, not of the average one.
# > - **An L from one point, called L.** Power iteration at the start knows nothing of the rest of the path. If the true L is larger, the lines
# >   that cite A1 are those that fail, as above.
# > - **Two machines, two results.** Rounding differs in the 16th digit; near the hill top with α = 0.1 it takes about 390 steps until a difference
# >   of 10⁻¹⁶ is a difference of 1. Runs over negative curvature cannot be compared digit by digit.
# > - **Clipping that starts late.** The gradient may grow while the loss falls: a threshold chosen from the first gradient cuts in mid-run.
#
# ## Back to the question
#
# At most $(1+\alpha L)^N$ times as far apart as they started: 0.0067 for the hair of 0.001 that you guessed about. And at most
# $\frac{(1+\alpha L)^N-1}{L}\lVert\nabla l(w)\rVert$ from its start. Both are attained by the concave quadratic and, as nearly as you like, close to
# any hill top with curvature −L; in a valley both are far too large. Neither needs ρ, convexity or a minimum: only A1's L, once a step.
#
# With α = c/(NL) the factor is $(1+c/N)^N\le e^c$, however many steps are taken. That is the first appearance of 1/N.
#
# *Sources.* K. Ji, J. Yang & Y. Liang, "Theoretical convergence of multi-step model-agnostic meta-learning", JMLR 23 (2022): where these bounds are
# used; the form here is this course's. Y. Nesterov, *Lectures on Convex Optimization*, 2nd ed. (2018): Lipschitz gradients, and line 1 of 14.false.
# B. Pearlmutter, "Fast exact multiplication by the Hessian", Neural Computation 6 (1994). C. Finn, P. Abbeel & S. Levine, ICML 2017: the waves.
#
# **Next: 15.** Every $l_i$ has a Lipschitz gradient. Has the meta-objective?
