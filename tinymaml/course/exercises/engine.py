"""The blank page 03.engine: an engine is judged by what it does, on losses that it has not seen.

Each loss asks for one thing more than those before it, so that the first one that goes wrong tells
what the engine lacks. What is right comes from tinymaml.
"""

import ast
import functools
import sys
from types import SimpleNamespace
from typing import NamedTuple

import numpy as np

from ..compare import difference, text
from ..exercise import BLANK_PAGE, Exercise, Mistake

MOST_LINES = 80
MOST_CALLS = 3  # of the loss's function, for one gradient: P + 1 where every weight is pushed
TOLERANCE = 1e-9
METHODS = "value", "gradient", "hvp"
LESSONS = set(
    "Record Line formula listing Var record new lift shape_of trace VALUE forward shrink REVERSE "
    "reverse TANGENT tangent BILINEAR hvp_tanh REVERSE_TANGENT reverse_tangent complex_hvp tm "
    "use engine blank_engine".split()
)
LIBRARIES = set(
    "jax jaxlib torch autograd tensorflow keras mxnet casadi theano aesara pytensor tinygrad "
    "micrograd sympy importlib __import__".split()
)

# ---- what the cell is, before it runs


def examine_engine(code):
    """What the text of an engine must not have, in a sentence; None if it is well."""
    try:
        tree = ast.parse(code)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None  # running it says what is wrong
    lines = count_lines(code, tree)
    if lines > MOST_LINES:
        return (
            f"That is {lines} lines of code, and the page has room for {MOST_LINES}; blank lines, "
            "comments and docstrings do not count. What is said twice: a shape, a rule, a sweep?"
        )
    nodes = list(ast.walk(tree))
    defined = {name for node in nodes for name in names_bound(node)}
    loaded = {node.id for node in nodes if isinstance(node, ast.Name)}
    modules = {name for node in nodes for name in modules_imported(node)}
    if "tinymaml" in modules:
        return (
            "Your cell imports tinymaml, which has an engine. On this page there is NumPy, and "
            "what you write."
        )
    for name in sorted((modules | loaded) & LIBRARIES):
        return (
            f"Your cell uses {name}, which can fetch derivatives from elsewhere. On this page "
            "there is NumPy, and what you write."
        )
    for name in sorted((loaded - defined) & LESSONS):
        return (
            f"Your cell uses `{name}`, which the lessons define. On this page nothing of theirs is "
            "defined: what you need of it, write here."
        )
    return None


def count_lines(code, tree):
    """How many lines of a program hold code: no blank line, comment or docstring is counted."""
    documented = set()
    for node in ast.walk(tree):
        if not isinstance(node, (ast.Module, ast.ClassDef, ast.FunctionDef)):
            continue
        if node.body and ast.get_docstring(node) is not None:
            documented.update(range(node.body[0].lineno, node.body[0].end_lineno + 1))
    rows = enumerate(code.split("\n"), 1)
    return sum(
        bool(row.strip()) and not row.strip().startswith("#") and number not in documented
        for number, row in rows
    )


def names_bound(node):
    """The names that a node of a program gives a meaning."""
    if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
        return [node.name]
    if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load):
        return [node.id]
    if isinstance(node, ast.arg):
        return [node.arg]
    if isinstance(node, ast.alias):
        return [(node.asname or node.name).split(".")[0]]
    return []


def modules_imported(node):
    """The modules that a node imports from, without what comes after a dot."""
    if isinstance(node, ast.Import):
        return [alias.name.split(".")[0] for alias in node.names]
    if isinstance(node, ast.ImportFrom):
        return [(node.module or "").split(".")[0]]
    return []


# ---- the losses, and what is right


class Case(NamedTuple):
    """A loss, where it is asked for, and what to say where an engine goes wrong on it."""

    loss: str  # an expression in the names of the parameters and the data
    parameters: dict[str, tuple]  # name -> shape
    data: dict[str, tuple]
    gradient_says: str
    hvp_says: str
    crash_says: str = ""  # what this loss asks for that those before it did not
    arrays: dict[str, tuple] = {}  # constants of the loss, in its closure


PRODUCT_RULE = (
    "In a product both factors move. The second terms are missing, a bar times a dot: they are all "
    "that this Hessian has."
)
STRETCHED = (
    "A block that was stretched, a row, a column or a single number, was read once for each row or "
    "column: sum what comes back over the stretched length."
)
READ_TWICE = (
    "A block that is read more than once collects from each reader: add what comes back, do not "
    "overwrite."
)
ORDER = (
    "Here one block is read by others that are read by each other. A block passes back once, after "
    "all its readers have: in the order of the tape, backwards."
)
SIDES = (
    "Numbers and arrays stand on both sides here. `0.5 - a` is `__rsub__`, and `x @ a` with an "
    "array x is `__rmatmul__` (with `__array_ufunc__ = None`): mind which operand is which."
)
ARRAYS = (
    "C and D are arrays, constants of the loss: `C @ a` is `__rmatmul__`, once `__array_ufunc__ = "
    "None` has told NumPy to stay out of it, and `tanh(D)` and `total(D)` get an array."
)
UNUSED = "The loss does not read `b`. Its gradient is 0, and so is its part of Hv."

LOSSES = [
    Case(
        "total(a * x)",
        dict(a=(2, 2)),
        dict(x=(2, 2)),
        "The derivative of a sum of products with respect to a is the other factor, x.",
        "This loss is linear in a: Hv is 0. Data stand still: the dot of x is 0.",
        "A product of a parameter and data, summed.",
    ),
    Case(
        "total(a * b)",
        dict(a=(2, 2), b=(2, 2)),
        {},
        "Each factor gets the other one.",
        PRODUCT_RULE,
    ),
    Case("total(a * a)", dict(a=(1, 3)), {}, READ_TWICE, READ_TWICE),
    Case(
        "total(a + b - a * b - a)",
        dict(a=(2, 2), b=(2, 2)),
        {},
        "In a difference what is subtracted gets a minus sign; and "
        + READ_TWICE[0].lower()
        + READ_TWICE[1:],
        "The minus sign belongs in the second terms too.",
        "Sums and differences of blocks.",
    ),
    Case(
        "total(0.5 - a * x * (1 - 2 * a) + -(x - a) * a)",
        dict(a=(2, 2)),
        dict(x=(2, 2)),
        SIDES,
        SIDES,
        SIDES,
    ),
    Case(
        "total((a + r) * (a - c) * s)",
        dict(a=(3, 2), r=(1, 2), c=(3, 1), s=(1, 1)),
        {},
        STRETCHED,
        STRETCHED,
        STRETCHED,
    ),
    Case("total(c * r * r)", dict(r=(1, 3), c=(2, 1)), {}, STRETCHED, STRETCHED, STRETCHED),
    Case(
        "total((x @ a) * y)",
        dict(a=(3, 2)),
        dict(x=(4, 3), y=(4, 2)),
        "For y = x @ a what comes back to a is xᵀ @ bar: the other factor transposed, on its own "
        "side.",
        "This loss is linear in a: Hv is 0.",
        SIDES,
    ),
    Case(
        "total((a @ b) * x)",
        dict(a=(2, 3), b=(3, 4)),
        dict(x=(2, 4)),
        "For y = a @ b: a gets bar @ bᵀ, and b gets aᵀ @ bar.",
        PRODUCT_RULE,
    ),
    Case(
        "total(tanh(a))",
        dict(a=(2, 2)),
        {},
        "The slope of tanh is 1 − tanh².",
        "The slope of tanh moves too, as its argument does: you took it for a constant, or lost a "
        "factor of R{1 − y²} = −2 y y_dot.",
        "tanh of a block.",
    ),
    Case(
        "total((h := tanh(a * b)) * (k := h * h + a) + k * h)",
        dict(a=(1, 3), b=(2, 1)),
        {},
        ORDER,
        ORDER,
    ),
    Case(
        "total((C @ a) * tanh(D) - D * (D - a) * a) * total(D)",
        dict(a=(2, 2)),
        {},
        SIDES,
        SIDES,
        ARRAYS,
        dict(C=(2, 2), D=(2, 2)),
    ),
    Case("total(a * a * a)", dict(a=(1, 2), b=(2, 1)), {}, UNUSED, UNUSED, UNUSED),
    Case("a * a", dict(a=(1, 1)), {}, READ_TWICE, READ_TWICE, "A loss without `total`, 1 × 1."),
    Case(
        "total((r := tanh(tanh(x @ U + b) @ V + c) - y) * r) * (1 / x.shape[0])",
        dict(U=(2, 3), b=(1, 3), V=(3, 2), c=(1, 2)),
        dict(x=(5, 2), y=(5, 2)),
        "This is a network: each part passes alone. Look at what only happens together: a block "
        "stretched after a product, a number times a sum.",
        "This is a network: each part passes alone. Do the second terms use the bars and dots of "
        "this very point, and tanh's slope at its own argument?",
        "A network; `x.shape` is the shape of the data.",
    ),
]


def numbers(seed, shape):
    """A block of numbers between ±0.3 and ±1.3, with two decimals."""
    rng = np.random.default_rng(seed)
    signs = rng.choice([-1.0, 1.0], shape)
    return np.round(rng.uniform(0.3, 1.3, shape), 2) * signs


class Instance(NamedTuple):
    """A point at which an engine is asked, and what is right there."""

    parameters: dict
    data: dict
    direction: dict
    w: np.ndarray
    v: np.ndarray
    right: dict  # method -> value


def arrays_of(case):
    """The constants of a loss: name -> array."""
    return {name: numbers(60 + k, shape) for k, (name, shape) in enumerate(case.arrays.items())}


def as_loss(case, words):
    """The loss as a function(p, *data), in somebody's words: tanh and total."""
    code = compile(case.loss, f"<{case.loss}>", "eval")
    constants = arrays_of(case)

    def function(p, *data):
        function.calls += 1
        names = dict(vars(words))
        names.update({name: p[name] for name in case.parameters})
        names.update(zip(case.data, data, strict=True))
        names.update(constants)
        return eval(code, names)

    function.calls = 0
    return function


def make_instance(case, seed, rows=None):
    """An Instance of a case. rows: of the data, in place of those that it has."""
    import tinymaml as tm

    words = SimpleNamespace(tanh=tm.tanh, total=tm.sum)
    parameters = {}
    direction = {}
    data = {}
    for k, (name, shape) in enumerate(case.parameters.items()):
        parameters[name] = numbers(100 * seed + k, shape)
        direction[name] = numbers(100 * seed + 20 + k, shape)
    for k, (name, shape) in enumerate(case.data.items()):
        data[name] = numbers(100 * seed + 40 + k, (rows or shape[0], shape[1]))
    loss = tm.Loss(as_loss(case, words), parameters)
    w = loss.flatten(parameters)
    v = loss.flatten(direction)
    blocks = data.values()
    right = dict(
        value=loss.value(w, *blocks),
        gradient=loss.gradient(w, *blocks),
        hvp=loss.hvp(w, v, *blocks),
    )
    return Instance(parameters, data, direction, w, v, right)


@functools.cache
def instances():
    """For each loss an Instance; for the last one two more, one with other data and one with data
    of another shape; and for the second one more."""
    first = [make_instance(case, k + 1) for k, case in enumerate(LOSSES)]
    again = [make_instance(LOSSES[-1], 50), make_instance(LOSSES[-1], 51, rows=3)]
    return first, again, make_instance(LOSSES[1], 52)


# ---- the judge


def judge_engine(names):
    """None if the engine is right, else what it gets wrong first, and perhaps why."""
    words = SimpleNamespace(**{name: names[name] for name in ("Loss", "tanh", "total")})
    first, again, other = instances()
    engines = []
    for case, instance in zip(LOSSES, first, strict=True):
        with noting(case):
            engine, complaint = judge_one(case, instance, words)
        if complaint:
            return complaint
        engines.append(engine)
    complaint = judge_memory(engines, first, again, other)
    return complaint or judge_growth(words)


class noting:
    """Whatever the engine raises meanwhile gets a note: on which loss."""

    def __init__(self, case, doing=""):
        self.case = case
        self.doing = doing

    def __enter__(self):
        pass

    def __exit__(self, kind, error, trace):
        if isinstance(error, Exception):
            error.add_note(f"on       {self.case.loss}{self.doing}")
            if self.case.crash_says:
                error.add_note(self.case.crash_says)


def judge_one(case, instance, words):
    """An engine for this loss, and the complaint about it or None."""
    function = as_loss(case, words)
    engine = words.Loss(function, {name: x.copy() for name, x in instance.parameters.items()})
    flat = engine.flatten({name: x.copy() for name, x in instance.parameters.items()})
    if not is_close(flat, instance.w):
        return None, say(
            "`flatten` lays the blocks one after the other in the order of `params`, row by row.",
            case,
            instance,
            "flatten",
            instance.w,
            flat,
        )
    for method in METHODS:
        function.calls = 0
        got, spoilt = ask(engine, method, instance)
        if spoilt:
            return None, f"`{method}` changes {spoilt} that it is given; work on a copy."
        cause = find_cause(case, method, got, instance)
        if cause:
            return None, say(cause, case, instance, method, instance.right[method], got)
        if function.calls > MOST_CALLS and function.calls >= instance.w.size:
            return None, (
                f"`{method}` is right, and calls the loss {function.calls} times for "
                f"{instance.w.size} weights. One call is enough: a sweep back gives all the bars."
                f"\n  on       {case.loss}"
            )
    return engine, None


def ask(engine, method, instance):
    """What an engine gives, and the name of what it has changed meanwhile, or None."""
    inputs = {"w": instance.w.copy()}
    if method == "hvp":
        inputs["v"] = instance.v.copy()
    inputs |= {name: x.copy() for name, x in instance.data.items()}
    got = getattr(engine, method)(*inputs.values())
    given = dict(w=instance.w, v=instance.v) | instance.data
    spoilt = [name for name, x in inputs.items() if not np.array_equal(x, given[name])]
    return got, f"the `{spoilt[0]}`" if spoilt else None


def find_cause(case, method, got, instance):
    """What is wrong with what a method gives, in a sentence; None if nothing is."""
    right = instance.right[method]
    if got is None:
        return f"`{method}` returns nothing (None); is there a `return`?"
    if method == "value":
        if isinstance(got, np.ndarray):
            return "`value` returns a number; `.item()` makes one of a block of 1 × 1."
        if is_close(got, right):
            return None
        return f"`value` is off, before any derivative. {case.crash_says}".rstrip()
    found = as_vector(got)
    if found is None:
        return f"`{method}` returns one flat vector of numbers, as `flatten` does."
    if found.shape != right.shape:
        return say_length(case, method, found, instance)
    if is_close(found, right):
        return None
    return recognise(case, method, found, instance)


def say_length(case, method, found, instance):
    """What is wrong with a vector of another length."""
    of_data = sum(x.size for x in instance.data.values())
    weights = instance.w.size
    count = f"`{method}` has {found.size} numbers for {weights} weights"
    if of_data and found.size == weights + of_data:
        return f"{count}: the data are no parameters; only the parameters' bars belong in it."
    if case.crash_says == STRETCHED:
        return f"{count}. {STRETCHED}"
    return f"{count}; it has a number for each weight, in the order of `flatten`."


def recognise(case, method, found, instance):
    """The likely cause of a wrong vector of the right length."""
    right = instance.right[method]
    gradient = instance.right["gradient"]
    distance = np.abs(found - right).max() / max(np.abs(right).max(), 1e-3)
    if distance < 1e-4:
        return (
            f"`{method}` is right to a few digits only: a difference of two nearly equal numbers "
            "loses the others. Derive what each operation passes back."
        )
    if method == "hvp":
        if is_close(found, gradient) and not right.any():
            return (
                "`hvp` gives the gradient where Hv is 0. Either it returns the bars, or the last "
                "bar_dot starts at 1; the last bar is the constant 1, so that its bar_dot is 0."
            )
        if is_close(found, right + gradient):
            return (
                "`hvp` gives Hv plus the gradient: the last bar is the constant 1, so that its "
                "bar_dot is 0."
            )
        if is_close(found, gradient):
            return "`hvp` gives the gradient: return the bar_dots, not the bars."
        if not found.any():
            return f"`hvp` gives 0 throughout. {case.hvp_says}"
        return f"`hvp` is off; value and gradient are right. {case.hvp_says}"
    return f"`gradient` is off; the value is right. {case.gradient_says}"


def judge_memory(engines, first, again, other):
    """Is a second call as good as the first, whatever was asked in between? -> complaint or None"""
    case, instance, engine = LOSSES[-1], first[-1], engines[-1]
    for method in ("gradient", "hvp", "gradient"):
        with noting(case, ", asked once more"):
            got, _ = ask(engine, method, instance)
        if not same_vector(got, instance.right[method]):
            return say(
                f"Asked a second time at the same point, `{method}` gives something else: what "
                "one call adds up must not be there at the next. Start each sweep from zeros.",
                case,
                instance,
                method,
                instance.right[method],
                got,
            )
    for new, changed in zip(again, ("other data", "data of another shape"), strict=True):
        for method in METHODS:
            with noting(case, f", with {changed} than at the first call"):
                got, _ = ask(engine, method, new)
            if not same_vector(got, new.right[method]):
                return say(
                    f"At another w, and with {changed}, `{method}` is off: something of the first "
                    "call is still in it, its values, its data, or its shapes.",
                    case,
                    new,
                    method,
                    new.right[method],
                    got,
                )
    turned = other._replace(v=2 * other.v)
    for now in (other, turned):
        with noting(LOSSES[1], ", after other losses"):
            got, _ = ask(engines[1], "hvp", now)
        right = other.right["hvp"] * (now.v[0] / other.v[0])
        if not same_vector(got, right):
            return say(
                "Asked again after other losses, `hvp` is off: two losses must not share what "
                "they keep, and an earlier v must not stay.",
                LOSSES[1],
                now,
                "hvp",
                right,
                got,
            )
    return None


def judge_growth(words):
    """Does the work grow with the number of lines, and not with that of paths? -> complaint"""
    calls = []
    for rounds in (5, 10):

        def doubling(p, rounds=rounds):
            h = p["a"]
            for _ in range(rounds):
                h = h + h * 0.5
            return words.total(h)

        engine = words.Loss(doubling, {"a": np.ones((1, 1))})
        work = functools.partial(engine.gradient, np.ones(1))
        calls.append(count_calls(work))
    again = count_calls(work)
    if again > calls[1] + 5:
        return (
            f"All results are right, but the same gradient takes {calls[1]} calls of functions at "
            f"first and {again} when asked again: each needs a tape of its own, empty at first."
        )
    if calls[1] > 8 * calls[0]:
        return (
            "All results are right, but the work grows with the number of paths through the loss: "
            f"5 rounds of `h = h + h * 0.5` take {calls[0]} calls of functions, 10 rounds "
            f"{calls[1]}. {ORDER}"
        )
    return None


def count_calls(work):
    """How many Python functions are called meanwhile."""
    count = 0

    def note(frame, event, _):
        nonlocal count
        count += event == "call"

    before = sys.getprofile()
    sys.setprofile(note)
    try:
        work()
    finally:
        sys.setprofile(before)
    return count


def as_vector(x):
    """An array of one dimension of floats; None if it is something else."""
    try:
        found = np.array(x, float)
    except (TypeError, ValueError):
        return None
    return found if found.ndim == 1 else None


def same_vector(got, right):
    """Is it the right number or vector?"""
    return got is not None and np.shape(got) == np.shape(right) and is_close(got, right)


def is_close(got, right):
    """Equal to nine digits of the largest number, and of the same shape."""
    try:
        got = np.array(got, float)
    except (TypeError, ValueError):
        return False
    right = np.asarray(right)
    if got.shape != right.shape:
        return False
    return bool(np.abs(got - right).max() <= TOLERANCE * max(np.abs(right).max(), 1e-3))


def say(sentence, case, instance, method, right, got):
    """A complaint with its instance."""
    given = instance.parameters | instance.data | arrays_of(case)
    at = ", ".join(f"{name} = {text(x, room=6)}" for name, x in given.items())
    along = ""
    if method == "hvp":
        along = f"\n  along    v = {text(instance.v)}"
    found = difference(got, right, TOLERANCE)
    _, expected, shown = found or ("", text(right), text(got))
    return (
        f"{sentence}\n  on       {case.loss}\n  at       {at}{along}"
        f"\n  expected {expected}\n  got      {shown}"
    )


# ---- answers

ENGINE = '''class Pair:
    """A block and its dot, which every operation carries along."""

    def __init__(self, at, dot):
        self.at, self.dot = at, dot

    def __add__(self, z):
        return Pair(self.at + z.at, self.dot + z.dot)

    def __mul__(self, z):
        return Pair(self.at * z.at, self.at * z.dot + self.dot * z.at)

    def __matmul__(self, z):
        return Pair(self.at @ z.at, self.at @ z.dot + self.dot @ z.at)

    def sum(self, axes):
        return Pair(self.at.sum(axes, keepdims=True), self.dot.sum(axes, keepdims=True))

    T = property(lambda self: Pair(self.at.T, self.dot.T))


class Node:
    """A line of a tape: a pair, and for each input what it passes back, itself made of pairs."""

    __array_ufunc__ = None

    def __init__(self, tape, pair, back):
        self.tape, self.pair, self.back = tape, pair, back
        self.shape = pair.at.shape
        self.bar = Pair(np.zeros(self.shape), np.zeros(self.shape))
        tape.append(self)

    def lift(self, x):
        if isinstance(x, Node):
            return x
        at = np.array(x, float, ndmin=2)
        return Node(self.tape, Pair(at, 0 * at), [])

    def __add__(self, other):
        z = self.lift(other)
        return Node(self.tape, self.pair + z.pair, [(self, lambda bar: bar), (z, lambda bar: bar)])

    def __mul__(self, other):
        x, z = self.pair, self.lift(other)
        back = [(self, lambda bar: bar * z.pair), (z, lambda bar: bar * x)]
        return Node(self.tape, x * z.pair, back)

    def __matmul__(self, other):
        x, z = self.pair, self.lift(other)
        back = [(self, lambda bar: bar @ z.pair.T), (z, lambda bar: x.T @ bar)]
        return Node(self.tape, x @ z.pair, back)

    __radd__, __rmul__ = __add__, __mul__
    __neg__ = lambda self: self * -1.0
    __sub__ = lambda self, z: self + self.lift(z) * -1.0
    __rsub__ = lambda self, z: self * -1.0 + z
    __rmatmul__ = lambda self, z: self.lift(z) @ self


def tanh(x):
    if not isinstance(x, Node):
        return np.tanh(x)
    y = np.tanh(x.pair.at)
    slope = Pair(1 - y * y, -2 * y * (1 - y * y) * x.pair.dot)
    return Node(x.tape, Pair(y, slope.at * x.pair.dot), [(x, lambda bar: bar * slope)])


def total(x):
    if not isinstance(x, Node):
        return np.sum(x, keepdims=True)
    ones = Pair(np.ones(x.shape), np.zeros(x.shape))
    return Node(x.tape, x.pair.sum((0, 1)), [(x, lambda bar: bar * ones)])


class Loss:
    def __init__(self, function, params):
        self.function = function
        self.shapes = {name: np.atleast_2d(x).shape for name, x in params.items()}

    def flatten(self, params):
        return np.concatenate([np.ravel(params[name]) for name in self.shapes])

    def blocks(self, w):
        ends = np.cumsum([m * n for m, n in self.shapes.values()])[:-1]
        return [x.reshape(shape) for x, shape in zip(np.split(w, ends), self.shapes.values())]

    def back(self, w, v, data):
        tape = []
        inputs = [Node(tape, Pair(*both), []) for both in zip(self.blocks(w), self.blocks(v))]
        others = [Node(tape, Pair(x, 0 * x), []) for x in data]
        loss = self.function(dict(zip(self.shapes, inputs)), *others)
        loss.bar = Pair(np.ones((1, 1)), np.zeros((1, 1)))
        for node in reversed(tape):
            for x, passed in node.back:
                part = passed(node.bar)
                part = part.sum(tuple(k for k in (0, 1) if x.shape[k] < part.at.shape[k]))
                x.bar = x.bar + part
        return loss, inputs

    def value(self, w, *data):
        return float(self.back(w, 0 * w, data)[0].pair.at[0, 0])

    def gradient(self, w, *data):
        return np.concatenate([x.bar.at.ravel() for x in self.back(w, 0 * w, data)[1]])

    def hvp(self, w, v, *data):
        return np.concatenate([x.bar.dot.ravel() for x in self.back(w, v, data)[1]])
'''


def engine_answer(*changes):
    """The text of an answer: the engine above, with pieces of it replaced.

    changes: pairs of a piece and what stands there.
    """
    code = ENGINE
    for old, new in changes:
        if old not in code:
            raise ValueError(f"the engine has no piece {old!r}")
        code = code.replace(old, new)
    return code


SHRUNK = "part = part.sum(tuple(k for k in (0, 1) if x.shape[k] < part.at.shape[k]))"
STILL = "Pair(z.pair.at, 0 * z.pair.dot)"
REMEMBERING = (
    ("self.function = function", "self.function, self.known = function, {}"),
    (
        "return loss, inputs",
        "return self.known.setdefault(w.size and v.any(), (loss, inputs))",
    ),
)
GATHERING = (
    ("self.function = function", "self.function, self.sums = function, 0.0"),
    (
        "        return np.concatenate([x.bar.at.ravel() for x in self.back(w, 0 * w, data)[1]])",
        "        bars = self.back(w, 0 * w, data)[1]\n"
        "        self.sums = self.sums + np.concatenate([x.bar.at.ravel() for x in bars])\n"
        "        return self.sums.copy()",
    ),
)

EXERCISE = Exercise(
    "03.engine",
    "An engine on a blank page",
    BLANK_PAGE,
    ("Loss", "tanh", "total"),
    insight=(
        "Your page does what JAX's `jvp` of `grad` does; what its hundred thousand lines add is "
        "more operations, other devices and speed, and lessons 04 to 06 add a little of each."
    ),
    minutes=120,
    hints=(
        "Decide first what a block knows while the loss runs: its value, its dot, the blocks that "
        "it was computed from, and how to turn its bars into theirs. Then write `total(a * b)`.",
        "The dots can run along with the values, so that no tangent sweep is needed; the bars and "
        "the bar_dots can run back together. For a gradient let v be 0.",
        "Three functions do for all operations: one for linear ones (add, subtract, sum), one for "
        "the two products, one for tanh. Where a block passes back to an input, shrink and add.",
        "For the order keep a list to which each new block appends itself, one list for each call "
        "of value, gradient or hvp; walk it backwards.",
    ),
    mistakes=(
        Mistake(READ_TWICE, engine_answer(("x.bar = x.bar + part", "x.bar = part"))),
        Mistake(STRETCHED, engine_answer((SHRUNK, "pass"))),
        Mistake(
            PRODUCT_RULE,
            engine_answer(
                ("bar * z.pair)", f"bar * {STILL})"), ("bar * x)", "bar * Pair(x.at, 0 * x.dot))")
            ),
        ),
        Mistake(
            "The slope of tanh moves too, as its argument does",
            engine_answer(("-2 * y * (1 - y * y) * x.pair.dot", "0 * y")),
        ),
        Mistake(
            "the data are no parameters",
            engine_answer(("        return loss, inputs", "        return loss, inputs + others")),
        ),
        Mistake(
            "Data stand still", engine_answer(("Pair(x, 0 * x), [])", "Pair(x, 1 + 0 * x), [])"))
        ),
        Mistake("something of the first call is still in it", engine_answer(*REMEMBERING)),
        Mistake("what one call adds up must not be there at the next", engine_answer(*GATHERING)),
        Mistake(
            "the last bar is the constant 1, so that its bar_dot is 0",
            engine_answer(
                (
                    "Pair(np.ones((1, 1)), np.zeros((1, 1)))",
                    "Pair(np.ones((1, 1)), np.ones((1, 1)))",
                )
            ),
        ),
        Mistake(
            "a difference of two nearly equal numbers loses the others",
            engine_answer(
                (
                    "np.concatenate([x.bar.dot.ravel() for x in self.back(w, v, data)[1]])",
                    "(self.gradient(w + 1e-6 * v, *data) - self.gradient(w, *data)) / 1e-6",
                )
            ),
        ),
        Mistake(
            "A block passes back once, after all its readers have: in the order of the tape",
            engine_answer(("reversed(tape)", "sorted(tape[::-1], key=lambda x: bool(x.back[1:]))")),
        ),
        Mistake(
            "and the page has room for 80",
            engine_answer(("class Pair", "one = 1\ntwo = 2\nthree = 3\n" * 3 + "class Pair")),
        ),
        Mistake(
            "On this page nothing of theirs is defined",
            engine_answer(("np.concatenate([np.ravel", "forward([np.ravel")),
        ),
        Mistake(
            "which can fetch derivatives from elsewhere",
            "import jax\n" + engine_answer(),
        ),
    ),
    alternative=engine_answer(),
    cases=lambda: [instances()],
    judge=judge_engine,
    examine=examine_engine,
    equivalent={
        "loss.bar += 1 -> loss.bar = 1": "it was 0",
        "(self.bar, self.bar_dot) -> (self.bar_dot, self.bar)": "both start at 0",
        "linear(np.add, lambda bar: [bar, bar], self, as_block(other)) -> "
        "linear(np.add, lambda bar: [bar, bar], as_block(other), self)": "a sum",
        "bilinear(np.multiply, np.asarray, self, as_block(other)) -> "
        "bilinear(np.multiply, np.asarray, as_block(other), self)": "a product of numbers",
        "1 + max((x.depth for x in operands), default=0) -> "
        "2 + max((x.depth for x in operands), default=0)": "the order is the same",
        "max((x.depth for x in operands), default=0) -> "
        "max((x.depth for x in operands), default=1)": "the order is the same",
        "bar * np.ones(x.shape) -> bar / np.ones(x.shape)": "by ones",
        "(k for k in (0, 1) if self.shape[k] != bar.shape[k]) -> "
        "(k for k in (1, 0) if self.shape[k] != bar.shape[k])": "a set of axes",
        "a.sum(keepdims=True) -> a.sum(keepdims=False)": "Block has two dimensions anyway",
        "[rows * columns for rows, columns in self.shapes.values()] -> "
        "[rows * columns for columns, rows in self.shapes.values()]": "a product",
        "0 * w -> 0 + w": "value and gradient are the same along any v",
        "0 * w -> 0 / w": "value and gradient are the same along any v",
        "0 * w -> 1 * w": "value and gradient are the same along any v",
    },
)
