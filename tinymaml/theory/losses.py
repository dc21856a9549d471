"""Single losses with certified constants, as the executable proofs want them, and what the proofs
ask of any loss.

A loss has value(w), gradient(w), hessian(w) and certified L and rho (assumption A1 of Ji, Yang and
Liang 2022); where its Hessian is not smooth also mean_hessian(w, u), the exact average along the
segment. The losses here all have it, in closed forms that keep their digits when w and u are
neighbours. They take w (d,) or many, (..., d), at once (`batched`), know their `dimension`, and
certify three more numbers: `gradient_bound`, no less than any gradient's norm (np.inf: none),
`infimum`, a lower bound of the loss (−np.inf: none known), and `lowest_curvature`, which no
eigenvalue of a Hessian is below (a loss without one has −L). L= and rho= *declare* other constants,
to see which line of a proof breaks.
"""

import numpy as np

from ..engine.errors.arguments import check_not_negative, check_positive, numbers
from ..engine.errors.plain import to_array
from ..problems import CosineSum, Quadratic
from ..problems.common import as_value, bound_sum, check_points, choose_constants
from .kinked_losses import PiecewiseHessian, RootHessian

__all__ = [
    "CosineSum",
    "LogCosh",
    "Logistic",
    "PiecewiseHessian",
    "Quadratic",
    "RootHessian",
    "Tilted",
    "check_loss",
    "evaluate",
    "mean_hessian",
]


class LogCosh:
    """Σ_m c_m log cosh(w·x_m − y_m): a square near its minimum, |·| far from it. x (M, d), c and y
    (M,); convex if c >= 0.

    L: tanh′ lies in (0, 1], hence ∇²l between −Σ_{c<0} |c_m| x_m x_mᵀ and Σ_{c>0} c_m x_m x_mᵀ; L
    is the larger norm of the two. rho: |tanh″| <= 4/(3√3), attained where tanh² = 1/3, and the
    third derivative along unit v, v, u is Σ c_m tanh″ (x_m·v)² (x_m·u), at most 4/(3√3) times the
    norm of Σ |c_m| ‖x_m‖ x_m x_mᵀ. gradient_bound: ∇l = Σ t_m x_m with |t_m| <= |c_m|. infimum: log
    cosh >= 0, so that only negative c_m take the certificate away; where x_m = 0 the term is a
    constant.
    """

    batched = True

    def __init__(self, x, c, y, L=None, rho=None):
        self.x, self.c, self.y = numbers("x", x, 2), numbers("c", c, 1), numbers("y", y, 1)
        if not len(self.x) == len(self.c) == len(self.y):
            raise ValueError(
                f"x, c and y have the lengths {len(self.x)}, {len(self.c)} and {len(self.y)}; "
                "expected one each for every term"
            )
        self.dimension = self.x.shape[1]
        weight, length = np.abs(self.c), np.linalg.norm(self.x, axis=1)
        convex = gram_norm(self.x, np.maximum(self.c, 0))
        concave = gram_norm(self.x, np.maximum(-self.c, 0))
        bend = 4 / (3 * np.sqrt(3)) * gram_norm(self.x, weight * length)
        self.L, self.rho = choose_constants(L, rho, (max(convex, concave), bend))
        self.lowest_curvature = -float(concave)
        self.gradient_bound = bound_sum(self.x, weight)
        moving = self.x.any(axis=1)
        if (self.c[moving] < 0).any():
            self.infimum = -np.inf
        else:
            self.infimum = float(self.c[~moving] @ log_cosh(self.y[~moving]))

    def _residuals(self, w):
        return check_points(w, self.dimension) @ self.x.T - self.y

    def value(self, w):
        return as_value(log_cosh(self._residuals(w)) @ self.c)

    def gradient(self, w):
        return (self.c * np.tanh(self._residuals(w))) @ self.x

    def hessian(self, w):
        return self.mean_hessian(w, w)

    def mean_hessian(self, w, u):
        curvatures = self.c * mean_sech2(self._residuals(w), self._residuals(u))
        return (self.x.T * curvatures[..., None, :]) @ self.x


def gram_norm(x, weights):
    """The operator norm of Σ_m weights_m x_m x_mᵀ. x (M, d), weights (M,)."""
    return np.linalg.norm(x.T * weights @ x, 2)


def log_cosh(z):
    """log cosh z without overflow far out, and without cancellation near 0, where it is z²/2."""
    size = np.abs(z)
    near = np.log1p(2 * np.sinh(np.minimum(size, 1) / 2) ** 2)
    far = size + np.log1p(np.exp(-2 * size)) - np.log(2)
    return np.where(size < 1, near, far)


def mean_sech2(a, b):
    """The average of sech² = tanh′ between a and b: sinh|b − a| / (|b − a| cosh a cosh b), written
    so that nothing overflows far out or cancels for neighbours; sech² a for a = b."""
    gap = np.abs(b - a)
    apart = gap > 0
    # (1 − e^(−2gap)) / gap
    rise = np.where(apart, -np.expm1(-2 * gap) / np.where(apart, gap, 1), 2)
    decay = np.exp(np.minimum(gap - np.abs(a) - np.abs(b), 0))
    return 2 * rise * decay / ((1 + np.exp(-2 * np.abs(a))) * (1 + np.exp(-2 * np.abs(b))))


class Logistic:
    """Logistic regression, Σ_m c_m log(1 + exp(−y_m x_m·w)) + ridge/2 ‖w‖²: x (M, d), labels y (M,)
    −1 or 1, weights c (M,) >= 0 (None: 1/M each, the mean), ridge >= 0.

    With the sigmoid s: L: s′ lies in (0, ¼], attained at 0, hence ∇²l between ridge I and Σ c_m x_m
    x_mᵀ / 4 + ridge I. rho: |s″| <= 1/(6√3); the rest as for `LogCosh`. gradient_bound: without a
    ridge ∇l = −Σ t_m y_m x_m with 0 <= t_m <= c_m, whose squared norm is at most Σ_mn c_m c_n
    max(y_m y_n x_m·x_n, 0); with one there is none. infimum: 0, since no term is negative.
    """

    batched = True
    infimum = 0.0

    def __init__(self, x, y, c=None, ridge=0.0, L=None, rho=None):
        self.x, self.y = numbers("x", x, 2), numbers("y", y, 1)
        self.c = np.full(len(self.x), 1 / len(self.x)) if c is None else numbers("c", c, 1)
        self.ridge = check_not_negative("ridge", ridge)
        self.dimension = self.x.shape[1]
        if not len(self.x) == len(self.y) == len(self.c):
            raise ValueError(
                f"x, y and c have the lengths {len(self.x)}, {len(self.y)} and {len(self.c)}; "
                "expected one each for every example"
            )
        if (np.abs(self.y) != 1).any():
            raise ValueError("y has other labels than −1 and 1; of labels 0 and 1 make 2 * y - 1")
        if (self.c < 0).any():
            raise ValueError("c has negative weights; expected weights >= 0")
        self.towards = self.x * self.y[:, None]
        length = np.linalg.norm(self.x, axis=1)
        steepest = gram_norm(self.x, self.c) / 4 + self.ridge
        bend = gram_norm(self.x, self.c * length) / (6 * np.sqrt(3))
        self.L, self.rho = choose_constants(L, rho, (steepest, bend))
        bound = np.sqrt(self.c @ np.maximum(self.towards @ self.towards.T, 0) @ self.c)
        self.gradient_bound = np.inf if self.ridge else float(bound)
        self.lowest_curvature = self.ridge

    def _margins(self, w):
        return check_points(w, self.dimension) @ self.towards.T

    def value(self, w):
        misfit = np.logaddexp(0, -self._margins(w)) @ self.c
        return as_value(misfit + self.ridge / 2 * np.sum(np.square(w), axis=-1))

    def gradient(self, w):
        z = self._margins(w)
        e = np.exp(-np.abs(z))
        pull = self.c * np.where(z > 0, e, 1) / (1 + e)  # c s(−z), accurate however small it is
        return -pull @ self.towards + self.ridge * np.asarray(w)

    def hessian(self, w):
        return self.mean_hessian(w, w)

    def mean_hessian(self, w, u):  # s′(z) = ¼ sech²(z/2)
        bend = self.c / 4 * mean_sech2(self._margins(w) / 2, self._margins(u) / 2)
        return (self.x.T * bend[..., None, :]) @ self.x + self.ridge * np.eye(self.dimension)


class Tilted:
    """A loss plus slope·w, and with other constants if L, rho or lowest_curvature is declared: a
    slope (d,) changes gradients by a constant, Hessians not at all. The loss may be any, also a
    reader's own that knows a single w only."""

    batched = True

    def __init__(self, loss, slope, L=None, rho=None, lowest_curvature=None):
        self.loss, self.slope = loss, numbers("slope", slope, 1)
        self.dimension = len(self.slope)
        self.L, self.rho = choose_constants(L, rho, (loss.L, loss.rho))
        certified = curvature_floor(loss)
        self.lowest_curvature = certified if lowest_curvature is None else lowest_curvature
        steepness = float(np.linalg.norm(self.slope))
        self.gradient_bound = getattr(loss, "gradient_bound", np.inf) + steepness
        self.infimum = -np.inf if self.slope.any() else getattr(loss, "infimum", -np.inf)

    def value(self, w):
        value = evaluate(self.loss, "value", w)
        return as_value(value + check_points(w, self.dimension) @ self.slope)

    def gradient(self, w):
        return evaluate(self.loss, "gradient", w) + self.slope

    def hessian(self, w):
        return evaluate(self.loss, "hessian", w)

    def mean_hessian(self, w, u):
        return mean_hessian(self.loss, w, u)


def curvature_floor(loss):
    """A number that no eigenvalue of the loss's Hessians is below: its `lowest_curvature`, or, for
    a loss of the reader's own that has none, −L. Raises TypeError or ValueError for what is no
    finite number."""
    return float(numbers("lowest_curvature", getattr(loss, "lowest_curvature", -loss.L), 0))


def evaluate(loss, method, w, *more):
    """loss.value, .gradient or .hessian (`method`, a string) at every w, (..., d): (...), (..., d)
    or (..., d, d). At once if the loss is `batched`, otherwise one w after the other. more: further
    arguments shaped like w, as the u of mean_hessian."""
    function = getattr(loss, method)
    if getattr(loss, "batched", False) or np.ndim(w) == 1 and not more:
        return function(w, *more)
    arguments = np.broadcast_arrays(w, *more)
    *many, d = arguments[0].shape
    rows = zip(*(a.reshape(-1, d) for a in arguments), strict=True)
    results = [function(*row) for row in rows]
    shape = {"value": (), "gradient": (d,)}.get(method, (d, d))
    return as_value(np.array(results, float).reshape(*many, *shape))


NODES, WEIGHTS = (a / 2 for a in np.polynomial.legendre.leggauss(20))  # on [−½, ½]
RESOLVED = 1e-13  # of L: the segment is halved until a mean changes by no more
MOST_PIECES = 512


def mean_hessian(loss, w, u):
    """∫₀¹ ∇²l(w + t(u − w)) dt, (..., d, d), for w and u (..., d). The loss's own where it has one;
    otherwise Gauss–Legendre on 1, 2, 4, … pieces of the segment, until that changes nothing. Raises
    ValueError where 512 pieces do not resolve the Hessian: it has kinks, or the segment is long."""
    if hasattr(loss, "mean_hessian"):
        return evaluate(loss, "mean_hessian", w, u)
    w, u = np.broadcast_arrays(w, u)
    pieces, mean = 1, integrate_hessian(loss, w, u, 1)
    while pieces < MOST_PIECES:
        pieces *= 2
        coarser, mean = mean, integrate_hessian(loss, w, u, pieces)
        if np.abs(mean - coarser).max(initial=0) <= RESOLVED * loss.L:
            return mean
    raise ValueError(
        f"the mean of {type(loss).__name__}'s Hessian between two points was not found with "
        f"{MOST_PIECES} pieces of 20 nodes: give the loss a method mean_hessian(w, u), the exact "
        "mean along the segment, or take points that are nearer to each other"
    )


def integrate_hessian(loss, w, u, pieces):
    """The mean Hessian between w and u, by 20 nodes on each of so many equal pieces."""
    middles = (np.arange(pieces) + 0.5) / pieces - 0.5
    places = (middles[:, None] + NODES / pieces).ravel()
    between = (w + u) / 2 + np.multiply.outer(places, u - w)
    weights = np.tile(WEIGHTS / pieces, pieces)
    return np.tensordot(weights, evaluate(loss, "hessian", between), 1)


def check_loss(loss, dimension):
    """The loss, if it is one in so many dimensions as the proofs need it. A loss of the reader's
    own is tried at two points. Raises TypeError for what is missing or is no number, ValueError for
    constants out of range, wrong shapes, NaN or infinity, a Hessian that is not symmetric, and a w
    that is changed."""
    name = type(loss).__name__
    for method in shapes_of(loss, dimension):
        if not callable(getattr(loss, method, None)):
            raise TypeError(
                f"{name} has no method {method}; "
                "a loss needs value(w), gradient(w), hessian(w), L and rho"
            )
    for constant, check in (("L", check_positive), ("rho", check_not_negative)):
        if not hasattr(loss, constant):
            raise TypeError(f"{name} has no {constant}; give it one that holds for all w")
        check(f"{name}.{constant}", getattr(loss, constant))
    if getattr(loss, "dimension", dimension) != dimension:
        raise ValueError(f"{name} has {loss.dimension} parameters; expected {dimension}")
    if not type(loss).__module__.startswith("tinymaml."):  # those are tried by the tests
        check_methods(loss, dimension)
    return loss


def shapes_of(loss, dimension):
    """method that the proofs need -> the shape of what it gives"""
    shapes = {"value": (), "gradient": (dimension,), "hessian": (dimension, dimension)}
    if hasattr(loss, "mean_hessian"):
        shapes["mean_hessian"] = (dimension, dimension)
    return shapes


def check_methods(loss, dimension):
    """Raise what `check_loss` says of the methods of a loss, tried at two points."""
    shapes = shapes_of(loss, dimension)
    w = np.stack([np.zeros(dimension), np.cos(np.arange(1.0, dimension + 1))])
    for point in w:
        for method, shape in shapes.items():
            check_method(loss, method, point, shape)
    if getattr(loss, "batched", False):  # a promise that is kept for all rows, or not made
        for method, shape in shapes.items():
            check_method(loss, method, w[:, None], (2, 1, *shape))


def check_method(loss, method, w, shape):
    """Raise what `check_loss` says if this method of the loss does not give numbers of this shape
    at w (..., d), or changes w. The mean Hessian is tried from w to w, where it is the Hessian."""
    name = f"{type(loss).__name__}.{method}"
    points = [w.copy(), w.copy()] if method == "mean_hessian" else [w.copy()]
    found = getattr(loss, method)(*points)
    result = to_array(f"what {name} gives", found, letter="it")
    if not all(np.array_equal(point, w) for point in points):
        raise ValueError(
            f"{name} changes the w that it is given; write w = w - step, not w -= step"
        )
    if result.dtype.kind not in "iuf":
        raise TypeError(f"{name} gives {result.dtype}; expected floats")
    if result.shape != shape:
        raise ValueError(
            f"{name} gives the shape {result.shape} at a w of shape {w.shape}; expected {shape}"
        )
    if not np.isfinite(result).all():
        raise ValueError(
            f"{name} gives NaN or infinity at w = {w.tolist()}; "
            "the theory needs a loss that is defined for all w"
        )
    if method in ("hessian", "mean_hessian"):
        asymmetry = np.abs(result - result.swapaxes(-1, -2)).max()
        if asymmetry > 1e-10 * np.abs(result).max():
            raise ValueError(f"{name} is not symmetric at w = {w.tolist()}")
