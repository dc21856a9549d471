"""How long the first call for a loss of many operations takes before it runs: tracing and planning.

python tests/benchmarks/bench_planning.py
"""

import time

import numpy as np

import tinymaml as tm
from tinymaml.maml.compiled import plan_of


def seconds(length):
    """Of processor time, for a chain of so many operations and three exact steps."""

    def chain(p, x):
        h = p["a"]
        for _ in range(length // 2):
            h = tm.tanh(h * x)
        return tm.sum(h)

    loss = tm.Loss(chain, {"a": np.ones((1, 3))})
    x = np.ones((1, 2, 3))
    tasks = tm.Tasks.finite_sum((x,), (x,))
    start = time.process_time()
    plan_of(loss, np.dtype(float), "exact", 3, tasks.shapes, tasks.fresh)
    return time.process_time() - start


if __name__ == "__main__":
    print("| operations | seconds |")
    print("|---:|---:|")
    for length in (500, 1000, 2000, 4000):
        print(f"| {length} | {seconds(length):.2f} |")
