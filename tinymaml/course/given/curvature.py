"""Power iteration, as lesson 07 has it: the lessons of the proof start from it."""

import numpy as np


def largest_curvature(hvp, size, steps=200):
    """The largest |eigenvalue| of H, from below. hvp(v) -> Hv, for v of shape (size,)."""
    v = np.random.default_rng(0).standard_normal(size)
    for _ in range(steps):
        v = hvp(v / np.linalg.norm(v))
    return np.linalg.norm(v)
