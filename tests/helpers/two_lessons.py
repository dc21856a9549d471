"""A course of two lessons, and a learner who works through it: for the tests of the machinery."""

import json
import textwrap

from tinymaml.course.lesson import MARKER

FIRST = '''
# %% [markdown]
# # 01 · Numbers
#
# Two numbers.

# %%
# given
from tinymaml.course import check, use
three = 3

# %%
# exercise 01.double
def double(a):
    """Twice a."""
    ### BEGIN SOLUTION
    return a + a
    ### END SOLUTION

# %%
check("01.double")

# %% [markdown]
# And now a guess.

# %%
# exercise 01.guess
### BEGIN SOLUTION
#: answer = ...
answer = 3 + 4
### END SOLUTION

# %%
check("01.guess")
'''
SECOND = """
# %% [markdown]
# # 02 · More

# %%
# given
from tinymaml.course import check, use
use("01")

# %%
# exercise 02.fourfold
def fourfold(a):
    ### BEGIN SOLUTION
    return double(double(a))
    ### END SOLUTION

# %%
check("02.fourfold")
"""
GRADERS = {
    "01": """
from tinymaml.course.exercise import Exercise, Mistake
EXERCISES = [
    Exercise(
        "01.double", "Twice", "write", ("double",),
        insight="Lesson 02 calls it twice.",
        minutes=2,
        hints=("First hint.", "Second hint."),
        mistakes=(Mistake("You squared: a² is not a + a.", "def double(a): return a * a"),),
        alternative="def double(a): return 2 * a",
        cases=lambda: [(30.5,), (5,), (2,), (0,)],
    ),
    Exercise(
        "01.guess", "Guess", "predict", ("answer",),
        hints=("It is small.", "It is 7."),
        mistakes=(),
        alternative="answer = 7",
    ),
]
""",
    "02": """
from tinymaml.course.exercise import Exercise
EXERCISES = [
    Exercise(
        "02.fourfold", "Four times", "write", ("fourfold",),
        hints=("Twice.", "Use double."),
        mistakes=(),
        alternative="def fourfold(a): return 4 * a",
        cases=lambda: [(5,)],
    ),
]
""",
}


def write(folder, first=FIRST):
    """Write the course into a folder. first: the source of its first lesson."""
    (folder / "solutions").mkdir(parents=True, exist_ok=True)
    (folder / "exercises").mkdir(exist_ok=True)
    (folder / "solutions" / "01_numbers.py").write_text(textwrap.dedent(first).lstrip())
    (folder / "solutions" / "02_more.py").write_text(SECOND.lstrip())
    for number, text in GRADERS.items():
        (folder / "exercises" / f"lesson_{number}.py").write_text(text.lstrip())


def notebook(path):
    """A notebook as a dict."""
    return json.loads(path.read_text())


def text_of(cell):
    """A cell's text."""
    return "".join(cell["source"])


def printed_by(node):
    """code -> what it printed, and the error it ended with, for the cells of an executed notebook,
    as nbformat has it."""
    printed = {}
    for cell in node.cells:
        if cell.cell_type == "code":
            texts = [output.get("text", "") for output in cell.outputs]
            texts += [row for output in cell.outputs for row in output.get("traceback", [])]
            printed[text_of(cell)] = "".join(texts)
    return printed


def cell_of(cells, name):
    """The index of the first cell that starts with the exercise's marker."""
    markers = [MARKER.match(text_of(cell)) for cell in cells]
    return [found and found[1] for found in markers].index(name)


def answer(path, name, code):
    """Write an answer into its cell, as a learner does."""
    source = f"# exercise {name}\n{code}".splitlines(keepends=True)
    change(path, lambda cells: cells[cell_of(cells, name)].update(source=source))


def change(path, edit):
    """Edit a notebook's list of cells."""
    built = notebook(path)
    edit(built["cells"])
    path.write_text(json.dumps(built))


def code_cell(source):
    """A cell of code, as an editor makes it that stores nothing else."""
    return {"cell_type": "code", "source": source}


def write_notebook(path, cells):
    """Write a notebook of these cells."""
    path.write_text(json.dumps({"cells": cells, "metadata": {}, "nbformat": 4}))
