"""Random losses for hypothesis: every operation, slots used again, broadcasting, constants, one-row
data.

Every value stays near 1 and away from kinks and poles, so that derivatives are well-conditioned and
errors are rounding.
"""

import numpy as np
from hypothesis import strategies as st

from helpers.reference import ELEMENTWISE, METHODS, OF_TWO, SCALAR, Jet, Own, Program, perform

UNARY = (
    "tanh", "sin", "cos", "exp", "log", "sqrt", "square", "relu", "softplus", "sigmoid",
    "reciprocal", "transpose", "logsumexp", "softmax", "abs", "step",
)  # fmt: skip
KINDS = {
    "elementwise": 4,
    "matmul": 3,
    "unary": 5,
    "reduce": 1,
    "scalar": 1,
    "method": 1,
    "reshape": 2,
    "of_two": 1,
}
WEIGHTED_KINDS = [kind for kind, weight in KINDS.items() for _ in range(weight)]
NUMBERS = [2, -1, 0.5, -1.7, np.float64(1.3), np.float32(0.75)]


def broadcast(shape, other):
    return all(n == m or 1 in (n, m) for n, m in zip(shape, other, strict=True))


class Builder:
    """Appends steps to a program, and knows what their values are.

    Values are numbered: parameters, data, constants, then one for each step.
    """

    def __init__(self, parameters, data, numbers):
        n = len(numbers)
        self.parameters = parameters  # how many
        self.steps = []
        self.values = [Jet(array) for array in numbers]
        self.flat = [np.ndim(array) == 1 for array in numbers]  # 1-D in a call with plain arrays
        self.plain = [k >= parameters + data for k in range(n)]  # constants, never traced
        self.active = [k < parameters for k in range(n)]  # depends on a parameter
        self.used = set()

    def append(self, *step, flat=False):
        """-> the number of the step's value."""
        has_two = step[0] in (*ELEMENTWISE, "@", *OF_TWO)
        operands = step[1:3] if has_two else step[1:2]
        self.steps.append(step)
        self.values.append(perform(Own, step, self.values))
        self.flat.append(flat)
        self.plain.append(False)
        self.active.append(any(self.active[k] for k in operands))
        self.used.update(operands)
        return len(self.values) - 1

    def shape(self, x):
        return self.values[x].value.shape

    def tame(self, x, most=3.0):
        """x, divided so that no entry is larger than `most`."""
        size = np.abs(self.values[x].value.real).max()
        if size <= most:
            return x
        return self.append("x*c", x, round(most / size, 3), flat=self.flat[x])

    def make_positive(self, x):
        """x itself if it is well above 0, else 0.5 + x²"""
        if self.values[x].value.real.min() > 0.4:
            return x
        return self.append("c+x", self.append("square", self.tame(x, 1.5)), 0.5)

    def avoid_zero(self, x):
        """x, shifted until no entry is near 0, where relu has its kink"""
        for c in np.arange(0, 3, 0.09).round(2):
            if np.abs(self.values[x].value + c).min() > 0.03:
                break
        return self.append("x+c", x, float(c), flat=self.flat[x]) if c else x

    def append_random(self, draw):
        """A random step; none where a matmul or a transpose has nothing to work on."""
        kind = draw(st.sampled_from(WEIGHTED_KINDS))
        traced = [k for k, plain in enumerate(self.plain) if not plain]
        x = draw(st.sampled_from(traced))
        y = getattr(self, f"append_{kind}")(draw, x)
        if y is not None:
            self.tame(y)

    def append_elementwise(self, draw, x):
        op = draw(st.sampled_from(list(ELEMENTWISE)))
        every = range(len(self.values))
        z = draw(st.sampled_from([k for k in every if broadcast(self.shape(x), self.shape(k))]))
        if draw(st.booleans()):
            x, z = z, x
        if op == "/" and np.abs(self.values[z].value).min() < 0.4:
            op = "*"
        return self.append(op, x, z, flat=self.flat[x] and self.flat[z])

    def append_matmul(self, draw, x):
        pairs = []
        for a in range(len(self.values)):
            for b in range(len(self.values)):
                fit = self.shape(a)[1] == self.shape(b)[0] and not self.flat[b]
                if fit and not (self.plain[a] and self.plain[b]):
                    pairs.append((a, b))
        if not pairs:
            return None
        a, b = draw(st.sampled_from(pairs))
        return self.append("@", a, b, flat=self.flat[a])

    def append_unary(self, draw, x):
        op = draw(st.sampled_from(UNARY))
        if op in ("log", "sqrt", "reciprocal"):
            x = self.make_positive(x)
        elif op in ("relu", "abs", "step"):
            x = self.avoid_zero(x)
        elif op in ("exp", "tanh", "sigmoid", "softplus", "logsumexp", "softmax"):
            x = self.tame(x, 2.0)  # further out, slopes are small differences of large numbers
        return self.append(op, x)

    def append_reduce(self, draw, x):
        op = draw(st.sampled_from(["sum", "mean", "cumsum"]))
        axes = [0, 1] if op == "cumsum" else [None, 0, 1]
        return self.append(op, x, draw(st.sampled_from(axes)))

    def append_reshape(self, draw, x):
        rows, columns = self.shape(x)
        size = rows * columns
        rows = draw(st.sampled_from([n for n in range(1, size + 1) if size % n == 0]))
        return self.append("reshape", x, rows, size // rows)

    def append_of_two(self, draw, x):
        op = draw(st.sampled_from(OF_TWO))
        alike = [k for k in range(len(self.values)) if broadcast(self.shape(x), self.shape(k))]
        if op == "cross_entropy":
            x = self.tame(x, 2.0)
            alike = [k for k in alike if self.shape(k) == self.shape(x)]
            return self.append(op, x, draw(st.sampled_from(alike)))
        z = draw(st.sampled_from(alike))
        apart = np.abs(self.values[x].value - self.values[z].value).min()
        return self.append(op, x, z) if apart > 0.03 else None  # away from the kink

    def append_scalar(self, draw, x):
        op = draw(st.sampled_from(list(SCALAR)))
        c = draw(st.sampled_from(NUMBERS))
        if op == "c/x":
            return self.append(op, self.make_positive(x), c)
        return self.append(op, x, c, flat=self.flat[x])

    def append_method(self, draw, x):
        op = draw(st.sampled_from(list(METHODS)))
        if self.flat[x] and "T" in op:
            return None
        return self.append(op, x, flat=self.flat[x])

    def finish(self, draw):
        """The loss: the sum of all that nobody has used yet."""
        ends = [k for k, active in enumerate(self.active) if active and k not in self.used]
        computed = [k for k in ends if k >= self.parameters]
        if computed and len(computed) < len(ends) and draw(st.booleans()):
            ends = computed  # parameters that the loss does not use
        total = self.append(draw(st.sampled_from(["mean", "sum"])), ends[-1], None)
        for k in ends[:-1]:
            total = self.append("+", total, self.append("mean", k, None))


@st.composite
def programs(draw, most=8, least_data=0):
    """A random `Program` of about `most` steps, with sizes from 1 to 5."""
    sizes = st.sampled_from([1, *draw(st.lists(st.integers(1, 5), min_size=2, max_size=3))])
    two = st.tuples(sizes, sizes)
    params = draw(st.lists(st.one_of(two, two, st.tuples(sizes)), min_size=1, max_size=3))
    data = draw(st.lists(two, min_size=least_data, max_size=2))
    constants = draw(st.lists(st.one_of(two, st.tuples(sizes)), max_size=2))
    rng = np.random.default_rng(draw(st.integers(0, 2**16)))
    numbers = []
    for shape in (*params, *data, *constants):
        numbers.append(rng.uniform(0.1, 1.5, shape) * rng.choice([-1.0, 1.0], shape))
    builder = Builder(len(params), len(data), numbers)
    for _ in range(draw(st.integers(1, most))):
        builder.append_random(draw)
    builder.finish(draw)
    return Program(tuple(params), tuple(data), tuple(builder.steps), tuple(numbers))
