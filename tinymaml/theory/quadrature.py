"""Integrals over [0, 1] of functions that may have kinks, or poles nearby: Gauss–Legendre, halved where it has not converged yet."""
import numpy as np

NODES, WEIGHTS = np.polynomial.legendre.leggauss(20)        # on [−1, 1]
DEPTH = 40                                                  # a panel of length 2⁻⁴⁰ counts for nothing, whatever it contains


def nodes(f, tolerance):
    """Where to evaluate and with which positive weights, so that Σ weights f(s) is ∫₀¹ f(s) ds -> s (n,), weights (n,).

    f: (n,) -> (n,). 20 nodes on a panel; a panel is halved until it agrees with its two halves within tolerance. Around a kink only the
    panel that contains it goes on being halved. The weights are positive: what holds between two functions at every s also holds
    between their sums.
    """
    left, length, level = np.zeros(1), 1.0, 0
    whole = np.array([f((1 + NODES) / 2) @ WEIGHTS / 2])
    kept, weights = [], []
    while len(left):
        length, level = length / 2, level + 1
        left = np.stack([left, left + length], axis=1)                      # (panels, 2)
        s = left[..., None] + length * (1 + NODES) / 2                      # (panels, 2, 20)
        halves = f(s.ravel()).reshape(s.shape) @ WEIGHTS * length / 2
        done = (np.abs(halves.sum(1) - whole) <= tolerance) | (level == DEPTH)
        kept.append(s[done].ravel())
        weights.append(np.tile(WEIGHTS * length / 2, 2 * done.sum()))
        left, whole = left[~done].ravel(), halves[~done].ravel()
    return np.concatenate(kept), np.concatenate(weights)
