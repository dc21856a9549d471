"""The figures of lesson 02."""

from math import log10

from ..guesses import LABEL, mark_guess
from . import COLOURS, picture


def adjoints(words, tape, cares):
    """Who reads whom, and how much the loss moves when a slot is pushed: a bar for each slot."""
    said = ", ".join(f"{word}: {care:+.3f}" for word, care in zip(words, cares, strict=True))
    alt = (
        "At the left the six slots below each other, arrows from each to the lines that read it; x "
        "has two readers, and the last line reads c twice. At the right a bar for each slot, the "
        f"change of the loss per unit of a small push. {said}."
    )
    options = dict(panels=2, height=3.8, width_ratios=(1, 1.3), sharey=True)
    title = "Each slot has a slope: pushed up, it raises or lowers the loss"
    with picture(title, alt, **options) as (left, right):
        box = dict(boxstyle="round", facecolor="white", edgecolor="0.35")
        place = dict(ha="center", va="center", bbox=box)
        boxes = [left.text(0.5, k, word, **place) for k, word in enumerate(words)]
        for k, line in enumerate(tape):
            for count, slot in enumerate(line.ins):
                twice = line.ins.count(slot) == 2
                draw_arrow(left, boxes, slot, k, shift=(0.05 - 0.1 * count) * twice)
        colours = [COLOURS["blue" if care > 0 else "vermilion"] for care in cares]
        right.barh(range(len(cares)), cares, height=0.55, color=colours)
        for k, care in enumerate(cares):
            side = dict(ha="left", x=care + 0.04) if care > 0 else dict(ha="right", x=care - 0.04)
            right.text(y=k, s=f"{care:+.3f}", va="center", **side)
        left.set(title="who reads whom", xlim=(0, 1), ylim=(len(words) - 0.4, -0.6))
        left.axis("off")
        right.set(title="what a push does", xlim=(-1.7, 1.7), axisbelow=True)
        right.set_xlabel("change of the loss per unit of a small push")
        right.tick_params(labelleft=False, left=False)
        right.grid(axis="y", visible=False)


def draw_arrow(ax, boxes, start, end, shift):
    """From the box of a slot to that of a line that reads it, bent around those in between."""
    bend = {1: 0, 2: 0.6}.get(end - start, -0.9)
    arrow = dict(
        arrowstyle="->",
        color="0.35",
        shrinkA=1,
        shrinkB=1,
        patchA=boxes[start].get_bbox_patch(),
        patchB=boxes[end].get_bbox_patch(),
        connectionstyle=f"arc3,rad={bend}",
    )
    ax.annotate("", (0.5 + shift, end), (0.5 + shift, start), arrowprops=arrow)


def cost(sizes, ratios):
    """What a gradient costs, in evaluations of the loss, for each number of parameters."""
    alt = (
        f"Both axes logarithmic. Pushing each parameter costs P + 1 evaluations, a dashed line "
        f"that rises from {min(sizes) + 1:,} to {max(sizes) + 1:,}. Reverse mode, measured, stays "
        f"between {min(ratios):.1f} and {max(ratios):.1f}."
    )
    title = "A gradient costs a few evaluations, however many parameters there are"
    with picture(title, alt, height=3.4) as ax:
        pushed = [size + 1 for size in sizes]
        ax.loglog(sizes, pushed, "--", color=COLOURS["vermilion"], label="pushing each: P + 1")
        ax.loglog(sizes, ratios, "o-", color=COLOURS["blue"], label="reverse mode, measured")
        ax.set(xlabel="parameters P", ylabel="cost (evaluations)", ylim=(1, 3e6))
        mark_guess("02.evaluations_for_one_gradient", ax, x=max(sizes))
        ax.legend(loc="upper left")


def digits(steps, found):
    """How many digits each way to take a derivative gets right, for each size of the push."""
    best = ", ".join(f"{name} {right.max():.1f}" for name, right in found.items())
    alt = (
        "The size of the push on a logarithmic axis, and the digits that are right. The two "
        "differences have a peak each and fall off on both sides; the complex step lies on the "
        "central difference for large pushes, climbs on to rounding and stays there down to the "
        f"smallest push. Digits at best: {best}."
    )
    looks = {
        "forward_difference": dict(linestyle="--", color=COLOURS["vermilion"], zorder=3),
        "central_difference": dict(linestyle=(0, (4, 3)), color=COLOURS["green"], zorder=4),
        "complex_step": dict(linestyle="-", color=COLOURS["blue"], linewidth=3.5, zorder=2),
    }
    title = "A difference has one best push; the complex step is right at every small one"
    with picture(title, alt, height=3.6) as ax:
        for name, right in found.items():
            ax.semilogx(steps, right, label=name.replace("_", " "), **looks[name])
        ax.axhline(-log10(2.2e-16), color="0.5", linewidth=1, linestyle=":", label="rounding")
        ax.set(xlabel="size of the push h", ylabel="digits that are right", ylim=(-1, 17))
        ax.set_yticks(range(0, 17, 4))
        peak = steps[found["forward_difference"].argmax()]
        for name, x in ("forward_difference", peak), ("complex_step", steps[-1]):
            color = looks[name]["color"]
            mark_guess(f"02.digits_of_the_{name}", ax, x=x, color=color)
        legend = ax.legend(loc="center left", bbox_to_anchor=(1, 0.5))
        for handle, label in zip(legend.legend_handles, legend.get_texts(), strict=True):
            if label.get_text() == LABEL:
                # each guess has the colour of its curve
                handle.set_markerfacecolor("white")


def two_curves(a, b):
    """The loss, step by step, of the same network trained with two sweeps."""
    alt = (
        f"The mean squared error over {len(a)} steps, on a logarithmic axis. A falls from "
        f"{a[0]:.1f} to {a[-1]:.3f}, B from {b[0]:.1f} to {b[-1]:.3f}; A is the smoother one."
    )
    title = "Two sweeps train the same network, and both losses fall"
    with picture(title, alt, height=3.2) as ax:
        ax.semilogy(a, "-", color=COLOURS["blue"], label="A")
        ax.semilogy(b, "--", color=COLOURS["vermilion"], label="B")
        ax.set(xlabel="step of gradient descent", ylabel="mean squared error")
        ax.legend()
