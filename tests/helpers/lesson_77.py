"""A course of one small lesson, for the tests of the machinery: its source and its graders."""

NUMBER = "77"

SOURCE = '''\
# %% [markdown]
# # 77 · A small lesson
#
# What does it do? *(one minute)*

# %%
# given
import numpy as np

from tinymaml.course import check

TABLE = {"one": 1.0, "two": 2.0}

def half(x):
    return x / 2

# %% [markdown]
# Predict what this prints.

# %%
print(half(np.arange(3.0)))

# %%
# exercise 77.double
def double(x):
    """Twice x, an array."""
    ### BEGIN SOLUTION
    #: # one line
    #: ...
    y = x + x
    return y
    ### END SOLUTION

# %%
check("77.double")

# %%
# exercise 77.looked_up
def looked_up(words):
    """The numbers of the words in TABLE, as a list."""
    ### BEGIN SOLUTION
    return [TABLE[word] for word in words]
    ### END SOLUTION

# %%
check("77.looked_up")

# %%
# exercise 77.negative
def negative(x):
    """Is the sum of double(x) below zero?"""
    ### BEGIN SOLUTION
    return bool(double(x).sum() < 0)
    ### END SOLUTION

# %%
check("77.negative")

# %%
# exercise 77.number
### BEGIN SOLUTION
number = -3.0
### END SOLUTION

# %%
check("77.number")
'''

GRADERS = """\
import numpy as np

from tinymaml.course.exercise import Exercise, Mistake


def arrays():
    return [
        (np.array([1.5, -2.0, 0.25]),),
        (np.array([0.5]),),
        (np.array([[3.0, -1.0]]),),
        (np.zeros(2),),
    ]


def is_negative(names):
    x = names["number"]
    if not isinstance(x, (int, float)):
        return "A number was asked for."
    if x < 0:
        return None
    if x == 0:
        return "Zero has a square root."
    return "Your number is not negative: the square root of it exists."


EXERCISES = [
    Exercise(
        "77.double", "Twice", "write", ("double",),
        insight="Doubling is exact: it only changes the exponent.",
        minutes=2,
        hints=("Add.", "Add x to itself."),
        mistakes=(
            Mistake(
                "You squared x: twice x is a sum, not a product.",
                "def double(x): return x * x",
            ),
            Mistake("You gave x back as it was.", "def double(x): return x"),
            Mistake("Half is the other way.", "def double(x): return x / 2"),
        ),
        alternative="def double(x):\\n    return 2 * x",
        cases=arrays,
    ),
    Exercise(
        "77.looked_up", "Looked up", "find the bug", ("looked_up",),
        hints=("Square brackets.", "TABLE[word]."),
        mistakes=(
            Mistake("You gave the words back.", "def looked_up(words): return list(words)"),
            Mistake(
                "Only the first word was looked up.",
                "def looked_up(words): return [TABLE[words[0]] for word in words]",
            ),
            Mistake(
                "They are in the wrong order.",
                "def looked_up(words): return [TABLE[word] for word in words][::-1]",
            ),
        ),
        alternative="def looked_up(words):\\n    return list(map(TABLE.get, words))",
        cases=lambda: [(["two", "one", "two", "two"],), (["one"],)],
    ),
    Exercise(
        "77.negative", "Below zero", "predict", ("negative",),
        hints=("Sum.", "Compare with 0."),
        mistakes=(
            Mistake(
                "You asked whether it is positive.",
                "def negative(x): return bool(x.sum() > 0)",
            ),
            Mistake("Zero is not below zero.", "def negative(x): return bool(x.sum() <= 0)"),
            Mistake(
                "You looked at the first number alone.",
                "def negative(x): return bool(x.ravel()[0] < 0)",
            ),
        ),
        alternative="def negative(x):\\n    return 0 > sum(x.ravel())",
        cases=lambda: [*arrays(), (np.array([1.0, -2.0]),)],
        equivalent={"double(x).sum() < 0 -> False": "never, on a course that tests this key"},
    ),
    Exercise(
        "77.number", "No root", "break it", ("number",),
        hints=("Below.", "-1."),
        mistakes=(
            Mistake("Zero has a square root.", "number = 0"),
            Mistake("Your number is not negative", "number = 4"),
            Mistake("A number was asked for.", "number = 'x'"),
        ),
        alternative="number = -1",
        judge=is_negative,
        equivalent={"*": "every negative number will do"},
    ),
]
"""


def make(place, source=SOURCE, graders=GRADERS):
    """Write the course into a folder. -> the folder."""
    for name in ("solutions", "exercises"):
        (place / name).mkdir(parents=True)
    (place / "solutions" / f"{NUMBER}_small.py").write_text(source, encoding="utf-8")
    (place / "exercises" / f"lesson_{NUMBER}.py").write_text(graders, encoding="utf-8")
    return place
