r"""Proposition 2''. Most of the bias falls like 1/S.

Claim       (mean drift) ‖E w_N − w̃_N‖ ≤ ρασ_g² (a^N − 1)(a^(N−1) − 1) / (2(1 + a)L²S), 0 at N = 1;
            (bias) ‖E Ĝ_i(w) − ∇𝓛(w)‖ ≤ C_bend/S + C_err2' E_i‖∇l_i(w)‖/√S, C_bend = (ασ_g²/2) C_𝓛 +
            (ασ_g²/(1 + a)) αρ a^(N−1) √(a^2N − 1) Σ_{j<N} √(a^2j − 1), C_err2' as in Proposition
            2': 0 at N = 1, where all of the bias falls like 1/S.
Assumes     A1 (L, ρ), A3 (unbiased, σ_g), independent samples, fresh S_j, D_j and T: what
            Proposition 2' assumes.
Proof       e_j = w_j − w̃_j. The noise has mean zero, so that only the bending of ∇l_i moves the
            mean of the path: a Taylor remainder, at most ½ρE‖e_j‖², which Lemma 5 bounds by v_j =
            O(1/S). With ĝ = ∇l_i(w_N) and g = ∇l_i(w̃_N) the bias is the mean of P(ĝ − g), which is
            such a remainder; of (P̂ − P)(ĝ − g), a product of two drifts; and of (P̂ − P)g, the one
            part that stays at 1/√S.
Attained    (mean drift) for every N ≥ 2 by a stationary point of curvature −L at which the Hessian
            bends with slope ρ, as σ_g → 0, and exactly at N = 2. (bias) at N = 1 and N = 2 by a
            bend at w̃_N and, at w̃_1, a kink: exactly at N = 1; at N = 2 as σ_g → 0, where the second
            term is all there is, and with one two-point draw for a mini-batch. Where ∇l_i = 0, the
            bend reaches 0.97 of C_bend/S with αL = 1/(8N). On a quadratic both bounds are 0.
Source      sharper than the paper; derived for this course.
"""

import numpy as np

from ..chain import IN_A_LIMIT, Attained, Result, at_most, equal, first
from ..losses import evaluate
from ..paths import apply, norm, spectral
from . import lemma_4_sharp, lemma_5
from .lemma_6 import term_norms, turns
from .proposition_2 import largest

MEAN_DRIFT = r"\frac{\rho\alpha\sigma_g^2(a^N-1)(a^{N-1}-1)}{2(1+a)L^2S}"
BIAS = (
    r"\frac{C_{\mathrm{bend}}}{S}"
    r"+\frac{C_{\mathrm{err}2}'}{\sqrt{S}}\,\mathbb{E}_i\lVert\nabla l_i(w)\rVert"
)


def mean_drift_bound(x):
    """The right-hand side of (mean drift); x: a `Task` or an instance of the resampling case."""
    a, N, instance = x.a, x.steps, getattr(x, "instance", x)
    unit = x.rho * x.alpha * instance.sigma_g**2 / (2 * (1 + a) * x.L**2 * instance.S)
    return unit * x.growth(N) * x.growth(max(N - 1, 0))


def mean_drift(x):
    r"""‖E w_N − w̃_N‖ ≤ ρασ_g² (a^N − 1)(a^(N−1) − 1) / (2(1 + a)L²S): from the last step to the
    first."""
    a, alpha, rho, N = x.a, x.alpha, x.rho, x.steps
    pull, H = x.pull, x.from_w.hessians
    e = [x.expect(drift, 0) for drift in x.drift]  # (N + 1, d): E e_j
    square = [x.expect(np.square(norm(drift))) for drift in x.drift]  # (N + 1,): E‖e_j‖²
    yield first(
        norm(e[N]),
        rf"\lVert\mathbb{{E}}w_{{{N}}}-\tilde w_{{{N}}}\rVert",
        scale=norm(x.noisy.points).max(),
    )
    for j in reversed(range(N)):
        k = N - 1 - j  # steps unrolled so far
        # What these steps have come to, and the factor before what is left of the path.
        bent = sum(a ** (N - 1 - r) * lemma_5.bound(x, r) for r in range(j + 1, N))
        past = alpha * rho / 2 * bent
        left = ""
        if k:
            left = rf"\frac{{\alpha\rho}}{{2}}\sum_{{r={j + 1}}}^{{{N - 1}}}a^{{{N - 1}-r}}v_r"
            left += rf"+a^{{{k}}}"
        rest = pull[j] - apply(H[j], x.drift[j])  # (R, d): r_j = ∇l(w_j) − ∇l(w̃_j) − H_j e_j
        mean_pull = x.expect(pull[j], 0)
        straight = e[j] - alpha * H[j] @ e[j]
        E_e, H_j = rf"\mathbb{{E}}e_{{{j}}}", rf"H_{{{j}}}"
        pull_latex = rf"\nabla l(w_{{{j}}})-\nabla l(\tilde w_{{{j}}})"
        yield equal(
            past + a**k * norm(e[j] - alpha * mean_pull - alpha * x.expect(x.inner_noise[j], 0)),
            rf"{left}\lVert\mathbb{{E}}(e_{{{j}}}-\alpha({pull_latex})-\alpha\nu_{{{j}}})\rVert",
            "inner step e_{j+1} = e_j − α(∇l(w_j) − ∇l(w̃_j)) − αν_j",
        )
        yield equal(
            past + a**k * norm(e[j] - alpha * mean_pull),
            rf"{left}\lVert\mathbb{{E}}(e_{{{j}}}-\alpha({pull_latex}))\rVert",
            "A3: S_j is unbiased, and fresh or off by the same at every w: E ν_j = 0",
            "A3 unbiased",
            "fresh or additive",
        )
        yield at_most(
            past + a**k * (norm(straight) + alpha * norm(x.expect(rest, 0))),
            rf"{left}(\lVert(I-\alpha {H_j}){E_e}\rVert+\alpha\lVert\mathbb{{E}}r_{{{j}}}\rVert)",
            "r_j = ∇l(w_j) − ∇l(w̃_j) − H_j e_j, H_j at w̃_j; triangle inequality",
        )
        yield at_most(
            past + a**k * (norm(straight) + alpha * x.expect(norm(rest))),
            rf"{left}(\lVert(I-\alpha {H_j}){E_e}\rVert+\alpha\mathbb{{E}}\lVert r_{{{j}}}\rVert)",
            "Jensen: the norm is convex",
        )
        yield at_most(
            past + a**k * (a * norm(e[j]) + alpha * x.expect(norm(rest))),
            rf"{left}(a\lVert{E_e}\rVert+\alpha\mathbb{{E}}\lVert r_{{{j}}}\rVert)",
            "A1: ‖I − αH_j‖ ≤ a",
            "A1 L",
        )
        yield at_most(
            past + a**k * (a * norm(e[j]) + alpha * rho / 2 * square[j]),
            rf"{left}(a\lVert{E_e}\rVert"
            rf"+\frac{{\alpha\rho}}{{2}}\mathbb{{E}}\lVert e_{{{j}}}\rVert^2)",
            "A1: ∇²l is ρ-Lipschitz, so that Taylor's remainder is at most ½ρ‖e_j‖²",
            "A1 rho",
        )
        yield at_most(
            past + a**k * (a * norm(e[j]) + alpha * rho / 2 * lemma_5.bound(x, j)),
            rf"{left}(a\lVert{E_e}\rVert+\frac{{\alpha\rho}}{{2}}v_{{{j}}})",
            "Lemma 5: E‖e_j‖² ≤ v_j = (a^2j − 1) ασ_g²/((1 + a)LS)",
            "lemma_5",
        )
    yield equal(
        mean_drift_bound(x),
        MEAN_DRIFT,
        "both paths start at w; Σ_{r<N} a^(N−1−r) (a^2r − 1) = (a^N − 1)(a^(N−1) − 1)/(a − 1), "
        "a − 1 = αL",
    )


def bias(x):
    r"""‖E Ĝ_i − ∇𝓛‖ ≤ C_bend/S + C_err2' E_i‖∇l_i(w)‖/√S"""
    yield from up_to_turns(x)
    yield from up_to_squares(x)
    yield from up_to_constants(x)


def difference(task):
    """P̂ĝ − Pg, (R, d)."""
    return task.noisy.meta_gradient - task.from_w.meta_gradient


def parts(task):
    """P(ĝ − g), (P̂ − P)(ĝ − g) and (P̂ − P)g, (R, d) each."""
    pull = task.pull[-1]
    g = np.broadcast_to(task.from_w.outer_gradient, pull.shape)
    turn = task.noisy.product - task.from_w.product
    return apply(task.from_w.product, pull), apply(turn, pull), apply(turn, g)


def turned(task):
    """‖P̂ − P‖, (R,)."""
    turn = spectral(task.noisy.product - task.from_w.product)
    return turn * np.ones(len(task.signs.rows))  # one for each pattern, also where N = 0


def mean_pull(task):
    """‖E(ĝ − g)‖"""
    return norm(task.expect(task.pull[-1], 0))


def squares(task):
    """(N + 1,): E‖e_j‖²."""
    return task.expect(np.square(norm(task.drift)))


def last(task):
    """L‖e_N‖ + a^N‖∇l_i(w)‖, (R,): what the turn of the product meets."""
    return task.L * norm(task.drift[-1]) + task.a**task.steps * norm(task.gradient)


P_LATEX = r"\mathbb{E}\lVert\hat P-P\rVert"
PULL = r"a^N\lVert\mathbb{E}(\hat g-g)\rVert"
LAST = r"(L\lVert e_N\rVert+a^N\lVert\nabla l_i(w)\rVert)"


def up_to_turns(x):
    r"""‖E Ĝ_i − ∇𝓛‖ ≤ E_i(a^N‖E(ĝ − g)‖ + E‖P̂ − P‖(L‖e_N‖ + a^N‖∇l_i(w)‖)): the last gradient
    counts by its mean alone, which no Jensen has made longer."""
    a, L, N = x.a, x.L, x.steps

    def mean_and_norms(task):
        by_pull, *others = parts(task)
        return norm(task.expect(by_pull, 0)) + sum(task.expect(norm(part)) for part in others)

    def ends(task):
        """‖ĝ − g‖ + ‖g‖, (R,)."""
        return norm(task.pull[-1]) + norm(task.from_w.outer_gradient)

    def ends_by_A1(task):
        """L‖e_N‖ + ‖g‖, (R,)."""
        return L * norm(task.drift[-1]) + norm(task.from_w.outer_gradient)

    yield first(
        norm(x.estimate - x.meta_gradient),
        r"\lVert\mathbb{E}\hat G_i(w)-\nabla\mathcal{L}(w)\rVert",
        "definition, over all samples",
        scale=max(largest(task) for task in x.tasks),
    )
    yield equal(
        norm(x.mean(lambda task: task.expect(difference(task), 0))),
        r"\lVert\mathbb{E}(\hat P\hat g-Pg)\rVert",
        "the D_j and T are fresh and unbiased: given the path, each may be replaced by its mean; "
        "ĝ = ∇l_i(w_N), g = ∇l_i(w̃_N)",
        "A3 unbiased",
        "fresh D, T",
    )
    yield at_most(
        x.mean(lambda task: norm(task.expect(difference(task), 0))),
        r"\mathbb{E}_i\lVert\mathbb{E}(\hat P\hat g-Pg)\rVert",
        "Jensen, over the tasks only: the norm is convex",
    )
    yield equal(
        x.mean(lambda task: norm(sum(task.expect(part, 0) for part in parts(task)))),
        r"\mathbb{E}_i\lVert\mathbb{E}P(\hat g-g)+\mathbb{E}(\hat P-P)(\hat g-g)"
        r"+\mathbb{E}(\hat P-P)g\rVert",
        "P̂ĝ − Pg = P(ĝ − g) + (P̂ − P)(ĝ − g) + (P̂ − P)g",
    )
    yield at_most(
        x.mean(lambda task: sum(norm(task.expect(part, 0)) for part in parts(task))),
        r"\mathbb{E}_i(\lVert\mathbb{E}P(\hat g-g)\rVert"
        r"+\lVert\mathbb{E}(\hat P-P)(\hat g-g)\rVert+\lVert\mathbb{E}(\hat P-P)g\rVert)",
        "triangle inequality",
    )
    yield at_most(
        x.mean(mean_and_norms),
        r"\mathbb{E}_i(\lVert\mathbb{E}P(\hat g-g)\rVert"
        r"+\mathbb{E}\lVert(\hat P-P)(\hat g-g)\rVert+\mathbb{E}\lVert(\hat P-P)g\rVert)",
        "Jensen, in the last two terms: the norm is convex",
    )
    yield at_most(
        x.mean(
            lambda task: (
                spectral(task.from_w.product) * mean_pull(task)
                + task.expect(turned(task) * ends(task))
            )
        ),
        r"\mathbb{E}_i(\lVert P\rVert\lVert\mathbb{E}(\hat g-g)\rVert"
        rf"+{P_LATEX}(\lVert\hat g-g\rVert+\lVert g\rVert))",
        "operator norm, in all three",
    )
    yield at_most(
        x.mean(lambda task: a**N * mean_pull(task) + task.expect(turned(task) * ends(task))),
        rf"\mathbb{{E}}_i({PULL}+{P_LATEX}(\lVert\hat g-g\rVert+\lVert g\rVert))",
        "Lemma 3: ‖P‖ ≤ a^N",
        "lemma_3",
    )
    yield at_most(
        x.mean(lambda task: a**N * mean_pull(task) + task.expect(turned(task) * ends_by_A1(task))),
        rf"\mathbb{{E}}_i({PULL}+{P_LATEX}(L\lVert e_N\rVert+\lVert g\rVert))",
        "A1: ∇l_i is L-Lipschitz; e_j = w_j − w̃_j",
        "A1 L",
    )
    yield at_most(
        x.mean(lambda task: a**N * mean_pull(task) + task.expect(turned(task) * last(task))),
        rf"\mathbb{{E}}_i({PULL}+{P_LATEX}{LAST})",
        "Lemma 2: ‖g‖ ≤ a^N‖∇l_i(w)‖",
        "lemma_2",
    )


def up_to_squares(x):
    r"""… ≤ E_i(a^N‖E(ĝ − g)‖ + a^(N−1)αρ Σ_j (L√(v_j v_N) + a^N E‖e_j‖‖∇l_i(w)‖)), v_j the bound
    of Lemma 5."""
    a, alpha, L, rho, N = x.a, x.alpha, x.L, x.rho, x.steps
    v = bounds(x)
    turn = a ** (N - 1) * alpha * rho
    turn_latex = r"a^{N-1}\alpha\rho\sum_{j<N}"

    def with_drifts(task):
        """a^(N−1)αρ Σ_j E‖e_j‖(L‖e_N‖ + a^N‖∇l_i(w)‖)"""
        return turn * task.expect(norm(task.drift[:N]).sum(0) * last(task))

    def with_gradient(task):
        """a^(N−1)αρ Σ_j a^N E‖e_j‖‖∇l_i(w)‖"""
        drifts = task.expect(norm(task.drift[:N])).sum()
        return turn * drifts * a**N * norm(task.gradient)

    def crossed(before, end):
        """a^(N−1)αρ Σ_j L√(before_j · end), before (N + 1,)."""
        return turn * L * np.sqrt(before[:N] * end).sum()

    gradient_latex = r"a^N\mathbb{E}\lVert e_j\rVert\lVert\nabla l_i(w)\rVert"
    e2_j, e2_N = (rf"\mathbb{{E}}\lVert e_{j}\rVert^2" for j in "jN")
    yield at_most(
        x.mean(lambda task: a**N * mean_pull(task) + task.expect(term_norms(task) * last(task))),
        rf"\mathbb{{E}}_i({PULL}+\mathbb{{E}}\sum_j\prod_{{i<j}}\lVert\hat M_i\rVert"
        r"\cdot\alpha\lVert\nabla^2l_i(w_j)-\nabla^2l_i(\tilde w_j)\rVert"
        rf"\cdot\prod_{{i>j}}\lVert M_i\rVert\cdot{LAST})",
        "as in Lemma 6: telescoping, triangle inequality, operator norm",
    )
    yield at_most(
        x.mean(
            lambda task: (
                a**N * mean_pull(task)
                + a ** (N - 1) * alpha * task.expect(turns(task).sum(0) * last(task))
            )
        ),
        rf"\mathbb{{E}}_i({PULL}+a^{{N-1}}\alpha\sum_{{j<N}}"
        rf"\mathbb{{E}}\lVert\nabla^2l_i(w_j)-\nabla^2l_i(\tilde w_j)\rVert{LAST})",
        "A1: each factor is at most a",
        "A1 L",
    )
    yield at_most(
        x.mean(lambda task: a**N * mean_pull(task) + with_drifts(task)),
        rf"\mathbb{{E}}_i({PULL}+{turn_latex}\mathbb{{E}}\lVert e_j\rVert{LAST})",
        "A1: ∇²l_i is ρ-Lipschitz",
        "A1 rho",
    )
    yield at_most(
        x.mean(
            lambda task: (
                a**N * mean_pull(task)
                + crossed(squares(task), squares(task)[N])
                + with_gradient(task)
            )
        ),
        rf"\mathbb{{E}}_i({PULL}+{turn_latex}(L\sqrt{{{e2_j}\,{e2_N}}}+{gradient_latex}))",
        "Cauchy–Schwarz: E‖e_j‖‖e_N‖ ≤ √(E‖e_j‖² E‖e_N‖²)",
    )
    yield at_most(
        x.mean(
            lambda task: a**N * mean_pull(task) + crossed(v, squares(task)[N]) + with_gradient(task)
        ),
        rf"\mathbb{{E}}_i({PULL}+{turn_latex}(L\sqrt{{v_j\,{e2_N}}}+{gradient_latex}))",
        "Lemma 5, at each j < N: E‖e_j‖² ≤ v_j = (a^2j − 1) ασ_g²/((1 + a)LS)",
        "lemma_5",
    )
    yield at_most(
        x.mean(lambda task: a**N * mean_pull(task) + crossed(v, v[N]) + with_gradient(task)),
        rf"\mathbb{{E}}_i({PULL}+{turn_latex}(L\sqrt{{v_jv_N}}+{gradient_latex}))",
        "Lemma 5, at N",
        "lemma_5",
    )


def up_to_constants(x):
    r"""… ≤ C_bend/S + C_err2' E_i‖∇l_i(w)‖/√S"""
    a, alpha, L, rho, N, S = x.a, x.alpha, x.L, x.rho, x.steps, x.S
    v = bounds(x)
    turn = a ** (N - 1) * alpha * rho
    roots = sum(lemma_4_sharp.bound(x, j) for j in range(N))
    settled = turn * (L * np.sqrt(v[:N] * v[N]).sum() + a**N * roots * x.gradient_norm)
    settled_latex = (
        r"a^{N-1}\alpha\rho\sum_{j<N}(L\sqrt{v_jv_N}"
        r"+a^N\sqrt{v_j}\,\mathbb{E}_i\lVert\nabla l_i(w)\rVert)"
    )

    def straight(task):
        """‖∇²l_i(w̃_N) E e_N‖"""
        return norm(task.expect(apply(end_hessian(task), task.drift[N]), 0))

    def rest(task):
        """r_N = ĝ − g − ∇²l_i(w̃_N)e_N, (R, d)."""
        return task.pull[N] - apply(end_hessian(task), task.drift[N])

    def mean_drift_norm(task):
        """‖E e_N‖"""
        return norm(task.expect(task.drift[N], 0))

    straight_latex = r"\lVert\nabla^2l_i(\tilde w_N)\,\mathbb{E}e_N\rVert"
    yield at_most(
        x.mean(lambda task: a**N * mean_pull(task)) + settled,
        rf"\mathbb{{E}}_i{PULL}+{settled_latex}",
        "Lemma 4': E‖e_j‖ ≤ √v_j",
        "lemma_4_sharp",
    )
    yield at_most(
        x.mean(lambda task: a**N * (straight(task) + norm(task.expect(rest(task), 0)))) + settled,
        rf"\mathbb{{E}}_ia^N({straight_latex}+\lVert\mathbb{{E}}r_N\rVert)+{settled_latex}",
        "r_N = ĝ − g − ∇²l_i(w̃_N)e_N; triangle inequality",
    )
    yield at_most(
        x.mean(lambda task: a**N * (straight(task) + task.expect(norm(rest(task))))) + settled,
        rf"\mathbb{{E}}_ia^N({straight_latex}+\mathbb{{E}}\lVert r_N\rVert)+{settled_latex}",
        "Jensen: the norm is convex",
    )
    yield at_most(
        x.mean(lambda task: a**N * (straight(task) + rho / 2 * squares(task)[N])) + settled,
        rf"\mathbb{{E}}_ia^N({straight_latex}+\tfrac{{\rho}}{{2}}\mathbb{{E}}\lVert e_N\rVert^2)"
        rf"+{settled_latex}",
        "A1: ∇²l_i is ρ-Lipschitz, so that Taylor's remainder is at most ½ρ‖e_N‖²",
        "A1 rho",
    )
    yield at_most(
        x.mean(lambda task: a**N * (L * mean_drift_norm(task) + rho / 2 * squares(task)[N]))
        + settled,
        r"\mathbb{E}_ia^N(L\lVert\mathbb{E}e_N\rVert"
        rf"+\tfrac{{\rho}}{{2}}\mathbb{{E}}\lVert e_N\rVert^2)+{settled_latex}",
        "A1: ‖∇²l_i‖ ≤ L",
        "A1 L",
    )
    yield at_most(
        x.mean(lambda task: a**N * (L * mean_drift_bound(task) + rho / 2 * squares(task)[N]))
        + settled,
        rf"\mathbb{{E}}_ia^N(L\,{MEAN_DRIFT}"
        rf"+\tfrac{{\rho}}{{2}}\mathbb{{E}}\lVert e_N\rVert^2)+{settled_latex}",
        "(mean drift)",
        "proposition_2_bend",
    )
    yield at_most(
        a**N * (L * mean_drift_bound(x) + rho / 2 * v[N]) + settled,
        rf"a^N(L\,{MEAN_DRIFT}+\tfrac{{\rho}}{{2}}v_N)+{settled_latex}",
        "Lemma 5, at N",
        "lemma_5",
    )
    C_meta = rho / L * a ** (2 * N - 1) * x.growth(N)
    yield equal(
        alpha * x.sigma_g**2 / (2 * S) * C_meta + settled,
        rf"\frac{{\alpha\sigma_g^2}}{{2S}}\,C_{{\mathcal L}}+{settled_latex}",
        "(a^N − 1)(a^(N−1) − 1) + a^2N − 1 = (1 + a) a^(N−1) (a^N − 1): "
        "C_𝓛 = (ρ/L) a^(2N−1) (a^N − 1), the constant of Proposition 1",
    )
    c = x.sharp_constants
    yield equal(
        c.C_bend / S + c.C_err2 * x.gradient_norm / np.sqrt(S), BIAS, "the constants by name"
    )


def bounds(x):
    """(N + 1,): v_j, Lemma 5's bounds of E‖e_j‖²."""
    return np.array([lemma_5.bound(x, j) for j in range(x.steps + 1)])


def end_hessian(task):
    """∇²l_i(w̃_N), (d, d)."""
    return evaluate(task.outer, "hessian", task.from_w.end)


RESULT = Result(
    "proposition_2_bend",
    "Most of the bias falls like 1/S",
    rf"\lVert\mathbb{{E}}w_N-\tilde w_N\rVert\le{MEAN_DRIFT},\quad "
    rf"\lVert\mathbb{{E}}\hat G_i(w)-\nabla\mathcal{{L}}(w)\rVert\le{BIAS}",
    assumes=(
        "A1 L",
        "A1 rho",
        "A3 unbiased",
        "A3 sigma_g",
        "independent samples",
        "fresh S",
        "fresh or additive",
        "fresh D, T",
    ),
    claims={"mean drift": mean_drift, "bias": bias},
    setting="resampling",
    per_task=("mean drift",),
    enumerates="signs",
    reference="sharper than the paper: only the bending of the gradient moves a mean",
    attained={
        "mean drift": Attained(IN_A_LIMIT, "bend_at_rest", "σ_g → 0; exactly at N = 2", (2, 9)),
        "bias": Attained(IN_A_LIMIT, "kinks", "σ_g → 0; exactly at N = 1", (1, 2)),
    },
)
