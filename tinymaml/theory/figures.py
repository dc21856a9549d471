"""Figures of the proof: where a chain gives its slack away, what α = c/N is for, and what it does
to the meta-objective (lessons 14 to 16)."""

import textwrap

import numpy as np

from ..engine.errors.arguments import check_counts, check_positive, numbers
from ..pictures import BLUE, VERMILION, look, picture
from ..problems.cosine_wells import CosineWells
from .losses import CosineSum, Quadratic
from .paths import Path
from .table import describe_loss, heaviest, name_lines, percent, shares, tight, title

PALE = "#8FBCD9"  # the same blue, for what is not the message
DECADES = 10.0  # last number over first from which the axis is logarithmic


def waterfall(chain):
    """A matplotlib Figure: the chain from its first number down to its last, a bar for what each
    line gives away.

    The axis is logarithmic where the numbers span a factor of ten (a bar's length is then a
    factor). False lines go back, in vermilion.
    """
    from matplotlib.ticker import MaxNLocator

    values = np.array([line.value for line in chain.lines])
    above = np.append(values[0], values[:-1])
    positions = np.arange(len(values))
    low, high = values.min(), values.max()
    logarithmic = low > 0 and high > DECADES * low
    with picture(waterfall_title(chain), size=(11.0, 1.9 + 0.42 * len(values))) as (figure, axes):
        if logarithmic:
            scale_logarithmically(axes, low, high)
        else:
            room = 0.17 * ((high - low) or abs(high) or 1.0)
            axes.set_xlim(low - 0.3 * room, high + room)
            axes.xaxis.set_major_locator(MaxNLocator(6))
        colours = [bar_colour(chain, r) for r in positions]
        axes.barh(positions, values - above, left=above, color=colours, height=0.62)
        axes.plot(values, positions, "|", color="black", markersize=13, markeredgewidth=1.6)
        for r in positions[1:]:
            axes.plot([above[r], above[r]], [r - 1, r], color="0.6", linewidth=0.8, zorder=0)
        for r, words in enumerate(bar_labels(chain)):
            axes.annotate(
                words,
                (max(values[r], above[r]), r),
                xytext=(7, 0),
                textcoords="offset points",
                va="center",
                fontsize=10.5,
                fontweight="bold" if r in chain.violations else "normal",
            )
        reasons = [f"{shorten(line.reason)}   {r}" for r, line in enumerate(chain.lines)]
        axes.set_yticks(positions, reasons, fontsize=10.5)
        axes.set_ylim(len(values) - 0.4, -0.6)
        axis = ", on a logarithmic axis" if logarithmic else ""
        axes.set_xlabel(
            f"value of the line{axis}\n(in percent: its share of the slack, last − first)"
        )
        axes.spines["left"].set_visible(False)
        axes.tick_params(axis="y", length=0)
        axes.grid(True, axis="x", color="0.9")
        axes.set_axisbelow(True)
    return figure


def scale_logarithmically(axes, low, high):
    """Make the horizontal axis logarithmic, with room for these numbers and a few ticks."""
    from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

    axes.set_xscale("log")
    room = (high / low) ** 0.2
    axes.set_xlim(low / room**0.3, high * room)
    multiples = (1.0,) if high > 1e3 * low else (1.0, 2.0, 5.0)
    axes.xaxis.set_major_locator(LogLocator(subs=multiples, numticks=8))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda x, position: f"{x:g}"))
    axes.xaxis.set_minor_formatter(NullFormatter())


def bar_colour(chain, number):
    """The colour of a line's bar: vermilion if it is false, blue if it gives most away."""
    if number in chain.violations:
        return VERMILION
    lossy, _ = heaviest(chain)
    return BLUE if number in lossy else PALE


def bar_labels(chain):
    """What stands beside each bar: the line's share of the slack, and the number of the first and
    the last line."""
    labels = []
    last = len(chain.lines) - 1
    for r, (line, share) in enumerate(zip(chain.lines, shares(chain), strict=True)):
        value = f"{line.value:.3g}" if r in (0, last) else ""
        share = percent(share)
        if r in chain.violations:
            labels.append("false")
        elif value and share:
            labels.append(f"{value} ({share})")
        else:
            labels.append(value or share)
    return labels


def waterfall_title(chain):
    """What the figure shows of this chain, and the reason of the lines in question."""
    false = chain.violations
    if false:
        names = name_lines(false)
        verb = "is" if len(false) == 1 else "are"
        return f"{title(chain)}: {names[0].lower()}{names[1:]} {verb} false on this instance"
    if tight(chain):
        return f"{title(chain)}: no line gives anything away on this instance"
    lossy, _ = heaviest(chain)
    reason = shorten(chain.lines[lossy[0]].reason, 90)
    return f"{describe_loss(chain)} of the slack of {title(chain)}:\n{reason}"


def shorten(words, length=58):
    """A reason up to its first ";", no longer than a label may be. The figures' font has no 𝓛, its
    formulas have one."""
    text = textwrap.shorten(words.split(";")[0], length, placeholder=" …")
    return text.replace("𝓛", r"$\mathcal{L}$")


def two_digits(x):
    """A number to two digits, written out."""
    x = float(f"{x:.2g}")
    return f"{x:,.4g}" if x < 1000 else f"{x:,.0f}"


def curvatures(alpha, steps):
    """Second derivatives of the meta-objective, L = 1: of 1 − cos at its maximum, and of the
    parabola w²/2. Two floats.

    At w with ∇l(w) = 0 the path stands still, and 𝓛''(w) = P(w) l''(w) P(w).
    """
    hill = curvature_at_rest(CosineSum([[1.0]], [-1.0], [0.0]), np.pi, alpha, steps)
    bowl = curvature_at_rest(Quadratic([[1.0]], [0.0]), 0.0, alpha, steps)
    return hill, bowl


def curvature_at_rest(loss, w, alpha, steps):
    """The second derivative of the meta-objective of a loss of one variable at w where ∇l(w) =
    0."""
    path = Path(loss, loss, np.array([w]), alpha, steps)
    return float((path.product @ loss.hessian(path.end) @ path.product)[0, 0])


def bound_against_truth(alpha=0.125, c=0.125, steps=None):
    """A matplotlib Figure: a^2N L, Proposition 1's bound where ∇l = 0, beside the curvature at a
    cosine's maximum, which attains it, and a parabola's; with α = alpha for every N, and with α =
    c/N. L = 1. steps: the N, None: 1 to 60."""
    alpha, c = check_positive("alpha", alpha), check_positive("c", c)
    N = np.array(check_counts("steps", range(1, 61) if steps is None else steps, 1))
    last = int(N[-1])
    fixed, _ = curvatures(alpha, last)
    shrinking, _ = curvatures(c / last, last)
    heading = (
        f"The curvature really is exponential in N: {two_digits(abs(fixed))} after {last} steps "
        f"of size {alpha:g},\n"
        f"but only {two_digits(abs(shrinking))} after {last} steps of size {c:g}/{last}"
    )
    with picture(heading, panels=2, size=(11.0, 5.2), sharey=True) as (figure, panels):
        draw_curvatures(panels[0], N, np.full(len(N), alpha), f"α = {alpha:g} for every N")
        draw_curvatures(panels[1], N, c / N, f"α = {c:g} / N")
        panels[0].set_ylabel("curvature of the meta-objective, $|\\mathcal{L}''|$")
        panels[1].legend(loc="upper left")
    return figure


def draw_curvatures(axes, N, alpha, heading):
    """Draw the bound and the two curvatures for these numbers of steps N (n,), with the stepsizes
    alpha (n,)."""
    bounds = [(1 + stepsize) ** (2 * n) for n, stepsize in zip(N, alpha, strict=True)]
    found = [curvatures(float(stepsize), int(n)) for n, stepsize in zip(N, alpha, strict=True)]
    hill, bowl = np.array(found).T
    sparse = slice(None, None, max(1, len(N) // 15))
    axes.plot(N, bounds, **look(0, label="bound: $a^{2N}L$, with $a=1+\\alpha L$"))
    axes.plot(
        N[sparse],
        np.abs(hill[sparse]),
        label="attained: $1-\\cos w$ at its maximum",
        **look(1, linestyle="none", marker="o", markersize=6),
    )
    axes.plot(N, bowl, **look(2, label="convex: $w^2/2$"))
    axes.set(xlabel="inner steps N", yscale="log", xlim=(0, N[-1] + 1))
    axes.set_title(heading)
    axes.grid(True, color="0.9")


def landscape(alpha=0.25, steps=(1, 5, 20, 40), spread=1.0):
    """A matplotlib Figure: the meta-objective of two cosine wells after N steps, with α = alpha for
    every N and with α = alpha / N."""
    return CosineWells(numbers("spread", spread, 0).item()).draw(alpha, steps)
