"""Graders of lesson 01."""

import contextlib
import dis
import functools
import itertools
from numbers import Real
from types import CodeType, FunctionType, MethodType

import numpy as np

from ..compare import text, type_of
from ..exercise import Exercise, Mistake
from ..running import filename
from .shared import number

# ---- 01.hand: a list may be written in more than one order, so the judge runs it

VALUE = {
    "add": np.add,
    "sub": np.subtract,
    "mul": np.multiply,
    "matmul": np.matmul,
    "tanh": np.tanh,
    "sum": lambda x: x.sum(keepdims=True),
}
UNARY = ("tanh", "sum")
HAND_INPUTS = [("input", (), (3, 2), 0), ("input", (), (2, 4), 1)]
SIGN = {"add": "+", "sub": "-", "mul": "*", "matmul": "@"}
INPUTS = (
    'The list starts with its two inputs, x and then W: Record("input", (), (3, 2), 0) and '
    'Record("input", (), (2, 4), 1).'
)
LATER = (
    "no line above this one writes it. "
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
    "The list computes f, but it computes x @ W twice. f computes x @ W once and calls it h: "
    "give it one line, and let two other lines read its slot."
)
ORDER = (
    "That is the list of total(h * (h - 0.5)): "
    "`sub` subtracts the second slot of `ins` from the first."
)


def judge_hand(names):
    """None if the list computes f, else what is wrong with its first wrong line, or with f."""
    tape = names["tape"]
    if not isinstance(tape, (list, tuple)) or not tape:
        return "`tape` is a list of Records."
    values = []
    for k, line in enumerate(tape):
        if line is ...:
            return f"Line {k} is still `...`."
        if not isinstance(line, names["Record"]):
            return f"Line {k}: it is {text(line)}, not a Record(op, ins, shape, arg)."
        if k < 2 and (isinstance(line.arg, np.ndarray) or line != HAND_INPUTS[k]):
            return INPUTS
        if k >= 2 and line.op == "input":
            return INPUTS
        if complaint := complaint_about(line, values):
            return f"Line {k}: {complaint}"
        block = value_of(line, values)
        if block.shape != tuple(line.shape):
            return (
                f"Line {k}: it writes {line.shape[0]} x {line.shape[1]}, you say, but what it "
                f"computes is {block.shape[0]} x {block.shape[1]}."
            )
        values.append(block)
    if len(tape) < 3:
        return INPUTS
    read = {slot for line in tape for slot in line.ins}
    for k in range(2, len(tape) - 1):
        if k not in read:
            return (
                f"Line {k}: no line reads what it writes, but f uses every result that it computes."
            )
    if values[-1].shape != (1, 1):
        return UNFINISHED
    h = values[0] @ values[1]
    right = (h * (0.5 - h)).sum()
    exchanged = (h * (h - 0.5)).sum()
    got = values[-1].item()
    if np.isclose(got, right, rtol=1e-12):
        products = sum(line.op == "matmul" for line in tape)
        return TWICE if products > 1 else None
    if np.isclose(got, exchanged, rtol=1e-12):
        return ORDER
    return (
        "Each line can be run, but together they do not compute f: "
        f"on the inputs tried here f gives {right:.6g} and your list {got:.6g}. "
        "Run it with a pencil: what stands in each slot?"
    )


def complaint_about(line, values):
    """What is wrong with a line by itself, or None. values: those of the lines above it."""
    if line.op not in (*VALUE, "input", "constant"):
        return f"there is no operation {line.op!r}; there are input, constant, {', '.join(VALUE)}."
    if not isinstance(line.ins, (tuple, list)):
        return COMMA
    if any(isinstance(slot, str) for slot in line.ins):
        return NAMED
    if not all(map(is_index, line.ins)):
        return NUMBER
    is_pair = isinstance(line.shape, (tuple, list)) and len(line.shape) == 2
    if not is_pair or not all(map(is_index, line.shape)):
        return f"its shape is {text(line.shape)}; a shape is (rows, columns)."
    late = [slot for slot in line.ins if not 0 <= slot < len(values)]
    if late:
        return f"it reads slot {late[0]}, and {LATER}"
    if line.op in UNARY and len(line.ins) != 1:
        return f"{line.op} reads one slot, and yours reads {len(line.ins)}."
    if line.op in VALUE and line.op not in UNARY and len(line.ins) != 2:
        return f"{line.op} reads two slots, and yours reads {len(line.ins)}."
    if line.op == "constant" and line.ins:
        return "a constant reads no slot: its `ins` is ()."
    if line.op == "constant" and not is_block(line.arg, tuple(line.shape)):
        return (
            f"a constant's `arg` is its array, here of shape {tuple(line.shape)}; yours is "
            f"{text(line.arg)}."
        )
    try:
        value_of(line, values)
    except (ValueError, TypeError):
        shapes = " and ".join(str(values[slot].shape) for slot in line.ins)
        return f"{line.op} cannot take blocks of the shapes {shapes}."
    return None


def is_index(value):
    """Is it a whole number of a type that counts, Python's or NumPy's?"""
    return isinstance(value, (int, np.integer)) and not isinstance(value, bool)


def is_block(constant, shape):
    """Is it a number or an array of this shape?"""
    if not isinstance(constant, (int, float, list, np.ndarray)):
        return False
    try:
        return np.array(constant, float, ndmin=2).shape == shape
    except (TypeError, ValueError, OverflowError):  # rows of several lengths, words
        return False


def value_of(line, values):
    """The block that a line writes, at random for an input. values: those of the lines above it."""
    if line.op == "input":
        return np.random.default_rng(sum(line.shape)).normal(size=line.shape)
    if line.op == "constant":
        return np.array(line.arg, float, ndmin=2)
    operands = [values[slot] for slot in line.ins]
    return VALUE[line.op](*operands)


HAND = """tape = [
    Record("input", (), (3, 2), 0),
    Record("input", (), (2, 4), 1),
    Record("matmul", (0, 1), (3, 4)),
    Record("constant", (), (1, 1), np.array([[0.5]])),
    Record("sub", (3, 2), (3, 4)),
    Record("mul", (2, 4), (3, 4)),
    Record("sum", (5,), (1, 1)),
]"""


HALF = '    Record("constant", (), (1, 1), np.array([[0.5]])),\n'


# ---- 01.record: what is on the tape, wherever the constants were put


def run_record(names, expression, *shapes):
    """The lines that a function of x, z, b leaves on a tape, its constants, and what it returns:
    texts. The function may use an array, `row`, which is overwritten before the tape is read."""
    tape = []
    row = np.array([[1.0, 2.0, 3.0]])
    inputs = [
        names["new"](tape, names["Record"]("input", (), shape, k)) for k, shape in enumerate(shapes)
    ]
    function = eval(f"lambda {', '.join('xzb'[: len(shapes)])}: {expression}", names | {"row": row})
    try:
        result = function(*inputs)
    except ValueError:
        if (expression, *shapes) != MISFIT:
            raise
        return ["it raises ValueError"]
    row[:] = 0
    lines, labels = read_tape(tape, names["Record"])
    if not isinstance(result, names["Var"]):
        return [*lines, f"returns {text(result)}, which is not a Var"]
    if result.tape is not tape:
        return [*lines, "returns a Var of another tape"]
    missing = f"a Var of slot {result.slot}, which does not exist"
    return [*lines, f"returns {labels.get(result.slot, missing)}"]


def read_tape(tape, Record):
    """The lines of a tape as texts, its constants last, and the labels of its slots: v0, v1, ...,
    or the constant itself."""
    lines, constants, labels = [], [], {}
    for k, line in enumerate(tape):
        if not isinstance(line, Record):
            lines.append(f"{text(line)}, which is not a Record")
            continue
        if line.op == "constant":
            labels[k] = f"the constant {name_of_constant(line.arg)}"
            constants.append(f"a line for {labels[k]}")
            continue
        labels[k] = f"v{len(lines)}"
        if line.op == "input":
            lines.append(f"{labels[k]} = input {line.arg}")
            continue
        if not isinstance(line.ins, (tuple, list)):
            lines.append(f"{labels[k]} = {line.op}, whose `ins` is {type_of(line.ins)}")
            continue
        reads = []
        for slot in line.ins:
            if is_index(slot) and 0 <= slot < k:
                reads.append(labels[slot])
            else:
                reads.append(f"slot {slot}, which is not written yet")
        size = " x ".join(map(str, line.shape))
        lines.append(f"{labels[k]} = {line.op}({', '.join(reads)}), {size}")
    return lines + sorted(constants), labels


def name_of_constant(constant):
    """All its digits, and its dtype where that is not float64."""
    if not isinstance(constant, np.ndarray):
        return text(constant)
    dtype = "" if constant.dtype == float else f" of {constant.dtype}"
    return f"{constant.tolist()}{dtype}"


MISFIT = "x @ z", (3, 2), (3, 2)  # inner lengths that differ
FUNCTIONS = [
    ("tanh(x @ z + b)", (3, 2), (2, 4), (1, 4)),
    ("0.5 - x", (2, 3)),
    ("x * 2.0", (2, 3)),
    ("x - z", (2, 2), (2, 2)),
    ("total(x)", (3, 2)),
    ("row + x", (2, 3)),
    ("x @ np.array([[1.0], [2.0]])", (3, 2)),
    ("np.array([[1.0, -1.0, 2.0]]) @ x", (3, 2)),
    MISFIT,
    ("(x - z) * (z - x)", (2, 1), (1, 3)),
    ("x * z + x * z", (1, 2), (1, 2)),
    ("2.0 * x + 2.0", (1, 1)),
    ("total(tanh(x @ z) * (0.5 - x)) * (1 / 6)", (2, 3), (3, 3)),
    ("x + x", (1, 1)),
]


def show_record(expression, *shapes):
    where = [f"{name} is {m} x {n}" for name, (m, n) in zip("xzb", shapes, strict=False)]
    if "row" in expression:
        where.append("row is [[1, 2, 3]], and something else later on")
    return f"{expression}, where {', '.join(where)}"


def record_answer(
    tape="next(x.tape for x in xs if isinstance(x, Var))",
    lifted="[lift(tape, x) for x in xs]",
    line="Record(op, tuple(x.slot for x in xs), shape_of(op, *(x.shape for x in xs)))",
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
        "Tracing does not read your text. Python computes x * z, and then computes x * z "
        "again: __mul__ is called twice, and records twice."
    ),
    ("reused", 5): "y is computed once and has one slot; `y + y` reads that slot twice.",
    ("reused", 3): (
        "Python computes x * z before it gives the result the name y, and that product is "
        "recorded like any other operation."
    ),
    ("loop", 4): (
        "A tape has no loops. The loop runs while tracing, "
        "and each of its three rounds leaves its own lines."
    ),
    ("loop", 5): (
        "Each round of the loop leaves a line for every operation in it, and there are two: a "
        "product and a tanh."
    ),
    ("shaped", 4): "The numbers in the formula are lifted: each gets a line, as a constant.",
    ("shaped", 5): (
        "The two constants are equal, but no pass compares them: each is lifted where it is met."
    ),
    ("shaped", 7): (
        "The condition is decided while tracing, by the shape: "
        "with one row it is false, and nothing is left of it."
    ),
}


def judge_lines(names):
    answer = names["lines"]
    if not isinstance(answer, dict) or set(answer) != set(LINES):
        return LINES_FORM
    for name in LINES:
        if answer[name] is ...:
            return f"`{name}` has no number yet. {LINES_FORM}"
        if not is_whole(answer[name]):
            return f"`{name}` is {text(answer[name])}. {LINES_FORM}"
    if all(answer[name] == right - 2 for name, right in LINES.items()):
        return NO_INPUTS
    for name, right in LINES.items():
        said = answer[name]
        if said == right:
            continue
        if (name, said) in WHY:
            return f"`{name}`: {WHY[name, said]}"
        lines = "line" if said == 1 else "lines"
        return (
            f"`{name}`: it has {'fewer' if said > right else 'more'} than {text(said)} {lines}. "
            "Write them down one by one: the inputs, then what Python does, operation by operation."
        )
    return None


def is_whole(value):
    """Is it a whole number, 3 or 3.0?"""
    if isinstance(value, bool) or not isinstance(value, Real):
        return False
    return value == value // 1


# ---- 01.forward


def run_forward(names, lines, *inputs):
    """What comes back from a second call, at other inputs: the first must leave nothing behind."""
    tape = [names["Record"](*line) for line in lines]
    names["forward"](tape, *(x / 2 for x in inputs))
    if len(tape) != len(lines):
        raise ValueError("`forward` changes the tape; walk along it and leave it as it is")
    values = names["forward"](tape, *inputs)
    if not isinstance(values, np.ndarray):
        return values
    if values.dtype == object:
        return list(values)
    return [f"no list, but the block {text(values)}"]


def forward_cases():
    rng = np.random.default_rng(0)

    def block(*shape):
        return rng.normal(size=shape)

    x = ("input", (), (3, 2), 0)
    z = ("input", (), (2, 4), 1)
    b = ("input", (), (1, 4), 2)
    third = ("constant", (), (1, 1), np.array([[1 / 3]]))
    layer = [
        x,
        z,
        b,
        ("matmul", (0, 1), (3, 4)),
        ("add", (3, 2), (3, 4)),
        ("tanh", (4,), (3, 4)),
        third,
        ("sub", (6, 5), (3, 4)),
        ("mul", (7, 5), (3, 4)),
        ("sum", (8,), (1, 1)),
    ]
    constant_first = [
        third,
        ("input", (), (2, 2), 0),
        ("sub", (0, 1), (2, 2)),
        ("mul", (2, 1), (2, 2)),
    ]
    inputs_exchanged = [
        ("input", (), (2, 2), 1),
        ("input", (), (2, 2), 0),
        ("sub", (0, 1), (2, 2)),
        ("matmul", (2, 0), (2, 2)),
    ]
    column = [
        ("input", (), (2, 1), 0),
        ("tanh", (0,), (2, 1)),
        ("sub", (1, 0), (2, 1)),
    ]
    repeated = [
        ("input", (), (2, 2), 0),
        ("matmul", (0, 0), (2, 2)),
        ("mul", (0, 0), (2, 2)),
        ("mul", (0, 0), (2, 2)),
        ("sub", (1, 2), (2, 2)),
        ("sub", (2, 1), (2, 2)),
        ("add", (3, 5), (2, 2)),
    ]
    doubled = [
        ("input", (), (1, 1), 0),
        ("constant", (), (1, 1), np.array([[2.0]])),
        ("mul", (0, 1), (1, 1)),
    ]
    chain = [("input", (), (1, 1), 0), *(("tanh", (k,), (1, 1)) for k in range(19))]
    off_axis = np.array([[0.5 + 0.25j], [1j]])  # lesson 02 pushes inputs in that direction
    return [
        (layer, block(3, 2), block(2, 4), block(1, 4)),
        (constant_first, block(2, 2)),
        (inputs_exchanged, block(2, 2), block(2, 2)),
        (column, block(2, 1)),
        (repeated, block(2, 2)),
        (doubled, np.array([[3.0]])),
        (column, off_axis),
        (chain, np.array([[0.5]])),
    ]


def show_forward(lines, *inputs):
    """ "v0 = input 0, v1 = v0 * v0; input 0 is [[2]]" """
    rows = [f"v{k} = {formula(*line)}" for k, line in enumerate(lines)]
    blocks = [f"input {k} is {text(x)}" for k, x in enumerate(inputs)]
    return f"{', '.join(rows)}; {', '.join(blocks)}"


def formula(op, ins, shape, arg=None):
    """The right side of a line: "input 0", "v0 * v1", "tanh(v0)"."""
    slots = [f"v{slot}" for slot in ins]
    if arg is not None:
        return f"{op} {text(arg)}"
    if op in SIGN:
        return f" {SIGN[op]} ".join(slots)
    return f"{op}({', '.join(slots)})"


def forward_answer(
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

# fmt: off
TRIED = [
    0.0, 1.0, -1.0, 0.5, -0.5, 0.1, -0.1, 100.0, -100.0, 1e-3, 1e6, 0.7, -1.3, 1 / 3, np.pi, np.e,
    *range(-20, 21), 0.0,
]
ASKING = {
    "Var", "isinstance", "issubclass", "type", "tape", "slot", "dir", "vars", "__class__",
    "__dict__", "_getframe", "currentframe",
}
# fmt: on
ASKS = (
    "Your function asks what kind of object it was given. That breaks the claim, but it "
    "does not happen by accident. Find something that can happen in honest code."
)
LOUD = (
    "Tracing raises an error, so the failure is noticed. Find a function that is traced "
    "without an error."
)
NOTHING = "Nothing comes back (None); is there a `return`?"
AGREE = "On all inputs that were tried the tape and the function agree. "
SEEN = AGREE + (
    "Every operation on x is recorded. What could the function decide, or read, that is not an "
    "operation on x?"
)
LOOP = AGREE + (
    "A loop whose length does not depend on x is written out, "
    "round by round, and that is right for every x."
)
SHAPE = AGREE + (
    "A condition on shapes is decided while tracing, and rightly so: "
    "the tape is for inputs of this shape only."
)


CHANGED = (
    "Your cell changes the lesson's own tools (`record`, `Var`, `VALUE`, `tanh` or another), "
    "and then no tape is right. Leave the tools as they are: `blind` alone has to break the "
    "claim."
)


def code_objects(code):
    """A code object and all that stand inside it: those of lambdas, of inner functions."""
    yield code
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from code_objects(constant)


def reached(function):
    """A function and what it reaches by a name, a default or a closure, and what the functions
    among these reach, as far as they stand in the answer's cell: a list of values."""
    found = [function]
    for value in found:  # which grows
        found += [other for other in reached_by(value) if not any(other is x for x in found)]
    return found


def is_of_the_cell(function):
    """Does it stand in the answer's own cell?"""
    return function.__code__.co_filename == filename("01.blind")


def reached_by(value):
    """What one value reaches at once."""
    if isinstance(value, functools.partial):
        return [value.func, *value.args, *value.keywords.values()]
    if isinstance(value, MethodType):
        return [value.__func__]
    if not isinstance(value, FunctionType):  # an object that can be called as one
        call = vars(type(value)).get("__call__")
        return [call] if isinstance(call, FunctionType) else []
    if not is_of_the_cell(value):
        return []
    found = [*(value.__defaults__ or ()), *(value.__kwdefaults__ or {}).values()]
    for cell in value.__closure__ or ():
        with contextlib.suppress(ValueError):  # nothing is in it yet
            found.append(cell.cell_contents)
    words = {word for code in code_objects(value.__code__) for word in code.co_names}
    return found + [value.__globals__[word] for word in words if word in value.__globals__]


def numbers_in(code):
    """The numbers that stand in a function."""
    found = []
    for constant in code.co_consts:
        found += constant if isinstance(constant, tuple) else [constant]
    return [float(x) for x in found if isinstance(x, (int, float)) and abs(x) < 1e100]


def near(number):
    """Inputs worth trying where a function compares something with this number."""
    return [number, -number, number - 1, number + 1, number / 2, 2 * number, abs(number) ** 0.5]


def words_in(code):
    """The names and the texts that stand in a function."""
    texts = [constant for constant in code.co_consts if isinstance(constant, str)]
    return {*code.co_names, *texts}


@contextlib.contextmanager
def noting_attributes(Var):
    """Meanwhile a Var prints as an array does, and what it is asked for in vain is noted.

    -> a list of the attributes' names, which grows.
    """
    asked = []

    def note(self, name):
        if not name.startswith("__"):  # NumPy asks for those
            asked.append(name)
        raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")

    printed = Var.__repr__
    Var.__getattr__ = note
    Var.__repr__ = lambda self: "array([[0.5]])"
    Var.__str__ = lambda self: "[[0.5]]"
    try:
        yield asked
    finally:
        Var.__repr__ = printed
        del Var.__getattr__, Var.__str__


def judge_blind(names):
    """None if the tape of the function, recorded once, differs from the function somewhere."""
    function = names["blind"]
    if not callable(function):
        return "`blind` is a function of one block x."
    if not works(names):
        return CHANGED
    values = reached(function)
    bodies = []
    for value in values:
        if isinstance(value, FunctionType) and (value is function or is_of_the_cell(value)):
            bodies += code_objects(value.__code__)
    words = set().union(*(words_in(code) for code in bodies))
    if words & ASKING or any(value is type or value is isinstance for value in values):
        return ASKS
    try:
        with noting_attributes(names["Var"]) as asked:
            tape = names["trace"](function, (1, 1))
    except NotImplementedError:
        raise
    except Exception as error:
        if "returns NoneType" in str(error):
            return NOTHING
        return f"{LOUD} ({type(error).__name__}: {error})"
    if asked:
        return ASKS
    written_there = [number for code in bodies for number in numbers_in(code)]
    written_there += [float(value) for value in values if number(value)]
    for x in [*TRIED, *itertools.chain(*map(near, written_there))]:
        replayed = names["forward"](tape, np.array([[x]], float))[-1]
        try:
            called = np.asarray(function(np.array([[x]], float)), float)
            called_again = np.asarray(function(np.array([[x]], float)), float)
        except NotImplementedError:
            raise
        except Exception as error:
            return (
                f"Called with x = [[{x:g}]] your function raises {type(error).__name__}: "
                f"{error}. It has to give a result there too."
            )
        if called.size != 1 or replayed.size != 1:
            return (
                f"Called with x = [[{x:g}]] your function returns {text(called)}; "
                "return a 1 x 1 block."
            )
        if not np.isclose(called.item(), replayed.item(), rtol=1e-9, atol=1e-12, equal_nan=True):
            return None
        # a clock: two calls differ, if only in the last digits
        if not np.array_equal(called, called_again, equal_nan=True):
            return None
    if any(has_loop(code) for code in bodies):
        return LOOP
    return SHAPE if words & {"shape", "size", "len"} else SEEN


def works(names):
    """Do the lesson's own tools still record and run what an honest function does?"""

    def honest(x):
        return names["total"](names["tanh"](-x @ x + 0.5) - (2.0 * x - x) * x)

    x = np.array([[0.3]])
    try:
        tape = names["trace"](honest, (1, 1))
        return bool(np.isclose(names["forward"](tape, x)[-1].item(), honest(x).item()))
    except Exception:
        return False


def has_loop(code):
    return any(row.opname in ("FOR_ITER", "JUMP_BACKWARD") for row in dis.get_instructions(code))


# ---- 01.same_twice: functions that leave one tape, or two; each case makes its own


def honest(names):
    def function(x, z):
        h = names["tanh"](x @ z)
        return names["total"](h * (0.5 - h))

    return function


def asks_for_zero(names):
    return lambda x: x + 1.0 if x == 0 else names["tanh"](x)


def adds_many_constants(names):
    return lambda x: names["total"](x * np.linspace(0, 1, 2000))


def draws_a_mask(names):
    rng = np.random.default_rng(0)
    return lambda x: names["total"](x * rng.integers(0, 2, size=(1, 100)))


def counts_in_the_last_digit(names):
    count = itertools.count()
    return lambda x: x * (1.0 + 1e-14 * next(count))


def counts_among_many(names):
    count = itertools.count()
    return lambda x: names["total"](x * (np.arange(2000) == 1000 + next(count)))


def goes_round(names, rounds):
    rounds = iter(rounds)

    def function(x):
        for _ in range(next(rounds)):
            x = names["tanh"](x)
        return x

    return function


def goes_round_more_often(names):
    return goes_round(names, range(1, 1000))


def goes_round_less_often(names):
    return goes_round(names, range(1000, 0, -1))


def adds_or_multiplies(names):
    count = itertools.count()
    return lambda x, z: x * z if next(count) % 2 else x + z


def takes_turns(names):
    count = itertools.count()
    return lambda x, z: z - x if next(count) % 2 else x - z


def stretches_a_constant(names):
    count = itertools.count()
    return lambda x: x + np.zeros((1, 3 if next(count) % 2 else 1))


TRACED_TWICE = {  # what the learner is shown -> what makes the function, the shapes of its inputs
    "h = tanh(x @ z); total(h * (0.5 - h))": (honest, [(3, 2), (2, 4)]),
    "a function that multiplies x by a new random mask of 100 numbers": (draws_a_mask, [(1, 100)]),
    "x + 1 if x == 0 else tanh(x), which is traced wrong, but always alike": (
        asks_for_zero,
        [(1, 1)],
    ),
    "total(x * np.linspace(0, 1, 2000))": (adds_many_constants, [(1, 1)]),
    "x * (1 + 1e-14 * k) in call k": (counts_in_the_last_digit, [(1, 1)]),
    "total(x * a), a of 2000 numbers: zeros, and a 1 at 1000 + k in call k": (
        counts_among_many,
        [(1, 1)],
    ),
    "tanh(tanh(...)), one round more in each call": (goes_round_more_often, [(1, 1)]),
    "tanh(tanh(...)), one round less in each call": (goes_round_less_often, [(1, 1)]),
    "x + z and x * z in turn": (adds_or_multiplies, [(1, 1), (1, 1)]),
    "x - z and z - x in turn": (takes_turns, [(1, 1), (1, 1)]),
    "x + np.zeros((1, n)), n = 1 and n = 3 in turn": (stretches_a_constant, [(1, 3)]),
}


def run_same_twice(names, which):
    """What is said of a function, in words."""
    make, shapes = TRACED_TWICE[which]
    said = names["same_twice"](make(names), *shapes)
    if said is ... or said is None:
        return said
    if not isinstance(said, (bool, np.bool_)):
        raise TypeError(f"True or False should come back, not {text(said)}")
    return str(bool(said))


def same_twice_answer(
    first="first = trace(function, *shapes)",
    second="second = trace(function, *shapes)",
    lengths="if len(first) != len(second): return False",
    lines="if line.op != other.op or line.ins != other.ins: return False",
    args="if not np.array_equal(line.arg, other.arg): return False",
):
    """The text of an answer, with something else in one place."""
    return f"""def same_twice(function, *shapes):
    {first}
    {second}
    {lengths}
    for line, other in zip(first, second):
        {lines}
        {args}
    return True"""


def same_twice_in_one(expression):
    """The text of an answer that compares the two tapes at one stroke."""
    return (
        "def same_twice(function, *shapes):\n"
        "    first, second = trace(function, *shapes), trace(function, *shapes)\n"
        f"    return {expression}"
    )


EXERCISES = [
    Exercise(
        "01.hand",
        "A list, by hand",
        "write",
        ("tape",),
        insight=(
            "Each slot is written once: compilers call that static single assignment, and LLVM, "
            "which will compile your loops in lesson 05, keeps every program in this form."
        ),
        minutes=5,
        hints=(
            "Compute f with a pencil, one operation at a time, "
            "and give each intermediate result a line. Which comes first, after the two inputs?",
            "After the inputs: h = x @ W, the constant 0.5, "
            "their difference, the product, the sum. Seven lines, the last is number 6.",
            'Record("matmul", (0, 1), (3, 4)), then a constant, '
            'Record("constant", (), (1, 1), np.array([[0.5]])), '
            'then Record("sub", (3, 2), (3, 4)): slot 3 minus slot 2. Two more.',
        ),
        mistakes=(
            Mistake(ORDER, HAND.replace("(3, 2), (3, 4)", "(2, 3), (3, 4)")),
            Mistake(LATER, HAND.replace("(0, 1), (3, 4)", "(1, 2), (3, 4)")),
            Mistake(COMMA, HAND.replace("(5,)", "(5)")),
            Mistake(
                NUMBER,
                HAND.replace(
                    '    Record("constant", (), (1, 1), np.array([[0.5]])),\n', ""
                ).replace("(3, 2), (3, 4)", "(0.5, 2), (3, 4)"),
            ),
            Mistake(UNFINISHED, HAND.replace('    Record("sum", (5,), (1, 1)),\n', "")),
            Mistake(
                TWICE,
                HAND.replace(
                    """    Record("sub", (3, 2), (3, 4)),
    Record("mul", (2, 4), (3, 4)),
    Record("sum", (5,)""",
                    """    Record("matmul", (0, 1), (3, 4)),
    Record("sub", (3, 4), (3, 4)),
    Record("mul", (2, 5), (3, 4)),
    Record("sum", (6,)""",
                ),
            ),
            Mistake(
                "it writes 3 x 2, you say, but what it computes is 3 x 4.",
                HAND.replace("(0, 1), (3, 4)", "(0, 1), (3, 2)"),
            ),
        ),
        alternative="""tape = [Record("input", (), (3, 2), 0), Record("input", (), (2, 4), 1)]
tape.append(Record("constant", (), (1, 1), np.array([[0.5]])))
tape.append(Record("matmul", (0, 1), (3, 4)))
tape.append(Record("sub", (2, 3), (3, 4)))
tape.append(Record("mul", (4, 3), (3, 4)))
tape.append(Record("sum", (5,), (1, 1)))""",
        judge=judge_hand,
        equivalent={
            "*": "a list may be written in another order and compute the same: the judge runs it"
        },
    ),
    Exercise(
        "01.record",
        "The recorder",
        "write",
        ("record",),
        insight=(
            "JAX's `jit` and PyTorch's `torch.fx` begin like your recorder: they call the function "
            "once with objects that write down operations, and raise an error at an `if` on a "
            "value."
        ),
        minutes=6,
        hints=(
            "Four steps: find the tape, lift what is not a Var, append the line, return the "
            "Var of the result.",
            "Any Var among xs knows its tape; the first operand need not be one. "
            "After `xs = [lift(tape, x) for x in xs]` all of them have a `.slot` and a `.shape`.",
            "The line is Record(op, the slots of xs as a tuple, shape_of(op, and their shapes)); "
            "`new(tape, line)` appends it and returns the Var.",
        ),
        mistakes=(
            Mistake(
                'The first operand need not be a Var: `0.5 - x` arrives as record("sub", 0.5, x). '
                "Take the tape of one that is.",
                record_answer(tape="xs[0].tape"),
            ),
            Mistake(
                "A number has no slot yet: `lift` it first, and it gets a line of its own.",
                record_answer(lifted="list(xs)"),
            ),
            Mistake(
                "The line is on the tape, but nothing comes back: "
                "the function being traced goes on with None. Return the Var of the result.",
                record_answer(end="new(tape, line)"),
            ),
            Mistake(
                "You return the number of the slot. "
                "The function being traced needs something that it can compute with: a Var.",
                record_answer(end="return new(tape, line).slot"),
            ),
            Mistake(
                "The operands have changed places: 0.5 - x has become x - 0.5. "
                "The order in `ins` is the order of `xs`.",
                record_answer(
                    line=(
                        "Record(op, tuple(x.slot for x in reversed(xs)), "
                        "shape_of(op, *(x.shape for x in xs)))"
                    )
                ),
            ),
            Mistake(
                "The result need not have its first operand's shape: "
                "think of a broadcast, a matrix product, a sum. `shape_of` knows.",
                record_answer(line="Record(op, tuple(x.slot for x in xs), xs[0].shape)"),
            ),
            Mistake(
                "The line lands on a tape of its own. "
                "The Vars among xs are on one already, `x.tape`: append to that.",
                record_answer(tape="[]"),
            ),
            Mistake(
                "`ins` holds slots, and you gave it the Vars themselves. "
                "The number of a Var's slot is its `.slot`.",
                record_answer(line="Record(op, tuple(xs), shape_of(op, *(x.shape for x in xs)))"),
            ),
            Mistake(
                "Every constant stands on the tape twice: `lift` appends a line each time that it "
                "is called. Call it once for each operand, and keep the Var.",
                record_answer(
                    lifted="list(xs)",
                    line=(
                        "Record(op, tuple(lift(tape, x).slot for x in xs), "
                        "shape_of(op, *(lift(tape, x).shape for x in xs)))"
                    ),
                ),
            ),
            Mistake(
                "`ins` is a generator, which is empty once it has been read, and a line is read "
                "often. Make a tuple of it.",
                record_answer(
                    line="Record(op, (x.slot for x in xs), shape_of(op, *(x.shape for x in xs)))"
                ),
            ),
            Mistake(
                "A constant on the tape shares its memory with the array that the function "
                "used, so whoever changes the array later changes the tape. `lift` makes a "
                "copy.",
                record_answer(
                    lifted=(
                        "[x if isinstance(x, Var) else new(tape, Record('constant', (), "
                        "np.atleast_2d(x).shape, np.atleast_2d(x))) for x in xs]"
                    )
                ),
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
    tape.append(Record(op, tuple(slots), shape_of(op, *shapes), None))
    return Var(tape, len(tape) - 1)""",
        cases=lambda: FUNCTIONS,
        run=run_record,
        show=show_record,
    ),
    Exercise(
        "01.lines",
        "How long is the tape?",
        "predict",
        ("lines",),
        insight=(
            "A name saves work: x * z written twice costs a second product here and two more in "
            "lesson 02's gradient, because no pass of this course looks for equal lines."
        ),
        minutes=4,
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
        judge=judge_lines,
    ),
    Exercise(
        "01.forward",
        "The forward sweep",
        "write",
        ("forward",),
        insight=(
            "Your loop never asks what type a number has, so in lesson 02 complex numbers run "
            "through it unchanged and give derivatives that are exact up to rounding."
        ),
        minutes=4,
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
                forward_answer(end="return values[-1]"),
            ),
            Mistake(
                "You took input number k for line k. "
                "A line may stand anywhere: which input it means is in its `arg`.",
                forward_answer(given="inputs[k]"),
            ),
            Mistake(
                "You took the inputs in the order of their lines. "
                "Which input a line means is in its `arg`.",
                forward_answer(start="values, rest = [], iter(inputs)", given="next(rest)"),
            ),
            Mistake(
                "The operands have changed places: `ins` names them in their order, and for "
                "sub and matmul the order matters.",
                forward_answer(ins="reversed(line.ins)"),
            ),
            Mistake(
                "`line.ins` holds the numbers of slots, and you computed with those numbers. "
                "The operands are the blocks in the slots: values[j].",
                forward_answer().replace("[values[j] for j in line.ins]", "line.ins"),
            ),
            Mistake(
                "`+=` has changed a value further up. Rule (3), a slot is written once: "
                "`x + z` makes a new block, `x += z` writes into x.",
                forward_answer().replace(
                    "        else:",
                    """        elif line.op == "add":
            x = values[line.ins[0]]
            x += values[line.ins[1]]
            values.append(x)
        else:""",
                ),
            ),
            Mistake(
                "A line that reads a slot twice has two operands, x * x: "
                "a dict or a set keeps only one of them.",
                forward_answer(ins="dict.fromkeys(line.ins)"),
            ),
            Mistake(
                "A constant has a line, so it needs its place among the values: "
                "without it all that follows moves up by one.",
                forward_answer(constant="continue"),
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
        cases=forward_cases,
        run=run_forward,
        show=show_forward,
    ),
    Exercise(
        "01.blind",
        "A function that the tape gets wrong",
        "break it",
        ("blind",),
        insight=(
            "A break like x == 0 survives any number of tests at random inputs, since none of them "
            "hits 0: it takes a recorder that refuses the question to find it."
        ),
        minutes=6,
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
            Mistake(
                ASKS,
                "def blind(x):\n    return x * 2.0 if hasattr(x, 'dtype') else x * 1.0",
            ),
        ),
        alternative="""calls = []

def blind(x):
    calls.append(x)
    return x + float(len(calls))""",
        judge=judge_blind,
        equivalent={
            "*": (
                "a function that breaks the claim in another way is right too: "
                "the judge traces and calls it"
            )
        },
    ),
    Exercise(
        "01.same_twice",
        "A test for a tape",
        "write",
        ("same_twice",),
        insight=(
            "`torch.jit.trace` does this by itself: its option `check_trace`, on by default, "
            "traces a second time and compares both graphs and what they compute."
        ),
        minutes=5,
        hints=(
            "Two calls of `trace`, then a loop over both tapes at once. What can differ between "
            "two lines in the same place? And between the tapes as a whole?",
            "First the lengths, since zip stops at the shorter tape. Then for each pair of lines: "
            "op, ins, and arg, which may be an array.",
            "Return False where line.op != other.op or line.ins != other.ins, and where "
            "not np.array_equal(line.arg, other.arg); True at the end.",
        ),
        mistakes=(
            Mistake(
                "You compare lengths only. A mask is a constant, and one constant is as long as "
                "another: look at the lines.",
                same_twice_in_one("len(first) == len(second)"),
            ),
            Mistake(
                "You compare what the lines do, and not with which numbers. A mask stands in the "
                "`arg` of a constant.",
                same_twice_answer(args="pass"),
            ),
            Mistake(
                "`==` between two tapes compares their lines, and arrays in them give an array of "
                "answers, which is neither true nor false. Take np.array_equal for each `arg`.",
                same_twice_in_one("first == second"),
            ),
            Mistake(
                "As text, an array loses digits, and a large one loses most of its numbers. "
                "Compare the arrays themselves.",
                same_twice_in_one("str(first) == str(second)"),
            ),
            Mistake(
                "zip stops where the shorter tape ends, so a tape that goes on is taken for the "
                "same. Compare the lengths as well.",
                same_twice_answer(lengths="pass"),
            ),
            Mistake(
                "Nearly the same is not the same: np.allclose overlooks the last digits, and "
                "stretches one shape to another.",
                same_twice_answer(
                    args=(
                        "if line.op == 'constant' and not np.allclose(line.arg, other.arg): "
                        "return False"
                    )
                ),
            ),
            Mistake(
                "You trace once and compare the tape with itself. Call `trace` a second time.",
                same_twice_answer(second="second = first"),
            ),
            Mistake(
                "You never look at `ins`. x - z and z - x do the same operation, on exchanged "
                "slots.",
                same_twice_answer(lines="if line.op != other.op: return False"),
            ),
            Mistake(
                "You never look at `op`: a sum and a product of the same slots are taken for the "
                "same line.",
                same_twice_answer(lines="if line.ins != other.ins: return False"),
            ),
        ),
        alternative="""def same_twice(function, *shapes):
    def key(line):
        numbers = np.array(line.arg, float)
        return line.op, tuple(line.ins), numbers.shape, numbers.tobytes()

    first, second = ([*map(key, trace(function, *shapes))] for _ in range(2))
    return first == second""",
        cases=lambda: [(which,) for which in TRACED_TWICE],
        run=run_same_twice,
        show=lambda which: which,
        equivalent={
            "(line, other) -> (other, line)": "equality has no first and second",
            "zip(first, second) -> zip(second, first)": "equality has no first and second",
        },
    ),
]
