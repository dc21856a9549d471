"""The computer's processor: its name, and how many cores this process may use."""

import os
import platform
import re
import sys
from pathlib import Path


def own_cores():
    """How many cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count()


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
