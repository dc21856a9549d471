"""Graders of lesson 02."""

import itertools
import re

import numpy as np

from ..compare import text
from ..exercise import Exercise, Mistake
from .shared import complain_of_calls, counting_calls, share_unstretched


def block(seed, m, n):
    """Generic numbers, three digits each: the smallest failing case is shown to the learner."""
    return np.round(np.random.default_rng(seed).normal(size=(m, n)), 2) + 0.125


# ---- 02.by_hand

BY_HAND = {  # c_bar, b_bar, a_bar, x_bar -> what led there
    (1, 1, 3, 3): (
        "You overwrote: `a` is read by b and by c, and x by b and twice by a. Every reader "
        "passes something back, and (C4) adds it all up."
    ),
    (1, 1, 3, 10): "a_bar has only what b passed back; c reads `a` too, with a minus.",
    (1, 1, 2, 8): (
        "x is counted once in `a = x + x`. The loss cares through both: "
        "push x by 1 and `a` moves by 2."
    ),
    (1, 1, 2, 4): (
        "x is read by `b = a * x` as well as by `a = x + x`: "
        "the part that b passes back, b_bar · a, is missing."
    ),
    (1, 1, 4, 14): "c = b − a falls when `a` is pushed up: that reader of `a` passes back −c_bar.",
    (1, 1, 5, 13): (
        "The factors are exchanged. In b = a · x, a push of `a` moves b by x times as much: "
        "`a` gets b_bar · x, and x gets b_bar · a."
    ),
    (1, 1, 2, 6): (
        "You took only what `b = a * x` passes back to x. x also acts through `a = x + x`, twice."
    ),
    (1, 1, -1, 4): (
        "You passed a_bar on before it was complete: b reads `a` as well. "
        "Deal with all readers of a slot before its own line."
    ),
    (10, 12, 2, 1): (
        "These are the derivatives of each slot with respect to x, "
        "counted down the tape. An adjoint looks the other way: "
        "the derivative of the last slot with respect to this one. Start with c_bar = 1."
    ),
    (12, 18, 6, 3): (
        "These are the values of the slots. "
        "An adjoint says how much c moves when the slot is pushed."
    ),
}
QUESTIONS = {  # asked about the first number that is wrong
    "c_bar": "c_bar: how much does the last slot move when the last slot is pushed by 1?",
    "b_bar": "b_bar: only c reads b, and c = b − a.",
    "a_bar": (
        "a_bar: two lines read `a`, b = a · x and c = b − a. What does each pass back? Add them."
    ),
    "x_bar": (
        "x_bar: x is read three times, once by b = a · x and twice by a = x + x. "
        "What does each pass back? Add them."
    ),
}


def judge_by_hand(names):
    got = [names[word] for word in QUESTIONS]
    empty = [word for word in QUESTIONS if names[word] is ... or names[word] is None]
    if empty:
        return f"There is no number yet for {', '.join(empty)}."
    try:
        got = [as_number(x) for x in got]
    except (TypeError, ValueError):
        return "Each of the four is one number."
    if foreseen := BY_HAND.get(tuple(got)):
        return foreseen
    for x, right, question in zip(got, (1, 1, 2, 10), QUESTIONS.values(), strict=True):
        if not abs(x - right) <= 1e-9:
            return question
    return None


def as_number(value):
    """A real number, also out of an array of one, as a float. Raises TypeError or ValueError."""
    block = np.asarray(value)
    if block.dtype.kind not in "iufO":
        raise TypeError(f"{text(value)} is no real number")
    try:
        return float(block.item())
    except OverflowError:
        raise ValueError("no float is as large") from None


def by_hand_answer(c, b, a, x):
    return f"c_bar, b_bar, a_bar, x_bar = {c}, {b}, {a}, {x}"


# ---- 02.rules and 02.reverse


def run_rules(names, op, bar, *xs):
    """What a rule passes back to each input, after the sweep's `shrink`."""
    rules = names["REVERSE"]
    if not isinstance(rules, dict):
        raise TypeError("REVERSE is a dict: the name of an operation -> its rule")
    if not rules:
        return ...
    if rules.get(op, ...) is ...:
        raise ValueError(f"there is no rule for {op!r} yet")
    y = names["VALUE"][op](*xs)
    for block in (bar, y, *xs):
        # others read them too: writing into one stops at the line that does
        block.flags.writeable = False
    parts = rules[op](bar, y, *xs)
    if parts is ... or isinstance(parts, (tuple, list)) and any(part is ... for part in parts):
        raise ValueError(f"there is no rule for {op!r} yet")
    if not isinstance(parts, (tuple, list)):
        if parts is None:
            what = "nothing"
        elif isinstance(parts, np.ndarray):
            what = "an array"
        else:
            what = f"one {type(parts).__name__}"
        raise TypeError(
            f"the rule of {op!r} returns {what}; "
            "a rule returns a tuple, also for one input: `(…,)` with a comma"
        )
    if len(parts) != len(xs):
        raise TypeError(
            f"the rule of {op!r} returns {len(parts)} "
            f"contribution{'s' if len(parts) != 1 else ''}; "
            f"the operation has {len(xs)} input{'s' if len(xs) > 1 else ''}"
        )
    return {
        f"for {word}": shrink_block(part, x.shape)
        for word, part, x in zip("xz", parts, xs, strict=False)
    }


def shrink_block(part, shape):
    """`shrink`, where an answer has returned a block; else what it has returned."""
    if not isinstance(part, np.ndarray) or part.ndim != 2:
        return part
    axes = tuple(k for k in (0, 1) if shape[k] == 1)
    return part.sum(axes, keepdims=True)


def show_rules(op, bar, *xs):
    arguments = ", ".join(["bar", "y", "x", "z"][: 2 + len(xs)])
    blocks = [f"{word} = {text(x)}" for word, x in zip("xz", xs, strict=False)]
    return (
        f'REVERSE["{op}"]({arguments}) with bar = {text(bar)}, {", ".join(blocks)}, after `shrink`'
    )


def rule_cases():
    """(operation, adjoint of its result, *inputs)"""
    shapes = [
        # operation, result, inputs
        ("add", (3, 4), (3, 4), (1, 4)),
        ("add", (2, 1), (2, 1), (2, 1)),
        ("sub", (3, 4), (3, 4), (1, 1)),
        ("sub", (2, 3), (2, 1), (2, 3)),
        ("sub", (1, 2), (1, 2), (1, 2)),
        ("mul", (3, 4), (3, 4), (3, 1)),
        ("mul", (1, 2), (1, 2), (1, 2)),
        ("mul", (2, 2), (1, 2), (2, 2)),
        ("matmul", (3, 2), (3, 4), (4, 2)),
        ("matmul", (2, 2), (2, 2), (2, 2)),
        ("matmul", (1, 2), (1, 3), (3, 2)),
        ("sum", (1, 1), (3, 4)),
        ("sum", (1, 1), (2, 1)),
        ("sum", (1, 1), (1, 1)),
        ("tanh", (3, 4), (3, 4)),
        ("tanh", (1, 2), (1, 2)),
        ("tanh", (1, 1), (1, 1)),
    ]
    seed = itertools.count()
    cases = [(op, *(block(next(seed), *shape) for shape in row)) for op, *row in shapes]
    one = np.array([[1.5]])
    # nothing may be divided by an input, and lesson 03 runs the rules off the real axis
    special = [
        ("add", one, np.array([[2.0]]), np.array([[-2.0]])),
        ("mul", np.array([[0.5, -1.5]]), np.array([[0.0, 2.0]]), np.array([[3.0, 0.0]])),
        ("sum", one, np.array([[0.0, 1.0, -1.0]])),
        ("tanh", one, np.zeros((1, 1))),
        ("tanh", one - 0.5j, np.array([[0.25 + 0.5j]])),
        ("matmul", one - 0.5j, np.array([[0.25 + 0.5j]]), np.array([[1.0 - 2j]])),
        ("sum", one - 0.5j, np.array([[0.25 + 0.5j, 1.0]])),
    ]
    return cases + special


RULES = {
    "add": "lambda bar, y, x, z: (bar, bar)",
    "sub": "lambda bar, y, x, z: (bar, -bar)",
    "mul": "lambda bar, y, x, z: (bar * z, bar * x)",
    "matmul": "lambda bar, y, x, z: (bar @ z.T, x.T @ bar)",
    "sum": "lambda bar, y, x: (bar * np.ones_like(x),)",
    "tanh": "lambda bar, y, x: ((1 - y * y) * bar,)",
}
OPERATIONS = list(RULES)


def rules_answer(**changed):
    """The text of an answer: the right rules with some changed."""
    rows = [f'    "{op}": {rule},\n' for op, rule in (RULES | changed).items()]
    return "REVERSE = {\n" + "".join(rows) + "}"


def unfinished_rules(done):
    """The text of an answer: the first rules are right, the others still `...`."""
    unary = ("sum", "tanh")
    return rules_answer(
        **{op: f"lambda bar, y, x{'' if op in unary else ', z'}: ..." for op in OPERATIONS[done:]}
    )


# Functions to trace, in the lesson's names.


def layer_loss(names, x, z, b, y):
    r = names["tanh"](x @ z + b) - y
    return names["total"](r * r)


def residual_loss(names, x, z, u):
    h = names["tanh"](x @ z)
    g = h + names["tanh"](h @ u)
    return names["total"](g * h)


def stretched_loss(names, x, z):
    a = x * z
    y = a + x * 2.0
    return names["total"](y * a)


def parabola_loss(names, x):
    return names["total"](x - x * x)


def doubled_twice(names, a):
    b = a + a
    return b + b


def loss_beside_unread(names, x, z):
    z * z
    return names["total"](x)


def same_twice_loss(names, x, z):
    u = names["tanh"](x)
    v = names["tanh"](x)
    return names["total"](u - v * z)


def square_loss(names, a):
    return a * a


def tanh_loss(names, a):
    return names["tanh"](a)


TAPES = {  # what the learner is shown -> the function to trace, the shapes of its inputs
    "r = tanh(x @ z + b) - y; loss = total(r * r)": (
        layer_loss,
        [(3, 2), (2, 4), (1, 4), (3, 1)],
    ),
    "h = tanh(x @ z); g = h + tanh(h @ u); loss = total(g * h)": (
        residual_loss,
        [(3, 2), (2, 4), (4, 4)],
    ),
    "a = x * z; y = a + x * 2; loss = total(y * a)": (stretched_loss, [(3, 4), (3, 1)]),
    "loss = total(x - x * x)": (parabola_loss, [(2, 3)]),
    "b = a + a; c = b + b; loss = c": (doubled_twice, [(1, 1)]),
    "u = z * z (no line reads it); loss = total(x)": (loss_beside_unread, [(2, 1), (1, 2)]),
    "u = tanh(x); v = tanh(x); loss = total(u - v * z)": (same_twice_loss, [(2, 1), (1, 3)]),
    "loss = a * a": (square_loss, [(1, 1)]),
    "loss = tanh(a)": (tanh_loss, [(1, 1)]),
}


def reverse_cases():
    cases = []
    for k, (which, (_, shapes)) in enumerate(TAPES.items()):
        inputs = [block(10 * k + j, *shape) for j, shape in enumerate(shapes)]
        cases.append((which, *inputs))
    return cases


def run_reverse(names, which, *inputs):
    """The adjoints, of a second call at other values: the first must leave nothing behind."""
    function, shapes = TAPES[which]
    tape = names["trace"](lambda *xs: function(names, *xs), *shapes)
    values = names["forward"](tape, *inputs)
    share_unstretched(names)
    values_before = [value.copy() for value in values]
    length_before = len(tape)
    names["reverse"](tape, names["forward"](tape, *(x / 2 for x in inputs)))
    if len(tape) != length_before:
        raise ValueError("the sweep changes the tape; walk along it and leave it as it is")
    with counting_calls(names["REVERSE"].values()) as calls:
        bars = names["reverse"](tape, values)
    if not all(map(np.array_equal, values_before, values)):
        raise ValueError("the sweep writes into `values`; the adjoints are new blocks")
    if isinstance(bars, (list, tuple)):
        complain_of_calls("REVERSE", len(calls), tape, bars)
    return list(bars) if isinstance(bars, tuple) else bars


def show_reverse(which, *inputs):
    if len(inputs) > 1:
        shapes = ", ".join(f"{m} x {n}" for m, n in (x.shape for x in inputs))
        return f"the tape of `{which}`, inputs of shapes {shapes}"
    letters = re.findall(r"\b[a-z]\b", which)
    name = letters[0] if len(set(letters)) == 1 else "its input"
    return f"the tape of `{which}` at {name} = {text(inputs[0])}"


def sweep_answer(
    start="bars = [np.zeros_like(value) for value in values]",
    seed="bars[-1] = np.ones_like(values[-1])",
    order="reversed(range(len(tape)))",
    add="bars[i] = bars[i] + shrink(part, values[i].shape)",
    head="def reverse(tape, values):",
    ins="line.ins",
):
    """The text of an answer: the right sweep with something changed."""
    return f"""{head}
    {start}
    {seed}
    for k in {order}:
        line = tape[k]
        if line.ins:
            parts = REVERSE[line.op](bars[k], values[k], *(values[i] for i in line.ins))
            for i, part in zip({ins}, parts):
                {add}
    return bars"""


# ---- 02.check_gradient


def loss_of_sines(c):
    """The value Σ c sin(w) and its gradient."""

    def value(w):
        return (c * np.sin(w)).sum()

    def gradient(w):
        return c * np.cos(w)

    return value, gradient


def value_of_cubes(w):
    return (w * w * w).sum()


def gradient_of_cubes(w):
    return 3 * w * w


def value_of_exp(w):
    return w[0] * np.exp(w.sum())


def gradient_of_exp(w):
    first = np.eye(len(w))[0]
    return (first + w[0]) * np.exp(w.sum())


def with_error(gradient, k, error):
    """A gradient with entry k wrong by a part of its largest entry."""

    def wrong_gradient(w):
        g = gradient(w)
        g[k] += error * np.abs(g).max()
        return g

    return wrong_gradient


COEFFICIENTS = np.array([0.5, -2.0, 1.25, 0.75])
SINES = loss_of_sines(COEFFICIENTS)
TINY = loss_of_sines(1e-6 * COEFFICIENTS)
HUGE = loss_of_sines(1e6 * COEFFICIENTS)
GRADIENTS = {  # what the learner is shown -> value, gradient
    "value = Σ c sin(w) and its gradient": SINES,
    "value = Σ w³ and its gradient": (value_of_cubes, gradient_of_cubes),
    "value = w₀ exp(Σ w) and its gradient": (value_of_exp, gradient_of_exp),
    "value = Σ w³ with an entry of w at 0, and its gradient": (value_of_cubes, gradient_of_cubes),
    "value = Σ c sin(w), and a gradient whose last entry is too small by 1/1000 of the largest": (
        SINES[0],
        with_error(SINES[1], -1, -1e-3),
    ),
    "value = Σ c sin(w), and a gradient whose entry 1 is too large by 1/1000 of the largest": (
        SINES[0],
        with_error(SINES[1], 1, 1e-3),
    ),
    "value = Σ c sin(w), and half its gradient": (SINES[0], lambda w: SINES[1](w) / 2),
    "value = Σ c sin(w), and twice its gradient": (SINES[0], lambda w: 2 * SINES[1](w)),
    "value = Σ c sin(w), and its gradient with two entries exchanged": (
        SINES[0],
        lambda w: SINES[1](w)[[1, 0, 2, 3]],
    ),
    "value = Σ c sin(w) with c near 1e-6, and half its gradient": (
        TINY[0],
        lambda w: TINY[1](w) / 2,
    ),
    "value = Σ c sin(w) with c near 1e+6, and its gradient": HUGE,
    (
        "value = Σ c sin(w) with c near 1e+6, and a gradient whose entry 2 is too "
        "large by a fifth of the largest"
    ): (
        HUGE[0],
        with_error(HUGE[1], 2, 0.2),
    ),
    "value = Σ c sin(w), and a gradient of zeros": (SINES[0], lambda w: 0 * w),
    "value = Σ c sin(w), and a gradient with a NaN": (SINES[0], with_error(SINES[1], 2, np.nan)),
    "value = Σ w³ and its gradient, one parameter": (value_of_cubes, gradient_of_cubes),
    "value = Σ w³, and a gradient whose last entry, of seven, is too small by 0.2 of the largest": (
        value_of_cubes,
        with_error(gradient_of_cubes, -1, -0.2),
    ),
}


def check_cases():
    w = np.array([0.3, -0.7, 1.1, 0.4])
    places = {
        "one parameter": np.array([0.8]),
        "of seven": np.array([*w, 0.2, -0.5, 0.9]),
        "at 0": np.array([0.3, 0.0, 1.1, 0.4]),
    }
    cases = []
    for which in GRADIENTS:
        place = next((places[words] for words in places if words in which), w)
        cases.append((which, place))
    return cases


def run_check(names, which, w):
    """What is said of a right gradient, in words: one rounding error is as good as another, and so
    is one difference quotient. Else the number."""
    value, gradient = GRADIENTS[which]
    real_pushes = []

    def noting_value(pushed):
        if not np.iscomplexobj(pushed) and not np.array_equal(pushed, w):
            real_pushes.append(pushed)
        return value(pushed)

    with np.errstate(all="ignore"):
        error = names["check_gradient"](noting_value, gradient, w)
    if error is ... or error is None:
        return error
    if isinstance(error, (bool, np.bool_)):
        raise TypeError("a bool came back; return how large the error is")
    if np.size(error) != 1 or not np.isrealobj(error):
        raise TypeError(f"one real number should come back, not {text(error)}")
    error = float(np.asarray(error).item())
    rounding = 0 <= error < 1e-12
    is_right = which.endswith(("and its gradient", "one parameter"))
    if not is_right:
        return 0.0 if rounding else error
    if rounding and real_pushes:
        return "below 1e-12, from differences of real values"
    if rounding:
        return "below 1e-12"
    if 0 < error < 1e-5:
        return "below 1e-5, but not below 1e-12"
    return f"{error:.2g}"


def check_answer(end, true="np.array([value(w + 1j * h * e).imag / h for e in np.eye(len(w))])"):
    """The text of an answer: how `true` is computed, and the lines that compare."""
    return f"def check_gradient(value, gradient, w, h=1e-20):\n    true = {true}\n    {end}"


# ---- 02.bug

BUG = dict(
    nine=(
        "Line 9 adds, as (C4) of the lesson says. "
        "What does it get to add? Look at `owed` when a line reads the same slot twice."
    ),
    eight=(
        "Line 8 goes through all keys of `owed`. Ask how many keys there are, for the line `r * r`."
    ),
    one="Lines 1 and 2 start as (C1) of the lesson says: zeros, and a 1 at the loss.",
    order="Line 3 walks backwards, as it must: each slot's readers stand below it.",
    six=(
        "Line 6 calls your rules with what they ask for, and gets one contribution for each "
        "input. What becomes of two contributions to the same slot?"
    ),
    other=(
        "That line is right. Follow the tape of `a * a`: "
        "the rule of mul returns two contributions. How many arrive?"
    ),
    number=(
        "`faulty` is the number of a line of `suspect`, from 1 to 10. The number stands at "
        "the end of the line."
    ),
    point="`at` is one number.",
    same=(
        "The suspect's derivative is right there. It fails only where one line reads the same "
        "slot twice: is there such a line in your witness, and does it matter at this `at`?"
    ),
    still=(
        "The suspect's derivative is zero there, to rounding: gradient descent would stand "
        "still, and not walk uphill. Move `at` a little."
    ),
    shorter=(
        "The suspect is wrong there, but has the right sign: gradient descent would still walk "
        "downhill, only faster or slower. Add a term that it gets right and that pulls the "
        "other way."
    ),
    flat=(
        "The derivative there is zero, to rounding, or not a number, so no sign is wrong. "
        "Move `at`."
    ),
    shape="The witness returns one traced value, 1 × 1, made of its input x with + − * and tanh.",
)

BUG_LINES = {1: "one", 2: "one", 3: "order", 6: "six", 8: "eight", 9: "nine"}


def judge_bug(names):
    faulty, at, witness = names["faulty"], names["at"], names["witness"]
    if faulty is ...:
        return "There is no number yet for the faulty line."
    try:
        faulty = as_number(faulty)
    except (TypeError, ValueError):
        return BUG["number"]
    if faulty not in range(1, 11):
        return BUG["number"]
    if faulty != 7:
        return BUG[BUG_LINES.get(faulty, "other")]
    if at is ...:
        return "Line 7 is the faulty line. Now a witness, and a point `at`."
    try:
        at = np.array([[as_number(at)]])
    except (TypeError, ValueError):
        return BUG["point"]

    if not callable(witness) and witness is not ...:
        return BUG["shape"]
    tape, result = (None, ...) if witness is ... else trace_witness(names["trace"], witness)
    if result is ... or result is None:
        return "Line 7 is the faulty line. Now a witness, and a point `at`."
    if not isinstance(result, names["Var"]) or result.slot == 0 or result.shape != (1, 1):
        return BUG["shape"]
    tape = tape[: result.slot + 1]
    values = names["forward"](tape, at)
    right = names["reverse"](tape, values)[0].item()
    wrong = names["suspect"](tape, values)[0].item()
    if not abs(right) > 1e-12 or not np.isfinite(right):
        return BUG["flat"]
    if abs(wrong - right) <= 1e-9 * abs(right):
        return f"{BUG['same']} (Both say {right:.4g}.)"
    if abs(wrong) <= 1e-12:
        return f"{BUG['still']} (Right: {right:.4g}; the suspect: 0.)"
    if wrong * right < 0:
        return None
    return f"{BUG['shorter']} (Right: {right:.4g}; the suspect: {wrong:.4g}.)"


def trace_witness(trace, witness):
    """The tape that a witness leaves, and what it returns, whatever that is."""
    tapes, results = [], []

    def function(x):
        tapes.append(x.tape)
        results.append(witness(x))
        return x * 1.0  # a Var, as `trace` asks

    trace(function, (1, 1))
    return tapes[0], results[0]


def bug_answer(faulty, at, witness):
    return f"faulty = {faulty}\nat = {at}\ndef witness(x):\n    return {witness}"


EXERCISES = [
    Exercise(
        name="02.by_hand",
        title="Four adjoints by hand",
        kind="predict",
        defines=("c_bar", "b_bar", "a_bar", "x_bar"),
        insight=(
            "By algebra braid is 2x² − 2x, with slope 4 · 3 − 2 = 10 at x = 3, your x_bar; the "
            "walk found it without the formula, and three other derivatives on the way."
        ),
        minutes=4,
        judge=judge_by_hand,
        hints=(
            "Start with c_bar = 1 and go up the function. At each line ask, "
            "for each name on its right: if I push this by 1, how much does the left side move?",
            "A slot's adjoint is a sum over its readers: (the reader's adjoint) × (how much "
            "the reader moves). b is read by c; `a` by b and c; x by b once and by a twice.",
            "a_bar = b_bar · x − c_bar. And x_bar = b_bar · a + a_bar + a_bar.",
        ),
        mistakes=tuple(
            Mistake(says, by_hand_answer(*numbers)) for numbers, says in BY_HAND.items()
        ),
        alternative=(
            "# c = 2x² − 2x, so x_bar = 4x − 2; c = a·x − a, so a_bar = x − 1\n"
            "x = 3.0\n"
            "c_bar = b_bar = 1.0\n"
            "a_bar = x - 1\n"
            "x_bar = np.array([[4 * x - 2]])"
        ),
    ),
    Exercise(
        name="02.shrink",
        title="The transpose of a stretch",
        kind="write",
        defines=("shrink",),
        insight=(
            "In lesson 04 this function is gone: with an index letter for each axis, a stretch and "
            "the sum that is its adjoint are one instruction with input and output exchanged."
        ),
        minutes=4,
        cases=lambda: [
            (block(k, *stretched), shape)
            for k, (stretched, shape) in enumerate(
                [
                    ((3, 4), (1, 4)),
                    ((3, 4), (3, 1)),
                    ((3, 4), (1, 1)),
                    ((3, 4), (3, 4)),
                    ((2, 2), (1, 2)),
                    ((2, 2), (2, 1)),
                    ((1, 3), (1, 1)),
                    ((3, 1), (1, 1)),
                    ((1, 3), (1, 3)),
                    ((1, 1), (1, 1)),
                ]
            )
        ],
        hints=(
            "Where `shape` has a 1 and `a` has more, one number was copied along that axis: "
            "add up what all its copies get.",
            "`a.sum(0, keepdims=True)` sums over the rows and leaves one row; "
            "`axis` may also be a tuple, `(0, 1)` or `()`.",
            "Collect the axes k in (0, 1) with `shape[k] != a.shape[k]` in a tuple, "
            "and sum over them with keepdims=True.",
        ),
        mistakes=(
            Mistake(
                "That is the mean. Each copy acts on the loss by itself, "
                "and pushing the one number pushes them all: their adjoints add up. "
                "With the mean, a bias learns m times too slowly.",
                "def shrink(a, shape):\n"
                "    axes = tuple(k for k in (0, 1) if shape[k] != a.shape[k])\n"
                "    return a.mean(axes, keepdims=True)",
            ),
            Mistake(
                "The summed axis is gone, but blocks stay 2-D here: a row of 4 has shape (1, 4), "
                "not (4,), or the next line cannot tell rows from columns. "
                "Keep it with keepdims=True.",
                "def shrink(a, shape):\n"
                "    return a.sum(tuple(k for k in (0, 1) if shape[k] != a.shape[k]))",
            ),
            Mistake(
                "You summed along the axis that was not stretched. "
                "A block of shape (1, n) was copied downwards, so sum over the rows, axis 0.",
                "def shrink(a, shape):\n"
                "    axes = tuple(k for k in (0, 1) if shape[k] == a.shape[k])\n"
                "    return a.sum(axes, keepdims=True)",
            ),
            Mistake(
                "The axes are exchanged. A block of shape (1, n) was copied downwards: "
                "its copies stand below each other, and summing them is axis 0.",
                "def shrink(a, shape):\n"
                "    return a.sum(tuple(1 - k for k in (0, 1) if shape[k] == 1), keepdims=True)",
            ),
            Mistake(
                "You sum over one axis or over the other. A single number was copied along "
                "both, and needs both sums.",
                "def shrink(a, shape):\n"
                "    if shape[0] == 1:\n"
                "        return a.sum(0, keepdims=True)\n"
                "    return a.sum(1, keepdims=True) if shape[1] == 1 else a",
            ),
            Mistake(
                "Where both axes were stretched, only the rows are summed: "
                "after the first sum, go on to the second.",
                "def shrink(a, shape):\n"
                "    if shape[0] != a.shape[0]:\n"
                "        return a.sum(0, keepdims=True)\n"
                "    return a.sum(1, keepdims=True) if shape[1] != a.shape[1] else a",
            ),
            Mistake(
                "Every entry gets the sum of all of `a`. "
                "Each number of the small block collects from its own copies only.",
                "def shrink(a, shape):\n    return np.full(shape, a.sum())",
            ),
            Mistake(
                "You kept one copy and threw the others away. Every copy acts on the loss, so "
                "the adjoints of all copies are added.",
                "def shrink(a, shape):\n    return a[:shape[0], :shape[1]]",
            ),
            Mistake(
                "You sum over axis 0 only. A block of shape (m, 1) was copied to the right: "
                "axis 1 needs its sum too.",
                "def shrink(a, shape):\n"
                "    return a.sum(0, keepdims=True) if shape[0] != a.shape[0] else a",
            ),
            Mistake(
                "You sum over axis 1 only. A block of shape (1, n) was copied downwards: axis "
                "0 needs its sum too.",
                "def shrink(a, shape):\n"
                "    return a.sum(1, keepdims=True) if shape[1] != a.shape[1] else a",
            ),
            Mistake(
                "The sum is right, but the result must have the given "
                "shape again, not that of `a`.",
                "def shrink(a, shape):\n"
                "    axes = tuple(k for k in (0, 1) if shape[k] != a.shape[k])\n"
                "    return a.sum(axes, keepdims=True) * np.ones_like(a)",
            ),
            Mistake(
                "`reshape` moves numbers around and cannot make fewer of them. "
                "Where one number was copied, the copies' adjoints must be added.",
                "def shrink(a, shape):\n    return a.reshape(shape)",
            ),
        ),
        alternative=(
            "def shrink(a, shape):\n"
            "    # a row of ones from the left sums the rows, "
            "a column of ones from the right sums the columns\n"
            "    (m, n), one = a.shape, np.ones\n"
            "    left = one((1, m)) if shape[0] == 1 else np.eye(m)\n"
            "    right = one((n, 1)) if shape[1] == 1 else np.eye(n)\n"
            "    return left @ a @ right"
        ),
        equivalent={
            (
                "(k for k in (0, 1) if shape[k] != a.shape[k])"
                " -> (k for k in (1, 0) if shape[k] != a.shape[k])"
            ): "the order in which axes are summed does not matter"
        },
    ),
    Exercise(
        name="02.rules",
        title="Three rules, backwards",
        kind="write",
        defines=("REVERSE",),
        insight=(
            "The rule of tanh needs y and not x, so an engine may overwrite x; lesson 04 finds "
            "that the second derivative needs no x either, for any function of tinymaml."
        ),
        minutes=5,
        cases=rule_cases,
        run=run_rules,
        tolerance=1e-13,  # closer than differences come
        show=show_rules,
        hints=(
            "A sum is linear, so ȳ goes back through its transpose. One number was made of many; "
            "each of the many gets ȳ, in a block of the shape of x.",
            "matmul: x gets what (M6) says. For z push z in (M2), and sort by dz: the sum "
            "over i that is left has x's first index, so x stands transposed, on the left.",
            "matmul: (bar @ z.T, x.T @ bar). sum: (bar * np.ones_like(x),). "
            "tanh: ((1 - y * y) * bar,); y is tanh(x) already. Mind the commas of one-tuples.",
        ),
        mistakes=(
            Mistake(
                "In x · z each factor gets ȳ times the *other* one: pushing x by 1 moves y by z.",
                rules_answer(mul="lambda bar, y, x, z: (bar * x, bar * z)"),
            ),
            Mistake(
                "mul is element by element: y_ij = x_ij z_ij. "
                "Each entry of x meets one entry of z; no row is summed and nothing is transposed.",
                rules_answer(mul="lambda bar, y, x, z: (bar @ z.T, x.T @ bar)"),
            ),
            Mistake(
                "mul is element by element: entry ij of x meets entry ij of z. "
                "A transpose belongs to matmul.",
                rules_answer(mul="lambda bar, y, x, z: (bar * z.T, x.T * bar)"),
            ),
            Mistake(
                "mul passes back ȳ times the other factor; yours passes back the factor alone. "
                "ȳ says how much the loss cares about y, and that is lost.",
                rules_answer(mul="lambda bar, y, x, z: (z, x)"),
            ),
            Mistake(
                "The transposes are missing: x̄ = ȳ zᵀ, because the sum runs over j, which stands "
                "second in z. Square blocks would have let this through, with wrong numbers.",
                rules_answer(matmul="lambda bar, y, x, z: (bar @ z, x @ bar)"),
            ),
            Mistake(
                "The factors are in the wrong order: x̄_ip = Σ_j ȳ_ij z_pj, "
                "so ȳ stands on the left of zᵀ; and z̄ = xᵀ ȳ has it on the right.",
                rules_answer(matmul="lambda bar, y, x, z: (z.T @ bar, bar @ x.T)"),
            ),
            Mistake(
                "The two contributions of matmul are exchanged: the first belongs to x.",
                rules_answer(matmul="lambda bar, y, x, z: (x.T @ bar, bar @ z.T)"),
            ),
            Mistake(
                "y = x − z falls when z is pushed up: z gets −ȳ.",
                rules_answer(sub="lambda bar, y, x, z: (bar, bar)"),
            ),
            Mistake(
                "The two contributions of sub are exchanged: "
                "y = x − z rises with x, and falls with z.",
                rules_answer(sub="lambda bar, y, x, z: (-bar, bar)"),
            ),
            Mistake(
                "The slope is taken at y: your tanh of y applies tanh twice. "
                "tanh'(x) = 1 − tanh(x)², and y is tanh(x) already: 1 − y².",
                rules_answer(tanh="lambda bar, y, x: ((1 - np.tanh(y) ** 2) * bar,)"),
            ),
            Mistake(
                "1 − x² is not the slope of tanh at x. It is 1 − tanh(x)², that is 1 − y².",
                rules_answer(tanh="lambda bar, y, x: ((1 - x * x) * bar,)"),
            ),
            Mistake(
                "You passed back the value of tanh where its slope belongs: "
                "x̄ = f'(x) ȳ, with f' = 1 − y².",
                rules_answer(tanh="lambda bar, y, x: (y * bar,)"),
            ),
            Mistake(
                "tanh passes ȳ back scaled by its slope; yours passes back the slope alone. ȳ "
                "says how much the loss cares about y, and that is lost.",
                rules_answer(tanh="lambda bar, y, x: (1 - y * y,)"),
            ),
            Mistake(
                "That is the slope of tanh up to the error of a difference quotient. The slope "
                "itself costs no more: 1 − y², and y is at hand.",
                rules_answer(
                    tanh="lambda bar, y, x: ((np.tanh(x + 1e-6) - np.tanh(x - 1e-6)) / 2e-6 * bar,)"
                ),
            ),
            Mistake(
                "That is an imaginary step: right where x is real, and lesson 03 takes the rules "
                "off the real axis. The slope is 1 − y² everywhere, and y is at hand.",
                rules_answer(tanh="lambda bar, y, x: (np.tanh(x + 1e-20j).imag * 1e20 * bar,)"),
            ),
            Mistake(
                "mul divides by an input, which may be 0. "
                "The other factor is at hand: each gets ȳ times that.",
                rules_answer(mul="lambda bar, y, x, z: (bar * y / x, bar * y / z)"),
            ),
            Mistake(
                "The adjoint of a sum must have the shape of x: every entry of x was added, "
                "so every entry gets ȳ. (NumPy would stretch it later, by luck.)",
                rules_answer(sum="lambda bar, y, x: (bar,)"),
            ),
            Mistake(
                "That is the adjoint of the mean. In a sum, a push of any entry moves y by the "
                "same amount: each entry gets the whole of ȳ.",
                rules_answer(sum="lambda bar, y, x: (bar * np.ones_like(x) / x.size,)"),
            ),
            Mistake(
                "The sum passes ȳ back to each entry, whatever the entry's value: it is linear.",
                rules_answer(sum="lambda bar, y, x: (bar * x,)"),
            ),
            Mistake(
                "Ones would be right if y were the loss itself. "
                "Each entry of x moves y by 1, and the loss by ȳ.",
                rules_answer(sum="lambda bar, y, x: (np.ones_like(x),)"),
            ),
            *(
                Mistake(
                    f"The rules you have are right. Still missing: {', '.join(OPERATIONS[done:])}.",
                    unfinished_rules(done),
                )
                for done in (4, 5)
            ),
        ),
        alternative="""slope = lambda y: 1 - y ** 2
def of_matmul(bar, y, x, z):
    return [np.einsum("ij,pj->ip", bar, z), np.einsum("ip,ij->pj", x, bar)]
REVERSE = dict(
    add=lambda bar, y, x, z: [shrink(bar, x.shape), shrink(bar, z.shape)],
    sub=lambda bar, y, *xs: (bar, -1 * bar),
    mul=lambda bar, y, x, z: (z * bar, x * bar),
    matmul=of_matmul,
    sum=lambda bar, y, x: (np.full(x.shape, bar.item()),),
    tanh=lambda bar, y, x: (bar / np.cosh(x) ** 2,),
)""",
        equivalent={"bar * np.ones_like(x) -> bar / np.ones_like(x)": "divided by one"},
    ),
    Exercise(
        name="02.reverse",
        title="The reverse sweep",
        kind="write",
        defines=("reverse",),
        insight=(
            "The sweep has also found the loss's derivative with respect to the data, unasked: "
            "adversarial examples are made from it, and lesson 04 strikes those lines out."
        ),
        minutes=6,
        cases=reverse_cases,
        run=run_reverse,
        show=show_reverse,
        hints=(
            "`bars` starts as a list of zero blocks, one of each slot's shape; "
            "the last one is 1: the loss moves by 1 when the loss is pushed by 1.",
            "Walk `k in reversed(range(len(tape)))`. A line with inputs asks REVERSE[line.op] "
            "for its contributions, given bars[k], values[k] and the values of its inputs.",
            "For each pair in zip(line.ins, contributions): "
            "bars[i] = bars[i] + shrink(part, values[i].shape).",
        ),
        mistakes=(
            Mistake(
                "You overwrote adjoints. A slot that is read twice gets two contributions, "
                "and the loss cares through both: add.",
                sweep_answer(add="bars[i] = shrink(part, values[i].shape)"),
            ),
            Mistake(
                "Only the last line passes anything on. If you walk down the tape: "
                "a line can pass back only what its readers gave it, and they stand below, "
                "so begin at the end. If you do begin there: is the `return` inside the loop?",
                sweep_answer(order="range(len(tape))"),
            ),
            Mistake(
                "A stretched input gets a contribution in the stretched shape: "
                "it was used many times, so `shrink` it to the input's own shape before you add.",
                sweep_answer(add="bars[i] = bars[i] + part"),
            ),
            Mistake(
                "Right the first time; the second call adds to what the first one left. "
                "Stale adjoints: start every sweep from zeros.",
                sweep_answer(
                    head="def reverse(tape, values, bars=[]):",
                    start="bars += [np.zeros_like(v) for v in values[len(bars):]]",
                ),
            ),
            Mistake(
                "Adjoints outlive the sweep: the second call adds to those of the first. "
                "Start every sweep from zeros.",
                sweep_answer(
                    start=(
                        "bars = KEPT.setdefault(tuple(v.shape for v in values), "
                        "[np.zeros_like(v) for v in values])"
                    )
                ).replace("def ", "KEPT = {}\ndef ", 1),
            ),
            Mistake(
                "Two slots share one array. `add` hands the same block to both inputs, and `+=` "
                "changes it in place, for everyone who holds it. Write bars[i] = bars[i] + part.",
                sweep_answer(
                    start="bars = [None] * len(tape)",
                    add=(
                        "if part.shape != values[i].shape: part = shrink(part, values[i].shape)\n"
                        "                if bars[i] is None: bars[i] = part\n"
                        "                else: bars[i] += part"
                    ),
                ).replace(
                    "        if line.ins:",
                    "        if bars[k] is None: bars[k] = np.zeros_like(values[k])\n"
                    "        if line.ins:",
                ),
            ),
            Mistake(
                "A slot that no line reads keeps your number 0; "
                "its adjoint is a block of zeros, as large as the slot: np.zeros_like(value).",
                sweep_answer(start="bars = [0] * len(tape)"),
            ),
            Mistake(
                "Inputs and constants have no rule: they read nothing, "
                "and have nothing to pass on. Skip lines whose `ins` is empty.",
                sweep_answer().replace("if line.ins:", "if True:"),
            ),
            Mistake(
                "All adjoints are zero: the sweep has nothing to pass on. The last adjoint "
                "starts at 1, since the loss moves by 1 when it is pushed by 1.",
                sweep_answer(seed="pass"),
            ),
            Mistake(
                "You start with the value of the loss. The loss moves by 1 when the loss "
                "is pushed by 1: the last adjoint is 1, whatever the value.",
                sweep_answer(seed="bars[-1] = values[-1]"),
            ),
            Mistake(
                "Every slot starts at 1. Only the last does: "
                "the others get what their readers pass back.",
                sweep_answer(start="bars = [np.ones_like(value) for value in values]"),
            ),
            Mistake(
                "The contributions go to the wrong inputs: the first belongs to line.ins[0].",
                sweep_answer(ins="line.ins[::-1]"),
            ),
            Mistake(
                "Line and slot do not match: enumerate(reversed(tape)) calls the last line 0. "
                "Walk k in reversed(range(len(tape))), and take tape[k].",
                sweep_answer().replace(
                    "for k in reversed(range(len(tape))):\n        line = tape[k]",
                    "for k, line in enumerate(reversed(tape)):",
                ),
            ),
            Mistake(
                "When a line reads a slot twice, one of its two contributions is lost. Add both.",
                sweep_answer().replace(
                    "zip(line.ins, parts):", "dict(zip(line.ins, parts)).items():"
                ),
            ),
        ),
        alternative="""def reverse(tape, values):
    collected = {len(tape) - 1: [np.ones((1, 1))]}          # slot -> contributions
    bars = {}
    for k, line in list(enumerate(tape))[::-1]:
        bars[k] = sum(collected.get(k, []), np.zeros(line.shape))
        if line.op in REVERSE:
            parts = REVERSE[line.op](bars[k], values[k], *[values[i] for i in line.ins])
            for i, part in zip(line.ins, parts):
                collected.setdefault(i, []).append(shrink(part, tape[i].shape))
    return [bars[k] for k in range(len(tape))]""",
    ),
    Exercise(
        name="02.check_gradient",
        title="A check that can fail",
        kind="write",
        defines=("check_gradient",),
        insight=(
            "It costs P evaluations of the loss; for a large network compare one push along a "
            "random v with vᵀ∇l, which misses only errors at right angles to v."
        ),
        minutes=4,
        cases=check_cases,
        run=run_check,
        tolerance=1e-3,
        show=lambda which, w: f"{which}, at w = {text(w)}",
        hints=(
            "For each entry k, push w by 1j * h in that entry alone "
            "(a row of np.eye(len(w)) picks it), and take value(...).imag / h.",
            "Collect these in an array `true`. The largest of |gradient(w) − true|, "
            "over the largest of |true|. np.max keeps a NaN; Python's max may drop it.",
            "true = np.array([value(w + 1j * h * e).imag / h for e in np.eye(len(w))]), "
            "then return np.abs(gradient(w) - true).max() / np.abs(true).max().",
        ),
        mistakes=(
            Mistake(
                "That is an absolute error: half of a small gradient passes, "
                "and a right large one fails. Divide by the largest entry of the true gradient.",
                check_answer("return np.abs(gradient(w) - true).max()"),
            ),
            Mistake(
                "The 1 in your denominator is a tolerance in disguise: where the gradient is much "
                "smaller than 1, everything passes. Divide by the gradient's own size.",
                check_answer(
                    "return np.abs(gradient(w) - true).max() / max(1, np.abs(true).max())"
                ),
            ),
            Mistake(
                "Your denominator never gets below 1. "
                "That is a tolerance in disguise: half of a gradient near 1e-6 passes. "
                "Divide by the largest entry of the true gradient alone.",
                check_answer("return np.abs(gradient(w) - true).max() / (1 + np.abs(true).max())"),
            ),
            Mistake(
                "You divide entry by entry. An entry that happens to be near zero then makes "
                "a right gradient look wrong, and among many entries one does. "
                "Divide by the largest entry of the true gradient.",
                check_answer("return np.max(np.abs(gradient(w) - true) / np.abs(true))"),
            ),
            Mistake(
                "Without abs you see only entries that are too large; "
                "one that is too small passes.",
                check_answer("return (gradient(w) - true).max() / np.abs(true).max()"),
            ),
            Mistake(
                "That is the mean error: one wrong entry among a million would drown. "
                "Return the largest.",
                check_answer("return np.abs(gradient(w) - true).mean() / np.abs(true).max()"),
            ),
            Mistake(
                "You compare sums over all entries: errors of opposite sign cancel, "
                "and two exchanged entries go unnoticed. Compare entry by entry.",
                check_answer("return abs(gradient(w).sum() - true.sum()) / np.abs(true).max()"),
            ),
            Mistake(
                "You divide by the largest entry of the gradient under test. It must not set "
                "its own standard, and a gradient of zeros divides by zero. Divide by the "
                "largest entry of the true one.",
                check_answer(
                    "g = gradient(w)\n    return np.abs(g - true).max() / np.abs(g).max()"
                ),
            ),
            Mistake(
                "Only the first entry is checked. Push every entry of w, one at a time.",
                check_answer("return np.abs(gradient(w) - true)[0] / np.abs(true).max()"),
            ),
            Mistake(
                "A difference quotient has errors of its own, 1e-10 at best and 1e-7 more often: "
                "a gradient that is wrong by less looks like one that is right. "
                "Push by 1j * h and take the imaginary part: nothing is subtracted.",
                check_answer(
                    "return np.abs(gradient(w) - true).max() / np.abs(true).max()",
                    "np.array([(value(w + 1e-7 * e) - value(w)) / 1e-7 for e in np.eye(len(w))])",
                ),
            ),
            Mistake(
                "Every derivative comes out as 0. Either the push is real, "
                "and 1e-20 is lost when it is added to w; or w stayed a real array, which drops "
                "the imaginary part of what is put into it. Push a complex copy by 1j * h.",
                check_answer(
                    "return np.abs(gradient(w) - true).max() / np.abs(true).max()",
                    "np.array([(value(w + h * e) - value(w)) / h for e in np.eye(len(w))])",
                ),
            ),
            Mistake(
                "All entries are pushed at once, which gives the sum of the gradient. "
                "Push one entry at a time.",
                check_answer(
                    "return np.abs(gradient(w) - true).max() / np.abs(true).max()",
                    "np.array([value(w + 1j * h).imag / h for e in np.eye(len(w))])",
                ),
            ),
            Mistake(
                "The imaginary part is h · f': divide it by h.",
                check_answer(
                    "return np.abs(gradient(w) - true).max() / np.abs(true).max()",
                    "np.array([value(w + 1j * h * e).imag for e in np.eye(len(w))])",
                ),
            ),
            Mistake(
                "The real part of value(w + ih) is value(w): divided by h it is huge. "
                "The derivative is in the imaginary part.",
                check_answer(
                    "return np.abs(gradient(w) - true).max() / np.abs(true).max()",
                    "np.array([value(w + 1j * h * e).real / h for e in np.eye(len(w))])",
                ),
            ),
            Mistake(
                "The pushes pile up: entry 0 is still pushed when entry 1 is. "
                "Start each push from w.",
                check_answer(
                    "return np.abs(gradient(w) - true).max() / np.abs(true).max()",
                    "np.array([value(w + 1j * h * e).imag / h for e in np.tri(len(w))])",
                ),
            ),
            Mistake(
                "That compares lengths of vectors. Return the largest error of any entry, over "
                "the largest entry: np.max of np.abs, twice.",
                check_answer("return np.linalg.norm(gradient(w) - true) / np.linalg.norm(true)"),
            ),
            Mistake(
                "Largest means largest in absolute value, above and below: "
                "without abs an entry that is too small does not count.",
                check_answer("return (gradient(w) - true).max() / true.max()"),
            ),
            Mistake(
                "Largest means largest in absolute value, below too: "
                "the largest entry of the true gradient may be negative.",
                check_answer("return np.abs(gradient(w) - true).max() / true.max()"),
            ),
            Mistake(
                "A gradient with a NaN passes. Python's max drops a NaN that does not come first, "
                "since every comparison with it is false, "
                "and np.nanmax drops all of them. Use np.max.",
                check_answer("return max(0.0, *np.abs(gradient(w) - true)) / max(np.abs(true))"),
            ),
        ),
        alternative="""def check_gradient(value, gradient, w, h=1e-20):
    errors, sizes = [], []
    for k, g in enumerate(gradient(w)):
        pushed = np.array(w, complex)
        pushed[k] += 1e-30j
        slope = value(pushed).imag * 1e30
        errors.append(abs(g - slope))
        sizes.append(abs(slope))
    return float(np.linalg.norm(errors, np.inf) / max(sizes))""",
        equivalent={"gradient(w) - true -> true - gradient(w)": "the absolute value is taken"},
    ),
    Exercise(
        name="02.bug",
        title="A loss curve that looks fine",
        kind="find the bug",
        defines=("faulty", "at", "witness"),
        insight=(
            "With a square operation in place of r * r the suspect's gradient of this network "
            "would have been exact: whether such a bug shows depends on how a formula is spelled."
        ),
        minutes=6,
        judge=judge_bug,
        hints=(
            "Follow the tape of `loss = a * a` through the suspect, line by line. "
            "The rule of mul returns two contributions. How many reach bars[a]?",
            "Line 7 makes a dict, with one place for each key, "
            "and `line.ins` has the same slot twice. "
            "So x * x counts half. For the sign you need a second term that it counts in full.",
            "x * x − c · x has derivative 2x − c; the suspect says x − c. "
            "Choose x and c so that they have opposite signs: c between x and 2x.",
        ),
        mistakes=(
            Mistake(BUG["nine"], bug_answer(9, 1.0, "x * x - x * 1.5")),
            Mistake(BUG["eight"], bug_answer(8, 1.0, "x * x - x * 1.5")),
            Mistake(BUG["one"], bug_answer(2, 1.0, "x * x - x * 1.5")),
            Mistake(BUG["order"], bug_answer(3, 1.0, "x * x - x * 1.5")),
            Mistake(BUG["six"], bug_answer(6, 1.0, "x * x - x * 1.5")),
            Mistake(BUG["other"], bug_answer(5, 1.0, "x * x - x * 1.5")),
            Mistake(BUG["same"] + " (Both say 0.5.)", bug_answer(7, 0.5, "x * 1.0 * x - x * 0.5")),
            Mistake(BUG["same"] + " (Both say 2.42.)", bug_answer(7, 1.0, "x * 2.0 + tanh(x)")),
            Mistake(BUG["shorter"] + " (Right: 2; the suspect: 1.)", bug_answer(7, 1.0, "x * x")),
            Mistake(BUG["still"] + " (Right: 1; the suspect: 0.)", bug_answer(7, 1.0, "x * x - x")),
            Mistake(BUG["number"], bug_answer("'dict'", 1.0, "x * x")),
            Mistake(BUG["number"], bug_answer(0, 1.0, "x * x - x * 1.5")),
            Mistake(BUG["point"], bug_answer(7, "[1.0, 2.0]", "x * x")),
            Mistake(BUG["flat"], bug_answer(7, 0.75, "x * x - x * 1.5")),
            Mistake(BUG["shape"], bug_answer(7, 1.0, "x * x, x")),
        ),
        alternative=(
            "faulty = 7\n"
            "at = [[-0.1]]\n"
            "def witness(x):\n"
            "    y = x + x\n"
            "    return tanh(y - 1.5 * x + 0.25)"
        ),
        equivalent={
            "x * x - x * 1.5 -> x * 1.5 - x * x": "the same witness upside down",
            "x * x -> x + x": "a sum reads x twice as well: 0.5 and -0.5",
        },
    ),
]
