# %% [markdown]
# # 15 · Smooth, seen from here
#
# **Every task's gradient is L-Lipschitz. Textbooks then take steps of length 1/L. You descend on the meta-objective 𝓛 instead: one over *what*?**
#
# *(about 35 minutes' reading; 6 exercises. You need: 13, 14. You will be able to: say why 𝓛 has no smoothness constant though every task has one,
# prove the constant that it has as seen from one point, name the loss that attains it, and use it in a descent step without the usual slip.)*
#
# All symbols on one page: [Notation](appendix_07_notation.ipynb).

# %%
# given
import numpy as np

from tinymaml import theory
from tinymaml.course import check, hint, restore, solution, status, use     # for you to type
from tinymaml.course import style
from tinymaml.theory import extremals, families
from tinymaml.theory.table import show


class Wave:
    """l(w) = h w²/2 − k cos(w + phase) + slope w, one variable. l″ lies between h − |k| and h + |k|, and |l‴| <= |k|."""
    batched, dimension = True, 1

    def __init__(self, h=0.5, k=0.5, slope=0.0, phase=0.0, L=None, rho=None):
        self.h, self.k, self.slope, self.phase = h, k, slope, phase
        self.L = abs(h) + abs(k) if L is None else L        # certified, or declared to be something else
        self.rho = abs(k) if rho is None else rho

    def value(self, w):
        w = np.asarray(w)[..., 0]
        return self.h * w * w / 2 - self.k * np.cos(w + self.phase) + self.slope * w

    def gradient(self, w):
        return self.h * w + self.k * np.sin(w + self.phase) + self.slope

    def hessian(self, w):
        return (self.h + self.k * np.cos(w + self.phase))[..., None]


def instance(losses, alpha, steps, w=0.0, u=1.0):
    """Losses of one variable, equally likely, with two points to compare."""
    return theory.ResamplingInstance(losses=losses, alpha=alpha, steps=steps, w=[w], u=[u])

# %% [markdown]
# Lesson 14 bounded what *one* trajectory does: two starts part at most by $a^N$, the gradient grows at most by $a^N$, with $a=1+\alpha L$. Now the
# object that MAML descends on, $\mathcal L(w) = \mathbb E_i\, l_i(\tilde w_N)$. Its gradient is lesson 08's product times the last gradient,
#
# $$\nabla\mathcal L_i(w) = P(w)\,g(w),\qquad P(w) = M_0M_1\cdots M_{N-1},\quad M_j = I-\alpha\nabla^2l_i(\tilde w_j),\quad
# g(w)=\nabla l_i(\tilde w_N).$$
#
# "𝓛 is K-smooth" means that its gradient is K-Lipschitz; in one dimension, $|\mathcal L''|\le K$ at every w. It is what a stepsize 1/K rests on.
#
# ## Curvature that grows with the slope
#
# One task, $l(w)=w^2/4-\tfrac12\cos w$: a parabola with ripples. Its curvature lies between 0 and 1 everywhere. It is even convex.
#
# > **Predict.** One inner step with α = ½, so $\mathcal L(w)=l(w-\tfrac12 l'(w))$. How does 𝓛″ look far from the minimum: the same ripples, smaller
# > ones, larger ones? Is 𝓛 convex?

# %%
import matplotlib.pyplot as plt

colours = style()


def curvature(x, w, h=1e-4):
    """𝓛″ at w (n,), by centred differences of the exact ∇𝓛."""
    return (x.meta_gradient_at(w[:, None] + h) - x.meta_gradient_at(w[:, None] - h))[:, 0] / (2 * h)


wavy = instance([Wave()], 0.5, 1)
far = np.linspace(-60, 60, 2401)
fig, (left, right) = plt.subplots(1, 2, figsize=(6.2, 2.7), sharey=True)
left.plot(far, wavy.tasks[0].inner.hessian(far[:, None])[:, 0, 0], lw=1)
left.set(title="one task: l'' keeps within a band", xlabel="w", ylabel="curvature")
bound = wavy.a ** 2 * wavy.L + wavy.alpha * wavy.rho * wavy.a * np.abs(wavy.tasks[0].inner.gradient(far))       # line (3) below
right.plot(far, curvature(wavy, far), lw=1, label=r"$\mathcal{L}''$")
right.plot(far, bound, "--", color=colours["vermilion"], lw=1.5, label="to be proved")
right.plot(far, -bound, "--", color=colours["vermilion"], lw=1.5)
right.set(title=r"the meta-objective: no band holds $\mathcal{L}''$", xlabel="w")
right.legend(fontsize=9, loc="lower center")
plt.show()

# %% [markdown]
# *Figure: the task's curvature never leaves [0, 1]. That of 𝓛 swings wider and wider, to both sides of 0: no constant bounds it, and
# adapting with one step has made a convex task non-convex. The dashed line, a different number for every w, is what we are about to prove.*
#
# Where does it come from? Differentiate twice, one step, one dimension, $w_1 = w-\alpha l'(w)$:
#
# | | | why |
# |---|---|---|
# | (1) | $\mathcal L'(w) = (1-\alpha l''(w))\,l'(w_1)$ | chain rule: this is $P g$ |
# | (2) | $\mathcal L''(w) = (1-\alpha l''(w))^2\,l''(w_1)\;-\;\alpha l'''(w)\,l'(w_1)$ | product rule: $g$ moves, or $P$ does |
# | (3) | $\lvert\mathcal L''(w)\rvert \le a^2L + \alpha\rho\,a\lvert l'(w)\rvert$ | A1 for $l''$ (L) and $l'''$ (ρ); Lemma 2 for $l'(w_1)$ |
#
# The first term is harmless: the curvature at the end, through a ruler that the step has stretched. The second is new. The step *bends* space where
# the curvature changes (ρ), and a bent ruler is felt in proportion to what one measures with it: **the slope at the end**. A1 bounds how fast the
# slope changes, not how large it gets.
#
# **Exercise 15.smooth** *(break it)*. "All tasks have L ≤ 1 and ρ ≤ 1, and α ≤ 1/N; then surely 𝓛 is 1000-smooth." Choose h, k for `Wave` with
# |h| + |k| ≤ 1 (so L ≤ 1, ρ ≤ 1), α ≤ 1/N with N ≤ 10, and two points with $|\mathcal L'(w)-\mathcal L'(u)| > 1000\,|w-u|$.
# (α ≤ 1/N keeps $a^{2N}$ below e², so that the hill tops of lesson 16 do not help.)

# %%
# exercise 15.smooth
### BEGIN SOLUTION
#: broken = dict(h=..., k=..., alpha=..., steps=..., w=..., u=...)
broken = dict(h=0.5, k=0.5, alpha=1.0, steps=1, w=20001.5, u=20001.6)
### END SOLUTION

# %%
check("15.smooth")

# %% [markdown]
# There is nothing special about 1000: go farther out. Two kinds of task are spared for sure. With ρ = 0 (quadratics) the ruler does not bend; with
# bounded gradients (cosine sums, logistic regression) the slope has a largest value, and putting it into (3) gives a constant for all w. For all
# others there is a constant *for each w*, and this lesson finds it for any N and any dimension. Line (2) is the plan: how far can $P$ move, how far
# can $g$?
#
# ## One factor at a time
#
# $P(w)$ is a product of N matrices, and at u *every one of them* is different. How far apart are the products? Do not change them all at once.
# With N = 3, writing W for factors at w and U for factors at u:
#
# $$\begin{array}{ccc} W_0&W_1&W_2\\ W_0&W_1&\mathbf{U_2}\\ W_0&\mathbf{U_1}&\mathbf{U_2}\\ \mathbf{U_0}&\mathbf{U_1}&\mathbf{U_2}\end{array}$$
#
# From each row to the next a single factor changes, so two neighbouring rows differ by something short. The sum of these differences is
# $W_0W_1W_2-U_0U_1U_2$: all rows between cancel, as the sections of a telescope slide into each other.
#
# > **Predict.** Is this an approximation for u near w, as a derivative would be, or exact?
#
# **Exercise 15.telescope** *(write it)*. The N differences between neighbouring rows, for any number of factors.

# %%
# exercise 15.telescope
def telescope(W, U):
    """W, U: lists of N square matrices. -> a list of N matrices whose sum is W_0 ⋯ W_{N−1} − U_0 ⋯ U_{N−1}; in the j-th, factor j alone changes."""
    ### BEGIN SOLUTION
    def product(factors):
        result = np.eye(len(W[0]))
        for factor in factors:
            result = result @ factor
        return result
    return [product(W[:j]) @ (W[j] - U[j]) @ product(U[j + 1:]) for j in range(len(W))]
    ### END SOLUTION

# %%
check("15.telescope")

# %% [markdown]
# Exact, for any matrices. From here on no idea is missing, and only norms are taken. That is **Lemma 3**:
#
# | | | why |
# |---|---|---|
# | (0) | $\lVert P(w)-P(u)\rVert$ | |
# | (1) | $=\lVert\sum_j M_0\cdots M_{j-1}(w)\,\big(M_j(w)-M_j(u)\big)\,M_{j+1}\cdots M_{N-1}(u)\rVert$ | telescoping: *yours* |
# | (2) | $\le\sum_j\lVert\cdots\rVert$ | triangle inequality |
# | (3) | $\le\sum_j\prod_{i<j}\lVert M_i(w)\rVert\;\alpha\lVert H_j(w)-H_j(u)\rVert\prod_{i>j}\lVert M_i(u)\rVert$ | norms of products |
# | (4) | $\le a^{N-1}\,\alpha\sum_j\lVert H_j(w)-H_j(u)\rVert$ | **A1**, L: each of the other N − 1 factors is at most $a$ |
# | (5) | $\le a^{N-1}\,\alpha\rho\sum_j\lVert\tilde w_j-\tilde u_j\rVert$ | **A1**, ρ: at most ρ times the distance of the *iterates* |
# | (6) | $\le\;?$ | **Lemma 1** |
# | (7) | $=\;?$ | sum up |
#
# On an instance, two cosine sums in the plane with three steps (the table shows the first task):

# %%
plane = families.resampling(np.random.default_rng(3), dimension=2, steps=3, tasks=2, kind="cosine sums", noise=False, hessian_noise=False)
lemma_3 = theory.RESULTS["lemma_3"]
show(lemma_3.evaluate(plane)["telescoping"])

# %% [markdown]
# **Exercise 15.product** *(give a bound)*. Lines (6) and (7): a number that no loss with these constants can exceed, from `alpha`,
# `L`, `rho`, `N` and `distance` = ‖w − u‖ alone. Proportional to `distance`, and as small as is true: check knows a loss that
# attains it.

# %%
# exercise 15.product
def product_moves(alpha, L, rho, N, distance):
    """An upper bound of ‖P(w) − P(u)‖."""
    ### BEGIN SOLUTION
    a = 1 + alpha * L
    return rho / L * a ** (N - 1) * (a ** N - 1) * distance
    ### END SOLUTION

# %%
check("15.product")

# %% [markdown]
# > **Predict.** On the instance in the plane, which line from (2) to (6) will give away most?

# %%
show(lemma_3.evaluate(plane)["lipschitz"])

# %% [markdown]
# Line 5. ρ is the fastest change of the Hessian anywhere in the plane in any direction; along these two paths it changes more slowly.
# Typical of bounds: what is certified for all w is generous at *this* w.
#
# ## The product rule, without derivatives
#
# Now $\nabla\mathcal L_i = P g$, and both move. In calculus, $(Pg)' = P g' + P'g$. For a finite step from w to u the same trick works: add a term and
# subtract it again. Two terms would do. But the bound that we want may look at the gradient at **w** only, and just one of them allows that.
#
# **Exercise 15.split** *(fill the line)*. The line below the gap is
# $\;\lVert P(u)\rVert\,\lVert g(w)-g(u)\rVert+\lVert P(w)-P(u)\rVert\,\lVert g(w)\rVert$. Which two vectors have the sum $P(w)g(w)-P(u)g(u)$ and
# at most these two norms?

# %%
# exercise 15.split
def split(P_w, P_u, g_w, g_u):
    """-> two vectors with the sum P_w g_w − P_u g_u: what is due to the change of g, and what to the change of P."""
    ### BEGIN SOLUTION
    return P_u @ (g_w - g_u), (P_w - P_u) @ g_w
    ### END SOLUTION

# %%
check("15.split")

# %% [markdown]
# All four numbers are known by now: $\lVert P\rVert\le a^N$ (N factors), $\lVert g(w)-g(u)\rVert\le L\,a^N\lVert w-u\rVert$ (A1,
# Lemma 1), the exercise before the last, and $\lVert g(w)\rVert\le a^N\lVert\nabla l_i(w)\rVert$ (Lemma 2). **Proposition 1**: for *all* u,
#
# $$\lVert\nabla\mathcal L(w)-\nabla\mathcal L(u)\rVert\le L_w\lVert w-u\rVert,\qquad
# L_w = \underbrace{a^{2N}L}_{g\text{ moves}}+\underbrace{C_{\mathcal L}\;\mathbb E_i\lVert\nabla l_i(w)\rVert}_{P\text{ moves}},\qquad
# C_{\mathcal L}=\frac{\rho}{L}\,a^{2N-1}(a^N-1).$$
#
# In the table, P's and g's moves are replaced one after the other. Watch the order: the line in which a term changes cites the lemma that changes it.
#
# > **Predict.** Will most be lost in the lines about g (4 to 6) or in those about P (7, 8)?

# %%
proposition_1 = theory.RESULTS["proposition_1"]
show(proposition_1.evaluate(plane)["lipschitz"])

# %%
from IPython.display import display

from tinymaml.theory.figures import waterfall

fig = waterfall(proposition_1.evaluate(plane)["lipschitz"])
fig.set_dpi(55)
display(fig)

# %% [markdown]
# *Figure: the same chain, from the truth at the top to the bound below; a bar is what a line gives away.* Line 5 again is the one
# where a constant for all w takes the place of what happens here.
#
# If you know the paper (Ji, Yang & Liang 2022), you know another $C_{\mathcal L}$, a sum of two terms. It is the same number:

# %%
show(proposition_1.evaluate(plane)["constant"])

# %% [markdown]
# **Exercise 15.constant** *(predict)*. Tasks with ρ > 0, N ≥ 1 steps, a point w at which no $\nabla l_i$ vanishes. What does each change do to
# $L_w$: "same", "larger" or "smaller"?

# %%
# exercise 15.constant
### BEGIN SOLUTION
#: L_w = dict(
#:     every_loss_plus_5=...,               # l_i becomes l_i + 5
#:     hills_for_valleys=...,               # l_i becomes −l_i
#:     u_moves_away=...,                    # the other point is ten times as far from w
#:     slopes_that_cancel=...,              # two equal tasks, ‖∇l_i(w)‖ = 1; one gets + 100 w[0], the other − 100 w[0]
#:     twice_the_steps_half_as_long=...,    # N becomes 2N, α becomes α/2
#:     quadratics_ten_times_farther=...)    # all tasks quadratic (ρ = 0 now), and ‖w‖ ten times as large
L_w = dict(every_loss_plus_5="same", hills_for_valleys="same", u_moves_away="same", slopes_that_cancel="larger",
           twice_the_steps_half_as_long="larger", quadratics_ten_times_farther="same")
### END SOLUTION

# %%
check("15.constant")

# %% [markdown]
# ## Who attains it?
#
# Could a cleverer proof have a smaller $C_{\mathcal L}$? Build the loss that leaves no line anything to give away, requirement by requirement:
#
# - (4), (6), Lemma 2: every step must stretch by $a$. So the curvature is −L wherever the path goes.
# - (5): the Hessian must change with slope ρ between $\tilde w_j$ and $\tilde u_j$, for **each** j. So it has a tooth at each iterate, on the side
#   of u.
# - Both at once: teeth raise the curvature, and then it is no longer −L. So the teeth are tiny.
#
# > **Predict.** Against that: three hundred waves with random h, k and w for each N. Of those for which the second part of $L_w$ is the larger one,
# > how near does the best come?

# %%
def anchored(x):
    """a^2N L, C_𝓛 and L_w = a^2N L + C_𝓛 E_i‖∇l_i(w)‖ at the instance's w."""
    A, C = x.a ** (2 * x.steps) * x.L, x.rho / x.L * x.a ** (2 * x.steps - 1) * x.growth(x.steps)
    return A, C, A + C * x.gradient_norm


drawn = theory.PiecewiseHessian.sawtooth(0.0, 1.0, 0.25, 4, L=1.0, rho=1.0, width=0.05)
fig, (left, right) = plt.subplots(1, 2, figsize=(6.2, 2.7))
line = np.linspace(-1.6, 0.35, 3000)
places = [0.0]
for _ in range(4):
    places.append(places[-1] - 0.25 * drawn.gradient(np.array(places[-1:]))[0])
left.plot(line, drawn.hessian(line[:, None])[:, 0, 0], lw=1.5)
left.plot(places[:-1], -np.ones(4), "o", color=colours["vermilion"], ms=5, label="iterates from w = 0")
left.set(title="a tooth at each iterate (enlarged)", xlabel="w", ylabel="l''(w)", ylim=(-1.02, -0.93))
left.legend(fontsize=9)

Ns = np.arange(1, 7)
tight = lambda x: proposition_1.evaluate(x)["lipschitz"].tightness
teeth = [tight(extremals.large_gradient(1 / n, int(n))) for n in Ns]
rng, chance = np.random.default_rng(0), []
for n in Ns:
    best = 0
    for _ in range(300):
        f, w = Wave(*rng.uniform(-1, 1, 2)), rng.uniform(-100, 100)
        x = instance([f], 1 / (n * f.L), int(n), w, w + 10 ** rng.uniform(-3, 0))
        if anchored(x)[2] > 2 * anchored(x)[0]:             # the second part is the larger one
            best = max(best, tight(x))
    chance.append(best)
right.plot(Ns, teeth, "-o", ms=4, label="sawtooth")
right.plot(Ns, chance, "--s", ms=4, label="best of 300 random")
right.set(title=r"truth / bound, $\alpha = 1/(NL)$", xlabel="steps N", ylabel="1 = attained", ylim=(0, 1.1), xticks=Ns)
right.legend(fontsize=9, loc="lower left")
plt.show()
print("sawtooth:", *(f"{t:.4f}" for t in teeth), "  best of 300:", *(f"{t:.2f}" for t in chance))

# %% [markdown]
# *Figure: left, the second derivative: −1 plus a tooth at each iterate; in the instances on the right the teeth are 50 to 300 times smaller.
# Right, the sawtooth, at a large gradient, reaches the bound for every N; chance does not, least of all with many steps.* So $C_{\mathcal L}$
# **cannot be improved** from A1 alone: whoever wants less must assume more. And that hundreds of random losses stay well below a bound says nothing
# about whether it can be improved.
#
# ## Press on it
#
# A reason is understood when you can take it away. `RootHessian` has the second derivative $-1+\min(\sqrt{|w|},2)$: L = 1, but at 0 the root is
# infinitely steep, so it has no ρ; it *declares* ρ = 1. And `Wave(-0.5, -0.5)` near its hill top at 0, with its L = 1 declared as ½.
#
# > **Predict.** Which of Lemma 3's lines break for the one, which for the other? (Careful: one line cites a lemma.)

# %%
def pressed(name, x, claim=lemma_3):
    chain = claim.evaluate(x)["lipschitz"]
    print(f"{name}: the truth is {chain.lhs:.3g}, the bound says {chain.rhs:.3g}: the ratio is {chain.lhs / chain.rhs:.3g}")
    for r in chain.violations:
        print(f"    line {r} is false: {chain.lines[r].reason}")


pressed("RootHessian, u = 1e-6", instance([theory.RootHessian()], 0.25, 3, 0.0, 1e-6))
pressed("L declared too small ", instance([Wave(-0.5, -0.5, L=0.5)], 0.25, 3, 0.0, 0.1))
pressed("nothing taken away   ", instance([Wave(-0.5, -0.5)], 0.25, 3, 0.0, 0.1))

# %% [markdown]
# Without ρ: line 5 alone, the one that says ρ, and it fails by a factor of hundreds. With L understated: line 4, which says L, and
# line 6, which cites a lemma whose proof says L. Here the bound as a whole *still holds*: what ρ gives away in line 5 covers up. **A bound that
# holds on your instance is no sign that its proof does.** Lines with "triangle inequality" or "telescoping" never break: they assume nothing.
#
# ## The anchor
#
# What is such a constant good for, if it changes with w? Two tasks whose slopes cancel: $l_{1,2}(w) = w^2/20 \mp\tfrac{9}{10}\cos w \pm 100\,w$.
# Their mean is $w^2/20$, a plain parabola. A1 holds with L = 1.
#
# > **Predict.** Two inner steps of α = 1/8. Is 𝓛 near 0 about a parabola too?

# %%
pair = instance([Wave(0.1, 0.9, 100), Wave(0.1, -0.9, -100)], 1 / 8, 2, 1.0, 2.5)


A, C, L_at_w = anchored(pair)
near = np.linspace(-6, 9, 1200)
value, slope = pair.meta_loss(pair.w), pair.meta_gradient[0]
plt.figure(figsize=(5.6, 3.0))
for K, look, name in (L_at_w, "--", r"$K = L_w$"), (A, "-.", r"$K = a^{2N}L$"):
    plt.plot(near, value + slope * (near - 1) + K / 2 * (near - 1) ** 2, look, label=f"parabola with {name} = {K:.3g}")
plt.plot(near, pair.meta_loss(near[:, None]), "-", color=colours["black"], label=r"$\mathcal{L}(u)$")
plt.plot(1, value, "o", color=colours["black"], ms=6)
low, high = pair.meta_loss(near[:, None]).min(), pair.meta_loss(near[:, None]).max()
plt.gca().set(title=r"Only the steep parabola stays above $\mathcal{L}$ for all u", xlabel="u   (dot: the anchor, w = 1)", ylabel="meta-loss",
              ylim=(low - 60, high + 25))
plt.legend(fontsize=9, loc="lower left")
plt.show()
print(f"at w = 1: slope of the mean loss {abs(pair.gradient[0]):.3g}, mean of the tasks' slopes {pair.gradient_norm:.4g}; "
      f"a^2N L = {A:.3g}, C = {C:.3g}, L_w = {L_at_w:.3g}")

# %% [markdown]
# *Figure: the mean of the two losses is nearly flat here, their meta-objective rolls up and down. A parabola that touches it at w
# with curvature* $L_w$ *lies above it everywhere; with* $a^{2N}L$*, what one would write if 𝓛 were as smooth as the tasks, it is crossed.*
#
# Notice which gradient counts. The mean gradient is next to nothing here; the mean of the *norms* is a hundred. Tasks that pull in opposite
# directions cancel in $\nabla l$, and each still bends its own ruler.
#
# The picture as an inequality is the **anchored descent lemma**, all that an analysis of gradient descent on 𝓛 will ask for. Let
# $x_s=w+s(u-w)$ walk along the segment, and $\Delta_s=\nabla\mathcal L(x_s)-\nabla\mathcal L(w)$:
#
# | | | why |
# |---|---|---|
# | (1) | $\mathcal L(u)-\mathcal L(w)-\langle\nabla\mathcal L(w),u-w\rangle = \int_0^1\langle\Delta_s,\,u-w\rangle\,ds$ | fundamental theorem |
# | (2) | $\le\int_0^1\lVert\Delta_s\rVert\,ds\;\lVert u-w\rVert$ | Cauchy–Schwarz |
# | (3) | $\le\int_0^1 L_w\,s\lVert u-w\rVert\,ds\;\lVert u-w\rVert$ | Proposition 1 **from w, at every s** |
# | (4) | $=\tfrac12L_w\lVert u-w\rVert^2$ | $\int_0^1 s\,ds=\tfrac12$ |
#
# Line (3) compares w with *every* point of the segment, and that is why "for all u" stands in Proposition 1. A constant that is right only near w
# would not do; one that depended on $x_s$ could not be taken out of the integral.

# %%
show(proposition_1.evaluate(pair)["descent"])

# %% [markdown]
# **Exercise 15.anchor** *(find the false line)*. A student would rather have the constant of the *other* end: "after the step I am at
# u, where gradients are small". With $x_s$ and $\Delta_s$ as above:
#
# 1. $\mathcal L(u)-\mathcal L(w)-\langle\nabla\mathcal L(w),u-w\rangle=\int_0^1\langle\Delta_s,u-w\rangle\,ds$, by the fundamental theorem.
# 2. This is at most $\int_0^1\lVert\Delta_s\rVert\,ds\,\lVert u-w\rVert$, by Cauchy–Schwarz.
# 3. $\lVert\Delta_s\rVert\le\min(L_w,L_{x_s})\,s\lVert u-w\rVert$: Proposition 1, whose two points may change places.
# 4. $\lVert\Delta_s\rVert\le L_u\,s\lVert u-w\rVert$ for every s in [0, 1]: u is an end of the segment as well as w.
# 5. $\int_0^1L_u\,s\,ds\,\lVert u-w\rVert^2=\tfrac12L_u\lVert u-w\rVert^2$, since $\int_0^1s\,ds=\tfrac12$. Hence the descent lemma with $L_u$.
#
# Which line is false? Give its number, and w, u, s for the rippled parabola `Wave()` (h = k = ½), α ≤ 1/N, N ≤ 10, on which its left side is larger
# than its right side by at least 5%.

# %%
# exercise 15.anchor
### BEGIN SOLUTION
#: false_line = ...
#: witness = dict(alpha=..., steps=..., w=..., u=..., s=...)
false_line = 4
witness = dict(alpha=0.5, steps=1, w=58.0, u=0.0, s=0.01)
### END SOLUTION

# %%
check("15.anchor")

# %% [markdown]
# ## A stepsize from where you stand
#
# With the descent lemma, the best guaranteed step is $\beta=1/L_w$: $\mathcal L(w-\beta\nabla\mathcal L(w))\le\mathcal L(w)-\lVert\nabla\mathcal
# L(w)\rVert^2/(2L_w)$. Here are three programs on the pair of tasks above: the textbook's constant; $L_w$ with the norm of the *mean* gradient,
# which is what a training loop has at hand; and $L_w$.
#
# > **Predict.** Which of the three go down at every step?

# %%
def descend(stepsize, w=12.0, iterations=25):
    losses = []
    for _ in range(iterations):
        x = pair.replace(w=[w])
        losses.append(x.meta_loss(x.w))
        w = w - stepsize(x) * x.meta_gradient[0]
    return losses


rules = {r"$1/(a^{2N}L)$": lambda x: 1 / anchored(x)[0],
         r"with $\Vert E\nabla l_i\Vert$ for $E\Vert\nabla l_i\Vert$": lambda x: 1 / (anchored(x)[0] + anchored(x)[1] * np.linalg.norm(x.gradient)),
         r"$1/L_w$": lambda x: 1 / anchored(x)[2]}
runs = {name: descend(rule) for name, rule in rules.items()}
plt.figure(figsize=(5.6, 3.0))
for (name, losses), mark in zip(runs.items(), ("s", "^", "o")):
    plt.plot(losses, marker=mark, ms=3, lw=1.2, label=name)
plt.gca().set(title="Descent, guaranteed by one of the three", xlabel="meta-iteration", ylabel="meta-loss", ylim=(-2480, -2360))
plt.legend(fontsize=9, loc="upper left")
plt.show()
print("steps that went up:", ", ".join(f"{int((np.diff(losses) > 1e-9).sum())}" for losses in runs.values()), "of 24")

# %% [markdown]
# *Figure: the first two jump about in the ripples; the third goes down at every step, into the nearest well: more than descent is not promised.*
#
# > **What goes wrong in practice**
# >
# > - **A meta-loss that falls, jumps and falls again.** That is the first two programs in a training log. The usual answer is a smaller learning
# >   rate, chosen for the worst place and paid for everywhere.
# > - **The norm of the mean for the mean of the norms.** The loop has $\lVert\mathbb E\nabla l_i\rVert$ at hand, and it is small exactly where tasks
# >   pull apart. Log both: if they are far apart, the first says nothing about $L_w$.
# > - **A curvature of 𝓛 measured once.** Power iteration gives it at one w. Where gradients are ten times as long it may be ten times as large.
# > - **A learning rate kept when N or α changes.** $C_{\mathcal L}$ has $a^{2N-1}(a^N-1)$ in it: with the inner loop the outer step has to change
# >   too.
#
# What to make of $L_w$:
#
# - **Clipping.** $1/L_w$ has the form 1/(A + C · gradient size): a fixed rate where gradients are small, a fixed *length* of step where they are
#   large. That is very nearly gradient clipping. Zhang, He, Sra & Jadbabaie (2020) argue from the same kind of smoothness, a constant that grows with
#   the gradient, why clipping helps; they observed it on networks, for MAML it follows from A1.
# - **It is computable.** The anchor w is where you *are*: $L_w$ is known before the step, for one gradient a task. From a few sampled tasks it can be
#   estimated (lesson 20).
# - **It is a worst case.** On this pair the descent lemma's left side was 0.565 of its right side; on a network, where nobody knows an L or a ρ for
#   all w, $L_w$ is a rule for how the stepsize should *change*, not a value for it.
#
# ## Back to the question
#
# One over $L_w = a^{2N}L + C_{\mathcal L}\,\mathbb E_i\lVert\nabla l_i(w)\rVert$: a constant of the place where you stand, not of the objective. No
# number serves all w, since the map from the start to the adapted point bends (ρ), and bending counts in proportion to the gradient, which A1 does
# not bound. Seen from w, though, $L_w$ holds for all u, which is all that a descent step asks. It was proved by changing one factor at a time and
# then P or g, and a sawtooth shows that A1 alone allows nothing smaller.
#
# **Sources.** K. Ji, J. Yang, Y. Liang, *Theoretical Convergence of Multi-Step Model-Agnostic Meta-Learning*, JMLR 23 (2022): the proposition, with
# the constant as a sum. Y. Nesterov, *Lectures on Convex Optimization* (2018): smoothness and the descent lemma. J. Zhang, T. He, S. Sra, A.
# Jadbabaie, *Why Gradient Clipping Accelerates Training*, ICLR 2020. The sawtooth and this form of the constant are this course's own.
#
# **Next.** All of it is built from powers $a^{N}=(1+\alpha L)^N$. Lesson 16 asks whether they are real, and what the 1/N in $\alpha=c/(NL)$ buys.
