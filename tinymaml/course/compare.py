"""Comparing what an answer gives with what it should give, and saying the difference so that it
helps."""

import math
from numbers import Number
from types import ModuleType

import numpy as np

TRUTH = bool, np.bool_
SMALLEST = 1e-6  # the size of a block of zeros: sums that cancel leave some rounding


def difference(got, expected, tolerance, at=""):
    """None if equal up to `tolerance`, relative to the largest number of the block; else (words,
    expected, got) as texts.

    Numbers and arrays are compared as numbers (shapes must agree), tuples and lists item by item,
    anything else by ==.
    """
    try:
        return found_difference(got, expected, tolerance, at)
    except BaseException as error:  # what came back may be of the learner's own class
        return (
            f"what came back cannot be compared ({type(error).__name__})",
            text(expected),
            type_of(got),
        )


def found_difference(got, expected, tolerance, at):
    here = f"at {at}: " if at else ""
    if got is ... or got is None and expected is not None:
        return (
            f"{here}nothing came back{'' if got is ... else ' (None); is there a `return`?'}",
            text(expected),
            text(got),
        )
    if (
        isinstance(expected, np.ndarray)
        or isinstance(expected, (Number, np.generic))
        and not isinstance(expected, TRUTH)
    ):
        return numbers(got, expected, tolerance, here)
    family = next(
        (types for types in (dict, (tuple, list), TRUTH, str) if isinstance(expected, types)),
        object,
    )
    if not isinstance(got, family):
        return (
            f"{here}{type_of(got)} came back instead of {type_of(expected)}",
            text(expected),
            text(got),
        )
    if family is dict:
        if set(got) != set(expected):
            return (
                f"{here}the keys differ",
                ", ".join(map(text, expected)),
                ", ".join(map(text, got)),
            )
        pairs = [(f"{at}[{k!r}]", got[k], expected[k]) for k in expected]
    elif family == (tuple, list):
        if len(got) != len(expected):
            return (
                f"{here}{len(got)} item{'' if len(got) == 1 else 's'} instead of {len(expected)}",
                text(expected),
                text(got),
            )
        pairs = [(f"{at}[{k}]", a, b) for k, (a, b) in enumerate(zip(got, expected))]
    else:
        same = got is expected or expected is not None and bool(got == expected)
        if not same and type(got) is type(expected) and plain(expected):
            return difference(
                vars(got), vars(expected), tolerance, f"{at}.{type(expected).__name__}".lstrip(".")
            )
        return None if same else (f"{here}not the same" if at else "", text(expected), text(got))
    return next(
        (found for place, a, b in pairs if (found := difference(a, b, tolerance, place))), None
    )


def plain(value):
    """Is it an object that says nothing about equality, so that its attributes have to?"""
    return (
        type(value).__eq__ is object.__eq__
        and hasattr(value, "__dict__")
        and not callable(value)
        and not isinstance(value, ModuleType)
    )


def numbers(got, expected, tolerance, here):
    if isinstance(got, (*TRUTH, np.str_)) or not isinstance(got, (Number, np.ndarray, np.generic)):
        return (
            f"{here}{type_of(got)} came back instead of {kind(expected)}",
            text(expected),
            text(got),
        )
    a, b = np.asarray(got), np.asarray(expected)
    if a.shape != b.shape:
        return f"{here}{kind(got)} came back instead of {kind(expected)}", text(expected), text(got)
    if b.dtype.kind not in "biufc":  # an array of words, a fraction, an integer beyond 64 bits
        return (
            None if a.tolist() == b.tolist() else (f"{here}not the same", text(expected), text(got))
        )
    if a.dtype.kind not in "biufc":
        return f"{here}the array holds {a.dtype}, not numbers", text(expected), text(got)
    truth = "b" in (a.dtype.kind, b.dtype.kind)
    a, b = (x.astype(np.int8) if x.dtype.kind == "b" else x for x in (a, b))
    with np.errstate(all="ignore"):
        error = np.where((a == b) | (np.isnan(a) & np.isnan(b)), 0.0, np.abs(a - b))
        size = np.abs(b[np.isfinite(b)]).max(initial=SMALLEST)
    if b.dtype.kind in "biu" and a.dtype.kind in "biu":
        tolerance = 0.0
    if not (bad := ~(error <= tolerance * size)).any():
        return None
    place = np.unravel_index(np.argmax(np.where(np.isnan(error), np.inf, error) * bad), a.shape)
    where = f" at [{', '.join(map(str, place))}]" if a.ndim else ""
    count = f" ({bad.sum()} of {bad.size} numbers differ)" if bad.size > 1 else ""
    words = (
        f"NaN{where}{count}"
        if np.isnan(a[place])
        else f"a wrong number{where}{count}"
        if here or bad.size > 1
        else ""
    )
    if truth:
        return here + words, text(expected), text(got)
    return here + words, *pair(b[place], a[place], b if 1 < b.size <= 6 else None, a)


def pair(expected, got, all_expected, all_got):
    """Both numbers with the digits that tell them apart; small blocks in full."""
    relative = (
        abs(got - expected) / max(abs(expected), abs(got))
        if np.isfinite(got) and np.isfinite(expected)
        else 1
    )
    digits = min(17, max(4, 2 - math.floor(math.log10(relative))) if relative else 4)
    one = lambda x, e: text(e, digits) if e is not None else f"{x:.{digits}g}"
    return one(expected, all_expected), one(got, all_got if all_expected is not None else None)


def type_of(x):
    """ "a list", "an int", ..."""
    name = type(x).__name__
    return f"{'an' if name[0] in 'aeiou' else 'a'} {name}"


def kind(x):
    """ "a number", "an array of shape (2, 3)", ..."""
    shape = np.shape(x)
    if not isinstance(x, np.ndarray):
        return "a number"
    return f"an array of shape {shape}"


def text(x, digits=4, room=12):
    """A value as a line to read: small arrays in full, large ones by their shape."""
    try:
        return found_text(x, digits, room)
    except BaseException:  # a learner's class whose repr raises, a list that holds itself
        return f"a {type(x).__name__} that cannot be printed"


def found_text(x, digits, room):
    if isinstance(x, np.ndarray):
        if x.size > room:
            return f"an array of shape {x.shape}"
        return np.array2string(
            x,
            precision=digits,
            separator=", ",
            floatmode="maxprec",
            max_line_width=1000,
            formatter={"float_kind": lambda v: f"{v:.{digits}g}"},
        ).replace("\n", "")
    if isinstance(x, (float, np.floating)):
        return f"{x:.{digits}g}"
    if isinstance(x, (tuple, list)) and len(x) <= room and not hasattr(x, "_fields"):
        inner = ", ".join(text(item, digits, max(room // max(len(x), 1), 4)) for item in x)
        return f"[{inner}]" if isinstance(x, list) else f"({inner}{',' if len(x) == 1 else ''})"
    if isinstance(x, dict) and len(x) <= room:
        return "{" + ", ".join(f"{k!r}: {text(v, digits, room)}" for k, v in x.items()) + "}"
    if callable(x) and hasattr(x, "__name__"):
        return x.__name__
    shown = repr(x)
    return shown if len(shown) <= 300 else shown[:297] + "..."


def size(x):
    """How many numbers and letters an instance consists of: the smallest one is shown."""
    if isinstance(x, np.ndarray):
        return 1 + x.size
    if isinstance(x, dict):
        return 1 + sum(size(v) for v in x.values())
    if isinstance(x, (tuple, list)):
        return 1 + sum(map(size, x))
    return len(x) if isinstance(x, str) else 1
