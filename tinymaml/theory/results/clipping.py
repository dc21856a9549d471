r"""Clipping. The meta-objective is (L0, L1)-smooth: a clipped step descends.

Claim       (smoothness) ‖∇𝓛(u) − ∇𝓛(w)‖ ≤ (L0 + L1 ‖∇𝓛(w)‖) ‖u − w‖ for all u;
            (descent) gradient descent on 𝓛 with β = 1/(L0 + L1 x), x = ‖∇𝓛(w)‖, from w to w⁺, has
            𝓛(w⁺) ≤ 𝓛(w) − x²/(2L1(x + L0/L1)); where L1 = 0, 𝓛(w⁺) ≤ 𝓛(w) − x²/(2L0).
Constants   L0 = A + C_𝓛 σ/C_l, L1 = C_𝓛/C_l, with A = a^(2N) L.
Assumes     A1 (L, ρ), A2, C_l > 0. A1 alone does not give it: it bounds by ‖∇l_i‖, and only A2 and
            Lemma 7 say that ∇l_i is not large where ∇𝓛 is small.
Proof       Proposition 1 has a smoothness that grows with E_i‖∇l_i(w)‖; A2 passes to ‖∇l(w)‖, and
            Lemma 7 to ‖∇𝓛(w)‖. (descent) is the descent lemma with it, anchored at w.
Attained    (smoothness) by the concave quadratic −L‖w‖²/2, where L1 = 0. The part with L1 up to the
            factor a^(2N)/C_l, by the sawtooth: ‖∇𝓛‖ is a^(2N)‖∇l‖ there, where Lemma 7 allows for
            C_l‖∇l‖. (descent) up to 2 − ((1 − αL)/(1 + αL))^(2N), by the convex quadratic L‖w‖²/2,
            which descends so many times as much. With α = 1/(8NL) the factors are less than 1.8
            and 1.4.
Source      (L0, L1)-smoothness and clipping: J. Zhang, T. He, S. Sra, A. Jadbabaie, Why Gradient
            Clipping Accelerates Training, ICLR 2020, arXiv 1905.11881. That 𝓛 has it was derived
            for this course.

The step is no longer than 1/L1, however large the gradient: β is that of clipping, up to a factor
2. And x²/(x + L0/L1) is Theorem 1's f with χ = L0/L1: its random stepsize is clipping with an
estimate of the gradients.
"""

import numpy as np

from ..chain import EXACTLY, UP_TO_A_FACTOR, Attained, Result, at_most, equal, first
from ..paths import norm
from .proposition_1 import largest

AT_W = r"\lVert\nabla\mathcal{L}(w)\rVert"
APART = r"\lVert u-w\rVert"
E = r"\mathbb{E}_i"


def coefficients(x):
    """L0 and L1 of the instance, two floats."""
    c = x.constants
    return c.A + c.C_meta * x.sigma / c.C_l, c.C_meta / c.C_l


def smoothness(x):
    r"""‖∇𝓛(u) − ∇𝓛(w)‖ ≤ (L0 + L1 ‖∇𝓛(w)‖) ‖u − w‖"""
    A, C_meta, C_l, sigma = x.constants.A, x.constants.C_meta, x.constants.C_l, x.sigma
    L0, L1 = coefficients(x)
    at_u = x.mean(lambda task: task.from_u.meta_gradient)  # ValueError where there is no u
    apart, gradient = norm(x.u - x.w), norm(x.gradient)

    def bound(mean_norm):
        """The right side of Proposition 1, with this for E_i‖∇l_i(w)‖."""
        return (A + C_meta * mean_norm) * apart

    def latex(mean_norm):
        return rf"(A+C_\mathcal{{L}}{mean_norm}){APART}"

    mean_norm = rf"{E}\lVert\nabla l_i(w)\rVert"
    deviation = r"\lVert\nabla l_i(w)-\nabla l(w)\rVert"
    yield first(
        norm(at_u - x.meta_gradient),
        r"\lVert\nabla\mathcal{L}(u)-\nabla\mathcal{L}(w)\rVert",
        scale=largest(x),
    )
    yield at_most(
        bound(x.gradient_norm),
        rf"L_w{APART}={latex(mean_norm)}",
        "Proposition 1",
        "proposition_1",
    )
    yield at_most(
        bound(gradient + x.mean(lambda task: norm(task.gradient - x.gradient))),
        latex(rf"(\lVert\nabla l(w)\rVert+{E}{deviation})"),
        "triangle inequality",
    )
    yield at_most(
        bound(gradient + x.deviation()),
        latex(rf"\bigl(\lVert\nabla l(w)\rVert+\sqrt{{{E}{deviation}^2}}\bigr)"),
        "Jensen: the root is concave",
    )
    yield at_most(bound(gradient + sigma), latex(r"(\lVert\nabla l(w)\rVert+\sigma)"), "A2", "A2")
    yield at_most(
        bound((norm(x.meta_gradient) + sigma) / C_l),
        latex(rf"\frac{{{AT_W}+\sigma}}{{C_l}}"),
        "Lemma 7: ‖∇l‖ + σ ≤ (‖∇𝓛‖ + σ)/C_l",
        "lemma_7",
    )
    yield equal(
        (L0 + L1 * norm(x.meta_gradient)) * apart,
        rf"(L_0+L_1{AT_W}){APART}",
        "collect: this defines L0 = A + C_𝓛σ/C_l and L1 = C_𝓛/C_l",
    )


def descent(x):
    r"""𝓛(w⁺) − 𝓛(w) ≤ −x²/(2L1(x + L0/L1)), w⁺ = w − ∇𝓛(w)/(L0 + L1 x), x = ‖∇𝓛(w)‖"""
    L0, L1 = coefficients(x)
    size = norm(x.meta_gradient)
    beta = 1 / (L0 + L1 * size)
    way = -beta * x.meta_gradient  # w⁺ − w
    after, before = x.meta_loss(np.stack([x.w + way, x.w]))
    reach = norm(x.w) + norm(way)
    yield first(
        after - before,
        r"\mathcal{L}(w^+)-\mathcal{L}(w),\quad w^+=w-\beta\nabla\mathcal{L}(w)",
        "one step of gradient descent on 𝓛",
        scale=abs(after) + abs(before) + size * reach,
    )
    yield at_most(
        x.meta_gradient @ way + (L0 + L1 * size) / 2 * norm(way) ** 2,
        r"\langle\nabla\mathcal{L}(w),w^+-w\rangle"
        rf"+\tfrac12(L_0+L_1{AT_W})\lVert w^+-w\rVert^2",
        "descent lemma, anchored at w: (smoothness), integrated",
        "clipping",
    )
    yield equal(
        -beta * size**2 + (L0 + L1 * size) / 2 * beta**2 * size**2,
        r"-\beta x^2+\tfrac12(L_0+L_1x)\beta^2x^2,"
        rf"\quad x={AT_W}",
        "the step is −β∇𝓛(w)",
    )
    yield equal(
        -(size**2) / (2 * (L0 + L1 * size)),
        r"-\frac{x^2}{2(L_0+L_1x)}",
        "β = 1/(L0 + L1 x)",
    )
    if L1:
        yield equal(
            -(size**2) / (2 * L1 * (size + L0 / L1)),
            r"-\frac{1}{2L_1}\,\frac{x^2}{x+L_0/L_1}",
            "factor out L1, which is not 0 here",
        )


RESULT = Result(
    "clipping",
    "The meta-objective is (L0, L1)-smooth: a clipped step descends",
    r"\lVert\nabla\mathcal{L}(u)-\nabla\mathcal{L}(w)\rVert"
    r"\le(L_0+L_1\lVert\nabla\mathcal{L}(w)\rVert)\lVert u-w\rVert,\quad "
    r"L_0=A+\frac{C_\mathcal{L}\sigma}{C_l},\quad L_1=\frac{C_\mathcal{L}}{C_l}",
    assumes=("A1 L", "A1 rho", "A2", "C_l > 0"),
    claims={"smoothness": smoothness, "descent": descent},
    setting="resampling",
    attained={
        "smoothness": Attained(
            EXACTLY,
            "concave_quadratic",
            "where L1 = 0; the part with L1 up to a^(2N)/C_l, by the sawtooth",
        ),
        "descent": Attained(
            UP_TO_A_FACTOR,
            "convex_quadratic",
            "2 − ((1 − αL)/(1 + αL))^(2N): less than 1.4 at α = 1/(8NL)",
        ),
    },
)
