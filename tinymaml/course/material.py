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

from . import lesson

PACKAGE = Path(__file__).parent
CLONE = PACKAGE.parents[1]


def own():
    """The folder of a course of your own, or None."""
    place = os.environ.get("TINYMAML_COURSE")
    if place and not os.path.isabs(place):  # answers are graded in another folder
        raise ValueError(
            f"TINYMAML_COURSE has to be a full path, such as {os.path.abspath(place)}, not {place}"
        )
    return place and Path(place)


def folder(name):
    """The folder "lessons" or "solutions"."""
    if own():
        return own() / name
    inside = PACKAGE / "carried" / name  # what pyproject.toml puts into the wheel
    return inside if inside.is_dir() else CLONE / name


def grader(number):
    """The file of a lesson's graders."""
    return (own() / "exercises" if own() else PACKAGE / "exercises") / f"lesson_{number}.py"


def sources():
    """number -> Lesson, in order."""
    return sources_in(folder("solutions"))


@functools.cache
def sources_in(place):
    return {path.stem[:2]: lesson.read(path) for path in sorted(place.glob("[0-9][0-9]_*.py"))}


def find(number):
    """The lesson of this number, or of this exercise. Raises ValueError with the numbers there
    are."""
    number = number.split(".")[0]
    try:
        return sources()[number]
    except KeyError:
        raise ValueError(f"there is no lesson {number}; there are {', '.join(sources())}") from None


def exercises():
    """The names of all exercises, in the order of the lessons."""
    return [name for source in sources().values() for name in source.exercises]


def selected(text=None):
    """The exercises that "03", "03.hvp_tanh" or None (all) means. Raises ValueError with what there
    is."""
    if text is None:
        return exercises()
    names = find(text).exercises
    if "." not in text:
        return names
    if text not in names:
        raise ValueError(f"lesson {text[:2]} has no exercise {text}; it has {', '.join(names)}")
    return [text]
