"""The random stepsize is a relative of gradient clipping: both where the meta-objective is not
smooth.

Five tasks of one variable, w²/4 − ½cos(w − φ): L = 1, ρ = ½, σ ≤ ½, and slopes without a bound. One
inner step with α = 1/8. All rules go along the exact −∇𝓛, from the same start, and differ only in
the stepsize β: 1/L̂ as in Algorithm 1, with L̂ = A + C_𝓛‖∇l_i(w; one sample)‖ from one sample (±½) of
one task, drawn anew each time, 20 seeds; clipping, 1/(L0 + L1‖∇𝓛‖), for which L0, L1 and ‖∇𝓛‖ have
to be known; steps of the length 1/L1, the longest that clipping takes; and constant 1/A. No rule
has a safety factor: Theorem 1 asks for C_β > 10 in β = 1/(C_βL̂), since its meta-gradients are noisy
too.
"""

import numpy as np

from ...pictures import DOTS, look, picture
from ...theory.paths import norm
from ...theory.resampling_instance import ResamplingInstance
from ...theory.results.clipping import coefficients
from . import Reproduction, Table, no_report

SECONDS = 3
PHASES = (-0.6, -0.3, 0.0, 0.3, 0.6)
START, NOISE, ALPHA = 300.0, 0.5, 1 / 8
ITERATIONS, SEEDS = 100, 20
SHOWN = (0, 10, 20, 30, 40, 60, 80, 100)
RANDOM, CLIPPED, FIXED_LENGTH, CONSTANT = "random", "clipped", "fixed length", "constant"
LABELS = {
    RANDOM: "random, 1/L̂: median and range of the seeds",
    CLIPPED: "clipped, $1/(L_0 + L_1\\|\\nabla\\mathcal{L}\\|)$",
    FIXED_LENGTH: "fixed length, $1/(L_1\\|\\nabla\\mathcal{L}\\|)$",
    CONSTANT: "constant, $1/A$",
}
HEADER = (
    "rule",
    "iteration",
    "gradient",
    "lowest_gradient",
    "highest_gradient",
    "meta_objective",
    "step_length",
)


class Rippled:
    """w²/4 − ½cos(w − phase), of one variable: a bowl with ripples. l″ = ½ + ½cos lies between 0
    and 1, so that L = 1, and |l‴| ≤ ½ = ρ."""

    batched = True
    dimension = 1
    L, rho = 1.0, 0.5

    def __init__(self, phase):
        self.phase = phase

    def value(self, w):
        w = np.asarray(w)[..., 0]
        return w**2 / 4 - np.cos(w - self.phase) / 2

    def gradient(self, w):
        return np.asarray(w) / 2 + np.sin(w - self.phase) / 2

    def hessian(self, w):
        return (1 / 2 + np.cos(w - self.phase) / 2)[..., None]


def problem():
    """The tasks as a `ResamplingInstance`: where constants and exact meta-gradients come from. σ: a
    task's gradient differs from the others' by its sine, and |sine|/2 ≤ ½."""
    return ResamplingInstance(
        losses=[Rippled(phase) for phase in PHASES],
        w=[START],
        alpha=ALPHA,
        steps=1,
        sigma=0.5,
        noise=np.full((2, 1), NOISE),
    )


def run(seed=0, quick=False, report=no_report):
    """seed: the first of the seeds of L̂, which do not overlap with those of another `seed`."""
    x = problem()
    seeds = 3 if quick else SEEDS
    rows = []
    for k, rule in enumerate(LABELS):
        report(k / len(LABELS), LABELS[rule].split(",")[0])
        many = seeds if rule == RANDOM else 1
        runs = [descend(x, rule, np.random.default_rng(seeds * seed + s)) for s in range(many)]
        rows += summarise(rule, np.array(runs))
    table = Table(HEADER, rows)
    message = title(table)
    shown = table.where(iteration=SHOWN)
    return Reproduction(message, caption(x, table), table, draw(message, x, table), shown)


# ---- the runs


def descend(x, rule, rng):
    """‖∇𝓛‖, 𝓛 and the step's length at w_0 … w_K: (K + 1, 3)."""
    L0, L1 = coefficients(x)
    A, C_meta = x.constants.A, x.constants.C_meta
    w, found = x.w, []
    for _ in range(ITERATIONS + 1):
        meta_gradient = x.meta_gradient_at(w)
        size = norm(meta_gradient)
        if rule == RANDOM:
            beta = 1 / (A + C_meta * sample_norm(x, w, rng))
        elif rule == CLIPPED:
            beta = 1 / (L0 + L1 * size)
        elif rule == FIXED_LENGTH:
            beta = 1 / (L1 * size)
        else:
            beta = 1 / A
        found.append((float(size), float(x.meta_loss(w)), float(beta * size)))
        w = w - beta * meta_gradient
    return found


def sample_norm(x, w, rng):
    """‖∇l_i(w; one sample)‖ for a random task, a float."""
    task = x.tasks[rng.integers(len(x.tasks))]
    return float(norm(task.inner.gradient(w) + rng.choice([-1, 1]) * x.noise[-1]))


def summarise(rule, runs):
    """The rows of a rule, one an iteration: medians over its runs (runs, K + 1, 3), and the range
    of the gradients."""
    middle = np.median(runs, axis=0)
    low, high = runs[..., 0].min(axis=0), runs[..., 0].max(axis=0)
    rows = []
    for k, (size, loss, length) in enumerate(middle.tolist()):
        rows.append((rule, k, size, float(low[k]), float(high[k]), loss, length))
    return rows


# ---- what it says


def title(table):
    least = min(table.where(rule=FIXED_LENGTH).column("gradient"))
    return (
        "The random stepsize does what clipping does, with one sample of one task for the "
        "meta-gradient’s size;\nsteps of a fixed length are as fast far out, and never bring "
        f"the gradient below {least:.2f}"
    )


def caption(x, table):
    arrive = {}
    for rule in (RANDOM, CLIPPED, CONSTANT):
        sizes = np.array(table.where(rule=rule).column("gradient"))
        arrive[rule] = int(np.argmax(sizes < 1e-6))
    L0, L1 = coefficients(x)
    return (
        "Left: the curvature of the meta-objective at 3,000 points grows with its gradient, and "
        f"stays below L0 + L1‖∇𝓛‖ = {L0:.2f} + {L1:.3f}‖∇𝓛‖: no constant bounds it everywhere. "
        "Right: ‖∇𝓛‖ over the iterations of four stepsizes, each along the exact −∇𝓛 and without "
        f"a safety factor. Below 10⁻⁶ come: random (median) after {arrive[RANDOM]}, clipped after "
        f"{arrive[CLIPPED]}, constant 1/A after {arrive[CONSTANT]} iterations. L̂ is a little "
        "smaller than L0 + L1‖∇𝓛‖, which has to allow for C_l and σ, so that its steps are longer. "
        "What this does not show: that bounded steps are needed. As long as C_l > 0 a constant "
        "stepsize descends as well, and here it is the fastest."
    )


def draw(message, x, table):
    with picture(message, panels=2, size=(11.5, 5.4)) as (figure, (left, right)):
        draw_curvature(left, x)
        for k, rule in enumerate(LABELS):
            rows = table.where(rule=rule)
            iteration = rows.column("iteration")
            right.plot(iteration, rows.column("gradient"), **look(k, label=LABELS[rule]))
            if rule == RANDOM:
                low, high = rows.column("lowest_gradient"), rows.column("highest_gradient")
                right.fill_between(iteration, low, high, color=look(k)["color"], alpha=0.25, lw=0)
        right.set(xlabel="meta-iteration", yscale="log", ylim=(1e-8, 1e3), xlim=(0, ITERATIONS))
        right.set_ylabel("$\\|\\nabla\\mathcal{L}(w_k)\\|$ (log scale)")
        right.set_title("the same start, four stepsizes", loc="left")
        right.grid(True, color="0.9")
        figure.legend(loc="outside lower right", ncols=2)
    return figure


def draw_curvature(axes, x):
    """|𝓛″| against |𝓛′| at many points, and the bound."""
    L0, L1 = coefficients(x)
    w = np.linspace(0, START, 3000)[:, None]
    apart = 1e-5
    size = norm(x.meta_gradient_at(w))
    curvature = norm(x.meta_gradient_at(w + apart) - x.meta_gradient_at(w - apart)) / (2 * apart)
    axes.plot(size, curvature, **look(0, linestyle="none", marker=".", markersize=2.5))
    most = np.array([0, size.max()])
    axes.plot(most, L0 + L1 * most, color="0.2", linestyle=DOTS, linewidth=2)
    axes.annotate(
        "$L_0 + L_1\\|\\nabla\\mathcal{L}\\|$",
        (0.45 * most[1], L0 + L1 * 0.45 * most[1]),
        xytext=(-8, 8),
        textcoords="offset points",
        ha="right",
    )
    axes.set(xlabel="$\\|\\nabla\\mathcal{L}(w)\\|$", ylabel="curvature $|\\mathcal{L}''(w)|$")
    axes.set(xlim=(0, None), ylim=(0, None))
    axes.set_title("the curvature grows with the gradient", loc="left")
    axes.grid(True, color="0.9")
