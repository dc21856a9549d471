"""The algorithms over a map: what they compute, that any map gives the same bits, and how they go
on."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

import tinymaml as tm
from helpers import maps
from helpers.network import LOSS, P
from helpers.training import (
    ALPHA,
    SAMPLES,
    START,
    STEPS,
    Planes,
    check_same,
    random_stepsize,
    run,
)
from tinymaml import distributed

CHUNK = 3
ALGORITHMS = pytest.mark.parametrize(
    "algorithm, local",
    [
        (distributed.maml_finite_sum, tm.maml_finite_sum),
        (distributed.maml_resampling, tm.maml_resampling),
    ],
    ids=["finite-sum", "resampling"],
)


def train(algorithm, local, **changes):
    """`run` with the arguments that both kinds take."""
    if local is tm.maml_resampling:
        changes = dict(samples=SAMPLES) | changes
    return run(algorithm, **(dict(batch=7, chunk=CHUNK, target="numpy") | changes))


def draw(local, k, purpose, batch, steps=STEPS, samples=SAMPLES, seed=4):
    """The tasks of a meta-iteration, all in one, drawn as the docstring says."""
    parts = []
    for c, first in enumerate(range(0, batch, CHUNK)):
        rng = np.random.default_rng(np.random.SeedSequence((seed, k, c, purpose)))
        size = min(CHUNK, batch - first)
        if local is tm.maml_finite_sum:
            parts.append(Planes().sample(rng, size))
        else:
            parts.append(Planes().resample(rng, size, steps, samples))
    arrays = []
    for name in ("inner", "hessian", "outer"):
        columns = zip(*(getattr(part, name) for part in parts), strict=True)
        arrays.append(tuple(map(np.concatenate, columns)))
    return tm.Tasks(*arrays, fresh=local is tm.maml_resampling)


@ALGORITHMS
def test_it_is_gradient_descent_on_tasks_from_their_own_seeds(algorithm, local):
    history = train(algorithm, local)
    w = START
    for k in range(5):
        tasks = draw(local, k, 1, 7)
        found = tm.meta_gradient(LOSS, w, tasks, alpha=ALPHA, steps=STEPS, target="numpy")
        assert abs(history.losses[k] - found.losses.mean()) <= 1e-14 * found.losses.mean()
        w = w - 0.05 * found.gradient
    assert np.abs(history.w - w).max() <= 1e-14
    assert history.gradients_used == 5 * 7 * (STEPS + 1)
    assert history.hvps_used == 5 * 7 * STEPS


@ALGORITHMS
def test_the_random_stepsize_takes_other_tasks(algorithm, local):
    stepsize = random_stepsize(local, batch=5)
    history = train(algorithm, local, stepsize=stepsize, iterations=1)
    tasks = draw(local, 0, 2, 5, 0, {"inner": 1, "hessian": 1, "outer": stepsize.samples})
    found = tm.meta_gradient(LOSS, START, tasks, alpha=1, steps=0, per_task=True, target="numpy")
    expected = 1 / (stepsize.C_beta * stepsize.smoothness(found.gradients))
    assert abs(history.stepsizes[0] - expected) <= 1e-15 * expected
    assert history.gradients_used == 7 * (STEPS + 1) + 5


SETTINGS = {
    "plain": {},
    "Adam": dict(stepsize=tm.Adam(0.01)),
    "learned alpha": dict(alpha=np.full(P, ALPHA), alpha_stepsize=0.1),
    "hessian-free": dict(method="hessian-free", iterations=2),
}


@ALGORITHMS
@pytest.mark.parametrize("setting", [*SETTINGS, "random stepsize"])
def test_the_bits_do_not_depend_on_the_map(algorithm, local, setting):
    options = SETTINGS.get(setting) or dict(stepsize=random_stepsize(local, batch=5))
    expected = train(algorithm, local, **options)
    with ThreadPoolExecutor(3) as pool:
        for other in (maps.backwards, maps.travelling, pool.map):
            check_same(train(algorithm, local, map=other, **options), expected)


@ALGORITHMS
def test_it_goes_on_as_if_it_had_never_stopped(algorithm, local):
    whole = train(algorithm, local, stepsize=tm.Adam(0.01))
    stopped = train(algorithm, local, stepsize=tm.Adam(0.01), callback=lambda k, w, losses: k == 1)
    assert len(stopped.losses) == 2
    rest = dict(w=None, alpha=None, seed=tm.maml.resume.NotGiven.SEED, iterations=3, resume=stopped)
    check_same(train(algorithm, local, stepsize=tm.Adam(0.01), **rest), whole)


def test_the_size_of_a_chunk_is_part_of_the_result():
    runs = [run(distributed.maml_finite_sum, chunk=chunk, target="numpy") for chunk in (1, 2)]
    assert (runs[0].w != runs[1].w).any()


def test_w_is_all_that_is_sent_and_a_mean_all_that_returns():
    """The problem's samples stay where they are drawn: a hundred times what is sent."""
    weighing = maps.Weighing()
    run(distributed.maml_finite_sum, batch=60, iterations=2, target="numpy", map=weighing)
    assert len(weighing.sent) == 2 * 3
    assert max(weighing.sent) < START.nbytes + 1500
    assert max(weighing.received) < START.nbytes + 25 * 8 + 700


def test_divergence_carries_the_history_and_names_the_chunk():
    with pytest.raises(tm.Diverged, match=r"chunk 1 \(tasks 3 to 5 of meta-iteration \d\): ") as e:
        run(distributed.maml_finite_sum, batch=7, chunk=3, alpha=1e8, steps=40, target="numpy")
    assert e.value.history.w.shape == (P,)


def test_ctrl_c_carries_the_history():
    calls = []

    def interrupted(f, jobs):
        calls.append(jobs)
        if len(calls) == 3:
            raise KeyboardInterrupt
        return map(f, jobs)

    with pytest.raises(tm.Interrupted) as stopped:
        run(distributed.maml_finite_sum, target="numpy", map=interrupted)
    assert len(stopped.value.history.losses) == 2


@pytest.fixture
def strange(monkeypatch):
    """Every chunk has something to warn of, though its numbers are finite."""
    compute = distributed.explained_meta_gradient

    def warning(*arguments, **options):
        found, _ = compute(*arguments, **options)
        return found, ["strange"]

    monkeypatch.setattr(distributed, "explained_meta_gradient", warning)


@ALGORITHMS
def test_a_warning_points_at_the_call(algorithm, local, strange):
    with pytest.warns(tm.DivergenceWarning, match=r"chunk 0 .*: strange") as caught:
        train(algorithm, local, iterations=1, chunk=7)
    assert caught[0].filename == run.__code__.co_filename


def test_the_first_ten_reasons_are_named(strange):
    with pytest.warns(tm.DivergenceWarning) as caught:
        run(distributed.maml_finite_sum, batch=13, chunk=1, iterations=1, target="numpy")
    assert len(caught) == 11
    assert str(caught[9].message).startswith("chunk 9 ")
    assert str(caught[10].message) == "and 3 more of meta-iteration 0"


def test_no_generator_made_of_a_seed_alone_draws_the_same():
    """NumPy fills seeds up with zeros: (4, 0, 0, 0) would be 4."""
    drawn = []

    class Noting(Planes):
        def sample(self, rng, batch):
            drawn.append(rng.bit_generator.seed_seq.generate_state(4).tolist())
            return super().sample(rng, batch)

    stepsize = random_stepsize(tm.maml_finite_sum)
    run(distributed.maml_finite_sum, problem=Noting(), stepsize=stepsize, target="numpy")
    for seed in (4, (4, 0), (4, 1), (4, 0, 0)):
        assert np.random.SeedSequence(seed).generate_state(4).tolist() not in drawn


class HugeForTheStepsize(Planes):
    """Tasks whose gradients are infinite, where they are drawn for the random stepsize."""

    def sample(self, rng, batch):
        tasks = super().sample(rng, batch)
        if rng.bit_generator.seed_seq.entropy[3] == 1:
            return tasks
        x, y = tasks.outer
        return tm.Tasks.finite_sum(tasks.inner, (x, np.full_like(y, 1e200)))


def test_a_stepsize_that_is_not_finite_names_the_chunk():
    stepsize = random_stepsize(tm.maml_finite_sum, batch=5)
    words = r"estimated by RandomStepsize .*: chunk 0 \(tasks 0 to 2 .*: for RandomStepsize, the"
    with pytest.raises(tm.Diverged, match=words):
        train(
            distributed.maml_finite_sum,
            tm.maml_finite_sum,
            stepsize=stepsize,
            problem=HugeForTheStepsize(),
        )
