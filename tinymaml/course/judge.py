"""Is an answer right? Knows nothing of notebooks, and little of processes.

An answer runs in the names that its lesson has defined by then: what is given, and the course's
solutions of the exercises before it, so that an error in one answer does not spoil the next. Where
it runs (attempt.py), nobody knows what is right; here what it gave is held against what the
solution gives, case by case.
"""

import contextlib
import sys
from types import ModuleType
from typing import NamedTuple

import numpy

from . import material, plain
from .attempt import Prepared, Report, attempt, run_cases, tell_end
from .compare import difference, size, text
from .exercise import find
from .lesson import is_untried
from .originals import Originals
from .printed import shorten
from .running import Failed, Replaced, define, let_quote, mention_hidden_builtin
from .verdict import CRASHED, PASSED, SLOW, UNTRIED, WRONG, Verdict

__all__ = ["CRASHED", "PASSED", "SLOW", "UNTRIED", "WRONG", "Verdict", "grade", "names_before"]


def names_before(name, answers=None):
    """The names that the answer to `name` can use; for a lesson's number, all that it defines.

    On a blank page that is NumPy alone.
    answers: exercise -> a text to run in place of the course's solution.
    """
    found = material.find(name)
    module = ModuleType(f"lesson_{found.number}")
    sys.modules[module.__name__] = module  # where a dataclass looks for what its types are called
    names = vars(module)
    if "." in name and found.answer(name).blank_page:
        names["np"] = numpy
    for cell in found.before(name if "." in name else None):
        code = (answers or {}).get(cell.exercise, cell.solution)
        exec(compile(code, f"<lesson {found.number}, line {cell.line}>", "exec"), names)
    return names


def is_stub(name, code):
    """Is the text of an answer's cell still what the lesson gives?"""
    return is_untried(code, material.find(name).answer(name).stub)


def prepare(name):
    """An exercise made ready for any number of answers, without those that its graders know.

    -> Prepared
    """
    exercise = find(name)._replace(mistakes=(), alternative="", hints=(), equivalent={})
    cases = exercise.cases()  # a judge asks for its own again: they are kept
    cases = None if exercise.judge else list(cases)
    return Prepared(exercise, names_before(name), cases, Originals())


class Solved(NamedTuple):
    """What is known of an exercise once the answers to it have run.

    results      what the course's solution gives on each case
    functions    which of the names that it defines are functions
    mistakes     the foreseen ones, and what they do
    """

    results: list
    functions: list[str]
    mistakes: list["Foreseen"]


def solve(prepared):
    """Run the course's solution on the exercise's cases. -> Solved. Raises RuntimeError."""
    exercise, names, cases, _ = prepared
    solution = material.find(exercise.name).answer(exercise.name).solution
    with define(exercise.name, solution, names):
        functions = [word for word in exercise.defines if callable(names[word])]
        outcomes = list(run_cases(exercise, solution, names, cases))
    for outcome, inputs in zip(outcomes, cases, strict=True):
        if outcome.failed:
            raise RuntimeError(
                f"the course's own solution of {exercise.name} fails: {outcome.failed}, on {inputs}"
            )
    results = [plain.loads(outcome.result) for outcome in outcomes]
    mistakes = [Foreseen(mistake, prepared) for mistake in find(exercise.name).mistakes]
    return Solved(results, functions, mistakes)


def grade(name, code):
    """The Verdict on an answer, run here and now: see sandbox.grade for the way that others take.

    Raises RuntimeError where the course's own solution fails.
    """
    if is_stub(name, code):
        return Verdict(name, UNTRIED)
    prepared = prepare(name)
    report = attempt(prepared, code)
    return decide(report, code, prepared, lambda: solve(prepared))


def decide(report, code, prepared, solve):
    """The Verdict on an answer that was run with this Report.

    solve: () -> Solved, called where it is needed.
    """
    name = prepared.exercise.name
    if report.verdict == PASSED and not prepared.exercise.judge:  # it is decided here
        return Verdict(
            name,
            CRASHED,
            "The answer itself reports that it is right. Only the check can say that.",
        )
    if report.verdict:
        found = Finding(report.verdict, report.message)
    else:
        found = compare_with_solution(report, prepared, solve())
    words = found.words
    if found.verdict == CRASHED and not report.verdict:
        words = mention_hidden_builtin(words, code)
    if found.verdict == WRONG:
        words = tell_end(words, report.ended)
    return Verdict(name, found.verdict, words, shorten(report.printed + found.printed))


class Finding(NamedTuple):
    """What is found about an answer from what it did on the cases."""

    verdict: str
    words: str = ""
    printed: str = ""  # on the case that the words are about; if none is, on the first with any


class Outcome(NamedTuple):
    """What a program did on one case, its result as plain data."""

    inputs: tuple
    result: object
    failed: str | None  # words, if it raised
    changed: int | None  # the index of the input that it wrote into
    printed: str


def read_outcomes(outcomes, cases):
    """Outcomes as an answer's process sent them, each with its inputs: yields Outcomes."""
    for outcome, inputs in zip(outcomes, cases, strict=True):
        result = None if outcome.failed else plain.loads(outcome.result)
        yield Outcome(inputs, result, outcome.failed, outcome.changed, outcome.printed)


def compare_with_solution(report: Report, prepared, solved):
    """The Finding on an answer: did it do what the solution does on every case?"""
    for word in solved.functions:
        if word in report.kinds:
            return Finding(WRONG, f"`{word}` has to be a function; yours is {report.kinds[word]}.")
    outcomes = list(read_outcomes(report.outcomes, prepared.cases))
    return judge_outcomes(prepared.exercise, outcomes, solved, report.parameters)


def judge_outcomes(exercise, outcomes, solved, parameters):
    """The Finding on an answer from what it and the solution do on every case.

    Its words are about the smallest case that fails. The answer has crashed if it does nothing
    else on those that fail, and is not attempted if nothing but `...` comes back.
    """
    if all(outcome.result is ... and not outcome.failed for outcome in outcomes):
        return Finding(UNTRIED)
    failing = []
    for mine, theirs in zip(outcomes, solved.results, strict=True):
        found = explain_difference(mine, theirs, exercise.tolerance)
        if found:
            failing.append((mine, found))
    if not failing:
        printed = [outcome.printed for outcome in outcomes if outcome.printed]
        return Finding(PASSED, printed="".join(printed[:1]))
    foreseen = recognise_mistake(solved.mistakes, outcomes, exercise.tolerance)
    crashes = all(mine.failed for mine, _ in failing)
    if not crashes:
        failing = [(mine, found) for mine, found in failing if not mine.failed]
    mine, (why, expected, got) = min(failing, key=lambda row: size_of_case(row[0].inputs))
    shown = exercise.show(*mine.inputs) if exercise.show else show_case(parameters, mine.inputs)
    on = f"\n  on       {shown}" if shown else ""
    if crashes and not foreseen:
        return Finding(CRASHED, mine.failed + on, mine.printed)
    if not mine.inputs:  # a prediction: what is expected would give it away
        because = f" ({why})" if why else ""
        return Finding(WRONG, foreseen or f"That is not it{because}.", mine.printed)
    if foreseen:
        sentence = foreseen
    elif why:
        sentence = f"It fails: {why}" if why.endswith("?") else f"It fails: {why}."
    else:
        sentence = "It fails on this input."
    words = f"{sentence}{on}\n  expected {expected}\n  got      {got}"
    return Finding(WRONG, words, mine.printed)


def explain_difference(mine, theirs, tolerance):
    """How an answer's Outcome differs from the solution's result: (words, expected, got), or
    None."""
    if mine.failed:
        return mine.failed, text(theirs), mine.failed
    if mine.changed is not None:
        return (
            f"your code changes its input number {mine.changed + 1}; work on a copy",
            "the input as it was",
            "a changed input",
        )
    return difference(mine.result, theirs, tolerance)


def recognise_mistake(mistakes, outcomes, tolerance):
    """What to say if one of the foreseen mistakes does the same as the answer on every case.

    A mistake is run no further than to the first case that tells it from the answer.
    """
    for mistake in mistakes:
        with contextlib.suppress(Failed, Replaced, NotImplementedError):
            pairs = zip(outcomes, mistake.outcomes(), strict=True)
            if all(is_same(mine, theirs, tolerance) for mine, theirs in pairs):
                return mistake.says
    return None


class Foreseen:
    """A mistake of an exercise, and what it does: each case is run once, for all answers.

    says: its sentence.
    """

    def __init__(self, mistake, prepared):
        self.says = mistake.says
        self.code = mistake.code
        self.prepared = prepared
        self.own_names = None  # all that its code can see, once it is defined
        self.known = []  # Outcomes, of the first cases

    def outcomes(self):
        """What it does on case after case: yields Outcomes. Raises what `define` raises."""
        cases = self.prepared.cases
        for k in range(len(cases)):
            if k == len(self.known):
                self.known.append(self.run(cases[k]))
            yield self.known[k]

    def run(self, inputs):
        """What it does on a case that comes after those known. -> Outcome"""
        exercise, names, _, _ = self.prepared
        before = dict(names)
        try:
            if self.own_names is None:
                with define(exercise.name, self.code, names):
                    self.own_names = dict(names)
            names.update(self.own_names)
            let_quote(exercise.name, self.code)
            ran = run_cases(exercise, self.code, names, [inputs])
            [outcome] = read_outcomes(ran, [inputs])
            self.own_names = dict(names)
            return outcome
        finally:
            names.clear()
            names.update(before)


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


def size_of_case(inputs):
    """What the smallest case is chosen by: how much it holds, then how long it is to read."""
    return size(inputs), len(text(inputs))


def show_case(parameters, inputs):
    """A case as a line to read: `name = value` for each input."""
    numbered = [f"input {k + 1}" for k in range(len(parameters), len(inputs))]
    words = parameters + numbered
    # a parameter with a default may have no input
    return ", ".join(f"{word} = {text(x)}" for word, x in zip(words, inputs, strict=False))
