"""`tinymaml doctor`: what is installed here, whether it works, and what to do about what does
not."""

import importlib
import os
import platform
import re
import sys
import time
from importlib import metadata

import numpy as np

import tinymaml as tm

from . import gpus
from .computer import cpu_name, own_cores

SHOWN = ("numpy", "numba", "llvmlite", "matplotlib", "tqdm", "jupyter", "jupyterlab", "pytest")
IMPORTED = (
    "numpy",
    "numba",
    "matplotlib",
    "tqdm",
)  # what the package itself imports: to be installed is not enough
CLOSE = {np.float32: 1e-4, np.float64: 1e-10}  # relative difference that two right answers may have


def run():
    """Print every finding; a finding with a problem says what to do. -> exit code."""
    problems = 0
    for check in (versions, computer, inner_loop, grading, gpu):
        for name, found, problem in findings(check):
            print(
                f"  {name:14}{found}" + (f"\n  {'':14}^ {problem}" if problem else ""), flush=True
            )
            problems += bool(problem)
    print(
        f"\n{'All is well.' if not problems else 'One problem, marked ^.' if problems == 1 else f'{problems} problems, marked ^.'}"
    )
    return 1 if problems else 0


def findings(check):
    """What a check yields; a check that fails is a finding too, so that the others still run."""
    try:
        yield from check()
    except Exception as error:
        yield (
            check.__name__.replace("_", " "),
            "the check failed",
            f"{type(error).__name__}: {error}",
        )


# Each check yields (name, what was found, what to do about it or "").


def versions():
    wanted, python = {}, ""
    try:
        wanted = dict(
            re.match(r"([\w-]+)\s*([^;]*)", line).groups()
            for line in metadata.requires("tinymaml") or []
            if "extra" not in line
        )
        python, problem = metadata.metadata("tinymaml")["Requires-Python"], ""
    except metadata.PackageNotFoundError:
        problem = "not installed, only imported: run `pip install -e .` in its folder"
    yield "tinymaml", tm.__version__, problem
    found = platform.python_version()
    yield (
        "Python",
        f"{found} ({platform.python_implementation()})",
        "" if satisfies(found, python) else f"tinymaml is made for Python {python}",
    )
    for name in SHOWN:
        yield name, *package(name, wanted.get(name, ""))


def package(name, wanted):
    install = f"run `pip install '{name}{wanted}'`"
    try:
        found = metadata.version(name)
        if name in IMPORTED:
            importlib.import_module(name)
    except metadata.PackageNotFoundError:
        return "missing", install
    except Exception as error:  # a broken package may raise anything
        return (
            f"{found}, cannot be imported",
            f"{type(error).__name__}: {error}; run `pip install --force-reinstall '{name}{wanted}'`",
        )
    return found, "" if satisfies(found, wanted) else install


def satisfies(version, wanted):
    """Whether a version is in a range such as ">=3.11,<3.14"; only >= and < are understood."""
    numbers = lambda text: [int(n) for n in re.findall(r"\d+", text.split("rc")[0])]  # noqa: E731
    bounds = re.findall(r"(>=|<)\s*([\d.]+)", wanted)
    return all(
        numbers(version) >= numbers(b) if relation == ">=" else numbers(version) < numbers(b)
        for relation, b in bounds
    )


def computer():
    yield "system", f"{platform.system()} {platform.machine()}", ""
    yield "CPU", cpu_name(), ""
    mine = own_cores()
    yield (
        "cores",
        f"{os.cpu_count()}"
        + ("" if mine == os.cpu_count() else f", {mine} of them for this process"),
        "",
    )


def inner_loop():
    """Whether the compiled inner loop is there, and whether it computes what the NumPy machine
    does."""
    if "numba" not in sys.modules:  # versions() could not import it
        yield (
            "inner loop",
            "cannot be compiled without numba",
            'repair numba first; until then target="numpy" works',
        )
        return
    import numba

    from ..engine.compiled import cpu

    if numba.config.DISABLE_JIT:
        yield "inner loop", "not compiled: NUMBA_DISABLE_JIT is set", "unset it"
        return
    for dtype, limit in CLOSE.items():
        start = time.perf_counter()
        difference = self_check(dtype)
        seconds, name = time.perf_counter() - start, np.dtype(dtype).name
        yield (
            name,
            f"the compiled inner loop and the NumPy one agree to {difference:.0e} ({seconds:.1f} s)",
            (
                ""
                if difference <= limit
                else f"expected at most {limit:g}: delete the folder below and run this again; if it stays, report it"
            ),
        )
    hits, misses = (
        sum(found.values())
        for found in (cpu.compiled().stats.cache_hits, cpu.compiled().stats.cache_misses)
    )
    folder = cpu.cache_folder()
    yield (
        "compiled code",
        f"in {folder}, {'compiled just now' if misses else 'was there'}",
        (
            ""
            if hits or folder and any(folder.rglob("*.nbi"))
            else "cannot be kept there, so that it is compiled every time: set NUMBA_CACHE_DIR to a folder that can be written"
        ),
    )
    try:
        yield "threads", f"{numba.get_num_threads()} ({numba.threading_layer()})", ""
    except ValueError:  # no layer is loaded before the first parallel call
        yield "threads", f"{numba.get_num_threads()}", ""


def self_check(dtype, target="cpu"):
    """The relative difference of a meta-gradient between a compiled machine and the NumPy one."""
    from ..experiments.sinusoids import Setting

    setting = Setting(shots=5)
    tasks = setting.tasks("validation", 8)
    one, two = (
        tm.meta_gradient(
            setting.loss, setting.start.astype(dtype), tasks, alpha=0.01, steps=2, target=target
        ).gradient
        for target in (target, "numpy")
    )
    return float(np.abs(one - two).max() / np.abs(two).max())


def grading():
    """Does the process that grades answers start, and what does this platform let it limit?"""
    from ..course import material, sandbox

    name = material.exercises()[0]
    start = time.perf_counter()
    verdict = sandbox.grade(name, material.find(name).answer(name).solution)
    yield (
        "grading",
        f"an answer takes {time.perf_counter() - start:.1f} s; limited: {', '.join(sandbox.limits())}",
        ""
        if verdict.verdict == "passed"
        else f"the course's own solution of {name} does not pass: {verdict}",
    )


def gpu():
    """What there is for target="cuda". Nothing of it is needed, so that only what is there and does
    not work is a problem."""
    if "numba" not in sys.modules:  # versions() could not import it, and has said so
        yield 'target="cuda"', "cannot be compiled without numba", ""
        return
    try:
        there = gpus.found()
    except RuntimeError as error:
        yield "CUDA", "cannot be examined", f'{error}; target="cpu" needs none of it'
        return
    broken = there.compiler and (there.gpus or there.toolkit or "numba-cuda" in there.target)
    yield "CUDA target", there.target, ""
    yield "compiler", there.toolkit or "none", there.compiler if broken else ""
    yield (
        "driver",
        there.driver or ("broken" if there.error else "none"),
        (there.error and f"{there.error}: reinstall NVIDIA's driver, then restart the computer"),
    )
    for device in there.gpus or ["none"]:
        yield "GPU", str(device), ""
    ready = there.gpus and not there.compiler and not there.error
    ways = [
        "in the lane emulator",
        *([] if there.compiler else ["by compiling without a GPU"]),
        "on the GPU" if ready else "not on a GPU",
    ]
    yield 'target="cuda"', f"can be tested here {', '.join(ways)}", ""
    for dtype, limit in CLOSE.items() if ready else ():
        start, name = time.perf_counter(), np.dtype(dtype).name
        difference = on_gpu(name)
        yield (
            f"GPU, {name}",
            f"the inner loop and the NumPy one agree to {difference:.0e} ({time.perf_counter() - start:.1f} s, with compiling)",
            (
                ""
                if difference <= limit
                else f"expected at most {limit:g}: report it, with all that is said here"
            ),
        )


def on_gpu(name):
    """As self_check, in a process of its own, which may hang."""
    return float(
        gpus.ask(
            f"import numpy as np; from tinymaml.experiments import doctor; print(doctor.self_check(np.{name}, 'cuda'))",
            300,
        )
    )
