r"""The law of 1/L̂, and the two-point law that bounds its moments: lines that Lemmas 8, 8' and 11
share (lesson 18).

L̂ = A + C_𝓛X, X ≥ 0, μ = E X, s² = Var X. Everything is written in Y = C_𝓛X, never in X + A/C_𝓛:
C_𝓛 = 0 is then an ordinary case. μ = 0: X = 0 surely, and the two-point law is all at 0.
"""

from fractions import Fraction
from typing import NamedTuple

import numpy as np

from .chain import at_most, equal, first
from .polynomials import multiply, polynomial, subtract, value

C, E = r"C_\mathcal{L}", r"\mathbb{E}"


class Law(NamedTuple):
    """Of Y = C_𝓛X = L̂ − A: its values and probabilities (n,), mean C_𝓛μ, variance C_𝓛²s²."""

    A: float
    values: np.ndarray
    p: np.ndarray
    mean: float
    variance: float

    def moment(self, n):
        """E[1/L̂^n]"""
        return self.p @ (self.A + self.values) ** -n


def law(x):
    """The law of Y for an instance."""
    norms, p = x.mean_norms
    values = x.constants.C_meta * norms
    mean = float(p @ values)
    variance = float(p @ (values - mean) ** 2)
    return Law(x.constants.A, values, p, mean, variance)


def two_point(A, mean, variance, n=2):
    """E[1/(A + Y)^n] where Y is 0 or x_1 = mean + variance/mean: the largest that mean and variance
    allow."""
    mean, variance = float(mean), float(variance)
    if mean == 0:
        return A**-n
    x_1 = mean + variance / mean
    p_1, p_0 = mean / x_1, variance / mean / x_1  # μ²/(s² + μ²) could underflow
    return p_0 / A**n + p_1 / (A + x_1) ** n


def extremal_law(y, n):
    """E[1/(A + Y)^n] <= that of the two-point law, n = 1 or 2: the parabola argument, for any law
    of Y ≥ 0."""
    A, Y = y.A, y.values
    x_1, p_1, p_0 = 0.0, 1.0, 0.0  # C_𝓛x₁, and the probabilities of x₁ and of 0
    if y.mean:
        x_1 = y.mean + y.variance / y.mean
        p_1, p_0 = y.mean / x_1, y.variance / y.mean / x_1
    b = A + x_1  # L̂ at x₁

    def difference(*nodes):
        """(−1)^k times the divided difference of 1/y^n at k + 1 nodes."""
        product = 1 / np.prod(np.broadcast_arrays(*nodes), axis=0)
        return product * sum(1 / node for node in nodes) if n == 2 else product

    f_0 = difference(A)  # the largest of the numbers that cancel below
    parabola = f_0 - Y * difference(A, b) + Y * (Y - x_1) * difference(A, b, b)
    power = "^2" if n == 2 else ""
    yield first(y.moment(n), rf"{E}\,f(X),\quad f(x)=1/(A+{C}x){power}", "definition", scale=f_0)
    yield equal(
        y.p @ (parabola - Y * (Y - x_1) ** 2 * difference(A, b, b, A + Y)),
        rf"{E}\,\psi(X)-{E}[X(X-x_1)^2\lvert f[0,x_1,x_1,X]\rvert]",
        "ψ is the parabola that meets f at 0 and touches it at x₁ = μ + s²/μ; "
        "what is left is exact (a divided difference, of one sign)",
    )
    yield at_most(y.p @ parabola, rf"{E}\,\psi(X)", "X ≥ 0: f lies below ψ")
    psi_at_x_1 = f_0 - x_1 * difference(A, b)
    yield equal(
        p_0 * f_0 + p_1 * psi_at_x_1,
        r"\left(1-\frac{\mu}{x_1}\right)\psi(0)+\frac{\mu}{x_1}\psi(x_1)",
        "E ψ(X) depends on μ and s² only, and the law on 0 and x₁ with mean μ has the variance s²",
    )
    yield equal(
        p_0 / A**n + p_1 / b**n,
        r"\left(1-\frac{\mu}{x_1}\right)f(0)+\frac{\mu}{x_1}f(x_1)",
        "ψ = f at 0 and at x₁",
    )


def smaller_denominators(A, mean, variance):
    """Lines from E[1/L̂²] to s²/(A²μ²) + 1/(A + C_𝓛μ)². mean, variance: C_𝓛μ > 0, C_𝓛²s²."""
    x_1, total = mean + variance / mean, variance + mean**2
    at_0, at_x_1 = r"\frac{s^2}{A^2\mu^2}", rf"(A+{C}x_1)^2"
    yield at_most(
        two_point(A, mean, variance),
        rf"\frac{{s^2}}{{A^2(s^2+\mu^2)}}+\frac{{\mu^2}}{{(s^2+\mu^2){at_x_1}}},"
        r"\quad x_1=\mu+s^2/\mu",
        "Lemma 8 (wooff): the two-point law is extremal",
    )
    yield at_most(
        variance / (A * mean) ** 2 + mean**2 / (total * (A + x_1) ** 2),
        rf"{at_0}+\frac{{\mu^2}}{{(s^2+\mu^2){at_x_1}}}",
        "a smaller denominator: leave out s²",
    )
    yield at_most(
        variance / (A * mean) ** 2 + 1 / (A + x_1) ** 2,
        rf"{at_0}+\frac{{1}}{{{at_x_1}}}",
        "a probability is at most 1",
    )
    yield at_most(
        variance / (A * mean) ** 2 + 1 / (A + mean) ** 2,
        rf"{at_0}+\frac{{1}}{{(A+{C}\mu)^2}}",
        "x₁ ≥ μ",
    )


def spread_out(A, mean, variance, t2, mu, lemma):
    """Lines from the two-point law's E[1/L̂²] to that of the law with the largest variance. mean,
    variance: C_𝓛μ, C_𝓛²s². t2: t², where C_𝓛²s² ≤ t²A² by (variance) of `lemma`. mu: how μ is
    written."""
    p_1, p_0 = 1.0, 0.0  # the probabilities of x₁ and of 0
    share, rest = 1.0, 0.0  # x₁/X₁, and 1 − x₁/X₁ without a difference of neighbours
    X_1 = 0.0  # C_𝓛 times this point
    if mean:
        x_1, X_1 = mean + variance / mean, mean + float(t2) * A**2 / mean
        p_1, p_0 = mean / x_1, variance / mean / x_1
        share, rest = x_1 / X_1, (float(t2) * A**2 - variance) / mean / X_1
    at_0, at_X_1 = 1 / A**2, 1 / (A + X_1) ** 2
    probability = rf"\frac{{{mu}}}{{x_1}}"
    yield at_most(
        p_0 * at_0 + p_1 * (rest * at_0 + share * at_X_1),
        rf"\left(1-{probability}\right)f(0)+{probability}"
        r"\left[\left(1-\frac{x_1}{X_1}\right)f(0)+\frac{x_1}{X_1}f(X_1)\right],"
        rf"\quad X_1={mu}+\frac{{t^2A^2}}{{{C}^2{mu}}},\ t^2={latex_of(t2)}",
        "f is convex, and x₁ lies between 0 and X₁ by (variance): C_𝓛²s² ≤ t²A²",
        lemma,
    )
    yield equal(
        two_point(A, mean, float(t2) * A**2),
        rf"\left(1-\frac{{{mu}}}{{X_1}}\right)f(0)+\frac{{{mu}}}{{X_1}}f(X_1)",
        "the probability of X₁ is the product of the two",
    )


def margin(constant, t2):
    """The polynomial r(z) = constant (z² + z + t²)² − (1 + z)²((1 + t²)z² + 2t²z + t⁴), exactly."""
    constant, t2 = Fraction(constant), Fraction(t2)
    quadratic = polynomial(t2, 1, 1)
    moment = polynomial(t2**2, 2 * t2, 1 + t2)
    return subtract(
        multiply((constant,), multiply(quadratic, quadratic)),
        multiply(polynomial(1, 2, 1), moment),
    )


def largest_value(A, mean, constant, t2, mu):
    """Lines from the two-point law's E[1/L̂²], of the variance t²A²/C_𝓛², to
    constant/(A + C_𝓛μ)²: the difference is a polynomial that is positive. mean: C_𝓛μ; mu: how μ is
    written; constant, t2: Fractions."""
    z, r = mean / A, margin(constant, t2)
    scaled = rf"(A+{C}{mu})^2"
    written = latex_of(constant)
    yield equal(
        (float(constant) - value(r, z) / (z**2 + z + float(t2)) ** 2) / (A + mean) ** 2,
        rf"\frac{{1}}{{{scaled}}}\left({written}-\frac{{r(z)}}{{(z^2+z+t^2)^2}}\right),\quad "
        rf"z=\frac{{{C}{mu}}}{{A}},\ r(z)={latex_of_polynomial(r)}",
        "common denominator, in which s² + μ² cancels",
    )
    yield at_most(
        float(constant) / (A + mean) ** 2,
        rf"\frac{{{written}}}{{{scaled}}}",
        "r(z) > 0 for all z ≥ 0: r(0) > 0, and by Sturm's theorem r has no root z > 0",
    )


def latex_of(number):
    """A Fraction, as a decimal where that is short."""
    if Fraction(str(float(number))) == number and len(str(float(number))) <= 4:
        return f"{float(number):g}"
    return rf"\tfrac{{{number.numerator}}}{{{number.denominator}}}"


def latex_of_polynomial(p):
    """A polynomial in z with decimals, the highest power first."""
    text = ""
    for k, c in reversed(list(enumerate(p))):
        power = ("", "z")[k] if k < 2 else f"z^{k}"
        text += f"{float(c):+.5g}{power}"
    return text.removeprefix("+")
