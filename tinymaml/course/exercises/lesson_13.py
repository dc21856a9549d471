"""Graders of lesson 13."""

import functools

import numpy as np
from numpy.linalg import norm

from ... import theory
from ..compare import text
from ..exercise import Accepted, Exercise, Mistake
from ..proofs import Case, between, bound, close, value_on
from .shared import (
    as_floats,
    as_function,
    as_scalar,
    number,
    some_unattempted,
    unattempted,
)

COUNTEREXAMPLES = {"*": "a changed counterexample is often a counterexample too"}


def vector(value, size):
    """So many finite numbers as an array, or None."""
    try:
        a = as_floats(value)
    except (TypeError, ValueError):
        return None
    return a if a.shape == (size,) and np.isfinite(a).all() else None


def make_read_only(*arrays):
    """Arrays that an answer cannot write into."""
    for array in arrays:
        array.setflags(write=False)
    return arrays


# What the lesson has given, made anew: an answer can write into the lesson's own.


def make_classifier():
    """The lesson's `classifier`."""
    draws = np.random.default_rng(3)
    examples = draws.normal(size=(20, 6)) * [3, 1, 1, 1, 1, 0.5]
    noisy = examples @ draws.normal(size=6) + draws.normal(size=20)
    return theory.Logistic(examples, np.where(noisy > 0, 1.0, -1.0))


# ---- 13.lipschitz


def logistic_case(x, y, ridge, name):
    """A data set; the truth is the curvature at w = 0, where every sigmoid is steepest."""
    x, y = make_read_only(np.array(x, float), np.array(y, float))
    curvature = x.T @ x / (4 * len(x)) + ridge * np.eye(x.shape[1])
    return Case(name, dict(x=x, y=y, ridge=ridge), float(norm(curvature, 2)))


def named_data():
    return [
        logistic_case([[2.0]], [1.0], 0.0, "a single example"),
        logistic_case(
            [[1.0, 0.0], [0.0, 2.0]],
            [1.0, -1.0],
            0.0,
            "two examples at right angles",
        ),
        logistic_case(
            [[1.0, 1.0], [2.0, 2.0], [-1.0, -1.0]],
            [1.0, 1.0, -1.0],
            0.5,
            "three examples along one line",
        ),
        logistic_case(
            [[1.0, 2.0], [2.0, -1.0], [0.5, 0.5], [-1.0, 1.5]],
            [1.0, -1.0, -1.0, 1.0],
            0.1,
            "four examples",
        ),
        logistic_case(
            [[0.3, 0.4, 0.0]],
            [-1.0],
            2.0,
            "one short example and a large ridge",
        ),
    ]


@functools.cache
def random_data():
    rng = np.random.default_rng(0)
    cases = []
    for _ in range(300):
        M, d = rng.integers(1, 8, 2)
        x = rng.normal(size=(M, d)) * rng.uniform(0.1, 3, d)
        y = rng.choice([-1.0, 1.0], M)
        ridge = float(rng.choice([0.0, 0.3]))
        case = logistic_case(x, y, ridge, "a data set held back")
        # a hair less: where all attain it, a named one is told
        cases.append(case._replace(truth=case.truth * (1 - 1e-9)))
    return cases


def best_lipschitz(x, y, ridge):
    return norm(x.T @ x, 2) / (4 * len(x)) + ridge


LEAST = "np.linalg.norm(x.T @ x, 2) / (4 * len(x)) + ridge"
WRONG_BOUNDS = [
    # true, and larger than need be
    (
        "np.mean(np.sum(x * x, axis=1)) / 4 + ridge",
        "You bounded each example by itself, by its ‖x_m‖²/4: true. But the examples pull along "
        "different directions; keep the matrix Σ x_m x_mᵀ and take its norm at the end.",
    ),
    (
        "np.max(np.sum(x * x, axis=1)) / 4 + ridge",
        "You took the longest example for all of them. True, and wasteful: "
        "the mean over m stays inside the norm.",
    ),
    (
        "np.linalg.norm(x.T @ x, 2) / len(x) + ridge",
        "The ¼ is missing. That is the bound for a term whose second derivative reaches 1; "
        "the slope of the sigmoid is s(1 − s), at most ¼.",
    ),
    (
        "np.linalg.norm(x.T @ x, 2) / 4 + ridge",
        "The loss is a *mean* over the examples: the factor 1/M is missing.",
    ),
    (
        "np.linalg.norm(x.T @ x) / (4 * len(x)) + ridge",
        "You used the Frobenius norm of XᵀX (NumPy's default for a matrix). The norm of a "
        "symmetric matrix that matters here is its largest |eigenvalue|: `np.linalg.norm(..., 2)`.",
    ),
    (
        "np.linalg.norm(x.T @ x, 2) / (2 * len(x)) + ridge",
        "½ is the sigmoid at 0; its slope there, s(1 − s), is ¼.",
    ),
    (
        "np.linalg.norm(x.T @ x, 2) / (4 * len(x)) + 2 * ridge",
        "ridge/2 ‖w‖² has the second derivative ridge, not 2 ridge.",
    ),
    (
        "np.linalg.norm(x.T @ x, 1) / (4 * len(x)) + ridge",
        "`ord=1` is the largest sum over a column. "
        "The ‖·‖ of a matrix is here what it does to a vector's length: `ord=2`.",
    ),
    # false
    (
        "np.linalg.norm(x.T @ x, 2) / (4 * x.shape[1]) + ridge",
        "You divided by d, the number of parameters. The mean is over the examples, M = len(x).",
    ),
    (
        "np.linalg.norm(x.T @ x, 2) / (4 * len(x)) - ridge",
        "The ridge adds curvature, it takes none away.",
    ),
    (
        "np.linalg.norm((y[:, None] * x).T @ x, 2) / (4 * len(x)) + ridge",
        "Differentiated twice, a term has its label twice, y_m² = 1. "
        "You have it once, so that examples with different labels cancel.",
    ),
    (
        "np.linalg.norm(x.T @ x, 2) / (4 * len(x))",
        "The ridge is missing: "
        "ridge/2 ‖w‖² has the curvature `ridge` in every direction, on top of the examples'.",
    ),
    (
        "np.linalg.norm(x, 2) / (4 * len(x)) + ridge",
        "The norm of X comes in squared: "
        "the curvature is that of Σ x_m x_mᵀ = XᵀX, and ‖XᵀX‖ = ‖X‖².",
    ),
    (
        "np.linalg.norm(x.T @ x, 2) / (4 * len(x)) + ridge / 2",
        "ridge/2 ‖w‖² has the second derivative ridge, not ridge/2.",
    ),
    (
        "np.mean(np.linalg.norm(x, axis=1)) + ridge",
        "You bounded the gradient itself (each term's is at most ‖x_m‖ long). L bounds "
        "how fast the gradient *changes*: one more derivative.",
    ),
    (
        "np.max(np.sum(x * x, axis=1)) / (4 * len(x)) + ridge",
        "That is the largest ‖x_m‖²/4 divided by M: but the curvatures of all examples add up.",
    ),
]


def judge_lipschitz(names):
    said = bound(
        names["lipschitz"],
        named_data(),
        random_data(),
        best_lipschitz,
        [(as_function("x, y, ridge", code), says) for code, says in WRONG_BOUNDS],
    )
    if not isinstance(said, Accepted):
        return said
    complaint = judge_place(names["attained_at"])
    if complaint:
        return complaint
    return Accepted(
        f"Not falsified by {len(named_data()) + len(random_data())} data sets, and attained at "
        "your w, on every one of them: no smaller L is true. (Not falsified is not proved. Lines "
        "(4) and (5) prove it, with ¼, the largest second derivative of log(1 + e^(−z)), for 1.)"
    )


def judge_place(attained_at):
    """None if the function gives a w at which the Hessian's norm is L*, on every data set."""
    for case in [*named_data(), *random_data()]:
        x, y, ridge = case.inputs.values()
        found = attained_at(x, y, ridge)
        if unattempted(found) or found is ...:
            raise NotImplementedError
        w = vector(found, x.shape[1])
        if w is None:
            return (
                f"`attained_at` gives one w, d finite numbers; on {case.name} d is {x.shape[1]}, "
                f"and yours is {text(found)}."
            )
        least = best_lipschitz(x, y, ridge)
        curvature = float(norm(theory.Logistic(x, y, ridge=ridge).hessian(w), 2))
        if curvature < least * (1 - 1e-9):
            return (
                f"Your L is right. But on {case.name} the Hessian's norm at your w is "
                f"{curvature:.6g}, and L* is {least:.6g}. Each example's curvature is largest "
                "where its sigmoid is steepest; which w is that for all examples at once?"
            )
    return None


def with_place(code, place="np.zeros(x.shape[1])"):
    return f"""def lipschitz(x, y, ridge):
    return {code}

def attained_at(x, y, ridge):
    return {place}"""


LIPSCHITZ = Exercise(
    "13.lipschitz",
    "The smoothness of logistic regression",
    "give a bound",
    ("lipschitz", "attained_at"),
    insight="The labels do not enter, since y_m² = 1: L* is known before anything is labelled, and "
    "it is attained at w = 0, on every data set.",
    minutes=5,
    hints=(
        (
            "log(1 + e^(−z)) has the derivative −s(−z) and the second derivative s(z)(1 − s(z)), "
            "with the sigmoid s. Where is that largest?"
        ),
        (
            "At z = 0, where s = ½: at most ¼. "
            "Put that for |cos| ≤ 1 into lines (4) and (5), with 1/M for |c_m|; y_m² = 1."
        ),
        (
            "‖XᵀX‖/(4M), the norm of the matrix (largest eigenvalue), and `ridge` is added. All "
            "margins x_m·w are 0 at one w, whatever the examples are."
        ),
    ),
    mistakes=(
        *(Mistake(says, with_place(code)) for code, says in WRONG_BOUNDS),
        Mistake("Your L is right. But on", with_place(LEAST, "np.ones(x.shape[1])")),
        Mistake("Your L is right. But on", with_place(LEAST, "np.linalg.eigh(x.T @ x)[1][:, -1]")),
        Mistake("`attained_at` gives one w", with_place(LEAST, "0.0")),
        Mistake("`attained_at` gives one w", with_place(LEAST, "np.zeros(len(x))")),
    ),
    alternative="""def lipschitz(x, y, ridge):
    H = np.zeros((x.shape[1], x.shape[1]))
    for row in x:
        H += 0.25 * np.outer(row, row) / x.shape[0]
    return float(np.linalg.eigvalsh(H)[-1] + ridge)

def attained_at(x, y, ridge):
    return 0 * x[0]""",
    cases=random_data,
    judge=judge_lipschitz,
    equivalent={"x.T @ x -> x @ x.T": "XᵀX and XXᵀ have the same norm"},
)

# ---- 13.rho


def cosine_pairs():
    """Two places of a cosine sum, from near to far, with amplitudes of both signs."""
    instances = [
        ("one cosine", [[1.0]], [2.0], [0.3], [0.5], [1.0]),
        (
            "two cosines at right angles",
            [[1.0, 0.0], [0.0, 2.0]],
            [1.0, -0.5],
            [0.0, 0.5],
            [0.0, 0.0],
            [0.6, -0.8],
        ),
        # here signs would cancel
        ("two cosines along one line", [[1.0], [-2.0]], [1.0, -0.5], [0.0, 1.5], [0.0], [0.5]),
    ]
    rng = np.random.default_rng(1)
    sizes = [
        (2, 2, 0.1),
        (3, 2, 1.0),
        (4, 3, 0.01),
        (5, 3, 5.0),
        (3, 1, 0.3),
        (6, 4, 1.0),
        (2, 3, 30.0),
    ]
    for M, d, apart in sizes * 3:
        w, direction = rng.normal(size=(2, d))
        u = w + apart * direction / norm(direction)
        x = rng.normal(size=(M, d))
        c = rng.normal(size=M)
        phi = rng.uniform(-3, 3, M)
        instances.append(("a sum of cosines", x, c, phi, w, u))
    for M, d in ((1, 2), (2, 1), (3, 2)):
        instances.append(("near places, where all cosines are steepest", *steepest(rng, M, d)))
    cases = []
    for name, *values in instances:
        arrays = make_read_only(*(np.array(value, float) for value in values))
        inputs = dict(zip(("x", "c", "phi", "w", "u"), arrays, strict=True))
        cases.append(Case(name, inputs, 0.0))
    return cases


def steepest(rng, M, d):
    """A cosine sum and two places so near that line (7) is line (8), but for 10⁻⁷; the first x
    points from one to the other, so that for M = 1 this is line (9), too."""
    x = rng.uniform(0.5, 1.5, (M, d))
    middle, c = rng.normal(size=d), rng.normal(size=M)
    phi = np.pi / 2 - x @ middle
    half = 5e-4 * x[0] / norm(x[0])
    return x, c, phi, middle - half, middle + half


def norm_of_sum(weights, x):
    """‖Σ weights_m x_m x_mᵀ‖"""
    return float(norm(x.T * weights @ x, 2))


def line_7(x, c, phi, w, u):
    return norm_of_sum(np.abs(c) * np.abs(np.cos(x @ w + phi) - np.cos(x @ u + phi)), x)


def line_9(x, c, phi, w, u):
    return norm_of_sum(np.abs(c) * norm(x, axis=1) * norm(w - u), x)


WRONG_LINES = [
    (
        "np.linalg.norm(x.T * (c * abs(x @ (w - u))) @ x, 2)",
        "The amplitudes have both signs, and so their terms cancel; line (7) took their "
        "absolute values, for good reason: the cosines' differences have any sign too.",
    ),
    (
        "np.linalg.norm(x.T * (abs(c) * (x @ (w - u))) @ x, 2)",
        "x_m·(w − u) has either sign, and without absolute values the terms cancel. "
        "A Lipschitz bound is about |θ_m(w) − θ_m(u)|.",
    ),
    (
        "np.linalg.norm(x.T * (abs(c) * abs(x @ w + phi - x @ u)) @ x, 2)",
        "The phase is the same at w and at u, and cancels: θ_m(w) − θ_m(u) = x_m·(w − u).",
    ),
    (
        "np.linalg.norm(x.T * (abs(c) * (x @ (w - u)) ** 2) @ x, 2)",
        "You squared the difference of the angles. A Lipschitz bound has it to the first power.",
    ),
    (
        "np.linalg.norm(x.T * (abs(c) * np.linalg.norm(x @ (w - u))) @ x, 2)",
        "You took the norm of the vector of all x_m·(w − u). Each term has a weight of its own.",
    ),
    (
        "np.linalg.norm(x.T * abs(c) @ x, 2) * np.linalg.norm(w - u)",
        "The lengths ‖x_m‖ are missing: |x_m·(w − u)| ≤ ‖x_m‖ ‖w − u‖. And that would be line (9).",
    ),
    (
        "np.linalg.norm(x.T * (abs(c) * np.linalg.norm(x, axis=1)) @ x, 2) * np.linalg.norm(w - u)",
        "You have used Cauchy–Schwarz already: that is line (9). Line (8) is the step before, "
        "which uses the cosine's slope and nothing else.",
    ),
    (
        "np.linalg.norm(x.T * (abs(c) * abs(np.cos(x @ w + phi) - np.cos(x @ u + phi))) @ x, 2)",
        "That is line (7) again: the cosines are still there.",
    ),
    (
        "np.linalg.norm(x.T * (2 * abs(c)) @ x, 2)",
        "Two cosines differ by at most 2: "
        "true, but for neighbours w and u far too much, and nothing Lipschitz is left.",
    ),
    (
        "np.sum(abs(c) * abs(x @ (w - u)))",
        "The matrices are gone: you added |c_m| |x_m·(w − u)|, "
        "which bounds a difference of *values*. Each term carries its x_m x_mᵀ.",
    ),
    (
        "np.linalg.norm(x.T * abs(c) @ x, 2) * np.linalg.norm(x, axis=1).max()"
        " * np.linalg.norm(w - u)",
        "You took the longest x_m for all of them: that is more than line (9) allows.",
    ),
    (
        "np.linalg.norm(x.T * (abs(c) * abs(x @ (w - u))) @ x)",
        "You took the Frobenius norm (NumPy's default for a matrix), "
        "which the cosine's slope does not ask for. "
        "Lines (7) and (9) have the largest |eigenvalue|: `np.linalg.norm(..., 2)`.",
    ),
    (
        "np.sum(abs(c) * abs(x @ (w - u)) * np.sum(x * x, axis=1))",
        "You bounded each term's norm by itself, with ‖x_m x_mᵀ‖ = ‖x_m‖². "
        "A sum of norms is more than the norm of the sum; keep the matrix.",
    ),
]
PHASES = (
    "Your line lies between, but it changes with the phases φ_m: "
    "there is still a cosine in it. The cosine is 1-Lipschitz, |cos θ − cos θ'| ≤ |θ − θ'|, "
    "and in the difference of the θ the phases cancel."
)
LINEAR = (
    "Your line lies between, but it is not linear in ‖w − u‖: twice as far along the same "
    "direction it is not twice as large. Which bound is proportional to |θ − θ'|?"
)
CAPPED = """def line_8(x, c, phi, w, u):
    weights = abs(c) * np.minimum(abs(x @ (w - u)), 2)
    return np.linalg.norm(x.T * weights @ x, 2)"""
HALFWAY = """def line_8(x, c, phi, w, u):
    line_7 = np.linalg.norm(
        x.T * (abs(c) * abs(np.cos(x @ w + phi) - np.cos(x @ u + phi))) @ x, 2
    )
    line_9 = (
        np.linalg.norm(x.T * (abs(c) * np.linalg.norm(x, axis=1)) @ x, 2)
        * np.linalg.norm(w - u)
    )
    return (line_7 + line_9) / 2"""


def judge_rho(names):
    line_8 = names["line_8"]
    cases = cosine_pairs()
    wrong = [(as_function("x, c, phi, w, u", code), says) for code, says in WRONG_LINES]
    complaint = between(line_8, cases, line_7, line_9, wrong)
    if complaint:
        return complaint
    for case in cases:
        other_phases = case._replace(inputs=case.inputs | {"phi": case.inputs["phi"] + 1})
        value, _ = value_on(line_8, case)
        value_then, _ = value_on(line_8, other_phases)
        if not close(value, value_then):
            return PHASES
        inputs = case.inputs
        further = inputs | {"u": inputs["w"] + 2 * (inputs["u"] - inputs["w"])}
        value_then, _ = value_on(line_8, case._replace(inputs=further))
        if not close(2 * value, value_then):
            return LINEAR
    return None


RHO = Exercise(
    "13.rho",
    "The missing line of the certificate of ρ",
    "fill the line",
    ("line_8",),
    insight=(
        "The reason is |cos a − cos b| ≤ |a − b|; for most w − u in d dimensions |x_m·(w − u)| is "
        "near ‖x_m‖‖w − u‖/√d, and so line (9) is about √d times too large."
    ),
    minutes=4,
    hints=(
        (
            "Line (7) is a matrix with a weight |c_m| |cos θ_m(w) − cos θ_m(u)| in each term. "
            "Only the weights change."
        ),
        (
            "The cosine is 1-Lipschitz: |cos θ_m(w) − cos θ_m(u)| ≤ |θ_m(w) − θ_m(u)|. "
            "The phase φ_m cancels in the difference."
        ),
        (
            "‖Σ |c_m| |x_m·(w − u)| x_m x_mᵀ‖: "
            "in code, x.T * (weights) @ x, and np.linalg.norm(..., 2)."
        ),
    ),
    mistakes=(
        *(
            Mistake(says, f"def line_8(x, c, phi, w, u):\n    return {code}")
            for code, says in WRONG_LINES
        ),
        Mistake(PHASES, HALFWAY),
        Mistake(LINEAR, CAPPED),
        Mistake("The answer has to be a function of x, c, phi, w and u", "line_8 = 0.5"),
    ),
    alternative="""def line_8(x, c, phi, w, u):
    total = 0
    for m in range(len(c)):
        total = total + abs(c[m] * (x[m] @ w - x[m] @ u)) * np.outer(x[m], x[m])
    return np.linalg.eigvalsh(total)[-1]""",
    judge=judge_rho,
    equivalent={"w - u -> u - w": "only the size of x_m·(w − u) counts"},
)

# ---- 13.estimate


def judge_estimate(names):
    if some_unattempted(names["w"], names["u"]):
        raise NotImplementedError
    w, u = vector(names["w"], 6), vector(names["u"], 6)
    if w is None or u is None:
        return "`w` and `u` are six finite numbers each."
    if max(norm(w), norm(u)) > 1e6:
        return "Choose a w and a u that are nearer to 0: beyond a million rounding decides."
    loss, estimated = make_classifier(), names["estimated_L"]
    apart = norm(w - u)
    if apart < 1e-6:
        return (
            "Your w and u are the same point, or so near that the difference of their "
            "gradients is mostly rounding. The two have to be at least 10⁻⁶ apart."
        )
    ratio = float(norm(loss.gradient(w) - loss.gradient(u)) / apart)
    if ratio >= 2 * estimated:
        return Accepted(
            f"On your pair the gradient changes {ratio:.3f} times as much as the "
            f"point: L* ≥ {ratio:.3f}, {ratio / estimated:.2f} times the estimate. "
            f"The certificate says L* ≤ {loss.L:.3f}."
        )
    low = f"Your pair's ratio is {ratio:.8g}; the exercise asks for {2 * estimated:.8g}."
    steepest = np.linalg.eigh(loss.hessian(np.zeros(6)))[1][:, -1]
    if abs((w - u) / apart @ steepest) <= 0.95:
        return (
            f"{low} The gradient changes fastest along one direction: "
            "the last eigenvector of `np.linalg.eigh` of the Hessian. Is yours along it?"
        )
    if apart > 0.5:
        return (
            f"{low} The direction is right, but the two are {apart:.2g} apart, "
            "and the curvature between them is averaged. Move them closer together."
        )
    return (
        f"{low} The direction is right and they are near each other, "
        "but not where the curvature is largest: "
        "every sigmoid is steepest where its margin x_m·w is 0."
    )


def pair(w, u):
    return f"w = {w}\nu = {u}"


TOP = "np.linalg.eigh(classifier.hessian(np.zeros(6)))[1][:, -1]"
ESTIMATE = Exercise(
    "13.estimate",
    "An estimate is no certificate",
    "break it",
    ("w", "u"),
    insight=(
        "Because L* is more than twice the estimate, α = 1/estimate is longer than 2/L, the limit "
        "of 00.limit: a stepsize that looks cautious overshoots where the curvature is largest."
    ),
    minutes=5,
    hints=(
        "The largest curvature of logistic regression is where all margins are 0. Which w is that?",
        "At w = 0 the Hessian is XᵀX/(4M). Go a little way along its steepest direction.",
        (
            "vectors = np.linalg.eigh(classifier.hessian(np.zeros(6)))[1]; "
            "the last column is the steepest. w = 0, u = 0.01 times it."
        ),
    ),
    mistakes=(
        Mistake("Your w and u are the same point", pair("np.zeros(6)", "np.zeros(6)")),
        Mistake("The direction is right, but the two are", pair("np.zeros(6)", f"5 * {TOP}")),
        Mistake("but not where the curvature is largest", pair(f"4 * {TOP}", f"4.01 * {TOP}")),
        Mistake("Is yours along it?", pair("np.zeros(6)", "0.01 * np.ones(6)")),
        Mistake(
            "Is yours along it?",
            pair("np.zeros(6)", "0.01 * np.ones(6)")
            + "\nestimated_L = 0.1\ndef ratios(gradient, w, u): return 99.0",
        ),
        Mistake("six finite numbers each", pair("0.0", "0.01")),
    ),
    alternative="""import itertools
v = np.ones(6)
for _ in itertools.repeat(None, 100):
    v = classifier.x.T @ (classifier.x @ v)
    v = v / np.linalg.norm(v)
w, u = list(-0.05 * v), list(0.05 * v)""",
    judge=judge_estimate,
    equivalent=COUNTEREXAMPLES,
)

# ---- 13.grid

SPACING = 0.01
TRUE_LINES = {
    1: "Line 1 is true: it says what k and r are, two numbers computed from the grid.",
    2: "Line 2 is true: between two neighbours no w is farther than δ/2 from the nearer one.",
    4: (
        "Line 4 follows from the lines before: |l″(w)| ≤ |k_j| + |l″(w) − k_j|. Where it "
        "is false, so is one of these."
    ),
}


def students_bound(x, phi):
    """The last line of the student's table for cos(xw + φ)."""
    found = -(x**2) * np.cos(x * np.linspace(0, 1, round(1 / SPACING) + 1) + phi)
    return float(abs(found).max() + abs(np.diff(found)).max() / SPACING * SPACING / 2)


def largest_between(x, phi):
    """The largest |l″| of cos(xw + φ) on [0, 1]: x² if xw + φ meets a multiple of π there."""
    low, high = sorted((phi, x + phi))
    if np.floor(high / np.pi) >= np.ceil(low / np.pi):
        return x**2
    return x**2 * max(abs(np.cos(low)), abs(np.cos(high)))


def judge_grid(names):
    given = names["line"], names["x"], names["phi"]
    if some_unattempted(*given):
        raise NotImplementedError
    line, x, phi = (as_scalar(value) for value in given)
    if not number(line) or line not in (1, 2, 3, 4):
        return "`line` is the number of a line, 1 to 4."
    if line != 3:
        return TRUE_LINES[int(line)]
    if not (number(x) and number(phi)):
        return f"`x` and `phi` are one finite number each; yours are {text((x, phi))}."
    x, phi = float(x), float(phi)
    if not 1e-3 <= abs(x) <= 1e5 or abs(phi) > 1e5:
        return (
            "Line 3 is the line. Choose |x| between a thousandth and 100,000, and |φ| below it: "
            "beyond these rounding decides."
        )
    bound, truth = students_bound(x, phi), largest_between(x, phi)
    said = f"Line 4 gives L = {bound:.5g}, and the largest |l″| on [0, 1] is {truth:.5g}"
    if truth >= 1.05 * bound:
        return Accepted(f"{said}: what the grid has not seen, no number computed from it knows.")
    waves = SPACING * abs(x) / (2 * np.pi)
    if waves < 0.25:
        return (
            f"Line 3 is the line. But {said}. Between two points of the grid your cosine makes "
            f"{waves:.2g} of a wave, which the grid sees. How many must it make to be missed?"
        )
    if abs(waves - round(waves)) < 0.01:
        return (
            f"Line 3 is the line. But {said}. The grid sees your cosine at the same height at "
            "every point: it believes that nothing changes. Which height, and which φ makes it low?"
        )
    return (
        f"Line 3 is the line. But {said}. Your cosine changes between the points, and the "
        "grid sees that it does, so that r is large. Let it come back in time."
    )


def grid(line=3, x="200 * np.pi", phi="np.pi / 2"):
    return f"line = {line}\nx = {x}\nphi = {phi}"


GRID = Exercise(
    "13.grid",
    "A grid's certificate",
    "find the false line",
    ("line", "x", "phi"),
    insight=(
        "A finer grid is fooled by a faster cosine, one of wavelength δ; and in d dimensions it "
        "has about 1/δ^d points, even where a ρ is certified."
    ),
    minutes=5,
    hints=(
        (
            "Which of the lines says something about a w that was not tried, without a reason "
            "that holds there?"
        ),
        (
            "r is measured between neighbours. Let the cosine make a whole wave between two points "
            "of the grid: what do all points see, and what is r?"
        ),
        "A wave of length 0.01 has x = 200π. With φ = π/2 the grid sees l″ = 0 everywhere.",
    ),
    mistakes=(
        *(Mistake(says, grid(line=line)) for line, says in TRUE_LINES.items()),
        Mistake("of a wave, which the grid sees", grid(x="1.0", phi="0.0")),
        Mistake("Which height, and which φ makes it low", grid(phi="0.0")),
        Mistake("so that r is large", grid(x="300 * np.pi", phi="0.0")),
        Mistake("`line` is the number of a line", grid(line=6)),
        Mistake("one finite number each", grid(x="[1.0]")),
        Mistake("beyond these rounding decides", grid(x="1e9")),
    ),
    alternative="""line = 3.0
phi = -np.pi / 2
x = 2 * np.pi / 0.01""",
    judge=judge_grid,
    equivalent=COUNTEREXAMPLES,
)

# ---- 13.violates

ASSUMPTIONS = "L", "rho", "sigma", "unbiased", "sigma_g", "sigma_H", "independent", "fresh", "none"
RIGHT = dict(
    a="unbiased",
    b="L",
    c="rho",
    d="none",
    e="sigma",
    f="sigma_g",
    g="sigma_H",
    h="independent",
    i="fresh",
    j="fresh",
    k="none",
)
# what is said to any other answer, and first to one that was foreseen
TRUTH = {
    "a": "Clipping shortens the long gradients only. What is the mean of the clipped ones?",
    "b": "Write down the Hessian: each entry is a coordinate of w, or 0. Is it bounded?",
    "c": "The slope is w up to 1, then constant. What does the *curvature* do at 1?",
    "d": (
        "The ridge contributes 0.1 w to every task's gradient, and in ∇l_i − ∇l it cancels. What "
        "remains is bounded, as is every derivative of the sigmoid."
    ),
    "e": "A mean of squares is a quadratic. Which Hessian does each task have?",
    "f": "A sample's gradient is off by w/2, one way or the other. How long is that far away?",
    "g": "A sample's gradient is off by sin(w²), at most 1. And its Hessian?",
    "h": (
        "Each draw of five is new, and its mean is right. But within one draw: once a point is "
        "taken, can it come again?"
    ),
    "i": "Within the batch all is well. What does step 2 know of the sample that step 1 saw?",
    "j": "Read the last line of A3 to its end: is the Hessian's sample another one?",
    "k": "A sample is off by sin w, and its Hessian by cos w. How large do they get?",
}
FORESEEN = {
    "a": {
        "none": (
            "Clipping looks innocent in row a. But long gradients are shortened and short ones are "
            "not: the mean of the clipped gradients is not the gradient."
        ),
        "sigma_g": (
            "In row a all gradients are at most 1 long, clipped or not, so the noise is bounded. "
            "Is it centred?"
        ),
        "L": (
            "L is about the loss, which has curvature at most ¼ in row a. What is clipped is a "
            "sample's gradient."
        ),
    },
    "b": {
        "none": (
            "The Hessian of row b has the entries w_1, w_2 and w_3: far away no number bounds it."
        ),
        "rho": (
            "The Hessian of row b is linear in w, and so it changes at a bounded rate: there is a "
            "ρ. Is the Hessian itself bounded?"
        ),
    },
    "c": {
        "none": (
            "The gradient of row c has no jump, and slopes of at most 1. But the curvature jumps "
            "at ±1, from 1 to 0."
        ),
        "L": "The gradient of row c is w, cut off at ±1: L = 1. Look one derivative further.",
    },
    "d": {
        "sigma": (
            "With a ridge the gradients of row d are unbounded. But A2 is about their "
            "*differences*, and all tasks have the same ridge."
        ),
        "L": "The ridge has curvature 0.1 and the examples at most ¼: row d has an L.",
    },
    "e": {
        "none": (
            "The tasks of row e are quadratics, and other examples make another Hessian: ∇l_i − ∇l "
            "contains (Q_i − Q) w, and the cloud grows with ‖w‖."
        ),
        "L": "The examples of row e have length 1, so that no curvature exceeds 2: there is an L.",
    },
    "f": {
        "none": (
            "In row f a sample is off by w/2: in the mean square w²/4, more than any σ_g², far "
            "away."
        ),
        "unbiased": "The mean of ½w and 3/2 w in row f is w: the sample is unbiased.",
        "sigma": "Row f has one task, so σ = 0. It is the samples that differ.",
        "sigma_H": "The samples' Hessians in row f are ½ and 3/2: off by ½, at every w.",
    },
    "g": {
        "none": "The gradients of row g are off by at most 1. Now differentiate sin(w²).",
        "sigma_g": "In row g |sin(w²)| ≤ 1 everywhere: σ_g = 1. Look one derivative further.",
        "rho": (
            "ρ is about the task's loss, ½w² in row g, with ρ = 0. It is a sample's Hessian that "
            "is far off."
        ),
    },
    "h": {
        "fresh": (
            "Each step of row h draws anew: its samples are independent of those of the steps "
            "before. Look within one mini-batch."
        ),
        "unbiased": (
            "Each of the twenty points of row h is equally likely at each of the five places: the "
            "mean is right."
        ),
        "none": (
            "Row h looks innocent. But what the second draw can be depends on the first: two "
            "samples of one mini-batch are not independent."
        ),
    },
    "i": {
        "independent": (
            "With replacement the five draws of row i are independent of each other. Compare two "
            "*steps*."
        ),
        "unbiased": (
            "At a fixed w the batch of row i is unbiased. But w_1 depends on the batch that "
            "step 2 uses again."
        ),
        "none": (
            "In row i one batch serves all steps: the noise of step 2 is that of step 1, and A3 "
            "asks for new samples in every step."
        ),
    },
    "j": {
        "none": (
            "In row j each step is new, but its Hessian sees the sample that its gradient saw. A3 "
            "wants others: the Hessian multiplies what the gradient's sample has moved."
        ),
        "independent": (
            "With replacement the five draws of row j are independent of each other. Compare what "
            "the gradient and the Hessian of a step see."
        ),
    },
    "k": {
        "sigma_g": "In row k |sin w| ≤ 1 everywhere: σ_g = 1.",
        "sigma_H": "In row k a sample's Hessian is 1 ± cos w, off by at most 1: σ_H = 1.",
        "unbiased": "In row k both signs are equally likely, at every w: the mean is w.",
    },
}


def judge_violates(names):
    given = names["fails"]
    if not isinstance(given, dict) or set(given) != set(RIGHT):
        return "`fails` is a dict with a word for each of the rows a to k."
    words = {row: word for row, word in given.items() if isinstance(word, str)}
    if len(words) < len(RIGHT) or any(set(word) <= {"."} for word in words.values()):
        if any(unattempted(word) or word == "..." for word in given.values()):
            raise NotImplementedError
        return "Each row has one word, a text: " + ", ".join(ASSUMPTIONS) + "."
    unknown = [row for row, word in words.items() if word not in ASSUMPTIONS]
    if unknown:
        return (
            f"Row {unknown[0]}: {text(words[unknown[0]])} is none of the words, which are "
            f"{', '.join(ASSUMPTIONS)}."
        )
    wrong = [row for row in RIGHT if words[row] != RIGHT[row]]
    if not wrong:
        return None
    row = wrong[0]
    says = FORESEEN[row].get(words[row], f"Row {row}: not {text(words[row])}. {TRUTH[row]}")
    others = len(wrong) - 1
    return (
        says
        if not others
        else f"{says} ({len(RIGHT) - len(wrong)} of {len(RIGHT)} rows are right.)"
    )


def fails(**changes):
    return f"fails = {RIGHT | changes}"


VIOLATES = Exercise(
    "13.violates",
    "Which assumption fails?",
    "which assumption",
    ("fails",),
    insight=(
        "Row h errs on the safe side, as draws without replacement have less noise than "
        "independent ones, and row i on the other, where a bound for fresh samples can be false."
    ),
    minutes=6,
    hints=(
        (
            "Rows b and c: write down the second derivative. Is it bounded, and how fast does it "
            "change? Rows d and e: write down ∇l_i − ∇l, and look what of it depends on w."
        ),
        (
            "Rows a and f to k: is the mean right at every w? Is the mean square of the error "
            "bounded for all w, in the gradient, in the Hessian? Are two samples of one batch "
            "independent, and two steps?"
        ),
        "Two rows violate nothing, and one other word comes twice.",
    ),
    mistakes=(
        *(
            Mistake(says, fails(**{row: word}))
            for row, words in FORESEEN.items()
            for word, says in words.items()
        ),
        *(
            Mistake(TRUTH[row], fails(**{row: word}))
            for row, word in zip(RIGHT, ("fresh", "sigma", "sigma", "rho", *"LLLLLLL"), strict=True)
            if word not in FORESEEN[row]
        ),
        Mistake("`fails` is a dict with a word", "fails = ['L'] * 11"),
        Mistake("is none of the words", fails(a="A1")),
        Mistake("Each row has one word", "fails = dict.fromkeys('abcdefghijk', 1)"),
    ),
    alternative="""words = [
    "unbiased", "L", "rho", "none", "sigma", "sigma_g", "sigma_H", "independent", "fresh",
    "fresh", "none"
]
fails = {"abcdefghijk"[k]: word for k, word in enumerate(words)}""",
    judge=judge_violates,
)

EXERCISES = [LIPSCHITZ, RHO, ESTIMATE, GRID, VIOLATES]
