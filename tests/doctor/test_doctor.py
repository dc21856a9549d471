"""`tinymaml doctor`: what it finds, what it says to do, and that nothing stops it."""

import json
import re
import shutil

import numba  # noqa: F401 (the doctor asks whether versions() could import it)
import numpy as np
import pytest

from helpers.platforms import needs_linux, needs_signals
from tinymaml.cli import main
from tinymaml.doctor import doctor, gpus, inner_loop, numbers, openmp, packages
from tinymaml.doctor.gpus import Cuda
from tinymaml.doctor.numbers import Check
from tinymaml.engine.compiled.cache import CHECKSUMS, checksums
from tinymaml.terminal.processes import run_python


def test_the_doctor_finds_all_well(monkeypatch, capsys):
    check = numbers.check
    found = Check(1e-16, False, "2 (omp)")  # of the other precision, to save its second
    monkeypatch.setattr(numbers, "check", lambda dtype: check(dtype) if "32" in dtype else found)
    assert main(["doctor"]) == 0
    out = capsys.readouterr().out
    assert "All is well." in out
    assert f"numpy         {np.__version__}" in out
    for name in (
        "tinymaml",
        "Python",
        "numba",
        "llvmlite",
        "matplotlib",
        "jupyterlab",
        "CPU",
        "cores",
        "float32",
        "float64",
        "compiled code",
        "threads",
    ):
        assert re.search(rf"^  {name} ", out, re.M), name
    assert 'target="cuda" can be tested here in the lane emulator' in out


@pytest.fixture
def quick(monkeypatch):
    """Nothing of CUDA, and no PyTorch to look for."""
    nothing = Cuda(target="Numba's own", toolkit="", compiler="", driver="", error="", gpus=[])
    monkeypatch.setattr(gpus, "found", lambda: nothing)
    monkeypatch.setattr(openmp, "comes_too_late", lambda before="": False)


def test_the_doctor_says_what_to_do(quick, monkeypatch, capsys):
    version = packages.metadata.version

    def version_or_gone(name):
        if name == "jupyterlab":
            raise packages.metadata.PackageNotFoundError(name)
        return "1.2" if name == "numpy" else version(name)

    monkeypatch.setattr(packages.metadata, "version", version_or_gone)
    found = {"float32": Check(np.nan, True, "2"), "float64": Check(1e-12, True, "2")}
    monkeypatch.setattr(numbers, "check", found.get)
    assert main(["doctor"]) == 1
    out = capsys.readouterr().out
    assert "3 problems" in out
    assert out.count("^") == 4
    assert "pip install 'numpy>=" in out
    assert "pip install 'jupyterlab'" in out
    assert "delete the folder" in out


def test_a_check_that_fails_does_not_stop_the_doctor(quick, monkeypatch, capsys):
    def fail(dtype):
        raise RuntimeError("no such register")

    monkeypatch.setattr(numbers, "check", fail)
    monkeypatch.setattr(doctor, "cpu_name", lambda: 1 / 0)
    assert main(["doctor"]) == 1
    out = capsys.readouterr().out
    assert "float32       the check failed: no such register" in out
    assert "float64       the check failed: no such register" in out
    assert "ZeroDivisionError: division by zero" in out
    assert "GPU" in out
    assert "3 problems" in out


CRASH = "import os; os.kill(os.getpid(), 11)"
HANG = "import time; time.sleep(60)"


@needs_signals
@pytest.mark.parametrize(
    "code, patience, says",
    [
        (CRASH, 60, "the process was ended (Segmentation fault)"),
        (HANG, 0.2, "no answer within 0.2 s"),
        ("import nothing_of_this_name", 60, "ModuleNotFoundError: No module named 'nothing"),
    ],
)
def test_an_inner_loop_that_crashes_or_hangs_is_a_line(code, patience, says, monkeypatch):
    monkeypatch.setattr(numbers, "run_python", lambda _, patience: run_python(code, None, patience))
    monkeypatch.setattr(numbers, "PATIENCE", patience)
    float32, float64, *_ = inner_loop.inner_loop()
    for finding in (float32, float64):
        assert f"the check failed: {says}" in finding.found
        assert "delete the folder below" in finding.problem


# ---- the cache of compiled code


@pytest.fixture
def kept(tmp_path, monkeypatch):
    """A folder of compiled code, whose checks find nothing wrong."""
    for dtype in numbers.CLOSE:
        place = tmp_path / dtype / "compiled_0123"
        place.mkdir(parents=True)
        for name in ("loop.nbi", "loop.1.nbc"):
            (place / name).write_text(name)
        keep(place)
    monkeypatch.setattr(inner_loop, "cache_folder", lambda: tmp_path)
    monkeypatch.setattr(numbers, "check", lambda dtype: Check(1e-12, False, "2 (omp)"))
    return tmp_path


def keep(place):
    (place / CHECKSUMS).write_text(json.dumps(checksums(place)))


def compiled_code():
    (finding,) = (one for one in inner_loop.inner_loop() if one.name == "compiled code")
    return finding


def test_compiled_code_that_is_whole_is_not_announced(kept, capsys):
    found = [tuple(finding) for finding in inner_loop.inner_loop()]
    assert found[2:] == [("compiled code", f"in {kept}, was there", ""), ("threads", "2 (omp)", "")]
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize(
    "damage, named",
    [
        (lambda place: (place / "loop.1.nbc").write_text("loop"), "float64/loop.1.nbc"),
        (lambda place: (place / "loop.nbi").unlink(), "float64/loop.nbi"),
        (lambda place: (place / CHECKSUMS).write_text("{"), f"float64/{CHECKSUMS}"),
        (lambda place: (place / CHECKSUMS).write_text("[1, 2]"), f"float64/{CHECKSUMS}"),
    ],
)
def test_damaged_code_is_named_and_compiled_again(damage, named, kept, monkeypatch, capsys):
    place = kept / "float64" / "compiled_0123"
    damage(place)
    assert compiled_code().found == f"in {kept}, damaged: {named}"
    assert "thrown away and compiled again when it is next used" in compiled_code().problem
    capsys.readouterr()

    def check(dtype):
        keep(kept / dtype / "compiled_0123")
        return Check(1e-12, True, "2 (omp)")

    monkeypatch.setattr(numbers, "check", check)
    again = f"in {kept}, was damaged ({named}): thrown away and compiled again just now"
    assert compiled_code() == ("compiled code", again, "")
    assert capsys.readouterr().err.count("compiling the inner loop for float64") == 1


def test_code_that_cannot_be_kept_is_a_problem(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(numbers, "check", lambda dtype: Check(1e-12, True, "2 (omp)"))
    for folder, found in ((tmp_path, f"not kept in {tmp_path}"), (None, "kept nowhere")):
        monkeypatch.setattr(inner_loop, "cache_folder", lambda folder=folder: folder)
        finding = compiled_code()
        assert finding.found == found
        assert "set NUMBA_CACHE_DIR to a folder that can be written" in finding.problem


# ---- OpenMP


@pytest.mark.parametrize(
    "given, first, torch, says, is_problem",
    [
        ({"PATH"}, False, None, None, False),
        ({"PATH"}, True, None, "loaded before tinymaml", True),
        ({"PATH", "GOMP_SPINCOUNT"}, True, True, None, False),
        ({"PATH", "OMP_WAIT_POLICY"}, True, True, None, False),
        ({"PATH"}, False, False, None, False),
        ({"PATH"}, False, True, "after `import torch`", False),
    ],
)
def test_an_openmp_that_was_there_first(given, first, torch, says, is_problem, monkeypatch):
    """torch: is it installed (not None), and would it come first?"""
    monkeypatch.setattr(openmp.sys, "platform", "linux")
    monkeypatch.setattr(openmp, "initial_environment", lambda: given)
    monkeypatch.setattr(openmp, "comes_too_late", lambda before="": torch if before else first)
    monkeypatch.setattr(
        openmp.importlib.util, "find_spec", lambda name: None if torch is None else name
    )
    found = list(openmp.openmp_threads())
    assert [says in finding.found for finding in found] == [True] * (says is not None)
    for finding in found:
        assert "export GOMP_SPINCOUNT=10000" in finding.problem + finding.found
        assert bool(finding.problem) == is_problem


@needs_linux
@pytest.mark.parametrize(
    "before, late",
    [
        ("", False),
        ("import ctypes; ctypes.CDLL({numbas!r})", True),
        ("import ctypes; ctypes.CDLL({another!r}, ctypes.RTLD_GLOBAL)", True),
    ],
)
def test_a_process_knows_whether_its_openmp_was_there_first(before, late, tmp_path):
    pytest.importorskip("numba.np.ufunc.omppool", exc_type=ImportError)
    numbas, *_ = openmp.libraries()
    another = shutil.copy(numbas, str(tmp_path / "libgomp-0123.so"))
    assert openmp.comes_too_late(before.format(numbas=numbas, another=another)) is late


@needs_linux
def test_the_initial_environment_is_not_what_python_has_set(monkeypatch):
    monkeypatch.setenv("SET_BY_PYTHON", "1")
    names = openmp.initial_environment()
    assert "PATH" in names and "SET_BY_PYTHON" not in names


# ---- packages


def test_a_package_that_is_there_but_broken(monkeypatch):
    def fail(name):
        raise ImportError("wrong libraries")

    monkeypatch.setattr(packages.importlib, "import_module", fail)
    _, found, advice = packages.package("numba", ">=0.61")
    assert "cannot be imported" in found
    assert "wrong libraries" in advice
    assert "--force-reinstall 'numba>=0.61'" in advice


@pytest.mark.parametrize(
    "version, wanted, fits",
    [
        ("3.11.7", ">=3.11,<3.14", True),
        ("3.14.0", ">=3.11,<3.14", False),
        ("3.10.2", "<3.14,>=3.11", False),
        ("2.4.6", ">=2.0", True),
        ("0.9.0", ">=0.61", False),
        ("1.0", "", True),
    ],
)
def test_versions_are_compared_as_numbers(version, wanted, fits):
    assert packages.satisfies(version, wanted) is fits
