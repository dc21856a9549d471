"""The chains of the corollaries: sizes that make Theorem 1's or 2's bound at most ε, and what a
meta-iteration with them costs (lessons 21, 23).

x is an instance at α = 1/(8NL), k its constants, `top` bounds of these constants that hold for
every N. ε is a multiple of χ, or of A where C_𝓛 = 0 and χ is infinite. (C_𝓛/C_l)χ = k.steepness is
finite always.
"""

from dataclasses import replace
from math import sqrt

import numpy as np

from .chain import at_most, equal, first
from .complexity import complexity, sufficient_sizes

SIZE_B = "the size B: ⌈max(x, y)⌉ ≤ 1 + x + y"
SIZE_S = "the size S: ⌈max(x, y)⌉ ≤ 1 + x + y"
RATIOS = {"chi/100": 0.01, "chi/10": 0.1, "chi": 1.0, "10 chi": 10.0}


def sizes(x, k, ratio):
    """ε, Δ, and `complexity`'s answer."""
    epsilon = ratio * (k.chi if k.C_meta else k.A)
    Delta = max(x.meta_loss(x.w) - x.lower_bound, 0.0)
    return epsilon, Delta, complexity(k, epsilon, Delta)


def enough(x, k, ratio, theorem):
    r"""Q + √(χQ) ≤ ε at the sizes of `complexity`."""
    epsilon, Delta, n = sizes(x, k, ratio)
    k = replace(k, **{name: n[name] for name in "BSD" if n[name] is not None})
    slope, K = k.C_meta / k.C_l, n["K"]
    parts = [Delta / K, k.phi / k.B]
    names = "Δ/K, φ/B"
    sum_of_parts = r"\tfrac{\Delta}{K}+\tfrac{\varphi}{B}"
    if n["S"]:
        parts.append(k.psi)
        names += ", ψ" if k.sharp else ", ξ/S"
        sum_of_parts += r"+\psi" if k.sharp else r"+\tfrac{\xi}{S}"
    total = np.array(parts).sum()

    def bound(R, kappa):
        """Q + √(χQ), Q = (C_𝓛/C_l)R/κ: also where C_𝓛 = 0."""
        return slope * R / kappa + sqrt(k.steepness * R / kappa)

    yield first(
        k.bound(Delta, K),
        r"\text{the bound of }\mathbb E\lVert\nabla\mathcal L(w_\zeta)\rVert",
        "what `bound` says at the sizes K(ε), B(ε) … of `complexity`",
    )
    yield equal(
        bound(total, k.kappa),
        r"Q+\sqrt{\chi Q},\quad Q=\tfrac{C_{\mathcal L}}{C_l\kappa}"
        rf"\bigl({sum_of_parts}\bigr)",
        theorem.replace("_sharp", ", sharper").replace("_", " ").capitalize(),
        theorem,
    )
    yield at_most(
        bound(total, k.gain / 2),
        r"Q_1+\sqrt{\chi Q_1},\quad Q_1=Q\text{ with half of }\kappa_\infty\text{ for }\kappa",
        "B (and S) are so large that κ is at least half of what it is without noise, κ_∞",
    )
    yield at_most(
        bound(len(parts) * max(parts), k.gain / 2),
        rf"Q_2+\sqrt{{\chi Q_2}},\quad Q_2=Q_1\text{{ with {len(parts)} times its largest term}}",
        f"none of {names} is larger than the largest",
    )
    larger = max(k.steepness, slope * epsilon)
    yield at_most(
        slope * epsilon**2 / 4 / larger + sqrt(k.steepness * epsilon**2 / 4 / larger),
        r"Q_3+\sqrt{\chi Q_3},\quad Q_3=\tfrac{\varepsilon^2}{4\max(\chi,\varepsilon)}",
        f"the sizes: each of {names} takes its equal part",
    )
    if k.steepness >= slope * epsilon:
        yield equal(
            slope * epsilon**2 / (4 * k.steepness) + epsilon / 2,
            r"\tfrac{\varepsilon^2}{4\chi}+\tfrac{\varepsilon}{2}",
            "branch ε ≤ χ",
        )
        yield at_most(
            epsilon / 4 + epsilon / 2, r"\tfrac{\varepsilon}{4}+\tfrac{\varepsilon}{2}", "ε ≤ χ"
        )
    else:
        yield at_most(
            epsilon / 4 + epsilon / 2,
            r"\tfrac{\varepsilon}{4}+\tfrac{\varepsilon}{2}",
            "branch ε > χ: √(χε) ≤ ε",
        )
    yield at_most(epsilon, r"\varepsilon", "¾ ≤ 1")


def tasks(o, k):
    """(b0, b1): B ≤ b0 + b1/ε², for ε ≤ χ. o: where the constants that depend on N are from, k
    itself or bounds of them."""
    if hasattr(k, "S"):
        second = k.second / 2 / k.C_beta**2
        C_1, C_2 = o.C_squ1, o.C_squ2
    else:
        second = 2 / k.C_beta**2
        C_1, C_2 = o.A_squ1, o.A_squ2
    return np.array([1 + half(k) * second * C_1, per_part(o, k) * second * C_2 / o.A])


def samples(o, k):
    """(s0, s1): S ≤ s0 + s1/ε² for ε ≤ χ, with the constants of o, as in `tasks`."""
    spread_bias = 4 * (o.C_err2 / o.C_l) ** 2
    s0 = 1 + half(k) * k.weight * spread_bias
    s1 = per_part(o, k) * k.weight * (2 * o.C_err1**2 + spread_bias * o.spread**2) / o.A
    return np.array([s0, s1])


def half(k):
    """What a size has to be for each unit of its cost, for κ to be at least half of its gain."""
    return 2 * len(k.costs) / k.gain


def per_part(o, k):
    """ε² over the part that Δ/K, φ/B and ψ may take, for ε ≤ χ."""
    parts = 3 if hasattr(k, "S") else 2
    return 8 * parts * o.steepness / k.gain


def estimate_cost(k):
    """B'D_L, the gradients that estimate the smoothness."""
    sizes = sufficient_sizes(k)
    return float(sizes["B_L"]) * sizes["D_L"]


def at(demand, epsilon):
    """A demand, a pair of numbers as `tasks` and `samples` return, at this ε."""
    return demand[0] + demand[1] / epsilon**2


def largest(x, k, top):
    """A bound of χ (where it is infinite, of A) without N: C_l ≤ 1, A ≤ top.smoothness, C_𝓛 ≥
    (ρ/L)/8."""
    if k.C_meta:
        return 8 * top.smoothness * x.L / x.rho + top.spread
    return top.smoothness


def hvps(x, k, top, ratio, corollary):
    r"""BND (in finite sums BN) Hessian-vector products a meta-iteration: O(N ε^−2)."""
    epsilon, _, n = sizes(x, k, ratio)
    N, D, most = max(x.steps, 1), n["D"] or 1, largest(x, k, top)
    d = ""
    if n["D"]:
        k = replace(k, S=1, D=D)
        d = "D"
    B, B_top = tasks(k, k), tasks(top, k)
    yield first(
        n["hvps"], rf"BN{d}", "counting: one product for each task, step and Hessian sample"
    )
    yield at_most(
        N * D * at(B, epsilon),
        rf"N{d}(b_0+b_1\varepsilon^{{-2}})",
        SIZE_B,
    )
    yield at_most(
        N * D * at(B_top, epsilon),
        rf"N{d}(\bar b_0+\bar b_1\varepsilon^{{-2}})",
        "b_0 ≤ b̄_0, b_1 ≤ b̄_1, without N: the claims before",
        corollary,
    )
    yield at_most(
        N * D * (B_top[0] * most**2 + B_top[1]) / epsilon**2,
        rf"N\varepsilon^{{-2}}{d}(\bar b_0E^2+\bar b_1)",
        "ε ≤ E, a number without N that is at least χ",
    )
