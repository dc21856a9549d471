"""Losses as data, and the reference that they are tested against: an evaluator of its own, in plain
NumPy.

A `Program` is a list of steps over numbered values: the parameters first, then the data, then the
constants, then one value for each step. The same program runs with tinymaml's operations (traced,
or on plain arrays) and with the `Own` ones, on `Jet`s, which carry a tangent along v. With complex
numbers in them (the complex step) they give gradients and Hessian-vector products to rounding. They
share no rule with the package.
"""

from typing import NamedTuple

import numpy as np

import tinymaml as tm

ELEMENTWISE, SCALAR, METHODS = (
    ("+", "-", "*", "/"),
    ("x+c", "c+x", "x-c", "c-x", "x*c", "c*x", "x/c", "c/x"),
    ("neg", "**2", ".T", "a@a.T"),
)
H = 1e-30  # the complex step


class Jet:
    """An array (..., rows, columns), real or complex, and its tangent along v; leading axes are a
    batch."""

    __array_ufunc__ = None  # array + jet: NumPy leaves it to the jet

    noise = staticmethod(lambda a: a)  # replaced where the effect of rounding is measured

    def __init__(self, a, d=0.0):
        a = np.atleast_2d(np.asarray(a, complex))
        self.a, self.d = Jet.noise(a), Jet.noise(d + 0j * a)

    def __add__(self, z):
        z = jet(z)
        return Jet(self.a + z.a, self.d + z.d)

    def __neg__(self):
        return Jet(-self.a, -self.d)

    def __sub__(self, z):
        return self + (-jet(z))

    def __rsub__(self, z):
        return jet(z) - self

    def __mul__(self, z):
        z = jet(z)
        return Jet(self.a * z.a, self.d * z.a + self.a * z.d)

    def __matmul__(self, z):
        z = jet(z)
        return Jet(self.a @ z.a, self.d @ z.a + self.a @ z.d)

    def __rmatmul__(self, z):
        return jet(z) @ self

    def __truediv__(self, z):
        return self * Own.reciprocal(jet(z))

    def __rtruediv__(self, z):
        return jet(z) * Own.reciprocal(self)

    def __pow__(self, n):
        return Jet(self.a**n, n * self.a ** (n - 1) * self.d)

    T = property(lambda self: Jet(self.a.swapaxes(-1, -2), self.d.swapaxes(-1, -2)))
    __radd__, __rmul__ = __add__, __mul__


def jet(x):
    return x if isinstance(x, Jet) else Jet(x)


def chain(f, slope):
    return staticmethod(lambda x: Jet(f(x.a), slope(x.a) * x.d))


def reduction(divide):
    def reduce(x, axis=None):
        axes = {None: (-2, -1), 0: -2, 1: -1}[axis]
        n = np.prod([x.a.shape[k] for k in np.atleast_1d(axes)]) if divide else 1
        return Jet(x.a.sum(axes, keepdims=True) / n, x.d.sum(axes, keepdims=True) / n)

    return staticmethod(reduce)


class Own:
    """The operations on jets: textbook formulas, none of them tinymaml's."""

    tanh = chain(np.tanh, lambda x: 1 / np.cosh(x) ** 2)
    sin, cos, exp = (
        chain(np.sin, np.cos),
        chain(np.cos, lambda x: -np.sin(x)),
        chain(np.exp, np.exp),
    )
    log, sqrt = chain(np.log, lambda x: 1 / x), chain(np.sqrt, lambda x: 0.5 / np.sqrt(x))
    square, reciprocal = (
        chain(lambda x: x**2, lambda x: 2 * x),
        chain(lambda x: x**-1.0, lambda x: -(x**-2.0)),
    )
    relu = chain(lambda x: np.where(x.real > 0, x, 0), lambda x: np.where(x.real > 0, 1.0, 0.0))
    softplus = chain(lambda x: np.log(1 + np.exp(x)), lambda x: 0.5 * (1 + np.tanh(x / 2)))
    sigmoid = chain(lambda x: 0.5 * (1 + np.tanh(x / 2)), lambda x: 0.25 / np.cosh(x / 2) ** 2)
    sum, mean = reduction(False), reduction(True)
    transpose = staticmethod(lambda x: x.T)
    logsumexp = staticmethod(lambda x: Own.log(Own.sum(Own.exp(x), axis=1)))


def perform(f, step, values):
    """One step. f: where the functions come from, `tm` or `Own`; values: what there is already."""
    op, *args = step
    x = values[args[0]]
    if op in ELEMENTWISE or op == "@":
        z = values[args[1]]
        return {
            "+": lambda: x + z,
            "-": lambda: x - z,
            "*": lambda: x * z,
            "/": lambda: x / z,
            "@": lambda: x @ z,
        }[op]()
    if op in SCALAR:
        return eval(op, {"x": x, "c": args[1]})
    if op in METHODS:
        return {
            "neg": lambda: -x,
            "**2": lambda: x**2,
            ".T": lambda: x.T,
            "a@a.T": lambda: x @ x.T,
        }[op]()
    return getattr(f, op)(x, **({"axis": args[1]} if op in ("sum", "mean") else {}))


class Program(NamedTuple):
    """A loss as data. params, data: shapes; numbers: the arrays of parameters, data and constants,
    in this order."""

    params: tuple
    data_shapes: tuple
    steps: tuple
    numbers: tuple

    @property
    def names(self):
        return [f"p{k}" for k in range(len(self.params))]

    @property
    def loss(self):
        return tm.Loss(self.on(tm), self.plain(self.w))

    def plain(self, w):
        """The parameters with the shapes that they were given."""
        return {
            name: block.reshape(shape)
            for (name, block), shape in zip(self.split(w).items(), self.params)
        }

    @property
    def w(self):
        return np.concatenate([np.ravel(a) for a in self.numbers[: len(self.params)]])

    @property
    def data(self):
        return self.numbers[len(self.params) : len(self.params) + len(self.data_shapes)]

    def on(self, f):
        """The loss (p, *data) -> 1 x 1 with the functions of f."""

        def loss(p, *data):
            values = [*p.values(), *data, *self.numbers[len(self.params) + len(self.data_shapes) :]]
            for step in self.steps:
                values.append(perform(f, step, values))
            return values[-1]

        return loss

    def split(self, w):
        """The parameters as 2-D blocks of w (..., P)."""
        blocks, at = {}, 0
        for name, shape in zip(self.names, self.params):
            shape2 = (1,) * (2 - len(shape)) + shape
            blocks[name] = w[..., at : at + np.prod(shape, dtype=int)].reshape(
                *w.shape[:-1], *shape2
            )
            at += np.prod(shape, dtype=int)
        return blocks

    def reference(self, w, v):
        """(value, gradient, Hessian-vector product) at w along v, by complex step of the value and
        of the tangent."""
        points = self.split(
            w + 1j * H * np.eye(len(w))
        )  # a batch of P points, each w moved along one coordinate
        y = self.on(Own)(
            {name: Jet(points[name], d) for name, d in self.split(v).items()}, *map(Jet, self.data)
        )
        return y.a[0, 0, 0].real, y.a[:, 0, 0].imag / H, y.d[:, 0, 0].imag / H

    def scales(self, w, v):
        """How far the three results of `reference` move for each unit of relative error made anew
        in every number that is computed, real part, imaginary part and tangent apart: the size that
        rounding is to be compared with."""
        exact, delta = self.reference(w, v), 1e-7
        scales = [np.abs(r).max() for r in exact]
        for seed in range(3):
            rng = np.random.default_rng(seed)

            def noise(a):
                real, imag = 1 + delta * rng.uniform(-1, 1, (2, *a.shape[-2:]))
                return a.real * real + 1j * a.imag * imag

            Jet.noise = noise
            try:
                moved = self.reference(w, v)
            finally:
                Jet.noise = lambda a: a
            scales = [max(s, np.abs(m - r).max() / delta) for s, m, r in zip(scales, moved, exact)]
        return scales


def fixed(params, data, constants, *steps):
    """A program written by hand; its numbers are drawn here."""
    rng = np.random.default_rng(0)
    numbers = [
        rng.uniform(0.3, 1.5, s) * rng.choice([-1.0, 1.0], s) for s in (*params, *data, *constants)
    ]
    return Program(tuple(params), tuple(data), steps, tuple(numbers))
