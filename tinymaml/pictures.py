"""How figures look: one set of colours, dashes and markers for the whole package.

The colours are those of Okabe and Ito, which everyone can tell apart; each has a dash of its own,
so that lines are told apart in print too.

    with picture("The message", panels=2) as (figure, (left, right)):
        left.plot(x, y, **look(0, label="the first line"))
        right.plot(x, z, **look(1, label="the second", marker=MARKERS[1]))

`picture` is for figures that a function returns: nothing of matplotlib's state stays changed, and
no window opens. `new_figure` is the same without axes. A notebook calls `style` once instead, for
what it plots itself (`tinymaml.course.style`).
"""

from contextlib import contextmanager

BLUE = "#0072B2"
VERMILION = "#D55E00"
GREEN = "#009E73"
ORANGE = "#E69F00"
PURPLE = "#CC79A7"
SKY = "#56B4E9"
BLACK = "#000000"
COLOURS = {
    "blue": BLUE,
    "vermilion": VERMILION,
    "green": GREEN,
    "orange": ORANGE,
    "purple": PURPLE,
    "sky": SKY,
    "black": BLACK,
}
PALETTE = tuple(COLOURS.values())  # the k-th colour goes with the k-th dash
DASHES = ("-", "--", "-.", ":", (0, (3, 1, 1, 1)), (0, (5, 1)), "-")
DOTS = (0, (1, 1))  # for a bound, a level, a reference
MARKERS = ("o", "s", "^", "D", "v")

FRAME = {"legend.frameon": False, "axes.spines.top": False, "axes.spines.right": False}
STYLE = FRAME | {  # of a figure that is returned or saved
    "font.size": 11.5,
    "axes.titlesize": 12.5,
    "axes.labelsize": 11.5,
    "legend.fontsize": 11,
    "figure.dpi": 150,
    "figure.constrained_layout.w_pad": 0.1,
    "figure.constrained_layout.h_pad": 0.08,
}
NOTEBOOK = FRAME | {  # of what a notebook plots
    "font.size": 10.5,
    "axes.titlesize": 11.5,
    "axes.titlelocation": "left",
    "axes.grid": True,
    "grid.color": "0.92",
    "lines.linewidth": 2,
    "figure.figsize": (6.4, 3.6),
    "figure.dpi": 80,
    "savefig.dpi": 80,
    "figure.constrained_layout.use": True,
}


def style():
    """Set matplotlib's defaults for what a notebook plots. -> the dict of colours by name."""
    import matplotlib

    matplotlib.rcParams.update(lines())
    return COLOURS


def lines():
    """matplotlib's settings for what a notebook plots, a colour and a dash for each line."""
    from cycler import cycler

    cycle = cycler(color=list(PALETTE)) + cycler(linestyle=list(DASHES))
    return NOTEBOOK | {"axes.prop_cycle": cycle}


def look(k, **changes):
    """How the k-th line of a picture is drawn -> keyword arguments of `plot`."""
    k %= len(PALETTE)
    return dict(color=PALETTE[k], linestyle=DASHES[k], linewidth=2.2) | changes


@contextmanager
def new_figure(title, size, title_size=13.5):
    """-> matplotlib Figure with a title and no axes; the package's style holds inside of `with`."""
    from matplotlib import rc_context
    from matplotlib.figure import Figure

    with rc_context(STYLE):  # not pyplot: no window, no state left behind
        figure = Figure(figsize=size, layout="constrained")
        figure.suptitle(title, fontsize=title_size)
        yield figure
        figure.draw_without_rendering()  # what the style decides at drawing time is decided here
        figure.set_layout_engine("none")  # and where everything stands, once and for all


@contextmanager
def picture(title, panels=1, size=(8.0, 5.0), rows=1, **options):
    """-> figure and its axes (one, or an array of them), in the package's style. options: of
    `subplots`."""
    with new_figure(title, size) as figure:
        yield figure, figure.subplots(rows, panels, **options)
