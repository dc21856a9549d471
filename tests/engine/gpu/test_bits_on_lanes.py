"""What gpu/words.py does with a number's bits, run in plain Python: only the casts between a number
and its bits are NumPy's here."""

import numpy as np
import pytest
from numba import types

from tinymaml.engine.compiled import bits
from tinymaml.engine.gpu import words

pytestmark = pytest.mark.lesson_06

PRECISIONS = {types.float32: (np.float32, np.int32), types.float64: (np.float64, np.int64)}
RNG = np.random.default_rng(0)


def casts(number, integer):
    """From a number to its bits, back, and from a Python integer to one of so many bits."""
    size = 8 * np.dtype(integer).itemsize
    half = 1 << size - 1
    return (
        lambda x: int(x.view(integer)),
        lambda n: n.view(number),
        lambda n: integer((n + half) % (1 << size) - half),
    )


@pytest.fixture(autouse=True)
def casts_by_numpy(monkeypatch):
    for precision, (number, integer) in PRECISIONS.items():
        monkeypatch.setitem(words.BITS, precision, casts(number, integer))


@pytest.mark.parametrize("precision", PRECISIONS, ids=str)
def test_powers_of_two(precision):
    T, _ = PRECISIONS[precision]
    on_gpu, largest = words.overload_power_of_two(precision), np.finfo(T).maxexp
    for n in range(2 - largest, largest):
        shifted = T(n) + T(1.5) / np.finfo(T).eps
        assert on_gpu(shifted) == bits.power_of_two(shifted) == T(2.0) ** T(n)


@pytest.mark.parametrize("precision", PRECISIONS, ids=str)
def test_exponents(precision):
    T, _ = PRECISIONS[precision]
    on_gpu, form = words.overload_exponent(precision), np.finfo(T)
    numbers = np.exp2(RNG.uniform(form.minexp + 1, form.maxexp - 1, 2000)).astype(T)
    for x in [*numbers, *T(2.0) ** np.arange(-20, 20).astype(T)]:
        n = on_gpu(x) - T(1.5) / form.eps
        assert 0.7071 < x / T(2.0) ** n < 1.4143 and on_gpu(x) == bits.exponent(x)
