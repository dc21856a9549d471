"""Known answers of lesson 07."""

from tinymaml.course.exercises.lesson_07 import HEAD as HEAD_OF_POWER
from tinymaml.course.exercises.lesson_07 import SHIFTED, power_answer

GRADIENT = """    found = []
    for s, q in tasks:
        g = loss.gradient(w - alpha * loss.gradient(w, *s), *q)
        found.append({each})
    return np.mean(found, axis=0)"""
PRODUCT = GRADIENT.format(each="g - alpha * loss.hvp(w, g, *s)")
HEAD = "def meta_gradient(loss, w, tasks, alpha):\n"
OF_PACKAGE = """import tinymaml as tm
def of_package(loss, w, s, q, alpha):
    tasks = tm.Tasks.finite_sum([a[None] for a in s], [a[None] for a in q])
    return tm.meta_gradient(loss, w, tasks, alpha=alpha, steps=1, target="numpy")
"""
MEMORY = """known = {{}}
def {name}(loss, w, tasks, alpha):
    key = {key}
    if key not in known:
        known[key] = afresh(loss, w, tasks, alpha)
    return known[key]
"""

WRONG = {
    "07.point": [
        ("few sizes", "best = {0.25: 1.0, 0.6: -1.0}\nagain = 0.4"),
        ("slip", "best = {0.25: 1.0, 0.6: np.complex128(-0.96)}\nagain = 0.4"),
        ("slip", "best = {0.25: 1.0, 0.6: -0.9}\nagain = 0.4"),
        (
            "slip",
            "best = {a: (1 - a) ** 2 - 4 * (1 - 4 * a) ** 2 for a in (0.25, 0.6)}\nagain = 0.4",
        ),
        ("slip", "best = {0.25: 1.0, 0.6: -0.96}\nagain = '0.4'"),
        ("not tight", "best = {0.25: 1.0, 0.6: -0.96}\nagain = 0.41"),
    ],
    "07.far": [
        ("not tight", "steep_axes = (84.2, 95.8)"),
        ("slip", "steep_axes = (85.0, 265.0)"),
        ("slip", "steep_axes = ('85', '95')"),
        ("slip", "steep_axes = (85.0, float('inf'))"),
    ],
    "07.power": [
        ("ignored argument", power_answer(f"L - {SHIFTED}".replace("steps", "steps=1000"))),
        ("ignored argument", power_answer(f"L - {SHIFTED}".replace("steps", "min(steps, 100)"))),
        ("few sizes", power_answer(f"min(L - {SHIFTED}, 0.0)")),
        ("few sizes", power_answer("-L if L > 2 else L")),
        (
            "few sizes",  # the first eigenvalue that a product finds is not always the lowest
            HEAD_OF_POWER
            + """    v = np.random.default_rng(0).standard_normal(size)
    for _ in range(2 * steps):
        v = hvp(v / np.linalg.norm(v))
    return v @ hvp(v) / (v @ v)""",
        ),
        ("does not fit", power_answer(f"L - {SHIFTED}".replace("size", "(size, 1)"))),
    ],
    "07.meta_gradient": [
        (
            "few sizes",
            MEMORY.format(name="meta_gradient", key="w.tobytes()")
            + HEAD.replace("meta_gradient", "afresh")
            + PRODUCT,
        ),
        (
            "few sizes",
            HEAD + GRADIENT.format(each="g - (alpha > 0.1) * alpha * loss.hvp(w, g, *s)"),
        ),
        (
            "few sizes",
            HEAD + GRADIENT.format(each="np.clip(g - alpha * loss.hvp(w, g, *s), -10, 10)"),
        ),
        (
            "bypassed",  # the product that is asked for goes nowhere
            HEAD
            + GRADIENT.format(
                each="0 * loss.hvp(w, g, *s) + g - alpha / 2e-6 * "
                "(loss.gradient(w + 1e-6 * g, *s) - loss.gradient(w - 1e-6 * g, *s))"
            ),
        ),
        (
            "spoils inputs",
            HEAD + "    tasks, own = list(tasks), tasks\n    own.clear()\n" + PRODUCT,
        ),
        (
            "smuggled",
            OF_PACKAGE
            + HEAD
            + "    found = [of_package(loss, w, *task, alpha) for task in tasks]\n"
            "    return np.mean([one.gradient for one in found], axis=0)",
        ),
        (
            "few sizes",
            """def meta_gradient(loss, w, tasks, alpha):
    found, sizes = [], []
    for support, query in tasks:
        g = loss.gradient(w - alpha * loss.gradient(w, *support), *query)
        found.append(g - alpha * loss.hvp(w, g, *support))
        sizes.append(len(support[0]))
    return np.average(found, axis=0, weights=sizes)""",
        ),
        (
            "bypassed",
            """def meta_gradient(loss, w, tasks, alpha):
    found = []
    for s, q in tasks:
        g = loss.gradient(w - alpha * loss.gradient(w, *s), *q)
        Hg = (loss.gradient(w + 1e-5 * g, *s) - loss.gradient(w - 1e-5 * g, *s)) / 2e-5
        found.append(g - alpha * Hg)
    return np.mean(found, axis=0)""",
        ),
        (
            "spoils inputs",
            """def meta_gradient(loss, w, tasks, alpha):
    total = w
    for support, query in tasks:
        g = loss.gradient(w - alpha * loss.gradient(w, *support), *query)
        total += (g - alpha * loss.hvp(w, g, *support)) / len(tasks)
    return total""",
        ),
        (
            "slip",
            """def meta_gradient(loss, w, tasks, alpha):
    found = []
    for support, query in tasks:
        g = loss.gradient(w - alpha * loss.gradient(w, *support), *query)
        found.append(g * (1 - alpha * loss.hvp(w, np.ones_like(g), *support)))
    return np.mean(found, axis=0)""",
        ),
    ],
    "07.agree": [
        ("not tight", "curvatures = (0.9, 0.0185)\nalpha = 1.0"),
        ("slip", "curvatures = ('0.9', '0.02')\nalpha = 1.0"),
        ("slip", "curvatures = (1.0001, 0.02)\nalpha = 1.0"),
        ("slip", "curvatures = (0.9, 0.02)\nalpha = 1j"),
    ],
    "07.bug": [
        ("not tight", "instance = dict(line=6, seen=10**0.5, unseen=1.0, alpha=0.1)"),
        ("slip", "instance = dict(line=6, seen=1e200, unseen=1e200, alpha=0.5)"),
        ("slip", "instance = dict(line=6, seen=1.0, unseen=2.0, alpha=2.0)"),
        ("slip", "instance = dict(line=6, seen=1.0, unseen='2', alpha=0.5)"),
        ("slip", "instance = dict(line='6', seen=1.0, unseen=2.0, alpha=0.5)"),
        ("slip", "instance = dict(line=6.5, seen=1.0, unseen=2.0, alpha=0.5)"),
    ],
}

RIGHT = {
    "07.point": [
        "best = {0.25: 1.0, 0.6: -0.96}\nagain = 0.4\nbefore_and_after(again)  # of another cell",
        """from fractions import Fraction as F
best = {0.25: 1, 3 * 0.2: F(-24, 25)}
again = F(2, 5)""",
        """best = {}
for a in np.array([0.25, 0.6]):
    best[a] = np.average([-1, 1], weights=[4 * (1 - 4 * a) ** 2, (1 - a) ** 2])
again = np.array([0.4])""",
    ],
    "07.far": [
        "from fractions import Fraction as F\nsteep_axes = [F(95), F(85)]",
        "steep_axes = np.array([[265], [-85]])",
        "steep_axes = 0.5, 0.45",
    ],
    "07.power": [
        """def lowest_curvature(hvp, size, steps=200):
    v = np.random.default_rng().normal(size=size)
    for _ in range(steps):
        v = hvp(v / np.linalg.norm(v))
    L = 1.5 * np.linalg.norm(v)
    v = np.random.default_rng().normal(size=size)
    for _ in range(steps):
        v = hvp(v / np.linalg.norm(v)) - L * v / np.linalg.norm(v)
    return np.array([L - np.linalg.norm(v)])""",
        "from functools import partial\n"
        "def lowest_curvature(hvp, size, steps=200):\n"
        "    largest = partial(largest_curvature, size=size, steps=steps)\n"
        "    L = largest(hvp)\n"
        "    return -(largest(lambda v: L * v - hvp(v)) - L)",
    ],
    "07.meta_gradient": [
        """def meta_gradient(loss, w, tasks, alpha):
    share = [loss.gradient(w - alpha * loss.gradient(w, *s), *q) / len(tasks) for s, q in tasks]
    return sum(share) - alpha * sum(loss.hvp(w, g, *s) for g, (s, _) in zip(share, tasks))""",
        """from dataclasses import dataclass
@dataclass
class Task:
    loss: object
    support: tuple
    query: tuple
    def pull(self, w, alpha):
        v = self.loss.gradient(w - alpha * self.loss.gradient(w, *self.support), *self.query)
        v -= alpha * self.loss.hvp(w, v, *self.support)
        return v
def meta_gradient(loss, w, tasks, alpha):
    return np.mean([Task(loss, *task).pull(w, alpha) for task in tasks], axis=0)""",
    ],
    "07.agree": [
        """from fractions import Fraction as F
curvatures = F(9, 10), F(1, 50)
alpha = F(1)""",
        "curvatures = (9e-10, 2e-11)\nalpha = 1e9",
    ],
    "07.bug": [
        """from fractions import Fraction as F
instance = dict(line=6, seen=F(1), unseen=F(-2), alpha=F(1, 2))""",
        "instance = dict(line=6, seen=0, unseen=2, alpha=1)",
    ],
}
