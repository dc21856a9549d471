"""Thousands of calls on several threads leave the process as large as it was (seen from outside:
compiled code allocates too)."""

import pytest

from helpers.platforms import needs_resource
from helpers.processes import run_python

pytestmark = pytest.mark.lesson_05

CALLS = """
import resource, sys
import numpy as np
import tinymaml as tm

def mse(p, x, y):
    return tm.mean(tm.square(tm.tanh(x @ p["W1"]) @ p["W2"] - y))

loss = tm.Loss(mse, {"W1": np.ones((1, 20)), "W2": np.ones((20, 1))})
rng = np.random.default_rng(0)
x, y = rng.normal(size=(8, 10, 1)), rng.normal(size=(8, 10, 1))
tasks = tm.Tasks.finite_sum((x, y), (x, y))
w = rng.normal(size=40)

def bytes_after(calls):
    for _ in range(calls):
        tm.meta_gradient(loss, w, tasks, alpha=0.01, steps=1, per_task=True)
    unit = 1 if sys.platform == "darwin" else 1024
    return unit * resource.getrusage(resource.RUSAGE_SELF).ru_maxrss

before = bytes_after(1000)
print(bytes_after(3_000) - before)
"""


@needs_resource
def test_thousands_of_calls_do_not_grow_the_process():
    grown, _ = run_python(CALLS)
    assert int(grown) < 600_000  # two hundred bytes a call; one kept result would be over 5,000
