r"""Lemma 3. The product of the factors I − αH_j is bounded, and Lipschitz in its start.

Claim       (norm) ‖P(w)‖ ≤ a^N;  (lipschitz) ‖P(w) − P(u)‖ ≤ (ρ/L) a^(N−1) (a^N − 1) ‖w − u‖,
            P(w) = ∏_j (I − α∇²l_i(w̃_j)).
Assumes     A1 (L, ρ).
Proof       Change one factor at a time; a changed factor costs αρ‖w̃_j − ũ_j‖, which Lemma 1
            bounds; the others are at most a.
Attained    (norm) by the concave quadratic; (lipschitz) in the limit u → w, by a sawtooth Hessian:
            −L plus a tooth of slope ρ at each iterate.
"""

import numpy as np

from ..chain import EXACTLY, IN_A_LIMIT, Attained, Result, at_most, equal, first
from ..paths import multiply, norm, spectral


def bound(x):
    r"""‖P(w)‖ ≤ a^N"""
    path = x.from_w
    yield first(spectral(path.product), r"\lVert P(w)\rVert")
    yield at_most(
        np.prod(spectral(path.factors)),
        r"\prod_j\lVert I-\alpha H_j\rVert",
        "the norm of a product is at most the product of the norms",
    )
    yield at_most(x.a**x.steps, r"a^N", "A1: ‖H_j‖ ≤ L", "A1 L")


def terms(x):
    """(N, d, d): M_0 … M_{j−1} of w, M_j(w) − M_j(u), M_{j+1} … M_{N−1} of u."""
    M_w, M_u = x.from_w.factors, x.from_u.factors
    products = [
        multiply(M_w[:j]) @ (M_w[j] - M_u[j]) @ multiply(M_u[j + 1 :]) for j in range(x.steps)
    ]
    return np.array(products).reshape(-1, *x.from_w.product.shape)  # also for N = 0


def telescoping(x):
    r"""P(w) − P(u) is the sum of the terms: an identity, entry by entry, whatever is assumed."""
    difference = x.from_w.product - x.from_u.product
    yield first(norm(difference.ravel()), r"\lVert P(w)-P(u)\rVert_F", scale=x.a**x.steps)
    yield equal(
        norm(terms(x).sum(0).ravel()),
        r"\lVert\sum_j M_0\cdots M_{j-1}(w)\,(M_j(w)-M_j(u))\,M_{j+1}\cdots M_{N-1}(u)\rVert_F",
        "telescoping: change one factor at a time",
    )


def lipschitz(x):
    r"""‖P(w) − P(u)‖ ≤ (ρ/L) a^(N−1) (a^N − 1) ‖w − u‖"""
    a, alpha, L, rho, N = x.a, x.alpha, x.L, x.rho, x.steps
    from_w, from_u = x.from_w, x.from_u
    apart = norm(from_w.points - from_u.points)[:N]  # ‖w̃_j − ũ_j‖
    turned = spectral(from_w.hessians - from_u.hessians)  # ‖H_j(w) − H_j(u)‖
    M_w, M_u = spectral(from_w.factors), spectral(from_u.factors)  # ‖M_j(w)‖, ‖M_j(u)‖
    # The points are rounded too, which a Hessian multiplies by ρ.
    farthest = norm(from_w.points).max() + norm(from_u.points).max()
    yield first(
        spectral(from_w.product - from_u.product),
        r"\lVert P(w)-P(u)\rVert",
        scale=a**N + N * a ** (N - 1) * alpha * rho * farthest,
    )
    yield equal(
        spectral(terms(x).sum(0)),
        r"\lVert\sum_j M_0\cdots M_{j-1}(w)\,(M_j(w)-M_j(u))\,M_{j+1}\cdots M_{N-1}(u)\rVert",
        "telescoping: change one factor at a time; M_j = I − αH_j",
    )
    yield at_most(
        spectral(terms(x)).sum(),
        r"\sum_j\lVert M_0\cdots M_{j-1}(w)\,(M_j(w)-M_j(u))\,M_{j+1}\cdots M_{N-1}(u)\rVert",
        "triangle inequality",
    )
    yield at_most(
        sum(np.prod(M_w[:j]) * alpha * turned[j] * np.prod(M_u[j + 1 :]) for j in range(N)),
        r"\sum_j\prod_{m<j}\lVert M_m(w)\rVert\cdot\alpha\lVert H_j(w)-H_j(u)\rVert"
        r"\cdot\prod_{m>j}\lVert M_m(u)\rVert",
        "the norm of a product is at most the product of the norms",
    )
    yield at_most(
        a ** (N - 1) * alpha * turned.sum(),
        r"a^{N-1}\alpha\sum_j\lVert H_j(w)-H_j(u)\rVert",
        "A1: each factor is at most a",
        "A1 L",
    )
    yield at_most(
        a ** (N - 1) * alpha * rho * apart.sum(),
        r"a^{N-1}\alpha\rho\sum_j\lVert\tilde w_j-\tilde u_j\rVert",
        "A1: ∇²l is ρ-Lipschitz",
        "A1 rho",
    )
    yield at_most(
        a ** (N - 1) * alpha * rho * sum(a**j * apart[0] for j in range(N)),
        r"a^{N-1}\alpha\rho\sum_j a^j\lVert w-u\rVert",
        "Lemma 1",
        "lemma_1",
    )
    yield equal(
        rho / L * a ** (N - 1) * x.growth(N) * norm(from_w.points[0] - from_u.points[0]),
        r"\frac{\rho}{L}a^{N-1}(a^N-1)\lVert w-u\rVert",
        "geometric series: Σ a^j = (a^N − 1)/(a − 1), a − 1 = αL",
    )


RESULT = Result(
    "lemma_3",
    "The product of the factors is Lipschitz in its start",
    r"\lVert P(w)\rVert\le a^N,\quad \lVert P(w)-P(u)\rVert"
    r"\le\tfrac{\rho}{L}a^{N-1}(a^N-1)\lVert w-u\rVert",
    assumes=("A1 L", "A1 rho"),
    claims={"norm": bound, "telescoping": telescoping, "lipschitz": lipschitz},
    per_task=True,
    attained={
        "norm": Attained(EXACTLY, "concave_quadratic"),
        "lipschitz": Attained(IN_A_LIMIT, "sawtooth", "u → w"),
    },
)
