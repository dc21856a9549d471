"""The problem of lesson 19: three wells on a line, with support and query sets apart."""

import numpy as np

from ...theory import CosineSum, FiniteSumInstance, inner_stepsize

HEIGHTS = np.array([1.0, 0.7, 0.4])
QUERIES = np.array([1.2, -0.4, -2.0])  # the bottoms of the query losses
SUPPORTS = QUERIES + [0.2, -0.2, 0.2]  # and of the support losses


def well(height, bottom):
    """height · (1 − cos(w − bottom)), a loss of one variable."""
    return CosineSum([[0.0], [1.0]], [height, -height], [0.0, -bottom])


def three_wells(B=1000, C_beta=4.0, w=-2.0):
    """The `FiniteSumInstance`: α = 1/(8NL), N = 5, L = ρ = 1, b_i = 2 h_i sin 0.1; no loss is ever
    below 0."""
    return FiniteSumInstance(
        support_losses=[well(*task) for task in zip(HEIGHTS, SUPPORTS, strict=True)],
        query_losses=[well(*task) for task in zip(HEIGHTS, QUERIES, strict=True)],
        b=2 * HEIGHTS * np.sin(0.1),
        w=[w],
        alpha=inner_stepsize(1.0, 5),
        steps=5,
        B=B,
        C_beta=C_beta,
    )
