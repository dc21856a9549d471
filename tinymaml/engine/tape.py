"""A loss becomes a list of records (lesson 01).

Calling the loss once with `Var`s in place of arrays records what it does: a **tape** (Wengert
list), straight-line, in which every slot is a 2-D block. Three kinds of record have derivatives:

    linear      y[i,j] = c · x[0,j] + ...      add, subtract, scale, broadcast, sum, mean, transpose
    bilinear    y[i,j] = Σ_p x[i,p] · z[p,j]   multiply, matmul
    pointwise   y[i,j] = f(x[i,j])             tanh, sin, exp, ...

An index is two of the letters i, j, p; a 0 stands where the block has one row or one column. A
letter that an input lacks is a broadcast, one that the output lacks is a sum, swapped letters are a
transpose, and a matrix in a row has the letters 0ij: the kernels need to know no more.
"""

from typing import Any, TypeAlias

import numpy as np

from .errors.arguments import is_number
from .errors.constants import check_constant
from .errors.tracing import Refusals, TraceError, line_of_loss, warn_of_broadcast
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
        self.names: list[str] = []  # of every slot, each once
        self.constants: dict[int, np.ndarray] = {}  # of slots
        self.parameters: list[int] = []  # slots
        self.data: list[int] = []  # slots
        self.depends_on_data: set[int] = set()  # slots
        self.transposed: set[int] = set()  # slots, and what was made of them element by element
        self.loss: int  # slot, once the loss has been called
        self.programs: dict[object, list[Call]] = {}  # those written so far (sweeps.py)
        self.exact_in = {np.dtype(float)}  # precisions that are known to hold all constants

    def add_slot(
        self, shape: tuple[int, ...], name: str | None = None, active: bool = False
    ) -> "Var":
        """A new `Var` for an array of this shape. active: does it depend on the parameters?"""
        self.names.append(self.unused_name(name or f"v{len(self.shapes)}"))
        rows, columns = (1,) * (2 - len(shape)) + shape
        self.shapes.append((rows, columns))
        return Var(self, len(self.shapes) - 1, (rows, columns), len(shape), active)

    def unused_name(self, name: str) -> str:
        """The name, with as many ′ as it takes to be the only one of its kind in a listing."""
        if name.endswith(("_bar", "_dot", "_slope")):  # so are the planes of other slots written
            name += "′"
        while name in self.names and not is_written_number(name):
            name += "′"
        return name

    def lift(self, x: Value) -> "Var":
        """`x` itself if it is on this tape, else a new constant slot."""
        if not isinstance(x, Var):
            array = check_constant(x)
            name = f"{array.item():g}" if array.size == 1 else None
            constant = self.add_slot(array.shape[2 - np.ndim(x) :], name)
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
        ndim: int,
    ) -> "Var":
        """Append a record -> the `Var` of its result.

        shape, letters: of the result. inputs: (`Var`, letters) each. ndim: how many dimensions the
        result has in a call with arrays.
        """
        depends = any(x.active for x, _ in inputs)
        result = self.add_slot(shape[2 - ndim :], active=depends and kind != ROWMAX)
        ins = tuple(x.operand(input_letters) for x, input_letters in inputs)
        out = result.operand(letters)
        self.records.append(Record(kind, out, ins, arg, extent, line_of_loss()))
        slots = {x.slot for x, _ in inputs}
        if slots & self.depends_on_data:
            self.depends_on_data.add(result.slot)
        sums_products = any("p" in input_letters for _, input_letters in inputs)
        if letters == "ji" or slots & self.transposed and not sums_products:
            self.transposed.add(result.slot)
        return result

    def __str__(self) -> str:
        from .listing import tape_text  # which reads tapes

        return tape_text(self)

    def listing(self, program: str) -> str:
        """The program "value", "gradient" or "hvp" as text: a call a line, each with its
        formula."""
        from .listing import program_text

        return program_text(self, program)


def is_written_number(name: str) -> bool:
    """Is it a number as a constant's name? Such names may be there several times."""
    return name[:1] in "-0123456789"


class Var(Refusals):
    """A traced value: it knows its shape and its slot, and writes down what is done to it.

    On the tape it is a block, rows x columns. `shape`, `ndim` and `size` are those of the array
    that the same loss would have here in a call with arrays.
    """

    tape: Tape
    slot: int
    block_shape: Shape
    ndim: int
    active: bool

    def __init__(self, tape: Tape, slot: int, block_shape: Shape, ndim: int, active: bool):
        fields = dict(tape=tape, slot=slot, block_shape=block_shape, ndim=ndim, active=active)
        vars(self).update(fields)  # values never change: assignment is refused

    @property
    def shape(self) -> tuple[int, ...]:
        return self.block_shape[2 - self.ndim :]

    @property
    def size(self) -> int:
        rows, columns = self.block_shape
        return rows * columns

    def __repr__(self) -> str:
        rows, columns = self.block_shape
        return f"<traced value {self.tape.names[self.slot]}, {rows} x {columns}>"

    def operand(self, letters: str) -> Operand:
        """This value, read along these letters; a length of 1 has the letter 0."""
        row, column = letters[0], letters[1:]
        rows, columns = self.block_shape
        return Operand(
            self.slot, "", ("0" if rows == 1 else row) + ("0" if columns == 1 else column)
        )

    def two_dimensional(self) -> "Var":
        """The same value as a function of arrays sees it: a 1-D one is a row."""
        return Var(self.tape, self.slot, self.block_shape, 2, self.active)

    # ---- what the operations record

    def record_unary(
        self, kind: str, arg: Any, shape: Shape | None = None, letters: str = "ij", ndim: int = 2
    ) -> "Var":
        """y = A x or y = f(x), from one block."""
        rows, columns = self.block_shape
        shape = shape or self.block_shape
        extent = (rows, columns, 1)
        return self.tape.record(kind, shape, letters, [(self, "ij")], arg, extent, ndim)

    def record_elementwise(self, kind: str, sign: str, z: Value, arg: Any = None) -> "Var":
        """y = x + z, x - z or x · z, element by element; a length of 1 stretches."""
        z = self.tape.lift(z)
        for mine, other in zip(self.block_shape, z.block_shape, strict=True):
            if mine != other and 1 not in (mine, other):
                raise TraceError(
                    "a {} x {} block {} a {} x {} block: lengths must agree or be 1".format(
                        *self.block_shape, sign, *z.block_shape
                    )
                )
        rows, columns = map(max, self.block_shape, z.block_shape)
        slots = {self.slot, z.slot}
        neither_fits = (rows, columns) not in (self.block_shape, z.block_shape)
        if neither_fits and slots <= self.tape.depends_on_data - self.tape.transposed:
            warn_of_broadcast(sign, self.block_shape, z.block_shape)
        extent = (rows, columns, 1)
        inputs = [(self, "ij"), (z, "ij")]
        ndim = max(self.ndim, z.ndim)
        return self.tape.record(kind, (rows, columns), "ij", inputs, arg, extent, ndim)

    def record_multiple(self, coefficient: float) -> "Var":
        """coefficient · x"""
        return self.record_unary(LINEAR, (coefficient,), ndim=self.ndim)

    def record_sum(self, axis: int | None, coefficient: float) -> "Var":
        """coefficient · the sum over everything, down the rows (axis=0) or along the columns
        (axis=1)"""
        rows, columns = self.block_shape
        shape = {None: (1, 1), 0: (1, columns), 1: (rows, 1)}[axis]
        return self.record_unary(LINEAR, (coefficient,), shape)

    def record_function(self, name: str, ndim: int = 2) -> "Var":
        """f(x) of the function of this name (function_table.py)."""
        return self.record_unary(POINTWISE, name, ndim=ndim)

    def record_rowmax(self) -> "Var":
        """The largest number of each row, as a column that counts as a constant."""
        rows, _ = self.block_shape
        return self.record_unary(ROWMAX, None, (rows, 1))

    def record_transpose(self) -> "Var":
        """Rows become columns."""
        rows, columns = self.block_shape
        return self.record_unary(LINEAR, (1.0,), (columns, rows), "ji")

    def record_row(self) -> "Var":
        """The rows one after the other, as one row."""
        rows, columns = self.block_shape
        if rows == 1:
            return self
        if columns == 1:
            return self.record_transpose()
        return self.record_unary(LINEAR, (1.0,), (1, rows * columns), "0ij")

    def record_rows(self, rows: int, columns: int) -> "Var":
        """This row, cut into so many rows."""
        if rows == 1:
            return self
        if columns == 1:
            return self.record_transpose()
        extent = (rows, columns, 1)
        inputs = [(self, "0ij")]
        return self.tape.record(LINEAR, (rows, columns), "ij", inputs, (1.0,), extent, 2)

    @property
    def T(self) -> "Var":
        if self.ndim < 2:
            raise TraceError(
                f".T of a value of shape {self.shape}, which NumPy leaves as it is; "
                "write tm.transpose(x) for a column, or x itself"
            )
        return self.record_transpose()

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

    def __pos__(self) -> "Var":
        return self

    def __abs__(self) -> "Var":
        return self.record_function("abs", self.ndim)

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
            return self * self.tape.lift(z).record_function("reciprocal", z.ndim)
        inverse = check_constant(z, divisor=True)
        return self * (inverse.reshape(np.shape(z)) if np.ndim(z) else inverse.item())

    def __rtruediv__(self, z: float) -> "Var":
        return self.record_function("reciprocal", self.ndim) * z

    def __pow__(self, n: Value) -> "Var":
        if not is_number(n) or n != 2:
            raise TraceError(
                "of the powers only x ** 2 is known; write x * x * x, tm.sqrt(x), "
                "tm.reciprocal(x) or, for x > 0, tm.exp(n * tm.log(x))"
            )
        return self.record_function("square", self.ndim)

    def __matmul__(self, z: Value) -> "Var":
        z = self.tape.lift(z)
        if z.ndim < 2:
            raise TraceError(
                f"x @ z with z of shape {z.shape}: what NumPy makes of it has lost a dimension; "
                "write x @ tm.transpose(z) for a column, or give z two dimensions"
            )
        if self.ndim < 1:
            raise TraceError(f"x @ z with x of shape {self.shape}; write x * z")
        (rows, inner), (inner_of_z, columns) = self.block_shape, z.block_shape
        if inner != inner_of_z:
            hint = " (a 1-D array acts as one row)" if self.ndim == 1 else ""
            raise TraceError(
                f"a {rows} x {inner} block @ a {inner_of_z} x {columns} block: "
                f"the inner lengths {inner} and {inner_of_z} differ{hint}"
            )
        inputs = [(self, "ip"), (z, "pj")]
        extent = (rows, columns, inner)
        return self.tape.record(BILINEAR, (rows, columns), "ij", inputs, None, extent, self.ndim)

    def __rmatmul__(self, z: float) -> "Var":
        return self.tape.lift(z) @ self
