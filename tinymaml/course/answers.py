"""A learner's folder: its notebooks, the answers in them, and the verdicts on those.

An answer is found by the first line of its cell, wherever in the folder's notebooks it was moved or
copied to. Nothing is written here but the verdicts already known, into `.tinymaml/`, where `learn`
has made one.
"""

import contextlib
import json
import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

from .. import __version__
from . import lesson, material, notebook
from .judge import CRASHED, PASSED, SLOW, UNTRIED, Verdict

MARK = ".tinymaml"  # the folder that makes a folder a learner's


class Place(NamedTuple):
    """A cell that starts with an exercise's marker."""

    path: Path
    cell: int  # counted from 1, as a reader counts
    code: str


class Folder(NamedTuple):
    """What the notebooks of a folder hold."""

    path: Path
    places: dict[str, list[Place]]  # exercise -> its cells
    unreadable: dict[str, str]  # a notebook's name -> why it cannot be read


def locate(given=None):
    """The learner's folder: the one given, else this one if it is one, else `work`. Raises
    ValueError."""
    if given:
        if not Path(given).is_dir():
            raise ValueError(f"there is no folder {given}")
        return Path(given)
    for path in (Path.cwd(), Path.cwd() / "work"):
        if (path / MARK).is_dir():
            return path
    raise ValueError(
        "this is no folder of lessons, and it has none called `work`: make one with `tinymaml learn`, go into yours, "
        "or name it with --work DIR"
    )


def load(path):
    """A notebook as a dict. Raises ValueError with the reason if it cannot be read."""
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        [(cell["cell_type"] + notebook.source_of(cell)) for cell in found["cells"]]
    except OSError as error:
        raise ValueError(error.strerror) from None
    except json.JSONDecodeError as error:
        raise ValueError(
            f"line {error.lineno} is not what a notebook can hold"
            if path.stat().st_size
            else "the file is empty"
        ) from None
    except (UnicodeDecodeError, KeyError, TypeError, AttributeError):
        raise ValueError("it is not a notebook") from None
    return found


def read(path):
    """The Folder at this path."""
    places, unreadable = {}, {}
    for file in sorted(path.glob("[!.]*.ipynb")):
        try:
            cells = load(file)["cells"]
        except ValueError as error:
            unreadable[file.name] = str(error)
            continue
        for k, cell in enumerate(cells, 1):
            code = notebook.source_of(cell)
            if cell["cell_type"] == "code" and (name := lesson.marker(code)):
                places.setdefault(name, []).append(Place(file, k, code))
    return Folder(path, places, unreadable)


class Answer(NamedTuple):
    """An exercise's answer as a folder holds it."""

    code: str | None  # None: there is none to grade
    note: str = ""
    verdict: str = UNTRIED  # where there is none


def answer(folder, name):
    """The Answer to an exercise: the last of its cells that were tried, if there are several."""
    places = folder.places.get(name, [])
    stub = material.find(name).answer(name).stub
    tried = [place for place in places if not lesson.untried(place.code, stub)]
    different = [
        place
        for k, place in enumerate(tried)
        if not any(lesson.same_code(place.code, other.code) for other in tried[:k])
    ]
    if len(different) > 1:
        where = ", ".join(f"cell {place.cell} of {place.path.name}" for place in different)
        return Answer(
            tried[-1].code,
            f"There are {len(different)} different answers ({where}); this is about the last one.",
        )
    if places:
        return Answer((tried or places)[-1].code)
    own = next((file for file in folder.unreadable if file.startswith(name[:2])), None)
    if own:
        return Answer(None, cannot_be_read(own, folder.unreadable[own]), CRASHED)
    return Answer(
        None, f"No cell starts with `# exercise {name}`; `tinymaml restore {name}` brings it back."
    )


def cannot_be_read(file, why):
    """What to say about a notebook, given by its name, that cannot be read, and what to do."""
    return f"{file} cannot be read: {why}. `tinymaml restore {file[:2]}` gives the lesson back and keeps a copy of the file."


def grade(folder, names, fresh=True, done=lambda verdict: None):
    """The Verdicts on the answers of a Folder, in order. fresh: do not trust the verdicts already
    known. done: called after each."""
    from . import sandbox

    known = Known(folder.path)

    def one(name):
        code, note, missing = answer(folder, name)
        if code is None:
            verdict = Verdict(name, missing, note)
        else:
            key = known.key(name, code)
            verdict = (not fresh and known.verdict(name, key)) or sandbox.grade(name, code)
            known.learn(key, verdict)
            if note:
                verdict = verdict._replace(message=f"{verdict.message} {note}".strip())
        done(verdict)
        return verdict

    with ThreadPoolExecutor(min(4, os.cpu_count() or 1)) as pool:
        try:
            verdicts = list(pool.map(one, names))
        except KeyboardInterrupt:
            pool.shutdown(cancel_futures=True)
            raise
        finally:
            known.save()
    return verdicts


class Known:
    """The verdicts that were given, each valid as long as the answer, the lesson, its graders and
    the package are the same."""

    def __init__(self, path):
        self.file, self.entries, self.courses = path / MARK / "verdicts.json", {}, {}
        try:
            entries = json.loads(self.file.read_text(encoding="utf-8"))
            self.entries = {name: entry for name, entry in entries.items() if len(entry) == 3}
        except (OSError, ValueError, AttributeError, TypeError):
            pass  # none yet, or damaged: grade again

    def key(self, name, code):
        """What a verdict on this answer depends on, as a fingerprint."""
        number = name[:2]
        if number not in self.courses:  # read once, not for each exercise
            sources = "".join(
                source.text for n, source in material.sources().items() if n <= number
            )
            self.courses[number] = "\0".join(
                (sources, material.grader(number).read_text(encoding="utf-8"), __version__)
            )
        return notebook.fingerprint(f"{code}\0{self.courses[number]}")

    def verdict(self, name, key):
        entry = self.entries.get(name, [None])
        return Verdict(name, *entry[1:]) if entry[0] == key else None

    def learn(self, key, verdict):
        if verdict.verdict != SLOW:  # perhaps the machine was busy
            self.entries[verdict.exercise] = [key, verdict.verdict, verdict.message]

    def save(self):
        if self.file.parent.is_dir():
            with contextlib.suppress(
                OSError
            ):  # a folder that may only be read is graded all the same
                write(self.file, json.dumps(self.entries, indent=1))


def write(path, text):
    """Write a file so that it is never half written."""
    part = path.with_name(path.name + ".part")
    part.write_text(text, encoding="utf-8")
    os.replace(part, path)


def passed(number):
    """exercise -> the learner's answer, for those of this lesson that pass; none where there is no
    learner's folder."""
    place = os.environ.get("TINYMAML_WORK", ".")  # "" is nowhere
    if not place or not (Path(place) / MARK).is_dir():
        return {}
    folder = read(Path(place))
    names = [name for name in material.find(number).exercises if name in folder.places]
    return {
        v.exercise: answer(folder, v.exercise).code
        for v in grade(folder, names, fresh=False)
        if v.verdict == PASSED
    }
