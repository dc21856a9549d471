"""A folder of answers: its notebooks, and the cells in them. Nothing is written here.

A learner's folder holds notebooks of lessons, or is marked as one by `learn`; a class is a folder
of learners' folders.
"""

import json
import os
import shlex
from pathlib import Path
from typing import NamedTuple

from . import lesson, material, notebook

MARK = ".tinymaml"  # the folder that makes a folder a learner's
DEPTH = 3  # how deep in a folder notebooks are looked for
LEFT_OUT = ("backups", "__MACOSX")  # folders in which nobody looks for answers


class Place(NamedTuple):
    """A cell of a notebook."""

    file: str  # relative to the folder
    cell: int  # counted from 1, as a reader counts
    kind: str  # "code", "markdown" or "raw"
    identity: str  # what Jupyter knows it by; "" where it is not stored
    code: str  # its text

    def __str__(self):
        return f"cell {self.cell} of {self.file}"


class Folder(NamedTuple):
    """What the notebooks of a folder hold."""

    path: Path
    own: bool  # does it belong to whoever runs this? Only then is it written into
    only: str | None  # the one notebook that was read; None: all
    places: dict[str, list[Place]]  # exercise -> its cells
    others: list[Place]  # all other cells
    unreadable: dict[str, str]  # a notebook's name -> why it cannot be read
    finished: list[str]  # notebooks that hold the course's own answers: they do not count

    @property
    def is_empty(self):
        """Is there no notebook at all?"""
        return not (self.places or self.others or self.unreadable or self.finished)


def locate(given=None):
    """The learner's folder: the one given, else this one if it is one, else `work`, else the one
    that this one lies in.

    Raises ValueError.
    """
    if given:
        if not Path(given).is_dir():
            raise ValueError(f"there is no folder {given}")
        return Path(given)
    for path in (Path.cwd(), Path.cwd() / "work"):
        if is_marked(path):
            return path
    above = marked_above(Path.cwd())
    if above:
        return above
    raise ValueError(
        "this is no folder of lessons, and it has none called `work`: "
        "make one with `tinymaml learn`, go into yours, or name it with --work DIR"
    )


def marked_above(path):
    """The folder marked as a learner's that this path is, or lies in; None if there is none."""
    path = path.resolve()
    for above in (path, *path.parents)[: DEPTH + 1]:
        if is_marked(above):
            return above
    return None


def around_notebook():
    """The learner's folder that a notebook lies in; None if it lies in none.

    It is TINYMAML_WORK if that is set ("" is nowhere), else the current folder, or one above it.
    """
    place = os.environ.get("TINYMAML_WORK", ".")
    if not place:
        return None
    try:
        return marked_above(Path(place))
    except OSError:  # the current folder is gone
        return None


def is_marked(path):
    """Has `learn` marked a folder as a learner's? No where nobody may look."""
    return os.path.isdir(path / MARK)  # Path.is_dir raises there


def locate_one(given):
    """The folder given, if it is not a whole class. Raises ValueError."""
    path = locate(given)
    names = list(students(path))
    if names:
        raise ValueError(
            f"{given} holds the folders of {', '.join(names[:3])}{' ...' if names[3:] else ''}: "
            f"name one of them; `tinymaml check --work {shlex.quote(given)}` grades all"
        )
    return path


def load(path):
    """A notebook as a dict in format 4. Raises ValueError with the reason if it cannot be read."""
    if not path.is_file():
        raise ValueError("it is not a file" if path.exists() else "it is a link that leads nowhere")
    try:
        content = path.read_bytes()
        found = notebook.upgrade(json.loads(content))
        for cell in found["cells"]:
            cell["cell_type"] + notebook.source_of(cell)  # raises unless both are texts
    except OSError as error:
        raise ValueError(error.strerror) from None
    except json.JSONDecodeError as error:
        raise ValueError(explain(error)) from None
    except UnicodeDecodeError:
        raise ValueError("it is not a notebook, which is text in UTF-8") from None
    except RecursionError:
        raise ValueError("it is not a notebook: its brackets are nested too deeply") from None
    except (ValueError, KeyError, TypeError, AttributeError):
        raise ValueError("it is not a notebook") from None
    return found


def explain(error):
    """Why a text is no JSON, from json's own error."""
    if not error.doc.strip():
        return "the file is empty"
    in_text = error.msg.startswith("Unterminated string")  # which has no line's end in it
    if in_text or error.pos >= len(error.doc.rstrip()):
        return f"it ends in the middle, on line {error.lineno}"
    if error.doc.startswith("<<<<<<<", error.pos):
        return f"git has left a conflict in it, on line {error.lineno}"
    return f"line {error.lineno} is not what a notebook can hold"


def read(path, own=None):
    """The Folder at this path, or of the one notebook at this path.

    own: whether it belongs to whoever runs this; by default, if it is the current folder.
    """
    path = Path(path)
    unreadable = {}
    only = None
    if path.is_file():
        only = path.name
        path = path.parent
    files = [only] if only else notebooks_in(path, unreadable)
    if own is None:
        own = path.resolve() == Path.cwd()
    folder = Folder(path, own, only, {}, [], unreadable, [])
    for file in files:
        try:
            if not own:
                refuse_link(path, file)
            found = load(path / file)
        except ValueError as error:
            unreadable[file] = str(error)
            continue
        if notebook.is_finished(found):
            folder.finished.append(file)
            continue
        for k, cell in enumerate(found["cells"], 1):
            add_cell(folder, file, k, cell)
    return folder


def refuse_link(path, file):
    """Raise ValueError if a notebook in a folder is a link that leads out of it."""
    if not (path / file).resolve().is_relative_to(path.resolve()):
        raise ValueError("it is a link to what lies outside of the folder")


def add_cell(folder, file, k, cell):
    """Put a cell, the k-th of a file, into a Folder."""
    kind = cell["cell_type"]
    code = notebook.source_of(cell)
    name = lesson.marker(code) if kind == "code" else None
    place = Place(file, k, kind, str(cell.get("id", "")), code)
    if name:
        folder.places.setdefault(name, []).append(place)
    else:
        folder.others.append(place)


def notebooks_in(path, closed=None):
    """The names of the notebooks in a folder and in its subfolders, relative to it.

    Copies in `backups` and what is hidden are left out; from a learner's folder also other
    learners' folders that lie in it. closed: a dict to which the subfolders are added that cannot
    be looked into, with the reason.
    """
    closed = {} if closed is None else closed
    learners = is_learners(path)

    def note(error):
        closed[os.path.relpath(error.filename, path)] = error.strerror

    found = []
    for place, folders, files in os.walk(path, onerror=note):
        place = Path(place)
        below = place.relative_to(path)
        deep = len(below.parts) == DEPTH
        folders[:] = sorted(
            name
            for name in folders
            if is_looked_into(place / name)
            and not deep
            and not (learners and is_marked(place / name))
        )
        names = [name for name in files if name.endswith(".ipynb") and not name.startswith(".")]
        found += [(below / name).as_posix() for name in sorted(names)]
    return found


def is_looked_into(path):
    """May a subfolder hold answers, by its name?"""
    return not path.name.startswith(".") and path.name not in LEFT_OUT


def is_learners(path):
    """Is it the folder of one learner?

    `learn` has marked it so, or it holds, not counting subfolders, a notebook with answers.
    """
    return is_marked(path) or any(map(has_answers, path.glob("[!.]*.ipynb")))


def has_answers(file):
    """Has a notebook a cell with an exercise's marker? Yes where it cannot be read."""
    try:
        cells = load(file)["cells"]
    except ValueError:
        return True
    return any(lesson.marker(notebook.source_of(cell)) for cell in cells)


def students(path):
    """name -> folder, for a class, in order; empty where a folder is no class.

    A class holds no answers itself, but some of its subfolders do. Each of them is a student's,
    but for one called `work` and alone, which makes the folder a student's.
    """
    if not path.is_dir() or is_learners(path):
        return {}
    folders = [below for below in path.iterdir() if below.is_dir() and is_looked_into(below)]
    with_notebooks = [below.name for below in folders if notebooks_in(below)]
    if with_notebooks in ([], ["work"]):
        return {}
    return {below.name: below for below in sorted(folders)}


def absent_lessons(folder):
    """The lessons of which a Folder holds no exercise, and no notebook that cannot be read."""
    numbers = {name[:2] for name in folder.places}
    numbers |= {Path(file).name[:2] for file in folder.unreadable}
    return [source for number, source in material.sources().items() if number not in numbers]
