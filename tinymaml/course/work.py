"""The learner's copy of the lessons: made, kept up to date, mended. No answer is ever overwritten
or lost."""

import itertools
import time
from pathlib import Path

from . import answers, lesson, material, notebook
from .answers import MARK, load, write


def make(path):
    """Put every lesson that is not there yet into the folder. -> names of the new ones. Raises
    ValueError."""
    path = Path(path).expanduser()
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
    new = [
        source
        for source in material.sources().values()
        if not (path / f"{source.name}.ipynb").exists()
    ]
    for source in new:
        write(path / f"{source.name}.ipynb", notebook.dumps(notebook.learners(source)))
    return [source.name for source in new]


def update(path):
    """Bring every lesson up to date: one that was not edited is replaced, beside an edited one
    comes the new version.
    -> what was done, a sentence for each lesson that needed something."""
    said = []
    for source in material.sources().values():
        file, new = path / f"{source.name}.ipynb", notebook.learners(source)
        if not file.exists():
            write(file, notebook.dumps(new))
            said.append(f"{file.name}: new")
            continue
        state = compared(file, new)
        if state == "old":
            write(file, notebook.dumps(new))
            said.append(f"{file.name}: replaced by its new version (you had not changed it)")
        elif state == "edited":
            beside = next(
                free
                for free in versions(path / f"{source.name}.new")
                if not free.exists() or compared(free, new) in ("old", "current")
            )
            if not beside.exists() or compared(beside, new) == "old":
                write(beside, notebook.dumps(new))
            said.append(
                f"{file.name}: left as it is, with your changes; the new version is {beside.name}"
            )
        elif state != "current":
            said.append(answers.cannot_be_read(file.name, state))
    return said


def compared(file, new):
    """ "current", "old" (and not edited), "edited" (a new version exists), or why the file cannot
    be read."""
    try:
        mine = load(file)
    except ValueError as error:
        return str(error)
    latest = new["metadata"]["tinymaml"]["cells"]
    if notebook.contents(mine) == latest:
        return "current"
    if notebook.untouched(mine):
        return "old"
    about = mine.get("metadata", {}).get("tinymaml")  # an editor may have dropped it
    return "current" if isinstance(about, dict) and about.get("cells") == latest else "edited"


def versions(stem):
    """03_hvp.new.ipynb, 03_hvp.new-2.ipynb, ..."""
    yield stem.with_name(f"{stem.name}.ipynb")
    for k in itertools.count(2):
        yield stem.with_name(f"{stem.name}-{k}.ipynb")


def restore(path, name):
    """Give back the stub of an exercise, or a whole lesson ("03"), after a copy of what is there.
    -> what was done."""
    source = material.find(name)
    if "." not in name:
        file = path / f"{source.name}.ipynb"
        kept = [backup(file)] if file.exists() else []
        write(file, notebook.dumps(notebook.learners(source)))
        return sentence(name, [file], kept)
    folder = answers.read(path)
    files = sorted({place.path for place in folder.places.get(name, [])}) or [
        path / f"{source.name}.ipynb"
    ]
    if files[0].name in folder.unreadable:
        raise ValueError(answers.cannot_be_read(files[0].name, folder.unreadable[files[0].name]))
    if not files[0].exists():
        raise ValueError(
            f"there is no {files[0].name} in {path}; `tinymaml restore {name[:2]}` gives it back"
        )
    kept = [backup(file) for file in files]
    for file in files:
        write(file, notebook.dumps(restored(load(file), source, name)))
    return sentence(name, files, kept)


def sentence(name, files, kept):
    what = "the stub of " + name if "." in name else "lesson " + name
    return (
        f"{what} is back in {', '.join(file.name for file in files)}"
        + (
            f"; what was there is kept in {', '.join(str(file.relative_to(files[0].parent)) for file in kept)}"
            if kept
            else ""
        )
        + ". If it is open in JupyterLab: File, Reload Notebook from Disk."
    )


def backup(file):
    """Copy a notebook, byte by byte, into the folder `backups` beside it. -> the copy."""
    copies = file.parent / "backups"
    copies.mkdir(exist_ok=True)
    stem = copies / f"{file.stem}-{time.strftime('%Y-%m-%d-%H%M%S')}"
    copy = next(free for free in versions(stem) if not free.exists())
    copy.write_bytes(file.read_bytes())
    return copy


def restored(mine, source, name):
    """A notebook in which the exercise is its stub again: in its first cell, or, where it has none,
    at its place in the lesson."""
    fresh = notebook.learners(source)["cells"]
    place = next(
        k
        for k, cell in enumerate(fresh)
        if lesson.marker(notebook.source_of(cell)) == name and cell["cell_type"] == "code"
    )
    stub, check = fresh[place], fresh[place + 1]
    cells, at = [], None
    for cell in mine["cells"]:
        if cell["cell_type"] == "code" and lesson.marker(notebook.source_of(cell)) == name:
            if at is not None:
                continue
            at = len(cells)
            cell = cell | {"source": stub["source"], "outputs": [], "execution_count": None}
        cells.append(cell)
    if at is None:  # after the nearest cell before it that is still there
        ids = [cell.get("id") for cell in cells]
        before = next(
            (ids.index(cell["id"]) for cell in reversed(fresh[:place]) if cell["id"] in ids),
            len(cells) - 1,
        )
        cells[before + 1 : before + 1] = [stub] + ([] if check["id"] in ids else [check])
    return mine | {"cells": cells}
