"""Results as plain data: what the process that runs an answer sends to the one that compares.

Whatever class of the learner's own a result is of, its parts arrive as Python's and NumPy's own
numbers, arrays, texts, tuples, lists, dicts and sets; so no result says of itself whether it is
right. Anything else arrives as a Stranger.
"""

import collections
import contextlib
import functools
import marshal
from decimal import Decimal
from fractions import Fraction
from types import ModuleType

import numpy as np

from .compare import Stranger, text

EXACT = type(None), type(...), bool, int, float, complex, str, bytes  # what marshal writes
OWN_COPY = {  # of a subclass, the value as the class itself has it
    int: int.__int__,
    float: float.__float__,
    complex: complex.__pos__,
    bytes: lambda value: bytes.__add__(value, b""),
}
DERIVED = str, tuple, list, dict, set, frozenset, np.ndarray, np.generic
ARRAYS = "biufcSU"  # NumPy's kinds of dtype whose bytes are the whole value
DEPTH = 100  # how deep lists within lists are followed


class Words(str):
    """A text of a class of its own: compared as the text that it is, printed as its class does."""

    shown: str

    @classmethod
    def printed(cls, words, shown):
        """These words, which repr() prints as `shown`."""
        made = cls(words)
        made.shown = shown
        return made

    def __repr__(self):
        return self.shown


def dumps(value):
    """A value as bytes."""
    return marshal.dumps(encode(value))


def loads(data):
    """What dumps(value) had, as plain data."""
    try:
        return decode(marshal.loads(data))
    except (TypeError, ValueError):  # a list of the learner's own as a dict's key
        return Stranger("value", "a value that cannot be read", None)


def plain(value):
    """A value as plain data."""
    return decode(encode(value))


def disarmed(value, known):
    """A value without the classes that an answer has derived from Python's or NumPy's own: what is
    of one is as plain data, the rest stays itself.

    known: the values that an answer was given; a class among them stays.
    """
    kind = type(value)
    if kind in (list, tuple):
        return kind(disarmed(item, known) for item in value)
    if kind is dict:
        return {key: disarmed(item, known) for key, item in value.items()}
    derived = set(kind.__mro__[1:]) & {*OWN_COPY, *DERIVED}
    if derived and kind.__module__.startswith("lesson_") and not any(kind is x for x in known):
        return plain(value)
    return value


def encode(value, around=()):
    """A value as nested tuples of what marshal writes, each with a word for what it is.

    around: the identities of the lists and dicts that it is in.
    """
    if len(around) > DEPTH or id(value) in around:
        return stranger(value)
    inside = (*around, id(value))
    kinds = type(value).__mro__
    if type(value) in EXACT:
        return "exact", value
    if np.ndarray in kinds or np.generic in kinds:
        return encode_array(value, inside)
    if str in kinds:
        return "words", str.__str__(value), text(value)
    for kind, copy in OWN_COPY.items():
        if kind in kinds:
            return "exact", copy(value)
    if tuple in kinds and is_named(value):
        items = [encode(item, inside) for item in tuple.__iter__(value)]
        return "named", type(value).__name__, tuple(map(str, value._fields)), items
    for word, kind in (("tuple", tuple), ("list", list), ("set", set), ("set", frozenset)):
        if kind in kinds:
            return word, [encode(item, inside) for item in kind.__iter__(value)]
    if dict in kinds:
        items = dict.items(value)
        return "dict", [(encode(key, inside), encode(item, inside)) for key, item in items]
    if type(value) is Fraction:
        return "fraction", value.numerator, value.denominator
    if type(value) is Decimal:
        return "decimal", str(value)
    return stranger(value, inside)


def is_named(value):
    """Is a tuple a named one, with a name for each item?"""
    fields = getattr(type(value), "_fields", None)
    return isinstance(fields, tuple) and len(fields) == tuple.__len__(value)


def encode_array(value, inside):
    """`encode`, of an array or a number of NumPy's."""
    array = np.array(value, subok=False)
    word = "array" if np.ndarray in type(value).__mro__ else "number"
    if array.dtype.kind in ARRAYS:
        return word, array.dtype.str, array.shape, array.tobytes()
    if array.dtype.kind == "O":
        return "objects", array.shape, [encode(item, inside) for item in array.ravel().tolist()]
    return stranger(value)


def stranger(value, inside=None):
    """`encode`, of anything else. inside: None where its attributes are not looked at."""
    attributes = None
    if inside and not callable(value) and not isinstance(value, ModuleType):
        with contextlib.suppress(BaseException):  # what the learner's own class raises
            found = value.__dict__
            attributes = encode(found, inside) if type(found) is dict else None
    return "stranger", type(value).__name__, str(text(value)), attributes


def decode(data):
    """The plain data that `encode` made these tuples of."""
    word, *parts = data
    if word == "exact":
        return parts[0]
    if word in ("array", "number"):
        dtype, shape, content = parts
        array = np.frombuffer(content, dtype).reshape(shape).copy()
        return array if word == "array" else array[()]
    if word == "objects":
        shape, items = parts
        array = np.empty(len(items), object)
        for k, item in enumerate(items):
            array[k] = decode(item)
        return array.reshape(shape)
    if word == "named":
        name, fields, items = parts
        return named_tuple(name, fields)(*map(decode, items))
    if word == "dict":
        return {decode(key): decode(item) for key, item in parts[0]}
    if word == "words":
        return Words.printed(*parts)
    if word == "fraction":
        return Fraction(*parts)
    if word == "decimal":
        return Decimal(*parts)
    if word == "stranger":
        name, text, attributes = parts
        return Stranger(name, text, attributes and decode(attributes))
    return {"tuple": tuple, "list": list, "set": set}[word](map(decode, parts[0]))


@functools.cache
def named_tuple(name, fields):
    """A class of tuples with these names."""
    if not name.isidentifier():
        name = "named"
    return collections.namedtuple(name, fields, rename=True)
