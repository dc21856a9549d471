"""The compiled kernel on disk: a second process loads it. Numba's own dispatcher compiles it, for a
GPU that is only pretended."""

import pytest

from helpers.processes import run_python
from tinymaml.engine.gpu import offline

pytestmark = pytest.mark.lesson_06

# How `launch` compiles, up to loading the machine code onto a GPU. Numba's own target leaves the
# last step to the driver: there ptxas takes its place.
LAUNCH = """
from types import SimpleNamespace
import numpy as np
from numba import cuda
from numba.cuda import codegen, dispatcher
from tinymaml.engine.gpu import arguments, launch, offline

class Linker:
    lto, info_log = False, ""

    def __init__(self, max_registers=0, lineinfo=False, cc=None):
        self.max_registers, self.architecture = max_registers, f"sm_{cc[0]}{cc[1]}"

    def add_ptx(self, ptx, name=""):
        self.ptx = ptx.decode()

    def complete(self):
        return offline.assemble(self.ptx, self.architecture, self.max_registers)[1]

gpu = SimpleNamespace(compute_capability=(9, 0), id=0)
dispatcher.get_current_device = lambda: gpu
codegen.devices = SimpleNamespace(get_context=lambda *ignored: SimpleNamespace(device=gpu))
dispatcher._Kernel.bind = lambda kernel: kernel._codelibrary.get_cubin((9, 0))
if cuda.implementation == "Built-in":
    codegen.driver.Linker.new = staticmethod(Linker)
kernel = launch.jit_inner_loop()
code = kernel.compile(arguments.signature(np.float32))._codelibrary.get_cubin((9, 0))
size = len(getattr(code, "code", code))
print(sum(kernel._cache_hits.values()), size, kernel._cache.cache_path)
"""

OFFLINE = """
import numpy as np
from tinymaml.engine.gpu import offline
print(offline.inner_loop(np.float32).size)
"""


def printed_by(code, cache):
    """Run code in a process of its own and return the words that it prints."""
    output, _ = run_python(code, XDG_CACHE_HOME=str(cache), NUMBA_CACHE_DIR="")
    return output.split()


@pytest.mark.slow
def test_a_second_process_loads_what_the_first_has_compiled(tmp_path):
    if offline.missing():
        pytest.skip(offline.missing())
    hits, size, folder = printed_by(LAUNCH, tmp_path)
    assert hits == "0" and folder.startswith(str(tmp_path))
    assert printed_by(LAUNCH, tmp_path) == ["1", size, folder]
    assert printed_by(OFFLINE, tmp_path) == [size]  # what offline.py describes is what is loaded
