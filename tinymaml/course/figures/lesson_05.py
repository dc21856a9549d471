"""The figures of lesson 05."""

import numpy as np

from . import COLOURS, picture


def leap_and_walk(leaps, walks):
    """Where in z each read falls, in two orders of the loops."""
    with picture(
        "The same 96 numbers of z: one order of the loops leaps, the other walks",
        "Two panels, place in z against number of the read. Left: steep saw teeth, each read "
        "twelve places beyond the one before. Right: one straight line.",
        panels=2,
        sharey=True,
    ) as (left, right):
        panels = (
            (left, leaps, "p innermost (contract_ijp): leaps of 12", "vermilion"),
            (right, walks, "another order: steps of 1", "blue"),
        )
        for axes, places, title, colour in panels:
            axes.plot(places, ".-", linewidth=0.8, markersize=5, color=COLOURS[colour])
            axes.set(title=title, xlabel="number of the read")
        left.set(ylabel="place in z", yticks=range(0, 97, 12))


def five_speeds(speeds):
    """speeds: a kernel, then "order, index" of four others -> GFLOP/s."""
    with picture(
        "Order and index gain far more together than either alone",
        "Five horizontal bars, the speed of contract_ijp, then of p innermost and of j innermost, "
        "each with signed and with unsigned indices. The first one is the shortest; the last one, "
        "j innermost and unsigned, is several times as long as each of the others.",
        height=3.1,
    ) as axes:
        values = list(speeds.values())
        # spaces, so that the longest name keeps off the edge
        names = [f"  {name}" for name in speeds]
        bars = axes.barh(names, values, color=["0.7"] * (len(values) - 1) + [COLOURS["blue"]])
        axes.bar_label(bars, fmt="%.1f", padding=4)
        axes.invert_yaxis()
        axes.set_axisbelow(True)
        axes.set(xlabel="GFLOP/s, 10 x 40 x 40, one core", xlim=(0, 1.2 * max(values)))
        axes.grid(axis="y", visible=False)


def roof(limits, intensities, speeds):
    """The roof of this core, and kernels under it.

    intensities: kernel -> flops per byte; speeds: shape -> {kernel: GFLOP/s}.
    """
    names = ", ".join(intensities)
    title = "The roof bounds both loops, and ijp lies far below it"
    if "2 x 2" in intensities:
        title = "From walk to 2 x 2 the roof doubles, the speed does not"
    with picture(
        title,
        "Speed against flops per byte, both on logarithmic axes. The roof rises and then is flat. "
        f"Under it lie, from left to right: {names}.",
        height=4.4,
    ) as axes:
        grid = np.geomspace(0.04, 0.7, 200)
        roof = np.minimum(limits.peak, grid * limits.cache)
        axes.plot(grid, roof, color=COLOURS["black"], label="roof")
        ridge = limits.peak / limits.cache
        beside = dict(textcoords="offset points", ha="center", va="bottom")
        axes.plot(ridge, limits.peak, ".", markersize=12, color=COLOURS["black"])
        axes.annotate(f"ridge, {ridge:.2f}", (ridge, limits.peak), (0, 7), **beside)
        axes.annotate(f"peak, {limits.peak:.0f} GFLOP/s", (0.45, limits.peak), (0, 5), **beside)
        axes.annotate("I · bandwidth", (0.05, 0.05 * limits.cache), (0, 12), **beside)
        looks = (("o", "blue"), ("s", "vermilion"))
        for (shape, reached), (marker, colour) in zip(speeds.items(), looks, strict=False):
            axes.plot(
                [intensities[name] for name in reached],
                list(reached.values()),
                marker=marker,
                linestyle=":",
                linewidth=1,
                markersize=8,
                fillstyle="none",
                markeredgewidth=2,
                color=COLOURS[colour],
                label="{} x {} x {}".format(*shape),
            )
        first = next(iter(speeds.values()))
        for name, speed in first.items():
            place = (intensities[name], speed)
            white = dict(facecolor="white", edgecolor="none", pad=1)
            axes.annotate(name, place, (9, -22), textcoords="offset points", bbox=white)
        axes.set(
            xscale="log",
            yscale="log",
            xlabel="flops per byte of the innermost loop",
            ylabel="GFLOP/s, one core",
            ylim=(0.3, 2.5 * limits.peak),
            xlim=(0.04, 0.7),
            xticks=(0.05, 0.1, 0.2, 0.5),
            xticklabels=("0.05", "0.1", "0.2", "0.5"),
            yticks=(1, 10, 100),
            yticklabels=("1", "10", "100"),
        )
        axes.minorticks_off()
        axes.legend(loc="lower right")


def one_row(row, line):
    """One row of a table, with what its 21 numbers say. line: the program's line, as text."""
    groups = (
        ("loop", 1, "0.85"),
        ("flag", 1, "0.85"),
        ("extent\ni, j, p", 3, COLOURS["orange"]),
        ("output o\nplace, strides", 4, COLOURS["vermilion"]),
        ("first input, x\nplace, strides", 4, COLOURS["blue"]),
        ("second input, z\nplace, strides", 4, COLOURS["green"]),
        ("unused", 4, "0.85"),
    )
    from matplotlib.patches import Rectangle

    with picture(
        "A line of the program is a row of 21 integers",
        f"A strip of 21 cells, in groups of one colour: loop, flag, three extents, and place and "
        f"three strides of four operands. It stands for {line}.",
        height=1.9,
    ) as axes:
        at = 0
        for label, length, colour in groups:
            shape = dict(facecolor=colour, alpha=0.35, edgecolor="none")
            axes.add_patch(Rectangle((at, 0.4), length, 0.4, **shape))
            outline = dict(fill=False, edgecolor="0.3", linewidth=1)
            axes.add_patch(Rectangle((at, 0.4), length, 0.4, **outline))
            for column in range(at, at + length):
                axes.text(column + 0.5, 0.6, str(row[column]), ha="center", va="center")
            axes.text(at + length / 2, 0.33, label, ha="center", va="top", fontsize=9)
            at += length
        axes.text(0, 0.9, line, va="bottom")
        axes.set(xlim=(-0.1, 21.1), ylim=(0, 1.1))
        axes.axis("off")


def tiles(rows, terms, measured, roofs):
    """GFLOP/s for each number of rows and of terms: measured, and the roof above. (rows, terms)"""
    with picture(
        "More rows and more terms pay until the registers are full",
        "Two grids of numbers, rows of o downwards and terms of the sum to the right. Left, "
        "measured: lowest at one row and one term. Right, the roof: it grows to the peak and then "
        "stays there.",
        panels=2,
        height=3.8,
    ) as panels:
        peak = np.max(roofs)
        for axes, speeds, title in zip(
            panels, (measured, roofs), ("measured", "the roof"), strict=True
        ):
            axes.imshow(speeds, vmin=0, vmax=1.6 * peak, cmap="Blues", aspect="auto")
            for (row, column), speed in np.ndenumerate(speeds):
                axes.text(column, row, f"{speed:.0f}", ha="center", va="center")
            axes.set(
                title=f"{title}, GFLOP/s",
                xlabel="terms of the sum at once",
                ylabel="rows of o at once",
                xticks=range(len(terms)),
                xticklabels=terms,
                yticks=range(len(rows)),
                yticklabels=rows,
            )
            axes.grid(visible=False)
