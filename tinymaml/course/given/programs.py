"""The bookkeeping of lesson 04, which the lesson uses and does not show.

A tape whose records come as the package's too, with letters and extents; the texts of tapes and
programs; a loss that runs programs; and a clock.
"""

import inspect
from timeit import repeat

import numpy as np

from ...engine.instructions import Operand, Record
from ...engine.listing import block_text, call_text
from ...engine.sweeps import program as package_program

#: op of lesson 01 -> kind of record, letters of the result and of the inputs, arg
KINDS = {
    "add": ("linear", ("ij", "ij", "ij"), (1.0, 1.0)),
    "sub": ("linear", ("ij", "ij", "ij"), (1.0, -1.0)),
    "sum": ("linear", ("ij", "ij"), (1.0,)),
    "mul": ("bilinear", ("ij", "ij", "ij"), None),
    "matmul": ("bilinear", ("ij", "ip", "pj"), None),
    "tanh": ("pointwise", ("ij", "ij"), "tanh"),
}


#: the hvp of total(tanh(tanh(x @ w) * u)) with one wrong line, for exercise 04.line
LISTING = """\
 0  v3_dot[i,j] = Σ_p x[i,p] · w_dot[p,j]
 1  v4_dot[i,j] = v4_slope[i,j] · v3_dot[i,j]
 2  v4_slope_dot[i,j] = -2 · v4[i,j] · v4_slope[i,j] · v3_dot[i,j]
 3  v5_dot[i,j] = v4_dot[i,j] · u[0,j]
 4  v5_dot[i,j] += v4[i,j] · u_dot[0,j]
 5  v6_slope_dot[i,j] = -2 · v6[i,j] · v6_slope[i,j] · v5_dot[i,j]
 6  v5_bar_dot[i,j] = v6_slope_dot[i,j] · v6_bar[i,j]
 7  v4_bar_dot[i,j] = v5_bar_dot[i,j] · u[0,j]
 8  v4_bar_dot[i,j] += v5_bar[i,j] · u_dot[0,j]
 9  u_bar_dot[0,j] = Σ_i v4[i,j] · v5_bar_dot[i,j]
10  u_bar_dot[0,j] += Σ_i v4_dot[i,j] · v5_bar_dot[i,j]
11  v3_bar_dot[i,j] = v4_slope[i,j] · v4_bar_dot[i,j]
12  v3_bar_dot[i,j] += v4_slope_dot[i,j] · v4_bar[i,j]
13  w_bar_dot[p,j] = Σ_i x[i,p] · v3_bar_dot[i,j]"""


class Tape(list):
    """Lesson 01's tape of a loss, a list of its records, and what programs are written from.

    names       of every slot: those given for the first inputs, "v7" for the others
    parameters  how many of the inputs are parameters, the first ones; the others are data
    shapes      of every slot
    constants   slot -> array
    records     of those that compute: kind, out, ins, arg, extent, as the package has them
    """

    def __init__(self, tape, names, parameters):
        super().__init__(tape)
        self.parameters = parameters
        self.shapes = [record.shape for record in tape]
        self.constants = {}
        self.names = [*names, *(f"v{slot}" for slot in range(len(names), len(tape)))]
        for slot, record in enumerate(tape):
            if record.op == "constant":
                self.constants[slot] = record.arg
                if record.arg.size == 1:
                    self.names[slot] = f"{record.arg.item():g}"
        self.records = [self.with_letters(slot) for slot in range(len(tape)) if tape[slot].ins]

    def with_letters(self, slot):
        """The record of this slot as the package has it."""
        kind, letters, arg = KINDS[self[slot].op]
        slots = (slot, *self[slot].ins)
        out, *ins = [self.operand(k, index) for k, index in zip(slots, letters, strict=True)]
        lengths = {}
        for operand in (out, *ins):
            lengths |= zip(operand.letters, self.shapes[operand.slot], strict=True)
        extent = tuple(lengths.get(letter, 1) for letter in "ijp")
        return Record(kind, out, tuple(ins), arg, extent, line="")

    def operand(self, slot, letters):
        """A slot's value with these letters; a length of 1 has none."""
        rows_and_columns = zip(letters, self.shapes[slot], strict=True)
        return Operand(slot, "", "".join("0" if n == 1 else x for x, n in rows_and_columns))


def tapes_of(trace):
    """The function that makes tapes with `trace`, lesson 01's."""

    def tape_of(function, parameters, data=()):
        """The tape of function(*parameters, *data). parameters, data: dict name -> shape."""
        shapes = parameters | dict(data)
        return Tape(trace(function, *shapes.values()), shapes, len(parameters))

    return tape_of


def given(tape):
    """The blocks that are there: inputs, constants, the loss's adjoint (1), the direction v."""
    values = {(slot, "") for slot, record in enumerate(tape) if not record.ins}
    directions = {(slot, "dot") for slot in range(tape.parameters)}
    return values | directions | {(len(tape) - 1, "bar")}


def results(tape, name):
    """The blocks that a program is run for."""
    if name == "value":
        return {(len(tape) - 1, "")}
    plane = {"gradient": "bar", "hvp": "bar_dot"}[name]
    return {(slot, plane) for slot in range(tape.parameters)}


def records_text(tape):
    """The records that compute, a line each: kind, result, inputs."""
    lines = []
    for record in tape.records:
        inputs = ", ".join(block_text(tape, operand) for operand in record.ins)
        lines.append(f"{record.kind:9}  {block_text(tape, record.out)} from {inputs}")
    return "\n".join(lines)


def hvp_lines(loss, *data):
    """The package's program for the Hessian-vector product of a `tm.Loss`, a text for each call."""
    tape = loss.tape(*data)
    calls = package_program(tape, "gradient", "hvp")
    return [call_text(tape, call) for call in calls if call.program == "hvp"]


def differences(tape, calls, others):
    """Which calls of a program are not among `others`, the texts of another, and the reverse."""
    lines = [call_text(tape, call) for call in calls]
    only_yours = [f"    {line}" for line in lines if line not in others]
    only_theirs = [f"    {line}" for line in others if line not in lines]
    yours = f"yours: {len(lines)} calls, only there:"
    theirs = f"theirs: {len(others)} calls, only there:"
    return "\n".join([yours, *only_yours, theirs, *only_theirs])


def program_text(tape, calls):
    """A program as text, a call a line."""
    return "\n".join(f"{k:3}  {call_text(tape, call)}" for k, call in enumerate(calls))


def count_calls(stages):
    """Print how many calls of the gradient and of the hvp each list has -> dict title -> the two.

    stages: dict title -> calls.
    """
    counts = {}
    for title, calls in stages.items():
        in_hvp = sum(call.program == "hvp" for call in calls)
        counts[title] = len(calls) - in_hvp, in_hvp
        print(f"{title:14} gradient {len(calls) - in_hvp} calls, hvp {in_hvp}")
    return counts


def run_by_programs(loss, program, run):
    """A class like `loss`, lesson 03's, whose value, gradient and hvp come from programs.

    Its `by_sweeps` is lesson 03's class, also if the cell that makes it is run twice.
    program(tape, *names) -> calls; run(tape, calls, blocks) -> the blocks. A tape and its programs
    are made once for data of the same shapes.
    """
    sweeps = getattr(loss, "by_sweeps", loss)

    class Loss(sweeps):
        by_sweeps = sweeps

        def __init__(self, function, params):
            super().__init__(function, params)
            self.programs = {}

        def program(self, names, *data):
            """The tape for data of these shapes, and the programs `names` as a list of calls."""
            key = (*names, *(block.shape for block in data))
            if key not in self.programs:
                names_of_data = list(inspect.signature(self.function).parameters)[1:]
                inputs = [*self.shapes, *names_of_data]
                tape = Tape(self.trace(*data), inputs, len(self.shapes))
                self.programs[key] = tape, program(tape, *names)
            return self.programs[key]

        def compute(self, names, w, v, data):
            """The blocks after the programs `names` have run. v: a direction, or None."""
            tape, calls = self.program(names, *data)
            blocks = {(slot, ""): array for slot, array in tape.constants.items()}
            for slot, array in enumerate([*self.blocks(w), *data]):
                blocks[slot, ""] = array
            if v is not None:
                for slot, array in enumerate(self.blocks(v)):
                    blocks[slot, "dot"] = array
            blocks[len(tape) - 1, "bar"] = np.ones((1, 1))
            return run(tape, calls, blocks)

        def collect(self, blocks, plane):
            """The parameters' blocks of this plane as one vector; one that no call writes is 0."""
            parts = []
            for slot, shape in enumerate(self.shapes.values()):
                parts.append(np.ravel(blocks.get((slot, plane), np.zeros(shape))))
            return np.concatenate(parts)

        def value(self, w, *data):
            blocks = self.compute(("value",), w, None, data)
            return blocks[len(self.trace(*data)) - 1, ""].item()

        def gradient(self, w, *data):
            return self.collect(self.compute(("gradient",), w, None, data), "bar")

        def hvp(self, w, v, *data):
            return self.collect(self.compute(("gradient", "hvp"), w, v, data), "bar_dot")

    return Loss


def microseconds(function, *arguments):
    """The shortest of 300 runs."""
    return 1e6 * min(repeat(lambda: function(*arguments), number=1, repeat=300))
