"""Meta-training: the two algorithms of N-step MAML, each beside its pseudo-code.

Ji, Yang & Liang 2022, Algorithms 1 and 2. The inner loop and the product are one call of
`meta_gradient`; on_numpy.py shows them line by line. How β_k is chosen: stepsizes.py. How α is
learned: learned_alpha.py. Where a run starts: resume.py. What is kept of it: recorder.py.
"""

from functools import partial
from typing import Protocol, Sized

import numpy as np

from ..engine.errors.arguments import check_count, check_samples
from ..engine.targets import check_target
from .alpha import Alpha, check_alpha
from .history import History
from .learned_alpha import check_alpha_stepsize
from .meta_gradient import check_method, check_start, explained_meta_gradient
from .on_numpy import Differentiable
from .recorder import Callback, Recorder
from .resume import NotGiven, Seed, find_start, make_updates
from .stepsizes import Adam, RandomStepsize, check_stepsize
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
    w: np.ndarray | None,
    problem: ResamplingProblem,
    *,
    alpha: Alpha | None,
    steps: int,
    stepsize: float | Adam | RandomStepsize,
    alpha_stepsize: float | Adam | None = None,
    batch: int,
    samples: dict[str, int],
    iterations: int,
    seed: Seed = NotGiven.SEED,
    method: str = "exact",
    resume: History | None = None,
    callback: Callback | None = None,
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
    check_target(target)
    w, alpha, rng = find_start(w, alpha, seed, resume)
    alpha, steps, batch, iterations = check_arguments(
        loss, w, alpha, steps, batch, iterations, method, callback, target
    )
    check_problem(problem, "resample", "rng, batch, steps, samples")
    samples = check_samples(samples)
    beta = check_stepsize(stepsize, w, sampled=True)
    alpha_stepsize = check_alpha_stepsize(alpha_stepsize, stepsize, w.dtype)
    update, learn = make_updates(w, alpha, stepsize, alpha_stepsize, resume)
    compute = partial(explained_meta_gradient, loss, steps=steps, method=method, target=target)
    compute = partial(compute, alpha_gradient=learn.is_on)
    others: Sized = ()

    with Recorder(
        w, alpha, rng, update, learn, steps, method, iterations, progress, callback, resume
    ) as record:
        for k in record.iterations():
            # Draw B tasks and, for each, fresh sample sets S_0 .. S_{N−1}, D_0 .. D_{N−1} and T.
            tasks = check_resampled(problem.resample(rng, batch, steps, samples))

            # From w_0 = w_k, for j < N:  w_{j+1} = w_j − α∇l_i(w_j; S_j).
            # Ĝ_i = ∏_j (I − α∇²l_i(w_j; D_j)) ∇l_i(w_N; T).
            found, reasons = compute(w, tasks, alpha=alpha)

            # Draw, independently, B' tasks and D_L samples of each.
            # L̂_k = A + C_𝓛 mean_i ‖∇l_i(w_k; D_L)‖.   β_k = 1 / (C_β L̂_k).
            if isinstance(stepsize, RandomStepsize):
                assert stepsize.samples is not None  # check_stepsize has seen to it
                sizes = {"inner": 1, "hessian": 1, "outer": stepsize.samples}
                others = check_resampled(problem.resample(rng, stepsize.batch, 0, sizes))
                gradients, more_reasons = outer_gradients(loss, w, others, alpha, target)
                reasons += more_reasons
                beta = 1 / (stepsize.C_beta * stepsize.smoothness(gradients))

            # w_{k+1} = w_k − β_k mean_i Ĝ_i.   α_{k+1} = α_k, unless it is learned.
            w = w - update(beta, found.gradient)
            alpha = learn(alpha, found.alpha_gradient)
            record(k, w, alpha, found, reasons, beta, len(tasks), len(others))
    return record.history


def maml_finite_sum(
    loss: Differentiable,
    w: np.ndarray | None,
    problem: FiniteSumProblem,
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
) -> History:
    """Algorithm 2: each task has a fixed support set S_i, to adapt on, and a fixed query set T_i,
    to be judged on.

    loss: a `tm.Loss`; with target="numpy" any object with value(w, *data), gradient(w, *data),
    hvp(w, v, *data). w: (P,), float32 or float64, not changed. problem: any object with sample(rng,
    batch) -> finite-sum `Tasks`. alpha: the inner stepsize, > 0, or one >= 0 for each parameter,
    (P,), not all 0. steps: N. stepsize: β, a float, `Adam(lr)` or `RandomStepsize(...)`.
    alpha_stepsize: a float or `Adam(lr)`; then alpha is learned: α ← α⊙exp(−step(α⊙∂𝓛/∂α)), with
    the step that would be subtracted from w; zeros stay zero. batch: B. iterations: at most so
    many. seed: an int, 0 if not given, or a numpy Generator, from which come, at each k, first the
    B tasks and then those of `RandomStepsize`. method: of `meta_gradient`. progress: True, False or
    a title.

    resume: the `History` of an earlier run, of which this one does `iterations` more; the new
    history covers both. It goes on where the last complete iteration ended, also with the history
    of `Interrupted` and `Diverged`: as if it had never stopped, bit for bit, if nothing is changed
    and the problem draws from rng alone. w is then None, and seed is not given: they are the
    history's, as alpha is if it is None. All else may change. Adam's moments go on if betas and eps
    are the same, else they start anew.
    callback: a function f(k, w, losses), called after each iteration: k counts from the first run;
    w is w_{k+1}, losses are those of the B tasks, (B,), both read-only. If it returns True, the run
    ends; whatever else it returns does not matter.

    -> `History`. Ctrl-C raises `Interrupted`, a KeyboardInterrupt that carries the history until
    then. Raises `Diverged`, a FloatingPointError that carries it too, when the meta-gradient, the
    mean loss, β_k, w or a learned alpha is not finite; TypeError or ValueError for arguments that
    cannot be right. What the problem, the loss or the callback raises during the run passes
    through, with the history as its attribute `history`.
    """
    check_target(target)
    w, alpha, rng = find_start(w, alpha, seed, resume)
    alpha, steps, batch, iterations = check_arguments(
        loss, w, alpha, steps, batch, iterations, method, callback, target
    )
    check_problem(problem, "sample", "rng, batch")
    beta = check_stepsize(stepsize, w, sampled=False)
    alpha_stepsize = check_alpha_stepsize(alpha_stepsize, stepsize, w.dtype)
    update, learn = make_updates(w, alpha, stepsize, alpha_stepsize, resume)
    compute = partial(explained_meta_gradient, loss, steps=steps, method=method, target=target)
    compute = partial(compute, alpha_gradient=learn.is_on)
    others: Sized = ()

    with Recorder(
        w, alpha, rng, update, learn, steps, method, iterations, progress, callback, resume
    ) as record:
        for k in record.iterations():
            # Draw B tasks, each with its support set S_i and its query set T_i.
            tasks = check_fixed(problem.sample(rng, batch))

            # From w_0 = w_k, for j < N:  w_{j+1} = w_j − α∇l_{S_i}(w_j).
            # G_i = ∏_j (I − α∇²l_{S_i}(w_j)) ∇l_{T_i}(w_N).
            found, reasons = compute(w, tasks, alpha=alpha)

            # Draw, independently, B' tasks.
            # L̂_k = A + C_𝓛 mean_i ‖∇l_{T_i}(w_k)‖.   β_k = 1 / (C_β L̂_k).
            if isinstance(stepsize, RandomStepsize):
                others = check_fixed(problem.sample(rng, stepsize.batch))
                gradients, more_reasons = outer_gradients(loss, w, others, alpha, target)
                reasons += more_reasons
                beta = 1 / (stepsize.C_beta * stepsize.smoothness(gradients))

            # w_{k+1} = w_k − β_k mean_i G_i.   α_{k+1} = α_k, unless it is learned.
            w = w - update(beta, found.gradient)
            alpha = learn(alpha, found.alpha_gradient)
            record(k, w, alpha, found, reasons, beta, len(tasks), len(others))
    return record.history


def outer_gradients(
    loss: Differentiable, w: np.ndarray, tasks: Tasks, alpha: Alpha, target: str
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
    alpha: Alpha,
    steps: int,
    batch: int,
    iterations: int,
    method: str,
    callback: Callback | None,
    target: str,
) -> tuple[Alpha, int, int, int]:
    """What both algorithms ask of their arguments, on whatever machine -> alpha, steps, batch,
    iterations."""
    batch = check_count("batch", batch, 1)
    iterations = check_count("iterations", iterations)
    steps = check_count("steps", steps)
    check_start(loss, w, target)
    check_method(method)
    if callback is not None and not callable(callback):
        raise TypeError(
            f"callback is of type {type(callback).__name__}; "
            "expected a function f(k, w, losses), or None"
        )
    return check_alpha(alpha, w), steps, batch, iterations


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
