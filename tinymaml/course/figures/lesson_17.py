"""The figures of lesson 17, Two sets, one path."""

import numpy as np

from . import COLOURS, picture

BLACK, BLUE, GREEN, VERMILION = (COLOURS[name] for name in ("black", "blue", "green", "vermilion"))
BAND = dict(color=BLUE, alpha=0.2, linewidth=0)


def gap(points, gaps, distances, gaps_away):
    """How far the support and the query gradient of a regression are apart.

    points (n,): in each set; gaps (n, tasks): at w = 0. distances (m,): from 0; gaps_away
    (m, tasks): there, with ten points.
    """
    from tinymaml.course import mark_guess

    with picture(
        "More points close the gap; a distant start opens it",
        "Two panels on logarithmic axes. Left, the mean gap at w = 0 over the number of points in "
        "each set: it falls from 1.05 at 10 points to 0.10 at 1000 and 0.06 at 3000, along a "
        "dashed line that falls like one over the root of the points. Right, with ten points, the "
        "gap over the distance of w from 0: flat near 1 up to 1, then a straight line up to 700 at "
        "1000. A band around each holds 80% of the tasks.",
        panels=2,
        height=3.4,
    ) as (left, right):
        for ax, across, values in ((left, points, gaps), (right, distances, gaps_away)):
            low, high = np.quantile(values, [0.1, 0.9], axis=1)
            ax.fill_between(across, low, high, label="80% of the tasks", **BAND)
            ax.loglog(across, values.mean(axis=1), "-o", color=BLUE, markersize=4, label="mean gap")
        first = gaps[0].mean()
        root = first * np.sqrt(points[0] / np.array(points))
        left.loglog(points, root, "--", color=VERMILION, label=r"$1/\sqrt{\mathrm{points}}$")
        left.set(title="At w = 0", xlabel="points in each set")
        left.set(ylim=(0.005, 3), ylabel=r"$\Vert\nabla l_{S_i}-\nabla l_{T_i}\Vert$")
        mark_guess("17.gap_with_1000_points", left, x=1000)
        right.set(title="Away from 0, with ten points", xlabel="distance of w from 0")
        for ax in (left, right):
            ax.legend(fontsize=10)


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
        "The support's steps drive the query gradient beyond Lemma 2, up to the new bound",
        "Left, two hills over w: the query loss with its top at 0, the support loss with its top "
        "at -1. A path of four steps starts at w = 1 and runs down to 3.9, each step longer than "
        "the last. Right, the size of the query gradient over the step: it rises from 1 to 3.9, on "
        "the dashed new bound; Lemma 2's bound, in grey, ends at 2.4.",
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
        left.set(title=f"Two hills, {b:g} apart", xlabel="w", ylabel="loss")
        left.legend(loc="lower left", fontsize=10)
        known = dict(color="0.55", linestyle=":", linewidth=2.2)
        right.plot(steps, a**steps * sizes[0], label="Lemma 2's $a^j$, of one loss", **known)
        bound = a**steps * sizes[0] + (a**steps - 1) * b
        right.plot(steps, bound, "--", color=VERMILION, linewidth=2.2, label="what we shall prove")
        right.plot(steps, sizes, "o", color=BLACK, label=r"$|l_{T_i}'(\tilde w_j)|$")
        right.set(title="The query gradient along the path", xlabel="step j", xticks=steps)
        right.set(ylabel="size of the gradient", ylim=(0, None))
        mark_guess("17.query_gradient_at_the_end", right, x=steps[-1])
        right.legend(loc="upper left", fontsize=10)


def spread(slopes, apart, mean, sigma):
    """How far two tasks' meta-gradients differ, over the slope that both tasks share.

    slopes, apart, mean (n,): mean is the length of the mean meta-gradient. sigma: A2's, for all w
    and every slope.
    """
    from tinymaml.course import mark_guess

    with picture(
        "A slope that all tasks share parts their meta-gradients, and A2's σ does not see it",
        "On logarithmic axes over the common slope s from 1 to 1000. A2's sigma is a level line at "
        "1. The spread of the meta-gradients rises from 0.25 at s = 1 to 124 at 1000, nearly in a "
        "straight line; it crosses sigma near s = 4. The mean meta-gradient is four to nine times "
        "as long.",
        height=3.2,
    ) as ax:
        mean_label = r"$\Vert\nabla\mathcal{L}\Vert$, the mean meta-gradient"
        ax.loglog(slopes, mean, ":", color="0.45", linewidth=2.2, label=mean_label)
        look = dict(color=VERMILION, marker="o", markersize=4, linestyle="-")
        ax.loglog(slopes, apart, label=r"spread of the $\nabla\mathcal{L}_i$ at $w=0$", **look)
        ax.axhline(sigma, color=BLUE, linestyle="--", label=r"A2's σ, for all $w$ and all $s$")
        ax.set(xlabel="slope s that all tasks share", ylabel="root mean square")
        mark_guess("17.spread_of_the_meta_gradients", ax, x=100)
        ax.legend(loc="center left", bbox_to_anchor=(1.02, 0.5))
