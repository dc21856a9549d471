"""Random instances, to check every line of every proof on thousands of them: tasks of four kinds
with certified constants.

Everything comes from one generator, so that a seed names an instance.
"""

from math import comb

import numpy as np

from .batches import count_outcomes, run
from .complexity import sufficient_sizes
from .constants import ConditionFailed, inner_stepsize
from .finite_sum_instance import FiniteSumInstance
from .losses import CosineSum, LogCosh, Logistic, Quadratic, Tilted, evaluate
from .paths import norm
from .resampling_constants import LEAST_C_BETA
from .resampling_instance import ResamplingInstance

OUTCOMES = 1 << 10  # of a run with a constant stepsize, beyond which it takes long to enumerate
KINDS = ("quadratics", "cosine sums", "log-cosh", "logistic")


def draw_losses(rng, kind, count, d):
    """A list of `count` losses of a kind in d dimensions: the same frequencies, features or
    Hessian, each task with its own numbers."""
    terms = int(rng.integers(1, 5))
    x = rng.normal(size=(terms, d))
    if kind == "quadratics":  # one Hessian, of either sign: different ones have no sigma
        Q = np.linalg.qr(rng.normal(size=(d, d)))[0]
        A = Q * rng.uniform(-1, 1, d) @ Q.T
        A = (A + A.T) / 2

    def draw_loss():
        if kind == "quadratics":
            return Quadratic(A, rng.normal(size=d))
        if kind == "cosine sums":
            return CosineSum(x, rng.normal(size=terms), rng.uniform(-np.pi, np.pi, terms))
        if kind == "log-cosh":
            c = rng.uniform(0.2, 1, terms) * rng.choice([1, 1, -1], terms)
            return LogCosh(x, c, rng.normal(size=terms))
        y = rng.choice([-1.0, 1.0], terms)
        return Logistic(x, y, ridge=float(rng.choice([0.0, 0.1])))

    return [draw_loss() for _ in range(count)]


def draw_stepsize(rng, L, steps, reach):
    """α, log-uniform over four decades up to where a^2N = 1 + reach; reach 1 is the limit C_l =
    0."""
    limit = np.expm1(np.log1p(reach) / (2 * max(steps, 1))) / L
    return float(limit * 10 ** rng.uniform(-4, 0) * 0.999)


def draw_points(rng, d):
    """w, and u at a distance between 0.001 and 3: (d,) each."""
    w = 2 * rng.normal(size=d)
    direction = rng.normal(size=d)
    distance = 10 ** rng.uniform(-3, 0.5)
    return w, w + distance * direction / np.linalg.norm(direction)


def tighten_sigma(rng, x):
    """The instance, half of the time with σ as small as it can be at w, instead of a certificate
    for all w; always so where there is no certificate."""
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
    outcomes=256,
    **given,
):
    """A random `ResamplingInstance`. kind: one of KINDS, None: any. reach: how large α may be, see
    `draw_stepsize`. sizes: S, D, T are drawn from 1 … sizes. outcomes: up to how many patterns of
    signs a mini-batch may be so many draws; half of the time, and always beyond, it is one. given:
    arguments of the instance that are not to be random."""
    losses = draw_losses(rng, kind or KINDS[rng.integers(len(KINDS))], tasks, dimension)
    w, u = draw_points(rng, dimension)
    V = rng.normal(size=(steps, dimension, dimension)) * 10 ** rng.uniform(-2, 0.3)
    arguments = {
        "losses": losses,
        "w": w,
        "u": u,
        "weights": rng.dirichlet(np.ones(tasks)),
        "steps": steps,
        "alpha": draw_stepsize(rng, max(loss.L for loss in losses), steps, reach),
    }
    if noise:
        arguments["noise"] = rng.normal(size=(steps + 1, dimension)) * 10 ** rng.uniform(-2, 0.3)
    if hessian_noise and steps:
        arguments["hessian_noise"] = (V + V.swapaxes(1, 2)) / 2
    S, D, T = rng.integers(1, sizes + 1, 3).tolist()
    arguments |= {"S": S, "D": D, "T": T}
    patterns = ((S + 1) * (D + 1)) ** steps * (T + 1)
    if patterns <= outcomes and rng.random() < 0.5:
        arguments["batch"] = "independent"
    return tighten_sigma(rng, ResamplingInstance(**arguments | given))


def finite_sum(rng, dimension=2, steps=2, tasks=2, kind=None, reach=1.0, **given):
    """A random `FiniteSumInstance`; b_i is a certificate, or, half of the time, exact at w. The
    arguments are those of `resampling`."""
    losses = draw_losses(rng, kind or KINDS[rng.integers(len(KINDS))], 2 * tasks, dimension)
    w, u = draw_points(rng, dimension)
    arguments = {
        "support_losses": losses[:tasks],
        "query_losses": losses[tasks:],
        "w": w,
        "u": u,
        "weights": rng.dirichlet(np.ones(tasks)),
        "steps": steps,
        "alpha": draw_stepsize(rng, max(loss.L for loss in losses), steps, reach),
    }
    x = FiniteSumInstance(**arguments | given)
    try:
        exact = x.b < np.inf and rng.random() < 0.5
    except ValueError:
        exact = True
    if exact and "b" not in given:
        b = [np.linalg.norm(task.inner.gradient(w) - task.outer.gradient(w)) for task in x.tasks]
        x = x.replace(b=[float(b_i) for b_i in b])
    return tighten_sigma(rng, x)


def with_sufficient_sizes(x, more=0):
    """The instance with B' and D_L as Lemma 8 (11) asks, or so many more."""
    sizes = {}
    for name, size in sufficient_sizes(x.constants).items():
        if size is not None:
            sizes[name] = size + more
    return x.replace(**sizes)


def draw_descent(rng, x, result):
    """A dict of C_β, and of S where the bias needs it, that make κ > 0: from just above what the
    theorem asks for to 30 times as large."""
    c, above = constants_of(x, result), 10 ** rng.uniform(0.01, 1.5)
    if x.setting == "finite-sum":  # C_β κ = 1 − 2/C_β − 2A_squ1/(C_β B)
        return {"C_beta": above * (2 + 2 * c.A_squ1 / x.B)}
    # C_β κ = 2/5 − second/C_β − (first/2 + second/C_β) bias/S − second C_squ1/(2C_β B), where the
    # sharper constants, which do not split squares, have neither second/C_β
    first, second, bias = c.first / 2, c.second, 4 * (c.C_err2 / c.C_l) ** 2
    S = max(x.S, int(np.ceil(5 * first * bias)))
    split = 0 if c.sharp else 1 + bias / S
    least = second * (split + c.C_squ1 / 2 / x.B) / (2 / 5 - first * bias / S)
    if c.sharp:
        least = max(least, LEAST_C_BETA)
    return {"S": S, "C_beta": above * least}


def is_sharp(result):
    """Is the result one with the sharper constants?"""
    return result.name.endswith("_sharp")


def constants_of(x, result):
    """The constants of the instance that a result is about, sharper or not."""
    return x.sharp_constants if is_sharp(result) else x.constants


def largest_reach(result, steps):
    """a^2N − 1 where C_l of a result is 0: 1, or, if it is C*, that of αL = sin(π/(4N)), up to 3.8.
    1 too where no limit is asked for."""
    if steps and is_sharp(result) and "C_l > 0" in result.assumes:
        return float((1 + np.sin(np.pi / (4 * steps))) ** (2 * steps) - 1)
    return 1.0


def run_of(x, result):
    """The law of w_0 … w_K in the algorithm that a result is about."""
    return run(x) if result.run is None else result.run(x)


def corrected_bounds(x, result):
    """A dict of the σ and b_i that are too small somewhere on w_0 … w_{K−1}, as they should be; {}
    where they hold. result: whose run it is."""
    points = np.concatenate([w for w, _ in run_of(x, result)[:-1]])
    corrected = {}
    deviation = x.deviation(points)
    if deviation.max() > x.sigma * (1 + 1e-12):
        corrected["sigma"] = 1.0001 * deviation.max()
    if x.setting == "finite-sum":
        b = []
        for task in x.tasks:
            support = evaluate(task.inner, "gradient", points)
            query = evaluate(task.outer, "gradient", points)
            b.append(norm(support - query).max())
        b = np.array(b)
        if (b > x.b_i * (1 + 1e-12)).any():
            corrected["b"] = np.maximum(1.0001 * b, x.b_i)
    return corrected


def tilt(x, slope, **declared):
    """The instance with slope·w added to all losses, which may declare other constants L and rho.
    What is certified for the differences of tasks, and of support and query, stays true."""
    changes = {"sigma": x.sigma}
    if x.setting == "finite-sum":
        changes["b"] = x.b_i
    tilted = {}  # by the loss's id: a loss that is support and query stays one
    for name in x.arguments:
        if name.endswith("losses"):
            losses = x.arguments[name]
            for loss in losses:
                if id(loss) not in tilted:
                    tilted[id(loss)] = Tilted(loss, slope, **declared)
            changes[name] = [tilted[id(loss)] for loss in losses]
    return x.replace(**changes)


def with_lower_bound(x, least):
    """The instance with a lower bound of 𝓛: the number least(x), where there is no certificate."""
    try:
        return x.replace(lower_bound=x.lower_bound)
    except ValueError:
        return x.replace(lower_bound=float(least(x)))


def lowest_on_run(x, result):
    """The smallest 𝓛(w_k), k <= K, that a run of the instance can meet. result: whose run it is."""
    return min(x.meta_loss(w).min() for w, _ in run_of(x, result))


def draw(rng, result, **given):
    """A random instance for a `Result`, of a size that its proof can enumerate.

    1 to 6 dimensions; up to 8 steps where nothing is random, 3 with noise, 2 with batches. Noise
    where the result speaks of it. Batches: two tasks, at most 8 draws, K·B <= 2, κ > 0; σ, b_i and
    the lower bound of 𝓛 are certificates for all w or hold on all of the run. given: arguments that
    are not to be random, as in `resampling`.
    """
    if result.stepsize is not None:
        return draw_with_constant_stepsize(rng, result, given)
    if result.enumerates == "batches":
        return draw_with_batches(rng, result, given)
    x = draw_sized(rng, result, given)
    if "A1 inf" not in result.assumes:
        return x

    def below_loss(x):
        """A number below 𝓛(w) at the stepsize that the corollaries are about."""
        y = x.replace(alpha=inner_stepsize(x.L, max(x.steps, 1)))
        return y.meta_loss(y.w) - 10 ** rng.uniform(-2, 1)

    return with_lower_bound(x, below_loss)


def draw_sized(rng, result, given):
    """A random instance of a size for this result: dimension, steps, tasks and noise."""
    batches = result.enumerates == "batches"
    most_steps = {"": 8, "signs": 3, "batches": 2}[result.enumerates]
    most_tasks = 2 if batches else 4
    arguments = {
        "dimension": int(rng.integers(1, 7)),
        "steps": int(rng.integers(1, most_steps + 1)),
        "tasks": int(rng.integers(1, most_tasks + 1)),
    }
    build = finite_sum if result.setting == "finite-sum" else resampling
    if build is resampling:
        for name, tag in (("noise", "A3 sigma_g"), ("hessian_noise", "A3 sigma_H")):
            speaks_of_it = result.enumerates == "signs" or tag in result.assumes
            arguments[name] = speaks_of_it and (not batches or rng.random() < 0.7)
        arguments["outcomes"] = 16 if batches else 256
    arguments |= given
    arguments.setdefault("reach", largest_reach(result, arguments["steps"]))
    return build(rng, **arguments)


def draw_with_batches(rng, result, given):
    """A random instance for a result whose proof enumerates batches."""

    def without_given(changes):
        return {name: value for name, value in changes.items() if name not in given}

    while True:
        B, K = [(1, 1), (2, 1), (1, 2)][rng.integers(3)]
        more = int(rng.choice([0, 0, 0, 1, 2]))
        x = draw_sized(rng, result, {"B": B, "K": K} | given)
        if x.rho and x.steps and rng.random() < 0.3:
            # gradients so large that C_𝓛‖∇l‖ is the larger part of L_w
            direction = rng.normal(size=len(x.w))
            slope = direction / norm(direction) * x.constants.A / x.constants.C_meta
            x = tilt(x, slope * 10 ** rng.uniform(0, 1))
        if "kappa > 0" in result.assumes:
            x = x.replace(**without_given(draw_descent(rng, x, result)))
        x = with_sufficient_sizes(x, more)
        while x.B_L <= 8 and count_outcomes(x) <= 1 << 14:
            # larger b_i move the points: enlarge until nothing changes
            changes = without_given(corrected_bounds(x, result))
            if not changes:
                return with_lower_bound(x, lambda x: lowest_on_run(x, result))
            x = with_sufficient_sizes(x.replace(**changes), more)


def count_batches(x):
    """How many batches there are, of B draws of a task and its signs."""
    draws = len(x.tasks)
    if x.setting == "resampling":
        draws = sum(len(task.signs.rows) for task in x.tasks)
    return comb(x.B + draws - 1, x.B)


def draw_with_constant_stepsize(rng, result, given):
    """A random instance for a result about a constant stepsize: half of them with slopes up to 1000
    times as long as the tasks differ, where C_𝓛‖∇l‖ is the larger part of L_w; of the others with
    noise, with down to a thousandth of the slope; α up to where η = 0."""
    batches = result.enumerates == "batches"
    while True:
        sizes = {"B": int(rng.choice([1, 2, 4, 6])), "K": int(rng.integers(1, 3))}
        if not batches:
            sizes = {"K": int(rng.integers(1, 6))}
        x = draw_sized(rng, result, sizes | given)
        if rng.random() < 0.5:
            direction = rng.normal(size=len(x.w))
            apart = x.sigma + (np.sqrt(x.b2) if x.setting == "finite-sum" else 0)
            slope = (apart or x.L) * 10 ** rng.uniform(0.5, 3)
            x = tilt(x, direction / norm(direction) * slope)
        elif batches and x.setting == "resampling":  # noise counts most where gradients are small
            x = tilt(x, -x.gradient * (1 - 10 ** rng.uniform(-3, 0)))
        if batches and count_batches(x) ** x.K > OUTCOMES:
            continue
        if "alpha" not in given and x.steps:
            largest = result.stepsize(x).largest_alpha
            x = x.replace(alpha=min(largest * 10 ** rng.uniform(-4, 0), largest * 0.999))
        try:
            return with_true_bounds(x, result, given)
        except ConditionFailed:  # η > 0 asks for a smaller α where b_i are not 0
            continue


def with_true_bounds(x, result, given=()):
    """The instance with σ, b_i and a lower bound of 𝓛 that hold on the whole run of a result with
    a constant stepsize. given: arguments that are not to be changed. Raises ConditionFailed where
    they leave no η > 0."""
    while True:  # larger σ and b_i move the points: enlarge until nothing changes
        changes = corrected_bounds(x, result)
        changes = {name: bound for name, bound in changes.items() if name not in given}
        if not changes:
            return with_lower_bound(x, lambda x: lowest_on_run(x, result))
        x = x.replace(**changes)
