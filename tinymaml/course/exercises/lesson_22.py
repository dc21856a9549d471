"""Graders of lesson 22."""

import functools

import numpy as np

from tinymaml.theory import ResamplingInstance

from ..compare import text, type_of
from ..exercise import Accepted, Exercise, Mistake
from ..proofs import Case, bound
from .shared import as_function, as_scalar, number, shown, some_unattempted, unattempted

COUNTEREXAMPLES = {"*": "another instance breaks the claim too"}

# ---- 22.shell


def best_shell(alpha, L, sigma_H, D, square):
    return ((1 + alpha * L) ** 2 + alpha**2 * sigma_H**2 / D) * square


def hill_case(name, alpha, L, sigma_H, D, square):
    """The hill −L w²/2: along any vector the exact factor is a, and the noise is at right angles
    in the mean."""
    inputs = dict(alpha=alpha, L=L, sigma_H=sigma_H, D=D, square=square)
    return Case(name, inputs, best_shell(**inputs))


def named_shells():
    return [
        hill_case("the hill −w²/2", 0.5, 1.0, 1.0, 1, 1.0),
        hill_case("the hill −w²/2, four samples,", 0.5, 1.0, 2.0, 4, 1.0),
        hill_case("the steep hill −5w²", 0.1, 10.0, 3.0, 2, 0.25),
        hill_case("the hill −w²/2, without noise,", 0.25, 1.0, 0.0, 1, 2.0),
    ]


def random_shells():
    rng = np.random.default_rng(22)
    cases = []
    for _ in range(200):
        L, sigma_H, square = 10 ** rng.uniform(-1, 1, 3)
        alpha = 10 ** rng.uniform(-2, 0) / L
        case = hill_case("a hill held back", alpha, L, sigma_H, int(rng.integers(1, 50)), square)
        # a hair less: where all attain it, a named one is told
        cases.append(case._replace(truth=case.truth * (1 - 1e-9)))
    return cases


SHELL_ARGUMENTS = "alpha, L, sigma_H, D, square"
WRONG_SHELLS = [
    (
        "((1 + alpha * L) ** 2 + alpha * sigma_H**2 / D) * square",
        "The factor is I − αĤ: α multiplies the noise before it is squared, α²σ_H².",
    ),
    (
        "(1 + alpha * L + alpha * sigma_H / np.sqrt(D)) ** 2 * square",
        "You added two lengths. x_{j+1} does not know D_j, so the cross term "
        "2a·ασ_H/√D has mean zero: squares add.",
    ),
    (
        "(1 + alpha * L + alpha * sigma_H) ** 2 * square",
        "You bounded the factor's norm, as a matrix. In that norm D samples need not divide by "
        "D; along one vector that does not know them they do, and the cross term vanishes.",
    ),
    (
        "((1 + alpha * L) ** 2 + alpha**2 * sigma_H**2) * square",
        "Where is D? The mean of D independent samples has 1/D of the mean square of one.",
    ),
    (
        "((1 + alpha * L) ** 2 + alpha**2 * sigma_H**2 / np.sqrt(D)) * square",
        "√D belongs to a length. Squared it is D.",
    ),
    (
        "((1 + alpha * L) ** 2 + alpha**2 * sigma_H**2 / D**2) * square",
        "A mean of D independent samples has 1/D of one's mean square, not 1/D²: "
        "D terms of 1/D² each.",
    ),
    (
        "((1 + alpha * L) + alpha**2 * sigma_H**2 / D) * square",
        "The exact factor stretches a length by a, a square by a².",
    ),
    (
        "((1 + alpha * L) ** 2 + alpha**2 * sigma_H / D) * square",
        "σ_H is the root of a mean square: in a square it comes as σ_H².",
    ),
    (
        "(1 + alpha**2 * sigma_H**2 / D) * square",
        "Without the exact factor: I − α∇²l stretches, too, by at most a.",
    ),
    (
        "(1 + alpha**2 * (L**2 + sigma_H**2 / D)) * square",
        "You squared I and αĤ apart. Their cross term is there: on a hill it is 2αL.",
    ),
    (
        "(1 + alpha * L) ** 2 * square",
        "Without the noise: V_jx has a mean square of its own, and it adds.",
    ),
    (
        "(1 + alpha * L) ** 2 * (1 + alpha**2 * sigma_H**2 / D) * square",
        "The noise is added to the exact factor. You let the one stretch the other.",
    ),
    (
        "2 * ((1 + alpha * L) ** 2 + alpha**2 * sigma_H**2 / D) * square",
        "(x + y)² ≤ 2x² + 2y² allows for a cross term as large as it can be. Here its mean is 0.",
    ),
    (
        "((1 - alpha * L) ** 2 + alpha**2 * sigma_H**2 / D) * square",
        "You bounded a valley. What does a hill do?",
    ),
    (
        "((1 + alpha * L) ** 2 - alpha**2 * sigma_H**2 / D) * square",
        "A square of noise is positive: it adds.",
    ),
    (
        "np.sqrt((1 + alpha * L) ** 2 + alpha**2 * sigma_H**2 / D) * square",
        "That root stretches the length. The exercise asks for the square.",
    ),
    (
        "(1 + alpha * L) ** 2 + alpha**2 * sigma_H**2 / D",
        "That is the factor. What does it multiply?",
    ),
    (
        "((1 + alpha * L) ** 2 + alpha**2 * sigma_H**2 / D) * square**2",
        "`square` is E‖x_{j+1}‖² already.",
    ),
]


def judge_shell(names):
    return bound(
        names["peel"],
        named_shells(),
        random_shells(),
        best_shell,
        [(as_function(SHELL_ARGUMENTS, code), says) for code, says in WRONG_SHELLS],
        proof="four lines: expand, cross term, A1, A3",
    )


SHELL = Exercise(
    "22.shell",
    "One shell",
    "give a bound",
    ("peel",),
    insight=(
        "In d dimensions the noise's norm hardly falls before D is about log d, and along a vector "
        "that does not know the samples it falls at once."
    ),
    minutes=5,
    hints=(
        "x_j = M_jx − αV_jx with x = x_{j+1}. Expand the square: which of the three terms has "
        "mean zero, given the path and x?",
        "‖M_jx‖² ≤ a²‖x‖² by A1. And E‖V_jx‖² ≤ σ_H²‖x‖²/D, by A3 and D independent samples.",
        "return ((1 + alpha * L) ** 2 + alpha**2 * sigma_H**2 / D) * square",
    ),
    mistakes=(
        *(
            Mistake(says, f"def peel({SHELL_ARGUMENTS}):\n    return {code}")
            for code, says in WRONG_SHELLS
        ),
        Mistake("The answer has to be a function of alpha, L, sigma_H, D and square", "peel = 1"),
    ),
    alternative="""def peel(alpha, L, sigma_H, D, square):
    exact = 1 + 2 * alpha * L + (alpha * L) ** 2
    noise = (alpha * sigma_H) ** 2
    return exact * square + noise * square / D""",
    cases=random_shells,
    judge=judge_shell,
)

# ---- 22.shared


def mean_squares(h, alpha, V, N):
    """E‖Ĝ‖² over ‖ĝ‖² with one Hessian sample for all steps, and q, on h w²/2 ± V w²/2."""
    factors = 1 - alpha * (h + V), 1 - alpha * (h - V)
    shared = (factors[0] ** (2 * N) + factors[1] ** (2 * N)) / 2
    return shared, ((1 + alpha * abs(h)) ** 2 + (alpha * V) ** 2) ** N


def judge_shared(names):
    given = names["instance"]
    if unattempted(given):
        raise NotImplementedError
    if not isinstance(given, dict) or set(given) != {"h", "alpha", "V", "N"}:
        return "`instance` is a dict with h, alpha, V and N."
    given = {name: as_scalar(value) for name, value in given.items()}
    for name, value in given.items():
        if not number(value):
            return f"`{name}` in `instance` is one finite number; yours is {text(value)}."
        if abs(value) > 1e6:
            return f"`{name}` in `instance` is beyond a million: rounding decides there."
    h, alpha, V, N = (float(given[name]) for name in ("h", "alpha", "V", "N"))
    if N != int(N) or not 1 <= N <= 3:
        return "`N` is 1, 2 or 3."
    if not alpha > 0:
        return "`alpha` is positive: a step goes down."
    if alpha * abs(h) > 0.5 * (1 + 1e-12):
        return f"The exercise asks for α|h| ≤ ½; yours is {alpha * abs(h):.4g}."
    shared, q = mean_squares(h, alpha, V, int(N))
    said = f"E‖Ĝ‖² is {shared:.4g}‖g‖², and q is {q:.4g}"
    if shared >= 2 * q * (1 - 1e-12):
        return Accepted(
            f"{said}: exceeded by a factor {shared / q:.3g}. The product is "
            f"{(1 - alpha * (h + V)) ** N:.4g} or {(1 - alpha * (h - V)) ** N:.4g}, and "
            f"{shared:.4g} is the mean of their squares."
        )
    if N == 1:
        return f"{said}. With one step there is one sample in any case, and the claim is true."
    if V == 0:
        return f"{said}. Without noise all samples are one and the same."
    if h > 0 and shared < q:
        return (
            f"{said}: not exceeded. In your valley I − αh shrinks, and q has to allow for hills. "
            "Take the curvature that attains A1."
        )
    return (
        f"{said}: {shared / q:.3g} times, and the exercise asks for 2. The factors are "
        f"{1 - alpha * (h + V):.3g} and {1 - alpha * (h - V):.3g}. With one sample the large one "
        "meets only itself: more steps, or factors that differ more."
    )


def shared_answer(h=-1.0, alpha=0.5, V=1.0, N=3):
    return f"instance = dict(h={h}, alpha={alpha}, V={V}, N={N})"


SHARED = Exercise(
    "22.shared",
    "One Hessian sample for all steps",
    "break it",
    ("instance",),
    insight=(
        "On a hill the ratio is above 1 for any V, by Jensen, and at most 2^(N − 1), where αV = a: "
        "one sample turns every factor to 0, the other doubles it."
    ),
    minutes=5,
    hints=(
        "One coin: Ĝ = (1 − α(h ± V))^N g. Write E‖Ĝ‖² as a mean of two powers, and compare it "
        "with q = ((1 + α|h|)² + α²V²)^N.",
        "With m = 1 − αh and s = αV: ((m + s)^2N + (m − s)^2N)/2 against (a² + s²)^N. "
        "A hill has m = a. Which s makes the powers differ most?",
        "h = 0, alpha = 1, V = 1: the factors are 0 and 2. With N = 3, 32 against 8.",
    ),
    mistakes=(
        Mistake("With one step there is one sample in any case", shared_answer(N=1)),
        Mistake("Without noise all samples are one and the same", shared_answer(V=0.0)),
        Mistake("In your valley I − αh shrinks", shared_answer(h=1.0, V=0.5)),
        Mistake("With one sample the large one meets only itself", shared_answer(V=0.2)),
        Mistake("The exercise asks for α|h| ≤ ½", shared_answer(alpha=1.0)),
        Mistake("`N` is 1, 2 or 3", shared_answer(N=10)),
        Mistake("is a dict with h, alpha, V and N", "instance = (-1.0, 0.5, 1.0, 3)"),
        Mistake("`alpha` is positive", shared_answer(alpha=-0.5)),
    ),
    alternative=shared_answer(h=-0.125, alpha=1.0, V=1.125, N=2),
    judge=judge_shared,
    equivalent=COUNTEREXAMPLES,
)

# ---- 22.tasks

TRUE_LINES = {
    1: "Line 1 holds: Ḡ is the mean of the B estimates, and ∇𝓛 the mean of B times itself.",
    2: "Line 2 holds: the square of a sum, expanded, and E taken term by term.",
    4: "Line 4 holds: B terms that are all equal, since the estimates have one law.",
    5: "Line 5 holds: the square of a mean is at most the mean square.",
}


def judge_tasks(names):
    line, given = names["false_line"], names["instance"]
    if some_unattempted(line, given):
        raise NotImplementedError
    line = as_scalar(line)
    if not number(line) or line not in (1, 2, 3, 4, 5):
        return "`false_line` is the number of a line of the table, 1 to 5."
    if line in TRUE_LINES:
        return TRUE_LINES[int(line)]
    if not isinstance(given, ResamplingInstance):
        return (
            "`instance` is a theory.ResamplingInstance, for example `noisy.replace(...)`; "
            f"yours is {type_of(given)}."
        )
    given = ResamplingInstance(**given.arguments)  # nothing set by hand
    if not given.independent_tasks or given.arguments["signs"] is not None:
        return (
            "Line 3 is the false line. Leave the draws independent: no `signs`, no repeated task."
        )
    if given.B == 1:
        return "Line 3 is the false line, but not at B = 1: a batch of one has no mixed terms."
    bias2, variance = bias_and_variance(given)
    left, right = bias2 + variance / given.B, (bias2 + variance) / given.B
    if left + right < 1e-20:
        return "There all estimates are exact: both sides are 0. Let samples be noisy."
    if bias2 < 1e-12 * (bias2 + variance):
        return (
            "Line 3 is the false line, but your instance has no bias: the mixed terms are ‖e‖², "
            "and e is 0 there. Where does noise bias (lesson 21)?"
        )
    said = f"On your instance the left side of line 3 is {left / right:.4g} times the right side"
    if left >= 1.05 * right:
        return Accepted(
            f"{said}. Each of the B(B − 1) mixed terms is ‖e‖² = {bias2:.3g}: "
            "every draw of a batch has the same mean error e."
        )
    return (
        f"Line 3 is the false line. {said}, and the exercise asks for 1.05. ‖e‖² is only "
        f"{bias2 / (bias2 + variance):.1g} of the mean square. More terms are mixed with a larger "
        "B; e is larger with longer inner steps and fewer samples."
    )


def bias_and_variance(x):
    """‖E Ĝ_i − ∇𝓛‖² and E‖Ĝ_i − E Ĝ_i‖² of an instance."""

    def spread(task):
        return task.expect(np.sum((task.estimate - x.estimate) ** 2, axis=-1))

    return float(np.sum((x.estimate - x.meta_gradient) ** 2)), float(x.mean(spread))


WELL = "theory.CosineSum([[1.0]], [1.0], [0.0])"


def biased(B=10_000, loss=WELL, line=3, noise="[[1.0], [1.0]]", more=""):
    return (
        f"false_line = {line}\n"
        f"instance = theory.ResamplingInstance(\n"
        f"    losses=[{loss}], w=[0.5], alpha=0.5, steps=1, noise={noise}, B={B}{more}\n)"
    )


TASKS = Exercise(
    "22.tasks",
    "Does the bias shrink with the batch?",
    "find the false line",
    ("false_line", "instance"),
    insight=(
        "Averaging many devices, seeds or tasks has this limit: B removes what they do not share, "
        "never what they do."
    ),
    minutes=6,
    hints=(
        "For independent X and Y, E⟨X, Y⟩ = ⟨E X, E Y⟩. When is that 0?",
        "d_m has the mean e, the bias. A mixed term is ‖e‖², and there are B(B − 1) of them.",
        "false_line = 3. noisy.replace(w=[0.0], alpha=0.5, S=1, B=1000) has a bias that shows.",
    ),
    mistakes=(
        *(Mistake(says, biased(line=line)) for line, says in TRUE_LINES.items()),
        Mistake("but your instance has no bias", biased(loss="theory.Quadratic([[1.0]], [0.0])")),
        Mistake("but not at B = 1", biased(B=1)),
        Mistake("There all estimates are exact", biased(noise="None")),
        Mistake("More terms are mixed with a larger B", biased(B=2)),
        Mistake("Leave the draws independent", biased(more=", independent_tasks=False")),
        Mistake("is a theory.ResamplingInstance", "false_line = 3\ninstance = dict(B=100)"),
    ),
    alternative="false_line = 3\ninstance = noisy.replace(B=10_000_000)",
    judge=judge_tasks,
    equivalent=COUNTEREXAMPLES,
)

# ---- 22.kappa


@functools.cache
def kappa_cases():
    return [
        (0.5, 1.0, 0.8, 4.0),
        (0.5, 0.5, 0.8, 1.53),
        (1.0, 1.0, 1.0, 4.0),
        (1.0, 0.5, 0.5, 3.0),
        (0.25, 2.0, 0.9, 1.1),
        (0.75, 0.3, 0.75, 2.25),
    ]


def kappa_program(expression):
    return f"def best_kappa(income, cost, least, most):\n    return {expression}"


KAPPA = Exercise(
    "22.kappa",
    "What a line of the proof costs",
    "write",
    ("best_kappa",),
    insight=(
        "Half the income costs a factor of 4, since the best stepsize is then halved as well: "
        "C_β = 2·cost·most/(income·least)."
    ),
    minutes=5,
    hints=(
        "κ/L_w multiplies −‖∇𝓛‖². Put in the lower bound of E[β] and the upper bound of E[β²].",
        "κ = income·least/C_β − cost·most/C_β², a parabola in 1/C_β. Where is its top?",
        "At 1/C_β = income·least/(2·cost·most): return (income * least) ** 2 / (4 * cost * most)",
    ),
    mistakes=(
        Mistake(
            "That is the best C_β; the exercise asks for κ there.",
            kappa_program("2 * cost * most / (income * least)"),
        ),
        Mistake(
            "That is what C_β must exceed for κ to be positive; the exercise asks for the best κ.",
            kappa_program("cost * most / (income * least)"),
        ),
        Mistake(
            "Twice too large: the income alone at the best C_β (the cost there is half of it), or "
            "`cost` with a second ½.",
            kappa_program("(income * least) ** 2 / (2 * cost * most)"),
        ),
        Mistake(
            "A parabola p·t − m·t², with p = income·least and m = cost·most, has its top at "
            "t = p/(2m): p²/(4m).",
            kappa_program("(income * least) ** 2 / (cost * most)"),
        ),
        Mistake(
            "E[β²] is bounded by most/(C_βL_w)²: `most` bounds a square already.",
            kappa_program("(income * least) ** 2 / (4 * cost * most**2)"),
        ),
        Mistake(
            "E[β] is bounded by least/(C_βL_w), not by 1/(C_βL_w).",
            kappa_program("income**2 / (4 * cost * most)"),
        ),
        Mistake(
            "The income enters with its square: with half of it the best stepsize is half as long.",
            kappa_program("income * least / (4 * cost * most)"),
        ),
    ),
    alternative="""def best_kappa(income, cost, least, most):
    t = income * least / (2 * cost * most)
    return income * least * t - cost * most * t**2""",
    cases=kappa_cases,
    show=shown("income", "cost", "least", "most"),
)

# ---- 22.polarise


@functools.cache
def polarise_cases():
    rng = np.random.default_rng(22)
    cases = []
    for _ in range(6):
        gradient, bias = rng.normal(size=(2, 3))
        cases.append(tuple(float(v @ v) for v in (gradient, gradient + bias, bias)))
    return [*cases, (1.0, 1.0, 0.0), (0.0, 4.0, 4.0), (2.0, 0.0, 2.0)]


def polarise_program(expression):
    return f"def polarised(grad2, mean2, bias2):\n    return {expression}"


POLARISE = Exercise(
    "22.polarise",
    "What Young gives away",
    "fill the line",
    ("polarised",),
    insight=(
        "It is the cosine rule, for the triangle with the sides ∇𝓛, e and ∇𝓛 + e, and it has "
        "long been used in proofs about biased SGD."
    ),
    minutes=4,
    hints=(
        "Start from ‖e‖² = ‖(∇𝓛 + e) − ∇𝓛‖², and expand.",
        "bias2 = mean2 − 2⟨∇𝓛, ∇𝓛 + e⟩ + grad2. Solve for the inner product; mind the minus.",
        "return -grad2 / 2 - mean2 / 2 + bias2 / 2",
    ),
    mistakes=(
        Mistake(
            "That is Young's line: at least as large as the product, and equal where ∇𝓛 + e = 0.",
            polarise_program("-grad2 / 2 + bias2 / 2"),
        ),
        Mistake(
            "Young with the wrong sign: −½‖∇𝓛‖² − ½‖e‖² bounds ⟨∇𝓛, e⟩ from below. With a minus in "
            "front, ½‖e‖² is added. And it is a bound; the exercise asks for an equality.",
            polarise_program("-grad2 / 2 - bias2 / 2"),
        ),
        Mistake(
            "A sign: the bias makes −⟨∇𝓛, ∇𝓛 + e⟩ larger, so bias2 comes with a plus.",
            polarise_program("-(grad2 + mean2 + bias2) / 2"),
        ),
        Mistake(
            "That is the inner product itself; the exercise asks for its negative.",
            polarise_program("(grad2 + mean2 - bias2) / 2"),
        ),
        Mistake(
            "The half is missing: the product stands twice in the expanded square.",
            polarise_program("bias2 - grad2 - mean2"),
        ),
        Mistake(
            "That is −½‖∇𝓛 + e‖² + ½‖e‖²: you left ½‖∇𝓛‖² out.",
            polarise_program("-mean2 / 2 + bias2 / 2"),
        ),
        Mistake(
            "You took ‖∇𝓛 + e‖² for ‖∇𝓛‖² + ‖e‖²: a cross term is missing.",
            polarise_program("-grad2"),
        ),
        Mistake(
            "Cauchy–Schwarz is a bound: −⟨x, y⟩ ≥ −‖x‖‖y‖. Three squares make it an equality.",
            polarise_program("-((grad2 * mean2) ** 0.5)"),
        ),
        Mistake(
            "That is ⟨∇𝓛, e⟩ = ½(‖∇𝓛 + e‖² − ‖∇𝓛‖² − ‖e‖²). The product here has ∇𝓛 + e.",
            polarise_program("(mean2 - grad2 - bias2) / 2"),
        ),
        Mistake(
            "That is −⟨∇𝓛, e⟩. The product here has ∇𝓛 + e: ‖∇𝓛‖² more.",
            polarise_program("(grad2 + bias2 - mean2) / 2"),
        ),
    ),
    alternative="""def polarised(grad2, mean2, bias2):
    cross = (mean2 - grad2 - bias2) / 2
    return -(grad2 + cross)""",
    cases=polarise_cases,
    show=shown("grad2", "mean2", "bias2"),
)

EXERCISES = [SHELL, SHARED, TASKS, KAPPA, POLARISE]
