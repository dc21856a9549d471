"""Judging answers about proofs: a bound given as code, a missing line, an order of lines.

A bound can be falsified by an instance, shown with both sides. One that is not falsified is called
that, never proved.
"""

import builtins
import dis
import math
import types
from typing import NamedTuple

import numpy as np

from .compare import text, type_of
from .exercise import Accepted

BUILTINS = {
    "abs",
    "all",
    "any",
    "bool",
    "dict",
    "divmod",
    "enumerate",
    "filter",
    "float",
    "int",
    "isinstance",
    "len",
    "list",
    "map",
    "max",
    "min",
    "pow",
    "print",
    "range",
    "reversed",
    "round",
    "set",
    "sorted",
    "sum",
    "tuple",
    "zip",
    "True",
    "False",
    "ValueError",
}
LIBRARIES = math, np, np.linalg
OUTWARD = {
    "fromfile",
    "fromregex",
    "genfromtxt",
    "load",
    "loadtxt",
    "memmap",
    "gi_frame",
    "f_back",
    "format",
    "format_map",
}


class Case(NamedTuple):
    """An instance, reduced to what a bound may look at."""

    name: str  # "the concave quadratic"
    inputs: dict  # what the answer is called with, in this order
    truth: float  # the left side on this instance

    def __str__(self):
        return f"{self.name} with {', '.join(f'{name} = {text(x)}' for name, x in self.inputs.items())}"


def refused(function, inputs):
    """Why an answer cannot be judged as a bound of these inputs, names; None if it can."""
    if not isinstance(function, types.FunctionType):
        return f"Wanted is a function of {words(inputs)}, written with `def`; yours is {type_of(function)}."
    beyond = looks_beyond(function)
    return (
        f"This answer looks at {beyond}; a bound may depend on {words(inputs)} only."
        if beyond
        else None
    )


def looks_beyond(function, seen=()):
    """The name of something that an answer looks at beside its arguments, numbers, `math` and
    `numpy`; None if there is none."""
    carried = [*(function.__defaults__ or ()), *(function.__kwdefaults__ or {}).values()]
    carried += [cell.cell_contents for cell in function.__closure__ or ()]
    used = {text(value): value for value in carried}  # what it looks at, by name
    codes = [function.__code__]
    for code in codes:  # the functions inside it are appended as they are found
        codes += [constant for constant in code.co_consts if isinstance(constant, types.CodeType)]
        for step in dis.get_instructions(code):
            if step.opname == "IMPORT_NAME" and step.argval not in [
                library.__name__ for library in LIBRARIES
            ]:
                return step.argval
            if step.opname in ("LOAD_ATTR", "LOAD_METHOD", "IMPORT_FROM") and leads_outward(
                step.argval
            ):
                return step.argval
            if step.opname in ("STORE_GLOBAL", "DELETE_GLOBAL", "STORE_ATTR", "DELETE_ATTR"):
                return step.argval
            if step.opname in ("LOAD_GLOBAL", "LOAD_NAME") and (
                step.argval not in BUILTINS or step.argval in function.__globals__
            ):
                used[step.argval] = function.__globals__.get(
                    step.argval, getattr(builtins, step.argval, None)
                )
    for name, value in used.items():
        if (
            any(value is known for known in (None, *LIBRARIES, function, *seen))
            or isinstance(value, (int, float, np.number))
            or of_a_library(value)
        ):
            continue
        if (
            not isinstance(value, types.FunctionType)
            or value.__globals__ is not function.__globals__
        ):  # from another file
            return name
        if found := looks_beyond(value, (*seen, function)):
            return found
    return None


def leads_outward(name):
    """Can the rest of Python be reached through an attribute of this name: a private one, a file's
    reader, a module inside numpy?"""
    return (
        name.startswith("_")
        or name in OUTWARD
        or name != "linalg"
        and isinstance(getattr(np, name, None), types.ModuleType)
    )


def of_a_library(value):
    """Is it what its name means in `math`, `numpy` or `numpy.linalg`, and no door to files?"""
    name = getattr(value, "__name__", "")
    return name not in OUTWARD and any(
        getattr(library, name, None) is value for library in LIBRARIES
    )


def value_on(function, case):
    """The answer's number on a case -> (float, None) or (None, the complaint)."""
    value = (
        function(**case.inputs)
        if accepts_words(function, case)
        else function(*case.inputs.values())
    )
    if value is ...:
        raise NotImplementedError
    if isinstance(value, np.ndarray) and not value.ndim:
        value = value[()]
    if (
        isinstance(value, (bool, np.bool_))
        or not isinstance(value, (int, float, np.number))
        or isinstance(value, np.complexfloating)
    ):
        return None, f"On {case} it gives {described(value)}; wanted is one number."
    return (float(value), None) if not math.isnan(value) else (None, f"On {case} it gives NaN.")


def described(value):
    """What came back in place of a number."""
    if value is None:
        return "nothing (is there a `return`?)"
    if isinstance(value, np.ndarray):
        return f"an array of shape {value.shape}"
    return (
        f"{type_of(value)} of length {len(value)}"
        if isinstance(value, (list, tuple))
        else f"{text(value)}, {type_of(value)}"
    )


def accepts_words(function, case):
    return set(case.inputs) == set(function.__code__.co_varnames[: function.__code__.co_argcount])


def bound(function, cases, held_out=(), best=None, foreseen=(), tolerance=1e-6, proof=""):
    """Judge a bound. best: a Python function, the smallest bound that is true, attained on the
    first cases; None: any true bound passes, and its tightness is told. foreseen: pairs (a wrong
    bound, its sentence). proof: what would prove it, for the last word."""
    if complaint := refused(function, list(cases[0].inputs)):
        return complaint
    found, named = [], len(cases)  # the first ones: of these a person can be told in full
    for case in (*cases, *held_out):
        value, complaint = value_on(function, case)
        if complaint:
            return complaint
        found.append((case, value))
    sentence = next(
        (
            says
            for wrong, says in foreseen
            if all(close(value, wrong(*case.inputs.values())) for case, value in found)
        ),
        "",
    )
    false = lambda rows: [
        (case, value) for case, value in rows if case.truth > value + 1e-9 * abs(case.truth)
    ]
    if rows := false(found[:named]) or false(found):
        case, value = max(
            rows, key=lambda row: row[0].truth - row[1] if row[1] <= 0 else row[0].truth / row[1]
        )
        return f"Falsified. On {case}, the truth is {case.truth:.6g}; your bound says {value:.6g}. {sentence}".rstrip()
    count, last = (
        f"Not falsified by {len(found):,} instances",
        f" (Not falsified is not proved{': ' + proof if proof else ''}.)",
    )
    if best:
        above = [
            (excess(value, least := best(*case.inputs.values())), case, value, least)
            for case, value in found
        ]
        loose = lambda rows: [row for row in rows if row[0] > tolerance]
        if rows := loose(above[:named]) or loose(above):
            _, case, value, least = max(rows, key=lambda row: row[0])
            return f"{count}, but loose: on {case} it says {value:.6g}, where {least:.6g} is true and attained. {sentence}".rstrip()
    tightest = lambda rows: max(
        ((case, case.truth / value) for case, value in rows if value > 0),
        key=lambda row: row[1],
        default=(None, 0.0),
    )
    (case, ratio), other = tightest(found[:named]), tightest(found)
    if other[1] > ratio * (1 + 1e-6):  # a held-out case is named only where it is tighter
        case, ratio = other
    if ratio > 1 - 1e-6:
        return Accepted(
            f"{count}, and attained by {case.name}: no smaller bound is true there.{last}"
        )
    return Accepted(
        f"{count}; the tightest is {case.name}, whose truth is {ratio:.3g} of your bound.{last}"
    )


def excess(value, least):
    """By what share a bound is above the best one."""
    return (value - least) / abs(least) if least else abs(value)


def close(a, b):
    return math.isfinite(a - b) and abs(a - b) <= 1e-9 * max(abs(a), abs(b))


def between(function, cases, above, below, foreseen=()):
    """Judge a missing line, a function of a case's inputs. above, below: the lines around it,
    functions of the same inputs. It has to lie between them on every case, and to restate neither.
    foreseen: pairs (a wrong line, its sentence)."""
    if not isinstance(function, types.FunctionType):
        return refused(function, list(cases[0].inputs))
    values = []
    for case in cases:
        value, complaint = value_on(function, case)
        if complaint:
            return complaint
        values.append(value)
    rows = [
        (case, value, above(*case.inputs.values()), below(*case.inputs.values()))
        for case, value in zip(cases, values)
    ]
    sentence = next(
        (
            says
            for wrong, says in foreseen
            if all(close(value, wrong(*case.inputs.values())) for case, value, _, _ in rows)
        ),
        "",
    )
    for case, value, low, high in rows:
        allowed = 1e-9 * max(abs(low), abs(high))
        if value < low - allowed:
            return f"False: on {case} the line above is {low:.6g}, yours {value:.6g}, and a chain may not decrease. {sentence}".rstrip()
        if value > high + allowed:
            return f"Too much: on {case} yours is {value:.6g}, and the line below, {high:.6g}, no longer follows. {sentence}".rstrip()
    for k, where in ((2, "above"), (3, "below")):
        if all(close(row[1], row[k]) for row in rows):
            return (
                sentence
                or f"That is the line {where} once more, in other words. What is wanted is the step between the two."
            )
    return sentence or None


def order(given, right, why):
    """Judge an order of lines, a list of their letters. why: letter -> what has to stand above this
    line, as a sentence."""
    if isinstance(given, str):
        given = [letter for letter in given if letter.isalnum()]
    if not isinstance(given, (list, tuple)) or any(line is ... for line in given):
        raise NotImplementedError
    if sorted(map(str, given)) != sorted(right):
        return f"Every one of the lines {words(sorted(right))} has to appear once; yours are {words([str(line) for line in given])}."
    for k, (mine, wanted) in enumerate(zip(given, right)):
        if mine != wanted:
            place = "The chain cannot start with" if k == 0 else f"After {given[k - 1]} cannot come"
            return f"{place} {mine}. {why[mine]}"
    return None


def words(names):
    return (
        f"{', '.join(names[:-1])} and {names[-1]}" if len(names) > 1 else "".join(names) or "none"
    )
