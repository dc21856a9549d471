"""The work of tracing and planning grows no faster than the loss (bench_planning.py has times)."""

import sys

import numpy as np
import pytest

import tinymaml as tm
from tinymaml.maml.compiled import plan_of

pytestmark = pytest.mark.lesson_05


def chain(length):
    """A loss of so many operations, one after the other."""

    def loss(p, x):
        h = p["a"]
        for _ in range(length // 2):
            h = tm.tanh(h * x)
        return tm.sum(h)

    return tm.Loss(loss, {"a": np.ones((1, 3))})


def calls_of(function):
    """How many functions are called, Python's and built-in ones."""
    calls = 0

    def count(frame, event, argument):
        nonlocal calls
        calls += event in ("call", "c_call")

    before = sys.getprofile()
    sys.setprofile(count)
    try:
        function()
    finally:
        sys.setprofile(before)
    return calls


SLOW = [pytest.param(method, marks=pytest.mark.slow) for method in ("exact", "hessian-free")]


@pytest.mark.parametrize("method", ["first-order", *SLOW])
def test_four_times_the_operations_are_four_times_the_work(method):
    x = np.ones((1, 2, 3))
    tasks = tm.Tasks.finite_sum((x,), (x,))
    work = []
    for length in (500, 2000):
        loss = chain(length)
        work.append(
            calls_of(
                lambda loss=loss: plan_of(
                    loss, np.dtype(float), method, 3, tasks.shapes, tasks.fresh
                )
            )
        )
    assert work[1] <= 4.2 * work[0]
