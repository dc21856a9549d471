# %% [markdown]
# # Appendix to 19 · One step for all w, line by line
#
# **Lesson 19 states Theorem 3. Here are all its lines: how can one stepsize serve an objective
# whose curvature has no bound?**
#
# *(About 10 minutes' reading, no exercises. You need: 19. You will be able to: follow the proof
# that Algorithm 2 converges with a constant stepsize.)*
#
# This theorem is the course's own; analyses of constant stepsizes that we know of assume bounded
# gradients, and with them a bounded $L_w$.

# %%
# given
from tinymaml import theory
from tinymaml.course.given.three_waves import three_waves
from tinymaml.theory.table import show

# lesson 19's three waves, with batches of 20, at w = 1 and at w = 6,000
near = three_waves(w=1.0)
far = three_waves()
theorem_3 = theory.RESULTS["theorem_3"]
constants = theorem_3.stepsize(near)

# %% [markdown]
# ## Letters
#
# A point $w$ is *far* if $\lVert\nabla l_T(w)\rVert\ge\tau(\sigma+\sqrt{\tilde b})$, with
# $\tilde b=\mathbb E_i\,b_i^2$ and $l_T$ the mean query loss, and *near* if not. The theorem holds
# for every $\tau>0$; $\tau=10$ is a choice.
#
# | | | what it is for |
# |---|---|---|
# | $\omega$ | $1-(a^{2N}-1)(1+\frac1\tau)$ | far: from $\nabla l_T$ to $\nabla\mathcal L$ |
# | $v$ | at $\tau=10$: $(2.02a^{4N}+0.02a^{2N}(a^N-1)^2)/\omega^2$ | far: a task's variance |
# | $e_0$ | $2a^N(a^N-1)(1+\frac1\tau)$ | far: how $\mathcal L$'s slope changes along a step |
# | $\Lambda$ | $A+C_{\mathcal L}((1+\tau)\sigma+\tau\sqrt{\tilde b})$ | near: $L_w\le\Lambda$ |
# | $\eta_0$ | $1-\frac{e_0}\omega\sqrt{1+v/B}$ | far: what is left of the slope |
# | $\eta$ | $\eta_0/2$ | what a step keeps |
# | $\beta$ | $\min(\frac{\eta_0}{a^{2N}L(1+v/B)},\frac1{\Lambda(1+A_{squ1}/B)})$ | the stepsize |
#
# At $\tau=10$, $\Lambda=A+C_{\mathcal L}(11\sigma+10\sqrt{\tilde b})$. If all $b_i=0$, half of $v$
# will do, without its second term.
#
# **Theorem 3, in full.** Assume A1, A2, the $b_i$ and independent draws, as in Theorem 2, and
# $\omega>0$, $\eta_0>0$. Then every constant stepsize that is positive and at most this $\beta$
# gives
#
# $$\frac1K\sum_{k<K}\mathbb E\lVert\nabla\mathcal L(w_k)\rVert^2\le
# \frac{2\Delta}{\eta_0\beta K}+\frac{\Lambda\beta A_{squ2}}{\eta_0B}.$$
#
# At $\alpha=1/(8NL)$ and $\tau=10$, $\omega>0.68$ and, from $B=3$ on, $\eta_0>0.11$, whatever $N$.
#
# $g_i=\nabla l_{T_i}(\tilde w_N)$ is the gradient at the end. $D_i$ is the derivative of
# $w\mapsto\tilde w_N$, $N$ factors $I-\alpha H_j$; $\bar D_i$ has the mean Hessians between the
# path from $w$ and the path from $w^+$ in their place.

# %%
for name in ("omega", "v", "e_0", "Lambda", "eta_0", "eta", "beta"):
    print(f"{name:7} {getattr(constants, name):.4f}")

# %% [markdown]
# ## Far: two bounds first
#
# The gradient: Lemma 10, with $\sigma$ and the $b_i$ absorbed, as they are small beside
# $\nabla l_T$.

# %%
show(theorem_3.evaluate(far)["gradient"])

# %% [markdown]
# The batch: its mean square is that of $\nabla\mathcal L$, up to a factor $1+v/B$. Far off, noise
# is *relative*: it shrinks with the gradient.

# %%
show(theorem_3.evaluate(far)["moment"])

# %% [markdown]
# ## Far: the step
#
# No line contains $L_w$. The descent lemma is that of each $l_{T_i}$, at $\tilde w_N$. What
# $\mathcal L$ does along the step is $\mathbb E_i\bar D_i^{\mathsf T}g_i$, which depends on
# $\bar G$, since the step decides where the mean Hessians are taken. But both $\bar D_i$ and $D_i$
# are within $a^N-1$ of $I$: their difference costs $e_0\lVert\nabla l_T\rVert$ at most, whatever
# $\bar G$ is.

# %%
show(theorem_3.evaluate(far)["far"])

# %% [markdown]
# ## Near: Theorem 2's step with a number
#
# $\bar D_i$ and $D_i$ are as close here as they are far off. But $\nabla\mathcal L$ may vanish
# where single $g_i$ do not, and what the difference costs cannot be compared with it. Yet gradients
# are bounded here, and with them $L_w\le\Lambda$.

# %%
show(theorem_3.evaluate(near)["near"])

# %% [markdown]
# ## Everywhere, and $K$ steps
#
# The stepsize satisfies both conditions, and so each step falls by
# $\eta\beta\lVert\nabla\mathcal L\rVert^2$, up to noise that only near steps have. The sum
# telescopes at once: $\beta$ is the same in all steps, and no $L_w$ is in the way. No convex
# $f$, no $\chi$.

# %%
show(theorem_3.evaluate(near)["one step"])
show(theorem_3.evaluate(near)["bound"])

# %% [markdown]
# ## What breaks
#
# $\eta_0>0$ asks for a small $\alpha$ *and* for a large $B$: far off, a batch of few tasks can turn
# the step. On the waves:

# %%
for B in (1, 2, 4, 20, 1000):
    try:
        print(f"B = {B:5,}: η_0 = {theorem_3.stepsize(near.replace(B=B)).eta_0:.3f}")
    except theory.ConditionFailed as error:
        print(f"B = {B:5,}: {str(error).split(' with ')[0]}")

# %% [markdown]
# *Source.* Derived for this course: exact gradients in `theory/results/constant_stepsize.py`,
# batches in `theory/results/theorem_3.py`.
