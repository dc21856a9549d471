"""Walking the tape with the rules: the sweeps write programs (lessons 02 to 04).

    value       the values, forwards
    gradient    value, then reverse: the adjoints, backwards
    hvp         tangent (forwards), then tangent of reverse (backwards); runs after `gradient`, on the same blocks

Three short passes leave only what counts. No analysis of what depends on what is needed: a block
that nobody wrote is zero, and a block that nobody reads need not be written.
"""

from .rules import RULES

SWEEPS = {
    "value": ["value"],
    "gradient": ["value", "reverse"],
    "hvp": ["tangent", "tangent_of_reverse"],
}


def emit(tape, name):
    """Every line of a program, useful or not. The two reverse sweeps walk the tape backwards."""
    numbered = list(enumerate(tape.records))
    return [
        line._replace(extent=r.extent, sweep=name, origin=k)
        for rule in SWEEPS[name]
        for k, r in (numbered[::-1] if "reverse" in rule else numbered)
        for line in getattr(RULES[r.kind], rule)(r.out, *r.ins, arg=r.arg)
    ]


def keys(operands):
    return [x.key for x in operands]


def blocks(plane, slots):
    return {(s, plane) for s in slots}


def given(tape):
    """The blocks that are there before anything runs: parameters, data, constants, the loss's
    adjoint (1), the direction v."""
    return (
        blocks("", [*tape.parameters, *tape.data, *tape.constants])
        | {(tape.loss, "bar")}
        | blocks("dot", tape.parameters)
    )


RESULTS = {
    "value": lambda tape: {(tape.loss, "")},
    "gradient": lambda tape: blocks("bar", tape.parameters),
    "hvp": lambda tape: blocks("bar_dot", tape.parameters),
}


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
    written = set()
    return [
        line._replace(store=not (line.outs[0].key in written or written.add(line.outs[0].key)))
        for line in lines
    ]


def program(tape, *names, wanted=()):
    """The programs `names`, run one after the other, pruned to what their results (and the blocks
    `wanted`) need."""
    key = (*names, *sorted(wanted))
    if key not in tape.programs:
        results = set(wanted).union(*(RESULTS[name](tape) for name in names))
        lines = [line for name in names for line in emit(tape, name)]
        tape.programs[key] = first_write_stores(dead(zeros(lines, given(tape)), results))
    return tape.programs[key]
