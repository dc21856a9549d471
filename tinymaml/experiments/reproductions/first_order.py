"""Where first-order MAML ends up on two quadratics of different curvature, against the true
minimiser.

Both points in closed form (theory, section 10; lesson 08), and both algorithms run: each lands on
its own. No batch size and no number of meta-iterations removes the gap.
"""

import numpy as np

import tinymaml as tm

from ...pictures import look, picture
from ...problems.quadratics import Quadratics
from . import Reproduction, Table, silently
from .common import EachTask

SECONDS = 2
SHOWN = (0.5, 5)  # α and N of the panel on the left, and of the title
ALPHAS, SCALED = (0.1, 0.5), 0.5  # α fixed; c of α = c / N
STEPS, QUICK = (1, 2, 3, 5, 7, 10, 14, 20), (1, 5, 20)
ITERATIONS = 60  # each halves the distance: 1e-18 of it is left


def run(seed=0, quick=False, report=silently):
    """seed changes nothing: every meta-batch is both tasks."""
    problem, rows, steps = Quadratics(), [], QUICK if quick else STEPS
    for k, n in enumerate(steps):
        report(k / len(steps), f"N = {n}")
        rows += [
            row(problem, kind, alpha, n)
            for kind, alpha in (*((f"{a:g}", a) for a in ALPHAS), (f"{SCALED:g}/N", SCALED / n))
        ]
    table = Table(
        (
            "alpha",
            "alpha_value",
            "steps",
            "minimiser",
            "exact_lands",
            "first_order_point",
            "first_order_lands",
            "gap",
            "loss_exact",
            "loss_first_order",
            "loss_ratio",
        ),
        rows,
    )
    shown = table.where(alpha=f"{SHOWN[0]:g}", steps=SHOWN[1])
    names = ("exact_lands", "first_order_lands", "loss_exact", "loss_first_order", "loss_ratio")
    best, first, loss, more, times = (shown.column(name)[0] for name in names)
    title = (
        f"{SHOWN[1]} inner steps, α = {SHOWN[0]:g}: exact MAML lands on the minimiser {best:.2f}, first-order MAML on {first:.2f},\n"
        f"where the loss after adaptation is {more:.4f} instead of {loss:.4f}, {times:.1f} times as large"
    )
    caption = (
        "Two tasks, ½(w + 1)² and 0.05(w − 1)². First-order MAML leaves out the factors (I − αH)ᴺ, and so gives the steep task, which "
        "adapts quickly, too much weight. Left: the meta-objective, the points in closed form (hollow) and where runs of both algorithms "
        "landed (filled). Right: the distance between the two points. With α fixed it rises, and falls once both are near the flat task’s "
        "centre; with α = c/N it settles. On quadratics N first-order steps lead where N/2 exact ones do: the weights are H(I − αH)ᴺ and "
        "H(I − αH)²ᴺ."
    )
    return Reproduction(title, caption, table, draw(title, problem, table))


def row(problem, kind, alpha, n):
    best, first = problem.minimiser(alpha, n), problem.first_order_point(alpha, n)
    exact, cheap = (land(problem, alpha, n, method) for method in ("exact", "first-order"))
    lowest, reached = (problem.meta_loss(w, alpha, n) for w in (exact, cheap))
    return (
        kind,
        alpha,
        n,
        *(float(w[0]) for w in (best, exact, first, cheap, np.abs(first - best))),
        lowest,
        reached,
        reached / lowest,
    )


def land(problem, alpha, steps, method):
    """Where a run of Algorithm 2 ends, (1,)."""
    each = EachTask((problem.A, problem.c[:, None]))
    slope = lambda w: (
        tm.meta_gradient(
            problem.loss, w, each.sample(), alpha=alpha, steps=steps, method=method
        ).gradient
    )
    beta = 0.5 / float(
        (slope(problem.start + 1) - slope(problem.start))[0]
    )  # half of the step that would do it at once
    return tm.maml_finite_sum(
        problem.loss,
        problem.start,
        each,
        alpha=alpha,
        steps=steps,
        stepsize=beta,
        batch=len(problem.c),
        iterations=ITERATIONS,
        method=method,
        progress=False,
    ).w


def draw(title, problem, table):
    alpha, n = SHOWN
    shown = table.where(alpha=f"{alpha:g}", steps=n)
    points = [
        shown.column(name)[0]
        for name in ("minimiser", "exact_lands", "first_order_point", "first_order_lands")
    ]
    w = np.linspace(min(points) - 0.6, max(points) + 0.6, 201)
    meta = lambda x: problem.meta_loss(np.array([x]), alpha, n)
    with picture(title, panels=2, size=(11.0, 5.4)) as (figure, (left, right)):
        left.plot(w, [meta(x) for x in w], label="meta-objective", color="0.4", linewidth=2.2)
        for k, (name, point, lands) in enumerate(
            (("exact", *points[:2]), ("first-order", *points[2:]))
        ):
            style = dict(color=look(k)["color"], marker="o^"[k], linestyle="", zorder=5)
            left.plot(
                point,
                meta(point),
                markersize=15,
                fillstyle="none",
                markeredgewidth=2,
                label=f"{name} MAML, closed form",
                **style,
            )
            left.plot(lands, meta(lands), markersize=7, label=f"{name} MAML, a run", **style)
        left.set(xlabel="w", ylabel="meta-objective: mean loss after adaptation")
        left.set_title(f"N = {n}, α = {alpha:g}", loc="left")
        for k, kind in enumerate(dict.fromkeys(table.column("alpha"))):
            line = table.where(alpha=kind)
            right.plot(
                line.column("steps"),
                line.column("gap"),
                **look(k, marker="os^"[k], markersize=6, label=f"α = {kind}"),
            )
        right.set(
            xlabel="N, inner steps",
            ylabel="distance between the two points",
            ylim=(0, None),
            xticks=range(0, 21, 5),
        )
        right.set_title("the gap", loc="left")
        right.grid(True, color="0.9")
        left.legend()
        right.legend()
    return figure
