"""A network on waves: its curvatures at a point, and which nudge of a start moves the end of a run
most (lesson 14). All are estimates, by power iteration, from below.
"""

from typing import NamedTuple

import numpy as np

from ...problems import Sinusoids, networks
from .curvature import largest_curvature


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


class Pairs(NamedTuple):
    """A pair of runs on each of n waves: one from the start, one from a nudge away from it."""

    points: np.ndarray  # of the first run, (n, N + 1, d)
    losses: np.ndarray  # at these points, (n, N + 1)
    factors: np.ndarray  # by which the distance of the two has grown, (n, N + 1)


def worst_pairs(loss, start, waves, alpha, steps=20, size=1e-6):
    """On each wave the pair of runs whose ends lie farthest apart, to first order -> Pairs."""
    found = []
    for data in waves:
        run = descend(loss, start, data, alpha, steps)
        nudge = size * worst_nudge(lambda w, v, data=data: loss.hvp(w, v, *data), run, alpha)
        other = descend(loss, start + nudge, data, alpha, steps)
        values = [loss.value(w, *data) for w in run]
        found.append((run, values, np.linalg.norm(other - run, axis=1) / size))
    return Pairs(*(np.array(part) for part in zip(*found, strict=True)))


def descend(loss, w, data, alpha, steps):
    """N steps of gradient descent -> the points, (N + 1, d)."""
    points = [w]
    for _ in range(steps):
        points.append(points[-1] - alpha * loss.gradient(points[-1], *data))
    return np.array(points)


def curvatures(loss, points, waves):
    """On each of n waves the largest |λ| and the lowest λ at the points (n, m, d): arrays (n,)."""
    return np.transpose(
        [extremes(loss, some, data) for some, data in zip(points, waves, strict=True)]
    )


def extremes(loss, points, data, steps=50):
    """The largest |λ| and the lowest λ of the Hessians of a `Loss` at the points (n, d)."""
    found = []
    for w in points:

        def hvp(v, w=w):
            return loss.hvp(w, v, *data)

        L = largest_curvature(hvp, w.size, steps)
        lowest = L - largest_curvature(lambda v, hvp=hvp, L=L: hvp(v) - L * v, w.size, steps)
        found.append((L, lowest))
    largest, lowest = np.transpose(found)
    return largest.max(), lowest.min()


def worst_nudge(hvp, points, alpha, rounds=8):
    """The direction (d,) in which a small nudge of the start moves the end of a run most.

    hvp(w, v) -> the Hessian at w times v. points (N + 1, d): the run. A nudge v ends as
    (I − αH_{N−1}) ⋯ (I − αH_0) v; this product, taken forwards and back, is symmetric, and its
    steepest direction is where power iteration stops.
    """
    last = None

    def there_and_back(v):
        nonlocal last
        for w in (*points[:-1], *points[-2::-1]):
            v = v - alpha * hvp(w, v)
        last = v
        return v

    stretch = largest_curvature(there_and_back, points.shape[1], rounds)
    return last / stretch
