"""Graders of lesson 07."""

import functools

import numpy as np

import tinymaml as tm

from ..compare import text
from ..exercise import Exercise, Mistake
from .shared import (
    CountingLoss,
    as_floats,
    as_scalar,
    number,
    shown,
    unattempted,
)

# ---- 07.point

STEEP = 4.0, -1.0  # curvature L, minimum c
FLAT = 1.0, 1.0


def best_by(weight, alpha):
    """The mean of the two minima with these weights, a function of L and α."""
    L_steep, c_steep = STEEP
    L_flat, c_flat = FLAT
    steep = weight(L_steep, alpha)
    flat = weight(L_flat, alpha)
    return (steep * c_steep + flat * c_flat) / (steep + flat)


def right_weight(L, alpha):
    return L * (1 - alpha * L) ** 2


WRONG_WEIGHTS = [
    (
        lambda L, alpha: L,
        "Without a step the best start is −0.6. "
        "The step changes each task's weight, from L to L (1 − αL)².",
    ),
    (
        lambda L, alpha: 1.0,
        "That is the midpoint of the minima: "
        "both tasks would have to weigh the same after the step.",
    ),
    (
        lambda L, alpha: L * (1 - alpha * L),
        "You weighted with L (1 − αL). The loss is a square, "
        "so the factor 1 − αL of the error comes in squared; a weight is never negative.",
    ),
    (
        lambda L, alpha: (1 - alpha * L) ** 2,
        "You weighted with (1 − αL)² alone. The curvature L stays in front of it: ½ L (w₁ − c)².",
    ),
    (
        lambda L, alpha: L * abs(1 - alpha * L),
        "You weighted with L |1 − αL|. It is not the error that is averaged but its square: "
        "the factor comes in squared.",
    ),
]
ASIDE = {
    0.25: (
        "α = 0.25: the steep task has αL = 1. Its step lands on its minimum from anywhere; "
        "which task is left?"
    ),
    0.6: (
        "α = 0.6: the steep task overshoots to the other side, 1 − αL = −1.4, "
        "and weighs 4 · 1.4². What does the flat one weigh?"
    ),
    1.0: "α = 1: now it is the flat task that has αL = 1. What is its weight?",
}
FOREVER = (
    "You let the flat task alone decide for every α. It does where the step puts the steep "
    "task right, at αL = 1; past that, the steep one counts again."
)
FLIPPED = (
    "Your starts lie on the wrong side: the steep task has its minimum at −1, the flat one at 1."
)
UNDIVIDED = (
    "You added weight times minimum and did not divide by the sum of the weights. "
    "A mean lies between the two minima."
)


def judge_point(names):
    best = names["best"]
    if unattempted(best):
        raise NotImplementedError
    if not isinstance(best, dict):
        return "`best` is a dict: a start for each α, as in the lines that stood in the cell."
    if all(map(number, best)):
        best = {round(float(alpha), 9): as_scalar(value) for alpha, value in best.items()}
    if set(best) != set(ASIDE):
        return "`best` has the keys 0.25, 0.6 and 1.0: the three values of α."
    for alpha, value in best.items():
        if not number(value):
            return f"α = {alpha:g}: the best start is one number, a place on the line."

    def agrees(alpha, start):
        return abs(best[alpha] - start) < 5e-3

    wrong = [alpha for alpha in ASIDE if not agrees(alpha, best_by(right_weight, alpha))]
    if not wrong:
        return None
    for weight, says in WRONG_WEIGHTS:
        if all(agrees(alpha, best_by(weight, alpha)) for alpha in ASIDE):
            return says
    if all(value == 1 for value in best.values()):
        return FOREVER
    if all(agrees(alpha, -best_by(right_weight, alpha)) for alpha in ASIDE):
        return FLIPPED
    if any(abs(best[alpha]) > 1 for alpha in wrong) and all(
        agrees(alpha, undivided(alpha)) or agrees(alpha, undivided(alpha) / 2) for alpha in wrong
    ):
        return UNDIVIDED
    return ASIDE[wrong[0]]


def undivided(alpha):
    """The sum of weight times minimum."""
    return right_weight(1, alpha) - right_weight(4, alpha)


def guess(*starts):
    return f"best = {dict(zip(ASIDE, starts, strict=True))}"


def guess_by(weight):
    return guess(*(round(best_by(weight, alpha), 4) for alpha in ASIDE))


POINT = Exercise(
    "07.point",
    "The best start, by hand",
    "predict",
    ("best",),
    insight=(
        "At α = 0.6 the best start, −0.96, is nearer to the steep task than without any step "
        "(−0.6): with too long a step, MAML serves the task that adaptation harms."
    ),
    minutes=5,
    hints=(
        "The weight of a task is L (1 − αL)². Work out both weights for each α.",
        "At α = 0.25 the steep task weighs 0, and at α = 1 the flat one.",
        "At α = 0.6: (7.84 · (−1) + 0.16 · 1) / (7.84 + 0.16).",
    ),
    mistakes=(
        *(Mistake(says, guess_by(weight)) for weight, says in WRONG_WEIGHTS),
        Mistake(FOREVER, guess(1, 1, 1)),
        Mistake(ASIDE[0.6], guess(1.0, 0.96, -1.0)),
        Mistake(ASIDE[0.25], guess(-1.0, -0.96, -1.0)),
        Mistake(FLIPPED, guess(-1.0, 0.96, 1.0)),
        Mistake(UNDIVIDED, guess(0.5625, -7.68, -36.0)),
        Mistake(ASIDE[1.0], guess(1.0, -0.96, 1.0)),
    ),
    alternative="""weights = lambda a: (4 * (1 - 4 * a) ** 2, (1 - a) ** 2)
best = {a: (weights(a)[1] - weights(a)[0]) / sum(weights(a)) for a in (0.25, 0.6, 1.0)}""",
    judge=judge_point,
)

# ---- 07.far

MINIMA = np.array([[-1.0, 0.0], [1.0, 0.0]])
FARTHEST = 10.0
PARALLEL = (
    "The two steep axes are parallel. Then the lines of starts that are solved by one step never "
    "meet, or are the same line: there is not *one* best start."
)
FLOORS = (
    "You gave the directions of the floors. A step removes the error along the *steep* axis, so "
    "the line of starts that it solves runs through the minimum along that axis."
)


def crossing(angles):
    """The best start for one step, (2,), on valleys with these steep axes, in degrees; None where
    there is more than one."""
    along = np.radians(np.array(angles, float) % 180)
    axes = np.stack([np.cos(along), np.sin(along)], axis=1)
    across = np.stack([-axes[:, 1], axes[:, 0]], axis=1)
    if abs(np.linalg.det(across)) < 1e-9:
        return None
    return np.linalg.solve(across, (across * MINIMA).sum(1))


def distance_from_minima(start):
    """How far it is to the nearer of the two."""
    return float(np.linalg.norm(start - MINIMA, axis=1).min())


def is_far(angles):
    start = crossing(angles)
    return start is not None and distance_from_minima(start) >= FARTHEST - 1e-9


def pair_of(value):
    """Two finite numbers as a list, or None."""
    try:
        values = [float(x) for x in as_floats(value).ravel()]
    except (TypeError, ValueError):
        return None
    return values if len(values) == 2 and np.isfinite(values).all() else None


def judge_far(names):
    given = names["steep_axes"]
    if unattempted(given):
        raise NotImplementedError
    angles = pair_of(given)
    if angles is None:
        return "`steep_axes` is two finite numbers: a direction in degrees for each task."
    if max(map(abs, angles)) > 1e6:
        return "Directions in degrees, please: from 0 to 180 there are all that an axis can have."
    start = crossing(angles)
    if start is None:
        return PARALLEL
    if is_far(angles):
        return None
    if is_far([angle + 90 for angle in angles]):
        return FLOORS
    x, y = (round(float(value), 2) + 0.0 for value in start)
    return (
        f"The best start is ({x:g}, {y:g}): there the lines along the two steep axes cross. To the "
        f"nearer minimum it is {distance_from_minima(start):.3g}, and the exercise asks for 10."
    )


def axes(first, second):
    return f"steep_axes = ({first}, {second})"


FAR = Exercise(
    "07.far",
    "The best start can be far away",
    "break it",
    ("steep_axes",),
    insight=(
        "In a space of many weights the starts from which one step solves a task are not a line "
        "but a whole surface, and many surfaces can meet where no two solutions do."
    ),
    minutes=5,
    hints=(
        "Which starts does one step with α = ¼ solve exactly, where the steep curvature is 4? "
        "Draw them, for each of the two tasks.",
        "They lie on a line through the minimum, along the steep axis. "
        "The best start is where the two lines cross: when is that far away?",
        "The minima and the crossing make a triangle with a base of 2. It is tall if both sides "
        "are nearly upright, and lean towards each other: tan 80° is 5.7, and tan 84° is 9.5.",
    ),
    mistakes=(
        Mistake(PARALLEL, axes(90.0, 90.0)),
        Mistake(FLOORS, axes(-5.0, 5.0)),
        Mistake("The best start is (0, 1)", axes(45.0, 135.0)),
        Mistake("The best start is (0, 5.67)", axes(80.0, 100.0)),
        Mistake("`steep_axes` is two finite numbers", "steep_axes = (85.0, None)"),
    ),
    alternative="steep_axes = [90, np.degrees(np.arctan2(12.0, 2.0))]",
    judge=judge_far,
    equivalent={"*": "a changed counterexample is often a counterexample too"},
)

# ---- 07.power


def symmetric(*eigenvalues, seed=0):
    """A symmetric matrix with these eigenvalues and random eigenvectors."""
    size = len(eigenvalues)
    q, _ = np.linalg.qr(np.random.default_rng(seed).standard_normal((size, size)))
    return q * np.array(eigenvalues, float) @ q.T


RANDOM_START = "np.random.default_rng(0).standard_normal(size)"
NORMALISED = "v = hvp(v / np.linalg.norm(v))"
LENGTH = "np.linalg.norm(v)"
BLIND = (
    " can be at right angles to the very eigenvector that you want, "
    "as here, and then no product ever finds it. A random direction never is."
)


def power_answer(start=RANDOM_START, steps="steps", step=NORMALISED, result=LENGTH):
    """The text of an answer: the right iteration with something changed."""
    return (
        "def largest_curvature(hvp, size, steps=200):\n"
        f"    v = {start}\n"
        f"    for _ in range({steps}):\n"
        f"        {step}\n"
        f"    return {result}"
    )


FEW = 2  # so few steps that H costs more products: what is asked then is their number


def run_power(names, H, *steps):
    """The number that comes back, infinite where it overflows and 0 where it vanishes; of FEW
    steps, which leave it at random, how many products they took."""
    size = len(H)
    calls = []

    def hvp(v):
        calls.append(v)
        if np.shape(v) != (size,):
            raise ValueError(f"hvp takes a v of shape ({size},); yours has shape {np.shape(v)}")
        return H @ v

    found = names["largest_curvature"](hvp, size, *steps)
    if steps == (FEW,):
        about = FEW - 1 <= len(calls) <= FEW + 2
        if about:
            return "about `steps` calls of hvp"
        return f"{len(calls)} call{'' if len(calls) == 1 else 's'} of hvp"
    if isinstance(found, np.ndarray) and found.size == 1:
        found = found.item()
    if not isinstance(found, (float, np.floating)):
        return found
    if abs(found) <= 1e-15:
        return 0.0
    if abs(found) >= 1e15:
        return np.inf
    return found


def show_power(H, steps=200):
    return f"H = {text(H)}, steps = {steps}"


POWER = Exercise(
    "07.power",
    "Power iteration",
    "write",
    ("largest_curvature",),
    insight=(
        "Given Hv − Lv in place of Hv, the same loop finds the lowest curvature, however negative: "
        "lesson 14 uses that to ask how fast two runs can part on a network."
    ),
    minutes=3,
    hints=(
        "Three lines: a start, a loop, a result. In the loop v gets length 1 and is multiplied.",
        "A start with a random direction has a part along every eigenvector: "
        "np.random.default_rng(0).standard_normal(size).",
        "for _ in range(steps): v = hvp(v / np.linalg.norm(v)). After it ‖v‖ is the answer.",
    ),
    mistakes=(
        Mistake(
            "You never normalise: v grows by a factor L at each product, "
            "or shrinks by it, until it overflows or vanishes. "
            "Divide by ‖v‖ before each product; the direction is all that counts.",
            power_answer(step="v = hvp(v)"),
        ),
        Mistake(
            "Your result has a sign. vᵀHv is the eigenvalue itself, which may be negative; "
            "L is the largest *size* of a curvature, on hill tops as well as in valleys.",
            power_answer(result="v @ hvp(v) / (v @ v)"),
        ),
        Mistake(
            "Too few products: where |λ₂| is close to L, the second part of v shrinks slowly. "
            "Use all the `steps` that you are given.",
            power_answer(steps="5"),
        ),
        Mistake("You start from all ones, and these" + BLIND, power_answer(start="np.ones(size)")),
        Mistake(
            "You start from the first unit vector, which" + BLIND,
            power_answer(start="np.eye(size)[0]"),
        ),
        Mistake(
            "That takes all of H, a product for each column, and more memory than a network has. "
            "`steps` products are enough: repeat v ← Hv / ‖Hv‖.",
            "def largest_curvature(hvp, size, steps=200):\n"
            "    H = np.array([hvp(e) for e in np.eye(size)])\n"
            "    return np.abs(np.linalg.eigvalsh(H)).max()",
        ),
        Mistake(
            "That is always 200 products: `steps` says how many.",
            power_answer(steps="200"),
        ),
        Mistake(
            "|vᵀHv| is too small where L and −L are both eigenvalues, or nearly: v is then a "
            "mixture of two. ‖Hv‖ is L there as well.",
            power_answer(result="abs(v @ hvp(v)) / (v @ v)"),
        ),
        Mistake(
            "You return the length of a vector that you have just normalised: that is 1. L is "
            "the length of Hv before you normalise it.",
            power_answer(step="v = hvp(v); v = v / np.linalg.norm(v)"),
        ),
    ),
    alternative="""def largest_curvature(hvp, size, steps=200):
    v = np.random.default_rng(7).uniform(-1, 1, size)
    v = v / np.sqrt(v @ v)
    for k in range(steps):
        Hv = hvp(v)
        L = np.sqrt(Hv @ Hv)
        v = Hv / L
    return float(L)""",
    cases=lambda: [
        (symmetric(90, -75, 30, 2, -1),),
        (symmetric(-40, 25, 3, seed=1),),
        (np.array([[2.0, -1.0], [-1.0, 2.0]]),),
        (np.diag([1.0, -4.0, 2.0]),),
        (symmetric(0.01, 0.004, seed=2),),
        (symmetric(2, -2, 0.5, seed=3),),
        (np.array([[2.0, 1.0], [1.0, 2.0]]),),
        # 600 steps suffice for almost any start, 200 for almost none; a recursion has room for them
        (symmetric(1, *[0.975] * 5, seed=4), 600),
        (symmetric(9, -7, 5, 3, 1, seed=5), FEW),
        (np.array([[-2.5]]),),
    ],
    run=run_power,
    show=show_power,
    tolerance=1e-6,
    equivalent={"np.random.default_rng(0) -> np.random.default_rng(1)": "any random start will do"},
)

# ---- 07.objective and 07.meta_gradient


def straight_line(p, x, y):
    return tm.mean(tm.square(x @ p["w"] - y))


def small_network(p, x, y):
    return tm.mean(tm.square(tm.tanh(x @ p["W"] + p["b"]) @ p["u"] - y))


LINE = "mean square of x w − y"
DOUBLED = f"{LINE}, with twice the product for `hvp`"
NETWORK = "mean square of tanh(x W + b) u − y"
LOSSES = {
    LINE: (straight_line, {"w": np.zeros((1, 1))}),
    DOUBLED: (straight_line, {"w": np.zeros((1, 1))}),
    NETWORK: (
        small_network,
        {"W": np.zeros((1, 2)), "b": np.zeros((1, 2)), "u": np.zeros((2, 1))},
    ),
}


@functools.cache
def make_loss(name):
    """The loss of this name, whose tapes are kept from one answer to the next."""
    return tm.Loss(*LOSSES[name])


def meta_cases():
    """(name of the loss, w, tasks, alpha), tasks being pairs (support, query) of (x, y)."""
    rng = np.random.default_rng(5)

    def data(rows):
        x = rng.uniform(-1.5, 1.5, (rows, 1)).round(2)
        y = rng.uniform(-1.5, 1.5, (rows, 1)).round(2)
        return x, y

    cases = []
    for name, alpha, sizes in (
        (NETWORK, 0.4, [(3, 4), (1, 4), (2, 1)]),
        (NETWORK, 0.7, [(4, 2), (4, 3)]),
        (LINE, 0.3, [(2, 3), (1, 3)]),
        (NETWORK, 0.5, [(2, 3)]),
        (LINE, 0.2, [(1, 1), (1, 1)]),
    ):
        w = rng.uniform(0.4, 1.3, make_loss(name).size).round(2)
        tasks = [(data(support), data(query)) for support, query in sizes]
        cases.append((name, w, tasks, alpha))
    far = [(data(2), (x, 100 * y)) for x, y in (data(2), data(1))]
    return [*cases, (name, w, far, alpha)]  # w and α as before


def gradient_cases():
    cases = meta_cases()
    (_, w, tasks, _), *_, (_, w_line, far, alpha) = cases
    return [*cases, (NETWORK, w, tasks, 0.01), (DOUBLED, w_line, far, alpha)]


class DoublingLoss(CountingLoss):
    """A loss whose hvp gives twice the product: it shows who calls hvp and does without."""

    def hvp(self, w, v, *data):
        return 2 * super().hvp(w, v, *data)


def run_objective(names, name, w, tasks, alpha):
    count = len(tasks)
    loss = CountingLoss(make_loss(name))
    found = names["meta_loss"](loss, w, tasks, alpha)
    if found is None or found is ...:
        return found
    return {"the objective": found, "at least a gradient a task": loss.gradients >= count}


def run_gradient(names, name, w, tasks, alpha):
    count = len(tasks)
    loss = (DoublingLoss if name == DOUBLED else CountingLoss)(make_loss(name))
    found = names["meta_gradient"](loss, w, tasks, alpha)
    if found is None or found is ...:
        return found
    return {"the gradient": found, "Hessian-vector products a task": loss.hvps / count}


def objective_program(each, total="np.mean({})"):
    """A program: the total of an expression for each task."""
    result = total.format(f"[{each} for support, query in tasks]")
    return f"def meta_loss(loss, w, tasks, alpha):\n    return {result}"


STEP = "w - alpha * loss.gradient(w, *support)"
OBJECTIVE = Exercise(
    "07.objective",
    "The objective after one step",
    "write",
    ("meta_loss",),
    insight=(
        "Batch normalisation breaks this objective without a trace: through it the query points of "
        "a task see each other, and the error is too good for points that come one at a time."
    ),
    minutes=3,
    hints=(
        "For each task: one step from w on the support set, then the loss at the new point.",
        (
            "w1 = w - alpha * loss.gradient(w, *support); "
            "the new point is judged by loss.value(w1, *query)."
        ),
        "Collect loss.value(w1, *query) in a list, task by task, and return its np.mean.",
    ),
    mistakes=(
        Mistake(
            "You judge at w, before the step: that is the objective of joint training. "
            "The query loss is taken at w₁.",
            objective_program("loss.value(w, *query)"),
        ),
        Mistake(
            "You judge on the support set, the very points that the step has just fitted. "
            "The query set is there to be honest.",
            objective_program(f"loss.value({STEP}, *support)"),
        ),
        Mistake(
            "Support and query have changed places: the step may only see the support set.",
            objective_program("loss.value(w - alpha * loss.gradient(w, *query), *support)"),
        ),
        Mistake(
            "You take the step on the query set. In a new task the answers of the query set "
            "are unknown; the step sees the support set only.",
            objective_program("loss.value(w - alpha * loss.gradient(w, *query), *query)"),
        ),
        Mistake(
            "That is the sum over the tasks. The objective is the mean, so that its size, "
            "and the stepsize that suits it, do not depend on how many tasks you draw.",
            objective_program(f"loss.value({STEP}, *query)", "np.sum({})"),
        ),
        Mistake(
            "Only the first task counts: is your `return` inside the loop?",
            f"""def meta_loss(loss, w, tasks, alpha):
    for support, query in tasks:
        return loss.value({STEP}, *query)""",
        ),
        Mistake(
            "Your step goes uphill: w₁ = w − α∇l(w).",
            objective_program("loss.value(w + alpha * loss.gradient(w, *support), *query)"),
        ),
        Mistake(
            "alpha is missing: your step is the gradient itself, and not alpha times it.",
            objective_program("loss.value(w - loss.gradient(w, *support), *query)"),
        ),
        Mistake(
            "You take one common step, along the mean of the tasks' gradients. "
            "Adaptation is each task's own: a step for every task.",
            """def meta_loss(loss, w, tasks, alpha):
    w1 = w - alpha * np.mean([loss.gradient(w, *support) for support, query in tasks], axis=0)
    return np.mean([loss.value(w1, *query) for support, query in tasks])""",
        ),
        Mistake(
            "Your tasks adapt one after another: each starts where the last one ended. "
            "Every task starts from the same w.",
            """def meta_loss(loss, w, tasks, alpha):
    found = []
    for support, query in tasks:
        w = w - alpha * loss.gradient(w, *support)
        found.append(loss.value(w, *query))
    return np.mean(found)""",
        ),
        Mistake(
            "You weigh the tasks by the sizes of their query sets. The mean is over the tasks: "
            "each counts the same, however many points it is judged on.",
            objective_program(
                f"len(query[0]) * loss.value({STEP}, *query)",
                "np.sum({}) / sum(len(query[0]) for _, query in tasks)",
            ),
        ),
        Mistake(
            "You took differences of values for the step. Its gradient is `loss.gradient`, "
            "exact and at the price of a few values; differences cost 2P values for P weights.",
            objective_program(
                "loss.value(w - alpha * np.array([("
                "loss.value(w + 1e-5 * e, *support) - loss.value(w - 1e-5 * e, *support)"
                ") / 2e-5 for e in np.eye(w.size)]), *query)"
            ),
        ),
    ),
    alternative="""def meta_loss(loss, w, tasks, alpha):
    total = 0.0
    for (x, y), (xq, yq) in tasks:
        adapted = w - loss.gradient(w, x, y) * alpha
        total += loss.value(adapted, xq, yq)
    return total / len(tasks)""",
    cases=meta_cases,
    run=run_objective,
    show=shown("loss", "w", "tasks", "alpha"),
)


def gradient_program(
    each,
    total="np.mean(found, axis=0)",
    g="loss.gradient(w1, *query)",
    w1=STEP,
    unpack="support, query",
):
    return f"""def meta_gradient(loss, w, tasks, alpha):
    found = []
    for {unpack} in tasks:
        w1 = {w1}
        g = {g}
        found.append({each})
    return {total}"""


META_GRADIENT = Exercise(
    "07.meta_gradient",
    "The meta-gradient, with one HVP",
    "write",
    ("meta_gradient",),
    insight=(
        "PyTorch gets this vector from `create_graph=True` on the inner gradient and keeps that "
        "gradient's graph in memory; you keep w, g and one product."
    ),
    minutes=5,
    hints=(
        (
            "For each task three lines: "
            "(1) the step, (3) the gradient g of the query loss at the new point, (6) g − α H g."
        ),
        (
            "H belongs to line (2): the support loss, at the old w. It is never formed; "
            "loss.hvp(w, g, *support) is its product with g."
        ),
        "found.append(g - alpha * loss.hvp(w, g, *support)); at the end np.mean(found, axis=0).",
    ),
    mistakes=(
        Mistake(
            "The term −αHg is missing: this is first-order MAML. "
            "When w moves, the gradient that the step takes moves too.",
            gradient_program("g"),
        ),
        Mistake(
            "Your H is taken at the adapted point. "
            "The step was taken at w, so what it does to a change of w is I − αH(w): line (2).",
            gradient_program("g - alpha * loss.hvp(w1, g, *support)"),
        ),
        Mistake(
            "Your H multiplies the support gradient. "
            "In line (4) it multiplies g, the wish of the adapted weights.",
            gradient_program("g - alpha * loss.hvp(w, loss.gradient(w, *support), *support)"),
        ),
        Mistake(
            "Your H is that of the query loss. "
            "The step was taken on the support loss, and line (2) differentiates the step.",
            gradient_program("g - alpha * loss.hvp(w, g, *query)"),
        ),
        Mistake(
            "Your H is that of the query loss at the adapted point. "
            "Line (2) differentiates the step: the support loss, at w.",
            gradient_program("g - alpha * loss.hvp(w1, g, *query)"),
        ),
        Mistake(
            "Wrong sign: the step subtracts α∇l, so its Jacobian is I − αH.",
            gradient_program("g + alpha * loss.hvp(w, g, *support)"),
        ),
        Mistake(
            "alpha is missing before Hg: the Jacobian of w − α∇l(w) is I − αH.",
            gradient_program("g - loss.hvp(w, g, *support)"),
        ),
        Mistake(
            "You return the sum over the tasks. meta_loss is a mean, and so is its gradient; "
            "with a sum the stepsize would have to change with the number of tasks.",
            gradient_program("g - alpha * loss.hvp(w, g, *support)", "np.sum(found, axis=0)"),
        ),
        Mistake(
            "Support and query have changed places: "
            "the step is taken on the support set, the result judged on the query set.",
            gradient_program("g - alpha * loss.hvp(w, g, *support)", unpack="query, support"),
        ),
        Mistake(
            "You judge on the support set again: g is the gradient of the *query* loss at w₁.",
            gradient_program(
                "g - alpha * loss.hvp(w, g, *support)", g="loss.gradient(w1, *support)"
            ),
        ),
        Mistake(
            "Your g is taken at w. Line (3): the outer derivative is taken at the new point, w₁.",
            gradient_program("g - alpha * loss.hvp(w, g, *support)", g="loss.gradient(w, *query)"),
        ),
        Mistake(
            "You return −αHg alone. Line (6) has two terms: the identity in I − αH keeps g.",
            gradient_program("-alpha * loss.hvp(w, g, *support)"),
        ),
        Mistake(
            "Only the first task counts: is your `return` inside the loop?",
            gradient_program("g - alpha * loss.hvp(w, g, *support)").replace(
                "    return", "        return"
            ),
        ),
        Mistake(
            "Your tasks adapt one after another: each starts where the last one ended, "
            "and so does its H. Every task starts from the same w.",
            """def meta_gradient(loss, w, tasks, alpha):
    found = []
    for support, query in tasks:
        w = w - alpha * loss.gradient(w, *support)
        g = loss.gradient(w, *query)
        found.append(g - alpha * loss.hvp(w, g, *support))
    return np.mean(found, axis=0)""",
        ),
        Mistake(
            "You multiply the mean of the H by the mean of the g. A mean of products is not "
            "the product of the means: each task's own H meets its own g.",
            """def meta_gradient(loss, w, tasks, alpha):
    g = np.mean([
        loss.gradient(w - alpha * loss.gradient(w, *support), *query)
        for support, query in tasks
    ], axis=0)
    return g - alpha * np.mean([loss.hvp(w, g, *support) for support, _ in tasks], axis=0)""",
        ),
        Mistake(
            "You weigh the tasks by the sizes of their query sets. The objective is a mean "
            "over the tasks, each of which counts the same; so is its gradient.",
            gradient_program(
                "len(query[0]) * (g - alpha * loss.hvp(w, g, *support))",
                "np.sum(found, axis=0) / sum(len(query[0]) for _, query in tasks)",
            ),
        ),
        Mistake(
            "You took differences instead of `loss.hvp`. They are a good check, but as an "
            "answer they depend on the width of their step, and differences of meta_loss cost "
            "2P values for P weights. The exercise asks for one `loss.hvp` a task.",
            """def meta_gradient(loss, w, tasks, alpha):
    walk = [meta_loss(loss, w + h * e, tasks, alpha) for e in np.eye(w.size) for h in (1e-5, -1e-5)]
    return (np.array(walk[::2]) - np.array(walk[1::2])) / 2e-5""",
        ),
        Mistake(
            "Right numbers at the wrong price: you formed the Hessian, "
            "a product for each of its P columns. One product, with g, is enough.",
            gradient_program(
                "(np.eye(w.size) - alpha * np.array("
                "[loss.hvp(w, e, *support) for e in np.eye(w.size)]"
                ")) @ g"
            ),
        ),
    ),
    alternative="""def meta_gradient(loss, w, tasks, alpha):
    total = np.zeros_like(w)
    for (x, y), outer in tasks:
        wish = loss.gradient(w - alpha * loss.gradient(w, x, y), *outer)
        total += wish + loss.hvp(w, -alpha * wish, x, y)
    return total / len(tasks)""",
    cases=gradient_cases,
    run=run_gradient,
    show=shown("loss", "w", "tasks", "alpha"),
)

# ---- 07.bug

FINE = {
    4: "Line 4 is right: the step is taken from w, against the support gradient.",
    5: "Line 5 is right: g is the gradient of the query loss at the adapted point.",
    7: "Line 7 is right: against the gradient, divided by the number of tasks.",
    3: "Line 3 is right: a task is a pair of support and query.",
    2: "Line 2 is right: the sum starts at 0 and is divided by the number of tasks at the end.",
    1: "Line 1 is right: the function is handed all that it needs.",
}


def judge_bug(names):
    where, given = names["LINE"], names["instance"]
    if unattempted(where) or unattempted(given):
        raise NotImplementedError
    if number(where) and where in FINE:
        return FINE[where] + (
            " Hold each line against lines (1) to (7) of the derivation: "
            "which data, which point, which sign?"
        )
    if not number(where) or where != 6:
        return "`LINE` is the number of a line: 1 to 7."
    wanted = ("seen", "unseen", "alpha")
    if (
        not isinstance(given, dict)
        or set(given) != set(wanted)
        or not all(number(v) for v in given.values())
    ):
        return (
            "You have found the line. "
            "`instance` is a dict of three finite numbers: seen, unseen, alpha."
        )
    seen, unseen, alpha = (float(given[word]) for word in wanted)
    if not alpha > 0:
        return "You have found the line, but α must be positive: the step is one of descent."
    if unseen == 0:
        return (
            "You have found the line, but at x = 0 every line gives 0: "
            "the query point asks for nothing, and both gradients vanish."
        )
    if abs(seen) == abs(unseen):
        return (
            "You have found the line, but on your instance support and query have the same "
            "curvature x², so the bug changes nothing. That is why it lives so long: "
            "on average over many points the two Hessians are alike."
        )
    true_factor = one_minus(alpha * (seen * seen))
    students_factor = one_minus(alpha * (unseen * unseen))
    if true_factor * students_factor < 0:
        return None
    return (
        f"You have found the line. But the true factor 1 − αH is {true_factor:.4g} "
        f"and the student's {students_factor:.4g}: the same sign, or one is 0. "
        "The student's iteration is badly scaled, and does not walk uphill. H is x² here."
    )


def one_minus(x):
    """1 − x; 0 where what is left of it is rounding."""
    return 1 - x if abs(1 - x) > 1e-12 else 0.0


def answer(line=6, **numbers):
    return f"LINE = {line}\ninstance = {dict(seen=1.0, unseen=2.0, alpha=0.5) | numbers}"


BUG = Exercise(
    "07.bug",
    "A bug with a good curve",
    "find the bug",
    ("LINE", "instance"),
    insight=(
        "A test whose tasks have the same support and query set, as toy examples often do, cannot "
        "find this line: there the two Hessians are one."
    ),
    minutes=4,
    hints=(
        (
            "Compare the data in each line with the derivation: "
            "which loss does the step descend, and whose Hessian stands in line (2)?"
        ),
        (
            "The student's Hessian is that of the query loss. For one point of this model H = x²: "
            "the true factor is 1 − α · seen², the student's 1 − α · unseen²."
        ),
        (
            "Uphill means that the two factors have opposite signs: α · seen² "
            "below 1 and α · unseen² above it, say."
        ),
    ),
    mistakes=(
        Mistake(FINE[4], answer(4)),
        Mistake(FINE[5], answer(5)),
        Mistake(FINE[7], answer(7)),
        Mistake(
            "on your instance support and query have the same curvature",
            answer(seen=1.0, unseen=-1.0),
        ),
        Mistake("the same sign, or one is 0", answer(seen=1.0, unseen=2.0, alpha=0.1)),
        Mistake("at x = 0 every line gives 0", answer(seen=2.0, unseen=0.0)),
    ),
    alternative="LINE = 6\ninstance = {'alpha': 1, 'seen': 2, 'unseen': 0.5}",
    judge=judge_bug,
    equivalent={"*": "a changed counterexample is often a counterexample too"},
)

# ---- 07.agree


def judge_agree(names):
    given = [names[word] for word in ("curvatures", "minima", "alpha")]
    if any(map(unattempted, given)):
        raise NotImplementedError
    curvatures, minima, alpha = pair_of(given[0]), pair_of(given[1]), as_scalar(given[2])
    if curvatures is None or minima is None or not number(alpha):
        return "`curvatures` and `minima` are two finite numbers each, `alpha` is one."
    if max(map(abs, [*curvatures, *minima, alpha])) > 1e100:
        return "Choose smaller numbers: beyond 10¹⁰⁰ they overflow."
    alpha = float(alpha)
    x = alpha * np.array(curvatures)
    if not (alpha > 0 and (x > 0).all()):
        return "The curvatures and α must be positive: the tasks are parabolas that open upwards."
    if (x >= 1).any():
        return (
            f"One of your αL is {x.max():.10g}. The claim says that no step overshoots; "
            "disprove it where it is most plausible, with αL < 1."
        )
    c = np.array(minima)
    if c[0] == c[1]:
        return (
            "Both tasks have the same minimum, and both methods end there. "
            "Where nothing has to be weighed, weights do not matter."
        )
    if np.isclose(*x, rtol=1e-12, atol=0):
        return (
            "Both tasks have the same curvature. Then I − αH is the same number for both, "
            "leaving it out does only rescale, and the claim is true. "
            "The factors must differ from task to task."
        )
    with np.errstate(all="ignore"):
        exact = weighted_mean(c, x * (1 - x) ** 2)
        first_order = weighted_mean(c, x * (1 - x))
    apart = abs(exact - first_order) / abs(c[0] - c[1])
    if apart >= 0.4 - 1e-9:
        return None
    exact = round(exact, 4) + 0.0  # without a minus before a zero
    first_order = round(first_order, 4) + 0.0
    return (
        f"MAML ends at {exact:g}, first-order MAML at {first_order:g}: "
        f"apart by {int(100 * apart)}% of the distance between the minima, "
        "and the exercise asks for 40%. "
        "MAML's weights are L (1 − αL)², first-order MAML's L (1 − αL): "
        "which αL make the extra factor as different as possible?"
    )


def weighted_mean(values, weights):
    return float((weights * values).sum() / weights.sum())


def instance(curvatures, minima=(-1.0, 1.0), alpha=1.0):
    return f"curvatures = {curvatures}\nminima = {minima}\nalpha = {alpha}"


AGREE = Exercise(
    "07.agree",
    "A constant Hessian is no excuse",
    "break it",
    ("curvatures", "minima", "alpha"),
    insight=(
        "There is no limit short of 100%: with αL = 1 − ε and ε^1.5 the two end points move to "
        "opposite minima as ε tends to 0, although no step ever overshoots."
    ),
    minutes=5,
    hints=(
        (
            "Only αL matters, and each is between 0 and 1. "
            "First-order MAML weighs a task with L (1 − αL), MAML with 1 − αL times that."
        ),
        (
            "Let the steep task have αL near 1, so that its factor 1 − αL is small, "
            "and the flat one αL near 0, with factor 1."
        ),
        (
            "To differ, first-order MAML must lean towards the steep task: L (1 − αL) "
            "larger than the flat task's. Try αL = 0.9 and 0.02."
        ),
    ),
    mistakes=(
        Mistake("Both tasks have the same curvature.", instance((0.5, 0.5))),
        Mistake("Both tasks have the same minimum", instance((0.9, 0.02), (1.0, 1.0))),
        Mistake(
            "disprove it where it is most plausible, with αL < 1", instance((4.0, 1.0), alpha=0.4)
        ),
        Mistake("apart by 30% of the distance between the minima", instance((4.0, 1.0), alpha=0.2)),
        Mistake("The curvatures and α must be positive", instance((0.9, -0.1))),
    ),
    alternative="alpha = 0.1\ncurvatures = np.array([0.3, 9.2])\nminima = [5, 2]",
    judge=judge_agree,
    equivalent={"*": "a changed counterexample is often a counterexample too"},
)

EXERCISES = [POINT, FAR, POWER, OBJECTIVE, META_GRADIENT, BUG, AGREE]
