"""Threads, forks and users without a home: where a compiled machine is run in practice."""

import os
import sys
import threading

import numpy as np
import pytest

import tinymaml as tm
from helpers.platforms import needs_fork
from helpers.processes import run_python
from tinymaml.engine.compiled import cache

pytestmark = pytest.mark.lesson_05

TWO_THREADS = """
import threading
import numpy as np
import tinymaml as tm
loss = tm.Loss(lambda p, x: tm.mean(tm.square(x @ p["W"])), {"W": np.ones((3, 2))})
w, x = np.ones(6), np.ones((50, 3))
first = loss.gradient(w, x, target="cpu")
wrong = []
def work():
    for k in range(2000):
        if not np.array_equal(first, loss.gradient(w, x, target="cpu")):
            wrong.append(k)
workers = [threading.Thread(target=work) for _ in range(2)]
for worker in workers: worker.start()
for worker in workers: worker.join()
print(len(wrong))
"""


@pytest.mark.parametrize("layer, module", [("workqueue", "workqueue"), ("omp", "omppool")])
def test_two_python_threads_may_call_at_once_on_every_threading_layer(layer, module):
    pytest.importorskip(f"numba.np.ufunc.{module}", exc_type=ImportError)
    wrong, _ = run_python(TWO_THREADS, NUMBA_THREADING_LAYER=layer)
    assert wrong == "0"


FORK = """
import multiprocessing
import numpy as np
import tinymaml as tm
loss = tm.Loss(lambda p, x: tm.mean(tm.square(x @ p["W"])), {"W": np.ones((3, 2))})
w, x = np.ones(6), np.ones((2, 3))
def job(target):
    try:
        return str(loss.value(w, x, target=target))
    except RuntimeError as error:
        return str(error)
if __name__ == "__main__":
    loss.value(w, x, target="cpu")
    with multiprocessing.get_context("fork").Pool(2) as pool:
        answers = pool.map_async(job, ["cpu", "numpy"])
        print(*answers.get(60), sep="\\n")  # a worker that dies leaves its job undone
"""


@needs_fork
def test_a_forked_process_says_what_to_do_instead_of_dying():
    pytest.importorskip("numba.np.ufunc.omppool", exc_type=ImportError)
    printed, _ = run_python(FORK, NUMBA_THREADING_LAYER="omp", PYTHONWARNINGS="ignore")
    on_cpu, on_numpy = printed.split("\n")
    assert 'multiprocessing.get_context("spawn")' in on_cpu
    assert on_numpy == "9.0"


# in the place of our call: the parent has parallel code of its own, and has not imported ours
OTHER_CODE = """
    import numba
    numba.set_num_threads(1)  # starts OpenMP, as a parallel loop does, without compiling one
"""


@needs_fork
def test_a_fork_after_other_parallel_code_of_numbas_says_what_to_do_too():
    pytest.importorskip("numba.np.ufunc.omppool", exc_type=ImportError)
    call = '    loss.value(w, x, target="cpu")\n'
    assert FORK.count(call) == 1
    printed, _ = run_python(
        FORK.replace(call, OTHER_CODE), NUMBA_THREADING_LAYER="omp", PYTHONWARNINGS="ignore"
    )
    on_cpu, on_numpy = printed.split("\n")
    assert "or other parallel code of Numba's" in on_cpu
    assert on_numpy == "9.0"


@pytest.mark.parametrize("target", ["numpy", "cpu"])
def test_threads_that_trace_many_shapes_at_once_do_not_trip_over_each_other(target):
    loss = tm.Loss(lambda p, x: tm.mean(x * p["a"]), {"a": np.ones(1)})
    w = np.ones(1)
    errors = []
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)

    def work(seed):
        rng = np.random.default_rng(seed)
        for n in rng.integers(1, 199, 300):
            try:
                assert loss.value(w, np.ones((n, 1)), target=target) == pytest.approx(1.0)
            except Exception as error:
                errors.append(error)

    try:
        workers = [threading.Thread(target=work, args=(k,)) for k in range(4)]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()
    finally:
        sys.setswitchinterval(interval)
    assert not errors


def test_how_openmps_threads_wait_is_set_before_anybody_loads_it_unless_the_user_has():
    code = "import tinymaml, os, sys; print(os.environ['GOMP_SPINCOUNT'], 'numba' in sys.modules)"
    assert run_python(code, GOMP_SPINCOUNT="77")[0] == "77 False"
    forget = "import os; os.environ.pop('GOMP_SPINCOUNT', None); "
    assert run_python(forget + code)[0] == "10000 False"


def test_a_user_without_a_home_gets_a_cache_in_the_temporary_folder(tmp_path, monkeypatch):
    for name in ("NUMBA_CACHE_DIR", "XDG_CACHE_HOME"):
        monkeypatch.delenv(name, raising=False)
    # what Python does without HOME and without an entry in passwd
    monkeypatch.setattr(os.path, "expanduser", lambda path: path)
    monkeypatch.setattr(cache.tempfile, "gettempdir", lambda: str(tmp_path))
    assert tmp_path in cache.cache_folder().parents
