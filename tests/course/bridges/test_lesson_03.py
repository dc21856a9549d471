"""What lesson 03 builds is what tinymaml has: each function that the lesson names, on the lesson's
cases."""

import numpy as np
import pytest

import tinymaml as tm
from tinymaml.engine import numpy_machine
from tinymaml.engine.function_table import FUNCTIONS
from tinymaml.engine.instructions import BILINEAR, LINEAR, POINTWISE
from tinymaml.engine.rules import RULES
from tinymaml.engine.sweeps import emit

pytestmark = pytest.mark.lesson_03
KIND = dict(add=LINEAR, sub=LINEAR, sum=LINEAR, mul=BILINEAR, matmul=BILINEAR, tanh=POINTWISE)


@pytest.fixture(scope="module")
def theirs(names):
    """tinymaml's loss for the lesson's network."""

    def mse(p, x, y):
        h = tm.tanh(tm.tanh(x @ p["W1"] + p["b1"]) @ p["W2"] + p["b2"])
        error = h @ p["W3"] + p["b3"] - y
        return tm.sum(error * error) * (1 / y.shape[0])

    return tm.Loss(mse, names["weights"](5))


def is_close(a, b):
    return np.abs(a - b).max() <= 1e-13 * np.abs(b).max()


def test_hvp(names, theirs):
    """Loss.hvp: the same product."""
    w, v = names["w"], names["v"]
    x, y = names["data"]
    assert is_close(names["net"].hvp(w, v, x, y), theirs.hvp(w, v, x, y))


def test_emit_and_rules(names, theirs):
    """sweeps.emit and rules.RULES: run call by call, the four sweeps leave the same four numbers in
    every slot that the lesson's four sweeps leave there."""
    w, v = names["w"], names["v"]
    x, y = names["data"]
    net = names["net"]
    mine = net.trace(x, y)
    values = names["forward"](mine, *net.blocks(w), x, y)
    bars = names["reverse"](mine, values)
    dots = names["tangent"](mine, values, *net.blocks(v), 0 * x, 0 * y)
    bar_dots = names["reverse_tangent"](mine, values, bars, dots)

    tape = theirs.tape(x, y)
    blocks = {}
    for slot, shape in enumerate(tape.shapes):
        for plane in ("", "slope", "bar", "dot", "slope_dot", "bar_dot"):
            blocks[slot, plane] = np.zeros(shape)
    inputs = tape.parameters + tape.data
    for slot, block in zip(inputs, [*net.blocks(w), x, y], strict=True):
        blocks[slot, ""] = block
    for slot, block in zip(tape.parameters, net.blocks(v), strict=True):
        blocks[slot, "dot"] = block
    blocks[tape.records[-1].out.slot, "bar"] = np.ones((1, 1))
    for program in ("gradient", "hvp"):
        numpy_machine.run(tape, emit(tape, program), blocks, np.dtype(float))

    computed = [k for k, line in enumerate(mine) if line.ins]
    for k, record in zip(computed[:-1], tape.records, strict=False):
        assert RULES[record.kind] is RULES[KIND[mine[k].op]]
    same = list(enumerate(inputs))
    same += zip(computed, [record.out.slot for record in tape.records], strict=True)
    for plane, found in {"": values, "bar": bars, "dot": dots, "bar_dot": bar_dots}.items():
        for k, slot in same:
            assert is_close(blocks[slot, plane], found[k]), (plane, k)


def test_functions(names):
    """FUNCTIONS: tanh's f'' is in the second term of the lesson's line (12)."""
    x, x_dot, bar = np.random.default_rng(0).normal(size=(3, 2, 2))
    y = np.tanh(x)
    slope = FUNCTIONS["tanh"].slope(x, y, float)
    curvature = FUNCTIONS["tanh"].curvature(y, slope, float)
    part = names["hvp_tanh"](bar, 0 * bar, y, slope * x_dot, x, x_dot)
    assert is_close(part, curvature * x_dot * bar)
