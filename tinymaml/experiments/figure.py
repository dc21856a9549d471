"""The figure of the sinusoid experiment: what adapting looks like on three tasks, and the error
against gradient steps."""

import numpy as np

import tinymaml as tm

from ..pictures import OKABE_ITO, STYLE
from ..problems import networks
from .sinusoids import EXACT, FIRST_ORDER, JOINT, LIMIT, STEPS, diverging_quietly
from .statistics import at_quantile

BLUE, VERMILION, GREEN, ORANGE, _ = OKABE_ITO
LOOKS = {
    EXACT: dict(color=BLUE, linestyle="-", marker="o"),
    FIRST_ORDER: dict(color=VERMILION, linestyle="--", marker="s"),
    JOINT: dict(color=GREEN, linestyle="-.", marker="^"),
}
PANELS = (
    (0.25, "lower quartile"),
    (0.5, "median"),
    (0.75, "upper quartile"),
)  # the tasks shown, by their error


def draw(setting, learners, tasks, note=""):
    """learners: a list of `Learner`, the first one is shown adapting; tasks: the `tm.Tasks` they
    were judged on; note: a line below the title. -> matplotlib Figure."""
    from matplotlib import rc_context
    from matplotlib.figure import Figure

    with rc_context(STYLE):  # not pyplot: no window, no state left behind
        figure = Figure(figsize=(12, 7), layout="constrained")
        figure.suptitle(title(setting, learners) + (f"\n{note}" if note else ""), fontsize=14.5)
        left, right = figure.subfigures(1, 2, width_ratios=[1.12, 1], wspace=0.05)
        adaptation(left, setting, learners, tasks)
        error_against_steps(right.subplots(), learners)
        figure.draw_without_rendering()  # what the style decides at drawing time is decided here
        return figure


def shown_steps(setting):
    """The number of steps a figure about this setting speaks of: those trained for, as far as they
    were measured."""
    return min(max(setting.steps, 1), STEPS)


def title(setting, learners):
    """The message, in numbers: what the steps trained for do for the first learner, and for joint
    training."""
    s = shown_steps(setting)
    before, after = (number(learners[0].summaries[k].mean) for k in (0, s))
    joint = [
        f", {JOINT}’s to {number(learner.summaries[s].mean)}"
        for learner in learners[1:]
        if learner.name == JOINT
    ]
    steps, points = (
        ("1 gradient step" if s == 1 else f"{s} gradient steps"),
        ("1 point" if setting.shots == 1 else f"{setting.shots} points"),
    )
    return f"{steps} on {points} take{'s' if s == 1 else ''} {learners[0].name}’s error from {before} to {after}{''.join(joint)}"


def capital(words):
    return words[0].upper() + words[1:]


def number(x):
    return f"{x:.2f}" if x < 100 else f"{x:.1e}" if x < np.inf else "inf"


def adaptation(figure, setting, learners, tasks):
    """Three panels, one a task: the first learner before, after one step and after STEPS; joint
    training as a contrast."""
    shown, contrast = learners[0], [learner for learner in learners[1:] if learner.name == JOINT]
    x, errors = np.linspace(-5, 5, 201)[:, None], shown.errors[shown_steps(setting)]
    panels = figure.subplots(len(PANELS), 1, sharex=True, sharey=True)
    top = 0.0
    for axes, (quantile, words) in zip(panels, PANELS):
        b = at_quantile(errors, quantile)
        support, query = (
            [part[b : b + 1] for part in parts] for parts in (tasks.inner, tasks.outer)
        )
        axes.plot(
            x,
            truth(x, *(part[0] for part in query)),
            color="0.75",
            linewidth=5,
            label="truth",
            solid_capstyle="round",
        )
        axes.plot(
            support[0][0],
            support[1][0],
            "o",
            color="black",
            markersize=5.5,
            label="the points given",
            zorder=5,
        )
        before, one, *_, last = adapted(setting, shown, support, x)
        axes.plot(x, before, color="0.35", linestyle=":", linewidth=1.8, label="before")
        axes.plot(x, one, color=ORANGE, linestyle="--", linewidth=2.2, label="after 1 step")
        axes.plot(x, last, color=BLUE, linestyle="-", linewidth=2, label=f"after {STEPS} steps")
        for learner in contrast:
            axes.plot(
                x,
                adapted(setting, learner, support, x)[STEPS],
                color=GREEN,
                linestyle="-.",
                linewidth=1.2,
                zorder=1.9,
                label=f"{JOINT}, {STEPS} steps",
            )
        axes.set_title(
            f"{capital(shown.name)}, {words}: error {' → '.join(number(shown.errors[s, b]) for s in (0, 1, STEPS))}",
            loc="left",
        )
        axes.set_ylabel("y")
        top = max(top, np.abs(query[1]).max())
    panels[-1].set(
        xlabel="x", xlim=(-5.05, 5.05), ylim=(-1.3 * top, 1.3 * top)
    )  # a curve that runs away leaves the panel
    figure.legend(
        *panels[0].get_legend_handles_labels(),
        loc="outside lower center",
        ncols=3,
        columnspacing=1.4,
        handlelength=2.4,
    )


def adapted(setting, learner, support, x):
    """The learner's curve at x (n, 1) after 0, ..., STEPS steps on one task's support set -> (STEPS
    + 1, n)."""
    with (
        diverging_quietly(),
        np.errstate(all="ignore"),
    ):  # a curve that runs away is shown as far as it goes
        path = tm.adapt(setting.loss, learner.w, support, alpha=learner.alpha, steps=STEPS)[:, 0]
        return np.array(
            [
                networks.predict(setting.loss.unflatten(w), x.astype(w.dtype), setting.activation)[
                    :, 0
                ]
                for w in path
            ]
        )


def truth(x, query_x, query_y):
    """A sin(x − φ) at x, from the points of a task: it is a sin x + b cos x, and two points without
    noise give a and b."""
    wave = lambda x: np.hstack([np.sin(x), np.cos(x)])  # noqa: E731
    return wave(x) @ np.linalg.lstsq(wave(query_x), query_y)[0]


def error_against_steps(axes, learners):
    """Mean error after 0, ..., STEPS steps, with bands of 95% confidence; a learner's line ends
    where its mean is infinite."""
    from matplotlib.ticker import LogLocator, NullLocator

    steps = np.arange(STEPS + 1)
    for learner in learners:
        mean, half = (
            np.array([getattr(s, what) for s in learner.summaries])
            for what in ("mean", "half_width")
        )
        mean = np.where(np.isfinite(mean), mean, np.nan)
        axes.plot(
            steps, mean, label=learner.name, linewidth=2.2, markersize=5.5, **LOOKS[learner.name]
        )
        axes.fill_between(
            steps,
            np.maximum(mean - half, mean / 10),
            mean + half,
            color=LOOKS[learner.name]["color"],
            alpha=0.18,
            linewidth=0,
        )
    axes.set_yscale("log")
    axes.set_ylim(top=min(axes.get_ylim()[1], LIMIT))  # what diverges leaves the panel
    axes.set(
        xlabel="gradient steps on a new task",
        ylabel="mean squared error on new points",
        xlim=(-0.15, STEPS + 0.15),
        xticks=steps,
    )
    axes.set_title(
        f"Error on {learners[0].errors.shape[1]} new tasks: mean and 95% confidence", loc="left"
    )
    axes.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    axes.yaxis.set_minor_locator(NullLocator())
    axes.yaxis.set_major_formatter(lambda value, _: f"{value:g}")
    axes.grid(True, which="major", color="0.9")
    axes.legend(loc="best")
