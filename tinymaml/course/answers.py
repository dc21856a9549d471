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
    """The learner's folder: the one given, else this one if it is one, else `work`.

    Raises ValueError.
    """
    if given:
        if not Path(given).is_dir():
            raise ValueError(f"there is no folder {given}")
        return Path(given)
    for path in (Path.cwd(), Path.cwd() / "work"):
        if (path / MARK).is_dir():
            return path
    raise ValueError(
        "this is no folder of lessons, and it has none called `work`: "
        "make one with `tinymaml learn`, go into yours, or name it with --work DIR"
    )


def load(path):
    """A notebook as a dict. Raises ValueError with the reason if it cannot be read."""
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        for cell in found["cells"]:
            cell["cell_type"] + notebook.source_of(cell)  # raises unless both are texts
    except OSError as error:
        raise ValueError(error.strerror) from None
    except json.JSONDecodeError as error:
        if not path.stat().st_size:
            raise ValueError("the file is empty") from None
        raise ValueError(f"line {error.lineno} is not what a notebook can hold") from None
    except (UnicodeDecodeError, KeyError, TypeError, AttributeError):
        raise ValueError("it is not a notebook") from None
    return found


def read(path):
    """The Folder at this path."""
    places = {}
    unreadable = {}
    for file in sorted(path.glob("[!.]*.ipynb")):
        try:
            cells = load(file)["cells"]
        except ValueError as error:
            unreadable[file.name] = str(error)
            continue
        for k, cell in enumerate(cells, 1):
            code = notebook.source_of(cell)
            name = lesson.marker(code) if cell["cell_type"] == "code" else None
            if name:
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
    if not places:
        return missing_answer(folder, name)
    stub = material.find(name).answer(name).stub
    tried = [place for place in places if not lesson.is_untried(place.code, stub)]
    if not tried:
        return Answer(places[-1].code)
    different = different_programs(tried)
    if len(different) == 1:
        return Answer(tried[-1].code)
    cells = ", ".join(f"cell {place.cell} of {place.path.name}" for place in different)
    note = f"There are {len(different)} different answers ({cells}); this is about the last one."
    return Answer(tried[-1].code, note)


def missing_answer(folder, name):
    """The Answer where no cell of the folder has the exercise's marker."""
    for file, why in folder.unreadable.items():
        if file.startswith(name[:2]):  # the notebook of its lesson
            return Answer(None, say_unreadable(file, why), CRASHED)
    note = f"No cell starts with `# exercise {name}`; `tinymaml restore {name}` brings it back."
    return Answer(None, note)


def different_programs(places):
    """Those of the places whose program is none of those before."""
    different = []
    for place in places:
        if not any(lesson.same_code(place.code, other.code) for other in different):
            different.append(place)
    return different


def say_unreadable(file, why):
    """What to say about a notebook, given by its name, that cannot be read, and what to do."""
    return (
        f"{file} cannot be read: {why}. "
        f"`tinymaml restore {file[:2]}` gives the lesson back and keeps a copy of the file."
    )


def ignore(verdict):
    """Do nothing with a verdict."""


def grade(folder, names, fresh=True, done=ignore):
    """The Verdicts on the answers of a Folder, in order.

    fresh: do not trust the verdicts already known. done: called after each.
    """
    from . import sandbox

    known = KnownVerdicts(folder.path)

    def grade_one(name):
        code, note, missing = answer(folder, name)
        if code is None:
            verdict = Verdict(name, missing, note)
        else:
            key = known.key(name, code)
            verdict = None if fresh else known.find(name, key)
            if verdict is None:
                verdict = sandbox.grade(name, code)
            known.remember(key, verdict)
            if note:
                verdict = verdict._replace(message=f"{verdict.message} {note}".strip())
        done(verdict)
        return verdict

    with ThreadPoolExecutor(min(4, os.cpu_count() or 1)) as pool:
        try:
            return list(pool.map(grade_one, names))
        except KeyboardInterrupt:
            pool.shutdown(cancel_futures=True)
            raise
        finally:
            known.save()


class KnownVerdicts:
    """The verdicts that were given.

    Each is valid as long as the answer, the lesson, its graders and the package are the same.
    """

    def __init__(self, path):
        """Read those of the folder at this path."""
        self.file = path / MARK / "verdicts.json"
        self.entries = {}  # exercise -> [key, verdict, message]
        self.courses = {}  # lesson's number -> what its verdicts depend on, beside the answer
        try:
            entries = json.loads(self.file.read_text(encoding="utf-8"))
            self.entries = {name: entry for name, entry in entries.items() if len(entry) == 3}
        except (OSError, ValueError, AttributeError, TypeError):
            pass  # none yet, or damaged: grade again

    def key(self, name, code):
        """What a verdict on this answer depends on, as a fingerprint."""
        number = name[:2]
        if number not in self.courses:  # read once, not for each exercise
            self.courses[number] = self.read_course(number)
        return notebook.fingerprint(f"{code}\0{self.courses[number]}")

    def read_course(self, number):
        """The sources up to this lesson, its graders and the package's version, as one text."""
        texts = [source.text for n, source in material.sources().items() if n <= number]
        graders = material.grader_file(number).read_text(encoding="utf-8")
        return "\0".join(["".join(texts), graders, __version__])

    def find(self, name, key):
        """The Verdict on this exercise if it was given under this key, else None."""
        if name not in self.entries:
            return None
        known_key, verdict, message = self.entries[name]
        return Verdict(name, verdict, message) if known_key == key else None

    def remember(self, key, verdict):
        """Store a verdict, unless the answer was too slow: perhaps the machine was busy."""
        if verdict.verdict != SLOW:
            self.entries[verdict.exercise] = [key, verdict.verdict, verdict.message]

    def save(self):
        """Write the verdicts into a learner's folder; one that may only be read stays as it is."""
        if self.file.parent.is_dir():
            with contextlib.suppress(OSError):
                write(self.file, json.dumps(self.entries, indent=1))


def write(path, text):
    """Write a file so that it is never half written."""
    part = path.with_name(path.name + ".part")
    part.write_text(text, encoding="utf-8")
    os.replace(part, path)


def passed_answers(number):
    """exercise -> the learner's answer, for those of this lesson that pass.

    Empty where there is no learner's folder; that is TINYMAML_WORK if it is set ("" is nowhere),
    else the current folder.
    """
    place = os.environ.get("TINYMAML_WORK", ".")
    if not place or not (Path(place) / MARK).is_dir():
        return {}
    folder = read(Path(place))
    names = [name for name in material.find(number).exercises if name in folder.places]
    passed = {}
    for verdict in grade(folder, names, fresh=False):
        if verdict.verdict == PASSED:
            passed[verdict.exercise] = answer(folder, verdict.exercise).code
    return passed
