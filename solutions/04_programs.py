# %% [markdown]
# # 04 · A program of kernels
#
# Skeleton with the final interface; prose follows.

# %%
# given
import inspect
from typing import NamedTuple

import numpy as np

from tinymaml.course import check, style, use

use("03")

# %%
# given
class Operand(NamedTuple):
    """A block as one line reads or writes it."""
    slot: int
    plane: str                                              # "" value, "slope", "slope_dot", "dot", "bar", "bar_dot"
    letters: str                                            # "ij", "0j", "pj", ...; 0 where the block has length 1
    dot = property(lambda self: self._replace(plane="dot"))
    bar = property(lambda self: self._replace(plane="bar"))
    bar_dot = property(lambda self: self._replace(plane="bar_dot"))
    slope = property(lambda self: self._replace(plane="slope"))
    slope_dot = property(lambda self: self._replace(plane="slope_dot"))
    block = property(lambda self: (self.slot, self.plane))  # which memory, whatever the letters


class Call(NamedTuple):
    """One line of a program: a kernel and what it works on."""
    kernel: str                                             # "linear", "contract", "apply" or "curve"
    outs: tuple                                             # Operands it writes
    ins: tuple                                              # Operands it reads
    arg: object = None                                      # linear: the number c; apply, curve: the function's name
    extent: tuple = (1, 1, 1)                               # how far i, j and p run
    store: bool = False                                     # overwrite the output, instead of adding to it

# %%
# exercise 04.strides
def strides(letters, shape):
    """How far apart in memory a block's entries are along i, j and p. -> three whole numbers"""
    ### BEGIN SOLUTION
    steps = {letters[0]: shape[1], letters[1]: 1}
    return tuple(steps.get(letter, 0) for letter in "ijp")
    ### END SOLUTION

# %%
check("04.strides")

# %%
# exercise 04.contract
def numpy_contract(o, x, z, _, letters, ij):
    """Add Σ x · z to the array o. letters: those of o, of x and of z, without the zeros."""
    ### BEGIN SOLUTION
    o += np.einsum(f"{letters[1]},{letters[2]}->{letters[0]}", x, z)
    ### END SOLUTION

# %%
check("04.contract")

# %%
# exercise 04.linear
def numpy_linear(o, x, c, letters, ij):
    """Add c · x to the array o. letters: those of o and of x, without the zeros; ij: how far i and j run."""
    ### BEGIN SOLUTION
    o += c * np.einsum(f"ij,{letters[1]}->{letters[0]}", np.ones(ij), x)
    ### END SOLUTION

# %%
check("04.linear")

# %%
# given
FUNCTIONS = {"tanh": (np.tanh, lambda x, y: 1 - y * y, lambda y, s: -2 * y * s)}      # f(x), f'(x) and f''(x), the last from y and s

def numpy_apply(o, s, x, f, *_): o[...] = FUNCTIONS[f][0](x); s[...] = FUNCTIONS[f][1](x, o)
def numpy_curve(t, y, s, d, f, *_): t[...] = FUNCTIONS[f][2](y, s) * d

KERNELS = {"linear": numpy_linear, "contract": numpy_contract, "apply": numpy_apply, "curve": numpy_curve}


def run(tape, calls, blocks):
    """Run a program on `blocks`, a dict (slot, plane) -> 2-D array, which gains every block that the program writes."""
    def view(x):                                            # without the axes of length 1
        return blocks[x.block][(*(0 if letter == "0" else slice(None) for letter in x.letters), ...)]

    for call in calls:
        for o in call.outs:
            if o.block not in blocks:
                blocks[o.block] = np.full(tape[o.slot].shape, np.nan)           # memory that nobody has written holds anything
            if call.store:
                blocks[o.block][...] = 0
        operands = call.outs + call.ins
        KERNELS[call.kernel](*map(view, operands), call.arg, [x.letters.replace("0", "") for x in operands], call.extent[:2])
    return blocks

# %%
# given
def linear(o, x, c): return Call("linear", (o,), (x,), c)
def contract(o, x, z): return Call("contract", (o,), (x, z))

# %%
# exercise 04.rules
def bilinear(rule, y, x, z):
    """The Calls that y = x · z emits. rule: "value", "tangent", "reverse" or "reverse_tangent"."""
    if rule == "value":
        return [contract(y, x, z)]
    ### BEGIN SOLUTION
    if rule == "tangent":
        return [contract(y.dot, x.dot, z), contract(y.dot, x, z.dot)]
    if rule == "reverse":
        return [contract(x.bar, y.bar, z), contract(z.bar, x, y.bar)]
    return [contract(x.bar_dot, y.bar_dot, z), contract(x.bar_dot, y.bar, z.dot),
            contract(z.bar_dot, x, y.bar_dot), contract(z.bar_dot, x.dot, y.bar)]
    ### END SOLUTION

# %%
check("04.rules")

# %%
# given
RULES = {
    "linear": {                                             # y = c · x + ...
        "value":           lambda c, y, *xs: [linear(y, x, k) for k, x in zip(c, xs)],
        "tangent":         lambda c, y, *xs: [linear(y.dot, x.dot, k) for k, x in zip(c, xs)],
        "reverse":         lambda c, y, *xs: [linear(x.bar, y.bar, k) for k, x in zip(c, xs)],
        "reverse_tangent": lambda c, y, *xs: [linear(x.bar_dot, y.bar_dot, k) for k, x in zip(c, xs)]},
    "bilinear": {                                           # y = x · z
        rule: (lambda _, y, x, z, rule=rule: bilinear(rule, y, x, z)) for rule in ("value", "tangent", "reverse", "reverse_tangent")},
    "pointwise": {                                          # y = f(x): multiplication by the slope s, whose tangent is t
        "value":           lambda f, y, x: [Call("apply", (y, y.slope), (x,), f)],
        "tangent":         lambda f, y, x: [contract(y.dot, y.slope, x.dot), Call("curve", (y.slope_dot,), (y, y.slope, x.dot), f)],
        "reverse":         lambda f, y, x: [contract(x.bar, y.slope, y.bar)],
        "reverse_tangent": lambda f, y, x: [contract(x.bar_dot, y.slope, y.bar_dot), contract(x.bar_dot, y.slope_dot, y.bar)]}}

# %%
# given
KINDS = {                                                   # op -> kind, letters of the result and of the inputs, argument
    "add":    ("linear",    ("ij", "ij", "ij"), (1.0, 1.0)),
    "sub":    ("linear",    ("ij", "ij", "ij"), (1.0, -1.0)),
    "sum":    ("linear",    ("ij", "ij"),       (1.0,)),
    "mul":    ("bilinear",  ("ij", "ij", "ij"), None),
    "matmul": ("bilinear",  ("ij", "ip", "pj"), None),
    "tanh":   ("pointwise", ("ij", "ij"),       "tanh")}


def operands(tape, k):
    """The result and the inputs of tape line k, as Operands. A length of 1 has no letter."""
    slots, letters = (k, *tape[k].ins), KINDS[tape[k].op][1]
    return [Operand(s, "", "".join("0" if n == 1 else c for c, n in zip(index, tape[s].shape))) for s, index in zip(slots, letters)]


def extent(tape, operands):
    """How far i, j and p run: as far as the operands that have the letter."""
    lengths = {c: n for x in operands for c, n in zip(x.letters, tape[x.slot].shape)}
    return tuple(lengths.get(c, 1) for c in "ijp")


class Tape(list):
    """A tape that also knows the names of its inputs, and how many of them are parameters; the others are data."""
    names, parameters = (), 0


def tape_of(function, parameters, data={}):
    """The tape of function(*parameters, *data). parameters, data: dict name -> shape."""
    tape = Tape(trace(function, *parameters.values(), *data.values()))
    tape.names, tape.parameters = (*parameters, *data), len(parameters)
    return tape

# %%
# exercise 04.emit
def emit(tape, rule):
    """Every line that a sweep writes, useful or not. rule: "value", "tangent", "reverse" or "reverse_tangent". -> list of Calls"""
    calls = []
    ### BEGIN SOLUTION
    order = range(len(tape))
    for k in order if rule in ("value", "tangent") else reversed(order):
        if tape[k].ins:
            kind, _, arg = KINDS[tape[k].op]
            ops = operands(tape, k)
            calls += [call._replace(extent=extent(tape, ops)) for call in RULES[kind][rule](arg, *ops)]
    ### END SOLUTION
    return calls

# %%
check("04.emit")

# %%
# given
SWEEPS = {"value": ["value"], "gradient": ["value", "reverse"], "hvp": ["tangent", "reverse_tangent"]}


def blocks_of(operands): return {x.block for x in operands}


def parameters(tape): return range(tape.parameters)         # their slots: inputs are the first lines of a tape


def given(tape):
    """The blocks that are there before a program runs: inputs, constants, the loss's adjoint (1), and the direction v."""
    values = {(k, "") for k, line in enumerate(tape) if not line.ins}
    return values | {(len(tape) - 1, "bar")} | {(k, "dot") for k in parameters(tape)}


def results(tape, name):
    """The blocks that a program is run for."""
    return {"value": {(len(tape) - 1, "")}, "gradient": {(k, "bar") for k in parameters(tape)},
            "hvp": {(k, "bar_dot") for k in parameters(tape)}}[name]

# %%
# given
def zeros(calls, known):
    """Without the lines that read a block nobody has written: it is zero. known: the blocks that are there at the start."""
    known, kept = set(known), []
    for call in calls:
        if blocks_of(call.ins) <= known:
            kept.append(call)
            known |= blocks_of(call.outs)
    return kept

# %%
# exercise 04.dead
def dead(calls, wanted):
    """Without the lines whose outputs nobody reads afterwards. wanted: the blocks (slot, plane) that are read at the end."""
    ### BEGIN SOLUTION
    read, kept = set(wanted), []
    for call in reversed(calls):
        if blocks_of(call.outs) & read:
            kept.append(call)
            read |= blocks_of(call.ins)
    return kept[::-1]
    ### END SOLUTION

# %%
check("04.dead")

# %%
# exercise 04.stores
def first_write_stores(calls):
    """The same lines, with store=True where a block is written for the first time, False elsewhere."""
    ### BEGIN SOLUTION
    written, kept = set(), []
    for call in calls:
        block = call.outs[0].block
        kept.append(call._replace(store=block not in written))
        written.add(block)
    return kept
    ### END SOLUTION

# %%
check("04.stores")

# %%
# exercise 04.program
def program(tape, *names):
    """The programs `names`, to be run one after the other on the same blocks. names: "value", "gradient", "hvp". -> list of Calls"""
    ### BEGIN SOLUTION
    calls = [call for name in names for rule in SWEEPS[name] for call in emit(tape, rule)]
    wanted = set().union(*(results(tape, name) for name in names))
    return first_write_stores(dead(zeros(calls, given(tape)), wanted))
    ### END SOLUTION

# %%
check("04.program")

# %%
# given
def start(tape, inputs, directions=()):
    """The blocks that are there before a program runs. inputs: an array each; directions: v, an array for each parameter."""
    blocks = {(k, ""): np.array(x, float) for k, x in enumerate(inputs)} | {(k, ""): line.arg for k, line in enumerate(tape) if line.op == "constant"}
    return blocks | {(len(tape) - 1, "bar"): np.ones((1, 1))} | {(k, "dot"): v for k, v in enumerate(directions)}


class Loss(Loss):
    """Lesson 03's loss; its results are now programs of four kernels."""

    def __init__(self, function, params):
        super().__init__(function, params)
        self.tapes, self.programs = {}, {}

    def tape(self, *data):
        """The tape for data of these shapes, traced once."""
        shapes = tuple(x.shape for x in data)
        if shapes not in self.tapes:
            tape = self.tapes[shapes] = Tape(self.trace(*data))
            tape.names, tape.parameters = (*self.shapes, *list(inspect.signature(self.function).parameters)[1:]), len(self.shapes)
        return self.tapes[shapes]

    def program(self, names, *data):
        key = names, tuple(x.shape for x in data)
        if key not in self.programs:
            self.programs[key] = program(self.tape(*data), *names)
        return self.programs[key]

    def compute(self, names, w, directions, data):
        tape = self.tape(*data)
        return run(tape, self.program(names, *data), start(tape, [*self.blocks(w), *data], directions))

    def collect(self, blocks, plane):                       # a block that no line writes is zero
        return np.concatenate([blocks.get((k, plane), np.zeros(shape)).ravel() for k, shape in enumerate(self.shapes.values())])

    def value(self, w, *data):
        return self.compute(("value",), w, (), data)[len(self.tape(*data)) - 1, ""].item()

    def gradient(self, w, *data):
        return self.collect(self.compute(("gradient",), w, (), data), "bar")

    def hvp(self, w, v, *data):
        return self.collect(self.compute(("gradient", "hvp"), w, self.blocks(v), data), "bar_dot")
