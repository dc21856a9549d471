"""Known answers of lesson 02."""

from tinymaml.course.exercises.lesson_02 import (
    bug_answer,
    by_hand_answer,
    check_answer,
    rules_answer,
    sweep_answer,
)

SHRINK = "def shrink(a, shape):\n"
COMPARED = "return np.abs(gradient(w) - true).max() / np.abs(true).max()"
FIVE_POINTS = (
    "np.array([(8 * (value(w + 1e-3 * e) - value(w - 1e-3 * e)) - value(w + 2e-3 * e) "
    "+ value(w - 2e-3 * e)) / 12e-3 for e in np.eye(len(w))])"
)
PUSHED = """def reverse(tape, values):
    def loss(k, pushed):
        after = [*values]
        after[k] = pushed
        for j in range(k + 1, len(tape)):
            if tape[j].ins:
                after[j] = VALUE[tape[j].op](*[after[i] for i in tape[j].ins])
        return after[-1].item()
    bars = [np.zeros_like(value) for value in values]
    for k, value in enumerate(values):
        for at in np.ndindex(value.shape):
            pushed = value.astype(complex)
            pushed[at] += 1e-20j
            bars[k][at] = loss(k, pushed).imag * 1e20
    return bars"""
ALONG_ALL_PATHS = """def reverse(tape, values):
    bars = [np.zeros_like(value) for value in values]
    def pass_back(k, bar):
        bars[k] = bars[k] + bar
        ins = tape[k].ins
        if ins:
            parts = REVERSE[tape[k].op](bar, values[k], *[values[i] for i in ins])
            for i, part in zip(ins, parts):
                pass_back(i, shrink(part, values[i].shape))
    pass_back(len(tape) - 1, np.ones((1, 1)))
    return bars"""
BY_INDEX = sweep_answer().replace(
    "for k in reversed(range(len(tape))):\n        line = tape[k]",
    "for line in reversed(tape):\n        k = tape.index(line) if line.ins else 0",
)
KEPT = "KEPT = {}\n" + sweep_answer().replace(
    "    return bars", "    return KEPT.setdefault(id(tape), bars)"
)
SHARED = """def reverse(tape, values):
    bars = [0.0 * value for value in values]
    reached = {len(tape) - 1}
    bars[-1] = np.ones((1, 1))
    for k in reversed(range(len(tape))):
        if tape[k].ins:
            parts = REVERSE[tape[k].op](bars[k], values[k], *[values[i] for i in tape[k].ins])
            for i, part in zip(tape[k].ins, parts):
                part = shrink(part, values[i].shape)
                if i in reached:
                    bars[i] += part
                else:
                    bars[i] = part
                reached.add(i)
    return bars"""
FIRST_FIVE = "np.array([value(w + 1j * h * e).imag / h for e in np.eye(len(w))[:5]])"
FOLDED = """from functools import reduce
def reverse(tape, values):
    def back(bars, k):
        line = tape[k]
        if not line.ins:
            return bars
        parts = REVERSE[line.op](bars[k], values[k], *[values[i] for i in line.ins])
        for i, part in zip(line.ins, parts):
            bars = bars[:i] + (bars[i] + shrink(part, values[i].shape),) + bars[i + 1:]
        return bars
    start = tuple(np.zeros(line.shape) for line in tape[:-1]) + (np.ones((1, 1)),)
    return reduce(back, range(len(tape) - 1, -1, -1), start)"""
COLLECTED = """RULES = REVERSE | {"input": None, "constant": None}
def reverse(tape, values):
    owed = [[] for _ in tape]
    owed[-1].append(np.ones((1, 1)))
    bars = [np.zeros_like(value) for value in values]
    for k in range(len(tape))[::-1]:
        bars[k] = sum(owed[k], bars[k])
        rule = RULES[tape[k].op]
        if rule and owed[k]:
            ins = tape[k].ins
            for i, part in zip(ins, rule(bars[k], values[k], *map(values.__getitem__, ins))):
                owed[i].append(shrink(part, values[i].shape))
    return bars"""

WRONG = {
    "02.by_hand": [
        ("slip", by_hand_answer(1, 1, 2, 9)),
        ("slip", by_hand_answer("'1'", 1, 2, 10)),
        ("slip", by_hand_answer(1, 1, 2, "10 ** 400")),
    ],
    "02.shrink": [
        ("few sizes", SHRINK + "    return a.reshape(*shape, -1).sum(-1)"),
        ("few sizes", SHRINK + "    return a[:1] * a.shape[0] if shape[0] == 1 else a"),
        (
            "spoils inputs",
            SHRINK + "    for k in (0, 1):\n"
            "        if shape[k] != a.shape[k]:\n"
            "            np.cumsum(a, axis=k, out=a)\n"
            "    return a[-shape[0]:, -shape[1]:]",
        ),
    ],
    "02.rules": [
        (
            "bypassed",
            rules_answer(
                tanh="lambda bar, y, x: ((np.tanh(x + 1e-5) - np.tanh(x - 1e-5)) / 2e-5 * bar,)"
            ),
        ),
        (
            "bypassed",
            rules_answer(tanh="lambda bar, y, x: (bar * np.imag(np.tanh(x + 1e-9j)) * 1e9,)"),
        ),
        ("few sizes", rules_answer(mul="lambda bar, y, x, z: (bar * (y / x), bar * (y / z))")),
        ("few sizes", rules_answer(sum="lambda bar, y, x: (np.full(x.shape, y / x.sum() * bar),)")),
        (
            "spoils inputs",
            rules_answer(mul="lambda bar, y, x, z: (bar * z, np.multiply(bar, x, x))"),
        ),
        ("slip", rules_answer(add="lambda bar, y, x, z: (bar, z)")),
        ("few sizes", rules_answer(add="lambda bar, y, x, z: (bar * (x + z) / y, bar)")),
        (
            "does not fit",
            rules_answer(matmul="lambda bar, y, x, z: (bar @ z.conj().T, x.conj().T @ bar)"),
        ),
        ("does not fit", rules_answer(sum="lambda bar, y, x: (np.full(x.shape, float(bar)),)")),
    ],
    "02.reverse": [
        ("bypassed", PUSHED),
        ("bypassed", ALONG_ALL_PATHS),
        ("few sizes", BY_INDEX),
        ("few sizes", KEPT),
        ("does not fit", SHARED),
        ("spoils inputs", sweep_answer(start="bars = values")),
    ],
    "02.check_gradient": [
        ("bypassed", check_answer(COMPARED, FIVE_POINTS)),
        (
            "slip",
            check_answer(
                "g = gradient(w)\n    return np.abs(g - true).max() / np.abs([*true, *g]).max()"
            ),
        ),
        ("few sizes", check_answer("return abs(gradient(w) - true)[-1] / np.abs(true).max()")),
        ("few sizes", check_answer(COMPARED.replace("(w)", "(w)[:5]"), FIRST_FIVE)),
        ("spoils inputs", check_answer("w *= 0\n    " + COMPARED)),
    ],
    "02.bug": [
        ("slip", bug_answer("np.array([9])", 1.0, "x * x - x * 1.5")),
        ("slip", bug_answer(7, "10 ** 400", "x * x - x * 1.5")),
        ("few sizes", bug_answer(7, 1.0, "(x * x - x * 1.5) * np.array([[1.0, 2.0]])")),
        ("not tight", bug_answer(7, "0.1 + 0.2", "x * x - x * 0.6")),
    ],
}
RIGHT = {
    "02.by_hand": [
        by_hand_answer("np.int64(1)", 1.0, "2 + 1e-12", "[10]"),
        "from fractions import Fraction\n" + by_hand_answer("Fraction(1)", 1, 2, 10),
    ],
    "02.shrink": [
        SHRINK + "    total = np.zeros(shape)\n"
        "    for i, j in np.ndindex(a.shape):\n"
        "        total[i % shape[0], j % shape[1]] += a[i, j]\n"
        "    return total",
        "from functools import reduce\n"
        + SHRINK
        + "    axes = [k for k in range(2) if shape[k] == 1]\n"
        "    return reduce(lambda b, k: np.sum(b, axis=k, keepdims=True), axes, a)",
    ],
    "02.rules": [
        rules_answer(
            sum="lambda bar, y, x: [np.broadcast_to(bar, x.shape)]",
            tanh="lambda bar, y, x: (4 * bar / (np.exp(x) + np.exp(-x)) ** 2,)",
            matmul="lambda bar, y, x, z: (np.tensordot(bar, z, (1, 1)), (bar.T @ x).T)",
        ),
        rules_answer(
            sub="lambda bar, *_: (bar, np.negative(bar))",
            tanh="lambda bar, y, x: (bar - bar * np.tanh(x) ** 2,)",
        ),
    ],
    "02.reverse": [
        FOLDED,
        COLLECTED,
        sweep_answer().replace("if line.ins:", "if line.ins and bars[k].any():"),
    ],
    "02.check_gradient": [
        check_answer(
            COMPARED,
            "np.array([(value(w + 1j * h * e) - value(w)).imag / h for e in np.eye(len(w))])",
        ),
        "def check_gradient(value, gradient, w, h=1e-20):\n"
        "    true = np.empty(len(w))\n"
        "    for k in range(len(w)):\n"
        "        pushed = w.astype(complex)\n"
        "        pushed[k] += complex(0, h)\n"
        "        true[k] = value(pushed).imag / h\n"
        "    error = np.linalg.norm(gradient(w) - true, np.inf)\n"
        "    return np.array([error / max(map(abs, true))])",
    ],
    "02.bug": [
        bug_answer("np.array([7])", "np.float32(1)", "x * x - x * 1.5"),
        "faulty, at = 7.0, 1\nwitness = lambda x: tanh(x * x - 1.5 * x)",
    ],
}
