# %% [markdown]
# # Appendix to 22 · The sharper Theorem 1, and one step for all w with noise
#
# **Lesson 22 names two theorems without their proofs. What makes Theorem 1 sharper, and what does a
# constant stepsize need when every gradient is noisy and biased?**
#
# *(About 10 minutes' reading, no exercises. You need: 22, and the appendix to 19. You will be able
# to: follow the proof that Algorithm 1 converges with a constant stepsize.)*
#
# This theorem is the course's own; so is lesson 19's, of which it is a change. It uses the
# constants of the sharper Theorem 1, which comes first.

# %%
# given
import numpy as np

from tinymaml import theory
from tinymaml.theory import families
from tinymaml.theory.table import show

heights = np.array([1.0, 0.7, 0.4])
bottoms = np.array([1.2, -0.4, -2.0])
wells = [
    theory.CosineSum([[0.0], [1.0]], [height, -height], [0.0, -bottom])
    for height, bottom in zip(heights, bottoms)
]

# %%
# given
# lesson 22's wells with one short inner step
near = theory.ResamplingInstance(
    losses=wells,
    noise=np.ones((2, 1)),
    hessian_noise=np.ones((1, 1, 1)),
    **dict(w=[-2.0], alpha=1 / 40, steps=1, S=4, T=4, B=2),
)
# the same wells on a slope of 30
far = families.tilt(near, np.array([30.0]))
theorem_4 = theory.RESULTS["theorem_4"]
constants = theorem_4.stepsize(near)

# %% [markdown]
# ## The sharper Theorem 1
#
# Its step is Theorem 1's with lesson 22's identity, and these results replaced (each is proved by
# the file of its name in `theory/results`):
#
# | in Theorem 1 | in the sharper one | what changes |
# |---|---|---|
# | Young, split square | the identity | $C_\beta\ge1.53\cdot\frac54=1.9125$ |
# | Lemma 8 | Lemma 8′ | 1.53 for 4 in $\mathbb E[\beta^2]$, $\frac65$ for 2 in $\mathbb E[\beta]$ |
# | Lemma 7 | Lemma 7′ | $C^*$ for $C_l$ |
# | Proposition 2 | Propositions 2′, 2″ | $C_{err}'$; or $C_{bend}/S$ for $C_{err1}'/\sqrt S$ |
# | Proposition 3 | Proposition 3′ | $C_{squ1}'$, half of $C_{squ1}$ or less |
#
# $$\kappa=\frac1{C_\beta}\Big[\frac25-\frac35\cdot\frac{4C_{err2}'^2}{C^{*2}S}
# -\frac{0.765\,C_{squ1}'}{C_\beta B}\Big].$$

# %%
sharper = near.constants_for(C_beta=1.9125, S=10**9, B=10**9, sharp=True)
print(f"C_β = 1.9125, nearly without noise: κ = {sharper.kappa:.3f}")
print(f"without noise, 1.53 in Lemma 11's place: best κ = {1 / (2 * 1.53):.3f}")

# %% [markdown]
# That is more than Theorem 2's best, $\frac18$. Noise does not help: Lemma 11 has 4 where Lemma 8′
# has 1.53 (it asks for Lemma 8's sizes). With 1.53 Theorem 2's proof would reach more again.

# %%
show(theory.RESULTS["theorem_1_sharp"].evaluate(near)["one step"])

# %% [markdown]
# ## Letters of Theorem 4
#
# A point $w$ is *far* if $\lVert\nabla l(w)\rVert\ge\tau\sigma$, with $\tau=10$, and *near* if not.
# $\mu=\mathbb E_i\lVert\nabla l_i(w)\rVert$. With the letters below
#
# $$\beta=\min\Big(\frac{\eta_0}{2Ah},\frac1\Lambda,\frac B{2\Lambda
# C_{squ1}'}\Big),\qquad\eta=\min\Big(\frac{\eta_0}2,\frac14\Big),$$
#
# where $C_{squ1}'$ is Proposition 3′'s, and the theorem asks for $\eta_0>0$.
#
# | | | what it is for |
# |---|---|---|
# | $\omega$ | $1-(a^{2N}-1)(1+\frac1\tau)$ | far: what Lemma 7 leaves of a gradient |
# | $k$ (not the step) | $(1+\frac1\tau)/\omega$ | far: $\mu\le k\,\Vert\nabla\mathcal L\Vert$ |
# | $e_1$ | $2a^N(a^N-1)$ | far: how $\mathcal L$'s slope changes along a step, over $\mu$ |
# | $b_0$ | $\min(C_{bend}/S,\ C_{err1}'/\sqrt S)$ | bias where gradients vanish, lesson 21 |
# | $b_1$ | $C_{err2}'/\sqrt S$ | $\Vert e\Vert\le b_0+b_1\mu$ |
# | $n$ | what $T$ and $S$ leave of $\sigma_g$ | Proposition 3′: noise of one estimate |
# | $\eta_0$ | $1-e_1k-b_1k(1+e_1k)$, less a term in $1/\sqrt B$ | far: what is left of the slope |
# | $\nu$ | from $b_0$ and $n/\sqrt B$ | far: the slope's noise |
# | $h$, $n_2$ | | far: $\mathbb E\Vert\bar G\Vert^2\le h\Vert\nabla\mathcal L\Vert^2+n_2$ |
# | $\Lambda$ | $A+C_{\mathcal L}(1+\tau)\sigma$ | near: $L_w\le\Lambda$ |
#
# Each in full is a property of one name in `theory/noisy_stepsize.py`.

# %%
for name in ("omega", "k", "e_1", "b_0", "b_1", "n", "eta_0", "nu", "h", "n_2", "Lambda", "beta"):
    print(f"{name:7} {getattr(constants, name):.4f}")

# %% [markdown]
# ## What is new
#
# The two chains, near and far, add these lines to those of Theorem 3:
#
# | | near | far |
# |---|---|---|
# | the bias meets $\nabla\mathcal L$ | lesson 22's identity | Cauchy–Schwarz |
# | what pays for $\Vert\nabla\mathcal L+e\Vert^2$ | the identity | a smaller $\beta$ |
# | bounds on $e$ | Propositions 2′ and 2″ | the same |
# | bound on $\mathbb E\Vert\hat G_i\Vert^2$ | Proposition 3′, with $C_{squ1}'$ | Proposition 3′ |
#
# ## Far: two bounds first
#
# Lemma 7, with $\sigma$ absorbed, as it is small beside $\nabla l$. And the tasks' mean norm, by
# it.

# %%
show(theorem_4.evaluate(far)["gradient"])
show(theorem_4.evaluate(far)["gradients"])

# %% [markdown]
# ## Far: the step
#
# The first lines are Theorem 3's: no line contains $L_w$, and what the step turns costs
# $e_1\mu\,\mathbb E\lVert\bar G\rVert$ at most. New are the bias, by Cauchy–Schwarz, and its
# bounds, Propositions 2′ and 2″; the mean square is Proposition 3′'s. From there on all is a
# polynomial in $\lVert\nabla\mathcal L\rVert$: the part with its first power, $\nu$, is the last to
# be split.

# %%
show(theorem_4.evaluate(far)["far"])

# %% [markdown]
# ## Near: lesson 22's identity
#
# Gradients are bounded here, and so is $L_w$. The polarised line keeps $\lVert\nabla\mathcal
# L+e\rVert^2$, and $\Lambda\beta\le1$ lets it pay for its counterpart, here with
# a stepsize that does not vary.

# %%
show(theorem_4.evaluate(near)["near"])

# %% [markdown]
# ## Everywhere, and $K$ steps
#
# $\beta$ satisfies the conditions of both chains. $Z$ is the larger of the two noises. The sum
# telescopes at once.

# %%
show(theorem_4.evaluate(near)["one step"])
show(theorem_4.evaluate(near)["bound"])

# %% [markdown]
# ## What breaks
#
# $\eta_0>0$ asks for a small $\alpha$ and for a $B$ that is not too small. With
# $\alpha=1/(8NL)$, for the wells:

# %%
for steps in (1, 5):
    for B in (1, 2, 3, 4, 1000):
        changes = dict(steps=steps, alpha=1 / (8 * steps), B=B, S=10_000)
        found = theory.noisy_stepsize.NoisyStepsize(near.constants_for(**changes))
        verdict = "" if found.eta_0_or_less > 0 else ", no theorem"
        print(f"N = {steps}, B = {B:5,}: η_0 = {found.eta_0_or_less:6.3f}{verdict}")

# %% [markdown]
# *Source.* Derived for this course: `theory/results/theorem_4.py`.
