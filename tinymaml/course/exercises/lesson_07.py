"""Graders of lesson 07."""

import functools
import inspect

import numpy as np

import tinymaml as tm
from tinymaml.problems import Quadratics

from ..exercise import Exercise, Mistake
from .shared import (
    CountingLoss,
    as_floats,
    as_scalar,
    counting_calls,
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

# ---- 07.best_start


def valleys(seed, tasks, d, lowest=0.2, highest=2.0):
    """Symmetric matrices that do not commute, (tasks, d, d), and centres, (tasks, d)."""
    rng = np.random.default_rng(seed)
    q = np.linalg.qr(rng.standard_normal((tasks, d, d)))[0]
    eigenvalues = rng.uniform(lowest, highest, (tasks, 1, d))
    A = q * eigenvalues @ q.swapaxes(1, 2)
    return A, rng.standard_normal((tasks, d))


def start_cases():
    on_a_line = np.array([[[4.0]], [[1.0]]]), np.array([[-1.0], [1.0]])
    return [
        (*valleys(0, 3, 2), 0.3),
        (*valleys(1, 4, 3), 0.7),
        (*valleys(2, 2, 2), 0.5),
        (*on_a_line, 0.2),
        (*on_a_line, 0.4),
        (*valleys(3, 1, 2), 0.3),
        (*valleys(4, 2, 3), 0.0),
    ]


def run_best_start(names, A, c, alpha):
    with counting_calls(filter(inspect.isfunction, vars(Quadratics).values())) as calls:
        found = names["best_start"](A, c, alpha)
    if calls:
        raise ValueError("tinymaml's Quadratics does the work here; write its lines yourself")
    return found


def start_program(weights, M="np.eye(c.shape[1]) - alpha * A"):
    return f"""def best_start(A, c, alpha):
    M = {M}
    W = {weights}
    return np.linalg.solve(W.sum(0), np.einsum("ijk,ik->j", W, c))"""


BEST_START = Exercise(
    "07.best_start",
    "The best start for one step",
    "write",
    ("best_start",),
    insight=(
        "If every task has curvature 1/α in all directions, your matrix is zero and `solve` raises "
        "an error: every start is then equally good, and meta-learning has nothing to find."
    ),
    minutes=6,
    hints=(
        "One step takes w − c to (I − αA)(w − c). Insert that into ½ eᵀ A e.",
        (
            "Each task is a quadratic around its own c, with the matrix W = (I − αA) A (I − αA). "
            "The gradient of their mean is mean W (w − c)."
        ),
        "Solve (Σ W) w = Σ W c: np.linalg.solve(W.sum(0), ...).",
    ),
    mistakes=(
        Mistake(
            "That is the best start *without* a step. The step takes the error w − c to (I − "
            "αA)(w − c); and the loss is taken at that error.",
            start_program("A"),
        ),
        Mistake(
            "You have one factor I − αA; the loss is a square and has two. "
            "(What you found is where first-order MAML stops.)",
            start_program("A @ M"),
        ),
        Mistake(
            "The task's own matrix A is missing: after the step the loss is ½ e₁ᵀ A e₁, with "
            "e₁ = (I − αA)(w − c).",
            start_program("M @ M"),
        ),
        Mistake(
            "The step goes *against* the gradient: the factor is I − αA.",
            start_program("M @ A @ M", "np.eye(c.shape[1]) + alpha * A"),
        ),
        Mistake(
            "That is the mean of the minima. "
            "A task counts by what is left of its loss after the step, in each direction.",
            "def best_start(A, c, alpha):\n    return c.mean(0)",
        ),
        Mistake(
            "You multiplied entry by entry, as `*` and `**` do. The product of matrices is "
            "`@`, and the order of line (b)'s factors comes from ½ e₁ᵀ A e₁.",
            start_program("A * M ** 2"),
        ),
        Mistake(
            "You added weight times minimum and did not divide by the sum of the weights; "
            "with matrices, dividing is solving.",
            """def best_start(A, c, alpha):
    M = np.eye(c.shape[1]) - alpha * A
    return np.einsum("ijk,ik->j", M @ A @ M, c)""",
        ),
        Mistake(
            "You divided coordinate by coordinate. The tasks' steep directions differ, so the "
            "coordinates depend on each other: solve a system of equations.",
            """def best_start(A, c, alpha):
    M = np.eye(c.shape[1]) - alpha * A
    W = np.diagonal(M @ A @ M, axis1=1, axis2=2)
    return (W * c).sum(0) / W.sum(0)""",
        ),
    ),
    alternative="""def best_start(A, c, alpha):
    left, right = 0.0, 0.0
    for matrix, centre in zip(A, c):
        step = np.identity(len(centre)) - alpha * matrix
        weight = matrix @ step @ step / len(c)
        left, right = left + weight, right + weight @ centre
    return np.linalg.inv(left) @ right""",
    cases=start_cases,
    run=run_best_start,
    equivalent={
        "np.eye(c.shape[1]) - alpha * A -> alpha * A - np.eye(c.shape[1])": (
            "M comes twice: its sign cancels"
        ),
        "M @ A @ M -> M @ (M @ A)": "M is I − αA, and commutes with A",
        "M @ A -> A @ M": "M is I − αA, and commutes with A",
    },
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

# ---- 07.agree


def pair_of(value):
    """Two finite numbers as a list, or None."""
    try:
        values = [float(x) for x in as_floats(value).ravel()]
    except (TypeError, ValueError):
        return None
    return values if len(values) == 2 and np.isfinite(values).all() else None


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
    minutes=5,
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

EXERCISES = [POINT, BEST_START, OBJECTIVE, META_GRADIENT, AGREE, BUG]
