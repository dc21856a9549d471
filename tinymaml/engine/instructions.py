"""What a tape and a program consist of (lessons 01 and 04).

    tape     = record ...     record = kind, out, ins, arg, extent, line         what the loss does
    program  = call ...       call   = kernel, outs, ins, arg, extent, store     what a machine runs
    out, in  = operand        operand = slot, plane, letters                     how a block is read
    kind     = linear | bilinear | pointwise | rowmax
    kernel   = linear | contract | apply | curve | rowmax

A **slot** is a value of the loss. Its **planes** are blocks of the slot's shape: the value itself,
its adjoint, its tangent, ... A **block** is one plane of one slot: the pair (slot, plane).
"""

import math
from typing import Any, Callable, Iterable, NamedTuple, TypeAlias

LINEAR, BILINEAR, POINTWISE, ROWMAX = "linear", "bilinear", "pointwise", "rowmax"

Shape: TypeAlias = tuple[int, int]  # rows, columns
Extent: TypeAlias = tuple[int, int, int]  # how far the letters i, j and p run
Block: TypeAlias = tuple[int, str]  # slot, plane


class Operand(NamedTuple):
    """A block as one instruction reads or writes it.

    letters: which index runs along its rows and its columns, "ij", "0j", "pi", ...; 0 where the
    block has one row or one column. In "0ij" a matrix lies in one row, row by row.
    """

    slot: int
    plane: str  # "" is the value
    letters: str

    @property
    def block(self) -> Block:
        """Which memory this is, whatever the letters: (slot, plane)."""
        return self.slot, self.plane

    def lengths(self, extent: Extent) -> tuple[int, int]:
        """How many rows and columns the letters run over."""
        row, *columns = ({"0": 1, **dict(zip("ijp", extent, strict=True))}[x] for x in self.letters)
        return row, math.prod(columns)

    @property
    def bar(self) -> "Operand":
        """The adjoint."""
        return self._replace(plane="bar")

    @property
    def dot(self) -> "Operand":
        """The tangent along the direction v."""
        return self._replace(plane="dot")

    @property
    def bar_dot(self) -> "Operand":
        """The adjoint's tangent: at the parameters, Hessian · v."""
        return self._replace(plane="bar_dot")

    @property
    def slope(self) -> "Operand":
        """f'(x) of a pointwise record."""
        return self._replace(plane="slope")

    @property
    def slope_dot(self) -> "Operand":
        """The slope's tangent, f''(x) · x_dot."""
        return self._replace(plane="slope_dot")


class Record(NamedTuple):
    """One equation of a tape: what the loss does, between values."""

    kind: str  # LINEAR, BILINEAR, POINTWISE or ROWMAX
    out: Operand
    ins: tuple[Operand, ...]
    arg: Any  # linear: a coefficient for each input; pointwise: the function's name
    extent: Extent
    line: str  # the line of the loss that it came from


class Call(NamedTuple):
    """One instruction of a program: a kernel and what it works on."""

    kernel: str
    outs: tuple[Operand, ...]
    ins: tuple[Operand, ...]
    arg: Any = None  # linear: the coefficient; apply, curve: the function's name
    extent: Extent = (1, 1, 1)
    store: bool = False  # the first write to a block stores, later ones add
    program: str = ""  # "value", "gradient" or "hvp"
    origin: int = -1  # which record of the tape it came from


# The calls, as the rules write them.


def linear(out: Operand, x: Operand, coefficient: float) -> Call:
    """out += coefficient · x"""
    return Call("linear", (out,), (x,), coefficient)


def contract(out: Operand, x: Operand, z: Operand) -> Call:
    """out += Σ x · z"""
    return Call("contract", (out,), (x, z))


def apply(out: Operand, slope: Operand, x: Operand, function: str) -> Call:
    """out, slope = f(x), f'(x)"""
    return Call("apply", (out, slope), (x,), function)


def curve(out: Operand, y: Operand, slope: Operand, x_dot: Operand, function: str) -> Call:
    """out = f''(x) · x_dot, with f'' from y = f(x) and the slope f'(x)"""
    return Call("curve", (out,), (y, slope, x_dot), function)


def rowmax(out: Operand, x: Operand) -> Call:
    """out = the largest number of each row of x"""
    return Call("rowmax", (out,), (x,))


def blocks_of(operands: Iterable[Operand]) -> set[Block]:
    """The set of the operands' blocks."""
    return {operand.block for operand in operands}


class ProgramError(Exception):
    """A program that cannot be right: a mistake in a rule or a pass, which no user's loss can
    cause."""


def check_program(calls: list[Call], given: set[Block], shape_of: Callable[[Block], Shape]) -> None:
    """Refuse a program that reads or adds to an unwritten block, or mistakes a block's shape.

    given: the blocks that are there before it runs. shape_of(block) -> (rows, columns).
    Raises `ProgramError`.
    """
    written = set(given)
    for call in calls:
        unwritten = blocks_of(call.ins if call.store else call.ins + call.outs[:1]) - written
        if unwritten:
            raise ProgramError(f"{call} reads {unwritten}, which nobody has written")
        for operand in call.outs + call.ins:
            shape = operand.lengths(call.extent)
            if shape != shape_of(operand.block):
                raise ProgramError(f"{call} takes {operand} for a block of shape {shape}")
        written |= blocks_of(call.outs)
