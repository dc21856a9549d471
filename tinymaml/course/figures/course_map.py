"""The map of the course, a row of boxes for each part, which lesson 00 draws with `course()`.

A lesson that is there has a filled box. When one is added, lesson 00 is built anew.
"""

import textwrap

from ...pictures import BLACK, BLUE, VERMILION
from .. import material
from . import picture

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
        "III a\nThe proof,\nwithout noise",
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
        "III b\nThe proof,\nwith noise",
        {
            "20": "A random walk, not a march",
            "21": "Unbiased samples, biased gradient",
            "22": "What noise adds",
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
    title = "Take the whole way, or one of two shorter routes"
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

    ink = BLACK if is_there else "0.3"
    box = Rectangle((x, y), BOX_WIDTH, BOX_HEIGHT)
    box.set(facecolor="#DCEBF5" if is_there else "white", edgecolor=ink)
    box.set(linewidth=1.1 if is_there else 0.9, linestyle="-" if is_there else (0, (3, 2)))
    ax.add_patch(box)
    ax.text(x + 0.06, y + 0.66, number, fontsize=10.5, weight="bold", color=ink, va="center")
    for k, words in enumerate(textwrap.wrap(name, 14)):
        ax.text(x + 0.06, y + 0.47 - 0.13 * k, words, fontsize=8.2, color=ink, va="baseline")
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
        Patch(facecolor="white", edgecolor="0.3", linestyle=(0, (3, 2)), label="not yet"),
        Line2D([], [], **CODE_MARK, linestyle="none", label="only the code"),
        Line2D([], [], **PROOF_MARK, linestyle="none", label="only the proof"),
    ]
    place = dict(
        loc="center", bbox_to_anchor=(6.2, height_of(4) + 0.4), bbox_transform=ax.transData
    )
    ax.legend(handles=entries, ncols=2, columnspacing=1.5, **place)
