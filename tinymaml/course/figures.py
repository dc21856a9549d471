"""How figures look: Okabe and Ito's colours, which everyone can tell apart, each with a line style of its own for print."""

COLOURS = {"blue": "#0072B2", "vermilion": "#D55E00", "green": "#009E73", "orange": "#E69F00",
           "purple": "#CC79A7", "sky": "#56B4E9", "black": "#000000"}
LINES = ("-", "--", "-.", ":", (0, (3, 1, 1, 1)), (0, (5, 1)), "-")


def style():
    """Set matplotlib's defaults for the lessons' figures. -> the dict of colours by name."""
    import matplotlib
    from cycler import cycler
    matplotlib.rcParams.update({
        "axes.prop_cycle": cycler(color=list(COLOURS.values())) + cycler(linestyle=list(LINES)),
        "figure.figsize": (6.4, 3.6), "figure.dpi": 80, "savefig.dpi": 80, "figure.constrained_layout.use": True,
        "font.size": 10.5, "axes.titlesize": 11.5, "axes.titlelocation": "left", "lines.linewidth": 2, "legend.frameon": False,
        "axes.spines.top": False, "axes.spines.right": False, "axes.grid": True, "grid.color": "0.92"})
    return COLOURS
