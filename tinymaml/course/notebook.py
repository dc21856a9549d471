"""A lesson as a notebook: the learner's, with stubs, and the complete one. Same source, same
bytes."""

import hashlib
import json

from .lesson import solution, stub

LANGUAGE = {
    "kernelspec": {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}


def learners(lesson):
    """The notebook that a learner opens: stubs, no outputs. -> dict in Jupyter's format 4.5."""
    return notebook(lesson, stub, {})


def complete(lesson):
    """The notebook to read, before it is executed: solutions, with nbgrader's markers and
    metadata."""
    return notebook(lesson, solution, {"source": fingerprint(lesson.text)})


def notebook(lesson, version, more):
    cells, ids = [], set()
    for cell in lesson.cells:
        name = cell.exercise or cell.checks
        text = version(cell.text) if cell.exercise else cell.text
        built = {
            "cell_type": cell.kind,
            "id": named(cell) if name else unique(fingerprint(cell.text), ids),
            "metadata": {"nbgrader": nbgrader(cell)} if name else {},
            "source": text.splitlines(keepends=True),
        }
        cells.append(
            built | ({"execution_count": None, "outputs": []} if cell.kind == "code" else {})
        )
    about = {"lesson": lesson.name} | more
    built = {
        "cells": cells,
        "metadata": LANGUAGE | {"tinymaml": about},
        "nbformat": 4,
        "nbformat_minor": 5,
    }
    about["cells"] = contents(built)  # tells later whether somebody has edited it
    return built


def named(cell):
    """The identity of an answer or a check: the same in every version of a lesson."""
    return (
        f"answer-{cell.exercise.replace('.', '-')}"
        if cell.exercise
        else f"check-{cell.checks.replace('.', '-')}"
    )


def nbgrader(cell):
    """nbgrader's metadata: an answer to be handed in, or the check that gives its point."""
    answer = bool(cell.exercise)
    return {
        "cell_type": "code",
        "grade": not answer,
        "grade_id": named(cell),
        "locked": not answer,
        "schema_version": 3,
        "solution": answer,
        "task": False,
    } | ({} if answer else {"points": 1})


def fingerprint(text):
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def unique(identity, taken):
    """The same text twice in a lesson gets two identities, the same ones every time."""
    k = 1
    while (found := identity if k == 1 else f"{identity}-{k}") in taken:
        k += 1
    taken.add(found)
    return found


def source_of(cell):
    """A cell's text; Jupyter stores it as a string or as a list of lines."""
    text = cell.get("source", "")
    return text if isinstance(text, str) else "".join(text)


def contents(built):
    """A fingerprint of what a notebook says, its outputs aside."""
    return fingerprint(
        json.dumps([[cell["cell_type"], source_of(cell).rstrip()] for cell in built["cells"]])
    )


def untouched(built):
    """Is a notebook as it was built, but for its outputs?"""
    return built.get("metadata", {}).get("tinymaml", {}).get("cells") == contents(built)


def dumps(built):
    """The text of a notebook's file, as Jupyter writes it."""
    return json.dumps(built, indent=1, ensure_ascii=False, sort_keys=True) + "\n"
