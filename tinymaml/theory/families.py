"""Random instances, to check every line of every proof on thousands of them: tasks of four kinds with certified constants.

Everything comes from one generator, so that a seed names an instance.
"""
import numpy as np

from .complexity import sufficient_sizes
from .instances import FiniteSumInstance, ResamplingInstance
from .losses import CosineSum, Logistic, LogCosh, Quadratic

KINDS = ("quadratics", "cosine sums", "log-cosh", "logistic")


def losses(rng, kind, count, d):
    """`count` losses of a kind in d dimensions: the same frequencies, features or Hessian, each task with its own numbers."""
    terms = int(rng.integers(1, 5))
    x = rng.normal(size=(terms, d))
    if kind == "quadratics":                                # one Hessian, of either sign: different ones have no sigma
        Q = np.linalg.qr(rng.normal(size=(d, d)))[0]
        A = Q * rng.uniform(-1, 1, d) @ Q.T
        return [Quadratic((A + A.T) / 2, rng.normal(size=d)) for _ in range(count)]
    if kind == "cosine sums":
        return [CosineSum(x, rng.normal(size=terms), rng.uniform(-np.pi, np.pi, terms)) for _ in range(count)]
    if kind == "log-cosh":
        return [LogCosh(x, rng.uniform(0.2, 1, terms) * rng.choice([1, 1, -1], terms), rng.normal(size=terms)) for _ in range(count)]
    return [Logistic(x, rng.choice([-1.0, 1.0], terms), ridge=float(rng.choice([0.0, 0.1]))) for _ in range(count)]


def stepsize(rng, L, steps, reach):
    """α, log-uniform over four decades up to where a^2N = 1 + reach; reach 1 is the limit C_l = 0."""
    limit = np.expm1(np.log1p(reach) / (2 * max(steps, 1))) / L
    return float(limit * 10 ** rng.uniform(-4, 0) * 0.999)


def places(rng, d):
    """w, and u at a distance between 0.001 and 3."""
    w, direction = 2 * rng.normal(size=d), rng.normal(size=d)
    return w, w + 10 ** rng.uniform(-3, 0.5) * direction / np.linalg.norm(direction)


def tightest(rng, x):
    """Half of the time: σ as small as it can be at w, instead of a certificate for all w."""
    try:
        x.sigma
    except ValueError:
        return x.replace(sigma=x.deviation())
    return x.replace(sigma=x.deviation()) if rng.random() < 0.5 else x


def resampling(rng, dimension=2, steps=2, tasks=2, kind=None, noise=True, hessian_noise=True, reach=1.0, sizes=5, **given):
    """A random `ResamplingInstance`. kind: one of KINDS, None: any. reach: how large α may be, see `stepsize`. sizes: S, D, T are
    drawn from 1 … sizes. given: arguments of the instance that are not to be random."""
    some = losses(rng, kind or KINDS[rng.integers(len(KINDS))], tasks, dimension)
    w, u = places(rng, dimension)
    V = rng.normal(size=(steps, dimension, dimension)) * 10 ** rng.uniform(-2, 0.3)
    arguments = dict(losses=some, w=w, u=u, weights=rng.dirichlet(np.ones(tasks)), steps=steps, alpha=stepsize(rng, max(f.L for f in some), steps, reach))
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
    arguments = dict(support_losses=some[:tasks], query_losses=some[tasks:], w=w, u=u, weights=rng.dirichlet(np.ones(tasks)), steps=steps,
                     alpha=stepsize(rng, max(f.L for f in some), steps, reach))
    x = FiniteSumInstance(**arguments | given)
    try:
        x.b_i
        exact = rng.random() < 0.5
    except ValueError:
        exact = True
    if exact and "b" not in given:
        x = x.replace(b=[float(np.linalg.norm(t.inner.gradient(w) - t.outer.gradient(w))) for t in x.tasks])
    return tightest(rng, x)


def enough(x):
    """The instance with B' and D_L as Lemma 8 (11) asks."""
    return x.replace(**{name: size for name, size in sufficient_sizes(x.constants).items() if size is not None})


def draw(rng, result, **given):
    """A random instance for a `Result`, of a size that its proof can enumerate: 1 to 6 dimensions; up to 8 steps where nothing is
    random, 3 with noise, 2 with batches (of at most 8 draws, and K·B <= 2)."""
    build = finite_sum if result.setting == "finite-sum" else resampling
    arguments = dict(dimension=int(rng.integers(1, 7)), steps=int(rng.integers(1, {"": 9, "signs": 4, "batches": 3}[result.enumerates])),
                     tasks=int(rng.integers(1, 3 if result.enumerates == "batches" else 5)))
    if build is resampling and not result.enumerates:
        arguments |= dict(noise=False, hessian_noise=False)
    if result.enumerates != "batches":
        return build(rng, **arguments | given)
    while True:
        B, K = [(1, 1), (2, 1), (1, 2)][rng.integers(3)]
        x = enough(build(rng, **arguments | dict(B=B, K=K) | given))
        if x.B_L <= 8:
            return x
