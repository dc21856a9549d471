"""Lesson 08's functions and the package's: the same points, the same product, the same MAML."""

import numpy as np
import pytest

import tinymaml as tm
from tinymaml.course import judge, material
from tinymaml.course.exercises import maml
from tinymaml.maml.on_numpy import inner_loop, way_back
from tinymaml.problems import Sinusoids, networks

pytestmark = pytest.mark.lesson_08
STEPS = (0, 1, 2, 5)


@pytest.mark.parametrize("steps", STEPS)
def test_the_inner_loop_and_the_way_back(names, steps):
    loss = names["Cosines"]()
    [(support, query)] = names["bumpy"](3, tasks=1)
    w = np.array([0.4, -0.2, 0.9])
    ours, gradients = inner_loop(loss.gradient, w, 0.3, steps, lambda j: support)
    points = names["trajectory"](loss, w, support, 0.3, steps)
    assert np.array_equal(points, ours)
    v, _ = way_back(
        lambda u, v, j: loss.hvp(u, v, *support),
        loss.gradient(ours[-1], *query),
        ours,
        gradients,
        0.3,
    )
    theirs = names["meta_gradient"](loss, w, [(support, query)], 0.3, steps)
    np.testing.assert_allclose(theirs, v, rtol=1e-13)


def test_the_compiled_loop(names):
    waves = Sinusoids(shots=4, queries=6)
    weights = networks.initial(np.random.default_rng(0), (1, 5, 5, 1), np.float64)
    loss = tm.Loss(networks.mse(), weights)
    w = loss.flatten(weights)
    tasks = waves.sample(np.random.default_rng(1), 2)
    sets = [list(zip(*part, strict=True)) for part in (tasks.inner, tasks.outer)]
    ours = names["meta_gradient"](loss, w, list(zip(*sets, strict=True)), 0.05, 3)
    compiled = tm.meta_gradient(loss, w, tasks, alpha=0.05, steps=3, target="cpu").gradient
    np.testing.assert_allclose(compiled, ours, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("steps", STEPS)
def test_the_blank_pages_judge_agrees_with_the_package(steps):
    tasks = maml.neurons_tasks(np.random.default_rng(1), 1) * 2
    w = np.array([0.4, -0.2, 0.9])

    def neuron(p, X, y):
        return tm.mean(tm.square(tm.tanh(X @ p["w"]) - y))

    columns = [
        [tuple(np.stack([a.reshape(len(a), -1)] * 2) for a in part) for part in task]
        for task in tasks
    ]
    support, query = columns[0]
    both = tm.Tasks.finite_sum(support=support, query=query)
    loss = tm.Loss(neuron, {"w": np.zeros((3, 1))})
    ours = tm.meta_gradient(loss, w, both, alpha=0.4, steps=steps, target="numpy").gradient
    np.testing.assert_allclose(maml.exact(maml.Neuron(), w, tasks, 0.4, steps), ours, rtol=1e-12)


def test_the_blank_pages_solution_is_the_packages_algorithm():
    names = judge.names_before("08.maml")
    exec(material.find("08").answer("08.maml").solution, names)
    waves = Sinusoids(shots=4, queries=6)
    weights = networks.initial(np.random.default_rng(0), (1, 5, 5, 1), np.float64)
    loss = tm.Loss(networks.mse(), weights)
    start = loss.flatten(weights)

    def sample(rng):
        tasks = waves.sample(rng, 2)
        sets = [list(zip(*part, strict=True)) for part in (tasks.inner, tasks.outer)]
        return list(zip(*sets, strict=True))

    w, history = names["maml"](loss, start, sample, 0.02, 2, 0.05, 3, np.random.default_rng(4))
    run = tm.maml_finite_sum(
        loss,
        start,
        waves,
        alpha=0.02,
        steps=2,
        stepsize=0.05,
        batch=2,
        iterations=3,
        seed=4,
        progress=False,
        target="numpy",
    )
    np.testing.assert_allclose(w, run.w, rtol=1e-10)
    assert len(history) == 3
