"""Answers that are not found because their marker was lost or misspelt: where they may be."""

import ast
import difflib
import functools
import re
from pathlib import Path

from . import exercise, lesson, material, moved, notebook


def find_lost(folder, name):
    """A sentence about the cell of a Folder that looks like an answer to an exercise and has no
    marker of it, with what to do; "" if there is none."""
    places = [place for places in folder.places.values() for place in places] + folder.others
    files = {file for file in {place.file for place in places} if may_hold(file, name)}
    places = [place for place in places if place.file in files]
    for explain in (explain_below, explain_text, explain_split, explain_unmarked):
        for place in places:
            sentence = explain(place, name, folder)
            if sentence:
                return sentence
    return explain_misspelt(folder, name)


def may_hold(file, name):
    """May a notebook hold the exercise, by its name? Not if it is another lesson's."""
    number = re.match(r"(\d\d)_", Path(file).name)
    return not number or number[1] == name[:2]


def explain_below(place, name, folder):
    """Where the marker stands below other code."""
    if place.kind != "code" or name not in place.code:
        return ""
    line = marked_below(place.code, name)
    if line is None:
        return ""
    return (
        f"In {place}, `# exercise {name}` stands below other code, on line {line}: "
        "what follows needs a cell of its own, with that line as the first."
    )


def marked_below(text, name):
    """The number of the line with an exercise's marker that is not at the cell's head, or None."""
    for number, row in enumerate(text.split("\n"), 1):
        found = lesson.MARKER.match(row.strip())
        if found and found[1] == name:
            return number if lesson.marker(text) != name else None
    return None


def explain_text(place, name, folder):
    """Where the answer's cell is no code any more."""
    if place.kind == "code" or name not in place.code or lesson.marker(place.code) != name:
        return ""
    if not all(re.search(rf"\b{word}\b", place.code) for word in exercise.find(name).defines):
        return ""  # a heading of the learner's own
    return (
        f"{capital(place)} starts with `# exercise {name}` and is text: "
        "make it code (in JupyterLab: select it, press Esc, then Y)."
    )


def explain_split(place, name, folder):
    """Where the answer is in the next cell, and the marker stands alone."""
    if name not in place.code:
        return ""
    rows = [row.strip() for row in place.code.split("\n")]
    is_bare = all(row.startswith("#") for row in rows if row)
    if not is_bare or lesson.marker(place.code) != name:
        return ""
    words = set(exercise.find(name).defines)
    for other in folder.others:
        is_next = other.file == place.file and other.cell == place.cell + 1
        if is_next and other.kind == "code" and words & defined_names(other.code):
            return (
                f"{capital(place)} has the marker of {name} and nothing else: "
                f"merge it with cell {other.cell}, the next one."
            )
    return ""


def explain_unmarked(place, name, folder):
    """Where a cell without a marker defines what the exercise is to define."""
    if place.kind != "code":
        return ""
    was_answer = place.identity == notebook.answer_identity(name) and not lesson.marker(place.code)
    if was_answer or looks_like_answer(place.code, name):
        words = " and ".join(f"`{word}`" for word in exercise.find(name).defines)
        does = "was the answer's" if was_answer else f"defines {words}"
        return (
            f"{capital(place)} {does} and has no marker: put `# exercise {name}` on its first line."
        )
    return ""


def explain_misspelt(folder, name):
    """Where a marker names no exercise of the lesson, and this one comes next to it."""
    names = material.find(name).exercises
    for wrong, places in folder.places.items():
        of_lesson = wrong[:2] == name[:2] and wrong not in names and not moved.why_gone(wrong)
        if of_lesson and name in difflib.get_close_matches(wrong.lower(), names, 1):
            return (
                f"{capital(places[0])} starts with `# exercise {wrong}`, and there is no such "
                f"exercise; write `# exercise {name}`."
            )
    return ""


def looks_like_answer(code, name):
    """Does a cell without a marker define all that the exercise is to define?

    Names that mean something else in the lesson, too, are no sign of an answer.
    """
    words = set(exercise.find(name).defines)
    if not all(word in code for word in words):  # most cells: they need not be parsed
        return False
    if lesson.marker(code) or not words <= defined_names(code):
        return False
    return not words & names_elsewhere(name) and not is_the_courses(code, name)


@functools.lru_cache(10_000)  # a class has the same cells many times
def defined_names(text):
    """The names that a program gives a meaning, as a frozenset; empty where it does not parse.

    Those inside of functions and classes do not count.
    """
    try:
        waiting = list(ast.parse(text).body)
    except lesson.NOT_PARSED:
        return frozenset()
    names = set()
    while waiting:
        node = waiting.pop()
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            names.add(node.name)
            continue
        if isinstance(node, ast.Lambda):
            continue
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            names.add(node.id)
        waiting += ast.iter_child_nodes(node)
    return frozenset(names)


def names_elsewhere(name):
    """What the other cells of the lesson of an exercise define."""
    source = material.find(name)
    names = set()
    for cell in source.cells:
        if cell.kind == "code" and cell.exercise != name:
            names |= defined_names(cell.solution)
    return names


def is_the_courses(code, name):
    """Is a cell one that the exercise's lesson gives?"""
    cells = material.find(name).cells
    return any(lesson.same_code(code, cell.text) for cell in cells if cell.kind == "code")


def capital(place):
    """A Place, or a text, at the beginning of a sentence."""
    text = str(place)
    return text[0].upper() + text[1:]
