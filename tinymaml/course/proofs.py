"""Judging answers about proofs: a bound given as code, a missing line, an order of lines.

A bound can be falsified by an instance, shown with both sides. One that is not falsified is called that, never proved.
"""
import builtins
import dis
import math
import types
from typing import NamedTuple

import numpy as np

from .compare import text, type_of
from .exercise import Accepted

BUILTINS = {"abs", "all", "any", "divmod", "enumerate", "float", "int", "len", "list", "map", "max", "min", "pow", "range", "reversed", "round",
            "sum", "tuple", "zip", "True", "False"}


class Case(NamedTuple):
    """An instance, reduced to what a bound may look at."""
    name: str                                               # "the concave quadratic"
    inputs: dict                                            # what the answer is called with, in this order
    truth: float                                            # the left side on this instance

    def __str__(self):
        return f"{self.name} with {', '.join(f'{name} = {text(x)}' for name, x in self.inputs.items())}"


def looks_beyond(function, seen=()):
    """The name of something that an answer looks at beside its arguments, numbers, `math` and `numpy`; None if there is none."""
    if not isinstance(function, types.FunctionType):
        return getattr(function, "__name__", type_of(function))
    carried = [*(function.__defaults__ or ()), *(function.__kwdefaults__ or {}).values()]
    carried += [cell.cell_contents for cell in function.__closure__ or ()]
    used = {text(value): value for value in carried}        # what it looks at, by name
    codes = [function.__code__]
    for code in codes:                                      # the functions inside it are appended as they are found
        codes += [constant for constant in code.co_consts if isinstance(constant, types.CodeType)]
        for step in dis.get_instructions(code):
            if step.opname.startswith("IMPORT"):
                return f"import {step.argval}"
            if step.opname in ("STORE_GLOBAL", "DELETE_GLOBAL"):
                return step.argval
            if step.opname in ("LOAD_GLOBAL", "LOAD_NAME") and step.argval not in BUILTINS:
                used[step.argval] = function.__globals__.get(step.argval, getattr(builtins, step.argval, None))
    for name, value in used.items():
        if any(value is known for known in (None, math, np, function, *seen)) or isinstance(value, (int, float, np.number)):
            continue
        if not isinstance(value, types.FunctionType):
            return name
        if found := looks_beyond(value, (*seen, function)):
            return found
    return None


def value_on(function, case):
    """The answer's number on a case -> (float, None) or (None, the complaint)."""
    value = function(**case.inputs) if accepts_words(function, case) else function(*case.inputs.values())
    if value is ...:
        raise NotImplementedError
    if isinstance(value, (bool, np.bool_)) or not isinstance(value, (int, float, np.number)):
        return None, f"On {case} it gives {text(value)}, {type_of(value)}; wanted is one number."
    return (float(value), None) if not math.isnan(value) else (None, f"On {case} it gives NaN.")


def accepts_words(function, case):
    return set(case.inputs) == set(function.__code__.co_varnames[:function.__code__.co_argcount])


def bound(function, cases, held_out=(), best=None, foreseen=(), tolerance=1e-6, proof=""):
    """Judge a bound. best: a Python function, the smallest bound that is true, attained on the first cases; None: any true bound
    passes, and its tightness is told. foreseen: pairs (a wrong bound, its sentence). proof: what would prove it, for the last word."""
    if beyond := looks_beyond(function):
        return f"This answer looks at {beyond}; a bound may depend on {words(list(cases[0].inputs))} only."
    found = []
    for case in (*cases, *held_out):
        value, complaint = value_on(function, case)
        if complaint:
            return complaint
        found.append((case, value))
    sentence = next((says for wrong, says in foreseen if all(close(value, wrong(*case.inputs.values())) for case, value in found)), "")
    false = [(case, value) for case, value in found if case.truth > value + 1e-9 * abs(case.truth)]
    if false:
        named = [row for row in false if row[0] in cases] or false
        case, value = max(named, key=lambda row: row[0].truth - row[1] if row[1] <= 0 else row[0].truth / row[1])
        return f"Falsified. On {case}, the truth is {case.truth:.6g}; your bound says {value:.6g}. {sentence}".rstrip()
    count, last = f"Not falsified by {len(found):,} instances", f" (Not falsified is not proved{': ' + proof if proof else ''}.)"
    if best:
        case, value, least = max(((case, value, best(*case.inputs.values())) for case, value in found), key=lambda row: excess(row[1], row[2]))
        if excess(value, least) > tolerance:
            return f"{count}, but loose: on {case} it says {value:.6g}, where {least:.6g} is true and attained. {sentence}".rstrip()
    tightest = lambda rows: max(((case, case.truth / value) for case, value in rows if value > 0), key=lambda row: row[1], default=(None, 0.0))
    (case, ratio), other = tightest(found[:len(cases)]), tightest(found)
    if other[1] > ratio * (1 + 1e-6):                       # a held-out case is named only where it is tighter
        case, ratio = other
    if ratio > 1 - 1e-6:
        return Accepted(f"{count}, and attained by {case.name}: no smaller bound is true.{last}")
    return Accepted(f"{count}; the tightest is {case.name}, whose truth is {ratio:.3g} of your bound.{last}")


def excess(value, least):
    """By what share a bound is above the best one."""
    return (value - least) / abs(least) if least else abs(value)


def close(a, b):
    return abs(a - b) <= 1e-9 * max(abs(a), abs(b))


def between(function, cases, above, below, foreseen=()):
    """Judge a missing line, a function of a case's inputs. above, below: the lines around it, functions of the same inputs. It has to
    lie between them on every case, and to restate neither. foreseen: pairs (a wrong line, its sentence)."""
    values = []
    for case in cases:
        value, complaint = value_on(function, case)
        if complaint:
            return complaint
        values.append(value)
    rows = [(case, value, above(*case.inputs.values()), below(*case.inputs.values())) for case, value in zip(cases, values)]
    sentence = next((says for wrong, says in foreseen if all(close(value, wrong(*case.inputs.values())) for case, value, _, _ in rows)), "")
    for case, value, low, high in rows:
        allowed = 1e-9 * max(abs(low), abs(high))
        if value < low - allowed:
            return f"False: on {case} the line above is {low:.6g}, yours {value:.6g}, and a chain may not decrease. {sentence}".rstrip()
        if value > high + allowed:
            return f"Too much: on {case} yours is {value:.6g}, and the line below, {high:.6g}, no longer follows. {sentence}".rstrip()
    for k, where in ((2, "above"), (3, "below")):
        if all(close(row[1], row[k]) for row in rows):
            return sentence or f"That is the line {where} once more, in other words. What is wanted is the step between the two."
    return sentence or None


def order(given, right, why):
    """Judge an order of lines, a list of their letters. why: letter -> what has to stand above this line, as a sentence."""
    if isinstance(given, str):
        given = [letter for letter in given if letter.strip(" ,;-→")]
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
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
