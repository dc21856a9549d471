"""Each pointwise function alone, far out and near its edges: value, slope and curvature; NaN and
infinity keep their meaning."""

import math
from typing import Callable, NamedTuple

import numpy as np
import pytest

import tinymaml as tm
from helpers.checks import MACHINES, PRECISIONS
from tinymaml.engine.function_table import FUNCTIONS

pytestmark = [pytest.mark.core, pytest.mark.lesson_01, pytest.mark.lesson_02, pytest.mark.lesson_03]

SIZES = (0.0, 1e-8, 1e-4, 0.3, 1.0, 3.0, 10.0, 20.0, 30.0, 50.0, 80.0, 800.0)
WIDE = [*SIZES, *(-x for x in SIZES)]
NEAR = [x for x in WIDE if abs(x) <= 80]
ABOVE = [1e-8, 1e-4, 0.3, 1.0, 3.0, 30.0, 800.0, 1e8]
BOTH = [*ABOVE[1:-1], *(-x for x in ABOVE[1:-1])]


def sech2(x):
    e = math.exp(-2 * abs(x))
    return 4 * e / (1 + e) ** 2


def logistic(x):
    e = math.exp(-abs(x))
    return (1 if x >= 0 else e) / (1 + e)


class ClosedForm(NamedTuple):
    """A function as textbooks have it, and where it is looked at.

    errors: what those of value, slope and curvature are compared with: "relative" to the result,
    or "one", the size of what is subtracted inside the formula (tanh' = 1 - y²).
    """

    value: Callable
    slope: Callable
    curvature: Callable
    points: list
    errors: tuple = ("relative", "relative", "relative")


CLOSED_FORMS = {
    "tanh": ClosedForm(
        math.tanh,
        sech2,
        lambda x: -2 * math.tanh(x) * sech2(x),
        WIDE,
        ("relative", "one", "one"),
    ),
    "sin": ClosedForm(
        math.sin,
        math.cos,
        lambda x: -math.sin(x),
        WIDE,
        ("one", "one", "one"),
    ),
    "cos": ClosedForm(
        math.cos,
        lambda x: -math.sin(x),
        lambda x: -math.cos(x),
        WIDE,
        ("one", "one", "one"),
    ),
    "exp": ClosedForm(math.exp, math.exp, math.exp, NEAR),
    "log": ClosedForm(math.log, lambda x: 1 / x, lambda x: -1 / x**2, ABOVE),
    "sqrt": ClosedForm(
        math.sqrt,
        lambda x: 0.5 / math.sqrt(x),
        lambda x: -0.25 * x**-1.5,
        ABOVE,
    ),
    "square": ClosedForm(lambda x: x * x, lambda x: 2 * x, lambda x: 2.0, WIDE),
    "relu": ClosedForm(lambda x: max(x, 0.0), lambda x: float(x > 0), lambda x: 0.0, WIDE),
    "softplus": ClosedForm(
        lambda x: max(x, 0.0) + math.log1p(math.exp(-abs(x))),
        logistic,
        lambda x: logistic(x) * logistic(-x),
        WIDE,
        ("relative", "relative", "one"),
    ),
    "sigmoid": ClosedForm(
        logistic,
        lambda x: logistic(x) * logistic(-x),
        lambda x: logistic(x) * logistic(-x) * (logistic(-x) - logistic(x)),
        WIDE,
        ("relative", "one", "one"),
    ),
    "abs": ClosedForm(abs, lambda x: float((x > 0) - (x < 0)), lambda x: 0.0, WIDE),
    "step": ClosedForm(
        lambda x: 0.5 + 0.5 * ((x > 0) - (x < 0)), lambda x: 0.0, lambda x: 0.0, WIDE
    ),
    "reciprocal": ClosedForm(lambda x: 1 / x, lambda x: -(x**-2), lambda x: 2 * x**-3, BOTH),
}


def alone(name):
    """The function as a loss of one number."""
    return tm.Loss(lambda p: getattr(tm, name)(p["x"]), {"x": np.ones((1, 1))})


@MACHINES
@PRECISIONS
@pytest.mark.parametrize("name", CLOSED_FORMS)
def test_value_slope_and_curvature(name, dtype, target):
    form = CLOSED_FORMS[name]
    loss = alone(name)
    one = np.ones(1, dtype)
    limits = np.finfo(dtype)
    for x in np.array(form.points, dtype):
        w = np.array([x])
        found = (
            loss.value(w, target=target),
            loss.gradient(w, target=target).item(),
            loss.hvp(w, one, target=target).item(),
        )
        closed_forms = (form.value, form.slope, form.curvature)
        for y, f, error in zip(found, closed_forms, form.errors, strict=True):
            want = f(float(x))
            size = abs(want) if error == "relative" else max(1.0, abs(want))
            assert abs(y - want) <= 8 * limits.eps * size + limits.smallest_normal, (x, y, want)


@pytest.mark.parametrize("name", CLOSED_FORMS)
def test_slopes_and_curvatures_that_the_closed_forms_must_have(name):
    """The closed forms themselves, against central differences: they are not copies of the
    package's."""
    f, slope, curvature, *_ = CLOSED_FORMS[name]
    h = 1e-4
    for x in (0.3, 1.0, 3.0):
        for function, derivative in ((f, slope), (slope, curvature)):
            want = derivative(x)
            difference = (function(x + h) - function(x - h)) / (2 * h)
            assert abs(difference - want) < 1e-6 * max(1, abs(want))


@MACHINES
@PRECISIONS
@pytest.mark.parametrize("name", CLOSED_FORMS)
def test_nan_stays_nan(name, dtype, target):
    assert math.isnan(alone(name).value(np.array([np.nan], dtype), target=target))


INF, NAN = math.inf, math.nan
EDGES = [
    ("tanh", INF, 1.0),
    ("tanh", -INF, -1.0),
    ("tanh", 1e30, 1.0),
    ("exp", INF, INF),
    ("exp", -INF, 0.0),
    ("exp", 1e4, INF),
    ("log", 0.0, -INF),
    ("log", -1.0, NAN),
    ("log", INF, INF),
    ("sqrt", -1.0, NAN),
    ("sqrt", INF, INF),
    ("square", -INF, INF),
    ("square", 1e30, 1e60),
    ("relu", INF, INF),
    ("relu", -INF, 0.0),
    ("abs", INF, INF),
    ("abs", -INF, INF),
    ("abs", NAN, NAN),
    ("abs", -0.0, 0.0),
    ("step", INF, 1.0),
    ("step", -INF, 0.0),
    ("step", NAN, NAN),
    ("step", 0.0, 0.5),
    ("softplus", INF, INF),
    ("softplus", -INF, 0.0),
    ("sigmoid", INF, 1.0),
    ("sigmoid", -INF, 0.0),
    ("reciprocal", INF, 0.0),
    ("reciprocal", 0.0, INF),
    ("reciprocal", -0.0, -INF),
    ("sin", INF, NAN),
    ("cos", INF, NAN),
]


@MACHINES
@PRECISIONS
@pytest.mark.parametrize("name, x, want", EDGES)
def test_edges(name, x, want, dtype, target):
    got = alone(name).value(np.array([x], dtype), target=target)
    if want > float(np.finfo(dtype).max):
        want = INF
    if math.isnan(want):
        assert math.isnan(got)
    elif math.isinf(want):
        assert got == want
    else:
        assert abs(got - want) <= 4 * np.finfo(dtype).eps * abs(want)


@MACHINES
@pytest.mark.parametrize("x, gradient", [(0.0, 0.0), (-0.0, 0.0), (1e-300, 1.0), (-1e-300, 0.0)])
def test_relu_has_slope_0_at_0(x, gradient, target):
    assert alone("relu").gradient(np.array([x]), target=target) == gradient


@MACHINES
@pytest.mark.parametrize("x, gradient", [(0.0, 0.0), (-0.0, 0.0), (1e-300, 1.0), (-1e-300, -1.0)])
def test_abs_has_slope_0_at_0(x, gradient, target):
    assert alone("abs").gradient(np.array([x]), target=target) == gradient


@MACHINES
@PRECISIONS
def test_infinite_slopes_are_infinite(dtype, target):
    zero = np.zeros(1, dtype)
    assert alone("sqrt").gradient(zero, target=target) == INF
    assert alone("log").gradient(zero, target=target) == INF
    assert alone("reciprocal").gradient(zero, target=target) == -INF


@MACHINES
@PRECISIONS
@pytest.mark.parametrize("place", range(5))
def test_sums_and_products_pass_nan_on(place, dtype, target):
    """Every loop, wherever the NaN stands; a 0 does not hide it."""
    x, y = np.ones((3, 5)), np.zeros((3, 5))
    w = np.ones(5, dtype)
    w[place] = np.nan
    losses = (
        lambda p, x, y: tm.sum(p["a"]),
        lambda p, x, y: tm.sum(p["a"] * y),
        lambda p, x, y: tm.sum(y @ p["a"].T),
        lambda p, x, y: tm.mean(y + p["a"]),
        lambda p, x, y: tm.mean(tm.sum(x * p["a"], axis=1)),
        lambda p, x, y: tm.sum(p["a"].T @ p["a"]),
        lambda p, x, y: tm.sum(tm.logsumexp(p["a"])),
        lambda p, x, y: tm.sum(tm.logsumexp(x + p["a"])),
    )
    for function in losses:
        loss = tm.Loss(function, {"a": np.ones((1, 5))})
        assert math.isnan(loss.value(w, x, y, target=target))


@MACHINES
@PRECISIONS
def test_logsumexp_far_out(dtype, target):
    loss = tm.Loss(lambda p: tm.sum(tm.logsumexp(p["x"])), {"x": np.ones((1, 2))})
    v = np.array([1, 0], dtype)
    small = 4 * np.finfo(dtype).eps
    for x in (800.0, -800.0, 0.0):
        w = np.array([x, x], dtype)
        value, want = loss.value(w, target=target), x + math.log(2)
        assert abs(value - want) <= small * (abs(x) + 1)
        assert np.array_equal(loss.gradient(w, target=target), [0.5, 0.5])
        assert np.abs(loss.hvp(w, v, target=target) - [0.25, -0.25]).max() <= small


@MACHINES
@PRECISIONS
def test_logsumexp_of_infinity(dtype, target):
    """A row of -inf: the sum is 0, its logarithm -inf."""
    loss = tm.Loss(lambda p: tm.sum(tm.logsumexp(p["x"])), {"x": np.ones((1, 2))})
    for row, want in (([-INF, -INF], -INF), ([-INF, 3], 3), ([INF, 0], INF), ([INF, -INF], INF)):
        w = np.array(row, dtype)
        assert loss.value(w, target=target) == want
        assert tm.logsumexp(w).item() == want
    assert math.isnan(tm.logsumexp(np.array([np.nan, INF])).item())


@pytest.mark.parametrize("name", sorted(set(FUNCTIONS) - {"log", "sqrt", "reciprocal"}))
def test_the_complex_step_of_every_function_is_its_slope_at_0(name):
    """At relu's kink the slope is 0, as the rule says."""
    slope = alone(name).gradient(np.zeros(1))
    assert getattr(tm, name)(np.array([1e-30j])).imag.item() / 1e-30 == pytest.approx(slope.item())


# ---- the compiled machine's functions, all over their range


class Accuracy(NamedTuple):
    """What a function is compared with, and the errors allowed, in units of eps."""

    reference: Callable
    of_result: int
    of_one: int


ACCURACY = {
    "exp": Accuracy(np.exp, 2, 0),
    "log": Accuracy(np.log, 2, 0),
    "sin": Accuracy(np.sin, 0, 1),
    "cos": Accuracy(np.cos, 0, 1),
    "softplus": Accuracy(lambda x: np.logaddexp(0, x), 4, 0),
}


def compute(name, x):
    """f(x) for many x in one call: the gradient of Σ c f(x) with respect to c."""
    loss = tm.Loss(lambda p, v: tm.sum(p["c"] * getattr(tm, name)(v)), {"c": np.ones((len(x), 1))})
    return loss.gradient(np.ones_like(x), x[:, None], target="cpu")


def points(name, limits):
    """Where a function is looked at: all over its range, around 1, and at multiples of π/2."""
    least, most = float(np.log(limits.smallest_subnormal)), float(np.log(limits.max)) * 0.9999
    if name == "log":
        everywhere = np.exp(np.linspace(least, most, 20001))
    elif name in ("sin", "cos"):
        everywhere = np.linspace(-5999, 5999, 20001)
    else:
        everywhere = np.linspace(least * 1.1, most, 20001)
    near_1, quarters = np.linspace(0.5, 2, 2001), np.arange(1, 50) * np.pi / 2
    return np.concatenate([everywhere, near_1, quarters]).astype(limits.dtype)


@PRECISIONS
@pytest.mark.parametrize("name", ACCURACY)
def test_the_compiled_functions_everywhere(name, dtype):
    limits = np.finfo(dtype)
    reference, of_result, of_one = ACCURACY[name]
    x = points(name, limits)
    want = reference(x.astype(np.longdouble))
    allowed = (of_result * np.abs(want) + of_one) * limits.eps + limits.smallest_subnormal
    assert np.all(np.abs(compute(name, x) - want) <= allowed)


@PRECISIONS
@pytest.mark.parametrize("name", ["sin", "cos"])
def test_sine_and_cosine_far_out(name, dtype):
    sizes = np.concatenate([[0.5, 6001.0, 7000.0, 1e5, 1e6], np.logspace(7, 37, 301)])
    x = np.concatenate([sizes, -sizes]).astype(dtype)
    want = getattr(np, name)(x.astype(np.longdouble))
    assert np.all(np.abs(compute(name, x) - want) <= np.finfo(dtype).eps)
