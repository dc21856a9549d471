r"""Theorem 3. N-step MAML on finite sums converges with a constant stepsize.

Claim       With w⁺ = w − βḠ, Ḡ the mean of B independent ∇𝓛_i(w):
            where ‖∇l_T(w)‖ ≥ τ(σ + √b̃) (gradient) ω‖∇l_T(w)‖ ≤ ‖∇𝓛‖, (moment)
            E‖Ḡ‖² ≤ (1 + v/B)‖∇𝓛‖² and (far) E𝓛(w⁺) ≤ 𝓛(w) − ηβ‖∇𝓛‖²;
            (near) where ‖∇l_T(w)‖ ≤ τ(σ + √b̃): E𝓛(w⁺) ≤ 𝓛(w) − ηβ‖∇𝓛‖² + ½Λβ²A_squ2/B;
            (one step) E𝓛(w⁺) ≤ 𝓛(w) − ηβ‖∇𝓛‖² + ½Λβ²A_squ2/B for all w;
            (bound) (1/K) Σ_k E‖∇𝓛(w_k)‖² ≤ Δ/(ηβK) + Λβ A_squ2/(2ηB).
Constants   δ = a^2N − 1, ω = 1 − δ(1 + 1/τ), e₀ = 2a^N(a^N − 1)(1 + 1/τ), b̃ = E_i b_i²,
            v = 2(a^4N(1 + 1/τ²) + a^2N(a^N − 1)²/τ²)/ω² (b = 0: half of it, without the second
            term), Λ = A + C_𝓛((1 + τ)σ + τ√b̃), η₀ = 1 − (e₀/ω)√(1 + v/B), η = η₀/2,
            β = min(η₀/(a^2N L(1 + v/B)), 1/(Λ(1 + A_squ1/B))). Evaluated with τ = 10.
Assumes     A1, A2, b_i, independent draws of tasks, η₀ > 0 (and with it C_l > 0): a small α.
            No estimate of the smoothness, no bounded gradients.
Proof       The inner loop maps a step by N mean factors within αL of I, whatever its length: what 𝓛
            does along it is E_i D̄_iᵀg_i, which depends on Ḡ, but never by much. Far off it is near
            ∇𝓛 whatever Ḡ is; near by Proposition 4's L_w is at most Λ, and Proposition 5 bounds
            Ḡ. Telescope.
Attained    all in the limit αL → 0, B → ∞, by the convex quadratic, which a step of β = 1/L brings
            to its minimum; (bound) for K = 1.
Source      derived for this course. Analyses of constant stepsizes that we know of assume bounded
            gradients, and with them a bounded L_w.

σ and b_i have to hold at every w that the run may reach, not only at w_0.
"""

import numpy as np

from ..batches import gradients, run
from ..chain import IN_A_LIMIT, Attained, Result, at_most, equal, first
from ..meta_step import MetaStep, descent_lines, loss_lines, sum_steps, turn_lines
from ..paths import norm, square
from ..stepsize_constants import TAU, FiniteSumStepsize
from .constant_stepsize import META, bound_mean_norm, is_far, require
from .theorem_2 import mean_square

QUERY = r"\nabla l_{T_i}", r"\nabla l_T"
LOSS = r"\tfrac{\Lambda\beta^2A_{squ2}}{2B}"
GAIN = rf"\eta\beta{META}^2"
LIMIT = "αL → 0, B → ∞"
SPREAD = r"\sqrt{\tilde b}"


def stepsize(x):
    """The `FiniteSumStepsize` of an instance."""
    return FiniteSumStepsize(x.constants, TAU)


def step_of(x, beta):
    """The step w − βḠ with all batches."""
    G, p = gradients(x, x.w[None])
    return MetaStep(x, G[:, 0], p, beta)


def differences(x):
    """σ + √b̃: by how much tasks, and support and query, may differ"""
    return x.sigma + np.sqrt(x.b2)


def require_far(x):
    """Raise ConditionFailed unless w is far."""
    apart = differences(x)
    require(is_far(x, apart), x, apart, "‖∇l_T(w)‖ ≥ τ(σ + √b̃)", "near")


def size(x):
    """Of gradients, and of what the rounding of the points does to them."""

    def of_task(task):
        moved = x.L * norm(task.from_w.points).max()
        return norm(task.gradient) + norm(task.from_w.meta_gradient) + x.a**x.steps * moved

    return x.mean(of_task)


def gradient(x):
    r"""‖∇l_T(w)‖ ≤ ‖∇𝓛(w)‖/ω, where ‖∇l_T(w)‖ ≥ τ(σ + √b̃)"""
    require_far(x)
    c = stepsize(x)
    m, grad, mean = norm(x.gradient), norm(x.meta_gradient), r"\lVert\nabla l_T\rVert"
    growth = x.growth(2 * x.steps)
    gap = x.a**x.steps * x.growth(x.steps)  # a^N(a^N − 1)
    shrink = growth * c.far  # (a^2N − 1)(1 + 1/τ) = 1 − ω
    own = rf"(a^{{2N}}-1)(1+\tfrac1\tau){mean}"
    yield first(m, r"\lVert\nabla l_T(w)\rVert", scale=size(x) / c.omega)
    yield equal(
        (m - shrink * m) / c.omega,
        rf"\tfrac1\omega\bigl({mean}-{own}\bigr)",
        "ω = 1 − (a^2N − 1)(1 + 1/τ), and it is not zero",
        "eta > 0",
    )
    yield at_most(
        (grad + growth * (m + x.sigma) + gap * x.b - shrink * m) / c.omega,
        rf"\tfrac1\omega\bigl({META}+(a^{{2N}}-1)({mean}+\sigma)+a^N(a^N-1)b-{own}\bigr)",
        "Lemma 10 (gradient); ω > 0",
        "lemma_10",
        "eta > 0",
    )
    spread = np.sqrt(x.b2)
    yield at_most(
        (grad + growth * (m + x.sigma) + gap * spread - shrink * m) / c.omega,
        rf"\tfrac1\omega\bigl({META}+(a^{{2N}}-1)({mean}+\sigma)+a^N(a^N-1){SPREAD}-{own}\bigr)",
        "Jensen: b ≤ √b̃",
    )
    yield at_most(
        (grad + growth * (m + x.sigma + spread) - shrink * m) / c.omega,
        rf"\tfrac1\omega\bigl({META}+(a^{{2N}}-1)({mean}+\sigma+{SPREAD})-{own}\bigr)",
        "a^N(a^N − 1) ≤ a^2N − 1",
    )
    yield at_most(
        grad / c.omega,
        rf"\tfrac1\omega{META}",
        "far: σ + √b̃ ≤ ‖∇l_T‖/τ, and it cancels",
    )


def moment(x):
    r"""E‖Ḡ‖² ≤ (1 + v/B)‖∇𝓛‖², where ‖∇l_T(w)‖ ≥ τ(σ + √b̃)"""
    require_far(x)
    c = stepsize(x)
    step = step_of(x, c.beta)
    a, N, B = x.a, x.steps, x.B
    each, mean = QUERY
    grad2, m = square(x.meta_gradient), norm(x.gradient)

    def line(relation, one_task, text, *reason):
        """With this bound of E_i‖∇𝓛_i‖²."""
        return relation(grad2 + one_task / B, rf"{META}^2+\tfrac1B{text}", *reason)

    meta2 = r"\mathbb E_i\lVert\nabla\mathcal L_i\rVert^2"
    yield first(step.square, r"\mathbb E\lVert\bar G\rVert^2", scale=size(x) ** 2)
    yield line(
        equal,
        mean_square(x) - grad2,
        rf"({meta2}-{META}^2)",
        "B independent tasks: the variance of a mean",
        "iid tasks",
    )
    yield line(at_most, mean_square(x), meta2, "drop what is not positive")
    yield line(
        at_most,
        a ** (2 * N) * x.mean(lambda task: square(task.from_w.outer_gradient)),
        r"a^{2N}\mathbb E_i\lVert g_i\rVert^2,\quad g_i=\nabla l_{T_i}(\tilde w_N)",
        "∇𝓛_i = Pg_i; Lemma 3 (norm): ‖P‖ ≤ a^N",
        "lemma_3",
    )

    def query_bound(task):
        return (a**N * norm(task.gradient) + x.growth(N) * task.b) ** 2

    yield line(
        at_most,
        a ** (2 * N) * x.mean(query_bound),
        rf"a^{{2N}}\mathbb E_i(a^N\lVert{each}\rVert+(a^N-1)b_i)^2",
        "Lemma 9 (query)",
        "lemma_9",
    )
    apart = x.b2 > 0
    factor, second = (2, 2 * a ** (2 * N) * x.growth(N) ** 2) if apart else (1, 0.0)

    def split(relation, gradients, b2, text, b2_text, *reason):
        """With these bounds of E_i‖∇l_{T_i}‖² and of b̃, which counts where it is not 0."""
        latex = rf"a^{{4N}}{text}"
        if apart:
            latex = rf"\bigl(2{latex}+2a^{{2N}}(a^N-1)^2{b2_text}\bigr)"
        return line(relation, factor * a ** (4 * N) * gradients + second * b2, latex, *reason)

    yield split(
        at_most if apart else equal,
        x.mean(lambda task: square(task.gradient)),
        x.b2,
        rf"\mathbb E_i\lVert{each}\rVert^2",
        r"\tilde b",
        "(x + y)² ≤ 2x² + 2y²; b̃ = E_i b_i²" if apart else "all b_i are 0",
    )
    yield split(
        equal,
        m**2 + x.deviation() ** 2,
        x.b2,
        rf"(\lVert{mean}\rVert^2+\mathbb E_i\lVert{each}-{mean}\rVert^2)",
        r"\tilde b",
        "the mean square is the mean's square and the variance",
    )
    yield split(
        at_most,
        m**2 + x.sigma**2,
        x.b2,
        rf"(\lVert{mean}\rVert^2+\sigma^2)",
        r"\tilde b",
        "A2",
        "A2",
    )
    yield split(
        at_most,
        (1 + 1 / TAU**2) * m**2,
        m**2 / TAU**2,
        rf"(1+\tfrac1{{\tau^2}})\lVert{mean}\rVert^2",
        rf"\tfrac1{{\tau^2}}\lVert{mean}\rVert^2",
        "far: σ ≤ ‖∇l_T‖/τ and √b̃ ≤ ‖∇l_T‖/τ",
    )
    yield line(equal, c.scatter * m**2, rf"\omega^2v\lVert{mean}\rVert^2", "this is v")
    yield line(
        at_most,
        c.scatter * (np.sqrt(grad2) / c.omega) ** 2,
        rf"\omega^2v\bigl(\tfrac1\omega{META}\bigr)^2",
        "(gradient)",
        "theorem_3",
    )
    yield equal((1 + c.v / B) * grad2, rf"(1+\tfrac vB){META}^2", "collect")


def far(x):
    r"""E𝓛(w⁺) − 𝓛(w) ≤ −ηβ‖∇𝓛‖², where ‖∇l_T(w)‖ ≥ τ(σ + √b̃)"""
    require_far(x)
    c = stepsize(x)
    step = step_of(x, c.beta)
    a, N, B, beta = x.a, x.steps, x.B, c.beta
    A = a ** (2 * N) * x.L
    grad, m = norm(x.meta_gradient), norm(x.gradient)
    bend = A / 2 * beta**2
    bend_latex = r"\tfrac{a^{2N}L}2\beta^2"
    E = r"\mathbb E\,"
    G2 = rf"{E}\lVert\bar G\rVert^2"

    yield from loss_lines(step, setting="T_i")
    yield equal(
        -beta * (x.meta_gradient @ step.mean(step.G)) - beta * step.turned + bend * step.square,
        rf"-\beta {E}\langle\nabla\mathcal L,\bar G\rangle"
        rf"-\beta {E}\langle\mathbb E_i(\bar D_i-D_i)^\top g_i,\bar G\rangle+{bend_latex}{G2}",
        "∇𝓛 = E_iD_iᵀg_i, add and subtract",
    )
    rest = -beta * grad**2 + bend * step.square
    rest_latex = rf"-\beta{META}^2+{bend_latex}{G2}"
    yield equal(
        rest - beta * step.turned,
        rf"{rest_latex}-\beta {E}\langle\mathbb E_i(\bar D_i-D_i)^\top g_i,\bar G\rangle",
        "Proposition 5: E Ḡ = ∇𝓛",
        "proposition_5",
    )
    yield from turn_lines(step, rest, rest_latex)
    yield from bound_turn(x, c, step, m, rest, rest_latex)

    turn = rf"\beta\tfrac{{e_0}}\omega{META}"
    yield at_most(
        rest + beta * c.e_0 / c.omega * grad * step.length,
        rf"{rest_latex}+{turn}\,\mathbb E\lVert\bar G\rVert",
        "(gradient)",
        "theorem_3",
    )
    yield at_most(
        rest + beta * c.e_0 / c.omega * grad * np.sqrt(step.square),
        rf"{rest_latex}+{turn}\sqrt{{{G2}}}",
        "Jensen: E‖Ḡ‖ ≤ √E‖Ḡ‖²",
    )
    factor = 1 + c.v / B
    yield at_most(
        -beta * grad**2 + (bend * factor + beta * c.e_0 / c.omega * np.sqrt(factor)) * grad**2,
        rf"-\beta{META}^2+{bend_latex}(1+\tfrac vB){META}^2"
        rf"+\beta\tfrac{{e_0}}\omega\sqrt{{1+\tfrac vB}}{META}^2",
        "(moment), twice",
        "theorem_3",
    )
    yield equal(
        -beta * c.eta_0 * grad**2 + bend * factor * grad**2,
        rf"-\beta\eta_0{META}^2+{bend_latex}(1+\tfrac vB){META}^2",
        "collect: η₀ = 1 − (e₀/ω)√(1 + v/B)",
    )
    yield at_most(
        -c.eta * beta * grad**2,
        rf"-{GAIN}",
        "β ≤ η₀/(a^2N L(1 + v/B)); η = η₀/2",
        "eta > 0",
    )


def bound_turn(x, c, step, m, rest, rest_latex):
    """From 2β(a^N − 1)E_i‖g_i‖E‖Ḡ‖ to βe₀‖∇l_T‖E‖Ḡ‖, far off."""
    a, N, beta = x.a, x.steps, c.beta
    twice = 2 * beta * x.growth(N) * step.length
    each, mean = QUERY

    def line(relation, g, latex, *reason):
        """With this bound of E_i‖g_i‖."""
        return relation(
            rest + twice * g,
            rf"{rest_latex}+2\beta(a^N-1){latex}\,\mathbb E\lVert\bar G\rVert",
            *reason,
        )

    def with_b(relation, gradients, latex, *reason):
        """With this bound of E_i‖∇l_{T_i}(w)‖."""
        return line(
            relation,
            a**N * gradients + x.growth(N) * x.b,
            rf"\bigl(a^N{latex}+(a^N-1)b\bigr)",
            *reason,
        )

    yield with_b(
        at_most,
        x.gradient_norm,
        rf"\,\mathbb E_i\lVert{each}\rVert",
        "Lemma 9 (query): ‖g_i‖ ≤ a^N ‖∇l_{T_i}‖ + (a^N − 1)b_i; b = E_i b_i",
        "lemma_9",
    )
    yield from bound_mean_norm(x, with_b)
    spread = np.sqrt(x.b2)
    yield line(
        at_most,
        a**N * (m + x.sigma) + x.growth(N) * spread,
        rf"\bigl(a^N(\lVert{mean}\rVert+\sigma)+(a^N-1){SPREAD}\bigr)",
        "Jensen: b ≤ √b̃",
    )
    yield line(
        at_most,
        a**N * (m + x.sigma + spread),
        rf"a^N(\lVert{mean}\rVert+\sigma+{SPREAD})",
        "a^N − 1 ≤ a^N",
    )
    yield line(
        at_most,
        a**N * c.far * m,
        rf"a^N(1+\tfrac1\tau)\lVert{mean}\rVert",
        "far: σ + √b̃ ≤ ‖∇l_T‖/τ",
    )
    yield equal(
        rest + beta * c.e_0 * m * step.length,
        rf"{rest_latex}+\beta e_0\lVert{mean}\rVert\,\mathbb E\lVert\bar G\rVert",
        "this is e₀",
    )


def near(x):
    r"""E𝓛(w⁺) − 𝓛(w) ≤ −ηβ‖∇𝓛‖² + ½Λβ²A_squ2/B, where ‖∇l_T(w)‖ ≤ τ(σ + √b̃)"""
    m, apart = norm(x.gradient), differences(x)
    require(m <= TAU * apart, x, apart, "‖∇l_T(w)‖ ≤ τ(σ + √b̃)", "far")
    c, k = stepsize(x), x.constants
    step = step_of(x, c.beta)
    beta, B, L_w = c.beta, x.B, x.smoothness
    grad2 = square(x.meta_gradient)
    slope_latex = rf"-\beta{META}^2"
    curvature = r"+\tfrac{L_w}2\beta^2"

    yield from descent_lines(step, "proposition_4")
    yield equal(
        -beta * grad2 + L_w / 2 * beta**2 * step.square,
        rf"{slope_latex}{curvature}\mathbb E\lVert\bar G\rVert^2",
        "Proposition 5: E Ḡ = ∇𝓛",
        "proposition_5",
    )

    def moment(relation, one_task, text, *reason):
        """With this bound of E_i‖∇𝓛_i‖²."""
        return relation(
            -beta * grad2 + L_w / 2 * beta**2 * (grad2 + one_task / B),
            rf"{slope_latex}{curvature}\bigl({META}^2+\tfrac1B{text}\bigr)",
            *reason,
        )

    meta2 = r"\mathbb E_i\lVert\nabla\mathcal L_i\rVert^2"
    yield moment(
        equal,
        mean_square(x) - grad2,
        rf"({meta2}-{META}^2)",
        "B independent tasks: the variance of a mean",
        "iid tasks",
    )
    yield moment(at_most, mean_square(x), meta2, "drop what is not positive")
    squares = rf"A_{{squ1}}{META}^2+A_{{squ2}}"
    second = k.A_squ1 * grad2 + k.A_squ2
    yield moment(at_most, second, rf"({squares})", "Proposition 5", "proposition_5")

    def smoothness(relation, gradients, text, *reason):
        """With this bound of E_i‖∇l_{T_i}(w)‖ in L_w."""
        L_w = k.A + k.C_meta * gradients
        return relation(
            -beta * grad2 + L_w / 2 * beta**2 * (grad2 + second / B),
            rf"{slope_latex}+\tfrac12(A+C_\mathcal L{text})\beta^2"
            rf"\bigl({META}^2+\tfrac1B({squares})\bigr)",
            *reason,
        )

    yield smoothness(
        equal,
        x.gradient_norm,
        rf"\,\mathbb E_i\lVert{QUERY[0]}\rVert",
        "L_w = A + C_𝓛E_i‖∇l_{T_i}‖",
    )
    yield from bound_mean_norm(x, smoothness)
    yield smoothness(
        at_most,
        (1 + TAU) * x.sigma + TAU * np.sqrt(x.b2),
        rf"((1+\tau)\sigma+\tau{SPREAD})",
        "near: ‖∇l_T‖ ≤ τ(σ + √b̃)",
    )
    yield equal(
        -beta * grad2 + c.Lambda / 2 * beta**2 * (1 + k.A_squ1 / B) * grad2 + c.loss,
        rf"{slope_latex}+\tfrac\Lambda2\beta^2(1+\tfrac{{A_{{squ1}}}}B){META}^2+{LOSS}",
        "this is Λ; collect",
    )
    yield at_most(
        -beta * grad2 / 2 + c.loss, rf"-\tfrac12\beta{META}^2+{LOSS}", "β ≤ 1/(Λ(1 + A_squ1/B))"
    )
    yield at_most(-c.eta * beta * grad2 + c.loss, rf"-{GAIN}+{LOSS}", "η = η₀/2 ≤ 1/2")


def one_step(x):
    r"""E𝓛(w⁺) − 𝓛(w) ≤ −ηβ‖∇𝓛‖² + ½Λβ²A_squ2/B, wherever w is"""
    c = stepsize(x)
    step = step_of(x, c.beta)
    gain = c.eta * c.beta * square(x.meta_gradient)
    here = is_far(x, differences(x))
    yield first(
        step.change,
        r"\mathbb E\,\mathcal L(w^+)-\mathcal L(w),\quad w^+=w-\beta\bar G",
        scale=step.scale,
    )
    yield at_most(
        -gain + (0 if here else c.loss),
        rf"-{GAIN}+[\text{{near}}]\,{LOSS}",
        "(far) where ‖∇l_T(w)‖ ≥ τ(σ + √b̃), (near) elsewhere",
        "theorem_3",
    )
    yield at_most(-gain + c.loss, rf"-{GAIN}+{LOSS}", "far off the last term is not needed")


def law_of_run(x):
    """The law of w_0 … w_K with this stepsize."""
    return run(x, stepsize(x).beta)


def bound(x):
    r"""(1/K) Σ_k E‖∇𝓛(w_k)‖² ≤ Δ/(ηβK) + Λβ A_squ2/(2ηB)"""
    return sum_steps(
        x, stepsize(x), law_of_run(x), "theorem_3", r"\frac{\Lambda\beta A_{squ2}}{2\eta B}"
    )


RESULT = Result(
    "theorem_3",
    "N-step MAML on finite sums converges with a constant stepsize",
    r"\tfrac1K\sum_k\mathbb E\lVert\nabla\mathcal L(w_k)\rVert^2\le\tfrac\Delta{\eta\beta K}"
    r"+\tfrac{\Lambda\beta A_{squ2}}{2\eta B}",
    assumes=("A1 L", "A1 rho", "A1 inf", "A2", "iid tasks", "b", "C_l > 0", "eta > 0"),
    claims={
        "gradient": gradient,
        "moment": moment,
        "far": far,
        "near": near,
        "one step": one_step,
        "bound": bound,
    },
    setting="finite-sum",
    enumerates="batches",
    reference="derived for this course",
    attained={
        "gradient": Attained(IN_A_LIMIT, "large_batches", "αL → 0"),
        "moment": Attained(IN_A_LIMIT, "large_batches", LIMIT),
        "far": Attained(IN_A_LIMIT, "large_batches", LIMIT),
        "near": Attained(IN_A_LIMIT, "large_batches_apart", LIMIT),
        "one step": Attained(IN_A_LIMIT, "large_batches", LIMIT),
        "bound": Attained(IN_A_LIMIT, "large_batches", f"{LIMIT}, K = 1"),
    },
    stepsize=stepsize,
    run=law_of_run,
)
