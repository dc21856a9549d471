"""What the problems share: the checks at their door, constants that do not exist, the frame of a
picture."""

import numpy as np

from ..engine.errors.arguments import (
    PRECISIONS,
    check_count,
    check_not_negative,
    check_positive,
    check_samples,
    check_vector,
)


class Absent:
    """A constant that a problem does not have. Reading it raises AttributeError with the reason, so
    that hasattr answers no."""

    def __init__(self, reason):
        self.reason, self.__doc__ = reason, f"Does not exist: {reason}."

    def __set_name__(self, owner, name):
        self.name = name

    def __get__(self, problem, owner):
        if problem is None:
            return self
        raise AttributeError(f"{owner.__name__} has no {self.name}: {self.reason}")


NETWORK = (
    "no bound on a network's derivatives holds for all weights, since they grow with the weights"
)


def check_draw(rng, batch):
    """What `sample` is given -> batch."""
    return check_random(rng, batch=batch)


def check_random(rng, **counts):
    """A generator, and counts of what is to be drawn -> the last of them."""
    if not isinstance(rng, np.random.Generator):
        raise TypeError(f"rng is {rng!r}; expected a NumPy generator: np.random.default_rng(seed)")
    return [check_count(name, n, 1) for name, n in counts.items()][-1]


def draw_from(rng, count, batch):
    """Which of `count` equally likely tasks a batch consists of -> (batch,) whole numbers."""
    batch = check_draw(rng, batch)
    return rng.integers(count, size=batch)


def check_resample(samples, steps):
    """What `resample` is given beside a draw -> S, D, T, N."""
    return *check_samples(samples).values(), check_count("steps", steps)


def check_inner(alpha, steps):
    """The inner stepsize and the number of inner steps."""
    return check_positive("alpha", alpha), check_count("steps", steps)


def check_dtype(dtype):
    try:
        known = np.dtype(dtype) in PRECISIONS
    except TypeError:
        known = False
    if not known:
        raise TypeError(f"dtype is {dtype!r}; expected float32 or float64")


def check_w(w, size):
    check_vector("w", w, size, finite=True)
    return w


# ---- single losses as the theory wants them


def points(w, dimension):
    """w, (d,) or (..., d), as an array."""
    w = np.asarray(w)
    if w.shape[-1:] != (dimension,):
        raise ValueError(
            f"w has shape {w.shape}; the loss has {dimension} parameters, expected ({dimension},) or (..., {dimension})"
        )
    return w


def single(value):
    """The value at a single w as a Python number, an array of values as it is."""
    return value.item() if value.ndim == 0 else value


def declared(L, rho, certified):
    """What a loss says of itself -> L, rho: the certified ones, or what is declared instead (to see
    which line of a proof breaks)."""
    return (float(certified[0]) if L is None else check_positive("L", L)), (
        float(certified[1]) if rho is None else check_not_negative("rho", rho)
    )


def longest(x, s):
    """A bound of ‖Σ_m t_m x_m‖ over all |t_m| <= s_m, a float: the square is Σ_mn t_m t_n x_m·x_n.
    Attained when the x_m are orthogonal or in one dimension. x (M, d), s (M,)."""
    return float(np.sqrt(s @ np.abs(x @ x.T) @ s))
