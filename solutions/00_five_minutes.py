# %% [markdown]
# # 00 · MAML in five minutes
#
# **Is there a starting point from which one gradient step on ten points is enough to learn a task
# that was never seen before?**
#
# *(Five minutes take you to MAML's formula, the exercise apart; the whole lesson: a minute to run,
# eighteen to read; 4 exercises, 20 minutes. You need: Python, NumPy, gradients, and the chain rule
# for vectors. You will be able to: say what MAML does, run it, break it, and find your way through
# this course.)*
#
# Run each cell with Shift+Enter, in order. These commands help, in any cell:
#
# | you type | you get |
# |---|---|
# | `check("00.step")` | passed, or why not |
# | `hint()` | the next hint |
# | `solution()` | the course's answer, once you have tried |
# | `use("00.step")` | the course's answer in place of yours, to read on |
# | `restore()` | the empty exercise again |
# | `status()` | what is done, and what comes next |
#
# Each answer is graded separately, with the course's answers to the earlier exercises.

# %%
# given
import numpy as np

import tinymaml as tm

# the commands in the table above, and guesses
from tinymaml.course import check, hint, restore, solution, status, use
from tinymaml.course import guess, guessed
from tinymaml.course.figures import lesson_00 as figures
from tinymaml.problems import Sinusoids

# %% [markdown]
# ## Ten points of an unknown wave
#
# A **task** is a wave $y = A \sin(x - \varphi)$ whose height $A$ and phase $\varphi$ are hidden;
# they are drawn uniformly from $[0.1, 5]$ and $[0, \pi]$. You are given ten of its points, the
# **support** set, and are judged on others, the **query** set. Their $x$ are drawn uniformly from
# $[-5, 5]$, and there is no noise. The learner is a small network, $1 \to 40 \to 40 \to 1$ with
# tanh between. Its error is the mean squared error.

# %%
# for training; shots: support points per wave, here with as many query points
waves = Sinusoids(shots=10, dtype=np.float32)

# 600 waves that are held out, with 100 query points each
held_out = Sinusoids(shots=10, queries=100, dtype=np.float32)
new = held_out.sample(np.random.default_rng(1), 600)

# the network's mean squared error, and random parameters as one vector
loss = waves.loss
random_start = waves.start
print(f"{loss.size:,} parameters, 10 points")
figures.three_waves(new)

# %% [markdown]
# *Figure: three of the 600 waves, each with its ten points. In Task 1, $A$ and $\varphi$.*
#
# In the code `new.inner` holds the support points of all 600 waves, inputs $x$ and targets $y$;
# `new.outer` holds the query points.
#
# ## One step
#
# To *adapt* is to take a step of gradient descent on the support points. The network's mean squared
# error on them is $l_\text{support}$. From the parameters $w$, a vector of 1,761 numbers, subtract
# $\alpha$, the *stepsize*, times the error's gradient:
#
# $$w_1 = w - \alpha \nabla l_\text{support}(w) .$$
#
# Further steps continue from $w_1$. How good is a start $w$? For each of several tasks the network
# adapts from the same start and is judged by $l_\text{query}$, its error on the task's query
# points.
#
# **Exercise 00.step** *(write it)*. Compute the query error before any step and after each: the
# mean over the tasks. Replace the line `raise …`, run the cell, then run the `check` below it.

# %%
# exercise 00.step
def learning_curve(w, tasks, loss, alpha, steps):
    """The mean query error over the tasks after 0, 1, ..., steps steps: steps + 1 numbers.

    tasks: list of pairs (support, query); support and query are pairs (x, y).
    loss.value(w, *points): a number. loss.gradient(w, *points): of w's shape.
    """
    ### BEGIN SOLUTION
    errors = np.zeros(steps + 1)
    for support, query in tasks:
        adapted = w
        errors[0] += loss.value(adapted, *query)
        for k in range(steps):
            adapted = adapted - alpha * loss.gradient(adapted, *support)
            errors[k + 1] += loss.value(adapted, *query)
    return errors / len(tasks)
    ### END SOLUTION

# %%
check("00.step")

# %% [markdown]
# Everything now depends on the start. **MAML** (Finn, Abbeel & Levine 2017) looks for a $w$ such
# that, *after* the step, the query error is small on average over the tasks:
#
# $$\min_w \ \operatorname{mean}_\text{tasks} \ l_\text{query}(w_1) .$$
#
# All tasks share the start $w$; $w_1$ and both errors are each task's own. The minimum is sought by
# a descent too, the *outer* one. The derivative of the step with respect to $w$ is
#
# $$\frac{\partial w_1}{\partial w} = I - \alpha H, \qquad H = \nabla^2 l_\text{support}(w) ,$$
#
# where $I$ is the identity matrix and $H$, the matrix of second derivatives, says how the gradient
# changes when $w$ moves. So, by the chain rule, a task's **meta-gradient** is
#
# $$(I - \alpha H)\, \nabla l_\text{query}(w_1) ,$$
#
# without a transpose, because $H$ is symmetric.
#
# $H$ has a row and a column for each parameter and is never written down: only its product $Hv$
# with one vector $v$ is needed. That product is what this course is about. You will write it by
# hand (lessons 01–03), make it fast (04–06), and prove that following the meta-gradient gets
# somewhere (13–23, of which 13–16 are here).
#
# ## Run it
#
# 2,000 outer steps, each with 25 fresh waves. In the code `alpha` is the inner stepsize; `stepsize`
# is the outer one, with Adam, a gradient descent that rescales each coordinate. MAML's rival
# is **joint training**, which has no step inside: it looks for the one curve with the smallest
# query error over all waves. The first call compiles the loops: 15 seconds or so, once on this
# computer.

# %%
settings = dict(
    alpha=0.01, stepsize=tm.Adam(1e-3), batch=25, iterations=2000, progress=False
)
# finite sum: each task's error is a mean over a fixed, finite set of points
maml = tm.maml_finite_sum(loss, random_start, waves, steps=1, **settings)
joint = tm.maml_finite_sum(loss, random_start, waves, steps=0, **settings)
rows = []
for name, trained in ("MAML, after one step", maml), ("joint, no step", joint):
    # means over the first and the last 100 of the 2,000 outer steps
    first, last = trained.losses[:100].mean(), trained.losses[-100:].mean()
    rows.append([name, first, last, trained.gradients_used, trained.hvps_used])
figures.table(["training error", "first", "last", "gradients", "products Hv"], rows)

# %% [markdown]
# Each of the 2,000 · 25 tasks costs MAML two gradients and one product $Hv$, joint training one
# gradient. Now the new waves. `tm.evaluate` is your `learning_curve`, compiled: `mean[k]` is its
# entry k, with the 95% interval `mean[k]` ± `interval[k]`; `losses[k]` holds each wave's error.
#
# > **Predict.** On the 600 new waves a random start's mean error is 5.55, and that of joint
# > training's start 3.04. How large is the error of MAML's start *before* any step? And that of
# > joint training's start after one step? Write two numbers in place of the dots and run the cell.
# > A guess is never graded.

# %%
# the mean error on 600 new waves
guess("00.MAML_start_before_any_step", 1.0)
guess("00.joint_start_after_one_step", 1.5)

# %%
# ten steps on each new wave; every point on the way is judged
judge = dict(alpha=0.01, steps=10)
from_random = tm.evaluate(loss, random_start, new, **judge)
from_joint = tm.evaluate(loss, joint.w, new, **judge)
from_maml = tm.evaluate(loss, maml.w, new, **judge)

# the mean of all waves: A averages 2.55, and sin(x - φ) averages -2/π cos x
xq, yq = new.outer
single = np.mean((-2.55 * 2 / np.pi * np.cos(xq) - yq) ** 2)
figures.errors(from_random, from_joint, from_maml, single)
rows = []
for k in 0, 1, 5, 10:
    rows.append([k, from_random.mean[k], from_joint.mean[k], from_maml.mean[k]])
figures.table(["steps", "random start", "joint training", "MAML"], rows)
print(f"the mean of all waves: {single:.2f}; the curve y = 0: {np.mean(yq**2):.2f}")
guessed("00.MAML_start_before_any_step", from_maml.mean[0])
guessed("00.joint_start_after_one_step", from_joint.mean[1])

# %% [markdown]
# *Figure: the mean error on the 600 new waves, with a band for its 95% interval (after the first
# step MAML's is hardly wider than its line). Level: the error of the curve $-1.62 \cos x$, the mean
# of all waves. One step takes MAML's error from 3.03 to 0.72; joint training's rises (a table below
# gives the interval of the rise).*
#
# Before a start has seen a point, one curve must serve all waves. Averaged over all of them no
# curve has a smaller error than their mean: at each $x$ the mean has the least mean squared
# distance. Joint training looks for that curve and nearly reaches its error: 3.04, against 2.98.
# (It trains on the query points alone; the support points too could gain it little before the
# step.) Nothing guarantees that MAML's start is as good before the step. In this training it is.
#
# Is $\alpha = 0.01$ unfair to the rivals? Give each the best of seven stepsizes, chosen in its
# favour on the query points themselves:

# %%
alphas = 0.001, 0.002, 0.005, 0.01, 0.02, 0.03, 0.05
for name, start in ("joint training", joint.w), ("random start", random_start):
    errors = []
    for alpha in alphas:
        errors.append(tm.evaluate(loss, start, new, alpha=alpha, steps=1).mean[1])
    best = np.argmin(errors)
    print(f"{name}: after one step {errors[best]:.2f}, with the best α, {alphas[best]}")

# %% [markdown]
# Neither comes near 0.72. Watch one wave, task 1 of the first figure:

# %%
x, y = new.inner
support, query = (x[0], y[0]), (xq[0], yq[0])
figures.one_wave(loss, support, query, joint.w, maml.w)
rows = []
for name, start in ("joint training", joint.w), ("MAML", maml.w):
    curve = learning_curve(start, [(support, query)], loss, alpha=0.01, steps=10)
    rows.append([name, curve[0], curve[1], curve[10]])
figures.table(["your learning_curve, task 1", "0 steps", "1 step", "10 steps"], rows)

# %% [markdown]
# *Figure: before the step (dotted) the two starts are similar curves. One step (dashed) takes the
# error from MAML's start, on the right, from 2.48 to 0.15, although its curve misses the wave at
# the left edge; ten (solid) leave a kink near $x = -0.2$, between two points. From joint
# training's, on the left, the error is still 1.00 after ten. MAML's 0.15 is better than its mean
# over the 600 waves, 0.72.*
#
# So MAML's start is no solution: it is a place from which one step leads close to one.
#
# ## Break it
#
# What if the step is longer? First a parabola, $l(w) = \tfrac12 L w^2$, whose gradient is $Lw$.
#
# **Exercise 00.limit** *(give a bound)*. Return the stepsize, a number that depends on $L$, below
# which descent from any $w \ne 0$ tends to 0 and above which it runs away.

# %%
# exercise 00.limit
def limit(L):
    """The stepsize where descent on ½ L w² turns from converging to running away.

    L > 0.
    """
    ### BEGIN SOLUTION
    return 2 / L
    ### END SOLUTION

# %%
check("00.limit")

# %% [markdown]
# > **Predict.** Now the network: MAML's start, the same 600 waves, ten steps. With $\alpha = 0.01$
# > the mean error ends at 0.38. Where does it end with twice that stepsize, $\alpha = 0.02$? And
# > with five times? (If you think that it overflows, guess 1e9.)

# %%
# the mean error after ten steps; with α = 0.01 it is 0.38
guess("00.with_twice_the_stepsize", 3.0)
guess("00.with_five_times_the_stepsize", 10.0)

# %%
# the same waves, judged on their support points
support_tasks = tm.Tasks.finite_sum(support=new.inner, query=new.inner)
runs = {}
rows = []
for alpha in 0.01, 0.02, 0.05:
    run = tm.evaluate(loss, maml.w, new, alpha=alpha, steps=10)
    on_support = tm.evaluate(loss, maml.w, support_tasks, alpha=alpha, steps=10)
    runs[alpha] = run
    # of the 600 waves, those whose support error ends larger than it began
    worse = int(np.sum(on_support.losses[10] > on_support.losses[0]))
    rows.append([f"α = {alpha}", *run.mean[:4], run.mean[10], worse])
figures.stepsizes(limit, runs)
heads = ["query error after", "0", "1", "2", "3", "10 steps", "support worse"]
figures.table(heads, rows)
guessed("00.with_twice_the_stepsize", runs[0.02].mean[10])
guessed("00.with_five_times_the_stepsize", runs[0.05].mean[10])

# %% [markdown]
# *Figure: left, each step multiplies $w$ by $1 - \alpha L$, so $|w|$ is here a straight line on a
# logarithmic axis, down below your limit, level at it, up beyond it. Right, the network: with
# $\alpha = 0.02$ the mean error falls, rises for two steps and recovers; with 0.05 it explodes.*
#
# A network has no single $L$: its curvature differs from wave to wave, and changes as $w$ moves. So
# a stepsize can be too long for some waves only: with $\alpha = 0.02$ ten steps raise the support
# error of 22 of the 600 waves; with 0.05, of 557.
#
# ## A step can help here and harm there
#
# One step from joint training's start raised the mean error on the query points. What did it do on
# the points that the step sees?

# %%
joint_on_support = tm.evaluate(loss, joint.w, support_tasks, alpha=0.01, steps=1)
rows = []
for name, run in ("support", joint_on_support), ("query", from_joint):
    change = run.losses[1] - run.losses[0]
    # half of the 95% interval of the mean change
    interval = 1.96 * change.std() / np.sqrt(change.size)
    rows.append([name, run.mean[0], run.mean[1], f"{change.mean():+.2f} ± {interval:.2f}"])
figures.table(["error on points", "before", "after", "mean change"], rows)

# %% [markdown]
# On average the step lowered the error at the ten points that it sees. Nothing in the step
# constrains the curve between them. "The loss went down, so the task got better": break that claim
# on a model with one parameter, a number $w$. The truth is $\sin x$; the model is a line through
# the origin, $y = w x$; there is one support point and one query point; the error at a place $x$ is
# $(w x - \sin x)^2$.
#
# **Exercise 00.worse** *(break it)*. Find a slope `w`, a stepsize `alpha > 0` and two places `seen`
# and `unseen` in $[-5, 5]$ such that one gradient step on the error at `seen` makes that error
# smaller and the error at `unseen` larger. Write numbers in place of the dots.

# %%
# exercise 00.worse
### BEGIN SOLUTION
#: counterexample = dict(w=..., alpha=..., seen=..., unseen=...)
# one point asks for the slope sin(1)/1 = 0.84, the other for sin(3)/3 = 0.05
counterexample = dict(w=0.5, alpha=0.1, seen=1.0, unseen=3.0)
### END SOLUTION

# %%
check("00.worse")

# %% [markdown]
# So only query points tell whether a task got better, and only if the learner has not seen their
# targets. A program may hand the learner the whole task: `learn(x, y, xq, yq)` adapts on the
# support points `x`, `y` and returns its predictions at the inputs `xq`. It may use these, but not
# `yq`, the targets there. A learner that peeks need not use all of `yq`: one target may do, or
# their mean, their magnitude, or their pattern from point to point; or it keeps whichever of its
# own steps comes nearest to them.
#
# **Exercise 00.peeks** *(write a test)*. Write a test that tells learners that peek from honest
# ones. It is tried on a learner of each of these kinds and on two honest ones, on several tasks.
# (With the same arguments `learn` returns the same. No test of a few calls finds every learner that
# peeks.)

# %%
# exercise 00.peeks
def peeks(learn, x, y, xq, yq):
    """Do the predictions of `learn` depend on yq? -> True or False

    x, y: (shots,). xq, yq: (queries,). learn(x, y, xq, yq): finite predictions, (queries,).
    """
    ### BEGIN SOLUTION
    before = learn(x, y, xq, yq)
    # large random numbers change mean, magnitude and pattern; yq + 1 or -yq would leave some
    other = np.random.default_rng(0).normal(0, 100, size=yq.shape)
    # the learner's step that is nearest to `other` may be the one that it kept before; that one is
    # hardly the nearest to -other too
    for replaced in other, -other:
        after = learn(x, y, xq, replaced)
        if not np.array_equal(before, after):
            return True
    return False
    ### END SOLUTION

# %%
check("00.peeks")

# %% [markdown]
# ## Leave out $H$
#
# Let the outer descent follow $\nabla l_\text{query}(w_1)$ alone. This is *first-order MAML*; it
# needs no products.
#
# > **Predict.** With $H$, one step on a new wave ends at 0.72. Where does it end without?

# %%
guess("00.error_after_one_step_without_H", 0.9)

# %%
first_order = tm.maml_finite_sum(
    loss, random_start, waves, steps=1, method="first-order", **settings
)
without_H = tm.evaluate(loss, first_order.w, new, **judge)
rows = []
for name, trained, run in ("with H", maml, from_maml), ("without H", first_order, without_H):
    first, last = trained.losses[:100].mean(), trained.losses[-100:].mean()
    one_step = f"{run.mean[1]:.2f} ± {run.interval[1]:.2f}"
    ten_steps = f"{run.mean[10]:.2f} ± {run.interval[10]:.2f}"
    rows.append([name, first, last, one_step, ten_steps])
figures.table(["error", "training, first", "last", "new, 1 step", "10 steps"], rows)
guessed("00.error_after_one_step_without_H", without_H.mean[1])

# %% [markdown]
# Twice the error, after equally many outer steps, which cost less without $H$ (one training each; ±
# is over waves, not over trainings). Whether a longer training without $H$ would catch up, this one
# cannot tell.
#
# ## What goes wrong in practice
#
# - **A meta-gradient without $H$.** In PyTorch, forget `create_graph=True` in the inner step, or
#   `detach()` the inner gradient, and $H$ is gone. Nothing looks broken: the training error falls,
#   as it did here. The test: compare the meta-gradient with a difference quotient (lesson 07).
# - **A step that is too long.** The error grows with the steps, as at $\alpha = 0.05$; or the mean
#   falls and some tasks get worse, as at 0.02. The test: each task's support error after each step.
#   If it rises, the step is too long; if only the query error rises, the ten points misled it.
#
# ## The map

# %%
figures.course()

# %% [markdown]
# *Figure: filled boxes are here now, dashed ones not yet. Dots mark the route of those who want
# only the code, squares that of those who want only the proof; 24–26 are on neither. The arrow:
# 04–06 can wait.*
#
# Every symbol of the course stands on one page: [Notation](appendix_07_notation.ipynb).
#
# ## Back to the question
#
# Nearly, on these waves: one step on ten points takes away three quarters of the mean error on new
# waves, from 3.03 to 0.72. (The curve $y = 0$ has 4.14.) From joint training's start, as good
# before the step, it takes away 0.08 at best, with any of seven stepsizes. You can now train a
# start with MAML, judge it on new tasks, and say what makes it fail. To get second derivatives
# without magic, we begin at the beginning: what *is* a function, to a program that wants to
# differentiate it?
#
# *Source:* C. Finn, P. Abbeel & S. Levine, *Model-agnostic meta-learning for fast adaptation of
# deep networks*, ICML 2017; the waves are those of its section 5.1.
#
# **Next: 01 · A function is a list.**
