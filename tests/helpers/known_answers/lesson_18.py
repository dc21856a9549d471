"""Known answers of lesson 18."""


def reverse(line="3", X="[1.0, 4.0]", p="[0.5, 0.5]"):
    return f"false_line = {line}\nX = {X}\np = {p}"


def worst(*lines):
    return "def worst_law(mean, variance):\n" + "\n".join(f"    {line}" for line in lines)


def branch(*lines):
    return "def two_branches(t2):\n" + "\n".join(f"    {line}" for line in lines)


def halving(condition, answer, rounds=200):
    return branch(
        "low, high = 0.0, 1e6",
        f"for _ in range({rounds}):",
        "    z = (low + high) / 2",
        f"    if {condition}:",
        "        low = z",
        "    else:",
        "        high = z",
        f"return {answer}",
    )


CROSSING = "(1 + z) ** 2 < 1 + t2 * (1 + 1 / z) ** 2"


def factor(*lines):
    return "def factor(length, share, drawn):\n" + "\n".join(f"    {line}" for line in lines)


def moments(*lines):
    return "def moments(g, noise, drawn):\n" + "\n".join(f"    {line}" for line in lines)


def own(G="[40.0, -1.0]", p="[0.25, 0.75]"):
    return f"G = {G}\np = {p}"


WRONG = {
    "18.reverse": [
        ("not tight", reverse(X="[1.0, 2.0]")),
        ("slip", reverse(line="5")),
        ("slip", reverse(X="[1.0, 4.0, 2.0]")),
        ("slip", reverse(p="[1.5, -0.5]")),
        ("slip", reverse(X="[-0.5, 4.0]")),
        ("slip", reverse(X="3.0")),
    ],
    "18.worst": [
        (
            "not tight",  # nearly at rest
            worst(
                "near = 0.001 * mean",
                "far = mean + variance / (mean - near)",
                "q = (mean - near) / (far - near)",
                "return [near, far], [1 - q, q]",
            ),
        ),
        (
            "few sizes",  # right for (2, 3) alone
            worst("return [0.0, 3.5], [3 / 7, 4 / 7]"),
        ),
        (
            "not tight",  # three values
            worst(
                "far = mean + 4 * variance / mean",
                "q = variance / ((far - mean) ** 2 + mean * (far - mean))",
                "r = q * (far - mean) / mean",
                "return [0.0, mean, far], [r, 1 - q - r, q]",
            ),
        ),
        ("slip", worst("return [0.0, mean], [0.5, 0.5]")),
        ("slip", worst("return mean + variance / mean, mean ** 2 / (mean ** 2 + variance)")),
    ],
    "18.branch": [
        ("few sizes", branch("z = 1.0 if t2 > 0.7 else 0.6928219700562", "return z, (1 + z) ** 2")),
        ("not tight", halving(CROSSING, "z, 1.01 * (1 + z) ** 2")),
        ("slip", halving(CROSSING, "(1 + z) ** 2, z")),
        ("slip", halving(CROSSING, "(1 + z) ** 2")),
        ("not tight", halving(CROSSING, "z, (1 + z) ** 2", rounds=20)),
        ("slip", branch("return t2 ** 0.5, (1 + t2 ** 0.5) ** 2")),
    ],
    "18.factor": [
        (
            "few sizes",
            factor(
                "both = share ** 2 / (1 + length) ** 2",
                "one = 2 * share * (1 - share) / (1 + length / 2) ** 2",
                "return ((1 - share) ** 2 + one + both) * (1 + share * length) ** 2",
            ),
        ),
        (
            "ignored argument",
            factor(
                "mean = sum(comb(drawn, k) / 2 ** drawn / (1 + length * k / drawn) ** 2",
                "           for k in range(drawn + 1))",
                "return mean * (1 + share * length) ** 2",
            ),
        ),
        (
            "slip",  # the worst law of the same mean and variance
            factor(
                "z = share * length",
                "return worst_factor(z, length ** 2 * share * (1 - share) / drawn)",
            ),
        ),
        (
            "slip",
            factor(
                "rng = np.random.default_rng(0)",
                "X = length * rng.binomial(drawn, share, 100000) / drawn",
                "return np.mean((1 + X) ** -2.0) * (1 + share * length) ** 2",
            ),
        ),
    ],
    "18.moments": [
        (
            "spoils inputs",
            moments(
                "for k in range(len(g)):",
                "    g.append(g[k] - noise)",
                "    g[k] += noise",
                "lengths = np.abs(g)",
                "return lengths.mean(), lengths.var() / drawn",
            ),
        ),
        ("ignored argument", moments("x = np.abs(g)", "return x.mean(), x.var() / drawn")),
        (
            "slip",
            moments(
                "g = np.abs(np.asarray(g, float))",
                "x = np.concatenate([g + noise, g - noise])",
                "return x.mean(), x.var() / drawn",
            ),
        ),
        (
            "slip",
            moments(
                "g = np.asarray(g, float)",
                "x = np.abs(np.concatenate([g + noise, g - noise]))",
                "return x.mean(), (x ** 2).mean() / drawn",
            ),
        ),
    ],
    "18.own": [
        ("not tight", own(p="[0.3, 0.7]", G="[10.0, -0.4]")),
        ("slip", own("[40.0, -1.0]", "[0.75, 0.25]")),
        ("slip", own("[]", "[]")),
        ("slip", own("[40.0, float('inf')]")),
        ("slip", own("[40.0, 0.0]")),
    ],
}
RIGHT = {
    "18.reverse": [
        "from fractions import Fraction\n\n"
        + reverse("np.int64(3)", "[1, Fraction(7, 2), 4]", "[Fraction(1, 2), 0, Fraction(1, 2)]"),
    ],
    "18.worst": [
        worst(
            "q = mean ** 2 / (mean ** 2 + variance)",
            "return np.array([0.0, mean / q]), np.array([1 - q, q])",
        ),
        worst(
            "far = mean + variance / mean",
            "return (0, 7, far), (1 - mean / far, 0, mean / far)",
        ),
    ],
    "18.branch": [
        "from scipy.optimize import brentq\n\n\n"
        + branch(
            "z = brentq(lambda z: z * z * ((1 + z) ** 2 - 1) - t2 * (1 + z) ** 2, 1e-9, 100)",
            "return np.array([z, (1 + z) ** 2])",
        ),
        branch(
            "low, high = 1 + 1e-9, 1e4",
            "for _ in range(300):",
            "    middle = np.sqrt(low * high)",
            "    enough = (middle - 1) * (np.sqrt(middle) - 1) ** 2 / middle >= t2",
            "    low, high = (low, middle) if enough else (middle, high)",
            "return np.sqrt(high) - 1, high",
        ),
    ],
    "18.factor": [
        """from itertools import product
from math import prod


def factor(length, share, drawn):
    law = {0: 1.0}
    for _ in range(drawn):
        after = {}
        for k, q in law.items():
            for more, chance in ((0, 1 - share), (1, share)):
                after[k + more] = after.get(k + more, 0.0) + q * chance
        law = after
    mean = sum(q / (1 + length * k / drawn) ** 2 for k, q in law.items())
    return mean * (1 + share * length) ** 2""",
    ],
    "18.moments": [
        moments(
            "x = [abs(one + s * noise) for one in g for s in (1, -1)]",
            "return np.mean(x), np.var(x) / drawn",
        ),
    ],
    "18.own": [
        "from fractions import Fraction\n\n"
        + own("[1000, -1, -2]", "[Fraction(1, 10), Fraction(1, 2), Fraction(2, 5)]"),
    ],
}
