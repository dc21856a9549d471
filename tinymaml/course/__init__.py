"""The course: lessons to work through, exercises that are graded. A notebook needs a few names:

from tinymaml.course import check, hint, restore, solution, status, use
from tinymaml.course import engine, guess, guessed, mark_guess, style

check("03.hvp_tanh")      the verdict on an answer; check() on the one that was run last
hint("03.hvp_tanh")       the next hint; hint() for the exercise in question
solution("03.hvp_tanh")   the course's answer, after an attempt
restore("03.hvp_tanh")    the empty exercise again, in a new cell
status()                  how far you are, and what comes next
use("02")                 what the lessons up to 02 have built, to go on with
guess("03.digits", 15)    a prediction, never graded; `guessed` and `mark_guess` show it again
engine(own=False)         what a lesson from 07 on runs on: tinymaml, or the engine of 01 to 05
blank_engine()            the engine of the blank page 03.engine
style()                   how the course's figures look

The exercise in question is the last one that was checked and has not passed, else the first open
one of the lesson.
"""


def check(name=None):
    """Print the verdict on an answer: the cell run last that starts with `# exercise name`.

    name: by default the exercise whose cell was run last.
    """
    from .interactive import check

    return check(name)


def hint(name=None):
    """Print the next hint for an exercise, by default the one in question."""
    from .desk import hint

    return hint(name)


def solution(name=None, anyway=False):
    """Print the course's answer to an exercise, by default the one in question.

    It is for those who have tried; anyway=True shows it to all.
    """
    from .desk import solution

    return solution(name, anyway)


def status():
    """Print how far you are, and what comes next."""
    from .desk import status

    return status()


def restore(name=None):
    """Put the empty exercise, by default the one in question, into a new cell below this one."""
    from .desk import restore

    return restore(name)


def use(name):
    """Define, in the notebook, what the course has built so far.

    use("02"): all that the lessons up to 02 define, with the learner's own answers where they have
    passed and the course's solutions elsewhere. use("02.reverse"): the course's solution of one
    exercise, to read on without an answer of one's own.
    """
    import sys

    from .so_far import definitions_up_to, run_solution

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
    from .so_far import own_engine

    return own_engine() if own else package_engine()


def blank_engine():
    """The engine of the blank page 03.engine: the learner's where it has passed, else the
    course's.

    -> an object with Loss, tanh and total, and a name to print.
    """
    from .so_far import blank_engine

    return blank_engine()


def style():
    """Set how matplotlib's figures look from here on: the course's colours and line styles."""
    from ..pictures import style

    return style()


def _prepare_notebook():
    """In a notebook, let an open exercise that a later cell needs end that cell in one line."""
    import sys

    if "IPython" not in sys.modules:
        return
    shell = sys.modules["IPython"].get_ipython()
    if shell is not None:
        from .still_open import install

        install(shell)


_prepare_notebook()
