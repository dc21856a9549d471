"""The figures of lesson 21."""

import numpy as np

from ..guesses import recall
from . import COLOURS, picture

BLACK, BLUE, GREEN, ORANGE, PURPLE, SKY, VERMILION = (
    COLOURS[name] for name in ("black", "blue", "green", "orange", "purple", "sky", "vermilion")
)


def cloud(instance):
    """All estimates of an instance in the plane, its mean and the true meta-gradient.

    A colour for each run; its estimates are marks of one shape around their mean.
    """
    task = instance.tasks[0]
    estimates, signs = task.estimate, task.signs.rows[:, : instance.steps]
    mean, truth = instance.estimate, instance.meta_gradient
    runs = np.unique(signs, axis=0)
    off = np.linalg.norm(mean - truth) / np.linalg.norm(truth)
    with picture(
        f"{len(runs)} runs, {len(runs)} centres: their mean misses the meta-gradient by {off:.0%} "
        "of its length",
        f"{len(runs)} groups of {len(estimates) // len(runs)} points in the plane, in four "
        "colours, each around a diamond, its mean. Three groups overlap, the fourth is far off. "
        "Two arrows from the origin: the true meta-gradient ends near the three, the mean of all "
        "points is shorter and turned towards the fourth.",
        height=4.4,
    ) as ax:
        looks = zip(runs, (BLUE, GREEN, ORANGE, PURPLE), ("o", "s", "^", "v"), strict=True)
        for run, colour, marker in looks:
            own = estimates[(signs == run).all(1)]
            # hollow triangles: another run's marks may lie under them
            filled = dict(markersize=5) if marker in "os" else dict(markersize=8, mfc="none")
            ax.plot(*own.T, marker, color=colour, linestyle="", **filled)
            centre = dict(markersize=7, markeredgecolor=BLACK, zorder=7)
            ax.plot(*own.mean(0), "D", color=colour, **centre)
        ax.plot([], [], "o", color="0.6", label="estimates (colour and shape: the run)")
        ax.plot(
            [],
            [],
            "D",
            color="0.6",
            markersize=7,
            markeredgecolor=BLACK,
            label=r"mean of a run's estimates, $\hat P\hat g$",
        )
        for end, colour, label in (
            (truth, "0.55", r"$\nabla\mathcal{L}(w)$"),
            (mean, BLACK, r"mean of all, $\mathbb{E}\,\hat G$"),
        ):
            arrow = dict(arrowstyle="-|>", color=colour, linewidth=2.5, shrinkA=0, shrinkB=0)
            arrow["mutation_scale"] = 20
            ax.annotate("", xy=end, xytext=(0, 0), arrowprops=arrow, zorder=8)
            ax.plot([], [], "-", color=colour, linewidth=2.5, label=label)
        ax.plot(0, 0, "+", color=BLACK, markersize=9)
        ax.set(aspect="equal", xlabel="first coordinate", ylabel="second coordinate")
        ax.legend(loc="center left", bbox_to_anchor=(1.02, 0.5))


def over_samples(samples, biases, bounds):
    """The bias over S on three losses, with the guess of what is left of the cosine's at S = 64.

    samples: (n,). biases, bounds: a loss's name -> (n,), the bounds Proposition 2's.
    """
    looks = {"riddle": ("-s", VERMILION, "riddle"), "cosine": ("-o", BLUE, "cosine")}
    floor = biases["cosine"].min() / 30
    with picture(
        "Four times the samples about halve the riddle's bias, and quarter the cosine's",
        "Bias over the samples in a step, 1 to 4096, both axes logarithmic. Proposition 2's bounds "
        "are dashed lines of slope -1/2 from 0.5 to 0.008, nearly the same. The riddle's bias "
        "lies below, nearly parallel. The cosine's bias starts at 0.002 and falls "
        "along a line of slope -1. The quadratic's is 0, drawn at the bottom.",
        height=4.0,
    ) as ax:
        for name, (look, colour, label) in looks.items():
            # they nearly coincide: one entry in the legend
            both = "bounds of riddle and cosine" if name == "riddle" else "_nolegend_"
            ax.plot(samples, bounds[name], "--", color="0.4", linewidth=1.6, label=both)
            ax.plot(samples, biases[name], look, color=colour, label=label)
        ax.plot(
            samples,
            np.full(len(samples), floor),
            "^",
            color=GREEN,
            clip_on=False,
            label="quadratic: 0, drawn at the bottom",
        )
        for name, words in {"riddle": "slope −½", "cosine": "slope −1"}.items():
            k = len(samples) - 3
            place = samples[k], biases[name][k] * 1.6
            ax.annotate(words, place, color=looks[name][1], ha="left", va="bottom")
        ax.set(xscale="log", yscale="log", ylim=(floor, max(map(max, bounds.values())) * 2))
        ax.set(xlabel="samples in a step, S", ylabel="bias, and bounds of it")
        ax.set_xticks(samples, [f"{S:,}" for S in samples])
        ax.minorticks_off()
        divided_by = recall("21.cosine_divided_by")
        if divided_by is not None and divided_by > 0:
            mark = dict(marker="D", color=PURPLE, markeredgecolor=BLACK, linestyle="none")
            guessed = biases["cosine"][2] / divided_by
            ax.plot(samples[3], guessed, label="your guess", zorder=10, **mark)
        ax.legend(loc="center left", bbox_to_anchor=(1.02, 0.5))


def bends(curves, reach):
    """The gradient at two points and its mean, on three losses.

    curves: a name -> (a loss of one variable, the point between the two).
    """
    titles = {
        "quadratic": "Quadratic: straight",
        "cosine": "Cosine: curved",
        "cubic": "Cubic: a parabola",
    }
    with picture(
        "The mean of a curved gradient is not its value in the middle",
        "Three panels: the gradient over w, two points on it, joined by a dashed chord, and the "
        "middle. On the quadratic the chord lies on the gradient. On the cosine its middle is "
        "below the gradient, by most of the grey bar ½ρx²; on the cubic it "
        "is above it, by all of the bar.",
        panels=3,
        height=3.5,
    ) as axes:
        for ax, (name, (loss, u)) in zip(axes, curves.items(), strict=True):
            line = np.linspace(u - 1.25 * reach, u + 1.25 * reach, 200)
            ax.plot(line, loss.gradient(line[:, None])[:, 0], "-", color=BLUE, label="gradient")
            ends = np.array([u - reach, u + reach])
            values = loss.gradient(ends[:, None])[:, 0]
            ax.plot(ends, values, "--o", color=VERMILION, label="at $u-x$, $u+x$")
            middle = float(loss.gradient(np.array([u]))[0])
            largest = np.copysign(loss.rho * reach**2 / 2, values.mean() - middle)
            bar = dict(linewidth=22, solid_capstyle="butt", label="½ρx²")
            ax.plot([u, u], [middle, middle + largest], "-", color="0.75", **bar)
            ax.plot([u, u], [middle, values.mean()], "-", color=BLACK, linewidth=3, label="the gap")
            ax.plot(u, values.mean(), "D", color=VERMILION, markersize=8, label="mean of the two")
            ax.plot(u, middle, "o", color=BLUE, markersize=8, label=r"at $u$")
            ax.set(title=titles[name], xlabel="w", ylim=(-0.6, 1.6))
        axes[0].set(ylabel="gradient")
        axes[0].figure.legend(
            *axes[0].get_legend_handles_labels(), loc="outside lower center", ncols=6
        )


def kink(loss, samples, biases):
    """The curvature of the riddle at the ends of a step, and its bias over S.

    samples: (n,). biases: of "tip", "tip, S coins" and "beside", for the first of the samples.
    """
    line = np.linspace(-0.8, 0.3, 300)
    exact, ends = -0.25, np.array([-0.375, -0.125])

    def curvature(w):
        return loss.hessian(np.asarray(w, float)[..., None])[..., 0, 0]

    with picture(
        "On the tip of a kink errors to both sides raise the curvature; clear of it they cancel",
        "On the left the curvature over w, a V with its tip at w = -0.25, where the exact run is. "
        "Two points to its sides, at -0.375 and -0.125, lie higher by the same, and so does their "
        "mean. A triangle just right of the tip is where the start at 0.02 leads. On the right the "
        "bias over S, both axes logarithmic: two lines of slope -1/2 for the tip, the one with S "
        "coins a little lower; beside the tip the bias turns down between S = 4 and 64, and from "
        "there on its slope is -1.",
        panels=2,
    ) as (left, right):
        left.plot(line, curvature(line), "-", color=BLUE, label="$l''$ of the riddle")
        mean = curvature(ends).mean()
        left.plot([exact, exact], [curvature(exact), mean], "-", color=BLACK, linewidth=3)
        left.plot(ends, curvature(ends), "--o", color=VERMILION, label="at $w_1$, either coin")
        left.plot(exact, mean, "D", color=VERMILION, markersize=8, label="their mean")
        left.plot(exact, curvature(exact), "o", color=BLACK, markersize=8, label=r"at $\tilde w_1$")
        aside = 0.02 - loss.gradient(np.array([0.02])) / 4
        started = dict(markersize=8, zorder=5, label=r"$\tilde w_1$ from 0.02")
        left.plot(aside, curvature(aside), "^", color=GREEN, **started)
        left.set(title="Higher on both sides", xlabel="w", ylabel="curvature", ylim=(-1.05, -0.2))
        left.legend(loc="upper center", ncols=2, fontsize=10)
        looks = {
            "tip": ("-s", VERMILION, "on the tip"),
            "tip, S coins": ("--v", PURPLE, "on the tip, $S$ coins"),
            "beside": ("-o", GREEN, "beside the tip"),
        }
        for name, (look, colour, label) in looks.items():
            shown = biases[name]
            right.plot(samples[: len(shown)], shown, look, color=colour, label=label)
        for name, words in {"tip": "slope −½", "beside": "slope −1"}.items():
            k = len(samples) - 3
            place = samples[k], biases[name][k] * 1.6
            right.annotate(words, place, color=looks[name][1], ha="left", va="bottom")
        right.set(title="Bias of the riddle", xlabel="samples in a step, S", ylabel="bias")
        right.set(xscale="log", yscale="log")
        right.set_xticks(samples, [f"{S:,}" for S in samples])
        right.minorticks_off()
        right.legend(loc="lower left")
