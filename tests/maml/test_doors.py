"""What must not pass silently: a divergence that the loss hides, a learner's engine of the wrong
shape, constants that do not fit."""

import copy
import pickle

import numpy as np
import pytest

import tinymaml as tm
from helpers.checks import MACHINES

pytestmark = [pytest.mark.core, pytest.mark.lesson_08]


@MACHINES
@pytest.mark.parametrize("method", ["exact", "first-order", "hessian-free"])
def test_a_divergence_that_a_saturating_loss_hides_is_reported(target, method):
    loss = tm.Loss(lambda p, x: tm.mean(tm.square(tm.tanh(p["a"]) - x)), {"a": np.ones(1)})
    x = np.full((2, 1, 1), 2.0, np.float32)
    x[0] = np.tanh(np.float32(0.1))  # the first task has nothing to learn
    tasks = tm.Tasks.finite_sum((x,), (x,))
    with pytest.warns(tm.DivergenceWarning, match=r"diverged in 1 of 2 tasks \(task 1\)"):
        r = tm.meta_gradient(
            loss,
            np.full(1, 0.1, np.float32),
            tasks,
            alpha=3e38,
            steps=1,
            method=method,
            per_task=True,
            target=target,
        )
    assert np.isfinite(r.adapted[0]).all()
    assert np.isinf(r.adapted[1]).all()


@MACHINES
def test_hessian_free_is_exact_where_the_gradient_is_constant(target):
    loss = tm.Loss(lambda p, x: tm.mean(x @ p["W"]), {"W": np.ones((3, 1))})
    rng = np.random.default_rng(0)
    x, w = rng.normal(size=(4, 6, 3)), 100 * rng.normal(size=3)
    tasks = tm.Tasks.finite_sum((x,), (x,))

    def gradient(method):
        return tm.meta_gradient(
            loss, w, tasks, alpha=1.0, steps=5, method=method, target=target
        ).gradient

    assert np.array_equal(gradient("hessian-free"), gradient("exact"))


class Engine:
    """A learner's engine for the loss mean(x @ w), with one mistake."""

    def __init__(self, mistake):
        self.mistake = mistake

    def value(self, w, x):
        return (x @ w).mean()

    def gradient(self, w, x):
        g = x.mean(0)
        wrong = {"column": g[:, None], "number": 1.0, "integers": np.ones(3, int)}
        return wrong.get(self.mistake, g)

    def hvp(self, w, v, x):
        return np.zeros((3, 1)) if self.mistake == "column hvp" else 0 * v


@pytest.mark.parametrize(
    "mistake, match",
    [
        (
            "column",
            r"Engine.gradient returned float64 of shape \(3, 1\); expected floats of shape \(3,\)",
        ),
        ("number", r"Engine.gradient returned float64 of shape \(\)"),
        ("integers", "Engine.gradient returned int64"),
        ("column hvp", r"Engine.hvp returned float64 of shape \(3, 1\)"),
    ],
)
def test_a_learners_engine_that_returns_something_else_than_vectors_is_told_so(mistake, match):
    engine, w, x = Engine(mistake), np.ones(3), np.ones((2, 5, 3))
    tasks = tm.Tasks.finite_sum((x,), (x,))
    with pytest.raises(TypeError, match=match):
        tm.meta_gradient(engine, w, tasks, alpha=0.1, steps=2, target="numpy")
    if "hvp" not in mistake:
        with pytest.raises(TypeError, match=match):
            tm.adapt(engine, w, (x,), alpha=0.1, steps=2, target="numpy")


@MACHINES
@pytest.mark.parametrize(
    "case, function, named",
    [
        ("scale", lambda p: tm.mean(p["a"] * 1e60), r"factor 1e\+60 \(or the divisor 1e-60\)"),
        ("array", lambda p: tm.mean(p["a"] * np.array([1e300])), r"factor 1e\+300"),
        ("tiny", lambda p: tm.mean(p["a"] * 1e-60), r"factor 1e-60 \(or the divisor 1e\+60\)"),
        ("divisor", lambda p: tm.mean(p["a"] / 1e-60), "or the divisor 1e-60"),
        ("divisors", lambda p: tm.mean(p["a"] / np.array([1e-60])), "or the divisor 1e-60"),
        ("shift", lambda p: tm.mean(p["a"] + 1e300), r"the constant 1e\+300 does not fit"),
    ],
)
def test_constants_that_float32_cannot_hold_are_refused_and_float64_takes_them(
    target, case, function, named
):
    loss = tm.Loss(function, {"a": np.ones(1)})
    assert np.isfinite(loss.value(np.ones(1), target=target))
    line = function.__code__.co_firstlineno
    match = rf'(?s){named}.*float32, the precision of w.*line {line}: .*"{case}"'
    with pytest.raises(tm.TraceError, match=match):
        loss.gradient(np.ones(1, np.float32), target=target)


@pytest.mark.parametrize(
    "function, match",
    [
        (
            lambda p: (tm.mean(p["a"]), 1.0),
            "returns tuple; a loss returns a traced 1 x 1 value\n    line",
        ),
        (lambda p: tm.mean(p["a"] ** np.array([2.0, 2.0])), r"only x \*\* 2"),
        (lambda p: tm.mean(p["a"] / 1e-320), "reciprocal is infinite"),
        (lambda p: f"{tm.mean(p['a']):.3f}", "the format '.3f'"),
        (lambda p: tm.mean(np.clip(p["a"], 0.0, 1.0)), r"np\.clip.*tm\.maximum\(a, tm"),
        (lambda p: np.linalg.norm(p["a"]), r"np\.linalg\.norm.*tm\.sum.*no derivative at 0"),
        (lambda p: tm.mean(round(p["a"])), "rounding"),
    ],
)
def test_more_that_cannot_be_traced(function, match):
    with pytest.raises(tm.TraceError, match=match):
        tm.Loss(function, {"a": np.ones(1)}).value(np.ones(1))


def test_without_inner_steps_the_inner_samples_do_not_matter():
    loss = tm.Loss(lambda p, x: tm.mean(x @ p["W"]), {"W": np.ones((3, 1))})
    nothing = (np.zeros((2, 0, 0, 0)),)
    tasks = tm.Tasks.resampled(nothing, nothing, (np.ones((2, 5, 3)),))
    assert np.allclose(tm.meta_gradient(loss, np.ones(3), tasks, alpha=0.1, steps=0).gradient, 1.0)


@MACHINES
def test_a_deep_loss_is_planned_line_by_line(target):
    def deep(p, x):
        for _ in range(400):
            x = tm.tanh(x * p["a"] + p["b"])
        return tm.mean(x)

    loss = tm.Loss(deep, {"a": np.ones(2), "b": np.zeros(2)})
    x, w = np.full((1, 2), 0.5), np.array([1.0, 1.0, 0.0, 0.0])
    h = 1e-30  # the complex step
    y = x + 0j
    for _ in range(400):
        y = np.tanh(y * (1.0 + 1j * h))
    slope = y.imag[0] / h / 2  # of the mean of two numbers
    assert np.allclose(loss.gradient(w, x, target=target)[:2], slope, rtol=1e-11)


def mean_square(p, x):
    return tm.mean(tm.square(x * p["a"]))


def test_a_loss_can_be_copied_and_pickled_after_use():
    loss = tm.Loss(mean_square, {"a": np.ones(2)})
    w, x = np.ones(2), np.ones((3, 2))
    gradient = loss.gradient(w, x, target="cpu")
    for twin in (copy.deepcopy(loss), pickle.loads(pickle.dumps(loss))):
        assert np.array_equal(twin.gradient(w, x, target="cpu"), gradient)
