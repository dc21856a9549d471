"""A folder of students' folders: graded together, and nobody's answers cost another's."""

import csv
import io
import json

import pytest

from helpers import two_lessons
from helpers.two_lessons import code_cell, write_notebook
from tinymaml.cli import main
from tinymaml.course import folder, grading, work

NUMBERS = "01_numbers.ipynb"
SQUARED = "def double(a): return a * a"
TWICE = "def double(a): return a * 2"


pytestmark = pytest.mark.usefixtures("quick_sandbox")


@pytest.fixture
def students(course, tmp_path, monkeypatch):
    """A class of five: their folder, as it was collected; the teacher's is the current one."""
    monkeypatch.chdir(tmp_path)
    place = tmp_path / "class"
    for student in ("anna", "bert", "carl/work"):
        work.make(place / student)
    (place / "dora").mkdir()
    work.make(place / "emil")
    two_lessons.answer(place / "anna" / NUMBERS, "01.double", TWICE)
    two_lessons.answer(place / "anna" / NUMBERS, "01.guess", "answer = 7")
    two_lessons.answer(place / "bert" / NUMBERS, "01.double", SQUARED)
    two_lessons.answer(place / "carl" / "work" / NUMBERS, "01.double", SQUARED)
    (place / "bert" / "02_more.ipynb").write_text("[" * 200_000)
    two_lessons.answer(place / "emil" / NUMBERS, "01.double", "# \ud83d\ndef double(a): return 2*a")
    write_notebook(
        place / "emil" / "Untitled.ipynb", [code_cell(f"# exercise 01.double\n{SQUARED}")]
    )
    write_notebook(place / "notes.ipynb", [code_cell("'the teacher''s own'")])
    (place / "submissions.zip").write_bytes(b"PK")
    (place / "__MACOSX").mkdir()
    return place


def test_a_table_of_student_by_exercise(students, capsys):
    before = {path: path.stat().st_mtime_ns for path in students.rglob("*")}
    assert main(["check", "--work", "class"]) == 1
    out, err = capsys.readouterr()
    assert out == (
        "      01  02\n"
        "anna  ++  ·   2 of 3\n"
        "bert  x·  !   0 of 3\n"
        "carl  x·  ·   0 of 3\n"
        "dora  ··  ·   no notebook\n"
        "emil  2·  ·   0 of 3\n"
        "\n"
        "+ passed, · not yet attempted, x wrong, ! crashed, … too slow, 2 two answers\n"
        "A sign for each exercise, in the order of the lesson.\n"
        "\n"
        "bert: 02_more.ipynb cannot be read: it is not a notebook: its brackets are\n"
        "    nested too deeply.\n"
        "dora: no notebook found here.\n"
        "emil: 01.double: two answers. Cell 3 of 01_numbers.ipynb (passed) and cell 1 of\n"
        "    Untitled.ipynb (wrong) differ. `tinymaml check 01.double --work\n"
        "    class/emil/Untitled.ipynb` grades one notebook alone.\n"
        "\n"
        "What was wrong most often:\n"
        "2 students, 01.double: wrong. You squared: a² is not a + a.\n"
    )
    assert err == ""  # a bar only on a terminal
    assert {path: path.stat().st_mtime_ns for path in students.rglob("*")} == before
    (students / "bert" / "02_more.ipynb").unlink()
    main(["check", "--work", "class"])
    out = capsys.readouterr().out
    assert out.startswith("      01\nanna  ++  2 of 3\n")
    assert "in the order of the lesson: 01.double, 01.guess.\nNobody has tried lesson 02.\n" in out


def test_a_class_for_programs(students, capsys):
    assert main(["check", "01.double", "--csv", "--work", "class"]) == 1
    rows = list(csv.reader(io.StringIO(capsys.readouterr().out)))
    assert rows == [
        ["student", "passed", "of", "01.double"],
        ["anna", "1", "1", "passed"],
        ["bert", "0", "1", "wrong"],
        ["carl", "0", "1", "wrong"],
        ["dora", "0", "1", "not yet attempted"],
        ["emil", "0", "1", "two answers"],
    ]
    main(["check", "01.double", "--json", "--work", "class"])
    of_class = json.loads(capsys.readouterr().out)
    assert list(of_class) == ["anna", "bert", "carl", "dora", "emil"]
    main(["check", "01.double", "--json", "--work", "class/carl"])  # a student's form
    assert json.loads(capsys.readouterr().out) == of_class["carl"]
    assert list(of_class["carl"]) == ["folder", "passed", "of", "unreadable", "exercises"]
    main(["check", "01.double", "--csv", "--work", "class/anna"])
    assert capsys.readouterr().out == "student,passed,of,01.double\nanna,1,1,passed\n"


def test_the_same_answer_is_graded_once(students, monkeypatch):
    graded = []
    quick = grading.verdicts_on

    def note(jobs):
        graded.extend(name for name, code in jobs)
        return quick(jobs)

    monkeypatch.setattr(grading, "verdicts_on", note)
    main(["check", "--work", "class"])
    assert graded == ["01.double", "01.double", "01.double", "01.guess"]  # bert's and carl's: one


@pytest.mark.parametrize("words", ["status", "hint", "update", "restore 01", "solution 01.double"])
def test_what_is_for_one_learner_is_refused(students, capsys, words):
    with pytest.raises(SystemExit) as stop:
        main([*words.split(), "--work", "class"])
    assert stop.value.code == 2
    err = capsys.readouterr().err
    assert "class holds the folders of anna, bert, carl ...: name one of them" in err
    assert "`tinymaml check --work class` grades all" in err


def test_what_is_a_class(students, tmp_path):
    assert list(folder.students(students)) == ["anna", "bert", "carl", "dora", "emil"]
    for learner in ("anna", "carl", "dora"):
        assert folder.students(students / learner) == {}
    work.make(students / "anna" / "old")  # a learner's folder stays one
    assert folder.students(students / "anna") == {}
    (students / "emil" / "02_more.ipynb").rename(students / "02_more.ipynb")
    assert folder.students(students) == {}  # it holds answers itself


def test_a_link_out_of_a_students_folder_is_not_followed(students):
    (students / "dora" / NUMBERS).symlink_to(students / "anna" / NUMBERS)
    found = folder.read(students / "dora", own=False)
    assert found.unreadable == {NUMBERS: "it is a link to what lies outside of the folder"}


def test_many_different_answers_are_not_all_graded(students, monkeypatch):
    cells = [code_cell(f"# exercise 01.double\ndef double(a): return {k}") for k in range(9)]
    write_notebook(students / "anna" / "Untitled.ipynb", cells)
    found = folder.read(students / "anna", own=False)
    [verdict] = grading.grade(found, ["01.double"])
    assert verdict.verdict == grading.TWO
    assert verdict.message.count("(") == grading.MOST and verdict.message.count("ell ") == 10


def test_a_wide_table_comes_in_parts():
    from tinymaml.course.classroom import side_by_side

    columns = [["", "anna"], *([str(k), "+" * 30] for k in range(4)), ["", "99 of 99"]]
    tables = side_by_side(columns)
    assert [len(table) for table in tables] == [3, 3, 2]
    assert all(table[0] == ["", "anna"] for table in tables)
