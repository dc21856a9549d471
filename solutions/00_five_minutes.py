# %% [markdown]
# # 00 · MAML in five minutes
#
# **Is there a starting point from which one gradient step on ten points is enough to learn a task
# that was never seen before?**
#
# *(About fifteen minutes to read and run; 4 exercises, 20 minutes. You need: Python, NumPy, and to
# know what a gradient is. You will be able to: say what MAML does, run it, break it, and find your
# way through this course.)*
#
# Run each cell with Shift+Enter, in order. These words help, in any cell:
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
# An answer is graded alone, with the course's answers to the exercises before it: one mistake costs
# one exercise.

# %%
# given
import numpy as np

import tinymaml as tm

# the words of the table, and guesses
from tinymaml.course import check, hint, restore, solution, status, use
from tinymaml.course import guess, guessed
from tinymaml.course.figures import lesson_00 as figures
from tinymaml.problems import Sinusoids

# %% [markdown]
# ## Ten points of an unknown wave
#
# A **task** is a wave $y = A \sin(x - \varphi)$, $-5 \le x \le 5$, whose height $A$ and phase
# $\varphi$ are hidden; they are drawn evenly from $[0.1, 5]$ and $[0, \pi]$. You are given ten of
# its points, the **support** set, and are judged on others, the **query** set. The learner is a
# small network, $1 \to 40 \to 40 \to 1$ with tanh between. Its error is the mean squared error.

# %%
# for training: ten support and ten query points a wave
waves = Sinusoids(shots=10, dtype=np.float32)

# 600 waves that are kept for judging, on 100 query points each
kept = Sinusoids(shots=10, queries=100, dtype=np.float32)
new = kept.sample(np.random.default_rng(1), 600)

# the network's mean squared error, and random parameters as one vector
loss = waves.loss
random_start = waves.start
print(f"{loss.size:,} parameters, 10 points")
figures.three_waves(new)

# %% [markdown]
# *Figure: three of the 600 waves, each with its ten points.*
#
# ## One step
#
# To *adapt* is to take a step of gradient descent on the support points. Their mean squared error
# is $l_\text{support}$. From the parameters $w$, a vector of 1,761 numbers, subtract $\alpha$, the
# *stepsize*, times the error's gradient:
#
# $$w_1 = w - \alpha \nabla l_\text{support}(w) .$$
#
# More steps go on from $w_1$ in the same way. How good is a start $w$? Several tasks arrive. Each
# of them adapts from the same start, and is judged by $l_\text{query}$, the error on its query
# points.
#
# **Exercise 00.step** *(write it)*. Write that judgement, before any step and after each: the mean
# over the tasks. Replace the line `raise …`, run the cell, then run the `check` below it.

# %%
# exercise 00.step
def learning_curve(w, tasks, loss, alpha, steps):
    """The mean query error over the tasks after 0, 1, ..., steps steps: steps + 1 numbers.

    tasks: list of pairs (support, query). loss.value(w, *points): a number.
    loss.gradient(w, *points): of w's shape.
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
# This too is done by gradient descent. The derivative of the step with respect to $w$ is
#
# $$\frac{\partial w_1}{\partial w} = I - \alpha H, \qquad H = \nabla^2 l_\text{support}(w) ,$$
#
# where $I$ is the identity matrix and $H$, the matrix of second derivatives, says how the gradient
# changes when $w$ moves. So, by the chain rule, a task's **meta-gradient** is
#
# $$(I - \alpha H)\, \nabla l_\text{query}(w_1) .$$
#
# $H$ has a row and a column for each parameter and is never written down: only its product with one
# vector is needed. That product is what this course is about. You will write it by hand (lessons
# 01–03), make it fast (04–06), and prove that following the meta-gradient gets somewhere (13–23, of
# which 13–16 are here now).
#
# ## Run it
#
# 2,000 steps of the outer descent, each with 25 fresh waves. A sceptic asks for a rival: **joint
# training**, the same network on the same waves with no step inside, which looks for the one curve
# that is best for all waves at once. The first call compiles the loops: 15 seconds or so, once on
# this computer. Later calls take a second or two.

# %%
settings = dict(alpha=0.01, stepsize=tm.Adam(1e-3), batch=25)
settings.update(iterations=2000, progress=False)
# finite_sum: support and query points of a wave are fixed
maml = tm.maml_finite_sum(loss, random_start, waves, steps=1, **settings)
joint = tm.maml_finite_sum(loss, random_start, waves, steps=0, **settings)
print("training error, means of 100 iterations:")
print("                        first   last     gradients   products Hv")
for name, run in ("MAML, after one step", maml), ("joint, no step", joint):
    first, last = run.losses[:100].mean(), run.losses[-100:].mean()
    counts = f"{run.gradients_used:14,}{run.hvps_used:14,}"
    print(f"{name:22} {first:6.2f} {last:6.2f}{counts}")

# %% [markdown]
# Each of the 2,000 · 25 tasks costs MAML two gradients and one product $Hv$.
#
# > **Predict.** On the 600 new waves a random start's mean error is 5.55, and that of joint
# > training's start 3.04. How large is the error of MAML's start *before* any step? And that of
# > joint training's start after one step? Write two numbers in place of the dots and run the cell.
# > A guess is never graded; it is worth ten seconds, because a wrong guess makes the truth stick.

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
print("steps   random start   joint training   MAML")
for k in 0, 1, 5, 10:
    print(f"{k:5d} {from_random.mean[k]:14.2f} {from_joint.mean[k]:16.2f}", end="")
    print(f" {from_maml.mean[k]:6.2f}")
print(f"the best single curve: {single:.2f}")
guessed("00.MAML_start_before_any_step", from_maml.mean[0])
guessed("00.joint_start_after_one_step", from_joint.mean[1])

# %% [markdown]
# *Figure: the mean error, with a band for its 95% interval over the waves. Before the step both
# trained starts are as good as the best single curve, $-1.62 \cos x$, the mean of all waves. One
# step takes MAML's from 3.03 to 0.72, and the other from 3.04 to 3.21. Your guesses are the
# diamonds.*
#
# Is $\alpha = 0.01$ unfair to the others? With the best of seven stepsizes from 0.001 to 0.05, one
# step takes joint training's start to 2.96 and the random one to 4.48. Here is a wave far from both
# trained starts:

# %%
# 80% of the 600 waves are nearer to MAML's start
far = np.argsort(from_maml.losses[0])[480]
x, y = new.inner
support, query = (x[far], y[far]), (xq[far], yq[far])
figures.one_wave(loss, support, query, joint.w, maml.w)
print("your learning_curve, of this wave alone, after 0, 1 and 10 steps")
for name, start in ("joint training", joint.w), ("MAML", maml.w):
    curve = learning_curve(start, [(support, query)], loss, alpha=0.01, steps=10)
    print(f"{name:14}   {curve[0]:.2f}   {curve[1]:.2f}   {curve[10]:.2f}")

# %% [markdown]
# *Figure: on the right, one step (dashed) from MAML's start (dotted) takes the error from 5.19 to
# 0.86. It misses most where no points are, at the trough near 1.3. On the left, joint training's
# start is a similar curve, and ten steps from it do not make the wave.*
#
# So MAML's start is no solution: it is a place with solutions nearby. Ten steps help even more
# here, but nothing in the objective promises that.
#
# ## Break it
#
# What if the step is longer? First the smallest case there is. On $l(w) = \tfrac12 L w^2$ the
# gradient is $Lw$, so each step does $w \leftarrow (1 - \alpha L)\, w$.
#
# **Exercise 00.limit** *(predict)*. Return the stepsize, a number that depends on $L$, where this
# changes: for every smaller $\alpha > 0$, $w$ tends to 0; for every larger one, it runs away.

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
# > **Predict.** Now the network: the same start, the same waves, ten steps. With $\alpha = 0.01$
# > the mean error ends at 0.38. Where does it end with twice that stepsize, $\alpha = 0.02$? And
# > with five times? (If you think that it is not a number any more, guess 1e9.)

# %%
# the mean error after ten steps; with α = 0.01 it is 0.38
guess("00.with_twice_the_stepsize", 3.0)
guess("00.with_five_times_the_stepsize", 10.0)

# %%
runs = {}
for alpha in 0.005, 0.01, 0.02, 0.05:
    runs[alpha] = tm.evaluate(loss, maml.w, new, alpha=alpha, steps=10)
figures.stepsizes(limit, runs)
print("alpha    mean error after 0, 1, 2, 3 and 10 steps          one step harms")
for alpha, run in runs.items():
    means = "".join(f"{run.mean[k]:8.2f}" for k in range(4))
    harmed = (run.losses[1] > run.losses[0]).mean()
    print(f"{alpha:<6}{means}{run.mean[10]:13,.2f}", end="")
    print(f"     {harmed:6.1%} of the waves")
median = runs[0.02].median
print(f"the median, with α = 0.02: {median[1]:.2f} after 1 step, {median[3]:.2f} after 3")
guessed("00.with_twice_the_stepsize", runs[0.02].mean[10])
guessed("00.with_five_times_the_stepsize", runs[0.05].mean[10])

# %% [markdown]
# *Figure: left, a parabola with your limit: on a logarithmic axis the runs are straight lines, down
# below it, level at it, up beyond it. Right, the network: with $\alpha = 0.02$ the mean error
# falls, rises for two steps and recovers; with 0.05 it diverges.*
#
# What takes the place of $L$ in a network? A step along the gradient $g$ meets the curvature
# $g^{\mathsf T} H g / g^{\mathsf T} g$, which costs one Hessian-vector product:

# %%
curvatures = []
for wave in zip(x[:12], y[:12]):
    g = loss.gradient(maml.w, *wave)
    Hg = loss.hvp(maml.w, g, *wave)
    curvatures.append(g @ Hg / (g @ g))
low, high = min(curvatures), max(curvatures)
print(f"curvature along the step, on twelve waves: from {low:.0f} to {high:.0f}")
print(f"your limit for these: from {limit(high):.4f} to {limit(low):.4f}")

# %% [markdown]
# The $\alpha$ that we trained with, 0.01, lies just below these limits, and 0.05 beyond. Steeper
# directions exist: the largest eigenvalue of $H$ is between 116 and 238 on these twelve waves
# (lesson 07 finds it, from products $Hv$ alone), with limits from 0.017 down to 0.008. On a
# parabola 0.02 would run away on all twelve, and 0.01 on some. Yet the mean recovers: a network's
# curvature changes along the way. Lesson 16 asks what $\alpha$ has to be when $N$ steps follow one
# another.
#
# ## A step can help here and harm there
#
# Why did one step from joint training's start make things worse? Judge it on the points that it
# sees:

# %%
seen = tm.Tasks.finite_sum(support=new.inner, query=new.inner)
on_support = tm.evaluate(loss, joint.w, seen, alpha=0.01, steps=1)
for name, found in ("support", on_support), ("query", from_joint):
    print(f"error on {name:7} points: {found.mean[0]:.2f}, then {found.mean[1]:.2f}")

# %% [markdown]
# On its own points the step helps. "The loss went down, so the task got better": break that in the
# smallest case there is. The truth is $\sin x$; the model is a line through the origin, $y = w x$;
# there is one support point and one query point; the error at a place $x$ is $(w x - \sin x)^2$.
#
# **Exercise 00.worse** *(break it)*. Find a slope `w`, a stepsize `alpha` and two places `seen` and
# `unseen` in $[-5, 5]$ such that one gradient step on the error at `seen` makes that error smaller
# and the error at `unseen` larger. Write numbers in place of the dots.

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
# So MAML is judged on query points *in training* too. Put the support points in their place, three
# a wave, so that they say little about the remainder of it, and training reports an error of only
# 0.42.
#
# > **Predict.** On new waves, after one step on three points, what is this learner's mean error?

# %%
guess("00.error_on_new_waves_if_judged_on_support", 0.8)

# %%
class Reused(Sinusoids):
    """The same waves, judged on the support points."""

    def sample(self, rng, batch):
        support = super().sample(rng, batch).inner
        return tm.Tasks.finite_sum(support=support, query=support)

few = dict(shots=3, dtype=np.float32)
three = Sinusoids(queries=100, **few).sample(np.random.default_rng(2), 600)
errors = []
for name, kind in ("query points", Sinusoids), ("support points", Reused):
    run = tm.maml_finite_sum(loss, random_start, kind(**few), steps=1, **settings)
    found = tm.evaluate(loss, run.w, three, alpha=0.01, steps=1)
    errors.append(found.losses[1])
    reported = run.losses[-100:].mean()
    print(f"judged on {name:14}   in training {reported:.2f},", end="")
    print(f"   on new waves {found.mean[1]:.2f}")
more = errors[1] - errors[0]
print(f"the second's error is larger by {more.mean():.2f}", end="")
print(f" ± {1.96 * more.std() / np.sqrt(more.size):.2f}, wave by wave")
guessed("00.error_on_new_waves_if_judged_on_support", found.mean[1])

# %% [markdown]
# The second learner's report is a quarter of the truth. It is also the worse learner, by a little;
# after 10,000 iterations (`settings["iterations"] = 10_000`) by 0.35 ± 0.05.
#
# A report is false, too, where the learner has seen the answers that it is judged on. That happens
# easily: a program often hands it the whole task. `learn(x, y, xq, yq)` adapts on the support
# points `x`, `y` and returns its predictions at the places `xq`. It may use these places, but not
# `yq`, the answers there.
#
# **Exercise 00.peeks** *(write a test)*. Write the test that finds a learner that uses `yq`.

# %%
# exercise 00.peeks
def peeks(learn, x, y, xq, yq):
    """Do the predictions of `learn` depend on yq? -> True or False

    x, y: (shots,). xq, yq: (queries,). learn(x, y, xq, yq): predictions, (queries,).
    """
    ### BEGIN SOLUTION
    before = learn(x, y, xq, yq)
    after = learn(x, y, xq, 100 - 3 * yq)
    return not np.array_equal(before, after)
    ### END SOLUTION

# %%
check("00.peeks")

# %%
print(f"MAML after ten steps: {from_maml.mean[10]:.2f}")
best = from_maml.losses.min(axis=0)
print(f"after each wave's best number of steps: {best.mean():.2f}")

# %% [markdown]
# The second line peeks: only the query points say which number of steps is best.
#
# ## What goes wrong in practice
#
# Leave out $H$, and nothing looks broken: the training error falls.

# %%
half = tm.maml_finite_sum(
    loss, random_start, waves, steps=1, method="first-order", **settings
)
without_H = tm.evaluate(loss, half.w, new, alpha=0.01, steps=1)
for name, run, found in ("with H", maml, from_maml), ("without H", half, without_H):
    first, last = run.losses[:100].mean(), run.losses[-100:].mean()
    print(f"{name:9}   in training {first:.2f}, then {last:.2f};", end="")
    print(f"   on new waves {found.mean[1]:.2f} ± {found.interval[1]:.2f}")

# %% [markdown]
# - **Half a meta-gradient.** In PyTorch, forget `create_graph=True` in the inner step, or
#   `detach()` the inner gradient, and $H$ is gone. On purpose it is called *first-order MAML*. The
#   test: compare the meta-gradient with a difference quotient (lesson 07).
# - **Steps that are too long.** Part of the tasks run away, and the mean jumps (at $\alpha = 0.02$
#   from 1.81 after one step to 3.54 after three) while the median stays calm (1.31, 1.24). The
#   test: look at both.
# - **Judged too early.** First-order MAML looks twice as bad as exact MAML above, because 2,000
#   iterations are few. After 70,000 (`tinymaml demo`) it comes close after one step, and from the
#   third step on its mean is below exact MAML's. The test: compare at several lengths of training.
#
# ## The map

# %%
figures.course()

# %% [markdown]
# *Figure: the lessons that are here now, and those that are not yet. Dots mark the route for those
# who want only the code, squares the route for those who want only the proof.*
#
# Every symbol of the course, and both algorithms in words, stand on one page:
# [Notation](appendix_07_notation.ipynb).
#
# ## Back to the question
#
# Nearly. From MAML's start, one step on ten points removes three quarters of the mean error on new
# waves (3.03 to 0.72); from joint training's, which is as good before the step, nothing (3.04 to
# 3.21). In 2,000 iterations the second derivatives halved the error (1.40 to 0.72). You can now
# train a start with MAML, judge it on new tasks, and say what makes it fail. To get second
# derivatives without magic, we begin at the beginning: what *is* a function, to a program that
# wants to differentiate it?
#
# *Source:* C. Finn, P. Abbeel & S. Levine, *Model-agnostic meta-learning for fast adaptation of
# deep networks*, ICML 2017; the waves are those of its section 5.1.
#
# **Next: 01 · A function is a list.**
