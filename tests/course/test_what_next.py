"""After "passed.": the insight, the course's version folded, how many are left, what is next."""

import pytest

from helpers import two_lessons
from tinymaml import course as words
from tinymaml.cli import main
from tinymaml.course import after, material, session, what_next
from tinymaml.course.verdict import Verdict

pytestmark = pytest.mark.usefixtures("quick_sandbox", "notebook")
NUMBERS = "01_numbers.ipynb"
RIGHT = "# exercise 01.double\ndef double(a): return a * 2"


@pytest.fixture
def pages(monkeypatch):
    """What a notebook's front end is given to show, in a list."""
    shown = []
    monkeypatch.setattr("IPython.display.display", lambda data, raw: shown.append(data))
    return shown


def test_what_is_left_and_what_is_next(mine, notebook, said):
    notebook.run(RIGHT)
    words.check()
    assert said() == (
        "01.double: passed.\nLesson 02 calls it twice.\n"
        "1 of lesson 01's 2 exercises left. Next: 01.guess (predict, about 5 min).\n"
    )
    notebook.run("# exercise 01.guess\nanswer = 7")
    words.check()
    assert said() == (
        "01.guess: passed.\nAll 2 exercises of lesson 01 have passed. Next: 02_more.ipynb.\n"
    )
    notebook.run("# exercise 02.fourfold\ndef fourfold(a): return 4 * a")
    words.check()
    assert said().endswith("\nLesson 02's exercise has passed. That was the last lesson.\n")


def test_an_exercise_that_was_left_out_comes_after_the_later_ones(mine, notebook, said):
    notebook.run("# exercise 01.guess\nanswer = 7")
    words.check()
    assert "Next: 01.double (write, about 2 min)." in said()


@pytest.mark.skipif(bool(material.own_course()), reason="they are exercises of this course")
def test_the_next_one_is_the_nearest_below(notebook, monkeypatch):
    monkeypatch.setenv("TINYMAML_WORK", "")
    assert "4 of lesson 00's 4 exercises left. Next: 00.limit" in what_next.say_next("00.step")
    session.remember("", Verdict("00.limit", "passed"))
    assert "3 of lesson 00's 4 exercises left. Next: 00.worse" in what_next.say_next("00.limit")
    session.remember("", Verdict("00.worse", "passed"))
    assert "2 of lesson 00's 4 exercises left. Next: 00.peeks" in what_next.say_next("00.worse")
    session.remember("", Verdict("00.peeks", "passed"))
    assert "1 of lesson 00's 4 exercises left. Next: 00.step" in what_next.say_next("00.peeks")


def test_a_session_goes_on_where_the_last_one_ended(mine, notebook, said):
    notebook.run(RIGHT)
    words.check()
    two_lessons.answer(mine / NUMBERS, "01.double", "def double(a): return a * 2")
    session.VERDICTS.clear()
    assert what_next.say_next("01.guess").startswith("1 of lesson 01's 2 exercises left.")
    session.remember("# exercise 01.guess\nanswer = 7", Verdict("01.guess", "passed"))
    assert what_next.say_next("01.guess").startswith("All 2 exercises of lesson 01 have passed.")


def test_the_courses_version_is_folded(mine, notebook, said, pages):
    notebook.run(RIGHT)
    words.check()
    assert not pages  # a terminal
    notebook.kernel = object()
    notebook.run(RIGHT)
    words.check()
    [page] = pages
    assert page["text/html"].startswith("<details><summary>The course's version</summary>")
    assert "return a + a" in page["text/html"] and "&quot;&quot;&quot;Twice a." in page["text/html"]
    assert page["text/plain"] == ""
    notebook.run('# exercise 01.double\ndef double(a):\n    """Twice a."""\n    return a + a  # so')
    words.check()
    assert len(pages) == 1  # it is the course's own already


@pytest.mark.parametrize("word", ["TINYMAML_STRICT", "NBGRADER_EXECUTION"])
def test_where_solutions_are_built_or_a_class_is_graded_the_verdict_stands_alone(
    mine, notebook, said, pages, monkeypatch, word
):
    monkeypatch.setenv(word, "autograde")
    notebook.kernel = object()
    notebook.run(RIGHT.replace("return", "print(a); return"))
    words.check()
    assert said() == "01.double: passed.\n" and not pages


def test_what_it_printed_stands_below_the_verdict(mine, notebook, said):
    notebook.run("# exercise 01.double\ndef double(a):\n    print('a is', a)\n    return a * a")
    words.check()
    assert said().endswith(
        "  got      25\nIt printed:\n  a is 5\nStuck? `hint()` gives the next hint.\n"
    )


def test_one_exercise_in_the_shell(mine, said):
    two_lessons.answer(mine / NUMBERS, "01.double", "def double(a):\n print(a)\n return a * 2")
    main(["check", "01.double"])
    assert said() == "01.double: passed.\nIt printed:\n  30.5\nLesson 02 calls it twice.\n"
    two_lessons.answer(mine / NUMBERS, "01.guess", "answer = 8")
    main(["check", "01.guess"])
    advice = "Stuck? `tinymaml hint 01.guess` gives the next hint.\n"
    assert said() == f"01.guess: wrong. That is not it.\n{advice}"
    main(["check", "01"])  # a line for each
    assert said() == ("01.double: passed.\n01.guess: wrong. That is not it.\n1 passed, 1 wrong.\n")


def test_a_hint_is_not_for_who_grades_another(mine, said, monkeypatch):
    two_lessons.answer(mine / NUMBERS, "01.guess", "answer = 8")
    monkeypatch.chdir(mine.parent)
    main(["check", "01.guess", "--work", "work"])
    assert said() == "01.guess: wrong. That is not it.\n"


def test_an_insight_fits_the_page(monkeypatch):
    long = "word " * 60
    monkeypatch.setattr(after.exercise, "find", lambda name: type("", (), {"insight": long}))
    assert max(map(len, after.insight("01.double").split("\n"))) <= 98
