"""What a grader knows of an exercise: inputs to try, wrong answers it expects, hints; and where all
of them are found.

The modules `exercises/lesson_NN.py` hold a list EXERCISES, in the order of the lesson. An answer is
right if it does what the course's solution does on every case. Where many answers are right (a
counterexample, say), `judge` decides instead.
"""

import functools
import importlib.util
from typing import Callable, NamedTuple

from . import material


class Mistake(NamedTuple):
    """A wrong answer that was foreseen: what `check` says to it, and its program.

    A learner's answer that fails and gives what this program gives on every case is taken to be
    this mistake.
    """

    says: str
    code: str


class Accepted(str):
    """What a judge returns for a right answer about which there is something to say."""


class Exercise(NamedTuple):
    name: str  # "03.hvp_tanh"
    title: str
    kind: str  # "write", "predict", "give a bound", ...: tests/course/test_exercises.py has all
    defines: tuple[str, ...]  # the names an answer must define
    hints: tuple[str, ...]  # at least two, each a step further
    mistakes: tuple[Mistake, ...]  # at least three
    alternative: str  # another right answer, written differently
    cases: Callable = lambda: [
        ()
    ]  # () -> list of tuples of inputs, generic ones first, degenerate ones last
    run: Callable | None = (
        None  # (names, *inputs) -> a result to compare; default: the first of `defines`, called
    )
    show: Callable | None = (
        None  # (*inputs) -> str, how an instance is printed; default: each input by its name
    )
    judge: Callable | None = (
        None  # (names) -> None or an `Accepted` if right, else the sentence that says why not
    )
    tolerance: float = 1e-9  # relative to the largest number of a block
    changes_inputs: bool = False  # may an answer write into its inputs?
    seconds: float = 10  # of processor time
    equivalent: dict[str, str] = {}  # a mutant of the solution that is right too -> why; see below


# `equivalent` names a mutant by what was changed, "before -> after", the smallest expression or
# statement around the change as ast.unparse prints it: "x.T @ y -> y @ x.T", "n -= 1 -> pass". The
# tests print the key of every mutant that survives. The key "*" stands for all, and is allowed
# where there is a `judge`: a changed counterexample is often a counterexample too.


def of_lesson(number):
    """name -> Exercise, for the lesson "03"."""
    return exercises_in(material.grader(number))


@functools.cache
def exercises_in(path):
    """The graders in a file, of this course or of one's own: loaded as a module of the package
    `exercises`."""
    spec = importlib.util.spec_from_file_location(f"{__package__}.exercises.{path.stem}", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return {exercise.name: exercise for exercise in module.EXERCISES}


def find(name):
    return of_lesson(name[:2])[name]
