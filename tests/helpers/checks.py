"""A program of reference.py on a machine, held against the reference: the error is compared with
what rounding can do."""

import functools

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


@functools.lru_cache(maxsize=64)
def known(program, dtype):
    """The reference's value, gradient and Hessian-vector product at the program's w in this
    precision, and the three scales, in float64. They are asked for again and again."""
    w = program.w.astype(dtype).astype(float)
    v = direction(program.w).astype(dtype).astype(float)
    return program.reference(w, v), program.scales(w, v)


def check_value(program, target, dtype=np.float64):
    w = program.w.astype(dtype)
    got = program.loss.value(w, *program.data, target=target)
    assert type(got) is float
    compare(got, 0, program, dtype)


def check_gradient(program, target, dtype=np.float64):
    w = program.w.astype(dtype)
    got = program.loss.gradient(w, *program.data, target=target)
    assert got.dtype == dtype
    compare(got, 1, program, dtype)


def check_hvp(program, target, dtype=np.float64):
    w, v = program.w.astype(dtype), direction(program.w).astype(dtype)
    got = program.loss.hvp(w, v, *program.data, target=target)
    assert got.dtype == dtype
    compare(got, 2, program, dtype)


def compare(got, k, program, dtype):
    """The k-th of value, gradient and Hessian-vector product against the reference's."""
    results, scales = known(program, dtype)
    close(got, results[k], scales[k], np.finfo(dtype).eps)


CHECKS = (check_value, check_gradient, check_hvp)
