# %% [markdown]
# # 18 · A stepsize from a guess
#
# **Is one over a guess of $L_w$, on average, one over $L_w$? I have to guess: the smoothness
# $L_w=A+C_{\mathcal L}\,\mathbb E_i\lVert\nabla l_{T_i}(w)\rVert$ contains a mean over *all* tasks,
# and I can draw only a few.**
#
# *(about 20 minutes' reading; 6 exercises, 30 minutes. You need: 13, 15, 17. You will be able to:
# say what a random stepsize costs, name the law (distribution) that is worst for it, choose how
# many tasks to draw, and say why they must be fresh.)*
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
from tinymaml.course.given.lengths import sampled_tasks, tasks_of_lengths
from tinymaml.course.given.one_page import one_page
from tinymaml.course.given.waves import Wave, instance
from tinymaml.theory.table import show

lemma_8 = theory.RESULTS["lemma_8"]
lemma_11 = theory.RESULTS["lemma_11"]

# %%
one_step.draw(lesson=18)

# %% [markdown]
# *Figure: the map of the proof, one step of Algorithm 2: $w^+=w-\beta\bar G$, with $\bar G$ the
# mean of $B$ tasks' meta-gradients. Its* holes *are underlined. This lesson fills the two that hold
# the stepsize β: its mean multiplies what a step gains, its mean square what a step costs.*
#
# ## One over a guess
#
# Algorithm 2 takes $\beta=1/(C_\beta\hat L)$, where $C_\beta$ is a number that we choose, and
# $\hat L$ is a guess of $L_w$:
#
# $$\hat L = A+C_{\mathcal L}X,\qquad X = \text{the mean of }\lVert\nabla l_{T_i}(w)\rVert\text{
# over }B'\text{ fresh tasks.}$$
#
# *Fresh* means drawn, with replacement, for the guess alone. The numbers $A$ and
# $C_{\mathcal L}$ are known (lesson 17). Throughout, $w$ is fixed, and $\mathbb E$ is the mean over
# the draw.
#
# Write $m=\mathbb E_i\lVert\nabla l_{T_i}(w)\rVert$ for the mean length. Then $\mathbb EX=m$, and
# so $\mathbb E\hat L=L_w$, for every $B'$: the guess is *unbiased*.
#
# > **Predict.** $A=C_{\mathcal L}=1$, and $X$ is 0 or 10, each with probability ½. So
# > $L_w=6$. Both numbers are 1 if $\hat L$ is always $L_w$: how large are
# > $\mathbb E[1/\hat L]\cdot L_w$ and $\mathbb E[1/\hat L^2]\cdot L_w^2$ here?

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
# *Figure: the mean over the two values lies half-way along the chord, and between its ends the
# chord of a convex curve lies above it.*
#
# On average, one over the guess is 3.27 times $1/L_w$. The mean of its square is 18.1 times
# $1/L_w^2$, and not $3.27^2=10.7$ times: the variance of $L_w/\hat L$ is added.
#
# The first hole asks for a bound from *below*. It is **Lemma 11** *(mean)*:
#
# $$\mathbb E[1/\hat L]\;\ge\;1/L_w.$$
#
# For two values the picture proves it. Take the same law: $B'=1$ and two equally likely tasks, one
# *at rest*, with the gradient 0, and one whose gradient has the length 10.

# %%
one_of_two = tasks_of_lengths(lengths, chances, drawn=1)
show(lemma_11.evaluate(one_of_two)["mean"])

# %% [markdown]
# Equality holds if and only if $X$ is the same in every draw. In its own hole a larger $\mathbb
# E[\beta]$ only helps: since the bias $e$ is 0, $\mathbb E[\beta]$ multiplies
# $-\lVert\nabla\mathcal L\rVert^2$. But $\mathbb E[\beta^2]\ge(\mathbb E\beta)^2$: the other hole
# pays for it.
#
# **Exercise 18.reverse** *(find the false line)*. A student proves the opposite:
#
# | | | why |
# |---|---|---|
# | 1 | $1=\mathbb E\big[\hat L\cdot\tfrac1{\hat L}\big]$ | $\hat L>0$ |
# | 2 | $=\mathbb E\hat L\;\mathbb E\tfrac1{\hat L}+\text{Cov}$ | Cov is the covariance of the two |
# | 3 | $\ge\mathbb E\hat L\;\mathbb E\tfrac1{\hat L}$ | both come from one draw: Cov ≥ 0 |
# | 4 | $\mathbb E\tfrac1{\hat L}\le1\big/\mathbb E\hat L$ | divide by $\mathbb E\hat L>0$ |
#
# Give the number of the line that does not follow from its reason. Give also a law of $X$, values
# and probabilities, on which that line is false by at least 5%. Again $A=C_{\mathcal L}=1$. No
# task need be at rest: choose all lengths between 1 and 4.

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
# What else is known of $X$? Its mean, μ, is $m$ (with noisy gradients it can be larger). Its
# variance, $s^2$, is small if enough tasks are drawn, since A2 bounds how far they differ:
# $\mathbb E_i\lVert\nabla l_{T_i}(w)-\nabla l_T(w)\rVert^2\le\sigma^2$, with $l_T$ the mean of the
# $l_{T_i}$. **Lemma 11** *(variance)* asks for
# $B'\ge4C_{\mathcal L}^2\sigma^2/(3A^2)$, and at least 1 (a chain calls such a condition a *size*).
# It gives $C_{\mathcal L}^2s^2\le\tfrac34A^2$. For our two tasks $\sigma=5$, and $B'=34$ is enough:

# %%
thirty_four = tasks_of_lengths(lengths, chances, drawn=34)
show(lemma_11.evaluate(thirty_four)["variance"])

# %% [markdown]
# The third fact is easily forgotten: **$X\ge0$**. Which law with a given mean and variance is the
# worst?
#
# **Exercise 18.worst** *(make it an equality)*. For $A=C_{\mathcal L}=1$: return the law of $X$
# that has the largest $\mathbb E[1/(1+X)^2]$ of all laws on $[0,\infty)$ with the given mean and
# variance. It takes only two values.

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
# value. Then draw a parabola ψ.

# %%
X, _ = worst_law(2.0, 3.0)
x_1 = max(X)
x = np.linspace(-0.4, 6, 400)
f_0, f_1 = 1, (1 + x_1) ** -2
slope = -2 * (1 + x_1) ** -3
# ψ = f at 0 and at x_1, and ψ' = f' at x_1
bend = (f_0 - f_1 + slope * x_1) / x_1**2
parabola = f_1 + slope * (x - x_1) + bend * (x - x_1) ** 2
figures.parabola(x, (1 + x) ** -2, parabola, x_1)

# %% [markdown]
# *Figure: mean 2 and variance 3. ψ meets $f$ at 0 and touches it at $x_1$. Left of 0 ψ is below,
# and there $f$ grows beyond all bounds.*
#
# For $x\ge0$, $f\le\psi$. Since $X\ge0$, $\mathbb Ef(X)\le\mathbb E\,\psi(X)$. The mean of a
# *parabola* depends on the mean and the variance of $X$ only: it is the same for all our laws.
# Yours sits where $\psi=f$, and attains the bound.
#
# Why is $\psi\ge f$ for $x\ge0$? A function and a parabola that agree three times (a touch counts
# twice) differ by $f(x)-\psi(x)=\tfrac16f'''(\xi)\,x(x-x_1)^2$, at some ξ: use Rolle's theorem
# three times. Here $f'''<0$ and $x\ge0$, so the difference is at most 0. In the chain,
# $\tfrac16f'''(\xi)$ is written $f[0,x_1,x_1,X]$, a *divided difference*.
#
# *(wooff)*, called after its author, is a lemma of its own: any $X\ge0$ with a variance will do.
# The package lists it under Lemma 8, of which Lemma 11 cites nothing else. First your law of mean 2
# and variance 3, then the chain on three lengths with the same mean and variance, and so the same
# bound.

# %%
# an instance of Algorithm 1, where `tasks_of_lengths` gives one of Algorithm 2
yours = sampled_tasks(*worst_law(2.0, 3.0), noise=0)
chain = lemma_8.evaluate(yours)["wooff"]
print(f"your law: E f(X) = {chain.lhs:.6f}, the bound is {chain.rhs:.6f}")
three_lengths = sampled_tasks([0, 2, 5], [0.3, 0.5, 0.2], noise=0)
show(lemma_8.evaluate(three_lengths)["wooff"])

# %% [markdown]
# *In tinymaml: `theory/two_points.py`, `extremal_law`.*
#
# ## Two branches
#
# The variance and the worst law together: **Lemma 11** *(second moment)*: with that $B'$,
# $\mathbb E[1/\hat L^2]\le4/L_w^2$. The proof has two branches.
#
# - *Short gradients*, $C_{\mathcal L}m\le A$. Then $L_w\le2A$, and $1/A^2\le4/L_w^2$ is enough.
# - *Long gradients*, $C_{\mathcal L}m>A$. Then the worst law is needed.
#
# Our instance is your worst law of mean 1.78 and variance $\tfrac34$; the next figure shows why
# 1.78. Here $A=C_{\mathcal L}=1$ and $\sigma^2=\tfrac34$: $B'=1$ is enough.

# %%
nearly = tasks_of_lengths(*worst_law(1.78, 3 / 4), drawn=1)
chain = lemma_11.evaluate(nearly)["second moment"]
show(chain)
print(f"E[1/L̂²]·L_w² = {chain.lhs * nearly.smoothness**2:.3f}")

# %% [markdown]
# The truth is 2.09, where the lemma says 4. Most of the slack is in the line with the branch.
#
# To see both branches at once, let $z=C_{\mathcal L}m/A$ be the ratio of the two parts of
# $L_w=A+C_{\mathcal L}m$. Let $t=C_{\mathcal L}s/A$ be the spread; *(variance)* says
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
largest = np.array([worst_factor(one, 3 / 4) for one in z])
figures.branches(z, short, long, largest)
print(f"the worst law: at most {largest.max():.3f}, at z = {z[largest.argmax()]:.2f}")

# %% [markdown]
# *Figure: the lemma takes the short branch left of $z=1$ and the long branch right of it. They meet
# at 4.*
#
# A law with a smaller variance does not pass the blue curve either: ψ bends upwards, so $\mathbb
# E\,\psi(X)$ grows with the variance.
#
# *In tinymaml: `theory/two_points.py`, `two_point`.*
#
# **Exercise 18.branch** *(give a bound)*. Must the border be at $z=1$? Up to the border the short
# branch is used, beyond it the long one. Together they prove
# $\mathbb E[1/\hat L^2]\le\text{constant}/L_w^2$ for *all* $z$. For a given bound on $t^2$, put the
# border where this constant is smallest. A numerical answer is fine, with six digits.

# %%
# exercise 18.branch
def two_branches(t2):
    """t2 > 0: C_𝓛²s² ≤ t2·A². -> the border, a z; and the constant: two numbers."""
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
for t2 in (3 / 4, 5 / 16):
    border, constant = two_branches(t2)
    worst = max(worst_factor(one, t2) for one in z)
    print(f"t² ≤ {t2:.4f}: border {border:.3f}, constant {constant:.3f}; worst law {worst:.3f}")

# %% [markdown]
# For $\tfrac5{16}$, a smaller spread that we shall meet, the border at 1 is not the best.
#
# ## Are that many tasks needed?
#
# **Exercise 18.factor** *(write it)*. Return the exact factor
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
# Not that many: these laws need 4, 2 and 39 tasks, where the lemma, which knows σ only, asks for
# 34, 12 and 1,200. (With more tasks the factor falls: a mean of more draws is less spread.) But on
# none of the three is one task enough for a factor of 4.
#
# **A sceptic asks: does a rough guess hurt?** Take eight equally likely tasks, waves as in lesson
# 15, the same for support and query set: $0.05w^2-0.9\cos w$ six times,
# $0.05w^2-0.9\cos w+200w$ and $0.05w^2+0.9\cos w-200w$; $N=2$, $\alpha=\tfrac1{16}$. From each $w$
# between −20 and 20 we take one step along the exact $-\nabla\mathcal L$; only $\hat L$ is guessed.
#
# > **Predict.** One task for the guess, and the cautious $C_\beta=4$. Averaged over the draw and
# > the $w$, how much does $\mathcal L$ fall, as a multiple of its fall with all tasks
# > ($\hat L=L_w$) and $C_\beta=1$?

# %%
guess("18.fall_with_one_task", 0.25)

# %%
# given
waves = [Wave(0.1, 0.9, 200), Wave(0.1, -0.9, -200)] + 6 * [Wave(0.1, 0.9)]
eight = instance(waves, alpha=1 / 16, steps=2)
# C_meta is C_𝓛
A, C_meta = eight.constants.A, eight.constants.C_meta
w = np.linspace(-20, 20, 801)[:, None]
# (tasks, points)
gradients = np.array([task.outer.gradient(w)[:, 0] for task in eight.tasks])
norms = abs(gradients)

# %%
def fall(C_beta, X):
    """How much 𝓛 falls in a step from each w. X: the guessed mean length there, (points,)."""
    beta = 1 / (C_beta * (A + C_meta * X))
    after = w - beta[:, None] * eight.meta_gradient_at(w)
    return eight.meta_loss(w) - eight.meta_loss(after)

# %%
falls = {}
for C_beta in (1, 4):
    falls[C_beta, "all tasks"] = fall(C_beta, norms.mean(0))
    falls[C_beta, "one task"] = np.mean([fall(C_beta, drawn) for drawn in norms], axis=0)
for (C_beta, who), falling in falls.items():
    rises = (falling < -1e-9).mean()
    print(f"C_β = {C_beta}, {who + ':':10} falls by {falling.mean():.2f}", end=", ")
    print(f"rises from {rises:.0%} of the w")
figures.falls(w[:, 0], falls)
guessed("18.fall_with_one_task", falls[4, "one task"].mean() / falls[1, "all tasks"].mean())

# %% [markdown]
# *Figure: means over the eight possible draws, each curve in its bar's colour. A fall below 0 is a
# rise.*
#
# So one task with $C_\beta=1$ does hurt. With $C_\beta=4$ it does not, on these tasks: its fall is,
# on average, about four times that of all tasks with $C_\beta=4$. Why?

# %%
L_w = A + C_meta * norms.mean(0)
times = np.mean(L_w / (A + C_meta * norms), axis=0)
print(f"E[1/L̂]·L_w: {times.min():.1f} to {times.max():.1f}; L_w/A: at most {(L_w / A).max():.2f}")
sigma_square = gradients.var(0).max()
print(f"the lemma's B': {np.ceil(4 * C_meta**2 * sigma_square / (3 * A**2)):.0f}")

# %% [markdown]
# One over the guess is 3.9 to 4.9 times $1/L_w$, on average. The lemma does not cover this run: it
# knows σ, not that there are only eight tasks, and asks for $B'=161$.
#
# Why is $C_\beta=4$ safe here? A step does not climb if $C_\beta\hat L\ge L_w/2$ (lesson 15). Since
# $\hat L\ge A$, that is sure for $C_\beta\ge L_w/(2A)$, here at most 3.36. But $L_w/(2A)$ grows
# with the gradients.
#
# With the lemma's $B'$ and the exact $\bar G=\nabla\mathcal L$, the two holes bound the mean change
# of $\mathcal L$ by $-1/C_\beta+2/C_\beta^2$ times $\lVert\nabla\mathcal L\rVert^2/L_w$: not
# positive for any $C_\beta\ge2$, however long the gradients.
#
# ## When the gradients are samples too
#
# In Algorithm 1 a task has one loss, $l_i$; $m$ and σ are now those of the $\nabla l_i(w)$, and
# $A=a^{2N}L$ with $a=1+\alpha L$.
#
# Even a task's gradient has to be guessed, by $\hat g$, the mean of $D_L$ samples of
# $\nabla l_i(w)$. One sample, $\hat g_1$, has a mean square error of $\sigma_g^2$ at most (A3,
# lesson 13). $X$ is then the mean of $\lVert\hat g\rVert$ over $B'$ tasks.
#
# **Lemma 8** is Lemma 11 with other numbers, for independent tasks and samples
# and whole numbers $B',D_L\ge1$:
#
# | | Lemma 11, exact gradients | Lemma 8, samples |
# |---|---|---|
# | $\mu=\mathbb EX$ | $=m$ | between $m$ and $m+\sigma_g/\sqrt{D_L}$ |
# | $s^2$ | $\le\sigma^2/B'$ | $\le(\sigma^2+\sigma_g^2/D_L)/B'$ |
# | $D_L\ge$ | (no samples) | $16C_{\mathcal L}^2\sigma_g^2/A^2$ |
# | $B'\ge$ | $4C_{\mathcal L}^2\sigma^2/(3A^2)$ | $(16C_{\mathcal L}^2\sigma^2/A^2+1)/5$ |
# | $\mathbb E[1/\hat L]$ | $\ge1/L_w$ | $\ge4/(5L_w)$ |
# | $\mathbb E[1/\hat L^2]$ | $\le4/L_w^2$ | $\le4/L_w^2$ |
#
# A noisy gradient is, on average, at least as long as the gradient: $\mathbb E\lVert\hat
# g\rVert\ge\lVert\mathbb E\hat g\rVert$. So this guess may be *biased*, upwards. What the bias
# costs is the new part of the proof, *(mean)*.
#
# The instance: $A=C_{\mathcal L}=1$; two equally likely tasks with the gradients 0 and 1; a sample
# is off by +1 or −1, with a coin of its own. $D_L=16$ and $B'=1$ just meet the table's conditions.

# %%
noisy = sampled_tasks([0, 1], [0.5, 0.5], noise=1, samples=16)
show(lemma_8.evaluate(noisy)["mean"])
at_rest = sampled_tasks([0], [1], noise=1 / 4, samples=1)
chain = lemma_8.evaluate(at_rest)["mean"]
print(f"at rest, D_L = 1, samples off by ±1/4: from {chain.lhs:.3f} to {chain.rhs:.3f}")

# %% [markdown]
# The last run shows that 4/5 cannot be raised.
#
# The variance is bounded by the condition on $D_L$, then by that on $B'$:
#
# $$C_{\mathcal L}^2s^2\;\le\;\frac{C_{\mathcal L}^2\sigma^2+A^2/16}{B'}\;\le\;\tfrac5{16}A^2.$$
#
# This is the smaller spread from above: the border 0.693 would lower the 4 to 2.87. In the long
# branch $m$ takes the place of μ, since $\mu\ge m$ for every $B'$ and $D_L$.
#
# **Exercise 18.moments** *(write it)*. One variable, equally likely tasks with the gradients `g`,
# and $D_L=1$: the sample of a task is its gradient plus or minus `noise`, equally likely. Return μ
# and $s^2$.

# %%
# exercise 18.moments
def moments(g, noise, drawn):
    """g: a list of numbers, of either sign. drawn: B'. -> E X, Var X: two numbers."""
    ### BEGIN SOLUTION
    g = np.asarray(g, float)
    lengths = np.abs(np.concatenate([g + noise, g - noise]))
    return lengths.mean(), lengths.var() / drawn
    ### END SOLUTION

# %%
check("18.moments")

# %% [markdown]
# Now break each condition once.
#
# > **Predict.** $A=C_{\mathcal L}=1$, and all tasks are at rest; a sample is off by ±10, and
# > $D_L=1$. What is $\mathbb E[1/\hat L]\cdot L_w$ for $B'=1$? And for $B'=8$?

# %%
guess("18.noisy_with_one_task", 1.0)
guess("18.noisy_with_eight_tasks", 1.0)

# %%
few_tasks = sampled_tasks([0, 40], [0.75, 0.25], noise=0, drawn=1)
one_sample = sampled_tasks([0], [1], noise=10, drawn=1)
more_tasks = sampled_tasks([0], [1], noise=10, drawn=8)
seen = {}
for name, problem in (
    ("B' too small", few_tasks),
    ("D_L too small", one_sample),
    ("the same, B' = 8", more_tasks),
):
    chains = lemma_8.evaluate(problem)
    seen[name] = chains["mean"].rhs * problem.smoothness
    square = chains["second moment"].lhs * problem.smoothness**2
    print(f"{name}: E[1/L̂]·L_w = {seen[name]:.3f}, E[1/L̂²]·L_w² = {square:.4g}; false:")
    for claim in ("mean", "variance", "second moment"):
        for number in chains[claim].violations:
            print(f"    ({claim}) {chains[claim].lines[number].reason}")
guessed("18.noisy_with_one_task", seen["D_L too small"])
guessed("18.noisy_with_eight_tasks", seen["the same, B' = 8"])

# %% [markdown]
# Too few tasks (exact gradients, 0 or 40): $X$ is 0 in three draws of four, and $\mathbb
# E[1/\hat L^2]$ is 90.8 times $1/L_w^2$, where the claim allows 4. Too few samples: $X$ is 10 where
# all tasks are at rest, and the stepsize is 11 times too short, for one task as for eight. **$B'$
# divides the variance; only $D_L$ reduces the bias $\mu-m$.**
#
# ## Why fresh tasks?
#
# In the map the mean of β stands apart from $\bar G$: a product of two means, where the step has
# the mean of a product, $\mathbb E[\beta\bar G]$. For independent β and $\bar G$ the two are equal.
# But the batch's gradients are computed anyway. Why draw other tasks?
#
# **Exercise 18.own** *(break it)*. "A stepsize from the batch's own gradients still goes downhill,
# on average." Take one variable, a batch of one task, and α so small that $\nabla\mathcal L_i$ and
# $\nabla l_{T_i}$ are the same number $G$; β is $1/(1+\lvert G\rvert)$. Choose tasks with
# $\mathbb EG\ge1$ (downhill is to the left), and yet $\mathbb E[\beta G]\le-0.05$.

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

# %% [markdown]
# A batch's own stepsize shortens the long step most, and the long step carries the mean. With β
# from a fresh task, of the same law, the mean step is $-\mathbb E\beta\;\mathbb EG$: downhill.
#
# ## The proof so far
#
# One step of Theorem 2, where $\hat G_i$ is what Algorithm 2 computes for a task that it draws.
# This lesson's lines are tinted; $\kappa$ and $\varphi$ are numbers of lesson 19.

# %%
# the lines are the same for all numbers C_β and B that Theorem 2 allows
one_page(nearly.replace(C_beta=4.0, B=100), lesson=18)

# %% [markdown]
# > **What goes wrong in practice**
# >
# > - **Clipped training can drift away from the minimum of the mean.** PyTorch's `clip_grad_norm_`
# >   scales each batch by its own norm: like β in 18.own. Test: average many *clipped*
# >   gradients at one $w$. Is their inner product with the average of the unclipped ones positive?
# > - **Now and then one step blows the loss up.** The guess drew short gradients only, and $\hat L$
# >   was near $A$. Test: print the least $\hat L$ of a hundred draws beside their mean.
# > - **More tasks in the guess do not make the steps longer.** The steps are short because each
# >   gradient is noisy. Test: does the mean of $1/\hat L$ grow with twice the samples
# >   for each task?
#
# ## Back to the question
#
# No. One over my guess is *larger* on average: 3.27 times $1/L_w$ for the two values 0 and 10, and
# its square 18.1 times $1/L_w^2$. With exact gradients the mean is never too small; with samples,
# $D_L\ge\max(1,16C_{\mathcal L}^2\sigma_g^2/A^2)$ keeps it at $4/(5L_w)$ or more. The mean square
# is at most $4/L_w^2$ if enough fresh tasks are drawn: with exact gradients
# $B'\ge\max(1,4C_{\mathcal L}^2\sigma^2/(3A^2))$, where the worst law, a task at rest and one that
# is not, reaches 2.09. You can now replace a mean in a denominator by a sample, and say what that
# costs.
#
# *Sources.* K. Ji, J. Yang, Y. Liang, JMLR 23 (2022): the random stepsize, with other constants.
# D. A. Wooff, J. R. Statist. Soc. B 47 (1985): the worst law. A proof of 2.1 in place of
# 4, without branches, is this course's own: `lemma_11.evaluate(nearly)["sharper"]`.
#
# **Next.** All holes of the map are filled. Lesson 19 puts the step together, takes $K$ of them,
# and asks when Algorithm 2 arrives; and whether the guess was needed.
