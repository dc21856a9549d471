"""The graph of results as a picture: which line cites which result (lesson 13).

    python -m tinymaml.theory.graph PATH.svg

writes the picture of .docs/results.md. The 20 results that the paper numbers are boxes, in layers:
each stands above all that it cites. The sharper ones stand apart and name what they cite.
"""

import sys

import numpy as np

from ..pictures import BLACK, BLUE, GREEN, ORANGE, PURPLE, SKY, VERMILION, new_figure
from .citations import assumptions_cited_by, in_words, results_cited_by
from .layout import LAYERS, LESSONS, LETTERS, WORDS
from .results import RESULTS
from .routes import channels

FIRST = min(LESSONS.values())
SHARPER = tuple(name for name in RESULTS if name not in LESSONS)
WIDTH, HEIGHT = 1.14, 0.68  # of a box, inches
TRACK = 0.095  # between two lines that run side by side
COLOURS = (BLUE, VERMILION, GREEN, PURPLE, ORANGE, SKY, "0.35")
PROVED, NEXT, LATER = "#DCEBF5", "#FBE3C4", "white"


def nets():
    """cited result -> those that cite it, of the paper's results."""
    found = {name: [] for name in LESSONS}
    for name in LESSONS:
        for cited in results_cited_by(name):
            found[cited].append(name)
    return {name: citing for name, citing in found.items() if citing}


def heights():
    """Where each layer's boxes begin, from the bottom up, and the runs of each gap above one."""
    bottoms, gaps = [0.0], channels(LAYERS, nets())
    for runs in gaps:
        tracks = sum(not run.straight for run in runs)
        bottoms.append(bottoms[-1] + HEIGHT + TRACK * (tracks + 1) + 0.1)
    return bottoms, gaps


def draw(axes, reader=None, sharper=True, colour_of=None, key=None):
    """Draw the graph into empty axes whose width is 9 inches.

    reader: the number of the lesson that is being read; what the lessons before it prove is blue,
    what it proves is orange (in lesson 13, what 14 proves). None: the 20 are all blue. colour_of:
    cited result -> the colour of its lines; None: neighbours differ. key: handles of a legend, in
    place of those for the colours of the boxes.
    """
    bottoms, gaps = heights()
    if colour_of is None:
        colour_of = dict(zip(nets(), COLOURS * 3, strict=False))
    for name in nets():
        for bottom, runs in zip(bottoms, gaps, strict=False):
            tracks = [run for run in runs if not run.straight]
            for run in runs:
                if run.name == name:
                    k = tracks.index(run) + 1 if run in tracks else 0
                    draw_run(axes, run, bottom + HEIGHT, k, len(tracks), colour_of[name])
    for bottom, layer in zip(bottoms, LAYERS, strict=True):
        for name, middle in layer.items():
            draw_box(axes, name, middle, bottom, fill_of(name, reader))
    lowest = draw_sharper(axes) if sharper else 0
    draw_legend(axes, reader, key)
    axes.set(xlim=(0, 9), ylim=(lowest - 0.04, bottoms[-1] + HEIGHT + 0.04))
    axes.axis("off")


def draw_run(axes, run, bottom, track, tracks, colour):
    """The lines of a net between two layers: the lower one's boxes end at `bottom`."""
    look = dict(color=colour, linewidth=1.5, solid_capstyle="round", linestyle="-", zorder=1)
    top = bottom + TRACK * (tracks + 1) + 0.1
    middle = bottom + 0.05 + TRACK * track
    pieces = [((run.start, run.start), (bottom, middle)), (run.span, (middle, middle))]
    for x in run.ends:
        # what passes a layer goes on behind it, up to the next gap
        pieces.append(((x, x), (middle, top if x in run.taps else top + HEIGHT)))
    xs, ys = [], []
    for x, y in pieces:
        xs += [*x, None]
        ys += [*y, None]
    axes.plot(np.array(xs, float), np.array(ys, float), **look)
    marks = dict(color=colour, linestyle="", zorder=2)
    joints = [x for x in (run.start, *run.ends) if run.span[0] < x < run.span[1]]
    axes.plot(joints, [middle] * len(joints), "o", markersize=4, **marks)
    axes.plot(run.taps, [top - 0.035] * len(run.taps), "^", markersize=4.5, **marks)


def draw_box(axes, name, middle, bottom, fill):
    """A result: its name, what it is about, the letters that its lines cite, its lesson."""
    from matplotlib.patches import Rectangle

    left = middle - WIDTH / 2
    box = Rectangle((left, bottom), WIDTH, HEIGHT, facecolor=fill, edgecolor=BLACK, linewidth=0.9)
    axes.add_patch(box).set_zorder(3)
    small = dict(fontsize=8.3, zorder=4)
    place = left + 0.06, bottom + HEIGHT - 0.05
    axes.text(*place, short(name), weight="bold", fontsize=9, va="top", zorder=4)
    lesson = str(LESSONS[name])
    axes.text(left + WIDTH - 0.05, place[1], lesson, ha="right", va="top", color="0.35", **small)
    axes.text(place[0], bottom + 0.34, WORDS[name], va="center", linespacing=1.05, **small)
    axes.text(left + WIDTH - 0.05, bottom + 0.04, letters(name), ha="right", va="bottom", **small)


def letters(name):
    """The letters that a result's own lines cite, as mathematics."""
    found = [LETTERS[tag] for tag in assumptions_cited_by(name) if tag in LETTERS]
    return "$" + ",\\ ".join(found) + "$" if found else ""


def short(name):
    """A result's name in a box: "Prop. 2″" for "proposition_2_bend"."""
    word, *rest = name.split("_")
    if not rest or not rest[0].isdigit():
        return word.capitalize() + (" step" if rest else "")
    mark = {"sharp": "′", "bend": "″"}.get(rest[-1], "")
    names = {"proposition": "Prop.", "corollary": "Cor."}
    return f"{names.get(word, word.capitalize())} {rest[0]}{mark}"


def fill_of(name, reader):
    """The colour of a box, for a reader of this lesson."""
    if reader is None or LESSONS[name] < reader:
        return PROVED
    return NEXT if LESSONS[name] == max(reader, FIRST) else LATER


def draw_sharper(axes):
    """The results that the paper does not have, in rows below; each names what it cites. -> where
    the lowest row ends"""
    words = "Sharper, and beyond the paper; below the line of each stands what it cites"
    axes.text(0.05, -0.24, words, fontsize=9, style="italic", va="center")
    columns = list(LAYERS[2].values())
    for k, name in enumerate(SHARPER):
        row, column = divmod(k, len(columns))
        bottom = -0.42 - HEIGHT - row * (HEIGHT + 0.1)
        draw_sharper_box(axes, name, columns[column], bottom)
    return bottom


def draw_sharper_box(axes, name, middle, bottom):
    """A sharper result: its name, what it is about, the results that it cites."""
    from matplotlib.patches import Rectangle

    left = middle - WIDTH / 2
    look = dict(facecolor=LATER, edgecolor="0.4", linestyle=(0, (3, 2)), linewidth=0.9)
    axes.add_patch(Rectangle((left, bottom), WIDTH, HEIGHT, **look))
    place = left + 0.06
    axes.text(place, bottom + HEIGHT - 0.05, short(name), weight="bold", fontsize=8.5, va="top")
    axes.text(place, bottom + 0.4, WORDS[name], fontsize=8, va="center")
    cites = [initials(other) for other in results_cited_by(name)] or ["no other"]
    rows = [", ".join(cites[k : k + 4]) for k in range(0, len(cites), 4)]
    axes.plot([place, left + WIDTH - 0.06], [bottom + 0.305] * 2, color="0.7", linewidth=0.7)
    axes.text(place, bottom + 0.16, ",\n".join(rows), fontsize=8, va="center", linespacing=1.05)


def initials(name):
    """A result's name in two or three characters: "P2″"."""
    return short(name)[0] + short(name).split()[-1]


def draw_legend(axes, reader, key=None):
    """What a box has and what its colour means, or this key, between the two theorems."""
    from matplotlib.patches import Patch

    fills = {PROVED: "a result of the paper, proved in code"}
    if reader is not None:
        now = max(reader, FIRST)
        fills = {NEXT: f"what lesson {now} proves", LATER: "to come"}
        if now > FIRST:
            fills = {PROVED: "proved before"} | fills
    entries = key or [Patch(facecolor=f, edgecolor=BLACK, label=t) for f, t in fills.items()]
    note = (
        "top right: the lesson that proves it\n"
        "bottom right: the letters of the\n"
        "assumptions that its own lines cite"
    )
    top = heights()[0][-1] + HEIGHT
    place = dict(bbox_to_anchor=(2.75, top), bbox_transform=axes.transData, borderaxespad=0)
    legend = axes.legend(handles=entries, loc="upper left", fontsize=9, title=note, **place)
    legend.get_title().set(fontsize=9)
    legend._legend_box.align = "left"


def describe():
    """The picture in words, for those who cannot see it."""
    stands = [
        f"{short(name)} cites {', '.join(map(short, results_cited_by(name)))}"
        for name in LESSONS
        if results_cited_by(name)
    ]
    return (
        "The results as boxes in layers; lines lead up from each result to those that cite it. "
        f"{'; '.join(stands)}. The others cite no result."
    )


def results(sharper=True):
    """A matplotlib Figure: which line cites which result, of all of `theory.RESULTS`."""
    bottoms, _ = heights()
    lowest = -0.42 - 2 * HEIGHT - 0.1 if sharper else 0
    size = 9.0, bottoms[-1] + HEIGHT - lowest + 0.6
    with new_figure("Both theorems stand on Lemmas 1 and 2", size) as figure:
        axes = figure.subplots()
        draw(axes, sharper=sharper)
    return figure


def main(path):
    """Write the picture as an SVG that says in words, in its description, what it shows."""
    from matplotlib import rc_context

    with rc_context({"svg.hashsalt": "tinymaml"}):
        results().savefig(path, metadata={"Date": None, "Description": in_words()})


if __name__ == "__main__":
    main(sys.argv[1])
