r"""Lemma 7. From ∇𝓛 to ∇l and back.

Claim       (near) ‖∇𝓛_i(w) − ∇l_i(w)‖ ≤ (a^(2N) − 1) ‖∇l_i(w)‖, for one task;
            (gradient) ‖∇l(w)‖ ≤ ‖∇𝓛(w)‖ + (a^(2N) − 1)(‖∇l(w)‖ + σ), which has ‖∇l(w)‖ on both
            sides;
            (solved) ‖∇l(w)‖ ≤ (‖∇𝓛(w)‖ + (a^(2N) − 1)σ) / C_l, if C_l = 2 − a^(2N) > 0;  (with
            sigma) ‖∇l(w)‖ + σ ≤ (‖∇𝓛(w)‖ + σ) / C_l.
Assumes     A1 (L); from (gradient) on A2; from (solved) on C_l > 0.
Proof       An inner step multiplies the gradient by I − αH̄_j, H̄_j the mean Hessian along the
            step. So ∇𝓛_i is 2N factors, each within αL of I, times ∇l_i. Change one factor at a
            time; then take the mean over tasks and solve for ‖∇l‖.
Attained    (near) by the concave quadratic −L‖w‖²/2. The others up to a factor, by convex
            quadratics: (gradient) (1 − αL)^(2N) + a^(2N) − 1, which is 1.05 at N = 2 and αL = 1/16;
            (solved) and (with sigma) (1 − αL)^(2N) / C_l, 1.06 there.
"""

import numpy as np

from .. import telescope
from ..chain import EXACTLY, UP_TO_A_FACTOR, Attained, Result, at_most, equal, first
from ..deviation import E, from_norms_to_mean
from ..losses import mean_hessian
from ..paths import multiply, norm, spectral

MEAN, META = r"\lVert\nabla l(w)\rVert", r"\lVert\nabla\mathcal{L}(w)\rVert"


def factors(x):
    """(2N, d, d): F_1 … F_2N with the product Z, ∇𝓛_i(w) = Z ∇l_i(w): I − αH_j at the points of the
    path, j = 0 … N−1, then I − αH̄_j along its steps, j = N−1 … 0."""
    path = x.from_w
    along_steps = mean_hessian(x.inner, path.points[:-1], path.points[1:])
    curvatures = np.concatenate([path.hessians, along_steps[::-1]])
    return np.eye(len(x.instance.w)) - x.alpha * curvatures


def size(x):
    """Of the numbers whose differences the chains start with: gradients, and what the rounding of
    the points does to them."""
    return norm(x.gradient) + norm(x.from_w.meta_gradient) + x.L * norm(x.from_w.points).max()


def near(x):
    r"""‖∇𝓛_i(w) − ∇l_i(w)‖ ≤ (a^(2N) − 1) ‖∇l_i(w)‖"""
    path, g = x.from_w, norm(x.gradient)
    Z_less_I = multiply(factors(x)) - np.eye(len(x.gradient))
    yield first(
        norm(path.meta_gradient - x.gradient),
        r"\lVert\nabla\mathcal{L}_i(w)-\nabla l_i(w)\rVert",
        scale=size(x),
    )
    yield equal(
        norm(multiply(path.factors) @ path.outer_gradient - x.gradient),
        r"\lVert\prod_j(I-\alpha H_j)\nabla l_i(\tilde w_N)-\nabla l_i(w)\rVert",
        "chain rule: ∇𝓛_i(w) = ∏_j (I − αH_j) ∇l_i(w̃_N)",
    )
    yield equal(
        norm(Z_less_I @ x.gradient),
        r"\lVert(Z-I)\nabla l_i(w)\rVert,\quad "
        r"Z=\prod_j(I-\alpha H_j)\,(I-\alpha\bar H_{N-1})\cdots(I-\alpha\bar H_0)=F_1\cdots F_{2N}",
        "mean-value form: ∇l(w̃_{j+1}) = (I − αH̄_j)∇l(w̃_j), H̄_j the mean Hessian along the step",
    )
    yield at_most(
        spectral(Z_less_I) * g, r"\lVert Z-I\rVert\lVert\nabla l_i(w)\rVert", "operator norm"
    )
    yield from telescope.from_product(
        x,
        factors,
        lambda apart: apart(x) * g,
        lambda apart: rf"{apart}\lVert\nabla l_i(w)\rVert",
        "2N",
    )


def gradient(x):
    r"""‖∇l(w)‖ ≤ ‖∇𝓛(w)‖ + (a^(2N) − 1)(‖∇l(w)‖ + σ)"""
    g, meta = norm(x.gradient), norm(x.meta_gradient)
    growth = x.growth(2 * x.steps)  # a^2N − 1
    yield first(g, MEAN, scale=x.mean(size))
    yield at_most(
        meta + norm(x.meta_gradient - x.gradient),
        rf"{META}+\lVert\nabla\mathcal{{L}}(w)-\nabla l(w)\rVert",
        "triangle inequality",
    )
    yield at_most(
        meta + x.mean(lambda task: norm(task.from_w.meta_gradient - task.gradient)),
        rf"{META}+{E}\lVert\nabla\mathcal{{L}}_i(w)-\nabla l_i(w)\rVert",
        "Jensen: a norm is convex",
    )
    yield at_most(
        meta + growth * x.gradient_norm,
        rf"{META}+(a^{{2N}}-1){E}\lVert\nabla l_i(w)\rVert",
        "(near), for each task",
        "lemma_7",
    )
    yield from from_norms_to_mean(
        x,
        lambda length: meta + growth * length,
        lambda length: rf"{META}+(a^{{2N}}-1)({length})",
    )


def solved(x):
    r"""‖∇l(w)‖ ≤ (‖∇𝓛(w)‖ + (a^(2N) − 1)σ) / C_l: what (gradient) says, solved for ‖∇l(w)‖."""
    C_l = x.constants.C_l
    growth = x.growth(2 * x.steps)  # a^2N − 1
    g, meta = norm(x.gradient), norm(x.meta_gradient)
    own = rf"(a^{{2N}}-1){MEAN}"
    yield first(g, MEAN, scale=x.mean(size) / C_l)
    yield equal(
        (g - growth * g) / C_l,
        rf"\frac{{1}}{{C_l}}\left({MEAN}-{own}\right)",
        "C_l = 1 − (a^2N − 1), and it is not zero",
        "C_l > 0",
    )
    yield at_most(
        (meta + growth * (g + x.sigma) - growth * g) / C_l,
        rf"\frac{{1}}{{C_l}}\left({META}+(a^{{2N}}-1)({MEAN}+\sigma)-{own}\right)",
        "(gradient), divided by C_l > 0",
        "lemma_7",
        "C_l > 0",
    )
    yield equal(
        (meta + growth * x.sigma) / C_l,
        rf"\frac{{{META}+(a^{{2N}}-1)\sigma}}{{C_l}}",
        "‖∇l(w)‖ cancels",
    )


def with_sigma(x):
    r"""‖∇l(w)‖ + σ ≤ (‖∇𝓛(w)‖ + σ) / C_l"""
    C_l, sigma = x.constants.C_l, x.sigma
    growth = x.growth(2 * x.steps)  # a^2N − 1
    meta = norm(x.meta_gradient)
    yield first(
        norm(x.gradient) + sigma,
        r"\lVert\nabla l(w)\rVert+\sigma",
        scale=(x.mean(size) + sigma) / C_l,
    )
    yield at_most(
        (meta + growth * sigma) / C_l + sigma,
        rf"\frac{{{META}+(a^{{2N}}-1)\sigma}}{{C_l}}+\sigma",
        "(solved)",
        "lemma_7",
    )
    yield equal(
        (meta + growth * sigma + C_l * sigma) / C_l,
        rf"\frac{{{META}+(a^{{2N}}-1+C_l)\sigma}}{{C_l}}",
        "common denominator",
    )
    yield equal((meta + sigma) / C_l, rf"\frac{{{META}+\sigma}}{{C_l}}", "a^2N − 1 + C_l = 1")


RESULT = Result(
    "lemma_7",
    "From the meta-gradient to the gradient",
    r"\lVert\nabla\mathcal{L}_i(w)-\nabla l_i(w)\rVert\le(a^{2N}-1)\lVert\nabla l_i(w)\rVert,\quad "
    r"\lVert\nabla l(w)\rVert"
    r"\le\frac{\lVert\nabla\mathcal{L}(w)\rVert+(a^{2N}-1)\sigma}{C_l},\quad C_l=2-a^{2N}>0",
    assumes=("A1 L", "A2", "C_l > 0"),
    claims={"near": near, "gradient": gradient, "solved": solved, "with sigma": with_sigma},
    setting="resampling",
    per_task=("near",),
    attained={
        "near": Attained(EXACTLY, "concave_quadratic"),
        "gradient": Attained(UP_TO_A_FACTOR, "convex_quadratic"),
        "solved": Attained(UP_TO_A_FACTOR, "convex_quadratic"),
        "with sigma": Attained(UP_TO_A_FACTOR, "convex_quadratic"),
    },
)
