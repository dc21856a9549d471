"""The figures of lesson 14."""

import numpy as np

from . import COLOURS, picture

BOUND = dict(color=COLOURS["black"], linestyle="--", linewidth=1.4)


def two_runs(from_left, from_right, distances, alpha):
    """Two runs down cos w, points (N + 1, 1) each, and how far apart they are (N + 1,)."""
    from tinymaml.course import mark_guess

    grid = np.linspace(-3.6, 3.6, 200)
    steps = np.arange(len(distances))
    bound = (1 + alpha) ** steps * distances[0]
    runs = (
        ("from −0.0005", from_left, dict(color=COLOURS["vermilion"], marker="s")),
        ("from 0.0005", from_right, dict(color=COLOURS["blue"], marker="o")),
    )
    with picture(
        "On a hill two runs part ever faster, as long as the hill lasts",
        "Two panels. On the left the curve cos w with two runs on it: they start at its top, next "
        "to each other, and end far down on either side. On the right their distance on a "
        "logarithmic axis: a straight line on top of the dashed bound; by step 80 it has begun "
        "to fall behind: 5.3 at step 100, where the bound is 13.8.",
        panels=2,
    ) as (left, right):
        left.plot(grid, np.cos(grid), "-", color="0.75")
        for name, points, look in runs:
            some = points[::4, 0]
            left.plot(some, np.cos(some), label=name, markersize=5, linestyle="", **look)
        left.set(
            title="Two ways down cos w, every fourth point",
            xlabel="w",
            ylabel="loss",
            ylim=(-1.15, 1.9),
        )
        left.legend(loc="upper center", ncols=2)
        look = dict(color=COLOURS["black"], marker="o", markersize=4, linestyle="")
        right.semilogy(steps[::4], distances[::4], label="their distance", **look)
        right.semilogy(steps, bound, label="no loss with L = 1 exceeds this", **BOUND)
        right.set(title="Their distance, every fourth step", xlabel="step j")
        right.set(ylabel="distance", ylim=(5e-4, 100))
        mark_guess("14.apart_after_20_steps", right, x=20)
        mark_guess("14.apart_after_100_steps", right, x=100)
        right.legend(loc="upper left")


def one_step(curvatures, distances, alpha):
    """What a step does to the distance 1, over the curvature. curvatures, distances (n,)."""
    from tinymaml.course import mark_guess

    L = curvatures[-1]
    with picture(
        "Up to αλ = 2, only negative curvature parts two runs",
        "A V: the distance after one step over the curvature from −25 to 25. It falls in a "
        "straight line from 3.5 at −25 through 1 at 0 to 0 at 10, and rises again to 1.5 at 25. "
        "It is above 1 left of 0, and right of 20; both are shaded. A dashed line at 3.5 touches "
        "it at −25; an upright line marks αλ = 2, at 20. Dots at 15, where it is 0.5, and at 25.",
        height=3.2,
    ) as ax:
        ax.plot(
            curvatures, distances, "-", color=COLOURS["blue"], label=f"|1 − αλ|, for α = {alpha}"
        )
        ax.axvline(2 / alpha, color="0.5", linestyle="-.", linewidth=1.4, label="αλ = 2")
        ax.axhline(1 + alpha * L, label=f"a = 1 + αL, for L = {L:g}", **BOUND)
        ax.axhline(1, color="0.5", linestyle=":", linewidth=1.4, label="1, the distance before")
        parts = dict(color=COLOURS["vermilion"], alpha=0.25, linewidth=0)
        ax.fill_between(curvatures, 1, distances, distances > 1, label="they part", **parts)
        ax.set(xlabel="curvature λ", ylabel="distance after one step", ylim=(0, 3.8))
        ax.set(xticks=[-25, -20, -15, -10, -5, 0, 5, 10, 15, 20, 25])
        truth = dict(color=COLOURS["black"], linestyle="", marker="o", markersize=6)
        ax.plot([15, 25], np.interp([15, 25], curvatures, distances), label="at 15 and 25", **truth)
        mark_guess("14.distance_at_curvature_15", ax, x=15)
        mark_guess("14.distance_at_curvature_25", ax, x=25)
        ax.legend(loc="upper left", bbox_to_anchor=(1.02, 1))


def where_it_is_lost(chain, curvatures):
    """The chain of Lemma 1 from its first number to its last: what each line gives away.

    curvatures (N,): at the points of the run, where its steps begin.
    """
    values = np.array([line.value for line in chain.lines])
    rows = np.arange(1, len(values))
    steps = len(curvatures)
    lines = len(rows) // steps  # of each step; the last step is at the top
    with picture(
        "Steps far from the hill top give most of the slack away",
        "Bars from top to bottom, step by step, the last step at the top: the triangle "
        "inequality, then A1. Together they lead from "
        f"{chain.lhs:.3f} to {chain.rhs:.3f}. A1 has a bar at every step, longest at step 4; the "
        "triangle inequality at step 5 only, where the curvature is positive.",
        height=4,
    ) as ax:
        kinds = ("the triangle inequality", COLOURS["orange"], False), ("A1", COLOURS["blue"], True)
        for name, colour, cites in kinds:
            some = [r for r in rows if bool(chain.lines[r].cites) == cites]
            widths = np.diff(values)[np.subtract(some, 1)]
            look = dict(left=values[np.subtract(some, 1)], color=colour, height=0.7)
            ax.barh(some, widths, label=f"what {name} gives away", **look)
        ends = dict(color=COLOURS["black"], verticalalignment="center", backgroundcolor="white")
        ax.text(values[0] - 0.001, 1, f"distance {values[0]:.3f}", ha="right", **ends)
        ax.text(
            values[-2] - 0.001, rows[-1], f"up to the bound {values[-1]:.3f}", ha="right", **ends
        )
        for r in rows[np.abs(chain.shares[rows]) > 0.005]:
            words = f"{abs(chain.shares[r]):.0%}"
            place = dict(xytext=(6, 0), textcoords="offset points", verticalalignment="center")
            ax.annotate(words, (values[r], r), **place)
        labels = [f"step {j + 1}, at curvature {curvatures[j]:.2f}" for j in range(steps)]
        labels = [label.replace("-", "−") for label in reversed(labels)]
        ax.set_yticks(rows[::lines] + (lines - 1) / 2, labels)
        for edge in rows[::lines] - 0.5:
            ax.axhline(edge, color="0.85", linewidth=0.8, zorder=0)
        ax.grid(False, axis="y")
        ax.set_axisbelow(True)
        ax.tick_params(axis="y", length=0)
        ax.set(ylim=(rows[-1] + 0.5, 0.5), xlim=(0, 1.07 * values[-1]))
        ax.set_xlabel("value of the line")
        ax.legend(loc="lower left", title="in percent: the share of the slack")


def falls_and_rises(losses, sizes, bound):
    """A run's loss, and the size of its gradient. losses, sizes, bound (N + 1,)."""
    from tinymaml.course import mark_guess

    steps = np.arange(len(losses))
    with picture(
        "The loss falls at every step, while its gradient grows twentyfold and shrinks again",
        "Two panels over the steps 0 to 24. On the left the loss falls from 1 to −1, most steeply "
        "in the middle. On the right the size of the gradient on a logarithmic axis rises along "
        "the dashed bound from 0.05 to nearly 1 at step 14, where the loss falls most steeply, "
        "then falls again, while the bound goes on. A ring marks step 14.",
        panels=2,
    ) as (left, right):
        left.plot(steps, losses, "-o", color=COLOURS["blue"], markersize=4)
        left.set(title="The loss", xlabel="step j", ylabel="cos w")
        look = dict(color=COLOURS["vermilion"], linestyle="-", marker="o", markersize=4)
        right.semilogy(steps, sizes, label="size of the gradient", **look)
        right.semilogy(steps, bound, label="the most that L = 1 allows", **BOUND)
        right.set(title="Its gradient", xlabel="step j", ylabel="|∇l(w)|", ylim=(None, 300))
        top = sizes.argmax()
        ring = dict(color=COLOURS["black"], marker="o", markersize=9, fillstyle="none")
        right.semilogy([top], [sizes[top]], linestyle="", label=f"largest, at step {top}", **ring)
        mark_guess("14.the_step_with_the_largest_gradient", right, curve=(steps, sizes))
        right.legend(loc="upper left")


def twelve_waves(bounds, L, calm, wild):
    """Bound and truth for a network on twelve waves.

    bounds (12, N + 1). L (12,). calm, wild: for α = 0.01 and 0.05, by what factor the distance of
    two runs has grown, (12, N + 1).
    """
    from tinymaml.course import mark_guess

    steps = np.arange(bounds.shape[1])
    with picture(
        "The bounds allow a million, the worst pair reaches four; with longer steps four explode",
        "Two panels: the factor by which the distance of two runs has grown, on a logarithmic "
        "axis, over 20 steps, for twelve waves. On the left, α = 0.01: a grey band of bounds rises "
        "to more than a million, while the lines stay below 5. On the right, α = 0.05, without "
        "bounds, on an axis of its own: eight lines stay near or below 100, four rise to 10 to the "
        "9 and more.",
        panels=2,
        height=3.8,
    ) as (left, right):
        band = dict(color="0.75", linewidth=0, label="bounds, with the estimated L")
        left.fill_between(steps, bounds.min(axis=0), bounds.max(axis=0), **band)
        look = dict(color=COLOURS["blue"], linestyle="-", linewidth=1.4)
        left.semilogy(steps, calm.T, **look)
        right.semilogy(steps, wild.T, **look)
        for ax, alpha in ((left, 0.01), (right, 0.05)):
            low, high = alpha * L.min(), alpha * L.max()
            ax.set_title(f"α = {alpha}: αL from {low:.1f} to {high:.1f}")
            ax.set(xlabel="step j", xticks=steps[::5])
        left.set(ylabel="distance / first distance", ylim=(0.3, 1e11))
        right.set(ylim=(0.3, 1e13))
        most = calm[:, -1].max()
        place = dict(xytext=(4, 0), textcoords="offset points", verticalalignment="center")
        left.annotate(f"{most:.1f}", (steps[-1], most), annotation_clip=False, **place)
        left.plot([], [], label="the worst pair on each wave", **look)
        mark_guess("14.how_far_the_worst_pair_parts", left, x=steps[-1])
        left.legend(loc="upper left")
