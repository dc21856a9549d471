"""A loss becomes a list of instructions (lesson 01).

Calling the loss once with `Var`s in place of arrays records what it does: a **tape** (Wengert
list), straight-line, in which every slot is a 2-D block. Only three kinds of instruction occur,
each written with index letters:

    linear      y[i,j] = c · x[0,j] + ...          add, subtract, scale, broadcast, sum, mean, transpose
    bilinear    y[i,j] = Σ_p x[i,p] · z[p,j]       multiply, matmul
    pointwise   y[i,j] = f(x[i,j])                 tanh, sin, exp, ...

An index is two of the letters i, j, p; a 0 stands where the block has one row or one column. A
letter that an input lacks is a broadcast, one that the output lacks is a sum, swapped letters are a
transpose: the kernels need to know no more.
"""

import numpy as np

from .errors.arguments import check_constant
from .errors.tracing import Refusals, TraceError, where
from .instructions import BILINEAR, LINEAR, POINTWISE, ROWMAX, Operand, Record


class Tape:
    """What one loss does to data of one shape: `records`, and the shape, name or constant value of
    every slot."""

    def __init__(self):
        self.shapes, self.names, self.records, self.constants = [], [], [], {}
        self.parameters, self.data, self.loss, self.title = [], [], None, ""
        self.programs, self.fits = (
            {},
            {np.dtype(float)},
        )  # programs written, precisions that hold all constants

    def slot(self, shape, name=None, active=False):
        self.names.append(name or f"v{len(self.shapes)}")
        self.shapes.append(shape)
        return Var(self, len(self.shapes) - 1, shape, active)

    def lift(self, x):
        """`x` itself if it is on this tape, else a new constant slot."""
        if not isinstance(x, Var):
            a = check_constant(x)
            y = self.slot(a.shape, f"{a.item():g}" if a.size == 1 else None)
            self.constants[y.slot] = a
            return y
        if x.tape is not self:
            raise TraceError(
                "a value of another trace is used here; keep nothing between two calls of a loss"
            )
        return x

    def record(self, kind, shape, index, inputs, arg, extent):
        """Append one instruction. index and inputs: letters for the result and for each (variable,
        letters)."""
        y = self.slot(shape, active=kind != ROWMAX and any(x.active for x, _ in inputs))
        self.records.append(
            Record(
                kind,
                y.at(index),
                tuple(x.at(letters) for x, letters in inputs),
                arg,
                extent,
                where(),
            )
        )
        return y

    def __str__(self):
        from .listing import tape_text

        return tape_text(self)

    def listing(self, program):
        """The program "value", "gradient" or "hvp" as text, one instruction a line, each with its
        formula."""
        from .listing import program_text

        return program_text(self, program)


class Var(Refusals):
    """A traced value: it knows its shape and its slot, and writes down what is done to it."""

    def __init__(self, tape, slot, shape, active):
        self.tape, self.slot, self.shape, self.active = tape, slot, shape, active
        self.ndim, self.size = 2, shape[0] * shape[1]

    def __repr__(self):
        return f"<traced value {self.tape.names[self.slot]}, {self.shape[0]} x {self.shape[1]}>"

    def at(self, letters):
        return Operand(
            self.slot, "".join("0" if n == 1 else c for c, n in zip(letters, self.shape))
        )

    def pair(self, kind, sign, z, arg=None):
        """y = x + z, x - z or x · z, element by element; a length of 1 stretches."""
        z = self.tape.lift(z)
        if any(a != b and 1 not in (a, b) for a, b in zip(self.shape, z.shape)):
            raise TraceError(
                "a {} x {} block {} a {} x {} block: lengths must agree or be 1".format(
                    *self.shape, sign, *z.shape
                )
            )
        shape = tuple(map(max, self.shape, z.shape))
        return self.tape.record(kind, shape, "ij", [(self, "ij"), (z, "ij")], arg, (*shape, 1))

    def one(self, kind, arg, shape=None, index="ij"):
        """y = A x or y = f(x), from one block."""
        return self.tape.record(
            kind, shape or self.shape, index, [(self, "ij")], arg, (*self.shape, 1)
        )

    def total(self, axis, c):
        """y = c · (the sum over everything, over the rows (axis=0) or over the columns (axis=1))"""
        return self.one(
            LINEAR, (c,), tuple(1 if axis in (None, k) else n for k, n in enumerate(self.shape))
        )

    def pointwise(self, name):
        return self.one(POINTWISE, name)

    def rowmax(self):
        return self.one(ROWMAX, None, (self.shape[0], 1))

    def transposed(self):
        return self.one(LINEAR, (1.0,), self.shape[::-1], "ji")

    def __matmul__(self, z):
        z = self.tape.lift(z)
        (m, k), (rows, n) = self.shape, z.shape
        if k != rows:
            raise TraceError(
                f"a {m} x {k} block @ a {rows} x {n} block: the inner lengths {k} and {rows} differ"
                + (" (a 1-D array acts as one row)" if 1 in (m, rows) else "")
            )
        return self.tape.record(BILINEAR, (m, n), "ij", [(self, "ip"), (z, "pj")], None, (m, n, k))

    def __mul__(self, z):
        if isinstance(z, Var) or np.ndim(z):
            return self.pair(BILINEAR, "*", z)
        return self.one(LINEAR, (check_constant(z).item(),))

    def __pow__(self, n):
        if isinstance(n, Var) or np.ndim(n) or n != 2:
            raise TraceError(
                "of the powers only x ** 2 is known; write x * x * x, tm.sqrt(x), tm.reciprocal(x) or tm.exp(n * tm.log(x))"
            )
        return self.pointwise("square")

    def __truediv__(self, z):
        if isinstance(z, Var):
            return self * self.tape.lift(z).pointwise("reciprocal")
        c = check_constant(z, divisor=True)
        return self * (c if c.size > 1 else c.item())

    def __rtruediv__(self, z):
        return self.pointwise("reciprocal") * z

    def __add__(self, z):
        return self.pair(LINEAR, "+", z, (1.0, 1.0))

    def __sub__(self, z):
        return self.pair(LINEAR, "-", z, (1.0, -1.0))

    def __rsub__(self, z):
        return self.tape.lift(z) - self

    def __rmatmul__(self, z):
        return self.tape.lift(z) @ self

    def __neg__(self):
        return self * -1.0

    __radd__, __rmul__, T = __add__, __mul__, property(transposed)
