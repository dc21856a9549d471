"""What the graders of lesson 13 make anew is what the lesson gives."""

import numpy as np
import pytest

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
