"""In a notebook: check, hint, solution, status and restore, with a name and without."""

import ast
import re
from pathlib import Path
from types import SimpleNamespace

import IPython
import pytest

from helpers import two_lessons
from helpers.lessons import marked
from tinymaml import course as words
from tinymaml.course import (
    folder,
    grading,
    hints,
    judge,
    lesson,
    material,
    progress,
    sandbox,
    session,
    watch,
)
from tinymaml.terminal import text

pytestmark = pytest.mark.usefixtures("quick_sandbox", "notebook")
NUMBERS = "01_numbers.ipynb"
RIGHT = "# exercise 01.double\ndef double(a): return a * 2"
WRONG = "# exercise 01.double\ndef double(a): return a * a"
HINT = "01.double, hint 1 of 2: First hint.\n"


def stub(name):
    return material.find(name).answer(name).stub


# check


def test_the_last_run_counts_also_where_its_marker_is_gone(mine, notebook, said):
    notebook.run(WRONG, "def double(a): return a * 2", "print(double(3))")
    words.check("01.double")
    assert said().startswith(
        "01.double: passed.\n"
        "This is about cell [2], which was run last and has no marker: put\n"
        "  `# exercise 01.double` on its first line, or `tinymaml check` will not find\n"
        "  it.\n"
    )
    notebook.run(WRONG)
    words.check("01.double")
    assert "01.double: wrong. You squared" in said()
    notebook.run("import math\n# Exercise 01.double, again\ndef double(a): return a * 2")
    words.check("01.double")
    assert said().startswith("01.double: passed.\n")
    words.check("02.fourfold")
    assert "Run the cell that starts with\n  `# exercise 02.fourfold` first." in said()


def test_check_without_a_name_is_about_the_exercise_that_was_run_last(mine, notebook, said):
    words.check()
    assert said().startswith("Run the cell of an exercise first")
    notebook.run("# exercise 01.guess\nanswer = 7", WRONG, "# exercise 09.none\n1", "double(3)")
    words.check()
    assert said().startswith("01.double: wrong. You squared")


def test_what_a_notebook_has_checked_need_not_be_graded_again(mine, notebook, said, monkeypatch):
    notebook.run(RIGHT)
    words.check()
    two_lessons.answer(mine / NUMBERS, "01.double", "def double(a): return a * 2")
    graded = []
    monkeypatch.setattr(grading, "verdicts_on", lambda jobs: graded.extend(jobs) or [])
    assert progress.find_next(folder.read(mine)) == "01.guess" and not graded


# Which exercise is meant.


def test_the_exercise_in_question(mine, notebook, said):
    assert session.exercise_in_question() == "01.double"  # nothing is known: the first one
    notebook.run(material.find("02").cells[1].stub)
    assert session.exercise_in_question() == "02.fourfold"  # the first of the lesson in hand
    notebook.run(WRONG)
    assert session.exercise_in_question() == "01.double"
    words.check()
    notebook.run(stub("02.fourfold"))
    assert session.exercise_in_question() == "01.double"  # it was checked, and is wrong
    notebook.run(RIGHT)
    words.check()
    assert session.exercise_in_question() == "01.guess"  # the next open one
    notebook.run("# exercise 01.guess\nanswer = 7")
    words.check()
    assert session.exercise_in_question() == "02.fourfold"
    notebook.run("# exercise 02.fourfold\ndef fourfold(a): return 4 * a")
    words.check()
    said()
    words.hint()
    assert said() == "All passed: no exercise is open.\n"


def test_an_answer_that_passed_before_this_session_is_not_in_question(mine, notebook, said):
    notebook.run(RIGHT)
    words.check()
    two_lessons.answer(mine / NUMBERS, "01.double", "def double(a): return a * 2")
    session.VERDICTS.clear()  # a restarted kernel
    assert session.exercise_in_question() == "01.guess"


@pytest.mark.parametrize(
    "name, says",
    [
        ("01.doubel", "did you mean 01.double"),
        ("93.x", "there is no lesson '93'"),
        ("01", "01 is a lesson; its exercises are 01.double, 01.guess"),
        (len, "in quotes"),
    ],
    ids=str,
)
def test_a_name_that_is_none_is_told_so_in_a_sentence(mine, said, name, says):
    for word in (words.check, words.hint, words.solution, words.restore):
        word(name)
        printed = said()
        assert says in printed
        assert len(printed.splitlines()) == 1 + (len(printed) > text.WIDTH + 1)


# hint


def test_hints_are_counted_with_those_of_the_shell(mine, said):
    words.hint()
    assert said() == HINT
    from tinymaml.cli import main

    main(["hint"])
    assert said() == HINT + "01.double, hint 2 of 2: Second hint.\n"
    words.hint("01.double")
    assert 'after an attempt, `solution("01.double")` shows the' in said()


def test_hints_outside_of_a_learners_folder(mine, said, monkeypatch):
    monkeypatch.setenv("TINYMAML_WORK", "")
    words.hint()
    assert said() == HINT
    words.hint()
    assert "hint 2 of 2" in said()
    assert not (mine / ".tinymaml" / "hints.json").exists()


def test_hints_in_a_folder_that_may_only_be_read(mine, said, monkeypatch):
    def refuse(path, text):
        raise PermissionError("read-only")

    monkeypatch.setattr(hints, "write", refuse)
    words.hint()
    assert said() == HINT


# solution


def test_the_solution_after_an_attempt_in_this_session(mine, notebook, said):
    notebook.run(stub("01.double"))
    words.solution()
    assert said() == (
        "01.double: try first, the attempt is what you learn from (`hint()` helps;\n"
        '  `solution("01.double", anyway=True)` shows the solution).\n'
    )
    words.solution(anyway=True)
    shown = said()
    assert "return a + a" in shown and "###" not in shown
    notebook.run(WRONG)
    words.solution("01.double")
    assert said() == shown


def test_the_solution_after_an_attempt_in_the_folder(mine, said):
    two_lessons.answer(mine / NUMBERS, "01.double", "def double(a): return 'twice'")
    words.solution()
    assert "return a + a" in said()


# status


def test_status_knows_what_is_not_saved_yet(mine, notebook, said):
    notebook.run(RIGHT)
    words.check()
    said()
    words.status()
    printed = said()
    assert printed.endswith("Not saved yet: 01.double.\n")
    assert "Next: 01.guess" in printed and "tinymaml hint" not in printed
    two_lessons.answer(mine / NUMBERS, "01.double", "def double(a): return a * 2")
    words.status()
    assert "Not saved" not in said()


def test_status_counts_no_answer_without_a_marker(mine, notebook, said):
    notebook.run("def double(a): return a * 2")
    words.check("01.double")
    said()
    words.status()
    printed = said()
    assert "Next: 01.double" in printed and "Not saved" not in printed


def test_status_outside_of_a_learners_folder(mine, notebook, said, monkeypatch):
    monkeypatch.setenv("TINYMAML_WORK", "")
    notebook.run(WRONG)
    words.check()
    said()
    words.status()
    printed = said()
    assert "`tinymaml learn` makes one" in printed and printed.endswith("\n01.double: wrong.\n")


# restore


def test_restore_puts_the_stub_into_a_new_cell_and_writes_nothing(mine, notebook, said):
    two_lessons.answer(mine / NUMBERS, "01.double", "def double(a): return a")
    before = {path: path.read_bytes() for path in mine.rglob("*") if path.is_file()}
    words.restore("01.double")
    assert notebook.offered == [stub("01.double")]
    assert said().startswith("The stub of 01.double is in a new cell below.")
    assert {path: path.read_bytes() for path in mine.rglob("*") if path.is_file()} == before


def test_restore_where_there_are_no_cells(mine, said, monkeypatch):
    monkeypatch.setattr(IPython, "get_ipython", lambda: None)
    words.restore()
    assert said() == stub("01.double") + "\n"


# What lessons import.


def imported(text):
    """The names that a cell imports from tinymaml.course."""
    found = set()
    for node in ast.parse(text).body:
        if isinstance(node, ast.ImportFrom) and node.module == "tinymaml.course":
            found |= {name.name for name in node.names}
    return found


TYPED = {"check", "hint", "restore", "solution", "status", "use"}


def test_the_words_that_messages_advise():
    for file in Path(words.__file__).parent.glob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                advised = re.findall(r"(?:`|type )(\w+)\(", node.value)
                public = {word for word in advised if callable(getattr(words, word, None))}
                assert public <= TYPED | {"engine"}, (file.name, node.lineno)


@pytest.mark.parametrize("number", marked(material.sources()))
def test_a_lesson_imports_what_its_messages_advise(number):
    cells = [cell for cell in material.find(number).cells if cell.kind == "code"]
    first = next(cell for cell in cells if cell.given)
    assert TYPED <= imported(first.text)
    for cell in cells:
        assert imported(cell.text) <= {
            *TYPED,
            "blank_engine",
            "engine",
            "guess",
            "guessed",
            "mark_guess",
            "style",
        }
        assert not TYPED & lesson_names(cell), cell.line


def lesson_names(cell):
    """The names that a lesson's cell gives a meaning of its own."""
    from tinymaml.course.lost import defined_names

    return defined_names(lesson.solution(cell.text))


# what a narrow page shows


LONG = "a word of advice, L = 1, " * 12 + "`def double(a): return a * 2` ends it"


def test_a_long_message_is_folded_between_words(mine, notebook, said, monkeypatch):
    answer = judge.Verdict("01.double", judge.WRONG, f"{LONG}.\n  got      {'12 ' * 40}13")
    monkeypatch.setattr(sandbox, "grade", lambda name, code: answer)
    notebook.run(WRONG)
    words.check("01.double")
    page = said()
    assert max(map(len, page.split("\n"))) <= text.WIDTH
    assert " ".join(page.split()).startswith(" ".join(str(answer).split()))
    assert "`def double(a): return a * 2`" in page  # to be copied: in one piece
    assert page.count("L = 1") == 12
    assert re.search(r"\n  got      12 .*12\n    12 ", page)


def test_a_terminal_shows_it_folded_and_a_pipe_does_not(monkeypatch):
    said = watch.say_change(judge.Verdict("01.double", judge.WRONG, LONG), None)
    assert "\n" not in said
    monkeypatch.setattr(text.sys.stdout, "isatty", lambda: True, raising=False)
    monkeypatch.setenv("NO_COLOR", "1")
    folded = watch.say_change(judge.Verdict("01.double", judge.WRONG, LONG), None)
    assert max(map(len, folded.split("\n"))) <= text.WIDTH
    assert folded.split() == said.split()


def test_a_verdict_that_tools_read_is_not_folded(mine, notebook, said, monkeypatch):
    monkeypatch.setenv("NBGRADER_EXECUTION", "autograde")
    answer = judge.Verdict("01.double", judge.PASSED, LONG)
    monkeypatch.setattr(sandbox, "grade", lambda name, code: answer)
    notebook.run(RIGHT)
    words.check("01.double")
    assert said() == f"{answer}\n"


def test_a_long_hint_is_folded_between_words(mine, said, monkeypatch):
    monkeypatch.setattr(hints.exercise, "find", lambda name: SimpleNamespace(hints=[LONG]))
    words.hint("01.double")
    page = said()
    assert max(map(len, page.split("\n"))) <= text.WIDTH
    assert " ".join(page.split()) == f"01.double, hint 1 of 1: {LONG}"


def test_what_the_page_advises_for_the_shell_can_be_typed_in_a_cell(mine, said):
    words.status()
    assert "All exercises: `!tinymaml status --all`" in said()
