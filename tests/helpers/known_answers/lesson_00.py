"""Known answers of lesson 00."""


def curve(
    step="adapted - alpha * loss.gradient(adapted, *support)",
    judged="loss.value(adapted, *query)",
    tasks="tasks",
    end="return errors",
):
    """An answer to 00.step, with something else in one place."""
    return f"""def learning_curve(w, tasks, loss, alpha, steps):
    errors = [0.0] * (steps + 1)
    for support, query in {tasks}:
        adapted = w
        for k in range(steps + 1):
            errors[k] += {judged} / len(tasks)
            adapted = {step}
    {end}"""


NORMAL = "np.random.default_rng(3).normal(50, 100, yq.shape)"


def peeks(other=NORMAL, verdict="not np.array_equal(before, after)"):
    """An answer to 00.peeks that changes yq once."""
    return f"""def peeks(learn, x, y, xq, yq):
    before = learn(x, y, xq, yq)
    after = learn(x, y, xq, {other})
    return {verdict}"""


def peeks_often(others, same="np.array_equal(before, after)"):
    """An answer to 00.peeks that changes yq several times."""
    return f"""def peeks(learn, x, y, xq, yq):
    before = learn(x, y, xq, yq)
    for other in {others}:
        after = learn(x, y, xq, other)
        if not {same}:
            return True
    return False"""


def worse(w=0.5, alpha=0.1, seen=1.0, unseen=3.0):
    """The text of an answer to 00.worse: numbers, or texts of them."""
    return f"counterexample = dict(w={w}, alpha={alpha}, seen={seen}, unseen={unseen})"


WRONG = {
    "00.step": [
        ("few sizes", curve(tasks="tasks[:2]")),
        ("few sizes", curve("adapted - min(alpha, 1) * loss.gradient(adapted, *support)")),
        ("ignored argument", curve("adapted - 0.1 * loss.gradient(adapted, *support)")),
        ("ignored argument", curve(judged="loss.value(w, *query)")),
        ("slip", curve("adapted - alpha * loss.gradient(adapted, *query)")),
        ("slip", curve(end="return errors[1:]")),
        ("slip", curve(end="return sorted(errors)[::-1]")),
        ("spoils inputs", curve(end="w *= 0\n    return errors")),
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
    "00.peeks": [
        ("not tight", peeks("yq[::-1]")),
        ("not tight", peeks("yq + 1e-9")),
        ("few sizes", peeks(verdict="before[0] != after[0] and len(x) > 4")),
        ("not tight", peeks("100 - 3 * yq")),
        ("not tight", peeks("1e6 + yq")),
        # who keeps one of ten steps may keep the same for one other yq
        ("not tight", peeks()),
        ("not tight", peeks("np.zeros_like(yq) + 100", "not np.allclose(before, after)")),
        # who uses the answers badly is no worse once they are changed
        ("not tight", peeks(verdict="np.mean((before - yq) ** 2) < np.mean((after - yq) ** 2)")),
        ("slip", peeks(verdict="np.array_equal(before, after)")),
        ("slip", peeks(verdict="np.allclose(before, yq)")),
        ("ignored argument", peeks("yq")),
    ],
}
RIGHT = {
    "00.step": [
        curve(),
        curve(end="return np.array(errors)"),
        curve(end="yield from errors"),
        curve(end="return tuple(errors)"),
        "def learning_curve(w, tasks, loss, alpha, steps):\n"
        "    step = lambda p, points: p - alpha * loss.gradient(p, *points)\n"
        "    return np.mean([[loss.value(p := step(p, s) if k else w, *q) "
        "for k in range(steps + 1)] for s, q in tasks], axis=0)",
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
    "00.peeks": [
        peeks("np.full_like(yq, np.nan)"),
        peeks_often(f"({NORMAL}, -{NORMAL})"),
        peeks_often("np.random.default_rng(1).normal(0, 1e4, (20, *yq.shape))"),
        peeks_often("(yq ** 3 * 1e6, -yq ** 3 * 1e6)", "np.abs(before - after).max() < 1e-9"),
        peeks_often("(np.zeros_like(yq) + 100, np.zeros_like(yq) - 100)"),
    ],
}
