"""Every constant of the convergence proof of N-step MAML, from the constants of its assumptions
(Ji, Yang & Liang 2022, in this course's closed forms; lessons 13 to 23). One constant is one
formula, beside what the page says and the result it belongs to.

Always N = steps, a = 1 + αL. Differences such as a^N − 1 are computed as differences: for small α
they are all that matters, and a subtraction would lose them. Nothing divides by αL: N = 0 and ρ = 0
are ordinary values.
"""

from dataclasses import dataclass, fields
from functools import cached_property
from math import asin, atan2, cos, exp, expm1, floor, isfinite, log, log1p, pi, sin, sqrt

import numpy as np

from ..engine.errors.arguments import check_count, check_not_negative, check_positive


class ConditionFailed(ValueError):
    """A constant was read whose condition these numbers do not meet. The message says which, and
    what to change."""


def inner_stepsize(L, steps):
    """1 / (8NL), the inner stepsize of Corollaries 1 and 2: a^2N <= e^(1/4) whatever N is. steps: N
    >= 1."""
    return 1 / (8 * check_count("steps", steps, 1) * check_positive("L", L))


def least_real_part(x, n):
    """C* = min over |z| <= x of Re(1 + z)^n, for n arcsin x < π/2 (Lemma 7'): on the circle, at 1 +
    z = 1 − x cos η + i x sin η, with η = 0 if nx <= 1, so that C* = (1 − x)^n, and otherwise (n −
    1) arg(1 + z) = η > 0: once, since arg(1 + z) is concave in η."""
    angle = lambda eta: atan2(x * sin(eta), 1 - x * cos(eta))
    eta, beyond = 0.0, pi
    for _ in range(60):  # η stays 0 if nx <= 1
        middle = (eta + beyond) / 2
        eta, beyond = (middle, beyond) if (n - 1) * angle(middle) > middle else (eta, middle)
    return exp(n / 2 * log1p(x * (x - 2 * cos(eta)))) * cos(n * angle(eta))


def check_flag(name, x):
    if not isinstance(x, (bool, np.bool_)):
        raise TypeError(f"{name} is {x!r}; expected True or False")
    return bool(x)


CHECKS = (
    dict.fromkeys(("L", "alpha", "C_beta"), check_positive)
    | dict.fromkeys("SDTB", lambda name, n: check_count(name, n, 1))
    | dict(steps=check_count, sharp=check_flag)
)  # all other numbers: >= 0


def constant(page, formula):
    """What the page says, and the same as code, computed when first read."""
    computed = cached_property(formula)
    computed.__doc__ = page
    return computed


class Shared:
    """What the two settings have in common. Each has its own `spread`, with E_i‖∇l_i‖ <= (‖∇𝓛‖ +
    spread) / C_l, the parts of κ = gain − Σ costs[size] / size, and noise = φ/B + ξ/S (in finite
    sums φ/B)."""

    sharp = False

    def __post_init__(self):
        for f in fields(self):
            number = CHECKS.get(f.name, check_not_negative)(f.name, getattr(self, f.name))
            if number > 1e100:
                raise ValueError(
                    f"{f.name} is {number:g}; expected a constant of a reasonable size, less than 1e100"
                )
            object.__setattr__(self, f.name, number)
        for name in self.ALWAYS:
            try:
                finite = isfinite(getattr(self, name))
            except OverflowError:
                finite = False
            if not finite:
                raise ValueError(
                    f"{name} is beyond floating point, with powers of a = 1 + alpha L = {self.a:g} up to steps = {self.steps}; "
                    "expected alpha of the order of 1 / (steps L), and constants of a reasonable size"
                )

    def __repr__(self):
        """What was given, every constant that exists, and what keeps the others from it."""
        exist, missing = [], {}
        for name in (*self.ALWAYS, *self.CONDITIONAL):
            try:
                exist.append(f"{name} = {getattr(self, name):.6g}")
            except ConditionFailed as failure:
                missing.setdefault(str(failure), []).append(name)
        given = ", ".join(f"{f.name}={getattr(self, f.name)!r}" for f in fields(self))
        return "\n    ".join(
            [
                f"{type(self).__name__}({given})",
                ", ".join(exist),
                *(f"no {', '.join(names)}: {why}" for why, names in missing.items()),
            ]
        )

    N = constant("N = steps", lambda c: c.steps)
    x = constant("αL = a − 1", lambda c: c.alpha * c.L)
    a = constant("a = 1 + αL, Lemma 1: what an inner step can do to a distance", lambda c: 1 + c.x)
    power = lambda c, n: exp(n * log1p(c.x))  # a^n
    growth = lambda c, n: expm1(n * log1p(c.x))  # a^n − 1, to full relative accuracy
    C_meta = constant(
        "C_𝓛 = (ρ/L) a^(2N−1) (a^N − 1), Propositions 1 and 4: how L_w grows with the gradient",
        lambda c: c.rho / c.L * c.power(2 * c.N - 1) * c.growth(c.N),
    )
    theta = constant(
        "θ = κ C_l / C_𝓛, Theorems 1 and 2", lambda c: c.over_C_meta("theta", c.kappa * c.C_l)
    )
    chi = constant(
        "χ = C_l A / C_𝓛 + spread, Theorems 1 and 2: L_w <= (C_𝓛 / C_l)(‖∇𝓛‖ + χ)",
        lambda c: c.over_C_meta("chi", c.C_l * c.A) + c.spread,
    )
    steepness = constant(
        "(C_𝓛 / C_l) χ, which stays finite where C_𝓛 = 0",
        lambda c: c.A + c.C_meta * c.spread / c.C_l,
    )

    def smoothness(self, mean_gradient_norm):
        """L_w = A + C_𝓛 m, Propositions 1 and 4, with m = E_i‖∇l_i(w)‖ >= 0 (in finite sums of the
        query losses)."""
        return self.A + self.C_meta * check_not_negative("mean_gradient_norm", mean_gradient_norm)

    @cached_property
    def C_l(self):
        """C_l = 2 − a^2N, Lemmas 7 and 10; sharp: C* = min Re(1 + z)^2N over |z| <= αL, Lemma
        7'."""
        if self.N == 0:
            return 1.0
        C_l = 1 - self.growth(2 * self.N)
        if self.sharp:
            C_l = (
                least_real_part(self.x, 2 * self.N)
                if 2 * self.N * asin(min(self.x, 1)) < pi / 2
                else 0
            )
        if C_l > 0:
            return C_l
        formula = "min Re(1 + z)^(2N) over |z| <= alpha L" if self.sharp else "2 - a^(2N)"
        largest = (sin(pi / (4 * self.N)) if self.sharp else expm1(log(2) / (2 * self.N))) / self.L
        raise ConditionFailed(
            f"C_l = {formula} is not positive: alpha = {self.alpha:g} is too large for L = {self.L:g} and steps = {self.N}; "
            f"it must be less than {largest:.6g}, for instance inner_stepsize(L, steps) = {inner_stepsize(self.L, self.N):.6g}"
        )

    @cached_property
    def kappa(self):
        """κ, Theorems 1 and 2: the progress of a step, less what bias and variance take."""
        kappa = self.gain - sum(cost / getattr(self, size) for size, cost in self.costs.items())
        if kappa > 0:
            return kappa
        share = (
            self.gain / len(self.costs) * (1 - 1e-9)
        )  # a term below its share of the gain is not to blame
        blame = " and ".join(
            f"{cost / getattr(self, size):.3g} because {size} = {getattr(self, size)} is too small (raise it to "
            f"{floor(cost / share) + 1} or more)"
            for size, cost in self.costs.items()
            if cost / getattr(self, size) >= share
        )
        raise ConditionFailed(
            f"kappa = {kappa:.3g} is not positive: from a gain of {self.gain:.3g} it loses {blame}"
        )

    def C_beta_above(self, least):
        if self.C_beta <= least:
            raise ConditionFailed(
                f"C_beta = {self.C_beta:g} makes the meta stepsize 1 / (C_beta L_w) too large: C_beta must be more than {least}"
            )
        return self.C_beta

    def over_C_meta(self, name, x):
        if self.C_meta == 0:
            raise ConditionFailed(
                f"{name} is infinite: it divides by C_meta = 0 (rho = 0 or steps = 0); bound(Delta, K) is the limit, and finite"
            )
        return x / self.C_meta

    def bound(self, Delta, K):
        """E‖∇𝓛(w_ζ)‖ <= Q + √(χQ), Q = (Δ/K + φ/B + ξ/S) / θ, Theorems 1 and 2, for ζ uniform on
        0..K−1. Delta: at least 𝓛(w_0) − inf 𝓛. K: meta-iterations. Written without θ and χ, so that
        C_𝓛 = 0 is no exception."""
        R = (check_not_negative("Delta", Delta) / check_count("K", K, 1) + self.noise) / self.kappa
        return self.C_meta / self.C_l * R + sqrt(self.steepness * R)


@dataclass(frozen=True, kw_only=True, repr=False)
class ResamplingConstants(Shared):
    """The constants of Theorem 1, for Algorithm 1; with sharp=True those of theory, section 11, (A)
    to (D).

    L > 0, rho: the Lipschitz constants of ∇l_i, ∇²l_i (A1). sigma: of the tasks' gradients (A2).
    sigma_g, sigma_H: of one sample's gradient, and Hessian along a unit vector (A3). alpha > 0,
    steps >= 0: the inner loop. S, D, T: samples of an inner step, a Hessian, the outer gradient; B:
    tasks; C_beta: C_β. Raises TypeError or ValueError for other numbers; the constants in ALWAYS
    exist for all of these, those in CONDITIONAL and `bound` raise ConditionFailed, when read, where
    they do not exist.
    """

    L: float
    rho: float
    sigma: float
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
    ALWAYS = ("a", "A", "C_meta", "C_err1", "C_err2", "q")
    CONDITIONAL = ("C_l", "C_squ1", "C_squ2", "kappa", "theta", "phi", "xi", "chi")

    A = constant(
        "A = a^2N L, Proposition 1: L_w where the gradients vanish",
        lambda c: c.power(2 * c.N) * c.L,
    )
    q = constant(
        "q = (a² + α²σ_H²/D)^N, Proposition 3",
        lambda c: exp(c.N * log1p(c.x * (2 + c.x) + (c.alpha * c.sigma_H) ** 2 / c.D)),
    )
    drift = constant(
        "√((a^2N − 1)(a − 1)/(a + 1)) <= a^N − 1, Lemmas 5 and 4'",
        lambda c: sqrt(c.growth(2 * c.N) * c.x / (2 + c.x)),
    )
    C_err1 = constant(
        "C_err1 = a^N (a^N − 1) σ_g, Proposition 2; sharp: by Lemma 4'",
        lambda c: c.power(c.N) * (c.drift if c.sharp else c.growth(c.N)) * c.sigma_g,
    )
    drifts = constant(
        "Σ_{j<N} (a^j − 1), which is (a^N − 1)/(αL) − N, Lemma 6; sharp: Σ √((a^2j − 1)(a − 1)/(a + 1)), Lemma 6'",
        lambda c: float(
            (
                np.sqrt(np.expm1(2 * np.arange(c.N) * log1p(c.x)) * (c.x / (2 + c.x)))
                if c.sharp
                else np.expm1(np.arange(c.N) * log1p(c.x))
            ).sum()
        ),
    )
    C_err2 = constant(
        "C_err2 = (ρσ_g/L²) a^(2N−1) (a^N − 1 − NαL) = (αρσ_g/L) a^(2N−1) drifts, Proposition 2",
        lambda c: c.alpha * c.rho * c.sigma_g / c.L * c.power(2 * c.N - 1) * c.drifts,
    )
    spread = constant(
        "σ, Lemma 7c; sharp: τσ, τ = a^2N − 1 + C_l",
        lambda c: c.sigma * (c.growth(2 * c.N) + c.C_l if c.sharp else 1),
    )
    C_squ1 = constant(
        "C_squ1 = 4 q a^2N / C_l², Proposition 3; sharp: 2 in place of 4",
        lambda c: (2 if c.sharp else 4) * c.q * c.power(2 * c.N) / c.C_l**2,
    )

    @cached_property
    def C_squ2(self):
        """C_squ2 = q [σ_g²/T + 2a^2N σ² (1 + 2(a^2N − 1)²/C_l²) + 2αL(a^2N − 1)σ_g²/((2 + αL)S)],
        Proposition 3; sharp: q [σ_g²/T + 2r²], which can be the larger of the two: the price of
        halving C_squ1."""
        v = self.drift * self.sigma_g / sqrt(self.S)
        if self.sharp:
            return self.q * (
                self.sigma_g**2 / self.T
                + 2 * (self.power(self.N) * self.spread / self.C_l + v) ** 2
            )
        far = 1 + 2 * (self.growth(2 * self.N) / self.C_l) ** 2
        return self.q * (
            self.sigma_g**2 / self.T + 2 * self.power(2 * self.N) * self.sigma**2 * far + 2 * v**2
        )

    first = constant(
        "E[1/L̂] <= first / L_w, Lemma 8 (beside E[1/L̂] >= (4/5) / L_w)",
        lambda c: 6 / 5 if c.sharp else 2,
    )
    second = constant("E[1/L̂²] <= second / L_w², Lemma 8", lambda c: 1.53 if c.sharp else 4)
    gain = constant(
        "(2/C_β)(1/5 − 2/C_β), Theorem 1: κ at S = B = ∞; sharp: (1/C_β)(2/5 − 1.53/C_β)",
        lambda c: (2 / 5 * c.C_beta_above(4 if c.sharp else 10) - c.second) / c.C_beta**2,
    )
    weight = constant(
        "(1/C_β)(1 + 4/C_β), Theorem 1: of ‖e_k‖²; sharp: (1/C_β)(3/5 + 1.53/C_β)",
        lambda c: (c.first / 2 + c.second / c.C_beta) / c.C_beta,
    )
    costs = constant(
        "weight 4C_err2²/C_l² and 2C_squ1/C_β² (sharp: 0.765), Theorem 1: what κ loses, times S and B",
        lambda c: dict(
            S=c.weight * 4 * (c.C_err2 / c.C_l) ** 2, B=c.second / 2 * c.C_squ1 / c.C_beta**2
        ),
    )
    phi = constant(
        "φ = 2C_squ2/(C_β² A), Theorem 1; sharp: 0.765 in place of 2",
        lambda c: c.second / 2 * c.C_squ2 / (c.C_beta**2 * c.A),
    )
    xi = constant(
        "ξ = weight (2C_err1² + 4C_err2² σ²/C_l²) / A, Theorem 1; sharp: τσ in place of σ",
        lambda c: c.weight * (4 * (c.C_err2 * c.spread / c.C_l) ** 2 + 2 * c.C_err1**2) / c.A,
    )
    noise = constant(
        "φ/B + ξ/S, Theorem 1: what more meta-iterations do not remove",
        lambda c: c.phi / c.B + c.xi / c.S,
    )


@dataclass(frozen=True, kw_only=True, repr=False)
class FiniteSumConstants(Shared):
    """The constants of Theorem 2, for Algorithm 2.

    L > 0, rho: the Lipschitz constants of the support and query losses' gradients, Hessians. sigma:
    of the tasks' query gradients. b, b2: the means over the tasks of b_i and b_i², where ‖∇l_{S_i}
    − ∇l_{T_i}‖ <= b_i. The rest as in ResamplingConstants.
    """

    L: float
    rho: float
    sigma: float
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
                f"b2 = {self.b2:g} is less than b² = {self.b**2:g}, which no mean of squares is; expected b2 = E_i b_i², b = E_i b_i"
            )

    C_b = constant(
        "C_b = (ρ/L) a^(N−1) (a^N − 1)², Proposition 4",
        lambda c: c.rho / c.L * c.power(c.N - 1) * c.growth(c.N) ** 2,
    )
    A = constant(
        "A = a^2N L + C_b b, Proposition 4: L_w where the query gradients vanish",
        lambda c: c.power(2 * c.N) * c.L + c.C_b * c.b,
    )
    gap = constant(
        "a^N (a^N − 1) b, Lemma 10: the part of support and query being different",
        lambda c: c.power(c.N) * c.growth(c.N) * c.b,
    )
    spread = constant("σ + a^N (a^N − 1) b, Lemma 10", lambda c: c.sigma + c.gap)
    A_squ1 = constant(
        "A_squ1 = 4a^4N / C_l², Proposition 5", lambda c: (2 / c.C_l) ** 2 * c.power(4 * c.N)
    )
    A_squ2 = constant(
        "A_squ2 = 2a^4N σ² + 4a^4N ((a^2N − 1)σ + a^N(a^N − 1)b)²/C_l² + 2a^2N (a^N − 1)² b2, Proposition 5",
        lambda c: (
            (4 * ((c.growth(2 * c.N) * c.sigma + c.gap) / c.C_l) ** 2 + 2 * c.sigma**2)
            * c.power(4 * c.N)
            + 2 * c.power(2 * c.N) * c.growth(c.N) ** 2 * c.b2
        ),
    )
    gain = constant(
        "1/C_β − 2/C_β², Theorem 2: κ at B = ∞", lambda c: (c.C_beta_above(2) - 2) / c.C_beta**2
    )
    costs = constant(
        "2A_squ1/C_β², Theorem 2: what κ loses, times B",
        lambda c: dict(B=2 * c.A_squ1 / c.C_beta**2),
    )
    phi = constant("φ = 2A_squ2/(C_β² A), Theorem 2", lambda c: 2 * c.A_squ2 / (c.C_beta**2 * c.A))
    noise = constant(
        "φ/B, Theorem 2: what more meta-iterations do not remove", lambda c: c.phi / c.B
    )
