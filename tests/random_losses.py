"""Random losses for hypothesis: every operation, slots used again, broadcasting, constants, one-row
data.

Every value stays near 1 and away from kinks and poles, so that derivatives are well-conditioned and
errors are rounding.
"""

import numpy as np
from hypothesis import strategies as st
from reference import ELEMENTWISE, METHODS, SCALAR, Jet, Own, Program, perform

UNARY = (
    "tanh sin cos exp log sqrt square relu softplus sigmoid reciprocal transpose logsumexp".split()
)


class Builder:
    """Appends steps to a program, and knows what their values are."""

    def __init__(self, params, numbers, plain, active):
        self.params, self.numbers, self.steps = params, numbers, []
        self.values = [Jet(a) for a in numbers]
        self.flat = [
            np.ndim(a) == 1 for a in numbers
        ]  # still 1-D when the loss is called with plain arrays
        self.plain, self.active, self.used = list(plain), list(active), set()

    def do(self, *step, flat=False):
        operands = [k for k in step[1 : (3 if step[0] in ELEMENTWISE or step[0] == "@" else 2)]]
        self.steps.append(step)
        self.values.append(perform(Own, step, self.values))
        self.flat.append(flat)
        self.plain.append(False)
        self.active.append(any(self.active[k] for k in operands))
        self.used.update(operands)
        return len(self.values) - 1

    def tame(self, x, most=3.0):
        size = np.abs(self.values[x].a.real).max()
        return self.do("x*c", x, round(most / size, 3), flat=self.flat[x]) if size > most else x

    def positive(self, x):
        """x itself if it is well above 0, else 0.5 + x²"""
        return (
            x
            if self.values[x].a.real.min() > 0.4
            else self.do("c+x", self.do("square", self.tame(x, 1.5)), 0.5)
        )

    def away(self, x):
        """x, shifted until no entry is near 0, where relu has its kink"""
        c = next(
            c for c in np.arange(0, 3, 0.09).round(2) if np.abs(self.values[x].a + c).min() > 0.03
        )
        return self.do("x+c", x, float(c), flat=self.flat[x]) if c else x

    def step(self, draw):
        live = [k for k, plain in enumerate(self.plain) if not plain]
        kind = draw(
            st.sampled_from(
                ["elementwise"] * 4
                + ["matmul"] * 3
                + ["unary"] * 5
                + ["reduce", "scalar", "method"]
            )
        )
        x = draw(st.sampled_from(live))
        if kind == "elementwise":
            op = draw(st.sampled_from(ELEMENTWISE))
            fits = [
                k
                for k, z in enumerate(self.values)
                if all(a == b or 1 in (a, b) for a, b in zip(self.values[x].a.shape, z.a.shape))
            ]
            z = draw(st.sampled_from(fits))
            if draw(st.booleans()):
                x, z = z, x
            if op == "/" and np.abs(self.values[z].a).min() < 0.4:
                op = "*"
            y = self.do(op, x, z, flat=self.flat[x] and self.flat[z])
        elif kind == "matmul":
            pairs = [
                (a, b)
                for a in range(len(self.values))
                for b in range(len(self.values))
                if self.values[a].a.shape[1] == self.values[b].a.shape[0]
                and not self.flat[b]
                and not (self.plain[a] and self.plain[b])
            ]
            if not pairs:
                return
            a, b = draw(st.sampled_from(pairs))
            y = self.do("@", a, b, flat=self.flat[a])
        elif kind == "unary":
            op = draw(st.sampled_from(UNARY))
            if op in ("log", "sqrt", "reciprocal"):
                x = self.positive(x)
            elif op == "relu":
                x = self.away(x)
            elif op in ("exp", "tanh", "sigmoid", "softplus", "logsumexp"):
                x = self.tame(x, 2.0)  # further out, slopes are small differences of large numbers
            y = self.do(op, x)
        elif kind == "reduce":
            y = self.do(
                draw(st.sampled_from(["sum", "mean"])), x, draw(st.sampled_from([None, 0, 1]))
            )
        elif kind == "scalar":
            op, c = (
                draw(st.sampled_from(SCALAR)),
                draw(st.sampled_from([2, -1, 0.5, -1.7, np.float64(1.3), np.float32(0.75)])),
            )
            y = self.do(
                op, self.positive(x) if op == "c/x" else x, c, flat=self.flat[x] and op != "c/x"
            )
        else:
            op = draw(st.sampled_from(METHODS))
            if self.flat[x] and "T" in op:
                return
            y = self.do(op, x, flat=self.flat[x])
        self.tame(y)

    def finish(self, draw):
        """The loss: the sum of all that nobody has used yet."""
        ends = [k for k, active in enumerate(self.active) if active and k not in self.used]
        unused = [k for k in ends if k < len(self.params)]
        if len(ends) > len(unused) and draw(st.booleans()):
            ends = [k for k in ends if k not in unused]  # parameters that the loss does not use
        total = self.do(draw(st.sampled_from(["mean", "sum"])), ends[-1], None)
        for k in ends[:-1]:
            total = self.do("+", total, self.do("mean", k, None))


@st.composite
def programs(draw, most=8, least_data=0):
    """A random `Program` of about `most` steps, with sizes from 1 to 5."""
    sizes = st.sampled_from([1, *draw(st.lists(st.integers(1, 5), min_size=2, max_size=3))])
    two = st.tuples(sizes, sizes)
    params = draw(st.lists(st.one_of(two, two, st.tuples(sizes)), min_size=1, max_size=3))
    data = draw(st.lists(two, min_size=least_data, max_size=2))
    constants = draw(st.lists(st.one_of(two, st.tuples(sizes)), max_size=2))
    rng = np.random.default_rng(draw(st.integers(0, 2**16)))
    numbers = [
        rng.uniform(0.1, 1.5, s) * rng.choice([-1.0, 1.0], s) for s in (*params, *data, *constants)
    ]
    plain, active = (
        [len(params) + len(data) <= k for k in range(len(numbers))],
        [k < len(params) for k in range(len(numbers))],
    )
    builder = Builder(params, numbers, plain, active)
    for _ in range(draw(st.integers(1, most))):
        builder.step(draw)
    builder.finish(draw)
    return Program(tuple(params), tuple(data), tuple(builder.steps), tuple(numbers))
