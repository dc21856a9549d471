"""What the constants of the convergence proof of N-step MAML have in common, whatever the setting
(Ji, Yang & Liang 2022, in this course's closed forms; lessons 13 to 23).

Those of Theorem 1 are in resampling_constants.py, those of Theorem 2 in finite_sum_constants.py.
One constant is one property: its docstring is what the page says, its body the same as code. Always
N = steps, a = 1 + αL. Differences such as a^N − 1 are computed as differences: for small α they are
all that matters, and a subtraction would lose them. Nothing divides by αL: N = 0 and ρ = 0 are
ordinary values.
"""

from dataclasses import fields
from functools import cached_property
from math import asin, atan2, cos, exp, expm1, floor, isfinite, log, log1p, pi, sin, sqrt

import numpy as np

from ..engine.errors.arguments import check_count, check_not_negative, check_positive

LARGEST = 10**100  # of a constant; products of a few of them are still floating-point numbers


class ConditionFailed(ValueError):
    """A constant was read whose condition these numbers do not meet. The message says which, and
    what to change."""


class NotKnown(ConditionFailed):
    """A constant or a claim was read that needs a number which nobody gave, and for which there is
    no certificate. The message says which."""


NO_SIGMA = (
    "no sigma is known that holds for all w: give the instance sigma= (its deviation(w) is "
    "the smallest one at w; for quadratics with different Hessians none holds everywhere)"
)


def inner_stepsize(L, steps):
    """1 / (8NL), the inner stepsize of Corollaries 1 and 2: a^2N <= e^(1/4) whatever N is. steps: N
    >= 1."""
    return 1 / (8 * check_count("steps", steps, 1) * check_positive("L", L))


def least_real_part(x, n):
    """C* = min over |z| <= x of Re(1 + z)^n, for n arcsin x < π/2 (Lemma 7').

    The minimum is on the circle, at 1 + z = 1 − x cos η + i x sin η. If nx <= 1, then η = 0 and
    C* = (1 − x)^n. Otherwise (n − 1) arg(1 + z) = η > 0, which has one solution, since arg(1 + z)
    is concave in η. It is found by bisection.
    """

    def angle(eta):
        return atan2(x * sin(eta), 1 - x * cos(eta))

    eta, above = 0.0, pi
    for _ in range(60):  # η stays 0 if nx <= 1
        middle = (eta + above) / 2
        if (n - 1) * angle(middle) > middle:
            eta = middle
        else:
            above = middle
    modulus = exp(n / 2 * log1p(x * (x - 2 * cos(eta))))  # |1 + z|^n
    return modulus * cos(n * angle(eta))


def check_flag(name, x):
    """The flag as a bool. Raises TypeError for what is neither True nor False."""
    if not isinstance(x, (bool, np.bool_)):
        raise TypeError(f"{name} is {x!r}; expected True or False")
    return bool(x)


def check_size(name, n):
    """A number of samples, tasks or iterations: a whole number >= 1, which formulas make large."""
    return check_count(name, n, 1, most=LARGEST)


# The check of each given number. All others are >= 0.
CHECKS = {
    "L": check_positive,
    "alpha": check_positive,
    "C_beta": check_positive,
    "steps": check_count,
    "S": check_size,
    "D": check_size,
    "T": check_size,
    "B": check_size,
    "sharp": check_flag,
}


class Constants:
    """What the two settings have in common.

    Each setting has its own `spread`, with E_i‖∇l_i‖ <= (‖∇𝓛‖ + spread) / C_l; the parts of
    κ = gain − Σ costs[size] / size; and noise, what is left for K = ∞ (in finite sums φ/B).
    """

    sharp = False

    def __post_init__(self):
        for field in fields(self):
            if field.name == "sigma" and self.sigma is None:
                continue
            check = CHECKS.get(field.name, check_not_negative)
            number = check(field.name, getattr(self, field.name))
            if number > LARGEST:
                raise ValueError(
                    f"{field.name} is {number:g}; expected a constant of a reasonable size, "
                    "less than 1e100"
                )
            object.__setattr__(self, field.name, number)
        for name in self.ALWAYS:
            if not self.is_finite(name):
                raise ValueError(
                    f"{name} is beyond floating point, with powers of a = 1 + alpha L = "
                    f"{self.a:g} up to steps = {self.steps}; expected alpha of the order of "
                    "1 / (steps L), and constants of a reasonable size"
                )

    def known_sigma(self):
        """σ. Raises NotKnown where it is None: only what depends on it asks."""
        if self.sigma is None:
            raise NotKnown(NO_SIGMA)
        return self.sigma

    def is_finite(self, name):
        """Is the constant of this name a floating-point number?"""
        try:
            return isfinite(getattr(self, name))
        except OverflowError:
            return False

    def __repr__(self):
        """What was given, every constant that exists, and what keeps the others from it."""
        exist, missing = [], {}
        for name in (*self.ALWAYS, *self.CONDITIONAL):
            try:
                exist.append(f"{name} = {getattr(self, name):.6g}")
            except ConditionFailed as failure:
                missing.setdefault(str(failure), []).append(name)
        given = ", ".join(f"{field.name}={getattr(self, field.name)!r}" for field in fields(self))
        lines = [f"{type(self).__name__}({given})", ", ".join(exist)]
        for reason, names in missing.items():
            lines.append(f"no {', '.join(names)}: {reason}")
        return "\n    ".join(lines)

    @cached_property
    def N(self):
        """N = steps"""
        return self.steps

    @cached_property
    def x(self):
        """αL = a − 1"""
        return self.alpha * self.L

    @cached_property
    def a(self):
        """a = 1 + αL, Lemma 1: what an inner step can do to a distance"""
        return 1 + self.x

    def power(self, n):
        """a^n"""
        return exp(n * log1p(self.x))

    def growth(self, n):
        """a^n − 1, to full relative accuracy"""
        return expm1(n * log1p(self.x))

    @cached_property
    def C_meta(self):
        """C_𝓛 = (ρ/L) a^(2N−1) (a^N − 1), Propositions 1 and 4: how L_w grows with the gradient"""
        return self.rho / self.L * self.power(2 * self.N - 1) * self.growth(self.N)

    @cached_property
    def theta(self):
        """θ = κ C_l / C_𝓛, Theorems 1 and 2"""
        return self.divide_by_C_meta("theta", self.kappa * self.C_l)

    @cached_property
    def chi(self):
        """χ = C_l A / C_𝓛 + spread, Theorems 1 and 2: L_w <= (C_𝓛 / C_l)(‖∇𝓛‖ + χ)"""
        return self.divide_by_C_meta("chi", self.C_l * self.A) + self.spread

    @cached_property
    def steepness(self):
        """(C_𝓛 / C_l) χ, which stays finite where C_𝓛 = 0"""
        return self.A + self.C_meta * self.spread / self.C_l

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
        if not self.sharp:
            C_l = 1 - self.growth(2 * self.N)
        elif 2 * self.N * asin(min(self.x, 1)) < pi / 2:
            C_l = least_real_part(self.x, 2 * self.N)
        else:
            C_l = 0
        if C_l > 0:
            return C_l
        if self.sharp:
            formula = "min Re(1 + z)^(2N) over |z| <= alpha L"
            largest = sin(pi / (4 * self.N)) / self.L
        else:
            formula = "2 - a^(2N)"
            largest = expm1(log(2) / (2 * self.N)) / self.L
        raise ConditionFailed(
            f"C_l = {formula} is not positive: alpha = {self.alpha:g} is too large for "
            f"L = {self.L:g} and steps = {self.N}; it must be less than {largest:.6g}, for "
            f"instance inner_stepsize(L, steps) = {inner_stepsize(self.L, self.N):.6g}"
        )

    @cached_property
    def kappa(self):
        """κ, Theorems 1 and 2: the progress of a step, less what bias and variance take."""
        losses = {size: cost / getattr(self, size) for size, cost in self.costs.items()}
        kappa = self.gain - sum(losses.values())
        if kappa > 0:
            return kappa
        share = self.gain / len(losses) * (1 - 1e-9)  # a smaller loss is not to blame
        blame = []
        for size, loss in losses.items():
            if loss >= share:
                sufficient = floor(self.costs[size] / share) + 1
                blame.append(
                    f"{loss:.3g} because {size} = {getattr(self, size)} is too small "
                    f"(raise it to {sufficient} or more)"
                )
        raise ConditionFailed(
            f"kappa = {kappa:.3g} is not positive: from a gain of {self.gain:.3g} it loses "
            f"{' and '.join(blame)}"
        )

    def C_beta_above(self, least, instead):
        """C_β. Raises ConditionFailed if it is not more than `least`. instead: one that is."""
        if self.C_beta > least:
            return self.C_beta
        raise self.C_beta_too_small(f"more than {least}", instead)

    def C_beta_from(self, least, instead):
        """C_β. Raises ConditionFailed if it is less than `least`. instead: one that is not."""
        if self.C_beta >= least:
            return self.C_beta
        raise self.C_beta_too_small(f"at least {least}", instead)

    def C_beta_too_small(self, expected, instead):
        """The `ConditionFailed` of a C_β that is not as expected."""
        return ConditionFailed(
            f"C_beta = {self.C_beta:g} makes the meta stepsize 1 / (C_beta L_w) too large: "
            f"C_beta must be {expected}, for instance {instead}"
        )

    def divide_by_C_meta(self, name, numerator):
        """numerator / C_𝓛, the constant of this name. Raises ConditionFailed if C_𝓛 = 0."""
        if self.C_meta == 0:
            raise ConditionFailed(
                f"{name} is infinite: it divides by C_meta = 0 (rho = 0 or steps = 0); "
                "bound(Delta, K) is the limit, and finite"
            )
        return numerator / self.C_meta

    def bound(self, Delta, K):
        """E‖∇𝓛(w_ζ)‖ <= Q + √(χQ), Q = (Δ/K + noise) / θ, Theorems 1 and 2, for ζ uniform on
        0..K−1.

        Delta: at least 𝓛(w_0) − inf 𝓛. K: meta-iterations. Written without θ and χ, so that C_𝓛 = 0
        is no exception.
        """
        descent = check_not_negative("Delta", Delta) / check_size("K", K)
        R = (descent + self.noise) / self.kappa
        return self.C_meta / self.C_l * R + sqrt(self.steepness * R)
