"""From a lesson's function to the package's: each line "In tinymaml: file, function" is true. That
both give the same is tested in `bridges`, lesson by lesson."""

import ast
import re
from pathlib import Path

import pytest

import tinymaml
from tinymaml.course import material

PACKAGE = Path(tinymaml.__file__).parent
LINE = re.compile(r"In tinymaml: `([\w/]+\.py)`, `([\w.]+)`")
LESSONS = ("01", "02", "03", "04", "05", "06", "07", "08")


def texts(number):
    """The text of a lesson and of its appendices."""
    return [
        cell.text.replace("\n", " ")
        for found in material.notebooks(number)
        for cell in found.cells
        if cell.kind == "markdown"
    ]


def defined_in(path):
    """The names that a module defines, those in a class with its name before them."""
    names = set()
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
            names.add(node.name)
            inside = node.body if isinstance(node, ast.ClassDef) else []
            names |= {f"{node.name}.{one.name}" for one in inside if hasattr(one, "name")}
        if isinstance(node, (ast.Assign, ast.AnnAssign)):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            names |= {one.id for one in targets if isinstance(one, ast.Name)}
    return names


@pytest.mark.parametrize("number", LESSONS)
def test_what_a_lesson_names_is_there(number):
    text = " ".join(texts(number))
    found = LINE.findall(text)
    assert found and len(found) == text.count("In tinymaml:")
    for file, name in found:
        assert (PACKAGE / file).exists(), file
        assert name in defined_in(PACKAGE / file), f"{file} has no {name}"
