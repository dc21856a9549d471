"""The learner's copy of the lessons: made, kept up to date, mended. No answer is ever overwritten
or lost."""

import itertools
import time

from ..terminal.files import expand
from . import lesson, material, notebook
from .answers import say_unreadable
from .folder import MARK, load, read
from .known import write


def make(path):
    """Put every lesson and appendix that is not there yet into the folder. -> the new ones.

    Raises ValueError.
    """
    path = expand(path)
    if path.exists() and not path.is_dir():
        raise ValueError(f"{path} is a file; name a folder")
    if path.resolve() in {material.folder(name).resolve() for name in ("lessons", "solutions")}:
        raise ValueError(
            f"{path} belongs to the course; name a folder of your own, `work` for instance"
        )
    try:
        (path / MARK).mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ValueError(f"cannot make the folder {path}: {error.strerror}") from None
    new = []
    for source in material.notebooks():
        file = path / f"{source.name}.ipynb"
        if not file.exists():
            write_lesson(file, source)
            new.append(source)
    return new


def write_lesson(file, source):
    """Write the learner's notebook of a lesson."""
    write(file, notebook.dumps(notebook.learners_version(source)))


def update(path):
    """Bring every notebook up to date. -> a sentence for each one that needed something.

    One that was not edited is replaced; beside an edited one comes the new version.
    """
    sentences = []
    for source in material.notebooks():
        file = path / f"{source.name}.ipynb"
        new = notebook.learners_version(source)
        if not file.exists():
            write_lesson(file, source)
            sentences.append(f"{file.name}: new")
            continue
        state = state_of(file, new)
        if state == "old":
            write_lesson(file, source)
            sentences.append(f"{file.name}: replaced by its new version (you had not changed it)")
        elif state == "edited":
            beside = free_for(new, path / f"{source.name}.new")
            if not beside.exists() or state_of(beside, new) == "old":
                write_lesson(beside, source)
            sentences.append(
                f"{file.name}: left as it is, with your changes; the new version is {beside.name}"
            )
        elif state != "current":
            sentences.append(say_unreadable(file.name, state))
    return sentences


def state_of(file, new):
    """How a learner's notebook stands to the lesson's version of today, `new`.

    "current", "old" (and not edited), "edited" (and a new version exists), or why the file cannot
    be read.
    """
    try:
        mine = load(file)
    except ValueError as error:
        return str(error)
    latest = new["metadata"]["tinymaml"]["cells"]
    if notebook.fingerprint_of_cells(mine) == latest:
        return "current"
    if notebook.is_untouched(mine):
        return "old"
    if notebook.about_lesson(mine).get("cells") == latest:
        return "current"
    return "edited"


def free_for(new, stem):
    """The first of the files `stem.ipynb`, `stem-2.ipynb`, ... that may become the notebook `new`.

    None is there yet, or nobody has edited it.
    """
    for file in versions(stem):
        if not file.exists() or state_of(file, new) in ("old", "current"):
            return file


def versions(stem):
    """03_hvp.new.ipynb, 03_hvp.new-2.ipynb, ..."""
    yield stem.with_name(f"{stem.name}.ipynb")
    for k in itertools.count(2):
        yield stem.with_name(f"{stem.name}-{k}.ipynb")


def restore(path, name):
    """Give back the stub of an exercise, or a whole lesson ("03"), after a copy of what is there.

    -> a sentence that says what was done. Raises ValueError.
    """
    if "." in name:
        return restore_exercise(path, name)
    source = material.find(name)
    file = path / f"{source.name}.ipynb"
    copies = [back_up(file)] if file.exists() else []
    write_lesson(file, source)
    return say_restored(f"lesson {name}", path, [file], copies)


def restore_exercise(path, name):
    """Give back the stub of an exercise, after copies of the notebooks that it is in."""
    source = material.find(name)
    folder = read(path)
    files = sorted({path / place.file for place in folder.places.get(name, [])})
    if not files:
        files = [path / f"{source.name}.ipynb"]
    first = str(files[0].relative_to(path))
    if first in folder.unreadable:
        raise ValueError(say_unreadable(first, folder.unreadable[first]))
    if not files[0].exists():
        raise ValueError(
            f"there is no {first} in {path}; `tinymaml restore {name[:2]}` gives it back"
        )
    copies = [back_up(file) for file in files]
    for file in files:
        write(file, notebook.dumps(with_stub(load(file), source, name)))
    return say_restored(f"the stub of {name}", path, files, copies)


def say_restored(what, path, files, copies):
    """What was given back in which files of a folder, and where copies of what was there are."""
    said = f"{what} is back in {', '.join(str(file.relative_to(path)) for file in files)}"
    if copies:
        places = [str(copy.relative_to(path)) for copy in copies]
        said += f"; what was there is kept in {', '.join(places)}"
    return said + ". If it is open in JupyterLab: File, Reload Notebook from Disk."


def back_up(file):
    """Copy a notebook, byte by byte, into the folder `backups` beside it. -> the copy."""
    folder = file.parent / "backups"
    folder.mkdir(exist_ok=True)
    stem = folder / f"{file.stem}-{time.strftime('%Y-%m-%d-%H%M%S')}"
    copy = next(version for version in versions(stem) if not version.exists())
    copy.write_bytes(file.read_bytes())
    return copy


def with_stub(mine, source, name):
    """A notebook in which the exercise is its stub again.

    The stub stands in the exercise's first cell, and its other cells are gone; where the exercise
    has none, it stands at its place in the lesson.
    """
    lessons_cells = notebook.learners_version(source)["cells"]
    place = next(k for k, cell in enumerate(lessons_cells) if answers_to(cell, name))
    stub = lessons_cells[place]
    cells = []
    found = False
    for cell in mine["cells"]:
        if not answers_to(cell, name):
            cells.append(cell)
        elif not found:
            cells.append(cell | {"source": stub["source"], "outputs": [], "execution_count": None})
            found = True
    if not found:
        check = lessons_cells[place + 1]
        ids = [cell.get("id") for cell in cells]
        missing = [stub] if check["id"] in ids else [stub, check]
        at = place_after(lessons_cells[:place], ids)
        cells[at:at] = missing
    return mine | {"cells": cells}


def answers_to(cell, name):
    """Is it a cell of code that starts with the exercise's marker?"""
    return cell["cell_type"] == "code" and lesson.marker(notebook.source_of(cell)) == name


def place_after(before, ids):
    """The index behind the nearest of the cells `before` that is among `ids`, else the end."""
    for cell in reversed(before):
        if cell["id"] in ids:
            return ids.index(cell["id"]) + 1
    return len(ids)
