"""What a meta-training run did: its history, which survives Ctrl-C and divergence; the progress
bar."""

from dataclasses import dataclass
from math import isfinite

import numpy as np

from .divergence import warn


@dataclass
class History:
    """What a meta-training run did.

    The counts are calls for one task: a gradient, or a Hessian-vector product, of the loss on one
    sample set, however large, counts once. A task takes N + 1 gradients (the inner steps and the
    outer gradient), with method="hessian-free" 2 N more, and N products with method="exact", else
    none. `RandomStepsize` takes a gradient for each task of its batch.
    """

    w: np.ndarray  # (P,)           where it ended
    losses: np.ndarray  # (iterations,)  mean outer (query) loss after adaptation, at w_k
    gradient_norms: np.ndarray  # (iterations,)  norm of the meta-gradient estimate at w_k
    stepsizes: np.ndarray  # (iterations,)  beta_k, Adam's lr
    gradients_used: int = 0  # gradients of task losses, all tasks and steps
    hvps_used: int = 0  # Hessian-vector products


class Interrupted(KeyboardInterrupt):
    """Ctrl-C during meta-training. `history` holds what was done until then."""

    def __init__(self, history: History):
        super().__init__(f"stopped after {len(history.losses)} meta-iterations")
        self.history = history


class Diverged(FloatingPointError):
    """The meta-gradient, the mean loss, the stepsize or w is not finite.

    `history` holds what was done until then.
    """

    def __init__(self, what: str, k: int, advice: str, history: History):
        super().__init__(f"{what} is not finite at meta-iteration {k}: {advice}")
        self.history = history


class Recorder:
    """A history while it is written.

    `with Recorder(...) as record`, and in it `record(...)` after every meta-iteration.
    """

    def __init__(
        self,
        w: np.ndarray,
        steps: int,
        method: str,
        iterations: int,
        progress: bool | str,
    ):
        self.iterations = iterations
        self.progress = progress
        # of one task
        self.gradients = steps + 1 + (2 * steps if method == "hessian-free" else 0)
        self.hvps = steps if method == "exact" else 0
        self.losses, self.norms, self.betas = np.empty((3, iterations))
        # w, meta-iterations, gradients, products: one assignment, so that Ctrl-C never parts them
        self.state = (w.copy(), 0, 0, 0)

    @property
    def history(self) -> History:
        w, k, gradients, hvps = self.state
        return History(w, self.losses[:k], self.norms[:k], self.betas[:k], gradients, hvps)

    def __call__(
        self,
        k: int,
        w: np.ndarray,
        losses: np.ndarray,
        g: np.ndarray,
        reasons: list[str],
        beta: float,
        tasks: int,
        others: int,
    ) -> None:
        """Keep w_{k+1}; the losses and the meta-gradient at w_k, and β_k; how many tasks they took.

        reasons: why results of some tasks are not finite. others: how many tasks β_k took. Raises
        `Diverged`; warns of the reasons where the run can go on.
        """
        with np.errstate(over="ignore", invalid="ignore"):  # what comes of it, is looked at
            norm = float(np.linalg.norm(g.astype(float)))
            mean_loss = float(losses.mean(dtype=float))
        flaw = find_flaw(g, norm, mean_loss, beta, w)
        if flaw:
            raise Diverged(flaw, k, advise(flaw, k, reasons, beta), self.history)
        self.losses[k] = mean_loss
        self.norms[k] = norm
        self.betas[k] = beta
        _, _, gradients, hvps = self.state
        gradients += tasks * self.gradients + others
        hvps += tasks * self.hvps
        self.state = (w, k + 1, gradients, hvps)
        if self.progress is not False and (k + 1) % 50 == 0:
            recent = self.losses[max(0, k - 99) : k + 1].mean()
            self.bar.set_postfix_str(f"loss {recent:.3f}", refresh=False)
            self.bar.update(50)
        warn(reasons, above=2)

    def __enter__(self) -> "Recorder":
        from tqdm.auto import tqdm

        title = self.progress if isinstance(self.progress, str) else "meta-training"
        self.bar = tqdm(
            total=self.iterations,
            desc=title,
            disable=self.progress is False,
            mininterval=0.2,
            unit="it",
            smoothing=0.05,
        )
        return self

    def __exit__(self, kind: object, error: object, traceback: object) -> None:
        if kind is None:  # after an interruption the bar stays where it was
            self.bar.update(self.iterations - self.bar.n)
        self.bar.close()
        if isinstance(error, KeyboardInterrupt):
            raise Interrupted(self.history) from None


def find_flaw(g: np.ndarray, norm: float, mean_loss: float, beta: float, w: np.ndarray) -> str:
    """What is not finite; "" if all is well."""
    if not isfinite(norm):
        return "the norm of the meta-gradient" if np.isfinite(g).all() else "the meta-gradient"
    if not isfinite(mean_loss):
        return "the mean loss"
    if not beta > 0:
        return "the smoothness estimated by RandomStepsize"
    # the squares' sum: quick, and finite as a rule
    if not (isfinite(np.vdot(w, w)) or np.isfinite(w).all()):
        return "w"
    return ""


def advise(flaw: str, k: int, reasons: list[str], beta: float) -> str:
    """What to do about a flaw. At the start, before any step was taken, no stepsize is to blame."""
    smaller = f"make the stepsize ({beta:g}) smaller" if beta > 0 else "make C_beta larger"
    if flaw == "w":
        return smaller
    advice = "; ".join(reasons) or (
        "each task's loss and gradient are finite, but too large to be squared or added: "
        "look at the loss, at w and at the data"
    )
    return f"{advice}; if w has gone astray, {smaller}" if k > 0 else advice
