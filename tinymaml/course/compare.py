"""Comparing what an answer gives with what it should give, and saying the difference so that it
helps."""

import math
from numbers import Number
from types import ModuleType

import numpy as np

TRUTH = bool, np.bool_
NUMERIC = (
    "biufc"  # NumPy's kinds of dtype that are numbers: truth values, integers, floats, complex
)
SMALLEST = 1e-6  # the size of a block of zeros: sums that cancel leave some rounding


class Stranger:
    """Something that is no plain data: what its type is called, how it prints, its attributes.

    attributes: name -> plain data; None where it is a function, a class, or has none.
    """

    def __init__(self, type_name, text, attributes):
        self.type_name = type_name
        self.text = text
        self.attributes = attributes

    def __repr__(self):
        return self.text


def difference(got, expected, tolerance, at=()):
    """None if equal up to `tolerance`; else (words, expected, got), three texts.

    The tolerance is relative to the largest number of the block. Numbers and arrays are compared as
    numbers (shapes must agree), tuples and lists item by item, anything else by ==. at: which part
    of the result this is, its keys such as (2, "name").
    """
    try:
        found = find_difference(got, expected, tolerance, at)
    except BaseException as error:  # what came back may be of the learner's own class
        return (
            f"what came back cannot be compared ({type(error).__name__})",
            text(expected),
            type_of(got),
        )
    return found and tell_apart(*found, got, expected)


def tell_apart(words, text_expected, text_got, got, expected):
    """`difference`, with the types where both texts would be the same."""
    if text_got == text_expected:
        return words, f"{text_expected}, {kind(expected)}", f"{text_got}, {kind(got)}"
    return words, text_expected, text_got


def find_difference(got, expected, tolerance, at):
    """`difference`, which may raise what a learner's class raises."""
    place = f"in {place_of(at)}, " if at else ""

    def complain(words):
        return words, text(expected), text(got)

    if got is ...:
        return complain(f"{place}nothing came back")
    if got is None and expected is not None:
        return complain(f"{place}nothing came back (None); is there a `return`?")
    if isinstance(expected, np.ndarray) or is_number(expected):
        return compare_numbers(got, expected, tolerance, place)
    family = family_of(expected)
    if not isinstance(got, family):
        return complain(f"{place}{type_of(got)} came back instead of {type_of(expected)}")
    if family is dict:
        if set(got) != set(expected):
            keys_expected = ", ".join(map(text, expected))
            keys_got = ", ".join(map(text, got))
            return f"{place}the keys differ", keys_expected, keys_got
        parts = [(key, got[key], expected[key]) for key in expected]
    elif family == (tuple, list):
        if len(got) != len(expected):
            items = "1 item" if len(got) == 1 else f"{len(got)} items"
            return complain(f"{place}{items} instead of {len(expected)}")
        parts = [(k, a, b) for k, (a, b) in enumerate(zip(got, expected, strict=True))]
    else:
        if got is expected or expected is not None and bool(got == expected):
            return None
        if type_of(got) == type_of(expected):
            mine = attributes_of(got)
            theirs = attributes_of(expected)
            if mine is not None and theirs is not None:
                return difference(mine, theirs, tolerance, (*at, type_of(expected).split()[1]))
        return complain(f"{place}not the same" if at else "")
    for key, part_got, part_expected in parts:
        found = difference(part_got, part_expected, tolerance, (*at, key))
        if found:
            return found
    return None


def place_of(at):
    """Which part of a result its keys name: "result[0]", "`W1`", "`W1`, `b`[2]"."""
    words = "" if isinstance(at[0], str) else "result"
    for key in at:
        if isinstance(key, str):
            words += f", `{key}`" if words else f"`{key}`"
        else:
            words += f"[{key!r}]"
    return words


def attributes_of(value):
    """name -> value, of an object that says nothing about equality; else None."""
    if isinstance(value, Stranger):
        return value.attributes
    return vars(value) if is_compared_by_identity(value) else None


def is_number(value):
    """Is it a number, Python's or NumPy's, and no truth value?"""
    return isinstance(value, (Number, np.number)) and not isinstance(value, TRUTH)


def family_of(value):
    """The types that may come back where this value is expected."""
    for types in (dict, (tuple, list), TRUTH, str):
        if isinstance(value, types):
            return types
    return object


def is_compared_by_identity(value):
    """Does an object say nothing about equality, so that its attributes have to?"""
    return (
        type(value).__eq__ is object.__eq__
        and hasattr(value, "__dict__")
        and not callable(value)
        and not isinstance(value, ModuleType)
    )


def compare_numbers(got, expected, tolerance, place):
    """`difference`, where a number or an array is expected. place: "" or "in result[2], "."""

    def complain(words):
        return f"{place}{words}", text(expected), text(got)

    is_numeric = isinstance(got, np.ndarray) or is_number(got)
    if not is_numeric:
        return complain(f"{type_of(got)} came back instead of {kind(expected)}")
    a = np.asarray(got)
    b = np.asarray(expected)
    if a.shape != b.shape:
        return complain(f"{kind(got)} came back instead of {kind(expected)}")
    if b.dtype.kind not in NUMERIC:  # an array of words, a fraction, an integer beyond 64 bits
        return None if a.tolist() == b.tolist() else complain("not the same")
    a = as_floats(a)
    if a.dtype.kind not in NUMERIC:
        return complain(f"the array holds {a.dtype}, not numbers")
    has_truth = "b" in (a.dtype.kind, b.dtype.kind)
    coarse = say_coarse(a, b)
    a = as_numbers(a)
    b = as_numbers(b)
    bad = where_wrong(a, b, tolerance)
    if not bad.any():
        return None
    worst = where_worst(a, b, bad)
    where = f" at [{', '.join(map(str, worst))}]" if a.ndim else ""
    verb = "differs" if bad.sum() == 1 else "differ"
    count = f" ({bad.sum()} of {bad.size} numbers {verb})" if bad.size > 1 else ""
    if np.isnan(a[worst]):
        words = f"NaN{where}{count}"
    elif place or bad.size > 1 or coarse:
        words = f"a wrong number{where}{count}{coarse}"
    else:
        words = ""  # a number alone: it is shown beside the right one
    if has_truth:
        return complain(words)
    in_full = 1 < b.size <= 6
    return f"{place}{words}", *show_both(b[worst], a[worst], (b, a) if in_full else None)


def say_coarse(a, b):
    """ "; float32 keeps about 7 digits", where numbers are of fewer digits than expected; or ""."""
    if a.dtype.kind not in "fc" or b.dtype.kind not in "fc":
        return ""
    if np.finfo(a.dtype).precision >= np.finfo(b.dtype).precision:
        return ""
    return f"; {a.dtype} keeps about {np.finfo(a.dtype).precision + 1} digits"


def as_floats(array):
    """An array of fractions, say, as floats; any other as it is."""
    items = array.ravel().tolist()
    if array.dtype.kind != "O" or not all(map(is_number, items)):
        return array
    return np.array([float(item) for item in items]).reshape(array.shape)


def as_numbers(array):
    """An array with 0 and 1 in place of truth values."""
    return array.astype(np.int8) if array.dtype.kind == "b" else array


def errors(a, b):
    """The distances of two arrays of numbers; 0 where both are NaN, or the same infinity."""
    with np.errstate(all="ignore"):
        same = (a == b) | (np.isnan(a) & np.isnan(b))
        return np.where(same, 0.0, np.abs(a - b))


def where_wrong(a, b, tolerance):
    """Where `a` is further from `b` than allowed: an array of truth values."""
    if a.dtype.kind in "biu" and b.dtype.kind in "biu":
        tolerance = 0.0  # integers are exact
    with np.errstate(all="ignore"):
        largest = np.abs(b[np.isfinite(b)]).max(initial=SMALLEST)
    return ~(errors(a, b) <= tolerance * largest)


def where_worst(a, b, bad):
    """The index of the largest error, NaN being the largest."""
    error = errors(a, b)
    error = np.where(np.isnan(error), np.inf, error)
    return np.unravel_index(np.argmax(error * bad), a.shape)


def show_both(expected, got, blocks):
    """Two numbers as texts, with the digits that tell them apart.

    blocks: the two arrays that they are of, to be shown in full; None: the numbers alone.
    """
    if not blocks:
        return side_by_side(expected, got, 4)
    digits = digits_that_differ(expected, got, 4)
    return tuple(text(block, digits) for block in blocks)


def side_by_side(a, b, digits=6):
    """Two numbers as texts of so many digits, or as many more as it takes to tell them apart."""
    digits = digits_that_differ(a, b, digits)
    return f"{a:.{digits}g}", f"{b:.{digits}g}"


def digits_that_differ(a, b, least):
    """How many digits, at least, tell two numbers apart."""
    if not (np.isfinite(a) and np.isfinite(b)):
        return least
    distance = abs(a - b) / (max(abs(a), abs(b)) or 1)
    if not 0 < distance < 1:
        return least
    return min(17, max(least, 2 - math.floor(math.log10(distance))))


def type_of(x):
    """ "a list", "an int", ..."""
    name = x.type_name if isinstance(x, Stranger) else type(x).__name__
    return f"{'an' if name[0] in 'aeiou' else 'a'} {name}"


def kind(x):
    """ "a number", "an array of shape (2, 3)", "a list"..."""
    if isinstance(x, np.ndarray):
        return f"an array of shape {x.shape}"
    return "a number" if is_number(x) else type_of(x)


def text(x, digits=4, room=12):
    """A value as a line to read: small arrays in full, large ones by their shape."""
    try:
        return format_value(x, digits, room)
    except BaseException:  # a learner's class whose repr raises, a list that holds itself
        return f"a {type(x).__name__} that cannot be printed"


def format_value(x, digits, room):
    """`text`, which may raise what a learner's class raises."""
    if isinstance(x, np.ndarray):
        return format_array(x, digits) if x.size <= room else kind(x)
    if isinstance(x, (float, np.floating)):
        return f"{x:.{digits}g}"
    if isinstance(x, (tuple, list)) and len(x) <= room and not hasattr(x, "_fields"):
        room_of_each = max(room // max(len(x), 1), 4)
        items = ", ".join(text(item, digits, room_of_each) for item in x)
        if isinstance(x, list):
            return f"[{items}]"
        return f"({items},)" if len(x) == 1 else f"({items})"
    if isinstance(x, dict) and len(x) <= room:
        items = [f"{key!r}: {text(value, digits, room)}" for key, value in x.items()]
        return "{" + ", ".join(items) + "}"
    if callable(x) and hasattr(x, "__name__"):
        return x.__name__
    shown = repr(x)
    return shown if len(shown) <= 300 else shown[:297] + "..."


def format_array(x, digits):
    """All numbers of an array, on one line."""
    lines = np.array2string(
        x,
        precision=digits,
        separator=", ",
        floatmode="maxprec",
        max_line_width=1000,
        formatter={"float_kind": lambda value: f"{value:.{digits}g}"},
    )
    return lines.replace("\n", "")


def size(x):
    """How many numbers and letters an instance consists of: the smallest one is shown."""
    if isinstance(x, np.ndarray):
        return 1 + x.size
    if isinstance(x, dict):
        return 1 + sum(size(value) for value in x.values())
    if isinstance(x, (tuple, list)):
        return 1 + sum(map(size, x))
    return len(x) if isinstance(x, str) else 1
