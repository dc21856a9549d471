"""Losses as data, and the reference that they are tested against: an evaluator of its own, in plain
NumPy.

A `Program` is a list of steps over numbered values: the parameters first, then the data, then the
constants, then one value for each step. The same program runs with tinymaml's operations (traced,
or on plain arrays) and with the `Own` ones, on `Jet`s, which carry a tangent along v. With complex
numbers in them (the complex step) they give gradients and Hessian-vector products to rounding. They
share no rule with the package.
"""

import operator
import warnings
from dataclasses import dataclass

import numpy as np

import tinymaml as tm

H = 1e-30  # the complex step

# What a step may be, beside the functions tanh, sin, ..., sum and mean, which have the same names
# in `tm` and in `Own`: two values; a value and a number; one value.
ELEMENTWISE = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": operator.truediv,
}
OF_TWO = ("maximum", "minimum", "cross_entropy")  # functions of two values
SCALAR = {
    "x+c": lambda x, c: x + c,
    "c+x": lambda x, c: c + x,
    "x-c": lambda x, c: x - c,
    "c-x": lambda x, c: c - x,
    "x*c": lambda x, c: x * c,
    "c*x": lambda x, c: c * x,
    "x/c": lambda x, c: x / c,
    "c/x": lambda x, c: c / x,
}
METHODS = {
    "neg": lambda x: -x,
    "pos": lambda x: +x,
    "**2": lambda x: x**2,
    ".T": lambda x: x.T,
    "a@a.T": lambda x: x @ x.T,
}


class Jet:
    """An array (..., rows, columns), real or complex, and its tangent along v; leading axes are a
    batch."""

    __array_ufunc__ = None  # array + jet: NumPy leaves it to the jet

    noise = staticmethod(lambda array: array)  # replaced where the effect of rounding is measured

    def __init__(self, value, tangent=0.0):
        value = np.atleast_2d(np.asarray(value, complex))
        self.value = Jet.noise(value)
        self.tangent = Jet.noise(tangent + 0j * value)

    def __add__(self, z):
        z = jet(z)
        return Jet(self.value + z.value, self.tangent + z.tangent)

    def __neg__(self):
        return Jet(-self.value, -self.tangent)

    def __pos__(self):
        return self

    def __sub__(self, z):
        return self + (-jet(z))

    def __rsub__(self, z):
        return jet(z) - self

    def __mul__(self, z):
        z = jet(z)
        return Jet(self.value * z.value, self.tangent * z.value + self.value * z.tangent)

    def __matmul__(self, z):
        z = jet(z)
        return Jet(self.value @ z.value, self.tangent @ z.value + self.value @ z.tangent)

    def __rmatmul__(self, z):
        return jet(z) @ self

    def __truediv__(self, z):
        return self * Own.reciprocal(jet(z))

    def __rtruediv__(self, z):
        return jet(z) * Own.reciprocal(self)

    def __pow__(self, n):
        return Jet(self.value**n, n * self.value ** (n - 1) * self.tangent)

    @property
    def T(self):
        return Jet(self.value.swapaxes(-1, -2), self.tangent.swapaxes(-1, -2))

    __radd__ = __add__
    __rmul__ = __mul__


def jet(x):
    return x if isinstance(x, Jet) else Jet(x)


def chain_rule(f, slope):
    return staticmethod(lambda x: Jet(f(x.value), slope(x.value) * x.tangent))


def logistic(x):
    return 0.5 * (1 + np.tanh(x / 2))


class Own:
    """The operations on jets: textbook formulas, none of them tinymaml's."""

    tanh = chain_rule(np.tanh, lambda x: 1 / np.cosh(x) ** 2)
    sin = chain_rule(np.sin, np.cos)
    cos = chain_rule(np.cos, lambda x: -np.sin(x))
    exp = chain_rule(np.exp, np.exp)
    log = chain_rule(np.log, lambda x: 1 / x)
    sqrt = chain_rule(np.sqrt, lambda x: 0.5 / np.sqrt(x))
    square = chain_rule(lambda x: x**2, lambda x: 2 * x)
    reciprocal = chain_rule(lambda x: x**-1.0, lambda x: -(x**-2.0))
    relu = chain_rule(lambda x: np.where(x.real > 0, x, 0), lambda x: 1.0 * (x.real > 0))
    abs = chain_rule(lambda x: np.sign(x.real) * x, lambda x: np.sign(x.real))
    step = chain_rule(lambda x: 0j + np.heaviside(x.real, 0.5), lambda x: 0 * x)
    softplus = chain_rule(lambda x: np.log(1 + np.exp(x)), logistic)
    sigmoid = chain_rule(logistic, lambda x: 0.25 / np.cosh(x / 2) ** 2)

    @staticmethod
    def sum(x, axis=None):
        axes = {None: (-2, -1), 0: -2, 1: -1}[axis]
        return Jet(x.value.sum(axes, keepdims=True), x.tangent.sum(axes, keepdims=True))

    @staticmethod
    def mean(x, axis=None):
        rows, columns = x.value.shape[-2:]
        count = {None: rows * columns, 0: rows, 1: columns}[axis]
        total = Own.sum(x, axis)
        return Jet(total.value / count, total.tangent / count)

    @staticmethod
    def transpose(x):
        return x.T

    @staticmethod
    def logsumexp(x):
        return Own.log(Own.sum(Own.exp(x), axis=1))

    @staticmethod
    def softmax(x):
        return Own.exp(x) / Own.sum(Own.exp(x), axis=1)

    @staticmethod
    def cross_entropy(x, y):
        return -Own.mean(Own.sum(jet(y) * Own.log(Own.softmax(x)), axis=1))

    @staticmethod
    def maximum(x, z):
        return (jet(x) + z + Own.abs(jet(x) - z)) * 0.5

    @staticmethod
    def minimum(x, z):
        return (jet(x) + z - Own.abs(jet(x) - z)) * 0.5

    @staticmethod
    def reshape(x, rows, columns):
        shape = (*x.value.shape[:-2], rows, columns)
        return Jet(x.value.reshape(shape), x.tangent.reshape(shape))

    @staticmethod
    def cumsum(x, axis):
        axis -= 2  # of the last two
        return Jet(x.value.cumsum(axis), x.tangent.cumsum(axis))


def perform(functions, step, values):
    """One step. functions: `tm` or `Own`; values: the values before."""
    name, *arguments = step
    x = values[arguments[0]]
    if name == "@":
        return x @ values[arguments[1]]
    if name in ELEMENTWISE:
        return ELEMENTWISE[name](x, values[arguments[1]])
    if name in SCALAR:
        return SCALAR[name](x, arguments[1])
    if name in METHODS:
        return METHODS[name](x)
    function = getattr(functions, name)
    if name in OF_TWO:
        return function(x, values[arguments[1]])
    if name in ("sum", "mean", "cumsum"):
        return function(x, axis=arguments[1])
    return function(x, *arguments[1:])


@dataclass(frozen=True, eq=False)
class Program:
    """A loss as data."""

    params: tuple  # shapes
    data_shapes: tuple
    steps: tuple
    numbers: tuple  # the arrays of parameters, data and constants, in this order

    @property
    def names(self):
        return [f"p{k}" for k in range(len(self.params))]

    @property
    def loss(self):
        return tm.Loss(self.on(tm), self.plain(self.w))

    def plain(self, w):
        """The parameters with the shapes that they were given."""
        arrays = {}
        for (name, block), shape in zip(self.split(w).items(), self.params, strict=True):
            arrays[name] = block.reshape(shape)
        return arrays

    @property
    def w(self):
        return np.concatenate([np.ravel(array) for array in self.numbers[: len(self.params)]])

    @property
    def data(self):
        return self.numbers[len(self.params) :][: len(self.data_shapes)]

    @property
    def constants(self):
        return self.numbers[len(self.params) + len(self.data_shapes) :]

    def on(self, functions):
        """The loss (p, *data) -> 1 x 1 with the functions of `tm` or `Own`."""

        def loss(p, *data):
            values = [*p.values(), *data, *self.constants]
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", tm.BroadcastWarning)
                for step in self.steps:
                    values.append(perform(functions, step, values))
            return values[-1]

        return loss

    def split(self, w):
        """The parameters as 2-D blocks of w (..., P)."""
        sizes = [np.prod(shape, dtype=int) for shape in self.params]
        parts = np.split(w, np.cumsum(sizes)[:-1], axis=-1)
        blocks = {}
        for name, shape, part in zip(self.names, self.params, parts, strict=True):
            rows_and_columns = (1,) * (2 - len(shape)) + shape
            blocks[name] = part.reshape(*w.shape[:-1], *rows_and_columns)
        return blocks

    def reference(self, w, v):
        """(value, gradient, Hessian-vector product) at w along v, by complex step of the value and
        of the tangent."""
        # a batch of P points, each w moved along one coordinate
        points = self.split(w + 1j * H * np.eye(len(w)))
        tangents = self.split(v)
        p = {name: Jet(points[name], tangents[name]) for name in self.names}
        y = self.on(Own)(p, *map(Jet, self.data))
        value = y.value[0, 0, 0].real
        gradient = y.value[:, 0, 0].imag / H
        hvp = y.tangent[:, 0, 0].imag / H
        return value, gradient, hvp

    def scales(self, w, v):
        """How far the three results of `reference` move for each unit of relative error made anew
        in every number that is computed, real part, imaginary part and tangent apart: the size that
        rounding is to be compared with."""
        exact = self.reference(w, v)
        delta = 1e-7
        scales = [np.abs(result).max() for result in exact]
        exactly = Jet.noise
        for seed in range(3):
            Jet.noise = relative_noise(delta, seed)
            try:
                moved = self.reference(w, v)
            finally:
                Jet.noise = exactly
            for k in range(3):
                scales[k] = max(scales[k], np.abs(moved[k] - exact[k]).max() / delta)
        return scales


def relative_noise(delta, seed):
    """A function that moves the numbers of an array by up to delta of their size, real and
    imaginary parts apart; all points of a batch alike."""
    rng = np.random.default_rng(seed)

    def noise(array):
        real, imag = 1 + delta * rng.uniform(-1, 1, (2, *array.shape[-2:]))
        return array.real * real + 1j * array.imag * imag

    return noise


def fixed(params, data, constants, *steps):
    """A program written by hand; its numbers are drawn here."""
    rng = np.random.default_rng(0)
    numbers = []
    for shape in (*params, *data, *constants):
        numbers.append(rng.uniform(0.3, 1.5, shape) * rng.choice([-1.0, 1.0], shape))
    return Program(tuple(params), tuple(data), steps, tuple(numbers))
