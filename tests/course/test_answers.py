"""`check`, `status`, `hint`, `solution`, `pytest --work` and `check` in a notebook: the same
verdicts on the same answers."""

import json
import os
import subprocess
import sys

import pytest

from helpers import two_lessons
from helpers.platforms import needs_users
from helpers.processes import run_python
from tinymaml.cli import main
from tinymaml.course import folder, grading, known, material, progress, signs, work
from tinymaml.course.verdict import Verdict

NUMBERS = "01_numbers.ipynb"


def verdicts(path):
    """exercise -> its verdict, for all of the course."""
    found = grading.grade(folder.read(path), material.exercises())
    return {verdict.exercise: verdict.verdict for verdict in found}


def verdict_on(path, name):
    """The Verdict on one exercise."""
    [verdict] = grading.grade(folder.read(path), [name])
    return verdict


def test_a_fresh_folder_is_not_yet_attempted(mine, capsys):
    assert set(verdicts(mine).values()) == {"not yet attempted"}
    assert main(["check"]) == 1
    assert capsys.readouterr().out == "3 not yet attempted.\n"


def test_check_from_the_shell(mine, capsys):
    two_lessons.answer(mine / NUMBERS, "01.double", "def double(a): return a * a")
    two_lessons.answer(mine / NUMBERS, "01.guess", "answer = 7")
    assert main(["check"]) == 1
    out = capsys.readouterr().out
    assert (
        "01.double: wrong. You squared: a² is not a + a.\n"
        "  on       a = 5\n"
        "  expected 10\n"
        "  got      25\n"
    ) in out
    assert "01.guess: passed." in out
    assert out.endswith("1 passed, 1 not yet attempted, 1 wrong.\n")
    assert main(["check", "01.guess"]) == 0
    two_lessons.answer(mine / NUMBERS, "01.double", "def double(a): return a * 2")
    assert main(["check", "01"]) == 0
    capsys.readouterr()
    assert main(["check", "--json", "--work", str(mine)]) == 1
    found = json.loads(capsys.readouterr().out)
    assert (found["passed"], found["of"]) == (2, 3)
    assert [row["verdict"] for row in found["exercises"]] == [
        "passed",
        "passed",
        "not yet attempted",
    ]
    assert found["exercises"][0]["title"] == "Twice"


def test_an_answer_is_found_wherever_it_was_moved(quick_sandbox, mine):
    two_lessons.answer(mine / NUMBERS, "01.double", "def double(a): return a * 2")
    cells = two_lessons.notebook(mine / NUMBERS)["cells"]
    cell = cells[two_lessons.cell_of(cells, "01.double")]
    two_lessons.change(
        mine / NUMBERS, lambda cells: cells.pop(two_lessons.cell_of(cells, "01.double"))
    )
    assert "No cell starts with" in verdict_on(mine, "01.double").message
    del cell["metadata"], cell["id"]  # some editors drop both
    (mine / "scratch.ipynb").write_text(
        json.dumps({"cells": [cell | {"source": "".join(cell["source"])}]})
    )
    assert verdict_on(mine, "01.double").verdict == "passed"


def test_copies_of_an_answer(quick_sandbox, mine):
    two_lessons.answer(mine / NUMBERS, "01.double", "def double(a): return a * 2")
    stub = material.find("01").answer("01.double").stub

    def add_cell(k, code):
        cell = {
            "cell_type": "code",
            "metadata": {},
            "id": f"copy{k}",
            "source": code,
            "outputs": [],
            "execution_count": None,
        }
        two_lessons.change(mine / NUMBERS, lambda cells: cells.append(cell))

    add_cell(1, stub)  # the stub does not count
    assert verdict_on(mine, "01.double") == Verdict("01.double", "passed")
    add_cell(2, "# exercise 01.double\ndef double(a): return a*2  # same")  # nor does a copy
    assert verdict_on(mine, "01.double") == Verdict("01.double", "passed")
    add_cell(3, "# exercise 01.double\ndef double(a): return a + a")  # another right one
    assert verdict_on(mine, "01.double") == Verdict("01.double", "passed")
    add_cell(4, "# exercise 01.double\ndef double(a): return a * a")
    # one is right and one is wrong: nobody but the learner can choose
    assert verdict_on(mine, "01.double") == Verdict(
        "01.double",
        "two answers",
        "Cell 3 of 01_numbers.ipynb (passed), cell 10 of 01_numbers.ipynb (passed) and cell 11 of "
        "01_numbers.ipynb (wrong) differ. Delete the answer that does not count, or its marker.",
    )


def test_two_notebooks_with_different_answers(quick_sandbox, mine, capsys):
    two_lessons.answer(mine / NUMBERS, "01.double", "def double(a): return a * 2")
    old = [two_lessons.code_cell("# exercise 01.double\ndef double(a): return a * a")]
    two_lessons.write_notebook(mine / "Untitled.ipynb", old)
    assert main(["check", "01"]) == 1
    out = capsys.readouterr().out
    assert (
        "01.double: two answers. Cell 3 of 01_numbers.ipynb (passed) and cell 1 of Untitled.ipynb "
        "(wrong) differ. Delete the answer that does not count, or its marker. "
        "`tinymaml check 01.double --work Untitled.ipynb` grades one notebook alone.\n"
    ) in out
    assert out.endswith("1 not yet attempted, 1 with two answers.\n")
    assert main(["check", "01.double", "--work", "Untitled.ipynb"]) == 1
    assert "01.double: wrong. You squared" in capsys.readouterr().out
    assert main(["check", "01.double", "--work", NUMBERS]) == 0
    assert main(["check", "--work", NUMBERS]) == 1  # of the lessons that are in it
    assert capsys.readouterr().out.endswith("1 passed, 1 not yet attempted.\n")
    main(["status"])
    assert "two answers: `tinymaml check 01.double` says why" in capsys.readouterr().out


def test_an_untouched_stub_of_another_version_is_no_second_answer(quick_sandbox, mine):
    two_lessons.answer(mine / NUMBERS, "01.double", "def double(a): return a * 2")
    stub = '# exercise 01.double\ndef double(x):\n    raise NotImplementedError("is open")'
    two_lessons.write_notebook(mine / "01_numbers.new.ipynb", [two_lessons.code_cell(stub)])
    assert verdict_on(mine, "01.double") == Verdict("01.double", "passed")


@pytest.mark.parametrize(
    "text, why",
    [
        ("", "empty"),
        ("{ not json", "line 1"),
        ('{"cells": [\n', "ends in the middle, on line 2"),
        ('{"cells": [\n  {"source": "def f', "ends in the middle, on line 2"),
        ('{"cells": [\n<<<<<<< HEAD\n', "git has left a conflict in it, on line 2"),
        ("[" * 200_000, "too deep"),
        ('{"cells": [{"cell_type": "code"}], "metadata": {"n": ' + "9" * 5000 + "}}", "notebook"),
        ("[1, 2]", "not a notebook"),
        ('{"cells": 3}', "not a notebook"),
        ('{"cells": [{"cell_type": 1}]}', "not a notebook"),
        (b"\xff\xfe\x00", "not a notebook"),
    ],
)
def test_a_corrupt_notebook(quick_sandbox, mine, capsys, text, why):
    two_lessons.answer(mine / "02_more.ipynb", "02.fourfold", "def fourfold(a): return 4 * a")
    (mine / NUMBERS).write_bytes(text if isinstance(text, bytes) else text.encode())
    assert main(["check"]) == 1
    out = capsys.readouterr().out
    assert "01_numbers.ipynb cannot be read" in out
    assert why in out
    assert "tinymaml restore 01" in out
    assert "02.fourfold: passed" in out
    assert verdict_on(mine, "01.double").verdict == "crashed"
    assert main(["status"]) == 1 and "cannot be read" in capsys.readouterr().out
    assert (mine / NUMBERS).read_bytes() == (text if isinstance(text, bytes) else text.encode())


def test_an_answer_does_not_stand_on_another_learners_answer(quick_sandbox, mine):
    two_lessons.answer(mine / NUMBERS, "01.double", "def double(a): return 0")
    two_lessons.answer(
        mine / "02_more.ipynb", "02.fourfold", "def fourfold(a): return double(double(a))"
    )
    assert verdicts(mine) == {
        "01.double": "wrong",
        "01.guess": "not yet attempted",
        "02.fourfold": "passed",
    }


def test_a_folder_without_notebooks(mine, tmp_path, monkeypatch, capsys):
    for path in mine.glob("*.ipynb"):
        path.unlink()
    assert main(["check"]) == 1
    assert main(["status"]) == 1
    said = f"There is no notebook in {mine}. `tinymaml learn .` puts the lessons there.\n"
    assert capsys.readouterr().out == said * 2
    monkeypatch.chdir(tmp_path)
    (tmp_path / "nobodys").mkdir()
    assert main(["check", "--work", "nobodys"]) == 1
    assert capsys.readouterr().out == "There is no notebook in nobodys.\n"
    assert main(["check", "--json", "--work", "nobodys"]) == 1  # programs get their form
    assert json.loads(capsys.readouterr().out)["of"] == 3


def test_a_lesson_that_is_not_here_is_a_line(mine, capsys):
    (mine / "02_more.ipynb").unlink()
    assert main(["check"]) == 1
    assert capsys.readouterr().out == (
        "No exercise of lesson 02 is here; `tinymaml restore 02` brings a lesson back.\n"
        "3 not yet attempted.\n"
    )


def test_answers_in_subfolders(quick_sandbox, mine, monkeypatch, capsys):
    two_lessons.answer(mine / NUMBERS, "01.double", "def double(a): return a * 2")
    (mine / "week 1").mkdir()
    (mine / NUMBERS).rename(mine / "week 1" / NUMBERS)
    wrong = [two_lessons.code_cell("# exercise 01.double\ndef double(a): return 0")]
    for place in ("backups", ".ipynb_checkpoints", "friend"):
        (mine / place).mkdir()
        two_lessons.write_notebook(mine / place / NUMBERS, wrong)
    (mine / "friend" / folder.MARK).mkdir()
    assert verdict_on(mine, "01.double") == Verdict("01.double", "passed")
    monkeypatch.chdir(mine / "week 1")  # where a notebook in it runs
    assert list(grading.passed_answers(["01.double", "01.guess"])) == ["01.double"]
    assert main(["check", "01.double"]) == 0
    main(["status"])
    assert "Next: 01.guess in week 1/01_numbers.ipynb (" in capsys.readouterr().out
    assert main(["restore", "01.double"]) == 0
    said = capsys.readouterr().out
    assert "is back in week 1/01_numbers.ipynb; what was there is kept in week 1/backups/" in said
    assert verdict_on(mine, "01.double") == Verdict("01.double", "not yet attempted")


NOBODY = """
import os
from pathlib import Path
from tinymaml.course import folder
os.chdir("{mine}")
os.chmod("locked", 0)
if os.getuid() == 0:
    os.setuid(65534)
closed = {{}}
print(folder.notebooks_in(Path(), closed), closed)
"""


@needs_users
def test_a_subfolder_that_nobody_may_look_into(mine):
    (mine / "locked" / folder.MARK).mkdir(parents=True)
    said, _ = run_python(NOBODY.format(mine=mine))
    (mine / "locked").chmod(0o700)
    assert said == str([NUMBERS, "02_more.ipynb"]) + " {'locked': 'Permission denied'}"


def test_status(quick_sandbox, mine, capsys):
    two_lessons.answer(mine / NUMBERS, "01.double", "def double(a): return a * 2")
    assert main(["status"]) == 0
    assert capsys.readouterr().out == (
        "1 of 3 passed (+), 2 not yet attempted (·); about 10 min to go.\n"
        "01 +·  02 ·\n"
        "\n"
        "Next: 01.guess in 01_numbers.ipynb (predict, 5 minutes)\n"
        "      Guess\n"
        "      Stuck? `tinymaml hint 01.guess`. All exercises: `tinymaml status --all`\n"
    )
    two_lessons.answer(mine / NUMBERS, "01.guess", "answer = 8")
    (mine / "02_more.ipynb").unlink()
    (mine / "Untitled.ipynb").write_text("")
    assert main(["status"]) == 1
    assert capsys.readouterr().out == (
        "1 of 3 passed (+), 1 not yet attempted (·), 1 wrong (x); about 10 min to go.\n"
        "01 +x  02 ·\n"
        "Untitled.ipynb cannot be read: the file is empty. And 1 more: --all.\n"
        "\n"
        "Next: 01.guess in 01_numbers.ipynb (predict, 5 minutes)\n"
        "      Guess\n"
        "      wrong: `tinymaml check 01.guess` says why. All exercises: `tinymaml status --all`\n"
    )
    (mine / "Untitled.ipynb").unlink()
    work.make(mine)
    main(["status", "--json"])
    assert json.loads(capsys.readouterr().out) == {
        "folder": str(mine),
        "next": "01.guess",
        "exercises": {
            "01.double": "passed",
            "01.guess": "wrong",
            "02.fourfold": "not yet attempted",
        },
    }
    two_lessons.answer(mine / NUMBERS, "01.guess", "answer = 7")
    two_lessons.answer(mine / "02_more.ipynb", "02.fourfold", "def fourfold(a): return 4 * a")
    main(["status"])
    assert capsys.readouterr().out == (
        "3 of 3 passed (+).\n01 ++  02 +\n\nAll passed: you have written every line of it.\n"
    )


def test_status_with_a_line_for_each_exercise(quick_sandbox, mine, capsys):
    two_lessons.answer(mine / NUMBERS, "01.double", "def double(a): return a * 2")
    two_lessons.answer(mine / NUMBERS, "01.guess", "answer = 8")
    assert main(["status", "--all"]) == 0
    assert capsys.readouterr().out == (
        "01 · Numbers  (1 of 2)\n"
        "  + 01.double    2 min  write    Twice\n"
        "  x 01.guess     5 min  predict  Guess: wrong\n"
        "02 · More  (0 of 1)\n"
        "  · 02.fourfold  5 min  write    Four times\n"
        "\n"
        "1 of 3 passed (+), 1 not yet attempted (·), 1 wrong (x); about 10 min to go.\n"
        "Next: 01.guess in 01_numbers.ipynb (predict, 5 minutes)\n"
        "      Guess\n"
        "      wrong: `tinymaml check 01.guess` says why.\n"
    )
    with pytest.raises(SystemExit):
        main(["status", "--all", "--json"])


def test_verdicts_are_kept_and_forgotten_when_they_have_to_be(
    quick_sandbox, mine, course, monkeypatch
):
    graded = []
    quick = grading.verdicts_on

    def note(jobs):
        graded.extend(name for name, code in jobs)
        return quick(jobs)

    monkeypatch.setattr(grading, "verdicts_on", note)
    two_lessons.answer(mine / NUMBERS, "01.double", "def double(a): return a * 2")
    two_lessons.answer(mine / NUMBERS, "01.guess", "answer = 8")
    progress.status(folder.read(mine))
    assert graded == ["01.double", "01.guess"]
    graded.clear()
    progress.status(folder.read(mine))
    assert graded == []
    grader = course / "exercises" / "lesson_01.py"
    grader.write_text(grader.read_text() + "\n# changed\n")
    progress.status(folder.read(mine))
    assert sorted(graded) == ["01.double", "01.guess"]
    graded.clear()
    (mine / ".tinymaml" / "verdicts.json").write_text("[damaged")
    progress.status(folder.read(mine))
    assert len(graded) == 2
    graded.clear()
    (mine / ".tinymaml" / "verdicts.json").write_text('{"01.double": 5}')
    progress.status(folder.read(mine))
    assert "01.double" in graded


@pytest.mark.parametrize("forged", ["the verdict", "an entry"])
def test_a_verdict_written_by_hand_does_not_count(quick_sandbox, mine, capsys, forged):
    two_lessons.answer(mine / NUMBERS, "01.double", "def double(a): return a * a")
    main(["status"])
    file = mine / ".tinymaml" / "verdicts.json"
    entries = json.loads(file.read_text())
    if forged == "the verdict":
        entries["01.double"][1:] = ["passed", ""]
    else:
        entries["01.double"] = ["", "passed", ""]
    file.write_text(json.dumps(entries))
    capsys.readouterr()
    main(["status", "--json"])
    assert json.loads(capsys.readouterr().out)["exercises"]["01.double"] == "wrong"


def test_nothing_is_written_into_somebody_elses_folder(
    quick_sandbox, mine, monkeypatch, tmp_path, capsys
):
    two_lessons.answer(mine / NUMBERS, "01.double", "def double(a): return a * a")
    two_lessons.change(
        mine / NUMBERS, lambda cells: cells.pop(two_lessons.cell_of(cells, "01.guess"))
    )
    (mine / "02_more.ipynb").write_text("{ not json")
    monkeypatch.chdir(tmp_path / "course")
    before = {path: path.stat().st_mtime_ns for path in mine.rglob("*")}
    main(["check", "--work", str(mine)])
    main(["status", "--work", str(mine)])
    main(["hint", "01.double", "--work", str(mine)])
    out = capsys.readouterr().out
    assert "No cell starts with `# exercise 01.guess`.\n" in out
    assert "02_more.ipynb cannot be read" in out
    assert "restore" not in out
    assert {path: path.stat().st_mtime_ns for path in mine.rglob("*")} == before


def test_a_folder_that_may_only_be_read(quick_sandbox, mine, monkeypatch):
    def refuse(path, text):
        raise PermissionError("read-only")

    monkeypatch.setattr(known, "write", refuse)
    two_lessons.answer(mine / NUMBERS, "01.double", "def double(a): return a * 2")
    assert verdicts(mine)["01.double"] == "passed"


def test_hints_come_one_by_one(mine, capsys):
    assert main(["hint"]) == 0  # for what comes next
    assert capsys.readouterr().out == "01.double, hint 1 of 2: First hint.\n"
    main(["hint", "01.double"])
    assert (
        capsys.readouterr().out
        == "01.double, hint 1 of 2: First hint.\n01.double, hint 2 of 2: Second hint.\n"
    )
    main(["hint", "01.double"])
    assert "There are no more" in capsys.readouterr().out
    main(["hint", "01.guess"])
    assert capsys.readouterr().out == "01.guess, hint 1 of 2: It is small.\n"
    (mine / ".tinymaml" / "hints.json").write_text("{ damaged")
    main(["hint", "01.double"])
    assert capsys.readouterr().out == "01.double, hint 1 of 2: First hint.\n"


def test_the_solution_only_after_an_attempt(quick_sandbox, mine, capsys):
    assert main(["solution", "01.double"]) == 1
    assert "try first" in capsys.readouterr().out
    assert main(["solution", "01.double", "--anyway"]) == 0
    out = capsys.readouterr().out
    assert "return a + a" in out and "###" not in out
    two_lessons.answer(mine / NUMBERS, "01.double", "def double(a): return 'twice'")
    assert main(["solution", "01.double"]) == 0
    assert "return a + a" in capsys.readouterr().out


def test_colours_on_a_terminal_only(monkeypatch):
    class Terminal:
        def __init__(self, tty):
            self.isatty = lambda: tty

    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("TERM", "xterm")
    assert signs.colour("x", "passed", Terminal(True)) == "\x1b[32mx\x1b[0m"
    assert signs.colour("x", "passed", Terminal(False)) == "x"
    monkeypatch.setenv("NO_COLOR", "1")
    assert signs.colour("x", "passed", Terminal(True)) == "x"


@pytest.mark.parametrize(
    "words, says",
    [
        (["check", "93"], "there is no lesson '93'; there are 01, 02"),
        (["check", "01.tripl"], "it has 01.double, 01.guess"),
        (["hint", "01"], "is a lesson"),
        (["check", "--work", "nowhere"], "no folder nowhere"),
        (["solution"], "required"),
    ],
)
def test_unknown_names(mine, capsys, words, says):
    with pytest.raises(SystemExit) as stop:
        main(words)
    assert stop.value.code == 2 and says in capsys.readouterr().err


def test_without_a_folder(course, capsys):
    for words in (
        ["check"],
        ["status"],
        ["hint"],
        ["update"],
        ["restore", "01"],
        ["solution", "01.double"],
    ):
        assert main(words) == 2
        assert "tinymaml learn" in capsys.readouterr().err


def run_pytest(mine, *words):
    """Run pytest beside the learner's folder."""
    words = ["-p", "no:cacheprovider", "-c", os.devnull, "-rs", *words]
    return subprocess.run(
        [sys.executable, "-m", "pytest", *words], cwd=mine.parent, capture_output=True, text=True
    )


def test_pytest_grades_a_folder(mine):
    two_lessons.answer(mine / NUMBERS, "01.double", "def double(a): return a * a")
    two_lessons.answer(mine / NUMBERS, "01.guess", "answer = 7")
    (mine / "test_of_mine.py").write_text("def test(): assert 0")
    before = {path: path.read_bytes() for path in mine.glob("*.ipynb")}
    run = run_pytest(mine, "--work", "work")
    assert "1 failed, 1 passed, 1 skipped" in run.stdout and run.returncode == 1
    assert "01.double: wrong. You squared: a² is not a + a." in run.stdout
    assert "Traceback" not in run.stdout
    assert {path: path.read_bytes() for path in before} == before
    assert "no folder nowhere" in run_pytest(mine, "--work", "nowhere").stderr


def run_notebook(path, **environment):
    """Execute a notebook where it lies, as JupyterLab does. -> what each cell printed"""
    import nbformat
    from nbclient import NotebookClient

    node = nbformat.read(path, 4)
    NotebookClient(
        node, timeout=120, kernel_name="python3", resources={"metadata": {"path": str(path.parent)}}
    ).execute(env=os.environ | environment)
    return two_lessons.printed_by(node)


def test_check_and_use_in_a_notebook(mine):
    two_lessons.answer(
        mine / NUMBERS, "01.double", "def double(a):\n    '''mine'''\n    return a * 2"
    )
    two_lessons.answer(mine / NUMBERS, "01.guess", "answer = 8")
    printed = run_notebook(mine / NUMBERS)
    assert printed['check("01.double")'] == (
        "01.double: passed.\nLesson 02 calls it twice.\n"
        "1 of lesson 01's 2 exercises left. Next: 01.guess (predict, about 5 min).\n"
    )
    assert printed['check("01.guess")'] == (
        "01.guess: wrong. That is not it.\nStuck? `hint()` gives the next hint.\n"
    )
    two_lessons.answer(mine / "02_more.ipynb", "02.fourfold", "def fourfold(a): return a")
    two_lessons.change(
        mine / "02_more.ipynb", lambda cells: cells[-1].update(source="print(double.__doc__)")
    )
    printed = run_notebook(mine / "02_more.ipynb")
    assert printed["print(double.__doc__)"] == "mine\n"  # the learner's own, as it passed
    assert any(text == "yours: 01.double\n" for text in printed.values())


def test_check_raises_where_a_class_is_graded(mine):
    from nbclient.exceptions import CellExecutionError

    two_lessons.answer(mine / NUMBERS, "01.double", "def double(a): return a * 2")
    with pytest.raises(CellExecutionError, match="01.guess: not yet attempted"):
        run_notebook(mine / NUMBERS, NBGRADER_EXECUTION="autograde")


def test_reading_on_without_an_answer(mine):
    go_on = "use('01.double')\nprint(double(4))"
    two_lessons.change(mine / NUMBERS, lambda cells: cells[-1].update(source=go_on))
    needed = {"metadata": {"tags": ["raises-exception"]}, "source": "print(double(4))"}
    two_lessons.change(mine / NUMBERS, lambda cells: cells[-2].update(needed, cell_type="code"))
    printed = run_notebook(mine / NUMBERS)
    assert printed["print(double(4))"] == (
        '01.double is still open: fill it in, or type use("01.double") to go on.'
    )
    assert "8\n" in printed[go_on]


def test_a_reader_who_has_read_enough(mine):
    run = subprocess.run(
        f"{sys.executable} -m tinymaml.cli solution 01.double --anyway | true",
        shell=True,
        capture_output=True,
        text=True,
    )
    assert run.stderr == ""
