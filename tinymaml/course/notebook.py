"""A lesson as a notebook: the learner's, with stubs, and the complete one. Same source, same bytes.

A notebook is a dict in Jupyter's format 4.5.
"""

import hashlib
import json

LANGUAGE = {
    "kernelspec": {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}


def learners_version(lesson):
    """The notebook that a learner opens: stubs, no outputs."""
    return build_version(lesson, [cell.stub for cell in lesson.cells], {})


def complete_version(lesson):
    """The notebook to read, before it is executed: solutions, with nbgrader's markers."""
    texts = [cell.solution for cell in lesson.cells]
    return build_version(lesson, texts, {"source": fingerprint(lesson.text)})


def build_version(lesson, texts, more):
    """The notebook of a lesson.

    texts: what its cells show, one for each. more: what else to store about the lesson.
    """
    cells = []
    ids = set()
    for cell, text in zip(lesson.cells, texts, strict=True):
        graded = cell.exercise or cell.checks
        built = {
            "cell_type": cell.kind,
            "id": identity(cell) if graded else unique_identity(fingerprint(cell.stub), ids),
            "metadata": {"nbgrader": nbgrader_metadata(cell)} if graded else {},
            "source": text.splitlines(keepends=True),
        }
        if cell.kind == "code":
            built |= {"execution_count": None, "outputs": []}
        cells.append(built)
    about = {"lesson": lesson.name} | more
    notebook = {
        "cells": cells,
        "metadata": LANGUAGE | {"tinymaml": about},
        "nbformat": 4,
        "nbformat_minor": 5,
    }
    about["cells"] = fingerprint_of_cells(notebook)  # tells later whether somebody has edited it
    return notebook


def identity(cell):
    """The identity of an answer or a check: the same in every version of a lesson."""
    if cell.exercise:
        return answer_identity(cell.exercise)
    return "check-" + cell.checks.replace(".", "-")


def answer_identity(name):
    """The identity of the cell that answers an exercise."""
    return "answer-" + name.replace(".", "-")


def nbgrader_metadata(cell):
    """What nbgrader stores: an answer to be handed in, or the check that gives its point."""
    is_answer = bool(cell.exercise)
    metadata = {
        "cell_type": "code",
        "grade": not is_answer,
        "grade_id": identity(cell),
        "locked": not is_answer,
        "schema_version": 3,
        "solution": is_answer,
        "task": False,
    }
    return metadata if is_answer else metadata | {"points": 1}


def fingerprint(text):
    """Sixteen letters that are different for another text."""
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def unique_identity(text, taken):
    """A cell's identity, made from a text and added to the set `taken`.

    The same text twice in a lesson gets two identities, the same ones every time.
    """
    identity = text
    k = 1
    while identity in taken:
        k += 1
        identity = f"{text}-{k}"
    taken.add(identity)
    return identity


def source_of(cell):
    """A cell's text, with `\\n` at the ends of lines, and the character � for half of one.

    Jupyter stores it as a string or as a list of lines.
    """
    text = cell.get("source", "")
    text = text if isinstance(text, str) else "".join(text)
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def upgrade(notebook):
    """A notebook as format 4 has it; one of format 2 or 3, which has worksheets, loses its
    outputs."""
    if "worksheets" not in notebook:
        return notebook
    cells = []
    for worksheet in notebook["worksheets"]:
        for old in worksheet["cells"]:
            is_code = old["cell_type"] == "code"
            cell = {
                "cell_type": "code" if is_code else "markdown",
                "metadata": {},
                "source": old.get("input" if is_code else "source", ""),
            }
            cells.append(cell | {"execution_count": None, "outputs": []} if is_code else cell)
    return {"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 4}


def about_lesson(notebook):
    """What was stored in a notebook about its lesson; empty where an editor has dropped it."""
    found = notebook.get("metadata")
    found = found.get("tinymaml") if isinstance(found, dict) else None
    return found if isinstance(found, dict) else {}


def fingerprint_of_cells(notebook):
    """A fingerprint of what a notebook says, its outputs aside."""
    cells = [[cell["cell_type"], source_of(cell).rstrip()] for cell in notebook["cells"]]
    return fingerprint(json.dumps(cells))


def is_untouched(notebook):
    """Is a notebook as it was built, but for its outputs?"""
    return about_lesson(notebook).get("cells") == fingerprint_of_cells(notebook)


def is_finished(notebook):
    """Is it a finished lesson, with the course's answers, as it was built?"""
    return "source" in about_lesson(notebook) and is_untouched(notebook)


def dumps(notebook):
    """The text of a notebook's file, as Jupyter writes it."""
    text = json.dumps(notebook, indent=1, ensure_ascii=False, sort_keys=True) + "\n"
    try:
        text.encode()
    except UnicodeEncodeError:  # half a character, which only an escape can hold
        text = json.dumps(notebook, indent=1, sort_keys=True) + "\n"
    return text
