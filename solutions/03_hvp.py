# %% [markdown]
# # 03 · Hessian-vector products by hand
#
# Skeleton.

# %%
# given
import numpy as np

from tinymaml.course import check, style, use

use("02")

# %%
# exercise 03.tangent_rules
### BEGIN SOLUTION
TANGENT = {"add": lambda y, x, z, xd, zd: xd + zd, "sub": lambda y, x, z, xd, zd: xd - zd, "mul": lambda y, x, z, xd, zd: xd*z + x*zd,
  "matmul": lambda y, x, z, xd, zd: xd @ z + x @ zd, "sum": lambda y, x, xd: xd.sum(keepdims=True), "tanh": lambda y, x, xd: (1-y*y)*xd}
### END SOLUTION

# %%
check("03.tangent_rules")

# %%
# given
def tangent(tape, values, *directions):
    dots = []
    for line, y in zip(tape, values):
        dots.append(directions[line.arg] if line.op == "input" else np.zeros_like(y) if line.op == "constant"
                    else TANGENT[line.op](y, *(values[k] for k in line.ins), *(dots[k] for k in line.ins)))
    return dots

# %%
# exercise 03.second_rules
### BEGIN SOLUTION
REVERSE_TANGENT = {"add": lambda bar, bd, y, yd, x, z, xd, zd: (bd, bd), "sub": lambda bar, bd, y, yd, x, z, xd, zd: (bd, -bd),
 "mul": lambda bar, bd, y, yd, x, z, xd, zd: (bd*z + bar*zd, bd*x + bar*xd),
 "matmul": lambda bar, bd, y, yd, x, z, xd, zd: (bd @ z.T + bar @ zd.T, x.T @ bd + xd.T @ bar),
 "sum": lambda bar, bd, y, yd, x, xd: (bd*np.ones_like(x),), "tanh": lambda bar, bd, y, yd, x, xd: ((1-y*y)*bd - 2*y*yd*bar,)}
### END SOLUTION

# %%
check("03.second_rules")

# %%
# exercise 03.second_sweep
### BEGIN SOLUTION
def reverse_tangent(tape, values, bars, dots):
    bds = [np.zeros_like(v) for v in values]
    for k in range(len(tape)-1, -1, -1):
        line = tape[k]
        if line.ins:
            parts = REVERSE_TANGENT[line.op](bars[k], bds[k], values[k], dots[k], *(values[i] for i in line.ins), *(dots[i] for i in line.ins))
            for i, part in zip(line.ins, parts): bds[i] = bds[i] + shrink(part, values[i].shape)
    return bds
### END SOLUTION

# %%
check("03.second_sweep")

# %%
# given
class Loss(Loss):
    def hvp(self, w, v, *data):
        tape = self.trace(*data); values = forward(tape, *self.blocks(w), *data); bars = reverse(tape, values)
        dots = tangent(tape, values, *self.blocks(v), *(np.zeros_like(x) for x in data))
        bds = reverse_tangent(tape, values, bars, dots)
        return np.concatenate([bds[k].ravel() for k in range(len(self.shapes))])

