"""The figures of lesson 20."""

import numpy as np

from . import COLOURS, picture

BLACK, BLUE, GREEN, SKY, VERMILION = (
    COLOURS[name] for name in ("black", "blue", "green", "sky", "vermilion")
)


def all_paths(paths, root_mean_square):
    """The drift of all runs on a hill, in pushes: (N + 1, 2^N); its root mean square: (N + 1,)."""
    steps = np.arange(len(paths))
    marching = abs(paths[-1]) > abs(paths[-1]).max() * (1 - 1e-9)
    count = paths.shape[1]
    inside = np.sum(abs(paths[-1]) < root_mean_square[-1])
    with picture(
        f"{marching.sum()} of {count} runs march; {inside} end within the root mean square",
        f"Drift over {steps[-1]} steps: a fan of {count} paths from 0. The two outermost, thick, "
        f"end at plus and minus {paths[-1].max():.1f} pushes. Two dashed curves, the root mean "
        f"square, end at plus and minus {root_mean_square[-1]:.1f}.",
    ) as ax:
        turning = paths[:, ~marching]
        many = dict(color=SKY, linewidth=0.9)
        ax.plot(steps, turning[:, 0], "-", label=f"the {turning.shape[1]} others", **many)
        ax.plot(steps, turning[:, 1:], "-", **many)
        two = dict(color=VERMILION, linewidth=2.2)
        outermost = paths[:, marching]
        ax.plot(steps, outermost[:, 0], "-", label="all coins agree: a march", **two)
        ax.plot(steps, outermost[:, 1:], "-", **two)
        dashed = dict(color=BLACK, linestyle="--", linewidth=2)
        ax.plot(steps, root_mean_square, label="root mean square", **dashed)
        ax.plot(steps, -root_mean_square, **dashed)
        ax.set(xlabel="step $j$", ylabel="drift $e_j$, in pushes", xticks=steps)
        ax.legend(loc="upper left")


def growth(steps, walk, march):
    """The drift over N, with a fixed stepsize and with α = 1/(8N).

    steps: 1 to 12. walk: the drift's root mean square at α = 1/(8N), march: Lemma 4's bound, both
    for pushes of length 1.
    """
    from tinymaml.course import mark_guess

    many = np.arange(1, 41)
    a = 1.25
    with picture(
        "With a fixed stepsize both explode; with 1/(8NL) the march stays, and the walk shrinks",
        "On the left the drift in pushes over 1 to 40 steps with a fixed stepsize, on a "
        "logarithmic axis: both curves become straight lines, the march above the walk. On the "
        "right the drift with alpha = 1/(8N) over N from 1 to 12, one step being 1: the march "
        "rises from 1 to 1.06, the walk falls to 0.31.",
        panels=2,
    ) as (left, right):
        left.plot(many, (a**many - 1) / (a - 1), "--", color=VERMILION, label="march (Lemma 4)")
        walked = np.sqrt((a ** (2 * many) - 1) / (a**2 - 1))
        left.plot(many, walked, "--", color=BLUE, label="walk (Lemma 4′)")
        left.plot(many, many, ":", color=BLACK, label="$N$")
        left.plot(many, np.sqrt(many), "-.", color=BLACK, linewidth=1, label=r"$\sqrt{N}$")
        left.set(title=r"Fixed stepsize, $\alpha L = 1/4$", xlabel="inner steps N")
        left.set(ylabel="drift, in pushes", yscale="log")
        left.legend()
        right.plot(steps, march / march[0], "--", color=VERMILION, label="march (Lemma 4)")
        a = 1 + 1 / (8 * steps)
        bound = np.sqrt((a ** (2 * steps) - 1) / (a**2 - 1)) / steps
        right.plot(steps, bound, "--", color=BLUE, label="walk (Lemma 4′)")
        right.plot(steps, walk / walk[0], "o", color=BLUE, label="measured on the hill")
        right.set(title=r"$\alpha L = 1/(8N)$", xlabel="inner steps N", xticks=steps)
        right.set(ylabel="drift / that of one step", ylim=(0, 1.3))
        mark_guess("20.four_times_as_many_steps", right, x=4)
        right.legend(loc="center right")


def three_ways(drifting):
    """The drift's root mean square over the steps. drifting: a way to draw -> (N + 1,): one sign
    for all steps, one for each, a deck."""
    from tinymaml.course import mark_guess

    looks = ("-s", VERMILION), ("-o", BLUE), ("-^", GREEN)
    marched, walked, returned = (values[-1] for values in drifting.values())
    with picture(
        "One coin marches, a coin for each step walks, and the deck comes home",
        "Root mean square of the drift over eight steps, that of eight coins being 1. One coin for "
        f"all steps: nearly a straight line to {marched / walked:.1f}. A coin for each step: a "
        "root, to 1. A deck of four plus and four minus: an arch, which is back at "
        f"{returned / walked:.2f}.",
    ) as ax:
        for (name, values), (look, colour) in zip(drifting.items(), looks, strict=True):
            ax.plot(values / walked, look, color=colour, label=name)
        ax.set(xlabel="step $j$", ylabel="root mean square of $e_j$\n(1: eight steps, eight coins)")
        mark_guess("20.after_one_epoch", ax, x=8)
        ax.legend(loc="upper left")


def circle(turning, across, radius):
    """Runs from the hill top in the plane, with two kinds of noise. turning, across: (2^N, N + 1,
    2). radius: Lemma 4′'s bound."""
    angle = np.linspace(0, 2 * np.pi, 200)
    with picture(
        "Pushed across its drift, every run ends on one circle",
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
            ax.set(title=title, aspect="equal", xlabel="first coordinate of w")
        both[0].set(ylabel="second coordinate")
        both[1].plot([], [], "--", color=BLACK, label="Lemma 4′")
        both[1].plot([], [], "-", color=SKY, label="a run")
        both[1].plot([], [], "o", color=VERMILION, label="its end")
        both[1].legend(loc="center left", bbox_to_anchor=(1.02, 0.5))
