"""A network of any size, with tasks of any number and size, in either precision."""

import numpy as np

import tinymaml as tm

METHODS = ("exact", "first-order", "hessian-free")


def mse(p, x, y):
    return tm.mean(tm.square(tm.tanh(x @ p["W1"] + p["b1"]) @ p["W2"] + p["b2"] - y))


def problem(width=9, B=5, rows=(6, 4), dtype=np.float64, seed=0):
    """A loss, a start and tasks; rows: of the support and of the query sets."""
    rng = np.random.default_rng(seed)
    params = {
        "W1": rng.normal(size=(2, width)),
        "b1": rng.normal(size=width),
        "W2": rng.normal(size=(width, 1)),
        "b2": rng.normal(size=1),
    }
    loss = tm.Loss(mse, params)

    def draw(n):
        x = rng.normal(size=(B, n, 2)).astype(dtype)
        y = rng.normal(size=(B, n, 1)).astype(dtype)
        return x, y

    tasks = tm.Tasks.finite_sum(draw(rows[0]), draw(rows[1]))
    return loss, loss.flatten(params).astype(dtype), tasks
