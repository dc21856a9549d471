"""Instances: everything that a proof needs to be evaluated as numbers, with certified constants and
exact expectations (lesson 13).

An instance has finitely many tasks with probabilities, a point w (and u, to compare it with), an
inner stepsize and sample sizes. Noise is two-point, ±ν, so that every expectation is a finite sum
over signs (signs.py). Nothing is sampled.
"""

from functools import cached_property

import numpy as np

from ..engine.errors.arguments import check_count, check_not_negative, check_positive, numbers
from ..problems.common import as_value
from . import certificates
from .constants import FiniteSumConstants, ResamplingConstants, check_flag
from .losses import check_loss, evaluate
from .paths import norm
from .signs import Signs, mean_of_draws
from .tasks import Task

LARGEST = 1e100  # of a^2N: squares of what grows with it stay finite


class Instance:
    """What the two settings share. An instance is not to be changed; `replace` gives a changed
    copy."""

    def __init__(self, arguments, inner, outer):
        self.arguments = arguments
        self.alpha, self.C_beta = (
            check_positive(name, arguments[name]) for name in ("alpha", "C_beta")
        )
        self.steps = check_count("steps", arguments["steps"])
        self.w = numbers("w", arguments["w"], 1)
        self.u = None if arguments["u"] is None else numbers("u", arguments["u"], 1)
        if self.u is not None and self.u.shape != self.w.shape:
            raise ValueError(
                f"u has {len(self.u)} coordinates and w {len(self.w)}; expected the same number"
            )
        self.sigma_given = (
            None if arguments["sigma"] is None else check_not_negative("sigma", arguments["sigma"])
        )
        self.lower_bound_given = (
            None
            if arguments["lower_bound"] is None
            else float(numbers("lower_bound", arguments["lower_bound"], 0))
        )
        self.B, self.B_L, self.K = (
            check_count(name, arguments[name], 1) for name in ("B", "B_L", "K")
        )
        for losses in (inner, outer):
            if not isinstance(losses, (list, tuple)):
                raise TypeError(
                    f"the losses are {losses!r}; expected a list, one loss for each task"
                )
            for loss in losses:
                check_loss(loss, len(self.w))
        if len(inner) != len(outer):
            raise ValueError(
                f"{len(inner)} support losses and {len(outer)} query losses; expected one of each a task"
            )
        p = probabilities(arguments["weights"], len(inner))
        self.L, self.rho = (
            max(loss.L for loss in (*inner, *outer)),
            max(loss.rho for loss in (*inner, *outer)),
        )
        self.a = 1 + self.alpha * self.L
        if not 2 * self.steps * np.log1p(self.alpha * self.L) < np.log(LARGEST):
            raise ValueError(
                f"a^2N is beyond {LARGEST:g}, with a = 1 + alpha L = {self.a:g} and N = steps = {self.steps}: the path would leave "
                "floating point; expected alpha of the order of 1 / (steps L)"
            )
        self.tasks = tuple(Task(self, k, *task) for k, task in enumerate(zip(p, inner, outer)))
        flags = ("independent_stepsize", "independent_tasks")
        self.independent_stepsize, self.independent_tasks = (
            check_flag(name, arguments[name]) for name in flags
        )

    def __repr__(self):
        sizes = ", ".join(f"{name}={getattr(self, name):.4g}" for name in ("alpha", "L", "rho"))
        return f"{type(self).__name__}({len(self.tasks)} tasks, d={len(self.w)}, steps={self.steps}, {sizes})"

    def replace(self, **changes):
        """A copy with other values for some of the constructor's arguments."""
        if unknown := sorted(set(changes) - set(self.arguments)):
            raise TypeError(
                f"an instance has no {', '.join(unknown)}; it has {', '.join(self.arguments)}"
            )
        return type(self)(**self.arguments | changes)

    def growth(self, n):
        """a^n − 1, to rounding even where αL is tiny."""
        return float(np.expm1(n * np.log1p(self.alpha * self.L)))

    def mean(self, of):
        """E_i: the mean over tasks of a function of a `Task`."""
        return sum(task.p * of(task) for task in self.tasks)

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
        """𝓛 at w (..., d) -> (...)."""
        return self.mean(lambda task: task.path(w).meta_loss)

    def meta_gradient_at(self, w):
        """∇𝓛 at w (..., d) -> (..., d)."""
        return self.mean(lambda task: task.path(w).meta_gradient)

    def deviation(self, w=None):
        """√E_i‖∇l_i(w) − ∇l(w)‖², exact, at w (..., d) only -> (...), the smallest σ that A2 could
        have there. None: the instance's w."""
        gradients = [
            evaluate(task.outer, "gradient", self.w if w is None else w) for task in self.tasks
        ]
        centre = sum(task.p * g for task, g in zip(self.tasks, gradients))
        return as_value(
            np.sqrt(
                sum(
                    task.p * np.sum((g - centre) ** 2, axis=-1)
                    for task, g in zip(self.tasks, gradients)
                )
            )
        )

    @property
    def query(self):
        """The losses that 𝓛 is made of, and their probabilities."""
        return [task.outer for task in self.tasks], [task.p for task in self.tasks]

    @cached_property
    def sigma(self):
        """σ of A2: what was given, or a certificate for all w; raises ValueError where neither is
        there."""
        return certificates.sigma(*self.query) if self.sigma_given is None else self.sigma_given

    @cached_property
    def lower_bound(self):
        """Of inf 𝓛: what was given, or the mean of the losses' certified lower bounds; raises
        ValueError where neither is there."""
        return (
            certificates.lower_bound(*self.query)
            if self.lower_bound_given is None
            else self.lower_bound_given
        )

    @cached_property
    def smoothness(self):
        """L_w of Proposition 1 (4), the meta-objective's smoothness anchored at w."""
        return self.constants.A + self.constants.C_meta * self.gradient_norm

    @cached_property
    def mean_norms(self):
        """The law of X, the mean of B' gradient norms at w -> its values (C,) and probabilities
        (C,)."""
        return mean_of_draws(*self.gradient_norms, self.B_L if self.independent_tasks else 1)

    @cached_property
    def smoothness_estimates(self):
        """The law of L̂ = A + C_𝓛 X (section 7) -> its values (C,) and probabilities (C,)."""
        values, p = self.mean_norms
        return self.constants.A + self.constants.C_meta * values, p


class ResamplingInstance(Instance):
    """Fresh samples in every inner step (Algorithm 1).

    losses: objects with value(w), gradient(w), hessian(w), L and rho. weights: the tasks'
    probabilities; None: all equal. w, u: (d,). noise: (steps + 1, d), ν_0 … ν_{N−1} of the inner
    gradients and ν_N of the outer one, each ± with probability ½; hessian_noise: (steps, d, d),
    symmetric. A mini-batch of S, D or T samples has the noise divided by its root. None: no noise.
    B: tasks in a batch. B_L, D_L: tasks and samples that estimate the smoothness (Lemma 8's B' and
    D_L). K: meta-iterations. sigma, sigma_g, sigma_H, lower_bound: computed where that is exact or
    certified; what is given counts (an understated one is a violated assumption). To model draws
    that are not independent: signs (the patterns that occur, see `Signs`; a list: each task's own),
    independent_stepsize=False (β from the batch's own samples), independent_tasks=False (a batch of
    one task, B times). Raises ValueError, TypeError for what does not fit.
    """

    setting = "resampling"

    def __init__(
        self,
        *,
        losses,
        w,
        alpha,
        steps,
        u=None,
        weights=None,
        noise=None,
        hessian_noise=None,
        S=1,
        D=1,
        T=1,
        B=1,
        B_L=1,
        D_L=1,
        C_beta=100.0,
        K=1,
        lower_bound=None,
        sigma=None,
        sigma_g=None,
        sigma_H=None,
        signs=None,
        independent_stepsize=True,
        independent_tasks=True,
    ):
        arguments = {
            name: value for name, value in locals().items() if name not in ("self", "__class__")
        }
        super().__init__(arguments, losses, losses)
        self.S, self.D, self.T, self.D_L = (
            check_count(name, arguments[name], 1) for name in ("S", "D", "T", "D_L")
        )
        d, N = len(self.w), self.steps
        self.noise = table("noise", noise, (N + 1, d))
        self.hessian_noise = table("hessian_noise", hessian_noise, (N, d, d))
        if not np.array_equal(self.hessian_noise, self.hessian_noise.swapaxes(1, 2)):
            raise ValueError("hessian_noise is not symmetric: write (V + V.swapaxes(1, 2)) / 2")
        self.sigma_g = (
            float(norm(self.noise).max())
            if sigma_g is None
            else check_not_negative("sigma_g", sigma_g)
        )
        largest = float(np.linalg.norm(self.hessian_noise, 2, axis=(1, 2)).max(initial=0))
        self.sigma_H = largest if sigma_H is None else check_not_negative("sigma_H", sigma_H)
        if signs is not None:  # None: enumerated when first read, and not every proof reads them
            self.signs  # noqa: B018

    @cached_property
    def signs(self):
        """The patterns of signs of each task: a list of `Signs`, one for all or one each."""
        rows = self.arguments["signs"]
        several = isinstance(rows, (list, tuple)) or getattr(rows, "ndim", 0) == 3
        every = list(rows) if several and len(rows) and np.ndim(rows[0]) == 2 else [rows]
        if len(every) not in (1, len(self.tasks)):
            raise ValueError(
                f"signs are for {len(every)} tasks; expected one array (R, columns), or one for each of the {len(self.tasks)} tasks"
            )
        noisy, curved = (self.arguments[name] is not None for name in ("noise", "hessian_noise"))
        signs = [Signs(self.steps, noisy, curved, one) for one in every]
        return signs * (len(self.tasks) // len(signs))

    @cached_property
    def constants(self):
        return self.constants_for()

    @cached_property
    def sharp_constants(self):
        return self.constants_for(sharp=True)

    def constants_for(self, **changes):
        """The `ResamplingConstants` of this instance, but for the changes, which are not read from
        it (not every instance has a sigma)."""
        names = (
            "L",
            "rho",
            "sigma",
            "sigma_g",
            "sigma_H",
            "alpha",
            "steps",
            "S",
            "D",
            "T",
            "B",
            "C_beta",
        )
        known = {name: getattr(self, name) for name in names if name not in changes}
        return ResamplingConstants(**known | changes)

    @cached_property
    def estimate(self):
        """E Ĝ_i over tasks and signs, (d,)."""
        return self.mean(lambda task: task.estimate.mean(0))

    @cached_property
    def gradient_norms(self):
        """The law of ‖∇l_i(w; D_L samples)‖, one draw of a task and its samples -> values (n,),
        probabilities (n,)."""
        values = [
            norm(task.gradient + task.outer_signs[:, None] * self.noise[-1] / np.sqrt(self.D_L))
            for task in self.tasks
        ]
        return np.concatenate(values), np.concatenate(
            [np.full(len(v), task.p / len(v)) for v, task in zip(values, self.tasks)]
        )


class FiniteSumInstance(Instance):
    """A fixed support and a fixed query set for every task (Algorithm 2): no noise but the draw of
    tasks.

    support_losses, query_losses: objects with value(w), gradient(w), hessian(w), L and rho, one of
    each a task. sigma, b (tasks,) and lower_bound: computed where that is exact or certified, else
    to be given. The rest as in `ResamplingInstance`.
    """

    setting = "finite-sum"

    def __init__(
        self,
        *,
        support_losses,
        query_losses,
        w,
        alpha,
        steps,
        u=None,
        weights=None,
        B=1,
        B_L=1,
        C_beta=100.0,
        K=1,
        lower_bound=None,
        sigma=None,
        b=None,
        independent_stepsize=True,
        independent_tasks=True,
    ):
        arguments = {
            name: value for name, value in locals().items() if name not in ("self", "__class__")
        }
        super().__init__(arguments, support_losses, query_losses)
        self.b_given = None if b is None else table("b", b, (len(self.tasks),), lowest=0)

    @cached_property
    def b_i(self):
        """(tasks,): how far support and query gradients may differ."""
        if self.b_given is None:
            return np.array(
                [certificates.difference(task.inner, task.outer) for task in self.tasks]
            )
        return self.b_given

    @cached_property
    def b(self):
        """E_i b_i"""
        return float(sum(task.p * b for task, b in zip(self.tasks, self.b_i)))

    @cached_property
    def b2(self):
        """E_i b_i²"""
        return float(sum(task.p * b * b for task, b in zip(self.tasks, self.b_i)))

    @cached_property
    def constants(self):
        """The `FiniteSumConstants` of this instance."""
        return FiniteSumConstants(
            **{
                name: getattr(self, name)
                for name in ("L", "rho", "sigma", "b", "b2", "alpha", "steps", "B", "C_beta")
            }
        )

    @cached_property
    def gradient_norms(self):
        """The law of ‖∇l_{T_i}(w)‖ over the draw of a task -> values (n,), probabilities (n,)."""
        return np.array([norm(task.gradient) for task in self.tasks]), np.array(
            [task.p for task in self.tasks]
        )


def probabilities(weights, count):
    """What was given as the tasks' weights -> count numbers >= 0 with sum 1."""
    if not count:
        raise ValueError("an instance needs at least one task")
    if weights is None:
        return np.full(count, 1 / count)
    p = table("weights", weights, (count,), lowest=0)
    if abs(p.sum() - 1) > 1e-12:
        raise ValueError(
            f"the weights have the sum {p.sum():.6g}; expected probabilities, with the sum 1"
        )
    return p


def table(name, values, shape, lowest=-np.inf):
    """A float64 array of this shape; zeros for None, and where there is nothing to say (no steps,
    no Hessians)."""
    if values is None or np.shape(values) == shape and 0 in shape:
        return np.zeros(shape)
    values = numbers(name, values, len(shape))
    if values.shape != shape:
        raise ValueError(f"{name} has shape {values.shape}; expected {shape}")
    if (values < lowest).any():
        raise ValueError(f"{name} has an entry below {lowest}: {values.min()}")
    return values
