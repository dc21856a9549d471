"""Bad input is refused where it comes in, and constants that do not exist say why."""

import numpy as np
import pytest

from tinymaml.problems import (
    CosineSum,
    CosineSums,
    CosineWells,
    Digits,
    JointDigits,
    LinearRegression,
    Quadratic,
    Quadratics,
    RankOne,
    RankOneLoss,
    Sinusoids,
    splits,
)

RNG = np.random.default_rng(0)
SAMPLES = dict(inner=1, hessian=1, outer=1)
SIMPLE = [Sinusoids, Quadratics, CosineWells, LinearRegression, RankOne]
NAN = float("nan")


@pytest.mark.parametrize("make", SIMPLE)
@pytest.mark.parametrize(
    "rng, batch, error, match",
    [
        (RNG, 0, ValueError, "batch is 0; expected a whole number >= 1"),
        (RNG, 2.5, TypeError, "batch is 2.5"),
        (RNG, True, TypeError, "batch is True"),
        (0, 1, TypeError, "rng is 0; expected a NumPy generator"),
        (np.random, 1, TypeError, "expected a NumPy generator"),
    ],
)
def test_draws(make, rng, batch, error, match):
    with pytest.raises(error, match=match):
        make().sample(rng, batch)
    if make is not RankOne:
        with pytest.raises(error, match=match):
            make().resample(rng, batch, 1, SAMPLES)


@pytest.mark.parametrize("make", SIMPLE[:-1])
@pytest.mark.parametrize(
    "steps, samples, error, match",
    [
        (-1, SAMPLES, ValueError, "steps is -1"),
        (1.0, SAMPLES, TypeError, "steps is 1.0"),
        (1, dict(inner=1, outer=1), ValueError, r"expected dict\(inner=S"),
        (1, None, TypeError, r"expected dict\(inner=S"),
        (1, {1: 2, "inner": 1}, ValueError, r"expected dict\(inner=S"),
        (1, SAMPLES | dict(more=1), ValueError, r"expected dict"),
        (1, SAMPLES | dict(hessian=0), ValueError, r"samples\['hessian'\] is 0"),
        (1, SAMPLES | dict(outer=1.5), TypeError, r"samples\['outer'\] is 1.5"),
    ],
)
def test_fresh_samples(make, steps, samples, error, match):
    with pytest.raises(error, match=match):
        make().resample(RNG, 1, steps, samples)


@pytest.mark.parametrize(
    "make, error, match",
    [
        (lambda: Sinusoids(0), ValueError, "shots is 0"),
        (lambda: Sinusoids(noise=-1), ValueError, "noise is -1"),
        (lambda: Sinusoids(noise=NAN), ValueError, "noise is nan"),
        (lambda: Sinusoids(noise="a"), TypeError, "noise is 'a'"),
        (
            lambda: Quadratics([[1.0, 2.0], [0.0, 1.0]], [[0.0, 0.0]]),
            ValueError,
            "A is not symmetric",
        ),
        (
            lambda: Quadratics([[[1.0]]] * 3, [[0.0]] * 2),
            ValueError,
            r"A has shape \(3, 1, 1\) and c \(2, 1\)",
        ),
        (lambda: Quadratics([[NAN]], [[0.0]]), ValueError, "A contains NaN"),
        (lambda: Quadratics([[1.0]], [0.0]), ValueError, r"c has shape \(1,\)"),
        (lambda: Quadratics([[1.0]], [[0.0]], [[0.0, 1.0]]), ValueError, "shift has shape"),
        (
            lambda: Quadratics([[1.0]], [[0.0]], noise=-0.1),
            ValueError,
            "noise is -0.1; expected a finite number >= 0",
        ),
        (lambda: Quadratics([[1.0], [1.0, 2.0]], [[0.0]]), ValueError, "A: its rows differ"),
        (lambda: Quadratics([["a"]], [[0.0]]), TypeError, "expected numbers"),
        (lambda: Quadratics([1.0], [[0.0]]), ValueError, r"A has shape \(1,\); expected 3"),
        (lambda: Quadratics([[1j]], [[0.0]]), TypeError, "A is of type complex"),
        (
            lambda: Sinusoids(dtype=np.float16),
            TypeError,
            "dtype is .*float16.*; expected float32 or float64",
        ),
        (lambda: Sinusoids(dtype="double precision"), TypeError, "dtype is 'double precision'"),
        (
            lambda: Quadratics(np.ma.array([[1.0]], mask=True), [[0.0]]),
            TypeError,
            "A is a MaskedArray",
        ),
        (lambda: Quadratic([[1.0, 2.0], [0.0, 1.0]], [0.0, 0.0]), ValueError, "A is not symmetric"),
        (lambda: Quadratic([[1.0]], [0.0, 0.0]), ValueError, r"A has shape \(1, 1\) and c \(2,\)"),
        (lambda: Quadratic([[1.0, 2.0]], [0.0, 0.0]), ValueError, "A is not symmetric"),
        (
            lambda: CosineSum([[1.0]], [1.0, 2.0], [0.0]),
            ValueError,
            "x, c and phi have the lengths 1, 2 and 1",
        ),
        (lambda: CosineSum([[NAN]], [1.0], [0.0]), ValueError, "x contains NaN"),
        (lambda: RankOneLoss([NAN], 1.0), ValueError, "y contains NaN"),
        (lambda: Quadratics.random(RNG, lowest=2.0), ValueError, "lowest is 2.0, above L, 1.0"),
        (lambda: Quadratics.random(RNG, L=NAN), ValueError, "L contains NaN"),
        (lambda: Quadratics.random(RNG, L="a"), TypeError, "L is of type"),
        (lambda: Quadratics.random(RNG, shift="a"), TypeError, "shift is 'a'"),
        (lambda: RankOne.random(RNG, spread=-1), ValueError, "spread is -1"),
        (lambda: CosineSums.random(RNG, shift=NAN), ValueError, "shift is nan"),
        (lambda: Quadratics([[0.0]], [[0.0]]).draw(), ValueError, "no single minimiser"),
        (lambda: CosineWells().draw(steps=()), ValueError, "steps is empty"),
        (lambda: CosineWells().draw(steps=(0, 1)), ValueError, "steps is 0"),
        (lambda: LinearRegression().draw(steps=-1), ValueError, "steps is -1"),
        (lambda: Quadratics.random(0), TypeError, "rng is 0"),
        (lambda: Quadratics.random(RNG, tasks=0), ValueError, "tasks is 0"),
        (lambda: CosineSums.random(RNG, terms=0), ValueError, "terms is 0"),
        (lambda: RankOne.random(RNG, dimension=1.5), TypeError, "dimension is 1.5"),
        (
            lambda: CosineSums([[1.0]], [[1.0, 2.0]], [[1.0, 2.0]]),
            ValueError,
            r"c has shape \(1, 2\); expected \(tasks, 1\)",
        ),
        (lambda: CosineSums([[1.0]], [[1.0]], [[1.0], [2.0]]), ValueError, "phi has shape"),
        (lambda: CosineSums([[1.0]], [[1.0]], [[NAN]]), ValueError, "phi contains NaN"),
        (
            lambda: CosineSums([[1.0]], [[1.0]], [[1.0]], noise=1.6),
            ValueError,
            "noise is 1.6; expected an angle below π/2",
        ),
        (lambda: CosineWells(0.0), ValueError, "spread is 0.0"),
        (lambda: CosineWells(NAN), ValueError, "spread is nan"),
        (lambda: LinearRegression(scales=(1.0, 0.0)), ValueError, "scales is"),
        (lambda: LinearRegression(mean=(1.0,)), ValueError, "mean has shape"),
        (lambda: LinearRegression(shots=0), ValueError, "shots is 0"),
        (lambda: LinearRegression(queries=-1), ValueError, "queries is -1"),
        (lambda: LinearRegression(spread=-1), ValueError, "spread is -1"),
        (lambda: RankOne([1.0, 2.0]), ValueError, "y has shape"),
        (lambda: RankOne([[NAN]]), ValueError, "y contains NaN"),
        (lambda: RankOne().on_ball(0), ValueError, "radius is 0"),
        (lambda: RankOneLoss(np.ones(2), -1.0), ValueError, "radius is -1"),
        (
            lambda: Digits((0, 1, 10)),
            ValueError,
            r"digits is \(0, 1, 10\); expected different whole numbers from 0 to 9",
        ),
        (lambda: Digits((0, 1, 1)), ValueError, "expected different"),
        (lambda: Digits((0.5, 1, 2)), TypeError, "expected a tuple of whole numbers"),
        (lambda: Digits(3), TypeError, "digits is 3"),
        (
            lambda: Digits((0, 1)),
            ValueError,
            "ways is 3, but there are only 2 digits to choose from",
        ),
        (lambda: Digits(ways=1), ValueError, "ways is 1"),
        (lambda: Digits(shots=0), ValueError, "shots is 0"),
        (lambda: Digits(dtype=int), TypeError, "dtype is"),
        (lambda: splits(0), ValueError, "count is 0"),
        (lambda: splits(held_out=10), ValueError, "held_out is 10"),
        (lambda: splits(11), ValueError, "count is 11"),
        (lambda: JointDigits(Sinusoids()), TypeError, "digits is of type Sinusoids"),
    ],
)
def test_problems(make, error, match):
    with pytest.raises(error, match=match):
        make()


@pytest.mark.parametrize(
    "alpha, steps, match",
    [
        (0.0, 1, "alpha is 0.0"),
        (-1, 1, "alpha is -1"),
        (NAN, 1, "alpha is nan"),
        (0.1, -1, "steps is -1"),
    ],
)
def test_closed_forms(alpha, steps, match):
    w = np.zeros(1)
    quadratics, regression = Quadratics(), LinearRegression(scales=(1.0,))
    for ask in (
        quadratics.meta_loss,
        quadratics.meta_gradient,
        quadratics.first_order_gradient,
        quadratics.adapted,
        CosineWells().meta,
        regression.meta_loss,
        regression.meta_gradient,
    ):
        with pytest.raises(ValueError, match=match):
            ask(w, alpha, steps)
    for ask in (
        quadratics.minimiser,
        quadratics.first_order_point,
        quadratics.meta_smoothness,
        CosineWells().largest_curvature,
    ):
        with pytest.raises(ValueError, match=match):
            ask(alpha, steps)


def test_points():
    for w, match in ((np.zeros(2), "w has shape"), (np.array([NAN]), "w contains NaN")):
        with pytest.raises(ValueError, match=match):
            Quadratics().meta_loss(w, 0.1, 1)
    with pytest.raises(TypeError, match="w is of type list"):
        CosineWells().meta([0.0], 0.1, 1)
    with pytest.raises(ValueError, match=r"support\[0\] contains NaN"):
        LinearRegression().adapted(
            np.zeros(2), np.full((1, 1, 2), NAN), np.zeros((1, 1, 1)), 0.1, 1
        )
    with pytest.raises(ValueError, match="the arrays disagree on the number of tasks: 3, 1"):
        LinearRegression().adapted(np.zeros(2), np.ones((3, 1, 2)), np.zeros((1, 1, 1)), 0.1, 1)


def test_what_only_scikit_learn_can_refuse():
    pytest.importorskip("sklearn", reason="needs the extra tinymaml[digits]")
    with pytest.raises(
        ValueError,
        match=r"shots \+ queries is 175, but of one of the digits there are only 174 images",
    ):
        Digits(shots=100, queries=75)
    problem = Digits()
    with pytest.raises(ValueError, match="adapted has shape"):
        problem.accuracy(np.zeros((2, 3)), problem.sample(RNG, 2))
    with pytest.raises(TypeError, match="adapted is of type list"):
        problem.accuracy([[0.0]], problem.sample(RNG, 1))


@pytest.mark.parametrize(
    "make, absent, reason",
    [
        (Sinusoids, ("L", "rho", "sigma", "b_i"), "grow with the weights"),
        (Quadratics, ("sigma",), "Hessians differ"),
        (LinearRegression, ("sigma_g", "b_i"), "with w|further w is"),
        (RankOne, ("L", "rho", "sigma"), r"polynomial of degree 4.*on_ball"),
    ],
)
def test_constants_that_do_not_exist_say_why(make, absent, reason):
    problem = make()
    for name in absent:
        with pytest.raises(AttributeError, match=f"{make.__name__} has no {name}: .*({reason})"):
            getattr(problem, name)
        assert not hasattr(problem, name)
    for name in {"L", "rho", "sigma", "b_i"} - set(absent):
        assert np.isfinite(getattr(problem, name)).all()
