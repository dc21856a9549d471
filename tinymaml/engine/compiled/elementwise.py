"""The pointwise functions of the compiled machine (lesson 05): value and slope in one pass, and the
slope's tangent.

The formulas are those of the table in operations.py; a loop for each, so that each is vectorised on
its own.
"""

from .elementary import FAR, exp, far_sine_and_cosine, log, log1p, sine_and_cosine, sqrt, tanh
from .kernels import kernel
from .lanes import ix, lane, lanes
from .loop_choice import FUNCTIONS

TANH, SIN, COS, EXP, LOG, SQRT, SQUARE, RECIPROCAL, RELU, SOFTPLUS, SIGMOID = range(len(FUNCTIONS))


@kernel
def apply(w, f, o, s, x, n):
    """o, s = f(x), f'(x)"""
    T = w.dtype.type
    zero, half, one = T(0), T(0.5), T(1)
    if f == TANH:
        for i in range(lane(), n, lanes()):
            i = ix(i)
            y = tanh(w[x + i])
            w[o + i] = y
            w[s + i] = one - y * y
    elif f == SIN or f == COS:
        far = zero
        for i in range(lane(), n, lanes()):
            v = abs(w[x + ix(i)])
            far = v if v > far else far
        for i in range(lane(), n, lanes()):
            i = ix(i)
            w[o + i], w[s + i] = sine_and_cosine(w[x + i])
        for i in range(lane(), n if far > T(FAR) else 0, lanes()):
            i = ix(i)
            if abs(w[x + i]) > T(FAR):
                w[o + i], w[s + i] = far_sine_and_cosine(w[x + i])
        for i in range(lane(), n if f == COS else 0, lanes()):
            i = ix(i)
            y = w[o + i]
            w[o + i] = w[s + i]
            w[s + i] = -y
    elif f == EXP:
        for i in range(lane(), n, lanes()):
            i = ix(i)
            y = exp(w[x + i])
            w[o + i] = y
            w[s + i] = y
    elif f == LOG:
        for i in range(lane(), n, lanes()):
            i = ix(i)
            v = w[x + i]
            w[o + i] = log(v)
            w[s + i] = one / v
    elif f == SQRT:
        for i in range(lane(), n, lanes()):
            i = ix(i)
            y = sqrt(w[x + i])
            w[o + i] = y
            w[s + i] = half / y
    elif f == SQUARE:
        for i in range(lane(), n, lanes()):
            i = ix(i)
            v = w[x + i]
            w[o + i] = v * v
            w[s + i] = v + v
    elif f == RELU:
        for i in range(lane(), n, lanes()):
            i = ix(i)
            v = w[x + i]
            w[o + i] = zero if v < zero else v
            w[s + i] = one if v > zero else zero if v <= zero else v
    elif f == SOFTPLUS:
        for i in range(lane(), n, lanes()):
            i = ix(i)
            v = w[x + i]
            e = exp(-abs(v))
            w[o + i] = (v if v > zero else zero) + log1p(e)
            w[s + i] = (one if v > zero else e) / (one + e)
    elif f == SIGMOID:
        for i in range(lane(), n, lanes()):
            i = ix(i)
            y = one / (one + exp(-w[x + i]))
            w[o + i] = y
            w[s + i] = y - y * y
    elif f == RECIPROCAL:
        for i in range(lane(), n, lanes()):
            i = ix(i)
            y = one / w[x + i]
            w[o + i] = y
            w[s + i] = -y * y


@kernel
def curve(w, f, t, y, s, d, n):
    """t = f''(x) d, with f'' from y = f(x) and s = f'(x)"""
    T = w.dtype.type
    zero, one, two = T(0), T(1), T(2)
    if f == TANH or f == RECIPROCAL:
        for i in range(lane(), n, lanes()):
            i = ix(i)
            w[t + i] = -two * w[y + i] * w[s + i] * w[d + i]
    elif f == SIN or f == COS:
        for i in range(lane(), n, lanes()):
            i = ix(i)
            w[t + i] = -w[y + i] * w[d + i]
    elif f == EXP:
        for i in range(lane(), n, lanes()):
            i = ix(i)
            w[t + i] = w[y + i] * w[d + i]
    elif f == LOG:
        for i in range(lane(), n, lanes()):
            i = ix(i)
            w[t + i] = -w[s + i] * w[s + i] * w[d + i]
    elif f == SQRT:
        for i in range(lane(), n, lanes()):
            i = ix(i)
            w[t + i] = -two * w[s + i] * w[s + i] * w[s + i] * w[d + i]
    elif f == SQUARE:
        for i in range(lane(), n, lanes()):
            i = ix(i)
            w[t + i] = two * w[d + i]
    elif f == RELU:
        for i in range(lane(), n, lanes()):
            i = ix(i)
            w[t + i] = zero * w[s + i] * w[d + i]
    elif f == SOFTPLUS:
        for i in range(lane(), n, lanes()):
            i = ix(i)
            w[t + i] = w[s + i] * (one - w[s + i]) * w[d + i]
    else:
        for i in range(lane(), n, lanes()):
            i = ix(i)
            w[t + i] = w[s + i] * (one - two * w[y + i]) * w[d + i]
