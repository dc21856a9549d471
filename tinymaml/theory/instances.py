"""Instances: everything that a proof needs to be evaluated as numbers, with certified constants and
exact expectations (lesson 13).

An instance has finitely many tasks with probabilities, a point w (and u, to compare it with), an
inner stepsize and sample sizes. Noise is two-point, ±ν, so that every expectation is a finite sum
over signs (signs.py). Nothing is sampled. Here is what the two settings share; they themselves are
in resampling_instance.py and finite_sum_instance.py.
"""

from functools import cached_property

import numpy as np

from ..engine.errors.arguments import check_count, check_not_negative, check_positive, numbers
from ..problems.common import as_value
from . import certificates
from .constants import NotKnown, check_flag
from .losses import check_loss, curvature_floor, evaluate
from .paths import norm
from .signs import mean_of_draws
from .tasks import Task

LARGEST_SIZE = 2**53  # of samples and tasks; floats hold all whole numbers up to here
LARGEST = 1e100  # of a^2N: squares of what grows with it stay finite


class Instance:
    """What the two settings share. An instance is not to be changed; `replace` gives a changed
    copy."""

    def __init__(self, arguments, inner, outer):
        self.arguments = arguments
        self.alpha = check_positive("alpha", arguments["alpha"])
        self.C_beta = check_positive("C_beta", arguments["C_beta"])
        self.steps = check_count("steps", arguments["steps"])
        self.w = numbers("w", arguments["w"], 1)
        self.u = None
        if arguments["u"] is not None:
            self.u = numbers("u", arguments["u"], 1)
            if self.u.shape != self.w.shape:
                raise ValueError(
                    f"u has {len(self.u)} coordinates and w {len(self.w)}; expected the same number"
                )
        self.sigma_given = None
        if arguments["sigma"] is not None:
            self.sigma_given = check_not_negative("sigma", arguments["sigma"])
        self.lower_bound_given = None
        if arguments["lower_bound"] is not None:
            self.lower_bound_given = float(numbers("lower_bound", arguments["lower_bound"], 0))
        self.B = check_size("B", arguments["B"])
        self.B_L = check_size("B_L", arguments["B_L"])
        self.K = check_size("K", arguments["K"])

        check_losses(inner, len(self.w))
        check_losses(outer, len(self.w))
        if len(inner) != len(outer):
            raise ValueError(
                f"{len(inner)} support losses and {len(outer)} query losses; "
                "expected one of each a task"
            )
        p = probabilities(arguments["weights"], len(inner))
        self.L = max(loss.L for loss in (*inner, *outer))
        self.rho = max(loss.rho for loss in (*inner, *outer))
        self.lowest_curvature = min(curvature_floor(loss) for loss in (*inner, *outer))
        self.a = 1 + self.alpha * self.L
        if not 2 * self.steps * np.log1p(self.alpha * self.L) < np.log(LARGEST):
            raise ValueError(
                f"a^2N is beyond {LARGEST:g}, with a = 1 + alpha L = {self.a:g} and N = steps = "
                f"{self.steps}: the path would leave floating point; expected alpha of the order "
                "of 1 / (steps L)"
            )
        self.tasks = tuple(
            Task(self, number, *parts)
            for number, parts in enumerate(zip(p, inner, outer, strict=True))
        )
        self.independent_stepsize = check_flag(
            "independent_stepsize", arguments["independent_stepsize"]
        )
        self.independent_tasks = check_flag("independent_tasks", arguments["independent_tasks"])

    def __repr__(self):
        return (
            f"{type(self).__name__}({len(self.tasks)} tasks, d={len(self.w)}, steps={self.steps}, "
            f"alpha={self.alpha:.4g}, L={self.L:.4g}, rho={self.rho:.4g})"
        )

    def replace(self, **changes):
        """A copy with other values for some of the constructor's arguments."""
        unknown = sorted(set(changes) - set(self.arguments))
        if unknown:
            raise TypeError(
                f"an instance has no {', '.join(unknown)}; it has {', '.join(self.arguments)}"
            )
        return type(self)(**self.arguments | changes)

    def growth(self, n):
        """a^n − 1, to rounding even where αL is tiny."""
        return float(np.expm1(n * np.log1p(self.alpha * self.L)))

    def mean(self, function):
        """E_i function(task): the mean over the tasks of a function of a `Task`."""
        return sum(task.p * function(task) for task in self.tasks)

    @cached_property
    def gradient(self):
        """∇l(w) = E_i ∇l_i(w), (d,); in the finite sum ∇l_T(w)."""
        return self.mean(lambda task: task.gradient)

    @cached_property
    def gradient_norm(self):
        """m = E_i‖∇l_i(w)‖, a float; in the finite sum of ∇l_{T_i}."""
        return float(self.mean(lambda task: norm(task.gradient)))

    @cached_property
    def meta_gradient(self):
        """∇𝓛(w), (d,)."""
        return self.mean(lambda task: task.from_w.meta_gradient)

    def meta_loss(self, w):
        """𝓛 at w (..., d), (...)."""
        return self.mean(lambda task: task.path(w).meta_loss)

    def meta_gradient_at(self, w):
        """∇𝓛 at w (..., d), (..., d)."""
        return self.mean(lambda task: task.path(w).meta_gradient)

    def deviation(self, w=None):
        """√E_i‖∇l_i(w) − ∇l(w)‖², exact, (...), at w (..., d) only: the smallest σ that A2 could
        have there. None: the instance's w."""
        if w is None:
            w = self.w
        weighted = [(task.p, evaluate(task.outer, "gradient", w)) for task in self.tasks]
        centre = sum(p * gradient for p, gradient in weighted)
        variance = sum(p * np.sum((gradient - centre) ** 2, axis=-1) for p, gradient in weighted)
        return as_value(np.sqrt(variance))

    @property
    def query(self):
        """The losses that 𝓛 is made of, and their probabilities."""
        return [task.outer for task in self.tasks], [task.p for task in self.tasks]

    @cached_property
    def sigma(self):
        """σ of A2: what was given, or a certificate for all w. Raises NotKnown, a ValueError, where
        there is neither."""
        if self.sigma_given is not None:
            return self.sigma_given
        return certificates.sigma(*self.query)

    @cached_property
    def sigma_or_none(self):
        """σ; None where none is known, for `constants`, most of which do not depend on it."""
        try:
            return self.sigma
        except NotKnown:
            return None

    @cached_property
    def lower_bound(self):
        """A number below inf 𝓛: what was given, or the mean of the losses' certified lower bounds.
        Raises NotKnown, a ValueError, where there is neither."""
        if self.lower_bound_given is not None:
            return self.lower_bound_given
        return certificates.lower_bound(*self.query)

    @cached_property
    def smoothness(self):
        """L_w of Proposition 1 (4), the meta-objective's smoothness anchored at w."""
        return self.constants.A + self.constants.C_meta * self.gradient_norm

    @cached_property
    def mean_norms(self):
        """The law of X, the mean of B' gradient norms at w: its values (C,) and probabilities
        (C,)."""
        values, p = self.gradient_norms
        return mean_of_draws(values, p, self.B_L if self.independent_tasks else 1)

    @cached_property
    def smoothness_estimates(self):
        """The law of L̂ = A + C_𝓛 X (Lemma 8): its values (C,) and probabilities (C,)."""
        values, p = self.mean_norms
        return self.constants.A + self.constants.C_meta * values, p


def check_size(name, n):
    """A number of samples, tasks or iterations: a whole number >= 1."""
    return check_count(name, n, 1, most=LARGEST_SIZE)


def check_losses(losses, dimension):
    """Raise what `check_loss` says of each loss, and TypeError for what is no list of them."""
    if not isinstance(losses, (list, tuple)):
        raise TypeError(f"the losses are {losses!r}; expected a list, one loss for each task")
    for loss in losses:
        check_loss(loss, dimension)


def probabilities(weights, count):
    """The tasks' probabilities: count numbers >= 0 with sum 1. weights: what was given; None: all
    equal."""
    if not count:
        raise ValueError("an instance needs at least one task")
    if weights is None:
        return np.full(count, 1 / count)
    p = to_array("weights", weights, (count,), lowest=0)
    if abs(p.sum() - 1) > 1e-12:
        raise ValueError(
            f"the weights have the sum {p.sum():.6g}; expected probabilities, with the sum 1"
        )
    return p


def to_array(name, values, shape, lowest=-np.inf):
    """The values as a float64 array of this shape; zeros for None, and where there is nothing to
    say (no steps, no Hessians). Raises ValueError for another shape, and for a value below
    `lowest`."""
    if values is None or np.shape(values) == shape and 0 in shape:
        return np.zeros(shape)
    values = numbers(name, values, len(shape))
    if values.shape != shape:
        raise ValueError(f"{name} has shape {values.shape}; expected {shape}")
    if (values < lowest).any():
        raise ValueError(f"{name} has an entry below {lowest}: {values.min()}")
    return values
