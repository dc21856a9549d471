"""The figures of lesson 05."""

import numpy as np

from . import COLOURS, picture


def leap_and_walk(leaps, walks):
    """Where in z each read falls: with p innermost, with j innermost."""
    with picture(
        "The same 96 numbers of z: one order of the loops leaps, the other walks",
        "Two panels, place in z against number of the read. Left, p innermost: steep saw teeth, "
        "each read twelve places beyond the last. Right, j innermost: one straight line.",
        panels=2,
        sharey=True,
    ) as (left, right):
        panels = (
            (left, leaps, "p innermost", "vermilion"),
            (right, walks, "j innermost", "blue"),
        )
        for axes, places, title, colour in panels:
            axes.plot(places, ".-", linewidth=0.8, markersize=5, color=COLOURS[colour])
            axes.set(title=title, xlabel="number of the read")
        left.set(ylabel="place in z", yticks=range(0, 97, 12))


def four_speeds(speeds):
    """speeds: (order, index) -> GFLOP/s."""
    with picture(
        "Neither the order nor the index helps much alone; together they do",
        "Four horizontal bars, the speed of p innermost and of j innermost, each with signed and "
        "with unsigned indices. The last one, j innermost and unsigned, is several times as long "
        "as each of the others.",
        height=2.8,
    ) as axes:
        names = [f"{order}, {index}" for order, index in speeds]
        values = list(speeds.values())
        bars = axes.barh(names, values, color=["0.7", "0.7", "0.7", COLOURS["blue"]])
        axes.bar_label(bars, fmt="%.1f", padding=4)
        axes.invert_yaxis()
        axes.set(xlabel="GFLOP/s, 10 x 40 x 40, one core", xlim=(0, 1.12 * max(values)))
        axes.grid(axis="y", visible=False)


def roof(limits, intensities, speeds, title):
    """The roof of this core, and kernels under it.

    intensities: kernel -> flops per byte; speeds: shape -> {kernel: GFLOP/s}
    """
    names = ", ".join(intensities)
    with picture(
        title,
        "Speed against flops per byte, both on logarithmic axes. The roof rises and then is flat; "
        f"a lower, dashed roof is that of main memory. Under it lie, from left to right: {names}.",
        height=4.4,
    ) as axes:
        grid = np.geomspace(0.04, 0.7, 200)
        roofs = (
            ("roof: peak, nearest cache", limits.cache, "-", COLOURS["black"]),
            ("roof from main memory", limits.main, "--", "0.5"),
        )
        for label, bandwidth, dash, colour in roofs:
            axes.plot(
                grid, np.minimum(limits.peak, grid * bandwidth), dash, color=colour, label=label
            )
        looks = (("o", "blue"), ("s", "orange"))
        for (shape, reached), (marker, colour) in zip(speeds.items(), looks, strict=False):
            axes.plot(
                [intensities[name] for name in reached],
                list(reached.values()),
                marker=marker,
                linestyle=":",
                linewidth=1,
                markersize=8,
                color=COLOURS[colour],
                label="{} x {} x {}".format(*shape),
            )
        first = next(iter(speeds.values()))
        for name, speed in first.items():
            axes.annotate(name, (intensities[name], speed), (9, -13), textcoords="offset points")
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
        ("output\nplace, strides", 4, COLOURS["vermilion"]),
        ("first input\nplace, strides", 4, COLOURS["blue"]),
        ("second input\nplace, strides", 4, COLOURS["green"]),
        ("unused", 4, "0.85"),
    )
    with picture(
        "A line of the program is a row of 21 integers",
        f"A strip of 21 cells, in groups of one colour: loop, flag, three extents, and place and "
        f"three strides of four operands. It stands for {line}.",
        height=1.9,
    ) as axes:
        at = 0
        for label, length, colour in groups:
            for column in range(at, at + length):
                axes.axvspan(column, column + 1, 0.35, 0.75, color=colour, alpha=0.35, linewidth=0)
                axes.text(column + 0.5, 0.55, str(row[column]), ha="center", va="center")
            axes.text(at + length / 2, 0.3, label, ha="center", va="top", fontsize=9)
            axes.plot(
                [at, at, at + length, at + length], [0.35, 0.75, 0.75, 0.35], color="0.4", lw=1
            )
            at += length
        axes.text(0, 0.85, line, va="bottom")
        axes.set(xlim=(-0.1, 21.1), ylim=(0, 1.05))
        axes.axis("off")
