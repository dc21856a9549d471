r"""Lemma 2. Along the inner loop the gradient grows at most geometrically.

Claim       ‖∇l_i(w̃_j)‖ ≤ a^j ‖∇l_i(w)‖, with a = 1 + αL.
Assumes     A1 (L).
Proof       A step has the length α‖∇l_i(w̃_j)‖, and over that length the gradient changes by at
            most L times as much. Unroll j steps.
Attained    by the concave quadratic −L‖w‖²/2, and, as the start nears its maximum, by a cosine. A
            convex quadratic's gradient shrinks: the bound does not know the sign of the curvature.
Witness     performance estimation (Drori and Teboulle 2014; Taylor, Hendrickx and Glineur 2017;
            PEPit: Goujaud et al. 2024) finds the same worst case as a semidefinite program, over
            all L-smooth losses: tests/theory/test_performance_estimation.py.
"""

from ..chain import EXACTLY, Attained, Result, at_most, equal, first
from ..losses import evaluate
from ..paths import norm


def step(x):
    r"""‖∇l(w̃_1)‖ ≤ a‖∇l(w)‖: one step."""
    alpha, L, a = x.alpha, x.L, x.a
    w, before = x.instance.w, x.from_w.gradients[0]
    after = evaluate(x.inner, "gradient", w - alpha * before)
    yield first(
        norm(after),
        r"\lVert\nabla l(w_1)\rVert,\quad w_1=w-\alpha\nabla l(w)",
        "one step of gradient descent",
        scale=norm(before) + norm(after) + L * (norm(w) + alpha * norm(before)),
    )
    yield at_most(
        norm(before) + norm(after - before),
        r"\lVert\nabla l(w)\rVert+\lVert\nabla l(w_1)-\nabla l(w)\rVert",
        "triangle inequality",
    )
    yield at_most(
        norm(before) + L * norm(w - alpha * before - w),
        r"\lVert\nabla l(w)\rVert+L\lVert w_1-w\rVert",
        "A1: ∇l is L-Lipschitz",
        "A1 L",
    )
    yield equal(
        norm(before) + L * alpha * norm(before),
        r"\lVert\nabla l(w)\rVert+\alpha L\lVert\nabla l(w)\rVert",
        "the step is −α∇l(w)",
    )
    yield equal(a * norm(before), r"a\lVert\nabla l(w)\rVert,\quad a=1+\alpha L", "collect")


def trajectory(x):
    r"""‖∇l(w̃_N)‖ ≤ a^N ‖∇l(w)‖: the step, N times, from the last to the first."""
    a, L, N = x.a, x.L, x.steps
    path = x.from_w
    size = norm(path.gradients)
    change = norm(path.gradients[1:] - path.gradients[:-1])
    length = norm(path.points[1:] - path.points[:-1])  # of each step
    yield first(
        size[N],
        rf"\lVert\nabla l(\tilde w_{{{N}}})\rVert",
        scale=size.max() + L * norm(path.points).max(),
    )
    for j in reversed(range(N)):
        k = N - 1 - j  # steps unrolled so far
        power = rf"a^{{{k}}}" if k else ""
        point, after = rf"\tilde w_{{{j}}}", rf"\tilde w_{{{j + 1}}}"
        yield at_most(
            a**k * (size[j] + change[j]),
            rf"{power}(\lVert\nabla l({point})\rVert"
            rf"+\lVert\nabla l({after})-\nabla l({point})\rVert)",
            "triangle inequality",
        )
        yield at_most(
            a**k * (size[j] + L * length[j]),
            rf"{power}(\lVert\nabla l({point})\rVert+L\lVert {after}-{point}\rVert)",
            "A1: ∇l is L-Lipschitz",
            "A1 L",
        )
        yield equal(
            a ** (k + 1) * size[j],
            rf"a^{{{k + 1}}}\lVert\nabla l({point})\rVert",
            "the inner step has the length α‖∇l‖; 1 + αL = a",
        )


RESULT = Result(
    "lemma_2",
    "The gradient grows at most geometrically",
    r"\lVert\nabla l_i(\tilde w_j)\rVert\le a^j\lVert\nabla l_i(w)\rVert",
    assumes=("A1 L",),
    claims={"step": step, "trajectory": trajectory},
    per_task=True,
    attained={
        "step": Attained(EXACTLY, "concave_quadratic"),
        "trajectory": Attained(EXACTLY, "concave_quadratic"),
    },
)
