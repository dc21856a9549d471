"""Walking the tape with the rules: the sweeps write programs (lessons 02 to 04).

    value       the values, forwards
    gradient    value, then reverse: the adjoints, backwards
    hvp         tangent (forwards), then reverse_tangent (backwards); runs on `gradient`'s blocks

Three short passes drop the rest: a block that nobody wrote is zero, a block that nobody reads need
not be written. So no rule asks whether an input depends on the parameters. Start with `program`.
"""

from typing import Collection

from .instructions import Block, Call, blocks_of, check_program
from .rules import RULES
from .tape import Tape

SWEEPS = {
    "value": ["value"],
    "gradient": ["value", "reverse"],
    "hvp": ["tangent", "reverse_tangent"],
}
BACKWARDS = {"reverse", "reverse_tangent"}


def program(tape: Tape, *names: str, wanted: Collection[Block] = ()) -> list[Call]:
    """The programs `names`, run one after the other, as a list of calls; made once for each tape.

    They are pruned to what their results, and the blocks `wanted`, need. "hvp" runs on the blocks
    of "gradient": ask for both.
    """
    key = (*names, *sorted(wanted))
    if key not in tape.programs:
        calls: list[Call] = []
        needed = set(wanted)
        for name in names:
            calls += emit(tape, name)
            needed |= results(tape, name)
        calls = drop_reads_of_zero(calls, given(tape))
        calls = drop_unread(calls, needed)
        calls = store_first_writes(calls)
        check_program(calls, given(tape), lambda block: tape.shapes[block[0]])
        tape.programs[key] = calls
    return tape.programs[key]


def emit(tape: Tape, name: str) -> list[Call]:
    """Every call of a program, useful or not. The two reverse sweeps walk the tape backwards."""
    calls = []
    numbered = list(enumerate(tape.records))
    for rule in SWEEPS[name]:
        for origin, record in reversed(numbered) if rule in BACKWARDS else numbered:
            rules = RULES[record.kind]
            for call in getattr(rules, rule)(record.out, *record.ins, arg=record.arg):
                calls.append(call._replace(extent=record.extent, program=name, origin=origin))
    return calls


def given(tape: Tape) -> set[Block]:
    """The blocks that are there before anything runs.

    Parameters, data, constants; the loss's adjoint, which is 1; and the direction v, the
    parameters' tangents.
    """
    values = {(slot, "") for slot in [*tape.parameters, *tape.data, *tape.constants]}
    return values | {(tape.loss, "bar")} | {(slot, "dot") for slot in tape.parameters}


def results(tape: Tape, name: str) -> set[Block]:
    """The blocks that a program is run for."""
    if name == "value":
        return {(tape.loss, "")}
    plane = {"gradient": "bar", "hvp": "bar_dot"}[name]
    return {(slot, plane) for slot in tape.parameters}


# ---- passes: from calls to calls


def drop_reads_of_zero(calls: list[Call], given: set[Block]) -> list[Call]:
    """Drop what reads a block that nobody has written: such a block is zero, and adds nothing."""
    written = set(given)
    useful = []
    for call in calls:
        if written.issuperset(blocks_of(call.ins)):
            useful.append(call)
            written |= blocks_of(call.outs)
    return useful


def drop_unread(calls: list[Call], wanted: set[Block]) -> list[Call]:
    """Drop what writes only blocks that nobody reads later, and that are not wanted."""
    read = set(wanted)
    useful = []
    for call in reversed(calls):
        if not read.isdisjoint(blocks_of(call.outs)):
            useful.append(call)
            read |= blocks_of(call.ins)
    return useful[::-1]


def store_first_writes(calls: list[Call]) -> list[Call]:
    """Mark the first write to each block as a store; later writes add."""
    written: set[Block] = set()
    marked = []
    for call in calls:
        block = call.outs[0].block
        marked.append(call._replace(store=block not in written))
        written.add(block)
    return marked
