"""Quadratics, where everything is known in closed form, for N = 0 .. 20 and
with every method."""

import numpy as np
import pytest

import tinymaml as tm
from helpers.checks import MACHINES, PRECISIONS, close

pytestmark = [pytest.mark.core, pytest.mark.lesson_07, pytest.mark.lesson_08]

D, B, ALPHA = 4, 3, 0.15
STEPS = pytest.mark.parametrize("steps", range(21))


def quadratic(p, A, c):
    e = p["w"] - c
    return 0.5 * e.T @ A @ e


LOSS = tm.Loss(quadratic, {"w": np.ones((D, 1))})


def draw(*shape, seed=0):
    """Symmetric A with eigenvalues from -0.5 to 5, concave directions among them, and centres c."""
    rng = np.random.default_rng(seed)
    Q = np.linalg.qr(rng.normal(size=(*shape, D, D)))[0]
    A = Q * np.linspace(-0.5, 5.0, D) @ Q.swapaxes(-1, -2)
    return (A + A.swapaxes(-1, -2)) / 2, rng.normal(size=(*shape, D, 1))


W = np.random.default_rng(1).normal(size=D)
POWER = np.linalg.matrix_power
EPS = np.finfo(float).eps
GROWTH = 1 + ALPHA * 0.5  # the largest |1 - alpha lambda|


@MACHINES
@PRECISIONS
@STEPS
def test_the_same_quadratic_for_support_and_query(steps, dtype, target):
    """∇𝓛_i = A (I - αA)^2N (w - c),  𝓛_i = ½ (w - c)ᵀ A (I - αA)^2N (w - c), first-order
    A (I - αA)^N (w - c)"""
    A, c = draw(B)
    tasks = tm.Tasks.finite_sum((A, c), (A, c))
    eps = np.finfo(dtype).eps
    delta = float(eps) ** (1 / 3)  # the third derivative is zero: only rounding is left
    size = 5 * (1 + steps) * GROWTH ** (2 * steps) * np.abs(W[:, None] - c).sum()

    def run(method):
        return tm.meta_gradient(
            LOSS,
            W.astype(dtype),
            tasks,
            alpha=ALPHA,
            steps=steps,
            method=method,
            per_task=True,
            target=target,
        )

    exact, first_order, hessian_free = run("exact"), run("first-order"), run("hessian-free")
    for b in range(B):
        M, e = np.eye(D) - ALPHA * A[b], W - c[b, :, 0]
        gradient = A[b] @ POWER(M, 2 * steps) @ e
        close(exact.gradients[b], gradient, size, eps, c=1)
        close(first_order.gradients[b], A[b] @ POWER(M, steps) @ e, size, eps, c=1)
        close(hessian_free.gradients[b], gradient, size * (1 + ALPHA / delta), eps, c=1)
        for r in (exact, first_order, hessian_free):
            close(r.losses[b], 0.5 * e @ gradient, size * np.abs(e).sum(), eps, c=1)
            close(r.adapted[b], c[b, :, 0] + POWER(M, steps) @ e, size, eps, c=1)


@MACHINES
@STEPS
def test_another_quadratic_for_the_query(steps, target):
    """∇𝓛_i = (I - αA)^N A' (w_N - c')"""
    (A, c), (A2, c2) = draw(B), draw(B, seed=5)
    tasks = tm.Tasks.finite_sum((A, c), (A2, c2))
    r = tm.meta_gradient(LOSS, W, tasks, alpha=ALPHA, steps=steps, per_task=True, target=target)
    size = 20 * (1 + steps) * GROWTH ** (2 * steps)
    for b in range(B):
        M = np.eye(D) - ALPHA * A[b]
        adapted = c[b, :, 0] + POWER(M, steps) @ (W - c[b, :, 0])
        gradient = POWER(M, steps) @ A2[b] @ (adapted - c2[b, :, 0])
        close(r.gradients[b], gradient, size, EPS, c=1)


@MACHINES
@STEPS
def test_fresh_quadratics_at_every_step(steps, target):
    """(I - αD_0)(I - αD_1)⋯(I - αD_{N-1}) A' (w_N - c'): the factors do not commute, so their order
    shows."""
    (A, c), (A_hessian, _), (A2, c2) = draw(B, steps), draw(B, steps, seed=2), draw(B, seed=3)
    tasks = tm.Tasks.resampled(inner=(A, c), hessian=(A_hessian, c), outer=(A2, c2))
    size = 20 * (1 + steps) * GROWTH**steps
    r = tm.meta_gradient(LOSS, W, tasks, alpha=ALPHA, steps=steps, per_task=True, target=target)
    for b in range(B):
        w, product = W, np.eye(D)
        for j in range(steps):
            w = w - ALPHA * A[b, j] @ (w - c[b, j, :, 0])
            product = product @ (np.eye(D) - ALPHA * A_hessian[b, j])
        close(r.adapted[b], w, size, EPS, c=1)
        gradient = product @ A2[b] @ (w - c2[b, :, 0])
        close(r.gradients[b], gradient, size * GROWTH**steps, EPS, c=1)


# ---- losses that are special


@MACHINES
def test_a_parameter_that_the_loss_does_not_use_stays_where_it_is(target):
    loss = tm.Loss(
        lambda p, A, c: quadratic(p, A, c) + 0.0,
        {"before": np.ones(2), "w": np.ones((D, 1)), "after": np.ones((1, 3))},
    )
    A, c = draw(B)
    tasks = tm.Tasks.finite_sum((A, c), (A, c))
    w = np.concatenate([[7.0, 8.0], W, [9.0, 10.0, 11.0]])
    used = slice(2, 2 + D)

    def run(loss, start, method):
        return tm.meta_gradient(
            loss, start, tasks, alpha=ALPHA, steps=3, method=method, per_task=True, target=target
        )

    for method in ("exact", "first-order", "hessian-free"):
        r, alone = run(loss, w, method), run(LOSS, W, method)
        assert np.array_equal(r.gradients[:, used], alone.gradients)
        assert np.array_equal(r.adapted[:, used], alone.adapted)
        assert not np.delete(r.gradients, used, 1).any()
        unused = np.delete(r.adapted, used, 1)
        assert np.array_equal(unused, np.tile([7.0, 8.0, 9.0, 10.0, 11.0], (B, 1)))


@MACHINES
@pytest.mark.parametrize("steps", [0, 1, 5])
def test_a_loss_may_look_at_the_shape_of_its_data(steps, target):
    """The sum over two rows (curvature 4) on the support, the mean over five (curvature 2) on the
    query."""

    def distance(p, x):
        squares = tm.square(p["w"] - x)
        return tm.mean(squares) if x.shape[0] > 3 else tm.sum(squares)

    loss = tm.Loss(distance, {"w": np.ones(1)})
    rng = np.random.default_rng(0)
    support, query = rng.normal(size=(B, 2, 1)), rng.normal(size=(B, 5, 1))
    tasks = tm.Tasks.finite_sum((support,), (query,))
    w, alpha = np.array([0.7]), 0.1
    r = tm.meta_gradient(loss, w, tasks, alpha=alpha, steps=steps, per_task=True, target=target)
    contraction = (1 - 4 * alpha) ** steps
    center = support.mean((1, 2))
    adapted = center + contraction * (w - center)
    gradient = contraction * 2 * (adapted - query.mean((1, 2)))
    close(r.adapted[:, 0], adapted, 10, EPS, c=1)
    close(r.gradients[:, 0], gradient, 10, EPS, c=1)


@MACHINES
def test_a_linear_loss_has_no_hessian(target):
    """Then the exact meta-gradient is the first-order one, and every step is the same."""
    loss = tm.Loss(lambda p, x: tm.mean(x @ p["w"]), {"w": np.ones((2, 1))})
    x = np.random.default_rng(0).normal(size=(B, 5, 2))
    tasks, w = tm.Tasks.finite_sum((x,), (x[:, :3],)), np.array([1.0, -2.0])
    r = tm.meta_gradient(loss, w, tasks, alpha=0.5, steps=4, per_task=True, target=target)
    close(r.gradients, x[:, :3].mean(1), 5, EPS, c=1)
    close(r.adapted, w - 4 * 0.5 * x.mean(1), 10, EPS, c=1)
