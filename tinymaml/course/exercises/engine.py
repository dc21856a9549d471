"""The blank page 03.engine: an engine is judged by what it does, on losses that it has not seen.

What its text may hold: engine_page.py. The losses: engine_losses.py. Known answers, right and
wrong: engine_answers.py.
"""

import functools
import sys
from types import SimpleNamespace

import numpy as np

from ..compare import difference, text, type_of
from ..exercise import BLANK_PAGE, Exercise, Mistake
from .engine_answers import GATHERING, REMEMBERING, SHRUNK, STILL, engine_answer
from .engine_losses import (
    LOSSES,
    ORDER,
    PRODUCT_RULE,
    READ_TWICE,
    STRETCHED,
    arrays_of,
    as_loss,
    instances,
)
from .engine_page import examine_engine

MOST_CALLS = 3  # of the loss's function, for one gradient: P + 1 where every weight is pushed
TOLERANCE = 1e-9
DEFINES = "Loss", "tanh", "total"
METHODS = "value", "gradient", "hvp"


def judge_engine(names):
    """None if the engine is right, else what it gets wrong first, and perhaps why."""
    words = SimpleNamespace(**{name: names[name] for name in DEFINES})
    for name in DEFINES:
        if not callable(names[name]):
            return f"`{name}` is called; yours is {type_of(names[name])}."
    first, again, other = instances()
    methods = find_written(words, first[0])
    engines = []
    for case, instance in zip(LOSSES, first, strict=True):
        with noting(case):
            engine, complaint = judge_one(case, instance, words, methods)
        if complaint:
            return complaint
        engines.append(engine)
    if len(methods) < len(METHODS):
        to_come = [name for name in METHODS if name not in methods]
        return (
            f"On all {len(LOSSES)} losses {listed(methods)} "
            f"{'is' if len(methods) == 1 else 'are'} right. Still to come: {listed(to_come)}."
        )
    complaint = judge_memory(engines, first, again, other)
    return complaint or judge_growth(words)


def find_written(words, instance):
    """Those of the methods that a learner has written. Raises NotImplementedError if none is."""
    engine = words.Loss(as_loss(LOSSES[0], words), instance.parameters)
    written = []
    for method in METHODS:
        if not hasattr(engine, method):
            continue
        try:
            ask(engine, method, instance)
        except NotImplementedError:
            continue
        except Exception:  # it is told when its turn comes
            pass
        written.append(method)
    if not written:
        raise NotImplementedError
    return written


def listed(methods):
    """ "`value` and `gradient`" """
    return " and ".join(f"`{name}`" for name in methods)


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


def judge_one(case, instance, words, methods):
    """An engine for this loss, and the complaint about it or None. methods: those to ask for."""
    function = as_loss(case, words)
    engine = words.Loss(function, {name: x.copy() for name, x in instance.parameters.items()})
    if not hasattr(engine, "flatten"):
        return None, "Your `Loss` has no `flatten` yet: from a dict like `params` to a flat vector."
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
    for method in methods:
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


EXERCISE = Exercise(
    "03.engine",
    "An engine on a blank page",
    BLANK_PAGE,
    DEFINES,
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
