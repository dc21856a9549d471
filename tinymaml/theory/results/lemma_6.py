r"""Lemma 6. How far the noise drives the product of the factors.

Claim       E‖P̂ − P‖ ≤ a^(N−1) (ρσ_g/(L²√S)) (a^N − 1 − NαL), P̂ = ∏_j (I − α∇²l_i(w_j)) on the
            noisy path, P on the exact one.
            (telescoping) is the identity that the proof starts with.
Assumes     A1 (L, ρ), A3 (unbiased, σ_g), independent samples within a mini-batch, and, like
            Lemma 4, samples that are fresh or whose noise is the same at every w.
Proof       Change one factor at a time, as in Lemma 3; a changed factor costs αρ‖w_j − w̃_j‖, whose
            mean Lemma 4 bounds.
Attained    in the limit σ_g → 0, by a curvature −L with a kink at each iterate, where it rises with
            slope ρ to both sides: at N = 2 whatever the samples, and for every N if one sample
            serves all steps. With fresh samples from N = 3 on Lemma 4 gives away as much as it
            does. The first factor never drifts: the bound is of the second order in αL, and 0 at N
            = 1.
"""

from math import comb

import numpy as np

from ..chain import IN_A_LIMIT, Attained, Result, at_most, equal, first
from ..paths import multiply, norm, spectral


def terms(x):
    """(N, R, d, d): M̂_0 … M̂_{j−1} (M̂_j − M_j) M_{j+1} … M_{N−1}."""
    noisy, exact = x.noisy.factors, x.from_w.factors
    products = [
        multiply(noisy[:j]) @ (noisy[j] - exact[j]) @ multiply(exact[j + 1 :])
        for j in range(x.steps)
    ]
    return np.array(products).reshape(-1, len(x.signs.rows), *x.from_w.product.shape)


def term_norms(x):
    """(R,): Σ_j ∏_{i<j} ‖M̂_i‖ · α‖∇²l(w_j) − ∇²l(w̃_j)‖ · ∏_{i>j} ‖M_i‖."""
    noisy, exact = spectral(x.noisy.factors), spectral(x.from_w.factors)
    turned = turns(x)
    total = np.zeros(turned.shape[1])
    for j in range(x.steps):
        total += np.prod(noisy[:j], axis=0) * x.alpha * turned[j] * np.prod(exact[j + 1 :])
    return total


def turns(x):
    """(N, R): ‖∇²l(w_j) − ∇²l(w̃_j)‖."""
    return spectral(x.noisy.hessians - x.from_w.hessians[:, None])


def excess(x):
    """a^N − 1 − NαL. By the binomial theorem Σ_{k≥2} C(N, k) (αL)^k, in which nothing cancels."""
    return sum(comb(x.steps, k) * (x.alpha * x.L) ** k for k in range(2, x.steps + 1))


SUM = r"\sum_j\hat M_0\cdots\hat M_{j-1}(\hat M_j-M_j)M_{j+1}\cdots M_{N-1}"


def telescoping(x):
    r"""P̂ − P is the sum of the terms for every pattern of signs: an identity, entry by entry,
    whatever is assumed."""
    patterns = len(x.signs.rows)

    def size(matrices):
        """E‖·‖_F, of a matrix for each pattern of signs, or of one for all."""
        every = np.zeros((patterns, 1, 1)) + matrices
        return x.expect(norm(every.reshape(patterns, -1)))

    yield first(
        size(x.noisy.product - x.from_w.product),
        r"\mathbb{E}\lVert\hat P-P\rVert_F",
        scale=x.a**x.steps,
    )
    yield equal(
        size(terms(x).sum(0)),
        rf"\mathbb{{E}}\lVert{SUM}\rVert_F",
        "telescoping: change one factor at a time",
    )


def product(x):
    r"""E‖P̂ − P‖ ≤ a^(N−1) (ρσ_g/(L²√S)) (a^N − 1 − NαL)"""
    a, alpha, L, rho, N = x.a, x.alpha, x.L, x.rho, x.steps
    sigma_g, S = x.instance.sigma_g, x.instance.S
    apart = x.expect(norm(x.drift[:N]))  # E‖w_j − w̃_j‖
    turned = x.expect(turns(x))  # E‖∇²l(w_j) − ∇²l(w̃_j)‖
    yield first(
        x.expect(spectral(x.noisy.product - x.from_w.product)),
        r"\mathbb{E}\lVert\hat P-P\rVert",
        # the points are rounded too, which a Hessian multiplies by ρ
        scale=a**N + N * a ** (N - 1) * alpha * rho * norm(x.noisy.points).max(),
    )
    yield equal(
        x.expect(spectral(terms(x).sum(0))),
        rf"\mathbb{{E}}\lVert{SUM}\rVert",
        "telescoping: change one factor at a time; M_j = I − αH_j",
    )
    yield at_most(
        x.expect(spectral(terms(x))).sum(),
        r"\mathbb{E}\sum_j\lVert\hat M_0\cdots\hat M_{j-1}"
        r"(\hat M_j-M_j)M_{j+1}\cdots M_{N-1}\rVert",
        "triangle inequality",
    )
    yield at_most(
        x.expect(term_norms(x)),
        r"\mathbb{E}\sum_j\prod_{i<j}\lVert\hat M_i\rVert\cdot\alpha"
        r"\lVert\nabla^2l(w_j)-\nabla^2l(\tilde w_j)\rVert"
        r"\cdot\prod_{i>j}\lVert M_i\rVert",
        "the norm of a product is at most the product of the norms",
    )
    yield at_most(
        a ** (N - 1) * alpha * turned.sum(),
        r"a^{N-1}\alpha\sum_j\mathbb{E}\lVert\nabla^2l(w_j)-\nabla^2l(\tilde w_j)\rVert",
        "A1: each factor is at most a",
        "A1 L",
    )
    yield at_most(
        a ** (N - 1) * alpha * rho * apart.sum(),
        r"a^{N-1}\alpha\rho\sum_{j<N}\mathbb{E}\lVert w_j-\tilde w_j\rVert",
        "A1: ∇²l is ρ-Lipschitz",
        "A1 rho",
    )
    yield at_most(
        a ** (N - 1)
        * alpha
        * rho
        * sum(x.growth(j) * sigma_g / (L * np.sqrt(S)) for j in range(N)),
        r"a^{N-1}\alpha\rho\sum_{j<N}(a^j-1)\frac{\sigma_g}{L\sqrt{S}}",
        "Lemma 4",
        "lemma_4",
    )
    yield equal(
        bound(x),
        r"a^{N-1}\frac{\rho\sigma_g}{L^2\sqrt{S}}(a^N-1-N\alpha L)",
        "geometric series: Σ (a^j − 1) = (a^N − 1)/(αL) − N",
    )


def bound(x):
    """The right-hand side of Lemma 6, of a `Task`."""
    sigma_g, S = x.instance.sigma_g, x.instance.S
    return x.a ** (x.steps - 1) * x.rho * sigma_g / (x.L**2 * np.sqrt(S)) * excess(x)


RESULT = Result(
    "lemma_6",
    "The drift of the product of the factors",
    r"\mathbb{E}\lVert\hat P-P\rVert\le a^{N-1}\frac{\rho\sigma_g}{L^2\sqrt{S}}(a^N-1-N\alpha L)",
    assumes=(
        "A1 L",
        "A1 rho",
        "A3 unbiased",
        "A3 sigma_g",
        "independent samples",
        "fresh or additive",
    ),
    claims={"telescoping": telescoping, "product": product},
    setting="resampling",
    per_task=True,
    enumerates="signs",
    attained={
        "product": Attained(
            IN_A_LIMIT, "kinks_of_one_sample", "σ_g → 0, one sample for all steps", steps=(2, 9)
        ),
    },
)
