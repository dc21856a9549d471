"""A constant stepsize: its constants, its two proofs, and an evaluation of both that owes them
nothing."""

import re
from dataclasses import replace
from itertools import product
from math import comb, expm1, log1p, sqrt

import numpy as np
import pytest

from tinymaml.theory import (
    RESULTS,
    ConditionFailed,
    CosineSum,
    FiniteSumConstants,
    FiniteSumInstance,
    Quadratic,
    ResamplingConstants,
    ResamplingInstance,
    RootHessian,
    adversary,
    constant_stepsize,
    extremals,
    families,
)
from tinymaml.theory.batches import descend, run
from tinymaml.theory.chain import IN_A_LIMIT, chain
from tinymaml.theory.meta_step import secant_factors, telescope
from tinymaml.theory.paths import multiply, norm, spectral
from tinymaml.theory.results.constant_stepsize import one_task
from tinymaml.theory.stepsize_constants import TAU, ExactStepsize, FiniteSumStepsize

pytestmark = [pytest.mark.lesson_14, pytest.mark.lesson_15]

EXACT, BATCHES = RESULTS["constant_stepsize"], RESULTS["theorem_3"]
named = dict(ids=lambda result: result.name)


def constants(B=4, b=0.0, **given):
    given = dict(L=1.0, rho=1.0, sigma=1.0, alpha=1 / 8, steps=1) | given
    return FiniteSumConstants(b=b, b2=b * b, B=B, **given)


def exact_constants(**given):
    given = dict(L=1.0, rho=1.0, sigma=1.0, alpha=1 / 8, steps=1) | given
    return ResamplingConstants(sigma_g=0.0, sigma_H=0.0, **given)


# The constants


@pytest.mark.parametrize("b", [0.0, 0.3])
@pytest.mark.parametrize("steps, tau, B", [(1, 10.0, 4), (3, 10.0, 6), (5, 3.0, 1000)])
def test_the_constants_of_theorem_3(b, steps, tau, B):
    L, rho, sigma, alpha = 2.0, 3.0, 0.7, 1 / (16 * steps)
    aN = (1 + alpha * L) ** steps
    delta = aN**2 - 1
    C_meta = rho / L * aN**2 / (1 + alpha * L) * (aN - 1)
    A = aN**2 * L + rho / L * aN / (1 + alpha * L) * (aN - 1) ** 2 * b
    omega = 1 - delta * (1 + 1 / tau)
    v = (aN**4 * (1 + tau**-2) + (b > 0) * (aN * (aN - 1) / tau) ** 2) / omega**2 * (1 + (b > 0))
    eta_0 = 1 - 2 * aN * (aN - 1) * (1 + 1 / tau) / omega * sqrt(1 + v / B)
    Lambda = A + C_meta * ((1 + tau) * sigma + tau * b)
    far = delta * sigma + aN * (aN - 1) * b
    C_l = 1 - delta
    A_squ2 = 2 * aN**4 * sigma**2 + 4 * aN**4 * far**2 / C_l**2 + 2 * (aN * (aN - 1) * b) ** 2
    beta = min(eta_0 / (aN**2 * L * (1 + v / B)), 1 / (Lambda * (1 + 4 * aN**4 / C_l**2 / B)))
    c = constants(B, b, L=L, rho=rho, sigma=sigma, alpha=alpha, steps=steps)
    found = constant_stepsize(c, tau)
    assert found.beta == pytest.approx(beta, rel=1e-12)
    assert found.eta == pytest.approx(eta_0 / 2, rel=1e-12)
    assert found.noise == pytest.approx(Lambda * beta * A_squ2 / (eta_0 * B), rel=1e-12)
    assert constant_stepsize(c) == constant_stepsize(c, 10)


@pytest.mark.parametrize("steps", [1, 2, 5, 20, 1000])
def test_at_the_corollaries_stepsize(steps):
    """η ≥ 0.4 with exact gradients; η₀ ≥ 0.517 as B → ∞ and ≥ 0.338 at B = 4."""
    alpha = 1 / (8 * steps)
    exact = ExactStepsize(exact_constants(alpha=alpha, steps=steps))
    assert exact.eta_0 >= 0.517
    assert exact.eta >= 0.4
    A, C_meta = exact.constants.A, exact.constants.C_meta
    assert exact.beta == pytest.approx(min(1 / (5 * A), 1 / (A + 11 * C_meta)), rel=1e-12)
    assert FiniteSumStepsize(constants(4, alpha=alpha, steps=steps)).eta_0 >= 0.338
    assert FiniteSumStepsize(constants(10**9, alpha=alpha, steps=steps)).eta_0 >= 0.517


@pytest.mark.parametrize(
    "kind, c", [(FiniteSumStepsize, constants()), (ExactStepsize, exact_constants())]
)
def test_no_inner_step_leaves_gradient_descent(kind, c):
    found = kind(replace(c, steps=0))
    assert (found.omega, found.e_0, found.eta_0) == (1, 0, 1)
    assert found.beta > 0


def number_after(words, text):
    return float(re.search(words + r" ([\d.e+-]*\d)", text)[1])


@pytest.mark.parametrize("alpha", [0.142, 0.17, 0.3, 0.5, 40.0])
@pytest.mark.parametrize("steps", [1, 3])
@pytest.mark.parametrize("b", [0.0, 0.2])
def test_the_advice_works(alpha, steps, b):
    c = constants(1, b, alpha=alpha / steps, steps=steps)
    with pytest.raises(ConditionFailed, match="omega|eta_0") as caught:
        constant_stepsize(c)
    text = str(caught.value)
    largest = number_after("must be less than", text)
    assert constant_stepsize(replace(c, alpha=0.999 * largest)).beta > 0
    with pytest.raises(ConditionFailed):
        constant_stepsize(replace(c, alpha=1.01 * largest))
    if "B at least" in text:
        B = int(number_after("B at least", text))
        assert constant_stepsize(replace(c, B=B)).beta > 0
        with pytest.raises(ConditionFailed):
            constant_stepsize(replace(c, B=B - 1))
    else:
        with pytest.raises(ConditionFailed):
            constant_stepsize(replace(c, B=10**15))


def test_the_advice_with_exact_gradients():
    with pytest.raises(ConditionFailed, match="not more than 0.1") as caught:
        ExactStepsize(exact_constants(alpha=0.2)).eta  # noqa: B018
    largest = number_after("it must be less than", str(caught.value))
    assert ExactStepsize(exact_constants(alpha=0.999 * largest)).eta > 0
    with pytest.raises(ConditionFailed):
        ExactStepsize(exact_constants(alpha=1.001 * largest)).eta  # noqa: B018
    with pytest.raises(ConditionFailed, match="omega"):
        ExactStepsize(exact_constants(alpha=0.5)).eta  # noqa: B018


@pytest.mark.parametrize(
    "tau, error",
    [
        (0, ValueError),
        (-1, ValueError),
        (np.nan, ValueError),
        (np.inf, ValueError),
        (1e200, ValueError),
        ("10", TypeError),
        (None, TypeError),
    ],
)
def test_a_tau_that_is_none(tau, error):
    with pytest.raises(error, match="tau"):
        constant_stepsize(constants(), tau)


def test_constants_that_are_none():
    with pytest.raises(TypeError, match="expected ResamplingConstants or FiniteSumConstants"):
        constant_stepsize(10)


# The inner loop and a step of any length


def test_the_secant_is_exact_and_made_of_n_factors():
    """w̃_N⁺ − w̃_N = D̄(w⁺ − w), for steps of any length; D̄Dᵀ is 2N factors within αL of I. The mean
    of the derivatives along the step, by plain sums, does the same to the step."""
    rng = np.random.default_rng(0)
    for steps, length in product((1, 3, 5), (1e-3, 1.0, 100.0)):
        x = families.resampling(rng, 3, steps, kind="cosine sums", noise=False)
        after = x.w + length * rng.normal(size=(2, 3))
        for task in x.tasks:
            factors = secant_factors(task, after)
            D = multiply(factors[::-1])
            moved = task.path(after).end - task.from_w.end
            way = after - x.w
            np.testing.assert_allclose((D @ way[..., None])[..., 0], moved, atol=1e-11 * length)
            both = D @ task.from_w.product
            growth = expm1(2 * steps * log1p(x.alpha * x.L))
            assert (spectral(both - np.eye(3)) <= growth + 1e-13).all()
            assert (spectral(D - np.eye(3)) <= telescope(factors) + 1e-13).all()
            if length > 1:
                continue
            s = (np.arange(4000) + 0.5)[:, None, None] / 4000
            mean = task.path(x.w + s * way).product.swapaxes(-1, -2).mean(0)
            np.testing.assert_allclose((mean @ way[..., None])[..., 0], moved, atol=1e-5)


# The chains hold, on thousands of instances in the slow suite


def check(result, x):
    chains = result.evaluate(x)
    for found in chains.values():
        assert found.holds, (found.name, x, found.violations)
    assert ("far" in chains) != ("near" in chains) or norm(x.gradient) == TAU * x.sigma
    return chains


@pytest.mark.parametrize("result", [EXACT, BATCHES], **named)
@pytest.mark.parametrize("count", [25, pytest.param(3000, marks=pytest.mark.slow)])
def test_no_line_is_false(result, count):
    rng, seen = np.random.default_rng(count), set()
    for _ in range(count):
        x = families.draw(rng, result)
        seen |= set(check(result, x))
    assert seen == set(result.claims)


def test_random_instances_are_of_all_kinds():
    rng = np.random.default_rng(1)
    xs = [families.draw(rng, BATCHES, dimension=1, steps=1) for _ in range(60)]
    assert {x.B for x in xs} == {1, 2, 4, 6}
    assert {x.K for x in xs} == {1, 2}
    assert {len(x.tasks) for x in xs} == {1, 2}
    assert max(norm(x.gradient) for x in xs) > 1000
    near_limit = [x.alpha / FiniteSumStepsize(x.constants).largest_alpha for x in xs]
    assert max(near_limit) > 0.8
    assert min(near_limit) < 0.01
    for x in xs:  # σ and b_i hold on all of the run
        points = np.concatenate([w for w, _ in BATCHES.run(x)[:-1]])
        assert x.deviation(points).max() <= x.sigma * (1 + 1e-11)


@pytest.mark.parametrize("result", [EXACT, BATCHES], **named)
def test_no_inner_step(result):
    rng = np.random.default_rng(2)
    for kind in ("quadratics", "cosine sums"):
        x = families.draw(rng, result, steps=0, kind=kind)
        check(result, x)


def test_a_claim_about_the_other_points_says_so():
    x = extremals.opposite_wells(0.1, 1)
    with pytest.raises(ConditionFailed, match="read the claim 'near'"):
        EXACT.evaluate(x)["far"]
    with pytest.raises(ConditionFailed, match="read the claim 'far'"):
        BATCHES.evaluate(extremals.large_batches(0.1, 1))["near"]


# One task


@pytest.mark.parametrize("share", [0.01, 0.5, 1.5, 1.999])
def test_every_stepsize_below_the_limit_descends(share):
    rng = np.random.default_rng(3)
    for _ in range(10):
        x = families.resampling(rng, tasks=1, noise=False, hessian_noise=False)
        found = chain(one_task(x.tasks[0], share))
        assert found.holds
        assert found.lhs <= found.rhs < 0


def test_one_task_needs_no_rho_and_no_sigma():
    tasks = [RootHessian(), Quadratic([[0.5]], [1.0])]
    x = ResamplingInstance(losses=tasks, w=[1e-3], alpha=0.1, steps=2)
    with pytest.raises(ValueError, match="no sigma is known"):
        x.sigma  # noqa: B018
    for task in x.tasks:
        assert chain(one_task(task)).holds
    with pytest.raises(ConditionFailed, match="C_l"):
        chain(one_task(x.replace(alpha=1.0).tasks[0]))


# Independent of all this: the steps themselves, written anew


class Cosines:
    """Tasks c cos(x·w + φ) + slope·w, support and query: x (M, 2, d), c, φ (M, 2), slope (d,)."""

    def __init__(self, x, c, phi, slope, alpha, steps):
        self.x, self.c, self.phi, self.slope = x, c, phi, slope
        self.alpha, self.steps = alpha, steps

    def gradient(self, i, k, w):
        return self.slope - self.c[i, k] * np.sin(self.x[i, k] @ w + self.phi[i, k]) * self.x[i, k]

    def adapt(self, i, w):
        """w̃_N, and the factors' product"""
        P = np.eye(len(w))
        for _ in range(self.steps):
            bend = -self.c[i, 0] * np.cos(self.x[i, 0] @ w + self.phi[i, 0])
            P = P - self.alpha * bend * np.outer(P @ self.x[i, 0], self.x[i, 0])
            w = w - self.alpha * self.gradient(i, 0, w)
        return w, P

    def meta_gradients(self, w):
        adapted = [self.adapt(i, w) for i in range(len(self.x))]
        return np.array([P @ self.gradient(i, 1, u) for i, (u, P) in enumerate(adapted)])

    def change(self, w, after):
        """𝓛(after) − 𝓛(w), whose digits a large slope does not take"""
        total = 0.0
        for i in range(len(self.x)):
            u, v = self.adapt(i, w)[0], self.adapt(i, after)[0]
            x, phi = self.x[i, 1], self.phi[i, 1]
            wave = -2 * np.sin((x @ (u + v)) / 2 + phi) * np.sin(x @ (v - u) / 2)
            total += self.c[i, 1] * wave + self.slope @ (v - u)
        return total / len(self.x)


def draw_cosines(rng, tasks, apart, share=1 / 8):
    """Unit frequencies, L = ρ = 1 or less; slopes to 1000, w near a hill top of a task at times."""
    d, N = int(rng.integers(1, 4)), int(rng.integers(1, 5))
    x = rng.normal(size=(tasks, 2, d))
    x /= norm(x)[..., None]
    c = rng.choice([-1, 1], (tasks, 2)) * rng.uniform(0.3, 1, (tasks, 2))
    phi = rng.uniform(-np.pi, np.pi, (tasks, 2))
    if not apart or rng.random() < 0.5:
        x[:, 1], c[:, 1] = x[:, 0], c[:, 0]
        phi[:, 1] = phi[:, 0] + apart * 0.1 * rng.normal(size=tasks)
    slope = rng.normal(size=d)
    slope *= rng.integers(2) * 10 ** rng.uniform(-2, 3) / norm(slope)
    L = np.abs(c).max()
    w = rng.normal(size=d) * 10 ** rng.uniform(-1, 1.5)
    if rng.random() < 0.3:
        top = -phi[0, 0] + (np.pi if c[0, 0] < 0 else 0)
        w = x[0, 0] * top + 1e-3 * rng.normal(size=d)
    sigma = sqrt(np.mean(c[:, 1] ** 2)) if tasks > 1 else 0.0
    return Cosines(x, c, phi, slope, share / (N * L), N), w, L, sigma


@pytest.mark.parametrize("count", [150, pytest.param(60_000, marks=pytest.mark.slow)])
def test_exact_steps_descend_by_four_tenths(count):
    """β = min(1/(5A), 1/(A + 11C_𝓛σ)), written out: the decrease is at least 0.4β‖∇𝓛‖², and was
    never less than 0.82β‖∇𝓛‖² in 60,000 steps."""
    rng, least = np.random.default_rng(count), np.inf
    for _ in range(count):
        problem, w, L, sigma = draw_cosines(rng, int(rng.integers(1, 4)), False)
        N, a = problem.steps, 1 + problem.alpha * L
        A, C_meta = a ** (2 * N) * L, a ** (2 * N - 1) * (a**N - 1)
        beta = min(1 / (5 * A), 1 / (A + 11 * C_meta * sigma))
        G = problem.meta_gradients(w).mean(0)
        if G @ G > 1e-18:
            least = min(least, -problem.change(w, w - beta * G) / (beta * G @ G))
    print("least decrease over β‖∇𝓛‖²:", least)
    assert least >= 0.82


@pytest.mark.parametrize("count", [20, pytest.param(4000, marks=pytest.mark.slow)])
@pytest.mark.parametrize("B, apart", [(4, False), (6, True)])
def test_batches_descend_in_the_mean(count, B, apart):
    """E𝓛(w − βḠ) ≤ 𝓛(w) − ηβ‖∇𝓛‖² + noise, over all batches of two tasks, with the β, η and noise
    that `constant_stepsize` gives."""
    rng, least = np.random.default_rng(count + B), np.inf
    for _ in range(count):
        problem, w, L, sigma = draw_cosines(rng, 2, apart, rng.choice([1 / 8, 0.06]))
        c, x, phi = problem.c, problem.x, problem.phi
        b = np.abs(c).sum(1)
        same = (x[:, 0] == x[:, 1]).all(1)
        shift = 2 * np.abs(c[:, 0] * np.sin((phi[:, 0] - phi[:, 1]) / 2))
        b = np.where(same, shift, b)
        found = constant_stepsize(
            FiniteSumConstants(
                L=L,
                rho=L,
                sigma=sigma,
                b=b.mean(),
                b2=np.mean(b**2),
                alpha=problem.alpha,
                steps=problem.steps,
                B=B,
            )
        )
        each = problem.meta_gradients(w)
        change = 0.0
        for k in range(B + 1):  # so many of the first task
            mean = (k * each[0] + (B - k) * each[1]) / B
            change += comb(B, k) / 2**B * problem.change(w, w - found.beta * mean)
        gain = found.beta * np.sum(each.mean(0) ** 2)
        bound = -found.eta * gain + found.eta * found.beta * found.noise
        assert change <= bound + 1e-11 * (1 + norm(problem.slope))
        least = min(least, (bound - change) / (gain + 1e-30))
    print("least margin over β‖∇𝓛‖²:", least)


def instance_of(problem, w, L, sigma, **given):
    """The same as an instance, without a slope."""
    losses = [
        [CosineSum(problem.x[i, [k]], problem.c[i, [k]], problem.phi[i, [k]]) for i in range(2)]
        for k in (0, 1)
    ]
    arguments = dict(w=w, alpha=problem.alpha, steps=problem.steps, sigma=sigma) | given
    return FiniteSumInstance(support_losses=losses[0], query_losses=losses[1], **arguments)


def test_first_and_last_lines_are_what_the_steps_are():
    rng = np.random.default_rng(5)
    for _ in range(5):
        problem, w, L, sigma = draw_cosines(rng, 2, True)
        problem.slope = 0 * problem.slope
        x = instance_of(problem, w, L, sigma, B=3, K=2, alpha=0.05 / problem.steps)
        problem.alpha = x.alpha
        found = constant_stepsize(x.constants)
        each = problem.meta_gradients(w)
        change = np.mean(
            [
                problem.change(w, w - found.beta * each[list(drawn)].mean(0))
                for drawn in product((0, 1), repeat=3)
            ]
        )
        grad2 = np.sum(each.mean(0) ** 2)
        chains = BATCHES.evaluate(x)
        noise = found.eta * found.beta * found.noise
        for claim in {"far", "near", "one step"} & set(chains):
            assert chains[claim].lhs == pytest.approx(change, rel=1e-9)
            expected = -found.eta * found.beta * grad2 + noise * (claim != "far")
            assert chains[claim].rhs == pytest.approx(expected, rel=1e-12)
        squares = [grad2]
        for drawn in product((0, 1), repeat=3):
            after = w - found.beta * each[list(drawn)].mean(0)
            squares.append(np.sum(problem.meta_gradients(after).mean(0) ** 2) / 8)
        assert chains["bound"].lhs == pytest.approx(sum(squares) / 2, rel=1e-9)
        Delta = x.meta_loss(w) - x.lower_bound
        assert chains["bound"].rhs == pytest.approx(
            Delta / (found.eta * found.beta * 2) + found.noise, rel=1e-12
        )


def test_first_and_last_lines_with_exact_gradients():
    rng = np.random.default_rng(6)
    for _ in range(5):
        problem, w, L, sigma = draw_cosines(rng, 2, False)
        problem.slope = 0 * problem.slope
        losses = [
            CosineSum(problem.x[i, [0]], problem.c[i, [0]], problem.phi[i, [0]]) for i in range(2)
        ]
        x = ResamplingInstance(
            losses=losses, w=w, alpha=problem.alpha, steps=problem.steps, sigma=sigma, K=3
        )
        c = ExactStepsize(x.constants)
        squares, start = [], w
        for k in range(3):
            G = problem.meta_gradients(start).mean(0)
            squares.append(G @ G)
            if k == 0:
                change = problem.change(w, w - c.beta * G)
            start = start - c.beta * G
        chains = EXACT.evaluate(x)
        for claim in {"far", "near"} & set(chains):
            assert chains[claim].lhs == pytest.approx(change, rel=1e-9)
            share = c.eta_0 - 0.1 if claim == "far" else 0.5
            assert chains[claim].rhs == pytest.approx(-share * c.beta * squares[0], rel=1e-9)
        assert chains["rate"].lhs == pytest.approx(np.mean(squares), rel=1e-9)
        Delta = x.meta_loss(w) - x.lower_bound
        assert chains["rate"].rhs == pytest.approx(Delta / (3 * c.eta * c.beta), rel=1e-12)
        np.testing.assert_allclose(descend(x, c.beta)[-1][0][0], start, rtol=1e-10, atol=1e-12)


def test_a_run_with_a_constant_stepsize():
    """Two tasks, B = 2, K = 2: all batches, one after the other."""
    rng = np.random.default_rng(7)
    x = families.finite_sum(rng, dimension=2, steps=2, tasks=2, kind="logistic", B=2, K=2)
    law = [(x.w, 1.0)]
    for _ in range(2):
        after = []
        for w, p in law:
            each = np.array([task.path(w).meta_gradient for task in x.tasks])
            for i, j in product((0, 1), repeat=2):
                q = x.tasks[i].p * x.tasks[j].p
                after.append((w - 0.3 * (each[i] + each[j]) / 2, p * q))
        law = after
    w, p = run(x, 0.3)[-1]
    assert len(p) == 9
    assert p.sum() == pytest.approx(1)
    np.testing.assert_allclose(p @ w, sum(q * v for v, q in law), rtol=1e-12)
    np.testing.assert_allclose(p @ w**3, sum(q * v**3 for v, q in law), rtol=1e-12)


# The adversary


LIMITS = [
    (result.name, claim)
    for result in (EXACT, BATCHES)
    for claim in result.claims
    if result.attained[claim].how == IN_A_LIMIT
]


@pytest.mark.parametrize("name, claim", LIMITS)
def test_one_percent_less_is_falsified_near_the_limit(name, claim):
    by = RESULTS[name].attained[claim].by
    for steps in (1, 3):
        size = 1e-4 / steps
        worst = adversary.worst_case(name, claim, budget=8, steps=steps, alpha_L=size)
        assert 0.997 < worst.tightness <= 1 + 1e-9
        wrong = adversary.weaken(name, claim, 0.99)
        found = adversary.worst_case(wrong, claim, budget=8, steps=steps, alpha_L=size)
        assert found.falsified
        assert by in [f.__name__ for f in extremals.EXTREMALS[name]]
        x = getattr(extremals, by)(size, steps)
        assert RESULTS[name].evaluate(x)[claim].tightness > 0.997
        assert not wrong.evaluate(x)[claim].holds


def test_what_is_reached_up_to_a_factor():
    for claim in ("near", "rate"):
        by = EXACT.attained[claim].by
        x = getattr(extremals, by)(1e-5, 2)
        assert EXACT.evaluate(x)[claim].tightness == pytest.approx(5 / 9, rel=1e-4)


def test_the_adversary_looks_for_the_smallest_descent():
    worst = adversary.worst_case("constant_stepsize", "near", budget=40)
    x, found = worst.instance, worst.chain
    assert found.rhs < 0
    assert worst.tightness == pytest.approx(found.rhs / found.lhs)
    assert "right side / left side reaches" in str(worst)
    square = norm(x.meta_gradient) ** 2
    c = ExactStepsize(x.constants)
    assert -found.lhs / (c.beta * square) == pytest.approx(0.5 / worst.tightness)


@pytest.mark.parametrize("steps", [1, 2, 5])
def test_the_smallest_descent_that_is_known(steps):
    """((1 − αL)/a)^N − ((1 − αL)/a)^2N/10 of β‖∇𝓛‖², 0.72 at α = 1/(8NL), where 0.4 is sure."""
    size = 1 / (8 * steps)
    x = extremals.narrow_hills(size, steps)
    flat = ((1 - size) / (1 + size)) ** steps
    found = EXACT.evaluate(x)["far"]
    descent = -found.lhs / (ExactStepsize(x.constants).beta * norm(x.meta_gradient) ** 2)
    assert descent == pytest.approx(flat - flat**2 / 10, rel=1e-4)
    assert 0.71 < descent < 0.72
    worst = adversary.worst_case("constant_stepsize", "far", budget=8, steps=steps)
    assert worst.found == "the narrow hills"


@pytest.mark.slow
@pytest.mark.parametrize("name", ["constant_stepsize", "theorem_3"])
def test_a_longer_search_falsifies_nothing(name):
    for claim in RESULTS[name].claims:
        for steps in (1, 3):
            worst = adversary.worst_case(name, claim, seed=3, budget=400, steps=steps)
            assert not worst.falsified
            print(worst)


# Beyond C_l > 0


@pytest.mark.parametrize("beta, rise", [(0.1, 8), (0.01, 87), (0.001, 859)])
def test_no_constant_serves_beyond_c_l(beta, rise):
    """By hand: s w − cos w, one step of αL = 1.5, s = 4/(βα)."""
    x = extremals.ascent(beta)
    assert x.L == pytest.approx(1, rel=1e-5)
    assert x.rho == pytest.approx(1, rel=1e-5)
    assert np.isfinite(x.lower_bound)  # A1 holds
    with pytest.raises(ConditionFailed, match="C_l"):
        x.constants.C_l  # noqa: B018
    assert round(float(x.meta_loss(x.u) - x.meta_loss(x.w))) == rise
    s, alpha = 4 / (beta * 1.5), 1.5

    def meta(w):
        adapted = w - alpha * (s + np.sin(w))
        return s * adapted - np.cos(adapted)

    def slope(w):
        return (1 - alpha * np.cos(w)) * (s + np.sin(w - alpha * (s + np.sin(w))))

    w = np.linspace(-np.pi, np.pi, 4001)
    by_hand = np.max(meta(w - beta * slope(w)) - meta(w))
    assert x.meta_loss(x.u) - x.meta_loss(x.w) == pytest.approx(by_hand, rel=1e-2)


def test_the_washboard_is_a_loss():
    loss = extremals.Washboard(30.0)
    w = np.linspace(-3, 3, 7)[:, None]
    h = 0.01
    slopes = (loss.value(w + h) - loss.value(w - h)) / (2 * h)
    np.testing.assert_allclose(slopes, loss.gradient(w)[:, 0], atol=1e-3)
    np.testing.assert_allclose(loss.gradient(w)[:, 0], 30 + np.sin(w[:, 0]), rtol=1e-9)
    np.testing.assert_allclose(loss.hessian(w)[:, 0, 0], np.cos(w[:, 0]), atol=1e-5)
    np.testing.assert_allclose(loss.mean_hessian(w, w), loss.hessian(w))
    far = np.array([-1e9])
    assert loss.gradient(far)[0] < 0  # it rises there
    assert loss.value(far) > loss.infimum
