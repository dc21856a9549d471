"""Graders of lesson 14."""

import functools
import math

import numpy as np

from tinymaml.theory import CosineSum, Quadratic, RootHessian, extremals
from tinymaml.theory.climbing import MOVABLE
from tinymaml.theory.paths import norm

from .. import proofs
from ..exercise import Exercise, Mistake
from .shared import number, unattempted

FIVE_PERCENT = 1.05

# ---- 14.curvature

ALPHA, CURVATURES = 0.1, (4, 15, 25, -4, -15)


def distances(rule):
    return "distance = {" + ", ".join(f"{k}: {rule(ALPHA * k):.12g}" for k in CURVATURES) + "}"


CURVATURE = Exercise(
    "14.curvature",
    "One step, at a given curvature",
    "predict",
    ("distance",),
    hints=(
        (
            "Line (0): the difference after the step is (w − u) − α(∇l(w) − ∇l(u)), "
            "and the gradients differ by λ(w − u)."
        ),
        "So it is (1 − αλ)(w − u). A distance is its absolute value: |1 − αλ|.",
        "λ = 25: |1 − 2.5| = 1.5. λ = −15: |1 + 1.5| = 2.5.",
    ),
    mistakes=(
        Mistake(
            "You forgot that a distance has no sign: "
            "past αλ = 1 the two change sides, and 1 − αλ is negative.",
            distances(lambda x: 1 - x),
        ),
        Mistake(
            "That is the bound, 1 + α|λ|, for all of them. It is the distance only where "
            "the curvature is negative; a valley pulls the two together.",
            distances(lambda x: 1 + abs(x)),
        ),
        Mistake(
            "A sign is wrong: a step goes *against* the gradient, so the difference of the "
            "gradients is subtracted, |1 − αλ|. Positive curvature brings runs together.",
            distances(lambda x: abs(1 + x)),
        ),
        Mistake(
            "You squared the factor. That is what happens to the loss of a parabola (lesson 07); "
            "a distance gets the factor once.",
            distances(lambda x: (1 - x) ** 2),
        ),
        Mistake(
            "You let the two stop where they meet. "
            "A step of αλ > 1 carries them past each other, out on the other side.",
            distances(lambda x: max(1 - x, 0)),
        ),
        Mistake(
            "That is the gradient flow's exp(−αλ). "
            "Gradient descent walks straight for the length of a step: |1 − αλ|.",
            distances(lambda x: math.exp(-x)),
        ),
        Mistake(
            "You took the inverse: in the valley you have 1 / |1 − αλ|.",
            distances(lambda x: 1 / abs(1 - x)),
        ),
        Mistake(
            "α is missing: "
            "a step is α times the gradient long, so the factor is |1 − αλ|, not |1 − λ|.",
            distances(lambda x: abs(1 - x / ALPHA)),
        ),
        Mistake(
            "That is by how much the step changes the distance, |αλ|. "
            "What is left is asked for: |1 − αλ|.",
            distances(abs),
        ),
    ),
    alternative="distance = {curvature: abs(1 - 0.1 * curvature) for curvature in (4, 15, 25, -4, -15)}",
    run=lambda names: names["distance"],
)

# ---- the instances on which bounds are tried

NAMED = [
    ("the concave quadratic −w²/2", lambda: extremals.concave_quadratic(0.1, 20), 0.001),
    ("the concave quadratic −w²/2", lambda: extremals.concave_quadratic(0.5, 3), 1.0),
    ("the concave quadratic −w²/2", lambda: extremals.concave_quadratic(0.3, 1), 2.0),
    ("a cosine near its maximum", lambda: extremals.cosine_near_its_maximum(0.1, 20), None),
    ("the valley w²/2", lambda: extremals.convex_quadratic(0.1, 20), None),
    ("the valley w²/2, overshooting", lambda: extremals.convex_quadratic(2.5, 4), None),
    (
        "a loss with a root in its Hessian",
        lambda: extremals.convex_quadratic(0.2, 6).replace(
            losses=[RootHessian()], w=[0.0], u=[1e-3]
        ),
        None,
    ),
    (
        "a steep hill, −2w²",
        lambda: extremals.convex_quadratic(0.1, 5).replace(losses=[Quadratic([[-4.0]], [0.0])]),
        None,
    ),
]
LARGE_STEPS = [
    (
        "the concave quadratic −w²/2, with large steps",
        lambda: extremals.concave_quadratic(1.5, 4),
        None,
    )
]  # told if no other will do


def named(instances):
    """-> (name, path from w, path from u, α, L, N)."""
    for name, make, distance in instances:
        x = make()
        if distance is not None:
            x = x.replace(u=x.w + distance)
        yield name, x.tasks[0].from_w, x.tasks[0].from_u, x.alpha, x.L, x.steps


LONGEST = 40


def crowd(count=2000, terms=3, d=2):
    """Sums of cosines, all at once, each with L as `CosineSum` certifies it -> (α, L, N, w̃_N − w,
    ũ_N − u, u − w, ∇l(w)), arrays; N (n,)."""
    rng = np.random.default_rng(14)
    x, c, phi = (
        rng.normal(size=(count, terms, d)),
        rng.normal(size=(count, terms)),
        rng.uniform(-np.pi, np.pi, (count, terms)),
    )
    x[: count // 4, 1:] = 0  # a quarter varies in one direction only: nearer to the bound
    L = np.linalg.norm(np.einsum("nmi,nm,nmj->nij", x, np.abs(c), x), 2, axis=(1, 2))
    steps, alpha = rng.integers(2, LONGEST + 1, count), 10 ** rng.uniform(-3, 0.3, count) / L
    w = rng.normal(size=(count, d))
    u = w + 10 ** rng.uniform(-3, 0.5, (count, 1)) * rng.normal(size=(count, d))
    gradient = lambda w: (
        -np.einsum("nm,nmi->ni", c * np.sin(np.einsum("nmi,ni->nm", x, w) + phi), x)
    )
    first, ends = gradient(w), np.array([w, u])
    for j in range(LONGEST):
        moving = (steps > j)[:, None]
        ends = np.array([p - moving * alpha[:, None] * gradient(p) for p in ends])
    return alpha, L, steps, ends[0] - w, ends[1] - u, u - w, first


@functools.cache
def step_cases():
    known, also = (
        [
            proofs.Case(
                name,
                dict(alpha=alpha, L=L, j=N, d0=float(norm(p.points[0] - q.points[0]))),
                float(norm(p.end - q.end)),
            )
            for name, p, q, alpha, L, N in named(instances)
        ]
        for instances in (NAMED, LARGE_STEPS)
    )
    alpha, L, steps, dw, du, between, _ = crowd()
    hidden = [
        proofs.Case(
            "a sum of cosines you have not seen",
            dict(alpha=float(s), L=float(l), j=int(n), d0=float(d0)),
            float(d),
        )
        for s, l, n, d0, d in zip(alpha, L, steps, norm(between), norm(between + du - dw))
    ]
    return known, also + hidden


@functools.cache
def stray_cases():
    known, also = (
        [
            proofs.Case(
                name,
                dict(alpha=alpha, L=L, N=N, g=float(norm(p.gradients[0]))),
                float(norm(p.end - p.points[0])),
            )
            for name, p, _, alpha, L, N in named(instances)
        ]
        for instances in (NAMED, LARGE_STEPS)
    )
    alpha, L, steps, dw, _, _, first = crowd()
    hidden = [
        proofs.Case(
            "a sum of cosines you have not seen",
            dict(alpha=float(s), L=float(l), N=int(n), g=float(g)),
            float(d),
        )
        for s, l, n, g, d in zip(alpha, L, steps, norm(first), norm(dw))
    ]
    return known, also + hidden


# ---- 14.steps

farthest = lambda alpha, L, j, d0: d0 * (1 + alpha * L) ** j

STEPS_WRONG = {
    "d0 * (1 + j * alpha * L)": (
        "Each step multiplies the distance that the steps before have left; "
        "you added j times the same."
    ),
    "d0 * math.exp(j * alpha * L)": "1 + x ≤ eˣ was one step too generous: nothing in the four lines asks for it.",
    "d0 * (1 - alpha * L) ** j": "You bounded a valley. What does a hill do, where the gradients push the two apart?",
    "d0 * abs(1 - alpha * L) ** j": (
        "You bounded a valley, with its overshooting. "
        "What does a hill do, where the gradients push the two apart?"
    ),
    "d0": (
        "Runs need not approach each other: "
        "that is so in convex valleys (while αL ≤ 2), and A1 does not forbid hills."
    ),
    "d0 * (alpha * L) ** j": "The 1 is missing: the step starts from w, and w − u is still there after it.",
    "d0 * (1 + alpha * L)": "That is one step. The next one starts from what this one has left.",
    "d0 * (1 + alpha * L) ** (j - 1)": "You counted one step too few: with j = 0 the distance is d0, with j = 1 it is a·d0.",
    "d0 * (1 + alpha * L) ** (j + 1)": "True, and one step too many: with j = 0 the distance is d0 itself.",
    "(1 + alpha * L) ** j": (
        "The distance at the start, d0, does not occur: two runs that start together stay together."
    ),
    "d0 * (1 + alpha) ** j": "L is missing: the gradients differ by at most L times the distance.",
    "d0 * (1 + L) ** j": "α is missing: a step is α times the gradient long.",
    "(d0 * (1 + alpha * L)) ** j": "The bracket: the power is for a alone. d0 is there once, at the start.",
    "d0 + j * alpha * L": (
        "What a step adds is αL times the *distance*, not αL: "
        "with d0 = 0 the two would part from nothing."
    ),
    "d0 * 2 ** j": "You took αL for 1. Where αL is larger, a hill doubles the distance in less than a step.",
    "d0 * (1 + alpha * L) ** (2 * j)": (
        "True, and each factor comes twice. A *meta*-gradient does that (lesson 15); "
        "here one step brings one."
    ),
    "d0 * (1 + alpha / L) ** j": "The gradients differ by L times the distance: α is multiplied by L, not divided.",
    "d0 * (1 + 2 * alpha * L) ** j": (
        "You bounded what each of the two moves. "
        "A1 bounds the *difference* of their gradients at once, by L‖w − u‖."
    ),
}


def foreseen(wrong, arguments):
    return [
        (eval(f"lambda {arguments}: {formula}", {"math": math}), says)
        for formula, says in wrong.items()
    ]


def judge_steps(names):
    return proofs.bound(
        names["farthest"],
        *step_cases(),
        best=farthest,
        foreseen=foreseen(STEPS_WRONG, "alpha, L, j, d0"),
        proof="the proof is the four lines, j times",
    )


STEPS = Exercise(
    "14.steps",
    "How far apart after j steps",
    "give a bound",
    ("farthest",),
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
            Mistake(says, f"import math\n\ndef farthest(alpha, L, j, d0):\n    return {formula}")
            for formula, says in STEPS_WRONG.items()
        ),
        Mistake(
            "a bound may depend on alpha, L, j and d0 only",
            """def farthest(alpha, L, j, d0):
    return max(apart(hill.gradient, [0.0005], [-0.0005], alpha, j)[-1] * d0 / 0.001, d0)""",
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
            "wanted is one number",
            """def farthest(alpha, L, j, d0):
    return [d0 * (1 + alpha * L) ** k for k in range(j + 1)]""",
        ),
    ),
    alternative="""def farthest(alpha, L, j, d0):
    distance = d0
    for _ in range(j):
        distance = distance + alpha * L * distance
    return distance""",
    judge=judge_steps,
)

# ---- what the exercises with a submitted loss ask of it


class Unfit(Exception):
    """Says what is wrong with an instance."""


def fit(instance, points, template):
    """An instance that was submitted, checked -> its loss with the certified L, its points as
    arrays, alpha. Raises Unfit, NotImplementedError."""
    if (
        unattempted(instance)
        or isinstance(instance, dict)
        and any(holds_open(value) for value in instance.values())
    ):
        raise NotImplementedError
    if not isinstance(instance, dict) or set(instance) != set(template):
        raise Unfit(f"`instance` is a dict with {proofs.words(list(template))}.")
    loss, alpha = instance["loss"], instance["alpha"]
    if type(loss) not in MOVABLE:
        raise Unfit(
            "The loss has to be a theory.Quadratic(A, c), a theory.CosineSum(x, c, phi) or "
            "a theory.LogCosh(x, c, y): of these `check` certifies L itself."
        )
    parts, make = MOVABLE[type(loss)]
    honest = make(*parts(loss))
    if loss.L < honest.L * (1 - 1e-9):
        raise Unfit(
            f"Your loss declares L = {loss.L:.4g}, and its certified L is {honest.L:.4g}. "
            "With an assumption that is untrue anything can be broken; leave L= out."
        )
    found = []
    for name in points:
        try:
            found.append(np.asarray(instance[name], float))
        except (TypeError, ValueError):
            raise Unfit(f"{name} holds numbers.") from None
        if found[-1].shape != (honest.dimension,):
            raise Unfit(
                f"{name} has the shape {found[-1].shape}; the loss has {honest.dimension} "
                f"variable{'s' * (honest.dimension > 1)}: {(honest.dimension,)}, as in {name} = "
                f"[{', '.join(['1.0'] * min(honest.dimension, 3))}{', …' * (honest.dimension > 3)}]."
            )
        if not np.isfinite(found[-1]).all():
            raise Unfit("All numbers must be finite.")
    if not number(alpha) or alpha <= 0:
        raise Unfit("alpha is a positive number.")
    if alpha * honest.L > 1 + 1e-9:
        raise Unfit(f"αL ≤ 1 was asked for; yours is {alpha * honest.L:.4g} (L = {honest.L:.4g}).")
    return honest, *found, float(alpha)


def holds_open(value):
    """Is there a `...` in it, nested, or in an array?"""
    return (
        unattempted(value)
        or isinstance(value, np.ndarray)
        and value.dtype == object
        and any(x is ... for x in value.ravel())
    )


def apart(loss, w, u, alpha, steps):
    """‖w_j − u_j‖, (N + 1,)."""
    found = [norm(w - u)]
    for _ in range(steps):
        w, u = w - alpha * loss.gradient(w), u - alpha * loss.gradient(u)
        found.append(norm(w - u))
    return np.array(found)


# ---- 14.linear


def judge_linear(names):
    try:
        loss, w, u, alpha = fit(names["instance"], ("w", "u"), ("loss", "w", "u", "alpha", "steps"))
    except Unfit as error:
        return str(error)
    steps = names["instance"]["steps"]
    if not number(steps) or steps != int(steps) or not 0 <= steps <= 1000:
        return "`steps` is a whole number from 0 to 1000."
    steps, aL = int(steps), alpha * loss.L
    if type(loss) is CosineSum and all(
        np.array_equal(a, b) for a, b in zip((loss.x, loss.c, loss.phi), ([[1.0]], [1.0], [0.0]))
    ):
        return "That is the lesson's `hill` itself. Another loss: what about it made the runs part?"
    if steps < 2:
        return (
            f"With N = {steps} the claim is Lemma 1 itself, which is true. "
            "The first step adds; from the second on it multiplies."
        )
    if loss.L == 0:
        return (
            "Your loss has no curvature, L = 0: "
            "its gradient is the same everywhere, and the two keep their distance."
        )
    if norm(w - u) == 0:
        return "The two start at the same point, and stay together."
    if norm(w - u) < 1e-6 * (norm(w) + norm(u)):
        return (
            "The two start so close together that rounding decides. "
            "Start them a little farther apart."
        )
    with np.errstate(all="ignore"):
        distance = apart(loss, w, u, alpha, steps)
    claim = (1 + steps * aL) * distance[0]
    both = (
        f"They start {distance[0]:.4g} apart and end {distance[-1]:.6g} apart; "
        f"the claim allows {claim:.6g}."
    )
    if not np.isfinite(distance).all():
        return "The runs leave the range of numbers. Fewer steps will do."
    if distance[-1] >= FIVE_PERCENT * claim:
        return None
    if distance[-1] > claim:
        more = f"{100 * (distance[-1] / claim - 1):.2g}%"
        return (
            f"{both} That breaks it, by {more}; 5% were asked for. Make NαL larger: "
            "the terms left out grow with it."
        )
    if distance[-1] <= distance[0]:
        return (
            f"{both} The curvature between the two is positive, or nearly so: "
            "a valley pulls them together. Where do runs part?"
        )
    if steps * aL < 0.4:
        return (
            f"{both} With NαL = {steps * aL:.2g} the two expressions hardly differ on any loss: "
            f"a^N / (1 + NαL) is {(1 + aL) ** steps / (1 + steps * aL):.4g}. "
            "Take more steps, or longer ones."
        )
    return (
        f"{both} Some steps part them, not all: L = {loss.L:.4g} has to be met as curvature −L, "
        "at every step and in the direction w − u."
    )


def linear(loss="theory.Quadratic([[-1.0]], [0.0])", w="[1.0]", u="[2.0]", alpha=0.1, steps=20):
    return f"instance = dict(loss={loss}, w={w}, u={u}, alpha={alpha}, steps={steps})"


LINEAR = Exercise(
    "14.linear",
    "1 + NαL does not suffice",
    "break it",
    ("instance",),
    hints=(
        "What did the pair of runs at the top of the lesson have that random pairs do not have?",
        (
            "Curvature −L at every step, in the direction in which the runs differ: "
            "a concave quadratic has nothing else. And NαL not small."
        ),
        (
            "theory.Quadratic([[-1.0]], [0.0]), w = [1.0], u = [2.0], alpha = 0.1, steps = 20: "
            "each step multiplies the distance by 1.1."
        ),
    ),
    mistakes=(
        Mistake("a valley pulls them together", linear("theory.Quadratic([[1.0]], [0.0])")),
        Mistake(
            "the two expressions hardly differ on any loss",
            linear("theory.CosineSum([[1.0]], [1.0], [0.5])", "[0.0]", "[0.5]", 0.01),
        ),
        Mistake("from the second on it multiplies", linear(alpha=1.0, steps=1)),
        Mistake("That breaks it, by", linear(alpha=0.1, steps=4)),
        Mistake(
            "With an assumption that is untrue anything can be broken",
            linear("theory.Quadratic([[-3.0]], [0.0], L=1.0)"),
        ),
        Mistake("αL ≤ 1 was asked for", linear(alpha=3.0)),
        Mistake(
            "has to be met as curvature −L, at every step",
            linear("theory.CosineSum([[1.0]], [1.0], [0.3])", "[0.0]", "[0.5]"),
        ),
        Mistake(
            "Some steps part them, not all",
            linear(
                "theory.Quadratic([[-1.0, 0.0], [0.0, -0.1]], [0.0, 0.0])",
                "[0.0, 1.0]",
                "[0.0, 2.0]",
            ),
        ),
        Mistake("The two start at the same point", linear(u="[1.0]")),
        Mistake("That is the lesson's `hill` itself", linear("hill", "[0.0005]", "[-0.0005]")),
        Mistake(
            "The loss has to be a theory.Quadratic",
            linear("theory.RootHessian()", "[0.0]", "[0.001]"),
        ),
        Mistake("Your loss has no curvature", linear("theory.Quadratic([[0.0]], [0.0])")),
        Mistake("as in w = [1.0]", linear(w="1.0")),
        Mistake("the loss has 1 variable", linear(u="[1.0, 2.0]")),
    ),
    alternative=linear(
        "theory.CosineSum([[2.0]], [0.5], [np.pi / 2])",
        "[-np.pi / 4 + 1e-3]",
        "[-np.pi / 4 - 1e-3]",
        0.1,
        15,
    ),
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
        loss, w, alpha = fit(names["instance"], ("w",), ("loss", "w", "alpha"))
    except Unfit as error:
        return str(error)
    g = loss.gradient(w)
    after = w - alpha * g
    before, now = norm(g), norm(loss.gradient(after))
    if line in HOLDS:
        linear = loss.value(w) + g @ (after - w) + loss.L / 2 * norm(after - w) ** 2
        descent = loss.value(w) - alpha * (1 - alpha * loss.L / 2) * before**2
        above, below = {
            1: (loss.value(after), linear),
            2: (linear, descent),
            3: (descent, loss.value(w)),
        }[line]
        return (
            f"Line {line:g} holds. {HOLDS[line]}, "
            f"and on your instance it says {above:.6g} {'=' if line == 2 else '≤'} {below:.6g}."
        )
    if line == 5:
        return (
            "Line 5 is false too, but it follows: if 4 were true at every point, 5 would be. "
            "Which line does not follow from those above it?"
        )
    if before < 1e-12:
        return "Your run starts where the gradient is 0, and stands still. Move w a little."
    both = f"Before the step the gradient has the size {before:.6g}, after it {now:.6g}."
    if now >= FIVE_PERCENT * before:
        return None
    if now > before:
        return (
            f"{both} That breaks line 4, by {100 * (now / before - 1):.2g}%; 5% were asked for. "
            "Longer steps, or nearer to the hill's top."
        )
    return (
        f"{both} There line 4 holds: in a valley it does. "
        "Where does a run go down and meet a steeper slope?"
    )


def lie(line=4, loss="theory.CosineSum([[1.0]], [1.0], [0.0])", w="[0.1]", alpha=0.5):
    return f"line = {line}\ninstance = dict(loss={loss}, w={w}, alpha={alpha})"


FALSE = Exercise(
    "14.false",
    "A proof that gradients shrink",
    "find the false line",
    ("line", "instance"),
    hints=(
        "Lines 1 to 3 are about values of the loss. Which line passes from values to gradients?",
        (
            "The figure above shows a loss that falls at every step while its "
            "gradient grows. Up to where?"
        ),
        (
            "line = 4, and a start near the top of a hill: "
            "theory.CosineSum([[1.0]], [1.0], [0.0]), w = [0.1], alpha = 0.5."
        ),
    ),
    mistakes=(
        Mistake("Line 1 holds. It is A1, integrated along the step", lie(1)),
        Mistake("Line 2 holds. It is line 1 with the step put in", lie(2)),
        Mistake("Line 3 holds. αL ≤ 1 makes 1 − αL/2 positive", lie(3)),
        Mistake("Line 5 is false too, but it follows", lie(5)),
        Mistake("in a valley it does", lie(w="[2.5]")),
        Mistake("Your run starts where the gradient is 0", lie(w="[0.0]")),
        Mistake("That breaks line 4, by", lie(alpha=0.02)),
        Mistake(
            "αL ≤ 1 was asked for",
            lie(loss="theory.Quadratic([[1.0]], [0.0])", w="[1.0]", alpha=3.0),
        ),
        Mistake(
            "With an assumption that is untrue anything can be broken",
            lie(loss="theory.Quadratic([[3.0]], [0.0], L=1.0)", w="[1.0]", alpha=1.0),
        ),
    ),
    alternative=lie(loss="theory.Quadratic([[-2.0]], [1.0])", w="[3.0]", alpha=0.25),
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
    "G does not belong to it. ρ bounds how the *curvature* changes; "
    "how the gradient changes over a step is L's business. Leave it out."
)


def judge_order(names):
    given = names["order"]
    if given is ... or isinstance(given, (list, tuple)) and ... in given:
        raise NotImplementedError
    if not isinstance(given, (str, list, tuple)):
        return '`order` is a list of letters, or one word of them: ["D", ...] or "D...".'
    letters = [
        str(line).upper() for line in given if str(line).isalnum() or not isinstance(given, str)
    ]
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

farthest_from_start = lambda alpha, L, N, g: g * ((1 + alpha * L) ** N - 1) / L

STRAY_WRONG = {
    "N * alpha * g": "You took every gradient to be as large as the first. On a hill they grow: Lemma 2.",
    "N * alpha * (1 + alpha * L) ** N * g": (
        "You took every gradient to be as large as the largest, that after the last step. "
        "Step j has its own bound, a to the power j: add these up."
    ),
    "N * alpha * (1 + alpha * L) ** (N - 1) * g": "You took every step to be as long as the last one. Each has its own bound: add them up.",
    "alpha * (1 + alpha * L) ** N * g": "That is one step, the longest. The way is the sum of all of them.",
    "(1 + alpha * L) ** N * g": "That is Lemma 2 itself, the size of the last gradient. How far has the run gone?",
    "g * (1 + alpha * L) ** N / L": "The −1 is missing: with N = 0 nothing has moved, and your bound is g / L.",
    "g * ((1 + alpha * L) ** N - 1) / (alpha * L)": "That is the sum of the gradients. Each step is α times as long as its gradient.",
    "g * ((1 + alpha * L) ** N - 1)": (
        "Divide by L: Σ a^j is (a^N − 1) / (a − 1), and a − 1 is αL; "
        "the α in front cancels one of the two."
    ),
    "g * ((1 + alpha * L) ** (N + 1) - 1) / L": "One step too many: j runs from 0 to N − 1. From w_N no step is taken.",
    "g * ((1 + alpha * L) ** (N - 1) - 1) / L": "One step too few: the sum of the a^j has N terms, j = 0, …, N − 1.",
    "g * (1 + alpha * L) * ((1 + alpha * L) ** N - 1) / L": "Your sum begins with a: the first step, from w itself, is α g long, j = 0.",
    "g * ((1 + alpha * L) ** N - (1 + alpha * L)) / L": "The first step is missing, α g, the one from w itself: j begins at 0.",
    "alpha * g * ((1 + alpha * L) ** N - 1) / alpha * L": "In Python x / alpha * L is (x / alpha) times L. Write x / (alpha * L).",
    "((1 + alpha * L) ** N - 1) / L": "The gradient at the start, g, does not occur: with g = 0 the run stands still.",
    "g * (math.exp(N * alpha * L) - 1) / L": "1 + x ≤ eˣ gives something away that Lemma 2 does not ask for.",
    "g * (1 - (1 - alpha * L) ** N) / L": (
        "That is how far a run goes in a valley with curvature L, where the gradients shrink. "
        "On a hill they grow."
    ),
}


def judge_stray(names):
    return proofs.bound(
        names["farthest_from_start"],
        *stray_cases(),
        best=farthest_from_start,
        foreseen=foreseen(STRAY_WRONG, "alpha, L, N, g"),
        proof="the proof is the table below, three lines",
    )


STRAY = Exercise(
    "14.stray",
    "How far from its start",
    "give a bound",
    ("farthest_from_start",),
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
                f"import math\n\ndef farthest_from_start(alpha, L, N, g):\n    return {formula}",
            )
            for formula, says in STRAY_WRONG.items()
        ),
        Mistake(
            "a bound may depend on alpha, L, N and g only",
            """def farthest_from_start(alpha, L, N, g):
    return abs(descend(hill.gradient, [g], alpha, N)[-1, 0] - g)""",
        ),
        Mistake("Wanted is a function of alpha, L, N and g", "farthest_from_start = 5.73"),
    ),
    alternative="""def farthest_from_start(alpha, L, N, g):
    way = 0.0
    for _ in range(N):
        way = way + alpha * g
        g = g * (1 + alpha * L)
    return way""",
    judge=judge_stray,
)

EXERCISES = [CURVATURE, STEPS, LINEAR, FALSE, ORDER, STRAY]
