"""The text of a learner's cell: as plain Python, and what it defines."""

import ast
import re

from .lesson import COMMAND, MARKER, NOT_PARSED, marker

ASSIGNED_COMMAND = re.compile(r"(\w+\s*=)\s*[%!]")  # files = !ls
TIMED = re.compile(r"%time\s+(?=\S)")  # in front of a statement, which runs
AROUND_PYTHON = ("%%time", "%%timeit", "%%capture", "%%prun")  # what follows is still Python


def marked_below(text, name):
    """The number of the line with an exercise's marker that is not at the cell's head, or None."""
    for number, row in enumerate(text.split("\n"), 1):
        found = MARKER.match(row.strip())
        if found and found[1] == name:
            return number if marker(text) != name else None
    return None


def as_python(text):
    """A cell's text in which the notebook's own commands (%time, !ls, step?) do nothing.

    Lines stay where they are. A line is taken for a command only where Python cannot read it.
    """
    rows = text.split("\n")
    for k, row in enumerate(rows):
        if row.strip():
            if row.startswith(AROUND_PYTHON):
                rows[k] = ""
            break
    for _ in rows:
        try:
            ast.parse("\n".join(rows))
            break
        except SyntaxError as error:
            k = (error.lineno or 0) - 1
            plain = without_command(rows[k]) if 0 <= k < len(rows) else None
            if plain is None:  # a slip of the learner's
                break
            rows[k] = plain
        except NOT_PARSED:
            break
    return "\n".join(rows)


def without_command(row):
    """A line with a command of the notebook as Python that does nothing; None if it has none."""
    bare = row.strip()
    indent = row[: len(row) - len(row.lstrip())]
    if TIMED.match(bare):
        return indent + TIMED.sub("", bare, count=1)
    if COMMAND.fullmatch(bare) and not bare.startswith("%%"):
        return indent + "pass"
    assigned = ASSIGNED_COMMAND.match(bare)
    return f"{indent}{assigned[1]} None" if assigned else None


def defined_names(text):
    """The names that a program gives a meaning, as a set; empty where it does not parse.

    Those inside of functions and classes do not count.
    """
    try:
        waiting = list(ast.parse(text).body)
    except NOT_PARSED:
        return set()
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
    return names
