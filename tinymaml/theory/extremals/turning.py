"""A Hessian that bends with slope ρ exactly at the iterates, so that the product of the factors
turns as much as A1 allows: teeth, so small that the path does not feel them; on a hill, and on a
loss that is convex."""

from ..losses import PiecewiseHessian
from ..resampling_instance import ResamplingInstance
from .question import check_question


def sawtooth_loss(alpha_L, steps, slope=1.0):
    """A loss, and u (1,) for w = 0: curvature −1 with a tooth at each iterate from w, where the
    gradient is `slope`, and u on the tooth of w. The teeth are so small that the path does not feel
    them, and u so near that every ũ_j lies on the tooth of its w̃_j. Without steps there are no
    teeth."""
    alpha_L, steps = check_question(alpha_L, steps)
    width = 1e-4 * alpha_L * slope
    if steps == 0:
        return PiecewiseHessian([0.0], [-1.0], slope=slope, rho=1.0), [width]
    loss = PiecewiseHessian.sawtooth(0.0, slope, alpha_L, steps, L=1.0, rho=1.0, width=width)
    return loss, [width / (2 * (1 + alpha_L) ** steps)]


def sawtooth(alpha_L, steps, slope=1.0):
    """Between w and u each factor changes by αρ‖w̃_j − ũ_j‖, all others being a, and stretching and
    turning add up: Lemma 3 (lipschitz) and Proposition 1 with equality as u → w, whatever the
    steps, alpha_L and the gradient (`slope`, against L²/ρ = 1)."""
    loss, u = sawtooth_loss(alpha_L, steps, slope)
    return ResamplingInstance(losses=[loss], w=[0.0], u=u, alpha=alpha_L, steps=steps)


def large_gradient(alpha_L, steps):
    """The sawtooth where the gradient is ten times L²/ρ, and C_𝓛‖∇l‖ the larger part of L_w."""
    return sawtooth(alpha_L, steps, slope=10.0)


def convex_teeth(alpha_L, steps, slope=None):
    """A convex loss: curvature 0 on the path, with a tooth of slope ρ = 1 at each iterate, ahead of
    it, where u is. Curvature within [0, L] never stretches while αL <= 2, so that neither distances
    nor gradients (`slope`) grow, but each factor turns by αρ‖w − u‖: ∇𝓛 changes by Nαρ‖∇l‖‖w − u‖.
    Without a hill nothing is exponential in N; at a fixed α it is linear. Proposition 1, sharper
    (convex), as the gradient becomes large against L/(Nαρ); slope None: 30,000 times that."""
    alpha_L, steps = check_question(alpha_L, steps)
    slope = 3e4 / (alpha_L * max(steps, 1)) if slope is None else slope
    width = 1e-4 * min(alpha_L * slope, 1.0)  # of a tooth, and how high it rises: far below L = 1
    loss = PiecewiseHessian([0.0], [0.0], slope=slope, L=1.0, rho=1.0)
    places = []
    w = 0.0
    for _ in range(steps):
        places.append(w)
        loss = PiecewiseHessian.teeth(places, width, 0.0, 1.0, side=-1, slope=slope, L=1.0)
        w -= alpha_L * float(loss.gradient(places[-1:])[0])
    return ResamplingInstance(losses=[loss], w=[0.0], u=[-width / 2], alpha=alpha_L, steps=steps)
