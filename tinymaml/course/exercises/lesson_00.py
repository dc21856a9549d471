"""Graders of lesson 00."""

from collections.abc import Iterator

import numpy as np

from ..compare import text
from ..exercise import Exercise, Mistake
from .shared import number

# ---- 00.step


def pull(w, task):
    """The gradient at w of ½ ‖w − task‖² + ¼ Σ (w − task)⁴: a valley around the task."""
    return (w - task) + (w - task) ** 3


def step_cases():
    rng = np.random.default_rng(0)
    return [
        (rng.normal(size=2), [rng.normal(size=2), rng.normal(size=2)], 0.1),
        (np.array([2.0]), [np.array([0.5]), np.array([3.0]), np.array([1.0])], 0.2),
        (rng.normal(size=(2, 3)), [rng.normal(size=(2, 3)) for _ in range(4)], 0.01),
        (np.array([10.0, -3.0]), [np.array([5.0, 4.0]), np.array([-6.0, 0.0])], 2.5),
        (np.zeros(2), [np.ones(2)], 1.0),
    ]


def run_step(names, w, tasks, alpha):
    """The places as a list of arrays, also where the answer gives a tuple, an array of one more
    dimension, or yields them."""
    found = names["one_step"](w, tasks, pull, alpha)
    if isinstance(found, (tuple, Iterator)):
        return list(found)
    if isinstance(found, np.ndarray) and found.ndim == w.ndim + 1:
        return list(found)
    return found


def show_step(w, tasks, alpha):
    """With the gradient, which is the grader's own."""
    return (
        f"gradient(w, task) = (w - task) + (w - task)**3, w = {text(w)}, "
        f"tasks = {text(tasks)}, alpha = {alpha}"
    )


def step_program(*rows):
    """A program that starts with the head of the exercise's function."""
    return "\n    ".join(("def one_step(w, tasks, gradient, alpha):", *rows))


# ---- 00.worse

FORM = (
    "Answer in the form `counterexample = dict(w=..., alpha=..., seen=..., unseen=...)`, "
    "with a number for each."
)
UPHILL = (
    "A negative (or zero) stepsize is no step downhill. "
    "The claim to break is about honest steps: alpha > 0."
)
SAME = (
    "A point at x asks for the slope sin(x)/x. Your two points ask for the same slope, so the "
    "step helps both, or neither. Choose an unseen point that asks for another slope."
)
TOO_LONG = (
    "The step made the *seen* point worse: it is too long, as in 00.limit. Make alpha smaller: "
    "the error at the seen point has to fall."
)
HELPED = (
    "Here the step helped at the unseen point too: both points ask w to move the same way. "
    "Find a place that asks for a slope on the other side of w."
)
STILL = (
    "The step does not move w: at `seen` the line w x passes through sin x already. Start with "
    "a slope that misses that point."
)
ORIGIN = (
    "At x = 0 every line through the origin is right: "
    "no step changes the error there. Choose another place."
)
TINY = (
    "An error is the same before and after the step, up to rounding. Either the step is too "
    "small, or it lands just as far on the other side. Change alpha."
)
HUGE = "These numbers are so large that the errors overflow. Take smaller ones."
ROUNDING = 1e-12  # a smaller change of an error, relative to it, may be due to rounding


def squared_error(slope, x):
    """The model's error at x: how far slope x is from sin x, squared."""
    return np.square(slope * x - np.sin(x))


def judge_worse(names):
    """None if one step helps where the model looks and harms where it does not."""
    answer = names["counterexample"]
    if not isinstance(answer, dict) or set(answer) != {"w", "alpha", "seen", "unseen"}:
        return FORM
    for name, value in answer.items():
        if value is ...:
            return f"`{name}` has no number yet. {FORM}"
        if not number(value):
            return f"`{name}` is {text(value)}. {FORM}"
    w, alpha, seen, unseen = (np.float64(answer[name]) for name in ("w", "alpha", "seen", "unseen"))
    if alpha <= 0:
        return UPHILL
    if max(abs(seen), abs(unseen)) > 5:
        return "`seen` and `unseen` are places in [-5, 5]."

    with np.errstate(all="ignore"):
        gradient = 2 * (w * seen - np.sin(seen)) * seen
        moved = w - alpha * gradient
        seen_before, seen_after = squared_error(w, seen), squared_error(moved, seen)
        unseen_before, unseen_after = squared_error(w, unseen), squared_error(moved, unseen)
    errors = (
        f"\n  error at seen    {seen_before:.6g} -> {seen_after:.6g}"
        f"\n  error at unseen  {unseen_before:.6g} -> {unseen_after:.6g}"
    )
    if not np.isfinite([seen_before, seen_after, unseen_before, unseen_after]).all():
        return HUGE
    if seen == 0 or unseen == 0:
        return ORIGIN + errors
    if seen_before < 1e-12 * seen**2:
        return STILL + errors
    if abs(seen_after - seen_before) <= ROUNDING * seen_before:
        return TINY + errors
    if seen_after > seen_before:
        return TOO_LONG + errors
    if abs(seen) == abs(unseen):
        return SAME + errors
    if abs(unseen_after - unseen_before) <= ROUNDING * unseen_before:
        return TINY + errors
    if unseen_after < unseen_before:
        return HELPED + errors
    return None


EXERCISES = [
    Exercise(
        "00.step",
        "One step on each of several tasks",
        "write",
        ("one_step",),
        insight=(
            "The step is also Euler's method for dw/dt = −∇l(w); lesson 16 reads it that way and "
            "finds that N steps, each N times shorter, adapt hardly more than one."
        ),
        minutes=4,
        hints=(
            "For one task the formula above is the answer: subtract alpha times the gradient, "
            "`gradient(w, task)`. Now: where does the second task's step start?",
            "Every task's step starts at the same w, and so w itself never changes. "
            "Collect the places in a list, in the order of the tasks.",
            "return [w - alpha * gradient(w, task) for task in tasks]",
        ),
        mistakes=(
            Mistake(
                "Your second task starts where the first one ended. That is ordinary training, "
                "one task after another. In MAML each task's step starts at the same w.",
                step_program(
                    "places = []",
                    "for task in tasks:",
                    "    w = w - alpha * gradient(w, task)",
                    "    places.append(w)",
                    "return places",
                ),
            ),
            Mistake(
                "`-=` has moved the start itself, and the next task begins where this one ended. "
                "Every task needs the same w: make a new array.",
                step_program(
                    "places = []",
                    "for task in tasks:",
                    "    w -= alpha * gradient(w, task)",
                    "    places.append(w)",
                    "return places",
                ),
            ),
            Mistake(
                "You stepped uphill: the gradient points to where the loss "
                "grows, so it is subtracted.",
                step_program("return [w + alpha * gradient(w, task) for task in tasks]"),
            ),
            Mistake(
                "The stepsize is missing: you subtract the gradient itself, and the formula "
                "has alpha times the gradient.",
                step_program("return [w - gradient(w, task) for task in tasks]"),
            ),
            Mistake(
                "These are the steps themselves. Return the places where they lead: start at w.",
                step_program("return [-alpha * gradient(w, task) for task in tasks]"),
            ),
            Mistake(
                "That is one step along the mean gradient, the same for all tasks. Each task has "
                "a step of its own: as many places as tasks.",
                step_program(
                    "mean = sum(gradient(w, task) for task in tasks) / len(tasks)",
                    "return [w - alpha * mean for task in tasks]",
                ),
            ),
            Mistake(
                "Each of your steps is alpha long, whatever the gradient's length. The formula "
                "has alpha times the gradient: where the loss is steep, the step is long.",
                step_program(
                    "places = []",
                    "for task in tasks:",
                    "    g = gradient(w, task)",
                    "    places.append(w - alpha * g / np.linalg.norm(g))",
                    "return places",
                ),
            ),
        ),
        alternative=step_program(
            "places = []",
            "for task in tasks:",
            "    move = -alpha * np.asarray(gradient(w, task))",
            "    places.append(np.add(w, move))",
            "return places",
        ),
        cases=step_cases,
        run=run_step,
        show=show_step,
    ),
    Exercise(
        "00.limit",
        "From which stepsize on does gradient descent run away?",
        "predict",
        ("limit",),
        insight=(
            "At the limit itself a direction with a thousandth of the curvature needs 347 steps to "
            "halve its error: one stepsize for all directions makes the flat ones wait."
        ),
        minutes=3,
        hints=(
            "Every step multiplies w by the same number, 1 - alpha L. "
            "What must hold of a number for its powers to tend to 0?",
            "|1 - alpha L| < 1. The absolute value hides two conditions; "
            "one of them is alpha > 0. What is the other?",
            "1 - alpha L > -1, which is alpha < 2 / L.",
        ),
        mistakes=(
            Mistake(
                "At 1/L a single step lands on 0. A little beyond it w overshoots to the other "
                "side, but still ends nearer to 0 than it began. "
                "From where on does it end farther away?",
                "def limit(L):\n    return 1 / L",
            ),
            Mistake(
                "The steeper the parabola, the shorter the step must be: "
                "the limit falls when L grows.",
                "def limit(L):\n    return 2 * L",
            ),
            Mistake(
                "The limit depends on L: w is multiplied by 1 - alpha L, "
                "so that only the product of alpha and L matters.",
                "def limit(L):\n    return 1.0",
            ),
            Mistake(
                "The limit falls when L grows, as you say; but w is multiplied by 1 - alpha L, "
                "and that is a number between -1 and 1 for longer steps than yours.",
                "def limit(L):\n    return 1 / (2 * L)",
            ),
            Mistake(
                "The loss is ½ L w² and its gradient is L w: the 2 from the derivative of w² "
                "cancels the ½. With a gradient of ½ L w the limit would be yours.",
                "def limit(L):\n    return 4 / L",
            ),
        ),
        alternative="def limit(L):\n    # 1 - alpha L = -1\n    return (1 - -1) * L ** -1",
        cases=lambda: [(4.0,), (0.7,), (10.0,), (250.0,), (0.02,), (1.0,)],
    ),
    Exercise(
        "00.worse",
        "A step that helps where it looks and harms where it does not",
        "break it",
        ("counterexample",),
        insight=(
            "To first order in α, a step on one point changes another's error by −α times the "
            "product of their derivatives, so MAML seeks a start where support and query "
            "gradients agree."
        ),
        minutes=6,
        hints=(
            "Which slope would fit the point at x exactly? "
            "A step on a point moves w towards that slope.",
            "The point at x asks for the slope sin(x)/x: "
            "0.84 at x = 1, nearly 0 at x = 3. Put w between the two.",
            "With w = 0.5 and seen = 1 the step raises the slope. "
            "Take a small alpha, and for unseen a place that wants it lower, near 3.",
        ),
        mistakes=(
            Mistake(TOO_LONG, "counterexample = dict(w=0.5, alpha=2.0, seen=1.0, unseen=3.0)"),
            Mistake(HELPED, "counterexample = dict(w=2.0, alpha=0.1, seen=1.0, unseen=3.0)"),
            Mistake(SAME, "counterexample = dict(w=0.5, alpha=0.1, seen=1.0, unseen=-1.0)"),
            Mistake(UPHILL, "counterexample = dict(w=2.0, alpha=-0.1, seen=1.0, unseen=3.0)"),
            Mistake(STILL, "counterexample = dict(w=np.sin(1.0), alpha=0.1, seen=1.0, unseen=3.0)"),
            Mistake(ORIGIN, "counterexample = dict(w=0.5, alpha=0.1, seen=0.0, unseen=3.0)"),
            Mistake(TINY, "counterexample = dict(w=0.5, alpha=1e-20, seen=1.0, unseen=3.0)"),
            Mistake(HUGE, "counterexample = dict(w=1e200, alpha=0.1, seen=1.0, unseen=3.0)"),
        ),
        alternative="counterexample = {'w': 0, 'alpha': 0.01, 'seen': 4, 'unseen': -2}",
        judge=judge_worse,
        equivalent={
            "*": "a changed counterexample is often one as well: the judge decides each on its own"
        },
    ),
]
