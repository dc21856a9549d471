"""The one place where the core meets its wings: which machines there are, and what runs on them.

numpy    numpy_machine.py, in the core
cpu      compiled/cpu.py: needs Numba
cuda     gpu/launch.py: needs an NVIDIA GPU, too
"""

import functools
import os
import sys
from types import ModuleType
from typing import Any

import numpy as np

from .tape import Tape

TARGETS = ("numpy", "cpu", "cuda")
LOST = {
    "cpu": 'target="cpu", or other parallel code of Numba\'s, which OpenMP does not survive',
    "cuda": 'target="cuda", or a GPU otherwise, which its driver does not survive',
}
lost_in_fork: set[str] = set()  # the targets that do not work in this process
# Waiting OpenMP threads spin: for 0.3 ms, or a call takes 8 ms on a busy machine. OpenMP reads this
# once, when it is loaded: as early as here, that is in time for PyTorch's, too.
os.environ.setdefault("GOMP_SPINCOUNT", "10000")


def check_name(target: str) -> None:
    """Refuse a target that is unknown, here and on every other machine."""
    if target not in TARGETS:
        raise ValueError(f'target is {target!r}; it is "numpy", "cpu" or "cuda"')


def check_target(target: str) -> None:
    """Refuse a target that is unknown (ValueError), or cannot run here (RuntimeError,
    ImportError)."""
    check_name(target)
    if target in lost_in_fork:
        raise RuntimeError(
            f"this process was forked from one that has used {LOST[target]}: "
            'use multiprocessing.get_context("spawn"), or target="numpy" here'
        )
    if target == "cuda" and missing():
        raise RuntimeError(missing())
    if target == "cpu":
        try:
            import numba  # noqa: F401
        except ImportError as error:
            raise ImportError(
                f'target="cpu" needs numba, which cannot be imported here ({error}): '
                'pip install numba, or use target="numpy"'
            ) from error


def missing() -> str:
    """ "" if target="cuda" can be used here; else what is missing and what to do."""
    from .gpu import available

    return available.missing()


def run_on(target: str) -> Any:
    """The function that runs a plan (compiled/plan.py) on "cpu" or "cuda"."""
    return import_machine(target).run


@functools.cache
def import_machine(target: str) -> ModuleType:
    """The module of a machine, which imports Numba when it is first needed."""
    if target == "cpu":
        from .compiled import cpu

        return cpu
    from .gpu import launch

    return launch


def evaluate_compiled(
    target: str,
    loss: object,
    result: str,
    tape: Tape,
    w: np.ndarray,
    v: np.ndarray | None,
    data: list[np.ndarray],
) -> Any:
    """The "value", "gradient" or "hvp" of a loss on a compiled machine."""
    from .compiled.plan import evaluate

    return evaluate(run_on(target), loss, result, tape, w, v, data)


def note_fork() -> None:
    """In the child of a fork: OpenMP's threads and the connection to the GPU are gone, if the
    parent had them, for our loops or for other code of Numba's. (Numba is not imported for that.)
    """
    parallel = sys.modules.get("numba.np.ufunc.parallel")
    if getattr(parallel, "_threading_layer", None) == "omp":
        lost_in_fork.add("cpu")
    driver = getattr(sys.modules.get("numba.cuda.cudadrv.driver"), "driver", None)
    if driver is not None and vars(driver).get("pid"):  # whose the connection is, once it is made
        lost_in_fork.add("cuda")


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=note_fork)
