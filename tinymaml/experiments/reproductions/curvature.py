"""Two cosine wells: the largest curvature of the meta-objective against N, with α fixed and with α
= c/N.

Exact: no network, no sampling (lesson 16). At the top of a well's wall the loss
has curvature −L, and every inner step multiplies the distance between two neighbouring starts by a
= 1 + αL, so that the meta-objective bends there a^2N times as sharply.
"""

import numpy as np

from ...pictures import DOTS, MARKERS, look, picture
from ...problems.cosine_wells import CosineWells
from . import Reproduction, Table, no_report

SECONDS = 1
C = 0.5  # α fixed, and c of α = c / N: equal at N = 1
STEPS, QUICK = (1, 2, 3, 5, 7, 10, 14, 20, 28, 40), (1, 2, 5, 10, 20, 40)
SHOWN = 20  # inner steps in the panel on the left
HEADER = (
    "steps",
    "alpha_fixed",
    "curvature_fixed",
    "half_a_2N_fixed",
    "alpha_scaled",
    "curvature_scaled",
    "a_2N_scaled",
)


def run(seed=0, quick=False, report=no_report):
    wells = CosineWells()
    steps = QUICK if quick else STEPS
    table = Table(HEADER, [measure(wells, n) for n in steps])
    message = title(table)
    return Reproduction(message, caption(), table, draw(message, wells, table))


def measure(wells, n):
    """-> a row of the table: the largest curvature, and what theory compares it to."""
    fixed, scaled = C, C / n
    return (
        n,
        fixed,
        wells.largest_curvature(fixed, n),
        0.5 * (1 + fixed) ** (2 * n),
        scaled,
        wells.largest_curvature(scaled, n),
        (1 + scaled) ** (2 * n),
    )


# ---- what it says


def title(table):
    steps = table.column("steps")[-1]
    fixed = table.column("curvature_fixed")[-1]
    scaled = table.column("curvature_scaled")[-1]
    return (
        f"{steps} inner steps: the meta-objective’s curvature reaches {fixed:.1e} "
        f"with α = {C:g}, {scaled:.2f} with α = {C:g}/N"
    )


def caption():
    return (
        f"Two tasks, 1 − cos(w ∓ 1), L = 1. Left: the meta-objective after {SHOWN} steps; with α "
        "fixed the tops of the walls have become needles too thin to be drawn to scale. Right: its "
        "largest curvature, found on a grid that is finest at the tops. With α fixed it grows like "
        f"½(1 + α)²ᴺ, a factor of {(1 + C) ** 2:g} a step; with α = c/N it stays below "
        f"a²ᴺ < e²ᶜ = {np.exp(2 * C):.2f}. Both are exact; nothing is sampled."
    )


def draw(message, wells, table):
    w = wells.grid()
    n = table.column("steps")
    with picture(message, panels=2, size=(11.0, 5.0)) as (figure, (left, right)):
        fixed = look(1, label=f"α = {C:g}")
        left.plot(w, wells.meta(w, C, SHOWN)[0], **fixed)
        scaled = look(0, label=f"α = {C:g}/N = {C / SHOWN:g}")
        left.plot(w, wells.meta(w, C / SHOWN, SHOWN)[0], **scaled)
        left.set(xlabel="w", ylabel="meta-objective", xlim=(-np.pi, np.pi), ylim=(-0.05, 2.05))
        left.set_title(f"after N = {SHOWN} inner steps", loc="left")
        left.legend(loc="upper center")

        theory = dict(color="0.6", linestyle=DOTS, linewidth=1.6)
        label = "½(1 + α)²ᴺ, as theory predicts"
        right.plot(n, table.column("half_a_2N_fixed"), label=label, **theory)
        fixed = look(1, marker=MARKERS[1], markersize=5, label=f"α = {C:g} for every N")
        right.plot(n, table.column("curvature_fixed"), **fixed)
        scaled = look(0, marker=MARKERS[0], markersize=5, label=f"α = {C:g} / N")
        right.plot(n, table.column("curvature_scaled"), **scaled)
        right.set(xlabel="N, inner steps", ylabel="largest |curvature| (log scale)", yscale="log")
        right.set_title("largest curvature of the meta-objective", loc="left")
        right.grid(True, color="0.9")
        right.legend()
    return figure
