"""Engines for the blank page 03.engine: wrong ones, and right ones in other styles."""

from tinymaml.course.exercises.engine import engine_answer

PUSHED = """tanh = np.tanh


def total(x):
    return np.sum(x, keepdims=True)


class Loss:
    def __init__(self, function, params):
        self.function = function
        self.shapes = {name: np.atleast_2d(x).shape for name, x in params.items()}

    def flatten(self, params):
        return np.concatenate([np.ravel(params[name]) for name in self.shapes])

    def run(self, w, data):
        p, start = {}, 0
        for name, (m, n) in self.shapes.items():
            p[name] = w[start : start + m * n].reshape(m, n)
            start += m * n
        return self.function(p, *data).item()

    def value(self, w, *data):
        return self.run(w, data)

    def gradient(self, w, *data):
        return np.array([self.run(w + 1e-20j * e, data).imag for e in np.eye(w.size)]) * 1e20

    def hvp(self, w, v, *data):
        return (self.gradient(w + 1e-5 * v, *data) - self.gradient(w - 1e-5 * v, *data)) / 2e-5
"""
PACKAGE = """import tinymaml as tm
Loss, tanh, total = tm.Loss, tm.tanh, tm.sum"""
BY_NAME = """import importlib
tm = importlib.import_module("tinymaml")
Loss, tanh, total = tm.Loss, tm.tanh, tm.sum"""
ROWS_ONLY = engine_answer(("for k in (0, 1) if", "for k in (0,) if"))
COLUMNS_ONLY = engine_answer(("for k in (0, 1) if", "for k in (1,) if"))
SPOILS = engine_answer(("        tape = []", "        v *= 2\n        tape = []"))
FIRST_DATA = engine_answer(
    ("self.function = function", "self.function, self.data = function, {}"),
    (
        "        tape = []",
        "        data = self.data.setdefault(len(data), data)\n        tape = []",
    ),
)
ONE_TAPE = engine_answer(
    ("        tape = []\n", "        tape = TAPE\n"), ("class Node", "TAPE = []\n\n\nclass Node")
)
KEEPS_V = engine_answer(
    ("self.function = function", "self.function, self.v = function, {}"),
    (
        "self.back(w, v, data)[1]]",
        "self.back(w, self.v.setdefault(w.tobytes(), v.copy()), data)[1]]",
    ),
)
SMALL = """class Var:
    __array_ufunc__ = None

    def __init__(self, value, inputs=()):
        self.value = np.array(value, ndmin=2)
        self.inputs = inputs
        self.bar = 0
        self.shape = self.value.shape

    def __add__(x, z):
        x, z = var(x), var(z)
        return Var(x.value + z.value, [(x, lambda bar: bar), (z, lambda bar: bar)])

    def __mul__(x, z):
        x, z = var(x), var(z)
        back = [(x, lambda bar: bar * z.value), (z, lambda bar: bar * x.value)]
        return Var(x.value * z.value, back)

    def __matmul__(x, z):
        x, z = var(x), var(z)
        back = [(x, lambda bar: bar @ z.value.T), (z, lambda bar: x.value.T @ bar)]
        return Var(x.value @ z.value, back)

    __radd__, __rmul__ = __add__, __mul__

    def __rmatmul__(self, other):
        return var(other) @ self

    def __neg__(self):
        return -1 * self

    def __sub__(self, other):
        return self + -1 * var(other)

    def __rsub__(self, other):
        return other + -1 * self


def var(x):
    return x if isinstance(x, Var) else Var(x)


def tanh(x):
    y = np.tanh(var(x).value)
    return Var(y, [(var(x), lambda bar: bar * (1 - y * y))])


def total(x):
    return Var(var(x).value.sum(), [(var(x), lambda bar: bar * np.ones(var(x).shape))])


def in_order(var, seen, order):
    if var not in seen:
        seen.add(var)
        for x, _ in var.inputs:
            in_order(x, seen, order)
        order.append(var)
    return order


def sweep(loss):
    loss.bar = np.ones((1, 1))
    for var in reversed(in_order(loss, set(), [])):
        for x, back in var.inputs:
            part = back(var.bar)
            for axis in 0, 1:
                if x.shape[axis] == 1:
                    part = part.sum(axis, keepdims=True)
            x.bar = x.bar + part


class Loss:
    def __init__(self, function, params):
        self.function, self.params = function, {k: np.atleast_2d(x) for k, x in params.items()}

    def flatten(self, params):
        return np.hstack([np.array(params[name]).flatten() for name in self.params])

    def run(self, w, data):
        p = {}
        for name, block in self.params.items():
            p[name], w = Var(w[: block.size].reshape(block.shape)), w[block.size :]
        return self.function(p, *data), p

    def value(self, w, *data):
        return float(self.run(w, data)[0].value.item())

    def gradient(self, w, *data):
        loss, p = self.run(w, data)
        sweep(loss)
        return np.hstack([(x.bar + 0 * x.value).flatten() for x in p.values()])

    def hvp(self, w, v, *data):
        return self.gradient(w + 1e-20j * v, *data).imag * 1e20
"""
PATHS = SMALL.replace(
    """    loss.bar = np.ones((1, 1))
    for var in reversed(in_order(loss, set(), [])):
        for x, back in var.inputs:
            part = back(var.bar)
            for axis in 0, 1:
                if x.shape[axis] == 1:
                    part = part.sum(axis, keepdims=True)
            x.bar = x.bar + part
""",
    """    loss.bar = np.ones((1, 1))
    follow(loss, loss.bar)


def follow(var, bar):
    for x, back in var.inputs:
        part = back(bar)
        for axis in 0, 1:
            if x.shape[axis] == 1:
                part = part.sum(axis, keepdims=True)
        x.bar = x.bar + part
        follow(x, part)
""",
)
assert PATHS != SMALL

WRONG = [
    ("bypassed", PUSHED),
    ("few sizes", ROWS_ONLY),
    ("ignored argument", FIRST_DATA),
    ("few sizes", COLUMNS_ONLY),
    ("smuggled", PACKAGE),
    ("smuggled", BY_NAME),
    ("spoils inputs", SPOILS),
    ("does not fit", ONE_TAPE),
    ("does not fit", KEEPS_V),
    ("does not fit", PATHS),
    ("slip", SMALL.replace("def __rsub__", "def __rsubtract__")),
    ("slip", SMALL.replace("other + -1 * self", "self + -1 * var(other)")),
    ("slip", SMALL.replace("    __array_ufunc__ = None\n", "")),
]
RIGHT = [SMALL]
