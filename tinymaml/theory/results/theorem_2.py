r"""Theorem 2. N-step MAML on finite sums converges.

Claim       (one step) E[𝓛(w_{k+1})] ≤ 𝓛(w_k) − θ‖∇𝓛‖²/(‖∇𝓛‖ + χ) + φ/B, given w_k;
            (bound) E‖∇𝓛(w_ζ)‖ ≤ Q + √(χQ) with Q = Δ/(θK) + φ/(θB), for ζ uniform on 0 … K−1.
            Where C_𝓛 = 0, θf(x) = κx²/A and the bound is √(A(Δ/K + φ/B)/κ).
Constants   κ = 1/C_β − 2/C_β² − 2A_squ1/(C_β²B), φ = 2A_squ2/(C_β²A), θ = κC_l/C_𝓛,
            χ = C_lA/C_𝓛 + σ + a^N(a^N − 1)b.
Assumes     A1, A2, b_i, independent draws of tasks, B' as Lemma 11 asks, C_l > 0, κ > 0,
            which asks for C_β > 2.
Proof       As Theorem 1, but the estimator is unbiased: the cross term is exact and no S appears.
            Lemma 11 for β, Proposition 5 for Ḡ.
Attained    up to a factor that depends on K and decreases to 1/√(C_βκ), 1.01 for C_β = 100, on a
            ramp as in Theorem 1 (1.84 at K = 100). The rate 1/√K and, for large K, its constant
            cannot be improved.

σ and b_i have to hold at every w that the run may reach, not only at w_0.
"""

from ..batches import gradients
from ..chain import UP_TO_A_FACTOR, Attained, Result, at_most, equal, first
from ..descent import (
    Moments,
    bound_smoothness,
    descent_lemma,
    solve_for_gradient,
    sum_steps,
)
from ..paths import square
from .proposition_5 import sweep

NOISE = r"\frac{\varphi}{B}"


def mean_square(x):
    """E_i‖∇𝓛_i‖²."""
    return x.mean(lambda task: square(task.from_w.meta_gradient))


def one_step(x):
    r"""E[𝓛(w_{k+1})] − 𝓛(w_k) ≤ −θ‖∇𝓛‖²/(‖∇𝓛‖ + χ) + φ/B, for w_k = w; all lines have 𝓛(w_k)
    subtracted."""
    c, L_w, B, C_beta = x.constants, x.smoothness, x.B, x.C_beta
    moments = Moments(x)
    grad2 = square(x.meta_gradient)
    each2 = mean_square(x)
    slope = -moments.beta * grad2
    curvature = L_w / 2 * moments.beta2
    slope_latex = (
        r"-\mathbb E[\beta]\lVert\nabla\mathcal L\rVert^2+\tfrac{L_w}{2}\mathbb E[\beta^2]"
    )

    def bound(each2):
        """After Lemma 11, with this bound of E_i‖∇𝓛_i‖²."""
        return -grad2 / (C_beta * L_w) + 2 / (C_beta**2 * L_w) * (grad2 + each2 / B)

    def latex(each2):
        return (
            r"\tfrac{1}{C_\beta L_w}\bigl["
            r"-(1-\tfrac2{C_\beta})\lVert\nabla\mathcal L\rVert^2"
            rf"+\tfrac{{2}}{{C_\beta B}}{each2}\bigr]"
        )

    yield from descent_lemma(x, moments, "proposition_4")
    yield equal(
        -moments.beta * (x.meta_gradient @ x.mean(sweep)) + curvature * moments.square,
        r"-\mathbb E[\beta]\langle\nabla\mathcal L,\mathbb E_i\hat G_i\rangle"
        r"+\tfrac{L_w}{2}\mathbb E[\beta^2]\,\mathbb E\lVert\bar G\rVert^2",
        "E Ḡ = E_i Ĝ_i: the mean of B draws of one law",
    )
    yield equal(
        slope + curvature * moments.square,
        slope_latex + r"\,\mathbb E\lVert\bar G\rVert^2",
        "Proposition 5 (unbiased): E_i Ĝ_i = ∇𝓛",
        "proposition_5",
    )
    yield equal(
        slope + curvature * (grad2 + (each2 - grad2) / B),
        slope_latex + r"\bigl(\lVert\nabla\mathcal L\rVert^2"
        r"+\tfrac1B(\mathbb E_i\lVert\nabla\mathcal L_i\rVert^2"
        r"-\lVert\nabla\mathcal L\rVert^2)\bigr)",
        "B independent tasks: the variance of a mean",
        "iid tasks",
    )
    yield at_most(
        slope + curvature * (grad2 + each2 / B),
        slope_latex + r"\bigl(\lVert\nabla\mathcal L\rVert^2"
        r"+\tfrac1B\mathbb E_i\lVert\nabla\mathcal L_i\rVert^2\bigr)",
        "drop what is not positive",
    )
    unit = 1 / (C_beta * L_w)
    second = grad2 + each2 / B
    second_latex = (
        r"\bigl(\lVert\nabla\mathcal L\rVert^2"
        r"+\tfrac1B\mathbb E_i\lVert\nabla\mathcal L_i\rVert^2\bigr)"
    )
    unit_latex = r"-\tfrac{1}{C_\beta L_w}\lVert\nabla\mathcal L\rVert^2+\tfrac{L_w}{2}"
    yield at_most(
        -unit * grad2 + curvature * second,
        rf"{unit_latex}\mathbb E[\beta^2]{second_latex}",
        "Lemma 11 (mean): E[β] ≥ 1/(C_β L_w)",
        "lemma_11",
    )
    yield at_most(
        -unit * grad2 + L_w / 2 * 4 * unit**2 * second,
        rf"{unit_latex}\tfrac{{4}}{{C_\beta^2L_w^2}}{second_latex}",
        "Lemma 11 (second moment): E[β²] ≤ 4/(C_β L_w)²",
        "lemma_11",
    )
    yield equal(
        bound(each2), latex(r"\mathbb E_i\lVert\nabla\mathcal L_i\rVert^2"), "collect ‖∇𝓛‖²"
    )
    yield at_most(
        bound(c.A_squ1 * grad2 + c.A_squ2),
        latex(r"(A_{squ1}\lVert\nabla\mathcal L\rVert^2+A_{squ2})"),
        "Proposition 5",
        "proposition_5",
    )
    yield equal(
        (
            -(1 / C_beta - 2 / C_beta**2 - 2 * c.A_squ1 / (C_beta**2 * B)) * grad2
            + 2 * c.A_squ2 / (C_beta**2 * B)
        )
        / L_w,
        r"\tfrac{1}{L_w}\bigl[-\bigl(\tfrac{1}{C_\beta}-\tfrac{2}{C_\beta^2}"
        r"-\tfrac{2A_{squ1}}{C_\beta^2B}\bigr)\lVert\nabla\mathcal L\rVert^2"
        r"+\tfrac{2A_{squ2}}{C_\beta^2B}\bigr]",
        "collect ‖∇𝓛‖² and 1/B",
    )
    yield equal(
        (-c.kappa * grad2 + c.A * c.phi / B) / L_w,
        r"\tfrac{1}{L_w}\bigl[-\kappa\lVert\nabla\mathcal L\rVert^2+\tfrac{A\varphi}{B}\bigr]",
        "definition of κ and φ",
    )
    yield from bound_smoothness(x, c, c.phi / B, NOISE, "C_l", "lemma_10", r"\sigma+a^N(a^N-1)b")


def iid_batch(x):
    r"""E‖Ḡ‖² = ‖∇𝓛‖² + (E_i‖∇𝓛_i‖² − ‖∇𝓛‖²)/B."""
    G, p = gradients(x, x.w[None])
    G = G[:, 0]
    mean = x.meta_gradient
    variance = x.mean(lambda task: square(task.from_w.meta_gradient - mean))
    yield first(p @ square(G), r"\mathbb E\lVert\bar G\rVert^2")
    yield equal(
        square(p @ G) + p @ square(G - p @ G),
        r"\lVert\mathbb E\bar G\rVert^2+\mathbb E\lVert\bar G-\mathbb E\bar G\rVert^2",
        "bias and variance: the cross term has mean zero",
    )
    yield equal(
        square(mean) + variance / x.B,
        r"\lVert\nabla\mathcal L\rVert^2"
        r"+\tfrac1B\mathbb E_i\lVert\nabla\mathcal L_i-\nabla\mathcal L\rVert^2",
        "independent draws: their covariances vanish",
        "iid tasks",
    )
    yield equal(
        square(mean) + (mean_square(x) - square(mean)) / x.B,
        r"\lVert\nabla\mathcal L\rVert^2"
        r"+\tfrac1B(\mathbb E_i\lVert\nabla\mathcal L_i\rVert^2-\lVert\nabla\mathcal L\rVert^2)",
        "bias and variance again",
    )


def total(x):
    r"""θ f(E‖∇𝓛(w_ζ)‖) ≤ Δ/K + φ/B = θQ, f(x) = x²/(x + χ)."""
    return sum_steps(x, x.constants, NOISE, "theorem_2")


def bound(x):
    r"""E‖∇𝓛(w_ζ)‖ ≤ Q + √(χQ): solve the last chain for the gradient."""
    return solve_for_gradient(x, x.constants, "theorem_2")


RESULT = Result(
    "theorem_2",
    "N-step MAML on finite sums converges",
    r"\mathbb E\lVert\nabla\mathcal L(w_\zeta)\rVert\le Q+\sqrt{\chi Q},"
    r"\quad Q=\tfrac{1}{\theta}\bigl(\tfrac{\Delta}{K}+\tfrac{\varphi}{B}\bigr)",
    assumes=(
        "A1 L",
        "A1 rho",
        "A1 inf",
        "A2",
        "iid tasks",
        "fresh stepsize",
        "sizes",
        "b",
        "C_l > 0",
        "kappa > 0",
    ),
    claims={"one step": one_step, "iid batch": iid_batch, "sum": total, "bound": bound},
    setting="finite-sum",
    enumerates="batches",
    attained={
        "one step": Attained(UP_TO_A_FACTOR, "ramp_of_two_sets"),
        "sum": Attained(UP_TO_A_FACTOR, "ramp_of_two_sets"),
        "bound": Attained(UP_TO_A_FACTOR, "ramp_of_two_sets", "1.01 as K → ∞"),
    },
)
