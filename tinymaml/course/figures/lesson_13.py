"""The figures of lesson 13."""

import numpy as np

from . import COLOURS, picture

SLOPES = {
    r"$\log\,\cosh\,w$": np.tanh,
    "$w^4/4$": lambda w: w**3,
    r"$\frac{2}{3}|w|^{3/2}$": lambda w: np.sign(w) * np.sqrt(np.abs(w)),
    r"$\max(0,w)$": lambda w: np.heaviside(w, np.nan),  # a gap at the jump
}


def capped_root(w):
    return -1 + np.minimum(np.sqrt(np.abs(w)), 2)


CURVATURES = {
    "$l''=-\\cos\\,w$\n$L=1$, $\\rho=1$": lambda w: -np.cos(w),
    "$l''=-1+\\min(\\sqrt{|w|},2)$\n$L=1$, no $\\rho$": capped_root,
    "$l''=w$\nno $L$, $\\rho=1$": lambda w: w,
}


def draw_cone(ax, line, curve, tip, strip=np.inf):
    """The graph of `curve`, and the cone of slopes ±1 with its tip on it. What leaves the cone, or
    the strip from −strip to strip, is marked."""
    values, middle = curve(line), curve(tip)
    outside_cone = np.abs(values - middle) > np.abs(line - tip) + 1e-12
    outside_strip = np.abs(values) > strip
    parts = {"outside the cone": (outside_cone, "vermilion")}
    if np.isfinite(strip):
        parts["outside the strip"] = outside_strip, "purple"
    corners = np.array([line[0], tip, line[-1]])
    reach = np.abs(corners - tip)
    look = dict(color="0.88", label="cone of slopes ±1")
    ax.fill_between(corners, middle - reach, middle + reach, **look)
    for side in (-1, 1):
        ax.plot(corners, middle + side * reach, "-", color="0.55", linewidth=1)
    ax.plot(line, values, "-", color=COLOURS["blue"], label="graph, inside")
    for words, (outside, colour) in parts.items():
        drawn = np.where(outside, values, np.nan)
        ax.plot(line, drawn, "-", color=COLOURS[colour], linewidth=3.5, label=words)
    ax.plot(tip, middle, "o", color=COLOURS["black"], markersize=6, label="tip")


def legend_below(axes, ax, ncols):
    handles = ax.get_legend_handles_labels()
    axes[0].figure.legend(*handles, loc="outside lower center", ncols=ncols)


def gradients():
    """Four gradients, and a cone on each."""
    line = np.arange(-100, 101) / 50
    tips = 0.4, 0.4, 0.0, -0.4
    with picture(
        "Of these four convex losses only log cosh has an L",
        "Four panels with the gradient of a convex loss and a cone of slopes ±1 on it. That of log "
        "cosh stays inside. The cube leaves the cone far from the tip; the root leaves it at the "
        "tip, where it is vertical; that of max(0, w) jumps from 0 to 1 and out of the cone.",
        panels=4,
        sharey=True,
    ) as axes:
        for ax, tip, (name, curve) in zip(axes, tips, SLOPES.items(), strict=True):
            draw_cone(ax, line, curve, tip)
            ax.set(title=name, xlabel="w", ylim=(-2.2, 2.2), yticks=(-2, -1, 0, 1, 2))
        axes[0].set_ylabel("gradient")
        legend_below(axes, axes[1], ncols=4)


def curvatures():
    """Three second derivatives, each with the strip that L allows and the cone that ρ allows."""
    line = np.linspace(-2, 2, 201)
    with picture(
        "A loss can have an L and no ρ, or a ρ and no L",
        "Three panels with the curvature of a loss, the strip from −1 to 1 and a cone of slopes ±1 "
        "at 0. −cos w stays in both. −1 + min(√|w|, 2) stays in the strip and leaves the cone at "
        "once. A straight line of slope 1 stays on the cone's edge and leaves the strip.",
        panels=3,
        sharey=True,
    ) as axes:
        for ax, (name, curve) in zip(axes, CURVATURES.items(), strict=True):
            draw_cone(ax, line, curve, 0.0, strip=1)
            ax.axhspan(-1, 1, color=COLOURS["sky"], alpha=0.25, zorder=1.5, label="strip of L = 1")
            for height in (-1, 1):
                ax.axhline(height, color="0.3", linestyle=":", linewidth=1.3)
            ax.set(title=name, xlabel="w", ylim=(-2.2, 2.2), yticks=(-2, -1, 0, 1, 2))
        axes[0].set_ylabel(r"curvature $l''$")
        legend_below(axes, axes[2], ncols=3)


def clouds(families, places, far, radii, sigmas):
    """The tasks' gradients around their mean, at two places, and how their spread grows.

    families: name -> list of losses, two of them; places (2, 2); far: distances, radii: name ->
    the spread at them; sigmas: name -> its certificate, if there is one.
    """
    from tinymaml.course import mark_guess

    with picture(
        "With different Hessians the quadratics' cloud grows without end",
        "Two clouds of points, the gradients of 40 tasks around their mean, at 0 and at (60, 0). "
        "The cosine sums' two clouds, enlarged in an inset, cover each other, about 2 across; with "
        "different Hessians the cloud at (60, 0) is stretched to ±9 in that direction. On the "
        "right, the radius over the distance: near 0.6 for cosine sums, below their certificate of "
        "1.2, and level at 1.4 for quadratics with one Hessian; with different Hessians it leaves "
        "1.4 near a distance of 10 and grows in proportion to the distance from 50 on, to 87 at "
        "1000, where a dot marks it.",
        panels=3,
        height=3.5,
        width_ratios=(1, 1, 1.15),
    ) as axes:
        colours = "blue", "vermilion", "green"
        for ax, (name, losses), colour in zip(axes, families.items(), colours, strict=True):
            if name == "one Hessian":
                break
            inset = ax.inset_axes([0.5, 0.67, 0.48, 0.32]) if name == "cosine sums" else None
            for area in filter(None, (ax, inset)):
                draw_clouds(area, losses, places, colour)
            ax.set(title=name, xlim=(-12, 12), ylim=(-12, 12), box_aspect=1)
            ax.set(xlabel=r"first coordinate of $\nabla l_i-\nabla l$")
            if inset:
                inset.set(xlim=(-2, 2), ylim=(-2, 2), xticks=(-1, 1), yticks=(-1, 1))
                inset.tick_params(labelsize=9.5)
                inset.grid(False)
                inset.spines[:].set(visible=True, color="0.3")
                ax.indicate_inset_zoom(inset, edgecolor="0.3", alpha=1)
            corner = "lower left" if inset else "upper left"
            ax.legend(loc=corner, handletextpad=0)
        axes[0].set_ylabel("second coordinate")
        looks = zip(radii.items(), colours, ("-", "--", "-."), strict=True)
        for (name, radius), colour, dash in looks:
            axes[2].plot(far, radius, dash, color=COLOURS[colour], label=name)
        level = dict(color=COLOURS["black"], linestyle=":", label="σ of the cosine sums")
        axes[2].axhline(sigmas["cosine sums"], **level)
        axes[2].set(
            title="the cloud's radius", xlabel="distance from 0, along $w_1$", box_aspect=0.87
        )
        axes[2].set_ylabel("radius (root mean square)")
        axes[2].set(xscale="log", yscale="log", ylim=(0.4, 1000), xlim=(far[0], 2 * far[-1]))
        end = far[-1], radii["different Hessians"][-1]
        look = dict(color=COLOURS["vermilion"], markersize=7)
        axes[2].plot(*end, "o", label=f"{end[1]:.0f} at {end[0]:.0f}", **look)
        mark_guess("13.radius_at_1000", axes[2], x=far[-1])
        axes[2].legend(loc="upper left")


def draw_clouds(ax, losses, places, colour):
    """The gradients of these tasks around their mean, a mark for each, at each of the places."""
    for w, shade, mark in zip(places, ("black", colour), "o^", strict=True):
        cloud = np.array([loss.gradient(w) for loss in losses])
        label = f"at ({w[0]:.0f}, {w[1]:.0f})"
        look = dict(color=COLOURS[shade], markersize=3.5, linestyle="", rasterized=True)
        ax.plot(*(cloud - cloud.mean(0)).T, mark, label=label, **look)


def results(framed, tinted):
    """The graph of results.

    framed, tinted: the names of the results that are to have a thick frame; those to be grey. The
    lines from both carry the letter up, and are coloured.
    """
    from matplotlib.lines import Line2D
    from matplotlib.patches import Patch, Rectangle

    from tinymaml.theory import graph, layout

    doors = " and ".join(graph.short(name) for name in framed)
    title = f"ρ enters the proof through two doors, {doors}"
    grey = ", ".join(graph.short(name) for name in tinted)
    alt = f"Thick frames: {doors}. Grey: {grey}. {graph.describe()}"
    carried = {*framed, *tinted}
    colour_of = {name: COLOURS["vermilion"] if name in carried else "0.6" for name in graph.nets()}
    edge = dict(edgecolor=COLOURS["black"])
    key = [
        Patch(
            facecolor="white", linewidth=3, label=f"its own lines cite ρ ({len(framed)})", **edge
        ),
        Patch(facecolor="0.88", label=f"rests on such a result ({len(tinted)})", **edge),
        Line2D([], [], color=COLOURS["vermilion"], linestyle="-", label="carries ρ upwards"),
        Line2D([], [], color="0.6", linestyle="-", label="does not"),
    ]
    with picture(title, alt, height=6.6) as ax:
        graph.draw(ax, sharper=False, colour_of=colour_of, key=key)
        look = dict(fill=False, edgecolor=COLOURS["black"], linewidth=3.5, zorder=5)
        # between a box and its words
        tint = dict(edgecolor=COLOURS["black"], linewidth=0.9, zorder=3.5)
        for bottom, layer in zip(graph.heights()[0], layout.LAYERS, strict=True):
            for name, middle in layer.items():
                box = (middle - graph.WIDTH / 2, bottom), graph.WIDTH, graph.HEIGHT
                fill = "0.88" if name in tinted else "white"
                ax.add_patch(Rectangle(*box, facecolor=fill, **tint))
                if name in framed:
                    ax.add_patch(Rectangle(*box, **look))
