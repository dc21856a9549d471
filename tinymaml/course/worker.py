"""The fresh process that grades one answer: takes a job from stdin, limits itself, writes the
verdict into a file."""

import json
import os
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


def main():
    """Grade the answer that stdin describes; see sandbox.py."""
    job = json.load(sys.stdin)
    sys.stdin = open(os.devnull)  # an answer that asks for input gets none
    from . import judge

    me = os.getpid()
    limit(job["seconds"], job["memory"])
    verdict = judge.grade(job["exercise"], job["code"])
    if os.getpid() == me:  # not in a copy of the process that the answer made
        part = job["verdict"] + ".part"
        with open(part, "w", encoding="utf-8") as file:
            json.dump([text.encode(errors="replace").decode() for text in verdict], file)
        os.replace(part, job["verdict"])
    os._exit(0)  # threads that the answer started end here too


if __name__ == "__main__":
    main()
