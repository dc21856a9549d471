"""From a source to two notebooks: what is parsed, what the learner sees, the same bytes every time,
and drift of every kind found."""

import json
import warnings

import pytest

from helpers.lesson_77 import SOURCE
from helpers.lessons import marked
from tinymaml.course import build, lesson, material, notebook
from tinymaml.course.lesson import SourceError


@pytest.fixture
def nbformat():
    """Imported by the tests that need it: that takes seconds."""
    import nbformat

    return nbformat


def parse(tmp_path, text, name="77_small.py"):
    (tmp_path / name).write_text(text, encoding="utf-8")
    return lesson.read(tmp_path / name)


# Parsing.


def test_cells(tmp_path):
    found = parse(tmp_path, SOURCE)
    assert found.number == "77"
    assert found.name == "77_small"
    assert found.title == "77 · A small lesson"
    assert found.exercises == ["77.double", "77.looked_up", "77.negative", "77.number"]
    assert [cell.kind for cell in found.cells[:4]] == ["markdown", "code", "markdown", "code"]
    assert found.cells[0].text == "# 77 · A small lesson\n\nWhat does it do? *(one minute)*"
    rows = SOURCE.split("\n")
    for cell in found.cells:
        first = cell.text.split("\n")[0]
        assert rows[cell.line - 1] == (f"# {first}" if cell.kind == "markdown" else first)
    assert [cell.exercise for cell in found.before("77.negative")] == [
        None,
        "77.double",
        "77.looked_up",
    ]
    assert [cell.exercise for cell in found.before()] == [None, *found.exercises]


@pytest.mark.parametrize(
    "old, new, line, words",
    [
        (
            "# %% [markdown]\n# # 77",
            "import os\n# %% [markdown]\n# # 77",
            1,
            "a source starts with `# %%`",
        ),
        (
            "# # 77 · A small lesson",
            "# # 76 · A small lesson",
            2,
            "a lesson opens with `# 77 · its title`",
        ),
        ("# # 77 · A small lesson", "A small lesson", 2, "a line of text starts with #"),
        ("# What does it do?", "What does it do?", 4, "a line of text starts with #"),
        (
            "# %%\n# given",
            "# %% [raw]\n# given",
            6,
            "a cell starts with `# %%` or `# %% [markdown]`",
        ),
        ("print(half(np.arange(3.0)))", "\n", 21, "an empty cell"),
        (
            "# exercise 77.double",
            "# exercise 76.double",
            24,
            "exercise 76.double belongs to another lesson, or comes twice",
        ),
        (
            "# exercise 77.looked_up",
            "# exercise 77.double",
            38,
            "exercise 77.double belongs to another lesson, or comes twice",
        ),
        (
            'check("77.double")',
            'check("77.doubled")',
            24,
            'after exercise 77.double comes a cell check("77.double")',
        ),
        (
            '# %%\ncheck("77.number")\n',
            "",
            60,
            'after exercise 77.number comes a cell check("77.number")',
        ),
        (
            '    ### END SOLUTION\n\n# %%\ncheck("77.double")',
            '\n# %%\ncheck("77.double")',
            24,
            "one ### BEGIN SOLUTION and one ### END SOLUTION",
        ),
        (
            "    y = x + x\n",
            "    y = x + x\n    ### BEGIN SOLUTION\n",
            24,
            "one ### BEGIN SOLUTION and one ### END SOLUTION",
        ),
        ("    y = x + x\n", "    y = x +\n", 24, "exercise 77.double: invalid syntax"),
        ("    #: ...\n", "    #: (\n", 24, "exercise 77.double: '(' was never closed"),
        ("print(half(np.arange(3.0)))", "### BEGIN SOLUTION", 21, "a solution outside an exercise"),
    ],
)
def test_a_rule_that_is_broken(tmp_path, old, new, line, words):
    assert SOURCE.count(old) == 1
    with pytest.raises(SourceError) as error:
        parse(tmp_path, SOURCE.replace(old, new))
    assert str(error.value).startswith(f"77_small.py:{line}: ") and words in str(error.value)


@pytest.mark.parametrize(
    "text",
    [
        "# exercise 03.hvp",
        "#exercise 03.hvp\nx = 1",
        "\n\n# exercise  03.hvp  \n",
        "# Exercise 03.hvp",
        "# exercise 03.hvp, my second attempt",
        "# exercise: 03.hvp.",
        "## EXERCISE 03.hvp",
        "import numpy as np\nfrom math import (\n    sin,\n    cos,\n)\n\n# exercise 03.hvp\nx = 1",
        "import math, \\\n    cmath\n# exercise 03.hvp",
        "# my notes\n\n# exercise 03.hvp\nx = 1",
        "%%time\n# exercise 03.hvp\nx = 1",
        "%matplotlib inline\n!ls\nstep?\n?step\n# exercise 03.hvp\nx = 1",
    ],
)
def test_a_marker_is_at_the_head(text):
    assert lesson.marker(text) == "03.hvp"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "x = 1\n# exercise 03.hvp",
        "import math\nx = 1\n# exercise 03.hvp",
        "important = 1\n# exercise 03.hvp",
        "# exercise 3.hvp",
        "# an exercise 03.hvp",
        "# exercises 03.hvp",
        "exercise 03.hvp",
    ],
)
def test_what_is_no_marker(text):
    assert lesson.marker(text) is None


# Stubs and solutions.


@pytest.mark.parametrize(
    "text, stub, solution",
    [
        (
            "# exercise 01.f\ndef f():\n    ### BEGIN SOLUTION\n    return 1\n    ### END SOLUTION",
            '# exercise 01.f\ndef f():\n    raise NotImplementedError("01.f is open")',
            "# exercise 01.f\ndef f():\n    ### BEGIN SOLUTION\n    return 1\n    ### END SOLUTION",
        ),
        (
            "### BEGIN SOLUTION\nx = 1\n### END SOLUTION\ny = x",
            "...\ny = x",
            "### BEGIN SOLUTION\nx = 1\n### END SOLUTION\ny = x",
        ),
        (
            (
                "def f(x):\n"
                "    ### BEGIN SOLUTION\n"
                "    #: for y in x:\n"
                "    #:     ...\n"
                "    return sum(x)\n"
                "    ### END SOLUTION\n"
                "    # after"
            ),
            "def f(x):\n    for y in x:\n        ...\n    # after",
            (
                "def f(x):\n"
                "    ### BEGIN SOLUTION\n"
                "    return sum(x)\n"
                "    ### END SOLUTION\n"
                "    # after"
            ),
        ),
        (
            "### BEGIN SOLUTION\nx = 1\n#: x = ...\ny = 2\n#: y = ...\n### END SOLUTION",
            "x = ...\ny = ...",
            "### BEGIN SOLUTION\nx = 1\ny = 2\n### END SOLUTION",
        ),
        (
            (
                "def f():\n"
                "    ### BEGIN SOLUTION\n"
                "    #: a = 1\n"
                "    #:\n"
                "    #: return a  #: this stays\n"
                "    a = 2\n"
                "    ### END SOLUTION"
            ),
            "def f():\n    a = 1\n\n    return a  #: this stays",
            "def f():\n    ### BEGIN SOLUTION\n    a = 2\n    ### END SOLUTION",
        ),
    ],
)
def test_what_the_learner_sees(text, stub, solution):
    assert [row.rstrip() for row in lesson.stub(text).split("\n")] == stub.split("\n")
    assert lesson.solution(text) == solution


def test_the_same_code():
    assert lesson.same_code("x = 1  # one", "# first\nx  =  1")
    assert not lesson.same_code("x = 1", "x = 2")
    assert lesson.same_code("x = (", " x = (\n") and not lesson.same_code("x = (", "x = [")
    assert not lesson.same_code("-" * 100_000 + "1", "x")


# Notebooks.


def test_the_notebooks_are_valid_and_open_without_a_warning(nbformat, tmp_path):
    found = parse(tmp_path, SOURCE)
    for built in (notebook.learners_version(found), notebook.complete_version(found)):
        with warnings.catch_warnings(record=True) as told:
            warnings.simplefilter("always")
            node = nbformat.reads(notebook.dumps(built), as_version=nbformat.NO_CONVERT)
            nbformat.validate(node)
        assert not told
        assert (node.nbformat, node.nbformat_minor) == (4, 5)
        # saving it in Jupyter changes nothing
        assert notebook.dumps(built) == nbformat.writes(node) + "\n"
        ids = [cell.id for cell in node.cells]
        assert len(set(ids)) == len(ids)
        assert "answer-77-double" in ids
        assert "check-77-double" in ids
        for cell in node.cells:
            if cell.cell_type == "code":
                assert cell.outputs == []
                assert cell.execution_count is None


def test_the_learners_notebook_has_stubs_and_the_complete_one_solutions(tmp_path):
    found = parse(tmp_path, SOURCE)

    def answer_in(built):
        texts = {cell["id"]: notebook.source_of(cell) for cell in built["cells"]}
        return texts["answer-77-double"]

    assert answer_in(notebook.learners_version(found)) == (
        "# exercise 77.double\n"
        "def double(x):\n"
        '    """Twice x, an array."""\n'
        "    # one line\n"
        "    ..."
    )
    complete = answer_in(notebook.complete_version(found))
    assert "### BEGIN SOLUTION\n    y = x + x" in complete
    assert "#:" not in complete
    assert "SOLUTION" not in notebook.dumps(notebook.learners_version(found))


def test_the_same_source_gives_the_same_bytes_and_the_same_identities(tmp_path):
    found = parse(tmp_path, SOURCE)
    for version in (notebook.learners_version, notebook.complete_version):
        assert notebook.dumps(version(found)) == notebook.dumps(version(lesson.read(found.path)))
    twice = parse(tmp_path, SOURCE + "\n# %%\nhalf(1)\n\n# %%\nhalf(1)\n\n# %%\nhalf(1)\n")
    ids = [cell["id"] for cell in notebook.learners_version(twice)["cells"]]
    once = [cell["id"] for cell in notebook.learners_version(found)["cells"]]
    assert len(set(ids)) == len(ids)
    assert ids[-2:] == [f"{ids[-3]}-2", f"{ids[-3]}-3"]
    assert ids[: len(once)] == once


def test_what_is_untouched(tmp_path):
    built = json.loads(notebook.dumps(notebook.learners_version(parse(tmp_path, SOURCE))))
    assert notebook.is_untouched(built)
    cell = built["cells"][1]
    cell.update(
        outputs=[{"output_type": "stream", "name": "stdout", "text": "x"}],
        execution_count=3,
        source=notebook.source_of(cell),  # one text, as another program would store it
    )
    built["metadata"]["language_info"]["version"] = "3.12.1"
    assert notebook.is_untouched(built)
    cell["source"] += "\nx = 1"
    assert not notebook.is_untouched(built)
    assert not notebook.is_untouched({"cells": [], "metadata": {}})


def test_metadata_for_nbgrader(tmp_path):
    built = notebook.complete_version(parse(tmp_path, SOURCE))
    cells = {cell["id"]: cell["metadata"].get("nbgrader") for cell in built["cells"]}
    assert cells["answer-77-number"] == {
        "cell_type": "code",
        "grade": False,
        "grade_id": "answer-77-number",
        "locked": False,
        "schema_version": 3,
        "solution": True,
        "task": False,
    }
    assert cells["check-77-number"] == {
        "cell_type": "code",
        "grade": True,
        "grade_id": "check-77-number",
        "locked": True,
        "schema_version": 3,
        "solution": False,
        "task": False,
        "points": 1,
    }
    assert sum(found is not None for found in cells.values()) == 8


# Building, and drift.


def write_short(one_lesson, *changes):
    """A lesson that is quick to execute: the small one up to its first exercise."""
    path = one_lesson / "solutions" / "77_small.py"
    text = SOURCE[: SOURCE.index("# %%\n# exercise 77.looked_up")]
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    path.write_text(text, encoding="utf-8")
    return lesson.read(path)


def test_a_lesson_that_does_not_run(one_lesson):
    found = write_short(one_lesson, ("y = x + x", "y = x + no_such_name"))
    with pytest.raises(build.BuildError) as error:
        build.build(found)
    assert "77_small.py does not run" in str(error.value)
    assert "name 'no_such_name' is not defined" in str(error.value)
    assert not any(path.exists() for path in build.paths(found))


def test_drift_of_every_kind(nbformat, one_lesson, monkeypatch):
    found = write_short(one_lesson)
    assert build.drift(found) == [
        "lessons/77_small.ipynb is not what solutions/77_small.py says",
        "solutions/77_small.ipynb is missing or cannot be read",
    ]
    build.build(found)
    assert build.drift(found) == []
    learners, complete = build.paths(found)
    assert learners == one_lesson / "lessons" / "77_small.ipynb"
    assert complete == one_lesson / "solutions" / "77_small.ipynb"
    good = {path: path.read_text(encoding="utf-8") for path in (learners, complete)}
    outputs = [
        output["text"]
        for cell in json.loads(good[complete])["cells"]
        for output in cell.get("outputs", [])
    ]
    assert outputs == [["[0.  0.5 1. ]\n"], ["77.double: passed.\n"]]
    assert "/tmp" not in good[complete]
    assert json.loads(good[complete])["metadata"]["language_info"] == {"name": "python"}
    nbformat.validate(nbformat.reads(good[complete], as_version=4))

    def drift_after(path, change):
        """What drift says once the notebook at this path is changed; it is put back afterwards."""
        built = json.loads(good[path])
        change(built)
        path.write_text(notebook.dumps(built), encoding="utf-8")
        said = build.drift(found)
        path.write_text(good[path], encoding="utf-8")
        assert build.drift(found) == []
        return said

    changed = ["lessons/77_small.ipynb is not what solutions/77_small.py says"]
    broken = ["solutions/77_small.ipynb is not what 77_small.py says"]

    def add_line(built):
        built["cells"][1]["source"].append("\nx = 1")

    def raise_error(built):
        error = {"output_type": "error", "ename": "E", "evalue": "", "traceback": []}
        built["cells"][3]["outputs"].append(error)

    assert drift_after(learners, add_line) == changed
    assert drift_after(learners, lambda built: built["cells"].pop()) == changed
    assert drift_after(learners, lambda built: built["cells"][1].update(execution_count=1)) == (
        changed
    )
    assert drift_after(complete, add_line) == broken
    assert drift_after(complete, lambda built: built["metadata"].pop("tinymaml")) == [
        "solutions/77_small.ipynb is missing or cannot be read"
    ]
    assert drift_after(complete, lambda built: built["cells"][3].update(execution_count=None)) == [
        "solutions/77_small.ipynb was not executed in cell 3"
    ]
    # outputs differ from machine to machine
    assert drift_after(complete, lambda built: built["cells"][3].update(outputs=[])) == []
    assert drift_after(complete, raise_error) == ["solutions/77_small.ipynb has an error in cell 3"]
    monkeypatch.setattr(build, "SIZE", 2000)
    [said] = build.drift(found)
    assert "bytes, more than 2,000" in said
    with pytest.raises(build.BuildError, match="more than 2,000: make its figures smaller"):
        build.build(found)
    monkeypatch.undo()
    monkeypatch.setenv("TINYMAML_COURSE", str(one_lesson))
    complete.write_text("{", encoding="utf-8")
    assert build.drift(found) == ["solutions/77_small.ipynb is missing or cannot be read"]
    complete.write_text(good[complete], encoding="utf-8")
    found = write_short(one_lesson, ("What does it do?", "What is it?"))
    assert build.drift(found) == changed + broken
    found = write_short(one_lesson, ("    #: # one line\n", ""))
    assert build.drift(found) == changed + broken
    found = write_short(one_lesson, ("y = x + x", "y = 2 * x"))
    assert build.drift(found) == broken


# The course as it is.


@pytest.mark.parametrize("number", marked(material.sources()))
def test_notebooks_are_what_the_sources_say(number, nbformat):
    found = material.find(number)
    if any(path.exists() for path in build.paths(found)):
        assert build.drift(found) == []
        for path in build.paths(found):
            with warnings.catch_warnings():
                warnings.simplefilter("error")
                nbformat.validate(nbformat.read(path, as_version=nbformat.NO_CONVERT))


@pytest.mark.parametrize("number", marked(material.sources()))
def test_no_line_break_inside_code_makes_a_list(number):
    for cell in material.sources()[number].cells:
        inside = False  # a code span that was opened on a line before
        for row in cell.text.split("\n") if cell.kind == "markdown" else ():
            assert not (inside and row.startswith(("* ", "- ", "+ ", "> ", "# "))), (
                f"{number}, line {cell.line}: {row}"
            )
            inside = bool(row) and not row.startswith("```") and inside ^ bool(row.count("`") % 2)
