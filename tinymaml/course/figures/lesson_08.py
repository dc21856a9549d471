"""The figures of lesson 08, N steps."""

import numpy as np

from ...pictures import MARKERS, look
from . import COLOURS, picture

STEPS = "steps N"
BLACK, BLUE, RED = COLOURS["black"], COLOURS["blue"], COLOURS["vermilion"]


def circle(radius, count=60):
    """Points on a circle around 0, the first of them again at the end: (count + 1, 2)."""
    angle = np.linspace(0, 2 * np.pi, count + 1)
    return radius * np.stack([np.cos(angle), np.sin(angle)], axis=1)


def disc(loss, data, points, products, nudges, neighbours, axes):
    """A disc of starts on its way down, and how long its two axes are.

    points: w_0 .. w_N. products: J of each of them. nudges: of the start, (·, 2). neighbours: the
    trajectories of some. axes: (N + 1, 2), longest first.
    """
    title = "Each factor works on what the factors before it have made of the disc"
    alt = (
        "Left: the contours of a loss in the plane. Seven ellipses lie around the points of a "
        "descent: small beside the hill top, four to five times as long half way down, small and "
        "thin in the valley. Red dots, neighbours that descended themselves, lie near them. "
        "Right: the two axes of the ellipse against the step. Both rise, the longest up to 5.4 at "
        "step 4, and fall below their start by step 6."
    )
    with picture(title, alt, panels=2, height=4.2, width_ratios=(1.25, 1)) as (left, right):
        across = np.linspace(-2.4, 1.8, 60)
        up = np.linspace(3.7, 7.0, 60)
        heights = [[loss.value(np.array([a, b]), *data) for a in across] for b in up]
        left.contour(across, up, heights, 8, colors="0.8", linewidths=1)
        for point, product in zip(points, products, strict=True):
            left.plot(*(point + nudges @ product.T).T, "-", color=BLUE, linewidth=1.8)
        left.plot([], [], "-", color=BLUE, label=r"the disc, mapped: $w_j + J_j\,d$")
        left.plot(*np.concatenate(neighbours).T, ".", color=RED, label="neighbours' own descent")
        left.plot(*np.array(points).T, "-o", color=BLACK, markersize=4, lw=1, label="the descent")
        left.text(0.85, 3.85, "hill top", color="0.35")
        left.text(-2.3, 6.45, "valley", color="0.35")
        left.set(title="Six steps into a valley", xlabel="w[0]", ylabel="w[1]", aspect="equal")
        left.legend(loc="upper right")
        for k, name in enumerate(("longest axis", "shortest axis")):
            right.plot(axes[:, k], **look(k, marker=MARKERS[k], label=name))
        right.axhline(1, color="0.6", linestyle=":", linewidth=1.2)
        right.set(title="First stretched, then squeezed", xlabel="step j", ylim=(0, None))
        right.set_ylabel("length (at the start 1)")
        right.legend()


def memory(counts, kept):
    """What the three policies keep. kept: points of a task -> bytes of the three, for each N."""
    title = "A step's slots grow with the task, its parameter vector does not"
    alt = (
        "Kilobytes against the number of steps, for tasks of 10 and of 100 points. Keeping all "
        "slots is a steep straight line, far steeper for 100 points. Keeping the points is a flat "
        "one, and checkpoints grow like a root and lie lowest."
    )
    names = ("keep all (tinymaml)", "recompute", "√N checkpoints")
    with picture(title, alt, panels=len(kept)) as panels:
        for axes, (shots, policies) in zip(panels, kept.items(), strict=True):
            for k, (name, policy) in enumerate(zip(names, policies, strict=True)):
                axes.plot(counts, policy / 1000, **look(k, label=name))
            axes.set(title=f"{shots} points a task", xlabel=STEPS, ylabel="memory [kB]")
            axes.set_ylim(0, None)
        panels[0].legend(loc="upper left")


def another_n(tested):
    """tested: the N of the training -> mean error after 0, 1, ... steps."""
    title = "Each start is good at the number of steps that it was trained for"
    alt = (
        "Error on new waves against the number of steps in the test, from 1 to 10. The start "
        "trained for one step is better after one and two steps, the other from three on."
    )
    with picture(title, alt) as axes:
        for k, (steps, row) in enumerate(tested.items()):
            label = f"trained for N = {steps}"
            axes.plot(range(1, len(row)), row[1:], **look(k, marker=MARKERS[k], label=label))
        axes.set(xlabel="steps in the test", ylabel="mean squared error on new waves")
        axes.set(xticks=range(1, 11), ylim=(0, None))
        axes.legend()


def learned(history):
    """history: the error of the tasks of each iteration, after the steps."""
    title = "In 150 iterations your maml finds a start from which two steps learn most of a wave"
    alt = (
        "The error on four new waves after two steps, a dot for each of 150 iterations, and its "
        "running mean over ten: above 1 at first, below 0.3 after 15 iterations, 0.16 in the end."
    )
    with picture(title, alt, height=3.2) as axes:
        mean = np.convolve(history, np.ones(10) / 10, "valid")
        axes.plot(history, "o", color="0.65", markersize=3, label="one iteration")
        axes.plot(np.arange(9, len(history)), mean, **look(0, label="mean of the last ten"))
        axes.set(xlabel="iteration", ylabel="mean squared error", ylim=(0, None))
        axes.legend()
