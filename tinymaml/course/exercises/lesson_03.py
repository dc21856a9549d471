"""Graders of lesson 03."""

import numpy as np

from ..compare import difference, text
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


# ---- 03.quadratic

FORESEEN = {
    (10, 12): (
        "That is A v. The Hessian is symmetric and A is not: "
        "differentiate ½ wᵀ A w once, and both A and Aᵀ appear."
    ),
    (12, 28): "That is (A + Aᵀ) v: the ½ in front of the loss is missing.",
    (7, 17): (
        "You added c. The linear term has the same gradient c everywhere, so it adds nothing "
        "to the change of the gradient."
    ),
    (9, 7): (
        "That is the gradient at w. Hv is how the gradient changes along v, "
        "and on a quadratic that does not depend on w at all."
    ),
    (8, 4): "That is H w. The product is with v; for a quadratic, w does not matter at all.",
    (15, 21): (
        "That is the gradient at w + v. Hv is how the gradient changes along v: "
        "d/dt of the gradient at w + t v."
    ),
    (5, 6): (
        "That is ½ A v. In ½ wᵀ A w every weight stands twice, left and right of A: "
        "the gradient is ½ (A + Aᵀ) w + c."
    ),
    (2, 16): (
        "That is Aᵀ v. The Hessian is symmetric and A is not: "
        "differentiate ½ wᵀ A w once, and both A and Aᵀ appear."
    ),
}


def judge_quadratic(names):
    answer = names["Hv"]
    try:
        Hv = as_floats(answer).ravel()
    except (TypeError, ValueError, OverflowError):
        if unattempted(answer):
            raise NotImplementedError from None
        return "Hv is two numbers, such as (1, 2)."
    if answer is None:
        return "Hv is two numbers, such as (1, 2)."
    if Hv.size != 2:
        return f"Hv is two numbers, one for each weight; yours has {Hv.size}."
    if np.allclose(Hv, (6, 14), rtol=1e-9, atol=0):
        return None
    return FORESEEN.get(
        tuple(Hv.tolist()),
        "Not these two numbers. Write the gradient at w + t v first, then differentiate it "
        "with respect to t: every term without t goes.",
    )


QUADRATIC = Exercise(
    "03.quadratic",
    "Hv of a quadratic",
    "predict",
    ("Hv",),
    insight=(
        "The part ½(A − Aᵀ) left no trace: the Hessian of a smooth loss is symmetric, and that "
        "gives a test later in this lesson and drops a transpose in lesson 07."
    ),
    minutes=3,
    hints=(
        "Write ∇l(w + t v) as a vector with a t in it. Only what multiplies t survives d/dt.",
        "The gradient of ½ wᵀ A w is ½ (A + Aᵀ) w: each weight occurs on both sides of A.",
        "H = ½ (A + Aᵀ) = [[2, 2], [2, 6]]. Multiply by v = (1, 2).",
    ),
    mistakes=tuple(Mistake(says, f"Hv = {guess}") for guess, says in list(FORESEEN.items())[:5]),
    alternative="A = np.array([[2.0, 4.0], [0.0, 6.0]])\nHv = (A + A.T) / 2 @ np.array([1.0, 2.0])",
    judge=judge_quadratic,
)

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

# ---- 03.tangent_rules


def tangent_cases():
    """(operation, its value, inputs, their dots)"""
    value = {"matmul": np.matmul, "mul": np.multiply, "sub": np.subtract, "add": np.add}
    shapes = [
        ("matmul", (2, 3), (3, 4)),
        ("mul", (2, 3), (2, 3)),
        ("mul", (1, 3), (2, 1)),
        ("sub", (2, 3), (2, 1)),
        ("add", (1, 3), (2, 3)),
        ("matmul", (2, 2), (2, 2)),
        ("matmul", (1, 1), (1, 1)),
        ("sub", (1, 1), (1, 1)),
    ]
    cases = []
    for k, (op, of_x, of_z) in enumerate(shapes):
        x = block(10 * k, *of_x)
        z = block(10 * k + 1, *of_z)
        x_dot = block(10 * k + 2, *of_x)
        z_dot = block(10 * k + 3, *of_z)
        cases.append((op, value[op](x, z), (x, z), (x_dot, z_dot)))
    for k, shape in enumerate([(2, 3), (1, 2), (1, 1)]):
        x = block(100 + k, *shape)
        x_dot = block(200 + k, *shape)
        cases.append(("sum", x.sum(keepdims=True), (x,), (x_dot,)))
        cases.append(("tanh", np.tanh(x), (x,), (x_dot,)))
    x = block(300, 2, 2)
    cases.append(("tanh", np.tanh(x), (x,), (0 * x,)))
    zero, one = np.zeros((1, 1)), np.ones((1, 1))  # nothing may be divided by an input
    cases.append(("mul", zero, (zero, zero), (one, 3 * one)))
    x = np.array([[0.25 + 0.5j]])  # a formula holds off the real axis too, an imaginary step not
    cases.append(("tanh", np.tanh(x), (x,), (1 - x,)))
    cases.append(("mul", x * one, (x, one), (1 - x, 2j * one)))
    cases.append(("matmul", x @ one, (x, one), (1 - x, 2j * one)))
    return cases


def tangent_answer(**changed):
    """The text of an answer: the right rules with some changed."""
    right = {
        "add": "y, x, z, x_dot, z_dot: x_dot + z_dot",
        "sub": "y, x, z, x_dot, z_dot: x_dot - z_dot",
        "mul": "y, x, z, x_dot, z_dot: x_dot * z + x * z_dot",
        "matmul": "y, x, z, x_dot, z_dot: x_dot @ z + x @ z_dot",
        "sum": "y, x, x_dot: x_dot.sum(keepdims=True)",
        "tanh": "y, x, x_dot: (1 - y * y) * x_dot",
    }
    rules = [f'"{op}": lambda {rule}' for op, rule in (right | changed).items()]
    return "TANGENT = {" + ", ".join(rules) + "}"


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


RIGHT_TANGENT = {
    "add": lambda y, x, z, a, b: a + b,
    "sub": lambda y, x, z, a, b: a - b,
    "mul": lambda y, x, z, a, b: a * z + x * b,
    "matmul": lambda y, x, z, a, b: a @ z + x @ b,
    "sum": lambda y, x, a: a.sum(keepdims=True),
    "tanh": lambda y, x, a: a / np.cosh(x) ** 2,
}

TANGENT_RULES = Exercise(
    "03.tangent_rules",
    "The tangent rules",
    "write",
    ("TANGENT",),
    insight=(
        "Your table is the arithmetic of dual numbers a + bε with ε² = 0: it is the imaginary step "
        "without its error of order h², and it is all of forward mode."
    ),
    minutes=4,
    hints=(
        "Ask of each operation: if x moves at speed x_dot and z at speed "
        "z_dot, how fast does y move?",
        "mul and matmul: the product rule, two terms, "
        "each with one factor replaced by its dot and both factors where they were.",
        "matmul: x_dot @ z + x @ z_dot. tanh: (1 - y * y) * x_dot. "
        "sum: the sum of x_dot, with keepdims=True.",
    ),
    mistakes=(
        Mistake(
            "In mul: the dot of a product is not the product of the dots. "
            "Product rule: one factor moves while the other waits, and then the other way round.",
            tangent_answer(mul="y, x, z, x_dot, z_dot: x_dot * z_dot"),
        ),
        Mistake(
            "In matmul: the dot of a product is not the product of the dots. "
            "Product rule: one factor moves while the other waits, and then the other way round.",
            tangent_answer(matmul="y, x, z, x_dot, z_dot: x_dot @ z_dot"),
        ),
        Mistake(
            "In mul: only x moves. Both factors may depend on the weights: "
            "the product rule has two terms.",
            tangent_answer(mul="y, x, z, x_dot, z_dot: x_dot * z"),
        ),
        Mistake(
            "In matmul: only x moves. Both factors may depend on the weights: "
            "the product rule has two terms.",
            tangent_answer(matmul="y, x, z, x_dot, z_dot: x_dot @ z"),
        ),
        Mistake(
            "In matmul the factors are in the wrong order: "
            "in x @ z_dot, z_dot stands where z stood. Matrices do not commute.",
            tangent_answer(matmul="y, x, z, x_dot, z_dot: x_dot @ z + z_dot @ x"),
        ),
        Mistake(
            "In matmul: * multiplies entry by entry; the product of matrices is @.",
            tangent_answer(matmul="y, x, z, x_dot, z_dot: x_dot * z + x * z_dot"),
        ),
        Mistake(
            "tanh's slope is 1 − tanh(x)², that is 1 − y². You squared x, or something other "
            "than the value y.",
            tangent_answer(tanh="y, x, x_dot: (1 - x * x) * x_dot"),
        ),
        Mistake(
            "tanh's slope is 1 − y²: y is tanh(x) already, and you took the tanh of y.",
            tangent_answer(tanh="y, x, x_dot: (1 - np.tanh(y) ** 2) * x_dot"),
        ),
        Mistake(
            "Your tanh gives the slope, not the tangent: "
            "how fast y moves is the slope times how fast x moves.",
            tangent_answer(tanh="y, x, x_dot: 1 - y * y"),
        ),
        Mistake(
            "sub: y = x − z, so z pulls the other way. Its dot keeps the minus sign.",
            tangent_answer(sub="y, x, z, x_dot, z_dot: x_dot + z_dot"),
        ),
        Mistake(
            "sum: the number is right, but a block keeps its two "
            "dimensions, here 1 × 1: keepdims=True.",
            tangent_answer(sum="y, x, x_dot: x_dot.sum()"),
        ),
        Mistake(
            "sum: you spread x_dot like an adjoint. "
            "Tangents go the way values go: the sum moves by the sum of the movements.",
            tangent_answer(sum="y, x, x_dot: x_dot * np.ones_like(x)"),
        ),
    ),
    alternative="""def product_rule(times):
    return lambda y, x, z, x_dot, z_dot: times(x, z_dot) + times(x_dot, z)


TANGENT = dict(
    add=lambda y, x, z, a, b: a + b,
    sub=lambda y, x, z, a, b: a - b,
    mul=product_rule(np.multiply),
    matmul=product_rule(np.matmul),
    sum=lambda y, x, x_dot: np.sum(x_dot).reshape(1, 1),
    tanh=lambda y, x, x_dot: x_dot / np.cosh(x) ** 2,
)""",
    cases=tangent_cases,
    run=rule_runner("TANGENT", RIGHT_TANGENT, tangent_cases),
    show=shown("op", "y", "inputs", "their dots"),
)

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
    rule = "lambda bar, bar_dot, y, y_dot, x, z, x_dot, z_dot"
    return f"""BILINEAR = {{
    "mul": {rule}: ({mul}),
    "matmul": {rule}: ({matmul}),
}}"""


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

COUNTS = dict(value=1, reverse=2, tangent=2, tangent_of_reverse=4)
SWEEP_SAYS = dict(
    value="value: count the matrix products in line (5), y = x @ z.",
    reverse="reverse: count the matrix products in line (7), those for x and those for z.",
    tangent="tangent: count the terms of line (6). Each is a matrix product.",
    tangent_of_reverse=(
        "tangent of reverse: count the terms of line (8), those for x and those for z. Each is "
        "a matrix product, a bar times a dot too."
    ),
)
HVP_SAYS = {  # hvp_in_gradients -> what led there
    2: (
        "Two gradients are what the tangent sweep and the second reverse sweep cost on top, "
        "once `gradient` has run. The question counts all four sweeps, the gradient's own two "
        "as well."
    ),
    9: "Nine is the number of matrix products; in gradients, of 1 + 2 products each, it is fewer.",
    6: (
        "Six is the number of matrix products of the two new sweeps. "
        "Count all four sweeps, and divide by the products of a gradient."
    ),
    1000: "The number of weights does not matter here: one HVP runs each sweep once.",
}
HESSIAN_SAYS = {  # products_for_hessian -> what led there
    9000: (
        "You ran all four sweeps for each column. "
        "Value and reverse do not depend on v: run them once."
    ),
    6000: "The columns cost that; value and reverse must run as well, once.",
    2001: "That is in gradients. The question asks for matrix products, and a gradient has three.",
    3000: (
        "That is in gradients, all four sweeps for each column. "
        "In matrix products, with value and reverse run only once?"
    ),
    1000000: (
        "P² is the number of entries of H. What is counted here is matrix products: "
        "one HVP, a fixed number of them, makes P entries at once."
    ),
}


def judge_price(names):
    counts = names["products"]
    totals = {name: names[name] for name in ("hvp_in_gradients", "products_for_hessian")}
    hvp, hessian = totals.values()
    if hvp is hessian is ... and no_counts(counts):
        raise NotImplementedError
    if (
        not isinstance(counts, dict)
        or set(counts) != set(COUNTS)
        or not all(n is ... or number(n) for n in (*counts.values(), hvp, hessian))
    ):
        return (
            "`products` is a dict with the numbers value, "
            "reverse, tangent and tangent_of_reverse; the other two are numbers."
        )
    for name, right in COUNTS.items():
        if counts[name] is not ... and counts[name] != right:
            return SWEEP_SAYS[name]
    to_come = [name for name, value in (counts | totals).items() if value is ...]
    if to_come:
        return f"What you have of `products` is right. Still to come: {', '.join(to_come)}."
    if hvp != 3:
        return HVP_SAYS.get(
            hvp,
            "An HVP takes all four sweeps, a gradient the first two: "
            "divide the products of the one by those of the other.",
        )
    if hessian != 6003:
        return HESSIAN_SAYS.get(
            hessian,
            "Each of the 1000 columns is one HVP, along a unit vector: "
            "the tangent sweep and the tangent of reverse for each, value and reverse once.",
        )
    return None


def no_counts(counts):
    """Has nobody touched `products` yet?"""
    if isinstance(counts, dict):
        return all(count is ... for count in counts.values())
    return counts is ...


def price_answer(products=COUNTS, hvp=3, hessian=6003):
    return (
        f"products = {dict(products)}\nhvp_in_gradients = {hvp}\nproducts_for_hessian = {hessian}"
    )


PRICE = Exercise(
    "03.price",
    "What does it cost?",
    "predict",
    ("products", "hvp_in_gradients", "products_for_hessian"),
    insight=(
        "In MAML the inner step has already run value and reverse at w, so an HVP there costs only "
        "2 + 4 = 6 more products, two gradients: lesson 07's price table counts it that way."
    ),
    minutes=3,
    hints=(
        "Count the products in lines (5), (6), (7) and (8), with matmul for the dot.",
        "1, 2, 2 and 4. A gradient is value and reverse; an HVP is all four.",
        "The Hessian: 1 + 2 products once, then 2 + 4 for each of the 1000 columns.",
    ),
    mistakes=(
        Mistake(
            SWEEP_SAYS["tangent_of_reverse"],
            price_answer(COUNTS | dict(tangent_of_reverse=2), 7 / 3, 4003),
        ),
        Mistake(SWEEP_SAYS["tangent"], price_answer(COUNTS | dict(tangent=1))),
        Mistake(
            "Two gradients are what the tangent sweep and the second reverse sweep cost on top",
            price_answer(hvp=2),
        ),
        Mistake("The number of weights does not matter here", price_answer(hvp=1000)),
        Mistake("You ran all four sweeps for each column.", price_answer(hessian=9000)),
        Mistake("P² is the number of entries of H.", price_answer(hessian=1000000)),
    ),
    alternative=(
        "products = {'tangent_of_reverse': 4, 'tangent': 2, 'reverse': 2, 'value': 1}\n"
        "gradient = 3\n"
        "hvp_in_gradients = sum(products.values()) / gradient\n"
        "products_for_hessian = gradient + 1000 * (2 + 4)"
    ),
    judge=judge_price,
)

# ---- 03.power


def symmetric(*eigenvalues, seed=0):
    """A symmetric matrix with these eigenvalues and random eigenvectors."""
    size = len(eigenvalues)
    q, _ = np.linalg.qr(np.random.default_rng(seed).standard_normal((size, size)))
    return q * np.array(eigenvalues, float) @ q.T


RANDOM_START = "np.random.default_rng(0).standard_normal(size)"
NORMALISED = "v = hvp(v / np.linalg.norm(v))"
LENGTH = "np.linalg.norm(v)"
BLIND = (
    " can be at right angles to the very eigenvector that you want, "
    "as here, and then no product ever finds it. A random direction never is."
)


def power_answer(start=RANDOM_START, steps="steps", step=NORMALISED, result=LENGTH):
    """The text of an answer: the right iteration with something changed."""
    return (
        "def largest_curvature(hvp, size, steps=200):\n"
        f"    v = {start}\n"
        f"    for _ in range({steps}):\n"
        f"        {step}\n"
        f"    return {result}"
    )


FEW = 2  # so few steps that H costs more products: what is asked then is their number


def run_power(names, H, *steps):
    """The number that comes back, infinite where it overflows and 0 where it vanishes; of FEW
    steps, which leave it at random, how many products they took."""
    size = len(H)
    calls = []

    def hvp(v):
        calls.append(v)
        if np.shape(v) != (size,):
            raise ValueError(f"hvp takes a v of shape ({size},); yours has shape {np.shape(v)}")
        return H @ v

    found = names["largest_curvature"](hvp, size, *steps)
    if steps == (FEW,):
        about = FEW - 1 <= len(calls) <= FEW + 2
        if about:
            return "about `steps` calls of hvp"
        return f"{len(calls)} call{'' if len(calls) == 1 else 's'} of hvp"
    if isinstance(found, np.ndarray) and found.size == 1:
        found = found.item()
    if not isinstance(found, (float, np.floating)):
        return found
    if abs(found) <= 1e-15:
        return 0.0
    if abs(found) >= 1e15:
        return np.inf
    return found


def show_power(H, steps=200):
    return f"H = {text(H)}, steps = {steps}"


POWER = Exercise(
    "03.power",
    "Power iteration",
    "write",
    ("largest_curvature",),
    insight=(
        "Given Hv − Lv in place of Hv, the same loop finds the lowest curvature, however negative: "
        "lesson 14 uses that to ask how fast two runs can part on a network."
    ),
    minutes=3,
    hints=(
        "Three lines: a start, a loop, a result. In the loop v gets length 1 and is multiplied.",
        "A start with a random direction has a part along every eigenvector: "
        "np.random.default_rng(0).standard_normal(size).",
        "for _ in range(steps): v = hvp(v / np.linalg.norm(v)). After it ‖v‖ is the answer.",
    ),
    mistakes=(
        Mistake(
            "You never normalise: v grows by a factor L at each product, "
            "or shrinks by it, until it overflows or vanishes. "
            "Divide by ‖v‖ before each product; the direction is all that counts.",
            power_answer(step="v = hvp(v)"),
        ),
        Mistake(
            "Your result has a sign. vᵀHv is the eigenvalue itself, which may be negative; "
            "L is the largest *size* of a curvature, on hill tops as well as in valleys.",
            power_answer(result="v @ hvp(v) / (v @ v)"),
        ),
        Mistake(
            "Too few products: where |λ₂| is close to L, the second part of v shrinks slowly. "
            "Use all the `steps` that you are given.",
            power_answer(steps="5"),
        ),
        Mistake("You start from all ones, and these" + BLIND, power_answer(start="np.ones(size)")),
        Mistake(
            "You start from the first unit vector, which" + BLIND,
            power_answer(start="np.eye(size)[0]"),
        ),
        Mistake(
            "That takes all of H, a product for each column, and more memory than a network has. "
            "`steps` products are enough: repeat v ← Hv / ‖Hv‖.",
            "def largest_curvature(hvp, size, steps=200):\n"
            "    H = np.array([hvp(e) for e in np.eye(size)])\n"
            "    return np.abs(np.linalg.eigvalsh(H)).max()",
        ),
        Mistake(
            "That is always 200 products: `steps` says how many.",
            power_answer(steps="200"),
        ),
        Mistake(
            "|vᵀHv| is too small where L and −L are both eigenvalues, or nearly: v is then a "
            "mixture of two. ‖Hv‖ is L there as well.",
            power_answer(result="abs(v @ hvp(v)) / (v @ v)"),
        ),
        Mistake(
            "You return the length of a vector that you have just normalised: that is 1. L is "
            "the length of Hv before you normalise it.",
            power_answer(step="v = hvp(v); v = v / np.linalg.norm(v)"),
        ),
    ),
    alternative="""def largest_curvature(hvp, size, steps=200):
    v = np.random.default_rng(7).uniform(-1, 1, size)
    v = v / np.sqrt(v @ v)
    for k in range(steps):
        Hv = hvp(v)
        L = np.sqrt(Hv @ Hv)
        v = Hv / L
    return float(L)""",
    cases=lambda: [
        (symmetric(90, -75, 30, 2, -1),),
        (symmetric(-40, 25, 3, seed=1),),
        (np.array([[2.0, -1.0], [-1.0, 2.0]]),),
        (np.diag([1.0, -4.0, 2.0]),),
        (symmetric(0.01, 0.004, seed=2),),
        (symmetric(2, -2, 0.5, seed=3),),
        (np.array([[2.0, 1.0], [1.0, 2.0]]),),
        # 600 steps suffice for almost any start, 200 for almost none; a recursion has room for them
        (symmetric(1, *[0.975] * 5, seed=4), 600),
        (symmetric(9, -7, 5, 3, 1, seed=5), FEW),
        (np.array([[-2.5]]),),
    ],
    run=run_power,
    show=show_power,
    tolerance=1e-6,
    equivalent={"np.random.default_rng(0) -> np.random.default_rng(1)": "any random start will do"},
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
            "kink, and f has no derivative. Keep the two apart."
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
            "With one number f is exp(0) = 1 whatever x is. So the true derivative is 0, and "
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
            "Your direction moves all numbers alike, m with them: f does not change, and the "
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
        "your f turns descent into ascent, so seeing the call tells a reviewer nothing."
    ),
    minutes=4,
    hints=(
        "f(x) = Σ exp(xⱼ − m). If the largest number grows, "
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
            "With one number f is exp(0) = 1 whatever x is.",
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
    QUADRATIC,
    REFERENCE,
    TANGENT_RULES,
    HVP_BILINEAR,
    HVP_TANH,
    SECOND_SWEEP,
    FALSE_LINE,
    PRICE,
    POWER,
    FROZEN_MAX,
    engine.EXERCISE,
]
