r"""Lemma 10. From the query gradient to the meta-gradient and back.

Claim       (near) ‖∇𝓛_i(w) − ∇l_{T_i}(w)‖ ≤ (a^2N − 1)‖∇l_{T_i}(w)‖ + a^N(a^N − 1) b_i, for one
            task;
            (gradient) ‖∇l_T(w)‖ ≤ ‖∇𝓛(w)‖ + (a^2N − 1)(‖∇l_T(w)‖ + σ) + a^N(a^N − 1) b, which has
            ‖∇l_T(w)‖ on both sides;
            (solved) ‖∇l_T(w)‖ ≤ (‖∇𝓛(w)‖ + (a^2N − 1)σ + a^N(a^N − 1) b) / C_l, if C_l = 2 − a^2N >
            0.
Assumes     A1 (L), b_i; from (gradient) on A2 of the query gradients; (solved) C_l > 0.
Proof       ∇𝓛_i = P∇l_T(w̃_N): the query gradient changes along the path as in Lemma 9, and P
            differs from I by at most a^N − 1. Then take the mean over tasks and solve for ‖∇l_T‖.
Attained    (near) by the concave quadratics of Lemma 9, where ∇l_T(w) and c point the same way.
            (gradient) and (solved) up to the factors of Lemma 7, by convex quadratics with l_S =
            l_T: 1.05 and 1.06 at N = 2 and αL = 1/16.
"""

import numpy as np

from ..chain import EXACTLY, UP_TO_A_FACTOR, Attained, Result, at_most, equal, first
from ..paths import apply, norm, spectral
from .lemma_9 import excursion

MEAN, META = r"\lVert\nabla l_T(w)\rVert", r"\lVert\nabla\mathcal{L}(w)\rVert"
E, GAP = r"\mathbb{E}_i", r"a^N(a^N-1)b"


def size(x):
    """Of the numbers whose differences the chains start with: gradients, and what the rounding of
    the points does to them."""
    return (
        norm(x.gradient)
        + norm(x.from_w.meta_gradient)
        + x.a**x.steps * x.L * norm(x.from_w.points).max()
    )


def near(x):
    r"""‖∇𝓛_i(w) − ∇l_T(w)‖ ≤ (a^2N − 1)‖∇l_T(w)‖ + a^N(a^N − 1) b_i"""
    a, alpha, L, N = x.a, x.alpha, x.L, x.steps
    path, P = x.from_w, x.from_w.product
    M, H = spectral(path.factors), spectral(path.hessians)  # ‖M_j‖, ‖H_j‖
    before = x.gradient  # ∇l_T(w)
    change = path.outer_gradient - before  # ∇l_T(w̃_N) − ∇l_T(w)
    P_less_I = P - np.eye(len(before))
    g = norm(before)
    scaled = a**N * norm(change)
    change_latex = r"\nabla l_T(\tilde w_N)-\nabla l_T(w)"
    scaled_latex = rf"a^N\lVert{change_latex}\rVert"
    yield first(
        norm(path.meta_gradient - before),
        r"\lVert\nabla\mathcal{L}_i(w)-\nabla l_T(w)\rVert",
        scale=size(x),
    )
    yield equal(
        norm(apply(P, change) + apply(P_less_I, before)),
        rf"\lVert P({change_latex})+(P-I)\nabla l_T(w)\rVert",
        "∇𝓛_i = P∇l_T(w̃_N); add and subtract P∇l_T(w)",
    )
    yield at_most(
        norm(apply(P, change)) + norm(apply(P_less_I, before)),
        rf"\lVert P({change_latex})\rVert+\lVert(P-I)\nabla l_T(w)\rVert",
        "triangle inequality",
    )
    yield at_most(
        spectral(P) * norm(change) + spectral(P_less_I) * g,
        rf"\lVert P\rVert\lVert{change_latex}\rVert+\lVert P-I\rVert{MEAN}",
        "operator norm",
    )
    yield at_most(
        scaled + spectral(P_less_I) * g,
        rf"{scaled_latex}+\lVert P-I\rVert{MEAN}",
        "Lemma 3 (norm)",
        "A1 L",
    )
    yield at_most(
        scaled + sum(np.prod(M[:j]) * alpha * H[j] for j in range(N)) * g,
        rf"{scaled_latex}+\sum_j\lVert M_0\rVert\cdots\lVert M_{{j-1}}\rVert"
        rf"\,\alpha\lVert H_j\rVert{MEAN}",
        "telescoping: P − I = Σ_j M_0 … M_{j−1}(M_j − I); triangle inequality, norms of products",
    )
    yield at_most(
        scaled + sum(a**j for j in range(N)) * alpha * L * g,
        rf"{scaled_latex}+\sum_j a^j\alpha L{MEAN}",
        "A1: ‖H_j‖ ≤ L, hence ‖M_j‖ ≤ a",
        "A1 L",
    )
    rest = x.growth(N) * g
    yield equal(
        scaled + rest,
        rf"{scaled_latex}+(a^N-1){MEAN}",
        "geometric series: Σ a^j = (a^N − 1)/(a − 1), a − 1 = αL",
    )
    yield from excursion(x, a**N, r"a^N\,", rest, rf"+(a^N-1){MEAN}")
    yield equal(
        x.growth(2 * N) * g + a**N * x.growth(N) * x.b,
        rf"(a^{{2N}}-1){MEAN}+a^N(a^N-1)b_i",
        "collect: a^N(a^N − 1) + a^N − 1 = a^2N − 1",
    )


def gradient(x):
    r"""‖∇l_T(w)‖ ≤ ‖∇𝓛(w)‖ + (a^2N − 1)(‖∇l_T(w)‖ + σ) + a^N(a^N − 1) b"""
    a, N = x.a, x.steps
    g, meta = norm(x.gradient), norm(x.meta_gradient)
    growth = x.growth(2 * N)  # a^2N − 1
    far = a**N * x.growth(N)  # a^N(a^N − 1)
    apart = r"\lVert\nabla l_{T_i}(w)-\nabla l_T(w)\rVert"
    yield first(g, MEAN, scale=x.mean(size))
    yield at_most(
        meta + norm(x.meta_gradient - x.gradient),
        rf"{META}+\lVert\nabla\mathcal{{L}}(w)-\nabla l_T(w)\rVert",
        "triangle inequality",
    )
    yield at_most(
        meta + x.mean(lambda task: norm(task.from_w.meta_gradient - task.gradient)),
        rf"{META}+{E}\lVert\nabla\mathcal{{L}}_i(w)-\nabla l_{{T_i}}(w)\rVert",
        "Jensen: a norm is convex",
    )
    yield at_most(
        meta + x.mean(lambda task: growth * norm(task.gradient) + far * task.b),
        rf"{META}+(a^{{2N}}-1){E}\lVert\nabla l_{{T_i}}(w)\rVert+{GAP}",
        "(near), for each task; b = E_i b_i",
        "lemma_10",
    )
    yield at_most(
        meta + growth * (g + x.mean(lambda task: norm(task.gradient - x.gradient))) + far * x.b,
        rf"{META}+(a^{{2N}}-1)({MEAN}+{E}{apart})+{GAP}",
        "triangle inequality",
    )
    yield at_most(
        meta + growth * (g + x.deviation()) + far * x.b,
        rf"{META}+(a^{{2N}}-1)({MEAN}+\sqrt{{{E}{apart}^2}})+{GAP}",
        "Jensen: the root is concave",
    )
    yield at_most(
        meta + growth * (g + x.sigma) + far * x.b,
        rf"{META}+(a^{{2N}}-1)({MEAN}+\sigma)+{GAP}",
        "A2, of the query gradients",
        "A2",
    )


def solved(x):
    r"""‖∇l_T(w)‖ ≤ (‖∇𝓛(w)‖ + (a^2N − 1)σ + a^N(a^N − 1) b) / C_l: what (gradient) says, solved for
    ‖∇l_T(w)‖."""
    a, N, C_l = x.a, x.steps, x.constants.C_l
    g, meta = norm(x.gradient), norm(x.meta_gradient)
    growth = x.growth(2 * N)  # a^2N − 1
    gap = a**N * x.growth(N) * x.b
    own = rf"(a^{{2N}}-1){MEAN}"
    yield first(g, MEAN, scale=x.mean(size) / C_l)
    yield equal(
        (g - growth * g) / C_l,
        rf"\frac{{1}}{{C_l}}\left({MEAN}-{own}\right)",
        "C_l = 1 − (a^2N − 1), and it is not zero",
        "C_l > 0",
    )
    yield at_most(
        (meta + growth * (g + x.sigma) + gap - growth * g) / C_l,
        rf"\frac{{1}}{{C_l}}\left({META}+(a^{{2N}}-1)({MEAN}+\sigma)+{GAP}-{own}\right)",
        "(gradient), divided by C_l > 0",
        "lemma_10",
        "C_l > 0",
    )
    yield equal(
        (meta + growth * x.sigma + gap) / C_l,
        rf"\frac{{{META}+(a^{{2N}}-1)\sigma+{GAP}}}{{C_l}}",
        "‖∇l_T(w)‖ cancels",
    )


RESULT = Result(
    "lemma_10",
    "From the query gradient to the meta-gradient and back",
    r"\lVert\nabla\mathcal{L}_i(w)-\nabla l_{T_i}(w)\rVert"
    r"\le(a^{2N}-1)\lVert\nabla l_{T_i}(w)\rVert+a^N(a^N-1)b_i,\quad "
    rf"{MEAN}\le\frac{{{META}+(a^{{2N}}-1)\sigma+{GAP}}}{{C_l}},\quad C_l=2-a^{{2N}}>0",
    assumes=("A1 L", "A2", "b", "C_l > 0"),
    claims={"near": near, "gradient": gradient, "solved": solved},
    setting="finite-sum",
    per_task=("near",),
    attained={
        "near": Attained(EXACTLY, "concave_quadratics_apart"),
        "gradient": Attained(UP_TO_A_FACTOR, "convex_quadratics_apart"),
        "solved": Attained(UP_TO_A_FACTOR, "convex_quadratics_apart"),
    },
)
