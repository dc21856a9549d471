# %% [markdown]
# # 18 · A stepsize from a guess
#
# **The step that is guaranteed to descend is one over
# $L_w=A+C_{\mathcal L}\,\mathbb E_i\lVert\nabla l_{T_i}(w)\rVert$, and that holds a mean over *all*
# tasks. I can draw only a few. Is one over a guess a guess of one over?**
#
# *(about 20 minutes' reading; 6 exercises, 30 minutes. You need: 13, 15, 17. You will be able to:
# say what a random stepsize costs, name the law that is worst for it, choose how many tasks to
# draw, and say why they must be fresh.)*
#
# All symbols on one page: [Notation](appendix_07_notation.ipynb).

# %%
# given
import numpy as np

from tinymaml import theory

# for you to type
from tinymaml.course import check, hint, restore, solution, status, use
from tinymaml.course import guess, guessed
from tinymaml.course.figures import lesson_18 as figures, one_step
from tinymaml.course.given.lengths import sampled_tasks, show_changed, tasks_of_lengths
from tinymaml.course.given.one_page import one_page
from tinymaml.course.given.waves import Wave, instance
from tinymaml.theory.table import show

lemma_8 = theory.RESULTS["lemma_8"]
lemma_11 = theory.RESULTS["lemma_11"]

# %%
one_step.draw(lesson=18)

# %% [markdown]
# *Figure: one step of Algorithm 2, $w^+=w-\beta\bar G$, with $\bar G$ the mean of $B$ tasks'
# meta-gradients. Both holes of this lesson hold the stepsize β: its mean multiplies what a step
# gains, its mean square what a step costs.*
#
# ## One over a guess
#
# Algorithm 2 takes $\beta=1/(C_\beta\hat L)$, where $C_\beta$ is a number that we choose, and
# $\hat L$ is a guess of $L_w$:
#
# $$\hat L = A+C_{\mathcal L}X,\qquad X = \text{the mean of }\lVert\nabla l_{T_i}(w)\rVert\text{
# over }B'\text{ fresh tasks.}$$
#
# *Fresh* means drawn for the guess alone, not those of the batch. The numbers $A$ and
# $C_{\mathcal L}$ are known (lesson 17). Throughout, $w$ is fixed, and $\mathbb E$ is the mean over
# the draw.
#
# Write $m=\mathbb E_i\lVert\nabla l_{T_i}(w)\rVert$ for the mean length. Then $\mathbb EX=m$, and
# so $\mathbb E\hat L=L_w$, for every $B'$: the guess is *unbiased*.
#
# > **Predict.** $A=C_{\mathcal L}=1$, and $X$ is 0 or 10, each with probability ½. So $L_w=6$.
# > What is $\mathbb E[1/\hat L]\cdot L_w$? And $\mathbb E[1/\hat L^2]\cdot L_w^2$?

# %%
guess("18.mean_of_one_over", 1.0)
guess("18.mean_of_its_square", 1.0)

# %%
lengths = np.array([0.0, 10.0])
chances = np.array([0.5, 0.5])
L_hat = 1 + lengths
L_w = chances @ L_hat
on_the_chord = chances @ (1 / L_hat)
figures.chord(lengths, chances, on_the_chord)
print(f"E[1/L̂] = {on_the_chord:.3f}, and 1/L_w = {1 / L_w:.3f}")
guessed("18.mean_of_one_over", on_the_chord * L_w)
guessed("18.mean_of_its_square", chances @ L_hat**-2 * L_w**2)

# %% [markdown]
# *Figure: the mean over the two values lies half-way along the chord, and the chord of a convex
# curve lies above it.*
#
# On average, one over the guess is 3.27 times one over $L_w$. And the mean of its square is 18.1,
# not $3.27^2=10.7$: the variance of $L_w/\hat L$ comes on top.
#
# The first hole asks for a bound from *below*, and the picture proves it. **Lemma 11** *(mean)*,
# with $B'=1$, on a task *at rest*, whose gradient is 0, and one whose gradient has the length 10:

# %%
one_of_two = tasks_of_lengths(lengths, chances, drawn=1)
show(lemma_11.evaluate(one_of_two)["mean"])

# %% [markdown]
# Equality holds if and only if $X$ is the same in every draw. That the mean is larger does no harm
# in itself: it multiplies the gain.
#
# **Exercise 18.reverse** *(find the false line)*. A student proves the opposite:
#
# | | | why |
# |---|---|---|
# | 1 | $1=\mathbb E\big[\hat L\cdot\tfrac1{\hat L}\big]$ | $\hat L>0$ |
# | 2 | $=\mathbb E\hat L\;\mathbb E\tfrac1{\hat L}+c$ | $c$ is the covariance of the two |
# | 3 | $\ge\mathbb E\hat L\;\mathbb E\tfrac1{\hat L}$ | both come from one draw: $c\ge0$ |
# | 4 | $\mathbb E\tfrac1{\hat L}\le1\big/\mathbb E\hat L$ | divide by $\mathbb E\hat L>0$ |
#
# Give the number of the line that does not follow from its reason, and a law of $X$, its values
# and their probabilities, on which it is false by at least 5%. Again $A=C_{\mathcal L}=1$. It does
# not take a task at rest: choose all lengths between 1 and 4.

# %%
# exercise 18.reverse
### BEGIN SOLUTION
#: false_line = ...
#: X = [..., ...]  # its values, two or more
#: p = [..., ...]  # their probabilities
false_line = 3
X = [1.0, 4.0]
p = [0.5, 0.5]
### END SOLUTION

# %%
check("18.reverse")

# %% [markdown]
# ## The worst law
#
# The second hole asks for a bound from *above*. $\hat L\ge A$, and so
# $\mathbb E[1/\hat L^2]\le1/A^2$. But that is $(L_w/A)^2$ times $1/L_w^2$, and where gradients are
# long it is useless.
#
# What else is known of $X$? Its mean, μ, is $m$. Its variance, $s^2$, is small if enough tasks are
# drawn, since A2 bounds how far they differ:
# $\mathbb E_i\lVert\nabla l_{T_i}(w)-\nabla l_T(w)\rVert^2\le\sigma^2$, with $l_T$ the mean of the
# $l_{T_i}$. **Lemma 11** *(variance)* takes $B'\ge4C_{\mathcal L}^2\sigma^2/(3A^2)$, and at least
# 1. For our two tasks $\sigma=5$, and $B'=34$ is enough:

# %%
thirty_four = tasks_of_lengths(lengths, chances, drawn=34)
show(lemma_11.evaluate(thirty_four)["variance"])

# %% [markdown]
# The third fact is easily forgotten: **$X\ge0$**. Which law with a given mean and variance is the
# worst?
#
# **Exercise 18.worst** *(make it an equality)*. For $A=C_{\mathcal L}=1$: return the law of $X$
# that has the largest $\mathbb E[1/(1+X)^2]$ of all laws on $[0,\infty)$ with the given mean and
# variance.

# %%
# exercise 18.worst
def worst_law(mean, variance):
    """mean, variance > 0. -> the values of X, and their probabilities: two lists."""
    ### BEGIN SOLUTION
    far = mean + variance / mean
    return [0.0, far], [1 - mean / far, mean / far]
    ### END SOLUTION

# %%
check("18.worst")

# %% [markdown]
# How can one *prove* that no law is worse? Write $f(x)=1/(1+x)^2$, and $x_1$ for your larger
# value. Then draw a parabola $p$.

# %%
X, _ = worst_law(2.0, 3.0)
x_1 = max(X)
x = np.linspace(-0.4, 6, 400)
f_0, f_1 = 1, (1 + x_1) ** -2
slope = -2 * (1 + x_1) ** -3
# p = f at 0 and at x_1, and p' = f' at x_1
bend = (f_0 - f_1 + slope * x_1) / x_1**2
parabola = f_1 + slope * (x - x_1) + bend * (x - x_1) ** 2
figures.parabola(x, (1 + x) ** -2, parabola, x_1)

# %% [markdown]
# *Figure: mean 2 and variance 3. $p$ meets $f$ at 0, touches it at $x_1$, and stays above it right
# of 0. Left of 0 it does not, and $f$ grows beyond all bounds.*
#
# On lengths $f\le p$, so $\mathbb Ef(X)\le\mathbb E\,p(X)$. And the mean of a *parabola* depends on
# the mean and the variance of $X$ only: it is the same for all our laws. Yours sits where $p=f$, so
# it attains the bound. Here is the chain, called *(wooff)* after its author, on
# another law, with the lengths 1, 2 and 5. It stands in Lemma 8 and serves both.

# %%
three_lengths = sampled_tasks([1, 2, 5], [0.3, 0.5, 0.2], noise=0)
show(lemma_8.evaluate(three_lengths)["wooff"])

# %% [markdown]
# Why does $p$ stay above $f$? A function and a parabola that agree three times (a touch counts
# twice) differ by $f-p=\tfrac16f'''(\xi)\,x(x-x_1)^2$, at some ξ between. Here $f'''<0$. The
# chain's $f[0,x_1,x_1,X]$, a *divided difference*, is this $\tfrac16f'''(\xi)$.
#
# *In tinymaml: `theory/two_points.py`, `extremal_law`.*
#
# ## Two branches
#
# Now the variance and the worst law together. **Lemma 11** *(second moment)*: with that $B'$,
# $\mathbb E[1/\hat L^2]\le4/L_w^2$. The proof has two branches.
#
# - *Short gradients*, $C_{\mathcal L}m\le A$. Then $L_w\le2A$, and $1/A^2\le4/L_w^2$ is enough.
# - *Long gradients*, $C_{\mathcal L}m>A$. Then the worst law is needed. Here it is itself: a task
#   at rest, with probability 0.1925, and one of the length 2.19.

# %%
nearly = tasks_of_lengths([0, 2.19], [0.1925, 0.8075])
chain = lemma_11.evaluate(nearly)["second moment"]
show(chain)
print(f"E[1/L̂²]·L_w² = {chain.lhs * nearly.smoothness**2:.3f}")

# %% [markdown]
# The truth is 2.08 of the 4. More than half of the slack is in the line with the branch.
#
# To see both branches at once, let $z=C_{\mathcal L}m/A$ compare the two parts of
# $L_w=A+C_{\mathcal L}m$. Let $t=C_{\mathcal L}s/A$ be the spread; the size of $B'$ says
# $t^2\le\tfrac34$. Then
#
# $$\underbrace{\frac1{A^2}=\frac{(1+z)^2}{L_w^2}}_{\text{short}},\qquad
# \underbrace{\frac{s^2}{A^2m^2}+\frac1{L_w^2}=\frac{t^2(1+1/z)^2+1}{L_w^2}}_{\text{long}}.$$

# %%
# given
def worst_factor(z, t2):
    """E[1/L̂²]·L_w² of your worst law: A = C_𝓛 = 1, mean z, variance t2."""
    X, p = worst_law(z, t2)
    return (1 + z) ** 2 * np.dot(p, (1 + np.array(X)) ** -2.0)

# %%
z = np.geomspace(0.05, 20, 400)
short = (1 + z) ** 2
long = 1 + 3 / 4 * (1 + 1 / z) ** 2
worst = np.array([worst_factor(one, 3 / 4) for one in z])
figures.branches(z, short, long, worst)
print(f"the worst law: at most {worst.max():.3f}, at z = {z[worst.argmax()]:.2f}")

# %% [markdown]
# *Figure: $t^2=\tfrac34$. The lemma takes the short branch left of $z=1$ and the long branch right
# of it. They meet at 4. No law passes the blue curve; grey is what the proof gives away.*
#
# The package proves 2.1 as well, *(sharper)*, without branches: there a polynomial has to be
# positive. And *(root)*: by Cauchy–Schwarz, $\mathbb E[1/\hat L]\le2/L_w$.
#
# *In tinymaml: `theory/two_points.py`, `two_point`.*
#
# **Exercise 18.branch** *(give a bound)*. Must the border be at $z=1$? Up to the border the short
# branch is used, beyond it the long one. For a given bound on $t^2$, put the border where the
# constant $K$ that they prove, together and for *all* $z$, is smallest.

# %%
# exercise 18.branch
def two_branches(t2):
    """t2 > 0: C_𝓛²s² ≤ t2·A². -> the border, a z; and K, with E[1/L̂²] ≤ K/L_w²."""
    ### BEGIN SOLUTION
    low, high = 0.0, 1e6
    for _ in range(200):
        z = (low + high) / 2
        if (1 + z) ** 2 < 1 + t2 * (1 + 1 / z) ** 2:
            low = z
        else:
            high = z
    return z, (1 + z) ** 2
    ### END SOLUTION

# %%
check("18.branch")

# %%
for t2, whose in ((3 / 4, "Lemma 11"), (5 / 16, "Lemma 8")):
    border, K = two_branches(t2)
    worst = max(worst_factor(one, t2) for one in z)
    print(f"t² ≤ {t2:.4f} ({whose}): border {border:.3f}, K = {K:.3f}; worst law {worst:.3f}")

# %% [markdown]
# For Lemma 11's size the border at 1 is the best. Lemma 8, below, has the smaller spread
# $\tfrac5{16}$ and the same border, hence its 4. The better border makes 2.87 of that 4.
#
# ## Is the size needed?
#
# **Exercise 18.factor** *(write it)*. A test without a lemma: the exact factor
# $\mathbb E[1/\hat L^2]\cdot L_w^2$ for any $B'$. A task's gradient has the length `length` with
# probability `share`; else the task is at rest. Again $A=C_{\mathcal L}=1$.

# %%
# exercise 18.factor
from math import comb


def factor(length, share, drawn):
    """E[1/L̂²]·L_w², a number. drawn: B', how many tasks the guess draws."""
    ### BEGIN SOLUTION
    total = 0.0
    for moving in range(drawn + 1):
        chance = comb(drawn, moving) * share**moving * (1 - share) ** (drawn - moving)
        total += chance / (1 + length * moving / drawn) ** 2
    return total * (1 + share * length) ** 2
    ### END SOLUTION

# %%
check("18.factor")

# %%
for length, share in ((10, 0.5), (10, 0.9), (100, 0.1)):
    asked = int(np.ceil(4 / 3 * length**2 * share * (1 - share)))
    enough = 1
    while factor(length, share, enough) > 4:
        enough += 1
    alone = factor(length, share, 1)
    print(f"length {length:3}, share {share}: factor {alone:6.2f} at B' = 1;", end=" ")
    print(f"≤ 4 from {enough:2} on; lemma: {asked}")

# %% [markdown]
# The lemma, which knows σ only, asks for far more tasks than these laws need. But one task is not
# enough for a factor of 4.
#
# **A sceptic asks: does a rough guess hurt a run?** Take eight tasks, waves as in lesson 15: two
# with the slopes ±200, six nearly at rest. We step along the exact $\nabla\mathcal L$; only $\hat
# L$ is guessed. With all tasks $\hat L=L_w$, and $C_\beta=1$ is lesson 15's guaranteed step.

# %%
# given
waves = [Wave(0.1, 0.9, 200), Wave(0.1, -0.9, -200)] + 6 * [Wave(0.1, 0.9)]
eight = instance(waves, 1 / 16, 2, w=12.0)


def mean_of_drawn(norms, drawn, rng):
    """norms (tasks, runs). -> the mean over that many random tasks, (runs,); drawn = 0: all."""
    if not drawn:
        return norms.mean(0)
    tasks = rng.integers(len(norms), size=(drawn, norms.shape[1]))
    return norms[tasks, np.arange(norms.shape[1])].mean(0)

# %%
def descend(C_beta, drawn, runs=1000, iterations=20):
    """Runs along ∇𝓛 with a guessed stepsize. -> 𝓛, (iterations + 1, runs)."""
    rng = np.random.default_rng(0)
    w = np.full((runs, 1), 12.0)
    losses = [eight.meta_loss(w)]
    for _ in range(iterations):
        norms = [abs(task.outer.gradient(w)[:, 0]) for task in eight.tasks]
        X = mean_of_drawn(np.array(norms), drawn, rng)
        L_hat = eight.constants.A + eight.constants.C_meta * X
        w = w - eight.meta_gradient_at(w) / (C_beta * L_hat[:, None])
        losses.append(eight.meta_loss(w))
    return np.array(losses)

# %%
runs = {}
for C_beta in (1, 4):
    for drawn in (1, 16, 0):
        losses = descend(C_beta, drawn)
        runs[C_beta, drawn] = losses
        up = (np.diff(losses, axis=0) > 1e-9).mean()
        fall = (losses[0] - losses[3]).mean()
        who = f"C_β = {C_beta}, B' = {drawn or 'all':3}"
        print(f"{who}: {up:4.0%} of the steps go up; three steps gain {fall:.2f}")
figures.runs(runs)

# %% [markdown]
# *Figure: ten of the runs. With $C_\beta=1$ a guess from one task jumps from well to well, at times
# into a lower one. With $C_\beta=4$ all runs fall into the same well, those of one task first.*
#
# **The price of a rough guess is a larger $C_\beta$.** Here it is a low price, as the steps are
# longer on average: one task with $C_\beta=4$ gains 5.36 in three steps, all tasks with $C_\beta=1$
# gain 5.51. Which $C_\beta$ is large enough? With the lemma's $B'$ and an exact $\bar
# G=\nabla\mathcal L$, the two holes make $-1/C_\beta+\tfrac12\cdot4/C_\beta^2$ times
# $\lVert\nabla\mathcal L\rVert^2/L_w$: on average the step descends for
# every $C_\beta>2$.
#
# ## When the gradients are samples too
#
# In Algorithm 1 even one task's gradient has to be guessed. $X$ is then the mean of
# $\lVert\hat g\rVert$ over $B'$ tasks, with $\hat g$ the mean of $D_L$ samples of $\nabla l_i(w)$.
# One sample, $\hat g_1$, has a mean square error of $\sigma_g^2$ at most (lesson 13), and
# $A=a^{2N}L$. **Lemma 8** is Lemma 11 with other numbers:
#
# | | Lemma 11, exact gradients | Lemma 8, samples |
# |---|---|---|
# | $\mu=\mathbb EX$ | $=m$ | between $m$ and $m+\sigma_g/\sqrt{D_L}$ |
# | $s^2$ | $\le\sigma^2/B'$ | $\le(\sigma^2+\sigma_g^2/D_L)/B'$ |
# | $D_L\ge$ | (no samples) | $\max(1,16C_{\mathcal L}^2\sigma_g^2/A^2)$ |
# | $B'\ge$ | $\max(1,4C_{\mathcal L}^2\sigma^2/(3A^2))$ | $(16C_{\mathcal L}^2\sigma^2/A^2+1)/5$ |
# | $\mathbb E[1/\hat L]$ | $\ge1/L_w$ | $\ge4/(5L_w)$ |
# | $\mathbb E[1/\hat L^2]$ | $\le4/L_w^2$ | $\le4/L_w^2$ |
#
# A noisy gradient is longer, on average, than the gradient: $\mathbb E\lVert\hat
# g\rVert\ge\lVert\mathbb E\hat g\rVert$. So this guess is *biased*, upwards. The lines of the proof
# whose reason Lemma 11 does not have:

# %%
exact = tasks_of_lengths([0, 1.8], [0.2, 0.8])
sampled = sampled_tasks([0, 1.8], [0.2, 0.8], noise=0.25, drawn=3)
show_changed(lemma_11.evaluate(exact), lemma_8.evaluate(sampled))

# %% [markdown]
# **Exercise 18.moments** *(write it)*. One variable, equally likely tasks with the gradients `g`,
# and $D_L=1$: the sample of a task is its gradient plus or minus `noise`, equally likely. Return μ
# and $s^2$.

# %%
# exercise 18.moments
def moments(g, noise, drawn):
    """g: a list of numbers, of either sign. drawn: B'. -> E X, Var X."""
    ### BEGIN SOLUTION
    g = np.asarray(g, float)
    lengths = np.abs(np.concatenate([g + noise, g - noise]))
    return lengths.mean(), lengths.var() / drawn
    ### END SOLUTION

# %%
check("18.moments")

# %% [markdown]
# Now make each size too small, once.
#
# > **Predict.** $A=C_{\mathcal L}=1$, and all tasks are at rest; a sample is off by ±10, and
# > $D_L=1$. What is $\mathbb E[1/\hat L]\cdot L_w$ for $B'=1$? And for $B'=8$?

# %%
guess("18.noisy_with_one_task", 1.0)
guess("18.noisy_with_eight_tasks", 1.0)

# %%
few_tasks = sampled_tasks([0, 100], [0.9, 0.1], noise=0, drawn=1)
one_sample = sampled_tasks([0], [1], noise=10, drawn=1)
more_tasks = sampled_tasks([0], [1], noise=10, drawn=8)
seen = {}
for name, problem in (
    ("B' too small", few_tasks),
    ("D_L too small", one_sample),
    ("the same, B' = 8", more_tasks),
):
    chains = lemma_8.evaluate(problem)
    seen[name] = chains["root"].lhs * problem.smoothness
    square = chains["second moment"].lhs * problem.smoothness**2
    print(f"{name}: E[1/L̂]·L_w = {seen[name]:.3f}, E[1/L̂²]·L_w² = {square:.4g}; false:")
    for claim, chain in chains.items():
        for number in chain.violations:
            print(f"    ({claim}) {chain.lines[number].reason}")
guessed("18.noisy_with_one_task", seen["D_L too small"])
guessed("18.noisy_with_eight_tasks", seen["the same, B' = 8"])

# %% [markdown]
# Too few tasks: $X$ is 0 in nine draws of ten, and the mean square of the stepsize is 109 times too
# large. Too few samples: $X$ is 10 where all tasks are at rest, and the stepsize is 11 times too
# short, however many tasks are drawn. **$B'$ divides the variance; only $D_L$ reduces the bias
# $\mu-m$.** The lines that rest on no size stay true.
#
# ## Why fresh tasks?
#
# In the map the mean of β stands apart from $\bar G$: a product of two means, where the step has
# the mean of a product, $\mathbb E[\beta\bar G]$. For independent β and $\bar G$ the two are equal.
# But the batch's gradients are computed anyway. Why draw other tasks?
#
# **Exercise 18.own** *(break it)*. "A stepsize from the batch's own gradients still goes downhill,
# on average." Take one variable, a batch of one task, and α so small that $\nabla\mathcal L_i$ and
# $\nabla l_{T_i}$ are the same number $G$; β is $1/(1+\lvert G\rvert)$. Choose the tasks, with
# $\mathbb EG\ge1$, so that downhill is to the left, and yet $\mathbb E[\beta G]\le-0.05$.

# %%
# exercise 18.own
### BEGIN SOLUTION
#: G = [..., ...]  # the tasks' gradients, two or more
#: p = [..., ...]  # their probabilities
G = [40.0, -1.0]
p = [0.25, 0.75]
### END SOLUTION

# %%
check("18.own")

# %%
beta = 1 / (1 + np.abs(G))
mean_G = np.dot(p, G)
mean_beta = np.dot(p, beta)
print(f"E G = {mean_G:.3f}, E β = {mean_beta:.3f}")
print(f"the step's mean, −E[βG]: own {-np.dot(p, beta * G):+.3f}, fresh {-mean_beta * mean_G:+.3f}")

# %% [markdown]
# A stepsize of its own shortens just the step that carries the mean. With β from a fresh task, of
# the same law, the mean step goes downhill.
#
# ## The proof so far
#
# One step of Theorem 2, on a page. This lesson's lines are tinted. The names κ, φ, θ and χ collect
# constants, and lesson 19 reads them.

# %%
one_page(nearly.replace(C_beta=100.0), lesson=18)

# %% [markdown]
# > **What goes wrong in practice**
# >
# > - **Clipped training drifts away from the minimum of the mean.** PyTorch's `clip_grad_norm_`
# >   scales each batch by its own norm: a stepsize as in 18.own. Test: average many *clipped*
# >   gradients at one $w$. Is their inner product with the average of the unclipped ones positive?
# > - **Now and then one step blows the loss up.** The guess drew short gradients only, and $\hat L$
# >   was near $A$. Test: print the least $\hat L$ of a hundred draws beside their mean.
# > - **More tasks in the guess do not make the steps longer.** They are short because each gradient
# >   is noisy. Test: twice the samples for each task, not twice the tasks.
#
# ## Back to the question
#
# No. One over a guess is *larger* on average: 3.27 times for the two values 0 and 10, and its
# square 18 times. The first does no harm. The second is at most 4 times, if the guess draws
# $B'\ge4C_{\mathcal L}^2\sigma^2/(3A^2)$ fresh tasks; the worst law, a task at rest and one that is
# not, comes to 2.09. You can now replace a mean in a denominator by a sample, and say what that
# costs.
#
# *Sources.* K. Ji, J. Yang, Y. Liang, JMLR 23 (2022): the random stepsize, with other constants.
# D. A. Wooff, J. R. Statist. Soc. B 47 (1985): the worst law. The 2.1 is this course's own.
#
# **Next.** All holes of the map are filled. Lesson 19 puts the step together, takes $K$ of them,
# and asks when Algorithm 2 arrives; and whether the guess was needed.
