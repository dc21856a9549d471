r"""Lemma 4'. Fresh noise averages: the drift grows like √j.

Claim       (drift) E‖w_j − w̃_j‖ ≤ (σ_g/(L√S)) √((a^2j − 1)(a − 1)/(a + 1));  (comparison) this is
            never more than Lemma 4's bound;
            (rate) it is at most a^(j−1) √j ασ_g/√S, where Lemma 4's is at least j ασ_g/√S.
Assumes     A1 (L), A3 (unbiased, σ_g), independent samples within a mini-batch and fresh ones in
            every inner step: (drift) only; the other two are algebra.
Proof       Lemma 5 and Jensen. It is Lemma 5's cross term, zero, that makes √j out of j: a random
            walk, not a march.
Attained    (drift) for every j, by −L‖w‖²/2 in R^j with the noise ±σ_g e_r in step r: every path
            ends at the same distance, so that Jensen loses nothing. With NαL held fixed the bound
            falls like 1/√N. (comparison, rate) at N ≤ 1; from there on the gap is the point.
Source      sharper than the paper, derived for this course.
"""

import numpy as np

from ..chain import EXACTLY, Attained, Result, at_most, equal, first
from ..paths import norm
from . import lemma_5


def bound(x, j):
    """The right-hand side at step j; x: a `Task` or an instance of the resampling case."""
    instance = getattr(x, "instance", x)
    unit = instance.sigma_g / (x.L * np.sqrt(instance.S))
    return unit * np.sqrt(x.growth(2 * j) * x.alpha * x.L / (x.a + 1))


BOUND = r"\frac{\sigma_g}{L\sqrt{S}}\sqrt{(a^{2N}-1)\frac{a-1}{a+1}}"


def drift(x):
    r"""E‖w_N − w̃_N‖ ≤ (σ_g/(L√S)) √((a^2N − 1)(a − 1)/(a + 1))"""
    N = x.steps
    apart = norm(x.drift[-1])
    yield first(
        x.expect(apart),
        rf"\mathbb{{E}}\lVert w_{{{N}}}-\tilde w_{{{N}}}\rVert",
        scale=norm(x.noisy.points).max(),
    )
    yield at_most(
        np.sqrt(x.expect(np.square(apart))),
        rf"\sqrt{{\mathbb{{E}}\lVert w_{{{N}}}-\tilde w_{{{N}}}\rVert^2}}",
        "Jensen: the root is concave",
    )
    yield at_most(
        np.sqrt(lemma_5.bound(x)),
        r"\sqrt{(a^{2N}-1)\frac{\alpha\sigma_g^2}{(2+\alpha L)LS}}",
        "Lemma 5",
        "lemma_5",
    )
    yield equal(bound(x, N), BOUND, "αL = a − 1, 2 + αL = a + 1")


def comparison(x):
    r"""√((a^2N − 1)(a − 1)/(a + 1)) ≤ a^N − 1, with equality at N = 0 and N = 1 only."""
    a, N, alpha, L = x.a, x.steps, x.alpha, x.L
    unit = x.instance.sigma_g / (L * np.sqrt(x.instance.S))
    grown = x.growth(N)  # a^N − 1
    yield first(bound(x, N), BOUND, "the bound of Lemma 4'")
    yield equal(
        unit * np.sqrt(grown * (a**N + 1) * (alpha * L) / (a + 1)),
        r"\frac{\sigma_g}{L\sqrt{S}}\sqrt{(a^N-1)(a^N+1)\frac{a-1}{a+1}}",
        "a^2N − 1 factorised",
    )
    yield at_most(
        unit * np.sqrt(grown * grown),
        r"\frac{\sigma_g}{L\sqrt{S}}\sqrt{(a^N-1)^2}",
        "(a^N + 1)(a − 1) ≤ (a^N − 1)(a + 1), which is a ≤ a^N multiplied out, "
        "if N is not 0; then both are 0",
    )
    yield equal(
        grown * x.instance.sigma_g / (L * np.sqrt(x.instance.S)),
        r"(a^N-1)\frac{\sigma_g}{L\sqrt{S}}",
        "the bound of Lemma 4",
    )


def rate(x):
    r"""The bound is the root of a sum of N squares, a^(N−1) √N ασ_g/√S at most; divided by N,
    Lemma 4's is no less than one step's noise."""
    a, L, N = x.a, x.L, x.steps
    sigma_g, S = x.instance.sigma_g, x.instance.S
    unit = x.alpha * sigma_g / np.sqrt(S)
    yield first(bound(x, N), BOUND, "the bound of Lemma 4'")
    yield equal(
        unit * np.sqrt(sum(a ** (2 * r) for r in range(N))),
        r"\frac{\alpha\sigma_g}{\sqrt{S}}\sqrt{\sum_{r<N}a^{2r}}",
        "geometric series",
    )
    yield at_most(
        unit * a ** (N - 1) * np.sqrt(N),
        r"\frac{\alpha\sigma_g}{\sqrt{S}}a^{N-1}\sqrt{N}",
        "each power is at most a^(N−1)",
    )
    yield at_most(
        a ** (N - 1) * x.growth(N) * sigma_g / (L * np.sqrt(S) * np.sqrt(max(N, 1))),
        r"\frac{a^{N-1}}{\sqrt{N}}\cdot(a^N-1)\frac{\sigma_g}{L\sqrt{S}}",
        "Bernoulli: NαL ≤ a^N − 1; the last factor is the bound of Lemma 4",
    )


RESULT = Result(
    "lemma_4_sharp",
    "The drift of the noisy path grows like a root",
    r"\mathbb{E}\lVert w_j-\tilde w_j\rVert"
    r"\le\frac{\sigma_g}{L\sqrt{S}}\sqrt{(a^{2j}-1)\frac{a-1}{a+1}}",
    assumes=lemma_5.RESULT.assumes,
    claims={"drift": drift, "comparison": comparison, "rate": rate},
    setting="resampling",
    per_task=True,
    enumerates="signs",
    reference="sharper than the paper: Lemma 5 and Jensen",
    attained={
        "drift": Attained(EXACTLY, "orthogonal_noise"),
        "comparison": Attained(EXACTLY, "orthogonal_noise", "N = 1", steps=(1, 1)),
        "rate": Attained(EXACTLY, "orthogonal_noise", "N = 1", steps=(1, 1)),
    },
)
