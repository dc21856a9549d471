"""The figures of lesson 04."""

import numpy as np

from . import COLOURS, picture

#: what a block became -> colour, letter in the cell, words of the legend
FATES = {
    "given": ("white", "g", "given at the start"),
    "written": (COLOURS["blue"], "•", "written"),
    "unread": (COLOURS["orange"], "u", "unread: dropped"),
    "zero": ("0.82", "0", "zero: never written"),
}
PLANES = ["", "slope", "bar", "dot", "slope_dot", "bar_dot"]


def three_products():
    """The three products of a matmul as one picture: only the roles of the blocks change."""
    # block -> left, bottom, width, height
    blocks = {"x": (0, 0, 2, 3), "z": (2.7, 3.7, 3, 2), "y": (2.7, 0, 3, 3)}
    # letter -> where it stands: between the edges of the two blocks that share it
    letters = {"i": (2.35, 1.5), "j": (4.2, 3.35), "p": (1, 4.7)}
    panels = (
        ("the value: sum over p", "p", {"y": "$y_{ij}$", "x": "$x_{ip}$", "z": "$z_{pj}$"}),
        (
            "back to x: sum over j",
            "j",
            {"x": r"$\bar x_{ip}$", "y": r"$\bar y_{ij}$", "z": "$z_{pj}$"},
        ),
        (
            "back to z: sum over i",
            "i",
            {"z": r"$\bar z_{pj}$", "x": "$x_{ip}$", "y": r"$\bar y_{ij}$"},
        ),
    )
    alt = (
        "Three panels with the same three rectangles: x to the left of y, z above y. x and y share "
        "the letter i, z and y share j, x and z share p. In each panel one block is orange, the "
        "one that is written: y with a sum over p, x with a sum over j, z with a sum over i."
    )
    title = "Three products, one picture: only the roles change"
    with picture(title, alt, panels=3, height=3.0) as axes:
        for ax, (words, summed, texts) in zip(axes, panels, strict=True):
            written = next(iter(texts))
            for name, text in texts.items():
                draw_block(ax, blocks[name], text, written=name == written)
            # the columns of x are the rows of z
            ax.plot([1, 1, 2.6], [3.1, 4.7, 4.7], color="0.6", linewidth=1)
            for letter, (x, y) in letters.items():
                look = dict(color=COLOURS["black"], fontsize=12)
                if letter == summed:
                    look = dict(color=COLOURS["vermilion"], fontsize=15, fontweight="bold")
                ground = dict(facecolor="white", edgecolor="none", pad=2)
                ax.text(x, y, letter, ha="center", va="center", bbox=ground, **look)
            ax.set(xlim=(-0.3, 6), ylim=(-0.3, 6), aspect="equal", title=words)
            ax.axis("off")


def draw_block(ax, place, text, written):
    """A block as a rectangle with its name."""
    from matplotlib.patches import Rectangle

    left, bottom, width, height = place
    colour = COLOURS["vermilion"] if written else COLOURS["sky"]
    ax.add_patch(Rectangle((left, bottom), width, height, facecolor=colour, alpha=0.8))
    middle = left + width / 2, bottom + height / 2
    ax.text(*middle, text, ha="center", va="center", fontsize=17)


def strides():
    """A row of memory walked in four ways: the strides say how."""
    readings = (  # text, note, letters, offset, strides, lengths
        ("z[i,j]", "row by row", "ij", 0, (3, 1), (2, 3)),
        ("z[p,j]", "p inside, as in x @ z", "jp", 0, (1, 3), (3, 2)),
        ("b[0,j]", "broadcast: read again", "ij", 6, (0, 1), (2, 3)),
        ("c[0,0]", "sum: added into", "ij", 9, (0, 0), (2, 3)),
    )
    alt = (
        "The same row of ten places four times, with the order in which two loops visit them. "
        "z[i,j] with strides 3 and 1 visits places 0 to 5 in order; z[p,j], with j outside and p "
        "inside, visits them as 0, 3, 1, 4, 2, 5; b[0,j] with strides 0 and 1 visits three places "
        "twice; c[0,0] with strides 0 and 0 visits one place six times."
    )
    title = "Strides turn one row of memory into four different walks"
    with picture(title, alt, rows=4, height=4.2, sharex=True) as axes:
        for ax, reading in zip(axes, readings, strict=True):
            draw_row(ax, *reading)
        axes[-1].set_xlabel("place in memory")
        axes[-1].set_xticks(np.arange(10) + 0.5, range(10))
        axes[-1].tick_params(length=0)


def draw_row(ax, text, note, letters, offset, steps, lengths):
    """One row of memory and the visits of two loops, the first letter's outside."""
    from matplotlib.patches import Rectangle

    visits = offset + np.array(list(np.ndindex(*lengths))) @ steps
    owners = ["sky"] * 6 + ["orange"] * 3 + ["green"]
    for place, owner in enumerate(owners):
        seen = np.flatnonzero(visits == place)
        look = dict(facecolor=COLOURS[owner], alpha=0.55 if len(seen) else 0.12)
        ax.add_patch(Rectangle((place, 0), 1, 1, **look))
        ax.add_patch(Rectangle((place, 0), 1, 1, fill=False, edgecolor="0.5", linewidth=0.8))
        counts = ", ".join(map(str, seen)) if len(seen) < 3 else f"{seen[0]}–{seen[-1]}"
        ax.text(place + 0.5, 0.5, counts, ha="center", va="center")
    ax.text(-0.4, 0.5, f"{text}\n{note}", ha="right", va="center")
    words = [
        f"{letter}: {length} values, stride {step}"
        for letter, length, step in zip(letters, lengths, steps, strict=True)
    ]
    ax.text(10.3, 0.5, "\n".join(words), va="center")
    ax.set(xlim=(-4.3, 13.8), ylim=(-0.15, 1.15), yticks=[])
    ax.tick_params(length=0)
    ax.grid(False)
    for spine in ax.spines.values():
        spine.set_visible(False)


def passes(counts):
    """How many calls each pass leaves, and the reader's guess.

    counts: dict stage -> how many calls of the gradient, of the hvp.
    """
    from .. import mark_guess

    texts = [f"{stage}: {first} and {second}" for stage, (first, second) in counts.items()]
    alt = (
        f"Three stacked bars, the calls of the gradient and of the hvp. {'; '.join(texts)}. "
        "The guess stands beside the program."
    )
    title = "Zeros shorten only the hvp; unread blocks shorten both"
    with picture(title, alt, height=3.2) as ax:
        for place, lengths in enumerate(counts.values()):
            bottom = 0
            for length, colour, name in zip(
                lengths, ("sky", "orange"), ("gradient", "hvp"), strict=True
            ):
                label = name if place == 0 else None
                ax.bar(place, length, bottom=bottom, width=0.5, color=COLOURS[colour], label=label)
                ax.text(place, bottom + length / 2, length, ha="center", va="center")
                bottom += length
            ax.text(place, bottom + 1.5, bottom, ha="center", fontweight="bold")
        ax.set(ylabel="calls", xlim=(-0.5, 3.5), ylim=(0, 82))
        beside_bars(ax, list(counts))
        mark_guess("04.calls_that_remain", ax, x=2.4)
        ax.legend(loc="upper right")


def beside_bars(ax, names):
    """Name the bars; the guess stands beside the last."""
    ax.set_xticks(range(len(names)), names)
    ax.grid(False, axis="x")
    ax.set_axisbelow(True)


def fates(tape, given, emitted, without_zeros, calls):
    """What became of every block that a call of the emitted programs reads or writes."""
    from matplotlib.patches import Patch, Rectangle

    def written_by(some_calls):
        return {out.block for call in some_calls for out in call.outs}

    read = {operand.block for call in emitted for operand in call.ins}
    stages = {
        "given": given,
        "written": written_by(calls),
        "unread": written_by(without_zeros),
        "zero": written_by(emitted) | read,
    }
    names = []
    for slot, record in enumerate(tape):
        names.append(f"{slot} {tape.names[slot] if record.op == 'input' else record.op}")
    alt = (
        "A grid of blocks, a column for each slot of the network's tape and a row for each plane. "
        "Values, slopes, adjoints and tangents along the network are written. Tangents of data and "
        "constants are zero, their adjoints unread; slots 12, 13 and 15, which follow the error, "
        "have values and tangents that are unread, and bar_dots that are zero. Only the tanh has a "
        "slope and a slope_dot."
    )
    title = "Tangents of data are zero, and so are the bar_dots of slots 12, 13 and 15"
    with picture(title, alt, height=4.0) as ax:
        for row, plane in enumerate(PLANES):
            for slot in range(len(tape)):
                found = [fate for fate, blocks in stages.items() if (slot, plane) in blocks]
                if not found:
                    continue
                colour, letter, _ = FATES[found[0]]
                edge = dict(edgecolor="0.6", linewidth=0.8)
                ax.add_patch(Rectangle((slot, row), 0.94, 0.9, facecolor=colour, **edge))
                ink = "white" if found[0] == "written" else "black"
                ax.text(slot + 0.47, row + 0.45, letter, color=ink, ha="center", va="center")
        ax.set(xlim=(0, len(tape)), ylim=(len(PLANES), -0.1), ylabel="plane", xlabel="slot")
        ax.set_yticks(np.arange(len(PLANES)) + 0.45, ["value", *PLANES[1:]])
        ax.set_xticks(np.arange(len(tape)) + 0.47, names, rotation=45, ha="right")
        ax.tick_params(length=0)
        ax.grid(False)
        patches = [
            Patch(facecolor=colour, edgecolor="0.6", label=f"{letter}  {words}")
            for colour, letter, words in FATES.values()
        ]
        ax.figure.legend(handles=patches, loc="outside lower center", ncols=4)
