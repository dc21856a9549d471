"""Known answers of lesson 01."""

from tinymaml.course.exercises.lesson_01 import (
    HAND,
    forward_answer,
    record_answer,
    same_twice_answer,
    same_twice_in_one,
)

BLIND = "def blind(x):\n"
MATCH = """def forward(tape, *inputs):
    def value(line):
        match line.op:
            case 'input':
                return inputs[line.arg]
            case 'constant':
                return line.arg
        return VALUE[line.op](*[values[k] for k in line.ins])
    values = []
    for line in tape:
        values += [value(line)]
    return values"""
REDUCE = """from functools import reduce
def forward(tape, *inputs):
    rules = dict(input=lambda line, v: inputs[line.arg], constant=lambda line, v: line.arg)
    run = lambda line, v: VALUE[line.op](*(v[k] for k in line.ins))
    return reduce(lambda v, line: v + [rules.get(line.op, run)(line, v)], tape, [])"""
BY_INDEX = """def forward(tape, *inputs):
    values = [None] * len(tape)
    for line in tape:
        k = tape.index(line)
        if line.op == 'input':
            values[k] = inputs[line.arg]
        elif line.op == 'constant':
            values[k] = line.arg
        else:
            values[k] = VALUE[line.op](*[values[j] for j in line.ins])
    return values"""
KEPT = "KEPT = {}\n" + forward_answer(end="return KEPT.setdefault(str(tape), values)")
HONEST = BLIND + "    return x + 1.0"
REDUCED_RECORD = """from functools import reduce
def record(op, *xs):
    tape = reduce(lambda tape, x: getattr(x, 'tape', tape), xs, None)
    xs = list(map(lambda x: lift(tape, x), xs))
    shapes = map(lambda x: x.shape, xs)
    return new(tape, Record(op=op, ins=tuple(x.slot for x in xs), shape=shape_of(op, *shapes)))"""
FLOAT32 = (
    "[x if isinstance(x, Var) else new(tape, Record('constant', (), np.atleast_2d(x).shape, "
    "np.array(x, np.float32, ndmin=2))) for x in xs]"
)
CALLABLE = """class Blind:
    def __init__(self):
        self.calls = 0
    def __call__(self, x):
        self.calls += 1
        return x + float(self.calls)
blind = Blind()"""


def lines(twice=5, reused=4, loop=8, shaped=6):
    """The text of an answer to 01.lines: numbers, or texts of them."""
    return f"lines = dict(twice={twice}, reused={reused}, loop={loop}, shaped={shaped})"


def a_line(slots):
    """How 01.record makes a line, with other slots."""
    return f"Record(op, {slots}, shape_of(op, *(x.shape for x in xs)))"


WRONG = {
    "01.hand": [
        ("slip", HAND.replace("(3, 2), 0)", "(3, 2), np.zeros((3, 2)))")),
        ("slip", HAND.replace('Record("mul", (2, 4)', 'Record("mul", (4, 4)')),
        ("slip", HAND.replace("(3, 2), (3, 4)", "(-2, 2), (3, 4)")),
        ("slip", HAND.replace('Record("constant", ()', 'Record("constant", (0,)')),
        ("slip", HAND.replace("np.array([[0.5]])", "[[1], [2, 3]]")),
        ("slip", HAND[:-1] + '    Record("sum", (5,), (1, 1)),\n]'),
    ],
    "01.record": [
        ("slip", record_answer(line=a_line("tuple({x.slot: 0 for x in xs})"))),
        (
            "slip",
            record_answer(
                end="if line in tape: return Var(tape, tape.index(line))\n    "
                "return new(tape, line)"
            ),
        ),
        ("does not fit", record_answer(line=a_line("map(lambda x: x.slot, xs)"))),
        ("does not fit", record_answer(lifted=FLOAT32)),
        ("few sizes", record_answer(line=a_line("(xs[0].slot, xs[-1].slot)"))),
    ],
    "01.lines": [
        ("slip", lines(shaped=8)),
        ("slip", lines(twice=3)),
        ("slip", lines(loop="10 ** 400")),
    ],
    "01.forward": [
        ("few sizes", forward_answer(ins="{*line.ins}")),
        ("few sizes", BY_INDEX),
        ("slip", forward_answer(constant="values.append(np.float32(line.arg))")),
        ("few sizes", forward_answer().replace("enumerate(tape)", "enumerate(tape[:12])")),
        ("few sizes", KEPT),
        ("spoils inputs", forward_answer(end="tape.clear()\n    return values")),
        ("does not fit", forward_answer(given="np.array(inputs[line.arg], float)")),
        (
            "spoils inputs",
            forward_answer().replace(
                "        else:",
                """        elif line.op == "tanh":
            values.append(np.tanh(values[line.ins[0]], out=values[line.ins[0]]))
        else:""",
            ),
        ),
    ],
    "01.blind": [
        (
            "bypassed",
            "def is_var(x):\n    return isinstance(x, Var)\n"
            + BLIND
            + "    return x * 1.0 if is_var(x) else x * 2.0",
        ),
        ("bypassed", BLIND + "    return x * 1.0 if str(x)[0] == '<' else x * 2.0"),
        ("bypassed", CALLABLE.replace("float(self.calls)", "float(isinstance(x, Var))")),
        ("smuggled", "VALUE['add'] = lambda x, z: x - z\n" + HONEST),
        ("smuggled", "Var.__add__ = lambda x, z: x * 2.0\n" + HONEST),
        (
            "smuggled",
            "def record(op, *xs):\n"
            "    return new(xs[0].tape, Record('constant', (), (1, 1), np.eye(1)))\n" + HONEST,
        ),
        ("bypassed", "kind = type\n" + BLIND + "    return x * float(kind(x) is np.ndarray)"),
    ],
    "01.same_twice": [
        ("few sizes", same_twice_in_one("repr(first) == repr(second)")),
        ("slip", same_twice_answer(lengths="if len(first) < len(second): return False")),
        ("slip", same_twice_answer(args="if np.array_equal(line.arg, other.arg): return False")),
        (
            "does not fit",
            same_twice_answer(args="if not np.all(line.arg == other.arg): return False"),
        ),
    ],
}
RIGHT = {
    "01.hand": [
        "slot = np.arange(6)\n" + HAND.replace("(5,)", "(slot[5],)"),
        HAND.replace("np.array([[0.5]])", "[[0.5]]").replace("(2, 4), (3, 4)", "[2, 4], [3, 4]"),
        HAND.replace("(1, 1), np.array([[0.5]])", "(3, 4), np.full((3, 4), 0.5)"),
    ],
    "01.record": [
        record_answer(line=a_line("tuple(np.int64(x.slot) for x in xs)")),
        REDUCED_RECORD,
    ],
    "01.lines": [
        lines(twice=5.0, reused="np.int64(4)"),
        "from fractions import Fraction\n" + lines(twice="Fraction(5)"),
    ],
    "01.forward": [MATCH, REDUCE],
    "01.blind": [
        "LIMIT = 37.25\n" + BLIND + "    return x * 0.0 if x == LIMIT else x * 2.0",
        BLIND + "    return x + 1.0 if x * x == 49.0 else x * 1.0",
        BLIND + "    y = x\n    y += 1.0\n    return x * y",
        CALLABLE,
        "import time\n" + BLIND + "    return x + time.perf_counter()",
    ],
    "01.same_twice": [
        same_twice_in_one(
            "len(first) == len(second) and all(a[:3] == b[:3] and np.array_equal(a.arg, b.arg) "
            "for a, b in zip(first, second))"
        ),
        same_twice_in_one(
            "[(*line[:3], np.array(line.arg).tolist()) for line in first] "
            "== [(*line[:3], np.array(line.arg).tolist()) for line in second]"
        ),
    ],
}
