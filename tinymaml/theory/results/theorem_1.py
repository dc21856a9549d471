r"""Theorem 1. N-step MAML with resampling converges.

Claim       (one step) E[𝓛(w_{k+1})] ≤ 𝓛(w_k) − θ‖∇𝓛‖²/(‖∇𝓛‖ + χ) + φ/B + ξ/S, given w_k;  (bound) E‖∇𝓛(w_ζ)‖ ≤ Q + √(χQ) with
            Q = Δ/(θK) + φ/(θB) + ξ/(θS), for ζ uniform on 0 … K−1. Where C_𝓛 = 0, θf(x) = κx²/A and the bound is √(A(Δ/K + φ/B + ξ/S)/κ).
Assumes     everything: A1, A2, A3, fresh and independent draws, B' and D_L as Lemma 8 asks, C_l > 0, κ > 0.
Proof       Descent lemma anchored at w_k; expectations, β and Ḡ being independent; Lemma 8 for β, Propositions 2 and 3 for Ḡ. Then
            telescope, and use that f(x) = x²/(x + χ) is convex and increasing.
Attained    not known to be: each of its ingredients loses a factor, and 5 to 20 times lie between the bound and a run.

The expectations over w_1 … w_K are over all outcomes: σ has to hold at every w that the run may reach, not only at w_0.
"""

from typing import NamedTuple

import numpy as np

from ..batches import expected, gradients, joint, run, stepsizes
from ..chain import ROUNDING, Result, at_most, equal, first
from ..paths import norm

NOISE = r"\frac{\varphi}{B}+\frac{\xi}{S}"


class Words(NamedTuple):
    """How a proof writes its constants and names what it cites: Theorem 1's, or those of
    theorem_1_sharp."""

    first: str  # E[1/L̂] ≤ 2 · first/L_w
    second: str  # E[1/L̂²] ≤ second/L_w²
    half_second: str
    C_l: tuple[str, str]  # itself, its square
    spread: tuple[str, str]  # ‖∇l‖ + σ ≤ (‖∇𝓛‖ + spread)/C_l
    prime: str
    suffix: str
    lemma_8: tuple[str, ...]  # the reason, the results
    lemma_7: str


PLAIN = Words(
    "1",
    "4",
    "2",
    ("C_l", "C_l^2"),
    (r"\sigma", r"\sigma^2"),
    "",
    "",
    ("Lemma 8: E[β] ≥ 4/(5C_β L_w) and ≤ 2/(C_β L_w), E[β²] ≤ 4/(C_β L_w)²", "lemma_8"),
    "Lemma 7: ‖∇l‖ + σ ≤ (‖∇𝓛‖ + σ)/C_l",
)
SHARP = Words(
    r"\tfrac35",
    "1.53",
    "0.765",
    ("C^*", "C^{*2}"),
    (r"\tau\sigma", r"\tau^2\sigma^2"),
    "'",
    "_sharp",
    (
        "Lemma 8: E[β] ≥ 4/(5C_β L_w); its sharper form: E[β] ≤ 6/(5C_β L_w), E[β²] ≤ 1.53/(C_β L_w)²",
        "lemma_8",
        "lemma_8_sharp",
    ),
    "Lemma 7': ‖∇l‖ + σ ≤ (‖∇𝓛‖ + τσ)/C*",
)


def constants(x, sharp):
    return x.sharp_constants if sharp else x.constants


def square(v):
    """‖v‖², along the last axis."""
    return np.sum(np.square(v), axis=-1)


def mean_square(x):
    """E‖Ĝ_i‖², over tasks and signs."""
    return x.mean(lambda task: square(task.estimate).mean())


class Moments:
    """What rows 1 to 4 of one step are made of, from w (the law of one meta-iteration), in both
    settings."""

    def __init__(self, x):
        means, self.beta, self.p = (
            law[:, 0] if law.ndim > 1 else law for law in joint(x, x.w[None])
        )
        (batch, p), (beta, q) = gradients(x, x.w[None]), stepsizes(x, x.w[None])
        self.inner, self.square = (
            means @ x.meta_gradient,
            square(means),
        )  # ⟨∇𝓛, Ḡ⟩, ‖Ḡ‖² for each outcome
        self.loss, self.after = x.meta_loss(x.w), x.meta_loss(x.w - self.beta[:, None] * means)
        self.mean, self.mean_square = (
            p @ batch[:, 0],
            p @ square(batch[:, 0]),
        )  # E Ḡ, E‖Ḡ‖², without a look at β
        self.beta_mean, self.beta_square = (
            q @ beta[:, 0],
            q @ beta[:, 0] ** 2,
        )  # E β, E β², without a look at Ḡ
        values = sum(
            np.abs(task.path(x.w - self.beta[:, None] * means).meta_loss).max()
            + abs(task.from_w.meta_loss)
            for task in x.tasks
        )
        self.scale = values + norm(x.meta_gradient) * (
            norm(x.w) + self.beta.max() * norm(means).max()
        )  # rounded losses at rounded points


def beginning(x, of, proposition):
    """The first three rows, the same in both settings: descent lemma, independence."""
    yield first(
        of.p @ of.after - of.loss, r"\mathbb E\,\mathcal L(w_{k+1})-\mathcal L(w_k)", scale=of.scale
    )
    yield at_most(
        of.p @ (-of.beta * of.inner + x.smoothness / 2 * of.beta**2 * of.square),
        r"\mathbb E[-\beta\langle\nabla\mathcal L,\bar G\rangle+\tfrac{L_w}{2}\beta^2\lVert\bar G\rVert^2]",
        f"descent lemma anchored at w_k: {named(proposition)}, integrated",
        proposition,
    )
    yield equal(
        -of.beta_mean * (x.meta_gradient @ of.mean)
        + x.smoothness / 2 * of.beta_square * of.mean_square,
        r"-\mathbb E[\beta]\langle\nabla\mathcal L,\mathbb E\bar G\rangle+\tfrac{L_w}{2}\mathbb E[\beta^2]\,\mathbb E\lVert\bar G\rVert^2",
        "β is independent of Ḡ, given w_k",
        "fresh stepsize",
    )


def one_step(x, sharp=False):
    r"""E[𝓛(w_{k+1})] − 𝓛(w_k) ≤ −θ‖∇𝓛‖²/(‖∇𝓛‖ + χ) + φ/B + ξ/S, for w_k = w; all rows have 𝓛(w_k) subtracted."""
    c, of, Lw, B, S, C_beta = constants(x, sharp), Moments(x), x.smoothness, x.B, x.S, x.C_beta
    grad2, bias = square(x.meta_gradient), x.estimate - x.meta_gradient
    grad, bias2, estimate2, moved2 = (
        np.sqrt(grad2),
        square(bias),
        mean_square(x),
        square(x.meta_gradient + bias),
    )
    yield from beginning(x, of, "proposition_1")
    tail = r"+\tfrac{L_w}{2}\mathbb E[\beta^2]"
    halves = (
        r"-\tfrac12\mathbb E[\beta]\lVert\nabla\mathcal L\rVert^2+\tfrac12\mathbb E[\beta]\lVert e_k\rVert^2"
        + tail
    )
    yield equal(
        -of.beta_mean * (grad2 + x.meta_gradient @ bias) + Lw / 2 * of.beta_square * of.mean_square,
        r"-\mathbb E[\beta](\lVert\nabla\mathcal L\rVert^2+\langle\nabla\mathcal L,e_k\rangle)"
        + tail
        + r"\,\mathbb E\lVert\bar G\rVert^2",
        "the bias e_k = E Ĝ_i − ∇𝓛, and E Ḡ = E Ĝ_i",
    )
    half = -of.beta_mean * (grad2 - bias2) / 2
    yield at_most(
        half + Lw / 2 * of.beta_square * of.mean_square,
        halves + r"\,\mathbb E\lVert\bar G\rVert^2",
        "⟨∇𝓛, e⟩ ≥ −½‖∇𝓛‖² − ½‖e‖²",
    )
    yield equal(
        half + Lw / 2 * of.beta_square * (moved2 + (estimate2 - moved2) / B),
        halves + r"\bigl(\lVert\nabla\mathcal L+e_k\rVert^2"
        r"+\tfrac1B(\mathbb E\lVert\hat G_i\rVert^2-\lVert\nabla\mathcal L+e_k\rVert^2)\bigr)",
        "B independent tasks: the variance of a mean",
        "iid tasks",
    )
    yield at_most(
        half + Lw / 2 * of.beta_square * (moved2 + estimate2 / B),
        halves
        + r"\bigl(\lVert\nabla\mathcal L+e_k\rVert^2+\tfrac1B\mathbb E\lVert\hat G_i\rVert^2\bigr)",
        "drop what is not positive",
    )
    yield at_most(
        half + Lw / 2 * of.beta_square * (2 * grad2 + 2 * bias2 + estimate2 / B),
        halves
        + r"\bigl(2\lVert\nabla\mathcal L\rVert^2+2\lVert e_k\rVert^2+\tfrac1B\mathbb E\lVert\hat G_i\rVert^2\bigr)",
        "(x + y)² ≤ 2x² + 2y²",
    )
    words = SHARP if sharp else PLAIN

    def with_lemma_8(bias2, estimate2):
        return (
            -2 * grad2 / (5 * C_beta * Lw)
            + c.first / 2 * bias2 / (C_beta * Lw)
            + c.second / (2 * C_beta**2 * Lw) * (2 * grad2 + 2 * bias2 + estimate2 / B)
        )

    def latex(bias2, estimate2=r"\mathbb E\lVert\hat G_i\rVert^2"):
        return (
            rf"\tfrac{{1}}{{C_\beta L_w}}\bigl[-(\tfrac25-\tfrac{{{words.second}}}{{C_\beta}})\lVert\nabla\mathcal L\rVert^2"
            rf"+({words.first}+\tfrac{{{words.second}}}{{C_\beta}}){bias2}+\tfrac{{{words.half_second}}}{{C_\beta B}}{estimate2}\bigr]"
        )

    yield at_most(with_lemma_8(bias2, estimate2), latex(r"\lVert e_k\rVert^2"), *words.lemma_8)
    C1, C2, C_l, spread, prime, suffix = (
        c.C_err1,
        c.C_err2,
        c.C_l,
        c.spread,
        words.prime,
        words.suffix,
    )
    err1, err2, meta = (
        f"C_{{err1}}{prime}",
        f"C_{{err2}}{prime}",
        rf"(\lVert\nabla\mathcal L\rVert+{words.spread[0]})",
    )
    yield at_most(
        with_lemma_8((C1 + C2 * x.gradient_norm) ** 2 / S, estimate2),
        latex(rf"\tfrac1S({err1}+{err2}\mathbb E_i\lVert\nabla l_i\rVert)^2"),
        f"Proposition 2{prime}",
        f"proposition_2{suffix}",
    )
    yield at_most(
        with_lemma_8((C1 + C2 * (norm(x.gradient) + x.sigma)) ** 2 / S, estimate2),
        latex(rf"\tfrac1S({err1}+{err2}(\lVert\nabla l\rVert+\sigma))^2"),
        "A2 and Jensen: E‖∇l_i‖ ≤ ‖∇l‖ + σ",
        "A2",
    )
    yield at_most(
        with_lemma_8((C1 + C2 * (grad + spread) / C_l) ** 2 / S, estimate2),
        latex(rf"\tfrac1S({err1}+\tfrac{{{err2}}}{{{words.C_l[0]}}}{meta})^2"),
        words.lemma_7,
        f"lemma_7{suffix}",
    )
    yield at_most(
        with_lemma_8((2 * C1**2 + 2 * (C2 * (grad + spread) / C_l) ** 2) / S, estimate2),
        latex(rf"\tfrac1S(2{err1}^2+\tfrac{{2{err2}^2}}{{{words.C_l[1]}}}{meta}^2)"),
        "(x + y)² ≤ 2x² + 2y²",
    )
    bias2 = (2 * C1**2 + 4 * (C2 / C_l) ** 2 * (grad2 + spread**2)) / S
    in_bias = rf"\tfrac1S(2{err1}^2+\tfrac{{4{err2}^2}}{{{words.C_l[1]}}}(\lVert\nabla\mathcal L\rVert^2+{words.spread[1]}))"
    yield at_most(with_lemma_8(bias2, estimate2), latex(in_bias), "(x + y)² ≤ 2x² + 2y², once more")
    yield at_most(
        with_lemma_8(bias2, c.C_squ1 * grad2 + c.C_squ2),
        latex(in_bias, rf"(C_{{squ1}}{prime}\lVert\nabla\mathcal L\rVert^2+C_{{squ2}}{prime})"),
        f"Proposition 3{prime}",
        f"proposition_3{suffix}",
    )
    yield equal(
        (-c.kappa * grad2 + c.A * c.phi / B + c.A * c.xi / S) / Lw,
        r"\tfrac{1}{L_w}\bigl[-\kappa\lVert\nabla\mathcal L\rVert^2+\tfrac{A\varphi}{B}+\tfrac{A\xi}{S}\bigr]",
        "collect: this defines κ, φ and ξ",
    )
    yield from ending(
        x, c, c.phi / B + c.xi / S, NOISE, f"lemma_7{suffix}", "C*" if sharp else "C_l"
    )


def ending(x, c, noise, latex, lemma, C_l="C_l"):
    """The last two rows, the same in both settings. c: the constants; lemma: what bounds L_w."""
    grad = norm(x.meta_gradient)
    yield at_most(
        -c.kappa * grad**2 / x.smoothness + noise,
        rf"-\kappa\frac{{\lVert\nabla\mathcal L\rVert^2}}{{L_w}}+{latex}",
        "L_w ≥ A",
    )
    yield at_most(
        -progress(c, grad) + noise,
        rf"-\theta\frac{{\lVert\nabla\mathcal L\rVert^2}}{{\lVert\nabla\mathcal L\rVert+\chi}}+{latex}",
        f"L_w ≤ (C_𝓛/{C_l})(‖∇𝓛‖ + χ) by A2 and {named(lemma)}; κ > 0",
        "A2",
        lemma,
        "kappa > 0",
    )


def named(result):
    """ "lemma_7_sharp" -> "Lemma 7'"."""
    return result.replace("_sharp", "'").replace("_", " ").capitalize()


def progress(c, grad):
    """θ f(grad), f(x) = x²/(x + χ), written so that C_𝓛 = 0 (θ and χ infinite) is no exception."""
    return c.kappa * grad**2 / (c.steepness + c.C_meta / c.C_l * grad)


def iid_batch(x):
    r"""E‖Ḡ‖² = ‖E Ĝ_i‖² + (E‖Ĝ_i‖² − ‖E Ĝ_i‖²)/B: what the mean of B independent draws does to a second moment."""
    batch, p = gradients(x, x.w[None])
    batch, mean, estimate2 = batch[:, 0], x.estimate, mean_square(x)
    variance = x.mean(lambda task: square(task.estimate - mean).mean())
    yield first(p @ square(batch), r"\mathbb E\lVert\bar G\rVert^2")
    yield equal(
        square(p @ batch) + p @ square(batch - p @ batch),
        r"\lVert\mathbb E\bar G\rVert^2+\mathbb E\lVert\bar G-\mathbb E\bar G\rVert^2",
        "bias and variance: the cross term has mean zero",
    )
    yield equal(
        square(mean) + variance / x.B,
        r"\lVert\mathbb E\hat G_i\rVert^2+\tfrac1B\mathbb E\lVert\hat G_i-\mathbb E\hat G_i\rVert^2",
        "independent draws: their covariances vanish",
        "iid tasks",
    )
    yield equal(
        square(mean) + (estimate2 - square(mean)) / x.B,
        r"\lVert\mathbb E\hat G_i\rVert^2+\tfrac1B(\mathbb E\lVert\hat G_i\rVert^2-\lVert\mathbb E\hat G_i\rVert^2)",
        "bias and variance again",
    )


def gradient_norms(x):
    """E‖∇𝓛(w_k)‖ for k = 0 … K−1."""
    return expected(lambda w: norm(x.meta_gradient_at(w)), run(x)[:-1])


def total(x, latex=NOISE, theorem="theorem_1", sharp=False):
    r"""θ f(E‖∇𝓛(w_ζ)‖) ≤ Δ/K + φ/B + ξ/S = θQ, f(x) = x²/(x + χ)."""
    c, law, K = constants(x, sharp), run(x), x.K
    losses, noise = expected(x.meta_loss, law), c.noise
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
        rf"\frac1K\sum_k\mathbb E[\mathcal L(w_k)-\mathcal L(w_{{k+1}})]+{latex}",
        "one step, from each w_k",
        theorem,
    )
    yield equal(
        (losses[0] - losses[K]) / K + noise,
        rf"\frac1K(\mathcal L(w_0)-\mathbb E\mathcal L(w_K))+{latex}",
        "the sum telescopes",
    )
    yield at_most(
        (losses[0] - x.lower_bound) / K + noise,
        rf"\frac{{\Delta}}{{K}}+{latex}=\theta Q,\quad\Delta=\mathcal L(w_0)-\inf\mathcal L",
        "A1: 𝓛(w_K) ≥ inf 𝓛",
        "A1 inf",
    )


def bound(x, theorem="theorem_1", sharp=False):
    r"""E‖∇𝓛(w_ζ)‖ ≤ Q + √(χQ): solve the last chain for the gradient."""
    c, grad, loss = constants(x, sharp), gradient_norms(x).mean(), x.meta_loss(x.w)
    ratio, Delta = (
        c.C_meta / c.C_l,
        max(loss - x.lower_bound, 0.0),
    )  # a bound that is none shows in the chain before
    rounding = ROUNDING * (
        abs(loss) + abs(x.lower_bound)
    )  # of Δ: near its minimum 𝓛 has no digits left, the gradient has
    parts = lambda scaled: (
        ratio * scaled / c.kappa,
        c.steepness * scaled / c.kappa,
    )  # θy -> y, χy: finite where C_𝓛 = 0
    f, chi_f = parts(progress(c, grad))
    Q, chi_Q = parts(Delta / x.K + c.noise)
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
        "fresh S",
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
)
