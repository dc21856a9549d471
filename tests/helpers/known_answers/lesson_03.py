"""Known answers of lesson 03."""

from tinymaml.course.exercises.lesson_03 import (
    bilinear_answer,
    false_line_answer,
    price_answer,
    sweep_answer,
    tanh_answer,
)

from . import engines

REFERENCE = "def complex_hvp(gradient, w, v):\n"
TANH = "def hvp_tanh(bar, bar_dot, y, y_dot, x, x_dot):\n"
LINE_11 = (
    TANH + "    def line_11(t):\n"
    "        return (1 - np.tanh(x + t * x_dot) ** 2) * (bar + t * bar_dot)\n"
)
EIGHT_POINTS = (
    "    def change(k):\n"
    "        return gradient(w + 0.004 * k * v) - gradient(w - 0.004 * k * v)\n"
    "    weights = 4 / 5, -1 / 5, 4 / 105, -1 / 280\n"
    "    return sum(a * change(k) for k, a in enumerate(weights, 1)) / 0.004"
)
BOTH = """def both(times, flip):
    def rule(bar, bar_dot, y, y_dot, x, z, x_dot, z_dot):
        of_x = times(bar_dot, flip(z))
        of_x = of_x + times(bar, flip(z_dot))
        return [of_x, times(flip(x), bar_dot) + times(flip(x_dot), bar)]
    return rule
BILINEAR = dict(mul=both(np.multiply, lambda a: a), matmul=both(np.matmul, np.transpose))"""
COMPLEX_SWEEP = """def reverse_tangent(tape, values, bars, dots):
    moved = [value + 1e-20j * dot for value, dot in zip(values, dots)]
    return [bar.imag * 1e20 for bar in reverse(tape, moved)]"""
BY_INDEX = sweep_answer().replace(
    "    for k in reversed(range(len(tape))):\n",
    "    for line in reversed(tape):\n        k = tape.index(line) if line.ins else 0\n",
)
SHARED = """def reverse_tangent(tape, values, bars, dots):
    found = {}
    for k in reversed(range(len(tape))):
        op, ins = tape[k].op, tape[k].ins
        found.setdefault(k, np.zeros_like(values[k]))
        if ins:
            xs = [values[i] for i in ins] + [dots[i] for i in ins]
            parts = REVERSE_TANGENT[op](bars[k], found[k], values[k], dots[k], *xs)
            for i, part in zip(ins, parts):
                part = shrink(part, values[i].shape)
                if i in found:
                    found[i] += part
                else:
                    found[i] = part
    return [found[k] for k in range(len(tape))]"""
FOLDED = """from functools import reduce
def reverse_tangent(tape, values, bars, dots):
    def back(found, k):
        op, ins = tape[k].op, tape[k].ins
        if not ins:
            return found
        xs = [values[i] for i in ins] + [dots[i] for i in ins]
        parts = REVERSE_TANGENT[op](bars[k], found[k], values[k], dots[k], *xs)
        for i, part in zip(ins, parts):
            found = found[:i] + (found[i] + shrink(part, values[i].shape),) + found[i + 1:]
        return found
    return reduce(back, range(len(tape))[::-1], tuple(0 * value for value in values))"""
STILL = """line = 3
x, z, z_dot = 0.1, 0.3, 0.7
instance = dict(x=x, z=z, x_dot=x / z * z_dot, z_dot=z_dot, bar=1.0, bar_dot=z_dot / z)"""


def frozen(row, direction):
    """The text of an answer to 03.frozen_max."""
    return f"row = {row}\ndirection = {direction}"


WRONG = {
    "03.engine": engines.WRONG,
    "03.reference": [
        (
            "bypassed",
            REFERENCE + "    rows = [gradient(w + 1e-20j * e).imag for e in np.eye(len(w))]\n"
            "    return np.array(rows) @ v * 1e20",
        ),
        ("bypassed", REFERENCE + EIGHT_POINTS),
        ("slip", REFERENCE + "    return gradient(w + 1e-5j * v).imag / 1e-5"),
        (
            "spoils inputs",
            REFERENCE + "    v *= 1e-20\n    return gradient(w + 1j * v).imag * 1e20",
        ),
        (
            "few sizes",
            REFERENCE + "    h = 1e-20 / np.linalg.norm(v)\n"
            "    return gradient(w + 1j * h * v).imag / h",
        ),
    ],
    "03.hvp_bilinear": [
        (
            "few sizes",
            bilinear_answer(mul="bar_dot * y / x + bar * z_dot, bar_dot * y / z + bar * x_dot"),
        ),
        (
            "spoils inputs",
            bilinear_answer(
                mul="bar_dot * z + bar * z_dot, bar_dot * x + np.multiply(bar, x_dot, out=x_dot)"
            ),
        ),
        (
            "bypassed",
            bilinear_answer(
                mul="((bar + 1e-5 * bar_dot) * (z + 1e-5 * z_dot) - bar * z) / 1e-5, "
                "((bar + 1e-5 * bar_dot) * (x + 1e-5 * x_dot) - bar * x) / 1e-5"
            ),
        ),
    ],
    "03.hvp_tanh": [
        ("bypassed", LINE_11 + "    return (line_11(1e-5) - line_11(-1e-5)) / 2e-5"),
        (
            "bypassed",
            LINE_11 + "    return (8 * (line_11(1e-3) - line_11(-1e-3)) "
            "- line_11(2e-3) + line_11(-2e-3)) / 12e-3",
        ),
        ("bypassed", LINE_11 + "    return line_11(1e-30j).imag * 1e30"),
        ("few sizes", tanh_answer("y_dot / x_dot * bar_dot - 2 * y * y_dot * bar")),
        (
            "spoils inputs",
            TANH + "    bar *= -2 * y * y_dot\n    return (1 - y * y) * bar_dot + bar",
        ),
    ],
    "03.second_sweep": [
        ("bypassed", COMPLEX_SWEEP),
        ("few sizes", BY_INDEX),
        (
            "few sizes",
            "KEPT = {}\n"
            + sweep_answer().replace(
                "return bar_dots", "return KEPT.setdefault(id(tape), bar_dots)"
            ),
        ),
        ("does not fit", SHARED),
        ("spoils inputs", sweep_answer(start="dots")),
        (
            "spoils inputs",
            sweep_answer().replace(
                "    return bar_dots", "    tape.reverse()\n    return bar_dots"
            ),
        ),
    ],
    "03.false_line": [
        ("not tight", STILL),
        ("not tight", false_line_answer(3, bar_dot=1000.0)),
        ("slip", false_line_answer(3, z=1e-300, x_dot=1e300)),
    ],
    "03.price": [
        ("slip", price_answer(value=10**400)),
        ("slip", price_answer(tangent="2")),
        ("slip", price_answer(reverse_tangent=3)),
        ("slip", "products = [1, 2, 2, 4]"),
    ],
    "03.frozen_max": [
        ("slip", frozen([0.0, -1.0], [1e308, -1e308])),
        ("slip", frozen([0, -(10**400)], [1, 0])),
        ("slip", frozen([0.0, -1.0], "np.array([1j, 0.0])")),
        ("not tight", frozen([0.0, -1.0], [0.05, 0.0])),
    ],
}
RIGHT = {
    "03.engine": engines.RIGHT,
    "03.reference": [
        REFERENCE + "    h = 2.0 ** -200\n"
        "    moved = w.astype(complex)\n"
        "    moved += 1j * h * v\n"
        "    return np.imag(gradient(moved) / h)",
        REFERENCE + "    h = -1e-25\n    return (gradient(w + 1j * h * v) / (1j * h)).real",
    ],
    "03.hvp_bilinear": [
        BOTH,
        bilinear_answer(
            mul="shrink(bar_dot * z + bar * z_dot, x.shape), bar_dot * x + bar * x_dot",
            matmul="np.hstack([bar_dot, bar]) @ np.hstack([z, z_dot]).T, "
            "np.vstack([x, x_dot]).T @ np.vstack([bar_dot, bar])",
        ),
    ],
    "03.hvp_tanh": [
        tanh_answer("(bar_dot - 2 * y * x_dot * bar) * (1 - y) * (1 + y)"),
        TANH + "    slope = 1 / np.cosh(x) ** 2\n"
        "    part = slope * bar_dot\n"
        "    part += -2 * np.tanh(x) * slope * x_dot * bar\n"
        "    return part",
    ],
    "03.second_sweep": [
        FOLDED,
        "RULES = dict(REVERSE_TANGENT)\n"
        + sweep_answer()
        .replace("REVERSE_TANGENT[", "RULES[")
        .replace("if tape[k].ins:", "if tape[k].ins and (bars[k].any() or bar_dots[k].any()):"),
    ],
    "03.false_line": [
        "from fractions import Fraction\n" + false_line_answer("Fraction(3)", x=2),
        false_line_answer("np.int64(3)", bar=1e-9),
    ],
    "03.price": [
        "products = dict(value=np.int64(1), reverse=2.0, tangent=2, reverse_tangent=4)",
        "products = dict(zip(['tangent', 'reverse', 'value', 'reverse_tangent'], [2, 2, 1, 4]))",
    ],
    "03.frozen_max": [
        "from fractions import Fraction\nrow = [Fraction(0), Fraction(-1)]\ndirection = (1, 0)",
        frozen("np.array([[0.0], [-1.0]])", "np.array([[1], [0]])"),
    ],
}
