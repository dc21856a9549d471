"""What this machine is, and what it can do at best: the speed of its multiplications and of its
memory, and the price of a start."""

import json
import platform
import tempfile
import time
from importlib import metadata
from threading import Barrier, Thread
from typing import NamedTuple

import numpy as np

from ..terminal.computer import blas_threads, cpu_name, own_cores
from ..terminal.processes import run_python
from ..terminal.text import count

SHOWN = ("numpy", "numba", "jax", "torch")
GEMM = 2048  # rows of the square matrices that are multiplied
IN_CACHE, IN_MEMORY = 2**17, 2**27  # bytes of each thread's arrays
SECONDS = 1.0  # for each GEMM
ADDITIONS = 40  # counted for each bandwidth


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
    used = count(threads(), "thread")  # imports numba: cpu_name then knows what the compiler sees
    versions = [f"Python {platform.python_version()}", *map(version, SHOWN)]
    return [
        ("machine", f"{cpu_name()}, {count(own_cores(), 'core')}, {used}"),
        ("system", f"{platform.system()} {platform.release()} {platform.machine()}"),
        ("versions", ", ".join(versions)),
    ]


def version(name):
    try:
        return f"{name} {metadata.version(name)}"
    except metadata.PackageNotFoundError:
        return f"{name} missing"


# ---- limits


def limits(dtypes):
    """Measure them in a new process, whose BLAS has as many threads as tinymaml and no other pool
    beside it."""
    n = threads()
    code = (
        "import json; from tinymaml.benchmark import machine; "
        f"print(json.dumps(machine.measure({list(dtypes)!r}, {n})))"
    )
    return Limits(*json.loads(run_python(code, blas_threads(n))))


def measure(dtypes, n):
    """-> the fields of `Limits`, with n threads."""
    rates = {dtype: gemm(dtype) for dtype in dtypes}
    return rates, bandwidth(IN_CACHE, n), bandwidth(IN_MEMORY, n)


def gemm(dtype):
    """GFLOP/s of np.dot."""
    a, b = np.random.default_rng(0).normal(size=(2, GEMM, GEMM)).astype(dtype)
    out = np.empty_like(a)
    return 2e-9 * GEMM**3 / fastest(lambda: np.dot(a, b, out))


def bandwidth(size, n):
    """GB/s of n threads that each add two arrays of `size` bytes into a third: two are read, one is
    written."""
    repeats = max(1, 2**28 // size)
    barrier = Barrier(n)
    seconds = []

    def repeated(array):
        """The array, again and again: one call of np.add then walks through it many times."""
        return np.lib.stride_tricks.as_strided(array, (repeats, array.size), (0, array.itemsize))

    def add():
        x, y, out = (repeated(np.ones(size // 8)) for _ in range(3))
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
    """Seconds of the fastest call in SECONDS, at least three of them."""
    call()
    times = []
    while sum(times) < SECONDS or len(times) < 3:
        start = time.perf_counter()
        call()
        times.append(time.perf_counter() - start)
    return min(times)


# ---- the price of a start


def starts(cell):
    """Seconds of a new process's first call, with the import of Numba: (nothing compiled before,
    compiled code on disk)."""
    code = f"""
import time, tinymaml
from tinymaml.benchmark.workloads import Cell
cell = Cell({cell.kind!r}, {cell.tasks}, {cell.steps}, {cell.dtype!r})
cell.w, cell.batch
start = time.perf_counter()
cell.meta_gradient()
print(time.perf_counter() - start)"""
    with tempfile.TemporaryDirectory() as empty:
        variables = {"XDG_CACHE_HOME": empty, "NUMBA_CACHE_DIR": None}
        compiling = float(run_python(code, variables))
        loading = float(run_python(code, variables))
    return compiling, loading
