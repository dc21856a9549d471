"""Value, gradient and Hessian-vector product, on both machines and in both precisions, against an
independent reference."""

import itertools

import numpy as np
import pytest
from hypothesis import given

import tinymaml as tm
from helpers.checks import CHECKS, EPS, MACHINES, PRECISIONS, close, direction
from helpers.fixed_losses import FIXED, NAMED
from helpers.random_losses import programs
from helpers.reference import H

pytestmark = [pytest.mark.core, pytest.mark.lesson_02, pytest.mark.lesson_03]


@MACHINES
@PRECISIONS
@NAMED
def test_fixed_losses(name, target, dtype):
    for check in CHECKS:
        check(FIXED[name], target, dtype)


@PRECISIONS
@given(program=programs())
def test_random_losses(dtype, program):
    """On both machines, so that the reference need be found but once."""
    for target in ("numpy", "cpu"):
        for check in CHECKS:
            check(program, target, dtype)


@given(program=programs())
def test_plain_arrays_give_the_same_value_and_complex_ones_the_gradient(program):
    function = program.on(tm)
    w = program.w
    v = direction(w)
    value, gradient, _ = program.reference(w, v)
    value_scale, gradient_scale, _ = program.scales(w, v)
    plain = function(program.plain(w), *program.data)
    assert plain.shape == (1, 1)
    assert plain.dtype == np.float64
    close(plain.item(), value, value_scale, EPS)
    slopes = []
    for e in np.eye(len(w)):
        moved = function(program.plain(w + 1j * H * e), *program.data)
        slopes.append(moved.imag.item() / H)
    close(np.array(slopes), gradient, gradient_scale, EPS)


@given(program=programs())
def test_the_hessian_is_symmetric_and_linear(program):
    w, loss, data = program.w, program.loss, program.data
    u, v = direction(w, 2), direction(w, 3)
    scale = program.scales(w, u)[2] + program.scales(w, v)[2]
    for target in ("numpy", "cpu"):

        def hvp(d, target=target):
            return loss.hvp(w, d, *data, target=target)

        close(u @ hvp(v), v @ hvp(u), scale * w.size, EPS)
        close(hvp(2 * u - 3 * v), 2 * hvp(u) - 3 * hvp(v), 5 * scale, EPS)


@pytest.mark.slow
@PRECISIONS
@given(program=programs())
def test_both_machines_agree(dtype, program):
    w, loss, data = program.w.astype(dtype), program.loss, program.data
    v = direction(w).astype(dtype)
    eps = np.finfo(dtype).eps
    value, gradient, hvp = program.scales(w.astype(float), v.astype(float))
    close(loss.value(w, *data), loss.value(w, *data, target="cpu"), value, eps)
    close(loss.gradient(w, *data), loss.gradient(w, *data, target="cpu"), gradient, eps)
    close(loss.hvp(w, v, *data), loss.hvp(w, v, *data, target="cpu"), hvp, eps)


def two_products(p, x, y):
    return tm.sum(tm.square(x @ p["a"] @ p["b"].T - y))


@MACHINES
@PRECISIONS
def test_every_blocking_of_the_matrix_product(target, dtype):
    """The compiled product takes five, two and one rows at a time, one to three registers wide, and
    other loops where something is thin; rows 128 or 256 long get a gap. Small whole numbers: no
    rounding, so the closed form must come out bit for bit. It is computed in integers, as some BLAS
    warns at random of invalid float32 values that are in none of the matrices."""
    rng = np.random.default_rng(0)
    narrow = itertools.product((1, 2, 3, 5, 6, 7, 10, 12), (1, 2, 5, 6, 11), (1, 3, 16, 17))
    wide = itertools.product((2, 5, 13), (1, 6), (24, 33, 50, 128, 256))

    def draw(*shape):
        return rng.integers(-1, 2, shape).astype(dtype)

    for m, k, n in (*narrow, *wide):
        loss = tm.Loss(two_products, {"a": np.ones((k, n)), "b": np.ones((3, n))})
        data = draw(m, k), draw(m, 3)
        w, v = draw(loss.size), draw(loss.size)
        x, y = (part.astype(int) for part in data)
        a, b = (part.astype(int) for part in loss.unflatten(w).values())
        a_dot, b_dot = (part.astype(int) for part in loss.unflatten(v).values())
        r = x @ a @ b.T - y
        r_dot = x @ (a_dot @ b.T + a @ b_dot.T)
        gradient = [2 * x.T @ r @ b, 2 * r.T @ x @ a]
        hvp = [2 * x.T @ (r_dot @ b + r @ b_dot), 2 * (r_dot.T @ x @ a + r.T @ x @ a_dot)]
        assert loss.value(w, *data, target=target) == (r * r).sum()
        for found, parts in (
            (loss.gradient(w, *data, target=target), gradient),
            (loss.hvp(w, v, *data, target=target), hvp),
        ):
            assert np.array_equal(found, np.concatenate([part.ravel() for part in parts]))


@MACHINES
def test_what_the_loss_does_not_use_has_derivative_zero(target):
    loss = tm.Loss(
        lambda p, x: tm.mean(tm.exp(p["a"]) * x),
        {"unused": np.ones(2), "a": np.ones((1, 2)), "too": np.ones((2, 1))},
    )
    w, x = np.arange(6.0), np.ones((3, 2))
    assert np.array_equal(np.flatnonzero(loss.gradient(w, x, target=target)), [2, 3])
    assert np.array_equal(np.flatnonzero(loss.hvp(w, np.ones(6), x, target=target)), [2, 3])


@MACHINES
def test_a_loss_may_be_a_parameter_or_linear(target):
    for function, gradient in (
        (lambda p: p["a"], 1.0),
        (lambda p: -p["a"], -1.0),
        (lambda p: p["a"] - p["a"], 0.0),
    ):
        loss = tm.Loss(function, {"a": np.ones((1, 1))})
        assert loss.value(np.array([3.0]), target=target) == 3 * gradient
        assert loss.gradient(np.array([3.0]), target=target) == gradient
        assert loss.hvp(np.array([3.0]), np.ones(1), target=target) == 0
