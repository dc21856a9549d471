"""Where a learner stands: `status`, the verdicts of `check`. What a class did: classroom.py."""

import json
import os
import shlex

from ..terminal import text
from . import after, exercise, material, printed, route
from .folder import absent_lessons
from .grading import grade
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
            print(colour(text.fold_on_screen(str(verdict)), verdict.verdict), flush=True)
        if not as_json and not many:
            print_more(verdict, folder.own)

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


def find_next(folder, passed=()):
    """The first exercise that has not passed; None if all have.

    passed: those that are known to have passed, whatever the Folder holds.
    """
    for source in material.sources().values():  # lesson by lesson, to stop early
        for verdict in grade(folder, source.exercises, fresh=False):
            if verdict.verdict != PASSED and verdict.exercise not in passed:
                return verdict.exercise
    return None
