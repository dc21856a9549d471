"""The computer's processor: its name, how many cores this process may use, and how many threads its
BLAS takes."""

import os
import platform
import re
import sys
from pathlib import Path

BLAS = ("OPENBLAS", "MKL", "BLIS", "VECLIB")  # whose settings start with these names


def own_cores():
    """How many cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def cpu_name():
    """The processor's name; once Numba is imported, also what the compiler calls it."""
    try:  # Linux knows the name that is on the box
        name = re.search(r"model name\s*: (.*)", Path("/proc/cpuinfo").read_text())[1]
    except (OSError, TypeError):
        name = platform.processor() or "unknown"
    if "numba" in sys.modules:
        from llvmlite.binding import get_host_cpu_name

        name += f" ({get_host_cpu_name()} to the compiler)"
    return name


def blas_threads(n):
    """The environment variables for a new process whose BLAS has n threads and is as fast as it
    can be: OPENBLAS_CORETYPE, for one, holds it to an older processor."""
    others = [name for name in os.environ if name.startswith(BLAS)]
    numbers = [f"{library}_NUM_THREADS" for library in (*BLAS, "OMP")]
    return dict.fromkeys(others) | dict.fromkeys(numbers, str(n))
