r"""Theorem 4. N-step MAML with resampling and a constant stepsize converges.

Claim       For w_{k+1} = w_k − βḠ_k, with G = ∇𝓛(w), m = ‖∇l(w)‖ and τ = 10:
            (gradient) m ≤ ‖G‖/ω, far off: where m ≥ τσ;
            (far) E𝓛(w⁺) − 𝓛(w) ≤ −½η_0β‖G‖² + β(ν²/η_0 + ½Aβn_2), far off;
            (near) E𝓛(w⁺) − 𝓛(w) ≤ −¼β‖G‖² + β(½(b_0 + b_1(1 + τ)σ)² + ½ΛβC_squ2'/B), near by:
            where m < τσ;
            (one step) E[𝓛(w_{k+1})] ≤ 𝓛(w_k) − ηβ‖G‖² + βZ, given w_k, wherever it is;
            (bound) (1/K) Σ_k E‖∇𝓛(w_k)‖² ≤ Δ/(ηβK) + Z/η.
Constants   ω = 1 − (a^2N − 1)(1 + 1/τ), e_1 = 2a^N(a^N − 1), k = (1 + 1/τ)/ω,
            b_0 = min(C_bend/S, C_err1'/√S), b_1 = C_err2'/√S,
            n = σ_g/√T + σ_g√(αL(a^2N − 1)/((2 + αL)S)), q as in Proposition 3,
            η_0 = 1 − e_1k − b_1k(1 + e_1k) − e_1k √(q/B) a^N√(1 + 1/τ²)/ω,
            ν = b_0(1 + e_1k) + e_1k n√(q/B), n_2 = 2b_0² + 2qn²/B,
            h = 2(1 + b_1k)² + 2q a^2N(1 + 1/τ²)/(Bω²), Λ = A + C_𝓛(1 + τ)σ,
            β = min(η_0/(2Ah), 1/Λ, B/(2ΛC_squ1')), η = min(η_0/2, ¼), Z the larger of what (far)
            and (near) have in their last brackets.
Assumes     what Theorem 1 does, without a smoothness that is estimated; ω > 0 and η_0 > 0 in place
            of κ > 0.
Proof       Far off, all tasks pull the same way. A step changes 𝓛 by −β⟨u, Ḡ⟩ and ½Aβ²‖Ḡ‖², u =
            E_i D̄_iᵀg_i, g_i = ∇l_i(w̃_N), D̄_i the mean of the path's derivative along the step; u
            depends on where the step leads, but is within e_1E_i‖∇l_i‖ of G whatever that is. Near
            by, the gradients are bounded, and so is the smoothness: the descent lemma, polarised.
            Then telescope.
Attained    up to a factor. (gradient) ω/(1 − αL)^2N by a convex quadratic, as in Lemma 7. The
            others have slack of their own making: η_0 and h allow for the worst turn of u and the
            worst bias, at once. A step decreases 𝓛 by almost β‖G‖² where ηβ‖G‖² is claimed.
Source      derived for this course. No such theorem is in the paper, whose stepsize is random.

σ has to hold at every w that the run may reach, not only at w_0.
"""

from functools import cached_property

import numpy as np

from ..batches import expected, gradients, run
from ..chain import Result, at_most, equal, first
from ..constants import ConditionFailed
from ..losses import mean_hessian
from ..noisy_stepsize import NoisyStepsize
from ..paths import apply, multiply, norm, spectral
from . import proposition_3_sharp
from .theorem_1 import mean_square, square

G = r"\nabla\mathcal L"
G2 = rf"\lVert{G}\rVert^2"
ESTIMATE2 = r"\mathbb E\lVert\hat G_i\rVert^2"
VARIANCE = r"\mathbb E\lVert\bar G-\mathbb E\bar G\rVert^2"
CHANGE = r"\mathbb E\,\mathcal L(w^+)-\mathcal L(w)"


def constants_of(x):
    """The `NoisyStepsize` of an instance."""
    return NoisyStepsize(x.sharp_constants)


def is_far(x):
    """Is ‖∇l(w)‖ ≥ τσ?"""
    return norm(x.gradient) >= constants_of(x).tau * x.sigma


def require(x, far):
    """Raise ConditionFailed where the instance's w is not far off (near by)."""
    if is_far(x) == far:
        return
    least = constants_of(x).tau * x.sigma
    side, change = ("less than", "add a slope to all losses") if far else ("at least", "move w")
    raise ConditionFailed(
        f"the norm of the gradient at w, {norm(x.gradient):.3g}, is {side} tau sigma = "
        f"{least:.3g}: this claim is about the other points; {change}, or read "
        f"{'near' if far else 'far'}"
    )


class Step:
    """One step of constant size β from the instance's w, for all C outcomes of its batch: what the
    first lines consist of."""

    def __init__(self, x):
        self.x = x
        self.c = constants_of(x)
        self.beta = self.c.beta
        means, self.p = gradients(x, x.w[None])
        self.means = means[:, 0]  # (C, d): Ḡ
        self.after = x.w - self.beta * self.means  # (C, d): w⁺
        self.gradient = x.meta_gradient  # (d,): G = ∇𝓛(w)
        self.bias = x.estimate - x.meta_gradient  # (d,): e = E Ĝ_i − G
        self.mean = x.estimate  # (d,): E Ĝ_i = G + e
        self.gradient2, self.mean2 = square(self.gradient), square(self.mean)
        self.estimate2 = mean_square(x)  # E‖Ĝ_i‖²

    def expect(self, values):
        """The mean over the outcomes of the batch, of values (C,)."""
        return float(self.p @ values)

    @cached_property
    def change(self):
        """E𝓛(w⁺) − 𝓛(w)"""
        return self.expect(self.x.meta_loss(self.after) - self.x.meta_loss(self.x.w))

    @cached_property
    def scale(self):
        """How large the losses are, and what the rounding of the points changes in them."""
        losses = sum(
            np.abs(task.path(self.after).meta_loss).max() + abs(task.from_w.meta_loss)
            for task in self.x.tasks
        )
        reach = norm(self.x.w) + self.beta * norm(self.means).max()
        return losses + norm(self.gradient) * reach

    @cached_property
    def square(self):
        """E‖Ḡ‖²"""
        return self.expect(square(self.means))

    @cached_property
    def spread2(self):
        """E‖Ḡ − E Ḡ‖²"""
        return self.expect(square(self.means - self.p @ self.means))

    @cached_property
    def variance(self):
        """E‖Ĝ_i − E Ĝ_i‖²"""
        return self.x.mean(lambda task: task.expect(square(task.estimate - self.mean)))

    def moved(self, task):
        """(C, d): v_i = w̃_N(w⁺) − w̃_N(w)"""
        return task.path(self.after).end - task.from_w.end

    def derivative(self, task):
        """(C, d, d): D̄_i, the product of N mean factors, the last step's first: w̃_N(w⁺) − w̃_N(w) =
        D̄_i(w⁺ − w)"""
        start, end = task.from_w.points[:-1, None], task.path(self.after).points[:-1]
        factors = np.eye(len(self.x.w)) - task.alpha * mean_hessian(task.inner, start, end)
        return multiply(factors[::-1]) * np.ones((len(self.p), 1, 1))  # also where N = 0

    @cached_property
    def pull(self):
        """(C, d): u = E_i D̄_iᵀ g_i"""
        return self.x.mean(
            lambda task: apply(
                self.derivative(task).swapaxes(1, 2), task.from_w.outer_gradient[None]
            )
        )

    def turns(self, of):
        """E[E_i of(D̄_i, D_i) ‖g_i‖ · ‖Ḡ‖]: of: of matrices (C, d, d) and (d, d), (C,)."""
        turn = self.x.mean(
            lambda task: (
                of(self.derivative(task), task.from_w.product.T) * norm(task.from_w.outer_gradient)
            )
        )
        return self.expect(turn * norm(self.means))


def far_gradient(x):
    r"""‖∇l(w)‖ ≤ ‖∇𝓛(w)‖/ω where ‖∇l(w)‖ ≥ τσ"""
    c = constants_of(x)
    require(x, far=True)
    m, growth = norm(x.gradient), x.growth(2 * x.steps)  # ‖∇l‖, a^2N − 1
    own = r"\lVert\nabla l(w)\rVert"
    yield first(m, own, scale=(m + x.mean(lambda task: x.L * norm(task.from_w.points).max())))
    yield equal(
        (m - growth * (1 + 1 / c.tau) * m) / c.omega,
        rf"\frac{{1}}{{\omega}}\bigl({own}-(a^{{2N}}-1)(1+\tfrac1\tau){own}\bigr)",
        "ω = 1 − (a^2N − 1)(1 + 1/τ), and it is not zero",
        "eta > 0",
    )
    yield at_most(
        (m - growth * (m + x.sigma)) / c.omega,
        rf"\frac{{1}}{{\omega}}\bigl({own}-(a^{{2N}}-1)({own}+\sigma)\bigr)",
        "far off: σ ≤ ‖∇l‖/τ",
    )
    yield at_most(
        norm(x.meta_gradient) / c.omega,
        rf"\frac{{1}}{{\omega}}\lVert{G}(w)\rVert",
        "Lemma 7, (gradient); ω > 0",
        "lemma_7",
        "eta > 0",
    )


def taylor(step):
    """Lines 0 to 4 of (far): 𝓛(w⁺) task by task, at the end of each path."""
    x, beta, L = step.x, step.beta, step.x.L
    A, N = step.c.constants.A, x.steps
    first_order = r"-\beta\,\mathbb E\langle u,\bar G\rangle"

    def second_order(of):
        """½Lβ² E[of(D̄_i)‖Ḡ‖²]"""
        size = x.mean(lambda task: of(step.derivative(task)))
        return L / 2 * beta**2 * step.expect(size * square(step.means))

    def ascent(task):
        """⟨g_i, v_i⟩ + ½L‖v_i‖², (C,)"""
        v = step.moved(task)
        return v @ task.from_w.outer_gradient + L / 2 * square(v)

    pull = -beta * step.expect(np.sum(step.pull * step.means, 1))
    bent = x.mean(lambda task: square(apply(step.derivative(task), step.means)))
    yield first(step.change, CHANGE, scale=step.scale)
    yield at_most(
        step.expect(x.mean(ascent)),
        r"\mathbb E\,\mathbb E_i[\langle g_i,v_i\rangle+\tfrac L2\lVert v_i\rVert^2],\quad"
        r" g_i=\nabla l_i(\tilde w_N),\;v_i=\tilde w_N(w^+)-\tilde w_N(w)",
        "A1: l_i at w̃_N, to first order",
        "A1 L",
    )
    yield equal(
        pull + L / 2 * beta**2 * step.expect(bent),
        first_order + r"+\tfrac L2\beta^2\,\mathbb E\,\mathbb E_i\lVert\bar D_i\bar G\rVert^2,\quad"
        r" u=\mathbb E_i\bar D_i^\top g_i",
        "mean-value form, step by step: v_i = −βD̄_iḠ, D̄_i = (I − αH̄_{N−1}) ⋯ (I − αH̄_0)",
    )
    yield at_most(
        pull + second_order(lambda derivative: spectral(derivative) ** 2),
        first_order + r"+\tfrac L2\beta^2\,\mathbb E\,\mathbb E_i\lVert\bar D_i\rVert^2"
        r"\lVert\bar G\rVert^2",
        "operator norm",
    )
    yield at_most(
        pull + L / 2 * beta**2 * x.a ** (2 * N) * step.square,
        first_order + r"+\tfrac L2\beta^2a^{2N}\,\mathbb E\lVert\bar G\rVert^2",
        "A1: each of the N factors is at most a",
        "A1 L",
    )
    yield equal(
        pull + A / 2 * beta**2 * step.square,
        first_order + r"+\tfrac A2\beta^2\,\mathbb E\lVert\bar G\rVert^2",
        "A = a^2N L",
    )


def turned(step):
    """Then, up to the noise: how far u is from G, and what is left of ‖Ḡ‖."""
    x, c, beta = step.x, step.c, step.beta
    A, N = c.constants.A, x.steps
    grad, grad2, bias = norm(step.gradient), step.gradient2, norm(step.bias)
    tail = A / 2 * beta**2 * step.square
    tail_latex = r"+\tfrac A2\beta^2\,\mathbb E\lVert\bar G\rVert^2"
    rest = step.pull - step.gradient  # (C, d): u − G
    rest_latex = r"-\beta\,\mathbb E\langle u-\nabla\mathcal L,\bar G\rangle"
    inner = -beta * step.expect(np.sum(rest * step.means, 1))
    slope = -beta * grad2 + beta * grad * bias
    slope_latex = rf"-\beta{G2}+\beta\lVert{G}\rVert\lVert e\rVert"

    def turn_latex(turn):
        return rf"{slope_latex}+\beta\,\mathbb E[{turn}\lVert\bar G\rVert]{tail_latex}"

    yield equal(
        -beta * step.expect(step.means @ step.gradient) + inner + tail,
        rf"-\beta\,\mathbb E\langle{G},\bar G\rangle{rest_latex}{tail_latex}",
        "u = ∇𝓛 + (u − ∇𝓛)",
    )
    yield equal(
        -beta * (grad2 + step.gradient @ step.bias) + inner + tail,
        rf"-\beta\langle{G},{G}+e\rangle{rest_latex}{tail_latex}",
        "E Ḡ = E Ĝ_i = ∇𝓛 + e, e the bias",
    )
    yield at_most(
        slope + inner + tail, slope_latex + rest_latex + tail_latex, "Cauchy–Schwarz: ⟨∇𝓛, e⟩"
    )
    yield at_most(
        slope + beta * step.expect(norm(rest) * norm(step.means)) + tail,
        turn_latex(rf"\lVert u-{G}\rVert"),
        "Cauchy–Schwarz: ⟨u − ∇𝓛, Ḡ⟩",
    )
    yield at_most(
        slope + beta * step.turns(lambda mean, own: spectral(mean - own)) + tail,
        turn_latex(r"\mathbb E_i\lVert\bar D_i-D_i\rVert\lVert g_i\rVert"),
        "∇𝓛 = E_i D_iᵀg_i, D_iᵀ = P; triangle inequality, operator norm",
    )
    one = np.eye(len(x.w))
    yield at_most(
        slope
        + beta * step.turns(lambda mean, own: spectral(mean - one) + spectral(own - one))
        + tail,
        turn_latex(r"\mathbb E_i(\lVert\bar D_i-I\rVert+\lVert D_i-I\rVert)\lVert g_i\rVert"),
        "triangle inequality",
    )
    reach = step.expect(norm(step.means))  # E‖Ḡ‖
    yield at_most(
        slope
        + beta * 2 * x.growth(N) * x.mean(lambda task: norm(task.from_w.outer_gradient)) * reach
        + tail,
        turn_latex(r"2(a^N-1)\mathbb E_i\lVert g_i\rVert"),
        "A1: a product of N factors within αL of I is within a^N − 1 of it",
        "A1 L",
    )
    yield at_most(
        slope + beta * 2 * x.growth(N) * x.a**N * x.gradient_norm * reach + tail,
        turn_latex(r"2(a^N-1)a^N\mathbb E_i\lVert\nabla l_i\rVert"),
        "Lemma 2",
        "lemma_2",
    )
    yield equal(
        slope + beta * c.e_1 * x.gradient_norm * reach + tail,
        turn_latex(r"e_1\mu") + r",\quad\mu=\mathbb E_i\lVert\nabla l_i\rVert",
        "e_1 = 2a^N(a^N − 1)",
    )


def combine(step, grad, bias, mu, reach, square):
    """−β‖G‖² + β‖G‖‖e‖ + βe_1μ E‖Ḡ‖ + ½Aβ² E‖Ḡ‖², with these numbers or bounds."""
    beta, A = step.beta, step.c.constants.A
    return (
        -beta * grad**2
        + beta * grad * bias
        + beta * step.c.e_1 * mu * reach
        + A / 2 * beta**2 * square
    )


def combine_latex(bias, mu, reach, square):
    """The same in LaTeX."""
    return (
        rf"-\beta{G2}+\beta\lVert{G}\rVert{bias}+\beta e_1{mu}({reach})"
        rf"+\tfrac A2\beta^2({square})"
    )


def batch(step):
    """Then, up to the noise's bounds: what ‖Ḡ‖ and ‖Ḡ‖² are in the mean."""
    mu, B = step.x.gradient_norm, step.x.B
    grad, bias, mean = norm(step.gradient), norm(step.bias), norm(step.mean)

    def value(reach, square):
        return combine(step, grad, bias, mu, reach, square)

    def latex(reach, square=r"\mathbb E\lVert\bar G\rVert^2"):
        return combine_latex(r"\lVert e\rVert", r"\mu", reach, square)

    away = step.expect(norm(step.means - step.p @ step.means))  # E‖Ḡ − E Ḡ‖
    away_latex = r"\mathbb E\lVert\bar G-\mathbb E\bar G\rVert"
    both = rf"\lVert{G}\rVert+\lVert e\rVert"
    yield at_most(
        value(mean + away, step.square),
        latex(rf"\lVert{G}+e\rVert+{away_latex}"),
        "triangle inequality, and E Ḡ = ∇𝓛 + e",
    )
    yield equal(
        value(mean + away, step.mean2 + step.spread2),
        latex(rf"\lVert{G}+e\rVert+{away_latex}", rf"\lVert{G}+e\rVert^2+{VARIANCE}"),
        "bias and variance: the cross term has mean zero",
    )
    yield at_most(
        value(grad + bias + away, (grad + bias) ** 2 + step.spread2),
        latex(rf"{both}+{away_latex}", rf"({both})^2+{VARIANCE}"),
        "triangle inequality",
    )
    yield at_most(
        value(grad + bias + np.sqrt(step.spread2), (grad + bias) ** 2 + step.spread2),
        latex(rf"{both}+\sqrt{{{VARIANCE}}}", rf"({both})^2+{VARIANCE}"),
        "Jensen: the root is concave",
    )
    each = r"\tfrac1B\mathbb E\lVert\hat G_i-\mathbb E\hat G_i\rVert^2"
    yield equal(
        value(grad + bias + np.sqrt(step.variance / B), (grad + bias) ** 2 + step.variance / B),
        latex(rf"{both}+\sqrt{{{each}}}", rf"({both})^2+{each}"),
        "B independent tasks: the variance of a mean",
        "iid tasks",
    )
    yield at_most(
        value(grad + bias + np.sqrt(step.estimate2 / B), (grad + bias) ** 2 + step.estimate2 / B),
        latex(rf"{both}+\sqrt{{\tfrac1B{ESTIMATE2}}}", rf"({both})^2+\tfrac1B{ESTIMATE2}"),
        "a variance is at most the mean square",
    )


def bounded(step):
    """Then, up to the last lines: the noise's bounds, and everything by ‖G‖."""
    x, c, B = step.x, step.c, step.x.B
    grad, m, mu = norm(step.gradient), norm(x.gradient), x.gradient_norm
    q = c.constants.q

    def value(mu, estimate2):
        """With these bounds of μ and of E‖Ĝ_i‖²."""
        bias = c.b_0 + c.b_1 * mu
        reach = grad + bias + np.sqrt(estimate2 / B)
        return combine(step, grad, bias, mu, reach, (grad + bias) ** 2 + estimate2 / B)

    def latex(mu, estimate2):
        bias = rf"(b_0+b_1{mu})"
        both = rf"\lVert{G}\rVert+b_0+b_1{mu}"
        reach = rf"{both}+\sqrt{{\tfrac1B{estimate2}}}"
        return combine_latex(bias, mu, reach, rf"({both})^2+\tfrac1B{estimate2}")

    def estimate2(end):
        """q(a^N end + n)²"""
        return q * (x.a**x.steps * end + c.n) ** 2

    def estimate2_latex(end):
        return rf"q(a^N{end}+n)^2"

    root = r"\sqrt{\lVert\nabla l\rVert^2+\sigma^2}"
    hypotenuse = np.hypot(m, x.sigma)
    yield at_most(
        value(mu, step.estimate2),
        latex(r"\mu", ESTIMATE2),
        "Propositions 2' and 2'', the smaller of their bounds: ‖e‖ ≤ b_0 + b_1μ",
        "proposition_2_sharp",
        "proposition_2_bend",
    )
    yield at_most(
        value(mu, proposition_3_sharp.gradient_bound(x)),
        latex(r"\mu", proposition_3_sharp.latex(rf"a^N{root}+{proposition_3_sharp.NOISE}")),
        "Proposition 3', (gradient)",
        "proposition_3_sharp",
    )
    yield at_most(
        value(mu, estimate2(hypotenuse)),
        latex(r"\mu", estimate2_latex(root)),
        "√(x² + y²) ≤ x + y: n = σ_g/√T + σ_g√(αL(a^2N − 1)/((2 + αL)S))",
    )
    apart = x.mean(lambda task: norm(task.gradient - x.gradient))
    sums = (
        (
            m + apart,
            r"(\lVert\nabla l\rVert+\mathbb E_i\lVert\nabla l_i-\nabla l\rVert)",
            "triangle inequality",
        ),
        (
            m + x.deviation(),
            r"(\lVert\nabla l\rVert+\sqrt{\mathbb E_i\lVert\nabla l_i-\nabla l\rVert^2})",
            "Jensen: the root is concave",
        ),
        (m + x.sigma, r"(\lVert\nabla l\rVert+\sigma)", "A2", "A2"),
    )
    for norms, norms_latex, *why in sums:
        yield at_most(
            value(norms, estimate2(hypotenuse)), latex(norms_latex, estimate2_latex(root)), *why
        )
    yield at_most(
        value(c.far * m, estimate2(c.far_root * m)),
        latex(
            r"(1+\tfrac1\tau)\lVert\nabla l\rVert",
            estimate2_latex(r"\sqrt{1+\tfrac1{\tau^2}}\lVert\nabla l\rVert"),
        ),
        "far off: σ ≤ ‖∇l‖/τ",
    )
    yield at_most(
        value(c.far * grad / c.omega, estimate2(c.far_root * grad / c.omega)),
        latex(
            rf"(1+\tfrac1\tau)\tfrac1\omega\lVert{G}\rVert",
            estimate2_latex(rf"\sqrt{{1+\tfrac1{{\tau^2}}}}\tfrac1\omega\lVert{G}\rVert"),
        ),
        "(gradient): ‖∇l‖ ≤ ‖∇𝓛‖/ω",
        "theorem_4",
    )


def far(x):
    r"""E𝓛(w⁺) − 𝓛(w) ≤ −½η_0β‖∇𝓛‖² + β(ν²/η_0 + ½Aβn_2) where ‖∇l(w)‖ ≥ τσ"""
    require(x, far=True)
    step = Step(x)
    c, beta, A, B = step.c, step.beta, step.c.constants.A, x.B
    grad, q = norm(step.gradient), step.c.constants.q
    yield from taylor(step)
    yield from turned(step)
    yield from batch(step)
    yield from bounded(step)

    bias2 = (grad + c.b_0 + c.b_1 * c.k * grad) ** 2
    estimate2 = q / B * (c.stretch * grad + c.n) ** 2
    rest = A / 2 * beta**2 * (bias2 + estimate2)
    rest_latex = (
        rf"+\tfrac A2\beta^2\bigl((\lVert{G}\rVert+b_0+b_1k\lVert{G}\rVert)^2"
        r"+\tfrac qB(\tfrac{a^N}\omega\sqrt{1+\tfrac1{\tau^2}}"
        rf"\lVert{G}\rVert+n)^2\bigr)"
    )
    yield equal(
        -beta * (c.eta_0 * grad**2 - c.nu * grad) + rest,
        rf"-\beta(\eta_0{G2}-\nu\lVert{G}\rVert)" + rest_latex,
        "collect, k = (1 + 1/τ)/ω: this defines η_0 and ν",
    )
    young = -beta * (3 / 4 * c.eta_0 * grad**2 - c.nu**2 / c.eta_0)
    young_latex = rf"-\beta(\tfrac34\eta_0{G2}-\tfrac{{\nu^2}}{{\eta_0}})"
    yield at_most(
        young + rest,
        young_latex + rest_latex,
        "Young: ν‖∇𝓛‖ ≤ ¼η_0‖∇𝓛‖² + ν²/η_0; η_0 > 0",
        "eta > 0",
    )
    doubled = 2 * (1 + c.b_1 * c.k) ** 2 * grad**2 + 2 * c.b_0**2
    doubled += q / B * (2 * (c.stretch * grad) ** 2 + 2 * c.n**2)
    yield at_most(
        young + A / 2 * beta**2 * doubled,
        young_latex + rf"+\tfrac A2\beta^2\bigl(2(1+b_1k)^2{G2}+2b_0^2"
        rf"+\tfrac qB(2\tfrac{{a^{{2N}}}}{{\omega^2}}(1+\tfrac1{{\tau^2}}){G2}+2n^2)\bigr)",
        "(x + y)² ≤ 2x² + 2y², twice",
    )
    yield equal(
        young + A / 2 * beta**2 * (c.h * grad**2 + c.n_2),
        young_latex + rf"+\tfrac A2\beta^2(h{G2}+n_2)",
        "collect: this defines h and n_2",
    )
    yield at_most(
        young + beta * c.eta_0 / 4 * grad**2 + A / 2 * beta**2 * c.n_2,
        young_latex + rf"+\tfrac14\eta_0\beta{G2}+\tfrac A2\beta^2n_2",
        "β ≤ η_0/(2Ah)",
    )
    yield equal(
        -c.eta_0 / 2 * beta * grad**2 + beta * c.Z_far,
        rf"-\tfrac12\eta_0\beta{G2}+\beta\bigl(\tfrac{{\nu^2}}{{\eta_0}}+\tfrac12A\beta n_2\bigr)",
        "collect",
    )


def near(x):
    r"""E𝓛(w⁺) − 𝓛(w) ≤ −¼β‖∇𝓛‖² + β(½(b_0 + b_1(1 + τ)σ)² + ½ΛβC_squ2'/B) where ‖∇l(w)‖ < τσ"""
    require(x, far=False)
    step = Step(x)
    c, beta, B = step.c, step.beta, x.B
    A, C_meta = c.constants.A, c.constants.C_meta
    grad2, mean2 = step.gradient2, step.mean2
    L_w = A + C_meta * x.gradient_norm
    yield first(step.change, CHANGE, scale=step.scale)
    yield at_most(
        step.expect(-beta * (step.means @ step.gradient) + L_w / 2 * beta**2 * square(step.means)),
        r"\mathbb E[-\beta\langle\nabla\mathcal L,\bar G\rangle"
        r"+\tfrac{L_w}2\beta^2\lVert\bar G\rVert^2]",
        "descent lemma anchored at w: Proposition 1, integrated",
        "proposition_1",
    )
    yield equal(
        -beta * (step.gradient @ step.mean) + L_w / 2 * beta**2 * step.square,
        rf"-\beta\langle{G},{G}+e\rangle+\tfrac{{L_w}}2\beta^2\,\mathbb E\lVert\bar G\rVert^2",
        "E Ḡ = E Ĝ_i = ∇𝓛 + e, e the bias",
    )

    def value(bias, smoothness, square):
        return (
            -beta / 2 * grad2
            - beta / 2 * mean2
            + beta / 2 * bias**2
            + smoothness / 2 * beta**2 * square
        )

    def latex(bias, smoothness, square):
        return (
            rf"-\tfrac\beta2{G2}-\tfrac\beta2\lVert{G}+e\rVert^2+\tfrac\beta2{bias}^2"
            rf"+\tfrac{{{smoothness}}}2\beta^2{square}"
        )

    bias = norm(step.bias)
    bias_latex, mean2_latex = r"\lVert e\rVert", rf"\lVert{G}+e\rVert^2"
    yield equal(
        value(bias, L_w, step.square),
        latex(bias_latex, "L_w", r"\mathbb E\lVert\bar G\rVert^2"),
        "polarise: ⟨x, y⟩ = ½‖x‖² + ½‖y‖² − ½‖x − y‖²",
    )
    yield equal(
        value(bias, L_w, mean2 + step.spread2),
        latex(bias_latex, "L_w", rf"({mean2_latex}+{VARIANCE})"),
        "bias and variance: the cross term has mean zero",
    )
    yield equal(
        value(bias, L_w, mean2 + step.variance / B),
        latex(
            bias_latex,
            "L_w",
            rf"({mean2_latex}+\tfrac1B\mathbb E\lVert\hat G_i-\mathbb E\hat G_i\rVert^2)",
        ),
        "B independent tasks: the variance of a mean",
        "iid tasks",
    )
    square_latex = rf"({mean2_latex}+\tfrac1B{ESTIMATE2})"
    square_value = mean2 + step.estimate2 / B
    yield at_most(
        value(bias, L_w, square_value),
        latex(bias_latex, "L_w", square_latex),
        "a variance is at most the mean square",
    )

    def by(mu):
        """With this bound of μ, in the bias and in L_w."""
        return value(c.b_0 + c.b_1 * mu, A + C_meta * mu, square_value)

    def by_latex(mu):
        return latex(rf"(b_0+b_1{mu})", rf"(A+C_{{\mathcal L}}{mu})", square_latex)

    m = norm(x.gradient)
    yield at_most(
        by(x.gradient_norm),
        by_latex(r"\mu") + r",\quad\mu=\mathbb E_i\lVert\nabla l_i\rVert",
        "Propositions 2' and 2'', the smaller of their bounds: ‖e‖ ≤ b_0 + b_1μ",
        "proposition_2_sharp",
        "proposition_2_bend",
    )
    yield at_most(
        by(m + x.mean(lambda task: norm(task.gradient - x.gradient))),
        by_latex(r"(\lVert\nabla l\rVert+\mathbb E_i\lVert\nabla l_i-\nabla l\rVert)"),
        "triangle inequality",
    )
    yield at_most(
        by(m + x.deviation()),
        by_latex(r"(\lVert\nabla l\rVert+\sqrt{\mathbb E_i\lVert\nabla l_i-\nabla l\rVert^2})"),
        "Jensen: the root is concave",
    )
    yield at_most(by(m + x.sigma), by_latex(r"(\lVert\nabla l\rVert+\sigma)"), "A2", "A2")
    bias = c.b_0 + c.b_1 * (1 + c.tau) * x.sigma
    bias_latex = r"(b_0+b_1(1+\tau)\sigma)"
    yield at_most(by((1 + c.tau) * x.sigma), by_latex(r"(1+\tau)\sigma"), "near by: ‖∇l‖ ≤ τσ")
    yield equal(
        value(bias, c.Lambda, square_value),
        latex(bias_latex, r"\Lambda", square_latex),
        "Λ = A + C_𝓛(1 + τ)σ",
    )
    slope = -beta / 2 * grad2 + beta / 2 * bias**2
    slope_latex = rf"-\tfrac\beta2{G2}+\tfrac\beta2{bias_latex}^2"
    yield at_most(
        slope + c.Lambda / 2 * beta**2 * step.estimate2 / B,
        slope_latex + rf"+\tfrac\Lambda2\beta^2\tfrac1B{ESTIMATE2}",
        "Λβ ≤ 1: the two terms with ‖∇𝓛 + e‖² are not positive together",
    )
    C_squ1, C_squ2 = c.constants.C_squ1, c.constants.C_squ2
    yield at_most(
        slope + c.Lambda / 2 * beta**2 * (C_squ1 * grad2 + C_squ2) / B,
        slope_latex + rf"+\tfrac\Lambda2\beta^2\tfrac1B(C_{{squ1}}'{G2}+C_{{squ2}}')",
        "Proposition 3'",
        "proposition_3_sharp",
    )
    last = r"\tfrac\Lambda2\beta^2\tfrac1BC_{squ2}'"
    yield at_most(
        slope + beta / 4 * grad2 + c.Lambda / 2 * beta**2 * C_squ2 / B,
        slope_latex + rf"+\tfrac\beta4{G2}+{last}",
        "β ≤ B/(2ΛC_squ1')",
    )
    yield equal(
        -beta / 4 * grad2 + beta * c.Z_near,
        rf"-\tfrac14\beta{G2}+\beta\bigl(\tfrac12{bias_latex}^2"
        r"+\tfrac12\Lambda\beta\tfrac1BC_{squ2}'\bigr)",
        "collect",
    )


def one_step(x):
    r"""E𝓛(w⁺) − 𝓛(w) ≤ −ηβ‖∇𝓛‖² + βZ"""
    step = Step(x)
    c, beta, grad2 = step.c, step.beta, step.gradient2
    yield first(step.change, CHANGE, scale=step.scale)
    if is_far(x):
        yield at_most(
            -c.eta_0 / 2 * beta * grad2 + beta * c.Z_far,
            rf"-\tfrac12\eta_0\beta{G2}+\beta\bigl(\tfrac{{\nu^2}}{{\eta_0}}"
            r"+\tfrac12A\beta n_2\bigr)",
            "(far)",
            "theorem_4",
        )
    else:
        yield at_most(
            -beta / 4 * grad2 + beta * c.Z_near,
            rf"-\tfrac14\beta{G2}+\beta\bigl(\tfrac12(b_0+b_1(1+\tau)\sigma)^2"
            r"+\tfrac12\Lambda\beta\tfrac1BC_{squ2}'\bigr)",
            "(near)",
            "theorem_4",
        )
    yield at_most(
        -c.eta * beta * grad2 + beta * c.Z,
        rf"-\eta\beta{G2}+\beta Z",
        "η = min(η_0/2, ¼), and Z is the larger of the two brackets",
    )


def run_of(x):
    """The law of w_0 … w_K with the constant stepsize."""
    return run(x, constants_of(x).beta)


def bound(x):
    r"""(1/K) Σ_k E‖∇𝓛(w_k)‖² ≤ Δ/(ηβK) + Z/η"""
    c, K, law = constants_of(x), x.K, run_of(x)
    losses = expected(x.meta_loss, law)
    factor, noise = 1 / (c.eta * c.beta), c.noise
    noise_latex = r"\frac Z\eta"
    yield first(
        expected(lambda w: square(x.meta_gradient_at(w)), law[:-1]).mean(),
        rf"\frac1K\sum_k\mathbb E\lVert{G}(w_k)\rVert^2",
        scale=factor * np.abs(losses).max() / K,
    )
    yield at_most(
        factor * ((losses[:-1] - losses[1:]) / K).sum() + noise,
        r"\frac1{\eta\beta K}\sum_k\mathbb E[\mathcal L(w_k)-\mathcal L(w_{k+1})]+" + noise_latex,
        "(one step), from each w_k, divided by ηβ",
        "theorem_4",
    )
    yield equal(
        factor * (losses[0] - losses[K]) / K + noise,
        r"\frac1{\eta\beta K}(\mathcal L(w_0)-\mathbb E\mathcal L(w_K))+" + noise_latex,
        "the sum telescopes",
    )
    yield at_most(
        factor * (losses[0] - x.lower_bound) / K + noise,
        r"\frac\Delta{\eta\beta K}+" + noise_latex + r",\quad\Delta=\mathcal L(w_0)-\inf\mathcal L",
        "A1: 𝓛(w_K) ≥ inf 𝓛",
        "A1 inf",
    )


RESULT = Result(
    "theorem_4",
    "N-step MAML with resampling and a constant stepsize converges",
    r"\frac1K\sum_{k<K}\mathbb E\lVert\nabla\mathcal L(w_k)\rVert^2"
    r"\le\frac{\Delta}{\eta\beta K}+\frac{Z}{\eta}",
    assumes=(
        "A1 L",
        "A1 rho",
        "A1 inf",
        "A2",
        "A3 unbiased",
        "A3 sigma_g",
        "A3 sigma_H",
        "independent samples",
        "fresh S",
        "fresh or additive",
        "fresh D, T",
        "iid tasks",
        "C_l > 0",
        "eta > 0",
    ),
    claims={
        "gradient": far_gradient,
        "far": far,
        "near": near,
        "one step": one_step,
        "bound": bound,
    },
    setting="resampling",
    enumerates="batches",
    reference="derived for this course: a constant stepsize, though 𝓛 is not smooth",
    run=run_of,
)
