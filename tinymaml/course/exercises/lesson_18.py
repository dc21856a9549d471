"""Graders of lesson 18."""

import numpy as np

from ..compare import text, type_of
from ..exercise import Accepted, Exercise, Mistake
from .shared import as_floats, number, some_unattempted


def complaint_about_law(values, p, names=("X", "p")):
    """The complaint about a law: its values and their probabilities, or None."""
    for name, given in zip(names, (values, p), strict=True):
        try:
            found = as_floats(given)
        except (TypeError, ValueError):
            found = np.array(np.nan)
        if found.ndim != 1 or not len(found) or not np.isfinite(found).all():
            return f"`{name}` is a list of finite numbers; yours is {text(given)}."
    values, p = as_floats(values), as_floats(p)
    if len(values) != len(p):
        return (
            f"Each value has one probability: `{names[0]}` has {len(values)} numbers, "
            f"`{names[1]}` has {len(p)}."
        )
    if (p < -1e-12).any():
        return f"A probability is negative: `{names[1]}` is {text(p)}."
    if abs(p.sum() - 1) > 1e-9:
        return f"The probabilities in `{names[1]}` add up to {p.sum():.6g}, not to 1."
    return None


# ---- 18.reverse

TRUE_LINES = {
    1: "Line 1 is true: inside the mean stands the number 1, in every draw.",
    2: (
        "Line 2 is true: the covariance of two numbers is the mean of their product "
        "less the product of their means, whatever the two are."
    ),
    4: (
        "Line 4 is false as a statement, but it does follow: "
        "line 3 divided by a positive number. Look for the line that does not follow."
    ),
}


def judge_reverse(names):
    line, X, p = names["false_line"], names["X"], names["p"]
    if some_unattempted(line, X, p):
        raise NotImplementedError
    if not number(line) or line not in (1, 2, 3, 4):
        return "`false_line` is the number of a line, 1 to 4."
    if line != 3:
        return TRUE_LINES[int(line)]
    said = "Line 3 is the one that does not follow."
    complaint = complaint_about_law(X, p)
    if complaint:
        return f"{said} {complaint}"
    X, p = as_floats(X), as_floats(p)
    if X.min() < 1 or X.max() > 4:
        return (
            f"{said} The exercise asks for lengths between 1 and 4; "
            f"yours go from {X.min():.4g} to {X.max():.4g}."
        )
    right = (p @ (1 + X)) * (p @ (1 / (1 + X)))
    if right >= 1.05:
        return Accepted(
            f"The left side is 1, the right side {right:.4g}. Where L̂ is large 1/L̂ is small: "
            f"the covariance is {1 - right:.3g}. It is negative for every law "
            "with more than one value, which is Jensen's inequality once more."
        )
    if right < 1 + 1e-12:
        return (
            f"{said} On your law both sides are 1: X takes one value only, "
            "and without variance there is no covariance."
        )
    return (
        f"{said} But on your law its right side is {right:.4g}, and 1.05 is asked for. "
        "Let the two values be farther apart, and both of them likely."
    )


def reverse(line="3", X="[1.0, 4.0]", p="[0.5, 0.5]"):
    return f"false_line = {line}\nX = {X}\np = {p}"


REVERSE = Exercise(
    "18.reverse",
    "Jensen, the wrong way round",
    "find the false line",
    ("false_line", "X", "p"),
    insight=(
        "Chebyshev's inequality for sums: of two functions of one draw, one rising and one "
        "falling, the covariance is never positive."
    ),
    minutes=4,
    hints=(
        "Related, yes: but when L̂ is larger than usual, is 1/L̂ larger than usual, or smaller?",
        (
            "The covariance in line 2 is negative, so leaving it out makes the line larger. "
            "For the law: two values as far apart as is allowed."
        ),
    ),
    mistakes=(
        *(Mistake(says, reverse(str(line))) for line, says in TRUE_LINES.items()),
        Mistake("Let the two values be farther apart", reverse(X="[2.0, 3.0]")),
        Mistake("Let the two values be farther apart", reverse(p="[0.98, 0.02]")),
        Mistake("lengths between 1 and 4; yours go from 0 to 10", reverse(X="[0.0, 10.0]")),
        Mistake("X takes one value only", reverse(X="[2.0, 2.0]")),
        Mistake("add up to 1.5, not to 1", reverse(p="[0.5, 1.0]")),
    ),
    alternative="false_line = 3.0\nX = (4, 1, 2)\np = np.array([0.4, 0.5, 0.1])",
    judge=judge_reverse,
    equivalent={"*": "a changed law is often a counterexample too"},
)

# ---- 18.worst

MOMENTS = [(2.0, 3.0), (1.0, 0.5), (5.0, 2.0), (0.3, 4.0), (10.0, 400.0)]


def f(x):
    return (1 + x) ** -2


def largest(mean, variance):
    far = mean + variance / mean
    return 1 - mean / far + mean / far * f(far)


def judge_worst(names):
    if not callable(names["worst_law"]):
        return f"`worst_law` has to be a function; yours is {type_of(names['worst_law'])}."
    for mean, variance in MOMENTS:
        found = names["worst_law"](mean, variance)
        if found is ... or some_unattempted(found):
            raise NotImplementedError
        complaint = complaint_about_worst(found, mean, variance)
        if complaint:
            return complaint
    return None


def complaint_about_worst(found, mean, variance):
    """What is wrong with a law that is to be the worst, or None."""
    case = f"for mean {mean:g} and variance {variance:g}"
    if not isinstance(found, (tuple, list)) or len(found) != 2:
        return "`worst_law` returns two lists: the values of X, and their probabilities."
    complaint = complaint_about_law(*found, names=("values", "probabilities"))
    if complaint:
        return f"{case[0].upper()}{case[1:]}: {complaint}"
    X, p = map(as_floats, found)
    X, p = X[p > 1e-12], p[p > 1e-12]
    law = " and ".join(f"{x:.4g} (with {q:.3g})" for x, q in zip(X, p, strict=True))
    said = f"{case[0].upper()}{case[1:]} you return {law}. "
    if X.min() < -1e-9:
        return said + "A mean of lengths is never negative."
    m = p @ X
    v = p @ (X - m) ** 2
    s = variance**0.5
    right_mean = abs(m - mean) <= 1e-7 * mean
    if right_mean and abs(v - variance) <= 1e-7 * variance:
        value, most = p @ f(X), largest(mean, variance)
        if value >= most * (1 - 1e-6):
            return None
        if len(X) == 2 and abs(p[0] - 0.5) < 1e-9:
            return said + (
                f"Mean and variance are right; E[1/(1 + X)²] is {value:.4g}. It is not the worst: "
                "f is largest near 0, and the smaller value of a symmetric law stops short of it."
            )
        return said + (
            f"Mean and variance are right; E[1/(1 + X)²] is {value:.4g}, and {most:.4g} is "
            "possible. How small may the smaller value be, and where is the other then?"
        )
    if right_mean and abs(v - s) <= 1e-7 * s:
        return said + f"Its variance is {v:.4g}, the root of what is asked for: s² is given, not s."
    if len(X) == 2 and X.min() == 0 and abs(X.max() - mean - s) <= 1e-7 * mean:
        return said + (
            f"Its mean is {m:.4g}, its variance {v:.4g}: the larger value is not one standard "
            "deviation above the mean, as the two are not equally likely. Solve for both."
        )
    if not right_mean:
        return said + f"Its mean is {m:.4g}."
    return said + f"Its mean is right, its variance is {v:.4g}."


def worst(far="mean + variance / mean", p="mean / far", values="[0.0, far]"):
    return f"""def worst_law(mean, variance):
    far = {far}
    p = {p}
    return {values}, [1 - p, p]"""


WORST = Exercise(
    "18.worst",
    "The law that is worst for a guess",
    "make it an equality",
    ("worst_law",),
    insight=(
        "The same law is the worst for E[1/(1 + X)], for E exp(−X), for every f with f‴ < 0: "
        "the parabola looks at nothing else."
    ),
    minutes=6,
    hints=(
        "Where is 1/(1 + x)² largest? Put as much probability there as mean and variance allow.",
        (
            "Two values, 0 and y, the latter with probability q: the mean is qy, "
            "the mean square qy². Solve for q and y."
        ),
        "qy = mean and qy² = variance + mean². Divide the one by the other.",
    ),
    mistakes=(
        Mistake(
            "the smaller value of a symmetric law stops short of it",
            """def worst_law(mean, variance):
    s = variance ** 0.5
    return [mean - s, mean + s], [0.5, 0.5]""",
        ),
        Mistake(
            "How small may the smaller value be",
            """def worst_law(mean, variance):
    near = mean / 4
    far = mean + variance / (mean - near)
    p = (mean - near) / (far - near)
    return [near, far], [1 - p, p]""",
        ),
        Mistake(
            "A mean of lengths is never negative.",
            """def worst_law(mean, variance):
    near = -0.9
    far = mean + variance / (mean - near)
    p = (mean - near) / (far - near)
    return [near, far], [1 - p, p]""",
        ),
        Mistake("is not one standard deviation above the mean", worst("mean + variance ** 0.5")),
        Mistake("s² is given, not s", worst("mean + variance ** 0.5 / mean")),
        Mistake("Its mean is right, its variance is", worst("mean + variance")),
        Mistake(
            "you return 0 (with 0.571) and 3.5 (with 0.429). Its mean is", worst(p="1 - mean / far")
        ),
        Mistake(
            "add up to 2, not to 1",
            """def worst_law(mean, variance):
    return [0.0, mean + variance / mean], [1.0, 1.0]""",
        ),
        Mistake(
            "returns two lists",
            """def worst_law(mean, variance):
    return mean + variance / mean""",
        ),
    ),
    alternative="""def worst_law(mean, variance):
    square = variance + mean ** 2
    return (square / mean, 0), (mean ** 2 / square, variance / square)""",
    judge=judge_worst,
)

# ---- 18.branch


def spreads():
    return [(0.75,), (0.3125,), (0.1,), (2.0,), (10.0,), (1e-3,)]


def as_pair(names, t2):
    """Both numbers of an answer; whatever else it returns, as it is."""
    found = names["two_branches"](t2)
    if isinstance(found, (tuple, list, np.ndarray)) and len(found) == 2:
        return list(found)
    return found


def branch(condition, constant="(1 + z) ** 2"):
    return f"""def two_branches(t2):
    low, high = 0.0, 1e6
    for _ in range(200):
        z = (low + high) / 2
        if {condition}:
            low = z
        else:
            high = z
    return z, {constant}"""


CROSSING = "(1 + z) ** 2 < 1 + t2 * (1 + 1 / z) ** 2"

BRANCH = Exercise(
    "18.branch",
    "Where to put the branch",
    "give a bound",
    ("two_branches",),
    insight=(
        "A constant x asks for t² ≤ (x − 1)(√x − 1)²/x: that is about 9 times as many "
        "tasks for x = 2 as for x = 4, and about 3,500 times as many for x = 1.1."
    ),
    minutes=5,
    hints=(
        "The constant is the larger of what they prove: one branch rises with z, the other falls.",
        (
            "The largest value of a branch is at the border, for both. "
            "So the border belongs where they are equal."
        ),
        "Solve (1 + z)² = 1 + t²(1 + 1/z)² by halving an interval.",
    ),
    mistakes=(
        Mistake(
            "The branch stays at 1 in yours. For t² = ¾ that is the best; for a smaller t² the "
            "long branch proves less than 4 there, and may begin earlier.",
            "def two_branches(t2):\n    return 1.0, max(4.0, 1 + 4 * t2)",
        ),
        Mistake(
            "That is where the sum of the two is smallest. Each gradient meets one branch only: "
            "the larger of the two counts.",
            branch(
                "2 * (1 + z) < 2 * t2 * (1 + 1 / z) / z ** 2",
                "max((1 + z) ** 2, 1 + t2 * (1 + 1 / z) ** 2)",
            ),
        ),
        Mistake(
            "In the long branch s²/(A²m²) has to be multiplied by L_w² as well: "
            "(1 + z)² stands in front of t²/z².",
            branch("(1 + z) ** 2 < 1 + t2 / z ** 2"),
        ),
        Mistake(
            "The given number is t², not t: it is not to be squared again.",
            branch("(1 + z) ** 2 < 1 + t2 ** 2 * (1 + 1 / z) ** 2"),
        ),
        Mistake(
            "Your branch is right, your constant is L_w/A there: the lemma is about the square.",
            branch(CROSSING, "1 + z"),
        ),
        Mistake(
            "Your constant is that of the worst law itself, at your branch. "
            "The two branches prove less than that.",
            branch(CROSSING, "worst_factor(z, t2)"),
        ),
    ),
    alternative="""def two_branches(t2):
    # (1 + z)² (z² − t²) = z²
    roots = np.roots([1, 2, -t2, -2 * t2, -t2])
    z = max(root.real for root in roots if abs(root.imag) < 1e-9)
    return z, 1 + t2 * (1 + 1 / z) ** 2""",
    cases=spreads,
    run=as_pair,
    tolerance=1e-5,
    equivalent={
        "range(200) -> range(201)": "halved often enough",
        "range(200) -> range(199)": "halved often enough",
        (
            "(1 + z) ** 2 < 1 + t2 * (1 + 1 / z) ** 2 -> (1 + z) ** 2 <= 1 + t2 * (1 + 1 / z) ** 2"
        ): "at the border both are equal",
    },
)

# ---- 18.factor


def draws():
    return [(10.0, 0.5, 2), (10.0, 0.5, 1), (3.0, 0.9, 3), (100.0, 0.1, 20), (5.0, 0.25, 7)]


def factor(*lines):
    body = "\n".join(f"    {line}" for line in lines)
    return f"from math import comb\n\n\ndef factor(length, share, drawn):\n{body}"


def sum_of_draws(term="1 / (1 + length * k / drawn) ** 2", front="(1 + share * length) ** 2"):
    return factor(
        "total = 0.0",
        "for k in range(drawn + 1):",
        "    chance = comb(drawn, k) * share ** k * (1 - share) ** (drawn - k)",
        f"    total += chance * ({term})",
        f"return total * {front}",
    )


FACTOR = Exercise(
    "18.factor",
    "What a guess from B' tasks comes to",
    "write",
    ("factor",),
    insight=(
        "As long as all B' tasks may be at rest together, the factor is at least "
        "(1 − share)^B' times L_w²/A²: it is such draws that B' has to make rare."
    ),
    minutes=5,
    hints=(
        "How many of the drawn tasks move? That number is binomial: `comb` counts the ways.",
        (
            "If k of them move, X = length·k/drawn, with the probability "
            "comb(drawn, k) share^k (1 − share)^(drawn − k). Sum 1/(1 + X)² over k."
        ),
    ),
    mistakes=(
        Mistake(
            "That is (E[1/L̂])²·L_w², the square of the mean. The mean of the square is larger, "
            "by the variance of 1/L̂.",
            factor(
                "total = 0.0",
                "for k in range(drawn + 1):",
                "    chance = comb(drawn, k) * share ** k * (1 - share) ** (drawn - k)",
                "    total += chance / (1 + length * k / drawn)",
                "return (total * (1 + share * length)) ** 2",
            ),
        ),
        Mistake(
            "You have put the mean into the denominator: E[1/L̂²] is not 1/(E L̂)², which is 1/L_w².",
            factor("L_w = 1 + share * length", "return L_w ** -2 * L_w ** 2"),
        ),
        Mistake(
            "That is the factor of one task, whatever B' is: a mean over B' draws varies less.",
            factor(
                "mean = 1 - share + share / (1 + length) ** 2",
                "return mean * (1 + share * length) ** 2",
            ),
        ),
        Mistake(
            "In yours X is the sum of the lengths drawn. It is their mean.",
            sum_of_draws("1 / (1 + length * k) ** 2"),
        ),
        Mistake(
            "That is E[1/L̂²] alone; as a multiple of 1/L_w² it is L_w² times that.",
            sum_of_draws(front="1"),
        ),
        Mistake(
            "That is E[1/L̂]·L_w, the mean and not the mean square.",
            sum_of_draws("1 / (1 + length * k / drawn)", "(1 + share * length)"),
        ),
        Mistake(
            "That is E[L̂²]/L_w². One over the mean of a square is not the mean of one over it.",
            sum_of_draws("(1 + length * k / drawn) ** 2", "(1 + share * length) ** -2"),
        ),
    ),
    alternative=factor(
        "law = np.ones(1)",
        "for _ in range(drawn):",
        "    law = np.convolve(law, [1 - share, share])",
        "L_hat = 1 + length * np.linspace(0, 1, drawn + 1)",
        "return law @ L_hat ** -2 * (1 + share * length) ** 2",
    ),
    cases=draws,
    equivalent={"drawn + 1 -> drawn + 2": "comb(n, n + 1) is 0"},
)

# ---- 18.moments


def noisy_tasks():
    return [
        ([3.0, -1.0, 0.5], 2.0, 4),
        ([-2.0, 4.0], 1.0, 1),
        ([0.0, 0.0], 10.0, 8),
        ([1.0, 5.0, -3.0, 0.0], 0.0, 3),
        ([1.5], 4.0, 2),
    ]


def as_two_numbers(names, g, noise, drawn):
    found = names["moments"](g, noise, drawn)
    if isinstance(found, (tuple, list, np.ndarray)) and len(found) == 2:
        return list(found)
    return found


def moments(mean="lengths.mean()", variance="lengths.var() / drawn", *before):
    lines = "".join(f"    {line}\n" for line in before)
    return (
        "def moments(g, noise, drawn):\n"
        "    g = np.asarray(g, float)\n"
        "    lengths = np.abs(np.concatenate([g + noise, g - noise]))\n"
        f"{lines}    return {mean}, {variance}"
    )


MOMENTS_OF_X = Exercise(
    "18.moments",
    "Mean and variance of a noisy guess",
    "write",
    ("moments",),
    insight=(
        "In one variable there is no bias as long as the noise is smaller than every gradient; in "
        "the plane there is, unless noise and gradient are parallel."
    ),
    minutes=5,
    hints=(
        "One draw is a task and a sign. How many outcomes has it, and how long is each?",
        "X is the mean of B' such draws: its mean is that of one draw. And its variance?",
    ),
    mistakes=(
        Mistake(
            "Your mean is m, that of the gradients without noise. A sample is longer on average.",
            moments("np.abs(g).mean()"),
        ),
        Mistake(
            "In yours B' reduces the bias μ − m. It is the same in every draw, "
            "and a mean over more draws keeps it.",
            moments("np.abs(g).mean() + (lengths.mean() - np.abs(g).mean()) / drawn"),
        ),
        Mistake(
            "Your variance is that of one draw. X is the mean of B' independent ones.",
            moments(variance="lengths.var()"),
        ),
        Mistake(
            "A variance is divided by B', not by its square: "
            "the standard deviation falls with the root of B'.",
            moments(variance="lengths.var() / drawn ** 2"),
        ),
        Mistake(
            "You return the standard deviation.", moments(variance="(lengths.var() / drawn) ** 0.5")
        ),
        Mistake(
            "Your variance is that of the gradients without noise.",
            moments(variance="np.abs(g).var() / drawn"),
        ),
        Mistake(
            "`ddof=1` estimates a variance from samples. Here the law is known.",
            moments(variance="lengths.var(ddof=1) / drawn"),
        ),
        Mistake(
            "You average the samples with their signs; X is a mean of lengths.",
            moments("g.mean()", "np.concatenate([g + noise, g - noise]).var() / drawn"),
        ),
    ),
    alternative="""def moments(g, noise, drawn):
    one = [abs(x + sign * noise) for x in g for sign in (-1, 1)]
    mean = sum(one) / len(one)
    square = sum(x * x for x in one) / len(one)
    return mean, (square - mean ** 2) / drawn""",
    cases=noisy_tasks,
    run=as_two_numbers,
    equivalent={
        "[g + noise, g - noise] -> [g - noise, g + noise]": "the same lengths",
        "g - noise -> noise - g": "the same lengths",
    },
)

# ---- 18.own


def judge_own(names):
    G, p = names["G"], names["p"]
    if some_unattempted(G, p):
        raise NotImplementedError
    complaint = complaint_about_law(G, p, ("G", "p"))
    if complaint:
        return complaint
    G, p = as_floats(G), as_floats(p)
    mean, own = p @ G, p @ (G / (1 + np.abs(G)))
    said = f"E G is {mean:.4g}, and E[βG] is {own:.4g}. "
    if mean >= 1 and own <= -0.05:
        beta = p @ (1 / (1 + np.abs(G)))
        return Accepted(
            f"{said}On average the step goes uphill. "
            f"With fresh tasks for β it would be E β · E G = {beta * mean:.3g}."
        )
    if abs(mean) > 1e-12 and mean < 1 and own < 0 and mean < 0:
        return said + "Downhill is to the right here, and so is the mean step: nothing is broken."
    G = G[p > 0]
    if (G >= 0).all():
        return said + "All your tasks agree on the way down, and so does every step. Let some not."
    if mean < 1:
        return said + "The exercise asks for E G ≥ 1: one task's gradient has to be much longer."
    if own > 0 and np.abs(G).max() < 5:
        return said + (
            "Your gradients are short, and β is nearly the same for all of them. "
            "What does β make of a G of 1,000?"
        )
    if own > 0:
        return said + (
            "βG is G/(1 + |G|), never above 1, however long G is. "
            "So it is numbers that count there: let most tasks point the other way."
        )
    return said + "You are near: E[βG] has to be −0.05 or less."


def own(G="[40.0, -1.0]", p="[0.25, 0.75]"):
    return f"G = {G}\np = {p}"


OWN = Exercise(
    "18.own",
    "A stepsize from its own batch",
    "break it",
    ("G", "p"),
    insight=(
        "In E[βG] no task counts for more than 1, in E G each counts as much as its gradient is "
        "long; with the mean of a larger batch in place of G the fault shrinks."
    ),
    minutes=5,
    hints=(
        "βG = G/(1 + |G|): what is it for G = 1, and what for G = 1,000?",
        (
            "A few tasks with a long gradient carry E G. "
            "Many with a short one, of the other sign, carry E[βG]."
        ),
    ),
    mistakes=(
        Mistake("All your tasks agree on the way down", own("[40.0, 1.0]")),
        Mistake("The exercise asks for E G ≥ 1", own("[1.0, -1.0]", "[0.5, 0.5]")),
        Mistake("So it is numbers that count there", own(p="[0.75, 0.25]")),
        Mistake("Your gradients are short", own("[4.0, -0.1]", "[0.5, 0.5]")),
        Mistake("nothing is broken", own("[-40.0, 1.0]", "[0.75, 0.25]")),
        Mistake("You are near", own("[40.0, -1.0]", "[0.335, 0.665]")),
        Mistake("add up to 0.8, not to 1", own(p="[0.05, 0.75]")),
        Mistake("Each value has one probability", own(p="[0.25, 0.5, 0.25]")),
    ),
    alternative="G = np.array([1e6, -2, -3])\np = (0.1, 0.5, 0.4)",
    judge=judge_own,
    equivalent={"*": "a changed counterexample is often a counterexample too"},
)

EXERCISES = [REVERSE, WORST, BRANCH, FACTOR, MOMENTS_OF_X, OWN]
