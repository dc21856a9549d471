"""The figures of lesson 19."""

import numpy as np

from . import COLOURS, picture

BLACK, BLUE, GREEN, VERMILION = (COLOURS[name] for name in ("black", "blue", "green", "vermilion"))
PALE = "#F8DCC4"
LOOKS = ("-", BLUE), ("--", VERMILION), (":", GREEN)


def ledger(w, tasks, meta, gained, income, cost):
    """The losses; what a step gains, and what the theorem is sure of. w, meta, gained: (n,). tasks:
    the query losses, (n,) each. income: κ‖∇𝓛‖²/L_w, (n,). cost: φ/B, a number."""
    with picture(
        "Where the income exceeds the cost, a fall of the expected loss is promised",
        "On the left three wells of different depths and places over w from -3 to 3, and the "
        "meta-loss, which is shallower: highest near -2.7, lowest near 0.3. On the right the "
        "decrease of the meta-loss in one step. The measured gain, dots, has two humps, of 0.020 "
        "near w = -1.2 and 0.014 near w = 1.7, and is about 0 at the stationary points beside "
        "them. The income, a line, has the same humps at half the height. A level line, the cost, "
        "is more than a quarter as high as the higher hump. Shaded are the places where the cost "
        "exceeds the income; most dots lie above 0 there too.",
        panels=2,
        height=4.2,
        width_ratios=[1, 1.5],
    ) as (left, ax):
        for number, loss in enumerate(tasks):
            label = "tasks 1, 2, 3" if number == 0 else None
            left.plot(w, loss, ":", color=GREEN, label=label)
            top = loss.argmax()
            left.text(w[top], loss[top], f"{number + 1}", color=GREEN, va="bottom", ha="center")
        left.plot(w, meta, "-", color=BLACK, label="meta-loss")
        left.set(title="Three wells", xlabel="w", ylabel="loss", yticks=[0, 1, 2])
        ax.plot(w, gained, "o", color=BLACK, markersize=4, label="gained on average")
        ax.plot(w, income, "-", color=BLUE, label="income")
        ax.axhline(cost, linestyle="--", color=VERMILION, label="cost")
        shade = dict(interpolate=True, color=PALE, label="cost above income")
        ax.fill_between(w, income, cost, where=income < cost, **shade)
        ax.set(title="One step, B = 100", xlabel="w", ylabel="decrease of the meta-loss")
        ax.set_yticks([0, 0.005, 0.01, 0.015, 0.02])
        left.legend(loc="upper left", bbox_to_anchor=(0.0, -0.16), fontsize=10)
        ax.legend(loc="upper left", bbox_to_anchor=(0.0, -0.16), ncols=2, fontsize=10)


def chord(norms, weights, chi, Q):
    """f(x) = x²/(x + χ): Jensen's chord over two gradient norms, and the two largest x with
    f(x) ≤ Q and f(x) ≤ Q/2. norms, weights: two of each."""

    def f(x):
        return x**2 / (x + chi)

    with picture(
        "f bends upward, and so halving Q does not halve x",
        "Two panels with the curve f, which starts level and bends upward. On the left a chord "
        "joins two of its points; above the mean of their x the point on the chord lies higher "
        "than the point on the curve. On the right two level lines, Q and Q/2, meet the curve: "
        "the lower one at 0.7 times the x of the upper one.",
        panels=2,
        height=3.6,
    ) as (left, right):
        x = np.linspace(0, 1.15 * norms[1], 40)
        mean = norms @ weights
        left.plot(x, f(x), "-", color=BLUE, label=r"$f(x)=x^2/(x+\chi)$")
        left.plot(norms, f(norms), "--s", color=VERMILION, label="chord between two norms")
        left.plot(mean, f(norms) @ weights, "D", color=VERMILION, markersize=9, label="mean of f")
        left.plot(mean, f(mean), "o", color=BLUE, label="f of the mean")
        left.plot([mean, mean], [f(mean), f(norms) @ weights], ":", color=BLACK)
        left.set(title="Jensen: f is convex", xlabel=r"$x$, a gradient's norm", ylabel="f(x)")
        left.legend(loc="upper left", fontsize=10)
        largest = [(q + np.sqrt(q * q + 4 * chi * q)) / 2 for q in (Q, Q / 2)]
        x = np.linspace(0, 1.25 * largest[0], 40)
        right.plot(x, f(x), "-", color=BLUE, label="f")
        looks = ("--", VERMILION, "Q"), (":", GREEN, "Q/2")
        for q, at, (line, colour, name) in zip((Q, Q / 2), largest, looks, strict=True):
            right.plot([0, at], [q, q], line, color=colour, label=f"level {name}")
            right.plot([at, at], [0, q], line, color=colour)
            right.plot(at, q, "o", color=colour)
        right.set(title=r"The largest $x$: divided by about $\sqrt{2}$")
        right.set(xlabel=r"$x$, the mean norm", ylabel="f(x)", ylim=(0, None), xlim=(0, None))
        right.legend(loc="upper left", fontsize=10)


def runs(K, measured, bounds, steepest, loss, points, factors):
    """Runs and bounds over K, a ramp with its run, and the factor between bound and run.

    measured, bounds: B -> (len(K),). steepest: the largest gradient that there is. loss, points: of
    the ramp, its run (steps + 1, 1). factors: K -> bound over run on a ramp.
    """
    from tinymaml.course import mark_guess

    with picture(
        "After 100 to 200 steps bounds say something; on long ramps runs nearly meet them",
        "On the left, both axes logarithmic, the mean gradient of the runs for three sizes of the "
        "batch: 0.19 at first, 0.28 near K = 30, then falling steeply; with 100 it levels off. The "
        "bounds lie above, falling with half the slope, and level off too. A grey level marks the "
        "largest gradient that there is; above it a bound says nothing. In the middle a loss that "
        "falls along a straight line, on which the points of a run lie evenly, and rounds off to a "
        "minimum. On the right bound over run: on the wells it falls to a little above 2 near "
        "K = 50 and rises again; on ramps it falls to 1.04 at K = 10,000.",
        panels=3,
        height=4.4,
    ) as (left, middle, right):
        for (B, mean), (line, colour) in zip(measured.items(), LOOKS, strict=True):
            left.plot(K, bounds[B], line, color=colour, linewidth=1.2, marker="^", markersize=3)
            left.plot(K, mean, line, color=colour, label=rf"$B$ = {B:,}")
            right.plot(K, bounds[B] / mean, line, color=colour, label=rf"$B$ = {B:,}")
        left.plot([], [], "-^", color="black", linewidth=1.2, markersize=3, label="bounds")
        left.axhline(steepest, color="0.6", linewidth=1.5, label="largest gradient")
        left.set(title=r"Wells, $C_\beta=4$: runs and bounds", xlabel="K, meta-iterations")
        left.set(ylabel=r"mean of $\Vert\nabla\mathcal{L}(w_k)\Vert$, $k<K$")
        far = loss.knots[0] - loss.gradients[0] / loss.curvatures[0]
        w = np.linspace(1.3 * far, 0, 150)[:, None]
        middle.plot(w[:, 0], loss.value(w), "-", color=BLACK, label="loss")
        every = points[::10]
        label = "every tenth $w_k$"
        middle.plot(every[:, 0], loss.value(every), "o", color=BLUE, markersize=5, label=label)
        middle.set(title=r"The ramp of $K=100$, $C_\beta=100$", xlabel="w", ylabel="loss $l(w)$")
        right.plot(list(factors), list(factors.values()), "s", color=BLACK, label="ramps")
        right.axhline(1, color="0.6", linewidth=1)
        right.set(title="Bound over run", xlabel="K, meta-iterations", ylabel="bound / run")
        for ax in (left, right):
            ax.set(xscale="log", yscale="log")
        right.set_yticks([1, 2, 5, 10, 20, 50], ["1", "2", "5", "10", "20", "50"])
        right.minorticks_off()
        mark_guess("19.bound_over_runs", right, x=K[-1])
        for ax in (left, middle, right):
            ax.legend(loc="upper left", bbox_to_anchor=(-0.1, -0.2), ncols=2, fontsize=9)


def slopes(inside, beyond, C_l):
    """𝓛′ of one wave between two multiples of l′, and 𝓛′ that turns where α is too large. inside,
    beyond: dicts of w, task (l′) and meta (𝓛′), (n,) each."""
    with picture(
        r"While $C_l>0$ the slope of $\mathcal{L}$ keeps the sign of $l'$; beyond, it may turn",
        "Two panels with the slope of one wave, about 310 near w = 620, and that of its "
        "meta-objective. On the left the latter ripples between two straight bounds, 0.73 and 1.27 "
        "times the slope of the task. On the right, with the larger inner step, it swings between "
        "about -38 and 80.",
        panels=2,
        height=3.8,
    ) as (left, right):
        w, slope = inside["w"], inside["task"]
        label = r"from $C_l\,l'$ to $(2-C_l)\,l'$"
        left.fill_between(w, C_l * slope, (2 - C_l) * slope, color="0.9", label=label)
        left.set(title=r"A wave, $\alpha L=1/8$", ylabel="slope")
        right.set(title=r"The same wave, $\alpha L=1.5$: $C_l<0$")
        for ax, lines in ((left, inside), (right, beyond)):
            ax.axhline(0, color="0.6", linewidth=1)
            ax.plot(lines["w"], lines["task"], "--", color=GREEN, label=r"task, $l'$")
            label = r"meta-objective, $\mathcal{L}'$"
            ax.plot(lines["w"], lines["meta"], "-", color=BLUE, label=label)
            ax.set(xlabel="w", ylim=(-60, 1.06 * (2 - C_l) * slope.max()))
            ax.legend(loc="upper left", bbox_to_anchor=(0.0, -0.22), ncols=2, fontsize=10)
