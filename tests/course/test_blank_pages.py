"""Blank pages: nothing of the lesson is on them, and no later lesson builds on them."""

import numpy as np
import pytest

from tinymaml.course import blank_engine, exercise, grading, judge, material, route, so_far
from tinymaml.course.exercises.engine import count_lines
from tinymaml.course.verdict import UNTRIED, Verdict

pytestmark = pytest.mark.lesson_03
NAME = "03.engine"


@pytest.fixture
def no_folder(monkeypatch):
    """Nobody has answered anything."""
    monkeypatch.setenv("TINYMAML_WORK", "")


@pytest.fixture(scope="module")
def engine():
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TINYMAML_GRADING", "1")
        return blank_engine()


def test_there_is_numpy_on_it_and_nothing_else():
    names = judge.names_before(NAME)
    assert [word for word in names if not word.startswith("__")] == ["np"]


def test_what_comes_later_does_not_see_it():
    source = material.find("03")
    assert source.answer(NAME).blank_page
    assert NAME not in {cell.exercise for cell in source.before()}
    assert hasattr(judge.names_before("03")["Loss"], "trace")  # that of lessons 02 and 03


def test_it_is_never_among_the_answers_that_a_lesson_takes(no_folder, monkeypatch):
    asked = []
    monkeypatch.setattr(grading, "passed_answers", lambda names: asked.extend(names) or {})
    so_far.definitions_up_to("03")
    assert "03.price" in asked and NAME not in asked


def test_its_hours_are_not_in_the_sum(capsys):
    assert exercise.find(NAME).minutes == 120 and route.minutes(NAME) == 0
    assert route.say_count([Verdict(NAME, UNTRIED)]).count("to go") == 0


def test_a_name_of_the_lesson_is_not_there(graders):
    code = "# exercise 03.engine: a blank page\nanswer = wave"
    [verdict] = graders(NAME, [code])
    assert "NameError" in verdict.message
    assert "on a blank page there is `np`, NumPy, and what its own cell defines" in verdict.message


def test_an_open_page_is_not_yet_attempted(graders):
    stub = material.find("03").answer(NAME).stub
    assert stub.startswith("# exercise 03.engine: a blank page\n") and stub.endswith("\n...")
    assert [verdict.verdict for verdict in graders(NAME, [stub])] == [UNTRIED]


def test_the_engine_of_the_page(engine):
    """The course's, where nothing has passed."""
    a = np.random.default_rng(0).normal(size=(2, 4))

    def loss(p, x):
        return engine.total(engine.tanh(p["a"] * x)) * 0.5

    own = engine.Loss(loss, {"a": a})
    x = np.ones((3, 1, 1))[0]
    w = own.flatten({"a": a})
    y = np.tanh(w)
    assert engine.name == "the course's engine, of 03.engine"
    np.testing.assert_allclose(own.value(w, x), 0.5 * y.sum(), rtol=1e-14)
    np.testing.assert_allclose(own.gradient(w, x), 0.5 * (1 - y * y), rtol=1e-14)
    np.testing.assert_allclose(own.hvp(w, w, x), -y * (1 - y * y) * w, rtol=1e-14)


def test_a_learners_own_page(monkeypatch):
    code = "class Loss: mine = True\ndef tanh(x): ...\ndef total(x): ..."
    monkeypatch.delenv("TINYMAML_GRADING", raising=False)
    monkeypatch.setattr(grading, "passed_answers", lambda names: {NAME: code})
    found = blank_engine()
    assert found.name == "your engine, of 03.engine" and found.Loss.mine


def test_lines_that_are_counted():
    import ast

    code = '''# a comment
class A:
    """One
    or more."""

    def f(self):
        "Words."
        return """two
lines"""
'''
    assert count_lines(code, ast.parse(code)) == 4
