"""The figures of lesson 22."""

import numpy as np

from . import COLOURS, picture

BLACK, BLUE, GREEN, VERMILION = (COLOURS[name] for name in ("black", "blue", "green", "vermilion"))
LOOKS = ("o", BLUE), ("s", VERMILION), ("D", GREEN)


def onion(squares, factors, hill):
    """The estimate as an onion, and what each shell multiplies. squares: E‖x_N‖² … E‖x_0‖² of the
    hill, (N + 1,). factors: landscape -> (N,), the outermost shell first. hill: the instance, with
    the constants of all."""
    bound = hill.constants.q ** (1 / hill.steps)
    with picture(
        "On a hill every shell multiplies by the most that A1 and A3 allow",
        "On the left nested circles: the core is the last gradient, with the mean square 1.0, "
        "around it three shells, the factors of the steps 2, 1 and 0; outside each, the mean "
        "square up to there, three times multiplied by 1.81. On the right the factor of each "
        "shell on three landscapes: on the hill 1.81, on the dashed bound, in the well between "
        "0.89 and 1, in the valley 0.81.",
        panels=2,
        height=4.2,
        width_ratios=[1.15, 1],
    ) as (left, right):
        draw_onion(left, squares / squares[0])
        shells = np.arange(len(squares) - 1)
        for (name, values), (mark, colour) in zip(factors.items(), LOOKS, strict=True):
            right.plot(shells, values, mark, color=colour, label=name)
        right.axhline(bound, color=BLACK, linestyle="--", label="most that A1 and A3 allow")
        right.set(
            title="What each shell multiplies by", xlabel="shell j, from outside", xticks=shells
        )
        ratio = r"$\mathbb{E}\Vert x_j\Vert^2\;/\;\mathbb{E}\Vert x_{j+1}\Vert^2$"
        right.set(ylabel=ratio, ylim=(0, 1.15 * bound))
        right.legend(loc="lower left", bbox_to_anchor=(0.0, 0.02), ncols=2, fontsize=10)


def draw_onion(ax, squares):
    """Nested circles, the outermost factor outside; beside each what E‖·‖² is up to there."""
    from matplotlib.patches import Circle

    N = len(squares) - 1
    tints = ["#FFFFFF", "#F8DCC4", "#DCE9F4", "#E4EFE0"]
    for j in range(N + 1):
        radius = N + 1 - j
        ax.add_patch(
            Circle((0, 0), radius, facecolor=tints[(N - j) % 4], edgecolor=BLACK, linewidth=1.1)
        )
        label = rf"$\nabla l(w_{N};T)$" if j == N else rf"$I-\alpha\hat H_{j}$"
        height = 0 if j == N else radius - 0.5
        ax.text(0, height, label, ha="center", va="center", fontsize=11)
        end = radius * np.array([np.cos(0.25 - 0.2 * j), np.sin(0.25 - 0.2 * j)])
        at = N + 1.55, 1.9 - 1.35 * j
        ax.plot([end[0], at[0] - 0.1], [end[1], at[1]], "-", color="0.5", linewidth=0.9)
        square = rf"$\mathbb{{E}}\Vert x_{j}\Vert^2$ = {squares[N - j]:.2f}"
        ax.text(*at, square, va="center", fontsize=11)
    ax.set(xlim=(-N - 1.1, N + 5.2), ylim=(-N - 1.1, N + 1.1), aspect="equal")
    ax.set_title(r"$\hat G=x_0$, peeled from outside", loc="left")
    ax.axis("off")


#: how the reason of a line begins -> its name in the figure
NAMES = {
    "⟨": "Young: " + r"$\langle\nabla\mathcal{L},e\rangle\geq\ldots$",
    "Lemma 8 (mean)": "Lemma 8 (mean)",
    "Lemma 8 (second moment)": "Lemma 8 (second moment)",
    "(x + y)²": r"split square and two like it",
    "Proposition 3": "Proposition 3",
    "Proposition 2": "Proposition 2",
    "descent lemma": "descent lemma",
}


def where_lost(shares):
    """Which lines of a step lose most. shares: reason -> median share of the slack."""
    named, others = {}, 0.0
    for reason, share in shares.items():
        name = next((NAMES[start] for start in NAMES if reason.startswith(start)), None)
        if name and (share >= 0.005 or reason.startswith("(x + y)²")):
            named[name] = share
        else:
            others += share
    named["all others"] = others
    with picture(
        "At large $C_\\beta$ Young's line gives away more than all other lines together",
        "A bar for each line of Theorem 1's step that loses something: Young's inequality about "
        "0.7 of the slack, Lemma 8 (mean) a seventh, Proposition 3 and Lemma 8 (second moment) "
        "about a twentieth each, the three lines that split a square and all others next to "
        "nothing.",
        height=2.9,
    ) as ax:
        names = list(named)[::-1]
        colours = [VERMILION if name.startswith("Young") else BLUE for name in names]
        ax.set_axisbelow(True)
        bars = ax.barh(names, [named[name] for name in names], color=colours)
        labels = [f"{share:.{0 if share > 0.01 else 1}%}" for share in bars.datavalues]
        ax.bar_label(bars, labels, padding=4, fontsize=10)
        ax.set(xlabel="median share of the slack, over 100 random instances", xlim=(0, 1))


def incomes(C_beta, curves, best):
    """κ over C_β, without noise, with Young's inequality and with the identity. C_beta: (n,).
    curves: name -> (n,), NaN where the proof does not hold. best: name -> (C_β, κ)."""
    with picture(
        "Of Theorem 2's best κ the identity keeps nearly two thirds, Young and the split a twelfth",
        "The factor kappa over C_beta from 2 to 100. Without noise, Theorem 2's: from 0 at 2 up to "
        "0.12 at 4, then down. With Young: nothing up to 10, then a hump, 0.01 high, at 20. With "
        "the identity: it starts at C_beta = 5 with 0.08 and falls like 1/C_beta. At 100 the two "
        "with noise are nearly equal, that without noise is more than twice as large.",
        height=3.4,
    ) as ax:
        labels = {
            "no noise": "without noise (Theorem 2), $C_\\beta>2$",
            "Young": "with Young and the split square, $C_\\beta>10$",
            "identity": "with the identity, $C_\\beta\\geq5$",
        }
        looks = (BLACK, ":", (-20, 8)), (VERMILION, "--", (-66, 3)), (BLUE, "-", (-62, -4))
        for (name, kappa), (colour, line, offset) in zip(curves.items(), looks, strict=True):
            ax.plot(C_beta, kappa, line, color=colour, label=labels[name])
            at, kappa = best[name]
            ax.plot(at, kappa, "o", color=colour)
            ax.annotate(
                rf"$\kappa$ = {kappa:.4f}",
                (at, kappa),
                xytext=offset,
                textcoords="offset points",
                fontsize=10,
            )
        ax.set(xscale="log", xlabel=r"$C_\beta$", ylabel=r"$\kappa$", ylim=(0, 0.14))
        ax.set_xticks([2, 5, 10, 20, 50, 100], ["2", "5", "10", "20", "50", "100"])
        ax.minorticks_off()
        ax.legend(loc="upper right")


def stepsizes(found):
    """The gradient along runs with three kinds of stepsize, with two kinds of noise. found: noise
    -> (stepsize -> mean of the norm at each k, (K,))."""
    with picture(
        "With coins clipping changes little; with heavy tails it helps, but late",
        "Two panels, the mean gradient norm over 1,000 meta-iterations, logarithmic. On the left, "
        "noise from coins: the curves rise to 0.3 and fall, that with half the stepsize later. On "
        "the right, noise with heavy tails: with the constant stepsize the gradient starts at "
        "0.22, rises a little, falls and stays near 0.12, with half of it a little lower; with "
        "clipping it rises to 0.3, is equal at k = 400 and falls to 0.04.",
        panels=2,
        height=3.8,
        sharey=True,
    ) as axes:
        for ax, (noise, curves) in zip(axes, found.items(), strict=True):
            looks = ("-", BLUE), (":", GREEN), ("--", VERMILION)
            for (name, norms), (look, colour) in zip(curves.items(), looks, strict=True):
                smooth = np.mean(norms.reshape(-1, 20), axis=1)
                ax.plot(np.arange(10, len(norms), 20), smooth, look, color=colour, label=name)
            ax.set(title=noise, xlabel="meta-iteration k", yscale="log")
        ticks = [0.01, 0.03, 0.1, 0.3]
        axes[0].set_yticks(ticks, [f"{tick:g}" for tick in ticks])
        axes[0].minorticks_off()
        axes[0].legend(loc="upper right", fontsize=10)
        axes[0].set(ylabel=r"mean $\Vert\nabla\mathcal{L}(w_k)\Vert$ of 160 runs")
