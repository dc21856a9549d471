"""The chains of the sharper Corollary 1 about its costs: of a task, of a meta-iteration, and of all
(lessons 21, 23).

x is an instance at α = 1/(8NL), `top` bounds of its constants that hold for every N (of √N C_err2'
and N C_bend). At N = 1 C_err2' = 0, and the powers of ε are others.
"""

from dataclasses import replace

import numpy as np

from .accuracy import SIZE_B, SIZE_S, at, estimate_cost, half, largest, per_part, sizes, tasks
from .chain import at_most, equal, first

E_IS_LARGE = "ε ≤ E, a number without N that is at least χ"


def samples_for(o, k):
    """(s0, s1, s2): S ≤ s0 + s1/ε² + s2/ε, for ε ≤ χ. o: where the constants that depend on N are
    from, k itself or bounds of them."""
    weight = k.weight * per_part(o, k) / o.A
    spread_bias = 4 * (o.C_err2 / o.C_l) ** 2
    s0 = 1 + half(k) * k.weight * spread_bias
    return s0, weight * spread_bias * o.spread**2, np.sqrt(2 * weight) * o.C_bend


class Demands:
    """The sizes for an accuracy ε ≤ χ, and what they are at most: with the constants of the
    instance, and with their bounds without N (`_bar`)."""

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
        # S ≤ s_0 + s_1/ε² + s_2/ε, and with C_err1'/√S in place of C_bend/S S ≤ s_0 + s_3/ε²
        self.s = samples_for(k, k)
        self.s_3 = self.s[1] + k.weight * per_part(k, k) / k.A * 2 * k.C_err1**2
        # NS ≤ N + s̄_0 + s̄_1/ε² + s̄_2/ε
        s0, s1, s2 = samples_for(top, k)
        self.s_bar = (0.0, 0.0, s2) if self.is_one_step else (s0 - 1, s1, s2)

    @property
    def NS_bar(self):
        """N + s̄_0 + s̄_1/ε² + s̄_2/ε"""
        s0, s1, s2 = self.s_bar
        return self.N + s0 + s1 / self.epsilon**2 + s2 / self.epsilon

    @property
    def NS_bar_latex(self):
        if self.is_one_step:
            return r"1+\bar s_2\varepsilon^{-1}"
        return r"N+\bar s_0+\bar s_1\varepsilon^{-2}+\bar s_2\varepsilon^{-1}"

    @property
    def powers(self):
        """A bound of B(NS + T) + B'D_L in ε^−2 and ε^−4, at N = 1 in ε^−3: every lower power of 1/ε
        is multiplied by one of E/ε."""
        E, epsilon, (s0, s1, s2) = self.most, self.epsilon, self.s_bar
        B_part = self.b_bar[0] * E**2 + self.b_bar[1]
        if self.is_one_step:
            return (B_part * ((1 + self.T) * E + s2) + self.estimate_bar * E**3) / epsilon**3
        S_part = (s0 + self.T) * E**2 + s1 + s2 * E
        rest = (B_part * S_part + self.estimate_bar * E**4) / epsilon**4
        return self.N * B_part / epsilon**2 + rest

    @property
    def powers_latex(self):
        B_part = r"(\bar b_0E^2+\bar b_1)"
        if self.is_one_step:
            return rf"\bigl({B_part}((1+T)E+\bar s_2)+\bar eE^3\bigr)\varepsilon^{{-3}}"
        return (
            rf"{B_part}N\varepsilon^{{-2}}+\bigl({B_part}"
            r"((\bar s_0+T)E^2+\bar s_1+\bar s_2E)+\bar eE^4\bigr)\varepsilon^{-4}"
        )


def samples(x, top, ratio, corollary):
    r"""NS = N + O(ε^−2), and O(ε^−1) at N = 1: all inner steps of a task together need as many
    samples as two did, for ε ≤ χ."""
    of = Demands(x, top, ratio)
    N, epsilon, (s0, s1, s2) = of.N, of.epsilon, of.s
    middle = s1 / epsilon**2 / 2
    by_bend = middle + np.hypot(middle, s2 / epsilon)
    by_bend_latex = (
        r"\tfrac{s_1}{2\varepsilon^2}"
        r"+\sqrt{\tfrac{s_1^2}{4\varepsilon^4}+\tfrac{s_2^2}{\varepsilon^2}}"
    )
    yield first(N * of.sizes["S"], r"NS", "all inner samples of a task")
    yield at_most(
        N * (s0 + min(of.s_3 / epsilon**2, by_bend)),
        rf"N\Bigl(s_0+\min\bigl(\tfrac{{s_3}}{{\varepsilon^2}},{by_bend_latex}\bigr)\Bigr)",
        f"{SIZE_S}; the root is the S with s_1/S + s_2²/S² = ε²",
    )
    yield at_most(
        N * (s0 + by_bend), rf"N\Bigl(s_0+{by_bend_latex}\Bigr)", "what C_bend/S needs, or less"
    )
    yield at_most(
        N * (s0 + s1 / epsilon**2 + s2 / epsilon),
        r"N(s_0+s_1\varepsilon^{-2}+s_2\varepsilon^{-1})",
        "√(x² + y²) ≤ x + y",
    )
    if of.is_one_step:
        yield equal(
            1 + s2 / epsilon,
            r"1+s_2\varepsilon^{-1}",
            "N = 1: C_err2' = 0, and so are s_0 − 1 and s_1",
        )
    else:
        bar0, bar1, _ = of.s_bar
        yield at_most(
            N + bar0 + bar1 / epsilon**2 + N * s2 / epsilon,
            r"N+\bar s_0+\bar s_1\varepsilon^{-2}+Ns_2\varepsilon^{-1}",
            "N(s_0 − 1) ≤ s̄_0, N s_1 ≤ s̄_1, without N: the claims before",
            corollary,
        )
    yield at_most(
        of.NS_bar, of.NS_bar_latex, "N s_2 ≤ s̄_2, without N: the claims before", corollary
    )


def gradients(x, top, ratio, corollary):
    r"""B(NS + T) + B'D_L gradients a meta-iteration: O(ε^−4 + N ε^−2), O(ε^−3) at N = 1, for ε ≤
    χ."""
    of = Demands(x, top, ratio)
    b, b_bar = r"b_0+b_1\varepsilon^{-2}", r"\bar b_0+\bar b_1\varepsilon^{-2}"

    def cost(B, NS, estimate):
        """B(NS + T) + B'D_L"""
        return B * (NS + of.T) + estimate

    def latex(B, NS, estimate="B'D_L"):
        return rf"({B})({NS}+T)+{estimate}"

    B, B_bar = at(of.b, of.epsilon), at(of.b_bar, of.epsilon)
    yield first(
        of.sizes["gradients"],
        r"B(NS+T)+B'D_L",
        "counting: inner, outer, and those that estimate the smoothness",
    )
    yield at_most(cost(B, of.N * of.sizes["S"], of.estimate), latex(b, "NS"), SIZE_B)
    yield at_most(
        cost(B, of.NS_bar, of.estimate), latex(b, of.NS_bar_latex), "(samples)", corollary
    )
    yield at_most(
        cost(B_bar, of.NS_bar, of.estimate),
        latex(b_bar, of.NS_bar_latex),
        "b_0 ≤ b̄_0, b_1 ≤ b̄_1, without N: the claims before",
        corollary,
    )
    yield at_most(
        cost(B_bar, of.NS_bar, of.estimate_bar),
        latex(b_bar, of.NS_bar_latex, r"\bar e"),
        "B'D_L ≤ ē, without N: (C_L)",
        corollary,
    )
    yield at_most(of.powers, of.powers_latex, E_IS_LARGE)


def total(x, top, ratio, corollary):
    r"""K(B(NS + T) + B'D_L) gradients in all: O(ε^−6 + N ε^−4), O(ε^−5) at N = 1, for ε ≤ χ."""
    of = Demands(x, top, ratio)
    gradients = of.sizes["gradients"]
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
    most = (of.most**2 + of.k_bar) / of.epsilon**2
    yield at_most(most * gradients, r"(E^2+\bar k_1)\varepsilon^{-2}G", E_IS_LARGE)
    yield at_most(
        most * of.powers,
        rf"(E^2+\bar k_1)\varepsilon^{{-2}}\bigl({of.powers_latex}\bigr)",
        "(gradients)",
        corollary,
    )
