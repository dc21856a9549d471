"""What lesson 16 says is in tinymaml, and its typed proof beside the chain that it runs."""

import re

import numpy as np
import pytest

from tinymaml.course import material
from tinymaml.course.exercises import lesson_16 as graders
from tinymaml.course.given.student import students_proof
from tinymaml.theory import RESULTS, CosineSum, Quadratic, ResamplingInstance, extremals, families
from tinymaml.theory.figures import curvature_at_rest
from tinymaml.theory.formula import plain
from tinymaml.theory.paths import Path

pytestmark = pytest.mark.lesson_16


def text():
    cells = material.find("16").cells
    return "\n".join(cell.text for cell in cells if cell.kind == "markdown")


def run_cell(names, start):
    """The names that the code cell with this start defines, up to its first two blank lines."""
    found = [cell.text for cell in material.find("16").cells if cell.text.startswith(start)]
    assert len(found) == 1
    space = dict(names)
    exec(found[0].split("\n\n\n")[0], space)
    return space


@pytest.mark.parametrize("steps", [0, 1, 7])
def test_curvature_at_rest(names, steps):
    hill, bowl = CosineSum([[1.0]], [1.0], [0.0]), Quadratic([[0.7]], [0.0])
    for loss, curvature in ((hill, -1.0), (bowl, 0.7)):
        theirs = curvature_at_rest(loss, 0.0, 0.3, steps)
        assert names["meta_curvature"](curvature, 0.3, steps) == pytest.approx(theirs, 1e-12)


def test_the_lessons_steps_are_the_packages(names):
    hill = CosineSum([[1.0]], [1.0], [0.0])
    theirs = Path(hill, hill, np.array([0.2]), 0.5, 6).points[:, 0]
    np.testing.assert_allclose(names["trajectory"](0.2, 0.5, 6), theirs, rtol=1e-12)


def test_the_lessons_meta_gradient_is_the_packages(names):
    hill = CosineSum([[1.0]], [1.0], [0.0])
    theirs = Path(hill, hill, np.array([0.2]), 0.5, 6).meta_gradient[0]
    meta_gradient = run_cell(names, "def meta_gradient")["meta_gradient"]
    assert meta_gradient(0.2, 0.5, 6) == pytest.approx(theirs, 1e-12)


@pytest.mark.parametrize("c", [1 / 8, 0.3674])
def test_a_task_alone_lies_between_the_two_circles(c):
    rng = np.random.default_rng(1)
    for _ in range(50):
        task = families.resampling(rng, tasks=1, steps=3, noise=False, hessian_noise=False)
        task = task.replace(alpha=c / (3 * task.L))
        length = np.linalg.norm(task.gradient)
        assert np.linalg.norm(task.meta_gradient) >= (1 - c / 3) ** 6 * length * (1 - 1e-9)
        apart = np.linalg.norm(task.meta_gradient - task.gradient)
        assert apart <= ((1 + c / 3) ** 6 - 1) * length * (1 + 1e-9)


def test_two_tasks_whose_meta_gradients_cancel(names):
    """The bowl and the hill of the lesson, by the package, and the bound of Lemma 7 there."""
    names = run_cell(names, "alpha = 1 / 24")
    # w − p and −(w − p) at w = 0
    bowl, hill = names["slopes"]
    x = ResamplingInstance(
        losses=[Quadratic([[1.0]], [-bowl]), Quadratic([[-1.0]], [hill])],
        w=[0.0],
        u=[1.0],
        weights=[0.5, 0.5],
        steps=3,
        alpha=names["alpha"],
    )
    x = x.replace(sigma=x.deviation())
    assert x.gradient[0] == pytest.approx(names["slopes"].mean())
    assert np.abs(x.meta_gradient)[0] < 1e-12
    chain = RESULTS["lemma_7"].evaluate(x)["solved"]
    assert chain.rhs == pytest.approx(names["bound_of_mean"], 1e-12)


def test_the_washboard_is_the_cosine_in_a_moving_frame(names):
    trajectory, s = names["trajectory"], 4 * np.pi
    moved = trajectory(0.05, 0.5, 10, s) - 2 * np.pi * np.arange(11)
    np.testing.assert_allclose(moved, trajectory(0.05, 0.5, 10), atol=1e-12)


def test_the_convex_bound_that_the_lesson_states():
    x = extremals.convex_teeth(0.5, 3)
    stated = x.L + x.steps * x.alpha * x.rho * x.gradient_norm
    chain = RESULTS["proposition_1_sharp"].evaluate(x)["convex"]
    assert chain.rhs == pytest.approx(stated * abs(x.w - x.u)[0], 1e-12)


def test_the_students_proof_is_the_typed_one():
    """Reasons and formulas, line by line."""
    rows = re.findall(r"\| \((\d)\) \| \$(.+?)\$ \| (.+?) \|", text().split("16.power")[1])
    chain = students_proof(c=1.0, N=10)
    assert [int(number) for number, _, _ in rows] == list(range(6))
    for (_, formula, reason), line in zip(rows, chain.lines, strict=True):
        assert formula.removeprefix("=").removeprefix(r"\le").strip() == line.latex
        said = re.sub(r"\$([^$]+)\$", lambda found: plain(found[1]), reason)
        spaceless = [
            re.sub(r"\s|\\,", "", words).replace("′", "'") for words in (said, line.reason)
        ]
        assert spaceless[0] == spaceless[1]


@pytest.mark.parametrize("c, N", [(1.0, 2), (0.3, 5), (1.0, 10)])
def test_the_students_proof_is_the_graders(c, N):
    values = [line.value for line in students_proof(c, N).lines]
    assert values == pytest.approx(graders.lines_of_proof(c, N), rel=1e-12)


def test_its_false_lines():
    assert list(students_proof(c=1.0, N=2).violations) == [5]
    assert list(students_proof(c=1.0, N=10).violations) == [3, 5]


@pytest.mark.parametrize("alpha", [0.5, 2.0])
def test_the_ridge(alpha):
    """log(1 + e^−x) + cos y: no point of rest, and 𝓛_yy = −a^2N on y = 0."""

    def slope(y, steps=6):
        """∂𝓛/∂y at (0, y): the loss is a sum, and y does not see x."""
        product = 1.0
        for _ in range(steps):
            product *= 1 + alpha * np.cos(y)
            y = y + alpha * np.sin(y)
        return -np.sin(y) * product

    found = (slope(1e-7) - slope(-1e-7)) / 2e-7
    assert found == pytest.approx(-((1 + alpha) ** 12), 1e-4)
