r"""Theorem 1. N-step MAML with resampling converges.

Claim       (one step) E[𝓛(w_{k+1})] ≤ 𝓛(w_k) − θ‖∇𝓛‖²/(‖∇𝓛‖ + χ) + φ/B + ξ/S, given w_k;
            (bound) E‖∇𝓛(w_ζ)‖ ≤ Q + √(χQ) with Q = Δ/(θK) + φ/(θB) + ξ/(θS), for ζ uniform on
            0 … K−1. Where C_𝓛 = 0, θf(x) = κx²/A and the bound is √(A(Δ/K + φ/B + ξ/S)/κ).
Constants   κ = (2/C_β)(1/5 − 2/C_β) − (1/C_β)(1 + 4/C_β) 4C_err2²/(C_l²S) − 2C_squ1/(C_β²B),
            φ = 2C_squ2/(C_β²A), ξ = (1 + 4/C_β)(2C_err1² + 4C_err2²σ²/C_l²)/(C_βA),
            θ = κC_l/C_𝓛, χ = C_lA/C_𝓛 + σ.
Assumes     everything: A1, A2, A3, fresh and independent draws, B' and D_L as Lemma 8 asks,
            C_l > 0, κ > 0, which asks for C_β > 10.
Proof       Descent lemma anchored at w_k; expectations, β and Ḡ being independent; Lemma 8 for β,
            Propositions 2 and 3 for Ḡ. Then telescope, and use that f(x) = x²/(x + χ) is convex and
            increasing.
Attained    up to a factor that depends on K and decreases to 1/√(C_βκ), 1.67 for C_β = 100, on a
            ramp: a constant slope that K iterations just walk down (`extremals.ramp`; 3.5 at K =
            100). The ramp is made for its K; on one loss for all K, a cosine without noise, 121,
            18, 4.6, 5.1, 15 and 47 times lie between the bound and a run at K = 1, 10, … 10^5. (one
            step) and (sum), on the ramp, up to a factor 2.91 and 6.68 at K = 100, N = 2 and αL =
            1/16.

The expectations over w_1 … w_K are over all outcomes: σ has to hold at every w that the run may
reach, not only at w_0.

Theorems 1 (sharper) and 2 share what does not depend on their constants: the lines before the
stepsize is bounded, the last two of a step, the sum over all steps, and the bound.
"""

import numpy as np

from ..batches import expected, gradients, joint, run, stepsizes
from ..chain import ROUNDING, UP_TO_A_FACTOR, Attained, Result, at_most, equal, first
from ..paths import norm

NOISE = r"\frac{\varphi}{B}+\frac{\xi}{S}"


def square(v):
    """‖v‖², along the last axis."""
    return np.sum(np.square(v), axis=-1)


def mean_square(x):
    """E‖Ĝ_i‖², over tasks and signs."""
    return x.mean(lambda task: task.expect(square(task.estimate)))


class Moments:
    """What the first lines of a step consist of, in both settings: means over all outcomes of one
    meta-iteration from w."""

    def __init__(self, x):
        # by the joint law of Ḡ and β; there is one start, w
        G, beta, p = joint(x, x.w[None])
        G, beta = G[:, 0], beta[:, 0]
        after = x.w - beta[:, None] * G
        # E[𝓛(w⁺) − 𝓛(w)] and E[−β⟨∇𝓛, Ḡ⟩ + (L_w/2)β²‖Ḡ‖²]
        self.change = p @ x.meta_loss(after) - x.meta_loss(x.w)
        self.bound = p @ (-beta * (G @ x.meta_gradient) + x.smoothness / 2 * beta**2 * square(G))
        # how large the losses are, and what the rounding of the points changes in them
        losses = sum(
            np.abs(task.path(after).meta_loss).max() + abs(task.from_w.meta_loss)
            for task in x.tasks
        )
        reach = norm(x.w) + beta.max() * norm(G).max()
        self.scale = losses + norm(x.meta_gradient) * reach

        # E Ḡ and E‖Ḡ‖², by the law of Ḡ alone
        G, p = gradients(x, x.w[None])
        self.gradient = p @ G[:, 0]
        self.square = p @ square(G[:, 0])

        # E β and E β², by the law of β alone
        beta, p = stepsizes(x, x.w[None])
        self.beta = p @ beta[:, 0]
        self.beta2 = p @ beta[:, 0] ** 2


def descent_lemma(x, moments, proposition):
    """Lines 0 to 2 of a step, the same in both settings: the descent lemma, and β independent of Ḡ.
    proposition: the one that says how smooth 𝓛 is."""
    yield first(
        moments.change, r"\mathbb E\,\mathcal L(w_{k+1})-\mathcal L(w_k)", scale=moments.scale
    )
    yield at_most(
        moments.bound,
        r"\mathbb E[-\beta\langle\nabla\mathcal L,\bar G\rangle"
        r"+\tfrac{L_w}{2}\beta^2\lVert\bar G\rVert^2]",
        f"descent lemma anchored at w_k: {title(proposition)}, integrated",
        proposition,
    )
    yield equal(
        -moments.beta * (x.meta_gradient @ moments.gradient)
        + x.smoothness / 2 * moments.beta2 * moments.square,
        r"-\mathbb E[\beta]\langle\nabla\mathcal L,\mathbb E\bar G\rangle"
        r"+\tfrac{L_w}{2}\mathbb E[\beta^2]\,\mathbb E\lVert\bar G\rVert^2",
        "β is independent of Ḡ, given w_k",
        "fresh stepsize",
    )


def before_lemma_8(x):
    """Lines 0 to 7 of a step: what the bias e_k and E‖Ĝ_i‖² do to it, with E β and E β² as they
    are."""
    moments, L_w, B = Moments(x), x.smoothness, x.B
    bias = x.estimate - x.meta_gradient
    grad2 = square(x.meta_gradient)
    bias2 = square(bias)
    mean2 = square(x.meta_gradient + bias)  # ‖E Ĝ_i‖²
    estimate2 = mean_square(x)  # E‖Ĝ_i‖²
    curvature = L_w / 2 * moments.beta2
    slope = -moments.beta * (grad2 - bias2) / 2
    tail = r"+\tfrac{L_w}{2}\mathbb E[\beta^2]"
    halves = (
        r"-\tfrac12\mathbb E[\beta]\lVert\nabla\mathcal L\rVert^2"
        r"+\tfrac12\mathbb E[\beta]\lVert e_k\rVert^2" + tail
    )
    yield from descent_lemma(x, moments, "proposition_1")
    yield equal(
        -moments.beta * (grad2 + x.meta_gradient @ bias) + curvature * moments.square,
        r"-\mathbb E[\beta](\lVert\nabla\mathcal L\rVert^2+\langle\nabla\mathcal L,e_k\rangle)"
        + tail
        + r"\,\mathbb E\lVert\bar G\rVert^2",
        "the bias e_k = E Ĝ_i − ∇𝓛, and E Ḡ = E Ĝ_i",
    )
    yield at_most(
        slope + curvature * moments.square,
        halves + r"\,\mathbb E\lVert\bar G\rVert^2",
        "⟨∇𝓛, e⟩ ≥ −½‖∇𝓛‖² − ½‖e‖²",
    )
    yield equal(
        slope + curvature * (mean2 + (estimate2 - mean2) / B),
        halves + r"\bigl(\lVert\nabla\mathcal L+e_k\rVert^2"
        r"+\tfrac1B(\mathbb E\lVert\hat G_i\rVert^2-\lVert\nabla\mathcal L+e_k\rVert^2)\bigr)",
        "B independent tasks: the variance of a mean",
        "iid tasks",
    )
    yield at_most(
        slope + curvature * (mean2 + estimate2 / B),
        halves + r"\bigl(\lVert\nabla\mathcal L+e_k\rVert^2"
        r"+\tfrac1B\mathbb E\lVert\hat G_i\rVert^2\bigr)",
        "drop what is not positive",
    )
    yield at_most(
        slope + curvature * (2 * grad2 + 2 * bias2 + estimate2 / B),
        halves + r"\bigl(2\lVert\nabla\mathcal L\rVert^2+2\lVert e_k\rVert^2"
        r"+\tfrac1B\mathbb E\lVert\hat G_i\rVert^2\bigr)",
        "(x + y)² ≤ 2x² + 2y²",
    )


def one_step(x):
    r"""E[𝓛(w_{k+1})] − 𝓛(w_k) ≤ −θ‖∇𝓛‖²/(‖∇𝓛‖ + χ) + φ/B + ξ/S, for w_k = w; all lines have 𝓛(w_k)
    subtracted."""
    L_w, B, S, C_beta, sigma = x.smoothness, x.B, x.S, x.C_beta, x.sigma
    c = x.constants
    C_err1, C_err2, C_l = c.C_err1, c.C_err2, c.C_l
    grad, grad2 = norm(x.meta_gradient), square(x.meta_gradient)
    estimate2 = mean_square(x)

    def bound(bias2, estimate2):
        """After Lemma 8, with these bounds of ‖e_k‖² and E‖Ĝ_i‖²."""
        return (
            -2 * grad2 / (5 * C_beta * L_w)
            + bias2 / (C_beta * L_w)
            + 2 / (C_beta**2 * L_w) * (2 * grad2 + 2 * bias2 + estimate2 / B)
        )

    def latex(bias2, estimate2=r"\mathbb E\lVert\hat G_i\rVert^2"):
        return (
            r"\tfrac{1}{C_\beta L_w}\bigl["
            r"-(\tfrac25-\tfrac{4}{C_\beta})\lVert\nabla\mathcal L\rVert^2"
            rf"+(1+\tfrac{{4}}{{C_\beta}}){bias2}+\tfrac{{2}}{{C_\beta B}}{estimate2}\bigr]"
        )

    yield from before_lemma_8(x)
    yield at_most(
        bound(square(x.estimate - x.meta_gradient), estimate2),
        latex(r"\lVert e_k\rVert^2"),
        "Lemma 8: E[β] ≥ 4/(5C_β L_w) and ≤ 2/(C_β L_w), E[β²] ≤ 4/(C_β L_w)²",
        "lemma_8",
    )
    yield at_most(
        bound((C_err1 + C_err2 * x.gradient_norm) ** 2 / S, estimate2),
        latex(r"\tfrac1S(C_{err1}+C_{err2}\mathbb E_i\lVert\nabla l_i\rVert)^2"),
        "Proposition 2",
        "proposition_2",
    )
    yield at_most(
        bound((C_err1 + C_err2 * (norm(x.gradient) + sigma)) ** 2 / S, estimate2),
        latex(r"\tfrac1S(C_{err1}+C_{err2}(\lVert\nabla l\rVert+\sigma))^2"),
        "A2 and Jensen: E‖∇l_i‖ ≤ ‖∇l‖ + σ",
        "A2",
    )
    yield at_most(
        bound((C_err1 + C_err2 * (grad + sigma) / C_l) ** 2 / S, estimate2),
        latex(r"\tfrac1S(C_{err1}+\tfrac{C_{err2}}{C_l}(\lVert\nabla\mathcal L\rVert+\sigma))^2"),
        "Lemma 7: ‖∇l‖ + σ ≤ (‖∇𝓛‖ + σ)/C_l",
        "lemma_7",
    )
    yield at_most(
        bound((2 * C_err1**2 + 2 * (C_err2 * (grad + sigma) / C_l) ** 2) / S, estimate2),
        latex(
            r"\tfrac1S(2C_{err1}^2"
            r"+\tfrac{2C_{err2}^2}{C_l^2}(\lVert\nabla\mathcal L\rVert+\sigma)^2)"
        ),
        "(x + y)² ≤ 2x² + 2y²",
    )
    bias2 = (2 * C_err1**2 + 4 * (C_err2 / C_l) ** 2 * (grad2 + sigma**2)) / S
    bias2_latex = (
        r"\tfrac1S(2C_{err1}^2"
        r"+\tfrac{4C_{err2}^2}{C_l^2}(\lVert\nabla\mathcal L\rVert^2+\sigma^2))"
    )
    yield at_most(bound(bias2, estimate2), latex(bias2_latex), "(x + y)² ≤ 2x² + 2y², once more")
    yield at_most(
        bound(bias2, c.C_squ1 * grad2 + c.C_squ2),
        latex(bias2_latex, r"(C_{squ1}\lVert\nabla\mathcal L\rVert^2+C_{squ2})"),
        "Proposition 3",
        "proposition_3",
    )
    yield equal(
        (-c.kappa * grad2 + c.A * c.phi / B + c.A * c.xi / S) / L_w,
        r"\tfrac{1}{L_w}\bigl[-\kappa\lVert\nabla\mathcal L\rVert^2"
        r"+\tfrac{A\varphi}{B}+\tfrac{A\xi}{S}\bigr]",
        "collect: this defines κ, φ and ξ",
    )
    yield from bound_smoothness(x, c, c.phi / B + c.xi / S, NOISE, "C_l", "lemma_7")


def bound_smoothness(x, c, noise, noise_latex, C_l, lemma):
    """The last two lines of a step, the same in both settings. c: the constants; C_l: how that is
    written; lemma: what bounds L_w."""
    grad = norm(x.meta_gradient)
    yield at_most(
        -c.kappa * grad**2 / x.smoothness + noise,
        rf"-\kappa\frac{{\lVert\nabla\mathcal L\rVert^2}}{{L_w}}+{noise_latex}",
        "L_w ≥ A",
    )
    yield at_most(
        -progress(c, grad) + noise,
        r"-\theta\frac{\lVert\nabla\mathcal L\rVert^2}{\lVert\nabla\mathcal L\rVert+\chi}"
        rf"+{noise_latex}",
        f"L_w ≤ (C_𝓛/{C_l})(‖∇𝓛‖ + χ) by A2 and {title(lemma)}; κ > 0",
        "A2",
        lemma,
        "kappa > 0",
    )


def title(result):
    """ "lemma_7_sharp" -> "Lemma 7'"."""
    return result.replace("_sharp", "'").replace("_", " ").capitalize()


def progress(c, grad):
    """θ f(grad), f(x) = x²/(x + χ), written so that C_𝓛 = 0 (θ and χ infinite) is no exception."""
    return c.kappa * grad**2 / (c.steepness + c.C_meta / c.C_l * grad)


def iid_batch(x):
    r"""E‖Ḡ‖² = ‖E Ĝ_i‖² + (E‖Ĝ_i‖² − ‖E Ĝ_i‖²)/B: what the mean of B independent draws does to a
    second moment."""
    G, p = gradients(x, x.w[None])
    G = G[:, 0]
    mean = x.estimate
    variance = x.mean(lambda task: task.expect(square(task.estimate - mean)))
    yield first(p @ square(G), r"\mathbb E\lVert\bar G\rVert^2")
    yield equal(
        square(p @ G) + p @ square(G - p @ G),
        r"\lVert\mathbb E\bar G\rVert^2+\mathbb E\lVert\bar G-\mathbb E\bar G\rVert^2",
        "bias and variance: the cross term has mean zero",
    )
    yield equal(
        square(mean) + variance / x.B,
        r"\lVert\mathbb E\hat G_i\rVert^2"
        r"+\tfrac1B\mathbb E\lVert\hat G_i-\mathbb E\hat G_i\rVert^2",
        "independent draws: their covariances vanish",
        "iid tasks",
    )
    yield equal(
        square(mean) + (mean_square(x) - square(mean)) / x.B,
        r"\lVert\mathbb E\hat G_i\rVert^2"
        r"+\tfrac1B(\mathbb E\lVert\hat G_i\rVert^2-\lVert\mathbb E\hat G_i\rVert^2)",
        "bias and variance again",
    )


def gradient_norms(x):
    """E‖∇𝓛(w_k)‖ for k = 0 … K−1."""
    return expected(lambda w: norm(x.meta_gradient_at(w)), run(x)[:-1])


def total(x):
    r"""θ f(E‖∇𝓛(w_ζ)‖) ≤ Δ/K + φ/B + ξ/S = θQ, f(x) = x²/(x + χ)."""
    return sum_steps(x, x.constants, NOISE, "theorem_1")


def sum_steps(x, c, noise_latex, theorem):
    """The sum over all steps, the same for all theorems. c: the constants; theorem: whose step."""
    K, noise = x.K, c.noise
    law = run(x)
    losses = expected(x.meta_loss, law)
    yield first(
        progress(c, gradient_norms(x).mean()),
        r"\theta f(\mathbb E\lVert\nabla\mathcal L(w_\zeta)\rVert),\quad f(x)=\frac{x^2}{x+\chi}",
        scale=np.abs(losses).max() / K,
    )
    yield at_most(
        expected(lambda w: progress(c, norm(x.meta_gradient_at(w))), law[:-1]).mean(),
        r"\frac1K\sum_k\mathbb E\,\theta f(\lVert\nabla\mathcal L(w_k)\rVert)",
        "Jensen: f is convex, f″ = 2χ²/(x + χ)³",
    )
    yield at_most(
        sum((losses[:-1] - losses[1:]) / K) + noise,
        rf"\frac1K\sum_k\mathbb E[\mathcal L(w_k)-\mathcal L(w_{{k+1}})]+{noise_latex}",
        "one step, from each w_k",
        theorem,
    )
    yield equal(
        (losses[0] - losses[K]) / K + noise,
        rf"\frac1K(\mathcal L(w_0)-\mathbb E\mathcal L(w_K))+{noise_latex}",
        "the sum telescopes",
    )
    yield at_most(
        (losses[0] - x.lower_bound) / K + noise,
        rf"\frac{{\Delta}}{{K}}+{noise_latex}=\theta Q,\quad\Delta=\mathcal L(w_0)-\inf\mathcal L",
        "A1: 𝓛(w_K) ≥ inf 𝓛",
        "A1 inf",
    )


def bound(x):
    r"""E‖∇𝓛(w_ζ)‖ ≤ Q + √(χQ): solve the last chain for the gradient."""
    return solve_for_gradient(x, x.constants, "theorem_1")


def solve_for_gradient(x, c, theorem):
    """The bound, the same for all theorems. c: the constants; theorem: whose sum of steps.

    Where C_𝓛 = 0, θ and χ are infinite; θy is finite, and so are y and χy, computed from it.
    """
    grad = gradient_norms(x).mean()
    ratio = c.C_meta / c.C_l
    loss = x.meta_loss(x.w)
    Delta = max(loss - x.lower_bound, 0.0)  # a lower bound that is none shows in the sum
    # By how much Δ is rounded: near its minimum 𝓛 has no digits left where the gradient has some.
    rounding = ROUNDING * (abs(loss) + abs(x.lower_bound))

    theta_f = progress(c, grad)
    theta_Q = Delta / x.K + c.noise
    f, chi_f = ratio * theta_f / c.kappa, c.steepness * theta_f / c.kappa
    Q, chi_Q = ratio * theta_Q / c.kappa, c.steepness * theta_Q / c.kappa
    yield first(
        grad,
        r"\mathbb E\lVert\nabla\mathcal L(w_\zeta)\rVert=:x",
        "definition; ζ is uniform on 0 … K−1",
        scale=(c.bound(Delta + rounding, x.K) - c.bound(Delta, x.K)) / ROUNDING,
    )
    yield equal(
        (f + np.sqrt(f**2 + 4 * chi_f)) / 2,
        r"\tfrac12\bigl(f(x)+\sqrt{f(x)^2+4\chi f(x)}\bigr)",
        "solve x² = f(x)(x + χ) for x",
    )
    yield at_most(
        (Q + np.sqrt(Q**2 + 4 * chi_Q)) / 2,
        r"\tfrac12\bigl(Q+\sqrt{Q^2+4\chi Q}\bigr)",
        "f(x) ≤ Q: the chain before",
        theorem,
    )
    yield at_most(c.bound(Delta, x.K), r"Q+\sqrt{\chi Q}", "√(x + y) ≤ √x + √y")


RESULT = Result(
    "theorem_1",
    "N-step MAML with resampling converges",
    r"\mathbb E\lVert\nabla\mathcal L(w_\zeta)\rVert\le Q+\sqrt{\chi Q},"
    r"\quad Q=\tfrac{1}{\theta}\bigl(\tfrac{\Delta}{K}+\tfrac{\varphi}{B}+\tfrac{\xi}{S}\bigr)",
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
        "fresh stepsize",
        "sizes",
        "C_l > 0",
        "kappa > 0",
    ),
    claims={"one step": one_step, "iid batch": iid_batch, "sum": total, "bound": bound},
    setting="resampling",
    enumerates="batches",
    attained={
        "one step": Attained(UP_TO_A_FACTOR, "ramp"),
        "sum": Attained(UP_TO_A_FACTOR, "ramp"),
        "bound": Attained(UP_TO_A_FACTOR, "ramp", "1.67 as K → ∞"),
    },
)
