"""The constants of Theorem 2, for Algorithm 2 (lessons 17 to 19)."""

from dataclasses import dataclass
from functools import cached_property

from .constants import Constants


@dataclass(frozen=True, kw_only=True, repr=False)
class FiniteSumConstants(Constants):
    """The constants of Theorem 2, for Algorithm 2.

    L > 0, rho: the Lipschitz constants of the support and query losses' gradients, Hessians. sigma:
    of the tasks' query gradients; None: not known. b, b2: the means over the tasks of b_i and b_i²,
    where ‖∇l_{S_i} − ∇l_{T_i}‖ <= b_i. The rest as in ResamplingConstants.
    """

    L: float
    rho: float
    sigma: float | None
    b: float
    b2: float
    alpha: float
    steps: int
    B: int = 1
    C_beta: float = 100.0
    ALWAYS = ("a", "A", "C_meta", "C_b")
    CONDITIONAL = ("C_l", "A_squ1", "A_squ2", "kappa", "theta", "phi", "chi")

    def __post_init__(self):
        super().__post_init__()
        if self.b**2 > self.b2 * (1 + 1e-9):  # equal b_i may round either way
            raise ValueError(
                f"b2 = {self.b2:g} is less than b² = {self.b**2:g}, which no mean of squares is; "
                "expected b2 = E_i b_i², b = E_i b_i"
            )

    @cached_property
    def C_b(self):
        """C_b = (ρ/L) a^(N−1) (a^N − 1)², Proposition 4"""
        return self.rho / self.L * self.power(self.N - 1) * self.growth(self.N) ** 2

    @cached_property
    def A(self):
        """A = a^2N L + C_b b, Proposition 4: L_w where the query gradients vanish"""
        return self.power(2 * self.N) * self.L + self.C_b * self.b

    @cached_property
    def gap(self):
        """a^N (a^N − 1) b, Lemma 10: the part of support and query being different"""
        return self.power(self.N) * self.growth(self.N) * self.b

    @cached_property
    def spread(self):
        """σ + a^N (a^N − 1) b, Lemma 10"""
        return self.known_sigma() + self.gap

    @cached_property
    def A_squ1(self):
        """A_squ1 = 4a^4N / C_l², Proposition 5"""
        return (2 / self.C_l) ** 2 * self.power(4 * self.N)

    @cached_property
    def A_squ2(self):
        """A_squ2 = 2a^4N σ² + 4a^4N ((a^2N − 1)σ + a^N(a^N − 1)b)²/C_l² + 2a^2N (a^N − 1)² b2,
        Proposition 5"""
        sigma = self.known_sigma()
        far = (self.growth(2 * self.N) * sigma + self.gap) / self.C_l
        support = 2 * self.power(2 * self.N) * self.growth(self.N) ** 2 * self.b2
        return (4 * far**2 + 2 * sigma**2) * self.power(4 * self.N) + support

    @cached_property
    def gain(self):
        """1/C_β − 2/C_β², Theorem 2: κ at B = ∞"""
        return (self.C_beta_above(2, instead=4) - 2) / self.C_beta**2

    @cached_property
    def costs(self):
        """2A_squ1/C_β², Theorem 2: what κ loses, times B"""
        return {"B": 2 * self.A_squ1 / self.C_beta**2}

    @cached_property
    def phi(self):
        """φ = 2A_squ2/(C_β² A), Theorem 2"""
        return 2 * self.A_squ2 / (self.C_beta**2 * self.A)

    @cached_property
    def noise(self):
        """φ/B, Theorem 2: what more meta-iterations do not remove"""
        return self.phi / self.B
