"""The constants of Theorem 1, for Algorithm 1 (lessons 20 to 23)."""

from dataclasses import dataclass
from functools import cached_property
from math import exp, log1p, sqrt

import numpy as np

from .constants import ConditionFailed, Constants

# From here on L_w E[β²] <= E[β]: by Lemmas 8 and 8', as 1.53/C_β <= 4/5.
LEAST_C_BETA = 1.9125


@dataclass(frozen=True, kw_only=True, repr=False)
class ResamplingConstants(Constants):
    """The constants of Theorem 1, for Algorithm 1; with sharp=True those of its sharper form.

    The two have the same names, and each property says both: they are what a reader compares.
    L > 0, rho: the Lipschitz constants of ∇l_i, ∇²l_i (A1). sigma: of the tasks' gradients (A2);
    None: not known, which constants that depend on it say when they are read.
    sigma_g, sigma_H: of one sample's gradient, and Hessian along a unit vector (A3). alpha > 0,
    steps >= 0: the inner loop. S, D, T: samples of an inner step, a Hessian, the outer gradient; B:
    tasks; C_beta: C_β. Raises TypeError or ValueError for other numbers; the constants in ALWAYS
    exist for all of these, those in CONDITIONAL and `bound` raise ConditionFailed, when read, where
    they do not exist.
    """

    L: float
    rho: float
    sigma: float | None
    sigma_g: float
    sigma_H: float
    alpha: float
    steps: int
    S: int = 1
    D: int = 1
    T: int = 1
    B: int = 1
    C_beta: float = 100.0
    sharp: bool = False
    ALWAYS = ("a", "A", "C_meta", "C_err1", "C_err2", "C_bend", "q")
    CONDITIONAL = ("C_l", "C_squ1", "C_squ2", "kappa", "theta", "phi", "xi", "noise", "chi")

    @cached_property
    def A(self):
        """A = a^2N L, Proposition 1: L_w where the gradients vanish"""
        return self.power(2 * self.N) * self.L

    @cached_property
    def q(self):
        """q = (a² + α²σ_H²/D)^N, Proposition 3"""
        above_1 = self.x * (2 + self.x) + (self.alpha * self.sigma_H) ** 2 / self.D
        return exp(self.N * log1p(above_1))

    def root_mean_square(self, j):
        """√((a^2j − 1)(a − 1)/(a + 1)), Lemma 5: of √E‖w_j − w̃_j‖², times σ_g/(L√S). For a number j
        or an array of them."""
        return np.sqrt(np.expm1(2 * j * log1p(self.x)) * (self.x / (2 + self.x)))

    def mean_drift(self, j):
        """a^j − 1, Lemma 4: of E‖w_j − w̃_j‖, times σ_g/(L√S); sharp: √((a^2j − 1)(a − 1)/(a + 1)),
        Lemma 4'. For a number j or an array of them."""
        if self.sharp:
            return self.root_mean_square(j)
        return np.expm1(j * log1p(self.x))

    @cached_property
    def C_err1(self):
        """C_err1 = a^N (a^N − 1) σ_g, Proposition 2; sharp: a^N √((a^2N − 1)(a − 1)/(a + 1)) σ_g,
        Proposition 2'"""
        return self.power(self.N) * float(self.mean_drift(self.N)) * self.sigma_g

    @cached_property
    def C_err2(self):
        """C_err2 = (ρσ_g/L²) a^(2N−1) (a^N − 1 − NαL) = (αρσ_g/L) a^(2N−1) Σ_{j<N} (a^j − 1),
        Proposition 2; sharp: √((a^2j − 1)(a − 1)/(a + 1)) in place of a^j − 1, Proposition 2'"""
        drifts = float(self.mean_drift(np.arange(self.N)).sum())
        factor = self.alpha * self.rho * self.sigma_g / self.L
        return factor * self.power(2 * self.N - 1) * drifts

    @cached_property
    def C_bend(self):
        """C_bend = (ασ_g²/2) C_𝓛 + (ασ_g²/(1 + a)) αρ a^(N−1) √(a^2N − 1) Σ_{j<N} √(a^2j − 1),
        Proposition 2'': the part of the bias that falls like 1/S"""
        roots = np.sqrt(np.expm1(2 * np.arange(self.N) * log1p(self.x))).sum()
        two_drifts = self.alpha * self.rho * self.power(self.N - 1) * float(roots)
        two_drifts *= sqrt(self.growth(2 * self.N)) / (1 + self.a)
        return self.alpha * self.sigma_g**2 * (self.C_meta / 2 + two_drifts)

    @cached_property
    def spread(self):
        """σ, Lemma 7c; sharp: τσ, τ = a^2N − 1 + C_l, Lemma 7'"""
        tau = self.growth(2 * self.N) + self.C_l if self.sharp else 1
        return self.known_sigma() * tau

    @cached_property
    def C_squ1(self):
        """C_squ1 = 4q a^2N / C_l², Proposition 3; sharp: 2q a^2N / C_l², Proposition 3'"""
        factor = 2 if self.sharp else 4
        return factor * self.q * self.power(2 * self.N) / self.C_l**2

    @cached_property
    def C_squ2(self):
        """C_squ2 = q [σ_g²/T + 2a^2N σ² (1 + 2(a^2N − 1)²/C_l²) + 2v²], v² = αL(a^2N − 1)σ_g²/((2 +
        αL)S), Proposition 3; sharp: q [σ_g²/T + 2(a^N τσ/C_l + v)²], Proposition 3', which can be
        the larger of the two: the price of halving C_squ1."""
        outer = self.sigma_g**2 / self.T
        v = float(self.root_mean_square(self.N)) * self.sigma_g / sqrt(self.S)
        if self.sharp:
            r = self.power(self.N) * self.spread / self.C_l + v
            return self.q * (outer + 2 * r**2)
        far = 1 + 2 * (self.growth(2 * self.N) / self.C_l) ** 2
        apart = 2 * self.power(2 * self.N) * self.known_sigma() ** 2 * far
        return self.q * (outer + apart + 2 * v**2)

    @cached_property
    def first(self):
        """E[1/L̂] <= first / L_w, Lemma 8 (beside E[1/L̂] >= (4/5) / L_w)"""
        return 6 / 5 if self.sharp else 2

    @cached_property
    def second(self):
        """E[1/L̂²] <= second / L_w², Lemma 8"""
        return 1.53 if self.sharp else 4

    # A step. It is 2/(5C_β) ‖∇𝓛‖² that is gained, and lost (first/2)/C_β ‖e_k‖² and (second/2)/C_β²
    # E‖Ĝ_i‖²/B; without sharp, where Young's inequality and (x + y)² <= 2x² + 2y² split ∇𝓛 and e_k,
    # second/C_β² (‖∇𝓛‖² + ‖e_k‖²) too.

    @cached_property
    def gain(self):
        """(2/C_β)(1/5 − 2/C_β), Theorem 1: κ at S = B = ∞; sharp: 2/(5C_β)"""
        if self.sharp:
            return 2 / 5 / self.C_beta_from(LEAST_C_BETA, instead=2)
        return (2 / 5 * self.C_beta_above(10, instead=20) - self.second) / self.C_beta**2

    @cached_property
    def weight(self):
        """(1/C_β)(1 + 4/C_β), Theorem 1: of ‖e_k‖²; sharp: 3/(5C_β)"""
        split = 0 if self.sharp else self.second / self.C_beta
        return (self.first / 2 + split) / self.C_beta

    @cached_property
    def costs(self):
        """weight 4C_err2²/C_l² and 2C_squ1/C_β² (sharp: 0.765), Theorem 1: what κ loses, times S
        and B"""
        return {
            "S": self.weight * 4 * (self.C_err2 / self.C_l) ** 2,
            "B": self.second / 2 * self.C_squ1 / self.C_beta**2,
        }

    @cached_property
    def phi(self):
        """φ = 2C_squ2/(C_β² A), Theorem 1; sharp: 0.765 in place of 2"""
        return self.second / 2 * self.C_squ2 / (self.C_beta**2 * self.A)

    @cached_property
    def xi(self):
        """ξ = weight (2C_err1² + 4C_err2² σ²/C_l²) / A, Theorem 1. Raises ConditionFailed with
        sharp=True: the noise has terms in 1/S and 1/S² then."""
        if self.sharp:
            raise ConditionFailed(
                "with sharp=True the noise has terms in 1 / S and in 1 / S², which no single xi "
                "has (where the gradients vanish the bias is at most min(C_bend / S, C_err1 / "
                "sqrt(S))); read noise, or bound(Delta, K)"
            )
        return self.weight * (2 * self.C_err1**2 + self.spread_bias) / self.A

    @cached_property
    def spread_bias(self):
        """4C_err2² spread²/C_l²: of S‖e_k‖², what comes from the spread of the tasks"""
        return 4 * (self.C_err2 * self.spread / self.C_l) ** 2

    @cached_property
    def resting_bias(self):
        """C_err1/√S: of ‖e_k‖, what is left where the gradients vanish, Proposition 2; sharp:
        min(C_bend/S, C_err1/√S), Propositions 2' and 2''"""
        root = self.C_err1 / sqrt(self.S)
        return min(self.C_bend / self.S, root) if self.sharp else root

    @cached_property
    def psi(self):
        """ψ = weight (2 resting_bias² + spread_bias/S) / A: of the noise, what the bias brings; if
        not sharp, ξ/S"""
        return self.weight * (2 * self.resting_bias**2 + self.spread_bias / self.S) / self.A

    @cached_property
    def noise(self):
        """φ/B + ψ, Theorem 1: what more meta-iterations do not remove"""
        return self.phi / self.B + self.psi
