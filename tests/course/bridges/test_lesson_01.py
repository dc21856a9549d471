"""What lesson 01 builds is what tinymaml has: each function that the lesson names, on the lesson's
cases."""

import numpy as np
import pytest

import tinymaml as tm
from tinymaml.engine import numpy_machine
from tinymaml.engine.sweeps import program
from tinymaml.engine.tape import Tape

pytestmark = pytest.mark.lesson_01


def product_loss(tanh, total):
    def loss(p, x):
        h = x @ p["W"]
        return total(h * (0.5 - h))

    return loss


def network_loss(tanh, total):
    def loss(p, x):
        h = tanh(x @ p["W"] + p["b"])
        r = h @ p["u"] - x
        return total(r * r) * (1 / 10)

    return loss


def loop_loss(tanh, total):
    def loss(p, x):
        for _ in range(3):
            x = tanh(x * p["b"])
        return total(x)

    return loss


CASES = [
    (product_loss, {"W": (2, 4)}, (3, 2)),
    (network_loss, {"W": (1, 8), "b": (1, 8), "u": (8, 1)}, (10, 1)),
    (loop_loss, {"b": (1, 1)}, (1, 1)),
]


@pytest.fixture(params=CASES, ids=lambda case: case[0].__name__)
def both(request, names):
    """The lesson's tape and tinymaml's, the loss, and inputs: w's blocks, x."""
    make, shapes, x_shape = request.param
    rng = np.random.default_rng(0)
    params = {name: rng.normal(size=shape) for name, shape in shapes.items()}
    x = rng.normal(size=x_shape)
    function = make(names["tanh"], names["total"])
    mine = names["trace"](
        lambda *xs: function(dict(zip(shapes, xs, strict=False)), xs[-1]), *shapes.values(), x_shape
    )
    loss = tm.Loss(make(tm.tanh, tm.sum), params)
    return mine, loss.tape(x), loss, [*params.values(), x]


def computed(tape):
    """The slots of the lines that compute something."""
    return [k for k, line in enumerate(tape) if line.op not in ("input", "constant")]


def test_trace_and_record(both):
    """Loss.trace and Tape.record: the same operations in the same order, on the same operands."""
    mine, theirs, _, _ = both
    slots = computed(mine)
    assert len(slots) == len(theirs.records)
    same = dict(enumerate(theirs.parameters + theirs.data))  # my slot -> theirs
    for slot, record in zip(slots, theirs.records, strict=True):
        assert theirs.shapes[record.out.slot] == mine[slot].shape
        read = [same[i] for i in mine[slot].ins if i in same]
        assert read == [operand.slot for operand in record.ins if operand.slot in same.values()]
        same[slot] = record.out.slot


def test_run(both, names):
    """numpy_machine.run: the same value in every slot."""
    mine, theirs, loss, inputs = both
    values = names["forward"](mine, *inputs)
    blocks = {
        (slot, ""): x for slot, x in zip(theirs.parameters + theirs.data, inputs, strict=True)
    }
    blocks |= {(slot, ""): array for slot, array in theirs.constants.items()}
    numpy_machine.run(theirs, program(theirs, "value"), blocks, np.dtype(float))
    for slot, record in zip(computed(mine), theirs.records, strict=True):
        largest = np.abs(values[slot]).max()
        assert np.abs(blocks[record.out.slot, ""] - values[slot]).max() <= 1e-14 * largest


def test_lift(names):
    """Tape.lift: a number becomes a block, an array is copied, what is lifted already stays."""
    theirs, mine = Tape(), []
    row = np.array([1.0, 2.0, 3.0])
    for constant in 0.5, row, np.eye(2):
        lifted = names["lift"](mine, constant)
        their = theirs.lift(constant)
        assert lifted.shape == their.block_shape
        np.testing.assert_array_equal(mine[lifted.slot].arg, theirs.constants[their.slot])
        assert names["lift"](mine, lifted) is lifted and theirs.lift(their) is their
    row[:] = 0
    assert mine[1].arg.any() and theirs.constants[1].any()


def test_tanh_and_sum(names):
    """operations.tanh and operations.sum: on arrays too, and with two dimensions kept."""
    x = np.random.default_rng(0).normal(size=(3, 4))
    np.testing.assert_allclose(names["tanh"](x), tm.tanh(x), rtol=1e-14)
    assert names["total"](x).shape == tm.sum(x).shape == (1, 1)
    np.testing.assert_allclose(names["total"](x), tm.sum(x), rtol=1e-14)
