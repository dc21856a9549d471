"""Each pointwise function alone, far out and near its edges: value, slope and curvature; NaN and
infinity keep their meaning."""

import math

import numpy as np
import pytest

import tinymaml as tm

MACHINES = pytest.mark.parametrize("target", ["numpy", "cpu"])
PRECISIONS = pytest.mark.parametrize("dtype", [np.float64, np.float32])
WIDE = [
    s * x
    for x in (0.0, 1e-8, 1e-4, 0.3, 1.0, 3.0, 10.0, 20.0, 30.0, 50.0, 80.0, 800.0)
    for s in (1, -1)
]
NEAR = [x for x in WIDE if abs(x) <= 80]
ABOVE = [1e-8, 1e-4, 0.3, 1.0, 3.0, 30.0, 800.0, 1e8]
BOTH = [s * x for x in ABOVE[1:-1] for s in (1, -1)]


def sech2(x):
    e = math.exp(-2 * abs(x))
    return 4 * e / (1 + e) ** 2


def logistic(x):
    e = math.exp(-abs(x))
    return (1 if x >= 0 else e) / (1 + e)


# f, f', f'', where; and what an error is compared with: "relative" to the result, or "one", the
# size of what is subtracted inside the formula (tanh' = 1 - y²).
CLOSED_FORMS = {
    "tanh": (
        math.tanh,
        sech2,
        lambda x: -2 * math.tanh(x) * sech2(x),
        WIDE,
        ("relative", "one", "one"),
    ),
    "sin": (math.sin, math.cos, lambda x: -math.sin(x), WIDE, ("one", "one", "one")),
    "cos": (math.cos, lambda x: -math.sin(x), lambda x: -math.cos(x), WIDE, ("one", "one", "one")),
    "exp": (math.exp, math.exp, math.exp, NEAR, ("relative",) * 3),
    "log": (math.log, lambda x: 1 / x, lambda x: -1 / x**2, ABOVE, ("relative",) * 3),
    "sqrt": (
        math.sqrt,
        lambda x: 0.5 / math.sqrt(x),
        lambda x: -0.25 * x**-1.5,
        ABOVE,
        ("relative",) * 3,
    ),
    "square": (lambda x: x * x, lambda x: 2 * x, lambda x: 2.0, WIDE, ("relative",) * 3),
    "relu": (lambda x: max(x, 0.0), lambda x: float(x > 0), lambda x: 0.0, WIDE, ("relative",) * 3),
    "softplus": (
        lambda x: max(x, 0.0) + math.log1p(math.exp(-abs(x))),
        logistic,
        lambda x: logistic(x) * logistic(-x),
        WIDE,
        ("relative", "relative", "one"),
    ),
    "sigmoid": (
        logistic,
        lambda x: logistic(x) * logistic(-x),
        lambda x: logistic(x) * logistic(-x) * (logistic(-x) - logistic(x)),
        WIDE,
        ("relative", "one", "one"),
    ),
    "reciprocal": (
        lambda x: 1 / x,
        lambda x: -(x**-2),
        lambda x: 2 * x**-3,
        BOTH,
        ("relative",) * 3,
    ),
}


def alone(name):
    """The function as a loss of one number."""
    return tm.Loss(lambda p: getattr(tm, name)(p["x"]), {"x": np.ones((1, 1))})


@MACHINES
@PRECISIONS
@pytest.mark.parametrize("name", CLOSED_FORMS)
def test_value_slope_and_curvature(name, dtype, target):
    *closed_forms, points, sizes = CLOSED_FORMS[name]
    loss, one, eps, tiny = (
        alone(name),
        np.ones(1, dtype),
        np.finfo(dtype).eps,
        np.finfo(dtype).smallest_normal,
    )
    for x in np.array(points, dtype):
        got = (
            loss.value(np.array([x]), target=target),
            *loss.gradient(np.array([x]), target=target),
            *loss.hvp(np.array([x]), one, target=target),
        )
        for y, f, size in zip(got, closed_forms, sizes):
            want = f(float(x))
            assert (
                abs(y - want)
                <= 8 * eps * (abs(want) if size == "relative" else max(1.0, abs(want))) + tiny
            ), (x, y, want)


@pytest.mark.parametrize("name", CLOSED_FORMS)
def test_slopes_and_curvatures_that_the_closed_forms_must_have(name):
    """The closed forms themselves, against central differences: they are not copies of the
    package's."""
    f, slope, curvature, points, _ = CLOSED_FORMS[name]
    for x in (0.3, 1.0, 3.0):
        h = 1e-4
        assert abs((f(x + h) - f(x - h)) / (2 * h) - slope(x)) < 1e-6 * max(1, abs(slope(x)))
        assert abs((slope(x + h) - slope(x - h)) / (2 * h) - curvature(x)) < 1e-6 * max(
            1, abs(curvature(x))
        )


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
    want = INF if abs(want) > float(np.finfo(dtype).max) else want
    assert (
        math.isnan(got)
        if math.isnan(want)
        else got == want or abs(got - want) <= 4 * np.finfo(dtype).eps * abs(want)
    )


@MACHINES
@pytest.mark.parametrize("x, gradient", [(0.0, 0.0), (-0.0, 0.0), (1e-300, 1.0), (-1e-300, 0.0)])
def test_relu_has_slope_0_at_0(x, gradient, target):
    assert alone("relu").gradient(np.array([x]), target=target) == gradient


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
    for function in (
        lambda p, x, y: tm.sum(p["a"]),
        lambda p, x, y: tm.sum(p["a"] * y),
        lambda p, x, y: tm.sum(y @ p["a"].T),
        lambda p, x, y: tm.mean(y + p["a"]),
        lambda p, x, y: tm.mean(tm.sum(x * p["a"], axis=1)),
        lambda p, x, y: tm.sum(p["a"].T @ p["a"]),
        lambda p, x, y: tm.sum(tm.logsumexp(p["a"])),
        lambda p, x, y: tm.sum(tm.logsumexp(x + p["a"])),
    ):
        assert math.isnan(tm.Loss(function, {"a": np.ones((1, 5))}).value(w, x, y, target=target))


@MACHINES
@PRECISIONS
def test_logsumexp_far_out(dtype, target):
    loss = tm.Loss(lambda p: tm.sum(tm.logsumexp(p["x"])), {"x": np.ones((1, 2))})
    for x in (800.0, -800.0, 0.0):
        w = np.array([x, x], dtype)
        assert abs(loss.value(w, target=target) - (x + math.log(2))) <= 4 * np.finfo(dtype).eps * (
            abs(x) + 1
        )
        assert np.array_equal(loss.gradient(w, target=target), [0.5, 0.5])
        assert (
            np.abs(loss.hvp(w, np.array([1, 0], dtype), target=target) - [0.25, -0.25]).max()
            <= 4 * np.finfo(dtype).eps
        )
    assert not math.isfinite(loss.value(np.array([INF, 0.0], dtype), target=target))


# the compiled machine's own exp, log, sin and cos, all over their range: what, the errors in units
# of eps (of the result; of 1)
OWN = {
    "exp": (np.exp, 2, 0),
    "log": (np.log, 2, 0),
    "sin": (np.sin, 0, 1),
    "cos": (np.cos, 0, 1),
    "softplus": (np.logaddexp, 4, 0),
}


def values(name, x):
    """f(x) for many x in one call: the gradient of Σ c f(x) with respect to c."""
    loss = tm.Loss(lambda p, v: tm.sum(p["c"] * getattr(tm, name)(v)), {"c": np.ones((len(x), 1))})
    return loss.gradient(np.ones_like(x), x[:, None], target="cpu")


@PRECISIONS
@pytest.mark.parametrize("name", OWN)
def test_the_functions_of_our_own_everywhere(name, dtype):
    limits, (reference, of_result, of_one) = np.finfo(dtype), OWN[name]
    least, most = float(np.log(limits.smallest_subnormal)), float(np.log(limits.max)) * 0.9999
    x = {
        "exp": np.linspace(least * 1.1, most, 20001),
        "log": np.exp(np.linspace(least, most, 20001)),
        "softplus": np.linspace(least * 1.1, most, 20001),
    }.get(name, np.linspace(-5999, 5999, 20001))
    x = np.concatenate([x, np.linspace(0.5, 2, 2001), np.arange(1, 50) * np.pi / 2]).astype(dtype)
    exactly = x.astype(np.longdouble)
    want = reference(0, exactly) if name == "softplus" else reference(exactly)
    assert np.all(
        np.abs(values(name, x) - want)
        <= (of_result * np.abs(want) + of_one) * limits.eps + limits.smallest_subnormal
    )


@PRECISIONS
@pytest.mark.parametrize("name", ["sin", "cos"])
def test_sine_and_cosine_far_out(name, dtype):
    x = np.array([6001.0, -7000.0, 1e5, -1e6, 0.5], dtype)
    want = getattr(np, name)(x.astype(np.longdouble))
    assert np.all(np.abs(values(name, x) - want) <= np.finfo(dtype).eps)
