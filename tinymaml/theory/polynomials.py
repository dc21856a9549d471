"""Polynomials with rational coefficients, exactly: a tuple of Fractions, that of z^0 first. Sturm's
theorem counts roots (lesson 22)."""

from fractions import Fraction
from itertools import pairwise


def polynomial(*coefficients):
    """The tuple of Fractions, without leading zeros."""
    p = [Fraction(c) for c in coefficients]
    while p and p[-1] == 0:
        p.pop()
    return tuple(p)


def multiply(p, q):
    """The product p q."""
    product = [Fraction(0)] * (len(p) + len(q) - 1)
    for i, a in enumerate(p):
        for j, b in enumerate(q):
            product[i + j] += a * b
    return polynomial(*product)


def subtract(p, q):
    """The difference p − q."""
    length = max(len(p), len(q))
    p = (*p, *[Fraction(0)] * (length - len(p)))
    q = (*q, *[Fraction(0)] * (length - len(q)))
    return polynomial(*(a - b for a, b in zip(p, q, strict=True)))


def remainder(p, q):
    """What is left of p after division by q."""
    while len(p) >= len(q):
        shift = [Fraction(0)] * (len(p) - len(q))
        p = subtract(p, multiply((*shift, p[-1] / q[-1]), q))
    return p


def derivative(p):
    """p′"""
    return polynomial(*(k * c for k, c in enumerate(p) if k))


def sturm_sequence(p):
    """p, p′, and then each time the remainder of the last two with the other sign, to the last that
    is not 0."""
    sequence = [p, derivative(p)]
    while rest := remainder(*sequence[-2:]):
        sequence.append(tuple(-c for c in rest))
    return sequence


def roots_above_zero(p):
    """How many different roots z > 0 the polynomial has: by how much fewer changes of sign Sturm's
    sequence has at ∞ than at 0. Raises ValueError where p(0) = 0, or p has no root at all."""
    if len(p) < 2 or p[0] == 0:
        raise ValueError(f"p = {p}; expected a polynomial with p(0) != 0 that is no constant")

    def changes(signs):
        signs = [sign for sign in signs if sign]
        return sum((a > 0) != (b > 0) for a, b in pairwise(signs))

    sequence = sturm_sequence(p)
    return changes([q[0] for q in sequence]) - changes([q[-1] for q in sequence])


def is_positive(p):
    """Is p(z) > 0 for all z ≥ 0?"""
    return p[0] > 0 and roots_above_zero(p) == 0


def value(p, z):
    """p(z) for a float z, by Horner's rule."""
    total = 0.0
    for c in reversed(p):
        total = total * z + float(c)
    return total
