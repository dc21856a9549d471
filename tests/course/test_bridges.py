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
EXPLAINED = [*(PACKAGE / "engine").rglob("*.py"), *(PACKAGE / "maml").glob("*.py")]
LESSONS = tuple(number for number in material.sources() if number != "00")


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


def lessons_in(docstring):
    """The numbers of the lessons that a docstring names."""
    found = set()
    for numbers in re.findall(r"lessons? ((?:\d\d(?:, | and | to )?)+)", docstring):
        named = re.findall(r"\d\d", numbers)
        if " to " in numbers:
            named = [f"{k:02}" for k in range(int(named[0]), int(named[-1]) + 1)]
        found |= set(named)
    return found


@pytest.mark.parametrize("path", EXPLAINED, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_a_docstring_names_lessons_that_are_about_it(path):
    """The lesson, or an appendix to it, names the file or something that the file defines."""
    docstring = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or ""
    words = {path.name, *(name for name in defined_in(path) if not name.startswith("_"))}
    for number in lessons_in(docstring):
        if number not in material.sources():
            continue
        text = " ".join(found.text for found in material.notebooks(number))
        assert any(re.search(rf"\b{re.escape(word)}\b", text) for word in words), number
