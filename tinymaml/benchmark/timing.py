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

import tinymaml as tm

from ..engine.compiled import cpu  # noqa: F401 (before any peer: it sets how long OpenMP's waiting threads spin, PyTorch's too)
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
    """Every implementation in every form, called once and compared with the reference. -> a list of
    `Entry`"""
    entries, expected = (
        [Entry(TINYMAML, "", functools.partial(cell.meta_gradient, target=target))],
        reference(cell),
    )
    for name in peers:
        try:
            entries += [Entry(name, form, call) for form, call in PEERS[name](cell).items()]
        except Exception as error:
            entries.append(Entry(name, "", None, failure=f"{type(error).__name__}: {error}"))
    for e in entries:
        if not e.failure:
            try:
                judge(e, cell, expected)
            except Exception as error:
                e.failure = f"{type(error).__name__}: {error}"
    return entries


def judge(e, cell, expected):
    start = time.perf_counter()
    result = e.call()
    e.first = time.perf_counter() - start
    vector = (
        result.gradient
        if e.name == TINYMAML
        else np.concatenate([np.asarray(result[name]).ravel() for name in cell.params])
    )
    e.error = float(np.abs(vector - expected).max() / np.abs(expected).max())
    if vector.dtype != cell.dtype:
        e.failure, e.disagrees = f"computes in {vector.dtype}", True
    elif not e.error <= tolerance(cell):  # NaN disagrees too
        e.failure, e.disagrees = (
            f"disagrees with the reference: error {e.error:.1e}, rounding explains {tolerance(cell):.0e}",
            True,
        )


# ---- time


def measure(entries, seconds):
    """Fill in the times: `seconds` for each implementation, of whose forms the fastest goes on. ->
    the entries that were timed"""
    for e in entries:
        if e.name not in COMPILED and e.first > PATIENCE:
            e.times = [e.first]
    names = dict.fromkeys(e.name for e in entries)
    rivals = [[e for e in entries if e.name == name] for name in names]
    take_turns([e for forms in rivals if len(forms) > 1 for e in forms], RACE)
    best = [min(forms, key=lambda e: e.best) if len(forms) > 1 else forms[0] for forms in rivals]
    take_turns(best, seconds)
    return best


def take_turns(entries, seconds):
    """Blocks of calls, always of the one that has run least, until each has run for so long."""

    def pending(e):
        impatient = len(e.times) == 1 and e.best > PATIENCE
        return not impatient and (e.spent < seconds or len(e.times) < RUNS)

    while waiting := [e for e in entries if pending(e)]:
        block(min(waiting, key=lambda e: e.spent))


def block(e):
    one = stopwatch(e.call)
    if one >= BLOCK:  # a long call does not notice what others left behind
        e.times.append(one)
    else:
        e.times += [stopwatch(e.call) for _ in range(max(RUNS, min(50, int(BLOCK / one))))]


def stopwatch(call):
    start = time.perf_counter()
    call()
    return time.perf_counter() - start
