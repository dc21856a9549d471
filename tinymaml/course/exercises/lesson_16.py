"""Graders of lesson 16."""

import math

import numpy as np

from ..compare import show_both
from ..exercise import Accepted, Exercise, Mistake
from ..proofs import Case, close, refused, value_on
from .shared import number, plural, shown, unattempted

# ---- 16.needle

BISECTED = """def half_width(alpha, steps):
    low, high = 0.0, np.pi / 2
    for _ in range(200):
        middle = (low + high) / 2
        w = middle
        for _ in range(steps):
            w = w + alpha * np.sin(w)
        if w < np.pi / 2:
            low = middle
        else:
            high = middle
    return middle"""


def width_program(result):
    return f"def half_width(alpha, steps):\n    return {result}"


NEEDLE = Exercise(
    "16.needle",
    "Half-way down a needle",
    "write",
    ("half_width",),
    insight=(
        "At a maximum of curvature −L in all of d dimensions the needle is narrow in each: its "
        "volume falls like a^(−dN), and no random search meets it."
    ),
    minutes=6,
    tolerance=1e-6,
    hints=(
        (
            "From 0 the path ends at 0, from π/2 it ends beyond π/2, and the end moves with the "
            "start, always in the same direction. Which of two halves holds the start?"
        ),
        "Halve the interval [0, π/2] again and again, 200 times. Floats near 0 are dense enough.",
        "if trajectory(middle, alpha, steps)[-1] < np.pi / 2: low = middle, else: high = middle",
    ),
    mistakes=(
        Mistake(
            "Only close to the top does a step stretch by 1 + α. Lower down it stretches less, and "
            "the start lies further out than that, by a factor which settles as N grows.",
            width_program("np.pi / 2 / (1 + alpha) ** steps"),
        ),
        Mistake(
            "1 − α is the factor of a bowl. On a hill a step leads away from the top: 1 + α.",
            width_program("np.pi / 2 * (1 - alpha) ** steps"),
        ),
        Mistake(
            "That is the needle's whole width, both sides. One start is asked for.",
            BISECTED.replace("return middle", "return 2 * middle"),
        ),
        Mistake(
            "An even grid has no point on a narrow needle. "
            "Halve an interval, or undo the steps from π/2.",
            """def half_width(alpha, steps):
    starts = np.linspace(0, np.pi / 2, 10001)
    w = starts
    for _ in range(steps):
        w = w + alpha * np.sin(w)
    return starts[np.argmax(w >= np.pi / 2)]""",
        ),
        Mistake(
            "Your steps climb. On cos w the gradient is −sin w, and a step adds α sin w.",
            BISECTED.replace("w + alpha", "w - alpha"),
        ),
        Mistake(
            "From there the steps end at w = 1, where the loss is still 0.54. "
            "Half-way down is π/2, where it is 0.",
            BISECTED.replace("if w < np.pi / 2", "if w < 1"),
        ),
    ),
    alternative="""def half_width(alpha, steps):
    w = np.pi / 2
    for _ in range(steps):
        after = w
        for _ in range(30):
            w = w - (w + alpha * np.sin(w) - after) / (1 + alpha * np.cos(w))
    return w""",
    cases=lambda: [
        (0.5, 5),
        (0.5, 40),
        (0.125, 30),
        (0.9, 12),
        (0.3, 1),
        (1.0, 4),
        (0.05, 60),
        (0.5, 0),
    ],
    show=shown("alpha", "steps"),
    equivalent={
        "np.pi / 2 -> np.pi * 2": "a longer interval to begin with, halved as well",
        "np.pi / 2 -> np.pi / 1": "a longer interval to begin with, halved as well",
        "range(200) -> range(201)": "one halving more, beyond all digits",
        "range(200) -> range(199)": "one halving less, beyond all digits",
        "trajectory(middle, alpha, steps)[-1] < np.pi / 2"
        " -> trajectory(middle, alpha, steps)[-1] <= np.pi / 2": "a tie moves one end or the other",
    },
)

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

# ---- 16.washboard

ALPHAS = 0.5, 1.0, 0.25, 0.1, 0.8, 0.37
LENGTHS = 1, 2, 5, 20


def curvature_at_zero(s, alpha, steps):
    """𝓛'' at w = 0 of cos w − s w, by the chain rule in forward order: of z = w_j and its first and
    second derivatives."""
    z, z1, z2 = 0.0, 1.0, 0.0
    for _ in range(steps):
        sin, cos = math.sin(z), math.cos(z)
        z2 = (1 + alpha * cos) * z2 - alpha * sin * z1 * z1
        z1 = (1 + alpha * cos) * z1
        z = z + alpha * (sin + s)
    return -math.cos(z) * z1 * z1 - (math.sin(z) + s) * z2


def complain_of_slope(s, alpha):
    """Why s is not what is asked for at this alpha; None if it is."""
    at = f"At α = {alpha:g} your s is {s:.6g}. "
    if abs(s) <= 1:
        return (
            f"{at}Then l' = −sin w − s is 0 somewhere, and a path can rest there: "
            "the student is not refuted yet."
        )
    if abs(s) < 2 - 1e-9:
        return (
            f"{at}|l'| falls to |s| − 1 = {abs(s) - 1:.3g}, "
            "and the exercise asks for at least 1 everywhere."
        )
    for steps in LENGTHS:
        found = curvature_at_zero(s, alpha, steps)
        wanted = -((1 + alpha) ** (2 * steps))
        if abs(found / wanted - 1) <= 1e-3:
            continue
        lands = alpha * s / (2 * math.pi)
        off = abs(lands - round(lands))
        words = f"{at}With {plural(steps, 'step')} 𝓛''(0) is {found:.5g}, and not {wanted:.5g}. "
        if abs(off - 0.5) < 1e-6:
            return words + (
                "The first step leads from the top into a valley, where the factor is 1 − α; "
                "the hills are 2π apart."
            )
        if off < 0.05:
            return words + (
                f"The first step covers {lands:.6g} ripples: nearly a whole number, "
                "and each step makes what is missing larger. It can be exact."
            )
        return words + (
            f"The first step covers {lands:.4g} ripples of length 2π. "
            "Where must it land so that the second step is stretched like the first?"
        )
    return None


def judge_washboard(names):
    function = names["slope"]
    complaint = refused(function, ["alpha"])
    if complaint:
        return complaint
    found = []
    for alpha in ALPHAS:
        s, complaint = value_on(function, Case("a stepsize", dict(alpha=alpha), 0.0))
        if complaint:
            return complaint
        found.append((alpha, float(s), complain_of_slope(float(s), alpha)))
    wrong = [complaint for _, _, complaint in found if complaint]
    if not wrong:
        least = min(abs(s) for _, s, _ in found) - 1
        return Accepted(f"At the {len(found)} α tried: |l'| ≥ {least:.3g}, 𝓛''(0) = −a^2N.")
    right = [f"{alpha:g}" for alpha, _, complaint in found if not complaint]
    if right:
        return (
            f"Right at α = {', '.join(right)}, and not at every α: a step has the length α|l'|. "
            f"{wrong[0]}"
        )
    return wrong[0]


def slope_program(result):
    return f"def slope(alpha):\n    return {result}"


WASHBOARD = Exercise(
    "16.washboard",
    "No stationary point, and yet a needle",
    "break it",
    ("slope",),
    insight=(
        "On the tops the third derivative is 0 too: the path bends to neither side, and the first "
        "term of line (4) vanishes although l' does not."
    ),
    minutes=5,
    hints=(
        (
            "The factor of a step is 1 − αl'' = 1 + α cos w, and the slope s is not in it. "
            "Where is it as large as it gets?"
        ),
        "At the tops 0, ±2π, ±4π, ... What is the slope at 0, and how long is the step from there?",
        "l'(0) = −s, and so the step from 0 leads to αs. Let that be the next top: αs = 2π.",
    ),
    mistakes=(
        Mistake("The first step leads from the top into a valley", slope_program("np.pi / alpha")),
        Mistake("Right at α = 1, and not at every α", slope_program("2 * np.pi")),
        Mistake("Right at α = 0.5, 1, and not at every α", slope_program("4 * np.pi")),
        Mistake("a path can rest there", slope_program("0.0")),
        Mistake("and the exercise asks for at least 1 everywhere", slope_program("1.5")),
        Mistake("Where must it land", slope_program("2 * np.pi / alpha + 1")),
        Mistake("nearly a whole number", slope_program("6.28 / alpha")),
        Mistake("ripples of length 2π", slope_program("2 / alpha")),
    ),
    alternative="def slope(alpha):\n    return -4 * np.pi / alpha",
    judge=judge_washboard,
    equivalent={"*": "another whole number of ripples a step will do"},
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
        "It is compound interest: line (5) drops the interest on the interest, which is of order "
        "(c/N)² for two payments c/N, and of order c² for all N of them together."
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
        return Accepted(f"On {len(rows)} pairs of L and N, C_l is 0 exactly there.")
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
}
OPTIONS = {
    "smallest_bound": (0.001, 0.1, 0.3),
    "smallest_loss": (0.001, 0.1, 0.3, 5),
}
RIGHT = {"smallest_bound": 0.001, "smallest_loss": 5}


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
    """The option that an answer names, also as another kind of number, or None."""
    if number(value):
        for option in options:
            if abs(value - option) < 1e-12:
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
            "No constant becomes smaller, so the bound wants the smallest c. "
            "And a step of 1/L goes to the bottom of a bowl at once."
        ),
    ),
    mistakes=tuple(
        Mistake(says, preferences(**{name: value})) for (name, value), says in GUESSES.items()
    ),
    alternative="smallest_loss = 5.0\nsmallest_bound = 1e-3",
    judge=judge_prefers,
)

EXERCISES = [NEEDLE, CURVATURE, WASHBOARD, POWER, LIMIT, PREFERS]
