"""A loss becomes a list of records (lesson 01).

Calling the loss once with `Var`s in place of arrays records what it does: a **tape** (Wengert
list), straight-line, in which every slot is a 2-D block. Three kinds of record have derivatives:

    linear      y[i,j] = c · x[0,j] + ...      add, subtract, scale, broadcast, sum, mean, transpose
    bilinear    y[i,j] = Σ_p x[i,p] · z[p,j]   multiply, matmul
    pointwise   y[i,j] = f(x[i,j])             tanh, sin, exp, ...

An index is two of the letters i, j, p; a 0 stands where the block has one row or one column. A
letter that an input lacks is a broadcast, one that the output lacks is a sum, swapped letters are a
transpose: the kernels need to know no more.
"""

from typing import Any, TypeAlias

import numpy as np

from .errors.arguments import is_number
from .errors.constants import check_constant
from .errors.tracing import Refusals, TraceError, line_of_loss
from .instructions import (
    BILINEAR,
    LINEAR,
    POINTWISE,
    ROWMAX,
    Call,
    Extent,
    Operand,
    Record,
    Shape,
)

Value: TypeAlias = "Var | np.ndarray | float"  # what an operator takes


class Tape:
    """What one loss does to data of one shape: its records, and what is known of every slot."""

    def __init__(self, title: str = ""):
        self.title = title
        self.records: list[Record] = []
        self.shapes: list[Shape] = []  # of every slot
        self.names: list[str] = []  # of every slot
        self.constants: dict[int, np.ndarray] = {}  # of slots
        self.parameters: list[int] = []  # slots
        self.data: list[int] = []  # slots
        self.loss: int  # slot, once the loss has been called
        self.programs: dict[object, list[Call]] = {}  # those written so far (sweeps.py)
        self.exact_in = {np.dtype(float)}  # precisions that are known to hold all constants

    def add_slot(self, shape: Shape, name: str | None = None, active: bool = False) -> "Var":
        """A new `Var`. active: does it depend on the parameters?"""
        self.names.append(name or f"v{len(self.shapes)}")
        self.shapes.append(shape)
        return Var(self, len(self.shapes) - 1, shape, active)

    def lift(self, x: Value) -> "Var":
        """`x` itself if it is on this tape, else a new constant slot."""
        if not isinstance(x, Var):
            array = check_constant(x)
            constant = self.add_slot(array.shape, f"{array.item():g}" if array.size == 1 else None)
            self.constants[constant.slot] = array
            return constant
        if x.tape is not self:
            raise TraceError(
                "a value of another trace is used here; keep nothing between two calls of a loss"
            )
        return x

    def record(
        self,
        kind: str,
        shape: Shape,
        letters: str,
        inputs: list[tuple["Var", str]],
        arg: Any,
        extent: Extent,
    ) -> "Var":
        """Append a record -> the `Var` of its result.

        shape, letters: of the result. inputs: (`Var`, letters) each.
        """
        depends = any(x.active for x, _ in inputs)
        result = self.add_slot(shape, active=depends and kind != ROWMAX)
        ins = tuple(x.operand(input_letters) for x, input_letters in inputs)
        out = result.operand(letters)
        self.records.append(Record(kind, out, ins, arg, extent, line_of_loss()))
        return result

    def __str__(self) -> str:
        from .listing import tape_text  # which reads tapes

        return tape_text(self)

    def listing(self, program: str) -> str:
        """The program "value", "gradient" or "hvp" as text: a call a line, each with its
        formula."""
        from .listing import program_text

        return program_text(self, program)


class Var(Refusals):
    """A traced value: it knows its shape and its slot, and writes down what is done to it."""

    ndim = 2

    def __init__(self, tape: Tape, slot: int, shape: Shape, active: bool):
        self.tape = tape
        self.slot = slot
        self.shape = shape
        self.active = active

    @property
    def size(self) -> int:
        return self.shape[0] * self.shape[1]

    def __repr__(self) -> str:
        rows, columns = self.shape
        return f"<traced value {self.tape.names[self.slot]}, {rows} x {columns}>"

    def operand(self, letters: str) -> Operand:
        """This value, read along these letters; a length of 1 has the letter 0."""
        row, column = letters
        rows, columns = self.shape
        return Operand(
            self.slot, "", ("0" if rows == 1 else row) + ("0" if columns == 1 else column)
        )

    # ---- what the operations record

    def record_unary(
        self, kind: str, arg: Any, shape: Shape | None = None, letters: str = "ij"
    ) -> "Var":
        """y = A x or y = f(x), from one block."""
        rows, columns = self.shape
        extent = (rows, columns, 1)
        return self.tape.record(kind, shape or self.shape, letters, [(self, "ij")], arg, extent)

    def record_elementwise(self, kind: str, sign: str, z: Value, arg: Any = None) -> "Var":
        """y = x + z, x - z or x · z, element by element; a length of 1 stretches."""
        z = self.tape.lift(z)
        for mine, other in zip(self.shape, z.shape, strict=True):
            if mine != other and 1 not in (mine, other):
                raise TraceError(
                    "a {} x {} block {} a {} x {} block: lengths must agree or be 1".format(
                        *self.shape, sign, *z.shape
                    )
                )
        rows, columns = map(max, self.shape, z.shape)
        inputs = [(self, "ij"), (z, "ij")]
        return self.tape.record(kind, (rows, columns), "ij", inputs, arg, (rows, columns, 1))

    def record_multiple(self, coefficient: float) -> "Var":
        """coefficient · x"""
        return self.record_unary(LINEAR, (coefficient,))

    def record_sum(self, axis: int | None, coefficient: float) -> "Var":
        """coefficient · the sum over everything, down the rows (axis=0) or along the columns
        (axis=1)"""
        rows, columns = self.shape
        shape = {None: (1, 1), 0: (1, columns), 1: (rows, 1)}[axis]
        return self.record_unary(LINEAR, (coefficient,), shape)

    def record_function(self, name: str) -> "Var":
        """f(x) of the function of this name (function_table.py)."""
        return self.record_unary(POINTWISE, name)

    def record_rowmax(self) -> "Var":
        """The largest number of each row, as a column that counts as a constant."""
        return self.record_unary(ROWMAX, None, (self.shape[0], 1))

    @property
    def T(self) -> "Var":
        return self.record_unary(LINEAR, (1.0,), self.shape[::-1], "ji")

    # ---- Python's operators: x + z calls x.__add__(z), and z.__radd__(x) where x knows nothing of
    # Vars: a number, or an array by way of `__array_ufunc__`

    def __add__(self, z: Value) -> "Var":
        return self.record_elementwise(LINEAR, "+", z, (1.0, 1.0))

    def __radd__(self, z: float) -> "Var":
        return self + z

    def __sub__(self, z: Value) -> "Var":
        return self.record_elementwise(LINEAR, "-", z, (1.0, -1.0))

    def __rsub__(self, z: float) -> "Var":
        return self.tape.lift(z) - self

    def __neg__(self) -> "Var":
        return self.record_multiple(-1.0)

    def __mul__(self, z: Value) -> "Var":
        if isinstance(z, Var) or np.ndim(z):
            return self.record_elementwise(BILINEAR, "*", z)
        return self.record_multiple(check_constant(z).item())

    def __rmul__(self, z: float) -> "Var":
        return self * z

    def __truediv__(self, z: Value) -> "Var":
        if isinstance(z, Var):
            return self * self.tape.lift(z).record_function("reciprocal")
        inverse = check_constant(z, divisor=True)
        return self * (inverse if inverse.size > 1 else inverse.item())

    def __rtruediv__(self, z: float) -> "Var":
        return self.record_function("reciprocal") * z

    def __pow__(self, n: Value) -> "Var":
        if not is_number(n) or n != 2:
            raise TraceError(
                "of the powers only x ** 2 is known; write x * x * x, tm.sqrt(x), "
                "tm.reciprocal(x) or, for x > 0, tm.exp(n * tm.log(x))"
            )
        return self.record_function("square")

    def __matmul__(self, z: Value) -> "Var":
        z = self.tape.lift(z)
        (rows, inner), (inner_of_z, columns) = self.shape, z.shape
        if inner != inner_of_z:
            hint = " (a 1-D array acts as one row)" if 1 in (rows, inner_of_z) else ""
            raise TraceError(
                f"a {rows} x {inner} block @ a {inner_of_z} x {columns} block: "
                f"the inner lengths {inner} and {inner_of_z} differ{hint}"
            )
        inputs = [(self, "ip"), (z, "pj")]
        return self.tape.record(
            BILINEAR, (rows, columns), "ij", inputs, None, (rows, columns, inner)
        )

    def __rmatmul__(self, z: float) -> "Var":
        return self.tape.lift(z) @ self
