"""Known answers of lesson 16."""


def curvature(result):
    return f"def meta_curvature(curvature, alpha, steps):\n    return {result}"


def power(line="5", c="1.0", N="2"):
    return f"LINE = {line}\ninstance = dict(c={c}, N={N})"


def limit(result):
    return f"def largest_alpha(L, N):\n    return {result}"


def flow(result):
    return f"def arrival(w, curvature, L, c):\n    return {result}"


def prefers(bound="0.001", loss="5", zero='"joint training"'):
    return f"smallest_bound = {bound}\nsmallest_loss = {loss}\nas_c_goes_to_zero = {zero}"


def task(m="0.2", A="0.6", phi="np.pi"):
    return f"task = dict(m={m}, A={A}, phi={phi})"


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
    "16.flow": [
        (
            "bypassed",
            """def arrival(w, curvature, L, c):
    for _ in range(100_000):
        w = w - c / (100_000 * L) * curvature * w
    return w""",
        ),
        ("few sizes", flow("w * max(np.exp(-c * curvature / L), 0.5)")),
        ("slip", flow("w + np.exp(-c * curvature / L)")),
    ],
    "16.prefers": [
        ("slip", prefers(bound="0.3")),
        ("slip", prefers(loss="0.001")),
        ("slip", prefers(bound="10 ** 400")),
        ("slip", prefers(zero='"joint"')),
    ],
    "16.necessary": [
        # the valley is so steep that steps overshoot: a needle between the starts that are tried
        ("few sizes", task("1.2", "3.6", "3.3")),
        ("few sizes", task("5.0", "6.0", "0.3")),
        ("slip", task(phi="0.1")),
        ("not tight", task(A="0.39")),
        ("slip", task(m="10 ** 400")),
        ("few sizes", task(phi="1e17")),  # where w + phi is rounded to phi
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
    "16.flow": [
        flow("w * np.exp2(-c * curvature / L / np.log(2))"),
    ],
    "16.prefers": [
        "from fractions import Fraction\n\n"
        + prefers("Fraction(1, 1000)", "np.int64(5)", '" Joint TRAINING"'),
    ],
    "16.necessary": [
        "from fractions import Fraction\n\n" + task("Fraction(1, 5)", "Fraction(3, 5)"),
        task("0.25", "np.float32(0.8)", "-np.pi"),
    ],
}
