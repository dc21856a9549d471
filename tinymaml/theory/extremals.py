"""Hand-made instances on which bounds are attained, or nearly: where the adversary begins (lessons
14 to 23).

Everywhere L = 1, which is no restriction: it chooses the unit of the loss. So α = alpha_L, and a =
1 + alpha_L. What a bound then depends on is alpha_L and the number of steps, which every function
here takes; the rest is chosen to be the worst. Two ideas return: curvature −L wherever the path
goes, so that every step stretches as much as A1 allows; and a Hessian that bends with slope ρ
exactly at the iterates, small against everything else, so that it turns as much as A1 allows
without being felt.
"""

import numpy as np

from .finite_sum_instance import FiniteSumInstance
from .losses import CosineSum, PiecewiseHessian, Quadratic
from .resampling_instance import ResamplingInstance


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


def sawtooth_loss(alpha_L, steps, slope=1.0):
    """A loss, and u (1,) for w = 0: curvature −1 with a tooth at each iterate from w, where the
    gradient is `slope`, and u on the tooth of w. The teeth are so small that the path does not feel
    them, and u so near that every ũ_j lies on the tooth of its w̃_j."""
    width = 1e-4 * alpha_L * slope
    loss = PiecewiseHessian.sawtooth(0.0, slope, alpha_L, steps, L=1.0, rho=1.0, width=width)
    return loss, [width / (2 * (1 + alpha_L) ** steps)]


def sawtooth(alpha_L, steps, slope=1.0):
    """Between w and u each factor changes by αρ‖w̃_j − ũ_j‖, all others being a, and stretching and
    turning add up: Lemma 3 (lipschitz) and Proposition 1 with equality as u → w, whatever the
    steps, alpha_L and the gradient (`slope`, against L²/ρ = 1)."""
    loss, u = sawtooth_loss(alpha_L, steps, slope)
    return ResamplingInstance(losses=[loss], w=[0.0], u=u, alpha=alpha_L, steps=steps)


def sawtooth_of_two_sets(alpha_L, steps, slope=1.0, b=1.0):
    """The sawtooth as support loss, and as query loss the same less b·w: a gradient that is
    everywhere b smaller. Along the path it grows by (a^N − 1)(slope + b): Proposition 4 with
    equality as u → w."""
    support, u = sawtooth_loss(alpha_L, steps, slope + b)
    query = PiecewiseHessian(support.knots, support.curvatures, origin=0.0, slope=slope)
    return FiniteSumInstance(
        support_losses=[support], query_losses=[query], w=[0.0], u=u, alpha=alpha_L, steps=steps
    )


def large_gradient(alpha_L, steps):
    """The sawtooth where the gradient is ten times L²/ρ, and C_𝓛‖∇l‖ the larger part of L_w."""
    return sawtooth(alpha_L, steps, slope=10.0)


def orthogonal_noise(alpha_L, steps):
    """−‖w‖²/2 in R^N with ν_j = ±e_j: w_N − w̃_N is α Σ ±a^(N−1−j) e_j, whose norm is the same for
    all signs, so that Jensen loses nothing. Lemma 5 and the sharper Lemma 4 with equality, and no
    drift has a larger mean than this one's."""
    d = max(steps, 1)
    return ResamplingInstance(
        losses=[Quadratic(-np.eye(d), np.zeros(d))],
        w=np.eye(d)[0],
        u=2 * np.eye(d)[0],
        alpha=alpha_L,
        steps=steps,
        noise=np.eye(d)[np.arange(steps + 1) % d],
    )


def kinks(alpha_L, steps):
    """Curvature −1 with a kink at each iterate but the first, rising on both sides with slope ρ:
    whatever the signs are, the factor changes by αρ‖w_j − w̃_j‖, always upwards. Lemma 6 with
    equality at N = 2; later drifts have no mean a^j − 1 (`orthogonal_noise`)."""
    width = 1e-3 * alpha_L
    kink = width * np.array([0.0, 1, 0, 1, 0])
    loss = bowl(-1, 1.0)  # gradient 1 at w = 0
    w = 0.0
    iterates = []
    for _ in range(steps):
        w -= alpha_L * float(loss.gradient(np.array([w]))[0])
        iterates.append(w)
        knots = [iterate + width * np.arange(-2, 3) for iterate in reversed(iterates)]
        curvatures = np.tile(kink, len(iterates)) - 1
        loss = PiecewiseHessian(np.concatenate(knots), curvatures, origin=0.0, slope=1.0)
    noise = np.full((steps + 1, 1), width / (1 + alpha_L) ** steps)
    return ResamplingInstance(
        losses=[loss], w=[0.0], u=[width], alpha=alpha_L, steps=steps, noise=noise
    )


def corner(alpha_L, steps):
    """Curvature −1 on the path, and at its end w̃_N a gradient like L|w − w̃_N|, which every
    deviation raises: the noise becomes bias. Proposition 2 with equality at N = 1, where C_err2 =
    0, as the corner becomes sharp."""
    a = 1 + alpha_L
    end = 1 - a**steps
    reach = alpha_L * a ** (steps - 1) / 2
    knots = end + reach * np.array([-1e-5, 1e-5, 1, 1 + 2e-5])
    loss = PiecewiseHessian(knots, [-1.0, 1.0, 1.0, -1.0], origin=0.0, slope=1.0)
    noise = np.full((steps + 1, 1), 0.9 * reach / (a**steps - 1))
    return ResamplingInstance(
        losses=[loss], w=[0.0], u=[reach / 10], alpha=alpha_L, steps=steps, noise=noise
    )


def corner_at_rest(alpha_L, steps):
    """The corner at w itself, where ∇l = 0 and the bound's second term with it: E‖w_N − w̃_N‖
    becomes bias, almost half of what Proposition 2 allows for at N = 2."""
    width = 1e-4 * alpha_L
    loss = PiecewiseHessian([0.0, width], [-1.0, 1.0], origin=0.0, slope=0.0)
    return ResamplingInstance(
        losses=[loss], w=[0.0], u=[width], alpha=alpha_L, steps=steps, noise=np.ones((steps + 1, 1))
    )


def outer_noise(alpha_L, steps, S=10**6):
    """−w²/2 at rest in w = 0 with noise in the outer gradient and ±1 in each Hessian: Ĝ is a
    product of independent factors, and its second moment is q σ_g²/T. Proposition 3 with equality
    as S → ∞, when the inner noise, which the bound allows for, is gone."""
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


def valley(slope):
    """Curvature from −1 to 1 with slope ρ = 1, and this gradient at w = 0, where the curvature is
    −1."""
    return PiecewiseHessian([1.0, 3.0], [-1.0, 1.0], origin=0.0, slope=slope)


def norm_of_noise(alpha_L, steps):
    """At a stationary point every sampled gradient has the norm σ_g, and X is surely too large, by
    as much as D_L = 1 allows, A/(4C_𝓛). Lemma 8 (i) with equality."""
    x = ResamplingInstance(losses=[valley(0.0)], w=[0.0], u=[1.0], alpha=alpha_L, steps=steps)
    last = np.eye(steps + 1)[:, -1:]
    return x.replace(noise=last * x.constants.A / (4 * x.constants.C_meta))


def worst_law(variance, power):
    """t and the probability of t for which, of the laws on {0, t} with this variance, E[(1 +
    X)^−power] (1 + E X)^power is largest."""
    p = np.linspace(0, 1, 10001)[1:-1]
    t = np.sqrt(variance / (p * (1 - p)))
    moment = 1 - p + p / (1 + t) ** power
    best = np.argmax(moment * (1 + p * t) ** power)
    return t[best], p[best]


def two_point_stepsize(alpha_L, steps, power=2):
    """Two tasks, one at rest, and one B' = 1 drawn: X is 0 or x, the two-point law that Wooff's
    bound calls the worst, with the largest variance that the sizes of Lemma 8 leave (C_𝓛σ/A = ½).
    power: of E[1/L̂^power]."""
    x = ResamplingInstance(losses=[valley(0.0)], w=[0.0], u=[1.0], alpha=alpha_L, steps=steps)
    t, p = worst_law(1 / 4 * (1 - 1e-9), power)
    slope = t * x.constants.A / x.constants.C_meta
    return x.replace(losses=[valley(0.0), valley(slope)], weights=[1 - p, p])


def two_point_mean(alpha_L, steps):
    """The two-point law that is worst for E[1/L̂]."""
    return two_point_stepsize(alpha_L, steps, power=1)


def two_point_stepsize_of_two_sets(alpha_L, steps, power=2):
    """The two-point law that is worst for E[1/L̂^power] in Lemma 11, whose sizes leave C_𝓛σ/A =
    √¾."""
    rest = valley(0.0)
    x = FiniteSumInstance(
        support_losses=[rest], query_losses=[rest], w=[0.0], u=[1.0], alpha=alpha_L, steps=steps
    )
    t, p = worst_law(3 / 4 * (1 - 1e-9), power)
    both = [rest, valley(t * x.constants.A / x.constants.C_meta)]
    return x.replace(support_losses=both, query_losses=both, weights=[1 - p, p])


def two_point_mean_of_two_sets(alpha_L, steps):
    """The two-point law that is worst for Lemma 11's E[1/L̂]."""
    return two_point_stepsize_of_two_sets(alpha_L, steps, power=1)


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


def opposite_tasks(alpha_L, steps):
    """Two tasks −(w ± 1)²/2 at w = 0: the mean gradient vanishes and the second moment does not.
    Propositions 3 and 5."""
    both = [bowl(-1, 1.0), bowl(-1, -1.0)]
    return ResamplingInstance(losses=both, w=[0.0], u=[1.0], alpha=alpha_L, steps=steps)


def opposite_tasks_of_two_sets(alpha_L, steps, b=0.0):
    """The same in the finite-sum case; each support gradient is longer by b."""
    support = [bowl(-1, 1.0 + b), bowl(-1, -(1.0 + b))]
    query = [bowl(-1, 1.0), bowl(-1, -1.0)]
    return FiniteSumInstance(
        support_losses=support, query_losses=query, w=[0.0], u=[1.0], alpha=alpha_L, steps=steps
    )


STRETCHING = (concave_quadratic, cosine_near_its_maximum, convex_quadratic)
TURNING = (sawtooth, large_gradient, *STRETCHING)
NOISY = (orthogonal_noise, kinks, corner, corner_at_rest)
TWO_SETS = (
    sawtooth_of_two_sets,
    concave_quadratics_apart,
    convex_quadratics_apart,
    opposite_tasks_of_two_sets,
)
SECOND_MOMENT = (outer_noise, opposite_tasks, orthogonal_noise, concave_quadratic, convex_quadratic)
ESTIMATE = (norm_of_noise, two_point_stepsize, two_point_mean)
ESTIMATE_OF_TWO_SETS = (two_point_stepsize_of_two_sets, two_point_mean_of_two_sets, *TWO_SETS)

EXTREMALS = {
    **dict.fromkeys(("lemma_1", "lemma_2", "lemma_7", "lemma_7_sharp"), STRETCHING),
    **dict.fromkeys(("lemma_3", "proposition_1"), TURNING),
    **dict.fromkeys(
        ("lemma_4", "lemma_4_sharp", "lemma_5", "lemma_6", "proposition_2", "proposition_2_sharp"),
        NOISY,
    ),
    **dict.fromkeys(("proposition_3", "proposition_3_sharp"), SECOND_MOMENT),
    **dict.fromkeys(
        ("theorem_1", "theorem_1_sharp", "corollary_1", "corollary_1_sharp"),
        (convex_quadratic, cosine_near_its_maximum, outer_noise),
    ),
    **dict.fromkeys(("lemma_8", "lemma_8_sharp"), ESTIMATE),
    **dict.fromkeys(
        ("lemma_9", "lemma_10", "proposition_4", "proposition_5", "theorem_2", "corollary_2"),
        TWO_SETS,
    ),
    "lemma_11": ESTIMATE_OF_TWO_SETS,
}
"""The name of a result -> its extremals, functions of alpha_L and steps."""
