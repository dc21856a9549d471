"""A GPU for the tests of its host side: arrays that only copies can reach, a memory that can be
full, launches in the lane emulator."""

import functools
import weakref
from types import SimpleNamespace

import numba
import numpy as np

from tinymaml.engine.compiled import inner_loop as nested
from tinymaml.engine.gpu import launch as cuda
from tinymaml.engine.gpu import memory as gpu_memory
from tinymaml.engine.gpu.emulator import emulate


class There(np.ndarray):
    """Memory of the GPU."""

    def copy_to_device(self, a):
        """As strict as Numba."""
        assert (
            self.shape == a.shape
            and self.dtype == a.dtype
            and (a.size == 0 or a.flags.c_contiguous)
        )
        np.asarray(self)[...] = np.asarray(a)

    def copy_to_host(self):
        return np.array(self, subok=False)


class GPU:
    """memory: bytes; fails: what the next launches raise."""

    MULTIPROCESSOR_COUNT, id = 2, 0

    def __init__(self, memory=2**30):
        self.memory, self.arrays, self.launches, self.fails = memory, [], [], []

    def used(self):
        return sum(a().nbytes for a in self.arrays if a() is not None)

    def device_array(self, shape, dtype):
        a = np.full(shape, -1 if np.dtype(dtype).kind == "i" else np.nan, dtype).view(
            There
        )  # nothing is there yet
        if self.used() + a.nbytes > self.memory:
            raise RuntimeError("[2] Call to cuMemAlloc results in CUDA_ERROR_OUT_OF_MEMORY")
        self.arrays.append(weakref.ref(a))
        return a

    def launcher(self, blocks, lanes):
        return functools.partial(self.launch, blocks, lanes)

    def launch(self, blocks, lanes, *arguments):
        if self.fails:
            raise self.fails.pop(0)
        types = tuple(
            numba.typeof(np.asarray(a) if isinstance(a, np.ndarray) else a) for a in arguments
        )
        assert types == cuda.signature(arguments[4].dtype)
        assert all(isinstance(a, There) for a in arguments if isinstance(a, np.ndarray))
        self.launches.append((blocks, lanes))
        emulate(
            nested.grid,
            *(np.asarray(a) if isinstance(a, np.ndarray) else a for a in arguments),
            lanes=2,
            blocks=blocks,
            watch=False,
        )

    def install(self, monkeypatch):
        where = SimpleNamespace(clear=lambda: None)
        context = SimpleNamespace(
            memory_manager=SimpleNamespace(deallocations=where),
            get_memory_info=lambda: (self.memory - self.used(), self.memory),
        )
        words = SimpleNamespace(
            device_array=self.device_array,
            get_current_device=lambda: self,
            current_context=lambda: context,
        )
        monkeypatch.setattr(gpu_memory, "cuda", words)
        monkeypatch.setattr(cuda, "cuda", words)
        monkeypatch.setattr(cuda, "launcher", self.launcher)
        monkeypatch.setattr(cuda, "THERE", gpu_memory.THERE)
        gpu_memory.THERE.clear()
        return self
