"""Where a fixed inner stepsize does no harm: convex quadratics, and rank-one factors away from
their saddle.

That α ∝ 1/N keeps the meta-objective smooth is sufficient, not necessary: what grows with N is
negative curvature (theory, section 11 (E); lesson 16). Quadratics in closed form; the rank-one
meta-Hessian from differences of exact meta-gradients.
"""

import numpy as np

import tinymaml as tm

from ...pictures import look, picture
from ...problems.quadratics import Quadratics
from ...problems.rank_one import RankOne
from . import Reproduction, Table, silently
from .common import EachTask

SECONDS = 3
ALPHA = 0.3  # for every N
BELOW, ABOVE = 1.9, 2.1  # on either side of the quadratics' 2/L
STEPS, QUICK = (0, 1, 2, 3, 5, 7, 10, 14, 20), (0, 1, 5, 20)
ITERATIONS, BETA = 2000, 0.1  # of training the rank-one factors


def run(seed=0, quick=False, report=silently):
    """seed changes nothing: there is no chance in this."""
    convex, factors, rows = Quadratics(), RankOne(), []
    steps = QUICK if quick else STEPS
    for k, n in enumerate(steps):
        report(k / len(steps), f"N = {n}")
        end = train(factors, n)
        curvatures = [
            np.abs(np.linalg.eigvalsh(meta_hessian(factors, w, n))).max()
            for w in (end.w, np.zeros(2))
        ]
        rows.append(
            (
                n,
                *(convex.meta_smoothness(alpha, n) for alpha in (ALPHA, BELOW, ABOVE)),
                *curvatures,
                saddle(factors, n),
                end.losses[-1],
            )
        )
    table = Table(
        (
            "steps",
            "quadratics",
            "quadratics_below",
            "quadratics_above",
            "rank_one_trained",
            "rank_one_saddle",
            "saddle_closed_form",
            "adapted_loss",
        ),
        rows,
    )
    (_, convex_first, *_), (last, convex_last, *_) = rows[0], rows[-1]
    end, zero = table.column("rank_one_trained"), table.column("rank_one_saddle")
    title = (
        f"α = {ALPHA:g} for every N, and from N = 0 to {last} the meta-objective’s curvature falls where training ends\n"
        f"({convex_first:.2g} to {convex_last:.2g} convex, {end[0]:.2g} to {end[-1]:.2g} rank-one); it rises at the rank-one saddle, "
        f"{zero[0]:.2g} to {zero[-1]:.1e}"
    )
    caption = (
        "Largest |curvature| of the meta-objective. Left: two convex tasks of curvature 1 and 0.1; it never rises with N for α < 2/L = 2, "
        f"and does for α = {ABOVE:g}. Right: three tasks ¼‖wwᵀ − yyᵀ‖². Where {ITERATIONS} meta-iterations of exact MAML end it falls with "
        "N. At the saddle w = 0, where training does not end, it is the norm of the mean of yyᵀ(1 + α‖y‖²)²ᴺ, exponential in N. Both are "
        "true: as long as αL < 2, what grows with N is negative curvature, and a fixed α harms only where there is some."
    )
    return Reproduction(title, caption, table, draw(title, table))


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


def meta_hessian(problem, w, steps, h=1e-6):
    """(d, d), from central differences of the meta-gradient."""
    tasks = EachTask((problem.y[:, None],)).sample()
    at = lambda u: tm.meta_gradient(problem.loss, u, tasks, alpha=ALPHA, steps=steps).gradient
    H = np.array([(at(w + h * e) - at(w - h * e)) / (2 * h) for e in np.eye(len(w))])
    return (H + H.T) / 2


def saddle(problem, steps):
    """The largest |eigenvalue| of the meta-Hessian at w = 0, the mean of −y yᵀ (1 + α‖y‖²)^2N."""
    growth = (1 + ALPHA * np.sum(problem.y**2, axis=1)) ** (2 * steps)
    return float(
        np.linalg.norm(np.einsum("i,ij,ik->jk", growth, problem.y, problem.y) / len(problem.y), 2)
    )


def draw(title, table):
    n = table.column("steps")
    with picture(title, panels=2, size=(11.0, 5.2)) as (figure, (left, right)):
        for k, (name, alpha) in enumerate(
            (("quadratics", ALPHA), ("quadratics_above", ABOVE), ("quadratics_below", BELOW))
        ):
            left.plot(
                n,
                table.column(name),
                **look(
                    k,
                    marker="os^"[k],
                    markersize=5,
                    label=f"α = {alpha:g} {'>' if alpha == ABOVE else '<'} 2/L",
                ),
            )
        left.set_title("two convex quadratics, L = 1", loc="left")
        right.plot(
            n,
            table.column("saddle_closed_form"),
            color="0.7",
            linestyle=(0, (1, 1)),
            linewidth=5,
            label="at the saddle, in closed form",
        )
        right.plot(
            n,
            table.column("rank_one_saddle"),
            **look(1, marker="s", markersize=5, label="at the saddle w = 0"),
        )
        right.plot(
            n,
            table.column("rank_one_trained"),
            **look(0, marker="o", markersize=5, label="where training ends"),
        )
        right.set_title(f"rank-one factors, α = {ALPHA:g}", loc="left")
        for axes in (left, right):
            axes.set(
                xlabel="N, inner steps",
                ylabel="largest |curvature| (log scale)",
                yscale="log",
                xticks=range(0, n[-1] + 1, 5),
            )
            axes.grid(True, color="0.9")
            axes.legend()
    return figure
