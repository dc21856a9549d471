"""Graders of lesson 00."""

from collections.abc import Iterator

import numpy as np

from ..compare import text
from ..exercise import Exercise, Mistake
from .shared import number

# ---- 00.step


class LineFit:
    """Mean squared error of x @ w, with the two methods of a `Loss` that the exercise names."""

    def value(self, w, x, y):
        return np.mean((x @ w - y) ** 2)

    def gradient(self, w, x, y):
        return 2 * x.T @ (x @ w - y) / len(y)


def step_cases():
    """(w, tasks, alpha, steps), tasks being pairs (support, query) of (x, y)."""
    rng = np.random.default_rng(0)

    def points(rows, size):
        return rng.normal(size=(rows, size)).round(2), rng.normal(size=rows).round(2)

    def case(size, sizes, alpha, steps):
        tasks = [(points(given, size), points(asked, size)) for given, asked in sizes]
        return rng.normal(size=size).round(2), tasks, alpha, steps

    return [
        case(2, [(3, 2), (3, 2)], 0.1, 2),
        case(1, [(2, 3), (1, 4), (3, 1)], 0.2, 3),
        case(3, [(4, 4)], 0.05, 5),
        case(2, [(2, 2), (3, 3), (2, 2), (1, 2)], 1.5, 1),
        case(1, [(1, 1), (1, 1)], 0.1, 0),
    ]


def run_step(names, w, tasks, alpha, steps):
    """The errors as a list of numbers, also where the answer gives a tuple, an array, or yields
    them."""
    found = names["learning_curve"](w, tasks, LineFit(), alpha, steps)
    if isinstance(found, (tuple, Iterator)) or (isinstance(found, np.ndarray) and found.ndim == 1):
        return list(found)
    return found


def show_step(w, tasks, alpha, steps):
    """With the loss, which is the grader's own."""
    return (
        f"loss: the mean of (x @ w - y)**2, w = {text(w)}, tasks = {text(tasks)}, "
        f"alpha = {alpha}, steps = {steps}"
    )


def step_program(
    start="adapted = w",
    step="adapted = adapted - alpha * loss.gradient(adapted, *support)",
    judged="loss.value(adapted, *query)",
    first="errors[0] += {}",
    end="errors / len(tasks)",
):
    """An answer to 00.step, with something else in one place."""
    return f"""def learning_curve(w, tasks, loss, alpha, steps):
    errors = np.zeros(steps + 1)
    for support, query in tasks:
        {start}
        {first.format(judged)}
        for k in range(steps):
            {step}
            errors[k + 1] += {judged}
    return {end}"""


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


# ---- 00.peeks: learners, some of which use the answers at the query points

ALPHA = 0.02


def slopes(x, y, steps=10):
    """The slopes of a line through the origin after 0, 1, ..., steps steps from 0: a list."""
    found = [0.0]
    for _ in range(steps):
        w = found[-1]
        found.append(w - ALPHA * np.mean(2 * (w * x - y) * x))
    return found


def honest(x, y, xq, yq):
    return slopes(x, y)[-1] * xq


def honest_about_places(x, y, xq, yq):
    near = np.exp(-np.abs(x - np.mean(xq)))
    return np.sum(near * x * y) / np.sum(near * x * x) * xq


def fits_both(x, y, xq, yq):
    return slopes(np.concatenate([x, xq]), np.concatenate([y, yq]))[-1] * xq


def best_of_ten(x, y, xq, yq):
    found = slopes(x, y)
    return found[np.argmin([np.mean((w * xq - yq) ** 2) for w in found])] * xq


def scaled(x, y, xq, yq):
    answers = slopes(x, y)[-1] * xq
    return answers * np.sqrt(np.mean(yq**2) / np.mean(answers**2))


def shifted(x, y, xq, yq):
    answers = slopes(x, y)[-1] * xq
    return answers + np.mean(yq) - np.mean(answers)


def off_by_one(x, y, xq, yq):
    return fits_both(x, y, xq[:1], yq[:1])[0] / xq[0] * xq


def shaped(x, y, xq, yq):
    """Uses only how far the farthest answer is from their mean, in units of their spread."""
    return slopes(x, y)[-1] * xq * np.max(np.abs(yq - np.mean(yq))) / np.std(yq)


def learner_tasks():
    """x, y, xq, yq of some tasks: noisy lines, flatter at the query points, so that fewer than ten
    steps are best there; and one line that is exact."""
    rng = np.random.default_rng(3)
    found = []
    for slope, asked, noise in (1.5, 0.8, 0.5), (-1.6, -0.9, 0.7), (2.0, 2.0, 0.0):
        x, xq = rng.uniform(-5, 5, 4).round(1), rng.uniform(-5, 5, 6).round(1)
        y = slope * x + noise * rng.normal(size=4).round(2)
        yq = asked * xq + noise * rng.normal(size=6).round(2)
        found.append((x, y, xq, yq))
    return found


NO_ANSWER = "`peeks` returns True or False. Yours returned {}."
NO_CALL = (
    "You decide without calling `learn`. A learner shows what it uses only when it is asked twice."
)
ONE_CALL = (
    "You call `learn` once. One set of predictions cannot show where it comes from: a good honest "
    "learner may be right, and one that peeks may be wrong. Ask again, with something changed."
)
FALSE_ALARM = (
    "An honest learner is accused. It uses the support points and the places xq, as it may: change "
    "yq alone, and compare its predictions with its own, not with yq."
)
MISSED_ALL = (
    "A learner that takes its ten steps on support and query points together goes unseen. "
    "Its predictions depend on yq: change yq, and they change."
)
MISSED_BEST = (
    "A learner goes unseen that keeps, of its ten steps, the one with the lowest error at the "
    "query points. A small change of yq, or an unlucky one, leaves its choice as it is: make large "
    "changes, and more than one: what is near to one yq is far from its opposite, -yq."
)
MISSED_SIZE = (
    "A learner goes unseen that scales its predictions to the magnitude of yq. Signs and order do "
    "not matter to it: change the magnitude too."
)
MISSED_MEAN = (
    "A learner goes unseen that shifts its predictions to the mean of yq. "
    "Your change leaves that mean as it was."
)
MISSED_FIRST = (
    "A learner goes unseen into whose support the first query point has slipped, a split that is "
    "off by one. Change every number of yq."
)
MISSED_SHAPE = (
    "A learner goes unseen that uses only the pattern of yq: how far the farthest answer is from "
    "their mean, in units of their spread. a + b * yq leaves that as it is. Put other numbers in."
)
LEARNERS = (
    (honest, False, FALSE_ALARM),
    (fits_both, True, MISSED_ALL),
    (honest_about_places, False, FALSE_ALARM),
    (best_of_ten, True, MISSED_BEST),
    (scaled, True, MISSED_SIZE),
    (shifted, True, MISSED_MEAN),
    (off_by_one, True, MISSED_FIRST),
    (shaped, True, MISSED_SHAPE),
)


def steep_tasks():
    """x, y, xq, yq of lines that are steeper at the query points, where the last of ten steps is
    best: an unlucky other yq makes `best_of_ten` keep it again."""
    rng = np.random.default_rng(4)
    found = []
    for slope in 1.2, -0.7, 2.0, -1.6, 0.5, 1.0, -2.2, -1.1:
        x, xq = rng.uniform(-5, 5, 4).round(1), rng.uniform(-5, 5, 6).round(1)
        found.append((x, slope * x, xq, 2 * slope * xq))
    return found


def trials():
    """(task, learner, whether it peeks, what to say if the test is wrong), one after another."""
    *noisy, exact = learner_tasks()
    for task in noisy:
        for learner in LEARNERS:
            yield task, *learner
    # here every learner is right, and hardly has to choose: only the honest ones are tried
    for learner, does_peek, says in LEARNERS:
        if not does_peek:
            yield exact, learner, does_peek, says
    for task in steep_tasks():
        yield task, best_of_ten, True, MISSED_BEST


def judge_peeks(names):
    """None if every learner is told for what it is."""
    for task, learner, does_peek, says in trials():
        calls = 0

        def learn(x, y, xq, yq, learner=learner):
            nonlocal calls
            calls += 1
            with np.errstate(all="ignore"):
                predictions = learner(*(np.array(a, float) for a in (x, y, xq, yq)))
            return np.round(predictions, 8)  # sums in another order are no use of yq

        found = names["peeks"](learn, *(block.copy() for block in task))
        if not isinstance(found, (bool, np.bool_)):
            return NO_ANSWER.format(text(found))
        if calls < 2:
            return ONE_CALL if calls else NO_CALL
        if found != does_peek:
            return says
    return None


OTHER = "np.random.default_rng(0).normal(0, 100, yq.shape)"


def peeks_program(other=OTHER, verdict="not np.array_equal(before, after)"):
    """An answer to 00.peeks that changes yq once."""
    return f"""def peeks(learn, x, y, xq, yq):
    before = learn(x, y, xq, yq)
    after = learn(x, y, xq, {other})
    return {verdict}"""


EXERCISES = [
    Exercise(
        "00.step",
        "What a start is worth, step by step",
        "write",
        ("learning_curve",),
        insight=(
            "The step is also Euler's method for dw/dt = −∇l(w); lesson 16 reads it that way and "
            "finds that N steps, each N times shorter, adapt no more than one, on a bowl."
        ),
        minutes=6,
        hints=(
            "Take one task first. Which points may the step see, and which points judge? "
            "And where does the second task's first step start?",
            "For each task: begin at w, judge, then `steps` times: a step along the gradient on "
            "the support points, and the value on the query points. w itself never changes.",
            "adapted = adapted - alpha * loss.gradient(adapted, *support), then "
            "errors[k + 1] += loss.value(adapted, *query); at the end divide by len(tasks).",
        ),
        mistakes=(
            Mistake(
                "Your second task starts where the first one ended. That is ordinary training, "
                "one task after another. In MAML every task starts at the same w.",
                step_program(
                    start="adapted = w",
                    step="w = adapted = adapted - alpha * loss.gradient(adapted, *support)",
                ),
            ),
            Mistake(
                "You stepped uphill: the gradient points to where the loss "
                "grows, so it is subtracted.",
                step_program(step="adapted = adapted + alpha * loss.gradient(adapted, *support)"),
            ),
            Mistake(
                "You judge on the support points, which the step has seen. "
                "The error that counts is the one on the query points.",
                step_program(judged="loss.value(adapted, *support)"),
            ),
            Mistake(
                "Your step sees the query points. In a new task their answers are not known: "
                "it may see the support points alone.",
                step_program(step="adapted = adapted - alpha * loss.gradient(adapted, *query)"),
            ),
            Mistake(
                "Every step of yours uses the gradient at the start. "
                "The second step takes the gradient where the first one ended.",
                step_program(step="adapted = adapted - alpha * loss.gradient(w, *support)"),
            ),
            Mistake(
                "The error before any step is missing: the list begins after 0 steps, "
                "and is steps + 1 long.",
                step_program(end="(errors / len(tasks))[1:]"),
            ),
            Mistake(
                "The stepsize is missing: you subtract the gradient itself, and the formula "
                "has alpha times the gradient.",
                step_program(step="adapted = adapted - loss.gradient(adapted, *support)"),
            ),
            Mistake(
                "That is the sum over the tasks. The mean does not depend on how many there are.",
                step_program(end="errors"),
            ),
            Mistake(
                "That is the error after the last step alone. The whole curve was asked for: "
                "after 0, 1, and so on, up to `steps` steps.",
                step_program(end="errors[-1] / len(tasks)"),
            ),
            Mistake(
                "Only the first task counts: is your `return` inside the loop over the tasks?",
                step_program().replace("    return errors / len(tasks)", "        return errors"),
            ),
            Mistake(
                "Each of your steps is alpha long, whatever the gradient's length. The formula "
                "has alpha times the gradient: where the loss is steep, the step is long.",
                step_program(
                    step="g = loss.gradient(adapted, *support); "
                    "adapted = adapted - alpha * g / np.linalg.norm(g)"
                ),
            ),
        ),
        alternative="""def learning_curve(w, tasks, loss, alpha, steps):
    places = [w for _ in tasks]
    curve = []
    for k in range(steps + 1):
        found = [loss.value(place, *query) for place, (_, query) in zip(places, tasks)]
        curve.append(sum(found) / len(found))
        for i, (support, _) in enumerate(tasks):
            places[i] = places[i] - loss.gradient(places[i], *support) * alpha
    return curve""",
        cases=step_cases,
        run=run_step,
        show=show_step,
    ),
    Exercise(
        "00.limit",
        "From which stepsize on does gradient descent run away?",
        "give a bound",
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
    Exercise(
        "00.peeks",
        "A test for learners that know the answers",
        "write",
        ("peeks",),
        insight=(
            "Choosing α, or when to stop training, by the errors that you then report is peeking "
            "too, and no such test sees it: keep a third set of tasks to choose on."
        ),
        minutes=5,
        hints=(
            "How do you find out whether a function uses one of its arguments, "
            "if you can only call it?",
            "Call `learn` twice, with the same x, y and xq, and another yq. Then compare the two "
            "sets of predictions. What if it uses only their magnitude, or their mean?",
            "Put large random numbers in place of yq, the same number of them: with these, mean, "
            "magnitude, order and pattern change. Then put minus these: the nearest of a learner's "
            "steps is then another one. True if either changes the predictions.",
        ),
        mistakes=(
            Mistake(
                ONE_CALL,
                "def peeks(learn, x, y, xq, yq):\n    return np.allclose(learn(x, y, xq, yq), yq)",
            ),
            Mistake(NO_CALL, "def peeks(learn, x, y, xq, yq):\n    return True"),
            Mistake(FALSE_ALARM, peeks_program().replace("x, y, xq, np.", "x, y, xq + 1, np.")),
            Mistake(FALSE_ALARM, peeks_program(verdict="np.array_equal(before, after)")),
            Mistake(MISSED_ALL, peeks_program("yq")),
            Mistake(MISSED_BEST, peeks_program("yq + 1e-3")),
            Mistake(MISSED_BEST, peeks_program()),
            Mistake(MISSED_SIZE, peeks_program("-yq")),
            Mistake(
                MISSED_MEAN,
                peeks_program("np.mean(yq) + 100 * (yq - np.mean(yq))"),
            ),
            Mistake(MISSED_FIRST, peeks_program("np.append(yq[:1], 100 - 3 * yq[1:])")),
            Mistake(MISSED_SHAPE, peeks_program("100 - 3 * yq")),
        ),
        alternative="""def peeks(learn, x, y, xq, yq):
    first = learn(x, y, xq, yq)
    rng = np.random.default_rng(0)
    for _ in range(10):
        again = learn(x, y, xq, rng.normal(50, 100, yq.shape))
        if np.any(first != again):
            return True
    return False""",
        judge=judge_peeks,
        equivalent={
            "*": "a changed test is often one as well: the judge tries each on all learners"
        },
    ),
]
