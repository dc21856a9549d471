"""A class: the answers of many students, graded together. A table of student by exercise, and what
was wrong most often."""

import csv
import json
import sys
import textwrap
from collections import defaultdict

from ..terminal.text import WIDTH, align, count
from . import material
from .answers import say_missing
from .folder import absent_lessons, read
from .grading import TWO, grade, grade_all
from .progress import as_report, say_finished
from .signs import SIGNS, count_verdicts
from .verdict import PASSED, UNTRIED

COMMON = 10  # how many sentences are printed


def check(students, names, form):
    """Grade the answers of a class and print the verdicts. -> exit code: 0 if all passed.

    students: name -> folder. names: the exercises. form: "table", "csv" or "json".
    """
    folders = {student: read(path, own=False) for student, path in students.items()}
    verdicts = grade_class(folders, names)
    if form == "json":
        report = {
            student: as_report(folder, verdicts[student]) for student, folder in folders.items()
        }
        print(json.dumps(report, indent=1, ensure_ascii=False))
    elif form == "csv":
        print_csv(verdicts, names)
    else:
        print_tables(folders, verdicts, names)
        print_notes(folders, verdicts)
        print_common(folders, verdicts)
    return exit_code(verdicts)


def csv_of_one(folder, names):
    """Grade the answers of one Folder and print them as a class's. -> exit code"""
    verdicts = {folder.path.resolve().name: grade(folder, names)}
    print_csv(verdicts, names)
    return exit_code(verdicts)


def exit_code(verdicts):
    """0 if everything has passed, else 1."""
    found = [verdict.verdict for row in verdicts.values() for verdict in row]
    return 0 if all(verdict == PASSED for verdict in found) else 1


def grade_class(folders, names):
    """student -> the Verdicts on his or her answers, in the order of the names.

    On a terminal a bar shows how far it is.
    """
    from tqdm.auto import tqdm

    questions = [(folder, name) for folder in folders.values() for name in names]
    with tqdm(total=len(questions), unit=" answers", leave=False, disable=None) as bar:
        verdicts = grade_all(questions, done=lambda verdict: bar.update())
    rows = [verdicts[k : k + len(names)] for k in range(0, len(verdicts), len(names))]
    return dict(zip(folders, rows, strict=True))


def print_csv(verdicts, names):
    """Print a line for each student: how many passed, of how many, and each verdict."""
    rows = csv.writer(sys.stdout, lineterminator="\n")
    rows.writerow(["student", "passed", "of", *names])
    for student, row in verdicts.items():
        found = [verdict.verdict for verdict in row]
        rows.writerow([student, found.count(PASSED), len(found), *found])


def print_tables(folders, verdicts, names):
    """Print a row for each student with a sign for each verdict, lesson by lesson.

    Lessons that nobody has tried are named, not shown. Where not all fit beside each other, they
    come in several tables.
    """
    tried = {v.exercise[:2] for row in verdicts.values() for v in row if v.verdict != UNTRIED}
    asked = [source for source in material.sources().values() if set(source.exercises) & set(names)]
    shown = [source for source in asked if source.number in tried]
    columns = [["", *(clip(student) for student in folders)]]
    for source in shown:
        columns.append([source.number, *(signs(row, source) for row in verdicts.values())])
    columns.append(["", *(say_passed(folders[s], row) for s, row in verdicts.items())])
    for table in side_by_side(columns):
        print("\n".join(filter(None, align(zip(*table, strict=True)))))
        print()
    print(", ".join(f"{sign} {verdict}" for verdict, sign in SIGNS.items()))
    exercises = ""
    if len(shown) == 1:
        exercises = ": " + ", ".join(name for name in shown[0].exercises if name in names)
    print(fill(f"A sign for each exercise, in the order of the lesson{exercises}."))
    left = [source.number for source in asked if source.number not in tried]
    if left:
        print(f"Nobody has tried lesson {', '.join(left)}.")


def clip(student):
    """A student's name, cut where it is long."""
    return student if len(student) <= 24 else student[:23] + "…"


def signs(row, source):
    """A sign for each of the Verdicts on a lesson, as one word."""
    return "".join(SIGNS[v.verdict] for v in row if v.exercise[:2] == source.number)


def say_passed(folder, row):
    """The last column of a student's row: "5 of 83"."""
    if folder.is_empty:
        return "no notebook"
    return f"{count_verdicts(row)[PASSED]} of {len(row)}"


def side_by_side(columns):
    """Lists of columns that fit into a terminal, each with the first one, the names, in front."""
    first, *rest = columns
    widest = [max(map(len, column)) + 2 for column in columns]
    tables = [[first]]
    used = widest[0]
    for column, width in zip(rest, widest[1:], strict=True):
        if used + width > WIDTH and len(tables[-1]) > 1:
            tables.append([first])
            used = widest[0]
        tables[-1].append(column)
        used += width
    return tables


def print_notes(folders, verdicts):
    """Print what to know about the students' files: what is missing, unreadable, lost, double."""
    rows = []
    for student, folder in folders.items():
        rows += [f"{student}: {note}" for note in notes_on(folder, verdicts[student])]
    if rows:
        print()
    for row in rows:
        print(fill(row))


def notes_on(folder, verdicts):
    """Sentences about a student's files."""
    if folder.is_empty:
        return ["no notebook found here."]
    notes = [f"{file} cannot be read: {why}." for file, why in folder.unreadable.items()]
    notes += say_finished(folder)
    absent = {source.number for source in absent_lessons(folder)}
    missing = []
    for verdict in verdicts:
        name = verdict.exercise
        if verdict.verdict == TWO:
            notes.append(str(verdict))
        if verdict.verdict == UNTRIED and verdict.message and name[:2] not in absent:
            if verdict.message == say_missing(folder, name):
                missing.append(name)
            else:
                notes.append(str(verdict))
    if missing:
        notes.append(f"no cell has the marker of {', '.join(missing)}.")
    return notes


def print_common(folders, verdicts):
    """Print what was wrong in most students' answers, by its sentence."""
    who = defaultdict(list)  # "exercise: verdict. Sentence." -> students
    for student, row in verdicts.items():
        for verdict in row:
            is_answer = verdict.exercise in folders[student].places
            if is_answer and verdict.verdict not in (PASSED, UNTRIED, TWO):
                sentence = str(verdict).split("\n")[0]
                who[sentence].append(student)
    if not who:
        return
    print("\nWhat was wrong most often:")
    ranked = sorted(who.items(), key=lambda item: -len(item[1]))
    for sentence, students in ranked[:COMMON]:
        print(fill(f"{count(len(students), 'student')}, {sentence}"))
    if len(ranked) > COMMON:
        print(f"... and {count(len(ranked) - COMMON, 'other sentence')}: --json has them all.")


def fill(text):
    """A paragraph whose lines after the first are indented."""
    return textwrap.fill(text, WIDTH, subsequent_indent="    ", break_on_hyphens=False)
