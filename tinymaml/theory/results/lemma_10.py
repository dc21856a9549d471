r"""Lemma 10. From the query gradient to the meta-gradient and back.

Claim       (near) ‖∇𝓛_i(w) − ∇l_{T_i}(w)‖ ≤ (a^2N − 1)‖∇l_{T_i}(w)‖ + a^N(a^N − 1) b_i, for one
            task;
            (gradient) ‖∇l_T(w)‖ ≤ ‖∇𝓛(w)‖ + (a^2N − 1)(‖∇l_T(w)‖ + σ) + a^N(a^N − 1) b, which has
            ‖∇l_T(w)‖ on both sides;
            (solved) ‖∇l_T(w)‖ ≤ (‖∇𝓛(w)‖ + (a^2N − 1)σ + a^N(a^N − 1) b) / C_l, if C_l = 2 − a^2N >
            0;  (with sigma) ‖∇l_T(w)‖ + σ ≤ (‖∇𝓛(w)‖ + σ + a^N(a^N − 1) b) / C_l.
Assumes     A1 (L), b_i; from (gradient) on A2 of the query gradients; from (solved) on C_l > 0.
Proof       ∇𝓛_i = P∇l_T(w̃_N): the query gradient changes along the path as in Lemma 9, and P
            differs from I by at most a^N − 1. Then take the mean over tasks and solve for ‖∇l_T‖.
Attained    (near) by the concave quadratics of Lemma 9, where ∇l_T(w) and c point the same way.
            (gradient), (solved) and (with sigma) up to the factors of Lemma 7, by convex quadratics
            with l_S = l_T: 1.05, 1.06 and 1.06 at N = 2 and αL = 1/16.
"""

import numpy as np

from .. import telescope
from ..chain import EXACTLY, UP_TO_A_FACTOR, Attained, Result, at_most, equal, first
from ..deviation import E, from_norms_to_mean
from ..paths import apply, norm, spectral
from .lemma_9 import excursion

MEAN, META = r"\lVert\nabla l_T(w)\rVert", r"\lVert\nabla\mathcal{L}(w)\rVert"
TASK = r"\lVert\nabla l_{T_i}(w)\rVert"
GAP = r"a^N(a^N-1)b"


def size(x):
    """Of the numbers whose differences the chains start with: gradients, and what the rounding of
    the points does to them."""
    return (
        norm(x.gradient)
        + norm(x.from_w.meta_gradient)
        + x.a**x.steps * x.L * norm(x.from_w.points).max()
    )


def near(x):
    r"""‖∇𝓛_i(w) − ∇l_{T_i}(w)‖ ≤ (a^2N − 1)‖∇l_{T_i}(w)‖ + a^N(a^N − 1) b_i"""
    a, N = x.a, x.steps
    path, P = x.from_w, x.from_w.product
    before = x.gradient  # ∇l_{T_i}(w)
    change = path.outer_gradient - before  # ∇l_{T_i}(w̃_N) − ∇l_{T_i}(w)
    P_less_I = P - np.eye(len(before))
    g = norm(before)
    scaled = a**N * norm(change)
    change_latex = r"\nabla l_{T_i}(\tilde w_N)-\nabla l_{T_i}(w)"
    scaled_latex = rf"a^N\lVert{change_latex}\rVert"
    yield first(
        norm(path.meta_gradient - before),
        r"\lVert\nabla\mathcal{L}_i(w)-\nabla l_{T_i}(w)\rVert",
        scale=size(x),
    )
    yield equal(
        norm(apply(P, path.outer_gradient) - before),
        r"\lVert P\nabla l_{T_i}(\tilde w_N)-\nabla l_{T_i}(w)\rVert",
        "chain rule: ∇𝓛_i(w) = P∇l_{T_i}(w̃_N)",
    )
    yield equal(
        norm(apply(P, change) + apply(P_less_I, before)),
        rf"\lVert P({change_latex})+(P-I)\nabla l_{{T_i}}(w)\rVert",
        "add and subtract P∇l_{T_i}(w)",
    )
    yield at_most(
        norm(apply(P, change)) + norm(apply(P_less_I, before)),
        rf"\lVert P({change_latex})\rVert+\lVert(P-I)\nabla l_{{T_i}}(w)\rVert",
        "triangle inequality",
    )
    yield at_most(
        spectral(P) * norm(change) + spectral(P_less_I) * g,
        rf"\lVert P\rVert\lVert{change_latex}\rVert+\lVert P-I\rVert{TASK}",
        "operator norm, of P and of P − I",
    )
    yield at_most(
        scaled + spectral(P_less_I) * g,
        rf"{scaled_latex}+\lVert P-I\rVert{TASK},\quad P=F_1\cdots F_N,\ F_r=I-\alpha H_{{r-1}}",
        "Lemma 3 (norm)",
        "A1 L",
    )
    rest = x.growth(N) * g
    yield from telescope.from_product(
        x,
        lambda task: task.from_w.factors,
        lambda apart: scaled + apart(x) * g,
        lambda apart: rf"{scaled_latex}+{apart}{TASK}",
        "N",
        means=False,
    )
    yield from excursion(x, a**N, r"a^N\,", rest, rf"+(a^N-1){TASK}")
    yield equal(
        x.growth(2 * N) * g + a**N * x.growth(N) * x.b,
        rf"(a^{{2N}}-1){TASK}+a^N(a^N-1)b_i",
        "collect: a^N(a^N − 1) + a^N − 1 = a^2N − 1",
    )


def gradient(x):
    r"""‖∇l_T(w)‖ ≤ ‖∇𝓛(w)‖ + (a^2N − 1)(‖∇l_T(w)‖ + σ) + a^N(a^N − 1) b"""
    a, N = x.a, x.steps
    g, meta = norm(x.gradient), norm(x.meta_gradient)
    growth = x.growth(2 * N)  # a^2N − 1
    far = a**N * x.growth(N)  # a^N(a^N − 1)
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
        "(near), for each task",
        "lemma_10",
    )
    yield from from_norms_to_mean(
        x,
        lambda length: meta + growth * length + far * x.b,
        lambda length: rf"{META}+(a^{{2N}}-1)({length})+{GAP}",
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


def with_sigma(x):
    r"""‖∇l_T(w)‖ + σ ≤ (‖∇𝓛(w)‖ + σ + a^N(a^N − 1) b) / C_l"""
    a, N, C_l, sigma = x.a, x.steps, x.constants.C_l, x.sigma
    growth = x.growth(2 * N)  # a^2N − 1
    gap = a**N * x.growth(N) * x.b
    meta = norm(x.meta_gradient)
    yield first(norm(x.gradient) + sigma, rf"{MEAN}+\sigma", scale=(x.mean(size) + sigma) / C_l)
    yield at_most(
        (meta + growth * sigma + gap) / C_l + sigma,
        rf"\frac{{{META}+(a^{{2N}}-1)\sigma+{GAP}}}{{C_l}}+\sigma",
        "(solved)",
        "lemma_10",
    )
    yield equal(
        (meta + growth * sigma + gap + C_l * sigma) / C_l,
        rf"\frac{{{META}+(a^{{2N}}-1+C_l)\sigma+{GAP}}}{{C_l}}",
        "common denominator",
    )
    yield equal(
        (meta + sigma + gap) / C_l,
        rf"\frac{{{META}+\sigma+{GAP}}}{{C_l}}",
        "a^2N − 1 + C_l = 1",
    )


RESULT = Result(
    "lemma_10",
    "From the query gradient to the meta-gradient and back",
    r"\lVert\nabla\mathcal{L}_i(w)-\nabla l_{T_i}(w)\rVert"
    r"\le(a^{2N}-1)\lVert\nabla l_{T_i}(w)\rVert+a^N(a^N-1)b_i,\quad "
    rf"{MEAN}\le\frac{{{META}+(a^{{2N}}-1)\sigma+{GAP}}}{{C_l}},\quad C_l=2-a^{{2N}}>0",
    assumes=("A1 L", "A2", "b", "C_l > 0"),
    claims={"near": near, "gradient": gradient, "solved": solved, "with sigma": with_sigma},
    setting="finite-sum",
    per_task=("near",),
    attained={
        "near": Attained(EXACTLY, "concave_quadratics_apart"),
        "gradient": Attained(UP_TO_A_FACTOR, "convex_quadratics_apart"),
        "solved": Attained(UP_TO_A_FACTOR, "convex_quadratics_apart"),
        "with sigma": Attained(UP_TO_A_FACTOR, "convex_quadratics_apart"),
    },
)
