"""Results as plain data: they arrive as they were, whatever they are made of."""

import collections
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest

from tinymaml.course import plain
from tinymaml.course.compare import Stranger, difference, text

Pair = collections.namedtuple("Pair", "a b")


@pytest.mark.parametrize(
    "value",
    [
        None,
        True,
        10**30,
        -0.0,
        1e-300,
        1 - 2j,
        "ünï \ud800",
        b"\0",
        [1, (2, [3.0])],
        {"a": {1: [2]}, (1, 2): None},
        {1, 2},
        Fraction(1, 3),
        Decimal("0.1"),
        Pair(1, [2]),
        np.float32(0.1),
        np.int8(3),
        np.bool_(True),
        np.str_("ij"),
        np.arange(6.0).reshape(2, 3).T,
        np.zeros((0, 2)),
        np.array(["a", "bc"]),
        np.array([1 + 2j]),
        np.array([Fraction(1, 3), None, [1]], object),
    ],
    ids=repr,
)
def test_it_arrives_as_it_was(value):
    found = plain.loads(plain.dumps(value))
    assert type(found) is type(value) or isinstance(value, Pair)
    assert repr(found) == repr(value)
    assert difference(found, value, 0) is None
    if isinstance(value, (np.ndarray, np.generic)):
        assert found.dtype == value.dtype


class Point:
    def __init__(self, x):
        self.x = x


def test_what_is_no_plain_data_keeps_its_name_and_its_attributes():
    found = plain.loads(plain.dumps([Point([1.0, 2.0]), len, (k for k in ())]))
    assert [type(item) for item in found] == [Stranger] * 3
    assert found[0].type_name == "Point" and found[0].attributes == {"x": [1.0, 2.0]}
    assert text(found[1]) == "len" and found[1].attributes is None
    assert difference(found[0], plain.plain(Point([1.0, 2.0])), 0) is None
    assert difference(found[0], plain.plain(Point([1.0, 3.0])), 0)[0].startswith("in `Point`, `x`")
    assert difference(found[1], plain.plain(len), 0)
    assert difference(found[2], plain.plain([]), 0)[0] == "a generator came back instead of a list"


def test_a_class_of_the_learners_own_leaves_its_value():
    class Number(float):
        def __eq__(self, other):
            return True

        __hash__ = None

    class Rows(list):
        def __iter__(self):
            return iter(())

    class Array(np.ndarray):
        def __eq__(self, other):
            return True

    found = plain.plain([Number(2.0), Rows([1]), np.ones(2).view(Array), {"a": Number(1.0)}])
    assert list(map(type, found)) == [float, list, np.ndarray, dict]
    assert type(found[3]["a"]) is float and found[0] == 2.0 and found[1] == [1]


def test_what_has_no_end_is_cut():
    endless = []
    endless.append({"a": endless})
    assert type(plain.plain(endless)[0]["a"]) is Stranger
    deep = []
    for _ in range(1000):
        deep = [deep]
    plain.loads(plain.dumps(deep))
