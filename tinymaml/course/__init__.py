"""The course: lessons to work through, exercises that are graded. A notebook needs a few names:

from tinymaml.course import check, engine, guess, guessed, mark_guess, style, use

check("03.hvp_tanh")    the verdict on an answer
use("02")               what the lessons up to 02 have built, to go on with
guess("03.digits", 15)  a prediction, never graded; `guessed` and `mark_guess` show it again
engine(own=False)       what a lesson from 07 on runs on: tinymaml, or the engine of 01 to 05
style()                 how the course's figures look
"""


def check(name):
    """Print the verdict on an answer: the cell run last that starts with `# exercise name`."""
    from .interactive import check

    return check(name)


def use(name):
    """Define, in the notebook, what the course has built so far.

    use("02"): all that the lessons up to 02 define, with the learner's own answers where they have
    passed and the course's solutions elsewhere. use("02.reverse"): the course's solution of one
    exercise, to read on without an answer of one's own.
    """
    import sys

    from .interactive import definitions_up_to, run_solution

    notebook_names = sys._getframe(1).f_globals
    if "." in name:
        run_solution(name, notebook_names)
    else:
        notebook_names.update(definitions_up_to(name))


def guess(name, *values, choices=()):
    """Note a prediction: guess("03.digits", 15), or one of `choices`. Nothing grades it.

    `...` is a guess that is still open.
    """
    from .guesses import guess

    guess(name, *values, choices=choices)


def guessed(name, truth):
    """Print the guess of this name beside the truth."""
    from .guesses import guessed

    guessed(name, truth)


def mark_guess(name, ax, **place):
    """Draw the guess of this name into a figure, before its legend.

    ax: its axes. place: x=..., where the guess, a height, stands; or curve=(xs, ys), a line on
    which the guess, one of the xs, stands. color=... if not that of all guesses.
    """
    from .guesses import mark_guess

    mark_guess(name, ax, **place)


def engine(own=False):
    """What a lesson from 07 on runs on: `tinymaml`, or the engine of lessons 01 to 05.

    -> an object with Loss, tanh, sum, mean and square. own=True: from `use("05")`, with the
    learner's answers where they have passed. Its Loss works with target="numpy"; its operations
    are those of the learner's tape.
    """
    from .for_answers import package_engine
    from .interactive import own_engine

    return own_engine() if own else package_engine()


def style():
    """Set how matplotlib's figures look from here on: the course's colours and line styles."""
    from ..pictures import style

    return style()
