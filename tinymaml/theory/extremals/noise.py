"""Noise that drifts as far, biases as much, or has as large a second moment, as A3 allows."""

import numpy as np

from ..losses import PiecewiseHessian, Quadratic
from ..resampling_instance import ResamplingInstance
from .question import check_question
from .stretching import bowl


def orthogonal_noise(alpha_L, steps):
    """−‖w‖²/2 in R^N with ν_j = ±e_j: w_N − w̃_N is α Σ ±a^(N−1−j) e_j, whose norm is the same for
    all signs, so that Jensen loses nothing. Lemma 5 and the sharper Lemma 4 with equality, and no
    drift has a larger mean than this one's."""
    alpha_L, steps = check_question(alpha_L, steps)
    d = max(steps, 1)
    return ResamplingInstance(
        losses=[Quadratic(-np.eye(d), np.zeros(d))],
        w=np.eye(d)[0],
        u=2 * np.eye(d)[0],
        alpha=alpha_L,
        steps=steps,
        noise=np.eye(d)[np.arange(steps + 1) % d],
    )


def share_inner_samples(x):
    """The instance where one sample serves all inner steps: its noise is the same at every w, as
    Lemma 4 asks."""
    inner, outer = np.array([[1.0, 1], [1, -1], [-1, 1], [-1, -1]]).T
    return x.replace(signs=np.column_stack([*[inner] * x.steps, outer]))


def one_sample(alpha_L, steps):
    """−w²/2 with one sample for all inner steps: the noise adds up. Lemma 4 with equality."""
    alpha_L, steps = check_question(alpha_L, steps)
    x = ResamplingInstance(
        losses=[bowl(-1)],
        w=[1.0],
        u=[2.0],
        alpha=alpha_L,
        steps=steps,
        noise=np.ones((steps + 1, 1)),
    )
    return share_inner_samples(x)


def kinks(alpha_L, steps, slope=1.0, width=None):
    """Curvature −1 with a kink at each iterate but the first, rising on both sides with slope ρ:
    whatever the signs are, the factor changes by αρ‖w_j − w̃_j‖, always upwards. Lemma 6 with
    equality at N = 2; later drifts have no mean a^j − 1 (`orthogonal_noise`). slope: the gradient
    at w. width: of half a kink, which also is how high it rises; None: 0.001 alpha_L."""
    alpha_L, steps = check_question(alpha_L, steps)
    width = 1e-3 * alpha_L if width is None else width
    way = slope * np.expm1(steps * np.log1p(alpha_L))  # slope · (a^N − 1), from w to w̃_N
    if width < 64 * np.spacing(way):
        raise ValueError(
            f"kinks of the width {width:.3g} are too narrow for floats at w̃_N, {way:.3g} from w; "
            "expected fewer steps, or a smaller alpha_L"
        )
    kink = width * np.array([0.0, 1, 0, 1, 0])
    loss = bowl(-1, slope)
    w = 0.0
    iterates = []
    for _ in range(steps):
        w -= alpha_L * float(loss.gradient(np.array([w]))[0])
        iterates.append(w)
        knots = [iterate + width * np.arange(-2, 3) for iterate in reversed(iterates)]
        curvatures = np.tile(kink, len(iterates)) - 1
        loss = PiecewiseHessian(np.concatenate(knots), curvatures, origin=0.0, slope=slope)
    noise = np.full((steps + 1, 1), width / (1 + alpha_L) ** steps)
    return ResamplingInstance(
        losses=[loss], w=[0.0], u=[width], alpha=alpha_L, steps=steps, noise=noise
    )


def steep_kinks(alpha_L, steps):
    """The kinks where the gradient is so large that C_err2‖∇l‖ is all of the bias's bound.
    Proposition 2 with equality at N = 2, as ‖∇l‖ → ∞."""
    alpha_L, steps = check_question(alpha_L, steps)
    return kinks(alpha_L, steps, slope=5e4 / alpha_L, width=min(6e-5 / alpha_L, 0.5))


def kinks_of_one_sample(alpha_L, steps):
    """The kinks with one sample for all inner steps, which drifts by a^j − 1: Lemma 6 with equality
    for every N > 1."""
    return share_inner_samples(kinks(alpha_L, steps))


def steep_kinks_of_one_sample(alpha_L, steps):
    """The same where the gradient is large: Proposition 2 with equality for every N > 1, as ‖∇l‖ →
    ∞."""
    return share_inner_samples(steep_kinks(alpha_L, steps))


def corner(alpha_L, steps):
    """Curvature −1 on the path, and at its end w̃_N a gradient like L|w − w̃_N|, which every
    deviation raises: the noise becomes bias. Proposition 2 with equality at N = 1, where C_err2 =
    0, as the corner becomes sharp."""
    alpha_L, steps = check_question(alpha_L, steps)
    way = np.expm1(steps * np.log1p(alpha_L))  # a^N − 1, from w to w̃_N
    reach = alpha_L * (1 + alpha_L) ** (steps - 1) / 2
    knots = -way + reach * np.array([-1e-5, 1e-5, 1, 1 + 2e-5])
    loss = PiecewiseHessian(knots, [-1.0, 1.0, 1.0, -1.0], origin=0.0, slope=1.0)
    sigma_g = 0.9 * reach / way if steps else reach  # w_N stays within 0.9 reach of w̃_N
    noise = np.full((steps + 1, 1), sigma_g)
    return ResamplingInstance(
        losses=[loss], w=[0.0], u=[reach / 10], alpha=alpha_L, steps=steps, noise=noise
    )


def corner_at_rest(alpha_L, steps):
    """The corner at w itself, where ∇l = 0 and the bound's second term with it: E‖w_N − w̃_N‖
    becomes bias, almost half of what Proposition 2 allows for at N = 2."""
    alpha_L, steps = check_question(alpha_L, steps)
    width = 1e-4 * alpha_L
    loss = PiecewiseHessian([0.0, width], [-1.0, 1.0], origin=0.0, slope=0.0)
    return ResamplingInstance(
        losses=[loss], w=[0.0], u=[width], alpha=alpha_L, steps=steps, noise=np.ones((steps + 1, 1))
    )


def outer_noise(alpha_L, steps, S=10**6):
    """−w²/2 at rest in w = 0 with noise in the outer gradient and ±1 in each Hessian: Ĝ is a
    product of independent factors, and its second moment is q σ_g²/T. Proposition 3 with equality
    as S → ∞, when the inner noise, which the bound allows for, is gone."""
    alpha_L, steps = check_question(alpha_L, steps)
    noise = np.eye(steps + 1)[:, -1:]
    return ResamplingInstance(
        losses=[bowl(-1)],
        w=[0.0],
        u=[1.0],
        alpha=alpha_L,
        steps=steps,
        noise=noise,
        hessian_noise=np.ones((steps, 1, 1)),
        S=S,
    )


def opposite_tasks(alpha_L, steps):
    """Two tasks −(w ± 1)²/2 at w = 0: the mean gradient vanishes and the second moment does not.
    Propositions 3 and 5."""
    both = [bowl(-1, 1.0), bowl(-1, -1.0)]
    return ResamplingInstance(losses=both, w=[0.0], u=[1.0], alpha=alpha_L, steps=steps)
