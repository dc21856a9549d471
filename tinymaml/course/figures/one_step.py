"""The map of the proof: the inequality of one meta-step, and what fills each of its holes.

Lessons 17 to 23 open with it. A hole is a quantity that the theorem bounds; under it stands the
result that bounds it, and the lesson that proves this result.
"""

from typing import NamedTuple

from ...pictures import BLACK, VERMILION
from ...theory.formula import plain
from . import picture


class Hole(NamedTuple):
    """A quantity of the inequality that has to be bounded, and what bounds it."""

    name: str  # for those who cannot see the map
    fixed: tuple  # (words, lesson) where the sets are fixed: Algorithm 2
    fresh: tuple  # the same where every step draws its own samples: Algorithm 1


#: the inequality from left to right: a text, or (what is written, its hole)
INEQUALITY = (
    r"$\mathbb{E}\,\mathcal{L}(w^+)\;\leq\;\mathcal{L}(w)\;-\;$",
    (
        r"$\mathbb{E}[\beta]$",
        Hole(
            "the mean of the stepsize",
            ("not too small:\nLemma 11 (mean)", 18),
            ("not too small:\nLemma 8 (mean)", 18),
        ),
    ),
    r"$\,\langle\nabla\mathcal{L},\ \nabla\mathcal{L}+$",
    (
        r"$e$",
        Hole(
            "the bias e", ("no bias, e = 0:\nProposition 5", 17), ("the bias:\nProposition 2", 21)
        ),
    ),
    r"$\rangle\;+\;\frac{1}{2}\,$",
    (
        r"$L_w$",
        Hole(
            "the smoothness seen from w",
            ("how smooth $\\mathcal{L}$ is:\nProposition 4", 17),
            ("how smooth $\\mathcal{L}$ is:\nProposition 1", 15),
        ),
    ),
    r"$\;\,$",
    (
        r"$\mathbb{E}[\beta^2]$",
        Hole(
            "the mean square of the stepsize",
            ("not too large:\nLemma 11\n(second moment)", 18),
            ("not too large:\nLemma 8\n(second moment)", 18),
        ),
    ),
    r"$\;\,$",
    (
        r"$\mathbb{E}\|\bar{G}\|^2$",
        Hole(
            "the mean square of the batch's meta-gradient",
            ("not too large:\nProposition 5", 17),
            ("not too large:\nProposition 3", 22),
        ),
    ),
)
#: what is left when the holes are filled
AFTER = {
    "fixed": (
        ("the meta-gradient bounds the gradient: Lemma 10", 17),
        ("from one step to K: Theorem 2", 19),
    ),
    "fresh": (
        ("the meta-gradient bounds the gradient: Lemma 7", 16),
        ("from one step to K: Theorem 1", 22),
    ),
}
SIZE = 17  # of the formula, in points
BOX, GAP = (1.66, 0.94), 0.11  # a box's width and height, and the gap between two: inches
FORMULA_AT, BOXES_AT, AFTER_AT = 2.4, 0.75, 0.26  # heights, in inches


def draw(lesson, sets="fixed", inside=()):
    """Draw the map as it stands for the reader of this lesson, a number.

    sets: "fixed" (Algorithm 2) or "fresh" (Algorithm 1). A box is grey if an earlier lesson has
    proved what stands in it, orange if this one does, white if it is still to come. inside: names
    of holes to come whose proofs rest on what this lesson proves: their frames are orange.
    """
    holes = [part[1] for part in INEQUALITY if not isinstance(part, str)]
    filled = [getattr(hole, sets) for hole in holes]
    marked = [hole.name in inside for hole in holes]
    if sum(marked) != len(inside):
        raise ValueError(f"inside is {inside!r}; the holes are {[hole.name for hole in holes]}")
    title = title_of(lesson, filled + list(AFTER[sets]), len(inside))
    words = describe(lesson, holes, sets)
    if inside:
        words = f"{words} Orange frames: {', '.join(inside)}."
    with picture(title, words, height=3.1) as ax:
        ax.set(xlim=(0, 9), ylim=(0, 2.75))
        ax.axis("off")
        places = write_inequality(ax)
        first = (9 - len(holes) * BOX[0] - (len(holes) - 1) * GAP) / 2
        for number, (place, (words, when), rests) in enumerate(
            zip(places, filled, marked, strict=True)
        ):
            middle = first + number * (BOX[0] + GAP) + BOX[0] / 2
            ax.plot(
                [place, middle],
                [FORMULA_AT - 0.2, BOXES_AT + BOX[1]],
                "-",
                color=VERMILION if rests else edge(when, lesson),
                linewidth=1.2,
            )
            draw_box(ax, middle, words, when, lesson, rests)
        write_what_is_left(ax, AFTER[sets], lesson)


def title_of(lesson, facts, inside=0):
    """The message: how much of the step is proved, and by when. inside: on how many of the facts to
    come this lesson works."""
    done = sum(when < lesson for _, when in facts)
    now = sum(when == lesson for _, when in facts)
    left = len(facts) - done - now
    if done == len(facts):
        return f"All {count(done)} parts of the proof are known"
    if inside:
        return (
            f"Of the proof's {count(len(facts))} parts {count(done)} are known; {count(inside)} of "
            f"the {count(left)} to come rest on this lesson"
        )
    parts = [f"{count(now)} proved here"]
    if now and not left:
        parts = ["the last is proved here" if now == 1 else f"the last {count(now)} proved here"]
    if done:
        parts.insert(0, f"{count(done)} known")
    if left:
        parts.append(f"{count(left)} to come")
    return f"The proof has {count(len(facts))} parts: {', '.join(parts)}"


def count(number):
    """A small number in words."""
    return ("none", "one", "two", "three", "four", "five", "six", "seven")[number]


def describe(lesson, holes, sets):
    """The map in words."""
    parts = []
    for hole in holes:
        words, when = getattr(hole, sets)
        parts.append(f"{hole.name}: {without_dollars(words)}, lesson {when}")
    below = " ".join(f"{without_dollars(words)}, lesson {when}." for words, when in AFTER[sets])
    return (
        "The inequality: the expected loss after a step is at most the loss, minus the mean "
        "stepsize times the inner product of the meta-gradient with itself plus the bias, plus "
        "half the smoothness times the stepsize's mean square times the mean square of the batch's "
        f"meta-gradient. Below it, a box for each of its holes. {'; '.join(parts)}. At the bottom, "
        f"two more. {below}"
    )


def without_dollars(words):
    """The words of a box on one line, its mathematics as plain text."""
    pieces = " ".join(words.replace(r"\|", r"\lVert ").split()).split("$")
    pieces[1::2] = map(plain, pieces[1::2])
    return "".join(pieces)


def write_inequality(ax):
    """Write the formula in the middle of the page, its holes underlined.
    -> the holes' middles, in inches."""
    from matplotlib.textpath import TextPath

    texts = [part if isinstance(part, str) else part[0] for part in INEQUALITY]
    ends = []
    for text in texts:
        # a sign behind the text keeps the space at its end
        framed = TextPath((0, 0), text.rstrip("$") + "|$", size=SIZE).get_extents().x1
        bare = TextPath((0, 0), "$|$", size=SIZE).get_extents().x1
        ends.append((framed - bare) / 72)
    at = (9 - sum(ends)) / 2
    middles = []
    for part, text, width in zip(INEQUALITY, texts, ends, strict=True):
        hole = not isinstance(part, str)
        ax.text(at, FORMULA_AT, text, fontsize=SIZE, va="baseline", fontweight="bold")
        if hole:
            middles.append(at + width / 2)
            ax.plot([at, at + width], [FORMULA_AT - 0.14] * 2, "-", color=BLACK, linewidth=1.6)
        at += width
    return middles


def edge(when, lesson):
    """The colour of a line or a frame that belongs to a fact of lesson `when`."""
    return VERMILION if when == lesson else "0.45"


def face(when, lesson):
    """The colour inside a box."""
    if when == lesson:
        return "#F8DCC4"
    return "0.86" if when < lesson else "white"


def draw_box(ax, middle, words, when, lesson, rests=False):
    """A box with a fact's words and its lesson. rests: does its proof rest on this lesson?"""
    from matplotlib.patches import FancyBboxPatch

    ax.add_patch(
        FancyBboxPatch(
            (middle - BOX[0] / 2, BOXES_AT),
            *BOX,
            boxstyle="round,pad=0,rounding_size=0.06",
            facecolor=face(when, lesson),
            edgecolor=VERMILION if rests else edge(when, lesson),
            linestyle="--" if when > lesson else "-",
            linewidth=2 if when == lesson or rests else 1.1,
        )
    )
    ax.text(
        middle,
        BOXES_AT + BOX[1] / 2,
        f"{words}\n{in_words(when, lesson)}",
        ha="center",
        va="center",
        fontsize=10,
        linespacing=1.25,
        fontweight="bold" if when == lesson else "normal",
    )


def in_words(when, lesson):
    """Where a fact is proved, as seen from a lesson."""
    return "this lesson" if when == lesson else f"lesson {when}"


def write_what_is_left(ax, facts, lesson):
    """Write below the boxes what remains when the holes are filled."""
    for (words, when), at in zip(facts, (2.55, 7.1), strict=True):
        ax.text(
            at,
            AFTER_AT,
            f"{words} ({in_words(when, lesson)})",
            ha="center",
            va="center",
            fontsize=10,
            fontweight="bold" if when == lesson else "normal",
            bbox=dict(
                boxstyle="round,pad=0.35",
                facecolor=face(when, lesson),
                edgecolor=edge(when, lesson),
                linestyle="--" if when > lesson else "-",
            ),
        )
