"""The figures of lesson 17, Two sets, one path."""

import numpy as np

from . import COLOURS, picture

BLACK, BLUE, GREEN, VERMILION = (COLOURS[name] for name in ("black", "blue", "green", "vermilion"))
BAND = dict(color=BLUE, alpha=0.2, linewidth=0)
# a legend in a box: its marks are no data
BOXED = dict(fontsize=10, frameon=True, framealpha=1, edgecolor="0.6")


def one_task(support, query, w):
    """The points of a regression, and where its two sets pull a start: as curves, and as arrows.

    support, query: its losses; w (12,): the start.
    """
    from tinymaml.course.given.regression import waves

    across = np.linspace(-np.pi, np.pi, 300)
    pulls = -support.gradient(w), -query.gradient(w)
    with picture(
        "Ten points pull w = 0 one way, ten others another way",
        "Left, twenty noisy points of one curve: ten blue dots, the support set, and ten green "
        "diamonds, the query set. Two curves, minus the gradient of each set at w = 0, roughly "
        "follow their points and differ. Right, the same two as arrows from w = 0, in the plane "
        "that holds both: 0.77 and 0.95 long, 43 degrees apart; the gap between their tips is "
        "0.65.",
        panels=2,
        height=3.6,
        width_ratios=(2, 1),
    ) as (left, right):
        left.plot(support.x, support.y, "o", color=BLUE, label="support set: it makes the steps")
        left.plot(query.x, query.y, "D", color=GREEN, label="query set: it judges")
        blue, green = (waves(across) @ pull for pull in pulls)
        left.plot(across, blue, "-", color=BLUE, label=r"$-\nabla l_{S_i}$ at $w=0$, as a curve")
        look = dict(color=GREEN, label=r"$-\nabla l_{T_i}$ at $w=0$, as a curve")
        left.plot(across, green, "--", **look)
        left.set(title="As curves", xlabel="x", ylabel="y", ylim=(-3.2, None))
        left.legend(loc="lower right", ncols=2, **BOXED | dict(fontsize=8.5))
        draw_pulls(right, *pulls)


def draw_pulls(ax, of_support, of_query):
    """Two vectors as arrows, in the plane that holds both, and the line between their tips."""
    length = np.linalg.norm(of_query)
    along = of_support @ of_query / length
    tips = np.array([along, np.sqrt(of_support @ of_support - along**2)]), np.array([length, 0])
    names = r"$-\nabla l_{S_i}$", r"$-\nabla l_{T_i}$"
    places = np.array([-0.17, 0.09]), np.array([-0.06, -0.12])
    for tip, colour, name, place in zip(tips, (BLUE, GREEN), names, places, strict=True):
        look = dict(color=colour, linewidth=2.2, shrinkA=0, shrinkB=0, mutation_scale=14)
        ax.annotate("", tip, (0, 0), arrowprops=dict(arrowstyle="-|>", **look))
        ax.text(*(0.6 * tip + place), name, color=colour, ha="center", va="center")
    ax.plot(*np.transpose(tips), ":", color=VERMILION, linewidth=2.2)
    size = np.linalg.norm(of_support - of_query)
    ax.text(*(np.mean(tips, axis=0) + [0.04, 0.05]), f"gap {size:.2f}", color=VERMILION)
    ax.plot(0, 0, "o", color=BLACK, markersize=5)
    ax.text(-0.02, -0.12, "w = 0", ha="center", va="center")
    ax.set(title="As arrows", xlim=(-0.15, 1.15), ylim=(-0.3, 0.8), aspect="equal")
    ax.axis("off")


def gap(points, gaps, distances, gaps_away):
    """How far the support and the query gradient of a regression are apart.

    points (n,): in each set; gaps (n, tasks): at w = 0. distances (m,): from 0; gaps_away
    (m, tasks): there, with ten points.
    """
    from tinymaml.course import mark_guess

    with picture(
        "More points narrow the gap; a distant start opens it",
        "Two panels on logarithmic axes. Left, the mean gap at w = 0 over the number of points in "
        "each set: it falls from 1.04 at 10 points to 0.10 at 1000 and 0.06 at 3000, along a "
        "dotted line that falls like one over the root of the points. Right, with ten points, the "
        "gap over the distance of w from 0: flat near 1 up to 1, then a straight line up to 700 at "
        "1000. A band around each holds 80% of the tasks.",
        panels=2,
        height=3.4,
    ) as (left, right):
        for ax, across, values in ((left, points, gaps), (right, distances, gaps_away)):
            low, high = np.quantile(values, [0.1, 0.9], axis=1)
            ax.fill_between(across, low, high, label="80% of the tasks", **BAND)
            ax.loglog(across, values.mean(axis=1), "-o", color=BLUE, markersize=4, label="mean gap")
            ax.set(ylabel="gap")
        first = gaps[0].mean()
        root = first * np.sqrt(points[0] / np.array(points))
        look = dict(linestyle=":", color=VERMILION, linewidth=5, alpha=0.6, zorder=1)
        left.loglog(points, root, label=r"$\propto 1/\sqrt{\mathrm{points}}$", **look)
        left.set(title="At w = 0", xlabel="points in each set")
        left.set(ylim=(0.005, 3))
        mark_guess("17.gap_with_1000_points", left, x=1000)
        right.set(title="Away from 0, with ten points", xlabel="distance of w from 0")
        left.legend(loc="lower left", **BOXED)
        right.legend(loc="upper left", **BOXED)


def hill(instance):
    """An instance of one variable whose losses are two hills: its path, and the query gradient.

    instance: with one task, and L = 1.
    """
    from tinymaml.course import mark_guess

    (task,) = instance.tasks
    a, b = instance.a, instance.b
    path = task.from_w.points[:, 0]
    steps = np.arange(len(path))
    sizes = np.abs(task.outer.gradient(path[:, None])[:, 0])
    line = np.linspace(-2, path.max() + 0.4, 200)[:, None]
    with picture(
        "The support's steps drive the query gradient beyond Lemma 2, up to a new bound",
        "Left, two hills over w: the query loss with its top at 0, the support loss with its top "
        "at -1. A path of four steps starts at w = 1 and runs down to 3.9, each step longer than "
        "the last; there a short line touches the query loss. Right, the size of the query "
        "gradient over the step: it rises from 1 to 3.9, on the dashed bound; Lemma 2's bound, in "
        "grey, ends at 2.4.",
        panels=2,
        height=3.6,
    ) as (left, right):
        looks = (
            (task.inner, "-", BLUE, "support loss: it makes the steps"),
            (task.outer, "--", GREEN, "query loss: it judges"),
        )
        for loss, style, colour, label in looks:
            left.plot(line[:, 0], loss.value(line), style, color=colour, label=label)
        left.plot(path, task.inner.value(path[:, None]), "o", color=BLACK, label="the path")
        last = path[-1]
        slope = task.outer.gradient(path[-1:])[0]
        touching = np.array([last - 0.5, last + 0.4])
        height = task.outer.value(path[-1:]) + slope * (touching - last)
        left.plot(
            touching,
            height,
            "-",
            color=BLACK,
            linewidth=2.2,
            label="tangent at the open circle: its\nsteepness is the last dot, right",
        )
        left.plot(last, task.outer.value(path[-1:]), "o", color=BLACK, markerfacecolor="white")
        left.set(title=f"Two hills, {b:g} apart", xlabel="w", ylabel="loss")
        left.legend(loc="lower left", **BOXED)
        known = dict(color="0.55", linestyle=":", linewidth=2.2)
        right.plot(steps, a**steps * sizes[0], label="Lemma 2's $a^j$, of one loss", **known)
        bound = a**steps * sizes[0] + (a**steps - 1) * b
        right.plot(
            steps, bound, "--", color=VERMILION, linewidth=2.2, label="the bound of 17.query"
        )
        right.plot(steps, sizes, "o", color=BLACK, label=r"$|l_{T_i}'(\tilde w_j)|$")
        right.set(title="The query gradient along the path", xlabel="step j", xticks=steps)
        right.set(ylabel="size of the gradient", ylim=(0, None))
        mark_guess("17.query_gradient_at_the_end", right, x=steps[-1])
        right.legend(loc="upper left", **BOXED)


def spread(starts, of_gradients, of_meta_gradients):
    """How far two tasks' gradients, and their meta-gradients, are from their mean, over w.

    starts, of_gradients, of_meta_gradients (n,).
    """
    from tinymaml.course import mark_guess

    with picture(
        "A σ of 1 serves the gradients for all w; no σ serves the meta-gradients",
        "Over w from 0 to 126. The distance of the two gradients from their mean swings between 0 "
        "and 1, below the dashed level line of A2's sigma. The distance of the two meta-gradients "
        "swings too, between 0 and peaks that rise to 3 at w = 40, stay there until 70, and rise "
        "to 8.3 at 126.",
        height=3.2,
    ) as ax:
        label = r"meta-gradients $\nabla\mathcal{L}_i$"
        ax.plot(starts, of_meta_gradients, "-", color=VERMILION, linewidth=1.4, label=label)
        look = dict(color=BLUE, linewidth=1.1)
        ax.plot(starts, of_gradients, "-", label=r"gradients $\nabla l_i$", **look)
        ax.axhline(1, color=BLACK, linestyle="--", linewidth=1.4, label="A2's σ, of the gradients")
        end = dict(color=VERMILION, markersize=7, label=r"meta-gradients at $w=40\pi$")
        ax.plot(starts[-1], of_meta_gradients[-1], "o", **end)
        ax.set(xlabel="w", ylabel="distance from their mean", ylim=(-0.6, None))
        mark_guess("17.spread_of_the_meta_gradients", ax, x=starts[-1])
        ax.legend(loc="center left", bbox_to_anchor=(1.02, 0.5))
