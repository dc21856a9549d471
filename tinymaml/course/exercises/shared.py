"""What graders of several lessons ask of an answer, and how they print an instance."""

import contextlib
import math
import sys
from numbers import Real

import numpy as np

from ..compare import text


class Unfit(Exception):
    """Says what is wrong with an instance that was submitted."""


def unattempted(value):
    """Is there a `...` left in an answer?"""
    if value is ...:
        return True
    if isinstance(value, dict):
        value = list(value.values())
    return isinstance(value, (tuple, list)) and any(map(unattempted, value))


def some_unattempted(*values):
    """Is there a `...` left in one of them, also in an array?"""
    for value in values:
        if isinstance(value, np.ndarray) and value.dtype == object:
            value = list(value.ravel())
        if unattempted(value):
            return True
    return False


def read_order(given, split):
    """An order of lines that was submitted, as a list of texts; None if it is no order.

    split: the lines of an order that is one text. Raises NotImplementedError.
    """
    if some_unattempted(given):
        raise NotImplementedError
    if isinstance(given, np.ndarray):
        given = given.tolist()
    if isinstance(given, str):
        given = split(given)
    return [str(line) for line in given] if isinstance(given, (list, tuple)) else None


def number(value):
    """Is it one finite real number, Python's or NumPy's, such as 3, 0.5 or Fraction(1, 2)?"""
    if isinstance(value, bool) or not isinstance(value, Real):
        return False
    try:
        return math.isfinite(value)
    except OverflowError:  # an integer, or a fraction, beyond all floats
        return False


def numbers_that_are_whole(word, found):
    """A list of numbers as what is to be compared: the numbers, under this word, and whether a
    float is among them. What is no list stays as it is."""
    if not isinstance(found, (list, tuple, np.ndarray)):
        return found
    floats = [x for x in found if isinstance(x, (float, np.floating))]
    whole = f"no: {floats[0]} is a float" if floats else "yes"
    return {word: list(found), "are they whole numbers?": whole}


def as_floats(value):
    """Numbers, in lists or an array, as an array of floats. Raises TypeError or ValueError."""
    if np.asarray(value).dtype.kind in "USc":
        raise TypeError("words are no numbers, and complex numbers no floats")
    return np.array(value, float)


def plural(count, word):
    """ "1 row", "2 rows" """
    return f"{count} {word}" if count == 1 else f"{count} {word}s"


def as_scalar(value):
    """A number, also out of an array of one."""
    return value.item() if isinstance(value, np.ndarray) and value.size == 1 else value


class CountingLoss:
    """A loss that counts what is asked of it."""

    def __init__(self, loss):
        self.loss = loss
        self.gradients = 0
        self.hvps = 0

    def gradient(self, w, *data):
        refuse_package(sys._getframe(1))
        self.gradients += 1
        return self.loss.gradient(w, *data)

    def hvp(self, w, v, *data):
        refuse_package(sys._getframe(1))
        self.hvps += 1
        return self.loss.hvp(w, v, *data)

    def __getattr__(self, name):
        return getattr(self.loss, name)


def refuse_package(caller):
    """Raise ValueError where tinymaml's own MAML calls, and not the answer."""
    if caller.f_globals["__name__"].startswith("tinymaml.maml"):
        raise ValueError("tinymaml's own MAML does the work here; write its lines yourself")


def shown(*names):
    """A function that prints an instance: "name = value" for each input, texts as they are."""

    def show(*inputs):
        parts = []
        for name, x in zip(names, inputs, strict=True):
            parts.append(f"{name} = {x if isinstance(x, str) else text(x)}")
        return ", ".join(parts)

    return show


def as_function(arguments, expression):
    """A function of these arguments, "alpha, L": its expression may use `math` and `np`."""
    return eval(f"lambda {arguments}: {expression}", {"math": math, "np": np})


@contextlib.contextmanager
def counting_calls(functions):
    """Meanwhile calls of these Python functions are counted, by whatever name they are called.

    -> a list that grows by one item a call.
    """
    codes = {function.__code__ for function in functions}
    calls = []

    def note(frame, event, _):
        if event == "call" and frame.f_code in codes:
            calls.append(frame.f_code)

    before = sys.getprofile()
    sys.setprofile(note)
    try:
        yield calls
    finally:
        sys.setprofile(before)


def complain_of_calls(table, calls, tape, found):
    """Raise ValueError unless a sweep has asked the rules of a table once a line, or less.

    found: the blocks that the sweep returns, the last of them its start. Where nothing but that has
    entered, there is more to say than that no rule was asked.
    """
    lines = sum(bool(line.ins) for line in tape)
    if not calls and any(np.any(block) for block in found[:-1]):
        raise ValueError(
            f"the sweep asks none of the rules in {table}; what a line passes back is theirs to say"
        )
    if calls > lines:
        reading = "1 line that reads" if lines == 1 else f"{lines} lines that read"
        raise ValueError(
            f"the sweep asks the rules in {table} {calls} times, on a tape with {reading} "
            "something; a line passes back once, when all its readers have"
        )


def share_unstretched(names):
    """Let the lesson's `shrink` hand back the very block that it gets where nothing was stretched,
    as a learner's may: a sweep that adds into such a block changes that of another slot."""
    shrink = names["shrink"]

    def shrink_or_share(a, shape):
        return a if np.shape(a) == tuple(shape) else shrink(a, shape)

    names["shrink"] = shrink_or_share
