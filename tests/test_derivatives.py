"""Value, gradient and Hessian-vector product, on both machines and in both precisions, against an
independent reference."""

import itertools

import numpy as np
import pytest
from hypothesis import given
from random_losses import programs
from reference import H, fixed

import tinymaml as tm

MACHINES = pytest.mark.parametrize("target", ["numpy", "cpu"])
PRECISIONS = pytest.mark.parametrize("dtype", [np.float64, np.float32])
C = 32  # the largest error seen in 10^4 random losses is 5 eps · scale


def close(got, want, scale, eps, c=C):
    """|got - want| <= c · eps · scale. NaN is close to nothing."""
    got, want = np.asarray(got), np.asarray(want)
    assert got.shape == want.shape
    error, most = np.abs(got - want).max(), c * eps * scale
    assert error <= most, f"error {error:.2e}, allowed {most:.2e}"


def direction(w, seed=1):
    return np.random.default_rng(seed).uniform(-1, 1, w.size)


def check_value(program, target, dtype=np.float64):
    w, v = program.w.astype(dtype), direction(program.w)
    got = program.loss.value(w, *program.data, target=target)
    assert type(got) is float
    close(
        got,
        program.reference(w.astype(float), v)[0],
        program.scales(w.astype(float), v)[0],
        np.finfo(dtype).eps,
    )


def check_gradient(program, target, dtype=np.float64):
    w, v = program.w.astype(dtype), direction(program.w)
    got = program.loss.gradient(w, *program.data, target=target)
    assert got.dtype == dtype
    close(
        got,
        program.reference(w.astype(float), v)[1],
        program.scales(w.astype(float), v)[1],
        np.finfo(dtype).eps,
    )


def check_hvp(program, target, dtype=np.float64):
    w, v = program.w.astype(dtype), direction(program.w).astype(dtype)
    got = program.loss.hvp(w, v, *program.data, target=target)
    assert got.dtype == dtype
    w, v = w.astype(float), v.astype(float)
    close(got, program.reference(w, v)[2], program.scales(w, v)[2], np.finfo(dtype).eps)


# A list to come back to: each kind of operand, each kernel, and in each loss a second term of its
# own.
FIXED = {
    "network": fixed(
        [(2, 4), (4,), (4, 3), (3,)],
        [(5, 2), (5, 3)],
        [],
        ("@", 4, 0),
        ("+", 6, 1),
        ("tanh", 7),
        ("@", 8, 2),
        ("+", 9, 3),
        ("-", 10, 5),
        ("square", 11),
        ("mean", 12, None),
    ),
    "softmax": fixed(
        [(3, 4), (1, 4)],
        [(6, 3)],
        [(6, 4)],
        ("@", 2, 0),
        ("+", 4, 1),
        ("logsumexp", 5),
        ("*", 5, 3),
        ("sum", 7, 1),
        ("-", 6, 8),
        ("mean", 9, None),
    ),
    "one slot often": fixed(
        [(3, 3)],
        [],
        [],
        ("+", 0, 0),
        ("+", 1, 1),
        ("*", 2, 0),
        ("*", 3, 3),
        ("a@a.T", 0),
        ("@", 5, 0),
        ("sin", 6),
        ("+", 4, 7),
        ("x*c", 8, 0.3),
        ("sum", 9, None),
    ),
    "squares": fixed(
        [(3, 3), (3, 3)],
        [],
        [],
        ("@", 0, 1),
        ("*", 2, 0),
        ("-", 3, 1),
        ("mean", 0, 0),
        ("*", 4, 5),
        ("sum", 6, 1),
        (".T", 7),
        ("@", 8, 7),
        ("sin", 1),
        ("mean", 10, None),
        ("+", 9, 11),
    ),
    "broadcasts": fixed(
        [(3,), (4, 1), (1, 1)],
        [(4, 3)],
        [(3,)],
        ("*", 0, 1),
        ("-", 5, 2),
        ("/", 6, 4),
        ("*", 2, 3),
        ("-", 8, 7),
        ("c-x", 9, 2.0),
        ("*", 4, 10),
        ("*", 11, 11),
        ("sum", 12, 0),
        ("cos", 13),
        ("mean", 14, None),
    ),
    "all functions": fixed(
        [(2, 3)],
        [(2, 3)],
        [],
        ("tanh", 0),
        ("sin", 2),
        ("cos", 3),
        ("exp", 4),
        ("log", 5),
        ("c+x", 6, 2.5),
        ("sqrt", 7),
        ("square", 8),
        ("reciprocal", 9),
        ("x*c", 10, 3.0),
        ("*", 11, 0),
        ("softplus", 12),
        ("sigmoid", 13),
        ("*", 14, 0),
        ("+", 15, 1),
        ("relu", 16),
        ("*", 17, 17),
        ("sum", 18, None),
    ),
}
NAMED = pytest.mark.parametrize("name", FIXED)


@MACHINES
@PRECISIONS
@NAMED
def test_fixed_losses(name, target, dtype):
    for check in (check_value, check_gradient, check_hvp):
        check(FIXED[name], target, dtype)


@MACHINES
@PRECISIONS
@given(program=programs())
def test_random_losses(target, dtype, program):
    for check in (check_value, check_gradient, check_hvp):
        check(program, target, dtype)


@given(program=programs())
def test_plain_arrays_give_the_same_value_and_complex_ones_the_gradient(program):
    function, w = program.on(tm), program.w
    v = direction(w)
    (value, gradient, _), (size, size_g, _) = program.reference(w, v), program.scales(w, v)
    plain = function(program.plain(w), *program.data)
    assert plain.shape == (1, 1) and plain.dtype == np.float64
    close(plain.item(), value, size, np.finfo(float).eps)
    steps = [
        function(program.plain(w + 1j * H * e), *program.data).imag.item() / H
        for e in np.eye(len(w))
    ]
    close(np.array(steps), gradient, size_g, np.finfo(float).eps)


@MACHINES
@given(program=programs())
def test_the_hessian_is_symmetric_and_linear(target, program):
    w, loss, data = program.w, program.loss, program.data
    u, v = direction(w, 2), direction(w, 3)
    hu, hv, mixed = (loss.hvp(w, d, *data, target=target) for d in (u, v, 2 * u - 3 * v))
    sizes, eps = [program.scales(w, d)[2] for d in (u, v)], np.finfo(float).eps
    close(u @ hv, v @ hu, sum(sizes) * w.size, eps)
    close(mixed, 2 * hu - 3 * hv, 5 * sum(sizes), eps)


@PRECISIONS
@given(program=programs())
def test_both_machines_agree(dtype, program):
    w, loss, data = program.w.astype(dtype), program.loss, program.data
    v = direction(w).astype(dtype)
    sizes, eps = program.scales(w.astype(float), v.astype(float)), np.finfo(dtype).eps
    close(loss.value(w, *data), loss.value(w, *data, target="cpu"), sizes[0], eps)
    close(loss.gradient(w, *data), loss.gradient(w, *data, target="cpu"), sizes[1], eps)
    close(loss.hvp(w, v, *data), loss.hvp(w, v, *data, target="cpu"), sizes[2], eps)


@MACHINES
@PRECISIONS
def test_every_blocking_of_the_matrix_product(target, dtype):
    """The compiled product takes five, two and one rows at a time, one to three registers wide, and
    other loops where something is thin; rows 128 or 256 long get a gap. Small whole numbers: no
    rounding, so the closed form must come out bit for bit."""
    rng = np.random.default_rng(0)
    narrow = itertools.product((1, 2, 3, 5, 6, 7, 10, 12), (1, 2, 5, 6, 11), (1, 3, 16, 17))
    wide = itertools.product((2, 5, 13), (1, 6), (24, 33, 50, 128, 256))
    for m, k, n in (*narrow, *wide):
        loss = tm.Loss(
            lambda p, x, y: tm.sum(tm.square(x @ p["a"] @ p["b"].T - y)),
            {"a": np.ones((k, n)), "b": np.ones((3, n))},
        )
        x, y, w, v = (
            rng.integers(-1, 2, s).astype(dtype) for s in ((m, k), (m, 3), loss.size, loss.size)
        )
        (a, b), (da, db) = (loss.unflatten(z).values() for z in (w, v))
        r, dr = x @ a @ b.T - y, x @ (da @ b.T + a @ db.T)
        gradient = {"a": 2 * x.T @ r @ b, "b": 2 * r.T @ x @ a}
        hv = {"a": 2 * x.T @ (dr @ b + r @ db), "b": 2 * (dr.T @ x @ a + r.T @ x @ da)}
        assert loss.value(w, x, y, target=target) == (r * r).sum()
        assert np.array_equal(loss.gradient(w, x, y, target=target), loss.flatten(gradient))
        assert np.array_equal(loss.hvp(w, v, x, y, target=target), loss.flatten(hv))


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
