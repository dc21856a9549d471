"""An answer is run: on the cases of its exercise, or before the exercise's own judge.

This is what happens in the process that runs the answer (see copies.py). It is given the inputs and
gives a Report; it knows neither what the course's solution gives nor the mistakes that are
foreseen.
"""

import contextlib
import copy
import inspect
import marshal
from typing import NamedTuple

from . import plain
from .compare import difference, type_of
from .exercise import Accepted, Exercise
from .originals import Originals
from .printed import print_nothing, recorded
from .running import (
    PYTHON,
    Failed,
    Replaced,
    call_guarded,
    define,
    describe,
    mention_hidden_builtin,
)
from .verdict import CRASHED, PASSED, UNTRIED, WRONG

MOST = 200 << 20  # bytes of results that are compared


class Outcome(NamedTuple):
    """What a program did on one case."""

    result: bytes = b""  # as plain.dumps has it
    failed: str | None = None  # words, if it raised
    changed: int | None = None  # the index of the input that it wrote into
    printed: str = ""  # the end of what it printed


class Report(NamedTuple):
    """What came of running an answer: a verdict and its message; or outcomes, to be compared."""

    verdict: str | None = None
    message: str = ""
    outcomes: list[Outcome] | None = None
    kinds: dict[str, str] | None = None  # a name that it defines, and no function -> "a float"
    parameters: list[str] | None = None
    printed: str = ""  # the end of what it printed, but for what it printed on a case
    ended: str = ""  # what ended the cell early, in words: to be told unless all is right

    def dumps(self):
        """The report as bytes."""
        return marshal.dumps(tuple(self._replace(outcomes=plain_tuples(self.outcomes))))


def plain_tuples(outcomes):
    """Outcomes as tuples of no name, which marshal can write."""
    return outcomes and [tuple(outcome) for outcome in outcomes]


def loads(data):
    """The Report of these bytes."""
    report = Report(*marshal.loads(data))
    if report.outcomes is None:
        return report
    return report._replace(outcomes=[Outcome(*outcome) for outcome in report.outcomes])


class Prepared(NamedTuple):
    """An exercise, ready for answers to be run."""

    exercise: Exercise
    names: dict[str, object]  # what its lesson has defined by then
    cases: list[tuple] | None  # inputs; None: the exercise's own judge decides
    originals: Originals  # what libraries mean by their names


def attempt(prepared, code):
    """Run an answer, the text of its cell. -> Report"""
    with recorded() as recorder:
        report = attempt_aloud(prepared, code, recorder.take)
    return report._replace(printed=report.printed + recorder.take())


def attempt_aloud(prepared, code, printed):
    """`attempt`; printed() gives what was printed since its last call."""
    exercise, names, cases, originals = prepared
    try:
        try:
            return define_and_run(exercise, code, names, cases, printed)
        finally:
            replaced = originals.restore()
            if replaced:
                raise Replaced(replaced)
    except Failed as error:
        return Report(CRASHED, mention_hidden_builtin(str(error), code))
    except Replaced as error:
        whose = "" if "." in str(error) else "Python's own "
        return Report(
            WRONG,
            f"Your cell replaces {whose}`{error}` for everybody; give yours another name.",
        )
    except NotImplementedError:
        return Report(UNTRIED)
    except BaseException as error:
        return Report(
            CRASHED, f"The check of this exercise failed on this answer: {describe(error)}"
        )


def define_and_run(exercise, code, names, cases, printed):
    """`attempt_aloud`, which may raise Failed, Replaced, and NotImplementedError where nothing was
    attempted."""
    given = dict(names)
    refused = exercise.examine and exercise.examine(code)
    if refused:
        return Report(WRONG, refused)
    with define(exercise.name, code, names, exercise.defines) as ended:
        complaint = complain_of_missing(exercise, names, given)
        if complaint:
            return Report(WRONG, complaint)
        if exercise.judge:
            judged = names_for_judge(exercise, names, given)
            try:
                said = call_guarded(exercise.name, code, exercise.judge, judged)
            except NotImplementedError:
                return Report(UNTRIED, mention_open(exercise, judged))
            if not said or isinstance(said, Accepted):
                return Report(PASSED, str(said or ""))
            return Report(WRONG, tell_end(str(said), ended))
        kinds = {}
        for word in exercise.defines:
            if not callable(names[word]):
                kinds[word] = type_of(names[word])
        parameters = parameter_names(names[exercise.defines[0]])
        at_first = printed()
        outcomes = list(run_cases(exercise, code, names, cases, printed))
        if sum(len(outcome.result) for outcome in outcomes) > MOST:
            return Report(CRASHED, "Its results are too large to be compared.")
        found = Report(outcomes=outcomes, kinds=kinds, parameters=parameters)
        return found._replace(printed=at_first, ended=ended)


def tell_end(complaint, ended):
    """A complaint, and what ended the answer's cell early, if anything did."""
    return f"{complaint}\nNot all of the cell has run: {ended}" if ended else complaint


def mention_open(exercise, names):
    """Which part of an answer is still `...`, where others have been filled in; else ""."""
    try:
        leaves = {word: leaves_of(names[word]) for word in exercise.defines}
    except RecursionError:  # a list that holds itself
        return ""
    left = [word for word, values in leaves.items() if any(value is ... for value in values)]
    if not left or all(value is ... for values in leaves.values() for value in values):
        return ""
    return f"There is still a `...` in `{left[0]}`."


def leaves_of(value):
    """The values in lists, tuples and dicts within each other, as a list."""
    if isinstance(value, dict):
        value = list(value.values())
    if not isinstance(value, (list, tuple)):
        return [value]
    return [leaf for item in value for leaf in leaves_of(item)]


def names_for_judge(exercise, names, given):
    """What the exercise's own judge looks at: an answer cannot change what it is judged by, nor
    how its numbers and lists behave."""
    judged = names | given
    for word in exercise.defines:
        with contextlib.suppress(RecursionError):  # a list that holds itself
            judged[word] = names[word]
            judged[word] = plain.disarmed(names[word], list(given.values()))
    return judged


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


def run_cases(exercise, code, names, cases, printed=print_nothing):
    """What a program, defined in `names`, does on one case after another: yields Outcomes.

    printed: () -> what was printed since its last call.
    """
    run = exercise.run or caller_of(exercise.defines[0])
    for inputs in cases:
        mine = copy.deepcopy(inputs)
        try:
            result = call_guarded(exercise.name, code, run_to_the_end, run, names, mine)
        except Failed as error:
            yield Outcome(failed=str(error), printed=printed())
            continue
        changed = None if exercise.changes_inputs else find_changed(mine, inputs)
        yield Outcome(result, changed=changed, printed=printed())


def run_to_the_end(run, names, inputs):
    """What a program gives on a case, as bytes: the program may use the same list, or buffer, for
    the next case."""
    return plain.dumps(run(names, *inputs))


def caller_of(word):
    """How an exercise runs an answer by default: calls the function of this name, or takes it."""

    def run(names, *inputs):
        value = names[word]
        return value(*inputs) if callable(value) else value

    return run


def find_changed(mine, inputs):
    """The index of the first input that is not what it was, or None."""
    for k, (after, before) in enumerate(zip(mine, inputs, strict=True)):
        if plain.dumps(after) == plain.dumps(before):
            continue
        if difference(plain.plain(after), plain.plain(before), 0):
            return k
    return None


def parameter_names(function):
    """The names of a function's parameters."""
    try:
        return list(map(str, inspect.signature(function).parameters))
    except BaseException:  # not a function, or one that will not say
        return []
