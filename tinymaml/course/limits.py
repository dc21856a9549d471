"""The limits of the process that runs an answer."""

import importlib.util
import sys

try:
    import resource
except ImportError:  # Windows
    resource = None


def limit(seconds, memory):
    """Limit this process's processor time and memory, beyond what it has used already.

    A platform that has no such limit goes without.
    """
    if resource is None:
        return
    usage = resource.getrusage(resource.RUSAGE_SELF)
    used = usage.ru_utime + usage.ru_stime
    lower(resource.RLIMIT_CPU, int(used + seconds + 1), int(used + seconds + 3))
    lower(resource.RLIMIT_CORE, 0, 0)
    if sys.platform == "linux":
        with open("/proc/self/statm") as file:
            pages = int(file.read().split()[0])
        most = pages * resource.getpagesize() + memory
        lower(resource.RLIMIT_AS, most, most)


def lower(kind, soft, hard):
    """Set a limit of this process, or leave it where it is lower already."""
    present = resource.getrlimit(kind)[1]
    if present != resource.RLIM_INFINITY:
        soft = min(soft, present)
        hard = min(hard, present)
    try:
        resource.setrlimit(kind, (soft, hard))
    except (ValueError, OSError):  # parts of macOS
        pass


def limits():
    """What this platform can limit: ["processor time", "memory", "wall clock"] on Linux."""
    if not importlib.util.find_spec("resource"):
        return ["wall clock"]
    if sys.platform == "linux":
        return ["processor time", "memory", "wall clock"]
    return ["processor time", "wall clock"]
