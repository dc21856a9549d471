"""How large a constant meta stepsize may be, and what an accuracy costs with it: Theorems 3 and 4,
beside the random stepsize of Theorems 1 and 2.

What is the constant stepsize worth beside the random one? It needs no estimate of the smoothness,
no B' tasks and D_L samples, and its theorems bound the mean square of the gradient, which is more
than its mean. But it has to know σ: with Λ, the smoothness where gradients are small, σ stands in β
itself. The random stepsize asks for σ only in how many samples it needs.

All constants 1, α = 1/(8NL), N = 1, Δ = 1, ε = 0.1 (`complexity`, `constant_stepsize_sizes`):

    theorem                    K      B     S     gradients of one sample, in all
    1, C_β = 100         971,410    825   316     2.5 · 10¹¹
    1, sharper           873,023    432     1     7.6 · 10⁸      (any C_β: K·B is the same)
    4                      7,560    969     2     2.2 · 10⁷

These are sizes that are enough for what is proved, not what a run needs.
"""

from dataclasses import replace
from math import inf
from typing import NamedTuple

from ..engine.errors.arguments import check_not_negative, check_positive
from .complexity import are_resampling, round_up
from .noisy_stepsize import NoisyStepsize
from .stepsize_constants import FiniteSumStepsize

LARGEST_SIZE = 2**100  # of S and B


class ConstantStepsize(NamedTuple):
    """A stepsize, and what a theorem says of it: (1/K) Σ_k E‖∇𝓛(w_k)‖² <= Δ/(ηβK) + noise."""

    beta: float
    eta: float
    noise: float


def constant_stepsize(constants, tau=10.0):
    """The constant stepsize β of the theorem for these constants, with its η and noise, a
    `ConstantStepsize`: (1/K) Σ_{k<K} E‖∇𝓛(w_k)‖² <= Δ/(ηβK) + noise, Δ >= 𝓛(w_0) − inf 𝓛.

    constants: `FiniteSumConstants`, Theorem 3 (Algorithm 2), where noise = Λβ A_squ2/(2ηB), or
    `ResamplingConstants`, Theorem 4 (Algorithm 1), where noise = Z/η, sharp or not. tau: τ > 0,
    from where on a gradient counts as large: τ times the tasks' differences. The theorem holds for
    each τ; a smaller one gives a larger β where σ is large, and asks for a smaller alpha. Raises
    ConditionFailed where alpha is too large, or S or B too small; ValueError, TypeError for a tau
    that is no such number.
    """
    found = stepsize_constants(constants, tau)
    return ConstantStepsize(found.beta, found.eta, found.noise)


def stepsize_constants(constants, tau):
    """All constants of Theorem 3, or 4, for these of its setting."""
    kind = NoisyStepsize if are_resampling(constants) else FiniteSumStepsize
    return kind(constants, tau)


def constant_stepsize_sizes(constants, epsilon, Delta, tau=10.0):
    """A dict(K=, B=, S=, D=, gradients=, hvps=): sizes for which (1/K) Σ_k E‖∇𝓛(w_k)‖² <= epsilon²
    with the constant stepsize, and what each meta-iteration costs, all as in `complexity`.

    Half of epsilon² is for the noise, half for Δ/(ηβK). For each S, a power of 2, the least B that
    leaves no more noise; of these pairs the one with the fewest gradients in all. In the finite sum
    there is no S. Of the sizes among the constants only T counts. Raises ConditionFailed where
    alpha is too large, whatever the sizes are; ValueError where no S and B up to 2¹⁰⁰ do.
    """
    resampled = are_resampling(constants)
    epsilon, Delta = check_positive("epsilon", epsilon), check_not_negative("Delta", Delta)
    c = constants
    if resampled:
        c = replace(c, D=round_up("D", (c.sigma_H / c.L) ** 2))

    def with_sizes(S, B):
        """The constants with these."""
        return replace(c, S=S, B=B) if resampled else replace(c, B=B)

    def is_enough(S, B):
        """Is the noise at most half of epsilon²?"""
        found = stepsize_constants(with_sizes(S, B), tau)
        return found.eta_0_or_less > 0 and found.noise <= epsilon**2 / 2

    def cost(S, B):
        """What is returned, for these."""
        beta, eta, _ = constant_stepsize(with_sizes(S, B), tau)
        K = round_up("K", 2 * Delta / (eta * beta * epsilon**2))
        if not resampled:
            hvps = B * c.steps
            return {"K": K, "B": B, "S": None, "D": None, "gradients": hvps + B, "hvps": hvps}
        gradients, hvps = B * (c.steps * S + c.T), B * c.steps * c.D
        return {"K": K, "B": B, "S": S, "D": c.D, "gradients": gradients, "hvps": hvps}

    constant_stepsize(with_sizes(LARGEST_SIZE, LARGEST_SIZE), tau)  # raises if alpha is too large
    best, least = None, inf
    for S in [2**power for power in range(101)] if resampled else [1]:
        B = least_size(lambda B, S=S: is_enough(S, B))
        if B is None:
            continue
        found = cost(S, B)
        total = found["K"] * found["gradients"]
        if total < least:
            best, least = found, total
        if total > 4 * least:  # a larger S only costs more
            break
    if best is None:
        raise ValueError(
            "no S and B up to 2^100 leave so little noise: raise epsilon, or give constants of a "
            "reasonable size"
        )
    return best


def least_size(is_enough):
    """The least whole number >= 1 that is enough, as every larger one is, by bisection. None where
    2¹⁰⁰ is not."""
    if not is_enough(LARGEST_SIZE):
        return None
    above = 1
    while not is_enough(above):
        above *= 2
    below = above // 2
    while above - below > 1:
        middle = (below + above) // 2
        if is_enough(middle):
            above = middle
        else:
            below = middle
    return above
