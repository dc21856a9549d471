"""The constants of a constant meta stepsize, without noise but the draw of tasks: of
`constant_stepsize` (exact gradients) and of Theorem 3 (batches of tasks).

Names are the page's, letters in full: e_0 is e₀, Lambda is Λ. Read one and it is computed; one that
does not exist for these numbers raises ConditionFailed and says what to change.
"""

from dataclasses import replace
from functools import cached_property
from math import expm1, floor, inf, isfinite, log1p, sqrt

from ..engine.errors.arguments import check_positive
from .constants import ConditionFailed

TAU = 10.0  # what the results are evaluated with
LARGEST = 1e100  # of τ and 1/τ; products of a few of them are still floating-point numbers


class StepsizeConstants:
    """What the theorems about a constant stepsize have in common.

    A point w is *far* where m = ‖∇l(w)‖ is at least τ times as long as tasks (and support and
    query) differ, *near* elsewhere. Far off all tasks pull the same way, whatever 𝓛's smoothness
    is; near by the gradients are bounded, and so is the smoothness. constants: of the setting. tau:
    τ > 0; the bound holds for each.
    """

    def __init__(self, constants, tau=TAU):
        self.constants = constants
        self.tau = check_positive("tau", tau)
        if not 1 / LARGEST <= self.tau <= LARGEST:
            raise ValueError(
                f"tau is {self.tau:g}; expected a number of a reasonable size, like 10"
            )

    @cached_property
    def far(self):
        """1 + 1/τ: far off, E_i‖∇l_i‖ <= (1 + 1/τ) m"""
        return 1 + 1 / self.tau

    @cached_property
    def omega(self):
        """ω = 1 − (a^2N − 1)(1 + 1/τ): far off, ‖∇𝓛‖ >= ω m"""
        omega = self.omega_or_less
        if omega > 0:
            return omega
        c = self.constants
        raise ConditionFailed(
            f"omega = 1 - (a^(2N) - 1)(1 + 1/tau) = {omega:.3g} is not positive: alpha = "
            f"{c.alpha:g} is too large for L = {c.L:g}, steps = {c.N} and tau = {self.tau:g}; it "
            f"must be less than {self.largest_alpha:.6g}"
        )

    @cached_property
    def omega_or_less(self):
        """ω, also where it is not positive"""
        return 1 - self.constants.growth(2 * self.constants.N) * self.far

    @cached_property
    def e_0(self):
        """e₀ = 2a^N (a^N − 1)(1 + 1/τ): far off, the change of 𝓛's gradient along a step of any
        length is at most e₀ m"""
        c = self.constants
        return 2 * c.power(c.N) * c.growth(c.N) * self.far

    @cached_property
    def eta_0_or_less(self):
        """η₀, also where it is too small; −∞ where there is no ω. To be defined."""
        raise NotImplementedError

    least = 0.0  # η₀ has to be more

    @cached_property
    def largest_alpha(self):
        """The inner stepsize at which η₀ is `least`, by bisection: every smaller one will do."""
        c = self.constants
        if c.N == 0:
            return inf

        def is_small(alpha):
            """Is η₀ more than `least` with this α?"""
            other = type(self)(replace(c, alpha=alpha), self.tau)
            return other.eta_0_or_less > self.least

        high = expm1(log1p(1 / self.far) / (2 * c.N)) / c.L  # there ω = 0
        low = high / 2
        while not is_small(low):
            low, high = low / 2, low
        for _ in range(24):
            middle = (low + high) / 2
            if is_small(middle):
                low = middle
            else:
                high = middle
        return low * (1 - 1e-5)  # six digits of it are still less


class ExactStepsize(StepsizeConstants):
    """The constants of `constant_stepsize`: gradient descent on 𝓛 with exact gradients. constants:
    `ResamplingConstants`, of which no sample size counts."""

    least = 1 / 10
    noise = 0.0  # there is none

    @cached_property
    def eta_0_or_less(self):
        """1 − e₀/ω, also where it is too small; −∞ where there is no ω"""
        return 1 - self.e_0 / self.omega_or_less if self.omega_or_less > 0 else -inf

    @cached_property
    def eta_0(self):
        """η₀ = 1 − e₀/ω: far off, ⟨E_i D̄_iᵀ g_i, ∇𝓛⟩ >= η₀ ‖∇𝓛‖²"""
        if self.omega and self.eta_0_or_less > self.least:
            return self.eta_0_or_less
        c = self.constants
        raise ConditionFailed(
            f"eta_0 = 1 - e_0/omega = {self.eta_0_or_less:.3g} is not more than {self.least:g}: "
            f"alpha = {c.alpha:g} is too large for L = {c.L:g}, steps = {c.N} and tau = "
            f"{self.tau:g}; it must be less than {self.largest_alpha:.6g}"
        )

    @cached_property
    def Lambda(self):
        """Λ = A + C_𝓛 (1 + τ)σ: near by, L_w <= Λ"""
        c = self.constants
        return c.A + c.C_meta * (1 + self.tau) * c.known_sigma()

    @cached_property
    def beta(self):
        """β = min(1/(5A), 1/Λ)"""
        return min(1 / (5 * self.constants.A), 1 / self.Lambda)

    @cached_property
    def eta(self):
        """η = min(η₀ − 1/10, 1/2): a step decreases 𝓛 by ηβ‖∇𝓛‖² or more"""
        return min(self.eta_0 - 1 / 10, 1 / 2)


class FiniteSumStepsize(StepsizeConstants):
    """The constants of Theorem 3: Algorithm 2 with a constant stepsize. constants:
    `FiniteSumConstants`, of which C_beta does not count."""

    @cached_property
    def scatter(self):
        """ω²v: far off, E_i‖∇𝓛_i‖² <= ω²v m²; v = 2(a^4N (1 + 1/τ²) + a^2N (a^N − 1)²/τ²)/ω²; half
        of it, without the second term, where all b_i are 0"""
        c = self.constants
        together = c.power(4 * c.N) * (1 + 1 / self.tau**2)
        if c.b2 == 0:
            return together
        return 2 * (together + (c.power(c.N) * c.growth(c.N) / self.tau) ** 2)

    @cached_property
    def v(self):
        """v: far off, the variance of one task's ∇𝓛_i is at most v‖∇𝓛‖²"""
        return self.scatter / self.omega**2

    @cached_property
    def eta_0_or_less(self):
        """1 − (e₀/ω)√(1 + v/B), also where it is not positive; −∞ where there is no ω"""
        omega = self.omega_or_less
        if omega <= 0:
            return -inf
        return 1 - self.e_0 / omega * sqrt(1 + self.scatter / omega**2 / self.constants.B)

    @cached_property
    def eta_0(self):
        """η₀ = 1 − (e₀/ω)√(1 + v/B): far off, E⟨u, Ḡ⟩ >= η₀ ‖∇𝓛‖²"""
        if self.omega and self.eta_0_or_less > 0:
            return self.eta_0_or_less
        c = self.constants
        raise ConditionFailed(
            f"eta_0 = 1 - (e_0/omega) sqrt(1 + v/B) = {self.eta_0_or_less:.3g} is not positive "
            f"with B = {c.B}, alpha = {c.alpha:g}, L = {c.L:g}, steps = {c.N} and tau = "
            f"{self.tau:g}; alpha must be less than {self.largest_alpha:.6g}{self.larger_B}"
        )

    @cached_property
    def larger_B(self):
        """In words, which B would do as well; "" where none does"""
        room = (self.omega / self.e_0) ** 2 - 1
        if room <= 0 or not isfinite(self.v / room):
            return ", and no B makes up for it"
        return f", or B at least {floor(self.v / room * (1 + 1e-9)) + 1}"

    @cached_property
    def Lambda(self):
        """Λ = A + C_𝓛((1 + τ)σ + τ√b2), b2 = E_i b_i²: near by, L_w <= Λ"""
        c = self.constants
        return c.A + c.C_meta * ((1 + self.tau) * c.known_sigma() + self.tau * sqrt(c.b2))

    @cached_property
    def beta(self):
        """β = min(η₀/(a^2N L (1 + v/B)), 1/(Λ(1 + A_squ1/B)))"""
        c = self.constants
        far = self.eta_0 / (c.power(2 * c.N) * c.L * (1 + self.v / c.B))
        return min(far, 1 / (self.Lambda * (1 + c.A_squ1 / c.B)))

    @cached_property
    def eta(self):
        """η = η₀/2: a step decreases 𝓛 by ηβ‖∇𝓛‖² or more, in the mean, but for the noise"""
        return self.eta_0 / 2

    @cached_property
    def loss(self):
        """½Λβ² A_squ2/B: what the draw of tasks may cost a step"""
        c = self.constants
        return self.Lambda * self.beta**2 * c.A_squ2 / c.B / 2

    @cached_property
    def noise(self):
        """Λβ A_squ2/(2ηB): what more meta-iterations do not remove"""
        return self.loss / (self.eta * self.beta)
