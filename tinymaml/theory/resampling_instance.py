"""Instances of Algorithm 1: fresh samples, whose noise is two-point (lesson 13)."""

from dataclasses import fields
from functools import cached_property

import numpy as np

from ..engine.errors.arguments import check_not_negative
from .instances import Instance, check_size, to_array
from .paths import norm, spectral
from .resampling_constants import ResamplingConstants
from .signs import Signs, all_signs, check_batch, given_signs


class ResamplingInstance(Instance):
    """Fresh samples in every inner step (Algorithm 1).

    losses: objects with value(w), gradient(w), hessian(w), L and rho. weights: the tasks'
    probabilities; None: all equal. w, u: (d,). noise: (steps + 1, d), ν_0 … ν_{N−1} of the inner
    gradients and ν_N of the outer one, each ± with probability ½; hessian_noise: (steps, d, d),
    symmetric; None: no noise. A mini-batch of S, D or T samples is one draw of ± the noise divided
    by its root (batch="two-point"), or so many draws (batch="independent"). B: tasks in a batch.
    B_L, D_L: tasks and samples that estimate the smoothness (Lemma 8's B' and D_L). K:
    meta-iterations. sigma, sigma_g, sigma_H, lower_bound: computed where that is exact or
    certified; what is given counts (an understated one is a violated assumption).

    To model draws that are not independent: batch="repeated" (a mini-batch is one sample again and
    again), signs (the patterns that occur, see `given_signs`; a list: each task's own),
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
        batch="two-point",
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
        arguments = dict(locals())
        del arguments["self"], arguments["__class__"]
        super().__init__(arguments, losses, losses)
        self.S = check_size("S", S)
        self.D = check_size("D", D)
        self.T = check_size("T", T)
        self.D_L = check_size("D_L", D_L)
        self.batch = check_batch(batch)
        d, N = len(self.w), self.steps
        self.noise = to_array("noise", noise, (N + 1, d))
        self.hessian_noise = to_array("hessian_noise", hessian_noise, (N, d, d))
        if not np.array_equal(self.hessian_noise, self.hessian_noise.swapaxes(1, 2)):
            raise ValueError("hessian_noise is not symmetric: write (V + V.swapaxes(1, 2)) / 2")
        if sigma_g is None:
            self.sigma_g = float(norm(self.noise).max())
        else:
            self.sigma_g = check_not_negative("sigma_g", sigma_g)
        if sigma_H is None:
            self.sigma_H = float(spectral(self.hessian_noise).max(initial=0))
        else:
            self.sigma_H = check_not_negative("sigma_H", sigma_H)
        if signs is not None:  # None: enumerated when first read, and not every proof reads them
            self.signs = self.enumerate_signs()

    @cached_property
    def signs(self):
        """The patterns of signs of each task: a list of `Signs`, (tasks,)."""
        return self.enumerate_signs()

    def enumerate_signs(self):
        """The `Signs` of each task: all patterns, or those of the argument `signs`, which has one
        array for all tasks or one for each."""
        given = self.arguments["signs"]
        kinds = [self.arguments[name] is not None for name in ("noise", "hessian_noise")]
        if given is None:
            signs = all_signs(self.steps, *kinds, self.batch, self.S, self.D, self.T)
            return [signs] * len(self.tasks)
        if isinstance(given, Signs):  # made by the theory itself
            return [given] * len(self.tasks)
        patterns = [given]
        is_sequence = isinstance(given, (list, tuple)) or getattr(given, "ndim", 0) == 3
        if is_sequence and len(given) and np.ndim(given[0]) == 2:
            patterns = list(given)
        if len(patterns) not in (1, len(self.tasks)):
            raise ValueError(
                f"signs are for {len(patterns)} tasks; expected one array (R, columns), "
                f"or one for each of the {len(self.tasks)} tasks"
            )
        signs = [given_signs(self.steps, *kinds, rows) for rows in patterns]
        return signs * (len(self.tasks) // len(signs))

    def scale(self, size):
        """What a mini-batch of so many samples makes of a sample's noise: 1/√size, or 1 where it is
        one sample again and again."""
        return 1.0 if self.batch == "repeated" else 1 / np.sqrt(size)

    @cached_property
    def constants(self):
        """The `ResamplingConstants` of this instance. Where no σ is known, those that depend on it
        say so."""
        return self.constants_for()

    @cached_property
    def sharp_constants(self):
        """The `ResamplingConstants` of this instance with sharp=True."""
        return self.constants_for(sharp=True)

    def constants_for(self, **changes):
        """The `ResamplingConstants` of this instance, but for the changes."""
        names = {field.name for field in fields(ResamplingConstants)} - {"sharp", "sigma"}
        known = {name: getattr(self, name) for name in names}
        return ResamplingConstants(**known | {"sigma": self.sigma_or_none} | changes)

    @cached_property
    def estimate(self):
        """E Ĝ_i over tasks and signs, (d,)."""
        return self.mean(lambda task: task.expect(task.estimate, 0))

    @cached_property
    def gradient_norms(self):
        """The law of ‖∇l_i(w; D_L samples)‖, one draw of a task and its samples: values (n,),
        probabilities (n,)."""
        values, p = [], []
        for task in self.tasks:
            signs, chances = task.outer_law
            noise = signs[:, None] * self.noise[-1] * self.scale(self.D_L)
            values.append(norm(task.gradient + noise))
            p.append(task.p * chances)
        return np.concatenate(values), np.concatenate(p)
