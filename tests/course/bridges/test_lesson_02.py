"""What lesson 02 builds is what tinymaml has: each function that the lesson names, on the lesson's
cases."""

import numpy as np
import pytest

import tinymaml as tm
from tinymaml.engine import numpy_machine
from tinymaml.engine.rules import RULES
from tinymaml.engine.sweeps import emit, program

pytestmark = pytest.mark.lesson_02


def small(tanh, total):
    def loss(p):
        c = p["x"] - tanh(p["x"] * p["z"])
        return c * c

    return loss, {"x": (1, 1), "z": (1, 1)}


def braid(tanh, total):
    def loss(p):
        a = p["x"] + p["x"]
        return a * p["x"] - a

    return loss, {"x": (1, 1)}


def stretched(tanh, total):
    def loss(p):
        a = p["x"] @ p["W"] + p["b"]
        r = tanh(a) - p["c"] * a
        return total(r * r)

    return loss, {"x": (5, 3), "W": (3, 2), "b": (1, 2), "c": (5, 1)}


LOSSES = {loss.__name__: loss for loss in (small, braid, stretched)}


@pytest.fixture(params=LOSSES)
def both(request, names):
    """The lesson's tape, tinymaml's, the loss of each, and a w."""
    make = LOSSES[request.param]
    function, shapes = make(names["tanh"], names["total"])
    rng = np.random.default_rng(0)
    params = {name: rng.normal(size=shape) for name, shape in shapes.items()}
    mine = names["Loss"](function, params)
    theirs = tm.Loss(make(tm.tanh, tm.sum)[0], params)
    return mine, theirs, theirs.flatten(params)


def adjoints(tape, inputs):
    """tinymaml's adjoints of all slots, in the order of the lesson's."""
    slots = [*tape.parameters, *(record.out.slot for record in tape.records)]
    blocks = {(slot, ""): x for slot, x in zip(tape.parameters, inputs, strict=True)}
    blocks[tape.loss, "bar"] = np.ones((1, 1))
    calls = program(tape, "gradient", wanted=[(slot, "bar") for slot in slots])
    numpy_machine.run(tape, calls, blocks, np.dtype(float))
    return [blocks[slot, "bar"] for slot in slots]


def test_rules_and_emit(both, names):
    """RULES and emit: the adjoint of every slot, by the sweep that walks the records backwards."""
    mine, theirs, w = both
    tape = mine.trace()
    found = names["reverse"](tape, names["forward"](tape, *mine.blocks(w)))
    expected = adjoints(theirs.tape(), mine.blocks(w))
    for bar, other in zip(found, expected, strict=True):
        assert np.abs(bar - other).max() <= 1e-14 * np.abs(other).max()
    written = emit(theirs.tape(), "gradient")
    backwards = [call.origin for call in written if call.outs[0].plane == "bar"]
    assert backwards == sorted(backwards, reverse=True)
    records = theirs.tape().records
    assert {record.kind for record in records} <= set(RULES)


def test_gradient(both):
    """Loss.gradient."""
    mine, theirs, w = both
    g = theirs.gradient(w)
    assert np.abs(mine.gradient(w) - g).max() <= 1e-14 * np.abs(g).max()


@pytest.mark.parametrize(
    "shape, letters", [((1, 4), "j"), ((3, 1), "i"), ((1, 1), ""), ((3, 4), "ij")]
)
def test_shrink(names, shape, letters):
    """linear, whose letters say what is summed."""
    a = np.random.default_rng(0).normal(size=(3, 4))
    out = np.zeros([{"i": 3, "j": 4}[letter] for letter in letters])
    numpy_machine.linear(out, a, 1.0, [letters, "ij"], (3, 4))
    np.testing.assert_allclose(names["shrink"](a, shape), out.reshape(shape), rtol=1e-14)


def test_the_loss_that_shows_shared_memory(names):
    """What the lesson says of x * x + (x + z): z's bar is 1, and 1 + 2x where bars share memory."""
    tape = names["trace"](lambda x, z: x * x + (x + z), (1, 1), (1, 1))
    values = names["forward"](tape, np.array([[3.0]]), np.array([[5.0]]))
    assert names["reverse"](tape, values)[1] == 1
    kept = {len(tape) - 1: np.ones((1, 1))}
    for k in reversed(range(len(tape))):
        if tape[k].ins:
            operands = [values[i] for i in tape[k].ins]
            parts = names["REVERSE"][tape[k].op](kept[k], values[k], *operands)
            for i, part in zip(tape[k].ins, parts, strict=True):
                if i in kept:
                    kept[i] += part
                else:
                    kept[i] = part
    assert kept[1] == 7


def test_the_values_that_the_rules_read(names):
    """What the lesson says of `wide`: of the five blocks that it computes, the rules read two."""

    def wide(u, b, x, targets):
        r = names["tanh"](u * x + b) - targets
        return names["total"](r * r)

    tape = names["trace"](wide, *[(1, 3)] * 4)
    values = names["forward"](tape, *np.random.default_rng(0).normal(size=(4, 1, 3)))
    bars = names["reverse"](tape, values)
    computed = [k for k, line in enumerate(tape) if line.ins and line.shape == (1, 3)]
    assert [tape[k].op for k in computed] == ["mul", "add", "tanh", "sub", "mul"]
    read = []
    for k in computed:
        lost = [*values]
        lost[k] = np.full((1, 3), np.nan)
        if not all(map(np.array_equal, names["reverse"](tape, lost), bars)):
            read.append(tape[k].op)
    assert read == ["tanh", "sub"]


def test_flatten(both):
    """Loss.flatten: the blocks in the same order, and back."""
    mine, theirs, w = both
    params = theirs.unflatten(w)
    np.testing.assert_array_equal(mine.flatten(params), theirs.flatten(params))
    for block, other in zip(mine.blocks(w), params.values(), strict=True):
        np.testing.assert_array_equal(block, other)
