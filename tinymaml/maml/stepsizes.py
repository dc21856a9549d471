"""The meta stepsize β_k: constant, Adam's, or random."""

from dataclasses import dataclass
from typing import NamedTuple, TypeAlias

import numpy as np

from ..engine.errors.arguments import check_count, check_not_negative, check_positive, show


@dataclass
class Adam:
    """Adam (Kingma & Ba 2015): a stepsize for each coordinate, from running moments of the
    meta-gradient.

    lr, eps: > 0; betas: how slowly the two moments forget, in [0, 1).
    """

    lr: float = 1e-3
    betas: tuple[float, float] = (0.9, 0.999)
    eps: float = 1e-8

    def __post_init__(self) -> None:
        check_positive("lr", self.lr)
        check_positive("eps", self.eps)
        are_two = isinstance(self.betas, (tuple, list)) and len(self.betas) == 2
        if not are_two or not all(check_not_negative("betas", b) < 1 for b in self.betas):
            raise ValueError(f"betas is {show(self.betas)}; expected two numbers in [0, 1)")


@dataclass
class RandomStepsize:
    """β_k = 1 / (C_β L̂_k), with L̂_k = A + C_𝓛 · mean_i ‖∇l_i(w_k)‖ (Ji, Yang & Liang 2022).

    L̂_k estimates how smooth the meta-objective is at w_k, from tasks drawn for nothing else.

    A: > 0, a^{2N} L, in finite sums plus C_b b. C_meta: C_𝓛 > 0, or 0 where Hessians do not change.
    C_beta: C_β > 0. batch: B', the tasks behind one estimate. samples: D_L, how many samples
    ∇l_i(w_k) is taken on, for Algorithm 1 only: Algorithm 2 takes the gradient ∇l_{T_i}(w_k) on the
    whole query set. Raises TypeError or ValueError for other numbers.
    """

    A: float
    C_meta: float
    C_beta: float
    batch: int
    samples: int | None = None

    def __post_init__(self) -> None:
        check_positive("A", self.A)
        check_not_negative("C_meta", self.C_meta)
        check_positive("C_beta", self.C_beta)
        check_count("batch", self.batch, 1)
        if self.samples is not None:
            check_count("samples", self.samples, 1)

    @np.errstate(over="ignore")  # gradients that are not finite are reported by name (recorder.py)
    def smoothness(self, gradients: np.ndarray) -> float:
        """L̂_k from the gradients ∇l_i(w_k), (B', P), a row for each task."""
        return self.A + self.C_meta * float(np.linalg.norm(gradients.astype(float), axis=1).mean())


def check_stepsize(stepsize: float | Adam | RandomStepsize, w: np.ndarray, sampled: bool) -> float:
    """-> β; with `RandomStepsize` the largest that it can give.

    sampled: is it for Algorithm 1, which sees samples only?
    """
    if isinstance(stepsize, RandomStepsize):
        if sampled and stepsize.samples is None:
            raise ValueError(
                "RandomStepsize has no samples; Algorithm 1 needs their number: "
                "RandomStepsize(A, C_meta, C_beta, batch, samples)"
            )
        if not sampled and stepsize.samples is not None:
            raise ValueError(
                f"RandomStepsize has samples={stepsize.samples}; "
                "Algorithm 2 takes whole query sets: leave samples out"
            )
        largest = 1 / stepsize.C_beta / stepsize.A
        return check_positive("the stepsize 1 / (C_beta A)", largest, w.dtype)
    if isinstance(stepsize, Adam):
        check_positive("eps of Adam", stepsize.eps, w.dtype)
        return check_positive("stepsize", stepsize.lr, w.dtype)
    if not isinstance(stepsize, (int, float, np.integer, np.floating)):
        raise TypeError(
            f"stepsize is {show(stepsize)}; expected a number > 0, tm.Adam(lr) or "
            "tm.RandomStepsize(A, C_meta, C_beta, batch, samples)"
        )
    return check_positive("stepsize", stepsize, w.dtype)


class PlainUpdate:
    """Gradient descent: what is subtracted is β g."""

    state = None

    def __init__(self, x: np.ndarray):
        self.T = x.dtype.type

    @np.errstate(all="ignore")
    def __call__(self, beta: float, g: np.ndarray) -> np.ndarray:
        step: np.ndarray = self.T(beta) * g
        return step


class AdamState(NamedTuple):
    """Adam's running moments after so many updates. Nothing in it is ever changed in place."""

    betas: tuple[float, float]
    eps: float
    updates: int
    mean: np.ndarray  # of the gradients, as what is moved
    mean_square: np.ndarray

    def fits(self, adam: Adam, x: np.ndarray) -> bool:
        """Can Adam with these settings go on from here? Its lr may be another."""
        same_rule = (self.betas, self.eps) == (tuple(adam.betas), adam.eps)
        return same_rule and (self.mean.shape, self.mean.dtype) == (x.shape, x.dtype)


class AdamUpdate:
    """Adam's steps. The moments start at zero, or go on from an earlier state."""

    def __init__(self, adam: Adam, x: np.ndarray, state: AdamState | None = None):
        self.T = x.dtype.type
        decay1, decay2 = map(float, adam.betas)
        start = AdamState((decay1, decay2), float(adam.eps), 0, np.zeros_like(x), np.zeros_like(x))
        self.state = state if state is not None and state.fits(adam, x) else start

    @np.errstate(all="ignore")
    def __call__(self, beta: float, g: np.ndarray) -> np.ndarray:
        T = self.T
        (decay1, decay2), eps, updates, mean, mean_square = self.state
        updates += 1
        mean = mean + T(1 - decay1) * (g - mean)
        mean_square = mean_square + T(1 - decay2) * (g * g - mean_square)
        self.state = AdamState((decay1, decay2), eps, updates, mean, mean_square)
        # as if the moments had not started at zero
        corrected_beta = T(beta / (1 - decay1**updates))
        corrected_square = mean_square * T(1 / (1 - decay2**updates))
        step: np.ndarray = corrected_beta * mean / (np.sqrt(corrected_square) + T(eps))
        return step


Update: TypeAlias = PlainUpdate | AdamUpdate


def make_update(
    stepsize: float | Adam | RandomStepsize, x: np.ndarray, state: AdamState | None = None
) -> Update:
    """Return update(beta, g), what is subtracted from x: β g, or what Adam makes of it.

    x: w, or whatever is moved. state: the `update.state` of an earlier run, from which Adam goes on
    if it has the same betas and eps, and moves something of the same shape and type.
    A run that diverges is reported by name (recorder.py), not by NumPy's warnings.
    """
    if isinstance(stepsize, Adam):
        return AdamUpdate(stepsize, x, state)
    return PlainUpdate(x)
