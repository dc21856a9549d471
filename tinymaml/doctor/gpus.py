"""What there is of CUDA on this computer: target, compiler, driver, devices. `found()` asks a
process of its own, which may fail or hang."""

import json
from importlib import metadata
from typing import NamedTuple

from ..engine.gpu.available import INSTALL, first_line
from ..terminal.processes import run_python

PATIENCE = 120  # s: a driver that does not answer by then never will


class Gpu(NamedTuple):
    name: str
    capability: tuple[int, int]  # compute capability
    multiprocessors: int
    clock: float  # GHz
    memory: int  # bytes

    def __str__(self):
        return (
            f"{self.name}, compute capability {'.'.join(map(str, self.capability))}, {self.multiprocessors} multiprocessors, "
            f"{self.clock:.2f} GHz, {self.memory / 2**30:.0f} GB"
        )


class Cuda(NamedTuple):
    """Texts; "" is: nothing there, or nothing wrong."""

    target: str  # numba-cuda or Numba's own, with its version
    toolkit: str  # version, and where it is from
    compiler: str  # why kernels cannot be compiled
    driver: str  # version
    error: str  # what is wrong with the driver; "" too where there is none, or no GPU
    gpus: list[Gpu]


def found():
    """-> `Cuda`. Raises RuntimeError with what went wrong."""
    fields = json.loads(run_python("from tinymaml.doctor import gpus; print(gpus.look())", patience=PATIENCE))
    return Cuda(
        **fields
        | {
            "gpus": [
                Gpu(name, tuple(capability), *rest) for name, capability, *rest in fields["gpus"]
            ]
        }
    )


# ---- in that process


def look():
    """`Cuda` as JSON"""
    driver, error, gpus = devices()
    return json.dumps(Cuda(target(), toolkit(), compiler(), driver, error, gpus)._asdict())


def compiler():
    """ "" if kernels for a GPU can be compiled here, with or without one; else what is missing and
    what to do."""
    try:
        from numba import cuda, float32

        cuda.compile_ptx(lambda x: None, (float32,), cc=(7, 5))
        return ""
    except Exception as error:  # what is missing decides what is raised
        return f"CUDA's compiler cannot be used ({first_line(error)}): {INSTALL}"


def target():
    try:
        return f"numba-cuda {metadata.version('numba-cuda')}"
    except metadata.PackageNotFoundError:
        return f"Numba's own, {metadata.version('numba')}"


def toolkit():
    """Version and origin of what compiles, "" if there is nothing."""
    try:
        from numba.cuda import cuda_paths
        from numba.cuda.cudadrv import runtime

        origin = cuda_paths.get_cuda_paths()["nvvm"].by
        return (
            ""
            if "unknown" in origin
            else "CUDA {}.{}, from {}".format(
                *runtime.get_version(),
                {"site-packages": "wheels", "System": "the system", "CUDA_HOME": "CUDA_HOME"}.get(
                    origin, origin
                ),
            )
        )
    except Exception:  # whatever is wrong with it, `compiler` says so
        return ""


def devices():
    """-> the driver's version, what is wrong with it, and `Gpu`s."""
    try:
        from numba import cuda
        from numba.cuda.cudadrv import driver
    except Exception:  # without its compiler, numba-cuda cannot be imported: `compiler` says so
        return "", "", []
    version = ""
    try:
        if error := cuda.cuda_error():
            raise RuntimeError(error)
        version = "CUDA {}.{}".format(*driver.get_version())
        return version, "", [gpu(k) for k in range(len(cuda.gpus))]
    except Exception as error:
        absent = any(
            words in str(error)
            for words in ("cannot be found", "NO_DEVICE", "no CUDA-capable device")
        )  # then nothing is broken
        return (
            version,
            "" if absent else " ".join(str(error).split())[:300] or type(error).__name__,
            [],
        )


def gpu(k):
    """The device with this number."""
    from numba import cuda

    with cuda.gpus[k]:
        d = cuda.get_current_device()
        name = d.name.decode() if isinstance(d.name, bytes) else d.name
        return Gpu(
            name,
            tuple(d.compute_capability),
            d.MULTIPROCESSOR_COUNT,
            d.CLOCK_RATE / 1e6,
            cuda.current_context().get_memory_info()[1],
        )
