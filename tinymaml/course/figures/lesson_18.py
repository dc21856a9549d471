"""The figures of lesson 18."""

import numpy as np

from . import COLOURS, picture

BLACK, BLUE, GREEN, VERMILION = (COLOURS[name] for name in ("black", "blue", "green", "vermilion"))


def chord(lengths, p, on_the_chord):
    """The curve L_w/(1 + x), its chord between two lengths, and the two points at their mean.

    lengths, p: the law of X, two values. on_the_chord: E[1/(1 + X)].
    """
    from tinymaml.course import mark_guess

    mean = np.dot(p, lengths)
    L_w = 1 + mean
    x = np.linspace(0, 11, 400)
    with picture(
        r"At the mean length the chord is above the curve: $\mathbb{E}[1/\hat{L}]\cdot L_w > 1$",
        "The falling convex curve 6/(1 + x) for x from 0 to 11. A straight chord joins its points "
        "at 0 and at 10, far above the curve. At x = 5 the chord is at 3.27, the curve at 1.",
    ) as ax:
        ax.plot(x, L_w / (1 + x), "-", color=BLUE, label=r"$L_w/\hat{L}$, with $\hat{L} = 1 + x$")
        ax.plot(lengths, L_w / (1 + lengths), "--s", color=GREEN, label="its chord, from 0 to 10")
        ax.plot([mean, mean], [1, on_the_chord * L_w], ":", color=BLACK)
        name = r"$\mathbb{E}[1/\hat{L}]\cdot L_w$"
        ax.plot(mean, on_the_chord * L_w, "o", color=VERMILION, markersize=9, label=name)
        ax.plot(mean, 1, "D", color=BLACK, markersize=12, label=r"1, on the curve")
        ax.set(xlabel="x, the mean length of the gradients drawn", ylabel=r"$L_w/\hat{L}$")
        ax.set(xlim=(-0.2, 11), ylim=(0, 6.5))
        mark_guess("18.mean_of_one_over", ax, x=mean)
        ax.legend(loc="upper right")


def parabola(x, f, psi, touch):
    """f(x) = 1/(1 + x)² and the parabola that meets it at 0 and touches it at `touch`.

    x, f, psi: (n,).
    """
    at = np.array([0, touch])
    with picture(
        "From 0 on, the parabola never falls below the curve",
        "The falling convex curve f(x) = 1/(1 + x)² and a parabola ψ. Both have the value 1 at 0; "
        "right of it the parabola lies above the curve, touches it at 3.5 and rises again. Left "
        "of 0, on a grey strip, the curve lies above the parabola.",
    ) as ax:
        ax.axvspan(x.min(), 0, color="0.92")
        ax.plot(x, f, "-", color=BLUE, label="$f(x) = 1/(1+x)^2$")
        ax.plot(x, psi, "--", color=VERMILION, label=r"the parabola $\psi$")
        ax.plot(at, (1 + at) ** -2, "o", color=BLACK, markersize=8, label="the worst law's values")
        ax.annotate("$x_1$", (touch, (1 + touch) ** -2), (0, 10), textcoords="offset points")
        ax.text(x.min() + 0.03, 0.1, "X < 0:\nnot a\nlength", fontsize=9.5)
        ax.set(xlabel="x, a value of X", ylabel=r"$f(x)$ and $\psi(x)$")
        ax.set(xlim=(x.min(), x.max()), ylim=(-0.05, 1.8))
        ax.legend(loc="upper center")


def branches(z, short, long, largest):
    """What the two branches of Lemma 11 prove, and the worst law.

    z: C_𝓛 m/A, (n,). short, long, largest: E[1/L̂²] L_w² by them, (n,).
    """
    with picture(
        "The two branches meet at 4; the worst law itself stays below 2.09",
        "Three curves over z from 0.05 to 20, logarithmic. The short branch rises from 1 and "
        "passes 4 at z = 1; the long branch falls from far above, passes 4 there, and is at 1.83 "
        "at the right end. The smaller of the two makes a tent with its tip at 4. The worst law "
        "rises from 1 to 2.09 near z = 1.8 and falls to 1.82.",
    ) as ax:
        used = np.where(z < 1, short, long)
        ax.fill_between(z, largest, used, color="0.9", label="slack of the proof")
        ax.semilogx(z, short, "--", color=GREEN, label=r"short branch, $(1+z)^2$")
        ax.semilogx(z, long, "-.", color=VERMILION, label=r"long branch, $1+\frac{3}{4}(1+1/z)^2$")
        ax.semilogx(z, largest, "-", color=BLUE, label=r"the worst law, $t^2=\frac{3}{4}$")
        top = largest.argmax()
        peak = f"its peak: {largest[top]:.3f} at z = {z[top]:.2f}"
        ax.semilogx(z[top], largest[top], "o", color=BLUE, markersize=8, label=peak)
        ax.set(ylim=(0, 6), xlim=(z.min(), z.max()))
        ax.set(xticks=[0.1, 1, 10], xticklabels=["0.1", "1", "10"])
        ax.set(
            xlabel=r"$z = C_{\mathcal{L}}m/A$",
            ylabel=r"$\mathbb{E}[1/\hat{L}^2]$, multiple of $1/L_w^2$",
        )
        ax.legend(loc="upper left", bbox_to_anchor=(1.01, 1))


def falls(w, means):
    """How much the meta-loss falls in a step, on average over the draw: from each w, and averaged.

    w: (points,). means: (C_β, "one task" or "all tasks") -> the mean fall, (points,).
    """
    from tinymaml.course import mark_guess

    looks = {
        (1, "all tasks"): ("-", BLACK, 2.4),
        (1, "one task"): ("-", VERMILION, 1.1),
        (4, "all tasks"): (":", GREEN, 1.8),
        (4, "one task"): ("--", BLUE, 1.8),
    }
    rises = (means[1, "one task"] < -1e-9).mean()
    unit = means[1, "all tasks"].mean()
    with picture(
        rf"With one task and $C_\beta=1$ a step climbs, on average, from {rises:.0%} of the w; "
        r"with $C_\beta=4$ from none",
        "Left, four curves over w from -20 to 20, and a line at 0. All tasks with C_beta = 1: a "
        "row of humps between 0 and 6. One task with C_beta = 4: nearly the same humps. All tasks "
        "with C_beta = 4: the same humps, four times lower. One task with C_beta = 1: sharp peaks "
        "up to 11, and valleys down to -6 around places where the others are 0. Right, four bars, "
        "the averages over w as multiples of the fall of all tasks with C_beta = 1: 1, 0.17, 0.27 "
        "and 1.04.",
        panels=2,
        width_ratios=(2.2, 1),
    ) as (left, right):
        left.axhline(0, color="0.5", linewidth=0.8)
        right.set_axisbelow(True)
        for place, (key, (look, colour, width)) in enumerate(looks.items()):
            left.plot(w, means[key], look, color=colour, linewidth=width)
            bar = right.bar(place, means[key].mean() / unit, 0.6, color=colour)
            right.bar_label(bar, fmt="%.2f")
        left.set(xlabel="w, where the step begins", xlim=(w.min(), w.max()))
        left.set(ylabel=r"mean fall of $\mathcal{L}$ in a step", title="at each w")
        right.set(xticks=range(4), ylim=(0, 1.4), title="averaged over w")
        names = [who.replace(" ", "\n") + f"\n$C_\\beta={C_beta}$" for C_beta, who in looks]
        right.set(xticklabels=names)
        right.set(ylabel=r"multiple of all tasks, $C_\beta=1$")
        mark_guess("18.fall_with_one_task", right, x=3)
        right.legend(loc="upper left")
