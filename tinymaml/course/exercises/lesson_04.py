"""Graders of lesson 04."""

import inspect
import re

import numpy as np

from ...engine.instructions import Call, Operand
from ...engine.listing import call_text
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
    return isinstance(calls, (list, tuple)) and all(isinstance(call, Call) for call in calls)


def no_program(names, calls):
    """What came in place of a list of Calls, as a list of one text."""
    if not isinstance(calls, (list, tuple)):
        return [f"no list of Calls, but {type_of(calls)}"]
    strangers = (call for call in calls if not isinstance(call, Call))
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
    return [f"{call_text(tape, call)}, {' x '.join(map(str, call.extent))}" for call in calls]


def emit_both(names, tape):
    """The lines of `gradient`, then those of `hvp`."""
    return names["emit"](tape, "gradient") + names["emit"](tape, "hvp")


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
            "far to move along the loop's i, j and p: the letters say which is which. "
            'With "pj" the first stride belongs to p, the last of the three.',
            "def strides(letters, shape):\n"
            "    return (shape[1] if letters[0] != '0' else 0, 1 if letters[1] != '0' else 0, 0)",
        ),
        Mistake(
            'You did not use the letters. Two blocks of one shape with letters "ij" and "pj" '
            "must get different strides; and where a letter is 0 the place does not move.",
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
            "These are bytes, as NumPy counts its strides. Our memory is counted in numbers.",
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
        Operand(SLOTS[block], "", index) for block, index in zip(blocks, letters, strict=True)
    ]
    rules = names["bilinear_rules"]
    if not all(hasattr(rules, name) for name in names["Rules"]._fields):
        return [f"no Rules, but {type_of(rules)}"]
    calls = getattr(rules, rule)(*operands, arg=None)
    if calls is ... or calls == [...]:
        raise NotImplementedError
    if calls is None:
        return None
    if isinstance(calls, Call):
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
    if not isinstance(x, Operand):
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


# The right lines, (output, factor, factor), of each rule.
VALUE_LINES = [("y", "x", "z")]
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
    for lines in (VALUE_LINES, TANGENT_LINES, REVERSE_LINES, REVERSE_TANGENT_LINES):
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
        "bilinear_rules = Rules(\n"
        "    value=lambda y, x, z, arg: [contract(y, x, z)],\n"
        f"    tangent=lambda y, x, z, arg: {tangent or list_text(TANGENT_LINES)},\n"
        f"    reverse=lambda y, x, z, arg: {reverse or list_text(REVERSE_LINES)},\n"
        "    reverse_tangent=lambda y, x, z, arg: "
        f"{reverse_tangent or list_text(REVERSE_TANGENT_LINES)},\n"
        ")"
    )


BILINEAR = Exercise(
    "04.rules",
    "The bilinear rules, emitted",
    "write",
    ("bilinear_rules",),
    insight=(
        "The rules emit 1, 2, 2 and 4 calls, the products that lesson 03 counts in its four "
        "sweeps: the price of a Hessian-vector product is now the length of a program."
    ),
    minutes=4,
    hints=(
        "`tangent` is lesson 03's product rule, a call for each term. Each of the two calls of "
        "`reverse` is a product, too, and its product rule has two terms: four calls.",
        "Differentiate each reverse line by the product rule. `x.bar += y.bar · "
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
    alternative="""def dotted(out, a, b, a_dot, b_dot):
    return [contract(out, a_dot, b), contract(out, a, b_dot)]

def reverse_tangent(y, x, z, arg):
    to_z = dotted(z.bar_dot, x, y.bar, x.dot, y.bar_dot)
    return to_z + dotted(x.bar_dot, y.bar, z, y.bar_dot, z.dot)

bilinear_rules = Rules(
    lambda y, x, z, arg: [contract(y, x, z)],
    lambda y, x, z, arg: dotted(y.dot, x, z, x.dot, z.dot),
    lambda y, x, z, arg: [contract(z.bar, y.bar, x), contract(x.bar, z, y.bar)],
    reverse_tangent,
)""",
    cases=rule_cases,
    run=run_rule,
    show=show_rule,
    equivalent=equivalent_rules(),
)


# ---- 04.unread

CHANGED = ["the lines that you were given are changed"]


def unread_cases():
    return [(*loss, result) for loss in LOSSES for result in ("hvp", "gradient", "value")]


def run_unread(names, text, parameters, data, result):
    tape = trace_loss(names, text, parameters, data)
    calls = names["drop_reads_of_zero"](emit_both(names, tape), names["given"](tape))
    their_calls = list(calls)
    their_wanted = names["results"](tape, result)
    kept = names["drop_unread"](their_calls, their_wanted)
    if their_calls != calls or their_wanted != names["results"](tape, result):
        return CHANGED
    return texts_of(names, tape, kept)


def show_unread(text, parameters, data, result):
    return (
        f"the calls of gradient and hvp for {loss_text(text, parameters, data)}; "
        f"wanted: the results of {result!r}"
    )


def unread_answer(walk="reversed(calls)", out="useful[::-1]", test="blocks_of(call.outs) & read"):
    return (
        "def drop_unread(calls, wanted):\n"
        "    read = set(wanted)\n"
        "    useful = []\n"
        f"    for call in {walk}:\n"
        f"        if {test}:\n            useful.append(call)\n"
        "            read |= blocks_of(call.ins)\n"
        f"    return {out}"
    )


UNREAD = Exercise(
    "04.unread",
    "Drop what is not read",
    "write",
    ("drop_unread",),
    insight=(
        "One walk is enough because your programs have no loops; a compiler whose programs have "
        "them repeats this analysis until nothing changes."
    ),
    minutes=4,
    hints=(
        "`drop_reads_of_zero` walks forwards and remembers what has been written. "
        "Here, remember what is read by the calls *after* this one: walk backwards.",
        "Start with read = set(wanted). A call stays if one of its output blocks is in read; "
        "then the blocks that it reads join.",
        "Collect the useful calls while walking reversed(calls), and reverse the list at the end.",
    ),
    mistakes=(
        Mistake(
            "You asked which blocks any call reads, once and for all. A call that is itself "
            "dropped reads nothing any more, and the calls that wrote for it alone may go "
            "too: walk from the end.",
            "def drop_unread(calls, wanted):\n"
            "    read = set(wanted).union(*(blocks_of(call.ins) for call in calls))\n"
            "    return [call for call in calls if blocks_of(call.outs) & read]",
        ),
        Mistake(
            "Only the calls that write a result themselves are left. What a useful call reads "
            "must count as read, and the call that wrote it comes before: walk from the end, "
            "and let `read` grow.",
            unread_answer(walk="calls", out="useful"),
        ),
        Mistake(
            "`apply` writes two blocks, value and slope. "
            "You looked at the first only: where the slope alone is read, the whole call goes.",
            unread_answer(test="call.outs[0].block in read"),
        ),
        Mistake(
            "You changed the caller's set or list, which is used again: "
            "collect in a copy, set(wanted).",
            unread_answer().replace("set(wanted)", "wanted"),
        ),
        Mistake(
            "The program came back in reverse order: reverse the list at the end.",
            unread_answer(out="useful"),
        ),
    ),
    alternative="""def drop_unread(calls, wanted):
    keep = [True] * len(calls)
    for _ in calls:
        for k, call in enumerate(calls):
            later = [other for n, other in enumerate(calls[k + 1:], k + 1) if keep[n]]
            needed = {x.block for other in later for x in other.ins} | set(wanted)
            keep[k] = keep[k] and any(o.block in needed for o in call.outs)
    return [call for k, call in enumerate(calls) if keep[k]]""",
    cases=unread_cases,
    run=run_unread,
    show=show_unread,
)


# ---- 04.fates

LOSS_VALUE = (
    "The value of the loss is not needed for its gradient: L_bar is 1, whatever L is. "
    "No call reads L."
)
DATA_BAR = (
    "x_bar is the gradient with respect to the data. It is not zero, but it is no result, and no "
    "call reads it."
)
DATA_DOT = "v moves the parameters and not the data: no call writes x_dot, so it is zero."
TANGENT = (
    "h_dot = slope · a_dot is not zero. Which call reads it? Only that of L_dot, the directional "
    "derivative of the loss, which is no result."
)
LOSS_BAR_DOT = (
    "L_bar is 1 for every w, so no call writes L_bar_dot. "
    "Which call would write h_bar_dot, and from what?"
)
CURVED_LINE = (
    "a_bar_dot has two calls, slope · h_bar_dot and slope_dot · h_bar. "
    "The first reads a zero; the second does not, and w_bar_dot needs it."
)
FATES = {
    "L": ("unread", LOSS_VALUE),
    "x_bar": ("unread", DATA_BAR),
    "x_dot": ("zero", DATA_DOT),
    "h_dot": ("unread", TANGENT),
    "h_bar_dot": ("zero", LOSS_BAR_DOT),
    "a_bar_dot": ("written", CURVED_LINE),
}
WORDS = tuple(sorted({fate for fate, _ in FATES.values()}, reverse=True))
NOT_A_FATE = 'Each of the six values is "written", "zero" or "unread", a text.'


def judge_fates(names):
    became = names["became"]
    if became is ...:
        raise NotImplementedError
    if isinstance(became, dict) and any(fate is ... for fate in became.values()):
        raise NotImplementedError
    if not isinstance(became, dict) or set(became) != set(FATES):
        return f"`became` is a dict with the six names {', '.join(FATES)}."
    for block, (fate, says) in FATES.items():
        said = became[block]
        if not isinstance(said, str) or said.strip().lower() not in WORDS:
            return NOT_A_FATE
        if said.strip().lower() != fate:
            return f"{block} is not {said!r}. {says}"
    return None


def fates_answer(**changed):
    became = {block: fate for block, (fate, _) in FATES.items()} | changed
    return f"became = {became!r}"


FATES_OF_BLOCKS = Exercise(
    "04.fates",
    "Written, zero or unread",
    "predict",
    ("became",),
    insight=(
        "Both passes were told nothing about x being data: that it has no tangent and needs no "
        "adjoint followed from what is given and what is wanted."
    ),
    minutes=4,
    hints=(
        "Write down the calls of the four sweeps. `tangent`: h_dot = slope · a_dot; "
        "`reverse_tangent`: a_bar_dot = slope · h_bar_dot + slope_dot · h_bar; and so on.",
        "First the zeros, from the top: x has no tangent, and L_bar_dot is written by no call "
        "(L_bar is 1 whatever v is). Which calls read those?",
        "Then the unread, from the end: w_bar_dot reads x and a_bar_dot, which reads the slope's "
        "tangent and h_bar. Does a call that is left read h_dot? Or the value of L?",
    ),
    mistakes=(
        Mistake(NOT_A_FATE, fates_answer(L="dead")),
        Mistake(LOSS_VALUE, fates_answer(L="written")),
        Mistake(DATA_BAR, fates_answer(x_bar="zero")),
        Mistake(DATA_DOT, fates_answer(x_dot="unread")),
        Mistake(TANGENT, fates_answer(h_dot="written")),
        Mistake(LOSS_BAR_DOT, fates_answer(h_bar_dot="written")),
        Mistake(CURVED_LINE, fates_answer(a_bar_dot="zero")),
    ),
    alternative="""became = {"a_bar_dot": "written"}
became |= dict.fromkeys(["L", "x_bar", "h_dot"], "unread")
became |= dict.fromkeys(["x_dot", "h_bar_dot"], "zero")""",
    judge=judge_fates,
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
    "Its hvp program is empty: all that it would read is zero, and the first pass saw it. That "
    "confirms the claim; look for a loss in which second derivatives are computed, and cancel."
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
        "is undecidable (Richardson 1968), so a compiler drops only what is plainly zero."
    ),
    minutes=3,
    hints=(
        "`drop_reads_of_zero` compares no numbers; it knows only what was written. "
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

EXERCISES = [STRIDES, BILINEAR, UNREAD, FATES_OF_BLOCKS, QUIET, LINE]
