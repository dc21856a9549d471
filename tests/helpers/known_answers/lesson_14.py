"""Known answers of lesson 14."""


def farthest(distance):
    return f"def farthest(alpha, L, j, d0):\n    return {distance}"


EVEN = "theory.CosineSum(np.eye(2), [1.0, 1.0], [0.0, 0.0])"


def linear(loss=EVEN, w="[0.1, 0.1]", u="[-0.1, -0.1]", alpha="0.5"):
    return f"instance = dict(loss={loss}, w={w}, u={u}, alpha={alpha})"


def false(line="4", loss="theory.CosineSum([[2.0]], [1.0], [0.0])", w="[0.1]", alpha="0.2"):
    return f"line = {line}\ninstance = dict(loss={loss}, w={w}, alpha={alpha})"


def stray(way):
    return f"def farthest_from_start(alpha, L, N, g):\n    return {way}"


NOT_A_HILL = f"""loss = {EVEN}
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
        ("smuggled", linear(w="[0.1, 1e-9]", u="[-0.1, -1e-9]")),
        ("does not fit", NOT_A_HILL + linear("loss", "[1.5, 1.5]", "[1.4, 1.4]")),
        ("not tight", linear(alpha="1e-9")),
        ("not tight", linear("theory.CosineSum(np.eye(2), [1.0, 0.5], [0.0, 0.0])")),
        ("slip", linear(alpha="10 ** 400")),
    ],
    "14.false": [
        ("does not fit", NOT_A_HILL + false(loss="loss", w="[1.5, 1.5]", alpha="0.5")),
        ("not tight", false(w="[0.65]", alpha="0.05")),
        ("smuggled", false(loss="theory.CosineSum([[-1.0]], [1.0], [0.0])", alpha="0.5")),
        ("slip", false(loss="theory.CosineSum([[2.0]], [-1.0], [0.0])", alpha="0.25")),
        ("slip", false(line="'4'")),
        # in a valley, where rounding alone makes the gradient larger
        ("not tight", false("4", "theory.CosineSum([[2.0]], [1.0], [np.pi])", "[1e-16]", "0.25")),
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
        linear(u="[0.1 + 1e-7, 0.1 - 1e-7]"),
        "from fractions import Fraction\n\n" + linear(alpha="Fraction(1, 2)"),
        linear("theory.LogCosh(np.eye(2), [-1.0, -1.0], [0.0, 0.0])"),
        linear("theory.CosineSum([[1.0, 1.0]], [0.5], [0.0])", alpha="1"),
    ],
    "14.false": [
        false(w="[1e-6]"),
        "from fractions import Fraction\n\n"
        + false("np.int64(4)", EVEN, "(0.1, 0.2)", "Fraction(1, 2)"),
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
