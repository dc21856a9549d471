"""What lesson 13 says is in tinymaml: it gives the same as the lesson's function or formula."""

import functools
import re
from itertools import pairwise, product

import numpy as np
import pytest

from tinymaml import theory
from tinymaml.course import judge, material
from tinymaml.course.figures import lesson_13 as figures
from tinymaml.course.given import assumptions, curvature

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


def test_drift_is_the_first_line_of_lemma_5():
    rng = np.random.default_rng(3)
    *_, loss = cosine_sum(rng)
    w, noise = rng.normal(size=3), rng.normal(size=(4, 3))
    x = theory.ResamplingInstance(
        losses=[loss], w=w, alpha=0.2, steps=4, noise=[*noise, np.zeros(3)]
    )
    theirs = theory.RESULTS["lemma_5"].evaluate(x)["drift"].lhs
    assert lesson()["drift"](loss, w, 0.2, noise) == pytest.approx(theirs, rel=1e-12)


def test_power_iteration_is_that_of_lesson_07():
    A = np.random.default_rng(4).normal(size=(6, 6))
    A = A + A.T
    ours = curvature.largest_curvature(lambda v: A @ v, 6, 50)
    assert ours == lesson("07")["largest_curvature"](lambda v: A @ v, 6, 50)


def test_the_false_line_of_the_valley_is_the_one_that_drops_the_product():
    valley = lesson()["with_signs"]([[1.0]], [1.0], 0.5, [[0.5], [0.5]], fresh=False)
    chain = theory.RESULTS["lemma_5"].evaluate(valley)["drift"]
    assert [set(chain.lines[k].cites) for k in chain.violations] == [{"A3 unbiased", "fresh S"}]
    assert chain.lhs <= chain.rhs
    assert [number for number, _, true in assumptions.lines_10_to_14(chain) if not true] == [11]


def test_lines_10_to_14_are_those_of_lemma_5():
    source = next(found for found in material.notebooks() if found.number == "13")
    text = "\n".join(cell.text for cell in source.cells if cell.kind == "markdown")
    typed = dict(re.findall(r"^\| \((1[0-4])\) \|.*\| (.+) \|$", text, re.MULTILINE))
    valley = lesson()["with_signs"]([[1.0]], [1.0], 0.5, [[0.5], [0.5]], fresh=False)
    chain = theory.RESULTS["lemma_5"].evaluate(valley)["drift"]
    # the lesson does not say which of A3's words (11) uses: its readers guess the false line
    typed_words = "expand", "A3", "triangle inequality", "A1", "A3"
    words = "expand", "fresh", "triangle inequality", "A1", "A3"
    assert [int(number) for number in typed] == list(assumptions.LINES)
    places = assumptions.LINES.values()
    rows = zip(typed.items(), typed_words, places, words, strict=True)
    for (number, reason), typed_word, k, word in rows:
        assert typed_word in reason and word in chain.lines[k].reason, number


def test_the_valley_shortens_what_line_12_lengthens():
    valley = lesson()["with_signs"]([[1.0]], [1.0], 0.5, [[0.5], [0.5]], fresh=False)
    chain = theory.RESULTS["lemma_5"].evaluate(valley)["drift"]
    values = [line.value for line in chain.lines]
    assert values[1] - values[2] == pytest.approx(0.0625)
    assert values[3] - values[2] == pytest.approx(0.125)


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


def test_the_paths_of_the_figure_are_those_of_the_lessons_noise():
    valley, ones = theory.Quadratic([[1.0]], [0.0]), np.ones((4, 1))
    drift = lesson()["drift"](valley, np.array([2.0]), 0.1, ones)
    paths = np.array([figures.path_with(signs, 0.1) for signs in product((1, -1), repeat=4)])
    exact = lesson()["exact_path"](valley, [2.0], 0.1, 4)[:, 0]
    assert np.mean((paths - exact)[:, -1] ** 2) == pytest.approx(drift)
    # the 14 paths with both signs end nearer to the middle than the two others
    ends = np.sort(abs(paths - exact)[:, -1])
    assert ends[13] < 0.2 < 0.34 < ends[14] == pytest.approx(ends[15])
