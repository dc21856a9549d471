"""What a grader knows of an exercise: inputs to try, wrong answers it expects, hints, what to say
once it is solved; and where all of them are found.

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


def one_case_without_inputs():
    """The cases of an exercise that takes no input, such as a prediction."""
    return [()]


BLANK_PAGE = "blank page"  # a kind that takes hours, which are not among those of its lesson


class Exercise(NamedTuple):
    """One exercise.

    name            "03.hvp_tanh"
    title           as `status` lists it
    kind            "write", "predict", "give a bound", ...; the test of the exercises lists all
    defines         the names an answer must define
    insight         one sentence for those who have passed: why it matters, where it returns, what
                    is surprising; at most 200 characters, "" for none. It is no praise, and
                    repeats neither the lesson nor a hint
    minutes         how long it takes the reader whom the lesson is for, 1 to 15; a blank page 120
    hints           at least two, each a step further
    mistakes        at least three
    alternative     another right answer, written differently
    cases           () -> list of tuples of inputs: generic ones first, degenerate ones last.
                    Where a judge decides: what it works with, if that takes time to make; called
                    before any answer runs, and to be kept by functools.cache
    run             (names, *inputs) -> a result to compare, of numbers, arrays, texts, lists,
                    dicts (plain.py); default: call the first of `defines`
    show            (*inputs) -> how an instance is printed; default: each input by its name
    judge           (names) -> None or an `Accepted` if right, else a sentence that says why not
    examine         (code) -> None, or a sentence on what the text of an answer must not have; asked
                    before the answer runs
    tolerance       relative to the largest number of a block
    changes_inputs  may an answer write into its inputs?
    seconds         of processor time
    equivalent      a mutant of the solution that is right too -> why

    `equivalent` names a mutant by what was changed, "before -> after": the smallest expression or
    statement around the change, as ast.unparse prints it, such as "x.T @ y -> y @ x.T" or
    "n -= 1 -> pass". The tests print the key of every mutant that survives. The key "*" stands for
    all, and is allowed where there is a `judge`: a changed counterexample is often one too.
    """

    name: str
    title: str
    kind: str
    defines: tuple[str, ...]
    hints: tuple[str, ...]
    mistakes: tuple[Mistake, ...]
    alternative: str
    insight: str = ""
    minutes: int = 5
    cases: Callable = one_case_without_inputs
    run: Callable | None = None
    show: Callable | None = None
    judge: Callable | None = None
    examine: Callable | None = None
    tolerance: float = 1e-9
    changes_inputs: bool = False
    seconds: float = 10
    equivalent: dict[str, str] = {}


def of_lesson(number):
    """name -> Exercise, for the lesson "03"."""
    return exercises_in(material.grader_file(number))


@functools.cache
def exercises_in(path):
    """name -> Exercise, for a file of graders, of this course or of one's own.

    The file is loaded as a module of the package `exercises`.
    """
    spec = importlib.util.spec_from_file_location(f"{__package__}.exercises.{path.stem}", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return {exercise.name: exercise for exercise in module.EXERCISES}


def find(name):
    """The Exercise of this name."""
    return of_lesson(name[:2])[name]
