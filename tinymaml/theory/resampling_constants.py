"""The constants of Theorem 1, for Algorithm 1 (lessons 20 to 23)."""

from dataclasses import dataclass
from functools import cached_property
from math import exp, log1p, sqrt

import numpy as np

from .constants import Constants


@dataclass(frozen=True, kw_only=True, repr=False)
class ResamplingConstants(Constants):
    """The constants of Theorem 1, for Algorithm 1; with sharp=True those of theory, section 11, (A)
    to (D).

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
    CONDITIONAL = ("C_l", "C_squ1", "C_squ2", "kappa", "theta", "phi", "xi", "chi")

    @cached_property
    def A(self):
        """A = a^2N L, Proposition 1: L_w where the gradients vanish"""
        return self.power(2 * self.N) * self.L

    @cached_property
    def q(self):
        """q = (a² + α²σ_H²/D)^N, Proposition 3"""
        above_1 = self.x * (2 + self.x) + (self.alpha * self.sigma_H) ** 2 / self.D
        return exp(self.N * log1p(above_1))

    @cached_property
    def drift(self):
        """√((a^2N − 1)(a − 1)/(a + 1)) <= a^N − 1, Lemmas 5 and 4'"""
        return sqrt(self.growth(2 * self.N) * self.x / (2 + self.x))

    @cached_property
    def C_err1(self):
        """C_err1 = a^N (a^N − 1) σ_g, Proposition 2; sharp: by Lemma 4'"""
        drift = self.drift if self.sharp else self.growth(self.N)
        return self.power(self.N) * drift * self.sigma_g

    @cached_property
    def drifts(self):
        """Σ_{j<N} (a^j − 1), which is (a^N − 1)/(αL) − N, Lemma 6; sharp: Σ √((a^2j − 1)(a − 1)/(a
        + 1)), Lemma 6'"""
        j = np.arange(self.N)
        if self.sharp:
            summands = np.sqrt(np.expm1(2 * j * log1p(self.x)) * (self.x / (2 + self.x)))
        else:
            summands = np.expm1(j * log1p(self.x))
        return float(summands.sum())

    @cached_property
    def C_err2(self):
        """C_err2 = (ρσ_g/L²) a^(2N−1) (a^N − 1 − NαL) = (αρσ_g/L) a^(2N−1) drifts, Proposition 2"""
        factor = self.alpha * self.rho * self.sigma_g / self.L
        return factor * self.power(2 * self.N - 1) * self.drifts

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
        """σ, Lemma 7c; sharp: τσ, τ = a^2N − 1 + C_l"""
        tau = self.growth(2 * self.N) + self.C_l if self.sharp else 1
        return self.known_sigma() * tau

    @cached_property
    def C_squ1(self):
        """C_squ1 = 4 q a^2N / C_l², Proposition 3; sharp: 2 in place of 4"""
        factor = 2 if self.sharp else 4
        return factor * self.q * self.power(2 * self.N) / self.C_l**2

    @cached_property
    def C_squ2(self):
        """C_squ2 = q [σ_g²/T + 2a^2N σ² (1 + 2(a^2N − 1)²/C_l²) + 2v²], v² = αL(a^2N − 1)σ_g²/((2 +
        αL)S), Proposition 3; sharp: q [σ_g²/T + 2(a^N τσ/C_l + v)²], which can be the larger of the
        two: the price of halving C_squ1."""
        outer = self.sigma_g**2 / self.T
        v = self.drift * self.sigma_g / sqrt(self.S)
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

    @cached_property
    def gain(self):
        """(2/C_β)(1/5 − 2/C_β), Theorem 1: κ at S = B = ∞; sharp: (1/C_β)(2/5 − 1.53/C_β)"""
        C_beta = self.C_beta_above(4 if self.sharp else 10)
        return (2 / 5 * C_beta - self.second) / self.C_beta**2

    @cached_property
    def weight(self):
        """(1/C_β)(1 + 4/C_β), Theorem 1: of ‖e_k‖²; sharp: (1/C_β)(3/5 + 1.53/C_β)"""
        return (self.first / 2 + self.second / self.C_beta) / self.C_beta

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
        """ξ = weight (2C_err1² + 4C_err2² σ²/C_l²) / A, Theorem 1; sharp: τσ in place of σ"""
        bias = 4 * (self.C_err2 * self.spread / self.C_l) ** 2 + 2 * self.C_err1**2
        return self.weight * bias / self.A

    @cached_property
    def noise(self):
        """φ/B + ξ/S, Theorem 1: what more meta-iterations do not remove"""
        return self.phi / self.B + self.xi / self.S
