"""Every step stretches, or shrinks, as much as A1 allows: curvature −L, or L, along the path."""

from ..losses import CosineSum, Quadratic
from ..resampling_instance import ResamplingInstance


def bowl(curvature, centre=0.0):
    """curvature/2 · (w − centre)², one variable."""
    return Quadratic([[float(curvature)]], [float(centre)])


def concave_quadratic(alpha_L, steps):
    """−w²/2: every step multiplies points, differences and gradients by a. Lemmas 1, 2, 3 (norm)
    and 7 (a) with equality."""
    return ResamplingInstance(losses=[bowl(-1)], w=[1.0], u=[2.0], alpha=alpha_L, steps=steps)


def cosine_near_its_maximum(alpha_L, steps, distance=1e-3):
    """cos w from w = distance: a loss with a minimum, and with every derivative bounded, that does
    what −w²/2 does while it is near 0."""
    return ResamplingInstance(
        losses=[CosineSum([[1.0]], [1.0], [0.0])],
        w=[distance],
        u=[-distance],
        alpha=alpha_L,
        steps=steps,
    )


def convex_quadratic(alpha_L, steps):
    """w²/2: ∇𝓛 = (1 − αL)^2N ∇l, as small as it gets: Lemma 7 (b) to C_l / (1 − αL)^2N, and its
    sharper form with equality where 2NαL <= 1."""
    return ResamplingInstance(losses=[bowl(1)], w=[1.0], u=[2.0], alpha=alpha_L, steps=steps)
