"""How long OpenMP's threads spin while they wait, which slows down whoever needs the cores.

tinymaml asks for a short time (engine/targets.py). That is read when OpenMP's library, libgomp, is
loaded, and comes too late for one that is there already, as after `import torch`: Numba then uses
that one. Only Linux is looked at.
"""

import ctypes
import importlib.util
import os
import sys
from pathlib import Path

from ..terminal.processes import run_python
from .finding import Finding

SETTINGS = {"GOMP_SPINCOUNT", "OMP_WAIT_POLICY"}  # of whoever has thought of it
IMPORT_TORCH = """
try:
    import torch
except Exception:  # a broken PyTorch is none of our problems
    pass
"""
PATIENCE = 120  # s
LONG = "waiting threads spin thirty times as long as they should"
ADVICE = "where other programs keep the cores busy, calls take several times as long"
SHELL = "set it in the shell, `export GOMP_SPINCOUNT=10000`"


def openmp_threads():
    """Is OpenMP there before tinymaml can say how its threads wait?"""
    if not sys.platform.startswith("linux") or SETTINGS & initial_environment():
        return
    if comes_too_late():
        yield Finding("OpenMP", f"loaded before tinymaml, so that {LONG}", f"{ADVICE}: {SHELL}")
    elif importlib.util.find_spec("torch") and comes_too_late(IMPORT_TORCH):
        yield Finding("OpenMP", f"after `import torch`, {LONG}: import tinymaml first, or {SHELL}")


def initial_environment():
    """The environment's names as this process was given them, before it set its own."""
    entries = Path("/proc/self/environ").read_bytes().split(b"\0")
    return {os.fsdecode(entry.split(b"=")[0]) for entry in entries}


def comes_too_late(before=""):
    """Do tinymaml's settings come too late in a new process, with some code before it? -> bool

    Raises RuntimeError if that process fails.
    """
    code = f"{before}\nfrom tinymaml.doctor import openmp; print(openmp.was_there())"
    return run_python(code, patience=PATIENCE) == "True"


# ---- in that process


def was_there():
    """Does Numba use an OpenMP that is loaded already?"""
    loaded = libraries()
    if not loaded:
        return False
    for_all = hasattr(ctypes.CDLL(None), "GOMP_parallel")  # comes before any that is loaded later
    import numba

    numba.set_num_threads(1)  # starts Numba's threads
    return numba.threading_layer() == "omp" and (for_all or libraries() == loaded)


def libraries():
    """The files of libgomp that this process has loaded."""
    lines = Path("/proc/self/maps").read_text().splitlines()
    return {line.split()[-1] for line in lines if "libgomp" in line}
