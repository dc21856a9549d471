"""Known answers of lesson 16."""


def curvature(result):
    return f"def meta_curvature(curvature, alpha, steps):\n    return {result}"


def power(line="5", c="1.0", N="2"):
    return f"LINE = {line}\ninstance = dict(c={c}, N={N})"


def limit(result):
    return f"def largest_alpha(L, N):\n    return {result}"


def prefers(bound="0.001", loss="5"):
    return f"smallest_bound = {bound}\nsmallest_loss = {loss}"


def slope(result):
    return f"def slope(alpha):\n    return {result}"


def bisected(halvings=200, high="np.pi / 2", steps="steps"):
    return f"""def half_width(alpha, steps):
    low, high = 0.0, {high}
    for _ in range({halvings}):
        middle = (low + high) / 2
        if trajectory(middle, alpha, {steps})[-1] < np.pi / 2:
            low = middle
        else:
            high = middle
    return low"""


WRONG = {
    "16.curvature": [
        ("few sizes", curvature("curvature * (1 - alpha * curvature) ** (2 * min(steps, 5))")),
        ("few sizes", curvature("curvature * (1 - alpha * curvature) ** min(2 * steps, 100)")),
        (
            "few sizes",
            curvature("curvature * round(1 - alpha * curvature, 3) ** (2 * steps)"),
        ),
        ("few sizes", curvature("curvature * max(1 - alpha * curvature, 0) ** (2 * steps)")),
        (
            "few sizes",
            """def meta_curvature(curvature, alpha, steps):
    factor = 1 - alpha * curvature
    for _ in range(steps - 1):
        factor *= 1 - alpha * curvature
    return curvature * factor ** 2""",
        ),
        (
            "does not fit",  # the lesson counts steps with NumPy
            """def meta_curvature(curvature, alpha, steps):
    if type(steps) is not int:
        raise TypeError("steps is an integer")
    return curvature * (1 - alpha * curvature) ** (2 * steps)""",
        ),
        ("ignored argument", curvature("curvature * (1 - curvature / 2) ** (2 * steps)")),
    ],
    "16.power": [
        ("few sizes", power(c="1e-4", N="3")),
        ("does not fit", power(c="np.complex128(1)")),
        ("slip", power(c="10 ** 400")),
        ("not tight", power(c="0.24")),
    ],
    "16.limit": [
        ("few sizes", limit("(2 ** (1 / (2 * min(N, 100))) - 1) / L")),
        ("ignored argument", limit("(2 ** (1 / (2 * N)) - 1) / max(L, 1)")),
        ("not tight", limit("1.0001 * (2 ** (1 / (2 * N)) - 1) / L")),
        ("not tight", limit("0.95 * (2 ** (1 / (2 * N)) - 1) / L")),
        (
            "does not fit",
            "def largest_alpha(N, L):\n    return (2 ** (1 / (2 * N)) - 1) / L",
        ),
        (
            "does not fit",  # too large a power at N = 1000, which the lesson prints
            """def largest_alpha(L, N):
    low, high = 0.0, 1 / L
    for _ in range(100):
        middle = (low + high) / 2
        if (1 + middle * L) ** (2 * N) < 2:
            low = middle
        else:
            high = middle
    return low""",
        ),
    ],
    "16.prefers": [
        ("slip", prefers(bound="0.3")),
        ("slip", prefers(loss="0.001")),
        ("slip", prefers(bound="10 ** 400")),
    ],
    "16.needle": [
        ("few sizes", bisected(halvings=20)),
        ("few sizes", bisected(steps="min(steps, 20)")),
        ("few sizes", "def half_width(alpha, steps):\n    return 1.784926 / (1 + alpha) ** steps"),
        ("slip", bisected(high="np.pi / 4")),
        (
            "slip",  # undoes the steps by steps uphill, which are not their inverse
            """def half_width(alpha, steps):
    return trajectory(np.pi / 2, -alpha, steps)[-1]""",
        ),
    ],
    "16.washboard": [
        ("few sizes", slope("2 * np.pi / max(alpha, 0.3)")),
        ("not tight", slope("6.2832 / alpha")),
        ("slip", slope("2 * np.pi * alpha")),
        ("slip", slope("10 ** 400")),
        ("does not fit", "slope = 4 * np.pi"),
    ],
}
RIGHT = {
    "16.curvature": [
        curvature("np.prod([curvature] + 2 * steps * [1 - alpha * curvature])"),
        """from functools import reduce

def square(x, factor):
    return x * factor * factor

meta_curvature = lambda curvature, alpha, steps: reduce(
    square, [1 - alpha * curvature] * int(steps), curvature
)""",
    ],
    "16.power": [
        "from fractions import Fraction\n\n"
        + power("np.int64(5)", "Fraction(7, 3)", "np.int64(2)"),
    ],
    "16.limit": [
        """import math

def largest_alpha(L, N):
    return (math.exp(math.log(2) / (2 * N)) - 1) / L""",
        """def largest_alpha(L, N):
    a = 1 + 1 / N
    for _ in range(60):
        a -= (a ** (2 * N) - 2) / (2 * N * a ** (2 * N - 1))
    return (a - 1) / L""",
    ],
    "16.prefers": [
        "from fractions import Fraction\n\n" + prefers("Fraction(1, 1000)", "np.int64(5)"),
    ],
    "16.needle": [
        bisected(halvings=120),
        """from scipy.optimize import brentq

def half_width(alpha, steps):
    def above(logarithm):
        return trajectory(np.exp(logarithm), alpha, steps)[-1] - np.pi / 2

    return np.exp(brentq(above, -60, np.log(np.pi / 2) + 1e-12, xtol=1e-13))""",
    ],
    "16.washboard": [
        slope("-2 * np.pi / alpha"),
        slope("np.arange(7)[3] * 2 * np.pi / alpha"),
        "import math\n\n" + slope("math.tau / alpha"),
    ],
}
