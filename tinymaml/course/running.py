"""Running a learner's code: what it raises becomes words, and what it changes for others is undone
afterwards."""

import ast
import builtins
import contextlib
import linecache
import os
import re
import traceback
import warnings

import numpy as np

from .for_answers import USES_INSIDES, Hidden
from .lesson import NOT_PARSED, is_blank_page
from .magics import NotPython, compile_cell, run_cell

PYTHON = dict(vars(builtins))  # as it was before any answer ran
ROOM = 1000  # letters of an exception's text: more is cut
INSIDES = re.compile(r"\b(__subclasses__|f_back|f_locals|f_globals)\b")
WHERE_DEFINED = {  # is it a blank page? -> where the names are that an answer uses
    False: "what it uses must be defined in its own cell, or above it, in a cell that begins with "
    "`# given` or in an earlier exercise",
    True: "on a blank page there is `np`, NumPy, and what its own cell defines",
}
GRADERS = "exercises"  # the folder of the graders' files, of any course


class Failed(Exception):
    """The learner's code raised; carries the words for it."""


class Replaced(Exception):
    """The learner's code gave one of Python's own names another meaning for everybody.

    Carries the name.
    """


def filename(name):
    """What Python calls the file of an answer, in tracebacks."""
    return f"<exercise {name}>"


@contextlib.contextmanager
def define(name, code, names, wanted=()):
    """Run an answer's code in `names`; afterwards they are what they were. Raises Failed.

    It runs in the very dict that the lesson's own functions look names up in, so that they find
    what the answer defines. wanted: the names that it has to define. Yields "", or what ended the
    cell after it had defined them (see `run_to_experiments`).
    """
    before = dict(names)
    try:
        compiled = compile_answer(name, code)
        error = call_guarded(name, code, run_to_experiments, compiled, names, wanted)
        yield explain(name, code, error) if error else ""
    finally:
        names.clear()
        names.update(before)


def run_to_experiments(compiled, names, wanted):
    """Run a cell. Where it has defined what is wanted, and then uses a name that another of the
    notebook's cells defines, it ends there. -> the NameError, or None"""
    before = {word: names.get(word) for word in wanted}
    try:
        run_cell(compiled, names)
        return None
    except NameError as error:
        *_, last = traceback.walk_tb(error.__traceback__)
        is_defined = before and all(names.get(word) is not before[word] for word in before)
        if not is_defined or last[0].f_code is not compiled:
            raise
        return error


def let_quote(name, code):
    """Let messages quote this text where they quote a line of an answer to the exercise."""
    file = filename(name)
    linecache.cache[file] = (len(code), None, code.splitlines(True), file)


def compile_answer(name, code):
    """An answer's text as code to execute. Raises Failed."""
    if found := INSIDES.search(code):
        line = code.count("\n", 0, found.start()) + 1
        raise Failed(f"line {line}, `{found[0]}`: {USES_INSIDES}")
    let_quote(name, code)
    try:
        return compile_cell(code, filename(name))
    except NotPython as error:
        raise Failed(f"{error}; an answer is a program in Python") from None
    except SyntaxError as error:
        place = f"line {error.lineno or 1}"
        row = (error.text or "").strip()[:200]
        if row:
            raise Failed(f"{place}: {error.msg}: `{row}`") from None
        raise Failed(f"{place}: {error.msg}") from None
    except (ValueError, RecursionError, MemoryError) as error:  # null bytes, a thousand brackets
        raise Failed(f"Python cannot read it: {describe(error)}") from None


def call_guarded(name, code, call, *inputs):
    """call(*inputs), where learners' code may raise, and may change settings that others rely on.

    Raises Failed with the line and what to do, or Replaced; NotImplementedError passes.
    """
    try:
        with np.errstate(), np.printoptions(), warnings.catch_warnings():
            return call(*inputs)
    except NotImplementedError:
        raise
    except BaseException as error:
        raise Failed(explain(name, code, error)) from None
    finally:
        now = builtins.__dict__
        replaced = [word for word in PYTHON if now.get(word) is not PYTHON[word]]
        now.update(PYTHON)
        if replaced:
            raise Replaced(replaced[0])


def explain(name, code, error):
    """What an answer's code raised and where: "line 3, `return h @ W`: ValueError: ..." """
    rows = code.split("\n")
    frames = traceback.extract_tb(error.__traceback__)
    lines = [
        frame.lineno
        for frame in frames
        if frame.filename == filename(name) and 0 < (frame.lineno or 0) <= len(rows)
    ]
    place = ""
    if lines:
        line = lines[-1]
        place = f"line {line}, `{rows[line - 1].strip()}`: "
    elif is_graders_own(frames):
        return (
            f"The check of this exercise cannot work with what your answer gives "
            f"({describe(error)}). Hold its form and size against what the exercise asks for: "
            "numbers, lists, arrays, their shapes. If they agree, the check is at fault, not your "
            "answer."
        )
    message = describe(error)
    if isinstance(error, Hidden):
        message = str(error)
    elif isinstance(error, UnboundLocalError):
        message += (
            ". A name that a function assigns to is local to it from its first line on; give "
            "yours another name"
        )
    elif isinstance(error, NameError) and lines:
        message += f". An answer is graded alone: {WHERE_DEFINED[is_blank_page(code)]}"
    elif isinstance(error, ValueError) and "read-only" in message:
        message += ". What a function is handed is not its own; work on a copy"
    elif isinstance(error, SystemExit):
        message = "the answer ends the program (sys.exit or exit)"
    elif isinstance(error, MemoryError):
        message = "MemoryError: it asks for more memory than an answer may have"
    elif isinstance(error, RecursionError):
        message = "RecursionError: a function calls itself too often, perhaps without end"
    elif isinstance(error, EOFError) and "input(" in code:
        message = "input() finds nobody at the keyboard; write the value into the cell"
    return place + message + notes_of(error)


def notes_of(error):
    """What was noted on an exception on its way, a line each: the instance, by a judge."""
    notes = getattr(error, "__notes__", None)
    if not isinstance(notes, list):
        return ""
    return "".join(f"\n  {note[:ROOM]}" for note in notes if type(note) is str)


def is_graders_own(frames):
    """Did an exception come up in the graders, beside the answer, and not because they raise it?

    frames: of its traceback, of which none is the answer's.
    """
    graders = [frame for frame in frames if os.path.dirname(frame.filename).endswith(GRADERS)]
    if not graders:
        return False
    return graders[-1] is not frames[-1] or not (frames[-1].line or "").startswith("raise")


def describe(error):
    """ "ValueError: its text", cut where that is long."""
    name = type(error).__name__
    try:
        text = str(error)
    except BaseException:  # the learner's own class
        text = ""
    if len(text) > ROOM:
        text = text[:ROOM] + "..."
    return f"{name}: {text}" if text else name


def mention_hidden_builtin(message, code):
    """Add a word to a message where the answer gave a builtin's name to something of its own."""
    try:
        used = compile(code, "", "exec").co_names
        hidden = [word for word in used if word in PYTHON and assigns(code, word)]
    except NOT_PARSED:
        return message
    if not hidden:
        return message
    first, *rest = message.split("\n")
    first += f" (your cell gives another meaning to Python's `{hidden[0]}`)"
    return "\n".join([first, *rest])


def assigns(code, word):
    """Does a program assign to this name, or define a function of this name?"""
    for node in ast.walk(ast.parse(code)):
        if isinstance(node, ast.FunctionDef) and node.name == word:
            return True
        if isinstance(node, ast.Name) and node.id == word and isinstance(node.ctx, ast.Store):
            return True
    return False
