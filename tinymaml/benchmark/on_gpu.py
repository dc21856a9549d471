"""What a GPU can do at best, measured on it; how long the kernel alone takes; and whether JAX is on
the same GPU."""

import contextlib
import functools
import os
import time
import warnings

import numpy as np

from ..doctor import gpus
from ..engine.compiled.lanes import block, blocks, ix, lane, lanes
from . import peers
from .devices import GpuLimits, peaks

NEAR, FAR = 2**17, 2**25  # numbers of 8 bytes in an array: two of them within L2, and far beyond
LAPS, BLOCKS, LANES = (
    64,
    8,
    256,
)  # over the small arrays; blocks for each multiprocessor, and their lanes
GEMM = 4096  # rows of the square matrices that are multiplied
REPEATS = 5
INSTALL = 'pip install "jax[cuda13]", or [cuda12]'


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
        copying(NEAR, LAPS, device),
        copying(FAR, 1, device),
    )


def copy(x, y, laps, shift):
    """Every lap starts elsewhere, so that no multiprocessor finds its part of x in its L1."""
    for lap in range(laps):
        for i in range(block() * lanes() + lane(), x.size, blocks() * lanes()):
            j = ix(i + lap * shift) & ix(x.size - 1)  # the size is a power of two
            y[j] = x[j]


@functools.cache
def copier():
    from numba import cuda

    from ..engine.gpu import words  # noqa: F401 (tells Numba what lanes.py's words are on a GPU)

    return cuda.jit(copy)


def copying(n, laps, device):
    """GB/s of copying n numbers: each is read and written."""
    from numba import cuda

    x, y = cuda.to_device(np.ones(n)), cuda.device_array(n)
    launch = functools.partial(
        copier()[BLOCKS * device.multiprocessors, LANES], x, y, laps, n // 32 + 1
    )
    launch()  # compiles
    return 1e-9 * 16 * n * laps / min(seconds(launch) for _ in range(REPEATS))


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
            import jax.numpy as xp

            finish = lambda a: a.block_until_ready()  # noqa: E731
        else:
            import cupy as xp

            finish = lambda a: xp.cuda.Device().synchronize()  # noqa: E731
        a = xp.asarray(np.random.default_rng(0).normal(size=(GEMM, GEMM)).astype(dtype))
        times = []
        for _ in range(REPEATS + 1):  # the first one compiles
            start = time.perf_counter()
            finish(a @ a)
            times.append(time.perf_counter() - start)
    except Exception:  # neither is needed
        return None
    return 2e-9 * GEMM**3 / min(times), "JAX" if jax else "CuPy"


# ---- tinymaml's kernel


def kernel_times(call, runs):
    """Seconds of the kernel in each of `runs` calls, without copies and host."""
    from ..engine.gpu import launch as cuda

    found, launcher = [], cuda.launcher

    def clocked(blocks, lanes):
        return lambda *arguments: found.append(seconds(lambda: launcher(blocks, lanes)(*arguments)))

    with replaced(cuda, "launcher", clocked):
        for _ in range(runs):
            call()
    return found


@contextlib.contextmanager
def replaced(module, name, value):
    before = getattr(module, name)
    setattr(module, name, value)
    try:
        yield
    finally:
        setattr(module, name, before)


# ---- JAX


def available(names):
    """As peers.available, of those that run on the GPU: JAX, if its devices are GPUs."""
    os.environ.setdefault(
        "XLA_PYTHON_CLIENT_PREALLOCATE", "false"
    )  # or it takes three quarters of the GPU's memory at once
    found, missing = peers.available(names)
    if "jax" in found:
        with warnings.catch_warnings():
            warnings.simplefilter(
                "ignore"
            )  # that there may be a GPU it cannot use: that is what is asked
            why = elsewhere()
        if why:
            found, missing = [name for name in found if name != "jax"], missing | {"jax": why}
    return found, missing


def elsewhere():
    """Why JAX is not on the GPU, or ""."""
    try:
        import jax

        platform = jax.devices()[0].platform
    except Exception as error:
        return f"{type(error).__name__}: {error}"
    return "" if platform == "gpu" else f"its devices are {platform}"
