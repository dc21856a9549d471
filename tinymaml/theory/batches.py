"""A meta-iteration with all its outcomes: the joint law of the batch's mean Ḡ and of the stepsize
β, and the law of w_1 … w_K (lesson 21).

A batch is B draws of a task and its signs, the estimate of the smoothness B' draws of its own:
finitely many outcomes, whose probabilities do not depend on w. Arrays hold all outcomes from many
starts at once: (outcomes, starts, d), for starts w (starts, d).
"""

from functools import lru_cache
from itertools import pairwise

import numpy as np

from .losses import evaluate
from .paths import Path, apply, multiply, norm
from .signs import check_outcomes, mean_of_draws


def estimates(task, w):
    """(R, starts, d): Ĝ_i(w) for each pattern of signs; in the finite sum ∇𝓛_i(w), R = 1."""
    x = task.instance
    if x.setting == "finite-sum":
        return task.path(w).meta_gradient[None]
    signs = task.signs
    start = np.broadcast_to(w, (len(signs.rows), *w.shape))
    inner_noise = signs.inner[..., None, None] * x.noise[:-1, None, None] * x.scale(x.S)
    path = Path(task.inner, task.outer, start, x.alpha, x.steps, inner_noise)
    scaled_signs = x.alpha * signs.hessians[..., None, None, None]
    factor_noise = scaled_signs * x.hessian_noise[:, None, None] * x.scale(x.D)
    outer_noise = signs.outer[:, None, None] * x.noise[-1] * x.scale(x.T)
    product = multiply(path.factors - factor_noise)
    return apply(product, path.outer_gradient + outer_noise)


def gradient_norms(task, w, signs):
    """(signs, starts): ‖∇l_i(w; D_L samples)‖ with these signs of its noise."""
    gradient = evaluate(task.outer, "gradient", w)
    if task.instance.setting == "finite-sum":
        return np.repeat(norm(gradient)[None], len(signs), 0)
    x = task.instance
    noise = signs[:, None, None] * x.noise[-1] * x.scale(x.D_L)
    return norm(gradient + noise)


def chances(task):
    """(R,): the probabilities of a task's patterns of signs; in the finite sum R = 1."""
    return task.signs.p if task.instance.setting == "resampling" else np.ones(1)


def law_of_draw(x, function):
    """The law of function(task) over one draw of a task and its signs: values (n, ...),
    probabilities (n,). function: of a `Task`, its values (k, ...) and their probabilities (k,)."""
    values, p = [], []
    for task in x.tasks:
        value, chance = function(task)
        values.append(value)
        p.append(task.p * chance)
    return np.concatenate(values), np.concatenate(p)


def law_of_batch(x, function, size):
    """The law of the mean of function(task) over a batch of so many tasks; without independent
    tasks, a batch is one draw again and again."""
    values, p = law_of_draw(x, function)
    return mean_of_draws(values, p, size if x.independent_tasks else 1)


def gradients(x, w):
    """The law of Ḡ, the mean of B independent estimates: values (C, starts, d), probabilities
    (C,)."""
    return law_of_batch(x, lambda task: (estimates(task, w), chances(task)), x.B)


def stepsizes(x, w):
    """The law of β = 1/(C_β L̂), L̂ = A + C_𝓛 · the mean of B' gradient norms: values (C, starts),
    probabilities (C,)."""
    if x.constants.C_meta == 0:  # L̂ = A: a single outcome
        return np.full((1, len(w)), 1 / (x.C_beta * x.constants.A)), np.ones(1)
    if not x.independent_stepsize:
        return joint(x, w)[1:]

    def norms_of(task):
        signs, p = task.outer_law if x.setting == "resampling" else (np.ones(1), np.ones(1))
        return gradient_norms(task, w, signs), p

    norms, p = law_of_batch(x, norms_of, x.B_L)
    return stepsize(x, norms), p


def stepsize(x, norms):
    """β where the mean of the gradient norms is `norms`, an array of any shape."""
    return 1 / (x.C_beta * (x.constants.A + x.constants.C_meta * norms))


def joint(x, w, beta=None):
    """The joint law of Ḡ and β: (outcomes, starts, d), (outcomes, starts), probabilities
    (outcomes,). beta: a constant stepsize; None: the random one.

    Independent draws: all pairs. With independent_stepsize=False the batch's own tasks and outer
    samples estimate the smoothness; each of the two has the law that it had, if B_L = B. Raises
    ValueError for another B_L.
    """
    if beta is not None:
        means, p = gradients(x, w)
        return means, np.full(means.shape[:-1], beta), p
    if x.independent_stepsize:
        means, p = gradients(x, w)
        beta, q = stepsizes(x, w)
        check_outcomes(len(p) * len(q) * len(w), f"a meta-iteration from {len(w)} points")
        return np.repeat(means, len(q), 0), np.tile(beta, (len(p), 1)), np.outer(p, q).ravel()
    if x.B_L != x.B:
        raise ValueError(
            "independent_stepsize=False estimates the smoothness from the batch itself; "
            f"expected B_L = B = {x.B}, not {x.B_L}"
        )

    def estimate_and_norm(task):
        """(R, starts, d + 1): Ĝ_i(w), and the norm from the same outer samples; and (R,)."""
        signs = task.signs.outer if x.setting == "resampling" else np.zeros(1)
        norms = gradient_norms(task, w, signs)
        return np.concatenate([estimates(task, w), norms[..., None]], -1), chances(task)

    means, p = law_of_batch(x, estimate_and_norm, x.B)
    return means[..., :-1], stepsize(x, means[..., -1]), p


@lru_cache(maxsize=1)
def run(x, beta=None):
    """The law of w_0 … w_K, K + 1 pairs: points (outcomes, d), probabilities (outcomes,). beta: a
    constant stepsize; None: the random one. Raises ValueError where they are too many."""
    w, p = x.w[None], np.ones(1)
    law = [(w, p)]
    for _ in range(x.K):
        means, betas, q = joint(x, w, beta)
        check_outcomes(len(q) ** x.K, f"{x.K} meta-iterations")
        w = (w - betas[..., None] * means).reshape(-1, len(x.w))
        p = np.outer(q, p).ravel()
        law.append((w, p))
    return law


@lru_cache(maxsize=1)
def descend(x, beta):
    """Gradient descent on 𝓛 with this stepsize, nothing random: w_0 … w_K as a law like that of
    `run`, each of one outcome."""
    w = x.w[None]
    law = [(w, np.ones(1))]
    for _ in range(x.K):
        w = w - beta * x.meta_gradient_at(w)
        law.append((w, np.ones(1)))
    return law


def count_outcomes(x, beta=None):
    """How many points w_K has. beta: as in `run`."""
    w = x.w[None]
    if beta is not None:
        _, p = gradients(x, w)
        each = len(p)
    elif x.independent_stepsize:
        _, p = gradients(x, w)
        _, q = stepsizes(x, w)
        each = len(p) * len(q)
    else:
        _, _, p = joint(x, w)
        each = len(p)
    return each**x.K


def expected(function, law):
    """E function(w_k) for each k of a run's law, (len(law),). function: of points (outcomes, d),
    (outcomes,)."""
    return np.array([p @ function(w) for w, p in law])


def expected_next(function, law):
    """E[function(w_{k+1}) | w_k] at each point that w_k may be: for each k < K an array, (outcomes
    of w_k,). function: of points (outcomes, d), (outcomes,). law: of a run."""
    means = []
    for (_, p), (after, p_after) in pairwise(law):
        values = function(after).reshape(-1, len(p))  # (outcomes of a meta-iteration, of w_k)
        q = p_after.reshape(-1, len(p)).sum(1)  # of a meta-iteration, the same from every w_k
        means.append(q @ values)
    return means
