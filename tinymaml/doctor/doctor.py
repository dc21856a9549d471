"""`tinymaml doctor`: what is installed here, whether it works, and what to do about what does
not."""

import importlib
import os
import platform
import re
import sys
import time
from importlib import metadata
from typing import NamedTuple

import numpy as np

import tinymaml as tm

from ..terminal.processes import run_python
from ..terminal.text import align, count, say
from . import gpus
from .computer import cpu_name, own_cores

SHOWN = ("numpy", "numba", "llvmlite", "matplotlib", "tqdm", "jupyter", "jupyterlab", "pytest")
# what the package itself imports: to be installed is not enough
IMPORTED = ("numpy", "numba", "matplotlib", "tqdm")
CLOSE = {np.float32: 1e-4, np.float64: 1e-10}  # relative difference that two right answers may have
PATIENCE = 300  # seconds for a GPU's numbers, compiling included


class Finding(NamedTuple):
    name: str
    found: str
    problem: str = ""  # and what to do about it


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


def describe(error):
    return f"{type(error).__name__}: {error}"


# ---- the checks, each of which yields `Finding`s


def versions():
    """Are tinymaml, Python and the packages there, and new enough?"""
    wanted, python, problem = {}, "", ""
    try:
        wanted = requirements()
        python = metadata.metadata("tinymaml")["Requires-Python"]
    except metadata.PackageNotFoundError:
        problem = "not installed, only imported: run `pip install -e .` in its folder"
    yield Finding("tinymaml", tm.__version__, problem)
    version = platform.python_version()
    yield Finding(
        "Python",
        f"{version} ({platform.python_implementation()})",
        "" if satisfies(version, python) else f"tinymaml is made for Python {python}",
    )
    for name in SHOWN:
        yield package(name, wanted.get(name, ""))


def requirements():
    """Name of each package that tinymaml needs -> the versions it may have, such as ">=2.0"."""
    wanted = {}
    for line in metadata.requires("tinymaml") or []:
        if "extra" not in line:
            name, versions = re.match(r"([\w-]+)\s*([^;]*)", line).groups()
            wanted[name] = versions
    return wanted


def package(name, wanted):
    """Is the package there, and does it have a version that is wanted? -> `Finding`"""
    try:
        version = metadata.version(name)
    except metadata.PackageNotFoundError:
        return Finding(name, "missing", f"run `pip install '{name}{wanted}'`")
    try:
        if name in IMPORTED:
            importlib.import_module(name)
    except Exception as error:  # a broken package may raise anything
        install = f"run `pip install --force-reinstall '{name}{wanted}'`"
        return Finding(name, f"{version}, cannot be imported", f"{describe(error)}; {install}")
    if satisfies(version, wanted):
        return Finding(name, version)
    return Finding(name, version, f"run `pip install '{name}{wanted}'`")


def satisfies(version, wanted):
    """Whether a version is in a range such as ">=3.11,<3.14"; only >= and < are understood."""
    have = version_numbers(version)
    for relation, bound in re.findall(r"(>=|<)\s*([\d.]+)", wanted):
        enough = have >= version_numbers(bound)
        if enough != (relation == ">="):
            return False
    return True


def version_numbers(version):
    """ "3.11.7" -> [3, 11, 7]"""
    return [int(n) for n in re.findall(r"\d+", version.split("rc")[0])]


def computer():
    """What computer is this?"""
    yield Finding("system", f"{platform.system()} {platform.machine()}")
    yield Finding("CPU", cpu_name())
    cores, own = os.cpu_count(), own_cores()
    yield Finding(
        "cores", f"{cores}" if own == cores else f"{cores}, {own} of them for this process"
    )


def inner_loop():
    """Can the inner loop be compiled, and does it compute what the NumPy machine does?"""
    if "numba" not in sys.modules:  # versions() could not import it
        repair = 'repair numba first; until then target="numpy" works'
        yield Finding("inner loop", "cannot be compiled without numba", repair)
        return
    import numba

    if numba.config.DISABLE_JIT:
        yield Finding("inner loop", "not compiled: NUMBA_DISABLE_JIT is set", "unset it")
        return
    for dtype in CLOSE:
        start = time.perf_counter()
        difference = self_check(dtype)
        seconds = time.perf_counter() - start
        advice = "delete the folder below and run this again; if it stays, report it"
        yield Finding(
            np.dtype(dtype).name,
            "the compiled inner loop and the NumPy one agree to "
            f"{difference:.0e} ({seconds:.1f} s)",
            problem_of(difference, dtype, advice),
        )
    yield compiled_code()
    threads = f"{numba.get_num_threads()}"
    try:
        threads += f" ({numba.threading_layer()})"
    except ValueError:  # no layer is loaded before the first parallel call
        pass
    yield Finding("threads", threads)


def self_check(dtype, target="cpu"):
    """The relative difference of a meta-gradient between a compiled machine and the NumPy one."""
    from ..problems import networks
    from ..problems.sinusoids import Sinusoids

    rng = np.random.default_rng(0)
    params = networks.initial(rng)
    loss = tm.Loss(networks.mse(), params)
    w = loss.flatten(params).astype(dtype)
    tasks = Sinusoids(5, 100, np.float32).sample(rng, 8)

    def gradient(target):
        return tm.meta_gradient(loss, w, tasks, alpha=0.01, steps=2, target=target).gradient

    compiled, expected = gradient(target), gradient("numpy")
    return float(np.abs(compiled - expected).max() / np.abs(expected).max())


def problem_of(difference, dtype, advice):
    """What to say of a difference that is too large, or ""; NaN is too large."""
    limit = CLOSE[dtype]
    return "" if difference <= limit else f"expected at most {limit:g}: {advice}"


def compiled_code():
    """Is compiled code kept? -> `Finding`"""
    from ..engine.compiled import cpu

    stats = [cpu.jit_inner_loop(dtype).stats for dtype in ("float32", "float64")]
    compiled_now = any(one.cache_misses for one in stats)
    loaded = any(one.cache_hits for one in stats)
    folder = cpu.cache_folder()
    kept = loaded or (folder and any(folder.rglob("*.nbi")))
    return Finding(
        "compiled code",
        f"in {folder}, {'compiled just now' if compiled_now else 'was there'}",
        ""
        if kept
        else "cannot be kept there, so that it is compiled every time: set NUMBA_CACHE_DIR to a "
        "folder that can be written",
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
        for dtype in CLOSE:
            yield gpu_numbers(dtype)


def driver(cuda):
    """-> `Finding`"""
    if not cuda.error:
        return Finding("driver", cuda.driver or "none")
    reinstall = "reinstall NVIDIA's driver, then restart the computer"
    return Finding("driver", cuda.driver or "broken", f"{cuda.error}: {reinstall}")


def gpu_numbers(dtype):
    """Does the GPU compute what the NumPy machine does? -> `Finding`"""
    name = np.dtype(dtype).name
    start = time.perf_counter()
    difference = check_gpu(name)
    seconds = time.perf_counter() - start
    return Finding(
        f"GPU, {name}",
        f"the inner loop and the NumPy one agree to {difference:.0e} "
        f"({seconds:.1f} s, with compiling)",
        problem_of(difference, dtype, "report it, with all that is said here"),
    )


def check_gpu(name):
    """As self_check, in a process of its own, which may hang. name: of the dtype."""
    code = (
        "import numpy as np; from tinymaml.doctor import doctor; "
        f"print(doctor.self_check(np.{name}, 'cuda'))"
    )
    return float(run_python(code, patience=PATIENCE))


CHECKS = (versions, computer, inner_loop, grading, gpu)
