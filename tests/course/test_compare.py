"""Comparing an answer's result with the solution's."""

from fractions import Fraction

import numpy as np
import pytest

from tinymaml.course import compare


@pytest.mark.parametrize(
    "got, expected",
    [
        (1.0 + 1e-12, 1.0),
        (3, 3.0),
        (np.float32(0.5), 0.5),
        (True, np.True_),
        (np.False_, False),
        (np.array([True, False]), np.array([True, False])),
        (np.array([1, 0]), np.array([True, False])),
        (float("nan"), float("nan")),
        (np.inf, np.inf),
        (10**30, 10**30),
        ("ij", "ij"),
        (np.str_("ij"), "ij"),
        ([1, (2, "a")], (1, [2, "a"])),
        ({"b": 1, "a": 2}, {"a": 2, "b": 1}),
        (None, None),
        (np.array(2.0), 2.0),
        (np.array(["a"]), np.array(["a"])),
        (np.zeros((0, 2)), np.zeros((0, 2))),
        ({1, 2}, {2, 1}),
        (1 + 1e-12j, 1 + 0j),
        (np.array([1.0, 1e-12]), np.array([1.0, 0.0])),
        (np.uint8(3), 3),
        (Fraction(1, 4), 0.25),
        (np.array([Fraction(1, 4), 2]), np.array([0.25, 2.0])),
    ],
    ids=str,
)
def test_the_same(got, expected):
    assert compare.difference(got, expected, 1e-9) is None


def test_objects_without_equality_are_their_attributes():
    from tinymaml.problems import Quadratic

    a, b, c = (
        Quadratic(np.eye(2), np.array(centre)) for centre in ([1.0, 2.0], [1.0, 2.0], [1.0, 3.0])
    )
    assert compare.difference(a, b, 1e-9) is None
    assert compare.difference(a, c, 1e-9)[0].startswith(
        "in `Quadratic`, `c`, a wrong number at [1]"
    )
    assert compare.difference(lambda x: x, lambda x: 2 * x, 1e-9)
    assert compare.difference(np.linalg, np.random, 1e-9)


@pytest.mark.parametrize(
    "got, expected, words",
    [
        (1.0 + 1e-6, 1.0, ("", "1", "1.000001")),
        (True, 1.0, ("a bool came back instead of a number", "1", "True")),
        (4, 3, ("", "3", "4")),
        (1, True, ("an int came back instead of a bool", "True", "1")),
        (10**30, 10**30 + 1, ("not the same", str(10**30 + 1), str(10**30))),
        (
            np.array([True, True]),
            np.array([True, False]),
            ("a wrong number at [1] (1 of 2 numbers differs)", "[ True, False]", "[ True,  True]"),
        ),
        (np.nan, 1.0, ("NaN", "1", "nan")),
        ({"a": 1}, {"b": 1}, ("the keys differ", "'b'", "'a'")),
        ([1, 2], [1, 3], ("in result[1], a wrong number", "3", "2")),
        ({"a": [1, 5]}, {"a": [1, 3]}, ("in `a`[1], a wrong number", "3", "5")),
        ("ab", "ij", ("", "'ij'", "'ab'")),
        (np.array([1, 2]), "ij", ("a ndarray came back", "'ij'", "[1, 2]")),
        (None, np.zeros(2), ("nothing came back (None)", "[0, 0]", "None")),
        (np.array([1, 2]), None, ("", "None", "[1, 2]")),
        (
            np.array([3.0, 1.0]),
            np.array([1.0, 1.0]),
            ("a wrong number at [0] (1 of 2", "[1, 1]", "[3, 1]"),
        ),
        (
            [0.5],
            np.array([0.5]),
            ("a list came back", "[0.5], an array of shape (1,)", "[0.5], a list"),
        ),
        (
            np.float32(0.1),
            0.1,
            ("a wrong number; float32 keeps about 7 digits", "0.1", "0.1000000015"),
        ),
        (
            [np.zeros((2, 1)), np.eye(2)],
            [np.zeros((2, 1)), np.ones((2, 2))],
            (
                "in result[1], a wrong number at [0, 1] (2 of 4 numbers differ)",
                "[[1, 1], [1, 1]]",
                "[[1, 0], [0, 1]]",
            ),
        ),
        ({"W": {"b": [1]}}, {"W": {"b": [2]}}, ("in `W`, `b`[0], a wrong number", "2", "1")),
        (Fraction(1, 3), 0.25, ("", "0.25", "0.3333")),
        ("2", 2, ("a str came back", "2", "'2'")),
        (np.zeros(20), np.ones(20), ("a wrong number at [0] (20 of 20 numbers differ)", "1", "0")),
    ],
    ids=str,
)
def test_not_the_same(got, expected, words):
    found = compare.difference(got, expected, 1e-9)
    assert found and found[0].startswith(words[0].rstrip()) and found[1:] == words[1:]
