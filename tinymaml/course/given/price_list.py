"""The price lists of lesson 23: the constants of Theorem 1 with all that the world gives set to 1,
and what its sizes are made of."""

from dataclasses import replace
from math import ceil, inf, sqrt
from typing import NamedTuple

from ...theory import PiecewiseHessian, ResamplingConstants, ResamplingInstance, inner_stepsize
from ...theory.complexity import complexity

WORLD = dict(L=1.0, rho=1.0, sigma=1.0, sigma_g=1.0, sigma_H=1.0)
MANY = 10**9  # tasks in a batch: without noise they cost nothing but in κ


class Prices(NamedTuple):
    """What the sizes of Theorem 1 are made of. κ = kappa_inf − k_S/S − k_B/B, and θ = κ · ratio."""

    kappa_inf: float  # (2/C_β)(1/5 − 2/C_β)
    k_S: float
    k_B: float
    ratio: float  # C_l/C_𝓛
    phi: float  # at S = 1, where it is largest
    xi: float
    chi: float


def unit(N=1, C_beta=100.0, sharp=False):
    """The constants at α = 1/(8NL) where L, ρ, σ, σ_g, σ_H are 1; sharp: of the sharper theorem."""
    alpha = inner_stepsize(1.0, N)
    return ResamplingConstants(**WORLD, alpha=alpha, steps=N, C_beta=C_beta, sharp=sharp)


def prices(constants):
    """The `Prices` of plain constants."""
    c = replace(constants, S=1, D=max(1, ceil((constants.sigma_H / constants.L) ** 2)))
    return Prices(c.gain, c.costs["S"], c.costs["B"], c.C_l / c.C_meta, c.phi, c.xi, c.chi)


def print_table(heads, rows):
    """Print rows of words and numbers in columns under their heads; numbers to three digits, whole
    ones below ten million in full."""
    words = [heads] + [[in_words(entry) for entry in row] for row in rows]
    widths = [max(len(row[i]) for row in words) for i in range(len(heads))]
    for first, *others in words:
        line = first.ljust(widths[0])
        for word, width in zip(others, widths[1:], strict=True):
            line += "  " + word.rjust(width)
        print(line.rstrip())


def in_words(entry):
    """A table's entry as text."""
    if isinstance(entry, str):
        return entry
    if entry == round(entry) and abs(entry) < 1e7:
        return f"{entry:,.0f}"
    return f"{entry:.3g}"


def third(c, epsilon):
    """What each of Δ/K, φ/B and the bias's noise may be, for the bound to be ε at most."""
    return c.gain / 2 * epsilon**2 / (12 * max(c.steepness, c.C_meta / c.C_l * epsilon))


def inner_samples(constants, epsilon, bend=True):
    """The least S, not rounded, with which the sharper theorem's bias takes no more than its third;
    bend: may it use Proposition 2″, whose C_bend/S falls faster than C_err1′/√S?"""
    c = constants
    p = third(c, epsilon) * c.A / c.weight
    by_root = (2 * c.C_err1**2 + c.spread_bias) / p
    if not bend:
        return by_root
    half = c.spread_bias / (2 * p)
    return min(by_root, half + sqrt(half**2 + 2 * c.C_bend**2 / p))


def total_gradients(N, epsilon, sharp=False, bend=True):
    """K·B·N·S, the inner gradients of a whole run: in Theorem 1 with C_β = 100, in the sharper one
    with C_β = 2. bend: as in `inner_samples`."""
    c = unit(N, 2.0 if sharp else 100.0, sharp)
    sizes = complexity(c, epsilon, 1.0)
    if bend:
        return sizes["K"] * sizes["B"] * N * sizes["S"]
    # small ε: what κ asks of S and B is less than what the thirds do
    S = max(1, ceil(inner_samples(c, epsilon, bend=False)))
    B = ceil(replace(c, S=S).phi / third(c, epsilon))
    return sizes["K"] * B * N * S


def just_enough(constants, epsilon, sizes, Delta=1.0):
    """The sizes of `complexity`, K, B and S divided by one number >= 1: the largest with which
    the theorem's bound is still at most epsilon. -> dict(K=, B=, S=, D=, bound=)"""

    def divided(x):
        smaller = {name: max(1, ceil(sizes[name] / x)) for name in "KBS"} | {"D": sizes["D"]}
        paid = replace(constants, **{name: smaller[name] for name in "BSD"})
        # where κ is not positive there is no bound
        positive = paid.gain > paid.costs["S"] / paid.S + paid.costs["B"] / paid.B
        bound = paid.bound(Delta, smaller["K"]) if positive else inf
        return smaller | {"bound": bound}

    low, high = 1.0, 1000.0
    for _ in range(50):
        middle = sqrt(low * high)
        if divided(middle)["bound"] <= epsilon:
            low = middle
        else:
            high = middle
    return divided(low)


def ramp_instance(slope, length, K, C_beta=2.0):
    """One task without noise, N = 1, α = 1/8: from w = 0 down to w = −length the loss falls with
    this slope, then it levels out to a minimum as soon as L = ρ = 1 allow."""
    curvature = min(1.0, sqrt(2 * slope))
    knots = [-length - curvature, -length]
    loss = PiecewiseHessian(knots, [curvature, 0.0], slope=slope, L=1.0, rho=1.0)
    return ResamplingInstance(
        losses=[loss], w=[0.0], alpha=1 / 8, steps=1, B=MANY, C_beta=C_beta, K=K
    )
