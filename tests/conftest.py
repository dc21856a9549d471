"""The same examples every time; HYPOTHESIS_EXAMPLES=1000 looks at more of them. `pytest --target
cuda` runs on the GPU whatever the tests say is to run on the CPU; with `--target emulator`, slowly,
in the lane emulator, which raises on a race."""

import functools
import os

from hypothesis import HealthCheck, settings

settings.register_profile(
    "tinymaml",
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.too_slow],
    max_examples=int(os.environ.get("HYPOTHESIS_EXAMPLES", 100)),
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
    target = config.getoption("--target")
    if target == "cpu":
        return
    from tinymaml.engine.compiled import cpu
    from tinymaml.engine.gpu import emulated, launch

    if target == "cuda":
        cpu.run = launch.run
    else:
        cpu.run = functools.partial(emulated.run, lanes=3, blocks=2, order=(2, 0, 1))
