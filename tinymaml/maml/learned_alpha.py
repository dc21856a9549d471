"""The inner stepsize alpha, when it is learned together with w (Meta-SGD, Li et al. 2017)."""

from typing import Any

import numpy as np

from ..engine.errors.arguments import check_positive, is_number, show
from .alpha import Alpha
from .stepsizes import Adam, AdamState, RandomStepsize, Update, make_update


class AlphaUpdate:
    """α ← α ⊙ exp(−step(α ⊙ ∂𝓛/∂α)).

    That is a step on log α, whose derivative is α ⊙ ∂𝓛/∂α: so α stays > 0, and zeros stay zero.
    """

    def __init__(
        self, alpha_stepsize: float | Adam | None, alpha: Alpha, state: AdamState | None = None
    ):
        """alpha_stepsize: checked already; None: alpha stays what it is. state: as `make_update`'s,
        of the earlier run."""
        self.is_on = alpha_stepsize is not None
        self.rate = 0.0
        self.update: Update = make_update(0.0, np.asarray(alpha))
        if alpha_stepsize is not None:
            self.rate = alpha_stepsize.lr if isinstance(alpha_stepsize, Adam) else alpha_stepsize
            self.update = make_update(alpha_stepsize, np.asarray(alpha), state)

    @property
    def state(self) -> AdamState | None:
        return self.update.state

    @np.errstate(all="ignore")  # an alpha that goes astray is reported by name (recorder.py)
    def __call__(self, alpha: Alpha, alpha_gradient: Any) -> Alpha:
        """alpha_gradient: ∂𝓛/∂α, a float or (P,), as alpha is."""
        if not self.is_on:
            return alpha
        step = self.update(self.rate, alpha * alpha_gradient)
        learned = alpha * np.exp(-step)
        return learned if isinstance(alpha, np.ndarray) else float(learned)


def check_alpha_stepsize(
    alpha_stepsize: Any, stepsize: float | Adam | RandomStepsize, dtype: np.dtype
) -> float | Adam | None:
    """None, a number > 0 or `Adam`. dtype: the precision of w."""
    if alpha_stepsize is None:
        return None
    if isinstance(stepsize, RandomStepsize):
        raise ValueError(
            "alpha_stepsize is given and stepsize is a RandomStepsize, whose A and C_meta belong "
            "to one alpha: take a number or tm.Adam(lr) as stepsize, or leave alpha_stepsize out"
        )
    if isinstance(alpha_stepsize, Adam):
        check_positive("eps of Adam", alpha_stepsize.eps, dtype)
        check_positive("alpha_stepsize", alpha_stepsize.lr, dtype)
        return alpha_stepsize
    if not is_number(alpha_stepsize):
        raise TypeError(
            f"alpha_stepsize is {show(alpha_stepsize)}; "
            "expected a number > 0, tm.Adam(lr), or None: alpha is not learned"
        )
    return check_positive("alpha_stepsize", alpha_stepsize, dtype)
