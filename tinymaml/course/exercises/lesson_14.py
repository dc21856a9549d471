"""Graders of lesson 14."""

import functools
from typing import NamedTuple

import numpy as np

from tinymaml.theory import Quadratic, RootHessian, extremals
from tinymaml.theory.climbing import MOVABLE
from tinymaml.theory.paths import norm

from .. import proofs
from ..compare import show_both
from ..exercise import Exercise, Mistake
from .shared import Unfit, as_function, number, read_order, some_unattempted

MARGIN = 1.05  # a claim has to be exceeded by five per cent

# ---- the instances on which bounds are tried


def move_u(instance, distance):
    """The same instance, with u so far from w."""
    return instance.replace(u=instance.w + distance)


def named_instances():
    """Pairs (name, instance)."""
    root = extremals.convex_quadratic(0.2, 6).replace(losses=[RootHessian()], w=[0.0], u=[1e-3])
    steep_hill = extremals.convex_quadratic(0.1, 5).replace(losses=[Quadratic([[-4.0]], [0.0])])
    return [
        ("the concave quadratic −w²/2", move_u(extremals.concave_quadratic(0.1, 20), 0.001)),
        ("the concave quadratic −w²/2", move_u(extremals.concave_quadratic(0.5, 3), 1.0)),
        ("the concave quadratic −w²/2", move_u(extremals.concave_quadratic(0.3, 1), 2.0)),
        ("a cosine near its maximum", extremals.cosine_near_its_maximum(0.1, 20)),
        ("the valley w²/2", extremals.convex_quadratic(0.1, 20)),
        ("the valley w²/2, overshooting", extremals.convex_quadratic(2.5, 4)),
        ("a loss with a root in its Hessian", root),
        ("a steep hill, −2w²", steep_hill),
    ]


def instances_with_large_steps():
    """Told if no other will do."""
    hill = extremals.concave_quadratic(1.5, 30)
    return [("the concave quadratic −w²/2 (large steps)", hill)]


LONGEST = 40  # steps of a run
UNSEEN = "a sum of cosines you have not seen"


class Runs(NamedTuple):
    """Two runs, from w and from u, on each of many sums of cosines; arrays (n,)."""

    alpha: np.ndarray
    L: np.ndarray  # as `CosineSum` certifies it
    steps: np.ndarray
    distance: np.ndarray  # ‖u − w‖
    distance_after: np.ndarray  # ‖ũ_N − w̃_N‖
    gradient: np.ndarray  # ‖∇l(w)‖
    way: np.ndarray  # ‖w̃_N − w‖


@functools.cache
def random_runs(count=2000, terms=3, d=2):
    rng = np.random.default_rng(14)
    x = rng.normal(size=(count, terms, d))
    c = rng.normal(size=(count, terms))
    phi = rng.uniform(-np.pi, np.pi, (count, terms))
    x[: count // 4, 1:] = 0  # a quarter varies in one direction only: nearer to the bound
    L = np.linalg.norm(np.einsum("nmi,nm,nmj->nij", x, np.abs(c), x), 2, axis=(1, 2))
    steps = rng.integers(0, LONGEST + 1, count)
    alpha = 10 ** rng.uniform(-3, 0.3, count) / L
    w = rng.normal(size=(count, d))
    u = w + 10 ** rng.uniform(-3, 0.5, (count, 1)) * rng.normal(size=(count, d))

    def gradient(points):
        angles = np.einsum("nmi,ni->nm", x, points) + phi
        return -np.einsum("nm,nmi->ni", c * np.sin(angles), x)

    w_end, u_end = w, u
    for j in range(LONGEST):
        stepsize = np.where(steps > j, alpha, 0.0)[:, None]
        w_end = w_end - stepsize * gradient(w_end)
        u_end = u_end - stepsize * gradient(u_end)
    return Runs(
        alpha=alpha,
        L=L,
        steps=steps,
        distance=norm(u - w),
        distance_after=norm(u_end - w_end),
        gradient=norm(gradient(w)),
        way=norm(w_end - w),
    )


def step_case(name, instance):
    from_w = instance.tasks[0].from_w
    from_u = instance.tasks[0].from_u
    inputs = dict(
        alpha=instance.alpha,
        L=instance.L,
        j=instance.steps,
        d0=float(norm(from_w.points[0] - from_u.points[0])),
    )
    return proofs.Case(name, inputs, float(norm(from_w.end - from_u.end)))


@functools.cache
def step_cases():
    """Two lists: cases that are told first, and others."""
    known = [step_case(name, instance) for name, instance in named_instances()]
    others = [step_case(name, instance) for name, instance in instances_with_large_steps()]
    runs = random_runs()
    for alpha, L, steps, d0, truth in zip(
        runs.alpha, runs.L, runs.steps, runs.distance, runs.distance_after, strict=True
    ):
        inputs = dict(alpha=float(alpha), L=float(L), j=int(steps), d0=float(d0))
        others.append(proofs.Case(UNSEEN, inputs, float(truth)))
    return known, others


def stray_case(name, instance):
    path = instance.tasks[0].from_w
    inputs = dict(
        alpha=instance.alpha, L=instance.L, N=instance.steps, g=float(norm(path.gradients[0]))
    )
    return proofs.Case(name, inputs, float(norm(path.end - path.points[0])))


@functools.cache
def stray_cases():
    """Two lists: cases that are told first, and others."""
    known = [stray_case(name, instance) for name, instance in named_instances()]
    others = [stray_case(name, instance) for name, instance in instances_with_large_steps()]
    runs = random_runs()
    for alpha, L, steps, g, truth in zip(
        runs.alpha, runs.L, runs.steps, runs.gradient, runs.way, strict=True
    ):
        inputs = dict(alpha=float(alpha), L=float(L), N=int(steps), g=float(g))
        others.append(proofs.Case(UNSEEN, inputs, float(truth)))
    return known, others


# ---- 14.steps


def best_farthest(alpha, L, j, d0):
    return d0 * (1 + alpha * L) ** j


WRONG_DISTANCES = [
    (
        "d0 * (1 + j * alpha * L)",
        "Each step multiplies the distance that the steps before have left; "
        "you added j times the same.",
    ),
    (
        "d0 * math.exp(j * alpha * L)",
        "1 + x ≤ eˣ was one step too generous: nothing in the four lines asks for it.",
    ),
    (
        "d0 * (1 - alpha * L) ** j",
        "You bounded a valley. What does a hill do, where the gradients push the two apart?",
    ),
    (
        "d0 * abs(1 - alpha * L) ** j",
        "You bounded a valley, with its overshooting. "
        "What does a hill do, where the gradients push the two apart?",
    ),
    (
        "d0",
        "Two runs need not stay as near as they were. They do in convex valleys (while αL ≤ "
        "2), but A1 does not forbid hills.",
    ),
    (
        "d0 * (alpha * L) ** j",
        "The 1 is missing: the step starts from w, and w − u is still there after it.",
    ),
    ("d0 * (1 + alpha * L)", "That is one step. The next one starts from what this one has left."),
    (
        "d0 * (1 + alpha * L) ** (j - 1)",
        "You counted one step too few: with j = 0 the distance is d0, with j = 1 it is a·d0.",
    ),
    (
        "d0 * (1 + alpha * L) ** (j + 1)",
        "True, and one step too many: with j = 0 the distance is d0 itself.",
    ),
    (
        "(1 + alpha * L) ** j",
        "The distance at the start, d0, does not occur: "
        "two runs that start together stay together.",
    ),
    (
        "d0 * (1 + alpha) ** j",
        "L is missing: the gradients differ by at most L times the distance.",
    ),
    ("d0 * (1 + L) ** j", "α is missing: a step is α times the gradient long."),
    (
        "(d0 * (1 + alpha * L)) ** j",
        "Mind the brackets: the power belongs to a alone. d0 comes in once, at the start.",
    ),
    (
        "d0 + j * alpha * L",
        "What a step adds is αL times the *distance*, not αL: "
        "with d0 = 0 the two would part from nothing.",
    ),
    (
        "d0 * 2 ** j",
        "You took αL for 1. Where αL is larger, one step on a hill more than doubles the distance.",
    ),
    (
        "d0 * (1 + alpha * L) ** (2 * j)",
        "True, and each factor comes twice. A *meta*-gradient does that (lesson 15); "
        "here one step brings one.",
    ),
    (
        "d0 * (1 + alpha / L) ** j",
        "The gradients differ by L times the distance: α is multiplied by L, not divided.",
    ),
    (
        "d0 * (1 + 2 * alpha * L) ** j",
        "You bounded what each of the two moves. "
        "A1 bounds the *difference* of their gradients at once, by L‖w − u‖.",
    ),
]


def judge_steps(names):
    return proofs.bound(
        names["farthest"],
        *step_cases(),
        best=best_farthest,
        foreseen=[(as_function("alpha, L, j, d0", code), says) for code, says in WRONG_DISTANCES],
        proof="the proof is the four lines, j times",
    )


STEPS = Exercise(
    "14.steps",
    "How far apart after j steps",
    "give a bound",
    ("farthest",),
    insight=(
        "This is Grönwall's inequality in steps: with shorter steps and αj = t fixed it becomes "
        "d0·e^(Lt), the bound for two solutions of a differential equation."
    ),
    minutes=2,
    hints=(
        (
            "After one step: at most (1 + αL) times d0. "
            "The second step starts from two points that are that far apart."
        ),
        "So each step brings a factor 1 + αL, and the factors multiply.",
        "return d0 * (1 + alpha * L) ** j",
    ),
    mistakes=(
        *(
            Mistake(says, f"import math\n\ndef farthest(alpha, L, j, d0):\n    return {code}")
            for code, says in WRONG_DISTANCES
        ),
        Mistake(
            "a bound may depend on alpha, L, j and d0 only",
            """def farthest(alpha, L, j, d0):
    end = descend(hill.gradient, [0.0005], alpha, j)[-1, 0]
    return max(end * d0 / 0.0005, d0)""",
        ),
        Mistake(
            "This answer looks at __globals__",
            "def farthest(alpha, L, j, d0):\n    return farthest.__globals__['hill'].L * d0",
        ),
        Mistake(
            "This answer looks at tinymaml.theory",
            """def farthest(alpha, L, j, d0):
    from tinymaml.theory import worst_case
    return worst_case('lemma_1').rhs""",
        ),
        Mistake(
            "it says inf, where",
            "import math\n\ndef farthest(alpha, L, j, d0):\n    return math.inf",
        ),
        Mistake(
            "it should be one number",
            """def farthest(alpha, L, j, d0):
    return [d0 * (1 + alpha * L) ** k for k in range(j + 1)]""",
        ),
    ),
    alternative="""def farthest(alpha, L, j, d0):
    distance = d0
    for _ in range(j):
        distance = distance + alpha * L * distance
    return distance""",
    cases=step_cases,
    judge=judge_steps,
)

# ---- what the exercises with a submitted loss ask of it


def check_instance(instance, points, words):
    """Returns what an instance that was submitted holds: its loss, with the certified L, its points
    as arrays, and alpha. Raises Unfit, NotImplementedError.

    points: the names of its points. words: all its keys.
    """
    values = instance.values() if isinstance(instance, dict) else ()
    if some_unattempted(instance, *values):
        raise NotImplementedError
    if not isinstance(instance, dict) or set(instance) != set(words):
        raise Unfit(f"`instance` is a dict with {proofs.words(list(words))}.")
    loss = certify(instance["loss"])
    arrays = [check_point(name, instance[name], loss.dimension) for name in points]
    alpha = instance["alpha"]
    if not number(alpha) or alpha <= 0:
        raise Unfit("alpha is a finite positive number.")
    if alpha * loss.L > 1 + 1e-9:
        raise Unfit(
            f"The exercise asks for αL ≤ 1; yours is {alpha * loss.L:.4g} (L = {loss.L:.4g})."
        )
    return loss, *arrays, float(alpha)


def certify(loss):
    """The same loss, with the L that is certified in place of the one that it declares. Raises
    Unfit."""
    if type(loss) not in MOVABLE:
        raise Unfit(
            "The loss has to be a theory.CosineSum(x, c, phi): its L `check` certifies itself."
        )
    parts, make = MOVABLE[type(loss)]
    certified = make(*parts(loss))
    if loss.L < certified.L * (1 - 1e-9):
        raise Unfit(
            f"Your loss declares L = {loss.L:.4g}, and its certified L is {certified.L:.4g}. "
            "With an assumption that is untrue anything can be broken; leave L= out."
        )
    return certified


def check_point(name, value, dimension):
    try:
        point = np.asarray(value, float)
    except (TypeError, ValueError):
        raise Unfit(f"{name} holds numbers.") from None
    if point.shape != (dimension,):
        example = ", ".join(["1.0"] * min(dimension, 3)) + (", …" if dimension > 3 else "")
        plural = "s" if dimension > 1 else ""
        raise Unfit(
            f"{name} has the shape {point.shape}; the loss has {dimension} variable{plural}: "
            f"{(dimension,)}, as in {name} = [{example}]."
        )
    if not np.isfinite(point).all():
        raise Unfit("All numbers must be finite.")
    return point


# ---- 14.linear


def distances_between_runs(loss, w, u, alpha, steps):
    """‖w_j − u_j‖, (steps + 1,)."""
    found = [norm(w - u)]
    for _ in range(steps):
        w = w - alpha * loss.gradient(w)
        u = u - alpha * loss.gradient(u)
        found.append(norm(w - u))
    return np.array(found)


def is_lessons_hill(loss):
    """Has a loss the slope of cos w, in whatever parameters?"""
    w = np.linspace(-4, 4, 9)[:, None]
    return loss.dimension == 1 and np.allclose(loss.gradient(w), -np.sin(w), atol=1e-6)


def judge_linear(names):
    try:
        loss, w, u, alpha = check_instance(
            names["instance"], ("w", "u"), ("loss", "w", "u", "alpha")
        )
    except Unfit as error:
        return str(error)
    if isinstance(loss, Quadratic):
        return (
            "No quadratics here. Take a theory.CosineSum: "
            "what about the concave quadratic makes runs part, and which cosines have it too?"
        )
    if loss.dimension != 2:
        return (
            f"Your loss has {loss.dimension} variable{'s' if loss.dimension > 1 else ''}; the "
            "exercise asks for two: x has the shape (terms, 2)."
        )
    if loss.L == 0:
        return (
            "Your loss has no curvature, L = 0: "
            "its gradient is the same everywhere, and the two keep their distance."
        )
    if norm(w - u) == 0:
        return "The two start at the same point, and stay together."
    if np.abs(w - u).min() < 1e-3 * norm(w - u):
        return "The starts have to differ in both variables, and in neither by next to nothing."
    if norm(w - u) < 1e-9 * (norm(w) + norm(u)):
        return (
            "The two start so close together that rounding may decide. "
            "Start them a little farther apart."
        )
    start, _, end = distances_between_runs(loss, w, u, alpha, 2)
    aL = alpha * loss.L
    claim = (1 + 2 * aL) * start
    allowed, reached = show_both(claim, end, None)
    both = f"They start {start:.4g} apart and end {reached} apart; the claim allows {allowed}."
    if end >= MARGIN * claim:
        return None
    if end > claim:
        return (
            f"{both} That breaks it, by {100 * (end / claim - 1):.2g}%; the exercise asks for 5%. "
            "Make αL larger: the term left out grows with it."
        )
    if end <= start:
        return (
            f"{both} The curvature between the two is positive, or nearly so: "
            "a valley pulls them together. Where do runs part?"
        )
    if (1 + aL) ** 2 < MARGIN * (1 + 2 * aL):
        return (
            f"{both} With αL = {aL:.2g} the two expressions hardly differ on any loss: "
            f"a² / (1 + 2αL) is {(1 + aL) ** 2 / (1 + 2 * aL):.4g}. Take longer steps."
        )
    return (
        f"{both} The steps part them, but not enough: L = {loss.L:.4g} has to be met as curvature "
        "−L, in both steps and in the direction w − u."
    )


def instance_text(
    loss="theory.CosineSum(np.eye(2), [1.0, 1.0], [0.0, 0.0])",
    w="[0.1, 0.1]",
    u="[-0.1, -0.1]",
    alpha=0.5,
):
    return f"instance = dict(loss={loss}, w={w}, u={u}, alpha={alpha})"


def one_cosine(x, phi=0.0):
    return f"theory.CosineSum([{x}], [1.0], [{phi}])"


LINEAR = Exercise(
    "14.linear",
    "1 + NαL does not suffice",
    "break it",
    ("instance",),
    insight=(
        "With αL = 1 a hill multiplies by 2 · 2 = 4 where the tempting bound allows 3; "
        "the lesson's 1,000 random losses never broke it in twenty steps."
    ),
    minutes=5,
    hints=(
        "What did the pair of runs at the top of the lesson have that random pairs do not have?",
        (
            "Curvature −L in both steps, in the direction in which the runs differ: a hill that "
            "is equally steep in both variables has it everywhere near its top. And αL not small."
        ),
        (
            "theory.CosineSum(np.eye(2), [1.0, 1.0], [0.0, 0.0]) has L = 1: with "
            "w = [0.1, 0.1], u = [-0.1, -0.1] and alpha = 0.5 a step multiplies by almost 1.5."
        ),
    ),
    mistakes=(
        Mistake("No quadratics here", instance_text("theory.Quadratic(-np.eye(2), [0.0, 0.0])")),
        Mistake(
            "Your loss has 1 variable; the exercise asks for two",
            instance_text("hill", "[0.1]", "[-0.1]"),
        ),
        Mistake(
            "a valley pulls them together",
            instance_text("theory.CosineSum(np.eye(2), [-1.0, -1.0], [0.0, 0.0])"),
        ),
        Mistake(
            "the two expressions hardly differ on any loss",
            instance_text(w="[0.5, 0.5]", u="[-0.5, -0.5]", alpha=0.02),
        ),
        Mistake("That breaks it, by", instance_text(alpha=0.2)),
        Mistake("The exercise asks for αL ≤ 1", instance_text(alpha=3.0)),
        Mistake(
            "With an assumption that is untrue anything can be broken",
            instance_text("theory.CosineSum(2 * np.eye(2), [1.0, 1.0], [0.0, 0.0], L=1.0)"),
        ),
        Mistake("in the direction w − u", instance_text(one_cosine([1.0, 0.0]))),
        Mistake(
            "The starts have to differ in both variables",
            instance_text(one_cosine([1.0, 0.0]), "[0.1, 0.0]", "[-0.1, 0.0]"),
        ),
        Mistake("The two start at the same point", instance_text(u="[0.1, 0.1]")),
        Mistake("The loss has to be a theory.CosineSum", instance_text("theory.RootHessian()")),
        Mistake("Your loss has no curvature", instance_text(one_cosine([0.0, 0.0]))),
        Mistake("as in w = [1.0, 1.0]", instance_text(w="1.0")),
        Mistake("the loss has 2 variables", instance_text(u="[1.0]")),
    ),
    alternative=instance_text(one_cosine([3.0, 4.0]), "[0.003, 0.004]", "[-0.003, -0.004]", 0.04),
    judge=judge_linear,
    equivalent={"*": "another instance breaks the claim too"},
)

# ---- 14.false

HOLDS = {
    1: "It is A1, integrated along the step",
    2: "It is line 1 with the step put in",
    3: "αL ≤ 1 makes 1 − αL/2 positive",
}


def judge_false(names):
    line = names["line"]
    if line is ...:
        raise NotImplementedError
    if not number(line) or line not in (1, 2, 3, 4, 5):
        return "`line` is the number of a line of the table, 1 to 5."
    try:
        loss, w, alpha = check_instance(names["instance"], ("w",), ("loss", "w", "alpha"))
    except Unfit as error:
        return str(error)
    if isinstance(loss, Quadratic):
        return "The exercise asks for a theory.CosineSum, not for a quadratic."
    if is_lessons_hill(loss):
        return "That is the lesson's `hill` itself. Take other cosines."
    g = loss.gradient(w)
    after = w - alpha * g
    size = norm(g)
    size_after = norm(loss.gradient(after))
    if line in HOLDS:
        chain = [
            loss.value(after),
            loss.value(w) + g @ (after - w) + loss.L / 2 * norm(after - w) ** 2,
            loss.value(w) - alpha * (1 - alpha * loss.L / 2) * size**2,
            loss.value(w),
        ]
        above, below = chain[int(line) - 1], chain[int(line)]
        relation = "=" if line == 2 else "≤"
        return (
            f"Line {int(line)} holds. {HOLDS[line]}, "
            f"and on your instance it says {above:.6g} {relation} {below:.6g}."
        )
    if line == 5:
        return (
            "Line 5 is false too, but it follows: if 4 were true at every point, 5 would be. "
            "Which line does not follow from those above it?"
        )
    if size == 0:
        return "Your run starts where the gradient is 0, and stands still. Move w a little."
    if size < 1e-9 * loss.L * max(norm(w), 1e-3):
        return f"The gradient at your w is {size:.2g}: rounding may decide. Move w a little."
    before, behind = show_both(size, size_after, None)
    both = f"Before the step the gradient has the size {before}, after it {behind}."
    if size_after >= MARGIN * size:
        return None
    if size_after > size:
        return (
            f"{both} That breaks line 4, by {100 * (size_after / size - 1):.2g}%; "
            "the exercise asks for 5%. Longer steps, or nearer to the hill's top."
        )
    return (
        f"{both} There line 4 holds: in a valley it does. "
        "Where does a run go down and meet a steeper slope?"
    )


def answer(line=4, loss="theory.CosineSum([[2.0]], [1.0], [0.0])", w="[0.1]", alpha=0.2):
    return f"line = {line}\ninstance = dict(loss={loss}, w={w}, alpha={alpha})"


FALSE = Exercise(
    "14.false",
    "A proof that gradients shrink",
    "find the false line",
    ("line", "instance"),
    insight=(
        "For convex losses the student is right: there the gradient never grows while α ≤ 2/L, "
        "which is why the claim sounds familiar; without convexity only Lemma 2 is left."
    ),
    minutes=4,
    hints=(
        "Lines 1 to 3 are about values of the loss. Which line passes from values to gradients?",
        (
            "How large is the gradient at the top of a hill, and how large a little below? "
            "Which way does a run go?"
        ),
        (
            "line = 4, and a start near the top of a hill: "
            "theory.CosineSum([[2.0]], [1.0], [0.0]), with L = 4, w = [0.1], alpha = 0.2."
        ),
    ),
    mistakes=(
        Mistake("Line 1 holds. It is A1, integrated along the step", answer(1)),
        Mistake("Line 2 holds. It is line 1 with the step put in", answer(2)),
        Mistake("Line 3 holds. αL ≤ 1 makes 1 − αL/2 positive", answer(3)),
        Mistake("Line 5 is false too, but it follows", answer(5)),
        Mistake("in a valley it does", answer(w="[1.25]")),
        Mistake("Your run starts where the gradient is 0", answer(w="[0.0]")),
        Mistake("That breaks line 4, by", answer(alpha=0.01)),
        Mistake("The exercise asks for αL ≤ 1", answer(alpha=3.0)),
        Mistake("That is the lesson's `hill` itself", answer(loss="hill", alpha=0.5)),
        Mistake("not for a quadratic", answer(loss="theory.Quadratic([[-1.0]], [0.0])")),
        Mistake(
            "With an assumption that is untrue anything can be broken",
            answer(loss="theory.Quadratic([[3.0]], [0.0], L=1.0)", w="[1.0]", alpha=1.0),
        ),
    ),
    alternative=answer(loss=one_cosine([3.0, 4.0], 0.5), w="[-0.05, -0.06]", alpha=0.04),
    judge=judge_false,
    equivalent={"*": "another instance breaks the line too"},
)

# ---- 14.order

LINES = ["D", "F", "B", "A", "H", "E", "C"]
WHY = {
    "D": "D is what Lemma 2 is about, and the smallest of all: the chain starts with it.",
    "F": (
        "F is D after the triangle inequality: ∇l(w₂) is ∇l(w₁) plus a difference. "
        "It comes as soon as ‖∇l(w₂)‖ is there."
    ),
    "B": (
        "B is F after A1: the difference of the gradients is at most L times that of the points. "
        "First there has to be a difference of gradients."
    ),
    "A": (
        "A is B after the step: w₂ − w₁ is α‖∇l(w₁)‖ long, and 1 + αL = a. "
        "First there has to be the length of the step."
    ),
    "H": (
        "H is A after the triangle inequality, at the step before. "
        "The chain unrolls from the last step to the first."
    ),
    "E": "E is H after A1, at the step before. First there has to be a difference of gradients.",
    "C": "C is E after the step from w₀, and the largest of all: nothing comes below the claim.",
}
STRANGER = (
    "G does not belong to it. ρ bounds how the *curvature* changes; how much the gradient "
    "changes over a step is what L bounds. Leave G out."
)


def judge_order(names):
    given = read_order(names["order"], lambda word: [letter for letter in word if letter.isalnum()])
    if given is None:
        return '`order` is a list of letters, or one word of them: ["D", ...] or "D...".'
    letters = [letter.strip().upper() for letter in given]
    if "G" in letters:
        return STRANGER
    if sorted(letters) != sorted(LINES):
        return (
            f"Seven of the eight lines belong to it, each once; yours are {proofs.words(letters)}."
        )
    return proofs.order(letters, LINES, WHY)


ORDER = Exercise(
    "14.order",
    "Lemma 2, put together",
    "order the lines",
    ("order",),
    insight=(
        "Nothing in your chain differentiates twice, so it also holds for losses without a "
        "Hessian, such as Huber's: it needs a Lipschitz gradient and no more."
    ),
    minutes=4,
    hints=(
        "It begins with what the lemma is about, ‖∇l(w₂)‖, and ends with the claim, a²‖∇l(w₀)‖.",
        (
            "Each step takes three lines: triangle inequality, A1, the length of the step. "
            "The step from w₁ to w₂ comes first, then that from w₀."
        ),
        (
            "D, F, B, A brings ‖∇l(w₂)‖ down to a‖∇l(w₁)‖. "
            "The other three do the same once more, times a."
        ),
    ),
    mistakes=(
        Mistake(STRANGER, 'order = ["D", "F", "G", "A", "H", "E", "C"]'),
        Mistake("The chain cannot start with C", 'order = ["C", "E", "H", "A", "B", "F", "D"]'),
        Mistake("After D cannot come B", 'order = ["D", "B", "F", "A", "H", "E", "C"]'),
        Mistake("After D cannot come H", 'order = ["D", "H", "E", "C", "F", "B", "A"]'),
        Mistake("After F cannot come A", 'order = ["D", "F", "A", "B", "H", "E", "C"]'),
        Mistake("After A cannot come E", 'order = ["D", "F", "B", "A", "E", "H", "C"]'),
        Mistake("The chain cannot start with H", 'order = list("HECDFBA")'),
        Mistake(
            "Seven of the eight lines belong to it, each once", 'order = ["D", "F", "B", "A", "C"]'
        ),
        Mistake("yours are none", "order = []"),
        Mistake("After A cannot come C", 'order = ["D", "F", "B", "A", "C", "H", "E"]'),
    ),
    alternative='order = "D F B A H E C"',
    judge=judge_order,
)

# ---- 14.stray


def best_farthest_from_start(alpha, L, N, g):
    return g * ((1 + alpha * L) ** N - 1) / L


WRONG_WAYS = [
    (
        "N * alpha * g",
        "You took every gradient to be as large as the first. On a hill they grow: Lemma 2.",
    ),
    (
        "N * alpha * (1 + alpha * L) ** N * g",
        "You took every gradient to be as large as the largest, that after the last step. "
        "Step j has its own bound, a to the power j: add these up.",
    ),
    (
        "N * alpha * (1 + alpha * L) ** (N - 1) * g",
        "You took every step to be as long as the last one. Each has its own bound: add them up.",
    ),
    (
        "alpha * (1 + alpha * L) ** N * g",
        "That bounds a single step. The way is the sum of all of them.",
    ),
    (
        "(1 + alpha * L) ** N * g",
        "That is Lemma 2 itself, the size of the last gradient. How far has the run gone?",
    ),
    (
        "g * (1 + alpha * L) ** N / L",
        "The −1 is missing: with N = 0 nothing has moved, and your bound is g / L.",
    ),
    (
        "g * ((1 + alpha * L) ** N - 1) / (alpha * L)",
        "That is the sum of the gradients. Each step is α times as long as its gradient.",
    ),
    (
        "g * ((1 + alpha * L) ** N - 1)",
        "Divide by L: Σ a^j is (a^N − 1) / (a − 1), and a − 1 is αL; "
        "the α in front cancels one of the two.",
    ),
    (
        "g * ((1 + alpha * L) ** (N + 1) - 1) / L",
        "One step too many: j runs from 0 to N − 1. From w_N no step is taken.",
    ),
    (
        "g * ((1 + alpha * L) ** (N - 1) - 1) / L",
        "One step too few: the sum of the a^j has N terms, j = 0, …, N − 1.",
    ),
    (
        "g * (1 + alpha * L) * ((1 + alpha * L) ** N - 1) / L",
        "Your sum begins with a: the first step, from w itself, is α g long, j = 0.",
    ),
    (
        "g * ((1 + alpha * L) ** N - (1 + alpha * L)) / L",
        "The first step is missing, α g, the one from w itself: j begins at 0.",
    ),
    (
        "alpha * g * ((1 + alpha * L) ** N - 1) / alpha * L",
        "In Python x / alpha * L is (x / alpha) times L. Write x / (alpha * L).",
    ),
    (
        "((1 + alpha * L) ** N - 1) / L",
        "The gradient at the start, g, does not occur: with g = 0 the run stands still.",
    ),
    (
        "g * (math.exp(N * alpha * L) - 1) / L",
        "1 + x ≤ eˣ gives something away that Lemma 2 does not ask for.",
    ),
    (
        "g * (1 - (1 - alpha * L) ** N) / L",
        "That is how far a run goes in a valley with curvature L, where the gradients shrink. "
        "On a hill they grow.",
    ),
]


def judge_stray(names):
    return proofs.bound(
        names["farthest_from_start"],
        *stray_cases(),
        best=best_farthest_from_start,
        foreseen=[(as_function("alpha, L, N, g", code), says) for code, says in WRONG_WAYS],
        proof="the proof is the table below",
    )


STRAY = Exercise(
    "14.stray",
    "How far from its start",
    "give a bound",
    ("farthest_from_start",),
    insight=(
        "With α = 1/(NL) your bound is, for every N, at most e − 1 = 1.72 times αNg, the way with "
        "gradients that never grow: lesson 16 is about what that choice of α buys."
    ),
    minutes=4,
    hints=(
        "The way is at most the sum of the lengths of the steps, α‖∇l(w_j)‖ for j = 0, …, N − 1.",
        "Lemma 2 bounds each of them: ‖∇l(w_j)‖ ≤ a^j g. A geometric series remains.",
        (
            "alpha * sum(a ** j for j in range(N)) * g, or in closed form (a ** N - 1) / L * g, "
            "with a = 1 + alpha * L."
        ),
    ),
    mistakes=(
        *(
            Mistake(
                says,
                f"import math\n\ndef farthest_from_start(alpha, L, N, g):\n    return {code}",
            )
            for code, says in WRONG_WAYS
        ),
        Mistake(
            "a bound may depend on alpha, L, N and g only",
            """def farthest_from_start(alpha, L, N, g):
    return abs(descend(hill.gradient, [g], alpha, N)[-1, 0] - g)""",
        ),
        Mistake(
            "The answer has to be a function of alpha, L, N and g", "farthest_from_start = 5.73"
        ),
    ),
    alternative="""def farthest_from_start(alpha, L, N, g):
    way = 0.0
    for _ in range(N):
        way = way + alpha * g
        g = g * (1 + alpha * L)
    return way""",
    cases=stray_cases,
    judge=judge_stray,
)

EXERCISES = [STEPS, LINEAR, FALSE, ORDER, STRAY]
