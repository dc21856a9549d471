"""The compiled machine as a good citizen: the same bits always, one compilation for everything, a
cache that is never stale."""

import gc
import os
import pathlib
import shutil
import subprocess
import sys
import textwrap
import threading
import tracemalloc

import numpy as np
import pytest

import tinymaml as tm
from tinymaml.engine.compiled import cache, cpu

PACKAGE = pathlib.Path(tm.__file__).parent
TESTS = str(pathlib.Path(__file__).parent)
METHODS = ("exact", "first-order", "hessian-free")


def mse(p, x, y):
    return tm.mean(tm.square(tm.tanh(x @ p["W1"] + p["b1"]) @ p["W2"] + p["b2"] - y))


def problem(width=9, B=5, rows=(6, 4), dtype=np.float64, seed=0):
    """A loss, a start and tasks; rows: of the support and of the query sets."""
    rng = np.random.default_rng(seed)
    params = {
        "W1": rng.normal(size=(2, width)),
        "b1": rng.normal(size=width),
        "W2": rng.normal(size=(width, 1)),
        "b2": rng.normal(size=1),
    }
    loss = tm.Loss(mse, params)

    def draw(n):
        x = rng.normal(size=(B, n, 2)).astype(dtype)
        y = rng.normal(size=(B, n, 1)).astype(dtype)
        return x, y

    tasks = tm.Tasks.finite_sum(draw(rows[0]), draw(rows[1]))
    return loss, loss.flatten(params).astype(dtype), tasks


def test_the_bits_are_the_same_from_run_to_run_and_for_two_python_threads_at_once():
    loss, w, tasks = problem(B=40)

    def bits():
        r = tm.meta_gradient(loss, w, tasks, alpha=0.05, steps=4, per_task=True)
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
    import numba, numpy as np, sys
    sys.path.insert(0, {tests!r})
    import tinymaml as tm
    from test_compiled import METHODS, problem
    for B in (1, 2, 25, 70):
        loss, w, tasks = problem(B=B, width=30)
        for method in METHODS:
            results = set()
            for threads in range(1, 8):
                numba.set_num_threads(threads)
                r = tm.meta_gradient(
                    loss, w, tasks, alpha=0.05, steps=3, method=method, per_task=True
                )
                results.add(b"".join(array.tobytes() for array in r))
            assert len(results) == 1, (B, method)
    print("same bits")
"""


def run(code, **environment):
    """A fresh Python process -> (output, error output); fails if it fails.

    It runs in the tests' folder: in the folder above, a clone's package would be found first.
    """
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code)],
        env=os.environ | environment,
        cwd=TESTS,
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip(), done.stderr


def test_the_bits_are_the_same_for_any_number_of_threads():
    output, _ = run(THREADS.format(tests=TESTS), NUMBA_NUM_THREADS="7")
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
    signatures = cpu.jit_inner_loop().signatures
    assert len(signatures) == 2
    start = 6  # of all_tasks' arguments
    assert {str(types[start].dtype) for types in signatures} == {"float32", "float64"}


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


# ---- the cache, with a copy of the package and a folder of its own

# the gradient of a² after one step: a -> (1 - 2 alpha) a, so (1 - 2 alpha)² · 2
CALL = """
    import numpy as np, tinymaml as tm
    loss = tm.Loss(lambda p, x: tm.mean(tm.square(x * p["a"])), {"a": np.ones(1)})
    x = np.ones((1, 1, 1))
    tasks = tm.Tasks.finite_sum((x,), (x,))
    r = tm.meta_gradient(loss, np.ones(1), tasks, alpha=0.125, steps=1)
    print(tm.__file__.split("tinymaml")[0], r.gradient[0])
"""


@pytest.fixture(scope="module")
def copy(tmp_path_factory):
    """A copy of the package, imported from there, with its own cache, compiled once -> its root,
    the environment to run it in, and what the first call printed."""
    root = tmp_path_factory.mktemp("installation")
    shutil.copytree(PACKAGE, root / "tinymaml", ignore=shutil.ignore_patterns("__pycache__"))
    environment = {
        "PYTHONPATH": str(root),
        "XDG_CACHE_HOME": str(root / "cache"),
        "NUMBA_CACHE_DIR": "",
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    return root, environment, run(CALL, **environment)


def files_outside_of_the_cache(root):
    return sorted(path for path in root.rglob("*") if "cache" not in path.relative_to(root).parts)


def test_a_compilation_is_announced_in_one_line(copy):
    root, _, (output, messages) = copy
    assert output == f"{root}/ 1.125"
    assert messages.count("\n") == 1
    assert "compiling the inner loop for float64" in messages


def test_a_second_process_starts_from_the_cache_even_if_the_installation_is_read_only(copy):
    root, environment, _ = copy
    before = files_outside_of_the_cache(root)
    for path in (root / "tinymaml").rglob("*"):
        path.chmod(0o555 if path.is_dir() else 0o444)
    output, messages = run(CALL, **environment)
    assert output == f"{root}/ 1.125"
    assert messages == ""
    assert files_outside_of_the_cache(root) == before  # nothing is written beside the sources


def test_an_edited_kernel_is_compiled_anew_and_without_a_home_the_temporary_folder_serves(copy):
    root, environment, _ = copy
    kernels = root / "tinymaml" / "engine" / "compiled" / "kernels.py"
    source = kernels.read_text()
    axpy = "total = load_vector(memory, x + j) + c * load_vector(memory, y + j)"
    assert source.count(axpy) == 1
    kernels.chmod(0o644)
    kernels.write_text(source.replace(axpy, axpy.replace("c *", "(c + c) *")))
    blocked = root / "a file, not a folder"
    blocked.write_text("")
    (root / "tmp").mkdir()
    environment = environment | {"XDG_CACHE_HOME": str(blocked), "TMPDIR": str(root / "tmp")}
    output, messages = run(CALL, **environment)
    # every step is twice too long: (1 - 4 alpha) · 2 · (1 - 4 alpha)
    assert output == f"{root}/ 0.5"
    assert "compiling" in messages
    assert list((root / "tmp").rglob("*.nbc"))
    assert run(CALL, **environment) == (output, "")


def test_compiled_code_in_a_folder_of_somebody_else_is_not_used(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setenv("NUMBA_CACHE_DIR", "")
    assert tmp_path in cache.cache_folder().parents
    monkeypatch.setattr(os, "getuid", lambda: 12345)
    monkeypatch.setattr(cache.tempfile, "gettempdir", lambda: str(tmp_path / "temporary"))
    assert cache.cache_folder() is None
