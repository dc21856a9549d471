"""tinymaml: N-step MAML from nothing. Record a loss as a list of instructions, write its
Hessian-vector product by hand, compile the nested inner loop, and learn to learn."""

import typing as _typing
from importlib.util import find_spec as _find_spec

from .engine.composed import cross_entropy, cumsum, maximum, minimum, reshape, softmax
from .engine.errors.advice import describe_missing as _describe_missing
from .engine.errors.tracing import BroadcastWarning, TraceError
from .engine.loss import Loss
from .engine.operations import (
    abs,
    cos,
    exp,
    log,
    logsumexp,
    mean,
    reciprocal,
    relu,
    sigmoid,
    sin,
    softplus,
    sqrt,
    square,
    step,
    sum,
    tanh,
    transpose,
)
from .maml.algorithms import maml_finite_sum, maml_resampling
from .maml.divergence import DivergenceWarning
from .maml.evaluation import Evaluation, evaluate
from .maml.history import Diverged, History, Interrupted
from .maml.meta_gradient import MetaGradient, adapt, meta_gradient
from .maml.stepsizes import Adam, RandomStepsize
from .maml.tasks import Tasks

__version__ = "0.1.0"
__all__ = [
    "Loss",
    "Tasks",
    "TraceError",
    "BroadcastWarning",
    "MetaGradient",
    "meta_gradient",
    "adapt",
    "evaluate",
    "Evaluation",
    "maml_resampling",
    "maml_finite_sum",
    "Adam",
    "RandomStepsize",
    "History",
    "Interrupted",
    "Diverged",
    "DivergenceWarning",
    "tanh",
    "sin",
    "cos",
    "exp",
    "log",
    "sqrt",
    "square",
    "abs",
    "step",
    "maximum",
    "minimum",
    "relu",
    "softplus",
    "sigmoid",
    "reciprocal",
    "logsumexp",
    "softmax",
    "cross_entropy",
    "sum",
    "mean",
    "cumsum",
    "transpose",
    "reshape",
]

if not _typing.TYPE_CHECKING:  # a type checker must go on to see which names do not exist

    def __getattr__(name):
        """Raise AttributeError, with what to write instead of `tm.name`."""
        if name.startswith("_"):
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        message = _describe_missing(name, __all__)
        if _find_spec(f"{__name__}.{name}"):
            message = f"write `from tinymaml import {name}`: it is not imported with tinymaml"
        raise AttributeError(message, name=name, obj=None)  # obj: Python adds no guess of its own
