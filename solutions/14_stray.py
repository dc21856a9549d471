# %% [markdown]
# # 14 · How far can a trajectory stray?
#
# **Two runs of gradient descent start a hair apart. How far apart can they end? And how far from
# its start can one of them get?** Lesson 13 gave each loss an $L$. Here is what $L$ alone says
# about a whole run.
#
# *(about 20 minutes' reading; 5 exercises, 19 minutes. You need: 07, 08, 13. You will be able to:
# bound what $N$ steps of gradient descent can do, say when the bound is attained, and tell from a
# line of a proof what breaks when an assumption goes.)*
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
from tinymaml.course.given import nudges
from tinymaml.course.given.lines import show_numbers
from tinymaml.theory import extremals
from tinymaml.theory.table import show

# True: the network of this lesson runs on the engine that you wrote in lessons 01 to 05
OWN = False
E = engine(OWN)

# %%
# given
# a sum of one cosine, cos w: a hill top at 0, valleys at ±π
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
print(f"curvature at step 80: {hill.hessian(from_right[80])[0, 0]:.2f}")
guessed("14.apart_after_20_steps", round(distances[20], 5))
guessed("14.apart_after_100_steps", round(distances[100], 2))

# %% [markdown]
# *Figure: near the top the distance, on a logarithmic axis, is a straight line. It has left the
# line by step 80, still on the hill, at curvature −0.58. The dashed line is what we are about to
# prove.*
#
# ## One step, in four lines
#
# $w_1$ and $u_1$ are the points after one step from $w$ and $u$, on a loss $l$ with A1: $\nabla l$
# is $L$-Lipschitz, $\nabla^2l$ is $\rho$-Lipschitz.
#
# | | $\lVert w_1-u_1\rVert$ | why |
# |---|---|---|
# | (0) | $=\lVert (w-u)-\alpha(\nabla l(w)-\nabla l(u))\rVert$ | definition, twice |
# | (1) | $\le \lVert w-u\rVert+\alpha\lVert\nabla l(w)-\nabla l(u)\rVert$ | triangle inequality |
# | (2) | $\le \lVert w-u\rVert+\alpha L\lVert w-u\rVert$ | **A1**: $\nabla l$ is $L$-Lipschitz |
# | (3) | $= a\lVert w-u\rVert$, with $a = 1+\alpha L$ | collect |
#
# The package holds the same lines, and evaluates them on any **instance** (losses, two starts,
# $\alpha$, $N$), computing every line independently. The *slack* is what all lines together give
# away, last number minus first. On the hill:

# %%
lemma_1 = theory.RESULTS["lemma_1"]
across = theory.ResamplingInstance(losses=[hill], w=[0.5], u=[-0.5], alpha=0.5, steps=1)
show(lemma_1.evaluate(across)["step"])

# %% [markdown]
# A1 gives away all of the slack.
#
# > **Predict.** Now a *valley*, $\tfrac12 w^2$, with $L = 1$ as well, from $w = 1$ and $u = 2$,
# > again with $\alpha = 0.5$. Which line gives away the most? Compare the signs of
# > $\nabla l(w)-\nabla l(u)$ and $w-u$ first.

# %%
guess("14.the_line_that_gives_most_away", "A1", choices=("triangle inequality", "A1"))

# %%
valley = extremals.convex_quadratic(alpha_L=0.5, steps=1)
chain = lemma_1.evaluate(valley)["step"]
show_numbers(chain)
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
# > after one step if $\lambda = 15$? And if $\lambda = 25 = L$?

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
# At 15 the two pass each other and end nearer than before. At 25, where $\alpha\lambda>2$, they
# **overshoot** so far that a valley drives them apart. In many variables each eigenvalue
# $\lambda_i$ of the mean Hessian between the points has its factor $|1-\alpha\lambda_i|$. **While
# $\alpha L\le 2$, only negative curvature makes runs part**; $L$ enters as a bound on how negative
# it can be. Keep that: lesson 16 turns on it.
#
# ## $N$ steps
#
# **Exercise 14.steps** *(give a bound)*. Repeat the step $j$ times. Return, from `alpha, L, j` and
# the starts' distance `d0` alone, a number that the distance after $j$ steps cannot exceed on any
# loss with an $L$-Lipschitz gradient. Make it as small as you can.

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
# Unrolled from the last step back to the first, the step proves **Lemma 1**:
#
# $$\lVert w_j-u_j\rVert\le a^j\,\lVert w-u\rVert .$$
#
# **Equality** needs curvature $-L$ at *every* step. The concave quadratic
# $-\tfrac L2\lVert w\rVert^2$ has it, and the hill nearly, close to its top. With
# $\alpha=1/(NL)$ the factor after $N$ steps is $(1+1/N)^N<e$, whatever $N$ is.
#
# Two more runs start on the hill's shoulder, at 0.4 and 0.41, and go down towards the valley. The
# chain of their five steps begins with the last one.

# %%
leaving = theory.ResamplingInstance(losses=[hill], w=[0.4], u=[0.41], alpha=0.6, steps=5)
chain = lemma_1.evaluate(leaving)["trajectory"]
points = descend(hill.gradient, [0.4], 0.6, 4)
figures.where_it_is_lost(chain, curvatures=-np.cos(points[:, 0]))

# %% [markdown]
# *Figure: two lines a step, with the curvature where the first run's step begins; a line that loses
# nothing has no bar. From step 1 to step 4 the curvature rises, and A1, which allows for $-L$,
# loses more and more. In step 5 the curvature is positive: the triangle inequality loses more than
# A1.*
#
# **The tempting bound.** "Each step adds at most $\alpha L$ times the distance. So after $N$ steps
# it is at most $1+N\alpha L$ times what it was." With $\alpha L = 0.1$ and $N = 20$ that is 3, and
# the first figure has already refuted it: there the distance grew 6.73-fold. Would a search have
# found this? Take 1,000 random losses, sums of twenty cosines in ten variables, two random starts
# each, with the same $\alpha L$ and $N$.
#
# > **Predict.** How many of the 1,000 exceed the factor 3? Your bound allows $1.1^{20} = 6.73$.

# %%
guess("14.how_many_exceed_3", 200)

# %%
def random_pair(rng):
    """A sum of twenty cosines in ten variables, and two starts."""
    x = rng.normal(size=(20, 10))
    c = rng.normal(size=20)
    phi = rng.uniform(-np.pi, np.pi, 20)
    w = 2 * rng.normal(size=10)
    return theory.CosineSum(x, c, phi), w, w + 0.1 * rng.normal(size=10)


def factor(loss, w, u, alpha_L, steps):
    """The factor by which the distance of two runs grows."""
    w_end = descend(loss.gradient, w, alpha_L / loss.L, steps)[-1]
    u_end = descend(loss.gradient, u, alpha_L / loss.L, steps)[-1]
    return np.linalg.norm(w_end - u_end) / np.linalg.norm(w - u)


rng = np.random.default_rng(0)
pairs = [random_pair(rng) for _ in range(1000)]
factors = np.array([factor(*pair, 0.1, 20) for pair in pairs])
lowest = [np.linalg.eigvalsh(loss.hessian(w))[0] / loss.L for loss, w, u in pairs]
print(f"1,000 pairs of runs: median factor {np.median(factors):.2f}, largest {factors.max():.2f}")
print(f"lowest eigenvalue of the Hessian at the start / L: median {np.median(lowest):.2f}")
guessed("14.how_many_exceed_3", (factors > 3).sum())

# %% [markdown]
# None does. The worst instance meets curvature $-L$ at every step, exactly along the difference of
# the runs; on half of these losses no direction at the start has curvature below $-0.39L$. So the
# course keeps *extremals*, instances made to be bad. Make one.
#
# **Exercise 14.linear** *(break it)*. Break the tempting bound in only **two** steps: submit a loss
# of two variables, two starts that differ in both, and $\alpha\le 1/L$ (so nothing overshoots),
# such that the distance after two steps exceeds $(1+2\alpha L)\lVert w-u\rVert$ by at least 5%. No
# quadratics: the loss is a `theory.CosineSum(x, c, phi)`, which is
# $\sum_i c_i\cos(x_i^{\mathsf T}w+\varphi_i)$. Its $L$ is certified: the largest eigenvalue of
# $\sum_i|c_i|x_ix_i^{\mathsf T}$.

# %%
# exercise 14.linear
### BEGIN SOLUTION
#: # loss: theory.CosineSum(x, c, phi) with x (terms, 2), c and phi (terms,)
#: instance = dict(loss=..., w=..., u=..., alpha=...)
loss = theory.CosineSum(np.eye(2), [1.0, 1.0], [0.0, 0.0])
instance = dict(loss=loss, w=[0.1, 0.1], u=[-0.1, -0.1], alpha=0.5)
### END SOLUTION

# %%
check("14.linear")

# %% [markdown]
# The tempting bound fails at "the distance": a step adds at most $\alpha L$ times the distance
# *now*, which has already grown.
#
# **A witness from outside.** A search approaches the worst case from *below*: what it did not find
# may be there all the same. A proof is a *certificate*, a bound from *above*. A program can find
# one without our four lines: the largest distance after $N$ steps from starts 1 apart, over all
# losses with this $L$ in any dimension, comes from a semidefinite program, and a solution of its
# dual is a proof. This is **performance estimation** (Drori & Teboulle 2014; Taylor, Hendrickx &
# Glineur 2017). The program PEPit found, for $\alpha L=0.3$:
#
# | | from below: attained | from above: proved | Lemma 1: $a^N$ |
# |---|---|---|---|
# | $N=1$ | 1.3000 | 1.3000 | 1.3 |
# | $N=2$ | 1.6900 | 1.6900 | 1.69 |
# | $N=4$ | 2.8561 | 2.8561 | 2.8561 |
#
# *To see it run, in a copy of the repository: `pip install ".[test,pep]"`, then
# `pytest -rP -m slow -k lemma_1 tests/theory/test_performance_estimation.py`.*
#
# ## Does descent make the gradient smaller?
#
# Gradient descent goes *down*, so the gradient should get smaller. Write $g_j$ for
# $\nabla l(w_j)$, with $w_0=w$.
#
# **Exercise 14.false** *(find the false line)*. A student proves that, for any loss with
# $L$-Lipschitz gradient and any $\alpha\le 1/L$:
#
# | | | why |
# |---|---|---|
# | 1 | $l(w_1) \le l(w)+\langle g_0, w_1-w\rangle+\tfrac L2\lVert w_1-w\rVert^2$ | A1, integrated |
# | 2 | $= l(w)-\alpha(1-\tfrac{\alpha L}2)\lVert g_0\rVert^2$ | the step: $w_1-w=-\alpha g_0$ |
# | 3 | $\le l(w)$ | $\alpha L\le 1$ |
# | 4 | $\lVert g_1\rVert\le\lVert g_0\rVert$ | by 3 nearer to a minimum, where the gradient is 0 |
# | 5 | $\lVert g_N\rVert\le\lVert g_0\rVert$ | 4, $N$ times |
#
# Which line does not follow from those above it? Submit its number, and an instance on which it is
# false by at least 5%: a `theory.CosineSum` that is not the `hill`, and $\alpha\le 1/L$.

# %%
# exercise 14.false
### BEGIN SOLUTION
#: line = ...
#: # loss: theory.CosineSum(x, c, phi)
#: instance = dict(loss=..., w=..., alpha=...)
line = 4
instance = dict(loss=theory.CosineSum([[2.0]], [1.0], [0.0]), w=[0.1], alpha=0.2)
### END SOLUTION

# %%
check("14.false")

# %% [markdown]
# A run on the hill again, from $w = 0.05$ with $\alpha = 0.3$:
#
# > **Predict.** Sketch the loss and the size of the gradient over 24 steps. At which step is the
# > gradient largest?

# %%
guess("14.the_step_with_the_largest_gradient", 5)

# %%
run = descend(hill.gradient, [0.05], 0.3, 24)
sizes = np.linalg.norm(hill.gradient(run), axis=1)
figures.falls_and_rises(hill.value(run), sizes, 1.3 ** np.arange(25) * sizes[0])
print(f"|∇l| at first {sizes[0]:.3f}, at most {sizes.max():.3f}, at last {sizes[-1]:.3f}")
guessed("14.the_step_with_the_largest_gradient", sizes.argmax())

# %% [markdown]
# *Figure: down the hill the gradient grows, at first by the factor 1.3 a step, as fast as $L = 1$
# allows, until the hill bends into the valley.*
#
# What is true instead: a step multiplies the gradient by at most $a$.
#
# **Exercise 14.order** *(order the lines)*. Here is a proof for two steps, in disorder, with one
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
# The same for $j$ steps is **Lemma 2**:
#
# $$\lVert\nabla l(w_j)\rVert\le a^j\,\lVert\nabla l(w)\rVert .$$
#
# Your lines as numbers, on the first two steps of the figure's run:

# %%
lemma_2 = theory.RESULTS["lemma_2"]
down = theory.ResamplingInstance(losses=[hill], w=[0.05], alpha=0.3, steps=2)
show_numbers(lemma_2.evaluate(down)["trajectory"])

# %% [markdown]
# **Equality** again needs curvature $-L$, now along the gradient: then the gradient's change points
# along the gradient, and is as long as A1 allows. The concave quadratic attains it.
#
# ## How far from the start?
#
# The steps add up: $w_N-w = -\alpha\sum_{j<N}g_j$. If the gradients are bounded, so is the
# distance travelled.
#
# **Exercise 14.stray** *(give a bound)*. How far from its start can a run be after $N$ steps? Use
# only `alpha, L, N` and `g`, which is $\lVert g_0\rVert$; make the bound as small as you can. (A
# loop is fine.)

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
# | (0) | $= \alpha\lVert\sum_{j<N}g_j\rVert$ | the inner steps |
# | (1) | $\le \alpha\sum_{j<N}\lVert g_j\rVert$ | triangle inequality |
# | (2) | $\le \alpha\sum_{j<N}a^j\lVert g_0\rVert$ | Lemma 2 |
# | (3) | $= \frac{a^N-1}{L}\lVert g_0\rVert$ | geometric series, with $a-1=\alpha L$ |
#
# **Equality** in (1) needs gradients that all point the same way, in (2) what Lemma 2 needs: the
# concave quadratic has both. With these lines lesson 17 carries what happens on the support set
# over to the query set. *In tinymaml: `theory/results/lemma_9.py`, `excursion`.* On the first run
# of this lesson:

# %%
bound = abs(hill.gradient(from_right[0])[0]) * (1.1**20 - 1)
travelled = abs(from_right[20] - from_right[0])[0]
print(f"after 20 steps: at most {bound:.5f} from the start; the run gets {travelled:.5f}")

# %% [markdown]
# ## Take the assumption away
#
# In the proof of one step line (2) says A1. The loss $-w^2$ has curvature −2. Let it *declare*
# $L = 1$.
#
# > **Predict.** How many of the proof's lines (1) to (3) become false, that is, smaller than the
# > line directly above? Line (3) contains $L$ as well.

# %%
guess("14.how_many_lines_become_false", 2)

# %%
steeper = theory.Quadratic([[-2.0]], [0.0], L=1.0)
untrue = theory.ResamplingInstance(losses=[steeper], w=[1.0], u=[2.0], alpha=0.1, steps=1)
chain = lemma_1.evaluate(untrue)["step"]
show_numbers(chain)
guessed("14.how_many_lines_become_false", len(chain.violations))

# %% [markdown]
# One: the line that says A1. The claim falls with it. It could not have been another: line (1) does
# not contain $L$, and line (3) is algebra, with "=" for any number in the place of $L$. So it is in
# Lemma 2. Of 300 random sums of cosines that declare a third of their $L$, each line fails on:

# %%
def liar(rng):
    """A random sum of cosines that declares a third of its L, and a start."""
    x = rng.normal(size=(4, 2))
    c = rng.normal(size=4)
    phi = rng.uniform(-np.pi, np.pi, 4)
    L = theory.CosineSum(x, c, phi).L / 3
    loss = theory.CosineSum(x, c, phi, L=L)
    return theory.ResamplingInstance(losses=[loss], w=rng.normal(size=2), alpha=0.1 / L, steps=1)


rng = np.random.default_rng(1)
chains = [lemma_2.evaluate(liar(rng))["trajectory"] for _ in range(300)]
for number, line in enumerate(chains[0].lines[1:], 1):
    times = sum(number in chain.violations for chain in chains)
    print(f"({number}) false on {times:3d} of 300: {line.reason}")

# %% [markdown]
# A reason is understood when it can be taken away, and its line fails and no other.
#
# The other half of A1 is "$\nabla^2l$ is $\rho$-Lipschitz". Take *it* away: `theory.RootHessian`
# has the second derivative $-1+\min(\sqrt{|w|},\,2)$, infinitely steep at 0. Its declared
# $\rho = 1$ is false; its $L = 1$ is true. Two runs start at $10^{-6}$ and 0:

# %%
rough = theory.RootHessian()
instance = theory.ResamplingInstance(losses=[rough], w=[1e-6], u=[0.0], alpha=0.1, steps=10)
claims = [("lemma_1", "trajectory"), ("lemma_2", "trajectory"), ("lemma_3", "lipschitz")]
for name, claim in claims:
    chain = theory.RESULTS[name].evaluate(instance)[claim]
    reasons = [chain.lines[number].reason for number in chain.violations]
    print(f"{name}: first {chain.lhs:.4g}, last {chain.rhs:.4g}; false: {reasons}")

# %% [markdown]
# Lemmas 1 and 2 survive. Lemma 3, the next lesson's, is the first that needs $\rho$.
#
# ## A bound is no forecast
#
# Put a network's numbers into $a^N$: twelve waves, ten points each, a 1-40-40-1 network at its
# random start. The largest and the lowest curvature are *estimated*, by lesson 07's power
# iteration, at every fifth point of the runs with $\alpha=0.01$. A network has no $L$ everywhere:
# here it means that of the region of these runs, at least as large as the estimate. On each wave
# two runs start $10^{-6}$ apart, in the direction that moves the end most (to first order; power
# iteration again).

# %%
net, start, waves = nudges.network_on_waves(E)
calm = nudges.worst_pairs(net, start, waves, alpha=0.01)
wild = nudges.worst_pairs(net, start, waves, alpha=0.05)
L, lowest = nudges.curvatures(net, calm.points[:, ::5], waves)
print(f"lowest curvature / L: from {min(lowest / L):.2f} to {max(lowest / L):.2f}")
for alpha in (0.01, 0.05):
    print(f"α = {alpha}: α times this L from {alpha * L.min():.2f} to {alpha * L.max():.2f}")
bounds = (1 + 0.01 * L[:, None]) ** np.arange(21)
print(f"α = 0.01: (1 + αL)^20 from {bounds[:, -1].min():.1e} to {bounds[:, -1].max():.1e}")

# %% [markdown]
# > **Predict.** First $\alpha = 0.01$, where the bounds are above a million. One of the twelve
# > pairs parts most. By what factor does its distance grow in 20 steps? Then $\alpha = 0.05$, far
# > to the right in the V. On how many of the twelve waves does the distance grow more than a
# > thousandfold?

# %%
guess("14.how_far_the_worst_pair_parts", 3_000)
guess("14.how_many_pairs_explode", 12)

# %%
explode = wild.factors[:, -1] > 1000
raised = wild.losses[:, 1] > wild.losses[:, 0]
rises = wild.losses[:, -1] > wild.losses[:, 0]
print(f"α = 0.05: more than a thousandfold on waves {np.flatnonzero(explode)},")
print(f"          the loss ends above its start on {np.flatnonzero(rises)},")
print(f"          the first step raises it on {raised.sum()} of the 12")
figures.twelve_waves(bounds, L, calm.factors, wild.factors)
worst = calm.factors[:, -1].argmax()
allowed = (1 - 0.01 * lowest[worst]) ** 20
print(f"α = 0.01: wave {worst} parts most; its lowest curvature allows {allowed:,.0f}")
guessed("14.how_far_the_worst_pair_parts", calm.factors[:, -1].max().round(1))
guessed("14.how_many_pairs_explode", explode.sum())

# %% [markdown]
# *Figure: left, bounds of a million and more, and distances that grow about fourfold at most.
# Right, four of the twelve pairs explode, on the four waves whose loss ends above its start.*
#
# On the left, as far as the estimate goes, $\alpha L<2$: only negative curvature parts runs. The
# lowest found is $-0.47L$, where the bound allows for $-L$. That is part of the gap: on the wave
# that parts most, the lowest curvature found would still allow more than a thousand. The difference
# of the two runs does not stay in the lowest direction, at the lowest curvature. A bound with the
# region's $L$ is larger still: true and useless. On the right $\alpha L>5$: positive curvature
# parts runs as well, by overshooting. The first step raises every one of the losses, which takes
# curvature above $2/\alpha$. No bound of this lesson says why eight of the twelve recover.
#
# ## What goes wrong in practice
#
# - **The loss explodes on some tasks**, as on the right: where the curvature is above $2/\alpha$,
#   steps overshoot, and not every run comes back. *Test:* each task's loss after each step, not
#   their mean at the end.
# - **Two machines, two results.** Rounding differs in the 16th digit. Where each step multiplies by
#   1.1, 387 steps make $10^{-16}$ a difference of 1, since $1.1^{387}\approx10^{16}$; in PyTorch's
#   float32, from $10^{-7}$, 170. *Test:* the same run in both precisions; compare losses.
# - **Clipping that starts late.** A threshold taken from the first gradient cuts in mid-run: the
#   gradient may grow while the loss falls. *Test:* log what `torch.nn.utils.clip_grad_norm_`
#   returns, the norm before clipping.
#
# ## Back to the question
#
# Two runs end at most $(1+\alpha L)^N$ times as far apart as they started: 0.00673 after 20 steps,
# for the two runs 0.001 apart on the hill. One run gets at most
# $\lVert\nabla l(w)\rVert\,((1+\alpha L)^N-1)/L$ from its start: there, 0.00286. Neither needs
# $\rho$, convexity or a minimum: only A1's $L$, once a step. The concave quadratic attains both.
# You can now bound what an inner loop does, and name the loss that makes your bound an equality.
#
# *Sources.* Ji, Yang & Liang, JMLR 23 (2022): where these bounds are used. Drori & Teboulle, Math.
# Program. 145 (2014). Taylor, Hendrickx & Glineur, SIAM J. Optim. 27 (2017). PEPit: Goujaud et al.,
# Math. Program. Comput. 16 (2024).
#
# **Next: 15.** Every $l_i$ has a Lipschitz gradient. Has the meta-objective?
