r"""Theorem 1, sharper. The same with better constants, C_β from 1.9125 on, stepsizes up to
0.785/(NL), and a bias that counts like 1/S².

Claim       (one step) E[𝓛(w_{k+1})] ≤ 𝓛(w_k) − θ‖∇𝓛‖²/(‖∇𝓛‖ + χ) + φ/B + ψ, given w_k;
            (bound) E‖∇𝓛(w_ζ)‖ ≤ Q + √(χQ) with Q = (Δ/K + φ/B + ψ)/θ, as in Theorem 1.
Constants   κ = 2/(5C_β) − (3/(5C_β)) 4C_err2'²/(C*²S) − 0.765 C_squ1'/(C_β²B),
            φ = 0.765 C_squ2'/(C_β²A),
            ψ = (3/(5C_βA)) [2 min(C_bend/S, C_err1'/√S)² + 4C_err2'²τ²σ²/(C*²S)],
            θ = κC*/C_𝓛, χ = C*A/C_𝓛 + τσ, τ = a^2N − 1 + C*. ψ takes the place of ξ/S: it has terms
            in 1/S² and 1/S. At N = 1 C_err2' = 0, and S of order 1/ε serves.
Assumes     what Theorem 1 does; C_l > 0 in the form C* > 0 of Lemma 7', κ > 0 with the κ above, and
            C_β ≥ 1.9125 instead of C_β > 10.
Proof       That of Theorem 1 with Lemmas 7' and 8', Propositions 2', 2'' and 3' in the place of
            those that it cites, and one identity in place of two inequalities: polarise,
            −⟨∇𝓛, ∇𝓛 + e⟩ = −½‖∇𝓛‖² − ½‖∇𝓛 + e‖² + ½‖e‖². Young's inequality drops the middle term,
            and then ‖∇𝓛 + e‖², from the variance of the mean, has to be split in two. Here the two
            cancel, as L_w E[β²] ≤ E[β].
Attained    not known to be.
Source      sharper than the paper, derived for this course. Corollary 1, sharper, counts with it.
"""

from ..chain import Result, at_most, equal
from ..paths import norm
from . import theorem_1
from .theorem_1 import (
    Moments,
    bound_smoothness,
    descent_lemma,
    mean_square,
    solve_for_gradient,
    square,
    sum_steps,
)

NOISE = r"\frac{\varphi}{B}+\psi"
GRADIENT = r"\lVert\nabla\mathcal L\rVert^2"
BIAS = r"\lVert e_k\rVert^2"
MEAN = r"\lVert\nabla\mathcal L+e_k\rVert^2"  # ‖E Ĝ_i‖²
ESTIMATE = r"\mathbb E\lVert\hat G_i\rVert^2"
CURVATURE = r"\tfrac{L_w}{2}\mathbb E[\beta^2]"
LEAST_BETA = r"\tfrac{2}{5C_\beta L_w}"  # half of Lemma 8's bound of E[β] from below


def polarised(x, moments):
    r"""Lines 0 to 7 of a step: −½E[β](‖∇𝓛‖² − ‖e_k‖²) + (L_w/2)E[β²]E‖Ĝ_i‖²/B, with E β and E β² as
    they are."""
    bias = x.estimate - x.meta_gradient
    grad2, bias2 = square(x.meta_gradient), square(bias)
    mean2 = square(x.meta_gradient + bias)
    estimate2 = mean_square(x)
    curvature = x.smoothness / 2 * moments.beta2
    three_squares = -moments.beta / 2 * (grad2 + mean2 - bias2)
    three_squares_latex = rf"-\tfrac12\mathbb E[\beta]({GRADIENT}+{MEAN}-{BIAS})"
    yield from descent_lemma(x, moments, "proposition_1")
    yield equal(
        -moments.beta * (x.meta_gradient @ (x.meta_gradient + bias)) + curvature * moments.square,
        r"-\mathbb E[\beta]\langle\nabla\mathcal L,\nabla\mathcal L+e_k\rangle"
        rf"+{CURVATURE}\,\mathbb E\lVert\bar G\rVert^2",
        "the bias e_k = E Ĝ_i − ∇𝓛, and E Ḡ = E Ĝ_i",
    )
    yield equal(
        three_squares + curvature * moments.square,
        rf"{three_squares_latex}+{CURVATURE}\,\mathbb E\lVert\bar G\rVert^2",
        "polarise: ⟨x, y⟩ = ½‖x‖² + ½‖y‖² − ½‖y − x‖²",
    )
    yield equal(
        three_squares + curvature * (mean2 + (estimate2 - mean2) / x.B),
        rf"{three_squares_latex}+{CURVATURE}\bigl({MEAN}+\tfrac1B({ESTIMATE}-{MEAN})\bigr)",
        "B independent tasks: the variance of a mean",
        "iid tasks",
    )
    yield at_most(
        three_squares + curvature * (mean2 + estimate2 / x.B),
        rf"{three_squares_latex}+{CURVATURE}\bigl({MEAN}+\tfrac1B{ESTIMATE}\bigr)",
        "drop what is not positive",
    )
    yield at_most(
        -moments.beta / 2 * (grad2 - bias2) + curvature * estimate2 / x.B,
        rf"-\tfrac12\mathbb E[\beta]({GRADIENT}-{BIAS})+{CURVATURE}\tfrac1B{ESTIMATE}",
        "L_w E[β²] ≤ E[β], so that ‖∇𝓛 + e_k‖² cancels: by Lemma 8 E[β] ≥ 4/(5C_β L_w), "
        "by Lemma 8' E[β²] ≤ 1.53/(C_β L_w)², and C_β ≥ 1.9125",
        "lemma_8",
        "lemma_8_sharp",
    )


def bound_stepsize(x, moments):
    """Lines 8 to 10 of a step: Lemmas 8 and 8' for E β and E β²."""
    L_w, B, C_beta = x.smoothness, x.B, x.C_beta
    grad2, bias2 = square(x.meta_gradient), square(x.estimate - x.meta_gradient)
    estimate2 = mean_square(x)
    variance = L_w / 2 * moments.beta2 * estimate2 / B
    variance_latex = rf"{CURVATURE}\tfrac1B{ESTIMATE}"
    yield at_most(
        -2 / (5 * C_beta * L_w) * grad2 + moments.beta / 2 * bias2 + variance,
        rf"-{LEAST_BETA}{GRADIENT}+\tfrac12\mathbb E[\beta]{BIAS}+{variance_latex}",
        "Lemma 8: E[β] ≥ 4/(5C_β L_w)",
        "lemma_8",
    )
    yield at_most(
        -2 / (5 * C_beta * L_w) * grad2 + 3 / (5 * C_beta * L_w) * bias2 + variance,
        rf"-{LEAST_BETA}{GRADIENT}+\tfrac{{3}}{{5C_\beta L_w}}{BIAS}+{variance_latex}",
        "Lemma 8': E[β] ≤ 6/(5C_β L_w)",
        "lemma_8_sharp",
    )
    yield at_most(
        after_lemma_8(x, bias2, estimate2),
        after_lemma_8_latex(BIAS),
        "Lemma 8': E[β²] ≤ 1.53/(C_β L_w)²",
        "lemma_8_sharp",
    )


def after_lemma_8(x, bias2, estimate2):
    """(1/(C_β L_w))[−(2/5)‖∇𝓛‖² + (3/5)‖e_k‖² + (0.765/(C_β B))E‖Ĝ_i‖²], with these bounds of the
    last two."""
    inner = -2 / 5 * square(x.meta_gradient) + 3 / 5 * bias2 + 0.765 / (x.C_beta * x.B) * estimate2
    return inner / (x.C_beta * x.smoothness)


def after_lemma_8_latex(bias2, estimate2=ESTIMATE):
    return (
        rf"\tfrac{{1}}{{C_\beta L_w}}\bigl[-\tfrac25{GRADIENT}+\tfrac35{bias2}"
        rf"+\tfrac{{0.765}}{{C_\beta B}}{estimate2}\bigr]"
    )


def one_step(x):
    r"""E[𝓛(w_{k+1})] − 𝓛(w_k) ≤ −θ‖∇𝓛‖²/(‖∇𝓛‖ + χ) + φ/B + ψ, for w_k = w; all lines have 𝓛(w_k)
    subtracted."""
    c, S = x.sharp_constants, x.S
    grad, grad2 = norm(x.meta_gradient), square(x.meta_gradient)
    C_star, tau_sigma = c.C_l, c.spread
    estimate2 = mean_square(x)
    # of ‖e_k‖: where the gradients vanish, and for each unit of their length
    b = min(c.C_bend / S, c.C_err1 / S**0.5)
    slope = c.C_err2 / S**0.5
    slope_latex = r"\tfrac{C_{err2}'}{\sqrt S}"
    moments = Moments(x)
    yield from polarised(x, moments)
    yield from bound_stepsize(x, moments)
    yield at_most(
        after_lemma_8(x, (b + slope * x.gradient_norm) ** 2, estimate2),
        after_lemma_8_latex(rf"(b+{slope_latex}\mathbb E_i\lVert\nabla l_i\rVert)^2")
        + r",\quad b=\min\bigl(\tfrac{C_{bend}}{S},\tfrac{C_{err1}'}{\sqrt S}\bigr)",
        "Propositions 2' and 2'': the smaller of their bounds",
        "proposition_2_sharp",
        "proposition_2_bend",
    )
    yield at_most(
        after_lemma_8(x, (b + slope * (norm(x.gradient) + x.sigma)) ** 2, estimate2),
        after_lemma_8_latex(rf"(b+{slope_latex}(\lVert\nabla l\rVert+\sigma))^2"),
        "A2 and Jensen: E‖∇l_i‖ ≤ ‖∇l‖ + σ",
        "A2",
    )
    yield at_most(
        after_lemma_8(x, (b + slope / C_star * (grad + tau_sigma)) ** 2, estimate2),
        after_lemma_8_latex(
            r"(b+\tfrac{C_{err2}'}{C^*\sqrt S}(\lVert\nabla\mathcal L\rVert+\tau\sigma))^2"
        ),
        "Lemma 7': ‖∇l‖ + σ ≤ (‖∇𝓛‖ + τσ)/C*",
        "lemma_7_sharp",
    )
    square_latex = r"\tfrac{C_{err2}'^2}{C^{*2}S}"
    yield at_most(
        after_lemma_8(x, 2 * b**2 + 2 * (slope / C_star) ** 2 * (grad + tau_sigma) ** 2, estimate2),
        after_lemma_8_latex(
            rf"\bigl(2b^2+2{square_latex}(\lVert\nabla\mathcal L\rVert+\tau\sigma)^2\bigr)"
        ),
        "(x + y)² ≤ 2x² + 2y²",
    )
    bias2 = 2 * b**2 + 4 * (slope / C_star) ** 2 * (grad2 + tau_sigma**2)
    bias2_latex = rf"\bigl(2b^2+4{square_latex}({GRADIENT}+\tau^2\sigma^2)\bigr)"
    yield at_most(
        after_lemma_8(x, bias2, estimate2),
        after_lemma_8_latex(bias2_latex),
        "(x + y)² ≤ 2x² + 2y², once more",
    )
    yield at_most(
        after_lemma_8(x, bias2, c.C_squ1 * grad2 + c.C_squ2),
        after_lemma_8_latex(bias2_latex, rf"(C_{{squ1}}'{GRADIENT}+C_{{squ2}}')"),
        "Proposition 3'",
        "proposition_3_sharp",
    )
    yield equal(
        (-c.kappa * grad2 + c.A * (c.phi / x.B + c.psi)) / x.smoothness,
        rf"\tfrac{{1}}{{L_w}}\bigl[-\kappa{GRADIENT}+\tfrac{{A\varphi}}{{B}}+A\psi\bigr]",
        "collect: this defines κ, φ and ψ",
    )
    yield from bound_smoothness(x, c, c.noise, NOISE, "C*", "lemma_7_sharp")


def total(x):
    r"""θ f(E‖∇𝓛(w_ζ)‖) ≤ Δ/K + φ/B + ψ = θQ, f(x) = x²/(x + χ)."""
    return sum_steps(x, x.sharp_constants, NOISE, "theorem_1_sharp")


def bound(x):
    r"""E‖∇𝓛(w_ζ)‖ ≤ Q + √(χQ): solve the last chain for the gradient."""
    return solve_for_gradient(x, x.sharp_constants, "theorem_1_sharp")


RESULT = Result(
    "theorem_1_sharp",
    "N-step MAML with resampling converges, with better constants",
    r"\mathbb E\lVert\nabla\mathcal L(w_\zeta)\rVert\le Q+\sqrt{\chi Q},"
    r"\quad Q=\tfrac{1}{\theta}\bigl(\tfrac{\Delta}{K}+\tfrac{\varphi}{B}+\psi\bigr)",
    assumes=theorem_1.RESULT.assumes,
    claims={"one step": one_step, "sum": total, "bound": bound},
    setting="resampling",
    enumerates="batches",
    reference="sharper than the paper: Theorem 1 with the sharper lemmas, polarised",
)
