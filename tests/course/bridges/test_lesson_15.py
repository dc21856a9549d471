"""What lesson 15 types is what the theory package computes: the lines of Lemma 3, the telescope,
the constants."""

import re

import numpy as np
import pytest

from tinymaml import theory
from tinymaml.course import material
from tinymaml.course.exercises import lesson_15
from tinymaml.course.given.waves import Wave, instance
from tinymaml.theory import families
from tinymaml.theory.results import lemma_3

pytestmark = pytest.mark.lesson_15

REASONS = {  # in the lesson's table -> how the chain's begins
    "telescoping": "telescoping",
    "triangle inequality": "triangle inequality",
    "operator norm": "the norm of a product is at most the product",
    "**A1**, $L$": "A1: each factor is at most a",
    "**A1**, ρ": "A1: ∇²l is ρ-Lipschitz",
    "**Lemma 1**": "Lemma 1",
    "geometric series": "geometric series",
}


def planes():
    """Instances in the plane, with 1 to 4 steps."""
    rng = np.random.default_rng(0)
    return [families.resampling(rng, dimension=2, steps=n, tasks=2) for n in range(1, 5)]


def test_the_lines_of_lemma_3_are_those_of_the_chain():
    text = "\n".join(cell.text for cell in material.find("15").cells if cell.kind == "markdown")
    table = text[text.index("This is **Lemma 3**") : text.index("**Exercise 15.product**")]
    typed = re.findall(r"^\| \((\d)\) \| \$(.+)\$ \|(.*)\|$", table, re.MULTILINE)
    chain = lemma_3.RESULT.evaluate(planes()[2])["lipschitz"]
    assert len(typed) == len(chain.lines)
    relations = {"\\le": "<=", "=": "="}
    rows = list(zip(typed, chain.lines, strict=True))
    for (number, formula, reason), line in rows[1:]:
        assert line is chain.lines[int(number)]
        assert relations[re.match(r"\\le|=", formula)[0]] == line.relation
        (known,) = [words for words in REASONS if reason.strip().startswith(words)]
        assert line.reason.startswith(REASONS[known])


def test_telescope(names):
    for x in planes():
        for task in x.tasks:
            factors = list(task.from_w.factors), list(task.from_u.factors)
            assert np.allclose(names["telescope"](*factors), lemma_3.terms(task), atol=1e-15)


def test_split(names):
    (x, *_) = planes()
    task = x.tasks[0]
    at = task.from_w, task.from_u
    gradients = [path.outer_gradient for path in at]
    parts = names["split"](*(path.product for path in at), *gradients)
    difference = task.from_w.meta_gradient - task.from_u.meta_gradient
    assert np.allclose(sum(parts), difference)


def test_the_bounds(names):
    for x in planes():
        a, b = x.w, x.u
        bound = names["product_moves"](x.alpha, x.L, x.rho, x.steps, np.linalg.norm(a - b))
        assert bound == pytest.approx(lemma_3.RESULT.evaluate(x)["lipschitz"].rhs, rel=1e-12)
        A, C, L_w = names["anchored"](x)
        chain = theory.RESULTS["proposition_1"].evaluate(x)["lipschitz"]
        assert L_w * np.linalg.norm(a - b) == pytest.approx(chain.rhs, rel=1e-12)
        c = theory.RESULTS["proposition_1"].evaluate(x)["constant"]
        assert (A, C) == pytest.approx((x.a ** (2 * x.steps) * x.L, c.rhs), rel=1e-12)


def test_what_the_other_end_gives(names):
    """What is said after 15.anchor: R ≤ (3/2) L_u ‖w − u‖²; on the wave line 5 holds too."""
    rng = np.random.default_rng(0)
    for alpha, steps in ((0.5, 1), (1.0, 1), (0.25, 3)):
        wave = instance([Wave(0.5, 0.5)], alpha, steps)
        for w, u in rng.uniform(-60, 60, (50, 2)):
            at_w, at_u = wave.replace(w=[w]), wave.replace(w=[u])
            change = wave.meta_loss(at_u.w) - wave.meta_loss(at_w.w)
            R = change - at_w.meta_gradient[0] * (u - w)
            assert lesson_15.remainder(alpha, steps, w, u) == pytest.approx(R, abs=1e-9)
            bound = names["anchored"](at_u)[2] * (w - u) ** 2 / 2
            assert R <= bound
    assert "Line 5 is false too" in lesson_15.what_becomes_of_line_5(2.0, 1.0)
    assert "Line 5 holds here" in lesson_15.what_becomes_of_line_5(1.0, 2.0)


def test_a_wave_is_what_it_says():
    loss = Wave(0.3, -0.6, slope=2.0)
    w = np.linspace(-5, 5, 41)[:, None]
    h = 1e-5
    slope = (loss.value(w + h) - loss.value(w - h)) / (2 * h)
    assert np.allclose(loss.gradient(w)[:, 0], slope, atol=1e-8)
    curvature = (loss.gradient(w + h) - loss.gradient(w - h)) / (2 * h)
    assert np.allclose(loss.hessian(w)[:, 0], curvature, atol=1e-8)
    assert (loss.L, loss.rho) == pytest.approx((0.9, 0.6))
    assert np.abs(loss.hessian(w)).max() <= loss.L
    x = instance([loss], alpha=0.1, steps=2, w=1.0, u=2.0)
    assert (x.L, x.rho, x.steps) == pytest.approx((0.9, 0.6, 2))


def test_curvature_at_rest_grows_with_the_slopes(names):
    """With A1 alone no L0, L1 serve: at a stationary point the curvature grows with the slopes."""
    curvatures = []
    for slope in (100.0, 1000.0):
        pair = instance([Wave(0.1, 0.9, slope), Wave(0.1, -0.9, -slope)], 1 / 8, 2)
        w = np.linspace(-6, 9, 3001)[:, None]
        flat = np.abs(pair.meta_gradient_at(w)[:, 0]) < 0.01 * slope
        curvatures.append(names["curvature"](pair, w)[flat].max())
        assert pair.a ** (2 * pair.steps) < 2
    assert curvatures[0] == pytest.approx(21, abs=1.5)
    assert curvatures[1] > 9 * curvatures[0]
