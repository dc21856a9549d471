"""Figures of the proof: where a chain gives its slack away, what α = c/N is for, and what it does
to the meta-objective (lessons 14 to 16)."""

import textwrap

import numpy as np

from ..engine.errors.arguments import check_count, check_positive, numbers
from ..pictures import BLUE, VERMILION, look, picture
from ..problems.cosine_wells import CosineWells
from .losses import CosineSum, Quadratic
from .paths import Path
from .table import heaviest, lines, loss, percent, shares, tight, title

PALE = "#8FBCD9"  # the same blue, for what is not the message
DECADES = 10.0  # last number over first from which the axis is logarithmic


# ---- (a) where the slack goes


def waterfall(chain):
    """-> matplotlib Figure: the chain from its first number down to its last, a bar for what each
    line gives away.

    The axis is logarithmic where the numbers span a factor of ten (a bar's length is then a
    factor). False lines go back, in vermilion.
    """
    from matplotlib.ticker import FuncFormatter, LogLocator, MaxNLocator, NullFormatter

    values = np.array([line.value for line in chain.lines])
    log = bool((values > 0).all() and values.max() > DECADES * values.min())
    false, positions = chain.violations, np.arange(len(values))
    before = np.append(values[0], values[:-1])
    colours = [
        VERMILION if r in false else BLUE if r in heaviest(chain)[0] else PALE for r in positions
    ]
    with picture(message(chain), size=(11.0, 1.9 + 0.42 * len(values))) as (figure, axes):
        low, high = values.min(), values.max()
        if log:
            axes.set_xscale("log")
            room = (high / low) ** 0.2
            axes.set_xlim(low / room**0.3, high * room)
            few = (1.0,) if high > 1e3 * low else (1.0, 2.0, 5.0)
            axes.xaxis.set_major_locator(LogLocator(subs=few, numticks=8))
            axes.xaxis.set_major_formatter(FuncFormatter(lambda x, place: f"{x:g}"))
            axes.xaxis.set_minor_formatter(NullFormatter())
        else:
            room = 0.17 * ((high - low) or abs(high) or 1.0)
            axes.set_xlim(low - 0.3 * room, high + room)
            axes.xaxis.set_major_locator(MaxNLocator(6))
        axes.barh(positions, values - before, left=before, color=colours, height=0.62)
        axes.plot(values, positions, "|", color="black", markersize=13, markeredgewidth=1.6)
        for r in positions[1:]:
            axes.plot([before[r]] * 2, [r - 1, r], color="0.6", linewidth=0.8, zorder=0)
        for r, (line, share) in enumerate(zip(chain.lines, shares(chain))):
            number = f"{line.value:.3g}" if r in (0, len(values) - 1) else ""
            words = (
                "false"
                if r in false
                else f"{number} ({percent(share)})"
                if number and percent(share)
                else number or percent(share)
            )
            axes.annotate(
                words,
                (max(line.value, before[r]), r),
                xytext=(7, 0),
                textcoords="offset points",
                va="center",
                fontsize=10.5,
                fontweight="bold" if r in false else "normal",
            )
        axes.set_yticks(
            positions,
            [f"{shortened(line.reason)}   {r}" for r, line in enumerate(chain.lines)],
            fontsize=10.5,
        )
        axes.set_ylim(len(values) - 0.4, -0.6)
        axes.set_xlabel(
            f"value of the line{', on a logarithmic axis' if log else ''}\n(in percent: its share of the slack, last − first)"
        )
        axes.spines["left"].set_visible(False)
        axes.tick_params(axis="y", length=0)
        axes.grid(True, axis="x", color="0.9")
        axes.set_axisbelow(True)
    return figure


def message(chain):
    """The figure's title: what it shows of this chain, and the reason of the lines in question."""
    if false := chain.violations:
        return f"{title(chain)}: {lines(false)[:1].lower() + lines(false)[1:]} {'is' if len(false) == 1 else 'are'} false on this instance"
    if tight(chain):
        return f"{title(chain)}: no line gives anything away on this instance"
    return f"{loss(chain)} of the slack of {title(chain)}:\n{shortened(chain.lines[heaviest(chain)[0][0]].reason, 90)}"


def shortened(words, length=58):
    """A reason up to its first ";", no longer than a label may be. The figures' font has no 𝓛, its
    formulas have one."""
    return textwrap.shorten(words.split(";")[0], length, placeholder=" …").replace(
        "𝓛", r"$\mathcal{L}$"
    )


def rounded(x):
    """Two digits, written out."""
    return f"{float(f'{x:.2g}'):,.4g}" if x < 1000 else f"{float(f'{x:.2g}'):,.0f}"


# ---- (b) the bound and the truth


def curvatures(alpha, steps):
    """Second derivatives of the meta-objective, L = 1 -> those of 1 − cos at its maximum, and of
    the parabola w²/2: two floats.

    At w with ∇l(w) = 0 the path stands still, and 𝓛''(w) = P(w) l''(w) P(w).
    """
    hill = Path(*2 * [CosineSum([[1.0]], [-1.0], [0.0])], np.array([np.pi]), alpha, steps)
    bowl = Path(*2 * [Quadratic([[1.0]], [0.0])], np.array([0.0]), alpha, steps)
    return tuple(
        float((path.product @ path.outer.hessian(path.end) @ path.product)[0, 0])
        for path in (hill, bowl)
    )


def bound_against_truth(alpha=0.125, c=0.125, steps=None):
    """-> matplotlib Figure: a^2N L, Proposition 1's bound where ∇l = 0, beside the curvature at a
    cosine's maximum, which attains it, and a parabola's; with α = alpha for every N, and with α =
    c/N. L = 1. steps: the N, None: 1 to 60."""
    alpha, c = check_positive("alpha", alpha), check_positive("c", c)
    N = np.arange(1, 61) if steps is None else np.array([check_count("steps", n, 1) for n in steps])
    last = int(N[-1])
    truth = abs(curvatures(alpha, last)[0])
    heading = (
        f"The curvature really is exponential in N: {rounded(truth)} after {last} steps of size {alpha:g},\n"
        f"but only {rounded(abs(curvatures(c / last, last)[0]))} after {last} steps of size {c:g}/{last}"
    )
    with picture(heading, panels=2, size=(11.0, 5.2), sharey=True) as (figure, panels):
        for axes, size, words in zip(
            panels,
            (lambda n: alpha, lambda n: c / n),
            (f"α = {alpha:g} for every N", f"α = {c:g} / N"),
        ):
            found = np.array([curvatures(size(n), int(n)) for n in N])
            axes.plot(
                N,
                [(1 + size(n)) ** (2 * n) for n in N],
                **look(0, label="bound: $a^{2N}L$, with $a=1+\\alpha L$"),
            )
            every = slice(None, None, max(1, len(N) // 15))
            axes.plot(
                N[every],
                np.abs(found[every, 0]),
                label="attained: $1-\\cos w$ at its maximum",
                **look(1, linestyle="none", marker="o", markersize=6),
            )
            axes.plot(N, found[:, 1], **look(2, label="convex: $w^2/2$"))
            axes.set(xlabel="inner steps N", yscale="log", xlim=(0, last + 1))
            axes.set_title(words)
            axes.grid(True, color="0.9")
        panels[0].set_ylabel("curvature of the meta-objective, $|\\mathcal{L}''|$")
        panels[1].legend(loc="upper left")
    return figure


# ---- (c) what the steps do to the landscape


def landscape(alpha=0.25, steps=(1, 5, 20, 40), spread=1.0):
    """-> matplotlib Figure: the meta-objective of two cosine wells after N steps, with α = alpha
    for every N and with α = alpha / N."""
    return CosineWells(numbers("spread", spread, 0).item()).draw(alpha, steps)
