"""The host side of the GPU, with a GPU of our own (helpers/fake_gpu.py): what is copied, kept,
given back, and said when something fails."""

import copy
import gc
import multiprocessing
import os
import pickle
import threading

import numpy as np
import pytest
from numba.cuda.cudadrv import driver

import tinymaml as tm
from helpers import network
from helpers.meta_gradients import W
from helpers.platforms import needs_fork
from helpers.processes import run_python
from tinymaml.engine.gpu import arguments, available, launch, memory
from tinymaml.engine.targets import missing

pytestmark = pytest.mark.lesson_06


def call(tasks, w=W, steps=1, loss=network.LOSS, **options):
    return tm.meta_gradient(loss, w, tasks, alpha=0.1, steps=steps, target="cuda", **options)


def agrees(result, tasks, w=W, **options):
    """Is this what the NumPy machine finds?"""
    want = tm.meta_gradient(network.LOSS, w, tasks, alpha=0.1, steps=1, target="numpy", **options)
    rtol = 1e-4 if w.dtype == np.float32 else 1e-12
    return all(
        np.allclose(x, y, rtol=rtol, atol=0)
        for x, y in zip(result, want, strict=True)
        if y is not None
    )


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_every_call_of_the_contract_launches_the_same_two_signatures(device, dtype):
    """`fake_gpu.launch` compares the arguments' types with those that are compiled: with tasks or
    one, points or none, no data, no steps."""
    w, fixed = W.astype(dtype), network.finite_sum(B=3)
    x, y = (a[0].astype(dtype) for a in fixed.inner)
    for tasks in (fixed, network.resampled(1, B=3), network.finite_sum(B=1)):
        for method in ("exact", "first-order", "hessian-free"):
            options = {"method": method, "per_task": True}
            result = call(tasks, w, **options)
            assert agrees(result, tasks, w, **options) or method == "hessian-free"
    loss = network.LOSS
    for steps in (0, 2):
        trajectory = tm.adapt(loss, w, fixed.inner, alpha=0.1, steps=steps, target="cuda")
        assert trajectory.shape == (steps + 1, 3, w.size)
    value, gradient = loss.value(w, x, y, target="cuda"), loss.gradient(w, x, y, target="cuda")
    hvp = loss.hvp(w, w, x, y, target="cuda")
    assert np.isclose(value, loss.value(w, x, y), rtol=1e-5)
    assert np.allclose(gradient, loss.gradient(w, x, y), rtol=1e-4)
    assert np.allclose(hvp, loss.hvp(w, w, x, y), rtol=1e-4)
    # no data, a single parameter
    single = tm.Loss(lambda p: tm.sum(tm.square(p["a"])), {"a": np.ones(1)})
    assert single.value(np.ones(2, dtype)[::2], target="cuda") == 1
    assert single.gradient(np.broadcast_to(dtype(3), (1,)), target="cuda") == 6


def test_both_algorithms_run(device):
    from tinymaml.problems import Sinusoids

    problem = Sinusoids()
    options = dict(
        alpha=0.01, steps=1, stepsize=0.01, batch=2, iterations=2, seed=0, progress=False
    )
    for algorithm, more in (
        (tm.maml_finite_sum, {}),
        (tm.maml_resampling, dict(samples=dict(inner=2, hessian=2, outer=2))),
    ):
        loss, w = small_network()
        histories = [
            algorithm(loss, w, problem, **options, **more, target=target)
            for target in ("cuda", "numpy")
        ]
        assert np.allclose(histories[0].w, histories[1].w, rtol=1e-10)


def small_network():
    loss = tm.Loss(
        lambda p, x, y: tm.mean(tm.square(tm.tanh(x @ p["a"]) @ p["b"] - y)),
        {"a": np.ones((1, 3)), "b": np.ones((3, 1))},
    )
    return loss, np.linspace(-1, 1, 6)


def test_starts_of_every_kind_are_copied_and_results_are_one_s_own(device):
    tasks, frozen = network.finite_sum(B=3), W.copy()
    frozen.flags.writeable = False
    first = call(tasks, per_task=True)
    copies = [array.copy() for array in first[:4]]
    for w in (frozen, np.repeat(W, 2)[::2], W[::-1].copy()[::-1]):
        again = call(tasks, w, per_task=True)
        assert all(np.array_equal(x, y) for x, y in zip(again[:4], copies, strict=True))
    call(tasks, W + 1, per_task=True)  # the same buffers on the GPU, other numbers
    assert all(np.array_equal(x, y) for x, y in zip(first[:4], copies, strict=True))
    assert all(array.flags.writeable for array in first[:4])


def test_what_does_not_change_stays_there_and_goes_with_its_plan(device):
    loss, tasks = (
        tm.Loss(network.mse, {name: np.ones(shape) for name, shape in network.SHAPES.items()}),
        network.finite_sum(B=3),
    )
    call(tasks, loss=loss)
    before, arrays = device.used(), len(device.arrays)
    call(tasks, loss=loss)
    assert len(device.arrays) == arrays and device.used() == before > 0
    copies = [
        copy.deepcopy(loss),
        pickle.loads(pickle.dumps(network.LOSS)),
    ]  # a copy has no part in it
    assert len(device.arrays) == arrays and all(not c.plans for c in copies)
    loss.plans.clear()
    del loss
    gc.collect()
    assert device.used() == 0


@pytest.mark.parametrize("blocks", [1, 2, 3, 4, 7, 8, 13])
def test_every_workspace_starts_with_the_constants(device, blocks):
    call(network.finite_sum(B=1))
    plan = next(iter(memory.STORED))
    assert np.array_equal(
        memory.make_memories(plan, blocks), np.tile(plan.memories(1), (blocks, 1))
    )


def test_as_many_blocks_as_run_at_the_same_time_and_find_room(device):
    tasks = network.finite_sum(B=60)
    call(tasks)
    ((blocks, lanes),) = device.launches
    assert blocks == device.MULTIPROCESSOR_COUNT * min(16, 1024 // lanes) and lanes % 32 == 0
    (plan,) = memory.STORED
    memory.STORED.clear()
    device.memory = device.used() + 8 * memory.bytes_of_memory(plan) + 60_000
    assert agrees(call(tasks), tasks)
    assert 1 <= device.launches[-1][0] <= 8


def test_a_full_memory_is_emptied_of_what_others_keep_before_anybody_is_told(device):
    tasks, others = network.finite_sum(B=20), [small_network() for _ in range(3)]
    x = np.ones((20, 2, 1))
    for loss, w in others:
        call(tm.Tasks.finite_sum((x, x), (x, x)), w, loss=loss)
    call(network.finite_sum(B=2))
    device.memory = device.used() + 1000
    assert agrees(call(tasks, per_task=True), tasks, per_task=True)
    device.memory = 20_000
    with pytest.raises(
        MemoryError, match="more than half of what is free on the GPU: use fewer steps"
    ):
        call(network.finite_sum(B=1), steps=20)
    with pytest.raises(
        MemoryError,
        match=r"too little memory for 500 tasks at once: .* "
        r"take fewer tasks at once, or use target=\"cpu\"",
    ):
        call(network.finite_sum(B=500))
    device.memory = 2**30
    assert agrees(call(tasks), tasks)


def test_what_fails_on_the_gpu_is_said_in_one_sentence_and_the_next_call_starts_afresh(device):
    tasks = network.finite_sum(B=3)
    for error, said in (
        (
            "[700] Call to cuMemcpyDtoH results in CUDA_ERROR_ILLEGAL_ADDRESS",
            r"failed on the GPU \(\[700\] .*\): use target",
        ),
        (
            "[702] CUDA_ERROR_LAUNCH_TIMEOUT",
            "drives a display stops what takes seconds; start again, with fewer tasks",
        ),
        ("[222] CUDA_ERROR_UNSUPPORTED_PTX_VERSION", "pip install"),
    ):
        device.fails.append(Exception(error))
        with pytest.raises(RuntimeError, match=said):
            call(tasks)
        assert not memory.STORED
        assert agrees(call(tasks), tasks)


@pytest.mark.parametrize("takes_long", [True, False])
def test_a_first_launch_that_takes_long_is_announced(device, monkeypatch, capsys, takes_long):
    """A launch takes long if the timer, which nobody waits for here, ends before it does."""
    timers = []

    class Timer:
        def __init__(self, seconds, function, arguments):
            self.end = lambda: function(*arguments)
            self.running = False

        def start(self):
            self.running = True
            timers.append(self)

        def cancel(self):
            self.running = False

    fast_launch = device.launch

    def slow_launch(*arguments):
        for timer in timers:
            if takes_long and timer.running:
                timer.end()
        fast_launch(*arguments)

    monkeypatch.setattr(launch, "launched", set())
    monkeypatch.setattr(launch.threading, "Timer", Timer)
    monkeypatch.setattr(device, "launch", slow_launch)
    for _ in range(2):
        call(network.finite_sum(B=1))
    said = capsys.readouterr().err
    line = "tinymaml: compiling the inner loop for the GPU, float64: once"
    assert said.count(line) == said.count("\n") == (1 if takes_long else 0)
    assert len(timers) == 1
    assert not timers[0].running


def test_two_threads_at_once(device):
    tasks, wrong = [network.finite_sum(B=2, seed=k) for k in range(2)], []

    def work(k):
        wrong.extend(n for n in range(8) if not agrees(call(tasks[k]), tasks[k]))

    workers = [threading.Thread(target=work, args=(k,)) for k in range(2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert not wrong


def test_addresses_of_32_bits_are_enough_or_it_is_said(device, monkeypatch):
    call(network.finite_sum(B=1))
    (plan,) = memory.STORED
    assert [table.dtype for table in arguments.tables(plan)] == [
        np.int32,
        np.float64,
        np.int32,
        np.int32,
    ]
    monkeypatch.setattr(plan.layout, "size", 2**31)
    with pytest.raises(ValueError, match='2,147,483,648 numbers; target="cuda" has addresses for'):
        arguments.tables(plan)


@needs_fork
def test_a_forked_process_says_what_to_do(device, monkeypatch):
    monkeypatch.setattr(driver.driver, "pid", os.getpid())  # as after a call on a GPU
    with multiprocessing.get_context("fork").Pool(1) as pool:
        assert 'multiprocessing.get_context("spawn")' in pool.apply(in_a_fork)


def in_a_fork():
    try:
        return str(call(network.finite_sum(B=1)))
    except RuntimeError as error:
        return str(error)


# ---- without a GPU


def test_tinymaml_loads_neither_numba_nor_cuda_and_asks_for_neither():
    code = """
import sys, tinymaml as tm
from tinymaml.engine.gpu import available
print(sorted(name for name in sys.modules if name.startswith(("numba", "cuda"))))
"""
    output, _ = run_python(code)
    assert output == "[]"


@pytest.mark.parametrize(
    "environment, said",
    [
        (
            dict(NUMBA_DISABLE_CUDA="1"),
            'target="cuda" is switched off by the environment variable NUMBA_DISABLE_CUDA: '
            'unset it, or use target="cpu"',
        ),
        (
            dict(NUMBA_ENABLE_CUDASIM="1"),
            'target="cuda" does not run in Numba\'s simulator: '
            'unset the environment variable NUMBA_ENABLE_CUDASIM, or use target="cpu"',
        ),
        (dict(CUDA_VISIBLE_DEVICES=""), 'target="cuda" finds no GPU ('),
    ],
)
def test_what_is_missing_is_one_sentence(environment, said):
    code = """
import numpy as np, tinymaml as tm
loss = tm.Loss(lambda p: tm.sum(p["a"]), {"a": np.ones(1)})
try: loss.value(np.ones(1), target="cuda")
except RuntimeError as error: print(error)
"""
    output, _ = run_python(code, **environment)
    assert output.startswith(said)
    assert "\n" not in output
    assert 'or use target="cpu"' in output


class Driver:
    """numba.cuda, as seen from available.py."""

    def __init__(self, error=None, gpus=(0,), available=True):
        self.error, self.gpus, self.available = error, gpus, available

    def cuda_error(self):
        return self.error

    def is_available(self):
        return self.available


@pytest.mark.parametrize(
    "driver, said",
    [
        (Driver(), ""),
        (
            Driver("\nCUDA driver library cannot be found.\nMore."),
            "finds no GPU (CUDA driver library cannot be found): it needs an",
        ),
        (Driver(gpus=()), "finds no GPU (the driver lists no GPU)"),
        (Driver(available=False), "finds a GPU but not CUDA's compiler (no NVVM found): pip "),
    ],
)
def test_which_part_is_missing(driver, said):
    no_driver = available.describe_missing_driver(driver)
    no_compiler = available.describe_missing_compiler(driver)
    if "no GPU" in said:
        assert said in no_driver
    else:
        assert no_driver == "" and said in no_compiler
    assert bool(said) == bool(no_driver or no_compiler)


def test_the_sentence_is_found_once():
    assert missing() is available.missing() is available.missing()
