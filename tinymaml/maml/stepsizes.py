"""The meta stepsize β_k: constant, Adam's, or random (theory, sections 7 and 9; lessons 11, 12 and
20)."""

from dataclasses import dataclass

import numpy as np

from ..engine.errors.arguments import check_count, check_not_negative, check_positive


@dataclass
class Adam:
    """Adam (Kingma & Ba 2015) as the meta stepsize rule: a per-coordinate stepsize from running
    moments of the meta-gradient."""

    lr: float = 1e-3
    betas: tuple[float, float] = (0.9, 0.999)
    eps: float = 1e-8

    def __post_init__(self):
        check_positive("lr", self.lr)
        check_positive("eps", self.eps)
        if (
            not isinstance(self.betas, (tuple, list))
            or len(self.betas) != 2
            or not all(check_not_negative("betas", b) < 1 for b in self.betas)
        ):
            raise ValueError(f"betas is {self.betas}; expected two numbers in [0, 1)")


@dataclass
class RandomStepsize:
    """β_k = 1 / (C_β L̂_k), where L̂_k = A + C_𝓛 · mean_i ‖∇l_i(w_k)‖ estimates how smooth the
    meta-objective is at w_k, from tasks drawn for nothing else (Ji, Yang & Liang 2022; theory,
    sections 7 and 9).

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

    def __post_init__(self):
        check_positive("A", self.A)
        check_not_negative("C_meta", self.C_meta)
        check_positive("C_beta", self.C_beta)
        check_count("batch", self.batch, 1)
        if self.samples is not None:
            check_count("samples", self.samples, 1)

    @np.errstate(over="ignore")  # gradients that are not finite are reported by name (history.py)
    def smoothness(self, gradients):
        """L̂_k from the gradients ∇l_i(w_k), (B', P), a row for each task."""
        return self.A + self.C_meta * float(np.linalg.norm(gradients.astype(float), axis=1).mean())


def check_stepsize(stepsize, w, sampled):
    """-> β; with `RandomStepsize` the largest that it can give. sampled: is it for Algorithm 1,
    which sees samples only?"""
    if isinstance(stepsize, RandomStepsize):
        if sampled and stepsize.samples is None:
            raise ValueError(
                "RandomStepsize has no samples; Algorithm 1 needs their number: RandomStepsize(A, C_meta, C_beta, batch, samples)"
            )
        if not sampled and stepsize.samples is not None:
            raise ValueError(
                f"RandomStepsize has samples={stepsize.samples}; Algorithm 2 takes whole query sets: leave samples out"
            )
        return check_positive(
            "the stepsize 1 / (C_beta A)", 1 / stepsize.C_beta / stepsize.A, w.dtype
        )
    if not isinstance(stepsize, (Adam, int, float, np.integer, np.floating)):
        raise TypeError(
            f"stepsize is {stepsize!r}; expected a number > 0, tm.Adam(lr) or tm.RandomStepsize(A, C_meta, C_beta, batch, samples)"
        )
    return check_positive(
        "stepsize", stepsize.lr if isinstance(stepsize, Adam) else stepsize, w.dtype
    )


def descent(stepsize, w):
    """-> step(beta, g), what is subtracted from w: β g, or what Adam, whose moments start here,
    makes of it."""
    T = w.dtype.type
    quietly = np.errstate(all="ignore")  # a run that diverges is reported by name (history.py)
    if not isinstance(stepsize, Adam):
        return quietly(lambda beta, g: T(beta) * g)
    (a, b), eps = stepsize.betas, T(stepsize.eps)
    m, s, k = np.zeros_like(w), np.zeros_like(w), 0  # the moments, and how often they were updated

    @quietly
    def step(beta, g):
        nonlocal m, s, k
        k += 1
        m += T(1 - a) * (g - m)
        s += T(1 - b) * (g * g - s)
        return T(beta / (1 - a**k)) * m / (np.sqrt(s * T(1 / (1 - b**k))) + eps)

    return step
