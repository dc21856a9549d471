"""What there is of CUDA on this computer: target, compiler, driver, devices.

Start with `found`: it asks a process of its own, which may fail or hang.
"""

import json
from importlib import metadata
from typing import NamedTuple

from ..engine.gpu.available import INSTALL, first_line
from ..terminal.processes import run_python

PATIENCE = 120  # s: a driver that does not answer by then never will
ORIGINS = {"site-packages": "wheels", "System": "the system"}  # what Numba calls them -> in words
# what CUDA says where there is no driver or no GPU: then nothing is broken
ABSENT = ("cannot be found", "NO_DEVICE", "no CUDA-capable device")


class Gpu(NamedTuple):
    name: str
    capability: tuple[int, int]  # compute capability
    multiprocessors: int
    clock: float  # GHz
    memory: int  # bytes

    def __str__(self):
        major, minor = self.capability
        return (
            f"{self.name}, compute capability {major}.{minor}, "
            f"{self.multiprocessors} multiprocessors, "
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
    code = "from tinymaml.doctor import gpus; print(gpus.as_json())"
    fields = json.loads(run_python(code, patience=PATIENCE))
    devices = []
    for name, capability, *rest in fields.pop("gpus"):
        devices.append(Gpu(name, tuple(capability), *rest))
    return Cuda(**fields, gpus=devices)


# ---- in that process


def as_json():
    """What is there, a `Cuda`, as JSON."""
    version, error, gpus = devices()
    return json.dumps(Cuda(target(), toolkit(), compiler(), version, error, gpus)._asdict())


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
        if "unknown" in origin:
            return ""
        major, minor = runtime.get_version()
        return f"CUDA {major}.{minor}, from {ORIGINS.get(origin, origin)}"
    except Exception:  # whatever is wrong with it, `compiler` says so
        return ""


def compiler():
    """ "" if kernels can be compiled for a GPU whose driver does the rest; else what is missing and
    what to do. (To do it all without a GPU takes more: engine/gpu/offline.py.)"""
    try:
        from numba import cuda, float32

        cuda.compile_ptx(lambda x: None, (float32,), cc=(7, 5))
        return ""
    except Exception as error:  # what is missing decides what is raised
        return f"CUDA's compiler cannot be used ({first_line(error)}): {INSTALL}"


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
        major, minor = driver.get_version()
        version = f"CUDA {major}.{minor}"
        return version, "", [gpu(k) for k in range(len(cuda.gpus))]
    except Exception as error:
        if any(words in str(error) for words in ABSENT):
            return version, "", []
        text = " ".join(str(error).split())[:300]
        return version, text or type(error).__name__, []


def gpu(k):
    """The device with this number, a `Gpu`."""
    from numba import cuda

    with cuda.gpus[k]:
        device = cuda.get_current_device()
        name = device.name.decode() if isinstance(device.name, bytes) else device.name
        _, memory = cuda.current_context().get_memory_info()
        return Gpu(
            name,
            tuple(device.compute_capability),
            device.MULTIPROCESSOR_COUNT,
            device.CLOCK_RATE / 1e6,
            memory,
        )
