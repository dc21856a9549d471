"""A program of reference.py on a machine, held against the reference: the error is compared with
what rounding can do."""

import numpy as np
import pytest

MACHINES = pytest.mark.parametrize("target", ["numpy", "cpu"])
PRECISIONS = pytest.mark.parametrize("dtype", [np.float64, np.float32])
EPS = np.finfo(float).eps
C = 32  # the largest error seen in 10^4 random losses is 5 eps · scale


def close(got, want, scale, eps, c=C):
    """|got - want| <= c · eps · scale. NaN is close to nothing."""
    got, want = np.asarray(got), np.asarray(want)
    assert got.shape == want.shape
    error = np.abs(got - want).max()
    allowed = c * eps * scale
    assert error <= allowed, f"error {error:.2e}, allowed {allowed:.2e}"


def direction(w, seed=1):
    return np.random.default_rng(seed).uniform(-1, 1, w.size)


def expected(program, result, w, v):
    """What the reference gives for "value", "gradient" or "hvp", and its scale, in float64."""
    k = ("value", "gradient", "hvp").index(result)
    w, v = w.astype(float), v.astype(float)
    return program.reference(w, v)[k], program.scales(w, v)[k]


def check_value(program, target, dtype=np.float64):
    w, v = program.w.astype(dtype), direction(program.w)
    got = program.loss.value(w, *program.data, target=target)
    assert type(got) is float
    close(got, *expected(program, "value", w, v), np.finfo(dtype).eps)


def check_gradient(program, target, dtype=np.float64):
    w, v = program.w.astype(dtype), direction(program.w)
    got = program.loss.gradient(w, *program.data, target=target)
    assert got.dtype == dtype
    close(got, *expected(program, "gradient", w, v), np.finfo(dtype).eps)


def check_hvp(program, target, dtype=np.float64):
    w, v = program.w.astype(dtype), direction(program.w).astype(dtype)
    got = program.loss.hvp(w, v, *program.data, target=target)
    assert got.dtype == dtype
    close(got, *expected(program, "hvp", w, v), np.finfo(dtype).eps)


CHECKS = (check_value, check_gradient, check_hvp)
