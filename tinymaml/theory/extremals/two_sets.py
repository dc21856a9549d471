"""The finite-sum case: what stretching and turning do where support and query differ by b."""

from ..finite_sum_instance import FiniteSumInstance
from ..losses import PiecewiseHessian
from .stretching import bowl
from .turning import sawtooth_loss


def sawtooth_of_two_sets(alpha_L, steps, slope=1.0, b=1.0):
    """The sawtooth as support loss, and as query loss the same less b·w: a gradient that is
    everywhere b smaller. Along the path it grows by (a^N − 1)(slope + b): Proposition 4 with
    equality as u → w."""
    support, u = sawtooth_loss(alpha_L, steps, slope + b)
    query = PiecewiseHessian(support.knots, support.curvatures, origin=0.0, slope=slope)
    return FiniteSumInstance(
        support_losses=[support], query_losses=[query], w=[0.0], u=u, alpha=alpha_L, steps=steps
    )


def concave_quadratics_apart(alpha_L, steps, b=1.0):
    """Support −w²/2 − b·w, query −w²/2: at w = 1 the support's gradient is b longer, and points the
    same way. Lemmas 9 and 10 (a) with equality."""
    return FiniteSumInstance(
        support_losses=[bowl(-1, -b)],
        query_losses=[bowl(-1)],
        w=[1.0],
        u=[2.0],
        alpha=alpha_L,
        steps=steps,
    )


def convex_quadratics_apart(alpha_L, steps, b=0.0):
    """Support w²/2 + b·w, query w²/2: the query gradient shrinks as fast as it can, and `b` takes
    away more. Lemma 10 (b)."""
    return FiniteSumInstance(
        support_losses=[bowl(1, -b)],
        query_losses=[bowl(1)],
        w=[1.0],
        u=[2.0],
        alpha=alpha_L,
        steps=steps,
    )


def opposite_tasks_of_two_sets(alpha_L, steps, b=0.0):
    """The same in the finite-sum case; each support gradient is longer by b."""
    support = [bowl(-1, 1.0 + b), bowl(-1, -(1.0 + b))]
    query = [bowl(-1, 1.0), bowl(-1, -1.0)]
    return FiniteSumInstance(
        support_losses=support, query_losses=query, w=[0.0], u=[1.0], alpha=alpha_L, steps=steps
    )
