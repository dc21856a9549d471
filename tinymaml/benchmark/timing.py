"""Agreement first, then time: what each implementation says to one cell, and how long it takes.

Thread pools disturb each other: threads that have just worked spin for a while before they sleep,
and hold the cores that the next implementation needs; and caches remember who came last. So the
implementations take turns in blocks of a few calls, and the first short call of a block is not
counted. What slows the machine down for a second slows all of them down.
"""

import functools
import statistics
import time
from dataclasses import dataclass, field
from typing import Callable

import numpy as np

# before any peer: it sets how long OpenMP's waiting threads spin, PyTorch's too
import tinymaml as tm

from .peers import PEERS

BLOCK = 0.02  # seconds that a block of calls lasts, about
RUNS = 3  # calls counted, at least
RACE = 0.1  # seconds for each form of a peer, to find the fastest
PATIENCE = 2.0  # seconds: what took longer at its first call and compiles nothing runs once
TINYMAML = "tinymaml"
COMPILED = (TINYMAML, "jax")
EXACTLY = 1000  # tasks that the NumPy machine is asked for


@dataclass
class Entry:
    """An implementation in a cell."""

    name: str
    form: str  # which of its forms
    call: Callable
    first: float = 0.0  # seconds of the first call, with tracing and compiling
    error: float = np.inf  # of its meta-gradient, relative to the reference
    times: list = field(default_factory=list)  # seconds
    kernel: list = field(default_factory=list)  # seconds, of the GPU's kernel alone
    failure: str = ""  # what went wrong, if something did
    disagrees: bool = False  # its numbers are wrong

    best = property(lambda self: min(self.times))
    median = property(lambda self: statistics.median(self.times))
    spent = property(lambda self: sum(self.times))


# ---- agreement


def reference(cell):
    """The meta-gradient from the same numbers, by the NumPy machine in float64; for many tasks, by
    the compiled one."""
    target = "numpy" if cell.tasks <= EXACTLY else "cpu"
    return tm.meta_gradient(
        cell.loss,
        cell.w.astype(float),
        cell.batch,
        alpha=cell.alpha,
        steps=cell.steps,
        target=target,
    ).gradient


def tolerance(cell):
    """The relative error that rounding may explain: twice √256 eps for each gradient in the chain,
    as 256 is the longest sum of a cell. Right answers come nowhere near it, and a missing second
    derivative is percents off."""
    return 32 * float(np.finfo(cell.dtype).eps) * (cell.steps + 1)


def check(cell, peers, target="cpu"):
    """Call every implementation in every form once, and compare it with the reference. -> a list of
    `Entry`, tinymaml's first"""
    expected = reference(cell)
    entries = [Entry(TINYMAML, "", functools.partial(cell.meta_gradient, target=target))]
    for name in peers:
        try:
            forms = PEERS[name](cell)
        except Exception as error:
            entries.append(Entry(name, "", None, failure=describe(error)))
        else:
            entries += [Entry(name, form, call) for form, call in forms.items()]
    for entry in entries:
        if not entry.failure:
            try:
                judge(entry, cell, expected)
            except Exception as error:
                entry.failure = describe(error)
    return entries


def describe(error):
    return f"{type(error).__name__}: {error}"


def judge(entry, cell, expected):
    """Call it, and note how long that takes, how large its error is, and whether that is too
    large."""
    start = time.perf_counter()
    result = entry.call()
    entry.first = time.perf_counter() - start
    if entry.name == TINYMAML:
        vector = result.gradient
    else:
        vector = np.concatenate([np.asarray(result[name]).ravel() for name in cell.params])
    entry.error = float(np.abs(vector - expected).max() / np.abs(expected).max())
    agrees = entry.error <= tolerance(cell)  # NaN does not
    if vector.dtype != cell.dtype:
        entry.failure = f"computes in {vector.dtype}"
        entry.disagrees = True
    elif not agrees:
        explained = f"error {entry.error:.1e}, rounding explains {tolerance(cell):.0e}"
        entry.failure = f"disagrees with the reference: {explained}"
        entry.disagrees = True


# ---- time


def measure(entries, seconds):
    """Fill in the times: `seconds` for each implementation, of whose forms the fastest goes on. ->
    the entries that were timed"""
    rivals = {}
    for entry in entries:
        if entry.name not in COMPILED and entry.first > PATIENCE:
            entry.times = [entry.first]
        rivals.setdefault(entry.name, []).append(entry)
    racing = [entry for forms in rivals.values() if len(forms) > 1 for entry in forms]
    take_turns(racing, RACE)
    fastest = []
    for forms in rivals.values():
        fastest.append(min(forms, key=lambda form: form.best) if len(forms) > 1 else forms[0])
    take_turns(fastest, seconds)
    return fastest


def take_turns(entries, seconds):
    """Blocks of calls, always of the one that has run least, until each has run for so long."""

    def is_done(entry):
        if len(entry.times) == 1 and entry.best > PATIENCE:
            return True
        return entry.spent >= seconds and len(entry.times) >= RUNS

    while waiting := [entry for entry in entries if not is_done(entry)]:
        run_block(min(waiting, key=lambda entry: entry.spent))


def run_block(entry):
    """Time a few calls; a long one alone, as it does not notice what others left behind."""
    first = stopwatch(entry.call)
    if first >= BLOCK:
        entry.times.append(first)
        return
    calls = max(RUNS, min(50, int(BLOCK / first)))
    entry.times += [stopwatch(entry.call) for _ in range(calls)]


def stopwatch(call):
    """Seconds that a call takes."""
    start = time.perf_counter()
    call()
    return time.perf_counter() - start
