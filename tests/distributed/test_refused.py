"""What is refused over a map: arguments, maps that are none, and failures far away, by name."""

import os
import pickle
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import tinymaml as tm
from helpers import maps
from helpers.network import LOSS, finite_sum
from helpers.training import START, Planes, check_same, run
from tinymaml import distributed


def take(**changes):
    """A meta-gradient of five tasks in chunks of two."""
    arguments = dict(loss=LOSS, w=START, tasks=finite_sum(B=5), alpha=0.1, steps=2)
    return distributed.meta_gradient(**(arguments | dict(target="numpy", chunk=2) | changes))


def train(**changes):
    return run(distributed.maml_finite_sum, **(dict(target="numpy", chunk=2) | changes))


def sent_to_nobody(f, jobs):
    raise AssertionError("a job was sent")


UNFIT = {
    "alpha": -1.0,
    "steps": -1,
    "method": "second-order",
    "w": np.full_like(START, np.nan),
    "loss": print,
    "target": "tpu",
    "chunk": 0,
}


@pytest.mark.parametrize("name", UNFIT)
@pytest.mark.parametrize("door", [take, train])
def test_unfit_arguments_are_refused_before_anything_is_sent(name, door):
    with pytest.raises((TypeError, ValueError), match=name):
        door(map=sent_to_nobody, **{name: UNFIT[name]})


@pytest.mark.parametrize("target", ["cpu", "cuda"])
def test_the_caller_needs_no_machine_that_only_the_workers_have(target, monkeypatch):
    monkeypatch.setattr(distributed.chunks, "work", lambda job: job)
    with pytest.raises(TypeError, match="map returned tuples, not the results"):
        take(target=target)


def test_a_generator_is_refused_as_a_seed():
    with pytest.raises(TypeError, match="seed is a numpy Generator.* seed=0"):
        train(seed=np.random.default_rng(0))
    history = run(tm.maml_finite_sum, seed=np.random.default_rng(0).spawn(1)[0], target="numpy")
    with pytest.raises(TypeError, match="the history began with one"):
        train(w=None, seed=tm.maml.resume.NotGiven.SEED, resume=history)


def test_the_options_are_those_of_the_local_algorithm():
    with pytest.raises(TypeError, match="unexpected keyword argument 'iteration'"):
        train(iteration=3)


def test_samples_are_not_for_fixed_sets():
    with pytest.raises(TypeError, match="unexpected keyword argument 'samples'"):
        train(samples=dict(inner=1, hessian=1, outer=1))


@pytest.mark.parametrize("door", [take, train])
def test_what_is_no_map(door):
    with pytest.raises(TypeError, match=r"map is of type list; expected a function \(f, jobs\)"):
        door(map=[1, 2])


class Future:
    """What a map returns that does not wait."""


def test_a_map_that_does_not_wait():
    with pytest.raises(TypeError, match="map returned Futures, not the results: it has to wait"):
        take(map=lambda f, jobs: [Future() for _ in jobs])


@pytest.mark.parametrize("returned", [None, Future()])
def test_a_map_that_returns_no_list(returned):
    kind = type(returned).__name__
    with pytest.raises(TypeError, match=f"map returned a {kind}, not the results: it has to wait"):
        take(map=lambda f, jobs: returned)


@pytest.mark.parametrize(
    "wrong",
    [lambda f, jobs: [f(job) for job in jobs[::-1]], lambda f, jobs: [f(jobs[0])]],
    ids=["another order", "too few"],
)
def test_a_map_that_loses_the_order(wrong):
    with pytest.raises(ValueError, match="results for 3 jobs, or in another order"):
        take(map=wrong)


class Unlucky(Planes):
    """Fails in the second chunk of the third meta-iteration, with an exception that cannot be
    unpickled."""

    class Error(Exception):
        def __init__(self, first, second):
            super().__init__(f"no tasks today: {first}, {second}")

    def sample(self, rng, batch):
        _, k, c, _ = rng.bit_generator.seed_seq.entropy
        if (k, c) == (2, 1):
            raise self.Error(1, 2)
        return super().sample(rng, batch)


def test_a_failure_names_the_chunk_and_its_tasks():
    with pytest.raises(distributed.ChunkFailed) as failed:
        train(problem=Unlucky(), map=maps.travelling)
    expected = "chunk 1 (tasks 2 to 3 of meta-iteration 2): Error: no tasks today: 1, 2"
    assert str(failed.value) == expected
    assert str(pickle.loads(pickle.dumps(failed.value))) == expected
    check_same(failed.value.history, train(iterations=2))  # to go on from


def test_a_failure_says_on_which_line_and_leaves_its_exception_behind():
    """Dask would send it along, with what it holds."""
    with pytest.raises(distributed.ChunkFailed) as failed:
        train(problem=Unlucky())
    assert failed.value.__cause__ is None
    assert failed.value.__context__ is None
    [note] = failed.value.__notes__
    assert Path(__file__).name in note
    assert "raise self.Error(1, 2)" in note


class Resampled(Planes):
    def sample(self, rng, batch):
        return self.resample(rng, batch, 2, dict(inner=1, hessian=1, outer=1))


def test_tasks_of_the_wrong_kind_are_refused_where_they_are_drawn():
    with pytest.raises(distributed.ChunkFailed, match="problem.sample returned resampled tasks"):
        train(problem=Resampled())


# ---- versions


def test_another_version_is_refused(tmp_path):
    """A worker that runs a copy of the package with another number."""
    package = Path(tm.__file__).parent
    shutil.copytree(package, tmp_path / "tinymaml", ignore=shutil.ignore_patterns("carried"))
    start = tmp_path / "tinymaml" / "__init__.py"
    start.write_text(start.read_text().replace(f'"{tm.__version__}"', '"99.0"'))
    code = """
import pickle, sys
f, job = pickle.load(sys.stdin.buffer)
try:
    f(job)
except Exception as error:
    print(error)
"""
    tests = str(Path(__file__).parents[1])
    environment = os.environ | {"PYTHONPATH": os.pathsep.join([str(tmp_path), tests])}

    def elsewhere(f, jobs):
        worker = [sys.executable, "-c", code]
        job = pickle.dumps((f, jobs[0]))
        done = subprocess.run(worker, input=job, capture_output=True, env=environment, cwd=tmp_path)
        raise distributed.ChunkFailed(done.stdout.decode() + done.stderr.decode())

    with pytest.raises(distributed.ChunkFailed) as refused:
        take(map=elsewhere)
    words = f"has tinymaml 99.0, and the caller has {tm.__version__}: install the same version"
    assert words in str(refused.value)


@pytest.mark.parametrize("name", ["tinymaml", "numpy", "numba"])
def test_other_versions_of_what_decides_the_bits_are_refused(name, monkeypatch):
    monkeypatch.setattr(
        distributed.chunks, "VERSIONS", distributed.chunks.VERSIONS | {name: "99.0"}
    )

    def of_now(f, jobs):
        monkeypatch.undo()
        return map(f, jobs)

    with pytest.raises(distributed.ChunkFailed, match=f"has {name} .*, and the caller has 99.0"):
        take(map=of_now)
