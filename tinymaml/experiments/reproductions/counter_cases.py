"""Where a fixed inner stepsize does no harm: convex quadratics, and rank-one factors away from
their saddle.

That α ∝ 1/N keeps the meta-objective smooth is sufficient, not necessary: as long as αL <= 2, what
grows exponentially with N needs negative curvature (lesson 16). These convex tasks are quadratics.
The meta-objective of other convex tasks can still become less smooth in proportion to N, when their
curvature changes along the path (`proposition_1_sharp`, attained by `extremals.convex_teeth`).
Quadratics in closed form; the rank-one meta-Hessian from differences of exact meta-gradients.
"""

import numpy as np

import tinymaml as tm

from ...pictures import DOTS, MARKERS, look, picture
from ...problems.quadratics import Quadratics
from ...problems.rank_one import RankOne
from . import Reproduction, Table, no_report
from .common import EachTask

SECONDS = 3
ALPHA = 0.3  # for every N
BELOW, ABOVE = 1.9, 2.1  # on either side of the quadratics' 2/L
STEPS, QUICK = (0, 1, 2, 3, 5, 7, 10, 14, 20), (0, 1, 5, 20)
ITERATIONS, BETA = 2000, 0.1  # of training the rank-one factors
HEADER = (
    "steps",
    "quadratics",
    "quadratics_below",
    "quadratics_above",
    "rank_one_trained",
    "rank_one_saddle",
    "saddle_closed_form",
    "adapted_loss",
)


def run(seed=0, quick=False, report=no_report):
    """seed changes nothing: there is no chance in this."""
    steps = QUICK if quick else STEPS
    rows = []
    for k, n in enumerate(steps):
        report(k / len(steps), f"N = {n}")
        rows.append(measure(n))
    table = Table(HEADER, rows)
    message = title(table)
    return Reproduction(message, caption(), table, draw(message, table))


# ---- the runs


def measure(steps):
    """-> a row of the table: largest curvatures of both meta-objectives after so many steps."""
    convex, factors = Quadratics(), RankOne()
    trained = train(factors, steps)
    return (
        steps,
        convex.meta_smoothness(ALPHA, steps),
        convex.meta_smoothness(BELOW, steps),
        convex.meta_smoothness(ABOVE, steps),
        largest_curvature(factors, trained.w, steps),
        largest_curvature(factors, np.zeros(2), steps),
        saddle_curvature(factors, steps),
        trained.losses[-1],
    )


def train(problem, steps):
    """Exact MAML from the problem's start, on all tasks at every meta-iteration -> `tm.History`."""
    return tm.maml_finite_sum(
        problem.loss,
        problem.start,
        EachTask((problem.y[:, None],)),
        alpha=ALPHA,
        steps=steps,
        stepsize=BETA,
        batch=len(problem.y),
        iterations=ITERATIONS,
        progress=False,
    )


def largest_curvature(problem, w, steps, h=1e-6):
    """The largest |eigenvalue| of the meta-Hessian, from central differences of exact
    meta-gradients."""
    tasks = EachTask((problem.y[:, None],)).sample()

    def gradient(u):
        return tm.meta_gradient(problem.loss, u, tasks, alpha=ALPHA, steps=steps).gradient

    axes = np.eye(len(w))
    H = np.array([(gradient(w + h * e) - gradient(w - h * e)) / (2 * h) for e in axes])
    return np.abs(np.linalg.eigvalsh((H + H.T) / 2)).max()


def saddle_curvature(problem, steps):
    """The largest |eigenvalue| of the meta-Hessian at w = 0, the mean of −y yᵀ (1 + α‖y‖²)^2N."""
    y = problem.y
    growth = (1 + ALPHA * np.sum(y**2, axis=1)) ** (2 * steps)
    mean = np.einsum("i,ij,ik->jk", growth, y, y) / len(y)
    return float(np.linalg.norm(mean, 2))


# ---- what they say


def title(table):
    last = table.column("steps")[-1]
    convex = table.column("quadratics")
    trained = table.column("rank_one_trained")
    saddle = table.column("rank_one_saddle")
    return (
        f"α = {ALPHA:g} for every N, and from N = 0 to {last} the meta-objective’s curvature "
        "falls where training ends\n"
        f"({convex[0]:.2g} to {convex[-1]:.2g} convex, {trained[0]:.2g} to {trained[-1]:.2g} "
        f"rank-one); it rises at the rank-one saddle, {saddle[0]:.2g} to {saddle[-1]:.1e}"
    )


def caption():
    return (
        "Largest |curvature| of the meta-objective. Left: two convex tasks of curvature 1 and 0.1; "
        f"it never rises with N for α < 2/L = 2, and does for α = {ABOVE:g}. Right: three tasks "
        f"¼‖wwᵀ − yyᵀ‖². Where {ITERATIONS} meta-iterations of exact MAML end it falls with N. At "
        "the saddle w = 0, where training does not end, it is the norm of the mean of "
        "yyᵀ(1 + α‖y‖²)²ᴺ, exponential in N. Both are true: as long as αL ≤ 2, what grows "
        "exponentially with N needs negative curvature. What this does not show: convex tasks that "
        "are no quadratics, whose curvature changes along the path; there a fixed α can still cost "
        "a factor N."
    )


def draw(message, table):
    n = table.column("steps")
    convex = {
        "quadratics": f"α = {ALPHA:g} < 2/L",
        "quadratics_above": f"α = {ABOVE:g} > 2/L",
        "quadratics_below": f"α = {BELOW:g} < 2/L",
    }
    with picture(message, panels=2, size=(11.0, 5.2)) as (figure, (left, right)):
        for k, (name, label) in enumerate(convex.items()):
            left.plot(
                n, table.column(name), **look(k, marker=MARKERS[k], markersize=5, label=label)
            )
        left.set_title("two convex quadratics, L = 1", loc="left")
        closed_form = dict(color="0.7", linestyle=DOTS, linewidth=5)
        label = "at the saddle, in closed form"
        right.plot(n, table.column("saddle_closed_form"), label=label, **closed_form)
        saddle = look(1, marker=MARKERS[1], markersize=5, label="at the saddle w = 0")
        right.plot(n, table.column("rank_one_saddle"), **saddle)
        trained = look(0, marker=MARKERS[0], markersize=5, label="where training ends")
        right.plot(n, table.column("rank_one_trained"), **trained)
        right.set_title(f"rank-one factors, α = {ALPHA:g}", loc="left")
        for axes in (left, right):
            axes.set(xlabel="N, inner steps", xticks=range(0, n[-1] + 1, 5))
            axes.set(ylabel="largest |curvature| (log scale)", yscale="log")
            axes.grid(True, color="0.9")
            axes.legend()
    return figure
