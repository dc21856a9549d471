"""The compiled machine's host side: plan once per shape, compile once per computer, call (lesson
05)."""

import functools
import hashlib
import os
import sys
import tempfile
import threading
from pathlib import Path

import numba
import numpy as np
from numba.core import event

from . import inner_loop as nested
from .plan import Result

ENGINE = Path(__file__).parents[1]
CHUNKS = 32  # partial sums over the tasks: enough for 32 threads
SERIAL = 20_000  # multiplications below which a second thread costs more than it brings
os.environ.setdefault(
    "GOMP_SPINCOUNT", "10000"
)  # waiting OpenMP threads spin: for 0.3 ms, or a call takes 8 ms on a busy machine
LOCK = threading.Lock()  # not every threading layer may be entered by two Python threads at once


def cache_folder():
    """A folder of the user's own for the compiled code, named after the engine's sources, so that
    an edit leaves no stale code behind; in the temporary folder where there is no home to write to.
    None: nowhere."""
    sources = sorted(ENGINE.rglob("*.py"))
    digest = hashlib.sha256(b"".join(path.read_bytes() for path in sources)).hexdigest()[:16]
    home = (
        os.environ.get("NUMBA_CACHE_DIR")
        or os.environ.get("XDG_CACHE_HOME")
        or os.path.expanduser("~/.cache")
    )
    user = os.getuid() if hasattr(os, "getuid") else 0
    for folder in (
        Path(home, "tinymaml", digest),
        Path(tempfile.gettempdir(), f"tinymaml-{user}", digest),
    ):
        try:
            if not folder.is_absolute():  # "~" stays "~" for a user without a home
                continue
            folder.mkdir(parents=True, exist_ok=True)
            mine = (
                os.name == "nt" or folder.stat().st_uid == user
            )  # compiled code of others is not run
            if mine and os.access(folder, os.W_OK):
                return folder
        except OSError:
            pass


class Announce(event.Listener):
    """One line before a compilation, so that nobody thinks that it hangs."""

    def on_start(self, e):
        if e.data["dispatcher"] is compiled():
            dtype = e.data["args"][6].dtype
            print(
                f"tinymaml: compiling the inner loop for {dtype}: once on this computer, about 15 s ...",
                file=sys.stderr,
                flush=True,
            )

    def on_end(self, e):
        pass


@functools.cache
def compiled():
    """`all_tasks`, ready to be compiled at its first call, or to be loaded from disk."""
    folder, previous = (
        cache_folder(),
        numba.config.CACHE_DIR,
    )  # numba asks for the folder when it decorates
    options = dict(
        parallel=True, nogil=True, fastmath={"contract", "reassoc", "nsz"}, error_model="numpy"
    )
    try:
        numba.config.CACHE_DIR = str(folder or "")
        function = numba.njit(cache=folder is not None, **options)(nested.all_tasks)
    finally:
        numba.config.CACHE_DIR = previous
    event.register("numba:compile", Announce())
    return function


def run(plan, start, packed, alpha, delta, per_task=False, points=0):
    """Run a plan for B tasks. start: (P,), in the plan's precision; packed: their data, (B,
    length), from `plan.packing`."""
    dtype, B, P = plan.dtype, len(packed), len(start)
    start = (
        start if start.flags.c_contiguous and start.flags.writeable else start.copy()
    )  # one compiled signature for all
    threads = 1 if B * plan.work < SERIAL else min(numba.get_num_threads(), B, CHUNKS)
    gradient, losses, sound = np.empty(P, dtype), np.empty(B, dtype), np.empty(B, dtype)
    gradients, trajectory = (
        np.empty((B if per_task else 0, P), dtype),
        np.empty((points, B, P), dtype),
    )
    pool = plan.pools.setdefault(threads, [])
    try:
        w, partial = pool.pop()
    except IndexError:
        w, partial = plan.workspace(threads), np.empty((CHUNKS, plan.length), dtype)
    with LOCK:
        if forked and numba.threading_layer() == "omp":
            raise RuntimeError(
                'this process was forked from one that has used target="cpu", which OpenMP does not survive: '
                'use multiprocessing.get_context("spawn"), or target="numpy" here'
            )
        unsound = compiled()(
            threads,
            plan.code,
            plan.coefficients,
            plan.facts,
            plan.where,
            w,
            start,
            dtype(alpha),
            dtype(delta),
            packed,
            partial,
            losses,
            sound,
            gradients,
            trajectory,
            gradient,
        )
    pool.append((w, partial))
    return Result(gradient, losses, gradients, trajectory, np.flatnonzero(sound) if unsound else ())


def after_fork():
    """In the child of a fork: another thread may have held the lock, and OpenMP's threads are
    gone."""
    global LOCK, forked
    LOCK, forked = threading.Lock(), compiled.cache_info().currsize > 0


forked = False
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=after_fork)
