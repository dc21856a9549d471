"""The compiled kernel on disk: a second process loads it. Numba's own dispatcher compiles it, for a
GPU that is only pretended."""

import os
import subprocess
import sys

import numpy as np
import pytest

from tinymaml.engine.gpu import offline

COMPILE = """
from types import SimpleNamespace
import numpy as np
from numba import cuda
from numba.cuda import codegen, dispatcher
from tinymaml.engine import cuda as host, offline

gpu = SimpleNamespace(compute_capability=(9, 0), id=0)
dispatcher.get_current_device = lambda: gpu
codegen.devices = SimpleNamespace(get_context=lambda *ignored: SimpleNamespace(device=gpu))
dispatcher._Kernel.bind = lambda kernel: kernel._codelibrary.get_cubin((9, 0))       # all that a launch does, but loading it
if cuda.implementation == "Built-in":                                           # there the driver links
    class Linker:
        lto, info_log = False, ""
        def __init__(self, max_registers=0, lineinfo=False, cc=None): self.limit, self.cc = max_registers, cc
        def add_ptx(self, ptx, name=""): self.ptx = ptx.decode()
        def complete(self): return offline.assembled(self.ptx, self.cc, self.limit)[0]
    codegen.driver.Linker.new = staticmethod(Linker)
kernel = host.compiled()
code = kernel.compile(host.signature(np.float32))._codelibrary.get_cubin((9, 0))
print(sum(kernel._cache_hits.values()), offline.instructions(getattr(code, "code", code)), kernel._cache.cache_path)
"""


@pytest.mark.slow
def test_a_second_process_loads_what_the_first_has_compiled(tmp_path):
    if offline.missing():
        pytest.skip(offline.missing())
    environment = os.environ | dict(XDG_CACHE_HOME=str(tmp_path), NUMBA_CACHE_DIR="")
    runs = [
        subprocess.run(
            [sys.executable, "-c", COMPILE],
            env=environment,
            capture_output=True,
            text=True,
            timeout=600,
        )
        for _ in range(2)
    ]
    (hits, size, folder), (more_hits, same_size, same_folder) = (run.stdout.split() for run in runs)
    assert (
        (hits, more_hits) == ("0", "1")
        and folder == same_folder
        and folder.startswith(str(tmp_path))
    )
    assert (
        size == same_size and int(size) == offline.inner_loop(np.float32).size
    )  # what offline.py describes is what is loaded
