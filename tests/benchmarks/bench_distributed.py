"""What a round over dask costs on this machine, what it sends, and from how much work on it pays.

    python tests/benchmarks/bench_distributed.py

A round is one meta-iteration: a job for each worker, which draws its tasks and takes their mean
meta-gradient (the network of the sinusoids, 1,761 parameters, 5 inner steps, float32). A worker is
a process with one thread, and so is the local run beside it: two workers stand for two machines of
one core. Needs the extra "distributed". About two minutes.
"""

import functools
import logging
import os
import pickle
import time

os.environ["NUMBA_NUM_THREADS"] = "1"  # here, and in the workers, which inherit it

import numpy as np  # noqa: E402
from dask.distributed import Client, LocalCluster  # noqa: E402

import tinymaml as tm  # noqa: E402
from tinymaml import distributed  # noqa: E402
from tinymaml.problems.sinusoids import Sinusoids  # noqa: E402

STEPS = 5
TASKS = (25, 100, 400, 1600, 6400)  # in each job
ROUNDS = 30  # or as many as fit into
SECONDS = 4.0
QUIET = {"silence_logs": logging.CRITICAL, "dashboard_address": None}


def nothing(job):
    """A job without work."""


def best(call):
    """The best time of a call, and the median, in ms."""
    call()
    times = []
    end = time.perf_counter() + SECONDS
    while len(times) < ROUNDS and (len(times) < 3 or time.perf_counter() < end):
        start = time.perf_counter()
        call()
        times.append(1e3 * (time.perf_counter() - start))
    return min(times), float(np.median(times))


def train(problem, batch, chunk, map):
    """One meta-iteration."""
    distributed.maml_finite_sum(
        problem.loss,
        problem.start,
        problem,
        alpha=0.01,
        steps=STEPS,
        stepsize=1e-3,
        batch=batch,
        iterations=1,
        chunk=chunk,
        map=map,
        progress=False,
    )


def measure_bytes(problem):
    """Bytes of a job and of what comes back, as pickle writes them."""
    sizes = []

    def weighing(f, jobs):
        parts = [f(job) for job in jobs]
        sizes[:] = len(pickle.dumps(jobs[0])), len(pickle.dumps(parts[0]))
        return parts

    train(problem, 25, 25, weighing)
    return sizes


def main():
    problem = Sinusoids(dtype=np.float32)
    sent, received = measure_bytes(problem)
    numbers = problem.start.nbytes
    print(f"bytes: a job {sent:,}, of which w {numbers:,}; what comes back {received:,}")
    local = {}
    for tasks in TASKS:
        local[tasks] = best(functools.partial(train, problem, tasks, tasks, map))[0]
    for workers in (1, 2):
        with LocalCluster(n_workers=workers, threads_per_worker=1, **QUIET) as cluster:
            with Client(cluster) as client:
                client.wait_for_workers(workers)
                report(workers, client, problem, local)


def report(workers, client, problem, local):
    """Print the overhead of a round on these workers, and its time next to the local one's."""

    def dask(f, jobs):
        return client.gather(client.map(f, jobs, pure=False))

    print(f"\n{workers} worker{'s' * (workers > 1)}")
    for jobs in (workers, 10 * workers):
        least, median = best(lambda jobs=jobs: dask(nothing, list(range(jobs))))
        print(f"  a round of {jobs:2} jobs without work: {least:.1f} ms (median {median:.1f})")
    print("  tasks a job | local ms | dask ms (median) | local / dask")
    for tasks in TASKS:
        batch = workers * tasks
        least, median = best(functools.partial(train, problem, batch, tasks, dask))
        alone = workers * local[tasks]
        print(f"  {tasks:11,} | {alone:8.1f} | {least:7.1f} ({median:6.1f}) | {alone / least:6.2f}")


if __name__ == "__main__":
    main()
