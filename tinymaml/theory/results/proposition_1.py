r"""Proposition 1. The meta-objective is smooth, with a constant anchored at w.

Claim       (lipschitz) ‖∇𝓛(w) − ∇𝓛(u)‖ ≤ L_w ‖w − u‖ for all u, L_w = a^(2N) L + C_𝓛 E_i‖∇l_i(w)‖,
            C_𝓛 = (ρ/L) a^(2N−1) (a^N − 1).
            (constant) This is the C_𝓛 of the paper, which writes it as a sum.
            (descent) |𝓛(u) − 𝓛(w) − ⟨∇𝓛(w), u − w⟩| ≤ (L_w/2) ‖u − w‖²: the descent lemma, from w
            to any u.
Assumes     A1 (L, ρ).
Proof       ∇𝓛_i = P g, with g(w) = ∇l_i(w̃_N): a product changes because one factor does or the
            other. Lemmas 1 and 2 bound the change and the size of g, Lemma 3 those of P. (descent)
            integrates (lipschitz) along the segment, which starts at the anchor.
Attained    (lipschitz) in the limit u → w, by a sawtooth Hessian, −L plus a tooth of slope ρ at
            each iterate: C_𝓛 cannot be improved. (descent) where ρ = 0, by the concave quadratic
            −L‖w‖²/2. 𝓛 need not be smooth with one constant for all w: L_w grows with the gradient.
            For convex tasks a is too large: proposition_1_sharp.
"""

import numpy as np

from ..chain import EXACTLY, IN_A_LIMIT, Attained, Result, at_most, equal, first
from ..paths import norm, spectral
from ..quadrature import nodes


def largest(x):
    """E_i (a^N ‖g‖ at w and at u, and by how much the rounding of the points can change them): the
    scale of ∇𝓛(w) − ∇𝓛(u)."""
    a, N = x.a, x.steps
    A, C_meta = a ** (2 * N) * x.L, x.constants.C_meta

    def size(path):
        L_w = A + C_meta * norm(path.gradients[0])
        return a**N * norm(path.outer_gradient) + L_w * norm(path.points).max()

    return x.mean(lambda task: size(task.from_w) + size(task.from_u))


def lipschitz(x):
    r"""‖∇𝓛(w) − ∇𝓛(u)‖ ≤ L_w ‖w − u‖"""
    a, L, rho, N = x.a, x.L, x.rho, x.steps
    A, C_meta = a ** (2 * N) * L, x.constants.C_meta  # Proposition 4 has another A

    def split(task):
        """P(u)(g(w) − g(u)) and (P(w) − P(u))g(w)"""
        from_w, from_u = task.from_w, task.from_u
        by_g = from_u.product @ (from_w.outer_gradient - from_u.outer_gradient)
        by_P = (from_w.product - from_u.product) @ from_w.outer_gradient
        return by_g, by_P

    def change_of_g(task):
        """‖g(w) − g(u)‖"""
        return norm(task.from_w.outer_gradient - task.from_u.outer_gradient)

    def change_of_P(task):
        """‖P(w) − P(u)‖‖g(w)‖"""
        change = spectral(task.from_w.product - task.from_u.product)
        return change * norm(task.from_w.outer_gradient)

    E, change_latex = r"\mathbb{E}_i", r"\lVert P(w)-P(u)\rVert\lVert g(w)\rVert"
    yield first(
        norm(x.meta_gradient - x.mean(lambda task: task.from_u.meta_gradient)),
        r"\lVert\nabla\mathcal{L}(w)-\nabla\mathcal{L}(u)\rVert",
        scale=largest(x),
    )
    yield at_most(
        x.mean(lambda task: norm(task.from_w.meta_gradient - task.from_u.meta_gradient)),
        rf"{E}\lVert\nabla\mathcal{{L}}_i(w)-\nabla\mathcal{{L}}_i(u)\rVert,\quad "
        r"\nabla\mathcal{L}_i(w)=P(w)g(w),\ g(w)=\nabla l_i(\tilde w_N)",
        "Jensen: a norm is convex",
    )
    yield equal(
        x.mean(lambda task: norm(sum(split(task)))),
        rf"{E}\lVert P(u)(g(w)-g(u))+(P(w)-P(u))g(w)\rVert",
        "add and subtract P(u) g(w)",
    )
    yield at_most(
        x.mean(lambda task: sum(norm(part) for part in split(task))),
        rf"{E}(\lVert P(u)(g(w)-g(u))\rVert+\lVert(P(w)-P(u))g(w)\rVert)",
        "triangle inequality",
    )
    yield at_most(
        x.mean(lambda task: spectral(task.from_u.product) * change_of_g(task) + change_of_P(task)),
        rf"{E}(\lVert P(u)\rVert\lVert g(w)-g(u)\rVert+{change_latex})",
        "operator norm, of P(u) and of P(w) − P(u)",
    )
    yield at_most(
        x.mean(lambda task: a**N * change_of_g(task) + change_of_P(task)),
        rf"{E}(a^N\lVert g(w)-g(u)\rVert+{change_latex})",
        "Lemma 3: ‖P(u)‖ ≤ a^N",
        "lemma_3",
    )
    yield at_most(
        x.mean(lambda task: a**N * L * norm(task.from_w.end - task.from_u.end) + change_of_P(task)),
        rf"{E}(a^N L\lVert\tilde w_N-\tilde u_N\rVert+{change_latex})",
        "A1: ∇l is L-Lipschitz",
        "A1 L",
    )
    apart = norm(x.w - x.u)
    yield at_most(
        x.mean(lambda task: A * apart + change_of_P(task)),
        rf"{E}(a^{{2N}}L\lVert w-u\rVert+{change_latex})",
        "Lemma 1",
        "lemma_1",
    )
    lipschitz_P = rho / L * a ** (N - 1) * x.growth(N)
    yield at_most(
        x.mean(lambda task: (A + lipschitz_P * norm(task.from_w.outer_gradient)) * apart),
        rf"{E}\left(a^{{2N}}L+\frac{{\rho}}{{L}}a^{{N-1}}(a^N-1)\lVert g(w)\rVert\right)"
        r"\lVert w-u\rVert",
        "Lemma 3: P is Lipschitz",
        "lemma_3",
    )
    yield at_most(
        (A + C_meta * x.gradient_norm) * apart,
        rf"L_w\lVert w-u\rVert,\quad L_w=a^{{2N}}L+C_\mathcal{{L}}{E}\lVert\nabla l_i(w)\rVert",
        "Lemma 2: ‖g(w)‖ ≤ a^N ‖∇l_i(w)‖",
        "lemma_2",
    )


def constant(x):
    r"""The paper's form of C_𝓛 is ours."""
    a, alpha, L, rho, N = x.a, x.alpha, x.L, x.rho, x.steps
    yield first(
        (a ** (N - 1) * alpha * rho + rho / L * a**N * x.growth(N - 1)) * a**N,
        r"\left((1+\alpha L)^{N-1}\alpha\rho"
        r"+\frac{\rho}{L}(1+\alpha L)^N((1+\alpha L)^{N-1}-1)\right)(1+\alpha L)^N",
        "as in the paper",
        scale=rho / L * a ** (2 * N),
    )
    yield equal(
        rho / L * a**N * (a ** (N - 1) * alpha * L + a**N * (a ** (N - 1) - 1)),
        r"\frac{\rho}{L}a^N\left(a^{N-1}\alpha L+a^N(a^{N-1}-1)\right)",
        "a = 1 + αL; factor out ρ/L",
    )
    yield equal(
        rho / L * a**N * (a**N - a ** (N - 1) + a ** (2 * N - 1) - a**N),
        r"\frac{\rho}{L}a^N\left(a^N-a^{N-1}+a^{2N-1}-a^N\right)",
        "αL = a − 1; expand",
    )
    yield equal(
        rho / L * a**N * (a ** (2 * N - 1) - a ** (N - 1)),
        r"\frac{\rho}{L}a^N\left(a^{2N-1}-a^{N-1}\right)",
        "a^N cancels",
    )
    yield equal(
        x.constants.C_meta, r"C_\mathcal{L}=\frac{\rho}{L}a^{2N-1}(a^N-1)", "factor out a^(N−1)"
    )


def descent(x, result="proposition_1"):
    r"""|𝓛(u) − 𝓛(w) − ⟨∇𝓛(w), u − w⟩| ≤ (L_w/2) ‖u − w‖². Theorem 1 needs it without the bars."""
    L_w, way = x.smoothness, x.u - x.w
    losses = x.meta_loss(np.stack([x.w, x.u]))
    slope = x.meta_gradient @ way
    scale = np.abs(losses).sum() + abs(slope) + norm(x.meta_gradient) * (norm(x.w) + norm(x.u))

    def change(s):
        """∇𝓛(w + s(u − w)) − ∇𝓛(w), (..., d) for s (...)."""
        return x.meta_gradient_at(x.w + np.multiply.outer(s, way)) - x.meta_gradient

    s, weights = nodes(lambda s: change(s) @ way, 8 * np.finfo(float).eps * scale)
    along = r"\nabla\mathcal{L}(w+s(u-w))-\nabla\mathcal{L}(w)"
    yield first(
        abs(losses[1] - losses[0] - slope),
        r"\lvert\mathcal{L}(u)-\mathcal{L}(w)-\langle\nabla\mathcal{L}(w),u-w\rangle\rvert",
        scale=scale,
    )
    yield equal(
        abs(weights @ (change(s) @ way)),
        rf"\left\lvert\int_0^1\langle{along},u-w\rangle\,ds\right\rvert",
        "fundamental theorem of calculus",
    )
    yield at_most(
        weights @ np.abs(change(s) @ way),
        rf"\int_0^1\lvert\langle{along},u-w\rangle\rvert\,ds",
        "triangle inequality for integrals",
    )
    yield at_most(
        weights @ norm(change(s)) * norm(way),
        rf"\int_0^1\lVert{along}\rVert\,ds\,\lVert u-w\rVert",
        "Cauchy–Schwarz",
    )
    yield at_most(
        weights @ (L_w * s) * norm(way) ** 2,
        r"\int_0^1 L_w s\,ds\,\lVert u-w\rVert^2",
        "(lipschitz) between w and w + s(u − w): the anchor is w for every s",
        result,
    )
    yield equal(L_w / 2 * norm(way) ** 2, r"\frac{L_w}{2}\lVert u-w\rVert^2", "∫ s ds = ½")


RESULT = Result(
    "proposition_1",
    "The meta-objective is smooth, with a constant anchored at w",
    r"\lVert\nabla\mathcal{L}(w)-\nabla\mathcal{L}(u)\rVert\le L_w\lVert w-u\rVert,\quad "
    r"L_w=a^{2N}L+C_\mathcal{L}\,\mathbb{E}_i\lVert\nabla l_i(w)\rVert",
    assumes=("A1 L", "A1 rho"),
    claims={"lipschitz": lipschitz, "constant": constant, "descent": descent},
    setting="resampling",
    attained={
        "lipschitz": Attained(IN_A_LIMIT, "sawtooth", "u → w"),
        "descent": Attained(EXACTLY, "concave_quadratic", "ρ = 0"),
    },
)
