"""The compiled machine as a good citizen: the same bits always, one compilation for everything,
memory that does not grow."""

import gc
import threading
import tracemalloc

import numpy as np
import pytest

import tinymaml as tm
from helpers.problems import problem
from helpers.processes import run_python
from tinymaml.engine.compiled import cpu

pytestmark = pytest.mark.lesson_05


def test_the_bits_are_the_same_from_run_to_run_and_for_two_python_threads_at_once():
    loss, w, tasks = problem(B=40)

    def bits():
        alpha = np.full(len(w), 0.05)
        options = dict(alpha=alpha, steps=4, per_task=True, alpha_gradient=True)
        r = tm.meta_gradient(loss, w, tasks, **options)
        return b"".join(array.tobytes() for array in r)

    first = bits()
    wrong = []

    def work():
        for k in range(200):
            if bits() != first:
                wrong.append(k)

    workers = [threading.Thread(target=work) for _ in range(2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert not wrong


THREADS = """
    import numba, numpy as np
    import tinymaml as tm
    from helpers.problems import METHODS, problem
    for B in (1, 2, 25, 70):
        loss, w, tasks = problem(B=B, width=30)
        for method in METHODS:
            results = set()
            for threads in range(1, 8):
                numba.set_num_threads(threads)
                options = dict(method=method, per_task=True, alpha_gradient=True)
                alpha = np.full(len(w), 0.05)
                r = tm.meta_gradient(loss, w, tasks, alpha=alpha, steps=3, **options)
                results.add(b"".join(array.tobytes() for array in r))
            assert len(results) == 1, (B, method)
    print("same bits")
"""


def test_the_bits_are_the_same_for_any_number_of_threads():
    output, _ = run_python(THREADS, NUMBA_NUM_THREADS="7")
    assert output == "same bits"


STEPS_AND_METHODS = [
    (0, "exact"),
    (1, "exact"),
    (3, "first-order"),
    (4, "hessian-free"),
    (7, "exact"),
]


def test_one_compiled_signature_serves_every_network_shape_step_method_and_layout_of_arrays():
    for dtype in (np.float32, np.float64):
        for width, B, rows in [(1, 1, (1, 1)), (3, 2, (5, 7)), (17, 33, (2, 9))]:
            loss, w, tasks = problem(width, B, rows, dtype)
            frozen = w.copy()
            frozen.flags.writeable = False
            spread = np.repeat(w, 2)[::2]
            for steps, method in STEPS_AND_METHODS:
                gradients = []
                for start in (w, frozen, spread):
                    r = tm.meta_gradient(loss, start, tasks, alpha=0.1, steps=steps, method=method)
                    gradients.append(r.gradient)
                assert np.array_equal(gradients[0], gradients[1])
                assert np.array_equal(gradients[0], gradients[2])
            tm.adapt(loss, frozen, tasks.inner, alpha=0.1, steps=2)
            x, y = (part[0] for part in tasks.inner)
            x.flags.writeable = False
            loss.hvp(frozen, spread, x, y, target="cpu")
            loss.gradient(spread, np.asfortranarray(x), y, target="cpu")
    start = 6  # of all_tasks' arguments
    for name in ("float32", "float64"):
        (signature,) = cpu.jit_inner_loop(name).signatures
        assert str(signature[start].dtype) == name


def test_ten_thousand_calls_do_not_grow_the_memory():
    loss, w, tasks = problem(width=2, B=1, rows=(1, 1))

    def call(n):
        for _ in range(n):
            tm.meta_gradient(loss, w, tasks, alpha=0.05, steps=1)

    call(200)
    tracemalloc.start()
    call(200)
    gc.collect()  # also empties Python's lists of free tuples, which fill at random
    before = tracemalloc.get_traced_memory()[0]
    call(10_000)
    gc.collect()
    after = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    assert after - before < 20_000  # two bytes a call


def test_many_shapes_keep_a_bounded_number_of_tapes_and_plans():
    loss, w, _ = problem(width=1)
    for n in range(1, 80):
        loss.gradient(w, np.ones((n, 2)), np.ones((n, 1)), target="cpu")
    assert len(loss.tapes) <= 32
    assert len(loss.plans) <= 32
