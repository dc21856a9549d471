"""Meta-training: Algorithm 2, N-step MAML on fixed support and query sets (theory, section 0; lesson 12)."""
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np

from ..engine.checks import check_count, check_positive, check_target
from ..engine.loss import Loss
from .meta_gradient import check_method, check_start, meta_gradient


@dataclass
class Adam:
    """Adam (Kingma & Ba 2015) as the meta stepsize rule: a per-coordinate stepsize from running moments of the meta-gradient."""
    lr: float = 1e-3
    betas: tuple[float, float] = (0.9, 0.999)
    eps: float = 1e-8

    def __post_init__(self):
        check_positive("lr", self.lr)
        check_positive("eps", self.eps)
        if not isinstance(self.betas, (tuple, list)) or len(self.betas) != 2 or not all(0 <= b < 1 for b in self.betas):
            raise ValueError(f"betas is {self.betas}; expected two numbers in [0, 1)")


@dataclass
class History:
    """What a meta-training run did."""
    w: np.ndarray                                           # (P,)           where it ended
    losses: np.ndarray                                      # (iterations,)  mean query loss after adaptation, at w_k
    gradient_norms: np.ndarray                              # (iterations,)  norm of the meta-gradient estimate at w_k
    stepsizes: np.ndarray                                   # (iterations,)  beta_k, Adam's lr
    gradients_used: int = 0                                 # gradients of task losses, all tasks and steps
    hvps_used: int = 0                                      # Hessian-vector products


class Interrupted(KeyboardInterrupt):
    """Ctrl-C during meta-training. `history` holds what was done until then."""

    def __init__(self, history):
        super().__init__(f"stopped after {len(history.losses)} meta-iterations")
        self.history = history


class Diverged(FloatingPointError):
    """The meta-gradient is not finite. `history` holds what was done until then."""

    def __init__(self, k, alpha, beta, history):
        super().__init__(f"the meta-gradient is not finite at meta-iteration {k}: make alpha ({alpha:g}) or the stepsize ({beta:g}) smaller")
        self.history = history


def maml_finite_sum(loss: Loss, w: np.ndarray, problem, *, alpha: float, steps: int, stepsize: "float | Adam", batch: int, iterations: int,
                    seed: "int | np.random.Generator" = 0, method: str = "exact", progress: "bool | str" = True, target: str = "cpu") -> History:
    """Algorithm 2. At each meta-iteration k: draw `batch` tasks, run N = `steps` inner steps of size alpha on each support
    set, and move w against the mean of ∏_j (I − α∇²l_S(w_j)) ∇l_T(w_N).

    w: (P,), float32 or float64, not changed. problem: any object with sample(rng, batch) -> `Tasks`.
    stepsize: a float (constant beta) or `Adam(lr)`. seed: an int or a numpy Generator. progress: True, False or a title.
    -> `History`. Ctrl-C raises `Interrupted`, which carries the history until then. Raises `Diverged`, a
    FloatingPointError that carries it too, when the meta-gradient is not finite.
    """
    check_target(target)
    batch, iterations, steps = check_count("batch", batch, 1), check_count("iterations", iterations), check_count("steps", steps)
    check_start(loss, w, target)
    alpha = check_positive("alpha", alpha, w.dtype)
    check_method(method)
    if not callable(getattr(problem, "sample", None)):
        raise TypeError(f"problem is of type {type(problem).__name__}; expected an object with sample(rng, batch) -> Tasks")
    adam = isinstance(stepsize, Adam)
    beta = check_positive("stepsize", stepsize.lr if adam else stepsize, w.dtype)
    rng = np.random.default_rng(seed)
    w, losses, norms = w.copy(), np.empty(iterations), np.empty(iterations)
    m, s = np.zeros_like(w), np.zeros_like(w)               # Adam's moments

    def history(done):
        gradients = seen * (steps + 1 + (2 * steps if method == "hessian-free" else 0))
        return History(w, losses[:done], norms[:done], np.full(done, beta), gradients, seen * steps if method == "exact" else 0)

    done = seen = 0                                         # meta-iterations, tasks
    try:
        with bar(iterations, progress) as report:
            for k in range(iterations):
                tasks = problem.sample(rng, batch)
                if getattr(tasks, "fresh", False):
                    raise TypeError("problem.sample returned resampled tasks; Algorithm 2 needs fixed support and query sets (Tasks.finite_sum)")
                g, task_losses, *_ = meta_gradient(loss, w, tasks, alpha=alpha, steps=steps, method=method, target=target)
                losses[k], norms[k] = task_losses.mean(dtype=float), np.linalg.norm(g.astype(float))
                if not np.isfinite(norms[k]):
                    raise Diverged(k, alpha, beta, history(k))
                w = w - (adam_step(stepsize, k + 1, m, s, g) if adam else w.dtype.type(beta) * g)
                done, seen = k + 1, seen + len(tasks)
                report(losses[:done])
    except KeyboardInterrupt:
        raise Interrupted(history(done)) from None
    return history(done)


def adam_step(adam, k, m, s, g):
    """The k-th step (k = 1, 2, ...); m and s are updated in place."""
    a, b = adam.betas
    T = g.dtype.type
    m += T(1 - a) * (g - m)
    s += T(1 - b) * (g * g - s)
    return T(adam.lr / (1 - a ** k)) * m / (np.sqrt(s * T(1 / (1 - b ** k))) + T(adam.eps))


@contextmanager
def bar(iterations, progress):
    """A progress bar with the running loss (mean of the last 100), or nothing -> the function to report the losses to."""
    from tqdm.auto import tqdm
    title, off = progress if isinstance(progress, str) else "meta-training", progress is False
    with tqdm(total=iterations, desc=title, disable=off, mininterval=0.2, unit="it", smoothing=0.05) as shown:
        def report(losses):
            if not off and len(losses) % 50 == 0:
                shown.set_postfix_str(f"loss {losses[-100:].mean():.3f}", refresh=False)
                shown.update(50)
        yield report
        shown.update(iterations - shown.n)                  # not after an interruption: the bar stays where it was
