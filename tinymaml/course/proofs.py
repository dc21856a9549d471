"""Judging answers about proofs: a bound given as code, a missing line, an order of lines.

A bound can be falsified by an instance, shown with both sides. One that is not falsified is called
that, never proved.
"""

import builtins
import dis
import functools
import gc
import math
import string
import sys
from decimal import Decimal
from fractions import Fraction
from types import CodeType, FunctionType, ModuleType
from typing import NamedTuple

import numpy as np

from .compare import side_by_side, text, type_of
from .exercise import Accepted

# fmt: off
BUILTINS = {
    "abs", "all", "any", "bool", "callable", "complex", "dict", "divmod", "enumerate", "filter",
    "float", "format", "frozenset", "int", "isinstance", "iter", "len", "list", "map", "max", "min",
    "next", "pow", "print", "range", "repr", "reversed", "round", "set", "slice", "sorted", "str",
    "sum", "tuple", "type", "zip", "True", "False", "None", "Ellipsis", "NotImplemented",
} | {
    name for name, value in vars(builtins).items()
    if isinstance(value, type) and issubclass(value, BaseException)
}  # what an answer may use of Python's own
OUTWARD = {
    "fromfile", "fromregex", "genfromtxt", "load", "loadtxt", "memmap",
    "gi_frame", "f_back", "attrgetter", "methodcaller",
}  # attributes that lead to files, to other functions' variables, to any attribute
LIBRARIES = {
    "cmath", "decimal", "fractions", "functools", "itertools", "math", "numpy", "numpy.linalg",
    "operator", "statistics",
    "scipy", "scipy.integrate", "scipy.linalg", "scipy.optimize", "scipy.special", "scipy.stats",
}  # that an answer may calculate with
NUMBERS = int, float, complex, np.number, np.bool_, Fraction, Decimal
# fmt: on


class Case(NamedTuple):
    """An instance, reduced to what a bound may look at."""

    name: str  # "the concave quadratic"
    inputs: dict  # what the answer is called with, in this order
    truth: float  # the left side on this instance

    def __str__(self):
        values = [f"{name} = {text(x)}" for name, x in self.inputs.items()]
        return f"{self.name} with {', '.join(values)}"


# What an answer may look at.


def refused(function, inputs):
    """Why an answer cannot be judged as a bound of these inputs, names; None if it can."""
    if not isinstance(function, FunctionType):
        return (
            f"The answer has to be a function of {words(inputs)}, written with `def`; "
            f"yours is {type_of(function)}."
        )
    beyond = looks_beyond(function)
    if isinstance(function.__globals__.get(beyond), type):
        return (
            f"This answer uses the class `{beyond}`; `check` looks into functions only, so that it "
            f"cannot tell whether it depends on {words(inputs)} alone. Write it as a function."
        )
    if beyond:
        return f"This answer looks at {beyond}; a bound may depend on {words(inputs)} only."
    return None


def looks_beyond(function, seen=()):
    """The name of something that an answer looks at beside its arguments, numbers, `math` and
    `numpy`; None if there is none.

    seen: functions that need not be looked at again.
    """
    used = values_carried(function)
    for code in codes_within(function.__code__):
        if {"format", "format_map"} & set(code.co_names) and not all(
            map(is_plain_text, texts_in(code))
        ):
            return "an attribute, through a text's format()"
        for instruction in dis.get_instructions(code):
            name = instruction.argval
            if is_forbidden(instruction):
                return name
            if instruction.opname in ("LOAD_GLOBAL", "LOAD_NAME"):
                own = function.__globals__
                if name in own or name not in BUILTINS:
                    used[name] = own.get(name, getattr(builtins, name, None))
    for name, value in used.items():
        if any(value is other for other in (function, *seen)) or is_arithmetic(value):
            continue
        inside = functions_in(value)
        if not inside or any(own.__globals__ is not function.__globals__ for own in inside):
            return name  # no function, or one from another file
        for own in inside:
            found = looks_beyond(own, (*seen, function, value))
            if found:
                return found
    return None


def functions_in(value):
    """The functions of Python's that a call of this value runs: itself, or the one behind
    functools.cache; none if it is neither."""
    if isinstance(value, functools._lru_cache_wrapper):
        return [held for held in gc.get_referents(value) if isinstance(held, FunctionType)]
    return [value] if isinstance(value, FunctionType) else []


def values_carried(function):
    """name -> value, for the defaults of a function and the variables around it that it uses."""
    values = [*(function.__defaults__ or ()), *(function.__kwdefaults__ or {}).values()]
    values += [cell.cell_contents for cell in function.__closure__ or ()]
    return {text(value): value for value in values}


def codes_within(code):
    """The code of a function and of all functions inside it."""
    codes = [code]
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            codes += codes_within(constant)
    return codes


def is_forbidden(instruction):
    """Does an instruction of Python's leave arithmetic, whatever the value of its name?

    It imports another library, reads an attribute that leads outward, or stores something that
    outlives the function.
    """
    name = instruction.argval
    match instruction.opname:
        case "IMPORT_NAME":
            return name not in LIBRARIES
        case "LOAD_ATTR" | "LOAD_METHOD" | "IMPORT_FROM":
            return leads_outward(name)
        case "STORE_GLOBAL" | "DELETE_GLOBAL" | "STORE_ATTR" | "DELETE_ATTR":
            return True
    return False


def leads_outward(name):
    """Can the rest of Python be reached through an attribute of this name: a private one, a file's
    reader, a module inside a library?"""
    if name.startswith("_") or name in OUTWARD:
        return True
    inside = [getattr(library, name, None) for library in libraries()]
    return any(isinstance(value, ModuleType) and not is_library(value) for value in inside)


def libraries():
    """Those of the LIBRARIES that are loaded."""
    return [sys.modules[name] for name in sorted(LIBRARIES) if name in sys.modules]


def is_library(value):
    """Is it one of the LIBRARIES?"""
    return any(value is library for library in libraries())


def is_arithmetic(value):
    """Is it a number, a text, a list or an array of such, one of the LIBRARIES, or what its name
    means there?

    A reader of files is not.
    """
    if value is None or isinstance(value, NUMBERS):
        return True
    if type(value) is str:
        return is_plain_text(value)
    if type(value) in (list, tuple, set, frozenset):
        return all(map(is_arithmetic, value))
    if type(value) is dict:
        return all(map(is_arithmetic, [*value.keys(), *value.values()]))
    if type(value) is np.ndarray:
        return value.dtype.kind in "biufc"
    if isinstance(value, ModuleType):
        return is_library(value)
    name = getattr(value, "__name__", "")
    if name in OUTWARD:
        return False
    return any(getattr(library, name, None) is value for library in libraries())


def texts_in(code):
    """The texts among the constants of a function."""
    return [value for value in code.co_consts if isinstance(value, str)]


def is_plain_text(text):
    """Does a text, if it is formatted, print values alone, and not what can be reached from them:
    "{:.3g}", but not "{0.name}"?"""
    try:
        parts = list(string.Formatter().parse(text))
    except ValueError:  # a brace without its other
        return False
    for literal, field, specification, _ in parts:
        if "{" in literal or "{" in (specification or "") or set(".[") & set(field or ""):
            return False
    return True


# What an answer gives.


def value_on(function, case):
    """The answer's number on a case -> (float, None) or (None, the complaint).

    Raises NotImplementedError where it gives `...`.
    """
    try:
        if takes_by_name(function, case):
            value = function(**case.inputs)
        else:
            value = function(*case.inputs.values())
    except Exception as error:
        error.add_note(f"on {case}")  # quoted with what it says
        raise
    if value is ...:
        raise NotImplementedError
    if isinstance(value, np.ndarray) and not value.ndim:
        value = value[()]
    if not is_real(value):
        return None, f"On {case} it gives {describe(value)}; it should be one number."
    if math.isnan(value):
        return None, f"On {case} it gives NaN."
    return float(value), None


def values_on(function, cases):
    """The answer's numbers on these cases -> (a list of floats, None) or (None, the complaint)."""
    values = []
    for case in cases:
        value, complaint = value_on(function, case)
        if complaint:
            return None, complaint
        values.append(value)
    return values, None


def is_real(value):
    """Is it a real number, and no truth value?"""
    if isinstance(value, (bool, np.bool_, np.complexfloating)):
        return False
    return isinstance(value, (int, float, np.number, Fraction, Decimal))


def describe(value):
    """What came back in place of a number."""
    if value is None:
        return "nothing (is there a `return`?)"
    if isinstance(value, np.ndarray):
        return f"an array of shape {value.shape}"
    if isinstance(value, (list, tuple)):
        return f"{type_of(value)} of length {len(value)}"
    return f"{text(value)}, {type_of(value)}"


def takes_by_name(function, case):
    """Are the parameters of a function called what the case's inputs are?"""
    code = function.__code__
    return set(case.inputs) == set(code.co_varnames[: code.co_argcount])


def close(a, b):
    """Are two numbers finite, and equal to rounding?"""
    return math.isfinite(a - b) and abs(a - b) <= 1e-9 * max(abs(a), abs(b))


def sentence_for(cases, values, foreseen):
    """The sentence of the foreseen wrong function that has these values, or "".

    foreseen: pairs (a function of the inputs, its sentence).
    """
    for wrong, sentence in foreseen:
        pairs = zip(cases, values, strict=True)
        if all(close(value, wrong(*case.inputs.values())) for case, value in pairs):
            return sentence
    return ""


# Judges.


def bound(function, cases, held_out=(), best=None, foreseen=(), tolerance=1e-6, proof=""):
    """Judge a bound. -> Accepted, or the sentence that says why not.

    best: a Python function, the smallest bound that is true, attained on the first cases; None: any
    true bound passes, and its tightness is told. foreseen: pairs (a wrong bound, its sentence).
    proof: what would prove it, for the last word. A held-out case is named only where none of
    `cases` shows the same.
    """
    complaint = refused(function, list(cases[0].inputs))
    if complaint:
        return complaint
    every = [*cases, *held_out]
    values, complaint = values_on(function, every)
    if complaint:
        return complaint
    sentence = sentence_for(every, values, foreseen)
    named = list(zip(cases, values, strict=False))  # `values` goes on with those held out
    found = list(zip(every, values, strict=True))

    false = worst_violation(named) or worst_violation(found)
    if false:
        case, value = false
        truth, yours = side_by_side(case.truth, value)
        said = f"On {case}, the truth is {truth}; your bound says {yours}."
        return f"Falsified. {said} {sentence}".rstrip()

    count = f"Not falsified by {len(found):,} instances"
    if best:
        loose = loosest(named, best, tolerance) or loosest(found, best, tolerance)
        if loose:
            case, value, least = loose
            yours, true = side_by_side(value, least)
            said = f"on {case} it says {yours}, where {true} is true and attained."
            return f"{count}, but loose: {said} {sentence}".rstrip()

    case, ratio = tightest(named)
    other, other_ratio = tightest(found)
    if other_ratio > ratio * (1 + 1e-6):
        case = other
        ratio = other_ratio
    last = f" (Not falsified is not proved{': ' + proof if proof else ''}.)"
    if ratio > 1 - 1e-6:
        return Accepted(
            f"{count}, and attained by {case.name}: no smaller bound is true there.{last}"
        )
    return Accepted(
        f"{count}; the tightest is {case.name}, whose truth is {ratio:.3g} of your bound.{last}"
    )


def worst_violation(found):
    """Of pairs (case, a bound's value), the one whose truth exceeds the value most, or None."""
    false = [pair for pair in found if pair[0].truth > pair[1] + 1e-9 * abs(pair[0].truth)]
    return max(false, key=violation, default=None)


def violation(pair):
    """By how much a case's truth exceeds a bound: their ratio, or what the bound lacks."""
    case, value = pair
    return case.truth / value if value > 0 else case.truth - value


def loosest(found, best, tolerance):
    """Of pairs (case, a bound's value), the one furthest above the best bound.

    -> (case, value, the best bound's value), or None where all are within the tolerance.
    """
    worst = None
    largest = tolerance
    for case, value in found:
        least = best(*case.inputs.values())
        share = excess(value, least)
        if share > largest:
            worst = case, value, least
            largest = share
    return worst


def excess(value, least):
    """By what share a bound is above the best one."""
    return (value - least) / abs(least) if least else abs(value)


def tightest(found):
    """Of pairs (case, a bound's value), the case whose truth is the largest share of the value.

    -> (case, share), or (None, 0.0) where no value is positive.
    """
    shares = [(case, case.truth / value) for case, value in found if value > 0]
    return max(shares, key=lambda pair: pair[1], default=(None, 0.0))


def between(function, cases, above, below, foreseen=()):
    """Judge a missing line, a function of a case's inputs. -> None, or the sentence that says why
    not.

    above, below: the lines around it, functions of the same inputs. It has to lie between them on
    every case, and to restate neither. foreseen: pairs (a wrong line, its sentence).
    """
    if not isinstance(function, FunctionType):
        return refused(function, list(cases[0].inputs))
    values, complaint = values_on(function, cases)
    if complaint:
        return complaint
    sentence = sentence_for(cases, values, foreseen)
    lows = [above(*case.inputs.values()) for case in cases]
    highs = [below(*case.inputs.values()) for case in cases]
    for case, value, low, high in zip(cases, values, lows, highs, strict=True):
        allowed = 1e-9 * max(abs(low), abs(high))
        if value < low - allowed:
            line, yours = side_by_side(low, value)
            said = f"on {case} the line above is {line}, yours {yours}"
            return f"False: {said}, and a chain may not decrease. {sentence}".rstrip()
        if value > high + allowed:
            yours, line = side_by_side(value, high)
            said = f"on {case} yours is {yours}, and the line below, {line}"
            return f"Too much: {said}, no longer follows. {sentence}".rstrip()
    for line, where in ((lows, "above"), (highs, "below")):
        if all(map(close, values, line)):
            return sentence or (
                f"That is the line {where} once more, in other words. "
                "Find the step between the two."
            )
    return sentence or None


def order(given, right, why):
    """Judge an order of lines, a list of their letters. -> None, or the sentence that says why not.

    why: letter -> what has to stand above this line, as a sentence. Raises NotImplementedError
    where a line is `...`.
    """
    if isinstance(given, str):
        given = [letter for letter in given if letter.isalnum()]
    if not isinstance(given, (list, tuple)) or any(line is ... for line in given):
        raise NotImplementedError
    given = [str(line) for line in given]
    if sorted(given) != sorted(right):
        wanted = f"Every one of the lines {words(sorted(right))} has to appear once"
        return f"{wanted}; yours are {words(given)}."
    for k, (mine, wanted) in enumerate(zip(given, right, strict=True)):
        if mine != wanted:
            place = "The chain cannot start with" if k == 0 else f"After {given[k - 1]} cannot come"
            return f"{place} {mine}. {why[mine]}"
    return None


def words(names):
    """A list of names as words: "a, b and c", or "none"."""
    if not names:
        return "none"
    if len(names) == 1:
        return names[0]
    return f"{', '.join(names[:-1])} and {names[-1]}"
