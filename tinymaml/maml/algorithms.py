"""Meta-training: the two algorithms of N-step MAML, each beside its pseudo-code.

Ji, Yang & Liang 2022, Algorithms 1 and 2. The inner loop and the product are one call of
`meta_gradient`; on_numpy.py shows them line by line. How β_k is chosen: stepsizes.py. What is kept
of a run: history.py.
"""

from typing import Protocol, Sized

import numpy as np

from ..engine.errors.arguments import check_count, check_positive, check_samples, check_seed
from ..engine.targets import check_target
from .history import History, Recorder
from .meta_gradient import check_method, check_start, explained_meta_gradient
from .on_numpy import Differentiable
from .stepsizes import Adam, RandomStepsize, check_stepsize, make_update
from .tasks import Tasks


class ResamplingProblem(Protocol):
    """Where Algorithm 1 draws its tasks, with fresh samples for every step."""

    def resample(
        self, rng: np.random.Generator, batch: int, steps: int, samples: dict[str, int], /
    ) -> Tasks: ...


class FiniteSumProblem(Protocol):
    """Where Algorithm 2 draws its tasks, each with two fixed sets."""

    def sample(self, rng: np.random.Generator, batch: int, /) -> Tasks: ...


def maml_resampling(
    loss: Differentiable,
    w: np.ndarray,
    problem: ResamplingProblem,
    *,
    alpha: float,
    steps: int,
    stepsize: float | Adam | RandomStepsize,
    batch: int,
    samples: dict[str, int],
    iterations: int,
    seed: int | np.random.Generator = 0,
    method: str = "exact",
    progress: bool | str = True,
    target: str = "cpu",
) -> History:
    """Algorithm 1: the losses l_i are expectations, and every step draws fresh samples.

    problem: any object with resample(rng, batch, steps, samples) -> resampled `Tasks`. samples:
    dict(inner=S, hessian=D, outer=T), the sizes of the sets of an inner step, of a Hessian and of
    the outer gradient. `RandomStepsize` asks for its tasks with steps=0 and samples=dict(inner=1,
    hessian=1, outer=D_L), of which only the outer samples are used. The rest, what is returned and
    what is raised: as in `maml_finite_sum`.
    """
    alpha, steps, batch, iterations = check_arguments(
        loss, w, alpha, steps, batch, iterations, method, target
    )
    check_problem(problem, "resample", "rng, batch, steps, samples")
    samples = check_samples(samples)
    beta = check_stepsize(stepsize, w, sampled=True)
    update = make_update(stepsize, w)
    rng = check_seed(seed)
    others: Sized = ()

    with Recorder(w, steps, method, iterations, progress) as record:
        for k in range(iterations):
            # Draw B tasks and, for each, fresh sample sets S_0 .. S_{N−1}, D_0 .. D_{N−1} and T.
            tasks = check_resampled(problem.resample(rng, batch, steps, samples))

            # From w_0 = w_k, for j < N:  w_{j+1} = w_j − α∇l_i(w_j; S_j).
            # Ĝ_i = ∏_j (I − α∇²l_i(w_j; D_j)) ∇l_i(w_N; T).
            (g, losses, *_), reasons = explained_meta_gradient(
                loss, w, tasks, alpha=alpha, steps=steps, method=method, target=target
            )

            # Draw, independently, B' tasks and D_L samples of each.
            # L̂_k = A + C_𝓛 mean_i ‖∇l_i(w_k; D_L)‖.   β_k = 1 / (C_β L̂_k).
            if isinstance(stepsize, RandomStepsize):
                assert stepsize.samples is not None  # check_stepsize has seen to it
                sizes = {"inner": 1, "hessian": 1, "outer": stepsize.samples}
                others = check_resampled(problem.resample(rng, stepsize.batch, 0, sizes))
                gradients, more_reasons = outer_gradients(loss, w, others, alpha, target)
                reasons += more_reasons
                beta = 1 / (stepsize.C_beta * stepsize.smoothness(gradients))

            # w_{k+1} = w_k − β_k mean_i Ĝ_i.
            w = w - update(beta, g)
            record(k, w, losses, g, reasons, beta, len(tasks), len(others))
    return record.history


def maml_finite_sum(
    loss: Differentiable,
    w: np.ndarray,
    problem: FiniteSumProblem,
    *,
    alpha: float,
    steps: int,
    stepsize: float | Adam | RandomStepsize,
    batch: int,
    iterations: int,
    seed: int | np.random.Generator = 0,
    method: str = "exact",
    progress: bool | str = True,
    target: str = "cpu",
) -> History:
    """Algorithm 2: each task has a fixed support set S_i, to adapt on, and a fixed query set T_i,
    to be judged on.

    loss: a `tm.Loss`; with target="numpy" any object with value(w, *data), gradient(w, *data),
    hvp(w, v, *data). w: (P,), float32 or float64, not changed. problem: any object with sample(rng,
    batch) -> finite-sum `Tasks`. alpha: the inner stepsize. steps: N. stepsize: β, a float,
    `Adam(lr)` or `RandomStepsize(...)`. batch: B. seed: an int or a numpy Generator, from which
    come, at each k, first the B tasks and then those of `RandomStepsize`. method: of
    `meta_gradient`. progress: True, False or a title. -> `History`. Ctrl-C raises `Interrupted`, a
    KeyboardInterrupt that carries the history until then. Raises `Diverged`, a FloatingPointError
    that carries it too, when the meta-gradient, the mean loss, β_k or w is not finite; TypeError or
    ValueError for arguments that cannot be right.
    """
    alpha, steps, batch, iterations = check_arguments(
        loss, w, alpha, steps, batch, iterations, method, target
    )
    check_problem(problem, "sample", "rng, batch")
    beta = check_stepsize(stepsize, w, sampled=False)
    update = make_update(stepsize, w)
    rng = check_seed(seed)
    others: Sized = ()

    with Recorder(w, steps, method, iterations, progress) as record:
        for k in range(iterations):
            # Draw B tasks, each with its support set S_i and its query set T_i.
            tasks = check_fixed(problem.sample(rng, batch))

            # From w_0 = w_k, for j < N:  w_{j+1} = w_j − α∇l_{S_i}(w_j).
            # G_i = ∏_j (I − α∇²l_{S_i}(w_j)) ∇l_{T_i}(w_N).
            (g, losses, *_), reasons = explained_meta_gradient(
                loss, w, tasks, alpha=alpha, steps=steps, method=method, target=target
            )

            # Draw, independently, B' tasks.
            # L̂_k = A + C_𝓛 mean_i ‖∇l_{T_i}(w_k)‖.   β_k = 1 / (C_β L̂_k).
            if isinstance(stepsize, RandomStepsize):
                others = check_fixed(problem.sample(rng, stepsize.batch))
                gradients, more_reasons = outer_gradients(loss, w, others, alpha, target)
                reasons += more_reasons
                beta = 1 / (stepsize.C_beta * stepsize.smoothness(gradients))

            # w_{k+1} = w_k − β_k mean_i G_i.
            w = w - update(beta, g)
            record(k, w, losses, g, reasons, beta, len(tasks), len(others))
    return record.history


def outer_gradients(
    loss: Differentiable, w: np.ndarray, tasks: Tasks, alpha: float, target: str
) -> tuple[np.ndarray, list[str]]:
    """∇l_i(w) on each task's outer samples, (B', P), and why some are not finite.

    The meta-gradient without inner steps, where alpha does not matter.
    """
    found, reasons = explained_meta_gradient(
        loss, w, tasks, alpha=alpha, steps=0, per_task=True, target=target
    )
    assert found.gradients is not None  # they were asked for
    return found.gradients, [f"for RandomStepsize, {reason}" for reason in reasons]


# ---- checks of the arguments


def check_arguments(
    loss: Differentiable,
    w: np.ndarray,
    alpha: float,
    steps: int,
    batch: int,
    iterations: int,
    method: str,
    target: str,
) -> tuple[float, int, int, int]:
    """What both algorithms ask of their arguments -> alpha, steps, batch, iterations."""
    check_target(target)
    batch = check_count("batch", batch, 1)
    iterations = check_count("iterations", iterations)
    steps = check_count("steps", steps)
    check_start(loss, w, target)
    check_method(method)
    return check_positive("alpha", alpha, w.dtype), steps, batch, iterations


def check_problem(problem: object, name: str, arguments: str) -> None:
    """Has the problem the method that the algorithm calls?"""
    if callable(getattr(problem, name, None)):
        return
    other, algorithm = {
        "sample": ("resample", "maml_resampling"),
        "resample": ("sample", "maml_finite_sum"),
    }[name]
    hint = ""
    if hasattr(problem, other):
        hint = f"; it has {other}, which is for tm.{algorithm}"
    raise TypeError(
        f"problem is of type {type(problem).__name__}; "
        f"expected an object with {name}({arguments}) -> Tasks{hint}"
    )


def check_resampled(tasks: Tasks) -> Tasks:
    """Fresh samples, as Algorithm 1 needs them. What are no tasks at all, meta_gradient refuses."""
    if getattr(tasks, "fresh", True):
        return tasks
    raise TypeError(
        "problem.resample returned fixed support and query sets; "
        "Algorithm 1 needs fresh samples (Tasks.resampled)"
    )


def check_fixed(tasks: Tasks) -> Tasks:
    """Fixed sets, as Algorithm 2 needs them."""
    if not getattr(tasks, "fresh", False):
        return tasks
    raise TypeError(
        "problem.sample returned resampled tasks; "
        "Algorithm 2 needs fixed support and query sets (Tasks.finite_sum)"
    )
