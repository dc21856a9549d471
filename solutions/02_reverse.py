# %% [markdown]
# # 02 · Reverse mode
#
# Skeleton.

# %%
# given
import numpy as np

from tinymaml.course import check, style, use

use("01")

# %%
# exercise 02.shrink
### BEGIN SOLUTION
def shrink(a, shape):
    axes = tuple(k for k in (0, 1) if shape[k] == 1 and a.shape[k] > 1)
    return a.sum(axes, keepdims=True)
### END SOLUTION

# %%
check("02.shrink")

# %%
# exercise 02.rules
### BEGIN SOLUTION
REVERSE = {
    "add": lambda bar, y, x, z: (bar, bar), "sub": lambda bar, y, x, z: (bar, -bar),
    "mul": lambda bar, y, x, z: (bar * z, bar * x), "matmul": lambda bar, y, x, z: (bar @ z.T, x.T @ bar),
    "sum": lambda bar, y, x: (bar * np.ones_like(x),), "tanh": lambda bar, y, x: ((1 - y*y) * bar,)}
### END SOLUTION

# %%
check("02.rules")

# %%
# exercise 02.reverse
### BEGIN SOLUTION
def reverse(tape, values):
    bars = [np.zeros_like(v) for v in values]
    bars[-1] = np.ones((1, 1))
    for k in range(len(tape) - 1, -1, -1):
        line = tape[k]
        if line.ins:
            parts = REVERSE[line.op](bars[k], values[k], *(values[i] for i in line.ins))
            for i, part in zip(line.ins, parts): bars[i] = bars[i] + shrink(part, values[i].shape)
    return bars
### END SOLUTION

# %%
check("02.reverse")

# %%
# given
class Loss:
    """function(p, *data); params: dict name -> array."""
    def __init__(self, function, params):
        self.function, self.shapes = function, {k: np.atleast_2d(a).shape for k, a in params.items()}
        self.cuts = np.cumsum([a * b for a, b in self.shapes.values()])[:-1]
    def flatten(self, params): return np.concatenate([np.ravel(params[k]) for k in self.shapes])
    def blocks(self, w): return [a.reshape(s) for a, s in zip(np.split(w, self.cuts), self.shapes.values())]
    def trace(self, *data):
        n = len(self.shapes)
        return trace(lambda *xs: self.function(dict(zip(self.shapes, xs[:n])), *xs[n:]), *self.shapes.values(), *(x.shape for x in data))
    def gradient(self, w, *data):
        tape = self.trace(*data); values = forward(tape, *self.blocks(w), *data); bars = reverse(tape, values)
        return np.concatenate([bars[k].ravel() for k in range(len(self.shapes))])
    def value(self, w, *data): return forward(self.trace(*data), *self.blocks(w), *data)[-1].item()

