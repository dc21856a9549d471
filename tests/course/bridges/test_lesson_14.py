"""What lesson 14 says is in tinymaml: it gives the same as the lesson's function, and the lines
that the lesson types have the formulas and the reasons of the package's chains."""

import re

import numpy as np
import pytest

from tinymaml import theory
from tinymaml.course import judge, material
from tinymaml.course.exercises import lesson_14 as graders
from tinymaml.course.given import nudges
from tinymaml.theory import extremals, families
from tinymaml.theory.paths import norm

pytestmark = pytest.mark.lesson_14

RNG = np.random.default_rng(0)
INSTANCES = [
    extremals.concave_quadratic(0.3, 4),
    extremals.cosine_near_its_maximum(0.1, 20),
    *(families.resampling(RNG, tasks=1, steps=N, noise=False) for N in (1, 2, 5)),
]


def typed(head):
    """The rows of the lesson's table with this head: pairs (formula, reason), without their $."""
    text = "\n".join(cell.text for cell in material.find("14").cells if cell.kind == "markdown")
    table = text[text.index(head) :].split("\n\n")[0]
    rows = re.findall(r"^\| \(\d\) \| \$(.+?)\$(?:, with .+?)? \| (.+) \|$", table, re.MULTILINE)
    return [(formula, plain(reason)) for formula, reason in rows]


def plain(reason):
    for mark, text in ((r"\nabla ", "∇"), (r"\alpha", "α"), ("**", ""), ("$", "")):
        reason = reason.replace(mark, text)
    return reason


def without_relation(formula):
    return re.sub(r"^(=|\\le) ?", "", formula)


@pytest.mark.parametrize("instance", INSTANCES)
def test_the_lessons_functions_give_the_packages_numbers(instance, names):
    x = instance.tasks[0]
    w, u = x.from_w.points[0], x.from_u.points[0]
    path = names["descend"](x.inner.gradient, w, instance.alpha, instance.steps)
    assert np.allclose(path, x.from_w.points, rtol=1e-12, atol=0)
    arguments = instance.alpha, x.L, instance.steps
    chain = theory.RESULTS["lemma_1"].evaluate(instance)["trajectory"]
    bound = names["farthest"](*arguments, norm(w - u))
    assert bound == pytest.approx(chain.rhs, rel=1e-12)
    g = norm(x.from_w.gradients[0])
    way = names["farthest_from_start"](*arguments, g)
    assert norm(x.from_w.end - w) <= way * (1 + 1e-9)
    assert x.L * way == pytest.approx(x.growth(instance.steps) * g, rel=1e-12)


def test_one_step_is_typed_as_lemma_1_has_it():
    chain = theory.RESULTS["lemma_1"].evaluate(INSTANCES[0])["step"]
    rows = typed(r"| | $\lVert w_1-u_1\rVert$ | why |")
    assert [reason for _, reason in rows] == [line.reason for line in chain.lines]
    for (formula, _), line in zip(rows, chain.lines, strict=True):
        assert line.latex.split(" = ")[-1].startswith(without_relation(formula)), line.latex
        assert formula.startswith(r"\le" if line.relation == "<=" else "=")


def test_the_way_is_typed_as_lemma_9_has_it():
    instance = extremals.concave_quadratics_apart(0.3, 4)
    lines = theory.RESULTS["lemma_9"].evaluate(instance)["query"].lines
    first = [line.reason.startswith("the inner steps") for line in lines].index(True)
    rows = typed(r"| | $\lVert w_N-w\rVert$ | why |")
    assert len(rows) == 4
    for (formula, reason), line in zip(rows, lines[first:], strict=False):
        assert line.reason.startswith(reason.split(",")[0]), line.reason
        assert formula.startswith(r"\le" if line.relation == "<=" else "=")


def test_the_lines_to_be_ordered_are_those_of_lemma_2(names):
    """The value of each letter, from its formula, is that of the line in its place."""
    instance = families.resampling(np.random.default_rng(3), tasks=1, steps=2, noise=False)
    x = instance.tasks[0]
    chain = theory.RESULTS["lemma_2"].evaluate(instance)["trajectory"]
    points, gradients = x.from_w.points, x.from_w.gradients
    size, length = norm(gradients), norm(np.diff(points, axis=0))
    change = norm(np.diff(gradients, axis=0))
    letters = {
        "A": x.a * size[1],
        "B": size[1] + x.L * length[1],
        "C": x.a**2 * size[0],
        "D": size[2],
        "E": x.a * (size[0] + x.L * length[0]),
        "F": size[1] + change[1],
        "H": x.a * (size[0] + change[0]),
    }
    assert names["order"] == graders.LINES
    ordered = [letters[letter] for letter in names["order"]]
    assert ordered == pytest.approx([line.value for line in chain.lines], rel=1e-12)


@pytest.mark.parametrize(
    ("name", "claim"),
    [
        ("lemma_1", "step"),
        ("lemma_1", "trajectory"),
        ("lemma_2", "trajectory"),
        ("lemma_9", "query"),
    ],
)
def test_equality_is_attained_by_what_the_lesson_says(name, claim):
    """Concave quadratics."""
    attained = theory.RESULTS[name].attained[claim]
    assert attained.how == "attained" and attained.by.startswith("concave_quadratic")
    text = " ".join(cell.text for cell in material.find("14").cells if cell.kind == "markdown")
    assert text.count("concave\nquadratic") + text.count("concave quadratic") >= 3


def test_the_witness_says_what_lemma_1_says():
    """The typed numbers; tests/theory/test_performance_estimation.py prints PEPit's."""
    text = "\n".join(cell.text for cell in material.find("14").cells if cell.kind == "markdown")
    rows = re.findall(r"^\| \$N=(\d)\$ \| ([\d.]+) \| ([\d.]+) \| ([\d.]+) \|$", text, re.MULTILINE)
    assert len(rows) == 3
    for steps, *typed in rows:
        instance = extremals.concave_quadratic(0.3, int(steps))
        chain = theory.RESULTS["lemma_1"].evaluate(instance)["trajectory"]
        factor = chain.rhs / norm(instance.w - instance.u)
        assert [float(number) for number in typed] == pytest.approx([factor] * 3, abs=5e-5)


def test_curvatures_are_those_of_lesson_07():
    theirs = judge.names_before("07", {})
    matrix = np.diag([3.0, -7.0, 1.0, 0.5]) + 0.1
    loss = theory.Quadratic(matrix, np.zeros(4))
    loss.hvp = lambda w, v: matrix @ v
    found = nudges.extremes(loss, np.ones((2, 4)), (), steps=200)
    names = "largest_curvature", "lowest_curvature"
    assert found == pytest.approx([theirs[name](lambda v: matrix @ v, 4) for name in names])
    eigenvalues = np.linalg.eigvalsh(matrix)
    assert found == pytest.approx([-eigenvalues[0], eigenvalues[0]], rel=1e-6)


def test_no_nudge_moves_the_end_more_than_the_worst():
    loss = theory.CosineSum(RNG.normal(size=(5, 3)), np.ones(5), np.zeros(5))
    alpha = 0.3 / loss.L
    run = [RNG.normal(size=3)]
    for _ in range(4):
        run.append(run[-1] - alpha * loss.gradient(run[-1]))
    run = np.array(run)
    nudge = nudges.worst_nudge(lambda w, v: loss.hessian(w) @ v, run, alpha, rounds=200)
    derivative = np.eye(3)
    for w in run[:-1]:
        derivative = derivative - alpha * loss.hessian(w) @ derivative
    moved = np.linalg.norm(derivative @ nudge)
    assert moved == pytest.approx(np.linalg.norm(derivative, 2), rel=1e-6)
