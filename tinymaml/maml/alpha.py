"""The inner stepsize alpha: a number > 0, or one for each parameter (Meta-SGD, Li et al. 2017)."""

from typing import TypeAlias

import numpy as np

from ..engine.errors.arguments import check_floats, check_positive

Alpha: TypeAlias = float | np.ndarray


def check_alpha(alpha: Alpha, w: np.ndarray) -> Alpha:
    """A float > 0, or a vector (P,) of floats >= 0, not all 0, in w's precision.

    A parameter whose entry is 0 is not adapted. Raises TypeError or ValueError for what is none of
    these, or becomes 0 or infinite in that precision. w: (..., P).
    """
    if not isinstance(alpha, np.ndarray):
        return check_positive("alpha", alpha, w.dtype)
    check_floats("alpha", alpha)
    if alpha.shape != w.shape[-1:]:
        raise ValueError(
            f"alpha has shape {alpha.shape}; expected a number, or one for each parameter, "
            f"of shape {w.shape[-1:]}"
        )
    if alpha.min() < 0 or alpha.max() == 0:
        raise ValueError("alpha contains a number < 0, or only zeros; expected numbers >= 0")
    with np.errstate(over="ignore", under="ignore"):
        converted = alpha.astype(w.dtype)
    lost = ~np.isfinite(converted) | (converted == 0) & (alpha > 0)
    if lost.any():
        raise ValueError(
            f"alpha[{lost.argmax()}] is {alpha[lost][0]:g}, "
            f"which is beyond the range of {w.dtype}, the precision of w"
        )
    return converted


def is_in_range(alpha: Alpha, before: Alpha, w: np.ndarray) -> bool:
    """Is a learned alpha finite, and > 0 wherever it was so before, in w's precision?"""
    if isinstance(alpha, np.ndarray):
        return bool(np.isfinite(alpha).all() and (alpha > 0)[before > 0].all())
    try:
        check_positive("alpha", alpha, w.dtype)
    except ValueError:
        return False
    return True


def advise_smaller(alpha: Alpha) -> str:
    """As in "make alpha smaller than 0.1"."""
    if isinstance(alpha, np.ndarray):
        return f"make the entries of alpha smaller than they are (the largest is {alpha.max():g})"
    return f"make alpha smaller than {alpha:g}"
