"""A cell that needs an open exercise ends in one line; every other error has its frames."""

import re

import IPython
import pytest
from IPython.core.history import HistoryManager
from IPython.core.interactiveshell import InteractiveShell

from tinymaml import course as words
from tinymaml.course import material, still_open


@pytest.fixture
def shell(one_lesson, notebook, monkeypatch, tmp_path):
    """IPython, as a notebook of the small course runs in it."""
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path))
    monkeypatch.setattr(HistoryManager, "enabled", False)
    started = InteractiveShell()
    monkeypatch.setattr(IPython, "get_ipython", lambda: started)
    words._prepare_notebook()
    return started


@pytest.fixture
def run(shell, capsys):
    """-> a function that runs a cell and returns what it showed."""

    def run_cell(code):
        shell.run_cell(code, store_history=True)
        return re.sub(r"\x1b\[[\d;]*m", "", capsys.readouterr().out)  # without colours

    return run_cell


def say_open(name):
    return f'{name} is still open: fill it in, or type use("{name}") to go on.\n'


def test_an_open_exercise_that_a_later_cell_needs(run):
    run(material.find("77").answer("77.negative").stub)
    assert run("def deeper():\n    return negative([1])") == ""
    assert run("deeper()") == say_open("77.negative")


@pytest.mark.parametrize(
    "code, error",
    [
        ("None + 1", "TypeError"),
        ("(1).none", "AttributeError"),
        ("unheard_of", "NameError"),
        ("raise NotImplementedError('mine')", "NotImplementedError: mine"),
        ("raise NotImplementedError('99.none is open')", "NotImplementedError: 99.none is open"),
        ("raise ValueError('77.double is open')", "ValueError: 77.double is open"),
        ("1 / 0", "ZeroDivisionError"),
        ("... + 1", "TypeError"),
    ],
)
def test_other_errors_have_their_frames(run, shell, code, error):
    shown = run(code)
    assert "Traceback" in shown and f"-> 1 {code}" in shown and error in shown
    shell.set_custom_exc((), None)
    place = re.compile(r"input-\d+-\w+")
    assert place.sub("", run(code)) == place.sub("", shown)


NUMBER = "# exercise 77.number\nnumber = ..."


def test_dots_of_an_open_exercise(run):
    run(NUMBER)
    assert run("number + 1") == say_open("77.number")
    assert run("number.real") == say_open("77.number")
    assert "Traceback" in run("... + 1")  # nobody's
    run("# exercise 77.number\nnumber = -3.0")
    assert "Traceback" in run("number + ...")  # it has been filled in


def test_a_blank_page_that_is_open(run):
    """It defines nothing, so that the name is not there at all."""
    run("# exercise 77.double\n...")
    assert run("double(1)") == say_open("77.double")
    assert "NameError" in run("doubled(1)")  # nobody's
    run("# exercise 77.double\ndoubled = print")
    assert "NameError" in run("double(1)")  # it has been filled in, with something else


def test_dots_that_an_open_exercise_has_handed_on(run, shell):
    """A cell of the lesson's own meets them though it does not name the exercise."""
    run(NUMBER)
    run("half = lambda x, handed_on=number: handed_on + 1")
    shell.user_ns["np"] = __import__("numpy")
    cells = [cell.text for cell in material.find("77").cells if cell.kind == "code"]
    lessons_own = next(text for text in cells if "print" in text)
    assert run(lessons_own) == say_open("77.number")
    assert "Traceback" in run("half(1)")  # a cell of the learner's own


@pytest.mark.parametrize(
    "code, holds",
    [
        ("x = ...", True),
        ("x = dict(a=..., b=1)", True),
        ("x = lambda y: ...", True),
        ("x = y[..., None]", False),
        ("x = y[..., 0] + ...", True),
        ("x = (", False),
    ],
)
def test_dots_as_a_value(code, holds):
    assert still_open.has_dots(code) == holds
