"""Instances of Algorithm 2: a fixed support and a fixed query set for every task (lesson 13)."""

from dataclasses import fields
from functools import cached_property

import numpy as np

from . import certificates
from .finite_sum_constants import FiniteSumConstants
from .instances import Instance, to_array
from .paths import norm


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
        arguments = dict(locals())
        del arguments["self"], arguments["__class__"]
        super().__init__(arguments, support_losses, query_losses)
        self.b_given = None if b is None else to_array("b", b, (len(self.tasks),), lowest=0)

    @cached_property
    def b_i(self):
        """(tasks,): how far support and query gradients may differ."""
        if self.b_given is not None:
            return self.b_given
        return np.array([certificates.difference(task.inner, task.outer) for task in self.tasks])

    @cached_property
    def b(self):
        """E_i b_i"""
        return float(self.mean(lambda task: task.b))

    @cached_property
    def b2(self):
        """E_i b_i²"""
        return float(sum(task.p * task.b * task.b for task in self.tasks))

    @cached_property
    def constants(self):
        """The `FiniteSumConstants` of this instance. Where no σ is known, those that depend on it
        say so."""
        names = {field.name for field in fields(FiniteSumConstants)} - {"sigma"}
        known = {name: getattr(self, name) for name in names}
        return FiniteSumConstants(**known, sigma=self.sigma_or_none)

    @cached_property
    def gradient_norms(self):
        """The law of ‖∇l_{T_i}(w)‖ over the draw of a task: values (n,), probabilities (n,)."""
        values = np.array([norm(task.gradient) for task in self.tasks])
        p = np.array([task.p for task in self.tasks])
        return values, p
