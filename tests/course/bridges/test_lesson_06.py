"""What lesson 06 says is in tinymaml: it gives the same as the lesson's function, on lanes."""

import functools

import numpy as np
import pytest

import tinymaml as tm
from tinymaml.course import engine, judge
from tinymaml.course.exercises import lesson_06 as graders
from tinymaml.engine.compiled import lanes, matmul
from tinymaml.engine.compiled.plan import evaluate
from tinymaml.engine.gpu import emulated
from tinymaml.engine.gpu.emulator import emulate

pytestmark = pytest.mark.lesson_06
ORDERS = ((1, None), (3, (2, 0, 1)), (8, None))  # lanes, and how they take turns


@functools.cache
def lesson():
    """name -> object, for what the lesson defines, with the course's answers."""
    return judge.names_before("06", {})


@pytest.fixture(autouse=True)
def not_in_a_folder(monkeypatch):
    monkeypatch.setenv("TINYMAML_GRADING", "1")


@pytest.mark.parametrize("count", [1, 3, 8])
def test_my_share(count):
    theirs = np.full(5, -1)
    yours = np.full(5, -1)

    def take_turns(theirs, yours):
        for i in lanes.my_share(5):
            theirs[i] = lanes.lane()
        for i in range(lanes.lane(), 5, lanes.lanes()):
            yours[i] = lanes.lane()

    emulate(take_turns, theirs, yours, lanes=count)
    assert np.array_equal(yours, theirs) and yours.min() == 0


@pytest.mark.parametrize("case", graders.product_cases())
def test_lane_matmul(case):
    m, n, k, oi, xi, xp, zp = case[:7]
    o = 3
    x = o + m * oi
    z = x + (m - 1) * xi + (k - 1) * xp + 1
    start = np.random.default_rng(0).normal(size=z + k * zp)
    start[o:x] = 0.0  # the package's adds its sum to what is there, the lesson's starts from it
    arguments = o, x, z, m, n, k, oi, xi, xp, zp
    theirs = start.copy()
    emulate(matmul.lane_matmul, theirs, *arguments, False, lanes=4)
    yours = start.copy()
    emulate(lesson()["lane_matmul"], yours, *arguments, lanes=4)
    assert np.array_equal(yours, theirs)


def network(tanh, mean):
    def mse(p, x, y):
        error = tanh(x @ p["W1"] + p["b1"]) @ p["W2"] - y
        return mean(error * error)

    return mse


def test_execute():
    rng = np.random.default_rng(0)
    shapes = {"W1": (1, 6), "b1": (1, 6), "W2": (6, 1)}
    params = {name: rng.normal(size=shape) for name, shape in shapes.items()}
    x, y = rng.normal(size=(2, 10, 1))
    yours_on = engine(own=True)
    loss = yours_on.Loss(network(yours_on.tanh, yours_on.mean), params)
    w = loss.flatten(params)
    v = rng.normal(size=w.size)
    table = loss.compiled(("gradient", "hvp"), x, y)
    package = tm.Loss(network(tm.tanh, tm.mean), params)
    tape = package.tape_of((x.shape, y.shape), w.dtype)
    for count, order in ORDERS:

        def play(code, coefficients, memory, count=count, order=order):
            lesson_execute = lesson()["execute"]
            tables = code.tolist(), coefficients, memory
            emulate(lesson_execute, *tables, lanes=count, order=order)

        yours = table.run(play, w, v, (x, y), "bar_dot")
        run = functools.partial(emulated.run, lanes=count, order=order)
        theirs = evaluate(run, package, "hvp", tape, w, v, [x, y])
        assert np.abs(yours - theirs).max() <= 1e-13 * np.abs(theirs).max()
