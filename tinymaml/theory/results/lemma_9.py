r"""Lemma 9. The inner loop on the support loss, and what it can do to the query gradient.

Claim       (lipschitz) ‖w̃_N − ũ_N‖ ≤ a^N ‖w − u‖;  (gradient) ‖∇l_S(w̃_N)‖ ≤ a^N ‖∇l_S(w)‖;
            (query) ‖∇l_T(w̃_N)‖ ≤ a^N ‖∇l_T(w)‖ + (a^N − 1) b_i.
Assumes     A1 (L) of both losses; (query) also b_i, at w only.
Proof       (lipschitz, gradient) Lemmas 1 and 2 for l_S. (query) The query gradient changes by at
            most L times the distance gone, which is at most α Σ_j a^j ‖∇l_S(w)‖, and
            ‖∇l_S(w)‖ ≤ ‖∇l_T(w)‖ + b_i.
Attained    all three by l_S = −L‖w‖²/2 + ⟨c, w⟩, l_T = −L‖w‖²/2, where ∇l_T(w) = −Lw and c point
            the same way; then b_i = ‖c‖.
Witness     performance estimation (Drori and Teboulle 2014; Taylor, Hendrickx and Glineur 2017;
            PEPit: Goujaud et al. 2024) finds the same worst case as a semidefinite program, of
            all three: tests/theory/test_performance_estimation.py.
"""

from ..chain import EXACTLY, Attained, Result, at_most, equal, first
from ..paths import norm
from . import lemma_1, lemma_2


def excursion(x, factor, latex, rest=0.0, rest_latex=""):
    """How far ‖∇l_T(w̃_N) − ∇l_T(w)‖ can be, from L times the distance gone to (a^N − 1)(‖∇l_T(w)‖
    + b_i): the common part of Lemmas 9 and 10, times a `factor` and with a `rest` added. latex: of
    the factor."""
    a, alpha, L, N = x.a, x.alpha, x.L, x.steps
    path = x.from_w
    support, query = path.gradients, norm(x.gradient)

    def line(relation, value, formula, *reason):
        """`at_most` or `equal`, with the factor and the rest."""
        return relation(factor * value + rest, f"{latex}{formula}{rest_latex}", *reason)

    yield line(
        at_most,
        L * norm(path.end - path.points[0]),
        r"L\lVert\tilde w_N-w\rVert",
        "A1: ∇l_{T_i} is L-Lipschitz",
        "A1 L",
    )
    yield line(
        equal,
        alpha * L * norm(support[:N].sum(0)),
        r"\alpha L\lVert\sum_j\nabla l_{S_i}(\tilde w_j)\rVert",
        "the inner steps: w̃_N − w = −α Σ_j ∇l_{S_i}(w̃_j)",
    )
    yield line(
        at_most,
        alpha * L * norm(support[:N]).sum(),
        r"\alpha L\sum_j\lVert\nabla l_{S_i}(\tilde w_j)\rVert",
        "triangle inequality, for the sum",
    )
    yield line(
        at_most,
        alpha * L * sum(a**j * norm(support[0]) for j in range(N)),
        r"\alpha L\sum_j a^j\lVert\nabla l_{S_i}(w)\rVert",
        "Lemma 2 for l_{S_i}",
        "lemma_2",
    )
    yield line(
        equal,
        x.growth(N) * norm(support[0]),
        r"(a^N-1)\lVert\nabla l_{S_i}(w)\rVert",
        "geometric series: Σ a^j = (a^N − 1)/(a − 1), a − 1 = αL",
    )
    yield line(
        at_most,
        x.growth(N) * (query + norm(support[0] - x.gradient)),
        r"(a^N-1)(\lVert\nabla l_{T_i}(w)\rVert+\lVert\nabla l_{S_i}(w)-\nabla l_{T_i}(w)\rVert)",
        "triangle inequality",
    )
    yield line(
        at_most,
        x.growth(N) * (query + x.b),
        r"(a^N-1)(\lVert\nabla l_{T_i}(w)\rVert+b_i)",
        "support and query gradients differ by at most b_i",
        "b",
    )


def query(x):
    r"""‖∇l_T(w̃_N)‖ ≤ a^N ‖∇l_T(w)‖ + (a^N − 1) b_i"""
    a, L, N = x.a, x.L, x.steps
    before, after = x.gradient, x.from_w.outer_gradient
    yield first(
        norm(after),
        r"\lVert\nabla l_{T_i}(\tilde w_N)\rVert",
        scale=L * norm(x.from_w.points).max(),
    )
    yield at_most(
        norm(before) + norm(after - before),
        r"\lVert\nabla l_{T_i}(\tilde w_N)-\nabla l_{T_i}(w)\rVert+\lVert\nabla l_{T_i}(w)\rVert",
        "triangle inequality",
    )
    yield from excursion(x, 1.0, "", norm(before), r"+\lVert\nabla l_{T_i}(w)\rVert")
    yield equal(
        a**N * norm(before) + x.growth(N) * x.b,
        r"a^N\lVert\nabla l_{T_i}(w)\rVert+(a^N-1)b_i",
        "collect: 1 + (a^N − 1) = a^N",
    )


RESULT = Result(
    "lemma_9",
    "The inner loop on the support loss",
    r"\lVert\nabla l_{T_i}(\tilde w_N)\rVert\le a^N\lVert\nabla l_{T_i}(w)\rVert+(a^N-1)b_i",
    assumes=("A1 L", "b"),
    claims={"lipschitz": lemma_1.trajectory, "gradient": lemma_2.trajectory, "query": query},
    setting="finite-sum",
    per_task=True,
    attained={
        "lipschitz": Attained(EXACTLY, "concave_quadratics_apart"),
        "gradient": Attained(EXACTLY, "concave_quadratics_apart"),
        "query": Attained(EXACTLY, "concave_quadratics_apart"),
    },
)
