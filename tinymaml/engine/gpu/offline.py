"""What a kernel becomes on a GPU, found out without one (the appendix to lesson 06): NVIDIA's
compilers only need to be told for which GPU.

    offline.compiled(kernel, (float32[::1], int32)).registers

Two compilers can be here, and each goes the way that target="cuda" goes with it. Numba's own target
makes PTX, an assembly language, which a CUDA toolkit's ptxas turns into machine code as a GPU's
driver would. numba-cuda (`tinymaml[cuda13]`) hands NVVM's intermediate code to nvJitLink.
"""

import functools
import os
import re
import shutil
import subprocess
import tempfile
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import NamedTuple

from .available import INSTALL, first_line

FRAME = re.compile(r"(\d+) bytes stack frame, (\d+) bytes spill stores, (\d+) bytes spill loads")


class Compiled(NamedTuple):
    """What a kernel becomes."""

    registers: int  # of each lane
    spills: int  # bytes that each lane stores and loads for want of registers
    stack: int  # bytes of each lane's own memory
    size: int  # bytes of machine code, with the names in it
    ptx: str


@functools.cache
def missing():
    """Return "" if kernels can be compiled here; else one sentence: what is missing, what to do."""
    try:
        translate(lambda: None, (), (9, 0), None)  # the shortest kernel
        return ""
    except Exception as error:
        return (
            "compiling for a GPU needs CUDA's compiler, which is not found here "
            f"({first_line(error)}): {INSTALL}"
        )


def compiled(function, signature_types, capability=(9, 0), max_registers=None) -> Compiled:
    """Compile a kernel, written with the words of `numba.cuda` or of lanes.py, for any GPU.

    signature_types: the Numba types of its arguments, for instance (float32[::1], int32).
    capability: the GPU's: (7, 5) is a T4, (8, 0) an A100, (9, 0) an H100. max_registers: at most so
    many for a lane. Raises RuntimeError if nothing can be compiled here (`missing()` says why), and
    Numba's errors for what it does not understand.
    """
    if missing():
        raise RuntimeError(missing())
    ptx, machine_code, report = translate(function, signature_types, capability, max_registers)
    stack = spills = 0
    for frame, stored, loaded in FRAME.findall(report):  # of the kernel, and of functions it calls
        stack += int(frame)
        spills += int(stored) + int(loaded)
    registers = int(re.search(r"Used (\d+) registers", report)[1])
    return Compiled(registers, spills, stack, len(machine_code), ptx)


@functools.cache
def inner_loop(dtype, capability=(9, 0)) -> Compiled:
    """Compile the whole inner loop for all tasks, as target="cuda" does."""
    if missing():
        raise RuntimeError(missing())
    from ..compiled import inner_loop
    from .arguments import signature
    from .launch import REGISTERS

    return compiled(inner_loop.grid, signature(dtype), capability, REGISTERS)


def translate(function, signature_types, capability, max_registers):
    """Return a kernel's PTX, its machine code, and what the compiler reports about it."""
    from numba import cuda

    from . import words  # noqa: F401 (tells Numba what lanes.py's words are on a GPU)

    built_in = cuda.implementation == "Built-in"
    with pretend(capability):
        intermediate, _ = cuda.compile(
            function,
            signature_types,
            device=False,
            abi="numba",
            cc=capability,
            output="ptx" if built_in else "ltoir",
        )
    finish = assemble if built_in else link
    return finish(intermediate, "sm_{}{}".format(*capability), max_registers)


@contextmanager
def pretend(capability):
    """Answer Numba, which asks what GPU there is whenever a kernel calls a compiled function."""
    from numba.cuda import dispatcher

    ask = dispatcher.get_current_device
    dispatcher.get_current_device = lambda: SimpleNamespace(compute_capability=capability)
    try:
        yield
    finally:
        dispatcher.get_current_device = ask


def assemble(ptx, architecture, max_registers):
    """Let ptxas make machine code of PTX. Return as `translate`."""
    toolkit = os.environ.get("CUDA_HOME", "/usr/local/cuda")
    ptxas = shutil.which("ptxas", path=os.pathsep.join([f"{toolkit}/bin", *os.get_exec_path()]))
    if not ptxas:
        raise RuntimeError("no ptxas found")
    options = ["-v", f"-arch={architecture}"]
    if max_registers:
        options.append(f"-maxrregcount={max_registers}")
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder, "kernel.ptx")
        output = Path(folder, "kernel.cubin")
        source.write_text(ptx)
        done = subprocess.run(
            [ptxas, *options, source, "-o", output], capture_output=True, text=True
        )
        if done.returncode:
            raise RuntimeError(done.stderr.strip())
        return ptx, output.read_bytes(), done.stdout + done.stderr


def link(intermediate, architecture, max_registers):
    """Let nvJitLink make PTX and machine code of what NVVM leaves. Return as `translate`."""
    from cuda.core import Linker, LinkerOptions, ObjectCode

    code = ObjectCode.from_ltoir(intermediate)
    options = functools.partial(
        LinkerOptions,
        arch=architecture,
        link_time_optimization=True,
        max_register_count=max_registers,
    )
    to_ptx = Linker(code, options=options(ptx=True))
    ptx = to_ptx.link("ptx").code.decode().rstrip("\0")
    to_machine_code = Linker(code, options=options(verbose=True, ptxas_options=["-v"]))
    machine_code = to_machine_code.link("cubin").code
    return ptx, machine_code, to_machine_code.get_info_log()
