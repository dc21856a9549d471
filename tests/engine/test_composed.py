"""The operations that are composed of others: on plain arrays against NumPy, at ties, far out, and
what they refuse. (Their derivatives: test_derivatives.py.)"""

import numpy as np
import pytest

import tinymaml as tm
from helpers.checks import MACHINES, PRECISIONS

pytestmark = [pytest.mark.core, pytest.mark.lesson_01]

RNG = np.random.default_rng(0)
X, Z = RNG.normal(size=(2, 3, 4))
ROW = RNG.normal(size=4)
SHARES = np.exp(X) / np.exp(X).sum(1, keepdims=True)
ONE_HOT = np.eye(4)[[2, 0, 3]]
PLAIN = {  # what tinymaml and what NumPy makes of arrays
    "abs": (tm.abs(X), np.abs(X)),
    "step": (tm.step(np.array([-2.0, 0.0, 3.0])), [[0, 0.5, 1]]),
    "maximum": (tm.maximum(X, Z), np.maximum(X, Z)),
    "minimum": (tm.minimum(X, Z), np.minimum(X, Z)),
    "maximum of a row": (tm.maximum(X, ROW), np.maximum(X, ROW)),
    "maximum of a number": (tm.maximum(0.3, X), np.maximum(0.3, X)),
    "maximum of two numbers": (tm.maximum(1, 2.5), [[2.5]]),
    "far apart": (tm.maximum(1.0, np.array([-1e20])), [[1.0]]),
    "softmax": (tm.softmax(X), SHARES),
    "softmax far out": (
        np.round(tm.softmax(np.array([800.0, 800.0, -800.0])), 12),
        [[0.5, 0.5, 0]],
    ),
    "cross entropy": (tm.cross_entropy(X, ONE_HOT), -np.log(SHARES)[[0, 1, 2], [2, 0, 3]].mean()),
    "cross entropy of shares": (tm.cross_entropy(X, SHARES), -(SHARES * np.log(SHARES)).sum() / 3),
    "reshape": (tm.reshape(X, 2, 6), X.reshape(2, 6)),
    "reshape of a row": (tm.reshape(ROW, np.int64(2), 2), ROW.reshape(2, 2)),
    "cumsum down": (tm.cumsum(X, axis=0), X.cumsum(0)),
    "cumsum along": (tm.cumsum(ROW, axis=1), [ROW.cumsum()]),
}


@pytest.mark.parametrize("case", PLAIN)
def test_on_plain_arrays_they_are_numpys(case):
    got, want = PLAIN[case]
    assert got.shape == np.atleast_2d(want).shape
    assert np.allclose(got, want, rtol=1e-14, atol=1e-14)


@PRECISIONS
def test_the_precision_stays(dtype):
    x = X.astype(dtype)
    results = (
        tm.abs(x),
        tm.step(x),
        tm.maximum(x, 0.5),
        tm.minimum(1, x),
        tm.softmax(x),
        tm.cross_entropy(x, x),
        tm.reshape(x, 4, 3),
        tm.cumsum(x, axis=0),
    )
    assert {result.dtype for result in results} == {np.dtype(dtype)}


@MACHINES
def test_a_tie_shares_the_adjoint(target):
    for function in (tm.maximum, tm.minimum):
        loss = tm.Loss(
            lambda p, function=function: tm.sum(function(p["x"], p["z"])),
            {"x": np.ones((1, 2)), "z": np.ones((1, 2))},
        )
        w = np.array([1.0, 2.0, 1.0, 3.0])
        second = 1.0 if function is tm.maximum else 0.0
        gradient = [0.5, 1 - second, 0.5, second]
        assert np.array_equal(loss.gradient(w, target=target), gradient)
        assert np.array_equal(loss.hvp(w, np.arange(4.0), target=target), np.zeros(4))


@MACHINES
def test_a_row_of_zeros_adds_nothing_and_counts(target):
    y = ONE_HOT.copy()
    y[1] = 0
    loss = tm.Loss(lambda p, y: tm.cross_entropy(p["z"], y), {"z": X})
    expected = -np.log(SHARES)[[0, 2], [2, 3]].sum() / 3
    assert loss.value(X.ravel(), y, target=target) == pytest.approx(expected, rel=1e-14)
    gradient = loss.gradient(X.ravel(), y, target=target).reshape(3, 4)
    assert np.abs(gradient[1]).max() <= 1e-16
    rows = [0, 2]
    assert np.allclose(gradient[rows], (SHARES - y)[rows] / 3, rtol=1e-13, atol=1e-16)


def test_what_reshape_records():
    """Nothing where nothing changes, a renaming to or from a row or a column, else two records."""
    counts = {}
    for rows, columns in ((3, 4), (1, 12), (12, 1), (2, 6)):
        loss = tm.Loss(
            lambda p, shape=(rows, columns): tm.sum(tm.reshape(p["x"], *shape)), {"x": X}
        )
        counts[rows, columns] = len(loss.tape().records) - 1
    assert counts == {(3, 4): 0, (1, 12): 1, (12, 1): 2, (2, 6): 2}
    text = tm.Loss(lambda p: tm.sum(tm.reshape(p["x"], 2, 6)), {"x": X}).tape()
    assert "v1[0,ij] = x[i,j]" in str(text) and "v2[i,j] = v1[0,ij]" in str(text)


REFUSED = {
    "reshape": (lambda x: tm.reshape(x, 5, 2), ValueError, "a 3 x 4 block as a 5 x 2 block.* 12"),
    "reshape by -1": (lambda x: tm.reshape(x, -1, 2), ValueError, "rows is -1"),
    "reshape by 2.0": (lambda x: tm.reshape(x, 6, 2.0), TypeError, "columns is 2.0"),
    "reshape by True": (lambda x: tm.reshape(x, True, 12), TypeError, "rows is True"),
    "cumsum": (lambda x: tm.cumsum(x, axis=2), ValueError, "axis is 2; cumsum goes down the rows"),
    "cumsum of all": (lambda x: tm.cumsum(x, axis=None), ValueError, "axis is None; cumsum goes"),
    "cross_entropy": (
        lambda x: tm.cross_entropy(x, np.ones((3, 1))),
        ValueError,
        r"shape \(3, 4\) and y \(3, 1\).*np\.eye\(n\)\[classes\]",
    ),
    "maximum": (lambda x: tm.maximum(x, np.ones((2, 4))), (TypeError, ValueError), "3 x 4|3,4"),
    "maximum of text": (lambda x: tm.maximum(x, "1"), TypeError, "expected an array of floats"),
    "maximum of None": (lambda x: tm.maximum(None, x), TypeError, "expected an array of floats"),
    "maximum of integers": (
        lambda x: tm.maximum(x, np.ones((3, 4), int)),
        TypeError,
        "expected an array of floats",
    ),
    "softmax of a list of text": (lambda x: tm.softmax(["a"]), TypeError, "expected an array"),
    "tanh of None": (lambda x: tm.tanh(None), TypeError, "expected an array of floats"),
    "tanh of True": (lambda x: tm.tanh(True), TypeError, "expected an array of floats"),
}


@pytest.mark.parametrize("traced", [False, True])
@pytest.mark.parametrize("case", REFUSED)
def test_what_is_refused(case, traced):
    function, error, match = REFUSED[case]
    with pytest.raises(error, match=f"(?s){match}"):
        if traced:
            tm.Loss(lambda p: tm.sum(p["x"]) + tm.sum(function(p["x"])), {"x": X}).tape()
        else:
            function(X)
