"""The figures of lesson 23."""

from . import COLOURS, picture

BLACK, BLUE, GREEN, VERMILION = (COLOURS[name] for name in ("black", "blue", "green", "vermilion"))
LOOKS = (("o", VERMILION, "-"), ("s", GREEN, "--"), ("^", BLUE, "-."))


def two_branches(chi):
    """The bound Q + √(χQ) over Q, its two parts, and the R that each of two accuracies allows."""
    import numpy as np

    Q = np.geomspace(1e-4, 1e3, 200)
    with picture(
        "The bound is nearly √(χQ) for Q far below χ, and nearly Q far above",
        "The bound over Q on logarithmic axes. For small Q it follows the line √(χQ), for large Q "
        "the steeper line Q; the lines cross where both are χ. Two dotted horizontal lines at ε = "
        "0.1, below χ, and ε = 40, above it, end over a dot on the bound's curve, at about half of "
        "ε, where Q is R.",
        height=3.3,
    ) as ax:
        ax.plot(Q, Q + np.sqrt(chi * Q), color=BLACK, label=r"the bound $Q+\sqrt{\chi Q}$")
        ax.plot(Q, np.sqrt(chi * Q), "--", color=BLUE, label=r"$\sqrt{\chi Q}$")
        ax.plot(Q, Q, "-.", color=GREEN, label="$Q$")
        for epsilon in (0.1, 40.0):
            R = epsilon**2 / (4 * max(chi, epsilon))
            ax.plot([Q[0], R], [epsilon] * 2, ":", color=VERMILION)
            ax.plot([R] * 2, [1e-2, epsilon], ":", color=VERMILION)
            label = "the bound at $R$" if epsilon < chi else None
            ax.plot(R, R + np.sqrt(chi * R), "o", color=VERMILION, label=label)
            ax.text(1.3e-4, 1.25 * epsilon, rf"$\varepsilon={epsilon:g}$", color=VERMILION)
            ax.text(1.15 * R, 1.4e-2, "$R$", color=VERMILION)
        ax.plot(chi, chi, "s", color=BLACK, label=r"both are $\chi$")
        ax.set(xscale="log", yscale="log", xlabel="$Q$", ylabel="the bound")
        ax.set(xlim=(Q[0], Q[-1]), ylim=(1e-2, 1e3))
        ax.minorticks_off()
        ax.legend(loc="center left", bbox_to_anchor=(1.02, 0.5))


def price_lists(steps, totals, needed):
    """All inner gradients over N in three price lists, and the samples that a step needs.

    steps: (n,). totals: name -> n numbers, drawn in units of the plain first.
    needed: ε -> (N (m,), S (m,)), not rounded.
    """
    from tinymaml.course import mark_guess

    unit = totals["plain"][0]
    with picture(
        "Lemma 4′ flattens the price in N; Prop. 2″ lowers it, most of all at N = 1",
        "On the left all inner gradients of a run over 1 to 20 inner steps, on a logarithmic axis. "
        "The plain list rises 27 times. The sharper one without Proposition 2″ is nearly flat, "
        "below it. With it all points lie lower still, the first one far below the others, which "
        "rise fourfold. On the right the samples that an inner step needs, over N up to 1000, on "
        "logarithmic axes. For ε = 0.01 a rise from 8 at N = 1 to a peak near N = 3, then a fall "
        "like 1/N that crosses a dotted line at one sample; for ε = 0.1 all is below this line.",
        panels=2,
        height=4.2,
    ) as (left, right):
        for (name, values), (marker, colour, line) in zip(totals.items(), LOOKS, strict=True):
            look = dict(marker=marker, color=colour, markersize=5, label=name)
            left.plot(steps, [value / unit for value in values], line, **look)
        left.set(yscale="log", xlabel="inner steps N", xticks=(1, 5, 10, 15, 20))
        left.set_title(r"A whole run, $\varepsilon=0.01$")
        left.set_ylabel("KBNS ÷ plain list's at N = 1")
        mark_guess("23.plain_list_from_1_to_20", left, x=20)
        sharper = [value / unit for value in totals["sharper"]]
        mark_guess("23.the_cheapest_N", left, curve=(steps, sharper))
        left.legend(loc="upper left", bbox_to_anchor=(-0.1, -0.2), fontsize=10)
        for (epsilon, (N, S)), line in zip(needed.items(), ("-", "-."), strict=True):
            label = rf"sharper, $\varepsilon={epsilon:g}$"
            # dots at N = 1, 2, 3: between them the line bends
            look = dict(marker="^", markersize=5, markevery=[0, 1, 2])
            right.plot(N, S, line, color=BLUE, label=label, **look)
        right.axhline(1, color=BLACK, linestyle=":", label="one sample")
        right.set(xscale="log", yscale="log", xlabel="inner steps N", ylabel="samples S, unrounded")
        right.set_title("What an inner step needs")
        left.minorticks_off()
        right.minorticks_off()
        right.legend(loc="upper left", bbox_to_anchor=(0, -0.2), ncols=2, fontsize=10)


def bound_and_run(panels):
    """Bound and run over K, a panel for each loss. panels: title -> list of (label, K, run, bound),
    arrays (n,)."""
    with picture(
        "On a cosine and in noise the run falls far below its bound; on the ramp it does not",
        "Three panels with logarithmic axes: the gradient over the number of meta-iterations, runs "
        "as solid lines, bounds as dashed ones. Cosine: near at K = 10, then the run falls twice "
        "as steeply as the bound. Ramp: two lines, close together, parallel from K = 100 on. "
        "Noisy wells: at each of two batch sizes the run falls below its bound and levels out far "
        "below where the bound does.",
        panels=3,
        height=4.2,
        sharey=True,
    ) as axes:
        for ax, (title, curves) in zip(axes, panels.items(), strict=True):
            for (label, K, run, bound), marker in zip(curves, "os", strict=False):
                look = dict(marker=marker, markersize=4)
                ax.plot(K, bound, "--", label=f"bound{label}", color=VERMILION, **look)
                ax.plot(K, run, "-", label=f"run{label}", color=BLUE, **look)
            ax.set(title=title, xscale="log", yscale="log", xlabel="meta-iterations K")
            ax.minorticks_off()
            ax.legend(loc="upper left", bbox_to_anchor=(-0.1, -0.2), fontsize=10)
        axes[0].set_ylabel(r"$\mathbb{E}\Vert\nabla\mathcal{L}(w_\zeta)\Vert$")


def results():
    """The graph of all results, the sharper ones too: after the last of the lessons that prove
    them."""
    from tinymaml.theory import graph

    bottoms, _ = graph.heights()
    height = bottoms[-1] + graph.HEIGHT + 0.5 + 0.42 + 2 * (graph.HEIGHT + 0.1)
    title = f"All twenty results of the paper are proved, and {len(graph.SHARPER)} more"
    alt = (
        f"The boxes of the paper's results are filled, with solid edges. {graph.describe()} "
        "Below, dashed, the sharper results and those "
        "beyond, each with what it cites."
    )
    with picture(title, alt, height=height) as ax:
        graph.draw(ax, sharper=True)
