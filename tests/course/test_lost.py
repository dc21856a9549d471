"""Notebooks as they come, and answers whose marker was lost: read, or a word of help."""

import json

import pytest

from helpers import two_lessons
from helpers.two_lessons import code_cell, write_notebook
from tinymaml.course import folder, grading, lost, work

pytestmark = pytest.mark.usefixtures("quick_sandbox")
NUMBERS = "01_numbers.ipynb"
RIGHT = "def double(a): return a * 2"
STUB = '# exercise 01.double\ndef double(a):\n    raise NotImplementedError("open")'
MARKED = f"# exercise 01.double\n{RIGHT}"


def verdict_on(path, name="01.double"):
    """What is said about an exercise, without its name."""
    [verdict] = grading.grade(folder.read(path), [name])
    return verdict.verdict, verdict.message


def write_old(version):
    """A notebook of format 2 or 3 with the right answer."""
    cells = [
        {"cell_type": "heading", "level": 1, "source": "Numbers"},
        {"cell_type": "code", "input": MARKED.splitlines(True), "outputs": [{"x": 1}]},
    ]
    return json.dumps({"nbformat": version, "metadata": {"name": ""}, "worksheets": [
        {"cells": cells}
    ]}).encode()  # fmt: skip


NEW = json.dumps({"cells": [code_cell(MARKED)]})
HALF = json.dumps({"cells": [code_cell("'\ud83d'"), code_cell(f"{MARKED}  # \ud83d")]})


@pytest.mark.parametrize(
    "content",
    [
        NEW.encode("utf-8-sig"),
        NEW.encode("utf-16"),
        NEW.replace(", ", ",\r\n").encode(),
        NEW.replace("\\n", "\\r\\n").encode(),
        NEW.replace("\\n", "\\r").encode(),
        HALF.encode(),
        write_old(3),
        write_old(2),
    ],
    ids=["BOM", "UTF-16", "CRLF", "CRLF in cells", "CR in cells", "half a character", "3", "2"],
)
def test_notebooks_of_other_editors_are_read_and_mended(mine, content):
    (mine / NUMBERS).write_bytes(content)
    [place] = folder.read(mine).places["01.double"]
    assert place.code.count("\n") >= 1 and "\r" not in place.code
    assert verdict_on(mine) == ("passed", "")
    work.restore(mine, "01.double")
    assert verdict_on(mine) == ("not yet attempted", "")
    assert next((mine / "backups").iterdir()).read_bytes() == content


def test_a_notebook_that_is_no_file(mine):
    (mine / "a.ipynb").mkdir()
    (mine / "b.ipynb").symlink_to("nowhere")
    assert folder.read(mine).unreadable == {"b.ipynb": "it is a link that leads nowhere"}


def test_the_finished_lesson_is_no_answer(mine):
    from tinymaml.course import material, notebook

    finished = notebook.complete_version(material.find("01"))
    (mine / NUMBERS).write_text(notebook.dumps(finished))
    assert folder.read(mine).finished == [NUMBERS]
    assert verdict_on(mine)[0] == "not yet attempted"


def put(mine, *sources):
    """Put cells of code in place of the cell of 01.double, cell 3, in the lesson's notebook."""

    def edit(cells):
        k = two_lessons.cell_of(cells, "01.double")
        cells[k : k + 1] = map(code_cell, sources)

    two_lessons.change(mine / NUMBERS, edit)


PUT_MARKER = "put `# exercise 01.double` on its first line."


@pytest.mark.parametrize(
    "sources, says",
    [
        ([RIGHT], f"Cell 3 of {NUMBERS} defines `double` and has no marker: {PUT_MARKER}"),
        (
            [STUB, RIGHT],
            f"Cell 4 of {NUMBERS} defines `double` and has no marker: {PUT_MARKER}",
        ),
        (
            ["# exercise 01.double", RIGHT],
            f"Cell 3 of {NUMBERS} has the marker of 01.double and nothing else: "
            "merge it with cell 4, the next one.",
        ),
        (
            [f"x = 1\n\n# exercise 01.double\n{RIGHT}"],
            f"In cell 3 of {NUMBERS}, `# exercise 01.double` stands below other code, on line 3: "
            "what follows needs a cell of its own, with that line as the first.",
        ),
        (
            [f"# exercise 01.dubble\n{RIGHT}"],
            f"Cell 3 of {NUMBERS} starts with `# exercise 01.dubble`, and there is no such "
            "exercise; write `# exercise 01.double`.",
        ),
        (["# exercise 01.double", "print(3)"], ""),
        (["print(3)"], "No cell starts with `# exercise 01.double`; `tinymaml restore 01.double` "
         "brings it back."),
    ],
)  # fmt: skip
def test_an_answer_without_its_marker(mine, sources, says):
    put(mine, *sources)
    assert verdict_on(mine) == ("not yet attempted", says)


def test_a_cell_that_was_made_text(mine):
    def edit(cells):
        cell = cells[two_lessons.cell_of(cells, "01.double")]
        cell |= {"cell_type": "markdown", "source": MARKED}

    two_lessons.change(mine / NUMBERS, edit)
    assert verdict_on(mine) == (
        "not yet attempted",
        f"Cell 3 of {NUMBERS} starts with `# exercise 01.double` and is text: "
        "make it code (in JupyterLab: select it, press Esc, then Y).",
    )


def test_a_cell_that_jupyter_still_knows(mine):
    def edit(cells):
        cells[two_lessons.cell_of(cells, "01.guess")]["source"] = "seven = 7"

    two_lessons.change(mine / NUMBERS, edit)
    assert verdict_on(mine, "01.guess") == (
        "not yet attempted",
        f"Cell 6 of {NUMBERS} was the answer's and has no marker: "
        "put `# exercise 01.guess` on its first line.",
    )


def test_a_newer_answer_without_a_marker_is_named(mine):
    put(mine, "# exercise 01.double\ndef double(a): return 0", RIGHT)
    verdict, message = verdict_on(mine)
    assert verdict == "wrong"
    assert message.endswith(
        f"\nCell 4 of {NUMBERS} defines `double` and has no marker: {PUT_MARKER}"
    )


def test_another_lessons_notebook_is_no_place_for_it(mine):
    put(mine, STUB)
    write_notebook(mine / "02_more.ipynb", [code_cell(RIGHT)])
    assert verdict_on(mine) == ("not yet attempted", "")
    write_notebook(mine / "scratch.ipynb", [code_cell(RIGHT)])
    assert "Cell 1 of scratch.ipynb defines `double`" in verdict_on(mine)[1]


def test_what_a_cell_defines():
    text = "import math\ndef f(a):\n    b = 1\nclass C:\n    d = 2\nx, (y, *z) = 1, (2, 3)\n"
    assert lost.defined_names(text + "if x:\n    u = 1\nelse:\n    u = 2\n") == {
        "f", "C", "x", "y", "z", "u",
    }  # fmt: skip
    assert lost.defined_names("def f(:") == frozenset()
