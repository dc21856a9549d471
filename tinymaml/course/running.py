"""Running a learner's code: what it raises becomes words, and what it changes for others is put
back."""

import ast
import builtins
import contextlib
import linecache
import traceback
import warnings

import numpy as np

PYTHON = dict(vars(builtins))  # as it was before any answer ran
ROOM = 1000  # letters of an exception's text: more is cut


class Failed(Exception):
    """The learner's code raised; carries the words for it."""


class Replaced(Exception):
    """The learner's code gave another meaning to one of Python's own names, for everybody; carries
    the name."""


def filename(name):
    return f"<exercise {name}>"


@contextlib.contextmanager
def defined(name, code, names):
    """The names with an answer's code run in them; afterwards they are what they were. Raises
    Failed.

    It runs in the very dict that the lesson's own functions look names up in, so that they find
    what the answer defines.
    """
    before = dict(names)
    try:
        guarded(name, code, exec, compiled(name, code), names)
        yield names
    finally:
        names.clear()
        names.update(before)


def compiled(name, code):
    linecache.cache[filename(name)] = (
        len(code),
        None,
        code.splitlines(True),
        filename(name),
    )  # for messages that quote a line
    try:
        return compile(code, filename(name), "exec")
    except SyntaxError as error:
        row = (error.text or "").strip()[:200]
        if row.startswith(("%", "!")):
            raise Failed(
                f"line {error.lineno}: `{row}` is a command of the notebook, not Python; give it a cell of its own"
            ) from None
        raise Failed(f"line {error.lineno}: {error.msg}" + (f": `{row}`" if row else "")) from None
    except (ValueError, RecursionError, MemoryError) as error:  # null bytes, a thousand brackets
        raise Failed(f"Python cannot read it: {said(error)}") from None


def guarded(name, code, call, *inputs):
    """call(*inputs), where learners' code may raise, and may change settings that others rely on.

    Raises Failed with the line and what to do, or Replaced; NotImplementedError passes.
    """
    try:
        with np.errstate(), warnings.catch_warnings():
            return call(*inputs)
    except NotImplementedError:
        raise
    except BaseException as error:
        raise Failed(words(name, code, error)) from None
    finally:
        now = builtins.__dict__
        replaced = [word for word in PYTHON if now.get(word) is not PYTHON[word]]
        now.update(PYTHON)
        if replaced:
            raise Replaced(replaced[0])


def words(name, code, error):
    """ "line 3, `return h @ W`: ValueError: ..." """
    rows = code.split("\n")
    frames = [
        f
        for f in traceback.extract_tb(error.__traceback__)
        if f.filename == filename(name) and f.lineno <= len(rows)
    ]
    place = f"line {frames[-1].lineno}, `{rows[frames[-1].lineno - 1].strip()}`: " if frames else ""
    message, advice = said(error), ""
    if isinstance(error, UnboundLocalError):
        advice = ". A name that a function assigns to is its own from the first line on; give yours another name"
    elif isinstance(error, NameError) and frames:
        advice = ". An answer is graded alone: what it uses must be defined in its own cell, or given by the lesson above it"
    elif isinstance(error, SystemExit):
        message = "the answer ends the program (sys.exit or exit)"
    elif isinstance(error, MemoryError):
        message = "MemoryError: it asks for more memory than an answer may have"
    elif isinstance(error, RecursionError):
        message = "RecursionError: a function calls itself without end"
    elif isinstance(error, EOFError) and "input(" in code:
        message = "input() finds nobody at the keyboard; write the value into the cell"
    return place + message + advice


def said(error):
    """ "ValueError: its text", cut where that is long."""
    try:
        text = str(error)
    except BaseException:  # the learner's own class
        text = ""
    text = text if len(text) <= ROOM else text[:ROOM] + "..."
    return f"{type(error).__name__}: {text}" if text else type(error).__name__


def hidden_builtin(message, code):
    """Add a word where the answer gave a builtin's name to something of its own."""
    try:
        hidden = [
            word
            for word in compile(code, "", "exec").co_names
            if word in PYTHON and assigned(word, code)
        ]
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return message
    where, *rest = message.split("\n")
    return "\n".join(
        [
            where
            + (f" (your cell gives another meaning to Python's `{hidden[0]}`)" if hidden else ""),
            *rest,
        ]
    )


def assigned(word, code):
    return any(
        isinstance(node, ast.Name)
        and node.id == word
        and isinstance(node.ctx, ast.Store)
        or isinstance(node, ast.FunctionDef)
        and node.name == word
        for node in ast.walk(ast.parse(code))
    )
