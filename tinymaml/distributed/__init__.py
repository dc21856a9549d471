"""MAML on many machines: the meta-gradient and both algorithms over any `map`, the same bits for
each.

The B tasks are cut into chunks of 25. `map` sends each chunk to whoever is free and brings back its
mean meta-gradient; the means are added in a fixed order: in pairs, then pairs of pairs. So the bits
do not depend on which machine computed what, or on how many there are. In the training loops chunk
c of meta-iteration k draws its tasks itself, from a seed made of (seed, k, c): w travels one way,
a mean and the tasks' losses the other. When it pays: .docs/machines.md.

`map` is any function (f, jobs) -> the results in the order of the jobs:

    map                                                            the builtin: here, one by one
    pool.map                                                                  an executor
    lambda f, jobs: client.gather(client.map(f, jobs, pure=False))            dask
    lambda f, jobs: ray.get([ray.remote(f).remote(job) for job in jobs])      Ray
    lambda f, jobs: Parallel(n_jobs=2)(delayed(f)(job) for job in jobs)       joblib

Dask, Ray and joblib send a loss that was written in a notebook. An executor of processes does not:
write the loss in a module, and give the executor mp_context=multiprocessing.get_context("spawn").
"""

from functools import partial
from typing import Any

import numpy as np

from ..engine.errors.arguments import check_count, check_samples
from ..engine.targets import check_name
from ..maml.algorithms import (
    FiniteSumProblem,
    ResamplingProblem,
    check_arguments,
    check_problem,
    outer_gradients,
)
from ..maml.alpha import Alpha
from ..maml.divergence import warn
from ..maml.history import History
from ..maml.learned_alpha import check_alpha_stepsize
from ..maml.meta_gradient import MetaGradient, check_all, explained_meta_gradient
from ..maml.on_numpy import Differentiable
from ..maml.recorder import Callback, Recorder
from ..maml.resume import NotGiven, Seed, find_start, make_updates
from ..maml.stepsizes import Adam, RandomStepsize, check_stepsize
from ..maml.tasks import Tasks
from .chunks import ChunkFailed, Map, check_map, combine, cut, draw_chunks, mean_over_tasks, run

__all__ = ["meta_gradient", "maml_finite_sum", "maml_resampling", "ChunkFailed"]

# What tasks are drawn for: a part of their seed. Not 0, to which NumPy fills shorter seeds up.
FOR_GRADIENT, FOR_STEPSIZE = 1, 2


def meta_gradient(
    loss: Differentiable,
    w: np.ndarray,
    tasks: Tasks,
    *,
    alpha: Alpha,
    steps: int,
    method: str = "exact",
    delta: float | None = None,
    per_task: bool = False,
    alpha_gradient: bool = False,
    target: str = "cpu",
    map: Map = map,
    chunk: int = 25,
) -> MetaGradient:
    """`tm.meta_gradient` over `map`: to rounding the same numbers, with one chunk the same bits.

    map: see above. chunk: how many tasks are computed together; it decides the last bits. The tasks
    are sent with the jobs, each task once a call. Raises `ChunkFailed` for what is raised where a
    chunk is computed, else what `tm.meta_gradient` raises.
    """
    check_map(map)
    check_name(target)
    check_all(loss, w, tasks, alpha, steps, method, delta, target)
    compute = partial(
        explained_meta_gradient,
        alpha=alpha,
        steps=steps,
        method=method,
        delta=delta,
        per_task=per_task,
        alpha_gradient=alpha_gradient,
        target=target,
    )
    parts, reasons = run(map, compute, loss, w, cut(tasks, check_count("chunk", chunk, 1)))
    warn(reasons, above=1)
    return combine(parts)


def maml_finite_sum(
    loss: Differentiable, w: np.ndarray | None, problem: FiniteSumProblem, **options: Any
) -> History:
    """`tm.maml_finite_sum` over `map`: with its options, and with map and chunk.

    Chunk c of meta-iteration k draws its tasks from SeedSequence((seed, k, c, 1)), and those for
    `RandomStepsize` from (seed, k, c, 2): not the tasks that `tm.maml_finite_sum` draws. seed: an
    int. map: see above. chunk: how many tasks, 25 if not given, are drawn and computed together; it
    decides what is drawn. Raises `ChunkFailed` for what is raised where a chunk is computed, else
    what `tm.maml_finite_sum` raises.
    """
    check_problem(problem, "sample", "rng, batch")
    return train(loss, w, problem, None, **options)


def maml_resampling(
    loss: Differentiable,
    w: np.ndarray | None,
    problem: ResamplingProblem,
    *,
    samples: dict[str, int],
    **options: Any,
) -> History:
    """`tm.maml_resampling` over `map`; the rest as in `maml_finite_sum`."""
    check_problem(problem, "resample", "rng, batch, steps, samples")
    return train(loss, w, problem, check_samples(samples), **options)


def train(
    loss: Differentiable,
    w: np.ndarray | None,
    problem: Any,
    sets: dict[str, int] | None,
    *,
    alpha: Alpha | None,
    steps: int,
    stepsize: float | Adam | RandomStepsize,
    alpha_stepsize: float | Adam | None = None,
    batch: int,
    iterations: int,
    seed: Seed = NotGiven.SEED,
    method: str = "exact",
    resume: History | None = None,
    callback: Callback | None = None,
    progress: bool | str = True,
    target: str = "cpu",
    map: Map = map,
    chunk: int = 25,
) -> History:
    """Both algorithms, as in maml/algorithms.py. sets: how large the sample sets are; None
    for Algorithm 2."""
    check_map(map)
    check_name(target)
    w, alpha, rng = find_start(w, alpha, seed, resume)
    alpha, steps, batch, iterations = check_arguments(
        loss, w, alpha, steps, batch, iterations, method, callback, target
    )
    beta = check_stepsize(stepsize, w, sampled=sets is not None)
    alpha_stepsize = check_alpha_stepsize(alpha_stepsize, stepsize, w.dtype)
    update, learn = make_updates(w, alpha, stepsize, alpha_stepsize, resume)
    compute = partial(explained_meta_gradient, steps=steps, method=method, target=target)
    compute = partial(compute, alpha_gradient=learn.is_on)
    draw = partial(draw_chunks, check_count("chunk", chunk, 1), problem, number_of(seed, rng))
    others = 0

    with Recorder(
        w, alpha, rng, update, learn, steps, method, iterations, progress, callback, resume, above=3
    ) as record:
        for k in record.iterations():
            during = f" of meta-iteration {k}"
            # Each chunk draws its tasks, and takes their mean meta-gradient at w_k.
            chunks = draw(k, FOR_GRADIENT, batch, steps, sets)
            parts, reasons = run(map, partial(compute, alpha=alpha), loss, w, chunks, during)
            found = combine(parts)

            # Each chunk draws other tasks, and estimates L̂_k; the mean of its estimates is L̂_k.
            if isinstance(stepsize, RandomStepsize):
                other_sets = None
                if stepsize.samples is not None:  # Algorithm 1: check_stepsize has seen to it
                    other_sets = {"inner": 1, "hessian": 1, "outer": stepsize.samples}
                chunks = draw(k, FOR_STEPSIZE, stepsize.batch, 0, other_sets)
                estimate = partial(estimate_smoothness, stepsize, alpha, target)
                estimates, more_reasons = run(map, estimate, loss, w, chunks, during)
                reasons += more_reasons
                beta = 1 / (stepsize.C_beta * mean_over_tasks(estimates))
                others = sum(part.tasks for part in estimates)

            w = w - update(beta, found.gradient)
            alpha = learn(alpha, found.alpha_gradient)
            record(k, w, alpha, found, reasons, beta, len(found.losses), others)
    return record.history


def number_of(seed: Seed, rng: np.random.Generator) -> int:
    """The int that a run draws from; a resumed run's is that of its first run."""
    source: Any = rng.bit_generator.seed_seq
    entropy = getattr(source, "entropy", None)
    if isinstance(seed, np.random.Generator) or not isinstance(entropy, int) or source.spawn_key:
        raise TypeError(
            "seed is a numpy Generator, or the history began with one; over a map every chunk "
            "makes its own generator, from an int: seed=0"
        )
    return entropy


def estimate_smoothness(
    stepsize: RandomStepsize,
    alpha: Alpha,
    target: str,
    loss: Differentiable,
    w: np.ndarray,
    tasks: Tasks,
) -> tuple[float, list[str]]:
    """-> the L̂_k of these tasks, and why some gradients are not finite."""
    gradients, reasons = outer_gradients(loss, w, tasks, alpha, target)
    return stepsize.smoothness(gradients), reasons
