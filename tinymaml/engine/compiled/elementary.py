"""What the words of engine/elementary.py are to Numba.

tanh, exp and log are arithmetic without branches, so that the loop around them is vectorised: four
to ten times as fast as the C library, one number at a time. Errors: a few units in the last place;
NaN and infinity as IEEE wants them. Sine, cosine and the square root are the C library's and the
processor's.
"""

import math

import numpy as np
from numba.extending import overload

from .. import elementary
from .bits import epsilon, exponent, power_of_two
from .lanes import compile_on_call, jit

# sums in the order in which they are written
jit_in_order = compile_on_call(fastmath={"contract"}, error_model="numpy", forceinline=True)
LOG2E = 1 / math.log(2)
LN2_HIGH, LN2_LOW = 0.693145751953125, 1.42860682030941723212e-6  # ln 2: 16 bits, and the rest


@jit_in_order
def clip(x, limit):
    """x between -limit and limit; NaN stays NaN."""
    return limit if x > limit else -limit if x < -limit else x


@jit
def tanh(x):
    """Lambert's continued fraction p/q for tanh(x/8), doubled three times.

    tanh(2u) = 2 tanh(u) / (1 + tanh(u)²), on numerator and denominator: one division in all.
    """
    T = type(x)
    u = clip(x, T(20)) * T(1 / 8)
    y = u * u
    p = u * (T(1) + y * (T(5 / 39) + y * (T(2 / 715) + y * T(1 / 135135))))
    q = T(1) + y * (T(6 / 13) + y * (T(10 / 429) + y * T(4 / 19305)))
    for _ in range(3):
        p, q = T(2) * p * q, p * p + q * q
    return p / q


@jit_in_order
def exp(x):
    """(2^n exp(r))², with n the integer next to x / (2 ln 2), |r| <= ln(2) / 2, and exp(r) by its
    series.

    Squaring keeps 2^n within range where exp(x) is almost too large, or too small, for the
    precision.
    """
    T = type(x)
    whole = T(1.5) / epsilon(x)
    limit = T(128) if whole < T(1e9) else T(1024)  # beyond, exp is 0 or infinite anyway
    y = clip(x, limit) * T(0.5)
    shifted = y * T(LOG2E) + whole
    n = shifted - whole
    r = (y - n * T(LN2_HIGH)) - n * T(LN2_LOW)  # ln 2 in two parts: the first product is exact
    e = T(1 / 6227020800)  # 1 / 13!
    e = e * r + T(1 / 479001600)
    e = e * r + T(1 / 39916800)
    e = e * r + T(1 / 3628800)
    e = e * r + T(1 / 362880)
    e = e * r + T(1 / 40320)
    e = e * r + T(1 / 5040)
    e = e * r + T(1 / 720)
    e = e * r + T(1 / 120)
    e = e * r + T(1 / 24)
    e = e * r + T(1 / 6)
    e = e * r + T(1 / 2)
    e = e * r + T(1)
    e = e * r + T(1)
    e = e * power_of_two(shifted)
    return x if x != x else e * e


@jit_in_order
def decay(x):
    return exp(-abs(x))


@jit_in_order
def log(x):
    """x = 2^n m with m next to 1; log m = 2 artanh(s) with s = (m - 1) / (m + 1), by its series."""
    T = type(x)
    eps = epsilon(x)
    whole = T(1.5) / eps
    large = x > T(1)
    y = (
        x * eps if large else x / eps
    )  # away from the ends of the range, where numbers have fewer bits
    shifted = exponent(y)
    m = y * power_of_two(whole - (shifted - whole))
    n = shifted - (exponent(eps) if large else exponent(T(1) / eps))
    s = (m - T(1)) / (m + T(1))
    z = s * s
    t = z * T(1 / 21) + T(1 / 19)
    t = t * z + T(1 / 17)
    t = t * z + T(1 / 15)
    t = t * z + T(1 / 13)
    t = t * z + T(1 / 11)
    t = t * z + T(1 / 9)
    t = t * z + T(1 / 7)
    t = t * z + T(1 / 5)
    t = t * z + T(1 / 3)
    t = t * z
    y = n * T(LN2_HIGH) + (T(2) * s + (T(2) * s * t + n * T(LN2_LOW)))
    y = y if x < T(np.inf) else x  # infinity, NaN
    return y if x > T(0) else T(-np.inf) if x == T(0) else T(np.nan)


@jit_in_order
def log1p(x):
    """log(1 + x) for 0 <= x <= 1, with what rounding 1 + x lost."""
    T = type(x)
    y = T(1) + x
    return log(y) + (x - (y - T(1))) / y


@jit_in_order
def select(condition, x, z):
    return x if condition else z


OWN = {
    elementary.tanh: tanh,
    elementary.exp: exp,
    elementary.decay: decay,
    elementary.log: log,
    elementary.log1p: log1p,
}
LIBRARY = {
    elementary.sin: math.sin,
    elementary.cos: math.cos,
    elementary.sqrt: math.sqrt,  # NaN for x < 0 once compiled
}


def overload_word(word, function):
    """Where the word is called, Numba compiles this function, on the CPU and on a GPU."""
    for target in ("cpu", "cuda"):
        overload(word, target=target)(lambda x: lambda x: function(x))


for word, function in {**OWN, **LIBRARY}.items():
    overload_word(word, function)
for target in ("cpu", "cuda"):
    overload(elementary.select, target=target)(
        lambda condition, x, z: lambda condition, x, z: select(condition, x, z)
    )
