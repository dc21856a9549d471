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
from tinymaml.engine.compiled import cpu

PACKAGE = pathlib.Path(tm.__file__).parent
METHODS = ("exact", "first-order", "hessian-free")


def mse(p, x, y):
    return tm.mean(tm.square(tm.tanh(x @ p["W1"] + p["b1"]) @ p["W2"] + p["b2"] - y))


def problem(width=9, B=5, rows=(6, 4), dtype=np.float64, seed=0):
    """A loss, a start and tasks, the sizes of which are arguments."""
    rng = np.random.default_rng(seed)
    params = {
        "W1": rng.normal(size=(2, width)),
        "b1": rng.normal(size=width),
        "W2": rng.normal(size=(width, 1)),
        "b2": rng.normal(size=1),
    }
    loss = tm.Loss(mse, params)
    draw = lambda n: (
        rng.normal(size=(B, n, 2)).astype(dtype),
        rng.normal(size=(B, n, 1)).astype(dtype),
    )
    return (
        loss,
        loss.flatten(params).astype(dtype),
        tm.Tasks.finite_sum(draw(rows[0]), draw(rows[1])),
    )


def test_the_bits_are_the_same_from_run_to_run_and_for_two_python_threads_at_once():
    loss, w, tasks = problem(B=40)
    call = lambda: tm.meta_gradient(loss, w, tasks, alpha=0.05, steps=4, per_task=True)
    first, wrong = call(), []

    def work():
        wrong.extend(
            k for k in range(200) if not all(np.array_equal(a, b) for a, b in zip(first, call()))
        )

    workers = [threading.Thread(target=work) for _ in range(2)]
    [t.start() for t in workers]
    [t.join() for t in workers]
    assert not wrong


THREADS = """
    import numba, numpy as np, sys
    sys.path.insert(0, {tests!r})
    import tinymaml as tm
    from test_compiled import METHODS, problem
    for B in (1, 2, 25, 70):
        loss, w, tasks = problem(B=B, width=30)
        for method in METHODS:
            results = []
            for threads in range(1, 8):
                numba.set_num_threads(threads)
                r = tm.meta_gradient(loss, w, tasks, alpha=0.05, steps=3, method=method, per_task=True)
                results.append(b"".join(a.tobytes() for a in r))
            assert len(set(results)) == 1, (B, method)
    print("same bits")
"""


def run(code, **environment):
    """A fresh Python process -> (output, error output); fails if it fails."""
    tests = str(
        pathlib.Path(__file__).parent
    )  # not the folder above, where a clone's package would be found first
    code = textwrap.dedent(code).replace("{tests!r}", repr(tests))
    done = subprocess.run(
        [sys.executable, "-c", code],
        env=os.environ | environment,
        cwd=tests,
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip(), done.stderr


def test_the_bits_are_the_same_for_any_number_of_threads():
    assert run(THREADS, NUMBA_NUM_THREADS="7")[0] == "same bits"


def test_one_compiled_signature_serves_every_network_shape_step_method_and_layout_of_arrays():
    for dtype in (np.float32, np.float64):
        for width, B, rows in [(1, 1, (1, 1)), (3, 2, (5, 7)), (17, 33, (2, 9))]:
            loss, w, tasks = problem(width, B, rows, dtype)
            frozen = w.copy()
            frozen.flags.writeable = False
            spread = np.repeat(w, 2)[::2]
            for steps, method in [
                (0, "exact"),
                (1, "exact"),
                (3, "first-order"),
                (4, "hessian-free"),
                (7, "exact"),
            ]:
                results = [
                    tm.meta_gradient(loss, v, tasks, alpha=0.1, steps=steps, method=method).gradient
                    for v in (w, frozen, spread)
                ]
                assert np.array_equal(results[0], results[1]) and np.array_equal(
                    results[0], results[2]
                )
            tm.adapt(loss, frozen, tasks.inner, alpha=0.1, steps=2)
            x, y = (a[0] for a in tasks.inner)
            x.flags.writeable = False
            loss.hvp(frozen, spread, x, y, target="cpu")
            loss.gradient(spread, np.asfortranarray(x), y, target="cpu")
    signatures = cpu.compiled().signatures
    assert len(signatures) == 2 and {str(s[5].dtype) for s in signatures} == {"float32", "float64"}


def test_ten_thousand_calls_do_not_grow_the_memory():
    loss, w, tasks = problem(width=2, B=1, rows=(1, 1))
    call = lambda n: (
        [tm.meta_gradient(loss, w, tasks, alpha=0.05, steps=1) for _ in range(n)] and None
    )
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
    assert len(loss.tapes) <= 32 and len(loss.plans) <= 32


# ---- the cache, with a copy of the package and a folder of its own

CALL = """
    import numpy as np, tinymaml as tm
    loss = tm.Loss(lambda p, x: tm.mean(tm.square(x * p["a"])), {"a": np.ones(1)})
    x = np.ones((1, 1, 1))
    print(tm.__file__.split("tinymaml")[0], tm.meta_gradient(loss, np.ones(1), tm.Tasks.finite_sum((x,), (x,)), alpha=0.125, steps=1).gradient[0])
"""


@pytest.fixture(scope="module")
def copy(tmp_path_factory):
    """A copy of the package, imported from there, with its own cache, compiled once."""
    root = tmp_path_factory.mktemp("installation")
    shutil.copytree(PACKAGE, root / "tinymaml", ignore=shutil.ignore_patterns("__pycache__"))
    environment = {
        "PYTHONPATH": str(root),
        "XDG_CACHE_HOME": str(root / "cache"),
        "NUMBA_CACHE_DIR": "",
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    return root, environment, run(CALL, **environment)


def test_a_compilation_is_announced_in_one_line(copy):
    root, _, (output, messages) = copy
    assert output == f"{root}/ 1.125"  # (1 - 2 alpha)² · 2
    assert messages.count("\n") == 1 and "compiling the inner loop for float64" in messages


def test_a_second_process_starts_from_the_cache_even_if_the_installation_is_read_only(copy):
    root, environment, _ = copy
    before = sorted(p for p in root.rglob("*") if "cache" not in p.parts)
    for p in (root / "tinymaml").rglob("*"):
        p.chmod(0o555 if p.is_dir() else 0o444)
    output, messages = run(CALL, **environment)
    assert output == f"{root}/ 1.125" and messages == ""
    assert (
        sorted(p for p in root.rglob("*") if "cache" not in p.parts) == before
    )  # nothing is written beside the sources


def test_editing_an_engine_file_invalidates_the_cache_and_without_a_home_the_temporary_folder_serves(
    copy,
):
    root, environment, _ = copy
    kernels = root / "tinymaml" / "engine" / "compiled" / "kernels.py"
    kernels.chmod(0o644)
    source = kernels.read_text()
    assert source.count("one(w, x + j) + c * one(w, y + j)") == 1
    kernels.write_text(
        source.replace(
            "one(w, x + j) + c * one(w, y + j)", "one(w, x + j) + (c + c) * one(w, y + j)"
        )
    )
    blocked = root / "a file, not a folder"
    blocked.write_text("")
    (root / "tmp").mkdir()
    environment = environment | {"XDG_CACHE_HOME": str(blocked), "TMPDIR": str(root / "tmp")}
    output, messages = run(CALL, **environment)
    assert (
        output == f"{root}/ 0.5"
    )  # (1 - 4 alpha) · 2 · (1 - 4 alpha): every step is twice too long
    assert "compiling" in messages and list((root / "tmp").rglob("*.nbc"))
    assert run(CALL, **environment) == (output, "")


def test_compiled_code_in_a_folder_of_somebody_else_is_not_used(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setenv("NUMBA_CACHE_DIR", "")
    assert tmp_path in cpu.cache_folder().parents
    monkeypatch.setattr(os, "getuid", lambda: 12345)
    monkeypatch.setattr(cpu.tempfile, "gettempdir", lambda: str(tmp_path / "temporary"))
    assert cpu.cache_folder() is None
