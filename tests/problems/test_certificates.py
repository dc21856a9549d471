"""Constants that claim to hold for all w, tested by looking for violations: at random, then uphill.
What is said to be attained is."""

from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tinymaml.problems import (
    CosineSum,
    CosineSums,
    CosineWells,
    LinearRegression,
    Quadratic,
    Quadratics,
    RankOne,
    RankOneLoss,
)

pytestmark = pytest.mark.lesson_13

SEEDS = st.integers(0, 2**32 - 1)
ROUNDING = 1 + 1e-12


def largest(ratio, rng, size, scale=3.0, starts=20, climbs=150):
    """The largest ratio(point) found: random points, then hill-climbing from the best of them with
    shrinking steps."""
    best = max((rng.normal(size=size) * scale for _ in range(starts)), key=ratio)
    top, step = ratio(best), scale
    for _ in range(climbs):
        at = best + step * rng.normal(size=size)
        if (value := ratio(at)) > top:
            best, top = at, value
        else:
            step = max(0.93 * step, 1e-3)
    return top


def spectral(H):
    return np.linalg.norm(H, 2)


def curvature(loss):
    return lambda w: spectral(loss.hessian(w)) / loss.L


def bend(loss):
    """The Hessian's change over the distance, of two points stacked in one vector."""

    def ratio(point):
        w, u = np.split(point, 2)
        u = w + 0.05 * u  # close by, where the change is steepest
        return spectral(loss.hessian(w) - loss.hessian(u)) / (loss.rho * np.linalg.norm(w - u))

    return ratio


def deviation(losses):
    """√E‖∇l_i − ∇l‖² at w."""

    def root(w):
        g = np.array([loss.gradient(w) for loss in losses])
        return np.sqrt(np.mean(np.sum((g - g.mean(0)) ** 2, axis=1)))

    return root


def gap(support, query):
    """‖∇l_S − ∇l_T‖ at w."""
    return lambda w: np.linalg.norm(support.gradient(w) - query.gradient(w))


# ---- the losses: derivatives right, L and rho never exceeded


def some_losses(rng, d):
    A = rng.normal(size=(d, d))
    return [
        CosineSum(rng.normal(size=(4, d)), rng.normal(size=4), rng.normal(size=4)),
        Quadratic(A + A.T, rng.normal(size=d)),
        RankOneLoss(rng.normal(size=d), 2.0),
    ]


@given(SEEDS, st.integers(1, 4))
def test_gradients_and_hessians_are_derivatives(seed, d):
    """The Hessian is the gradient's derivative by complex step, the gradient the value's by
    differences of sixth order."""
    rng = np.random.default_rng(seed)
    w, h = rng.normal(size=d), 0.02
    for loss in some_losses(rng, d):
        hessian = loss.hessian(w)
        by_step = np.array([loss.gradient(w + 1e-30j * e).imag for e in np.eye(d)]) / 1e-30
        small = 1e-13 * (1 + np.abs(by_step).max())
        assert np.allclose(hessian, by_step, rtol=1e-13, atol=small)
        assert np.allclose(hessian, hessian.T, rtol=0, atol=small)

        def difference(step, loss=loss):
            return loss.value(w + step) - loss.value(w - step)

        slope = []
        for e in np.eye(d):
            terms = [a * difference(k * h * e) for k, a in ((1, 45), (2, -9), (3, 1))]
            slope.append(sum(terms) / (60 * h))
        small = 1e-6 * (1 + np.abs(slope).max())
        assert np.allclose(loss.gradient(w), slope, rtol=1e-6, atol=small)


@pytest.mark.parametrize("d", [1, 2, 3])
@pytest.mark.parametrize("seed", range(3))
def test_no_curvature_exceeds_L_and_no_change_of_it_rho(seed, d):
    rng = np.random.default_rng([seed, d])
    cosines, quadratic, _ = some_losses(rng, d)
    assert 0.4 < largest(curvature(cosines), rng, d) <= ROUNDING
    assert 0.2 < largest(bend(cosines), rng, 2 * d) <= ROUNDING
    assert abs(curvature(quadratic)(rng.normal(size=d)) - 1) < 1e-12 and quadratic.rho == 0
    assert np.array_equal(quadratic.hessian(rng.normal(size=d)), quadratic.hessian(np.zeros(d)))


def test_the_constants_of_one_cosine_are_attained():
    loss = CosineSum(np.array([[3.0, 4.0]]), np.array([-0.5]), np.array([0.3]))
    rng = np.random.default_rng(0)
    assert np.allclose([loss.L, loss.rho], [0.5 * 25, 0.5 * 125], rtol=1e-14)
    assert 0.9999 < largest(curvature(loss), rng, 2) <= ROUNDING
    far = largest(bend(loss), rng, 4)
    assert 0.98 < far <= ROUNDING


@pytest.mark.parametrize("d", [1, 2, 4])
@pytest.mark.parametrize("length", [0.1, 3.0])
def test_rank_one_on_a_ball(d, length):
    """L and rho of points inside, both attained: L at the rim or, for a long y, at the centre; rho
    along a radius at the rim."""
    rng, radius = np.random.default_rng(d), 1.3
    y = rng.normal(size=d)
    loss = RankOneLoss(length * y / np.linalg.norm(y), radius)

    def pull_inside(w):
        return w * min(1.0, radius / np.linalg.norm(w))

    def largest_eigenvalue(w):
        return spectral(loss.hessian(pull_inside(w)))

    def steepness(point):
        w, u = pull_inside(point[:d]), pull_inside(point[d:])
        return spectral(loss.hessian(w) - loss.hessian(u)) / (1e-300 + np.linalg.norm(w - u))

    assert largest(largest_eigenvalue, rng, d) <= loss.L * ROUNDING
    assert largest(steepness, rng, 2 * d) <= loss.rho * ROUNDING
    rim = radius * np.linalg.qr(rng.normal(size=(d, 1)))[0][:, 0]
    change = spectral(loss.hessian(rim) - loss.hessian(0.9999 * rim))
    assert np.isclose(change / (1e-4 * radius), loss.rho, rtol=1e-3)
    if d > 1:
        across = np.linalg.qr(np.column_stack([loss.y, rng.normal(size=d)]))[0][:, 1]
        attained = max(spectral(loss.hessian(w)) for w in (radius * across, np.zeros(d)))
        assert np.isclose(attained, loss.L, rtol=1e-12)
    problem = RankOne.random(rng, dimension=d)
    c = problem.on_ball(radius)
    assert c["L"] == max(x.L for x in problem.losses(radius)) and c["rho"] == 6 * radius
    off = deviation(problem.losses(radius))
    found = largest(lambda w: off(pull_inside(w)), rng, d, climbs=400)
    assert 0.99 * c["sigma"] < found <= c["sigma"] * ROUNDING


# ---- sigma and b_i of problems


@pytest.mark.parametrize("d, terms", [(1, 1), (1, 3), (2, 2), (3, 5)])
@pytest.mark.parametrize("seed", range(3))
def test_cosine_sums_keep_sigma_and_b(seed, d, terms):
    rng = np.random.default_rng([seed, d, terms])
    problem = CosineSums.random(rng, dimension=d, terms=terms, shift=0.5)
    found = largest(deviation(problem.query_losses), rng, d)
    assert (0.999 if terms == 1 else 0.4) * problem.sigma < found <= problem.sigma * ROUNDING
    pairs = zip(problem.support_losses, problem.query_losses, problem.b_i, strict=True)
    for support, query, b in pairs:
        found = largest(gap(support, query), rng, d)
        assert (0.999 if terms == 1 else 0.1) * b < found <= b * ROUNDING
    assert problem.L == max(loss.L for loss in problem.support_losses)
    assert problem.rho == max(loss.rho for loss in problem.support_losses)


def test_sigma_of_orthogonal_frequencies_is_attained():
    rng = np.random.default_rng(0)
    x = np.diag([1.0, 2.0])
    problem = CosineSums(x, rng.normal(size=(4, 2)), rng.uniform(-3, 3, (4, 2)))
    found = largest(deviation(problem.query_losses), rng, 2, climbs=400)
    assert 0.999 * problem.sigma < found <= problem.sigma * ROUNDING


@pytest.mark.parametrize("spread", [0.2, 1.0, 2.5, np.pi])
def test_the_wells_know_their_constants(spread):
    problem, rng = CosineWells(spread), np.random.default_rng(0)
    assert problem.L == problem.rho == 1.0
    assert np.isclose(problem.sigma, abs(np.sin(spread)), atol=1e-15)
    assert np.array_equal(problem.b_i, [0.0, 0.0])
    assert np.isclose(deviation(problem.query_losses)(np.zeros(1)), problem.sigma, atol=1e-15)
    assert largest(deviation(problem.query_losses), rng, 1) <= problem.sigma * ROUNDING + 1e-15
    for loss, centre in zip(problem.query_losses, (spread, -spread), strict=True):
        assert np.isclose(loss.value(np.array([0.4])), 1 - np.cos(0.4 - centre), atol=1e-15)
        assert np.isclose(curvature(loss)(np.array([centre])), 1)
        assert largest(bend(loss), rng, 2) <= ROUNDING


@given(SEEDS, st.integers(1, 5), st.integers(1, 5))
def test_quadratics_know_the_smallest_constants(seed, d, tasks):
    rng = np.random.default_rng(seed)
    common = Quadratics.random(rng, tasks, d, common=True, lowest=-1.0, shift=0.3)
    w = 5 * rng.normal(size=d)
    assert np.isclose(deviation(common.query_losses)(w), common.sigma, rtol=1e-11, atol=1e-13)
    pairs = zip(common.support_losses, common.query_losses, common.b_i, strict=True)
    for support, query, b in pairs:
        assert np.isclose(gap(support, query)(w), b, rtol=1e-11, atol=1e-13)
    assert np.isclose(common.L, np.abs(np.linalg.eigvalsh(common.A)).max(), rtol=1e-13)
    if tasks > 1:
        different = Quadratics.random(rng, tasks, d)
        assert not hasattr(different, "sigma")
        with pytest.raises(AttributeError, match="A2 is violated"):
            different.sigma  # noqa: B018
        root = deviation(different.query_losses)
        assert root(1e6 * np.ones(d)) > 50 * root(1e3 * np.ones(d))  # indeed


# ---- noise: expectations over signs are sums; over Gaussians, moments


@given(SEEDS, st.integers(1, 3), st.integers(1, 4), st.floats(0, 1.5))
def test_samples_of_cosine_sums_are_unbiased_and_keep_sigma_g_and_sigma_H(seed, d, terms, noise):
    rng = np.random.default_rng(seed)
    problem = CosineSums.random(rng, tasks=2, dimension=d, terms=terms, noise=noise)
    w, v, size = rng.normal(size=d), rng.normal(size=d), 1 + np.tan(noise)
    for loss in problem.query_losses:
        samples = [
            CosineSum(loss.x, loss.c / np.cos(noise), loss.phi + noise * np.array(s))
            for s in product((-1, 1), repeat=terms)
        ]
        for name in ("value", "gradient", "hessian"):
            mean = np.mean([getattr(s, name)(w) for s in samples], axis=0)
            assert np.allclose(mean, getattr(loss, name)(w), rtol=1e-12, atol=1e-12 * size)
        off = np.mean([np.sum((s.gradient(w) - loss.gradient(w)) ** 2) for s in samples])
        assert off <= problem.sigma_g**2 * ROUNDING + 1e-24
        off = np.mean([np.sum(((s.hessian(w) - loss.hessian(w)) @ v) ** 2) for s in samples])
        assert off <= problem.sigma_H**2 * (v @ v) * ROUNDING + 1e-24


def test_noise_of_the_wells_is_attained():
    problem = CosineWells(noise=0.3)
    assert np.isclose(problem.sigma_g, np.tan(0.3)) and np.isclose(problem.sigma_H, np.tan(0.3))
    loss = problem.query_losses[0]
    up = CosineSum(problem.x, problem.c[0] / np.cos(0.3), problem.phi[0] + 0.3)
    assert np.isclose(
        abs(up.gradient(np.array([1.0])) - loss.gradient(np.array([1.0]))).item(), problem.sigma_g
    )
    at = np.array([1.0 + np.pi / 2])
    assert np.isclose(abs(up.hessian(at) - loss.hessian(at)).item(), problem.sigma_H)


def test_noise_of_quadratics_and_of_regression():
    """The mean square over 40000 samples is within five standard errors of the closed form."""
    rng, n = np.random.default_rng(0), 40_000
    problem = Quadratics.random(rng, tasks=1, noise=0.7)
    _, c = problem.resample(rng, 1, 0, dict(inner=1, hessian=1, outer=n)).outer
    squares = np.sum(((c[0] - problem.c) @ problem.A[0]) ** 2, axis=1)
    assert abs(squares.mean() - problem.sigma_g**2) < 5 * squares.std() / np.sqrt(n)
    problem = LinearRegression(scales=(1.0, 0.5, 2.0))
    x, _ = problem.points(rng, problem.thetas(rng, 1), n)
    for v in np.eye(3):
        squares = np.sum((x[0] * (x[0] @ v)[:, None] - problem.scales**2 * v) ** 2, axis=1)
        s = (problem.scales**2) @ v
        expected = s * s + np.sum(problem.scales**2) * s
        errors = 5 * squares.std() / np.sqrt(n)
        assert abs(squares.mean() - expected) < errors
        assert squares.mean() - errors <= problem.sigma_H**2
    assert np.isclose(problem.sigma_H**2, 16 + 5.25 * 4)
    theta = problem.thetas(rng, n)[:, :, 0]
    squares = np.sum(((theta - problem.mean) * problem.scales**2) ** 2, axis=1)
    assert abs(squares.mean() - problem.sigma**2) < 5 * squares.std() / np.sqrt(n)
