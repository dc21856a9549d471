"""Is an answer right? Runs inside the fresh process (worker.py), knows nothing of notebooks.

An answer runs in the names that its lesson has defined by then: what is given, and the course's
solutions of the exercises before it, so that an error in one answer does not spoil the next. Then
it is held against the solution, case by case.
"""

import copy
import inspect
from typing import NamedTuple

from . import material
from .compare import difference, size, text, type_of
from .exercise import Accepted, Exercise, find
from .lesson import is_untried
from .running import PYTHON, Failed, Replaced, call_guarded, define, mention_hidden_builtin

PASSED = "passed"
UNTRIED = "not yet attempted"
WRONG = "wrong"
CRASHED = "crashed"
SLOW = "too slow"


class Verdict(NamedTuple):
    """What is said about an answer."""

    exercise: str
    verdict: str  # PASSED, UNTRIED, WRONG, CRASHED or SLOW
    message: str = ""

    def __str__(self):
        end = f" {self.message}" if self.message else ""
        return f"{self.exercise}: {self.verdict}.{end}"


def names_before(name, answers=None):
    """The names that the answer to `name` can use; for a lesson's number, all that it defines.

    answers: exercise -> a text to run in place of the course's solution.
    """
    found = material.find(name)
    names = {"__name__": f"lesson_{found.number}"}
    for cell in found.before(name if "." in name else None):
        code = (answers or {}).get(cell.exercise, cell.solution)
        exec(compile(code, f"<lesson {found.number}, line {cell.line}>", "exec"), names)
    return names


def is_stub(name, code):
    """Is the text of an answer's cell still what the lesson gives?"""
    return is_untried(code, material.find(name).answer(name).stub)


class Prepared(NamedTuple):
    """An exercise with all that answers to it are held against."""

    exercise: Exercise
    names: dict[str, object]  # what its lesson has defined by then
    solved: "Solved | None"  # None: its own judge decides


def prepare(name):
    """An exercise made ready to grade any number of answers. -> Prepared. Raises RuntimeError."""
    exercise = find(name)
    names = names_before(name)
    if exercise.judge:
        return Prepared(exercise, names, None)
    solution = material.find(name).answer(name).solution
    return Prepared(exercise, names, solve(exercise, solution, names))


def grade(name, code, prepared=None):
    """The Verdict on an answer: the text of its cell.

    prepared: what prepare(name) returned, where many answers are graded.
    """
    if is_stub(name, code):
        return Verdict(name, UNTRIED)
    exercise, names, solved = prepared or prepare(name)
    try:
        if exercise.judge:
            words = ask_judge(exercise, code, names)
        else:
            words = compare_with_solution(exercise, code, names, solved)
    except Failed as error:
        return Verdict(name, CRASHED, mention_hidden_builtin(str(error), code))
    except Replaced as error:
        words = f"Your cell replaces Python's own `{error}` for everybody; give yours another name."
    except NotImplementedError:
        return Verdict(name, UNTRIED)
    if not words or isinstance(words, Accepted):
        return Verdict(name, PASSED, words or "")
    return Verdict(name, WRONG, words)


class Outcome(NamedTuple):
    """What a program did on one case."""

    inputs: tuple
    result: object = None
    failed: str | None = None  # words, if it raised
    changed: int | None = None  # the index of the input that it wrote into


class Solved(NamedTuple):
    """What the course's solution of an exercise does."""

    outcomes: list[Outcome]  # one for each case
    functions: list[str]  # which of the names that it defines are functions


def solve(exercise, solution, names):
    """Run the course's solution on the exercise's cases. -> Solved. Raises RuntimeError."""
    cases = list(exercise.cases())
    with define(exercise.name, solution, names):
        functions = [word for word in exercise.defines if callable(names[word])]
        outcomes = list(run_cases(exercise, solution, names, cases))
    for outcome in outcomes:
        if outcome.failed:
            raise RuntimeError(
                f"the course's own solution of {exercise.name} fails: "
                f"{outcome.failed}, on {outcome.inputs}"
            )
    return Solved(outcomes, functions)


def ask_judge(exercise, code, names):
    """What the exercise's own judge says to an answer: None or Accepted, else a complaint.

    Raises Failed or Replaced, and NotImplementedError where nothing was attempted.
    """
    given = dict(names)
    with define(exercise.name, code, names):
        complaint = complain_of_missing(exercise, names, given)
        if complaint:
            return complaint
        # an answer cannot change what it is judged by
        ours = {word: value for word, value in given.items() if word not in exercise.defines}
        return call_guarded(exercise.name, code, exercise.judge, names | ours)


def compare_with_solution(exercise, code, names, solved):
    """None if an answer does what the solution does on every case, else the complaint.

    Raises Failed or Replaced, and NotImplementedError where nothing was attempted.
    """
    given = dict(names)
    with define(exercise.name, code, names):
        complaint = complain_of_missing(exercise, names, given)
        if complaint:
            return complaint
        for word in solved.functions:
            if not callable(names[word]):
                return f"`{word}` has to be a function; yours is {type_of(names[word])}."
        parameters = parameter_names(names[exercise.defines[0]])
        cases = [outcome.inputs for outcome in solved.outcomes]
        outcomes = list(run_cases(exercise, code, names, cases))
    return complain(exercise, outcomes, solved.outcomes, names, parameters)


def complain_of_missing(exercise, names, given):
    """The complaint about a name that an answer does not define; None if it defines all.

    Raises NotImplementedError where all of them are `...`.
    """
    for word in exercise.defines:
        if word not in names or names[word] is given.get(word, PYTHON):
            return f"Your cell defines no `{word}`."
    if all(names[word] is ... for word in exercise.defines):
        raise NotImplementedError
    return None


def run_cases(exercise, code, names, cases):
    """What a program, defined in `names`, does on one case after another: yields Outcomes."""
    run = exercise.run or caller_of(exercise.defines[0])
    for inputs in cases:
        mine = copy.deepcopy(inputs)
        try:
            result = copy_of_result(call_guarded(exercise.name, code, run, names, *mine))
        except Failed as error:
            yield Outcome(inputs, failed=str(error))
            continue
        changed = None if exercise.changes_inputs else find_changed(mine, inputs)
        yield Outcome(inputs, result, changed=changed)


def caller_of(word):
    """How an exercise runs an answer by default: calls the function of this name, or takes it."""

    def run(names, *inputs):
        value = names[word]
        return value(*inputs) if callable(value) else value

    return run


def copy_of_result(result):
    """A copy: an answer may hand out the same list, or buffer, for the next case.

    What cannot be copied stays itself.
    """
    try:
        return copy.deepcopy(result)
    except BaseException:
        return result


def find_changed(mine, inputs):
    """The index of the first input that is not what it was, or None."""
    for k, (after, before) in enumerate(zip(mine, inputs, strict=True)):
        if difference(after, before, 0):
            return k
    return None


def complain(exercise, outcomes, right, names, parameters):
    """None if an answer does what the solution does on every case, else the complaint.

    It shows the smallest case that fails. Raises Failed if the answer only crashes, and
    NotImplementedError if nothing but `...` comes back.
    """
    if all(outcome.result is ... and not outcome.failed for outcome in outcomes):
        raise NotImplementedError
    failing = []
    for mine, theirs in zip(outcomes, right, strict=True):
        found = explain_difference(mine, theirs, exercise.tolerance)
        if found:
            failing.append((mine, found))
    if not failing:
        return None
    foreseen = recognise_mistake(exercise, outcomes, names)
    crashes = all(mine.failed for mine, _ in failing)
    if not crashes:
        failing = [(mine, found) for mine, found in failing if not mine.failed]
    mine, (why, expected, got) = min(failing, key=lambda row: size_of_case(row[0].inputs))
    shown = exercise.show(*mine.inputs) if exercise.show else show_case(parameters, mine.inputs)
    on = f"\n  on       {shown}" if shown else ""
    if crashes and not foreseen:
        raise Failed(mine.failed + on)
    if not mine.inputs:  # a prediction: what is expected would give it away
        because = f" ({why})" if why else ""
        hint = f"`tinymaml hint {exercise.name}` gives a hint."
        return foreseen or f"That is not it{because}. {hint}"
    if foreseen:
        sentence = foreseen
    elif why:
        sentence = f"It fails: {why}" if why.endswith("?") else f"It fails: {why}."
    else:
        sentence = "It fails on this input."
    return f"{sentence}{on}\n  expected {expected}\n  got      {got}"


def explain_difference(mine, theirs, tolerance):
    """How an answer's Outcome differs from the solution's: (words, expected, got), or None."""
    if mine.failed:
        return mine.failed, text(theirs.result), mine.failed
    if mine.changed is not None:
        return (
            f"your code changes its input number {mine.changed + 1}; work on a copy",
            "the input as it was",
            "a changed input",
        )
    return difference(mine.result, theirs.result, tolerance)


def recognise_mistake(exercise, outcomes, names):
    """What to say if one of the foreseen mistakes does the same as the answer on every case.

    A mistake is run no further than to the first case that tells it from the answer.
    """
    cases = [outcome.inputs for outcome in outcomes]
    for mistake in exercise.mistakes:
        try:
            with define(exercise.name, mistake.code, names):
                theirs = run_cases(exercise, mistake.code, names, cases)
                pairs = zip(outcomes, theirs, strict=True)
                if all(is_same(mine, other, exercise.tolerance) for mine, other in pairs):
                    return mistake.says
        except (Failed, Replaced, NotImplementedError):
            continue
    return None


def is_same(mine, theirs, tolerance):
    """Are two programs the same on a case: do they raise, or give, the same?"""
    if mine.failed or theirs.failed:
        return bool(mine.failed and theirs.failed) and error_of(mine) == error_of(theirs)
    if mine.changed != theirs.changed:
        return False
    return not difference(mine.result, theirs.result, max(tolerance, 1e-7))


def error_of(outcome):
    """What a program raised, without the line where it did."""
    return outcome.failed.split("`: ")[-1]


def parameter_names(function):
    """The names of a function's parameters."""
    try:
        return list(inspect.signature(function).parameters)
    except BaseException:  # not a function, or one that will not say
        return []


def size_of_case(inputs):
    """What the smallest case is chosen by: how much it holds, then how long it is to read."""
    return size(inputs), len(text(inputs))


def show_case(parameters, inputs):
    """A case as a line to read: `name = value` for each input."""
    numbered = [f"input {k + 1}" for k in range(len(parameters), len(inputs))]
    words = parameters + numbered
    # a parameter with a default may have no input
    return ", ".join(f"{word} = {text(x)}" for word, x in zip(words, inputs, strict=False))
