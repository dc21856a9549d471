"""Bad input is refused at the door: what the algorithms and the problems check in common, beside engine/checks.py."""
import numpy as np

from ..engine.checks import check_count


def check_samples(samples):
    """The sizes of fresh sample sets -> dict(inner=S, hessian=D, outer=T), in this order."""
    if not isinstance(samples, dict) or set(samples) != {"inner", "hessian", "outer"}:
        raise (ValueError if isinstance(samples, dict) else TypeError)(f"samples is {samples!r}; expected dict(inner=S, hessian=D, outer=T)")
    return {name: check_count(f"samples[{name!r}]", samples[name], 1) for name in ("inner", "hessian", "outer")}


def check_not_negative(name, x):
    """A finite number >= 0, as a float."""
    if isinstance(x, (bool, np.bool_)) or not isinstance(x, (int, float, np.integer, np.floating)):
        raise TypeError(f"{name} is {x!r}; expected a number >= 0")
    if not 0 <= x < np.inf:
        raise ValueError(f"{name} is {x}; expected a finite number >= 0")
    return float(x)


def check_seed(seed):
    """An int >= 0 or a generator -> a generator."""
    return seed if isinstance(seed, np.random.Generator) else np.random.default_rng(check_count("seed", seed))
