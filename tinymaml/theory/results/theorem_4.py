r"""Theorem 4. N-step MAML with resampling and a constant stepsize converges.

Claim       For w_{k+1} = w_k − βḠ_k, with G = ∇𝓛(w), m = ‖∇l(w)‖ and τ = 10:
            (gradient) m ≤ ‖G‖/ω and (gradients) E_i‖∇l_i(w)‖ ≤ k‖G‖, far off: where m ≥ τσ;
            (far) E𝓛(w⁺) − 𝓛(w) ≤ −½η₀β‖G‖² + β(ν²/η₀ + ½Aβn₂), far off;
            (near) E𝓛(w⁺) − 𝓛(w) ≤ −¼β‖G‖² + β(½(b₀ + b₁(1 + τ)σ)² + ½ΛβC_squ2'/B), near by:
            where m < τσ;
            (one step) E[𝓛(w_{k+1})] ≤ 𝓛(w_k) − ηβ‖G‖² + βZ, given w_k, wherever it is;
            (bound) (1/K) Σ_k E‖∇𝓛(w_k)‖² ≤ Δ/(ηβK) + Z/η.
Constants   ω = 1 − (a^2N − 1)(1 + 1/τ), e₁ = 2a^N(a^N − 1), k = (1 + 1/τ)/ω,
            b₀ = min(C_bend/S, C_err1'/√S), b₁ = C_err2'/√S,
            n = σ_g/√T + σ_g√(αL(a^2N − 1)/((2 + αL)S)), q as in Proposition 3,
            η₀ = 1 − e₁k − b₁k(1 + e₁k) − e₁k √(q/B) a^N√(1 + 1/τ²)/ω,
            ν = b₀(1 + e₁k) + e₁k n√(q/B), n₂ = 2b₀² + 2qn²/B,
            h = 2(1 + b₁k)² + 2q a^2N(1 + 1/τ²)/(Bω²), Λ = A + C_𝓛(1 + τ)σ,
            β = min(η₀/(2Ah), 1/Λ, B/(2ΛC_squ1')), η = min(η₀/2, ¼), Z the larger of what (far)
            and (near) have in their last brackets.
Assumes     what Theorem 1 does, without a smoothness that is estimated; ω > 0 and η₀ > 0 in place
            of κ > 0.
Proof       Far off, all tasks pull the same way. A step changes 𝓛 by −β⟨u, Ḡ⟩ + ½Aβ²‖Ḡ‖², u =
            E_i D̄_iᵀg_i, g_i = ∇l_i(w̃_N), D̄_i the product of N mean factors along the step; u
            depends on where the step leads, but is within e₁E_i‖∇l_i‖ of G whatever that is. Near
            by, the gradients are bounded, and so is the smoothness: the descent lemma, polarised.
            Then telescope.
Attained    as αL → 0, by w²/2 without noise in large batches: (gradient) exactly, (gradients) up
            to a factor 11/10, (far) 7/4, (one step) 7/2, (bound) with K = 1 8; (near) up to 7/2 by
            two such tasks apart, as B → ∞. A step descends by about β‖G‖², where the theorem is
            sure of a half or a quarter.
Source      derived for this course. No such theorem is in the paper, whose stepsize is random.

σ has to hold at every w that the run may reach, not only at w_0.
"""

import numpy as np

from ..batches import run
from ..chain import IN_A_LIMIT, UP_TO_A_FACTOR, Attained, Result, at_most, equal, first
from ..meta_step import descent_lines, loss_lines, sum_steps, turn_lines
from ..noisy_stepsize import NoisyStepsize
from ..paths import norm, square
from ..stepsize_constants import TAU
from . import proposition_3_sharp
from .constant_stepsize import META, bound_mean_norm, is_far, require
from .theorem_1 import mean_square
from .theorem_3 import step_of

META2 = rf"{META}^2"
ESTIMATE2 = r"\mathbb E\lVert\hat G_i\rVert^2"
VARIANCE = r"\mathbb E\lVert\bar G-\mathbb E\bar G\rVert^2"
EACH_VARIANCE = r"\mathbb E\lVert\hat G_i-\mathbb E\hat G_i\rVert^2"
SQUARE = r"\mathbb E\lVert\bar G\rVert^2"
CHANGE = r"\mathbb E\,\mathcal L(w^+)-\mathcal L(w),\quad w^+=w-\beta\bar G"
FAR_NOISE = r"\beta\bigl(\tfrac{\nu^2}{\eta_0}+\tfrac12A\beta n_2\bigr)"
NEAR_NOISE = (
    r"\beta\bigl(\tfrac12(b_0+b_1(1+\tau)\sigma)^2+\tfrac12\Lambda\beta\tfrac1BC_{squ2}'\bigr)"
)


def stepsize(x):
    """The `NoisyStepsize` of an instance."""
    return NoisyStepsize(x.sharp_constants, TAU)


def variance(x):
    """E‖Ĝ_i − E Ĝ_i‖²"""
    return x.mean(lambda task: task.expect(square(task.estimate - x.estimate)))


def spread(step):
    """E‖Ḡ − E Ḡ‖²"""
    return step.mean(square(step.G - step.mean(step.G)))


def gradient(x):
    r"""‖∇l(w)‖ ≤ ‖∇𝓛(w)‖/ω, where ‖∇l(w)‖ ≥ τσ"""
    require(is_far(x, x.sigma), x, x.sigma, "‖∇l(w)‖ ≥ τσ", "near")
    c = stepsize(x)
    m, growth = norm(x.gradient), x.growth(2 * x.steps)  # ‖∇l‖, a^2N − 1
    own = r"\lVert\nabla l(w)\rVert"
    yield first(m, own, scale=m + x.mean(lambda task: x.L * norm(task.from_w.points).max()))
    yield equal(
        (m - growth * c.far * m) / c.omega,
        rf"\tfrac1\omega\bigl({own}-(a^{{2N}}-1)(1+\tfrac1\tau){own}\bigr)",
        "ω = 1 − (a^2N − 1)(1 + 1/τ), and it is not zero",
        "eta > 0",
    )
    yield at_most(
        (norm(x.meta_gradient) + growth * (m + x.sigma) - growth * c.far * m) / c.omega,
        rf"\tfrac1\omega\bigl(\lVert\nabla\mathcal L(w)\rVert+(a^{{2N}}-1)({own}+\sigma)"
        rf"-(a^{{2N}}-1)(1+\tfrac1\tau){own}\bigr)",
        "Lemma 7 (gradient); ω > 0",
        "lemma_7",
        "eta > 0",
    )
    yield at_most(
        norm(x.meta_gradient) / c.omega,
        r"\tfrac1\omega\lVert\nabla\mathcal L(w)\rVert",
        "far: σ ≤ ‖∇l‖/τ, and it cancels",
    )


def gradients(x):
    r"""E_i‖∇l_i(w)‖ ≤ k‖∇𝓛(w)‖, where ‖∇l(w)‖ ≥ τσ"""
    require(is_far(x, x.sigma), x, x.sigma, "‖∇l(w)‖ ≥ τσ", "near")
    c, m, grad = stepsize(x), norm(x.gradient), norm(x.meta_gradient)

    def line(relation, mu, latex, *reason):
        """With this bound of E_i‖∇l_i(w)‖."""
        return relation(mu, latex, *reason)

    scale = m + x.mean(lambda task: x.L * norm(task.from_w.points).max())
    yield first(x.gradient_norm, r"\mathbb E_i\lVert\nabla l_i\rVert", scale=scale)
    yield from bound_mean_norm(x, line)
    yield at_most(c.far * m, r"(1+\tfrac1\tau)\lVert\nabla l\rVert", "far: σ ≤ ‖∇l‖/τ")
    yield at_most(
        c.far * grad / c.omega,
        rf"(1+\tfrac1\tau)\tfrac1\omega{META}",
        "(gradient): ‖∇l‖ ≤ ‖∇𝓛‖/ω",
        "theorem_4",
    )
    yield equal(c.k * grad, rf"k{META}", "this is k")


def turned(x, c, step):
    """(far), from the definition to e₁: what the step does to 𝓛, and how far it turns from ∇𝓛."""
    grad, bias, beta = norm(x.meta_gradient), norm(x.estimate - x.meta_gradient), c.beta
    bend = c.constants.A / 2 * beta**2 * step.square
    bend_latex = rf"+\tfrac A2\beta^2{SQUARE}"
    turn = r"-\beta\,\mathbb E\langle\mathbb E_i(\bar D_i-D_i)^\top g_i,\bar G\rangle"
    rest = -beta * grad**2 + beta * grad * bias + bend
    rest_latex = rf"-\beta{META2}+\beta{META}\lVert e\rVert{bend_latex}"
    yield from loss_lines(step)
    yield equal(
        -beta * (x.meta_gradient @ step.mean(step.G)) - beta * step.turned + bend,
        rf"-\beta\,\mathbb E\langle\nabla\mathcal L,\bar G\rangle{turn}{bend_latex}",
        "∇𝓛 = E_iD_iᵀg_i, add and subtract; A = a^2N L",
    )
    yield equal(
        -beta * (x.meta_gradient @ x.estimate) - beta * step.turned + bend,
        rf"-\beta\langle\nabla\mathcal L,\nabla\mathcal L+e\rangle{turn}{bend_latex}",
        "E Ḡ = E Ĝ_i = ∇𝓛 + e, e the bias",
    )
    yield at_most(
        rest - beta * step.turned, rest_latex + turn, "Cauchy–Schwarz: ⟨∇𝓛, e⟩ ≥ −‖∇𝓛‖‖e‖"
    )
    yield from turn_lines(step, rest, rest_latex)
    yield at_most(
        rest + beta * 2 * x.growth(x.steps) * x.a**x.steps * x.gradient_norm * step.length,
        rf"{rest_latex}+\beta\,2(a^N-1)a^N\mathbb E_i\lVert\nabla l_i\rVert\,"
        r"\mathbb E\lVert\bar G\rVert",
        "Lemma 2: ‖g_i‖ ≤ a^N ‖∇l_i(w)‖",
        "lemma_2",
    )


def combine(x, c, bias, mu, length, square):
    """−β‖∇𝓛‖² + β‖∇𝓛‖‖e‖ + βe₁μE‖Ḡ‖ + ½Aβ²E‖Ḡ‖², with these bounds."""
    beta, grad = c.beta, norm(x.meta_gradient)
    slope = -(grad**2) + grad * bias + c.e_1 * mu * length
    return beta * slope + c.constants.A / 2 * beta**2 * square


def combine_latex(bias, mu, length, square):
    """The same in LaTeX."""
    return (
        rf"-\beta{META2}+\beta{META}{bias}+\beta e_1{mu}({length})"
        rf"+\tfrac A2\beta^2\bigl({square}\bigr)"
    )


def batch(x, c, step):
    """(far), up to the bounds of the noise: ‖Ḡ‖ and ‖Ḡ‖² in the mean."""
    mu, B = x.gradient_norm, x.B
    grad, bias = norm(x.meta_gradient), norm(x.estimate - x.meta_gradient)
    mean, both = norm(x.estimate), grad + bias  # ‖∇𝓛 + e‖, and ‖∇𝓛‖ + ‖e‖
    mean_latex = r"\lVert\nabla\mathcal L+e\rVert"
    both_latex = rf"{META}+\lVert e\rVert"

    def line(relation, length, square, length_latex, square_latex, *reason):
        """With these bounds of E‖Ḡ‖ and E‖Ḡ‖²."""
        return relation(
            combine(x, c, bias, mu, length, square),
            combine_latex(r"\lVert e\rVert", r"\mu", length_latex, square_latex),
            *reason,
        )

    away = step.mean(norm(step.G - step.mean(step.G)))
    away_latex = r"\mathbb E\lVert\bar G-\mathbb E\bar G\rVert"
    yield line(
        equal,
        step.length,
        step.square,
        r"\mathbb E\lVert\bar G\rVert",
        SQUARE,
        "this is e₁; μ = E_i‖∇l_i(w)‖",
    )
    yield line(
        at_most,
        mean + away,
        step.square,
        rf"{mean_latex}+{away_latex}",
        SQUARE,
        "triangle inequality, and E Ḡ = ∇𝓛 + e",
    )
    yield line(
        equal,
        mean + away,
        mean**2 + spread(step),
        rf"{mean_latex}+{away_latex}",
        rf"{mean_latex}^2+{VARIANCE}",
        "bias and variance: the cross term has mean zero",
    )
    yield line(
        at_most,
        both + away,
        both**2 + spread(step),
        rf"{both_latex}+{away_latex}",
        rf"({both_latex})^2+{VARIANCE}",
        "triangle inequality",
    )

    def with_square(relation, square, latex, *reason):
        """With this bound of E‖Ḡ − E Ḡ‖²."""
        return line(
            relation,
            both + np.sqrt(square),
            both**2 + square,
            rf"{both_latex}+\sqrt{{{latex}}}",
            rf"({both_latex})^2+{latex}",
            *reason,
        )

    yield with_square(at_most, spread(step), VARIANCE, "Jensen: the root is concave")
    yield with_square(
        equal,
        variance(x) / B,
        rf"\tfrac1B{EACH_VARIANCE}",
        "B independent tasks: the variance of a mean",
        "iid tasks",
    )
    yield with_square(
        at_most,
        mean_square(x) / B,
        rf"\tfrac1B{ESTIMATE2}",
        "a variance is at most the mean square",
    )


def bound_noise(x, c):
    """(far), up to ‖∇𝓛‖ alone: the bias and E‖Ĝ_i‖² by what Propositions 2', 2'' and 3' say."""
    m, mu, grad = norm(x.gradient), x.gradient_norm, norm(x.meta_gradient)

    def line(relation, mu, estimate2, mu_latex, latex, *reason):
        """With these bounds of μ and E‖Ĝ_i‖²."""
        bias, bias_latex = c.b_0 + c.b_1 * mu, rf"b_0+b_1{mu_latex}"
        return relation(
            combine(
                x,
                c,
                bias,
                mu,
                grad + bias + np.sqrt(estimate2 / x.B),
                (grad + bias) ** 2 + estimate2 / x.B,
            ),
            combine_latex(
                rf"({bias_latex})",
                mu_latex,
                rf"{META}+{bias_latex}+\sqrt{{\tfrac1B{latex}}}",
                rf"({META}+{bias_latex})^2+\tfrac1B{latex}",
            ),
            *reason,
        )

    def solved(relation, mu, root, mu_latex, root_latex, *reason):
        """With these bounds of μ and √(‖∇l‖² + σ²)."""
        estimate2 = c.constants.q * (x.a**x.steps * root + c.n) ** 2
        return line(relation, mu, estimate2, mu_latex, rf"q(a^N{root_latex}+n)^2", *reason)

    root, root_latex = np.hypot(m, x.sigma), r"\sqrt{\lVert\nabla l\rVert^2+\sigma^2}"
    yield line(
        at_most,
        mu,
        mean_square(x),
        r"\mu",
        ESTIMATE2,
        "Propositions 2' and 2'', the smaller of their bounds: ‖e‖ ≤ b₀ + b₁μ",
        "proposition_2_sharp",
        "proposition_2_bend",
    )
    yield line(
        at_most,
        mu,
        proposition_3_sharp.gradient_bound(x),
        r"\mu",
        proposition_3_sharp.latex(rf"a^N{root_latex}+{proposition_3_sharp.NOISE}"),
        "Proposition 3' (gradient)",
        "proposition_3_sharp",
    )
    yield solved(
        at_most,
        mu,
        root,
        r"\mu",
        root_latex,
        "√(x² + y²) ≤ x + y; n = σ_g/√T + σ_g√(αL(a^2N − 1)/((2 + αL)S))",
    )
    mu, mu_latex = c.k * grad, rf"k{META}"
    yield solved(
        at_most,
        mu,
        root,
        mu_latex,
        root_latex,
        "(gradients): μ ≤ k‖∇𝓛‖",
        "theorem_4",
    )
    yield solved(
        at_most,
        mu,
        c.far_root * m,
        mu_latex,
        r"\sqrt{1+\tfrac1{\tau^2}}\,\lVert\nabla l\rVert",
        "far: σ ≤ ‖∇l‖/τ",
    )
    yield solved(
        at_most,
        mu,
        c.far_root * grad / c.omega,
        mu_latex,
        rf"\sqrt{{1+\tfrac1{{\tau^2}}}}\,\tfrac1\omega{META}",
        "(gradient): ‖∇l‖ ≤ ‖∇𝓛‖/ω",
        "theorem_4",
    )


def far(x):
    r"""E𝓛(w⁺) − 𝓛(w) ≤ −½η₀β‖∇𝓛‖² + β(ν²/η₀ + ½Aβn₂), where ‖∇l(w)‖ ≥ τσ"""
    require(is_far(x, x.sigma), x, x.sigma, "‖∇l(w)‖ ≥ τσ", "near")
    c = stepsize(x)
    step = step_of(x, c.beta)
    beta, A, q, B = c.beta, c.constants.A, c.constants.q, x.B
    grad = norm(x.meta_gradient)
    yield from turned(x, c, step)
    yield from batch(x, c, step)
    yield from bound_noise(x, c)

    mean2 = (grad + c.b_0 + c.b_1 * c.k * grad) ** 2
    bend = A / 2 * beta**2 * (mean2 + q / B * (c.stretch * grad + c.n) ** 2)
    stretch = r"\tfrac{a^N}\omega\sqrt{1+\tfrac1{\tau^2}}"
    bend_latex = (
        rf"+\tfrac A2\beta^2\bigl(({META}+b_0+b_1k{META})^2+\tfrac qB({stretch}{META}+n)^2\bigr)"
    )
    yield equal(
        -beta * (c.eta_0 * grad**2 - c.nu * grad) + bend,
        rf"-\beta(\eta_0{META2}-\nu{META}){bend_latex}",
        "collect: these are η₀ and ν",
    )
    slope = -beta * (3 / 4 * c.eta_0 * grad**2 - c.nu**2 / c.eta_0)
    slope_latex = rf"-\beta(\tfrac34\eta_0{META2}-\tfrac{{\nu^2}}{{\eta_0}})"
    yield at_most(
        slope + bend,
        slope_latex + bend_latex,
        "Young: ν‖∇𝓛‖ ≤ ¼η₀‖∇𝓛‖² + ν²/η₀, as η₀ > 0",
        "eta > 0",
    )
    doubled = 2 * (grad + c.b_1 * c.k * grad) ** 2 + 2 * c.b_0**2
    doubled += q / B * (2 * (c.stretch * grad) ** 2 + 2 * c.n**2)
    yield at_most(
        slope + A / 2 * beta**2 * doubled,
        rf"{slope_latex}+\tfrac A2\beta^2\bigl(2(1+b_1k)^2{META2}+2b_0^2"
        rf"+\tfrac qB(\tfrac{{2a^{{2N}}}}{{\omega^2}}(1+\tfrac1{{\tau^2}}){META2}+2n^2)\bigr)",
        "(x + y)² ≤ 2x² + 2y², twice",
    )
    yield equal(
        slope + A / 2 * beta**2 * (c.h * grad**2 + c.n_2),
        rf"{slope_latex}+\tfrac A2\beta^2(h{META2}+n_2)",
        "collect: these are h and n₂",
    )
    yield at_most(
        slope + beta * c.eta_0 / 4 * grad**2 + A / 2 * beta**2 * c.n_2,
        rf"{slope_latex}+\tfrac14\eta_0\beta{META2}+\tfrac A2\beta^2n_2",
        "β ≤ η₀/(2Ah)",
    )
    yield equal(
        -c.eta_0 / 2 * beta * grad**2 + beta * c.Z_far,
        rf"-\tfrac12\eta_0\beta{META2}+{FAR_NOISE}",
        "collect",
    )


def near(x):
    r"""E𝓛(w⁺) − 𝓛(w) ≤ −¼β‖∇𝓛‖² + β(½(b₀ + b₁(1 + τ)σ)² + ½ΛβC_squ2'/B), where ‖∇l(w)‖ ≤ τσ"""
    m = norm(x.gradient)
    require(m <= TAU * x.sigma, x, x.sigma, "‖∇l(w)‖ ≤ τσ", "far")
    c = stepsize(x)
    step = step_of(x, c.beta)
    k, beta, B, L_w = c.constants, c.beta, x.B, x.smoothness
    grad2, mean2 = square(x.meta_gradient), square(x.estimate)
    yield from descent_lines(step, "proposition_1")
    yield equal(
        -beta * (x.meta_gradient @ x.estimate) + L_w / 2 * beta**2 * step.square,
        r"-\beta\langle\nabla\mathcal L,\nabla\mathcal L+e\rangle"
        rf"+\tfrac{{L_w}}2\beta^2\,{SQUARE}",
        "E Ḡ = E Ĝ_i = ∇𝓛 + e, e the bias",
    )

    def line(relation, bias, L_w, square, bias_latex, L_w_latex, square_latex, *reason):
        """With these bounds of ‖e‖, L_w and E‖Ḡ‖², once the inner product is polarised."""
        slope = -grad2 - mean2 + bias**2
        return relation(
            beta / 2 * slope + L_w / 2 * beta**2 * square,
            rf"\tfrac\beta2(-{META2}-\lVert\nabla\mathcal L+e\rVert^2+{bias_latex}^2)"
            rf"+\tfrac{{{L_w_latex}}}2\beta^2{square_latex}",
            *reason,
        )

    def with_square(relation, square, latex, *reason):
        """With this bound of E‖Ḡ‖²."""
        bias = norm(x.estimate - x.meta_gradient)
        return line(relation, bias, L_w, square, r"\lVert e\rVert", "L_w", latex, *reason)

    mean_latex = r"(\lVert\nabla\mathcal L+e\rVert^2+"
    yield with_square(equal, step.square, SQUARE, "polarise: ⟨x, y⟩ = ½‖x‖² + ½‖y‖² − ½‖x − y‖²")
    yield with_square(
        equal,
        mean2 + spread(step),
        rf"{mean_latex}{VARIANCE})",
        "bias and variance: the cross term has mean zero",
    )
    yield with_square(
        equal,
        mean2 + variance(x) / B,
        rf"{mean_latex}\tfrac1B{EACH_VARIANCE})",
        "B independent tasks: the variance of a mean",
        "iid tasks",
    )
    moment, moment_latex = mean2 + mean_square(x) / B, rf"{mean_latex}\tfrac1B{ESTIMATE2})"
    yield with_square(at_most, moment, moment_latex, "a variance is at most the mean square")

    def by_norm(relation, mu, latex, *reason):
        """With this bound of μ, in the bias and in L_w."""
        return line(
            relation,
            c.b_0 + c.b_1 * mu,
            k.A + k.C_meta * mu,
            moment,
            rf"(b_0+b_1{latex})",
            rf"A+C_\mathcal L{latex}",
            moment_latex,
            *reason,
        )

    yield by_norm(
        at_most,
        x.gradient_norm,
        r"\mu",
        "Propositions 2' and 2'', the smaller of their bounds: ‖e‖ ≤ b₀ + b₁μ; "
        "L_w = A + C_𝓛μ, μ = E_i‖∇l_i(w)‖",
        "proposition_2_sharp",
        "proposition_2_bend",
    )
    yield from bound_mean_norm(x, by_norm)
    yield by_norm(at_most, (1 + TAU) * x.sigma, r"(1+\tau)\sigma", "near: ‖∇l‖ ≤ τσ")
    bias, bias_latex = c.b_0 + c.b_1 * (1 + TAU) * x.sigma, r"(b_0+b_1(1+\tau)\sigma)"
    yield line(equal, bias, c.Lambda, moment, bias_latex, r"\Lambda", moment_latex, "this is Λ")

    def kept(relation, estimate2, latex, *reason):
        """With this bound of E‖Ĝ_i‖², without the two terms that Λβ ≤ 1 takes away."""
        return relation(
            beta / 2 * (-grad2 + bias**2) + c.Lambda / 2 * beta**2 * estimate2 / B,
            rf"\tfrac\beta2(-{META2}+{bias_latex}^2)+\tfrac\Lambda2\beta^2\tfrac1B{latex}",
            *reason,
        )

    yield kept(
        at_most,
        mean_square(x),
        ESTIMATE2,
        "Λβ ≤ 1: the two terms with ‖∇𝓛 + e‖² are not positive together",
    )
    yield kept(
        at_most,
        k.C_squ1 * grad2 + k.C_squ2,
        rf"(C_{{squ1}}'{META2}+C_{{squ2}}')",
        "Proposition 3' (moment)",
        "proposition_3_sharp",
    )
    yield at_most(
        beta / 2 * (-grad2 / 2 + bias**2) + c.Lambda / 2 * beta**2 * k.C_squ2 / B,
        rf"\tfrac\beta2(-\tfrac12{META2}+{bias_latex}^2)"
        r"+\tfrac\Lambda2\beta^2\tfrac1BC_{squ2}'",
        "β ≤ B/(2ΛC_squ1')",
    )
    yield equal(
        -beta / 4 * grad2 + beta * c.Z_near,
        rf"-\tfrac14\beta{META2}+{NEAR_NOISE}",
        "collect",
    )


def one_step(x):
    r"""E𝓛(w⁺) − 𝓛(w) ≤ −ηβ‖∇𝓛‖² + βZ, wherever w is"""
    c = stepsize(x)
    step = step_of(x, c.beta)
    beta, grad2 = c.beta, square(x.meta_gradient)
    yield first(step.change, CHANGE, scale=step.scale)
    if is_far(x, x.sigma):
        yield at_most(
            -c.eta_0 / 2 * beta * grad2 + beta * c.Z_far,
            rf"-\tfrac12\eta_0\beta{META2}+{FAR_NOISE}",
            "(far): ‖∇l(w)‖ ≥ τσ",
            "theorem_4",
        )
    else:
        yield at_most(
            -beta / 4 * grad2 + beta * c.Z_near,
            rf"-\tfrac14\beta{META2}+{NEAR_NOISE}",
            "(near): ‖∇l(w)‖ < τσ",
            "theorem_4",
        )
    yield at_most(
        -c.eta * beta * grad2 + beta * c.Z,
        rf"-\eta\beta{META2}+\beta Z",
        "η = min(η₀/2, ¼), and Z is the larger of the two brackets",
    )


def law_of_run(x):
    """The law of w_0 … w_K with this stepsize."""
    return run(x, stepsize(x).beta)


def bound(x):
    r"""(1/K) Σ_k E‖∇𝓛(w_k)‖² ≤ Δ/(ηβK) + Z/η"""
    return sum_steps(x, stepsize(x), law_of_run(x), "theorem_4", r"\frac Z\eta")


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
        "gradient": gradient,
        "gradients": gradients,
        "far": far,
        "near": near,
        "one step": one_step,
        "bound": bound,
    },
    setting="resampling",
    enumerates="batches",
    reference="derived for this course: a constant stepsize, though 𝓛 is not smooth",
    attained={
        "gradient": Attained(IN_A_LIMIT, "quiet_batches", "αL → 0"),
        "gradients": Attained(UP_TO_A_FACTOR, "quiet_batches", "11/10 as αL → 0"),
        "far": Attained(UP_TO_A_FACTOR, "quiet_batches", "7/4 as αL → 0"),
        "near": Attained(UP_TO_A_FACTOR, "wells_in_batches", "7/2 as αL → 0, B → ∞"),
        "one step": Attained(UP_TO_A_FACTOR, "quiet_batches", "7/2 as αL → 0"),
        "bound": Attained(UP_TO_A_FACTOR, "quiet_batches", "8 as αL → 0, K = 1"),
    },
    stepsize=stepsize,
    run=law_of_run,
)
