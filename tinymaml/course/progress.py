"""Where a learner stands: `status`, the verdicts of `check`, the next hint, the solution after an
attempt. What a class did: classroom.py."""

import json
import os
import shlex

from ..terminal import text
from . import answers, exercise, lesson, material, route
from .folder import MARK, absent_lessons
from .grading import grade
from .known import write
from .signs import colour, count_verdicts, in_sums
from .verdict import PASSED, UNTRIED


def check(folder, names, as_json=False):
    """Grade the answers of a Folder and print the verdicts. -> exit code: 0 if all passed.

    If it was read from one notebook, what is not in that does not count.
    """
    if folder.is_empty and not as_json:
        print(say_empty(folder))
        return 1
    many = len(names) > 1
    names, absent = narrow(folder, names)
    not_here = {name for source in absent for name in source.exercises}

    def show(verdict):
        untried = verdict.verdict == UNTRIED
        said = not verdict.message or verdict.exercise in not_here
        if not as_json and not (many and untried and said):
            print(colour(str(verdict), verdict.verdict), flush=True)

    verdicts = grade(folder, names, done=show)
    count = count_verdicts(verdicts)
    if as_json:
        print(json.dumps(as_report(folder, verdicts), indent=1, ensure_ascii=False))
    elif many:
        for sentence in say_left_out(folder, absent):
            print(sentence)
        said = ", ".join(f"{n} {in_sums(kind)}" for kind, n in count.items() if n)
        print(f"{said or 'No exercise is here'}.")
    return 0 if verdicts and count[PASSED] == len(verdicts) else 1


def narrow(folder, names):
    """Those of the exercises that a Folder is graded on, and the lessons of which it holds none.

    One that was read from one notebook is graded on what is in that.
    """
    if folder.only and len(names) > 1:
        number = folder.only[:2]
        return [name for name in names if name in folder.places or name[:2] == number], []
    absent = [source for source in absent_lessons(folder) if set(source.exercises) & set(names)]
    return names, absent


def as_report(folder, verdicts):
    """The Verdicts on a Folder as `tinymaml check --json` prints them."""
    return {
        "folder": str(folder.path),
        "passed": count_verdicts(verdicts)[PASSED],
        "of": len(verdicts),
        "unreadable": folder.unreadable,
        "exercises": [as_row(verdict) for verdict in verdicts],
    }


def as_row(verdict):
    """A Verdict as `tinymaml check --json` prints it."""
    return {
        "exercise": verdict.exercise,
        "title": exercise.find(verdict.exercise).title,
        "verdict": verdict.verdict,
        "message": verdict.message,
    }


def say_empty(folder):
    """What to say about a Folder without a notebook."""
    said = f"There is no notebook in {folder.path}."
    if folder.own:
        path = shlex.quote(os.path.relpath(folder.path))
        said += f" `tinymaml learn {path}` puts the lessons there."
    return said


def say_finished(folder):
    """A list with the sentence about a Folder's finished lessons; empty if it has none."""
    if not folder.finished:
        return []
    first, *rest = folder.finished
    more = f" and {text.count(len(rest), 'other')}" if rest else ""
    what = "finished lessons" if rest else "a finished lesson"
    return [f"{first}{more} left out: {what}, with the course's answers."]


def say_left_out(folder, absent):
    """Sentences on the notebooks of a Folder that were not graded, and on lessons that are not
    there."""
    sentences = [f"{file} cannot be read: {why}." for file, why in folder.unreadable.items()]
    sentences += say_finished(folder)
    if absent:
        said = f"No exercise of lesson {', '.join(source.number for source in absent)} is here"
        back = f"; `tinymaml restore {absent[0].number}` brings a lesson back" if folder.own else ""
        sentences.append(f"{said}{back}.")
    return sentences


def status(folder, as_json=False, everything=False):
    """Print a map of the course with what to do next. -> exit code: 0 if every notebook can be
    read.

    everything: print a table with a row for each exercise instead.
    """
    verdicts = grade(folder, material.exercises(), fresh=False)
    following = next((verdict for verdict in verdicts if verdict.verdict != PASSED), None)
    if as_json:
        report = {
            "folder": str(folder.path),
            "next": following.exercise if following else None,
            "exercises": {verdict.exercise: verdict.verdict for verdict in verdicts},
        }
        print(json.dumps(report, indent=1))
    elif folder.is_empty:
        print(say_empty(folder))
    else:
        show = route.print_all if everything else route.print_status
        show(folder, verdicts, following, say_left_out(folder, absent_lessons(folder)))
    return 1 if folder.unreadable or folder.is_empty else 0


def find_next(folder):
    """The first exercise that has not passed; None if all have."""
    for source in material.sources().values():  # lesson by lesson, to stop early
        for verdict in grade(folder, source.exercises, fresh=False):
            if verdict.verdict != PASSED:
                return verdict.exercise
    return None


def hint(folder, name=None):
    """Print the hints of an exercise up to the next one. -> exit code

    name: by default the first exercise that has not passed.
    """
    name = name or find_next(folder)
    if name is None:
        print("All passed; there is nothing left to hint at.")
        return 0
    hints = exercise.find(name).hints
    file = folder.path / MARK / "hints.json"
    try:
        given = json.loads(file.read_text(encoding="utf-8"))  # exercise -> how many were shown
        count = min(int(given.get(name, 0)), len(hints))
    except (OSError, ValueError, AttributeError, TypeError):  # none yet, or damaged
        given = {}
        count = 0
    shown = min(count + 1, len(hints))
    for k in range(shown):
        print(f"{name}, hint {k + 1} of {len(hints)}: {hints[k]}")
    if count == len(hints):
        print(
            f"There are no more; after an attempt, `tinymaml solution {name}` shows the solution."
        )
    if file.parent.is_dir() and folder.own:
        write(file, json.dumps(given | {name: shown}))
    return 0


def solution(folder, name):
    """Print the course's solution, if the Folder holds an attempt. -> exit code

    folder: None shows it without one.
    """
    cell = material.find(name).answer(name)
    found = answers.find(folder, name) if folder else None
    if found and not found.places:
        print(
            f"{name}: try first, the attempt is what you learn from "
            f"(`tinymaml hint {name}` helps; --anyway shows the solution)."
        )
        if found.note:
            print(found.note)
        return 1
    for row in cell.solution.split("\n"):
        if row.strip() not in (lesson.BEGIN, lesson.END):
            print(row)
    return 0
