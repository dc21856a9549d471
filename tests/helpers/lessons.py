"""Tests over lessons or exercises: `pytest -m lesson_03` selects those of lesson 03."""

import pytest

from tinymaml.course import material


def marked(names):
    """Parameters for a test over lessons or exercises, each with its lesson's marker.

    A course of your own has no markers: its numbers may be others than tests/conftest.py registers.
    """
    if material.own_course():
        return list(names)
    return [pytest.param(name, marks=getattr(pytest.mark, f"lesson_{name[:2]}")) for name in names]
