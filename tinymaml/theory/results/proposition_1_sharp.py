r"""Proposition 1, sharper. Negative curvature, not L, makes the meta-objective exponentially rough.

Claim       (lipschitz) If no Hessian has an eigenvalue below m, then
            ‖∇𝓛(w) − ∇𝓛(u)‖ ≤ (â^(2N) L + αρ â^(2N−1) Σ_{j<N} â^j E_i‖∇l_i(w)‖) ‖w − u‖ for all u,
            with â = max(1 − αm, αL − 1);
            (convex) ‖∇𝓛(w) − ∇𝓛(u)‖ ≤ (L + NαρE_i‖∇l_i(w)‖) ‖w − u‖, if m ≥ 0 and αL ≤ 2.
Constants   m ≥ −L; with m = −L and â = a it is Proposition 1. With m = −μ and α(L − μ) ≤ 2, which
            is the same as αL − 1 ≤ 1 + αμ, â = 1 + αμ.
Assumes     A1 (L, ρ, m).
Proof       As Proposition 1, but with ‖I − αH‖ ≤ â for ‖I − αH‖ ≤ a: the eigenvalues of I − αH lie
            between 1 − αL and 1 − αm. Distances and gradients have to be products of such factors
            for that, with mean Hessians along segments: the triangle inequality, by which Lemmas 1
            and 2 go, only knows of L.
Attained    (lipschitz) where m = −L, by the sawtooth as u → w, as Proposition 1 is. (convex) by
            convex teeth, curvature 0 with a tooth of slope ρ at each iterate, as the gradient
            becomes large: a constant without N still wants α ∝ 1/N, for convex tasks too, unless
            ρ = 0.
Source      derived for this course.
"""

import numpy as np

from ..chain import IN_A_LIMIT, Attained, Result, at_most, equal, first
from ..constants import ConditionFailed
from ..losses import mean_hessian
from ..paths import multiply, norm, spectral
from .proposition_1 import largest

E = r"\mathbb{E}_i"
CHANGE = r"\lVert\nabla\mathcal{L}(w)-\nabla\mathcal{L}(u)\rVert"
APART = r"\lVert w-u\rVert"
GRADIENTS = rf"{E}\lVert\nabla l_i(w)\rVert"


def growth(x):
    """â, the most that a factor I − αH can stretch: ≥ 0, for m ≤ L."""
    return max(1 - x.alpha * x.lowest_curvature, x.alpha * x.L - 1)


def mean_factors(task, p, q):
    """I − αH̄ for the mean Hessians between the points p and q (n, d): (n, d, d), the last first, as
    they meet a vector."""
    means = mean_hessian(task.inner, p, q)[::-1]
    return np.eye(p.shape[-1]) - task.alpha * means


def start_to_end(task):
    """‖w̃_N − ũ_N‖ as the product of the factors between the two paths, applied to w − u."""
    w, u = task.from_w.points, task.from_u.points
    return norm(multiply(mean_factors(task, w[:-1], u[:-1])) @ (w[0] - u[0]))


def gradient_at_end(task):
    """‖∇l_i(w̃_N)‖ as the product of the factors along the path, applied to ∇l_i(w)."""
    w = task.from_w.points
    return norm(multiply(mean_factors(task, w[:-1], w[1:])) @ task.gradient)


def lipschitz(x):
    r"""‖∇𝓛(w) − ∇𝓛(u)‖ ≤ (â^(2N) L + αρ â^(2N−1) Σ_j â^j E_i‖∇l_i(w)‖) ‖w − u‖"""
    alpha, L, rho, N, a = x.alpha, x.L, x.rho, x.steps, growth(x)
    changes = x.mean(lambda task: task.from_w.meta_gradient - task.from_u.meta_gradient)
    apart = norm(x.w - x.u)
    series = sum(a**j for j in range(N))
    before = a ** max(N - 1, 0)  # â^(N−1); without steps it meets an empty sum

    def split(task):
        """P(u)(g(w) − g(u)) + (P(w) − P(u))g(w)"""
        from_w, from_u = task.from_w, task.from_u
        by_g = from_u.product @ (from_w.outer_gradient - from_u.outer_gradient)
        return by_g + (from_w.product - from_u.product) @ from_w.outer_gradient

    def change_of_g(task):
        """‖g(w) − g(u)‖"""
        return norm(task.from_w.outer_gradient - task.from_u.outer_gradient)

    def end(task):
        """‖g(w)‖"""
        return norm(task.from_w.outer_gradient)

    def turned(task):
        """‖H_j(w) − H_j(u)‖, (N,)"""
        return spectral(task.from_w.hessians - task.from_u.hessians)

    def sizes(path):
        """‖I − αH_j‖, (N,)"""
        return spectral(path.factors)

    def by_P(task):
        """Σ_j ∏_{i<j}‖M_i(w)‖ · α‖H_j(w) − H_j(u)‖ · ∏_{i>j}‖M_i(u)‖"""
        at_w, at_u = sizes(task.from_w), sizes(task.from_u)
        terms = [np.prod(at_w[:j]) * turned(task)[j] * np.prod(at_u[j + 1 :]) for j in range(N)]
        return alpha * sum(terms)

    def distances(task):
        """Σ_j ‖w̃_j − ũ_j‖, j < N"""
        return norm(task.from_w.points[:N] - task.from_u.points[:N]).sum()

    first_part = rf"\hat a^{{2N}}L{APART}"
    g, turn = r"\lVert g(w)\rVert", r"\lVert H_j(w)-H_j(u)\rVert"
    yield first(norm(changes), CHANGE, scale=largest(x))
    yield at_most(
        x.mean(lambda task: norm(task.from_w.meta_gradient - task.from_u.meta_gradient)),
        rf"{E}\lVert\nabla\mathcal{{L}}_i(w)-\nabla\mathcal{{L}}_i(u)\rVert",
        "Jensen: a norm is convex",
    )
    yield equal(
        x.mean(lambda task: norm(split(task))),
        rf"{E}\lVert P(u)(g(w)-g(u))+(P(w)-P(u))g(w)\rVert,\quad g(w)=\nabla l_i(\tilde w_N)",
        "∇𝓛_i = P g; add and subtract P(u) g(w)",
    )
    yield at_most(
        x.mean(
            lambda task: (
                spectral(task.from_u.product) * change_of_g(task)
                + spectral(task.from_w.product - task.from_u.product) * end(task)
            )
        ),
        rf"{E}(\lVert P(u)\rVert\lVert g(w)-g(u)\rVert+\lVert P(w)-P(u)\rVert{g})",
        "triangle inequality, operator norm",
    )
    yield at_most(
        x.mean(
            lambda task: np.prod(sizes(task.from_u)) * change_of_g(task) + by_P(task) * end(task)
        ),
        rf"{E}\bigl(\prod_j\lVert M_j(u)\rVert\,\lVert g(w)-g(u)\rVert"
        rf"+\sum_j\prod_{{i<j}}\lVert M_i(w)\rVert\,\alpha{turn}"
        rf"\prod_{{i>j}}\lVert M_i(u)\rVert\,{g}\bigr),\quad M_j=I-\alpha H_j",
        "telescoping: change one factor of P at a time; triangle inequality, norms of products",
    )
    yield at_most(
        x.mean(
            lambda task: a**N * change_of_g(task) + alpha * before * turned(task).sum() * end(task)
        ),
        rf"{E}\bigl(\hat a^N\lVert g(w)-g(u)\rVert+\alpha\hat a^{{N-1}}\sum_j{turn}{g}\bigr)",
        "m ≤ H ≤ L: the eigenvalues of I − αH lie in [1 − αL, 1 − αm], hence in [−â, â]",
        "A1 L",
        "A1 m",
    )
    yield at_most(
        x.mean(
            lambda task: (
                a**N * L * norm(task.from_w.end - task.from_u.end)
                + alpha * before * turned(task).sum() * end(task)
            )
        ),
        rf"{E}\bigl(\hat a^NL\lVert\tilde w_N-\tilde u_N\rVert"
        rf"+\alpha\hat a^{{N-1}}\sum_j{turn}{g}\bigr)",
        "A1: ∇l is L-Lipschitz",
        "A1 L",
    )
    yield at_most(
        x.mean(
            lambda task: (
                a**N * L * norm(task.from_w.end - task.from_u.end)
                + alpha * rho * before * distances(task) * end(task)
            )
        ),
        rf"{E}\bigl(\hat a^NL\lVert\tilde w_N-\tilde u_N\rVert"
        rf"+\alpha\rho\hat a^{{N-1}}\sum_j\lVert\tilde w_j-\tilde u_j\rVert{g}\bigr)",
        "A1: ∇²l is ρ-Lipschitz",
        "A1 rho",
    )
    yield equal(
        x.mean(
            lambda task: (
                a**N * L * start_to_end(task) + alpha * rho * before * distances(task) * end(task)
            )
        ),
        rf"{E}\bigl(\hat a^NL\lVert\prod_j(I-\alpha\bar H_j)(w-u)\rVert"
        rf"+\alpha\rho\hat a^{{N-1}}\sum_j\lVert\tilde w_j-\tilde u_j\rVert{g}\bigr)",
        "mean-value form: w̃_{j+1} − ũ_{j+1} = (I − αH̄_j)(w̃_j − ũ_j), H̄_j the mean Hessian between",
    )
    yield at_most(
        x.mean(
            lambda task: (
                a ** (2 * N) * L * apart + alpha * rho * before * distances(task) * end(task)
            )
        ),
        rf"{E}\bigl({first_part}"
        rf"+\alpha\rho\hat a^{{N-1}}\sum_j\lVert\tilde w_j-\tilde u_j\rVert{g}\bigr)",
        "‖I − αH̄_j‖ ≤ â: a mean of Hessians lies between m and L too",
        "A1 L",
        "A1 m",
    )
    yield at_most(
        x.mean(
            lambda task: (
                a ** (2 * N) * L * apart + alpha * rho * before * series * apart * end(task)
            )
        ),
        rf"{E}\bigl({first_part}+\alpha\rho\hat a^{{N-1}}\sum_j\hat a^j{APART}{g}\bigr)",
        "so the distances after j < N steps are at most â^j ‖w − u‖",
        "A1 L",
        "A1 m",
    )
    yield equal(
        x.mean(
            lambda task: (
                a ** (2 * N) * L * apart
                + alpha * rho * before * series * apart * gradient_at_end(task)
            )
        ),
        rf"{E}\bigl({first_part}+\alpha\rho\hat a^{{N-1}}\sum_j\hat a^j{APART}"
        r"\lVert\prod_j(I-\alpha\bar H_j)\nabla l_i(w)\rVert\bigr)",
        "mean-value form: ∇l(w̃_{j+1}) = (I − αH̄_j)∇l(w̃_j), H̄_j the mean Hessian along the step",
    )
    yield at_most(
        (a ** (2 * N) * L + alpha * rho * before * a**N * series * x.gradient_norm) * apart,
        rf"\bigl(\hat a^{{2N}}L+\alpha\rho\hat a^{{2N-1}}\sum_j\hat a^j{GRADIENTS}\bigr){APART}",
        "‖I − αH̄_j‖ ≤ â, for each step",
        "A1 L",
        "A1 m",
    )


def convex(x):
    r"""‖∇𝓛(w) − ∇𝓛(u)‖ ≤ (L + NαρE_i‖∇l_i(w)‖) ‖w − u‖, for convex tasks and αL ≤ 2"""
    alpha, L, rho, N = x.alpha, x.L, x.rho, x.steps
    if x.lowest_curvature < 0:
        raise ConditionFailed(
            f"the tasks are not known to be convex: their curvature may fall to "
            f"{x.lowest_curvature:.3g}; expected losses with lowest_curvature >= 0, for instance "
            "Logistic, or LogCosh with c >= 0"
        )
    if alpha * L > 2:
        raise ConditionFailed(
            f"alpha L = {alpha * L:.6g} is more than 2, and a step can be longer than what it "
            f"corrects; expected alpha <= {2 / L:.6g}"
        )
    a = growth(x)
    apart = norm(x.w - x.u)
    series = sum(a**j for j in range(N))
    turning = alpha * rho * a ** max(2 * N - 1, 0) * series
    changes = x.mean(lambda task: task.from_w.meta_gradient - task.from_u.meta_gradient)
    yield first(norm(changes), CHANGE, scale=largest(x))
    yield at_most(
        (a ** (2 * N) * L + turning * x.gradient_norm) * apart,
        rf"\bigl(\hat a^{{2N}}L+\alpha\rho\hat a^{{2N-1}}\sum_j\hat a^j{GRADIENTS}\bigr){APART}",
        "(lipschitz)",
        "proposition_1_sharp",
    )
    yield at_most(
        (L + N * alpha * rho * x.gradient_norm) * apart,
        rf"(L+N\alpha\rho\,{GRADIENTS}){APART}",
        "â ≤ 1: m ≥ 0 and αL ≤ 2",
    )


RESULT = Result(
    "proposition_1_sharp",
    "Negative curvature, not L, makes the meta-objective exponentially rough",
    r"\lVert\nabla\mathcal{L}(w)-\nabla\mathcal{L}(u)\rVert"
    r"\le\bigl(\hat a^{2N}L+\alpha\rho\hat a^{2N-1}\sum_{j<N}\hat a^j\,"
    r"\mathbb{E}_i\lVert\nabla l_i(w)\rVert\bigr)\lVert w-u\rVert,\quad "
    r"\hat a=\max(1-\alpha m,\alpha L-1)",
    assumes=("A1 L", "A1 rho", "A1 m"),
    claims={"lipschitz": lipschitz, "convex": convex},
    setting="resampling",
    attained={
        "lipschitz": Attained(IN_A_LIMIT, "sawtooth", "u → w, where m = −L"),
        "convex": Attained(IN_A_LIMIT, "convex_teeth", "‖∇l‖ → ∞"),
    },
)
