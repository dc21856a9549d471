"""What the problems share: the checks at their door, constants that do not exist, and what single
losses need to be what the theory wants."""

import numpy as np

from ..engine.errors.arguments import (
    PRECISIONS,
    check_count,
    check_not_negative,
    check_positive,
    check_samples,
    check_vector,
)
from ..engine.errors.plain import to_array

NO_BOUND = (
    "no bound on a network's derivatives holds for all weights, since they grow with the weights"
)


class Absent:
    """A constant that a problem does not have. Reading it raises AttributeError with the reason, so
    that hasattr answers no."""

    def __init__(self, reason):
        self.reason = reason
        self.__doc__ = f"Does not exist: {reason}."

    def __set_name__(self, owner, name):
        self.name = name

    def __get__(self, problem, owner):
        if problem is None:
            return self
        raise AttributeError(f"{owner.__name__} has no {self.name}: {self.reason}")


# ---- checks at the door


def check_rng(rng):
    if not isinstance(rng, np.random.Generator):
        raise TypeError(f"rng is {rng!r}; expected a NumPy generator: np.random.default_rng(seed)")


def check_random(rng, **counts):
    """Check what `random` is given: a generator, and counts of what is to be drawn, each >= 1."""
    check_rng(rng)
    for name, n in counts.items():
        check_count(name, n, 1)


def check_draw(rng, batch):
    """Check what `sample` is given -> batch, an int."""
    check_rng(rng)
    return check_count("batch", batch, 1)


def check_resample(samples, steps):
    """Check what `resample` is given beside a generator and a batch -> S, D, T, N."""
    S, D, T = check_samples(samples).values()
    return S, D, T, check_count("steps", steps)


def check_inner(alpha, steps):
    """Check the inner stepsize and the number of inner steps -> both."""
    return check_positive("alpha", alpha), check_count("steps", steps)


def check_dtype(dtype):
    """Raise TypeError for what is neither float32 nor float64."""
    try:
        known = np.dtype(dtype) in PRECISIONS
    except TypeError:
        known = False
    if not known:
        raise TypeError(f"dtype is {dtype!r}; expected float32 or float64")


def check_w(w, size):
    """Check a vector of parameters, finite floats (size,) -> w."""
    check_vector("w", w, size, finite=True)
    return w


def draw_tasks(rng, count, batch):
    """Draw a batch from `count` equally likely tasks -> their numbers, (batch,) integers."""
    batch = check_draw(rng, batch)
    return rng.integers(count, size=batch)


# ---- single losses as the theory wants them


def check_points(w, dimension):
    """w, (d,) or (..., d), as an array. Raises ValueError for another last axis."""
    w = to_array("w", w)
    if w.shape[-1:] != (dimension,):
        raise ValueError(
            f"w has shape {w.shape}; the loss has {dimension} parameters, "
            f"expected ({dimension},) or (..., {dimension})"
        )
    return w


def as_value(values):
    """The value at a single w as a Python number, an array of values as it is."""
    return values.item() if values.ndim == 0 else values


def choose_constants(L, rho, certified):
    """What a loss says of itself -> L, rho: the certified pair, or what is declared instead (to see
    which line of a proof breaks)."""
    certified_L, certified_rho = certified
    L = float(certified_L) if L is None else check_positive("L", L)
    rho = float(certified_rho) if rho is None else check_not_negative("rho", rho)
    return L, rho


def bound_sum(x, s):
    """A bound of ‖Σ_m t_m x_m‖ over all |t_m| <= s_m, a float: the square is Σ_mn t_m t_n x_m·x_n.
    Attained when the x_m are orthogonal or in one dimension. x (M, d), s (M,)."""
    return float(np.sqrt(s @ np.abs(x @ x.T) @ s))
