"""Vectors, which Numba lacks, taught to it: a few neighbouring numbers in one register.

To plain Python `load_vector(memory, at)` is a short array; `load_long_vector(memory, at)`, two
registers, is twice as long. To Numba they are LLVM's vector type: first what each word means, then
how Numba types it, then the one or two LLVM instructions that it becomes. A lane of a GPU has
registers for one number each (gpu/words.py): there a vector is that number.
"""

import operator

import llvmlite.binding
import numpy as np
from llvmlite import ir
from numba import types
from numba.extending import lower_builtin, models, overload, register_model, type_callable

from .lanes import running, unsigned

FEATURES = llvmlite.binding.get_host_cpu_features()
# how long a register of this machine is
BYTES = 64 if FEATURES.get("avx512f") else 32 if FEATURES.get("avx") else 16
CONTRACT = ("contract",)  # a product and a sum may become one instruction
INT32 = ir.IntType(32)


# ---- what they mean


def vector_length(memory):
    """How many numbers a register holds."""
    return running.width or BYTES // memory.itemsize


def load_vector(memory, at):
    """The numbers from `at` on that fill a register."""
    length = vector_length(memory)
    return memory[at : at + unsigned(length)].copy() if length > 1 else memory[at]


def load_long_vector(memory, at):
    """The numbers from `at` on that fill two registers."""
    return memory[at : at + unsigned(2 * vector_length(memory))].copy()


def save_vector(memory, at, vector):
    """Write a vector of any length. Between loading and saving: v + v, number * v."""
    memory[at : at + unsigned(np.size(vector))] = vector


def square_side(memory):
    """The side of transpose_square's squares: 8, or 1 where a register holds one number."""
    return 1 if running.width == 1 else 8


def transpose_square(memory, o, oj, x, xi):
    """o[j,i] = x[i,j]; oj and xi are how far apart the rows are."""
    for i in range(square_side(memory)):
        for j in range(square_side(memory)):
            source = x + unsigned(i) * xi + unsigned(j)
            memory[o + unsigned(j) * oj + unsigned(i)] = memory[source]


# ---- how Numba types them


class Vector(types.Type):
    def __init__(self, dtype, length):
        self.dtype = dtype
        self.length = length
        super().__init__(f"Vector({dtype}, {length})")


@register_model(Vector)
class VectorModel(models.PrimitiveModel):
    def __init__(self, manager, vector):
        number = ir.FloatType() if vector.dtype == types.float32 else ir.DoubleType()
        super().__init__(manager, vector, ir.VectorType(number, vector.length))


@type_callable(load_vector)
def type_load_vector(context):
    return lambda memory, at: Vector(memory.dtype, 8 * BYTES // memory.dtype.bitwidth)


@type_callable(load_long_vector)
def type_load_long_vector(context):
    return lambda memory, at: Vector(memory.dtype, 16 * BYTES // memory.dtype.bitwidth)


@type_callable(save_vector)
def type_save_vector(context):
    return lambda memory, at, vector: types.void


@type_callable(transpose_square)
def type_transpose_square(context):
    return lambda memory, o, oj, x, xi: types.void


@type_callable(operator.add)
@type_callable(operator.iadd)
def type_sum(context):
    return lambda v, u: v if isinstance(v, Vector) and v == u else None


@type_callable(operator.mul)
def type_product(context):
    return lambda c, v: v if isinstance(v, Vector) and c == v.dtype else None


overload(vector_length, target="cpu")(lambda memory: lambda memory: BYTES // memory.itemsize)
overload(square_side, target="cpu")(lambda memory: lambda memory: 8)


# ---- how LLVM does them


def vector_pointer(context, builder, array, memory, at, vector):
    """The address of memory[at], as that of a vector."""
    data = context.make_array(array)(context, builder, memory).data
    return builder.bitcast(builder.gep(data, [at]), vector.as_pointer())


@lower_builtin(load_vector, types.Array, types.Integer)
@lower_builtin(load_long_vector, types.Array, types.Integer)
def lower_load(context, builder, signature, arguments):
    array, _ = signature.args
    memory, at = arguments
    vector = context.get_value_type(signature.return_type)
    address = vector_pointer(context, builder, array, memory, at, vector)
    return builder.load(address, align=array.dtype.bitwidth // 8)


@lower_builtin(save_vector, types.Array, types.Integer, Vector)
def lower_save(context, builder, signature, arguments):
    array, _, _ = signature.args
    memory, at, vector = arguments
    address = vector_pointer(context, builder, array, memory, at, vector.type)
    builder.store(vector, address, align=array.dtype.bitwidth // 8)
    return context.get_dummy_value()


@lower_builtin(operator.add, Vector, Vector)
@lower_builtin(operator.iadd, Vector, Vector)
def lower_sum(context, builder, signature, arguments):
    return builder.fadd(*arguments, flags=CONTRACT)


@lower_builtin(operator.mul, types.Float, Vector)
def lower_multiple(context, builder, signature, arguments):
    number, vector = arguments
    first = builder.insert_element(ir.Constant(vector.type, ir.Undefined), number, INT32(0))
    zeros = ir.Constant(ir.VectorType(INT32, vector.type.count), None)
    repeated = builder.shuffle_vector(first, first, zeros)
    return builder.fmul(repeated, vector, flags=CONTRACT)


@lower_builtin(
    transpose_square, types.Array, types.Integer, types.Integer, types.Integer, types.Integer
)
def lower_transpose(context, builder, signature, arguments):
    """Eight rows in registers: interleave row r with row r + 4, three times.

    As one shuffles two halves of a deck of cards. Four rows take two rounds: abcd efgh ijkl mnop
    become aibj ckdl emfn gohp, and these aeim bfjn cgko dhlp, the columns.
    """
    array = signature.args[0]
    memory, o, oj, x, xi = arguments
    align = array.dtype.bitwidth // 8
    eight = ir.VectorType(context.get_value_type(array.dtype), 8)
    orders = ir.VectorType(INT32, 8)
    left_half = ir.Constant(orders, [0, 8, 1, 9, 2, 10, 3, 11])
    right_half = ir.Constant(orders, [4, 12, 5, 13, 6, 14, 7, 15])
    rows = []
    for _ in range(8):
        address = vector_pointer(context, builder, array, memory, x, eight)
        rows.append(builder.load(address, align=align))
        x = builder.add(x, xi)
    for _ in range(3):
        shuffled = []
        for r in range(4):
            shuffled.append(builder.shuffle_vector(rows[r], rows[r + 4], left_half))
            shuffled.append(builder.shuffle_vector(rows[r], rows[r + 4], right_half))
        rows = shuffled
    for row in rows:
        address = vector_pointer(context, builder, array, memory, o, eight)
        builder.store(row, address, align=align)
        o = builder.add(o, oj)
    return context.get_dummy_value()
