r"""Proposition 2. The bias of Algorithm 1's meta-gradient.

Claim       ‖E Ĝ_i(w) − ∇𝓛(w)‖ ≤ (C_err1 + C_err2 E_i‖∇l_i(w)‖)/√S, C_err1 = a^N (a^N − 1) σ_g,
            C_err2 = (ρσ_g/L²) a^(2N−1) (a^N − 1 − NαL). The mean is over tasks and all samples.
Assumes     A1 (L, ρ), A3 (unbiased, σ_g), independent samples within a mini-batch, and that the D_j
            and T are fresh. The inner samples S_j need not be, where their noise is the same at
            every w (Lemma 4).
Proof       Given the path, the fresh D_j and T average out and leave P̂∇l_i(w_N): only the drift of
            the path is left to bias it. Lemma 4 bounds what the drift does to the last gradient,
            Lemma 6 what it does to the product.
Attained    from N = 2 on in the limit ‖∇l‖ → ∞, σ_g → 0, if one sample serves all inner steps, by
            the kinks of Lemma 6 (with fresh samples at N = 2 only). At N = 1, where C_err2 = 0, in
            the limit ρ → ∞ only: a curvature −L at w that turns into L within a distance δ → 0 of
            w̃_1, so that the gradient there looks like |·|, and both signs of the noise err to the
            same side. For a fixed ρ the bias at N = 1 falls like 1/S, and the bound like 1/√S.
            Where ‖∇l‖ is not large nothing is known that comes nearer than the corner at rest, half
            of it at N = 2.
"""

import numpy as np

from ..chain import IN_A_LIMIT, Attained, Result, at_most, equal, first
from ..paths import apply, norm, spectral
from . import lemma_6

BOUND = (
    r"\frac{1}{\sqrt{S}}"
    r"(C_{\mathrm{err}1}+C_{\mathrm{err}2}\,\mathbb{E}_i\lVert\nabla l_i(w)\rVert)"
)


def up_to_drift(x):
    r"""‖E Ĝ_i − ∇𝓛‖ ≤ E(a^N L‖w_N − w̃_N‖ + a^N ‖P̂ − P‖‖∇l_i(w)‖): what is left to bound is how far
    the path drifts."""
    a, L, N = x.a, x.L, x.steps

    def mean(of):
        """E, over tasks and signs."""
        return x.mean(lambda task: task.expect(of(task), 0))

    def difference(task):
        """P̂∇l_i(w_N) − P∇l_i(w̃_N), (R, d)."""
        return task.noisy.meta_gradient - task.from_w.meta_gradient

    def split(task):
        """P̂(∇l_i(w_N) − ∇l_i(w̃_N)) + (P̂ − P)∇l_i(w̃_N), (R, d)."""
        by_gradient = apply(task.noisy.product, task.pull[N])
        by_product = apply(task.noisy.product - task.from_w.product, task.from_w.outer_gradient)
        return by_gradient + by_product

    def P_drift(task):
        """‖P̂ − P‖, (R,)."""
        drift = spectral(task.noisy.product - task.from_w.product)
        return drift * np.ones(len(task.signs.rows))  # one for each pattern, also where N = 0

    def pull(task):
        """‖∇l_i(w_N) − ∇l_i(w̃_N)‖, (R,)."""
        return norm(task.pull[N])

    def drift(task):
        """‖w_N − w̃_N‖, (R,)."""
        return norm(task.drift[N])

    def end(task):
        """‖∇l_i(w̃_N)‖"""
        return norm(task.from_w.outer_gradient)

    pull_latex = r"\lVert\nabla l_i(w_N)-\nabla l_i(\tilde w_N)\rVert"
    drift_latex = r"\lVert w_N-\tilde w_N\rVert"
    P_latex = r"\lVert\hat P-P\rVert"
    end_latex = r"\lVert\nabla l_i(\tilde w_N)\rVert"
    yield first(
        norm(x.estimate - x.meta_gradient),
        r"\lVert\mathbb{E}\hat G_i(w)-\nabla\mathcal{L}(w)\rVert",
        "definition, over all samples",
        scale=max(largest(task) for task in x.tasks),
    )
    yield equal(
        norm(mean(difference)),
        r"\lVert\mathbb{E}(\hat P\,\nabla l_i(w_N)-P\,\nabla l_i(\tilde w_N))\rVert",
        "the D_j and T are fresh and unbiased: given the path, each may be replaced by its mean",
        "A3 unbiased",
        "fresh D, T",
    )
    yield at_most(
        mean(lambda task: norm(difference(task))),
        r"\mathbb{E}\lVert\hat P\,\nabla l_i(w_N)-P\,\nabla l_i(\tilde w_N)\rVert",
        "Jensen: the norm is convex",
    )
    yield equal(
        mean(lambda task: norm(split(task))),
        r"\mathbb{E}\lVert\hat P(\nabla l_i(w_N)-\nabla l_i(\tilde w_N))"
        r"+(\hat P-P)\nabla l_i(\tilde w_N)\rVert",
        "add and subtract P̂∇l_i(w̃_N)",
    )
    yield at_most(
        mean(lambda task: spectral(task.noisy.product) * pull(task) + P_drift(task) * end(task)),
        rf"\mathbb{{E}}(\lVert\hat P\rVert{pull_latex}+{P_latex}{end_latex})",
        "triangle inequality, operator norm",
    )
    yield at_most(
        mean(lambda task: a**N * pull(task) + P_drift(task) * end(task)),
        rf"\mathbb{{E}}(a^N{pull_latex}+{P_latex}{end_latex})",
        "Lemma 3, whose proof asks only that the factors be taken at some points: ‖P̂‖ ≤ a^N",
        "lemma_3",
    )
    yield at_most(
        mean(lambda task: a**N * L * drift(task) + P_drift(task) * end(task)),
        rf"\mathbb{{E}}(a^NL{drift_latex}+{P_latex}{end_latex})",
        "A1: ∇l_i is L-Lipschitz",
        "A1 L",
    )
    yield at_most(
        mean(lambda task: a**N * L * drift(task) + P_drift(task) * a**N * norm(task.gradient)),
        rf"\mathbb{{E}}(a^NL{drift_latex}+a^N{P_latex}\lVert\nabla l_i(w)\rVert)",
        "Lemma 2",
        "lemma_2",
    )


def largest(task):
    """The scale of Ĝ_i − ∇𝓛_i: a gradient is as exact as L·w is, a product of factors as C_𝓛·w."""
    c = task.instance.constants
    smoothness = task.L + c.C_meta * norm(task.gradient)
    return norm(task.estimate).max() + smoothness * norm(task.noisy.points).max()


def bias(x):
    r"""‖E Ĝ_i − ∇𝓛‖ ≤ (C_err1 + C_err2 E_i‖∇l_i(w)‖)/√S"""
    a, L, N = x.a, x.L, x.steps
    sigma_g, S = x.sigma_g, x.S

    def P_drift(task):
        """E‖P̂ − P‖"""
        return task.expect(spectral(task.noisy.product - task.from_w.product))

    yield from up_to_drift(x)
    yield at_most(
        a**N * L * x.growth(N) * sigma_g / (L * np.sqrt(S))
        + x.mean(lambda task: a**N * P_drift(task) * norm(task.gradient)),
        r"a^N(a^N-1)\frac{\sigma_g}{\sqrt{S}}"
        r"+a^N\mathbb{E}\lVert\hat P-P\rVert\lVert\nabla l_i(w)\rVert",
        "Lemma 4",
        "lemma_4",
    )
    yield at_most(
        a**N * x.growth(N) * sigma_g / np.sqrt(S)
        + x.mean(lambda task: a**N * lemma_6.bound(task) * norm(task.gradient)),
        r"a^N(a^N-1)\frac{\sigma_g}{\sqrt{S}}"
        r"+a^N\cdot a^{N-1}\frac{\rho\sigma_g}{L^2\sqrt{S}}(a^N-1-N\alpha L)"
        r"\cdot\mathbb{E}_i\lVert\nabla l_i(w)\rVert",
        "Lemma 6",
        "lemma_6",
    )
    c = x.constants
    yield equal(
        (c.C_err1 + c.C_err2 * x.gradient_norm) / np.sqrt(S), BOUND, "the constants by name"
    )


RESULT = Result(
    "proposition_2",
    "The bias of the meta-gradient",
    r"\lVert\mathbb{E}\hat G_i(w)-\nabla\mathcal{L}(w)\rVert\le" + BOUND,
    assumes=(
        "A1 L",
        "A1 rho",
        "A3 unbiased",
        "A3 sigma_g",
        "independent samples",
        "fresh or additive",
        "fresh D, T",
    ),
    claims={"bias": bias},
    setting="resampling",
    enumerates="signs",
    attained={
        "bias": Attained(
            IN_A_LIMIT,
            "steep_kinks_of_one_sample",
            "‖∇l‖ → ∞, one sample for all steps",
            steps=(2, 9),
        ),
    },
)
