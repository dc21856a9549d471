"""Break each rule of the engine once, on purpose: the checks of test_derivatives must see it.

A mutant gets one line wrong that one rule emits, or one entry of the table of pointwise functions.
It is caught when a check raises AssertionError on some loss of the fixed list. A crash does not
count: wrong numbers must be noticed.
"""

import pytest
from test_derivatives import FIXED, check_gradient, check_hvp, check_value

from tinymaml.engine.function_table import FUNCTIONS
from tinymaml.engine.instructions import BILINEAR, LINEAR, POINTWISE, ROWMAX, Operand
from tinymaml.engine.rules import RULES, Rules

CHECKS = (check_value, check_gradient, check_hvp)
KINDS = {
    LINEAR: (2, (0.5, -2.0)),
    BILINEAR: (2, None),
    POINTWISE: (1, "tanh"),
}  # how many inputs, and an argument
WRONG = 1e-6  # by how much the entries of the table are


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


def changes(line):
    """What can be wrong with a line: names, with the numbers of the operands concerned."""
    several = [(k, q) for k in range(len(line.ins)) for q in range(len(line.ins)) if k != q]
    moving = [k for k, x in enumerate(line.ins) if x.plane.endswith("dot")]
    return {
        "linear": ["dropped", "twice", "without its coefficient", "with the wrong sign"],
        "contract": [
            "dropped",
            "twice",
            *(("input", k, "is input", q) for k, q in several),
            *(("input", k, "without its dot") for k in moving),
        ],
        "apply": ["dropped", "value and slope exchanged"],
        "curve": ["dropped", *(("input", k, "is input", q) for k, q in several)],
    }[line.kernel]


def mutate(line, change):
    """The lines in its place."""
    if change == "dropped":
        return []
    if change == "twice":
        return [line, line]
    if change == "without its coefficient":
        return [line._replace(arg=1.0)]
    if change == "with the wrong sign":
        return [line._replace(arg=-line.arg)]
    if change == "value and slope exchanged":
        return [line._replace(outs=line.outs[::-1])]
    ins, k = list(line.ins), change[1]
    if change[2] == "is input":
        ins[k] = ins[change[3]]._replace(letters=ins[k].letters)
    else:  # "bar_dot" -> "bar", "slope_dot" -> "slope", "dot" -> the value
        ins[k] = ins[k]._replace(plane=ins[k].plane.removesuffix("dot").removesuffix("_"))
    return [line._replace(ins=tuple(ins))]


def mutants():
    for kind, (inputs, arg) in KINDS.items():
        operands = [Operand(k, "", "ij") for k in range(inputs + 1)]
        for rule in Rules._fields:
            for k, line in enumerate(getattr(RULES[kind], rule)(*operands, arg=arg)):
                for change in changes(line):
                    name = change if isinstance(change, str) else " ".join(map(str, change))
                    yield pytest.param(
                        kind, rule, k, change, id=f"{kind} {rule} line {k}: {line.kernel} {name}"
                    )


@pytest.mark.parametrize("target", ["numpy", "cpu"])
@pytest.mark.parametrize("kind, rule, k, change", [*mutants()])
def test_a_wrong_rule_is_caught(kind, rule, k, change, target, monkeypatch):
    right = getattr(RULES[kind], rule)

    def wrong(y, *xs, arg):
        lines = right(y, *xs, arg=arg)
        return (
            lines[:k]
            + [new for line in lines[k : k + 1] for new in mutate(line, change)]
            + lines[k + 1 :]
        )

    monkeypatch.setitem(RULES, kind, RULES[kind]._replace(**{rule: wrong}))
    assert caught(target)


def test_every_rule_of_every_kind_has_mutants():
    assert set(KINDS) == {kind for kind in RULES if kind != ROWMAX}
    assert {param.values[:2] for param in mutants()} == {
        (kind, rule) for kind in KINDS for rule in Rules._fields
    }


# ---- the table of pointwise functions

@pytest.mark.parametrize("entry", ["value", "slope", "curvature"])
@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_wrong_entry_of_the_table_is_caught(name, entry, monkeypatch):
    right = getattr(FUNCTIONS[name], entry)
    monkeypatch.setitem(
        FUNCTIONS,
        name,
        FUNCTIONS[name]._replace(
            **{entry: lambda *args: right(*args) * (1 + WRONG) + (WRONG if name == "relu" else 0)}
        ),
    )
    assert caught("numpy")
