"""A meta-training run while it goes on: what is kept of it after every meta-iteration, what stops
it, and its progress bar."""

from contextlib import suppress
from math import isfinite
from typing import Any, Callable, Iterator, NamedTuple, TypeAlias

import numpy as np

from .alpha import Alpha, is_in_range
from .divergence import warn
from .generators import GeneratorState
from .history import Checkpoint, Diverged, History, Interrupted
from .learned_alpha import AlphaUpdate
from .meta_gradient import MetaGradient
from .stepsizes import Update
from .tasks import read_only

Callback: TypeAlias = Callable[[int, np.ndarray, np.ndarray], Any]


class State(NamedTuple):
    """What is known after the last complete meta-iteration."""

    w: np.ndarray
    alpha: Alpha
    iterations: int  # with those of the runs before
    gradients: int
    hvps: int
    checkpoint: Checkpoint


class Recorder:
    """A history while it is written.

    `with Recorder(...) as record`, in it `for k in record.iterations()`, and in that
    `record(k, ...)` at the end of every meta-iteration. above: how many calls above that one the
    user's call is, to which warnings point.
    """

    def __init__(
        self,
        w: np.ndarray,
        alpha: Alpha,
        rng: np.random.Generator,
        update: Update,
        learn: AlphaUpdate,
        steps: int,
        method: str,
        iterations: int,
        progress: bool | str,
        callback: Callback | None,
        resume: History | None,
        above: int = 2,
    ):
        self.rng = rng
        self.update = update
        self.learn = learn
        self.progress = progress
        self.callback = callback
        self.above = above
        # of one task
        self.gradients = steps + 1 + (2 * steps if method == "hessian-free" else 0)
        self.hvps = steps if method == "exact" else 0
        self.first = 0 if resume is None else len(resume.losses)
        self.last = self.first + iterations
        self.ended = False  # by the callback
        self.losses, self.norms, self.betas = np.empty((3, self.last))
        gradients = hvps = 0
        if resume is not None:
            self.losses[: self.first] = resume.losses
            self.norms[: self.first] = resume.gradient_norms
            self.betas[: self.first] = resume.stepsizes
            gradients, hvps = resume.gradients_used, resume.hvps_used
        # one assignment, so that Ctrl-C never parts what belongs together
        self.state = State(w.copy(), alpha, self.first, gradients, hvps, self.checkpoint())

    def checkpoint(self) -> Checkpoint:
        return Checkpoint(GeneratorState.of(self.rng), self.update.state, self.learn.state)

    @property
    def history(self) -> History:
        w, alpha, k, gradients, hvps, checkpoint = self.state
        losses, norms, betas = self.losses[:k], self.norms[:k], self.betas[:k]
        return History(w, alpha, losses, norms, betas, gradients, hvps, checkpoint)

    def iterations(self) -> Iterator[int]:
        """The numbers k of the meta-iterations, until the last or until the callback ends them."""
        while self.state.iterations < self.last and not self.ended:
            yield self.state.iterations

    def __call__(
        self,
        k: int,
        w: np.ndarray,
        alpha: Alpha,
        found: MetaGradient,
        reasons: list[str],
        beta: float,
        tasks: int,
        others: int,
    ) -> None:
        """Keep w_{k+1} and α_{k+1}; the losses and the meta-gradient at w_k, and β_k; how many
        tasks they took.

        reasons: why results of some tasks are not finite. others: how many tasks β_k took. Raises
        `Diverged`; warns of the reasons where the run can go on.
        """
        with np.errstate(over="ignore", invalid="ignore"):  # what comes of it, is looked at
            norm = float(np.linalg.norm(found.gradient.astype(float)))
            mean_loss = float(found.losses.mean(dtype=float))
        flaw = find_flaw(found.gradient, norm, mean_loss, beta, w)
        if self.learn.is_on and not flaw:
            flaw = find_flaw_of_alpha(found.alpha_gradient, alpha, self.state.alpha, w)
        if flaw:
            advice = advise(flaw, k, reasons, beta, self.learn)
            raise Diverged(flaw, k, advice, self.history)
        self.losses[k] = mean_loss
        self.norms[k] = norm
        self.betas[k] = beta
        gradients = self.state.gradients + tasks * self.gradients + others
        hvps = self.state.hvps + tasks * self.hvps
        self.state = State(w, alpha, k + 1, gradients, hvps, self.checkpoint())
        if self.progress is not False and (k + 1) % 50 == 0:
            recent = self.losses[max(0, k - 99) : k + 1].mean()
            self.bar.set_postfix_str(f"loss {recent:.3f}", refresh=False)
            self.bar.update(k + 1 - self.bar.n)
        warn(reasons, above=self.above)
        if self.callback is not None:
            answer = self.callback(k, read_only(w), read_only(found.losses))
            self.ended = isinstance(answer, (bool, np.bool_)) and bool(answer)

    def __enter__(self) -> "Recorder":
        from tqdm.auto import tqdm

        title = self.progress if isinstance(self.progress, str) else "meta-training"
        self.bar = tqdm(
            initial=self.first,
            total=self.last,
            desc=title,
            disable=self.progress is False,
            mininterval=0.2,
            unit="it",
            smoothing=0.05,
        )
        return self

    def __exit__(self, kind: object, error: object, traceback: object) -> None:
        if kind is None:  # after an interruption the bar stays where it was
            self.bar.update(self.state.iterations - self.bar.n)
        self.bar.close()
        if isinstance(error, KeyboardInterrupt):
            raise Interrupted(self.history) from None
        # of the problem, the loss, the callback, another machine
        if isinstance(error, Exception) and not hasattr(error, "history"):
            with suppress(AttributeError):  # where it has no room for it
                error.history = self.history  # type: ignore[attr-defined]


# ---- what stops a run

OF_W = "w is not finite"
OF_ALPHA = "alpha has become 0, infinite or NaN"


def find_flaw(g: np.ndarray, norm: float, mean_loss: float, beta: float, w: np.ndarray) -> str:
    """What is not finite; "" if all is well."""
    if not isfinite(norm):
        if np.isfinite(g).all():
            return "the norm of the meta-gradient is not finite"
        return "the meta-gradient is not finite"
    if not isfinite(mean_loss):
        return "the mean loss is not finite"
    if not beta > 0:
        return "the smoothness estimated by RandomStepsize is not finite"
    # the squares' sum: quick, and finite as a rule
    if not (isfinite(np.vdot(w, w)) or np.isfinite(w).all()):
        return OF_W
    return ""


def find_flaw_of_alpha(alpha_gradient: Any, alpha: Alpha, before: Alpha, w: np.ndarray) -> str:
    """The same for an alpha that is learned."""
    if not np.isfinite(alpha_gradient).all():
        return "the derivative with respect to alpha is not finite"
    return "" if is_in_range(alpha, before, w) else OF_ALPHA


def advise(flaw: str, k: int, reasons: list[str], beta: float, learn: AlphaUpdate) -> str:
    """What to do about a flaw. At the start, before any step was taken, no stepsize is to blame."""
    smaller = f"make the stepsize ({beta:g}) smaller" if beta > 0 else "make C_beta larger"
    smaller_of_alpha = f"make alpha_stepsize ({learn.rate:g}) smaller"
    if flaw == OF_W:
        return smaller
    if flaw == OF_ALPHA:
        return smaller_of_alpha
    advice = "; ".join(reasons) or (
        "each task's loss and gradient are finite, but too large to be squared or added: "
        "look at the loss, at w and at the data"
    )
    if k == 0:
        return advice
    advice += f"; if w has gone astray, {smaller}"
    return f"{advice}; if alpha has, {smaller_of_alpha}" if learn.is_on else advice
