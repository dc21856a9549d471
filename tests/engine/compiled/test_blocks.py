"""Blocks in memory: no instruction reaches outside of its blocks, and nothing that lies in a gap
reaches a result."""

import copy
import pickle

import numpy as np
import pytest
from hypothesis import given, settings

import tinymaml as tm
from helpers.checks import PRECISIONS, direction
from helpers.fixed_losses import FIXED
from helpers.poison import poisoned_memories
from helpers.random_losses import programs
from tinymaml.engine.compiled.blocks import Blocks, Place
from tinymaml.engine.compiled.format import Column, Loop
from tinymaml.engine.compiled.loop_choice import encode
from tinymaml.engine.compiled.passes import PASSES, optimise
from tinymaml.engine.compiled.plan import Plan
from tinymaml.engine.sweeps import program

pytestmark = [pytest.mark.core, pytest.mark.lesson_05]

SIDE = 2**30  # every block gets so much room for itself
OPERANDS = (Column.OUT, Column.X, Column.Z, Column.U)  # where each of them starts in a row of code
RUNS_THROUGH_BLOCKS = {Loop.FILL: 1, Loop.APPLY: 3, Loop.CURVE: 4}  # loop -> number of operands
METHODS = ("exact", "first-order", "hessian-free")


def rows_and_columns(n, k=3):
    """A loss in which rows and columns of n numbers turn into each other, a w and an x for it."""

    def loss(p, x):
        column = tm.tanh(tm.sum(x * p["w"], axis=1))  # n x 1
        row = tm.sin(column.T) * p["r"]  # 1 x n
        square = column * 1.0
        if n < 100:
            square = tm.exp(0.1 * tm.tanh(column @ row))
        return tm.mean(tm.logsumexp(row)) + tm.mean(square) + tm.mean(row @ column)

    rng = np.random.default_rng(n)
    w = rng.normal(size=k + n) / n
    x = rng.normal(size=(n, k))
    return tm.Loss(loss, {"w": np.ones((1, k)), "r": np.ones((1, n))}), w, x


def check_reach(tape, dtype):
    """Every operand of every row of code ends within its block."""
    blocks = Blocks(tape, dtype)
    calls = optimise(program(tape, "gradient", "hvp"), blocks, PASSES)
    used = []
    for call in calls:
        for operand in call.outs + call.ins:
            if operand.block not in used:
                used.append(operand.block)
    code, _ = encode(calls, blocks, {block: Place(SIDE * k) for k, block in enumerate(used)})
    for row in code:
        loop, extent = Loop(row[Column.LOOP]), row[Column.M : Column.K + 1]
        for operand in OPERANDS[: RUNS_THROUGH_BLOCKS.get(loop, 4)]:
            at, strides = row[operand], row[operand + 2 : operand + 5]
            last = (extent - 1) @ strides
            if loop in RUNS_THROUGH_BLOCKS:
                last = row[Column.N] - 1
            assert at % SIDE == 0
            assert last < blocks.length(used[at // SIDE]), (loop, operand, extent, strides)


@PRECISIONS
@given(p=programs())
@settings(max_examples=60)
def test_no_instruction_reaches_outside_of_its_blocks(dtype, p):
    check_reach(p.loss.tape(*p.data), dtype)


@PRECISIONS
@pytest.mark.parametrize("n", [1, 2, 8, 15, 16, 17, 33, 128, 256, 512])
def test_rows_and_columns_of_the_same_length(n, dtype):
    loss, w, x = rows_and_columns(n)
    tape = loss.tape(x)
    check_reach(tape, dtype)
    blocks = Blocks(tape, dtype)
    assert blocks.block_length(1, n) == blocks.block_length(n, 1)
    w, x, v = w.astype(dtype), x.astype(dtype), direction(w).astype(dtype)
    w64, x64, v64 = w.astype(float), x.astype(float), v.astype(float)
    gradient = loss.gradient(w, x, target="cpu")
    hvp = loss.hvp(w, v, x, target="cpu")
    for got, want in ((gradient, loss.gradient(w64, x64)), (hvp, loss.hvp(w64, v64, x64))):
        assert np.allclose(got, want, rtol=0, atol=1000 * np.finfo(dtype).eps * np.abs(want).max())


@pytest.fixture
def poison(monkeypatch):
    """A function; once it is called, every number of a new memory that is no constant is NaN."""
    return lambda: monkeypatch.setattr(Plan, "memories", poisoned_memories)


def everything(p, dtype):
    """Value, gradient and Hessian-vector product, one after the other."""
    w, v = p.w.astype(dtype), direction(p.w).astype(dtype)
    data = [x.astype(dtype) for x in p.data]
    loss = copy.deepcopy(p.loss)  # with plans and memories of its own
    return [
        loss.value(w, *data, target="cpu"),
        *loss.gradient(w, *data, target="cpu"),
        *loss.hvp(w, v, *data, target="cpu"),
    ]


@PRECISIONS
@pytest.mark.parametrize("name", FIXED)
def test_what_lies_in_a_gap_reaches_no_result(name, dtype, poison):
    clean = everything(FIXED[name], dtype)
    poison()
    assert np.array_equal(everything(FIXED[name], dtype), clean)


def two_layers(p, x, y):
    return tm.mean(tm.square(tm.softplus(x @ p["a"]) @ p["b"] - y))


@PRECISIONS
@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("fresh", [False, True])
def test_nor_a_meta_gradient_nor_its_warning(method, fresh, dtype, poison):
    rng = np.random.default_rng(0)

    def draw(*copies):
        x = rng.normal(size=(5, *copies, 7, 3)).astype(dtype)
        y = rng.normal(size=(5, *copies, 7, 2)).astype(dtype)
        return x, y

    if fresh:
        tasks = tm.Tasks.resampled(draw(2), draw(2), draw())
    else:
        tasks = tm.Tasks.finite_sum(draw(), draw())
    w = rng.normal(size=95).astype(dtype) / 4

    def run():
        loss = tm.Loss(two_layers, {"a": np.ones((3, 19)), "b": np.ones((19, 2))})
        return tm.meta_gradient(
            loss, w, tasks, alpha=0.01, steps=2, method=method, per_task=True
        )  # a warning would be an error

    clean = run()
    poison()
    for got, want in zip(run(), clean, strict=True):
        assert np.array_equal(got, want)


# ---- tasks keep their numbers to themselves


def test_tasks_are_a_copy_that_nobody_can_write_to():
    x, y = np.ones((3, 4, 1)), np.zeros((3, 4, 1))
    tasks = tm.Tasks.finite_sum((x, y), (x, y))
    x[...] = 7
    for array in (tasks.inner[0], tasks.hessian[0], tasks.outer[0]):
        assert array.max() == 1
    with pytest.raises(ValueError, match="read-only"):
        tasks.inner[0][0] = 2
    for twin in (copy.deepcopy(tasks), pickle.loads(pickle.dumps(tasks))):
        assert np.array_equal(twin.inner[0], tasks.inner[0])
        assert not np.shares_memory(twin.inner[0], tasks.inner[0])
        assert not twin.inner[0].flags.writeable
        assert twin.hessian is twin.inner


def test_tasks_are_converted_once():
    x = np.ones((3, 4, 1))
    tasks = tm.Tasks.finite_sum((x,), (x,))
    assert tasks.astype("float64") is tasks
    assert tasks.astype("float32").inner[0].dtype == np.float32
    assert tasks.astype(np.float32) is tasks.astype("f4")
    for other in ("int32", np.float16, ">f8"):
        with pytest.raises(TypeError, match="expected float32 or float64"):
            tasks.astype(other)


@pytest.mark.parametrize("fresh", [False, True])
def test_nothing_is_packed_until_a_compiled_machine_asks_then_once(fresh, monkeypatch):
    x = np.ones((3, 4, 2))
    tasks = tm.Tasks.finite_sum((x,), (x,))
    if fresh:
        many = np.ones((3, 2, 4, 2))
        tasks = tm.Tasks.resampled((many,), (many,), (x,))
    loss = tm.Loss(lambda p, x: tm.mean(tm.square(x @ p["a"])), {"a": np.ones((2, 1))})

    def run(target, method="exact"):
        tm.meta_gradient(loss, np.ones(2), tasks, alpha=0.1, steps=2, method=method, target=target)
        return tasks.packed_arrays

    assert run("numpy") is None
    packed = run("cpu")
    assert packed is not None
    for method in METHODS:
        assert run("cpu", method) is packed
    for array in tasks.inner + tasks.hessian + tasks.outer:
        assert not np.shares_memory(array, packed)
    for twin in (copy.deepcopy(tasks), pickle.loads(pickle.dumps(tasks))):
        assert twin.packed_arrays is None


def test_a_delta_whose_reciprocal_is_infinite_is_refused():
    x = np.ones((1, 2, 1))
    tasks = tm.Tasks.finite_sum((x,), (x,))
    loss = tm.Loss(lambda p, x: tm.mean(tm.square(x * p["w"])), {"w": np.ones(1)})
    for w, delta in ((np.ones(1), 1e-309), (np.ones(1, np.float32), 1e-39)):
        with pytest.raises(ValueError, match=r"so small that 1 / \(2 delta\) is infinite"):
            tm.meta_gradient(loss, w, tasks, alpha=0.1, steps=1, method="hessian-free", delta=delta)


def test_a_pickled_loss_leaves_its_plans_behind():
    p = FIXED["network"]
    loss = p.loss
    loss.value(p.w, *p.data, target="cpu")
    assert loss.plans
    assert not copy.deepcopy(loss).plans
