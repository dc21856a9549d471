"""Graders of lesson 03."""

import numpy as np

from ..compare import difference
from ..exercise import Exercise, Mistake
from . import engine
from .shared import (
    as_floats,
    complain_of_calls,
    counting_calls,
    number,
    share_unstretched,
    shown,
    some_unattempted,
    unattempted,
)


def block(seed, *shape):
    """Numbers between ±0.3 and ±1.3, none of them near 0."""
    rng = np.random.default_rng(seed)
    return rng.uniform(0.3, 1.3, shape) * rng.choice([-1.0, 1.0], shape)


# ---- 03.reference


def run_reference(names, expression, w, v):
    """What comes back, and with which vectors it has called the gradient."""
    formula = eval("lambda w: " + expression, {"np": np})
    calls = []

    def gradient(w):
        calls.append("complex" if np.iscomplexobj(w) else "real")
        return formula(w)

    Hv = names["complex_hvp"](gradient, w, v)
    return Hv if Hv is None or Hv is ... else {"Hv": Hv, "calls of gradient": calls}


REFERENCE = Exercise(
    "03.reference",
    "Hv from an imaginary step",
    "write",
    ("complex_hvp",),
    insight=(
        "A step of 1e-200 does as well as 1e-20: real and imaginary parts have exponents of their "
        "own, so nothing is lost until numbers underflow near 1e-308."
    ),
    minutes=2,
    hints=(
        "gradient(w + 1j * h * v) is a complex vector. "
        "Which half of it knows how the gradient changes?",
        "Its imaginary part is h · Hv + O(h³). "
        "Nothing is subtracted, so h may be as small as 1e-20.",
        "return gradient(w + 1j * h * v).imag / h, with h = 1e-20",
    ),
    mistakes=(
        Mistake(
            "Your step is too long: the gradient's curve is not straight over it, and the error "
            "is proportional to the step. Shorter steps lose digits to rounding instead; "
            "an imaginary step subtracts nothing and may be tiny.",
            "def complex_hvp(gradient, w, v):\n"
            "    return (gradient(w + 1e-3 * v) - gradient(w)) / 1e-3",
        ),
        Mistake(
            "That is a difference of two gradients with a short step, and still not right to "
            "twelve digits: even shorter steps lose to rounding what they gain. Along the "
            "imaginary axis nothing is subtracted.",
            "def complex_hvp(gradient, w, v):\n"
            "    return (gradient(w + 1e-6 * v) - gradient(w)) / 1e-6",
        ),
        Mistake(
            "Close, but not twelve digits. Subtracting two nearly equal gradients loses the "
            "other digits. Step along the imaginary axis: there nothing is subtracted, and the "
            "step can be as short as 1e-20.",
            "def complex_hvp(gradient, w, v):\n"
            "    return (gradient(w + 1e-5 * v) - gradient(w - 1e-5 * v)) / 2e-5",
        ),
        Mistake(
            "The step is along the imaginary axis, as it should be, but it is too long: the "
            "error is proportional to its square. Nothing is subtracted, so a step of 1e-20 "
            "loses no digits.",
            "def complex_hvp(gradient, w, v):\n    return gradient(w + 1e-4j * v).imag / 1e-4",
        ),
        Mistake(
            "Your step is real, and so short that nothing moves: w + h v is w again. Only an "
            "imaginary step can be that short, because it is kept apart from w.",
            "def complex_hvp(gradient, w, v):\n"
            "    return (gradient(w + 1e-20 * v) - gradient(w)) / 1e-20",
        ),
        Mistake(
            "That is the whole Hessian, a gradient for each of its columns, times v. "
            "One gradient is enough: step along v itself.",
            "def complex_hvp(gradient, w, v):\n"
            "    rows = [gradient(w + 1e-20j * e).imag / 1e-20 for e in np.eye(len(w))]\n"
            "    return np.array(rows).T @ v",
        ),
        Mistake(
            "That is h · Hv: a velocity is a change divided by the step.",
            "def complex_hvp(gradient, w, v):\n    return gradient(w + 1e-20j * v).imag",
        ),
        Mistake(
            "What you return is, or contains, the real part: the gradient itself, "
            "here divided by the step. The change is in the imaginary part alone.",
            "def complex_hvp(gradient, w, v):\n    return gradient(w + 1e-20j * v).real / 1e-20",
        ),
        Mistake(
            "You stepped along all axes alike: the step is h times v.",
            "def complex_hvp(gradient, w, v):\n    return gradient(w + 1e-20j).imag / 1e-20",
        ),
        Mistake(
            "You made v a vector of length 1. Hv is linear in v: "
            "twice the v, twice the Hv, so its length must stay.",
            "def complex_hvp(gradient, w, v):\n"
            "    return gradient(w + 1e-20j * v / np.linalg.norm(v)).imag / 1e-20",
        ),
    ),
    alternative=(
        "def complex_hvp(gradient, w, v):\n"
        "    tiny = 1e-30\n"
        "    return np.imag(gradient(w + complex(0, tiny) * v)) / tiny"
    ),
    cases=lambda: [
        (
            "np.array([np.exp(w[0] * w[1]) * w[1], np.exp(w[0] * w[1]) * w[0] + 3 * w[1] ** 2])",
            np.array([0.7, -0.4]),
            np.array([1.3, 2.0]),
        ),
        ("np.sin(w) + w.sum() ** 3", block(1, 4), block(2, 4)),
        ("np.cos(w)", np.array([0.8]), np.array([-3.0])),
        ("w ** 3", np.array([2.0]), np.array([0.0])),
    ],
    run=run_reference,
    show=shown("gradient(w)", "w", "v"),
    tolerance=1e-12,
    equivalent={"h = 1e-20 -> h = -1e-20": "a step backwards, divided by its sign"},
)

# ---- rules


def rule_runner(table, right, cases, arrange=None):
    """A function that runs a rule of an answer's table. Once one is wrong, those of other
    operations are taken to be right: a complaint is about one rule.

    table: the name of the answer's table. right: the table as it should be. arrange: (names, what
    the rule returns, its inputs) -> what is compared; None: what the rule returns.
    """

    def apply_rule(rules, names, op, blocks):
        if not isinstance(rules, dict) or op not in rules:
            raise KeyError(f"{table} must be a dict with a rule for {op!r}")
        result = rules[op](*blocks)
        return arrange(names, result, blocks) if arrange else result

    def is_wrong(names, op, *parts):
        try:
            got = apply_rule(names[table], names, op, [x.copy() for x in blocks_of(parts)])
            expected = apply_rule(right, names, op, blocks_of(parts))
            return difference(got, expected, 1e-9) is not None
        except NotImplementedError:
            raise
        except Exception:
            return True

    known = None, None  # the table of the last call, and the operation of its first wrong rule

    def first_wrong(names):
        nonlocal known
        if known[0] is not names[table]:
            wrong = (case[0] for case in cases() if is_wrong(names, *case))
            known = names[table], next(wrong, None)
        return known[1]

    def run(names, op, *parts):
        rules = names[table] if first_wrong(names) in (op, None) else right
        return apply_rule(rules, names, op, blocks_of(parts))

    return run


def blocks_of(parts):
    """Blocks and tuples of blocks, as one list of blocks."""
    blocks = []
    for part in parts:
        blocks += part if isinstance(part, tuple) else [part]
    return blocks


# ---- 03.hvp_bilinear and 03.hvp_tanh


def bilinear_cases():
    """(operation, bar, bar_dot, y, y_dot, x, z, x_dot, z_dot)"""
    shapes = [
        ("matmul", (2, 3), (3, 4)),
        ("mul", (2, 3), (2, 3)),
        ("mul", (1, 2), (3, 1)),
        ("matmul", (2, 2), (2, 2)),
        ("mul", (1, 2), (1, 2)),
        ("matmul", (1, 1), (1, 1)),
    ]
    cases = []
    for k, (op, of_x, of_z) in enumerate(shapes):
        times = np.matmul if op == "matmul" else np.multiply
        x = block(10 * k, *of_x)
        z = block(10 * k + 1, *of_z)
        x_dot = block(10 * k + 2, *of_x)
        z_dot = block(10 * k + 3, *of_z)
        y = times(x, z)
        y_dot = times(x_dot, z) + times(x, z_dot)
        bar = block(10 * k + 5, *y.shape)
        bar_dot = block(10 * k + 6, *y.shape)
        cases.append((op, bar, bar_dot, y, y_dot, x, z, x_dot, z_dot))
    op, bar, bar_dot, *others = cases[0]
    cases.append((op, bar, 0 * bar_dot, *others))
    zero, one = np.zeros((1, 1)), np.ones((1, 1))  # nothing may be divided by an input
    cases.append(("mul", one, 2 * one, zero, zero, zero, zero, one, 3 * one))
    return cases


def shrink_halves(names, contributions, inputs):
    """The contributions in the shapes of x and z, so that a rule may shrink for itself."""
    if contributions is None:
        return None
    if is_pair_of_blocks(contributions):
        x, z = inputs[4:6]
        of_x, of_z = contributions
        return {
            "x's half": names["shrink"](of_x, x.shape),
            "z's half": names["shrink"](of_z, z.shape),
        }
    if unattempted(contributions):
        return ...
    raise ValueError(
        "a rule returns a pair, the contribution to x's bar_dot and the one to z's, each a block"
    )


def is_pair_of_blocks(value):
    if not isinstance(value, (tuple, list, np.ndarray)) or len(value) != 2:
        return False
    return all(isinstance(part, np.ndarray) and part.ndim == 2 for part in value)


RIGHT_BILINEAR = {
    "mul": lambda bar, bar_dot, y, y_dot, x, z, x_dot, z_dot: (
        bar_dot * z + bar * z_dot,
        bar_dot * x + bar * x_dot,
    ),
    "matmul": lambda bar, bar_dot, y, y_dot, x, z, x_dot, z_dot: (
        bar_dot @ z.T + bar @ z_dot.T,
        x.T @ bar_dot + x_dot.T @ bar,
    ),
}
MUL = "bar_dot * z + bar * z_dot, bar_dot * x + bar * x_dot"
MATMUL = "bar_dot @ z.T + bar @ z_dot.T, x.T @ bar_dot + x_dot.T @ bar"


def bilinear_answer(mul=MUL, matmul=MATMUL):
    """The text of an answer: the right rules, or one of them changed."""
    inputs = "bar, bar_dot, y, y_dot, x, z, x_dot, z_dot"
    return f"""def hvp_mul({inputs}):
    return {mul}


def hvp_matmul({inputs}):
    return {matmul}


BILINEAR = {{"mul": hvp_mul, "matmul": hvp_matmul}}"""


HVP_BILINEAR = Exercise(
    "03.hvp_bilinear",
    "Line (8): products",
    "write",
    ("BILINEAR",),
    insight=(
        "Your second terms are curvature from multiplication alone: because of them two linear "
        "layers, without any tanh, have a saddle at 0, and lesson 16 meets such a saddle."
    ),
    minutes=4,
    hints=(
        "Write line (7) down and differentiate it along v. "
        "Both factors move: that makes two terms for each input.",
        "R{bar · z} = bar_dot · z + bar · z_dot. The second term has bar, not bar_dot: in each "
        "term exactly one factor carries a dot.",
        "matmul: x gets bar_dot @ z.T + bar @ z_dot.T. "
        "For z, differentiate x.T @ bar in the same way, the factors staying in their places.",
    ),
    mistakes=(
        Mistake(
            "In mul: the second term is missing, `bar * z_dot` and the one like it for z. Line "
            "(7) is a product in which *both* factors move: this is the term people forget.",
            bilinear_answer(mul="bar_dot * z, bar_dot * x"),
        ),
        Mistake(
            "In matmul: the second term is missing, `bar @ z_dot.T` and the one like it for z. "
            "Line (7) is a product in which *both* factors move: this is the term people "
            "forget.",
            bilinear_answer(matmul="bar_dot @ z.T, x.T @ bar_dot"),
        ),
        Mistake(
            "In matmul: z's half is right and x's lacks its second term, a bar times a dot. "
            "The symmetry check below finds this one.",
            bilinear_answer(matmul="bar_dot @ z.T, x.T @ bar_dot + x_dot.T @ bar"),
        ),
        Mistake(
            "In matmul: x's half is right and z's lacks its second term, a bar times a dot. "
            "The symmetry check below finds this one.",
            bilinear_answer(matmul="bar_dot @ z.T + bar @ z_dot.T, x.T @ bar_dot"),
        ),
        Mistake(
            "In matmul: the second terms are there, "
            "and the first ones, line (7) with bar_dot for bar, are missing.",
            bilinear_answer(matmul="bar @ z_dot.T, x_dot.T @ bar"),
        ),
        Mistake(
            "In mul: the second terms are there, "
            "and the first ones, line (7) with bar_dot for bar, are missing.",
            bilinear_answer(mul="bar * z_dot, bar * x_dot"),
        ),
        Mistake(
            "In matmul's second term the factors are in the wrong order. Whatever moves stays "
            "in its place: bar @ z.T becomes bar @ z_dot.T, and x.T @ bar becomes x_dot.T @ bar.",
            bilinear_answer(matmul="bar_dot @ z.T + z_dot.T @ bar, x.T @ bar_dot + bar @ x_dot.T"),
        ),
        Mistake(
            "In matmul: the transposes of line (7) are missing. They stay when a factor moves.",
            bilinear_answer(matmul="bar_dot @ z + bar @ z_dot, x @ bar_dot + x_dot @ bar"),
        ),
        Mistake(
            "In mul: both factors carry a dot at once. Product rule: in each term exactly one "
            "factor does.",
            bilinear_answer(mul="bar_dot * z_dot, bar_dot * x_dot"),
        ),
        Mistake(
            "In matmul: both factors carry a dot at once. Product rule: in each term exactly "
            "one factor does.",
            bilinear_answer(matmul="bar_dot @ z_dot.T, x_dot.T @ bar_dot"),
        ),
        Mistake(
            "In mul: your second term has bar_dot where bar belongs. Product rule: in each "
            "term exactly one factor carries a dot; bar_dot · z_dot belongs to a third "
            "derivative.",
            bilinear_answer(mul="bar_dot * z + bar_dot * z_dot, bar_dot * x + bar_dot * x_dot"),
        ),
        Mistake(
            "In mul: your first term has bar where bar_dot belongs. Product rule: bar_dot · z "
            "+ bar · z_dot, exactly one dot in each term.",
            bilinear_answer(mul="bar * z + bar * z_dot, bar * x + bar * x_dot"),
        ),
        Mistake(
            "In mul: x's second term needs z's dot, and z's second term needs x's. In line (7) "
            "x̄ gets ȳ times *the other* factor, and that is what moves.",
            bilinear_answer(mul="bar_dot * z + bar * x_dot, bar_dot * x + bar * z_dot"),
        ),
        Mistake(
            "In mul: you return z's contribution first. "
            "The order is that of the inputs: x, then z.",
            bilinear_answer(mul="bar_dot * x + bar * x_dot, bar_dot * z + bar * z_dot"),
        ),
        Mistake(
            "In matmul: you return z's contribution first. "
            "The order is that of the inputs: x, then z.",
            bilinear_answer(matmul="x.T @ bar_dot + x_dot.T @ bar, bar_dot @ z.T + bar @ z_dot.T"),
        ),
    ),
    alternative="""def second(x_part, z_part):
    def rule(bar, bar_dot, y, y_dot, x, z, x_dot, z_dot):
        return x_part(bar, z_dot) + x_part(bar_dot, z), z_part(x_dot, bar) + z_part(x, bar_dot)
    return rule


BILINEAR = {
    "mul": second(np.multiply, np.multiply),
    "matmul": second(lambda bar, z: (z @ bar.T).T, lambda x, bar: (bar.T @ x).T),
}""",
    cases=bilinear_cases,
    run=rule_runner("BILINEAR", RIGHT_BILINEAR, bilinear_cases, shrink_halves),
    show=shown("op", "bar", "bar_dot", "y", "y_dot", "x", "z", "x_dot", "z_dot"),
)


def tanh_cases():
    """(bar, bar_dot, y, y_dot, x, x_dot)"""
    cases = []
    for k, shape in enumerate([(2, 3), (1, 2), (1, 1)]):
        x, x_dot, bar, bar_dot = (block(10 * k + n, *shape) for n in range(4))
        y = np.tanh(x)
        y_dot = (1 - y * y) * x_dot
        cases.append((bar, bar_dot, y, y_dot, x, x_dot))
    bar, bar_dot, *others = cases[1]
    cases.append((bar, 0 * bar, *others))
    cases.append((0 * bar, bar_dot, *others))
    y, y_dot, x, x_dot = others
    cases.append((bar, bar_dot, y, 0 * y_dot, x, 0 * x_dot))
    x = np.array([[0.25 + 0.5j]])  # a formula holds off the real axis too, an imaginary step not
    y = np.tanh(x)
    cases.append((2j + x, 1 - x, y, 1 - y * y, x, np.ones((1, 1))))
    return cases


def tanh_answer(formula):
    return f"def hvp_tanh(bar, bar_dot, y, y_dot, x, x_dot):\n    return {formula}"


HVP_TANH = Exercise(
    "03.hvp_tanh",
    "Line (12): tanh",
    "write",
    ("hvp_tanh",),
    insight=(
        "The second derivative of tanh is largest in size, 0.77, at |x| = 0.66 and vanishes at 0: "
        "with small weights your second term is nearly zero, and a test there may pass without it."
    ),
    minutes=3,
    hints=(
        "Line (11) for tanh is (1 − y²) · bar. "
        "Differentiate it along v: both factors move, and y is one of the things that move.",
        "R{1 − y²} = −2 y y_dot. Multiply it by bar, and add what comes from bar moving.",
        "(1 - y * y) * bar_dot, plus R{1 − y²} * bar",
    ),
    mistakes=(
        Mistake(
            "The second term is missing: the slope 1 − y² moves too, because x does. "
            "You wrote line (11) for bar_dot; add f″(x) · x_dot · bar.",
            tanh_answer("(1 - y * y) * bar_dot"),
        ),
        Mistake(
            "You used f″ for f′: the first term is the slope 1 − y² times bar_dot; "
            "the curvature belongs to the second term alone.",
            tanh_answer("-2 * y * (1 - y * y) * bar_dot - 2 * y * y_dot * bar"),
        ),
        Mistake(
            "In your second term x_dot is missing: f″ says how the slope changes for each unit "
            "that x moves; times x_dot, how it changes along v.",
            tanh_answer("(1 - y * y) * bar_dot - 2 * y * (1 - y * y) * bar"),
        ),
        Mistake(
            "Your second term has bar_dot where bar belongs. "
            "Product rule: (how the slope moves) · bar + slope · (how bar moves).",
            tanh_answer("(1 - y * y) * bar_dot - 2 * y * y_dot * bar_dot"),
        ),
        Mistake(
            "The slope is in your second term twice: y_dot = (1 − y²) · x_dot contains it "
            "already. Write −2 y y_dot, or −2 y (1 − y²) x_dot.",
            tanh_answer("(1 - y * y) * bar_dot - 2 * y * (1 - y * y) * y_dot * bar"),
        ),
        Mistake(
            "Your second term takes x_dot for y_dot: "
            "R{y²} = 2 y y_dot, and y_dot is (1 − y²) · x_dot.",
            tanh_answer("(1 - y * y) * bar_dot - 2 * y * x_dot * bar"),
        ),
        Mistake(
            "The sign of your second term is wrong: "
            "the slope is 1 *minus* y², so it falls as |y| grows.",
            tanh_answer("(1 - y * y) * bar_dot + 2 * y * y_dot * bar"),
        ),
        Mistake(
            "A factor 2 is missing: R{y²} = 2 y y_dot.",
            tanh_answer("(1 - y * y) * bar_dot - y * y_dot * bar"),
        ),
        Mistake(
            "Your second term lacks bar: the slope moves, and it is bar that the slope multiplies.",
            tanh_answer("(1 - y * y) * bar_dot - 2 * y * y_dot"),
        ),
        Mistake(
            "Your second term lacks a dot: R{y²} = 2 y y_dot, "
            "and nothing changes along v where nothing moves.",
            tanh_answer("(1 - y * y) * bar_dot - 2 * y * bar"),
        ),
        Mistake(
            "The first term is missing: the slope 1 − y² times how bar moves, which is bar_dot.",
            tanh_answer("-2 * y * y_dot * bar"),
        ),
        Mistake(
            "You took x for y: tanh's slope is 1 − tanh(x)², that is 1 − y².",
            tanh_answer("(1 - x * x) * bar_dot - 2 * x * x_dot * bar"),
        ),
        Mistake(
            "Your first term has bar where bar_dot belongs: in that term it is bar that moves.",
            tanh_answer("(1 - y * y) * bar - 2 * y * y_dot * bar"),
        ),
        Mistake(
            "You added bar_dot, which is y's. "
            "Return the contribution to x's alone; the sweep does the adding.",
            tanh_answer("bar_dot + (1 - y * y) * bar_dot - 2 * y * y_dot * bar"),
        ),
        Mistake(
            "That is line (12) up to the error of a difference quotient. "
            "Differentiate line (11) by hand: the product rule, and R{1 − y²}.",
            "def hvp_tanh(bar, bar_dot, y, y_dot, x, x_dot):\n"
            "    def line_11(t):\n"
            "        return (1 - np.tanh(x + t * x_dot) ** 2) * (bar + t * bar_dot)\n"
            "    return (line_11(1e-6) - line_11(-1e-6)) / 2e-6",
        ),
        Mistake(
            "That is an imaginary step: right where all blocks are real, but not a formula. "
            "Differentiate line (11) by hand: the product rule, and R{1 − y²}.",
            "def hvp_tanh(bar, bar_dot, y, y_dot, x, x_dot):\n"
            "    moved = (1 - np.tanh(x + 1e-20j * x_dot) ** 2) * (bar + 1e-20j * bar_dot)\n"
            "    return moved.imag * 1e20",
        ),
        Mistake(
            "The formula is right, but you return it in a tuple. Return the block itself.",
            tanh_answer("((1 - y * y) * bar_dot - 2 * y * y_dot * bar,)"),
        ),
    ),
    alternative=tanh_answer("(bar_dot - 2 * np.tanh(x) * x_dot * bar) / np.cosh(x) ** 2"),
    cases=tanh_cases,
    tolerance=1e-13,  # closer than differences come
)

# ---- 03.second_sweep

LOSSES = [
    ("total(tanh(x @ z) * x)", dict(x=(3, 2), z=(2, 2))),
    ("total(x * x * z)", dict(x=(2, 2), z=(1, 2))),
    ("total(tanh(tanh(x @ z + b) * 0.5) - x @ z)", dict(x=(3, 2), z=(2, 3), b=(1, 3))),
    ("total(x * tanh(z) - z * z)", dict(x=(2, 1), z=(1, 3))),
    ("total(tanh(x) - tanh(x) * z)", dict(x=(2, 1), z=(1, 3))),
    ("total((x - z) * (z + x))", dict(x=(1, 2), z=(2, 2))),
    ("total((x * z) * (x + z))", dict(x=(1, 2), z=(1, 2))),
    ("x * x * x", dict(x=(1, 1))),
    ("total(x)", dict(x=(2, 2))),
]


def sweep_cases():
    """(loss, name -> input, name -> direction)"""
    cases = []
    for k, (loss, shapes) in enumerate(LOSSES):
        inputs, directions = {}, {}
        for n, (name, shape) in enumerate(shapes.items()):
            inputs[name] = block(10 * k + n, *shape)
            directions[name] = block(10 * k + n + 5, *shape)
        cases.append((loss, inputs, directions))
    return cases


def run_sweep(names, loss, inputs, directions):
    """The bar_dots of the inputs, of a second call: the first must leave nothing behind.

    And whether the sweep left what it was given alone.
    """
    function = eval(f"lambda {', '.join(inputs)}: {loss}", names)
    tape = names["trace"](function, *(x.shape for x in inputs.values()))
    values = names["forward"](tape, *inputs.values())
    bars = names["reverse"](tape, values)
    dots = names["tangent"](tape, values, *directions.values())
    share_unstretched(names)
    before = [block.copy() for block in (*values, *bars, *dots)]
    lines = list(map(id, tape))
    names["reverse_tangent"](tape, values, bars, [dot / 2 for dot in dots])
    if list(map(id, tape)) != lines:
        raise ValueError("the sweep changes the tape; walk along it and leave it as it is")
    with counting_calls(names["REVERSE_TANGENT"].values()) as calls:
        bar_dots = names["reverse_tangent"](tape, values, bars, dots)
    if bar_dots is None or bar_dots is ...:
        return bar_dots
    if not all(map(np.array_equal, before, (*values, *bars, *dots))):
        return "something in values, bars or dots has changed"
    if not isinstance(bar_dots, (list, tuple)) or len(bar_dots) != len(tape):
        raise ValueError(
            "return a list with a block for every slot, "
            f"as `reverse` returns it, here of length {len(tape)}"
        )
    complain_of_calls("REVERSE_TANGENT", len(calls), tape, bar_dots)
    return {name: bar_dots[k] for k, name in enumerate(inputs)}


def sweep_answer(
    start="[np.zeros_like(a) for a in values]",
    order="reversed(range(len(tape)))",
    bar="bars[k]",
    bar_dot="bar_dots[k]",
    first="pass",
    add="bar_dots[i] + ",
    part="shrink(part, values[i].shape)",
    blocks="*(values[i] for i in ins), *(dots[i] for i in ins)",
):
    """The text of an answer: the right sweep with something changed."""
    return f"""def reverse_tangent(tape, values, bars, dots):
    bar_dots = {start}
    {first}
    for k in {order}:
        if tape[k].ins:
            ins = tape[k].ins
            parts = REVERSE_TANGENT[tape[k].op]({bar}, {bar_dot}, values[k], dots[k], {blocks})
            for i, part in zip(ins, parts):
                bar_dots[i] = {add}{part}
    return bar_dots"""


SECOND_SWEEP = Exercise(
    "03.second_sweep",
    "The second reverse sweep",
    "write",
    ("reverse_tangent",),
    insight=(
        "JAX spells this jvp of grad, forward over reverse; the gradient of ⟨∇l, v⟩, common in "
        "PyTorch, gives the same vector but has to record the first reverse sweep as well."
    ),
    minutes=4,
    hints=(
        "It is `reverse` of lesson 02 with three changes: the table of rules, what a rule is "
        "given, and what the sweep starts from.",
        "The last bar is the number 1. How fast does the number 1 move along v?",
        "Start from zeros everywhere. For each line from last to first: "
        "parts = REVERSE_TANGENT[op](bars[k], bar_dots[k], values[k], dots[k], "
        "*the inputs' values, *their dots); add shrink(part, shape) to each input's bar_dot.",
    ),
    mistakes=(
        Mistake(
            "You started the last bar_dot at 1, as the last bar. "
            "But the 1 is a constant, it does not move along v: its bar_dot is 0. "
            "With your start the answer is Hv plus the gradient.",
            sweep_answer(first="bar_dots[-1] = np.ones((1, 1))"),
        ),
        Mistake(
            "You overwrote a bar_dot: where a slot is used twice, both uses change how much "
            "the loss cares about it. Add the contributions.",
            sweep_answer(add=""),
        ),
        Mistake(
            "You walked the list forwards. A slot's bar_dot is complete only when all lines "
            "that use the slot have contributed, and those lines come later: go backwards.",
            sweep_answer(order="range(len(tape))"),
        ),
        Mistake(
            "Nothing ever enters your sweep, so that Hv is 0. "
            "What enters is the rules' second terms, a bar times a dot: "
            "do you call REVERSE_TANGENT on each line, with the bars of `reverse`?",
            sweep_answer(bar="bar_dots[k]"),
        ),
        Mistake(
            "You gave the rules the bars twice, in the place of bar_dot as well. "
            "What moves on from line to line is bar_dots[k].",
            sweep_answer(bar_dot="bars[k]"),
        ),
        Mistake(
            "You started the last bar_dot from the last slot's dot. That is how the loss moves "
            "along v; bar_dot is how its bar moves, and that bar is the number 1.",
            sweep_answer(first="bar_dots[-1] = dots[-1]"),
        ),
        Mistake(
            "You gave the rules the inputs' dots before the inputs' values.",
            sweep_answer(blocks="*(dots[i] for i in ins), *(values[i] for i in ins)"),
        ),
        Mistake(
            "You gave the rules each input's value next to its dot. "
            "All values come first, then all dots.",
            sweep_answer(blocks="*(block for i in ins for block in (values[i], dots[i]))"),
        ),
        Mistake(
            "Your sweep writes into the values, bars or dots that it is given. "
            "The bar_dots need blocks of their own, zeros at first.",
            sweep_answer(start="bars"),
        ),
        Mistake(
            "You started from the bars of the first reverse sweep. "
            "They go into the rules; the bar_dots accumulate from zero.",
            sweep_answer(start="[a.copy() for a in bars]"),
        ),
        Mistake(
            "A contribution has the result's shape; where an input was stretched, "
            "it must be shrunk to the input's own shape, as in `reverse`.",
            sweep_answer(part="part"),
        ),
        Mistake(
            "You gave the rules zeros for the inputs' dots: "
            "then no input moves, and no second term of a product brings anything in.",
            sweep_answer(blocks="*(values[i] for i in ins), *(0 * dots[i] for i in ins)"),
        ),
    ),
    alternative="""def reverse_tangent(tape, values, bars, dots):
    found = [0.0 * value for value in values]
    for line, *four in reversed(list(zip(tape, bars, found, values, dots))):
        if line.op in REVERSE_TANGENT:
            inputs = [values[i] for i in line.ins] + [dots[i] for i in line.ins]
            for i, part in zip(line.ins, REVERSE_TANGENT[line.op](*four, *inputs)):
                found[i] += shrink(part, found[i].shape)
    return found""",
    cases=sweep_cases,
    run=run_sweep,
    show=shown("loss", "inputs", "directions"),
)

# ---- 03.false_line

TRUE_LINES = {
    1: (
        "Line (1) is true: it is the reverse rule, "
        "∂y/∂z times how much the loss cares about y. There is no line before it."
    ),
    2: (
        "Line (2) is true whatever moves: x/z² is y/z, "
        "at every point, so its two sides are the same function."
    ),
    4: (
        "Line (4) is not true, but it *follows* from line (3): multiply out, and you have (3) "
        "again. The error was made before it."
    ),
}
NUMBERS = ("x", "z", "x_dot", "z_dot", "bar", "bar_dot")


def judge_false_line(names):
    line, given = names["line"], names["instance"]
    if line is ... and (given is ... or unattempted(given)):
        raise NotImplementedError
    if line is ...:
        return "You have an instance. Which line is it for?"
    if not number(line) or line not in (1, 2, 3, 4):
        return "`line` is the number of a line: 1, 2, 3 or 4."
    if line in TRUE_LINES:
        return TRUE_LINES[line]
    if given is ... or unattempted(given):
        return "You have found the line. Now the six numbers of `instance`."
    has_names = isinstance(given, dict) and set(given) == set(NUMBERS)
    if not has_names or not all(number(value) for value in given.values()):
        return (
            "You have found the line. "
            f"`instance` is a dict of six finite numbers: {', '.join(NUMBERS)}."
        )
    x, z, x_dot, z_dot, bar, bar_dot = (float(given[name]) for name in NUMBERS)
    if z == 0:
        return (
            "You have found the line, but z is 0 on your instance, and all four lines divide by z."
        )
    x, z = np.float64(x), np.float64(z)  # which overflow, where Python's floats raise
    with np.errstate(all="ignore"):
        y = x / z
        y_dot = (x_dot - y * z_dot) / z
        said = -bar_dot * y / z + bar * y * z_dot / z**2
        truth = said - bar * y_dot / z
    if not np.isfinite([said, truth]).all():
        return (
            "You have found the line, but your numbers are so extreme that the two sides overflow. "
            "Take small ones."
        )
    if bar == 0:
        return (
            "You have found the line. But with bar = 0 the loss does not care about y, so it does "
            "not matter that y moves: both sides agree. Take another bar."
        )
    if abs(y_dot) <= 1e-9 * (abs(x_dot / z) + abs(y * z_dot / z)):
        return (
            "You have found the line. But on your instance y stands still "
            f"(y_dot = x_dot/z − y z_dot/z = {y_dot:g}), "
            "and a constant is what the student took it for: "
            f"both sides are {truth:.4g}. Let y move."
        )
    if abs(said - truth) >= 0.05 * max(abs(said), abs(truth)) and said != truth:
        return None
    return (
        f"You have found the line, but on your instance its right side is {said:.4g} and the truth "
        f"{truth:.4g}: less than 5% apart."
    )


def false_line_answer(line, **changed):
    """The text of an answer: an instance that is no counterexample, with some numbers changed."""
    instance = dict(x=1.0, z=1.0, x_dot=1.0, z_dot=0.0, bar=1.0, bar_dot=0.0)
    return f"line = {line}\ninstance = {instance | changed}"


FALSE_LINE = Exercise(
    "03.false_line",
    "The false line",
    "find the bug",
    ("line", "instance"),
    insight=(
        "In a backward rule of your own, a `detach` or `stop_gradient` on y makes exactly this "
        "error: the gradient stays right, and second derivatives through the division are wrong."
    ),
    minutes=4,
    hints=(
        "Three quantities stand on the right side of (2): "
        "bar, y and z. Which of them move along v?",
        "A stored number is not a constant number. y was computed from x and z; what is its dot?",
        "(3) lacks −bar · y_dot / z. "
        "Choose numbers with bar ≠ 0 and y_dot = (x_dot − y · z_dot) / z ≠ 0.",
    ),
    mistakes=(
        Mistake(TRUE_LINES[4], false_line_answer(4)),
        Mistake(TRUE_LINES[2], false_line_answer(2)),
        Mistake("But on your instance y stands still", false_line_answer(3, z_dot=1.0)),
        Mistake(
            "But with bar = 0 the loss does not care about y",
            false_line_answer(3, bar=0.0, bar_dot=1.0),
        ),
        Mistake(
            "You have found the line, but z is 0 on your instance", false_line_answer(3, z=0.0)
        ),
    ),
    alternative=(
        "line = 3\ninstance = {'bar': -2, 'bar_dot': 0.5, 'x': 3, 'x_dot': 1, 'z': 2, 'z_dot': -1}"
    ),
    judge=judge_false_line,
    equivalent={"*": "a changed counterexample is often a counterexample too"},
)

# ---- 03.price

PRODUCTS = dict(value=1, reverse=2, tangent=2, reverse_tangent=4)
PRODUCTS_SAY = {  # sweep -> why its number of products is what it is
    "value": "The value sweep runs line (5) alone: one product, x @ z.",
    "reverse": "The reverse sweep runs line (7): x's bar is a product, and z's bar is another.",
    "tangent": "Line (6) has two terms, since x moves and z moves: each term is a product.",
    "reverse_tangent": (
        "Line (8) has four terms, two for x and two for z: the second ones, a bar times a dot, "
        "are products as well."
    ),
}
CUMULATED = "You added up from sweep to sweep. Give the products of each sweep alone."


def judge_price(names):
    given = names["products"]
    counts = list(given.values()) if isinstance(given, dict) else [given]
    if all(count is ... for count in counts):
        raise NotImplementedError
    if not isinstance(given, dict) or set(given) != set(PRODUCTS):
        return f"`products` is a dict of four numbers: {', '.join(PRODUCTS)}."
    if some_unattempted(*counts):
        missing = ", ".join(sweep for sweep, count in given.items() if count is ...)
        return f"`products` still lacks a number: {missing}."
    if not all(map(number, counts)):
        return "The four entries of `products` are numbers."
    if [given[sweep] for sweep in PRODUCTS] == [1, 3, 5, 9]:
        return CUMULATED
    for sweep, right in PRODUCTS.items():
        if given[sweep] != right:
            return PRODUCTS_SAY[sweep]
    return None


def price_answer(**changed):
    """The text of an answer: the right counts, or some of them changed."""
    return f"products = {PRODUCTS | changed}"


PRICE = Exercise(
    "03.price",
    "What does it cost?",
    "predict",
    ("products",),
    insight=(
        "In MAML the inner step has already run value and reverse at w, so an HVP there costs only "
        "2 + 4 = 6 more products, two gradients: lesson 07's price table counts it that way."
    ),
    minutes=3,
    hints=(
        "Each term of the lines (5), (6), (7) and (8) is a matrix product. Write line (8) out.",
        "Lines (5) to (8) belong to value, tangent, reverse and the tangent of reverse, in this "
        "order. Line (7) has a product for x and one for z.",
        "Value 1, reverse 2, tangent 2, and the tangent of reverse 4.",
    ),
    mistakes=(
        Mistake(PRODUCTS_SAY["reverse_tangent"], price_answer(reverse_tangent=2)),
        Mistake(PRODUCTS_SAY["tangent"], price_answer(tangent=1)),
        Mistake(PRODUCTS_SAY["reverse"], price_answer(reverse=1, reverse_tangent=2)),
        Mistake(PRODUCTS_SAY["value"], price_answer(value=2)),
        Mistake(CUMULATED, price_answer(reverse=3, tangent=5, reverse_tangent=9)),
    ),
    alternative=(
        "products = {'reverse_tangent': 2 + 2, 'tangent': 2}\n"
        "products['value'] = 1\nproducts['reverse'] = 2"
    ),
    judge=judge_price,
)

# ---- 03.frozen_max


def judge_frozen_max(names):
    """None if the derivative with the maximum frozen has the wrong sign."""
    given = [names["row"], names["direction"]]
    try:
        x, v = (as_floats(part).ravel() for part in given)
    except (TypeError, ValueError, OverflowError):
        if some_unattempted(*given):
            raise NotImplementedError from None
        return "row and direction hold numbers, such as np.array([1.0, 2.0])."
    if not x.size or not v.size:
        return "row and direction hold numbers, such as np.array([1.0, 2.0])."
    if x.shape != v.shape:
        return (
            "row and direction belong together, a speed for each number: "
            f"they have {x.size} and {v.size}."
        )
    if not np.isfinite([x, v]).all():
        return "row and direction must be finite numbers."
    top = int(np.argmax(x))
    if x.size > 1 and x[top] - np.max(np.delete(x, top)) < 1e-6:
        return (
            "The largest number of your row occurs twice, or nearly: there the maximum has a "
            "kink, and s has no derivative. Keep the two apart."
        )

    with np.errstate(all="ignore"):
        weight = np.exp(x - x[top])
        frozen = float(weight @ v)
        true = float(weight @ (v - v[top]))
    if not np.isfinite([frozen, true]).all():
        return "The numbers are so large that the derivatives overflow. Take smaller ones."
    if frozen * true < 0 and min(abs(frozen), abs(true)) >= 0.1:
        return None
    if x.size == 1:
        complaint = (
            "With one number s is exp(0) = 1 whatever x is. So the true derivative is 0, and "
            "the frozen one is not. Now add a second number, so that the true one is not 0 "
            "either."
        )
    elif v[top] == 0:
        complaint = (
            "Along your direction the largest number stands still, and so does m: freezing it "
            "changes nothing. Move the maximum."
        )
    elif np.ptp(v) <= 1e-9 * abs(v[top]):
        complaint = (
            "Your direction moves all numbers alike, m with them: s does not change, and the "
            "frozen derivative says that it does. Close. Now make the true one differ from 0, "
            "with the other sign."
        )
    else:
        complaint = (
            "The two differ, but not in sign, or they are smaller than 0.1. "
            "The true derivative is Σ exp(xⱼ − m)(vⱼ − v of the largest): "
            "how can it be made negative, and the frozen one positive?"
        )
    return f"{complaint}\n  frozen   {frozen:.4g}\n  true     {true:.4g}"


FROZEN_MAX = Exercise(
    "03.frozen_max",
    "A maximum that may not stand still",
    "break it",
    ("row", "direction"),
    insight=(
        "JAX's `logsumexp` freezes its maximum with `stop_gradient` and is exact; the same call in "
        "your s turns descent into ascent, so seeing the call tells a reviewer nothing."
    ),
    minutes=4,
    hints=(
        "s(x) = Σ exp(xⱼ − m). If the largest number grows, "
        "what happens to all the other terms? And to its own?",
        "The largest number's own term is exp(0) = 1 for ever. "
        "The frozen derivative believes that it grows.",
        "Two numbers, and a direction that raises only the largest one.",
    ),
    mistakes=(
        Mistake(
            "Along your direction the largest number stands still",
            "row = np.array([0.0, -1.0])\ndirection = np.array([0.0, 1.0])",
        ),
        Mistake(
            "Your direction moves all numbers alike",
            "row = np.array([0.0, -1.0])\ndirection = np.array([1.0, 1.0])",
        ),
        Mistake(
            "With one number s is exp(0) = 1 whatever x is.",
            "row = np.array([3.0])\ndirection = np.array([1.0])",
        ),
        Mistake(
            "The largest number of your row occurs twice",
            "row = np.array([0.0, 0.0])\ndirection = np.array([1.0, 0.0])",
        ),
        Mistake(
            "The two differ, but not in sign",
            "row = np.array([0.0, -1.0])\ndirection = np.array([1.0, 2.0])",
        ),
    ),
    alternative="row = [[1.0, 3.0, 2.0]]\ndirection = [[0, -1, 0]]",
    judge=judge_frozen_max,
    equivalent={"*": "a changed counterexample is often a counterexample too"},
)

EXERCISES = [
    REFERENCE,
    HVP_BILINEAR,
    HVP_TANH,
    SECOND_SWEEP,
    FALSE_LINE,
    PRICE,
    FROZEN_MAX,
    engine.EXERCISE,
]
