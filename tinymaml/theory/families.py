"""Random instances, to check every line of every proof on thousands of them: tasks of four kinds
with certified constants.

Everything comes from one generator, so that a seed names an instance.
"""

import numpy as np

from .batches import outcomes, run
from .complexity import sufficient_sizes
from .constants import inner_stepsize
from .instances import FiniteSumInstance, ResamplingInstance
from .losses import CosineSum, LogCosh, Logistic, Quadratic, Tilted, evaluate
from .paths import norm

KINDS = ("quadratics", "cosine sums", "log-cosh", "logistic")


def losses(rng, kind, count, d):
    """`count` losses of a kind in d dimensions: the same frequencies, features or Hessian, each
    task with its own numbers."""
    terms = int(rng.integers(1, 5))
    x = rng.normal(size=(terms, d))
    if kind == "quadratics":  # one Hessian, of either sign: different ones have no sigma
        Q = np.linalg.qr(rng.normal(size=(d, d)))[0]
        A = Q * rng.uniform(-1, 1, d) @ Q.T
        return [Quadratic((A + A.T) / 2, rng.normal(size=d)) for _ in range(count)]
    if kind == "cosine sums":
        return [
            CosineSum(x, rng.normal(size=terms), rng.uniform(-np.pi, np.pi, terms))
            for _ in range(count)
        ]
    if kind == "log-cosh":
        return [
            LogCosh(
                x,
                rng.uniform(0.2, 1, terms) * rng.choice([1, 1, -1], terms),
                rng.normal(size=terms),
            )
            for _ in range(count)
        ]
    return [
        Logistic(x, rng.choice([-1.0, 1.0], terms), ridge=float(rng.choice([0.0, 0.1])))
        for _ in range(count)
    ]


def stepsize(rng, L, steps, reach):
    """α, log-uniform over four decades up to where a^2N = 1 + reach; reach 1 is the limit C_l =
    0."""
    limit = np.expm1(np.log1p(reach) / (2 * max(steps, 1))) / L
    return float(limit * 10 ** rng.uniform(-4, 0) * 0.999)


def places(rng, d):
    """w, and u at a distance between 0.001 and 3."""
    w, direction = 2 * rng.normal(size=d), rng.normal(size=d)
    return w, w + 10 ** rng.uniform(-3, 0.5) * direction / np.linalg.norm(direction)


def tightest(rng, x):
    """Half of the time: σ as small as it can be at w, instead of a certificate for all w."""
    try:
        certified = x.sigma < np.inf and rng.random() >= 0.5
    except ValueError:
        certified = False
    return x if certified else x.replace(sigma=x.deviation())


def resampling(
    rng,
    dimension=2,
    steps=2,
    tasks=2,
    kind=None,
    noise=True,
    hessian_noise=True,
    reach=1.0,
    sizes=5,
    **given,
):
    """A random `ResamplingInstance`. kind: one of KINDS, None: any. reach: how large α may be, see
    `stepsize`. sizes: S, D, T are drawn from 1 … sizes. given: arguments of the instance that are
    not to be random."""
    some = losses(rng, kind or KINDS[rng.integers(len(KINDS))], tasks, dimension)
    w, u = places(rng, dimension)
    V = rng.normal(size=(steps, dimension, dimension)) * 10 ** rng.uniform(-2, 0.3)
    arguments = dict(
        losses=some,
        w=w,
        u=u,
        weights=rng.dirichlet(np.ones(tasks)),
        steps=steps,
        alpha=stepsize(rng, max(f.L for f in some), steps, reach),
    )
    if noise:
        arguments["noise"] = rng.normal(size=(steps + 1, dimension)) * 10 ** rng.uniform(-2, 0.3)
    if hessian_noise and steps:
        arguments["hessian_noise"] = (V + V.swapaxes(1, 2)) / 2
    arguments |= dict(zip("SDT", rng.integers(1, sizes + 1, 3).tolist()))
    return tightest(rng, ResamplingInstance(**arguments | given))


def finite_sum(rng, dimension=2, steps=2, tasks=2, kind=None, reach=1.0, **given):
    """A random `FiniteSumInstance`; b_i is a certificate, or, half of the time, exact at w."""
    some = losses(rng, kind or KINDS[rng.integers(len(KINDS))], 2 * tasks, dimension)
    w, u = places(rng, dimension)
    arguments = dict(
        support_losses=some[:tasks],
        query_losses=some[tasks:],
        w=w,
        u=u,
        weights=rng.dirichlet(np.ones(tasks)),
        steps=steps,
        alpha=stepsize(rng, max(f.L for f in some), steps, reach),
    )
    x = FiniteSumInstance(**arguments | given)
    try:
        exact = x.b < np.inf and rng.random() < 0.5
    except ValueError:
        exact = True
    if exact and "b" not in given:
        x = x.replace(
            b=[float(np.linalg.norm(t.inner.gradient(w) - t.outer.gradient(w))) for t in x.tasks]
        )
    return tightest(rng, x)


def enough(x, more=0):
    """The instance with B' and D_L as Lemma 8 (11) asks, or so many more."""
    return x.replace(
        **{
            name: size + more
            for name, size in sufficient_sizes(x.constants).items()
            if size is not None
        }
    )


def descending(rng, x, result):
    """C_β, and S where the bias needs it, that make κ > 0: from just above what the theorem asks
    for to 30 times as large."""
    c, above = constants(x, result), 10 ** rng.uniform(0.01, 1.5)
    if x.setting == "finite-sum":  # C_β κ = 1 − 2/C_β − 2A_squ1/(C_β B)
        return dict(C_beta=above * (2 + 2 * c.A_squ1 / x.B))
    first, second, bias = c.first / 2, c.second, 4 * (c.C_err2 / c.C_l) ** 2
    S = max(
        x.S, int(np.ceil(5 * first * bias))
    )  # C_β κ = 2/5 − second/C_β − (first + second/C_β) bias/S − second C_squ1/(2C_β B)
    return dict(
        S=S,
        C_beta=above * second * (1 + bias / S + c.C_squ1 / 2 / x.B) / (2 / 5 - first * bias / S),
    )


def constants(x, result):
    """Those that a result is about, sharper or not."""
    return x.sharp_constants if result.name.endswith("_sharp") else x.constants


def reach(result, steps):
    """a^2N − 1 where C_l of a result is 0: 1, or, if it is C*, that of αL = sin(π/(4N)), up to 3.8.
    1 too where no limit is asked for."""
    sharp = result.name.endswith("_sharp") and "C_l > 0" in result.assumes
    return float((1 + np.sin(np.pi / (4 * steps))) ** (2 * steps) - 1) if sharp and steps else 1.0


def broken(x):
    """The σ and b_i that are too small somewhere on w_0 … w_{K−1}, as they should be; {} where they
    hold."""
    points = np.concatenate([w for w, _ in run(x)[:-1]])
    right = (
        dict(sigma=1.0001 * x.deviation(points).max())
        if x.deviation(points).max() > x.sigma * (1 + 1e-12)
        else {}
    )
    if x.setting == "finite-sum":
        b = np.array(
            [
                norm(
                    evaluate(t.inner, "gradient", points) - evaluate(t.outer, "gradient", points)
                ).max()
                for t in x.tasks
            ]
        )
        if (b > x.b_i * (1 + 1e-12)).any():
            right["b"] = np.maximum(1.0001 * b, x.b_i)
    return right


def tilted(x, slope, **declared):
    """The instance with slope·w added to all losses, which may declare other constants; what is
    certified for the differences of tasks, and of support and query, stays true."""
    known = {}  # a loss that is support and query stays one
    losses = {
        name: [
            known.setdefault(id(loss), Tilted(loss, slope, **declared))
            for loss in x.arguments[name]
        ]
        for name in x.arguments
        if name.endswith("losses")
    }
    return x.replace(**losses, sigma=x.sigma, **({"b": x.b_i} if x.setting == "finite-sum" else {}))


def bounded(x, least):
    """The instance with a lower bound of 𝓛: least() where no certificate is there."""
    try:
        return x.replace(lower_bound=x.lower_bound)
    except ValueError:
        return x.replace(lower_bound=float(least()))


def draw(rng, result, **given):
    """A random instance for a `Result`, of a size that its proof can enumerate: 1 to 6 dimensions;
    up to 8 steps where nothing is random, 3 with noise, 2 with batches. Noise where the result
    speaks of it. Batches: two tasks, at most 8 draws, K·B <= 2, κ > 0; σ, b_i and the lower bound
    of 𝓛 are certificates for all w or hold on all of the run."""
    build = finite_sum if result.setting == "finite-sum" else resampling
    batches = result.enumerates == "batches"
    arguments = lambda: dict(
        dimension=int(rng.integers(1, 7)),
        steps=int(rng.integers(1, {"": 9, "signs": 4, "batches": 3}[result.enumerates])),
        tasks=int(rng.integers(1, 3 if batches else 5)),
    )
    noise = lambda: {
        name: (result.enumerates == "signs" or tag in result.assumes)
        and (not batches or rng.random() < 0.7)
        for name, tag in (("noise", "A3 sigma_g"), ("hessian_noise", "A3 sigma_H"))
        if build is resampling
    }

    def make(**more):
        chosen = arguments() | noise() | more | given
        return build(rng, **dict(reach=reach(result, chosen["steps"])) | chosen)

    if not batches:
        x = make()
        at = dict(alpha=inner_stepsize(x.L, max(x.steps, 1)))  # what the corollaries are about
        return (
            bounded(x, lambda: x.replace(**at).meta_loss(x.w) - 10 ** rng.uniform(-2, 1))
            if "A1 inf" in result.assumes
            else x
        )
    keep = lambda changes: {name: value for name, value in changes.items() if name not in given}
    while True:
        B, K = [(1, 1), (2, 1), (1, 2)][rng.integers(3)]
        more = int(rng.choice([0, 0, 0, 1, 2]))
        x = make(B=B, K=K)
        if (
            x.rho and x.steps and rng.random() < 0.3
        ):  # gradients so large that C_𝓛‖∇l‖ is the larger part of L_w
            way = rng.normal(size=len(x.w))
            x = tilted(
                x, way / norm(way) * x.constants.A / x.constants.C_meta * 10 ** rng.uniform(0, 1)
            )
        if "kappa > 0" in result.assumes:
            x = x.replace(**keep(descending(rng, x, result)))
        while (x := enough(x, more)).B_L <= 8 and outcomes(
            x
        ) <= 1 << 14:  # larger b_i move the points: enlarge until nothing changes
            changes = keep(broken(x))
            if not changes:
                return bounded(x, lambda: min(x.meta_loss(w).min() for w, _ in run(x)))
            x = x.replace(**changes)
