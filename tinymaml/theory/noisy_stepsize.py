"""The constants of Theorem 4: a constant meta stepsize for Algorithm 1, whose every gradient is
noisy (lesson 21).

One constant is one property: its docstring is what the page says, its body the same as code. With m
= ‖∇l(w)‖, G = ∇𝓛(w), a point w is far where m >= τσ, and near elsewhere.

What is the constant stepsize worth beside the random one of Theorem 1? It needs no estimate of the
smoothness, no B' tasks and D_L samples, and its bound is one of the mean square of the gradient,
which is more than one of the mean. But it has to know σ: with Λ, the smoothness near a stationary
point, σ stands in β itself. The random stepsize asks for σ only in how large its samples must be.
`mean_square_sizes` finds K, B and S for an accuracy, as `complexity` does for Theorem 1.
"""

from dataclasses import dataclass, replace
from functools import cached_property
from math import expm1, floor, inf, isfinite, log, sqrt

from ..engine.errors.arguments import check_not_negative, check_positive
from .complexity import are_resampling, round_up
from .constants import LARGEST, ConditionFailed
from .resampling_constants import ResamplingConstants

TAU = 10.0  # where the far points begin, in units of σ


@dataclass(frozen=True, kw_only=True)
class NoisyStepsize:
    """The constants of Theorem 4.

    constants: `ResamplingConstants`; the sharper forms of C_err1, C_err2, C_squ1, C_squ2 count,
    whatever its `sharp` is. tau > 0: a point is far where ‖∇l(w)‖ >= τσ. Raises TypeError for
    constants of another kind. Those of the constants that ask for a condition raise
    ConditionFailed, when read, where it is not met.
    """

    constants: ResamplingConstants
    tau: float = TAU

    def __post_init__(self):
        if not are_resampling(self.constants):
            raise TypeError("constants are FiniteSumConstants; expected ResamplingConstants")
        object.__setattr__(self, "constants", replace(self.constants, sharp=True))
        object.__setattr__(self, "tau", check_positive("tau", self.tau))

    # The exact meta-gradient, and what a step turns

    @cached_property
    def far_sum(self):
        """1 + 1/τ: m + σ <= (1 + 1/τ) m at a far point"""
        return 1 + 1 / self.tau

    @cached_property
    def far_root(self):
        """√(1 + 1/τ²): √(m² + σ²) <= √(1 + 1/τ²) m at a far point"""
        return sqrt(1 + 1 / self.tau**2)

    @cached_property
    def omega(self):
        """ω = 1 − (a^2N − 1)(1 + 1/τ): ω m <= ‖G‖ at a far point"""
        c = self.constants
        omega = 1 - c.growth(2 * c.N) * self.far_sum
        if omega > 0:
            return omega
        raise ConditionFailed(
            "omega = 1 - (a^(2N) - 1)(1 + 1/tau) is not positive: " + self.lower_alpha()
        )

    @cached_property
    def mean_norm(self):
        """k = (1 + 1/τ)/ω: E_i‖∇l_i‖ <= k‖G‖ at a far point"""
        return self.far_sum / self.omega

    @cached_property
    def turn(self):
        """e_1 = 2a^N (a^N − 1): ‖E_i D̄_iᵀg_i − G‖ <= e_1 E_i‖∇l_i‖, wherever the step leads"""
        c = self.constants
        return 2 * c.power(c.N) * c.growth(c.N)

    # The noise of the estimate: its bias is at most b_0 + b_1 E_i‖∇l_i‖, and E‖Ĝ_i‖² at most
    # q (a^N √(m² + σ²) + n)²

    @cached_property
    def bias(self):
        """b_0 = min(C_bend/S, C_err1'/√S), Propositions 2' and 2''"""
        c = self.constants
        return min(c.C_bend / c.S, c.C_err1 / sqrt(c.S))

    @cached_property
    def bias_slope(self):
        """b_1 = C_err2'/√S, Propositions 2' and 2''"""
        c = self.constants
        return c.C_err2 / sqrt(c.S)

    @cached_property
    def draw_noise(self):
        """n = σ_g/√T + σ_g √(αL(a^2N − 1)/((2 + αL)S)), Proposition 3'"""
        c = self.constants
        return c.sigma_g / sqrt(c.T) + c.sigma_g * c.drift / sqrt(c.S)

    @cached_property
    def draw_slope(self):
        """a^N √(1 + 1/τ²)/ω: √E‖Ĝ_i‖² <= √q (a^N √(1 + 1/τ²)/ω ‖G‖ + n) at a far point"""
        c = self.constants
        return c.power(c.N) * self.far_root / self.omega

    # A step from a far point

    @cached_property
    def turned(self):
        """e_1 k: ‖E_i D̄_iᵀg_i − G‖ <= e_1 k‖G‖ at a far point"""
        return self.turn * self.mean_norm

    @cached_property
    def costs(self):
        """C_err2' k (1 + e_1 k) and e_1 k √q a^N √(1 + 1/τ²)/ω: what η_0 loses, times √S and √B"""
        c = self.constants
        return {
            "S": c.C_err2 * self.mean_norm * (1 + self.turned),
            "B": self.turned * sqrt(c.q) * self.draw_slope,
        }

    @cached_property
    def gain(self):
        """η_0 = 1 − e_1 k − b_1 k (1 + e_1 k) − e_1 k √(q/B) a^N √(1 + 1/τ²)/ω: E⟨E_i D̄_iᵀg_i, Ḡ⟩
        >= η_0‖G‖² − ν‖G‖"""
        most = 1 - self.turned  # as S and B tend to infinity
        losses = {
            size: cost / sqrt(getattr(self.constants, size)) for size, cost in self.costs.items()
        }
        gain = most - sum(losses.values())
        if gain > 0:
            return gain
        if most <= 0:
            raise ConditionFailed(
                f"eta_0 = {gain:.3g} is not positive, whatever S and B are: " + self.lower_alpha()
            )
        share = most / len(losses) * (1 - 1e-9)  # a smaller loss is not to blame
        blame = []
        for size, loss in losses.items():
            if loss >= share:
                least = (self.costs[size] / share) ** 2
                advice = f"raise it to {floor(least) + 1} or more" if least < LARGEST else "far so"
                blame.append(
                    f"{loss:.3g} because {size} = {getattr(self.constants, size)} is too small "
                    f"({advice})"
                )
        raise ConditionFailed(
            f"eta_0 = {gain:.3g} is not positive: from {most:.3g} it loses "
            f"{' and '.join(blame)}; a smaller alpha asks for less"
        )

    @cached_property
    def drag(self):
        """ν = b_0 (1 + e_1 k) + e_1 k n √(q/B), see η_0"""
        c = self.constants
        return self.bias * (1 + self.turned) + self.turned * self.draw_noise * sqrt(c.q / c.B)

    @cached_property
    def square_slope(self):
        """h = 2(1 + b_1 k)² + 2q a^2N (1 + 1/τ²)/(Bω²): E‖Ḡ‖² <= h‖G‖² + n_2 at a far point"""
        c = self.constants
        return 2 * (1 + self.bias_slope * self.mean_norm) ** 2 + 2 * c.q * self.draw_slope**2 / c.B

    @cached_property
    def square_noise(self):
        """n_2 = 2b_0² + 2q n²/B, see h"""
        c = self.constants
        return 2 * self.bias**2 + 2 * c.q * self.draw_noise**2 / c.B

    @cached_property
    def far_floor(self):
        """ν²/η_0 + ½Aβn_2: what noise adds to a step from a far point, over β"""
        return self.drag**2 / self.gain + self.constants.A * self.beta * self.square_noise / 2

    # A step from a near point

    @cached_property
    def near_norm(self):
        """(1 + τ)σ: E_i‖∇l_i‖ is less at a near point"""
        return (1 + self.tau) * self.constants.sigma

    @cached_property
    def smoothness(self):
        """Λ = A + C_𝓛 (1 + τ)σ: L_w is less at a near point"""
        return self.constants.smoothness(self.near_norm)

    @cached_property
    def near_floor(self):
        """½(b_0 + b_1 (1 + τ)σ)² + ½Λβ C_squ2'/B: what noise adds to a step from a near point, over
        β"""
        bias = self.bias + self.bias_slope * self.near_norm
        c = self.constants
        return bias**2 / 2 + self.smoothness * self.beta * c.C_squ2 / (2 * c.B)

    # Both together

    @cached_property
    def limits(self):
        """η_0/(2Ah), 1/Λ, B/(2Λ C_squ1'): β may be as large as the smallest of them"""
        c = self.constants
        return (
            self.gain / (2 * c.A * self.square_slope),
            1 / self.smoothness,
            c.B / (2 * self.smoothness * c.C_squ1),
        )

    @cached_property
    def beta(self):
        """β = min(η_0/(2Ah), 1/Λ, B/(2Λ C_squ1')): the constant stepsize"""
        return min(self.limits)

    @cached_property
    def eta(self):
        """η = min(η_0/2, ¼): E𝓛(w⁺) <= 𝓛(w) − ηβ‖G‖² + βZ"""
        return min(self.gain / 2, 1 / 4)

    @cached_property
    def floor(self):
        """Z, the larger of what noise adds to a far and to a near step, over β"""
        return max(self.far_floor, self.near_floor)

    @cached_property
    def noise(self):
        """Z/η: what is left of (1/K) Σ_k E‖∇𝓛(w_k)‖² as K tends to infinity"""
        return self.floor / self.eta

    def lower_alpha(self):
        """What is wrong with α where 1 <= e_1 k, or ω <= 0, in words.

        With y = a^N and t = 1 + 1/τ, e_1 k < 1 says 3ty² − 2ty < 1 + t. Then ω > 0, too.
        """
        c, t = self.constants, self.far_sum
        largest = expm1(log((1 + sqrt(4 + 3 / t)) / 3) / c.N) / c.L
        return (
            f"alpha = {c.alpha:g} is too large for L = {c.L:g}, steps = {c.N} and "
            f"tau = {self.tau:g}; it must be less than {largest:.6g}"
        )


def resampling_stepsize(constants, tau=TAU):
    """β, η and Z/η of Theorem 4: (1/K) Σ_k E‖∇𝓛(w_k)‖² <= Δ/(ηβK) + Z/η for w_{k+1} = w_k − βḠ_k.
    Raises as `NoisyStepsize`."""
    noisy = NoisyStepsize(constants=constants, tau=tau)
    return noisy.beta, noisy.eta, noisy.noise


def mean_square_sizes(constants, epsilon, Delta, tau=TAU):
    """A dict(K=, B=, S=, D=, gradients=, hvps=): sizes for which (1/K) Σ_k E‖∇𝓛(w_k)‖² <= epsilon²
    with the constant stepsize, and what each meta-iteration costs, as in `complexity`.

    Z/η may take half of epsilon², Δ/(ηβK) the rest. For each S, a power of 2, the least B that does
    it; of these pairs the one with the fewest gradients in all K iterations. The sizes among the
    constants are not used, except T. Raises ConditionFailed where alpha is too large whatever the
    sizes are, ValueError where no sizes below 2¹⁰⁰ do.
    """
    epsilon, Delta = check_positive("epsilon", epsilon), check_not_negative("Delta", Delta)
    are_resampling(constants)
    c = replace(constants, D=round_up("D", (constants.sigma_H / constants.L) ** 2))

    def noise(S, B):
        """Z/η with these sizes; infinite where they are too small for a constant stepsize."""
        try:
            return NoisyStepsize(constants=replace(c, S=S, B=B), tau=tau).noise
        except ConditionFailed:
            return inf

    def least_B(S):
        """The least B with Z/η <= epsilon²/2."""
        above = 1
        while noise(S, above) > epsilon**2 / 2:
            above *= 2
            if above > 2**100:
                return None
        below = above // 2
        while above - below > 1:
            middle = (below + above) // 2
            if noise(S, middle) > epsilon**2 / 2:
                below = middle
            else:
                above = middle
        return above

    def sizes(S, B):
        """What is returned, for these."""
        s = NoisyStepsize(constants=replace(c, S=S, B=B), tau=tau)
        K = round_up("K", 2 * Delta / (s.eta * s.beta * epsilon**2))
        gradients = B * (c.N * S + c.T)
        return {"K": K, "B": B, "S": S, "D": c.D, "gradients": gradients, "hvps": B * c.N * c.D}

    if not isfinite(noise(2**300, 2**300)):
        raise ConditionFailed(NoisyStepsize(constants=c, tau=tau).lower_alpha())
    best = None
    for power in range(101):
        B = least_B(2**power)
        if B is None:
            continue
        found = sizes(2**power, B)
        if best is None or found["K"] * found["gradients"] < best["K"] * best["gradients"]:
            best = found
        elif best is not None and found["S"] > 16 * best["S"]:
            break
    if best is None:
        raise ValueError(
            "no sizes below 2^100 do: raise epsilon, or give constants of a reasonable size"
        )
    return best
