"""Graders of lesson 08."""

import tracemalloc

import numpy as np

from ..compare import difference, type_of
from ..exercise import Exercise, Mistake
from . import maml
from .meta_gradients import descend, implementation
from .shared import CountingLoss, as_floats, as_scalar, number, unattempted


def bumpy(seed, tasks, size, rows=4, queries=None):
    """Tasks for the lesson's Cosines: pairs (support, query) of (X, φ).

    The first has so many rows, each further one has one row more and two queries more.
    """
    rng = np.random.default_rng(seed)

    def data(rows):
        X = rng.normal(size=(rows, size)).round(2)
        phi = rng.uniform(-3, 3, rows).round(2)
        return X, phi

    return [(data(rows + k), data((queries or rows) + 2 * k)) for k in range(tasks)]


# ---- 08.product


def product_program(
    way="reversed(range(steps))",
    at="points[j]",
    vector="v",
    alpha="alpha * ",
    data="support",
    sign="-",
    last="*query",
    share=" / len(tasks)",
    inner="support",
    hvp="{at}, {vector}",
    gather="mean = mean + v{share}",
):
    hvp = hvp.format(at=at, vector=vector)
    gather = gather.format(share=share)
    return f"""def meta_gradient(loss, w, tasks, alpha, steps):
    mean = np.zeros_like(w)
    for support, query in tasks:
        points = trajectory(loss, w, {inner}, alpha, steps)
        g = v = loss.gradient(points[steps], {last})
        for j in {way}:
            v = v {sign} {alpha}loss.hvp({hvp}, *{data})
        {gather}
    return mean"""


def run_product(names, w, tasks, alpha, steps):
    loss = CountingLoss(names["Cosines"]())
    found = names["meta_gradient"](loss, w, tasks, alpha, steps)
    if found is None or found is ...:
        return found
    return {
        "the gradient": found,
        "Hessian-vector products a task": loss.hvps / len(tasks),
        "all gradients are of `loss`": loss.gradients >= (steps + 1) * len(tasks),
    }


PRODUCT = Exercise(
    "08.product",
    "The product, right to left",
    "write",
    ("meta_gradient",),
    insight=(
        "This is lesson 02's reverse sweep on a tape whose lines are whole gradient steps: v is "
        "the adjoint of w_j, and I − αH_j the transposed line."
    ),
    minutes=5,
    hints=(
        (
            "For each task: `trajectory` gives all the points, "
            "the last of them gives the first v. Then walk back."
        ),
        (
            "On the way back j runs from N − 1 down to 0, and v becomes v − α H_j v, "
            "with H_j the Hessian of the support loss at points[j]."
        ),
        (
            "for j in reversed(range(steps)): v = v - alpha * loss.hvp(points[j], v, *support). "
            "At the end, the mean of the tasks' v."
        ),
    ),
    mistakes=(
        Mistake(
            "Your factors are in the wrong order: v meets H_0 first. "
            "Line (6) is multiplied from the right, so the last step's Hessian, H_(N−1), "
            "comes first and H_0 last. On quadratics the two agree; here they do not.",
            product_program(way="range(steps)"),
        ),
        Mistake(
            "Your Hessians are one step late: factor j belongs to the step *from* points[j], "
            "so its Hessian is taken there, not where the step led.",
            product_program(at="points[j + 1]"),
        ),
        Mistake(
            "All your Hessians are taken at the last point. Each step had its own: "
            "that is why the trajectory is kept.",
            product_program(at="points[steps]"),
        ),
        Mistake(
            "All your Hessians are taken at the start. "
            "Each step was made from a point of its own, and has a factor of its own.",
            product_program(at="w"),
        ),
        Mistake(
            "α is missing on the way back: a step is w − α∇l(w), its derivative I − αH.",
            product_program(alpha=""),
        ),
        Mistake(
            "That is first-order MAML: the mean of ∇q(w_N), without the product. "
            "Moving the start also moves the gradients that the steps take.",
            product_program(way="[]"),
        ),
        Mistake(
            "You added the tasks up. The objective is their mean, and so is its gradient; "
            "otherwise the outer stepsize depends on the batch.",
            product_program(share=""),
        ),
        Mistake(
            "You began with the gradient of the support loss. The objective judges the adapted "
            "w_N on the query set; the support set is for the steps and their Hessians.",
            product_program(last="*support"),
        ),
        Mistake(
            "Your Hessians are those of the query loss. "
            "The steps went down the support loss, so theirs is the curvature that counts.",
            product_program(data="query"),
        ),
        Mistake(
            "A sign is wrong: "
            "the step goes *against* the gradient, so each factor is I − αH, not I + αH.",
            product_program(sign="+"),
        ),
        Mistake(
            "You multiplied each H_j with the first v. The factors multiply, they do not add: "
            "H_(N−2) meets what H_(N−1) has left of v.",
            product_program(vector="g"),
        ),
        Mistake(
            "One factor too many: no step starts from w_N, so its Hessian is not in line (6).",
            product_program(way="reversed(range(steps + 1))"),
        ),
        Mistake(
            "H_0 is left out: "
            "the first step, too, starts from a point, and its factor is the last that v meets.",
            product_program(way="reversed(range(1, steps))"),
        ),
        Mistake(
            "`hvp(w, v, ...)` takes the point first and the vector second; yours are swapped.",
            product_program(hvp="v, points[j]"),
        ),
        Mistake(
            "Your steps went down the query loss. The inner loop sees the support set alone.",
            product_program(inner="query"),
        ),
        Mistake(
            "That is the first task alone: is there a `return` inside the loop over the tasks? "
            "Return the mean over all of them.",
            product_program(gather="return v"),
        ),
        Mistake(
            "That is the last task alone. Return the mean over the tasks.",
            product_program(gather="mean = v"),
        ),
        Mistake(
            "That is −αH_j v in place of v − αH_j v: the step keeps w, so the factor keeps v.",
            product_program(vector="v", sign="* 0 -"),
        ),
        Mistake(
            "You weigh the tasks by the sizes of their query sets. The objective is a mean over "
            "the tasks, each of which counts the same; so is its gradient.",
            product_program(
                share=" * len(query[0]) / sum(len(part[0]) for _, part in tasks)",
            ),
        ),
        Mistake(
            "Right numbers, from an imaginary step along each of the P coordinates: that takes "
            "P inner loops, and a loss that takes complex numbers, which no network of ours "
            "does. `loss.hvp` needs neither.",
            """def meta_gradient(loss, w, tasks, alpha, steps):
    def mean(w):
        ends = [(trajectory(loss, w, support, alpha, steps)[-1], query) for support, query in tasks]
        return np.mean([loss.value(end, *query) for end, query in ends])
    return np.array([mean(w + 1e-20j * e).imag / 1e-20 for e in np.eye(w.size)])""",
        ),
        Mistake(
            "Right numbers at the wrong price: you formed matrices, which takes P products a step "
            "for P weights. Line (7) multiplies a vector: one `loss.hvp` a step.",
            """def meta_gradient(loss, w, tasks, alpha, steps):
    mean = np.zeros_like(w)
    for support, query in tasks:
        u, J = w, np.eye(w.size)
        for _ in range(steps):
            H = np.array([loss.hvp(u, e, *support) for e in np.eye(w.size)])
            u, J = u - alpha * loss.gradient(u, *support), J - alpha * H @ J
        mean = mean + J.T @ loss.gradient(u, *query) / len(tasks)
    return mean""",
        ),
        Mistake(
            "Right numbers without `loss.hvp`. Differences of gradients cost digits; "
            "and where the Hessian of Cosines is written out, yours serves no "
            "other loss. Line (7) takes one `loss.hvp` a step.",
            """def meta_gradient(loss, w, tasks, alpha, steps):
    mean = np.zeros_like(w)
    for support, query in tasks:
        points = trajectory(loss, w, support, alpha, steps)
        v = loss.gradient(points[steps], *query)
        for u in reversed(points[:steps]):
            ahead, behind = (loss.gradient(u + h * v, *support) for h in (1e-5, -1e-5))
            v = v - alpha * (ahead - behind) / 2e-5
        mean = mean + v / len(tasks)
    return mean""",
        ),
        Mistake(
            "Your steps are those of `toy`, whatever loss is handed in: "
            "`trajectory(loss, ...)`. The lesson calls yours with a network, too.",
            product_program().replace("trajectory(loss", "trajectory(toy"),
        ),
    ),
    alternative="""def meta_gradient(loss, w, tasks, alpha, steps):
    def one(support, query):
        def back(u, n):
            if n == 0:
                return loss.gradient(u, *query)
            v = back(u - alpha * loss.gradient(u, *support), n - 1)
            return v - alpha * loss.hvp(u, v, *support)
        return back(w, steps)
    return np.mean([one(*task) for task in tasks], axis=0)""",
    cases=lambda: [
        (np.array([0.5, -0.3, 0.8]), bumpy(0, 2, 3, 4, 3), 0.4, 3),
        (np.array([0.7, -0.4]), bumpy(1, 3, 2, 3, 2), 0.5, 2),
        (np.array([1.1, 0.6]), bumpy(2, 1, 2), 0.3, 5),
        (np.array([0.4, -0.9]), bumpy(3, 2, 2, 2), 0.3, 1),
        (np.array([0.4, -0.9]), bumpy(6, 2, 2, 2), 0.3, 1),
        (np.array([0.4, -0.9]), bumpy(6, 2, 2, 2), 0.2, 1),
        (np.array([0.8]), bumpy(4, 2, 1, 2), 0.5, 2),
        (np.array([0.8]), bumpy(7, 1, 1, 2), 0.1, 60),
        (np.array([0.6, 0.2]), bumpy(5, 2, 2, 2), 0.3, 0),
    ],
    run=run_product,
    show=lambda w, tasks, alpha, steps: (
        f"Cosines, w = {np.array2string(w, separator=', ')}, "
        f"{len(tasks)} task{'s' * (len(tasks) > 1)}, alpha = {alpha}, steps = {steps}"
    ),
)

# ---- 08.order


def judge_order(names):
    given = names["instance"]
    if unattempted(given):
        raise NotImplementedError
    if not isinstance(given, dict) or set(given) != {"X", "phi", "w", "alpha", "steps"}:
        return "`instance` is a dict with X, phi, w, alpha and steps."
    try:
        X, phi, w = (as_floats(given[name]) for name in ("X", "phi", "w"))
    except (TypeError, ValueError):
        if any(map(unattempted, given.values())):
            raise NotImplementedError from None
        return "X, phi and w hold numbers."
    alpha, steps = as_scalar(given["alpha"]), as_scalar(given["steps"])
    if X.ndim != 2 or X.shape[1] != 2 or not len(X) or phi.shape != X.shape[:1] or w.shape != (2,):
        return (
            "In the plane: X is (rows, 2), phi (rows,), w (2,). "
            f"Yours are {X.shape}, {phi.shape}, {w.shape}."
        )
    if not all(np.isfinite(a).all() for a in (X, phi, w)) or not number(alpha):
        return "All numbers must be real and finite."
    if not number(steps) or steps != int(steps) or not 0 <= steps <= 5:
        return "`steps` is a whole number, at most 5."
    if (np.abs(X) @ np.abs(w) + np.abs(phi)).max() > 1e6 or np.abs(X).max() > 1e100:
        return (
            "Choose smaller numbers: the angles x·w − φ go beyond a million, and their "
            "rounding would decide."
        )
    alpha = float(alpha)
    steps = int(steps)
    L = float(np.linalg.eigvalsh(X.T @ X / len(X))[-1])
    if steps < 2:
        return f"With N = {steps} there are not two factors that could be swapped."
    if not 0 < alpha * L <= 1 + 1e-12:
        return f"Sane means 0 < α L ≤ 1; yours is {alpha * L:.10g} (L = {L:.10g})."
    loss = names["Cosines"]()
    points = names["trajectory"](loss, w, (X, phi), alpha, steps)
    hessians = [X.T @ (np.cos(X @ u - phi)[:, None] * X) / len(X) for u in points[:-1]]
    right = wrong = loss.gradient(points[-1], X, phi)
    for H in reversed(hessians):
        right = right - alpha * H @ right
    for H in hessians:
        wrong = wrong - alpha * H @ wrong
    size = np.linalg.norm(right)
    if size < 1e-9:
        return (
            "The meta-gradient vanishes on your instance: "
            "the path starts, or ends, where the slope is zero."
        )
    off = float(np.linalg.norm(wrong - right) / size)
    if off >= 0.5:
        return None
    commutators = [np.abs(a @ b - b @ a).max() for a in hessians for b in hessians]
    if max(commutators) / L**2 > 1e-9:
        return (
            f"The two orders differ, but by {100 * off:.6g}% only. "
            "Let the Hessians change more along the path: larger steps (α L near 1), "
            "a start from which the path crosses from a hill into a valley, more factors."
        )
    cosines = cosines_with_longest(X)
    if np.allclose(cosines, 1):
        return (
            "All rows of X are parallel, so every Hessian is a multiple of the same matrix x xᵀ, "
            "and multiples commute. It is a one-dimensional loss in disguise."
        )
    if np.all((cosines < 1e-9) | np.isclose(cosines, 1)):
        return (
            "Your rows are at right angles: "
            "the loss is a sum of a function of one coordinate and a function of the other, "
            "all its Hessians have the same eigenvectors, and such matrices commute."
        )
    return (
        "All Hessians on your path commute: "
        "perhaps it hardly moves, or H is the same everywhere on it."
    )


def cosines_with_longest(X):
    """|cos| of the angle between each row of X that is not 0 and the longest one."""
    rows = X[(X**2).sum(1) > 0]
    longest = X[np.argmax((X**2).sum(1))]
    return np.abs(rows @ longest) / (np.linalg.norm(rows, axis=1) * np.linalg.norm(longest))


def order(X="[[1.0, 0.0], [1.0, 1.0]]", phi="[0.0, 0.0]", w="[2.0, 1.0]", alpha=0.7, steps=5):
    return f"instance = dict(X={X}, phi={phi}, w={w}, alpha={alpha}, steps={steps})"


ORDER = Exercise(
    "08.order",
    "An instance on which the order matters",
    "break it",
    ("instance",),
    insight=(
        "The wrong order multiplies by J where Jᵀ is right, and the two have the same norm and "
        "eigenvalues: every bound of lessons 14 and 15 on the product's size holds for the wrong "
        "one too."
    ),
    minutes=5,
    hints=(
        (
            "Each row x of X adds cos(x·w − φ) x xᵀ to the Hessian. "
            "Which pairs of rows make matrices that do not commute?"
        ),
        (
            "Two rows, neither parallel nor at right angles, such as (1, 0) and (1, 1). "
            "Now the cosines must change from step to step."
        ),
        (
            "With these rows L is 1.31, so α = 0.7 is sane. Take N = 5, φ = 0 and a start "
            "a few units away from 0; try some, in a loop if you like."
        ),
    ),
    mistakes=(
        Mistake("With N = 1 there are not two factors", order(steps=1)),
        Mistake("All rows of X are parallel", order(X="[[1.0, 0.5], [-2.0, -1.0]]", alpha=0.3)),
        Mistake("Your rows are at right angles", order(X="[[1.0, 0.0], [0.0, 1.0]]")),
        Mistake("The two orders differ, but by", order(alpha=0.01)),
        Mistake("Sane means 0 < α L ≤ 1", order(alpha=3.0)),
        Mistake("The meta-gradient vanishes on your instance", order(w="[0.0, 0.0]")),
    ),
    alternative="""instance = {
    'X': np.array([[1, 0], [1, 1]]),
    'phi': np.array([1, 0]),
    'w': np.array([2, 1]),
    'alpha': 0.7,
    'steps': 5,
}""",
    judge=judge_order,
    equivalent={"*": "a changed counterexample is often a counterexample too"},
)

# ---- 08.cost

COSTS = {"yours": 63, "hessian_free": 48}
GUESSES = {
    ("yours", 48): (
        "yours: that is the price of warm HVPs, whose slots are still there. Your `loss.hvp` "
        "starts cold: it sweeps forwards and back again before it can begin."
    ),
    ("yours", 60): (
        "yours: N gradients are for the steps. The query loss at w_N needs one more, from which v "
        "starts."
    ),
    ("yours", 45): "yours: that is the way back alone. The way there takes gradients, too.",
    ("yours", 72): (
        "yours: there is an HVP for each *step*, N of them. No step starts from w_N, where v "
        "comes from."
    ),
    ("yours", 11): "yours: those are calls, 6 gradients and 5 HVPs. Count the products in each.",
    ("hessian_free", 33): (
        "hessian_free: each H_j v takes *two* other gradients, at w_j + hv and w_j − hv; "
        "∇l(w_j) is neither."
    ),
    ("hessian_free", 45): (
        "hessian_free: the query gradient at w_N is missing, or N + 1 gradients for the way there "
        "were taken for N."
    ),
    ("hessian_free", 30): (
        "hessian_free: that is the way back alone. Where do the points w_j come from?"
    ),
    ("hessian_free", 18): (
        "hessian_free: that is first-order MAML, which leaves the factors out. Hessian-free keeps "
        "them, each by two more gradients."
    ),
    ("hessian_free", 16): "hessian_free: those are gradients. Each takes 3 products.",
}


def judge_cost(names):
    answers = {name: names[name] for name in COSTS}
    if any(map(unattempted, answers.values())):
        raise NotImplementedError
    for name, right in COSTS.items():
        mine = as_scalar(answers[name])
        if not number(mine):
            return f"`{name}` is a number: how many matrix products it takes."
        if mine != right:
            return GUESSES.get(
                (name, mine),
                f"{name}: count gradients and HVPs of the one task, step by step, the way there "
                "and the way back; then the products in each.",
            )
    return None


def cost(yours=63, hessian_free=48):
    return f"yours = {yours}\nhessian_free = {hessian_free}"


COST = Exercise(
    "08.cost",
    "What does it take?",
    "predict",
    ("yours", "hessian_free"),
    insight=(
        "Two gradients are 6 products, as many as a warm HVP: Hessian-free is a quarter cheaper "
        "than your exact loop, and no cheaper than an exact one that keeps its slots."
    ),
    minutes=4,
    hints=(
        (
            "Calls first: how often does your `meta_gradient` call loss.gradient, "
            "how often loss.hvp? Does that HVP start cold or warm?"
        ),
        (
            "N + 1 gradients and N cold HVPs. Hessian-free: the same gradients, "
            "and each HVP becomes two more."
        ),
        "6 · 3 + 5 · 9, and (6 + 10) · 3.",
    ),
    mistakes=(
        Mistake(GUESSES["yours", 48], cost(yours=48)),
        Mistake(GUESSES["yours", 60], cost(yours=60)),
        Mistake(GUESSES["yours", 45], cost(yours=45)),
        Mistake(GUESSES["yours", 72], cost(yours=72)),
        Mistake(GUESSES["hessian_free", 33], cost(hessian_free=33)),
        Mistake(GUESSES["hessian_free", 30], cost(hessian_free=30)),
        Mistake(GUESSES["hessian_free", 18], cost(hessian_free=18)),
    ),
    alternative="""N, gradient, cold = 5, 3, 9
yours = (N + 1) * gradient + N * cold
hessian_free = (N + 1) * gradient + 2 * N * gradient""",
    judge=judge_cost,
)

# ---- 08.checkpoints

VECTORS = "at most 3√N + 8 vectors alive at once"
CALLS = "at most 2N gradients"
LONG = 500  # numbers in a vector, when memory is measured
CUBE = np.square, lambda u, v: 2 * u * v, lambda u: u - 1  # of the loss Σ u³/3, and a query loss


class TooMany(Exception):
    """`gradient` was called so often that there is no need to wait for the rest."""


def run_checkpoints(names, w, task, alpha, steps):
    """Whether the limits are kept, and the meta-gradient.

    A task of None: a large vector, where memory is measured, for several numbers of steps; those
    after one that fails are not tried.
    """
    frugal = names["frugal"]
    if task:
        return try_out(frugal, slopes_of(names["Cosines"](), *task), w, alpha, steps)
    found = {f"N = {count}": "not tried" for count in steps}
    for count in steps:
        tracemalloc.start()
        try:
            w = np.linspace(0.1, 2, LONG)
            result = try_out(frugal, CUBE, w, alpha, count)
        finally:
            tracemalloc.stop()
        if result is None or result is ...:
            return result
        found[f"N = {count}"] = result
        if not is_frugal(result, w, alpha, count):
            break
    return found


def try_out(frugal, slopes, w, alpha, steps):
    """What `frugal` gives; whether it keeps the limits, that of memory only where it is traced."""
    gradient = count_calls(slopes[0], 5 * steps)
    try:
        v = frugal(gradient, *slopes[1:], w, alpha, steps)
    except TooMany:
        return {CALLS: "more than 5N", "meta-gradient": None, VECTORS: "kept"}
    if v is None or v is ...:
        return v
    _, peak = tracemalloc.get_traced_memory()  # 0 where it is not traced
    kept = peak / (8 * LONG) <= 3 * steps**0.5 + 8
    return {
        CALLS: "kept" if gradient.calls <= 2 * steps else "more than 2N",
        "meta-gradient": v,
        VECTORS: "kept" if kept else "more",
    }


def is_frugal(result, w, alpha, steps):
    """Are the limits kept, and is the meta-gradient on CUBE right?"""
    if result[CALLS] != "kept" or result[VECTORS] != "kept":
        return False
    gradient, hvp, query_gradient = CUBE
    points = [w]
    for _ in range(steps):
        points.append(points[-1] - alpha * gradient(points[-1]))
    v = query_gradient(points.pop())
    while points:
        v = v - alpha * hvp(points.pop(), v)
    return not difference(result["meta-gradient"], v, 1e-9)


def slopes_of(loss, support, query):
    """What `frugal` is handed of a task: gradient(u), hvp(u, v), query_gradient(u)."""
    return (
        lambda u: loss.gradient(u, *support),
        lambda u, v: loss.hvp(u, v, *support),
        lambda u: loss.gradient(u, *query),
    )


def count_calls(f, most):
    """The same function, which counts in `calls` how often it is called.

    It raises TooMany when it is called more often than `most` times.
    """

    def gradient(u):
        gradient.calls += 1
        if gradient.calls > most:
            raise TooMany
        return f(u)

    gradient.calls = 0
    return gradient


def frugal_program(
    stretch="int(steps ** 0.5)",
    keep="j % stretch == 0",
    first="k * stretch + 1",
    last="min((k + 1) * stretch, steps)",
    way="reversed(range(len(kept)))",
    back="reversed(points)",
    at="w",
):
    return f"""def frugal(gradient, hvp, query_gradient, w, alpha, steps):
    stretch, kept = {stretch}, []
    for j in range(steps):
        if {keep}:
            kept.append(w)
        w = w - alpha * gradient(w)
    end, v = w, query_gradient(w)
    for k in {way}:
        points = [kept[k]]
        for j in range({first}, {last}):
            points.append(points[-1] - alpha * gradient(points[-1]))
        for w in {back}:
            v = v - alpha * hvp({at}, v)
    return v"""


AGAIN = """def frugal(gradient, hvp, query_gradient, w, alpha, steps):
    def walk(n):
        u = w
        for j in range(n):
            u = u - alpha * gradient(u)
        return u
    v = query_gradient(walk(steps))
    for j in reversed(range(steps)):
        v = v - alpha * hvp(walk(j), v)
    return v"""

ANEW = """def frugal(gradient, hvp, query_gradient, w, alpha, steps):
    stretch, kept = int(steps ** 0.5), []
    for j in range(steps):
        if j % stretch == 0:
            kept.append(w)
        w = w - alpha * gradient(w)
    v = query_gradient(w)
    for j in reversed(range(steps)):
        w = kept[j // stretch]
        for _ in range(j % stretch):
            w = w - alpha * gradient(w)
        v = v - alpha * hvp(w, v)
    return v"""
IN_PLACE = frugal_program().replace("w = w - alpha", "w -= alpha", 1)

CHECKPOINTS = Exercise(
    "08.checkpoints",
    "Checkpoints",
    "write",
    ("frugal",),
    insight=(
        "For N = 2,000 that is at most 142 vectors instead of 2,000, for one more inner loop; "
        "PyTorch's `torch.utils.checkpoint` makes the same trade with a network's layers."
    ),
    minutes=8,
    hints=(
        (
            "On the way there, keep w_j only where j is a multiple of a stretch of about √N, "
            "and let the others go."
        ),
        (
            "On the way back take the last checkpoint, "
            "walk from it to the end of its stretch with all points kept, "
            "then apply these factors, last first. Then the checkpoint before it."
        ),
        (
            "Stretch k has the points from j = k·stretch to min((k + 1)·stretch, N) − 1. "
            "They are forgotten when the next stretch's list is made."
        ),
    ),
    mistakes=(
        Mistake(
            "Right, but more than 3√N + 8 vectors are alive at once. Keep one point in √N, "
            "and walk each stretch again from its checkpoint when you need it.",
            frugal_program(
                stretch="max(steps, 1)", keep="True", way="reversed(range(steps))", last="0"
            ),
        ),
        Mistake(
            "Right, and in little memory; "
            "but each point is walked to from the very start, about N²/2 gradients. "
            "Start from the nearest checkpoint, and keep the stretch while you go back over it.",
            AGAIN,
        ),
        Mistake(
            "Right, but you walk from the checkpoint to each point of a stretch anew, "
            "which takes more than 2N gradients. "
            "Walk a stretch once, and keep its points while you go back over it.",
            ANEW,
        ),
        Mistake(
            "You stay within 3√N + 8 vectors for few steps, but not for N = 2000: is the "
            "length of your stretches, or their number, the same whatever N is? Both have to "
            "grow like √N.",
            frugal_program(stretch="10"),
        ),
        Mistake(
            "You took differences of gradients for the products, two more gradients a step. "
            "`hvp` is at hand, and the 2N gradients are for the two walks.",
            frugal_program().replace(
                "hvp(w, v)", "(gradient(w + 1e-5 * v) - gradient(w - 1e-5 * v)) / 2e-5"
            ),
        ),
        Mistake(
            "`w -= ...` changes the array in place, so all your checkpoints are the same array: "
            "the last point. Make a new one.",
            IN_PLACE,
        ),
        Mistake(
            "Where N is not a multiple of your stretch, the last one is shorter than the others; "
            "yours runs on beyond w_(N−1).",
            frugal_program(last="(k + 1) * stretch"),
        ),
        Mistake(
            "Your stretches come last first, as they should, but inside each you go forwards. "
            "Every factor of line (6) is met in reverse.",
            frugal_program(back="points"),
        ),
        Mistake(
            "You take the stretches in the order of the way there. v meets the last stretch first.",
            frugal_program(way="range(len(kept))"),
        ),
        Mistake(
            "Your Hessians are all taken at the stretch's checkpoint. "
            "The points between must be recomputed, not skipped.",
            frugal_program(at="kept[k]"),
        ),
        Mistake(
            "Each stretch should start with its checkpoint and end before the next one: "
            "yours is one point too long, so a factor comes twice.",
            frugal_program(last="min((k + 1) * stretch + 1, steps)"),
        ),
    ),
    alternative="""def frugal(gradient, hvp, query_gradient, w, alpha, steps):
    size = int(np.ceil(np.sqrt(max(steps, 1))))
    starts = list(range(0, steps, size))
    checkpoint = {}
    for j in range(steps):
        if j in starts:
            checkpoint[j] = w
        w = w - alpha * gradient(w)
    v = query_gradient(w)
    while starts:
        j = starts.pop()
        u, stack = checkpoint.pop(j), []
        for i in range(j, min(j + size, steps)):
            stack.append(u)
            if i + 1 < min(j + size, steps):
                u = u - alpha * gradient(u)
        while stack:
            v = v - alpha * hvp(stack.pop(), v)
    return v""",
    cases=lambda: [
        (np.array([0.5, -0.3, 0.8]), bumpy(0, 1, 3)[0], 0.3, 10),
        (np.array([0.7, -0.4]), bumpy(1, 1, 2, 2)[0], 0.4, 6),
        (np.array([0.7, -0.4]), bumpy(1, 1, 2, 2)[0], 0.4, 16),
        (np.array([1.0, 0.3]), bumpy(2, 1, 2, 2)[0], 0.4, 3),
        (None, None, 0.001, (17, 2000)),  # no stretch of a fixed length is short enough for both
        (np.array([1.0, 0.3]), bumpy(2, 1, 2, 2)[0], 0.4, 1),
    ],
    run=run_checkpoints,
    show=lambda w, task, alpha, steps: (
        (f"a vector of {LONG:,} numbers" if w is None else f"a Cosines task with {w.size} weights")
        + f", alpha = {alpha}, steps = {steps if task else ' and then '.join(map(str, steps))}"
    ),
)

# ---- 08.trust, and implementations, right and wrong, on which a learner's test is tried


def with_rough_differences(loss, w, tasks, alpha, steps):
    """Hessian-free with too long a δ."""
    found = []
    for support, query in tasks:
        points = descend(loss, w, support, alpha, steps)
        v = loss.gradient(points[-1], *query)
        for u in reversed(points[:-1]):
            ahead = loss.gradient(u + 0.03 * v, *support)
            v = v - alpha * (ahead - loss.gradient(u, *support)) / 0.03
        found.append(v)
    return np.mean(found, 0)


def with_matrices(loss, w, tasks, alpha, steps):
    """Right: the whole Jacobian, forwards."""
    found = []
    for support, query in tasks:
        u = np.array(w)
        J = np.eye(w.size)
        for _ in range(steps):
            HJ = np.array([loss.hvp(u, column, *support) for column in J.T]).T
            J = J - alpha * HJ
            u = u - alpha * loss.gradient(u, *support)
        found.append(J.T @ loss.gradient(u, *query))
    return sum(found) / len(found)


def with_other_rounding(loss, w, tasks, alpha, steps):
    """Right, but for rounding."""
    g = implementation()(loss, w, tasks[::-1], alpha, steps)
    return g * (1 + 1e-13 * np.cos(np.arange(g.size)))


RIGHT = [
    (implementation(), "the course's own. Print how far it is from what you compare with."),
    (
        with_matrices,
        "one that multiplies whole matrices, and differs from line (7) by rounding alone.",
    ),
    (
        with_other_rounding,
        "one that takes the tasks in another order and differs by 1e-13. "
        "Equal to the last bit is more than can be asked.",
    ),
]
WRONG = [
    (
        implementation(way=lambda N: []),
        "leaves the product out: first-order MAML, the bug this exercise is about",
    ),
    (
        implementation(share=lambda B: 1),
        "adds the tasks up in place of their mean. With a single task that is the same",
    ),
    (implementation(only=1), "looks at the first task alone. Give it several"),
    (
        implementation(outer=lambda support, query: support),
        "begins with the support loss's gradient. With the same data in both, nobody can tell",
    ),
    (
        implementation(data=lambda support, query: query),
        "takes the Hessians of the query loss. With the same data in both, nobody can tell",
    ),
    (
        implementation(way=range),
        "multiplies in the wrong order. "
        "With one step, or where Hessians commute (a quadratic) that is the same",
    ),
    (
        implementation(at=lambda points, j: points[-1]),
        "takes all Hessians at the last point. On a quadratic that is the same",
    ),
    (
        implementation(at=lambda points, j: points[0]),
        "takes all Hessians at the start. With one step, or on a quadratic, that is the same",
    ),
    (
        implementation(at=lambda points, j: points[j + 1]),
        "takes each Hessian one step late. On a quadratic that is the same",
    ),
    (
        implementation(first=True),
        "adds the factors up, v − αΣH_j v, in place of multiplying. "
        "With one step, or a tiny α, that is the same",
    ),
    (
        implementation(way=lambda N: reversed(range(1, N))),
        "forgets the factor of the first step, as a half-cut graph does",
    ),
    (implementation(way=lambda N: reversed(range(N - 1))), "forgets the factor of the last step"),
    (implementation(factor=-1.0), "has the wrong sign in front of α in the product"),
    (implementation(inner=1), "takes one step too many"),
    (
        implementation(factor=0.98),
        "has a factor I − 0.98 αH. Its error is a per cent or so: "
        "is your tolerance tighter than that? Rounding is 1e-13",
    ),
    (
        with_rough_differences,
        "takes one-sided differences with a δ of 0.03 for HVPs: right to a few per cent. "
        "Is your tolerance tighter than that? Rounding is 1e-13",
    ),
]


def judge_trust(names):
    accepts = names["accepts"]
    if not callable(accepts):
        return "`accepts` is a function."
    for right, words in RIGHT:
        answer = accepts(right)
        if answer is ...:
            raise NotImplementedError
        if not isinstance(answer, (bool, np.bool_)):
            returned = "nothing" if answer is None else type_of(answer)
            return f"`accepts` returns True or False; yours returned {returned}."
        if not answer:
            return f"Your test rejects a right implementation: {words}"
    missed = []
    for wrong, words in WRONG:
        try:
            with np.errstate(all="ignore"):
                answer = accepts(wrong)
        except AssertionError:
            answer = False
        if answer:
            missed.append(words)
    if not missed:
        if all(accepts(right) for right, _ in RIGHT):
            return None
        return (
            "Asked a second time, your test rejects what it has accepted before. "
            "Its answer may depend on nothing but the implementation."
        )
    more = f" It misses {len(missed) - 1} of the others too." if len(missed) > 1 else ""
    return f"Your test accepts an implementation that {missed[0]}.{more}"


def test_program(
    tasks="bumpy(1)",
    w="np.array([0.4, -0.7, 0.2])",
    alpha="0.3",
    steps="3",
    verdict="np.abs(found - expected).max() < 1e-8 * np.abs(expected).max()",
):
    return f"""def accepts(meta_gradient):
    loss = Cosines()
    tasks, w, alpha, steps = {tasks}, {w}, {alpha}, {steps}
    ends = [meta_loss(loss, w + 1e-20j * e, tasks, alpha, steps) for e in np.eye(w.size)]
    expected = np.imag(ends) / 1e-20
    found = meta_gradient(loss, w, tasks, alpha, steps)
    return bool({verdict})"""


TRUST = Exercise(
    "08.trust",
    "A test that can fail",
    "find the bug",
    ("accepts",),
    insight=(
        "Three parameters were enough: the code of a gradient does not know how many there are, so "
        "it is best tested at a size where a slow, independent judge is affordable."
    ),
    minutes=7,
    hints=(
        (
            "What is independent of every Hessian? `meta_loss`: differentiate it along each "
            "coordinate, by lesson 03's imaginary step or by differences. Compare relative to its "
            "size."
        ),
        (
            "Go through the slips. A wrong order shows with N ≥ 2 and Hessians that do not "
            "commute; a wrong point, on a loss that is not quadratic; a sum in place of a "
            "mean, with several tasks; the wrong Hessian, with other data in the query set. "
            "`bumpy(1)` with `Cosines` has all that."
        ),
        (
            "For each row e of np.eye(3), the slope along e is "
            "meta_loss(toy, w + 1e-20j * e, tasks, alpha, steps).imag / 1e-20; "
            "`apart` of the candidate from these slopes has to be below 1e-8."
        ),
    ),
    mistakes=(
        Mistake(
            "Your test accepts an implementation that leaves the product out",
            test_program(
                verdict=(
                    "meta_loss(Cosines(), w - 0.01 * found, tasks, alpha, steps)"
                    " < meta_loss(Cosines(), w, tasks, alpha, steps)"
                )
            ),
        ),
        Mistake(
            "Your test accepts an implementation that adds the tasks up",
            test_program(tasks="bumpy(1, tasks=1)"),
        ),
        Mistake(
            "Your test accepts an implementation that begins with the support loss's gradient",
            test_program(tasks="[(query, query) for _, query in bumpy(1)]"),
        ),
        Mistake(
            "Your test accepts an implementation that multiplies in the wrong order",
            test_program(steps="1"),
        ),
        Mistake(
            "Your test accepts an implementation that has a factor I − 0.98 αH",
            test_program(verdict="np.abs(found - expected).max() < 3e-2 * np.abs(expected).max()"),
        ),
        Mistake(
            "Your test rejects a right implementation",
            test_program(verdict="np.array_equal(found, expected)"),
        ),
        Mistake(
            "Your test accepts an implementation that takes all Hessians at the last point",
            test_program(
                verdict=(
                    "np.abs("
                    "found - planted('H always at w_N')(Cosines(), w, tasks, alpha, steps)"
                    ").max() < 1e-8"
                    " or np.abs(found - expected).max() < 1e-8"
                )
            ),
        ),
    ),
    alternative="""def accepts(candidate):
    loss, rng = Cosines(), np.random.default_rng(5)
    for steps in (2, 4):
        tasks, w = bumpy(steps, tasks=2, rows=5), rng.normal(size=3)
        g = candidate(loss, w, tasks, 0.4, steps)
        for e in np.eye(3):
            slope = (
                meta_loss(loss, w + 1e-5 * e, tasks, 0.4, steps)
                - meta_loss(loss, w - 1e-5 * e, tasks, 0.4, steps)
            ) / 2e-5
            if abs(slope - g @ e) > 1e-6 * np.linalg.norm(g):
                return False
    return True""",
    judge=judge_trust,
    equivalent={"*": "another instance, or another tolerance, often makes as good a test"},
)

EXERCISES = [PRODUCT, ORDER, COST, CHECKPOINTS, TRUST, maml.EXERCISE]
