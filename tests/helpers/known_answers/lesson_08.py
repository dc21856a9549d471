"""Known answers of lesson 08."""


def mean_over_tasks(each, total="np.mean(found, axis=0)"):
    """A meta_gradient: what is done for each task, which ends in v, and the total of all v."""
    return f"""def meta_gradient(loss, w, tasks, alpha, steps):
    found = []
    for support, query in tasks:
        points = trajectory(loss, w, support, alpha, steps)
        v = loss.gradient(points[-1], *query)
        {each}
        found.append(v)
    return {total}"""


BACK_OF_STEPS = (
    "for j in range(steps - 1, -1, -1): v = v - alpha * loss.hvp(points[j], v, *support)"
)
BACK = "for u in points[-2::-1]: v = v - alpha * loss.hvp(u, v, *support)"


def instance(**changed):
    """An answer to 08.order, with some of its numbers changed, each a text."""
    numbers = dict(X="[[1.0, 0.0], [1.0, 1.0]]", phi="[0.0, 0.0]", w="[2.0, 1.0]", alpha="0.7")
    numbers = numbers | dict(steps="5") | changed
    return f"instance = dict({', '.join(f'{word}={x}' for word, x in numbers.items())})"


def in_stretches(stretch, Hv="hvp(u, v)"):
    """A `frugal` with stretches of this length."""
    return f"""import math
def frugal(gradient, hvp, query_gradient, w, alpha, steps):
    stretch = {stretch}
    kept = []
    for j in range(steps):
        if j % stretch == 0:
            kept.append(w)
        w = w - alpha * gradient(w)
    v = query_gradient(w)
    for k in range(len(kept) - 1, -1, -1):
        points = [kept[k]]
        while len(points) < min(stretch, steps - k * stretch):
            points.append(points[-1] - alpha * gradient(points[-1]))
        while points:
            u = points.pop()
            v = v - alpha * {Hv}
    return v"""


def tested(verdict, tasks="bumpy(1)"):
    """An `accepts`: what is done with `found` and `expected`."""
    return f"""def accepts(meta_gradient):
    tasks, w = {tasks}, np.array([0.4, -0.7, 0.2])
    expected = [meta_loss(toy, w + 1e-20j * e, tasks, 0.3, 3).imag / 1e-20 for e in np.eye(3)]
    found = meta_gradient(toy, w, tasks, 0.3, 3)
    {verdict}"""


def outer_loop(each, update="w = w - beta * mean(found)", start="history = []"):
    """A maml: what is done for each task, which ends in v and the end of its inner loop."""
    return f"""def mean(found):
    return sum(found) / len(found)


def maml(loss, w, sample, alpha, steps, beta, iterations, rng):
    {start}
    for k in range(iterations):
        found, losses = [], []
        for support, query in sample(rng):
            {each}
            found.append(v)
            losses.append(loss.value(end, *query))
        {update}
        history.append(mean(losses))
    return w, history"""


THERE_AND_BACK = """points = [w]
            for j in range(steps):
                points.append(points[j] - alpha * loss.gradient(points[j], *support))
            end = points[-1]
            v = loss.gradient(end, *query)
            while len(points) > 1:
                points.pop()
                v = v - alpha * loss.hvp(points[-1], v, *support)"""
DIFFERENCE = (
    "(loss.gradient(points[-1] + 1e-6 * v, *support)"
    " - loss.gradient(points[-1] - 1e-6 * v, *support)) / 2e-6"
)

COSTS = """yours = {}
hessian_free = {}"""

WRONG = {
    "08.product": [
        (
            "few sizes",
            mean_over_tasks(
                BACK, "np.average(found, axis=0, weights=[len(s[0]) for s, q in tasks])"
            ),
        ),
        (
            "bypassed",
            mean_over_tasks(
                "for u in points[-2::-1]:"
                " v = v - alpha * np.imag(loss.gradient(u + 1e-20j * v, *support)) / 1e-20"
            ),
        ),
        (
            "does not fit",  # the Hessian of Cosines, where the lesson hands in a network
            mean_over_tasks(
                "X, phi = support\n"
                "        for u in points[-2::-1]:"
                " v = v - alpha * X.T @ (np.cos(X @ u - phi) * (X @ v)) / len(X)"
            ),
        ),
        ("ignored argument", mean_over_tasks(BACK).replace("loss.", "toy.")),
        ("few sizes", mean_over_tasks(BACK.replace("points[-2::-1]", "points[2::-1]"))),
        ("few sizes", mean_over_tasks("steps = min(steps, 20)\n        " + BACK_OF_STEPS)),
        (
            "ignored argument",  # points kept from another call
            "seen = {}\n"
            + mean_over_tasks(BACK).replace(
                "points = trajectory(loss, w, support, alpha, steps)",
                "points = seen.setdefault("
                "(steps, w.tobytes(), len(found)), trajectory(loss, w, support, alpha, steps))",
            ),
        ),
    ],
    "08.order": [
        ("not tight", instance(steps="2")),
        ("not tight", instance(w="[2e15, 1e15]")),  # rounding decides
        ("slip", instance(X="[['1.0', '0.0'], ['1.0', '1.0']]")),
        ("slip", instance(X="[[1e200, 0.0], [1e200, 1e200]]", alpha="1e-200")),
    ],
    "08.cost": [
        ("slip", COSTS.format(63, 96)),  # each gradient twice
        ("slip", COSTS.format(11, 16)),
        ("slip", COSTS.format(9 * 5 + 3, 9 * 5 + 3)),
    ],
    "08.checkpoints": [
        ("few sizes", in_stretches("25")),
        ("few sizes", in_stretches("15")),
        ("few sizes", in_stretches("17")),
        ("few sizes", in_stretches("max(1, steps // 10)")),
        (
            "bypassed",
            in_stretches("math.isqrt(steps)", "np.imag(gradient(u + 1e-20j * v)) / 1e-20"),
        ),
    ],
    "08.trust": [
        ("few sizes", tested("return apart(found, expected) < 1e-9", "bumpy(1, 1)")),
        ("not tight", tested("return np.allclose(found, expected, rtol=1e-2)")),
        ("slip", tested("assert apart(found, expected) < 1e-9")),
        ("slip", "asked = []\ndef accepts(m):\n    asked.append(m)\n    return len(asked) < 4"),
    ],
    "08.maml": [
        ("few sizes", outer_loop(THERE_AND_BACK.replace("range(steps)", "range(min(steps, 5))"))),
        (
            "ignored argument",
            outer_loop(THERE_AND_BACK, start="history = []\n    alpha, beta = 0.4, 0.3"),
        ),
        (
            "bypassed",
            outer_loop(THERE_AND_BACK.replace("loss.hvp(points[-1], v, *support)", DIFFERENCE)),
        ),
        ("ignored argument", outer_loop(THERE_AND_BACK).replace("iterations)", "4)")),
        ("spoils inputs", outer_loop(THERE_AND_BACK, "w -= beta * mean(found)")),
        ("slip", outer_loop(THERE_AND_BACK, "w = w - beta / (k + 1) * mean(found)")),
        ("slip", outer_loop(THERE_AND_BACK).replace("w, history", "w, history[-1]")),
        (
            "slip",  # the points of all tasks in one list
            outer_loop(THERE_AND_BACK.replace("points = [w]", "points += [w]"))
            .replace("found, losses", "points, found, losses", 1)
            .replace("= [], []", "= [], [], []"),
        ),
        (
            "slip",  # one array for all the points
            outer_loop(
                THERE_AND_BACK.replace("points = [w]", "points = [w.copy()]").replace(
                    "points.append(points[j] - alpha * loss.gradient(points[j], *support))",
                    "points.append(points[j])\n"
                    "                points[j] -= alpha * loss.gradient(points[j], *support)",
                )
            ),
        ),
        (
            "smuggled",
            """import tinymaml as tm
def maml(loss, w, sample, alpha, steps, beta, iterations, rng):
    history = []
    for _ in range(iterations):
        found = []
        for support, query in sample(rng):
            task = tm.Tasks.finite_sum(
                support=tuple(a.reshape(1, len(a), -1) for a in support),
                query=tuple(a.reshape(1, len(a), -1) for a in query),
            )
            found.append(tm.meta_gradient(loss, w, task, alpha=alpha, steps=steps, target="numpy"))
        w = w - beta * sum(each.gradient for each in found) / len(found)
        history.append(sum(each.losses[0] for each in found) / len(found))
    return w, history""",
        ),
    ],
}

RIGHT = {
    "08.product": [
        "from functools import reduce\n"
        + mean_over_tasks(
            "v = reduce(lambda v, u: v - alpha * loss.hvp(u, v, *support), points[-2::-1], v)",
            "sum(found) / len(found)",
        ),
        """def meta_gradient(loss, w, tasks, alpha, steps):
    result = np.zeros(w.shape)
    for support, query in tasks:
        stack, here = [], w.copy()
        for _ in range(steps):
            stack.append(here.copy())
            here -= alpha * loss.gradient(here, *support)
        v = loss.gradient(here, *query)
        while stack:
            v -= alpha * loss.hvp(stack.pop(), v, *support)
        result += v
    return result / len(tasks)""",
    ],
    "08.order": [
        "from fractions import Fraction\n" + instance(alpha="Fraction(7, 10)", steps="np.array(5)"),
        instance(X="[[1e-5, 0.0], [1e-5, 1e-5]]", w="[2e5, 1e5]", alpha="0.7e10"),
    ],
    "08.cost": [
        COSTS.format("np.array(63)", "96 / 2"),
        COSTS.format("sum([3] * 6 + [9] * 5)", "np.int64(48)"),
    ],
    "08.checkpoints": [
        in_stretches("math.isqrt(steps - 1) + 1"),
        """def frugal(gradient, hvp, query_gradient, w, alpha, steps):
    k = max(int(round(np.sqrt(steps))), 1)
    starts, block = np.empty((-(-steps // k), w.size)), np.empty((k, w.size))
    u = w.copy()
    for j in range(steps):
        if j % k == 0:
            starts[j // k] = u
        u -= alpha * gradient(u)
    v = query_gradient(u)
    for i in range(len(starts))[::-1]:
        n = min(k, steps - i * k)
        block[0] = starts[i]
        for j in range(1, n):
            block[j] = block[j - 1] - alpha * gradient(block[j - 1])
        for j in range(n)[::-1]:
            v = v - alpha * hvp(block[j], v)
    return v""",
    ],
    "08.maml": [
        outer_loop(THERE_AND_BACK),
        outer_loop(
            THERE_AND_BACK,
            "np.subtract(w, beta * mean(found), out=w)",
            """history = []
    w = w.copy()""",
        ),
        """class Learner:
    def __init__(self, loss, alpha, steps):
        self.loss, self.alpha, self.steps = loss, alpha, steps

    def there(self, w, support):
        yield w
        for _ in range(self.steps):
            w = w - self.alpha * self.loss.gradient(w, *support)
            yield w

    def back(self, w, support, query):
        *before, end = self.there(w, support)
        v = self.loss.gradient(end, *query)
        for u in before[::-1]:
            v -= self.alpha * self.loss.hvp(u, v, *support)
        return v, self.loss.value(end, *query)


def maml(loss, w, sample, alpha, steps, beta, iterations, rng):
    learner = Learner(loss, alpha, steps)
    history = np.empty(iterations)
    for k in range(iterations):
        gradients, losses = zip(*(learner.back(w, *task) for task in sample(rng)))
        history[k] = np.mean(losses)
        w = w - beta * np.mean(gradients, axis=0)
    return w, history""",
    ],
    "08.trust": [
        tested("np.testing.assert_allclose(found, expected, rtol=1e-9)\n    return True"),
        """def accepts(candidate):
    rng = np.random.default_rng(6)
    w, tasks, v = rng.normal(size=3), bumpy(int(rng.integers(100))), rng.normal(size=3)
    slope = meta_loss(toy, w + 1e-20j * v, tasks, 0.3, 4).imag / 1e-20
    return abs(v @ candidate(toy, w, tasks, 0.3, 4) - slope) < 1e-9""",
    ],
}
