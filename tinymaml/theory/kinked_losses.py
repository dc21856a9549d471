"""Losses of one variable whose Hessian has kinks: where the theory's smoothness is used to the full
(teeth), and where it is missing (a root).

Both know the exact average of their Hessian along a segment, which a quadrature would get wrong
across a kink.
"""

import numpy as np

from ..engine.errors.arguments import check_count, check_positive, numbers
from ..problems.common import as_value, check_points, choose_constants


class OneVariable:
    """What the two have in common. w (1,) or (..., 1). A subclass gives `knots` (K,), `gradient`,
    and of w (...): _value, _curvature and _average(p, q), the mean curvature between p and q with
    no knot between them."""

    batched = True
    dimension = 1

    def value(self, w):
        return as_value(self._value(check_points(w, 1)[..., 0]))

    def hessian(self, w):
        return self._curvature(check_points(w, 1))[..., None]

    def mean_hessian(self, w, u):
        """The average of the Hessian between w and u, (..., 1, 1). Each piece between two knots
        counts by its share of the segment: no difference of gradients is divided, so that w and u
        may be as close as floats can be, or equal."""
        w, u = check_points(w, 1), check_points(u, 1)
        low, high = np.minimum(w, u), np.maximum(w, u)
        apart = low < high
        ends = np.concatenate([low, np.clip(self.knots, low, high), high], axis=-1)
        shares = np.diff(ends, axis=-1) / np.where(apart, high - low, 1)
        averages = self._average(ends[..., :-1], ends[..., 1:])
        mean = np.sum(shares * averages, axis=-1, keepdims=True)
        return np.where(apart, mean, self._curvature(low))[..., None]


class PiecewiseHessian(OneVariable):
    """A loss whose second derivative is continuous, linear between `knots` (K,), increasing, where
    it is `curvatures` (K,), and constant outside them. The value at `origin` is 0 and the gradient
    there is `slope`; both are exact integrals. L, rho: declared instead of the certified ones.
    Raises ValueError for knots that do not increase.

    The pieces are numbered from 0, what lies before the first knot. `bends` (K + 1,) has the
    slope of the Hessian on each.

    L: the largest |curvature| at a knot, since a linear function is largest at an end. rho: the
    steepest piece. gradient_bound: none unless both ends are straight; then the largest |gradient|
    at a knot or where the curvature is 0. infimum: the smallest value where the gradient is 0, or
    none where the loss falls for ever on one side; both up to rounding.
    """

    def __init__(self, knots, curvatures, origin=0.0, slope=0.0, L=None, rho=None):
        t, h = numbers("knots", knots, 1), numbers("curvatures", curvatures, 1)
        origin, slope = float(numbers("origin", origin, 0)), float(numbers("slope", slope, 0))
        if len(t) != len(h):
            raise ValueError(
                f"there are {len(t)} knots and {len(h)} curvatures; expected one for every knot"
            )
        if not (np.diff(t) > 0).all():
            raise ValueError("the knots do not increase: sort them, and give each place once")
        with np.errstate(over="ignore"):
            steepest = np.abs(np.diff(h) / np.diff(t)).max(initial=0.0)
        if not np.isfinite(steepest):
            raise ValueError(
                "two knots are so close that the slope between them is infinite; "
                "the second derivative must be continuous"
            )
        self.L, self.rho = choose_constants(L, rho, (np.abs(h).max(), steepest))
        k = np.searchsorted(t, origin)
        if origin not in t:  # integrals start at the origin, so it is made a knot
            h = np.insert(h, k, np.interp(origin, t, h))
            t = np.insert(t, k, origin)
        lengths = np.diff(t)
        self.knots = t
        self.curvatures = h
        self.bends = np.concatenate([[0.0], np.diff(h) / lengths, [0.0]])
        self.gradients = slope + sum_outward(lengths * (h[:-1] + h[1:]) / 2, k)
        mean_gradients = self.gradients[:-1] + lengths * (2 * h[:-1] + h[1:]) / 6
        self.values = sum_outward(lengths * mean_gradients, k)
        self.lowest_curvature = float(h.min())
        self.gradient_bound = self._gradient_bound()
        self.infimum = self._infimum()

    def _piece(self, w):
        """Of every w: its piece's first knot (the first knot for what lies before it), the distance
        from there, and the Hessian's slope."""
        piece = np.searchsorted(self.knots, w, side="right")
        k = np.maximum(piece - 1, 0)
        return k, w - self.knots[k], self.bends[piece]

    def _curvature(self, w):
        k, s, bend = self._piece(w)
        return self.curvatures[k] + s * bend

    def gradient(self, w):
        k, s, bend = self._piece(check_points(w, 1))
        return self.gradients[k] + s * (self.curvatures[k] + s * bend / 2)

    def _value(self, w):
        k, s, bend = self._piece(w)
        mean_gradient = self.gradients[k] + s * (self.curvatures[k] / 2 + s * bend / 6)
        return self.values[k] + s * mean_gradient

    def _average(self, p, q):
        return (self._curvature(p) + self._curvature(q)) / 2

    def _gradient_bound(self):
        """The largest |gradient|; infinite unless both ends are straight."""
        t, h, bends = self.knots, self.curvatures, self.bends[1:-1]
        if h[0] or h[-1]:
            return np.inf
        # where a piece's curvature is 0, or a knot, if it never is
        flat = t[:-1] - h[:-1] / np.where(bends == 0, np.inf, bends)
        flat = np.clip(flat, t[:-1], t[1:])
        gradients = np.concatenate([self.gradients, self.gradient(flat[:, None])[:, 0]])
        return float(np.abs(gradients).max())

    def _infimum(self):
        """The smallest value; −∞ where the loss falls for ever on one side."""
        t, h, g, bends = self.knots, self.curvatures, self.gradients, self.bends[1:-1]
        falls_to_the_left = h[0] < 0 or h[0] == 0 < g[0]
        falls_to_the_right = h[-1] < 0 or h[-1] == 0 > g[-1]
        if falls_to_the_left or falls_to_the_right:
            return -np.inf
        candidates = [*t]
        for end in (0, -1):
            if h[end] > 0:
                candidates.append(t[end] - g[end] / h[end])
        h, g = h[:-1], g[:-1]
        # both roots of g + h s + bend s²/2 = 0; what is no root does no harm
        with np.errstate(all="ignore"):
            root = np.sqrt(np.maximum(h * h - 2 * bends * g, 0))
            q = -h - np.copysign(root, h)
            roots = np.nan_to_num([2 * g / q, q / bends])
        candidates += list((t[:-1] + np.clip(roots, 0, np.diff(t))).ravel())
        return float(self._value(np.array(candidates)).min())

    @classmethod
    def teeth(cls, places, widths, base, rho, side=1, origin=0.0, slope=0.0, L=None):
        """The Hessian `base` with teeth: from each of `places` (n,) it rises with slope rho > 0 for
        a width (a number or (n,)) and falls back over another, to the right (side=1) or to the left
        (side=−1). Teeth may touch, not overlap: ValueError. The certified rho is the rho asked for
        up to the rounding of the knots, about 1e-16 |base| / (rho width)."""
        places, rho = numbers("places", places, 1), check_positive("rho", rho)
        base = float(numbers("base", base, 0))
        widths = numbers("widths", widths, (0, 1))
        if widths.shape not in ((), (1,), places.shape):
            raise ValueError(
                f"widths has shape {widths.shape}; expected a number, or one for each place, "
                f"{places.shape}"
            )
        widths = np.broadcast_to(widths, places.shape)
        if (widths <= 0).any():
            raise ValueError("a tooth's width is not positive; expected widths > 0")
        if side not in (1, -1):
            raise ValueError(
                f"side is {side!r}; expected 1 (teeth to the right of their places) "
                "or -1 (to the left)"
            )
        tops, ends = places + side * widths, places + 2 * side * widths
        lows, highs = np.sort(np.minimum(places, ends)), np.sort(np.maximum(places, ends))
        if (lows[1:] < highs[:-1]).any():
            raise ValueError(
                "two teeth overlap: each takes 2 · width beside its place; make them narrower"
            )
        knots, first = np.unique(np.concatenate([places, tops, ends]), return_index=True)
        heights = np.concatenate([0 * places, rho * np.abs(tops - places), 0 * places])
        return cls(knots, heights[first] + base, origin, slope, L)

    @classmethod
    def sawtooth(cls, w, slope, alpha, steps, L, rho, width=None, side=1):
        """The worst case of the Hessian product and of the meta smoothness: curvature −L, and a
        tooth at each iterate w_0 = w, ..., w_{N−1} of gradient descent on this very loss, whose
        gradient at w is `slope`.

        A start u near w, on the teeth's `side`, meets curvatures −L + rho |u_j − w_j|: the products
        of the 1 − αl″ differ as much as A1 allows, up to O(|u − w|). With side · slope > 0 both
        parts of Proposition 1 pull the same way, and its ratio tends to 1 with the width, as teeth
        behind the path take from its growth. width: of a tooth, more than all |u_j − w_j|; None:
        1/1000 of the first step, or L / rho if that is less (then |l″| <= L).
        """
        slope = float(numbers("slope", slope, 0))
        alpha = check_positive("alpha", alpha)
        rho, L = check_positive("rho", rho), check_positive("L", L)
        if width is None:
            width = min(alpha * abs(slope) / 1000 or np.inf, L / rho)
        width = check_positive("width", width)
        places = [float(numbers("w", w, 0))]
        for _ in range(check_count("steps", steps, 1)):
            loss = cls.teeth(places, width, -L, rho, side, places[0], slope)
            following = places[-1] - alpha * loss.gradient(places[-1:])[0]
            if following == places[-1]:  # at a stationary point all iterates share one tooth
                break
            places.append(following)
        return loss


def sum_outward(increments, k):
    """The integral up to each of n + 1 knots, (n + 1,), with 0 at the k-th. increments (n,): the
    integrals between neighbours."""
    left = -np.cumsum(increments[:k][::-1])[::-1]
    right = np.cumsum(increments[k:])
    return np.concatenate([left, [0.0], right])


class RootHessian(OneVariable):
    """The second derivative −1 + min(√|w|, 2), declared rho = 1: as smooth as L = 1 says, and with
    no Lipschitz Hessian near 0, where √ is infinitely steep. What A1's ρ is needed for fails here
    (one step's factors 1 − αl″ at 0 and 10⁻⁶ differ by 1000 times what Lemma 3b allows), and
    nothing else.

    L: the second derivative lies in [−1, 1]. rho: there is none. gradient_bound: none. infimum:
    −81/160 at |w| = 9/4, where √|w| = 3/2.
    """

    knots = np.array([-4.0, 0.0, 4.0])
    gradient_bound = np.inf
    infimum = -81 / 160
    lowest_curvature = -1.0

    def __init__(self, L=None, rho=1.0):
        self.L, self.rho = choose_constants(L, rho, (1.0, 1.0))

    def _curvature(self, w):
        return -1 + np.minimum(np.sqrt(np.abs(w)), 2)

    def gradient(self, w):
        w = check_points(w, 1)
        size = np.abs(w)
        near = w * (2 / 3 * np.sqrt(size) - 1)
        far = w - np.sign(w) * 8 / 3
        return np.where(size < 4, near, far)

    def _value(self, w):
        size = np.abs(w)
        near = w**2 * (4 / 15 * np.sqrt(size) - 1 / 2)
        far = w**2 / 2 - 8 / 3 * size + 16 / 5
        return np.where(size < 4, near, far)

    def _average(self, p, q):
        a, b = (np.minimum(np.sqrt(np.abs(x)), 2) for x in (p, q))
        total = np.where(a + b > 0, a + b, 1)
        # (b³ − a³) / (b² − a²), the factor b − a cancelled
        return -1 + 2 / 3 * (a * a + a * b + b * b) / total
