"""A stepsize of one size for all w beside the random one: Algorithm 2 with both, and the bounds of
Theorems 2 and 3 above them.

The random stepsize of Ji, Yang & Liang (2022) follows an estimate of the meta-objective's
smoothness, which grows with the gradient. Theorem 3, derived for this course, does without: a
constant stepsize converges, too. Two problems with certified constants, two cosine wells and eight
cosine sums whose support and query sets differ; five inner steps of α = 1/(8NL), batches of 100
tasks, 3,000 meta-iterations, 5 seeds. The gradient ∇𝓛(w_k) is exact: the mean over all tasks.
"""

import numpy as np

import tinymaml as tm

from ...pictures import DOTS, look, picture
from ...problems.cosine_sums import CosineSums
from ...problems.cosine_wells import CosineWells
from ...theory import FiniteSumConstants, FiniteSumInstance, constant_stepsize, sufficient_sizes
from ...theory.constants import inner_stepsize
from ...theory.paths import norm
from ..statistics import summarise_runs
from . import Reproduction, Table, no_report

SECONDS = 50
SEEDS, ITERATIONS, BATCH, STEPS = 5, 3_000, 100, 5
C_BETA = 4.0  # the best for Theorem 2: its κ is largest there
WELLS, SUMS = "cosine wells", "cosine sums"
CONSTANT, RANDOM = "constant stepsize", "random stepsize"
KINDS = (CONSTANT, RANDOM)
HEADER = (
    "problem",
    "stepsize",
    "K",
    "mean_gradient",
    "half_width_95",
    "bound",
    "mean_beta",
    "gradients",
    "hvps",
)


def problems():
    """Each problem and a start, by name."""
    wells = CosineWells()
    rng = np.random.default_rng(0)
    sums = CosineSums.random(rng, tasks=8, dimension=3, terms=6, shift=0.1)
    return {WELLS: (wells, np.array([2.0])), SUMS: (sums, np.array([1.0, 0.0, 0.0]))}


def run(seed=0, quick=False, report=no_report):
    """-> `Reproduction`. seed: the first of the seeds, which do not overlap with those of another
    `seed`."""
    iterations = 30 if quick else ITERATIONS
    seeds = [SEEDS * seed + k for k in range(2 if quick else SEEDS)]
    jobs = [(problem, kind) for problem in (WELLS, SUMS) for kind in KINDS]
    rows = []
    for k, (problem, kind) in enumerate(jobs):
        report(k / len(jobs), f"{problem}, {kind}")
        rows += rows_of(problem, kind, iterations, seeds)
    table = Table(HEADER, rows)
    message = title(table)
    shown = table.where(K=(1, 10, 100, 1_000, iterations))
    return Reproduction(message, caption(table), table, draw(message, table), shown)


# ---- what is measured


def instance(problem, start):
    """The `FiniteSumInstance` of a problem, with its certified constants."""
    return FiniteSumInstance(
        support_losses=problem.support_losses,
        query_losses=problem.query_losses,
        w=start,
        alpha=inner_stepsize(problem.L, STEPS),
        steps=STEPS,
        B=BATCH,
        C_beta=C_BETA,
        sigma=problem.sigma,
        b=problem.b_i,
    )


def rows_of(name, kind, iterations, seeds):
    """The rows of one problem and one stepsize: the mean of ‖∇𝓛(w_k)‖ over k < K, for some K."""
    problem, start = problems()[name]
    x = instance(problem, start)
    c = x.constants
    stepsize, estimated = constant_stepsize(c).beta, 0
    if kind == RANDOM:
        estimated = sufficient_sizes(c)["B_L"]
        stepsize = tm.RandomStepsize(c.A, c.C_meta, c.C_beta, estimated)
    means, betas = zip(*(train(problem, x, stepsize, iterations, s) for s in seeds), strict=True)
    Delta = float(x.meta_loss(x.w) - x.lower_bound)
    rows = []
    for K in checkpoints(iterations):
        mean, half_width = summarise_runs([run[K - 1] for run in means])
        beta = np.mean([run[:K].mean() for run in betas])
        gradients = K * (BATCH * (STEPS + 1) + estimated)
        work = gradients, K * BATCH * STEPS
        found = float(mean), float(half_width), bound(c, kind, Delta, K), float(beta)
        rows.append((name, kind, K, *found, *work))
    return rows


def train(problem, x, stepsize, iterations, seed):
    """Algorithm 2 -> (1/K) Σ_{k<K} ‖∇𝓛(w_k)‖ for K = 1 … iterations, and the β_k: (iterations,)
    each."""
    points = [x.w]
    history = tm.maml_finite_sum(
        problem.loss,
        x.w,
        problem,
        alpha=x.alpha,
        steps=x.steps,
        stepsize=stepsize,
        batch=x.B,
        iterations=iterations,
        seed=seed,
        callback=lambda k, w, losses: points.append(w.copy()),
        progress=False,
    )
    norms = norm(x.meta_gradient_at(np.array(points[:-1])))
    return np.cumsum(norms) / np.arange(1, iterations + 1), history.stepsizes


def bound(c: FiniteSumConstants, kind, Delta, K):
    """What the theorem says of that mean: Theorem 2, or, by Jensen, the root of what Theorem 3 says
    of the mean square."""
    if kind == RANDOM:
        return float(c.bound(Delta, K))
    beta, eta, noise = constant_stepsize(c)
    return float(np.sqrt(Delta / (eta * beta * K) + noise))


def checkpoints(iterations):
    """Some K from 1 to iterations, evenly spaced on a logarithmic scale; the powers of 10 among
    them."""
    several = np.geomspace(1, iterations, 25).round().astype(int).tolist()
    powers = [10**k for k in range(5) if 10**k <= iterations]
    return sorted({*several, *powers})


# ---- what it says


def title(table):
    K = table.column("K")[-1]
    ends = []
    for problem in (WELLS, SUMS):
        cells = [table.cell("mean_gradient", problem=problem, stepsize=kind, K=K) for kind in KINDS]
        ends.append("{:.3f} against {:.3f}".format(*cells) + f" on {problem}")
    return (
        "A constant stepsize does what the random one does: the mean meta-gradient of\n"
        f"{K:,} meta-iterations is {' and '.join(ends)}"
    )


def caption(table):
    K = table.column("K")[-1]
    bounds = []
    for kind, theorem in ((CONSTANT, 3), (RANDOM, 2)):
        cells = [table.cell("bound", problem=name, stepsize=kind, K=K) for name in (WELLS, SUMS)]
        bounds.append("{:.2f} and {:.2f}".format(*cells) + f" by Theorem {theorem}")
    return (
        "The mean of ‖∇𝓛(w_k)‖ over the first K meta-iterations, exact, mean and 95% interval of "
        f"the seeds; dotted, what the theorems say of it (Theorem 2 with C_β = {C_BETA:g}, Theorem "
        f"3 with τ = 10): in the end {', '.join(bounds)}. Both ask for certified constants. The "
        "constant stepsize has to know σ and b_i, through Λ, and a B with η₀ > 0; the random one "
        "has A and C_𝓛 in its formula, σ only in the number of tasks that estimate the smoothness, "
        "here 1, which is what it costs, and it asks for a B with κ > 0. Nothing says that either "
        "is the best stepsize: the bounds are far above the runs, and which run is ahead in the "
        "end is decided by the size of β, through the noise that it leaves."
    )


def draw(message, table):
    with picture(message, panels=2, size=(11.5, 5.4)) as (figure, panels):
        for axes, problem in zip(panels, (WELLS, SUMS), strict=True):
            for k, kind in enumerate(KINDS):
                rows = table.where(problem=problem, stepsize=kind)
                K, mean = rows.column("K"), np.array(rows.column("mean_gradient"))
                half_width = np.array(rows.column("half_width_95"))
                style = look(k)
                axes.plot(K, mean, **look(k, label=kind))
                low = np.maximum(mean - half_width, mean / 10)  # the axis is logarithmic
                axes.fill_between(K, low, mean + half_width, color=style["color"], alpha=0.2)
                theorem = "Theorem 3" if kind == CONSTANT else "Theorem 2"
                line = look(k, linestyle=DOTS, linewidth=1.8, label=f"its bound, {theorem}")
                axes.plot(K, rows.column("bound"), **line)
            axes.set(xscale="log", yscale="log", xlabel="K, meta-iterations")
            axes.set_title(problem, loc="left")
            axes.grid(True, color="0.9")
        panels[0].set_ylabel(r"mean of $\Vert\nabla\mathcal{L}(w_k)\Vert$ over k < K")
        panels[1].legend()
    return figure
