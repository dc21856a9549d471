"""What the samplers give: shapes, fresh samples of one task, reproducible draws, and a loss that
every machine runs."""

import pickle

import numpy as np
import pytest

import tinymaml as tm
from tinymaml.problems import (
    CosineSums,
    CosineWells,
    Digits,
    LinearRegression,
    Quadratics,
    RankOne,
    Sinusoids,
)

RNG = np.random.default_rng(0)
PROBLEMS = {
    "sinusoids": lambda: Sinusoids(5, noise=0.1),
    "quadratics": lambda: Quadratics.random(np.random.default_rng(0), shift=0.2, noise=0.5),
    "cosine sums": lambda: CosineSums.random(np.random.default_rng(0), shift=0.2, noise=0.5),
    "cosine wells": lambda: CosineWells(noise=0.2),
    "regression": LinearRegression,
    "rank one": RankOne,
    "digits": lambda: Digits(dtype=np.float64),
}
SAMPLES = dict(inner=3, hessian=2, outer=4)
RESAMPLED = [name for name in PROBLEMS if name != "rank one"]


@pytest.fixture(params=PROBLEMS)
def problem(request):
    if request.param == "digits":
        pytest.importorskip("sklearn", reason="needs the extra tinymaml[digits]")
    return PROBLEMS[request.param]()


def both(problem):
    yield problem.sample(np.random.default_rng(1), 3)
    if hasattr(problem, "resample"):
        yield problem.resample(np.random.default_rng(1), 3, 2, SAMPLES)


def arrays(tasks):
    return [*tasks.inner, *tasks.hessian, *tasks.outer]


def equal(tasks, others):
    pairs = zip(arrays(tasks), arrays(others), strict=True)
    return all(np.array_equal(a, b) for a, b in pairs)


def test_the_compiled_machine_agrees(problem):
    for tasks in both(problem):
        assert len(tasks) == 3
        for method in ("exact", "first-order"):
            compiled, plain = (
                tm.meta_gradient(
                    problem.loss,
                    problem.start.astype(float),
                    tasks,
                    alpha=0.1,
                    steps=2,
                    method=method,
                    target=target,
                )
                for target in ("cpu", "numpy")
            )
            assert np.allclose(compiled.gradient, plain.gradient, rtol=1e-11, atol=1e-13)
            assert np.allclose(compiled.losses, plain.losses, rtol=1e-12)


def test_the_same_seed_gives_the_same_tasks_and_another_one_others(problem):
    for first, again in zip(both(problem), both(problem), strict=True):
        assert equal(first, again)
    first = problem.sample(np.random.default_rng(1), 3)
    assert not equal(first, problem.sample(np.random.default_rng(5), 3))


def test_a_copy_is_as_good_even_after_use(problem):
    """Other processes get problems as copies; reading `loss` must not stop that."""
    w = problem.start.astype(float)
    problem.loss.gradient(w, *(a[0] for a in problem.sample(np.random.default_rng(1), 1).outer))
    copy = pickle.loads(pickle.dumps(problem))
    for tasks, again in zip(both(problem), both(copy), strict=True):
        first = tm.meta_gradient(problem.loss, w, tasks, alpha=0.1, steps=2, target="numpy")
        second = tm.meta_gradient(copy.loss, w, again, alpha=0.1, steps=2, target="numpy")
        assert np.array_equal(first.gradient, second.gradient)
    assert problem.loss.name == copy.loss.name


def test_no_inner_steps_no_inner_samples(problem):
    if hasattr(problem, "resample"):
        tasks = problem.resample(np.random.default_rng(1), 3, 0, SAMPLES)
        r = tm.meta_gradient(
            problem.loss, problem.start.astype(float), tasks, alpha=0.1, steps=0, target="numpy"
        )
        assert np.isfinite(r.gradient).all()


@pytest.mark.slow
def test_meta_training_brings_the_loss_down(problem):
    history = tm.maml_finite_sum(
        problem.loss,
        problem.start + problem.start.dtype.type(0.05),
        problem,
        alpha=0.02,
        steps=2,
        stepsize=tm.Adam(0.01),
        batch=20,
        iterations=200,
        seed=0,
        progress=False,
    )
    assert history.losses[-40:].mean() < history.losses[:40].mean() + 1e-9


# ---- sinusoids


def test_without_noise_sinusoids_draw_what_they_always_drew():
    """Amplitudes, phases, then x: what others were trained on stays what it was."""
    tasks, rng = Sinusoids(4, 3).sample(np.random.default_rng(7), 2), np.random.default_rng(7)
    amplitude, phase = rng.uniform(0.1, 5.0, (2, 1, 1)), rng.uniform(0.0, np.pi, (2, 1, 1))
    x = rng.uniform(-5.0, 5.0, (2, 7, 1))
    assert np.array_equal(np.concatenate([tasks.inner[0], tasks.outer[0]], 1), x)
    assert np.array_equal(
        np.concatenate([tasks.inner[1], tasks.outer[1]], 1), amplitude * np.sin(x - phase)
    )


@pytest.mark.parametrize("noise", [0.0, 0.3])
def test_fresh_points_lie_on_the_wave_of_their_task(noise):
    S, D, T, N, B = 40, 30, 50, 3, 4
    tasks = Sinusoids(noise=noise).resample(
        np.random.default_rng(0), B, N, dict(inner=S, hessian=D, outer=T)
    )
    assert [a.shape for a in (tasks.inner[0], tasks.hessian[1], tasks.outer[0])] == [
        (B, N, S, 1),
        (B, N, D, 1),
        (B, T, 1),
    ]
    parts = (tasks.inner, tasks.hessian, tasks.outer)
    x = np.concatenate([part[0].reshape(B, -1) for part in parts], axis=1)
    y = np.concatenate([part[1].reshape(B, -1) for part in parts], axis=1)
    for b in range(B):
        assert len(np.unique(x[b])) == N * S + N * D + T  # no point twice
        wave = np.column_stack([np.sin(x[b]), np.cos(x[b])])
        residual = y[b] - wave @ np.linalg.lstsq(wave, y[b])[0]
        assert residual.std() < 1e-14 if noise == 0 else abs(residual.std() - noise) < 0.1 * noise


# ---- populations


def test_every_task_of_a_population_is_drawn_equally_often():
    problem = Quadratics.random(np.random.default_rng(0), tasks=4)
    _, c = problem.sample(np.random.default_rng(1), 4000).outer
    counts = [np.sum(np.all(c[:, 0] == centre, axis=1)) for centre in problem.c]
    assert sum(counts) == 4000 and all(abs(n - 1000) < 5 * np.sqrt(750) for n in counts)


def test_support_centres_are_shifted_and_fresh_ones_are_not():
    rng = np.random.default_rng(0)
    problem = Quadratics.random(rng, tasks=1, shift=1.0)
    tasks = problem.sample(rng, 2)
    assert np.array_equal(tasks.inner[1][0, 0], problem.c[0] + problem.shift[0])
    assert np.array_equal(tasks.outer[1][0, 0], problem.c[0])
    fresh = problem.resample(rng, 2, 3, SAMPLES)  # without noise every sample is the task itself
    assert all(
        (part[1] == problem.c[0]).all() for part in (fresh.inner, fresh.hessian, fresh.outer)
    )
    sums = CosineSums.random(rng, tasks=1, shift=1.0)
    tasks = sums.sample(rng, 2)
    assert np.array_equal(tasks.inner[2][0, 0], sums.phi[0] + sums.shift[0])
    assert np.array_equal(tasks.outer[2][0, 0], sums.phi[0])


def test_samples_of_a_cosine_sum_are_shifted_by_plus_or_minus_the_noise():
    rng = np.random.default_rng(0)
    problem = CosineSums.random(rng, tasks=1, terms=3, noise=0.4)
    tasks = problem.resample(rng, 5, 4, dict(inner=20, hessian=10, outer=30))
    for x, c, phi in (tasks.inner, tasks.hessian, tasks.outer):
        assert np.allclose(np.abs(phi - problem.phi[0]), 0.4)
        assert np.allclose(c, problem.c[0] / np.cos(0.4))
        assert (x == problem.x).all()
        signs = np.sign(phi - problem.phi[0])
        assert abs(signs.mean()) < 5 / np.sqrt(signs.size)
        assert abs((signs[..., 0] * signs[..., 1]).mean()) < 5 / np.sqrt(signs.size / 3)


def test_the_traced_losses_are_the_theory_s():
    rng = np.random.default_rng(0)
    for problem in (
        Quadratics.random(rng, shift=0.2),
        CosineSums.random(rng, shift=0.2),
        CosineWells(),
    ):
        w, v = rng.normal(size=(2, len(problem.start)))
        data = (
            (problem.A, problem.c[:, None])
            if isinstance(problem, Quadratics)
            else (
                np.repeat(problem.x[None], len(problem.c), 0),
                problem.c[:, None],
                problem.phi[:, None],
            )
        )
        for i, loss in enumerate(problem.query_losses):
            task = [a[i] for a in data]
            assert np.isclose(problem.loss.value(w, *task), loss.value(w), rtol=1e-13)
            assert np.allclose(
                problem.loss.gradient(w, *task), loss.gradient(w), rtol=0, atol=1e-13
            )
            assert np.allclose(
                problem.loss.hvp(w, v, *task), loss.hessian(w) @ v, rtol=0, atol=1e-13
            )
