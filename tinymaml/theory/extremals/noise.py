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
    """Curvature −1 with a kink at each iterate but the first and the last, rising on both sides
    with slope ρ: whatever the signs are, the factor changes by αρ‖w_j − w̃_j‖, always upwards. Lemma
    6 with equality at N = 2; later drifts have no mean a^j − 1 (`orthogonal_noise`). At the last
    iterate the curvature falls from one side to the other, so that both signs of the noise lower
    the gradient. Proposition 2'' with equality at N = 1 and, as σ_g → 0, at N = 2. slope: the
    gradient at w. width: of half a kink, which also is how high it rises, and a^N σ_g; None: as
    far as the noise drives w_j."""
    alpha_L, steps = check_question(alpha_L, steps)
    grown = np.expm1(np.arange(steps + 1) * np.log1p(alpha_L))  # a^j − 1
    if width is None:
        sigma_g = min(3e-4 if steps > 1 else 0.3, 0.5 / max(grown[-1], 1e-300))  # one: no limit
        widths = sigma_g * grown
    else:
        sigma_g = width / (1 + grown[-1])
        widths = np.full(steps + 1, width)
    way = slope * grown[-1]  # from w to w̃_N
    if steps and widths[1] < 64 * np.spacing(way):
        raise ValueError(
            f"kinks of the width {widths[1]:.3g} are too narrow for floats at w̃_N, {way:.3g} from "
            "w; expected fewer steps, or a smaller alpha_L"
        )
    kink, bend = np.array([0.0, 1, 0, 1, 0]), np.array([2.0, 2, 1, 0, 0])
    loss = bowl(-1, slope)
    w = 0.0
    knots, curvatures = np.zeros(0), np.zeros(0)
    for j in range(1, steps + 1):
        w -= alpha_L * float(loss.gradient(np.array([w]))[0])
        shape = kink if j < steps else bend
        knots = np.concatenate([w + widths[j] * np.arange(-2, 3), knots])  # w falls step by step
        curvatures = np.concatenate([widths[j] * shape - 1, curvatures])
        loss = PiecewiseHessian(knots, curvatures, origin=0.0, slope=slope)
    return ResamplingInstance(
        losses=[loss],
        w=[0.0],
        u=[alpha_L * sigma_g],
        alpha=alpha_L,
        steps=steps,
        noise=np.full((steps + 1, 1), sigma_g),
    )


def bend_at_rest(alpha_L, steps, height=1e-4):
    """A stationary point where the curvature rises with slope ρ, from −1 on the left to −1 +
    2·height on the right, as far as the noise drives the path: ∇l is raised by ½ρe² whatever the
    sign of the drift e, and all means move to one side. Proposition 2'' (mean drift) with equality
    as σ_g → 0, for every N; its bias at ∇l = 0 with equality at N = 1."""
    alpha_L, steps = check_question(alpha_L, steps)
    loss = PiecewiseHessian([-height, height], [-1.0, 2 * height - 1], origin=0.0, slope=0.0)
    way = np.expm1(max(steps, 1) * np.log1p(alpha_L))  # a^N − 1: no drift is longer than σ_g times
    noise = np.full((steps + 1, 1), height / way)
    return ResamplingInstance(
        losses=[loss], w=[0.0], u=[height], alpha=alpha_L, steps=steps, noise=noise
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
