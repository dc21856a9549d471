"""Is an answer right? Runs inside the fresh process (worker.py), knows nothing of notebooks.

An answer runs in the names that its lesson has defined by then: what is given, and the course's solutions of the exercises
before it, so that an error in one answer does not spoil the next. Then it is held against the solution, case by case.
"""
import ast
import builtins
import contextlib
import copy
import inspect
import traceback
import warnings
from typing import NamedTuple

import numpy as np

from . import lesson as source
from . import material
from .compare import difference, size, text
from .exercise import find

PASSED, UNTRIED, WRONG, CRASHED, SLOW = VERDICTS = "passed", "not yet attempted", "wrong", "crashed", "too slow"
PYTHON = dict(vars(builtins))                               # as it was before any answer ran
ROOM = 1000                                                 # letters of an exception's text: more is cut


class Verdict(NamedTuple):
    exercise: str
    verdict: str                                            # one of VERDICTS
    message: str = ""

    def __str__(self):
        return f"{self.exercise}: {self.verdict}" + (f". {self.message}" if self.message else ".")


class Failed(Exception):
    """The learner's code raised; carries the words for it."""


class Replaced(Exception):
    """The learner's code gave another meaning to one of Python's own names, for everybody; carries the name."""


def names_before(name, cells=None):
    """The names that the answer to `name` can use. cells: answers (exercise -> text) to run in place of the course's solutions."""
    found = material.find(name)
    names = {"__name__": f"lesson_{found.number}"}
    for cell in found.before(name if "." in name else None):
        code = (cells or {}).get(cell.exercise, cell.solution)
        exec(compile(code, f"<lesson {found.number}, line {cell.line}>", "exec"), names)
    return names


def filename(name): return f"<exercise {name}>"


@contextlib.contextmanager
def defined(name, code, names):
    """The names with an answer's code run in them; afterwards they are what they were. Raises Failed.

    It runs in the very dict that the lesson's own functions look names up in, so that they find what the answer defines.
    """
    before = dict(names)
    try:
        guarded(name, code, exec, compiled(name, code), names)
        yield names
    finally:
        names.clear()
        names.update(before)


def compiled(name, code):
    try:
        return compile(code, filename(name), "exec")
    except SyntaxError as error:
        row = (error.text or "").strip()[:200]
        if row.startswith(("%", "!")):
            raise Failed(f"line {error.lineno}: `{row}` is a command of the notebook, not Python; give it a cell of its own") from None
        raise Failed(f"line {error.lineno}: {error.msg}" + (f": `{row}`" if row else "")) from None
    except (ValueError, RecursionError, MemoryError) as error:          # null bytes, a thousand brackets
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
    frames = [f for f in traceback.extract_tb(error.__traceback__) if f.filename == filename(name) and f.lineno <= len(rows)]
    place = f"line {frames[-1].lineno}, `{rows[frames[-1].lineno - 1].strip()}`: " if frames else ""
    message, advice = said(error), ""
    if isinstance(error, NameError) and frames:
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
    """ "ValueError: its text", cut where that is long. """
    try:
        text = str(error)
    except BaseException:                                   # the learner's own class
        text = ""
    text = text if len(text) <= ROOM else text[:ROOM] + "..."
    return f"{type(error).__name__}: {text}" if text else type(error).__name__


def grade(name, code):
    """The Verdict on an answer: the text of its cell."""
    exercise, cell = find(name), material.find(name).answer(name)
    if source.same_code(code, cell.stub):
        return Verdict(name, UNTRIED)
    names = names_before(name)
    given = dict(names)
    cases = [] if exercise.judge else list(exercise.cases())
    right = [] if exercise.judge else solved(exercise, cell.solution, names, cases)
    try:
        with defined(name, code, names):
            missing = [word for word in exercise.defines if word not in names or names[word] is given.get(word, PYTHON)]
            if missing:
                return Verdict(name, WRONG, f"Your cell defines no `{missing[0]}`.")
            if all(names[word] is ... for word in exercise.defines):
                return Verdict(name, UNTRIED)
            if exercise.judge:
                complaint = guarded(name, code, exercise.judge, names)
                return Verdict(name, WRONG, complaint) if complaint else Verdict(name, PASSED)
            parameters = words_of(names[exercise.defines[0]])
            got = outcomes(exercise, code, names, cases)
        complaint = compared(exercise, got, right, names, parameters)
    except Failed as error:
        return Verdict(name, CRASHED, hidden_builtin(str(error), code))
    except Replaced as error:
        return Verdict(name, WRONG, f"Your cell replaces Python's own `{error}` for everybody; give yours another name.")
    except NotImplementedError:
        return Verdict(name, UNTRIED)
    return Verdict(name, WRONG, complaint) if complaint else Verdict(name, PASSED)


def solved(exercise, solution, names, cases):
    """What the course's solution does on the cases."""
    with defined(exercise.name, solution, names):
        right = outcomes(exercise, solution, names, cases)
    if failed := next((outcome for outcome in right if outcome.failed), None):
        raise RuntimeError(f"the course's own solution of {exercise.name} fails: {failed.failed}, on {failed.inputs}")
    return right


def hidden_builtin(message, code):
    """Add a word where the answer gave a builtin's name to something of its own."""
    try:
        hidden = [word for word in compile(code, "", "exec").co_names if word in PYTHON and assigned(word, code)]
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return message
    return message + (f" (your cell gives another meaning to Python's `{hidden[0]}`)" if hidden else "")


def assigned(word, code):
    return any(isinstance(node, ast.Name) and node.id == word and isinstance(node.ctx, ast.Store)
               or isinstance(node, ast.FunctionDef) and node.name == word for node in ast.walk(ast.parse(code)))


class Outcome(NamedTuple):
    """What a program did on one case."""
    inputs: tuple
    result: object = None
    failed: str | None = None                               # words, if it raised
    changed: str | None = None                              # the input that it wrote into


def outcomes(exercise, code, names, cases):
    """What a program, defined in `names`, does on every case."""
    found = []
    for inputs in cases:
        mine = copy.deepcopy(inputs)
        try:
            result = as_it_is(guarded(exercise.name, code, call(exercise), names, *mine))
        except Failed as error:
            found.append(Outcome(inputs, failed=str(error)))
            continue
        changed = None if exercise.changes_inputs else next((k for k, (a, b) in enumerate(zip(mine, inputs)) if difference(a, b, 0)), None)
        found.append(Outcome(inputs, result, None, changed))
    return found


def as_it_is(result):
    """A copy: an answer may hand out the same list, or buffer, for the next case. What cannot be copied stays itself."""
    try:
        return copy.deepcopy(result)
    except BaseException:
        return result


def call(exercise):
    def run(names, *inputs):
        value = names[exercise.defines[0]]
        return value(*inputs) if callable(value) else value
    return exercise.run or run


def compared(exercise, got, right, names, parameters):
    """None if the answer does what the solution does on every case, else the complaint. Raises Failed if it only crashes."""
    if all(outcome.result is ... and not outcome.failed for outcome in got):
        raise NotImplementedError
    failing = [(mine, found) for mine, good in zip(got, right) if (found := differs(mine, good, exercise.tolerance))]
    if not failing:
        return None
    foreseen = mistaken(exercise, got, names)
    crashed = all(mine.failed for mine, _ in failing)
    mine, (why, expected, seen) = min((row for row in failing if crashed or not row[0].failed),
                                      key=lambda row: (size(row[0].inputs), len(text(row[0].inputs))))
    shown = exercise.show(*mine.inputs) if exercise.show else instance(parameters, mine.inputs)
    if crashed and not foreseen:
        raise Failed(mine.failed + (f"\n  on       {shown}" if shown else ""))
    sentence = foreseen or (f"It fails: {why.rstrip('?.')}{'?' if why.endswith('?') else '.'}" if why else "It fails.")
    return sentence + (f"\n  on       {shown}" if shown else "") + f"\n  expected {expected}\n  got      {seen}"


def differs(mine, good, tolerance):
    if mine.failed:
        return mine.failed, text(good.result), mine.failed
    if mine.changed is not None:
        return f"your code changes its input number {mine.changed + 1}; work on a copy", "the input as it was", "a changed input"
    return difference(mine.result, good.result, tolerance)


def mistaken(exercise, got, names):
    """What to say if one of the foreseen mistakes does the same as the answer on every case."""
    for mistake in exercise.mistakes:
        try:
            with defined(exercise.name, mistake.code, names):
                theirs = outcomes(exercise, mistake.code, names, [mine.inputs for mine in got])
        except (Failed, Replaced, NotImplementedError):
            continue
        if all(alike(a, b, exercise.tolerance) for a, b in zip(got, theirs)):
            return mistake.says
    return None


def alike(mine, theirs, tolerance):
    if mine.failed or theirs.failed:
        return bool(mine.failed) and bool(theirs.failed) and mine.failed.split("`: ")[-1] == theirs.failed.split("`: ")[-1]
    return mine.changed == theirs.changed and not difference(mine.result, theirs.result, max(tolerance, 1e-7))


def words_of(value):
    """The names of a function's parameters."""
    try:
        return list(inspect.signature(value).parameters)
    except BaseException:                                   # not a function, or one that will not say
        return []


def instance(parameters, inputs):
    """An instance as a line to read: `name = value` for each input."""
    words = parameters + [f"input {k + 1}" for k in range(len(parameters), len(inputs))]
    return ", ".join(f"{word} = {text(x)}" for word, x in zip(words, inputs))
