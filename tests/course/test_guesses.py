"""Predictions: noted and kept, never in the way, shown beside the truth; and the lessons' cells
that ask for them."""

import json
import re
from fractions import Fraction

import numpy as np
import pytest

from helpers.lesson_77 import SOURCE
from helpers.lessons import marked
from tinymaml import course
from tinymaml.course import folder, guess_cells, guesses, lesson, material, notebook
from tinymaml.course.lesson import SourceError
from tinymaml.terminal.text import WIDTH

NAME = "77.after_one_step"
WORDS = ("better", "worse", "not a number")


@pytest.fixture(autouse=True)
def fresh_kernel(tmp_path, monkeypatch):
    """A notebook's session that knows no guess, outside of a learner's folder."""
    monkeypatch.setattr(guesses, "SESSION", {})
    monkeypatch.chdir(tmp_path)
    for word in ("TINYMAML_WORK", "TINYMAML_STRICT", "TINYMAML_GRADING", "NBGRADER_EXECUTION"):
        monkeypatch.delenv(word, raising=False)


@pytest.fixture
def mine(tmp_path):
    """A learner's folder, the current one. -> the file of its guesses"""
    (tmp_path / folder.MARK).mkdir()
    return tmp_path / folder.MARK / "guesses.jsonl"


@pytest.fixture
def said(capsys):
    """-> a function that returns what was printed since its last call."""
    return lambda: capsys.readouterr().out


def restart():
    """What a restarted kernel remembers of its session: nothing."""
    guesses.SESSION.clear()


# In a notebook.


def test_a_guess_stands_beside_the_truth(said):
    course.guess(NAME, 1.5)
    assert said() == "after one step: noted, 1.5.\n"
    course.guessed(NAME, np.float32(0.7249))
    assert said() == "after one step: you guessed 1.5; it is 0.725.\n"
    course.guess("77.longer_step", " Worse", choices=WORDS)
    assert said() == 'longer step: noted, "worse".\n'
    course.guessed("77.longer_step", "better")
    assert said() == 'longer step: you guessed "worse"; it is "better".\n'


def test_nothing_is_said_about_right_or_wrong(said):
    lines = set()
    for value in (0.0, 0.72, 1e6):
        restart()
        course.guess(NAME, value)
        lines.add(said().replace(guesses.text(value), "it"))
    assert lines == {"after one step: noted, it.\n"}


def test_without_a_guess_the_truth_is_still_shown(said):
    course.guessed(NAME, 14)
    assert said() == "after one step: it is 14; you made no guess.\n"


@pytest.mark.parametrize(
    "values, choices, says",
    [
        ((...,), (), "open; write a number in place of the dots."),
        ((), (), "open; write a number in place of the dots."),
        ((None,), (), "open; write a number in place of the dots."),
        (("...",), WORDS, 'open; write "better", "worse" or "not a number" in place of the dots.'),
        (("",), WORDS, 'open; write "better", "worse" or "not a number" in place of the dots.'),
        (("many",), (), "a guess is a number; yours is 'many'."),
        (("1.5 m",), (), "a guess is a number; yours is '1.5 m'."),
        ((True,), (), "a guess is a number; yours is True."),
        ((float("nan"),), (), "a guess is a number; yours is nan."),
        ((10**400,), (), "a guess is a number; yours is another number."),
        ((1j,), (), "a guess is a number; yours is of the type complex."),
        (([1.5],), (), "a guess is a number; yours is of the type list."),
        ((np.ones(3),), (), "a guess is a number; yours is of the type ndarray."),
        (("bad",), WORDS, """a guess is "better", "worse" or "not a number"; yours is 'bad'."""),
        ((WORDS,), WORDS, 'a guess is "better", "worse" or "not a number"; yours is of the type'),
        ((1, 5), (), "one value; a decimal point is a point, and thousands have no comma."),
        ((3, 0, 0), (), "one value; a decimal point is a point, and thousands have no comma."),
        (("better", "worse"), WORDS, 'a guess is "better", "worse" or "not a number", one value'),
    ],
)
def test_a_bad_guess_gets_one_sentence(said, values, choices, says):
    course.guess(NAME, *values, choices=choices)
    lines = said().splitlines()
    sentence = " ".join(map(str.strip, lines))
    assert sentence.startswith("after one step: ") and says in sentence
    assert len(lines) == 1 + (len(sentence) > WIDTH)
    assert guesses.SESSION == {}


def test_a_guess_without_its_name(said):
    course.guess(1.5)
    assert said().startswith("A guess starts with its name, in quotes: guess(")


@pytest.mark.parametrize(
    "value, number",
    [
        (1.5, 1.5),
        ("1.5", 1.5),
        (np.float32(0.25), 0.25),
        (np.int64(7), 7),
        (Fraction(1, 2), 0.5),
        (-0.0, 0),
        (10**30, 10**30),
    ],
)
def test_numbers_of_every_kind(mine, said, value, number):
    course.guess(NAME, value)
    restart()
    assert guesses.recall(NAME) == number


@pytest.mark.parametrize(
    "value, text",
    [
        (0, "0"),
        (3.0, "3"),
        (0.0067275, "0.00673"),
        (3.0334, "3.03"),
        (1234.5678, "1,230"),
        (438_385.25, "438,000"),
        (999.9, "1,000"),
        (3_000_000, "3,000,000"),
        (-12.25, "-12.2"),
        (1e12, "1e+12"),
        (1e-9, "1e-09"),
        (np.int64(14), "14"),
        (np.nan, "nan"),
        (np.inf, "inf"),
        ("the hill", '"the hill"'),
    ],
)
def test_how_a_number_is_printed(value, text):
    assert guesses.text(value) == text


# What is kept.


def test_a_restarted_kernel_still_knows_it(mine, said):
    course.guess(NAME, 1.5)
    course.guess("77.longer_step", "worse", choices=WORDS)
    restart()
    said()
    course.guessed(NAME, 0.72)
    course.guessed("77.longer_step", "better")
    assert said() == (
        "after one step: you guessed 1.5; it is 0.72.\n"
        'longer step: you guessed "worse"; it is "better".\n'
    )


def test_an_open_guess_forgets_nothing(mine, said):
    course.guess(NAME, 1.5)
    restart()
    said()
    course.guess(NAME, ...)
    course.guess(NAME, "many")
    course.guessed(NAME, 0.72)
    assert said() == (
        "after one step: open; your guess from before is kept, 1.5.\n"
        "after one step: a guess is a number; yours is 'many'.\n"
        "after one step: you guessed 1.5; it is 0.72.\n"
    )


def test_lines_are_only_added(mine, said):
    course.guess(NAME, 1.5)
    course.guess(NAME, 1.5)
    first = mine.read_bytes()
    assert first.count(b"\n") == 1
    said()
    course.guess(NAME, 3)
    assert said() == "after one step: noted, 3, in place of 1.5.\n"
    assert mine.read_bytes().startswith(first)
    assert [json.loads(row)["value"] for row in mine.read_text().splitlines()] == [1.5, 3]
    restart()
    assert guesses.recall(NAME) == 3


def test_a_damaged_file_loses_no_guess(mine):
    good = '{"guess": "77.a", "value": 2}\n'
    bad = 'null\n[1]\n{"guess": 3, "value": 1}\n{"guess": "77.b", "value": [1]}\n\xff\n{"gue'
    mine.write_bytes((good + bad).encode("latin-1"))
    course.guess(NAME, 1.5)
    restart()
    assert guesses.recall("77.a") == 2
    assert guesses.recall("77.b") is None
    assert guesses.recall(NAME) == 1.5
    assert mine.read_bytes().startswith((good + bad).encode("latin-1"))


def test_a_notebook_in_a_folder_below(mine, tmp_path, monkeypatch):
    (tmp_path / "part one").mkdir()
    monkeypatch.chdir(tmp_path / "part one")
    course.guess(NAME, 1.5)
    assert mine.exists()
    assert list((tmp_path / "part one").iterdir()) == []
    monkeypatch.setenv("TINYMAML_WORK", "")
    restart()
    assert guesses.recall(NAME) is None


def test_a_folder_that_cannot_be_written(mine, said, tmp_path):
    mine.mkdir()  # not a file: neither read nor written
    course.guess(NAME, 1.5)
    course.guessed(NAME, 2)
    assert said().endswith("after one step: you guessed 1.5; it is 2.\n")
    restart()
    assert guesses.recall(NAME) is None


def test_outside_of_a_learners_folder_nothing_is_written(tmp_path):
    course.guess(NAME, 1.5)
    assert list(tmp_path.iterdir()) == []
    assert guesses.recall(NAME) == 1.5


@pytest.mark.parametrize("word", ["TINYMAML_STRICT", "NBGRADER_EXECUTION"])
def test_where_solutions_are_built_or_a_class_is_graded_nothing_is_kept(
    mine, said, monkeypatch, word
):
    mine.write_text(f'{{"guess": "{NAME}", "value": 9}}\n')
    kept = mine.read_bytes()
    monkeypatch.setenv(word, "1")
    course.guessed(NAME, 2)
    course.guess(NAME, 1.5)
    course.guessed(NAME, 2)
    assert said() == (
        "after one step: it is 2; you made no guess.\n"
        "after one step: noted, 1.5.\n"
        "after one step: you guessed 1.5; it is 2.\n"
    )
    assert mine.read_bytes() == kept


def test_the_process_that_grades_knows_no_guess(mine, said, monkeypatch):
    mine.write_text(f'{{"guess": "{NAME}", "value": 9}}\n')
    kept = mine.read_bytes()
    monkeypatch.setenv("TINYMAML_GRADING", "1")
    course.guess(NAME, 1.5)
    course.guess(5, "many", choices=WORDS)
    course.guessed(NAME, 2)
    course.mark_guess(NAME, None, x=1)
    assert said() == "" and guesses.SESSION == {} and mine.read_bytes() == kept


# In a figure.


def axes(**settings):
    """Axes with the line from (1, 1) to (10, 10), or what is set."""
    from matplotlib.figure import Figure

    ax = Figure().subplots()
    ax.plot([1, 10], [1, 10], label="the truth")
    ax.set(**settings)
    return ax


def mark_in(ax):
    """The marks in a figure: a list of (x, y, marker)."""
    return [(*line.get_xydata()[0], line.get_marker()) for line in ax.lines[1:]]


@pytest.mark.parametrize(
    "value, x, curve",
    [
        (3, (1, 3, "D"), (3, 6, "D")),
        (99, (1, 10, "^"), (10, 20, ">")),
        (-99, (1, 0, "v"), (0, 0, "<")),
    ],
)
def test_a_mark_and_where_it_stands(value, x, curve):
    course.guess(NAME, value)
    ax = axes(xlim=(0, 10), ylim=(0, 10))
    course.mark_guess(NAME, ax, x=1)
    assert mark_in(ax) == [x]
    ax = axes(xlim=(0, 10), ylim=(0, 10))
    course.mark_guess(NAME, ax, curve=([0, 20], [0, 40]))
    assert mark_in(ax) == [curve]


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("value", [3, -1, 0, 1e300])
@pytest.mark.parametrize("scale", ["linear", "log"])
def test_a_mark_leaves_the_axes_as_they_are(value, scale):
    course.guess(NAME, value)
    ax = axes(yscale=scale)
    limits = ax.get_xlim(), ax.get_ylim()
    course.mark_guess(NAME, ax, x=4)
    ax.plot([5, 6], [5, 6])  # another line, which lies within
    ax.figure.draw_without_rendering()
    assert (ax.get_xlim(), ax.get_ylim()) == limits
    assert [label.get_text() for label in ax.legend().texts] == ["the truth", "your guess"]


def test_two_marks_have_one_label():
    course.guess(NAME, 3)
    ax = axes()
    course.mark_guess(NAME, ax, x=1)
    course.mark_guess(NAME, ax, x=2)
    assert len(mark_in(ax)) == 2
    assert [label.get_text() for label in ax.legend().texts] == ["the truth", "your guess"]


def test_no_guess_or_a_word_leaves_no_mark():
    course.guess("77.longer_step", "worse", choices=WORDS)
    ax = axes()
    course.mark_guess(NAME, ax, x=1)
    course.mark_guess("77.longer_step", ax, x=1)
    assert mark_in(ax) == []


# The cells of a lesson.

ASKS = """\
# the error
guess("77.one_step", -1.5)   # in m
guess("77.longer", "up", choices=("up", "on"))"""
SHOWS = '# %%\nguessed("77.one_step", half(6))\nmark_guess("77.longer", ax, x=3)\n\n'
PRINT = "# %%\nprint(half(np.arange(3.0)))\n"
WITH_GUESSES = SOURCE.replace(PRINT, f"# %%\n{ASKS}\n\n{SHOWS}{PRINT}")


def parse(tmp_path, text):
    (tmp_path / "77_small.py").write_text(text, encoding="utf-8")
    return lesson.read(tmp_path / "77_small.py")


def test_the_learner_gets_open_guesses(tmp_path):
    found = parse(tmp_path, WITH_GUESSES)
    learners = notebook.learners_version(found)["cells"]
    complete = notebook.complete_version(found)["cells"]
    [k] = [k for k in range(len(learners)) if notebook.source_of(complete[k]) == ASKS]
    assert notebook.source_of(learners[k]) == (
        '# the error\nguess("77.one_step", ...)   # in m\n'
        'guess("77.longer", "...", choices=("up", "on"))'
    )
    assert learners[k]["id"] == complete[k]["id"]
    assert learners[k]["metadata"] == complete[k]["metadata"] == {}  # nothing that nbgrader grades
    changed = [j for j in range(len(learners)) if learners[j]["source"] != complete[j]["source"]]
    assert k in changed and all(found.cells[j].exercise for j in changed if j != k)


def test_another_guess_in_the_source_leaves_the_learners_notebook_as_it_is(tmp_path):
    first = notebook.learners_version(parse(tmp_path, WITH_GUESSES))
    second = notebook.learners_version(parse(tmp_path, WITH_GUESSES.replace("-1.5", "2")))
    assert first == second


@pytest.mark.parametrize(
    "old, new, words",
    [
        ("77.one_step", "76.one_step", "guess 76.one_step belongs to another lesson"),
        ("77.one_step", "77.longer", "guess 77.longer belongs to another lesson, comes twice"),
        ("77.one_step", "77.double", "guess 77.double belongs to another lesson, comes twice, or"),
        ("-1.5)", "...)", "a guess is a number; yours is of the type ellipsis."),
        ("-1.5)", '"...")', "a guess is a number; yours is '...'."),
        ('"up", choices', '"down", choices', """a guess is "up" or "on"; yours is 'down'."""),
        ("-1.5)", "half(1))", "a cell with guesses holds guesses alone"),
        ("# the error", "y = 3", "a cell with guesses holds guesses alone"),
        ("# the error", "# given\nz = 1", "a cell with guesses holds guesses alone"),
        ('guess("77.one_step", -1.5)', 'half(guess("77.one_step", 1))', "guesses alone, a line"),
        ('guess("77.one_step", -1.5)', "guess('77.one_step', 1)", "guesses alone, a line each"),
        ('guessed("77.one_step", half(6))', "", "no later cell shows guess 77.one_step"),
        ('mark_guess("77.longer", ax, x=3)', "", "no later cell shows guess 77.longer"),
    ],
)
def test_a_rule_that_is_broken(tmp_path, old, new, words):
    text = WITH_GUESSES.replace(old, new, 1)
    assert text != WITH_GUESSES
    with pytest.raises(SourceError, match=re.escape(words)):
        parse(tmp_path, text)


def test_a_guess_is_shown_after_it_was_made(tmp_path):
    text = SOURCE.replace(PRINT, f"{SHOWS}# %%\n{ASKS}\n\n{PRINT}")
    with pytest.raises(SourceError, match="77.one_step is shown before it is guessed"):
        parse(tmp_path, text)


# The course as it is.


@pytest.mark.parametrize("number", marked(["00", "01", "14"]))
def test_a_lessons_predictions_are_cells(number):
    cells = material.find(number).cells
    asked = [guess_cells.guesses_in(cell.text) for cell in cells if cell.kind == "code"]
    assert max(map(len, asked)) in (1, 2)
    for cell, after in zip(cells, cells[1:], strict=False):
        if "> **Predict.**" in cell.text:
            assert guess_cells.guesses_in(after.text), f"{number}, line {cell.line}"


def test_guesses_and_exercises_have_different_names():
    names = [
        name
        for source in material.sources().values()
        for cell in source.cells
        if cell.kind == "code"
        for name in guess_cells.guesses_in(cell.text)
    ]
    assert len(names) > 10 and len(set(names)) == len(names)
    assert not set(names) & set(material.exercises())
