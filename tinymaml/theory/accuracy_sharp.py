"""The chains of the sharper Corollary 1 about its costs: of a task, of a meta-iteration, and of all
(lessons 21, 23).

x is an instance at α = 1/(8NL), `top` bounds of its constants that hold for every N (of √N C_err2'
and N C_bend). At N = 1 C_err2' = 0, and every power of ε is another.
"""

from dataclasses import replace

import numpy as np

from .accuracy import SIZE_B, SIZE_S, at, estimate_cost, half, largest, per_part, sizes, tasks
from .chain import at_most, first


def samples_for(o, k):
    """(s0, s1, s2): S ≤ s0 + s1/ε² + s2/ε, for ε ≤ χ. o: where the constants that depend on N are
    from, k itself or bounds of them."""
    weight = k.weight * per_part(o, k) / o.A
    spread_bias = 4 * (o.C_err2 / o.C_l) ** 2
    s0 = 1 + half(k) * k.weight * spread_bias
    return s0, weight * spread_bias * o.spread**2, np.sqrt(2 * weight) * o.C_bend


class Demands:
    """What K, B and S have to be for an accuracy ε ≤ χ: with the constants of the instance, and
    with their bounds without N (`_bar`)."""

    def __init__(self, x, top, ratio):
        k = x.sharp_constants
        self.epsilon, Delta, self.sizes = sizes(x, k, ratio)
        self.N, self.T, self.is_one_step = max(x.steps, 1), x.T, x.steps <= 1
        self.most = largest(x, k, top)  # E, a bound of ε
        self.estimate, self.estimate_bar = estimate_cost(k), top.estimate

        # K ≤ 1 + k_1/ε²
        self.k, self.k_bar = per_part(k, k) * Delta, per_part(top, k) * Delta
        # B ≤ b_0 + b_1/ε²
        self.b = tasks(replace(k, S=1, D=self.sizes["D"]), k)
        self.b_bar = tasks(top, k)
        # S ≤ s_0 + s_1/ε² + s_2/ε and NS ≤ N + s̄_0 + s̄_1/ε² + s̄_2/ε
        self.s = samples_for(k, k)
        s0, s1, s2 = samples_for(top, k)
        self.s_bar = (0.0, 0.0, s2) if self.is_one_step else (s0 - 1, s1, s2)

    @property
    def S(self):
        """s_0 + s_1/ε² + s_2/ε"""
        s0, s1, s2 = self.s
        return s0 + s1 / self.epsilon**2 + s2 / self.epsilon

    @property
    def NS_bar(self):
        """N + s̄_0 + s̄_1/ε² + s̄_2/ε"""
        s0, s1, s2 = self.s_bar
        return self.N + s0 + s1 / self.epsilon**2 + s2 / self.epsilon

    def gradients_in_powers(self):
        """A bound of B(NS + T) + B'D_L, where every ε^−1 is one more E/ε: of ε^−2 and ε^−4, at N =
        1 of ε^−3."""
        E, epsilon, (s0, s1, s2) = self.most, self.epsilon, self.s_bar
        B_part = self.b_bar[0] * E**2 + self.b_bar[1]
        if self.is_one_step:
            return (B_part * ((1 + self.T) * E + s2) + self.estimate_bar * E**3) / epsilon**3
        S_part = (s0 + self.T) * E**2 + s1 + s2 * E
        rest = (B_part * S_part + self.estimate_bar * E**4) / epsilon**4
        return self.N * B_part / epsilon**2 + rest


def samples(x, top, ratio, corollary):
    r"""NS = N + O(ε^−2), and O(ε^−1) at N = 1: all inner steps of a task together need as many
    samples as two did, for ε ≤ χ."""
    of = Demands(x, top, ratio)
    s0, s1, s2 = of.s
    middle = s1 / of.epsilon**2 / 2
    yield first(of.N * of.sizes["S"], r"NS", "all inner samples of a task")
    yield at_most(
        of.N * (s0 + middle + np.hypot(middle, s2 / of.epsilon)),
        r"N\Bigl(s_0+\tfrac{s_1}{2\varepsilon^2}"
        r"+\sqrt{\tfrac{s_1^2}{4\varepsilon^4}+\tfrac{s_2^2}{\varepsilon^2}}\Bigr)",
        f"{SIZE_S}, of what C_bend/S needs",
    )
    yield at_most(
        of.N * of.S,
        r"N(s_0+s_1\varepsilon^{-2}+s_2\varepsilon^{-1})",
        "√(x² + y²) ≤ x + y",
    )
    yield at_most(
        of.NS_bar,
        r"1+\bar s_2\varepsilon^{-1}"
        if of.is_one_step
        else r"N+\bar s_0+\bar s_1\varepsilon^{-2}+\bar s_2\varepsilon^{-1}",
        "s_0, s_1, s_2 ≤ their bounds without N: (C_err2), (C_bend)",
        corollary,
    )


POWERS = (
    r"(\bar b_0E^2+\bar b_1)N\varepsilon^{-2}"
    r"+\bigl((\bar b_0E^2+\bar b_1)((\bar s_0+T)E^2+\bar s_1+\bar s_2E)+\bar eE^4\bigr)"
    r"\varepsilon^{-4}"
)
POWERS_OF_ONE_STEP = (
    r"\bigl((\bar b_0E^2+\bar b_1)((1+T)E+\bar s_2)+\bar eE^3\bigr)\varepsilon^{-3}"
)


def gradients(x, top, ratio, corollary):
    r"""B(NS + T) + B'D_L gradients a meta-iteration: O(ε^−4 + N ε^−2), O(ε^−3) at N = 1, for ε ≤
    χ."""
    of = Demands(x, top, ratio)
    yield first(
        of.sizes["gradients"],
        r"B(NS+T)+B'D_L",
        "counting: inner, outer, and those that estimate the smoothness",
    )

    def latex(B, NS, estimate="B'D_L"):
        return rf"({B})({NS}+T)+{estimate}"

    B, B_bar = r"b_0+b_1\varepsilon^{-2}", r"\bar b_0+\bar b_1\varepsilon^{-2}"
    NS = r"N(s_0+s_1\varepsilon^{-2}+s_2\varepsilon^{-1})"
    NS_bar = r"N+\bar s_0+\bar s_1\varepsilon^{-2}+\bar s_2\varepsilon^{-1}"
    yield at_most(
        at(of.b, of.epsilon) * (of.N * of.sizes["S"] + of.T) + of.estimate,
        latex(B, "NS"),
        SIZE_B,
    )
    yield at_most(
        at(of.b, of.epsilon) * (of.N * of.S + of.T) + of.estimate,
        latex(B, NS),
        "(samples): the size S",
        corollary,
    )
    yield at_most(
        at(of.b_bar, of.epsilon) * (of.N * of.S + of.T) + of.estimate,
        latex(B_bar, NS),
        "b_0 ≤ b̄_0, b_1 ≤ b̄_1, without N: the claims before",
        corollary,
    )
    yield at_most(
        at(of.b_bar, of.epsilon) * (of.NS_bar + of.T) + of.estimate,
        latex(B_bar, NS_bar),
        "(samples): at N = 1 s̄_0 = s̄_1 = 0",
        corollary,
    )
    yield at_most(
        at(of.b_bar, of.epsilon) * (of.NS_bar + of.T) + of.estimate_bar,
        latex(B_bar, NS_bar, r"\bar e"),
        "B'D_L ≤ ē, without N: (C_L)",
        corollary,
    )
    yield at_most(
        of.gradients_in_powers(),
        POWERS_OF_ONE_STEP if of.is_one_step else POWERS,
        "ε ≤ E, a number without N that is at least χ",
    )


def total(x, top, ratio, corollary):
    r"""K(B(NS + T) + B'D_L) gradients in all: O(ε^−6 + N ε^−4), O(ε^−5) at N = 1, for ε ≤ χ."""
    of = Demands(x, top, ratio)
    gradients = of.sizes["gradients"]
    powers = POWERS_OF_ONE_STEP if of.is_one_step else POWERS
    yield first(of.sizes["K"] * gradients, r"KG,\quad G=B(NS+T)+B'D_L", "K meta-iterations")
    yield at_most(
        (1 + of.k / of.epsilon**2) * gradients,
        r"(1+k_1\varepsilon^{-2})G",
        "the size K: ⌈x⌉ ≤ 1 + x",
    )
    yield at_most(
        (1 + of.k_bar / of.epsilon**2) * gradients,
        r"(1+\bar k_1\varepsilon^{-2})G",
        "k_1 ≤ k̄_1, without N: the claims before",
        corollary,
    )
    yield at_most(
        (of.most**2 + of.k_bar) / of.epsilon**2 * gradients,
        r"(E^2+\bar k_1)\varepsilon^{-2}G",
        "ε ≤ E, a number without N that is at least χ",
    )
    yield at_most(
        (of.most**2 + of.k_bar) / of.epsilon**2 * of.gradients_in_powers(),
        rf"(E^2+\bar k_1)\varepsilon^{{-2}}\bigl({powers}\bigr)",
        "the gradients of a meta-iteration: the claim before",
        corollary,
    )
