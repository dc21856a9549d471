"""One of each kind of loss, drawn at random."""

import numpy as np

from tinymaml.theory.losses import (
    CosineSum,
    LogCosh,
    Logistic,
    PiecewiseHessian,
    Quadratic,
    RootHessian,
)


def smooth_losses(rng, d, terms=4):
    x, c, y = rng.normal(size=(terms, d)), rng.normal(size=terms), rng.normal(size=terms)
    A = rng.normal(size=(d, d))
    return [
        Quadratic(A + A.T, rng.normal(size=d)),
        CosineSum(x, c, y),
        LogCosh(x, c, y),
        LogCosh(x, np.abs(c), y),
        Logistic(x, np.sign(y)),
        Logistic(x, np.sign(y), np.abs(c), ridge=0.3),
    ]


def kinked_losses(rng):
    knots = np.sort(rng.normal(size=6))
    flat = np.concatenate([[0.0], rng.normal(size=4), [0.0]])
    return [
        PiecewiseHessian(knots, rng.normal(size=6), *rng.normal(size=2)),
        PiecewiseHessian(knots, 0.1 + rng.random(6), 0.3, -0.2),
        PiecewiseHessian(knots, flat, knots[2], 0.5),
        PiecewiseHessian([0.2], [-1.5]),
        RootHessian(),
        PiecewiseHessian.teeth([0.0, 1.0], [0.3, 0.1], -1.0, 2.0, slope=0.7),
        PiecewiseHessian.sawtooth(0.3, 0.8, 0.1, 3, 1.0, 5.0),
    ]


def all_losses(rng, d):
    return smooth_losses(rng, d) + (kinked_losses(rng) if d == 1 else [])
