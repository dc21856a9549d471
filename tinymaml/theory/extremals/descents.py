"""Steps of a constant size: where they descend no more than they are sure to, and, beyond C_l > 0,
where they ascend, however small they are."""

import numpy as np

from ...engine.errors.arguments import check_positive
from ..finite_sum_instance import FiniteSumInstance
from ..losses import CosineSum, LogCosh, PiecewiseHessian
from ..resampling_instance import ResamplingInstance
from .question import check_question
from .stretching import bowl, convex_quadratic
from .two_sets import convex_quadratics_apart


def opposite_wells(alpha_L, steps):
    """Two tasks (w ± 1)²/2 at w = 1/2, near: the tasks differ by more than their mean is steep."""
    alpha_L, steps = check_question(alpha_L, steps)
    wells = [bowl(1, -1.0), bowl(1, 1.0)]
    return ResamplingInstance(losses=wells, w=[0.5], u=[1.0], alpha=alpha_L, steps=steps)


def long_descent(alpha_L, steps, K=50):
    """w²/2, and K meta-iterations, which come so near to the minimum that all of Δ is used."""
    return convex_quadratic(alpha_L, steps).replace(K=K)


def large_batches(alpha_L, steps, b=0.0, B=10**9):
    """w²/2, support less b·w, in batches so large that nothing is left of the noise. With b = 0 w =
    1 is far, with b = 1/5 it is near. As αL → 0 the stepsize of Theorem 3 becomes 1/L, the one that
    leads to the minimum at once, and that is what the theorem says it gains."""
    return convex_quadratics_apart(alpha_L, steps, b).replace(B=B)


def large_batches_apart(alpha_L, steps):
    """The same where support and query differ, and w is near."""
    return large_batches(alpha_L, steps, b=0.2)


def quiet_batches(alpha_L, steps):
    """w²/2 without noise, in batches so large that no bound allows for any. w = 1 is far, for σ =
    0. What Theorem 4 claims is four sevenths of the descent as αL → 0: β is 1/(4L), and 1 − Lβ/2
    of β‖∇𝓛‖² is there where it claims 1/2."""
    return convex_quadratic(alpha_L, steps).replace(B=10**9)


def wells_in_batches(alpha_L, steps):
    """The two wells, near by, in batches of 1000 tasks."""
    return opposite_wells(alpha_L, steps).replace(B=1000)


def narrow_hills_loss(alpha_L, steps, slope=1.0):
    """A valley of curvature 1 with a hill top at each iterate from w = 0, curvature −1, so narrow
    that the path does not feel it. slope: the gradient at w."""
    alpha_L, steps = check_question(alpha_L, steps)
    width = 1e-6 * alpha_L * slope
    top = np.array([1.0, -1, -1, 1])
    loss = bowl(1, -slope)
    w = 0.0
    tops = []
    for _ in range(steps):
        tops.append(w + width * np.array([-2.0, -1, 1, 2]))
        knots = np.concatenate(tops[::-1])
        loss = PiecewiseHessian(knots, np.tile(top, len(tops)), origin=0.0, slope=slope)
        w -= alpha_L * float(loss.gradient(np.array([w]))[0])
    return loss


def narrow_hills(alpha_L, steps):
    """∇𝓛 is stretched by the hill tops, a^N, and what a step finds, once it has left them, is
    flattened by the valley, (1 − αL)^N: no other descent is known to be so small against β‖∇𝓛‖²."""
    loss = narrow_hills_loss(alpha_L, steps)
    return ResamplingInstance(losses=[loss], w=[0.0], u=[1.0], alpha=alpha_L, steps=steps)


def narrow_hills_of_two_sets(alpha_L, steps, B=10**9):
    """The same in the finite-sum case, support and query being one, in large batches."""
    loss = narrow_hills_loss(alpha_L, steps)
    return FiniteSumInstance(
        support_losses=[loss],
        query_losses=[loss],
        w=[0.0],
        u=[1.0],
        alpha=alpha_L,
        steps=steps,
        B=B,
    )


class Washboard:
    """s·w − cos w, bent up far to the left so gently that it takes `bend` of curvature: bounded
    below, with the slope s where the waves are looked at, near w = 0. One variable."""

    batched = True
    dimension = 1

    def __init__(self, slope, bend=1e-6):
        reach = slope / bend  # the slope turns from −s to s over so long a way, 20 of them away
        self.parts = (
            CosineSum([[1.0]], [-1.0], [0.0]),
            LogCosh([[1 / reach]], [slope * reach], [-20.0]),
        )
        self.L = sum(part.L for part in self.parts)
        self.rho = sum(part.rho for part in self.parts)
        self.gradient_bound = sum(part.gradient_bound for part in self.parts)
        self.infimum = sum(part.infimum for part in self.parts)

    def value(self, w):
        return sum(part.value(w) for part in self.parts)

    def gradient(self, w):
        return sum(part.gradient(w) for part in self.parts)

    def hessian(self, w):
        return sum(part.hessian(w) for part in self.parts)

    def mean_hessian(self, w, u):
        return sum(part.mean_hessian(w, u) for part in self.parts)


def ascent(beta, alpha_L=1.5):
    """An instance beyond C_l > 0, one step of αL = 3/2, on which the meta-step w − β∇𝓛(w) ascends,
    by about 0.86/β: on a slope s = 4/(βα), however small β is, the step leads from the valley
    between two waves of 𝓛 up the next. L and ρ are those of cos w, so that no constant β serves
    all losses there. The instance's u is w − β∇𝓛(w)."""
    beta, alpha_L = check_positive("beta", beta), check_positive("alpha_L", alpha_L)
    loss = Washboard(4 / (beta * alpha_L))
    alpha = alpha_L / loss.L
    x = ResamplingInstance(losses=[loss], w=[0.0], alpha=alpha, steps=1)
    w = np.linspace(-np.pi, np.pi, 2001)[:, None]
    after = w - beta * x.meta_gradient_at(w)
    highest = np.argmax(x.meta_loss(after) - x.meta_loss(w))
    return x.replace(w=w[highest], u=after[highest])
