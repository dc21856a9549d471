"""Where the lessons lie: beside the package in a clone, inside it in an installed wheel, or in a
course of your own.

A course of your own is a folder with `solutions/` (sources, 00_name.py and so on) and `exercises/`
(graders, lesson_00.py and so on: `from tinymaml.course.exercise import Exercise, Mistake`, then a
list EXERCISES). Where the environment variable TINYMAML_COURSE names it, every command and `check`
work on that course; `tinymaml build` makes its notebooks.
"""

import functools
import os
from pathlib import Path

from ..terminal.names import did_you_mean
from . import lesson, moved

PACKAGE = Path(__file__).parent
CLONE = PACKAGE.parents[1]


def own_course():
    """The folder of a course of your own, or None. Raises ValueError where its path is not full."""
    place = os.environ.get("TINYMAML_COURSE")
    if not place:
        return None
    if not os.path.isabs(place):  # answers are graded in another folder
        raise ValueError(
            f"TINYMAML_COURSE has to be a full path, such as {os.path.abspath(place)}, not {place}"
        )
    return Path(place)


def folder(name):
    """The folder "lessons" or "solutions"."""
    own = own_course()
    if own:
        return own / name
    inside = PACKAGE / "carried" / name  # what pyproject.toml puts into the wheel
    if inside.is_dir():
        return inside
    return CLONE / name


def grader_file(number):
    """The file of a lesson's graders."""
    place = own_course() or PACKAGE
    return place / "exercises" / f"lesson_{number}.py"


def sources():
    """number -> Lesson, in order."""
    return sources_in(folder("solutions"))


@functools.cache
def sources_in(place):
    """number -> Lesson, of the sources in this folder, in order. Raises SourceError."""
    files = sorted(place.glob("[0-9][0-9]_*.py"))
    return {path.stem[:2]: lesson.read(path) for path in files}


def appendices():
    """The appendices, each a Lesson, in the order of their lessons. Raises SourceError."""
    return appendices_in(folder("solutions"))


@functools.cache
def appendices_in(place):
    """The appendices whose sources lie in this folder, a list. Raises SourceError."""
    return [lesson.read(path) for path in sorted(place.glob(f"{lesson.APPENDIX}[0-9][0-9]_*.py"))]


def notebooks(number=None):
    """All that become notebooks: each Lesson, or the one of this number, and its appendices."""
    numbers = [number] if number else list(sources())
    found = []
    for number in numbers:
        found.append(find(number))
        found += [appendix for appendix in appendices() if appendix.number == number]
    return found


def find(name):
    """The lesson of this number, or of this exercise.

    Raises ValueError with the numbers there are.
    """
    number = name.split(".")[0]
    try:
        return sources()[number]
    except KeyError:
        meant = did_you_mean(name, [*sources(), *exercises()])
        raise ValueError(
            f"there is no lesson {number!r}; {meant}there are {', '.join(sources())}"
        ) from None


def exercises():
    """The names of all exercises, in the order of the lessons."""
    return [name for source in sources().values() for name in source.exercises]


def select(text=None):
    """The exercises that "03", "03.hvp_tanh" or None (all) means, a list of names.

    The old name of one that has moved means it, too. Raises ValueError with what there is.
    """
    if text is None:
        return exercises()
    if moved.why_gone(text):
        raise ValueError(f"{text} is gone: {moved.why_gone(text)}")
    text = moved.today(text)
    names = find(text).exercises
    if "." not in text:
        return names
    if text not in names:
        meant = did_you_mean(text, exercises())
        raise ValueError(
            f"lesson {text[:2]} has no exercise {text}; {meant}it has {', '.join(names)}"
        )
    return [text]


def select_one(text):
    """The name that an exercise has today, if the course has it. Raises ValueError with what there
    is."""
    if not isinstance(text, str):
        raise ValueError('an exercise is named by its name in quotes, such as "03.hvp_tanh"')
    names = select(text)
    if "." not in text:
        raise ValueError(f"{text} is a lesson; its exercises are {', '.join(names)}")
    return names[0]
