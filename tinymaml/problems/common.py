"""What the problems share: the checks at their door, constants that do not exist, the frame of a picture."""
from contextlib import contextmanager

import numpy as np

from ..engine.checks import check_array, check_count, check_positive, check_vector

OKABE_ITO = ("#0072B2", "#D55E00", "#009E73", "#E69F00", "#CC79A7")     # told apart by everyone; the dashes tell them apart in print too
DASHES = ("-", "--", "-.", ":", (0, (5, 1, 1, 1, 1, 1)))


def look(k, **changes):
    """How the k-th line of a picture is drawn."""
    return dict(color=OKABE_ITO[k % 5], linestyle=DASHES[k % 5], linewidth=2.2) | changes


class Absent:
    """A constant that a problem does not have. Reading it raises AttributeError with the reason, so that hasattr answers no."""

    def __init__(self, reason):
        self.reason, self.__doc__ = reason, f"Does not exist: {reason}."

    def __set_name__(self, owner, name):
        self.name = name

    def __get__(self, problem, owner):
        if problem is None:
            return self
        raise AttributeError(f"{owner.__name__} has no {self.name}: {self.reason}")


NETWORK = "no bound on a network's derivatives holds for all weights, since they grow with the weights"


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


def check_samples(samples, steps):
    """What `resample` is given -> S, D, T, N."""
    if not isinstance(samples, dict) or sorted(samples) != ["hessian", "inner", "outer"]:
        raise ValueError(f"samples is {samples!r}; expected dict(inner=S, hessian=D, outer=T)")
    return *(check_count(f"samples[{name!r}]", samples[name], 1) for name in ("inner", "hessian", "outer")), check_count("steps", steps)


def check_inner(alpha, steps):
    """The inner stepsize and the number of inner steps."""
    return check_positive("alpha", alpha), check_count("steps", steps)


def check_not_negative(name, x):
    """A finite number >= 0, as a float."""
    if isinstance(x, (bool, np.bool_)) or not isinstance(x, (int, float, np.integer, np.floating)):
        raise TypeError(f"{name} is {x!r}; expected a number >= 0")
    if not 0 <= x < np.inf:
        raise ValueError(f"{name} is {x}; expected a finite number >= 0")
    return float(x)


def check_w(w, size):
    check_vector("w", w, size, finite=True)
    return w


def numbers(name, a, dimensions):
    """A float64 copy of nested lists or of an array of numbers, finite and with so many dimensions (a tuple: one of these numbers)."""
    try:
        a = np.array(a)
    except ValueError:
        raise ValueError(f"{name}: its rows differ in length") from None
    if a.dtype.kind not in "iuf":
        raise TypeError(f"{name} is of type {a.dtype}; expected numbers")
    a = a.astype(float)
    check_array(name, a, dimensions if isinstance(dimensions, int) else a.ndim if a.ndim in dimensions else dimensions[-1])
    return a


@contextmanager
def picture(title, panels=1, size=(8.0, 5.0), rows=1, **options):
    """-> figure and its axes (one, or an array of them), in the style of the package's figures. options: of `subplots`."""
    from matplotlib import rc_context
    from matplotlib.figure import Figure

    from ..experiments.figure import STYLE
    with rc_context(STYLE):                                 # not pyplot: no window, no state left behind
        figure = Figure(figsize=size, layout="constrained")
        figure.suptitle(title, fontsize=13.5)
        yield figure, figure.subplots(rows, panels, **options)
        figure.draw_without_rendering()                     # what the style decides at drawing time is decided here
