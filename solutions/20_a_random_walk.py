# %% [markdown]
# # 20 · A random walk, not a march
#
# **Where does an inner loop end if each step sees a few fresh samples, and not the whole support
# set as in lesson 19? The samples' noise pushes each step a little. After $N$ pushes, is the run
# $N$ pushes away from the exact one, $\sqrt N$, or exponentially many?**
#
# *(about 20 minutes' reading; 5 exercises, 25 minutes. You need: 13, 14 and 19. You will be able
# to: bound what noise does to $N$ steps in the mean and in the mean square, say which bound needs
# fresh samples, and name the noise that attains each.)*
#
# All symbols on one page: [Notation](appendix_07_notation.ipynb).

# %%
# given
from itertools import permutations, product

import numpy as np

from tinymaml import theory

# for you to type
from tinymaml.course import check, hint, restore, solution, status, use

# figures, guesses and instances
from tinymaml.course import guess, guessed
from tinymaml.course.figures import lesson_20 as figures
from tinymaml.course.figures import one_step
from tinymaml.course.given import noisy_steps
from tinymaml.course.given.noisy_steps import exact_path, last_step, pushed
from tinymaml.theory.table import show

lemma_4 = theory.RESULTS["lemma_4"]
lemma_4_sharp = theory.RESULTS["lemma_4_sharp"]
lemma_5 = theory.RESULTS["lemma_5"]

# %%
# the names of two holes
driven = ("the bias e", "the mean square of the batch's meta-gradient")
one_step.draw(lesson=20, sets="fresh", inside=driven)

# %% [markdown]
# *Figure: one meta-step where every inner step draws its own samples (Algorithm 1). Grey: known.
# Dashed: to come. The proofs of the two orange boxes ask how far noise drives the inner loop. Here
# $e$ is the meta-gradient's bias; below, $e_j$, with the number of a step, is a drift.*
#
# ## One coin a step
#
# Run gradient descent on $-\tfrac12w^2$ from the hill top; the exact run stays there. Each of six
# steps of 1/64 sees the gradient plus 1 or minus 1, as a coin decides: a **push** of 1/64 to the
# left or to the right. All $2^6$ runs:

# %%
# steps on (h/2)w² from its top or bottom, 0; h = −1 is the hill
on_a_hill = pushed(-1, alpha=1 / 64, noise=np.ones((6, 1)))
# where the runs are, one in each column; divided by α: in pushes
paths = noisy_steps.drifts(on_a_hill)[..., 0] / on_a_hill.alpha
root_mean_square = np.sqrt(np.mean(paths**2, axis=1))
figures.all_paths(paths, root_mean_square)
for j in (1, 2, 4, 6):
    print(f"after {j}, in pushes: root mean square {root_mean_square[j]:.2f}, ", end="")
    print(f"√{j} = {np.sqrt(j):.2f}, at most {paths[j].max():.2f}")

# %% [markdown]
# *Figure: how far each run is from the exact one. A thick blue line is several runs that nearly
# coincide. The march gets a little further than $j$, since a step on the hill stretches the
# distance by $1+\alpha$.*
#
# In general: one task with the loss $l$; a start $w$; the exact run
# $\tilde w_{j+1}=\tilde w_j-\alpha\nabla l(\tilde w_j)$ from $\tilde w_0=w$. Algorithm 1's run
# starts at $w_0=w$ as well, and its step $j$ sees the mean gradient of a set $S_j$ of $S$ samples:
#
# $$w_{j+1}=w_j-\alpha\,(\nabla l(w_j)+\nu_j),\qquad e_j=w_j-\tilde w_j .$$
#
# $\nu_j$ is the **noise** of step $j$, a vector like $w$: the error of the sampled gradient.
# $\alpha\nu_j$ is its push. The vector $e_j$ is the **drift**.
#
# **A3, for gradients.** At every *fixed* $w$ a sample $\tau$ is unbiased: the mean of
# $\nabla l(w;\tau)$ is $\nabla l(w)$. Its noise has a bounded mean square,
# $\mathbb E\lVert\nabla l(w;\tau)-\nabla l(w)\rVert^2\le\sigma_g^2$.
#
# The law of $\tau$ may differ from step to step. Two more assumptions. The $S$ samples of a set are
# **independent**: the noise of their mean has mean square at most $\sigma_g^2/S$. The sets are
# **fresh**: $S_j$ is drawn independently of all that was drawn before.
#
# The coins meet all three, with $S=1$: $\nu_j$ is $\pm u_j$ with a fixed vector $u_j$, each sign
# with probability ½, and $\sigma_g$ is the length of the longest $u_j$. $N$ coins make $2^N$ runs,
# all equally likely: expectations are finite sums.
#
# **Exercise 20.paths** *(write it)*. Compute $\mathbb E\lVert e_N\rVert^2$ on any loss, exactly,
# where step $j$ sees $\nabla l(w_j)\pm u_j$, each step with its own coin. The loss has a
# `gradient(w)`; `exact_path(loss, w, alpha, N)` gives $\tilde w_0,\dots,\tilde w_N$.

# %%
# exercise 20.paths
def mean_square_drift(loss, w, alpha, noise):
    """noise: N vectors like w: u_0, ..., u_{N−1} -> the mean of ‖w_N − w̃_N‖²."""
    ### BEGIN SOLUTION
    end = exact_path(loss, w, alpha, len(noise))[-1]
    total = 0.0
    for signs in product((1, -1), repeat=len(noise)):
        point = w
        for sign, u in zip(signs, noise):
            point = point - alpha * (loss.gradient(point) + sign * u)
        total += np.sum((point - end) ** 2)
    return total / 2 ** len(noise)
    ### END SOLUTION

# %%
check("20.paths")

# %% [markdown]
# *In tinymaml: `theory/results/lemma_5.py`, `drift`.*
#
# > **Predict.** Lesson 16 asks for $\alpha=c/(NL)$. Take $\alpha=1/(8NL)$ on the hill, with a coin
# > for each step. By what factor does the drift's root mean square change from one step to four,
# > each four times shorter?

# %%
guess("20.four_times_as_many_steps", 1.0)

# %%
def on_the_hill(N, alpha):
    """The drift's root mean square: one coin for all N steps, and a coin for each."""
    found = []
    # None: all 2^N patterns of signs
    for signs in ([[1] * N, [-1] * N], None):
        hill = pushed(-1, alpha, noise=np.ones((N, 1)), signs=signs)
        found.append(np.sqrt(np.mean(noisy_steps.drifts(hill)[-1] ** 2)))
    return found


steps = np.arange(1, 13)
shorter = np.transpose([on_the_hill(N, alpha=1 / (8 * N)) for N in steps])
fixed = np.transpose([on_the_hill(N, alpha=1 / 2) for N in steps]) / (1 / 2)
to_one_step = shorter / shorter[0, 0]
figures.growth(steps, fixed, to_one_step)
walk = to_one_step[1]
for N in (1, 2, 3):
    print(f"from {N} to {4 * N:2d} steps: times {walk[4 * N - 1] / walk[N - 1]:.2f}")
print(f"12 steps of 1/2, in pushes: march {fixed[0, -1]:.0f}, walk {fixed[1, -1]:.0f}")
nine = shorter[:, 8] / (1 / 72)
print(f"9 steps of 1/72, in pushes: march {nine[0]:.2f}, walk {nine[1]:.2f}")
guessed("20.four_times_as_many_steps", walk[3] / walk[0])

# %% [markdown]
# *Figure: on the hill, measured. Left, with a fixed stepsize both become exponentials. Right, with
# $\alpha=1/(8N)$ the march levels off, and the walk falls like $1/\sqrt N$.*
#
# Four pushes that partly cancel are worth two, and each is a quarter as long. **On this hill the
# drift is nearly halved.**
#
# ## Lengths add: the march
#
# Let $d_j=e_j-\alpha(\nabla l(w_j)-\nabla l(\tilde w_j))$, a vector: what an exact step makes of
# the drift. Then $e_{j+1}=d_j-\alpha\nu_j$. Five reasons bound its mean length:
#
# - the triangle inequality for the *push*: $\mathbb E\lVert d_j\rVert$ and
#   $\alpha\,\mathbb E\lVert\nu_j\rVert$ add up;
# - the triangle inequality for the exact *step*, and *A1*, $\nabla l$ is $L$-Lipschitz:
#   $\lVert d_j\rVert\le a\lVert e_j\rVert$ with $a=1+\alpha L$;
# - *Jensen*: $\mathbb E\lVert\nu_j\rVert\le\sqrt{\mathbb E\lVert\nu_j\rVert^2}$, and *A3* at
#   $w_j$: that is at most $\sigma_g/\sqrt S$.
#
# > **Predict.** Which gives away most in the last of four steps on the hill,
# > $\alpha=\tfrac1{32}$?

# %%
guess("20.where_the_march_loses", "A1", choices=("push", "step", "A1", "Jensen", "A3"))

# %%
four_steps = pushed(-1, alpha=1 / 32, noise=np.ones((4, 1)))
chain = last_step(lemma_4.evaluate(four_steps)["drift"])
show(chain)
guessed("20.where_the_march_loses", noisy_steps.lost_most(chain))

# %% [markdown]
# Everything is lost in line 1, which lets every push point *outward*; a coin pushes inward as
# often. One step is
# $\mathbb E\lVert e_{j+1}\rVert\le a\,\mathbb E\lVert e_j\rVert+\alpha\sigma_g/\sqrt S$. From
# $e_0=0$, $N$ of them make a geometric series, with $a-1=\alpha L$: **Lemma 4**,
#
# $$\mathbb E\lVert e_N\rVert\le\frac{\alpha\sigma_g}{\sqrt S}\,(1+a+\dots+a^{N-1})
# =(a^N-1)\,\frac{\sigma_g}{L\sqrt S}.$$
#
# When $\alpha LN$ is small, the bound is about $N$ pushes of length $\alpha\sigma_g/\sqrt S$, a
# march. It takes A3 at $w_j$, where the run is: **the proof uses either fresh sets, or noise that
# is the same at every $w$.** One coin for all steps is allowed, and on the hill it attains the
# bound: the march's 9.52 pushes are $72\,(a^9-1)$. With fresh sets the bound can be improved from
# the second step on.
#
# ## Squares add: the walk
#
# How can a proof see that a coin pushes inward as often as outward? Square first.
#
# $$\lVert d_j-\alpha\nu_j\rVert^2=\lVert d_j\rVert^2-2\alpha\langle d_j,\nu_j\rangle
# +\alpha^2\lVert\nu_j\rVert^2 .$$
#
# $d_j$ is fixed by $S_0,\dots,S_{j-1}$, and a fresh $S_j$ is independent of these. Given the past,
# $d_j$ is one vector, $\nu_j$ has mean zero, and so has $\langle d_j,\nu_j\rangle$. So the cross
# term's mean is zero. The same step as above, squared:

# %%
show(last_step(lemma_5.evaluate(four_steps)["drift"]))

# %% [markdown]
# One step is $\mathbb E\lVert e_{j+1}\rVert^2\le a^2\,\mathbb E\lVert e_j\rVert^2+
# \alpha^2\sigma_g^2/S$. $N$ of them, with $a^2-1=\alpha L(2+\alpha L)$, give **Lemma 5**:
#
# $$\mathbb E\lVert e_N\rVert^2\le\frac{\alpha^2\sigma_g^2}S\,(1+a^2+\dots+a^{2(N-1)})
# =(a^{2N}-1)\,\frac{\alpha\sigma_g^2}{(2+\alpha L)\,L\,S}.$$
#
# With coins the hill attains it for every $N$, with pushes of equal length in *any* directions.
#
# **Exercise 20.square** *(give a bound)*. Between a march and a walk: each sample serves $p$ steps
# in a row, then a fresh one is drawn ($S=1$, and $p$ divides $N$). Give a number that
# $\mathbb E\lVert e_N\rVert^2$ cannot exceed on any quadratic with this $L$, if the noise is the
# same at every $w$. As small as you can.

# %%
# exercise 20.square
def mean_square_bound(alpha, L, sigma_g, N, p):
    """A bound on E‖w_N − w̃_N‖², with a fresh sample every p steps: a number."""
    ### BEGIN SOLUTION
    a = 1 + alpha * L
    # p pushes by one vector: lengths add
    block = alpha * sigma_g * sum(a**r for r in range(p))
    # fresh blocks: squares add
    return block**2 * sum(a ** (2 * p * r) for r in range(N // p))
    ### END SOLUTION

# %%
check("20.square")

# %% [markdown]
# *In tinymaml: `theory/results/lemma_5.py`, `bound`.* That is $p=1$; $p=N$ is Lemma 4, squared.
#
# Where are the bounds loose? Four steps with $\alpha L=\tfrac12$, on the hill and in a valley:

# %%
landscapes = {
    "hill": pushed(-1, alpha=0.5, noise=np.ones((4, 1))),
    "valley": pushed(1, alpha=0.5, noise=np.ones((4, 1))),
}
print("truth / bound, both as lengths: the roots, for Lemma 5")
for name, instance in landscapes.items():
    for lemma, power in ((lemma_4, 1), (lemma_5, 2)):
        chain = lemma.evaluate(instance)["drift"]
        ratio = chain.tightness ** (1 / power)
        print(f"{name:8} {lemma.name} {ratio:.2f}, lost: {noisy_steps.where_lost(chain)}")

# %% [markdown]
# Both bounds let a step stretch the drift by $a=1.5$. In the valley $\tfrac12w^2$ a step halves it,
# so that every run stays within $\tfrac12+\tfrac14+\dots=1$, two pushes: the loss is in the
# triangle inequality for the *step*, as in lesson 14.
#
# ## A deck of cards
#
# **Exercise 20.cross** *(find the false line)*. Let $l$ be the loss of a finite support set, cut
# into $n$ equal batches. A student shuffles them once and lets step $j$ take the $j$-th, for
# $N\le n$ steps. A batch counts as one sample. Now $\nu_j$ is the error of *that* batch's
# gradient; let it be the same at every $w$. All $n$ errors have the sum 0. "Lemma 5 holds for
# this inner loop, too (in one variable):"
#
# | | | why |
# |---|---|---|
# | 1 | $e_{j+1}=d_j-\alpha\nu_j$ | the inner step |
# | 2 | $\mathbb E\,e_{j+1}^2=\mathbb E(d_j^2-2\alpha\,d_j\nu_j+\alpha^2\nu_j^2)$ | expand |
# | 3 | $\mathbb E\,\nu_j=0$ | at place $j$ each batch is equally likely |
# | 4 | $\mathbb E\,d_j\nu_j=0$ | 3, since $d_j$ is fixed before step $j$ draws |
# | 5 | $\mathbb E\,d_j^2\le a^2\,\mathbb E\,e_j^2$ and $\mathbb E\,\nu_j^2\le\sigma_g^2$ | A1; A3 |
# | 6 | $\mathbb E\,e_{j+1}^2\le a^2\,\mathbb E\,e_j^2+\alpha^2\sigma_g^2$ | 2, 4 and 5 |
#
# Give the number of the false line, and an instance on the hill $-\tfrac12w^2$ with $\alpha=0.1$
# that shows it clearly in the last step: the noises of $n$ batches, numbers with the sum 0, and
# $N$.

# %%
# exercise 20.cross
### BEGIN SOLUTION
#: line = ...
#: batches = [...]
#: N = ...
line = 4
batches = [1.0, -1.0, 0.5, -0.5]
N = 4
### END SOLUTION

# %%
check("20.cross")

# %% [markdown]
# A coin has no memory; a deck of cards has one: after a red card, black is more likely. The cross
# term needs *mean zero given the past*. That is what freshness is for.
#
# > **Predict.** A deck has four batches with noise +1 and four with −1. Eight steps of 1/64 on the
# > hill use it up. How large is the drift's root mean square at the end, as a share of that with
# > eight coins?

# %%
guess("20.after_one_epoch", 0.7)

# %%
three_ways = {
    "one coin for all steps": [[1] * 8, [-1] * 8],
    "a coin for each step": None,
    "a deck, without replacement": sorted(set(permutations([1] * 4 + [-1] * 4))),
}
drifting, chains = {}, {}
for name, signs in three_ways.items():
    eight_steps = pushed(-1, alpha=1 / 64, noise=np.ones((8, 1)), signs=signs)
    drift = noisy_steps.drifts(eight_steps)[..., 0]
    drifting[name] = np.sqrt(np.mean(drift**2, axis=1))
    chains[name] = lemma_5.evaluate(eight_steps)["drift"]
walked = drifting["a coin for each step"][-1]
shares = {name: lengths / walked for name, lengths in drifting.items()}
figures.three_ways(shares)
# false lines: those of Lemma 5's chain that the numbers contradict
print("after 8 steps               rms / walk's  square / Lemma 5  false lines")
for name, chain in chains.items():
    print(f"{name:28}{shares[name][-1]:8.2f}{chain.tightness:17.4f}", end="")
    print(f"{len(chain.violations):14}")
returned = shares["a deck, without replacement"][-1]
guessed("20.after_one_epoch", returned)

# %% [markdown]
# *Figure: the three ways over the steps, in units of the walk's end. The false lines are the cross
# term's, one in each step but the first.*
#
# After a full pass the pushes have the sum 0; only what the hill has stretched remains: 4%.
#
# A sceptic asks: batches are drawn **without replacement** in practice; is the lemma irrelevant?
# No: a deck obeys it on a quadratic, if $\alpha L\le1$ and the noise is the same at every $w$. Here
# its mean square is 0.0014 of the bound. The reason:
# $d_j=-\alpha\sum_{i<j}(I-\alpha H)^{j-i}\nu_i$, and these powers have no negative eigenvalue,
# since those of $H$ are at most $L$. The noises have the sum 0: given the noise at one place, the
# noise at another has mean $-\tfrac1{n-1}$ times that vector. So
#
# $$\mathbb E\langle d_j,\nu_j\rangle=\frac{\alpha}{n-1}\sum_{i<j}
# \mathbb E\langle(I-\alpha H)^{j-i}\nu_j,\nu_j\rangle\ge0 .$$
#
# In the square this term is subtracted, so dropping it turns $=$ into $\le$; the other lines stay
# true. If the noise depends on $w$, the lemma can fail: on the hill, from 0, two batches
# with the errors $\pm\cos(\pi w/\alpha)$ push twice to the same side. Then $\mathbb E\,e_2^2$ is
# $\alpha^2(a+1)^2$, for small $\alpha$ nearly twice Lemma 5's $\alpha^2(1+a^2)$.
#
# **Exercise 20.shared** *(break it, and fail to)*. Take four steps on $\tfrac h2w^2$, with
# $u_j=1$ and *one* coin for all steps. Give (i) an $h$ and an $\alpha$ with which
# $\mathbb E\lVert e_4\rVert^2$ exceeds Lemma 5's bound at least 3.9 times; (ii) another pair with
# which the bound holds, with $<$, though the cross term's mean is not zero in some step. (Not
# $h=0$: the closed form divides by $L$.)

# %%
# exercise 20.shared
### BEGIN SOLUTION
#: exceeds = dict(h=..., alpha=...)
#: holds = dict(h=..., alpha=...)
exceeds = dict(h=-1.0, alpha=0.1)
holds = dict(h=1.0, alpha=0.5)
### END SOLUTION

# %%
check("20.shared")

# %% [markdown]
# Here the factor cannot exceed $N=4$: a sum of $N$ lengths, squared, is at most $N$ times the sum
# of their squares. If your valley has $0<\alpha h<1$, the false lines understate by less than the
# true ones overstate. **A false line is not yet a false theorem.**
#
# ## A root: Lemma 4′
#
# Proposition 2, on the bias, needs $\mathbb E\lVert e_N\rVert$, not its square. By Jensen, Lemma 5
# gives a second bound, **Lemma 4′**:
#
# $$\mathbb E\lVert e_N\rVert\le\sqrt{\mathbb E\lVert e_N\rVert^2}
# \le\frac{\alpha\sigma_g}{\sqrt S}\sqrt{1+a^2+\dots+a^{2(N-1)}}
# =\frac{\sigma_g}{L\sqrt S}\sqrt{(a^{2N}-1)\frac{a-1}{a+1}} .$$
#
# When $\alpha LN$ is small, the bound is about $\sqrt N$ pushes. Can it be improved? For
# the 64 runs of the fan, which end at many distances, Jensen's inequality is strict.
#
# **Exercise 20.circle** *(make it an equality)*. Choose the noise that attains Lemma 4′: the
# vectors $u_0,\dots,u_3$ of four steps on $-\tfrac12\lVert w\rVert^2$, $\alpha=0.1$, each with
# its own coin. You choose the dimension; $\sigma_g$ is the length of the longest.

# %%
# exercise 20.circle
### BEGIN SOLUTION
#: noise = [[...], [...], [...], [...]]
noise = np.eye(4)
### END SOLUTION

# %%
check("20.circle")

# %% [markdown]
# Four vectors at right angles need four dimensions. But A3 lets the noise depend on $w$: in the
# plane, let it push *across* the drift (first, where there is none, along the first axis). Six
# steps of 1/8, from the hill top:

# %%
turning = noisy_steps.plane_paths(1 / 8, 6, noisy_steps.along_two_axes)
across = noisy_steps.plane_paths(1 / 8, 6, noisy_steps.across)
hill = pushed(-1, alpha=1 / 8, noise=np.eye(6))
radius = lemma_4_sharp.evaluate(hill)["drift"].rhs
figures.circle(turning, across, radius)
for name, runs in (("in turn", turning), ("across", across)):
    ends = np.linalg.norm(runs[:, -1], axis=1)
    print(f"{name:8} distances {ends.min():.3f} to {ends.max():.3f}, ", end="")
    print(f"mean {ends.mean():.3f}, root mean square {np.sqrt(np.mean(ends**2)):.3f}")
print(f"Lemma 4′ {radius:.3f}")

# %% [markdown]
# *Figure: $2^6$ runs each, with noise of length 1. Left, along the two axes in turn: the same root
# mean square, but the distances spread. Right, at right angles to the drift: each run ends on Lemma
# 4′'s circle.*
#
# Across the drift Pythagoras holds in each step, $\lVert e_{j+1}\rVert^2=a^2\lVert
# e_j\rVert^2+\alpha^2$, whatever the coin says. So for $S=1$ Lemma 4′ is attained for every $N$,
# already in the plane: **no, it cannot be improved without more assumptions.**
#
# Lemmas 4′ and 4 at $\alpha=1/(8N)$, with $N$ unit vectors at right angles as noise:

# %%
print(" N   truth   Lemma 4′  Lemma 4  Lemma 4 / truth")
for N in (1, 2, 4, 9):
    axes = pushed(-1, alpha=1 / (8 * N), noise=np.eye(N))
    sharp = lemma_4_sharp.evaluate(axes)["drift"]
    plain = lemma_4.evaluate(axes)["drift"]
    print(f"{N:2}  {sharp.lhs:.4f}   {sharp.rhs:.4f}   {plain.rhs:.4f}", end="")
    print(f"   {plain.rhs / sharp.lhs:.2f}")

# %% [markdown]
# **With $\alpha=c/(NL)$ and these coins, Lemma 4 is about $\sqrt N$ times too large.**
#
# ## Noise that depends on $w$
#
# **With fresh sets the lemmas allow it**, as on the circle: a fresh $S_j$ is independent of $w_j$,
# so A3 applies at $w_j$.
#
# **With a reused sample even Lemma 4 can fail.** The sample has helped to choose $w_j$, and may be
# worst just there. An instance: three steps of 0.1 on $-\tfrac12w^2$, from 0, all with one sample,
# drawn from $M$ pairs. The error at 0, $\pm\gamma$ with $0.99\le\gamma<1$, differs from pair to
# pair, so the place reached next tells which pair is in use. There, and only there, this pair has a
# large error; being one of $M$, it may have $\sqrt M$:
#
# | at $w=$ | first sample of the pair | second |
# |---|---|---|
# | $0$ | $\gamma$ | $-\gamma$ |
# | $\pm0.1\gamma$ | $\sqrt M$ | $-\sqrt M$ |
# | $\pm(0.11\gamma+0.1\sqrt M)$ | $\sqrt M$ | $-\sqrt M$ |
# | elsewhere, up to a narrow bump around each place | 0 | 0 |
#
# The first sample leads the run to $-0.1\gamma$ and $-0.11\gamma-0.1\sqrt M$, the second to their
# mirror images. At every fixed $w$ the mean over all $2M$ samples is 0 and the mean square at most
# 1: A3 holds, with $\sigma_g=1$; freshness does not. Whichever sample the run reuses, its error has
# the length $\sqrt M$ in all steps but the first.

# %%
for M in (4, 16, 64):
    # the runs of all first samples; those of the second ones are their mirror images
    w = np.zeros(M)
    for error in (np.linspace(0.99, 1, M, endpoint=False), np.sqrt(M), np.sqrt(M)):
        w = w - 0.1 * (-w + error)
    chain = lemma_4.evaluate(noisy_steps.following(M))["drift"]
    times = np.mean(abs(w)) / chain.rhs
    false = ", ".join(noisy_steps.false_reasons(chain))
    print(f"M = {M:2}: E‖e_3‖ is {times:.2f} times Lemma 4's bound; false: {false}")

# %% [markdown]
# > **What goes wrong in practice**
# >
# > - **The drift grows like $N$, not $\sqrt N$.** All steps see one sample: in JAX, a `key` that
# >   was not split. Test: two gradients at the *same* $w$ should differ.
# > - **Runs with other shuffles end at nearly the same point.** The inner loop went through the
# >   support set once; PyTorch's `DataLoader(shuffle=True)` is a deck. Test: stop halfway; the ends
# >   spread.
# > - **More inner steps made adaptation noisier.** $\alpha$ was kept, on a hill. Test: halve
# >   $\alpha$ when you double $N$.
#
# ## Back to the question
#
# The distance depends on the loss, on $\alpha$ and on the coins. In the valley, with
# $\alpha=\tfrac12$, every run stays within two pushes. On the hill, with a fixed $\alpha$, the root
# mean square is exponentially many pushes, with one coin or many. With $\alpha=c/(NL)$ there, it
# is about $N$ if one coin serves all steps, and about $\sqrt N$ if each has its own: 9.52 pushes
# against 3.17 at $N=9$, $c=\tfrac18$. Lemma 5's proof needs fresh sets. You can now bound what
# noise does to an inner loop, and say how its samples have to be drawn.
#
# *Sources.* K. Ji, J. Yang & Y. Liang, JMLR 23 (2022): Lemmas 4 and 5. Lemma 4′ and the
# instances are the course's.
#
# **Next:** 21. A sample has a second face, its Hessian. Each sampled gradient and each sampled
# Hessian is right in the mean. Why is their product not?
