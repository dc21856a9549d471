"""The figure of the sinusoid experiment: what adapting looks like on three tasks, and the error
against gradient steps."""

import numpy as np

import tinymaml as tm

from ..pictures import BLUE, DASHES, GREEN, MARKERS, ORANGE, VERMILION, new_figure
from ..problems import networks
from .sinusoids import EXACT, FIRST_ORDER, JOINT, LIMIT, STEPS, ignore_divergence
from .statistics import task_at_quantile

LOOKS = {
    EXACT: dict(color=BLUE, linestyle=DASHES[0], marker=MARKERS[0]),
    FIRST_ORDER: dict(color=VERMILION, linestyle=DASHES[1], marker=MARKERS[1]),
    JOINT: dict(color=GREEN, linestyle=DASHES[2], marker=MARKERS[2]),
}
QUANTILES = {0.25: "lower quartile", 0.5: "median", 0.75: "upper quartile"}  # of the tasks shown


def draw(setting, learners, tasks, note=""):
    """learners: a list of `Learner`, the first one is shown adapting; tasks: the `tm.Tasks` they
    were judged on; note: a line below the title. -> matplotlib Figure."""
    heading = title(setting, learners)
    if note:
        heading += f"\n{note}"
    with new_figure(heading, size=(12, 7), title_size=14.5) as figure:
        left, right = figure.subfigures(1, 2, width_ratios=[1.12, 1], wspace=0.05)
        draw_adaptation(left, setting, learners, tasks)
        draw_errors(right.subplots(), learners)
    return figure


def shown_steps(setting):
    """The number of steps a figure about this setting speaks of: those trained for, as far as they
    were measured."""
    return min(max(setting.steps, 1), STEPS)


def title(setting, learners):
    """The message, in numbers: what the steps trained for do for the first learner, and for joint
    training."""
    steps = shown_steps(setting)
    first, *others = learners
    before, after = first.summaries[0].mean, first.summaries[steps].mean
    subject = "1 gradient step" if steps == 1 else f"{steps} gradient steps"
    points = "1 point" if setting.shots == 1 else f"{setting.shots} points"
    take = "takes" if steps == 1 else "take"
    message = (
        f"{subject} on {points} {take} {first.name}’s error "
        f"from {in_words(before)} to {in_words(after)}"
    )
    for learner in others:
        if learner.name == JOINT:
            message += f", {JOINT}’s to {in_words(learner.summaries[steps].mean)}"
    return message


def in_words(error):
    """Two decimals as long as they mean something."""
    if error < 100:
        return f"{error:.2f}"
    return f"{error:.1e}" if error < np.inf else "inf"


# ---- the tasks on the left


def draw_adaptation(figure, setting, learners, tasks):
    """Three panels, one a task: the first learner before, after one step and after STEPS; joint
    training as a contrast."""
    shown, *others = learners
    contrast = [learner for learner in others if learner.name == JOINT]
    x = np.linspace(-5, 5, 201)[:, None]
    errors = shown.errors[shown_steps(setting)]
    panels = figure.subplots(len(QUANTILES), 1, sharex=True, sharey=True)
    top = 0.0
    for axes, (quantile, words) in zip(panels, QUANTILES.items(), strict=True):
        task = task_at_quantile(errors, quantile)
        support = [part[task : task + 1] for part in tasks.inner]
        query_x, query_y = (part[task] for part in tasks.outer)
        draw_task(axes, x, truth(x, query_x, query_y), support)
        draw_path(axes, x, adapt_curve(setting, shown, support, x))
        for learner in contrast:
            last = adapt_curve(setting, learner, support, x)[STEPS]
            look = dict(color=GREEN, linestyle="-.", linewidth=1.2, zorder=1.9)
            axes.plot(x, last, label=f"{JOINT}, {STEPS} steps", **look)
        numbers = " → ".join(in_words(shown.errors[steps, task]) for steps in (0, 1, STEPS))
        name = shown.name[0].upper() + shown.name[1:]
        axes.set_title(f"{name}, {words}: error {numbers}", loc="left")
        axes.set_ylabel("y")
        top = max(top, np.abs(query_y).max())
    panels[-1].set(xlabel="x", xlim=(-5.05, 5.05))
    panels[-1].set_ylim(-1.3 * top, 1.3 * top)  # a curve that runs away leaves the panel
    figure.legend(
        *panels[0].get_legend_handles_labels(),
        loc="outside lower center",
        ncols=3,
        columnspacing=1.4,
        handlelength=2.4,
    )


def draw_task(axes, x, y, support):
    """The wave, and the points given of it."""
    wave = dict(color="0.75", linewidth=5, solid_capstyle="round")
    axes.plot(x, y, label="truth", **wave)
    (support_x,), (support_y,) = support
    points = dict(color="black", markersize=5.5, zorder=5)
    axes.plot(support_x, support_y, "o", label="the points given", **points)


def draw_path(axes, x, curves):
    """A learner's curves after 0, 1 and STEPS steps."""
    before, first, *_, last = curves
    axes.plot(x, before, color="0.35", linestyle=":", linewidth=1.8, label="before")
    axes.plot(x, first, color=ORANGE, linestyle="--", linewidth=2.2, label="after 1 step")
    axes.plot(x, last, color=BLUE, linestyle="-", linewidth=2, label=f"after {STEPS} steps")


def adapt_curve(setting, learner, support, x):
    """The learner's curve at x (n, 1) after 0, ..., STEPS steps on one task's support set -> (STEPS
    + 1, n). A curve that runs away is shown as far as it goes."""
    curves = []
    with ignore_divergence(), np.errstate(all="ignore"):
        path = tm.adapt(setting.loss, learner.w, support, alpha=learner.alpha, steps=STEPS)
        for w in path[:, 0]:
            p = setting.loss.unflatten(w)
            y = networks.predict(p, x.astype(w.dtype), setting.activation)
            curves.append(y[:, 0])
    return np.array(curves)


def truth(x, query_x, query_y):
    """A sin(x − φ) at x, from the points of a task: it is a sin x + b cos x, and two points without
    noise give a and b."""

    def waves(x):
        return np.hstack([np.sin(x), np.cos(x)])

    coefficients, *_ = np.linalg.lstsq(waves(query_x), query_y)
    return waves(x) @ coefficients


# ---- the errors on the right


def draw_errors(axes, learners):
    """Mean error after 0, ..., STEPS steps, with bands of 95% confidence; a learner's line ends
    where its mean is infinite."""
    steps = np.arange(STEPS + 1)
    for learner in learners:
        mean = np.array([summary.mean for summary in learner.summaries])
        half_width = np.array([summary.half_width for summary in learner.summaries])
        draw_band(axes, steps, mean, half_width, LOOKS[learner.name], learner.name, alpha=0.18)
    axes.set_yscale("log")
    axes.set_ylim(top=min(axes.get_ylim()[1], LIMIT))  # what diverges leaves the panel
    axes.set_xlabel("gradient steps on a new task")
    axes.set_ylabel("mean squared error on new points")
    axes.set(xlim=(-0.15, STEPS + 0.15), xticks=steps)
    tasks = learners[0].errors.shape[1]
    axes.set_title(f"Error on {tasks} new tasks: mean and 95% confidence", loc="left")
    write_out_ticks(axes)
    axes.grid(True, which="major", color="0.9")
    axes.legend(loc="best")


def draw_band(axes, steps, mean, half_width, look, label, alpha):
    """A line of means with its intervals; where the mean is infinite, nothing. The band ends above
    0, for a logarithmic axis."""
    mean = np.where(np.isfinite(mean), mean, np.nan)
    low = np.maximum(mean - half_width, mean / 10)
    axes.plot(steps, mean, label=label, linewidth=2.2, markersize=5.5, **look)
    axes.fill_between(steps, low, mean + half_width, color=look["color"], alpha=alpha, linewidth=0)


def write_out_ticks(axes):
    """A logarithmic axis whose numbers are read without effort: 0.5, 1, 2, 5, 10."""
    from matplotlib.ticker import LogLocator, NullLocator

    axes.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    axes.yaxis.set_minor_locator(NullLocator())
    axes.yaxis.set_major_formatter(lambda value, _: f"{value:g}")
