# %% [markdown]
# # 21 · Unbiased samples, biased gradient
#
# **Every sample that Algorithm 1 draws is unbiased, each gradient and each Hessian, and each set is
# drawn afresh. The estimate of the meta-gradient is their product. Why is the product biased?**
#
# *(about 20 minutes' reading; 6 exercises, 30 minutes. You need: 15 and 20. You will be able to:
# say which samples bias a meta-gradient and which only scatter it, bound the bias, tell what falls
# like $1/S$ from what falls like $1/\sqrt S$, and choose $N$ and $S$ for a bias that you can
# afford.)*
#
# All symbols on one page: [Notation](appendix_07_notation.ipynb).

# %%
# given
import numpy as np

from tinymaml import theory

# for you to type
from tinymaml.course import check, hint, restore, solution, status, use
from tinymaml.course import guess, guessed
from tinymaml.course.figures import lesson_21 as figures
from tinymaml.course.figures import one_step
from tinymaml.course.given.fresh_samples import bias_and_variance, last_step, noisy, plane
from tinymaml.course.given.fresh_samples import same_samples, third_loss, three_parts
from tinymaml.course.given.lines import show_numbers
from tinymaml.course.given.one_page import one_page
from tinymaml.course.given.waves import Wave
from tinymaml.theory import extremals
from tinymaml.theory.table import show

lemma_6 = theory.RESULTS["lemma_6"]
proposition_2 = theory.RESULTS["proposition_2"]
proposition_2_bend = theory.RESULTS["proposition_2_bend"]

# %%
one_step.draw(lesson=21, sets="fresh")

# %% [markdown]
# *Figure: the box of this lesson is the **bias**, $e=\mathbb E\,\bar G-\nabla\mathcal L(w)$: by
# how much the mean of the batch's meta-gradient is off. ($e_j$, with the number of an inner step,
# is lesson 20's drift.)*
#
# ## Thirty-two estimates
#
# One task, two inner steps in the plane. Algorithm 1 runs $w_0,w_1,w_2$ with sets $S_0,S_1$ of $S$
# samples each. At the points of that run it draws sets $D_0,D_1$ for the Hessians and $T$ for the
# last gradient. Its estimate is
#
# $$\hat G=\prod_{j<N}\big(I-\alpha\nabla^2l(w_j;D_j)\big)\;\nabla l(w_N;T).$$
#
# Each of the five sets tosses a coin, as in lesson 20: it is off by plus or minus a fixed vector or
# matrix. That makes $2^{2N+1}=32$ estimates, all equally likely.
#
# > **Predict.** Their mean is not $\nabla\mathcal L(w)$. Which samples are to blame?

# %%
guess("21.to_blame", "all of them", choices=("all of them", "inner steps", "Hessians", "T"))

# %%
everything = plane("SDT")
figures.cloud(everything)
for name, sets in {"all of them": "SDT", "inner steps": "S", "Hessians": "D", "T": "T"}.items():
    instance = plane(noisy=sets)
    bias = np.linalg.norm(instance.estimate - instance.meta_gradient)
    print(f"noise in {name:12} bias {bias / np.linalg.norm(instance.meta_gradient):4.0%} of ‖∇𝓛‖")
guessed("21.to_blame", "inner steps")

# %% [markdown]
# *Figure: a colour for each of the four runs; its eight estimates differ in $D_0,D_1,T$, and their
# mean is the diamond. The grey arrow is $\nabla\mathcal L(w)$; the black one, the mean of all 32,
# points elsewhere.*
#
# ## Given the run
#
# Let the run be drawn already: its points are fixed. What is left in $\hat G$ are factors with
# *independent* noise, each linear in its own. The mean of such a product is the product of the
# means:
#
# $$\mathbb E[\hat G\mid w_0,\dots,w_N]=\hat P\hat g,\qquad
# \hat P=\prod_{j<N}\big(I-\alpha\nabla^2l(w_j)\big),\qquad\hat g=\nabla l(w_N).$$
#
# These are the diamonds. Without hats, at the exact run's points $\tilde w_j$, the same two make
# $\nabla\mathcal L(w)=Pg$. So the bias is $\mathbb E(\hat P\hat g-Pg)$: **all of it comes from the
# run.** Larger sets $D_j$ and $T$ shrink the cloud around each diamond, its *scatter*, and move no
# diamond. A batch of $B$ tasks is a mean of $B$ such estimates: the same bias, less scatter.
#
# On a quadratic $\hat P=P$, and $\hat g-g$ is linear in the drift, whose mean is 0 (lesson 20): no
# bias, however far the runs drift.
#
# **Exercise 21.shared** *(break it)*. "So on quadratics I can save samples: the Hessians take those
# of the inner steps, $D_j=S_j$." Let $N=1$, and let a sample be one of
#
# $$l(w;\pm)=\tfrac h2w^2\pm\big(\nu w+\tfrac V2w^2\big).$$
#
# The one that is drawn makes the inner step *and* the Hessian; the last gradient is exact, $hw_1$.
# Choose the numbers, with $\alpha|h|\le\tfrac12$, so that the mean estimate **points opposite to**
# $\nabla\mathcal L(w)$, and is at least 5% as long.

# %%
# exercise 21.shared
### BEGIN SOLUTION
#: sample = dict(h=..., V=..., nu=..., alpha=..., w=...)
sample = dict(h=1.0, V=1.0, nu=-4.0, alpha=0.5, w=1.0)
### END SOLUTION

# %%
check("21.shared")

# %%
instance = same_samples(**sample)
print(f"∇𝓛 = {instance.meta_gradient[0]:.3f}, mean estimate {instance.estimate[0]:.3f}")
chain = proposition_2.evaluate(instance)["bias"]
for number in chain.violations:
    print(f"line ({number}) of {len(chain.lines) - 1} is false:")
    print(*chain.lines[number].reason.split(": "), sep=":\n")

# %% [markdown]
# Of this lesson's proof, Proposition 2, one line is false, and only the one that rests on fresh
# sets. The step errs by $\mp\alpha(\nu+Vw)$, the Hessian by $\pm V$: where both come from one
# sample, the mean of their product is not zero.
#
# Yet code that differentiates *through* a sampled inner step does just this. It is no error, but
# another objective: the mean estimate is exactly the gradient of $\mathbb E\,l(w_1)$, the loss
# after a *noisy* step. Fresh $D_j$ aim at $l(\tilde w_1)$, the loss after an exact one.
#
# ## Two things that move together
#
# From here on all sets are fresh, and what is left is $\mathbb E\,\hat P\hat g$.
#
# **Exercise 21.product** *(break it)*. "Fresh samples are independent, so
# $\mathbb E[\hat P\hat g]=\mathbb E[\hat P]\;\mathbb E[\hat g]$." On the task
# `Wave(h, k)`, $\tfrac h2w^2-k\cos w$ with $|h|+|k|\le1$, each inner gradient is off by $\pm\nu$.
# Choose the numbers, with $N\le4$, $\alpha\le1/N$ and $0<\nu\le3$, so that the sides differ by at
# least 10% of the larger.

# %%
# exercise 21.product
### BEGIN SOLUTION
#: dependent = dict(h=..., k=..., alpha=..., N=..., w=..., nu=...)
dependent = dict(h=0.0, k=1.0, alpha=0.5, N=2, w=1.0, nu=2.0)
### END SOLUTION

# %%
check("21.product")

# %% [markdown]
# So $\hat P$ and $\hat g$ have to be followed along the *same* run. How far does $\hat P$ move?
# That is lesson 15's question, with a noisy and an exact run in place of two starts, and the
# answer is its telescope: change one factor at a time. A changed factor costs $\alpha\rho\lVert
# w_j-\tilde w_j\rVert$, and Lemma 4 bounds the mean of that. This is **Lemma 6**; here on a
# cosine, $-\cos w$ from $w=1$, with two steps of $\tfrac14$ and noise $\pm\tfrac12$:

# %%
cosine = noisy(Wave(h=0, k=1), w=1.0)
show(lemma_6.evaluate(cosine)["product"])

# %% [markdown]
# Here only the two lines with A1 give anything away. The first factor stands at $w_0=w$, which no
# noise has moved: at $N=1$ both sides are 0.
#
# **Exercise 21.order** *(order the lines)*. The bias of one task, in six lines from the definition
# to the bound, each at least the one before. Two of the eight below do not belong there. Give the
# six letters in order, as a text.
#
# | | |
# |---|---|
# | A | $a^NL\,\mathbb E\Vert e_N\Vert+a^N\,\mathbb E\Vert\hat P-P\Vert\,\Vert\nabla l(w)\Vert$ |
# | B | $\mathbb E\big(\Vert P\Vert\,\Vert\hat g-g\Vert+\Vert\hat P-P\Vert\,\Vert g\Vert\big)$ |
# | C | $\Vert\mathbb E(\hat P\hat g-Pg)\Vert$ |
# | D | $\mathbb E\big(\Vert\hat P\Vert\,\Vert\hat g-g\Vert+\Vert\hat P-P\Vert\,\Vert g\Vert\big)$ |
# | E | $(a^N-1)\,a^N\sigma_g/\sqrt S+a^N\cdot\text{(Lemma 6)}\cdot\Vert\nabla l(w)\Vert$ |
# | F | $\Vert\mathbb E\hat P\,\mathbb E\hat g-Pg\Vert$ |
# | G | $\mathbb E\Vert\hat P\hat g-Pg\Vert$ |
# | H | $\Vert\mathbb E\,\hat G-\nabla\mathcal L(w)\Vert$ |

# %%
# exercise 21.order
### BEGIN SOLUTION
#: order = "..."
order = "HCGDAE"
### END SOLUTION

# %%
check("21.order")

# %% [markdown]
# This is **Proposition 2**, averaged over the tasks:
#
# $$\lVert e\rVert\le\frac{C_{err1}+C_{err2}\;\mathbb E_i\lVert\nabla l_i(w)\rVert}{\sqrt S},\qquad
# C_{err1}=a^N(a^N-1)\,\sigma_g,\quad
# C_{err2}=\frac{\rho\sigma_g}{L^2}\,a^{2N-1}(a^N-1-N\alpha L).$$

# %%
show_numbers(proposition_2.evaluate(cosine)["bias"])

# %% [markdown]
# ## Four times the samples
#
# The bound is 215 times the bias here, at $S=1$. But bounds are often used for their *rate*: this
# one suggests that four times the samples halve the bias. Three losses with $L=1$, and the same two
# steps: the cosine, a third loss whose secret comes later, and a quadratic, which has no bias.
#
# > **Predict.** From $S=16$ to 64 the bias on the cosine is divided by ...? On the third loss?

# %%
guess("21.cosine_divided_by", 2)
guess("21.third_divided_by", 2)

# %%
three_losses = {
    "cosine": cosine,
    "third": noisy(third_loss(), w=0.0),
    "quadratic": noisy(theory.Quadratic([[1.0]], [0.0]), w=1.0),
}
many = 4 ** np.arange(7)
biases, bounds = {}, {}
for name, instance in three_losses.items():
    chains = [proposition_2.evaluate(instance.replace(S=int(S)))["bias"] for S in many]
    biases[name] = np.array([chain.lhs for chain in chains])
    bounds[name] = np.array([chain.rhs for chain in chains])
    print(f"{name:10} S = 16: {biases[name][2]:.2e}   S = 64: {biases[name][3]:.2e}")
figures.over_samples(many, biases, bounds)
guessed("21.cosine_divided_by", biases["cosine"][2] / biases["cosine"][3])
guessed("21.third_divided_by", biases["third"][2] / biases["third"][3])

# %% [markdown]
# *Figure: both axes are logarithmic; the bounds are Proposition 2's, and nearly coincide. The third
# loss falls like its bound, with a slope near −½. The cosine falls with slope −1: its bound is
# 14,000 times too large at $S=4{,}096$. The quadratic has no bias to lose.*
#
# No line of the proof is false, and yet it misses the cosine's rate. Which line lost it?

# %%
print("   S     ‖E(P̂ĝ − Pg)‖     E‖P̂ĝ − Pg‖     factor")
for S in (1, 16, 256):
    _, mean, length, *_ = proposition_2.evaluate(cosine.replace(S=S))["bias"].lines
    print(f"{S:4} {mean.value:17.2e} {length.value:14.2e} {length.value / mean.value:10.0f}")

# %% [markdown]
# Jensen. Each run has a twin whose coins all fall the other way, and the errors of the two are
# nearly opposite. A norm of the mean lets them cancel; a mean of norms adds their *lengths*, and a
# length falls like $1/\sqrt S$. (In the chain above Jensen has 14% of the slack. A share says what
# a line costs at one $S$, not what it does to a rate.)
#
# ## Only the bend moves a mean
#
# So keep the mean inside the norm as long as possible. Take the gradient at two points, $u+x$ and
# $u-x$, equally likely. By how much is its mean off $\nabla l(u)$?

# %%
curves = {
    "quadratic": (theory.Quadratic([[1.0]], [0.0]), 0.5),
    "cosine": (Wave(h=0, k=1), 1.0),
    "bend": (theory.PiecewiseHessian([-1, 1], [-1.0, 1.0]), 0.0),
}
figures.bends(curves, reach=0.8)
for name, (loss, u) in curves.items():
    ends = loss.gradient(np.array([[u - 0.8], [u + 0.8]]))
    gap = abs(ends.mean() - loss.gradient(np.array([u]))[0])
    print(f"{name:10} gap {gap:.3f}; ½ρx² = {loss.rho * 0.8**2 / 2:.3f}")

# %% [markdown]
# *Figure: what is straight keeps a mean; what bends moves it, at most by $\frac12\rho x^2$. Where
# the curvature rises at the rate ρ throughout, that is the whole gap.*
#
# A *square*: half of $x$, a quarter of the gap; and a mean square falls like $1/S$. What does that
# mean for the drift? Lesson 20 has its step, and a bound of its mean square:
#
# $$e_{j+1}=e_j-\alpha\big(\nabla l(w_j)-\nabla l(\tilde w_j)\big)-\alpha\nu_j,\qquad
# \mathbb E\Vert e_j\Vert^2\le v_j=\frac{\alpha^2\sigma_g^2}S\,(1+a^2+\dots+a^{2(j-1)}),$$
#
# where $v_0=0$ and $\nu_j$ is the noise of step $j$.
#
# **Exercise 21.mean_drift** *(give a bound)*. Take the mean of this step, then its length. How far
# can one step move a mean? Put $N$ of them together: a number that
# $\lVert\mathbb E\,w_N-\tilde w_N\rVert$ cannot exceed. As small as is true; a loop is fine.

# %%
# exercise 21.mean_drift
def mean_drift(alpha, L, rho, sigma_g, S, N):
    """A bound of ‖E w_N − w̃_N‖: a number."""
    ### BEGIN SOLUTION
    a = 1 + alpha * L
    moved, v = 0.0, 0.0
    for _ in range(N):
        moved = a * moved + alpha * rho / 2 * v
        v = a**2 * v + alpha**2 * sigma_g**2 / S
    return moved
    ### END SOLUTION

# %%
check("21.mean_drift")

# %% [markdown]
# *In tinymaml: `theory/results/proposition_2_bend.py`, `mean_drift_bound`.* The second step on the
# cosine, with reasons; $H_j=\nabla^2l(\tilde w_j)$, and the last reason has the sum $v_j$ in
# closed form:

# %%
show(last_step(proposition_2_bend.evaluate(cosine)["mean drift"]))

# %% [markdown]
# Only Taylor's line loses, where the curvature changes more slowly than ρ. The bound
#
# $$m_N=\frac{\rho\alpha\sigma_g^2\,(a^N-1)(a^{N-1}-1)}{2(1+a)L^2S}$$
#
# is of the order $1/S$, and 0 at $N=1$: all first steps use the gradient at $w$.
#
# ## Three parts
#
# Now the bias itself. Split it so that as little as possible needs Jensen:
#
# $$\mathbb E(\hat P\hat g-Pg)=P\,\mathbb E(\hat g-g)+\mathbb E(\hat P-P)(\hat g-g)
# +\mathbb E(\hat P-P)\,g .$$
#
# With $\gamma=a^{N-1}\alpha\rho$, which Lemma 6 has before its sum:
#
# | part | at most | why |
# |---|---|---|
# | bends | $a^N(L\Vert\mathbb Ee_N\Vert+\frac\rho2\mathbb E\Vert e_N\Vert^2)$ | Lemma 3; A1 |
# | | $a^N(L\,m_N+\frac\rho2\,v_N)$ | mean drift; Lemma 5 |
# | | $\frac{\alpha\sigma_g^2}{2S}C_{\mathcal L}$, lesson 15's $C_{\mathcal L}$ | closed forms |
# | both move | $\gamma L\sum_{j<N}\mathbb E\Vert e_j\Vert\Vert e_N\Vert$ | as in Lemma 6; A1 |
# | | $\gamma L\sum_{j<N}\sqrt{v_jv_N}$ | Cauchy–Schwarz; Lemma 5 |
# | turns | $\gamma a^N\sum_{j<N}\mathbb E\Vert e_j\Vert\Vert\nabla l(w)\Vert$ | same; Lemma 2 |
# | | $\gamma a^N\sum_{j<N}\sqrt{v_j}\;\Vert\nabla l(w)\Vert$ | Lemma 4′ |
#
# The first two are of the order $1/S$, as $v_j$ is: call their sum $C_{bend}/S$. The third has a
# root: $C_{err2}'/\sqrt S$ times the gradient. This is **Proposition 2″** (2′, which is 2 with
# Lemma 4′ in it, waits for lesson 22):
#
# $$\lVert e\rVert\le\frac{C_{bend}}S
# +\frac{C_{err2}'\;\mathbb E_i\lVert\nabla l_i(w)\rVert}{\sqrt S}.$$

# %%
show_numbers(proposition_2_bend.evaluate(three_losses["third"].replace(S=16))["bias"])

# %% [markdown]
# On the third loss the bound is nearly met. Two thirds of the slack are in two lines: Lemma 2, and
# "each factor is at most $a$".

# %%
print("loss       S     bends     both    turns    bound   bound / bias")
for name in ("cosine", "third"):
    for S in (1, 16, 256):
        instance = three_losses[name].replace(S=S)
        chain = proposition_2_bend.evaluate(instance)["bias"]
        bends, both, turns = three_parts(instance)
        print(f"{name:7} {S:4}   {bends:.1e}  {both:.1e}  {turns:.1e}", end="  ")
        print(f"{chain.rhs:.1e}  {chain.rhs / chain.lhs:8.1f}")

# %% [markdown]
# (The parts have signs: on the cosine they partly cancel.) On the third loss the last part is the
# one that stays. On the cosine all three fall like $1/S$; the bound does not, because of its last
# term. Is there a better proof?
#
# **Exercise 21.turn** *(find the false line)*. A student has one. Take one variable and $N=2$, and
# write $q=l''(w_1)-l''(\tilde w_1)$, so that $\hat P-P=-\alpha M_0\,q$ with $M_0=1-\alpha l''(w)$;
# and $c=\alpha|M_0g|$.
#
# | | | why |
# |---|---|---|
# | 1 | $\vert\mathbb E(\hat P-P)\,g\vert=c\,\vert\mathbb Eq\vert$ | $M_0$ and $g$ are fixed |
# | 2 | $c\le\alpha a^3\,\vert l'(w)\vert$ | A1, Lemma 2 |
# | 3 | $\vert\mathbb Eq\vert\le\rho\,\vert\mathbb Ew_1-\tilde w_1\vert$ | A1, ρ |
# | 4 | $\mathbb E\,w_1-\tilde w_1=-\alpha\,\mathbb E\,\nu_0=0$ | samples are unbiased |
# | 5 | hence the third part is 0 at $N=2$ | 1 to 4 |
#
# Give the number of the false line, and a curvature on which its sides differ by 0.1 or more: the
# corners of $l''$ from left to right, straight lines between, constant outside, $|l''|\le1$ and
# slopes at most $\rho=1$. As in lesson 15, $w=0$, $l'(0)=1$, $\alpha=\frac14$; the noise is $\pm1$.

# %%
# exercise 21.turn
### BEGIN SOLUTION
#: line = ...
#: # corners (w, l″(w)) from left to right, two or more
#: corners = [(..., ...), (..., ...)]
line = 3
corners = [(-1.25, 0.0), (-0.25, -1.0), (0.75, 0.0)]
### END SOLUTION

# %%
check("21.turn")

# %% [markdown]
# That is the third loss's secret: a kink at $\tilde w_1$. Whatever the coin shows, $l''$ is higher
# there, and the errors do not cancel. So **the $1/\sqrt S$ is real**, on losses of which no more is
# known than A1. (Where the third derivative is Lipschitz too, as on the cosine, the mean of the
# Hessian moves by a square as well.)
#
# A sceptic objects: the coin replaces a whole set of $S$ samples by one of two outcomes,
# $\pm\sigma_g/\sqrt S$. The sum of $S$ separate coins may be 0, and then $w_1$ is on the tip of
# the kink. On a kink of the package, with so little noise that the last term is more than 99.9% of
# the bound:

# %%
kinks = extremals.kinks(alpha_L=0.1, steps=2)
samples = (1, 4, 16, 64)
ratios = {"two-point": [], "independent": []}
for batch, found in ratios.items():
    for S in samples:
        chain = proposition_2_bend.evaluate(kinks.replace(S=S, batch=batch))["bias"]
        found.append(chain.tightness)
    print(f"{batch:12} truth / bound", *(f"{ratio:7.4f}" for ratio in found))
figures.kink(third_loss(), samples, ratios)

# %% [markdown]
# *Figure: left, the third loss with noise $\pm\frac12$: wherever the coin sends $w_1$, the
# curvature is higher than at $\tilde w_1$. Right, one coin a set ("two-point") attains the bound
# within 0.01%. With $S$ coins ("independent") the ratio approaches $\sqrt{2/\pi}=0.798$, the mean
# length of a sum of many coins over its root mean square: the rate is real.*
#
# ## What it costs
#
# Let $\alpha=1/(8NL)$ and $L=\rho=\sigma_g=1$, and let the gradient have length 1:

# %%
# given
ones = dict(L=1, rho=1, sigma_g=1, sigma=None, sigma_H=0)


def bend_constants(N):
    """C_bend and C_err2′ for α = 1/(8N), L = ρ = σ_g = 1."""
    # `sharp`: those with a prime
    c = theory.ResamplingConstants(**ones, alpha=1 / (8 * N), steps=N, sharp=True)
    return c.C_bend, c.C_err2

# %%
print("N = 4: C_bend = {:.5f}, C_err2′ = {:.5f}".format(*bend_constants(4)))

# %% [markdown]
# **Exercise 21.choose** *(write the sizes)*. You may draw 200 samples: $B$ tasks of $NS+ND+T$
# each. Choose so that Proposition 2″, with these constants, guarantees a bias of at most 0.0001.
# ($D$, $T$: the sizes of the sets $D_j$, $T$. Each $N$ has an $\mathcal L$ and a bias of its own.)

# %%
# exercise 21.choose
### BEGIN SOLUTION
#: sizes = dict(N=..., S=..., D=..., T=..., B=...)
sizes = dict(N=1, S=100, D=1, T=1, B=1)
### END SOLUTION

# %%
check("21.choose")

# %%
# given
def least_S(bias, over_S, over_root):
    """The least S with over_S / S + over_root / √S ≤ bias."""
    root = (over_root + np.sqrt(over_root**2 + 4 * bias * over_S)) / (2 * bias)
    return int(np.ceil(root**2))

# %%
print("samples a step for a bias of      0.01     0.001     0.0001")
for N in (1, 2, 4):
    plain = theory.ResamplingConstants(**ones, alpha=1 / (8 * N), steps=N)
    rows = {"2″": bend_constants(N), "2": (0.0, plain.C_err1 + plain.C_err2)}
    for name, two in rows.items():
        asked = [least_S(bias, *two) for bias in (1e-2, 1e-3, 1e-4)]
        print(f"N = {N}, by Proposition {name:2}", *(f"{S:10,}" for S in asked))

# %% [markdown]
# At $N=1$ the product never turns, and only $C_{bend}/S$ is left: **for one-step MAML
# $O(1/\varepsilon)$ samples a step suffice for a bias of $\varepsilon$**, where Proposition 2 asks
# for $O(1/\varepsilon^2)$. (But $N=1$ aims at another $\mathcal L$.) From $N=2$ on the last term
# asks for $1/\varepsilon^2$ again, here with about a thousandth of Proposition 2's constant.
#
# The sceptic has a last question. Where the bias is nearly $c/S$, $2\hat G_{2S}-\hat G_S$, from
# two separate estimates with $2S$ and $S$ samples a step, has almost none. With $S=2$, $D=1$,
# $T=2$ the two draw $12+8=20$ samples; so does a single estimate with $S=8$. Should one
# **debias**? The correction scatters more.
#
# > **Predict.** On the cosine: from how many tasks $B$ on does the corrected batch have the smaller
# > mean square error?

# %%
guess("21.tasks_until_it_pays", 100)

# %%
tasks = {}
print("            bias  corrected  variance  corrected")
for name in ("cosine", "third"):
    single, half, double = (bias_and_variance(three_losses[name], S, T=2) for S in (8, 2, 4))
    bias = 2 * double.bias - half.bias
    variance = 4 * double.variance + half.variance
    print(f"{name:7} {single.bias:8.1e}  {bias:9.1e}  {single.variance:8.3f}  {variance:9.3f}")
    tasks[name] = (variance - single.variance) / (single.bias**2 - bias**2)
    print(f"        the correction pays from B = {tasks[name]:,.0f} on")
guessed("21.tasks_until_it_pays", tasks["cosine"])

# %% [markdown]
# On the cosine the correction removes nearly all of the bias, on the kink a quarter. Both have five
# times the variance, which $B$ divides: on the cosine it pays from 3.3 million tasks on.
#
# ## The page so far

# %%
one_step_each = noisy(Wave(h=0, k=1), w=1.0, alpha=1 / 16, steps=1).replace(B=40, S=64)
one_page(one_step_each, lesson=21, theorem="theorem_1")

# %% [markdown]
# On the page $k$ counts meta-steps: $e_k$ is this lesson's $e$, at the meta-parameters of step $k$.
# By the bold reason $\lVert e_k\rVert^2$ falls like $1/S$; by Proposition 2″, at $N=1$, like
# $1/S^2$.
#
# > **What goes wrong in practice**
# >
# > - **A larger batch of tasks no longer helps.** It averages scatter only. Test: fix $w$; compare
# >   the mean of many estimates with $S$ and with $4S$ samples a step. Where they differ by more
# >   than their standard errors, the inner steps bias.
# > - **Two implementations disagree on average.** One of them has $D_j=S_j$: in PyTorch,
# >   `create_graph=True` through a sampled step. Test: a quadratic whose samples differ in
# >   gradient *and* curvature, as in 21.shared; with fresh sets the mean is $\nabla\mathcal L(w)$
# >   (in JAX, `jax.jvp(jax.grad(l), (w,), (v,))` on samples of their own).
#
# ## Back to the question
#
# Given the run, the product *is* unbiased: fresh $D_j$ and $T$ only scatter. Over the runs it is
# not: $\hat P$ and $\hat g$ are curved functions of the same noisy points, and a curve moves a
# mean. Where a gradient bends, it does so by a square, $C_{bend}/S$; a kinked Hessian keeps a
# $1/\sqrt S$ from $N=2$ on. With four times the samples the bias on the cosine is a quarter, on
# the kink a half; on a quadratic it is 0 all along. You can now look at a product of random
# factors, say which means may be taken one by one, and what the others cost.
#
# *Sources.* K. Ji, J. Yang & Y. Liang, JMLR 23 (2022): Lemma 6 and Proposition 2, constants
# re-derived. A. Fallah, A. Mokhtari & A. Ozdaglar, AISTATS 2020, bound the bias of one-step MAML.
# Proposition 2″ and the kinks are this course's own.
#
# **Next:** 22. The bias is one hole of the map. What else does noise add, and which line of the
# theorem pays most?
