"""The meta-gradient of every method, on both machines, against a network and Hessians written out
by hand."""

import numpy as np
import pytest

import tinymaml as tm
from helpers import network
from helpers.checks import EPS, MACHINES, PRECISIONS, close
from helpers.meta_gradients import ALPHA, KINDS, METHODS, W
from helpers.network import LOSS, P, finite_sum, resampled, samples

pytestmark = [pytest.mark.core, pytest.mark.lesson_07, pytest.mark.lesson_08]


def definition(w, tasks, b, alpha, steps, method, delta):
    """One task: (loss, gradient, adapted, size). The size is what rounding is compared with: what
    errors can grow to."""
    inner, hessian, outer = samples(tasks, b, steps)
    points = network.descend(w, inner, alpha)
    adapted = points[-1]
    outer_gradient = network.gradient(adapted, *outer)
    v = outer_gradient
    size = 1.0
    for j in reversed(range(steps)):
        if method == "exact":
            H = network.hessian(points[j], *hessian[j])
            v = v - alpha * H @ v
            size *= 1 + alpha * np.linalg.norm(H, 2)
        elif method == "hessian-free":
            ahead = network.gradient(points[j] + delta * v, *hessian[j])
            behind = network.gradient(points[j] - delta * v, *hessian[j])
            v = v - alpha * (ahead - behind) / (2 * delta)
            # the difference of two nearly equal gradients
            size += alpha * max(np.abs(ahead).max(), np.abs(behind).max()) / delta
    size *= 1 + np.abs(outer_gradient).max()
    return network.value(adapted, *outer), v, adapted, size


def check(tasks, steps, method, target, dtype, delta=None):
    eps = np.finfo(dtype).eps
    step = float(eps) ** (1 / 3) if delta is None else delta
    r = tm.meta_gradient(
        LOSS,
        W.astype(dtype),
        tasks,
        alpha=ALPHA,
        steps=steps,
        method=method,
        delta=delta,
        per_task=True,
        target=target,
    )
    assert [array.dtype for array in r[:4]] == [dtype] * 4
    assert r.alpha_gradient is None
    assert r.gradient.shape == (P,)
    assert r.losses.shape == (len(tasks),)
    w = W.astype(dtype).astype(float)
    for b in range(len(tasks)):
        loss, gradient, adapted, size = definition(w, tasks, b, ALPHA, steps, method, step)
        close(r.losses[b], loss, size, eps)
        close(r.gradients[b], gradient, size, eps)
        close(r.adapted[b], adapted, size, eps)
    close(r.gradient, r.gradients.mean(0), np.abs(r.gradients).max(), eps, c=2)


@MACHINES
@PRECISIONS
@KINDS
@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("steps", [0, 1, 2, 5])
def test_every_method_is_what_its_definition_says(kind, method, steps, target, dtype):
    """Exact: the product of the I - alpha H_j with explicit Hessians, in the right order, on the
    Hessian samples."""
    check(kind(steps), steps, method, target, dtype)


@MACHINES
@KINDS
@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("sizes", [dict(B=1), dict(B=1, seed=3), dict(B=7)], ids=str)
def test_any_number_of_tasks(kind, method, sizes, target):
    check(kind(3, **sizes), 3, method, target, np.float64)


@MACHINES
@pytest.mark.parametrize("rows", [(1, 1), (1, 9), (12, 1), (5, 5)], ids=str)
def test_any_size_of_support_and_query(rows, target):
    for method in METHODS:
        check(finite_sum(support=rows[0], query=rows[1]), 2, method, target, np.float64)
        check(resampled(2, inner=rows[0], hessian=rows[1], outer=3), 2, method, target, np.float64)


@MACHINES
def test_a_delta_of_ones_own(target):
    check(finite_sum(), 3, "hessian-free", target, np.float64, delta=1e-2)
    check(resampled(3), 3, "hessian-free", target, np.float32, delta=0.1)


# ---- it is the gradient of the meta-objective


def objective(w, tasks, alpha, steps):
    """The mean outer loss after adaptation, by hand; w may be complex."""
    losses = []
    for b in range(len(tasks)):
        inner, _, outer = samples(tasks, b, steps)
        losses.append(network.value(network.descend(w, inner, alpha)[-1], *outer))
    return np.mean(losses)


def complex_step(tasks, steps):
    """The gradient of the objective at W."""
    h = 1e-30
    slopes = [objective(W + 1j * h * e, tasks, ALPHA, steps).imag / h for e in np.eye(P)]
    return np.array(slopes)


@MACHINES
@pytest.mark.parametrize("steps", range(7))
def test_the_exact_meta_gradient_is_the_complex_step_of_the_meta_objective(steps, target):
    tasks = finite_sum()
    derivative = complex_step(tasks, steps)
    r = tm.meta_gradient(LOSS, W, tasks, alpha=ALPHA, steps=steps, target=target)
    close(r.gradient, derivative, 2.0**steps * np.abs(derivative).max(), EPS)
    close(r.losses.mean(), objective(W, tasks, ALPHA, steps), 1 + r.losses.max(), EPS)


@MACHINES
@pytest.mark.parametrize("steps", [1, 4])
def test_with_fresh_samples_too_when_gradient_and_hessian_share_them(steps, target):
    fresh = resampled(steps)
    tasks = tm.Tasks.resampled(fresh.inner, fresh.inner, fresh.outer)
    derivative = complex_step(tasks, steps)
    r = tm.meta_gradient(LOSS, W, tasks, alpha=ALPHA, steps=steps, target=target)
    close(r.gradient, derivative, 2.0**steps * np.abs(derivative).max(), EPS)


def classify(p, x, y):
    z = tm.tanh(x @ p["W"]) + p["b"]
    return tm.mean(tm.logsumexp(z) - tm.sum(z * y, axis=1))


@MACHINES
def test_the_exact_meta_gradient_is_a_difference_quotient_of_the_package_s_own_losses(target):
    """A softmax classifier: nothing here but `losses`, and eighth-order central differences."""
    rng = np.random.default_rng(0)
    loss = tm.Loss(classify, {"W": np.ones((3, 4)), "b": np.ones(4)})
    x, y = rng.normal(size=(2, 11, 3)), np.eye(4)[rng.integers(0, 4, (2, 11))]
    tasks = tm.Tasks.finite_sum((x[:, :6], y[:, :6]), (x[:, 6:], y[:, 6:]))
    w, u = rng.normal(size=16), rng.uniform(-1, 1, 16)

    def run(start):
        return tm.meta_gradient(loss, start, tasks, alpha=0.2, steps=3, target=target)

    h = 0.004
    slope = 0.0
    for k, weight in enumerate((4 / 5, -1 / 5, 4 / 105, -1 / 280), 1):
        ahead, behind = run(w + k * h * u).losses.mean(), run(w - k * h * u).losses.mean()
        slope += weight * (ahead - behind) / h
    assert abs(run(w).gradient @ u - slope) < 1e-12 < 1e-10 * abs(slope)


# ---- special cases


@MACHINES
@KINDS
def test_without_steps_all_methods_are_the_gradient_at_w(kind, target):
    tasks = kind(0)
    results = [
        tm.meta_gradient(
            LOSS, W, tasks, alpha=ALPHA, steps=0, method=method, per_task=True, target=target
        )
        for method in METHODS
    ]
    for r in results:
        for array, first in zip(r[:4], results[0][:4], strict=True):
            assert np.array_equal(array, first)
        assert np.array_equal(r.adapted, np.tile(W, (3, 1)))
    for b in range(3):
        _, _, outer = samples(tasks, b, 0)
        assert np.array_equal(results[0].gradients[b], LOSS.gradient(W, *outer, target=target))
        assert results[0].losses[b] == LOSS.value(W, *outer, target=target)


@MACHINES
@PRECISIONS
@pytest.mark.parametrize("method", METHODS)
def test_resampled_is_finite_sum_when_all_samples_coincide(method, dtype, target):
    steps, w = 4, W.astype(dtype)
    tasks = finite_sum()
    repeated = tuple(np.repeat(x[:, None], steps, 1) for x in tasks.inner)
    coinciding = tm.Tasks.resampled(repeated, repeated, tasks.outer)

    def run(tasks):
        return tm.meta_gradient(
            LOSS, w, tasks, alpha=ALPHA, steps=steps, method=method, per_task=True, target=target
        )

    for x, y in zip(run(tasks)[:4], run(coinciding)[:4], strict=True):
        close(x, y, np.abs(x).max(), np.finfo(dtype).eps, c=4)


@MACHINES
@PRECISIONS
def test_results_of_each_task_only_on_request_and_consistent(dtype, target):
    tasks, w = finite_sum(B=6), W.astype(dtype)

    def run(per_task):
        return tm.meta_gradient(
            LOSS, w, tasks, alpha=ALPHA, steps=3, per_task=per_task, target=target
        )

    r, short = run(True), run(False)
    assert short.gradients is None
    assert short.adapted is None
    assert np.array_equal(r.gradient, short.gradient)
    assert np.array_equal(r.losses, short.losses)
    trajectory = tm.adapt(LOSS, w, tasks.inner, alpha=ALPHA, steps=3, target=target)
    assert np.array_equal(r.adapted, trajectory[-1])
    assert np.array_equal(w, W.astype(dtype))  # w is not changed


@MACHINES
@PRECISIONS
def test_adapt_is_gradient_descent(dtype, target):
    support, w = finite_sum().inner, W.astype(dtype)
    trajectory = tm.adapt(LOSS, w, support, alpha=ALPHA, steps=6, target=target)
    assert trajectory.shape == (7, 3, P)
    assert trajectory.dtype == dtype
    for b in range(3):
        points = network.descend(w.astype(float), [[x[b] for x in support]] * 6, ALPHA)
        close(trajectory[:, b], np.array(points), 1 + np.abs(points).max(), np.finfo(dtype).eps)
    start = tm.adapt(LOSS, w, support, alpha=ALPHA, steps=0, target=target)
    assert np.array_equal(start, np.tile(w, (1, 3, 1)))


@KINDS
@pytest.mark.parametrize("method", METHODS)
def test_a_learners_own_engine_takes_the_place_of_a_loss(kind, method):
    tasks = kind(3)

    def run(loss):
        return tm.meta_gradient(
            loss, W, tasks, alpha=ALPHA, steps=3, method=method, per_task=True, target="numpy"
        )

    growth = 1e5 if method == "hessian-free" else 1
    for x, y in zip(run(network.Engine())[:4], run(LOSS)[:4], strict=True):
        close(x, y, 10 * np.abs(y).max() * growth, EPS)
    support = finite_sum().inner
    own = tm.adapt(network.Engine(), W, support, alpha=ALPHA, steps=3, target="numpy")
    compiled = tm.adapt(LOSS, W, support, alpha=ALPHA, steps=3)
    close(own, compiled, np.abs(W).max(), EPS)
