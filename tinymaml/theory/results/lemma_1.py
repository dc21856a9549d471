r"""Lemma 1. The trajectory is Lipschitz in its start.

Claim       ‖w̃_j − ũ_j‖ ≤ a^j ‖w − u‖, with a = 1 + αL: two runs of gradient descent part at most
            geometrically.
Assumes     A1 (L).
Proof       A step moves two points apart by at most the factor 1 + αL. Unroll j steps.
Attained    by the concave quadratic −L‖w‖²/2, and, as the start nears its maximum, by a cosine.
Witness     performance estimation (Drori and Teboulle 2014; Taylor, Hendrickx and Glineur 2017;
            PEPit: Goujaud et al. 2024) finds the same worst case as a semidefinite program, over
            all L-smooth losses: tests/theory/test_performance_estimation.py.
"""

from ..chain import EXACTLY, Attained, Result, at_most, equal, first
from ..paths import norm


def step(x):
    r"""‖w̃_1 − ũ_1‖ ≤ a‖w − u‖: one step."""
    alpha, L, a = x.alpha, x.L, x.a
    w, u = x.instance.w, x.from_u.points[0]
    grad_w, grad_u = x.from_w.gradients[0], x.from_u.gradients[0]
    yield first(
        norm(w - alpha * grad_w - (u - alpha * grad_u)),
        r"\lVert w_1-u_1\rVert = \lVert (w-u)-\alpha(\nabla l(w)-\nabla l(u))\rVert",
        "definition, twice",
        scale=norm(w) + norm(u) + alpha * (norm(grad_w) + norm(grad_u)),
    )
    yield at_most(
        norm(w - u) + alpha * norm(grad_w - grad_u),
        r"\lVert w-u\rVert+\alpha\lVert\nabla l(w)-\nabla l(u)\rVert",
        "triangle inequality",
    )
    yield at_most(
        norm(w - u) + alpha * L * norm(w - u),
        r"\lVert w-u\rVert+\alpha L\lVert w-u\rVert",
        "A1: ∇l is L-Lipschitz",
        "A1 L",
    )
    yield equal(a * norm(w - u), r"a\lVert w-u\rVert,\quad a=1+\alpha L", "collect")


def trajectory(x):
    r"""‖w̃_N − ũ_N‖ ≤ a^N ‖w − u‖: the step, N times, from the last to the first."""
    a, alpha, N = x.a, x.alpha, x.steps
    apart = norm(x.from_w.points - x.from_u.points)
    pull = norm(x.from_w.gradients - x.from_u.gradients)
    yield first(
        apart[N],
        rf"\lVert \tilde w_{{{N}}}-\tilde u_{{{N}}}\rVert",
        scale=norm(x.from_w.points).max() + norm(x.from_u.points).max(),
    )
    for j in reversed(range(N)):
        k = N - 1 - j  # steps unrolled so far
        power = rf"a^{{{k}}}" if k else ""
        w_j, u_j = rf"\tilde w_{{{j}}}", rf"\tilde u_{{{j}}}"
        yield at_most(
            a**k * (apart[j] + alpha * pull[j]),
            rf"{power}(\lVert {w_j}-{u_j}\rVert+\alpha\lVert\nabla l({w_j})-\nabla l({u_j})\rVert)",
            "inner step; triangle inequality",
        )
        yield at_most(
            a ** (k + 1) * apart[j],
            rf"a^{{{k + 1}}}\lVert {w_j}-{u_j}\rVert",
            "A1: ∇l is L-Lipschitz; 1 + αL = a",
            "A1 L",
        )


RESULT = Result(
    "lemma_1",
    "The trajectory is Lipschitz in its start",
    r"\lVert\tilde w_j-\tilde u_j\rVert\le a^j\lVert w-u\rVert",
    assumes=("A1 L",),
    claims={"step": step, "trajectory": trajectory},
    per_task=True,
    attained={
        "step": Attained(EXACTLY, "concave_quadratic"),
        "trajectory": Attained(EXACTLY, "concave_quadratic"),
    },
)
