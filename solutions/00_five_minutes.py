# %% [markdown]
# # 00 · MAML in five minutes
#
# **Is there a starting point from which one gradient step on ten points is enough to learn a task
# that was never seen before?**
#
# *(Five minutes to run, about fifteen to read; 3 exercises, 13 minutes. You need: Python, NumPy,
# and to know what a gradient is. You will be able to: say what MAML does, run it, break it, and
# find your way through this course.)*
#
# Run each cell with Shift+Enter, in order.

# %%
# given
import numpy as np

import tinymaml as tm

# for you to type
from tinymaml.course import check, hint, restore, solution, status, use
from tinymaml.course import guess, guessed
from tinymaml.course.figures import lesson_00 as figures
from tinymaml.problems import Sinusoids

# %% [markdown]
# ## Ten points of an unknown wave
#
# A **task** is a wave whose height and phase are hidden. You are given ten of its points, the
# **support** set, and are judged on others, the **query** set. The learner is a small network, $1
# \to 40 \to 40 \to 1$ with tanh between; its error is the mean square of what it misses by.

# %%
waves = Sinusoids(shots=10, dtype=np.float32)

# 600 waves that are kept for judging, on 100 points each
kept = Sinusoids(shots=10, queries=100, dtype=np.float32)
new = kept.sample(np.random.default_rng(1), 600)

# the network's mean squared error, and random parameters as one vector
loss = waves.loss
random_start = waves.start
print(f"{loss.size:,} parameters, 10 points")
figures.three_waves(new)

# %% [markdown]
# *Figure: three of the 600 waves, $y = A \sin(x - \varphi)$ with heights $A$ and phases $\varphi$
# of their own, each with its ten points.*
#
# ## One step
#
# To *adapt* is to take a step of gradient descent on the support points: from the parameters $w$, a
# step against the gradient, $\alpha$ times as long as it,
#
# $$w_1 = w - \alpha \nabla l_\text{support}(w) .$$
#
# **Exercise 00.step** *(write it)*. Several tasks arrive, and you adapt to each of them with one
# step. As always in MAML, they share one start. Replace the line `raise …`, run the cell, then run
# the `check` below it. These words help, in any cell of any lesson:
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
# one exercise. In a terminal, `tinymaml --help` lists the same commands.

# %%
# exercise 00.step
def one_step(w, tasks, gradient, alpha):
    """Where one step leads on each task: a list of arrays, one for each task.

    gradient(w, task): the gradient of the task's support loss at w; of w's shape.
    """
    ### BEGIN SOLUTION
    return [w - alpha * gradient(w, task) for task in tasks]
    ### END SOLUTION

# %%
check("00.step")

# %% [markdown]
# Everything now depends on the start. **MAML** (Finn, Abbeel & Levine 2017) looks for a $w$ such
# that, *after* the step, the query error is small on average over the tasks:
#
# $$\min_w \ \operatorname{mean}_\text{tasks} \ l_\text{query}(w_1) .$$
#
# This too is done by gradient descent. By the chain rule a task's **meta-gradient** is
#
# $$(I - \alpha H)\, \nabla l_\text{query}(w_1), \qquad H = \nabla^2 l_\text{support}(w) ,$$
#
# because moving $w$ also moves the gradient that the step takes, and $H$, the matrix of second
# derivatives, says by how much. $H$ has a row and a column for each parameter and is never written
# down: only its product with one vector is needed. That product is what this course is about. You
# will write it by hand (lessons 01–03), make it fast (04–06), and prove that following the
# meta-gradient gets somewhere (13–23).
#
# ## Run it
#
# 2,000 steps of the outer descent, each with 25 fresh waves. The first call compiles the loops: 15
# seconds or so, once on this computer. Later calls take about a second.

# %%
settings = dict(alpha=0.01, steps=1, stepsize=tm.Adam(1e-3), batch=25)
settings |= dict(iterations=2000, progress=False)
history = tm.maml_finite_sum(loss, random_start, waves, **settings)
maml_start = history.w
print(f"{history.gradients_used:,} gradients, ", end="")
print(f"{history.hvps_used:,} Hessian-vector products")
early, late = history.losses[:100].mean(), history.losses[-100:].mean()
print(f"query error after one step: {early:.2f} at first, {late:.2f} at the end")

# %% [markdown]
# > **Predict.** The random start's mean error on the 600 new waves is 5.55. How large is the error
# > of MAML's start *before* any step? And how far do ten steps bring the random start down? Write
# > two numbers in place of the dots and run the cell. A guess is never graded; it is worth ten
# > seconds, because a wrong guess makes the truth stick.

# %%
# the mean error on 600 new waves; a random start's is 5.55
guess("00.MAML_start_before_any_step", 1.0)
guess("00.random_start_after_ten_steps", 1.5)

# %%
# ten steps on each new wave; every point on the way is judged
from_random = tm.evaluate(loss, random_start, new, alpha=0.01, steps=10)
from_maml = tm.evaluate(loss, maml_start, new, alpha=0.01, steps=10)
figures.errors(from_random, from_maml)
print("steps   from a random start   from MAML's start")
for k in 0, 1, 5, 10:
    print(f"{k:5d} {from_random.mean[k]:21.2f} {from_maml.mean[k]:19.2f}")
guessed("00.MAML_start_before_any_step", from_maml.mean[0])
guessed("00.random_start_after_ten_steps", from_random.mean[10])

# %% [markdown]
# *Figure: the mean error, with a band for its 95% interval over the waves. From MAML's start one
# step takes it from 3.03 to 0.72; from a random start ten steps take it from 5.55 to 3.81. Your
# guesses are the diamonds.*
#
# Before the step MAML's start knows none of these waves. Here is one that it does *not* fit:

# %%
# a wave far from MAML's start: 80% of the 600 are nearer
far = np.argsort(from_maml.losses[0])[480]
x, y = new.inner
support = x[far : far + 1], y[far : far + 1]

# the parameters after 0, 1, ..., 10 steps
random_path = tm.adapt(loss, random_start, support, alpha=0.01, steps=10)[:, 0]
maml_path = tm.adapt(loss, maml_start, support, alpha=0.01, steps=10)[:, 0]
figures.one_wave(loss, new, far, random_path, maml_path)
print("this wave's error   from a random start   from MAML's start")
for k in 0, 1, 10:
    print(f"after {k:2d} steps {from_random.losses[k, far]:21.2f}", end="")
    print(f"{from_maml.losses[k, far]:20.2f}")

# %% [markdown]
# *Figure: on the right, MAML's start (dotted) is not the wave; one step (dashed) takes the error
# from 5.19 to 0.86. On the left, ten steps from a random start do not make a wave.*
#
# So MAML's start is no solution: it is a place with solutions nearby. It was never asked to be good
# after ten steps; that it is, here, is luck that you should not count on.
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
    runs[alpha] = tm.evaluate(loss, maml_start, new, alpha=alpha, steps=10)
figures.stepsizes(limit, runs)
print("alpha    mean error after 0, 1, 2, 3 and 10 steps          one step harms")
for alpha, run in runs.items():
    means = "".join(f"{run.mean[k]:8.2f}" for k in range(4))
    harmed = (run.losses[1] > run.losses[0]).mean()
    print(f"{alpha:<6}{means}{run.mean[10]:13,.2f}", end="")
    print(f"     {harmed:6.1%} of the waves")
guessed("00.with_twice_the_stepsize", runs[0.02].mean[10])
guessed("00.with_five_times_the_stepsize", runs[0.05].mean[10])

# %% [markdown]
# *Figure: left, a parabola with your limit: on a logarithmic axis the runs are straight lines, down
# below it, level at it, up beyond it. Right, the network: with $\alpha = 0.02$ the mean error
# falls, rises for two steps and recovers; with 0.05 it is lost.*
#
# Not a number? Not yet: after ten steps all 600 errors are finite. After 50 such steps 215 of them
# are not, for float32 ends at $3\cdot 10^{38}$. `tm.evaluate` counts those waves as *diverged* and
# leaves them out of the mean.
#
# What takes the place of $L$ in a network? A step along the gradient $g$ meets the curvature
# $g^{\mathsf T} H g / g^{\mathsf T} g$, which costs one Hessian-vector product:

# %%
curvatures = []
for wave in zip(x[:12], y[:12]):
    g = loss.gradient(maml_start, *wave)
    Hg = loss.hvp(maml_start, g, *wave)
    curvatures.append(g @ Hg / (g @ g))
low, high = min(curvatures), max(curvatures)
print(f"curvature along the step, on twelve waves: from {low:.0f} to {high:.0f}")
print(f"your limit for these: from {limit(high):.4f} to {limit(low):.4f}")

# %% [markdown]
# The $\alpha$ that we trained with, 0.01, lies just below these limits, 0.02 among them, 0.05
# beyond: there is hardly a margin. (Steeper directions exist: the largest eigenvalue of $H$ is
# between 116 and 238 on these twelve waves. Lesson 07 finds it, from products $Hv$ alone.) That the
# mean recovers at 0.02 all the same shows that a network is a parabola only near where you stand:
# its curvature changes along the way. Lesson 16 asks what $\alpha$ has to be when $N$ steps follow
# one another.
#
# ## A step can also be right and useless
#
# A short step lowers the loss *on the points that it sees*. It is tempting to go on: "so the task
# got better". Break that. The truth is $\sin x$; the model is a line through the origin, $y = w x$;
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
# That is why MAML is judged on query points *in training*. Put the support points in their place,
# with three points a wave, and training reports an error of only 0.42.
#
# > **Predict.** Judged on query points, training reports 1.57. On new waves, after one step on
# > three points, what is the error of the learner that reported 0.42?

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
for name, kind in ("query points", Sinusoids), ("support points", Reused):
    run = tm.maml_finite_sum(loss, random_start, kind(**few), **settings)
    found = tm.evaluate(loss, run.w, three, alpha=0.01, steps=1)
    reported = run.losses[-100:].mean()
    print(f"judged on {name:14}   in training {reported:.2f},", end="")
    print(f"   on new waves {found.mean[1]:.2f} ± {found.interval[1]:.2f}")
guessed("00.error_on_new_waves_if_judged_on_support", found.mean[1])

# %% [markdown]
# The first learner's training error tells the truth, and the second's does not. On new waves the
# two still agree within their intervals. After 10,000 iterations (`settings["iterations"] =
# 10_000`) they do not: 0.91 ± 0.08 against 1.26 ± 0.10.
#
# ## What goes wrong in practice
#
# Leave out $H$, and nothing looks broken: the loss falls.

# %%
half = tm.maml_finite_sum(
    loss, random_start, waves, **settings, method="first-order"
)
without_H = tm.evaluate(loss, half.w, new, alpha=0.01, steps=1)
print("mean error after one step")
for name, found in ("with H", from_maml), ("without H", without_H):
    print(f"{name:9}   {found.mean[1]:.2f} ± {found.interval[1]:.2f}")

# %% [markdown]
# - **Half a meta-gradient.** In PyTorch, forget `create_graph=True` in the inner step, or
#   `detach()` what it returns, and $H$ is gone. On purpose it is called *first-order MAML*. The
#   test: compare the meta-gradient with a difference quotient (lesson 07).
# - **Support points used twice.** Training reports an error that is too small. The test: judge on
#   points and tasks that training never saw.
# - **Steps that are too long.** A few steep tasks run away first, and the mean jumps (at $\alpha =
#   0.02$ from 1.81 to 3.54) while the median stays calm (1.31, 1.24). The test: look at both.
# - **Judged too early.** First-order MAML looks twice as bad as exact MAML above, because 2,000
#   iterations are few. After 70,000 (`tinymaml demo`) it comes close, and from the third step on
#   its mean is lower. The test: compare at several lengths of training.
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
# waves (3.03 to 0.72); from a random start, a fifth (5.55 to 4.48). Finding that start needed the
# derivative of a gradient step, and so second derivatives. You can now train a start with MAML,
# judge it on new tasks, and say what makes it fail. To get second derivatives without magic, we
# begin at the beginning: what *is* a function, to a program that wants to differentiate it?
#
# *Source:* C. Finn, P. Abbeel & S. Levine, *Model-agnostic meta-learning for fast adaptation of
# deep networks*, ICML 2017; the waves are those of its section 5.1.
#
# **Next: 01 · A function is a list.**
