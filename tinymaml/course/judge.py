"""Is an answer right? Runs inside the fresh process (worker.py), knows nothing of notebooks.

An answer runs in the names that its lesson has defined by then: what is given, and the course's
solutions of the exercises before it, so that an error in one answer does not spoil the next. Then
it is held against the solution, case by case.
"""

import copy
import inspect
from typing import NamedTuple

from . import lesson as source
from . import material
from .compare import difference, size, text, type_of
from .exercise import Accepted, find
from .running import PYTHON, Failed, Replaced, defined, guarded, hidden_builtin

PASSED, UNTRIED, WRONG, CRASHED, SLOW = VERDICTS = (
    "passed",
    "not yet attempted",
    "wrong",
    "crashed",
    "too slow",
)


class Verdict(NamedTuple):
    exercise: str
    verdict: str  # one of VERDICTS
    message: str = ""

    def __str__(self):
        return f"{self.exercise}: {self.verdict}" + (f". {self.message}" if self.message else ".")


def names_before(name, cells=None):
    """The names that the answer to `name` can use. cells: answers (exercise -> text) to run in
    place of the course's solutions."""
    found = material.find(name)
    names = {"__name__": f"lesson_{found.number}"}
    for cell in found.before(name if "." in name else None):
        code = (cells or {}).get(cell.exercise, cell.solution)
        exec(compile(code, f"<lesson {found.number}, line {cell.line}>", "exec"), names)
    return names


def grade(name, code):
    """The Verdict on an answer: the text of its cell."""
    exercise, cell = find(name), material.find(name).answer(name)
    if source.untried(code, cell.stub):
        return Verdict(name, UNTRIED)
    names = names_before(name)
    given = dict(names)
    cases = [] if exercise.judge else list(exercise.cases())
    right, functions = ([], []) if exercise.judge else solved(exercise, cell.solution, names, cases)
    try:
        with defined(name, code, names):
            missing = [
                word
                for word in exercise.defines
                if word not in names or names[word] is given.get(word, PYTHON)
            ]
            if missing:
                return Verdict(name, WRONG, f"Your cell defines no `{missing[0]}`.")
            if all(names[word] is ... for word in exercise.defines):
                return Verdict(name, UNTRIED)
            if unfit := [word for word in functions if not callable(names[word])]:
                return Verdict(
                    name,
                    WRONG,
                    f"`{unfit[0]}` has to be a function; yours is {type_of(names[unfit[0]])}.",
                )
            if exercise.judge:
                ours = {
                    word: given[word] for word in given.keys() - {*exercise.defines}
                }  # an answer cannot change what it is judged by
                words = guarded(name, code, exercise.judge, names | ours)
                return Verdict(
                    name,
                    WRONG if words and not isinstance(words, Accepted) else PASSED,
                    words or "",
                )
            parameters = words_of(names[exercise.defines[0]])
            got = outcomes(exercise, code, names, cases)
        complaint = compared(exercise, got, right, names, parameters)
    except Failed as error:
        return Verdict(name, CRASHED, hidden_builtin(str(error), code))
    except Replaced as error:
        return Verdict(
            name,
            WRONG,
            f"Your cell replaces Python's own `{error}` for everybody; give yours another name.",
        )
    except NotImplementedError:
        return Verdict(name, UNTRIED)
    return Verdict(name, WRONG, complaint) if complaint else Verdict(name, PASSED)


def solved(exercise, solution, names, cases):
    """What the course's solution does on the cases, and which of the names that it defines are
    functions."""
    with defined(exercise.name, solution, names):
        functions = [word for word in exercise.defines if callable(names[word])]
        right = outcomes(exercise, solution, names, cases)
    if failed := next((outcome for outcome in right if outcome.failed), None):
        raise RuntimeError(
            f"the course's own solution of {exercise.name} fails: {failed.failed}, on {failed.inputs}"
        )
    return right, functions


class Outcome(NamedTuple):
    """What a program did on one case."""

    inputs: tuple
    result: object = None
    failed: str | None = None  # words, if it raised
    changed: str | None = None  # the input that it wrote into


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
        changed = (
            None
            if exercise.changes_inputs
            else next(
                (k for k, (a, b) in enumerate(zip(mine, inputs)) if difference(a, b, 0)), None
            )
        )
        found.append(Outcome(inputs, result, None, changed))
    return found


def as_it_is(result):
    """A copy: an answer may hand out the same list, or buffer, for the next case. What cannot be
    copied stays itself."""
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
    """None if the answer does what the solution does on every case, else the complaint. Raises
    Failed if it only crashes."""
    if all(outcome.result is ... and not outcome.failed for outcome in got):
        raise NotImplementedError
    failing = [
        (mine, found)
        for mine, good in zip(got, right)
        if (found := differs(mine, good, exercise.tolerance))
    ]
    if not failing:
        return None
    foreseen = mistaken(exercise, got, names)
    crashed = all(mine.failed for mine, _ in failing)
    mine, (why, expected, seen) = min(
        (row for row in failing if crashed or not row[0].failed),
        key=lambda row: (size(row[0].inputs), len(text(row[0].inputs))),
    )
    shown = exercise.show(*mine.inputs) if exercise.show else instance(parameters, mine.inputs)
    if crashed and not foreseen:
        raise Failed(mine.failed + (f"\n  on       {shown}" if shown else ""))
    if not mine.inputs:  # a prediction: what is expected would give it away
        return (
            foreseen
            or f"That is not it{f' ({why})' if why else ''}. `tinymaml hint {exercise.name}` gives a hint."
        )
    sentence = (
        foreseen
        or f"It fails{f': {why}' if why else ' on this input'}{'' if why.endswith('?') else '.'}"
    )
    return (
        sentence
        + (f"\n  on       {shown}" if shown else "")
        + f"\n  expected {expected}\n  got      {seen}"
    )


def differs(mine, good, tolerance):
    if mine.failed:
        return mine.failed, text(good.result), mine.failed
    if mine.changed is not None:
        return (
            f"your code changes its input number {mine.changed + 1}; work on a copy",
            "the input as it was",
            "a changed input",
        )
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
        return (
            bool(mine.failed)
            and bool(theirs.failed)
            and mine.failed.split("`: ")[-1] == theirs.failed.split("`: ")[-1]
        )
    return mine.changed == theirs.changed and not difference(
        mine.result, theirs.result, max(tolerance, 1e-7)
    )


def words_of(value):
    """The names of a function's parameters."""
    try:
        return list(inspect.signature(value).parameters)
    except BaseException:  # not a function, or one that will not say
        return []


def instance(parameters, inputs):
    """An instance as a line to read: `name = value` for each input."""
    words = parameters + [f"input {k + 1}" for k in range(len(parameters), len(inputs))]
    return ", ".join(f"{word} = {text(x)}" for word, x in zip(words, inputs))
