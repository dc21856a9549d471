"""The rate 1/√K is real: on a slope as long as K meta-iterations go, the bound is hardly above the
gradient, whatever K.

A loss that K chooses (`theory.extremals.ramp`): slope ε over the way that K meta-iterations go,
which lowers the meta-objective by 1, then a minimum as near as L = ρ = 1 allow. One task without
noise, so that nothing is drawn; B so large that it costs nothing; α = 1/(8NL). A run is Algorithm 1
or 2 itself, its bound that of Theorem 1, of Theorem 1 with the sharper constants, or of Theorem 2,
with Δ exact.
"""

from math import sqrt

import numpy as np

from ...pictures import DOTS, MARKERS, look, picture
from ...theory.batches import run as run_from
from ...theory.constants import inner_stepsize
from ...theory.extremals import ramp, ramp_of_two_sets
from ...theory.paths import norm
from . import Reproduction, Table, no_report

SECONDS = 20
STEPS = (1, 5)
ITERATIONS, QUICK = (100, 300, 1_000, 3_000, 10_000), (30, 100)
SHOWN = (100, 1_000, 10_000)  # of K, in the table that is printed
THEOREM_1, SHARP, THEOREM_2 = "Theorem 1", "Theorem 1, sharper", "Theorem 2"
CASES = ((THEOREM_1, 100.0), (THEOREM_1, 20.0), (SHARP, 100.0), (THEOREM_2, 100.0))
HEADER = ("theorem", "C_beta", "steps", "K", "Delta", "run", "bound", "bound_over_run", "limit")


def run(seed=0, quick=False, report=no_report):
    """seed changes nothing: nothing is random."""
    many = QUICK if quick else ITERATIONS
    cells = [(*case, N, K) for case in CASES for N in STEPS for K in many]
    work = sum(K for *_, K in cells)
    done = 0
    rows = []
    for theorem, C_beta, N, K in cells:
        report(done / work, f"{theorem}, N = {N}, K = {K}")
        rows.append(measure(theorem, C_beta, N, K))
        done += K
    table = Table(HEADER, rows)
    message = title(table)
    shown = table.where(K=SHOWN)
    return Reproduction(message, caption(), table, draw(message, table), shown)


# ---- what is measured


def measure(theorem, C_beta, N, K):
    """-> a row of the table."""
    build = ramp_of_two_sets if theorem == THEOREM_2 else ramp
    x = build(inner_stepsize(1.0, N), N, K=K, C_beta=C_beta)
    Delta = float(x.meta_loss(x.w) - x.lower_bound)
    found = mean_gradient(x)
    bound, limit = bound_and_limit(theorem, x, Delta)
    return theorem, C_beta, N, K, Delta, found, bound, bound / found, limit


def mean_gradient(x):
    """E‖∇𝓛(w_ζ)‖ of a run from the instance's w, a float."""
    points = np.concatenate([w for w, _ in run_from(x)[:-1]])  # one outcome each
    return float(norm(x.meta_gradient_at(points)).mean())


def bound_and_limit(theorem, x, Delta):
    """The theorem's bound, and 1/√(C_βκ), which bound / run tends to as K → ∞."""
    c = x.sharp_constants if theorem == SHARP else x.constants
    return c.bound(Delta, x.K), 1 / sqrt(x.C_beta * c.kappa)


# ---- what it says


def title(table):
    K = table.column("K")[-1]
    ratios = {}
    for theorem in (THEOREM_1, THEOREM_2):
        ratios[theorem] = table.cell("bound_over_run", theorem=theorem, steps=1, K=K)
    return (
        f"The rate 1/√K is real: on a ramp of {K:,} meta-iterations the gradient stays so large\n"
        f"that {THEOREM_2}’s bound is {ratios[THEOREM_2]:.2f} times, {THEOREM_1}’s "
        f"{ratios[THEOREM_1]:.2f} times as large"
    )


def caption():
    return (
        "Left: the losses that K = 100, 1,000 and 10,000 choose, with the way from the start (w = "
        "0) that K meta-iterations go; all fall by 1 on it. Right: the theorem’s bound over the "
        "mean gradient of a run, N = 1; dotted, its limit 1/√(C_βκ) as K → ∞, for any N. What is "
        "left of the distance at small K is the fall from the ramp’s end to the minimum, which "
        "counts in Δ. The loss depends on K: nothing is said about one loss as K grows, nor about "
        "another algorithm."
    )


def draw(message, table):
    with picture(message, panels=2, size=(11.5, 5.2)) as (figure, (left, right)):
        draw_losses(left)
        K = sorted(set(table.column("K")))
        for k, (theorem, C_beta) in enumerate(CASES):
            rows = table.where(theorem=theorem, C_beta=C_beta, steps=1)
            label = f"{theorem}, $C_\\beta$ = {C_beta:g}"
            right.plot(
                K,
                rows.column("bound_over_run"),
                **look(k, marker=MARKERS[k], markersize=6, label=label),
            )
            limit = rows.column("limit")[0]
            right.axhline(limit, **look(k, linestyle=DOTS, linewidth=1.2))
        right.axhline(1, color="0.4", linewidth=1)
        right.text(K[0], 1.03, "the gradient of a run", color="0.3")
        right.set(xscale="log", xlabel="K, meta-iterations", ylabel="bound / gradient of the run")
        right.set_ylim(0.9, None)
        right.set_title("how far the bound lies above a run", loc="left")
        right.grid(True, color="0.9")
        right.legend()
    return figure


def draw_losses(axes):
    """The ramps for three K, over the distance from the start, and their K meta-iterations."""
    for k, K in enumerate(SHOWN):
        x = ramp(inner_stepsize(1.0, 1), 1, K=K)
        loss, start = x.tasks[0].inner, x.w[0]
        minimum = loss.knots[0] - loss.gradients[0] / loss.curvatures[0]
        w = np.linspace(min(1.25 * minimum, minimum - 0.5), start, 400)[:, None]
        axes.plot(-w[:, 0], loss.value(w), **look(k, label=f"K = {K:,}"))
        way = np.array([[start], [-1 / x.gradient_norm]])  # K steps of the length βε = 1/(Kε)
        axes.plot(-way[:, 0], loss.value(way), **look(k, linestyle="none", marker="o"))
    axes.set(xlabel="distance from the start, −w", ylabel="loss l(w)")
    axes.set_title("a ramp for each K; dots: $w_0$ and $w_K$", loc="left")
    axes.grid(True, color="0.9")
    axes.legend()
