"""The meta-gradient over a map: the local one's numbers, the same bits for every map."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

import tinymaml as tm
from helpers import maps
from helpers.meta_gradients import ALPHA, KINDS, METHODS, W
from helpers.network import LOSS, Engine, P, finite_sum
from helpers.training import flat
from tinymaml import distributed

STEPS = 2
EPS = {np.float32: np.finfo(np.float32).eps, np.float64: np.finfo(np.float64).eps}


def check_close(found, local, dtype=np.float64):
    """Is everything the same, to the rounding of a sum?"""
    for ours, theirs in zip(found, local, strict=True):
        if theirs is None:
            assert ours is None
            continue
        scale = np.abs(theirs).max()
        assert np.abs(np.asarray(ours) - theirs).max() <= 8 * EPS[dtype] * scale
        assert np.asarray(ours).dtype == np.asarray(theirs).dtype
        assert type(ours) is type(theirs)


@KINDS
@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("chunk", [1, 3, 4, 7, 100])
def test_it_is_the_local_one_to_rounding(kind, method, chunk):
    tasks = kind(STEPS, B=13)
    options = dict(alpha=ALPHA, steps=STEPS, method=method, target="numpy")
    options |= dict(per_task=True, alpha_gradient=True)
    local = tm.meta_gradient(LOSS, W, tasks, **options)
    found = distributed.meta_gradient(LOSS, W, tasks, chunk=chunk, map=maps.travelling, **options)
    check_close(found, local)
    if chunk == 100:
        assert flat(found) == flat(local)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@KINDS
def test_it_is_the_local_one_on_the_compiled_machine(kind, dtype):
    tasks = kind(STEPS, B=13)
    options = dict(alpha=np.full(P, ALPHA, dtype), steps=STEPS, alpha_gradient=True)
    local = tm.meta_gradient(LOSS, W.astype(dtype), tasks, **options)
    found = distributed.meta_gradient(LOSS, W.astype(dtype), tasks, chunk=4, **options)
    check_close(found, local, dtype)


@KINDS
def test_a_start_for_each_task(kind):
    tasks = kind(0, B=13)
    starts = np.random.default_rng(3).normal(size=(13, P))
    options = dict(alpha=ALPHA, steps=0, per_task=True, target="numpy")
    local = tm.meta_gradient(LOSS, starts, tasks, **options)
    check_close(distributed.meta_gradient(LOSS, starts, tasks, chunk=5, **options), local)


@KINDS
@pytest.mark.parametrize("target", ["numpy", "cpu"])
def test_the_bits_do_not_depend_on_the_map(kind, target):
    tasks = kind(STEPS, B=13)
    options = dict(alpha=ALPHA, steps=STEPS, per_task=True, target=target, chunk=3)
    expected = flat(distributed.meta_gradient(LOSS, W, tasks, **options))
    with ThreadPoolExecutor(3) as pool:
        for other in (maps.backwards, maps.travelling, pool.map):
            found = distributed.meta_gradient(LOSS, W, tasks, map=other, **options)
            assert flat(found) == expected


def test_the_means_are_added_in_pairs_of_pairs():
    """Numbers whose sum depends on the order."""
    values = [1e16, 1.0, -1e16, 1.0, 3.0]
    parts = [distributed.chunks.Part("", 1, 5 * value, []) for value in values]
    expected = ((1e16 + 1.0) + (-1e16 + 1.0)) + 3.0
    assert distributed.chunks.mean_over_tasks(parts) == expected


def test_a_loss_is_traced_once_though_it_is_sent_with_every_job(monkeypatch):
    traced = []
    trace = tm.Loss.trace

    def note(self, shapes):
        traced.append(shapes)
        return trace(self, shapes)

    monkeypatch.setattr(tm.Loss, "trace", note)
    loss = tm.Loss(LOSS.function, LOSS.unflatten(W))
    tasks = finite_sum(B=6, support=5, query=4)
    for _ in range(3):
        distributed.meta_gradient(
            loss, W, tasks, alpha=ALPHA, steps=STEPS, target="numpy", chunk=2, map=maps.travelling
        )
    # for the two shapes, by the caller, who checks the loss, and by the worker
    assert len(traced) == 4


def test_an_engine_of_ones_own_is_used_as_it_comes():
    tasks = finite_sum(B=6)
    options = dict(alpha=ALPHA, steps=STEPS, target="numpy")
    local = tm.meta_gradient(Engine(), W, tasks, **options)
    check_close(distributed.meta_gradient(Engine(), W, tasks, chunk=4, **options), local)


def test_a_task_is_sent_once():
    weighing = maps.Weighing()
    tasks = finite_sum(B=60, support=50, query=40)
    distributed.meta_gradient(
        LOSS, W, tasks, alpha=ALPHA, steps=STEPS, target="numpy", map=weighing
    )
    numbers = sum(array.nbytes for part in (tasks.inner, tasks.outer) for array in part)
    assert len(weighing.sent) == 3
    assert numbers < sum(weighing.sent) < numbers + 3 * 2000


def test_what_is_not_finite_names_the_chunk():
    """Of tasks 0 to 3, task 2 diverges, the last of the first chunk of three."""
    tasks = finite_sum(B=4)
    x = tasks.inner[0].copy()
    x[2] *= 1e200
    tasks = tm.Tasks.finite_sum((x, tasks.inner[1]), tasks.outer)
    with pytest.warns(tm.DivergenceWarning) as caught:
        found = distributed.meta_gradient(
            LOSS, W, tasks, alpha=1e200, steps=STEPS, target="numpy", chunk=3
        )
    assert not np.isfinite(found.gradient).all()
    assert "chunk 0 (tasks 0 to 2): " in str(caught[0].message)
    assert caught[0].filename == __file__
