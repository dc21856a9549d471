"""Another engine for the blank page 03.engine than the course's, to be spoiled in known ways.

It carries pairs of a block and its dot through both sweeps, so that no second rule is written.
"""

ENGINE = '''class Pair:
    """A block and its dot, which every operation carries along."""

    def __init__(self, at, dot):
        self.at, self.dot = at, dot

    def __add__(self, z):
        return Pair(self.at + z.at, self.dot + z.dot)

    def __mul__(self, z):
        return Pair(self.at * z.at, self.at * z.dot + self.dot * z.at)

    def __matmul__(self, z):
        return Pair(self.at @ z.at, self.at @ z.dot + self.dot @ z.at)

    def sum(self, axes):
        return Pair(self.at.sum(axes, keepdims=True), self.dot.sum(axes, keepdims=True))

    T = property(lambda self: Pair(self.at.T, self.dot.T))


class Node:
    """A line of a tape: a pair, and for each input what it passes back, itself made of pairs."""

    __array_ufunc__ = None

    def __init__(self, tape, pair, back):
        self.tape, self.pair, self.back = tape, pair, back
        self.shape = pair.at.shape
        self.bar = Pair(np.zeros(self.shape), np.zeros(self.shape))
        tape.append(self)

    def lift(self, x):
        if isinstance(x, Node):
            return x
        at = np.array(x, float, ndmin=2)
        return Node(self.tape, Pair(at, 0 * at), [])

    def __add__(self, other):
        z = self.lift(other)
        return Node(self.tape, self.pair + z.pair, [(self, lambda bar: bar), (z, lambda bar: bar)])

    def __mul__(self, other):
        x, z = self.pair, self.lift(other)
        back = [(self, lambda bar: bar * z.pair), (z, lambda bar: bar * x)]
        return Node(self.tape, x * z.pair, back)

    def __matmul__(self, other):
        x, z = self.pair, self.lift(other)
        back = [(self, lambda bar: bar @ z.pair.T), (z, lambda bar: x.T @ bar)]
        return Node(self.tape, x @ z.pair, back)

    __radd__, __rmul__ = __add__, __mul__
    __neg__ = lambda self: self * -1.0
    __sub__ = lambda self, z: self + self.lift(z) * -1.0
    __rsub__ = lambda self, z: self * -1.0 + z
    __rmatmul__ = lambda self, z: self.lift(z) @ self


def tanh(x):
    if not isinstance(x, Node):
        return np.tanh(x)
    y = np.tanh(x.pair.at)
    slope = Pair(1 - y * y, -2 * y * (1 - y * y) * x.pair.dot)
    return Node(x.tape, Pair(y, slope.at * x.pair.dot), [(x, lambda bar: bar * slope)])


def total(x):
    if not isinstance(x, Node):
        return np.sum(x, keepdims=True)
    ones = Pair(np.ones(x.shape), np.zeros(x.shape))
    return Node(x.tape, x.pair.sum((0, 1)), [(x, lambda bar: bar * ones)])


class Loss:
    def __init__(self, function, params):
        self.function = function
        self.shapes = {name: np.atleast_2d(x).shape for name, x in params.items()}

    def flatten(self, params):
        return np.concatenate([np.ravel(params[name]) for name in self.shapes])

    def blocks(self, w):
        ends = np.cumsum([m * n for m, n in self.shapes.values()])[:-1]
        return [x.reshape(shape) for x, shape in zip(np.split(w, ends), self.shapes.values())]

    def back(self, w, v, data):
        tape = []
        inputs = [Node(tape, Pair(*both), []) for both in zip(self.blocks(w), self.blocks(v))]
        others = [Node(tape, Pair(x, 0 * x), []) for x in data]
        loss = self.function(dict(zip(self.shapes, inputs)), *others)
        loss.bar = Pair(np.ones((1, 1)), np.zeros((1, 1)))
        for node in reversed(tape):
            for x, passed in node.back:
                part = passed(node.bar)
                part = part.sum(tuple(k for k in (0, 1) if x.shape[k] < part.at.shape[k]))
                x.bar = x.bar + part
        return loss, inputs

    def value(self, w, *data):
        return float(self.back(w, 0 * w, data)[0].pair.at[0, 0])

    def gradient(self, w, *data):
        return np.concatenate([x.bar.at.ravel() for x in self.back(w, 0 * w, data)[1]])

    def hvp(self, w, v, *data):
        return np.concatenate([x.bar.dot.ravel() for x in self.back(w, v, data)[1]])
'''


def engine_answer(*changes):
    """The text of an answer: the engine above, with pieces of it replaced.

    changes: pairs of a piece and what stands there.
    """
    code = ENGINE
    for old, new in changes:
        if old not in code:
            raise ValueError(f"the engine has no piece {old!r}")
        code = code.replace(old, new)
    return code


SHRUNK = "part = part.sum(tuple(k for k in (0, 1) if x.shape[k] < part.at.shape[k]))"
STILL = "Pair(z.pair.at, 0 * z.pair.dot)"
REMEMBERING = (
    ("self.function = function", "self.function, self.known = function, {}"),
    (
        "return loss, inputs",
        "return self.known.setdefault(w.size and v.any(), (loss, inputs))",
    ),
)
GATHERING = (
    ("self.function = function", "self.function, self.sums = function, 0.0"),
    (
        "        return np.concatenate([x.bar.at.ravel() for x in self.back(w, 0 * w, data)[1]])",
        "        bars = self.back(w, 0 * w, data)[1]\n"
        "        self.sums = self.sums + np.concatenate([x.bar.at.ravel() for x in bars])\n"
        "        return self.sums.copy()",
    ),
)
