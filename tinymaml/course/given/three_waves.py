"""The other problem of lesson 19: three of lesson 15's waves, with a smoothness without bound."""

import numpy as np

from ...theory import FiniteSumInstance
from .waves import Wave

ALPHA = 1 / 8
QUERIES = np.array([1.0, 0.0, -1.0])  # the slopes of the query losses
SUPPORTS = QUERIES + [0.2, -0.2, 0.2]  # and of the support losses


def three_waves(B=20, w=6000.0):
    """The `FiniteSumInstance`: w²/4 − ½ cos w and a slope, which differs between tasks by σ =
    √(2/3), and between support and query by b_i = 0.2. N = 1, L = 1, ρ = ½; no query loss is ever
    below −3/2."""
    return FiniteSumInstance(
        support_losses=[Wave(slope=slope) for slope in SUPPORTS],
        query_losses=[Wave(slope=slope) for slope in QUERIES],
        sigma=np.sqrt(2 / 3),
        b=np.full(3, 0.2),
        lower_bound=-1.5,
        w=[w],
        alpha=ALPHA,
        steps=1,
        B=B,
        C_beta=4.0,
    )


def query_gradients(w):
    """∇l_{T_i} at each w (...), of each task: (..., 3)."""
    w = w[..., None]
    return (w + np.sin(w)) / 2 + QUERIES


def wave_gradients(w):
    """∇𝓛_i at each w (...), of each task: (..., 3)."""
    point = w[..., None]
    end = point - ALPHA * ((point + np.sin(point)) / 2 + SUPPORTS)
    factor = 1 - ALPHA * (1 + np.cos(point)) / 2
    return factor * ((end + np.sin(end)) / 2 + QUERIES)
