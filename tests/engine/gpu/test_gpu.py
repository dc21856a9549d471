"""On a GPU, where there is one: the results of the CPU to rounding, the same bits from run to run,
and the tests of the compiled machine."""

import numpy as np
import pytest

import tinymaml as tm
from helpers import network
from helpers.checks import PRECISIONS, close
from helpers.meta_gradients import ALPHA, KINDS, METHODS, W
from helpers.suites import COMPILED_MACHINE, run_tests
from tinymaml.engine.gpu.available import missing

pytestmark = pytest.mark.lesson_06


@pytest.fixture(autouse=True)
def need_gpu(request):
    if missing():
        pytest.skip(missing())
    if request.config.getoption("--target") != "cpu":
        pytest.skip("these tests compare with the CPU")


@PRECISIONS
@KINDS
@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("B", [1, 3, 5000])
def test_the_gpu_agrees_with_the_cpu(method, kind, dtype, B):
    tasks, w, eps = kind(2, B=B), W.astype(dtype), np.finfo(dtype).eps

    def call(target):
        return tm.meta_gradient(
            *(network.LOSS, w, tasks),
            alpha=np.full(len(w), ALPHA),
            steps=2,
            method=method,
            per_task=True,
            alpha_gradient=True,
            target=target,
        )

    magnified = eps ** (1 / 3) if method == "hessian-free" else 1
    for x, y, z in zip(call("cuda"), call("cuda"), call("cpu"), strict=True):
        assert x.dtype == dtype and np.array_equal(x, y)
        close(x, z, 10 * np.abs(z).max() / magnified, eps)


def test_a_network_wider_than_a_block():
    rng, n = np.random.default_rng(0), 300
    params = {
        "W1": rng.normal(size=(1, n)),
        "b1": np.ones(n),
        "W2": rng.normal(size=(n, n)) / n,
        "W3": rng.normal(size=(n, 1)) / n,
    }

    def mse(p, x, y):
        hidden = tm.tanh(tm.sin(x @ p["W1"] + p["b1"]) @ p["W2"])
        return tm.mean(tm.square(hidden @ p["W3"] - y))

    loss = tm.Loss(mse, params)
    x, y = rng.normal(size=(2, 40, 10, 1))
    tasks, w = tm.Tasks.finite_sum((x, y), (x, y)), loss.flatten(params)
    on_gpu, on_cpu = (
        tm.meta_gradient(loss, w, tasks, alpha=0.01, steps=3, target=target).gradient
        for target in ("cuda", "cpu")
    )
    close(on_gpu, on_cpu, np.abs(on_cpu).max() * 100, np.finfo(float).eps)


def test_the_tests_of_the_compiled_machine_pass_on_the_gpu():
    run_tests("cuda", *COMPILED_MACHINE, "maml/test_training.py", "maml/test_stepsizes.py")
