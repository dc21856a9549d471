"""The figures of lesson 07."""

import numpy as np

from . import COLOURS, picture

LOOKS = {
    "steep task": dict(color=COLOURS["vermilion"], linestyle="--"),
    "flat task": dict(color=COLOURS["blue"], linestyle="-."),
    "mean": dict(color=COLOURS["black"], linestyle="-"),
}


def before_and_after(starts, without, with_one, alpha):
    """What each start is worth: to the two tasks and on average, without a step and with one.

    without, with_one: the losses of the steep and of the flat task at each of the starts.
    """
    from tinymaml.course import mark_guess

    means = [np.mean(pair, axis=0) for pair in (without, with_one)]
    best = [starts[mean.argmin()] for mean in means]
    names = [signed(w) for w in best]
    with picture(
        f"One step of α = {alpha} moves the best start from {names[0]} to {names[1]}",
        f"Two panels: loss over the start w, without a step and after one step of α = {alpha}. "
        f"A dot marks the minimum of the mean, at {names[0]} on the left and {names[1]} on the "
        "right, where the steep task's curve has changed most.",
        panels=2,
        sharey=True,
    ) as axes:
        titles = f"Without a step: best at {names[0]}", f"After one step: best at {names[1]}"
        panels = zip(axes, (without, with_one), means, best, titles, strict=True)
        for ax, pair, mean, w, title in panels:
            for name, values in zip(LOOKS, (*pair, mean), strict=True):
                ax.plot(starts, values, **LOOKS[name], label=name)
            ax.plot(w, mean.min(), "o", color=COLOURS["black"], markersize=9)
            ax.set(title=title, xlabel="start w", ylim=(-0.1, 3))
        axes[0].set_ylabel("loss")
        if alpha == 0.2:
            mark_guess("07.best_start_for_one_step", axes[1], curve=(starts, means[1]))
        axes[1].legend(loc="upper center")


def two_valleys(A, c, alpha, best_starts):
    """Two quadratic tasks in the plane, and one step on each from each of the starts.

    A (2, 2, 2), c (2, 2); best_starts: name -> w (2,).
    """
    grid = np.linspace(-1.9, 1.9, 81)
    errors = np.stack(np.meshgrid(grid, grid), axis=-1)[None] - c[:, None, None]
    losses = 0.5 * np.einsum("txyi,tij,txyj->txy", errors, A, errors)
    colours = COLOURS["vermilion"], COLOURS["blue"]
    with picture(
        "One step from (1, 1) solves both tasks",
        "Contour lines of two long valleys that cross near (−1, −1). From (1, 1) an arrow "
        "leads straight to the minimum of each task; from the crossing the arrows are short. A "
        "dotted line through each minimum holds the starts that one step solves; they cross at "
        "(1, 1).",
        height=4.4,
    ) as ax:
        for i, line in enumerate(("dashed", "dashdot")):
            levels = dict(levels=(0.1, 0.4, 0.9), linestyles=line, linewidths=1)
            ax.contour(grid, grid, losses[i], colors=colours[i], **levels)
            steep = np.linalg.eigh(A[i])[1][:, -1]
            solved = dict(color=colours[i], linestyle=":", linewidth=2)
            ax.axline(c[i], c[i] + steep, label=f"one step solves task {i + 1}", **solved)
            star = dict(color=colours[i], markersize=15, linestyle="")
            ax.plot(*c[i], "*", label=f"minimum of task {i + 1}", **star)
        for (name, w), mark in zip(best_starts.items(), "so", strict=True):
            ax.plot(*w, mark, color=COLOURS["black"], markersize=7, label=name, linestyle="")
            for i in range(2):
                arrow = dict(arrowstyle="->", color=colours[i], linewidth=2.5, shrinkA=4, shrinkB=0)
                ax.annotate("", w - alpha * A[i] @ (w - c[i]), w, arrowprops=arrow, zorder=5)
        ax.set(xlabel="first coordinate of w", ylabel="second coordinate of w", aspect="equal")
        ax.legend(loc="center left", bbox_to_anchor=(1.05, 0.5))


def where_they_end(alphas, two):
    """Where MAML and first-order MAML end on two parabolas, `two`, a function of α."""
    from tinymaml.course import mark_guess

    limit = 5 / 17  # where the first-order weights, 4 (1 − 4α) and 1 − α, add up to 0
    some = alphas[alphas < limit - 1e-3]
    with picture(
        "First-order MAML ends elsewhere, and past α = 5/17 it runs away",
        "The end point over α. MAML's curve rises from −0.6 to 1 at α = 0.25 and falls again. That "
        "of first-order MAML starts at −0.6 too, lies below, crosses MAML's at α = 0.25 and leaves "
        "the figure upwards near α = 0.29; beyond, the area is shaded.",
        height=3.4,
    ) as ax:
        ends = [two.minimiser(alpha, 1)[0] for alpha in alphas]
        ax.plot(alphas, ends, color=COLOURS["black"], linestyle="-", label="MAML")
        ends = [two.first_order_point(alpha, 1)[0] for alpha in some]
        ax.plot(
            alphas[: len(some)],
            ends,
            color=COLOURS["vermilion"],
            linestyle="--",
            label="first-order MAML",
        )
        ax.axvspan(limit, 0.5, color="0.92", label="first-order MAML runs away")
        for height in (-1, 1):
            ax.axhline(height, color="0.6", linestyle=":", linewidth=1.2)
        ax.text(0.005, 1.05, "minimum of the flat task")
        ax.text(0.005, -0.95, "minimum of the steep task")
        ax.set(xlabel="stepsize α", ylabel="w where it ends", xlim=(0, 0.5), ylim=(-1.4, 1.7))
        mark_guess("07.first_order_ends_at", ax, x=0.2)
        ax.legend(loc="center left", bbox_to_anchor=(1.02, 0.5))


def one_new_wave(x, curves, support, query):
    """Two starts before and after one step on the support points.

    curves: name of the start -> the network's values at x before the step and after it.
    """
    order = np.argsort(query[0][:, 0])
    with picture(
        "From MAML's start, one step makes most of a new wave",
        "Two panels with the same wave and ten points on it. On the left, from joint training, the "
        "curve after one step misses most of the wave; on the right, from MAML's start, it follows "
        "the wave nearly everywhere. Before the step neither resembles it.",
        panels=2,
        sharey=True,
        height=3.8,
    ) as axes:
        for ax, (name, (before, after)) in zip(axes, curves.items(), strict=True):
            wave = [part[order] for part in query]
            ax.plot(*wave, color="0.8", linestyle="-", linewidth=5, label="the wave")
            ax.plot(x, before, ":", color=COLOURS["black"], label="before the step")
            ax.plot(x, after, "--", color=COLOURS["vermilion"], label="after one step")
            ax.plot(*support, "o", color=COLOURS["black"], markersize=6, label="ten points")
            ax.set(title=f"From {name}", xlabel="x", ylim=(-1.7, 1.7))
        axes[0].set_ylabel("y")
        handles = axes[0].get_legend_handles_labels()
        axes[0].figure.legend(*handles, loc="outside lower center", ncols=4)


def signed(w):
    """A place on the line with its sign: "−0.6", "+1.0"."""
    return f"{w:+.1f}".replace("-", "−") if round(w, 1) else "0"
