# %% [markdown]
# # 16 · Why 1/N
#
# **Every constant so far is a power of $a = 1+\alpha L$, up to $a^{2N}$: exponential in the number of steps. Is that a fact about MAML, or have we
# been careless? And if it is a fact, how long may a step be when N of them follow one another?**
#
# *(about 35 minutes' reading; 6 exercises. You need: 14 and 15. You will be able to: say where and why the exponential is real, choose α for N
# steps and say how large its constant may be, and tell what 1/N is from what it is not: it is sufficient, not necessary, and it buys smoothness, not
# adaptation.)*
#
# All symbols on one page: [Notation](appendix_07_notation.ipynb).

# %%
# given
import numpy as np

from tinymaml import theory
from tinymaml.course import check, hint, restore, solution, status, use     # for you to type
from tinymaml.course import engine, style
from tinymaml.problems import CosineWells, RankOne
from tinymaml.theory import extremals, families
from tinymaml.theory.table import show

OWN = False                         # True: the network at the end runs on the engine that you wrote in lessons 01 to 05
E = engine(OWN)
wells = CosineWells()               # two tasks, 1 − cos(w − 1) and 1 − cos(w + 1): L = ρ = 1

# %% [markdown]
# ## Needles
#
# Two tasks on a line, $1-\cos(w-1)$ and $1-\cos(w+1)$. Each is as smooth as a loss can be: no derivative of any order is ever larger than 1. Let each
# adapt with N steps, and look at the objective $\mathcal L$, the mean of what is left.
#
# > **Predict.** Left α = 0.5 for every N, right α = 0.5/N. After 20 steps, what is the largest curvature $|\mathcal L''|$ on the left: about 1, 20, a
# > thousand, a million? And on the right?

# %%
import matplotlib.pyplot as plt

colours = style()
plt.rcParams["figure.figsize"] = 6.2, 2.6
near = np.geomspace(1e-9, 1, 300)                                           # needles: a plain grid would miss them
w = np.unique(np.concatenate([np.linspace(-np.pi, np.pi, 601), np.pi - 1 + near, 1 - np.pi - near, np.pi - 1 - near, 1 - np.pi + near]))
fig, axes = plt.subplots(1, 2, sharey=True)
for ax, alpha, title in (axes[0], lambda n: 0.5, "α = 0.5: needles"), (axes[1], lambda n: 0.5 / n, "α = 0.5 / N: none"):
    for n, line in zip((1, 5, 20), ("-", "--", "-.")):
        ax.plot(w, wells.meta(w, alpha(n), n)[0], line, label=f"N = {n}")
    ax.set(title=title, xlabel="start w", xlim=(-np.pi, np.pi), ylim=(-0.05, 1.6))
axes[0].set_ylabel("meta-objective $\\mathcal{L}$")
axes[1].legend(loc="upper center", ncols=3, fontsize=9, columnspacing=1, handlelength=1.8)
plt.show()
print("largest |𝓛''|   α = 0.5 / N                 α = 0.5              ½ · 1.5^2N")
for n in 1, 5, 10, 20, 40:
    print(f"N = {n:2d} {wells.largest_curvature(0.5 / n, n):19.3f}{wells.largest_curvature(0.5, n):24,.1f}{1.5 ** (2 * n) / 2:24,.1f}")

# %% [markdown]
# *Figure: with fixed α two needles stand on the two hill tops, each sharper with every step; with α = 0.5/N the curves for 5 and for 20 steps are
# almost one.*
#
# At N = 40 the curvatures are 6.1 · 10¹³ and 1.06. An outer loop whose stepsize must be below 2 over the curvature (lesson 00) can work with the
# second number only. So the exponential is real. Where does it sit?
#
# ## At the top
#
# Take one task and a point where its gradient vanishes. The path stands still there, and everything can be computed by hand; $h = l''(w)$.
#
# | | | why |
# |---|---|---|
# | (1) | $\tilde w_j = w$ for all $j$ | $l'(w) = 0$: no step moves |
# | (2) | $d\tilde w_N/dw = \prod_j (1-\alpha\, l''(\tilde w_j)) = (1-\alpha h)^N$ | lesson 08: the factors multiply, and here they are all the same |
# | (3) | $\mathcal L'(w) = \dfrac{d\tilde w_N}{dw}\; l'(\tilde w_N)$ | chain rule |
# | (4) | $\mathcal L''(w) = \frac{d^2\tilde w_N}{dw^2} l'(\tilde w_N) + \big(\frac{d\tilde w_N}{dw}\big)^2 l''(\tilde w_N)$ | product rule |
# | (5) | *yours* | (1): $l'(\tilde w_N) = 0$ and $l''(\tilde w_N) = h$; (2) |
#
# **Exercise 16.curvature** *(write it)*. Line (5), as code. `curvature` is $h$, of either sign.

# %%
# exercise 16.curvature
def meta_curvature(curvature, alpha, steps):
    """𝓛'' at a point where l' = 0 and l'' = curvature, after so many steps of size alpha."""
    ### BEGIN SOLUTION
    return curvature * (1 - alpha * curvature) ** (2 * steps)
    ### END SOLUTION

# %%
check("16.curvature")

# %% [markdown]
# (Later cells run your answers. To read on without one: `use("16.curvature")`, in a cell of its own; likewise for the others.)
#
# On the hill top of $L\cos w$, $h=-L$: your line says $\mathcal L''(0) = -L\,(1+\alpha L)^{2N} = -L\,a^{2N}$. Proposition 1 (lesson 15) allows
# $L_w = a^{2N}L + C_{\mathcal L}\lvert l'(w)\rvert$, and $l'(0)=0$. The bound is **attained**: no constant that holds for every loss with
# this L is smaller.
#
# > **Predict.** Below, Proposition 1 line by line on $\cos w$, with $w$ and $u$ a millionth either side of the top, N = 5, α = 0.5. Then on the bowl
# > $w^2/2$, same L. The last number of both tables is $a^{2N}L\lVert w-u\rVert$, nearly. Which two lines lose on the bowl, and by what factor each?

# %%
proposition_1 = theory.RESULTS["proposition_1"]
show(proposition_1.evaluate(extremals.cosine_near_its_maximum(0.5, 5, distance=1e-6))["lipschitz"])
bowl = proposition_1.evaluate(extremals.convex_quadratic(0.5, 5))["lipschitz"]
show(bowl)
print(f"on the bowl the bound is {1 / bowl.tightness:,.0f} times the truth")

# %% [markdown]
# On the hill the first number is the last, to five digits. On the bowl Lemma 3 and Lemma 1 each say $(1+\alpha L)^N$ where $(1-\alpha L)^N$ is true:
# a factor of $3^5 = 243$ each. (The shares are of the *difference*, so the later loss looks like the only one.) A1, the assumption
# $\lVert\nabla^2 l\rVert \le L$, does not know a hill from a bowl, and its worst case is the hill.
#
# How wide is a needle? The path must stay on the top for N steps, and a start at distance $\delta$ is at about $a^N\delta$ by then:

# %%
print("N      width of a needle (α = 0.5)      1.5^−N")
offset = np.geomspace(1e-12, 1, 6000)
for n in 5, 10, 20, 40:
    bent = np.abs(wells.meta(np.pi - 1 - offset, 0.5, n)[2])
    print(f"{n:<7d}{2 * offset[np.argmax(bent < bent[0] / 2)]:18.1e}{1.5 ** -n:24.1e}")

# %% [markdown]
# Each step makes a needle 2.25 times as sharp and 1.5 times as narrow: a start chosen at random will not meet that of N = 40. Keep this for the end
# of the lesson: a constant for *all* w must count the needle, a run need not meet it.
#
# ## The way out
#
# The exponent cannot be had smaller. The base can: divide α by N. With $\alpha = c/(NL)$ the step is $a = 1 + c/N$, and
#
# | | | why |
# |---|---|---|
# | (1) | $a^{2N} = (1+c/N)^{2N}$ | $\alpha L = c/N$ |
# | (2) | $\le (e^{c/N})^{2N}$ | $1 + x \le e^x$ |
# | (3) | $= e^{2c}$ | no N left |
#
# > **Predict.** Below, $a^{2N}$ with c = 1/8 for N = 1, 2, 5, 20, 1000. Does it rise or fall with N? What if α shrinks more slowly, like
# > $c/(\sqrt N L)$?

# %%
print("N            α = c/L     α = c/(√N L)     α = c/(N L)        c = 1/8, e^2c =", round(np.exp(1 / 4), 4))
for n in 1, 2, 5, 20, 100, 1000:
    print(f"{n:<6d}" + "".join(f"{np.exp(2 * n * np.log1p(0.125 / d)):{k}.4g}" for d, k in ((1, 14), (n ** 0.5, 17), (n, 16))))

# %%
N = np.arange(1, 61)
fig, axes = plt.subplots(1, 2, sharey=True)
for ax, alpha, title in (axes[0], 0.125 + 0 * N, "α = 1/8: exponential"), (axes[1], 0.125 / N, "α = 1/(8N): constant"):
    ax.semilogy(N, (1 + alpha) ** (2 * N), "-", color=colours["blue"], label="bound $a^{2N}L$")
    ax.semilogy(N[::5], [-meta_curvature(-1.0, a, n) for a, n in zip(alpha[::5], N[::5])], "o", color=colours["vermilion"], ms=5,
                label="hill top of cos w")
    ax.semilogy(N, [meta_curvature(1.0, a, n) for a, n in zip(alpha, N)], "--", color=colours["green"], label="bowl w²/2")
    ax.set(title=title, xlabel="inner steps N")
axes[0].set_ylabel("curvature $|\\mathcal{L}''|$, L = 1")
axes[1].legend(fontsize=9)
plt.show()

# %% [markdown]
# *Figure: the hill top (dots) sits on the bound on both sides. Dividing by N turns a straight line on a logarithmic axis into a constant. The dashed
# bowl falls: nothing ever threatened it.*
#
# $\sqrt N$ is not enough: $(1+c/\sqrt N)^{2N}$ still grows like $e^{2c\sqrt N}$. With 1/N the values rise towards $e^{2c}$ and never reach it. As
# $a^{2N} \ge 1 + 2N\alpha L$, no α that shrinks more slowly than 1/N keeps $a^{2N}$ bounded: **for the bound, 1/N is not only enough but needed.**
#
# **Exercise 16.power** *(find the false line)*. A student wants to do better than $e^c$ and "proves" $(1+c/N)^N \le 1+c$ for all $c>0$ and $N\ge 1$,
# by induction over N. For N = 1 both sides are equal. For N ≥ 2, suppose it is true for N − 1 and *every* c:
#
# | | | why |
# |---|---|---|
# | (0) | $(1+c/N)^N$ | |
# | (1) | $= (1+c/N)\,(1+c/N)^{N-1}$ | take one factor out |
# | (2) | $= (1+c/N)\,\big(1+c'/(N-1)\big)^{N-1}$ | with $c' = c\,(N-1)/N$ |
# | (3) | $\le (1+c/N)\,(1+c')$ | the claim for N − 1 and $c'$ |
# | (4) | $= 1 + c + c^2 (N-1)/N^2$ | multiply out; $c/N + c' = c$ |
# | (5) | $\le 1 + c$ | the last term is of order 1/N and vanishes as N grows |
#
# One line has a false reason; another can be false as well, but only because it trusts what the false one "proved". Give the number of the first
# kind, and numbers `c` and `N` on which that line is off by at least 5% while **all lines above it are true**.

# %%
# exercise 16.power
### BEGIN SOLUTION
#: LINE = ...
#: instance = dict(c=..., N=...)
LINE = 5
instance = dict(c=1.0, N=2)
### END SOLUTION

# %%
check("16.power")

# %% [markdown]
# > **Predict.** The student's table on your instance has one red line. How many has it at N = 10, c = 1?

# %%
from tinymaml.theory.chain import at_most, chain, equal, first


def students(c, N):
    """The student's proof, each line from its own formula."""
    yield first((1 + c / N) ** N, r"(1+\tfrac cN)^N", "what is to be bounded")
    yield equal((1 + c / N) * (1 + c / N) ** (N - 1), r"(1+\tfrac cN)(1+\tfrac cN)^{N-1}", "take one factor out")
    yield equal((1 + c / N) * (1 + c * (N - 1) / N / (N - 1)) ** (N - 1), r"(1+\tfrac cN)(1+\tfrac{c'}{N-1})^{N-1}", "c' = c (N − 1)/N")
    yield at_most((1 + c / N) * (1 + c * (N - 1) / N), r"(1+\tfrac cN)(1+c')", "the claim for N − 1")
    yield equal(1 + c + c * c * (N - 1) / N ** 2, r"1+c+c^2\tfrac{N-1}{N^2}", "multiply out; c/N + c' = c")
    yield at_most(1 + c, "1+c", "the last term vanishes as N grows")


if ... not in instance.values():                                            # 16.power is done
    show(chain(students(**instance), "student"))
show(chain(students(c=1.0, N=10), "student"))

# %% [markdown]
# At N = 10 the induction hypothesis has failed long before. Unrolled down to N = 1, the induction drops a term at each stage $k = 2, \dots, N$:
# $c^2(k-1)/N^2$, times the $(1+c/N)^{N-k}$ of the stages above. Each is "negligible", of order 1/N at most, and together they are *all* of
# $(1+c/N)^N-(1+c)$, which tends to $e^c-1-c$. A term of order 1/N may not be dropped from a step that is made N times. With $c=N\alpha L$ the claim
# is lesson 14's "$1+N\alpha L$ suffices", dressed up as a proof.
#
# ## How large may c be?
#
# Bounded is not enough. The proof bounds $\nabla\mathcal L$, and needs to conclude something about $\nabla l$ from it (lesson 19). How far apart
# can the two be?
#
# By the mean value theorem each inner step multiplies the gradient by a matrix $I-\alpha\bar H_j$, so that $\nabla\mathcal L = Z\,\nabla l$ with
# **2N** factors: N from the product, N from the way to $\tilde w_N$. Each lies within $\alpha L$ of $I$. Here is $Z\nabla l$ for 400 random losses in
# the plane, turned and scaled so that $\nabla l$ is the arrow (1, 0), N = 3.
#
# > **Predict.** The circle around the tip of the arrow has the radius $a^{2N}-1$ (Lemma 7). What has become possible when it reaches the origin?

# %%
rng, most = np.random.default_rng(0), 3 * (2 ** (1 / 6) - 1)
random_losses = [families.resampling(rng, dimension=2, steps=3, tasks=1, noise=False, hessian_noise=False) for _ in range(400)]
fig, axes = plt.subplots(1, 2, figsize=(6.2, 2.7), sharey=True)
angle = np.linspace(0, 2 * np.pi, 121)
for ax, c in zip(axes, (0.15, most)):
    tips = []
    for x in random_losses:
        y = x.replace(alpha=c / (3 * x.L))
        g, m = y.gradient, y.meta_gradient
        tips.append(np.array([g @ m, g[0] * m[1] - g[1] * m[0]]) / (g @ g))
    radius = np.expm1(6 * np.log1p(c / 3))
    ax.plot(*np.transpose(tips), ".", color=colours["sky"], ms=4, label="$\\nabla\\mathcal{L}$, 400 random losses")
    ax.plot(1 + radius * np.cos(angle), radius * np.sin(angle), "-", color=colours["black"], lw=1, label="radius $a^{2N} - 1$")
    ax.plot([(1 + c / 3) ** 6, (1 - c / 3) ** 6], [0, 0], "D", color=colours["vermilion"], ms=5, label="hill, bowl")
    ax.annotate("", (1, 0), (0, 0), arrowprops=dict(arrowstyle="->", lw=2))
    ax.set(title=f"c = {c:.3f}, radius {radius:.2f}", xlabel="along $\\nabla l$", aspect="equal", xlim=(-0.1, 2.1), ylim=(-1.1, 1.1))
axes[0].set_ylabel("across $\\nabla l$")
fig.legend(*axes[0].get_legend_handles_labels(), loc="outside lower center", ncols=3, fontsize=9)
plt.show()

# %% [markdown]
# *Figure: no meta-gradient leaves the circle; the hill reaches its right end. Once the circle contains the origin, Lemma 7 no longer excludes that
# $\nabla\mathcal L$ is zero where $\nabla l$ is not.*
#
# That the circle is the right one is Lemma 7. Here is its table on the hill $-w^2/2$, which attains it, and then on the same hill while somebody
# declares L = ½.
#
# > **Predict.** Which lines turn red in the second table, and which cannot?

# %%
lemma_7, steep = theory.RESULTS["lemma_7"], extremals.concave_quadratic(0.1, 3)
show(lemma_7.evaluate(steep)["near"])
show(lemma_7.evaluate(steep.replace(losses=[theory.Quadratic([[-1.0]], [0.0], L=0.5)]))["near"])

# %% [markdown]
# Only the line that says A1. Telescoping and norms do not care what L is.
#
# So the proof wants $a^{2N}-1 < 1$, that is
#
# $$C_l := 2 - a^{2N} > 0 .$$
#
# **Exercise 16.limit** *(give a bound)*. Return, as a function of L and N alone, the stepsize below which $C_l>0$ always holds: the *largest* such
# number.

# %%
# exercise 16.limit
def largest_alpha(L, N):
    """Every alpha in (0, largest_alpha) has C_l > 0, and no larger number has this property."""
    ### BEGIN SOLUTION
    return (2 ** (1 / (2 * N)) - 1) / L
    ### END SOLUTION

# %%
check("16.limit")

# %%
print("N         c from C_l > 0     c from the sharper C* > 0      a^2N at c = 1/8")
for n in 1, 2, 5, 20, 1000:
    print(f"{n:<6d}{n * largest_alpha(1.0, n):18.4f}{n * np.sin(np.pi / (4 * n)):26.4f}{(1 + 0.125 / n) ** (2 * n):24.4f}")
print(f"limits{np.log(2) / 2:18.4f}{np.pi / 4:26.4f}{np.exp(0.25):24.4f}")

# %% [markdown]
# So $c < \tfrac12\ln 2 = 0.3465\dots$ serves all N. Counting turns and stretches separately (Lemma 7′, `lemma_7_sharp`) allows $c$ up to 0.707 for
# one step, and towards $\pi/4 \approx 0.785$ for many. The classical choice $\alpha = 1/(8NL)$, c = 1/8, keeps $a^{2N}$ below $e^{1/4} < 1.2841$ and
# leaves room: $C_l > 0.71$ whatever N is.
#
# Is anything *wrong* beyond the limit? Take the bowl with N = 1 and $\alpha = 1/L$, so c = 1. One step lands in the minimum from everywhere:
# $\mathcal L = 0$, $\nabla\mathcal L = 0$, and $\nabla l$ may be anything. The proof has lost its grip, and MAML is perfect. Remember this
# example for two sections.
#
# ## More steps are not more adaptation
#
# $w_{j+1} = w_j - \frac{c}{NL}\nabla l(w_j)$, N times: that is **Euler's method** for the gradient flow $\dot w = -\nabla l(w)$, followed for the
# time $c/L$. N divides the journey into more steps; it does not make it longer. For $1-\cos w$ the flow has a closed form,
# $\tan\frac{w(t)}2 = e^{-t}\tan\frac{w(0)}2$.
#
# > **Predict.** Start at w = 2. With α = 2/N, does the loss after N steps rise or fall with N? With α = 1/8? With α = 1/(8N), c as in the theory?

# %%
def inner(w, alpha, steps):
    """Gradient descent on 1 − cos w -> all the points."""
    path = [w]
    for _ in range(steps):
        path.append(path[-1] - alpha * np.sin(path[-1]))
    return np.array(path)


fig, (left, right) = plt.subplots(1, 2)
t = np.linspace(0, 2, 100)
left.plot(t, 2 * np.arctan(np.exp(-t) * np.tan(1.0)), "-", color=colours["black"], lw=3, label="flow")
for n, mark in zip((1, 2, 8), ("o", "s", "^")):
    left.plot(np.linspace(0, 2, n + 1), inner(2.0, 2 / n, n), "--", marker=mark, ms=4, label=f"N = {n}")
left.set(title="α = 2/N: one journey, in N steps", xlabel="time αj", ylabel="w")
left.legend(fontsize=9)
Ns = np.arange(1, 41)
for name, alpha, line in (("α = 1/8", lambda n: 0.125, "-"), ("α = 2/N", lambda n: 2 / n, "--"), ("α = 1/(8N)", lambda n: 0.125 / n, "-.")):
    right.plot(Ns, [1 - np.cos(inner(2.0, alpha(n), n)[-1]) for n in Ns], line, label=name)
right.set(title="Only fixed α goes on falling", xlabel="N", ylabel="$1-\\cos\\,w_N$", ylim=(-0.05, 1.5))
right.legend(fontsize=9)
plt.show()
print(f"1 − cos w_N, α = 1/(8N):  before {1 - np.cos(2.0):.4f},",
      ", ".join(f"N = {n}: {1 - np.cos(inner(2.0, 0.125 / n, n)[-1]):.4f}" for n in (1, 5, 40)))

# %% [markdown]
# *Figure: with α = 2/N more steps follow the flow more closely, and end where it ends: here at a *larger* loss than one step. Only with fixed α does
# the loss go on falling. With α = 1/(8N) forty steps do what one does.*
#
# **Exercise 16.flow** *(write it)*. On the parabola $l(w) = \tfrac12\lambda w^2$, where do N steps with α = c/(NL) lead from `w` as N → ∞? (λ may be
# negative; $\lvert\lambda\rvert \le L$.)

# %%
# exercise 16.flow
def arrival(w, curvature, L, c):
    """Where infinitely many steps of size c/(NL) lead from w, on ½ · curvature · w²."""
    ### BEGIN SOLUTION
    return w * np.exp(-c * curvature / L)
    ### END SOLUTION

# %%
check("16.flow")

# %%
for name, curvature in ("steepest direction, λ = L", 1.0), ("ten times flatter", 0.1), ("hill top, λ = −L", -1.0):
    one, many = 1 - 0.125 * curvature, arrival(1.0, curvature, 1.0, 0.125)
    print(f"{name:27s} what is left of a distance of 1, c = 1/8:  N = 1: {one:.4f}   N → ∞: {many:.4f}")

# %% [markdown]
# With the theory's c, adaptation removes an eighth of the error in the *steepest* direction and a hundredth where the loss is ten times flatter; and
# more steps remove slightly less than one does.
#
# ## What the bound does not know
#
# Everything that the proof asks for is kept by a smaller c as well. So ask it: which c is best? We take the two wells, N = 5, all constants certified
# (L = ρ = 1, σ = sin 1), Theorem 2's bound on the gradient $\mathbb E\lVert\nabla\mathcal L\rVert$ that Algorithm 2 reaches in a hundred thousand
# iterations with 10,000 tasks each; beside it the objective's own minimum, the loss *after adaptation* from the best start.
#
# **Exercise 16.prefers** *(predict)*. Which of the three c gives the smallest bound? Which of the four c gives the smallest loss after adaptation?
# And what does MAML's objective become as c → 0: `"joint training"` (the mean loss without a step), `"first-order MAML"` or `"one step"`?

# %%
# exercise 16.prefers
### BEGIN SOLUTION
#: smallest_bound = ...        # 0.001, 0.1 or 0.3
#: smallest_loss = ...         # 0.001, 0.1, 0.3 or 5
#: as_c_goes_to_zero = ...     # "joint training", "first-order MAML" or "one step"
smallest_bound = 0.001
smallest_loss = 5
as_c_goes_to_zero = "joint training"
### END SOLUTION

# %%
check("16.prefers")

# %%
def bound(c, N=5):
    """Theorem 2's, on E‖∇𝓛‖, for the two wells; no number where its conditions fail. Δ = 2: the objective lies between 0 and 2."""
    f = theory.FiniteSumConstants(L=1.0, rho=1.0, sigma=np.sin(1.0), b=0.0, b2=0.0, alpha=c / N, steps=N, B=10_000, C_beta=100.0)
    try:
        return f.bound(2.0, 100_000)
    except theory.ConditionFailed:
        return np.nan


c, starts = np.geomspace(1e-3, 14, 300), np.linspace(-np.pi, np.pi, 721)
adapted = [wells.meta(starts, x / 5, 5)[0].min() for x in c]
fig, (left, right) = plt.subplots(1, 2)
left.loglog(c, [bound(x) for x in c], color=colours["blue"])
left.set(title="The bound prefers no adaptation", ylabel="bound on $E\\|\\nabla\\mathcal{L}\\|$", ylim=(0.02, 2))
right.semilogx(c, adapted, color=colours["vermilion"])
right.set(title="The loss after it does not", ylabel="$\\min_w\\ \\mathcal{L}(w)$", ylim=(-0.02, 0.5))
for ax in (left, right):
    ax.axvspan(5 * largest_alpha(1.0, 5), 20, color="0.93")
    ax.text(0.4, 0.9, "no bound", transform=ax.get_xaxis_transform(), fontsize=9)
    ax.set(xlabel="c = αNL", xlim=(1e-3, 14))
plt.show()
print("c                          " + "".join(f"{x:>9g}" for x in (0.001, 0.1, 0.3, 5)))
print("bound on E‖∇𝓛‖             " + "".join(f"{bound(x):9.3f}" for x in (0.001, 0.1, 0.3, 5)).replace("nan", "  –"))
print("loss after adaptation      " + "".join(f"{wells.meta(starts, x / 5, 5)[0].min():9.3f}" for x in (0.001, 0.1, 0.3, 5)))
print(f"joint training: its smallest mean loss {wells.meta(starts, 0.1, 0)[0].min():.3f}")

# %% [markdown]
# *Figure: to the left of the grey region the bound rises with c, from its first value on; the loss falls, and most of the fall lies in the grey,
# where the theorem is silent.*
#
# As c → 0 the objective becomes joint training: smooth, easy to descend, and useless for what MAML is for. The theorem says how fast a small gradient
# of $\mathcal L$ is found; it does not ask whether that $\mathcal L$ is *worth* minimising. **A bound on optimisation always prefers less
# adaptation.** Read it as "if you adapt this much, here is what it costs", and choose c by the loss on new tasks.
#
# ## What 1/N is not: necessary
#
# - *Convex quadratics* with α < 2/L: by 16.curvature $\lambda(1-\alpha\lambda)^{2N} \le \lambda$ for every eigenvalue, for every N. Fixed α does no
#   harm.
# - *Rank-one factorisation*, ¼‖wwᵀ − yyᵀ‖²: not convex, with a saddle at 0 and minima at ±y. The curvature of $\mathcal L$ at both:

# %%
task = RankOne([[1.0, 0.5]]).losses(radius=1.5)[0]
print("eigenvalues of 𝓛's Hessian, α = 0.2 for every N        at the minimum y             at the saddle 0")
for n in 0, 1, 10, 40:
    print(f"N = {n:<3d}" + "".join(f"{text:>40s}" for text in (
        "  ".join(f"{meta_curvature(x, 0.2, n):.2e}" for x in np.linalg.eigvalsh(task.hessian(u))) for u in (task.y, np.zeros(2)))))

# %% [markdown]
# (At a stationary point, Hessians commute with themselves: 16.curvature holds for each eigenvalue.) Training ends near minima and leaves the saddle
# alone; a constant for all w does not have that choice.
#
# Is a hill enough, then? "If $l''<0$ anywhere, then with fixed α the curvature of $\mathcal L$ grows exponentially." In 16.curvature the path *stood
# still* on the hill. What if it only passes?
#
# **Exercise 16.necessary** *(break it)*. Choose $m$, $A$ and $\varphi$ for the loss $l(w) = \tfrac12 m w^2 + A\cos(w+\varphi)$, α = 0.5, so that
# $l''$ falls to −0.2 or less somewhere, and yet the largest $\lvert\mathcal L''\rvert$ over all starts in [−10, 10] is below $L = m+\lvert A\rvert$
# at N = 50 and at N = 100. (`check` tries 40,001 starts, and knows that needles fall between them: where a path can rest, it takes line (5).)

# %%
# exercise 16.necessary
### BEGIN SOLUTION
#: task = dict(m=..., A=..., phi=...)
task = dict(m=0.2, A=0.6, phi=np.pi)
### END SOLUTION

# %%
check("16.necessary")

# %% [markdown]
# Negative curvature stretches only while the path is on it, and a descending path leaves it, unless the gradient vanishes there. So what explodes
# is a *stationary point of negative curvature*: a maximum, a saddle. That is what A1 cannot exclude.
#
# - *A real network*, at its start: twelve of lesson 00's waves, 1-20-20-1. First L, by power iteration; then the size of the meta-gradient.
#
# > **Predict.** Three rules: α = 0.02 (below every 2/L), α = 0.1 (above), α = 0.1/N. Which of them survive N = 20?

# %%
from tinymaml.problems import networks
from tinymaml.problems import Sinusoids


def mse(p, x, y):
    return E.mean(E.square(E.tanh(E.tanh(x @ p["W1"] + p["b1"]) @ p["W2"] + p["b2"]) @ p["W3"] + p["b3"] - y))


params = networks.initial(np.random.default_rng(0), (1, 20, 20, 1), np.float64)
net = E.Loss(mse, params)
w0, batch = net.flatten(params), Sinusoids(shots=10).sample(np.random.default_rng(1), 12)
waves = [tuple(tuple(a[b] for a in part) for part in (batch.inner, batch.outer)) for b in range(12)]


def largest_eigenvalue(support):
    """Of the Hessian at w0, by power iteration: an estimate of L there, and only there."""
    v = np.random.default_rng(0).normal(size=w0.size)
    for _ in range(30):
        u = v / np.linalg.norm(v)
        v = net.hvp(w0, u, *support)
    return u @ v


def size(support, query, alpha, steps):
    """The length of a task's meta-gradient at w0: lesson 08."""
    points = [w0]
    for _ in range(steps):
        points.append(points[-1] - alpha * net.gradient(points[-1], *support))
    v = net.gradient(points[-1], *query)
    for u in reversed(points[:-1]):
        v = v - alpha * net.hvp(u, v, *support)
    return np.linalg.norm(v)


found = np.array([largest_eigenvalue(support) for support, _ in waves])
print(f"L at the start, twelve waves: from {found.min():.0f} to {found.max():.0f}; 2/L from {2 / found.max():.3f} to {2 / found.min():.3f}")
fig, ax = plt.subplots(figsize=(4.8, 2.5))
steps = (1, 2, 5, 10, 15, 20)
for name, alpha, line in ("α = 0.1", lambda n: 0.1, "-"), ("α = 0.1/N", lambda n: 0.1 / n, "--"), ("α = 0.02", lambda n: 0.02, "-."):
    sizes = [np.median([size(*wave, alpha(n), n) for wave in waves]) for n in steps]
    ax.semilogy(steps, sizes, line, marker="o", ms=4, label=name)
    print(f"{name:10s} median size of a meta-gradient, N = 1: {sizes[0]:.1f}, N = 20: {sizes[-1]:.1e}")
ax.set(title="A network: 0.1/N survives, and so does 0.02", xlabel="inner steps N", xticks=range(0, 21, 5),
       ylabel="median $\\|\\nabla\\mathcal{L}_i\\|$")
ax.legend(fontsize=9)
plt.show()
for L in 116, 238:                                                          # lesson 00, at MAML's start, N = 1
    print(f"L = {L}: 1/(8NL) = {1 / (8 * L):.4f}; the largest α with C_l > 0 is {largest_alpha(L, 1):.4f}; α = 0.01 is c = {0.01 * L:.1f}")

# %% [markdown]
# *Figure: α = 0.1 explodes, 0.1/N does not; but neither does a fixed 0.02.* And what explodes here is no hill top: αL is above 2, lesson 00's
# overshooting, to the power N. 1/N cures that too, and a smaller fixed α does as well, at this start and up to this N.
#
# > **What goes wrong in practice**
# >
# > - **"The theory says 1/(8NL), so we take that", and nothing adapts.** At MAML's start in lesson 00, L was 116 to 238 and one step of α = 0.01
# >   worked: ten to twenty times the classical choice, and beyond $C_l>0$ on every wave (the lines printed above). Theory's α is where to look from
# >   when you see NaN; the search goes upwards from there.
# > - **α tuned at N = 1 and kept at N = 10.** If some tasks stretch, they now stretch to the tenth power: single tasks dominate the batch, then
# >   NaN. Look at the *largest* task gradient of a batch, not at the mean.
# > - **"More inner steps did not help."** With α ∝ 1/N they cannot: same journey, smaller steps. Compare at fixed α, or compare c.
# > - **L estimated once.** The L of these rules is for all w that training visits; power iteration gives the one at hand (lesson 13).
#
# ## Back to the question
#
# It is a fact: on a hill top $\mathcal L'' = -L\,a^{2N}$, with equality, and no proof from A1 can do better. With $\alpha = c/(NL)$ that is at most
# $L e^{2c}$, whatever N; slower rates are not enough; and $c < \tfrac12\ln 2$ (sharper: 0.707) keeps $\nabla\mathcal L$ and $\nabla l$
# together. That is **all** that 1/N is: sufficient, for the sake of smoothness, against losses of which nothing but L is known. It is not necessary
# (bowls, passing hills, rank-one minima, the network at 0.02), and it is paid for in adaptation: N steps of length c/N are a flow of time c/L,
# and for the best c one has to ask the tasks, not the bound.
#
# *Sources.* K. Ji, J. Yang & Y. Liang, JMLR 23 (2022), arXiv 2002.07836: α of order 1/N, for N-step MAML; constants re-derived here. Y. Nesterov,
# *Lectures on Convex Optimization*, Springer 2018: smoothness, and what 2/L is for. C. Finn, P. Abbeel & S. Levine, ICML 2017: MAML.
#
# **Next:** so far every gradient was exact. In **17** (to come) the inner steps are taken on samples, and the path drifts: how far, in N steps?
