r"""One step of descent, the sum over all steps, and the bound: the lines that the theorems share
(lessons 21 and 22).

`descent_lemma` starts a step, `bound_smoothness` ends it, `sum_steps` adds the steps of a run, and
`solve_for_gradient` makes E‖∇𝓛(w_ζ)‖ of the sum. In between stand each theorem's own lines.
"""

import numpy as np

from .batches import expected, expected_next, gradients, joint, run, stepsizes
from .chain import ROUNDING, at_most, equal, first
from .deviation import E, from_norms_to_mean, gradient_names
from .formula import plain
from .paths import norm, square


def title(result):
    """ "lemma_7_sharp" -> "Lemma 7'"."""
    return result.replace("_sharp", "'").replace("_", " ").capitalize()


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
    """Lines 0 to 2 of a step: the descent lemma, and β independent of Ḡ. proposition: the one that
    says how smooth 𝓛 is."""
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


def bound_smoothness(x, c, noise, noise_latex, C_l, lemma, spread=r"\sigma"):
    """The last lines of a step: from L_w to θ and χ. c: the constants; lemma: says that
    ‖∇l‖ + σ ≤ (‖∇𝓛‖ + spread)/C_l; C_l, spread: how these are written."""
    grad = norm(x.meta_gradient)

    def bound(smoothness):
        """With this bound of L_w."""
        return -c.kappa * grad**2 / smoothness + noise

    def latex(smoothness):
        return rf"-\kappa\frac{{\lVert\nabla\mathcal L\rVert^2}}{{{smoothness}}}+{noise_latex}"

    def latex_of_norm(length):
        return latex(rf"A+C_{{\mathcal L}}({length})")

    yield at_most(bound(x.smoothness), latex("L_w"), "L_w ≥ A")
    yield equal(
        bound(c.A + c.C_meta * x.gradient_norm),
        latex(rf"A+C_{{\mathcal L}}\,{E}\lVert {gradient_names(x)[0]}\rVert"),
        "definition of L_w",
    )
    yield from from_norms_to_mean(
        x, lambda length: bound(c.A + c.C_meta * length), latex_of_norm, "kappa > 0"
    )
    yield at_most(
        bound(c.A + c.C_meta * (grad + c.spread) / c.C_l),
        latex(rf"A+C_{{\mathcal L}}(\lVert\nabla\mathcal L\rVert+{spread})/{C_l}"),
        f"{title(lemma)} (with sigma)",
        lemma,
        "kappa > 0",
    )
    yield equal(
        -progress(c, grad) + noise,
        r"-\theta\frac{\lVert\nabla\mathcal L\rVert^2}{\lVert\nabla\mathcal L\rVert+\chi}"
        rf"+{noise_latex}",
        f"definition: θ = κ{plain(C_l)}/C_𝓛, χ = {plain(C_l)}A/C_𝓛 + {plain(spread)}",
    )


def progress(c, grad):
    """θ f(grad), f(x) = x²/(x + χ), written so that C_𝓛 = 0 (θ and χ infinite) is no exception."""
    return c.kappa * grad**2 / (c.steepness + c.C_meta / c.C_l * grad)


def gradient_norms(x):
    """E‖∇𝓛(w_k)‖ for k = 0 … K−1."""
    return expected(lambda w: norm(x.meta_gradient_at(w)), run(x)[:-1])


def sum_steps(x, c, noise_latex, theorem):
    """θ f(E‖∇𝓛(w_ζ)‖) ≤ θQ: the sum over all steps. c: the constants; theorem: whose step.

    f is convex only where χ ≥ 0, as C_l > 0 makes sure, and κ > 0 keeps ≤ when θ multiplies it.
    """
    K, noise = x.K, c.noise
    law = run(x)
    losses = expected(x.meta_loss, law)
    decreases = [
        p @ (x.meta_loss(w) - after)
        for (w, p), after in zip(law, expected_next(x.meta_loss, law), strict=False)
    ]
    yield first(
        progress(c, gradient_norms(x).mean()),
        r"\theta f(\mathbb E\lVert\nabla\mathcal L(w_\zeta)\rVert),\quad f(x)=\frac{x^2}{x+\chi}",
        scale=np.abs(losses).max() / K,
    )
    yield at_most(
        expected(lambda w: progress(c, norm(x.meta_gradient_at(w))), law[:-1]).mean(),
        r"\frac1K\sum_k\mathbb E\,\theta f(\lVert\nabla\mathcal L(w_k)\rVert)",
        "Jensen: f is convex, f″ = 2χ²/(x + χ)³",
        "C_l > 0",
        "kappa > 0",
    )
    yield at_most(
        sum(decreases) / K + noise,
        r"\frac1K\sum_k\mathbb E\bigl[\mathcal L(w_k)-\mathbb E[\mathcal L(w_{k+1})\mid w_k]\bigr]"
        rf"+{noise_latex}",
        "one step, from each point that w_k may be",
        theorem,
    )
    yield equal(
        ((losses[:-1] - losses[1:]) / K).sum() + noise,
        rf"\frac1K\sum_k(\mathbb E\mathcal L(w_k)-\mathbb E\mathcal L(w_{{k+1}}))+{noise_latex}",
        "take the mean over w_k: E E[· | w_k] = E",
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


def solve_for_gradient(x, c, theorem):
    """E‖∇𝓛(w_ζ)‖ ≤ Q + √(χQ). c: the constants; theorem: whose sum of steps.

    Where C_𝓛 = 0, θ and χ are infinite; θy is finite, and so are y and χy, computed from it.
    χ ≥ 0 (C_l > 0) makes x the larger root, and Q ≥ 0 (κ > 0) and χ ≥ 0 leave no negative number
    under a root.
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
        "C_l > 0",
    )
    yield at_most(
        (Q + np.sqrt(Q**2 + 4 * chi_Q)) / 2,
        r"\tfrac12\bigl(Q+\sqrt{Q^2+4\chi Q}\bigr)",
        "(sum): f(x) ≤ Q",
        theorem,
    )
    yield at_most(
        c.bound(Delta, x.K), r"Q+\sqrt{\chi Q}", "√(x + y) ≤ √x + √y", "C_l > 0", "kappa > 0"
    )
