"""Integrals over [0, 1] of functions that may have kinks, or poles nearby: Gauss–Lobatto on panels,
halved until each is resolved."""

import numpy as np
from numpy.polynomial.legendre import Legendre, legvander

# 20 nodes on [−1, 1], exact up to degree 37. Both ends are nodes: Gauss–Legendre, without them,
# misses a kink just inside an end.
NODES = np.array([-1.0, *np.sort(Legendre.basis(19).deriv().roots().real), 1.0])
WEIGHTS = 2 / (19 * 20 * legvander(NODES, 19)[:, 19] ** 2)

# What a function has of the two highest Legendre polynomials that 20 nodes see.
TAIL = WEIGHTS[:, None] * legvander(NODES, 19)[:, 18:]
DEPTH = 45  # a panel of length 2⁻⁴⁵ counts for nothing, whatever it contains


def nodes(f, tolerance):
    """Nodes s (n,) and weights (n,), so that Σ weights f(s) is ∫₀¹ f(s) ds.

    f: a function, (n,) -> (n,). A panel has 20 nodes. It is halved as long as f has more than
    tolerance in its last two Legendre coefficients. Two of them, since a kink where the one
    polynomial does not see it is seen by the other. Around a kink only the panel that contains it
    goes on being halved. The weights are positive: what holds between two functions at every s also
    holds between their sums.
    """
    starts, length = np.zeros(1), 1.0  # of the panels
    chosen, weights = [], []
    while len(starts):
        s = starts[:, None] + length * (1 + NODES) / 2  # (panels, 20)
        values = f(s.ravel()).reshape(s.shape)
        tail = np.abs(values @ TAIL).max(axis=1) * length
        resolved = (tail <= tolerance) | (length <= 2.0**-DEPTH)
        chosen.append(s[resolved].ravel())
        weights.append(np.tile(WEIGHTS * length / 2, resolved.sum()))
        length /= 2
        halved = starts[~resolved]
        starts = np.concatenate([halved, halved + length])
    return np.concatenate(chosen), np.concatenate(weights)
