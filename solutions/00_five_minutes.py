# %% [markdown]
# # 00 · MAML in five minutes
#
# A new task arrives with ten points. Is there a starting point from which **one** gradient step on them is enough?
#
# *(five minutes to run, about fifteen to read; 3 exercises. You need: Python, NumPy, and to know what a gradient is. You will be able to:
# say what MAML does, run it, break it, and find your way through this course.)*
#
# Run each cell with Shift+Enter, in order.

# %%
# given
import numpy as np

import tinymaml as tm
from tinymaml.course import check, hint, restore, solution, status, use     # for you to type
from tinymaml.course import guess, guessed, mark_guess, style

# %% [markdown]
# ## Ten points of an unknown wave
#
# A **task** is a wave $y = A \sin(x - \varphi)$ that nobody tells you. You are given ten of its points (the *support* set) and are judged
# on others (the *query* set). The learner is a small network, $1 \to 40 \to 40 \to 1$ with tanh between.

# %%
import matplotlib.pyplot as plt

from tinymaml.problems import networks
from tinymaml.problems.sinusoids import Sinusoids

params = networks.initial(np.random.default_rng(0))
loss = tm.Loss(networks.mse(), params)                                      # mean squared error of the network
random_start = loss.flatten(params)                                         # its parameters as one vector
new = Sinusoids(shots=10, queries=100, dtype=np.float32).sample(np.random.default_rng(1), 600)     # 600 waves that nobody trains on
(x, y), (xq, yq) = new.inner, new.outer                                     # support and query points: a row of blocks, one a task

colours = style()
figure, axes = plt.subplots(1, 3, figsize=(6.4, 2.2), sharey=True)
for b, ax in enumerate(axes):
    order = np.argsort(xq[b, :, 0])
    ax.plot(xq[b, order], yq[b, order], color="0.7", linewidth=4, label="query: to be judged on")
    ax.plot(x[b], y[b], "o", color=colours["black"], markersize=4, label="support: given")
    ax.set(xlabel="x", xlim=(-5, 5))
axes[0].set_ylabel("y")
figure.suptitle("Three tasks: ten points each, and the wave to be found", x=0.01, horizontalalignment="left", fontsize=11.5)
figure.legend(*axes[0].get_legend_handles_labels(), loc="outside lower center", ncols=2)
plt.show()
print(f"{loss.size:,} parameters, 10 points")

# %% [markdown]
# *Figure: ten points say a lot about a wave to somebody who has seen waves before, and next to nothing to somebody who has not.*
#
# ## One step
#
# Adapting is gradient descent on the support points: from the parameters $w$ a step against the gradient, $\alpha$ times as long as it:
#
# $$w_1 = w - \alpha \nabla l_\text{support}(w) .$$
#
# **Exercise 00.step** *(write it)*. Write that line. (It is as short as it looks. The point is to see how an exercise works: replace the
# line `raise …`, run the cell, run the cell with `check` below it. `check` grades the cell that you ran, in a process of its own.)

# %%
# exercise 00.step
def step(w, gradient, alpha):
    """One step of gradient descent from w -> where it leads. gradient: ∇l(w), an array of w's shape."""
    ### BEGIN SOLUTION
    return w - alpha * gradient
    ### END SOLUTION

# %%
check("00.step")

# %% [markdown]
# Everything now depends on where the step starts. **MAML** (Finn, Abbeel & Levine 2017) looks for a start $w$ such that, *after* the step,
# the query error is small on average over the tasks:
#
# $$\min_w \ \operatorname{mean}_\text{tasks} \ l_\text{query}\bigl(w - \alpha \nabla l_\text{support}(w)\bigr) .$$
#
# This too is done by gradient descent. By the chain rule, a task's **meta-gradient** is
#
# $$(I - \alpha H)\, \nabla l_\text{query}(w_1), \qquad H = \nabla^2 l_\text{support}(w) ,$$
#
# because moving $w$ also moves the gradient that the step takes, and $H$, the matrix of second derivatives, says by how much. $H$ has a row and
# a column for each parameter and is never written down; only its product with one vector is needed. That product is what this
# course is about: you will write it by hand (lessons 01–03), make it fast (04, 05), and prove that following it gets somewhere (13–23).
#
# ## Run it
#
# 2000 steps of the outer descent, each with 25 fresh waves. The first call compiles the loops: about 15 seconds, once on this computer. After
# that it is less than a second.

# %%
waves = Sinusoids(shots=10, dtype=np.float32)
settings = dict(alpha=0.01, steps=1, stepsize=tm.Adam(1e-3), batch=25, iterations=2000, progress=False)
history = tm.maml_finite_sum(loss, random_start, waves, **settings)
maml_start = history.w
print(f"{history.gradients_used:,} gradients and {history.hvps_used:,} Hessian-vector products")
print(f"error after one step, in training: {history.losses[:100].mean():.2f} at first, {history.losses[-100:].mean():.2f} at the end")

# %% [markdown]
# > **Predict.** The random start's mean error on the 600 new waves is 5.55. How large is the error of MAML's start *before* any step? And how far
# > do ten steps bring the random start down? Put your two numbers in place of the dots and run the cell. A guess is never graded; the next
# > figure or print-out shows it beside the truth. (It is worth ten seconds: a wrong guess makes the truth stick.)

# %%
# the mean error on 600 new waves; a random start's is 5.55
guess("00.MAML_start_before_any_step", 1.0)
guess("00.random_start_after_ten_steps", 1.5)

# %% [markdown]
# And one wave to look at, one that MAML's start does *not* fit: both starts adapt to its ten points, with one step, then nine more.

# %%
def errors(w, alpha, steps):
    """The error on each new wave's query points after so many gradient steps from w on its support points."""
    return tm.meta_gradient(loss, w, new, alpha=alpha, steps=steps, method="first-order").losses       # we want its losses alone

b = np.argsort(errors(maml_start, 0.01, 0))[480]                            # a wave far from MAML's start: 80% of the 600 are nearer
grid = np.linspace(-5, 5, 101, dtype=np.float32)[:, None]
order = np.argsort(xq[b, :, 0])
figure, axes = plt.subplots(1, 2, sharey=True)
for ax, w, title in zip(axes, (random_start, maml_start), ("A random start needs many steps", "MAML's start needs one")):
    path = tm.adapt(loss, w, (x[b:b + 1], y[b:b + 1]), alpha=0.01, steps=10)[:, 0]      # the parameters after 0, 1, ..., 10 steps
    ax.plot(xq[b, order], yq[b, order], color="0.8", linewidth=5, label="the wave")
    for k, colour, line in ((0, "black", ":"), (1, "vermilion", "--"), (10, "blue", "-")):
        ax.plot(grid, networks.predict(loss.unflatten(path[k]), grid), color=colours[colour], linestyle=line,
                label="before" if k == 0 else f"after {k} step{'s' * (k > 1)}")
    ax.plot(x[b], y[b], "o", color=colours["black"], markersize=5, label="the ten points")
    ax.set(xlabel="x", title=title)
axes[0].set_ylabel("y")
figure.legend(*axes[0].get_legend_handles_labels(), loc="outside lower center", ncols=5, columnspacing=1, handlelength=1.5)
plt.show()

print("mean (median) error on 600 new waves")
for name, w in ("random start", random_start), ("MAML's start", maml_start):
    found = [errors(w, 0.01, k) for k in (0, 1, 5, 10)]
    print(f"{name} after 0, 1, 5, 10 steps:")
    print("   " + ",  ".join(f"{e.mean():.2f} ({np.median(e):.2f})" for e in found))
guessed("00.MAML_start_before_any_step", errors(maml_start, 0.01, 0).mean())
guessed("00.random_start_after_ten_steps", errors(random_start, 0.01, 10).mean())

# %% [markdown]
# *Figure: the dotted curve on the right is MAML's start, and not this wave at all; one step on ten points (dashed) moves it most of the way.
# From a random start (left) ten steps do not make a wave.*
#
# Before the step MAML's start knows none of these waves: it is no solution, it is a place with solutions nearby. And it was never
# asked to be good after ten steps; that it is, here, is luck that you should not count on.
#
# ## Break it
#
# > **Predict.** Same start, same waves, ten steps, but steps of another length. With $\alpha = 0.01$ the mean error ends at 0.38. Where with twice
# > that, $\alpha = 0.02$? And with five times?

# %%
# the mean error after ten steps; with α = 0.01 it is 0.38
guess("00.with_twice_the_stepsize", 3.0)
guess("00.with_five_times_the_stepsize", 10.0)

# %% [markdown]
# First the smallest case there is. On $l(w) = \tfrac12 L w^2$ the gradient is $Lw$, so each step does $w \leftarrow (1 - \alpha L)\, w$.
#
# **Exercise 00.limit** *(predict)*. Return the stepsize, a number that depends on $L$, where this changes: for every smaller $\alpha > 0$,
# $w$ tends to 0; for every larger one, it runs away. Decide before you run the figure below.

# %%
# exercise 00.limit
def limit(L):
    """The stepsize at which gradient descent on ½ L w² turns from coming closer to running away. L > 0."""
    ### BEGIN SOLUTION
    return 2 / L
    ### END SOLUTION

# %%
check("00.limit")

# %%
figure, axes = plt.subplots(1, 2)
steps, after_ten = range(11), {}
for alpha, line in zip((0.1, 0.45, 0.5, 0.55), ("-", "--", "-.", ":")):
    axes[0].semilogy(steps, [abs(1 - alpha * 4.0) ** k for k in steps], line, label=f"α = {alpha}")
for alpha, line in zip((0.005, 0.01, 0.02, 0.05), ("-", "--", "-.", ":")):
    mean = [errors(maml_start, alpha, k).mean() for k in steps]
    axes[1].semilogy(steps, mean, line, label=f"α = {alpha}")
    after_ten[alpha] = mean[10]
axes[0].set(title="½ · 4 · w²: the limit is 0.5", xlabel="steps", ylabel="|w|, from w = 1")
axes[1].set(title="The network: no sharp limit", xlabel="steps", ylabel="mean error on 600 new waves")
mark_guess("00.with_twice_the_stepsize", axes[1], x=10, color=colours["green"])       # in the colour of its line
mark_guess("00.with_five_times_the_stepsize", axes[1], x=10, color=colours["orange"])
for ax in axes:
    ax.legend()
    ax.set_xticks(range(0, 11, 2))
plt.show()
guessed("00.with_twice_the_stepsize", after_ten[0.02])
guessed("00.with_five_times_the_stepsize", after_ten[0.05])
for alpha in 0.005, 0.01, 0.02, 0.05:
    worse = errors(maml_start, alpha, 1) > errors(maml_start, alpha, 0)
    print(f"alpha = {alpha:<6} one step makes {worse.mean():6.1%} of the waves worse")

# %% [markdown]
# *Figure: on a logarithmic axis a parabola gives straight lines, up or down. The network has no such line between the two: at α = 0.02 the
# error falls, rises for two steps, and recovers; at 0.05 it is lost.*
#
# For the network, $L$ is the largest curvature of the task's loss: the largest eigenvalue of $H$. It can be had from products $Hv$ alone, by
# *power iteration*: multiply, normalise, repeat. (On trust for now; it is yours in lesson 03.)

# %%
def largest_curvature(w, x, y):
    """Power iteration: the eigenvalue of H of largest modulus."""
    v = np.random.default_rng(0).normal(size=w.size).astype(w.dtype)
    for _ in range(30):
        u = v / np.linalg.norm(v)
        v = loss.hvp(w, u, x, y)                                            # H u
    return float(u @ v)

L = np.array([largest_curvature(maml_start, x[b], y[b]) for b in range(12)])
print(f"L on twelve waves: from {L.min():.0f} to {L.max():.0f};  2 / L: from {2 / L.max():.4f} to {2 / L.min():.4f}")

# %% [markdown]
# The $\alpha$ we trained with lies inside that range: there is no margin. A longer step overshoots, as on the parabola; that the mean recovers
# at 0.02 all the same shows that a network is a parabola only near where you stand: its curvature changes along the way. Lesson 16 asks
# what $\alpha$ has to be when $N$ steps follow one another, and finds that a constant over $N$ is enough.
#
# ## A step can also be right and useless
#
# A short step lowers the loss *on the points that it sees*. It is tempting to go on: "so the task got better". Break that. The truth is
# $\sin x$; the model is a line through the origin, $y = w x$; one support point, one query point; the error at a place $x$ is
# $(w x - \sin x)^2$.
#
# **Exercise 00.worse** *(break it)*. Find a slope `w`, a stepsize `alpha` and two places `seen` and `unseen` in $[-5, 5]$ such that
# one gradient step on the error at `seen` makes that error smaller and the error at `unseen` larger. Answer in the form
# `counterexample = dict(w=..., alpha=..., seen=..., unseen=...)`, with numbers.

# %%
# exercise 00.worse
### BEGIN SOLUTION
#: counterexample = dict(w=..., alpha=..., seen=..., unseen=...)
counterexample = dict(w=0.5, alpha=0.1, seen=1.0, unseen=3.0)       # one point asks for the slope sin(1)/1 = 0.84, the other for 0.05
### END SOLUTION

# %%
check("00.worse")

# %% [markdown]
# That is why MAML is judged on query points *in training*. With the support points in their place, it reports an error on what it has already
# seen. Here with three points a wave:

# %%
class Reused(Sinusoids):
    """The same waves, judged on the support points."""
    def sample(self, rng, batch):
        support = super().sample(rng, batch).inner
        return tm.Tasks.finite_sum(support=support, query=support)

three = Sinusoids(shots=3, queries=100, dtype=np.float32).sample(np.random.default_rng(2), 600)
for name, problem in ("query points", Sinusoids(shots=3, dtype=np.float32)), ("support points", Reused(shots=3, dtype=np.float32)):
    run = tm.maml_finite_sum(loss, random_start, problem, **settings)
    found = tm.meta_gradient(loss, run.w, three, alpha=0.01, steps=1, method="first-order").losses.mean()
    print(f"judged on {name:14}  error in training {run.losses[-100:].mean():.2f}, on new waves {found:.2f}")

# %% [markdown]
# The first learner's training loss tells the truth, the second's does not. With more training its new waves fall well behind too: put
# `settings | dict(iterations=10_000)` in place of `settings`.
#
# ## What goes wrong in practice
#
# Leave out $H$, and nothing looks broken: no error, a falling loss. It is a common bug in public MAML code, and it has a respectable
# name, *first-order MAML*, when done on purpose.

# %%
first_order = tm.maml_finite_sum(loss, random_start, waves, **settings, method="first-order").w
for name, w in ("with H", maml_start), ("without H", first_order):
    print(f"{name:9}  error on new waves after one step: {errors(w, 0.01, 1).mean():.2f}")

# %% [markdown]
# - **This was short.** `tinymaml demo` trains 35 times as long, with confidence intervals and a jointly trained network for comparison. With that
#   much training first-order MAML comes close, and overtakes after some steps. Do not judge a method by two thousand iterations.
# - **Waves are easy.** Two numbers, $A$ and $\varphi$, say all about a task. Few-shot digits (lesson 10) are not like that.
# - **Means hide.** The mean above is well over the median: a few waves go badly. When $\alpha$ is too large, they run away first.
#
# ## The map
#
# | part | lessons | |
# |---|---|---|
# | **I An engine** | 00 this one · 01 A function is a list · 02 Reverse mode · 03 Hessian-vector products by hand | here now |
# | | 04 A program of kernels · 05 Compile it · 06 The same loops on a GPU | here now |
# | **II MAML** | 07 One step · 08 N steps: the product, right to left | here now |
# | | 09 Sinusoids · 10 Few-shot digits · 11 Fresh samples · 12 Fixed sets | later |
# | **III The proof** | 13 Assumptions you can compute · 14 How far can a trajectory stray? | here now |
# | | 15 Smooth, seen from here · 16 Why 1/N | here now |
# | | 17–23 Drift, bias, variance, a random stepsize, the two theorems | later |
# | **IV Beyond** | First-order floors · Reinforcement learning · Many machines | later |
#
# Two shorter routes: **only the code**, 00–12; **only the proof**, 00, 07, 08, 13–23. After 03 you may jump to 07 and come back.
#
# ## How to work
#
# | in a notebook | in a terminal, in your folder; save the notebook first | |
# |---|---|---|
# | `check("00.step")` | `tinymaml check 00.step`, `tinymaml check 00` | is it right? If not: why, or on which input |
# | `hint("00.step")` | `tinymaml hint 00.step` | the next hint; the last nearly gives it away |
# | `solution("00.step")` | `tinymaml solution 00.step` | the course's answer, once you have tried |
# | `use("01.record")` | | the course's answer to one exercise, if you want to read on without yours |
# | `status()` | `tinymaml status`, `tinymaml status --all` | what is done, and what to do next; all exercises |
# | `restore("00.step")` | `tinymaml restore 00.step` | an empty exercise again: in a notebook in a new cell, in a terminal in place of yours, which is kept in a backup |
# | | `tinymaml check --watch` | the same checks, again whenever you save a notebook |
# | `guess("00.a_name", 1.5)` | | a prediction, never graded; the next figure or line shows it beside the truth |
# | | `tinymaml update` | new versions of the lessons; your answers are never overwritten |
# | | `pytest --work .` | all answers as a test run |
#
# In a notebook, `check()`, `hint()` and `solution()` without a name are about the exercise that you are at.
#
# An answer is graded alone, in the names that the lesson defines above it and with the *course's* answers to the earlier
# exercises: one mistake costs you one exercise, never two. The complete lessons, with all outputs, are in the folder `solutions`
# of the repository.
#
# ## Back to the question
#
# Yes: from MAML's start, one step on ten points takes the mean error on new waves from about 3 to about 0.7; from a random start, from about 5.5
# to about 4.5. Finding that start needed the derivative of a gradient step, and so second derivatives. To get them without
# magic, we start at the beginning: what *is* a function, to a program that wants to differentiate it?
#
# *Source:* C. Finn, P. Abbeel & S. Levine, *Model-agnostic meta-learning for fast adaptation of deep networks*, ICML 2017; the waves are
# those of its section 5.1.
#
# **Next: 01 · A function is a list.**
