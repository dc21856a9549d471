"""The roofline: how much work a byte carries, against the speed that comes of it, below what the
machine can do at best."""

import numpy as np

from ..pictures import BLUE, GREEN, ORANGE, PURPLE, VERMILION, new_figure
from .timing import TINYMAML

LOOKS = {
    "mlp": (BLUE, "o"),
    "wide": (VERMILION, "s"),
    "deep": (GREEN, "^"),
    "softmax": (ORANGE, "D"),
    "quadratic": (PURPLE, "v"),
}
WORDS = {
    "mlp": "1-40-40-1 network",
    "wide": "1-256-256-1 network",
    "deep": "five hidden layers of 32",
    "softmax": "softmax regression, 64 to 10",
    "quadratic": "quadratic, dimension 10",
}
WIDTH = 0.1, 10.0  # flops per byte, from left to right


def draw(results, limits, note=""):
    """results: a list of `Result`; a panel for each precision. note: a line below the title. ->
    matplotlib Figure."""
    dtypes = list(dict.fromkeys(r.cell.dtype for r in results))
    heading = title(results, limits) + (f"\n{note}" if note else "")
    size = (6.4 * max(len(dtypes), 1.3), 7)
    with new_figure(heading, size, title_size=14.5) as figure:
        panels = figure.subplots(1, len(dtypes), sharex=True, sharey=True, squeeze=False)[0]
        handles = {}
        for axes, dtype in zip(panels, dtypes, strict=True):
            draw_panel(axes, [r for r in results if r.cell.dtype == dtype], limits, dtype)
            shown, labels = axes.get_legend_handles_labels()
            handles |= dict(zip(labels, shown, strict=True))
        panels[0].set_ylabel("useful GFLOP/s")
        figure.legend(
            handles.values(),
            handles,
            loc="outside lower center",
            ncols=min(2, len(handles)),
            columnspacing=1.6,
            handlelength=2.4,
        )
    return figure


def title(results, limits):
    """The message: the cell that comes nearest to its roof."""

    def speed_and_roof(r):
        return r.gflops(r.of(TINYMAML)), roof(r.intensity(), limits, r.cell.dtype)

    def share(r):
        speed, limit = speed_and_roof(r)
        return speed / limit

    best = max(results, key=share)
    speed, limit = speed_and_roof(best)
    return (
        f"{best.cell.name} in {best.cell.dtype} comes nearest to its roof: "
        f"{number(speed)} of {number(limit)} GFLOP/s, {speed / limit:.0%}"
    )


def number(x):
    return f"{x:,.0f}" if x >= 1000 else f"{x:.3g}"


def roof(intensity, limits, dtype):
    """GFLOP/s that this machine can reach at this intensity, from its cache."""
    return np.minimum(limits.gemm[dtype], limits.cache * intensity)


# ---- a panel


def draw_panel(axes, results, limits, dtype):
    draw_roofs(axes, limits, dtype)
    for kind in dict.fromkeys(r.cell.kind for r in results):
        draw_cells(axes, [r for r in results if r.cell.kind == kind], kind)
    axes.set(
        xscale="log",
        yscale="log",
        xlim=WIDTH,
        xlabel="useful flops per byte that the programs’ lines read or write",
    )
    axes.set_title(f"{dtype}; sizes are tasks × inner steps", loc="left")
    axes.set_ylim(top=1.6 * max(limits.gemm.values()))
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_formatter(lambda value, _: f"{value:g}")
    axes.grid(True, which="major", color="0.9")


def draw_roofs(axes, limits, dtype):
    intensity = np.geomspace(*WIDTH, 400)
    gemm = limits.gemm[dtype]
    axes.plot(
        intensity,
        roof(intensity, limits, dtype),
        color="black",
        linewidth=2,
        label=f"roof: {limits.flat}, cache bandwidth",
    )
    axes.plot(
        intensity,
        np.minimum(gemm, limits.memory * intensity),
        color="0.55",
        linestyle="--",
        linewidth=1.5,
        label="roof with memory bandwidth",
    )
    words = f"{limits.flat}: {gemm:.0f} GFLOP/s"
    axes.text(WIDTH[1] * 0.95, gemm * 1.06, words, ha="right", va="bottom")


def draw_cells(axes, results, kind):
    """A point for each cell of this kind."""
    results = sorted(results, key=lambda r: r.cell.tasks * r.cell.steps)
    smallest = results[0].cell
    label = f"{WORDS[kind]}, {smallest.tasks} × {smallest.steps}"
    if len(results) > 1:
        label += " (lowest) and larger"
    colour, marker = LOOKS[kind]
    axes.plot(
        [r.intensity() for r in results],
        [r.gflops(r.of(TINYMAML)) for r in results],
        marker,
        color=colour,
        markersize=8.5,
        markeredgecolor="white",
        linestyle="none",
        label=label,
        zorder=5,
    )
