"""Gradient descent on one task, with everything the proofs ask of it: points, gradients, factors,
products.

All arrays may carry leading axes: a path from one start has points (N + 1, d), one for every
pattern of signs (N + 1, R, d).
"""

from functools import cached_property

import numpy as np

from .losses import evaluate


def norm(x):
    """Euclidean, along the last axis."""
    return np.sqrt(np.sum(np.square(x), axis=-1))


def square(v):
    """‖v‖², along the last axis."""
    return np.sum(np.square(v), axis=-1)


def spectral(matrices):
    """The operator norm of each matrix of a stack."""
    return np.linalg.svdvals(matrices)[..., 0]  # the largest comes first


def apply(matrices, vectors):
    """The products (..., d) of matrices (..., d, d) and vectors (..., d)."""
    return (matrices @ vectors[..., None])[..., 0]


def multiply(factors):
    """M_0 M_1 … M_{n−1}, left to right, for factors (n, ..., d, d); the empty product is the
    identity, (d, d)."""
    product = np.eye(factors.shape[-1])
    for factor in factors:
        product = product @ factor
    return product


class Path:
    """N steps w_{j+1} = w_j − α(∇l_S(w_j) + noise_j) on `inner`, then the outer loss at w_N.

    start: (..., d). noise: (N, ..., d) or None. `inner` and `outer` are losses; without support and
    query they are the same.
    """

    def __init__(self, inner, outer, start, alpha, steps, noise=None):
        self.inner = inner
        self.outer = outer
        self.alpha = alpha
        points, gradients = [start], [evaluate(inner, "gradient", start)]
        for j in range(steps):
            direction = gradients[j] if noise is None else gradients[j] + noise[j]
            points.append(points[j] - alpha * direction)
            gradients.append(evaluate(inner, "gradient", points[j + 1]))
        # (N + 1, ..., d): w_0 … w_N, and ∇l_S(w_0) … ∇l_S(w_N)
        self.points = np.array(np.broadcast_arrays(*points))
        self.gradients = np.array(np.broadcast_arrays(*gradients))

    @property
    def end(self):
        """(..., d): w_N."""
        return self.points[-1]

    @cached_property
    def hessians(self):
        """(N, ..., d, d): H_j = ∇²l_S(w_j)."""
        return evaluate(self.inner, "hessian", self.points[:-1])

    @cached_property
    def factors(self):
        """(N, ..., d, d): M_j = I − αH_j."""
        return np.eye(self.points.shape[-1]) - self.alpha * self.hessians

    @cached_property
    def product(self):
        """(..., d, d): P = M_0 M_1 … M_{N−1}."""
        return multiply(self.factors)

    @cached_property
    def outer_gradient(self):
        """(..., d): ∇l_T(w_N)."""
        return evaluate(self.outer, "gradient", self.end)

    @cached_property
    def meta_gradient(self):
        """(..., d): P ∇l_T(w_N), on the exact path the gradient of 𝓛_i."""
        return apply(self.product, self.outer_gradient)

    @cached_property
    def meta_loss(self):
        """(...): l_T(w_N)."""
        return evaluate(self.outer, "value", self.end)
