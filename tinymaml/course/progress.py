"""Where a learner stands: the table of `status`, the verdicts of `check`, the next hint, the
solution after an attempt."""

import json
import os
import sys

from . import answers, exercise, lesson, material
from .answers import MARK, write
from .judge import CRASHED, PASSED, SLOW, UNTRIED, WRONG

COLOURS = {PASSED: "32", UNTRIED: "2", WRONG: "31", CRASHED: "31", SLOW: "33"}
SIGNS = {PASSED: "+", UNTRIED: "·", WRONG: "x", CRASHED: "!", SLOW: "…"}


def colour(text, verdict, stream=None):
    """The text in its verdict's colour, on a terminal that wants colours (see no-color.org)."""
    stream = stream or sys.stdout
    if not stream.isatty() or os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb":
        return text
    return f"\x1b[{COLOURS[verdict]}m{text}\x1b[0m"


def check(path, names, as_json=False):
    """Grade answers and print the verdicts. -> exit code: 0 if all passed."""
    many = len(names) > 1

    def show(verdict):
        silent = as_json or many and verdict.verdict == UNTRIED
        if not silent:
            print(colour(str(verdict), verdict.verdict), flush=True)

    folder = answers.read(path)
    verdicts = answers.grade(folder, names, done=show)
    found = [verdict.verdict for verdict in verdicts]
    count = {kind: found.count(kind) for kind in COLOURS}
    if as_json:
        report = {
            "folder": str(path),
            "passed": count[PASSED],
            "of": len(names),
            "unreadable": folder.unreadable,
            "exercises": [as_row(verdict) for verdict in verdicts],
        }
        print(json.dumps(report, indent=1, ensure_ascii=False))
    elif many:
        print_unreadable(folder)
        print(", ".join(f"{n} {kind}" for kind, n in count.items() if n) + ".")
    return 0 if count[PASSED] == len(names) else 1


def as_row(verdict):
    """A Verdict as `tinymaml check --json` prints it."""
    return {
        "exercise": verdict.exercise,
        "title": exercise.find(verdict.exercise).title,
        "verdict": verdict.verdict,
        "message": verdict.message,
    }


def print_unreadable(folder):
    """Name the notebooks of a Folder that cannot be read."""
    for name, why in folder.unreadable.items():
        print(f"{name} cannot be read: {why}.")


def status(path, as_json=False):
    """Print a table by lesson and exercise, with what to do next.

    -> exit code: 0 if every notebook can be read.
    """
    folder = answers.read(path)
    verdicts = {}  # exercise -> "passed", ...
    for verdict in answers.grade(folder, material.exercises(), fresh=False):
        verdicts[verdict.exercise] = verdict.verdict
    following = next((name for name in verdicts if verdicts[name] != PASSED), None)
    if as_json:
        report = {"folder": str(path), "next": following, "exercises": verdicts}
        print(json.dumps(report, indent=1))
    else:
        print_table(verdicts)
        print_unreadable(folder)
        print_next(following, verdicts)
    return 1 if folder.unreadable else 0


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


def print_next(name, verdicts):
    """Say which exercise comes next, and what helps. name: None if all have passed."""
    if name is None:
        print("\nAll passed: you have written every line of it.")
        return
    place = f"{name} in {material.find(name).name}.ipynb"
    if verdicts[name] != UNTRIED:
        place += f", {verdicts[name]}: `tinymaml check {name}` says why"
    print(f"\nNext: {place}. Stuck? `tinymaml hint {name}`")


def find_next(path):
    """The first exercise that has not passed; None if all have."""
    folder = answers.read(path)
    for source in material.sources().values():  # lesson by lesson, to stop early
        for verdict in answers.grade(folder, source.exercises, fresh=False):
            if verdict.verdict != PASSED:
                return verdict.exercise
    return None


def hint(path, name=None):
    """Print the hints of an exercise up to the next one. -> exit code

    name: by default the first exercise that has not passed.
    """
    name = name or find_next(path)
    if name is None:
        print("All passed; there is nothing left to hint at.")
        return 0
    hints = exercise.find(name).hints
    file = path / MARK / "hints.json"
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
    if file.parent.is_dir():
        write(file, json.dumps(given | {name: shown}))
    return 0


def solution(path, name, anyway=False):
    """Print the course's solution, if there was an attempt. -> exit code

    path: the learner's folder. anyway: print it without an attempt, too; then no folder is needed.
    """
    cell = material.find(name).answer(name)
    if not anyway:
        code = answers.answer(answers.read(path), name).code
        if code is None or lesson.is_untried(code, cell.stub):
            print(
                f"{name}: try first, the attempt is what you learn from "
                f"(`tinymaml hint {name}` helps; --anyway shows the solution)."
            )
            return 1
    for row in cell.solution.split("\n"):
        if row.strip() not in (lesson.BEGIN, lesson.END):
            print(row)
    return 0
