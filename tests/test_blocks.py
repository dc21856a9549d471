"""Blocks in memory: no instruction reaches outside of its blocks, and nothing that lies in a gap
reaches a result."""

import copy
import pickle

import numpy as np
import pytest
from hypothesis import given, settings
from random_losses import programs
from test_derivatives import FIXED, direction

import tinymaml as tm
from tinymaml.engine.compiled.blocks import Memory, Place
from tinymaml.engine.compiled.loop_choice import HEAD, OPCODES, OPERAND, table
from tinymaml.engine.compiled.passes import optimise
from tinymaml.engine.compiled.plan import Plan
from tinymaml.engine.sweeps import keys, program

SIDE = 2**30  # every block gets so much room for itself
WHOLE = {"fill": 1, "apply": 3, "curve": 4}  # the operands of kernels that run through whole blocks
METHODS = ("exact", "first-order", "hessian-free")
PRECISIONS = pytest.mark.parametrize("dtype", [np.float64, np.float32])


def rows_and_columns(n, k=3):
    """A loss in which rows and columns of n numbers turn into each other."""

    def loss(p, x):
        column = tm.tanh(tm.sum(x * p["w"], axis=1))  # n x 1
        row = tm.sin(column.T) * p["r"]  # 1 x n
        square = tm.exp(0.1 * tm.tanh(column @ row)) if n < 100 else column * 1.0
        return tm.mean(tm.logsumexp(row)) + tm.mean(square) + tm.mean(row @ column)

    rng = np.random.default_rng(n)
    return (
        tm.Loss(loss, {"w": np.ones((1, k)), "r": np.ones((1, n))}),
        rng.normal(size=k + n) / n,
        rng.normal(size=(n, k)),
    )


def check_reach(tape, dtype):
    memory = Memory(tape, dtype)
    lines = optimise(program(tape, "gradient", "hvp"), memory)
    blocks = list(dict.fromkeys(key for line in lines for key in keys(line.outs + line.ins)))
    rows, _ = table(lines, memory, {key: Place(SIDE * k) for k, key in enumerate(blocks)})
    for row in rows.tolist():
        name, extent = OPCODES[row[0]], row[2:5]
        for q in range(WHOLE.get(name, 4)):
            at, _, *strides = row[HEAD + OPERAND * q : HEAD + OPERAND * (q + 1)]
            last = (
                extent[1] - 1
                if name in WHOLE
                else sum((n - 1) * s for n, s in zip(extent, strides))
            )
            assert at % SIDE == 0 and last < memory.size(blocks[at // SIDE]), (
                name,
                q,
                extent,
                strides,
            )


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
    memory = Memory(tape, dtype)
    assert memory.block(1, n) == memory.block(n, 1)
    w, x, v = w.astype(dtype), x.astype(dtype), direction(w).astype(dtype)
    for got, want in (
        (loss.gradient(w, x, target="cpu"), loss.gradient(w.astype(float), x.astype(float))),
        (
            loss.hvp(w, v, x, target="cpu"),
            loss.hvp(w.astype(float), v.astype(float), x.astype(float)),
        ),
    ):
        assert np.allclose(got, want, rtol=0, atol=1000 * np.finfo(dtype).eps * np.abs(want).max())


@pytest.fixture
def poison(monkeypatch):
    """Every number of a workspace that is not a constant is NaN before the first use."""
    clean = Plan.workspace

    def poisoned(self, threads):
        w = clean(self, threads)
        w[...] = np.nan
        for at, values in self.layout.constants:
            w[:, at] = values
        return w

    return lambda: monkeypatch.setattr(Plan, "workspace", poisoned)


def everything(p, dtype):
    w, v, data = p.w.astype(dtype), direction(p.w).astype(dtype), [x.astype(dtype) for x in p.data]
    loss = copy.deepcopy(p.loss)  # with plans and workspaces of its own
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


@PRECISIONS
@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("fresh", [False, True])
def test_nor_a_meta_gradient_nor_its_warning(method, fresh, dtype, poison):
    rng = np.random.default_rng(0)
    draw = lambda *n: (
        rng.normal(size=(5, *n, 7, 3)).astype(dtype),
        rng.normal(size=(5, *n, 7, 2)).astype(dtype),
    )
    tasks = (
        tm.Tasks.resampled(draw(2), draw(2), draw())
        if fresh
        else tm.Tasks.finite_sum(draw(), draw())
    )
    loss = lambda: tm.Loss(
        lambda p, x, y: tm.mean(tm.square(tm.softplus(x @ p["a"]) @ p["b"] - y)),
        {"a": np.ones((3, 19)), "b": np.ones((19, 2))},
    )
    w = rng.normal(size=95).astype(dtype) / 4
    run = lambda: tm.meta_gradient(
        loss(), w, tasks, alpha=0.01, steps=2, method=method, per_task=True
    )
    clean = run()
    poison()
    assert all(
        np.array_equal(a, b) for a, b in zip(run(), clean)
    )  # a warning would be an error here


# ---- tasks keep their numbers to themselves


def test_tasks_are_a_copy_that_nobody_can_write_to():
    x, y = np.ones((3, 4, 1)), np.zeros((3, 4, 1))
    tasks = tm.Tasks.finite_sum((x, y), (x, y))
    x[...] = 7
    assert all(a.max() == 1 for a in (tasks.inner[0], tasks.hessian[0], tasks.outer[0]))
    with pytest.raises(ValueError, match="read-only"):
        tasks.inner[0][0] = 2
    for twin in (copy.deepcopy(tasks), pickle.loads(pickle.dumps(tasks))):
        assert (
            np.shares_memory(twin.inner[0], twin.packed)
            and not twin.inner[0].flags.writeable
            and twin.hessian is twin.inner
        )
    assert tasks.astype("float32").packed.dtype == np.float32 and tasks.astype(
        np.float32
    ) is tasks.astype("f4")
    for other in ("int32", np.float16, ">f8"):
        with pytest.raises(TypeError, match="expected float32 or float64"):
            tasks.astype(other)


def test_a_delta_whose_reciprocal_is_infinite_is_refused():
    x = np.ones((1, 2, 1))
    loss = tm.Loss(lambda p, x: tm.mean(tm.square(x * p["w"])), {"w": np.ones(1)})
    for w, delta in ((np.ones(1), 1e-309), (np.ones(1, np.float32), 1e-39)):
        with pytest.raises(ValueError, match=r"so small that 1 / \(2 delta\) is infinite"):
            tm.meta_gradient(
                loss,
                w,
                tm.Tasks.finite_sum((x,), (x,)),
                alpha=0.1,
                steps=1,
                method="hessian-free",
                delta=delta,
            )


def test_a_pickled_loss_leaves_its_plans_behind():
    p = FIXED["network"]
    loss = p.loss
    loss.value(p.w, *p.data, target="cpu")
    assert loss.plans and not copy.deepcopy(loss).plans
