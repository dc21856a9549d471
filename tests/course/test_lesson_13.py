"""What the graders of lesson 13 make anew is what the lesson gives."""

import numpy as np
import pytest

from tinymaml import theory
from tinymaml.course.exercise import find
from tinymaml.course.judge import names_before

pytestmark = pytest.mark.lesson_13


def test_the_graders_loss_is_that_of_the_lesson():
    graders = find("13.estimate").judge.__globals__
    names = names_before("13.violates")
    mine, theirs = graders["make_classifier"](), names["classifier"]
    for w in np.random.default_rng(0).normal(size=(3, mine.dimension)):
        assert np.array_equal(mine.gradient(w), theirs.gradient(w))
        assert np.array_equal(mine.hessian(w), theirs.hessian(w))


# The rows of 13.violates, as losses and samples: what the answers say is so.


def ratios(slope, pairs):
    return [abs(slope(w) - slope(u)) / abs(w - u) for w, u in pairs]


def product_hessian(w):
    """Of w_1 w_2 w_3."""
    return np.array([[0, w[2], w[1]], [w[2], 0, w[0]], [w[1], w[0], 0]])


def test_row_b_has_a_rho_and_no_L():
    pairs = np.random.default_rng(0).normal(size=(1000, 2, 3))
    for w, u in pairs:
        change = np.linalg.norm(product_hessian(w) - product_hessian(u), 2)
        assert change <= np.sqrt(2) * np.linalg.norm(w - u)
    assert np.linalg.norm(product_hessian([1e6, 0, 0]), 2) > 1e5


def test_row_c_has_an_L_and_no_rho():
    pairs = np.random.default_rng(0).normal(size=(1000, 2))
    assert max(ratios(lambda w: np.clip(w, -1, 1), pairs)) <= 1 + 1e-12
    near = [(1 - 10.0**-k, 1 + 10.0**-k) for k in range(1, 13)]
    assert ratios(lambda w: float(abs(w) <= 1), near)[-1] > 1e5


def tasks_of(kind):
    rng = np.random.default_rng(1)
    losses = []
    for _ in range(2):
        x = rng.normal(size=(8, 2))
        x /= np.linalg.norm(x, axis=1, keepdims=True)
        if kind == "logistic":
            losses.append(theory.Logistic(x, rng.choice([-1.0, 1.0], 8), ridge=0.1))
        else:
            losses.append(theory.Quadratic(2 * x.T @ x / 8, rng.normal(size=2)))
    return losses


@pytest.mark.parametrize("kind, grows", [("logistic", False), ("linear", True)])
def test_rows_d_and_e_have_an_L_and_only_d_a_sigma(kind, grows):
    losses = tasks_of(kind)
    tasks = theory.ResamplingInstance(losses=losses, w=[0.0, 0.0], alpha=0.1, steps=1)
    spread = [tasks.deviation(np.array([r, 0.0])) for r in (1e2, 1e4, 1e6)]
    assert max(loss.L for loss in losses) <= (2 if grows else 0.35)
    assert (spread[-1] > 1e4) if grows else (max(spread) < 1)


def test_row_k_has_all_and_row_j_one_sample_for_two():
    w = np.linspace(-1e3, 1e3, 100_001)
    assert abs(np.sin(w)).max() <= 1 and abs(np.cos(w)).max() <= 1
    # row j: A3's last line has two samples in a step; what one has moved, its own Hessian meets
    signs = np.array([1.0, -1.0])
    assert np.mean(signs * signs) == 1
    assert np.mean(np.outer(signs, signs)) == 0


def test_the_rows_f_to_h_fail_where_they_should():
    w = 1e6
    samples = np.array([0.5 * w, 1.5 * w])
    assert samples.mean() == w and np.mean((samples - w) ** 2) > 1e9
    # row g: the gradients are off by at most 1, the Hessians by 2w cos w²
    far = np.sqrt(2 * np.pi * np.arange(1, 1e6, 1e5))
    assert max(abs(np.sin(far**2))) <= 1 and abs(2 * far * np.cos(far**2)).max() > 1e3
    points = np.arange(20.0) - 9.5
    first, second = [
        np.array([points[k] for k in pair])
        for pair in zip(*[(i, j) for i in range(20) for j in range(20) if i != j], strict=True)
    ]
    assert np.mean(second) == pytest.approx(0)
    assert np.mean(first * second) < -1  # without replacement: not independent
