"""Break each rule of the engine once, on purpose: the checks of test_derivatives must see it.

A mutant gets one line wrong that one rule emits, or one entry of the table of pointwise functions.
It is caught when a check raises AssertionError on some loss of the fixed list. A crash does not
count: wrong numbers must be noticed.
"""

import pytest

from helpers.checks import CHECKS
from helpers.fixed_losses import FIXED
from tinymaml.engine.function_table import FUNCTIONS
from tinymaml.engine.instructions import BILINEAR, LINEAR, POINTWISE, ROWMAX, Operand
from tinymaml.engine.rules import RULES, Rules

pytestmark = [pytest.mark.core, pytest.mark.lesson_02, pytest.mark.lesson_03]

KINDS = {  # how many inputs, and an argument
    LINEAR: (2, (0.5, -2.0)),
    BILINEAR: (2, None),
    POINTWISE: (1, "tanh"),
}
ERROR = 1e-6  # of the mutants of the table


def caught(target):
    """Does a check notice, on some loss of the list?"""
    for program in FIXED.values():
        for check in CHECKS:
            try:
                check(program, target)  # makes a new Loss: nothing is left from before
            except AssertionError:
                return True
            except Exception:  # a shape that does not fit, a block that nobody wrote
                pass
    return False


@pytest.mark.parametrize("target", ["numpy", "cpu"])
def test_without_a_mutation_all_checks_pass(target):
    for program in FIXED.values():
        for check in CHECKS:
            check(program, target)


# ---- the rules


def changes(call):
    """What can be wrong with a call: names, with the numbers of the inputs concerned."""
    inputs = range(len(call.ins))
    exchanges = [("input", k, "is input", q) for k in inputs for q in inputs if k != q]
    undotted = [
        ("input", k, "without its dot") for k in inputs if call.ins[k].plane.endswith("dot")
    ]
    return {
        "linear": ["dropped", "twice", "without its coefficient", "with the wrong sign"],
        "contract": ["dropped", "twice", *exchanges, *undotted],
        "apply": ["dropped", "value and slope exchanged"],
        "curve": ["dropped", *exchanges],
    }[call.kernel]


def mutate(call, change):
    """The calls in its place."""
    if change == "dropped":
        return []
    if change == "twice":
        return [call, call]
    if change == "without its coefficient":
        return [call._replace(arg=1.0)]
    if change == "with the wrong sign":
        return [call._replace(arg=-call.arg)]
    if change == "value and slope exchanged":
        return [call._replace(outs=call.outs[::-1])]
    ins = list(call.ins)
    k = change[1]
    if change[2] == "is input":
        other = change[3]
        ins[k] = ins[other]._replace(letters=ins[k].letters)
    else:  # "bar_dot" -> "bar", "slope_dot" -> "slope", "dot" -> the value
        ins[k] = ins[k]._replace(plane=ins[k].plane.removesuffix("dot").removesuffix("_"))
    return [call._replace(ins=tuple(ins))]


def mutants():
    """(kind, rule, number of the call, change) for every mutant of the rules."""
    found = []
    for kind, (inputs, arg) in KINDS.items():
        operands = [Operand(k, "", "ij") for k in range(inputs + 1)]
        for rule in Rules._fields:
            calls = getattr(RULES[kind], rule)(*operands, arg=arg)
            for k, call in enumerate(calls):
                for change in changes(call):
                    name = change if isinstance(change, str) else " ".join(map(str, change))
                    name = f"{kind} {rule} line {k}: {call.kernel} {name}"
                    found.append(pytest.param(kind, rule, k, change, id=name))
    return found


@pytest.mark.parametrize("target", ["numpy", "cpu"])
@pytest.mark.parametrize("kind, rule, k, change", mutants())
def test_a_wrong_rule_is_caught(kind, rule, k, change, target, monkeypatch):
    right = getattr(RULES[kind], rule)

    def wrong(y, *xs, arg):
        calls = right(y, *xs, arg=arg)
        if k < len(calls):
            calls[k : k + 1] = mutate(calls[k], change)
        return calls

    monkeypatch.setitem(RULES, kind, RULES[kind]._replace(**{rule: wrong}))
    assert caught(target)


def test_every_rule_of_every_kind_has_mutants():
    assert set(KINDS) == {kind for kind in RULES if kind != ROWMAX}
    mutated = {param.values[:2] for param in mutants()}
    assert mutated == {(kind, rule) for kind in KINDS for rule in Rules._fields}


# ---- the table of pointwise functions


@pytest.mark.parametrize("entry", ["value", "slope", "curvature"])
@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_wrong_entry_of_the_table_is_caught(name, entry, monkeypatch):
    row = FUNCTIONS[name]
    right = getattr(row, entry)

    def wrong(*arguments):
        result = right(*arguments) * (1 + ERROR)
        # the curvature of these is 0, and step's slope
        return result + ERROR if name in ("relu", "abs", "step") else result

    monkeypatch.setitem(FUNCTIONS, name, row._replace(**{entry: wrong}))
    assert caught("numpy")
