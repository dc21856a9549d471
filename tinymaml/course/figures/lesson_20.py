"""The figures of lesson 20."""

import numpy as np

from . import COLOURS, picture

BLACK, BLUE, GREEN, SKY, VERMILION = (
    COLOURS[name] for name in ("black", "blue", "green", "sky", "vermilion")
)
#: how √j, √N and 1/√N are drawn
ROOTS = dict(color=BLACK, linestyle="none", marker="o", markerfacecolor="none", markersize=8)


def all_paths(paths, root_mean_square):
    """The drift of all runs on a hill, in pushes: (N + 1, 2^N); its root mean square: (N + 1,)."""
    steps = np.arange(len(paths))
    marching = abs(paths[-1]) > abs(paths[-1]).max() * (1 - 1e-9)
    count = paths.shape[1]
    with picture(
        f"Two of {count} runs march; the root mean square of all follows $\\sqrt{{j}}$",
        f"Drift over {steps[-1]} steps: a fan of {count} paths from 0. The two outermost, thick, "
        f"end at plus and minus {paths[-1].max():.1f} pushes. Two dashed curves, the root mean "
        f"square, end at plus and minus {root_mean_square[-1]:.2f}. Hollow circles, plus and "
        f"minus the root of j, lie close to these and end at {np.sqrt(steps[-1]):.2f}.",
    ) as ax:
        turning = paths[:, ~marching]
        many = dict(color=SKY, linewidth=0.7)
        two = dict(color=VERMILION, linewidth=2.2, zorder=3)
        outermost = paths[:, marching]
        ax.plot(steps, outermost[:, 0], "-", label="all coins agree: a march", **two)
        ax.plot(steps, outermost[:, 1:], "-", **two)
        ax.plot(steps, turning[:, 0], "-", label=f"the {turning.shape[1]} others", **many)
        ax.plot(steps, turning[:, 1:], "-", **many)
        dashed = dict(color=BLACK, linestyle="--", linewidth=2, zorder=4)
        ax.plot(steps, root_mean_square, label=r"$\pm$ root mean square of all", **dashed)
        ax.plot(steps, -root_mean_square, **dashed)
        ax.plot(steps, np.sqrt(steps), label=r"$\pm\sqrt{j}$", zorder=5, **ROOTS)
        ax.plot(steps, -np.sqrt(steps), zorder=5, **ROOTS)
        ax.set(xlabel="step $j$", ylabel="drift $e_j$, in pushes", xticks=steps)
        ax.legend(loc="upper left")


def growth(steps, fixed, shorter):
    """The drift over N on the hill, with a fixed stepsize and with α = 1/(8N).

    steps: 1 to 12. fixed, shorter: the root mean square with one coin for all steps and with a coin
    for each, (2, N): in pushes at αL = ½, and over that of one step at α = 1/(8N).
    """
    from tinymaml.course import mark_guess

    names = "one coin for all: a march", "a coin for each: a walk"
    looks = ("-s", VERMILION), ("-o", BLUE)
    with picture(
        "With a fixed stepsize both explode; with $1/(8N)$ the march levels off, the walk shrinks",
        "On the left the drift in pushes over 1 to 12 steps with a fixed stepsize, on a "
        f"logarithmic axis: both curves become straight lines, the march up to {fixed[0, -1]:.0f}, "
        f"the walk up to {fixed[1, -1]:.0f}, far above N and its root. On the right the drift with "
        f"alpha = 1/(8N), one step being 1: the march rises to {shorter[0, -1]:.2f}, the walk "
        f"falls to {shorter[1, -1]:.2f}, along one over the root of N.",
        panels=2,
    ) as (left, right):
        for name, (look, colour), in_pushes, share in zip(
            names, looks, fixed, shorter, strict=True
        ):
            left.plot(steps, in_pushes, look, color=colour, label=name, markersize=4)
            right.plot(steps, share, look, color=colour, markersize=4)
        left.plot(steps, steps, ":", color=BLACK, label="$N$")
        left.plot(steps, np.sqrt(steps), label=r"$\sqrt{N}$", **ROOTS)
        left.set(title=r"Fixed stepsize, $\alpha L = 1/2$", xlabel="inner steps $N$")
        left.set(ylabel="root mean square, in pushes", yscale="log", xticks=steps)
        left.legend()
        right.plot(steps, 1 / np.sqrt(steps), label=r"$1/\sqrt{N}$", **ROOTS)
        right.set(title=r"$\alpha L = 1/(8N)$", xlabel="inner steps $N$", xticks=steps)
        right.set(ylabel="root mean square / that of one step")
        mark_guess("20.four_times_as_many_steps", right, x=4)
        right.set_ylim(bottom=0)
        right.legend(loc="best")


def three_ways(drifting):
    """The drift's root mean square over the steps, in units of the walk's end. drifting: a way to
    draw -> (N + 1,): one sign for all steps, one for each, a deck."""
    from tinymaml.course import mark_guess

    looks = ("-s", VERMILION), ("-o", BLUE), ("-^", GREEN)
    marched, _, returned = (values[-1] for values in drifting.values())
    with picture(
        "One coin marches, a coin for each step walks, and the deck comes home",
        "Root mean square of the drift over eight steps, that of eight coins being 1. One coin for "
        f"all steps: nearly a straight line to {marched:.1f}. A coin for each step: a "
        "root, to 1. A deck of four plus and four minus: an arch, which is back at "
        f"{returned:.2f}.",
    ) as ax:
        for (name, values), (look, colour) in zip(drifting.items(), looks, strict=True):
            ax.plot(values, look, color=colour, label=name)
        ax.set(xlabel="step $j$", ylabel="root mean square of $e_j$,\nin units of the walk's end")
        mark_guess("20.after_one_epoch", ax, x=8)
        ax.legend(loc="upper left")


def circle(turning, across, radius):
    """Runs from the hill top in the plane, with two kinds of noise. turning, across: (2^N, N + 1,
    2). radius: Lemma 4′'s bound."""
    angle = np.linspace(0, 2 * np.pi, 200)
    with picture(
        "Two axes in turn scatter the ends; pushed across the drift, all end on one circle",
        "Two panels with the same circle. On the left 64 paths of steps along two axes in turn: "
        "a lattice of ends, some inside the circle, some outside. On the right 64 paths that turn "
        "at right angles, step by step: all 64 ends lie on the circle.",
        panels=2,
        height=3.9,
        sharex=True,
        sharey=True,
    ) as both:
        for ax, paths, title in zip(
            both, (turning, across), ("Two axes in turn", "Across the drift"), strict=True
        ):
            ax.plot(radius * np.cos(angle), radius * np.sin(angle), "--", color=BLACK)
            ax.plot(*paths.transpose(2, 1, 0), "-", color=SKY, linewidth=0.8)
            ax.plot(*paths[:, -1].T, "o", color=VERMILION, markersize=4)
            ax.set(title=title, aspect="equal", xlabel="first coordinate of $w$")
        both[0].set(ylabel="second coordinate")
        both[1].plot([], [], "--", color=BLACK, label="Lemma 4′\u00a0")
        both[1].plot([], [], "-", color=SKY, label="a run")
        both[1].plot([], [], "o", color=VERMILION, label="its end")
        both[1].legend(loc="center left", bbox_to_anchor=(1, 0.5), handlelength=1.4)
