r"""Lemma 4. How far the noise drives the path, in the mean.

Claim       E‖w_j − w̃_j‖ ≤ (a^j − 1) σ_g/(L√S): w_j with the noise of S samples a step, w̃_j
            without, from the same start.
Assumes     A1 (L), A3 (unbiased, σ_g), independent samples within a mini-batch, and samples that
            are fresh or whose noise is the same at every w. All that counts is E‖ν_j‖ ≤ σ_g/√S, so
            that steps may share their samples as long as the noise is additive. Where it depends on
            w they may not: A3 speaks of a w that knows nothing of the sample, and w_j knows a
            sample that was used before (ablation.following_noise exceeds the bound by any factor).
Proof       A step stretches what has drifted by at most a = 1 + αL, as in Lemma 1, and adds noise
            of the mean length ασ_g/√S. Unroll.
Attained    if one sample serves all steps, by the concave quadratic −L‖w‖²/2, for every j. With
            fresh samples at j ≤ 1 only, by any noise of length σ_g: from j = 2 on Lemma 4' is
            smaller, by a factor up to √j.
"""

import numpy as np

from ..chain import EXACTLY, Attained, Result, at_most, equal, first
from ..paths import norm


def drift(x):
    r"""E‖w_N − w̃_N‖ ≤ (a^N − 1) σ_g/(L√S): from the last step to the first."""
    a, alpha, L, N = x.a, x.alpha, x.L, x.steps
    sigma_g, S = x.instance.sigma_g, x.instance.S
    apart = x.expect(norm(x.drift))  # (N + 1,): E‖w_j − w̃_j‖
    pull = x.expect(norm(x.pull))  # (N + 1,): E‖∇l(w_j) − ∇l(w̃_j)‖
    stepped = x.expect(norm(x.drift - alpha * x.pull))  # (N + 1,): E‖d_j‖
    noise = x.expect(norm(x.inner_noise))  # (N,): E‖ν_j‖
    noise2 = x.expect(np.square(norm(x.inner_noise)))  # (N,): E‖ν_j‖²
    yield first(
        apart[N],
        rf"\mathbb{{E}}\lVert w_{{{N}}}-\tilde w_{{{N}}}\rVert",
        scale=norm(x.noisy.points).max(),
    )
    for j in reversed(range(N)):
        k = N - 1 - j  # steps unrolled so far
        # What the noise of these steps has come to, and the factor before what is left of the path.
        past = sum(a**r for r in range(k)) * alpha * sigma_g / np.sqrt(S)
        left = rf"\sum_{{r<{k}}}a^r\frac{{\alpha\sigma_g}}{{\sqrt{{S}}}}+a^{{{k}}}(" if k else ""
        end = ")" if k else ""
        e = rf"\mathbb{{E}}\lVert w_{{{j}}}-\tilde w_{{{j}}}\rVert"
        nu, d = rf"\nu_{{{j}}}", rf"d_{{{j}}}"
        yield at_most(
            past + a**k * (stepped[j] + alpha * noise[j]),
            rf"{left}\mathbb{{E}}\lVert {d}\rVert+\alpha\mathbb{{E}}\lVert{nu}\rVert{end}",
            "inner step e_{j+1} = d_j − αν_j, d_j = e_j − α(∇l(w_j) − ∇l(w̃_j)), "
            "e_j = w_j − w̃_j; triangle inequality",
        )
        yield at_most(
            past + a**k * (apart[j] + alpha * pull[j] + alpha * noise[j]),
            rf"{left}{e}+\alpha\mathbb{{E}}\lVert\nabla l(w_{{{j}}})"
            rf"-\nabla l(\tilde w_{{{j}}})\rVert+\alpha\mathbb{{E}}\lVert{nu}\rVert{end}",
            "triangle inequality, once more: d_j",
        )
        yield at_most(
            past + a**k * (a * apart[j] + alpha * noise[j]),
            rf"{left}a\,{e}+\alpha\mathbb{{E}}\lVert{nu}\rVert{end}",
            "A1: ∇l is L-Lipschitz; 1 + αL = a",
            "A1 L",
        )
        yield at_most(
            past + a**k * (a * apart[j] + alpha * np.sqrt(noise2[j])),
            rf"{left}a\,{e}+\alpha\sqrt{{\mathbb{{E}}\lVert{nu}\rVert^2}}{end}",
            "Jensen: the root is concave",
        )
        yield at_most(
            past + a**k * (a * apart[j] + alpha * sigma_g / np.sqrt(S)),
            rf"{left}a\,{e}+\frac{{\alpha\sigma_g}}{{\sqrt{{S}}}}{end}",
            "A3 at w_j, for S_j is independent of w_j, or its noise does not depend on w; the mean "
            "of S independent samples of mean zero has a mean square of σ_g²/S at most",
            "A3 sigma_g",
            "A3 unbiased",
            "independent samples",
            "fresh or additive",
        )
    yield equal(
        x.growth(N) * sigma_g / (L * np.sqrt(S)),
        r"(a^N-1)\frac{\sigma_g}{L\sqrt{S}}",
        "both paths start at w; geometric series: Σ a^r = (a^N − 1)/(a − 1), a − 1 = αL",
    )


RESULT = Result(
    "lemma_4",
    "The drift of the noisy path, in the mean",
    r"\mathbb{E}\lVert w_j-\tilde w_j\rVert\le(a^j-1)\frac{\sigma_g}{L\sqrt{S}}",
    assumes=("A1 L", "A3 unbiased", "A3 sigma_g", "independent samples", "fresh or additive"),
    claims={"drift": drift},
    setting="resampling",
    per_task=True,
    enumerates="signs",
    attained={
        "drift": Attained(EXACTLY, "one_sample", "one sample for all steps"),
    },
)
