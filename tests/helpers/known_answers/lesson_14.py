"""Known answers of lesson 14."""


def farthest(distance):
    return f"def farthest(alpha, L, j, d0):\n    return {distance}"


def linear(loss="theory.Quadratic([[-1.0]], [0.0])", w="[1.0]", u="[2.0]", alpha="0.1", steps="20"):
    return f"instance = dict(loss={loss}, w={w}, u={u}, alpha={alpha}, steps={steps})"


def false(line="4", loss="theory.CosineSum([[1.0]], [1.0], [0.0])", w="[0.1]", alpha="0.5"):
    return f"line = {line}\ninstance = dict(loss={loss}, w={w}, alpha={alpha})"


def stray(way):
    return f"def farthest_from_start(alpha, L, N, g):\n    return {way}"


NOT_A_HILL = """loss = theory.Quadratic([[1.0]], [0.0])
loss.gradient = lambda w: -w
"""

WRONG = {
    "14.steps": [
        (
            "few sizes",
            """def farthest(alpha, L, j, d0):
    distance = d0 * (1 + alpha * L)
    for _ in range(j - 1):
        distance *= 1 + alpha * L
    return distance""",
        ),
        ("few sizes", farthest("d0 * (1 + alpha * L) ** min(j, 20)")),
        ("few sizes", farthest("d0 * (1 + min(alpha * L, 1)) ** j")),
        ("ignored argument", farthest("max(d0, 0.001) * (1 + alpha * L) ** j")),
        ("not tight", farthest("0.95 * d0 * (1 + alpha * L) ** j")),
    ],
    "14.linear": [
        (
            "smuggled",
            linear("theory.CosineSum([[-1.0]], [1.0], [0.0])", "[0.0005]", "[-0.0005]"),
        ),
        (
            "smuggled",
            linear("theory.CosineSum([[1.0]] * 2, [0.5, 0.5], [0.0] * 2)", "[5e-4]", "[-5e-4]"),
        ),
        ("does not fit", NOT_A_HILL + linear("loss")),
        ("not tight", linear(alpha="1e-9", steps="1000")),
        ("slip", linear(alpha="10 ** 400")),
    ],
    "14.false": [
        ("does not fit", NOT_A_HILL + false(loss="loss")),
        ("not tight", false(w="[1.3]", alpha="0.1")),
        ("slip", false(loss="theory.Quadratic([[1.0]], [0.0])", alpha="1.0")),
        ("slip", false(line="'4'")),
        # in a valley, where rounding alone makes the gradient larger
        ("not tight", false("4", "theory.CosineSum([[1.0]], [1.0], [np.pi])", "[1e-16]", "1.0")),
    ],
    "14.order": [
        ("slip", 'order = "DFBAHECG"'),
        ("slip", 'order = "DFBAHEE"'),
        ("slip", 'order = list("CEHABFD")'),
        ("does not fit", "order = [1, 2, 3, 4, 5, 6, 7]"),
    ],
    "14.stray": [
        (
            "few sizes",
            """def farthest_from_start(alpha, L, N, g):
    way = alpha * g
    for j in range(1, N):
        way += alpha * g * (1 + alpha * L) ** j
    return way""",
        ),
        ("few sizes", stray("g * ((1 + alpha * L) ** min(N, 20) - 1) / L")),
        ("few sizes", stray("g * min(((1 + alpha * L) ** N - 1) / L, N * alpha * 50)")),
        ("ignored argument", stray("g * ((1 + alpha) ** N - 1)")),
        ("not tight", stray("0.95 * g * ((1 + alpha * L) ** N - 1) / L")),
    ],
}
RIGHT = {
    "14.steps": [
        """from functools import lru_cache

@lru_cache(maxsize=None)
def factor(a, j):
    return 1.0 if j == 0 else a * factor(a, j - 1)

def farthest(alpha, L, j, d0):
    return d0 * factor(1 + alpha * L, j)""",
        """import math

def farthest(alpha, L, j, d0):
    return d0 * sum(math.comb(j, k) * (alpha * L) ** k for k in range(j + 1))""",
        """def farthest(alpha, L, j, d0):
    if j == 0:
        return d0
    return (1 + alpha * L) * farthest(alpha, L, j - 1, d0)""",
    ],
    "14.linear": [
        linear("theory.LogCosh([[1.0]], [-1.0], [0.0])", "[1e-3]", "[-1e-3]", "0.5", "10"),
        "from fractions import Fraction\n\n" + linear(alpha="Fraction(1, 10)"),
        linear(u="[1.0 + 1e-7]"),
    ],
    "14.false": [
        false(w="[1e-6]"),
        "from fractions import Fraction\n\n"
        + false("np.int64(4)", "theory.Quadratic(-np.eye(2), [1, 2])", "(0, 0)", "Fraction(1, 2)"),
    ],
    "14.order": [
        'order = "D ≤ F ≤ B ≤ A ≤ H ≤ E ≤ C"',
        'order = np.array(["d", "f", "b", "a", "h", "e", "c"])',
        'order = tuple("D F B A H E C".split())',
    ],
    "14.stray": [
        """import math

def farthest_from_start(alpha, L, N, g):
    return g / L * math.expm1(N * math.log1p(alpha * L))""",
        stray("alpha * g * sum((1 + alpha * L) ** np.arange(N))"),
    ],
}
