"""Where a meta-training run starts: at a given w, alpha and seed, or where an earlier run ended."""

from enum import Enum
from typing import TypeAlias

import numpy as np

from ..engine.errors.arguments import check_seed
from .alpha import Alpha
from .history import History
from .learned_alpha import AlphaUpdate
from .stepsizes import Adam, RandomStepsize, Update, make_update


class NotGiven(Enum):
    """The seed that is nobody's choice. None, for NumPy a seed of its own making, is refused."""

    SEED = 0

    def __repr__(self) -> str:
        return "0"


Seed: TypeAlias = int | np.random.Generator | NotGiven


def find_start(
    w: np.ndarray | None, alpha: Alpha | None, seed: Seed, resume: History | None
) -> tuple[np.ndarray, Alpha, np.random.Generator]:
    """Return w, alpha and the generator of the first iteration; w and alpha are still to be
    checked."""
    if resume is None:
        if w is None:
            raise TypeError("w is None; expected a NumPy array (None goes with resume=history)")
        if alpha is None:
            raise TypeError("alpha is None; expected a number > 0 (None goes with resume=history)")
        return w, alpha, check_seed(0 if isinstance(seed, NotGiven) else seed)
    if not isinstance(resume, History):
        hint = ""
        if isinstance(getattr(resume, "history", None), History):
            hint = ": write resume=stopped.history, if it is called stopped"
        raise TypeError(
            f"resume is of type {type(resume).__name__}; expected the tm.History of an earlier "
            f"run, or what tm.History.load(path) returns{hint}"
        )
    if w is not None:
        raise TypeError(
            "w is given, and so is resume, which goes on from its own w: write None in w's place"
        )
    if not isinstance(seed, NotGiven):
        raise TypeError(
            "seed is given, and so is resume, which goes on with its own generator: leave seed out"
        )
    rng = resume.checkpoint.generator.generator()
    return resume.w, resume.alpha if alpha is None else alpha, rng


def make_updates(
    w: np.ndarray,
    alpha: Alpha,
    stepsize: float | Adam | RandomStepsize,
    alpha_stepsize: float | Adam | None,
    resume: History | None,
) -> tuple[Update, AlphaUpdate]:
    """How w and alpha move; Adam with the same betas and eps goes on from its earlier moments."""
    if resume is None:
        return make_update(stepsize, w), AlphaUpdate(alpha_stepsize, alpha)
    states = resume.checkpoint
    return (
        make_update(stepsize, w, states.update),
        AlphaUpdate(alpha_stepsize, alpha, states.alpha_update),
    )
