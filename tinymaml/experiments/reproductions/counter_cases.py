"""Where a fixed α does no harm, and where it would: convex quadratics, and rank-one factorisation (theory, sections 3 and 11 (E)).

That α ∝ 1/N keeps the meta-objective smooth is sufficient, not necessary: what grows with N is negative curvature.
"""
import numpy as np

import tinymaml as tm

from ...problems.common import look, picture
from ...problems.quadratics import Quadratics
from ...problems.rank_one import RankOne
from . import Reproduction
from .common import EachTask

ALPHA = 0.3                                                 # for every N
STEEP = 2.05                                                # just above the quadratics' 2/L
STEPS, QUICK = (0, 1, 2, 3, 5, 7, 10, 14, 20), (0, 1, 5, 20)
ITERATIONS = 2000                                           # meta-iterations of training the rank-one factors


def run(seed=0, quick=False, report=None):
    convex, factors, rows = Quadratics(), RankOne(), []
    for n in QUICK if quick else STEPS:
        end = trained(factors, n)
        curvatures = [np.abs(np.linalg.eigvalsh(meta_hessian(factors, w, n))).max() for w in (end, np.zeros(2))]
        rows.append((n, convex.meta_smoothness(ALPHA, n), convex.meta_smoothness(STEEP, n), *curvatures, saddle(factors, n), np.linalg.norm(end)))
    header = ("steps", "quadratics", "quadratics_alpha_above_2_over_L", "rank_one_trained", "rank_one_saddle", "rank_one_saddle_closed_form",
              "norm_of_w_trained")
    first, last = rows[0], rows[-1]
    title = (f"α = {ALPHA:g} for every N: from N = 0 to {last[0]} the curvature falls where training ends\n({first[1]:.2f} to {last[1]:.2f} convex, "
             f"{first[3]:.2f} to {last[3]:.1e} rank-one), and rises from {first[4]:.2f} to {last[4]:.1e} at the rank-one saddle")
    caption = (f"The smoothness of the meta-objective against N, α = {ALPHA:g} throughout. Convex quadratics (curvatures 1 and 0.1): it never rises as long "
               f"as α ≤ 2/L = 2, and explodes for α = {STEEP:g}, just above. Rank-one factorisation: at the w that training with N steps finds, curvature "
               "falls with N; at the saddle w = 0, where training does not end, it is the norm of the mean of yyᵀ(1 + α‖y‖²)^2N, exponential in N. So a "
               "fixed α need not do harm, and an honest claim is about regions of negative curvature.")
    return Reproduction(title, caption, draw(title, rows), header, rows)


def trained(problem, steps):
    """Where exact MAML ends from the problem's start, on all tasks at every meta-iteration."""
    tasks = EachTask(support=(problem.y[:, None],))
    run = tm.maml_finite_sum(problem.loss, problem.start, tasks, alpha=ALPHA, steps=steps, stepsize=0.1, batch=len(problem.y),
                             iterations=ITERATIONS, progress=False)
    return run.w


def meta_hessian(problem, w, steps, h=1e-6):
    """(d, d), from central differences of the meta-gradient: off by O(h²), relative."""
    tasks = EachTask(support=(problem.y[:, None],)).sample()
    at = lambda u: tm.meta_gradient(problem.loss, u, tasks, alpha=ALPHA, steps=steps).gradient
    H = np.array([(at(w + h * e) - at(w - h * e)) / (2 * h) for e in np.eye(len(w))])
    return (H + H.T) / 2


def saddle(problem, steps):
    """The largest |eigenvalue| of the meta-Hessian at w = 0, the mean of −y yᵀ (1 + α‖y‖²)^2N."""
    growth = (1 + ALPHA * np.sum(problem.y ** 2, axis=1)) ** (2 * steps)
    return float(np.linalg.norm(np.einsum("i,ij,ik->jk", growth, problem.y, problem.y) / len(problem.y), 2))


def draw(title, rows):
    n, convex, steep, end, at_zero, closed, _ = np.array(rows).T
    with picture(title, panels=2, size=(11.0, 5.2)) as (figure, (left, right)):
        left.plot(n, steep, **look(1, marker="s", markersize=5, label=f"α = {STEEP:g}, just above 2/L"))
        left.plot(n, convex, **look(0, marker="o", markersize=5, label=f"α = {ALPHA:g}"))
        left.set_title("convex quadratics, L = 1", loc="left")
        right.plot(n, closed, color="0.6", linestyle=(0, (1, 1)), linewidth=4, label="the saddle, in closed form")
        right.plot(n, at_zero, **look(1, marker="s", markersize=5, label="at the saddle w = 0"))
        right.plot(n, end, **look(0, marker="o", markersize=5, label="where training ends"))
        right.set_title(f"rank-one factorisation, α = {ALPHA:g}", loc="left")
        for axes in (left, right):
            axes.set(xlabel="N, inner steps", ylabel="largest curvature of the meta-objective (log scale)", yscale="log")
            axes.grid(True, color="0.9")
            axes.legend()
    return figure
