"""The constants of Theorem 4: a constant meta stepsize for Algorithm 1, whose every gradient is
noisy (lesson 21).

One constant is one property: its docstring is what the page says, its body the same as code. m =
‖∇l(w)‖, μ = E_i‖∇l_i(w)‖, G = ∇𝓛(w); far and near are as in stepsize_constants.py.
"""

from dataclasses import replace
from functools import cached_property
from math import floor, inf, sqrt

from .constants import LARGEST, ConditionFailed
from .stepsize_constants import StepsizeConstants


class NoisyStepsize(StepsizeConstants):
    """The constants of Theorem 4: Algorithm 1 with a constant stepsize. constants:
    `ResamplingConstants`, of which C_beta does not count, nor `sharp`: it is always the sharper
    C_err1', C_err2', C_squ1' and C_squ2'."""

    def __init__(self, constants, tau=10.0):
        super().__init__(constants if constants.sharp else replace(constants, sharp=True), tau)

    # The exact meta-gradient, and what a step turns

    @cached_property
    def far_root(self):
        """√(1 + 1/τ²): far off, √(m² + σ²) <= √(1 + 1/τ²) m"""
        return sqrt(1 + 1 / self.tau**2)

    @cached_property
    def e_1(self):
        """e₁ = 2a^N (a^N − 1): E_i D̄_iᵀg_i is within e₁μ of G, however long the step"""
        c = self.constants
        return 2 * c.power(c.N) * c.growth(c.N)

    @cached_property
    def k(self):
        """k = (1 + 1/τ)/ω: far off, μ <= k‖G‖"""
        return self.far / self.omega

    # The noise of the estimate: ‖E Ĝ_i − G‖ <= b₀ + b₁μ, E‖Ĝ_i‖² <= q(a^N √(m² + σ²) + n)²

    @cached_property
    def b_0(self):
        """b₀ = min(C_bend/S, C_err1'/√S), Propositions 2' and 2''"""
        c = self.constants
        return min(c.C_bend / c.S, c.C_err1 / sqrt(c.S))

    @cached_property
    def b_1(self):
        """b₁ = C_err2'/√S, Propositions 2' and 2''"""
        c = self.constants
        return c.C_err2 / sqrt(c.S)

    @cached_property
    def n(self):
        """n = σ_g/√T + σ_g √(αL(a^2N − 1)/((2 + αL)S)), Proposition 3'"""
        c = self.constants
        drift = sqrt(c.x * c.growth(2 * c.N) / (2 + c.x))
        return c.sigma_g / sqrt(c.T) + c.sigma_g * drift / sqrt(c.S)

    # A step from far off

    @cached_property
    def stretch(self):
        """a^N √(1 + 1/τ²)/ω: far off, E‖Ĝ_i‖² <= q(a^N √(1 + 1/τ²)/ω ‖G‖ + n)²"""
        c = self.constants
        return c.power(c.N) * self.far_root / self.omega

    @cached_property
    def limit(self):
        """1 − e₁k: η₀ as S and B tend to infinity; −∞ where there is no ω"""
        if self.omega_or_less <= 0:
            return -inf
        return 1 - self.e_1 * self.k

    @cached_property
    def costs(self):
        """C_err2' k(1 + e₁k) and e₁k √q a^N √(1 + 1/τ²)/ω: what η₀ loses, times √S and √B"""
        turned = self.e_1 * self.k
        return {
            "S": self.constants.C_err2 * self.k * (1 + turned),
            "B": turned * sqrt(self.constants.q) * self.stretch,
        }

    @cached_property
    def losses(self):
        """What η₀ loses by S and by B."""
        return {
            size: cost / sqrt(getattr(self.constants, size)) for size, cost in self.costs.items()
        }

    @cached_property
    def eta_0_or_less(self):
        """η₀, also where it is not positive; −∞ where there is no ω"""
        return self.limit if self.limit == -inf else self.limit - sum(self.losses.values())

    @cached_property
    def eta_0(self):
        """η₀ = 1 − e₁k − b₁k(1 + e₁k) − e₁k √(q/B) a^N √(1 + 1/τ²)/ω: far off, E⟨u, Ḡ⟩ >= η₀‖G‖² −
        ν‖G‖"""
        if self.omega and self.eta_0_or_less > 0:
            return self.eta_0_or_less
        c = self.constants
        raise ConditionFailed(
            f"eta_0 = {self.eta_0_or_less:.3g} is not positive with S = {c.S}, B = {c.B}, alpha = "
            f"{c.alpha:g}, L = {c.L:g}, steps = {c.N} and tau = {self.tau:g}; alpha must be less "
            f"than {self.largest_alpha:.6g}{self.larger_sizes}"
        )

    @cached_property
    def larger_sizes(self):
        """In words, which S and B would do as well: what each takes from η₀ may be half of the
        limit, or, where the other takes less, what that leaves."""
        if self.limit <= 0:
            return ", and no S and B make up for it"
        half = self.limit / 2
        blamed = [size for size, loss in self.losses.items() if loss >= half * (1 - 1e-9)]
        advice = []
        for size in blamed:
            others = sum(loss for name, loss in self.losses.items() if name != size)
            room = half if len(blamed) > 1 else self.limit - others
            root = self.costs[size] / room  # of the least size
            if root > sqrt(LARGEST) / 2:
                return ", and no S and B of a reasonable size make up for it"
            advice.append(f"{size} at least {floor(root**2 * (1 + 1e-9)) + 1}")
        return ", or " + " and ".join(advice)

    @cached_property
    def nu(self):
        """ν = b₀(1 + e₁k) + e₁k n √(q/B), see η₀"""
        c = self.constants
        turned = self.e_1 * self.k
        return self.b_0 * (1 + turned) + turned * self.n * sqrt(c.q / c.B)

    @cached_property
    def h(self):
        """h = 2(1 + b₁k)² + 2q a^2N (1 + 1/τ²)/(Bω²): far off, E‖Ḡ‖² <= h‖G‖² + n₂"""
        c = self.constants
        return 2 * (1 + self.b_1 * self.k) ** 2 + 2 * c.q * self.stretch**2 / c.B

    @cached_property
    def n_2(self):
        """n₂ = 2b₀² + 2qn²/B, see h"""
        c = self.constants
        return 2 * self.b_0**2 + 2 * c.q * self.n**2 / c.B

    @cached_property
    def Z_far(self):
        """ν²/η₀ + ½Aβn₂: what noise adds to a step from far off, over β"""
        return self.nu**2 / self.eta_0 + self.constants.A * self.beta * self.n_2 / 2

    # A step from near by

    @cached_property
    def Lambda(self):
        """Λ = A + C_𝓛 (1 + τ)σ: near by, L_w <= Λ"""
        c = self.constants
        return c.A + c.C_meta * (1 + self.tau) * c.known_sigma()

    @cached_property
    def Z_near(self):
        """½(b₀ + b₁(1 + τ)σ)² + ½Λβ C_squ2'/B: what noise adds to a step from near by, over β"""
        c = self.constants
        bias = self.b_0 + self.b_1 * (1 + self.tau) * c.known_sigma()
        return bias**2 / 2 + self.Lambda * self.beta * c.C_squ2 / (2 * c.B)

    # Both together

    @cached_property
    def beta(self):
        """β = min(η₀/(2Ah), 1/Λ, B/(2Λ C_squ1'))"""
        c = self.constants
        far = self.eta_0 / (2 * c.A * self.h)
        return min(far, 1 / self.Lambda, c.B / (2 * self.Lambda * c.C_squ1))

    @cached_property
    def eta(self):
        """η = min(η₀/2, ¼): a step decreases 𝓛 by ηβ‖G‖² or more, in the mean, but for the noise"""
        return min(self.eta_0 / 2, 1 / 4)

    @cached_property
    def Z(self):
        """Z = max(ν²/η₀ + ½Aβn₂, ½(b₀ + b₁(1 + τ)σ)² + ½Λβ C_squ2'/B): what noise may cost a step,
        over β"""
        return max(self.Z_far, self.Z_near)

    @cached_property
    def noise(self):
        """Z/η: what more meta-iterations do not remove"""
        return self.Z / self.eta
