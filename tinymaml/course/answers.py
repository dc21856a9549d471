"""Which of a folder's cells are the answer to an exercise, and what to say where there is none.

An answer is found by the marker at the head of its cell, wherever in the folder's notebooks it was
moved or copied to.
"""

from pathlib import Path
from typing import NamedTuple

from . import lesson, material
from .folder import Place
from .lost import find_lost
from .verdict import CRASHED, UNTRIED


class Answer(NamedTuple):
    """An exercise's answer as a folder holds it."""

    places: list[Place]  # the cells with an attempt, one for each different program
    verdict: str = UNTRIED  # where there is no such cell
    note: str = ""

    @property
    def code(self):
        """The text that counts where all of the programs are right; None if there is none."""
        return self.places[-1].code if self.places else None


def find(folder, name):
    """The Answer to an exercise in a Folder."""
    places = folder.places.get(name, [])
    stub = material.find(name).answer(name).stub
    tried = [place for place in places if not lesson.is_untried(place.code, stub)]
    if tried:
        return Answer(different_programs(tried))
    lost = find_lost(folder, name)
    if places or lost:
        return Answer([], UNTRIED, lost)
    for file, why in folder.unreadable.items():
        if Path(file).name.startswith(name[:2]):  # the notebook of its lesson
            return Answer([], CRASHED, say_unreadable(file, why, folder.own))
    return Answer([], UNTRIED, say_missing(folder, name))


def different_programs(places):
    """Those of the places whose program is none of those before."""
    different = []
    for place in places:
        if not any(lesson.same_code(place.code, other.code) for other in different):
            different.append(place)
    return different


def say_missing(folder, name):
    """What to say where no cell of a Folder has the marker of an exercise."""
    back = f"; `tinymaml restore {name}` brings it back" if folder.own else ""
    return f"No cell starts with `# exercise {name}`{back}."


def say_unreadable(file, why, own=True):
    """What to say about a notebook, given by its name, that cannot be read.

    own: say what to do, too; in somebody else's folder nobody should.
    """
    said = f"{file} cannot be read: {why}."
    number = Path(file).name[:2]
    if own and number in material.sources():
        said += f" `tinymaml restore {number}` gives the lesson back and keeps a copy of the file."
    return said
