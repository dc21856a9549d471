r"""A constant stepsize descends on 𝓛, though 𝓛 is not smooth (exact gradients).

Claim       With w⁺ = w − β∇𝓛(w):
            (one task) 𝓛_i(w⁺) ≤ 𝓛_i(w) − βC_l‖g‖² + ½Lβ²a^4N‖g‖², w⁺ = w − β∇𝓛_i(w), g =
            ∇l_i(w̃_N): every β < 2C_l/(La^4N) descends; at β = C_l/(La^4N) by C_l²/(2La^4N) ‖g‖².
            (far) where ‖∇l(w)‖ ≥ τσ, and (near) where ‖∇l(w)‖ ≤ τσ: 𝓛(w⁺) ≤ 𝓛(w) − ηβ‖∇𝓛(w)‖²;
            (rate) (1/K) Σ_k ‖∇𝓛(w_k)‖² ≤ Δ/(ηβK).
Constants   δ = a^2N − 1, ω = 1 − δ(1 + 1/τ), e₀ = 2a^N(a^N − 1)(1 + 1/τ), η₀ = 1 − e₀/ω,
            Λ = A + C_𝓛(1 + τ)σ, β = min(1/(5A), 1/Λ), η = min(η₀ − 1/10, 1/2); evaluated with τ =
            10. At α ≤ 1/(8NL) then η ≥ 0.4.
Assumes     (one task) A1 (L) and C_l > 0, no ρ. The rest A1, A2 and η₀ > 1/10, that is a small α.
Proof       The inner loop maps a step, of any length, by N mean factors within αL of I. With the N
            factors of ∇𝓛_i these are 2N, so that l_i(w̃_N) falls as in Lemma 7. Many tasks: far off
            they pull the same way, up to σ; near by their gradients are bounded, and Proposition
            1's L_w with them. Sum over k; nothing is random.
Attained    (one task) and (far) in the limit αL → 0, by the convex quadratic. (near, rate) up to a
            factor: 5/9 in that limit, by convex quadratics.
Source      derived for this course.
"""

import numpy as np

from ..batches import descend
from ..chain import IN_A_LIMIT, UP_TO_A_FACTOR, Attained, Result, at_most, equal, first
from ..constants import ConditionFailed
from ..deviation import from_norms_to_mean
from ..losses import mean_hessian
from ..meta_step import MetaStep, loss_lines, sum_steps, turn_lines
from ..paths import apply, multiply, norm, spectral, square
from ..stepsize_constants import TAU, ExactStepsize
from ..telescope import from_product

META = r"\lVert\nabla\mathcal L\rVert"


def one_task(task, share=1.0):
    r"""𝓛_i(w⁺) − 𝓛_i(w) ≤ −share (2 − share) C_l²/(2La^4N) ‖g‖², for β = share · C_l/(La^4N)."""
    x = task.instance
    L, N = x.L, x.steps
    C_l = x.constants.C_l
    stretch = x.a ** (4 * N)
    beta = share * C_l / (L * stretch)
    path, g = task.from_w, task.from_w.outer_gradient
    g2 = square(g)
    after = x.w - beta * path.meta_gradient
    way = task.path(after).end - path.end
    means = mean_hessian(task.inner, path.points[:-1], task.path(after).points[:-1])
    # D̄Dᵀ = (I − αH̄_{N−1}) ⋯ (I − αH̄_0)(I − αH_0) ⋯ (I − αH_{N−1}) = F_1 ⋯ F_2N
    curvatures = np.concatenate([means[::-1], path.hessians])
    identity = np.eye(len(g))
    factors = identity - x.alpha * curvatures
    Z, F = multiply(factors), spectral(factors)
    second = L / 2 * beta**2 * square(apply(Z, g))
    losses = abs(path.meta_loss) + abs(task.path(after).meta_loss)
    reach = norm(x.w) + beta * norm(path.meta_gradient)

    first_order = r"-\beta\lVert g\rVert^2"
    second_order = r"+\tfrac L2\beta^2\lVert\bar DD^\top g\rVert^2"
    yield first(
        task.path(after).meta_loss - path.meta_loss,
        r"\mathcal L_i(w^+)-\mathcal L_i(w),\quad w^+=w-\beta\nabla\mathcal L_i(w),"
        r"\quad\beta=\tfrac{C_l}{La^{4N}}",
        scale=losses + x.a**N * norm(g) * reach + L * reach**2,
    )
    yield at_most(
        way @ g + L / 2 * square(way),
        r"\langle g,\tilde w_N^+-\tilde w_N\rangle"
        r"+\tfrac L2\lVert\tilde w_N^+-\tilde w_N\rVert^2,\quad g=\nabla l_i(\tilde w_N)",
        "A1 at w̃_N: the descent lemma of l_i",
        "A1 L",
    )
    yield equal(
        -beta * (g @ apply(Z, g)) + second,
        r"-\beta\langle g,\bar DD^\top g\rangle" + second_order,
        "w̃_N⁺ − w̃_N = −βD̄Dᵀg: mean-value form in each inner step, and ∇𝓛_i = Dᵀg",
    )
    yield equal(
        -beta * g2 - beta * (g @ apply(Z - identity, g)) + second,
        first_order + r"-\beta\langle g,(\bar DD^\top-I)g\rangle" + second_order,
        "add and subtract ‖g‖²",
    )
    yield at_most(
        -beta * g2 + beta * norm(g) * norm(apply(Z - identity, g)) + second,
        first_order + r"+\beta\lVert g\rVert\lVert(\bar DD^\top-I)g\rVert" + second_order,
        "Cauchy–Schwarz",
    )
    yield at_most(
        -beta * g2 + beta * spectral(Z - identity) * g2 + second,
        first_order
        + r"+\beta\lVert\bar DD^\top-I\rVert\lVert g\rVert^2"
        + second_order
        + r",\quad\bar DD^\top=F_1\cdots F_{2N}",
        "operator norm",
    )
    yield from from_product(
        task,
        lambda _: factors,
        lambda apart: -beta * g2 + beta * apart(task) * g2 + second,
        lambda apart: rf"{first_order}+\beta{apart}\lVert g\rVert^2{second_order}",
        "2N",
    )
    yield equal(
        -beta * C_l * g2 + second,
        r"-\beta C_l\lVert g\rVert^2" + second_order,
        "C_l = 1 − (a^2N − 1)",
    )
    yield at_most(
        -beta * C_l * g2 + L / 2 * beta**2 * np.prod(F) ** 2 * g2,
        r"-\beta C_l\lVert g\rVert^2"
        r"+\tfrac L2\beta^2\lVert F_1\rVert^2\cdots\lVert F_{2N}\rVert^2\lVert g\rVert^2",
        "norms of products",
    )
    yield at_most(
        -beta * C_l * g2 + L / 2 * beta**2 * stretch * g2,
        r"-\beta C_l\lVert g\rVert^2+\tfrac L2\beta^2a^{4N}\lVert g\rVert^2",
        "A1: ‖F_r‖ ≤ a",
        "A1 L",
    )
    yield equal(
        -share * (2 - share) * C_l**2 / (2 * L * stretch) * g2,
        r"-\frac{C_l^2}{2La^{4N}}\lVert g\rVert^2",
        "β = C_l/(La^4N), and C_l > 0: a stepsize has to be positive",
        "C_l > 0",
    )


def exact_step(x):
    """The constants of an instance, and its step w − β∇𝓛(w) as one with a single outcome."""
    c = stepsize(x)
    return c, MetaStep(x, x.meta_gradient[None], np.ones(1), c.beta)


def is_far(x, differences):
    """Is ‖∇l(w)‖ ≥ τ times this, by which the tasks differ?"""
    return norm(x.gradient) >= TAU * differences


def require(condition, x, differences, what, otherwise):
    """Raise ConditionFailed unless the condition holds. what: where the claim holds, in words;
    otherwise: which claim does elsewhere."""
    if not condition:
        raise ConditionFailed(
            f"the claim is about points w where {what}; here these are "
            f"{norm(x.gradient):.3g} and {TAU * differences:.3g} (tau = {TAU:g}): read the claim "
            f"{otherwise!r}"
        )


def far(x):
    r"""𝓛(w⁺) − 𝓛(w) ≤ −(η₀ − 1/10)β‖∇𝓛‖², where ‖∇l(w)‖ ≥ τσ"""
    require(is_far(x, x.sigma), x, x.sigma, "‖∇l(w)‖ ≥ τσ", "near")
    c, step = exact_step(x)
    beta, a, N, A = c.beta, x.a, x.steps, x.constants.A
    grad, m = norm(x.meta_gradient), norm(x.gradient)
    bend = A / 2 * beta**2 * grad**2
    rest = -beta * grad**2 + bend
    rest_latex = rf"-\beta{META}^2+\tfrac A2\beta^2{META}^2"
    delta = r"(a^{2N}-1)(1+\tfrac1\tau)"
    shrink = x.growth(2 * N) * c.far  # (a^2N − 1)(1 + 1/τ) = 1 − ω

    def line(relation, gradients, latex, *reason):
        """With this bound of E_i‖∇l_i(w)‖."""
        value = rest + 2 * beta * a**N * x.growth(N) * gradients * grad
        return relation(value, rf"{rest_latex}+2\beta a^N(a^N-1){latex}{META}", *reason)

    def solved(relation, m, latex, *reason):
        """With this bound of ‖∇l(w)‖."""
        return relation(
            rest + beta * c.e_0 * m * grad, rf"{rest_latex}+\beta e_0{latex}{META}", *reason
        )

    G, E = r"\nabla\mathcal L", ""
    yield from loss_lines(step, G, E)
    yield equal(
        rest - beta * step.turned,
        rf"{rest_latex}-\beta\langle\mathbb E_i(\bar D_i-D_i)^\top g_i,\nabla\mathcal L\rangle",
        "∇𝓛 = E_iD_iᵀg_i, add and subtract; A = a^2N L",
    )
    yield from turn_lines(step, rest, rest_latex, G, E)
    yield line(
        at_most,
        x.gradient_norm,
        r"\,\mathbb E_i\lVert\nabla l_i(w)\rVert",
        "Lemma 2: ‖g_i‖ ≤ a^N ‖∇l_i(w)‖",
        "lemma_2",
    )
    yield from bound_mean_norm(x, line)
    yield line(
        at_most,
        c.far * m,
        r"(1+\tfrac1\tau)\lVert\nabla l\rVert",
        "far: σ ≤ ‖∇l‖/τ",
    )
    yield solved(equal, m, r"\lVert\nabla l\rVert", "this is e₀")
    yield solved(
        equal,
        (m - shrink * m) / c.omega,
        rf"\tfrac1\omega(\lVert\nabla l\rVert-{delta}\lVert\nabla l\rVert)",
        "ω = 1 − (a^2N − 1)(1 + 1/τ), and it is not zero",
        "eta > 0",
    )
    yield solved(
        at_most,
        (grad + x.growth(2 * N) * (m + x.sigma) - shrink * m) / c.omega,
        rf"\tfrac1\omega({META}+(a^{{2N}}-1)(\lVert\nabla l\rVert+\sigma)"
        rf"-{delta}\lVert\nabla l\rVert)",
        "Lemma 7 (gradient); ω > 0",
        "lemma_7",
        "eta > 0",
    )
    yield solved(
        at_most, grad / c.omega, rf"\tfrac1\omega{META}", "far: σ ≤ ‖∇l‖/τ, and it cancels"
    )
    yield equal(
        -beta * c.eta_0 * grad**2 + bend,
        rf"-\beta\eta_0{META}^2+\tfrac A2\beta^2{META}^2",
        "collect: η₀ = 1 − e₀/ω",
    )
    yield at_most(
        -(c.eta_0 - 1 / 10) * beta * grad**2,
        rf"-(\eta_0-\tfrac1{{10}})\beta{META}^2",
        "β ≤ 1/(5A)",
    )


def bound_mean_norm(x, line):
    """Three lines, E_i‖∇l_i(w)‖ ≤ ‖∇l(w)‖ + σ. line: a function of a relation, a bound of
    E_i‖∇l_i(w)‖, its latex, reason and cites."""
    for found in from_norms_to_mean(x, lambda length: length, lambda latex: latex):
        yield line(at_most, found.value, f"({found.latex})", found.reason, *found.cites)


def near(x):
    r"""𝓛(w⁺) − 𝓛(w) ≤ −½β‖∇𝓛‖², where ‖∇l(w)‖ ≤ τσ"""
    m = norm(x.gradient)
    require(m <= TAU * x.sigma, x, x.sigma, "‖∇l(w)‖ ≤ τσ", "far")
    c, step = exact_step(x)
    beta, A, C_meta = c.beta, x.constants.A, x.constants.C_meta
    grad = norm(x.meta_gradient)
    way = step.after[0] - x.w

    def line(relation, gradients, latex, *reason):
        """With this bound of E_i‖∇l_i(w)‖."""
        return relation(
            -beta * grad**2 + (A + C_meta * gradients) / 2 * beta**2 * grad**2,
            rf"-\beta{META}^2+\tfrac12(A+C_\mathcal L{latex})\beta^2{META}^2",
            *reason,
        )

    yield first(
        step.change,
        r"\mathcal L(w^+)-\mathcal L(w),\quad w^+=w-\beta\nabla\mathcal L(w)",
        scale=step.scale,
    )
    yield at_most(
        x.meta_gradient @ way + x.smoothness / 2 * square(way),
        r"\langle\nabla\mathcal L,w^+-w\rangle+\tfrac{L_w}2\lVert w^+-w\rVert^2",
        "Proposition 1 (descent)",
        "proposition_1",
    )
    yield line(
        equal,
        x.gradient_norm,
        r"\,\mathbb E_i\lVert\nabla l_i\rVert",
        "w⁺ − w = −β∇𝓛; L_w = A + C_𝓛E_i‖∇l_i‖",
    )
    yield from bound_mean_norm(x, line)
    yield line(at_most, (1 + TAU) * x.sigma, r"(1+\tau)\sigma", "near: ‖∇l‖ ≤ τσ")
    yield equal(
        -beta * grad**2 + c.Lambda / 2 * beta**2 * grad**2,
        rf"-\beta{META}^2+\tfrac\Lambda2\beta^2{META}^2",
        "this is Λ",
    )
    yield at_most(-beta * grad**2 / 2, rf"-\tfrac12\beta{META}^2", "β ≤ 1/Λ")


def stepsize(x):
    """The `ExactStepsize` of an instance."""
    return ExactStepsize(x.constants, TAU)


def law_of_run(x):
    """w_0 … w_K, as a law of one outcome each."""
    return descend(x, stepsize(x).beta)


def rate(x):
    r"""(1/K) Σ_k ‖∇𝓛(w_k)‖² ≤ Δ/(ηβK)"""
    step = "(far) or (near), whichever holds at w_k; η ≤ η₀ − 1/10 and η ≤ 1/2"
    return sum_steps(x, stepsize(x), law_of_run(x), "constant_stepsize", "", E="", step=step)


RESULT = Result(
    "constant_stepsize",
    "A constant stepsize descends, though the meta-objective is not smooth",
    r"\mathcal L(w-\beta\nabla\mathcal L(w))\le\mathcal L(w)-\eta\beta"
    r"\lVert\nabla\mathcal L(w)\rVert^2,\quad"
    r"\beta=\min\bigl(\tfrac1{5A},\tfrac1{A+(1+\tau)C_\mathcal L\sigma}\bigr)",
    assumes=("A1 L", "A1 rho", "A1 inf", "A2", "C_l > 0", "eta > 0"),
    claims={"one task": one_task, "far": far, "near": near, "rate": rate},
    setting="resampling",
    per_task=("one task",),
    reference="derived for this course",
    attained={
        "one task": Attained(IN_A_LIMIT, "convex_quadratic", "αL → 0"),
        "far": Attained(IN_A_LIMIT, "convex_quadratic", "αL → 0"),
        "near": Attained(UP_TO_A_FACTOR, "opposite_wells"),
        "rate": Attained(UP_TO_A_FACTOR, "long_descent"),
    },
    stepsize=stepsize,
    run=law_of_run,
)
