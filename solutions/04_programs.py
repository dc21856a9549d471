# %% [markdown]
# # 04 · A program of kernels
#
# Skeleton.

# %%
# given
from typing import NamedTuple

import numpy as np

from tinymaml.course import check, style, use

use("03")

# %%
# given
class Operand(NamedTuple):
    slot: int; plane: str; letters: str          # plane: "", "slope", "slope_dot", "dot", "bar", "bar_dot"
    bar = property(lambda s: s._replace(plane="bar")); dot = property(lambda s: s._replace(plane="dot"))
    bar_dot = property(lambda s: s._replace(plane="bar_dot")); slope = property(lambda s: s._replace(plane="slope"))
    slope_dot = property(lambda s: s._replace(plane="slope_dot"))
    block = property(lambda s: (s.slot, s.plane))
class Call(NamedTuple):
    kernel: str; outs: tuple; ins: tuple; arg: object = None; extent: tuple = (1, 1, 1); store: bool = False

# %%
# given
KINDS = {"add": ("linear", ("ij", "ij", "ij"), (1.0, 1.0)), "sub": ("linear", ("ij", "ij", "ij"), (1.0, -1.0)), "sum": ("linear", ("ij", "ij"), (1.0,)),
         "mul": ("bilinear", ("ij", "ij", "ij"), None), "matmul": ("bilinear", ("ij", "ip", "pj"), None), "tanh": ("pointwise", ("ij", "ij"), "tanh")}

# %%
# exercise 04.rules
### BEGIN SOLUTION
def linear(o, x, c): return Call("linear", (o,), (x,), c)
def contract(o, x, z): return Call("contract", (o,), (x, z))
RULES = {
 "linear": dict(value=lambda c, y, *xs: [linear(y, x, k) for k, x in zip(c, xs)], tangent=lambda c, y, *xs: [linear(y.dot, x.dot, k) for k, x in zip(c, xs)],
   reverse=lambda c, y, *xs: [linear(x.bar, y.bar, k) for k, x in zip(c, xs)], reverse_tangent=lambda c, y, *xs: [linear(x.bar_dot, y.bar_dot, k) for k, x in zip(c, xs)]),
 "bilinear": dict(value=lambda _, y, x, z: [contract(y, x, z)], tangent=lambda _, y, x, z: [contract(y.dot, x.dot, z), contract(y.dot, x, z.dot)],
   reverse=lambda _, y, x, z: [contract(x.bar, y.bar, z), contract(z.bar, x, y.bar)],
   reverse_tangent=lambda _, y, x, z: [contract(x.bar_dot, y.bar_dot, z), contract(x.bar_dot, y.bar, z.dot), contract(z.bar_dot, x, y.bar_dot), contract(z.bar_dot, x.dot, y.bar)]),
 "pointwise": dict(value=lambda f, y, x: [Call("apply", (y, y.slope), (x,), f)],
   tangent=lambda f, y, x: [contract(y.dot, y.slope, x.dot), Call("curve", (y.slope_dot,), (y, y.slope, x.dot), f)],
   reverse=lambda f, y, x: [contract(x.bar, y.slope, y.bar)],
   reverse_tangent=lambda f, y, x: [contract(x.bar_dot, y.slope, y.bar_dot), contract(x.bar_dot, y.slope_dot, y.bar)])}
### END SOLUTION

# %%
check("04.rules")

# %%
# given
def operand(slot, shape, letters): return Operand(slot, "", "".join("0" if n == 1 else c for c, n in zip(letters, shape)))

# %%
# exercise 04.emit
### BEGIN SOLUTION
def emit(tape, rule):
    calls = []
    for k in (range(len(tape)) if rule in ("value", "tangent") else reversed(range(len(tape)))):
        line = tape[k]
        if line.ins:
            kind, letters, arg = KINDS[line.op]
            ops = [operand(s, tape[s].shape, l) for s, l in zip((k, *line.ins), letters)]
            sizes = {}
            for s, l in zip((k, *line.ins), letters):
                for c, n in zip(l, tape[s].shape): sizes[c] = max(sizes.get(c, 1), n)
            extent = tuple(sizes.get(c, 1) for c in "ijp")
            calls += [c._replace(extent=extent) for c in RULES[kind][rule](arg, *ops)]
    return calls
### END SOLUTION

# %%
check("04.emit")

