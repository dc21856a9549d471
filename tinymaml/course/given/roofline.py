"""How fast the kernels of lesson 05 run, and how fast the machine can be at best.

A kernel works on one flat array, `memory`, in which o (m x n), x (m x k) and z (k x n) lie. All
speeds are GFLOP/s on one core: a product has 2 m n k flops, a multiplication and an addition each.
"""

import inspect
import json
import time
from typing import NamedTuple

import numba
import numpy as np

from ...terminal.computer import blas_threads, cpu_name
from ...terminal.processes import run_python

LINE = 8  # numbers of 8 bytes in a cache line
EXERCISES = {"contract_walk": "05.order", "contract_2x2": "05.remainder"}


class Limits(NamedTuple):
    """What bounds every loop on this core."""

    cpu: str  # its name
    peak: float  # GFLOP/s: the fastest np.dot
    cache: float  # GB/s from the nearest cache: the most that one of the streams below moves
    dot: dict  # (m, n, k) -> GFLOP/s of np.dot into an array that is ready


def seconds(call, at_least=0.05):
    """The best of many: what disturbs a measurement makes it longer, never shorter."""
    call()  # the first call may compile
    best = np.inf
    end = time.perf_counter() + at_least
    while time.perf_counter() < end:
        start = time.perf_counter()
        call()
        best = min(best, time.perf_counter() - start)
    return best


def new_memory(size):
    """Zeros, starting on a cache line."""
    raw = np.zeros(size + LINE)
    start = -raw.ctypes.data % (8 * LINE) // 8
    return raw[start : start + size]


def product(m, n, k):
    """A memory with o, x and z in it, and where they start."""
    size = m * n + m * k + k * n
    memory = new_memory(size)
    memory[m * n :] = np.random.default_rng(0).normal(size=size - m * n)
    return memory, 0, m * n, m * n + m * k


def arguments_of(function, m, n, k):
    """What a kernel is called with behind memory, o, x and z: nine strides, or those four that are
    not 0 or 1."""
    if len(inspect.signature(function).parameters) == 16:
        return m, n, k, n, 1, 0, k, 0, 1, 0, 1, n
    return m, n, k, n, k, 1, n


def gflops(kernel, shape, njit=None):
    """The speed of a kernel. shape: (m, n, k); njit: Numba's options, or None for plain Python.

    Raises ValueError where its result is not x @ z.
    """
    function = getattr(kernel, "py_func", kernel)
    m, n, k = shape
    memory, o, x, z = product(m, n, k)
    arguments = o, x, z, *arguments_of(function, m, n, k)
    run = numba.njit(**njit)(function) if njit else function
    run(memory, *arguments)
    expected = memory[x:z].reshape(m, k) @ memory[z:].reshape(k, n)
    if not np.allclose(memory[:x].reshape(m, n), expected, 1e-9, 1e-9):
        raise ValueError(complaint(function.__name__))
    buffer = memory if njit else memory.tolist()  # a list is plain Python's fastest
    return 2e-9 * m * n * k / seconds(lambda: run(buffer, *arguments), 0.1)


def complaint(name):
    """What is said of a kernel that does not give x @ z."""
    exercise = EXERCISES.get(name)
    if not exercise:
        return f"{name} does not give x @ z"
    return (
        f"not yet right: {exercise}. To read on without your own, run use('{exercise}') in a new "
        "cell below it, and all cells from there again."
    )


# ---- lesson 05: the order of the loops, and the kind of the index


def orders(ix):
    """Both orders of the loops, with places in memory of this kind -> two kernels."""

    def p_innermost(memory, o, x, z, m, n, k, oi, xi, xp, zp):
        for i in range(m):
            x_row = ix(x + i * xi)
            for j in range(n):
                at = ix(o + i * oi + j)
                column = ix(z + j)
                for p in range(k):
                    memory[at] += memory[x_row + ix(p * xp)] * memory[column + ix(p * zp)]

    def j_innermost(memory, o, x, z, m, n, k, oi, xi, xp, zp):
        for i in range(m):
            o_row = ix(o + i * oi)
            for p in range(k):
                factor = memory[ix(x + i * xi + p * xp)]
                z_row = ix(z + p * zp)
                for j in range(n):
                    memory[o_row + ix(j)] += factor * memory[z_row + ix(j)]

    return p_innermost, j_innermost


def change_one(shape, njit):
    """The speeds of a kernel that leaps and counts with signed numbers, and of the two that change
    one of these: "order, index" -> GFLOP/s."""
    leaping, walking = orders(np.int64)
    unsigned, _ = orders(np.uint64)
    return {
        "p innermost, signed": gflops(leaping, shape, njit),
        "j innermost, signed": gflops(walking, shape, njit),
        "p innermost, unsigned": gflops(unsigned, shape, njit),
    }


def what_helps(speeds):
    """Which changes reach, alone, more than half the speed of both -> "order", "index",
    "each alone" or "neither alone". speeds: as change_one's, with "j innermost, unsigned"."""
    half = speeds["j innermost, unsigned"] / 2
    order = speeds["j innermost, signed"] > half
    index = speeds["p innermost, unsigned"] > half
    if order and index:
        return "each alone"
    if order:
        return "order"
    return "index" if index else "neither alone"


# ---- the two limits


DOTS = """
import json, numpy as np
from tinymaml.course.given.roofline import seconds
def gflops(m, n, k):
    a, b, out = np.ones((m, k)), np.ones((k, n)), np.ones((m, n))
    return 2e-9 * m * n * k / seconds(lambda: np.dot(a, b, out), 0.4)
print(json.dumps([gflops(*shape) for shape in {shapes}]))
"""


def measure_limits(shapes, how):
    """-> Limits of this core; `dot` for these shapes.

    np.dot runs in a process of its own, because a BLAS chooses its threads when it starts.
    """
    dots = json.loads(run_python(DOTS.format(shapes=[(800, 800, 800), *shapes]), blas_threads(1)))
    compiled = [numba.njit(**how)(stream) for stream in (stream_1x1, stream_2x2)]
    cache = max(bandwidth(f, length, 256) for f in compiled for length in (512, 1024))
    return Limits(cpu_name(), max(dots), cache, dict(zip(shapes, dots[1:], strict=True)))


def bandwidth(stream, length, times):
    """GB/s that a stream moves."""
    memory = new_memory(5 * length)
    return (
        1e-9
        * stream(memory, length, 1)
        * times
        / seconds(lambda: stream(memory, length, times), 0.2)
    )


def stream_1x1(memory, length, times):
    """One row of o and one of z, again and again -> bytes moved each time."""
    o = np.uint64(0)
    z = np.uint64(length)
    for turn in range(times):
        factor = 1e-9 * turn
        for j in range(length):
            memory[o + np.uint64(j)] += factor * memory[z + np.uint64(j)]
    return 24 * length


def stream_2x2(memory, length, times):
    """Two rows of o and two of z -> bytes moved each time."""
    o = np.uint64(0)
    o2 = np.uint64(length)
    z = np.uint64(2 * length)
    z2 = np.uint64(3 * length)
    for turn in range(times):
        factor = 1e-9 * turn
        for place in range(length):
            j = np.uint64(place)
            first = memory[z + j]
            second = memory[z2 + j]
            memory[o + j] += factor * first + second
            memory[o2 + j] += second + factor * first
    return 48 * length
