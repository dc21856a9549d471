"""Curvatures by power iteration, as lesson 07 builds it, and a start's worst nudge (lesson 14).

All are estimates: power iteration comes nearer with every round, from below.
"""

import numpy as np

from ...problems import Sinusoids, networks


def power_iteration(multiply, size, rounds):
    """The largest |eigenvalue| of a symmetric matrix, and its direction (size,).

    multiply(v) -> the matrix times v, for v (size,).
    """
    v = np.random.default_rng(0).standard_normal(size)
    for _ in range(rounds):
        v = multiply(v / np.linalg.norm(v))
    value = np.linalg.norm(v)
    return value, v / value


def largest_curvature(hvp, size, steps=200):
    """The largest |eigenvalue| of a Hessian. hvp(v) -> Hv."""
    return power_iteration(hvp, size, steps)[0]


def lowest_curvature(hvp, size, steps=200):
    """The lowest eigenvalue of a Hessian, from twice as many products."""
    L = largest_curvature(hvp, size, steps)
    return L - largest_curvature(lambda v: hvp(v) - L * v, size, steps)


def worst_nudge(hvp, points, alpha, rounds=8):
    """The direction (d,) in which a small nudge of the start moves the end of a run most.

    hvp(w, v) -> the Hessian at w times v. points (N + 1, d): the run. A nudge v ends as
    (I − αH_{N−1}) ⋯ (I − αH_0) v, and this product, taken forwards and back, is symmetric.
    """

    def there_and_back(v):
        for w in (*points[:-1], *points[-2::-1]):
            v = v - alpha * hvp(w, v)
        return v

    return power_iteration(there_and_back, points.shape[1], rounds)[1]


def extremes(loss, w, data, steps=100):
    """The largest |λ| and the lowest λ of the Hessian of a `Loss` at w, estimated."""

    def hvp(v):
        return loss.hvp(w, v, *data)

    return largest_curvature(hvp, w.size, steps), lowest_curvature(hvp, w.size, steps)


def network_on_waves(engine, count=12, shots=10):
    """A 1-40-40-1 network with tanh at its random start, and waves to fit.

    -> its mean squared error, a `Loss`; its parameters w; the waves, a list of (x, y), each
    (shots, 1). engine: what the loss is made of.
    """
    params = networks.initial(np.random.default_rng(0), (1, 40, 40, 1), np.float64)

    def mse(p, x, y):
        return engine.mean(engine.square(networks.forward(p, x, engine.tanh) - y))

    loss = engine.Loss(mse, params)
    x, y = Sinusoids(shots=shots).sample(np.random.default_rng(1), count).inner
    return loss, loss.flatten(params), list(zip(x, y, strict=True))
