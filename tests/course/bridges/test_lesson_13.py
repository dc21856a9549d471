"""What lesson 13 says is in tinymaml: it gives the same as the lesson's function or formula."""

import functools
from itertools import pairwise

import numpy as np
import pytest

from tinymaml import theory
from tinymaml.course import judge
from tinymaml.course.exercises import lesson_13
from tinymaml.course.given import curvature

pytestmark = pytest.mark.lesson_13


@functools.cache
def lesson(number="13"):
    """name -> object, for what the lesson defines, with the course's answers."""
    return judge.names_before(number, {})


@pytest.fixture(autouse=True)
def not_in_a_folder(monkeypatch):
    monkeypatch.setenv("TINYMAML_GRADING", "1")


def cosine_sum(rng):
    x, c, phi = rng.normal(size=(4, 3)), rng.normal(size=4), rng.uniform(-3, 3, 4)
    return x, c, phi, theory.CosineSum(x, c, phi)


def test_the_certificates_of_the_cosine_sum_are_lines_5_and_9():
    rng = np.random.default_rng(0)
    for _ in range(5):
        x, c, phi, loss = cosine_sum(rng)
        X = x[:, :, None] * x[:, None, :]
        assert loss.L == pytest.approx(np.linalg.norm(np.tensordot(abs(c), X, 1), 2), rel=1e-9)
        lengths = np.linalg.norm(x, axis=1)
        rho = np.linalg.norm(np.tensordot(abs(c) * lengths, X, 1), 2)
        assert loss.rho == pytest.approx(rho, rel=1e-9)


def test_lines_6_to_9_are_a_chain_with_the_missing_one():
    rng = np.random.default_rng(1)
    for size in (0.01, 1, 10):
        x, c, phi, loss = cosine_sum(rng)
        w, u = size * rng.normal(size=(2, 3))
        X, change = x[:, :, None] * x[:, None, :], np.cos(x @ w + phi) - np.cos(x @ u + phi)
        chain = [
            np.linalg.norm(loss.hessian(w) - loss.hessian(u), 2),
            np.linalg.norm(np.tensordot(abs(c) * abs(change), X, 1), 2),
            lesson()["line_8"](x, c, phi, w, u),
            loss.rho * np.linalg.norm(w - u),
        ]
        assert all(above <= below * (1 + 1e-9) for above, below in pairwise(chain))


def test_lipschitz():
    rng = np.random.default_rng(2)
    x, y = rng.normal(size=(7, 3)), rng.choice([-1.0, 1.0], 7)
    yours = lesson()["lipschitz"](x, y, 0.3)
    assert yours == pytest.approx(theory.Logistic(x, y, ridge=0.3).L, rel=1e-9)


def test_power_iteration_is_that_of_lesson_07():
    A = np.random.default_rng(4).normal(size=(6, 6))
    A = A + A.T
    ours = curvature.largest_curvature(lambda v: A @ v, 6, 50)
    assert ours == lesson("07")["largest_curvature"](lambda v: A @ v, 6, 50)


def test_the_network_has_no_L():
    """With one weight s of W3 and all others 0, the curvature along its unit's bias is 2s²."""
    names = lesson()
    net, first, wave = names["net"], names["first"], names["wave"]
    zeros = {name: np.zeros_like(array) for name, array in first.items()}
    for s in (1.0, 100.0):
        along = {name: array.copy() for name, array in zeros.items()}
        weights = {name: array.copy() for name, array in zeros.items()}
        weights["W3"].flat[0], along["b2"].flat[0] = s, 1
        v = net.flatten(along)
        assert v @ net.hvp(net.flatten(weights), v, *wave) == pytest.approx(2 * s**2)


def test_the_certificate_of_the_classifier_is_attained_at_0():
    classifier = lesson()["classifier"]
    assert np.linalg.norm(classifier.hessian(np.zeros(6)), 2) == pytest.approx(classifier.L)


def test_a_grid_and_a_certified_rho_certify_an_L():
    """The student's last line, with ρ = |x|³ in place of r; with r it is false on some."""
    rng = np.random.default_rng(5)
    fooled = 0
    for x, phi in [*rng.uniform(-1500, 1500, (300, 2)), (200 * np.pi, np.pi / 2), (2.0, 0.3)]:
        points = np.linspace(0, 1, 101)
        k = np.abs(x**2 * np.cos(x * points + phi)).max()
        truth = lesson_13.largest_between(x, phi)
        dense = np.abs(x**2 * np.cos(x * np.linspace(0, 1, 100_001) + phi)).max()
        assert dense <= truth * (1 + 1e-12) and truth == pytest.approx(dense, rel=1e-3)
        assert truth <= (k + abs(x) ** 3 * 0.01 / 2) * (1 + 1e-12)
        fooled += truth > 1.05 * lesson_13.students_bound(x, phi)
    assert fooled >= 1
