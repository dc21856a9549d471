"""The NumPy machine, a function a kernel (lesson 04). It is to read, and the compiled one's judge.

A kernel gets its operands as arrays, the outputs first; then the call's argument, the operands'
letters for einsum, and how far i and j run.
"""

from typing import Callable, TypeAlias

import numpy as np

from .function_table import FUNCTIONS
from .instructions import Block, Call, Operand, Shape
from .tape import Tape

Array: TypeAlias = np.ndarray
Letters: TypeAlias = list[str]  # of each operand, for einsum


def linear(out: Array, x: Array, coefficient: float, letters: Letters, extent: Shape) -> None:
    everywhere = np.ones_like(out, shape=extent)  # spreads x over letters that it does not have
    out += coefficient * np.einsum(f"ij,{letters[1]}->{letters[0]}", everywhere, x)


def contract(out: Array, x: Array, z: Array, arg: None, letters: Letters, extent: Shape) -> None:
    out += np.einsum(f"{letters[1]},{letters[2]}->{letters[0]}", x, z)


def apply(out: Array, slope: Array, x: Array, name: str, letters: Letters, extent: Shape) -> None:
    T = x.dtype.type
    out[...] = FUNCTIONS[name].value(x, T)
    slope[...] = FUNCTIONS[name].slope(x, out, T)


def curve(
    out: Array, y: Array, slope: Array, x_dot: Array, name: str, letters: Letters, extent: Shape
) -> None:
    out[...] = FUNCTIONS[name].curvature(y, slope, y.dtype.type) * x_dot


def rowmax(out: Array, x: Array, arg: None, letters: Letters, extent: Shape) -> None:
    out[...] = finite_or_zero(x.max(-1) if "j" in letters[1] else x)


def finite_or_zero(x: Array) -> Array:
    """x, with 0 in the place of infinity and NaN."""
    finite: Array = np.where(np.isfinite(x), x, x.dtype.type(0))
    return finite


KERNELS: dict[str, Callable[..., None]] = {
    "linear": linear,
    "contract": contract,
    "apply": apply,
    "curve": curve,
    "rowmax": rowmax,
}


def run(tape: Tape, calls: list[Call], blocks: dict[Block, Array], dtype: np.dtype) -> None:
    """Run a program on `blocks`, a dict (slot, plane) -> 2-D array; it gains every block that the
    calls write."""

    def view(operand: Operand, extent: Shape) -> Array:
        """The operand's array without the axes of length 1, for which einsum has no letter."""
        array = blocks[operand.block]
        if operand.letters == "0ij":
            return array.reshape(extent)
        axes = tuple(0 if letter == "0" else slice(None) for letter in operand.letters)
        return array[(*axes, ...)]

    with np.errstate(
        all="ignore"
    ):  # overflow gives infinities, which are reported where they matter
        for call in calls:
            if call.store:
                for operand in call.outs:
                    blocks[operand.block] = np.zeros(tape.shapes[operand.slot], dtype)
            operands = call.outs + call.ins
            letters = [operand.letters.replace("0", "") for operand in operands]
            extent = call.extent[:2]
            views = [view(operand, extent) for operand in operands]
            KERNELS[call.kernel](*views, call.arg, letters, extent)
