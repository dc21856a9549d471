"""Options and markers of all tests.

Hypothesis tries the same examples every time; HYPOTHESIS_EXAMPLES=1000 looks at more of them.
`pytest --target cuda` runs on the GPU whatever the tests say is to run on the CPU; with `--target
emulator`, slowly, in the lane emulator, which raises on a race. `pytest -m lesson_03` runs what has
to do with lesson 03: its exercises, and the code of the package that it teaches.
"""

import functools
import gc
import os
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

pytest.register_assert_rewrite("helpers")
SOURCES = Path(__file__).parents[1] / "solutions"

settings.register_profile(
    "tinymaml",
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.too_slow],
    max_examples=int(os.environ.get("HYPOTHESIS_EXAMPLES", 60)),
)
settings.load_profile("tinymaml")


def pytest_addoption(parser):
    parser.addoption(
        "--target",
        choices=("cpu", "cuda", "emulator"),
        default="cpu",
        help="what runs the tests of the compiled machine",
    )


def pytest_configure(config):
    for source in sorted(SOURCES.glob("[0-9][0-9]_*.py")):
        number, name = source.stem.split("_", 1)
        title = name.replace("_", " ")
        config.addinivalue_line(
            "markers", f"lesson_{number}: what lesson {number} teaches, {title}"
        )
    target = config.getoption("--target")
    if target == "cpu":
        return
    from tinymaml.engine.compiled import cpu
    from tinymaml.engine.gpu import emulated, launch

    if target == "cuda":
        cpu.run = launch.run
    else:
        cpu.run = functools.partial(emulated.run, lanes=3, blocks=2, order=(2, 0, 1))


COMPILE = """
import numpy as np, tinymaml as tm
loss = tm.Loss(lambda p: tm.sum(p["w"]), {{"w": np.ones(1)}})
loss.value(np.ones(1, "{dtype}"), target="cpu")
"""


def pytest_sessionstart(session):
    """Compile the inner loop before the worker processes start, unless that was done before: both
    precisions at the same time, and once, not once in each process that needs it."""
    is_worker = hasattr(session.config, "workerinput")
    options = session.config.option
    if is_worker or options.collectonly or options.target != "cpu":
        return
    from tinymaml.engine.compiled.cache import cache_folder

    folder = cache_folder()
    if folder is None:
        return
    compilers = []
    for dtype in ("float32", "float64"):
        if not list((folder / dtype).rglob("*.nbc")):
            code = COMPILE.format(dtype=dtype)
            compilers.append(subprocess.Popen([sys.executable, "-c", code]))
    for compiler in compilers:
        compiler.wait()


def pytest_collection_finish():
    """Spare the garbage collector the tests themselves, thousands of objects that stay."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(10_000, 20, 20)


@pytest.fixture
def device(monkeypatch):
    """A GPU of our own (helpers/fake_gpu.py) in the place of this computer's."""
    from helpers import fake_gpu
    from tinymaml.engine.gpu import memory

    for module in ("targets", "gpu.available"):
        monkeypatch.setattr(f"tinymaml.engine.{module}.missing", lambda: "")
    yield fake_gpu.GPU().install(monkeypatch)
    memory.STORED.clear()
