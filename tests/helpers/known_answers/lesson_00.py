"""Known answers of lesson 00."""

STEP = "def step(w, gradient, alpha):\n"


def worse(w=0.5, alpha=0.1, seen=1.0, unseen=3.0):
    """The text of an answer to 00.worse: numbers, or texts of them."""
    return f"counterexample = dict(w={w}, alpha={alpha}, seen={seen}, unseen={unseen})"


WRONG = {
    "00.step": [
        ("few sizes", STEP + "    return w - alpha * np.clip(gradient, -5, 5)"),
        ("few sizes", STEP + "    return w - min(alpha, 1.0) * gradient"),
        ("few sizes", STEP + "    return w.ravel() - alpha * gradient.ravel()"),
        ("ignored argument", STEP + "    return w - 0.1 * gradient"),
        ("spoils inputs", STEP + "    gradient *= alpha\n    return w - gradient"),
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
        STEP + "    w = w.copy()\n    w -= alpha * gradient\n    return w",
        STEP + "    return np.array([a - alpha * b for a, b in zip(w, gradient)])",
        "class Step:\n"
        "    def __call__(self, w, g, alpha=0.1):\n"
        "        return w + -alpha * g\n"
        "step = Step()",
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
