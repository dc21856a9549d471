"""The page of notation: what it says of the package is so, and every later lesson links to it."""

import re

import numpy as np
import pytest

import tinymaml as tm
from tinymaml import theory
from tinymaml.course import material
from tinymaml.problems import CosineWells

pytestmark = pytest.mark.skipif(bool(material.own_course()), reason="a page of this course")
PAGE = "appendix_07_notation"


def page():
    """The text of the page."""
    (found,) = [source for source in material.appendices() if source.name == PAGE]
    return found.text


def test_its_names_are_those_of_the_package():
    names = re.findall(r"`tm\.(\w+)`", page())
    assert {"maml_resampling", "maml_finite_sum", "meta_gradient", "RandomStepsize"} <= set(names)
    assert all(hasattr(tm, name) for name in names)


def test_it_is_linked_from_the_map_and_from_every_lesson_of_parts_two_and_three():
    for number, source in material.sources().items():
        if number == "00" or number >= "07":
            assert f"[Notation]({PAGE}.ipynb)" in source.text, source.path.name


def test_its_constants_are_those_of_the_theory():
    c = theory.FiniteSumConstants(L=2.0, rho=3.0, sigma=1.0, b=0.5, b2=0.3, alpha=0.01, steps=4)
    a, N = 1 + 0.01 * 2.0, 4
    assert c.C_meta == pytest.approx(3 / 2 * a ** (2 * N - 1) * (a**N - 1))
    assert c.C_b == pytest.approx(3 / 2 * a ** (N - 1) * (a**N - 1) ** 2)
    assert c.A == pytest.approx(a ** (2 * N) * 2 + c.C_b * 0.5)
    assert c.C_l == pytest.approx(2 - a ** (2 * N))


@pytest.mark.parametrize("algorithm", ["maml_resampling", "maml_finite_sum"])
def test_each_task_takes_a_gradient_more_than_steps_and_a_product_a_step(algorithm):
    problem = CosineWells()
    settings = dict(alpha=0.1, steps=3, stepsize=0.1, batch=4, iterations=2, progress=False)
    if algorithm == "maml_resampling":
        settings["samples"] = dict(inner=1, hessian=1, outer=1)
    run = getattr(tm, algorithm)
    history = run(problem.loss, np.zeros(1), problem, **settings, target="numpy")
    assert history.gradients_used == 2 * 4 * (3 + 1)
    assert history.hvps_used == 2 * 4 * 3
