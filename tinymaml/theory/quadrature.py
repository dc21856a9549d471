"""Integrals over [0, 1] of functions that may have kinks, or poles nearby: Gauss–Lobatto on panels,
halved until each is resolved."""

import numpy as np
from numpy.polynomial.legendre import Legendre, legvander

NODES = np.array(
    [-1.0, *np.sort(Legendre.basis(19).deriv().roots().real), 1.0]
)  # 20 on [−1, 1], exact up to degree 37. Both ends are nodes:
WEIGHTS = 2 / (
    19 * 20 * legvander(NODES, 19)[:, 19] ** 2
)  # Gauss–Legendre misses a kink just inside an end
TAIL = (
    WEIGHTS[:, None] * legvander(NODES, 19)[:, 18:]
)  # what a function has of the two highest Legendre polynomials that 20 nodes see
DEPTH = 45  # a panel of length 2⁻⁴⁵ counts for nothing, whatever it contains


def nodes(f, tolerance):
    """Where to evaluate and with which positive weights, so that Σ weights f(s) is ∫₀¹ f(s) ds -> s
    (n,), weights (n,).

    f: (n,) -> (n,). 20 nodes on a panel, which is halved as long as f has more than tolerance in
    its last two Legendre coefficients. Two of them, since a kink where the one polynomial does not
    see it is seen by the other. Around a kink only the panel that contains it goes on being halved.
    The weights are positive: what holds between two functions at every s also holds between their
    sums.
    """
    left, length, kept, weights = np.zeros(1), 1.0, [], []
    while len(left):
        s = left[:, None] + length * (1 + NODES) / 2  # (panels, 20)
        tail = np.abs(f(s.ravel()).reshape(s.shape) @ TAIL).max(axis=1) * length
        done = (tail <= tolerance) | (length <= 2.0**-DEPTH)
        kept.append(s[done].ravel())
        weights.append(np.tile(WEIGHTS * length / 2, done.sum()))
        length /= 2
        left = np.concatenate([left[~done], left[~done] + length])
    return np.concatenate(kept), np.concatenate(weights)
