"""`tinymaml bench --target cuda` in Numba's simulator, with a made-up GPU: a tiny cell, few lanes.
test_bench_on_gpu.py runs this in a process of its own, as the simulator has to be switched on
before Numba is imported."""

import sys
import time

from tinymaml.benchmark import bench, on_gpu, timing, workloads
from tinymaml.cli import main
from tinymaml.doctor import gpus
from tinymaml.engine.gpu import launch as cuda

sys.setswitchinterval(1e-5)  # lanes are threads that wait for each other
gpus.gpu = lambda k: gpus.Gpu("Simulated GPU", (8, 0), 1, 1.41, 2**30)
gpus.toolkit = lambda: "no toolkit"
on_gpu.NEAR, on_gpu.FAR, on_gpu.LAPS, on_gpu.BLOCKS, on_gpu.LANES, on_gpu.REPEATS, on_gpu.GEMM = (
    64,
    256,
    3,
    2,
    4,
    1,
    8,
)
bench.KERNELS, timing.RUNS, timing.PATIENCE = 2, 1, 0.0
workloads.WORKLOADS["quadratic"] = workloads.WORKLOADS["quadratic"]._replace(sizes=((2, 1),))
cuda.lanes_of = lambda plan: 2


def seconds(launch):  # the simulator's clock shows 0
    start = time.perf_counter()
    launch()
    return time.perf_counter() - start


on_gpu.seconds = seconds
if "wrong" in sys.argv:  # a GPU that computes something else
    run = cuda.run
    cuda.run = lambda plan, w, *rest, **named: run(plan, w + w.dtype.type(0.01), *rest, **named)
sys.exit(
    main(
        [
            "bench",
            "--target",
            "cuda",
            "--cell",
            "quadratic",
            "--seconds",
            "0.001",
            "--out",
            sys.argv[1],
            *sys.argv[3:],
        ]
    )
)
