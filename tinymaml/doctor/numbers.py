"""Does a compiled machine compute what the NumPy one does? Asked in a process of its own: code that
is damaged can end a process, and a broken driver can hang it.

`check` starts that process; `as_json` is what runs in it.
"""

import json
import time
from typing import NamedTuple

import numpy as np

import tinymaml as tm

from ..terminal.processes import run_python

CLOSE = {"float32": 1e-4, "float64": 1e-10}  # relative difference that right answers may have
PATIENCE = 600  # s, compiling included


class Check(NamedTuple):
    """What came out of it."""

    difference: float  # relative, between the two machines' meta-gradients
    compiled: bool  # was it compiled just now? Otherwise its code was there
    threads: str  # how many, and of which kind; "" on a GPU
    seconds: float = 0.0

    def problem(self, dtype, advice):
        """What to say of a difference that is too large, or ""; NaN is too large."""
        limit = CLOSE[dtype]
        return "" if self.difference <= limit else f"expected at most {limit:g}: {advice}"


def check(dtype, target="cpu"):
    """-> `Check`. dtype: "float32", "float64". Raises RuntimeError with what went wrong."""
    start = time.perf_counter()
    code = f"from tinymaml.doctor import numbers; print(numbers.as_json({dtype!r}, {target!r}))"
    fields = json.loads(run_python(code, patience=PATIENCE))
    return Check(*fields, seconds=time.perf_counter() - start)


# ---- in that process


def as_json(dtype, target):
    """A `Check`, without the seconds, as JSON."""
    difference = compare(dtype, target)
    if target == "cuda":
        return json.dumps([difference, False, ""])
    import numba

    from ..engine.compiled import cpu

    compiled = not cpu.jit_inner_loop(dtype).stats.cache_hits
    threads = f"{numba.get_num_threads()} ({numba.threading_layer()})"
    return json.dumps([difference, compiled, threads])


def compare(dtype, target):
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
