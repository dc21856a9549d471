"""Graders of lesson 16."""

import math

import numpy as np

from ..compare import show_both
from ..exercise import Accepted, Exercise, Mistake
from ..proofs import Case, close, refused, value_on
from .shared import number, shown, unattempted

# ---- 16.curvature


def curvature_program(result):
    return f"def meta_curvature(curvature, alpha, steps):\n    return {result}"


CURVATURE = Exercise(
    "16.curvature",
    "The curvature where the path stands still",
    "write",
    ("meta_curvature",),
    insight=(
        "Among bowls with αh < 1, 𝓛 is most curved not for the steepest but at αh = 1/(2N + 1): "
        "the outer loop sees the directions that N steps leave unadapted."
    ),
    minutes=3,
    hints=(
        (
            "In line (4) the first term vanishes by (1). "
            "In the second, put in the derivative of line (2)."
        ),
        "The derivative of w̃_N with respect to w stands in line (4) *squared*: (1 − αh)^N "
        "becomes (1 − αh)^2N.",
        "curvature * (1 - alpha * curvature) ** (2 * steps)",
    ),
    mistakes=(
        Mistake(
            "One factor (1 − αh)^N is missing. 𝓛'' sees the path twice: "
            "a nudge of w is stretched on its way to w̃_N, "
            "and the slope that it meets there is carried back through the same N factors.",
            curvature_program("curvature * (1 - alpha * curvature) ** steps"),
        ),
        Mistake(
            "A sign is wrong: an inner step goes *against* the gradient, so its factor is 1 − αh. "
            "On a hill h is negative, and that alone makes it 1 + αL.",
            curvature_program("curvature * (1 + alpha * curvature) ** (2 * steps)"),
        ),
        Mistake(
            "That is the bound, for any loss with |h| = L, and only its size. "
            "Line (5) is an equality: a bowl (h > 0) shrinks, and on a hill 𝓛'' is negative.",
            curvature_program("abs(curvature) * (1 + alpha * abs(curvature)) ** (2 * steps)"),
        ),
        Mistake(
            "On a bowl that is too large: you took every factor for 1 + α|h|. "
            "It is 1 − αh, and a bowl's is below 1.",
            curvature_program("curvature * (1 + alpha * abs(curvature)) ** (2 * steps)"),
        ),
        Mistake(
            "The factors multiply; "
            "you added what they remove. 1 − 2Nαh is what is left of (1 − αh)^2N for tiny αh.",
            curvature_program("curvature * (1 - 2 * steps * alpha * curvature)"),
        ),
        Mistake(
            "You have the factors, but not what they multiply: l''(w̃_N) = h, at the end of "
            "the path.",
            curvature_program("(1 - alpha * curvature) ** (2 * steps)"),
        ),
        Mistake(
            "One factor too many: 2N factors from the path, and h itself at its end.",
            curvature_program("curvature * (1 - alpha * curvature) ** (2 * steps + 1)"),
        ),
        Mistake(
            "In Python `x ** 2 * steps` is x², times steps. Put the exponent into brackets: "
            "`** (2 * steps)`.",
            curvature_program("curvature * (1 - alpha * curvature) ** 2 * steps"),
        ),
        Mistake(
            "𝓛'' has the sign of l'': a bowl stays a bowl. The number in front is h, without a "
            "minus.",
            curvature_program("-curvature * (1 - alpha * curvature) ** (2 * steps)"),
        ),
        Mistake(
            "𝓛'' has a sign: on a hill it is negative. You have its size.",
            curvature_program("abs(curvature) * (1 - alpha * curvature) ** (2 * steps)"),
        ),
        Mistake(
            "h is at the end once, as l''(w̃_N); you have it squared.",
            curvature_program("curvature ** 2 * (1 - alpha * curvature) ** (2 * steps)"),
        ),
        Mistake(
            "You squared the number of steps instead of the power: ((1 − αh)^N)² = (1 − αh)^2N.",
            curvature_program("curvature * (1 - alpha * curvature) ** (steps ** 2)"),
        ),
    ),
    alternative="""def meta_curvature(curvature, alpha, steps):
    factor = 1.0
    for _ in range(steps):
        factor *= 1 - alpha * curvature
    return factor * curvature * factor""",
    cases=lambda: [
        (-1.0, 0.5, 3),
        (0.7, 0.3, np.int64(4)),  # the lesson counts steps with NumPy
        (2.0, 0.8, 3),
        (-0.2, 0.1, 12),
        (-0.02, 0.1234567, 300),
        (1.5, 0.4, 1),
        (1.0, 0.5, 0),
        (0.0, 0.3, 2),
        (2.0, 0.5, 2),
    ],
    equivalent={
        "1 - alpha * curvature -> alpha * curvature - 1": "an even power does not see the sign"
    },
)

# ---- 16.power


def lines_of_proof(c, N):
    """The lines of the student's proof, (0) to (5)."""
    rest = c * (N - 1) / N
    return [
        (1 + c / N) ** N,
        (1 + c / N) * (1 + c / N) ** (N - 1),
        (1 + c / N) * (1 + rest / (N - 1)) ** (N - 1),
        (1 + c / N) * (1 + rest),
        1 + c + c * c * (N - 1) / N**2,
        1 + c,
    ]


FINE = {
    0: "Line (0) is where the chain starts; it claims nothing.",
    1: "Line (1) is true: one factor of N is taken out of the power.",
    2: "Line (2) is true: c'/(N − 1) is c/N by the choice of c'.",
    3: (
        "Line (3) is false on many instances, but not of itself: its reason is the claim "
        "for N − 1, and *if* that were true, so would the line be. Where is the claim made false? "
        "Look at N = 2, where the hypothesis, about one factor, holds."
    ),
    4: "Line (4) is true: multiply out, and c/N + c(N − 1)/N = c.",
}


def judge_power(names):
    where, given = names["LINE"], names["instance"]
    if unattempted(where) or unattempted(given):
        raise NotImplementedError
    if number(where) and where in FINE:
        return FINE[where]
    if not number(where) or where != 5:
        return "`LINE` is the number of a line: 0 to 5."
    if (
        not isinstance(given, dict)
        or set(given) != {"c", "N"}
        or not all(map(number, given.values()))
    ):
        return "You have found the line. `instance` is a dict of two finite numbers: c and N."
    c, N = float(given["c"]), float(given["N"])
    if N != int(N) or not 1 <= N <= 1e6:
        return (
            "You have found the line, but N is a number of steps: "
            "a whole number from 1 to a million."
        )
    if not 0 < c <= 100:
        return "You have found the line, but the claim is about c > 0 (and 100 at most, here)."
    if N == 1:
        return (
            "You have found the line, but at N = 1 the claim is true, with equality: the induction "
            "starts there, and the lines are about N ≥ 2."
        )
    lines = lines_of_proof(c, N)
    if lines[2] > lines[3] * (1 + 1e-9):
        most, more = show_both(lines[3], lines[2], None)
        return (
            "You have found the line, but on your instance line (3) is false too: "
            f"{more} is not at most {most}. "
            f"It trusts the claim for N − 1 = {N - 1:.0f}, which you are about to refute. "
            "All lines above (5) have to be true: choose N so that the hypothesis is."
        )
    off = lines[4] / lines[5] - 1
    if off < 0.05 - 1e-12:
        most, more = show_both(lines[5], lines[4], None)
        return (
            f"You have found the line, and on your instance it is false, by {100 * off:.2g}%: "
            f"{more} is not at most {most}. The exercise asks for 5%. "
            "The dropped term is c²(N − 1)/N²: which c makes it count?"
        )
    return None


def answer(line=5, c=1.0, N=2):
    return f"LINE = {line}\ninstance = dict(c={c}, N={N})"


POWER = Exercise(
    "16.power",
    "A term of order 1/N, dropped N times",
    "find the false line",
    ("LINE", "instance"),
    insight=(
        "The student's claim is Bernoulli's inequality turned round: for x > 0 and N ≥ 2, (1 + "
        "x)^N is always larger than 1 + Nx, here with x = αL."
    ),
    minutes=6,
    hints=(
        (
            "Compute the six numbers for c = 1 and N = 2, then for N = 3. "
            "A chain may not decrease: where does it?"
        ),
        (
            "At N = 3 it decreases twice. "
            "One of the two lines trusts the claim for N = 2, so look at N = 2, "
            "where the hypothesis is about a single factor, 1 + c' ≤ 1 + c', and true."
        ),
        (
            "Line (5) drops c²(N − 1)/N², at N = 2 a quarter of c². "
            "That has to be 5% of 1 + c: c = 1 will do."
        ),
    ),
    mistakes=(
        Mistake(FINE[3], answer(3, N=3)),
        Mistake(FINE[2], answer(2)),
        Mistake(FINE[4], answer(4)),
        Mistake(FINE[1], answer(1)),
        Mistake("on your instance line (3) is false too", answer(N=10)),
        Mistake("The exercise asks for 5%", answer(c=0.125)),
        Mistake("at N = 1 the claim is true, with equality", answer(N=1)),
        Mistake("the claim is about c > 0", answer(c=-1.0)),
        Mistake("a whole number from 1 to a million", answer(N=1.5)),
    ),
    alternative="N = 2\nLINE, instance = 5, {'N': N, 'c': 3}",
    judge=judge_power,
    equivalent={"*": "another c is often a counterexample too"},
)

# ---- 16.limit


def limit_cases():
    """Named first; then held out."""
    rng = np.random.default_rng(16)
    named = [(1.0, 1), (1.0, 5), (4.0, 2), (0.5, 20), (238.0, 5), (1.0, 1000)]
    drawn = [(float(10 ** rng.uniform(-2, 3)), int(rng.integers(1, 200))) for _ in range(300)]
    cases = []
    for L, N in named + drawn:
        largest_alpha = math.expm1(math.log(2) / (2 * N)) / L
        cases.append(Case("a task", dict(L=L, N=N), largest_alpha))
    return cases


TOO_LONG = [
    (
        lambda L, N: math.log(2) / (N * L),
        "That makes a^N less than 2, nearly. "
        "The factors come twice, N on the way and N in the gradient at its end.",
    ),
    (
        lambda L, N: (2 ** (1 / N) - 1) / L,
        "You solved a^N < 2. "
        "The factors come twice, N on the way and N in the gradient at its end: a^2N.",
    ),
    (
        lambda L, N: 2 / L,
        "2/L is where gradient descent begins to run away from a bowl (lesson 00); "
        "C_l is about hills, and about N of them.",
    ),
    (lambda L, N: 1 / L, "1/L does not depend on N. C_l is about 2N factors."),
    (
        lambda L, N: math.sqrt(2) / (N * L),
        "Where does √2 come from? a^2N < 2 says a < 2^(1/2N), and a = 1 + αL.",
    ),
    (
        lambda L, N: 2 ** (1 / (2 * N)) / L,
        "That is a itself, over L. As a = 1 + αL, there is still a 1 to subtract.",
    ),
    (lambda L, N: 2 ** (1 / (2 * N)) - 1, "That is αL. What is asked for is α."),
    (
        lambda L, N: math.sin(math.pi / (4 * N)) / L,
        "That is the limit of the sharper lemma, C* > 0. C_l = 2 − a^2N vanishes earlier.",
    ),
    (
        lambda L, N: (2 ** min(N / 2, 1000) - 1) / L,
        "In Python 1 / 2 * N is N / 2. Put the 2 N into brackets: 1 / (2 * N).",
    ),
    (
        lambda L, N: 0.347 / (N * L),
        "0.347 is ½ ln 2 = 0.34657… rounded up: "
        "too long from N = 141 on, and too short before. The limit depends on N.",
    ),
    (
        lambda L, N: math.pi / 4 / (N * L),
        "π/4 is the limit of the sharper lemma, C* > 0, for many steps. "
        "C_l = 2 − a^2N vanishes earlier.",
    ),
    (
        lambda L, N: (math.sqrt(2) - 1) / (N * L),
        "At N = 1 it is right. But (1 + αL)^2N < 2 is not N times easier than (1 + αL)² < 2: "
        "the steps multiply.",
    ),
]
TOO_SHORT = [
    (
        lambda L, N: math.log(2) / (2 * N * L),
        "e^(2NαL) < 2 is more than is needed: 1 + x ≤ e^x was one step too generous. "
        "(As N → ∞ it is the limit.)",
    ),
    (
        lambda L, N: 1 / (8 * N * L),
        "That is the classical choice, which leaves room: C_l > 0.71 there.",
    ),
    (
        lambda L, N: (1 - 2 ** (-1 / (2 * N))) / L,
        "You solved (1 − αL)^2N = ½, which is about a bowl. C_l has a = 1 + αL, the hill's factor.",
    ),
    (lambda L, N: 1 / (4 * N * L), "How does a quarter solve a^2N = 2? Take the 2N-th root."),
]


def judge_limit(names):
    function = names["largest_alpha"]
    complaint = refused(function, ["L", "N"])
    if complaint:
        return complaint
    if function.__code__.co_varnames[:2] == ("N", "L"):
        return "L comes first, then N: the lesson calls largest_alpha(1.0, 5) where L is 1 and N 5."
    rows = []
    for case in limit_cases():
        value, complaint = value_on(function, case)
        if complaint:
            return complaint
        rows.append((case, value))

    def sentence_on(known):
        """What is said of the wrong answer that this one is, with a space before it, or ""."""
        for wrong, says in known:
            if all(close(value, wrong(**case.inputs)) for case, value in rows):
                return f" {says}"
        return ""

    def excess(row):
        case, value = row
        return value / case.truth - 1

    longest = max(rows[1:6], key=excess)  # a named case, if it tells
    if excess(longest) <= 1e-9:
        longest = max(rows, key=excess)
    case, value = longest
    if excess(longest) > 1e-9:
        alpha = value * (1 - 1e-12)
        return (
            f"Falsified. {describe(case)} an α a hair below your {value:.6g} "
            f"has C_l = {C_l(case, alpha):.4g}, which is not positive.{sentence_on(TOO_LONG)}"
        )
    shortest = min(rows, key=excess)
    case, value = shortest
    if excess(shortest) >= -1e-9:
        return Accepted(
            f"Right on {len(rows)} pairs of L and N: C_l is 0 exactly there. "
            "Times NL it falls from 0.414 at N = 1 towards ½ ln 2."
        )
    if value <= 0:
        return (
            f"{describe(case)} yours is {value:.6g}: no positive stepsize is below that."
            f"{sentence_on(TOO_LONG + TOO_SHORT)}"
        )
    return (
        f"Safe, but not the largest. {describe(case)} yours is {value:.6g}, "
        f"and C_l is still {C_l(case, value):.4g} there; "
        f"α may grow until it is 0.{sentence_on(TOO_SHORT)}"
    )


def C_l(case, alpha):
    """2 − a^2N, at least -e^700."""
    exponent = 2 * case.inputs["N"] * math.log1p(alpha * case.inputs["L"])
    return 2 - math.exp(min(exponent, 700))


def describe(case):
    return f"With L = {case.inputs['L']:.4g} and N = {case.inputs['N']}"


def limit_program(result):
    return f"def largest_alpha(L, N):\n    return {result}"


LIMIT = Exercise(
    "16.limit",
    "The longest step that the proof allows",
    "give a bound",
    ("largest_alpha",),
    insight=(
        "For N = 1 your limit is 0.41/L, about a fifth of the 2/L at which descent on a bowl runs "
        "away: the difference is the price of hills that your tasks may not have."
    ),
    minutes=3,
    hints=(
        "C_l = 0 says a^2N = 2. Solve it for a, then for α.",
        "a = 2^(1/(2N)), and a = 1 + αL.",
        "(2 ** (1 / (2 * N)) - 1) / L",
    ),
    mistakes=(
        Mistake("You solved a^N < 2", limit_program("(2 ** (1 / N) - 1) / L")),
        Mistake("That makes a^N less than 2, nearly", limit_program("np.log(2) / (N * L)")),
        Mistake("1 + x ≤ e^x was one step too generous", limit_program("np.log(2) / (2 * N * L)")),
        Mistake("That is the classical choice", limit_program("1 / (8 * N * L)")),
        Mistake("2/L is where gradient descent begins to run away", limit_program("2 / L")),
        Mistake("C_l is about 2N factors", limit_program("1 / L")),
        Mistake("That is αL. What is asked for is α", limit_program("2 ** (1 / (2 * N)) - 1")),
        Mistake("there is still a 1 to subtract", limit_program("2 ** (1 / (2 * N)) / L")),
        Mistake(
            "That is the limit of the sharper lemma", limit_program("np.sin(np.pi / (4 * N)) / L")
        ),
        Mistake("the steps multiply", limit_program("(2 ** 0.5 - 1) / (N * L)")),
        Mistake("too long from N = 141 on", limit_program("0.347 / (N * L)")),
        Mistake("Put the 2 N into brackets", limit_program("(2 ** (1 / 2 * N) - 1) / L")),
        Mistake("which is about a bowl", limit_program("(1 - 2 ** (-1 / (2 * N))) / L")),
        Mistake("π/4 is the limit of the sharper lemma", limit_program("np.pi / 4 / (N * L)")),
        Mistake("no positive stepsize is below that", limit_program("0.0")),
        Mistake("below your inf has C_l", limit_program("np.inf")),
        Mistake("The answer has to be a function of L and N", "largest_alpha = 0.347"),
        Mistake(
            "This answer looks at tinymaml.course.exercises.lesson_16",
            """def largest_alpha(L, N):
    from tinymaml.course.exercises.lesson_16 import limit_cases
    return next(case.truth for case in limit_cases() if case.inputs == dict(L=L, N=N))""",
        ),
    ),
    alternative="def largest_alpha(L, N):\n    return np.expm1(np.log(2) / 2 / N) / L",
    judge=judge_limit,
)

# ---- 16.flow


def flow_program(result):
    return f"def arrival(w, curvature, L, c):\n    return {result}"


FLOW = Exercise(
    "16.flow",
    "N to infinity",
    "write",
    ("arrival",),
    insight=(
        "To remove 90% of the error even in the steepest direction takes c = ln 10 = 2.3, more "
        "than six times the ½ ln 2 = 0.35 up to which C_l is certain to be positive."
    ),
    minutes=4,
    hints=(
        "One step multiplies w by 1 − αλ. With α = c/(NL) and N steps, what power is that?",
        "(1 − x/N)^N → e^(−x). Here x = cλ/L.",
        "w * np.exp(-c * curvature / L)",
    ),
    mistakes=(
        Mistake(
            "That is one step of size c/L, N = 1. "
            "More steps follow the curve more closely, and end elsewhere.",
            flow_program("w * (1 - c * curvature / L)"),
        ),
        Mistake(
            "You let the flow run for ever. More steps, each shorter: "
            "the time is c/L however many there are, and the minimum is not reached.",
            flow_program("0.0 * w"),
        ),
        Mistake(
            "The steps are c/(NL): the flow runs for the time c/L, not c.",
            flow_program("w * np.exp(-c * curvature)"),
        ),
        Mistake(
            "Every direction has its own curvature: λ, not L, says how fast this one shrinks.",
            flow_program("w * np.exp(-c)"),
        ),
        Mistake(
            "The sign is wrong: gradient descent on a bowl (λ > 0) comes closer.",
            flow_program("w * np.exp(c * curvature / L)"),
        ),
        Mistake(
            "As N grows the steps shrink, but there are more of them: together they do not vanish.",
            flow_program("w"),
        ),
        Mistake(
            "That is what stays of a *loss*, which is quadratic: twice the exponent. The "
            "question is where w goes.",
            flow_program("w * np.exp(-2 * c * curvature / L)"),
        ),
        Mistake(
            "That is many steps, and not infinitely many: near, and not yet there. "
            "(1 − x/N)^N has a limit in closed form.",
            flow_program("w * (1 - c * curvature / L / 1e6) ** 1e6"),
        ),
        Mistake(
            "c is missing. The flow runs for the time c/L.",
            flow_program("w * np.exp(-curvature / L)"),
        ),
        Mistake(
            "That is how far w has gone. The question is where it arrives.",
            flow_program("w * (1 - np.exp(-c * curvature / L))"),
        ),
        Mistake(
            "That is the factor alone. It multiplies w.",
            flow_program("np.exp(-c * curvature / L)"),
        ),
        Mistake(
            "On a hill (λ < 0) the point goes away from the top: λ has a sign, keep it.",
            flow_program("w * np.exp(-c * abs(curvature) / L)"),
        ),
    ),
    alternative="""def arrival(w, curvature, L, c):
    x = c / L * curvature
    return w / np.e ** x""",
    cases=lambda: [
        (2.0, 0.7, 2.0, 0.5),
        (1.5, -0.3, 0.5, 1.3),
        (-1.0, 4.0, 4.0, 0.125),
        (3.0, -2.0, 2.0, 0.3),
        (-2.5, 1.5, 1.5, 4.0),
        (1.0, 0.0, 1.0, 0.5),
        (0.0, 1.0, 1.0, 0.5),
    ],
    show=shown("w", "curvature", "L", "c"),
)

# ---- 16.prefers

GUESSES = {
    ("smallest_bound", 0.3): (
        "The bound does not reward adaptation. "
        "Every constant in it, a^2N, C_𝓛, 1/C_l, rises with c; what could make it fall?"
    ),
    ("smallest_bound", 0.1): (
        "You expect a trade-off, with an optimum in between. The bound is on ‖∇𝓛‖ alone: "
        "every constant in it rises with c, and nothing falls."
    ),
    ("smallest_loss", 0.001): (
        "That is the smallest step of the four, and the least adaptation: "
        "of a distance of 1 it removes about a thousandth."
    ),
    ("smallest_loss", 0.1): (
        "The bound likes small c; the loss after adaptation does not. c = 0.1 removes "
        "about a tenth of an error, c = 0.3 more."
    ),
    ("smallest_loss", 0.3): (
        "The last c for which the theorem speaks is not the last that is good. At c = 5 and "
        "N = 5, αL = 1: what does a single step do near the bottom of a well of curvature 1?"
    ),
    ("as_c_goes_to_zero", "first-order MAML"): (
        "First-order MAML still steps, and only leaves out the factors I − αH. "
        "As c → 0 the steps themselves vanish."
    ),
    ("as_c_goes_to_zero", "one step"): (
        "N shorter steps cover the way of one, but that way is c/L long, and goes to zero too."
    ),
}
OPTIONS = {
    "smallest_bound": (0.001, 0.1, 0.3),
    "smallest_loss": (0.001, 0.1, 0.3, 5),
    "as_c_goes_to_zero": ("joint training", "first-order MAML", "one step"),
}
RIGHT = {"smallest_bound": 0.001, "smallest_loss": 5, "as_c_goes_to_zero": "joint training"}


def judge_prefers(names):
    given = {name: names[name] for name in OPTIONS}
    if any(map(unattempted, given.values())):
        raise NotImplementedError
    for name, value in given.items():
        chosen = option_meant(value, OPTIONS[name])
        if chosen is None:
            return f"`{name}` is one of {', '.join(map(repr, OPTIONS[name]))}."
        if chosen != RIGHT[name]:
            return f"`{name}`: {GUESSES[name, chosen]}"
    return None


def option_meant(value, options):
    """The option that an answer names, in other letters or as another kind of number, or None."""
    for option in options:
        if isinstance(option, str):
            if isinstance(value, str) and value.strip().lower() == option.lower():
                return option
        elif number(value) and abs(value - option) < 1e-12:
            return option
    return None


def preferences(**changes):
    return "\n".join(f"{name} = {value!r}" for name, value in (RIGHT | changes).items())


PREFERS = Exercise(
    "16.prefers",
    "What the bound likes, and what it is for",
    "predict",
    tuple(OPTIONS),
    insight=(
        "A bound on ‖∇𝓛‖ rewards an objective for being flat, not for being low: by that measure a "
        "constant objective would be the best of all."
    ),
    minutes=4,
    hints=(
        (
            "The bound speaks of ‖∇𝓛‖ only. "
            "Which of its constants, a^2N, C_𝓛, 1/C_l, becomes smaller as c grows?"
        ),
        (
            "The loss after adaptation: "
            "at c = 5, N = 5, a step is α = 1, and the wells have curvature 1 at the bottom."
        ),
        (
            "No constant becomes smaller. A step of 1/L goes to the bottom of a bowl at once. "
            "And c = 0 takes no step at all."
        ),
    ),
    mistakes=tuple(
        Mistake(says, preferences(**{name: value})) for (name, value), says in GUESSES.items()
    ),
    alternative="smallest_loss = 5.0\nsmallest_bound = 1e-3\nas_c_goes_to_zero = 'Joint training'",
    judge=judge_prefers,
)

# ---- 16.necessary

ALPHA = 0.5
STARTS = np.linspace(-10, 10, 40_001)


def step(w, m, A, phi):
    """An inner step from each w."""
    return w - ALPHA * (m * w - A * np.sin(w + phi))


def largest_curvatures(starts, m, A, phi, steps, returning=False):
    """The largest |𝓛''| over the starts after 0, 1, ..., steps steps, by the chain rule in forward
    order: of z = w_j and its first and second derivatives. All 0 where there are no starts.

    returning: two steps lead back to the starts, exactly; rounding would lead away.
    """
    z = starts
    after_one = step(starts, m, A, phi)
    z1 = 1.0
    z2 = 0.0
    found = []
    with np.errstate(all="ignore"):
        for j in range(steps + 1):
            sin = A * np.sin(z + phi)
            cos = A * np.cos(z + phi)
            slope = m * z - sin
            bend = m - cos
            found.append(np.abs(bend * z1 * z1 + slope * z2).max(initial=0))
            z2 = (1 - ALPHA * bend) * z2 - ALPHA * sin * z1 * z1
            z1 = (1 - ALPHA * bend) * z1
            if returning:
                z = starts if j % 2 else after_one
            else:
                z = z - ALPHA * slope
    return np.nan_to_num(np.array(found), nan=np.inf)


def returning_points(m, A, phi):
    """The points w in [-10, 10] to which two steps lead back: where a path rests, and pairs between
    which it goes to and fro.

    A needle stands on each of them that paths beside it leave, narrower than any grid.
    """

    def way(w):
        return step(step(w, m, A, phi), m, A, phi) - w

    ways = way(STARTS)
    turns = np.flatnonzero(ways[:-1] * ways[1:] <= 0)
    low, high = STARTS[turns], STARTS[turns + 1]
    for _ in range(40):
        middle = (low + high) / 2
        is_left = way(low) * way(middle) <= 0
        low, high = np.where(is_left, low, middle), np.where(is_left, middle, high)
    return low


def resting_point(points, m, A, phi):
    """Of these points, the one with l' = 0 where l'' is most negative: it and its l''; or None."""
    bends = m - A * np.cos(points + phi)
    rests = np.abs(step(points, m, A, phi) - points) < 1e-9
    hills = np.flatnonzero(rests & (bends < -1e-3))
    if not len(hills):
        return None
    steepest = hills[bends[hills].argmin()]
    return points[steepest], bends[steepest]


def judge_necessary(names):
    given = names["task"]
    if unattempted(given):
        raise NotImplementedError
    if (
        not isinstance(given, dict)
        or set(given) != {"m", "A", "phi"}
        or not all(map(number, given.values()))
    ):
        return "`task` is a dict of three finite numbers: m, A and phi."
    m, A, phi = (float(given[name]) for name in ("m", "A", "phi"))
    if m <= 0:
        return (
            "m must be positive: the loss is a bowl with hills in it. With m = 0 there is no "
            "bowl, and with m < 0 the loss is not bounded below."
        )
    if max(m, abs(A)) > 100 or m < 1e-3 or abs(phi) > 1000:
        return (
            "Keep m between 0.001 and 100, |A| below 100 and |φ| below 1000; simple numbers "
            "are enough."
        )
    if m - abs(A) > -0.2 + 1e-12:
        convex = "It is convex: the text has said that bowls do no harm. " if m >= abs(A) else ""
        return (
            f"The smallest l'' of your loss is m − |A| = {m - abs(A):.3g}, "
            f"and the exercise asks for −0.2 or less. {convex}Give it a hill."
        )
    L = m + abs(A)
    points = returning_points(m, A, phi)
    found = np.maximum(
        largest_curvatures(STARTS, m, A, phi, 100),
        largest_curvatures(points, m, A, phi, 100, returning=True),
    )
    rest = resting_point(points, m, A, phi)
    worst = max((50, 100), key=lambda n: found[n])
    if found[worst] < L:
        return Accepted(
            f"l'' falls to {m - abs(A):.3g}, and yet the largest |𝓛''| is {found[50]:.2g} "
            f"at N = 50 and {found[100]:.2g} at N = 100 (its largest, {found.max():.3g}, "
            f"at N = {found.argmax()}). Every path crosses the hills and leaves them."
        )
    start = f"Here the largest |𝓛''| at N = {worst} is {found[worst]:.3g}, and L is {L:.3g}. "
    if rest:
        w, bend = rest
        return start + (
            f"At w = {w:.3f} the gradient vanishes and l'' = {bend:.3g}: "
            "a path that starts there never leaves the hill. "
            "The hills must lie where the slope mw of the bowl carries the path on."
        )
    if ALPHA * L > 2:
        return start + (
            f"No hill is to blame: α times the largest curvature is {ALPHA * L:.3g}, "
            "more than 2, and the steps overshoot (lesson 00)."
        )
    return start + (
        "No path rests on a hill, but some take so long to pass that N = 50 is not enough. "
        "Make the bowl steeper, or the hill lower."
    )


def task(m=0.2, A=0.6, phi=math.pi):
    return f"task = dict(m={m}, A={A}, phi={phi})"


NECESSARY = Exercise(
    "16.necessary",
    "A hill that does no harm",
    "break it",
    ("task",),
    insight=(
        "From almost every start gradient descent avoids such resting points (Lee et al. 2016), "
        "but a constant for all w has to count them: that is what 1/N pays for."
    ),
    minutes=9,
    hints=(
        (
            "l'' = m − A cos(w + φ): its smallest value is m − |A|. "
            "And a hill does harm where a path rests on it: where l' = mw − A sin(w + φ) = 0."
        ),
        (
            "Put the cosine's own valley into the bowl's: "
            "with φ = π and A > 0, w = 0 is a minimum of both, and the hills are at ±π."
        ),
        (
            "At the hills the bowl must be steep enough to leave no rest: "
            "mw = A sin(w + φ) only at 0, which holds for A < 4.6 m. Try m = 0.2, A = 0.6."
        ),
    ),
    mistakes=(
        Mistake("It is convex: the text has said that bowls do no harm", task(0.5, 0.2)),
        Mistake("a path that starts there never leaves the hill", task(phi=0.0)),
        Mistake("more than 2, and the steps overshoot", task(5.0, 6.0)),
        Mistake("m must be positive", task(-0.1, 0.3)),
        Mistake("−0.2 or less. Give it a hill", task(0.2, 0.3)),
        Mistake("a path that starts there never leaves the hill", task(0.02, 0.5)),
        Mistake("a path that starts there never leaves the hill", task(0.044, 1.708, 5.732)),
        Mistake("a path that starts there never leaves the hill", task(0.963, 1.649, 0.257)),
        Mistake("some take so long to pass", task(0.131, 0.6)),
    ),
    alternative="task = {'phi': 0, 'm': 0.3, 'A': -0.5}",
    judge=judge_necessary,
    seconds=10,
    equivalent={"*": "a changed counterexample is often a counterexample too"},
)

EXERCISES = [CURVATURE, POWER, LIMIT, FLOW, PREFERS, NECESSARY]
