"""The maps of other people: dask, an executor, joblib, Ray, as the docstring of
`tinymaml.distributed` writes them. Each gives the builtin's bits."""

import logging
import multiprocessing
import os
import re
import sys
import threading
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import pytest

import tinymaml as tm
from helpers.dying_worker import DyingWorker
from helpers.processes import run_python
from helpers.training import Planes, check_same, run
from tinymaml import distributed

PAGE = Path(__file__).parents[2] / ".docs" / "machines.md"
SMALLER = {
    "batch=4000, chunk=1000": "batch=6, chunk=3, progress=False",
    "iterations=100": "iterations=2",
    "Client()": "Client(cluster)",
}


def line_of_the_docstring(name):
    """The text of a map: `lambda f, jobs: ...`, or `pool.map`."""
    [line] = re.findall(rf"^    (\S.*?) {{2,}}{name}$", distributed.__doc__, re.MULTILINE)
    return line


def train(problem=None, **changes):
    arguments = dict(problem=problem or Planes(), batch=7, chunk=2, target="cpu")
    return run(distributed.maml_finite_sum, **(arguments | changes))


@pytest.fixture(scope="module")
def expected():
    """The builtin's history."""
    return train()


@pytest.fixture(scope="module")
def cluster():
    """A dask cluster of one worker, with a process of its own."""
    dask = pytest.importorskip("dask.distributed")
    quiet = dict(silence_logs=logging.CRITICAL, dashboard_address=None)
    with dask.LocalCluster(n_workers=1, threads_per_worker=1, **quiet) as started:
        yield started


@pytest.fixture
def client(cluster):
    from dask.distributed import Client

    with Client(cluster) as started:
        yield started


@pytest.mark.parametrize("workers", [1, 2])
def test_dask(cluster, client, workers, expected):
    cluster.scale(workers)
    client.wait_for_workers(workers)
    dask = eval(line_of_the_docstring("dask"), {"client": client})
    check_same(train(map=dask), expected)


def test_a_worker_that_dies_during_a_round(cluster, client, tmp_path, expected):
    """Dask runs its chunk again, elsewhere; the history is the same, bit for bit."""
    cluster.scale(2)
    client.wait_for_workers(2)
    dask = eval(line_of_the_docstring("dask"), {"client": client})
    problem = DyingWorker(tmp_path)
    check_same(train(problem, map=dask), expected)
    first, again = [process for k, c, process in problem.drawn() if (k, c) == (1, 1)]
    assert first != again
    everything = {(k, c) for k in range(len(expected.losses)) for c in range(4)}
    assert {(k, c) for k, c, _ in problem.drawn()} == everything


def test_a_failure_whose_exception_cannot_travel(client):
    """The class is known nowhere else, and what it holds cannot be sent."""

    class Error(Exception):
        def __init__(self, first, second):
            super().__init__(f"no tasks today: {first}, {second}")
            self.lock = threading.Lock()

    class Unlucky(Planes):
        def sample(self, rng, batch):
            raise Error(1, 2)

    dask = eval(line_of_the_docstring("dask"), {"client": client})
    with pytest.raises(distributed.ChunkFailed, match="Error: no tasks today: 1, 2"):
        train(Unlucky(), map=dask)


def test_the_page_s_examples_run(cluster, tmp_path, monkeypatch):
    """With smaller numbers."""
    monkeypatch.chdir(tmp_path)
    text = PAGE.read_text(encoding="utf-8")
    names = {"__name__": "__main__", "cluster": cluster}
    for code in re.findall(r"```python\n(.*?)```", text, re.S):
        for old, new in SMALLER.items():
            code = code.replace(old, new)
        exec(code, names)
    names["client"].close()
    assert len(names["history"].losses) == 20
    check_same(tm.History.load("run.npz"), names["history"])


def test_an_executor(expected):
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(2, mp_context=context) as pool:
        executor = eval(line_of_the_docstring("an executor"), {"pool": pool})
        check_same(train(map=executor), expected)


def test_joblib(expected):
    joblib = pytest.importorskip("joblib")
    line = line_of_the_docstring("joblib")
    check_same(train(map=eval(line, vars(joblib))), expected)


@pytest.mark.slow
def test_ray(expected):
    ray = pytest.importorskip("ray")
    paths = {"env_vars": {"PYTHONPATH": os.pathsep.join(sys.path)}}
    ray.init(num_cpus=2, include_dashboard=False, log_to_driver=False, runtime_env=paths)
    try:
        check_same(train(map=eval(line_of_the_docstring("Ray"), {"ray": ray})), expected)
    finally:
        ray.shutdown()


@pytest.mark.slow
def test_a_worker_without_compiled_code_compiles_once_and_says_so(tmp_path):
    code = """
        from helpers.maps import travelling
        from helpers.training import run
        from tinymaml import distributed

        run(distributed.maml_finite_sum, batch=7, chunk=2, target="cpu", map=travelling)
    """
    words = "compiling the inner loop for float64: once on this computer"
    _, said = run_python(code, XDG_CACHE_HOME=str(tmp_path), NUMBA_CACHE_DIR="")
    assert said.count(words) == 1
    _, said = run_python(code, XDG_CACHE_HOME=str(tmp_path), NUMBA_CACHE_DIR="")
    assert said == ""
