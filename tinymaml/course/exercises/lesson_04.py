"""Graders of lesson 04."""

import inspect
import re
from numbers import Number

import numpy as np

from ..compare import type_of
from ..exercise import Exercise, Mistake
from .shared import number, numbers_that_are_whole

# Losses are given as text, since an answer's tapes are made of the lesson's own classes: (text,
# parameters, data), both name -> shape.
NETWORK = (
    "lambda W1, b1, W2, b2, x, y: "
    "total((tanh(x @ W1 + b1) @ W2 + b2 - y) * (tanh(x @ W1 + b1) @ W2 + b2 - y)) * 0.25",
    {"W1": (2, 3), "b1": (1, 3), "W2": (3, 2), "b2": (1, 2)},
    {"x": (4, 2), "y": (4, 2)},
)
LOSSES = [
    NETWORK,
    ("lambda w, x: total(tanh(x @ w) * 0.5)", {"w": (2, 3)}, {"x": (4, 2)}),
    ("lambda w: total((w @ w) * w)", {"w": (3, 3)}, {}),
    ("lambda w, c: total((w - c) * (w - c))", {"w": (2, 3), "c": (2, 1)}, {}),
    ("lambda w, x: total(tanh(x) @ w + 1.0)", {"w": (2, 3)}, {"x": (4, 2)}),
    ("lambda w, b: total(tanh(tanh(w) + b) * b)", {"w": (2, 3), "b": (1, 3)}, {}),
    # computes what it does not use
    ("lambda w: (tanh(w) @ w, total(w * w))[1]", {"w": (3, 3)}, {}),
    ("lambda w: total(w * w)", {"w": (2, 2)}, {}),
    ("lambda w: total(tanh(w + w))", {"w": (1, 1)}, {}),  # two equal lines
]


def trace_loss(names, text, parameters, data):
    return names["tape_of"](eval(text, names), parameters, data)


def loss_text(text, parameters, data, *more):
    body = text.split(": ", 1)[1]
    if len(body) >= 60:
        body = "the mean squared error of a network"
    sizes = [f"{name} {m} x {n}" for name, (m, n) in (parameters | data).items()]
    which_are_data = f" ({', '.join(data)} data)" if data else ""
    others = "".join(f", {x!r}" for x in more)
    return f"{body}, with {', '.join(sizes)}{which_are_data}{others}"


def is_program(names, calls):
    return isinstance(calls, (list, tuple)) and all(
        isinstance(call, names["Call"]) for call in calls
    )


def no_program(names, calls):
    """What came in place of a list of Calls, as a list of one text."""
    if not isinstance(calls, (list, tuple)):
        return [f"no list of Calls, but {type_of(calls)}"]
    strangers = (call for call in calls if not isinstance(call, names["Call"]))
    return [f"no list of Calls: {type_of(next(strangers))} is in it"]


def texts_of(names, tape, calls):
    """Calls as texts to compare: formula, extent."""
    if calls is None or calls is ...:
        return calls
    if not is_program(names, calls):
        return no_program(names, calls)
    for call in calls:
        for x in call.outs + call.ins:
            if not 0 <= x.slot < len(tape):
                return [f"a line about slot {x.slot}, on a tape of {len(tape)} lines"]
        if call.store not in (True, False):
            return [f"a line whose store is {call.store!r}, neither True nor False"]
    return [
        f"{names['call_text'](tape, call)}, {' x '.join(map(str, call.extent))}" for call in calls
    ]


def emit_both(names, tape):
    """The lines of `gradient`, then those of `hvp`, as the answer's `emit` gives them."""
    calls = []
    for name in ("gradient", "hvp"):
        for rule in names["SWEEPS"][name]:
            calls += names["emit"](tape, rule)
    return calls


# ---- 04.strides


def stride_cases():
    return [
        ("ij", (2, 3)),
        ("ip", (4, 2)),
        ("pj", (2, 5)),
        ("ji", (3, 4)),
        ("jp", (5, 2)),
        ("0j", (1, 3)),
        ("i0", (4, 1)),
        ("p0", (3, 1)),
        ("00", (1, 1)),
        ("ij", (1, 4)),
        ("ij", (3, 1)),
        ("pj", (40, 50)),
    ]


def run_strides(names, letters, shape):
    found = names["strides"](letters, shape)
    if isinstance(found, np.ndarray):
        found = np.ravel(found).tolist()
    return numbers_that_are_whole("strides", found)


STRIDES = Exercise(
    "04.strides",
    "Strides from letters",
    "write",
    ("strides",),
    insight=(
        "NumPy broadcasts by the same trick: `np.broadcast_to` copies nothing and returns a view "
        "whose stride along the stretched axis is 0."
    ),
    minutes=3,
    hints=(
        "One step along a block's second index moves one place. "
        "One step along its first index jumps over a whole row: how many places is that?",
        "The answer is always in the order i, j, p, whatever the order of the letters. "
        "A letter that does not occur has stride 0.",
        "Make a dict {first letter: number of columns, second letter: "
        '1} and look up each of "ijp" in it, 0 by default.',
    ),
    mistakes=(
        Mistake(
            "You jump by the number of rows. One step down passes over one whole row, "
            "and a row is as long as there are columns.",
            "def strides(letters, shape):\n"
            "    steps = {letters[0]: shape[0], letters[1]: 1}\n"
            "    return tuple(steps.get(c, 0) for c in 'ijp')",
        ),
        Mistake(
            "These are the block's own strides, first index then second. The question is how "
            "far to move along the loop's i, j and p: the letters say which is which, and "
            "swapped letters must swap the strides, or a transpose transposes nothing.",
            "def strides(letters, shape):\n"
            "    return (shape[1] if letters[0] != '0' else 0, 1 if letters[1] != '0' else 0, 0)",
        ),
        Mistake(
            'You did not use the letters. Two blocks of one shape with letters "ij" and "ji" '
            "must get different strides, or a transpose transposes nothing; and where a letter "
            "is 0 the place does not move.",
            "def strides(letters, shape):\n    return (shape[1], 1, 0)",
        ),
        Mistake(
            "A letter that the block lacks must have stride 0: the loop runs over it and the "
            "place does not move. With 1 a broadcast row would run on into its neighbour's memory.",
            "def strides(letters, shape):\n"
            "    steps = {letters[0]: shape[1], letters[1]: 1}\n"
            "    return tuple(steps.get(c, 1) for c in 'ijp')",
        ),
        Mistake(
            "You laid the block out column by column. "
            "Here it lies row by row: the second index is the one whose neighbours touch.",
            "def strides(letters, shape):\n"
            "    steps = {letters[0]: 1, letters[1]: shape[0]}\n"
            "    return tuple(steps.get(c, 0) for c in 'ijp')",
        ),
        Mistake(
            "These are bytes, as NumPy counts its strides. Our flat buffer is counted in numbers.",
            "def strides(letters, shape):\n"
            "    steps = {letters[0]: 8 * shape[1], letters[1]: 8}\n"
            "    return tuple(steps.get(c, 0) for c in 'ijp')",
        ),
    ),
    alternative="""def strides(letters, shape):
    found = [0, 0, 0]
    for letter, step in zip(letters, (shape[1], 1)):
        if letter != "0":
            found["ijp".index(letter)] = step
    return tuple(found)""",
    cases=stride_cases,
    run=run_strides,
)


# ---- 04.linear


def linear_cases():
    """(o, x, factor, letters of o and of x, lengths of i and j), the arrays random. First with
    lengths that tell the letters apart, then with equal ones."""
    lines = [
        ("ij", "ij"),
        ("ij", "j"),
        ("ij", "i"),
        ("ij", ""),
        ("j", "ij"),
        ("i", "ij"),
        ("", "ij"),
        ("ij", "ji"),
        ("ji", "ij"),
        ("", ""),
    ]
    rng = np.random.default_rng(4)
    cases = []
    for m, n in ((4, 3), (3, 3), (2, 2)):
        lengths = {"i": m, "j": n}
        for of_o, of_x in lines:
            o = rng.normal(size=[lengths[letter] for letter in of_o])
            x = rng.normal(size=[lengths[letter] for letter in of_x])
            factor = (1.0, -1.0, 0.25)[len(cases) % 3]
            ij = (m, n) if of_o or of_x else (1, 1)
            cases.append((o, x, factor, [of_o, of_x], ij))
    return cases


def run_linear(names, o, x, c, letters, ij):
    names["numpy_linear"](o, x, c, letters, ij)
    return {"o": o, "x": x, "letters": letters}


def show_linear(o, x, c, letters, ij):
    of_o, of_x = (",".join(index) for index in letters)
    return (
        f"o[{of_o}] += {c:g} · x[{of_x}], letters = {letters}, "
        f"shapes {o.shape}, {x.shape}, ij = {ij}"
    )


def linear_answer(body):
    return f"def numpy_linear(o, x, c, letters, ij):\n    {body}"


NEW_ARRAY = (
    "The caller's array did not change. `o = o + ...` gives the name o to a new array and leaves "
    "the memory as it was; `o += ...` and `o[...] = ...` write into it. A kernel returns nothing."
)
LINEAR = Exercise(
    "04.linear",
    "The kernel linear, on NumPy",
    "write",
    ("numpy_linear",),
    insight=(
        "In lesson 05 the ones are gone: over strides the kernel is one statement, w[a] += c * "
        "w[b], and broadcast, sum and transpose are nothing but integers."
    ),
    minutes=4,
    hints=(
        "Three things may happen to x on its way to o: "
        "it is spread over letters that it lacks, summed over letters that o lacks, transposed. "
        "einsum sums and transposes; what could spread?",
        'Let einsum multiply x by np.ones(ij), whose letters are "ij": '
        "the product has both letters, whatever x had.",
        'o += c * np.einsum(f"ij,{letters[1]}->...", np.ones(ij), x)',
    ),
    mistakes=(
        Mistake(
            "NumPy broadcasts but never sums: where o lacks a letter that x has, "
            "x must be summed over it. This is the adjoint of a broadcast, the line that gives "
            "a bias its gradient; and `*` does not look at swapped letters either.",
            linear_answer("o += c * x"),
        ),
        Mistake(
            "einsum cannot give the result a letter that no input has. "
            "The adjoint of a sum is a broadcast: "
            'a block of ones with the letters "ij" as another input lends them.',
            linear_answer("o += c * np.einsum(f'{letters[1]}->{letters[0]}', x)"),
        ),
        Mistake(
            "The number c is lost: a difference becomes a sum.",
            linear_answer("o += np.einsum(f'ij,{letters[1]}->{letters[0]}', np.ones(ij), x)"),
        ),
        Mistake(
            "You overwrote o. `x + b` is two linear lines into one block, "
            "and a slot that is used twice collects from both uses: a kernel adds.",
            linear_answer(
                "o[...] = c * np.einsum(f'ij,{letters[1]}->{letters[0]}', np.ones(ij), x)"
            ),
        ),
        Mistake(
            NEW_ARRAY,
            linear_answer(
                "o = o + c * np.einsum(f'ij,{letters[1]}->{letters[0]}', np.ones(ij), x)"
            ),
        ),
    ),
    alternative="""def numpy_linear(o, x, c, letters, ij):
    to, of = letters
    if set(of) - set(to):
        x = x.sum(tuple(k for k, letter in enumerate(of) if letter not in to))
        of = "".join(letter for letter in of if letter in to)
    if len(of) == 2 and of != to:
        x = x.T
    o += c * (x[:, None] if of == "i" and to == "ij" else x)""",
    cases=linear_cases,
    run=run_linear,
    show=show_linear,
    changes_inputs=True,
)


# ---- 04.rules

SLOTS = {"x": 7, "z": 11, "y": 30}
BLOCKS = {slot: block for block, slot in SLOTS.items()}


def rule_cases():
    """(rule, letters of y, x and z, names of y, x and z): the last is x times x."""
    products = [
        ("ij", "ip", "pj", "yxz"),
        ("ij", "ij", "0j", "yxz"),
        ("ij", "ij", "ij", "yxz"),
        ("ij", "i0", "0j", "yxz"),
        ("ij", "ij", "ij", "yxx"),
    ]
    return [
        (rule, *product)
        for product in products
        for rule in ("tangent", "reverse", "reverse_tangent", "value")
    ]


def run_rule(names, rule, *letters_and_blocks):
    """The emitted lines, the order of lines and of factors aside."""
    *letters, blocks = letters_and_blocks
    operands = [
        names["Operand"](SLOTS[block], "", index)
        for block, index in zip(blocks, letters, strict=True)
    ]
    calls = names["bilinear"](rule, *operands)
    if calls is None or calls is ...:
        return calls
    if isinstance(calls, names["Call"]):
        calls = [calls]
    if inspect.isgenerator(calls):
        calls = list(calls)
    if not is_program(names, calls):
        return no_program(names, calls)
    lines = []
    for call in calls:
        outs = ", ".join(operand_text(names, x) for x in call.outs)
        ins = " · ".join(sorted(operand_text(names, x) for x in call.ins))
        other_kernel = "" if call.kernel == "contract" else f" ({call.kernel})"
        sign = "=" if call.store else "+="
        lines.append(f"{outs} {sign} {ins}{other_kernel}")
    return sorted(lines)


def operand_text(names, x):
    """ "x_bar[i,p]" """
    if not isinstance(x, names["Operand"]):
        return repr(x)
    plane = f"_{x.plane}" if x.plane else ""
    first, second = x.letters
    return f"{BLOCKS.get(x.slot, x.slot)}{plane}[{first},{second}]"


def show_rule(rule, *letters_and_blocks):
    *letters, blocks = letters_and_blocks
    y, x, z = (
        f"{name}[{first},{second}]" for name, (first, second) in zip(blocks, letters, strict=True)
    )
    return f"the rule {rule!r} of {y} += {x} · {z}"


# The right lines, (output, factor, factor), of tangent, reverse and reverse_tangent.
TANGENT_LINES = [("y.dot", "x.dot", "z"), ("y.dot", "x", "z.dot")]
REVERSE_LINES = [("x.bar", "y.bar", "z"), ("z.bar", "x", "y.bar")]
REVERSE_TANGENT_LINES = [
    ("x.bar_dot", "y.bar_dot", "z"),
    ("x.bar_dot", "y.bar", "z.dot"),
    ("z.bar_dot", "x", "y.bar_dot"),
    ("z.bar_dot", "x.dot", "y.bar"),
]


def list_text(lines):
    return "[" + ", ".join(f"contract({o}, {a}, {b})" for o, a, b in lines) + "]"


def equivalent_rules():
    """Mutants that are right too: two factors exchanged, or two neighbouring lines."""
    mutants = {}
    for lines in (TANGENT_LINES, REVERSE_LINES, REVERSE_TANGENT_LINES):
        for o, a, b in lines:
            mutants[f"contract({o}, {a}, {b}) -> contract({o}, {b}, {a})"] = (
                "the factors carry their letters: a product of numbers has no order"
            )
        for k in range(len(lines) - 1):
            exchanged = [*lines[:k], lines[k + 1], lines[k], *lines[k + 2 :]]
            mutants[f"{list_text(lines)} -> {list_text(exchanged)}"] = (
                "lines that add into blocks have no order"
            )
    return mutants


def rules_answer(tangent=None, reverse=None, reverse_tangent=None):
    """The text of an answer: the right rules with one changed."""
    return (
        "def bilinear(rule, y, x, z):\n"
        "    if rule == 'value':\n"
        "        return [contract(y, x, z)]\n"
        "    if rule == 'tangent':\n"
        f"        return {tangent or list_text(TANGENT_LINES)}\n"
        "    if rule == 'reverse':\n"
        f"        return {reverse or list_text(REVERSE_LINES)}\n"
        f"    return {reverse_tangent or list_text(REVERSE_TANGENT_LINES)}"
    )


BILINEAR = Exercise(
    "04.rules",
    "The bilinear rules, emitted",
    "write",
    ("bilinear",),
    insight=(
        "Your rules emit 1, 2, 2 and 4 Calls, the numbers of 03.price: the price of a "
        "Hessian-vector product is now the length of a program."
    ),
    minutes=4,
    hints=(
        "Tangent: the product rule, two lines into y.dot. Reverse: "
        "take `y += x · z`, and for each input exchange it with y; what was exchanged gets a bar.",
        "reverse_tangent: differentiate each reverse line by the product rule. `x.bar += y.bar · "
        "z` becomes two lines: a dot on the first factor, then a dot on the second.",
        "x.bar_dot collects y.bar_dot · z and y.bar · z.dot; z.bar_dot collects x · y.bar_dot "
        "and x.dot · y.bar. No letters, no transposes: every operand brings its own.",
    ),
    mistakes=(
        Mistake(
            "You put ȳ's dot into both terms. The product rule moves one dot through ȳ·z: "
            "once on ȳ, with z as it is, and once on z, with ȳ as it is. "
            "With two dots in a line the result would be quadratic in v.",
            rules_answer(
                reverse_tangent=(
                    "[contract(x.bar_dot, y.bar_dot, z), "
                    "contract(x.bar_dot, y.bar_dot, z.dot), "
                    "contract(z.bar_dot, x, y.bar_dot), "
                    "contract(z.bar_dot, x.dot, y.bar_dot)]"
                )
            ),
        ),
        Mistake(
            "x's adjoint is ȳ times the *other* factor, z: if z is large, a change of x "
            "matters much. You multiplied by x itself (and z's adjoint by z).",
            rules_answer(reverse="[contract(x.bar, x, y.bar), contract(z.bar, y.bar, z)]"),
        ),
        Mistake(
            "You transposed by hand. The letters already do: y_bar[i,j] · z[p,j] into x_bar[i,p] "
            "is ȳ zᵀ. With z's letters exchanged it is z's memory read at the wrong places.",
            rules_answer(
                reverse=(
                    "[contract(x.bar, y.bar, z._replace(letters=z.letters[::-1])), "
                    "contract(z.bar, x._replace(letters=x.letters[::-1]), y.bar)]"
                )
            ),
        ),
        Mistake(
            "The adjoints got y's letters. x.bar is a block like x and is indexed like x; only "
            "then does the exchange sum over the right letter.",
            rules_answer(
                reverse=(
                    "[contract(x.bar._replace(letters=y.letters), y.bar, z), "
                    "contract(z.bar._replace(letters=y.letters), x, y.bar)]"
                )
            ),
        ),
        Mistake(
            "Half of the product rule is missing: "
            "besides the dot on ȳ there is the dot on the other factor. "
            "Those terms are what makes it the Hessian-vector product of a curved loss.",
            rules_answer(
                reverse_tangent=(
                    "[contract(x.bar_dot, y.bar_dot, z), contract(z.bar_dot, x, y.bar_dot)]"
                )
            ),
        ),
        Mistake(
            "The tangent of a product has two terms, ẋ·z and x·ż; "
            "ẋ·ż, with both dots at once, is second order and does not belong here.",
            rules_answer(tangent="[contract(y.dot, x.dot, z.dot)]"),
        ),
    ),
    alternative="""def bilinear(rule, y, x, z):
    dotted = lambda o, a, b, a_dot, b_dot: [contract(o, a_dot, b), contract(o, a, b_dot)]
    of_x, of_z = (x.bar_dot, y.bar, z, y.bar_dot, z.dot), (z.bar_dot, x, y.bar, x.dot, y.bar_dot)
    return {"value": lambda: [contract(y, x, z)],
            "tangent": lambda: dotted(y.dot, x, z, x.dot, z.dot),
            "reverse": lambda: [contract(z.bar, y.bar, x), contract(x.bar, z, y.bar)],
            "reverse_tangent": lambda: dotted(*of_z) + dotted(*of_x)}[rule]()""",
    cases=rule_cases,
    run=run_rule,
    show=show_rule,
    equivalent=equivalent_rules(),
)


# ---- 04.emit

WRITES = {  # rule -> the planes that its lines write
    "value": ("", "slope"),
    "tangent": ("dot", "slope_dot"),
    "reverse": ("bar",),
    "reverse_tangent": ("bar_dot",),
}


def emit_cases():
    return [
        (*loss, rule)
        for loss in LOSSES
        for rule in ("reverse", "value", "tangent", "reverse_tangent")
    ]


def run_emit(names, text, parameters, data, rule):
    """The lines, and what comes out if they are run in their order on random blocks: the order
    matters only where it changes that."""
    tape = trace_loss(names, text, parameters, data)
    calls = names["emit"](tape, rule)
    if not is_program(names, calls):
        return {"lines": texts_of(names, tape, calls), "blocks": {}}
    lines = sorted(texts_of(names, tape, calls))

    rng = np.random.default_rng(1)
    blocks = {}
    for plane in ("", "slope", "dot", "slope_dot", "bar", "bar_dot"):
        for k, line in enumerate(tape):
            blocks[k, plane] = rng.normal(size=line.shape)
    inputs = [k for k, line in enumerate(tape) if not line.ins]
    given = {(k, plane) for k in inputs for plane in ("", "dot")}
    given.add((len(tape) - 1, "bar"))
    for k, plane in blocks:
        if plane in WRITES[rule] and (k, plane) not in given:
            blocks[k, plane][...] = 0
    names["run"](tape, calls, blocks)
    results = {
        f"slot {k} {plane}": block for (k, plane), block in blocks.items() if plane in WRITES[rule]
    }
    return {"lines": lines, "blocks": results}


def emit_answer(
    order="range(len(tape)) if rule in ('value', 'tangent') else reversed(range(len(tape)))",
    size="extent(tape, ops)",
    add="calls += [call._replace(extent=size) for call in emitted]",
):
    """The text of an answer: the right generator with something changed."""
    return (
        "def emit(tape, rule):\n"
        "    calls = []\n"
        f"    for k in {order}:\n"
        "        if tape[k].ins:\n"
        "            kind, _, arg = KINDS[tape[k].op]\n"
        "            ops = operands(tape, k)\n"
        f"            size = {size}\n"
        "            emitted = RULES[kind][rule](arg, *ops)\n"
        f"            {add}\n"
        "    return calls"
    )


EMIT = Exercise(
    "04.emit",
    "The generator",
    "write",
    ("emit",),
    insight=(
        "Your generator contains no derivative: a sweep is a direction and a column of a table, so "
        "third derivatives would take new rules and no new generator."
    ),
    minutes=4,
    hints=(
        "Inputs and constants compute nothing: their lines have empty `ins` and emit nothing.",
        "Values and tangents flow from the inputs to the loss, adjoints and their tangents from "
        "the loss to the inputs: two rules walk the tape forwards, two backwards.",
        "kind, _, arg = KINDS[tape[k].op]; ops = operands(tape, k); "
        "then RULES[kind][rule](arg, *ops), each call with _replace(extent=extent(tape, ops))",
    ),
    mistakes=(
        Mistake(
            "Both reverse sweeps must walk the tape backwards. "
            "In tape order a line hands its adjoint on before anybody has given it one.",
            emit_answer(order="range(len(tape))"),
        ),
        Mistake(
            "You walk `reverse` backwards but `reverse_tangent` forwards. "
            "It is a reverse sweep too, differentiated: ȳ̇ is needed before x̄̇.",
            emit_answer(
                order="reversed(range(len(tape))) if rule == 'reverse' else range(len(tape))"
            ),
        ),
        Mistake(
            "The extent was not set: the loops of these Calls run once. "
            "`call._replace(...)` returns a new Call, it does not change the old one.",
            emit_answer(size="(1, 1, 1)"),
        ),
        Mistake(
            "You took the extent from the result's shape. The result of a sum is 1 × 1 "
            "and that of a matmul has no p, yet the loop runs over all letters of all operands.",
            emit_answer(size="extent(tape, ops[:1])"),
        ),
        Mistake(
            "That is not a flat list of Calls. A rule gives a list: `calls += [...]` joins it, "
            "`calls.append([...])` puts a list into the list.",
            emit_answer(add="calls.append([call._replace(extent=size) for call in emitted])"),
        ),
        Mistake(
            "All four sweeps walk backwards in your version. A value can be computed once "
            "its inputs are there: values and tangents go in tape order.",
            emit_answer(order="reversed(range(len(tape)))"),
        ),
    ),
    alternative="""def emit(tape, rule):
    found = [(k, line) for k, line in enumerate(tape) if line.op in KINDS]
    if "reverse" in rule:
        found.reverse()
    calls = []
    for k, line in found:
        for call in RULES[KINDS[line.op][0]][rule](KINDS[line.op][2], *operands(tape, k)):
            size = extent(tape, operands(tape, k))
            calls.append(Call(call.kernel, call.outs, call.ins, call.arg, size))
    return calls""",
    cases=emit_cases,
    run=run_emit,
    show=loss_text,
)


# ---- 04.dead

CHANGED = ["the lines that you were given are changed"]


def dead_cases():
    return [(*loss, result) for loss in LOSSES for result in ("hvp", "gradient", "value")]


def run_dead(names, text, parameters, data, result):
    tape = trace_loss(names, text, parameters, data)
    calls = names["zeros"](emit_both(names, tape), names["given"](tape))
    their_calls = list(calls)
    their_wanted = names["results"](tape, result)
    kept = names["dead"](their_calls, their_wanted)
    if their_calls != calls or their_wanted != names["results"](tape, result):
        return CHANGED
    return texts_of(names, tape, kept)


def show_dead(text, parameters, data, result):
    return (
        f"the lines of gradient and hvp for {loss_text(text, parameters, data)}; "
        f"wanted: the results of {result!r}"
    )


def dead_answer(walk="reversed(calls)", out="kept[::-1]", test="blocks_of(call.outs) & read"):
    return (
        "def dead(calls, wanted):\n"
        "    read, kept = set(wanted), []\n"
        f"    for call in {walk}:\n"
        f"        if {test}:\n            kept.append(call)\n"
        "            read |= blocks_of(call.ins)\n"
        f"    return {out}"
    )


DEAD = Exercise(
    "04.dead",
    "What nobody reads",
    "write",
    ("dead",),
    insight=(
        "One walk is enough because your programs have no loops; a compiler whose programs have "
        "them repeats this analysis until nothing changes."
    ),
    minutes=4,
    hints=(
        "`zeros` walks forwards and remembers what has been written. "
        "Here, remember what is read by the lines *after* this one: walk backwards.",
        "Start with read = set(wanted). A line stays if one of its output blocks is in read; "
        "then the blocks that it reads join.",
        "Collect the kept lines while walking reversed(calls), and reverse the list at the end.",
    ),
    mistakes=(
        Mistake(
            "You asked which blocks any line reads, once and for all. A line that is itself "
            "struck out reads nothing any more, and the lines that wrote for it alone may go "
            "too: walk from the end.",
            "def dead(calls, wanted):\n"
            "    read = set(wanted).union(*(blocks_of(call.ins) for call in calls))\n"
            "    return [call for call in calls if blocks_of(call.outs) & read]",
        ),
        Mistake(
            "Only the lines that write a result themselves are left. What a kept line reads "
            "must count as read, and the line that wrote it comes before: walk from the end, "
            "and let `read` grow.",
            dead_answer(walk="calls", out="kept"),
        ),
        Mistake(
            "`apply` writes two blocks, value and slope. "
            "You looked at the first only: where the slope alone is read, the whole line goes.",
            dead_answer(test="call.outs[0].block in read"),
        ),
        Mistake(
            "You changed the caller's set or list, which is used again: "
            "collect in a copy, set(wanted).",
            dead_answer().replace("set(wanted)", "wanted"),
        ),
        Mistake(
            "The program came back in reverse order: reverse the list at the end.",
            dead_answer(out="kept"),
        ),
    ),
    alternative="""def dead(calls, wanted):
    keep = [True] * len(calls)
    for _ in calls:
        for k, call in enumerate(calls):
            later = [other for n, other in enumerate(calls[k + 1:], k + 1) if keep[n]]
            needed = {x.block for other in later for x in other.ins} | set(wanted)
            keep[k] = keep[k] and any(o.block in needed for o in call.outs)
    return [call for k, call in enumerate(calls) if keep[k]]""",
    cases=dead_cases,
    run=run_dead,
    show=show_dead,
)


# ---- 04.stores


def run_stores(names, text, parameters, data):
    tape = trace_loss(names, text, parameters, data)
    wanted = names["results"](tape, "gradient") | names["results"](tape, "hvp")
    calls = names["zeros"](emit_both(names, tape), names["given"](tape))
    calls = names["dead"](calls, wanted)
    their_calls = list(calls)
    kept = names["first_write_stores"](their_calls)
    return texts_of(names, tape, kept) if their_calls == calls else CHANGED


def stores_answer(test, block="call.outs[0].block"):
    return (
        "def first_write_stores(calls):\n"
        "    written, kept = set(), []\n"
        "    for call in calls:\n"
        f"        block = {block}\n"
        f"        kept.append(call._replace(store={test}))\n"
        "        written.add(block)\n"
        "    return kept"
    )


STORES = Exercise(
    "04.stores",
    "The first write stores",
    "find the bug",
    ("first_write_stores",),
    insight=(
        "This pass decides once what PyTorch leaves to you as `zero_grad()` in every iteration; "
        "without it tinymaml's meta-gradient takes 1.14 times as long (lesson 05's appendix)."
    ),
    minutes=2,
    hints=(
        "Follow `total(w * w)`: two lines write w_bar. "
        "Which of them does this pass let store, and what happens to the other's contribution?",
        "It walks backwards, so the first write that it meets is the last one of the program: "
        "that one wipes out what the earlier ones added.",
        "The same loop, forwards, and the list as it is.",
    ),
    mistakes=(
        Mistake(
            "That is the buggy pass: the *last* write of a block stores, "
            "and wipes out what earlier lines have added (to garbage). "
            "Two lines write w_bar; the loss cares through both.",
            "def first_write_stores(calls):\n"
            "    written, kept = set(), []\n"
            "    for call in reversed(calls):\n"
            "        block = call.outs[0].block\n"
            "        kept.append(call._replace(store=block not in written))\n"
            "        written.add(block)\n"
            "    return kept[::-1]",
        ),
        Mistake(
            "The marks are right, but the program came back in reverse order: the pass now "
            "walks forwards, so nothing has to be reversed.",
            stores_answer("block not in written").replace("return kept", "return kept[::-1]"),
        ),
        Mistake(
            "Every write stores: the last one wins, "
            "and a slot that is used twice loses all contributions but one.",
            stores_answer("True"),
        ),
        Mistake(
            "No line stores: all accumulate into memory that nobody has cleared, "
            "garbage in the first run and the sum of all runs afterwards.",
            stores_answer("False"),
        ),
        Mistake(
            "The condition is the wrong way round: "
            "the first write adds to garbage, and each later one wipes out what was there.",
            stores_answer("block in written"),
        ),
        Mistake(
            "You remember slots. Value, slope, tangent and adjoint are different memory of one "
            "slot: the first write of w_bar must store although the slot's value was written long "
            "before. A block is (slot, plane).",
            stores_answer("block not in written", "call.outs[0].slot"),
        ),
        Mistake(
            "You remember Operands, letters and all. "
            "The same memory can be written with other letters (w_bar[i,p], then w_bar[p,j]): "
            "the second must add. `x.block` names the memory.",
            stores_answer("block not in written", "call.outs[0]"),
        ),
    ),
    alternative="""def first_write_stores(calls):
    blocks = [call.outs[0].block for call in calls]
    firsts = {blocks.index(block) for block in blocks}
    return [call._replace(store=k in firsts) for k, call in enumerate(calls)]""",
    cases=lambda: LOSSES,
    run=run_stores,
    show=loss_text,
)


# ---- 04.program


def program_cases():
    cases = [
        (*loss, *which)
        for loss in LOSSES
        for which in (("gradient", "hvp"), ("gradient",), ("value",))
    ]
    # alone, hvp takes what gradient would have written for zero
    cases.append(("lambda w: total(w * w * w) * total(w)", {"w": (2, 2)}, {}, "hvp"))
    cases += [
        (*LOSSES[-1], *which) for which in (("value", "gradient"), ("value", "gradient", "hvp"))
    ]
    return cases


def run_program(names, text, parameters, data, *which):
    tape = trace_loss(names, text, parameters, data)
    return texts_of(names, tape, names["program"](tape, *which))


def show_program(text, parameters, data, *which):
    names = ", ".join(map(repr, which))
    return f"program(tape, {names}) of {loss_text(text, parameters, data)}"


def program_answer(
    passes,
    wanted="set().union(*(results(tape, name) for name in names))",
    rules="dict.fromkeys(rule for name in names for rule in SWEEPS[name])",
):
    """The text of an answer: all lines, then these passes."""
    return (
        "def program(tape, *names):\n"
        f"    rules = {rules}\n"
        "    calls = [call for rule in rules for call in emit(tape, rule)]\n"
        f"    wanted = {wanted}\n"
        f"    return {passes}"
    )


PROGRAM = Exercise(
    "04.program",
    "From a tape to a program",
    "write",
    ("program",),
    insight=(
        "Run `zeros` on the result again and nothing changes: `dead` never takes away what a kept "
        "line reads, so in this order one round of each pass is enough."
    ),
    minutes=4,
    hints=(
        "One list with the lines of all names, in order: "
        "for each name, for each rule of SWEEPS[name] that is new, the lines of emit(tape, rule).",
        "`zeros` starts from given(tape); `dead` from the union of results(tape, "
        "name) over all names. Which of them can leave new work for the other?",
        "`zeros` strikes out readers, so `dead` comes after it; "
        "which write is the first is known only when all striking is done.",
    ),
    mistakes=(
        Mistake(
            "`dead` ran before `zeros`. When `zeros` then strikes out a line, the lines that "
            "wrote only for it stay: the program is right, but longer than it has to be.",
            program_answer("first_write_stores(zeros(dead(calls, wanted), given(tape)))"),
        ),
        Mistake(
            "Two names may share a sweep: value and gradient both begin with the values. "
            "Emitted twice, the sweep adds to what it stored the first time: take each rule "
            "once.",
            program_answer(
                "first_write_stores(dead(zeros(calls, given(tape)), wanted))",
                rules="[rule for name in names for rule in SWEEPS[name]]",
            ),
        ),
        Mistake(
            "You pruned each name on its own. To `zeros`, what `gradient` wrote is then "
            "unknown, the values that `hvp` reads count as zero, and your Hessian is zero "
            "without any error: emit all names into one list first.",
            "def program(tape, *names):\n"
            "    kept = []\n"
            "    for name in names:\n"
            "        calls = [call for rule in SWEEPS[name] for call in emit(tape, rule)]\n"
            "        kept += dead(zeros(calls, given(tape)), results(tape, name))\n"
            "    return first_write_stores(kept)",
        ),
        Mistake(
            "The stores were marked before the pruning. If the line that was to store is struck "
            "out, the next one adds to memory that nobody has written.",
            program_answer("dead(zeros(first_write_stores(calls), given(tape)), wanted)"),
        ),
        Mistake(
            "Only the last name's results are wanted in your version: asked for gradient and hvp, "
            "the program leaves out the lines that finish the gradient.",
            program_answer(
                "first_write_stores(dead(zeros(calls, given(tape)), wanted))",
                "results(tape, names[-1])",
            ),
        ),
        Mistake(
            "No line stores: the program accumulates into garbage. "
            "`first_write_stores` is missing.",
            program_answer("dead(zeros(calls, given(tape)), wanted)"),
        ),
        Mistake(
            "`dead` is missing: the program computes blocks that nobody reads, "
            "the value of the loss and the adjoints of data among them.",
            program_answer("first_write_stores(zeros(calls, given(tape)))"),
        ),
        Mistake(
            "Without `zeros`, the program reads blocks that nobody writes: "
            "the tangents of data and constants are not there.",
            program_answer("first_write_stores(dead(calls, wanted))"),
        ),
    ),
    alternative="""def program(tape, *names):
    calls, wanted, swept = [], set(), []
    for name in names:
        wanted |= results(tape, name)
        for rule in SWEEPS[name]:
            if rule not in swept:
                swept.append(rule)
                calls.extend(emit(tape, rule))
    calls = zeros(calls, given(tape))
    calls = dead(calls, wanted)
    return first_write_stores(calls)""",
    cases=program_cases,
    run=run_program,
    show=show_program,
)


# ---- 04.count

EMITTED = (
    "That is every emitted line, 7 for the gradient and 12 for the hvp. "
    "Strike out what reads a block that nobody writes, then what nobody reads."
)
LOSS_VALUE = (
    "The value of the loss is not needed for its gradient: L_bar is 1, whatever L is. "
    "Nobody reads L, so its line is dead."
)
DATA_BAR = (
    "x_bar is the gradient with respect to the data. It is not zero, but nobody asked for it, "
    "so nobody reads it."
)
DATA_DOT = "v moves the parameters and not the data: x_dot is written by nobody."
TANGENT = (
    "h_dot = slope · a_dot is not zero. Who reads it? Only L_dot, the directional derivative "
    "of the loss, and nobody asked for that."
)
LOSS_BAR_DOT = (
    "L_bar is 1 for every w, so L_bar_dot is written by nobody. "
    "Who would write h_bar_dot, and from what?"
)
CURVED_LINE = (
    "a_bar_dot has two lines, slope · h_bar_dot and slope_dot · h_bar. "
    "The first reads a zero; the second does not, and w_bar_dot needs it."
)
GRADIENT_COUNT = (
    "The six blocks are right, the gradient's lines are not {}. Emitted are 1 + 1 + 1 of value "
    "and 1 + 1 + 2 of reverse; strike out those that write only what nobody reads."
)
HVP_COUNT = (
    "The six blocks are right, the hvp's lines are not {}. Emitted are 2 + 2 + 1 of tangent and 1 "
    "+ 2 + 4 of reverse_tangent: go through them with a pencil, zeros first."
)
NOT_NUMBERS = "`gradient_lines` and `hvp_lines` are numbers, written without quotes or brackets."
FATES = {
    "L": ("dead", LOSS_VALUE),
    "x_bar": ("dead", DATA_BAR),
    "x_dot": ("zero", DATA_DOT),
    "h_dot": ("dead", TANGENT),
    "h_bar_dot": ("zero", LOSS_BAR_DOT),
    "a_bar_dot": ("written", CURVED_LINE),
}


def judge_count(names):
    lines = (names["gradient_lines"], names["hvp_lines"])
    became = names["became"]
    if ... in lines or became is ...:
        raise NotImplementedError
    if isinstance(became, dict) and any(fate is ... for fate in became.values()):
        raise NotImplementedError
    if not isinstance(became, dict) or set(became) != set(FATES):
        return f"`became` is a dict with the six names {', '.join(FATES)}."
    if not all(isinstance(n, Number) for n in lines):
        return NOT_NUMBERS
    if lines == (7, 12):
        return EMITTED
    for block, (fate, says) in FATES.items():
        said = became[block]
        if str(said).strip().lower() == fate:
            continue
        if said in ("written", "zero", "dead"):
            return f"{block} is not {said!r}. {says}"
        return f'became["{block}"] is "written", "zero" or "dead".'
    gradient_lines, hvp_lines = lines
    if gradient_lines != 5:
        return GRADIENT_COUNT.format(gradient_lines)
    if hvp_lines != 4:
        return HVP_COUNT.format(hvp_lines)
    return None


def count_answer(gradient, hvp, **changed):
    became = {block: fate for block, (fate, _) in FATES.items()} | changed
    return f"gradient_lines, hvp_lines = {gradient}, {hvp}\nbecame = {became!r}"


COUNT = Exercise(
    "04.count",
    "How long is the program?",
    "predict",
    ("gradient_lines", "hvp_lines", "became"),
    insight=(
        "The gradient has two matrix products and the hvp two more: in a first layer, whose x is "
        "data, a Hessian-vector product costs two gradients in all and not three."
    ),
    minutes=5,
    hints=(
        "Emitted: value 1 + 1 + 1 lines and reverse 1 + 1 + 2; "
        "tangent 2 + 2 + 1 and reverse_tangent 1 + 2 + 4. Write them down, then strike out.",
        "First zeros: x has no tangent, and L_bar_dot is written by nobody "
        "(L_bar is 1 whatever v is). What reads those?",
        "Then dead, from the end: w_bar_dot reads x and a_bar_dot, "
        "which reads the slope's tangent and h_bar. Who reads h_dot? And the value of L?",
    ),
    mistakes=(
        Mistake(EMITTED, count_answer(7, 12)),
        Mistake(NOT_NUMBERS, count_answer("'5'", 4)),
        Mistake(LOSS_VALUE, count_answer(6, 4, L="written")),
        Mistake(DATA_BAR, count_answer(5, 4, x_bar="zero")),
        Mistake(DATA_DOT, count_answer(5, 5, x_dot="dead")),
        Mistake(TANGENT, count_answer(5, 5, h_dot="written")),
        Mistake(LOSS_BAR_DOT, count_answer(5, 5, h_bar_dot="written")),
        Mistake(CURVED_LINE, count_answer(5, 0, a_bar_dot="zero")),
        Mistake(GRADIENT_COUNT.format(6), count_answer(6, 4)),
        Mistake(HVP_COUNT.format(5), count_answer(5, 5)),
    ),
    alternative="""hvp_lines = 4
gradient_lines = hvp_lines + 1
became = {"a_bar_dot": "written"}
became |= dict.fromkeys(["L", "x_bar", "h_dot"], "dead")
became |= dict.fromkeys(["x_dot", "h_bar_dot"], "zero")""",
    judge=judge_count,
)


# ---- 04.quiet

SIZES = ((2, 3), (3, 1), (1, 1))
SCALES = (
    1.0,
    0.01,
    3.0,
    10.0,
    30.0,
    *10 * [100.0],
)  # of w: far out a tanh is flat, but not for all
LINEAR_LOSS = (
    "Its hvp program is empty: all that it would read is zero, and `zeros` saw it. That confirms "
    "the claim; look for a loss in which second derivatives are computed, and cancel."
)
CURVED = "Its Hessian is not zero: "
INDEPENDENT = "Its gradient program is empty: the loss does not depend on w."
NOT_A_LOSS = "`quiet(w)` must return a traced loss, 1 x 1: `return total(...)`."


def judge_quiet(names):
    """None if the program of the loss computes second derivatives, and these cancel everywhere."""
    if names["quiet"] is ...:
        raise NotImplementedError
    rng = np.random.default_rng(7)
    for shape in SIZES:
        try:
            tape = names["tape_of"](names["quiet"], {"w": shape})
        except TypeError as error:
            if "not a Var" in str(error):
                return NOT_A_LOSS
            raise
        if len(tape) < 2 or tape[-1].shape != (1, 1) or not tape[-1].ins:
            return NOT_A_LOSS
        calls = names["program"](tape, "gradient", "hvp")
        if not names["program"](tape, "gradient"):
            return INDEPENDENT
        if not any(o.plane == "bar_dot" for call in calls for o in call.outs):
            return LINEAR_LOSS
        for scale in SCALES:
            w = scale * rng.normal(size=shape)
            v = rng.normal(size=shape)
            parts = hvp_parts(names, tape, calls, w, v)
            # the sum must be small against its parts
            Hv = np.abs(sum(parts)).max()
            size = max(np.abs(part).max() for part in parts)
            if not Hv <= 1e-9 * size:
                return (
                    f"{CURVED}at a random w with entries of about {scale:g}, "
                    f"H v has an entry of {Hv:.2g}."
                )
    return None


def hvp_parts(names, tape, calls, w, v):
    """What each line of a program adds to H v, and a block of zeros."""
    blocks = {(k, ""): line.arg for k, line in enumerate(tape) if line.op == "constant"}
    blocks[0, ""] = w
    blocks[0, "dot"] = v
    blocks[len(tape) - 1, "bar"] = np.ones((1, 1))
    zero = np.zeros_like(w)
    parts = [zero]
    for call in calls:
        before = zero if call.store else blocks.get((0, "bar_dot"), zero).copy()
        names["run"](tape, [call], blocks)
        if call.outs[0].block == (0, "bar_dot"):
            parts.append(blocks[0, "bar_dot"] - before)
    return parts


QUIET = Exercise(
    "04.quiet",
    "A zero that no pass sees",
    "break it",
    ("quiet",),
    insight=(
        "No pass finds all such losses: whether a formula with exp, sin and |x| is zero everywhere "
        "is undecidable (Richardson 1968), so a compiler strikes out only what is plainly zero."
    ),
    minutes=2,
    hints=(
        "`zeros` compares no numbers; it knows only what was written. "
        "Which computations give zero although all their parts are written?",
        "Two curved terms whose second derivatives cancel.",
        "w * w minus w * w, and something linear so that the loss depends on w.",
    ),
    mistakes=(
        Mistake(LINEAR_LOSS, "def quiet(w): return total(w * 2.0)"),
        Mistake(CURVED, "def quiet(w): return total(w * w)"),
        Mistake(NOT_A_LOSS, "def quiet(w): return w * w - w * w"),
    ),
    alternative="""def quiet(w):
    h = tanh(w)
    return total(h * 3.0) - total(h + h + h)""",
    judge=judge_quiet,
    equivalent={"*": "a changed counterexample may still be one"},
)


# ---- 04.line

OTHER_LINE = (
    "Count the dots on each right side: v enters through w_dot and u_dot, and a result that "
    "doubles with v has exactly one dotted factor in each line. Line {} has one, as it should."
)
NOT_ONE_DOT = (
    "You have found the line, but your right side has two dotted factors, or none: it would "
    "not double with v."
)
SAME_AS_LINE_9 = (
    "You have found the line. But v4 · v5_bar_dot is line 9 again: this half of the product "
    "rule would be counted twice, and the other half is missing."
)
FACTORS = (
    "You have found the line, but the factors are not right: u_bar is Σ_i v4 · v5_bar, and its "
    "tangent has two terms, a dot on one factor at a time. Line 9 is one of them."
)
NOT_TEXT = (
    "`right_side` is a text, the product of two blocks with their letters and nothing else: "
    '"Σ_i v3_dot[i,j] · u[0,j]".'
)


def judge_line(names):
    line, right_side = names["wrong_line"], names["right_side"]
    if line is ... or right_side in (..., "..."):
        raise NotImplementedError
    if not number(line) or line != 10:
        if number(line) and line in range(14):
            return OTHER_LINE.format(line)
        return "wrong_line is the number in front of the line, 0 to 13."
    if not isinstance(right_side, str):
        return NOT_TEXT
    factors = factors_of(right_side)
    if len(factors) != 2:
        return NOT_TEXT
    if factors == ["v4_dot[i,j]", "v5_bar[i,j]"]:
        return None
    if sum("dot" in factor for factor in factors) != 1:
        return NOT_ONE_DOT
    return SAME_AS_LINE_9 if factors == ["v4[i,j]", "v5_bar_dot[i,j]"] else FACTORS


def factors_of(right_side):
    """The two blocks with letters of a right side, sorted; [] if it is anything else than their
    product, summed over i."""
    text = right_side.replace("Σ", "sum").replace("∑", "sum").replace("ᵢ", "i").lower()
    text = re.sub(r"\\(sum|sigma)", "sum", text)  # LaTeX
    text = re.sub(r"\\(cdot|times|ast)|[·⋅∙•×]", "*", text)
    text = re.sub(r"\\[,;]|[\s$(){}\\]", "", text).rstrip(".;,")
    text = re.sub(r"^(10)?u_bar_dot\[0,j\]\+=", "", text)
    text = re.sub(r"^sum_?(over)?i?(of)?", "", text).removeprefix("+")
    product = re.fullmatch(r"(\w+\[\w,\w\])[*.]?(\w+\[\w,\w\])", text)
    return sorted(product.groups()) if product else []


LINE = Exercise(
    "04.line",
    "One wrong line in a listing",
    "find the bug",
    ("wrong_line", "right_side"),
    insight=(
        "Counting dots works like checking units in physics: without running a listing it shows "
        "each line with a dot too many or too few, but never a line that is missing."
    ),
    minutes=3,
    hints=(
        "Hv is linear in v. Where does v enter, and how does a line keep or lose the proportion?",
        "Every block whose name ends in dot is proportional to v. "
        "A product of two of them is quadratic, of none constant: "
        "look for the line whose right side does not have exactly one.",
        "In line 10 both factors carry a dot. Undo one of them; "
        "line 9 says which product is already there.",
    ),
    mistakes=(
        Mistake(
            "Count the dots on each right side",
            "wrong_line = 12\nright_side = 'v4_slope[i,j] · v4_bar[i,j]'",
        ),
        Mistake(SAME_AS_LINE_9, "wrong_line = 10\nright_side = 'Σ_i v4[i,j] · v5_bar_dot[i,j]'"),
        Mistake(NOT_ONE_DOT, "wrong_line = 10\nright_side = 'Σ_i v4[i,j] · v5_bar[i,j]'"),
        Mistake(FACTORS, "wrong_line = 10\nright_side = 'Σ_i u_dot[0,j] · v5_bar[i,j]'"),
        Mistake(NOT_TEXT, "wrong_line = 10\nright_side = 'v4_dot * v5_bar'"),
    ),
    alternative="wrong_line, right_side = 10, 'u_bar_dot[0,j] += v5_bar[i, j] * v4_dot[i, j]'",
    judge=judge_line,
    equivalent={"*": "what is accepted is one line and its two factors, however written"},
)

EXERCISES = [STRIDES, LINEAR, BILINEAR, EMIT, DEAD, STORES, PROGRAM, COUNT, QUIET, LINE]
