"""σ, b_i and lower bounds that hold for all w, where the losses allow it; a clear error where they
do not (lesson 13)."""

import numpy as np

from .losses import PiecewiseHessian, Quadratic

HESSIAN = {
    Quadratic: ("A",),
    PiecewiseHessian: ("knots", "curvatures"),
}  # what the Hessian of such a loss depends on


def common_hessian(losses):
    """Have these one Hessian, everywhere, so that their gradients differ by constants? (Quadratics
    with one A, say.)"""
    kind = type(losses[0])
    return kind in HESSIAN and all(
        type(loss) is kind
        and all(
            np.array_equal(getattr(loss, part), getattr(losses[0], part)) for part in HESSIAN[kind]
        )
        for loss in losses
    )


def sigma(losses, probabilities):
    """σ of A2 for all w. Exact for one task and for tasks with a common Hessian; for bounded
    gradients the certificate E‖∇l_i − ∇l‖² <= E‖∇l_i‖² <= E sup‖∇l_i‖². Raises ValueError for
    others: no such number is known."""
    p = np.asarray(probabilities)
    if all(loss is losses[0] for loss in losses):
        return 0.0
    if common_hessian(losses):
        gradients = np.array([loss.gradient(np.zeros(loss.dimension)) for loss in losses])
        return float(np.sqrt(p @ np.sum((gradients - p @ gradients) ** 2, axis=1)))
    bounds = np.array([getattr(loss, "gradient_bound", np.inf) for loss in losses])
    if np.isfinite(bounds).all():
        return float(np.sqrt(p @ bounds**2))
    raise ValueError(
        "no sigma is known that holds for all w: give the instance sigma= (its deviation(w) is the smallest one at w; "
        "for quadratics with different Hessians none holds everywhere)"
    )


def difference(support, query):
    """b_i for all w, of one task. Exact for equal losses and for a common Hessian; else the sum of
    the gradients' bounds."""
    if support is query:
        return 0.0
    if common_hessian([support, query]):
        return float(
            np.linalg.norm(
                support.gradient(np.zeros(support.dimension))
                - query.gradient(np.zeros(query.dimension))
            )
        )
    bound = getattr(support, "gradient_bound", np.inf) + getattr(query, "gradient_bound", np.inf)
    if np.isfinite(bound):
        return float(bound)
    raise ValueError(
        "no b_i is known that holds for all w: give the instance b=, one number for each task"
    )


def lower_bound(losses, probabilities):
    """A number below inf 𝓛: E inf l_i, since 𝓛_i takes values of l_i only."""
    bounds = [getattr(loss, "infimum", -np.inf) for loss in losses]
    if not np.isfinite(bounds).all():
        raise ValueError(
            "no lower bound of the meta-objective is known: give the instance lower_bound="
        )
    return float(np.dot(probabilities, bounds))
