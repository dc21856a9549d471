"""What a notebook shows after "passed.": the insight, the course's version to unfold, how many
exercises of the lesson are left, and which comes next."""

import html

from ..terminal.text import fold
from . import after, exercise, lesson, material
from .hints import solution_of
from .session import find_passed

FOLDED = (
    "<details><summary>The course's version</summary>"
    '<pre style="white-space: pre-wrap; word-break: normal">{}</pre></details>'  # breaks no word
)


def show(name, code):
    """Show all of it, for the answer `code` to the exercise `name`."""
    insight = after.insight(name)
    if insight:
        print(insight, flush=True)
    if not lesson.same_code(code, material.find(name).answer(name).solution):
        show_folded(solution_of(name))
    print(fold(say_next(name)))


def show_folded(text):
    """Show a text that the reader unfolds, where the front end of the kernel can do that."""
    try:
        from IPython import get_ipython
        from IPython.display import display
    except ImportError:
        return
    if getattr(get_ipython(), "kernel", None) is None:  # a plain terminal
        return
    page = FOLDED.format(html.escape(text))
    display({"text/html": page, "text/plain": ""}, raw=True)


def say_next(name):
    """How many exercises of the lesson of `name`, which has passed, are left, and what is next."""
    source = material.find(name)
    names = source.exercises
    passed = find_passed(names)
    left = [other for other in names if other not in passed]
    if not left:
        return f"{say_done(source, len(names))} {say_next_lesson(source)}"
    later = [other for other in left if names.index(other) > names.index(name)]
    following = exercise.find((later or left)[0])
    return (
        f"{len(left)} of lesson {source.number}'s {len(names)} exercises left. "
        f"Next: {following.name} ({following.kind}, about {following.minutes} min)."
    )


def say_done(source, count):
    """That all exercises of a Lesson have passed."""
    if count == 1:
        return f"Lesson {source.number}'s exercise has passed."
    return f"All {count} exercises of lesson {source.number} have passed."


def say_next_lesson(source):
    """Which notebook comes after that of a Lesson."""
    later = [other for number, other in material.sources().items() if number > source.number]
    return f"Next: {later[0].name}.ipynb." if later else "That was the last lesson."
