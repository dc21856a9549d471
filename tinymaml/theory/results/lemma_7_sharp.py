r"""Lemma 7'. From ∇𝓛 to ∇l, for stepsizes up to 0.785/(NL).

Claim       (turn) ⟨v, Z_i v⟩ ≥ C* for every unit vector v, Z_i the 2N factors of Lemma 7 and
            C* = min Re(1 + z)^(2N) over |z| ≤ αL;
            (gradient) C* ‖∇l(w)‖ ≤ ‖∇𝓛(w)‖ + (a^(2N) − 1)σ;  (with sigma)
            ‖∇l(w)‖ + σ ≤ (‖∇𝓛(w)‖ + τσ) / C*, τ = a^(2N) − 1 + C*.
Assumes     A1 (L); (gradient) A2; C* > 0, that is 2N arcsin(αL) < π/2 (Lemma 7 needs a^(2N) < 2).
            C* = (1 − αL)^(2N) if 2NαL ≤ 1.
Proof       A factor within αL of I stretches and turns a vector as a complex number in the disc
            1 + αL·D does, in the plane of the vector and its image. The angle between the first
            vector and the last is at most the sum of these, and that at most a quarter turn.
            log(1 + z) maps the disc to a convex set, so the worst is to use one z 2N times. In
            (gradient) split ∇l_i = ∇l + δ_i: the turning acts on ∇l only, the norm of Z_i − I on
            δ_i.
Attained    as long as 2NαL ≤ 1, by the convex quadratic L‖w‖²/2 and one task. Beyond, (turn) is
            attained by symmetric factors, I plus αL times reflections; whether a loss has such
            Hessians along its path is not known. A sharper version of the paper's lemma, which has
            2 − a^(2N) in place of C*.
"""

import numpy as np

from .. import telescope
from ..chain import EXACTLY, Attained, Result, at_most, equal, first
from ..paths import multiply, norm, spectral
from .lemma_7 import META, E, factors, size


def direction(x):
    """v: the unit vector along ∇l(w) of an instance; where that is 0, any will do."""
    length = norm(x.gradient)
    return x.gradient / length if length else np.eye(len(x.w))[0]


def angle(x, y):
    """Between two vectors, in 0 … π; accurate for small angles too, where the arc cosine is not."""
    x, y = x / norm(x), y / norm(y)
    return 2 * np.arctan2(norm(x - y), norm(x + y))


def logarithms(F, v):
    """log(1 + z_r) = log‖x_{r−1}‖/‖x_r‖ + i∠(x_r, x_{r−1}), (2N,) complex, where x_2N = v and
    x_{r−1} = F_r x_r; and x_0 = Zv, (d,)."""
    logs = []
    for factor in F[::-1]:
        image = factor @ v
        logs.append(np.log(norm(image) / norm(v)) + 1j * angle(v, image))
        v = image
    return np.array(logs), v


def least_over_logarithms(s, n):
    """min Re e^(nζ) over ζ in log(1 + sD), s < 1: on its edge, where ζ has the imaginary part η and
    the smaller of the two real parts."""

    def real_part(eta):
        root = np.sqrt(np.maximum(s**2 - np.sin(eta) ** 2, 0.0))
        return (np.cos(eta) - root) ** n * np.cos(n * eta)

    low, high = 0.0, np.arcsin(s)
    for _ in range(6):  # ever closer to the least of 200 values
        eta = np.linspace(low, high, 200)
        least = real_part(eta).argmin()
        low, high = eta[max(least - 1, 0)], eta[min(least + 1, 199)]
    return real_part(eta).min()


def turn(x):
    r"""C* ≤ ⟨v, Z_i v⟩, v = ∇l(w)/‖∇l(w)‖, for one task."""
    n = 2 * x.steps
    v = direction(x.instance)
    logs, image = logarithms(factors(x), v)
    z = np.expm1(logs.sum() / max(n, 1))  # log(1 + z) is the mean of the log(1 + z_r)
    angles = logs.imag.sum()
    yield first(
        x.instance.sharp_constants.C_l,
        r"C^*=\min_{\lvert z\rvert\le\alpha L}\mathrm{Re}(1+z)^{2N}",
        scale=x.a**n,
    )
    yield equal(
        least_over_logarithms(x.alpha * x.L, n),
        r"\min_{\zeta\in K}\mathrm{Re}\,e^{2N\zeta},\quad "
        r"K\text{ the convex hull of all }\log(1+z),\ \lvert z\rvert\le\alpha L",
        "log(1 + z) maps the disc |z| ≤ αL onto a convex set, αL < 1",
        "C_l > 0",
    )
    yield at_most(
        ((1 + z) ** n).real,
        r"\mathrm{Re}(1+z)^{2N},\quad \log(1+z)=\frac{1}{2N}\sum_r\log(1+z_r),\ "
        r"x_{2N}=v,\ x_{r-1}=F_rx_r,\ "
        r"1+z_r=\frac{\lVert x_{r-1}\rVert}{\lVert x_r\rVert}e^{i\angle(x_r,x_{r-1})}",
        "A1: |z_r| ≤ ‖F_r − I‖ ≤ αL puts each log(1 + z_r) into K, and so their mean",
        "A1 L",
    )
    yield equal(
        np.prod(np.exp(logs)).real,
        r"\mathrm{Re}\prod_r(1+z_r)",
        "the logarithm of a product",
    )
    yield equal(
        norm(image) * np.cos(angles),
        r"\lVert x_0\rVert\cos\sum_r\angle(x_r,x_{r-1})",
        "in a product lengths multiply and angles add; ‖x_2N‖ = 1",
    )
    yield equal(
        norm(image) * np.cos(min(angles, np.pi)),
        r"\lVert x_0\rVert\cos\min\bigl(\pi,\sum_r\angle(x_r,x_{r-1})\bigr)",
        "A1: an angle is at most arcsin αL, and 2N arcsin αL < π/2",
        "A1 L",
        "C_l > 0",
    )
    yield at_most(
        norm(image) * np.cos(angle(v, image)),
        r"\lVert x_0\rVert\cos\angle(v,x_0)",
        "triangle inequality on the sphere, inside a cosine, which decreases from 0 to π",
    )
    yield equal(
        v @ multiply(factors(x)) @ v,
        r"\langle v,Z_iv\rangle",
        "the cosine of the angle between v and x_0 = Z_i v",
    )


def gradient(x):
    r"""C* ‖∇l(w)‖ ≤ ‖∇𝓛(w)‖ + (a^(2N) − 1)σ"""
    C_star = x.sharp_constants.C_l
    growth = x.growth(2 * x.steps)  # a^2N − 1
    g, meta = norm(x.gradient), norm(x.meta_gradient)
    v = direction(x)
    eye = np.eye(len(v))

    def Z(task):
        return multiply(factors(task))

    def delta(task):
        return task.gradient - x.gradient

    yield first(
        C_star * g, r"C^*\lVert\nabla l(w)\rVert", "what is to be bounded", scale=x.mean(size)
    )
    yield at_most(
        x.mean(lambda task: v @ Z(task) @ v) * g,
        rf"{E}\langle v,Z_iv\rangle\,\lVert\nabla l(w)\rVert,\quad "
        r"v=\nabla l(w)/\lVert\nabla l(w)\rVert",
        "(turn), for each task",
        "lemma_7_sharp",
    )
    yield equal(
        x.mean(lambda task: v @ (Z(task) @ x.gradient)),
        rf"{E}\langle v,Z_i\nabla l(w)\rangle,\quad \delta_i=\nabla l_i(w)-\nabla l(w)",
        "∇l(w) = ‖∇l(w)‖ v",
    )
    yield equal(
        x.mean(lambda task: v @ (Z(task) @ task.gradient))
        - x.mean(lambda task: v @ (Z(task) @ delta(task))),
        rf"{E}\langle v,Z_i\nabla l_i(w)\rangle-{E}\langle v,Z_i\delta_i\rangle",
        "definition: ∇l(w) = ∇l_i(w) − δ_i",
    )
    yield equal(
        v @ x.meta_gradient - x.mean(lambda task: v @ (Z(task) @ delta(task))),
        rf"\langle v,\nabla\mathcal{{L}}(w)\rangle-{E}\langle v,Z_i\delta_i\rangle",
        "∇𝓛 = E Z_i ∇l_i: the mean-value form, as in Lemma 7 (near)",
    )
    yield equal(
        v @ x.meta_gradient - x.mean(lambda task: v @ ((Z(task) - eye) @ delta(task))),
        rf"\langle v,\nabla\mathcal{{L}}(w)\rangle-{E}\langle v,(Z_i-I)\delta_i\rangle",
        "E δ_i = 0",
    )
    yield at_most(
        meta + x.mean(lambda task: norm((Z(task) - eye) @ delta(task))),
        rf"{META}+{E}\lVert(Z_i-I)\delta_i\rVert",
        "Cauchy–Schwarz: ‖v‖ = 1",
    )
    yield at_most(
        meta + x.mean(lambda task: spectral(Z(task) - eye) * norm(delta(task))),
        rf"{META}+{E}\lVert Z_i-I\rVert\lVert\delta_i\rVert",
        "operator norm",
    )
    yield from telescope.from_product(
        x,
        factors,
        lambda apart: meta + x.mean(lambda task: apart(task) * norm(delta(task))),
        lambda apart: rf"{META}+{E}{apart}\lVert\delta_i\rVert",
        "2N",
    )
    yield at_most(
        meta + growth * x.deviation(),
        rf"{META}+(a^{{2N}}-1)\sqrt{{{E}\lVert\delta_i\rVert^2}}",
        "Jensen: the root is concave",
    )
    yield at_most(meta + growth * x.sigma, rf"{META}+(a^{{2N}}-1)\sigma", "A2", "A2")


def with_sigma(x):
    r"""‖∇l(w)‖ + σ ≤ (‖∇𝓛(w)‖ + τσ) / C*, τ = a^(2N) − 1 + C*"""
    C_star, sigma = x.sharp_constants.C_l, x.sigma
    growth = x.growth(2 * x.steps)  # a^2N − 1
    meta = norm(x.meta_gradient)
    yield first(
        norm(x.gradient) + sigma,
        r"\lVert\nabla l(w)\rVert+\sigma",
        scale=(x.mean(size) + sigma) / C_star,
    )
    yield at_most(
        (meta + growth * sigma) / C_star + sigma,
        rf"\frac{{{META}+(a^{{2N}}-1)\sigma}}{{C^*}}+\sigma",
        "(gradient), divided by C* > 0",
        "lemma_7_sharp",
        "C_l > 0",
    )
    yield equal(
        (meta + (growth + C_star) * sigma) / C_star,
        rf"\frac{{{META}+\tau\sigma}}{{C^*}},\quad \tau=a^{{2N}}-1+C^*",
        "common denominator",
    )


RESULT = Result(
    "lemma_7_sharp",
    "From the meta-gradient to the gradient, for larger stepsizes",
    r"C^*\lVert\nabla l(w)\rVert\le\lVert\nabla\mathcal{L}(w)\rVert+(a^{2N}-1)\sigma,\quad "
    r"C^*=\min_{\lvert z\rvert\le\alpha L}\mathrm{Re}(1+z)^{2N}>0",
    assumes=("A1 L", "A2", "C_l > 0"),
    claims={"turn": turn, "gradient": gradient, "with sigma": with_sigma},
    setting="resampling",
    per_task=("turn",),
    attained={
        "turn": Attained(EXACTLY, "convex_quadratic", "2NαL ≤ 1"),
        "gradient": Attained(EXACTLY, "convex_quadratic", "2NαL ≤ 1"),
        "with sigma": Attained(EXACTLY, "convex_quadratic", "2NαL ≤ 1"),
    },
)
