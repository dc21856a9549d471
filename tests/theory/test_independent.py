"""Clipping and the constant stepsize, computed anew: both sides of each inequality by plain loops
(helpers/plain_theory.py), on tasks of our own whose gradients have lengths up to 1000."""

import numpy as np
import pytest

from helpers.plain_theory import KINDS, Tasks, adapt, draw, size

pytestmark = pytest.mark.lesson_16

TAU = 10.0
FEW, MANY = range(60), range(60, 3000)


def draw_tasks(seed, kind, c=None, tasks=3, convex=False):
    """`Tasks` without noise and a point w; α = c/(NL)."""
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


def smoothness_of(x):
    """(J): L0 and L1 of ‖∇𝓛(u) − ∇𝓛(w)‖ <= (L0 + L1‖∇𝓛(w)‖)‖u − w‖"""
    L1 = x.C_meta / x.C_l
    return x.A + L1 * x.sigma, L1


def check_clipping(seed, kind):
    rng, x, w = draw_tasks(seed, kind)
    G = x.meta_gradient(w)
    L0, L1 = smoothness_of(x)
    smoothness = L0 + L1 * size(G)
    u = w + rng.normal(size=(20, 2)) * 10 ** rng.uniform(-4, 1, size=(20, 1))
    turned = size(x.meta_gradient(u) - G)
    for left, right in zip(turned, smoothness * size(u - w), strict=True):
        assert_at_most(left, right, size(G))
    after = x.loss(w - G / smoothness)
    # x²/(x + L0/L1)/(2 L1), written so that L1 = 0 is no exception
    assert_at_most(after, x.loss(w) - size(G) ** 2 / (2 * smoothness))


def check_one_task(seed, kind):
    rng, x, w = draw_tasks(seed, kind, tasks=1)
    g2 = (x.query[0].gradient(x.adapted(w)[0]) ** 2).sum()
    growth = x.a ** (2 * x.N)
    for beta in 10 ** rng.uniform(-3, 0.5, size=5) / x.L:
        change = x.loss(w - beta * x.meta_gradient(w)) - x.loss(w)
        bound = -beta * x.C_l * g2 + 0.5 * x.L * beta**2 * growth**2 * g2
        assert_at_most(change, bound, x.loss(w))
        # sharper, by polarising
        factor = x.C_l if x.L * beta <= 1 else growth
        polarised = -beta * factor * g2 + 0.5 * x.L * (beta * factor) ** 2 * g2
        assert_at_most(polarised, bound)
        assert_at_most(change, polarised, x.loss(w))


def eta_of_far(x):
    """η = 1 − 2a^N(a^N−1)(1+1/τ)/(1 − δ(1+1/τ))"""
    more = 1 + 1 / TAU
    growth = x.a**x.N
    return 1 - 2 * growth * (growth - 1) * more / (1 - x.delta * more)


def check_many_tasks(seed, kind):
    """Far, and near; then all w with β as given for α = 1/(8NL)."""
    rng, x, w = draw_tasks(seed, kind)
    G = x.meta_gradient(w)
    m, G2, before = size(x.gradient(w)), size(G) ** 2, x.loss(w)
    far = m >= TAU * x.sigma
    beta = 10 ** rng.uniform(-3, 1) / x.A
    if not far:
        beta = rng.uniform(0, 1) / (x.A + (1 + TAU) * x.C_meta * x.sigma)
    after = x.loss(w - beta * G)
    if not far:
        Lambda = x.A + (1 + TAU) * x.C_meta * x.sigma
        assert_at_most(after - before, -beta * (1 - Lambda * beta / 2) * G2, before)
        return "near"
    # ⟨E D̄ᵀg, G⟩ = E⟨g_i, D̄_i G⟩, and −β D̄_i G = w̃_N(w⁺) − w̃_N(w)
    gone = 0.0
    for p, loss, end, moved in zip(
        x.p, x.query, x.adapted(w), x.adapted(w - beta * G), strict=True
    ):
        gone += p * loss.gradient(end) @ (end - moved)
    inner = gone / beta
    assert_at_most(after - before, -beta * inner + 0.5 * x.A * beta**2 * G2, before)
    if x.delta * (1 + 1 / TAU) < 1:
        rounding = size(w) + x.alpha * m * x.N
        assert_at_most(eta_of_far(x) * G2, inner, 100 * size(G) * rounding / beta)
    return "far"


def check_rate(seed, kind):
    """𝓛(w⁺) <= 𝓛(w) − 0.4β‖∇𝓛(w)‖² for every w, and its sum over 8 steps."""
    rng, x, w = draw_tasks(seed, kind, c=1 / 8, convex=True)
    beta = min(1 / (5 * x.A), 1 / (x.A + 11 * x.C_meta * x.sigma))
    assert eta_of_far(x) >= 0.517
    start, K, squares = x.loss(w), 8, []
    least = x.p @ [loss.lower_bound() for loss in x.query]
    for _ in range(K):
        G = x.meta_gradient(w)
        after = x.loss(w - beta * G)
        assert_at_most(after, x.loss(w) - 0.4 * beta * G @ G)
        squares.append(G @ G)
        w = w - beta * G
    assert_at_most(least, x.loss(w))
    assert_at_most(np.mean(squares), 2.5 * (start - x.loss(w)) / (beta * K), start / (beta * K))
    assert_at_most(np.mean(squares), 2.5 * (start - least) / (beta * K))


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
    assert x.adapted(w)[1] == pytest.approx(adapt(x.support[1], w, x.alpha, x.N)[-1])
