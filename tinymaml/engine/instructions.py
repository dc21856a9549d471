"""What a tape and a program consist of."""

from typing import NamedTuple

LINEAR, BILINEAR, POINTWISE, ROWMAX = "linear", "bilinear", "pointwise", "rowmax"


class Operand(NamedTuple):
    """A block as one instruction reads or writes it. `plane` says which of the slot's blocks: "" is
    its value."""

    slot: int
    index: str  # "ij", "0j", "pi", ...
    plane: str = ""
    bar = property(lambda self: self._replace(plane="bar"))  # the adjoint
    dot = property(lambda self: self._replace(plane="dot"))  # the tangent
    bar_dot = property(
        lambda self: self._replace(plane="bar_dot")
    )  # the adjoint's tangent: (Hessian · v) at the parameters
    slope = property(lambda self: self._replace(plane="slope"))  # f'(x) of a pointwise instruction
    slope_dot = property(
        lambda self: self._replace(plane="slope_dot")
    )  # its tangent, f''(x) · x_dot
    key = property(lambda self: (self.slot, self.plane))


class Record(NamedTuple):
    """One instruction of a tape."""

    kind: str
    out: Operand
    ins: tuple[Operand, ...]
    arg: object  # linear: a coefficient for each input; pointwise: the function's name
    extent: tuple[int, int, int]  # how far i, j and p run
    where: str  # the line of the loss that it came from


class Line(NamedTuple):
    """One call of a kernel."""

    kernel: str
    outs: tuple[Operand, ...]
    ins: tuple[Operand, ...]
    arg: object = None  # linear: the coefficient; apply, curve: the function's name
    extent: tuple[int, int, int] = (1, 1, 1)  # how far i, j and p run
    store: bool = False  # the first write to a block stores, later ones accumulate
    sweep: str = ""
    origin: int = -1  # which record of the tape it came from


def linear(o, x, c):
    return Line("linear", (o,), (x,), c)


def contract(o, x, z):
    return Line("contract", (o,), (x, z))


def apply(o, s, x, f):
    return Line("apply", (o, s), (x,), f)


def curve(t, y, s, d, f):
    return Line("curve", (t,), (y, s, d), f)
