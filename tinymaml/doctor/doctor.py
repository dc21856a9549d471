"""`tinymaml doctor`: what is installed here, whether it works, and what to do about what does
not."""

import os
import platform
import sys
import time

from ..terminal.computer import cpu_name, own_cores
from ..terminal.text import align, count, say
from . import gpus, numbers
from .finding import Finding, describe
from .inner_loop import inner_loop
from .openmp import openmp_threads
from .packages import versions


def run():
    """Print every finding; a finding with a problem says what to do. -> exit code."""
    problems = 0
    for check in CHECKS:
        for finding in findings(check):
            rows = [(finding.name, finding.found)]
            if finding.problem:
                problems += 1
                rows.append(("", f"^ {finding.problem}"))
            for line in align(rows, least=(13,), gap=" "):
                say(f"  {line}")
    if not problems:
        say("\nAll is well.")
        return 0
    say(f"\n{'One problem' if problems == 1 else count(problems, 'problem')}, marked ^.")
    return 1


def findings(check):
    """What a check yields; a check that fails is a finding too, so that the others still run."""
    try:
        yield from check()
    except Exception as error:
        name = check.__name__.replace("_", " ")
        yield Finding(name, "the check failed", describe(error))


# ---- the checks, each of which yields `Finding`s


def computer():
    """What computer is this?"""
    yield Finding("system", f"{platform.system()} {platform.machine()}")
    yield Finding("CPU", cpu_name())
    cores, own = os.cpu_count(), own_cores()
    yield Finding(
        "cores", f"{cores}" if own == cores else f"{cores}, {own} of them for this process"
    )


def grading():
    """Does the process that grades answers start, and what does this platform let it limit?"""
    from ..course import material, sandbox

    name = material.exercises()[0]
    start = time.perf_counter()
    verdict = sandbox.grade(name, material.find(name).answer(name).solution)
    seconds = time.perf_counter() - start
    passed = verdict.verdict == "passed"
    yield Finding(
        "grading",
        f"an answer takes {seconds:.1f} s; limited: {', '.join(sandbox.limits())}",
        "" if passed else f"the course's own solution of {name} does not pass: {verdict}",
    )


def gpu():
    """What is there for target="cuda"? Nothing of it is needed: only what is there and does not
    work is a problem."""
    if "numba" not in sys.modules:  # versions() could not import it, and has said so
        yield Finding('target="cuda"', "cannot be compiled without numba")
        return
    try:
        cuda = gpus.found()
    except RuntimeError as error:
        yield Finding("CUDA", "cannot be examined", f'{error}; target="cpu" needs none of it')
        return
    compiler_needed = cuda.gpus or cuda.toolkit or "numba-cuda" in cuda.target
    yield Finding("CUDA target", cuda.target)
    yield Finding("compiler", cuda.toolkit or "none", cuda.compiler if compiler_needed else "")
    yield driver(cuda)
    for device in cuda.gpus or ["none"]:
        yield Finding("GPU", str(device))
    ready = cuda.gpus and not cuda.compiler and not cuda.error
    ways = ["in the lane emulator"]
    if not cuda.compiler:
        ways.append("by compiling without a GPU")
    ways.append("on the GPU" if ready else "not on a GPU")
    yield Finding('target="cuda"', f"can be tested here {', '.join(ways)}")
    if ready:
        for dtype in numbers.CLOSE:
            yield gpu_numbers(dtype)


def driver(cuda):
    """-> `Finding`"""
    if not cuda.error:
        return Finding("driver", cuda.driver or "none")
    reinstall = "reinstall NVIDIA's driver, then restart the computer"
    return Finding("driver", cuda.driver or "broken", f"{cuda.error}: {reinstall}")


def gpu_numbers(dtype):
    """Does the GPU compute what the NumPy machine does? -> `Finding`"""
    check = numbers.check(dtype, "cuda")
    return Finding(
        f"GPU, {dtype}",
        f"the inner loop and the NumPy one agree to {check.difference:.0e} "
        f"({check.seconds:.1f} s, with compiling)",
        check.problem(dtype, "report it, with all that is said here"),
    )


CHECKS = (versions, computer, inner_loop, openmp_threads, grading, gpu)
