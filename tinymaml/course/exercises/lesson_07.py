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
}
FOREVER = (
    "You let the flat task alone decide for every α. It does where the step puts the steep "
    "task right, at αL = 1; past that, the steep one counts again."
)
AGAIN = 0.4  # where |1 − 4α| = |1 − α|: the ratio of the weights is that of the curvatures
NOT_ZERO = "The exercise asks for an α above 0: there is one more at which the best start is −0.6."
STEEP_ALONE = (
    "At α = 0.5 the steep task weighs 4, as without a step, but the flat one only ¼. "
    "It is the ratio of the two weights that has to be 4."
)
FLIPPED = (
    "Your starts lie on the wrong side: the steep task has its minimum at −1, the flat one at 1."
)
UNDIVIDED = (
    "You added weight times minimum and did not divide by the sum of the weights. "
    "A mean lies between the two minima."
)


def judge_point(names):
    best, again = names["best"], names["again"]
    if unattempted(best) or unattempted(again):
        raise NotImplementedError
    if not isinstance(best, dict):
        return "`best` is a dict: a start for each α, as in the lines that stood in the cell."
    if all(map(number, best)):
        best = {round(float(alpha), 9): as_scalar(value) for alpha, value in best.items()}
    if set(best) != set(ASIDE):
        return "`best` has the keys 0.25 and 0.6: the two values of α."
    for alpha, value in best.items():
        if not number(value):
            return f"α = {alpha:g}: the best start is one number, a place on the line."

    def agrees(alpha, start):
        return abs(best[alpha] - start) < 5e-3

    wrong = [alpha for alpha in ASIDE if not agrees(alpha, best_by(right_weight, alpha))]
    if not wrong:
        return judge_again(again)
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


def judge_again(again):
    again = as_scalar(again)
    if not number(again):
        return "`again` is one number, a stepsize."
    if abs(again - AGAIN) < 1e-3:
        return None
    if again <= 0:
        return NOT_ZERO
    if abs(again - 0.5) < 1e-9:
        return STEEP_ALONE
    start = best_by(right_weight, again) + 0.0
    return (
        f"`best` is right. At α = {again:g} the best start is {start:.3g}. "
        "It is −0.6 where the steep task weighs four times as much as the flat one."
    )


def undivided(alpha):
    """The sum of weight times minimum."""
    return right_weight(1, alpha) - right_weight(4, alpha)


def guess(*starts, again=AGAIN):
    return f"best = {dict(zip(ASIDE, starts, strict=True))}\nagain = {again}"


def guess_by(weight):
    return guess(*(round(best_by(weight, alpha), 4) for alpha in ASIDE))


POINT = Exercise(
    "07.point",
    "The best start, by hand",
    "predict",
    ("best", "again"),
    insight=(
        "At α = 0.6 the best start, −0.96, is nearer to the steep task than without any step "
        "(−0.6): with too long a step, MAML serves the task that adaptation harms."
    ),
    minutes=5,
    hints=(
        "The weight of a task is L (1 − αL)². Work out both weights for each α.",
        "At α = 0.25 the steep task weighs 0. "
        "At α = 0.6: (7.84 · (−1) + 0.16 · 1) / (7.84 + 0.16).",
        "Without a step the weights are 4 and 1. The best start is the same where their ratio is: "
        "(1 − 4α)² = (1 − α)², and the step overshoots on one side of the equation.",
    ),
    mistakes=(
        *(Mistake(says, guess_by(weight)) for weight, says in WRONG_WEIGHTS),
        Mistake(FOREVER, guess(1, 1)),
        Mistake(ASIDE[0.6], guess(1.0, 0.96)),
        Mistake(ASIDE[0.25], guess(-1.0, -0.96)),
        Mistake(FLIPPED, guess(-1.0, 0.96)),
        Mistake(UNDIVIDED, guess(0.5625, -7.68)),
        Mistake(NOT_ZERO, guess(1.0, -0.96, again=0)),
        Mistake(STEEP_ALONE, guess(1.0, -0.96, again=0.5)),
        Mistake("At α = 0.3 the best start is 0.508.", guess(1.0, -0.96, again=0.3)),
    ),
    alternative="""weights = lambda a: (4 * (1 - 4 * a) ** 2, (1 - a) ** 2)
best = {a: (weights(a)[1] - weights(a)[0]) / sum(weights(a)) for a in (0.25, 0.6)}
again = 2 / 5""",
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


HEAD = "def lowest_curvature(hvp, size, steps=200):\n"
LARGEST = "L = largest_curvature(hvp, size, steps)"
SHIFTED = "largest_curvature(lambda v: hvp(v) - L * v, size, steps)"


def power_answer(result, first=LARGEST):
    """The text of an answer: what it computes first, and what it returns."""
    return f"{HEAD}    {first}\n    return {result}"


FEW = 2  # so few steps that H costs more products: what is asked then is their number


def run_power(names, H, *steps):
    """The number that comes back; of FEW steps, which leave it at random, how many products they
    took."""
    size = len(H)
    calls = []

    def hvp(v):
        calls.append(v)
        if np.shape(v) != (size,):
            raise ValueError(f"hvp takes a v of shape ({size},); yours has shape {np.shape(v)}")
        return H @ v

    found = names["lowest_curvature"](hvp, size, *steps)
    if steps == (FEW,):
        about = FEW < len(calls) <= 3 * FEW + 2
        if about:
            return "about twice `steps` calls of hvp"
        return f"{len(calls)} call{'' if len(calls) == 1 else 's'} of hvp"
    if isinstance(found, np.ndarray) and found.size == 1:
        found = found.item()
    return found


def show_power(H, steps=200):
    return f"H = {text(H)}, steps = {steps}"


POWER = Exercise(
    "07.power",
    "The lowest curvature, by power iteration",
    "write",
    ("lowest_curvature",),
    insight=(
        "Where it is −μ, a step drives two neighbouring runs apart, by 1 + αμ: lesson 14 uses that "
        "to ask how fast two runs can part on a network."
    ),
    minutes=5,
    hints=(
        "Which matrix has the eigenvectors of H, and its largest |λ| where H has the lowest λ?",
        "H − L I has the eigenvalues λ − L. None is positive: which of them is largest in size, "
        "and how large is it? Its product with v is Hv − Lv.",
        "L = largest_curvature(hvp, size, steps), then the same of lambda v: hvp(v) - L * v. That "
        "is L − λ for the lowest λ.",
    ),
    mistakes=(
        Mistake(
            "You return λ − L, the lowest eigenvalue of H − L I. Add the L that you took off.",
            power_answer(f"-{SHIFTED}"),
        ),
        Mistake(
            "You return L − λ, the largest size among the eigenvalues of H − L I. "
            "The exercise asks for λ.",
            power_answer(SHIFTED),
        ),
        Mistake(
            "You return −L. That is the lowest λ only where the steepest direction curves "
            "downwards. −H has the same |λ| as H: a sign in front does not help, a shift does.",
            power_answer("-largest_curvature(lambda v: -hvp(v), size, steps)"),
        ),
        Mistake(
            "You added L I to H and not −L I: then the *highest* λ becomes the largest in size.",
            power_answer("largest_curvature(lambda v: hvp(v) + L * v, size, steps) - L"),
        ),
        Mistake(
            "A sign: the size of λ − L is L − λ, because λ is at most L. So λ is L minus it.",
            power_answer(f"L + {SHIFTED}"),
        ),
        Mistake(
            "You return the largest |λ|: it has neither a sign nor the lowest place.",
            power_answer("L"),
        ),
        Mistake(
            "Your result has lost its sign: the lowest curvature may be negative.",
            power_answer(f"abs(L - {SHIFTED})"),
        ),
        Mistake(
            "That takes all of H, a product for each column, and more memory than a network has. "
            "Two power iterations are enough: one for L, one for H − L I.",
            f"{HEAD}    return np.linalg.eigvalsh(np.array([hvp(e) for e in np.eye(size)]))[0]",
        ),
        Mistake(
            "That is always 200 products at a time: pass `steps` on.",
            power_answer(
                "L - largest_curvature(lambda v: hvp(v) - L * v, size)",
                "L = largest_curvature(hvp, size)",
            ),
        ),
        Mistake(
            "Too few products: where two eigenvalues are close, the wrong part of v shrinks "
            "slowly. Use all the `steps` that you are given.",
            power_answer("L - " + SHIFTED.replace("steps", "5")),
        ),
    ),
    alternative="""def lowest_curvature(hvp, size, steps=200):
    L = largest_curvature(hvp, size, steps)
    v = np.random.default_rng(7).uniform(-1, 1, size)
    for k in range(steps):
        v = L * v - hvp(v)
        v = v / np.sqrt(v @ v)
    return float(v @ hvp(v))""",
    cases=lambda: [
        (symmetric(90, -75, 30, 2, -1),),
        (symmetric(-40, 25, 3, seed=1),),
        (symmetric(9, 5, 3, seed=6),),
        (np.array([[2.0, -1.0], [-1.0, 2.0]]),),
        (np.diag([1.0, -4.0, 2.0]),),
        (symmetric(0.01, 0.004, seed=2),),
        (symmetric(2, -2, 0.5, seed=3),),
        (np.array([[2.0, 1.0], [1.0, 2.0]]),),
        # 600 steps suffice for almost any start, 200 for almost none; a recursion has room for them
        (symmetric(1, -0.5, *[-0.45] * 4, seed=4), 600),
        (symmetric(9, -7, *range(-5, 5), seed=5), FEW),
        (np.array([[-2.5]]),),
    ],
    run=run_power,
    show=show_power,
    tolerance=1e-6,
    equivalent={"hvp(v) - L * v -> L * v - hvp(v)": "only the size of its eigenvalues counts"},
)

# ---- 07.meta_gradient


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


def run_gradient(names, name, w, tasks, alpha):
    count = len(tasks)
    loss = (DoublingLoss if name == DOUBLED else CountingLoss)(make_loss(name))
    found = names["meta_gradient"](loss, w, tasks, alpha)
    if found is None or found is ...:
        return found
    return {"the gradient": found, "Hessian-vector products a task": loss.hvps / count}


STEP = "w - alpha * loss.gradient(w, *support)"


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

WRONG_LINE = 6
OUTSIDE = "That line is right: the mistake is in what stands inside the loop."
RIGHT_LINES = {
    1: OUTSIDE,
    2: OUTSIDE,
    3: "Line 3 is right: a task is a pair of data sets, support and query.",
    4: "Line 4 is right: the step descends the support loss, from w.",
    5: "Line 5 is right: the result of the step is judged on the query set, at w₁.",
    7: OUTSIDE,
}


def judge_bug(names):
    given = names["instance"]
    if unattempted(given):
        raise NotImplementedError
    wanted = ("line", "seen", "unseen", "alpha")
    if (
        not isinstance(given, dict)
        or set(given) != set(wanted)
        or not all(number(v) for v in given.values())
    ):
        return "`instance` is a dict of four finite numbers: line, seen, unseen, alpha."
    line, seen, unseen, alpha = (float(given[word]) for word in wanted)
    if line != WRONG_LINE:
        return RIGHT_LINES.get(line, "`line` is the number of a line of `iteration`, from 1 to 7.")
    if not alpha > 0:
        return "α must be positive: the step is one of descent."
    if unseen == 0:
        return (
            "At x = 0 every line gives 0: "
            "the query point asks for nothing, and both gradients vanish."
        )
    if abs(seen) == abs(unseen):
        return (
            "On your instance x² is the same for support and query, and the wrong line changes "
            "nothing."
        )
    true_factor = one_minus(alpha * (seen * seen))
    students_factor = one_minus(alpha * (unseen * unseen))
    if true_factor * students_factor < 0:
        return None
    return (
        f"The true factor 1 − αH is {true_factor:.4g} here "
        f"and the student's {students_factor:.4g}: the same sign, or one is 0. "
        "The student's iteration is badly scaled, and does not walk uphill."
    )


def one_minus(x):
    """1 − x; 0 where what is left of it is rounding."""
    return 1 - x if abs(1 - x) > 1e-12 else 0.0


def answer(**numbers):
    return f"instance = {dict(line=6, seen=1.0, unseen=2.0, alpha=0.5) | numbers}"


BUG = Exercise(
    "07.bug",
    "A bug with a good curve",
    "find the bug",
    ("instance",),
    insight=(
        "With many points the Hessians of support and query set approach the same mean, which hid "
        "the line; where the two sets are the same, as in toy examples, no test finds it."
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
        Mistake(RIGHT_LINES[5], answer(line=5)),
        Mistake(RIGHT_LINES[4], answer(line=4)),
        Mistake("x² is the same for support and query", answer(seen=1.0, unseen=-1.0)),
        Mistake("the same sign, or one is 0", answer(seen=1.0, unseen=2.0, alpha=0.1)),
        Mistake("the same sign, or one is 0", answer(seen=2.0, unseen=3.0, alpha=0.5)),
        Mistake("At x = 0 every line gives 0", answer(seen=2.0, unseen=0.0)),
        Mistake("α must be positive", answer(alpha=-0.5)),
    ),
    alternative="instance = {'line': 6, 'alpha': 1, 'seen': 2, 'unseen': 0.5}",
    judge=judge_bug,
    equivalent={"*": "a changed counterexample is often a counterexample too"},
)

# ---- 07.agree


AGREE_MINIMA = np.array([-1.0, 1.0])
APART = 1 / 3  # how far from the middle each of the two has to end


def judge_agree(names):
    given = names["curvatures"], names["alpha"]
    if any(map(unattempted, given)):
        raise NotImplementedError
    curvatures, alpha = pair_of(given[0]), as_scalar(given[1])
    if curvatures is None or not number(alpha):
        return "`curvatures` is two finite numbers, `alpha` is one."
    if max(map(abs, [*curvatures, alpha])) > 1e100:
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
    if np.isclose(*x, rtol=1e-12, atol=0):
        return (
            "Both tasks have the same curvature. Then I − αH is the same number for both, "
            "and leaving it out does rescale only. The factors must differ from task to task."
        )
    with np.errstate(all="ignore"):
        exact = weighted_mean(AGREE_MINIMA, x * (1 - x) ** 2)
        first_order = weighted_mean(AGREE_MINIMA, x * (1 - x))
    ends = exact, first_order
    if min(ends) <= -APART + 1e-9 and max(ends) >= APART - 1e-9:
        return None
    exact = round(exact, 4) + 0.0  # without a minus before a zero
    first_order = round(first_order, 4) + 0.0
    return (
        f"MAML ends at {exact:g}, first-order MAML at {first_order:g}. "
        "The exercise asks for one below −⅓ and the other above ⅓. "
        "MAML's weights are L (1 − αL)², first-order MAML's L (1 − αL): "
        "which αL make the extra factor as different as possible?"
    )


def weighted_mean(values, weights):
    return float((weights * values).sum() / weights.sum())


def instance(curvatures, alpha=1.0):
    return f"curvatures = {curvatures}\nalpha = {alpha}"


AGREE = Exercise(
    "07.agree",
    "A constant Hessian is no excuse",
    "break it",
    ("curvatures", "alpha"),
    insight=(
        "They can end as near to opposite minima as you like, although no step overshoots: "
        "take αL = 1 − ε and ε^1.5 with a small ε."
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
            "First-order MAML must lean towards the steep task: its L (1 − αL) is at least twice "
            "the flat task's. Try αL = 0.9 for the steep one, and a few hundredths for the other."
        ),
    ),
    mistakes=(
        Mistake("Both tasks have the same curvature.", instance((0.5, 0.5))),
        Mistake(
            "disprove it where it is most plausible, with αL < 1", instance((4.0, 1.0), alpha=0.4)
        ),
        Mistake("MAML ends at 0.6, first-order MAML at 0.", instance((4.0, 1.0), alpha=0.2)),
        Mistake("MAML ends at 0.6674, first-order MAML at -0.3091.", instance((0.9, 0.05))),
        Mistake("The curvatures and α must be positive", instance((0.9, -0.1))),
    ),
    alternative="alpha = 0.1\ncurvatures = np.array([0.3, 9.2])",
    judge=judge_agree,
    equivalent={"*": "a changed counterexample is often a counterexample too"},
)

EXERCISES = [POINT, FAR, POWER, META_GRADIENT, BUG, AGREE]
