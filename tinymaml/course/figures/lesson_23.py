"""The figures of lesson 23."""

from . import COLOURS, picture

BLACK, BLUE, GREEN, VERMILION = (COLOURS[name] for name in ("black", "blue", "green", "vermilion"))
LOOKS = (("o", VERMILION, "-"), ("s", GREEN, "--"), ("^", BLUE, "-."))


def price_lists(steps, lists, needed):
    """Inner gradients of a meta-iteration over N in three price lists, and the samples that a step
    needs.

    steps: (n,). lists: name -> (n,), in units of the first one's first. needed: ε -> (N (m,), S
    (m,)), not rounded.
    """
    from tinymaml.course import mark_guess

    with picture(
        "One lemma makes the price nearly flat in N, another makes N = 1 the cheapest",
        "On the left the inner gradients of one meta-iteration over 1 to 20 inner steps, on a "
        "logarithmic axis. The plain list rises 26 times. The sharper one without Proposition 2″ "
        "is nearly flat. With it the first point lies far below, and the others rise fourfold. On "
        "the right the samples that an inner step needs, over N up to 1000, on logarithmic axes: "
        "low at N = 1, a jump up to N = 2, then falling like 1/N below a dotted line at one "
        "sample.",
        panels=2,
        height=4.2,
    ) as (left, right):
        for (name, values), (marker, colour, line) in zip(lists.items(), LOOKS, strict=True):
            left.plot(steps, values, line, marker=marker, color=colour, markersize=5, label=name)
        left.set(yscale="log", xlabel="inner steps N", xticks=(1, 5, 10, 15, 20))
        left.set(
            title=r"One meta-iteration, $\varepsilon=0.01$",
            ylabel="inner gradients, plain at N = 1 is 1",
        )
        mark_guess("23.plain_list_from_1_to_20", left, x=20)
        left.legend(loc="upper left", bbox_to_anchor=(-0.1, -0.2), fontsize=10)
        for (epsilon, (N, S)), line in zip(needed.items(), ("-", "-."), strict=True):
            label = rf"sharper, $\varepsilon={epsilon:g}$"
            right.plot(N, S, line, color=BLUE, label=label)
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
        "On a cosine and in noise the bound leaves the run behind; on the ramp it does not",
        "Three panels with logarithmic axes: the gradient over the number of meta-iterations, runs "
        "as solid lines, bounds as dashed ones. Cosine: near at K = 10, then the run falls twice "
        "as steeply as the bound. Ramp: two parallel lines, close together. Noisy wells: at each "
        "of two batch sizes the run falls below its bound and levels out far below where the bound "
        "does.",
        panels=3,
        height=4.2,
        sharey=True,
    ) as axes:
        for ax, (title, curves) in zip(axes, panels.items(), strict=True):
            for (label, K, run, bound), (marker, colour, _) in zip(curves, LOOKS, strict=False):
                look = dict(color=colour, marker=marker, markersize=4)
                ax.plot(K, bound, "--", label=f"bound{label}", fillstyle="none", **look)
                ax.plot(K, run, "-", label=f"run{label}", **look)
            ax.set(title=title, xscale="log", yscale="log", xlabel="meta-iterations K")
            ax.minorticks_off()
            ax.legend(loc="upper left", bbox_to_anchor=(-0.1, -0.2), fontsize=10)
        axes[0].set_ylabel(r"$\mathbb{E}\Vert\nabla\mathcal{L}(w_\zeta)\Vert$")


def results(sharper=False):
    """The graph of all results, after the last of the lessons that prove them.

    sharper: with the results that the paper does not have.
    """
    from tinymaml.theory import graph

    bottoms, _ = graph.heights()
    height = bottoms[-1] + graph.HEIGHT + 0.5
    alt = f"All boxes are blue. {graph.describe()}"
    title = "All twenty results of the paper are proved"
    if sharper:
        height += 0.42 + 2 * (graph.HEIGHT + 0.1)
        title = f"{title}, and {len(graph.SHARPER)} more"
        alt += " Below, dashed, the sharper results and those beyond, each with what it cites."
    with picture(title, alt, height=height) as ax:
        graph.draw(ax, sharper=sharper)
