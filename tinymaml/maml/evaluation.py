"""How well a start learns new tasks: the outer loss, or a metric, after 0 to N inner steps."""

import math
from dataclasses import dataclass
from typing import Any, Callable, TypeAlias

import numpy as np

from ..engine.errors.arguments import check_count, is_number, show, to_float
from ..engine.targets import check_target
from .alpha import Alpha, check_alpha
from .machines import trajectories, values
from .meta_gradient import check_start, check_tasks
from .on_numpy import Differentiable
from .tasks import Arrays, Tasks

Metric: TypeAlias = Callable[..., Any]  # (params, *outer data of a task) -> a number

# Student's t at 97.5% for 1, 2, ... 30 degrees of freedom
# fmt: off
STUDENT_T = (
    12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228,
    2.201, 2.179, 2.160, 2.145, 2.131, 2.120, 2.110, 2.101, 2.093, 2.086,
    2.080, 2.074, 2.069, 2.064, 2.060, 2.056, 2.052, 2.048, 2.045, 2.042,
)
# fmt: on


def student_t(degrees: int) -> float:
    """Student's t at 97.5%: the 95% interval of a mean is ± t s / √n, with n − 1 degrees.

    NaN for none; right to 0.003 beyond the table.
    """
    if degrees < 1:
        return float("nan")
    return STUDENT_T[degrees - 1] if degrees <= len(STUDENT_T) else 1.96 + 2.4 / degrees


@dataclass(frozen=True, eq=False)
class Evaluation:
    """What `tm.evaluate` returns: `print(e)` is a table, `e.plot(ax)` a picture.

    The properties have a number for each of the N + 1 points, (steps + 1,).
    """

    losses: np.ndarray  # (steps + 1, B) float64: of each task, after so many steps

    @property
    def mean(self) -> np.ndarray:
        """Over the tasks that have not diverged; NaN where there are none."""
        return self.mean_and_interval()[0]

    @property
    def interval(self) -> np.ndarray:
        """The mean's 95% interval is mean ± interval, t s / √n with Student's t, over the n tasks
        that have not diverged; NaN for fewer than two.

        It says how well these tasks speak for all others, not what another training would give.
        """
        return self.mean_and_interval()[1]

    @property
    def median(self) -> np.ndarray:
        """Over all tasks; one that has diverged counts as infinite."""
        ordered = np.sort(np.where(np.isfinite(self.losses), self.losses, np.inf), axis=1)
        n = ordered.shape[1]
        found: np.ndarray = ordered[:, (n - 1) // 2] / 2 + ordered[:, n // 2] / 2
        return found

    @property
    def diverged(self) -> np.ndarray:
        """How many tasks have no finite loss."""
        counts: np.ndarray = (~np.isfinite(self.losses)).sum(axis=1)
        return counts

    def mean_and_interval(self) -> tuple[np.ndarray, np.ndarray]:
        """Both at once, (steps + 1,) each."""
        found = np.full((2, len(self.losses)), np.nan)
        for j, row in enumerate(self.losses):
            calm = row[np.isfinite(row)]
            n = len(calm)
            with np.errstate(all="ignore"):  # what is finite may be too large to be squared
                if n > 0:
                    found[0, j] = calm.mean()
                if n > 1:
                    found[1, j] = student_t(n - 1) * calm.std(ddof=1) / np.sqrt(n)
        return found[0], found[1]

    def __repr__(self) -> str:
        points, tasks = self.losses.shape
        return f"Evaluation({tasks} tasks, 0 to {points - 1} steps; print it for a table)"

    def __str__(self) -> str:
        """A row for each number of steps. A column counts the tasks that have diverged, if any."""
        rows = [["steps", "mean ± interval", "median", f"diverged of {self.losses.shape[1]}"]]
        mean, interval = self.mean_and_interval()
        for j, (median, diverged) in enumerate(zip(self.median, self.diverged, strict=True)):
            both = with_interval(mean[j], interval[j])
            rows.append([str(j), both, f"{median:.4g}", str(diverged)])
        if not self.diverged.any():
            rows = [row[:-1] for row in rows]
        widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
        lines = []
        for row in rows:
            cells = [cell.rjust(width) for cell, width in zip(row, widths, strict=True)]
            lines.append("   ".join(cells))
        return "\n".join(lines)

    def plot(self, ax: Any = None) -> Any:
        """Draw the mean with its interval as a band, and the median -> the matplotlib axes.

        ax: where to draw; None: the current axes of pyplot. What is infinite is not drawn.
        """
        from matplotlib.ticker import MaxNLocator

        if ax is None:
            from matplotlib import pyplot

            ax = pyplot.gca()
        steps = np.arange(len(self.losses))
        mean, interval = self.mean_and_interval()
        median = np.where(np.isfinite(self.median), self.median, np.nan)
        (line,) = ax.plot(steps, mean, marker="o", label="mean and its 95% interval")
        colour = line.get_color()
        ax.fill_between(steps, mean - interval, mean + interval, color=colour, alpha=0.2, lw=0)
        ax.plot(steps, median, color=colour, linestyle="--", label="median")
        ax.xaxis.set_major_locator(MaxNLocator(integer=True))
        ax.set_xlabel("gradient steps on a task")
        ax.set_ylabel("outer loss, or metric")
        ax.legend()
        return ax


def with_interval(mean: float, interval: float) -> str:
    """As in "0.183 ± 0.030": two digits of the interval; the mean alone where there is none."""
    if math.isnan(interval):
        return f"{mean:.4g}"
    if 1e-5 < interval < 100:
        decimals = max(0, 1 - math.floor(math.log10(interval)))
        return f"{mean:.{decimals}f} ± {interval:.{decimals}f}"
    return f"{mean:.4g} ± {interval:.2g}"


def evaluate(
    loss: Differentiable,
    w: np.ndarray,
    tasks: Tasks,
    *,
    alpha: Alpha,
    steps: int,
    metric: Metric | None = None,
    target: str = "cpu",
) -> Evaluation:
    """Adapt to each task once, and judge every point on the way: -> `Evaluation`.

    A task takes N gradients and N + 1 values. loss, tasks, alpha, steps and target as in
    `tm.meta_gradient`; w: (P,), or (B, P), a start for each task.
    metric: None, for the outer loss, or metric(params, *outer data) -> a number, called for each
    task and number of steps: params is the dict of `loss.unflatten` (the vector (P,), if the loss
    has no such method), the data are that task's arrays, to be read only.

    A task counts as diverged where its loss (or metric) is not finite, or the point is not, of
    which no metric is asked. It has no warning. For a metric of which more is better, such as
    accuracy, `e.median` flatters where tasks diverge: they count as infinite there.
    Raises TypeError or ValueError for arguments that cannot be right, as `tm.meta_gradient` does.
    """
    check_target(target)
    steps = check_count("steps", steps)
    check_tasks(tasks, steps)
    check_start(loss, w, target, tasks.shapes, len(tasks))
    alpha = check_alpha(alpha, w)
    if metric is not None and not callable(metric):
        raise TypeError(
            f"metric is {show(metric)}; expected a function (params, *outer data) -> a number"
        )
    tasks = tasks.astype(w.dtype)
    with np.errstate(all="ignore"):  # what diverges, is counted
        points, _ = trajectories(
            loss, w, tasks.inner, alpha=alpha, steps=steps, target=target, fresh=tasks.fresh
        )
        finite = np.isfinite(points).all(2)
        if metric is None:
            losses = values(loss, points, tasks.outer, target=target).astype(float)
        else:
            losses = measure(metric, loss, points, finite, tasks.outer)
    losses[~finite] = np.nan
    return Evaluation(losses)


def measure(
    metric: Metric, loss: Differentiable, points: np.ndarray, finite: np.ndarray, outer: Arrays
) -> np.ndarray:
    """The metric at the points that are finite, (N + 1, B); points: (N + 1, B, P)."""
    unflatten = getattr(loss, "unflatten", np.copy)
    found = np.full(finite.shape, np.nan)
    for j, b in np.argwhere(finite):
        data = [x[b] for x in outer]
        found[j, b] = check_measured(metric(unflatten(points[j, b]), *data))
    return found


def check_measured(found: Any) -> float:
    """What a metric returned, as a float: a number, finite or not, or an array of one number."""
    number = found.item() if isinstance(found, np.ndarray) and found.size == 1 else found
    if not is_number(number):
        raise TypeError(
            f"metric returned {show(found)}; expected one number for the task, "
            "as float(np.mean(...)) is"
        )
    return to_float(number)
