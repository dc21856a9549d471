# %% [markdown]
# # 17 · Two sets, one path
#
# **I adapt on ten points and am judged on ten others, whose gradient differs: what does that gap
# cost?** Lessons 14 to 16 followed one loss per task. Now the steps follow one loss, and another
# judges where they end.
#
# *(about 20 minutes' reading; 7 exercises, 30 minutes. You need: 14, 15, 16. You will be able to:
# carry a bound from the support set to the query set, say where the gap between the two
# counts, and prove the facts about $\nabla\mathcal L_i$ that Theorem 2 needs.)*
#
# Symbols: [Notation](appendix_07_notation.ipynb).

# %%
# given
import numpy as np

from tinymaml import theory

# for you to type
from tinymaml.course import check, hint, restore, solution, status, use
from tinymaml.course import guess, guessed
from tinymaml.course.figures import lesson_17 as figures
from tinymaml.course.figures import one_step
from tinymaml.course.given import regression
from tinymaml.course.given.changed import shorten, show_changed
from tinymaml.course.given.one_page import one_page
from tinymaml.course.given.waves import Wave, instance
from tinymaml.theory import ablation, extremals
from tinymaml.theory.table import show

lemma_9 = theory.RESULTS["lemma_9"]

# %% [markdown]
# ## Ten points here, ten there
#
# Each task $i$ has two fixed sets of data. It adapts on its **support set** $S_i$; its **query
# set** $T_i$ judges. Here the tasks are regressions: $w$ holds the weights of twelve waves, $\sin
# x$ to $\sin6x$ and $\cos x$ to $\cos6x$. A task draws such a curve; its sets are noisy
# points of it. A set's loss is half the mean square of its points' errors.

# %%
support, query = regression.draw(np.random.default_rng(0), 10)
task = support, query
origin = np.zeros(regression.SIZE)


def gap(task, w):
    """The gap of a task at w. task: its support loss and its query loss."""
    support, query = task
    return np.linalg.norm(support.gradient(w) - query.gradient(w))


figures.one_task(support, query, origin)
print(f"length of the support gradient {np.linalg.norm(support.gradient(origin)):.2f}")
print(f"length of the query gradient   {np.linalg.norm(query.gradient(origin)):.2f}")
print(f"the gap between them           {gap(task, origin):.2f}")

# %% [markdown]
# *Figure: left, minus each gradient, read as the weights of a curve: its set pulls $w=0$ that way.
# Right, the same two as arrows; the gap lies between their tips.*
#
# The support loss is $l_{S_i}$, the query loss $l_{T_i}$:
#
# $$\tilde w_0=w,\qquad\tilde w_{j+1}=\tilde w_j-\alpha\nabla l_{S_i}(\tilde w_j),\qquad
# \mathcal L_i(w)=l_{T_i}(\tilde w_N),\qquad\nabla\mathcal L_i(w)=P\,\nabla l_{T_i}(\tilde w_N).$$
#
# $P=\prod_j(I-\alpha\nabla^2l_{S_i}(\tilde w_j))$, as in lesson 15, is made of the support's
# Hessians. The **gap** is the distance between the two gradients,
# $\lVert\nabla l_{S_i}(w)-\nabla l_{T_i}(w)\rVert$.
#
# > **Predict.** With ten points the mean gap at $w=0$ is 1.04. What is it with 1000 points in each
# > set?

# %%
guess("17.gap_with_1000_points", 0.01)

# %%
rng = np.random.default_rng(0)
direction = np.ones(regression.SIZE) / np.sqrt(regression.SIZE)
points = (10, 30, 100, 300, 1000, 3000)
drawn = {}
gaps = []
for number in points:
    drawn[number] = [regression.draw(rng, number) for _ in range(100)]
    gaps.append([gap(task, origin) for task in drawn[number]])
tasks_of_ten = drawn[10]
lengths = [np.linalg.norm(query.gradient(origin)) for _, query in tasks_of_ten]
far = np.geomspace(0.1, 1000, 13)
away = []
for size in far:
    away.append([gap(task, size * direction) for task in tasks_of_ten])
figures.gap(points, np.array(gaps), far, np.array(away))
print(f"with ten points, at w = 0: mean gap {np.mean(gaps[0]):.2f}")
print(f"mean length of a query gradient there {np.mean(lengths):.2f}")
guessed("17.gap_with_1000_points", np.mean(gaps[4]))

# %% [markdown]
# *Figure: left, each gap is a difference of two means over $n$ points and falls as $1/\sqrt n$;
# with ten the mean gap is about as long as the mean query gradient. Right, in one direction: far
# out, the difference of the Hessians times $w$ is nearly all of the gap.*
#
# Theorem 2, the goal of lessons 17 to 19, assumes:
#
# **Assumption b.** For all $w$: $\lVert\nabla l_{S_i}(w)-\nabla l_{T_i}(w)\rVert\le b_i$.
#
# For these regressions no $b_i$ is large enough (right panel). We assume A1 for all $l_{S_i}$ and
# $l_{T_i}$, with one $L$ and one $\rho$; again $a=1+\alpha L$. $\mathbb E_i$ is the mean over the
# tasks: $\mathcal L:=\mathbb E_i\mathcal L_i$, $l_T:=\mathbb E_i\,l_{T_i}$, $b:=\mathbb E_i\,b_i$.
# The mean square is $\tilde b:=\mathbb E_i\,b_i^2$ (unrelated to $\tilde w$).
#
# ## What the proof needs
#
# **Theorem 2** says how small stochastic gradient descent makes $\lVert\nabla\mathcal L\rVert$. Its
# heart is lesson 15's descent lemma, in the mean over a step $w^+=w-\beta\bar G$. $\bar G$ is the
# mean of the meta-gradients of $B$ drawn tasks, $e=\mathbb E[\bar G]-\nabla\mathcal L(w)$ its bias,
# $\mathbb E$ the mean over what is drawn. The stepsize $\beta$ is drawn too, independently of $\bar
# G$ (lesson 18).

# %%
one_step.draw(lesson=17)

# %% [markdown]
# *Figure: the box below an underlined term names the result that supplies or bounds it; the two at
# the bottom belong to no term. Orange: this lesson, whose tool is Lemma 9. White: to come.*
#
# ## Lemma 2, for the wrong loss
#
# $\nabla\mathcal L_i$ contains the query gradient at the end of the path. A student bounds it by
# Lemma 2: "a step multiplies a gradient by at most $a$, so $\lVert\nabla l_{T_i}(\tilde
# w_N)\rVert\le a^N\lVert\nabla l_{T_i}(w)\rVert$."
#
# **Exercise 17.support** *(break it)*. Break that by at least 5%, with losses of one variable,
# $l(w)=c\cos(w+\psi)$ with $|c|\le1$ (so $L=1$), $N\le5$ and $\alpha\le1/N$. At $w$ the gap may
# be at most half as large as the query gradient.

# %%
# exercise 17.support
### BEGIN SOLUTION
#: # support, query: (c, ψ) of c cos(w + ψ)
#: broken = dict(support=(..., ...), query=(..., ...), w=..., alpha=..., steps=...)
broken = dict(support=(1.0, 0.04), query=(1.0, 0.0), w=0.1, alpha=0.5, steps=2)
### END SOLUTION

# %%
check("17.support")

# %% [markdown]
# Two hills of curvature −1: the query's top is at 0, the support's at −1, so that $b_i=1$. The path
# starts at $w=1$, where the query gradient is 1 in size; $\alpha=\tfrac14$, $N=4$. (So $C_l<0$;
# only dividing by $C_l$ needs $C_l>0$.)
#
# > **Predict.** Lemma 2's $a^4=2.44$ no longer holds. How large is the query gradient at the end?

# %%
guess("17.query_gradient_at_the_end", 3.0)

# %%
two_hills = extremals.concave_quadratics_apart(alpha_L=0.25, steps=4, b=1.0)
end = two_hills.tasks[0].from_w.outer_gradient
figures.hill(two_hills)
guessed("17.query_gradient_at_the_end", np.linalg.norm(end).round(3))

# %% [markdown]
# *Figure: the support's hill is steeper at $w$, and its steps go farther than the query's own
# would.*
#
# **Exercise 17.query** *(give a bound)*. Return, from `alpha, L, N`, `length`
# $=\lVert\nabla l_{T_i}(w)\rVert$ and `b` $=b_i$ alone, a number that
# $\lVert\nabla l_{T_i}(\tilde w_N)\rVert$ cannot exceed: the smallest that is always true.

# %%
# exercise 17.query
def query_gradient(alpha, L, N, length, b):
    """A bound on the query gradient's length at w̃_N, from its length at w: a float."""
    ### BEGIN SOLUTION
    a = 1 + alpha * L
    return a**N * length + (a**N - 1) * b
    ### END SOLUTION

# %%
check("17.query")

# %% [markdown]
# *In tinymaml: `theory/results/lemma_9.py`, `query`.* This is **Lemma 9** *(query)*; *(lipschitz)*
# and *(gradient)* are Lemmas 1 and 2 for $l_{S_i}$, unchanged. Here are its lines on the first
# figure's regression. As $b_i$ we declare its gap at $w=0$; the next section asks whether one may.
# The steps are short, so that $C_l>0$.

# %%
gap_at_w = gap(task, origin)
short = dict(alpha=0.02, steps=5)
one_task = regression.instance([task], origin, b=[gap_at_w], **short)
print(f"L = {one_task.L:.2f}, a^N = {one_task.a**5:.2f}, C_l = {one_task.constants.C_l:.2f}")
show(lemma_9.evaluate(one_task)["query"])

# %% [markdown]
# Line 1 allows the query gradient to grow; here it shrinks. Line 7 lets the gap lengthen the
# support gradient as much as it can. On the two hills every line is an equality: each step
# stretches by $a$, all gradients point the same way, and so does the gap.
#
# ## Must $b_i$ hold for all $w$?
#
# **Exercise 17.where** *(which assumption)*. At which of the points $\tilde w_0=w,\tilde w_1,\tilde
# w_2,\tilde w_3$ does the proof of Lemma 9 use $b_i$? Show it: two losses $l(w)=\tfrac h2w^2+sw$
# with $|h|\le1$ (so $L=1$), three steps of $\alpha\le\tfrac13$ from $w=0$, whose gap is at most 0.1
# at the points that you name and at least 1 at all others. `check` declares $b_i=0.1$ and evaluates
# the chain.

# %%
# exercise 17.where
### BEGIN SOLUTION
#: where = [...]  # the j of the points
#: # support, query: (h, s)
#: apart = dict(support=(..., ...), query=(..., ...), alpha=..., steps=3)
where = [0]
apart = dict(support=(1.0, 10.0), query=(-1.0, 10.0), alpha=1 / 3, steps=3)
### END SOLUTION

# %%
check("17.where")

# %% [markdown]
# So no: for Lemma 9, $b_i$ is a property of the start, and two gradients measure it. All that
# follows uses $b_i$ through these lines alone. A number for *all* $w$ is needed only where one
# constant serves all starts $w_k$ of a run, as in Theorem 2.
#
# ## What changes, and what does not
#
# Lesson 16 had $\lVert\nabla l(w)\rVert\le(\lVert\nabla\mathcal L(w)\rVert+(a^{2N}-1)\,\sigma)/C_l$
# with $C_l=2-a^{2N}$. Now $l_{T_i}$ stands in the place of $l_i$.
#
# > **Predict.** What does a gap $b>0$ do to this bound: does it change the factors $a^{2N}-1$ and
# > $C_l$, add a term, or both?

# %%
guess("17.what_the_gap_does", "both", choices=("changes factors", "adds a term", "both"))

# %%
guessed("17.what_the_gap_does", "adds a term")
show_changed([
    (("lemma_2", 0), ("lemma_9", 0)),
    (("lemma_7", 0), ("lemma_10", 0)),
    (("lemma_7", 1), ("lemma_10", 1)),
])

# %% [markdown]
# Each grey statement, of lesson 14 or 16, has its successor below it. What is new is in colour: **a
# term is added**. A2 is now about the query losses:
# $\mathbb E_i\lVert\nabla l_{T_i}(w)-\nabla l_T(w)\rVert^2\le\sigma^2$.
#
# **Proposition 4** repeats lesson 15's proof with $g(w)=\nabla l_{T_i}(\tilde w_N)$, as far as the
# line $\lVert P(u)\rVert\lVert g(w)-g(u)\rVert+\lVert P(w)-P(u)\rVert\lVert g(w)\rVert$. Lemma 3
# had $\lVert P(w)-P(u)\rVert\le\frac\rho La^{N-1}(a^N-1)\lVert w-u\rVert$.
#
# **Exercise 17.smooth** *(give a bound)*. One task. Return $L_w$, a number with
# $\lVert\nabla\mathcal L(w)-\nabla\mathcal L(u)\rVert\le L_w\lVert w-u\rVert$ for all $u$, from
# `alpha, L, rho, N`, and `length` and `b` as in 17.query: the smallest that is always true.

# %%
# exercise 17.smooth
def smoothness(alpha, L, rho, N, length, b):
    """L_w for one task, from the length of its query gradient at w and the gap: a float."""
    ### BEGIN SOLUTION
    a = 1 + alpha * L
    P_moves = rho / L * a ** (N - 1) * (a**N - 1)
    return a ** (2 * N) * L + P_moves * (a**N * length + (a**N - 1) * b)
    ### END SOLUTION

# %%
check("17.smooth")

# %% [markdown]
# *In tinymaml: `theory/results/proposition_4.py`, `lipschitz`.* So the gap adds a term here too,
# $C_b\,b$ with $C_b=\tfrac\rho La^{N-1}(a^N-1)^2=(1-a^{-N})\,C_{\mathcal L}$. Let lesson 15's
# sawtooth be the support loss, and the query loss the same minus $b\,w$, so that the support
# gradient is the longer one:

# %%
show_changed([(("proposition_1", 1), ("proposition_4", 1))])
proposition_4 = theory.RESULTS["proposition_4"]
for b in (1.0, 10.0, 100.0):
    teeth = extremals.sawtooth_of_two_sets(alpha_L=1 / 16, steps=4, b=b)
    C_b, C_l = teeth.constants.C_b, teeth.constants.C_l
    chain = proposition_4.evaluate(teeth)["lipschitz"]
    print(f"b = {b:5}: truth / bound {chain.tightness:.4f},", end="")
    print(f" C_b b is {C_b * b / teeth.smoothness:.0%} of L_w; C_l = {C_l:.2f}")
print(f"the lines for b = {b}:")
show(shorten(chain, [0, 8, 9, 10], {8: "lesson 15's lines, with Lemmas 1 and 3"}))

# %% [markdown]
# The bound is attained as $u\to w$, whatever the gap.
#
# ## From $\nabla\mathcal L_i$ back to $\nabla l_{T_i}$
#
# Lesson 16 had $\nabla\mathcal L=Z\,\nabla l(w)$, $Z$ a product of $2N$ matrices, since each step
# multiplies the gradient *of its own loss*. The query gradient is no such product.
# **Lemma 10** *(near)* begins:
#
# | | | why |
# |---|---|---|
# | | $\lVert\nabla\mathcal L_i(w)-\nabla l_{T_i}(w)\rVert$ | |
# | (0) | $=\lVert P\,\nabla l_{T_i}(\tilde w_N)-\nabla l_{T_i}(w)\rVert$ | chain rule |
# | (1) | $\le$ *yours* | |
# | (2) | $\le(a^{2N}-1)\,\lVert\nabla l_{T_i}(w)\rVert+a^N(a^N-1)\,b_i$ | **A1**, Lemma 9's lines |
#
# **Exercise 17.split** *(fill the line)*. Write line (1) from $P$, `before` $=\nabla l_{T_i}(w)$
# and `after` $=\nabla l_{T_i}(\tilde w_N)$: a sum of two parts, not below (0), that leads to (2).

# %%
# exercise 17.split
def missing_line(P, before, after):
    """P (d, d); before, after (d,), the query gradient at w and at w̃_N -> a number, line (1)."""
    ### BEGIN SOLUTION
    change = np.linalg.norm(after - before)
    P_less_I = np.linalg.norm(P - np.eye(len(P)), 2)
    return np.linalg.norm(P, 2) * change + P_less_I * np.linalg.norm(before)
    ### END SOLUTION

# %%
check("17.split")

# %% [markdown]
# *In tinymaml: `theory/results/lemma_10.py`, `near`.* On the first figure's regression, the lines
# of Lemmas 3 and 9 taken together:

# %%
lemma_10 = theory.RESULTS["lemma_10"]
chain = lemma_10.evaluate(one_task)["near"]
reasons = {
    11: "A1, as in Lemma 3: ‖P‖ ≤ a^N, ‖P − I‖ ≤ a^N − 1",
    18: "Lemma 9's lines, from A1 for l_{T_i} to b_i",
}
show(shorten(chain, [0, 2, 3, 4, 11, 18, 19], reasons))

# %% [markdown]
# On the two hills every line is an equality: $8.48=4.96+3.52$ in (2).
#
# In the mean over the tasks $b_i$ becomes $b$, and A2 brings $\sigma$. That is Lemma 10
# *(gradient)*, here for ten regressions. $\sigma$ too is measured at $w$; none serves all $w$.

# %%
ten = tasks_of_ten[:10]
gaps_at_w = [gap(each, origin) for each in ten]
ten_tasks = regression.instance(ten, origin, gaps_at_w, **short)
print(f"L = {ten_tasks.L:.2f}, C_l = {ten_tasks.constants.C_l:.2f}")
show(lemma_10.evaluate(ten_tasks)["gradient"])

# %% [markdown]
# $\lVert\nabla l_T(w)\rVert$ is on both sides. Solve for it.
#
# **Exercise 17.divide** *(find the false line)*. "Lemma 10 asks for $C_l=2-a^{2N}>0$", says a
# student; "$C_l\ne0$ is enough." One task, so that $\sigma=0$, and
# $R=\lVert\nabla\mathcal L_i(w)\rVert+a^N(a^N-1)\,b_i$.
#
# | | | why |
# |---|---|---|
# | 1 | $\Vert\nabla l_{T_i}(w)\Vert\le R+(a^{2N}-1)\Vert\nabla l_{T_i}(w)\Vert$ | *(gradient)* |
# | 2 | $C_l\lVert\nabla l_{T_i}(w)\rVert\le R$ | subtract |
# | 3 | $\vert C_l\vert\lVert\nabla l_{T_i}(w)\rVert\le R$ | neither side is negative now |
# | 4 | $\lVert\nabla l_{T_i}(w)\rVert\le R/\vert C_l\vert$ | divide by a positive number |
#
# Which line does not follow from the one above it? Give its number, and a task on which it is false
# by at least 5%: losses as in 17.where, at $w=0$, with $\alpha\le1$ and $N\le5$; $b_i$ is the gap
# at $w$, and at least half as large as the query gradient.

# %%
# exercise 17.divide
### BEGIN SOLUTION
#: line = ...
#: # support, query: (h, s) of h w²/2 + s w
#: witness = dict(support=(..., ...), query=(..., ...), alpha=..., steps=...)
line = 3
witness = dict(support=(1.0, 1.5), query=(1.0, 1.0), alpha=1.0, steps=1)
### END SOLUTION

# %%
check("17.divide")

# %% [markdown]
# So for $C_l>0$ *(gradient)* becomes *(solved)*, the last statement in colour above. Add $\sigma$
# to both sides: since $a^{2N}-1+C_l=1$, that is *(with sigma)*,
#
# $$\lVert\nabla l_T(w)\rVert+\sigma\le\frac{\lVert\nabla\mathcal
# L(w)\rVert+\sigma+a^N(a^N-1)\,b}{C_l}.$$
#
# ## The mean, and the mean square
#
# **The bias**: with fixed sets nothing is random but the draw of the tasks. Each drawn task's
# meta-gradient is exact, the mean over the draw is $\mathbb E_i\nabla\mathcal L_i=\nabla\mathcal
# L$, and $e=0$: **Proposition 5** *(unbiased)*.
#
# **The mean square**: $\bar G$ is the mean of $B$ independent draws; its mean square is the square
# of its mean plus its variance:
#
# $$\mathbb E\lVert\bar G\rVert^2=\lVert\nabla\mathcal L\rVert^2+\frac1B\big(\mathbb
# E_i\lVert\nabla\mathcal L_i\rVert^2-\lVert\nabla\mathcal L\rVert^2\big)
# \le\lVert\nabla\mathcal L\rVert^2+\frac1B\,\mathbb E_i\lVert\nabla\mathcal L_i\rVert^2.$$
#
# A2 bounds how far the $\nabla l_{T_i}$ scatter. A sceptic asks: why not bound the scatter of the
# $\nabla\mathcal L_i$ directly? Take the two tasks $\tfrac12w^2-\cos w$ and $\tfrac12w^2+\cos w$,
# with support = query. Their gradients are $w\pm\sin w$, so that $\sigma=1$ serves for all $w$. At
# $w=40\pi\approx126$ both gradients are $w$.
#
# > **Predict.** $N=1$, $\alpha=\tfrac1{16}$. How far from their mean are the two meta-gradients at
# > $w=40\pi$?

# %%
guess("17.spread_of_the_meta_gradients", 0.0)

# %%
def meta_gradients(w):
    """∇𝓛_i at w of the tasks w²/2 − cos w and w²/2 + cos w, with one step: (2,)."""
    pair = instance([Wave(1, 1), Wave(1, -1)], alpha=1 / 16, steps=1, w=w, u=w + 1)
    return np.array([task.from_w.meta_gradient[0] for task in pair.tasks])


starts = np.linspace(0, 40 * np.pi, 801)
apart_by = np.array([meta_gradients(w).std() for w in starts])
figures.spread(starts, np.abs(np.sin(starts)), apart_by)
guessed("17.spread_of_the_meta_gradients", apart_by[-1].round(3))

# %% [markdown]
# *Figure: from $w=2\pi k$ both paths lead to $\tilde w=\tfrac{15}{16}w$. The gradients there are
# $\tilde w\pm\sin\tilde w$, and $P$ is $\tfrac78$ and 1. Half the difference is $\tfrac1{16}\tilde
# w-\tfrac{15}{16}\sin\tilde w$: at $40\pi$, $7.36+0.94=8.30$. The sine keeps the peaks level
# between 40 and 70.*
#
# So no $\sigma$ of the $\nabla\mathcal L_i$ serves for all $w$. What can be true is a bound that
# grows with $\nabla\mathcal L$, **Proposition 5** *(second moment)*:
#
# $$\mathbb E_i\lVert\nabla\mathcal L_i(w)\rVert^2\le A_{squ1}\lVert\nabla\mathcal
# L(w)\rVert^2+A_{squ2}.$$
#
# As $\lVert P\rVert\le a^N$, its left side is at most $a^{2N}$ times the mean square of the query
# gradients at the paths' ends.
#
# **Exercise 17.moment** *(give a bound)*. Bound $\mathbb E_i\lVert\nabla l_{T_i}(\tilde
# w_N)\rVert^2$ from `alpha, L, N`, `m` $=\lVert\nabla l_T(w)\rVert$, `sigma`, and one of `b` $=b$,
# `b2` $=\tilde b$: choose. Within a factor 2 of the smallest bound will do.

# %%
# exercise 17.moment
def mean_square(alpha, L, N, m, sigma, b, b2):
    """A bound on the mean square of the query gradients' lengths at w̃_N: a float."""
    ### BEGIN SOLUTION
    a_N = (1 + alpha * L) ** N
    return 2 * a_N**2 * (m**2 + sigma**2) + 2 * (a_N - 1) ** 2 * b2
    ### END SOLUTION

# %%
check("17.moment")

# %% [markdown]
# *In tinymaml: `theory/results/proposition_5.py`, `second_moment`.* The gap is squared before the
# mean is taken, and $b^2\le\tilde b$: only $\tilde b$ bounds a mean square. Lemma 10 turns $m$ into
# $\lVert\nabla\mathcal L\rVert$, which needs $C_l>0$. Here are two pairs of hills; at $w=1$ the
# query gradients are 0 and $-2$:

# %%
pairs = extremals.opposite_tasks_of_two_sets(alpha_L=1 / 16, steps=2, b=1.0)
pairs = pairs.replace(w=np.array([1.0]))
print(f"‖∇l_T‖ = {np.linalg.norm(pairs.gradient):.2f},", end="")
print(f" ‖∇𝓛‖ = {np.linalg.norm(pairs.meta_gradient):.2f}")
second_moment = theory.RESULTS["proposition_5"].evaluate(pairs)["second moment"]
show(shorten(second_moment, [0, 3, 4, 5, 7, 8, 9, 10], {3: "chain rule, Lemma 3 (norm)"}))

# %% [markdown]
# Lemma 10 loses most: it allows for valleys, and on these hills $\nabla\mathcal L$ is longer than
# $\nabla l_T$. The two doublings, $(x+y)^2\le2x^2+2y^2$, buy a short formula: with Minkowski's
# inequality in place of the first, line 4 would be 3.79, not 6.54. The second isolates
# $\lVert\nabla\mathcal L\rVert^2$. Its factor is $A_{squ1}$, and all that remains is $A_{squ2}$:
#
# $$A_{squ1}=\frac{4a^{4N}}{C_l^2},\quad A_{squ2}=2a^{4N}\sigma^2
# +4a^{4N}\Big(\frac{(a^{2N}-1)\,\sigma+a^N(a^N-1)\,b}{C_l}\Big)^2
# +2a^{2N}(a^N-1)^2\,\tilde b.$$
#
# ## Understate $b_i$
#
# For each result 100 random instances declare a half, a tenth or a thousandth of their $b_i$. These
# lines are false on some of them: below the line above.

# %%
for name in ("lemma_9", "proposition_4", "lemma_10", "proposition_5"):
    for line in ablation.lines_without("b", theory.RESULTS[name], 100):
        if line.false:
            reason = line.reason.split(":")[0]
            print(f"{line.false:3} of {line.seen} {name}, {line.claim}: {reason}")

# %% [markdown]
# The line that names $b_i$ breaks on 89 of 100; on the others the gap at $w$ is still below what is
# declared. Lemmas 9 and 10, cited as lines, break on at most 4: slack hides the error. **That a
# lemma holds does not show that its $b_i$ is true.**

# %% [markdown]
# ## Then why not judge on the support set?
#
# With $T_i=S_i$ every gap is 0, and every term with $b$ is gone. What is lost? Ten times, we
# compute the best start for 20 regressions (by least squares): judged on the support points; judged
# on ten others, as MAML does; and joint training, the best before any step, on the same others. We
# test each on 100 new tasks: the mean loss after the steps, on ten other points and on the support
# points.

# %%
def best_starts(training, alpha, steps):
    """The starts that are best for the training tasks, by what they are judged on."""
    same = [(support, support) for support, query in training]
    return {
        "support = query": regression.best_start(same, alpha, steps),
        "other points (MAML)": regression.best_start(training, alpha, steps),
        "joint training": regression.best_start(training, alpha, 0),
        "w = 0": np.zeros(regression.SIZE),
    }


# the L of all tasks that are run
L = regression.largest_L(repetitions=10)
for alpha, steps in ((0.02, 5), (0.5, 20)):
    C_l = 2 - (1 + alpha * L) ** (2 * steps)
    print(f"α = {alpha}, N = {steps}, C_l = {C_l:.2g}")
    print("                     other points: mean (range)  support points")
    found = regression.repeat(best_starts, alpha, steps, repetitions=10)
    for name, (on_new, on_support) in found.items():
        reach = f"({on_new.min():.3f} to {on_new.max():.3f})"
        print(f"{name:20} {on_new.mean():.3f} {reach}   {on_support.mean():.3f}")

# %% [markdown]
# With five short steps nothing is lost. With many long ones the support loss ends near 0.01 from
# *every* start, and its best start is worse than $w=0$ on other points. Neither case is in Theorem
# 2's range: no $b_i$ serves these regressions, and with long steps $C_l<0$ too. **Theorem 2 says
# how small $\lVert\nabla\mathcal L\rVert$ becomes, not whether $\mathcal L$ is the right loss.**
# Nor does MAML win here: on average, joint training is as good or better.
#
# ## The proof so far
#
# Theorem 2's step; orange marks this lesson's results. $\hat G_i$ is a drawn task's
# meta-gradient, here $\nabla\mathcal L_i$, and $A=a^{2N}L+C_b\,b$. Other new letters belong to
# lessons 18 and 19. Lines that enlarge a denominator need $\kappa\ge0$; Lemma 10 needs $C_l>0$.

# %%
one_page(extremals.convex_quadratics_apart(alpha_L=1 / 16, steps=2), lesson=17)

# %% [markdown]
# > **What goes wrong in practice**
# >
# > - **The training meta-loss is near 0, new tasks fail.** Support and query share points. Test:
# >   count the rows that occur in both.
# > - **The meta-gradient disagrees with a finite difference of $\mathcal L_i$.** $P$ has the
# >   query's Hessians. In PyTorch the inner `torch.autograd.grad`, with `create_graph=True`, must
# >   see the support loss, the outer one the query loss. Test: that finite difference.
#
# ## Back to the question
#
# In the bounds a gap acts like a longer query gradient. Lemma 9, and with it $C_b$, treats the
# query gradient as longer by $(1-a^{-N})\,b_i$; Lemma 10, the way back, by
# $\frac{a^N}{a^N+1}\,b_i$, since $a^N(a^N-1)=(a^{2N}-1)\frac{a^N}{a^N+1}$. On the first figure's
# task, with $a^N=1.16$ and a gap of 0.65, these are 0.09 and 0.35; its query gradient is 0.95 long.
# Two hills attain both: Lemma 9's 3.88 and Lemma 10's 8.48. Proposition 5 bounds a mean square;
# there the gap enters as $b^2$ and $\tilde b$.
#
# But Theorem 2 asks for a $b_i$ that serves all $w$, and these regressions have none. You can now
# carry a one-set bound over to two sets, and name the point where the gap enters.
#
# *Sources.* K. Ji, J. Yang & Y. Liang, JMLR 23 (2022): the finite-sum case; the constants are
# re-derived here.
#
# **Next:** 18 A stepsize from a guess. $L_w$ contains a mean over all tasks, and a step can only
# sample it. Is one over an estimate of $L_w$ an estimate of $1/L_w$?
