"""What cuda_words.py does with a number's bits, run in plain Python: only the casts between a
number and its bits are NumPy's here."""

import numpy as np
import pytest
from numba import types

from tinymaml.engine.compiled import vectors
from tinymaml.engine.gpu import words as cuda_words

PRECISIONS = {types.float32: (np.float32, np.int32), types.float64: (np.float64, np.int64)}
RNG = np.random.default_rng(0)


@pytest.fixture(autouse=True)
def casts(monkeypatch):
    def of(number, word):
        bits = 8 * np.dtype(word).itemsize
        wrapped = lambda n: word(
            (n + (1 << bits - 1)) % (1 << bits) - (1 << bits - 1)
        )  # a machine's integer
        return lambda x: int(x.view(word)), lambda n: n.view(number), wrapped

    monkeypatch.setattr(
        cuda_words, "BITS", {t: of(*p) for t, p in PRECISIONS.items()}, raising=False
    )


@pytest.mark.parametrize("precision", PRECISIONS, ids=str)
def test_powers_of_two(precision):
    T = PRECISIONS[precision][0]
    there, largest = cuda_words.power_of_two_there(precision), np.finfo(T).maxexp
    for n in range(1 - np.finfo(T).maxexp + 1, largest):
        shifted = T(n) + T(1.5) / np.finfo(T).eps
        assert there(shifted) == vectors.power_of_two(shifted) == T(2.0) ** T(n)


@pytest.mark.parametrize("precision", PRECISIONS, ids=str)
def test_exponents(precision):
    T = PRECISIONS[precision][0]
    there = cuda_words.exponent_there(precision)
    numbers = np.exp2(RNG.uniform(np.finfo(T).minexp + 1, np.finfo(T).maxexp - 1, 2000)).astype(T)
    for x in [*numbers, *T(2.0) ** np.arange(-20, 20).astype(T)]:
        n = there(x) - T(1.5) / np.finfo(T).eps
        assert 0.7071 < x / T(2.0) ** n < 1.4143 and there(x) == vectors.exponent(x)


def test_sine_and_cosine_of_what_is_far():
    there = cuda_words.far_sine_and_cosine_there(types.float32)
    numbers = np.exp(RNG.uniform(np.log(6000), np.log(3.4e38), 3000)).astype(np.float32)
    with np.errstate(
        over="ignore", invalid="ignore"
    ):  # integers that wrap around, and infinity minus itself
        for x in [*numbers, *-numbers, np.finfo(np.float32).max]:
            for value, exact in zip(there(x), (np.sin(float(x)), np.cos(float(x)))):
                assert value.dtype == np.float32 and abs(value - exact) < 2e-7
        assert all(np.isnan(v) for x in (np.inf, -np.inf, np.nan) for v in there(np.float32(x)))
