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

from tinymaml import distributed  # noqa: E402
from tinymaml.problems.sinusoids import Sinusoids  # noqa: E402

STEPS = 5
TASKS = (25, 100, 400, 1600, 6400)  # in each job
ROUNDS = 30  # or as many as fit into
SECONDS = 4.0
QUIET = {"silence_logs": logging.CRITICAL, "dashboard_address": None}


def nothing(job):
    """A job without work."""


def take_turns(*calls):
    """(best, median) of each call in ms; the calls take turns."""
    for call in calls:
        call()
    times = [[] for _ in calls]
    end = time.perf_counter() + SECONDS
    while len(times[0]) < ROUNDS and (len(times[0]) < 3 or time.perf_counter() < end):
        for call, taken in zip(calls, times, strict=True):
            start = time.perf_counter()
            call()
            taken.append(1e3 * (time.perf_counter() - start))
    return [(min(taken), float(np.median(taken))) for taken in times]


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
    for workers in (1, 2):
        with LocalCluster(n_workers=workers, threads_per_worker=1, **QUIET) as cluster:
            with Client(cluster) as client:
                client.wait_for_workers(workers)
                report(workers, client, problem)


def report(workers, client, problem):
    """Print the overhead of a round on these workers, and its time next to the local one's."""

    def dask(f, jobs):
        return client.gather(client.map(f, jobs, pure=False))

    print(f"\n{workers} worker{'s' * (workers > 1)}")
    for jobs in (workers, 10 * workers):
        call = functools.partial(dask, nothing, list(range(jobs)))
        [(least, median)] = take_turns(call)
        print(f"  a round of {jobs:2} jobs without work: {least:.1f} ms (median {median:.1f})")
    print("  tasks a job | local ms: best (median) | dask ms: best (median) | local / dask")
    for tasks in TASKS:
        calls = []
        for other in (map, dask):
            calls.append(functools.partial(train, problem, workers * tasks, tasks, other))
        local, elsewhere = take_turns(*calls)
        row = [f"{tasks:11,}"]
        row += [f"{least:8.1f} ({median:8.1f})" for least, median in (local, elsewhere)]
        row += [f"{local[0] / elsewhere[0]:.2f} ({local[1] / elsewhere[1]:.2f})"]
        print("  " + " | ".join(row))


if __name__ == "__main__":
    main()
