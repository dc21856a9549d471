# %% [markdown]
# # 14 · How far can a trajectory stray?
#
# **How far apart can two runs of gradient descent end that start a hair apart? And how far from its
# own start can one of them get?** Lesson 13 gave each loss an $L$. Here is what $L$ alone says
# about a whole run.
#
# *(about 20 minutes' reading; 5 exercises, 18 minutes. You need: 08, 13. You will be able to: bound
# what $N$ steps of gradient descent can do, say when the bound is attained, and tell from a line of
# a proof what breaks when an assumption goes.)*
#
# All symbols on one page: [Notation](appendix_07_notation.ipynb).

# %%
# given
import numpy as np

from tinymaml import theory

# for you to type
from tinymaml.course import check, hint, restore, solution, status, use
from tinymaml.course import engine, guess, guessed
from tinymaml.course.figures import lesson_14 as figures
from tinymaml.theory import extremals
from tinymaml.theory.table import show

# True: the network of this lesson runs on the engine that you wrote in lessons 01 to 05
OWN = False
E = engine(OWN)

# %%
# given
# cos w: a hill top at 0, valleys at ±π
hill = theory.CosineSum([[1.0]], [1.0], [0.0])


def descend(gradient, w, alpha, steps):
    """N steps of gradient descent from w (d,) -> the points, (N + 1, d)."""
    points = [np.array(w, float)]
    for j in range(steps):
        points.append(points[j] - alpha * gradient(points[j]))
    return np.array(points)

# %% [markdown]
# ## Two runs on a hill top
#
# The loss is $\cos w$. Its curvature lies between −1 and 1, so $L = 1$. Two runs start on either
# side of the top, at ±0.0005, with $\alpha = 0.1$.
#
# > **Predict.** At the start the two are 0.001 apart. How far after 20 steps? And after 100?

# %%
# the distance; at the start it is 0.001
guess("14.apart_after_20_steps", 0.003)
guess("14.apart_after_100_steps", 0.011)

# %%
from_right = descend(hill.gradient, [0.0005], 0.1, 100)
from_left = descend(hill.gradient, [-0.0005], 0.1, 100)
distances = np.linalg.norm(from_right - from_left, axis=1)
figures.two_runs(from_left, from_right, distances, alpha=0.1)
guessed("14.apart_after_20_steps", round(distances[20], 5))
guessed("14.apart_after_100_steps", round(distances[100], 2))

# %% [markdown]
# *Figure: near the top the distance, on a logarithmic axis, is a straight line. It leaves the line
# where the hill ends. The dashed line is what we are about to prove.*
#
# ## One step, in four lines
#
# The remainder of this course rests on these lines. $w_1$ and $u_1$ are the points after one step
# from $w$ and $u$, on a loss $l$ with A1.
#
# | | $\lVert w_1-u_1\rVert$ | why |
# |---|---|---|
# | (0) | $=\lVert (w-u)-\alpha(\nabla l(w)-\nabla l(u))\rVert$ | definition, twice |
# | (1) | $\le \lVert w-u\rVert+\alpha\lVert\nabla l(w)-\nabla l(u)\rVert$ | triangle inequality |
# | (2) | $\le \lVert w-u\rVert+\alpha L\lVert w-u\rVert$ | **A1**: $\nabla l$ is $L$-Lipschitz |
# | (3) | $= a\lVert w-u\rVert$, with $a = 1+\alpha L$ | collect |
#
# The number $a$ will be in every constant from here on. The package holds the same lines, and
# evaluates them on any **instance** (losses, starts, $\alpha$, $N$): each from its own definition,
# none from the line above. On the hill:

# %%
lemma_1 = theory.RESULTS["lemma_1"]
across = theory.ResamplingInstance(losses=[hill], w=[0.5], u=[-0.5], alpha=0.5, steps=1)
show(lemma_1.evaluate(across)["step"])

# %% [markdown]
# The *slack* is what the chain as a whole gives away, last number minus first. A1 gives away all of
# it.
#
# > **Predict.** Now a *valley*, $\tfrac12 w^2$, with $L = 1$ as well, from $w = 1$ and $u = 2$.
# > Which line gives most away? Think of the sign of $\nabla l(w)-\nabla l(u)$ first.

# %%
guess("14.the_line_that_gives_most_away", "A1", choices=("triangle inequality", "A1"))

# %%
chain = lemma_1.evaluate(extremals.convex_quadratic(0.5, 1))["step"]
show(chain)
most = chain.lines[chain.shares.argmax()]
guessed("14.the_line_that_gives_most_away", most.reason.split(":")[0])

# %% [markdown]
# In a valley the gradients pull the two *together*: line (0) subtracts, line (1) adds. The triangle
# inequality loses everything, A1 nothing. On the hill it was the other way round.
#
# **Equality** holds in line (1) if and only if the gradients push the two straight *apart*:
# $\nabla l(w)-\nabla l(u)$ is a multiple of $w-u$, and not a positive one; in line (2), if this
# difference is as long as A1 allows. Both together mean curvature $-L$ along $w-u$, all the way
# from $u$ to $w$.
#
# > **Predict.** A loss of one variable has the curvature $\lambda$ everywhere: its gradients at $w$
# > and $u$ differ by $\lambda(w-u)$. Two runs start 1 apart, $\alpha = 0.1$. How far apart are they
# > after one step if $\lambda = 15$? And if $\lambda = 25$?

# %%
guess("14.distance_at_curvature_15", 2.5)
guess("14.distance_at_curvature_25", 0.0)

# %%
curvatures = np.linspace(-25, 25, 501)
after = np.abs(1 - 0.1 * curvatures)
figures.one_step(curvatures, after, alpha=0.1)
guessed("14.distance_at_curvature_15", np.interp(15, curvatures, after).round(9))
guessed("14.distance_at_curvature_25", np.interp(25, curvatures, after).round(9))

# %% [markdown]
# *Figure: a step multiplies the distance by $|1-\alpha\lambda|$. The bound $a$ is the left end of
# the V, where the curvature is $-L$.*
#
# At 15 the two pass each other and end nearer than before. At 25 they overshoot so far that a
# valley parts them. In many variables the mean Hessian between the points takes $\lambda$'s place.
# **While $\alpha L\le 2$, only negative curvature makes runs part**; $L$ enters as a bound on how
# negative it can be. Keep that: lesson 16 turns on it.
#
# ## $N$ steps
#
# **Exercise 14.steps** *(give a bound)*. Repeat the step $j$ times. Return, from `alpha, L, j` and
# the starts' distance `d0` alone, a number that the distance after $j$ steps cannot exceed on any
# loss with an $L$-Lipschitz gradient. As small as you can.

# %%
# exercise 14.steps
def farthest(alpha, L, j, d0):
    """A bound on the distance after j steps of two runs that start d0 apart, a float."""
    ### BEGIN SOLUTION
    return d0 * (1 + alpha * L) ** j
    ### END SOLUTION

# %%
check("14.steps")

# %% [markdown]
# *In tinymaml: `theory/results/lemma_1.py`, `trajectory`.*
#
# To survive 2,000 instances is no proof. The proof is the step, $j$ times, unrolled from the last
# step back to the first: **Lemma 1**. **Equality** needs curvature $-L$ at *every* step. The
# concave quadratic $-\tfrac L2\lVert w\rVert^2$ has it, and the hill nearly, close to its top.
#
# Two more runs, from 0.4 and 0.41 on the hill's shoulder, end in the valley.
#
# > **Predict.** The chain begins with the *last* step. Where is its slack lost: in its first lines
# > or in its last ones?

# %%
guess("14.the_lines_that_lose_most", "the last ones", choices=("the first ones", "the last ones"))

# %%
leaving = theory.ResamplingInstance(losses=[hill], w=[0.4], u=[0.41], alpha=0.6, steps=5)
chain = lemma_1.evaluate(leaving)["trajectory"]
points = descend(hill.gradient, [0.4], 0.6, 4)
figures.where_it_is_lost(chain, curvatures=-np.cos(points[:, 0]))
upper = chain.shares[: len(chain.lines) // 2].sum()
guessed("14.the_lines_that_lose_most", "the first ones" if upper > 0.5 else "the last ones")

# %% [markdown]
# *Figure: two lines a step. High on the hill (at the bottom) little is lost. On the way down the
# curvature rises, and A1, which allows for $-L$, loses more. In the last step it is positive: the
# triangle inequality loses as well.*
#
# **The tempting bound.** "Each step adds at most $\alpha L$ times the distance. So after $N$ steps
# it is at most $1+N\alpha L$ times what it was." A search may make you believe it: 1,000 random
# losses, sums of twenty cosines in ten variables, two random starts each, $\alpha L = 0.1$,
# $N = 20$.
#
# > **Predict.** Your bound allows the factor $1.1^{20} = 6.73$, the tempting one 3. How many of the
# > 1,000 exceed 3?

# %%
guess("14.how_many_exceed_3", 200)

# %%
def random_factor(rng, alpha_L, steps):
    """The factor by which two runs part, on a random loss from random starts."""
    x, c, phi = rng.normal(size=(20, 10)), rng.normal(size=20), rng.uniform(-np.pi, np.pi, 20)
    loss = theory.CosineSum(x, c, phi)
    w = 2 * rng.normal(size=10)
    u = w + 0.1 * rng.normal(size=10)
    ends = [descend(loss.gradient, start, alpha_L / loss.L, steps)[-1] for start in (w, u)]
    return np.linalg.norm(ends[0] - ends[1]) / np.linalg.norm(w - u)


rng = np.random.default_rng(0)
factors = np.array([random_factor(rng, 0.1, 20) for _ in range(1000)])
print(f"1,000 pairs of runs: median factor {np.median(factors):.2f}, largest {factors.max():.2f}")
guessed("14.how_many_exceed_3", (factors > 3).sum())

# %% [markdown]
# None does. The worst instance meets curvature $-L$ at every step, in just the direction in which
# the runs differ; random ones do neither. That is why the course keeps *extremals*, instances made
# to be bad. Make one.
#
# **Exercise 14.linear** *(break it)*. Submit a loss, two starts, $\alpha$ and $N\le 1000$ on which
# the distance after $N$ steps exceeds $(1+N\alpha L)\lVert w-u\rVert$ by at least 5%.
# $\alpha L\le 1$, so that nothing overshoots. The loss is one whose $L$ is certified:
# `theory.Quadratic(A, c)`, which is $\tfrac12(w-c)^{\mathsf T}A(w-c)$,
# `theory.CosineSum(x, c, phi)` or `theory.LogCosh(x, c, y)`. Not the `hill` itself.

# %%
# exercise 14.linear
### BEGIN SOLUTION
#: # loss: theory.Quadratic(A, c), theory.CosineSum(x, c, phi), ...
#: instance = dict(loss=..., w=..., u=..., alpha=..., steps=...)
loss = theory.Quadratic([[-1.0]], [0.0])
instance = dict(loss=loss, w=[1.0], u=[2.0], alpha=0.1, steps=20)
### END SOLUTION

# %%
check("14.linear")

# %% [markdown]
# The sentence fails at "adds": a step multiplies the distance that the *previous steps* have left.
#
# **A witness from outside.** A search, yours too, approaches the worst case from *below*: what the
# search did not find may be there all the same. A proof is a *certificate*, a bound from *above*.

# %%
print("αL = 0.3    best of 1,000    the extremal    from above, a^N")
for N in (1, 2, 4):
    rng = np.random.default_rng(N)
    best = max(random_factor(rng, 0.3, N) for _ in range(1000))
    extremal = extremals.concave_quadratic(0.3, N)
    chain = lemma_1.evaluate(extremal)["trajectory"]
    apart = np.linalg.norm(extremal.w - extremal.u)
    print(f"N = {N} {best:19.3f} {chain.lhs / apart:15.4f} {chain.rhs / apart:18.4f}")

# %% [markdown]
# The last two columns meet. Could a program find them without our four lines? Points, gradients and
# values belong to some loss with this $L$ if and only if they satisfy one inequality for each pair
# of points (Taylor, Hendrickx & Glineur 2017), linear in the values and in inner products. So "the
# largest distance after $N$ steps" is a semidefinite program: **performance estimation** (Drori &
# Teboulle 2014). Its multipliers are a certificate: the inequalities, multiplied by them and added
# up, prove the bound. The program finds 1.3, 1.69 and 2.8561, for Lemma 1 and for Lemma 2 below.
# For convex losses the program finds 1: no hill, no parting.
# (`tests/theory/test_performance_estimation.py` runs it on PEPit, the extra `tinymaml[pep]`.)
#
# ## Take the assumption away
#
# Line (2) says A1. The loss $-w^2$ has curvature −2. Let it *declare* $L = 1$.
#
# > **Predict.** How many of the lines (1) to (3) turn false? Line (3) contains $L$ as well.

# %%
guess("14.how_many_lines_turn_false", 2)

# %%
liar = theory.Quadratic([[-2.0]], [0.0], L=1.0)
untrue = theory.ResamplingInstance(losses=[liar], w=[1.0], u=[2.0], alpha=0.1, steps=1)
chain = lemma_1.evaluate(untrue)["step"]
show(chain)
guessed("14.how_many_lines_turn_false", len(chain.violations))

# %% [markdown]
# One, the line that says A1. Line (3) is algebra: it is too small by as much as (2), and "=" holds.
# Nor is that luck. Here are 300 random sums of cosines that each declare a third of their $L$. For
# each reason in Lemma 1, and in Lemma 2, which is next, we count the false lines.

# %%
from collections import Counter

from tinymaml.theory import families

rng = np.random.default_rng(1)
false, asked = Counter(), Counter()
for _ in range(300):
    instance = families.resampling(rng, tasks=1, steps=3, kind="cosine sums", noise=False)
    honest = instance.tasks[0].inner
    liar = theory.CosineSum(honest.x, honest.c, honest.phi, L=honest.L / 3)
    for name in ("lemma_1", "lemma_2"):
        chain = theory.RESULTS[name].evaluate(instance.replace(losses=[liar]))["trajectory"]
        for number, line in enumerate(chain.lines[1:], 1):
            kind = name, " ".join(line.cites), line.reason
            asked[kind] += 1
            false[kind] += number in chain.violations

print(" false            cites  reason")
for kind, count in asked.items():
    name, cites, reason = kind
    print(f"{false[kind]:4d} of {count}  {name}  {cites:5s}  {reason}")

# %% [markdown]
# Of the lines that cite A1, 49% and 67% fail; of the others, none. A reason that you can take away,
# watching its lines fail, is a reason that you understand.
#
# The other half of A1, "$\nabla^2l$ is $\rho$-Lipschitz", is cited nowhere above. Take *it* away:
# `theory.RootHessian` has the second derivative $-1+\min(\sqrt{|w|},\,2)$, infinitely steep at 0.
# The $\rho = 1$ that it declares is untrue, its $L = 1$ true.
#
# > **Predict.** Two runs from 0 and $10^{-6}$. Which of Lemmas 1 and 2 survive?

# %%
guess("14.which_survive", "neither", choices=("both", "Lemma 1", "Lemma 2", "neither"))

# %%
rough = theory.RootHessian()
instance = theory.ResamplingInstance(losses=[rough], w=[0.0], u=[1e-6], alpha=0.1, steps=10)
for name, claim in (("lemma_1", "trajectory"), ("lemma_2", "trajectory"), ("lemma_3", "lipschitz")):
    chain = theory.RESULTS[name].evaluate(instance)[claim]
    reasons = [chain.lines[number].reason for number in chain.violations]
    print(f"{name}: false {reasons}" if reasons else f"{name}: every line holds")
guessed("14.which_survive", "both")

# %% [markdown]
# Lemma 3, the next lesson's, is the first that needs $\rho$.
#
# ## Does descent make the gradient smaller?
#
# Gradient descent goes *down*; so the gradient, one feels, gets smaller. A run on the hill again,
# from $w = 0.05$ with $\alpha = 0.3$:
#
# > **Predict.** Sketch the loss and the size of the gradient over 24 steps. At which step is the
# > gradient largest?

# %%
guess("14.the_step_with_the_largest_gradient", 0)

# %%
run = descend(hill.gradient, [0.05], 0.3, 24)
sizes = np.linalg.norm(hill.gradient(run), axis=1)
figures.falls_and_rises(hill.value(run), sizes, 1.3 ** np.arange(25) * sizes[0])
print(f"|∇l| at first {sizes[0]:.3f}, at most {sizes.max():.3f}, at last {sizes[-1]:.3f}")
guessed("14.the_step_with_the_largest_gradient", sizes.argmax())

# %% [markdown]
# *Figure: down the hill the gradient grows, at first by 1.3 a step, as fast as $L = 1$ allows,
# until the hill bends into the valley. The loss falls all the while.*
#
# **Exercise 14.false** *(find the false line)*. A student proves the opposite, for any loss with
# $L$-Lipschitz gradient and any $\alpha\le 1/L$. $g_j$ is $\nabla l(w_j)$, and $w_0=w$:
#
# | | | why |
# |---|---|---|
# | 1 | $l(w_1) \le l(w)+\langle g_0, w_1-w\rangle+\tfrac L2\lVert w_1-w\rVert^2$ | A1, integrated |
# | 2 | $= l(w)-\alpha(1-\tfrac{\alpha L}2)\lVert g_0\rVert^2$ | the step: $w_1-w=-\alpha g_0$ |
# | 3 | $\le l(w)$ | $\alpha L\le 1$ |
# | 4 | $\lVert g_1\rVert\le\lVert g_0\rVert$ | by 3 nearer to a minimum, where the gradient is 0 |
# | 5 | $\lVert g_N\rVert\le\lVert g_0\rVert$ | 4, $N$ times |
#
# Say which line does not follow, and submit an instance on which it is false by at least 5% (a
# certified loss again, $\alpha L\le 1$).

# %%
# exercise 14.false
### BEGIN SOLUTION
#: line = ...
#: # loss: theory.CosineSum(x, c, phi), theory.Quadratic(A, c), ...
#: instance = dict(loss=..., w=..., alpha=...)
line = 4
instance = dict(loss=theory.CosineSum([[1.0]], [1.0], [0.0]), w=[0.1], alpha=0.5)
### END SOLUTION

# %%
check("14.false")

# %% [markdown]
# What is true instead is **Lemma 2**: the gradient grows at most by the factor $a$ a step.
#
# **Exercise 14.order** *(order the lines)*. Here is its proof for two steps, in disorder, with one
# line that does not belong to it: leave that one out. Each line is at least as large as the one
# above, and every step uses one reason: the triangle inequality, A1, or that a step has the length
# $\alpha\lVert\nabla l\rVert$ (and then $1+\alpha L=a$). The chain unrolls from the last step to
# the first.
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
#: # letters, the smallest line first
#: order = [...]
order = ["D", "F", "B", "A", "H", "E", "C"]
### END SOLUTION

# %%
check("14.order")

# %% [markdown]
# *In tinymaml: `theory/results/lemma_2.py`, `trajectory`.*
#
# The same lines as numbers, on the run of the figure ($\tilde w_j$: the point after $j$ exact
# steps, as all steps are here):

# %%
lemma_2 = theory.RESULTS["lemma_2"]
down = theory.ResamplingInstance(losses=[hill], w=[0.05], alpha=0.3, steps=2)
show(lemma_2.evaluate(down)["trajectory"])

# %% [markdown]
# Almost nothing is lost near the top. **Equality** again needs curvature $-L$, now along the
# gradient: then its change points the way of the gradient itself, and is as long as A1 allows. The
# concave quadratic attains it. Far from the top, $\lvert\sin w\rvert$ never exceeds 1, and
# $a^N\lVert g_0\rVert$ passes 1 at step 12: the bound does not know that hills end.
#
# ## How far from the start?
#
# The steps add up: $w_N-w = -\alpha\sum_{j<N}g_j$. If the gradients are bounded, so is the way.
#
# **Exercise 14.stray** *(give a bound)*. How far from its start can a run be after $N$ steps? From
# `alpha, L, N` and `g`, which is $\lVert g_0\rVert$, alone, as small as you can. (The sum
# of a geometric series has a closed form; a loop is fine too.)

# %%
# exercise 14.stray
def farthest_from_start(alpha, L, N, g):
    """A bound on the distance of a run from its start after N steps, a float."""
    ### BEGIN SOLUTION
    return g * ((1 + alpha * L) ** N - 1) / L
    ### END SOLUTION

# %%
check("14.stray")

# %% [markdown]
# | | $\lVert w_N-w\rVert$ | why |
# |---|---|---|
# | (1) | $= \alpha\lVert\sum_{j<N}g_j\rVert$ | the inner steps |
# | (2) | $\le \alpha\sum_{j<N}\lVert g_j\rVert$ | triangle inequality |
# | (3) | $\le \alpha\sum_{j<N}a^j\lVert g_0\rVert$ | Lemma 2 |
# | (4) | $= \frac{a^N-1}{L}\lVert g_0\rVert$ | geometric series, with $a-1=\alpha L$ |
#
# **Equality** in (2) needs gradients that all point the same way, in (3) what Lemma 2 needs: the
# concave quadratic has both. With these lines lesson 17 carries what happens on the support set
# over to the query set. *In tinymaml: `theory/results/lemma_9.py`, `excursion`.*
#
# ## A bound is no forecast
#
# Put a network's numbers into $a^N$: twelve waves, ten points each, a 1-40-40-1 network at its
# random start. $L$ is *estimated* by lesson 07's power iteration, at one point, from below. The
# same iteration finds the nudge of the start that moves the end most, and two runs start at both
# ends of such a nudge, $10^{-6}$ apart.
#
# > **Predict.** $\alpha = 0.01$ and $N = 20$. The estimated $L$ are about 100, so $a^{20}$ is about
# > a million. By what factor does the worst of the twelve pairs really part?

# %%
guess("14.how_far_the_worst_two_part", 3_000)

# %%
from tinymaml.course.given import nudges

net, start, waves = nudges.network_on_waves(E)


def worst_two(wave, alpha, steps=20):
    """By what factor the two ends of the worst nudge have parted, after 0 to N steps."""
    run = descend(lambda w: net.gradient(w, *wave), start, alpha, steps)
    nudge = 1e-6 * nudges.worst_nudge(lambda w, v: net.hvp(w, v, *wave), run, alpha)
    other = descend(lambda w: net.gradient(w, *wave), start + nudge, alpha, steps)
    rises = net.value(run[-1], *wave) > net.value(start, *wave)
    return np.linalg.norm(other - run, axis=1) / 1e-6, rises

# %%
L, lowest = np.transpose([nudges.extremes(net, start, wave) for wave in waves])
print(f"at the start: L {L.min():.0f} to {L.max():.0f},", end=" ")
print(f"lowest curvature {lowest.min():.0f} to {lowest.max():.0f}")
bounds, parted = {}, {}
for alpha in (0.01, 0.05):
    bounds[alpha] = (1 + alpha * L[:, None]) ** np.arange(21)
    pairs = [worst_two(wave, alpha) for wave in waves]
    parted[alpha] = np.array([factors for factors, _ in pairs])
    for name, factors in (("bound", bounds[alpha]), ("the worst two", parted[alpha])):
        low, high = factors[:, -1].min(), factors[:, -1].max()
        print(f"α = {alpha}, after 20 steps, {name:13s}: {low:.1e} to {high:.1e}")
    print(f"α = {alpha}: the loss rises on {sum(rises for _, rises in pairs)} waves")
figures.twelve_waves(bounds, parted)
guessed("14.how_far_the_worst_two_part", parted[0.01][:, -1].max().round(1))

# %% [markdown]
# *Figure: left, where the bound allows a million and more, the worst two runs end four times as far
# apart as they started. Right, on four of the waves the truth is not kind either.*
#
# The bound is *true* of both (as far as an estimated $L$ goes), and useless on the left: it covers
# every loss with this $L$. The lowest curvature found here is −61, not half as deep as $-L$. Even
# that would give $1.61^{20}$, 13,000: the runs leave the place where it is so low, or turn out of
# its direction.
#
# ## What goes wrong in practice
#
# - **A bound taken as a forecast.** "$a^N$ is a million, so $\alpha=0.01$ cannot work." It works,
#   and lesson 16 says what the bound is for. *Test:* nudge the start, run twice.
# - **NaN on some tasks.** On the right $\alpha L$ is 5 to 6. These are not hill tops: down a hill
#   the loss *falls*, theirs rises, and a step can raise the loss only over curvature above
#   $2/\alpha$: the right branch of the V. *Test:* $\alpha L$ of the steepest task, not the mean.
# - **Two machines, two results.** Rounding differs in the 16th digit. Near the hill top, with
#   $\alpha=0.1$, about 390 steps make $10^{-16}$ a difference of 1; in PyTorch's float32, 170.
#   *Test:* the same run in both precisions; compare losses, not digits.
# - **Clipping that starts late.** A threshold taken from the first gradient cuts in mid-run: the
#   gradient may grow while the loss falls. *Test:* log what `torch.nn.utils.clip_grad_norm_`
#   returns, the norm before clipping.
#
# ## Back to the question
#
# Two runs end at most $(1+\alpha L)^N$ times as far apart as they started: 0.0067 after 20 steps,
# for the hair of 0.001. One run gets at most $\lVert\nabla l(w)\rVert\,((1+\alpha L)^N-1)/L$ from
# its start. Neither needs $\rho$, convexity or a minimum: only A1's $L$, once a step. The concave
# quadratic attains both; in a valley both are too large. With $\alpha=c/(NL)$ the factor is
# $(1+c/N)^N\le e^c$, however many steps are taken: the first appearance of $1/N$. You can now
# bound what an inner loop does, and name the loss that makes your bound an equality.
#
# *Sources.* Ji, Yang & Liang, JMLR 23 (2022): where these bounds are used. Drori & Teboulle, Math.
# Program. 145 (2014). Taylor, Hendrickx & Glineur, SIAM J. Optim. 27 (2017). PEPit: Goujaud et al.,
# Math. Program. Comput. 16 (2024).
#
# **Next: 15.** Every $l_i$ has a Lipschitz gradient. Has the meta-objective?
