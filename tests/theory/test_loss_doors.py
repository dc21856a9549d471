"""What the losses of the theory and the door for a reader's own refuse, and in which words."""

from types import SimpleNamespace

import numpy as np
import pytest

from tinymaml.theory.losses import (
    CosineSum,
    LogCosh,
    Logistic,
    PiecewiseHessian,
    Quadratic,
    RootHessian,
    check_loss,
)

pytestmark = pytest.mark.lesson_13

NAN, ONE = np.nan, [[1.0]]
TEETH, SAW = PiecewiseHessian.teeth, PiecewiseHessian.sawtooth


@pytest.mark.parametrize(
    "make, error, match",
    [
        (
            lambda: LogCosh(ONE, [1.0, 2.0], [0.0]),
            ValueError,
            "x, c and y have the lengths 1, 2 and 1",
        ),
        (lambda: LogCosh([[NAN]], [1.0], [0.0]), ValueError, "x contains NaN"),
        (lambda: LogCosh(ONE, ["a"], [0.0]), TypeError, "c is of type"),
        (
            lambda: LogCosh([1.0], [1.0], [0.0]),
            ValueError,
            r"x has shape \(1,\); expected 2 dimensions",
        ),
        (lambda: Logistic(ONE, [1.0, 1.0]), ValueError, "x, y and c have the lengths 1, 2 and 1"),
        (
            lambda: Logistic(ONE, [0.0]),
            ValueError,
            r"y has other labels than −1 and 1; of labels 0 and 1 make 2 \* y - 1",
        ),
        (lambda: Logistic(ONE, [1.0], [-1.0]), ValueError, "c has negative weights"),
        (lambda: Logistic(ONE, [1.0], ridge=-1.0), ValueError, "ridge is -1.0"),
        (lambda: Logistic(ONE, [NAN]), ValueError, "y contains NaN"),
        (lambda: Logistic(ONE, [1.0], ridge=NAN), ValueError, "ridge is nan"),
        (
            lambda: PiecewiseHessian([0.0, 1.0], [1.0]),
            ValueError,
            "there are 2 knots and 1 curvatures",
        ),
        (lambda: PiecewiseHessian([0.0, 0.0], [1.0, 2.0]), ValueError, "the knots do not increase"),
        (lambda: PiecewiseHessian([1.0, 0.0], [1.0, 2.0]), ValueError, "the knots do not increase"),
        (
            lambda: PiecewiseHessian([0.0, 5e-324], [-1.0, 1.0]),
            ValueError,
            "the slope between them is infinite",
        ),
        (lambda: PiecewiseHessian([NAN], [1.0]), ValueError, "knots contains NaN"),
        (lambda: PiecewiseHessian([], []), ValueError, "knots is empty"),
        (lambda: PiecewiseHessian([0.0], [1.0], slope=NAN), ValueError, "slope contains NaN"),
        (lambda: TEETH([0.0, 0.5], 0.3, -1.0, 1.0), ValueError, "two teeth overlap"),
        (lambda: TEETH([0.0, 0.0], 0.3, -1.0, 1.0), ValueError, "two teeth overlap"),
        (lambda: TEETH([0.0], 0.0, -1.0, 1.0), ValueError, "a tooth's width is not positive"),
        (lambda: TEETH([0.0], 0.1, -1.0, 0.0), ValueError, "rho is 0.0"),
        (lambda: TEETH([0.0], 0.1, -1.0, 1.0, side=2), ValueError, "side is 2; expected 1"),
        (lambda: TEETH([0.0], 0.1, NAN, 1.0), ValueError, "base contains NaN"),
        (lambda: SAW(0.0, 1.0, 0.0, 1, 1.0, 1.0), ValueError, "alpha is 0.0"),
        (lambda: SAW(0.0, 1.0, 0.1, 0, 1.0, 1.0), ValueError, "steps is 0"),
        (lambda: SAW(0.0, 1.0, 0.1, 2, 1.0, 1.0, width=0.1), ValueError, "two teeth overlap"),
        (lambda: SAW(0.0, 1.0, 0.1, 1, -1.0, 1.0), ValueError, "L is -1.0"),
        (lambda: RootHessian(rho=NAN), ValueError, "rho is nan"),
        (lambda: Quadratic(ONE, [0.0], L="a"), TypeError, "L is 'a'"),
    ],
)
def test_losses(make, error, match):
    with pytest.raises(error, match=match):
        make()


@pytest.mark.parametrize(
    "loss",
    [
        Quadratic(np.eye(3), np.zeros(3)),
        CosineSum(np.eye(3), np.ones(3), np.ones(3)),
        LogCosh(np.eye(3), np.ones(3), np.ones(3)),
        Logistic(np.eye(3), np.ones(3)),
    ],
)
def test_a_w_that_does_not_fit(loss):
    """Also where broadcasting would have made something of it."""
    for method in (loss.value, loss.gradient, loss.hessian):
        for w in (np.zeros(1), np.zeros((5, 1)), np.zeros(2), 0.0):
            with pytest.raises(
                ValueError, match=r"the loss has 3 parameters, expected \(3,\) or \(..., 3\)"
            ):
                method(w)
    for one in (RootHessian(), PiecewiseHessian([0.0], [1.0])):
        for method in (one.value, one.gradient, one.hessian):
            with pytest.raises(ValueError, match="the loss has 1 parameters"):
                method(np.zeros(3))


def make_loss(**changes):
    """½ ‖w‖² in two dimensions, with changes; None: left out."""
    parts = (
        dict(
            L=1.0,
            rho=0.0,
            value=lambda w: 0.5 * w @ w,
            gradient=lambda w: w,
            hessian=lambda w: np.eye(2),
        )
        | changes
    )
    return SimpleNamespace(**{name: part for name, part in parts.items() if part is not None})


def test_a_good_one_passes():
    loss = make_loss()
    assert check_loss(loss, 2) is loss
    assert check_loss(make_loss(L=2, rho=np.float64(1)), 2)


@pytest.mark.parametrize(
    "changes, error, match",
    [
        (
            dict(value=None),
            TypeError,
            r"has no method value; a loss needs value\(w\), gradient\(w\), hessian\(w\), L and rho",
        ),
        (dict(gradient=3), TypeError, "has no method gradient"),
        (dict(hessian=None), TypeError, "has no method hessian"),
        (dict(L=None), TypeError, "has no L; give it one that holds for all w"),
        (dict(rho=None), TypeError, "has no rho"),
        (dict(L=0.0), ValueError, r"\.L is 0.0; expected a finite number > 0"),
        (dict(L=-1), ValueError, r"\.L is -1"),
        (dict(L=NAN), ValueError, r"\.L is nan"),
        (dict(L=np.inf), ValueError, r"\.L is inf"),
        (dict(rho=-0.1), ValueError, r"\.rho is -0.1; expected a finite number >= 0"),
        (dict(rho=NAN), ValueError, r"\.rho is nan"),
        (dict(L="1"), TypeError, r"\.L is '1'"),
        (dict(dimension=3), ValueError, "has 3 parameters; expected 2"),
        (
            dict(value=lambda w: w),
            ValueError,
            r"value gives the shape \(2,\) at a w of shape \(2,\); expected \(\)",
        ),
        (dict(gradient=lambda w: w[:1]), ValueError, r"gradient gives the shape \(1,\)"),
        (
            dict(hessian=lambda w: np.ones(2)),
            ValueError,
            r"hessian gives the shape \(2,\).*; expected \(2, 2\)",
        ),
        (dict(value=lambda w: NAN), ValueError, "value gives NaN or infinity"),
        (dict(gradient=lambda w: w + 1j), TypeError, "gradient gives complex128"),
        (dict(gradient=lambda w: None), TypeError, "gradient gives object"),
        (
            dict(gradient=lambda w: np.where(w == 0, 0, NAN)),
            ValueError,
            "gradient gives NaN or infinity at w = .* defined for all w",
        ),
        (
            dict(hessian=lambda w: np.array([[1.0, 0.1], [0.0, 1.0]])),
            ValueError,
            "hessian is not symmetric",
        ),
        (
            dict(batched=True, value=lambda w: 0.5 * np.sum(w * w)),
            ValueError,
            r"value gives the shape \(\) at a w of shape \(2, 1, 2\); expected \(2, 1\)",
        ),
        (
            dict(batched=True, value=lambda w: 0.5 * np.sum(w * w, -1)),
            ValueError,
            r"hessian gives the shape \(2, 2\) at a w of shape \(2, 1, 2\)",
        ),
    ],
)
def test_what_is_wrong_with_a_readers_own(changes, error, match):
    with pytest.raises(error, match=match):
        check_loss(make_loss(**changes), 2)


def test_a_loss_that_is_all_zero_has_no_L():
    with pytest.raises(ValueError, match="Quadratic.L is 0.0"):
        check_loss(Quadratic([[0.0]], [0.0]), 1)
