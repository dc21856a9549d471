"""The learner's desk in a notebook: hint, solution, status, restore. (The shell's commands of these
names: hints.py, progress.py, work.py.)"""

import contextlib
import io
import os
import re

from ..terminal.text import fold
from . import answers, hints, lesson, material, progress, session
from .folder import Place, around_notebook, read

COMMAND = re.compile(r"`tinymaml (check|hint|solution|restore) (\d\d\.\w+)`")
GIVEN = {}  # exercise -> how many hints were given, where no learner's folder remembers it


def is_grading():
    """Is this the process that grades an answer? Then nothing of this says or does anything."""
    return bool(os.environ.get("TINYMAML_GRADING"))


def understand(name):
    """The exercise that is meant by this name, or by None; None, after a word, if there is none."""
    if name is None:
        name = session.exercise_in_question()
        if name is None:
            print("All passed: no exercise is open.")
        return name
    try:
        return material.select_one(name)
    except ValueError as error:
        print(fold(str(error)))
        return None


def hint(name=None):
    """Print the hints of an exercise up to the next one."""
    if is_grading():
        return
    name = understand(name)
    if name is None:
        return
    path = around_notebook()
    given = hints.read_given(path) if path else GIVEN
    given[name] = hints.print_hints(name, given.get(name), f'`solution("{name}")`')
    if path:
        hints.write_given(path, given)


def solution(name=None, anyway=False):
    """Print the course's solution of an exercise, after an attempt; anyway=True: without one."""
    if is_grading():
        return
    name = understand(name)
    if name is None:
        return
    if not anyway and not has_tried(name):
        print(
            fold(
                f"{name}: try first, the attempt is what you learn from (`hint()` helps; "
                f'`solution("{name}", anyway=True)` shows the solution).'
            )
        )
        return
    print(hints.solution_of(name))


def has_tried(name):
    """Is there an attempt at an exercise, in this session or in the learner's folder?"""
    if session.has_tried(name):
        return True
    path = around_notebook()
    return bool(path and answers.find(read(path, own=True), name).places)


def status():
    """Print how far the learner is: as the folder has it, and as this session has checked it."""
    if is_grading():
        return
    path = around_notebook()
    if path is None:
        print(
            fold(
                "This notebook is not in a folder of lessons (`tinymaml learn` makes one), so only "
                "what was checked since its kernel started is known."
            )
        )
        for _, verdict in session.VERDICTS.values():
            print(f"{verdict.exercise}: {verdict.verdict}.")
        return
    folder = read(path, own=True)
    unsaved = [name for name in session.VERDICTS if will_be_saved(folder, name)]
    for name in unsaved:  # as it will be when the notebook is saved
        code, _ = session.VERDICTS[name]
        folder.places[name] = [Place("this notebook", 0, "code", "", code)]
    page = io.StringIO()
    with contextlib.redirect_stdout(page):
        progress.status(folder)
    print(fold(in_notebooks_words(page.getvalue())), end="")
    if unsaved:
        print(fold(f"Not saved yet: {', '.join(unsaved)}."))


def in_notebooks_words(text):
    """A text that advises the shell's commands, with this notebook's words in their place."""
    text = COMMAND.sub(r'`\1("\2")`', text)
    return text.replace("`tinymaml status --all`", "`!tinymaml status --all`")


def will_be_saved(folder, name):
    """Has the answer that was checked last a marker, and is it not what the Folder holds?"""
    code, _ = session.VERDICTS[name]
    saved = answers.find(folder, name).code
    is_there = saved is not None and lesson.same_code(saved, code)
    return lesson.marker(code) == name and not is_there


def restore(name=None):
    """Put the stub of an exercise into a new cell, below the one that runs: an open notebook is
    never written."""
    if is_grading():
        return
    name = understand(name)
    if name is None:
        return
    stub = material.find(name).answer(name).stub
    if offer_cell(stub):
        print(
            fold(
                f"The stub of {name} is in a new cell below. Delete the old cell, or its marker: "
                "two different answers to one exercise are not graded."
            )
        )
    else:
        print(stub)


def offer_cell(text):
    """Put a text into a new cell, or into the next input of a terminal. -> was that possible?"""
    try:
        from IPython import get_ipython

        get_ipython().set_next_input(text)
    except (ImportError, AttributeError):
        return False
    return True
