"""`tinymaml bench --target cuda`: what a GPU can do at best, how long the kernel alone takes, and
whether JAX is on the same GPU."""

import functools
import os
import time
import warnings

import numpy as np

from ..doctor import gpus
from ..engine.compiled.lanes import block, blocks, lane, lanes, unsigned
from . import peers
from .machine import Limits

IN_L2, IN_MEMORY = 2**17, 2**25  # numbers of 8 bytes in an array: two of them within L2, far beyond
LAPS = 64  # over the arrays in L2
BLOCKS = 8  # for each multiprocessor
LANES = 256  # of a block
GEMM = 4096  # rows of the square matrices that are multiplied
REPEATS = 5
INSTALL = 'pip install "jax[cuda13]", or [cuda12]'

# Multiply-adds a cycle in one multiprocessor, in float32 and float64, by compute capability: CUDA
# C++ Programming Guide, "Arithmetic instructions: throughput of native arithmetic instructions"
PER_CYCLE = {
    (6, 0): (64, 32),
    (6, 1): (128, 4),
    (7, 0): (64, 32),
    (7, 5): (64, 2),
    (8, 0): (64, 32),
    (8, 6): (128, 2),
    (8, 7): (128, 2),
    (8, 9): (128, 2),
    (9, 0): (128, 64),
    (10, 0): (128, 64),
    (12, 0): (128, 2),
}


class GpuLimits(Limits):
    """The limits of a GPU. `gemm` is its peak of multiply-adds, computed; `cache` is L2."""

    flat = "peak"
    of = "of roof"

    def reach(self, intensity, dtype):
        return min(self.gemm[dtype], self.cache * intensity)


def description():
    """Lines of (what, found)."""
    return [("GPU", str(gpus.gpu(0))), ("CUDA", f"{gpus.target()}; {gpus.toolkit()}")]


# ---- limits


def limits():
    """-> `GpuLimits`: the peak from the clock, the rates of a copy in L2 and in memory. Raises
    ValueError for an unknown kind of GPU."""
    device = gpus.gpu(0)
    return GpuLimits(
        peaks(device.capability, device.multiprocessors, device.clock),
        bandwidth(IN_L2, LAPS, device),
        bandwidth(IN_MEMORY, 1, device),
    )


def peaks(capability, multiprocessors, clock):
    """dtype -> GFLOP/s of multiply-adds, each two operations. clock: GHz. Raises ValueError for a
    GPU that is not in PER_CYCLE."""
    if capability not in PER_CYCLE:
        major, minor = capability
        raise ValueError(
            f"nothing is known here of GPUs of compute capability {major}.{minor}: add a line to "
            "PER_CYCLE in tinymaml/benchmark/on_gpu.py"
        )
    single, double = PER_CYCLE[capability]
    cycles = multiprocessors * clock
    return {"float32": 2 * cycles * single, "float64": 2 * cycles * double}


def bandwidth(n, laps, device):
    """GB/s of copying n numbers: each is read and written."""
    from numba import cuda

    x = cuda.to_device(np.ones(n))
    y = cuda.device_array(n)
    kernel = compiled_copy()[BLOCKS * device.multiprocessors, LANES]
    run = functools.partial(kernel, x, y, laps, n // 32 + 1)
    run()  # compiles
    return 1e-9 * 16 * n * laps / min(seconds(run) for _ in range(REPEATS))


@functools.cache
def compiled_copy():
    from numba import cuda

    from ..engine.gpu import words  # noqa: F401 (tells Numba what lane() and lanes() are on a GPU)

    return cuda.jit(copy)


def copy(x, y, laps, shift):
    """A kernel. Every lap starts elsewhere, so that no multiprocessor finds its part of x in its
    L1."""
    for lap in range(laps):
        for i in range(block() * lanes() + lane(), x.size, blocks() * lanes()):
            j = unsigned(i + lap * shift) & unsigned(x.size - 1)  # the size is a power of two
            y[j] = x[j]


def seconds(launch):
    """How long what it launches runs, by the GPU's own clock."""
    from numba import cuda

    start, end = cuda.event(), cuda.event()
    start.record()
    launch()
    end.record()
    end.synchronize()
    return 1e-3 * start.elapsed_time(end)


def gemm(dtype, jax):
    """GFLOP/s of a large product by JAX, or by CuPy, and whose it is; None where neither is on the
    GPU."""
    try:
        if jax:
            import jax.numpy as library

            def finish(product):
                product.block_until_ready()
        else:
            import cupy as library

            def finish(product):
                library.cuda.Device().synchronize()

        random = np.random.default_rng(0).normal(size=(GEMM, GEMM))
        matrix = library.asarray(random.astype(dtype))
        times = []
        for _ in range(REPEATS + 1):  # the first one compiles
            start = time.perf_counter()
            finish(matrix @ matrix)
            times.append(time.perf_counter() - start)
    except Exception:  # neither is needed
        return None
    return 2e-9 * GEMM**3 / min(times), "JAX" if jax else "CuPy"


# ---- tinymaml's kernel


def kernel_times(call, runs):
    """Seconds of the kernel in each of `runs` calls, without copies and host."""
    from ..engine.gpu import launch

    times, launcher = [], launch.launcher

    def timed_launcher(blocks, lanes):
        kernel = launcher(blocks, lanes)

        def run(*arguments):
            times.append(seconds(lambda: kernel(*arguments)))

        return run

    launch.launcher = timed_launcher
    try:
        for _ in range(runs):
            call()
    finally:
        launch.launcher = launcher
    return times


# ---- JAX


def available(names):
    """As peers.available, of those that run on the GPU: JAX, if its devices are GPUs."""
    # else JAX takes three quarters of the GPU's memory at once
    os.environ.setdefault("XLA_PYTHON_CLIENT_PREALLOCATE", "false")
    found, missing = peers.available(names)
    if "jax" in found:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # JAX warns of a GPU that it cannot use
            reason = why_jax_is_elsewhere()
        if reason:
            found.remove("jax")
            missing["jax"] = reason
    return found, missing


def why_jax_is_elsewhere():
    """Why JAX is not on the GPU, or ""."""
    try:
        import jax

        platform = jax.devices()[0].platform
    except Exception as error:
        return f"{type(error).__name__}: {error}"
    return "" if platform == "gpu" else f"its devices are {platform}"
