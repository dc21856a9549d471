"""Graders of lesson 01."""

import dis
from types import CodeType

import numpy as np

from ..compare import text
from ..exercise import Exercise, Mistake

# ---- 01.hand: a list may be written in more than one order, so it is run

VALUE = {
    "add": np.add,
    "sub": np.subtract,
    "mul": np.multiply,
    "matmul": np.matmul,
    "tanh": np.tanh,
    "sum": lambda x: x.sum(keepdims=True),
}
ONE = ("tanh", "sum")
SIGN = {"add": "+", "sub": "-", "mul": "*", "matmul": "@"}
INPUTS = (
    "The list opens with its inputs, as they are called: "
    'Line("input", (), (3, 2), 0) and Line("input", (), (2, 4), 1).'
)
LATER = (
    "it is written by this line itself or further down. "
    "Slots are counted from 0, and a line reads only what stands above it."
)
COMMA = (
    "`ins` is a tuple, also when there is one slot to read: "
    "(5,), with the comma. (5) is the number 5."
)
NUMBER = (
    "`ins` holds slots, not numbers of the formula. "
    "A constant is a line of its own, and `ins` says on which line it stands."
)
UNFINISHED = "The last line is the result, and the result of a sum over everything is 1 x 1."
NAMED = "slots are whole numbers: 3, not 'v3'."
TWICE = (
    "It computes f, but x @ W twice over. f computes it once and calls it h: "
    "one line, and two others read its slot."
)
ORDER = (
    "That is the list of total(h * (h - 0.5)): "
    "`sub` subtracts the second slot of `ins` from the first."
)


def by_hand(names):
    tape = names["tape"]
    if not isinstance(tape, (list, tuple)) or not tape:
        return "`tape` is a list of Lines."
    values = []
    for k, line in enumerate(tape):
        if line is ...:
            return f"Line {k} is still `...`."
        if not isinstance(line, names["Line"]):
            return f"Line {k}: it is {text(line)}, not a Line(op, ins, shape, arg)."
        if (
            (k < 2) != (line.op == "input")
            or k < 2
            and line != ("input", (), ((3, 2), (2, 4))[k], k)
        ):
            return INPUTS
        if complaint := wrong_line(line, values):
            return f"Line {k}: {complaint}"
        values.append(value(line, values))
        if values[k].shape != tuple(line.shape):
            return (
                f"Line {k}: it writes {line.shape[0]} x {line.shape[1]}, "
                f"you say, but what it computes is {values[k].shape[0]} x {values[k].shape[1]}."
            )
    if len(tape) < 3:
        return INPUTS
    h = values[0] @ values[1]
    if values[-1].shape != (1, 1):
        return UNFINISHED
    got, right, reversed_ = values[-1].item(), (h * (0.5 - h)).sum(), (h * (h - 0.5)).sum()
    if np.isclose(got, right, rtol=1e-12):
        return TWICE if sum(line.op == "matmul" for line in tape) > 1 else None
    return (
        ORDER
        if np.isclose(got, reversed_, rtol=1e-12)
        else (
            "Every line is possible, but they do not compute f: "
            f"on the inputs I tried f gives {right:.6g} and your list {got:.6g}. "
            "Run it with a pencil: what stands in each slot?"
        )
    )


def wrong_line(line, values):
    """What is wrong with a line by itself, or None. values: of the lines above it."""
    if line.op not in (*VALUE, "input", "constant"):
        return f"there is no operation {line.op!r}; there are input, constant, {', '.join(VALUE)}."
    if not isinstance(line.ins, (tuple, list)):
        return COMMA
    if any(isinstance(j, str) for j in line.ins):
        return NAMED
    if any(isinstance(j, bool) or not isinstance(j, int) for j in line.ins):
        return NUMBER
    if not isinstance(line.shape, (tuple, list)) or len(line.shape) != 2:
        return f"its shape is {text(line.shape)}; a shape is (rows, columns)."
    late = [j for j in line.ins if not 0 <= j < len(values)]
    if late:
        return f"it reads slot {late[0]}, but {LATER}"
    if line.op in VALUE and len(line.ins) != (1 if line.op in ONE else 2):
        return (
            f"{line.op} reads {'one slot' if line.op in ONE else 'two slots'}, "
            f"and yours reads {len(line.ins)}."
        )
    if line.op == "constant" and (
        not isinstance(line.arg, (int, float, list, np.ndarray))
        or np.shape(np.atleast_2d(line.arg)) != tuple(line.shape)
    ):
        return (
            f"a constant's `arg` is its array, here of shape {tuple(line.shape)}; "
            f"yours is {text(line.arg)}."
        )
    try:
        value(line, values)
    except (ValueError, TypeError):
        return (
            f"{line.op} cannot take blocks of the shapes "
            f"{' and '.join(str(values[j].shape) for j in line.ins)}."
        )
    return None


def value(line, values):
    if line.op == "input":
        return np.random.default_rng(sum(line.shape)).normal(size=line.shape)
    return (
        np.array(line.arg, float, ndmin=2)
        if line.op == "constant"
        else VALUE[line.op](*(values[j] for j in line.ins))
    )


HAND = """tape = [
    Line("input", (), (3, 2), 0),
    Line("input", (), (2, 4), 1),
    Line("matmul", (0, 1), (3, 4)),
    Line("constant", (), (1, 1), np.array([[0.5]])),
    Line("sub", (3, 2), (3, 4)),
    Line("mul", (2, 4), (3, 4)),
    Line("sum", (5,), (1, 1)),
]"""


# ---- 01.record: what is on the tape, wherever the constants were put


def recorded(names, expression, *shapes):
    """The lines that a function of x, z, b leaves on a tape, constants named by their values, and
    what it returns: texts."""
    tape = []
    inputs = [
        names["new"](tape, names["Line"]("input", (), shape, k)) for k, shape in enumerate(shapes)
    ]
    function = eval(f"lambda {', '.join('xzb'[: len(shapes)])}: {expression}", names)
    try:
        result = function(*inputs)
    except ValueError:
        if (expression, *shapes) != MISFIT:
            raise
        return ["it raises ValueError"]
    label, found = {}, []
    for k, line in enumerate(tape):
        if not isinstance(line, names["Line"]):
            found.append(f"{text(line)}, which is not a Line")
        elif line.op == "constant":
            label[k] = f"the constant {text(line.arg)}"
        elif line.op == "input":
            label[k] = f"v{len(found)}"
            found.append(f"{label[k]} = input {line.arg}")
        else:
            label[k] = f"v{len(found)}"
            reads = ", ".join(
                label[j]
                if isinstance(j, int) and 0 <= j < k
                else f"slot {j}, which is not written yet"
                for j in line.ins
            )
            found.append(f"{label[k]} = {line.op}({reads}), {' x '.join(map(str, line.shape))}")
    if not isinstance(result, names["Var"]):
        return [*found, f"returns {text(result)}, which is not a Var"]
    return [
        *found,
        f"returns {label.get(result.slot, f'a Var of slot {result.slot}, which does not exist')}"
        if result.tape is tape
        else "returns a Var of another tape",
    ]


MISFIT = "x @ z", (3, 2), (3, 2)  # inner lengths that differ
FUNCTIONS = [
    ("tanh(x @ z + b)", (3, 2), (2, 4), (1, 4)),
    ("0.5 - x", (2, 3)),
    ("x * 2.0", (2, 3)),
    ("x - z", (2, 2), (2, 2)),
    ("total(x)", (3, 2)),
    ("np.array([[1.0, 2.0, 3.0]]) + x", (2, 3)),
    ("x @ np.array([[1.0], [2.0]])", (3, 2)),
    ("np.array([[1.0, -1.0, 2.0]]) @ x", (3, 2)),
    MISFIT,
    ("(x - z) * (z - x)", (2, 1), (1, 3)),
    ("total(tanh(x @ z) * (0.5 - x)) * (1 / 6)", (2, 3), (3, 3)),
    ("x + x", (1, 1)),
]


def by_letter(expression, *shapes):
    return f"{expression}, where " + ", ".join(
        f"{name} is {m} x {n}" for name, (m, n) in zip("xzb", shapes)
    )


def record(
    tape="next(x.tape for x in xs if isinstance(x, Var))",
    lifted="[lift(tape, x) for x in xs]",
    line="Line(op, tuple(x.slot for x in xs), shape_of(op, *(x.shape for x in xs)))",
    end="return new(tape, line)",
):
    """The text of an answer, with something else in one place."""
    return (
        f"def record(op, *xs):\n    tape = {tape}\n    xs = {lifted}\n    line = {line}\n    {end}"
    )


# ---- 01.lines

LINES = dict(twice=5, reused=4, loop=8, shaped=6)
LINES_FORM = (
    "Answer in the form `lines = dict(twice=..., reused=..., loop=..., shaped=...)`, "
    "with a whole number for each."
)
NO_INPUTS = "All four are two short: the inputs are lines too."
WHY = {  # (function, what was said) -> what was thought
    ("twice", 4): (
        "Tracing does not read your text. Python computes x * z, and then computes x * z: "
        "__mul__ is called twice, and records twice."
    ),
    ("reused", 5): "y is computed once and has one slot; `y + y` reads that slot twice.",
    ("reused", 3): (
        "Python computes x * z before it gives the name y to it: that is one line. "
        "`y + y` is another, and the inputs are two."
    ),
    ("loop", 4): (
        "A tape has no loops. The loop runs while tracing, "
        "and each of its three rounds leaves its own lines."
    ),
    (
        "loop",
        5,
    ): "Only the operations are noted: each round of the loop leaves two, a product and a tanh.",
    ("shaped", 4): "The numbers in the formula are lifted: each gets a line, as a constant.",
    (
        "shaped",
        5,
    ): "The two constants are equal, but nobody compares them: each is lifted where it is met.",
    ("shaped", 7): (
        "The condition is decided while tracing, by the shape: "
        "with one row it is false, and nothing is left of it."
    ),
}


def lines(names):
    answer = names["lines"]
    if not isinstance(answer, dict) or set(answer) != set(LINES):
        return LINES_FORM
    for name in LINES:
        if (
            isinstance(answer[name], bool)
            or not isinstance(answer[name], (int, float, np.integer))
            or answer[name] != answer[name] // 1
        ):
            return (
                f"`{name}` "
                f"{'has no number yet' if answer[name] is ... else 'is ' + text(answer[name])}. "
                f"{LINES_FORM}"
            )
    if all(answer[name] == LINES[name] - 2 for name in LINES):
        return NO_INPUTS
    wrong = [name for name in LINES if answer[name] != LINES[name]]
    if not wrong:
        return None
    name = wrong[0]
    return f"`{name}`: " + WHY.get(
        (name, answer[name]),
        f"it has {'fewer' if answer[name] > LINES[name] else 'more'} than {answer[name]} lines. "
        "Write them down one by one: the inputs, then what Python does, operation by operation.",
    )


# ---- 01.forward


def run(names, lines, *inputs):
    values = names["forward"]([names["Line"](*line) for line in lines], *inputs)
    if isinstance(values, np.ndarray):
        return (
            list(values) if values.dtype == object else [f"no list, but the block {text(values)}"]
        )
    return values


def tapes():
    rng = np.random.default_rng(0)
    block = lambda *shape: rng.normal(size=shape)
    x, z, b = ("input", (), (3, 2), 0), ("input", (), (2, 4), 1), ("input", (), (1, 4), 2)
    half = ("constant", (), (1, 1), np.array([[0.5]]))
    return [
        (
            [
                x,
                z,
                b,
                ("matmul", (0, 1), (3, 4)),
                ("add", (3, 2), (3, 4)),
                ("tanh", (4,), (3, 4)),
                half,
                ("sub", (6, 5), (3, 4)),
                ("mul", (7, 5), (3, 4)),
                ("sum", (8,), (1, 1)),
            ],
            block(3, 2),
            block(2, 4),
            block(1, 4),
        ),
        (
            [half, ("input", (), (2, 2), 0), ("sub", (0, 1), (2, 2)), ("mul", (2, 1), (2, 2))],
            block(2, 2),
        ),
        (
            [
                ("input", (), (2, 2), 1),
                ("input", (), (2, 2), 0),
                ("sub", (0, 1), (2, 2)),
                ("matmul", (2, 0), (2, 2)),
            ],
            block(2, 2),
            block(2, 2),
        ),
        ([("input", (), (2, 1), 0), ("tanh", (0,), (2, 1)), ("sub", (1, 0), (2, 1))], block(2, 1)),
        (
            [
                ("input", (), (1, 1), 0),
                ("constant", (), (1, 1), np.array([[2.0]])),
                ("mul", (0, 1), (1, 1)),
            ],
            np.array([[3.0]]),
        ),
    ]


def tape_and_inputs(lines, *inputs):
    """ "v0 = input 0, v1 = v0 * v0 on input 0: [[2]]" """
    rows = []
    for k, (op, ins, _, arg) in enumerate((*line, None)[:4] for line in lines):
        slots = [f"v{j}" for j in ins]
        right = (
            f"{op} {text(arg)}"
            if arg is not None
            else f" {SIGN[op]} ".join(slots)
            if op in SIGN
            else f"{op}({', '.join(slots)})"
        )
        rows.append(f"v{k} = {right}")
    return (
        ", ".join(rows) + "; " + ", ".join(f"input {k} is {text(x)}" for k, x in enumerate(inputs))
    )


def forward(
    given="inputs[line.arg]",
    constant="values.append(line.arg)",
    ins="line.ins",
    end="return values",
    start="values = []",
):
    """The text of an answer, with something else in one place."""
    return f"""def forward(tape, *inputs):
    {start}
    for k, line in enumerate(tape):
        if line.op == "input":
            values.append({given})
        elif line.op == "constant":
            {constant}
        else:
            values.append(VALUE[line.op](*[values[j] for j in {ins}]))
    {end}"""


# ---- 01.blind

TRIED = [
    0.0,
    1.0,
    -1.0,
    0.5,
    -0.5,
    2.0,
    -2.0,
    3.0,
    -3.0,
    0.1,
    -0.1,
    10.0,
    -10.0,
    100.0,
    -100.0,
    1e-3,
    1e6,
    0.7,
    -1.3,
    5.0,
    4.0,
    20.0,
    1 / 3,
    0.0,
]
ASKS = (
    "Your function asks what kind of object it has got. True, that breaks the claim, "
    "and no accident ever does it: find something that happens to honest code."
)
LOUD = (
    "Tracing raises an error, and everybody notices: that is the honest failure. "
    "Find a function that gets onto the tape in silence."
)
NOTHING = "Nothing comes back (None); is there a `return`?"
AGREE = "On all inputs that were tried the tape and the function agree. "
SEEN = AGREE + (
    "Every operation on x is recorded. What could the function decide, "
    "or read, that is no operation on x?"
)
LOOP = AGREE + (
    "A loop whose length does not depend on x is written out, "
    "round by round, and that is right for every x."
)
SHAPE = AGREE + (
    "A condition on shapes is decided while tracing, and rightly so: "
    "the tape is for inputs of this shape only."
)


def codes(code):
    yield code
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from codes(constant)


def numbers(code):
    """The numbers that stand in a function: inputs worth trying."""
    found = [
        c
        for constant in code.co_consts
        for c in (constant if isinstance(constant, tuple) else (constant,))
    ]
    return [float(c) for c in found if isinstance(c, (int, float)) and abs(c) < 1e100]


def blind(names):
    function = names["blind"]
    if not callable(function):
        return "`blind` is a function of one block x."
    bodies = list(codes(function.__code__)) if hasattr(function, "__code__") else []
    words = {
        word
        for code in bodies
        for word in (*code.co_names, *(c for c in code.co_consts if isinstance(c, str)))
    }
    if words & {"Var", "isinstance", "type", "tape", "slot", "__class__"}:
        return ASKS
    try:
        tape = names["trace"](function, (1, 1))
    except NotImplementedError:
        raise
    except Exception as error:
        return (
            NOTHING
            if "returns NoneType" in str(error)
            else f"{LOUD} ({type(error).__name__}: {error})"
        )
    for number in (*TRIED, *(c for code in bodies for c in numbers(code))):
        replayed = names["forward"](tape, np.array([[number]]))[-1]
        try:
            called, again = (np.asarray(function(np.array([[number]])), float) for _ in range(2))
        except NotImplementedError:
            raise
        except Exception as error:
            return (
                f"Called with x = [[{number:g}]] your function raises {type(error).__name__}: "
                f"{error}. It has to give a result there too."
            )
        if called.size != 1 or replayed.size != 1:
            return (
                f"Called with x = [[{number:g}]] your function returns {text(called)}; "
                "return a 1 x 1 block."
            )
        if not np.isclose(called.item(), replayed.item(), rtol=1e-9, atol=1e-12, equal_nan=True):
            return None
        if not np.array_equal(
            called, again, equal_nan=True
        ):  # a clock: two calls differ, if only in the last digits
            return None
    if any(
        row.opname in ("FOR_ITER", "JUMP_BACKWARD")
        for code in bodies
        for row in dis.get_instructions(code)
    ):
        return LOOP
    return SHAPE if words & {"shape", "size", "len"} else SEEN


EXERCISES = [
    Exercise(
        "01.hand",
        "A list, by hand",
        "write",
        ("tape",),
        hints=(
            "Compute f with a pencil, one operation at a time, "
            "and give each intermediate result a line. Which comes first, after the two inputs?",
            "After the inputs: h = x @ W, the constant 0.5, "
            "their difference, the product, the sum. Seven lines, the last is number 6.",
            'Line("matmul", (0, 1), (3, 4)), then Line("constant", (), (1, 1), np.array([[0.5]])), then Line("sub", (3, 2), (3, 4)): '
            "slot 3 minus slot 2. Two more.",
        ),
        mistakes=(
            Mistake(ORDER, HAND.replace("(3, 2), (3, 4)", "(2, 3), (3, 4)")),
            Mistake(LATER, HAND.replace("(0, 1), (3, 4)", "(1, 2), (3, 4)")),
            Mistake(COMMA, HAND.replace("(5,)", "(5)")),
            Mistake(
                NUMBER,
                HAND.replace('    Line("constant", (), (1, 1), np.array([[0.5]])),\n', "").replace(
                    "(3, 2), (3, 4)", "(0.5, 2), (3, 4)"
                ),
            ),
            Mistake(UNFINISHED, HAND.replace('    Line("sum", (5,), (1, 1)),\n', "")),
            Mistake(
                TWICE,
                HAND.replace(
                    """    Line("sub", (3, 2), (3, 4)),
    Line("mul", (2, 4), (3, 4)),
    Line("sum", (5,)""",
                    """    Line("matmul", (0, 1), (3, 4)),
    Line("sub", (3, 4), (3, 4)),
    Line("mul", (2, 5), (3, 4)),
    Line("sum", (6,)""",
                ),
            ),
            Mistake(
                "it writes 3 x 2, you say, but what it computes is 3 x 4.",
                HAND.replace("(0, 1), (3, 4)", "(0, 1), (3, 2)"),
            ),
        ),
        alternative="""tape = [Line("input", (), (3, 2), 0), Line("input", (), (2, 4), 1), Line("constant", (), (1, 1), np.array([[0.5]]))]
tape.append(Line("matmul", (0, 1), (3, 4)))
tape.append(Line("sub", (2, 3), (3, 4)))
tape.append(Line("mul", (4, 3), (3, 4)))
tape.append(Line("sum", (5,), (1, 1)))""",
        judge=by_hand,
        equivalent={
            "*": "a list may be written in another order and compute the same: the judge runs it"
        },
    ),
    Exercise(
        "01.record",
        "The recorder",
        "write",
        ("record",),
        hints=(
            "Four steps: find the tape, lift what is no Var, "
            "append the line, return the Var of the result.",
            "Any Var among xs knows its tape; the first operand need not be one. "
            "After `xs = [lift(tape, x) for x in xs]` all of them have a `.slot` and a `.shape`.",
            "The line is Line(op, the slots of xs as a tuple, shape_of(op, and their shapes)); "
            "`new(tape, line)` appends it and returns the Var.",
        ),
        mistakes=(
            Mistake(
                'The first operand need not be a Var: `0.5 - x` arrives as record("sub", 0.5, x). '
                "Take the tape of one that is.",
                record(tape="xs[0].tape"),
            ),
            Mistake(
                "A number has no slot yet: `lift` it first, and it gets a line of its own.",
                record(lifted="list(xs)"),
            ),
            Mistake(
                "The line is on the tape, but nothing comes back: "
                "the function being traced goes on with None. Return the Var of the result.",
                record(end="new(tape, line)"),
            ),
            Mistake(
                "You return the number of the slot. "
                "The function being traced needs something that it can compute with: a Var.",
                record(end="return new(tape, line).slot"),
            ),
            Mistake(
                "The operands have changed places: 0.5 - x has become x - 0.5. "
                "The order in `ins` is the order of `xs`.",
                record(
                    line=(
                        "Line(op, tuple(x.slot for x in reversed(xs)), "
                        "shape_of(op, *(x.shape for x in xs)))"
                    )
                ),
            ),
            Mistake(
                "The result need not have its first operand's shape: "
                "think of a broadcast, a matrix product, a sum. `shape_of` knows.",
                record(line="Line(op, tuple(x.slot for x in xs), xs[0].shape)"),
            ),
            Mistake(
                "The line lands on a tape of its own. "
                "The Vars among xs are on one already, `x.tape`: append to that.",
                record(tape="[]"),
            ),
            Mistake(
                "`ins` holds slots, and you gave it the Vars themselves. "
                "The number of a Var's slot is its `.slot`.",
                record(line="Line(op, tuple(xs), shape_of(op, *(x.shape for x in xs)))"),
            ),
        ),
        alternative="""def record(op, *xs):
    for x in xs:
        if isinstance(x, Var):
            tape = x.tape
    slots, shapes = [], []
    for x in reversed(xs):
        x = lift(tape, x)
        slots.insert(0, x.slot)
        shapes.insert(0, x.shape)
    tape.append(Line(op, tuple(slots), shape_of(op, *shapes), None))
    return Var(tape, len(tape) - 1)""",
        cases=lambda: FUNCTIONS,
        run=recorded,
        show=by_letter,
    ),
    Exercise(
        "01.lines",
        "How long is the tape?",
        "predict",
        ("lines",),
        hints=(
            "Play the Var: read each function as Python runs it, "
            "and make a mark on paper for each operation on x, z or something made of them.",
            "Two marks for the inputs, one for every number that meets a Var, "
            "one for every operation that is *run*, as often as it is run.",
            "`shaped`: with 1 x 1 inputs the condition is false. "
            "What is left is 2.0 * x + 2.0: two operations, two constants, and the inputs.",
        ),
        mistakes=(
            Mistake(NO_INPUTS, "lines = dict(twice=3, reused=2, loop=6, shaped=4)"),
            Mistake(WHY["twice", 4], "lines = dict(twice=4, reused=4, loop=8, shaped=6)"),
            Mistake(WHY["reused", 5], "lines = dict(twice=5, reused=5, loop=8, shaped=6)"),
            Mistake(WHY["loop", 4], "lines = dict(twice=5, reused=4, loop=4, shaped=6)"),
            Mistake(WHY["shaped", 4], "lines = dict(twice=5, reused=4, loop=8, shaped=4)"),
            Mistake(WHY["shaped", 5], "lines = dict(twice=5, reused=4, loop=8, shaped=5)"),
            Mistake(WHY["shaped", 7], "lines = dict(twice=5, reused=4, loop=8, shaped=7)"),
        ),
        alternative=(
            "lines = {'shaped': 2 + 2 + 2, 'loop': "
            "2 + 3 * 2, 'reused': 2 + 1 + 1, 'twice': 2 + 1 + 1 + 1}"
        ),
        judge=lines,
    ),
    Exercise(
        "01.forward",
        "The forward sweep",
        "write",
        ("forward",),
        hints=(
            "One loop over the lines, and a list `values` that grows by one block a line. "
            "There are three sorts of line.",
            "input: inputs[line.arg]. constant: line.arg. "
            "Everything else: VALUE[line.op] of the values in the slots line.ins.",
            "values.append(VALUE[line.op](*(values[k] for k in line.ins))), "
            "and at the end `return values`.",
        ),
        mistakes=(
            Mistake(
                "That is the result alone. `forward` returns the values of all slots, as a list: "
                "lesson 02 computes derivatives from them.",
                forward(end="return values[-1]"),
            ),
            Mistake(
                "You took input number k for line k. "
                "A line may stand anywhere: which input it means is in its `arg`.",
                forward(given="inputs[k]"),
            ),
            Mistake(
                "You took the inputs in the order of their lines. "
                "Which input a line means is in its `arg`.",
                forward(start="values, rest = [], iter(inputs)", given="next(rest)"),
            ),
            Mistake(
                "The operands have changed places: `ins` names them in their "
                "order, and sub and matmul care.",
                forward(ins="reversed(line.ins)"),
            ),
            Mistake(
                "`line.ins` holds the numbers of slots, and you computed with these. "
                "The operands are what stands in the slots: values[j].",
                forward().replace("[values[j] for j in line.ins]", "line.ins"),
            ),
            Mistake(
                "`+=` has changed a value further up. Rule (3), a slot is written once: "
                "`x + z` makes a new block, `x += z` writes into x.",
                forward().replace(
                    "        else:",
                    """        elif line.op == "add":
            x = values[line.ins[0]]
            x += values[line.ins[1]]
            values.append(x)
        else:""",
                ),
            ),
            Mistake(
                "A constant has a line, so it needs its place among the values: "
                "without it all that follows moves up by one.",
                forward(constant="continue"),
            ),
        ),
        alternative="""def forward(tape, *inputs):
    values = [None] * len(tape)
    for k, (op, ins, shape, arg) in enumerate(tape):
        if not ins:
            values[k] = arg if op == "constant" else inputs[arg]
            continue
        operands = [values[j] for j in ins]
        values[k] = VALUE[op](*operands)
    return tuple(values)""",
        cases=tapes,
        run=run,
        show=tape_and_inputs,
    ),
    Exercise(
        "01.blind",
        "A function that the tape gets wrong",
        "break it",
        ("blind",),
        hints=(
            "The tape holds operations on x. Whatever else the function does happens once, "
            "at tracing. What may be different the next time?",
            "Two families. Something from outside that changes: a counter, a random number. "
            "Or a condition that a Var answers without raising: x == 0 is false for every Var.",
            "    if x == 0:\n        return x + 1.0\n    return x * 2.0",
        ),
        mistakes=(
            Mistake(SEEN, "def blind(x):\n    return tanh(x) * x - 0.5"),
            Mistake(
                LOOP,
                "def blind(x):\n"
                "    for k in range(3):\n"
                "        x = tanh(x * float(k))\n"
                "    return x",
            ),
            Mistake(
                SHAPE, "def blind(x):\n    if x.shape[0] > 1:\n        return x\n    return x * 2.0"
            ),
            Mistake(LOUD, "def blind(x):\n    if x > 0:\n        return x * 1.0\n    return -x"),
            Mistake(LOUD, "def blind(x):\n    return np.abs(x)"),
            Mistake(NOTHING, "def blind(x):\n    if x == 0:\n        x = x + 1.0"),
            Mistake(ASKS, "def blind(x):\n    return x * 1.0 if isinstance(x, Var) else x * 2.0"),
        ),
        alternative="""calls = []

def blind(x):
    calls.append(x)
    return x + float(len(calls))""",
        judge=blind,
        equivalent={
            "*": (
                "a function that breaks the claim in another way is right too: "
                "the judge traces and calls it"
            )
        },
    ),
]
