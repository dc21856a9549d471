"""A loss becomes a list of instructions (lesson 01).

Calling the loss once with `Var`s in place of arrays records what it does: a **tape** (Wengert list), straight-line, in
which every slot is a 2-D block. Only three kinds of instruction occur, each written with index letters:

    linear      y[i,j] = c · x[0,j] + ...          add, subtract, scale, broadcast, sum, mean, transpose
    bilinear    y[i,j] = Σ_p x[i,p] · z[p,j]       multiply, matmul
    pointwise   y[i,j] = f(x[i,j])                 tanh, sin, exp, ...

An index is two of the letters i, j, p; a 0 stands where the block has one row or one column. A letter that an input lacks
is a broadcast, one that the output lacks is a sum, swapped letters are a transpose: the kernels need to know no more.
"""
from typing import NamedTuple

import numpy as np

from .refusals import Refusals, TraceError, where

LINEAR, BILINEAR, POINTWISE, ROWMAX = "linear", "bilinear", "pointwise", "rowmax"


class Operand(NamedTuple):
    """A block as one instruction reads or writes it. `plane` says which of the slot's blocks: "" is its value."""
    slot: int
    index: str                                              # "ij", "0j", "pi", ...
    plane: str = ""
    bar = property(lambda self: self._replace(plane="bar"))                 # the adjoint
    dot = property(lambda self: self._replace(plane="dot"))                 # the tangent
    bar_dot = property(lambda self: self._replace(plane="bar_dot"))         # the adjoint's tangent: (Hessian · v) at the parameters
    slope = property(lambda self: self._replace(plane="slope"))             # f'(x) of a pointwise instruction
    slope_dot = property(lambda self: self._replace(plane="slope_dot"))     # its tangent, f''(x) · x_dot
    key = property(lambda self: (self.slot, self.plane))


class Record(NamedTuple):
    """One instruction of a tape."""
    kind: str
    out: Operand
    ins: tuple[Operand, ...]
    arg: object                                             # linear: a coefficient for each input; pointwise: the function's name
    extent: tuple[int, int, int]                            # how far i, j and p run
    where: str                                              # the line of the loss that it came from


class Tape:
    """What one loss does to data of one shape: `records`, and the shape, name or constant value of every slot."""

    def __init__(self):
        self.shapes, self.names, self.records, self.constants = [], [], [], {}
        self.parameters, self.data, self.loss, self.title = [], [], None, ""
        self.programs = {}                                  # written once each, by sweeps.program

    def slot(self, shape, name=None, active=False):
        self.names.append(name or f"v{len(self.shapes)}")
        self.shapes.append(shape)
        return Var(self, len(self.shapes) - 1, shape, active)

    def lift(self, x):
        """`x` itself if it is on this tape, else a new constant slot."""
        if isinstance(x, Var):
            if x.tape is not self:
                raise TraceError("a value of another trace is used here; keep nothing between two calls of a loss")
            return x
        y = self.slot((a := constant(x)).shape)
        self.names[y.slot] = f"{a.item():g}" if a.size == 1 else f"c{y.slot}"
        self.constants[y.slot] = a
        return y

    def record(self, kind, shape, index, inputs, arg, extent):
        """Append one instruction. index and inputs: letters for the result and for each (variable, letters)."""
        y = self.slot(shape, active=kind != ROWMAX and any(x.active for x, _ in inputs))
        self.records.append(Record(kind, y.at(index), tuple(x.at(letters) for x, letters in inputs), arg, extent, where()))
        return y

    def __str__(self):
        from .listing import tape_text
        return tape_text(self)

    def listing(self, program):
        """The program "value", "gradient" or "hvp" as text, one instruction a line, each with its formula."""
        from .listing import program_text
        return program_text(self, program)


class Var(Refusals):
    """A traced value: it knows its shape and its slot, and writes down what is done to it."""

    def __init__(self, tape, slot, shape, active):
        self.tape, self.slot, self.shape, self.active = tape, slot, shape, active

    def at(self, letters):
        return Operand(self.slot, "".join("0" if n == 1 else c for c, n in zip(letters, self.shape)))

    def combine(self, z, sign):
        """y = x ± z"""
        z = self.tape.lift(z)
        shape = broadcast(self, z, "+" if sign > 0 else "-")
        return self.tape.record(LINEAR, shape, "ij", [(self, "ij"), (z, "ij")], (1.0, sign), (*shape, 1))

    def scaled(self, c):
        """y = c · x"""
        return self.tape.record(LINEAR, self.shape, "ij", [(self, "ij")], (float(constant(c).item()),), (*self.shape, 1))

    def multiply(self, z):
        """y = x · z, element by element"""
        z = self.tape.lift(z)
        shape = broadcast(self, z, "*")
        return self.tape.record(BILINEAR, shape, "ij", [(self, "ij"), (z, "ij")], None, (*shape, 1))

    def matmul(self, z):
        """y[i,j] = Σ_p x[i,p] · z[p,j]"""
        (m, k), (rows, n) = self.shape, z.shape
        if k != rows:
            raise TraceError(f"a {m} x {k} block @ a {rows} x {n} block: the inner lengths {k} and {rows} differ"
                             + (" (a 1-D array acts as one row)" if rows == 1 or m == 1 else ""))
        return self.tape.record(BILINEAR, (m, n), "ij", [(self, "ip"), (z, "pj")], None, (m, n, k))

    def transposed(self):
        m, n = self.shape
        return self.tape.record(LINEAR, (n, m), "ji", [(self, "ij")], (1.0,), (m, n, 1))

    def total(self, axis, c):
        """y = c · (sum over everything, over the rows (axis=0) or over the columns (axis=1))"""
        m, n = self.shape
        shape = (1 if axis in (None, 0) else m, 1 if axis in (None, 1) else n)
        return self.tape.record(LINEAR, shape, "ij", [(self, "ij")], (c,), (m, n, 1))

    def pointwise(self, name):
        return self.tape.record(POINTWISE, self.shape, "ij", [(self, "ij")], name, (*self.shape, 1))

    def rowmax(self):
        """The largest of each row, as a constant: its derivative is taken to be zero (see `logsumexp`)."""
        m, n = self.shape
        return self.tape.record(ROWMAX, (m, 1), "ij", [(self, "ij")], None, (m, n, 1))

    def power(self, n):
        if isinstance(n, Var) or n != 2:
            raise TraceError("of the powers only x ** 2 is known; write x * x * x, tm.sqrt(x), tm.reciprocal(x) or tm.exp(n * tm.log(x))")
        return self.pointwise("square")

    def __add__(self, z): return self.combine(z, 1.0)
    def __sub__(self, z): return self.combine(z, -1.0)
    def __rsub__(self, z): return self.tape.lift(z).combine(self, -1.0)
    def __mul__(self, z): return self.scaled(z) if np.ndim(z) == 0 and not isinstance(z, Var) else self.multiply(z)
    def __truediv__(self, z): return self * (1.0 / constant(z) if not isinstance(z, Var) else self.tape.lift(z).pointwise("reciprocal"))
    def __rtruediv__(self, z): return self.pointwise("reciprocal") * z
    def __matmul__(self, z): return self.matmul(self.tape.lift(z))
    def __rmatmul__(self, z): return self.tape.lift(z).matmul(self)
    def __neg__(self): return self.scaled(-1.0)
    def __pow__(self, n): return self.power(n)
    T = property(transposed)
    __radd__, __rmul__ = __add__, __mul__


def constant(x):
    """A Python number or a NumPy array of floats as a 2-D float64 array; a 1-D array is one row."""
    a = np.asarray(x)
    if a.ndim > 2 or a.size == 0:
        raise TraceError(f"a constant has shape {a.shape}; blocks have two dimensions, none of them 0")
    if not (np.issubdtype(a.dtype, np.floating) or a.ndim == 0 and a.dtype.kind in "iu"):
        raise TraceError(f"a constant is of type {a.dtype if isinstance(x, (np.ndarray, np.generic)) else type(x).__name__}; "
                         "write a Python number or an array of floats (np.asarray(c, float))")
    a = np.array(a, float, ndmin=2)
    if not np.isfinite(a).all():
        raise TraceError("a constant contains NaN or infinity")
    return a


def broadcast(x, z, sign):
    """The common shape of two blocks; a length of 1 stretches."""
    if any(a != b and 1 not in (a, b) for a, b in zip(x.shape, z.shape)):
        (a, b), (c, d) = x.shape, z.shape
        raise TraceError(f"a {a} x {b} block {sign} a {c} x {d} block: lengths must agree or be 1")
    return tuple(max(a, b) for a, b in zip(x.shape, z.shape))
