"""What this machine is, and what it can do at best: the speed of its multiplications and of its
memory, and the price of a start."""

import json
import os
import platform
import subprocess
import sys
import tempfile
import time
from importlib import metadata
from threading import Barrier, Thread
from typing import NamedTuple

import numpy as np

from ..doctor.computer import cpu_name, own_cores

SHOWN = ("numpy", "numba", "jax", "torch")
GEMM = 2048  # rows of the square matrices that are multiplied
NEAR, FAR = 2**17, 2**27  # bytes of each thread's arrays: within its cache, and far beyond
SECONDS = 1.0  # for each GEMM
ADDITIONS = 40  # counted for each bandwidth
BLAS = ("OPENBLAS", "MKL", "BLIS", "VECLIB")  # whose settings start with these names


class Limits(NamedTuple):
    """Measured with all threads at once."""

    gemm: dict[str, float]  # dtype -> GFLOP/s of np.dot of two large square matrices
    cache: float  # GB/s read and written by additions of arrays that stay in the cache
    memory: float  # GB/s, of arrays that do not

    @property
    def flat(self):
        return "large GEMM"  # what `gemm` is

    @property
    def of(self):
        return "of GEMM"  # what shares are shares of

    def reach(self, intensity, dtype):
        """The GFLOP/s, at this intensity, that shares are shares of."""
        return self.gemm[dtype]


def threads():
    import numba

    return numba.get_num_threads()


def description():
    """Lines of (what, found)."""

    def version(name):
        try:
            return f"{name} {metadata.version(name)}"
        except metadata.PackageNotFoundError:
            return f"{name} missing"

    mine = own_cores()
    threads()  # numba is there now, so cpu_name knows what the compiler sees
    return [
        (
            "machine",
            f"{cpu_name()}, {mine} core{'' if mine == 1 else 's'}, {threads()} thread{'' if threads() == 1 else 's'}",
        ),
        ("system", f"{platform.system()} {platform.release()} {platform.machine()}"),
        ("versions", ", ".join([f"Python {platform.python_version()}", *map(version, SHOWN)])),
    ]


# ---- limits


def limits(dtypes):
    """Measure them in a fresh process, whose BLAS has as many threads as tinymaml and no other pool
    beside it."""
    n = threads()
    code = f"import json; from tinymaml.benchmark import machine; print(json.dumps(machine.measure({list(dtypes)!r}, {n})))"
    return Limits(
        *json.loads(fresh(code, {f"{library}_NUM_THREADS": str(n) for library in (*BLAS, "OMP")}))
    )


def measure(dtypes, n):
    """-> the fields of `Limits`, with n threads."""
    return {dtype: gemm(dtype) for dtype in dtypes}, bandwidth(NEAR, n), bandwidth(FAR, n)


def gemm(dtype):
    """GFLOP/s of np.dot."""
    a, b = np.random.default_rng(0).normal(size=(2, GEMM, GEMM)).astype(dtype)
    out = np.empty_like(a)
    return 2e-9 * GEMM**3 / fastest(lambda: np.dot(a, b, out))


def bandwidth(size, n):
    """GB/s of n threads that each add two arrays of `size` bytes into a third: two are read, one is
    written."""
    repeats, barrier, seconds = max(1, 2**28 // size), Barrier(n), []

    def add():
        arrays = [np.ones(size // 8) for _ in range(3)]
        x, y, out = (
            np.lib.stride_tricks.as_strided(a, (repeats, a.size), (0, 8)) for a in arrays
        )  # one call adds them many times
        for _ in range(ADDITIONS):
            barrier.wait()
            start = time.perf_counter()
            np.add(x, y, out=out)
            barrier.wait()
            seconds.append(time.perf_counter() - start)

    workers = [Thread(target=add) for _ in range(n)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    return 3e-9 * n * size * repeats / min(seconds)


def fastest(call):
    call()
    times = []
    while sum(times) < SECONDS or len(times) < 3:
        start = time.perf_counter()
        call()
        times.append(time.perf_counter() - start)
    return min(times)


# ---- the price of a start


def starts(cell):
    """Seconds of a fresh process's first call, with the import of Numba: (nothing compiled before,
    compiled code on disk)."""
    code = (
        "import time, tinymaml\nfrom tinymaml.benchmark.workloads import Cell\n"
        f"cell = Cell{cell.kind, cell.tasks, cell.steps, cell.dtype}\ncell.w, cell.batch\n"
        "start = time.perf_counter()\ncell.meta_gradient()\nprint(time.perf_counter() - start)"
    )
    with tempfile.TemporaryDirectory() as empty:
        return tuple(float(fresh(code, {"XDG_CACHE_HOME": empty})) for _ in range(2))


def fresh(code, variables):
    """What code prints in a process of its own, with these environment variables. The cache of
    compiled code is where XDG_CACHE_HOME says, and the BLAS is the fastest that it can be:
    OPENBLAS_CORETYPE can hold it to an older processor."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if name != "NUMBA_CACHE_DIR" and not name.startswith(BLAS)
    }
    done = subprocess.run(
        [sys.executable, "-c", code], env=kept | variables, capture_output=True, text=True
    )
    if done.returncode:
        raise RuntimeError(
            "a process of the benchmark failed: "
            + (done.stderr.strip().splitlines() or [str(done.returncode)])[-1]
        )
    return done.stdout.splitlines()[-1]
