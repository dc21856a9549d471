"""How large a constant meta stepsize may be: Theorems 3 and 4, beside the random stepsize of
Theorems 1 and 2."""

from typing import NamedTuple

from .complexity import are_resampling
from .stepsize_constants import FiniteSumStepsize


class ConstantStepsize(NamedTuple):
    """A stepsize, and what a theorem says of it: (1/K) Σ_k E‖∇𝓛(w_k)‖² <= Δ/(ηβK) + noise."""

    beta: float
    eta: float
    noise: float


def constant_stepsize(constants, tau=10.0):
    """The constant stepsize β of the theorem for these constants, with its η and noise, a
    `ConstantStepsize`: (1/K) Σ_{k<K} E‖∇𝓛(w_k)‖² <= Δ/(ηβK) + noise, Δ >= 𝓛(w_0) − inf 𝓛.

    constants: `FiniteSumConstants`, Theorem 3 (Algorithm 2), where noise = Λβ A_squ2/(2ηB). tau: τ
    > 0, from where on a gradient counts as large: τ times the tasks' differences. The theorem holds
    for each τ; a smaller one gives a larger β where σ is large, and asks for a smaller alpha.
    Raises ConditionFailed where alpha is too large, or B too small; ValueError, TypeError for a tau
    that is no such number.
    """
    if are_resampling(constants):
        raise NotImplementedError("Theorem 4")
    found = FiniteSumStepsize(constants, tau)
    return ConstantStepsize(found.beta, found.eta, found.noise)
