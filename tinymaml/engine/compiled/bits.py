"""A number's bits: what elementary.py needs of them, taught to Numba.

First what each word means in plain Python, then the few LLVM instructions that it becomes.
"""

from typing import NamedTuple

import numpy as np
from llvmlite import ir
from numba import types
from numba.extending import lower_builtin, overload, type_callable


class Float(NamedTuple):
    """How the numbers of a precision are written, the last two as integers with the same bits."""

    mantissa: int  # how many bits it has
    exponent_of_1: int
    root_of_half: int  # √½
    whole: int  # 1.5 / eps: from here on, a number's lowest bit counts ones


FLOATS = {
    32: Float(23, 127, 0x3F3504F3, 0x4B400000),
    64: Float(52, 1023, 0x3FE6A09E667F3BCD, 0x4338000000000000),
}


# ---- what they mean


def epsilon(x):
    """The distance from 1 to the next number, in the precision of x."""
    return np.finfo(type(x)).eps


def power_of_two(shifted):
    """2^n for shifted = n + 1.5 / eps: n is in its lowest bits, and moves to the exponent's."""
    T = type(shifted)
    return T(2.0 ** (float(shifted) - 1.5 / float(np.finfo(T).eps)))


def exponent(x):
    """n + 1.5 / eps for x = 2^n m with m between √½ and √2; x > 0, and not too small."""
    T = type(x)
    return T(np.floor(np.log2(float(x)) + 0.5) + 1.5 / float(np.finfo(T).eps))


# ---- how Numba types and compiles them


def overload_epsilon(x):
    T = {types.float32: np.float32, types.float64: np.float64}[x]
    eps = float(np.finfo(T).eps)
    return lambda x: T(eps)


overload(epsilon, target="cpu")(overload_epsilon)
overload(epsilon, target="cuda")(overload_epsilon)


@type_callable(power_of_two)
@type_callable(exponent)
def type_as_argument(context):
    return lambda x: x


@lower_builtin(power_of_two, types.Float)
def lower_power_of_two(context, builder, signature, arguments):
    number = arguments[0]
    integer = ir.IntType(signature.return_type.bitwidth)
    form = FLOATS[signature.return_type.bitwidth]
    n = builder.shl(builder.bitcast(number, integer), integer(form.mantissa))
    bits = builder.add(n, integer(form.exponent_of_1 << form.mantissa))
    return builder.bitcast(bits, number.type)


@lower_builtin(exponent, types.Float)
def lower_exponent(context, builder, signature, arguments):
    number = arguments[0]
    integer = ir.IntType(signature.return_type.bitwidth)
    form = FLOATS[signature.return_type.bitwidth]
    above_root = builder.sub(builder.bitcast(number, integer), integer(form.root_of_half))
    n = builder.ashr(above_root, integer(form.mantissa))
    return builder.bitcast(builder.add(n, integer(form.whole)), number.type)
