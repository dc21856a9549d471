"""Families of tasks for lesson 13."""

import numpy as np

from ... import theory


def as_family(losses):
    """An instance with these losses as its tasks, all equally likely."""
    dimension = losses[0].dimension
    return theory.ResamplingInstance(losses=losses, w=np.zeros(dimension), alpha=0.1, steps=1)


def cloud_radius(losses, points):
    """√E_i‖∇l_i(w) − ∇l(w)‖² at each of the points (count, d) -> (count,)."""
    return as_family(losses).deviation(points)


def certified_sigma(losses):
    """The certificate of σ, for all w; None where the losses have none."""
    try:
        return as_family(losses).sigma
    except ValueError:
        return None
