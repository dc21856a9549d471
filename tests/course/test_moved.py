"""Exercises that have another name now, or are gone: an old notebook still counts."""

from types import SimpleNamespace

import pytest

from helpers import two_lessons
from tinymaml.cli import main
from tinymaml.course import folder, grading, interactive, material, moved, pytest_plugin

pytestmark = pytest.mark.usefixtures("quick_sandbox")
TABLE = {"01.twice": "01.double", "01.typed": "its table is given code now."}
OLD = "# exercise 01.twice\ndef double(a): return a + a"
NUMBERS = "01_numbers.ipynb"


@pytest.fixture
def old(mine, monkeypatch):
    """A learner's folder with an answer under a name that the course no longer has."""
    monkeypatch.setattr(moved, "moved", lambda: TABLE)
    path = mine / NUMBERS
    place = two_lessons.cell_of(two_lessons.notebook(path)["cells"], "01.double")
    two_lessons.change(path, lambda cells: cells[place].update(source=OLD))
    return mine


def test_the_table_names_what_is_there():
    for name, now in moved.MOVED.items():
        assert moved.is_name(name) and name not in material.exercises()
        assert now in material.exercises() or not moved.is_name(now) and now.endswith(".")
    assert list(moved.MOVED) == sorted(moved.MOVED)


def test_a_course_of_ones_own_has_its_own_names(mine, monkeypatch):
    monkeypatch.setitem(moved.MOVED, "01.double", "07.power")
    assert moved.today("01.double") == "01.double"
    monkeypatch.delenv("TINYMAML_COURSE")
    assert moved.today("01.double") == "07.power"


def test_an_answer_under_the_old_name_counts(old, capsys):
    [verdict] = grading.grade(folder.read(old), ["01.double"])
    assert verdict.verdict == "passed"
    assert main(["check", "01.twice"]) == 0
    assert capsys.readouterr().out.startswith("01.double: passed.")
    main(["status", "--all"])
    assert "1 of 3 passed" in capsys.readouterr().out


def test_the_exercise_that_is_gone_says_why(old, capsys):
    with pytest.raises(SystemExit, match="2"):
        main(["check", "01.typed"])
    assert "01.typed is gone: its table is given code now." in capsys.readouterr().err
    two_lessons.change(
        old / NUMBERS, lambda cells: cells.append(two_lessons.code_cell("# exercise 01.typed\n1"))
    )
    main(["check", "01"])
    assert "01.typed" not in capsys.readouterr().out


def test_check_in_an_old_notebook(old, notebook, said):
    notebook.run(OLD)
    interactive.check("01.twice")
    assert said().startswith("01.twice is 01.double now.\n01.double: passed.\n")
    interactive.check("01.typed")
    assert said() == "01.typed is gone: its table is given code now.\n"


def test_pytest_grades_an_old_notebook(old, request):
    config = SimpleNamespace(getoption=lambda word: str(old))
    items = []
    pytest_plugin.pytest_collection_modifyitems(request.session, config, items)
    names = [item.name for item in items]
    assert names == ["01.double", "01.guess", "02.fourfold"]
    items[0].runtest()
    with pytest.raises(pytest.skip.Exception):
        items[1].runtest()
