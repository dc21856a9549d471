"""The bookkeeping of lesson 05: a program as a table of integers, and the memory that it runs on.

A row has 21 integers: the loop's number in LOOPS; a flag; the extents of i, j and p; then a place
and three strides for each of up to four operands, outputs first; zeros fill it up.
"""

import itertools
import math

import numpy as np

COLUMNS = 21
LOOPS = ["linear", "contract", "apply", "curve", "walk", "dot"]  # two faster ways to contract
LINEAR, CONTRACT, APPLY, CURVE, WALK, DOT = range(6)
PLANES = ("", "bar", "dot", "bar_dot")  # the parameters' planes, a vector each, in this order


def all_indices(lengths):
    """All (i, j, p) below these three lengths: an array with a row for each."""
    return np.array(list(np.ndindex(*lengths)))


def place_of(operand, indices):
    """Where an operand's number (i, j, p) is in the memory. operand: its start, and its strides."""
    return operand[0] + operand[1:] @ indices


def choose_loop(row):
    """A row of CONTRACT with its letters renamed so that its innermost loop walks.

    Of several ways the one that is estimated to spend least on starting its innermost loop: a start
    of WALK, which serves two rows and two terms, counts a tenth.

    WALK: along j, o and z have stride 1. DOT: along p, x and z have stride 1. -> a row; where no
    order walks, or the row is of another loop, the same one
    """
    if row[0] != CONTRACT:
        return row
    extent = row[2:5]
    operands = [row[5:9], row[9:13], row[13:17]]
    choices = [(math.prod(extent), row)]
    for order in itertools.permutations(range(3)):
        m, n, k = (extent[letter] for letter in order)
        nested = [[place, *(steps[letter] for letter in order)] for place, *steps in operands]
        for o, x, z in (nested, [nested[0], nested[2], nested[1]]):
            is_product = o[3] == x[2] == z[1] == 0  # o[i,j] += Σ_p x[i,p] · z[p,j]
            rest = [row[1], m, n, k, *o, *x, *z, 0, 0, 0, 0]
            if is_product and n > 1 and o[2] == z[2] == 1:
                choices.append((1 + m * k / 10, [WALK, *rest]))
            if is_product and k > 1 and x[3] == z[3] == 1:
                choices.append((m * n, [DOT, *rest]))
    return min(choices)[1]


def layout(tape, calls):
    """Where each block starts, (slot, plane) -> place, and how long the memory is.

    The parameters come first, as one vector in each plane.
    """
    blocks = [(slot, plane) for plane in PLANES for slot in range(tape.parameters)]
    blocks += [(slot, "") for slot in range(len(tape))]
    blocks.append((len(tape) - 1, "bar"))
    blocks += [operand.block for call in calls for operand in call.outs + call.ins]
    places = {}
    size = 0
    for slot, plane in blocks:
        if (slot, plane) not in places:
            places[slot, plane] = size
            size += math.prod(tape[slot].shape)
    return places, size


class Table:
    """A program as a table, with its memory.

    code          (lines, 21): a row for each line of the program
    encoded       (lines, 21): the same rows as `encode` gave them, each product a CONTRACT
    coefficients  (lines,): the number c of each line of `linear`, else 1
    memory        w, its gradient, v and Hv; then everything else
    data          the blocks of the data
    """

    def __init__(self, tape, calls, encode, is_sound):
        functions = {call.arg for call in calls if call.kernel in ("apply", "curve")}
        if functions - {"tanh"}:
            unknown = ", ".join(functions - {"tanh"})
            raise ValueError(f"execute knows tanh alone, not {unknown}: give it a branch")
        self.places, size = layout(tape, calls)
        shapes = [record.shape for record in tape]
        rows = [encode(call, self.places, shapes) for call in calls]
        if not all(is_sound(row, size) for row in rows):
            raise ValueError(
                "your is_sound refuses a row that stays inside the memory: 05.sound is not yet "
                "right. To read on without your own, run use('05.sound') in a new cell below it, "
                "and all cells from there again."
            )
        self.encoded = np.array(rows, np.int64).reshape(-1, COLUMNS)
        self.code = np.array(list(map(choose_loop, rows)), np.int64).reshape(-1, COLUMNS)
        factors = [call.arg if call.kernel == "linear" else 1.0 for call in calls]
        self.coefficients = np.array(factors)
        self.memory = np.zeros(size)
        inputs = []
        for slot, record in enumerate(tape):
            if record.op == "constant":
                self.put(self.memory, (slot, ""), record.arg)
            if record.op == "input":
                inputs.append((slot, ""))
        self.put(self.memory, (len(tape) - 1, "bar"), np.ones(1))
        self.data = inputs[tape.parameters :]

    def put(self, memory, block, values):
        """Copy an array into its block of a memory laid out like this one."""
        place = self.places[block]
        memory[place : place + values.size] = values.ravel()

    def run(self, execute, w, v, data, plane):
        """Load w, v and the data, run the program -> the vector in this plane of the parameters."""
        size = len(w)
        self.memory[:size] = w
        self.memory[2 * size : 3 * size] = v
        for block, values in zip(self.data, data, strict=True):
            self.put(self.memory, block, values)
        execute(self.code, self.coefficients, self.memory)
        start = PLANES.index(plane) * size
        return self.memory[start : start + size].copy()


def run_by_tables(loss, encode, is_sound, execute):
    """A class like `loss`, lesson 04's, whose gradient and hvp run compiled, from tables.

    encode(call, places, shapes) -> a row; is_sound(row, size) -> may it run?; execute(code,
    coefficients, memory) runs a table. A table is made once for data of the same shapes.
    """

    class Loss(loss):
        def __init__(self, function, params):
            super().__init__(function, params)
            self.tables = {}

        def compiled(self, names, *data):
            """The programs `names` as one table, for data of these shapes."""
            key = names, *(array.shape for array in data)
            if key not in self.tables:
                self.tables[key] = Table(*self.program(names, *data), encode, is_sound)
            return self.tables[key]

        def gradient(self, w, *data):
            return self.compiled(("gradient",), *data).run(execute, w, 0.0, data, "bar")

        def hvp(self, w, v, *data):
            table = self.compiled(("gradient", "hvp"), *data)
            return table.run(execute, w, v, data, "bar_dot")

    return Loss
