"""Words that Numba lacks, taught to it (lesson 05): vectors, and a number's bits.

A vector is a few neighbouring numbers, loaded, multiplied and added together in one register. To
plain Python `one(w, at)` is a short array; `two(w, at)` is twice as long. To Numba they are LLVM's
vector type: first what each word means, then the one or two LLVM instructions that it becomes. A
lane of a GPU has registers for one number each (cuda_words.py): there `one` is that number.
"""

import operator

import llvmlite.binding
import numpy as np
from llvmlite import ir
from numba import types
from numba.extending import lower_builtin, models, overload, register_model, type_callable

from .lanes import here, ix

FEATURES = llvmlite.binding.get_host_cpu_features()
BYTES = (
    64 if FEATURES.get("avx512f") else 32 if FEATURES.get("avx") else 16
)  # a register of this machine
CONTRACT = ("contract",)  # a product and a sum may become one instruction


# ---- what they mean


def width(w):
    return here.width or BYTES // w.itemsize  # how many numbers a register holds


def one(w, at):
    return w[at : at + ix(width(w))].copy() if width(w) > 1 else w[at]


def two(w, at):
    return w[at : at + ix(2 * width(w))].copy()


def save(w, at, v):
    w[at : at + ix(np.size(v))] = v


# ... and v + v, v * v, number * v


def side(w):
    """Of the squares that `turn` turns: eight numbers, or a register if that is one number."""
    return 1 if here.width == 1 else 8


def turn(w, o, oj, x, xi):
    """Transpose a square: o[j,i] = x[i,j]; oj and xi are how far apart the rows are."""
    for i in range(side(w)):
        for j in range(side(w)):
            w[o + ix(j) * oj + ix(i)] = w[x + ix(i) * xi + ix(j)]


def epsilon(x):
    """From 1 to the next number, in the precision of x."""
    return np.finfo(type(x)).eps


def power_of_two(shifted):
    """2^n for shifted = n + 1.5 / eps: in its lowest bits is n, which moves to where a number's
    exponent is."""
    T = type(shifted)
    return T(2.0 ** (float(shifted) - 1.5 / float(np.finfo(T).eps)))


def exponent(x):
    """n + 1.5 / eps for x = 2^n m with m between √½ and √2; x > 0, and not too small to have all of
    its bits"""
    T = type(x)
    return T(np.floor(np.log2(float(x)) + 0.5) + 1.5 / float(np.finfo(T).eps))


# ---- how Numba types them


class Vector(types.Type):
    def __init__(self, dtype, length):
        self.dtype, self.length = dtype, length
        super().__init__(f"Vector({dtype}, {length})")


@register_model(Vector)
class VectorModel(models.PrimitiveModel):
    def __init__(self, manager, vector):
        number = ir.FloatType() if vector.dtype == types.float32 else ir.DoubleType()
        super().__init__(manager, vector, ir.VectorType(number, vector.length))


def loads(function, registers):
    @type_callable(function)
    def typed(context):
        return lambda w, at: Vector(w.dtype, registers * BYTES * 8 // w.dtype.bitwidth)


loads(one, 1)
loads(two, 2)
overload(width, target="cpu")(lambda w: lambda w: BYTES // w.itemsize)
overload(side, target="cpu")(lambda w: lambda w: 8)


def epsilon_of(x):
    T = {types.float32: np.float32, types.float64: np.float64}[x]
    eps = float(np.finfo(T).eps)
    return lambda x: T(eps)


overload(epsilon, target="cpu")(epsilon_of)
overload(epsilon, target="cuda")(epsilon_of)
type_callable(save)(lambda context: lambda w, at, v: types.void)
type_callable(turn)(lambda context: lambda w, o, oj, x, xi: types.void)
type_callable(power_of_two)(lambda context: lambda shifted: shifted)
type_callable(exponent)(lambda context: lambda x: x)
for sign in (operator.add, operator.iadd):
    type_callable(sign)(
        lambda context: lambda v, u: v if isinstance(v, Vector) and v == u else None
    )
type_callable(operator.mul)(
    lambda context: lambda c, v: v if isinstance(v, Vector) and c in (v, v.dtype) else None
)


# ---- how LLVM does them


def pointer(context, builder, array, w, at, vector):
    data = context.make_array(array)(context, builder, w).data
    return builder.bitcast(builder.gep(data, [at]), vector.as_pointer())


@lower_builtin(one, types.Array, types.Integer)
@lower_builtin(two, types.Array, types.Integer)
def load(context, builder, signature, arguments):
    (array, _), vector = signature.args, context.get_value_type(signature.return_type)
    return builder.load(
        pointer(context, builder, array, *arguments, vector), align=array.dtype.bitwidth // 8
    )


@lower_builtin(save, types.Array, types.Integer, Vector)
def store(context, builder, signature, arguments):
    (array, _, _), (w, at, v) = signature.args, arguments
    builder.store(
        v, pointer(context, builder, array, w, at, v.type), align=array.dtype.bitwidth // 8
    )
    return context.get_dummy_value()


@lower_builtin(operator.add, Vector, Vector)
@lower_builtin(operator.iadd, Vector, Vector)
def add(context, builder, signature, arguments):
    return builder.fadd(*arguments, flags=CONTRACT)


@lower_builtin(operator.mul, Vector, Vector)
def multiply(context, builder, signature, arguments):
    return builder.fmul(*arguments, flags=CONTRACT)


@lower_builtin(operator.mul, types.Float, Vector)
def scale(context, builder, signature, arguments):
    number, v = arguments
    first = builder.insert_element(ir.Constant(v.type, ir.Undefined), number, ir.IntType(32)(0))
    everywhere = builder.shuffle_vector(
        first, first, ir.Constant(ir.VectorType(ir.IntType(32), v.type.count), None)
    )
    return builder.fmul(everywhere, v, flags=CONTRACT)


@lower_builtin(turn, types.Array, types.Integer, types.Integer, types.Integer, types.Integer)
def transpose(context, builder, signature, arguments):
    """Eight rows in registers: interleave row r with row r + 4, as one shuffles two halves of a
    deck of cards, three times. Four rows take two: abcd efgh ijkl mnop become aibj ckdl emfn gohp,
    and these aeim bfjn cgko dhlp, the columns."""
    array, (w, o, oj, x, xi) = signature.args[0], arguments
    eight, align = ir.VectorType(context.get_value_type(array.dtype), 8), array.dtype.bitwidth // 8
    left, right = (
        ir.Constant(ir.VectorType(ir.IntType(32), 8), [h + q // 2 + 8 * (q % 2) for q in range(8)])
        for h in (0, 4)
    )
    v = []
    for _ in range(8):
        v.append(builder.load(pointer(context, builder, array, w, x, eight), align=align))
        x = builder.add(x, xi)
    for _ in range(3):
        v = [
            builder.shuffle_vector(v[r], v[r + 4], half) for r in range(4) for half in (left, right)
        ]
    for r in range(8):
        builder.store(v[r], pointer(context, builder, array, w, o, eight), align=align)
        o = builder.add(o, oj)
    return context.get_dummy_value()


# of float32 and float64: the bits of the mantissa, and, as the bits of an integer as long, 1's
# exponent, √½, and 1.5 / eps
FLOATS = {
    32: (23, 127, 0x3F3504F3, 0x4B400000),
    64: (52, 1023, 0x3FE6A09E667F3BCD, 0x4338000000000000),
}


@lower_builtin(power_of_two, types.Float)
def move(context, builder, signature, arguments):
    word, (mantissa, exponent_of_1, _, _) = (
        ir.IntType(signature.return_type.bitwidth),
        FLOATS[signature.return_type.bitwidth],
    )
    bits = builder.shl(builder.bitcast(arguments[0], word), word(mantissa))
    return builder.bitcast(builder.add(bits, word(exponent_of_1 << mantissa)), arguments[0].type)


@lower_builtin(exponent, types.Float)
def extract(context, builder, signature, arguments):
    word, (mantissa, _, root, whole) = (
        ir.IntType(signature.return_type.bitwidth),
        FLOATS[signature.return_type.bitwidth],
    )
    bits = builder.sub(builder.bitcast(arguments[0], word), word(root))
    return builder.bitcast(
        builder.add(builder.ashr(bits, word(mantissa)), word(whole)), arguments[0].type
    )
