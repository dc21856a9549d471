"""The speeds of lesson 05: which change alone is said to help."""

import pytest

from tinymaml.course.given.roofline import what_helps


@pytest.mark.parametrize(
    ("order", "index", "expected"),
    [
        (6, 2, "order"),
        (2, 6, "index"),
        (6, 7, "each alone"),
        (2, 4, "neither alone"),
        (5, 5, "neither alone"),
    ],
)
def test_a_change_helps_alone_if_it_reaches_more_than_half(order, index, expected):
    speeds = {
        "j innermost, signed": order,
        "p innermost, unsigned": index,
        "j innermost, unsigned": 10,
    }
    assert what_helps(speeds) == expected
