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
        titles = "Without a step", "After one step"
        panels = zip(axes, (without, with_one), means, best, titles, strict=True)
        for ax, pair, mean, w, title in panels:
            for name, values in zip(LOOKS, (*pair, mean), strict=True):
                ax.plot(starts, values, **LOOKS[name], label=name)
            black = dict(color=COLOURS["black"], linestyle="")
            ax.plot(w, mean.min(), "o", markersize=9, label="best start", **black)
            ax.set(title=title, xlabel="start w", ylim=(-0.1, 3))
        axes[0].set_ylabel("loss")
        if alpha == 0.2:
            mark_guess("07.best_start_for_one_step", axes[1], curve=(starts, means[1]))
        axes[1].legend(loc="upper center")


def valleys(A, c):
    """Two quadratic tasks in the plane: their lines of equal loss and their minima."""
    grid = np.linspace(-1.9, 3.2, 103)
    errors = np.stack(np.meshgrid(grid, grid), axis=-1)[None] - c[:, None, None]
    losses = 0.5 * np.einsum("txyi,tij,txyj->txy", errors, A, errors)
    with picture(
        "Two long valleys cross near (−1, −1)",
        "Contour lines of two long valleys. The first is upright, with its minimum at (−1, 1); the "
        "second lies flat, with its minimum at (1, −1). They cross near (−1, −1).",
        height=4,
    ) as ax:
        for i, colour in enumerate((COLOURS["vermilion"], COLOURS["blue"])):
            style = "--" if i == 0 else "-."
            ax.contour(grid, grid, losses[i], (0.1, 0.25, 0.5), colors=colour, linestyles=style)
            ax.plot([], [], style, color=colour, label=f"task {i + 1}: losses 0.1, 0.25 and 0.5")
            ax.plot(*c[i], "*", color=colour, markersize=15, linestyle="", label="its minimum")
        ax.set(xlabel="first coordinate of w", ylabel="second coordinate of w", aspect="equal")
        ax.legend(loc="center left", bbox_to_anchor=(1.05, 0.5))


def two_valleys(A, c, alpha, best_starts):
    """Two quadratic tasks in the plane, and one step on each from each of the starts.

    A (2, 2, 2), c (2, 2); best_starts: name -> w (2,).
    """
    grid = np.linspace(-1.9, 3.2, 103)
    errors = np.stack(np.meshgrid(grid, grid), axis=-1)[None] - c[:, None, None]
    losses = 0.5 * np.einsum("txyi,tij,txyj->txy", errors, A, errors)
    crossing, best = best_starts.values()
    at_crossing = 0.5 * (crossing - c[0]) @ A[0] @ (crossing - c[0])
    with picture(
        "From (1, 1) one step solves either task",
        "Contour lines of two long valleys that cross near (−1, −1). From (1, 1) an arrow "
        "leads straight to the minimum of each task. Beside it the crossing is enlarged: there "
        "the arrows are less than 0.2 long. A dotted line through each minimum holds the starts "
        "that one step solves; they cross at (1, 1).",
        height=5,
    ) as ax:
        closer = ax.inset_axes([1.17, 0.57, 0.36, 0.36])
        for axes in (ax, closer):
            for i, colour in enumerate((COLOURS["vermilion"], COLOURS["blue"])):
                levels = dict(levels=(0.1, 0.25, at_crossing), linestyles="--", linewidths=1)
                axes.contour(grid, grid, losses[i], colors=colour, **levels)
                draw_task(axes, A[i], c[i], colour)
                for start in (crossing, best):
                    arrow = dict(arrowstyle="->", color=colour, linewidth=2, shrinkA=0, shrinkB=0)
                    end = start - alpha * A[i] @ (start - c[i])
                    axes.annotate("", end, start, arrowprops=arrow, zorder=5, annotation_clip=True)
            axes.plot(*crossing, "o", color=COLOURS["black"], fillstyle="none", zorder=6)
            axes.plot(*best, "o", color=COLOURS["black"])
        look = dict(fontsize=12, horizontalalignment="center", backgroundcolor="white")
        for i, place in enumerate(((-1, 2.2), (2.2, -1.06))):
            colour = (COLOURS["vermilion"], COLOURS["blue"])[i]
            ax.text(*place, f"task {i + 1}", color=colour, **look)
        place = dict(xlim=crossing[0] + [-0.25, 0.25], ylim=crossing[1] + [-0.25, 0.25])
        closer.set(**place, xticks=[-1, -0.8], yticks=[-1, -0.8])
        closer.set_title("the box, enlarged", fontsize=11)
        closer.spines[:].set(visible=True, color="0.3")
        ax.indicate_inset(closer.viewLim.bounds, edgecolor="0.3", alpha=1)
        mark_place("07.best_start_in_the_plane", ax)
        ax.set(xlabel="first coordinate of w", ylabel="second coordinate of w", aspect="equal")
        ax.set(xlim=(-1.9, 3.2), ylim=(-1.9, 3.2))
        name_marks(ax, best_starts)
        ax.legend(loc="lower left", bbox_to_anchor=(1.05, 0))


def draw_task(ax, A, c, colour):
    """A task's minimum, and the line of starts that one step solves."""
    steep = np.linalg.eigh(A)[1][:, -1]
    ax.axline(c, c + steep, color=colour, linestyle=":", linewidth=2)
    ax.plot(*c, "*", color=colour, markersize=15)


def name_marks(ax, best_starts):
    """Entries of the legend for what is drawn in each task's colour, and for the two starts."""
    black = dict(color=COLOURS["black"])
    ax.plot([], [], "--", linewidth=1, label="starts of equal loss", **black)
    ax.plot([], [], "*", markersize=15, label="minimum", **black)
    ax.plot([], [], ":", linewidth=2, label="starts that one step solves", **black)
    ax.plot([], [], linestyle="", marker=r"$\rightarrow$", markersize=18, label="step", **black)
    for name, fill in zip(best_starts, ("none", "full"), strict=True):
        ax.plot([], [], "o", fillstyle=fill, label=name, **black)


def mark_place(name, ax):
    """Draw the guess of this name, a word like "(0, 0)", at its place in the plane."""
    from tinymaml.course import guesses

    word = guesses.recall(name)
    if isinstance(word, str):
        place = [float(number) for number in word.strip("()").split(",")]
        look = dict(color=guesses.PURPLE, markeredgecolor=COLOURS["black"], linestyle="")
        ax.plot(*place, "D", label=guesses.LABEL, markersize=8, **look)


def where_they_end(alphas, two):
    """Where MAML and first-order MAML end on two parabolas, `two`, a function of α."""
    from tinymaml.course import mark_guess

    limit = 5 / 17  # where the first-order weights, 4 (1 − 4α) and 1 − α, add up to 0
    some = alphas[alphas < limit - 1e-3]
    with picture(
        "First-order MAML ends elsewhere, and past α = 5/17 it runs away",
        "The end point over α. MAML's curve rises from −0.6 to 1 at α = 0.25 and falls again. That "
        "of first-order MAML starts at −0.6 too, lies below, crosses MAML's at α = 0.25 and leaves "
        "the figure at its top, at w = 4, near α = 0.28. Past 5/17 the area is shaded.",
        height=3.8,
    ) as ax:
        ends = [two.minimiser(alpha, 1)[0] for alpha in alphas]
        ax.plot(alphas, ends, color=COLOURS["black"], linestyle="-", label="MAML")
        ends = [two.first_order_point(alpha, 1)[0] for alpha in some]
        ax.plot(
            alphas[: len(some)],
            ends,
            color=COLOURS["green"],
            linestyle="--",
            label="first-order MAML",
        )
        ends = two.minimiser(0.2, 1)[0], two.first_order_point(0.2, 1)[0]
        ax.plot(
            [0.2, 0.2], ends, "o", color=COLOURS["black"], markersize=7, label="ends at α = 0.2"
        )
        ax.axvspan(limit, 0.5, color="0.92", label="first-order MAML runs away")
        for height in (-1, 1):
            ax.axhline(height, color="0.6", linestyle=":", linewidth=1.2)
        ax.text(0.005, 1.1, "minimum of the flat task")
        ax.text(0.005, -0.9, "minimum of the steep task")
        ax.set(xlabel="stepsize α", ylabel="end point w", xlim=(0, 0.5), ylim=(-1.4, 4))
        mark_guess("07.first_order_ends_at", ax, x=0.2)
        ax.legend(loc="center left", bbox_to_anchor=(1.02, 0.5))


def one_new_wave(x, wave, support, curves):
    """Two starts before and after one step on the support points.

    x, wave (count, 1); curves: name of the start -> the model at x before the step and after it.
    """
    with picture(
        "One step from MAML's start follows most of the wave; joint training's does not",
        "Two panels with the same wave and its support points. On the left, from joint training, "
        "the curve after one step falls once, too steeply, and misses most of the wave; on the "
        "right, from MAML's start, it follows the wave except at both ends. Before the step "
        "neither resembles it.",
        panels=2,
        sharey=True,
        height=3.8,
    ) as axes:
        for ax, (name, (before, after)) in zip(axes, curves.items(), strict=True):
            ax.plot(x, wave, color="0.8", linestyle="-", linewidth=5, label="the wave")
            ax.plot(x, before, ":", color=COLOURS["black"], label="before the step")
            ax.plot(x, after, "-", color=COLOURS["black"], label="after one step")
            points = dict(color=COLOURS["black"], markerfacecolor="white", markersize=7)
            ax.plot(*support, "o", **points, label="support points")
            errors = [np.mean((curve - wave) ** 2) for curve in (before, after)]
            title = f"From {name}: error {errors[0]:.2f}, then {errors[1]:.2f}"
            ax.set(title=title, xlabel="x", ylim=(-1.7, 1.7))
        axes[0].set_ylabel("y")
        handles = axes[0].get_legend_handles_labels()
        axes[0].figure.legend(*handles, loc="outside lower center", ncols=4)


def signed(w):
    """A place on the line with its sign: "−0.6", "+1.0"."""
    return f"{w:+.1f}".replace("-", "−") if round(w, 1) else "0"
