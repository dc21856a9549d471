"""Two cosine wells: the largest curvature of the meta-objective against N, with α fixed and with α
= c/N.

Exact: no network, no sampling (theory, section 3; lesson 16). At the top of a well's wall the loss
has curvature −L, and every inner step multiplies the distance between two neighbouring starts by a
= 1 + αL, so that the meta-objective bends there a^2N times as sharply.
"""

import numpy as np

from ...pictures import look, picture
from ...problems.cosine_wells import CosineWells
from . import Reproduction, Table, silently

C = 0.5  # α fixed, and c of α = c / N: equal at N = 1
SECONDS = 1
STEPS, QUICK = (1, 2, 3, 5, 7, 10, 14, 20, 28, 40), (1, 2, 5, 10, 20, 40)
SHOWN = 20  # inner steps in the panel on the left


def run(seed=0, quick=False, report=silently):
    wells, rows = CosineWells(), []
    for n in QUICK if quick else STEPS:
        rows.append(
            (
                n,
                C,
                wells.largest_curvature(C, n),
                0.5 * (1 + C) ** (2 * n),
                C / n,
                wells.largest_curvature(C / n, n),
                (1 + C / n) ** (2 * n),
            )
        )
    header = (
        "steps",
        "alpha_fixed",
        "curvature_fixed",
        "half_a_2N_fixed",
        "alpha_scaled",
        "curvature_scaled",
        "a_2N_scaled",
    )
    last = rows[-1]
    title = f"{last[0]} inner steps: the meta-objective’s curvature reaches {last[2]:.1e} with α = {C:g}, {last[5]:.2f} with α = {C:g}/N"
    caption = (
        f"Two tasks, 1 − cos(w ∓ 1), L = 1. Left: the meta-objective after {SHOWN} steps; with α fixed the tops of the walls have become "
        "needles too thin to be drawn to scale. Right: its largest curvature, found on a grid that is finest at the tops. With α fixed it "
        f"grows like ½(1 + α)²ᴺ, a factor of {(1 + C) ** 2:g} a step; with α = c/N it stays below a²ᴺ < e²ᶜ = {np.exp(2 * C):.2f}. Both "
        "are exact; nothing is sampled."
    )
    return Reproduction(title, caption, Table(header, rows), draw(title, wells, rows))


def draw(title, wells, rows):
    n, _, fixed, growth, _, scaled, _ = np.array(rows).T
    needle = np.geomspace(1e-9, 1.0, 400)
    tops = (np.pi - wells.spread, wells.spread - np.pi)
    w = np.sort(
        np.concatenate(
            [
                np.linspace(-np.pi, np.pi, 801),
                *(top + s * needle for top in tops for s in (-1, 0, 1)),
            ]
        )
    )
    with picture(title, panels=2, size=(11.0, 5.0)) as (figure, (left, right)):
        for k, (alpha, label) in enumerate(
            ((C, f"α = {C:g}"), (C / SHOWN, f"α = {C:g}/N = {C / SHOWN:g}"))
        ):
            left.plot(w, wells.meta(w, alpha, SHOWN)[0], **look(1 - k, label=label))
        left.set(xlabel="w", ylabel="meta-objective", xlim=(-np.pi, np.pi), ylim=(-0.05, 2.05))
        left.set_title(f"after N = {SHOWN} inner steps", loc="left")
        left.legend(loc="upper center")
        right.plot(
            n,
            growth,
            color="0.6",
            linestyle=(0, (1, 1)),
            linewidth=1.6,
            label="½(1 + α)²ᴺ, as theory predicts",
        )
        right.plot(n, fixed, **look(1, marker="s", markersize=5, label=f"α = {C:g} for every N"))
        right.plot(n, scaled, **look(0, marker="o", markersize=5, label=f"α = {C:g} / N"))
        right.set(xlabel="N, inner steps", ylabel="largest |curvature| (log scale)", yscale="log")
        right.set_title("largest curvature of the meta-objective", loc="left")
        right.grid(True, color="0.9")
        right.legend()
    return figure
