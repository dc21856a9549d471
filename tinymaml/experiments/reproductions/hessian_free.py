"""Hessian-free MAML: its error against δ is a V, in float32 and in float64.

Hv is replaced by (∇l(w + δv) − ∇l(w − δv)) / 2δ: a large δ leaves the neighbourhood in which that
is right, a small one subtracts numbers that are nearly equal (lesson 03). On
the sinusoid network, before training and after.
"""

import numpy as np

import tinymaml as tm

from ...pictures import MARKERS, PALETTE, look, picture
from ...problems.sinusoids import Sinusoids
from ..sinusoids import EXACT, Setting, train
from . import Reproduction, Table, no_report

SECONDS = 5
ALPHA, STEPS, TASKS = 0.01, 5, 25
ITERATIONS, QUICK = 10_000, 300  # meta-iterations of training
WEIGHTS = ("initial", "trained")
SMALLEST = {"float32": -6, "float64": -10}  # log10 of the smallest δ
FREE, FIRST_ORDER = "hessian-free", "first-order"
HEADER = ("weights", "norm_of_v", "precision", "method", "delta", "relative_error")


def run(seed=0, quick=False, report=no_report):
    """seed: of the weights and the tasks."""
    setting = Setting(alpha=ALPHA, steps=STEPS, seed=seed)
    iterations = QUICK if quick else ITERATIONS
    report(0, f"{iterations:,} meta-iterations")
    trained = train(setting, EXACT, iterations=iterations).w
    problem = Sinusoids(setting.shots, dtype=np.float32)
    tasks = problem.sample(setting.rng("test"), TASKS)
    rows = []
    for k, (weights, w) in enumerate(zip(WEIGHTS, (setting.start, trained), strict=True)):
        report(0.5 + k / 4, weights)
        for row in measure(setting.loss, w, tasks, 0.5 if quick else 0.25):
            rows.append((weights, *row))
    table = Table(HEADER, rows)
    message = title(table)
    words = caption(table, setting, iterations)
    return Reproduction(message, words, table, draw(message, table), shown(table))


# ---- the runs


def measure(loss, w, tasks, spacing):
    """-> rows of the table, without the weights' name: the error of the meta-gradient at w, exact,
    first-order, and Hessian-free for each δ, the default first. spacing: of log10 δ."""

    def estimate(dtype, **options):
        w_cast = w.astype(dtype)
        return tm.meta_gradient(
            loss, w_cast, tasks, alpha=ALPHA, steps=STEPS, per_task=True, **options
        )

    exact = estimate("float64").gradient

    def error(dtype, **options):
        difference = estimate(dtype, **options).gradient - exact
        return float(np.linalg.norm(difference) / np.linalg.norm(exact))

    v = estimate("float64", method=FIRST_ORDER).gradients  # what the product starts with
    size = float(np.linalg.norm(v, axis=1).mean())
    rows = [
        (size, "float64", FIRST_ORDER, 0.0, error("float64", method=FIRST_ORDER)),
        (size, "float32", "exact", 0.0, error("float32")),
    ]
    for dtype, smallest in SMALLEST.items():
        for delta in (default_delta(dtype), *10.0 ** np.arange(smallest, 0.1, spacing)):
            free = error(dtype, method=FREE, delta=delta)
            rows.append((size, dtype, FREE, float(delta), free))
    return rows


def default_delta(dtype):
    return float(np.finfo(dtype).eps) ** (1 / 3)


# ---- what they say


def shown(table):
    """The rows to print: of the many δ only the default ones."""
    rows = []
    for row in table.rows:
        _, _, dtype, method, delta, _ = row
        if method != FREE or delta == default_delta(dtype):
            rows.append(row)
    return Table(table.header, rows)


def error_by_default(table, weights, dtype):
    return table.cell("relative_error", weights=weights, precision=dtype, method=FREE)


def title(table):
    sizes = [table.cell("norm_of_v", weights=weights) for weights in WEIGHTS]
    errors = {}
    for weights in WEIGHTS:
        single = error_by_default(table, weights, "float32")
        double = error_by_default(table, weights, "float64")
        errors[weights] = f"{single:.0e}", f"{double:.0e}"
    single, double = errors["trained"]
    return (
        f"δ = eps^⅓ leaves Hessian-free MAML an error of {single} in float32 and {double} in "
        "float64 after training,\n"
        f"and of {' and '.join(errors['initial'])} before it, where gradients are "
        f"{sizes[0] / sizes[1]:.0f} times as long"
    )


def caption(table, setting, iterations):
    sizes = [table.cell("norm_of_v", weights=weights) for weights in WEIGHTS]
    best = []
    for weights in WEIGHTS:
        delta, error = curve(table, weights, "float32")
        best.append(delta[error.argmin()])
    return (
        "Error of the meta-gradient, relative to the exact one in float64: "
        f"{TASKS} tasks of {setting.shots} points, N = {STEPS}, α = {ALPHA:g}, the tanh network "
        "1-40-40-1. To the right of the V truncation, of order δ²; to the left rounding, of order "
        "eps/δ. Stars: δ = eps^⅓, the default. The step is δv, not δ: where the vectors v are long "
        f"(mean ‖∇l(w_N)‖ {sizes[0]:.0f} before training, {sizes[1]:.1f} after {iterations:,} "
        "meta-iterations) the bottom of the V lies further to the left "
        f"(float32: δ = {best[0]:.0e} and {best[1]:.0e})."
    )


def curve(table, weights, dtype):
    """-> δ in ascending order and the errors there, an array each."""
    cells = table.where(weights=weights, precision=dtype, method=FREE)
    delta = np.array(cells.column("delta"))
    error = np.array(cells.column("relative_error"))
    order = np.argsort(delta, kind="stable")
    return delta[order], error[order]


def draw(message, table):
    levels = ((FIRST_ORDER, "float64"), ("exact", "float32"))
    with picture(message, panels=2, size=(12.0, 5.8)) as (figure, panels):
        for axes, weights in zip(panels, WEIGHTS, strict=True):
            for k, dtype in enumerate(SMALLEST):
                line = look(k, marker=MARKERS[k], markersize=4.5, label=f"Hessian-free, {dtype}")
                axes.plot(*curve(table, weights, dtype), **line)
                star = dict(color=PALETTE[k], markersize=17, markeredgecolor="black", zorder=5)
                error = error_by_default(table, weights, dtype)
                label = f"δ = eps^⅓, {dtype}"
                axes.plot(default_delta(dtype), error, "*", label=label, **star)
            for k, (method, dtype) in enumerate(levels, start=2):
                level = table.cell("relative_error", weights=weights, method=method)
                axes.axhline(level, **look(k, linewidth=1.6, label=f"{method}, {dtype}"))
            axes.set(xlabel="δ (log scale)", xscale="log")
            axes.set_ylabel("relative error of the meta-gradient (log scale)")
            axes.set(yscale="log", ylim=(1e-12, 30))
            size = table.cell("norm_of_v", weights=weights)
            axes.set_title(f"{weights} weights, mean ‖v‖ = {size:.2g}", loc="left")
            axes.grid(True, color="0.9")
        figure.legend(*panels[0].get_legend_handles_labels(), loc="outside lower center", ncols=3)
    return figure
