r"""Proposition 3'. The second moment with lengths added before they are squared.

Claim       (gradient) E‖Ĝ_i(w)‖² ≤ q [σ_g²/T + (a^N √(‖∇l‖² + σ²) + σ_g
            √(αL(a^2N − 1)/((2 + αL)S)))²], for any α;
            (moment) E‖Ĝ_i(w)‖² ≤ q [σ_g²/T + (a^N ((‖∇𝓛‖ + (a^2N − 1)σ)/C* + σ) + σ_g
            √(αL(a^2N − 1)/((2 + αL)S)))²] ≤ C_squ1 ‖∇𝓛(w)‖² + C_squ2, now with C_squ1 = 2q a^2N/C*²
            and C_squ2 = q(σ_g²/T + 2r²), r = a^N τσ/C* + σ_g √(αL(a^2N − 1)/((2 + αL)S)),
            τ = a^2N − 1 + C*. C* = min Re(1 + z)^2N over |z| ≤ αL is that of Lemma 7'.
Assumes     A1 (L), A2, A3 (unbiased, σ_g, σ_H), independent samples within a mini-batch, all
            samples fresh, C* > 0.
Proof       Peel as in Proposition 3. Then add lengths √E‖·‖², which Minkowski's inequality allows,
            and square once at the end; each (x + y)² ≤ 2x² + 2y² in the middle would cost a factor
            up to 2.
Attained    in the limit S → ∞, like Proposition 3. Without noise, and with one task, everything up
            to Lemma 7' is attained by the concave quadratic. C_squ1 is half of Proposition 3's or
            less; C_squ2 may be larger.
Source      sharper than the paper, derived for this course.
"""

import numpy as np

from ..chain import EXACTLY, IN_A_LIMIT, Attained, Result, at_most, equal
from ..paths import norm
from . import lemma_5
from .proposition_3 import peel, square

NOISE = r"\sigma_g\sqrt{\frac{\alpha L(a^{2N}-1)}{(2+\alpha L)S}}"


def bound(x, lengths):
    """q(σ_g²/T + lengths²)"""
    q = (x.a**2 + x.alpha**2 * x.sigma_H**2 / x.D) ** x.steps
    return q * (x.sigma_g**2 / x.T + lengths**2)


def latex(lengths):
    """The same in LaTeX."""
    return rf"q(\frac{{\sigma_g^2}}{{T}}+({lengths})^2)"


def drift_noise(x):
    """σ_g √(αL(a^2N − 1)/((2 + αL)S)), by Lemma 5"""
    return x.L * np.sqrt(x.mean(lemma_5.bound))


def gradient(x):
    r"""E‖Ĝ_i‖² ≤ q [σ_g²/T + (a^N √(‖∇l(w)‖² + σ²) + σ_g √(αL(a^2N − 1)/((2 + αL)S)))²]"""
    a, L, N = x.a, x.L, x.steps

    def length(of):
        """√E‖·‖², over tasks and signs: a norm."""
        return np.sqrt(x.mean(lambda task: square(task, of(task))))

    end = length(lambda task: task.from_w.outer_gradient)  # √E_i‖∇l_i(w̃_N)‖²
    drift = length(lambda task: task.drift[N])  # √E‖w_N − w̃_N‖²
    end_latex = r"\sqrt{\mathbb{E}_i\lVert\nabla l_i(\tilde w_N)\rVert^2}"
    drift_latex = r"L\sqrt{\mathbb{E}\lVert w_N-\tilde w_N\rVert^2}"
    yield from peel(x)
    yield at_most(
        bound(x, end + length(lambda task: task.pull[N])),
        latex(
            rf"{end_latex}"
            r"+\sqrt{\mathbb{E}\lVert\nabla l_i(w_N)-\nabla l_i(\tilde w_N)\rVert^2}"
        ),
        "Minkowski: √E‖·‖² is a norm",
    )
    yield at_most(
        bound(x, end + L * drift),
        latex(rf"{end_latex}+{drift_latex}"),
        "A1: ∇l_i is L-Lipschitz",
        "A1 L",
    )
    gradients = length(lambda task: task.gradient)  # √E_i‖∇l_i(w)‖²
    gradients_latex = r"a^N\sqrt{\mathbb{E}_i\lVert\nabla l_i(w)\rVert^2}"
    yield at_most(
        bound(x, a**N * gradients + L * drift),
        latex(rf"{gradients_latex}+{drift_latex}"),
        "Lemma 2",
        "lemma_2",
    )
    noise = drift_noise(x)
    yield at_most(
        bound(x, a**N * gradients + noise),
        latex(rf"{gradients_latex}+{NOISE}"),
        "Lemma 5",
        "lemma_5",
    )
    variance = x.mean(lambda task: square(task, task.gradient - x.gradient))
    yield equal(
        bound(x, a**N * np.sqrt(norm(x.gradient) ** 2 + variance) + noise),
        latex(
            r"a^N\sqrt{\lVert\nabla l(w)\rVert^2"
            r"+\mathbb{E}_i\lVert\nabla l_i(w)-\nabla l(w)\rVert^2}"
            rf"+{NOISE}"
        ),
        "a mean square is the square of the mean plus the variance",
    )
    yield at_most(
        gradient_bound(x),
        latex(rf"a^N\sqrt{{\lVert\nabla l(w)\rVert^2+\sigma^2}}+{NOISE}"),
        "A2",
        "A2",
    )


def gradient_bound(x):
    """What (gradient) ends with."""
    return bound(x, x.a**x.steps * np.sqrt(norm(x.gradient) ** 2 + x.sigma**2) + drift_noise(x))


def moment(x):
    r"""E‖Ĝ_i‖² ≤ C_squ1 ‖∇𝓛(w)‖² + C_squ2 with the sharper constants"""
    a, N, sigma = x.a, x.steps, x.sigma
    noise = drift_noise(x)
    yield from gradient(x)
    yield at_most(
        bound(x, a**N * (norm(x.gradient) + sigma) + noise),
        latex(rf"a^N(\lVert\nabla l(w)\rVert+\sigma)+{NOISE}"),
        "√(x² + y²) ≤ x + y",
    )
    c = x.sharp_constants
    C_star = c.C_l
    meta, growth = norm(x.meta_gradient), x.growth(2 * N)  # ‖∇𝓛‖, a^2N − 1
    yield at_most(
        bound(x, a**N * ((meta + growth * sigma) / C_star + sigma) + noise),
        latex(
            r"a^N(\frac{\lVert\nabla\mathcal{L}(w)\rVert+(a^{2N}-1)\sigma}{C^*}+\sigma)"
            rf"+{NOISE}"
        ),
        "Lemma 7', C* > 0",
        "lemma_7_sharp",
        "C_l > 0",
    )
    r = a**N * (growth + C_star) * sigma / C_star + noise
    yield equal(
        bound(x, a**N * meta / C_star + r),
        latex(r"\frac{a^N}{C^*}\lVert\nabla\mathcal{L}(w)\rVert+r"),
        "collect: r = a^N τσ/C* + σ_g √(αL(a^2N − 1)/((2 + αL)S)), τ = a^2N − 1 + C*",
    )
    yield at_most(
        bound(x, np.sqrt(2 * a ** (2 * N) * meta**2 / C_star**2 + 2 * r**2)),
        r"q(\frac{\sigma_g^2}{T}+2(\frac{a^N}{C^*}\lVert\nabla\mathcal{L}(w)\rVert)^2+2r^2)",
        "(x + y)² ≤ 2x² + 2y²",
    )
    yield equal(
        c.C_squ1 * meta**2 + c.C_squ2,
        r"C_{\mathrm{squ}1}'\lVert\nabla\mathcal{L}(w)\rVert^2+C_{\mathrm{squ}2}'",
        "the constants by name",
    )


RESULT = Result(
    "proposition_3_sharp",
    "The second moment of the meta-gradient, by Minkowski",
    r"\mathbb{E}\lVert\hat G_i(w)\rVert^2"
    r"\le C_{\mathrm{squ}1}'\lVert\nabla\mathcal{L}(w)\rVert^2+C_{\mathrm{squ}2}'",
    assumes=(
        "A1 L",
        "A2",
        "A3 unbiased",
        "A3 sigma_g",
        "A3 sigma_H",
        "independent samples",
        "fresh S",
        "fresh or additive",
        "fresh D, T",
        "C_l > 0",
    ),
    claims={"gradient": gradient, "moment": moment},
    setting="resampling",
    enumerates="signs",
    reference="sharper than the paper: Minkowski's inequality and Lemma 7'",
    attained={
        "gradient": Attained(EXACTLY, "opposite_tasks"),
        "moment": Attained(IN_A_LIMIT, "outer_noise", "S → ∞, at rest"),
    },
)
