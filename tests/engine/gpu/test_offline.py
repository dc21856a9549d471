"""What NVIDIA's compilers make of the kernels, where there are any: no GPU is needed. Skipped,
saying what is missing, where there are none."""

import re

import numpy as np
import pytest
from numba import cuda, float32, float64, int32

from tinymaml.engine.compiled.lanes import barrier, lane, lanes, my_share, unsigned
from tinymaml.engine.gpu import offline
from tinymaml.engine.gpu.available import INSTALL

pytestmark = pytest.mark.lesson_06

ALL = [(T, capability) for capability in ((7, 5), (8, 0), (9, 0)) for T in (np.float32, np.float64)]


@pytest.fixture(autouse=True)
def compilers():
    if offline.missing():
        pytest.skip(offline.missing())


@pytest.mark.slow
@pytest.mark.parametrize("dtype, capability", ALL)
def test_the_inner_loop_fits_into_its_registers(dtype, capability):
    """64 of them, so that 1024 lanes find room, and none of them spilt; and nothing but the
    precision asked for.

    But for the sine and the cosine of what is far, in libdevice: they have room for 2/π on the
    stack, multiply by it in float64; and numba-cuda's compiler spills one number of an H100's.
    """
    c = offline.inner_loop(dtype, capability)
    by_numba_cuda = cuda.implementation != "Built-in"
    spilt = 8 if by_numba_cuda and (dtype, capability) == (np.float32, (9, 0)) else 0
    assert c.registers <= 64 and c.stack <= 40 and c.spills <= spilt
    assert 100_000 < c.size < 650_000
    assert f".target sm_{capability[0]}{capability[1]}" in c.ptx and c.ptx.count(".entry") == 1
    in_float64 = set(re.findall(r"\b[a-z][a-z0-9.]*\.f64[a-z0-9.]*", c.ptx))
    if dtype == np.float32:
        assert in_float64 <= {"cvt.rn.f64.s64", "mul.f64", "cvt.rn.f32.f64"}
    else:
        assert "fma.rn.f64" in in_float64
    # divisions and roots rounded as IEEE wants them, small numbers kept: what NaN and infinity mean
    # on the CPU, they mean here
    roundings = set(re.findall(r"\b(?:div|rcp|sqrt)\.[a-z]\w+(?=\.f)", c.ptx))
    assert roundings == {"div.rn", "rcp.rn", "sqrt.rn"}
    assert not re.search(r"\.approx|\.ftz|\.full", c.ptx)
    for words in ("bar.sync", "atom.global.add", "membar.gl"):
        assert words in c.ptx


def axpy(o, x, c, n):
    for i in my_share(unsigned(n)):
        o[i] += c * x[i]
    barrier()


def test_a_kernel_of_one_s_own():
    c = offline.compiled(axpy, (float32[::1], float32[::1], float32, int32))
    assert 8 <= c.registers <= 40 and c.spills == 0 and c.stack == 0 and 200 < c.size < 20_000
    for words in ("fma.rn.f32", "bar.sync", ".target sm_90"):
        assert words in c.ptx
    assert ".f64" not in c.ptx


def test_what_is_said_can_be_something_else():
    """Doubles, spills and stack are reported where there are some."""

    def mixed(o, x, n):
        for i in range(lane(), n, lanes()):
            o[i] = x[i] * 0.1  # a float64

    def crowded(o, x):
        a = cuda.local.array(40, float64)
        for i in range(40):
            a[i] = x[i]
        for i in range(40):
            o[i] = a[(i * 7 + lane()) % 40] * x[i]

    assert ".f64" in offline.compiled(mixed, (float32[::1], float32[::1], int32), (8, 0)).ptx
    c = offline.compiled(crowded, (float64[::1], float64[::1]), (8, 0), max_registers=24)
    assert c.registers <= 24 and c.stack >= 320
    c = offline.compiled(unrolled, (float64[::1], float64[::1]), (8, 0), max_registers=24)
    assert c.spills > 0


def unrolled(o, x):
    """Sixteen sums that grow at once."""
    a = b = c = d = e = f = g = h = i = j = k = m = n = p = q = r = 0.0
    for z in range(lane(), 1000, lanes()):
        y = x[z]
        a += y
        b = b * y + a
        c = c * y + b
        d = d * y + c
        e = e * y + d
        f = f * y + e
        g = g * y + f
        h = h * y + g
        i = i * y + h
        j = j * y + i
        k = k * y + j
        m = m * y + k
        n = n * y + m
        p = p * y + n
        q = q * y + p
        r = r * y + q
    o[0] = a
    o[1] = b
    o[2] = c
    o[3] = d
    o[4] = e
    o[5] = f
    o[6] = g
    o[7] = h
    o[8] = i
    o[9] = j
    o[10] = k
    o[11] = m
    o[12] = n
    o[13] = p
    o[14] = q
    o[15] = r


def test_without_a_compiler_one_sentence_says_what_to_install(monkeypatch):
    def nothing(*arguments):
        raise RuntimeError("no ptxas found\nand more")

    monkeypatch.setattr(offline, "translate", nothing)
    offline.missing.cache_clear()
    try:
        assert offline.missing() == (
            "compiling for a GPU needs CUDA's compiler, which is not found here "
            f"(no ptxas found): {INSTALL}"
        )
        with pytest.raises(RuntimeError, match="needs CUDA's compiler"):
            offline.compiled(axpy, (float32[::1], float32[::1], float32, int32))
        with pytest.raises(RuntimeError, match="needs CUDA's compiler"):
            offline.inner_loop(np.float16)
    finally:
        offline.missing.cache_clear()
