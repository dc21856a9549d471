"""tanh, exp, log, sin and cos as arithmetic without branches (lesson 05), so that the loop around
them is vectorised: four to ten times as fast as the C library, one number at a time. Errors: a few
units in the last place; NaN and infinity as IEEE wants them.
"""

import math

import numpy as np
from numba.extending import overload

from .kernels import kernel
from .lanes import taught
from .vectors import epsilon, exponent, power_of_two

exactly = taught(
    fastmath={"contract"}, error_model="numpy", forceinline=True
)  # sums in the order in which they are written
LOG2E, LN2_HIGH, LN2_LOW = (
    1 / math.log(2),
    0.693145751953125,
    1.42860682030941723212e-6,
)  # ln 2: 16 bits, and the rest
HALF_PI = 1.5703125, 0.0004837512969970703, 7.549533620476723e-08, 2.563344151594519e-12
FAR = 6000.0  # where sine_and_cosine ends


@exactly
def clip(x, limit):
    return limit if x > limit else -limit if x < -limit else x  # NaN stays NaN


@kernel
def tanh(x):
    """Without branches, exp or bit tricks, so that the loop around it is vectorised: Lambert's
    continued fraction p/q for tanh(x/8), then tanh(2u) = 2 tanh(u) / (1 + tanh(u)²) three times on
    numerator and denominator, one division.
    """
    T = type(x)
    u = clip(x, T(20)) * T(1 / 8)
    y = u * u
    p = u * (T(1) + y * (T(5 / 39) + y * (T(2 / 715) + y * T(1 / 135135))))
    q = T(1) + y * (T(6 / 13) + y * (T(10 / 429) + y * T(4 / 19305)))
    for _ in range(3):
        p, q = T(2) * p * q, p * p + q * q
    return p / q


@exactly
def exp(x):
    """As tanh, without branches: exp(x) = (2^n exp(r))² with n = the integer next to x / (2 ln 2),
    |r| <= ln(2) / 2, and exp(r) by its series. Squaring keeps 2^n within range where exp(x) is
    almost too large, or too small, for the precision."""
    T = type(x)
    whole = T(1.5) / epsilon(x)
    limit = T(128) if whole < T(1e9) else T(1024)  # beyond, exp is 0 or infinite anyway
    y = clip(x, limit) * T(0.5)
    shifted = y * T(LOG2E) + whole
    n = shifted - whole
    r = (y - n * T(LN2_HIGH)) - n * T(LN2_LOW)  # ln 2 in two parts: the first product is exact
    e = T(1 / 6227020800)
    e = (
        (((e * r + T(1 / 479001600)) * r + T(1 / 39916800)) * r + T(1 / 3628800)) * r
        + T(1 / 362880)
    ) * r + T(1 / 40320)
    e = (
        ((((e * r + T(1 / 5040)) * r + T(1 / 720)) * r + T(1 / 120)) * r + T(1 / 24)) * r + T(1 / 6)
    ) * r + T(1 / 2)
    e = ((e * r + T(1)) * r + T(1)) * power_of_two(shifted)
    return x if x != x else e * e


@exactly
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
    t = ((((z * T(1 / 21) + T(1 / 19)) * z + T(1 / 17)) * z + T(1 / 15)) * z + T(1 / 13)) * z + T(
        1 / 11
    )
    t = ((((t * z + T(1 / 9)) * z + T(1 / 7)) * z + T(1 / 5)) * z + T(1 / 3)) * z
    y = n * T(LN2_HIGH) + (T(2) * s + (T(2) * s * t + n * T(LN2_LOW)))
    y = y if x < T(np.inf) else x  # infinity, NaN
    return y if x > T(0) else T(-np.inf) if x == T(0) else T(np.nan)


@exactly
def log1p(x):
    """log(1 + x) for 0 <= x <= 1, with what rounding 1 + x lost."""
    T = type(x)
    y = T(1) + x
    return log(y) + (x - (y - T(1))) / y


@exactly
def sine_and_cosine(x):
    """x = n π/2 + r with |r| <= π/4: sin r and cos r by their series, and n mod 4 says which is
    which, and their signs. π/2 in four parts of which three have 12 bits: their products with n are
    exact. Right for |x| <= FAR: n has 12 bits."""
    T = type(x)
    whole = T(1.5) / epsilon(x)
    n = (x * T(2 / math.pi) + whole) - whole
    r = ((x - n * T(HALF_PI[0])) - n * T(HALF_PI[1])) - n * T(HALF_PI[2]) - n * T(HALF_PI[3])
    return in_quarter(r, n - T(4) * ((n * T(1 / 4) + whole) - whole))  # n mod 4: -2, ..., 2


@exactly
def in_quarter(r, q):
    """The sine and the cosine of r + q π/2, |r| <= π/4, q = -2, ..., 2"""
    T = type(r)
    z = r * r
    s = (
        ((z * T(1 / 355687428096000) - T(1 / 1307674368000)) * z + T(1 / 6227020800)) * z
        - T(1 / 39916800)
    ) * z + T(1 / 362880)
    s = r + r * z * (((s * z - T(1 / 5040)) * z + T(1 / 120)) * z - T(1 / 6))
    c = (
        ((T(1 / 20922789888000) * z - T(1 / 87178291200)) * z + T(1 / 479001600)) * z
        - T(1 / 3628800)
    ) * z + T(1 / 40320)
    c = T(1) + z * ((((c * z - T(1 / 720)) * z + T(1 / 24)) * z) - T(1 / 2))
    odd, behind = abs(q) == T(1), q < T(0) or q == T(2)
    sine, cosine = (c, -s) if odd else (s, c)
    return (-sine, -cosine) if behind else (sine, cosine)


def far_sine_and_cosine(x):
    """Beyond FAR: NumPy's or the C library's, slow, and right for all x."""
    return np.sin(x), np.cos(x)


overload(far_sine_and_cosine, target="cpu")(lambda x: lambda x: (math.sin(x), math.cos(x)))


def sqrt(x):
    return np.sqrt(x)  # NaN for x < 0; math.sqrt would raise


for target in ("cpu", "cuda"):
    overload(sqrt, target=target)(lambda x: lambda x: math.sqrt(x))
