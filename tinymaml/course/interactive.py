"""`check` in a notebook: grades the cell that was run last, and says what comes next."""

import os

from ..terminal.text import fold
from . import after, judge, material, printed, session, what_next


class NotPassed(AssertionError):
    """Raised by `check` where a wrong answer has to stop the notebook.

    That is under nbgrader, and when the solutions are built.
    """


def is_strict():
    """Does a wrong answer stop the notebook? Then a verdict is printed and nothing else: it is the
    same in every run."""
    return bool(
        os.environ.get("TINYMAML_STRICT")
        or os.environ.get("NBGRADER_EXECUTION")  # "autograde" or "validate"
    )


def check(name=None):
    """Grade the cell of this exercise that was run last, and print the verdict.

    name: by default the exercise whose cell was run last. Raises NotPassed where a wrong answer
    stops the notebook.
    """
    from . import sandbox

    if os.environ.get("TINYMAML_GRADING"):  # an answer that checks itself, inside the worker
        return
    name = name or session.exercise_run_last()
    if name is None:
        print("Run the cell of an exercise first: one that starts with `# exercise ...`.")
        return
    try:
        today = material.select_one(name)
    except ValueError as error:
        print(fold(str(error)))
        return
    if today != name:
        print(f"{name} is {today} now.")
        name = today
    code, note = session.find_last_run(name)
    if code is None:
        advice = f"Run the cell that starts with `# exercise {name}` first."
        verdict = judge.Verdict(name, judge.UNTRIED, advice)
    else:
        verdict = sandbox.grade(name, code)
        session.remember(code, verdict)
    if is_strict():
        tool = os.environ.get("NBGRADER_EXECUTION")  # reads a verdict; people read folded lines
        print(verdict if tool else fold(str(verdict)), flush=True)
        if note:
            print(note if tool else fold(note))
        if verdict.verdict != judge.PASSED:
            raise NotPassed(str(verdict))
        return
    print(fold(str(verdict)), flush=True)
    if note:
        print(fold(note))
    show_more(verdict, code)


def show_more(verdict, code):
    """Print what comes after a Verdict on an answer: what it printed, and where to go from here."""
    below = printed.show(verdict.printed)
    if below:
        print(below)
    if verdict.verdict == judge.PASSED:
        what_next.show(verdict.exercise, code)
    elif verdict.verdict == judge.UNTRIED:
        print(f'To read on without it: use("{verdict.exercise}")')
    else:
        print(after.advice(verdict, "`hint()`"))
