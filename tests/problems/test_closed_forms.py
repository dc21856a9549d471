"""What a problem knows in closed form, against the meta-gradient that knows nothing of it."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import tinymaml as tm
from tinymaml.problems import CosineWells, LinearRegression, Quadratics, RankOne

pytestmark = pytest.mark.lesson_07

SEEDS = st.integers(0, 2**32 - 1)
DIMENSIONS = st.integers(1, 5)
STEPS = st.integers(0, 12)
ALPHAS = st.floats(0.01, 1.5)


def every(problem):
    """Each task of the population once."""
    return tm.Tasks.finite_sum(
        (problem.A, (problem.c + problem.shift)[:, None]), (problem.A, problem.c[:, None])
    )


def close(a, b, size=1.0):
    assert np.allclose(a, b, rtol=0, atol=1e-13 * (size + np.abs(b).max())), (a, b)


@given(SEEDS, DIMENSIONS, st.integers(1, 4), STEPS, ALPHAS, st.booleans())
def test_quadratics(seed, d, tasks, steps, alpha, common):
    rng = np.random.default_rng(seed)
    problem = Quadratics.random(rng, tasks, d, lowest=-0.2, common=common, shift=0.5)
    w = 2 * rng.normal(size=d)
    exact, first = (
        tm.meta_gradient(
            problem.loss,
            w,
            every(problem),
            alpha=alpha,
            steps=steps,
            method=m,
            per_task=True,
            target="numpy",
        )
        for m in ("exact", "first-order")
    )
    size = 10 * (1 + steps) * (1 + 0.2 * alpha) ** (2 * steps) * (1 + np.abs(w).max())
    close(problem.adapted(w, alpha, steps), exact.adapted, size)
    close(problem.meta_loss(w, alpha, steps), exact.losses.mean(), size**2)
    close(problem.meta_gradient(w, alpha, steps), exact.gradient, size)
    close(problem.first_order_gradient(w, alpha, steps), first.gradient, size)
    u = rng.normal(size=d)
    other = problem.meta_gradient(u, alpha, steps)
    close(
        problem.meta_hessian(alpha, steps) @ (w - u),
        problem.meta_gradient(w, alpha, steps) - other,
        size,
    )
    L = problem.meta_smoothness(alpha, steps)
    H = problem.meta_hessian(alpha, steps)
    eigenvalues, eigenvectors = np.linalg.eigh(H)
    v = eigenvectors[:, np.abs(eigenvalues).argmax()]  # the direction in which L is attained
    close(np.linalg.norm(problem.meta_gradient(u + v, alpha, steps) - other), L, size)


@given(SEEDS, DIMENSIONS, STEPS, st.floats(0.01, 0.9))
def test_the_minimiser_and_where_first_order_ends(seed, d, steps, alpha):
    rng = np.random.default_rng(seed)
    problem = Quadratics.random(rng, dimension=d, lowest=0.1, shift=0.5)
    best, first = problem.minimiser(alpha, steps), problem.first_order_point(alpha, steps)
    exact = tm.meta_gradient(
        problem.loss, best, every(problem), alpha=alpha, steps=steps, target="numpy"
    )
    assert np.abs(exact.gradient).max() < 1e-12 * (1 + np.abs(best).max())
    lowest = problem.meta_loss(best, alpha, steps)
    for _ in range(5):
        assert problem.meta_loss(best + rng.normal(size=d), alpha, steps) > lowest
    flat = tm.meta_gradient(
        problem.loss,
        first,
        every(problem),
        alpha=alpha,
        steps=steps,
        method="first-order",
        target="numpy",
    )
    assert np.abs(flat.gradient).max() < 1e-12 * (1 + np.abs(first).max())
    if steps == 0:
        close(best, first, 10)


def test_first_order_descends_to_its_point_and_not_to_the_minimiser():
    problem, w, alpha, steps = Quadratics(), np.zeros(1), 0.5, 5
    for _ in range(5000):
        w = w - problem.first_order_gradient(w, alpha, steps)
    best, first = problem.minimiser(alpha, steps), problem.first_order_point(alpha, steps)
    close(w, first)
    # by hand: weights h (1 − αh)^N and h (1 − αh)^2N of the centres −1 and 1
    h = np.array([1.0, 0.1])
    for point, power in ((first, steps), (best, 2 * steps)):
        weights = h * (1 - alpha * h) ** power
        close(point, (weights[1] - weights[0]) / weights.sum())
    assert abs(first - best) > 0.5 and np.abs(problem.meta_gradient(first, alpha, steps)) > 0.01


def test_what_does_not_exist_is_refused():
    concave = Quadratics([[[1.0, 0.0], [0.0, -0.1]]], [[0.0, 0.0]])
    with pytest.raises(
        ValueError, match="no single minimiser: the smallest eigenvalue of its Hessian is -"
    ):
        concave.minimiser(0.1, 2)
    with pytest.raises(ValueError, match="no single stationary point"):
        Quadratics([[[1.0]]], [[0.0]]).first_order_point(1.0, 1)
    with pytest.raises(ValueError, match="no single minimiser"):
        Quadratics([[[1.0]]], [[0.0]]).minimiser(1.0, 1)


@given(SEEDS, st.floats(0.1, 3.0), STEPS, st.floats(0.01, 1.0))
def test_the_wells_meta_objective_and_its_derivatives(seed, spread, steps, alpha):
    problem = CosineWells(spread)
    w, x = np.random.default_rng(seed).uniform(-4, 4, 1), np.repeat(problem.x[None], 2, axis=0)
    both = x, problem.c[:, None], problem.phi[:, None]
    r = tm.meta_gradient(
        problem.loss, w, tm.Tasks.finite_sum(both, both), alpha=alpha, steps=steps, target="numpy"
    )
    value, slope, curvature = problem.meta(w, alpha, steps)
    growth = (1 + alpha) ** steps
    close(value, r.losses.mean(), growth)
    close(slope, r.gradient, growth**2 * (1 + steps))
    if growth < 30:
        h = 1e-3 / growth

        def slope_at(k):
            return problem.meta(w + k * h, alpha, steps)[1]

        terms = [a * (slope_at(k) - slope_at(-k)) for k, a in ((1, 45), (2, -9), (3, 1))]
        by_differences = sum(terms) / (60 * h)
        assert np.allclose(curvature, by_differences, rtol=0, atol=1e-9 * growth**3 * (1 + steps))
        assert np.abs(curvature) <= problem.largest_curvature(alpha, steps) * (1 + 1e-2)


@pytest.mark.parametrize("steps", [0, 1, 5, 20])
def test_curvature_is_exponential_at_the_maximum_of_a_cosine(steps):
    """Theory, section 10: 𝓛″ = −L a^2N there. With spread π both wells are one; with fixed α it
    explodes, with c/N it does not."""
    _, _, curvature = CosineWells(np.pi).meta(np.zeros(1), 0.5, steps)
    assert np.isclose(curvature.item(), -(1.5 ** (2 * steps)), rtol=1e-12)
    problem = CosineWells(1.0)
    w = np.linspace(-np.pi, np.pi, 20_001)
    for alpha in (0.3, 0.3 / max(steps, 1)):
        if (1 + alpha) ** steps < 10:  # else the peak is too narrow for a plain grid
            largest = problem.largest_curvature(alpha, steps)
            seen = np.abs(problem.meta(w, alpha, steps)[2]).max()
            assert np.isclose(largest, seen, rtol=2e-3)


@given(SEEDS, DIMENSIONS, STEPS, st.integers(1, 6), st.floats(0.01, 0.3))
def test_linear_regression_on_its_samples(seed, d, steps, shots, alpha):
    """Shots below the dimension too, where xᵀx is singular."""
    rng = np.random.default_rng(seed)
    problem, w = LinearRegression(scales=rng.uniform(0.2, 1.0, d), shots=shots), rng.normal(size=d)
    tasks = problem.sample(rng, 3)
    r = tm.meta_gradient(
        problem.loss, w, tasks, alpha=alpha, steps=steps, per_task=True, target="numpy"
    )
    h = max(np.linalg.norm(x.T @ x / shots, 2) for x in tasks.inner[0])
    size = 10 * (1 + steps) * max(1, abs(1 - alpha * h)) ** (2 * steps) * max(1, h)
    close(problem.adapted(w, *tasks.inner, alpha, steps), r.adapted, size)
    close(problem.meta_gradients(w, tasks, alpha, steps), r.gradients, size**2)


@given(SEEDS, DIMENSIONS, STEPS, st.floats(0.01, 0.9))
def test_linear_regression_in_expectation_is_quadratics(seed, d, steps, alpha):
    """2d tasks at mean ± spread √d e_k have the mean and the covariance of N(mean, spread² I)."""
    rng = np.random.default_rng(seed)
    problem = LinearRegression(
        scales=rng.uniform(0.2, 1.0, d), mean=rng.normal(size=d), spread=0.7, noise=0.3
    )
    away = 0.7 * np.sqrt(d) * np.vstack([np.eye(d), -np.eye(d)])
    same, w = Quadratics(np.diag(problem.scales**2), problem.mean + away), rng.normal(size=d)
    close(problem.meta_gradient(w, alpha, steps), same.meta_gradient(w, alpha, steps), 10)
    close(problem.meta_loss(w, alpha, steps), same.meta_loss(w, alpha, steps) + 0.5 * 0.3**2, 10)
    close(np.diag(problem.meta_curvatures(alpha, steps)), same.meta_hessian(alpha, steps), 10)
    close(same.meta_gradient(problem.minimiser, alpha, steps), np.zeros(d), 10)
    assert np.isclose(problem.sigma, same.sigma) and np.isclose(problem.L, same.L)


def test_the_mean_is_the_minimiser_with_few_samples_too():
    """Each task and its mirror image at the mean, noise mirrored as well: the meta-gradients there
    cancel."""
    rng, problem = np.random.default_rng(0), LinearRegression(scales=(1.0, 0.5, 0.2), shots=2)
    tasks = problem.sample(rng, 50)
    mirrored = [(x, 2 * x @ problem.mean[:, None] - y) for x, y in (tasks.inner, tasks.outer)]
    g = [
        tm.meta_gradient(problem.loss, problem.minimiser, t, alpha=0.1, steps=4).gradient
        for t in (tasks, tm.Tasks.finite_sum(*mirrored))
    ]
    assert np.allclose(g[0], -g[1], atol=1e-13) and np.abs(g[0]).max() > 1e-3


@pytest.mark.parametrize("alpha", [0.1, 0.9, 1.9])
def test_convex_quadratics_never_blow_up(alpha):
    """With α < 2/L more steps make the meta-objective flatter, and never sharper."""
    problem = Quadratics.random(np.random.default_rng(0), lowest=0.01, L=1.0)
    smoothness = [problem.meta_smoothness(alpha, steps) for steps in range(30)]
    assert (np.diff(smoothness) <= 0).all() and smoothness[-1] < 0.7 * smoothness[0]


@pytest.mark.parametrize("steps", [0, 1, 5, 20])
def test_rank_one_is_as_sharp_as_a_cosine_at_its_saddle(steps):
    problem, h, alpha = RankOne([[0.6, 0.8]]), 1e-9, 0.5
    tasks = problem.sample(np.random.default_rng(0), 1)
    g = tm.meta_gradient(
        problem.loss, h * problem.y[0], tasks, alpha=alpha, steps=steps, target="numpy"
    ).gradient
    assert np.allclose(
        g / h, -problem.y[0] * (1 + alpha) ** (2 * steps), rtol=1e-2 if steps == 20 else 1e-9
    )


@given(SEEDS, DIMENSIONS)
def test_rank_one_loss_is_the_traced_one(seed, d):
    rng = np.random.default_rng(seed)
    problem, w, v = RankOne.random(rng, dimension=d), rng.normal(size=d), rng.normal(size=d)
    for y, loss in zip(problem.y, problem.losses(1.0), strict=True):
        close(problem.loss.value(w, y[None]), loss.value(w), 10)
        close(problem.loss.gradient(w, y[None]), loss.gradient(w), 10)
        close(problem.loss.hvp(w, v, y[None]), loss.hessian(w) @ v, 10)
        for minimiser in (y, -y):
            assert loss.value(minimiser) < 1e-28 and np.abs(loss.gradient(minimiser)).max() < 1e-14
