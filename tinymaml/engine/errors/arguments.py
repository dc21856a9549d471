"""Bad input is refused at the door, with what was wrong, where, and what was expected.

What is checked may be anything, and is typed so.
"""

import math
import operator
from math import isfinite
from typing import Any

import numpy as np
import numpy.typing as npt

from .plain import check_plain, how_to_make_array, how_to_make_floats, to_array

LARGEST_COUNT = 2**31 - 1  # of inner steps, tasks, samples, iterations
HINTS = {  # (dimensions there are, dimensions expected) -> what to write
    (1, 2): "for one column write {x}[:, None]",
    (1, 3): "for one task with one column write {x}[None, :, None]",
    (2, 3): "for (tasks, rows) write {x}[..., None], for one task's (rows, columns) {x}[None]",
    (3, 4): "for (tasks, steps, rows) write {x}[..., None], "
    "for one step's (tasks, rows, columns) {x}[:, None]",
}
PRECISIONS: set[np.dtype[np.floating[Any]]] = {np.dtype(np.float32), np.dtype(np.float64)}


def check_floats(name: str, a: object, finite: bool = True) -> None:
    """A plain NumPy array of floats, finite ones unless said otherwise."""
    check_plain(name, a)
    if not isinstance(a, np.ndarray):
        raise TypeError(
            f"{name} is of type {type(a).__name__}; "
            f"expected a NumPy array{how_to_make_array(name, a)}"
        )
    if a.dtype.kind != "f":
        raise TypeError(
            f"{name} is of type {a.dtype}; expected floats: {how_to_make_floats(name, a)}"
        )
    if (
        finite and not isfinite(np.vdot(a, a)) and not np.isfinite(a).all()
    ):  # the squares' sum: quick, and finite as a rule
        at = ", ".join(map(str, np.argwhere(~np.isfinite(a))[0]))
        raise ValueError(f"{name} contains NaN or infinity (first at [{at}])")


def check_array(name: str, a: Any, dimensions: int) -> None:
    """An array of finite floats with so many dimensions, none of length 0."""
    check_floats(name, a)
    check_dimensions(name, a, dimensions, HINTS.get((a.ndim, dimensions), "").format(x=name))


def check_dimensions(name: str, a: np.ndarray, dimensions: int, hint: str = "") -> None:
    """So many dimensions, none of length 0. hint: what to write where they differ."""
    if a.ndim != dimensions:
        raise ValueError(
            f"{name} has shape {a.shape}; expected {dimensions} dimensions" + (hint and f": {hint}")
        )
    if a.size == 0:
        raise ValueError(f"{name} is empty: it has shape {a.shape}")


def to_precision(name: str, a: np.ndarray, dtype: npt.DTypeLike) -> np.ndarray:
    """The array in this precision; refused if that makes it infinite."""
    if a.dtype == dtype:
        return a
    with np.errstate(over="ignore"):
        b = a.astype(dtype)
    if not np.isfinite(b).all():
        raise ValueError(
            f"{name} contains numbers too large for {np.dtype(dtype)}, the precision of w"
        )
    return b


def check_vector(
    name: str, w: Any, size: int, dtype: np.dtype | None = None, finite: bool = False
) -> None:
    """A vector of parameters: (P,), float32 or float64."""
    check_floats(name, w, finite)
    if w.shape != (size,):
        raise ValueError(
            f"{name} has shape {w.shape}; the loss has {size} parameters, expected ({size},)"
        )
    if w.dtype not in PRECISIONS or dtype and w.dtype != dtype:
        raise TypeError(f"{name} is of type {w.dtype}; expected {dtype or 'float32 or float64'}")


def is_number(x: object) -> bool:
    """Is it a real number? True and False are none."""
    is_boolean = isinstance(x, (bool, np.bool_))
    return isinstance(x, (int, float, np.integer, np.floating)) and not is_boolean


def to_float(x: Any) -> float:
    """A number as a float; infinite or 0 where no float is near."""
    if isinstance(x, float):  # as a rule, and then nothing is to be rounded
        return float(x)
    try:
        with np.errstate(over="ignore", under="ignore"):
            return float(x)
    except OverflowError:  # of Python's whole numbers
        return np.inf if x > 0 else -np.inf


def show(x: object) -> str:
    """A value as it stands in a message: on one line, and no longer than that."""
    if isinstance(x, int) and abs(x) >= 10**30:
        size = round(math.log10(abs(x)))
        about = "" if abs(x) == 10**size else "about "
        return f"{about}{'-' if x < 0 else ''}10**{size}"
    try:
        text = str(x) if is_number(x) else repr(x)
    except ValueError:  # somewhere in it stands a whole number of thousands of digits
        return f"a {type(x).__name__} of numbers too large to print"
    return text if len(text) <= 60 else f"{text[:57]}..."


def check_positive(name: str, x: float, dtype: npt.DTypeLike = np.float64) -> float:
    """A finite number > 0, as a float; in this precision, too."""
    if not is_number(x):
        raise TypeError(f"{name} is {show(x)}; expected a number > 0")
    number = to_float(x)
    if not 0 < number < np.inf:
        raise ValueError(f"{name} is {show(x)}; expected a finite number > 0")
    if dtype != np.float64 and not 1e-45 < number < 3.4e38:  # the range of float32
        raise ValueError(
            f"{name} is {show(x)}, which is beyond the range of {np.dtype(dtype)}, "
            "the precision of w"
        )
    return number


def check_not_negative(name: str, x: float) -> float:
    """A finite number >= 0, as a float."""
    if not is_number(x):
        raise TypeError(f"{name} is {show(x)}; expected a number >= 0")
    number = to_float(x)
    if not 0 <= number < np.inf:
        raise ValueError(f"{name} is {show(x)}; expected a finite number >= 0")
    return number


def check_count(name: str, n: Any, least: int = 0, most: int | None = LARGEST_COUNT) -> int:
    """An integer >= least and <= most; most=None: of any size."""
    try:
        if isinstance(n, (bool, np.bool_)):
            raise TypeError
        count = operator.index(n)
    except TypeError:
        raise TypeError(f"{name} is {show(n)}; expected a whole number >= {least}") from None
    if count < least:
        raise ValueError(f"{name} is {show(count)}; expected a whole number >= {least}")
    if most is not None and count > most:
        raise ValueError(f"{name} is {show(count)}; expected a whole number <= {show(most)}")
    return count


def check_counts(name: str, counts: Any, least: int = 0) -> list[int]:
    """A sequence of integers >= least, at least one of them, as a list."""
    expected = f"expected a list of whole numbers >= {least}"
    if not isinstance(counts, (list, tuple, range, np.ndarray)):
        raise TypeError(f"{name} is {show(counts)}; {expected}")
    if not len(counts):
        raise ValueError(f"{name} is empty; {expected}")
    return [check_count(name, n, least) for n in counts]


def check_samples(samples: dict[str, int]) -> dict[str, int]:
    """The sizes of fresh sample sets -> dict(inner=S, hessian=D, outer=T), in this order."""
    names = ("inner", "hessian", "outer")
    expected = "expected dict(inner=S, hessian=D, outer=T)"
    if not isinstance(samples, dict):
        raise TypeError(f"samples is {show(samples)}; {expected}")
    if set(samples) != set(names):
        raise ValueError(f"samples is {show(samples)}; {expected}")
    return {name: check_count(f"samples[{name!r}]", samples[name], 1) for name in names}


def check_seed(seed: int | np.random.Generator) -> np.random.Generator:
    """An int >= 0 or a generator -> a generator."""
    if isinstance(seed, np.random.Generator):
        return seed
    return np.random.default_rng(check_count("seed", seed, most=None))


def numbers(name: str, a: npt.ArrayLike, dimensions: int | tuple[int, ...]) -> np.ndarray:
    """A float64 copy of nested lists or of an array of numbers, finite and with so many dimensions.

    dimensions: how many, or a tuple of the numbers that are possible.
    """
    given = to_array(name, a)
    if given.dtype == object and given.size and all(map(is_number, given.flat)):
        raise ValueError(f"{name} contains whole numbers too large for NumPy: write floats")
    if given.dtype.kind not in "iuf":
        raise TypeError(f"{name} is of type {given.dtype}; expected numbers")
    with np.errstate(over="ignore"):
        floats = given.astype(float)
    is_rounded = given.dtype != floats.dtype
    if is_rounded and not np.isfinite(floats).all() and np.isfinite(given).all():
        raise ValueError(f"{name} contains numbers too large for float64")
    if not isinstance(dimensions, int):
        dimensions = floats.ndim if floats.ndim in dimensions else dimensions[-1]
    check_floats(name, floats)
    check_dimensions(name, floats, dimensions)
    return floats
