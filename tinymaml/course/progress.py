"""Where a learner stands: the table of `status`, the verdicts of `check`. What a class did:
classroom.py."""

import json
import os
import shlex
import sys

from ..terminal import text
from . import after, exercise, material, printed
from .folder import absent_lessons
from .grading import TWO, grade
from .verdict import CRASHED, PASSED, SLOW, UNTRIED, WRONG

COLOURS = {PASSED: "32", UNTRIED: "2", WRONG: "31", CRASHED: "31", SLOW: "33", TWO: "33"}
SIGNS = {PASSED: "+", UNTRIED: "·", WRONG: "x", CRASHED: "!", SLOW: "…", TWO: "2"}
IN_SUMS = {TWO: "with two answers"}  # how a verdict is counted, where that is another word


def colour(text, verdict, stream=None):
    """The text in its verdict's colour, on a terminal that wants colours (see no-color.org)."""
    stream = stream or sys.stdout
    if not stream.isatty() or os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb":
        return text
    return f"\x1b[{COLOURS[verdict]}m{text}\x1b[0m"


def check(folder, names, as_json=False):
    """Grade the answers of a Folder and print the verdicts. -> exit code: 0 if all passed.

    If it was read from one notebook, what is not in that does not count.
    """
    if folder.is_empty and not as_json:
        print(say_empty(folder))
        return 1
    many = len(names) > 1
    absent = [source for source in absent_lessons(folder) if set(source.exercises) & set(names)]
    not_here = {name for source in absent for name in source.exercises}
    if many and folder.only:
        number = folder.only[:2]
        names = [name for name in names if name in folder.places or name[:2] == number]
        absent = []

    def show(verdict):
        untried = verdict.verdict == UNTRIED
        said = not verdict.message or verdict.exercise in not_here
        if not as_json and not (many and untried and said):
            print(colour(str(verdict), verdict.verdict), flush=True)
        if not as_json and not many:
            print_more(verdict, folder.own)

    verdicts = grade(folder, names, done=show)
    count = count_verdicts(verdicts)
    if as_json:
        print(json.dumps(as_report(folder, verdicts), indent=1, ensure_ascii=False))
    elif many:
        print_left_out(folder, absent)
        said = ", ".join(f"{n} {IN_SUMS.get(kind, kind)}" for kind, n in count.items() if n)
        print(f"{said or 'No exercise is here'}.")
    return 0 if verdicts and count[PASSED] == len(verdicts) else 1


def print_more(verdict, own):
    """Print what comes after the Verdict on one answer: what it printed, and a word of advice.

    own: is it the answer of whoever runs this? Nobody else needs a hint.
    """
    below = printed.show(verdict.printed)
    advice = after.advice(verdict, f"`tinymaml hint {verdict.exercise}`")
    if below:
        print(below)
    if advice and (own or verdict.verdict == PASSED):
        print(advice)


def count_verdicts(verdicts):
    """ "passed", ... -> how many of the Verdicts say so."""
    found = [verdict.verdict for verdict in verdicts]
    return {kind: found.count(kind) for kind in COLOURS}


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


def print_left_out(folder, absent):
    """Name the notebooks of a Folder that were not graded, and the lessons that are not there."""
    for file, why in folder.unreadable.items():
        print(f"{file} cannot be read: {why}.")
    for sentence in say_finished(folder):
        print(sentence)
    if absent:
        said = f"No exercise of lesson {', '.join(source.number for source in absent)} is here"
        back = f"; `tinymaml restore {absent[0].number}` brings a lesson back" if folder.own else ""
        print(f"{said}{back}.")


def status(folder, as_json=False):
    """Print a table by lesson and exercise, with what to do next.

    -> exit code: 0 if every notebook can be read.
    """
    found = grade(folder, material.exercises(), fresh=False)
    verdicts = {verdict.exercise: verdict.verdict for verdict in found}
    following = next((verdict for verdict in found if verdict.verdict != PASSED), None)
    if as_json:
        name = following.exercise if following else None
        report = {"folder": str(folder.path), "next": name, "exercises": verdicts}
        print(json.dumps(report, indent=1))
    elif folder.is_empty:
        print(say_empty(folder))
    else:
        print_table(verdicts)
        print_left_out(folder, absent_lessons(folder))
        print_next(following)
    return 1 if folder.unreadable or folder.is_empty else 0


def print_table(verdicts):
    """Print each lesson with its exercises. verdicts: exercise -> "passed", ..."""
    width = max(len(exercise.find(name).title) for name in verdicts)
    for source in material.sources().values():
        passed = [name for name in source.exercises if verdicts[name] == PASSED]
        print(f"{source.title}  ({len(passed)} of {len(source.exercises)})")
        for name in source.exercises:
            verdict = verdicts[name]
            title = exercise.find(name).title
            row = f"  {SIGNS[verdict]} {name:<20} {title:<{width}}  {verdict}"
            print(colour(row, verdict))


def print_next(verdict):
    """Say which exercise comes next, and what helps.

    verdict: the first one that is not "passed"; None if all are.
    """
    if verdict is None:
        print("\nAll passed: you have written every line of it.")
        return
    name = verdict.exercise
    place = f"{name} in {material.find(name).name}.ipynb"
    if verdict.verdict != UNTRIED or verdict.message:
        place += f", {verdict.verdict}: `tinymaml check {name}` says why"
    print(f"\nNext: {place}. Stuck? `tinymaml hint {name}`")


def find_next(folder, passed=()):
    """The first exercise that has not passed; None if all have.

    passed: those that are known to have passed, whatever the Folder holds.
    """
    for source in material.sources().values():  # lesson by lesson, to stop early
        for verdict in grade(folder, source.exercises, fresh=False):
            if verdict.verdict != PASSED and verdict.exercise not in passed:
                return verdict.exercise
    return None
