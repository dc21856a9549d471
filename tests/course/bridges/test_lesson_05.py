"""What lesson 05 builds is what tinymaml has: each function that the lesson names, on the lesson's
cases; and the bookkeeping that it does not write out."""

import numpy as np
import pytest

import tinymaml as tm
from tinymaml.course.given import tables
from tinymaml.engine.compiled import kernels, matmul
from tinymaml.engine.compiled.lanes import unsigned
from tinymaml.engine.compiled.plan import evaluate
from tinymaml.engine.gpu import emulated

pytestmark = pytest.mark.lesson_05
TABLE = [  # the lesson's first table: extents, and the strides of o, x and z
    ((10, 40, 40), (40, 1, 0), (40, 0, 1), (0, 1, 40)),
    ((10, 40, 40), (40, 0, 1), (40, 1, 0), (0, 1, 40)),
    ((10, 40, 1), (40, 1, 0), (40, 1, 0), (0, 1, 0)),
]


def both(own, ours, *arguments):
    """What a kernel of the lesson leaves in memory, and what the package's does."""
    memory = np.random.default_rng(0).normal(size=3000)
    left = []
    for kernel, at in ((own, arguments), (ours, tuple(map(unsigned, arguments)))):
        left.append(memory.copy())
        kernel(left[-1], *at)
    return left


@pytest.mark.parametrize("extent, o, x, z", TABLE)
def test_three_loops(names, extent, o, x, z):
    extent = tuple(min(length, 6) for length in extent)
    own, ours = both(names["contract_ijp"], kernels.contract, 0, 400, 800, *extent, *o, *x, *z)
    assert np.allclose(own, ours, 1e-13, 1e-13)


@pytest.mark.parametrize("m, k", [(2, 4), (3, 4), (2, 5), (3, 5), (1, 1)])
@pytest.mark.parametrize("kernel", ["contract_walk", "contract_2x2"])
def test_a_product_that_walks(names, kernel, m, k):
    def ours(*arguments):
        matmul.matmul(*arguments, False)

    n = 16  # whole registers
    own, ours = both(names[kernel], ours, 0, 400, 800, m, n, k, n, k, 1, n)
    assert np.allclose(own, ours, 1e-13, 1e-13)


@pytest.mark.parametrize("line, loop", [(0, tables.WALK), (1, tables.DOT), (2, tables.CONTRACT)])
def test_the_choice_of_a_loop(line, loop):
    """Of the lesson's own: its innermost loop walks where one can."""
    extent, o, x, z = TABLE[line]
    row = tables.choose_loop([tables.CONTRACT, 1, *extent, 0, *o, 400, *x, 800, *z, 0, 0, 0, 0])
    assert row[0] == loop and len(row) == tables.COLUMNS
    assert sorted(row[2:5]) == sorted(extent)


def test_the_interpreter(names):
    def network(tanh, total):
        def loss(p, x):
            h = tanh(x @ p["A"] + p["b"])
            return total(h * h)

        return loss

    rng = np.random.default_rng(1)
    params = {"A": rng.normal(size=(3, 4)), "b": rng.normal(size=(1, 4))}
    x = rng.normal(size=(5, 3))
    own = names["Loss"](network(names["tanh"], names["total"]), params)
    ours = tm.Loss(network(tm.tanh, tm.sum), params)
    w, v = rng.normal(size=(2, ours.size))
    table = own.compiled(("gradient", "hvp"), x)
    Hv = table.run(names["execute"].py_func, w, v, (x,), "bar_dot")
    expected = evaluate(emulated.run, ours, "hvp", ours.tape(x), w, v, (x,))
    assert np.allclose(Hv, expected, 1e-13, 1e-13)


def test_rows_lie_apart_and_inside(names):
    """The bookkeeping: no two blocks share a place, and is_sound accepts every row."""
    own = names["Loss"](
        lambda p, x: names["total"](names["tanh"](x @ p["A"])), {"A": np.ones((3, 4))}
    )
    tape, calls = own.program(("gradient", "hvp"), np.ones((5, 3)))
    places, size = tables.layout(tape, calls)
    taken = [
        place + i for (slot, _), place in places.items() for i in range(np.prod(tape[slot].shape))
    ]
    assert sorted(taken) == list(range(size))
    table = own.compiled(("gradient", "hvp"), np.ones((5, 3)))
    assert all(names["is_sound"](row, size) for row in table.code.tolist())
    with pytest.raises(ValueError, match="05.sound"):
        tables.Table(tape, calls, names["encode"], lambda row, size: False)
