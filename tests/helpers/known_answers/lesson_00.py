"""Known answers of lesson 00."""

STEP = "def one_step(w, tasks, gradient, alpha):\n"


def worse(w=0.5, alpha=0.1, seen=1.0, unseen=3.0):
    """The text of an answer to 00.worse: numbers, or texts of them."""
    return f"counterexample = dict(w={w}, alpha={alpha}, seen={seen}, unseen={unseen})"


WRONG = {
    "00.step": [
        ("few sizes", STEP + "    return [w - alpha * gradient(w, t) for t in tasks[:3]]"),
        ("few sizes", STEP + "    return [w - min(alpha, 1) * gradient(w, t) for t in tasks]"),
        ("ignored argument", STEP + "    return [w - 0.1 * gradient(w, task) for task in tasks]"),
        ("ignored argument", STEP + "    return [w - alpha * w for task in tasks]"),
        ("slip", STEP + "    return [w - alpha * gradient(task, w) for task in tasks]"),
        ("slip", STEP + "    for task in tasks:\n        return [w - alpha * gradient(w, task)]"),
        (
            "spoils inputs",
            STEP + "    ends = [w - alpha * gradient(w, t) for t in tasks]\n    w *= 0\n"
            "    return ends",
        ),
    ],
    "00.limit": [
        ("few sizes", "def limit(L):\n    return 2 / max(L, 0.5)"),
        ("few sizes", "def limit(L):\n    return min(2 / L, 4)"),
        ("ignored argument", "def limit(L):\n    return 0.5"),
        ("not tight", "def limit(L):\n    return 1.999 / L"),
    ],
    "00.worse": [
        ("not tight", worse(w=2.0, alpha=1e-16)),  # both errors fall, and rounding hides it
        ("not tight", worse(w="np.nextafter(np.sin(0.7) / 0.7, 9)", alpha=1.0, seen=0.7)),
        ("slip", worse(w=1e200)),
        ("slip", worse(alpha="10 ** 400")),
        ("slip", worse(unseen=0.9)),
    ],
}
RIGHT = {
    "00.step": [
        STEP + "    return np.array([w - alpha * gradient(w, task) for task in tasks])",
        STEP + "    return [w + -alpha * gradient(w.copy(), task) for task in tasks]",
        STEP + "    for task in tasks:\n        yield w - alpha * gradient(w, task)",
        "def one_step(w, t, g, a):\n    return tuple(map(lambda task: w - a * g(w, task), t))",
    ],
    "00.limit": [
        "limit = lambda L: np.divide(2, L)",
        "def limit(L: float) -> float:\n"
        "    low, high = 1 / L, 4 / L\n"
        "    for _ in range(100):\n"
        "        middle = (low + high) / 2\n"
        "        low, high = (middle, high) if abs(1 - middle * L) < 1 else (low, middle)\n"
        "    return low",
    ],
    "00.worse": [
        "from fractions import Fraction\n" + worse(w="Fraction(1, 2)", alpha="Fraction(1, 10)"),
        worse(w="np.float32(0.5)", seen="np.int64(1)"),
        worse(alpha=1e-11),
    ],
}
