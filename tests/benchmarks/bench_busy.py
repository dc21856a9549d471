"""How long a call takes where other processes keep the cores busy, with and without PyTorch.

    python tests/benchmarks/bench_busy.py

PyTorch, imported first, brings an OpenMP of its own settings: how long waiting threads spin is
decided when the first of them starts.
"""

import argparse
import importlib.util
import json
import subprocess
import sys
import time

BUSY = 3  # processes beside it
SECONDS = 5.0  # for each row

MEASURE = """
import json, sys, time
if {torch}:
    import torch
    torch.ones(1000, 1000) @ torch.ones(1000, 1000)
import numpy as np
import tinymaml as tm
from tinymaml.problems import networks
from tinymaml.problems.sinusoids import Sinusoids

def small():
    loss = tm.Loss(lambda p, x: tm.mean(tm.square(x @ p["W"])), {{"W": np.ones((3, 2))}})
    x = np.ones((1, 3, 3))
    tasks = tm.Tasks.finite_sum((x,), (x,))
    return loss, np.ones(6), tasks, 1

def network():
    rng = np.random.default_rng(0)
    loss = tm.Loss(networks.mse(), networks.initial(rng))
    w = loss.flatten(networks.initial(rng)).astype(np.float32)
    return loss, w, Sinusoids(10, 10, np.float32).sample(rng, 25), 5

times = {{}}
for case in (small, network):
    loss, w, tasks, steps = case()
    for _ in range(50):
        tm.meta_gradient(loss, w, tasks, alpha=0.01, steps=steps)
    taken = []
    end = time.perf_counter() + {seconds}
    while time.perf_counter() < end:
        start = time.perf_counter()
        tm.meta_gradient(loss, w, tasks, alpha=0.01, steps=steps)
        taken.append(time.perf_counter() - start)
    numbers = 1e6 * np.array(taken)
    times[case.__name__] = [
        float(numbers.mean()), float(np.median(numbers)), float(np.percentile(numbers, 95))
    ]
print(json.dumps(times))
"""


def measure(busy, torch, seconds):
    """case -> mean, median and 95th percentile of a call, in microseconds."""
    others = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(busy)]
    try:
        time.sleep(0.5)
        code = MEASURE.format(torch=torch, seconds=seconds)
        done = subprocess.run([sys.executable, "-c", code], stdout=subprocess.PIPE, check=True)
        return json.loads(done.stdout)
    finally:
        for process in others:
            process.kill()
            process.wait()


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=SECONDS, help="for each row")
    seconds = parser.parse_args().seconds
    has_torch = importlib.util.find_spec("torch") is not None
    print("| call | torch first | busy processes | mean µs | median µs | 95th percentile µs |")
    print("|---|---|---:|---:|---:|---:|")
    for torch in (False, True) if has_torch else (False,):
        for busy in (0, BUSY):
            for case, numbers in measure(busy, torch, seconds).items():
                shown = " | ".join(f"{number:,.0f}" for number in numbers)
                print(f"| {case} | {'yes' if torch else 'no'} | {busy} | {shown} |", flush=True)
    if not has_torch:
        print("PyTorch is not installed: not measured with it.")


if __name__ == "__main__":
    main()
