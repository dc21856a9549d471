"""Short runs of the two algorithms, on regressions on planes and on sinusoids."""

import numpy as np
import pytest

import tinymaml as tm
from helpers.network import INPUTS, LOSS, P
from tinymaml.problems.sinusoids import Sinusoids

ALGORITHMS = pytest.mark.parametrize("algorithm", [tm.maml_resampling, tm.maml_finite_sum])
START = np.random.default_rng(7).normal(size=P)
ALPHA, STEPS, BATCH, ITERATIONS = 0.1, 3, 4, 5
SAMPLES = dict(inner=3, hessian=6, outer=5)
A, C_META, C_BETA, OTHERS, D_L = 2.0, 0.7, 6.0, 3, 2  # of the random stepsize


class Planes:
    """Regression on planes: a task is a slope, y = x · slope + noise. Remembers what it was asked
    for and what it gave."""

    def __init__(self):
        self.calls = []
        self.given = []

    def draw(self, rng, slope, *shape):
        x = rng.normal(size=(*shape, INPUTS))
        return x, (x * slope).sum(-1, keepdims=True) + 0.1 * rng.normal(size=(*shape, 1))

    def keep(self, tasks, *call):
        self.calls.append(call)
        self.given.append(tasks)
        return tasks

    def sample(self, rng, batch):
        slope = rng.normal(size=(batch, 1, INPUTS))
        support = self.draw(rng, slope, batch, 4)
        query = self.draw(rng, slope, batch, 5)
        return self.keep(tm.Tasks.finite_sum(support, query), batch)

    def resample(self, rng, batch, steps, samples):
        slope = rng.normal(size=(batch, 1, INPUTS))
        inner = self.draw(rng, slope[:, None], batch, steps, samples["inner"])
        hessian = self.draw(rng, slope[:, None], batch, steps, samples["hessian"])
        outer = self.draw(rng, slope, batch, samples["outer"])
        return self.keep(tm.Tasks.resampled(inner, hessian, outer), batch, steps, samples)


def run(algorithm, loss=LOSS, w=START, **changes):
    arguments = dict(
        problem=Planes(),
        alpha=ALPHA,
        steps=STEPS,
        stepsize=0.05,
        batch=BATCH,
        iterations=ITERATIONS,
        seed=4,
        progress=False,
    )
    if algorithm is tm.maml_resampling:
        arguments["samples"] = SAMPLES
    return algorithm(loss, w, **(arguments | changes))


def go_on(algorithm, history, loss=LOSS, **changes):
    """`run` that goes on from a history."""
    arguments = dict(problem=Planes(), steps=STEPS, stepsize=0.05, batch=BATCH, progress=False)
    arguments |= dict(alpha=None, iterations=ITERATIONS, resume=history)
    if algorithm is tm.maml_resampling:
        arguments["samples"] = SAMPLES
    return algorithm(loss, None, **(arguments | changes))


def check_same(a, b):
    """Are two histories the same, bit for bit, with what a later run goes on from?"""
    assert flat(a) == flat(b)


def flat(value):
    """Nested dataclasses, tuples, dicts and arrays in what == compares: types, shapes, bytes."""
    if isinstance(value, tm.History):
        return flat(vars(value))
    if isinstance(value, dict):
        return {name: flat(part) for name, part in value.items()}
    if isinstance(value, (list, tuple)):
        return [flat(part) for part in value]
    if isinstance(value, (np.ndarray, np.generic)):
        return value.dtype.str, value.shape, value.tobytes()
    return value


def random_stepsize(algorithm, **changes):
    samples = D_L if algorithm is tm.maml_resampling else None
    return tm.RandomStepsize(
        **(dict(A=A, C_meta=C_META, C_beta=C_BETA, batch=OTHERS, samples=samples) | changes)
    )


def mse(p, x, y):
    return tm.mean(tm.square(tm.tanh(x @ p["W1"] + p["b1"]) @ p["W2"] + p["b2"] - y))


def sinusoid_network(width=12, seed=0):
    rng = np.random.default_rng(seed)
    params = {
        "W1": rng.normal(size=(1, width)),
        "b1": rng.normal(size=width),
        "W2": rng.normal(size=(width, 1)) / 4,
        "b2": np.zeros(1),
    }
    loss = tm.Loss(mse, params)
    return loss, loss.flatten(params)


def train(loss, w, **changes):
    arguments = dict(
        problem=Sinusoids(shots=5),
        alpha=0.02,
        steps=2,
        stepsize=0.01,
        batch=3,
        iterations=6,
        seed=4,
        progress=False,
    )
    return tm.maml_finite_sum(loss, w, **(arguments | changes))
