"""Clipping and the constant stepsize, computed anew: both sides of each inequality by plain loops
(helpers/plain_theory.py), on tasks of our own whose gradients have lengths up to 1000. No
inequality is false, and the package's first and last lines are the same numbers."""

import numpy as np
import pytest

from helpers.plain_theory import KINDS, Tasks, assert_same_ends, draw, size
from tinymaml.theory import RESULTS, ResamplingInstance

pytestmark = pytest.mark.lesson_16

TAU = 10.0
FEW, MANY = range(60), range(60, 2060)


def draw_tasks(seed, kind, c=None, tasks=3, convex=False):
    """A generator, `Tasks` without noise, and a point w; α = c/(NL)."""
    rng = np.random.default_rng(seed)
    losses, p, sigma = draw(rng, kind, tasks=tasks, convex=convex)
    N = int(rng.integers(1, 6))
    if c is None:
        c = 10 ** rng.uniform(-2, np.log10(0.3))
    L = max(loss.L for loss in losses)
    x = Tasks(losses, losses, p, c / (N * L), N, sigma)
    return rng, x, rng.normal(size=2) * 10 ** rng.uniform(-1, 1)


def assert_at_most(left, right, *sizes):
    """left <= right, but for rounding of numbers of these sizes."""
    assert left <= right + 1e-12 * max(map(abs, (left, right, *sizes)))


# Both sides of an inequality, from the definitions


def smoothness_sides(x, w, u):
    """(J): ‖∇𝓛(u) − ∇𝓛(w)‖ <= (L0 + L1‖∇𝓛(w)‖)‖u − w‖, L0 = A + C_𝓛σ/C_l, L1 = C_𝓛/C_l"""
    G = x.meta_gradient(w)
    L1 = x.C_meta / x.C_l
    smoothness = x.A + L1 * x.sigma + L1 * size(G)
    return size(x.meta_gradient(u) - G), smoothness * size(u - w)


def clipped_sides(x, w):
    """(J): 𝓛(w⁺) − 𝓛(w) <= −x²/(x + L0/L1)/(2 L1), written so that L1 = 0 is no exception"""
    G = x.meta_gradient(w)
    L1 = x.C_meta / x.C_l
    smoothness = x.A + L1 * x.sigma + L1 * size(G)
    return x.loss(w - G / smoothness) - x.loss(w), -(size(G) ** 2) / (2 * smoothness)


def one_task_sides(x, w, beta):
    """(K): 𝓛(w⁺) − 𝓛(w) <= −βC_l‖g‖² + ½Lβ²a^4N‖g‖², and a sharper bound: with d = D̄Dᵀg and ‖d − g‖
    <= (a^2N − 1)‖g‖, −⟨d, g⟩ + ½Lβ‖d‖² = ½‖d − g‖² − ½‖g‖² − ½(1 − Lβ)‖d‖²."""
    g2 = size(x.query[0].gradient(x.adapted(w)[0])) ** 2
    growth = x.a ** (2 * x.N)
    change = x.loss(w - beta * x.meta_gradient(w)) - x.loss(w)
    bound = -beta * x.C_l * g2 + 0.5 * x.L * beta**2 * growth**2 * g2
    shortest_or_longest = x.C_l if x.L * beta <= 1 else growth
    polarised = beta * shortest_or_longest * (0.5 * x.L * beta * shortest_or_longest - 1) * g2
    return change, polarised, bound


def turned(x, w, beta):
    """(K): ⟨E_i D̄_iᵀ g_i, G⟩ = E⟨g_i, D̄_iG⟩, as −βD̄_iG = w̃_N(w⁺) − w̃_N(w)"""
    after = w - beta * x.meta_gradient(w)
    total = 0.0
    parts = zip(x.p, x.query, x.adapted(w), x.adapted(after), strict=True)
    for p, loss, end, moved in parts:
        total += p * loss.gradient(end) @ (end - moved)
    return total / beta


def eta_of_far(x):
    """(K): η = 1 − 2a^N(a^N−1)(1+1/τ)/(1 − δ(1+1/τ))"""
    more = 1 + 1 / TAU
    growth = x.a**x.N
    return 1 - 2 * growth * (growth - 1) * more / (1 - x.delta * more)


def constant_beta(x):
    """(K): min(1/(5A), 1/(A + 11C_𝓛σ))"""
    return min(1 / (5 * x.A), 1 / (x.A + (1 + TAU) * x.C_meta * x.sigma))


# Checks of one instance


def check_clipping(seed, kind):
    rng, x, w = draw_tasks(seed, kind)
    u = w + rng.normal(size=(20, 2)) * 10 ** rng.uniform(-4, 1, size=(20, 1))
    for sides in zip(*smoothness_sides(x, w, u), strict=True):
        assert_at_most(*sides, size(x.meta_gradient(w)))
    assert_at_most(*clipped_sides(x, w), x.loss(w))


def check_one_task(seed, kind):
    rng, x, w = draw_tasks(seed, kind, tasks=1)
    for beta in 10 ** rng.uniform(-3, 0.5, size=5) / x.L:
        change, polarised, bound = one_task_sides(x, w, beta)
        assert_at_most(change, polarised, x.loss(w))
        assert_at_most(polarised, bound)


def check_many_tasks(seed, kind):
    """A step of any length far off, one of at most 1/Λ near by. Which of the two w is."""
    rng, x, w = draw_tasks(seed, kind)
    G = x.meta_gradient(w)
    m, G2, before = size(x.gradient(w)), size(G) ** 2, x.loss(w)
    if m < TAU * x.sigma:
        Lambda = x.A + (1 + TAU) * x.C_meta * x.sigma
        beta = rng.uniform(0, 1) / Lambda
        change = x.loss(w - beta * G) - before
        assert_at_most(change, -beta * (1 - Lambda * beta / 2) * G2, before)
        return "near"
    beta = 10 ** rng.uniform(-3, 1) / x.A
    inner = turned(x, w, beta)
    change = x.loss(w - beta * G) - before
    assert_at_most(change, -beta * inner + 0.5 * x.A * beta**2 * G2, before)
    if x.delta * (1 + 1 / TAU) < 1:
        rounding = size(w) + x.alpha * m * x.N
        assert_at_most(eta_of_far(x) * G2, inner, 100 * size(G) * rounding / beta)
    return "far"


def check_rate(seed, kind, K=8):
    """𝓛(w⁺) <= 𝓛(w) − 0.4β‖∇𝓛(w)‖² for every w, and its sum over a run."""
    _, x, w = draw_tasks(seed, kind, c=1 / 8, convex=True)
    beta = constant_beta(x)
    assert eta_of_far(x) >= 0.517
    start, squares = x.loss(w), []
    for _ in range(K):
        G = x.meta_gradient(w)
        squares.append(size(G) ** 2)
        assert_at_most(x.loss(w - beta * G), x.loss(w) - 0.4 * beta * squares[-1])
        w = w - beta * G
    least = x.p @ [loss.lower_bound() for loss in x.query]
    assert_at_most(least, x.loss(w))
    assert_at_most(np.mean(squares), 2.5 * (start - x.loss(w)) / (beta * K), start / (beta * K))


CHECKS = (check_clipping, check_one_task, check_many_tasks, check_rate)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("check", CHECKS)
def test_no_inequality_is_false(check, kind):
    for seed in FEW:
        check(seed, kind)


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("check", CHECKS)
def test_no_inequality_is_false_on_thousands(check, kind):
    for seed in MANY:
        check(seed, kind)


def test_both_regions_are_visited():
    for kind in KINDS:
        assert {check_many_tasks(seed, kind) for seed in FEW} == {"near", "far"}


def test_the_meta_gradient_is_the_slope_of_the_meta_loss():
    _, x, w = draw_tasks(3, "waves")
    h = 1e-5 * np.eye(2)
    slope = (x.loss(w + h) - x.loss(w - h)) / 2e-5
    assert x.meta_gradient(w) == pytest.approx(slope, rel=1e-6)


# The package's first and last lines


def instance(x, w, **more):
    return ResamplingInstance(
        losses=x.query,
        weights=x.p,
        w=w,
        alpha=x.alpha,
        steps=x.N,
        sigma=x.sigma,
        lower_bound=x.p @ [loss.lower_bound() for loss in x.query],
        **more,
    )


@pytest.mark.parametrize("kind", KINDS)
def test_clipping_has_these_ends(kind):
    for seed in range(20):
        rng, x, w = draw_tasks(seed, kind, convex=True)
        u = w + rng.normal(size=2)
        found = RESULTS["clipping"].evaluate(instance(x, w, u=u))
        assert_same_ends(found["smoothness"], *smoothness_sides(x, w, u))
        assert_same_ends(found["descent"], *clipped_sides(x, w), x.loss(w))


@pytest.mark.parametrize("kind", KINDS)
def test_constant_stepsize_has_these_ends(kind):
    for seed in range(20):
        _, x, w = draw_tasks(seed, kind, c=1 / 8, tasks=1, convex=True)
        found = RESULTS["constant_stepsize"].evaluate(instance(x, w))
        beta = x.C_l / (x.L * x.a ** (4 * x.N))
        change, _, bound = one_task_sides(x, w, beta)
        assert_same_ends(found["one task"], change, bound, x.loss(w))

        _, x, w = draw_tasks(seed, kind, c=1 / 8, convex=True)
        y = instance(x, w)
        found = RESULTS["constant_stepsize"].evaluate(y)
        beta, G2 = constant_beta(x), size(x.meta_gradient(w)) ** 2
        change = x.loss(w - beta * x.meta_gradient(w)) - x.loss(w)
        gain = eta_of_far(x) - 1 / 10
        if size(x.gradient(w)) >= TAU * x.sigma:
            assert_same_ends(found["far"], change, -gain * beta * G2, x.loss(w))
        else:
            assert_same_ends(found["near"], change, -beta * G2 / 2, x.loss(w))
        bound = (x.loss(w) - y.lower_bound) / (min(gain, 1 / 2) * beta)
        assert_same_ends(found["rate"], G2, bound)
