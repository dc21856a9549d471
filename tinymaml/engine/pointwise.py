"""The pointwise functions of the compiled machine (lesson 05): value and slope in one pass, and the slope's tangent.

The formulas are those of the table in operations.py; a loop for each, so that each is vectorised on its own.
"""
import math

from .kernels import ix, kernel
from .loops import FUNCTIONS

TANH, SIN, COS, EXP, LOG, SQRT, SQUARE, RECIPROCAL, RELU, SOFTPLUS, SIGMOID = range(len(FUNCTIONS))


@kernel
def tanh(x):
    """Without branches, exp or bit tricks, so that the loop around it is vectorised: Lambert's continued fraction
    p/q for tanh(x/8), then tanh(2u) = 2 tanh(u) / (1 + tanh(u)²) three times on numerator and denominator, one division.
    """
    T = type(x)
    u = min(max(x, T(-20)), T(20)) * T(1 / 8)
    y = u * u
    p = u * (T(1) + y * (T(5 / 39) + y * (T(2 / 715) + y * T(1 / 135135))))
    q = T(1) + y * (T(6 / 13) + y * (T(10 / 429) + y * T(4 / 19305)))
    for _ in range(3):
        p, q = T(2) * p * q, p * p + q * q
    return p / q


@kernel
def apply(w, f, o, s, x, n):
    """o, s = f(x), f'(x)"""
    T = w.dtype.type
    zero, half, one = T(0), T(0.5), T(1)
    if f == TANH:
        for i in range(n): i = ix(i); y = tanh(w[x + i]); w[o + i] = y; w[s + i] = one - y * y
    elif f == SIN:
        for i in range(n): i = ix(i); v = w[x + i]; w[o + i] = math.sin(v); w[s + i] = math.cos(v)
    elif f == COS:
        for i in range(n): i = ix(i); v = w[x + i]; w[o + i] = math.cos(v); w[s + i] = -math.sin(v)
    elif f == EXP:
        for i in range(n): i = ix(i); y = math.exp(w[x + i]); w[o + i] = y; w[s + i] = y
    elif f == LOG:
        for i in range(n): i = ix(i); v = w[x + i]; w[o + i] = math.log(v); w[s + i] = one / v
    elif f == SQRT:
        for i in range(n): i = ix(i); y = math.sqrt(w[x + i]); w[o + i] = y; w[s + i] = half / y
    elif f == SQUARE:
        for i in range(n): i = ix(i); v = w[x + i]; w[o + i] = v * v; w[s + i] = v + v
    elif f == RELU:
        for i in range(n): i = ix(i); v = w[x + i]; w[o + i] = zero if v < zero else v; w[s + i] = one if v > zero else zero if v <= zero else v
    elif f == SOFTPLUS:
        for i in range(n):
            i = ix(i); v = w[x + i]; e = math.exp(-abs(v))
            w[o + i] = max(v, zero) + math.log1p(e); w[s + i] = (one if v > zero else e) / (one + e)
    elif f == SIGMOID:
        for i in range(n): i = ix(i); y = one / (one + math.exp(-w[x + i])); w[o + i] = y; w[s + i] = y - y * y
    elif f == RECIPROCAL:
        for i in range(n): i = ix(i); y = one / w[x + i]; w[o + i] = y; w[s + i] = -y * y


@kernel
def curve(w, f, t, y, s, d, n):
    """t = f''(x) d, with f'' from y = f(x) and s = f'(x)"""
    T = w.dtype.type
    zero, one, two = T(0), T(1), T(2)
    if f == TANH or f == RECIPROCAL:
        for i in range(n): i = ix(i); w[t + i] = -two * w[y + i] * w[s + i] * w[d + i]
    elif f == SIN or f == COS:
        for i in range(n): i = ix(i); w[t + i] = -w[y + i] * w[d + i]
    elif f == EXP:
        for i in range(n): i = ix(i); w[t + i] = w[y + i] * w[d + i]
    elif f == LOG:
        for i in range(n): i = ix(i); w[t + i] = -w[s + i] * w[s + i] * w[d + i]
    elif f == SQRT:
        for i in range(n): i = ix(i); w[t + i] = -two * w[s + i] * w[s + i] * w[s + i] * w[d + i]
    elif f == SQUARE:
        for i in range(n): i = ix(i); w[t + i] = two * w[d + i]
    elif f == RELU:
        for i in range(n): i = ix(i); w[t + i] = zero * w[s + i] * w[d + i]
    elif f == SOFTPLUS:
        for i in range(n): i = ix(i); w[t + i] = w[s + i] * (one - w[s + i]) * w[d + i]
    else:
        for i in range(n): i = ix(i); w[t + i] = w[s + i] * (one - two * w[y + i]) * w[d + i]
