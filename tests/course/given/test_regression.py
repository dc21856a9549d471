"""The regressions of lesson 17: their gradients, their best starts, their instances."""

import numpy as np
import pytest

from tinymaml import theory
from tinymaml.course.given import regression

pytestmark = pytest.mark.lesson_17


@pytest.fixture
def tasks():
    rng = np.random.default_rng(0)
    return [regression.draw(rng, 10) for _ in range(5)]


def test_gradient_and_hessian(tasks):
    (support, _), *_ = tasks
    rng = np.random.default_rng(1)
    w, v = rng.normal(size=(2, regression.SIZE))
    shift = 1e-6 * v
    slope = (support.value(w + shift) - support.value(w - shift)) / 2e-6
    assert slope == pytest.approx(support.gradient(w) @ v, rel=1e-7)
    change = support.gradient(w + v) - support.gradient(w)
    np.testing.assert_allclose(support.hessian(w) @ v, change, atol=1e-12)
    assert np.linalg.norm(support.hessian(w), 2) == pytest.approx(support.L)
    many = np.stack([w, v])
    np.testing.assert_allclose(support.gradient(many)[1], support.gradient(v))
    assert support.value(many).shape == (2,)
    assert support.hessian(many).shape == (2, regression.SIZE, regression.SIZE)


def test_judged_is_the_meta_loss(tasks):
    w = np.random.default_rng(2).normal(size=regression.SIZE)
    task = tasks[0]
    x = regression.instance([task], w, b=[1.0], alpha=0.05, steps=3)
    assert regression.judged(w, [task], 0.05, 3) == pytest.approx(float(x.meta_loss(w)))


def test_the_best_start_has_no_meta_gradient(tasks):
    w = regression.best_start(tasks, 0.05, 3)
    gradients = [
        regression.instance([task], w, b=[1.0], alpha=0.05, steps=3).meta_gradient for task in tasks
    ]
    np.testing.assert_allclose(np.mean(gradients, axis=0), 0, atol=1e-9)


def test_lemma_9_needs_the_gap_at_w_only(tasks):
    task = tasks[0]
    for size in (0.0, 1000.0):
        w = np.full(regression.SIZE, size)
        support, query = task
        b = np.linalg.norm(support.gradient(w) - query.gradient(w))
        x = regression.instance([task], w, [b], alpha=0.05, steps=5)
        assert all(chain.holds for chain in theory.RESULTS["lemma_9"].evaluate(x).values())


def test_an_instance_of_several_tasks(tasks):
    w = np.random.default_rng(3).normal(size=regression.SIZE)
    x = regression.instance(tasks, w, b=[1.0] * len(tasks), alpha=0.05, steps=3)
    assert regression.judged(w, tasks, 0.05, 3) == pytest.approx(float(x.meta_loss(w)))
    gradients = np.array([query.gradient(w) for _, query in tasks])
    far = np.linalg.norm(gradients - gradients.mean(axis=0), axis=1)
    assert x.sigma == pytest.approx(np.sqrt(np.mean(far**2)))


def test_the_largest_L_is_that_of_the_tasks_that_are_repeated():
    seen = []

    def starts(tasks, alpha, steps):
        seen.extend(loss.L for task in tasks for loss in task)
        return {"w = 0": np.zeros(regression.SIZE)}

    regression.repeat(starts, 0.02, 1, repetitions=2)
    tests = [task for seed in range(2) for task in regression.draw_repetition(seed)[1]]
    seen.extend(loss.L for task in tests for loss in task)
    assert regression.largest_L(2) == max(seen)
    assert len(seen) == 2 * 2 * 120
