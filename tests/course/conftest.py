"""Fixtures for the course's machinery: small courses, each in a folder of its own, and a quick way
to grade."""

import IPython
import pytest

from helpers import lesson_77, two_lessons
from helpers.sessions import Notebook
from tinymaml.course import desk, exercise, grading, material, sandbox, session, work
from tinymaml.course.sandbox import Graders


@pytest.fixture(scope="session")
def graders():
    """The quick way to grade, for every course."""
    with Graders() as started:
        yield started


@pytest.fixture
def quick_sandbox(graders, monkeypatch):
    """Every answer, of a folder or of a notebook, is graded by the quick way."""

    def grade(name, code):
        return graders(name, [code])[0]

    def verdicts_on(jobs):
        for job in jobs:
            yield job, grade(*job)

    monkeypatch.setattr(sandbox, "grade", grade)
    monkeypatch.setattr(grading, "verdicts_on", verdicts_on)


@pytest.fixture
def course(tmp_path, monkeypatch):
    """The folder of a small course, which every command takes for the course meanwhile."""
    monkeypatch.setenv("TINYMAML_COURSE", str(tmp_path / "course"))
    monkeypatch.chdir(tmp_path)
    two_lessons.write(tmp_path / "course")
    yield tmp_path / "course"
    material.sources_in.cache_clear()
    material.appendices_in.cache_clear()
    exercise.exercises_in.cache_clear()


@pytest.fixture
def mine(course, tmp_path, monkeypatch):
    """A learner's folder of the small course, and the current one."""
    work.make(tmp_path / "work")
    monkeypatch.chdir(tmp_path / "work")
    return tmp_path / "work"


@pytest.fixture
def one_lesson(tmp_path, monkeypatch):
    """The folder of a course of one lesson, with mistakes and all; every process started meanwhile
    takes it for the course."""
    place = lesson_77.make(tmp_path / "course")
    monkeypatch.setenv("TINYMAML_COURSE", str(place))
    return place


@pytest.fixture
def notebook(monkeypatch):
    """A notebook's session that has just begun. -> its Notebook"""
    for word in ("TINYMAML_WORK", "TINYMAML_STRICT", "TINYMAML_GRADING", "NBGRADER_EXECUTION"):
        monkeypatch.delenv(word, raising=False)
    monkeypatch.setattr(session, "VERDICTS", {})
    monkeypatch.setattr(desk, "GIVEN", {})
    begun = Notebook()
    monkeypatch.setattr(IPython, "get_ipython", lambda: begun)
    return begun


@pytest.fixture
def said(capsys):
    """-> a function that returns what was printed since its last call."""
    return lambda: capsys.readouterr().out
