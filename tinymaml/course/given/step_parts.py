"""The named parts of Theorem 2's step, as numbers on one instance (the blank page of lesson 19)."""

from typing import NamedTuple

from ...theory.batches import joint
from ...theory.descent import Moments
from ...theory.paths import norm, square
from ...theory.results.theorem_2 import mean_square


class Parts(NamedTuple):
    """What a line of the chain may be made of: numbers. ⟨x, y⟩ is the scalar product."""

    change: float  # E𝓛(w⁺) − 𝓛(w), where the chain starts
    beta_slope: float  # E[β⟨∇𝓛, Ḡ⟩]
    beta2_square: float  # E[β²‖Ḡ‖²]
    beta: float  # E[β]
    beta2: float  # E[β²]
    slope: float  # ⟨∇𝓛, EḠ⟩
    square: float  # E‖Ḡ‖²
    grad: float  # ‖∇𝓛‖
    each2: float  # E_i‖∇𝓛_i‖²
    query_grad: float  # ‖∇l_T(w)‖
    L_w: float
    A: float
    C_meta: float  # C_𝓛
    C_l: float
    C_beta: float
    B: float
    A_squ1: float
    A_squ2: float
    sigma: float
    spread: float  # σ + a^N(a^N − 1)b

    @property
    def kappa(self):
        """κ = 1/C_β − 2/C_β² − 2A_squ1/(C_β²B)"""
        return 1 / self.C_beta - 2 * (1 + self.A_squ1 / self.B) / self.C_beta**2

    @property
    def phi(self):
        """φ = 2A_squ2/(C_β²A)"""
        return 2 * self.A_squ2 / (self.C_beta**2 * self.A)

    @property
    def theta(self):
        """θ = κC_l/C_𝓛"""
        return self.kappa * self.C_l / self.C_meta

    @property
    def chi(self):
        """χ = C_lA/C_𝓛 + σ + a^N(a^N − 1)b"""
        return self.C_l * self.A / self.C_meta + self.spread

    @property
    def end(self):
        """−θ‖∇𝓛‖²/(‖∇𝓛‖ + χ) + φ/B, where the chain ends"""
        return -self.theta * self.grad**2 / (self.grad + self.chi) + self.phi / self.B


def parts_of(x):
    """The `Parts` of a finite-sum instance at its w; where C_𝓛 is 0, θ, χ and `end` do not
    exist."""
    moments = Moments(x)
    G, beta, p = joint(x, x.w[None])
    G, beta = G[:, 0], beta[:, 0]
    names = "A C_meta C_l C_beta B A_squ1 A_squ2 sigma spread".split()
    constants = {name: float(getattr(x.constants, name)) for name in names}
    measured = {
        "change": moments.change,
        "beta_slope": p @ (beta * (G @ x.meta_gradient)),
        "beta2_square": p @ (beta**2 * square(G)),
        "beta": moments.beta,
        "beta2": moments.beta2,
        "slope": x.meta_gradient @ moments.gradient,
        "square": moments.square,
        "grad": norm(x.meta_gradient),
        "each2": mean_square(x),
        "query_grad": norm(x.gradient),
        "L_w": x.smoothness,
    }
    return Parts(**{name: float(value) for name, value in measured.items()}, **constants)
