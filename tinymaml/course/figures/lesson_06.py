"""The figures of lesson 06, and of its appendix."""

from . import COLOURS, picture

CACHE = 256_000  # bytes, of an H100's multiprocessor


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
        panels[1].set_xlabel("number of the element; in each cell, the lane that takes it")
        handles = [Patch(color=face) for face in faces]
        words = ["first round", "second round", "third round"]
        panels[0].figure.legend(handles, words, ncols=3, loc="outside lower right")


def a_thousand_orders(errors):
    """errors: of one sum's values in 1,000 orders, in millionths of the sum."""
    import numpy as np

    values, counts = np.unique(errors, return_counts=True)
    title = f"A thousand orders give {len(values)} different sums"
    alt = (
        "A bar for each of the sums of the same numbers, as high as the number of orders that give "
        "it, at its error: a bell near zero, some millionths of the sum wide."
    )
    with picture(title, alt, height=3.2) as ax:
        ax.set_axisbelow(True)
        ax.bar(values, counts, width=0.6 * np.diff(values).min(), color=COLOURS["blue"])
        ax.set(xlabel="error, in millionths of the exact sum", ylabel="number of orders")


def third_instruction(places):
    """places: name of a walk -> the places in an 8 x 8 matrix that eight lanes touch together."""
    from matplotlib.lines import Line2D
    from matplotlib.patches import Patch, Rectangle

    title = "Lanes that walk touch eight sectors at once, lanes that leap touch one"
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
            ax.plot(across, down, "o", color=COLOURS["blue"], markersize=9)
            count = f"{len(asked)} sector{'s' * (len(asked) > 1)}"
            ax.set(title=f"{name}: {count}", xlim=(-0.7, 7.7), ylim=(7.6, -0.6))
            ax.set(xlabel="number in the sector", xticks=range(8), yticks=range(8))
            ax.grid(False)
        panels[0].set_ylabel("sector")
        mark = Line2D([], [], color=COLOURS["blue"], marker="o", linestyle="", markersize=9)
        handles = [mark, Patch(facecolor=COLOURS["orange"], edgecolor="0.6")]
        words = ["read by a lane now", "asked for"]
        panels[0].figure.legend(handles, words, ncols=2, loc="outside lower center")


def core_against_warp(speed, traffic):
    """speed: name -> GFLOP/s of one core; traffic: name -> sectors of a warp in a round."""
    title = "The loops that win on a core touch 13 times as many sectors on a warp"
    alt = (
        "Bars. On one core, measured, row_each is faster than column_each. In a warp, counted, "
        "row_each touches about 66 sectors a round and column_each about 5."
    )
    with picture(title, alt, panels=2, height=2.9) as panels:
        words = "sectors in a round (less is better)"
        sides = (
            (panels[0], speed, "one core, n = 64, measured", "GFLOP/s (more is better)", "%.1f"),
            (panels[1], traffic, "a warp, n = 32, counted", words, "%.0f"),
        )
        for ax, values, name, label, digits in sides:
            names = list(values)[::-1]
            colours = [COLOURS["blue"], COLOURS["vermilion"]]
            bars = ax.barh(names, [values[name] for name in names], color=colours)
            ax.bar_label(bars, fmt=digits, padding=3)
            ax.set(title=name, xlabel=label, xlim=(0, 1.2 * max(values.values())))
            ax.grid(axis="y", visible=False)
            ax.set_axisbelow(True)
        panels[1].set_yticklabels([])


def roofs(devices, layers):
    """devices: name -> TFLOP/s and TB/s, the first one's roof carries the marks; layers:
    (samples, width) -> flops per byte. A mark is hollow where the layer fits in a cache."""
    import numpy as np

    title = "With ten samples, no width reaches the ridge"
    alt = (
        "Three roofs on logarithmic axes, of an H100, an RTX 4090 and a T4, with ridges at 20, 82 "
        "and 25 flops per byte. Four marks on the H100's: ten samples, 40 or 10,000 wide, and 100 "
        "samples, 40 wide, lie on the slope; 100 samples, 10,000 wide, on the flat part. The two "
        "layers that are 40 wide have hollow marks."
    )
    looks = zip(("black", "green", "purple"), ("-", "--", "-."), strict=True)
    grid = np.geomspace(0.5, 300, 400)
    with picture(title, alt, height=4.2) as ax:
        for (name, (peak, bandwidth)), (colour, line) in zip(devices.items(), looks, strict=True):
            roof = np.minimum(peak, grid * bandwidth)
            label = f"{name}, ridge at {peak / bandwidth:.0f}"
            ax.plot(grid, roof, linestyle=line, color=COLOURS[colour], label=label)
        peak, bandwidth = next(iter(devices.values()))
        for ((samples, width), found), marker in zip(layers.items(), "os^D", strict=True):
            height = min(peak, found * bandwidth)
            label = f"{samples} samples, {width:,} wide"
            look = dict(color=COLOURS["vermilion"], markersize=8)
            if 4 * 4 * (2 * samples * width + width**2) < CACHE:
                label += " (in a cache: no bound)"
                look["markerfacecolor"] = "white"
            ax.plot(found, height, marker, label=label, **look)
        ax.set(xscale="log", yscale="log", ylim=(0.3, 150), xlim=(0.5, 300))
        ax.set(xlabel="flops per byte from memory", ylabel="TFLOP/s at most")
        ax.set(xticks=(1, 10, 100), xticklabels=("1", "10", "100"))
        ax.set(yticks=(1, 10, 100), yticklabels=("1", "10", "100"))
        ax.minorticks_off()
        ax.legend(loc="lower right")


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
