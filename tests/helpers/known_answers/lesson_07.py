"""Known answers of lesson 07."""

from tinymaml.course.exercises.lesson_07 import power_answer

TWO_TASKS = """def meta_{what}(loss, w, tasks, alpha):
    found = [{each}]
    return (found[0] + found[-1]) / 2"""
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
        ("few sizes", "best = {0.25: 1.0, 0.6: -1.0, 1.0: -1.0}"),
        ("slip", "best = {0.25: 1.0, 0.6: np.complex128(-0.96), 1.0: -1.0}"),
        ("slip", "best = {0.25: 1.0, 0.6: -0.9, 1.0: -1.0}"),
        ("slip", "best = {a: (1 - a) ** 2 - 4 * (1 - 4 * a) ** 2 for a in (0.25, 0.6, 1.0)}"),
    ],
    "07.far": [
        ("not tight", "steep_axes = (84.2, 95.8)"),
        ("slip", "steep_axes = (85.0, 265.0)"),
        ("slip", "steep_axes = ('85', '95')"),
        ("slip", "steep_axes = (85.0, float('inf'))"),
    ],
    "07.power": [
        (
            "bypassed",
            power_answer(start="hvp(np.eye(size))", steps="0", result="np.linalg.norm(v, 2)"),
        ),
        ("ignored argument", power_answer(steps="1000")),
        ("ignored argument", power_answer(steps="min(steps, 100)")),
        ("few sizes", power_answer(start="np.tile([1.0, -1.0], size)[:size]")),
        ("few sizes", power_answer(result="v @ hvp(v) * np.sign(v @ hvp(v)) / (v @ v)")),
        (
            "does not fit",
            power_answer(start="np.random.default_rng(0).standard_normal((size, 1))"),
        ),
    ],
    "07.objective": [
        (
            "few sizes",
            MEMORY.format(name="meta_loss", key="alpha")
            + """def afresh(loss, w, tasks, alpha):
    return np.mean([loss.value(w - alpha * loss.gradient(w, *s), *q) for s, q in tasks])""",
        ),
        (
            "smuggled",
            OF_PACKAGE
            + """def meta_loss(loss, w, tasks, alpha):
    return np.mean([of_package(loss, w, s, q, alpha).losses for s, q in tasks])""",
        ),
        (
            "few sizes",  # weighted by the size of each task
            """def meta_loss(loss, w, tasks, alpha):
    total = points = 0
    for support, (x, y) in tasks:
        total += len(x) * loss.value(w - alpha * loss.gradient(w, *support), x, y)
        points += len(x)
    return total / points""",
        ),
        (
            "few sizes",
            """def meta_loss(loss, w, tasks, alpha):
    found = [loss.value(w - alpha * loss.gradient(w, *s), *q) for s, q in tasks]
    return np.average(found, weights=[len(support[0]) for support, _ in tasks])""",
        ),
        (
            "bypassed",
            """def meta_loss(loss, w, tasks, alpha):
    def slope(x, y):
        steps = 1e-5 * np.eye(w.size)
        return np.array([loss.value(w + h, x, y) - loss.value(w - h, x, y) for h in steps]) / 2e-5
    return np.mean([loss.value(w - alpha * slope(*s), *q) for s, q in tasks])""",
        ),
        (
            "spoils inputs",
            """def meta_loss(loss, w, tasks, alpha):
    count, total = len(tasks), 0
    while tasks:
        support, query = tasks.pop()
        total += loss.value(w - alpha * loss.gradient(w, *support), *query)
    return total / count""",
        ),
        (
            "few sizes",
            TWO_TASKS.format(
                what="loss",
                each="loss.value(w - alpha * loss.gradient(w, *s), *q) for s, q in tasks",
            ),
        ),
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
        ("not tight", "curvatures = (9.0, 1.1)\nminima = (-1.0, 1.0)\nalpha = 0.1"),  # 39%
        ("slip", "curvatures = ('0.9', '0.02')\nminima = (-1.0, 1.0)\nalpha = 1.0"),
        ("slip", "curvatures = (1.0001, 0.02)\nminima = (-1.0, 1.0)\nalpha = 1.0"),
        ("slip", "curvatures = (0.9, 0.02)\nminima = (-1e308, 1e308)\nalpha = 1.0"),
    ],
    "07.bug": [
        ("not tight", "LINE = 6\ninstance = dict(seen=10**0.5, unseen=1.0, alpha=0.1)"),
        ("slip", "LINE = 6\ninstance = dict(seen=1e200, unseen=1e200, alpha=0.5)"),
        ("slip", "LINE = 6\ninstance = dict(seen=1.0, unseen=2.0, alpha=2.0)"),
        ("slip", "LINE = '6'\ninstance = dict(seen=1.0, unseen=2.0, alpha=0.5)"),
    ],
}

RIGHT = {
    "07.point": [
        "best = {0.25: 1.0, 0.6: -0.96, 1.0: -1.0}\nbefore_and_after(0.6)  # of another cell",
        "from fractions import Fraction\nbest = {0.25: 1, 3 * 0.2: Fraction(-24, 25), 1: -1}",
        """best = {}
for a in np.array([0.25, 0.6, 1.0]):
    best[a] = np.average([-1, 1], weights=[4 * (1 - 4 * a) ** 2, (1 - a) ** 2])""",
    ],
    "07.far": [
        "from fractions import Fraction as F\nsteep_axes = [F(95), F(85)]",
        "steep_axes = np.array([[265], [-85]])",
        "steep_axes = 0.5, 0.45",
    ],
    "07.power": [
        "def largest_curvature(hvp, size, steps=200):\n"
        "    v = np.random.default_rng().normal(size=size)\n"
        "    v /= np.linalg.norm(v)\n"
        "    for _ in range(steps - 1):\n"
        "        v = hvp(v)\n"
        "        v /= np.linalg.norm(v)\n"
        "    return np.linalg.norm(hvp(v))",
        "from functools import reduce\n"
        "def largest_curvature(hvp, size, steps=200):\n"
        "    start = np.random.default_rng(3).standard_normal(size)\n"
        "    step = lambda v, _: hvp(v / np.linalg.norm(v))\n"
        "    return np.array([np.linalg.norm(reduce(step, range(steps), start))])",
        "def largest_curvature(hvp, size, steps=200):\n"
        "    def more(v, left):\n"
        "        Hv = hvp(v / np.linalg.norm(v))\n"
        "        return np.linalg.norm(Hv) if left == 1 else more(Hv, left - 1)\n"
        "    return more(np.random.default_rng(7).random(size) - 0.3, steps)",
    ],
    "07.objective": [
        """from functools import reduce
def meta_loss(loss, w, tasks, alpha):
    adapted = ((w - alpha * loss.gradient(w, *support), query) for support, query in tasks)
    total = reduce(lambda total, pair: total + loss.value(pair[0], *pair[1]), adapted, 0.0)
    return total / len(tasks)""",
        """def meta_loss(loss, w, tasks, alpha):
    losses = np.empty(len(tasks))
    for i, task in enumerate(tasks):
        here = w.copy()
        here -= alpha * loss.gradient(here, *task[0])
        losses[i] = loss.value(here, *task[1])
    return losses.mean()""",
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
minima = [-1, 1]
alpha = F(1)""",
        "curvatures = (9e-10, 2e-11)\nminima = np.array([0, 1e-5])\nalpha = 1e9",
    ],
    "07.bug": [
        """from fractions import Fraction as F
LINE = 6.0
instance = dict(seen=F(1), unseen=F(-2), alpha=F(1, 2))""",
        "LINE, instance = np.int64(6), dict(seen=0, unseen=2, alpha=1)",
    ],
}
