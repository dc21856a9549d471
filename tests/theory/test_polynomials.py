"""Sturm's theorem on polynomials whose roots are known."""

from fractions import Fraction

import numpy as np
import pytest

from tinymaml.theory import polynomials
from tinymaml.theory.polynomials import (
    derivative,
    is_positive,
    multiply,
    polynomial,
    remainder,
    roots_above_zero,
    subtract,
    value,
)


def with_roots(*roots):
    p = polynomial(1)
    for root in roots:
        p = multiply(p, polynomial(-Fraction(root), 1))
    return p


@pytest.mark.parametrize(
    "roots, positive",
    [
        ([2], 1),
        ([-2], 0),
        ([1, 2], 2),
        ([1, 1], 1),  # a double root is one
        ([-3, 1, Fraction(1, 1000)], 2),
        ([5, 5, 5, -1], 1),
        ([1, 2, 3, 4, 5, 6], 6),
    ],
)
def test_roots_that_are_known(roots, positive):
    assert roots_above_zero(with_roots(*roots)) == positive


def test_roots_against_numpy():
    rng = np.random.default_rng(0)
    for _ in range(100):
        p = polynomial(*rng.integers(-9, 10, rng.integers(2, 8)).tolist())
        if len(p) < 2 or p[0] == 0:
            continue
        roots = np.roots([float(c) for c in reversed(p)])
        real = [z.real for z in roots if abs(z.imag) < 1e-9 and z.real > 0]
        if len(set(np.round(real, 5))) == len(real):  # multiple roots are not real in numpy
            assert roots_above_zero(p) == len(real), p


def test_what_stays_above_zero():
    assert is_positive(polynomial(1, 0, 1))
    assert is_positive(polynomial(1, -1, 1))
    assert not is_positive(polynomial(1, -2, 1))  # touches 0 at 1
    assert not is_positive(polynomial(-1, 0, -1))


def test_arithmetic():
    p, q = polynomial(1, 2, 3), polynomial(-1, 1)
    assert multiply(p, q) == (-1, -1, -1, 3)
    assert subtract(p, p) == ()
    assert subtract(q, p) == (-2, -1, -3)
    assert derivative(p) == (2, 6)
    assert remainder(multiply(p, q), q) == ()
    assert remainder(p, q) == (6,)  # p(1)
    assert value(p, 0.5) == 1 + 1 + 0.75
    assert polynomial(1, 0, 0) == (1,)


@pytest.mark.parametrize("p", [(), (1,), (0, 1)])
def test_what_sturm_is_not_asked(p):
    with pytest.raises(ValueError, match="expected a polynomial with p"):
        polynomials.roots_above_zero(polynomial(*p))
