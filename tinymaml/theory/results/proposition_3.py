r"""Proposition 3. The second moment of Algorithm 1's meta-gradient.

Claim       E‖Ĝ_i(w)‖² ≤ C_squ1 ‖∇𝓛(w)‖² + C_squ2, with q = (a² + α²σ_H²/D)^N, C_squ1 = 4q a^2N/C_l²
            and C_squ2 = q [σ_g²/T + 2a^2N σ²
            (1 + 2(a^2N − 1)²/C_l²) + 2αL(a^2N − 1)σ_g²/((2 + αL)S)]. The mean is over tasks and
            samples.
Assumes     A1 (L), A2, A3 (unbiased, σ_g, σ_H), independent samples within a mini-batch, all
            samples fresh, C_l = 2 − a^2N > 0.
Proof       Ĝ_i is a product applied to a gradient. Peel one factor after the other, from the left:
            each is independent of what is to its right, so that its noise adds a square. What is
            left is the gradient at w_N; Lemmas 2 and 5 bring it back to w, and Lemma 7 turns
            gradients of the losses into the meta-gradient.
Attained    in the limit S → ∞, by a concave quadratic at rest with noise of its Hessians and of the
            outer gradient: E‖Ĝ_i‖² = qσ_g²/T. Without noise it is not: twice (x + y)² ≤ 2x² + 2y²,
            which cannot be tight in both places, and Lemma 7; opposite tasks come within a factor
            2.57 at N = 2 and αL = 1/16.
"""

import numpy as np

from ..chain import IN_A_LIMIT, Attained, Result, at_most, equal, first
from ..paths import apply, norm
from . import lemma_5


def square(task, vectors):
    """The mean over signs of the squared norms: (R, d) -> a float, or (d,) without signs."""
    return task.expect(np.square(norm(vectors)))


def inner(task, left, right):
    """The mean over signs of the inner products: (R, d), (R, d) -> a float."""
    return task.expect(np.sum(left * right, axis=-1))


def tails(task):
    """x_0 … x_N: the vectors on the way from the right, x_N = ∇l_i(w_N; T), to the left, x_0 = Ĝ_i,
    a list of (R, d)."""
    vectors = [task.sampled_gradient]
    for factor in task.sampled_factors[::-1]:
        vectors.append(apply(factor, vectors[-1]))
    return vectors[::-1]


def peel(x):
    r"""E‖Ĝ_i‖² ≤ q(σ_g²/T + E‖∇l_i(w_N)‖²): all the noise of the Hessians and of the outer samples,
    none of the inner loop's."""
    a, alpha, N, sigma_g = x.a, x.alpha, x.steps, x.sigma_g
    factor = a**2 + alpha**2 * x.sigma_H**2 / x.D
    tails_of = {task: tails(task) for task in x.tasks}
    yield first(
        x.mean(lambda task: square(task, task.estimate)), r"\mathbb{E}\lVert\hat G_i(w)\rVert^2"
    )
    for j in range(N):
        # E‖M_j x‖², E⟨M_j x, V_j x⟩, E‖V_j x‖², the same of one sample, and E‖x‖², x = x_{j+1}
        exact = cross = noise = sample = rest = 0
        for task, tail in tails_of.items():
            Mx = apply(task.noisy.factors[j], tail[j + 1])
            Vx = apply(task.hessian_noise[j], tail[j + 1])
            exact += task.p * square(task, Mx)
            cross += task.p * inner(task, Mx, Vx)
            noise += task.p * square(task, Vx)
            sample += task.p * square(task, apply(task.hessian_sample_noise[j], tail[j + 1]))
            rest += task.p * square(task, tail[j + 1])
        before = rf"(a^2+\frac{{\alpha^2\sigma_H^2}}{{D}})^{{{j}}}" if j else ""
        to, M, V = rf"x_{{{j + 1}}}", rf"M_{{{j}}}", rf"V_{{{j}}}"
        yield equal(
            factor**j * (exact - 2 * alpha * cross + alpha**2 * noise),
            rf"{before}\mathbb{{E}}(\lVert {M}{to}\rVert^2-2\alpha\langle {M}{to},{V}{to}\rangle"
            rf"+\alpha^2\lVert {V}{to}\rVert^2)",
            "x_j = (M_j − αV_j)x_{j+1}, M_j = I − α∇²l_i(w_j), V_j its sample's noise, "
            "x_N = ∇l_i(w_N; T); expand the square",
        )
        yield equal(
            factor**j * (exact + alpha**2 * noise),
            rf"{before}\mathbb{{E}}(\lVert {M}{to}\rVert^2+\alpha^2\lVert {V}{to}\rVert^2)",
            "A3: D_j is fresh and unbiased, so that V_j has mean zero given the path and x_{j+1}",
            "A3 unbiased",
            "fresh D, T",
        )
        yield at_most(
            factor**j * (a**2 * rest + alpha**2 * noise),
            rf"{before}\mathbb{{E}}(a^2\lVert {to}\rVert^2+\alpha^2\lVert {V}{to}\rVert^2)",
            "A1: ‖M_j‖ ≤ a",
            "A1 L",
        )
        yield equal(
            factor**j * (a**2 * rest + alpha**2 * sample / x.D),
            rf"{before}\mathbb{{E}}(a^2\lVert {to}\rVert^2"
            rf"+\tfrac{{\alpha^2}}{{D}}\lVert V_{{{j},1}}{to}\rVert^2)",
            "D independent samples of mean zero: the square of their mean is D times smaller than "
            "that of one, V_{j,1}",
            "A3 unbiased",
            "independent samples",
        )
        yield at_most(
            factor ** (j + 1) * rest,
            rf"(a^2+\frac{{\alpha^2\sigma_H^2}}{{D}})^{{{j + 1}}}\mathbb{{E}}\lVert {to}\rVert^2",
            "A3: a sample's noise along a vector has the mean square σ_H² at most",
            "A3 sigma_H",
        )
    q = factor**N
    end = x.mean(lambda task: square(task, task.noisy.outer_gradient))
    cross = x.mean(lambda task: inner(task, task.noisy.outer_gradient, task.outer_noise))
    noise = x.mean(lambda task: square(task, task.outer_noise))
    sample = x.mean(lambda task: square(task, task.outer_sample_noise))
    yield equal(
        q * (end + 2 * cross + noise),
        r"q\,\mathbb{E}(\lVert\nabla l_i(w_N)\rVert^2"
        r"+2\langle\nabla l_i(w_N),t\rangle+\lVert t\rVert^2)",
        "q = (a² + α²σ_H²/D)^N; x_N = ∇l_i(w_N) + t, t the noise of T; expand the square",
    )
    yield equal(
        q * (end + noise),
        r"q\,\mathbb{E}(\lVert\nabla l_i(w_N)\rVert^2+\lVert t\rVert^2)",
        "A3: T is fresh and unbiased, so that t has mean zero given the path",
        "A3 unbiased",
        "fresh D, T",
    )
    yield equal(
        q * (end + sample / x.T),
        r"q\,\mathbb{E}(\lVert\nabla l_i(w_N)\rVert^2+\tfrac1T\lVert t_1\rVert^2)",
        "T independent samples of mean zero: the square of their mean is T times smaller than "
        "that of one, t_1",
        "A3 unbiased",
        "independent samples",
    )
    yield at_most(
        q * (end + sigma_g**2 / x.T),
        r"q(\frac{\sigma_g^2}{T}+\mathbb{E}\lVert\nabla l_i(w_N)\rVert^2)",
        "A3: a sample's noise has the mean square σ_g² at most",
        "A3 sigma_g",
    )


def moment(x):
    r"""E‖Ĝ_i‖² ≤ C_squ1 ‖∇𝓛(w)‖² + C_squ2"""
    a, L, N, sigma = x.a, x.L, x.steps, x.sigma
    q = (a**2 + x.alpha**2 * x.sigma_H**2 / x.D) ** N
    outer = x.sigma_g**2 / x.T

    def mean(of):
        """E‖·‖², over tasks and signs."""
        return x.mean(lambda task: square(task, of(task)))

    def bound(gradients, drift):
        """With these bounds of E_i‖∇l_i(w)‖² and 2E‖∇l_i(w_N) − ∇l_i(w̃_N)‖²."""
        return q * (outer + 2 * a ** (2 * N) * gradients + drift)

    def latex(gradients, drift=r"\frac{2\alpha L(a^{2N}-1)\sigma_g^2}{(2+\alpha L)S}"):
        return rf"q(\frac{{\sigma_g^2}}{{T}}+2a^{{2N}}{gradients}+{drift})"

    end = mean(lambda task: task.from_w.outer_gradient)  # E_i‖∇l_i(w̃_N)‖²
    pull = mean(lambda task: task.pull[N])  # E‖∇l_i(w_N) − ∇l_i(w̃_N)‖²
    drift = mean(lambda task: task.drift[N])  # E‖w_N − w̃_N‖²
    end_latex = r"q(\frac{\sigma_g^2}{T}+2\mathbb{E}_i\lVert\nabla l_i(\tilde w_N)\rVert^2"
    drift_latex = r"2L^2\mathbb{E}\lVert w_N-\tilde w_N\rVert^2"
    yield from peel(x)
    yield at_most(
        q * (outer + 2 * end + 2 * pull),
        rf"{end_latex}+2\mathbb{{E}}\lVert\nabla l_i(w_N)-\nabla l_i(\tilde w_N)\rVert^2)",
        "(x + y)² ≤ 2x² + 2y²",
    )
    yield at_most(
        q * (outer + 2 * end + 2 * L**2 * drift),
        rf"{end_latex}+{drift_latex})",
        "A1: ∇l_i is L-Lipschitz",
        "A1 L",
    )
    gradients = mean(lambda task: task.gradient)  # E_i‖∇l_i(w)‖²
    yield at_most(
        bound(gradients, 2 * L**2 * drift),
        latex(r"\mathbb{E}_i\lVert\nabla l_i(w)\rVert^2", drift_latex),
        "Lemma 2",
        "lemma_2",
    )
    noise = 2 * L**2 * x.mean(lemma_5.bound)
    yield at_most(
        bound(gradients, noise),
        latex(r"\mathbb{E}_i\lVert\nabla l_i(w)\rVert^2"),
        "Lemma 5",
        "lemma_5",
    )
    variance = mean(lambda task: task.gradient - x.gradient)  # E_i‖∇l_i(w) − ∇l(w)‖²
    yield equal(
        bound(norm(x.gradient) ** 2 + variance, noise),
        latex(r"(\lVert\nabla l(w)\rVert^2+\mathbb{E}_i\lVert\nabla l_i(w)-\nabla l(w)\rVert^2)"),
        "a mean square is the square of the mean plus the variance",
    )
    yield at_most(
        bound(norm(x.gradient) ** 2 + sigma**2, noise),
        latex(r"(\lVert\nabla l(w)\rVert^2+\sigma^2)"),
        "A2",
        "A2",
    )
    c = x.constants
    meta, far = norm(x.meta_gradient), x.growth(2 * N) * sigma  # ‖∇𝓛‖, (a^2N − 1)σ
    meta_latex = r"\lVert\nabla\mathcal{L}(w)\rVert"
    yield at_most(
        bound(((meta + far) / c.C_l) ** 2 + sigma**2, noise),
        latex(rf"(\frac{{({meta_latex}+(a^{{2N}}-1)\sigma)^2}}{{C_l^2}}+\sigma^2)"),
        "Lemma 7, C_l > 0",
        "lemma_7",
        "C_l > 0",
    )
    yield at_most(
        bound((2 * meta**2 + 2 * far**2) / c.C_l**2 + sigma**2, noise),
        latex(rf"(\frac{{2{meta_latex}^2+2(a^{{2N}}-1)^2\sigma^2}}{{C_l^2}}+\sigma^2)"),
        "(x + y)² ≤ 2x² + 2y²",
    )
    yield equal(
        c.C_squ1 * meta**2 + c.C_squ2,
        r"C_{\mathrm{squ}1}\lVert\nabla\mathcal{L}(w)\rVert^2+C_{\mathrm{squ}2}",
        "collect",
    )


RESULT = Result(
    "proposition_3",
    "The second moment of the meta-gradient",
    r"\mathbb{E}\lVert\hat G_i(w)\rVert^2"
    r"\le C_{\mathrm{squ}1}\lVert\nabla\mathcal{L}(w)\rVert^2+C_{\mathrm{squ}2}",
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
    claims={"moment": moment},
    setting="resampling",
    enumerates="signs",
    attained={
        "moment": Attained(IN_A_LIMIT, "outer_noise", "S → ∞, at rest"),
    },
)
