"""Algorithms 1 and 2 against their pseudo-code, written out with explicit Hessians, and against
expectations taken exactly."""

from itertools import product

import numpy as np
import pytest

import tinymaml as tm
from helpers import network
from helpers.checks import MACHINES
from helpers.network import P
from helpers.training import (
    ALGORITHMS,
    ALPHA,
    BATCH,
    C_BETA,
    C_META,
    D_L,
    ITERATIONS,
    OTHERS,
    SAMPLES,
    START,
    STEPS,
    A,
    Planes,
    random_stepsize,
    run,
)

pytestmark = [pytest.mark.core, pytest.mark.lesson_08]

# ---- the pseudo-code of theory.md, section 0, in plain NumPy


def hvp(w, v, x, y, method):
    """What takes the place of ∇²l v."""
    if method == "exact":
        return network.hessian(w, x, y) @ v
    delta = np.finfo(float).eps ** (1 / 3)
    return (network.gradient(w + delta * v, x, y) - network.gradient(w - delta * v, x, y)) / (
        2 * delta
    )


def estimate(w, S, D, T, alpha, method):
    """∏_j (I − α∇²l(w_j; D_j)) ∇l(w_N; T), w_{j+1} = w_j − α∇l(w_j; S_j), for one task, and its
    loss."""
    points = network.descend(w, S, alpha)
    v = network.gradient(points[-1], *T)
    if method == "exact":  # the product itself, from left to right
        M = np.eye(P)
        for wj, Dj in zip(points, D, strict=False):  # no factor belongs to the last point
            M = M @ (np.eye(P) - alpha * network.hessian(wj, *Dj))
        v = M @ v
    if method == "hessian-free":
        for wj, Dj in reversed(list(zip(points, D, strict=False))):
            v = v - alpha * hvp(wj, v, *Dj, method)
    return v, network.value(points[-1], *T)


def pseudo_code(algorithm, method, random):
    rng = np.random.default_rng(4)
    problem = Planes()
    w = START
    losses = []
    norms = []
    stepsizes = []
    resampling = algorithm is tm.maml_resampling

    def for_each_step(part, i):
        if resampling:
            return [[x[i, j] for x in part] for j in range(STEPS)]
        return [[x[i] for x in part]] * STEPS

    for _ in range(ITERATIONS):
        if resampling:
            tasks = problem.resample(rng, BATCH, STEPS, SAMPLES)
        else:
            tasks = problem.sample(rng, BATCH)
        G = []
        values = []
        for i in range(BATCH):
            S, D = for_each_step(tasks.inner, i), for_each_step(tasks.hessian, i)
            T = [x[i] for x in tasks.outer]
            product, value = estimate(w, S, D, T, ALPHA, method)
            G.append(product)
            values.append(value)
        beta = 0.05
        if random:  # section 7; in section 9 of the target sets, which are the query sets
            if resampling:
                others = problem.resample(rng, OTHERS, 0, dict(inner=1, hessian=1, outer=D_L))
            else:
                others = problem.sample(rng, OTHERS)
            gradients = [network.gradient(w, *(x[i] for x in others.outer)) for i in range(OTHERS)]
            X = np.mean([np.linalg.norm(g) for g in gradients])
            beta = 1 / (C_BETA * (A + C_META * X))
        losses.append(np.mean(values))
        norms.append(np.linalg.norm(np.mean(G, 0)))
        stepsizes.append(beta)
        w = w - beta * np.mean(G, 0)
    return w, losses, norms, stepsizes


@MACHINES
@ALGORITHMS
@pytest.mark.parametrize("method", ["exact", "first-order", "hessian-free"])
@pytest.mark.parametrize("random", [False, True], ids=["constant", "random"])
def test_both_algorithms_do_what_their_pseudo_code_says(algorithm, method, random, target):
    stepsize = random_stepsize(algorithm) if random else 0.05
    h = run(algorithm, stepsize=stepsize, method=method, target=target)
    tolerance = 1e-8 if method == "hessian-free" else 1e-12
    found = (h.w, h.losses, h.gradient_norms, h.stepsizes)
    for got, want in zip(found, pseudo_code(algorithm, method, random), strict=True):
        assert np.abs(got - want).max() < tolerance * np.abs(want).max()
    assert np.abs(h.w - START).max() > 0.02  # it went somewhere
    if random:
        assert np.ptp(h.stepsizes) > 1e-3
        assert h.stepsizes.max() < 1 / (C_BETA * A)


@MACHINES
def test_a_learners_engine_runs_both_algorithms(target):
    for algorithm in (tm.maml_resampling, tm.maml_finite_sum):
        stepsize = random_stepsize(algorithm)
        own = run(algorithm, network.Engine(), stepsize=stepsize, target="numpy")
        ours = run(algorithm, stepsize=stepsize, target=target)
        assert np.allclose(own.w, ours.w, rtol=1e-12, atol=1e-13)
        assert own.hvps_used == ours.hvps_used


# ---- what is drawn


@ALGORITHMS
@pytest.mark.parametrize("random", [False, True], ids=["constant", "random"])
def test_what_an_iteration_draws_and_in_which_order(algorithm, random):
    problem = Planes()
    run(algorithm, problem=problem, stepsize=random_stepsize(algorithm) if random else 0.05)
    if algorithm is tm.maml_resampling:
        calls = [(BATCH, STEPS, SAMPLES), (OTHERS, 0, dict(inner=1, hessian=1, outer=D_L))]
    else:
        calls = [(BATCH,), (OTHERS,)]
    if not random:
        calls = calls[:1]
    assert problem.calls == ITERATIONS * calls
    parts = []
    for tasks in problem.given:
        parts += [tasks.inner, tasks.outer]
        if tasks.fresh:
            parts.append(tasks.hessian)
    numbers = np.concatenate([x.ravel() for part in parts for x in part])
    assert len(np.unique(numbers)) == len(numbers)  # nothing is seen twice


@ALGORITHMS
def test_a_run_with_a_random_stepsize_is_determined_by_its_seed(algorithm):
    stepsize = random_stepsize(algorithm)
    a, b, c = (
        run(algorithm, stepsize=stepsize, seed=seed) for seed in (4, np.random.default_rng(4), 5)
    )
    assert np.array_equal(a.w, b.w)
    assert np.array_equal(a.stepsizes, b.stepsizes)
    assert not np.array_equal(a.stepsizes, c.stepsizes)


# ---- what is counted


class Counting(network.Engine):
    def __init__(self):
        self.gradients = self.hvps = 0

    def gradient(self, *arguments):
        self.gradients += 1
        return super().gradient(*arguments)

    def hvp(self, *arguments):
        self.hvps += 1
        return super().hvp(*arguments)


@ALGORITHMS
@pytest.mark.parametrize("method", ["exact", "first-order", "hessian-free"])
@pytest.mark.parametrize("steps", [0, 3])
@pytest.mark.parametrize("stepsize", ["constant", "Adam", "random"])
def test_the_history_counts_every_call_of_the_engine(algorithm, method, steps, stepsize):
    engine = Counting()
    rule = {"constant": 0.05, "Adam": tm.Adam(0.01), "random": random_stepsize(algorithm)}[stepsize]
    h = run(algorithm, engine, method=method, steps=steps, stepsize=rule, target="numpy")
    assert (h.gradients_used, h.hvps_used) == (engine.gradients, engine.hvps)
    each = steps + 1 + (2 * steps if method == "hessian-free" else 0)
    assert h.gradients_used == ITERATIONS * (BATCH * each + (OTHERS if stepsize == "random" else 0))
    assert h.hvps_used == ITERATIONS * BATCH * (steps if method == "exact" else 0)
    compiled = run(algorithm, method=method, steps=steps, stepsize=rule)
    assert (compiled.gradients_used, compiled.hvps_used) == (h.gradients_used, h.hvps_used)


class Thrifty(network.Engine):
    """Returns the same buffer from every call."""

    buffer = np.empty(P)

    def keep(self, v):
        self.buffer[:] = v
        return self.buffer

    def gradient(self, *arguments):
        return self.keep(super().gradient(*arguments))

    def hvp(self, *arguments):
        return self.keep(super().hvp(*arguments))


@ALGORITHMS
@pytest.mark.parametrize("method", ["exact", "first-order", "hessian-free"])
@pytest.mark.parametrize("steps", [0, 3])
def test_an_engine_may_return_a_buffer_that_it_uses_again(algorithm, method, steps):
    thrifty, plain = (
        run(algorithm, engine, method=method, steps=steps, target="numpy").w
        for engine in (Thrifty(), network.Engine())
    )
    assert np.array_equal(thrifty, plain)


class Careless(network.Engine):
    """Changes what it is given, in the method of this name."""

    def __init__(self, method, which):
        self.method = method
        self.which = which

    def __getattribute__(self, name):
        method = super().__getattribute__(name)
        if name not in ("value", "gradient", "hvp") or name != self.method:
            return method

        def careless(*arguments):
            arguments[self.which][...] *= 0
            return method(*arguments)

        return careless


@pytest.mark.parametrize("method", ["value", "gradient", "hvp"])
@pytest.mark.parametrize("which", [0, 1, -1])
def test_an_engine_that_changes_its_arguments_is_found_out(method, which):
    """The start, the points of the path, the direction and the data."""
    with pytest.raises(ValueError, match=rf"Careless\.{method} changes an array .* w = w - step"):
        run(tm.maml_finite_sum, Careless(method, which), target="numpy")


# ---- the expectation of the estimate, exactly: two-point noise, every pattern of signs a task

SIZE = 3


def quadratic(p, A, b):
    return 0.5 * p["w"].T @ A @ p["w"] + p["w"].T @ b


QUADRATIC = tm.Loss(quadratic, {"w": np.ones((SIZE, 1))})


class Signs:
    """l(w) = ½ wᵀAw + bᵀw, and with every sample A ± V, b ± ν. One task for each pattern of signs
    of S_j, D_j and T."""

    rng = np.random.default_rng(0)
    A, V = (M + M.T for M in rng.normal(size=(2, SIZE, SIZE)))
    b, nu = rng.normal(size=(2, SIZE, 1))

    def __init__(self, reuse=False):
        self.reuse = reuse

    def resample(self, rng, batch, steps, samples):
        signs = np.array(list(product((-1.0, 1.0), repeat=2 * steps + 1)))
        S, D, T = signs[:, :steps], signs[:, steps:-1], signs[:, -1]
        if self.reuse:
            D = S
        return tm.Tasks.resampled(self.add_noise(S), self.add_noise(D), self.add_noise(T))

    def add_noise(self, signs):
        signs = signs[..., None, None]
        return self.A + signs * self.V, self.b + signs * self.nu


@MACHINES
@pytest.mark.parametrize("steps", [0, 1, 2, 3])
def test_with_a_constant_hessian_the_estimate_is_unbiased_and_with_reused_samples_it_is_not(
    steps, target
):
    """∇𝓛 = (I − αA)^N (A w̃_N + b). Fresh sets: the factors are independent, and every one is
    linear in its noise."""
    w, alpha = np.array([0.4, -1.3, 0.8]), 0.2

    def mean_estimate(problem):
        """One meta-iteration with stepsize 1 goes back by the mean of the estimates."""
        h = tm.maml_resampling(
            QUADRATIC,
            w,
            problem,
            alpha=alpha,
            steps=steps,
            stepsize=1.0,
            batch=2 ** (2 * steps + 1),
            samples=SAMPLES,
            iterations=1,
            progress=False,
            target=target,
        )
        return w - h.w

    M = np.eye(SIZE) - alpha * Signs.A
    adapted = w[:, None]
    for _ in range(steps):
        adapted = adapted - alpha * (Signs.A @ adapted + Signs.b)
    exact = (np.linalg.matrix_power(M, steps) @ (Signs.A @ adapted + Signs.b))[:, 0]
    small = 1e-13 * (1 + np.abs(exact).max()) * 4**steps
    assert np.abs(mean_estimate(Signs()) - exact).max() < small
    if steps:
        assert np.abs(mean_estimate(Signs(reuse=True)) - exact).max() > 0.1
