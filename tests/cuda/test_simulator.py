"""The whole inner loop in Numba's simulator of a GPU: a thread for each lane, real barriers, an
atomic count of the blocks that are ready."""

import os
import pathlib
import subprocess
import sys

import pytest

TESTS = pathlib.Path(__file__).parent.parent

HEAD = """
import sys
sys.setswitchinterval(1e-5)                                 # the lanes' threads take turns quickly
sys.path.insert(0, {tests!r})
import network, numpy as np, tinymaml as tm
from test_derivatives import close
from tinymaml.engine import cuda, gpu_memory
assert cuda.SIMULATED
W = np.random.default_rng(7).normal(size=network.P)
lanes_of = cuda.lanes_of

def pair(w, tasks, steps, method, target):
    return tm.meta_gradient(network.LOSS, w, tasks, alpha=0.1, steps=steps, method=method, per_task=True, target=target)

def check(w, tasks, steps, method, lanes=4, blocks=2):
    cuda.lanes_of = (lambda plan: lanes) if lanes else lanes_of
    cuda.capacity = lambda lanes: blocks
    results, eps = [pair(w, tasks, steps, method, target) for target in ("cuda", "numpy")], np.finfo(w.dtype).eps
    for x, y in zip(*results):
        assert x.dtype == w.dtype
        close(x, y, 10 * np.abs(y).max() / (eps ** (1 / 3) if method == "hessian-free" else 1), eps)
    return [a.tobytes() for a in results[0]]
"""

METHODS = (
    HEAD
    + """
for dtype in (np.float32, np.float64):
    for tasks in (network.finite_sum(B=3), network.resampled(2, B=3)):
        for method in ("exact", "first-order", "hessian-free"):
            check(W.astype(dtype), tasks, 2, method)
print("well")
"""
)

LANES = (
    HEAD
    + """
tasks = network.finite_sum(B=5, support=3, query=2)
cases = [(1, 1), (1, 2), (2, 3), (5, 2), (8, 1), (None, 2)]            # None: as many lanes as there would be on a GPU
assert len({tuple(check(W, tasks, 1, "exact", *case)) for case in cases for _ in range(2)}) == 1
print("well")
"""
)

DOORS = (
    HEAD
    + """
cuda.lanes_of = lambda plan: 3
loss, w, x = network.LOSS, W, np.linspace(-1, 1, 8).reshape(4, 2)
y = x[:, :1]
assert np.isclose(loss.value(w, x, y, target="cuda"), loss.value(w, x, y), rtol=1e-13)
assert np.allclose(loss.gradient(w, x, y, target="cuda"), loss.gradient(w, x, y), rtol=1e-11)
assert np.allclose(loss.hvp(w, w[::-1], x, y, target="cuda"), loss.hvp(w, w[::-1], x, y), rtol=1e-11)
for steps in (0, 2):
    both = [tm.adapt(loss, w, network.finite_sum().inner, alpha=0.1, steps=steps, target=target) for target in ("cuda", "numpy")]
    assert both[0].shape == (steps + 1, 3, len(w)) and np.allclose(*both, rtol=1e-12)
calm = tm.Loss(lambda p: tm.sum(tm.sin(p["a"])), {"a": np.ones(3)})
assert np.allclose(calm.hvp(np.array([1.0, 9e9, -3e5]), np.ones(3), target="cuda"), -np.sin([1.0, 9e9, -3e5]), rtol=1e-12)
first = pair(w, network.finite_sum(), 1, "exact", "cuda")
kept = first.gradient.copy()
pair(w + 1, network.finite_sum(), 1, "exact", "cuda")
assert np.array_equal(first.gradient, kept) and gpu_memory.THERE
print("well")
"""
)


def simulated(code):
    code = code.replace("{tests!r}", repr(str(TESTS)))
    environment = os.environ | dict(
        NUMBA_ENABLE_CUDASIM="1", PYTHONWARNINGS="error::RuntimeWarning"
    )
    return subprocess.run(
        [sys.executable, "-c", code],
        env=environment,
        cwd=TESTS,
        capture_output=True,
        text=True,
        timeout=600,
    )


@pytest.mark.parametrize("code", [METHODS, LANES, DOORS], ids=["methods", "lanes", "doors"])
def test_in_the_simulator(code):
    done = simulated(code)
    assert done.stdout == "well\n", done.stderr
