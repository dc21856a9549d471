"""The pointwise functions of the compiled machine (lesson 05): value and slope in one pass, and the slope's tangent.

The formulas are those of the table in operations.py; a loop for each, so that each is vectorised on its own.
"""
import math

import numpy as np
from numba.extending import register_jitable

from .kernels import ix, kernel
from .loops import FUNCTIONS
from .vectors import power_of_two

TANH, SIN, COS, EXP, LOG, SQRT, SQUARE, RECIPROCAL, RELU, SOFTPLUS, SIGMOID = range(len(FUNCTIONS))

exactly = register_jitable(fastmath={"contract"}, error_model="numpy", forceinline=True)          # sums in the order in which they are written
LOG2E, LN2_HIGH, LN2_LOW = 1 / math.log(2), 0.693145751953125, 1.42860682030941723212e-6          # ln 2: 16 bits, and the rest


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


@exactly
def exp(x):
    """As tanh, without branches: exp(x) = (2^n exp(r))² with n = the integer next to x / (2 ln 2), |r| <= ln(2) / 2, and exp(r) by
    its series. Squaring keeps 2^n within range where exp(x) is almost too large, or too small, for the precision."""
    T = type(x)
    whole = T(1.5) / T(np.finfo(T).eps)                     # so large that the numbers next to it are whole
    limit = T(128) if whole < T(1e9) else T(1024)           # beyond, exp is 0 or infinite anyway
    y = min(max(x, -limit), limit) * T(0.5)
    shifted = y * T(LOG2E) + whole
    n = shifted - whole
    r = (y - n * T(LN2_HIGH)) - n * T(LN2_LOW)              # ln 2 in two parts: the first product is exact
    e = T(1 / 6227020800)
    e = ((((e * r + T(1 / 479001600)) * r + T(1 / 39916800)) * r + T(1 / 3628800)) * r + T(1 / 362880)) * r + T(1 / 40320)
    e = (((((e * r + T(1 / 5040)) * r + T(1 / 720)) * r + T(1 / 120)) * r + T(1 / 24)) * r + T(1 / 6)) * r + T(1 / 2)
    e = ((e * r + T(1)) * r + T(1)) * power_of_two(shifted)
    return x if x != x else e * e


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
        for i in range(n): i = ix(i); y = exp(w[x + i]); w[o + i] = y; w[s + i] = y
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
            i = ix(i); v = w[x + i]; e = exp(-abs(v))
            w[o + i] = max(v, zero) + math.log1p(e); w[s + i] = (one if v > zero else e) / (one + e)
    elif f == SIGMOID:
        for i in range(n): i = ix(i); y = one / (one + exp(-w[x + i])); w[o + i] = y; w[s + i] = y - y * y
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
