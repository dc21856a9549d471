"""A GPU for the tests of its host side: arrays that only copies can reach, a memory that can be
full, launches in the lane emulator."""

import functools
import weakref
from types import SimpleNamespace

import numba
import numpy as np

from tinymaml.engine.compiled.inner_loop import grid
from tinymaml.engine.gpu import launch, memory
from tinymaml.engine.gpu.arguments import signature
from tinymaml.engine.gpu.emulator import emulate


class DeviceArray(np.ndarray):
    """An array on the GPU."""

    def copy_to_device(self, array):
        """As strict as Numba."""
        assert self.shape == array.shape and self.dtype == array.dtype
        assert array.size == 0 or array.flags.c_contiguous
        np.asarray(self)[...] = np.asarray(array)

    def copy_to_host(self):
        return np.array(self, subok=False)


class GPU:
    """memory: bytes; fails: what the next launches raise."""

    MULTIPROCESSOR_COUNT = 2
    id = 0

    def __init__(self, memory=2**30):
        self.memory = memory
        self.arrays = []  # all that were ever made, as weak references
        self.launches = []  # (blocks, lanes)
        self.fails = []

    def used(self):
        return sum(array().nbytes for array in self.arrays if array() is not None)

    def device_array(self, shape, dtype):
        nothing = -1 if np.dtype(dtype).kind == "i" else np.nan  # what is not written shows
        array = np.full(shape, nothing, dtype).view(DeviceArray)
        if self.used() + array.nbytes > self.memory:
            raise RuntimeError("[2] Call to cuMemAlloc results in CUDA_ERROR_OUT_OF_MEMORY")
        self.arrays.append(weakref.ref(array))
        return array

    def launcher(self, blocks, lanes):
        return functools.partial(self.launch, blocks, lanes)

    def launch(self, blocks, lanes, *arguments):
        if self.fails:
            raise self.fails.pop(0)
        plain = []
        for argument in arguments:
            is_array = isinstance(argument, np.ndarray)
            assert not is_array or isinstance(argument, DeviceArray)
            plain.append(np.asarray(argument) if is_array else argument)
        assert tuple(map(numba.typeof, plain)) == signature(plain[4].dtype)
        self.launches.append((blocks, lanes))
        emulate(grid, *plain, lanes=2, blocks=blocks, watch=False)

    def install(self, monkeypatch):
        """Let this GPU take the place of numba.cuda's."""
        context = SimpleNamespace(
            memory_manager=SimpleNamespace(deallocations=SimpleNamespace(clear=lambda: None)),
            get_memory_info=lambda: (self.memory - self.used(), self.memory),
        )
        fake_cuda = SimpleNamespace(
            device_array=self.device_array,
            get_current_device=lambda: self,
            current_context=lambda: context,
        )
        monkeypatch.setattr(memory, "cuda", fake_cuda)
        monkeypatch.setattr(launch, "cuda", fake_cuda)
        monkeypatch.setattr(launch, "launcher", self.launcher)
        memory.STORED.clear()
        return self
