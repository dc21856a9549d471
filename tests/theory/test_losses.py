"""Losses for the proofs: derivatives right, many w like one, averages of Hessians exact."""

from fractions import Fraction
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from helpers.theory_losses import all_losses, smooth_losses
from tinymaml.problems import RankOneLoss
from tinymaml.theory.losses import (
    LogCosh,
    Logistic,
    PiecewiseHessian,
    RootHessian,
    check_loss,
    check_methods,
    evaluate,
    mean_hessian,
)

pytestmark = pytest.mark.lesson_13

SEEDS = st.integers(0, 2**32 - 1)


# Derivatives


@given(SEEDS, st.integers(1, 4))
def test_gradients_and_hessians_are_derivatives(seed, d):
    """By differences of eighth order, whose error is far below the tolerance for these losses."""
    rng = np.random.default_rng(seed)
    w, E, h = 1.5 * rng.normal(size=d), np.eye(d), 0.01
    steps = ((1, 672), (2, -168), (3, 32), (4, -3))

    def slopes(f):
        return np.array(
            [
                sum(a * (f(w + k * h * e) - f(w - k * h * e)) for k, a in steps) / (840 * h)
                for e in E
            ]
        )

    for loss in smooth_losses(rng, d):
        H = loss.hessian(w)
        assert isinstance(loss.value(w), float)
        assert loss.dimension == d
        assert np.allclose(
            loss.gradient(w),
            slopes(loss.value),
            rtol=0,
            atol=2e-11 * (1 + abs(loss.value(w)) + loss.L),
        )
        assert np.allclose(
            H,
            slopes(loss.gradient),
            rtol=0,
            atol=2e-11 * (1 + loss.L + np.abs(loss.gradient(w)).max()),
        )
        assert np.allclose(H, H.T, rtol=0, atol=1e-14 * loss.L)


@given(SEEDS, st.integers(1, 4))
def test_hessians_by_complex_step(seed, d):
    """To rounding, where the gradient's formula allows a complex w; the logistic's is written anew
    with tanh, which does."""
    rng = np.random.default_rng(seed)
    w = 2 * rng.normal(size=d)
    quadratic, cosines, cosh, _, _, logistic = smooth_losses(rng, d)

    def logistic_gradient(w):
        return (
            -(logistic.c * (1 - np.tanh(w @ logistic.x.T * logistic.y / 2)) / 2 * logistic.y)
            @ logistic.x
            + 0.3 * w
        )

    assert np.allclose(
        logistic_gradient(w),
        logistic.gradient(w),
        rtol=0,
        atol=1e-14 * (1 + np.abs(logistic_gradient(w)).max()),
    )
    for loss, gradient in (
        (quadratic, quadratic.gradient),
        (cosines, cosines.gradient),
        (cosh, cosh.gradient),
        (logistic, logistic_gradient),
    ):
        by_step = np.array([gradient(w + 1e-30j * e).imag for e in np.eye(d)]) / 1e-30
        assert np.allclose(loss.hessian(w), by_step, rtol=0, atol=1e-14 * loss.L)


def test_far_out_and_close_by():
    """No overflow (a warning is an error here), no lost digits."""
    one = np.ones((1, 1))
    cosh, logistic = LogCosh(one, [1.0], [0.0]), Logistic(one, [1.0])
    far = np.array([[1e4], [-1e4]])
    assert np.allclose(cosh.value(far), 1e4 - np.log(2), rtol=1e-15)
    assert np.array_equal(cosh.gradient(far), [[1.0], [-1.0]])
    assert np.array_equal(cosh.hessian(far).ravel(), [0, 0])
    assert np.allclose(logistic.value(far), [0, 1e4], rtol=1e-15)
    assert np.isclose(cosh.value(np.array([1e-8])), 5e-17, rtol=1e-14, atol=0)
    assert np.isclose(cosh.hessian(np.array([30.0])).item(), 4 * np.exp(-60.0), rtol=1e-14, atol=0)
    assert np.isclose(
        logistic.gradient(np.array([50.0])).item(), -np.exp(-50.0), rtol=1e-14, atol=0
    )
    assert np.isclose(cosh.value(np.array([1 - 1e-15])), cosh.value(np.array([1.0])), rtol=1e-14)


def exact_piecewise(knots, curvatures, origin, slope):
    """Functions of t: curvature, gradient and value. Independent of the package: rational
    arithmetic, and Simpson's rule between all knots, exact for cubics."""
    knots = [Fraction(x) for x in knots]
    curvatures = [Fraction(x) for x in curvatures]
    origin = Fraction(origin)
    slope = Fraction(slope)

    def curvature(t):
        for (a, b), (p, q) in zip(pairwise(knots), pairwise(curvatures), strict=True):
            if a <= t <= b:
                return p + (q - p) * (t - a) / (b - a)
        return curvatures[0] if t < knots[0] else curvatures[-1]

    def integral(f, t):
        low, high = min(origin, t), max(origin, t)
        ends = [low, *[k for k in knots if low < k < high], high]
        area = sum((b - a) * (f(a) + 4 * f((a + b) / 2) + f(b)) / 6 for a, b in pairwise(ends))
        return area if t >= origin else -area

    def gradient(t):
        return slope + integral(curvature, t)

    return curvature, gradient, lambda t: integral(gradient, t)


@given(SEEDS)
@settings(max_examples=40)
def test_the_piecewise_integrals_are_exact(seed):
    rng = np.random.default_rng(seed)
    knots, curvatures = np.sort(rng.normal(size=5)), rng.normal(size=5)
    origin, slope = rng.choice([0.1, knots[1], 3.0, -3.0]), rng.normal()
    loss = PiecewiseHessian(knots, curvatures, origin, slope)
    exact = exact_piecewise(knots, curvatures, origin, slope)
    for t in [*rng.normal(size=3) * 2, *knots, origin]:
        w = np.array([t])
        for mine, f in zip(
            (loss.hessian(w).item(), loss.gradient(w).item(), loss.value(w)), exact, strict=True
        ):
            assert abs(mine - float(f(Fraction(t)))) < 2e-14 * (1 + t * t) * (1 + abs(slope))
    at = np.array([origin])
    assert loss.value(at) == 0
    assert loss.gradient(at)[0] == slope
    assert loss.L == np.abs(curvatures).max()
    assert np.isclose(loss.rho, np.abs(np.diff(curvatures) / np.diff(knots)).max())


@pytest.mark.parametrize("t", [0.0, 1e-9, -0.3, 2.0, -3.999, 4.0, 5.0, -7.0])
def test_the_root_hessian_against_its_integrals(t):
    """The substitution t = s² makes polynomials of the roots, which Gauss–Legendre integrates
    exactly."""
    loss, (x, c) = RootHessian(), np.polynomial.legendre.leggauss(8)
    nodes, weights = (x + 1) / 2, c / 2

    def integral(f, a, b):
        inner = [a, min(b, 4.0)]
        s = np.sqrt(inner[0]) + nodes * (np.sqrt(inner[1]) - np.sqrt(inner[0]))
        area = (np.sqrt(inner[1]) - np.sqrt(inner[0])) * np.sum(weights * f(s * s) * 2 * s)
        return area + (0 if b <= 4 else (b - 4) * np.sum(weights * f(4 + nodes * (b - 4))))

    size, w = abs(t), np.array([t])
    assert np.isclose(
        loss.gradient(w)[0],
        np.sign(t) * integral(lambda s: loss.hessian(s[:, None]).ravel(), 0.0, size),
        rtol=1e-13,
        atol=1e-15,
    )
    assert np.isclose(
        loss.value(w),
        integral(lambda s: loss.gradient(s[:, None]).ravel(), 0.0, size),
        rtol=1e-13,
        atol=1e-15,
    )
    assert loss.hessian(w).item() == -1 + min(np.sqrt(size), 2)
    assert loss.value(np.array([2.25])) == pytest.approx(loss.infimum, abs=1e-15)


# Many w at once


@given(SEEDS, st.integers(1, 3))
def test_many_w_are_like_one_after_the_other(seed, d):
    rng = np.random.default_rng(seed)
    w, u = rng.normal(size=(2, 3, d)), rng.normal(size=(2, 3, d))
    for loss in all_losses(rng, d):
        size = 1e-14 * (1 + np.abs(loss.value(w)).max() + loss.L * (1 + np.abs(w).max()))
        for method, shape in (("value", ()), ("gradient", (d,)), ("hessian", (d, d))):
            many = getattr(loss, method)(w)
            assert many.shape == (2, 3, *shape)
            assert np.allclose(
                many, [[getattr(loss, method)(v) for v in row] for row in w], rtol=0, atol=size
            )
            assert getattr(loss, method)(w[:0]).shape == (0, 3, *shape)
        many = mean_hessian(loss, w, u)
        assert np.allclose(
            many,
            [
                [mean_hessian(loss, *pair) for pair in zip(*rows, strict=True)]
                for rows in zip(w, u, strict=True)
            ],
            rtol=0,
            atol=size,
        )
        assert np.allclose(
            mean_hessian(loss, w, u[0, 0])[1, 2],
            mean_hessian(loss, w[1, 2], u[0, 0]),
            rtol=0,
            atol=size,
        )
        assert check_loss(loss, d) is loss
        check_methods(loss, d)  # which `check_loss` leaves out for the package's own


class OneByOne:
    """A reader's own: a single w only."""

    L, rho = 1.0, 1.0

    def __init__(self, loss):
        self.loss = loss

    def _check_single(self, w):
        assert isinstance(w, np.ndarray)
        assert w.ndim == 1
        return w

    def value(self, w):
        return self.loss.value(self._check_single(w))

    def gradient(self, w):
        return list(self.loss.gradient(self._check_single(w)))

    def hessian(self, w):
        return self.loss.hessian(self._check_single(w))


class OneByOneKinked(OneByOne):
    def mean_hessian(self, w, u):
        return self.loss.mean_hessian(self._check_single(w), self._check_single(u))


@pytest.mark.parametrize("d", [1, 3])
def test_a_loss_for_a_single_w_is_evaluated_at_many(d):
    rng = np.random.default_rng(d)
    w, u = rng.normal(size=(2, 3, d)), rng.normal(size=(2, 3, d))
    for loss in all_losses(rng, d):
        own = (OneByOneKinked if hasattr(loss, "knots") else OneByOne)(loss)
        for method in ("value", "gradient", "hessian"):
            for at in (w, w[0], w[0, 0], w[:0]):
                a, b = evaluate(own, method, at), evaluate(loss, method, at)
                assert np.shape(a) == np.shape(b)
                assert np.allclose(a, b, rtol=1e-12, atol=1e-12)
        assert isinstance(evaluate(own, "value", w[0, 0]), float)
        near = w + 0.1 * u  # where quadrature is exact to rounding: it checks the closed forms
        for pair in ((w, near), (w[0, 0] + 0.1 * u[0], w[0, 0]), (w[0, 0], near[0, 0])):
            a = mean_hessian(own, *pair)
            assert a.shape == (*pair[0].shape, d)
            assert np.allclose(a, mean_hessian(loss, *pair), rtol=1e-12, atol=1e-12)
        assert check_loss(own, d) is own
    rank_one = RankOneLoss(rng.normal(size=d), 5.0)
    assert evaluate(rank_one, "hessian", w).shape == (2, 3, d, d)
    assert check_loss(rank_one, d)
    check_methods(rank_one, d)


# The Hessian's average


@given(SEEDS, st.integers(1, 3), st.sampled_from([1e-12, 1e-9, 1e-5, 0.1, 1.0]))
def test_the_average_of_the_hessian_times_the_way_is_the_gradients_difference(seed, d, distance):
    rng = np.random.default_rng(seed)
    for loss in all_losses(rng, d):
        # kinks are where it matters
        w = rng.choice(loss.knots, 1) if hasattr(loss, "knots") else rng.normal(size=d)
        u = w + distance * rng.normal(size=d)
        H = mean_hessian(loss, w, u)
        size = 1 + np.abs(loss.gradient(w)).max() + loss.L * (1 + np.abs(w).max() + distance)
        assert np.allclose(
            H @ (u - w), loss.gradient(u) - loss.gradient(w), rtol=0, atol=4e-14 * size
        )
        assert np.allclose(H, mean_hessian(loss, u, w), rtol=0, atol=1e-14 * loss.L)
        assert np.allclose(mean_hessian(loss, w, w), loss.hessian(w), rtol=0, atol=1e-14 * loss.L)
        if hasattr(loss, "knots"):  # not an answer to 1e-16 / distance, but to rounding
            knots = [*loss.knots, *(loss.knots if isinstance(loss, PiecewiseHessian) else [])]
            p, q = sorted(map(Fraction, (w.item(), u.item())))
            if isinstance(loss, PiecewiseHessian) and p < q:
                curvature, _, _ = exact_piecewise(loss.knots, loss.curvatures, 0.0, 0.0)
                ends = [p, *sorted({Fraction(k) for k in knots if p < Fraction(k) < q}), q]
                exact = sum(
                    (b - a) * (curvature(a) + curvature(b)) / 2 for a, b in pairwise(ends)
                ) / (q - p)
                assert abs(H.item() - float(exact)) < 1e-15 * 8 * loss.L


@pytest.mark.parametrize(
    "p, q",
    [
        (0.0, 1e-9),
        (-1e-9, 1e-9),
        (1e-9, 1e-9 + 1e-18),
        (-2e-12, 1e-12),
        (1.0, 1.0 + 1e-9),
        (3.9, 4.1),
        (-9, 9),
    ],
)
def test_the_average_of_the_root(p, q):
    """Against the average of √|t| in extended precision (64 bits), from integrals of t^½."""
    if np.finfo(np.longdouble).nmant <= 52:
        pytest.skip("long doubles are doubles here")

    def integral(t):
        t = np.longdouble(t)
        size = min(abs(t), np.longdouble(4))
        return np.sign(t) * (size * np.sqrt(size) * 2 / 3 + 2 * (abs(t) - size))

    mean = float((integral(q) - integral(p)) / (np.longdouble(q) - np.longdouble(p)))
    # what the reference loses by cancellation
    lost = 1e-18 * max(abs(p), abs(q)) ** 1.5 / abs(q - p)
    assert (
        abs(RootHessian().mean_hessian(np.array([p]), np.array([q])).item() - (mean - 1))
        < 4e-16 + lost
    )


class Ripples:
    """−cos(30 w), a loss of one's own without mean_hessian; over it the exact mean in words."""

    L, rho = 900.0, 27000.0

    def value(self, w):
        return -float(np.cos(30 * w[0]))

    def gradient(self, w):
        return 30 * np.sin(30 * w)

    def hessian(self, w):
        return 900 * np.cos(30 * w)[:, None]


class Corner(Ripples):
    """Curvature |w − 1/3|: no quadrature resolves its kink."""

    L = rho = 1.0

    def hessian(self, w):
        return np.abs(w - 1 / 3)[:, None]


@pytest.mark.parametrize("reach", [1e-6, 0.1, 3.0, 40.0])
def test_the_mean_hessian_of_a_loss_of_ones_own_is_resolved_however_long_the_segment(reach):
    w, u = np.array([0.2]), np.array([0.2 + reach])
    exact = 30 * (np.sin(30 * u) - np.sin(30 * w)) / reach
    found = mean_hessian(Ripples(), w, u)
    assert found.shape == (1, 1)
    assert found[0, 0] == pytest.approx(exact[0], rel=1e-9 if reach < 1e-3 else 1e-12, abs=1e-10)


def test_a_mean_hessian_that_is_not_resolved_is_asked_for():
    with pytest.raises(
        ValueError, match=r"Corner's Hessian .* give the loss a method mean_hessian"
    ):
        mean_hessian(Corner(), np.array([0.0]), np.array([1.0]))
