"""The figures of lesson 06, and of its appendix."""

from ..guesses import mark_guess
from . import COLOURS, picture


def two_ways_to_share(elements, lanes):
    """Elements among lanes, dealt out and in slices; three rounds."""
    from matplotlib.patches import Patch, Rectangle

    title = "Dealt out like cards, the elements of one round lie side by side"
    alt = (
        "Two rows of 24 cells, each with the number of the lane that takes it, coloured by round. "
        "Dealt out, lanes 0 to 7 take cells 0 to 7 in the first round, 8 to 15 in the second, 16 "
        "to 23 in the third. In slices, lane 0 takes cells 0, 1, 2, and each colour is every "
        "third cell."
    )
    faces = [COLOURS["sky"], COLOURS["orange"], "0.85"]
    rounds = elements // lanes
    ways = {
        "dealt out: range(lane(), 24, lanes())": [(i % lanes, i // lanes) for i in range(elements)],
        "cut into slices": [(i // rounds, i % rounds) for i in range(elements)],
    }
    with picture(title, alt, rows=2, height=3.0, sharex=True) as panels:
        for ax, (name, way) in zip(panels, ways.items(), strict=True):
            for element, (who, moment) in enumerate(way):
                cell = Rectangle((element - 0.5, 0), 1, 1, facecolor=faces[moment])
                cell.set_edgecolor("white")
                ax.add_patch(cell)
                ax.text(element, 0.5, who, ha="center", va="center")
            ax.set(title=name, xlim=(-0.5, 23.5), ylim=(0, 1), yticks=[], xticks=range(0, 24, 4))
            ax.grid(False)
        panels[0].tick_params(bottom=False)
        panels[1].set_xlabel("number of the element; in each cell, the lane that takes it")
        handles = [Patch(color=face) for face in faces]
        words = ["first round", "second round", "third round"]
        panels[0].figure.legend(handles, words, ncols=3, loc="outside lower right")


def a_thousand_orders(errors, exact):
    """errors: of one sum's values in 1,000 orders, in millionths of the exact sum."""
    import numpy as np

    values, counts = np.unique(errors, return_counts=True)
    title = f"A thousand orders give {len(values)} different sums"
    alt = (
        "A bar for each of the sums of the same numbers, as high as the number of orders that give "
        "it, at its error: a bell from -5 to 4 millionths of the sum, highest a little above zero."
    )
    with picture(title, alt, height=3.2) as ax:
        ax.set_axisbelow(True)
        ax.bar(values, counts, width=0.6 * np.diff(values).min(), color=COLOURS["blue"])
        label = f"error, in millionths of {abs(exact):.1f}, the exact sum's size"
        ax.set(xlabel=label, ylabel="number of orders")


def third_instruction(places):
    """places: name of a walk -> the places in an 8 x 8 matrix that eight lanes touch together."""
    from matplotlib.lines import Line2D
    from matplotlib.patches import Patch, Rectangle

    title = "Along rows, eight lanes ask for eight sectors at once; down columns, for one"
    alt = (
        "Two grids of eight sectors of eight numbers. Along rows, the eight lanes read number 2 "
        "of each of the eight sectors, and ask for all eight. Down columns, they read the eight "
        "numbers of sector 2, and ask for that one alone."
    )
    with picture(title, alt, panels=2, height=4.0, sharey=True) as panels:
        for ax, (name, touched) in zip(panels, places.items(), strict=True):
            asked = {place // 8 for place in touched}
            for sector in range(8):
                bar = Rectangle((-0.5, sector - 0.4), 8, 0.8, edgecolor="0.6")
                bar.set_facecolor(COLOURS["orange"] if sector in asked else "0.95")
                ax.add_patch(bar)
            across = [place % 8 for place in touched]
            down = [place // 8 for place in touched]
            ax.plot(across, down, "o", color=COLOURS["blue"], markersize=13)
            for who, (column, sector) in enumerate(zip(across, down, strict=True)):
                ax.text(column, sector, who, color="white", ha="center", va="center_baseline")
            count = f"{len(asked)} sector{'s' * (len(asked) > 1)}"
            ax.set(title=f"third instruction, {name}: {count}", xlim=(-0.7, 7.7), ylim=(7.6, -0.6))
            ax.set(xlabel="place in the sector", xticks=range(8), yticks=range(8))
            ax.grid(False)
        panels[0].set_ylabel("sector")
        mark = Line2D([], [], color=COLOURS["blue"], marker="o", linestyle="", markersize=11)
        handles = [mark, Patch(facecolor=COLOURS["orange"], edgecolor="0.6")]
        words = ["read now, by the lane of this number", "sector asked for"]
        panels[0].figure.legend(handles, words, ncols=2, loc="outside lower center")


def core_against_warp(speed, traffic):
    """speed: name -> GFLOP/s of one core; traffic: name -> sectors of o, x and z that a warp
    touches in a pass."""
    title = "The order that loses on a core asks for the least in a warp"
    alt = (
        "Bars. On one core, measured, row_each and row_shared are equally fast and column_each is "
        "slower. In a warp, counted, row_each touches 66 sectors a pass, row_shared 13 and "
        "column_each about 5."
    )
    with picture(title, alt, panels=2, height=3.4) as panels:
        totals = {name: sum(sectors) for name, sectors in traffic.items()}
        sides = (
            (panels[0], speed, "one core, measured", "GFLOP/s (more is better)", "%.1f"),
            (panels[1], totals, "a warp, counted", "sectors a pass (less is better)", "%.4g"),
        )
        colours = [COLOURS[colour] for colour in ("vermilion", "blue", "sky")]
        for ax, values, name, label, digits in sides:
            bars = ax.bar(list(values), list(values.values()), width=0.6, color=colours)
            ax.bar_label(bars, fmt=digits, padding=3)
            ax.set(title=f"{name}, n = 32", ylabel=label, ylim=(0, 1.15 * max(values.values())))
            ax.grid(axis="x", visible=False)
            ax.set_axisbelow(True)
        mark_guess("06.sectors_of_row_shared", panels[1], x=list(totals).index("row_shared"))
        if panels[1].get_legend_handles_labels()[1]:
            panels[1].legend(loc="upper right")


def samples_and_ridges(widths, curves, ridges):
    """curves: number of samples -> flops per byte at these widths; ridges: device -> its ridge."""
    title = "Ten samples stay below every ridge, however wide the layer"
    alt = (
        "Flops per byte against the width of a layer, on logarithmic axes, with the ridges of an "
        "H100, a T4 and an RTX 4090 as horizontal lines at 20, 25 and 82. The curve of ten samples "
        "flattens near 4, below all three; that of a hundred crosses the lower two and flattens "
        "near 43."
    )
    looks = zip(("black", "purple", "green"), ("-", "-.", "--"), strict=True)
    with picture(title, alt, height=3.8) as ax:
        for (name, ridge), (colour, line) in zip(ridges.items(), looks, strict=True):
            ax.axhline(ridge, linestyle=line, color=COLOURS[colour])
            is_lowest = ridge == min(ridges.values())
            place = dict(xytext=(0, -13 if is_lowest else 5), textcoords="offset points")
            words = f"ridge of the {name}: {ridge:.0f}"
            ax.annotate(words, (widths[0], ridge), color=COLOURS[colour], **place)
        colours = (COLOURS["vermilion"], COLOURS["blue"])
        for (samples, found), colour in zip(curves.items(), colours, strict=True):
            ax.plot(widths, found, "o-", color=colour, linewidth=2)
            end = (widths[-1], found[-1])
            words = f"{samples} samples: {found[-1]:.1f}"
            place = dict(xytext=(-4, 6), textcoords="offset points", ha="right", color=colour)
            ax.annotate(words, end, **place)
        ax.set(xscale="log", yscale="log", xlim=(8, 130_000), ylim=(1, 150))
        ax.set(xlabel="width of the layer", ylabel="flops per byte")
        ax.set(xticks=(10, 100, 1000, 10_000, 100_000))
        ax.set(xticklabels=("10", "100", "1,000", "10,000", "100,000"))
        ax.set(yticks=(1, 10, 100), yticklabels=("1", "10", "100"))
        ax.minorticks_off()


def lanes_that_find_room(registers, room, marked):
    """room: lanes on a multiprocessor where each takes these registers; marked: registers ->
    words."""
    title = "The more registers a lane takes, the fewer lanes find room, in steps"
    alt = (
        "A falling staircase: with up to 32 registers a lane, 2,048 lanes find room on a "
        "multiprocessor; with 60 or 64, 1,024; with 128, 512."
    )
    with picture(title, alt, height=3.4) as ax:
        label = "blocks of 256 lanes"
        ax.step(registers, room, where="mid", color=COLOURS["blue"], label=label)
        for count, (words, place) in marked.items():
            height = room[list(registers).index(count)]
            ax.plot(count, height, "o", color=COLOURS["vermilion"])
            ax.annotate(words, (count, height), place, textcoords="offset points")
        ax.set(xlabel="registers of a lane", ylabel="lanes on a multiprocessor", ylim=(0, 2400))
        ax.legend(loc="upper right")
