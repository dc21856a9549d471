r"""A meta-step w⁺ = w − βḠ of any length, and what the inner loop makes of it: the lines that the
theorems about a constant stepsize share.

The inner loop maps w to w̃_N and w⁺ to w̃_N⁺. With H̄_j, the mean Hessian between w̃_j and w̃_j⁺,

    w̃_{j+1}⁺ − w̃_{j+1} = (I − αH̄_j)(w̃_j⁺ − w̃_j),  hence  w̃_N⁺ − w̃_N = −βD̄Ḡ,
    D̄ = (I − αH̄_{N−1}) ⋯ (I − αH̄_0):

exact, however far the step goes. D̄ is N factors within αL of I, as is the derivative
D = (I − αH_{N−1}) ⋯ (I − αH_0) at w, and ∇𝓛_i = Dᵀg_i, g_i = ∇l_i(w̃_N). (The mean of the
derivatives along the step does the same to the step, but is no product.)
"""

from functools import cached_property

import numpy as np

from .batches import expected
from .chain import at_most, equal, first
from .descent import title
from .losses import mean_hessian
from .paths import apply, multiply, norm, spectral, square


def secant_factors(task, after):
    """(N, ..., d, d): I − αH̄_j, H̄_j the mean Hessian between w̃_j, the path from w, and w̃_j⁺, that
    from `after` (..., d)."""
    points = task.from_w.points.reshape(task.steps + 1, *[1] * (after.ndim - 1), -1)
    means = mean_hessian(task.inner, points[:-1], task.path(after).points[:-1])
    return np.eye(after.shape[-1]) - task.alpha * means


def telescope(factors):
    """(...): Σ_j ‖I − M_j‖ ∏_{i>j}‖M_i‖, for factors (N, ..., d, d): by how much their product may
    differ from I."""
    M, to_I = spectral(factors), spectral(factors - np.eye(factors.shape[-1]))
    return sum(to_I[j] * np.prod(M[j + 1 :], axis=0) for j in range(len(M)))


class MetaStep:
    """The step w⁺ = w − βḠ of an instance, with all its outcomes: Ḡ (C, d), probabilities (C,)."""

    def __init__(self, x, G, p, beta):
        self.x = x
        self.G = G
        self.p = p
        self.beta = beta
        self.after = x.w - beta * G  # (C, d)

    def mean(self, values):
        """E values, (C, ...) over the outcomes."""
        return np.tensordot(self.p, values, 1)

    @cached_property
    def factors(self):
        """Of each task: (N, C, d, d), I − αH̄_j."""
        return [secant_factors(task, self.after) for task in self.x.tasks]

    @cached_property
    def secants(self):
        """Of each task: D̄_i, (C, d, d)."""
        shape = (len(self.G), *[self.G.shape[-1]] * 2)
        return [np.broadcast_to(multiply(factors[::-1]), shape) for factors in self.factors]

    def over_tasks(self, function):
        """E_i function(task, D̄_i, its factors), (C,)."""
        parts = zip(self.x.tasks, self.secants, self.factors, strict=True)
        return sum(task.p * function(task, *rest) for task, *rest in parts)

    @property
    def change(self):
        """E 𝓛(w⁺) − 𝓛(w)"""
        return self.mean(self.x.meta_loss(self.after)) - self.x.meta_loss(self.x.w)

    @property
    def scale(self):
        """Of the losses, and of what the rounding of the points changes in them."""
        x = self.x
        losses = sum(
            np.abs(task.path(self.after).meta_loss).max() + abs(task.from_w.meta_loss)
            for task in x.tasks
        )
        reach = norm(x.w) + self.beta * norm(self.G).max()
        steepness = x.a**x.steps * x.mean(lambda task: norm(task.from_w.outer_gradient))
        return losses + steepness * reach + x.L * reach**2

    def along(self, task):
        """⟨g_i, w̃_N⁺ − w̃_N⟩ + (L/2)‖w̃_N⁺ − w̃_N‖², (C,)"""
        way = task.path(self.after).end - task.from_w.end
        return way @ task.from_w.outer_gradient + self.x.L / 2 * square(way)

    @property
    def length(self):
        """E‖Ḡ‖"""
        return self.mean(norm(self.G))

    @property
    def square(self):
        """E‖Ḡ‖²"""
        return self.mean(square(self.G))

    @property
    def slope(self):
        """E⟨E_i D̄_iᵀ g_i, Ḡ⟩"""
        return self.mean(
            self.over_tasks(
                lambda task, D, _: apply(D, self.G) @ task.from_w.outer_gradient,
            )
        )

    def difference(self, task, D):
        """D̄_i − D_i, (C, d, d)"""
        return D - task.from_w.product.T

    @property
    def turned(self):
        """E⟨E_i (D̄_i − D_i)ᵀ g_i, Ḡ⟩"""
        return self.mean(
            self.over_tasks(
                lambda task, D, _: (
                    apply(self.difference(task, D), self.G) @ task.from_w.outer_gradient
                )
            )
        )


def descent_lines(step, proposition):
    """Lines 0 to 2, near by: the descent lemma of 𝓛 from w to w⁺. proposition: whose."""
    x, beta, L_w = step.x, step.beta, step.x.smoothness
    way = step.after - x.w
    yield first(
        step.change,
        r"\mathbb E\,\mathcal L(w^+)-\mathcal L(w),\quad w^+=w-\beta\bar G",
        scale=step.scale,
    )
    yield at_most(
        step.mean(way @ x.meta_gradient + L_w / 2 * square(way)),
        r"\mathbb E\bigl[\langle\nabla\mathcal L,w^+-w\rangle"
        r"+\tfrac{L_w}2\lVert w^+-w\rVert^2\bigr]",
        f"{title(proposition)} (descent)",
        proposition,
    )
    yield equal(
        -beta * (x.meta_gradient @ step.mean(step.G)) + L_w / 2 * beta**2 * step.square,
        r"-\beta\langle\nabla\mathcal L,\mathbb E\bar G\rangle"
        r"+\tfrac{L_w}2\beta^2\,\mathbb E\lVert\bar G\rVert^2",
        "w⁺ − w = −βḠ",
    )


def loss_lines(step, G=r"\bar G", E=r"\mathbb E\,", setting="i"):
    """Lines 0 to 4: 𝓛 along the step, whatever its length, by A1 for the losses alone. G, E: how Ḡ
    and the mean over its outcomes are written; setting: the index of the losses."""
    x, beta = step.x, step.beta
    L, a, N = x.L, x.a, x.steps
    way = r"\tilde w_N^+-\tilde w_N"
    slope = rf"-\beta {E}\langle\mathbb E_i\bar D_i^\top g_i,{G}\rangle"
    yield first(
        step.change, rf"{E}\mathcal L(w^+)-\mathcal L(w),\quad w^+=w-\beta {G}", scale=step.scale
    )
    yield at_most(
        step.mean(step.over_tasks(lambda task, *_: step.along(task))),
        rf"{E}\mathbb E_i\bigl[\langle g_i,{way}\rangle+\tfrac L2\lVert {way}\rVert^2\bigr]"
        rf",\quad g_i=\nabla l_{{{setting}}}(\tilde w_N)",
        "A1 at w̃_N: the descent lemma of l",
        "A1 L",
    )
    yield equal(
        -beta * step.slope
        + L / 2 * beta**2 * step.mean(step.over_tasks(lambda _, D, __: square(apply(D, step.G)))),
        rf"{slope}+\tfrac L2\beta^2{E}\mathbb E_i\lVert\bar D_i{G}\rVert^2",
        "w̃_N⁺ − w̃_N = −βD̄_iḠ: mean-value form in each inner step; D̄_i = (I − αH̄_{N−1}) ⋯ "
        "(I − αH̄_0)",
    )
    stretched = step.over_tasks(lambda _, __, M: np.prod(spectral(M) ** 2, axis=0))
    yield at_most(
        -beta * step.slope + L / 2 * beta**2 * step.mean(stretched * square(step.G)),
        rf"{slope}+\tfrac L2\beta^2{E}\mathbb E_i\prod_j\lVert I-\alpha\bar H_j\rVert^2"
        rf"\lVert {G}\rVert^2",
        "norms of products",
    )
    yield at_most(
        -beta * step.slope + a ** (2 * N) * L / 2 * beta**2 * step.square,
        rf"{slope}+\tfrac{{a^{{2N}}L}}2\beta^2{E}\lVert {G}\rVert^2",
        "A1: a mean of Hessians is at most L too, ‖I − αH̄_j‖ ≤ a",
        "A1 L",
    )


def turn_lines(step, rest, rest_latex, G=r"\bar G", E=r"\mathbb E\,"):
    """From −βE⟨E_i(D̄_i − D_i)ᵀg_i, Ḡ⟩ to β 2(a^N − 1)E_i‖g_i‖E‖Ḡ‖: what 𝓛 does along a step
    is not far from its gradient, whatever the length. rest, rest_latex: the terms before it, and
    how they are written."""
    x, beta = step.x, step.beta
    a, N = x.a, x.steps
    lengths = norm(step.G)

    def line(bound_of_difference, latex, *reason):
        """at_most, with this bound of ‖D̄_i − D_i‖, of a task, D̄_i and its factors."""
        each = step.over_tasks(
            lambda task, D, M: bound_of_difference(task, D, M) * norm(task.from_w.outer_gradient)
        )
        return at_most(
            rest + beta * step.mean(each * lengths),
            rf"{rest_latex}+\beta {E}\mathbb E_i{latex}\lVert g_i\rVert\lVert {G}\rVert",
            *reason,
        )

    def turned_gradient(task, D):
        """(D̄_i − D_i)ᵀg_i"""
        return apply(step.difference(task, D).swapaxes(-1, -2), task.from_w.outer_gradient)

    yield at_most(
        rest
        + beta * step.mean(norm(step.over_tasks(lambda t, D, _: turned_gradient(t, D))) * lengths),
        rf"{rest_latex}+\beta {E}\lVert\mathbb E_i(\bar D_i-D_i)^\top g_i\rVert\lVert {G}\rVert",
        "Cauchy–Schwarz",
    )
    yield at_most(
        rest
        + beta * step.mean(step.over_tasks(lambda t, D, _: norm(turned_gradient(t, D))) * lengths),
        rf"{rest_latex}+\beta {E}\mathbb E_i\lVert(\bar D_i-D_i)^\top g_i\rVert\lVert {G}\rVert",
        "Jensen: a norm is convex",
    )
    yield line(
        lambda task, D, _: spectral(step.difference(task, D)),
        r"\lVert\bar D_i-D_i\rVert",
        "operator norm",
    )

    def to_identity(matrices):
        return spectral(matrices - np.eye(matrices.shape[-1]))

    yield line(
        lambda task, D, _: to_identity(D) + to_identity(task.from_w.product),
        r"(\lVert\bar D_i-I\rVert+\lVert D_i-I\rVert)",
        "triangle inequality",
    )
    yield line(
        lambda task, _, M: telescope(M) + telescope(task.from_w.factors),
        r"\sum_j\bigl(\lVert\alpha\bar H_j\rVert\prod_{r>j}\lVert I-\alpha\bar H_r\rVert"
        r"+\lVert\alpha H_j\rVert\prod_{r>j}\lVert I-\alpha H_r\rVert\bigr)",
        "telescoping: change one factor to I at a time; triangle inequality, norms of products",
    )
    yield line(
        lambda *_: sum(2 * a**j * x.alpha * x.L for j in range(N)),
        r"\sum_j2a^j\alpha L\,",
        "A1: ‖H_j‖ ≤ L and ‖H̄_j‖ ≤ L, hence each factor ≤ a",
        "A1 L",
    )
    g = x.mean(lambda task: norm(task.from_w.outer_gradient))
    yield equal(
        rest + beta * 2 * x.growth(N) * g * step.length,
        rf"{rest_latex}+2\beta(a^N-1)\mathbb E_i\lVert g_i\rVert\,{E}\lVert {G}\rVert",
        "geometric series: αL = a − 1; the g_i are those at w, whatever Ḡ is",
    )


def sum_steps(x, c, law, theorem, noise, E=r"\mathbb E\,", step="(one step), from each w_k"):
    """The mean of E‖∇𝓛(w_k)‖² over a run, from (one step). c: the constants, with beta, eta, noise;
    law: of w_0 … w_K; theorem: whose step, and which, in words; noise: how that is written, "" for
    none; E: the mean."""
    K, gain = x.K, c.eta * c.beta
    losses = expected(x.meta_loss, law)
    noise = f"+{noise}" if noise else ""
    yield first(
        expected(lambda w: square(x.meta_gradient_at(w)), law[:-1]).mean(),
        rf"\frac1K\sum_k{E}\lVert\nabla\mathcal L(w_k)\rVert^2",
        scale=np.abs(losses).max() / (gain * K),
    )
    yield at_most(
        sum((losses[:-1] - losses[1:]) / (gain * K)) + c.noise,
        rf"\frac1{{\eta\beta K}}\sum_k{E}\bigl(\mathcal L(w_k)-\mathcal L(w_{{k+1}})\bigr){noise}",
        f"{step}; divided by ηβ > 0",
        theorem,
        "eta > 0",
    )
    yield equal(
        (losses[0] - losses[K]) / (gain * K) + c.noise,
        rf"\frac{{\mathcal L(w_0)-{E}\mathcal L(w_K)}}{{\eta\beta K}}{noise}",
        "the sum telescopes",
    )
    yield at_most(
        (losses[0] - x.lower_bound) / (gain * K) + c.noise,
        rf"\frac\Delta{{\eta\beta K}}{noise},\quad\Delta=\mathcal L(w_0)-\inf\mathcal L",
        "A1: 𝓛(w_K) ≥ inf 𝓛",
        "A1 inf",
    )
