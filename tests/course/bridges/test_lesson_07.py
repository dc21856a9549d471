"""What lesson 07 says is in tinymaml: it gives the same as the lesson's function."""

import functools

import numpy as np
import pytest

import tinymaml as tm
from tinymaml.course import judge
from tinymaml.course.exercises import lesson_07 as graders
from tinymaml.problems import Quadratics, networks

pytestmark = pytest.mark.lesson_07


@functools.cache
def lesson():
    """name -> object, for what the lesson defines, with the course's answers."""
    return judge.names_before("07", {})


@pytest.fixture(autouse=True)
def not_in_a_folder(monkeypatch):
    monkeypatch.setenv("TINYMAML_GRADING", "1")


@pytest.mark.parametrize("alpha", [0.1, 0.0001])
def test_meta_gradient(alpha):
    names = lesson()
    params = networks.initial(np.random.default_rng(0), (1, 8, 8, 1), np.float64)
    loss = tm.Loss(names["mse"], params)
    w = loss.flatten(params)
    pairs = names["waves"](np.random.default_rng(1), batch=4, shots=6)
    support, query = (
        [np.array([pair[part][k] for pair in pairs]) for k in range(2)] for part in range(2)
    )
    tasks = tm.Tasks.finite_sum(support=support, query=query)
    theirs = tm.meta_gradient(loss, w, tasks, alpha=alpha, steps=1, target="numpy")
    yours = names["meta_gradient"](loss, w, pairs, alpha)
    assert np.abs(yours - theirs.gradient).max() <= 1e-12 * np.abs(yours).max()
    assert names["meta_loss"](loss, w, pairs, alpha) == pytest.approx(theirs.losses.mean(), 1e-12)


@pytest.mark.parametrize("angles", [(85.0, 95.0), (45.0, 135.0), (30.0, -70.0), (0.5, 0.4)])
def test_the_best_start_is_where_the_lines_cross(angles):
    """The grader of 07.far knows geometry only; Quadratics knows the matrices of the lesson."""
    along = np.radians(angles)
    axes = np.stack([np.cos(along), np.sin(along)], axis=1)
    steep = axes[:, :, None] * axes[:, None, :]
    A = 0.25 * np.eye(2) + 3.75 * steep
    best = Quadratics(A, graders.MINIMA).minimiser(alpha=0.25, steps=1)
    assert np.allclose(best, graders.crossing(angles), rtol=1e-6, atol=1e-9)
