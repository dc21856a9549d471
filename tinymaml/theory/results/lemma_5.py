r"""Lemma 5. How far the noise drives the path, in the mean square.

Claim       E‖w_j − w̃_j‖² ≤ (a^2j − 1) ασ_g² / ((2 + αL) L S).
Assumes     A1 (L), A3 (unbiased, σ_g), independent samples within a mini-batch, and fresh ones in
            every inner step.
Proof       The noise of a step knows nothing of what has drifted before and has mean zero, so that
            their inner product has mean zero: squares add up, where Lemma 4 has to add lengths.
            Unroll, and sum the geometric series of a².
Attained    for every j, by the concave quadratic −L‖w‖²/2 (in one dimension or more) and noise of
            length σ_g. If one sample serves all steps, the same quadratic exceeds the bound by a
            factor that tends to j as αL → 0: by about 4 at j = 4.
"""

import numpy as np

from ..chain import EXACTLY, Attained, Result, at_most, equal, first
from ..paths import norm


def drift(x):
    r"""E‖w_N − w̃_N‖² ≤ (a^2N − 1) ασ_g²/((2 + αL) L S): from the last step to the first."""
    a, alpha, N = x.a, x.alpha, x.steps
    sigma_g, S = x.instance.sigma_g, x.instance.S
    apart, pull = norm(x.drift), norm(x.pull)  # (N + 1, R): ‖e_j‖, ‖∇l(w_j) − ∇l(w̃_j)‖
    d_j = x.drift - alpha * x.pull  # (N + 1, R, d): what an exact step makes of the drift
    square = x.expect(np.square(norm(d_j)))  # E‖d_j‖²
    cross = x.expect(np.sum(d_j[:N] * x.inner_noise, axis=-1))  # E⟨d_j, ν_j⟩
    noise2 = x.expect(np.square(norm(x.inner_noise)))  # E‖ν_j‖²
    apart2 = x.expect(np.square(apart))  # E‖w_j − w̃_j‖²
    # Squares of differences: the rounding of (p − q)² is that of 2p(p − q).
    largest = max(apart.max(), norm(d_j).max())
    yield first(
        apart2[N],
        rf"\mathbb{{E}}\lVert w_{{{N}}}-\tilde w_{{{N}}}\rVert^2",
        scale=2 * norm(x.noisy.points).max() * largest,
    )
    for j in reversed(range(N)):
        k = N - 1 - j  # steps unrolled so far
        # What the noise of these steps has come to, and the factor before what is left of the path.
        past = sum(a ** (2 * r) for r in range(k)) * alpha**2 * sigma_g**2 / S
        left = (
            rf"\sum_{{r<{k}}}a^{{2r}}\frac{{\alpha^2\sigma_g^2}}{{S}}+a^{{{2 * k}}}(" if k else ""
        )
        end = ")" if k else ""
        e = rf"\lVert w_{{{j}}}-\tilde w_{{{j}}}\rVert"
        nu, d = rf"\nu_{{{j}}}", rf"d_{{{j}}}"
        kick2 = alpha**2 * noise2[j]
        kick = rf"\alpha^2\mathbb{{E}}\lVert{nu}\rVert^2"
        yield equal(
            past + a ** (2 * k) * (square[j] - 2 * alpha * cross[j] + kick2),
            rf"{left}\mathbb{{E}}\lVert {d}\rVert^2"
            rf"-2\alpha\mathbb{{E}}\langle {d},{nu}\rangle+{kick}{end}",
            "inner step e_{j+1} = d_j − αν_j, d_j = e_j − α(∇l(w_j) − ∇l(w̃_j)), "
            "e_j = w_j − w̃_j; expand the square",
        )
        yield equal(
            past + a ** (2 * k) * (square[j] + kick2),
            rf"{left}\mathbb{{E}}\lVert {d}\rVert^2+{kick}{end}",
            "freshness and A3: ν_j has mean zero given all that was before",
            "A3 unbiased",
            "fresh S",
        )
        yield at_most(
            past + a ** (2 * k) * (x.expect(np.square(apart[j] + alpha * pull[j])) + kick2),
            rf"{left}\mathbb{{E}}({e}"
            rf"+\alpha\lVert\nabla l(w_{{{j}}})-\nabla l(\tilde w_{{{j}}})\rVert)^2+{kick}{end}",
            "triangle inequality",
        )
        yield at_most(
            past + a ** (2 * k) * (a**2 * apart2[j] + kick2),
            rf"{left}a^2\,\mathbb{{E}}{e}^2+{kick}{end}",
            "A1: ∇l is L-Lipschitz; 1 + αL = a",
            "A1 L",
        )
        yield at_most(
            past + a ** (2 * k) * (a**2 * apart2[j] + alpha**2 * sigma_g**2 / S),
            rf"{left}a^2\,\mathbb{{E}}{e}^2+\frac{{\alpha^2\sigma_g^2}}{{S}}{end}",
            "A3 at w_j, of which the fresh S_j is independent; the mean of S independent samples "
            "of mean zero has a mean square of σ_g²/S at most",
            "A3 sigma_g",
            "A3 unbiased",
            "independent samples",
            "fresh or additive",
        )
    yield equal(
        bound(x),
        r"(a^{2N}-1)\frac{\alpha\sigma_g^2}{(2+\alpha L)LS}",
        "both paths start at w; geometric series: "
        "Σ a^2r = (a^2N − 1)/(a² − 1), a² − 1 = αL(2 + αL)",
    )


def bound(x, j=None):
    """The right-hand side at step j, (a^2j − 1) ασ_g²/((2 + αL) L S); None: at the last.

    x: a `Task` or an instance of the resampling case.
    """
    instance = getattr(x, "instance", x)
    alpha, L = x.alpha, x.L
    grown = x.growth(2 * (x.steps if j is None else j))
    return grown * alpha * instance.sigma_g**2 / ((2 + alpha * L) * L * instance.S)


RESULT = Result(
    "lemma_5",
    "The drift of the noisy path, in the mean square",
    r"\mathbb{E}\lVert w_j-\tilde w_j\rVert^2\le(a^{2j}-1)\frac{\alpha\sigma_g^2}{(2+\alpha L)LS}",
    assumes=(
        "A1 L",
        "A3 unbiased",
        "A3 sigma_g",
        "independent samples",
        "fresh S",
        "fresh or additive",
    ),
    claims={"drift": drift},
    setting="resampling",
    per_task=True,
    enumerates="signs",
    attained={
        "drift": Attained(EXACTLY, "orthogonal_noise"),
    },
)
