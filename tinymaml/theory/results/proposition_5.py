r"""Proposition 5. Algorithm 2's estimate is unbiased, and its second moment is bounded.

Claim       (unbiased) E_i Ĝ_i(w) = ∇𝓛(w), where Ĝ_i is what the backward sweep v ← v − αH_j v
            returns;
            (second moment) E_i‖∇𝓛_i(w)‖² ≤ A_squ1 ‖∇𝓛(w)‖² + A_squ2, A_squ1 = 4a^4N/C_l²,
            A_squ2 = 2a^4N σ² + 4a^4N ((a^2N − 1)σ + a^N(a^N − 1)b)²/C_l² + 2a^2N (a^N − 1)² E_i
            b_i².
Assumes     (second moment) A1 (L), A2 of the query gradients, b_i, C_l > 0. (unbiased) nothing:
            there is no noise but the draw of the task.
Proof       Lemma 3 bounds the product, Lemma 9 the query gradient at w̃_N, A2 its mean square at w,
            Lemma 10 leads back to ∇𝓛.
Attained    (unbiased) is an identity. (second moment) up to a factor 2.57 at N = 2 and αL = 1/16,
            by opposite tasks: the rest is lost in two (x + y)² ≤ 2x² + 2y² and in Lemma 10.
"""

from ..chain import UP_TO_A_FACTOR, Attained, Result, at_most, equal, first
from ..paths import apply, norm, spectral


def sweep(task):
    """Ĝ_i, right to left, one Hessian-vector product a step."""
    path = task.from_w
    v = path.outer_gradient
    for j in reversed(range(task.steps)):
        v = v - task.alpha * apply(path.hessians[j], v)
    return v


def unbiased(x):
    r"""‖E_i Ĝ_i(w) − ∇𝓛(w)‖ = 0"""
    estimate = x.mean(sweep)
    yield first(
        norm(estimate - x.meta_gradient),
        r"\lVert\mathbb{E}_i\hat G_i(w)-\nabla\mathcal{L}(w)\rVert",
        "definition: Ĝ_i by the sweep v ← v − αH_j v",
        scale=x.a**x.steps * x.mean(lambda task: norm(task.from_w.outer_gradient)),
    )
    products = x.mean(lambda task: apply(task.from_w.product, task.from_w.outer_gradient))
    yield equal(
        norm(products - x.meta_gradient),
        r"\lVert\mathbb{E}_iP\nabla l_{T_i}(\tilde w_N)-\nabla\mathcal{L}(w)\rVert,"
        r"\quad P=\prod_j(I-\alpha H_j)",
        "the sweep multiplies by the factors of P, from the right to the left",
    )
    yield equal(
        0.0, "0", "chain rule: P∇l_{T_i}(w̃_N) = ∇𝓛_i, whose mean over tasks is ∇𝓛 by definition"
    )


def second_moment(x):
    r"""E_i‖∇𝓛_i(w)‖² ≤ A_squ1 ‖∇𝓛(w)‖² + A_squ2"""
    a, N, sigma = x.a, x.steps, x.sigma
    g, meta = norm(x.gradient), norm(x.meta_gradient)
    shift = 2 * a ** (2 * N) * x.growth(N) ** 2 * x.b2

    def bound(gradients):
        """With this bound of E_i‖∇l_{T_i}(w)‖²."""
        return 2 * a ** (4 * N) * gradients + shift

    def latex(gradients):
        return rf"2a^{{4N}}{gradients}+2a^{{2N}}(a^N-1)^2\mathbb{{E}}_ib_i^2"

    yield first(
        x.mean(lambda task: norm(task.from_w.meta_gradient) ** 2),
        r"\mathbb{E}_i\lVert\nabla\mathcal{L}_i(w)\rVert^2",
        scale=x.mean(lambda task: x.L * norm(x.w) * norm(task.gradient)),
    )
    yield equal(
        x.mean(lambda task: norm(apply(task.from_w.product, task.from_w.outer_gradient)) ** 2),
        r"\mathbb{E}_i\lVert P\nabla l_{T_i}(\tilde w_N)\rVert^2",
        "chain rule: ∇𝓛_i = P∇l_{T_i}(w̃_N)",
    )
    yield at_most(
        x.mean(
            lambda task: (spectral(task.from_w.product) * norm(task.from_w.outer_gradient)) ** 2
        ),
        r"\mathbb{E}_i\lVert P\rVert^2\lVert\nabla l_{T_i}(\tilde w_N)\rVert^2",
        "operator norm",
    )
    yield at_most(
        a ** (2 * N) * x.mean(lambda task: norm(task.from_w.outer_gradient) ** 2),
        r"a^{2N}\mathbb{E}_i\lVert\nabla l_{T_i}(\tilde w_N)\rVert^2",
        "Lemma 3 (norm)",
        "A1 L",
    )
    yield at_most(
        a ** (2 * N)
        * x.mean(lambda task: (a**N * norm(task.gradient) + x.growth(N) * task.b) ** 2),
        r"a^{2N}\mathbb{E}_i(a^N\lVert\nabla l_{T_i}(w)\rVert+(a^N-1)b_i)^2",
        "Lemma 9 (query)",
        "lemma_9",
    )
    yield at_most(
        bound(x.mean(lambda task: norm(task.gradient) ** 2)),
        latex(r"\mathbb{E}_i\lVert\nabla l_{T_i}(w)\rVert^2"),
        "(x + y)² ≤ 2x² + 2y²",
    )
    yield equal(
        bound(g**2 + x.deviation() ** 2),
        latex(
            r"(\lVert\nabla l_T(w)\rVert^2"
            r"+\mathbb{E}_i\lVert\nabla l_{T_i}(w)-\nabla l_T(w)\rVert^2)"
        ),
        "the mean square is the mean's square and the variance",
    )
    yield at_most(
        bound(g**2 + sigma**2),
        latex(r"(\lVert\nabla l_T(w)\rVert^2+\sigma^2)"),
        "A2",
        "A2",
    )
    c = x.constants
    far = x.growth(2 * N) * sigma + a**N * x.growth(N) * x.b
    yield at_most(
        bound(((meta + far) / c.C_l) ** 2 + sigma**2),
        latex(
            r"\left(\frac{(\lVert\nabla\mathcal{L}(w)\rVert+(a^{2N}-1)\sigma"
            r"+a^N(a^N-1)b)^2}{C_l^2}+\sigma^2\right)"
        ),
        "Lemma 10 (solved), C_l > 0",
        "lemma_10",
        "C_l > 0",
    )
    yield at_most(
        bound((2 * meta**2 + 2 * far**2) / c.C_l**2 + sigma**2),
        latex(
            r"\left(\frac{2\lVert\nabla\mathcal{L}(w)\rVert^2"
            r"+2((a^{2N}-1)\sigma+a^N(a^N-1)b)^2}{C_l^2}+\sigma^2\right)"
        ),
        "(x + y)² ≤ 2x² + 2y²",
    )
    yield equal(
        c.A_squ1 * meta**2 + c.A_squ2,
        r"A_{squ1}\lVert\nabla\mathcal{L}(w)\rVert^2+A_{squ2}",
        "collect",
    )


RESULT = Result(
    "proposition_5",
    "The estimate of Algorithm 2: unbiased, of bounded second moment",
    r"\mathbb{E}_i\lVert\nabla\mathcal{L}_i(w)\rVert^2"
    r"\le A_{squ1}\lVert\nabla\mathcal{L}(w)\rVert^2+A_{squ2}",
    assumes=("A1 L", "A2", "b", "C_l > 0"),
    claims={"unbiased": unbiased, "second moment": second_moment},
    setting="finite-sum",
    attained={
        "second moment": Attained(UP_TO_A_FACTOR, "opposite_tasks_of_two_sets"),
    },
)
