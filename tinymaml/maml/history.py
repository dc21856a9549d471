"""What a meta-training run did: its history, which survives Ctrl-C and divergence, can be saved,
and is what a later run goes on from."""

import os
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np

from ..engine.errors.arguments import check_count, check_vector
from . import saved
from .alpha import Alpha, check_alpha
from .generators import GeneratorState
from .stepsizes import AdamState


class Checkpoint(NamedTuple):
    """What a run goes on from, beside w and alpha: the state after its last complete iteration."""

    generator: GeneratorState
    update: AdamState | None  # of w, with Adam
    alpha_update: AdamState | None  # of alpha, where Adam learns it


@dataclass
class History:
    """What a meta-training run did, with all runs that it resumed.

    The counts are calls for one task: a gradient, or a Hessian-vector product, of the loss on one
    sample set, however large, counts once. A task takes N + 1 gradients (the inner steps and the
    outer gradient), with method="hessian-free" 2 N more, and N products with method="exact", else
    none. `RandomStepsize` takes a gradient for each task of its batch.
    """

    w: np.ndarray  # (P,)           where it ended
    alpha: Alpha  # the inner stepsize, a float or (P,); with alpha_stepsize, where it ended
    losses: np.ndarray  # (iterations,)  mean outer (query) loss after adaptation, at w_k
    gradient_norms: np.ndarray  # (iterations,)  norm of the meta-gradient estimate at w_k
    stepsizes: np.ndarray  # (iterations,)  beta_k, Adam's lr
    gradients_used: int  # gradients of task losses, all tasks and steps
    hvps_used: int  # Hessian-vector products
    checkpoint: Checkpoint = field(repr=False)  # for resume=history

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the history to a file, with all that resume=history needs, bit for bit.

        path: taken as it is; no .npz is appended. A file that is there is replaced once all is
        written, and stays as it was where that fails. The file is an npz without pickle: `np.load`
        shows its arrays. Raises OSError where it cannot be written; TypeError for a bit generator
        that is not NumPy's own; TypeError or ValueError where `load` would refuse it.
        """
        fields = to_fields(self)
        from_fields(fields)
        saved.write(path, fields)

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> "History":
        """Read what `save` wrote. Only load files whose source you know; nothing in them is run.

        Raises OSError where there is no file; ValueError, with one sentence, where it is no
        history, one of another version of the format, or damaged.
        """
        fields = saved.read(path)
        try:
            return from_fields(fields)
        except KeyError as error:
            raise ValueError(f"{path} is damaged: it lacks the field {error}") from None
        except Exception as error:  # whatever unfit fields make of what is built of them
            raise ValueError(f"{path} is damaged: {saved.describe(error)}") from None


class Interrupted(KeyboardInterrupt):
    """Ctrl-C during meta-training. `history` holds what was done until then."""

    def __init__(self, history: History):
        super().__init__(f"stopped after {len(history.losses)} meta-iterations")
        self.history = history


class Diverged(FloatingPointError):
    """The meta-gradient, the mean loss, the stepsize, w or a learned alpha is not finite.

    `history` holds what was done until then. A run can go on from it with a smaller stepsize where
    it was the last step that led too far. Where w had gone astray before, go on from an earlier
    history.
    """

    def __init__(self, flaw: str, k: int, advice: str, history: History):
        super().__init__(f"{flaw} at meta-iteration {k}: {advice}")
        self.history = history


# ---- the fields of a file


def to_fields(history: History) -> saved.Fields:
    """History -> what saved.py can write."""
    checkpoint = history.checkpoint
    return {
        "w": history.w,
        "alpha": np.asarray(history.alpha),
        "losses": history.losses,
        "gradient_norms": history.gradient_norms,
        "stepsizes": history.stepsizes,
        "gradients_used": history.gradients_used,
        "hvps_used": history.hvps_used,
        "generator": checkpoint.generator.to_json(),
        **adam_to_fields("update", checkpoint.update),
        **adam_to_fields("alpha_update", checkpoint.alpha_update),
    }


def from_fields(fields: saved.Fields) -> History:
    """What `to_fields` made a history of. Raises KeyError where a field is missing, TypeError or
    ValueError, as a rule, where one is unfit."""
    w, alpha_array = fields["w"], fields["alpha"]
    check_vector("w", w, np.size(w))
    alpha = check_alpha(alpha_array if alpha_array.ndim else float(alpha_array), w)
    lists = [fields[name] for name in ("losses", "gradient_norms", "stepsizes")]
    expected = (np.dtype(float), (np.size(lists[0]),))
    if any((a.dtype, a.shape) != expected for a in lists):
        raise ValueError("losses, gradient_norms and stepsizes are not of one length and float64")
    generator = GeneratorState.from_json(fields["generator"])
    generator.generator()  # can it be made?
    checkpoint = Checkpoint(
        generator,
        adam_from_fields("update", fields, w),
        adam_from_fields("alpha_update", fields, alpha_array),
    )
    gradients = check_count("gradients_used", fields["gradients_used"], most=None)
    hvps = check_count("hvps_used", fields["hvps_used"], most=None)
    losses, norms, stepsizes = lists
    return History(w, alpha, losses, norms, stepsizes, gradients, hvps, checkpoint)


def adam_to_fields(name: str, state: AdamState | None) -> saved.Fields:
    if state is None:
        return {name: None}
    facts = {"betas": state.betas, "eps": state.eps, "updates": state.updates}
    moments = {"mean": state.mean, "mean_square": state.mean_square}
    return {name: facts} | {f"{name}_{key}": np.asarray(a) for key, a in moments.items()}


def adam_from_fields(name: str, fields: saved.Fields, x: np.ndarray) -> AdamState | None:
    """x: what Adam moves."""
    facts: Any = fields[name]
    if facts is None:
        return None
    mean, mean_square = fields[f"{name}_mean"], fields[f"{name}_mean_square"]
    for a in (mean, mean_square):
        if (a.shape, a.dtype) != (x.shape, x.dtype):
            raise ValueError(f"the moments of {name} have the shape or type of something else")
    first, second = facts["betas"]
    updates = check_count("updates", facts["updates"], most=None)
    return AdamState((float(first), float(second)), float(facts["eps"]), updates, mean, mean_square)
