"""Hessian-free MAML: its error against δ is a V, in float32 and in float64.

Hv is replaced by (∇l(w + δv) − ∇l(w − δv)) / 2δ: a large δ leaves the neighbourhood in which that
is right, a small one subtracts numbers that are nearly equal (theory, section 10; lesson 08). On
the sinusoid network, before training and after.
"""

import numpy as np

import tinymaml as tm

from ...pictures import look, picture
from ...problems.sinusoids import Sinusoids
from ..sinusoids import EXACT, Setting, train
from . import Reproduction, Table, silently

SECONDS = 5
ALPHA, STEPS, TASKS = 0.01, 5, 25
ITERATIONS, QUICK = 10_000, 300  # meta-iterations of training
WEIGHTS = ("initial", "trained")
SMALLEST = {"float32": -6, "float64": -10}  # log10 of the smallest δ
FREE, FIRST_ORDER = "hessian-free", "first-order"


def run(seed=0, quick=False, report=silently):
    """seed: of the weights and the tasks."""
    setting, iterations = (
        Setting(alpha=ALPHA, steps=STEPS, seed=seed),
        QUICK if quick else ITERATIONS,
    )
    report(0, f"{iterations:,} meta-iterations")
    points = dict(zip(WEIGHTS, (setting.start, train(setting, EXACT, iterations=iterations).w)))
    tasks = Sinusoids(setting.shots, dtype=np.float32).sample(setting.rng("test"), TASKS)
    rows = []
    for k, (weights, w) in enumerate(points.items()):
        report(0.5 + k / 4, weights)
        gradient = lambda dtype, **options: tm.meta_gradient(
            setting.loss, w.astype(dtype), tasks, alpha=ALPHA, steps=STEPS, per_task=True, **options
        )
        exact = gradient("float64").gradient
        error = lambda dtype, **options: float(
            np.linalg.norm(gradient(dtype, **options).gradient - exact) / np.linalg.norm(exact)
        )
        first_order = gradient("float64", method=FIRST_ORDER)
        size = float(
            np.linalg.norm(first_order.gradients, axis=1).mean()
        )  # of the v that the product starts with
        rows += [
            (weights, size, "float64", FIRST_ORDER, 0.0, error("float64", method=FIRST_ORDER)),
            (weights, size, "float32", "exact", 0.0, error("float32")),
        ]
        for dtype, smallest in SMALLEST.items():
            for delta in (
                default(dtype),
                *10.0 ** np.arange(smallest, 0.1, 0.5 if quick else 0.25),
            ):
                rows.append(
                    (
                        weights,
                        size,
                        dtype,
                        FREE,
                        float(delta),
                        error(dtype, method=FREE, delta=delta),
                    )
                )
    table = Table(("weights", "norm_of_v", "precision", "method", "delta", "relative_error"), rows)
    (a, b), (c, d) = (
        [
            table.where(weights=w, precision=dtype, method=FREE).column("relative_error")[0]
            for dtype in SMALLEST
        ]
        for w in WEIGHTS
    )
    best = [min((e, d) for d, e in curve(table, w, "float32").T)[1] for w in WEIGHTS]
    sizes = [table.where(weights=w).column("norm_of_v")[0] for w in WEIGHTS]
    title = (
        f"δ = eps^⅓ leaves Hessian-free MAML an error of {c:.0e} in float32 and {d:.0e} in float64 after training,\n"
        f"and of {a:.0e} and {b:.0e} before it, where gradients are {sizes[0] / sizes[1]:.0f} times as long"
    )
    caption = (
        f"Error of the meta-gradient, relative to the exact one in float64: {TASKS} tasks of {setting.shots} points, N = {STEPS}, α = "
        f"{ALPHA:g}, the tanh network 1-40-40-1. To the right of the V truncation, of order δ²; to the left rounding, of order eps/δ. "
        f"Stars: δ = eps^⅓, the default. The step is δv, not δ: where the vectors v are long (mean ‖∇l(w_N)‖ {sizes[0]:.0f} before "
        f"training, {sizes[1]:.1f} after {iterations:,} meta-iterations) the bottom of the V lies further to the left (float32: δ = "
        f"{best[0]:.0e} and {best[1]:.0e})."
    )
    shown = Table(
        table.header, [row for row in rows if row[3] != FREE or row[4] == default(row[2])]
    )
    return Reproduction(title, caption, table, draw(title, table), shown)


def default(dtype):
    return float(np.finfo(dtype).eps) ** (1 / 3)


def curve(table, weights, dtype):
    """-> δ and the error there, in ascending order."""
    cells = table.where(weights=weights, precision=dtype, method=FREE)
    return np.array(sorted(zip(cells.column("delta"), cells.column("relative_error")))).T


def draw(title, table):
    with picture(title, panels=2, size=(12.0, 5.8)) as (figure, panels):
        for axes, weights in zip(panels, WEIGHTS):
            for k, dtype in enumerate(SMALLEST):
                axes.plot(
                    *curve(table, weights, dtype),
                    **look(k, marker="os"[k], markersize=4.5, label=f"Hessian-free, {dtype}"),
                )
                (*_, star, error), *_ = table.where(
                    weights=weights, precision=dtype, method=FREE
                ).rows
                axes.plot(
                    star,
                    error,
                    "*",
                    color=look(k)["color"],
                    markersize=17,
                    markeredgecolor="black",
                    zorder=5,
                    label=f"δ = eps^⅓, {dtype}",
                )
            for k, (method, dtype) in enumerate(
                ((FIRST_ORDER, "float64"), ("exact", "float32")), start=2
            ):
                level = table.where(weights=weights, method=method).column("relative_error")[0]
                axes.axhline(level, **look(k, linewidth=1.6, label=f"{method}, {dtype}"))
            axes.set(
                xlabel="δ (log scale)",
                ylabel="relative error of the meta-gradient (log scale)",
                xscale="log",
                yscale="log",
                ylim=(1e-12, 30),
            )
            axes.set_title(
                f"{weights} weights, mean ‖v‖ = {table.where(weights=weights).column('norm_of_v')[0]:.2g}",
                loc="left",
            )
            axes.grid(True, color="0.9")
        figure.legend(*panels[0].get_legend_handles_labels(), loc="outside lower center", ncols=3)
    return figure
