"""Theorem 3 computed anew: Algorithm 2 with a constant stepsize, all batches enumerated by plain
loops (helpers/plain_theory.py), support and query apart, gradients of lengths up to 1000. No
inequality is false, and the package's first and last lines are the same numbers."""

from types import SimpleNamespace

import numpy as np
import pytest

from helpers.plain_theory import KINDS, Tasks, Waves, assert_same_ends, batches, draw, size
from tinymaml.theory import RESULTS, FiniteSumInstance

pytestmark = pytest.mark.lesson_16

TAU = 10.0
FEW, MANY = range(40), range(40, 2040)


def draw_two_sets(seed, kind, apart, bounded=False):
    """A generator, `Tasks` with b_i (0 unless `apart`), B, and a point w. For odd seeds 𝓛 is
    bounded below and w at rest."""
    rng = np.random.default_rng(seed)
    at_rest = seed % 2
    convex = bounded or at_rest
    query, p, sigma = draw(rng, kind, tasks=int(rng.integers(1, 4)), convex=convex)
    support, b = query, np.zeros(len(query))
    if apart:
        support = []
        for i, loss in enumerate(query):
            shift = rng.normal(size=2) * 10 ** rng.uniform(-2, 1)
            terms = 0 if kind == "quadratics" else 2
            x = rng.normal(size=(terms, 2))
            c = rng.normal(size=terms) * 10 ** rng.uniform(-2, 0)
            waves = [
                np.concatenate(pair)
                for pair in ((loss.x, x), (loss.c, c), (loss.phi, rng.uniform(0, 6, size=terms)))
            ]
            support.append(Waves(loss.A, loss.s + shift, *waves))
            b[i] = size(shift) + sum(np.abs(c) * size(x))
    N = int(rng.integers(1, 5))
    L = max(loss.L for loss in (*support, *query))
    alpha = 10 ** rng.uniform(-2, np.log10(1 / 8)) / (N * L)
    B = int(rng.integers(1, 7))
    w = rng.normal(size=2) * 10 ** rng.uniform(-1, 1)
    x = Tasks(support, query, p, alpha, N, sigma, b)
    return rng, x, B, x.settle(w) if at_rest else w


def constants(x, B):
    """Everything that Theorem 3 names. None where its conditions are not met."""
    a, N, L, delta, sigma = x.a, x.N, x.L, x.delta, x.sigma
    growth = a**N * (a**N - 1)
    mean_b, mean_b2 = x.p @ x.b, x.p @ x.b**2
    A = a ** (2 * N) * L + x.rho / L * a ** (N - 1) * (a**N - 1) ** 2 * mean_b
    far = delta * sigma + growth * mean_b
    A_squ1 = 4 * a ** (4 * N) / x.C_l**2
    A_squ2 = 2 * a ** (4 * N) * sigma**2
    A_squ2 += 4 * a ** (4 * N) * far**2 / x.C_l**2
    A_squ2 += 2 * a ** (2 * N) * (a**N - 1) ** 2 * mean_b2
    omega = 1 - delta * (1 + 1 / TAU)
    e_0 = 2 * growth * (1 + 1 / TAU)
    if mean_b2 == 0:
        v = a ** (4 * N) * (1 + 1 / TAU**2) / omega**2
    else:
        v = a ** (4 * N) * (1 + 1 / TAU**2) + a ** (2 * N) * (a**N - 1) ** 2 / TAU**2
        v *= 2 / omega**2
    Lambda = A + x.C_meta * ((1 + TAU) * sigma + TAU * np.sqrt(mean_b2))
    eta_0 = 1 - e_0 / omega * np.sqrt(1 + v / B)
    if x.C_l <= 0 or omega <= 0 or eta_0 <= 0:
        return None
    beta = min(
        eta_0 / (a ** (2 * N) * L * (1 + v / B)),
        1 / (Lambda * (1 + A_squ1 / B)),
    )
    return SimpleNamespace(
        eta=eta_0 / 2, beta=beta, rest=Lambda * A_squ2 / (2 * B), far=TAU * (sigma + mean_b2**0.5)
    )


def check_one_step(seed, kind, apart):
    """E𝓛(w⁺) <= 𝓛(w) − ηβ‖∇𝓛(w)‖² + ½Λβ²A_squ2/B for all β up to the largest. Where w is: "far",
    "near", or None without the conditions."""
    rng, x, B, w = draw_two_sets(seed, kind, apart)
    c = constants(x, B)
    if c is None:
        return None
    steps, p = batches(x.meta_gradients(w), x.p, B)
    G2, before = size(x.meta_gradient(w)) ** 2, x.loss(w)
    for beta in c.beta * np.append(1, rng.uniform(0, 1, size=2)):
        after = p @ x.loss(w - beta * steps)
        bound = -c.eta * beta * G2 + c.rest * beta**2
        assert after - before <= bound + 1e-12 * max(abs(before), abs(after))
    return "far" if size(x.gradient(w)) >= c.far else "near"


def check_run(seed, kind, apart, K=3):
    """(1/K) Σ_k E‖∇𝓛(w_k)‖² <= Δ/(ηβK) + Λβ A_squ2/(2ηB), all paths of K steps enumerated."""
    _, x, B, w = draw_two_sets(seed, kind, apart, bounded=True)
    B = min(B, 2)
    c = constants(x, B)
    if c is None:
        return
    places, chances, squares = w[None], np.ones(1), []
    for _ in range(K):
        squares.append(chances @ size(x.meta_gradient(places)) ** 2)
        steps, p = batches(x.meta_gradients(places), x.p, B)
        places = (places - c.beta * steps).reshape(-1, 2)
        chances = np.outer(p, chances).ravel()
    least = x.p @ [loss.lower_bound() for loss in x.query]
    end = chances @ x.loss(places)
    assert least <= end + 1e-12 * abs(end)
    for below in (end, least):
        bound = (x.loss(w) - below) / (c.eta * c.beta * K) + c.rest * c.beta / c.eta
        rounding = 1e-12 * abs(x.loss(w)) / (c.eta * c.beta * K)
        assert np.mean(squares) <= bound + rounding


@pytest.mark.parametrize("apart", (False, True), ids=("one set", "two sets"))
@pytest.mark.parametrize("kind", KINDS)
def test_no_inequality_is_false(kind, apart):
    places = [check_one_step(seed, kind, apart) for seed in FEW]
    assert {"far", "near"} <= set(places)
    assert places.count(None) < len(FEW) / 2
    for seed in FEW[:20]:
        check_run(seed, kind, apart)


@pytest.mark.slow
@pytest.mark.parametrize("apart", (False, True), ids=("one set", "two sets"))
@pytest.mark.parametrize("kind", KINDS)
def test_no_inequality_is_false_on_thousands(kind, apart):
    places = [check_one_step(seed, kind, apart) for seed in MANY]
    assert places.count(None) < len(MANY) / 2
    for seed in MANY[:300]:
        check_run(seed, kind, apart)


@pytest.mark.parametrize("apart", (False, True), ids=("one set", "two sets"))
@pytest.mark.parametrize("kind", KINDS)
def test_theorem_3_has_these_ends(kind, apart):
    for seed in range(20):
        _, x, B, w = draw_two_sets(seed, kind, apart, bounded=True)
        c = constants(x, B)
        if c is None:
            continue
        y = FiniteSumInstance(
            support_losses=x.support,
            query_losses=x.query,
            weights=x.p,
            w=w,
            alpha=x.alpha,
            steps=x.N,
            B=B,
            sigma=x.sigma,
            b=x.b,
            lower_bound=x.p @ [loss.lower_bound() for loss in x.query],
        )
        found = RESULTS["theorem_3"].evaluate(y)
        steps, p = batches(x.meta_gradients(w), x.p, B)
        G2, before = size(x.meta_gradient(w)) ** 2, x.loss(w)
        change = p @ x.loss(w - c.beta * steps) - before
        loss = c.rest * c.beta**2
        here = size(x.gradient(w)) >= c.far
        bound = -c.eta * c.beta * G2
        assert_same_ends(
            found["far" if here else "near"], change, bound + (0 if here else loss), before
        )
        assert_same_ends(found["one step"], change, bound + loss, before)
        bound = (before - y.lower_bound) / (c.eta * c.beta) + c.rest * c.beta / c.eta
        assert_same_ends(found["bound"], G2, bound, x.scale(w) ** 2)
