"""`tinymaml check --watch`: what has changed is checked again when a notebook is saved."""

import re
from types import SimpleNamespace

import pytest

from helpers import two_lessons
from tinymaml.cli import main
from tinymaml.course import grading, saves, watch, work
from tinymaml.course.verdict import SLOW, Verdict

NUMBERS = "01_numbers.ipynb"
MORE = "02_more.ipynb"
WRONG = "def double(a): return a * a"
RIGHT = "def double(a): return a * 2"


def nothing():
    """A pause in which nobody does anything."""


@pytest.fixture
def session(quick_sandbox, mine, monkeypatch, capsys):
    """session(step, step, ..., words=[...]) -> the reports on what is done, a step in each pause
    between two looks; then comes Ctrl-C."""

    def run(*steps, words=()):
        waiting = iter(steps)

        def sleep(seconds):
            step = next(waiting, None)
            if step is None:
                raise KeyboardInterrupt
            step()

        monkeypatch.setattr(saves, "time", SimpleNamespace(sleep=sleep))
        assert main(["check", "--watch", *words]) == 0
        out, err = capsys.readouterr()
        assert not err
        head, *reports = re.split(r"^\d\d:\d\d:\d\d  ", out, flags=re.M)
        assert "Ctrl-C ends this" in head
        return reports

    return run


def answer_with(path, code, name="01.double"):
    """A step in which an answer is saved."""
    return lambda: two_lessons.answer(path, name, code)


def test_a_session(session, mine, monkeypatch):
    graded = []
    quick = grading.verdicts_on

    def note(jobs):
        graded.append([name for name, _ in jobs])
        return quick(jobs)

    monkeypatch.setattr(grading, "verdicts_on", note)
    two_lessons.answer(mine / NUMBERS, "01.guess", "answer = 8")
    reports = session(
        nothing,
        answer_with(mine / NUMBERS, WRONG),
        nothing,
        nothing,
        answer_with(mine / NUMBERS, RIGHT),
        nothing,
        lambda: two_lessons.change(mine / NUMBERS, lambda cells: cells.pop(0)),
        nothing,
    )
    assert reports == [
        "all answers\n  01.guess: wrong. That is not it.\n  0 of 3 passed; wrong now: 01.guess.\n",
        "01_numbers.ipynb\n"
        "  01.double: wrong. You squared: a² is not a + a.\n"
        "    on       a = 5\n"
        "    expected 10\n"
        "    got      25\n"
        "  0 of 3 passed; wrong now: 01.double, 01.guess.\n",
        "01_numbers.ipynb\n"
        "  01.double: passed, was wrong.\n"
        "  1 of 3 passed; wrong now: 01.guess.\n",
        "01_numbers.ipynb\n  No answer has changed.\n  1 of 3 passed; wrong now: 01.guess.\n",
    ]
    assert graded == [["01.guess"], ["01.double"], ["01.double"], []]
    assert session()[0].endswith("1 of 3 passed; wrong now: 01.guess.\n") and graded[4] == []


def test_one_exercise(session, mine):
    reports = session(
        answer_with(mine / NUMBERS, WRONG),  # two saves, one soon after the other
        answer_with(mine / NUMBERS, RIGHT),
        nothing,
        nothing,
        answer_with(mine / MORE, "def fourfold(a): return a", "02.fourfold"),
        nothing,
        words=["01.double"],
    )
    assert reports == [
        "all answers\n  01.double: not yet attempted.\n",
        "01_numbers.ipynb\n  01.double: passed.\n",
        "02_more.ipynb\n  No answer has changed.\n",
    ]


def test_a_notebook_that_is_half_written_for_a_moment(session, mine):
    two_lessons.answer(mine / NUMBERS, "01.double", RIGHT)
    whole = (mine / NUMBERS).read_text()
    half = whole[: whole.index("numbers.")]
    wrong = whole.replace("a * 2", "a * a")
    first, *reports = session(
        lambda: (mine / NUMBERS).write_text(half),
        lambda: (mine / NUMBERS).write_text(half + "numbers"),
        nothing,
        lambda: (mine / NUMBERS).write_text(wrong),
        nothing,
        lambda: (mine / NUMBERS).write_text(half),  # and now for good
        *[nothing] * (saves.PATIENCE + 2),
        lambda: (mine / NUMBERS).write_text(wrong),
        nothing,
    )
    assert "01.double: wrong, was passed." in reports[0]
    assert reports[1:] == [
        "01_numbers.ipynb\n"
        "  01_numbers.ipynb cannot be read: it ends in the middle, on line 1.\n"
        "  0 of 3 passed; wrong now: 01.double.\n",
        "01_numbers.ipynb\n  No answer has changed.\n  0 of 3 passed; wrong now: 01.double.\n",
    ]


def test_notebooks_come_and_go(session, mine):
    two_lessons.answer(mine / NUMBERS, "01.double", RIGHT)
    wrong = [two_lessons.code_cell(f"# exercise 01.double\n{WRONG}")]
    _, *reports = session(
        lambda: (mine / NUMBERS).rename(mine.parent / "away"),
        nothing,
        lambda: (mine / MORE).unlink(),
        nothing,
        lambda: (mine / "week").mkdir(),
        lambda: (mine.parent / "away").rename(mine / "week" / NUMBERS),
        nothing,
        lambda: two_lessons.write_notebook(mine / "Untitled.ipynb", wrong),
        nothing,
    )
    assert reports == [
        "01_numbers.ipynb (gone)\n"
        "  No exercise of lesson 01 is here; `tinymaml restore 01` brings a lesson back.\n"
        "  0 of 3 passed; nothing is wrong.\n",
        "02_more.ipynb (gone)\n"
        f"  There is no notebook in {mine}. `tinymaml learn .` puts the lessons there.\n",
        "week/01_numbers.ipynb\n"
        "  01.double: passed.\n"
        "  No exercise of lesson 02 is here; `tinymaml restore 02` brings a lesson back.\n"
        "  1 of 3 passed; nothing is wrong.\n",
        "Untitled.ipynb\n"
        "  01.double: two answers, was passed. Cell 1 of Untitled.ipynb (wrong) and cell 3 of "
        "week/01_numbers.ipynb (passed) differ. Delete the answer that does not count, or its "
        "marker. `tinymaml check 01.double --work week/01_numbers.ipynb` grades one notebook "
        "alone.\n"
        "  0 of 3 passed; wrong now: 01.double.\n",
    ]


def test_one_notebook_and_somebody_elses_folder(session, mine, monkeypatch):
    other = mine / MORE
    _, *reports = session(
        answer_with(mine / NUMBERS, WRONG),
        nothing,
        answer_with(other, "def fourfold(a): return 4 * a", "02.fourfold"),
        nothing,
        other.unlink,
        nothing,
        words=["--work", str(other)],
    )
    assert reports == [
        "02_more.ipynb\n  02.fourfold: passed.\n",
        "02_more.ipynb (gone)\n  It is not there any more.\n",
    ]
    monkeypatch.chdir(mine.parent)
    before = sorted(mine.rglob("*"))
    assert "wrong now: 01.double" in session(words=["--work", "work"])[0]
    assert sorted(mine.rglob("*")) == before


def test_an_answer_that_is_too_slow_is_not_tried_again():
    known = watch.SessionVerdicts()
    slow = Verdict("01.double", SLOW)
    known.remember("code", slow)
    assert known.find("01.double", "code") == slow
    assert known.find("01.double", "other code") is None


@pytest.mark.parametrize(
    "words, says",
    [
        (["--json"], "not allowed with argument"),
        (["--csv"], "not allowed with argument"),
        (["--work", "."], "one learner's folder, not at a class"),
    ],
)
def test_what_cannot_be_watched(mine, monkeypatch, capsys, words, says):
    work.make(mine.parent / "other")
    monkeypatch.chdir(mine.parent)
    with pytest.raises(SystemExit) as stop:
        main(["check", "--watch", *words])
    assert stop.value.code == 2 and says in capsys.readouterr().err
