"""What a kernel becomes on a GPU, found out without one (lesson 06): NVIDIA's compilers only need
to be told for which GPU.

    offline.compiled(kernel, (float32[::1], int32)).registers

Numba makes PTX, an assembly language that every GPU's driver can read, and ptxas, of the CUDA
toolkit, makes machine code of it, as the driver would. numba-cuda's wheels have a shorter way,
NVVM's intermediate code straight to nvJitLink; `target="cuda"` takes the same one.
"""

import functools
import os
import re
import shutil
import struct
import subprocess
import tempfile
import threading
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import NamedTuple

from .available import INSTALL, first_line

REPORT = re.compile(r"(\d+) bytes stack frame, (\d+) bytes spill stores, (\d+) bytes spill loads")
LOCK = threading.Lock()


class Compiled(NamedTuple):
    """A kernel's machine code, described."""

    kernel: str  # the function's name
    registers: int  # of each lane
    spills: int  # bytes that each lane stores and loads, in the code, for want of registers
    stack: int  # bytes of each lane's own memory
    shared: int  # bytes that a block's lanes share
    size: int  # bytes of machine code
    ptx: str


@functools.cache
def missing():
    """ "" if kernels can be compiled here; else what is missing and what to do, in one sentence."""
    try:
        translate(lambda: None, (), (9, 0), None)  # the shortest kernel
        return ""
    except Exception as error:
        return f"compiling for a GPU needs CUDA's compiler, which is not found here ({first_line(error)}): {INSTALL}"


def compiled(function, signature_types, capability=(9, 0), max_registers=None) -> Compiled:
    """Compile a kernel, a Python function of `numba.cuda`'s words or of lanes.py's, for a GPU that
    need not be there.

    signature_types: the Numba types of its arguments, for instance (float32[::1], int32).
    capability: of the GPU: (7, 5) is a T4, (8, 0) an A100, (9, 0) an H100. max_registers: no more
    than so many for a lane. Raises RuntimeError if nothing can be compiled here (`missing()` says
    why), Numba's errors for what it does not understand.
    """
    if missing():
        raise RuntimeError(missing())
    ptx, code, report = translate(function, tuple(signature_types), capability, max_registers)
    frames = [
        tuple(map(int, numbers)) for numbers in REPORT.findall(report)
    ]  # of the kernel, and of functions that it calls
    return Compiled(
        function.__name__,
        int(re.search(r"Used (\d+) registers", report)[1]),
        sum(s + r for _, s, r in frames),
        sum(frame for frame, _, _ in frames),
        sum(map(int, re.findall(r"(\d+) bytes smem", report))),
        instructions(code),
        ptx,
    )


@functools.cache
def inner_loop(dtype, capability=(9, 0)) -> Compiled:
    """`nested.grid`, the whole inner loop for all tasks, with the types and options with which
    `target="cuda"` launches it."""
    if missing():
        raise RuntimeError(missing())
    from ..compiled import inner_loop as nested
    from . import launch as cuda

    return compiled(nested.grid, cuda.signature(dtype), capability, cuda.REGISTERS)


# ---- from Python to machine code


def translate(function, signature_types, capability, max_registers):
    """-> PTX, machine code, and what ptxas reports about it"""
    from numba import cuda

    from . import words as cuda_words  # noqa: F401 (it tells Numba what lanes.py's words are on a GPU)

    def numba_makes(output):
        with LOCK, pretended(capability):
            return cuda.compile(
                function, signature_types, device=False, abi="numba", cc=capability, output=output
            )[0]

    if cuda.implementation != "Built-in":
        return linked(numba_makes("ltoir"), capability, max_registers)
    ptx = numba_makes("ptx")
    return ptx, *assembled(ptx, capability, max_registers)


@contextmanager
def pretended(capability):
    """Numba asks which GPU is there whenever a kernel calls a compiled function."""
    from numba.cuda import dispatcher

    asked = dispatcher.get_current_device
    dispatcher.get_current_device = lambda: SimpleNamespace(compute_capability=capability)
    try:
        yield
    finally:
        dispatcher.get_current_device = asked


def assembled(ptx, capability, max_registers):
    """By the toolkit's ptxas."""
    places = [os.environ.get("CUDA_HOME", ""), os.environ.get("CUDA_PATH", ""), "/usr/local/cuda"]
    ptxas = next(
        filter(
            None,
            [shutil.which("ptxas", path=str(Path(p, "bin"))) for p in places if p]
            + [shutil.which("ptxas")],
        ),
        None,
    )
    if not ptxas:
        raise RuntimeError("no ptxas found")
    with tempfile.TemporaryDirectory() as folder:
        source, code = Path(folder, "kernel.ptx"), Path(folder, "kernel.cubin")
        source.write_text(ptx)
        limit = [f"-maxrregcount={max_registers}"] if max_registers else []
        done = subprocess.run(
            [ptxas, "-v", f"-arch=sm_{capability[0]}{capability[1]}", *limit, source, "-o", code],
            capture_output=True,
            text=True,
        )
        if done.returncode:
            raise RuntimeError(done.stderr.strip())
        return code.read_bytes(), done.stdout + done.stderr


def linked(ltoir, capability, max_registers):
    """By the wheels' nvJitLink. -> PTX, machine code, report"""
    from cuda.bindings import nvjitlink as jit

    options = [f"-arch=sm_{capability[0]}{capability[1]}", "-lto"] + (
        [f"-maxrregcount={max_registers}"] if max_registers else []
    )

    def link(extra, get_size, get):
        handle = jit.create(len(options + extra), options + extra)

        def text(size, fill):
            fill(handle, buffer := bytearray(size(handle)))
            return buffer.decode(errors="replace").rstrip("\0")

        try:
            jit.add_data(handle, jit.InputType.LTOIR, ltoir, len(ltoir), "kernel")
            jit.complete(handle)
            get(handle, result := bytearray(get_size(handle)))
            return bytes(result), text(jit.get_info_log_size, jit.get_info_log)
        except jit.nvJitLinkError as error:
            raise RuntimeError(text(jit.get_error_log_size, jit.get_error_log)) from error
        finally:
            jit.destroy(handle)

    ptx, _ = link(["-ptx"], jit.get_linked_ptx_size, jit.get_linked_ptx)
    code, report = link(["-verbose", "-Xptxas=-v"], jit.get_linked_cubin_size, jit.get_linked_cubin)
    return ptx.decode().rstrip("\0"), code, report


def instructions(code):
    """How many bytes of an ELF file are machine code: its sections .text.*"""
    (table,) = struct.unpack_from("<Q", code, 0x28)
    entry, count, names = struct.unpack_from("<HHH", code, 0x3A)
    sections = [
        struct.unpack_from("<II4Q", code, table + entry * k) for k in range(count)
    ]  # name, type, flags, address, offset, size
    start = sections[names][4]
    return sum(s[5] for s in sections if code[start + s[0] :].startswith(b".text."))
