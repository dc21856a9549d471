"""The figures of lesson 15."""

import numpy as np

from . import COLOURS, picture

BLACK, BLUE, GREEN, VERMILION = (COLOURS[name] for name in ("black", "blue", "green", "vermilion"))


def ripples(w, task, meta, bound):
    """The second derivative of a task and of its meta-objective, and a bound of the latter.

    w, task, meta, bound: (n,).
    """
    with picture(
        r"The curvature of $\mathcal{L}$ swings ever wider; the task's stays between 0 and 1",
        "Two panels with the same vertical axis, curvature over w from -60 to 60. On the left that "
        "of the task, ripples between 0 and 1. On the right that of the meta-objective: ripples "
        "between -5 and 6 at both ends, small in the middle, between two dashed lines that rise "
        "to 13 on either side of 0.",
        panels=2,
        sharey=True,
    ) as (left, right):
        left.plot(w, task, "-", color=BLUE, linewidth=1.2, label=r"$l''$")
        left.axhspan(0, 1, color="0.9", label="from 0 to 1")
        left.set(title="One task", xlabel="w", ylabel="curvature")
        right.plot(w, meta, "-", color=BLUE, linewidth=1.2, label=r"$\mathcal{L}''$")
        dashed = dict(color=VERMILION, linestyle="--", linewidth=1.8)
        right.plot(w, bound, label="bound (3)", **dashed)
        right.plot(w, -bound, **dashed)
        right.set(title="Its meta-objective, with one inner step", xlabel="w")
        for ax in (left, right):
            ax.legend(loc="upper center", ncols=2)


def sawtooth(loss, points, steps, teeth, chance, typical):
    """A loss with a tooth at each iterate, and how nearly losses attain the bound of Lemma 3.

    points: the iterates at which it has one, (n,), and those of another run. teeth, chance,
    typical: truth over bound for each of `steps`, of the sawtooth, of the best of some random
    waves, and their median.
    """
    from_w, from_u = points
    line = np.linspace(from_w.min() - 0.2, 0.2, 3000)
    with picture(
        "Teeth reach the bound within 0.01%; random waves come near it at N = 1 only",
        "On the left the second derivative of a loss: -1, with a small triangular tooth at each of "
        "four iterates, which lie ever farther apart; a second run has its iterates on the same "
        "teeth. On the right truth over bound, for 1 to 8 "
        "steps: a flat line at 1 for the sawtooth; the best of 300 random waves falls from 1 to "
        "between 0.5 and 0.7, their median from 0.7 to nearly 0.",
        panels=2,
    ) as (left, right):
        left.plot(line, loss.hessian(line[:, None])[:, 0, 0], "-", color=BLUE, label=r"$l''$")
        looks = (("o", VERMILION, "iterates from w = 0"), ("s", GREEN, "iterates from u = 0.02"))
        for run, (marker, colour, label) in zip(points, looks, strict=True):
            curvature = loss.hessian(run[:, None])[:, 0, 0]
            left.plot(run, curvature, marker, color=colour, markersize=6, label=label)
        left.set(title=r"A tooth at each iterate, $\alpha = 1/4$, $N = 4$")
        left.set(xlabel="w", ylabel="second derivative")
        left.set(ylim=(-1.02, -0.9))
        left.legend(loc="upper left")
        right.plot(steps, teeth, "-o", color=BLUE, label="sawtooth")
        right.plot(steps, chance, "--s", color=VERMILION, label="best of 300 random waves")
        right.plot(steps, typical, ":^", color=GREEN, label="their median")
        right.set(
            title=r"How near to Lemma 3's bound, $\alpha = 1/(NL)$",
            xlabel="inner steps N",
            xticks=steps,
        )
        right.set(ylabel=r"truth / bound   (1: attained)", ylim=(0, 1.15))
        right.legend(loc="center right", bbox_to_anchor=(1, 0.3), fontsize=10)


def parabolas(u, losses, mean, anchor, value, slope, constants, curvature):
    """The meta-loss of two tasks, their mean, the parabolas that touch it at the anchor, and the
    meta-loss's second derivative.

    u, losses, mean, curvature: (n,). value, slope: those of the meta-loss at the anchor, a number.
    constants: a parabola's name -> its curvature.
    """
    from tinymaml.course import mark_guess

    looks = dict(color=BLUE, linestyle="--"), dict(color=VERMILION, linestyle="-.")
    with picture(
        r"The parabola with $L_w$ stays above $\mathcal{L}$; the one with $a^{2N}L$ does not",
        "On the left the meta-loss over u from -6 to 9, a curve with three wells; the mean of the "
        "two losses is nearly flat beside it. Two parabolas touch it at u = 1. The steep one, with "
        "curvature L_w, lies above it; the flat one crosses it: above it on the far left, below "
        "its crests on the right. On the right the second derivative of the meta-loss, a wave "
        "between -20 and 22, and two levels: 1.6, far below its crests, and L_w = 35.9, above "
        "them.",
        panels=2,
        height=4.8,
    ) as (left, right):
        left.plot(u, losses, "-", color=BLACK, label=r"meta-loss $\mathcal{L}(u)$")
        shifted = mean + value - np.interp(anchor, u, mean)
        left.plot(u, shifted, ":", color=GREEN, label="mean of the losses, shifted")
        for (name, K), look in zip(constants.items(), looks, strict=True):
            parabola = value + slope * (u - anchor) + K / 2 * (u - anchor) ** 2
            left.plot(u, parabola, label=f"parabola of curvature {name} = {K:.3g}", **look)
            right.axhline(K, label=f"{name} = {K:.3g}", **look)
        left.plot(anchor, value, "o", color=BLACK, markersize=8, label="the anchor w = 1")
        low, high = losses.min(), losses.max()
        left.set(title="The meta-loss", xlabel="u", ylabel="meta-loss")
        left.set(ylim=(low - 20, high + 40))
        right.plot(u, curvature, "-", color=BLACK, label=r"$\mathcal{L}''(u)$")
        right.set(title="Its curvature", xlabel="u", ylabel="curvature")
        right.set(ylim=(curvature.min() - 5, 40))
        mark_guess("15.largest_curvature", right, x=u[np.argmax(curvature)])
        for ax in (left, right):
            ax.legend(loc="upper left", bbox_to_anchor=(-0.1, -0.2), fontsize=10)


PROGRAMS = {  # the name of a stepsize's function -> what the legend says
    "without_rho": r"without $\rho$, $1/(a^{2N}L)$",
    "clipped": r"$1/(a^{2N}L+C_{\mathcal{L}}\Vert\nabla\mathcal{L}(w)\Vert)$",
    "seen_from_here": "$1/L_w$",
}


def programs(runs):
    """The meta-loss over the iterations of some programs. runs: a name in PROGRAMS -> losses."""
    looks = ("--s", VERMILION), (":^", GREEN), ("-o", BLACK)
    with picture(
        r"Of the three only the steps of $1/L_w$ never go up",
        "Meta-loss over 12 iterations, three curves. The one without rho jumps up and down, "
        "at times below the others. The clipped one falls at first, below the third, and "
        "then goes up and down above it; the third falls and levels off.",
    ) as ax:
        for (name, losses), (look, colour) in zip(runs.items(), looks, strict=True):
            label = PROGRAMS[name]
            ax.plot(losses, look, color=colour, markersize=5, linewidth=1.5, label=label)
        ax.set(xlabel="meta-iteration", ylabel="meta-loss")
        ax.legend(loc="center left", bbox_to_anchor=(1.02, 0.5), title="stepsize")
