"""The figures of lesson 03."""

import numpy as np

from . import COLOURS, picture

ARROWS = (0, 12, 24, 36, 48)  # which of the tips get an arrow


def turning_gradient(loss, data, w, v, tips, velocity):
    """Gradients along w + t v, t from 0 to 1: on the way, and from one origin.

    loss: a Loss of two weights. tips: (61, 2), the gradients. velocity: of the tip at t = 0.
    """
    alt = (
        "Left: the contours of a loss of two weights a and b, a straight walk, and the gradient as "
        "an arrow at five places of it; the arrows turn and point to the higher contours. Right: "
        "the same five arrows from one "
        "point. Their tips lie on a bent curve; a green arrow at the first tip points along it."
    )
    paint = [COLOURS["vermilion"]] + [COLOURS["blue"]] * 4
    a, b = np.linspace(0.1, 1.5, 40), np.linspace(0.2, 1.2, 40)
    height = [[loss.value(np.array([i, j]), *data) for i in a] for j in b]
    shares = np.array(ARROWS)[:, None] / 60
    feet = (w + shares * v).T
    arrows = tips[list(ARROWS)].T
    title = "The gradient turns along the walk, and its tip sets off with velocity Hv"
    with picture(title, alt, panels=2, height=3.7) as (left, right):
        arrow = dict(angles="xy", scale_units="xy", width=0.009)
        lines = left.contour(a, b, height, 6, colors="0.75", linewidths=1)
        left.clabel(lines, fontsize=8, colors="0.4")
        left.plot(
            *np.array([w, w + v]).T, "--", color=COLOURS["black"], linewidth=1, label="w + t v"
        )
        left.quiver(*feet, *arrows, color=paint, scale=2, **arrow)
        left.plot([], [], "-", color=paint[0], linewidth=3, label="gradient at w")
        left.plot([], [], "-", color=paint[1], linewidth=3, label="gradient, later")
        left.set(title="along the walk (arrows × 1/2)", xlabel="weight a", ylabel="weight b")
        left.legend(loc="upper right")
        right.plot(*tips.T, "-", color=COLOURS["sky"], linewidth=1.5, label="where the tips go")
        right.quiver(np.zeros(5), np.zeros(5), *arrows, color=paint, scale=1, **arrow)
        green = COLOURS["green"]
        right.quiver(*tips[0], *(velocity * 0.3), color=green, scale=1, zorder=5, **arrow)
        right.plot([], [], color=green, linewidth=3, linestyle="-", label="Hv (× 0.3)")
        right.set(title="from one origin", xlabel="∂l/∂a", ylabel="∂l/∂b")
        right.set(xlim=(-0.62, 0.12), ylim=(-0.58, 0.28))
        right.legend(loc="upper left")


def four_sweeps(slots, four):
    """The value, bar, dot and bar_dot of each slot as a table, with each sweep's direction."""
    alt = (
        "A table with a row for each slot, "
        + ", ".join(slots)
        + ", and columns value, bar, dot, bar_dot. Beside the columns of values and dots an arrow "
        "points down, beside those of bars and bar_dots one points up. Zeros are grey. In the "
        "column of dots only a and the product are not zero; in that of bar_dots only b and "
        "tanh(b)."
    )
    columns = ("value", "bar", "dot", "bar_dot")
    colours = ("black", "blue", "vermilion", "green")
    title = "tanh(b) stands still, and yet how much the loss cares about it changes"
    with picture(title, alt, height=2.5) as ax:
        last = len(slots) - 1
        for row, slot in enumerate(slots):
            ax.text(-0.7, row, slot, va="center", ha="left", family="monospace")
            for column, colour in enumerate(colours):
                number = four[row, column]
                ink = COLOURS[colour] if number else "0.7"
                weight = "bold" if number and column > 1 else "normal"
                place = dict(va="center", ha="right", color=ink, fontweight=weight)
                ax.text(column + 0.55, row, f"{number:.4f}", **place)
        for column, (word, colour) in enumerate(zip(columns, colours, strict=True)):
            ax.text(column + 0.55, -1, word, va="center", ha="right", family="monospace")
            start, end = (-0.3, last + 0.3) if column % 2 == 0 else (last + 0.3, -0.3)
            arrow = dict(arrowstyle="-|>", color=COLOURS[colour], linewidth=1.5)
            ax.annotate("", (column + 0.7, end), (column + 0.7, start), arrowprops=arrow)
        ax.set(xlim=(-0.75, 3.8), ylim=(last + 0.6, -1.5))
        ax.axis("off")


def two_checks(asymmetries, errors):
    """What symmetry and the imaginary step say of each engine, with 0 at its left end.

    asymmetries, errors: name of an engine -> relative error.
    """
    engines = list(errors)
    alt = (
        "Four rows: "
        + ", ".join(engines)
        + ". In each, two marks on a logarithmic axis that begins with 0: the asymmetry, a circle, "
        "and the error by the imaginary step, a square. In the first row both lie in a grey band "
        "on the left, rounding. The squares of the other three lie between 0.1 and 1; of their "
        "circles only that of half of matmul is outside the band."
    )
    title = "Symmetry finds one fault of three, the imaginary step all three"
    with picture(title, alt, height=2.7) as ax:
        rows = range(len(engines))
        look = dict(linestyle="none", markersize=9)
        for numbers, colour, mark, label in (
            (asymmetries, "blue", "o", "symmetry"),
            (errors, "vermilion", "s", "imaginary step"),
        ):
            clipped = np.maximum(list(numbers.values()), 1e-18)
            ax.semilogx(clipped, rows, mark, color=COLOURS[colour], label=label, **look)
        ax.axvspan(3e-19, 1e-14, color="0.92", zorder=0, label="rounding, below $10^{-14}$")
        ax.set_yticks(rows, engines)
        places = [1e-18, 1e-15, 1e-12, 1e-9, 1e-6, 1e-3, 1]
        ax.set_xticks(places, ["0"] + [f"$10^{{{k}}}$" for k in range(-15, 1, 3)])
        ax.minorticks_off()
        ax.set(ylim=(len(engines) - 0.5, -0.5), xlim=(3e-19, 10))
        ax.set_xlabel("relative error or asymmetry")
        ax.set_ylabel("second term forgotten")
        ax.legend(loc="center left", bbox_to_anchor=(1, 0.5))


def price(counts, gradient_times, hvp_times):
    """Seconds for a gradient, an HVP and, computed from both, a Hessian, at each count of weights.

    A Hessian runs value and reverse once, as a gradient does, and the other two sweeps P times.
    """
    alt = (
        "Time in milliseconds over the number of weights P, both logarithmic. The lines of the "
        "gradient and of the HVP run side by side, nearly flat and then rising. The line of the "
        "Hessian, computed from the two, climbs away from them."
    )
    counts, gradient, hvp = map(np.array, (counts, gradient_times, hvp_times))
    hessian = gradient + counts * (hvp - gradient)
    lines = {"Hessian (computed, not run)": hessian, "HVP": hvp, "gradient": gradient}
    ratio, most = hvp[-1] / gradient[-1], hessian[-1] / gradient[-1]
    leading = 10 ** np.floor(np.log10(most))
    title = (
        f"At {counts[-1]:,} weights an HVP takes {ratio:.1f} gradients, "
        f"a Hessian more than {most // leading * leading:,.0f}"
    )
    with picture(title, alt, height=3.5) as ax:
        for (name, times), mark in zip(lines.items(), "^so", strict=True):
            ax.loglog(counts, 1e3 * times, marker=mark, label=name)
        ax.set(xlabel="number of weights P", ylabel="time (ms)")
        ax.legend(loc="upper left")
