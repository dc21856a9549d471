"""The roofline: how much work a byte carries, against the speed that comes of it, below what the
machine can do at best."""

import numpy as np

from ..experiments.figure import BLUE, GREEN, ORANGE, VERMILION
from ..pictures import STYLE
from .timing import TINYMAML

LOOKS = {
    "mlp": (BLUE, "o"),
    "wide": (VERMILION, "s"),
    "deep": (GREEN, "^"),
    "softmax": (ORANGE, "D"),
    "quadratic": ("#CC79A7", "v"),
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
    from matplotlib import rc_context
    from matplotlib.figure import Figure

    dtypes = list(dict.fromkeys(r.cell.dtype for r in results))
    with rc_context(STYLE):  # not pyplot: no window, no state left behind
        figure = Figure(figsize=(6.4 * max(len(dtypes), 1.3), 7), layout="constrained")
        figure.suptitle(title(results, limits) + (f"\n{note}" if note else ""), fontsize=14.5)
        panels = figure.subplots(1, len(dtypes), sharex=True, sharey=True, squeeze=False)[0]
        for axes, dtype in zip(panels, dtypes):
            panel(axes, [r for r in results if r.cell.dtype == dtype], limits, dtype)
            axes.set_title(f"{dtype}; sizes are tasks × inner steps", loc="left")
        handles = {
            label: h for axes in panels for h, label in zip(*axes.get_legend_handles_labels())
        }
        figure.legend(
            handles.values(),
            handles,
            loc="outside lower center",
            ncols=min(2, len(handles)),
            columnspacing=1.6,
            handlelength=2.4,
        )
        panels[0].set_ylabel("useful GFLOP/s")
        figure.draw_without_rendering()  # what the style decides at drawing time is decided here
        return figure


def roof(intensity, limits, dtype):
    """GFLOP/s that this machine can reach at this intensity, from its cache."""
    return np.minimum(limits.gemm[dtype], limits.cache * intensity)


def title(results, limits):
    """The message: the cell that comes nearest to its roof."""

    def reached(r):
        return r.gflops(r.of(TINYMAML)), roof(r.intensity(), limits, r.cell.dtype)

    best = max(results, key=lambda r: reached(r)[0] / reached(r)[1])
    speed, limit = reached(best)
    number = lambda x: f"{x:,.0f}" if x >= 1000 else f"{x:.3g}"  # noqa: E731
    return f"{best.cell.name} in {best.cell.dtype} comes nearest to its roof: {number(speed)} of {number(limit)} GFLOP/s, {speed / limit:.0%}"


def panel(axes, results, limits, dtype):
    x, gemm = np.geomspace(*WIDTH, 400), limits.gemm[dtype]
    axes.plot(
        x,
        roof(x, limits, dtype),
        color="black",
        linewidth=2,
        label=f"roof: {limits.flat}, cache bandwidth",
    )
    axes.plot(
        x,
        np.minimum(gemm, limits.memory * x),
        color="0.55",
        linestyle="--",
        linewidth=1.5,
        label="roof with memory bandwidth",
    )
    axes.text(
        WIDTH[1] * 0.95, gemm * 1.06, f"{limits.flat}: {gemm:.0f} GFLOP/s", ha="right", va="bottom"
    )
    for kind in dict.fromkeys(r.cell.kind for r in results):
        colour, marker = LOOKS[kind]
        points = sorted(
            (r for r in results if r.cell.kind == kind), key=lambda r: r.cell.tasks * r.cell.steps
        )
        heights, at = zip(*((r.gflops(r.of(TINYMAML)), r.intensity()) for r in points))
        words = f"{WORDS[kind]}, {points[0].cell.tasks} × {points[0].cell.steps}" + (
            " (lowest) and larger" if len(points) > 1 else ""
        )
        axes.plot(
            at,
            heights,
            marker,
            color=colour,
            markersize=8.5,
            markeredgecolor="white",
            linestyle="none",
            label=words,
            zorder=5,
        )
    axes.set(
        xscale="log",
        yscale="log",
        xlim=WIDTH,
        xlabel="useful flops per byte that the programs’ lines read or write",
    )
    axes.set_ylim(top=1.6 * max(limits.gemm.values()))
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_formatter(lambda value, _: f"{value:g}")
    axes.grid(True, which="major", color="0.9")
