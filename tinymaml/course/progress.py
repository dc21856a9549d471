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


def coloured(text, verdict, stream=None):
    """The text in its verdict's colour, on a terminal that wants colours (see no-color.org)."""
    stream = stream or sys.stdout
    if not stream.isatty() or os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb":
        return text
    return f"\x1b[{COLOURS[verdict]}m{text}\x1b[0m"


def check(path, names, as_json=False):
    """Grade answers and print the verdicts. -> exit code: 0 if all passed."""
    folder = answers.read(path)
    show = (
        (lambda verdict: None)
        if as_json
        else (
            lambda verdict: (
                None
                if verdict.verdict == UNTRIED and len(names) > 1
                else print(coloured(str(verdict), verdict.verdict), flush=True)
            )
        )
    )
    verdicts = answers.grade(folder, names, done=show)
    count = {verdict: sum(v.verdict == verdict for v in verdicts) for verdict in COLOURS}
    if as_json:
        print(
            json.dumps(
                {
                    "folder": str(path),
                    "passed": count[PASSED],
                    "of": len(names),
                    "unreadable": folder.unreadable,
                    "exercises": [
                        {
                            "exercise": v.exercise,
                            "title": exercise.find(v.exercise).title,
                            "verdict": v.verdict,
                            "message": v.message,
                        }
                        for v in verdicts
                    ],
                },
                indent=1,
                ensure_ascii=False,
            )
        )
    elif len(names) > 1:
        unreadable(folder)
        print(", ".join(f"{n} {verdict}" for verdict, n in count.items() if n) + ".")
    return 0 if count[PASSED] == len(names) else 1


def unreadable(folder):
    for name, why in folder.unreadable.items():
        print(f"{name} cannot be read: {why}.")


def status(path, as_json=False):
    """Print a table by lesson and exercise, with what to do next. -> exit code: 0 if every notebook
    can be read."""
    folder = answers.read(path)
    verdicts = {v.exercise: v for v in answers.grade(folder, material.exercises(), fresh=False)}
    following = next((name for name in verdicts if verdicts[name].verdict != PASSED), None)
    if as_json:
        print(
            json.dumps(
                {
                    "folder": str(path),
                    "next": following,
                    "exercises": {name: v.verdict for name, v in verdicts.items()},
                },
                indent=1,
            )
        )
        return 1 if folder.unreadable else 0
    width = max(len(exercise.find(name).title) for name in verdicts)
    for source in material.sources().values():
        done = sum(verdicts[name].verdict == PASSED for name in source.exercises)
        print(f"{source.title}  ({done} of {len(source.exercises)})")
        for name in source.exercises:
            v = verdicts[name]
            print(
                coloured(
                    f"  {SIGNS[v.verdict]} {name:<20} {exercise.find(name).title:<{width}}  {v.verdict}",
                    v.verdict,
                )
            )
    unreadable(folder)
    if following:
        print(
            f"\nNext: {following} in {material.find(following).name}.ipynb"
            + (
                "."
                if verdicts[following].verdict == UNTRIED
                else f", {verdicts[following].verdict}: `tinymaml check {following}` says why."
            )
            + f" Stuck? `tinymaml hint {following}`"
        )
    else:
        print("\nAll passed: you have written every line of it.")
    return 1 if folder.unreadable else 0


def pending(path):
    """The first exercise that has not passed; None if all have."""
    folder = answers.read(path)
    for source in material.sources().values():  # lesson by lesson, to stop early
        for v in answers.grade(folder, source.exercises, fresh=False):
            if v.verdict != PASSED:
                return v.exercise
    return None


def hint(path, name=None):
    """Print the next hint of an exercise, by default of the first that has not passed. -> exit
    code"""
    name = name or pending(path)
    if name is None:
        print("All passed; there is nothing left to hint at.")
        return 0
    hints, file = exercise.find(name).hints, path / MARK / "hints.json"
    try:
        given = json.loads(file.read_text(encoding="utf-8"))
        count = min(int(given.get(name, 0)), len(hints))
    except (OSError, ValueError, AttributeError, TypeError):
        given, count = {}, 0  # none yet, or damaged
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
    """Print the course's solution, if there was an attempt. -> exit code"""
    cell = material.find(name).answer(name)
    code = None if path is None else answers.answer(answers.read(path), name).code
    if not anyway and (code is None or lesson.untried(code, cell.stub)):
        print(
            f"{name}: try first, the attempt is what you learn from (`tinymaml hint {name}` helps; --anyway shows the solution)."
        )
        return 1
    print(
        "\n".join(
            row
            for row in cell.solution.split("\n")
            if row.strip() not in (lesson.BEGIN, lesson.END)
        )
    )
    return 0
