"""The figures of lesson 08, N steps."""

import numpy as np

from ...pictures import MARKERS, look
from ..guesses import mark_guess
from . import COLOURS, picture

STEPS = "steps N"
BLACK = COLOURS["black"]
# of the steps of the disc
BY_TURNS = COLOURS["blue"], COLOURS["vermilion"], COLOURS["green"]


def circle(radius, count=60):
    """Points on a circle around 0, the first of them again at the end: (count + 1, 2)."""
    angle = np.linspace(0, 2 * np.pi, count + 1)
    return radius * np.stack([np.cos(angle), np.sin(angle)], axis=1)


def disc(loss, data, points, products, nudges, neighbours, axes):
    """A disc of starts on its way down, and how long its two axes are.

    points: w_0 .. w_N. products: J of each of them. nudges: of the start, (·, 2). neighbours: the
    trajectories of some. axes: (N + 1, 2), longest first.
    """
    # where the loss is highest and lowest nearby
    ends = (1.55, 4.72), (-1.72, 5.95)
    title = "The disc grows fivefold, then shrinks: the factors multiply"
    alt = (
        "Left: the contours of a loss in the plane. Seven ellipses, in three colours by turns, lie "
        "around the points of a descent: small beside the hill top, four to five times as long "
        "half way down, small and thin in the valley. Dots, neighbours that descended themselves, "
        "have the colour of their step: they lie on the ellipses of steps 0 to 2, close to that of "
        "step 3 and beside the last three. "
        "Right: the two axes of the ellipse against the step. Both rise, the longest up to 5.4 at "
        "step 4, and fall below their start by step 6."
    )
    neighbours = np.array(neighbours)
    with picture(title, alt, panels=2, height=4.4, width_ratios=(1.5, 1)) as (left, right):
        across = np.linspace(-2.15, 1.85, 60)
        up = np.linspace(4.05, 6.95, 60)
        heights = [[loss.value(np.array([a, b]), *data) for a in across] for b in up]
        left.contour(across, up, heights, 8, colors="0.85", linewidths=1)
        left.plot(*np.array(points).T, "-o", color=BLACK, markersize=3.5, lw=1, label="the descent")
        for j, (point, product) in enumerate(zip(points, products, strict=True)):
            colour = BY_TURNS[j % len(BY_TURNS)]
            left.plot(*(point + nudges @ product.T).T, "-", color=colour, linewidth=1.6)
            left.plot(*neighbours[:, j].T, "o", color=colour, markersize=4)
            place = point + (0.15, 0.2)
            left.text(*place, str(j), color=colour, fontweight="bold", ha="center", va="center")
        left.plot([], [], "-", color="0.4", label=r"the disc, mapped: $w_j + J_j\,\delta$")
        left.plot([], [], "o", color="0.4", markersize=4, label="neighbours' own descent")
        for place in ends:
            left.plot(*place, "x", color="0.35")
        left.text(1.55, 4.45, "hill top", color="0.35", ha="center")
        left.text(-1.85, 5.68, "valley", color="0.35", ha="center")
        left.set(xlabel="first weight", ylabel="second weight", aspect="equal")
        left.set(title="Six steps, each in the colour of its number")
        left.legend(loc="upper right", framealpha=1)
        for k, name in enumerate(("longest axis", "shortest axis")):
            right.plot(axes[:, k], **look(k, marker=MARKERS[k], label=name))
        right.axhline(1, color="0.6", linestyle=":", linewidth=1.2)
        right.set(title="First stretched, then squeezed", xlabel="step j", ylim=(0, None))
        right.set_ylabel("length (at the start 1)")
        mark_guess("08.longest_axis", right, x=int(axes[:, 0].argmax()))
        right.legend()


def bytes_of_keep_all(loss, shots, counts):
    """All that the compiled loop keeps of a task on its way there and back, for each N in counts.

    loss: a `tinymaml.Loss` in float32 of one column x and one column y. shots: rows of a task.
    -> (len(counts),)
    """
    from ...engine.compiled.format import Method
    from ...engine.compiled.plan import Plan

    column = np.zeros((shots, 1), np.float32)
    tape = loss.tape(column, column)
    plans = [Plan(column.dtype, int(n), Method.EXACT, tape, None, tape) for n in counts]
    return np.array([column.itemsize * plan.layout.size for plan in plans])


def memory(counts, kept):
    """What the three policies keep. kept: shots -> bytes of the three, for each N."""
    title = "A step's slots grow with the task, its parameter vector does not"
    alt = (
        "Kilobytes, on a logarithmic axis that both panels share, against the number of steps. "
        "With 100 points a task, keeping all slots takes five times the memory that it takes with "
        "10. The two lower curves, of keeping points only, move up by one step's slots, and no "
        "further at 100 steps: checkpoints grow like a root and lie lowest."
    )
    names = ("keep all (tinymaml)", r"recompute: $N$ vectors", r"checkpoints: $2\sqrt{N}$ vectors")
    with picture(title, alt, panels=len(kept), sharey=True) as panels:
        for axes, (shots, policies) in zip(panels, kept.items(), strict=True):
            for k, (name, policy) in enumerate(zip(names, policies, strict=True)):
                axes.semilogy(counts, policy / 1000, **look(k, label=name))
            axes.set(title=f"{shots} shots", xlabel=STEPS)
        panels[0].set(ylabel="memory [kB, logarithmic]", ylim=(50, 30_000))
        panels[0].legend(loc="upper left")


def needles(grid, losses, steepest):
    """The meta-loss of the two wells between their hill tops, and how steep it is.

    losses: N -> the meta-loss on the grid. steepest: N -> its steepest slope with α = 0.5 / N and
    with α = 0.5, and 1.5^N.
    """
    title = "With fixed α the hill tops become needles, steeper with every step"
    alt = (
        "Left: the mean of two losses after 1, 5 and 20 steps. After one step there is one broad "
        "hill, after 5 there are two, after 20 two needles on a flat floor. Right: the steepest "
        "slope against N, logarithmic: with α = 0.5 it rises along 1.5 to the power N, to four "
        "million at 40; with α = 0.5 / N it stays at 0.7."
    )
    names = "α = 0.5 / N", "α = 0.5", r"$1.5^N$"
    with picture(title, alt, panels=2) as (left, right):
        for k, (steps, loss) in enumerate(losses.items()):
            left.plot(grid, loss, **look(k, label=f"N = {steps}"))
        left.set(title="The meta-loss, α = 0.5", xlabel="w", ylabel="meta-loss")
        left.set(xlim=(grid[0], grid[-1]), ylim=(0, 1.45))
        left.legend(loc="upper center", ncols=3)
        counts = list(steepest)
        for k, (name, slopes) in enumerate(
            zip(names, zip(*steepest.values(), strict=True), strict=True)
        ):
            right.semilogy(counts, slopes, **look(k, marker=MARKERS[k], label=name))
        right.set(title="The steepest slope", xlabel=STEPS, ylabel="largest |slope|", xticks=counts)
        mark_guess("08.steepest_slope", right, x=max(counts))
        right.legend(loc="upper left")


def learned(history):
    """history: the error of the tasks of each iteration, after the steps."""
    title = "After 150 iterations of your maml, two steps leave a third of the error of answering 0"
    alt = (
        "The error on four new waves after two steps, a dot for each of 150 iterations, and its "
        "running mean over ten: above 1 at first, below 0.3 after 15 iterations, 0.16 in the end. "
        "The answer 0 everywhere has 0.5."
    )
    with picture(title, alt, height=3.2) as axes:
        mean = np.convolve(history, np.ones(10) / 10, "valid")
        axes.plot(history, "o", color="0.65", markersize=3, label="one iteration")
        axes.plot(np.arange(9, len(history)), mean, **look(0, label="mean of the last ten"))
        axes.axhline(0.5, color="0.4", linestyle=":", label="the answer 0: error 0.5")
        axes.set(xlabel="iteration", ylabel="mean squared error", ylim=(0, None))
        axes.legend()
