"""The losses' certificates: no search breaks them, one that was understated would be found, and the
worst cases are what they claim."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from helpers.theory_losses import kinked_losses, smooth_losses
from tinymaml.theory.losses import (
    CosineSum,
    LogCosh,
    Logistic,
    PiecewiseHessian,
    Quadratic,
    RootHessian,
)

pytestmark = pytest.mark.lesson_13

SEEDS, ROUNDING = st.integers(0, 2**32 - 1), 1 + 1e-10


def largest(ratio, rng, size, starts=30, climbs=250, scale=2.0):
    """The largest ratio(point) found: random points, then uphill from the best of them; all steps
    of a climb's round are tried at once."""
    points = scale * rng.normal(size=(50 * starts, size))
    values = ratio(points)
    best, top, step = points[values.argmax()], values.max(), scale
    for _ in range(climbs // 5):
        tries = best + step * rng.normal(size=(20, size)) * rng.choice([1.0, 0.1, 0.01], (20, 1))
        values = ratio(tries)
        if values.max() > top:
            best, top = tries[values.argmax()], values.max()
        else:
            step = max(step / 2, 1e-6)
    return top


def shares(loss, rng, d, start=0.0):
    """How much of L, rho, gradient_bound and the infimum a search reaches; 1 is all of it."""

    def pair(points):
        w, u = points[:, :d] + start, points[:, d:]
        return w, w + np.maximum(1e-3, np.abs(u)) * np.where(u < 0, -0.2, 0.2)

    def steep(points):
        w, u = pair(points)
        return (
            np.linalg.norm(loss.gradient(w) - loss.gradient(u), axis=-1)
            / np.linalg.norm(w - u, axis=-1)
            / loss.L
        )

    def bend(points):
        w, u = pair(points)
        return np.linalg.norm(loss.hessian(w) - loss.hessian(u), 2, axis=(-2, -1)) / np.linalg.norm(
            w - u, axis=-1
        )

    def wide(f):
        return max(largest(f, rng, d, scale=scale) for scale in (2.0, 30.0))

    return (
        largest(steep, rng, 2 * d),
        largest(bend, rng, 2 * d) / (loss.rho or 1.0),
        wide(lambda w: np.linalg.norm(loss.gradient(w + start), axis=-1) / loss.gradient_bound)
        if loss.gradient_bound
        else 0.0,
        -wide(lambda w: -loss.value(w + start)),
    )


def check_not_exceeded(loss, found):
    steep, bend, gradient, value = found
    assert steep <= ROUNDING
    assert gradient <= ROUNDING
    assert value >= loss.infimum - 1e-12
    assert bend <= (1 + 1e-9 if loss.rho else 1e-9)


@pytest.mark.parametrize("d", [1, 2, 3])
@pytest.mark.parametrize("seed", range(2))
def test_no_search_breaks_a_certificate(seed, d):
    rng = np.random.default_rng([seed, d])
    for loss in smooth_losses(rng, d) + (kinked_losses(rng)[:-3] if d == 1 else []):
        found = shares(loss, rng, d)
        check_not_exceeded(loss, found)
        assert found[0] > 0.2, (loss, found)


def sharp():
    """Losses in one variable whose certificates are attained, or nearly."""
    one = [[2.0]]
    return [
        CosineSum(one, [-0.7], [0.3]),
        LogCosh(one, [0.7], [0.3]),
        LogCosh(one, [-0.7], [0.3]),
        Logistic(one, [-1.0], [1.3]),
        PiecewiseHessian([0.0, 1.0, 2.0], [0.0, 1.0, 0.0], 1.0, 0.0),
        PiecewiseHessian([-1.0, 0.0, 0.5], [1.0, -0.9, 0.7], 0.0, 0.2),
        PiecewiseHessian.teeth([0.0, 1.0], 0.4, -1.0, 3.0),
        Logistic(one, [1.0], [1.3], ridge=0.5),
        Quadratic([[-2.0]], [0.4]),
    ]


@pytest.mark.parametrize("k", range(9))
def test_sharp_certificates_are_reached_and_understated_ones_found_out(k):
    loss, rng = sharp()[k], np.random.default_rng(k)
    found = shares(loss, rng, 1)
    check_not_exceeded(loss, found)
    steep, bend, gradient, value = found
    assert steep > 0.95
    assert bend > 0.95 or loss.rho == 0
    assert np.isinf(loss.gradient_bound) or gradient > 0.95
    if np.isfinite(loss.infimum) and not isinstance(loss, Logistic):
        assert value < loss.infimum + 0.02
    if not np.isfinite(loss.infimum):
        assert loss.value(np.array([1e5])) < -1e4 or loss.value(np.array([-1e5])) < -1e4
    loss.L, loss.gradient_bound = 0.9 * loss.L, 0.9 * loss.gradient_bound
    loss.rho = 0.9 * loss.rho
    steep, bend, gradient, _ = shares(loss, rng, 1)
    assert steep > ROUNDING
    assert bend > ROUNDING or loss.rho == 0
    assert gradient > ROUNDING or np.isinf(loss.gradient_bound)


@given(SEEDS)
@settings(max_examples=40)
def test_the_infimum_and_the_gradient_bound_of_piecewise_hessians(seed):
    """Against a fine grid; a loss that falls for ever is seen to fall."""
    rng = np.random.default_rng(seed)
    knots, ends = np.sort(rng.uniform(-2, 2, 5)), rng.choice([0.0, 0.5], 2)
    loss = PiecewiseHessian(
        knots, [ends[0], *rng.normal(size=3), ends[1]], rng.normal(), 0.3 * rng.normal()
    )
    grid = np.linspace(-40, 40, 160_001)[:, None]
    values, gradients = loss.value(grid), np.abs(loss.gradient(grid))
    if np.isfinite(loss.infimum):
        assert loss.infimum - 1e-12 <= values.min() <= loss.infimum + 1e-3 * (1 + gradients.max())
    else:
        assert min(loss.value(np.array([1e9])), loss.value(np.array([-1e9]))) < values.min()
    if np.isfinite(loss.gradient_bound):
        assert (
            loss.gradient_bound * (1 - 1e-2) - 1e-3
            <= gradients.max()
            <= loss.gradient_bound + 1e-12
        )
    assert np.isinf(loss.gradient_bound) == bool(ends.any())


def test_bounds_by_hand():
    x = np.array([[3.0, 4.0], [0.0, 0.0]])
    assert CosineSum(x, [2.0, -1.0], [0.0, 0.0]).infimum == -3.0
    assert CosineSum(x, [2.0, -1.0], [0.0, 0.0]).gradient_bound == 10
    assert LogCosh(x, [2.0, -1.0], [0.0, 1.0]).infimum == pytest.approx(
        -np.log(np.cosh(1.0)), rel=1e-15
    )
    assert LogCosh(x, [-2.0, 1.0], [0.0, 1.0]).infimum == -np.inf
    assert LogCosh(x, [1.0, 1.0], [0, 0]).infimum == 0
    # signs do not add up: the curvatures never do
    assert LogCosh([[1.0], [1.0]], [2.0, -3.0], [0.0, 9.0]).L == 3
    assert Quadratic([[1.0]], [3.0]).infimum == 0
    assert Quadratic([[-1.0]], [3.0]).infimum == -np.inf
    assert Quadratic([[0.0]], [3.0]).gradient_bound == 0
    v = np.random.default_rng(0).normal(size=(5, 2))
    # rounding makes eigenvalues of -1e-16 of zeros
    assert Quadratic(v @ v.T, np.zeros(5)).infimum == 0
    assert Logistic([[2.0], [-2.0]], [1, 1]).gradient_bound == pytest.approx(np.sqrt(2))
    assert Logistic(np.eye(2), [1, 1]).L == 1 / 8


def test_declared_constants_replace_the_certified_ones():
    one = [[1.0]]
    for make in (
        lambda **k: Quadratic(one, [0.0], **k),
        lambda **k: CosineSum(one, [1.0], [0.0], **k),
        lambda **k: LogCosh(one, [1.0], [0.0], **k),
        lambda **k: Logistic(one, [1.0], **k),
        lambda **k: PiecewiseHessian([0.0, 1.0], [0.0, 1.0], **k),
        RootHessian,
    ):
        certified, loss = make(), make(L=0.125, rho=0.25)
        assert (loss.L, loss.rho) == (0.125, 0.25)
        assert make(L=7).rho == certified.rho
        assert make(rho=7).L == certified.L
        assert np.array_equal(loss.gradient(np.ones(1)), certified.gradient(np.ones(1)))
        assert loss.infimum == certified.infimum
        for wrong in (dict(L=0.0), dict(L=np.nan), dict(rho=-1.0), dict(rho=np.inf)):
            with pytest.raises(ValueError, match="expected a finite number"):
                make(**wrong)


# What the sawtooth and the root are for


def descent(loss, w, alpha, steps):
    """∏ (1 − αl″(w_j)) and w_N of gradient descent in one variable."""
    product = 1.0
    for _ in range(steps):
        product *= 1 - alpha * loss.hessian(w).item()
        w = w - alpha * loss.gradient(w)
    return product, w


@pytest.mark.parametrize("steps", [1, 2, 5, 10])
@pytest.mark.parametrize("alpha", [0.01, 0.3])
@pytest.mark.parametrize("slope, side", [(0.5, 1), (-0.5, -1), (20.0, 1), (0.0, 1)])
def test_the_sawtooth_attains_lemma_3_and_proposition_1(steps, alpha, slope, side):
    """The tooth is small beside a step, the gap beside the tooth; L = 2, rho = 3."""
    L, rho, w = 2.0, 3.0, np.array([0.4])
    loss = PiecewiseHessian.sawtooth(w[0], slope, alpha, steps, L, rho, side=side)
    a = 1 + alpha * L
    width = min(alpha * abs(slope) / 1000 or np.inf, L / rho)
    u = w + side * 1e-3 * width / a**steps
    gap = abs(u - w).item()
    assert loss.L == L
    assert loss.rho == pytest.approx(rho, rel=1e-9)
    assert loss.gradient(w)[0] == slope
    (P, at_w), (Q, at_u) = (descent(loss, x, alpha, steps) for x in (w, u))
    assert 0.995 < abs(P - Q) / gap / (rho / L * a ** (steps - 1) * (a**steps - 1)) < 1 + 1e-6
    meta = abs(P * loss.gradient(at_w) - Q * loss.gradient(at_u)).item() / gap
    assert (
        0.995
        < meta
        / (a ** (2 * steps) * L + rho / L * a ** (2 * steps - 1) * (a**steps - 1) * abs(slope))
        < 1 + 1e-6
    )


def test_the_root_breaks_lemma_3_by_a_thousand():
    loss, alpha, u = RootHessian(), 0.1, np.array([1e-6])
    (P, _), (Q, _) = (descent(loss, w, alpha, 1) for w in (np.zeros(1), u))
    assert abs(P - Q) / 1e-6 / alpha == pytest.approx(1000)
    pairs = np.random.default_rng(0).normal(size=(2, 1000, 1))
    assert (
        np.abs(loss.gradient(pairs[0]) - loss.gradient(pairs[1]))
        <= np.abs(pairs[0] - pairs[1]) * ROUNDING
    ).all()
