"""Lesson 00: its map is that of the course, and numbers that its text states without a cell."""

import json

import numpy as np
import pytest

import tinymaml as tm
from tinymaml.course import build, material
from tinymaml.course.figures import course_map, lesson_00
from tinymaml.problems import Sinusoids

pytestmark = [
    pytest.mark.lesson_00,
    pytest.mark.skipif(bool(material.own_course()), reason="it is a lesson of this course"),
]


def test_the_map_has_the_titles_of_the_lessons():
    on_the_map = {number: name for _, row in course_map.ROWS for number, name in row.items()}
    assert list(on_the_map) == [f"{k:02}" for k in range(27)]
    for number, source in material.sources().items():
        title = source.title.removeprefix(f"{number} · ")
        assert title.startswith(on_the_map[number]), source.path.name


def test_the_map_in_the_notebook_is_of_the_lessons_that_are_there():
    _, complete = build.paths(material.find("00"))
    cells = json.loads(complete.read_text(encoding="utf-8"))["cells"]
    (drawn,) = [cell for cell in cells if "figures.course()" in "".join(cell["source"])]
    said = "".join(drawn["outputs"][0]["data"]["text/plain"])
    assert said == course_map.describe_map(set(material.sources()))


def test_every_lesson_of_the_proof_is_on_its_route():
    proof = {number for label, row in course_map.ROWS[2:4] for number in row}
    assert course_map.PROOF_ROUTE == proof | {"00", "07", "08"}
    assert course_map.CODE_ROUTE == {number for _, row in course_map.ROWS[:2] for number in row}


def test_the_grey_wave_is_the_wave_behind_the_query_points():
    x = np.random.default_rng(0).uniform(-5, 5, (100, 1)).astype(np.float32)
    grid, wave = lesson_00.whole_wave(x, 3.0 * np.sin(x - 0.7))
    assert grid[0] == -5 and grid[-1] == 5
    np.testing.assert_allclose(wave, 3.0 * np.sin(grid - 0.7), atol=1e-5)


def test_a_table_is_aligned_under_its_heads(capsys):
    lesson_00.table(["start", "error", "gradients"], [["MAML", np.float32(0.716), 100_000]])
    lesson_00.table(["steps", "10 steps"], [[10, "0.38 ± 0.05"]])
    assert capsys.readouterr().out.splitlines() == [
        "start   error   gradients",
        "MAML     0.72     100,000",
        "steps      10 steps",
        "10      0.38 ± 0.05",
    ]


@pytest.fixture(scope="module")
def trained():
    """The lesson's network, MAML's start, and the new waves."""
    waves = Sinusoids(shots=10, dtype=np.float32)
    settings = dict(alpha=0.01, steps=1, stepsize=tm.Adam(1e-3), batch=25, iterations=2000)
    history = tm.maml_finite_sum(waves.loss, waves.start, waves, **settings, progress=False)
    new = Sinusoids(shots=10, queries=100, dtype=np.float32)
    return waves.loss, history.w, new.sample(np.random.default_rng(1), 600)


@pytest.mark.slow
def test_the_largest_curvatures_at_mamls_start(trained):
    """The numbers depend on the machine's rounding."""
    loss, w, new = trained
    found = []
    for x, y in zip(new.inner[0][:12], new.inner[1][:12], strict=True):
        v = np.random.default_rng(0).normal(size=w.size).astype(w.dtype)
        for _ in range(30):
            u = v / np.linalg.norm(v)
            v = loss.hvp(w, u, x, y)
        found.append(float(u @ v))
    assert min(found) == pytest.approx(116, rel=0.1)
    assert max(found) == pytest.approx(238, rel=0.1)


@pytest.mark.slow
def test_what_longer_steps_do_to_the_mean_and_the_range(trained):
    loss, w, new = trained
    found = tm.evaluate(loss, w, new, alpha=0.02, steps=3)
    np.testing.assert_allclose(found.mean[[1, 3]], [1.81, 3.54], rtol=0.1)
    diverged = tm.evaluate(loss, w, new, alpha=0.05, steps=50).diverged
    assert diverged[10] == 0 and 150 < diverged[50] < 300


@pytest.mark.slow
def test_the_best_single_curve_is_the_mean_of_all_waves():
    """And no multiple of it is better, on many waves."""
    many = Sinusoids(shots=1, queries=10).sample(np.random.default_rng(0), 100_000)
    x, y = many.outer
    errors = [np.mean((a * np.cos(x) - y) ** 2) for a in (-1.72, -1.62, -1.52)]
    assert np.argmin(errors) == 1 and errors[1] == pytest.approx(3.0, rel=0.02)
