"""What the graders of lesson 13 make anew is what the lesson gives."""

import numpy as np
import pytest

from tinymaml import theory
from tinymaml.course.exercise import find
from tinymaml.course.judge import names_before

pytestmark = pytest.mark.lesson_13


def test_the_graders_loss_is_that_of_the_lesson():
    graders = find("13.estimate").judge.__globals__
    names = names_before("13.signs")
    mine, theirs = graders["make_classifier"](), names["classifier"]
    for w in np.random.default_rng(0).normal(size=(3, mine.dimension)):
        assert np.array_equal(mine.gradient(w), theirs.gradient(w))
        assert np.array_equal(mine.hessian(w), theirs.hessian(w))


# The rows of 13.violates, as losses and samples: what the answers say is so.


def ratios(slope, pairs):
    return [abs(slope(w) - slope(u)) / abs(w - u) for w, u in pairs]


def test_row_a_has_a_rho_and_no_L():
    far = [(10.0**k, 10.0**k + 1) for k in range(7)]
    assert ratios(lambda w: w * abs(w) / 2, far)[-1] > 1e5
    pairs = np.random.default_rng(0).normal(size=(1000, 2))
    assert max(ratios(abs, pairs)) <= 1 + 1e-12


def test_row_b_has_an_L_and_no_rho():
    near = [(0.0, 10.0**-k) for k in range(13)]
    assert ratios(lambda w: min(np.sqrt(abs(w)), 1), near)[-1] > 1e5


@pytest.mark.parametrize("ridges, grows", [((0.1, 0.1), False), ((0.1, 0.2), True)])
def test_rows_c_and_d_have_a_sigma_if_they_share_the_ridge(ridges, grows):
    rng = np.random.default_rng(1)
    losses = []
    for ridge in ridges:
        x = rng.normal(size=(8, 2))
        x /= np.linalg.norm(x, axis=1, keepdims=True)
        losses.append(theory.Logistic(x, rng.choice([-1.0, 1.0], 8), ridge=ridge))
    tasks = theory.ResamplingInstance(losses=losses, w=[0.0, 0.0], alpha=0.1, steps=1)
    spread = [tasks.deviation(np.array([r, 0.0])) for r in (1e2, 1e4, 1e6)]
    assert max(loss.L for loss in losses) <= 0.25 + max(ridges)
    assert (spread[-1] > 1e4) if grows else (max(spread) < 1)


def test_the_rows_f_to_h_fail_where_they_should():
    w = 1e6
    samples = np.array([0.5 * w, 1.5 * w])
    assert samples.mean() == w and np.mean((samples - w) ** 2) > 1e9
    points = np.arange(20.0) - 9.5
    first, second = [
        np.array([points[k] for k in pair])
        for pair in zip(*[(i, j) for i in range(20) for j in range(20) if i != j], strict=True)
    ]
    assert np.mean(second) == pytest.approx(0)
    assert np.mean(first * second) < -1  # without replacement: not independent
