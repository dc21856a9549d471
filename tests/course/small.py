"""A course of two lessons, and a learner who works through it: for the tests of the machinery."""

import json
import textwrap

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
    Exercise("01.double", "Twice", "write", ("double",), ("First hint.", "Second hint."),
             (Mistake("You squared: a² is not a + a.", "def double(a): return a * a"),), "def double(a): return 2 * a",
             cases=lambda: [(30.5,), (5,), (2,), (0,)]),
    Exercise("01.guess", "Guess", "predict", ("answer",), ("It is small.", "It is 7."), (), "answer = 7"),
]
""",
    "02": """
from tinymaml.course.exercise import Exercise
EXERCISES = [Exercise("02.fourfold", "Four times", "write", ("fourfold",), ("Twice.", "Use double."), (), "def fourfold(a): return 4 * a",
                      cases=lambda: [(5,)])]
""",
}


def write(folder, first=FIRST):
    """The course in a folder."""
    (folder / "solutions").mkdir(parents=True, exist_ok=True)
    (folder / "exercises").mkdir(exist_ok=True)
    (folder / "solutions" / "01_numbers.py").write_text(textwrap.dedent(first).lstrip())
    (folder / "solutions" / "02_more.py").write_text(SECOND.lstrip())
    for number, text in GRADERS.items():
        (folder / "exercises" / f"lesson_{number}.py").write_text(text.lstrip())


def notebook(path):
    return json.loads(path.read_text())


def text_of(cell):
    return "".join(cell["source"])


def cell_of(cells, name):
    """The index of the first cell that starts with the exercise's marker."""
    return next(
        k for k, cell in enumerate(cells) if text_of(cell).split("\n")[0] == f"# exercise {name}"
    )


def answer(path, name, code):
    """Write an answer into its cell, as a learner does."""
    change(
        path,
        lambda cells: cells[cell_of(cells, name)].update(
            source=(f"# exercise {name}\n" + code).splitlines(keepends=True)
        ),
    )


def change(path, edit):
    """Edit a notebook's list of cells."""
    built = notebook(path)
    edit(built["cells"])
    path.write_text(json.dumps(built))
