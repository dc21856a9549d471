"""The arguments of the GPU's kernel, `inner_loop.grid`, in its order: the same for a launch and
for the emulator.

    tables of the plan, memories, vectors, alpha, delta, data, outputs, division of the tasks
"""

from typing import NamedTuple

import numba
import numpy as np
from numba import types

CHUNKS = 4096  # partial sums over the tasks: so many,
BYTES = 2**28  # unless they take more than so many bytes


def tables(plan):
    """The plan's code, coefficients, facts and positions.

    Integers have 32 bits: addresses inside a memory are that short on a GPU. Raises ValueError for
    a plan that needs longer ones.
    """
    if plan.layout.size >= 2**31:
        raise ValueError(
            f"a task of this loss needs a workspace of {plan.layout.size:,} numbers; "
            f'target="cuda" has addresses for {2**31:,}: '
            'use fewer steps or smaller data, or target="cpu"'
        )
    return (
        plan.code.astype(np.int32),
        plan.coefficients,
        plan.facts.astype(np.int32),
        plan.positions.astype(np.int32),
    )


class GridOutputs(NamedTuple):
    """What the kernel writes, for B tasks and P parameters."""

    sums: np.ndarray  # (chunks, length of a parameter vector in memory, of two with alpha's)
    losses: np.ndarray  # (B,)
    divergence: np.ndarray  # (B,)
    gradients: np.ndarray  # (B, P), or (0, P): not asked for
    trajectory: np.ndarray  # (points, B, P)
    gradient: np.ndarray  # (P,), or (2 P,) with alpha's


def make_outputs(plan, tasks, per_task, points, empty=np.empty):
    """Return `GridOutputs` of arrays made by empty(shape, dtype), and the array of which losses,
    divergence and gradient are parts: every call fetches these, together."""
    dtype, size = plan.dtype, len(plan.positions)
    fetched = empty(2 * tasks + (2 * size if plan.alpha_gradient else size), dtype)
    outputs = GridOutputs(
        sums=empty((chunks_of(plan, tasks), plan.length_of_sums), dtype),
        losses=fetched[:tasks],
        divergence=fetched[tasks : 2 * tasks],
        gradients=empty((tasks if per_task else 0, size), dtype),
        trajectory=empty((points, tasks, size), dtype),
        gradient=fetched[2 * tasks :],
    )
    return outputs, fetched


def chunks_of(plan, tasks):
    """How many partial sums there are: this depends on the loss and on the number of tasks alone,
    so that every device adds in the same order."""
    bytes_of_sum = plan.length_of_sums * plan.coefficients.itemsize
    return min(tasks, CHUNKS, max(1, BYTES // bytes_of_sum))


def division(plan, tasks):
    """How many chunks there are; where each chunk of tasks starts, and the last one ends; how many
    blocks are ready."""
    chunks = chunks_of(plan, tasks)
    cuts = np.arange(chunks + 1) * tasks // chunks
    return np.int32(chunks), cuts.astype(np.int32), np.zeros(1, np.int32)


def signature(dtype):
    """The Numba types of the kernel's arguments."""
    number = numba.from_dtype(np.dtype(dtype))
    integer = types.int32
    vector, matrix, integers = number[::1], number[:, ::1], integer[::1]
    return (
        *(integer[:, ::1], vector, integers, integers),  # tables
        matrix,  # memories
        *(matrix, number, number, matrix),  # vectors, alpha, delta, data
        *(matrix, vector, vector, matrix, number[:, :, ::1], vector),  # outputs
        *(integer, integers, integers),  # division
    )
