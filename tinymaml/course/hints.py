"""What helps with an exercise: the next hint, and the course's solution after an attempt. Here for
the shell; desk.py has the notebook's words for it."""

import contextlib
import json

from ..terminal.text import fold
from . import answers, exercise, lesson, material
from .folder import MARK
from .known import write
from .progress import find_next


def hint(folder, name=None):
    """Print the hints of an exercise up to the next one. -> exit code

    name: by default the first exercise that has not passed.
    """
    name = name or find_next(folder)
    if name is None:
        print("All passed; there is nothing left to hint at.")
        return 0
    given = read_given(folder.path)
    given[name] = print_hints(name, given.get(name), f"`tinymaml solution {name}`")
    if folder.own:
        write_given(folder.path, given)
    return 0


def print_hints(name, given, advice):
    """Print the hints of an exercise up to the next one. -> how many have been given by now

    given: how many were before. advice: what shows the solution.
    """
    hints = exercise.find(name).hints
    count = given if isinstance(given, int) and 0 <= given <= len(hints) else 0
    shown = min(count + 1, len(hints))
    for k in range(shown):
        print(fold(f"{name}, hint {k + 1} of {len(hints)}: {hints[k]}"))
    if count == len(hints):
        print(fold(f"There are no more hints; after an attempt, {advice} shows the solution."))
    return shown


def read_given(path):
    """exercise -> how many hints were given, as the learner's folder at this path remembers it."""
    try:
        return dict(json.loads((path / MARK / "hints.json").read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError, RecursionError):  # none yet, or damaged
        return {}


def write_given(path, given):
    """Remember how many hints were given; a folder that is no learner's stays as it is."""
    if (path / MARK).is_dir():
        with contextlib.suppress(OSError):  # it may only be read
            write(path / MARK / "hints.json", json.dumps(given))


def solution(folder, name):
    """Print the course's solution, if the Folder holds an attempt. -> exit code

    folder: None shows it without one.
    """
    found = answers.find(folder, name) if folder else None
    if found and not found.places:
        print(
            f"{name}: try first, the attempt is what you learn from "
            f"(`tinymaml hint {name}` helps; --anyway shows the solution)."
        )
        if found.note:
            print(found.note)
        return 1
    print(solution_of(name))
    return 0


def solution_of(name):
    """The course's solution of an exercise, as a text to read."""
    rows = material.find(name).answer(name).solution.split("\n")
    return "\n".join(row for row in rows if row.strip() not in (lesson.BEGIN, lesson.END))
