"""Where first-order MAML ends up on two quadratics of different curvature, against the true
minimiser.

Both points in closed form (lesson 07), and both algorithms run: each lands on
its own. No batch size and no number of meta-iterations removes the gap.
"""

import numpy as np

import tinymaml as tm

from ...pictures import MARKERS, PALETTE, look, picture
from ...problems.quadratics import Quadratics
from . import Reproduction, Table, no_report
from .common import EachTask

SECONDS = 2
ALPHAS, SCALED = (0.1, 0.5), 0.5  # α fixed; c of α = c / N
STEPS, QUICK = (1, 2, 3, 5, 7, 10, 14, 20), (1, 5, 20)
SHOWN_ALPHA, SHOWN_STEPS = 0.5, 5  # of the panel on the left, and of the title
ITERATIONS = 60  # each halves the distance: 1e-18 of it is left
HEADER = (
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
)


def run(seed=0, quick=False, report=no_report):
    """seed changes nothing: every meta-batch is both tasks."""
    problem = Quadratics()
    steps = QUICK if quick else STEPS
    rows = []
    for k, n in enumerate(steps):
        report(k / len(steps), f"N = {n}")
        for alpha in ALPHAS:
            rows.append(measure(problem, f"{alpha:g}", alpha, n))
        rows.append(measure(problem, f"{SCALED:g}/N", SCALED / n, n))
    table = Table(HEADER, rows)
    message = title(table)
    return Reproduction(message, caption(), table, draw(message, problem, table))


# ---- the runs


def measure(problem, kind, alpha, steps):
    """-> a row of the table: where both algorithms should land and do, and the loss there."""
    best = problem.minimiser(alpha, steps)
    first = problem.first_order_point(alpha, steps)
    exact_lands = land(problem, alpha, steps, "exact")
    first_lands = land(problem, alpha, steps, "first-order")
    points = (best, exact_lands, first, first_lands, np.abs(first - best))
    lowest = problem.meta_loss(exact_lands, alpha, steps)
    reached = problem.meta_loss(first_lands, alpha, steps)
    numbers = [float(point[0]) for point in points]
    return (kind, alpha, steps, *numbers, lowest, reached, reached / lowest)


def land(problem, alpha, steps, method):
    """Where a run of Algorithm 2 ends, (1,)."""
    each = EachTask((problem.A, problem.c[:, None]))

    def slope(w):
        tasks = each.sample()
        estimate = tm.meta_gradient(problem.loss, w, tasks, alpha=alpha, steps=steps, method=method)
        return estimate.gradient

    curvature = float((slope(problem.start + 1) - slope(problem.start))[0])
    return tm.maml_finite_sum(
        problem.loss,
        problem.start,
        each,
        alpha=alpha,
        steps=steps,
        stepsize=0.5 / curvature,  # half of the step that would do it at once
        batch=len(problem.c),
        iterations=ITERATIONS,
        method=method,
        progress=False,
    ).w


# ---- what they say


def shown_cell(table, name):
    return table.cell(name, alpha=f"{SHOWN_ALPHA:g}", steps=SHOWN_STEPS)


def title(table):
    return (
        f"{SHOWN_STEPS} inner steps, α = {SHOWN_ALPHA:g}: exact MAML lands on the minimiser "
        f"{shown_cell(table, 'exact_lands'):.2f}, first-order MAML on "
        f"{shown_cell(table, 'first_order_lands'):.2f},\n"
        f"where the loss after adaptation is {shown_cell(table, 'loss_first_order'):.4f} instead "
        f"of {shown_cell(table, 'loss_exact'):.4f}, {shown_cell(table, 'loss_ratio'):.1f} times "
        "as large"
    )


def caption():
    return (
        "Two tasks, ½(w + 1)² and 0.05(w − 1)². First-order MAML leaves out the factors "
        "(I − αH)ᴺ, and so gives the steep task, which adapts quickly, too much weight. Left: the "
        "meta-objective, the points in closed form (hollow) and where runs of both algorithms "
        "landed (filled). Right: the distance between the two points. With α fixed it rises, and "
        "falls once both are near the flat task’s centre; with α = c/N it settles. On quadratics N "
        "first-order steps lead where N/2 exact ones do: the weights are H(I − αH)ᴺ and "
        "H(I − αH)²ᴺ."
    )


def draw(message, problem, table):
    with picture(message, panels=2, size=(11.0, 5.4)) as (figure, (left, right)):
        draw_objective(left, problem, table)
        draw_gaps(right, table)
    return figure


def draw_objective(axes, problem, table):
    """The meta-objective, with both algorithms' points: in closed form, and where runs landed."""

    def meta_loss(x):
        return problem.meta_loss(np.array([x]), SHOWN_ALPHA, SHOWN_STEPS)

    exact = shown_cell(table, "minimiser"), shown_cell(table, "exact_lands")
    first = shown_cell(table, "first_order_point"), shown_cell(table, "first_order_lands")
    w = np.linspace(min(exact + first) - 0.6, max(exact + first) + 0.6, 201)
    axes.plot(w, [meta_loss(x) for x in w], label="meta-objective", color="0.4", linewidth=2.2)
    hollow = dict(markersize=15, fillstyle="none", markeredgewidth=2)
    methods = (("exact", "o", exact), ("first-order", "^", first))
    for k, (name, marker, (point, lands)) in enumerate(methods):
        dot = dict(color=PALETTE[k], marker=marker, linestyle="", zorder=5)
        label = f"{name} MAML, closed form"
        axes.plot(point, meta_loss(point), label=label, **hollow, **dot)
        axes.plot(lands, meta_loss(lands), markersize=7, label=f"{name} MAML, a run", **dot)
    axes.set(xlabel="w", ylabel="meta-objective: mean loss after adaptation")
    axes.set_title(f"N = {SHOWN_STEPS}, α = {SHOWN_ALPHA:g}", loc="left")
    axes.legend()


def draw_gaps(axes, table):
    """The distance between the two points against N."""
    kinds = dict.fromkeys(table.column("alpha"))
    for k, kind in enumerate(kinds):
        cells = table.where(alpha=kind)
        line = look(k, marker=MARKERS[k], markersize=6, label=f"α = {kind}")
        axes.plot(cells.column("steps"), cells.column("gap"), **line)
    axes.set(xlabel="N, inner steps", xticks=range(0, 21, 5))
    axes.set(ylabel="distance between the two points", ylim=(0, None))
    axes.set_title("the gap", loc="left")
    axes.grid(True, color="0.9")
    axes.legend()
