"""The figures of lesson 16, Why 1/N."""

import numpy as np

from ...pictures import DOTS, MARKERS, look
from ..guesses import mark_guess
from . import COLOURS, picture

BLACK = COLOURS["black"]


def needle(starts, losses, half_way):
    """The meta-loss of cos w. losses: N -> its values at the starts, α = 0.5; half_way: where the
    one after 10 steps is 0."""
    with picture(
        "Every step makes the needle narrower; none makes it lower",
        "The meta-loss of one task over the start w, after 1, 5 and 10 steps. All curves are 1 at "
        "w = 0. After one step the curve is a broad hill, after five a narrow peak, after ten a "
        "needle less than a tenth wide that stands on a floor at −1. A ring marks where the needle "
        "is half-way down, at 0.031.",
        height=3.2,
    ) as ax:
        for k, (n, values) in enumerate(losses.items()):
            ax.plot(starts, values, **look(k, label=f"N = {n}"))
        ax.axhline(0, color="0.6", linestyle=DOTS, linewidth=1.2)
        ax.text(0.45, 0.05, "half-way down", color="0.35")
        ax.set(xlabel="start w", ylabel=r"meta-loss $\mathcal{L}(w)$, α = 0.5", xlim=(-1.5, 1.5))
        ring = dict(fillstyle="none", markersize=8, color=BLACK, linestyle="", zorder=9)
        ax.plot(half_way, 0, "o", label=f"half-way: {half_way:.3f}", **ring)
        mark_guess("16.half_width_for_10_steps", ax, curve=([-1.5, 1.5], [0, 0]))
        ax.figure.legend(*ax.get_legend_handles_labels(), loc="outside right upper")


def washboard(from_top, from_beside, s):
    """Steps on cos w − s w from the top 0 and from beside it: their points, each (N + 1,)."""
    ahead = 1 if s > 0 else -1
    period = 2 * np.pi * ahead
    last = max(from_top[-1] / period, from_beside[-1] / period)
    ripples = np.linspace(-0.25, last + 0.25, 900)
    with picture(
        "From a top every step lands on a top; 0.05 beside it, nine steps go past half-way down",
        "A cosine over the number of ripples passed: the washboard with its tilt taken out. Dots, "
        "the steps from the top, sit on every top in a row; rings, the steps from beside it, lie "
        "further down the side at each ripple, and on the last two are past half-way down.",
        height=3.0,
    ) as ax:
        ax.plot(ripples, np.cos(ripples * period), color="0.6", linestyle="-")
        for k in range(len(from_top) - 1):
            hop = dict(arrowstyle="->", color="0.35", connectionstyle="arc3,rad=-0.35")
            ends = (from_top[k + 1] / period, 1.04), (from_top[k] / period, 1.04)
            ax.annotate("", *ends, arrowprops=hop)
        ax.plot(from_top / period, np.cos(from_top), "o", color=BLACK, label="from a top")
        rings = dict(fillstyle="none", markersize=9, color=COLOURS["vermilion"], linestyle="")
        at = from_beside / period
        ax.plot(at, np.cos(from_beside), "o", label="from 0.05 beside it", zorder=4, **rings)
        ax.set(ylabel=r"$\cos\, w$, the tilt taken out", ylim=(-1.15, 2.1))
        ax.set_yticks([-1, 0, 1])
        ax.legend(loc="upper center", ncols=2)
        ax.set(xlabel="ripples passed", xticks=range(0, int(last) + 1, 2))


def fixed_and_divided(steps, rules, measured, bowl):
    """a^2N and the measured curvature of the hill top, L = 1. steps (n,); rules: the rule -> α for
    each N; measured: the rule -> |𝓛''|; bowl: that of the bowl with the first rule."""
    fixed, _, divided = rules
    with picture(
        "With a fixed α the bound is exponential in N; with 1/(8N) it stays below $e^{1/4}$",
        "Two panels over the number of steps. Left, a fixed α on a logarithmic axis: the bound "
        "rises as a straight line past a million with the hill top's dots on it; the bowl falls. "
        "Right, α = 1/(8N), on a linear axis from 1.26 to 1.29: the bound, with the dots on it, "
        "rises steeply, then ever more slowly, and stays just below a dotted line at 1.284.",
        panels=2,
    ) as (left, right):
        for ax, rule in ((left, fixed), (right, divided)):
            bound = (1 + rules[rule]) ** (2 * steps)
            ax.plot(steps, bound, **look(0, label="bound $a^{2N}L$"))
            dots = look(1, linestyle="", marker=MARKERS[0], markersize=5.5)
            some = slice(0, None, 5)
            ax.plot(steps[some], measured[rule][some], **dots, label="hill top, measured")
            ax.set(xlabel="inner steps N", xlim=(0, steps[-1] + 1))
            ax.set_ylabel(r"curvature $|\mathcal{L}''|$, L = 1")
        left.plot(steps, bowl, **look(2, label="bowl $w^2/2$"))
        left.set(yscale="log", title="α = 1/8, logarithmic axis")
        left.legend(loc="upper left")
        limit = np.exp(1 / 4)
        right.axhline(limit, color=BLACK, linestyle=DOTS, linewidth=1.6, label="$e^{1/4}$")
        right.set(title="α = 1/(8N), linear axis", ylim=(1.26, 1.29))
        right.legend(loc="lower right")


def circles(ends):
    """Meta-gradients, turned so that ∇l is the arrow (1, 0), N = 3. ends: c -> (·, 2)."""
    angle = np.linspace(0, 2 * np.pi, 181)
    unit = np.array([np.cos(angle), np.sin(angle)])
    tip = np.array([[1.0], [0.0]])
    with picture(
        "No meta-gradient ends outside the black circle, and none inside the dashed one",
        "Two panels with an arrow from (0, 0) to (1, 0), a black circle around its tip, a dashed "
        "one around the origin and a cloud of dots inside the first and outside the second, most "
        "of them near the arrow. Left, c = 0.125: the black circle is far from the origin. Right, "
        "c = 0.367: it passes through the origin. A diamond, the hill, stands at the black "
        "circle's right end, and one for the bowl where the dashed circle crosses the arrow.",
        panels=2,
        height=4.4,
        sharey=True,
    ) as axes:
        for ax, (c, tips) in zip(axes, ends.items(), strict=True):
            radius, shortest = (1 + c / 3) ** 6 - 1, (1 - c / 3) ** 6
            arrow = dict(arrowstyle="->", linewidth=1.4, shrinkA=0, shrinkB=0)
            ax.annotate("", (1, 0), (0, 0), arrowprops=arrow, zorder=6)
            cloud = dict(color=COLOURS["sky"], markersize=3.5, linestyle="", zorder=3)
            ax.plot(*tips.T, "o", **cloud, label=r"$\nabla\mathcal{L}$, 400 random losses")
            edge = dict(color=BLACK, linewidth=1.2, zorder=4)
            ax.plot(*(tip + radius * unit), "-", **edge, label="radius $a^{2N} - 1$")
            label = r"radius $(1 - \alpha L)^{2N}$"
            ax.plot(*(shortest * unit), "--", **edge, label=label)
            ax.text(0.1, 0.06, r"$\nabla l$", fontsize=12)
            diamond = dict(marker="D", linestyle="", markersize=7, markeredgecolor=BLACK)
            places = {"hill $-w^2/2$": 1 + c / 3, "bowl $w^2/2$": 1 - c / 3}
            colours = COLOURS["vermilion"], COLOURS["green"]
            for (name, factor), colour in zip(places.items(), colours, strict=True):
                ax.plot(factor**6, 0, color=colour, label=name, zorder=5, **diamond)
            ax.set(title=f"c = {c:.3f}, black circle: radius {radius:.2f}")
            ax.set(xlabel=r"along $\nabla l$", aspect="equal", xlim=(-0.9, 2.15), ylim=(-1.1, 1.1))
        axes[0].set_ylabel(r"across $\nabla l$")
        handles = axes[0].get_legend_handles_labels()
        axes[0].figure.legend(*handles, loc="outside lower center", ncols=3)


def bound_and_loss(cs, bounds, losses, limit):
    """Theorem 2's bound and the loss after adaptation, over c; N = 5. limit: where C_l is 0."""
    with picture(
        "The bound is lowest at the smallest c; the loss falls to 0 where there is no bound",
        "Two panels over the same c, on a logarithmic axis, grey from c = 0.36. Left: the bound "
        "rises, steeply before the grey, where it ends. Right: the loss after adaptation falls "
        "from 0.46 to 0.25 before the grey and to 0 within; a dotted line in both marks c = 5.",
        panels=2,
    ) as (left, right):
        left.loglog(cs, bounds, **look(0))
        left.set(title="The bound on the gradient", ylim=(0.02, 2))
        left.set_ylabel(r"bound on $E\|\nabla\mathcal{L}\|$")
        right.semilogx(cs, losses, **look(1, linestyle="-"))
        right.set(title="The loss after adaptation", ylim=(-0.02, 0.5))
        right.set_ylabel(r"$\min_w\ \mathcal{L}(w)$")
        right.text(4.4, 0.3, "α = 1/L", ha="right")
        for ax in (left, right):
            ax.axvspan(limit, 20, color="0.93")
            ax.text(0.42, 0.93, "no bound", transform=ax.get_xaxis_transform())
            ax.axvline(5, color=BLACK, linestyle=DOTS, linewidth=1.4)
            ax.set(xlabel="c = αNL", xlim=(1e-3, 7))
