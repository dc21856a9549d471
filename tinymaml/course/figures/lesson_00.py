"""The figures of lesson 00: waves, what a step makes of a start, steps that are too long. The map
of the course is in course_map.py.
"""

import numpy as np

from ...pictures import BLACK, BLUE, GREEN, ORANGE, PURPLE, VERMILION
from ..guesses import LABEL, mark_guess
from . import picture
from .course_map import course

GREY = "0.75"
RANDOM = dict(color=BLUE, linestyle="--", marker="o", markersize=4)
JOINT = dict(color=GREEN, linestyle="-.", marker="^", markersize=4)
MAML = dict(color=VERMILION, linestyle="-", marker="s", markersize=4)


def three_waves(tasks):
    """The first three of the tasks: the points that are given, and the wave behind them."""
    alt = (
        "Three panels, each with ten black points and the wave through them in grey. "
        "The waves differ in height and phase; the points lie at random places on them. "
        "In the first panel arrows show A, the height of the crest, and φ, the place where the "
        "wave rises through 0."
    )
    (x, y), (xq, yq) = tasks.inner, tasks.outer
    title = "Each task gives ten points and asks for the wave behind them"
    with picture(title, alt, panels=3, height=2.7, sharey=True) as axes:
        for b, ax in enumerate(axes):
            ax.plot(*whole_wave(xq[b], yq[b]), color=GREY, linewidth=5, label="the wave: asked for")
            ax.plot(x[b], y[b], "o", color=BLACK, markersize=5, label="support: given")
            ax.set(title=f"Task {b + 1}", xlabel="x", xlim=(-5, 5))
        mark_height_and_phase(axes[0], xq[0], yq[0])
        axes[0].set_ylabel("y")
        legend_below(axes[0], columns=2)


def mark_height_and_phase(ax, x, y):
    """Arrows for A, from 0 up to the crest, and for φ, from x = 0 to where the wave rises."""
    a, b = amplitudes(x, y)
    height, phase = np.hypot(a, b), np.arctan2(-b, a)
    crest = phase + np.pi / 2
    look = dict(arrowstyle="<->", color=BLUE, shrinkA=0, shrinkB=0, mutation_scale=7)
    ax.axhline(0, color=BLUE, linewidth=0.6)
    ax.axvline(0, color=BLUE, linewidth=0.6)
    ax.annotate("", (crest, height), (crest, 0), arrowprops=look)
    ax.annotate("", (phase, 0), (0, 0), arrowprops=look)
    ax.text(crest + 0.15, height / 2, "A", color=BLUE, va="center")
    ax.text(phase / 2, 0.8, "φ", color=BLUE, ha="center")


def whole_wave(x, y):
    """The wave a sin(x) + b cos(x) through these points, (points, 1) each. -> xs and ys, (201,)"""
    a, b = amplitudes(x, y)
    grid = np.linspace(-5, 5, 201)
    return grid, a * np.sin(grid) + b * np.cos(grid)


def amplitudes(x, y):
    """a and b of the wave a sin(x) + b cos(x) through these points, (points, 1) each."""
    found, *_ = np.linalg.lstsq(np.hstack([np.sin(x), np.cos(x)]), y[:, 0], rcond=None)
    return found


def errors(random, joint, maml, single):
    """The mean error after each number of steps, from three starts: `Evaluation`s.

    single: the error of the mean of all waves, the best single curve.
    """
    alt = (
        "The mean error on 600 new waves after 0 to 10 steps. From a random start it falls slowly "
        f"from {random.mean[0]:.2f} to {random.mean[10]:.2f}. A level line marks the mean of all "
        f"waves, {single:.2f}. Joint training's start is {joint.mean[0]:.2f} before any step, "
        f"{joint.mean[1]:.2f} after one and {joint.mean[10]:.2f} after ten; MAML's start is "
        f"{maml.mean[0]:.2f}, {maml.mean[1]:.2f} and {maml.mean[10]:.2f}."
    )
    starts = (random, RANDOM, "a random start"), (joint, JOINT, "joint training's start")
    starts += ((maml, MAML, "MAML's start"),)
    steps = np.arange(len(random.mean))
    title = "Before the step the trained starts are level; one step tells them apart"
    with picture(title, alt, height=3.9) as ax:
        for found, look, name in starts:
            ax.plot(steps, found.mean, label=f"from {name}", **look)
            low, high = found.mean - found.interval, found.mean + found.interval
            ax.fill_between(steps, low, high, color=look["color"], alpha=0.15, linewidth=0)
        ax.axhline(
            single, color=BLACK, linestyle=":", linewidth=1.2, label="error of the mean wave"
        )
        ax.set(xlabel="steps on the support points", ylabel="mean squared error, query points")
        ax.set(ylim=(0, 6.2), xticks=range(0, 11, 2))
        mark_guess("00.MAML_start_before_any_step", ax, x=0, color=VERMILION)
        mark_guess("00.joint_start_after_one_step", ax, x=1, color=GREEN)
        legend_below(ax, columns=3)


def one_wave(loss, support, query, joint, maml):
    """The network before and after its steps on one wave, from two starts.

    support, query: (x, y), each (points, 1). joint, maml: (P,), the starts.
    """
    from ...maml.meta_gradient import adapt
    from ...problems import networks

    alt = (
        "Two panels with the same wave in grey and its ten points, and a dotted curve, the network "
        "before any step: similar in both, and not the wave. Left, from joint training's start, "
        "the network after one step is hardly nearer, and after ten it still falls short of the "
        "crest and the trough. Right, from MAML's start, it runs along the wave "
        "after one step and after ten, but for x below -4, where it does not bend down with it."
    )
    (x, y), (xq, yq) = support, query
    grid = np.linspace(-5, 5, 101, dtype=xq.dtype)[:, None]
    stages = (0, ":", "before"), (1, "--", "after 1 step"), (10, "-", "after 10 steps")
    title = "Neither start is this wave; one step on ten points takes MAML's close to it"
    with picture(title, alt, panels=2, height=3.4, sharey=True) as axes:
        for ax, start, look in zip(axes, (joint, maml), (JOINT, MAML), strict=True):
            path = adapt(loss, start, (x[None], y[None]), alpha=0.01, steps=10)[:, 0]
            ax.plot(*whole_wave(xq, yq), color=GREY, linewidth=5, label="the wave")
            for k, dash, name in stages:
                line = networks.predict(loss.unflatten(path[k]), grid)
                ax.plot(grid, line, color=look["color"], linestyle=dash)
                # the legend is for both panels, whose colours differ
                ax.plot([], [], color=BLACK, linestyle=dash, label=name)
            ax.plot(x, y, "o", color=BLACK, markersize=5, label="the ten points")
            ax.set(xlabel="x", xlim=(-5, 5))
        axes[0].set(title="From joint training's start", ylabel="y")
        axes[1].set_title("From MAML's start")
        legend_below(axes[0], columns=5)


def stepsizes(limit, runs):
    """Descent on a parabola around the stepsize limit(L), and the network's with three stepsizes.

    limit: the reader's function. runs: α -> `Evaluation`.
    """
    alt = (
        "Left, steps on a parabola on a logarithmic axis: straight lines, falling for stepsizes "
        "below the limit, level at it, rising beyond it. Right, the network's mean error for three "
        "stepsizes: 0.01 falls; 0.02 falls, rises for two steps and recovers; 0.05 explodes."
    )
    looks = [(VERMILION, "-"), (PURPLE, "-."), (ORANGE, ":")]
    title = "On a parabola descent works or fails; on a network it can fail and recover"
    with picture(title, alt, panels=2, height=3.5) as (left, right):
        curvature = 4.0
        shares = {0.2: ("0.6", "-"), 0.9: ("0.6", "--"), 1.0: (BLACK, "-"), 1.1: (BLACK, ":")}
        for share, (colour, dash) in shares.items():
            factor = abs(1 - share * limit(curvature) * curvature)
            distances = [factor**k for k in range(11)]
            name = "your limit" if share == 1 else f"{share} × limit"
            left.semilogy(range(11), distances, color=colour, linestyle=dash, label=f"α = {name}")
        for (alpha, run), (colour, dash) in zip(runs.items(), looks, strict=True):
            name = f"α = {alpha}"
            right.semilogy(range(11), run.mean, color=colour, linestyle=dash, label=name)
        left.set(title="A parabola", ylabel="|w|, from w = 1", ylim=(3e-3, 1e2))
        right.set(title="The network, mean of 600 waves", ylabel="mean squared error, query")
        mark_guess("00.with_twice_the_stepsize", right, x=10, color=PURPLE)
        mark_guess("00.with_five_times_the_stepsize", right, x=10, color=ORANGE)
        for ax in left, right:
            ax.set(xlabel="steps", xticks=range(0, 11, 2))
        left.legend(loc="upper left", ncols=2)
        right.legend(*entries(right), loc="upper left")


def legend_below(ax, columns):
    """One legend below all panels, of what stands in this one."""
    handles, labels = entries(ax)
    ax.figure.legend(handles, labels, loc="outside lower center", ncols=columns)


def entries(ax):
    """What the legend shows, a guess as a white diamond: it stands for those of all colours.

    -> handles, labels
    """
    from matplotlib.lines import Line2D

    handles, labels = ax.get_legend_handles_labels()
    guess = Line2D([], [], marker="D", markersize=8, color="white", markeredgecolor=BLACK)
    guess.set_linestyle("none")
    return [
        guess if label == LABEL else h for h, label in zip(handles, labels, strict=True)
    ], labels


def table(heads, rows):
    """Print rows under their heads: the first column to the left, the others to the right.

    A float is printed with two decimals, a whole number with commas, a text as it is.
    """
    texts = [list(heads)] + [[cell(value) for value in row] for row in rows]
    widths = [max(map(len, column)) for column in zip(*texts, strict=True)]
    for first, *others in texts:
        line = first.ljust(widths[0])
        print(line + "".join(t.rjust(w + 3) for t, w in zip(others, widths[1:], strict=True)))


def cell(value):
    """A value as a table shows it."""
    if isinstance(value, str):
        return value
    return f"{value:,}" if isinstance(value, int) else f"{value:,.2f}"


__all__ = ["course", "errors", "one_wave", "stepsizes", "table", "three_waves"]
