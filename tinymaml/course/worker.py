"""The fresh process that grades one answer: takes a job from stdin, limits itself, writes the
verdict into a file."""

import json
import os
import sys


def limit(seconds, memory):
    """Processor time and memory, from here on; a platform that has no such limit goes without."""
    try:
        import resource
    except ImportError:  # Windows
        return
    used = sum(resource.getrusage(resource.RUSAGE_SELF)[:2])
    for what, soft, hard in (
        (resource.RLIMIT_CPU, int(used + seconds + 1), int(used + seconds + 3)),
        (resource.RLIMIT_CORE, 0, 0),
    ):
        lower(resource, what, soft, hard)
    if sys.platform == "linux":
        with open("/proc/self/statm") as file:
            now = int(file.read().split()[0]) * resource.getpagesize()
        lower(resource, resource.RLIMIT_AS, now + memory, now + memory)


def lower(resource, what, soft, hard):
    present = resource.getrlimit(what)[1]
    if present != resource.RLIM_INFINITY:
        soft, hard = min(soft, present), min(hard, present)
    try:
        resource.setrlimit(what, (soft, hard))
    except (ValueError, OSError):  # parts of macOS
        pass


def main():
    job = json.load(sys.stdin)
    sys.stdin = open(os.devnull)  # an answer that asks for input gets none
    from . import judge

    me = os.getpid()
    limit(job["seconds"], job["memory"])
    verdict = judge.grade(job["exercise"], job["code"])
    if os.getpid() == me:  # not in a copy of the process that the answer made
        with open(job["verdict"] + ".part", "w", encoding="utf-8") as file:
            json.dump([text.encode(errors="replace").decode() for text in verdict], file)
        os.replace(job["verdict"] + ".part", job["verdict"])
    os._exit(0)  # threads that the answer started end here too


if __name__ == "__main__":
    main()
