"""The figures of lesson 00: waves, what a step makes of a start, steps that are too long, and the
map of the course.
"""

import textwrap

import numpy as np

from ...pictures import BLACK, BLUE, GREEN, ORANGE, VERMILION
from .. import material
from ..guesses import mark_guess
from . import picture

GREY = "0.75"
RANDOM = dict(color=BLUE, linestyle="--", marker="o", markersize=4)
MAML = dict(color=VERMILION, linestyle="-", marker="s", markersize=4)


def three_waves(tasks):
    """The first three of the tasks: the points that are given, and the wave behind them."""
    alt = (
        "Three panels, each with ten black points and the wave through them in grey. "
        "The waves differ in height and phase; the points lie at random places on them."
    )
    (x, y), (xq, yq) = tasks.inner, tasks.outer
    title = "Each task gives ten points and asks for the wave behind them"
    with picture(title, alt, panels=3, height=2.7, sharey=True) as axes:
        for b, ax in enumerate(axes):
            order = np.argsort(xq[b, :, 0])
            ax.plot(xq[b, order], yq[b, order], color=GREY, linewidth=5, label="query: judged on")
            ax.plot(x[b], y[b], "o", color=BLACK, markersize=5, label="support: given")
            ax.set(title=f"Task {b + 1}", xlabel="x", xlim=(-5, 5))
        axes[0].set_ylabel("y")
        legend_below(axes[0], columns=2)


def errors(random, maml):
    """The mean error after each number of steps, from both starts: two `Evaluation`s."""
    alt = (
        "The mean error on 600 new waves after 0 to 10 steps. From a random start it falls slowly "
        f"from {random.mean[0]:.2f} to {random.mean[10]:.2f}. From MAML's start it is "
        f"{maml.mean[0]:.2f} before any step, {maml.mean[1]:.2f} after one and "
        f"{maml.mean[10]:.2f} after ten."
    )
    steps = np.arange(len(random.mean))
    title = "One step from MAML's start does more than ten from a random one"
    with picture(title, alt, height=3.2) as ax:
        for found, look, name in (random, RANDOM, "a random start"), (maml, MAML, "MAML's start"):
            ax.plot(steps, found.mean, label=f"from {name}", **look)
            low, high = found.mean - found.interval, found.mean + found.interval
            ax.fill_between(steps, low, high, color=look["color"], alpha=0.15, linewidth=0)
        ax.set(xlabel="steps on the support points", ylabel="mean error on 600 new waves")
        ax.set(ylim=(0, 6.2), xticks=range(0, 11, 2))
        mark_guess("00.MAML_start_before_any_step", ax, x=0, color=VERMILION)
        mark_guess("00.random_start_after_ten_steps", ax, x=10, color=BLUE)
        ax.legend(loc="upper right", bbox_to_anchor=(1, 0.62))


def one_wave(loss, tasks, b, random_path, maml_path):
    """The network before and after its steps on task b, from a random start and from MAML's.

    The paths: (11, P), the parameters after each step.
    """
    from ...problems import networks

    alt = (
        "Two panels with the same wave in grey and its ten points. Left, from a random start, the "
        "network after ten steps is still far from the wave. Right, MAML's start is another curve "
        "than the wave; after one step it follows most of it, after ten nearly all of it."
    )
    (x, y), (xq, yq) = tasks.inner, tasks.outer
    grid = np.linspace(-5, 5, 101, dtype=xq.dtype)[:, None]
    order = np.argsort(xq[b, :, 0])
    stages = ((0, BLACK, ":", "before"), (1, VERMILION, "--", "after 1 step"))
    stages += ((10, BLUE, "-", "after 10 steps"),)
    title = "MAML's start is another curve; one step on ten points brings it near the wave"
    with picture(title, alt, panels=2, height=3.4, sharey=True) as axes:
        for ax, path in zip(axes, (random_path, maml_path), strict=True):
            ax.plot(xq[b, order], yq[b, order], color=GREY, linewidth=5, label="the wave")
            for k, colour, dash, name in stages:
                line = networks.predict(loss.unflatten(path[k]), grid)
                ax.plot(grid, line, color=colour, linestyle=dash, label=name)
            ax.plot(x[b], y[b], "o", color=BLACK, markersize=5, label="the ten points")
            ax.set(xlabel="x", xlim=(-5, 5))
        axes[0].set(title="From a random start", ylabel="y")
        axes[1].set_title("From MAML's start")
        legend_below(axes[0], columns=5)


def stepsizes(limit, runs):
    """Descent on a parabola around the stepsize limit(L), and the network's with four stepsizes.

    limit: the reader's function. runs: α -> `Evaluation`.
    """
    alt = (
        "Left, steps on a parabola on a logarithmic axis: straight lines, falling for stepsizes "
        "below the limit, level at it, rising beyond it. Right, the network's mean error for four "
        "stepsizes: 0.005 and 0.01 fall; 0.02 rises for two steps and recovers; 0.05 explodes."
    )
    looks = [(BLUE, "-"), (VERMILION, "--"), (GREEN, "-."), (ORANGE, ":")]
    title = "On a parabola a stepsize works or fails; on a network it can do both"
    with picture(title, alt, panels=2, height=3.5) as (left, right):
        curvature = 4.0
        for share, (colour, dash) in zip((0.2, 0.9, 1.0, 1.1), looks, strict=True):
            factor = abs(1 - share * limit(curvature) * curvature)
            distances = [factor**k for k in range(11)]
            name = "your limit" if share == 1 else f"{share} × limit"
            left.semilogy(range(11), distances, color=colour, linestyle=dash, label=f"α = {name}")
        for (alpha, run), (colour, dash) in zip(runs.items(), looks, strict=True):
            name = f"α = {alpha}"
            right.semilogy(range(11), run.mean, color=colour, linestyle=dash, label=name)
        left.set(title="A parabola", ylabel="|w|, from w = 1", ylim=(1e-4, 1e4))
        right.set(title="The network", ylabel="mean error on 600 new waves")
        mark_guess("00.with_twice_the_stepsize", right, x=10, color=GREEN)
        mark_guess("00.with_five_times_the_stepsize", right, x=10, color=ORANGE)
        for ax in left, right:
            ax.set(xlabel="steps", xticks=range(0, 11, 2))
        left.legend(loc="upper left", ncols=2)
        right.legend(loc="upper left")


def legend_below(ax, columns):
    """One legend below all panels, of what stands in this one."""
    handles, labels = ax.get_legend_handles_labels()
    ax.figure.legend(handles, labels, loc="outside lower center", ncols=columns)


# ---- the map

#: a row of the map: its label, and the titles of its lessons by their numbers
ROWS = (
    (
        "I\nAn engine",
        {
            "00": "MAML in five minutes",
            "01": "A function is a list",
            "02": "Reverse mode",
            "03": "Hessian-vector products by hand",
            "04": "A program of kernels",
            "05": "Compile it",
            "06": "The same loops on a GPU",
        },
    ),
    (
        "II\nMAML",
        {
            "07": "One step",
            "08": "N steps",
            "09": "Sinusoids",
            "10": "Few-shot letters and digits",
            "11": "Algorithm 1: fresh samples",
            "12": "Algorithm 2: fixed sets",
        },
    ),
    (
        "III\nThe proof:\nwhat is\ndeterministic",
        {
            "13": "Assumptions you can compute",
            "14": "How far can a trajectory stray?",
            "15": "Smooth, seen from here",
            "16": "Why 1/N",
            "17": "Two sets, one path",
            "18": "A stepsize from a guess",
            "19": "A theorem, whole",
        },
    ),
    (
        "what noise\nadds",
        {
            "20": "A random walk, not a march",
            "21": "Unbiased samples, biased gradient",
            "22": "Theorem 1, by its difference",
            "23": "The price list",
        },
    ),
    (
        "IV\nBeyond",
        {
            "24": "What may be left out, or learned",
            "25": "Reinforcement learning",
            "26": "Many machines",
        },
    ),
)
BOX_WIDTH, BOX_HEIGHT = 0.94, 0.8
CODE_MARK = dict(marker="o", markersize=5.5, color=BLUE)
PROOF_MARK = dict(marker="s", markersize=5.5, color=VERMILION)
CODE_ROUTE = {f"{n:02}" for n in range(13)}
PROOF_ROUTE = {"00", "07", "08"} | {f"{n:02}" for n in range(13, 24)}


def describe_map(there):
    """The map in words, for those who cannot see it. there: the numbers of today's lessons."""
    titles = [f"{number} {title}" for _, row in ROWS for number, title in row.items()]
    now = [title for title in titles if title[:2] in there]
    later = [title for title in titles if title[:2] not in there]
    return (
        f"A map of the course, a row of boxes for each part. Here now: {'; '.join(now)}. "
        f"Not yet: {'; '.join(later)}. An arrow leads from 03 to 07. Marks show two shorter "
        "routes: only the code, 00 to 12; only the proof, 00, 07, 08 and 13 to 23."
    )


def course(there=None):
    """The map of the course: a row of boxes for each part.

    there: the numbers of the lessons that are there; None: of those that the course has today.
    """
    there = set(material.sources()) if there is None else there
    title = "Two shorter routes lead through the twenty-seven lessons"
    with picture(title, describe_map(there), height=5.3) as ax:
        ax.set(xlim=(0, 8.16), ylim=(height_of(len(ROWS) - 1) - 0.05, BOX_HEIGHT + 0.05))
        ax.axis("off")
        for k, (label, row) in enumerate(ROWS):
            y = height_of(k)
            ax.text(0.02, y + 0.4, label, va="center", fontsize=9.5, linespacing=1.25)
            for column, (number, name) in enumerate(row.items()):
                draw_lesson(ax, 1.18 + column, y, number, name, number in there)
        draw_jump(ax)
        draw_legend(ax)


def height_of(k):
    """Where the boxes of row k begin; below the first row there is room for the jump."""
    return -k if k == 0 else -k - 0.26


def draw_jump(ax):
    """The arrow from 03 to 07, in the room between their rows."""
    start, end, middle = 4.65, 1.65, -0.22
    ax.plot([start, start, end], [0, middle, middle], color=BLACK, linewidth=1.2, linestyle="-")
    arrow = dict(arrowstyle="-|>", color=BLACK, linewidth=1.2, shrinkA=0, shrinkB=0)
    ax.annotate("", (end, height_of(1) + BOX_HEIGHT), (end, middle), arrowprops=arrow)
    words = "after 03 you may jump to 07, and come back"
    ax.text(start + 0.1, middle, words, fontsize=9, style="italic", va="center")


def draw_lesson(ax, x, y, number, name, is_there):
    """A box of the map, with its lower left corner at (x, y): filled if the lesson is there."""
    from matplotlib.patches import Rectangle

    ink = BLACK if is_there else "0.45"
    box = Rectangle((x, y), BOX_WIDTH, BOX_HEIGHT)
    box.set(facecolor="#DCEBF5" if is_there else "white", edgecolor=ink)
    box.set(linewidth=1.1 if is_there else 0.9, linestyle="-" if is_there else (0, (3, 2)))
    ax.add_patch(box)
    ax.text(x + 0.06, y + 0.66, number, fontsize=10.5, weight="bold", color=ink, va="center")
    for k, words in enumerate(textwrap.wrap(name, 14)):
        ax.text(x + 0.06, y + 0.46 - 0.14 * k, words, fontsize=8.2, color=ink, va="baseline")
    if number in CODE_ROUTE:
        ax.plot(x + BOX_WIDTH - 0.24, y + 0.66, **CODE_MARK)
    if number in PROOF_ROUTE:
        ax.plot(x + BOX_WIDTH - 0.1, y + 0.66, **PROOF_MARK)


def draw_legend(ax):
    """What the boxes and the marks mean, beside the map's last row."""
    from matplotlib.lines import Line2D
    from matplotlib.patches import Patch

    entries = [
        Patch(facecolor="#DCEBF5", edgecolor=BLACK, label="here now"),
        Patch(facecolor="white", edgecolor="0.45", linestyle=(0, (3, 2)), label="not yet"),
        Line2D([], [], **CODE_MARK, linestyle="none", label="only the code"),
        Line2D([], [], **PROOF_MARK, linestyle="none", label="only the proof"),
    ]
    place = dict(
        loc="center", bbox_to_anchor=(6.2, height_of(4) + 0.4), bbox_transform=ax.transData
    )
    ax.legend(handles=entries, ncols=2, columnspacing=1.5, **place)
