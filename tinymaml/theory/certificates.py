"""σ, b_i and lower bounds that hold for all w, where the losses allow it; a clear error where they
do not (lesson 13)."""

import numpy as np

from .constants import NO_SIGMA, NotKnown
from .losses import PiecewiseHessian, Quadratic

# The attributes that determine the Hessian of such a loss.
HESSIAN = {
    Quadratic: ("A",),
    PiecewiseHessian: ("knots", "curvatures"),
}


def have_common_hessian(losses):
    """Have these one Hessian, everywhere, so that their gradients differ by constants? (Quadratics
    with one A, say.)"""
    first = losses[0]
    if type(first) not in HESSIAN:
        return False
    for loss in losses:
        if type(loss) is not type(first):
            return False
        for part in HESSIAN[type(first)]:
            if not np.array_equal(getattr(loss, part), getattr(first, part)):
                return False
    return True


def gradient_at_0(loss):
    """The gradient at w = 0, (d,)."""
    return loss.gradient(np.zeros(loss.dimension))


def sigma(losses, probabilities):
    """σ of A2 for all w. Exact for one task and for tasks with a common Hessian; for bounded
    gradients the certificate E‖∇l_i − ∇l‖² <= E‖∇l_i‖² <= E sup‖∇l_i‖². Raises NotKnown, a
    ValueError, for others."""
    p = np.asarray(probabilities)
    if all(loss is losses[0] for loss in losses):
        return 0.0
    if have_common_hessian(losses):
        gradients = np.array([gradient_at_0(loss) for loss in losses])
        deviations = gradients - p @ gradients
        return float(np.sqrt(p @ np.sum(deviations**2, axis=1)))
    bounds = np.array([getattr(loss, "gradient_bound", np.inf) for loss in losses])
    if np.isfinite(bounds).all():
        return float(np.sqrt(p @ bounds**2))
    raise NotKnown(NO_SIGMA)


def difference(support, query):
    """b_i for all w, of one task. Exact for equal losses and for a common Hessian; else the sum of
    the gradients' bounds. Raises NotKnown where there is none."""
    if support is query:
        return 0.0
    if have_common_hessian([support, query]):
        return float(np.linalg.norm(gradient_at_0(support) - gradient_at_0(query)))
    bound = getattr(support, "gradient_bound", np.inf) + getattr(query, "gradient_bound", np.inf)
    if np.isfinite(bound):
        return float(bound)
    raise NotKnown(
        "no b_i is known that holds for all w: give the instance b=, one number for each task"
    )


def lower_bound(losses, probabilities):
    """A number below inf 𝓛: E inf l_i, since 𝓛_i takes values of l_i only. Raises NotKnown where
    that is not known."""
    bounds = [getattr(loss, "infimum", -np.inf) for loss in losses]
    if not np.isfinite(bounds).all():
        raise NotKnown(
            "no lower bound of the meta-objective is known: give the instance lower_bound="
        )
    return float(np.dot(probabilities, bounds))
