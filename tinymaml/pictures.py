"""How figures look: Okabe and Ito's colours, which everyone can tell apart, each with a line style
of its own for print."""

from contextlib import contextmanager

COLOURS = {
    "blue": "#0072B2",
    "vermilion": "#D55E00",
    "green": "#009E73",
    "orange": "#E69F00",
    "purple": "#CC79A7",
    "sky": "#56B4E9",
    "black": "#000000",
}
LINES = ("-", "--", "-.", ":", (0, (3, 1, 1, 1)), (0, (5, 1)), "-")


def style():
    """Set matplotlib's defaults for the lessons' figures. -> the dict of colours by name."""
    import matplotlib
    from cycler import cycler

    matplotlib.rcParams.update(
        {
            "axes.prop_cycle": cycler(color=list(COLOURS.values())) + cycler(linestyle=list(LINES)),
            "figure.figsize": (6.4, 3.6),
            "figure.dpi": 80,
            "savefig.dpi": 80,
            "figure.constrained_layout.use": True,
            "font.size": 10.5,
            "axes.titlesize": 11.5,
            "axes.titlelocation": "left",
            "lines.linewidth": 2,
            "legend.frameon": False,
            "axes.spines.top": False,
            "axes.spines.right": False,
            "axes.grid": True,
            "grid.color": "0.92",
        }
    )
    return COLOURS


OKABE_ITO = (
    "#0072B2",
    "#D55E00",
    "#009E73",
    "#E69F00",
    "#CC79A7",
)  # told apart by everyone; the dashes tell them apart in print too
STYLE = {
    "font.size": 11.5,
    "axes.titlesize": 12.5,
    "axes.labelsize": 11.5,
    "legend.fontsize": 11,
    "legend.frameon": False,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "figure.dpi": 150,
    "figure.constrained_layout.w_pad": 0.1,
    "figure.constrained_layout.h_pad": 0.08,
}
DASHES = ("-", "--", "-.", ":", (0, (5, 1, 1, 1, 1, 1)))


def look(k, **changes):
    """How the k-th line of a picture is drawn."""
    return dict(color=OKABE_ITO[k % 5], linestyle=DASHES[k % 5], linewidth=2.2) | changes


@contextmanager
def picture(title, panels=1, size=(8.0, 5.0), rows=1, **options):
    """-> figure and its axes (one, or an array of them), in the style of the package's figures.
    options: of `subplots`."""
    from matplotlib import rc_context
    from matplotlib.figure import Figure

    with rc_context(STYLE):  # not pyplot: no window, no state left behind
        figure = Figure(figsize=size, layout="constrained")
        figure.suptitle(title, fontsize=13.5)
        yield figure, figure.subplots(rows, panels, **options)
        figure.draw_without_rendering()  # what the style decides at drawing time is decided here
