r"""Lemma 10. From the query gradient to the meta-gradient and back.

Claim       (near) ‖∇𝓛_i(w) − ∇l_{T_i}(w)‖ ≤ (a^2N − 1)‖∇l_{T_i}(w)‖ + a^N(a^N − 1) b_i, for one task;
            (gradient) ‖∇l_T(w)‖ ≤ ‖∇𝓛(w)‖ + (a^2N − 1)(‖∇l_T(w)‖ + σ) + a^N(a^N − 1) b;
            (solved) ‖∇l_T(w)‖ ≤ (‖∇𝓛(w)‖ + (a^2N − 1)σ + a^N(a^N − 1) b)/C_l, if C_l = 2 − a^2N > 0.
Assumes     A1 (L), b_i; (gradient) also A2 of the query gradients; (solved) also C_l > 0.
Proof       (near) ∇𝓛_i = P∇l_T(w̃_N): the query gradient changes as in Lemma 9, and P differs from I by at most a^N − 1. (gradient) Triangle inequality,
            Jensen. (solved) The claim before is x ≤ c + (1 − C_l) x.
Attained    (near) by the concave quadratics of Lemma 9, if w is a multiple of c of the right sign. (gradient) and (solved) are not
            known to be, but for N = 0.
"""
import numpy as np

from ..chain import Result, at_most, equal, first
from ..paths import apply, norm, spectral
from .lemma_9 import excursion


def size(x):
    """Of the numbers whose differences the chains start with: gradients, and what the rounding of the points does to them."""
    return norm(x.gradient) + norm(x.from_w.meta_gradient) + x.a ** x.steps * x.L * norm(x.from_w.points).max()


def near(x):
    r"""‖∇𝓛_i(w) − ∇l_T(w)‖ ≤ (a^2N − 1)‖∇l_T(w)‖ + a^N(a^N − 1) b_i"""
    a, alpha, L, N, path = x.a, x.alpha, x.L, x.steps, x.from_w
    g, P = x.gradient, path.product
    changed, turned, long = path.outer_gradient - g, P - np.eye(len(g)), norm(g)
    moves, powers = norm(changed), r"a^N\lVert\nabla l_T(\tilde w_N)-\nabla l_T(w)\rVert"
    yield first(norm(path.meta_gradient - g), r"\lVert\nabla\mathcal L_i(w)-\nabla l_T(w)\rVert", scale=size(x))
    yield equal(norm(apply(P, changed) + apply(turned, g)), r"\lVert P(\nabla l_T(\tilde w_N)-\nabla l_T(w))+(P-I)\nabla l_T(w)\rVert",
                "∇𝓛_i = P∇l_T(w̃_N); add and subtract P∇l_T(w)")
    yield at_most(norm(apply(P, changed)) + norm(apply(turned, g)), r"\lVert P(\nabla l_T(\tilde w_N)-\nabla l_T(w))\rVert+\lVert(P-I)\nabla l_T(w)\rVert",
                  "triangle inequality")
    yield at_most(spectral(P) * moves + spectral(turned) * long, r"\lVert P\rVert\lVert\nabla l_T(\tilde w_N)-\nabla l_T(w)\rVert+\lVert P-I\rVert\lVert\nabla l_T(w)\rVert",
                  "operator norm")
    yield at_most(a ** N * moves + spectral(turned) * long, rf"{powers}+\lVert P-I\rVert\lVert\nabla l_T(w)\rVert", "Lemma 3 (norm)", "A1 L")
    factors = spectral(path.factors)
    steps = sum(np.prod(factors[:j]) * alpha * spectral(path.hessians[j]) for j in range(N))
    yield at_most(a ** N * moves + steps * long, rf"{powers}+\sum_j\lVert M_0\rVert\cdots\lVert M_{{j-1}}\rVert\,\alpha\lVert H_j\rVert\,\lVert\nabla l_T(w)\rVert",
                  "telescoping: P − I = Σ_j M_0 … M_{j−1}(M_j − I); triangle inequality")
    yield at_most(a ** N * moves + sum(a ** j for j in range(N)) * alpha * L * long, rf"{powers}+\sum_j a^j\alpha L\,\lVert\nabla l_T(w)\rVert", "A1: ‖H_j‖ ≤ L", "A1 L")
    rest, rest_latex = x.growth(N) * long, r"+(a^N-1)\lVert\nabla l_T(w)\rVert"
    yield equal(a ** N * moves + rest, powers + rest_latex, "geometric series")
    yield from excursion(x, a ** N, "a^N\\,", rest, rest_latex)
    yield equal(x.growth(2 * N) * long + a ** N * x.growth(N) * x.b, r"(a^{2N}-1)\lVert\nabla l_T(w)\rVert+a^N(a^N-1)b_i", "collect: a^N(a^N − 1) + a^N − 1 = a^2N − 1")


def gradient(x):
    r"""‖∇l_T(w)‖ ≤ ‖∇𝓛(w)‖ + (a^2N − 1)(‖∇l_T(w)‖ + σ) + a^N(a^N − 1) b"""
    a, N, g, meta = x.a, x.steps, x.gradient, norm(x.meta_gradient)
    gap, apart = a ** N * x.growth(N) * x.b, r"a^N(a^N-1)b"
    yield first(norm(g), r"\lVert\nabla l_T(w)\rVert", scale=x.mean(size))
    yield at_most(meta + norm(x.meta_gradient - g), r"\lVert\nabla\mathcal L(w)\rVert+\lVert\nabla\mathcal L(w)-\nabla l_T(w)\rVert", "triangle inequality")
    yield at_most(meta + x.mean(lambda task: norm(task.from_w.meta_gradient - task.gradient)),
                  r"\lVert\nabla\mathcal L(w)\rVert+E_i\lVert\nabla\mathcal L_i(w)-\nabla l_{T_i}(w)\rVert", "Jensen: the norm is convex")
    yield at_most(meta + x.mean(lambda task: x.growth(2 * N) * norm(task.gradient) + a ** N * x.growth(N) * task.b),
                  rf"\lVert\nabla\mathcal L(w)\rVert+(a^{{2N}}-1)E_i\lVert\nabla l_{{T_i}}(w)\rVert+{apart}", "(near), for every task; b = E_i b_i", "A1 L", "b")
    yield at_most(meta + x.growth(2 * N) * (norm(g) + x.mean(lambda task: norm(task.gradient - g))) + gap,
                  rf"\lVert\nabla\mathcal L(w)\rVert+(a^{{2N}}-1)(\lVert\nabla l_T(w)\rVert+E_i\lVert\nabla l_{{T_i}}(w)-\nabla l_T(w)\rVert)+{apart}", "triangle inequality")
    yield at_most(meta + x.growth(2 * N) * (norm(g) + x.deviation()) + gap,
                  rf"\lVert\nabla\mathcal L(w)\rVert+(a^{{2N}}-1)(\lVert\nabla l_T(w)\rVert+\sqrt{{E_i\lVert\nabla l_{{T_i}}(w)-\nabla l_T(w)\rVert^2}})+{apart}", "Jensen: the root is concave")
    yield at_most(meta + x.growth(2 * N) * (norm(g) + x.sigma) + gap, rf"\lVert\nabla\mathcal L(w)\rVert+(a^{{2N}}-1)(\lVert\nabla l_T(w)\rVert+\sigma)+{apart}", "A2", "A2")


def solved(x):
    r"""‖∇l_T(w)‖ ≤ (‖∇𝓛(w)‖ + (a^2N − 1)σ + a^N(a^N − 1) b)/C_l"""
    C_l, growth, g, meta, gap = x.constants.C_l, x.growth(2 * x.steps), norm(x.gradient), norm(x.meta_gradient), x.a ** x.steps * x.growth(x.steps) * x.b
    L, own, apart = r"\lVert\nabla\mathcal L(w)\rVert", r"(a^{2N}-1)\lVert\nabla l_T(w)\rVert", r"a^N(a^N-1)b"
    yield first(g, r"\lVert\nabla l_T(w)\rVert", scale=x.mean(size) / C_l)
    yield equal((g - growth * g) / C_l, rf"\frac{{1}}{{C_l}}\left(\lVert\nabla l_T(w)\rVert-{own}\right)", "C_l = 1 − (a^2N − 1), and it is not zero", "C_l > 0")
    yield at_most((meta + growth * (g + x.sigma) + gap - growth * g) / C_l,
                  rf"\frac{{1}}{{C_l}}\left({L}+(a^{{2N}}-1)(\lVert\nabla l_T(w)\rVert+\sigma)+{apart}-{own}\right)", "(gradient), divided by C_l > 0",
                  "A1 L", "A2", "b", "C_l > 0")
    yield equal((meta + growth * x.sigma + gap) / C_l, rf"\frac{{{L}+(a^{{2N}}-1)\sigma+{apart}}}{{C_l}}", "‖∇l_T(w)‖ cancels")


RESULT = Result("lemma_10", "From the query gradient to the meta-gradient and back",
                r"\lVert\nabla\mathcal L_i-\nabla l_{T_i}\rVert\le(a^{2N}-1)\lVert\nabla l_{T_i}\rVert+a^N(a^N-1)b_i,\quad "
                r"\lVert\nabla l_T\rVert\le\tfrac1{C_l}(\lVert\nabla\mathcal L\rVert+(a^{2N}-1)\sigma+a^N(a^N-1)b)",
                assumes=("A1 L", "A2", "b", "C_l > 0"), claims={"near": near, "gradient": gradient, "solved": solved},
                setting="finite-sum", per_task=("near",))
