"""The doctor and CUDA: what it says of computers with and without a GPU."""

import importlib
import sys
from contextlib import nullcontext
from types import SimpleNamespace

import numba  # noqa: F401 (the doctor asks whether versions() could import it)
import pytest

from tinymaml.doctor import doctor, gpus, numbers
from tinymaml.doctor.gpus import Cuda, Gpu
from tinymaml.doctor.numbers import Check

NOTHING = Cuda(  # what is there of CUDA on a computer without a GPU
    target="Numba's own, 0.68.1",
    toolkit="",
    compiler="CUDA's compiler cannot be used (Missing libdevice file): pip install it",
    driver="",
    error="",
    gpus=[],
)
T4 = Gpu("Tesla T4", (7, 5), 40, 1.59, 15 * 2**30)


def examine(monkeypatch, cuda):
    """What the doctor says of this `Cuda`: name -> what was found; name -> what to do."""
    monkeypatch.setattr(gpus, "found", lambda: cuda)
    found, problems = {}, {}
    for name, what, problem in doctor.gpu():
        found[name] = what
        if problem:
            problems[name] = problem
    return found, problems


@pytest.mark.parametrize("toolkit", ["", "CUDA 13.0, from the system"])
def test_no_gpu_is_no_problem(toolkit, monkeypatch):
    monkeypatch.setattr(numbers, "check", lambda *asked: pytest.fail("there is none"))
    cuda = NOTHING._replace(toolkit=toolkit, compiler="") if toolkit else NOTHING
    found, problems = examine(monkeypatch, cuda)
    assert not problems
    assert found["compiler"] == (toolkit or "none")
    assert found["driver"] == "none"
    assert found["GPU"] == "none"
    assert "not on a GPU" in found['target="cuda"']
    assert ("by compiling without a GPU" in found['target="cuda"']) == bool(toolkit)


def test_a_gpu_checks_itself(monkeypatch):
    cuda = Cuda(
        target="numba-cuda 0.30.4",
        toolkit="CUDA 13.5, from wheels",
        compiler="",
        driver="CUDA 13.0",
        error="",
        gpus=[T4, T4._replace(name="A100")],
    )
    found = Check(2e-7, False, "")  # both precisions alike
    monkeypatch.setattr(numbers, "check", lambda dtype, target: found)
    found, problems = examine(monkeypatch, cuda)
    assert "agree to 2e-07" in found["GPU, float32"]
    assert list(problems) == ["GPU, float64"]
    assert "expected at most 1e-10" in problems["GPU, float64"]
    assert "on the GPU" in found['target="cuda"']
    assert str(T4) == "Tesla T4, compute capability 7.5, 40 multiprocessors, 1.59 GHz, 15 GB"


@pytest.mark.parametrize(
    "changes, name, words",
    [
        # a GPU, nothing to compile with
        (dict(gpus=[T4], driver="CUDA 13.0"), "compiler", "pip install"),
        # the extra, half installed
        (dict(target="numba-cuda 0.30.4"), "compiler", "pip install"),
        (dict(toolkit="CUDA 10.2, from the system"), "compiler", "pip install"),
        (
            dict(error="Call to cuInit results in CUDA_ERROR_SYSTEM_DRIVER_MISMATCH (803)"),
            "driver",
            "MISMATCH (803): reinstall NVIDIA's driver",
        ),
    ],
)
def test_what_is_there_and_does_not_work_is_a_problem(changes, name, words, monkeypatch):
    monkeypatch.setattr(numbers, "check", lambda *asked: pytest.fail("it cannot work"))
    found, problems = examine(monkeypatch, NOTHING._replace(**changes))
    assert list(problems) == [name]
    assert words in problems[name]
    assert "not on a GPU" in found['target="cuda"']


def test_a_broken_driver_is_found(monkeypatch, tmp_path):
    library = tmp_path / "libcuda.so.1"
    library.write_text("no library")
    # this is what Numba's own target asks, the next one numba-cuda
    monkeypatch.setenv("NUMBA_CUDA_DRIVER", str(library))
    monkeypatch.setenv("LD_LIBRARY_PATH", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    cuda = gpus.found()
    assert library.name in cuda.error
    assert not cuda.driver
    assert not cuda.gpus
    assert cuda.target


def test_a_gpu_says_what_it_is(monkeypatch):
    cuda = importlib.import_module("numba.cuda")
    driver = importlib.import_module("numba.cuda.cudadrv.driver")
    device = SimpleNamespace(
        name=b"Tesla T4", compute_capability=(7, 5), MULTIPROCESSOR_COUNT=40, CLOCK_RATE=1_590_000
    )
    context = SimpleNamespace(get_memory_info=lambda: (1, 15 * 2**30))

    def pretend(module, name, value):
        monkeypatch.setattr(module, name, value, raising=False)

    def pretend_error(text):
        pretend(cuda, "cuda_error", lambda: text)

    pretend_error(None)
    pretend(driver, "get_version", lambda: (12, 4))
    pretend(cuda, "gpus", [nullcontext()])
    pretend(cuda, "get_current_device", lambda: device)
    pretend(cuda, "current_context", lambda: context)
    assert gpus.devices() == ("CUDA 12.4", "", [T4])
    pretend_error("Call to cuInit results in CUDA_ERROR_NO_DEVICE (100)")
    assert gpus.devices() == ("", "", [])
    pretend_error("Call to cuInit results in\nCUDA_ERROR_UNKNOWN (999)")
    assert gpus.devices() == ("", "Call to cuInit results in CUDA_ERROR_UNKNOWN (999)", [])
    # half an installation is the compiler's problem
    monkeypatch.setitem(sys.modules, "numba.cuda.cudadrv", None)
    assert gpus.devices() == ("", "", [])
    assert not gpus.toolkit()


def test_a_driver_that_hangs_does_not_stop_the_doctor(monkeypatch):
    def hang(code, patience):
        raise RuntimeError(f"no answer within {patience} s")

    monkeypatch.setattr(gpus, "run_python", hang)
    ((name, found, problem),) = doctor.gpu()
    assert found == "cannot be examined"
    assert 'target="cpu" needs none of it' in problem
