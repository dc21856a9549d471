"""Walking the tape with the rules: the sweeps write programs (lessons 02 to 04).

    value       the values, forwards
    gradient    value, then reverse: the adjoints, backwards
    hvp         tangent (forwards), then tangent of reverse (backwards); runs after `gradient`, on the same blocks

Three short passes leave only what counts. No analysis of what depends on what is needed: a block that nobody wrote is
zero, and a block that nobody reads need not be written.
"""
from .primitives import RULES

FORWARD, BACKWARD = 1, -1
SWEEPS = {"value": [("value", FORWARD)],
          "gradient": [("value", FORWARD), ("reverse", BACKWARD)],
          "hvp": [("tangent", FORWARD), ("tangent_of_reverse", BACKWARD)]}


def emit(tape, program):
    """Every line of a program, useful or not."""
    return [line._replace(extent=r.extent, sweep=program, origin=r_id)
            for rule, direction in SWEEPS[program]
            for r_id, r in list(enumerate(tape.records))[::direction]
            for line in getattr(RULES[r.kind], rule)(r.out, *r.ins, arg=r.arg)]


def keys(operands):
    return [x.key for x in operands]


def zeros(lines, given):
    """A block that nobody has written is zero: a line that reads it contributes nothing."""
    known, kept = set(given), []
    for line in lines:
        if known.issuperset(keys(line.ins)):
            kept.append(line)
            known.update(keys(line.outs))
    return kept


def dead(lines, wanted):
    """What nobody reads need not be written."""
    read, kept = set(wanted), []
    for line in reversed(lines):
        if not read.isdisjoint(keys(line.outs)):
            kept.append(line)
            read.update(keys(line.ins))
    return kept[::-1]


def first_write_stores(lines):
    written, out = set(), []
    for line in lines:
        out.append(line._replace(store=written.isdisjoint(keys(line.outs))))
        written.update(keys(line.outs))
    return out


def blocks(plane, slots):
    return {(s, plane) for s in slots}


def given(tape):
    """The blocks that are there before anything runs: parameters, data, constants, the loss's adjoint (1), the direction v."""
    return blocks("", [*tape.parameters, *tape.data, *tape.constants]) | {(tape.loss, "bar")} | blocks("dot", tape.parameters)


RESULTS = {"value": lambda tape: {(tape.loss, "")}, "gradient": lambda tape: blocks("bar", tape.parameters),
           "hvp": lambda tape: blocks("bar_dot", tape.parameters)}


def program(tape, *names, wanted=()):
    """The programs `names`, run one after the other, pruned to what their results (and the blocks `wanted`) need."""
    key = (*names, *sorted(wanted))
    if key not in tape.programs:
        lines = [line for name in names for line in emit(tape, name)]
        results = set().union(*(RESULTS[name](tape) for name in names), wanted)
        tape.programs[key] = first_write_stores(dead(zeros(lines, given(tape)), results))
    return tape.programs[key]
